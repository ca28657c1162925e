// SPDX-License-Identifier: GPL-2.0
/* The last events of a run, in words. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>

#include "fail.h"
#include "history.h"
#include "wire.h"

/**
 * history_init() - an empty history
 * @history: the history
 * @room: lines it holds
 */
void history_init(struct history *history, size_t room)
{
	memset(history, 0, sizeof(*history));
	history->room = room;
	if (room)
		history->line = must_realloc(NULL, room * sizeof(*history->line));
}

/**
 * history_free() - forget everything
 * @history: the history
 */
void history_free(struct history *history)
{
	free(history->line);
	memset(history, 0, sizeof(*history));
}

/**
 * history_add() - add a line
 * @history: the history
 * @cluster: whose time the line begins with
 * @fmt: as for printf, without the newline
 */
void history_add(struct history *history, const struct cluster *cluster, const char *fmt, ...)
{
	char *line;
	va_list args;
	int len;

	if (!history->room)
		return;
	line = history->line[history->n++ % history->room];
	len = snprintf(line, HISTORY_LINE, "%8llu.%03llu ms  ", cluster->now / 1000,
		       cluster->now % 1000);
	va_start(args, fmt);
	vsnprintf(line + len, HISTORY_LINE - len, fmt, args);
	va_end(args);
}

/**
 * history_print() - print the lines that are left, oldest first
 * @history: the history
 */
void history_print(const struct history *history)
{
	size_t i = history->n > history->room ? history->n - history->room : 0;

	for (; i < history->n; i++)
		printf("  %s\n", history->line[i % history->room]);
}

static int print_append(char *buf, size_t size, const struct raft_msg *msg)
{
	return scnprintf(buf, size, " after %llu/%llu, %u entries, commit %llu, round %llu",
			 msg->append.prev_index, msg->append.prev_term, msg->entries.n,
			 msg->append.commit, msg->append.round);
}

static int print_append_reply(char *buf, size_t size, const struct raft_msg *msg)
{
	if (!(msg->flags & RAFT_FLAG_REJECT))
		return scnprintf(buf, size, " match %llu, round %llu", msg->append_reply.match,
				 msg->append_reply.round);
	return scnprintf(buf, size, " rejects %llu, try %llu/%llu", msg->append_reply.prev_index,
			 msg->append_reply.hint_index, msg->append_reply.hint_term);
}

static int print_body(char *buf, size_t size, const struct raft_msg *msg)
{
	switch (msg->type) {
	case RAFT_MSG_VOTE:
		return scnprintf(buf, size, "%s%s last %llu/%llu",
				 msg->flags & RAFT_FLAG_PRE ? " (pre)" : "",
				 msg->flags & RAFT_FLAG_TRANSFER ? " (transfer)" : "",
				 msg->vote.last_index, msg->vote.last_term);
	case RAFT_MSG_VOTE_REPLY:
		return scnprintf(buf, size, "%s %s for term %llu",
				 msg->flags & RAFT_FLAG_PRE ? " (pre)" : "",
				 msg->flags & RAFT_FLAG_GRANTED ? "granted" : "refused",
				 msg->vote_reply.asked);
	case RAFT_MSG_APPEND:
		return print_append(buf, size, msg);
	case RAFT_MSG_APPEND_REPLY:
		return print_append_reply(buf, size, msg);
	case RAFT_MSG_ENTRY_CHUNK:
		return scnprintf(buf, size, " of %llu at %u of %u", msg->entry.index,
				 msg->offset, msg->entry.len);
	case RAFT_MSG_SNAPSHOT_CHUNK:
		return scnprintf(buf, size, " %llu/%llu at %u of %u", msg->snapshot.index,
				 msg->snapshot.snap_term, msg->offset, msg->snapshot.total);
	case RAFT_MSG_FORWARD:
		return scnprintf(buf, size, " %u operations", msg->entries.n);
	case RAFT_MSG_READ_REPLY:
		return scnprintf(buf, size, " index %llu", msg->read.index);
	case RAFT_MSG_JOIN_REPLY:
		return scnprintf(buf, size, " %s", raft_status_text(msg->join_reply.status));
	case RAFT_MSG_CHANGE_REPLY:
		return scnprintf(buf, size, " %s", raft_status_text(msg->change.status));
	}
	return 0;
}

/**
 * dgram_print() - a datagram as a sentence
 * @buf: for the sentence
 * @size: bytes of @buf
 * @dgram: the datagram
 *
 * Return: bytes written, the NUL not counted.
 */
int dgram_print(char *buf, size_t size, const struct dgram *dgram)
{
	struct raft_msg msg;
	enum raft_drop why;
	int len;

	if (!raft_wire_decode(dgram->data, dgram->len, &msg, &why))
		return scnprintf(buf, size, "%u bytes that are no message", dgram->len);
	len = scnprintf(buf, size, "%s in term %llu", raft_msg_name(msg.type), msg.term);
	return len + print_body(buf + len, size - len, &msg);
}

static void on_note(struct node *node, enum raft_note note, const u64 arg[RAFT_NOTE_ARGS])
{
	char text[HISTORY_LINE];

	raft_note_print(text, sizeof(text), note, arg);
	history_add(node->cluster->watch.ctx, node->cluster, "%u: %s", node->number, text);
}

static void on_arrived(struct node *node, const struct dgram *dgram)
{
	char text[HISTORY_LINE];

	dgram_print(text, sizeof(text), dgram);
	history_add(node->cluster->watch.ctx, node->cluster, "%u <- %u %s", node->number,
		    dgram->from, text);
}

static void on_op_ended(struct node *node, const struct op *op)
{
	history_add(node->cluster->watch.ctx, node->cluster,
		    "%u: operation ended: %s, revision %llu", node->number,
		    raft_status_text(op->status), op->revision);
}

/**
 * history_watch() - write down what happens in a cluster
 * @history: the history; does nothing if it has no room
 * @cluster: the cluster; its &cluster_watch.ctx and hooks are taken, but for @stepped
 */
void history_watch(struct history *history, struct cluster *cluster)
{
	if (!history->room)
		return;
	cluster->watch.ctx = history;
	cluster->watch.note = on_note;
	cluster->watch.arrived = on_arrived;
	cluster->watch.op_ended = on_op_ended;
}
