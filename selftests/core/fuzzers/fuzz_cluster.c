// SPDX-License-Identifier: GPL-2.0
/*
 * A cluster to which the input decides what happens. Three hosts form it and a
 * fourth may join. Two bytes are an event: what it is, and to whom. The
 * invariants are checked after every step; the first that is broken ends the
 * program, with the last events in words.
 */
#include <linux/kernel.h>

#include "fuzz.h"
#include "history.h"

#define FOUNDERS	3
#define HOSTS		4
#define LINES		200		/* of history that are shown */
#define FORM_STEPS	5000
#define WRITE_US	500		/* how long a store takes */
#define LEAST_LEN	24		/* bytes that make a value one of its kind */
#define VALUE_MAX	4096

/**
 * struct play - an input that is played
 * @cluster: the cluster
 * @history: what happened
 * @gone: the host's last identity is lost for ever
 * @writes: operations so far, which makes each one's data its own
 */
struct play {
	struct cluster *cluster;
	struct history history;
	bool gone[HOSTS + 1];
	u32 writes;
};

static struct node *host(struct play *play, u8 which)
{
	return &play->cluster->node[1 + which % HOSTS];
}

static bool runs(const struct node *node)
{
	return node->raft && !node->paused;
}

static void act_run(struct play *play, u8 arg)
{
	cluster_run_until(play->cluster, play->cluster->now + 1000 * (arg + 1ULL));
}

static void act_next(struct play *play, u8 arg)
{
	u32 n;

	for (n = 0; n <= arg % 16; n++)
		cluster_run_one(play->cluster);
}

/* The others' timers do not fire meanwhile, so they are late. */
static void act_timeout(struct play *play, u8 arg)
{
	struct cluster *cluster = play->cluster;
	struct node *node = host(play, arg);

	if (!runs(node) || node->wake == NEVER)
		return;
	history_add(&play->history, cluster, "only %u looks at the time", node->number);
	cluster->only = node->number;
	cluster_run_until(cluster, node->wake);
	cluster->only = 0;
}

/* The links that an event is about: from a host or from all, to a host or to all. */
static void each_link(struct play *play, u8 arg, void (*act)(struct link *link))
{
	u32 from = arg % (HOSTS + 1), to = arg / (HOSTS + 1) % (HOSTS + 1);
	u32 i, j;

	for (i = 1; i <= HOSTS; i++) {
		for (j = 1; j <= HOSTS; j++) {
			if ((!from || from == i) && (!to || to == j))
				act(&play->cluster->network.link[i][j]);
		}
	}
}

static void hold(struct link *link)
{
	link->hold = NETWORK_ALL;
}

static void let_go(struct link *link)
{
	link->hold = 0;
}

static void cut(struct link *link)
{
	link->drop = NETWORK_ALL;
}

static void act_hold(struct play *play, u8 arg)
{
	history_add(&play->history, play->cluster, "links %u are held", arg);
	each_link(play, arg, hold);
}

static void act_let_go(struct play *play, u8 arg)
{
	struct cluster *cluster = play->cluster;
	u32 from = arg % (HOSTS + 1), to = arg / (HOSTS + 1) % (HOSTS + 1);

	history_add(&play->history, cluster, "links %u are let go", arg);
	each_link(play, arg, let_go);
	network_release(&cluster->network, cluster->now, from, to, NETWORK_ALL, ~0U);
}

static void act_cut(struct play *play, u8 arg)
{
	history_add(&play->history, play->cluster, "links %u are cut", arg);
	each_link(play, arg, cut);
}

static void act_heal(struct play *play, u8 arg)
{
	struct cluster *cluster = play->cluster;

	history_add(&play->history, cluster, "the network is whole");
	network_heal(&cluster->network, 0, arg);
	network_release(&cluster->network, cluster->now, 0, 0, NETWORK_ALL, ~0U);
}

/* One of the datagrams that are held, counted from the oldest and round. */
static struct dgram **held(struct play *play, u8 which)
{
	struct dgram **list = &play->cluster->network.held;
	struct dgram **at = list;

	while (*list && which--) {
		at = &(*at)->next;
		if (!*at)
			at = list;
	}
	return at;
}

