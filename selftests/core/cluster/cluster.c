// SPDX-License-Identifier: GPL-2.0
/* Several nodes of the core in one process, in virtual time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cluster.h"
#include "fail.h"
#include "wire.h"

#define IDLE_MAX	1000		/* timers at one and the same time before it is a loop */

/**
 * cluster_new() - make a cluster without nodes
 * @seed: decides every chance in it
 *
 * Return: the cluster, to be given back with cluster_free().
 */
struct cluster *cluster_new(u64 seed)
{
	struct cluster *cluster = must_realloc(NULL, sizeof(*cluster));
	struct node *node;
	u32 i;

	memset(cluster, 0, sizeof(*cluster));
	cluster->now = 1000000;
	cluster->rng.state = seed;
	cluster->heartbeat_ms = RAFT_HEARTBEAT_MS;
	cluster->election_ms = RAFT_ELECTION_MS;
	cluster->value_max = 4096;
	network_init(&cluster->network, rng_next(&cluster->rng));
	for (i = 1; i <= CLUSTER_NODES; i++) {
		node = &cluster->node[i];
		node->cluster = cluster;
		node->number = i;
		node->clock.rate = CLOCK_TRUE;
		node->wake = NEVER;
	}
	return cluster;
}

static u64 clock_shows(const struct clock *clock, u64 time)
{
	return clock->then + (s64)(time - clock->since) * clock->rate / CLOCK_TRUE;
}

static u64 clock_now(const struct node *node)
{
	return clock_shows(&node->clock, node->cluster->now);
}

/* When a clock shows this, or the first time that it shows more. */
static u64 clock_when(const struct clock *clock, u64 shown)
{
	if (shown == NEVER || shown <= clock->then)
		return shown == NEVER ? NEVER : clock->since;
	return clock->since + ((shown - clock->then) * CLOCK_TRUE + clock->rate - 1) / clock->rate;
}

/**
 * node_set_rate() - let a host's clock go faster or slower from now on
 * @node: the host
 * @rate: &clock.rate
 */
void node_set_rate(struct node *node, u32 rate)
{
	struct clock *clock = &node->clock;
	u64 wake = node->wake == NEVER ? NEVER : clock_shows(clock, node->wake);
	u64 now = node->cluster->now;

	*clock = (struct clock) {
		.since = now,
		.then = clock_shows(clock, now),
		.rate = rate,
	};
	node->wake = clock_when(clock, wake);
}

static void inbox_drop(struct node *node)
{
	struct dgram *dgram;

	while ((dgram = node->inbox)) {
		node->inbox = dgram->next;
		free(dgram);
	}
}

static void node_unmake(struct node *node)
{
	clients_lose_host(node->cluster, node);
	free(node->raft);
	node->raft = NULL;
	node->wake = NEVER;
	node->paused = 0;
	node->admin_open = false;
	inbox_drop(node);
}

/**
 * cluster_free() - give everything back
 * @cluster: the cluster, gone afterwards
 */
void cluster_free(struct cluster *cluster)
{
	u32 i;

	for (i = 1; i <= CLUSTER_NODES; i++) {
		node_unmake(&cluster->node[i]);
		disk_wipe(&cluster->node[i].disk);
	}
	network_free(&cluster->network);
	clients_free(&cluster->clients);
	invariants_free(&cluster->invariants);
	free(cluster);
}

static void told_note(void *ctx, enum raft_note note, const u64 arg[RAFT_NOTE_ARGS])
{
	struct node *node = ctx;

	if (node->cluster->watch.note)
		node->cluster->watch.note(node, note, arg);
}

/**
 * node_make() - make the core's node of a host that is down
 * @node: the host
 * @new_life: mint a new member id, with a blank store
 */
