// SPDX-License-Identifier: GPL-2.0
/* The anti-replay window. */
#include <stdlib.h>
#include <string.h>

#include "replay.h"
#include "rng.h"
#include "test.h"

#define NUMBERS	20000

static enum raft_replay_verdict take(struct raft_replay *replay, u64 number)
{
	enum raft_replay_verdict verdict = raft_replay_judge(replay, number);

	if (verdict == RAFT_REPLAY_NEW)
		raft_replay_mark(replay, number);
	return verdict;
}

static void test_each_number_once(void)
{
	struct raft_replay replay = {};
	u64 i;

	for (i = 0; i < 10 * RAFT_REPLAY_SIZE; i++) {
		CHECK_EQ(take(&replay, i), RAFT_REPLAY_NEW);
		CHECK_EQ(take(&replay, i), RAFT_REPLAY_SEEN);
	}
}

static void test_late_ones_have_a_window(void)
{
	struct raft_replay replay = {};
	u64 last = 100 * RAFT_REPLAY_SIZE, i;

	CHECK_EQ(take(&replay, last), RAFT_REPLAY_NEW);
	for (i = 1; i <= RAFT_REPLAY_SIZE; i++)
		CHECK_EQ(take(&replay, last - i), RAFT_REPLAY_NEW);
	for (i = 0; i <= RAFT_REPLAY_SIZE; i++)
		CHECK_EQ(take(&replay, last - i), RAFT_REPLAY_SEEN);
	CHECK_EQ(take(&replay, last - RAFT_REPLAY_SIZE - 64), RAFT_REPLAY_OLD);
	CHECK_EQ(take(&replay, 0), RAFT_REPLAY_OLD);
}

static void test_a_jump_forgets_what_it_passes(void)
{
	struct raft_replay replay = {};

	CHECK_EQ(take(&replay, 5), RAFT_REPLAY_NEW);
	CHECK_EQ(take(&replay, 5 + 64 * RAFT_REPLAY_WORDS), RAFT_REPLAY_NEW);
	/* It would have the bit of 5. */
	CHECK_EQ(take(&replay, 4 + 64 * RAFT_REPLAY_WORDS), RAFT_REPLAY_NEW);
	CHECK_EQ(take(&replay, 5), RAFT_REPLAY_OLD);
	CHECK_EQ(take(&replay, 1ULL << 62), RAFT_REPLAY_NEW);
	CHECK_EQ(take(&replay, (1ULL << 62) - 1), RAFT_REPLAY_NEW);
	CHECK_EQ(take(&replay, 5 + 64 * RAFT_REPLAY_WORDS), RAFT_REPLAY_OLD);
}

static void test_the_last_number_is_none(void)
{
	struct raft_replay replay = {};

	CHECK_EQ(take(&replay, U64_MAX), RAFT_REPLAY_OLD);
	CHECK_EQ(take(&replay, U64_MAX - 1), RAFT_REPLAY_NEW);
	CHECK_EQ(take(&replay, U64_MAX - 1), RAFT_REPLAY_SEEN);
	CHECK_EQ(take(&replay, U64_MAX - 2), RAFT_REPLAY_NEW);
	CHECK_EQ(take(&replay, 0), RAFT_REPLAY_OLD);
}

/* Against one that remembers all: nothing twice, and nothing in the window is refused. */
static void test_any_order(void)
{
	struct rng rng = { .state = 1 };
	u8 *seen = calloc(NUMBERS, 1);
	u64 round, i, number, next;

	for (round = 0; round < 200; round++) {
		u64 spread = rng_between(&rng, 1, 3 * RAFT_REPLAY_SIZE);
		struct raft_replay replay = {};

		memset(seen, 0, NUMBERS);
		for (i = 0, next = 0; i < NUMBERS; i++) {
			u64 lead = rng_between(&rng, 0, spread);
			enum raft_replay_verdict verdict;

			number = (i + lead) % NUMBERS;
			verdict = take(&replay, number);
			if (verdict == RAFT_REPLAY_NEW)
				CHECK(!seen[number]);
			else if (number + RAFT_REPLAY_SIZE >= next)
				CHECK(verdict == RAFT_REPLAY_SEEN && seen[number]);
			seen[number] |= verdict == RAFT_REPLAY_NEW;
			next = replay.next;
		}
	}
	free(seen);
}

int main(void)
{
	static const struct test tests[] = {
		{ "each number is taken once", test_each_number_once },
		{ "late ones have a window", test_late_ones_have_a_window },
		{ "a jump forgets what it passes", test_a_jump_forgets_what_it_passes },
		{ "the last number is never used", test_the_last_number_is_none },
		{ "in any order nothing is taken twice or refused", test_any_order },
	};

	return run_tests(tests, ARRAY_SIZE(tests));
}
