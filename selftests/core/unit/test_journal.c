// SPDX-License-Identifier: GPL-2.0
/*
 * The journal: what was acknowledged is read back after every crash, and what
 * rots is noticed. A log is written through it and, beside it, kept in mind.
 */
#include <asm/byteorder.h>
#include <linux/crc32c.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "internal.h"
#include "journal.h"
#include "rng.h"
#include "test.h"

#define SECTOR		512
#define SECTORS		(RAFT_JOURNAL_BLOCK / SECTOR)
#define MEMBER		0x1234
#define TAGS		1024		/* more than a log window */
#define HEAD		144		/* bytes of a head, the checksum being the last four */
#define PAYLOAD		(RAFT_JOURNAL_BLOCK - 2 * HEAD)

/**
 * struct mind - what a store should hold
 * @state: the hard state
 * @base: last index in the state, when it was kept in mind
 * @last: last index of the log
 * @tag: the entries' hashes, by index modulo %TAGS
 */
struct mind {
	struct raft_journal_state state;
	u64 base;
	u64 last;
	u64 tag[TAGS];
};

/**
 * struct rig - a member, its store, and what that should hold
 * @value_max: largest value
 * @rng: chance
 * @raft: the member
 * @journal: its journal
 * @image: the bytes of the store
 * @blocks: how many blocks that is
 * @unreadable: from this block on reading fails
 * @buf: the newest write
 * @work: room for the journal
 * @at: where the newest write goes
 * @n: its blocks
 * @term: term that new entries get
 * @vote: vote of the next write
 * @acked: what was acknowledged
 * @begun: what the newest write makes of that
 * @truncate: from here on entries are void, 0 for none
 * @stored: last index that was written
 * @written: hashes of all entries that were ever written
 * @n_written: how many
 */
struct rig {
	u32 value_max;
	struct rng rng;
	struct raft *raft;
	struct raft_journal journal;
	u8 *image;
	u64 blocks;
	u64 unreadable;
	u8 *buf;
	u8 *work;
	u64 at;
	u32 n;
	u64 term;
	u64 vote;
	struct mind acked;
	struct mind begun;
	u64 truncate;
	u64 stored;
	u64 *written;
	size_t n_written;
};

static const u8 *rig_block(void *ctx, u64 block)
{
	struct rig *rig = ctx;

	return block < rig->unreadable ? rig->image + block * RAFT_JOURNAL_BLOCK : NULL;
}

static struct raft *new_raft(const struct rig *rig)
{
	struct raft_params params = {
		.id = MEMBER,
		.addr = { .family = 4, .port = 1 },
		.label = "rig",
		.heartbeat_ms = RAFT_HEARTBEAT_MS,
		.election_ms = RAFT_ELECTION_MS,
		.value_max = rig->value_max,
		.seed = 1,
	};

	return raft_init(must_realloc(NULL, raft_size(&params)), &params);
}

static void write_supers(struct rig *rig)
{
	raft_journal_encode_super(&rig->journal, rig->image);
	raft_journal_encode_super(&rig->journal, rig->image + RAFT_JOURNAL_BLOCK);
}

static void format(struct rig *rig, u64 member)
{
	struct raft_journal_super super = {
		.cluster = "a cluster",
		.member = member,
		.size = rig->blocks * RAFT_JOURNAL_BLOCK,
		.value_max = rig->value_max,
	};

	CHECK(raft_journal_format(&rig->journal, &super));
	write_supers(rig);
}

/* A new member on a store of the least size; its state is that of index 1. */
static struct rig *rig_new(u32 value_max)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	if (!rig)
		fatal("out of memory");
	rig->value_max = value_max;
	rig->blocks = raft_journal_size(value_max) / RAFT_JOURNAL_BLOCK;
	rig->unreadable = rig->blocks;
	rig->image = calloc(rig->blocks, RAFT_JOURNAL_BLOCK);
	rig->buf = must_realloc(NULL, raft_journal_write_max(value_max));
	rig->work = must_realloc(NULL, raft_journal_write_max(value_max));
	rig->raft = new_raft(rig);
	raft_start_create(rig->raft, 1);
	rig->term = 1;
	rig->stored = 1;
	rig->begun.base = 1;
	rig->begun.last = 1;
	format(rig, MEMBER);
	return rig;
}

static void rig_free(struct rig *rig)
{
	free(rig->raft);
	free(rig->image);
	free(rig->buf);
	free(rig->work);
	free(rig->written);
	free(rig);
}

static u64 hash(const struct raft_entry *entry)
{
	struct rng rng = { .state = entry->index };
	u64 hash = rng_next(&rng);
	u32 i;

	rng.state = hash ^ entry->term ^ entry->seq << 20 ^ (u64)entry->len << 40 ^
		    (u64)entry->kind << 60 ^ entry->origin << 50 ^ entry->expect << 30;
	for (i = 0; i < entry->len; i++)
		rng.state = rng.state * 31 + entry->data[i];
	return rng_next(&rng);
}

static u64 last_of(const struct rig *rig)
{
	return rig->raft->log.last;
}

/* Append an entry; false if the log window is full. */
static bool append(struct rig *rig, u32 len)
{
	static u8 data[RAFT_VALUE_LIMIT];
	struct raft_entry entry = {
		.index = last_of(rig) + 1,
		.term = rig->term,
		.origin = 7,
		.seq = rng_next(&rig->rng) >> 44,
		.expect = 5,
		.kind = RAFT_ENTRY_CAS,
		.len = len,
		.data = data,
	};
	u32 i;

	for (i = 0; i < len; i++)
		data[i] = entry.seq + i;
	return raft_restore_entry(rig->raft, &entry);
}

static void apply(struct rig *rig, u64 to)
{
	rig->raft->applied = to;
	rig->raft->commit = to;
}

static void truncate_log(struct rig *rig, u64 from)
{
	raft_log_truncate(&rig->raft->log, from);
	if (!rig->truncate || from < rig->truncate)
		rig->truncate = from;
	if (rig->stored >= from)
		rig->stored = from - 1;
}

static void remember(struct rig *rig, const struct raft_persist *persist)
{
	struct mind *mind = &rig->begun;
	struct raft_entry entry;
	u64 index;

	mind->state = (struct raft_journal_state) {
		.term = persist->term,
		.vote = persist->vote,
		.promised = persist->promised,
		.promised_term = persist->promised_term,
	};
	mind->last = persist->last;
	for (index = persist->first; index && index <= persist->last; index++) {
		CHECK(raft_entry_at(rig->raft, index, &entry));
		mind->tag[index % TAGS] = hash(&entry);
		if (!(rig->n_written & (rig->n_written + 1)))
			rig->written = must_realloc(rig->written, (rig->n_written + 1) * 2 *
						    sizeof(*rig->written));
		rig->written[rig->n_written++] = mind->tag[index % TAGS];
	}
}

