/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The state machine: one value, its revision, and for each member the last
 * operation that was applied for it, so that none is applied twice
 * (dissertation section 6.3).
 */
#ifndef RAFT_VALUE_H
#define RAFT_VALUE_H

#include <linux/types.h>
#include "raft.h"

/**
 * struct raft_session - the last operation of a member
 * @id: the member
 * @seq: its number
 * @revision: the revision it made or met
 * @status: %RAFT_OK or %RAFT_CONFLICT
 */
struct raft_session {
	u64 id;
	u64 seq;
	u64 revision;
	enum raft_status status;
};

/**
 * struct raft_value - the state machine
 * @revision: changes of the value so far
 * @hash: hash over everything that was applied
 * @n: used slots of @session
 * @session: in order of the members' ids
 * @len: bytes of the value
 * @size: bytes of @data
 * @data: the value
 */
struct raft_value {
	u64 revision;
	u64 hash;
	u32 n;
	struct raft_session session[RAFT_MEMBERS_MAX];
	u32 len;
	u32 size;
	u8 *data;
};

void raft_value_init(struct raft_value *value, u8 *data, u32 size);
struct raft_session *raft_value_session(struct raft_value *value, u64 id);
void raft_value_set_members(struct raft_value *value, const struct raft_config *config);
bool raft_value_apply(struct raft_value *value, const struct raft_entry *entry,
		      enum raft_status *status);
u64 raft_hash(u64 seed, const u8 *data, size_t len);

#endif /* RAFT_VALUE_H */
