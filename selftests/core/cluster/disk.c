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
	if (disk->image)
		disk->image->n = 0;
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
	image_free(disk->image);
	memset(disk, 0, sizeof(*disk));
}

/**
 * disk_put_back() - the store is an old copy
 * @disk: the store of a host that is down
 * @from: the first entry that it does not have
 *
 * Whoever reads the store can not see that there was more.
 */
void disk_put_back(struct disk *disk, u64 from)
{
	truncate_from(disk, from);
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
 */
void disk_begin(struct disk *disk, const struct raft *raft, const struct raft_persist *persist,
		u64 due)
{
	struct disk_write *write = &disk->write;
	struct raft_entry entry;
	u64 index;

	if (write->persist.seq)
		fatal("a second write was asked for while one is under way");
	write->persist = *persist;
	write->due = due;
	if (disk->image)
		image_begin(disk->image, raft, persist);
	if (persist->snapshot)
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

static void take_write(struct disk *disk)
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
 * disk_end() - the write under way is durable
 * @disk: the store
 */
void disk_end(struct disk *disk)
{
	if (disk->image)
		image_end(disk->image);
	take_write(disk);
}

/**
 * disk_crash() - the host stops
 * @disk: the store, with no write under way afterwards
 * @landing: what of that is on the store; without bytes none counts as torn
 *
 * Term and vote are as the newest trace of them says: whoever starts from that
 * must stick to it from then on.
 */
void disk_crash(struct disk *disk, enum disk_landing landing)
{
	const struct raft_persist *persist = &disk->write.persist;
	struct image *image = disk->image;
	u64 seq;

	if (landing == DISK_LANDED && persist->seq)
		disk_end(disk);
	if (!image) {
		disk_forget(disk);
		return;
	}
	image_crash(image, landing == DISK_TORN);
	seq = image->journal.seq;
	image_recover(image);
	if (persist->seq && image->journal.durable == seq) {
		take_write(disk);
		return;
	}
	if (persist->seq && image->journal.state.term == persist->term &&
	    image->journal.state.vote == persist->vote) {
		disk->term = persist->term;
		disk->vote = persist->vote;
	}
	disk_forget(disk);
}

static bool same_entry(const struct raft_entry *a, const struct raft_entry *b)
{
	return a->index == b->index && a->term == b->term && a->origin == b->origin &&
	       a->seq == b->seq && a->expect == b->expect && a->kind == b->kind &&
	       a->len == b->len && !memcmp(a->data, b->data, a->len);
}

static bool same_snapshot(const struct disk *disk, struct raft_journal *journal)
{
	size_t len;
	const u8 *snapshot = raft_journal_snapshot(journal, &len);

	return len == disk->snapshot_len && (!len || !memcmp(snapshot, disk->snapshot, len));
}

static bool same_state(const struct disk *disk, const struct raft_journal_state *state)
{
	return disk->term == state->term && disk->vote == state->vote;
}

/**
 * disk_is_true() - whether the bytes are what they should be
 * @disk: the store of a host that is down
 *
 * The bytes may have a later state to start from, and so a shorter log.
 *
 * Return: whether that is read back which was acknowledged.
 */
bool disk_is_true(const struct disk *disk)
{
	struct raft_journal *journal;
	struct raft_entry entry;
	u64 index;

	if (!disk->image)
		return true;
	journal = &disk->image->journal;
	if (disk->image->verdict > RAFT_JOURNAL_DAMAGED || !same_state(disk, &journal->state) ||
	    journal->state.promised != disk->promised ||
	    journal->state.promised_term != disk->promised_term ||
	    journal->last.index != disk_last(disk) || journal->base < disk->base)
		return false;
	if (journal->base == disk->base && !same_snapshot(disk, journal))
		return false;
	for (index = journal->base + 1; index <= journal->last.index; index++) {
		if (!raft_journal_entry(journal, index, &entry) ||
		    !same_entry(&entry, &disk->entry[index - disk->base - 1]))
			return false;
	}
	return true;
}

/* What is left of a damaged store is what it should hold from now on. */
static void take_rest(struct disk *disk)
{
	struct raft_journal *journal = &disk->image->journal;
	struct raft_entry entry;
	const u8 *snapshot;
	u64 index;

	truncate_from(disk, 0);
	free(disk->snapshot);
	snapshot = raft_journal_snapshot(journal, &disk->snapshot_len);
	disk->snapshot = disk->snapshot_len ? must_copy(snapshot, disk->snapshot_len) : NULL;
	disk->base = journal->base;
	for (index = journal->base + 1; raft_journal_entry(journal, index, &entry); index++)
		disk_append(disk, &entry);
	disk->promised = journal->state.promised;
	disk->promised_term = journal->state.promised_term;
}

/**
 * disk_rot() - something on the store rots
 * @disk: the store of a host that is down; if that can not start from it any
 *	more there is nothing on it afterwards
 *
 * What is found out has to be true: disk_is_true() tells.
 *
 * Return: false if nothing rotted.
 */
bool disk_rot(struct disk *disk)
{
	if (!disk->image || !image_rot(disk->image))
		return false;
	image_recover(disk->image);
	if (disk->image->verdict >= RAFT_JOURNAL_LOST)
		disk_wipe(disk);
	else if (disk->image->verdict == RAFT_JOURNAL_DAMAGED &&
		 disk->image->journal.lost.index == disk_last(disk))
		take_rest(disk);
	return true;
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

static bool give(const struct disk *disk, struct raft *raft)
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

/**
 * disk_format() - there are bytes below
 * @disk: the store, blank
 * @member: the member whose it is
 * @value_max: its largest value
 */
void disk_format(struct disk *disk, u64 member, u32 value_max)
{
	disk->image = image_new(member, value_max);
}

/**
 * disk_rewrite() - make the bytes what the store should hold
 * @disk: the store of a host that is down
 * @params: what its node is made with
 */
void disk_rewrite(struct disk *disk, const struct raft_params *params)
{
	const struct raft_persist persist = {
		.seq = 1,
		.term = disk->term,
		.vote = disk->vote,
		.snapshot = true,
		.last = disk_last(disk),
		.promised = disk->promised,
		.promised_term = disk->promised_term,
	};
	struct raft_params quiet = *params;
	struct raft *raft;

	quiet.note = NULL;
	image_free(disk->image);
	disk_format(disk, params->id, params->value_max);
	raft = raft_init(must_realloc(NULL, raft_size(params)), &quiet);
	if (!give(disk, raft))
		fatal("what is to be on the store can not be read back");
	image_begin(disk->image, raft, &persist);
	image_end(disk->image);
	free(raft);
	disk_crash(disk, DISK_LOST);
}

/**
 * disk_restore() - give a node what the store holds
 * @disk: the store
 * @raft: the node, just made
 *
 * Return: whether the node took it all.
 */
bool disk_restore(struct disk *disk, struct raft *raft)
{
	if (!disk->image)
		return give(disk, raft);
	if (disk->image->verdict > RAFT_JOURNAL_DAMAGED)
		return false;
	image_start(disk->image);
	return raft_journal_restore(&disk->image->journal, raft);
}