/* Begin a write of all that is new. */
static void begin(struct rig *rig, bool snapshot)
{
	struct raft_persist persist = {
		.seq = 1,
		.term = rig->term,
		.vote = rig->vote,
		.snapshot = snapshot,
		.truncate = rig->truncate,
		.first = rig->stored < last_of(rig) ? rig->stored + 1 : 0,
		.last = last_of(rig),
		.promised = rig->journal.state.promised,
		.promised_term = rig->journal.state.promised_term,
	};

	rig->begun = rig->acked;
	remember(rig, &persist);
	rig->n = raft_journal_write(&rig->journal, rig->raft, &persist, rig->buf, &rig->at);
	CHECK(rig->n && rig->at + rig->n <= rig->blocks);
	rig->begun.base = rig->journal.gen_seq == rig->journal.seq ? rig->raft->applied :
								     rig->acked.base;
	rig->stored = last_of(rig);
	rig->truncate = 0;
}

static void land(struct rig *rig)
{
	memcpy(rig->image + rig->at * RAFT_JOURNAL_BLOCK, rig->buf, rig->n * RAFT_JOURNAL_BLOCK);
}

static void acknowledge(struct rig *rig)
{
	land(rig);
	raft_journal_written(&rig->journal);
	rig->acked = rig->begun;
}

static void commit(struct rig *rig, bool snapshot)
{
	begin(rig, snapshot);
	acknowledge(rig);
}

static bool mark(struct rig *rig)
{
	rig->n = raft_journal_mark(&rig->journal, rig->buf, &rig->at);
	if (rig->n)
		acknowledge(rig);
	return rig->n;
}

static enum raft_journal_verdict recover(struct rig *rig)
{
	struct raft_journal_reader reader = {
		.block = rig_block,
		.ctx = rig,
		.blocks = rig->blocks,
	};
	enum raft_journal_verdict verdict = raft_journal_open(&rig->journal, &reader);

	return verdict == RAFT_JOURNAL_CLEAN ? raft_journal_recover(&rig->journal, rig->work) :
					       verdict;
}

static bool same_state(const struct raft_journal_state *a, const struct raft_journal_state *b)
{
	return a->term == b->term && a->vote == b->vote;
}

/* Is each entry that was read back the one that was kept in mind? */
static bool same_entries(struct rig *rig, const struct mind *mind)
{
	struct raft_entry entry;
	u64 index;

	for (index = rig->journal.base + 1; index <= rig->journal.last.index; index++) {
		if (!raft_journal_entry(&rig->journal, index, &entry) ||
		    hash(&entry) != mind->tag[index % TAGS])
			return false;
	}
	return true;
}

/* Was each entry that was read back written at some time? */
static bool known_entries(struct rig *rig)
{
	struct raft_entry entry;
	size_t i;
	u64 index;

	for (index = rig->journal.base + 1; index <= rig->journal.last.index; index++) {
		if (!raft_journal_entry(&rig->journal, index, &entry))
			return false;
		for (i = 0; i < rig->n_written && rig->written[i] != hash(&entry); i++)
			;
		if (i == rig->n_written)
			return false;
	}
	return true;
}

static bool same_log(struct rig *rig, const struct mind *mind)
{
	return rig->journal.last.index == mind->last && rig->journal.base == mind->base &&
	       same_entries(rig, mind);
}

/* Start again from the store. */
static void restart(struct rig *rig)
{
	u64 block = 0;

	raft_journal_start(&rig->journal);
	write_supers(rig);
	while ((block = raft_journal_garbage(&rig->journal, block)))
		memset(rig->image + block * RAFT_JOURNAL_BLOCK, 0, RAFT_JOURNAL_BLOCK);
	free(rig->raft);
	rig->raft = new_raft(rig);
	CHECK(raft_journal_restore(&rig->journal, rig->raft));
	CHECK(raft_start_restore(rig->raft, 1));
	CHECK_EQ(rig->raft->term, rig->journal.state.term);
	CHECK_EQ(rig->raft->vote, rig->journal.state.vote);
	CHECK_EQ(rig->raft->promised, rig->journal.state.promised);
	rig->stored = last_of(rig);
	rig->truncate = 0;
	rig->term = rig->raft->term;
	rig->vote = rig->raft->vote;
}

/* A member that has written a few of everything. */
static struct rig *rig_used(u32 value_max)
{
	struct rig *rig = rig_new(value_max);

	commit(rig, true);
	append(rig, 10);
	append(rig, 0);
	commit(rig, false);
	append(rig, value_max);
	commit(rig, false);
	rig->term = 4;
	rig->vote = 9;
	truncate_log(rig, 3);
	append(rig, 20);
	commit(rig, false);
	return rig;
}

static void test_round_trip(void)
{
	struct rig *rig = rig_used(4096);

	CHECK_EQ(recover(rig), RAFT_JOURNAL_CLEAN);
	CHECK(same_log(rig, &rig->acked));
	CHECK(same_state(&rig->journal.state, &rig->acked.state));
	CHECK_EQ(rig->journal.state.term, 4);
	CHECK_EQ(rig->journal.state.vote, 9);
	CHECK_EQ(rig->journal.last.index, 3);
	CHECK_EQ(rig->journal.last.term, 4);
	CHECK_EQ(rig->journal.super.member, MEMBER);
	CHECK(!memcmp(rig->journal.super.cluster, "a cluster", 10));
	restart(rig);
	CHECK_EQ(last_of(rig), 3);
	CHECK_EQ(rig->journal.super.incarnation, 1);
	rig->journal.state.promised = 55;
	rig->journal.state.promised_term = 3;
	commit(rig, false);
	CHECK_EQ(recover(rig), RAFT_JOURNAL_CLEAN);
	CHECK_EQ(rig->journal.super.incarnation, 1);
	restart(rig);
	CHECK_EQ(rig->raft->promised, 55);
	CHECK_EQ(rig->raft->promised_term, 3);
	rig_free(rig);
}

static void test_not_joined(void)
{
	struct rig *rig = rig_new(4096);
	struct raft_persist persist = { .seq = 1, .term = 3, .vote = 8 };

	free(rig->raft);
	rig->raft = new_raft(rig);
	CHECK_EQ(recover(rig), RAFT_JOURNAL_CLEAN);
	CHECK_EQ(rig->journal.seq, 0);
	rig->n = raft_journal_write(&rig->journal, rig->raft, &persist, rig->buf, &rig->at);
	acknowledge(rig);
	CHECK_EQ(recover(rig), RAFT_JOURNAL_CLEAN);
	CHECK_EQ(rig->journal.state.term, 3);
	CHECK_EQ(rig->journal.snapshot_len, 0);
	CHECK(raft_journal_restore(&rig->journal, rig->raft));
	CHECK(!raft_start_restore(rig->raft, 1));
	rig_free(rig);
}

static void put_sectors(struct rig *rig, const u8 *before, u32 subset)
{
	u32 i;

	for (i = 0; i < rig->n * SECTORS; i++)
		memcpy(rig->image + rig->at * RAFT_JOURNAL_BLOCK + i * SECTOR,
		       (subset >> i & 1 ? rig->buf : before) + i * SECTOR, SECTOR);
}

/*
 * Let each subset of the sectors of a write land; say how often it counted.
 * When it does not, the store is worth what it was, or has a torn write more.
 */
