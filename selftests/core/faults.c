// SPDX-License-Identifier: GPL-2.0
/* What goes wrong, and what people do to a cluster, in a simulated run. */
#include <stdio.h>
#include <string.h>

#include "faults.h"

#define QUIET_US	1000000		/* from a change of members to the loss of one */
#define LEAST_LEN	24		/* bytes that make a value one of its kind */

static u64 pick(struct faults *faults, u64 least, u64 most)
{
	return rng_between(&faults->rng, least, most);
}

static bool chance(struct faults *faults, u32 permille)
{
	return rng_chance(&faults->rng, permille);
}

/* Swarm testing: a run in which everything goes wrong a little finds less. */
static void pick_weights(struct faults *faults)
{
	static const u32 usual[ACTIONS] = {
		[ACT_WRITE] = 60, [ACT_CAS] = 20, [ACT_READ] = 40, [ACT_CANCEL] = 5,
		[ACT_SPLIT] = 3, [ACT_CUT] = 6, [ACT_ISOLATE] = 5, [ACT_HEAL] = 8,
		[ACT_CRASH] = 5, [ACT_RESTART] = 12, [ACT_WIPE] = 2, [ACT_PAUSE] = 5,
		[ACT_STALL] = 2, [ACT_UNSTALL] = 4, [ACT_BREAK] = 1,
		[ACT_REMOVE] = 2, [ACT_PROMOTE] = 1, [ACT_TRANSFER] = 3,
	};
	u32 i;

	for (i = 0; i < ACTIONS; i++) {
		faults->weight[i] = usual[i];
		if (i != ACT_WRITE && i != ACT_HEAL && i != ACT_RESTART && i != ACT_UNSTALL &&
		    chance(faults, 300))
			faults->weight[i] = 0;
	}
}

/**
 * faults_init() - let a seed decide how a run goes wrong
 * @faults: the faults
 * @cluster: the cluster, without nodes yet
 * @history: where every action is written down
 * @seed: the seed
 */
void faults_init(struct faults *faults, struct cluster *cluster, struct history *history, u64 seed)
{
	bool durable;
	u32 i;

	memset(faults, 0, sizeof(*faults));
	faults->cluster = cluster;
	faults->history = history;
	faults->rng.state = seed;
	pick_weights(faults);
	faults->founders = pick(faults, 1, 5);
	faults->hosts = pick(faults, faults->founders, 6);
	faults->pause_max = chance(faults, 500) ? 5000 : 40000;
	faults->lose = chance(faults, 500) ? pick(faults, 0, 300) : 0;
	faults->repeat = chance(faults, 500) ? pick(faults, 0, 200) : 0;
	faults->delay_min = pick(faults, 50, 2000);
	faults->delay_max = faults->delay_min + (chance(faults, 300) ? pick(faults, 0, 60000) :
						 pick(faults, 0, 3000));
	cluster->value_max = chance(faults, 250) ? RAFT_VALUE_LIMIT : 4096;
	faults->value_len = chance(faults, 700) ? 64 : cluster->value_max;
	durable = chance(faults, 600);
	for (i = 1; i <= CLUSTER_NODES; i++) {
		cluster->node[i].durable = durable;
		cluster->node[i].write_min = pick(faults, 50, 1000);
		cluster->node[i].write_max = cluster->node[i].write_min + pick(faults, 0, 20000);
	}
}

/**
 * faults_links() - give every link its usual faults, and no others
 * @faults: the faults
 */
void faults_links(struct faults *faults)
{
	struct network *net = &faults->cluster->network;
	u32 from, to;

	network_heal(net, faults->delay_min, faults->delay_max);
	for (from = 1; from < NETWORK_HOSTS; from++) {
		for (to = 1; to < NETWORK_HOSTS; to++) {
			net->link[from][to].lose = faults->lose;
			net->link[from][to].repeat = faults->repeat;
		}
	}
}

static struct node *any(struct faults *faults, bool up)
{
	struct node *found = NULL;
	u32 i, n = 0;

