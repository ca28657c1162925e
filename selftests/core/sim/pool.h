/* SPDX-License-Identifier: GPL-2.0 */
/* Many runs at a time: a process for each core, seeds handed out as they come. */
#ifndef POOL_H
#define POOL_H

#include "invariants.h"

#define POOL_JOBS	64
#define POOL_FOUND	64	/* failures that are kept */

/**
 * struct task - a seed to run
 * @seed: the seed
 * @steps: steps before everything heals
 */
struct task {
	u64 seed;
	u64 steps;
};

/**
 * struct found - a run that failed
 * @task: which
 * @broken: how
 */
struct found {
	struct task task;
	char broken[BROKEN_LEN];
};

/**
 * struct pool - what the processes share
 * @list: tasks that come first
 * @listed: how many
 * @first: the first seed of the range that follows
 * @last: the last seed of it; less than @first for none
 * @steps: of every seed of the range
 * @until: no seed is begun after this, seconds of time(); 0 for no end
 * @next: the next task
 * @at: what each process is at
 * @seeds: runs that ended
 * @all_steps: steps of the core
 * @acknowledged: operations that ended well
 * @answered: reads that were answered
 * @failed: runs that failed
 * @found: the first of these
 */
struct pool {
	struct task *list;
	u64 listed;
	u64 first;
	u64 last;
	u64 steps;
	u64 until;
	u64 next;
	struct task at[POOL_JOBS];
	u64 seeds;
	u64 all_steps;
	u64 acknowledged;
	u64 answered;
	u64 failed;
	struct found found[POOL_FOUND];
};

struct pool *pool_new(void);
void pool_run(struct pool *pool, u32 jobs);

#endif /* POOL_H */