static u32 tear_all(struct rig *rig, enum raft_journal_verdict worst)
{
	u32 subset, whole = 0, all = 1U << rig->n * SECTORS;
	u8 *before = must_copy(rig->image + rig->at * RAFT_JOURNAL_BLOCK,
			       rig->n * RAFT_JOURNAL_BLOCK);
	enum raft_journal_verdict verdict;
	bool begun;

	for (subset = 0; subset < all; subset++) {
		put_sectors(rig, before, subset);
		verdict = recover(rig);
		begun = same_log(rig, &rig->begun);
		if (verdict > worst || !(begun || same_log(rig, &rig->acked)) ||
		    !(same_state(&rig->journal.state, &rig->begun.state) ||
		      (!begun && same_state(&rig->journal.state, &rig->acked.state)))) {
			printf("# sectors %x: verdict %d\n", subset, verdict);
			CHECK(0);
			break;
		}
		whole += begun;
	}
	free(before);
	return whole;
}

static void test_torn_entries(void)
{
	struct rig *rig = rig_used(4096);

	rig->term++;
	rig->vote = 3;
	append(rig, 300);
	append(rig, 3000);
	begin(rig, false);
	CHECK_EQ(rig->n, 1);
	/* The last sector has but zeros and the second head, which is not needed. */
	CHECK_EQ(tear_all(rig, RAFT_JOURNAL_TORN), 2);
	rig_free(rig);
}

static void test_torn_two_blocks(void)
{
	struct rig *rig = rig_used(4096);

	rig->term++;
	append(rig, 4000);
	begin(rig, false);
	CHECK_EQ(rig->n, 2);
	CHECK(tear_all(rig, RAFT_JOURNAL_TORN));
	rig_free(rig);
}

static void test_torn_truncation(void)
{
	struct rig *rig = rig_used(4096);

	rig->term++;
	truncate_log(rig, 3);
	begin(rig, false);
	CHECK(tear_all(rig, RAFT_JOURNAL_TORN));
	rig_free(rig);
}

static void test_torn_checkpoint(void)
{
	struct rig *rig = rig_used(4096);

	apply(rig, 3);
	begin(rig, true);
	CHECK_EQ(rig->n, 1);
	CHECK(tear_all(rig, RAFT_JOURNAL_TORN));
	rig_free(rig);
}

static void test_torn_first(void)
{
	struct rig *rig = rig_new(4096);
	struct mind empty = { .base = 0 };

	rig->acked = empty;
	begin(rig, true);
	CHECK(tear_all(rig, RAFT_JOURNAL_TORN));
	rig_free(rig);
}

/* What an earlier pass over the ring left behind a torn write is sound, but not its rest. */
static void test_torn_over_stale(void)
{
	struct rig *rig = rig_new(RAFT_VALUE_LIMIT);
	u32 pass;

	for (pass = 0; pass < 3; pass += rig->at == RAFT_JOURNAL_SUPERS) {
		truncate_log(rig, 2);
		CHECK(append(rig, RAFT_VALUE_LIMIT));
		commit(rig, true);
	}
	truncate_log(rig, 2);
	CHECK(append(rig, RAFT_VALUE_LIMIT));
	begin(rig, true);
	CHECK(rig->n > 1);
	while (--rig->n) {
		u8 *before = must_copy(rig->image, rig->blocks * RAFT_JOURNAL_BLOCK);

		land(rig);
		CHECK_EQ(recover(rig), RAFT_JOURNAL_TORN);
		CHECK(same_log(rig, &rig->acked));
		memcpy(rig->image, before, rig->blocks * RAFT_JOURNAL_BLOCK);
		free(before);
	}
	rig_free(rig);
}

/* A torn write is dropped, and another is torn at the same place, again and again. */
static void test_torn_again(void)
{
	struct rig *rig = rig_used(4096);
	u8 *before;
	u32 i;

	for (i = 0; i < 300; i++) {
		u64 term = rig->journal.state.term, vote = rig->journal.state.vote;

		rig->term += i % 3 == 0;
		rig->vote = i;
		append(rig, rng_between(&rig->rng, 0, 4000));
		begin(rig, i % 5 == 0);
		before = must_copy(rig->image + rig->at * RAFT_JOURNAL_BLOCK,
				   rig->n * RAFT_JOURNAL_BLOCK);
		put_sectors(rig, before, rng_next(&rig->rng));
		free(before);
		CHECK(recover(rig) <= RAFT_JOURNAL_TORN);
		if (same_log(rig, &rig->begun))
			rig->acked = rig->begun;
		CHECK(same_log(rig, &rig->acked));
		CHECK(rig->journal.state.term > term ||
		      (rig->journal.state.term == term && rig->journal.state.vote == vote) ||
		      same_state(&rig->journal.state, &rig->begun.state));
		rig->acked.state = rig->journal.state;
		restart(rig);
	}
	rig_free(rig);
}

/* What a start has dropped stays dropped, though the next write brings the bytes it lacked. */
static void test_torn_stays_torn(void)
{
	struct rig *rig = rig_used(4096);
	u32 lacks = 1 << 3;
	struct rng rng = rig->rng;
	u8 *before;
	u64 at;

	CHECK_EQ(recover(rig), RAFT_JOURNAL_CLEAN);
	restart(rig);
	append(rig, 3000);
	begin(rig, true);
	at = rig->at;
	before = must_copy(rig->image + at * RAFT_JOURNAL_BLOCK, rig->n * RAFT_JOURNAL_BLOCK);
	put_sectors(rig, before, ~lacks);
	CHECK_EQ(recover(rig), RAFT_JOURNAL_TORN);
	restart(rig);
	rig->rng = rng;
	append(rig, 3000);
	begin(rig, true);
	CHECK_EQ(rig->at, at);
	memcpy(rig->image + at * RAFT_JOURNAL_BLOCK + 3 * SECTOR, rig->buf + 3 * SECTOR, SECTOR);
	CHECK_EQ(recover(rig), RAFT_JOURNAL_TORN);
	CHECK(same_log(rig, &rig->acked));
	free(before);
	rig_free(rig);
}

/* The log that was read back is as it was, or it is known to be incomplete. */
static bool nothing_false(struct rig *rig, enum raft_journal_verdict verdict)
{
	if (verdict >= RAFT_JOURNAL_LOST)
		return true;
	if (!same_state(&rig->journal.state, &rig->acked.state))
		return false;
	if (verdict == RAFT_JOURNAL_DAMAGED)
		return known_entries(rig) && rig->journal.lost.index == rig->acked.last;
	return same_log(rig, &rig->acked);
}

/*
 * Flip each bit of a block that holds something acknowledged. Each is noticed,
 * and each verdict is the one that is asked for, or that nothing was lost.
 */
static void flip_all(struct rig *rig, u64 block, enum raft_journal_verdict want)
{
	u8 *at = rig->image + block * RAFT_JOURNAL_BLOCK;
	enum raft_journal_verdict verdict;
	u32 bit, last = 8 * RAFT_JOURNAL_BLOCK, healed = 0, hurt = 0;

	for (bit = 0; bit < last; bit += bit / 8 > 1000 && bit / 8 < 3900 ? 37 : 1) {
		at[bit / 8] ^= 1 << bit % 8;
		verdict = recover(rig);
		hurt += verdict == want;
		healed += verdict == RAFT_JOURNAL_CLEAN && rig->journal.healed == 1;
		if (!nothing_false(rig, verdict) ||
		    (verdict != want &&
		     !(verdict == RAFT_JOURNAL_CLEAN && rig->journal.healed == 1))) {
			printf("# block %llu bit %u: verdict %d\n", block, bit, verdict);
			CHECK(0);
			return;
		}
		at[bit / 8] ^= 1 << bit % 8;
	}
	CHECK(hurt);
	CHECK(healed);
	CHECK_EQ(recover(rig), RAFT_JOURNAL_CLEAN);
}

