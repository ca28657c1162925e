/* SPDX-License-Identifier: GPL-2.0 */
/* Breadth first through all worlds within some bounds. */
#ifndef EXPLORE_SEARCH_H
#define EXPLORE_SEARCH_H

#include "explore_world.h"

/**
 * struct search - a search, and what it found
 * @bounds: how far it goes
 * @states_max: worlds after which it stops, 0 for as many as the bounds say
 * @seconds_max: seconds of processor time after which it stops, 0 for no limit
 * @progress: a line is printed for each depth
 * @states: different worlds
 * @moves: moves that were tried
 * @crowded: of these, the ones that lost a datagram because the bounds allow no more
 * @nodes: different nodes
 * @steps: steps of the core that it took
 * @depth: moves to the farthest world
 * @seconds: processor time
 * @complete: every world within the bounds was seen
 * @broken: an invariant was broken
 */
struct search {
	const struct bounds *bounds;
	u64 states_max;
	double seconds_max;
	bool progress;
	u64 states;
	u64 moves;
	u64 crowded;
	u64 nodes;
	u64 steps;
	u32 depth;
	double seconds;
	bool complete;
	bool broken;
};

void search_run(struct search *search);

#endif /* EXPLORE_SEARCH_H */
