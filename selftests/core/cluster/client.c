// SPDX-License-Identifier: GPL-2.0
/* The programs that use the cluster. */
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>

#include "client.h"
#include "cluster.h"
#include "fail.h"
#include "internal.h"

/**
 * clients_free() - give the memory back
 * @clients: the programs, all gone
 */
void clients_free(struct clients *clients)
{
	size_t i;

	for (i = 0; i < clients->n_ops; i++)
		free(clients->op[i].data);
	free(clients->op);
	free(clients->read);
	linear_free(&clients->history);
}

/**
 * client_find() - find an operation
 * @cluster: the cluster
 * @cookie: its name
 *
 * Return: the operation, or NULL; good until the next client_op().
 */
struct op *client_find(struct cluster *cluster, u64 cookie)
{
	struct clients *clients = &cluster->clients;

	if (!cookie || cookie > clients->n_ops)
		return NULL;
	return &clients->op[cookie - 1];
}

/* What comes before what is known even where virtual time stands still. */
static u64 next_moment(struct cluster *cluster)
{
	struct clients *clients = &cluster->clients;

	clients->moment = max(clients->moment + 1, 1000 * cluster->now);
	return clients->moment;
}

/* A value as the history knows it, which begins with an empty one, 0. */
static u64 value_of(const void *data, size_t len)
{
	return len ? tag_of(data, len) : 0;
}

/* Nothing is known of the outcome until told() says what it was. */
static struct linear_op *asked(struct cluster *cluster, const struct node *node,
			       enum linear_kind kind)
{
	struct linear_op *asked = linear_add(&cluster->clients.history);

	asked->client = node->number;
	asked->call = next_moment(cluster);
	asked->ret = LINEAR_NEVER;
	asked->kind = kind;
	asked->outcome = LINEAR_UNKNOWN;
	asked->value = LINEAR_NOT_KNOWN;
	asked->revision = LINEAR_NOT_KNOWN;
	return asked;
}

static struct linear_op *told(struct cluster *cluster, size_t number, enum linear_outcome outcome)
{
	struct linear_op *told = &cluster->clients.history.op[number];

	told->ret = next_moment(cluster);
	told->outcome = outcome;
	return told;
}

static void op_give_up(struct op *op, enum op_state state)
{
	op->state = state;
	free(op->data);
	op->data = NULL;
}

/**
 * client_op() - a program wants to change the value
 * @cluster: the cluster
 * @node: the host it runs on, which is up
 * @kind: write or compare-and-set
 * @data: the new value
 * @len: bytes of @data
 * @expect: the revision that a compare-and-set expects
 *
 * Return: the cookie of the operation.
 */
u64 client_op(struct cluster *cluster, struct node *node, enum raft_op_kind kind, const void *data,
	      u32 len, u64 expect)
{
	struct clients *clients = &cluster->clients;
	struct raft_event event = { .type = RAFT_EV_OP };
	struct linear_op *record;
	struct op *op;

	if (clients->n_ops == clients->ops_room) {
		clients->ops_room = clients->ops_room ? 2 * clients->ops_room : 256;
		clients->op = must_realloc(clients->op, clients->ops_room * sizeof(*clients->op));
	}
	record = asked(cluster, node, kind == RAFT_OP_CAS ? LINEAR_CAS : LINEAR_WRITE);
	record->value = value_of(data, len);
	record->expect = expect;
	op = &clients->op[clients->n_ops++];
	*op = (struct op) {
		.host = node->number,
		.kind = kind,
		.issued = cluster->now,
		.expect = expect,
		.floor = clients->floor,
		.number = record->number,
		.origin = node->raft->params.id,
		.seq = node->raft->op_next,
		.tag = tag_of(data, len),
		.data = must_copy(data, len),
	};
	invariants_issued(&cluster->invariants, op);
	event.op.cookie = clients->n_ops;
	event.op.kind = kind;
	event.op.data = op->data;
	event.op.len = len;
	event.op.expect = expect;
	node_step(node, &event);
	return clients->n_ops;
}

/**
 * client_cancel() - a program gives up
 * @cluster: the cluster
 * @cookie: its operation, which waits at a host that is up
 *
 * Return: whether the node knows that it never will be applied.
 */
bool client_cancel(struct cluster *cluster, u64 cookie)
{
	struct raft_event event = { .type = RAFT_EV_CANCEL, .cancel = { .cookie = cookie } };
	struct op *op = client_find(cluster, cookie);

	op_give_up(op, OP_CANCELLED);
	cluster->clients.cancelling = cookie;
	node_step(&cluster->node[op->host], &event);
	if (!cluster->clients.cancelling)
		return true;
	cluster->clients.cancelling = 0;
	return false;
}

/**
 * client_read() - a program wants a linearizable read
 * @cluster: the cluster
 * @node: the host it runs on, which is up
 */
