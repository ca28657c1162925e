/* SPDX-License-Identifier: GPL-2.0 */
/* The whole committed state as one blob: for a laggard, and for the store. */
#ifndef RAFT_SNAPSHOT_H
#define RAFT_SNAPSHOT_H

#include <linux/types.h>

struct raft;

size_t raft_snapshot_room(u32 value_max);
bool raft_snapshot_decode(struct raft *raft, const u8 *data, size_t len, u64 index, u64 term);

#endif /* RAFT_SNAPSHOT_H */
