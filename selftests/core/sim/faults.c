// SPDX-License-Identifier: GPL-2.0
/* What goes wrong, and what people do to a cluster, in a simulated run. */
#include <stdio.h>
#include <string.h>

#include <linux/kernel.h>

#include "faults.h"

#define QUIET		7	/* election timeouts from a change of members to the loss of one */
#define BURST		40	/* programs that ask at once */
#define RATE_LEAST	700	/* clocks do not go slower, in thousandths */
#define RATE_MOST	1400	/* nor faster */

static u64 pick(struct faults *faults, u64 least, u64 most)
{
	return rng_between(&faults->rng, least, most);
}

static bool chance(struct faults *faults, u32 permille)
{
	return rng_chance(&faults->rng, permille);
}

static u64 election_us(const struct faults *faults)
{
	return faults->plan->election_ms * 1000;
}

static u32 some_host(struct faults *faults)
{
	return pick(faults, 1, faults->plan->hosts);
}

static struct node *host_of(struct faults *faults, u64 number)
{
	return &faults->cluster->node[number <= CLUSTER_NODES ? number : 0];
}

/**
 * faults_init() - make the hosts of a run what its plan says
 * @faults: the faults
 * @cluster: the cluster, without nodes yet
 * @plan: the run
 * @history: where every action is written down in words
 */
void faults_init(struct faults *faults, struct cluster *cluster, const struct plan *plan,
		 struct history *history)
{
	struct rng rng = { .state = plan->seed };
	u32 i;

	memset(faults, 0, sizeof(*faults));
	faults->cluster = cluster;
	faults->plan = plan;
	faults->history = history;
	faults->rng.state = plan->seed;
	plan_weights(plan, faults->weight);
	cluster->heartbeat_ms = plan->heartbeat_ms;
	cluster->election_ms = plan->election_ms;
	cluster->value_max = plan->value_max;
	/* From nothing to longer than a heartbeat. */
	cluster->linger_us = plan->seed % 4 * plan->heartbeat_ms * 400;
	cluster->absorb = plan->seed / 4 % 4;
	cluster->sparse = plan->seed / 16 % 4;
	for (i = 1; i <= CLUSTER_NODES; i++) {
		struct node *node = &cluster->node[i];

		node->durable = plan->durable;
		node->write_min = plan->write_min;
		node->write_max = plan->write_max;
		node_set_rate(node, rng_between(&rng, CLOCK_TRUE - plan->skew,
						CLOCK_TRUE + plan->skew * 4 / 3));
	}
}

/**
 * faults_links() - give every link its usual faults, and no others
 * @faults: the faults
 */
void faults_links(struct faults *faults)
{
	struct network *net = &faults->cluster->network;
	const struct plan *plan = faults->plan;
	u32 from, to;

	network_heal(net, plan->delay_min, plan->delay_max);
	for (from = 1; from < NETWORK_HOSTS; from++) {
		for (to = 1; to < NETWORK_HOSTS; to++) {
			net->link[from][to].lose = plan->lose;
			net->link[from][to].repeat = plan->repeat;
			net->link[from][to].replay = plan->replay;
			net->link[from][to].noise = plan->noise;
		}
	}
}

static struct node *any(struct faults *faults, bool up)
{
	struct node *found = NULL;
	u32 i, n = 0;

	for (i = 1; i <= faults->plan->hosts; i++) {
		struct node *node = &faults->cluster->node[i];

		if (!!node->raft == up && !node->paused && pick(faults, 0, n++) == 0)
			found = node;
	}
	return found;
}

static void make_value(u8 *data, u32 len, u64 number)
{
	struct rng rng = { .state = number };
	u64 word;
	u32 i;

	for (i = 0; i < len; i += sizeof(word)) {
		word = rng_next(&rng);
		memcpy(data + i, &word, min(len - i, (u32)sizeof(word)));
	}
	memset(data, 0, PLAN_VALUE_LEAST);
	snprintf((char *)data, PLAN_VALUE_LEAST, "value %llu", number);
}