void node_make(struct node *node, bool new_life)
{
	struct cluster *cluster = node->cluster;
	struct raft_params *params = &node->params;

	if (node->raft)
		fatal("node %u is up already", node->number);
	if (new_life) {
		disk_wipe(&node->disk);
		node->lives++;
	}
	node->starts++;
	memset(params, 0, sizeof(*params));
	memcpy(params->cluster, "raftval selftest", sizeof(params->cluster));
	params->id = (node->lives - 1) * CLUSTER_LIVES + node->number;
	network_addr(node->number, &params->addr);
	snprintf(params->label, sizeof(params->label), "host%u", node->number);
	params->is_volatile = !node->durable;
	params->heartbeat_ms = cluster->heartbeat_ms;
	params->election_ms = cluster->election_ms;
	params->value_max = cluster->value_max;
	params->linger_us = cluster->linger_us;
	params->absorb = cluster->absorb;
	params->sparse = cluster->sparse;
	params->incarnation = node->starts - 1;
	params->seed = rng_next(&cluster->rng);
	params->nonce = params->seed;
	params->note = told_note;
	params->ctx = node;
	if (!raft_params_valid(params))
		fatal("the parameters of node %u are refused", node->number);
	if (new_life && node->durable)
		disk_format(&node->disk, params->id, params->value_max);
	node->raft = raft_init(must_realloc(NULL, raft_size(params)), params);
	node->joined = RAFT_PENDING;
	invariants_started(node);
}

static void first_step(struct node *node)
{
	struct raft_event event = { .type = RAFT_EV_CONTINUE };

	node_step(node, &event);
}

/**
 * node_create() - start a node as the only member of a new cluster
 * @node: a host that is down
 */
void node_create(struct node *node)
{
	node_make(node, true);
	invariants_created(node);
	raft_start_create(node->raft, clock_now(node));
	first_step(node);
}

/**
 * node_join() - start a node that asks to become a member
 * @node: a host that is down
 * @via: the host it asks
 * @as_learner: it asks for no vote
 */
void node_join(struct node *node, u32 via, bool as_learner)
{
	struct raft_addr seed;

	node_make(node, true);
	if (as_learner) {
		node->params.as_learner = true;
		raft_init(node->raft, &node->params);
	}
	network_addr(via, &seed);
	raft_start_join(node->raft, &seed, clock_now(node));
	first_step(node);
}

/**
 * node_restart() - start a node from its store
 * @node: a durable host that is down
 *
 * Return: whether the node found on the store what it needs to be a member.
 */
bool node_restart(struct node *node)
{
	node_make(node, false);
	if (!disk_restore(&node->disk, node->raft) ||
	    !raft_start_restore(node->raft, clock_now(node))) {
		if (node->disk.snapshot)
			invariants_break(&node->cluster->invariants,
					 "node %u does not take back what is on its store",
					 node->number);
		node_unmake(node);
		return false;
	}
	first_step(node);
	return true;
}

static void check_disk(struct node *node)
{
	if (!disk_is_true(&node->disk))
		invariants_break(&node->cluster->invariants,
				 "the store of node %u does not hold what it should",
				 node->number);
}

/**
 * node_crash() - stop a host at once
 * @node: a host that is up
 * @landing: what of the write under way made it to the store
 */
void node_crash(struct node *node, enum disk_landing landing)
{
	node_unmake(node);
	disk_crash(&node->disk, landing);
	check_disk(node);
	node->disk.stalled = false;
	node->disk.broken = false;
}

/**
 * node_rot() - let something on the store rot
 * @node: a durable host that is down
 *
 * Return: false if nothing rotted.
 */
bool node_rot(struct node *node)
{
	if (!disk_rot(&node->disk))
		return false;
	check_disk(node);
	return true;
}

static void start_write(struct node *node, const struct raft_persist *persist)
{
	u64 took = rng_between(&node->cluster->rng, node->write_min, node->write_max);

	if (!node->durable)
		fatal("a volatile node asks for a write");
	disk_begin(&node->disk, node->raft, persist, node->cluster->now + took);
}

