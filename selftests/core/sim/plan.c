// SPDX-License-Identifier: GPL-2.0
/* A simulated run, as the seed decides it. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <linux/kernel.h>

#include "cluster.h"
#include "fail.h"
#include "plan.h"

#define LINE		200
#define SHARED_ROOM	100000	/* actions */
#define SHARED_BYTES	(sizeof(struct plan) + SHARED_ROOM * sizeof(struct action))
#define KINDS		4	/* election timeouts in &times */

/**
 * enum profile - which kind of trouble there is most of
 * @CALM: none but what the network does by itself; programs have much to do
 * @ELECTIONS: leaders come and go
 * @MEMBERS: members come and go
 * @DISKS: stores are slow, stuck and fail
 * @PARTITIONS: the network falls apart in every way
 * @CRASHES: hosts stop and start
 * @EVERYTHING: some of each
 * @PROFILES: how many there are
 */
enum profile {
	CALM,
	ELECTIONS,
	MEMBERS,
	DISKS,
	PARTITIONS,
	CRASHES,
	EVERYTHING,
	PROFILES,
};

static const char *const profile_name[PROFILES] = {
	[CALM] = "calm",
	[ELECTIONS] = "elections",
	[MEMBERS] = "members",
	[DISKS] = "disks",
	[PARTITIONS] = "partitions",
	[CRASHES] = "crashes",
	[EVERYTHING] = "everything",
};

static const struct {
	u32 heartbeat_ms;
	u32 election_ms;
} times[KINDS] = {
	{ RAFT_HEARTBEAT_MS, RAFT_ELECTION_MS },
	{ 5, 15 },
	{ 15, 150 },
	{ 100, 1000 },
};

static const char *const act_name[ACTS] = {
	[ACT_WRITE] = "write", [ACT_CAS] = "cas", [ACT_READ] = "read", [ACT_CANCEL] = "cancel",
	[ACT_SPLIT] = "split", [ACT_BRIDGE] = "bridge", [ACT_CUT] = "cut",
	[ACT_ISOLATE] = "isolate", [ACT_LAG] = "lag", [ACT_HEAL] = "heal",
	[ACT_CRASH] = "crash", [ACT_RESTART] = "restart", [ACT_JOIN] = "join",
	[ACT_STOP] = "stop", [ACT_WIPE] = "wipe", [ACT_PAUSE] = "pause", [ACT_RATE] = "rate",
	[ACT_STALL] = "stall", [ACT_SLOW] = "slow", [ACT_UNSTALL] = "unstall",
	[ACT_BREAK] = "break", [ACT_ROT] = "rot", [ACT_REMOVE] = "remove",
	[ACT_PROMOTE] = "promote", [ACT_TRANSFER] = "transfer",
};

#define FIELD(name)	{ #name, offsetof(struct plan, name) }

static const struct {
	const char *name;
	size_t at;
} fields[] = {
	FIELD(seed), FIELD(profile), FIELD(hosts), FIELD(voters), FIELD(learners),
	FIELD(durable), FIELD(heartbeat_ms), FIELD(election_ms), FIELD(value_max),
	FIELD(value_least), FIELD(value_len),
	FIELD(lose), FIELD(repeat), FIELD(replay), FIELD(noise),
	FIELD(delay_min), FIELD(delay_max), FIELD(write_min), FIELD(write_max), FIELD(skew),
	FIELD(rest), FIELD(bridge), FIELD(steps), FIELD(end),
};

static u64 maybe(struct rng *rng, u32 permille, u64 most)
{
	return rng_chance(rng, permille) ? rng_between(rng, 0, most) : 0;
}

static void draw_cluster(struct plan *plan, struct rng *rng)
{
	u32 kind = rng_chance(rng, 400) ? 0 : rng_between(rng, 0, KINDS - 1);

	plan->voters = rng_between(rng, 1, rng_chance(rng, 300) ? 7 : 5);
	plan->learners = maybe(rng, 250, 2);
	plan->hosts = plan->voters + plan->learners;
	if (plan->hosts < CLUSTER_NODES)
		plan->hosts += rng_between(rng, 0, CLUSTER_NODES - plan->hosts) / 2;
	plan->durable = rng_chance(rng, plan->profile == DISKS ? 1000 : 600);
	plan->heartbeat_ms = times[kind].heartbeat_ms;
	plan->election_ms = times[kind].election_ms;
	plan->value_max = rng_chance(rng, 250) ? RAFT_VALUE_LIMIT : 4096;
	plan->value_len = rng_chance(rng, 700) ? 64 : plan->value_max;
	/* Parts of two values can be taken for each other only if they have one length. */
	plan->value_least = rng_chance(rng, 300) ? plan->value_len : PLAN_VALUE_LEAST;
}

