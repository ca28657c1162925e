// SPDX-License-Identifier: GPL-2.0
/*
 * The simulator: a seed decides a cluster, its network, its stores, its users
 * and everything that goes wrong. The invariants are checked after every step.
 * Then everything heals, and the cluster has to get on with it in time.
 *
 *	sim [--seeds FIRST[-LAST]] [--steps N] [--list FILE]	what to run
 *	    [--jobs N] [--seconds N]				how many at a time, how long
 *	    [--shrink SECONDS] [--save FILE] [--tail LINES]	what is done about failures
 *	    [--digest]						say of each run what it was
 *	sim --replay FILE [--tail LINES]			run what --save has written
 *	sim --seeds SEED [--steps N] --history FILE		write what its programs asked
 *								and were told, for lincheck
 *
 * A list has a seed on each line, and its steps behind it unless they are to be
 * those of --steps; # begins a comment. A failure is made as small as it can be
 * in the time that --shrink gives, and told with the last events in words.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "fail.h"
#include "pool.h"
#include "run.h"
#include "shrink.h"

#define LINE		200
#define COMMIT		"git describe --always --dirty --abbrev=12 2>/dev/null"
#define TELL		3	/* failures that are told at length */

/**
 * struct options - what was asked for
 * @pool: the runs
 * @jobs: how many at a time
 * @seconds: for how long new ones are begun, 0 for no end
 * @shrink: time for making a failure small, seconds
 * @tail: events told of a failure
 * @digest: each run's digest is told
 * @list: file with seeds
 * @save: file for the failure that was made small
 * @replay: file with a run
 * @history: file for a run's history
 */
struct options {
	struct pool *pool;
	u64 jobs;
	u64 seconds;
	u64 shrink;
	u64 tail;
	bool digest;
	const char *list;
	const char *save;
	const char *replay;
	const char *history;
};

static void help(FILE *to)
{
	fputs("usage: sim [--seeds FIRST[-LAST]] [--steps N] [--list FILE] [--digest]\n"
	      "           [--jobs N] [--seconds N] [--shrink SECONDS] [--save FILE] [--tail LINES]\n"
	      "       sim --replay FILE [--tail LINES]\n"
	      "       sim --seeds SEED [--steps N] --history FILE\n", to);
	exit(to == stdout ? 0 : 2);
}

static void parse_seeds(const char *text, struct pool *pool)
{
	char *end;

	pool->first = strtoull(text, &end, 10);
	pool->last = pool->first;
	if (end != text && *end == '-') {
		text = end + 1;
		pool->last = strtoull(text, &end, 10);
	}
	if (end == text || *end || pool->last < pool->first)
		help(stderr);
}

static u64 parse_number(const char *text)
{
	char *end;
	u64 number = strtoull(text, &end, 10);

	if (end == text || *end)
		help(stderr);
	return number;
}

static FILE *open_or_fail(const char *path, const char *mode)
{
	FILE *file = fopen(path, mode);

	if (!file)
		fatal("%s can not be opened", path);
	return file;
}

static void read_list(struct pool *pool, const char *path)
{
	FILE *file = open_or_fail(path, "r");
	struct task task;
	char line[LINE];

	while (fgets(line, sizeof(line), file)) {
		task.steps = pool->steps;
		if (line[0] == '#' || line[0] == '\n')
			continue;
		if (sscanf(line, "%llu %llu", &task.seed, &task.steps) < 1)
			fatal("%s: not a seed: %s", path, line);
		pool->list = must_realloc(pool->list, (pool->listed + 1) * sizeof(task));
		pool->list[pool->listed++] = task;
	}
	fclose(file);
}

static void tell_commit(void)
{
	FILE *git = popen(COMMIT, "r");
	char commit[LINE] = "";

	if (!git)
		return;
	if (fgets(commit, sizeof(commit), git))
		printf("# commit %s", commit);
	pclose(git);
}

static void tell_plan(const struct plan *plan)
{
	printf("# %llu hosts, %llu of them form the cluster, %s; mostly %s; %zu actions\n",
	       plan->hosts, plan->voters, plan->durable ? "with stores" : "without stores",
	       plan_profile(plan), plan->n);
}

static void tell_found(const struct options *options, const struct found *found, bool first)
{
	struct outcome outcome;
	struct plan plan;

	printf("# seed %llu, %llu steps: %s\n", found->task.seed, found->task.steps, found->broken);
	if (!shrink_begin(&plan, &found->task, &outcome)) {
		printf("# run once more, it does not fail\n");
		return;
	}
	if (first && options->shrink) {
		shrink(&plan, options->shrink, &outcome);
		printf("# made smaller, it is:\n");
		plan_print(&plan, stdout);
	}
	tell_plan(&plan);
	run_plan(&plan, options->tail, &outcome);
	printf("# after %llu steps: %s\n", outcome.steps, outcome.broken);
	if (first && options->save) {
		FILE *file = open_or_fail(options->save, "w");

		plan_print(&plan, file);
		fclose(file);
		printf("# again: sim --replay %s\n", options->save);
	}
	plan_free(&plan);
}

