/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which of the numbers that datagrams carry have been there before: the window of
 * RFC 6479, a ring of words that moves with the largest number.
 */
#ifndef RAFT_REPLAY_H
#define RAFT_REPLAY_H

#include <linux/types.h>

#define RAFT_REPLAY_WORDS	33
#define RAFT_REPLAY_SIZE	(64 * (RAFT_REPLAY_WORDS - 1))	/* numbers that may come late */

/**
 * struct raft_replay - the numbers that were seen; all zero for none
 * @next: one more than the largest
 * @seen: a bit for each of those that are not too old to be told apart
 */
struct raft_replay {
	u64 next;
	u64 seen[RAFT_REPLAY_WORDS];
};

/**
 * enum raft_replay_verdict - what a number is
 * @RAFT_REPLAY_NEW: it was not there before
 * @RAFT_REPLAY_SEEN: it was
 * @RAFT_REPLAY_OLD: so old that nobody knows, or none that is ever used
 */
enum raft_replay_verdict {
	RAFT_REPLAY_NEW,
	RAFT_REPLAY_SEEN,
	RAFT_REPLAY_OLD,
};

enum raft_replay_verdict raft_replay_judge(const struct raft_replay *replay, u64 number);
void raft_replay_mark(struct raft_replay *replay, u64 number);

#endif /* RAFT_REPLAY_H */
