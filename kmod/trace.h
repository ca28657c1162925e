/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints: what a node says, hears and decides, in the order it happens
 *
 * Names are stored as text, so that whoever reads the trace needs no table of
 * the core's numbers.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM raftval

#if !defined(RAFTVAL_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define RAFTVAL_TRACE_H

#include <linux/string.h>
#include <linux/tracepoint.h>
#include <linux/raftval.h>
#include "raft.h"
#include "request.h"
#include "wall.h"

/* Bytes of the longest name of a role, a reason or a note, the NUL included. */
#define RAFTVAL_TRACE_WORD	32

/* And of the longest sentence. */
#define RAFTVAL_TRACE_TEXT	160

/* A node's role or leader changed. */
TRACE_EVENT(raftval_role,
	    TP_PROTO(const char *node, const struct raft_change *change),
	    TP_ARGS(node, change),
	    TP_STRUCT__entry(__array(char, node, RAFTVAL_NAME_LEN)
			     __array(char, was, RAFTVAL_TRACE_WORD)
			     __array(char, role, RAFTVAL_TRACE_WORD)
			     __array(char, reason, RAFTVAL_TRACE_WORD)
			     __field(u64, term)
			     __field(u64, who)
			     __field(u32, ms)
	    ),
	    TP_fast_assign(strscpy(__entry->node, node, RAFTVAL_NAME_LEN);
			   strscpy(__entry->was, raft_role_name(change->was), RAFTVAL_TRACE_WORD);
			   strscpy(__entry->role, raft_role_name(change->role), RAFTVAL_TRACE_WORD);
			   strscpy(__entry->reason, raft_reason_name(change->reason),
				   RAFTVAL_TRACE_WORD);
			   __entry->term = change->term;
			   __entry->who = change->who;
			   __entry->ms = change->ms;
	    ),
	    TP_printk("node=%s term=%llu was=%s role=%s reason=%s who=%llx ms=%u",
		      __entry->node, __entry->term, __entry->was, __entry->role, __entry->reason,
		      __entry->who, __entry->ms)
);

/* A datagram was handed to the network, or refused by it. */
TRACE_EVENT(raftval_send,
	    TP_PROTO(const char *node, u64 to, const struct raft_addr *addr, u32 len, int err),
	    TP_ARGS(node, to, addr, len, err),
	    TP_STRUCT__entry(__array(char, node, RAFTVAL_NAME_LEN)
			     __field(u64, to)
			     __array(u8, ip, 16)
			     __field(u16, port)
			     __field(u32, len)
			     __field(int, err)
	    ),
	    TP_fast_assign(strscpy(__entry->node, node, RAFTVAL_NAME_LEN);
			   __entry->to = to;
			   memcpy(__entry->ip, addr->ip, sizeof(addr->ip));
			   __entry->port = addr->port;
			   __entry->len = len;
			   __entry->err = err;
	    ),
	    TP_printk("node=%s to=%llx ip=%s port=%u len=%u err=%d",
		      __entry->node, __entry->to, __print_hex_str(__entry->ip, 16),
		      __entry->port, __entry->len, __entry->err)
);

/* The node reads a datagram. */
TRACE_EVENT(raftval_recv,
	    TP_PROTO(const char *node, const struct raft_addr *addr, u32 len),
	    TP_ARGS(node, addr, len),
	    TP_STRUCT__entry(__array(char, node, RAFTVAL_NAME_LEN)
			     __array(u8, ip, 16)
			     __field(u16, port)
			     __field(u32, len)
	    ),
	    TP_fast_assign(strscpy(__entry->node, node, RAFTVAL_NAME_LEN);
			   memcpy(__entry->ip, addr->ip, sizeof(addr->ip));
			   __entry->port = addr->port;
			   __entry->len = len;
	    ),
	    TP_printk("node=%s ip=%s port=%u len=%u",
		      __entry->node, __print_hex_str(__entry->ip, 16), __entry->port, __entry->len)
);

