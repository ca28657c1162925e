/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a durable member keeps on its store: the format, and how it is read
 * back after a crash. Nothing here does I/O: blocks are made here and written
 * by the caller, and read by the caller and judged here.
 *
 * A store is a sequence of blocks of %RAFT_JOURNAL_BLOCK bytes: two copies of
 * the superblock, then a ring. Every write of the core becomes one write of
 * consecutive blocks of the ring. Every block begins and ends with the same
 * head: whose it is, where it belongs, the number of its write, the hard state
 * as of that write, and how far writes were known to be durable before it. So
 * a sector that rots takes no hard state along, and what is misplaced, stale or
 * of an earlier format is not believed.
 *
 * A checkpoint holds the whole state and the entries behind it; it opens a
 * generation, and the writes up to the next checkpoint belong to that. The ring
 * keeps the newest generation and the one before it. A write that would not
 * leave room for the next checkpoint is turned into a checkpoint, so the ring
 * can not fill up; see raft_journal_size().
 *
 * The life of a store, as its owner lives it:
 *
 *  - format: all blocks zero, raft_journal_format(), then raft_journal_encode_super()
 *    to block 0, and when that is durable to block 1;
 *  - start: raft_journal_open(), raft_journal_recover(), raft_journal_start(),
 *    raft_journal_encode_super() to block 0, then to block 1; only when both are
 *    durable the node is made and given raft_journal_restore(). What was read
 *    back is then durable, too, if each of the two is a flush. Zeros go to every
 *    block that raft_journal_garbage() finds;
 *  - run: raft_journal_write() for each write of the core, raft_journal_written()
 *    when it is durable, raft_journal_mark() when there is nothing to write.
 */
#ifndef RAFT_JOURNAL_H
#define RAFT_JOURNAL_H

#include <linux/types.h>
#include "raft.h"

#define RAFT_JOURNAL_BLOCK	4096	/* bytes; every write begins and ends at a multiple */
#define RAFT_JOURNAL_SUPERS	2	/* copies of the superblock, in front of the ring */
#define RAFT_JOURNAL_VERSION	1
#define RAFT_JOURNAL_NAME_LEN	32	/* bytes of a node's name, the NUL included */

/**
 * enum raft_journal_verdict - what a store is worth after a crash
 * @RAFT_JOURNAL_CLEAN: everything is there
 * @RAFT_JOURNAL_TORN: the last write is incomplete; it was not acknowledged and is dropped
 * @RAFT_JOURNAL_DAMAGED: acknowledged entries can not be read; the member must get them back
 * @RAFT_JOURNAL_LOST: no state can be read, or there may have been a newer term or vote;
 *	the member must not start again
 * @RAFT_JOURNAL_REFUSED: the store is older than what its member has acknowledged
 * @RAFT_JOURNAL_NEWER: this is a store of another version
 * @RAFT_JOURNAL_BLANK: this is no store
 * @RAFT_JOURNAL_VERDICTS: how many there are
 */
enum raft_journal_verdict {
	RAFT_JOURNAL_CLEAN,
	RAFT_JOURNAL_TORN,
	RAFT_JOURNAL_DAMAGED,
	RAFT_JOURNAL_LOST,
	RAFT_JOURNAL_REFUSED,
	RAFT_JOURNAL_NEWER,
	RAFT_JOURNAL_BLANK,
	RAFT_JOURNAL_VERDICTS,
};

/**
 * struct raft_journal_reader - how blocks are read
 * @block: gives a block of the store, good until the next call; NULL if it can not be read
 * @ctx: handed to @block
 * @blocks: how many there are
 */
struct raft_journal_reader {
	const u8 *(*block)(void *ctx, u64 block);
	void *ctx;
	u64 blocks;
};

/**
 * struct raft_journal_state - the hard state, see &struct raft_persist
 * @term: current term
 * @vote: whom the member voted for in @term
 * @promised: what it lost was acknowledged up to here, 0 for nothing
 * @promised_term: the term of that
 */
struct raft_journal_state {
	u64 term;
	u64 vote;
	u64 promised;
	u64 promised_term;
};

/**
 * struct raft_journal_point - how far a log goes
 * @index: its last index
 * @term: the term of that entry
 */
struct raft_journal_point {
	u64 index;
	u64 term;
};

/**
 * struct raft_journal_super - the superblock
 * @cluster: the cluster's id
 * @member: the member's id
 * @size: bytes of the store
 * @value_max: largest value, bytes
 * @heartbeat_ms: for a cluster that is new, milliseconds
 * @election_ms: likewise
 * @addr: where the member listens
 * @name: the node's name on its host
 * @label: the member's name for people
 * @as_learner: it joined without asking for a vote
 * @refused: the others know that it is older than what the member has
 *	acknowledged: it must not start again
 * @incarnation: how often the member was started before
 * @seq: newest write that this start found a trace of
 * @durable: newest write that it read back
 * @last: how far the log went
 * @state: the hard state that it read back
 */
struct raft_journal_super {
	u8 cluster[16];
	u64 member;
	u64 size;
	u32 value_max;
	u32 heartbeat_ms;
	u32 election_ms;
	struct raft_addr addr;
	char name[RAFT_JOURNAL_NAME_LEN];
	char label[RAFT_LABEL_LEN];
	bool as_learner;
	bool refused;
	u32 incarnation;
	u64 seq;
	u64 durable;
	struct raft_journal_point last;
	struct raft_journal_state state;
};