static void test_flips(void)
{
	struct rig *rig = rig_new(4096);
	u64 checkpoint, entries, truncation, marker, mixed;

	commit(rig, true);
	append(rig, 100);
	commit(rig, false);
	apply(rig, 2);
	commit(rig, true);
	checkpoint = rig->at;
	append(rig, 200);
	append(rig, 0);
	commit(rig, false);
	entries = rig->at;
	rig->term = 3;
	rig->vote = 12;
	truncate_log(rig, 4);
	commit(rig, false);
	truncation = rig->at;
	truncate_log(rig, 3);
	append(rig, 30);
	commit(rig, false);
	mixed = rig->at;
	CHECK(mark(rig));
	marker = rig->at;
	CHECK(!mark(rig));
	flip_all(rig, checkpoint, RAFT_JOURNAL_DAMAGED);
	flip_all(rig, entries, RAFT_JOURNAL_DAMAGED);
	flip_all(rig, truncation, RAFT_JOURNAL_DAMAGED);
	flip_all(rig, mixed, RAFT_JOURNAL_DAMAGED);
	flip_all(rig, marker, RAFT_JOURNAL_TORN);
	rig_free(rig);
}

static void test_flips_in_superblock(void)
{
	struct rig *rig = rig_used(4096);
	u32 bit;

	for (bit = 0; bit < 8 * RAFT_JOURNAL_BLOCK; bit++) {
		rig->image[bit / 8] ^= 1 << bit % 8;
		CHECK_EQ(recover(rig), RAFT_JOURNAL_CLEAN);
		CHECK_EQ(rig->journal.healed, 1);
		rig->image[bit / 8] ^= 1 << bit % 8;
	}
	rig_free(rig);
}

static void rot(struct rig *rig, u64 block)
{
	memset(rig->image + block * RAFT_JOURNAL_BLOCK, 0xa5, RAFT_JOURNAL_BLOCK);
}

static void test_newest_state_rots(void)
{
	struct rig *rig = rig_used(4096);

	rig->term++;
	commit(rig, false);
	rot(rig, rig->at);
	CHECK_EQ(recover(rig), RAFT_JOURNAL_LOST);
	rig_free(rig);
}

static void test_newest_state_after_start_rots(void)
{
	struct rig *rig = rig_used(4096);
	u8 *before;

	rig->term++;
	append(rig, 4096);
	begin(rig, false);
	before = must_copy(rig->image + rig->at * RAFT_JOURNAL_BLOCK,
			   rig->n * RAFT_JOURNAL_BLOCK);
	put_sectors(rig, before, 1);
	free(before);
	CHECK_EQ(recover(rig), RAFT_JOURNAL_TORN);
	restart(rig);
	rig->vote = 77;
	commit(rig, false);
	CHECK_EQ(rig->n, 1);
	rot(rig, rig->at);
	CHECK_EQ(recover(rig), RAFT_JOURNAL_LOST);
	rig_free(rig);
}

/* What rots where nothing is needed hides no write once the member was started. */
static void test_free_block_rots(void)
{
	struct rig *rig = rig_used(4096);

	CHECK_EQ(recover(rig), RAFT_JOURNAL_CLEAN);
	rot(rig, RAFT_JOURNAL_SUPERS + rig->journal.head + 1);
	restart(rig);
	CHECK_EQ(raft_journal_garbage(&rig->journal, 0), 0);
	commit(rig, false);
	CHECK_EQ(recover(rig), RAFT_JOURNAL_CLEAN);
	CHECK(same_log(rig, &rig->acked));
	rig_free(rig);
}

static void test_no_state_left(void)
{
	struct rig *rig = rig_new(4096);
	u64 first;

	commit(rig, true);
	first = rig->at;
	append(rig, 5);
	commit(rig, false);
	CHECK(mark(rig));
	rot(rig, first);
	CHECK_EQ(recover(rig), RAFT_JOURNAL_LOST);
	memset(rig->image + RAFT_JOURNAL_SUPERS * RAFT_JOURNAL_BLOCK, 0,
	       (rig->blocks - RAFT_JOURNAL_SUPERS) * RAFT_JOURNAL_BLOCK);
	CHECK_EQ(recover(rig), RAFT_JOURNAL_CLEAN);
	rig_free(rig);
}

static void test_ring_is_gone(void)
{
	struct rig *rig = rig_used(4096);

	CHECK_EQ(recover(rig), RAFT_JOURNAL_CLEAN);
	restart(rig);
	memset(rig->image + RAFT_JOURNAL_SUPERS * RAFT_JOURNAL_BLOCK, 0,
	       (rig->blocks - RAFT_JOURNAL_SUPERS) * RAFT_JOURNAL_BLOCK);
	CHECK_EQ(recover(rig), RAFT_JOURNAL_LOST);
	rig_free(rig);
}

/* The generation before brings back what it can, the promise names what it can not. */
static void test_checkpoint_rots(void)
{
	struct rig *rig = rig_new(4096);
	u64 second;

	commit(rig, true);
	append(rig, 100);
	append(rig, 100);
	commit(rig, false);
	apply(rig, 2);
	commit(rig, true);
	second = rig->at;
	append(rig, 50);
	rig->term = 6;
	rig->vote = 2;
	append(rig, 60);
	commit(rig, false);
	CHECK(mark(rig));
	rot(rig, second);
	CHECK_EQ(recover(rig), RAFT_JOURNAL_DAMAGED);
	CHECK_EQ(rig->journal.base, 1);
	CHECK_EQ(rig->journal.last.index, 3);
	CHECK_EQ(rig->journal.lost.index, 5);
	CHECK_EQ(rig->journal.lost.term, 6);
	CHECK(same_entries(rig, &rig->acked));
	CHECK_EQ(rig->journal.state.term, 6);
	CHECK_EQ(rig->journal.state.vote, 2);
	restart(rig);
	CHECK_EQ(rig->raft->promised, 5);
	CHECK_EQ(rig->raft->promised_term, 6);

	/* Nothing was written since: it is still so. */
	CHECK_EQ(recover(rig), RAFT_JOURNAL_DAMAGED);
	restart(rig);
	CHECK_EQ(rig->raft->promised, 5);
	begin(rig, false);
	CHECK_EQ(rig->journal.gen_seq, rig->journal.seq);
	rig->acked.last = 3;
	rig->acked.base = 1;
	CHECK(tear_all(rig, RAFT_JOURNAL_DAMAGED));
	land(rig);
	CHECK_EQ(recover(rig), RAFT_JOURNAL_CLEAN);
	CHECK_EQ(rig->journal.state.promised, 5);
	CHECK_EQ(rig->journal.last.index, 3);
	rig_free(rig);
}