/* The commit index moved. */
TRACE_EVENT(raftval_commit,
	    TP_PROTO(const char *node, u64 was, u64 is),
	    TP_ARGS(node, was, is),
	    TP_STRUCT__entry(__array(char, node, RAFTVAL_NAME_LEN)
			     __field(u64, was)
			     __field(u64, is)
	    ),
	    TP_fast_assign(strscpy(__entry->node, node, RAFTVAL_NAME_LEN);
			   __entry->was = was;
			   __entry->is = is;
	    ),
	    TP_printk("node=%s was=%llu is=%llu", __entry->node, __entry->was, __entry->is)
);

/* A write to the store begins: what was promised waits for it. */
TRACE_EVENT(raftval_store,
	    TP_PROTO(const char *node, const struct raft_persist *persist),
	    TP_ARGS(node, persist),
	    TP_STRUCT__entry(__array(char, node, RAFTVAL_NAME_LEN)
			     __field(u64, seq)
			     __field(u64, term)
			     __field(u64, first)
			     __field(u64, last)
			     __field(bool, snapshot)
	    ),
	    TP_fast_assign(strscpy(__entry->node, node, RAFTVAL_NAME_LEN);
			   __entry->seq = persist->seq;
			   __entry->term = persist->term;
			   __entry->first = persist->first;
			   __entry->last = persist->last;
			   __entry->snapshot = persist->snapshot;
	    ),
	    TP_printk("node=%s seq=%llu term=%llu first=%llu last=%llu snapshot=%d",
		      __entry->node, __entry->seq, __entry->term, __entry->first, __entry->last,
		      __entry->snapshot)
);

/* It has ended: all of it is durable, or nothing may be promised any more. */
TRACE_EVENT(raftval_stored,
	    TP_PROTO(const char *node, u64 seq, bool error),
	    TP_ARGS(node, seq, error),
	    TP_STRUCT__entry(__array(char, node, RAFTVAL_NAME_LEN)
			     __field(u64, seq)
			     __field(bool, error)
	    ),
	    TP_fast_assign(strscpy(__entry->node, node, RAFTVAL_NAME_LEN);
			   __entry->seq = seq;
			   __entry->error = error;
	    ),
	    TP_printk("node=%s seq=%llu error=%d", __entry->node, __entry->seq, __entry->error)
);

/* The core explains a decision; what the arguments are is in raft.h at enum raft_note. */
TRACE_EVENT(raftval_note,
	    TP_PROTO(const char *node, enum raft_note note, const u64 *arg),
	    TP_ARGS(node, note, arg),
	    TP_STRUCT__entry(__array(char, node, RAFTVAL_NAME_LEN)
			     __array(char, note, RAFTVAL_TRACE_WORD)
			     __array(u64, arg, RAFT_NOTE_ARGS)
			     __array(char, text, RAFTVAL_TRACE_TEXT)
	    ),
	    TP_fast_assign(strscpy(__entry->node, node, RAFTVAL_NAME_LEN);
			   strscpy(__entry->note, raft_note_name(note), RAFTVAL_TRACE_WORD);
			   memcpy(__entry->arg, arg, sizeof(__entry->arg));
			   raft_note_print(__entry->text, RAFTVAL_TRACE_TEXT, note, arg);
	    ),
	    TP_printk("node=%s note=%s args=%llx,%llx,%llx,%llx,%llx text=%s",
		      __entry->node, __entry->note, __entry->arg[0], __entry->arg[1],
		      __entry->arg[2], __entry->arg[3], __entry->arg[4], __entry->text)
);

/* A datagram is not let in: the core never sees it. What the core drops is a note. */
TRACE_EVENT(raftval_drop,
	    TP_PROTO(const char *node, enum raftval_wall_drop why, const struct raft_addr *from),
	    TP_ARGS(node, why, from),
	    TP_STRUCT__entry(__array(char, node, RAFTVAL_NAME_LEN)
			     __array(char, why, RAFTVAL_TRACE_WORD)
			     __array(u8, ip, 16)
			     __field(u16, port)
	    ),
	    TP_fast_assign(strscpy(__entry->node, node, RAFTVAL_NAME_LEN);
			   strscpy(__entry->why, raftval_wall_drop_name(why), RAFTVAL_TRACE_WORD);
			   memcpy(__entry->ip, from->ip, sizeof(from->ip));
			   __entry->port = from->port;
	    ),
	    TP_printk("node=%s why=%s ip=%s port=%u", __entry->node, __entry->why,
		      __print_hex_str(__entry->ip, 16), __entry->port)
);

