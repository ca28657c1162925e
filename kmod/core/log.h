/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The log window: the newest entries, in memory that is given once.
 *
 * Slots form one ring, the entries' data another. The data of an entry is
 * contiguous, so the data ring leaves a gap at its end where an entry would
 * not fit. Where the next data goes follows from the last entry alone, so
 * dropping entries at either end changes nothing but @first and @last.
 */
#ifndef RAFT_LOG_H
#define RAFT_LOG_H

#include <linux/types.h>
#include "raft.h"

/**
 * struct raft_log - the log window
 * @first: first index in the window
 * @last: last index; @first - 1 if the window is empty
 * @base_term: term of the entry at @first - 1
 * @base_bytes: @bytes of that entry
 * @slot: the entries, by index modulo %RAFT_LOG_SLOTS
 * @offset: where each one's data begins in @data
 * @bytes: bytes of each one's data and of all before it, from wherever they are counted:
 *	only differences tell something
 * @size: bytes of @data
 * @data: the data ring
 */
struct raft_log {
	u64 first;
	u64 last;
	u64 base_term;
	u32 base_bytes;
	struct raft_entry slot[RAFT_LOG_SLOTS];
	u32 offset[RAFT_LOG_SLOTS];
	u32 bytes[RAFT_LOG_SLOTS];
	u32 size;
	u8 *data;
};

void raft_log_init(struct raft_log *log, u8 *data, u32 size);
void raft_log_reset(struct raft_log *log, u64 index, u64 term);
bool raft_log_has(const struct raft_log *log, u64 index);
bool raft_log_term(const struct raft_log *log, u64 index, u64 *term);
u64 raft_log_last_term(const struct raft_log *log);
u32 raft_log_bytes(const struct raft_log *log, u64 index);
struct raft_entry *raft_log_at(struct raft_log *log, u64 index);
u8 *raft_log_reserve(struct raft_log *log, u32 len);
struct raft_entry *raft_log_push(struct raft_log *log, const struct raft_entry *entry);
void raft_log_truncate(struct raft_log *log, u64 from);
void raft_log_compact(struct raft_log *log, u64 first);
u64 raft_log_find_conflict(const struct raft_log *log, u64 index, u64 term, u64 *found_term);

#endif /* RAFT_LOG_H */