static u64 change_value(struct faults *faults, struct node *node, enum raft_op_kind kind,
			const struct action *action, u64 number)
{
	static u8 data[RAFT_VALUE_LIMIT];
	struct attempt *attempt = &faults->recent[number % FAULTS_RECENT];
	u32 len = clamp(action->a, PLAN_VALUE_LEAST, RAFT_VALUE_LIMIT);
	u64 revision;
	size_t unused;

	make_value(data, len, number);
	raft_value(node->raft, &unused, &revision);
	history_add(faults->history, faults->cluster, "%u: %s of value %llu, %u bytes",
		    node->number, kind == RAFT_OP_CAS ? "compare-and-set" : "write", number, len);
	if (kind == RAFT_OP_CAS && revision >= action->c)
		revision -= action->c;
	if (faults->writes < number)
		faults->writes = number;
	*attempt = (struct attempt) { .number = number, .len = len };
	attempt->cookie = client_op(faults->cluster, node, kind, data, len, revision);
	return attempt->cookie;
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
	struct action action = { .a = PLAN_VALUE_LEAST };

	return change_value(faults, node, RAFT_OP_WRITE, &action, faults->writes + 1);
}

static bool do_ops(struct faults *faults, const struct action *action, struct node *node)
{
	u64 i;

	if (action->act == ACT_CAS)
		change_value(faults, node, RAFT_OP_CAS, action, action->b);
	for (i = 0; action->act == ACT_WRITE && i < action->c; i++)
		change_value(faults, node, RAFT_OP_WRITE, action, action->b + i);
	for (i = 0; action->act == ACT_READ && i < action->a; i++) {
		history_add(faults->history, faults->cluster, "%u: read", node->number);
		client_read(faults->cluster, node);
	}
	return true;
}

static bool do_cancel(struct faults *faults, u64 cookie)
{
	const struct op *op = client_find(faults->cluster, cookie);

	if (!op || op->state != OP_WAITING || faults->cluster->node[op->host].paused)
		return false;
	history_add(faults->history, faults->cluster, "%u: operation %llu is cancelled", op->host,
		    cookie);
	client_cancel(faults->cluster, cookie);
	return true;
}

static bool cut(struct faults *faults, u32 from, u64 to)
{
	if (!from || !to || to > faults->plan->hosts || from == to)
		return false;
	history_add(faults->history, faults->cluster, "%u is not heard by %llu", from, to);
	faults->cluster->network.link[from][to].drop = NETWORK_ALL;
	return true;
}

/**
 * faults_split() - cut the network in two
 * @faults: the faults
 * @half: hosts of one half, a bit each, that of host 1 being the lowest
 * @bridge: a host that still hears both and is heard by both, 0 for none
 */
void faults_split(struct faults *faults, u64 half, u64 bridge)
{
	u32 from, to;

	for (from = 1; from <= faults->plan->hosts; from++) {
		for (to = 1; to <= faults->plan->hosts; to++) {
			if (from != bridge && to != bridge &&
			    (half >> (from - 1) & 1) != (half >> (to - 1) & 1))
				cut(faults, from, to);
		}
	}
}

static bool do_isolate(struct faults *faults, u32 host, u64 ways)
{
	u32 other;

	for (other = 1; other <= faults->plan->hosts; other++) {
		if (ways & 1)
			cut(faults, host, other);
		if (ways & 2)
			cut(faults, other, host);
	}
	return true;
}

static bool do_lag(struct faults *faults, u32 from, u64 to, u64 us)
{
	struct link *link;

	if (to > faults->plan->hosts)
		return false;
	history_add(faults->history, faults->cluster, "from %u to %llu it takes up to %llu us",
		    from, to, us);
	link = &faults->cluster->network.link[from][to];
	link->delay_max = max(us, link->delay_min);
	return true;
}

