/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The bytes of a store: what the core's journal makes of its writes, and what
 * a crash and the years make of the bytes.
 */
#ifndef IMAGE_H
#define IMAGE_H

#include "journal.h"
#include "rng.h"

#define IMAGE_SECTOR	512	/* bytes that a disk writes whole or not at all */

/**
 * struct image - the bytes of a store
 * @journal: what is kept in them
 * @verdict: what the journal was worth when it was read last
 * @rng: decides which sectors of a write land, and which rot
 * @bytes: the bytes
 * @buf: the write under way; room for the journal while it is read
 * @at: first block of that write
 * @n: its blocks, 0 for none
 * @quiet: everything that was acknowledged is known to be
 */
struct image {
	struct raft_journal journal;
	enum raft_journal_verdict verdict;
	struct rng rng;
	u8 *bytes;
	u8 *buf;
	u64 at;
	u32 n;
	bool quiet;
};

struct image *image_new(u64 member, u32 value_max);
void image_free(struct image *image);
void image_begin(struct image *image, const struct raft *raft,
		 const struct raft_persist *persist);
void image_end(struct image *image);
void image_crash(struct image *image, bool torn);
bool image_rot(struct image *image);
void image_recover(struct image *image);
void image_start(struct image *image);

#endif /* IMAGE_H */
