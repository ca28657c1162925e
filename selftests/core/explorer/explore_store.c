// SPDX-License-Identifier: GPL-2.0
/* The store of a node as raft.h wants it. */
#include <stdlib.h>
#include <string.h>

#include "explore_intern.h"
#include "explore_store.h"
#include "fail.h"

static struct intern entries, snapshots;

static u32 name_of_entry(const struct raft_entry *entry)
{
	struct raft_entry plain = *entry;
	u8 *bytes = must_realloc(NULL, sizeof(plain) + plain.len);
	u32 name;

	/* The core sets it when it applies the entry. */
	plain.hash = 0;
	plain.data = NULL;
	memcpy(bytes, &plain, sizeof(plain));
	if (plain.len)
		memcpy(bytes + sizeof(plain), entry->data, plain.len);
	name = intern_put(&entries, bytes, sizeof(plain) + plain.len);
	free(bytes);
	return name;
}

/**
 * store_entry() - an entry that is on a store
 * @name: its name
 *
 * Return: the entry; its data is good until stores_free().
 */
struct raft_entry store_entry(u32 name)
{
	const u8 *bytes = intern_at(&entries, name, NULL);
	struct raft_entry entry;

	memcpy(&entry, bytes, sizeof(entry));
	entry.data = bytes + sizeof(entry);
	return entry;
}

static u32 take_snapshot(const struct raft *raft)
{
	size_t len = raft_snapshot_size(raft);
	u8 *bytes = must_realloc(NULL, len);
	u32 name;

	if (raft_snapshot_encode(raft, bytes, len) != len)
		fatal("a snapshot is not as long as it was said to be");
	name = intern_put(&snapshots, bytes, len);
	free(bytes);
	return name;
}

/**
 * store_blank() - a store with nothing on it
 * @store: the store
 */
void store_blank(struct store *store)
{
	memset(store, 0, sizeof(*store));
	store->snapshot = INTERN_NONE;
	store->write.snapshot = INTERN_NONE;
}

/**
 * store_found() - a store with what a cluster begins with
 * @store: a blank store
 * @raft: a node in term 1 with the state at index 1
 */
void store_found(struct store *store, const struct raft *raft)
{
	store->term = 1;
	store->base = 1;
	store->snapshot = take_snapshot(raft);
}

/**
 * store_begin() - start the write that the core asks for
 * @store: the store, with no write under way
 * @raft: the node, as it was left by the step that asked
 * @persist: what it asks for
 *
 * Return: NULL, or what is wrong with it.
 */
const char *store_begin(struct store *store, const struct raft *raft,
			const struct raft_persist *persist)
{
	struct store_write *write = &store->write;
	struct raft_entry entry;
	struct raft_view view;
	u64 index;

	if (write->seq)
		return "it asks for a second write while one is under way";
	raft_view(raft, &view);
	write->seq = persist->seq;
	write->term = persist->term;
	write->vote = persist->vote;
	write->truncate = persist->truncate;
	if (persist->snapshot) {
		write->base = view.applied;
		write->snapshot = take_snapshot(raft);
	}
	if (!persist->first)
		return NULL;
	write->log.first = persist->first;
	for (index = persist->first; index <= persist->last; index++) {
		if (!raft_entry_at(raft, index, &entry) || write->log.n == STORE_LOG)
			return "it wants to write an entry that it does not have";
		write->log.entry[write->log.n++] = name_of_entry(&entry);
	}
	return NULL;
}

static void truncate(struct store_log *log, u64 index)
{
	while (log->n && log->first + log->n > index)
		log->entry[--log->n] = 0;
}

static bool append(struct store_log *log, u32 base, const struct store_log *more)
{
	u32 i;

	if (!log->n)
		log->first = base + 1;
	if (more->n && (more->first != log->first + log->n || log->n + more->n > STORE_LOG))
		return false;
	for (i = 0; i < more->n; i++)
		log->entry[log->n++] = more->entry[i];
	return true;
}

/**
 * store_end() - the write under way is durable
 * @store: the store
 *
 * Return: NULL, or what was wrong with it.
 */
const char *store_end(struct store *store)
{
	const struct store_write *write = &store->write;
	bool follows;

	store->term = write->term;
	store->vote = write->vote;
	if (write->snapshot != INTERN_NONE) {
		store->snapshot = write->snapshot;
		store->base = write->base;
		truncate(&store->log, 0);
	}
	if (write->truncate)
		truncate(&store->log, write->truncate);
	follows = append(&store->log, store->base, &write->log);
	store_forget(store);
	return follows ? NULL : "it writes entries that do not follow those on its store";
}

/**
 * store_forget() - lose the write that is under way
 * @store: the store; nothing of that write is on it
 */
void store_forget(struct store *store)
{
	memset(&store->write, 0, sizeof(store->write));
	store->write.snapshot = INTERN_NONE;
}

/**
 * store_restore() - give a node what a store holds
 * @store: the store
 * @raft: the node, just made
 *
 * Return: whether the node took it all.
 */
bool store_restore(const struct store *store, struct raft *raft)
{
	const u8 *snapshot;
	struct raft_entry entry;
	u32 i, len;

	if (!raft_restore_hard_state(raft, store->term, store->vote))
		return false;
	if (store->snapshot != INTERN_NONE) {
		snapshot = intern_at(&snapshots, store->snapshot, &len);
		if (!raft_restore_snapshot(raft, snapshot, len))
			return false;
	}
	for (i = 0; i < store->log.n; i++) {
		entry = store_entry(store->log.entry[i]);
		if (!raft_restore_entry(raft, &entry))
			return false;
	}
	return true;
}

/**
 * stores_free() - forget every entry and snapshot
 */
void stores_free(void)
{
	intern_free(&entries);
	intern_free(&snapshots);
}
