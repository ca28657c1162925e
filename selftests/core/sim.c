// SPDX-License-Identifier: GPL-2.0
/*
 * The simulator: a seed decides a cluster, its network, its stores, its users
 * and everything that goes wrong. The invariants are checked after every step.
 * Then everything heals, and the cluster has to get on with it in time.
 *
 *	sim --seeds FIRST-LAST --steps N [--tail LINES]
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fail.h"
#include "faults.h"

#define ELECTION_US	(2ULL * RAFT_ELECTION_MS * 1000)	/* the longest election timeout */
#define LEADER_WITHIN	(10 * ELECTION_US)
#define WRITE_WITHIN	(20 * ELECTION_US)
#define EQUAL_WITHIN	(50 * ELECTION_US)
#define FORM_WITHIN	(100 * ELECTION_US)
#define PATIENT		50	/* operations that go on waiting when everything heals */
#define TWICE_EVERY	16	/* every so many seeds one runs twice, to show that it can */

/**
 * struct sim - one run
 * @cluster: the cluster
 * @faults: what goes wrong
 * @history: what happened
 * @digest: hash of everything that happened
 */
struct sim {
	struct cluster *cluster;
	struct faults faults;
	struct history history;
	u64 digest;
};

/**
 * struct totals - all runs together
 * @seeds: runs
 * @steps: steps of the core
 * @acknowledged: operations that ended well
 * @answered: reads that were answered
 * @failed: runs that failed
 */
struct totals {
	u64 seeds;
	u64 steps;
	u64 acknowledged;
	u64 answered;
	u64 failed;
};

static u64 digest;

static void digest_word(u64 word)
{
	struct rng rng = { .state = digest ^ word };

	digest = rng_next(&rng);
}

static void on_stepped(struct node *node, const struct raft_event *event,
		       const struct raft_update *update)
{
	digest_word(node->cluster->now);
	digest_word(node->number | event->type << 8 | update->n_send << 16 |
		    (u64)update->n_done << 32);
	digest_word(update->wake);
}

static const char *broken(const struct sim *sim)
{
	return sim->cluster->invariants.broken;
}

static void expect_in_time(struct sim *sim, u64 within, bool (*done)(struct sim *sim),
			   const char *what)
{
	struct cluster *cluster = sim->cluster;
	u64 until = cluster->now + within;

	while (!broken(sim)[0] && !done(sim)) {
		if (cluster_next(cluster) > until || !cluster_run_one(cluster)) {
			invariants_break(&cluster->invariants, "%s within %llu ms", what,
					 within / 1000);
			return;
		}
	}
}

static bool all_joined(struct sim *sim)
{
	u32 i;

	for (i = 1; i <= sim->faults.hosts; i++) {
		if (sim->cluster->node[i].raft && sim->cluster->node[i].joined != RAFT_OK)
			return false;
	}
	return true;
}

static bool has_leader(struct sim *sim)
{
	return cluster_leader(sim->cluster);
}

static void form(struct sim *sim)
{
	u32 i;

	network_heal(&sim->cluster->network, 100, 1000);
	node_create(&sim->cluster->node[1]);
	for (i = 2; i <= sim->faults.founders; i++) {
		expect_in_time(sim, FORM_WITHIN, all_joined, "a node did not join");
		node_join(&sim->cluster->node[i], rng_between(&sim->faults.rng, 1, i - 1), false);
	}
	expect_in_time(sim, FORM_WITHIN, all_joined, "a node did not join");
	expect_in_time(sim, FORM_WITHIN, has_leader, "a new cluster did not get a leader");
}

static void suffer(struct sim *sim, u64 steps)
{
	struct faults *faults = &sim->faults;
	struct cluster *cluster = sim->cluster;
	u64 until = cluster->steps + steps;

	faults_links(faults);
	while (cluster->steps < until && !broken(sim)[0]) {
		cluster_run_until(cluster, cluster->now +
				  rng_between(&faults->rng, 0, faults->pause_max));
		faults_tidy(faults);
		if (!broken(sim)[0])
			faults_act(faults);
	}
}

/* Programs do not wait for ever, least of all hundreds of them. */
static void lose_patience(struct sim *sim)
{
	struct clients *clients = &sim->cluster->clients;
	u64 cookie;

	for (cookie = 1; cookie + PATIENT < clients->n_ops; cookie++) {
		if (client_find(sim->cluster, cookie)->state == OP_WAITING)
			client_cancel(sim->cluster, cookie);
	}
}

static void heal(struct sim *sim)
{
	struct cluster *cluster = sim->cluster;
	struct node *node;
	struct raft_view view;
	u32 i;

	history_add(&sim->history, cluster, "everything heals");
	network_heal(&cluster->network, 100, 1000);
	for (i = 1; i <= sim->faults.hosts; i++) {
		node = &cluster->node[i];
		node->disk.stalled = false;
		node->disk.broken = false;
		if (!node->raft)
			continue;
		if (node->paused)
			node_resume(node, false);
		raft_view(node->raft, &view);
		if (view.failed)
			node_crash(node, false);
	}
	lose_patience(sim);
	for (i = 1; i <= sim->faults.hosts; i++) {
		node = &cluster->node[i];
		if (!node->raft && !sim->faults.gone[i])
			faults_start(&sim->faults, node);
	}
}

static u64 last_write;

static bool write_done(struct sim *sim)
{
	struct node *leader = cluster_leader(sim->cluster);
	const struct op *op = client_find(sim->cluster, last_write);

	if (op && op->state == OP_ENDED && op->status == RAFT_OK)
		return true;
	/* Asked of a host that is no member any more, it is asked again. */
	if (leader && (!op || op->state != OP_WAITING ||
		       sim->cluster->node[op->host].joined != RAFT_OK))
		last_write = faults_write(&sim->faults, leader);
	return false;
}