static void tell_digests(const struct pool *pool)
{
	struct outcome outcome;
	u64 seed;

	for (seed = pool->first; seed <= pool->last; seed++) {
		struct plan plan = { 0 };

		plan_draw(&plan, seed, pool->steps);
		run_draw(&plan, &outcome);
		printf("%llu %016llx %s\n", seed, outcome.digest, outcome.broken);
		plan_free(&plan);
	}
}

static int write_history(const struct options *options)
{
	FILE *file = open_or_fail(options->history, "w");
	const struct pool *pool = options->pool;
	struct outcome outcome;
	struct plan plan = { 0 };

	plan_draw(&plan, pool->first, pool->steps);
	run_record(&plan, file, &outcome);
	fclose(file);
	printf("%sok 1 - seed %llu %s\n", outcome.broken[0] ? "not " : "", pool->first,
	       outcome.broken);
	plan_free(&plan);
	return outcome.broken[0] ? 1 : 0;
}

static int replay(const struct options *options)
{
	FILE *file = open_or_fail(options->replay, "r");
	struct outcome outcome;
	struct plan plan;

	if (!plan_read(&plan, file))
		fatal("%s is no run", options->replay);
	fclose(file);
	tell_plan(&plan);
	run_plan(&plan, options->tail, &outcome);
	printf("# after %llu steps: %s\n", outcome.steps, outcome.broken);
	printf("%sok 1 - %s\n", outcome.broken[0] ? "not " : "", options->replay);
	plan_free(&plan);
	return outcome.broken[0] ? 1 : 0;
}

static int run_all(const struct options *options)
{
	struct pool *pool = options->pool;
	struct rusage used;
	double took;
	u64 i;

	printf("TAP version 13\n1..1\n");
	if (options->seconds)
		pool->until = time(NULL) + options->seconds;
	pool_run(pool, options->jobs);
	getrusage(RUSAGE_CHILDREN, &used);
	took = used.ru_utime.tv_sec + used.ru_stime.tv_sec +
	       (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
	if (pool->failed)
		tell_commit();
	for (i = 0; i < pool->failed && i < TELL; i++)
		tell_found(options, &pool->found[i], !i);
	printf("# %llu seeds, %llu steps (%.0f a second on a core), ", pool->seeds, pool->all_steps,
	       pool->all_steps / took);
	printf("%llu operations acknowledged, %llu reads answered\n", pool->acknowledged,
	       pool->answered);
	printf("%sok 1 - %llu seeds, %llu failed\n", pool->failed ? "not " : "", pool->seeds,
	       pool->failed);
	return pool->failed ? 1 : 0;
}

static void set_option(struct options *options, int option)
{
	switch (option) {
	case 's':
		return parse_seeds(optarg, options->pool);
	case 'n':
		options->pool->steps = parse_number(optarg);
		break;
	case 'l':
		options->list = optarg;
		break;
	case 'j':
		options->jobs = parse_number(optarg);
		break;
	case 'u':
		options->seconds = parse_number(optarg);
		break;
	case 'k':
		options->shrink = parse_number(optarg);
		break;
	case 'w':
		options->save = optarg;
		break;
	case 't':
		options->tail = parse_number(optarg);
		break;
	case 'd':
		options->digest = true;
		break;
	case 'r':
		options->replay = optarg;
		break;
	case 'y':
		options->history = optarg;
		break;
	case 'h':
		help(stdout);
		break;
	default:
		help(stderr);
	}
}

int main(int argc, char **argv)
{
	static const struct option names[] = {
		{ "seeds", required_argument, NULL, 's' },
		{ "steps", required_argument, NULL, 'n' },
		{ "list", required_argument, NULL, 'l' },
		{ "jobs", required_argument, NULL, 'j' },
		{ "seconds", required_argument, NULL, 'u' },
		{ "shrink", required_argument, NULL, 'k' },
		{ "save", required_argument, NULL, 'w' },
		{ "tail", required_argument, NULL, 't' },
		{ "digest", no_argument, NULL, 'd' },
		{ "replay", required_argument, NULL, 'r' },
		{ "history", required_argument, NULL, 'y' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct options options = {
		.pool = pool_new(),
		.jobs = sysconf(_SC_NPROCESSORS_ONLN),
		.shrink = 60,
		.tail = 100,
	};
	int option;

	setvbuf(stdout, NULL, _IOLBF, 0);
	options.pool->steps = 20000;
	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1)
		set_option(&options, option);
	if (optind != argc || !options.jobs || options.jobs > POOL_JOBS || !options.pool->steps)
		help(stderr);
	if (options.history && options.pool->first != options.pool->last)
		help(stderr);
	if (options.list)
		read_list(options.pool, options.list);
	if (options.replay)
		return replay(&options);
	if (options.history)
		return write_history(&options);
	if (options.digest)
		tell_digests(options.pool);
	else
		return run_all(&options);
	return 0;
}