/**
 * struct raft_journal_place - where something is in the ring
 * @seq: number of its write
 * @block: first block of that
 * @offset: of the record in what the write holds
 */
struct raft_journal_place {
	u64 seq;
	u32 block;
	u32 offset;
};

/**
 * struct raft_journal - a store that is open
 * @super: the superblock
 * @state: the hard state; while the store is written, as of the newest write
 * @reader: where blocks come from
 * @work: room for one write, raft_journal_write_max() bytes
 * @blocks: blocks of the ring
 * @write_max: blocks of the largest write
 * @span_max: blocks that a generation may span
 *
 * @seq: number of the newest write
 * @head: where the next write goes
 * @last: how far the log goes
 * @durable: newest write known to be durable
 * @durable_last: how far the log went then
 * @gen_block: where the newest generation begins
 * @gen_seq: number of its checkpoint, 0 if there is none
 * @prev_block: where the generation before it begins
 * @prev_seq: number of its checkpoint, 0 if there is none
 * @span: blocks from @gen_block to @head
 * @prev_span: blocks from @prev_block to @gen_block
 * @fresh: nothing was written since the start: the next write is a checkpoint
 * @marked: the newest write is a marker
 *
 * @base: last index that the state contains
 * @snapshot_len: bytes of the state, 0 for none
 * @snapshot: where it is
 * @entry: where the entries behind @base are, by index modulo %RAFT_LOG_SLOTS
 * @gathered_seq: number of the write in @work, 0 for none
 * @gathered_len: bytes that it holds
 * @healed: blocks with one bad head, whose other head told all
 * @lost: damaged: how far entries had been promised; the log ends before that
 */
struct raft_journal {
	struct raft_journal_super super;
	struct raft_journal_state state;
	struct raft_journal_reader reader;
	u8 *work;
	u32 blocks;
	u32 write_max;
	u32 span_max;

	u64 seq;
	u32 head;
	struct raft_journal_point last;
	u64 durable;
	struct raft_journal_point durable_last;
	u32 gen_block;
	u64 gen_seq;
	u32 prev_block;
	u64 prev_seq;
	u32 span;
	u32 prev_span;
	bool fresh;
	bool marked;

	u64 base;
	u32 snapshot_len;
	struct raft_journal_place snapshot;
	struct raft_journal_place entry[RAFT_LOG_SLOTS];
	u64 gathered_seq;
	u32 gathered_len;
	u32 healed;
	struct raft_journal_point lost;
};

/**
 * enum raft_journal_kind - what is on a stretch of the ring
 * @RAFT_JOURNAL_NOTHING: nothing that this member wrote
 * @RAFT_JOURNAL_GARBAGE: what no write left, or what can not be read
 * @RAFT_JOURNAL_WRITE: a write, or what later ones left of it
 */
enum raft_journal_kind {
	RAFT_JOURNAL_NOTHING,
	RAFT_JOURNAL_GARBAGE,
	RAFT_JOURNAL_WRITE,
};

/**
 * struct raft_journal_stretch - some blocks of the ring, for display
 * @kind: what is on them; all that follows @blocks is of a write
 * @block: the first of them
 * @blocks: how many
 * @parts: how many blocks the write had
 * @seq: its number
 * @gen_seq: number of its generation's checkpoint
 * @incarnation: how often the member was started before it
 * @term: the member's term then
 * @whole: all of it is there, and as it was written
 * @dropped: a start found it torn and went on without it
 * @checkpoint: it begins with the state
 * @base: the last index in that
 * @truncate: entries from here on are void, 0 for none
 * @first: first entry, 0 for none
 * @last: last entry
 */
struct raft_journal_stretch {
	enum raft_journal_kind kind;
	u64 block;
	u32 blocks;
	u32 parts;
	u64 seq;
	u64 gen_seq;
	u32 incarnation;
	u64 term;
	bool whole;
	bool dropped;
	bool checkpoint;
	u64 base;
	u64 truncate;
	u64 first;
	u64 last;
};

size_t raft_journal_write_max(u32 value_max);
u64 raft_journal_size(u32 value_max);
const char *raft_journal_verdict_text(enum raft_journal_verdict verdict);

bool raft_journal_format(struct raft_journal *journal, const struct raft_journal_super *super);
void raft_journal_start(struct raft_journal *journal);
void raft_journal_encode_super(const struct raft_journal *journal, u8 *block);
u32 raft_journal_write(struct raft_journal *journal, const struct raft *raft,
		       const struct raft_persist *persist, u8 *buf, u64 *block);
u32 raft_journal_mark(struct raft_journal *journal, u8 *buf, u64 *block);
void raft_journal_written(struct raft_journal *journal);

enum raft_journal_verdict raft_journal_open(struct raft_journal *journal,
					    const struct raft_journal_reader *reader);
enum raft_journal_verdict raft_journal_recover(struct raft_journal *journal, u8 *work);
const u8 *raft_journal_snapshot(struct raft_journal *journal, size_t *len);
bool raft_journal_entry(struct raft_journal *journal, u64 index, struct raft_entry *entry);
u64 raft_journal_garbage(const struct raft_journal *journal, u64 block);
bool raft_journal_restore(struct raft_journal *journal, struct raft *raft);
u64 raft_journal_describe(struct raft_journal *journal, u64 block,
			  struct raft_journal_stretch *stretch);

#endif /* RAFT_JOURNAL_H */
