/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A request: something that a program wants of a node
 *
 * Every function here is called in process context and may sleep unless it
 * says otherwise.
 */
#ifndef RAFTVAL_REQUEST_H
#define RAFTVAL_REQUEST_H

#include <linux/completion.h>
#include <linux/gfp_types.h>
#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/types.h>
#include "raft.h"

struct iov_iter;
struct netlink_ext_ack;
struct raftval_keys;
struct raftval_node;
struct raftval_request;

/**
 * struct raftval_request_value - a copy of the value; freed with kvfree()
 * @revision: its revision
 * @len: bytes in @data
 * @data: the value
 */
struct raftval_request_value {
	u64 revision;
	u32 len;
	u8 data[];
};

/**
 * struct raftval_request_entry - an entry of the log, for display
 * @index: its place
 * @term: the term whose leader made it
 * @origin: the member that asked for it, 0 for the leader's own
 * @seq: the operation's number at @origin
 * @kind: &enum raft_entry_kind
 * @len: bytes of its data
 */
struct raftval_request_entry {
	u64 index;
	u64 term;
	u64 origin;
	u64 seq;
	u32 kind;
	u32 len;
};

/**
 * enum raftval_request_kind - what is wanted
 * @RAFTVAL_REQUEST_OP: a change of the value
 * @RAFTVAL_REQUEST_READ: a linearizable read
 * @RAFTVAL_REQUEST_ADMIN: a change of the cluster
 * @RAFTVAL_REQUEST_LOG: entries of the log
 * @RAFTVAL_REQUEST_KEYS: other keys
 */
enum raftval_request_kind {
	RAFTVAL_REQUEST_OP,
	RAFTVAL_REQUEST_READ,
	RAFTVAL_REQUEST_ADMIN,
	RAFTVAL_REQUEST_LOG,
	RAFTVAL_REQUEST_KEYS,
};

/**
 * enum raftval_request_end - how a request ended
 * @RAFTVAL_END_ANSWERED: the core answered, see the request's status
 * @RAFTVAL_END_UNSENT: withdrawn before anybody else saw it
 * @RAFTVAL_END_CANCELLED: withdrawn; others may have seen it
 * @RAFTVAL_END_TIMEOUT: its time is over; others may have seen it
 * @RAFTVAL_END_BUSY: refused: somebody waits for another change
 * @RAFTVAL_END_SHUTDOWN: the node went away
 */
enum raftval_request_end {
	RAFTVAL_END_ANSWERED,
	RAFTVAL_END_UNSENT,
	RAFTVAL_END_CANCELLED,
	RAFTVAL_END_TIMEOUT,
	RAFTVAL_END_BUSY,
	RAFTVAL_END_SHUTDOWN,
};

/**
 * struct raftval_request_waiter - who is told that a request has ended
 * @end: told so, in a turn of the node: may not sleep, nor put the node's last reference
 * @ctx: handed to it
 * @later: who asks is about to ask for more, and takes a turn of the node after that
 *
 * Who waits in the call that makes the request needs none.
 */
struct raftval_request_waiter {
	void (*end)(void *ctx, struct raftval_request *req);
	void *ctx;
	bool later;
};

/**
 * struct raftval_request - something that a program wants of a node
 * @ref: one each for the waiter, for the mailbox or then the core, and for the list of cancels
 * @node: the node
 * @kind: what is wanted
 * @queued: it is in the mailbox; guarded by the node's lock
 * @link: in the mailbox, then in the node's list of reads
 * @cancel_link: in the list of cancels
 * @begun: when the node took it, monotonic microseconds
 * @timeout_us: how long its time is, from then on
 * @deadline_link: in the node's list of those whose time runs
 * @waiter: told of the end; if there is none somebody waits for @done
 * @done: completed when all that follows is final
 * @finished: it ended; a turn's note
 * @end: how it ended
 * @status: the core's answer
 * @revision: operation: the revision made or met
 * @cookie: operation: its name in the core
 * @op_kind: operation: what it does
 * @expect: operation: for %RAFT_OP_CAS
 * @ticket: read: the core's ticket
 * @value: read: room for the value, the waiter's after the end
 * @what: change: which
 * @target: change: the member it is about
 * @from: log: first index
 * @count: log: room in @entry, then the entries in it
 * @entry: log: the entries, part of the request
 * @keys: keys: they, part of the request
 * @len: operation: bytes of @data
 * @data: operation: the new value
 */
struct raftval_request {
	refcount_t ref;
	struct raftval_node *node;
	enum raftval_request_kind kind;
	bool queued;
	struct list_head link;
	struct list_head cancel_link;
	u64 begun;
	u64 timeout_us;
	struct list_head deadline_link;
	struct raftval_request_waiter waiter;
	struct completion done;
	bool finished;
	enum raftval_request_end end;
	enum raft_status status;
	u64 revision;
	union {
		struct {
			u64 cookie;
			enum raft_op_kind op_kind;
			u64 expect;
		};
		struct {
			u64 ticket;
			struct raftval_request_value *value;
		};
		struct {
			enum raft_admin what;
			u64 target;
		};
		struct {
			u64 from;
			u32 count;
			struct raftval_request_entry *entry;
		};
		struct raftval_keys *keys;
	};
	u32 len;
	u8 data[] __aligned(8);
};

/**
 * struct raftval_request_op - a change of the value that is wanted
 * @kind: always, or only if the revision is @expect
 * @expect: for %RAFT_OP_CAS; 0 for a value that was never written
 * @timeout_ms: how long to wait for the cluster, 0 for the node's op_timeout_ms
 * @gfp: how to allocate
 */
struct raftval_request_op {
	enum raft_op_kind kind;
	u64 expect;
	u32 timeout_ms;
	gfp_t gfp;
};

struct raftval_request_value *raftval_request_read(struct raftval_node *node, u32 timeout_ms);
int raftval_request_write(struct raftval_node *node, const struct raftval_request_op *op,
			  struct iov_iter *from, u64 *revision);
int raftval_request_start_read(struct raftval_node *node, gfp_t gfp,
			       const struct raftval_request_waiter *waiter);
int raftval_request_start_write(struct raftval_node *node, const struct raftval_request_op *op,
				struct iov_iter *from, const struct raftval_request_waiter *waiter);
bool raftval_request_room(struct raftval_node *node);
int raftval_request_admin(struct raftval_node *node, enum raft_admin what, u64 target,
			  u32 timeout_ms, struct netlink_ext_ack *extack);
int raftval_request_start_admin(struct raftval_node *node, enum raft_admin what, u64 target,
				u32 timeout_ms, const struct raftval_request_waiter *waiter);
int raftval_request_log(struct raftval_node *node, u64 from, struct raftval_request_entry *entry,
			u32 n);
int raftval_request_keys(struct raftval_node *node, const struct raftval_keys *keys,
			 struct netlink_ext_ack *extack);
int raftval_request_error(const struct raftval_request *req);
struct raftval_request_value *raftval_request_take_value(struct raftval_request *req);
int raftval_request_errno(enum raft_status status);
void raftval_request_explain(struct netlink_ext_ack *extack, enum raft_status status);

const char *raftval_request_kind_name(enum raftval_request_kind kind);
const char *raftval_request_end_name(enum raftval_request_end end);
void raftval_request_finish(struct raftval_request *req, enum raftval_request_end end,
			    enum raft_status status);
void raftval_request_put(struct raftval_request *req);

#endif /* RAFTVAL_REQUEST_H */