/* What had been promised before counts if it goes further than what is lost now. */
static void test_promise_kept(void)
{
	static const struct raft_journal_point promised[] = { { 9, 1 }, { 3, 2 }, { 1, 1 } };
	struct rig *rig;
	u64 entry;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(promised); i++) {
		rig = rig_new(4096);
		rig->journal.state.promised = promised[i].index;
		rig->journal.state.promised_term = promised[i].term;
		commit(rig, true);
		append(rig, 10);
		commit(rig, false);
		entry = rig->at;
		CHECK(mark(rig));
		rot(rig, entry);
		CHECK_EQ(recover(rig), RAFT_JOURNAL_DAMAGED);
		CHECK_EQ(rig->journal.lost.index, 2);
		CHECK_EQ(rig->journal.lost.term, 1);
		CHECK_EQ(rig->journal.state.promised, max_t(u64, promised[i].index, 2));
		CHECK_EQ(rig->journal.state.promised_term, promised[i].term);
		rig_free(rig);
	}
}

static void test_first_write_rots(void)
{
	struct rig *rig = rig_new(4096);

	commit(rig, true);
	rot(rig, rig->at);
	CHECK_EQ(recover(rig), RAFT_JOURNAL_LOST);
	rig_free(rig);
}

static void test_unreadable(void)
{
	struct rig *rig = rig_used(4096);

	CHECK(mark(rig));
	for (rig->unreadable = 0; rig->unreadable <= rig->at; rig->unreadable++)
		CHECK_EQ(recover(rig), RAFT_JOURNAL_LOST);
	/* All of the writes can be read, but not where another may have begun. */
	CHECK_EQ(recover(rig), RAFT_JOURNAL_LOST);
	rig->unreadable++;
	CHECK_EQ(recover(rig), RAFT_JOURNAL_CLEAN);

	/* Then the store fails, behind the state or with it. */
	for (rig->unreadable = RAFT_JOURNAL_SUPERS + 1; rig->unreadable >= RAFT_JOURNAL_SUPERS;
	     rig->unreadable--) {
		free(rig->raft);
		rig->raft = new_raft(rig);
		CHECK(!raft_journal_restore(&rig->journal, rig->raft));
	}
	rig_free(rig);
}

static void test_write_never_landed(void)
{
	struct rig *rig = rig_used(4096);
	u8 *before;

	append(rig, 10);
	begin(rig, false);
	before = must_copy(rig->image + rig->at * RAFT_JOURNAL_BLOCK, RAFT_JOURNAL_BLOCK);
	acknowledge(rig);
	memcpy(rig->image + rig->at * RAFT_JOURNAL_BLOCK, before, RAFT_JOURNAL_BLOCK);
	free(before);
	append(rig, 10);
	commit(rig, false);
	CHECK_EQ(recover(rig), RAFT_JOURNAL_DAMAGED);
	CHECK_EQ(rig->journal.last.index, 3);
	CHECK_EQ(rig->journal.lost.index, 5);
	rig_free(rig);
}

static void test_misplaced(void)
{
	struct rig *rig = rig_used(4096);
	u8 *ring = rig->image + RAFT_JOURNAL_SUPERS * RAFT_JOURNAL_BLOCK;
	u32 to, sector;

	append(rig, 600);
	commit(rig, false);
	for (to = 0; to < 5; to++) {
		u8 *at = ring + to * RAFT_JOURNAL_BLOCK;
		u8 *good = must_copy(at, RAFT_JOURNAL_BLOCK);

		if (at == rig->image + rig->at * RAFT_JOURNAL_BLOCK)
			break;
		memcpy(at, rig->buf, RAFT_JOURNAL_BLOCK);
		CHECK(recover(rig) >= RAFT_JOURNAL_DAMAGED);
		for (sector = 0; sector < SECTORS; sector++) {
			memcpy(at, good, RAFT_JOURNAL_BLOCK);
			memcpy(at + sector * SECTOR, rig->buf + sector * SECTOR, SECTOR);
			CHECK(nothing_false(rig, recover(rig)));
		}
		memcpy(at, good, RAFT_JOURNAL_BLOCK);
		free(good);
	}
	CHECK_EQ(recover(rig), RAFT_JOURNAL_CLEAN);
	rig_free(rig);
}

/* Put a word into both heads of a block, and have their checksums fit. */
static void forge(struct rig *rig, u64 block, u32 offset, u32 value)
{
	u8 *at = rig->image + block * RAFT_JOURNAL_BLOCK;
	__le32 word = cpu_to_le32(value);
	__le32 check;
	u32 i;

	for (i = 0; i < 2; i++, at += HEAD + PAYLOAD) {
		memcpy(at + offset, &word, sizeof(word));
		check = cpu_to_le32(~crc32c(~0U, at, HEAD - sizeof(check)));
		memcpy(at + HEAD - sizeof(check), &check, sizeof(check));
	}
}

/* Heads that are sound but say what can not be: the write they are of is missed. */
static void test_heads_forged(void)
{
	enum {
		INCARNATION = 24, PARTS = 32, LEN = 36,
		GEN_BLOCK = 40, PREV_BLOCK = 44, GEN_SEQ = 48, DURABLE = 64,
	};
	static const struct {
		u32 blocks, parts, len, offset, value;
	} forged[] = {
		{ 1, 2 << 16 | 2 },			/* no such part */
		{ 1, 200 << 16 },			/* larger than any write */
		{ 1, 4 << 16 | 3, 4 * PAYLOAD },	/* begins before the ring */
		{ 1, 2 << 16, 2 * PAYLOAD + 1 },	/* does not fit in its parts */
		{ 1, 2 << 16, PAYLOAD },		/* needs fewer of them */
		{ 2, 2 << 16 | 0 },			/* the first part twice */
		{ 2, 3 << 16 | 1, 2 * PAYLOAD + 1 },	/* not of as many parts as the first */
		{ 2, 2 << 16 | 1, PAYLOAD + 1 },	/* not as long as the first */
		{ 2, 2 << 16 | 1, 0, GEN_SEQ, 2 },	/* not of its generation */
		{ 2, 2 << 16 | 1, 0, INCARNATION, 9 },	/* not of its incarnation */
		{ 3, 0, 0, GEN_SEQ, 2 },		/* of one that it would begin */
		{ 3, 0, 0, GEN_BLOCK, 1 },		/* not of this generation */
		{ 3, 0, 0, GEN_BLOCK, 1 << 20 },	/* of one outside the ring */
		{ 3, 0, 0, PREV_BLOCK, 1 << 20 },	/* behind one outside the ring */
		{ 3, 0, 0, GEN_SEQ, 0 },		/* of none */
		{ 3, 0, 0, DURABLE, 9 },		/* durable before it was written */
		{ 3, 0, 4000 + 48 + 20 },		/* half a record behind the last one */
	};
	struct rig *rig;
	u64 block;
	u32 i, part;

	for (i = 0; i < ARRAY_SIZE(forged); i++) {
		rig = rig_new(4096);
		commit(rig, true);
		append(rig, 4000);
		commit(rig, false);
		block = rig->at;
		CHECK_EQ(rig->n, 2);
		CHECK(mark(rig));
		for (part = 0; part < 2; part++) {
			if (!(forged[i].blocks >> part & 1))
				continue;
			if (forged[i].parts)
				forge(rig, block + part, PARTS, forged[i].parts);
			if (forged[i].len)
				forge(rig, block + part, LEN, forged[i].len);
			if (forged[i].offset)
				forge(rig, block + part, forged[i].offset, forged[i].value);
		}
		CHECK_EQ(recover(rig), RAFT_JOURNAL_DAMAGED);
		CHECK_EQ(rig->journal.last.index, 1);
		CHECK_EQ(rig->journal.lost.index, 2);
		rig_free(rig);
	}
}

