// SPDX-License-Identifier: GPL-2.0
/* The anti-replay window. */
#include <linux/kernel.h>
#include "replay.h"

/* The word of the largest number that was seen. */
static u64 top(const struct raft_replay *replay)
{
	return replay->next ? (replay->next - 1) / 64 : 0;
}

/**
 * raft_replay_judge() - has a number been there before?
 * @replay: the numbers that were seen
 * @number: the number
 *
 * Nothing is noted: a number counts only when its datagram is known to be genuine.
 *
 * Return: &enum raft_replay_verdict.
 */
enum raft_replay_verdict raft_replay_judge(const struct raft_replay *replay, u64 number)
{
	u64 word = number / 64;

	if (number == U64_MAX)
		return RAFT_REPLAY_OLD;
	if (number >= replay->next)
		return RAFT_REPLAY_NEW;
	if (top(replay) - word >= RAFT_REPLAY_WORDS)
		return RAFT_REPLAY_OLD;
	return replay->seen[word % RAFT_REPLAY_WORDS] >> number % 64 & 1 ?
	       RAFT_REPLAY_SEEN : RAFT_REPLAY_NEW;
}

/**
 * raft_replay_mark() - note a number
 * @replay: the numbers that were seen
 * @number: one that raft_replay_judge() calls new
 */
void raft_replay_mark(struct raft_replay *replay, u64 number)
{
	u64 word = number / 64, last = top(replay), i;

	if (number >= replay->next) {
		for (i = 1; i <= word - last && i <= RAFT_REPLAY_WORDS; i++)
			replay->seen[(last + i) % RAFT_REPLAY_WORDS] = 0;
		replay->next = number + 1;
	}
	replay->seen[word % RAFT_REPLAY_WORDS] |= 1ULL << number % 64;
}
