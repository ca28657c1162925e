// SPDX-License-Identifier: GPL-2.0
/*
 * The explorer: every order of everything that can happen, within bounds,
 * breadth first over the core itself. It proves nothing beyond the bounds, but
 * within them it leaves nothing out.
 *
 *	explore [--bounds NAME[,NAME]...] [--seconds N] [--states N] [--walks N] [--progress]
 *
 * NAME is one of bounds_known[], "ci" for those that CI runs, or "large" for
 * the others; seconds (of processor time) and states limit each of them. Exits
 * with 1 if an invariant is broken, after a shortest way to it.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>

#include "explore_search.h"
#include "explore_walk.h"
#include "fail.h"

/*
 * The small ones are for CI: together less than two minutes of one processor,
 * in less than 1 GiB. What has no end within reason is cut where it has become
 * wide.
 */
#define SMALL	10000000
#define LARGE	30000000

static const struct bounds bounds_known[] = {
	{
		.name = "elections",
		.what = "three members elect, three timeouts",
		.setup = { .hosts = 3, .members = 3 },
		.left = { [BUDGET_TIMERS] = 3 },
		.dgrams = 4,
	},
	{
		.name = "replication",
		.what = "a leader, a write, a loss, a repeat and a crash",
		.setup = { .hosts = 3, .members = 3, .durable = true, .at_once = true },
		.begin = BEGIN_LEADER,
		.left = { [BUDGET_TIMERS] = 2, [BUDGET_DROPS] = 1, [BUDGET_REPEATS] = 1,
			  [BUDGET_CRASHES] = 1, [BUDGET_WRITES] = 1 },
		.dgrams = 4,
		.states = SMALL,
	},
	{
		.name = "writes",
		.what = "an election with two writes on the way, and a crash",
		.setup = { .hosts = 3, .members = 3, .durable = true, .at_once = true },
		.left = { [BUDGET_TIMERS] = 3, [BUDGET_CRASHES] = 1, [BUDGET_WRITES] = 2 },
		.dgrams = 3,
		.states = SMALL,
	},
	{
		.name = "reads",
		.what = "a leader is followed by another while somebody reads",
		.setup = { .hosts = 3, .members = 3, .reads = true },
		.begin = BEGIN_LEADER,
		.left = { [BUDGET_TIMERS] = 4, [BUDGET_WRITES] = 1, [BUDGET_READS] = 1 },
		.dgrams = 3,
		.silence = true,
		.states = SMALL,
	},
	{
		.name = "quorum",
		.what = "pre-vote and check-quorum: clocks run ahead, timers fire late",
		.setup = { .hosts = 3, .members = 3 },
		.begin = BEGIN_LEADER,
		.left = { [BUDGET_TIMERS] = 5 },
		.dgrams = 3,
		.silence = true,
		.late = true,
		.states = SMALL,
	},
	{
		.name = "removal",
		.what = "three members elect, one is to lead and one to go",
		.setup = { .hosts = 3, .members = 3 },
		.left = { [BUDGET_TIMERS] = 3, [BUDGET_CHANGES] = 2 },
		.change = { { HAPPEN_REMOVE, 1 }, { HAPPEN_TRANSFER, 2 } },
		.dgrams = 3,
		.states = SMALL,
	},
	{
		.name = "joining",
		.what = "three members elect, and a fourth asks to join meanwhile",
		.setup = { .hosts = 4, .members = 3 },
		.left = { [BUDGET_TIMERS] = 3 },
		.dgrams = 4,
		.states = SMALL,
	},
	{
		.name = "membership",
		.what = "a fourth member gets its vote, the leader is removed",
		.setup = { .hosts = 4, .members = 3 },
		.begin = BEGIN_JOINT,
		.left = { [BUDGET_TIMERS] = 2, [BUDGET_CHANGES] = 1 },
		.change = { { HAPPEN_REMOVE, 1 } },
		.dgrams = 4,
		.states = SMALL,
	},
	{
		.name = "torn",
		.what = "writes take their time, and are lost or not in a crash; one fails",
		.setup = { .hosts = 3, .members = 3, .durable = true },
		.left = { [BUDGET_TIMERS] = 2, [BUDGET_CRASHES] = 2, [BUDGET_BROKEN] = 1 },
		.dgrams = 4,
		.states = SMALL,
	},
	{
		.name = "shrinking",
		.what = "of four members two are to go, and they elect meanwhile",
		.setup = { .hosts = 4, .members = 4 },
		.begin = BEGIN_LEADER,
		.left = { [BUDGET_TIMERS] = 3, [BUDGET_CHANGES] = 2 },
		.change = { { HAPPEN_REMOVE, 3 }, { HAPPEN_REMOVE, 4 } },
		.dgrams = 4,
		.silence = true,
		.states = SMALL,
	},
	{
		.name = "overwriting",
		.what = "two leaders, one after the other, and writes that take their time",
		.setup = { .hosts = 3, .members = 3, .durable = true },
		.left = { [BUDGET_TIMERS] = 2 },
		.dgrams = 3,
	},
	{
		.name = "elections-far",
		.what = "five timeouts, a loss and a repeat",
		.setup = { .hosts = 3, .members = 3 },
		.left = { [BUDGET_TIMERS] = 5, [BUDGET_DROPS] = 1, [BUDGET_REPEATS] = 1 },
		.dgrams = 4,
		.states = LARGE,
		.large = true,
	},
	{
		.name = "replication-far",
		.what = "elections, two writes, a read, a loss, a repeat and a crash",
		.setup = { .hosts = 3, .members = 3, .durable = true, .at_once = true,
			   .reads = true },
		.left = { [BUDGET_TIMERS] = 4, [BUDGET_DROPS] = 1, [BUDGET_REPEATS] = 1,
			  [BUDGET_CRASHES] = 1, [BUDGET_WRITES] = 2, [BUDGET_READS] = 1 },
		.dgrams = 3,
		.states = LARGE,
		.large = true,
	},
	{
		.name = "quorum-far",
		.what = "the same with more time, a repeat, a write and a read",
		.setup = { .hosts = 3, .members = 3, .reads = true },
		.begin = BEGIN_LEADER,
		.left = { [BUDGET_TIMERS] = 6, [BUDGET_DROPS] = 1, [BUDGET_REPEATS] = 1,
			  [BUDGET_WRITES] = 1, [BUDGET_READS] = 1 },
		.dgrams = 3,
		.silence = true,
		.late = true,
		.states = LARGE,
		.large = true,
	},
	{
		.name = "membership-far",
		.what = "a fourth member gets its vote, the leader goes, timeouts and a loss",
		.setup = { .hosts = 4, .members = 3 },
		.begin = BEGIN_JOINT,
		.left = { [BUDGET_TIMERS] = 4, [BUDGET_DROPS] = 1, [BUDGET_CHANGES] = 1 },
		.change = { { HAPPEN_REMOVE, 1 } },
		.dgrams = 4,
		.states = LARGE,
		.large = true,
	},
	{
		.name = "torn-far",
		.what = "slow writes, crashes, a failing store and a write",
		.setup = { .hosts = 3, .members = 3, .durable = true },
		.left = { [BUDGET_TIMERS] = 3, [BUDGET_CRASHES] = 2, [BUDGET_BROKEN] = 1,
			  [BUDGET_WRITES] = 1 },
		.dgrams = 3,
		.states = LARGE,
		.large = true,
	},
};