static void send_all(struct node *node, const struct raft_update *update)
{
	struct cluster *cluster = node->cluster;
	const struct raft_send *send;
	struct raft_msg msg;
	enum raft_drop why;
	u32 i, host;

	for (i = 0; i < update->n_send; i++) {
		send = &update->send[i];
		if (send->len > RAFT_DGRAM_MAX ||
		    !raft_wire_decode(send->data, send->len, &msg, &why))
			invariants_break(&cluster->invariants,
					 "node %u sends what can not be decoded", node->number);
		else
			witness_said(node, &msg);
		host = network_host(&send->addr);
		if (host)
			network_send(&cluster->network, cluster->now, node->number, host,
				     send->data, send->len);
	}
}

static void carry_out(struct node *node, const struct raft_update *update)
{
	invariants_stepped(node, update);
	if (update->persist.seq)
		start_write(node, &update->persist);
	send_all(node, update);
	client_told(node->cluster, node, update);
	if (update->admin_ended) {
		node->admin_open = false;
		node->admin = update->admin;
	}
	node->joined = update->joined;
	node->wake = clock_when(&node->clock, update->wake);
}

/**
 * node_step() - tell a node what happened, and do what it wants done
 * @node: a host that is up
 * @event: what happened; its time is filled in here
 */
void node_step(struct node *node, struct raft_event *event)
{
	struct cluster *cluster = node->cluster;
	struct raft_update *update = &cluster->update;

	for (;;) {
		event->now = clock_now(node);
		raft_step(node->raft, event, update);
		cluster->steps++;
		carry_out(node, update);
		if (cluster->watch.stepped)
			cluster->watch.stepped(node, event, update);
		if (!update->again)
			return;
		*event = (struct raft_event) { .type = RAFT_EV_CONTINUE, .more = event->more };
	}
}

static void receive(struct node *node, const struct dgram *dgram, bool more)
{
	struct raft_event event = {
		.type = RAFT_EV_RECV,
		.more = more,
		.recv = {
			.data = dgram->data,
			.len = dgram->len,
			.arrived = clock_shows(&node->clock, dgram->due),
		},
	};

	network_addr(dgram->from, &event.recv.from);
	if (node->cluster->watch.arrived)
		node->cluster->watch.arrived(node, dgram);
	node_step(node, &event);
}

static void fire(struct node *node)
{
	struct raft_event event = { .type = RAFT_EV_TIMER };

	node_step(node, &event);
}

/**
 * node_pause() - take the processor away from a host
 * @node: a host that is up; what arrives meanwhile waits
 * @until: until when, us
 */
void node_pause(struct node *node, u64 until)
{
	node->paused = until;
}

/**
 * node_resume() - give the processor back
 * @node: a host that is paused
 * @timer_first: its timer runs before it looks at what has arrived
 */
void node_resume(struct node *node, bool timer_first)
{
	struct dgram *dgram;

	node->paused = 0;
	if (timer_first && node->wake <= node->cluster->now)
		fire(node);
	while ((dgram = node->inbox)) {
		node->inbox = dgram->next;
		receive(node, dgram, node->inbox);
		free(dgram);
	}
}

/**
 * node_admin() - ask a node for a change to the cluster
 * @node: a host that is up
 * @what: the change
 * @target: the member it is about
 */
void node_admin(struct node *node, enum raft_admin what, u64 target)
{
	struct raft_event event = {
		.type = RAFT_EV_ADMIN,
		.admin = { .what = what, .target = target },
	};

	node->admin_open = true;
	node->admin_what = what;
	if (what == RAFT_ADMIN_REMOVE)
		invariants_unwanted(&node->cluster->invariants, target);
	node_step(node, &event);
}

/**
 * node_disk_end() - end the write that is under way
 * @node: a host that is up; a broken store fails the write
 */
void node_disk_end(struct node *node)
{
	struct raft_event event = {
		.type = RAFT_EV_PERSISTED,
		.persisted = {
			.seq = node->disk.write.persist.seq,
			.error = node->disk.broken,
		},
	};

	if (node->disk.broken)
		disk_forget(&node->disk);
	else
		disk_end(&node->disk);
	node_step(node, &event);
}

static bool may_fire(const struct cluster *cluster, const struct node *node)
{
	return !cluster->only || cluster->only == node->number;
}

