/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A store as a crash leaves it, and what its member reads back from that: as the
 * module does it, by the core's journal, up to the node that is ready to run.
 */
#ifndef STORE_H
#define STORE_H

#include "journal.h"

/**
 * struct reading - what was read back from a store
 * @verdict: what it is worth
 * @restored: the node took the state and the log
 * @started: and started from it
 * @member: whose store it is
 * @state: term, vote and promise
 * @incarnation: starts of the member before this one
 * @seq: number of the newest write
 * @generation: of the checkpoint that it builds on
 * @used: starts before the one that its newest operation was asked after, as far as
 *	state and log tell
 * @base: last index in the state
 * @last: last index of the log
 * @hash: of the state
 * @revision: of the value
 * @print: hashes of the entries behind @base, term included, by index modulo %RAFT_LOG_SLOTS
 */
struct reading {
	enum raft_journal_verdict verdict;
	bool restored;
	bool started;
	u64 member;
	struct raft_journal_state state;
	u32 incarnation;
	u64 seq;
	u64 generation;
	u32 used;
	u64 base;
	u64 last;
	u64 hash;
	u64 revision;
	u64 print[RAFT_LOG_SLOTS];
};

/**
 * struct store - the bytes of a store, and what they are read with
 * @bytes: from the start of the device
 * @blocks: how many blocks that are; behind them all is zero
 * @journal: the journal
 * @raft: the node that was started last, NULL if none was
 * @mem: room for it
 * @work: room for the journal
 * @value_max: what both are large enough for
 */
struct store {
	u8 *bytes;
	u64 blocks;
	struct raft_journal journal;
	struct raft *raft;
	void *mem;
	u8 *work;
	u32 value_max;
};

void store_init(struct store *store, u64 sectors);
void store_free(struct store *store);
void store_read(struct store *store, struct reading *reading);
void store_count_start(struct store *store, u32 copies);
u64 store_print(const struct raft_entry *entry);
void store_params(const struct store *store, struct raft_params *params);

#endif /* STORE_H */