void client_read(struct cluster *cluster, struct node *node)
{
	struct clients *clients = &cluster->clients;
	struct raft_event event = { .type = RAFT_EV_READ };

	if (clients->n_reads == clients->reads_room) {
		clients->reads_room = clients->reads_room ? 2 * clients->reads_room : 64;
		clients->read = must_realloc(clients->read,
					     clients->reads_room * sizeof(*clients->read));
	}
	clients->read[clients->n_reads++] = (struct read) {
		.host = node->number,
		.floor = clients->floor,
		.number = asked(cluster, node, LINEAR_READ)->number,
	};
	node_step(node, &event);
}

static void learn(struct clients *clients, u64 revision)
{
	if (clients->floor < revision)
		clients->floor = revision;
}

static enum linear_outcome outcome_of(enum raft_status status)
{
	switch (status) {
	case RAFT_OK:
		return LINEAR_OK;
	case RAFT_CONFLICT:
		return LINEAR_CONFLICT;
	case RAFT_UNKNOWN:
		return LINEAR_UNKNOWN;
	default:
		return LINEAR_REFUSED;
	}
}

static void record_op(struct cluster *cluster, const struct op *op)
{
	struct linear_op *record = told(cluster, op->number, outcome_of(op->status));

	if (record->outcome == LINEAR_CONFLICT || (record->outcome == LINEAR_OK && op->revision))
		record->revision = op->revision;
}

static void op_told(struct cluster *cluster, struct node *node, const struct raft_done *done)
{
	struct op *op = client_find(cluster, done->cookie);

	if (!op || op->host != node->number || op->state != OP_WAITING) {
		invariants_break(&cluster->invariants,
				 "node %u ends operation %llu, which does not wait there",
				 node->number, done->cookie);
		return;
	}
	op_give_up(op, OP_ENDED);
	op->status = done->status;
	op->revision = done->revision;
	record_op(cluster, op);
	invariants_ended(&cluster->invariants, op);
	if (op->status == RAFT_OK) {
		cluster->clients.acknowledged++;
		learn(&cluster->clients, op->revision);
	}
	if (cluster->watch.op_ended)
		cluster->watch.op_ended(node, op);
}

static void read_told(struct cluster *cluster, struct node *node, const struct read *read)
{
	struct linear_op *record = told(cluster, read->number, LINEAR_OK);
	const u8 *value;
	u64 revision;
	size_t len;

	value = raft_value(node->raft, &len, &revision);
	record->value = value_of(value, len);
	record->revision = revision;
	if (revision < read->floor)
		invariants_break(&cluster->invariants,
				 "a read on node %u gives revision %llu, but %llu was known",
				 node->number, revision, read->floor);
	learn(&cluster->clients, revision);
	cluster->clients.answered++;
	if (cluster->watch.read_ended)
		cluster->watch.read_ended(node, read);
}

static void reads_told(struct cluster *cluster, struct node *node, u64 done)
{
	struct clients *clients = &cluster->clients;
	size_t i = 0;

	while (i < clients->n_reads) {
		struct read read = clients->read[i];

		if (read.host != node->number || !read.ticket || read.ticket > done) {
			i++;
			continue;
		}
		clients->read[i] = clients->read[--clients->n_reads];
		read_told(cluster, node, &read);
	}
}

/**
 * client_told() - pass on the answers in an update
 * @cluster: the cluster
 * @node: the host that was stepped
 * @update: its update
 */
void client_told(struct cluster *cluster, struct node *node, const struct raft_update *update)
{
	struct clients *clients = &cluster->clients;
	struct read *read;
	struct op *op;
	u32 i;

	for (i = 0; i < update->n_done; i++)
		op_told(cluster, node, &update->done[i]);
	if (update->read_ticket && clients->n_reads) {
		read = &clients->read[clients->n_reads - 1];
		if (read->host == node->number && !read->ticket)
			read->ticket = update->read_ticket;
	}
	reads_told(cluster, node, update->read_done);
	if (update->cancel_unsent && clients->cancelling) {
		op = client_find(cluster, clients->cancelling);
		told(cluster, op->number, LINEAR_REFUSED);
		invariants_ended(&cluster->invariants, op);
		clients->cancelling = 0;
	}
}

/**
 * clients_lose_host() - a host is gone, and what waited there with it
 * @cluster: the cluster
 * @node: the host
 */
void clients_lose_host(struct cluster *cluster, struct node *node)
{
	struct clients *clients = &cluster->clients;
	size_t i;

	for (i = 0; i < clients->n_ops; i++) {
		if (clients->op[i].host == node->number && clients->op[i].state == OP_WAITING)
			op_give_up(&clients->op[i], OP_LOST);
	}
	for (i = 0; i < clients->n_reads; ) {
		if (clients->read[i].host == node->number)
			clients->read[i] = clients->read[--clients->n_reads];
		else
			i++;
	}
}
