// SPDX-License-Identifier: GPL-2.0
/* The store of a durable node. */
#include <stdlib.h>
#include <string.h>

#include "disk.h"
#include "fail.h"
#include "network.h"

static void entry_copy(struct raft_entry *to, const struct raft_entry *from)
{
	*to = *from;
	to->data = must_copy(from->data, from->len);
}

static void entry_free(struct raft_entry *entry)
{
	free((void *)entry->data);
}

/**
 * disk_forget() - lose the write that is under way
 * @disk: the store; nothing of that write is on it
 */
void disk_forget(struct disk *disk)
{
	struct disk_write *write = &disk->write;

	while (write->n)
		entry_free(&write->entry[--write->n]);
	free(write->entry);
	free(write->snapshot);
	memset(write, 0, sizeof(*write));
}

static void truncate_from(struct disk *disk, u64 index)
{
	while (disk->n && disk->entry[disk->n - 1].index >= index)
		entry_free(&disk->entry[--disk->n]);
}

/**
 * disk_wipe() - lose everything
 * @disk: the store, blank afterwards
 */
void disk_wipe(struct disk *disk)
{
	disk_forget(disk);
	truncate_from(disk, 0);
	free(disk->entry);
	free(disk->snapshot);
	memset(disk, 0, sizeof(*disk));
}

/**
 * disk_damage() - entries can not be read back any more
 * @disk: the store of a host that is down
 * @from: the first of them; it is on the store
 *
 * Whoever reads the store sees that they were there: they may have been
 * acknowledged, all of them.
 */
void disk_damage(struct disk *disk, u64 from)
{
	const struct raft_entry *last = &disk->entry[disk->n - 1];

	if (!disk->n || from > last->index || from < disk->entry[0].index)
		fatal("entry %llu is not on the store", from);
	disk->promised = last->index;
	disk->promised_term = last->term;
	truncate_from(disk, from);
}

static u64 log_bytes(const struct disk *disk)
{
	u64 bytes = 0;
	size_t i;

	for (i = 0; i < disk->n; i++)
		bytes += disk->entry[i].len;
	return bytes;
}

static void take_snapshot(struct disk_write *write, const struct raft *raft)
{
	struct raft_view view;

	raft_view(raft, &view);
	write->base = view.applied;
	write->snapshot = must_realloc(NULL, raft_snapshot_size(raft));
	write->snapshot_len = raft_snapshot_encode(raft, write->snapshot,
						   raft_snapshot_size(raft));
	if (!write->snapshot_len)
		fatal("raft_snapshot_encode() has no room in raft_snapshot_size()");
}

/**
 * disk_begin() - start the write that the core asks for
 * @disk: the store, with no write under way
 * @raft: the node, as it was left by the step that asked
 * @persist: what it asks for
 * @due: when the write ends, us
 *
 * When the log has come to half of what the node can hold, a snapshot is taken
 * along. A node that starts does not know what is committed: it must be able
 * to take the whole log back and to append to it.
 */
void disk_begin(struct disk *disk, const struct raft *raft, const struct raft_persist *persist,
		u64 due)
{
	struct disk_write *write = &disk->write;
	struct raft_entry entry;
	struct raft_view view;
	u64 index;

	if (write->persist.seq)
		fatal("a second write was asked for while one is under way");
	write->persist = *persist;
	write->due = due;
	raft_view(raft, &view);
	if (persist->snapshot || disk->n > RAFT_LOG_SLOTS / 2 ||
	    log_bytes(disk) > 2 * view.config->value_max)
		take_snapshot(write, raft);
	if (!persist->first)
		return;
	write->entry = must_realloc(NULL, (persist->last - persist->first + 1) * sizeof(entry));
	for (index = persist->first; index <= persist->last; index++) {
		if (!raft_entry_at(raft, index, &entry))
			fatal("entry %llu is to be written and is not in the log", index);
		entry_copy(&write->entry[write->n++], &entry);
	}
}

/**
 * disk_next() - when the write under way ends
 * @disk: the store
 *
 * Return: virtual time, us, or %NEVER.
 */
u64 disk_next(const struct disk *disk)
{
	return disk->write.persist.seq && !disk->stalled ? disk->write.due : NEVER;
}

/**
 * disk_append() - put an entry at the end of the log
 * @disk: the store
 * @entry: the entry, copied
 */
void disk_append(struct disk *disk, const struct raft_entry *entry)
{
	u64 end = disk->n ? disk->entry[disk->n - 1].index : disk->base;

	if (entry->index <= disk->base && !disk->n)
		return;
	if (entry->index != end + 1)
		fatal("entry %llu is written behind entry %llu", entry->index, end);
	if (disk->n == disk->room) {
		disk->room = disk->room ? 2 * disk->room : 64;
		disk->entry = must_realloc(disk->entry, disk->room * sizeof(*disk->entry));
	}
	entry_copy(&disk->entry[disk->n++], entry);
}

static void drop_to(struct disk *disk, u64 index)
{
	size_t gone = 0;

	while (gone < disk->n && disk->entry[gone].index <= index)
		entry_free(&disk->entry[gone++]);
	disk->n -= gone;
	if (gone)
		memmove(disk->entry, disk->entry + gone, disk->n * sizeof(*disk->entry));
}

/**
 * disk_end() - the write under way is durable
 * @disk: the store
 */
void disk_end(struct disk *disk)
{
	struct disk_write *write = &disk->write;
	size_t i;

	disk->term = write->persist.term;
	disk->vote = write->persist.vote;
	disk->promised = write->persist.promised;
	disk->promised_term = write->persist.promised_term;
	if (write->persist.snapshot)
		truncate_from(disk, 0);
	if (write->persist.truncate)
		truncate_from(disk, write->persist.truncate);
	if (write->snapshot) {
		free(disk->snapshot);
		disk->snapshot = write->snapshot;
		disk->snapshot_len = write->snapshot_len;
		write->snapshot = NULL;
	}
	if (write->persist.snapshot)
		disk->base = write->base;
	for (i = 0; i < write->n; i++)
		disk_append(disk, &write->entry[i]);
	if (write->base) {
		disk->base = write->base;
		drop_to(disk, write->base);
	}
	disk_forget(disk);
}

/**
 * disk_has() - whether an entry is on the store
 * @disk: the store
 * @index: its index
 * @term: its term, 0 if it is not known any more
 *
 * Return: whether it is, or is part of the state that the log starts from.
 */
bool disk_has(const struct disk *disk, u64 index, u64 term)
{
	u64 first = disk->base + 1;

	if (index < first)
		return true;
	return index < first + disk->n && (!term || disk->entry[index - first].term == term);
}

/**
 * disk_last() - how far the log on the store goes
 * @disk: the store
 *
 * Return: the index of its last entry.
 */
u64 disk_last(const struct disk *disk)
{
	return disk->base + disk->n;
}

/**
 * disk_restore() - give a node what the store holds
 * @disk: the store
 * @raft: the node, just made
 *
 * Return: whether the node took it all.
 */
bool disk_restore(const struct disk *disk, struct raft *raft)
{
	size_t i;

	if (!raft_restore_hard_state(raft, disk->term, disk->vote))
		return false;
	if (disk->snapshot && !raft_restore_snapshot(raft, disk->snapshot, disk->snapshot_len))
		return false;
	for (i = 0; i < disk->n; i++) {
		if (!raft_restore_entry(raft, &disk->entry[i]))
			return false;
	}
	if (disk->promised)
		raft_restore_promise(raft, disk->promised, disk->promised_term);
	return true;
}
