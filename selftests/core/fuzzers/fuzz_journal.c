// SPDX-License-Identifier: GPL-2.0
/*
 * A store is read after anything has happened to it. The first half of the
 * input says what a member writes, the rest what becomes of the bytes: sectors
 * that are overwritten, moved or torn, or checksums made to fit so that what is
 * nonsense gets further. Whatever is read back is in order, a member starts
 * from it or does not, and what it then writes is read back.
 */
#include <asm/byteorder.h>
#include <linux/crc32c.h>

#include "fail.h"
#include "fuzz.h"
#include "internal.h"
#include "journal.h"

#define VALUE_MAX	64
#define SECTOR		512
#define SECTORS		(RAFT_JOURNAL_BLOCK / SECTOR)
#define NEAR		32	/* blocks at the beginning, where most of it is */
#define WRITES		40
#define HEAD		144	/* bytes of a head, the checksum being the last four */

static u8 *bytes;
static u8 *work;
static u64 blocks;

static const u8 *give_block(void *ctx, u64 block)
{
	return bytes + block * RAFT_JOURNAL_BLOCK;
}

static struct raft *make(void)
{
	const struct raft_params params = {
		.id = 1,
		.addr = { .family = 4, .port = 1 },
		.label = "fuzzed",
		.heartbeat_ms = RAFT_HEARTBEAT_MS,
		.election_ms = RAFT_ELECTION_MS,
		.value_max = VALUE_MAX,
	};

	return raft_init(must_realloc(NULL, raft_size(&params)), &params);
}

static void put_supers(const struct raft_journal *journal)
{
	raft_journal_encode_super(journal, bytes);
	raft_journal_encode_super(journal, bytes + RAFT_JOURNAL_BLOCK);
}

static void format(struct raft_journal *journal)
{
	const struct raft_journal_super super = {
		.member = 1,
		.size = raft_journal_size(VALUE_MAX),
		.value_max = VALUE_MAX,
	};

	blocks = super.size / RAFT_JOURNAL_BLOCK;
	if (!bytes) {
		bytes = must_realloc(NULL, super.size);
		work = must_realloc(NULL, raft_journal_write_max(VALUE_MAX));
	}
	memset(bytes, 0, super.size);
	MUST(raft_journal_format(journal, &super));
	put_supers(journal);
}

static void write_one(struct raft_journal *journal, struct raft *raft, struct bytes *input)
{
	u8 how = take_byte(input), data[VALUE_MAX];
	struct raft_persist persist = {
		.seq = 1,
		.term = raft->term,
		.vote = how,
		.snapshot = how & 1,
		.first = raft->log.last + 1,
	};
	struct raft_entry entry = {
		.term = raft->term,
		.kind = RAFT_ENTRY_WRITE,
		.len = how % VALUE_MAX,
		.data = data,
	};
	u32 i, n;
	u64 at;

	memset(data, how, sizeof(data));
	if (how & 2 && raft->log.last > raft->applied) {
		persist.truncate = raft->log.last;
		persist.first = raft->log.last;
		raft_log_truncate(&raft->log, raft->log.last);
	}
	for (i = how / 4 % 4 * (how & 64 ? 20 : 1); i; i--) {
		entry.index = raft->log.last + 1;
		if (!raft_restore_entry(raft, &entry))
			break;
	}
	persist.last = raft->log.last;
	if (persist.first > persist.last)
		persist.first = 0;
	n = raft_journal_write(journal, raft, &persist, work, &at);
	MUST(n && at >= RAFT_JOURNAL_SUPERS && at + n <= blocks);
	memcpy(bytes + at * RAFT_JOURNAL_BLOCK, work, n * RAFT_JOURNAL_BLOCK);
	raft_journal_written(journal);
	if (how & 16 && raft_journal_mark(journal, work, &at))
		memcpy(bytes + at * RAFT_JOURNAL_BLOCK, work, RAFT_JOURNAL_BLOCK);
	raft_journal_written(journal);
	if (how & 32) {
		raft->applied = raft->log.last;
		raft->commit = raft->log.last;
	}
	raft->term += how >> 7;
}

static void fit_head(u8 *at)
{
	__le32 check = cpu_to_le32(~crc32c(~0U, at, HEAD - sizeof(check)));

	memcpy(at + HEAD - sizeof(check), &check, sizeof(check));
}