static bool do_network(struct faults *faults, const struct action *action)
{
	switch (action->act) {
	case ACT_SPLIT:
	case ACT_BRIDGE:
		faults_links(faults);
		faults_split(faults, action->a, action->act == ACT_BRIDGE ? action->b : 0);
		return true;
	case ACT_CUT:
		return cut(faults, action->host, action->a);
	case ACT_ISOLATE:
		return do_isolate(faults, action->host, action->a);
	case ACT_LAG:
		return do_lag(faults, action->host, action->a, action->b);
	default:
		history_add(faults->history, faults->cluster, "the network is whole");
		faults_links(faults);
		return true;
	}
}

/* Whether a host has no vote because of what its store lost, or will have none if it restarts. */
static bool is_damaged(const struct node *node)
{
	struct raft_view view = { 0 };

	if (node->raft)
		raft_view(node->raft, &view);
	return view.promised || node->disk.promised;
}

static bool is_gone(struct faults *faults, u64 id)
{
	struct node *node = &faults->cluster->node[id % CLUSTER_LIVES];

	return node->params.id != id || faults->gone[node->number] || is_damaged(node);
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

/* Whether a host holds a configuration that may not be committed yet. */
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

	if (!leader || faults->cluster->now < faults->changed + QUIET * election_us(faults))
		return false;
	raft_view(leader->raft, &view);
	for (i = 1; i <= faults->plan->hosts; i++) {
		/* What a host without a processor has not heard yet may be a change. */
		if (faults->cluster->node[i].admin_open || faults->cluster->node[i].paused ||
		    is_changing(&faults->cluster->node[i], view.commit))
			return false;
	}
	if (view.config->joint)
		return false;
	return has_majority(faults, view.config, victim, 0) &&
	       has_majority(faults, view.config, victim, leaver);
}

static bool do_crash(struct faults *faults, struct node *node, const struct action *action)
{
	bool lost = action->act == ACT_WIPE || !node->durable;

	if (lost && !survives(faults, node->params.id, 0))
		return false;
	/* What it asked for may still be on its way. */
	if (node->admin_open)
		faults->changed = faults->cluster->now;
	history_add(faults->history, faults->cluster, "%u crashes%s", node->number,
		    lost ? " and has lost everything" : "");
	node_crash(node, action->a);
	if (lost)
		disk_wipe(&node->disk);
	faults->gone[node->number] = lost;
	faults->wiped[node->number] = lost;
	return true;
}

/* Whatever rots, it may be all that counts: no more than could be lost for ever. */
static bool do_rot(struct faults *faults, struct node *node)
{
	if (faults->gone[node->number] || !survives(faults, node->params.id, 0))
		return false;
	/* It was tried, which moves the store's chances: a second run must do so, too. */
	if (!node_rot(node))
		return true;
	history_add(faults->history, faults->cluster, "the store of %u rots%s", node->number,
		    is_damaged(node) ? ": entries are lost" :
		    node->disk.term ? "" : ": everything is lost");
	faults->gone[node->number] = !node->disk.term;
	return true;
}

static bool do_stop(struct faults *faults, struct node *node)
{
	if (node->joined == RAFT_OK || node->joined == RAFT_PENDING)
		return false;
	history_add(faults->history, faults->cluster, "%u stops: %s", node->number,
		    raft_status_text(node->joined));
	node_crash(node, false);
	faults->gone[node->number] = true;
	return true;
}

static bool may_restart(const struct faults *faults, const struct node *node)
{
	return node->starts && !faults->gone[node->number];
}

/* Also of a member that was removed: it has to learn it, or to be ignored. */
static bool do_restart(struct faults *faults, struct node *node)
{
	bool up;

	if (!node->starts || !node->durable)
		return false;
	up = node_restart(node);
	history_add(faults->history, faults->cluster, "%u restarts%s", node->number,
		    up ? "" : ", but knows of no cluster");
	if (up && faults->wiped[node->number])
		invariants_break(&faults->cluster->invariants,
				 "identity: node %u starts, though its store was wiped",
				 node->number);
	faults->gone[node->number] = !up;
	return true;
}