/* Write what the core would not ask for, and see what of it is believed. */
static void write_odd(u64 truncate, u64 first, enum raft_journal_verdict want)
{
	struct rig *rig = rig_used(4096);
	struct raft_persist persist = {
		.term = rig->term, .vote = rig->vote, .truncate = truncate, .first = first,
	};

	append(rig, 10);
	append(rig, 10);
	persist.last = first ? last_of(rig) : rig->stored;
	rig->n = raft_journal_write(&rig->journal, rig->raft, &persist, rig->buf, &rig->at);
	CHECK_EQ(rig->n, 1);
	land(rig);
	CHECK_EQ(recover(rig), want);
	CHECK(same_log(rig, &rig->acked));
	rig_free(rig);
}

static void test_records_odd(void)
{
	write_odd(1, 0, RAFT_JOURNAL_TORN);	/* voids what the state contains */
	write_odd(9, 0, RAFT_JOURNAL_CLEAN);	/* voids nothing */
	write_odd(0, 5, RAFT_JOURNAL_TORN);	/* leaves an entry out */
}

static void test_checkpoint_is_empty(void)
{
	struct rig *rig = rig_used(4096);

	rig->journal.gen_block = rig->journal.head;
	rig->journal.gen_seq = rig->journal.seq + 1;
	CHECK(mark(rig));
	CHECK_EQ(recover(rig), RAFT_JOURNAL_LOST);
	rig_free(rig);
}

static void test_write_refused(void)
{
	struct rig *rig = rig_new(RAFT_VALUE_LIMIT);
	struct raft_persist persist = { .term = 1, .first = 2, .last = 2 };

	CHECK(!raft_journal_write(&rig->journal, rig->raft, &persist, rig->buf, &rig->at));
	persist.first = 0;
	persist.snapshot = true;
	CHECK(!raft_journal_write(&rig->journal, rig->raft, &persist, rig->buf, &rig->at));

	/* The store is for smaller values than the node. */
	rig->value_max = 1;
	format(rig, MEMBER);
	CHECK(append(rig, RAFT_VALUE_LIMIT));
	while (append(rig, RAFT_VALUE_LIMIT))
		;
	persist.last = last_of(rig);
	CHECK(!raft_journal_write(&rig->journal, rig->raft, &persist, rig->buf, &rig->at));
	CHECK_EQ(rig->journal.seq, 0);
	rig_free(rig);
}

static void test_stale_after_format(void)
{
	struct rig *rig = rig_used(4096);
	u64 first;

	CHECK_EQ(recover(rig), RAFT_JOURNAL_CLEAN);
	format(rig, MEMBER + 1);
	CHECK_EQ(recover(rig), RAFT_JOURNAL_CLEAN);
	CHECK_EQ(rig->journal.seq, 0);
	CHECK_EQ(rig->journal.last.index, 0);
	commit(rig, true);
	first = rig->at;
	CHECK_EQ(recover(rig), RAFT_JOURNAL_CLEAN);
	CHECK(same_log(rig, &rig->acked));
	CHECK_EQ(first, RAFT_JOURNAL_SUPERS);
	rig_free(rig);
}

static void test_superblocks(void)
{
	struct rig *rig = rig_used(4096);
	u8 old[RAFT_JOURNAL_BLOCK];

	memcpy(old, rig->image, sizeof(old));
	CHECK_EQ(recover(rig), RAFT_JOURNAL_CLEAN);
	restart(rig);
	CHECK_EQ(rig->journal.super.incarnation, 1);
	memcpy(rig->image + RAFT_JOURNAL_BLOCK, old, sizeof(old));
	CHECK_EQ(recover(rig), RAFT_JOURNAL_CLEAN);
	CHECK_EQ(rig->journal.super.incarnation, 1);
	memcpy(rig->image + RAFT_JOURNAL_BLOCK, rig->image, sizeof(old));
	memcpy(rig->image, old, sizeof(old));
	CHECK_EQ(recover(rig), RAFT_JOURNAL_CLEAN);
	CHECK_EQ(rig->journal.super.incarnation, 1);
	rot(rig, 0);
	CHECK_EQ(recover(rig), RAFT_JOURNAL_CLEAN);
	CHECK_EQ(rig->journal.healed, 1);
	rot(rig, 1);
	CHECK_EQ(recover(rig), RAFT_JOURNAL_BLANK);
	memcpy(rig->image, old, sizeof(old));
	rig->image[100]++;
	CHECK_EQ(recover(rig), RAFT_JOURNAL_LOST);
	memcpy(rig->image, old, sizeof(old));
	rig->image[8]++;
	CHECK_EQ(recover(rig), RAFT_JOURNAL_NEWER);
	memcpy(rig->image, old, sizeof(old));
	rig->blocks--;
	CHECK_EQ(recover(rig), RAFT_JOURNAL_LOST);
	rig_free(rig);
}

/* All that it takes to start the member again, but for the key. */
static void test_superblock_fields(void)
{
	struct rig *rig = rig_new(4096);
	struct raft_journal_super super = {
		.cluster = "a cluster",
		.member = MEMBER,
		.size = rig->blocks * RAFT_JOURNAL_BLOCK,
		.value_max = 4096,
		.heartbeat_ms = 70,
		.election_ms = 700,
		.addr = { .family = 6, .port = 7497, .scope = 3, .ip = "an IPv6 address" },
		.name = "a node",
		.label = "a label",
		.as_learner = true,
	};
	const struct raft_journal_super *back = &rig->journal.super;
	u8 block[RAFT_JOURNAL_BLOCK];

	CHECK(raft_journal_format(&rig->journal, &super));
	write_supers(rig);
	CHECK_EQ(recover(rig), RAFT_JOURNAL_CLEAN);
	raft_journal_encode_super(&rig->journal, block);
	CHECK(!memcmp(block, rig->image, sizeof(block)));
	CHECK(!strcmp(back->name, "a node") && !strcmp(back->label, "a label"));
	CHECK(!memcmp(&back->addr, &super.addr, sizeof(super.addr)));
	CHECK(back->heartbeat_ms == 70 && back->election_ms == 700);
	CHECK(back->as_learner && !back->refused);
	rig->journal.super.refused = true;
	write_supers(rig);
	CHECK_EQ(recover(rig), RAFT_JOURNAL_REFUSED);
	CHECK(rig->journal.super.refused);
	rig_free(rig);
}

