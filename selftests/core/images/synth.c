// SPDX-License-Identifier: GPL-2.0
/* Write logs of three members that run in this process. */
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>

#include "cluster.h"
#include "fail.h"
#include "synth.h"

#define VALUE_MAX	8192
#define PAUSE		1000		/* between two writes of a host, us at least */
#define LONG_PAUSE	20000		/* at most */
#define TROUBLE		100000		/* between two troubles, us on average */
#define SETTLE		5000000		/* until all is well, us at most */
#define BLOCK		(RAFT_JOURNAL_BLOCK / WRITELOG_SECTOR)

/**
 * struct host - a host, while its store is recorded
 * @log: its log
 * @seen: the bytes of the store that are in the log
 * @cookie: the write under way, 0 for none
 * @number: its number
 * @at: when the next one begins, us
 */
struct host {
	struct writelog_file log;
	u8 *seen;
	u64 cookie;
	u64 number;
	u64 at;
};

/**
 * struct synth - a recording
 * @cluster: what is recorded
 * @host: its hosts, from 1
 * @rng: chance
 * @acks: writes that were acknowledged
 */
struct synth {
	struct cluster *cluster;
	struct host host[TAPE_STORES + 1];
	struct rng rng;
	u64 acks;
};

static u64 sectors_of(const struct node *node)
{
	return node->disk.image->journal.super.size / WRITELOG_SECTOR;
}

/* From @at on: how many sectors in a row changed, as far as units of @unit tell. */
static u64 run_of(const struct host *host, const struct node *node, u64 at, u64 end, u64 unit)
{
	const u8 *bytes = node->disk.image->bytes;
	u64 n;

	for (n = 0; at + n < end; n += unit) {
		if (!memcmp(host->seen + (at + n) * WRITELOG_SECTOR,
			    bytes + (at + n) * WRITELOG_SECTOR, unit * WRITELOG_SECTOR))
			break;
	}
	return n;
}

/* Log what changed from one sector to another: whole blocks have FUA, others need a flush. */
static void log_changes(struct host *host, const struct node *node, u64 at, u64 end, u64 unit)
{
	const u8 *bytes = node->disk.image->bytes;
	u64 n, flags = unit == BLOCK ? WRITELOG_FUA : 0;
	bool flush = false;

	for (; at < end; at += n ? n : unit) {
		n = run_of(host, node, at, end, unit);
		if (!n)
			continue;
		writelog_put(&host->log, flags, at, bytes + at * WRITELOG_SECTOR, n);
		memcpy(host->seen + at * WRITELOG_SECTOR, bytes + at * WRITELOG_SECTOR,
		       n * WRITELOG_SECTOR);
		flush |= !flags;
	}
	if (flush)
		writelog_put(&host->log, WRITELOG_FLUSH, 0, NULL, 0);
}

/* Log what is new on the store, the superblocks by themselves. */
static void capture_by(struct synth *synth, struct node *node, u64 unit)
{
	struct host *host = &synth->host[node->number];
	u64 sectors = sectors_of(node);

	if (!host->seen) {
		host->seen = calloc(sectors, WRITELOG_SECTOR);
		if (!host->seen)
			fatal("out of memory");
	}
	log_changes(host, node, 0, BLOCK, BLOCK);
	log_changes(host, node, BLOCK, RAFT_JOURNAL_SUPERS * BLOCK, BLOCK);
	log_changes(host, node, RAFT_JOURNAL_SUPERS * BLOCK, sectors, unit);
}

static void capture(struct synth *synth, struct node *node)
{
	capture_by(synth, node, BLOCK);
}

static void on_stepped(struct node *node, const struct raft_event *event,
		       const struct raft_update *update)
{
	if (event->type == RAFT_EV_PERSISTED)
		capture(node->cluster->watch.ctx, node);
}

static void acknowledge(struct synth *synth, u32 writer, u64 number)
{
	char text[64];
	u32 i;

	/* A write may have ended by the end of a store's write, which is not in the log yet. */
	for (i = 1; i <= TAPE_STORES; i++)
		capture(synth, &synth->cluster->node[i]);
	snprintf(text, sizeof(text), "ack-%u-%llu", writer, number);
	for (i = 1; i <= TAPE_STORES; i++)
		writelog_mark(&synth->host[i].log, text);
	synth->acks++;
}

static void on_op_ended(struct node *node, const struct op *op)
{
	struct synth *synth = node->cluster->watch.ctx;
	struct host *host = &synth->host[node->number];

	host->cookie = 0;
	if (op->status == RAFT_OK)
		acknowledge(synth, node->number, host->number);
}