	for (i = 1; i <= faults->hosts; i++) {
		struct node *node = &faults->cluster->node[i];

		if (!!node->raft == up && !node->paused && pick(faults, 0, n++) == 0)
			found = node;
	}
	return found;
}

static void make_value(struct faults *faults, u8 *data, u32 len)
{
	struct rng rng = { .state = ++faults->writes };
	u32 i;

	memset(data, 0, len);
	snprintf((char *)data, len, "value %llu", faults->writes);
	for (i = LEAST_LEN; i < len; i++)
		data[i] = rng_next(&rng);
}

static u64 change_value(struct faults *faults, struct node *node, enum raft_op_kind kind)
{
	static u8 data[RAFT_VALUE_LIMIT];
	u32 len = pick(faults, LEAST_LEN, faults->value_len);
	u64 revision;
	size_t unused;

	make_value(faults, data, len);
	raft_value(node->raft, &unused, &revision);
	history_add(faults->history, faults->cluster, "%u: %s of value %llu, %u bytes",
		    node->number, kind == RAFT_OP_CAS ? "compare-and-set" : "write",
		    faults->writes, len);
	return client_op(faults->cluster, node, kind, data, len, revision);
}

/**
 * faults_write() - write a value that was never written before
 * @faults: the faults
 * @node: the host it is written on
 *
 * Return: the cookie of the operation.
 */
u64 faults_write(struct faults *faults, struct node *node)
{
	return change_value(faults, node, RAFT_OP_WRITE);
}

static void cancel(struct faults *faults)
{
	struct clients *clients = &faults->cluster->clients;
	u64 cookie = clients->n_ops;
	const struct op *op;
	u32 tries;

	for (tries = pick(faults, 1, 20); tries && cookie; tries--, cookie--) {
		op = client_find(faults->cluster, cookie);
		if (op->state != OP_WAITING || faults->cluster->node[op->host].paused)
			continue;
		history_add(faults->history, faults->cluster, "%u: operation %llu is cancelled",
			    op->host, cookie);
		client_cancel(faults->cluster, cookie);
		return;
	}
}

static void cut(struct faults *faults, u32 from, u32 to)
{
	history_add(faults->history, faults->cluster, "%u is not heard by %u", from, to);
	faults->cluster->network.link[from][to].drop = NETWORK_ALL;
}

static void split(struct faults *faults)
{
	u32 halves = pick(faults, 1, (1U << faults->hosts) - 1);
	u32 from, to;

	faults_links(faults);
	for (from = 1; from <= faults->hosts; from++) {
		for (to = 1; to <= faults->hosts; to++) {
			if ((halves >> (from - 1) & 1) != (halves >> (to - 1) & 1))
				cut(faults, from, to);
		}
	}
}

static void isolate(struct faults *faults)
{
	u32 ways = pick(faults, 1, 3);
	u32 host = pick(faults, 1, faults->hosts);
	u32 other;

	for (other = 1; other <= faults->hosts; other++) {
		if (other == host)
			continue;
		if (ways & 1)
			cut(faults, host, other);
		if (ways & 2)
			cut(faults, other, host);
	}
}

static bool is_gone(struct faults *faults, u64 id)
{
	struct node *node = &faults->cluster->node[id % CLUSTER_LIVES];

	return node->params.id != id || faults->gone[node->number];
}

/* Whether most of those who have one of the flags are left. */
static bool most_left(struct faults *faults, const struct raft_config *config, u32 flags,
		      u64 victim, u64 leaver)
{
	u32 i, n = 0, left = 0;

	for (i = 0; i < config->n; i++) {
		const struct raft_member *member = &config->member[i];

		if (!(member->flags & flags) || member->id == leaver)
			continue;
		n++;
		left += member->id != victim && !is_gone(faults, member->id);
	}
	return left > n / 2;
}

static bool is_joining(const struct raft_config *config, u64 id)
{
	u32 i;

	for (i = 0; i < config->n; i++) {
		if (config->member[i].id == id)
			return config->member[i].flags & RAFT_MEMBER_JOINING;
	}
	return false;
}