static u64 node_next(const struct cluster *cluster, const struct node *node)
{
	u64 next;

	if (!node->raft)
		return NEVER;
	if (node->paused)
		return node->paused;
	next = disk_next(&node->disk);
	if (may_fire(cluster, node) && node->wake < next)
		next = node->wake;
	return next;
}

/**
 * cluster_next() - when something happens next
 * @cluster: the cluster
 *
 * Return: virtual time, us, or %NEVER.
 */
u64 cluster_next(const struct cluster *cluster)
{
	u64 next = network_next(&cluster->network);
	u64 time;
	u32 i;

	for (i = 1; i <= CLUSTER_NODES; i++) {
		time = node_next(cluster, &cluster->node[i]);
		if (time < next)
			next = time;
	}
	return next;
}

static void deliver(struct cluster *cluster)
{
	struct dgram *dgram = network_take(&cluster->network);
	struct node *node = &cluster->node[dgram->to];
	const struct dgram *next = network_peek(&cluster->network);
	struct dgram **end;

	if (!node->raft) {
		free(dgram);
	} else if (node->paused) {
		for (end = &node->inbox; *end; end = &(*end)->next)
			;
		*end = dgram;
	} else {
		receive(node, dgram, next && next->due <= cluster->now && next->to == dgram->to);
		free(dgram);
	}
}

static void run_node(struct cluster *cluster, struct node *node)
{
	if (node->paused) {
		node_resume(node, rng_chance(&cluster->rng, 500));
	} else if (disk_next(&node->disk) <= cluster->now) {
		node_disk_end(node);
	} else {
		fire(node);
		if (++cluster->idle > IDLE_MAX)
			invariants_break(&cluster->invariants,
					 "node %u wants to be called without end", node->number);
	}
}

/**
 * cluster_run_one() - let the next thing happen
 * @cluster: the cluster; its time moves to when it happens
 *
 * Return: false if nothing is to happen.
 */
bool cluster_run_one(struct cluster *cluster)
{
	u64 next = cluster_next(cluster);
	u32 i;

	if (next == NEVER)
		return false;
	if (next > cluster->now) {
		cluster->now = next;
		cluster->idle = 0;
	}
	if (network_next(&cluster->network) <= cluster->now) {
		deliver(cluster);
		return true;
	}
	for (i = 1; i <= CLUSTER_NODES; i++) {
		if (node_next(cluster, &cluster->node[i]) > cluster->now)
			continue;
		run_node(cluster, &cluster->node[i]);
		return true;
	}
	return false;
}

/**
 * cluster_run_until() - let everything happen up to a time
 * @cluster: the cluster; it stops early when an invariant is broken
 * @time: until when, us; it is that time afterwards
 */
void cluster_run_until(struct cluster *cluster, u64 time)
{
	while (!cluster->invariants.broken[0] && cluster_next(cluster) <= time)
		cluster_run_one(cluster);
	if (cluster->now < time) {
		cluster->now = time;
		cluster->idle = 0;
	}
}

/**
 * cluster_member() - find a node that is up by its member id
 * @cluster: the cluster
 * @id: the member
 *
 * Return: the node, or NULL.
 */
struct node *cluster_member(struct cluster *cluster, u64 id)
{
	u32 i;

	for (i = 1; i <= CLUSTER_NODES; i++) {
		if (cluster->node[i].raft && cluster->node[i].params.id == id)
			return &cluster->node[i];
	}
	return NULL;
}

/**
 * cluster_leader() - find the leader of the latest term
 * @cluster: the cluster
 *
 * Return: the node, or NULL if no node that is up leads.
 */
struct node *cluster_leader(struct cluster *cluster)
{
	struct node *leader = NULL;
	struct raft_view view;
	u64 term = 0;
	u32 i;

	for (i = 1; i <= CLUSTER_NODES; i++) {
		if (!cluster->node[i].raft)
			continue;
		raft_view(cluster->node[i].raft, &view);
		if (view.role == RAFT_LEADER && view.term >= term) {
			leader = &cluster->node[i];
			term = view.term;
		}
	}
	return leader;
}
