/* SPDX-License-Identifier: GPL-2.0 */
/* Configurations: who is in, and the steps from one to the next. */
#ifndef RAFT_MEMBERS_H
#define RAFT_MEMBERS_H

#include <linux/types.h>
#include "raft.h"

int raft_config_find(const struct raft_config *config, u64 id);
const struct raft_member *raft_config_label(const struct raft_config *config, const char *label,
					    u64 other_than);
u32 raft_config_voters(const struct raft_config *config);
bool raft_config_votes(const struct raft_config *config, u64 id);
bool raft_config_valid(const struct raft_config *config);
bool raft_config_add(struct raft_config *config, const struct raft_member *member);
void raft_config_remove(struct raft_config *config, u64 id);
void raft_config_enter_joint(struct raft_config *config);
void raft_config_leave_joint(struct raft_config *config);
bool raft_addr_equal(const struct raft_addr *a, const struct raft_addr *b);
bool raft_times_valid(u32 heartbeat_ms, u32 election_ms);

#endif /* RAFT_MEMBERS_H */
