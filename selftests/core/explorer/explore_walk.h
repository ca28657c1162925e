/* SPDX-License-Identifier: GPL-2.0 */
/* A random walk that shows whether the normal form of a node does what the node does. */
#ifndef EXPLORE_WALK_H
#define EXPLORE_WALK_H

#include "explore_world.h"

u64 walk(const struct bounds *bounds, u64 seed);

#endif /* EXPLORE_WALK_H */