/**
 * struct wanted - what the command line asks for
 * @names: the bounds, as they were given
 * @limits: limits for each of them
 * @walks: random walks within each of them first
 */
struct wanted {
	const char *names;
	struct search limits;
	u32 walks;
};

static bool is_wanted(const char *names, const struct bounds *bounds)
{
	const char *group = bounds->large ? "large" : "ci";
	size_t len;

	for (; *names; names += len + (names[len] == ',')) {
		len = strcspn(names, ",");
		if ((len == strlen(bounds->name) && !strncmp(names, bounds->name, len)) ||
		    (len == strlen(group) && !strncmp(names, group, len)))
			return true;
	}
	return false;
}

static void report(const struct search *search, u32 n)
{
	printf("%sok %u - %s: %llu states, %llu nodes, depth %u, %.1f s, ",
	       search->broken ? "not " : "", n, search->bounds->name, search->states,
	       search->nodes, search->depth, search->seconds);
	printf("%llu moves, %llu steps of the core: %s", search->moves, search->steps,
	       search->broken ? "BROKEN" : search->complete ? "complete" : "cut");
	printf(", at most %u datagrams on their way (%llu moves lost one for that)\n",
	       search->bounds->dgrams, search->crowded);
}

static void walk_within(const struct bounds *bounds, u32 walks)
{
	u64 moves = 0;
	u32 i;

	for (i = 1; i <= walks; i++)
		moves += walk(bounds, i);
	if (walks)
		printf("# %s: %u random walks, %llu moves: no node differs from its normal form\n",
		       bounds->name, walks, moves);
}

static void help(FILE *to)
{
	u32 i;

	fprintf(to, "usage: explore [--bounds NAME[,NAME]...] [--seconds N] [--states N]\n"
		"	[--walks N] [--progress]\n"
		"Names are ci, large, and:\n");
	for (i = 0; i < ARRAY_SIZE(bounds_known); i++)
		fprintf(to, "  %-14s %s%s\n", bounds_known[i].name, bounds_known[i].what,
			bounds_known[i].large ? " (large)" : "");
	exit(to == stdout ? 0 : 2);
}

static double number(const char *text)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end || value <= 0)
		help(stderr);
	return value;
}

static void parse(int argc, char **argv, struct wanted *wanted)
{
	static const struct option options[] = {
		{ "bounds", required_argument, NULL, 'b' },
		{ "seconds", required_argument, NULL, 't' },
		{ "states", required_argument, NULL, 'n' },
		{ "walks", required_argument, NULL, 'w' },
		{ "progress", no_argument, NULL, 'p' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'b')
			wanted->names = optarg;
		else if (option == 't')
			wanted->limits.seconds_max = number(optarg);
		else if (option == 'n')
			wanted->limits.states_max = number(optarg);
		else if (option == 'w')
			wanted->walks = number(optarg);
		else if (option == 'p')
			wanted->limits.progress = true;
		else if (option == 'h')
			help(stdout);
		else
			help(stderr);
	}
	if (optind != argc)
		help(stderr);
}

static u32 count_wanted(const char *names)
{
	u32 i, n = 0;

	for (i = 0; i < ARRAY_SIZE(bounds_known); i++)
		n += is_wanted(names, &bounds_known[i]);
	return n;
}

int main(int argc, char **argv)
{
	struct wanted wanted = { .names = "ci" };
	struct search search = { 0 };
	u64 states = 0;
	u32 i, n = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	parse(argc, argv, &wanted);
	if (!count_wanted(wanted.names))
		help(stderr);
	printf("TAP version 13\n1..%u\n", count_wanted(wanted.names));
	for (i = 0; i < ARRAY_SIZE(bounds_known) && !search.broken; i++) {
		if (!is_wanted(wanted.names, &bounds_known[i]))
			continue;
		walk_within(&bounds_known[i], wanted.walks);
		search = wanted.limits;
		search.bounds = &bounds_known[i];
		search_run(&search);
		report(&search, ++n);
		states += search.states;
	}
	printf("# %llu states within %u bounds\n", states, n);
	return search.broken ? 1 : 0;
}