static void draw_rates(struct plan *plan, struct rng *rng)
{
	u64 unit = plan->election_ms * 1000 / 150;	/* 1 ms if the times are the usual ones */

	plan->lose = maybe(rng, 500, 300);
	plan->repeat = maybe(rng, 500, 500);
	plan->replay = maybe(rng, 400, rng_chance(rng, 500) ? 500 : 50);
	plan->noise = maybe(rng, 200, 100);
	plan->delay_min = rng_between(rng, unit / 20, 2 * unit);
	plan->delay_max = plan->delay_min + rng_between(rng, 0, 3 * unit);
	plan->delay_max += maybe(rng, 300, 60 * unit);
	plan->write_min = rng_between(rng, unit / 20, unit);
	plan->write_max = plan->write_min + rng_between(rng, 0, 20 * unit);
	plan->skew = maybe(rng, 500, 300);
	plan->rest = rng_chance(rng, 500) ? 5 * unit : 40 * unit;
	plan->bridge = rng_chance(rng, 300);
}

/**
 * plan_draw() - let a seed decide what a run is like
 * @plan: the plan, empty
 * @seed: the seed
 * @steps: &plan.steps
 */
void plan_draw(struct plan *plan, u64 seed, u64 steps)
{
	struct rng rng = { .state = seed };

	plan->steps = steps;
	plan->seed = rng_next(&rng);
	plan->profile = rng_between(&rng, 0, PROFILES - 1);
	draw_cluster(plan, &rng);
	draw_rates(plan, &rng);
}

static const u16 usual[ACTS] = {
	[ACT_WRITE] = 60, [ACT_CAS] = 20, [ACT_READ] = 40, [ACT_CANCEL] = 5,
	[ACT_SPLIT] = 3, [ACT_BRIDGE] = 2, [ACT_CUT] = 6, [ACT_ISOLATE] = 5, [ACT_LAG] = 2,
	[ACT_HEAL] = 8, [ACT_CRASH] = 5, [ACT_RESTART] = 12, [ACT_WIPE] = 2,
	[ACT_PAUSE] = 5, [ACT_RATE] = 1, [ACT_STALL] = 2, [ACT_SLOW] = 2, [ACT_UNSTALL] = 4,
	[ACT_BREAK] = 1, [ACT_ROT] = 8, [ACT_REMOVE] = 2, [ACT_PROMOTE] = 1, [ACT_TRANSFER] = 3,
};

/* How often, compared to what is usual, in a run of the profile; 0 is as usual. */
static const u16 times_usual[PROFILES][ACTS] = {
	[ELECTIONS] = { [ACT_TRANSFER] = 10, [ACT_PAUSE] = 6, [ACT_ISOLATE] = 3, [ACT_RATE] = 10 },
	[MEMBERS] = { [ACT_REMOVE] = 10, [ACT_PROMOTE] = 10, [ACT_WIPE] = 5, [ACT_RESTART] = 3,
		      [ACT_TRANSFER] = 3 },
	[DISKS] = { [ACT_STALL] = 6, [ACT_SLOW] = 6, [ACT_UNSTALL] = 4, [ACT_BREAK] = 10,
		    [ACT_CRASH] = 2, [ACT_ROT] = 4, [ACT_RESTART] = 3 },
	[PARTITIONS] = { [ACT_SPLIT] = 5, [ACT_BRIDGE] = 8, [ACT_CUT] = 4, [ACT_ISOLATE] = 4,
			 [ACT_LAG] = 4, [ACT_HEAL] = 3 },
	[CRASHES] = { [ACT_CRASH] = 8, [ACT_WIPE] = 4, [ACT_RESTART] = 6 },
};

static bool is_trouble(enum act act)
{
	return act >= ACT_SPLIT && act != ACT_HEAL && act != ACT_RESTART && act != ACT_UNSTALL;
}

/**
 * plan_weights() - how often each action is taken, compared to the others
 * @plan: the plan
 * @weight: filled in
 *
 * Swarm testing: a run in which everything goes wrong a little finds less than
 * one in which some things do not go wrong at all.
 */
