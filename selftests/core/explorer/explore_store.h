/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The store of a node as raft.h wants it: there is one write at a time, and it
 * counts whole or not at all. It holds names of entries and snapshots, so it
 * is small and can be compared byte by byte.
 */
#ifndef EXPLORE_STORE_H
#define EXPLORE_STORE_H

#include "raft.h"

#define STORE_LOG	24	/* the highest index that fits */

/**
 * struct store_log - the entries on a store, or of a write to it
 * @first: index of the first
 * @n: how many
 * @entry: their names
 */
struct store_log {
	u32 first;
	u32 n;
	u32 entry[STORE_LOG];
};

/**
 * struct store_write - a write
 * @seq: as in &struct raft_persist, 0 if none is under way
 * @term: as there
 * @vote: as there
 * @truncate: as there
 * @base: index of the snapshot
 * @snapshot: name of the snapshot that takes the log's place, %INTERN_NONE for none
 * @log: the entries to append
 */
struct store_write {
	u64 seq;
	u64 term;
	u64 vote;
	u64 truncate;
	u32 base;
	u32 snapshot;
	struct store_log log;
};

/**
 * struct store - a store
 * @term: term of the hard state
 * @vote: vote of the hard state
 * @base: index of the snapshot
 * @snapshot: its name, %INTERN_NONE on a blank store
 * @log: the entries that follow it
 * @write: the write under way
 */
struct store {
	u64 term;
	u64 vote;
	u32 base;
	u32 snapshot;
	struct store_log log;
	struct store_write write;
};

void store_blank(struct store *store);
void store_found(struct store *store, const struct raft *raft);
const char *store_begin(struct store *store, const struct raft *raft,
			const struct raft_persist *persist);
const char *store_end(struct store *store);
void store_forget(struct store *store);
bool store_restore(const struct store *store, struct raft *raft);
struct raft_entry store_entry(u32 name);
void stores_free(void);

#endif /* EXPLORE_STORE_H */