/* A session with another node is asked for, begins or ends, or a datagram lacks one. */
TRACE_EVENT(raftval_session,
	    TP_PROTO(const char *node, enum raftval_wall_note what, u64 peer, u32 key,
		     enum raftval_wall_end why),
	    TP_ARGS(node, what, peer, key, why),
	    TP_STRUCT__entry(__array(char, node, RAFTVAL_NAME_LEN)
			     __array(char, what, RAFTVAL_TRACE_WORD)
			     __array(char, why, RAFTVAL_TRACE_WORD)
			     __field(u64, peer)
			     __field(u32, key)
	    ),
	    TP_fast_assign(strscpy(__entry->node, node, RAFTVAL_NAME_LEN);
			   strscpy(__entry->what, raftval_wall_note_name(what), RAFTVAL_TRACE_WORD);
			   strscpy(__entry->why, what == RAFTVAL_WALL_NOTE_ENDED ?
				   raftval_wall_end_name(why) : "-", RAFTVAL_TRACE_WORD);
			   __entry->peer = peer;
			   __entry->key = key;
	    ),
	    TP_printk("node=%s what=%s peer=%llx key=%08x why=%s", __entry->node, __entry->what,
		      __entry->peer, __entry->key, __entry->why)
);

/* Datagrams were lost because earlier ones were not read. */
TRACE_EVENT(raftval_overflow,
	    TP_PROTO(const char *node, u64 lost),
	    TP_ARGS(node, lost),
	    TP_STRUCT__entry(__array(char, node, RAFTVAL_NAME_LEN)
			     __field(u64, lost)
	    ),
	    TP_fast_assign(strscpy(__entry->node, node, RAFTVAL_NAME_LEN);
			   __entry->lost = lost;
	    ),
	    TP_printk("node=%s lost=%llu", __entry->node, __entry->lost)
);

/* The core's timer is served late: softirqs were held off, or there was too much to do. */
TRACE_EVENT(raftval_late,
	    TP_PROTO(const char *node, u64 us),
	    TP_ARGS(node, us),
	    TP_STRUCT__entry(__array(char, node, RAFTVAL_NAME_LEN)
			     __field(u64, us)
	    ),
	    TP_fast_assign(strscpy(__entry->node, node, RAFTVAL_NAME_LEN);
			   __entry->us = us;
	    ),
	    TP_printk("node=%s us=%llu", __entry->node, __entry->us)
);

/* What a program asked for has ended. */
TRACE_EVENT(raftval_request,
	    TP_PROTO(const char *node, enum raftval_request_kind kind,
		     enum raftval_request_end end, enum raft_status status),
	    TP_ARGS(node, kind, end, status),
	    TP_STRUCT__entry(__array(char, node, RAFTVAL_NAME_LEN)
			     __array(char, kind, RAFTVAL_TRACE_WORD)
			     __array(char, end, RAFTVAL_TRACE_WORD)
			     __array(char, status, RAFTVAL_TRACE_TEXT)
	    ),
	    TP_fast_assign(strscpy(__entry->node, node, RAFTVAL_NAME_LEN);
			   strscpy(__entry->kind, raftval_request_kind_name(kind),
				   RAFTVAL_TRACE_WORD);
			   strscpy(__entry->end, raftval_request_end_name(end),
				   RAFTVAL_TRACE_WORD);
			   strscpy(__entry->status, end == RAFTVAL_END_ANSWERED ?
				   raft_status_text(status) : "-", RAFTVAL_TRACE_TEXT);
	    ),
	    TP_printk("node=%s kind=%s end=%s status=%s", __entry->node, __entry->kind,
		      __entry->end, __entry->status)
);

#endif /* RAFTVAL_TRACE_H */

#undef TRACE_INCLUDE_PATH
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_PATH .
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
