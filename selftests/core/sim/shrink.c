// SPDX-License-Identifier: GPL-2.0
/*
 * A run that fails, made as small as it can be while it still fails in the same
 * way: fewer faults of the network, an earlier end, fewer actions (Zeller and
 * Hildebrandt's ddmin), fewer hosts. Each attempt runs in a process of its own,
 * so that one in which the core itself falls over can be made smaller, too.
 */
#include <ctype.h>
#include <string.h>
#include <time.h>

#include <linux/kernel.h>

#include "fail.h"
#include "shrink.h"

#define TRIAL_SECONDS	20	/* processor time after which a run is one that does not end */

/**
 * struct shrinking - how far it has come
 * @plan: the smallest plan that fails
 * @outcome: how it fails
 * @until: no attempt is begun after this, seconds of time()
 */
struct shrinking {
	struct plan *plan;
	struct outcome *outcome;
	time_t until;
};

/* Whether two runs fail in the same way: in the same words, whatever the numbers. */
static bool is_same(const char *a, const char *b)
{
	for (;;) {
		while (isxdigit(*a))
			a++;
		while (isxdigit(*b))
			b++;
		if (*a != *b)
			return false;
		if (!*a)
			return true;
		a++;
		b++;
	}
}

/* Take a smaller plan for the old one if it fails, too; give it back if not. */
static bool attempt(struct shrinking *shrinking, struct plan *smaller)
{
	struct outcome outcome;

	if (time(NULL) < shrinking->until) {
		run_apart(smaller, false, TRIAL_SECONDS, &outcome);
		if (is_same(outcome.broken, shrinking->outcome->broken)) {
			plan_free(shrinking->plan);
			*shrinking->plan = *smaller;
			*shrinking->outcome = outcome;
			return true;
		}
	}
	plan_free(smaller);
	return false;
}

static bool without_faults(struct shrinking *shrinking)
{
	static const size_t field[] = {
		offsetof(struct plan, lose), offsetof(struct plan, repeat),
		offsetof(struct plan, replay), offsetof(struct plan, noise),
		offsetof(struct plan, skew), offsetof(struct plan, bridge),
		offsetof(struct plan, learners),
	};
	struct plan smaller;
	bool done = false;
	u64 *number;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(field); i++) {
		plan_copy(&smaller, shrinking->plan);
		number = (u64 *)((char *)&smaller + field[i]);
		if (!*number) {
			plan_free(&smaller);
			continue;
		}
		*number = 0;
		done |= attempt(shrinking, &smaller);
	}
	return done;
}

/* Everything heals when it has failed already, or else right after the last action. */
static bool sooner(struct shrinking *shrinking)
{
	const struct plan *plan = shrinking->plan;
	u64 end = plan->n ? plan->action[plan->n - 1].at : 0;
	struct plan smaller;

	if (shrinking->outcome->ended < plan->end)
		end = shrinking->outcome->ended;
	if (end >= plan->end)
		return false;
	plan_copy(&smaller, plan);
	smaller.end = end;
	while (smaller.n && smaller.action[smaller.n - 1].at > end)
		smaller.n--;
	return attempt(shrinking, &smaller);
}

static bool without_actions(struct shrinking *shrinking, size_t first, size_t n)
{
	struct plan smaller;

	plan_copy(&smaller, shrinking->plan);
	smaller.n -= n;
	memmove(smaller.action + first, smaller.action + first + n,
		(smaller.n - first) * sizeof(*smaller.action));
	return attempt(shrinking, &smaller);
}

static bool fewer_actions(struct shrinking *shrinking)
{
	size_t first, n, chunk = shrinking->plan->n;
	bool done = false;

	for (; chunk; chunk /= 2) {
		/* From the end: the last ones are the least likely to matter. */
		for (first = shrinking->plan->n; first; ) {
			n = min(chunk, first);
			first -= n;
			done |= without_actions(shrinking, first, n);
			first = min(first, shrinking->plan->n);
		}
	}
	return done;
}

static bool fewer_hosts(struct shrinking *shrinking)
{
	struct plan smaller;
	bool done = false;

	while (shrinking->plan->hosts > 1) {
		plan_copy(&smaller, shrinking->plan);
		smaller.hosts--;
		smaller.voters = min(smaller.voters, smaller.hosts);
		smaller.learners = min(smaller.learners, smaller.hosts - smaller.voters);
		if (!attempt(shrinking, &smaller))
			break;
		done = true;
	}
	return done;
}

/**
 * shrink_begin() - have a failure again, with its actions written down
 * @plan: filled in
 * @task: the run that failed
 * @outcome: filled in
 *
 * Return: false if it does not fail.
 */
bool shrink_begin(struct plan *plan, const struct task *task, struct outcome *outcome)
{
	struct plan *shared = plan_shared();

	plan_draw(shared, task->seed, task->steps);
	run_apart(shared, true, 10 * TRIAL_SECONDS, outcome);
	plan_copy(plan, shared);
	plan_unshare(shared);
	if (outcome->broken[0])
		return true;
	plan_free(plan);
	return false;
}

/**
 * shrink() - make a run that fails as small as it can be
 * @plan: the run; the smallest one found afterwards
 * @seconds: how long to try
 * @outcome: how it fails
 */
void shrink(struct plan *plan, u32 seconds, struct outcome *outcome)
{
	struct shrinking shrinking = {
		.plan = plan,
		.outcome = outcome,
		.until = time(NULL) + seconds,
	};
	bool done = true;

	while (done && time(NULL) < shrinking.until) {
		done = sooner(&shrinking);
		done |= fewer_hosts(&shrinking);
		done |= without_faults(&shrinking);
		done |= fewer_actions(&shrinking);
	}
}
