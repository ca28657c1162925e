/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One simulated run: a cluster is formed, suffers what its plan says, heals,
 * and has to get on with it in time. The invariants are checked after every
 * step.
 */
#ifndef RUN_H
#define RUN_H

#include <stdio.h>

#include "invariants.h"
#include "plan.h"

/**
 * struct outcome - how a run went
 * @broken: what was not as it must be, empty if all was
 * @ended: when it ended, us
 * @steps: steps of the core
 * @acknowledged: operations that ended well
 * @answered: reads that were answered
 * @digest: hash of everything that happened
 */
struct outcome {
	char broken[BROKEN_LEN];
	u64 ended;
	u64 steps;
	u64 acknowledged;
	u64 answered;
	u64 digest;
};

void run_draw(struct plan *plan, struct outcome *outcome);
void run_plan(const struct plan *plan, size_t lines, struct outcome *outcome);
void run_record(struct plan *plan, FILE *record, struct outcome *outcome);
void run_apart(struct plan *plan, bool draw, u32 seconds, struct outcome *outcome);

#endif /* RUN_H */