static bool waits_at(struct sim *sim, const struct node *node)
{
	const struct clients *clients = &sim->cluster->clients;
	size_t i;

	for (i = 0; i < clients->n_ops; i++) {
		if (clients->op[i].host == node->number && clients->op[i].state == OP_WAITING)
			return true;
	}
	for (i = 0; i < clients->n_reads; i++) {
		if (clients->read[i].host == node->number)
			return true;
	}
	/* A learner may be dead and never catch up. */
	return node->admin_open && node->admin_what != RAFT_ADMIN_PROMOTE;
}

static bool all_equal(struct sim *sim)
{
	struct node *leader = cluster_leader(sim->cluster);
	struct raft_view lead, view;
	struct node *node;
	u32 i;

	if (!leader)
		return false;
	raft_view(leader->raft, &lead);
	if (lead.config->joint || lead.applied != lead.last)
		return false;
	for (i = 0; i < lead.config->n; i++) {
		node = cluster_member(sim->cluster, lead.config->member[i].id);
		if (!node)
			continue;
		raft_view(node->raft, &view);
		if (view.applied != lead.applied || view.hash != lead.hash ||
		    view.revision != lead.revision || view.leader != lead.id ||
		    waits_at(sim, node))
			return false;
	}
	return true;
}

static void recover(struct sim *sim)
{
	heal(sim);
	expect_in_time(sim, LEADER_WITHIN, has_leader, "after all healed there was no leader");
	last_write = 0;
	expect_in_time(sim, WRITE_WITHIN, write_done, "after all healed no write was done");
	expect_in_time(sim, EQUAL_WITHIN, all_equal,
		       "after all healed the members were not equal and idle");
}

static void tell(const struct sim *sim, u64 seed)
{
	const struct faults *faults = &sim->faults;

	printf("seed %llu: %u hosts, %s, values of up to %u bytes, ", seed, faults->hosts,
	       sim->cluster->node[1].durable ? "durable" : "volatile", faults->value_len);
	printf("%llu to %llu us on the way, %u/1000 lost, %u/1000 repeated\n", faults->delay_min,
	       faults->delay_max, faults->lose, faults->repeat);
	history_print(&sim->history);
	printf("seed %llu after %llu steps: %s\n", seed, sim->cluster->steps, broken(sim));
}

/* Run a seed; lines of history are kept if there is room. Return whether it went well. */
static bool run(u64 seed, u64 steps, size_t lines, struct totals *totals)
{
	struct sim sim = { .cluster = cluster_new(seed) };
	bool good;

	digest = seed;
	history_init(&sim.history, lines);
	history_watch(&sim.history, sim.cluster);
	sim.cluster->watch.stepped = on_stepped;
	faults_init(&sim.faults, sim.cluster, &sim.history, rng_next(&sim.cluster->rng));
	form(&sim);
	suffer(&sim, steps);
	if (!broken(&sim)[0])
		recover(&sim);
	good = !broken(&sim)[0];
	if (!good && lines)
		tell(&sim, seed);
	if (totals) {
		totals->steps += sim.cluster->steps;
		totals->acknowledged += sim.cluster->clients.acknowledged;
		totals->answered += sim.cluster->clients.answered;
	}
	history_free(&sim.history);
	cluster_free(sim.cluster);
	return good;
}

static void run_seed(u64 seed, u64 steps, size_t tail, struct totals *totals)
{
	u64 first;

	totals->seeds++;
	if (!run(seed, steps, 0, totals)) {
		totals->failed++;
		run(seed, steps, tail, NULL);
		return;
	}
	if (seed % TWICE_EVERY)
		return;
	first = digest;
	run(seed, steps, 0, NULL);
	if (digest == first)
		return;
	totals->failed++;
	printf("seed %llu: the same seed gave another run\n", seed);
}

static void help(void)
{
	fatal("usage: sim --seeds FIRST[-LAST] [--steps N] [--tail LINES]");
}

static void parse_seeds(const char *text, u64 *first, u64 *last)
{
	char *end;

	*first = strtoull(text, &end, 10);
	*last = *first;
	if (end != text && *end == '-') {
		text = end + 1;
		*last = strtoull(text, &end, 10);
	}
	if (end == text || *end || *last < *first)
		help();
}

static u64 parse_number(const char *text)
{
	char *end;
	u64 number = strtoull(text, &end, 10);

	if (end == text || *end || !number)
		help();
	return number;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seeds", required_argument, NULL, 's' },
		{ "steps", required_argument, NULL, 'n' },
		{ "tail", required_argument, NULL, 't' },
		{ NULL, 0, NULL, 0 },
	};
	u64 seed, first = 1, last = 1, steps = 20000, tail = 100;
	struct totals totals = { 0 };
	clock_t begin = clock();
	double seconds;
	int option;

	setvbuf(stdout, NULL, _IOLBF, 0);
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 's')
			parse_seeds(optarg, &first, &last);
		else if (option == 'n')
			steps = parse_number(optarg);
		else if (option == 't')
			tail = parse_number(optarg);
		else
			help();
	}
	if (optind != argc)
		help();
	for (seed = first; seed <= last; seed++)
		run_seed(seed, steps, tail, &totals);
	seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
	printf("# %llu seeds, %llu steps (%.0f a second), ", totals.seeds, totals.steps,
	       totals.steps / seconds);
	printf("%llu operations acknowledged, %llu reads answered\n", totals.acknowledged,
	       totals.answered);
	printf("%sok 1 - seeds %llu to %llu, %llu failed\n", totals.failed ? "not " : "", first,
	       last, totals.failed);
	return totals.failed ? 1 : 0;
}