/* Sound superblocks of a store that can not be. */
static void test_superblocks_forged(void)
{
	struct rig *rig = rig_used(4096);
	const struct raft_journal_super good = rig->journal.super;
	struct raft_journal_super *super = &rig->journal.super;
	u32 i;

	for (i = 0; i < 8; i++) {
		*super = good;
		super->member = i == 0 ? 0 : good.member;
		super->seq = i == 1 ? RAFT_TERM_LIMIT : good.seq;
		super->value_max = i == 2 ? 0 : i == 3 ? RAFT_VALUE_LIMIT + 1 : good.value_max;
		super->size = i == 4 ? good.size - 1 : i == 5 ? U64_MAX : good.size;
		if (i == 6)
			memset(super->name, 'n', sizeof(super->name));
		if (i == 7)
			memset(super->label, 'l', sizeof(super->label));
		write_supers(rig);
		CHECK_EQ(recover(rig), RAFT_JOURNAL_LOST);
	}
	*super = good;
	write_supers(rig);
	CHECK_EQ(recover(rig), RAFT_JOURNAL_CLEAN);
	for (rig->blocks = 0; rig->blocks < 3; rig->blocks++)
		CHECK_EQ(recover(rig), RAFT_JOURNAL_LOST);
	rig_free(rig);
}

static void test_format_refuses(void)
{
	struct raft_journal journal;
	struct raft_journal_super super = {
		.member = 1, .size = raft_journal_size(4096), .value_max = 4096,
	};

	CHECK(raft_journal_format(&journal, &super));
	super.size--;
	CHECK(!raft_journal_format(&journal, &super));
	super.size = raft_journal_size(RAFT_VALUE_LIMIT);
	super.value_max = RAFT_VALUE_LIMIT;
	CHECK(raft_journal_format(&journal, &super));
	super.value_max++;
	CHECK(!raft_journal_format(&journal, &super));
	super.value_max = 0;
	CHECK(!raft_journal_format(&journal, &super));
	super.value_max = 1;
	super.member = 0;
	CHECK(!raft_journal_format(&journal, &super));
}

/* Whatever is written in whatever order: there is room, and it is read back. */
static void fill_up(u32 value_max, u32 n, void (*step)(struct rig *rig))
{
	struct rig *rig = rig_new(value_max);
	u32 i;

	commit(rig, true);
	for (i = 0; i < n && !test_failures; i++) {
		step(rig);
		commit(rig, rng_chance(&rig->rng, 20));
		if (i % 7)
			continue;
		CHECK_EQ(recover(rig), RAFT_JOURNAL_CLEAN);
		CHECK(same_log(rig, &rig->acked));
		CHECK(same_state(&rig->journal.state, &rig->acked.state));
		restart(rig);
	}
	CHECK(rig->journal.seq >= n);
	rig_free(rig);
}

/* Elections without end, above a log window that is full and of which nothing is committed. */
static void step_elections(struct rig *rig)
{
	rig->term++;
	rig->vote = rng_next(&rig->rng);
	while (append(rig, rig->value_max))
		;
	while (append(rig, 0))
		;
}

/* All that is not committed is replaced by the next leader, as large as can be. */
static void step_truncations(struct rig *rig)
{
	if (last_of(rig) > rig->raft->applied)
		truncate_log(rig, rng_between(&rig->rng, rig->raft->applied + 1, last_of(rig)));
	rig->term++;
	while (append(rig, rng_between(&rig->rng, 0, rig->value_max)))
		;
}

static void step_any(struct rig *rig)
{
	u32 n = rng_between(&rig->rng, 0, rng_chance(&rig->rng, 100) ? RAFT_LOG_SLOTS : 3);

	if (rng_chance(&rig->rng, 100))
		rig->term++;
	if (rng_chance(&rig->rng, 30) && last_of(rig) > rig->raft->applied)
		truncate_log(rig, rng_between(&rig->rng, rig->raft->applied + 1, last_of(rig)));
	if (rng_chance(&rig->rng, 300))
		apply(rig, rng_between(&rig->rng, rig->raft->applied, rig->acked.last <
				       last_of(rig) ? max(rig->acked.last, rig->raft->applied) :
				       last_of(rig)));
	while (n-- && append(rig, rng_between(&rig->rng, 0, rig->value_max)))
		;
}

static void test_never_full(void)
{
	static const u32 value_max[] = { 1, 4096, RAFT_VALUE_LIMIT };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(value_max); i++) {
		fill_up(value_max[i], 300, step_elections);
		fill_up(value_max[i], 300, step_truncations);
		fill_up(value_max[i], 1000, step_any);
	}
}

/* All entries are replaced, so that what was lost before is of no importance. */
static void replace_all(struct rig *rig)
{
	truncate_log(rig, 2);
	append(rig, rig->value_max);
	append(rig, rng_between(&rig->rng, 0, rig->value_max));
	commit(rig, false);
}

/* If the newest checkpoint rotted now, would the generation before stand in? */
static bool has_stand_in(struct rig *rig)
{
	u8 *at = rig->image + (RAFT_JOURNAL_SUPERS + rig->journal.gen_block) * RAFT_JOURNAL_BLOCK;
	struct raft_journal running = rig->journal;
	u8 *good = must_copy(at, RAFT_JOURNAL_BLOCK);
	enum raft_journal_verdict verdict;

	memset(at, 0xa5, RAFT_JOURNAL_BLOCK);
	verdict = recover(rig);
	memcpy(at, good, RAFT_JOURNAL_BLOCK);
	free(good);
	rig->journal = running;
	return verdict == RAFT_JOURNAL_DAMAGED;
}

/* The generation that stands in may be followed by much that is of no use. */
static void test_never_full_after_damage(void)
{
	struct rig *rig = rig_new(4096);
	u32 i, round;
	u64 gen;

	commit(rig, true);
	for (round = 0; round < 20 && !test_failures; round++) {
		for (gen = rig->journal.gen_seq; rig->journal.gen_seq == gen;)
			replace_all(rig);
		while (rig->journal.span < rig->journal.span_max * 3 / 4)
			replace_all(rig);
		CHECK(mark(rig));
		rot(rig, RAFT_JOURNAL_SUPERS + rig->journal.gen_block);
		CHECK_EQ(recover(rig), RAFT_JOURNAL_DAMAGED);
		restart(rig);
		for (i = 0; i < 50; i++) {
			replace_all(rig);
			CHECK(!mark(rig) || has_stand_in(rig));
		}
		CHECK_EQ(recover(rig), RAFT_JOURNAL_CLEAN);
		CHECK(same_log(rig, &rig->acked));
		restart(rig);
	}
	rig_free(rig);
}

/* Crash after crash, torn and whole writes, and now and then a block that rots. */
static void test_torture(void)
{
	struct rig *rig = rig_new(4096);
	u32 i, sector, n_damaged = 0, n_torn = 0;
	enum raft_journal_verdict verdict;

	commit(rig, true);
	for (i = 0; i < 3000 && !test_failures; i++) {
		u64 n = rng_between(&rig->rng, 0, 5);

		while (n--) {
			step_any(rig);
			commit(rig, rng_chance(&rig->rng, 50));
		}
		step_any(rig);
		begin(rig, rng_chance(&rig->rng, 100));
		for (sector = 0; sector < rig->n * SECTORS; sector++) {
			if (rng_chance(&rig->rng, i % 3 * 480))
				memcpy(rig->image + rig->at * RAFT_JOURNAL_BLOCK + sector * SECTOR,
				       rig->buf + sector * SECTOR, SECTOR);
		}
		verdict = recover(rig);
		n_torn += verdict == RAFT_JOURNAL_TORN;
		CHECK(verdict <= RAFT_JOURNAL_TORN);
		CHECK(same_state(&rig->journal.state, &rig->begun.state) ||
		      same_state(&rig->journal.state, &rig->acked.state));
		if (same_log(rig, &rig->begun))
			rig->acked = rig->begun;
		CHECK(same_log(rig, &rig->acked));
		rig->acked.state = rig->journal.state;
		restart(rig);
		commit(rig, false);
		if (i % 8 || !mark(rig))
			continue;
		rot(rig, rng_between(&rig->rng, RAFT_JOURNAL_SUPERS, rig->blocks - 1));
		verdict = recover(rig);
		CHECK(nothing_false(rig, verdict));
		n_damaged += verdict == RAFT_JOURNAL_DAMAGED;
		rig_free(rig);
		rig = rig_new(4096);
		rig->rng.state = i;
		commit(rig, true);
	}
	CHECK(n_torn > 100);
	CHECK(n_damaged > 10);
	rig_free(rig);
}

