// SPDX-License-Identifier: GPL-2.0
/*
 * What is on a store, read without the module
 *
 * By the module's own code: kmod/core/journal.c judges here as it does there.
 * All of the store is read first, so that what is said of it is of one moment.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "image.h"
#include "raftctl.h"

#define BLOCK		RAFT_JOURNAL_BLOCK

/* With this every block begins that a member has written to the ring. */
#define RING_MAGIC	"rvbk"

/* Blocks that are read at once. */
#define STEP		256

static const u8 *give_block(void *ctx, u64 block)
{
	const struct image *image = ctx;

	return image->bad[block] ? NULL : image->bytes + block * BLOCK;
}

static bool read_some(struct image *image, const struct store *store, __u64 block, __u64 n)
{
	ssize_t len = n * BLOCK;

	return pread(store->fd, image->bytes + block * BLOCK, len, block * BLOCK) == len;
}

/* What can not be read together with its neighbours is tried by itself. */
static void read_blocks(struct image *image, const struct store *store, __u64 blocks)
{
	__u64 block, n, i;

	for (block = 0; block < blocks; block += n) {
		n = blocks - block < STEP ? blocks - block : STEP;
		if (read_some(image, store, block, n))
			continue;
		for (i = block; i < block + n; i++)
			image->bad[i] = !read_some(image, store, i, 1);
	}
	for (i = 0; i < blocks; i++)
		image->unreadable += image->bad[i];
}

static struct raft *make_member(const struct raft_journal_super *super)
{
	struct raft_params params = {
		.id = super->member,
		.addr = super->addr,
		.heartbeat_ms = super->heartbeat_ms ?: RAFT_HEARTBEAT_MS,
		.election_ms = super->election_ms ?: RAFT_ELECTION_MS,
		.value_max = super->value_max,
		.incarnation = super->incarnation,
	};
	void *mem = malloc(raft_size(&params));

	memcpy(params.cluster, super->cluster, sizeof(params.cluster));
	memcpy(params.label, super->label, sizeof(params.label));
	return mem ? raft_init(mem, &params) : NULL;
}

/* Whatever the verdict was, what can be read back is shown. */
static bool recover(struct image *image)
{
	struct raft_journal *journal = &image->journal;

	image->work = malloc(raft_journal_write_max(journal->super.value_max));
	image->raft = make_member(&journal->super);
	if (!image->work || !image->raft)
		return false;
	image->verdict = raft_journal_recover(journal, image->work);
	if (raft_journal_restore(journal, image->raft)) {
		image->joined = raft_start_restore(image->raft, 0);
		raft_assume_committed(image->raft);
		return true;
	}
	free(image->raft);
	image->raft = NULL;
	return true;
}

/* Read so many blocks, and the superblock, which is in the first of them. */
static bool load(struct image *image, const struct store *store, __u64 blocks)
{
	struct raft_journal_reader reader = { .block = give_block, .ctx = image };

	memset(image, 0, sizeof(*image));
	image->blocks = store->size / BLOCK;
	reader.blocks = image->blocks;
	image->bad = calloc(blocks + 1, sizeof(*image->bad));
	image->bytes = aligned_alloc(BLOCK, (blocks + 1) * BLOCK);
	if (!image->bad || !image->bytes)
		return false;
	read_blocks(image, store, blocks);
	image->verdict = raft_journal_open(&image->journal, &reader);
	/* What is not there is not lost. */
	if (image->blocks < RAFT_JOURNAL_SUPERS)
		image->verdict = RAFT_JOURNAL_BLANK;
	return true;
}

/**
 * image_peek() - read whose a store is
 * @image: gets it, to be given back with image_free() in any case
 * @store: the store
 *
 * Return: whether it is a member's.
 */
bool image_peek(struct image *image, const struct store *store)
{
	__u64 blocks = store->size / BLOCK;

	if (blocks > RAFT_JOURNAL_SUPERS)
		blocks = RAFT_JOURNAL_SUPERS;
	return load(image, store, blocks) && image->journal.super.member;
}

/**
 * image_read() - read what is on a store
 * @image: gets it, to be given back with image_free() in any case
 * @store: the store
 *
 * Return: true, whatever it is worth; false if there is no memory, which is said.
 */
bool image_read(struct image *image, const struct store *store)
{
	if (load(image, store, store->size / BLOCK) &&
	    (image->verdict != RAFT_JOURNAL_CLEAN || recover(image)))
		return true;
	complain("there is no memory to read %s", store->path);
	return false;
}

/**
 * image_free() - forget what was read
 * @image: what image_read() filled in
 */
void image_free(struct image *image)
{
	free(image->bytes);
	free(image->bad);
	free(image->work);
	free(image->raft);
}

/**
 * image_trouble() - why can no member be started from this?
 * @image: what was read
 *
 * Return: a sentence, or NULL: one can.
 */
const char *image_trouble(const struct image *image)
{
	const struct raft_journal_super *super = &image->journal.super;

	if (super->member && super->size > image->blocks * BLOCK)
		return "the end of the store is missing; join again as a new member";
	if (image->verdict > RAFT_JOURNAL_DAMAGED)
		return raft_journal_verdict_text(image->verdict);
	if (!image->raft)
		return "the member's state can not be believed; join again as a new member";
	if (!image->joined)
		return "its member never joined a cluster; join again, with --force";
	return NULL;
}

/* Nothing, or what is left in the ring of a member that never came to be. */
static bool block_free(const unsigned char *bytes)
{
	return !memcmp(bytes, RING_MAGIC, strlen(RING_MAGIC)) ||
	       (!bytes[0] && !memcmp(bytes, bytes + 1, BLOCK - 1));
}

/**
 * image_blank() - is there nothing, neither a store nor something else?
 * @image: what was read, without a superblock
 *
 * Return: whether all of it could be read and nothing of it is of use.
 */
bool image_blank(const struct image *image)
{
	__u64 block;

	for (block = 0; block < image->blocks; block++)
		if (!block_free(image->bytes + block * BLOCK))
			return false;
	return !image->unreadable;
}

/**
 * image_owner() - whose a store is
 * @image: what was read, with a member in the superblock
 * @text: gets it
 *
 * Return: @text.
 */
const char *image_owner(const struct image *image, char text[IMAGE_OWNER])
{
	const struct raft_journal_super *super = &image->journal.super;
	unsigned int i;
	int at;

	at = snprintf(text, IMAGE_OWNER, "member %s, %016llx, of cluster ", super->label,
		      super->member);
	for (i = 0; i < sizeof(super->cluster); i++)
		at += snprintf(text + at, IMAGE_OWNER - at, "%02x", super->cluster[i]);
	return text;
}