/* Checksums that fit, as if the writer had meant what is there. */
static void fit(u8 *block)
{
	const u32 payload = RAFT_JOURNAL_BLOCK - 2 * HEAD;
	__le32 check = cpu_to_le32(~crc32c(~0U, block + HEAD, payload));

	memcpy(block + 28, &check, sizeof(check));
	fit_head(block);
	memcpy(block + HEAD + payload, block, HEAD);
}

static void edit(struct bytes *input)
{
	u64 block = take_byte(input) % NEAR, from = take_byte(input) % NEAR;
	u8 how = take_byte(input), sector = how / 8 % SECTORS;
	u8 *at = bytes + block * RAFT_JOURNAL_BLOCK;
	const u8 *some;
	size_t n, where;

	switch (how % 8) {
	case 0:
		memset(at + sector * SECTOR, take_byte(input), SECTOR);
		break;
	case 1:
		memmove(at + sector * SECTOR,
			bytes + from * RAFT_JOURNAL_BLOCK + sector * SECTOR, SECTOR);
		break;
	case 2:
		memmove(at, bytes + from * RAFT_JOURNAL_BLOCK, RAFT_JOURNAL_BLOCK);
		break;
	case 3:
		at[take_byte(input) + sector * SECTOR] ^= take_byte(input);
		break;
	default:
		where = take_byte(input) * (how & 4 ? 1 : 16);
		some = take_up_to(input, from, &n);
		if (n)
			memcpy(at + where, some, n);
		if (block >= RAFT_JOURNAL_SUPERS)
			fit(at);
	}
}

static enum raft_journal_verdict recover(struct raft_journal *journal)
{
	const struct raft_journal_reader reader = { .block = give_block, .blocks = blocks };
	enum raft_journal_verdict verdict = raft_journal_open(journal, &reader);

	if (verdict == RAFT_JOURNAL_CLEAN && journal->super.value_max > VALUE_MAX)
		return RAFT_JOURNAL_LOST;
	return verdict ? verdict : raft_journal_recover(journal, work);
}

static void check_log(struct raft_journal *journal)
{
	struct raft_entry entry;
	u64 index;
	size_t len;

	MUST(journal->last.index - journal->base <= RAFT_LOG_SLOTS);
	MUST(raft_journal_snapshot(journal, &len) || !len);
	MUST(!raft_journal_entry(journal, journal->base, &entry));
	MUST(!raft_journal_entry(journal, journal->last.index + 1, &entry));
	for (index = journal->base + 1; index <= journal->last.index; index++) {
		MUST(raft_journal_entry(journal, index, &entry));
		MUST(entry.index == index && entry.kind < RAFT_ENTRY_KINDS);
		MUST(entry.len <= raft_journal_write_max(VALUE_MAX));
	}
}

/* Start from what was read back, write, and read it back. */
static void go_on(struct raft_journal *journal)
{
	const struct raft_journal_state state = journal->state;
	struct raft *raft = make();
	struct raft_persist persist = { .seq = 1, .term = state.term + 1, .vote = 5 };
	u64 at = 0, last;
	u32 n;

	if (raft_journal_restore(journal, raft)) {
		raft_journal_start(journal);
		put_supers(journal);
		persist.last = raft->log.last;
		last = raft->log.last;
		n = raft_journal_write(journal, raft, &persist, work, &at);
		MUST(at + n <= blocks);
		memcpy(bytes + at * RAFT_JOURNAL_BLOCK, work, n * RAFT_JOURNAL_BLOCK);
		/* Forged places leave no room; garbage behind the write may hide another. */
		if (n && recover(journal) <= RAFT_JOURNAL_DAMAGED) {
			MUST(journal->state.term == state.term + 1 && journal->state.vote == 5);
			MUST(journal->last.index == last);
		}
	}
	free(raft);
}

int fuzz_one(const u8 *data, size_t size)
{
	struct bytes writes = { .at = data, .left = size / 2 };
	struct bytes edits = { .at = data + size / 2, .left = size - size / 2 };
	bool edited = edits.left;
	struct raft_journal journal;
	enum raft_journal_verdict verdict;
	struct raft *raft = make();
	u32 n;

	format(&journal);
	raft_start_create(raft, 1);
	for (n = 0; n < WRITES && writes.left; n++)
		write_one(&journal, raft, &writes);
	free(raft);
	while (edits.left)
		edit(&edits);
	verdict = recover(&journal);
	MUST(verdict < RAFT_JOURNAL_VERDICTS);
	MUST(edited || verdict == RAFT_JOURNAL_CLEAN);
	if (verdict <= RAFT_JOURNAL_DAMAGED) {
		check_log(&journal);
		go_on(&journal);
	}
	return 0;
}
