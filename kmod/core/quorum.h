/* SPDX-License-Identifier: GPL-2.0 */
/* Majorities, of one configuration or of both halves of a joint one. */
#ifndef RAFT_QUORUM_H
#define RAFT_QUORUM_H

#include <linux/types.h>
#include "raft.h"

/**
 * enum raft_tally - how a vote stands
 * @RAFT_TALLY_OPEN: it can still go either way
 * @RAFT_TALLY_WON: a quorum said yes
 * @RAFT_TALLY_LOST: a quorum can no longer say yes
 */
enum raft_tally {
	RAFT_TALLY_OPEN,
	RAFT_TALLY_WON,
	RAFT_TALLY_LOST,
};

u64 raft_quorum_reached(const struct raft_config *config, const u64 value[RAFT_MEMBERS_MAX]);
u64 raft_quorum_everyone(const struct raft_config *config, const u64 value[RAFT_MEMBERS_MAX]);
enum raft_tally raft_quorum_tally(const struct raft_config *config, u32 granted, u32 refused);

#endif /* RAFT_QUORUM_H */