/* The stretches follow each other to the end; the n-th write among them is found. */
static struct raft_journal_stretch nth_write(struct rig *rig, u32 n)
{
	struct raft_journal_stretch stretch, found = { 0 };
	u64 block = RAFT_JOURNAL_SUPERS, next = 0;

	do {
		next = raft_journal_describe(&rig->journal, next, &stretch);
		CHECK_EQ(stretch.block, block);
		CHECK(stretch.blocks);
		block += stretch.blocks;
		if (stretch.kind == RAFT_JOURNAL_WRITE && !n--)
			found = stretch;
	} while (next);
	CHECK_EQ(block, rig->blocks);
	return found;
}

static void test_described(void)
{
	struct rig *rig = rig_used(4096);
	struct raft_journal_stretch stretch;

	CHECK(mark(rig));
	CHECK_EQ(recover(rig), RAFT_JOURNAL_CLEAN);
	stretch = nth_write(rig, 0);
	CHECK(stretch.whole && stretch.checkpoint && stretch.base == 1 && !stretch.first);
	CHECK(stretch.seq == 1 && stretch.gen_seq == 1 && stretch.term == 1);
	stretch = nth_write(rig, 1);
	CHECK(stretch.whole && !stretch.checkpoint && stretch.first == 2 && stretch.last == 3);
	stretch = nth_write(rig, 2);
	CHECK(stretch.whole && stretch.blocks == 2 && stretch.parts == 2 && stretch.first == 4);
	stretch = nth_write(rig, 3);
	CHECK(stretch.whole && stretch.truncate == 3 && stretch.first == 3 && stretch.last == 3);
	CHECK(stretch.term == 4 && stretch.gen_seq == 1);
	stretch = nth_write(rig, 4);
	CHECK(stretch.whole && stretch.seq == 5 && !stretch.first && !stretch.truncate);
	CHECK(!nth_write(rig, 5).seq);
	rig_free(rig);
}

static void test_described_when_not_whole(void)
{
	struct rig *rig = rig_used(4096);
	struct raft_journal_stretch stretch, second;
	u8 *before;

	append(rig, 4096);
	begin(rig, false);
	before = must_copy(rig->image + rig->at * RAFT_JOURNAL_BLOCK, rig->n * RAFT_JOURNAL_BLOCK);
	put_sectors(rig, before, 1);
	free(before);
	CHECK_EQ(recover(rig), RAFT_JOURNAL_TORN);
	stretch = nth_write(rig, 4);
	CHECK(!stretch.whole && !stretch.dropped && stretch.blocks == 1 && stretch.parts == 2);
	CHECK(!stretch.first);
	restart(rig);
	CHECK(nth_write(rig, 4).dropped);
	second = nth_write(rig, 1);
	rot(rig, second.block);
	CHECK_EQ(recover(rig), RAFT_JOURNAL_DAMAGED);
	CHECK_EQ(raft_journal_describe(&rig->journal, second.block, &stretch), second.block + 1);
	CHECK_EQ(stretch.kind, RAFT_JOURNAL_GARBAGE);
	stretch = nth_write(rig, 1);
	rot(rig, stretch.block);
	CHECK_EQ(raft_journal_describe(&rig->journal, second.block, &stretch), second.block + 2);
	stretch = nth_write(rig, 1);
	CHECK(!stretch.whole && stretch.blocks == 1 && stretch.parts == 2);
	CHECK_EQ(stretch.block, second.block + 2);
	rig_free(rig);
}

static void test_texts(void)
{
	u32 i;

	for (i = 0; i < RAFT_JOURNAL_VERDICTS; i++)
		CHECK(raft_journal_verdict_text(i) && raft_journal_verdict_text(i)[0]);
	CHECK(raft_journal_verdict_text(RAFT_JOURNAL_VERDICTS));
}

static const struct test tests[] = {
	{ "what was written is read back", test_round_trip },
	{ "a member that has not joined has a term and a vote but no state", test_not_joined },
	{ "entries count whole or not at all, whichever sectors land", test_torn_entries },
	{ "so does a write of two blocks", test_torn_two_blocks },
	{ "so does a truncation", test_torn_truncation },
	{ "so does a checkpoint", test_torn_checkpoint },
	{ "so does the very first write", test_torn_first },
	{ "what an earlier pass left does not complete a torn write", test_torn_over_stale },
	{ "torn write upon torn write takes no term and no vote back", test_torn_again },
	{ "a write that a start has dropped does not come back", test_torn_stays_torn },
	{ "a bit that flips is noticed, wherever it is", test_flips },
	{ "a bit that flips in one superblock does no harm", test_flips_in_superblock },
	{ "where a newer vote may have been, the identity is lost", test_newest_state_rots },
	{ "likewise where a torn write was before the start", test_newest_state_after_start_rots },
	{ "where nothing was, nothing is lost", test_free_block_rots },
	{ "without any state the identity is lost", test_no_state_left },
	{ "a ring that is gone is not taken for a new one", test_ring_is_gone },
	{ "the generation before stands in for a checkpoint", test_checkpoint_rots },
	{ "of two promises the one that goes further is kept", test_promise_kept },
	{ "if the very first write rots the identity is lost", test_first_write_rots },
	{ "likewise if blocks can not be read", test_unreadable },
	{ "a write that never landed is missed", test_write_never_landed },
	{ "what is misplaced is not believed", test_misplaced },
	{ "a sound head that says what can not be is not believed", test_heads_forged },
	{ "a sound record that says what can not be is not believed", test_records_odd },
	{ "a checkpoint without a state is none", test_checkpoint_is_empty },
	{ "what can not be written is refused", test_write_refused },
	{ "what another member wrote is not believed", test_stale_after_format },
	{ "either superblock is enough, the newer one counts", test_superblocks },
	{ "a superblock says all of its member", test_superblock_fields },
	{ "a superblock of what can be no store is not believed", test_superblocks_forged },
	{ "a store that could fill up is not formatted", test_format_refuses },
	{ "the ring does not fill up", test_never_full },
	{ "nor does it after damage", test_never_full_after_damage },
	{ "crash after crash nothing acknowledged is lost", test_torture },
	{ "the ring is described write by write", test_described },
	{ "also where writes are not whole", test_described_when_not_whole },
	{ "each verdict has its sentence", test_texts },
};

int main(void)
{
	return run_tests(tests, ARRAY_SIZE(tests));
}