/*
 * Whether the voters have a majority, and also when who is joining has its vote.
 * Who is joining may get it at any moment, so its loss is never safe.
 */
static bool has_majority(struct faults *faults, const struct raft_config *config, u64 victim,
			 u64 leaver)
{
	return !is_joining(config, victim) &&
	       most_left(faults, config, RAFT_MEMBER_VOTER, victim, leaver) &&
	       most_left(faults, config, RAFT_MEMBER_VOTER | RAFT_MEMBER_JOINING, victim, leaver);
}

/* Whether a host holds a configuration that may not be committed. */
static bool is_changing(const struct node *node, u64 commit)
{
	struct raft_view view;
	size_t i;

	if (node->raft) {
		raft_view(node->raft, &view);
		return view.config->index > view.commit;
	}
	for (i = 0; i < node->disk.n; i++) {
		const struct raft_entry *entry = &node->disk.entry[i];

		if (entry->kind == RAFT_ENTRY_CONFIG && entry->index > commit)
			return true;
	}
	return false;
}

/*
 * Whether the cluster can go on if a member is lost for ever, or leaves. No
 * cluster survives the loss of a majority, so the simulator does not ask for
 * it; while the members change, it can not tell.
 */
static bool survives(struct faults *faults, u64 victim, u64 leaver)
{
	struct node *leader = cluster_leader(faults->cluster);
	struct raft_view view;
	u32 i;

	if (!leader || faults->cluster->now < faults->changed + QUIET_US)
		return false;
	raft_view(leader->raft, &view);
	for (i = 1; i <= faults->hosts; i++) {
		if (faults->cluster->node[i].admin_open ||
		    is_changing(&faults->cluster->node[i], view.commit))
			return false;
	}
	if (view.config->joint)
		return false;
	return has_majority(faults, view.config, victim, 0) &&
	       has_majority(faults, view.config, victim, leaver);
}

static void crash(struct faults *faults, struct node *node, bool wipe)
{
	bool lost = wipe || !node->durable;

	if (lost && !survives(faults, node->params.id, 0))
		return;
	history_add(faults->history, faults->cluster, "%u crashes%s", node->number,
		    lost ? " and has lost everything" : "");
	node_crash(node, chance(faults, 500));
	if (lost)
		disk_wipe(&node->disk);
	faults->gone[node->number] = lost;
}

/**
 * faults_start() - start a host that is down, as a member if it still is one
 * @faults: the faults
 * @node: the host
 *
 * Return: false if there is nobody it could join, or the first member it thought of is none.
 */
bool faults_start(struct faults *faults, struct node *node)
{
	struct node *via;

	if (!faults->gone[node->number] && node->starts && node_restart(node)) {
		history_add(faults->history, faults->cluster, "%u restarts", node->number);
		return true;
	}
	via = any(faults, true);
	if (!via || via->joined != RAFT_OK)
		return false;
	faults->changed = faults->cluster->now;
	history_add(faults->history, faults->cluster, "%u joins by %u", node->number, via->number);
	faults->gone[node->number] = false;
	node_join(node, via->number, chance(faults, 100));
	return true;
}

static void remove_member(struct faults *faults, struct node *node)
{
	u64 target = faults->cluster->node[pick(faults, 1, faults->hosts)].params.id;

	if (node->admin_open || !survives(faults, 0, target))
		return;
	faults->changed = faults->cluster->now;
	history_add(faults->history, faults->cluster, "%u: remove member %llx", node->number,
		    target);
	node_admin(node, RAFT_ADMIN_REMOVE, target);
}

static void admin(struct faults *faults, struct node *node, enum raft_admin what)
{
	u64 target = faults->cluster->node[pick(faults, 1, faults->hosts)].params.id;

	if (node->admin_open)
		return;
	if (what == RAFT_ADMIN_PROMOTE)
		faults->changed = faults->cluster->now;
	if (what == RAFT_ADMIN_TRANSFER && chance(faults, 300))
		target = 0;
	history_add(faults->history, faults->cluster, "%u: %s %llx", node->number,
		    what == RAFT_ADMIN_PROMOTE ? "promote" : "transfer to", target);
	node_admin(node, what, target);
}