static void deliver(struct play *play, const struct dgram *dgram)
{
	struct cluster *cluster = play->cluster;

	network_inject(&cluster->network, cluster->now, dgram->from, dgram->to, dgram->data,
		       dgram->len);
	cluster_run_one(cluster);
}

static void lose(struct dgram **at)
{
	struct dgram *dgram = *at;

	*at = dgram->next;
	free(dgram);
}

static void act_deliver(struct play *play, u8 arg)
{
	struct dgram **at = held(play, arg);
	struct dgram *dgram = *at;

	if (!dgram)
		return;
	*at = dgram->next;
	deliver(play, dgram);
	free(dgram);
}

static void act_repeat(struct play *play, u8 arg)
{
	struct dgram **at = held(play, arg);

	if (*at)
		deliver(play, *at);
}

static void act_lose(struct play *play, u8 arg)
{
	struct dgram **at = held(play, arg);

	if (*at)
		lose(at);
}

static void change_value(struct play *play, u8 arg, enum raft_op_kind kind)
{
	struct node *node = host(play, arg);
	u32 len = min(LEAST_LEN + arg / HOSTS * HOSTS * 16U, (u32)VALUE_MAX);
	u8 data[VALUE_MAX] = { 0 };
	u64 revision;
	size_t unused;

	if (!runs(node))
		return;
	snprintf((char *)data, LEAST_LEN, "value %u", ++play->writes);
	raft_value(node->raft, &unused, &revision);
	history_add(&play->history, play->cluster, "%u: %s of value %u, %u bytes", node->number,
		    kind == RAFT_OP_CAS ? "compare-and-set" : "write", play->writes, len);
	client_op(play->cluster, node, kind, data, len, revision);
}

static void act_write(struct play *play, u8 arg)
{
	change_value(play, arg, RAFT_OP_WRITE);
}

static void act_cas(struct play *play, u8 arg)
{
	change_value(play, arg, RAFT_OP_CAS);
}

static void act_read(struct play *play, u8 arg)
{
	struct node *node = host(play, arg);

	if (!runs(node))
		return;
	history_add(&play->history, play->cluster, "%u: read", node->number);
	client_read(play->cluster, node);
}

/* One of the operations that wait, counted from the newest. */
static void act_cancel(struct play *play, u8 arg)
{
	u64 cookie = play->cluster->clients.n_ops;
	const struct op *op;

	for (; cookie; cookie--) {
		op = client_find(play->cluster, cookie);
		if (op->state != OP_WAITING || play->cluster->node[op->host].paused || arg--)
			continue;
		history_add(&play->history, play->cluster, "%u: operation %llu is cancelled",
			    op->host, cookie);
		client_cancel(play->cluster, cookie);
		return;
	}
}

static void act_crash(struct play *play, u8 arg)
{
	struct node *node = host(play, arg);

	if (!node->raft)
		return;
	history_add(&play->history, play->cluster, "%u crashes", node->number);
	node_crash(node, arg / HOSTS % 2);
}

static bool member_somewhere(const struct node *node)
{
	return node->raft && node->joined == RAFT_OK;
}

static void act_start(struct play *play, u8 arg)
{
	struct node *node = host(play, arg);
	struct node *via = host(play, arg / HOSTS);

	if (node->raft)
		return;
	if (node->starts && !play->gone[node->number] && node_restart(node)) {
		history_add(&play->history, play->cluster, "%u restarts", node->number);
	} else if (member_somewhere(via)) {
		history_add(&play->history, play->cluster, "%u joins by %u", node->number,
			    via->number);
		play->gone[node->number] = false;
		node_join(node, via->number, arg / HOSTS / HOSTS % 2);
	}
}

static void admin(struct play *play, u8 arg, enum raft_admin what, const char *words)
{
	struct node *node = host(play, arg);
	struct node *target = host(play, arg / HOSTS);

	if (!runs(node))
		return;
	history_add(&play->history, play->cluster, "%u: %s %llx", node->number, words,
		    target->params.id);
	node_admin(node, what, target->params.id);
}

static void act_remove(struct play *play, u8 arg)
{
	admin(play, arg, RAFT_ADMIN_REMOVE, "remove");
}

static void act_promote(struct play *play, u8 arg)
{
	admin(play, arg, RAFT_ADMIN_PROMOTE, "promote");
}

