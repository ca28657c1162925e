/* SPDX-License-Identifier: GPL-2.0 */
/* What is on a store, read without the module. */
#ifndef RAFTCTL_IMAGE_H
#define RAFTCTL_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>
#include "journal.h"
#include "store.h"

/* Bytes of the longest text of whose a store is, the NUL included. */
#define IMAGE_OWNER	128

/**
 * struct image - what is on a store
 * @bytes: all of it that is used
 * @blocks: how many blocks that is
 * @unreadable: how many of them can not be read
 * @bad: for each block, whether it is one of those
 * @verdict: what the journal is worth
 * @journal: the journal; whose it is, is known if there is a member in its superblock
 * @work: its room, NULL if nothing could be read back
 * @raft: the member, with all that was read back applied; NULL if there is none
 * @joined: it has become one of its cluster: @raft has a log, a state and members
 */
struct image {
	unsigned char *bytes;
	__u64 blocks;
	__u64 unreadable;
	bool *bad;
	enum raft_journal_verdict verdict;
	struct raft_journal journal;
	unsigned char *work;
	struct raft *raft;
	bool joined;
};

bool image_peek(struct image *image, const struct store *store);
bool image_read(struct image *image, const struct store *store);
void image_free(struct image *image);
const char *image_trouble(const struct image *image);
bool image_blank(const struct image *image);
const char *image_owner(const struct image *image, char text[IMAGE_OWNER]);

#endif /* RAFTCTL_IMAGE_H */