static void stall(struct faults *faults, struct node *node)
{
	if (!node->durable)
		return;
	history_add(faults->history, faults->cluster, "the store of %u stalls", node->number);
	node->disk.stalled = true;
}

static void unstall(struct faults *faults)
{
	u32 i;

	for (i = 1; i <= faults->hosts; i++)
		faults->cluster->node[i].disk.stalled = false;
}

static void pause_host(struct faults *faults, struct node *node)
{
	u64 until = faults->cluster->now + pick(faults, 1000, 1000000);

	history_add(faults->history, faults->cluster, "%u gets no processor until %llu ms",
		    node->number, until / 1000);
	node_pause(node, until);
}

static enum action pick_action(struct faults *faults)
{
	u32 i, sum = 0;
	u64 at;

	for (i = 0; i < ACTIONS; i++)
		sum += faults->weight[i];
	at = pick(faults, 0, sum - 1);
	for (i = 0; at >= faults->weight[i]; i++)
		at -= faults->weight[i];
	return i;
}

static void act_network(struct faults *faults, enum action action)
{
	u32 from = pick(faults, 1, faults->hosts);
	u32 to = pick(faults, 1, faults->hosts);

	if (action == ACT_SPLIT) {
		split(faults);
	} else if (action == ACT_ISOLATE) {
		isolate(faults);
	} else if (action == ACT_HEAL) {
		history_add(faults->history, faults->cluster, "the network is whole");
		faults_links(faults);
	} else if (from != to) {
		cut(faults, from, to);
	}
}

static void act_host(struct faults *faults, enum action action, struct node *node)
{
	switch (action) {
	case ACT_WRITE:
		faults_write(faults, node);
		break;
	case ACT_CAS:
		change_value(faults, node, RAFT_OP_CAS);
		break;
	case ACT_READ:
		history_add(faults->history, faults->cluster, "%u: read", node->number);
		client_read(faults->cluster, node);
		break;
	case ACT_CRASH:
	case ACT_WIPE:
		crash(faults, node, action == ACT_WIPE);
		break;
	case ACT_PAUSE:
		pause_host(faults, node);
		break;
	case ACT_STALL:
		stall(faults, node);
		break;
	case ACT_BREAK:
		node->disk.broken = node->disk.write.persist.seq;
		break;
	case ACT_REMOVE:
		remove_member(faults, node);
		break;
	case ACT_PROMOTE:
		admin(faults, node, RAFT_ADMIN_PROMOTE);
		break;
	default:
		admin(faults, node, RAFT_ADMIN_TRANSFER);
	}
}

/**
 * faults_act() - do something to the cluster
 * @faults: the faults
 */
void faults_act(struct faults *faults)
{
	enum action action = pick_action(faults);
	struct node *node = any(faults, action != ACT_RESTART);

	if (action >= ACT_SPLIT && action <= ACT_HEAL)
		act_network(faults, action);
	else if (action == ACT_CANCEL)
		cancel(faults);
	else if (action == ACT_UNSTALL)
		unstall(faults);
	else if (action == ACT_RESTART && node)
		faults_start(faults, node);
	else if (node)
		act_host(faults, action, node);
}

/**
 * faults_tidy() - stop the hosts that are no members any more, or were refused
 * @faults: the faults
 */
void faults_tidy(struct faults *faults)
{
	struct node *node;
	u32 i;

	for (i = 1; i <= faults->hosts; i++) {
		node = &faults->cluster->node[i];
		if (!node->raft || node->paused || node->joined == RAFT_OK ||
		    node->joined == RAFT_PENDING)
			continue;
		history_add(faults->history, faults->cluster, "%u stops: %s", i,
			    raft_status_text(node->joined));
		node_crash(node, false);
		faults->gone[i] = true;
	}
}