static void act_transfer(struct play *play, u8 arg)
{
	admin(play, arg, RAFT_ADMIN_TRANSFER, "transfer to");
}

static void act_pause(struct play *play, u8 arg)
{
	struct cluster *cluster = play->cluster;
	struct node *node = host(play, arg);

	if (!runs(node))
		return;
	history_add(&play->history, cluster, "%u gets no processor", node->number);
	node_pause(node, cluster->now + 1000 + 4000 * (arg / HOSTS));
}

static void act_resume(struct play *play, u8 arg)
{
	struct node *node = host(play, arg);

	if (!node->paused)
		return;
	history_add(&play->history, play->cluster, "%u gets its processor back", node->number);
	node_resume(node, arg / HOSTS % 2);
}

static void act_stall(struct play *play, u8 arg)
{
	struct node *node = host(play, arg);

	node->disk.stalled = !node->disk.stalled;
	history_add(&play->history, play->cluster, "the store of %u %s", node->number,
		    node->disk.stalled ? "stalls" : "goes on");
}

static void act_disk_end(struct play *play, u8 arg)
{
	struct node *node = host(play, arg);

	if (!runs(node) || !node->disk.write.persist.seq)
		return;
	node->disk.broken = arg / HOSTS % 8 == 7;
	history_add(&play->history, play->cluster, "the write of %u %s", node->number,
		    node->disk.broken ? "fails" : "ends");
	node_disk_end(node);
}

static void (*const acts[])(struct play *play, u8 arg) = {
	act_run, act_next, act_timeout, act_hold, act_let_go, act_cut, act_heal, act_deliver,
	act_repeat, act_lose, act_write, act_cas, act_read, act_cancel, act_crash, act_start,
	act_remove, act_promote, act_transfer, act_pause, act_resume, act_stall, act_disk_end,
};

/* Who is no member any more stops, and comes back as another. */
static void tidy(struct play *play)
{
	struct node *node;
	u32 i;

	for (i = 1; i <= HOSTS; i++) {
		node = &play->cluster->node[i];
		if (!runs(node) || node->joined == RAFT_OK || node->joined == RAFT_PENDING)
			continue;
		history_add(&play->history, play->cluster, "%u stops: %s", i,
			    raft_status_text(node->joined));
		node_crash(node, false);
		play->gone[i] = true;
	}
}

static void form(struct cluster *cluster)
{
	u32 i, steps = 0;

	for (i = 1; i <= HOSTS; i++) {
		cluster->node[i].durable = true;
		cluster->node[i].write_min = WRITE_US;
		cluster->node[i].write_max = WRITE_US;
	}
	node_create(&cluster->node[1]);
	for (i = 2; i <= FOUNDERS; i++) {
		while (cluster->node[i - 1].joined != RAFT_OK || !cluster_leader(cluster))
			MUST(++steps < FORM_STEPS && cluster_run_one(cluster));
		node_join(&cluster->node[i], 1, false);
	}
	while (cluster->node[FOUNDERS].joined != RAFT_OK)
		MUST(++steps < FORM_STEPS && cluster_run_one(cluster));
}

/* Return whether it went well; what happened is told if there is room for it. */
static bool run(struct bytes input, size_t lines)
{
	struct play play = { .cluster = cluster_new(take_byte(&input)) };
	const char *broken = play.cluster->invariants.broken;
	bool good;
	u8 act;

	play.cluster->value_max = VALUE_MAX;
	play.cluster->absorb = true;
	play.cluster->sparse = true;
	history_init(&play.history, lines);
	history_watch(&play.history, play.cluster);
	form(play.cluster);
	while (input.left && !broken[0]) {
		act = take_byte(&input);
		acts[act % ARRAY_SIZE(acts)](&play, take_byte(&input));
		tidy(&play);
	}
	good = !broken[0];
	if (!good && lines) {
		history_print(&play.history);
		printf("after %llu steps: %s\n", play.cluster->steps, broken);
		fflush(stdout);
	}
	history_free(&play.history);
	cluster_free(play.cluster);
	return good;
}

int fuzz_one(const u8 *data, size_t size)
{
	struct bytes input = { .at = data, .left = size };

	if (run(input, 0))
		return 0;
	run(input, LINES);
	abort();
}
