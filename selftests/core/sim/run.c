// SPDX-License-Identifier: GPL-2.0
/* One simulated run. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fail.h"
#include "faults.h"
#include "record.h"
#include "run.h"

#define LEADER_WITHIN	10	/* election timeouts, the longest that can be */
#define WRITE_WITHIN	20
#define EQUAL_WITHIN	50
#define FORM_WITHIN	100
#define PATIENT		50	/* operations that go on waiting when everything heals */
#define STATES		100000	/* of a search for an order of the answers */
#define BRIDGES		20	/* attempts at a bridge that leaves a majority */

/**
 * struct run - one run
 * @plan: the run
 * @cluster: the cluster
 * @faults: what goes wrong
 * @history: what happened
 * @last_write: the write that shows that it goes on
 * @bridged: hosts that a bridge makes a majority, a bit each
 * @record: where what the programs asked and were told is written, or NULL
 */
struct run {
	const struct plan *plan;
	struct cluster *cluster;
	struct faults faults;
	struct history history;
	u64 last_write;
	u32 bridged;
	FILE *record;
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

static bool broken(const struct run *run)
{
	return run->cluster->invariants.broken[0];
}

/* The longest election timeout, on the slowest clock. */
static u64 election_us(const struct run *run)
{
	u32 i, slowest = CLOCK_TRUE;

	for (i = 1; i <= run->plan->hosts; i++) {
		if (run->cluster->node[i].clock.rate < slowest)
			slowest = run->cluster->node[i].clock.rate;
	}
	return 2 * run->plan->election_ms * 1000 * CLOCK_TRUE / slowest;
}

static void expect_in_time(struct run *run, u32 timeouts, bool (*done)(struct run *run),
			   const char *what)
{
	struct cluster *cluster = run->cluster;
	u64 until = cluster->now + timeouts * election_us(run);

	while (!broken(run) && !done(run)) {
		if (cluster_next(cluster) > until || !cluster_run_one(cluster)) {
			invariants_break(&cluster->invariants, "%s within %u election timeouts",
					 what, timeouts);
			return;
		}
	}
}

static void good_links(struct run *run)
{
	network_heal(&run->cluster->network, 100, run->plan->election_ms * 1000 / 150);
}

static bool all_joined(struct run *run)
{
	u32 i;

	for (i = 1; i <= run->plan->hosts; i++) {
		if (run->cluster->node[i].raft && run->cluster->node[i].joined != RAFT_OK)
			return false;
	}
	return true;
}

static bool has_leader(struct run *run)
{
	return cluster_leader(run->cluster);
}

static void form(struct run *run)
{
	struct rng rng = { .state = run->plan->seed };
	u32 i;

	good_links(run);
	node_create(&run->cluster->node[1]);
	for (i = 2; i <= run->plan->voters + run->plan->learners; i++) {
		expect_in_time(run, FORM_WITHIN, all_joined, "a node did not join");
		node_join(&run->cluster->node[i], rng_between(&rng, 1, i - 1),
			  i > run->plan->voters);
	}
	expect_in_time(run, FORM_WITHIN, all_joined, "a node did not join");
	expect_in_time(run, FORM_WITHIN, has_leader, "a new cluster did not get a leader");
}

/* It is written down first, in case that the core falls over it. */
static void act(struct run *run, struct plan *plan, const struct action *action)
{
	plan_add(plan, action);
	if (!faults_do(&run->faults, action))
		plan->n--;
}

/* Let chance decide what is done, and write it down. */
static void draw(struct run *run, struct plan *plan)
{
	struct cluster *cluster = run->cluster;
	struct rng *rng = &run->faults.rng;
	u64 until = cluster->steps + plan->steps;
	struct action action;

	while (cluster->steps < until && !broken(run)) {
		plan->end = cluster->now + rng_between(rng, 0, plan->rest);
		cluster_run_until(cluster, plan->end);
		while (!broken(run) && faults_stray(&run->faults, &action))
			act(run, plan, &action);
		if (!broken(run) && faults_draw(&run->faults, &action))
			act(run, plan, &action);
	}
	plan->end = cluster->now;
	/* What the last action made due has its turn before the end. */
	cluster_run_until(cluster, plan->end);
}

/* Do what is written down. */
static void follow(struct run *run)
{
	size_t i;

	for (i = 0; i < run->plan->n && run->plan->action[i].at <= run->plan->end; i++) {
		cluster_run_until(run->cluster, run->plan->action[i].at);
		if (broken(run))
			return;
		faults_do(&run->faults, &run->plan->action[i]);
	}
	cluster_run_until(run->cluster, run->plan->end);
}

/* Programs do not wait for ever, least of all hundreds of them. */
static void lose_patience(struct run *run)
{
	struct clients *clients = &run->cluster->clients;
	u64 cookie;

	for (cookie = 1; cookie + PATIENT < clients->n_ops; cookie++) {
		if (client_find(run->cluster, cookie)->state == OP_WAITING)
			client_cancel(run->cluster, cookie);
	}
}

static bool was_written(struct run *run)
{
	const struct op *op = client_find(run->cluster, run->last_write);

	return op && op->state == OP_ENDED && op->status == RAFT_OK;
}

/* Asked of a host that is no member any more, it is asked again. */
static bool write_done(struct run *run)
{
	struct node *leader = cluster_leader(run->cluster);
	const struct op *op = client_find(run->cluster, run->last_write);

	if (leader && (!op || op->state != OP_WAITING ||
		       run->cluster->node[op->host].joined != RAFT_OK) && !was_written(run))
		run->last_write = faults_write(&run->faults, leader);
	return was_written(run);
}

/* Who led before may not hear who leads now: the write is asked again of him. */
static bool write_done_by_leader(struct run *run)
{
	struct node *leader = cluster_leader(run->cluster);
	const struct op *op = client_find(run->cluster, run->last_write);

	if (leader && op && op->host != leader->number && !was_written(run))
		run->last_write = 0;
	return write_done(run);
}

static bool waits_at(struct run *run, const struct node *node)
{
	const struct clients *clients = &run->cluster->clients;
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

/*
 * Whose join was refused has told its user so, and takes no part any more. It may have
 * a place all the same, but no vote: one more of its requests that came late was granted.
 */
static bool was_refused(const struct node *node, const struct raft_member *member)
{
	return !(member->flags & RAFT_MEMBER_VOTER) && node->joined != RAFT_OK &&
	       node->joined != RAFT_PENDING && node->joined != RAFT_NOT_MEMBER;
}

static bool all_equal(struct run *run)
{
	struct node *leader = cluster_leader(run->cluster);
	const struct raft_member *member;
	struct raft_view lead, view;
	struct node *node;
	u32 i;

	if (!leader)
		return false;
	raft_view(leader->raft, &lead);
	if (lead.config->joint || lead.applied != lead.last)
		return false;
	for (i = 0; i < lead.config->n; i++) {
		member = &lead.config->member[i];
		node = cluster_member(run->cluster, member->id);
		if (!node || was_refused(node, member))
			continue;
		raft_view(node->raft, &view);
		if (view.applied != lead.applied || view.hash != lead.hash ||
		    view.revision != lead.revision || view.leader != lead.id ||
		    waits_at(run, node))
			return false;
	}
	return true;
}

/* Who has not got back what its store lost has no vote. */
static bool can_vote(const struct run *run, u64 id)
{
	const struct node *node = cluster_member(run->cluster, id);
	struct raft_view view;

	if (!node)
		return false;
	raft_view(node->raft, &view);
	return !view.promised;
}

static bool most_of(const struct run *run, const struct raft_config *config, u32 flags, u32 hosts)
{
	u32 i, n = 0, there = 0;

	for (i = 0; i < config->n; i++) {
		u64 id = config->member[i].id;

		if (!(config->member[i].flags & flags))
			continue;
		n++;
		there += hosts >> id % CLUSTER_LIVES & 1 && can_vote(run, id);
	}
	return !n || there > n / 2;
}

/* Whether some hosts are a majority, whichever configuration turns out to be in force. */
static bool are_majority(const struct run *run, u32 hosts)
{
	struct raft_view view;
	u32 i;

	for (i = 1; i <= run->plan->hosts; i++) {
		if (!run->cluster->node[i].raft)
			continue;
		raft_view(run->cluster->node[i].raft, &view);
		if (!most_of(run, view.config, RAFT_MEMBER_VOTER, hosts) ||
		    !most_of(run, view.config, RAFT_MEMBER_OLD, hosts) ||
		    !most_of(run, view.config, RAFT_MEMBER_VOTER | RAFT_MEMBER_JOINING, hosts))
			return false;
	}
	return true;
}

/*
 * A bridge is all that connects two halves. Where one half and the bridge are a
 * majority whose members all hear each other, pre-vote and check-quorum are
 * enough: the one of them that has the newest log can win, and a leader
 * elsewhere steps down. Nothing is asked for where only the bridge hears a
 * majority: if its log is behind, nobody can win.
 */
static bool build_bridge(struct run *run)
{
	struct rng *rng = &run->faults.rng;
	u32 i, half, bridge, hosts = run->plan->hosts;

	for (i = 0; i < BRIDGES; i++) {
		half = rng_between(rng, 1, (1U << hosts) - 1);
		bridge = rng_between(rng, 1, hosts);
		if (!are_majority(run, (half | 1U << (bridge - 1)) << 1))
			continue;
		history_add(&run->history, run->cluster, "but %u is the only bridge", bridge);
		faults_split(&run->faults, half, bridge);
		run->bridged = (half | 1U << (bridge - 1)) << 1;
		return true;
	}
	return false;
}

/*
 * A change that was under way may take members from those who are a majority;
 * then nothing is asked for any more.
 */
static bool has_leader_bridged(struct run *run)
{
	return has_leader(run) || !are_majority(run, run->bridged);
}

static bool write_done_bridged(struct run *run)
{
	return write_done_by_leader(run) || !are_majority(run, run->bridged);
}

static void recover(struct run *run)
{
	history_add(&run->history, run->cluster, "everything heals");
	good_links(run);
	faults_heal_hosts(&run->faults);
	lose_patience(run);
	if (run->plan->bridge && build_bridge(run)) {
		expect_in_time(run, LEADER_WITHIN, has_leader_bridged,
			       "over the bridge there was no leader");
		expect_in_time(run, WRITE_WITHIN, write_done_bridged,
			       "over the bridge no write was done");
		history_add(&run->history, run->cluster, "the network is whole");
		good_links(run);
	}
	expect_in_time(run, LEADER_WITHIN, has_leader, "after all healed there was no leader");
	run->last_write = 0;
	expect_in_time(run, WRITE_WITHIN, write_done, "after all healed no write was done");
	expect_in_time(run, EQUAL_WITHIN, all_equal,
		       "after all healed the members were not equal and idle");
}

static void begin(struct run *run, const struct plan *plan, size_t lines)
{
	*run = (struct run) { .plan = plan, .cluster = cluster_new(plan->seed) };
	digest = plan->seed;
	history_init(&run->history, lines);
	history_watch(&run->history, run->cluster);
	run->cluster->watch.stepped = on_stepped;
	faults_init(&run->faults, run->cluster, plan, &run->history);
	form(run);
	faults_links(&run->faults);
}

/* The programs, who know nothing of what happened, have to find it consistent, too. */
static void check_answers(struct run *run)
{
	const struct linear_history *asked = &run->cluster->clients.history;
	struct linear_result result;
	char line[RECORD_LINE];
	size_t i;

	linear_check(asked, STATES, &result);
	if (result.verdict == LINEAR_GOOD)
		return;
	for (i = 0; i < result.n; i++) {
		record_print(line, sizeof(line), asked, &asked->op[result.op[i]]);
		history_add(&run->history, run->cluster, "answers: %s", line);
	}
	invariants_break(&run->cluster->invariants, "the answers are not linearizable: %s",
			 result.why);
}

static void end(struct run *run, struct outcome *outcome)
{
	if (!broken(run))
		recover(run);
	if (!broken(run))
		check_answers(run);
	if (run->record)
		record_write(run->record, &run->cluster->clients.history);
	*outcome = (struct outcome) {
		.ended = run->cluster->now,
		.steps = run->cluster->steps,
		.acknowledged = run->cluster->clients.acknowledged,
		.answered = run->cluster->clients.answered,
		.digest = digest,
	};
	memcpy(outcome->broken, run->cluster->invariants.broken, BROKEN_LEN);
	if (broken(run))
		history_print(&run->history);
	history_free(&run->history);
	cluster_free(run->cluster);
}

/**
 * run_draw() - carry a plan out and let chance decide the actions
 * @plan: the plan, without actions; they are added, so that it can be had again
 * @outcome: filled in
 */
void run_draw(struct plan *plan, struct outcome *outcome)
{
	struct run run;

	begin(&run, plan, 0);
	draw(&run, plan);
	end(&run, outcome);
}

/**
 * run_plan() - carry a plan out
 * @plan: the plan, with actions
 * @lines: so many lines of what happened last are printed if it goes wrong
 * @outcome: filled in
 */
void run_plan(const struct plan *plan, size_t lines, struct outcome *outcome)
{
	struct run run;

	begin(&run, plan, lines);
	follow(&run);
	end(&run, outcome);
}

/**
 * run_record() - like run_draw(), and write down what the programs asked and were told
 * @plan: the plan, without actions
 * @record: where to, in the format of lincheck
 * @outcome: filled in
 */
void run_record(struct plan *plan, FILE *record, struct outcome *outcome)
{
	struct run run;

	begin(&run, plan, 0);
	run.record = record;
	draw(&run, plan);
	end(&run, outcome);
}

/**
 * run_apart() - carry a plan out in a process of its own
 * @plan: the plan
 * @draw: chance decides the actions; the plan is one of plan_shared()
 * @seconds: processor time after which it is one that does not end
 * @outcome: filled in; a process that ends badly is a run that goes wrong, too
 */
void run_apart(struct plan *plan, bool draw, u32 seconds, struct outcome *outcome)
{
	struct outcome *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
				      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct itimerval limit = { .it_value.tv_sec = seconds };
	int status;
	pid_t child;

	if (shared == MAP_FAILED)
		fatal("out of memory");
	fflush(NULL);
	child = fork();
	if (child < 0)
		fatal("out of processes");
	if (!child) {
		setitimer(ITIMER_PROF, &limit, NULL);
		if (draw)
			run_draw(plan, shared);
		else
			run_plan(plan, 0, shared);
		_exit(0);
	}
	waitpid(child, &status, 0);
	*outcome = *shared;
	munmap(shared, sizeof(*shared));
	if (WIFSIGNALED(status))
		snprintf(outcome->broken, BROKEN_LEN, "%s", strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status))
		snprintf(outcome->broken, BROKEN_LEN, "the simulator gave up");
}