void plan_weights(const struct plan *plan, u64 weight[ACTS])
{
	struct rng rng = { .state = ~plan->seed };
	u32 act;

	for (act = 0; act < ACTS; act++) {
		u32 more = times_usual[plan->profile][act];

		weight[act] = usual[act] * (more ? more : 1);
		if (rng_chance(&rng, 300) && !more && (is_trouble(act) || act == ACT_CANCEL))
			weight[act] = 0;
		if (plan->profile == CALM && is_trouble(act))
			weight[act] /= 3;
	}
}

/**
 * plan_profile() - which kind of trouble a run has most of
 * @plan: the plan
 *
 * Return: a word for it.
 */
const char *plan_profile(const struct plan *plan)
{
	return profile_name[plan->profile];
}

/**
 * plan_add() - add an action
 * @plan: the plan
 * @action: the action, not sooner than the last
 */
void plan_add(struct plan *plan, const struct action *action)
{
	if (plan->n == plan->room) {
		plan->room = plan->room ? 2 * plan->room : 256;
		plan->action = must_realloc(plan->action, plan->room * sizeof(*action));
	}
	plan->action[plan->n++] = *action;
}

/**
 * plan_copy() - make a copy
 * @to: the copy, with actions of its own
 * @from: the plan
 */
void plan_copy(struct plan *to, const struct plan *from)
{
	*to = *from;
	to->action = must_copy(from->action, from->n * sizeof(*from->action));
	to->room = from->n;
}

/**
 * plan_free() - give the memory back
 * @plan: the plan, without actions afterwards
 */
void plan_free(struct plan *plan)
{
	free(plan->action);
	plan->action = NULL;
	plan->n = 0;
	plan->room = 0;
}

/**
 * plan_shared() - make a plan that a process shares with those it forks
 *
 * Return: the plan, empty, to be given back with plan_unshare().
 */
struct plan *plan_shared(void)
{
	struct plan *plan = mmap(NULL, SHARED_BYTES, PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (plan == MAP_FAILED)
		fatal("out of memory");
	plan->action = (struct action *)(plan + 1);
	plan->room = SHARED_ROOM;
	return plan;
}

/**
 * plan_unshare() - give a shared plan back
 * @plan: the plan
 */
void plan_unshare(struct plan *plan)
{
	munmap(plan, SHARED_BYTES);
}

static u64 *field_of(struct plan *plan, u32 i)
{
	return (u64 *)((char *)plan + fields[i].at);
}

/**
 * plan_print() - write a plan down
 * @plan: the plan
 * @file: where to
 */
void plan_print(const struct plan *plan, FILE *file)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fields); i++)
		fprintf(file, "%s %llu\n", fields[i].name, *field_of((struct plan *)plan, i));
	for (i = 0; i < plan->n; i++) {
		const struct action *action = &plan->action[i];

		fprintf(file, "at %llu %s %u %llu %llu %llu\n", action->at,
			act_name[action->act], action->host, action->a, action->b, action->c);
	}
}

static bool read_action(struct plan *plan, const char *line)
{
	struct action action;
	char name[LINE];

	if (sscanf(line, "at %llu %s %u %llu %llu %llu", &action.at, name, &action.host,
		   &action.a, &action.b, &action.c) != 6 || action.host > CLUSTER_NODES)
		return false;
	for (action.act = 0; action.act < ACTS; action.act++) {
		if (strcmp(act_name[action.act], name))
			continue;
		plan_add(plan, &action);
		return true;
	}
	return false;
}

static bool read_field(struct plan *plan, const char *line)
{
	char name[LINE];
	u64 number;
	u32 i;

	if (sscanf(line, "%s %llu", name, &number) != 2)
		return false;
	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		if (strcmp(fields[i].name, name))
			continue;
		*field_of(plan, i) = number;
		return true;
	}
	return false;
}

/**
 * plan_read() - read a plan that was written down
 * @plan: filled in
 * @file: what plan_print() wrote; lines that begin with # are left out
 *
 * Return: false if it is none.
 */
bool plan_read(struct plan *plan, FILE *file)
{
	char line[LINE];

	memset(plan, 0, sizeof(*plan));
	while (fgets(line, sizeof(line), file)) {
		if (line[0] != '#' && !read_action(plan, line) && !read_field(plan, line))
			return false;
	}
	return plan->hosts && plan->hosts <= CLUSTER_NODES && plan->voters &&
	       plan->voters + plan->learners <= plan->hosts && plan->profile < PROFILES;
}
