/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The normal form of a node: what does not decide what it does is the same in
 * all nodes that will do the same.
 */
#ifndef EXPLORE_NORMAL_H
#define EXPLORE_NORMAL_H

#include <linux/types.h>

#define NORMAL_NOW	1000000000000ULL	/* the time of every node in normal form, us */

struct raft;

void normal_chance(struct raft *raft);
void normal_form(struct raft *raft, bool reads);

#endif /* EXPLORE_NORMAL_H */
