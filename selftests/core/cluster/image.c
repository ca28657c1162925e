// SPDX-License-Identifier: GPL-2.0
/* The bytes of a store. */
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "image.h"

#define SECTORS	(RAFT_JOURNAL_BLOCK / IMAGE_SECTOR)

static u8 *block_at(const struct image *image, u64 block)
{
	return image->bytes + block * RAFT_JOURNAL_BLOCK;
}

static void put_supers(struct image *image)
{
	u32 i;

	for (i = 0; i < RAFT_JOURNAL_SUPERS; i++)
		raft_journal_encode_super(&image->journal, block_at(image, i));
}

/**
 * image_new() - a store that has just been formatted
 * @member: the member whose it is
 * @value_max: its largest value; the store has the least size for that
 *
 * Return: the store, to be given back with image_free().
 */
struct image *image_new(u64 member, u32 value_max)
{
	struct raft_journal_super super = {
		.cluster = "raftval selftes",
		.member = member,
		.size = raft_journal_size(value_max),
		.value_max = value_max,
	};
	struct image *image = must_realloc(NULL, sizeof(*image));

	memset(image, 0, sizeof(*image));
	image->rng.state = member;
	image->bytes = calloc(1, super.size);
	if (!image->bytes)
		fatal("out of memory");
	image->buf = must_realloc(NULL, raft_journal_write_max(value_max));
	if (!raft_journal_format(&image->journal, &super))
		fatal("a store of %llu bytes is not formatted", super.size);
	put_supers(image);
	return image;
}

/**
 * image_free() - give a store back
 * @image: the store, or NULL; gone afterwards
 */
void image_free(struct image *image)
{
	if (!image)
		return;
	free(image->bytes);
	free(image->buf);
	free(image);
}

/**
 * image_begin() - start a write
 * @image: the store, with no write under way
 * @raft: the node, as it was left by the step that asked
 * @persist: what it asks for
 */
void image_begin(struct image *image, const struct raft *raft, const struct raft_persist *persist)
{
	image->n = raft_journal_write(&image->journal, raft, persist, image->buf, &image->at);
	if (!image->n)
		fatal("the store is full");
}

static void land(struct image *image)
{
	memcpy(block_at(image, image->at), image->buf, image->n * RAFT_JOURNAL_BLOCK);
	image->n = 0;
}

/**
 * image_end() - the write under way is durable
 * @image: the store
 */
void image_end(struct image *image)
{
	land(image);
	raft_journal_written(&image->journal);
}

/**
 * image_crash() - the host stops
 * @image: the store, to be read by image_recover()
 * @torn: some sectors of the write under way have landed, else none
 *
 * If no write is under way there was time to write the marker.
 */
void image_crash(struct image *image, bool torn)
{
	u32 i, permille = rng_between(&image->rng, 0, 1000);

	image->quiet = !image->n;
	if (image->n) {
		for (i = 0; torn && i < image->n * SECTORS; i++) {
			if (rng_chance(&image->rng, permille))
				memcpy(block_at(image, image->at) + i * IMAGE_SECTOR,
				       image->buf + i * IMAGE_SECTOR, IMAGE_SECTOR);
		}
		image->n = 0;
		return;
	}
	image->n = raft_journal_mark(&image->journal, image->buf, &image->at);
	image->quiet = image->n || image->journal.marked;
	land(image);
}

/* Some block that is needed; the newest, which has the last word on the vote, more often. */
static u64 some_block(struct image *image)
{
	const struct raft_journal *journal = &image->journal;
	u32 newest = journal->span ? journal->span - 1 : 0;
	u32 i = rng_chance(&image->rng, 300) ? newest : rng_between(&image->rng, 0, newest);

	return RAFT_JOURNAL_SUPERS + (journal->gen_block + i) % journal->blocks;
}

/**
 * image_rot() - something on the store rots while the host is down
 * @image: the store, recovered, to be recovered again
 *
 * Once the newest write that was acknowledged rots and nothing says that it had
 * been, no disk in the world can tell: that is not asked for.
 *
 * Return: false if nothing rotted.
 */
bool image_rot(struct image *image)
{
	u64 block = some_block(image);
	u64 sector = rng_between(&image->rng, 0, SECTORS - 1);
	u8 *at = block_at(image, block) + sector * IMAGE_SECTOR;

	if (!image->quiet)
		return false;
	image->quiet = false;
	switch (rng_between(&image->rng, 0, 3)) {
	case 0:
		at[rng_between(&image->rng, 0, IMAGE_SECTOR - 1)] ^=
			1 << rng_between(&image->rng, 0, 7);
		break;
	case 1:
		memset(at, 0xa5, IMAGE_SECTOR);
		break;
	case 2:
		memset(block_at(image, block), 0xa5, RAFT_JOURNAL_BLOCK);
		break;
	default:
		memcpy(at, block_at(image, some_block(image)) + sector * IMAGE_SECTOR,
		       IMAGE_SECTOR);
	}
	return true;
}

static const u8 *give_block(void *ctx, u64 block)
{
	return block_at(ctx, block);
}

/**
 * image_recover() - read a store after a crash
 * @image: the store; its verdict is set
 */
void image_recover(struct image *image)
{
	const struct raft_journal_reader reader = {
		.block = give_block,
		.ctx = image,
		.blocks = image->journal.super.size / RAFT_JOURNAL_BLOCK,
	};

	image->verdict = raft_journal_open(&image->journal, &reader);
	if (image->verdict == RAFT_JOURNAL_CLEAN)
		image->verdict = raft_journal_recover(&image->journal, image->buf);
}

/**
 * image_start() - the member is about to start
 * @image: the store, recovered
 */
void image_start(struct image *image)
{
	u64 block = 0;

	raft_journal_start(&image->journal);
	put_supers(image);
	while ((block = raft_journal_garbage(&image->journal, block)))
		memset(block_at(image, block), 0, RAFT_JOURNAL_BLOCK);
}