static void write_value(struct synth *synth, struct node *node)
{
	struct host *host = &synth->host[node->number];
	u64 number = host->number + 1;
	char value[VALUE_MAX];
	int len, most = rng_chance(&synth->rng, 100) ? VALUE_MAX : 100;
	u64 cookie;

	memset(value, '.', sizeof(value));
	len = snprintf(value, sizeof(value), "w%u %llu", node->number, number);
	value[len] = ' ';
	len = rng_between(&synth->rng, len, most);
	host->number = number;
	host->at = synth->cluster->now + rng_between(&synth->rng, PAUSE, LONG_PAUSE);
	cookie = client_op(synth->cluster, node, RAFT_OP_WRITE, value, len, 0);
	if (client_find(synth->cluster, cookie)->state == OP_WAITING)
		host->cookie = cookie;
}

static void run_for(struct synth *synth, u64 us)
{
	cluster_run_until(synth->cluster, synth->cluster->now + us);
	if (synth->cluster->invariants.broken[0])
		fatal("%s", synth->cluster->invariants.broken);
}

/* In the middle of a write, if one comes soon. */
static void crash(struct synth *synth, struct node *node)
{
	u64 until = synth->cluster->now + LONG_PAUSE;

	while (!node->disk.write.persist.seq && synth->cluster->now < until)
		run_for(synth, 50);
	node_crash(node, DISK_TORN);
	synth->host[node->number].cookie = 0;
	capture_by(synth, node, 1);
}

/* A host loses power and comes back, or the leader hands over. */
static void make_trouble(struct synth *synth)
{
	struct node *node = &synth->cluster->node[rng_between(&synth->rng, 1, TAPE_STORES)];
	u32 i;

	for (i = 1; i <= TAPE_STORES; i++) {
		if (synth->cluster->node[i].raft)
			continue;
		if (!node_restart(&synth->cluster->node[i]))
			fatal("node %u does not start from its store", i);
		capture(synth, &synth->cluster->node[i]);
		return;
	}
	if (rng_chance(&synth->rng, 300) && !node->admin_open) {
		node_admin(node, RAFT_ADMIN_TRANSFER, 0);
		return;
	}
	crash(synth, node);
}

static void form(struct synth *synth)
{
	struct cluster *cluster = synth->cluster;
	u64 until = cluster->now + SETTLE;
	struct node *node;
	u32 i;

	for (i = 1; i <= TAPE_STORES; i++) {
		node = &cluster->node[i];
		node->durable = true;
		node->write_min = 100;
		node->write_max = 3000;
		if (i == 1)
			node_create(node);
		else
			node_join(node, 1, false);
		capture(synth, node);
		while (node->joined != RAFT_OK && cluster->now < until)
			run_for(synth, 10000);
	}
	if (cluster->now >= until)
		fatal("there is no cluster");
}

static void write_all(struct synth *synth, u64 writes)
{
	u64 trouble = synth->cluster->now + TROUBLE;
	struct node *node;
	u32 i;

	while (synth->acks < writes) {
		run_for(synth, PAUSE);
		for (i = 1; i <= TAPE_STORES; i++) {
			node = &synth->cluster->node[i];
			if (node->raft && !synth->host[i].cookie &&
			    synth->cluster->now >= synth->host[i].at)
				write_value(synth, node);
		}
		if (synth->cluster->now < trouble)
			continue;
		make_trouble(synth);
		trouble = synth->cluster->now + rng_between(&synth->rng, 1, 2 * TROUBLE);
	}
}

/**
 * synth_write() - write three logs
 * @path: the logs
 * @seed: decides everything
 * @writes: how many writes are acknowledged
 */
void synth_write(char *const path[TAPE_STORES], u64 seed, u64 writes)
{
	struct synth synth = { .rng.state = seed };
	struct cluster *cluster = cluster_new(seed);
	u32 i;

	synth.cluster = cluster;
	cluster->value_max = VALUE_MAX;
	cluster->watch.stepped = on_stepped;
	cluster->watch.op_ended = on_op_ended;
	cluster->watch.ctx = &synth;
	network_heal(&cluster->network, 100, 1000);
	for (i = 1; i <= TAPE_STORES; i++)
		writelog_create(&synth.host[i].log, path[i - 1]);
	form(&synth);
	write_all(&synth, writes);
	for (i = 1; i <= TAPE_STORES; i++) {
		if (!cluster->node[i].raft && !node_restart(&cluster->node[i]))
			fatal("node %u does not start from its store", i);
		capture(&synth, &cluster->node[i]);
	}
	/* What was agreed on is seen best where all are equal in the end. */
	run_for(&synth, SETTLE);
	for (i = 1; i <= TAPE_STORES; i++) {
		writelog_close(&synth.host[i].log);
		free(synth.host[i].seen);
	}
	cluster_free(cluster);
}
