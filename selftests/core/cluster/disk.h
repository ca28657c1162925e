/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The store of a durable node: what it should hold, and the one write that may
 * be under way. A write counts whole or not at all, as raft.h asks for. Below
 * that may be the bytes, written and read by the core's journal: then a node
 * is given what the bytes say, and that is compared to what they should.
 */
#ifndef DISK_H
#define DISK_H

#include "image.h"
#include "raft.h"

/**
 * enum disk_landing - what of the write under way is on the store after a crash
 * @DISK_LOST: nothing
 * @DISK_LANDED: all of it
 * @DISK_TORN: any of its sectors
 */
enum disk_landing {
	DISK_LOST,
	DISK_LANDED,
	DISK_TORN,
};

/**
 * struct disk_write - a write that is under way
 * @persist: what the core asked for; @persist.seq is 0 if there is none
 * @due: when it ends, us
 * @snapshot: the state to keep, NULL for none
 * @snapshot_len: bytes of @snapshot
 * @base: the index of @snapshot
 * @entry: the entries to append
 * @n: entries in @entry
 */
struct disk_write {
	struct raft_persist persist;
	u64 due;
	u8 *snapshot;
	size_t snapshot_len;
	u64 base;
	struct raft_entry *entry;
	size_t n;
};

/**
 * struct disk - a store
 * @term: term of the hard state
 * @vote: vote of the hard state
 * @promised: as in &struct raft_persist
 * @promised_term: likewise
 * @snapshot: the state that the log starts from, NULL for none
 * @snapshot_len: bytes of @snapshot
 * @base: the index of @snapshot
 * @entry: the log, each with data of its own
 * @n: entries in @entry
 * @room: room in @entry
 * @write: the write under way
 * @stalled: writes do not end
 * @broken: the next write that ends fails
 * @image: the bytes, NULL if there are none
 */
struct disk {
	u64 term;
	u64 vote;
	u64 promised;
	u64 promised_term;
	u8 *snapshot;
	size_t snapshot_len;
	u64 base;
	struct raft_entry *entry;
	size_t n;
	size_t room;
	struct disk_write write;
	bool stalled;
	bool broken;
	struct image *image;
};

void disk_wipe(struct disk *disk);
void disk_format(struct disk *disk, u64 member, u32 value_max);
void disk_rewrite(struct disk *disk, const struct raft_params *params);
void disk_begin(struct disk *disk, const struct raft *raft, const struct raft_persist *persist,
		u64 due);
u64 disk_next(const struct disk *disk);
void disk_end(struct disk *disk);
void disk_forget(struct disk *disk);
void disk_crash(struct disk *disk, enum disk_landing landing);
bool disk_rot(struct disk *disk);
bool disk_is_true(const struct disk *disk);
void disk_damage(struct disk *disk, u64 from);
void disk_put_back(struct disk *disk, u64 from);
void disk_append(struct disk *disk, const struct raft_entry *entry);
bool disk_has(const struct disk *disk, u64 index, u64 term);
u64 disk_last(const struct disk *disk);
bool disk_restore(struct disk *disk, struct raft *raft);

#endif /* DISK_H */
