/* SPDX-License-Identifier: GPL-2.0 */
/* A run that fails, made as small as it can be while it still fails. */
#ifndef SHRINK_H
#define SHRINK_H

#include "pool.h"
#include "run.h"

bool shrink_begin(struct plan *plan, const struct task *task, struct outcome *outcome);
void shrink(struct plan *plan, u32 seconds, struct outcome *outcome);

#endif /* SHRINK_H */
