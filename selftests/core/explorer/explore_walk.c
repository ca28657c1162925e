// SPDX-License-Identifier: GPL-2.0
/*
 * The explorer knows nodes only in their normal form (explore_normal.c). Here
 * every node is kept a second time, as the core leaves it, with a clock that
 * began at another time. Whatever happens to both, they must send the same
 * bytes, and the second must come to the same normal form. A field that is
 * taken for dead and is not, or a time that is cut off too early, is seen as
 * soon as the core acts on it.
 */
#include <string.h>

#include "explore_walk.h"
#include "fail.h"
#include "rng.h"

#define MOVES		300
#define LINE		200
#define ENOUGH		6	/* of everything, more of time */

static struct bounds wide(const struct bounds *bounds)
{
	struct bounds wide = *bounds;

	wide.begin = BEGIN_FOLLOWERS;
	wide.dgrams = WORLD_DGRAMS;
	wide.silence = true;
	wide.late = true;
	memset(wide.left, ENOUGH, sizeof(wide.left));
	wide.left[BUDGET_TIMERS] = 5 * ENOUGH;
	wide.left[BUDGET_CHANGES] = bounds->left[BUDGET_CHANGES];
	if (!bounds->setup.reads)
		wide.left[BUDGET_READS] = 0;
	return wide;
}

static u64 walk_on(struct world *world, struct walker *walker, struct rng *rng)
{
	struct move move[WORLD_MOVES];
	struct world next;
	char wrong[LINE];
	u64 moves;
	u32 n, i;

	for (moves = 0; moves < MOVES; moves++) {
		n = world_moves(world, move);
		if (!n)
			break;
		i = rng_between(rng, 0, n - 1);
		next = *world;
		if (world_move(&next, move[i], wrong, sizeof(wrong)) == WENT_WRONG)
			fatal("%s", wrong);
		if (move[i].kind != MOVE_DROP &&
		    !walker_agrees(&walker[move[i].number], move[i].happening, move[i].arg)) {
			world_tell(world, move[i]);
			fatal("after %llu moves node %u is not what its normal form is",
			      moves + 1, move[i].number);
		}
		*world = next;
	}
	return moves;
}

/**
 * walk() - walk at random and compare
 * @bounds: the nodes; what may happen to them is not bounded by these
 * @seed: decides where to
 *
 * A difference ends the program.
 *
 * Return: how many moves were compared.
 */
u64 walk(const struct bounds *bounds, u64 seed)
{
	struct bounds around = wide(bounds);
	struct walker walker[FACTS_HOSTS + 1];
	struct rng rng = { .state = seed };
	struct world world;
	u64 moves;
	u32 i;

	world_begin(&world, &around);
	for (i = 1; i <= around.setup.hosts; i++)
		walker_init(&walker[i], i, rng_between(&rng, 1, 1000) * 1000000);
	moves = walk_on(&world, walker, &rng);
	for (i = 1; i <= around.setup.hosts; i++)
		walker_free(&walker[i]);
	world_end();
	return moves;
}
