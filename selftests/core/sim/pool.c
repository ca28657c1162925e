// SPDX-License-Identifier: GPL-2.0
/* Many runs at a time. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fail.h"
#include "pool.h"
#include "run.h"

#define TWICE_EVERY	16	/* every so many seeds one runs twice, to show that it can */
#define SEED_SECONDS	300	/* processor time after which a run is one that does not end */
#define TICK_NS		50000000
#define TICKS		10	/* between two lines of progress */

/**
 * pool_new() - make a pool with nothing to do
 *
 * Return: the pool, for the rest of the process's life.
 */
struct pool *pool_new(void)
{
	struct pool *pool = mmap(NULL, sizeof(*pool), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (pool == MAP_FAILED)
		fatal("out of memory");
	pool->first = 1;
	return pool;
}

static void add(u64 *sum, u64 more)
{
	__atomic_fetch_add(sum, more, __ATOMIC_RELAXED);
}

static void add_found(struct pool *pool, const struct task *task, const char *broken)
{
	u64 place = __atomic_fetch_add(&pool->failed, 1, __ATOMIC_RELAXED);

	fprintf(stderr, "\rseed %llu --steps %llu: %s\n", task->seed, task->steps, broken);
	if (place >= POOL_FOUND)
		return;
	pool->found[place].task = *task;
	snprintf(pool->found[place].broken, BROKEN_LEN, "%s", broken);
}

static bool next_task(struct pool *pool, struct task *task)
{
	u64 i;

	if (pool->until && time(NULL) >= pool->until)
		return false;
	i = __atomic_fetch_add(&pool->next, 1, __ATOMIC_RELAXED);
	if (i < pool->listed) {
		*task = pool->list[i];
		return true;
	}
	*task = (struct task) { .seed = pool->first + i - pool->listed, .steps = pool->steps };
	return pool->first <= pool->last && task->seed <= pool->last;
}

static void run_task(struct pool *pool, const struct task *task)
{
	struct outcome outcome, again;
	struct plan plan = { 0 };

	plan_draw(&plan, task->seed, task->steps);
	run_draw(&plan, &outcome);
	if (!outcome.broken[0] && task->seed % TWICE_EVERY == 0) {
		run_plan(&plan, 0, &again);
		if (again.digest != outcome.digest)
			snprintf(outcome.broken, BROKEN_LEN, "the same seed gave another run");
	}
	plan_free(&plan);
	add(&pool->seeds, 1);
	add(&pool->all_steps, outcome.steps);
	add(&pool->acknowledged, outcome.acknowledged);
	add(&pool->answered, outcome.answered);
	if (outcome.broken[0])
		add_found(pool, task, outcome.broken);
}

static void work(struct pool *pool, u32 job)
{
	struct itimerval limit = { .it_value.tv_sec = SEED_SECONDS };
	struct task *task = &pool->at[job];

	while (next_task(pool, task)) {
		setitimer(ITIMER_PROF, &limit, NULL);
		run_task(pool, task);
	}
	exit(0);
}

static pid_t begin(struct pool *pool, u32 job)
{
	pid_t child;

	fflush(NULL);
	child = fork();
	if (child < 0)
		fatal("out of processes");
	if (!child)
		work(pool, job);
	return child;
}

/* Whether a process has come to the end of the tasks; one that fell over is replaced. */
static bool has_ended(struct pool *pool, u32 job, pid_t *child)
{
	char text[BROKEN_LEN];
	int status;

	if (waitpid(*child, &status, WNOHANG) != *child)
		return false;
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return true;
	if (WIFSIGNALED(status))
		snprintf(text, sizeof(text), "%s", strsignal(WTERMSIG(status)));
	else
		snprintf(text, sizeof(text), "the simulator gave up");
	add(&pool->seeds, 1);
	add_found(pool, &pool->at[job], text);
	*child = begin(pool, job);
	return false;
}

static void show(const struct pool *pool, u64 since)
{
	u64 took = time(NULL) - since;

	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r%llu seeds, %llu steps, %llu a second, %llu failed ",
			pool->seeds, pool->all_steps, pool->all_steps / (took ? took : 1),
			pool->failed);
}

static int by_seed(const void *a, const void *b)
{
	const struct task *left = &((const struct found *)a)->task;
	const struct task *right = &((const struct found *)b)->task;

	if (left->seed != right->seed)
		return left->seed < right->seed ? -1 : 1;
	return left->steps < right->steps ? -1 : left->steps > right->steps;
}

/**
 * pool_run() - do all there is to do
 * @pool: the pool; its sums do not depend on @jobs, unless it ends by the clock
 * @jobs: processes, at most %POOL_JOBS
 */
void pool_run(struct pool *pool, u32 jobs)
{
	struct timespec tick = { .tv_nsec = TICK_NS };
	u32 i, running = jobs, ticks = 0;
	pid_t child[POOL_JOBS];
	u64 since = time(NULL);

	for (i = 0; i < jobs; i++)
		child[i] = begin(pool, i);
	while (running) {
		nanosleep(&tick, NULL);
		for (i = 0; i < jobs; i++) {
			if (child[i] && has_ended(pool, i, &child[i])) {
				child[i] = 0;
				running--;
			}
		}
		if (ticks++ % TICKS == 0)
			show(pool, since);
	}
	if (isatty(STDERR_FILENO))
		fputc('\n', stderr);
	qsort(pool->found, pool->failed < POOL_FOUND ? pool->failed : POOL_FOUND,
	      sizeof(pool->found[0]), by_seed);
}