static bool do_join(struct faults *faults, struct node *node, const struct action *action)
{
	struct node *via = host_of(faults, action->a);

	if (may_restart(faults, node) || !via->raft || via->paused || via->joined != RAFT_OK)
		return false;
	faults->changed = faults->cluster->now;
	history_add(faults->history, faults->cluster, "%u joins by %u%s", node->number, via->number,
		    action->b ? " as a learner" : "");
	faults->gone[node->number] = false;
	faults->wiped[node->number] = false;
	node_join(node, via->number, action->b);
	return true;
}

static bool do_pause(struct faults *faults, struct node *node, u64 us)
{
	u64 until = faults->cluster->now + us;

	history_add(faults->history, faults->cluster, "%u gets no processor until %llu ms",
		    node->number, until / 1000);
	node_pause(node, until);
	return true;
}

static bool do_rate(struct faults *faults, struct node *node, u64 rate)
{
	history_add(faults->history, faults->cluster, "the clock of %u goes at %llu/1000",
		    node->number, rate);
	node_set_rate(node, clamp(rate, RATE_LEAST, RATE_MOST));
	return true;
}

static bool do_store(struct faults *faults, struct node *node, const struct action *action)
{
	if (!node->durable)
		return false;
	if (action->act == ACT_STALL) {
		history_add(faults->history, faults->cluster, "the store of %u stalls",
			    node->number);
		node->disk.stalled = true;
	} else if (action->act == ACT_SLOW) {
		history_add(faults->history, faults->cluster,
			    "the store of %u takes up to %llu us", node->number, action->a);
		node->write_max = max(action->a, node->write_min);
	} else {
		node->disk.broken = true;
		/* The store may also find it by itself, by a marker. */
		if (!node->disk.write.persist.seq && !node->paused)
			node_disk_end(node);
	}
	return true;
}

static bool do_unstall(struct faults *faults)
{
	u32 i;

	history_add(faults->history, faults->cluster, "no store stalls");
	for (i = 1; i <= faults->plan->hosts; i++) {
		faults->cluster->node[i].disk.stalled = false;
		faults->cluster->node[i].write_max = faults->plan->write_max;
	}
	return true;
}

static bool do_admin(struct faults *faults, struct node *node, const struct action *action)
{
	static const struct {
		enum raft_admin what;
		const char *text;
	} admin[ACTS] = {
		[ACT_REMOVE] = { RAFT_ADMIN_REMOVE, "remove member" },
		[ACT_PROMOTE] = { RAFT_ADMIN_PROMOTE, "promote" },
		[ACT_TRANSFER] = { RAFT_ADMIN_TRANSFER, "transfer to" },
	};

	if (node->admin_open ||
	    (action->act == ACT_REMOVE && !survives(faults, 0, action->a)))
		return false;
	if (action->act != ACT_TRANSFER)
		faults->changed = faults->cluster->now;
	history_add(faults->history, faults->cluster, "%u: %s %llx", node->number,
		    admin[action->act].text, action->a);
	node_admin(node, admin[action->act].what, action->a);
	return true;
}

static bool do_up(struct faults *faults, struct node *node, const struct action *action)
{
	switch (action->act) {
	case ACT_CRASH:
	case ACT_WIPE:
		return do_crash(faults, node, action);
	case ACT_STOP:
		return do_stop(faults, node);
	case ACT_PAUSE:
		return do_pause(faults, node, action->a);
	case ACT_STALL:
	case ACT_SLOW:
	case ACT_BREAK:
		return do_store(faults, node, action);
	case ACT_REMOVE:
	case ACT_PROMOTE:
	case ACT_TRANSFER:
		return do_admin(faults, node, action);
	default:
		return do_ops(faults, action, node);
	}
}

