/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The programs that use the cluster: what they asked of which host, what they
 * were told, and whether that can be true.
 */
#ifndef CLIENT_H
#define CLIENT_H

#include "linear.h"
#include "raft.h"

struct cluster;
struct node;

/**
 * enum op_state - how far an operation has come
 * @OP_WAITING: its program waits
 * @OP_ENDED: it has its answer
 * @OP_CANCELLED: its program gave up; it may still be applied
 * @OP_LOST: its host went away; it may still be applied
 */
enum op_state {
	OP_WAITING,
	OP_ENDED,
	OP_CANCELLED,
	OP_LOST,
};

/**
 * struct op - a write or a compare-and-set
 * @host: the node it was asked of
 * @state: &enum op_state
 * @kind: &enum raft_op_kind
 * @issued: when, us
 * @expect: the revision that a compare-and-set expects
 * @floor: the highest revision that any program knew of when it was issued
 * @number: its place in &clients.history
 * @origin: the member that it is asked of
 * @seq: its number there, if it gets one
 * @tag: hash of the data
 * @data: the data, NULL when the node does not need it any more
 * @status: the answer
 * @revision: the answer
 */
struct op {
	u32 host;
	enum op_state state;
	enum raft_op_kind kind;
	u64 issued;
	u64 expect;
	u64 floor;
	size_t number;
	u64 origin;
	u64 seq;
	u64 tag;
	u8 *data;
	enum raft_status status;
	u64 revision;
};

/**
 * struct read - a linearizable read
 * @host: the node it was asked of
 * @ticket: the node's number for it
 * @floor: the highest revision that any program knew of when it was issued
 * @number: its place in &clients.history
 */
struct read {
	u32 host;
	u64 ticket;
	u64 floor;
	size_t number;
};

/**
 * struct clients - all the programs
 * @op: the operations; the cookie of one is its place here plus one
 * @n_ops: how many
 * @ops_room: room in @op
 * @read: the reads without an answer
 * @n_reads: how many
 * @reads_room: room in @read
 * @cancelling: the operation that is being cancelled, 0 for none
 * @floor: the highest revision that any program was told
 * @acknowledged: operations that ended well
 * @answered: reads that were answered
 * @history: all that they asked and were told, by moments, as lincheck wants it
 * @moment: the last of these, in ns; each is another
 */
struct clients {
	struct op *op;
	size_t n_ops;
	size_t ops_room;
	struct read *read;
	size_t n_reads;
	size_t reads_room;
	u64 cancelling;
	u64 floor;
	u64 acknowledged;
	u64 answered;
	struct linear_history history;
	u64 moment;
};

void clients_free(struct clients *clients);
u64 client_op(struct cluster *cluster, struct node *node, enum raft_op_kind kind, const void *data,
	      u32 len, u64 expect);
bool client_cancel(struct cluster *cluster, u64 cookie);
void client_read(struct cluster *cluster, struct node *node);
void client_told(struct cluster *cluster, struct node *node, const struct raft_update *update);
void clients_lose_host(struct cluster *cluster, struct node *node);
struct op *client_find(struct cluster *cluster, u64 cookie);

#endif /* CLIENT_H */
