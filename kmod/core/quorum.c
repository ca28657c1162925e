// SPDX-License-Identifier: GPL-2.0
#include <linux/limits.h>
#include "quorum.h"

/* The largest number that a majority of the members with @flag has reached. */
static u64 reached(const struct raft_config *config, u32 flag, const u64 *value)
{
	u64 sorted[RAFT_MEMBERS_MAX];
	u32 i, j, n = 0;

	for (i = 0; i < config->n; i++) {
		if (!(config->member[i].flags & flag))
			continue;
		for (j = n++; j > 0 && sorted[j - 1] < value[i]; j--)
			sorted[j] = sorted[j - 1];
		sorted[j] = value[i];
	}
	return n ? sorted[n / 2] : 0;
}

static enum raft_tally tally(const struct raft_config *config, u32 flag, u32 granted, u32 refused)
{
	u32 i, n = 0, yes = 0, no = 0;

	for (i = 0; i < config->n; i++) {
		if (!(config->member[i].flags & flag))
			continue;
		n++;
		yes += granted >> i & 1;
		no += refused >> i & 1;
	}
	if (yes > n / 2)
		return RAFT_TALLY_WON;
	return n - no > n / 2 ? RAFT_TALLY_OPEN : RAFT_TALLY_LOST;
}

/**
 * raft_quorum_reached() - how far a quorum has come
 * @config: whose quorum
 * @value: a number for each slot of @config; learners' do not count
 *
 * While the configuration is joint a quorum is a majority of the old voters
 * and a majority of the new ones (dissertation section 4.3).
 *
 * Return: the largest number that a quorum has reached; 0 without voters
 */
u64 raft_quorum_reached(const struct raft_config *config, const u64 value[RAFT_MEMBERS_MAX])
{
	u64 new = reached(config, RAFT_MEMBER_VOTER, value);
	u64 old;

	if (!config->joint)
		return new;
	old = reached(config, RAFT_MEMBER_OLD, value);
	return old < new ? old : new;
}

/**
 * raft_quorum_everyone() - how far every voter has come
 * @config: whose voters
 * @value: a number for each slot of @config; learners' do not count
 *
 * Return: the largest number that all of them have reached
 */
u64 raft_quorum_everyone(const struct raft_config *config, const u64 value[RAFT_MEMBERS_MAX])
{
	u64 least = U64_MAX;
	u32 i;

	for (i = 0; i < config->n; i++) {
		if (!(config->member[i].flags & (RAFT_MEMBER_VOTER | RAFT_MEMBER_OLD)))
			continue;
		if (value[i] < least)
			least = value[i];
	}
	return least;
}

/**
 * raft_quorum_tally() - count votes
 * @config: whose quorum
 * @granted: a bit for each slot of @config that said yes
 * @refused: a bit for each slot of @config that said no
 *
 * Return: how the vote stands
 */
enum raft_tally raft_quorum_tally(const struct raft_config *config, u32 granted, u32 refused)
{
	enum raft_tally new = tally(config, RAFT_MEMBER_VOTER, granted, refused);
	enum raft_tally old;

	if (!config->joint)
		return new;
	old = tally(config, RAFT_MEMBER_OLD, granted, refused);
	if (new == RAFT_TALLY_LOST || old == RAFT_TALLY_LOST)
		return RAFT_TALLY_LOST;
	return new == RAFT_TALLY_WON ? old : new;
}