/**
 * faults_do() - carry an action out
 * @faults: the faults
 * @action: the action
 *
 * Return: false, with nothing done, if that can not be done now.
 */
bool faults_do(struct faults *faults, const struct action *action)
{
	struct node *node = host_of(faults, action->host);

	if (action->host > faults->plan->hosts)
		return false;
	if (action->act >= ACT_SPLIT && action->act <= ACT_HEAL)
		return do_network(faults, action);
	if (action->act == ACT_CANCEL)
		return do_cancel(faults, action->a);
	if (action->act == ACT_UNSTALL)
		return do_unstall(faults);
	if (!action->host)
		return false;
	if (action->act == ACT_RATE)
		return do_rate(faults, node, action->a);
	if (!node->raft && action->act == ACT_RESTART)
		return do_restart(faults, node);
	if (!node->raft && action->act == ACT_JOIN)
		return do_join(faults, node, action);
	if (!node->raft && action->act == ACT_ROT)
		return do_rot(faults, node);
	if (!node->raft || node->paused || action->act == ACT_RESTART || action->act == ACT_JOIN ||
	    action->act == ACT_ROT)
		return false;
	return do_up(faults, node, action);
}

/**
 * faults_stray() - find a host that is no member any more, or was refused
 * @faults: the faults
 * @action: filled in: what stops it
 *
 * Return: false if there is none.
 */
bool faults_stray(const struct faults *faults, struct action *action)
{
	u32 i;

	for (i = 1; i <= faults->plan->hosts; i++) {
		const struct node *node = &faults->cluster->node[i];

		if (!node->raft || node->paused || node->joined == RAFT_OK ||
		    node->joined == RAFT_PENDING)
			continue;
		*action = (struct action) {
			.at = faults->cluster->now,
			.act = ACT_STOP,
			.host = i,
		};
		return true;
	}
	return false;
}

/* A write, several at once, or one more time what was refused or not answered. */
static void draw_write(struct faults *faults, struct action *action)
{
	const struct attempt *attempt = &faults->recent[pick(faults, 0, FAULTS_RECENT - 1)];
	const struct op *op = client_find(faults->cluster, attempt->cookie);

	action->a = pick(faults, faults->plan->value_least, faults->plan->value_len);
	action->b = faults->writes + 1;
	if (action->act == ACT_CAS) {
		action->c = chance(faults, 100) ? pick(faults, 1, 3) : 0;
		return;
	}
	action->c = chance(faults, 30) ? pick(faults, 2, BURST) : 1;
	if (!op || op->state == OP_WAITING || op->status == RAFT_OK || !chance(faults, 500))
		return;
	action->a = attempt->len;
	action->c = 1;
	/* Were it the same bytes after no answer, nobody could tell which of the two was done. */
	if (op->state == OP_ENDED && op->status != RAFT_UNKNOWN)
		action->b = attempt->number;
}

static bool draw_cancel(struct faults *faults, struct action *action)
{
	u64 cookie = faults->cluster->clients.n_ops;
	u32 tries;

	for (tries = pick(faults, 1, 20); tries && cookie; tries--, cookie--) {
		if (client_find(faults->cluster, cookie)->state != OP_WAITING)
			continue;
		action->a = cookie;
		return true;
	}
	return false;
}

static bool draw_network(struct faults *faults, struct action *action)
{
	u64 us = election_us(faults);

	if (action->act == ACT_SPLIT || action->act == ACT_BRIDGE) {
		action->a = pick(faults, 1, (1U << faults->plan->hosts) - 1);
		action->b = some_host(faults);
	} else if (action->act != ACT_HEAL) {
		action->host = some_host(faults);
		action->a = action->act == ACT_ISOLATE ? pick(faults, 1, 3) : some_host(faults);
		action->b = action->act == ACT_LAG ? pick(faults, 0, 2 * us) : 0;
	}
	return true;
}

/* A leader that is to go is the more interesting case. */
static u64 draw_target(struct faults *faults, enum act act)
{
	struct node *leader = cluster_leader(faults->cluster);

	if (act == ACT_TRANSFER && chance(faults, 300))
		return 0;
	if (act == ACT_REMOVE && leader && chance(faults, 300))
		return leader->params.id;
	return host_of(faults, some_host(faults))->params.id;
}

static bool draw_start(struct faults *faults, struct action *action)
{
	struct node *node = any(faults, false);
	struct node *via = any(faults, true);

	if (!node)
		return false;
	action->host = node->number;
	if (may_restart(faults, node) || (node->starts && node->durable && chance(faults, 100)))
		return true;
	action->act = ACT_JOIN;
	action->a = via ? via->number : 0;
	action->b = chance(faults, 150);
	return via;
}

static bool draw_at_host(struct faults *faults, struct action *action)
{
	struct node *node = any(faults, action->act != ACT_ROT);

	if (!node)
		return false;
	action->host = node->number;
	switch (action->act) {
	case ACT_WRITE:
	case ACT_CAS:
		draw_write(faults, action);
		break;
	case ACT_READ:
		action->a = chance(faults, 30) ? pick(faults, 2, BURST) : 1;
		break;
	case ACT_CRASH:
		action->a = pick(faults, DISK_LOST, DISK_TORN);
		break;
	case ACT_PAUSE:
		action->a = pick(faults, 1000, 7 * election_us(faults));
		break;
	case ACT_RATE:
		action->a = pick(faults, RATE_LEAST, RATE_MOST);
		break;
	case ACT_SLOW:
		action->a = pick(faults, 0, 2 * election_us(faults));
		break;
	case ACT_REMOVE:
	case ACT_PROMOTE:
	case ACT_TRANSFER:
		action->a = draw_target(faults, action->act);
		break;
	default:
		break;
	}
	return true;
}

static enum act draw_act(struct faults *faults)
{
	u64 at, sum = 0;
	u32 i;

	for (i = 0; i < ACTS; i++)
		sum += faults->weight[i];
	at = pick(faults, 0, sum - 1);
	for (i = 0; at >= faults->weight[i]; i++)
		at -= faults->weight[i];
	return i;
}

/**
 * faults_draw() - let chance decide what is done next
 * @faults: the faults
 * @action: filled in
 *
 * Return: false if chance decides for what can not be done now.
 */
bool faults_draw(struct faults *faults, struct action *action)
{
	*action = (struct action) { .at = faults->cluster->now, .act = draw_act(faults) };
	if (action->act >= ACT_SPLIT && action->act <= ACT_HEAL)
		return draw_network(faults, action);
	if (action->act == ACT_CANCEL)
		return draw_cancel(faults, action);
	if (action->act == ACT_RESTART)
		return draw_start(faults, action);
	return action->act == ACT_UNSTALL || draw_at_host(faults, action);
}

static void start(struct faults *faults, struct node *node)
{
	struct action action = { .host = node->number };
	struct node *via;

	if (do_restart(faults, node) && node->raft)
		return;
	via = any(faults, true);
	action.a = via ? via->number : 0;
	do_join(faults, node, &action);
}

/**
 * faults_heal_hosts() - every host runs again, on a store that works
 * @faults: the faults; from here on chance does not depend on how they were drawn
 */
void faults_heal_hosts(struct faults *faults)
{
	struct raft_view view;
	struct node *node;
	u32 i;

	faults->rng.state = ~faults->plan->seed;
	do_unstall(faults);
	for (i = 1; i <= faults->plan->hosts; i++) {
		node = &faults->cluster->node[i];
		node->disk.broken = false;
		if (!node->raft)
			continue;
		if (node->paused)
			node_resume(node, false);
		raft_view(node->raft, &view);
		if (view.failed)
			node_crash(node, false);
	}
	for (i = 1; i <= faults->plan->hosts; i++) {
		node = &faults->cluster->node[i];
		if (!node->raft && !faults->gone[i])
			start(faults, node);
	}
}
