// SPDX-License-Identifier: GPL-2.0
#include <asm/byteorder.h>
#include <linux/crc32c.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/string.h>
#include "internal.h"
#include "journal.h"

#define SUPER_MAGIC	0x6c617674666172ULL	/* "raftval" */
#define HEAD_MAGIC	0x6b627672		/* "rvbk" */
#define HEAD		sizeof(struct disk_head)
#define PAYLOAD		((u32)(RAFT_JOURNAL_BLOCK - 2 * HEAD))
#define WRITES_MIN	8	/* the ring has room for so many of the largest writes */

#define SUPER_LEARNER	0x1	/* &raft_journal_super.as_learner */
#define SUPER_REFUSED	0x2	/* &raft_journal_super.refused */

/**
 * struct disk_super - the superblock; zeros fill its block
 * @magic: %SUPER_MAGIC
 * @version: %RAFT_JOURNAL_VERSION
 * @value_max: &raft_journal_super.value_max, as the following
 * @cluster: the cluster
 * @member: the member
 * @size: bytes of the store
 * @name: the node
 * @label: the member's name
 * @family: where it listens: 4 or 6
 * @port: UDP port
 * @scope: IPv6 scope id
 * @ip: the address
 * @heartbeat_ms: heartbeat of a new cluster
 * @election_ms: election timeout of a new cluster
 * @flags: %SUPER_LEARNER, %SUPER_REFUSED
 * @reserved: 0
 * @seq: newest write seen
 * @durable: newest write read back
 * @last: last index promised
 * @last_term: its term
 * @term: of the hard state
 * @vote: of the hard state
 * @promised: of the hard state
 * @promised_term: of the hard state
 * @incarnation: starts before
 * @check: of the whole block, itself left out
 */
struct disk_super {
	__le64 magic;
	__le32 version;
	__le32 value_max;
	u8 cluster[16];
	__le64 member;
	__le64 size;
	char name[RAFT_JOURNAL_NAME_LEN];
	char label[RAFT_LABEL_LEN];
	__le16 family;
	__le16 port;
	__le32 scope;
	u8 ip[16];
	__le32 heartbeat_ms;
	__le32 election_ms;
	__le32 flags;
	__le32 reserved;
	__le64 seq;
	__le64 durable;
	__le64 last;
	__le64 last_term;
	__le64 term;
	__le64 vote;
	__le64 promised;
	__le64 promised_term;
	__le32 incarnation;
	__le32 check;
} __packed;

/**
 * struct disk_head - the first and the last bytes of every block
 * @magic: %HEAD_MAGIC
 * @block: where the block belongs in the ring
 * @member: whose it is
 * @seq: number of the write; grows from write to write, past every start
 * @incarnation: starts of the member before
 * @payload_check: of the bytes between the heads
 * @part: which block of the write this is
 * @parts: how many it has
 * @len: bytes that the write holds
 * @gen_block: where its generation begins
 * @prev_block: where the generation before that begins
 * @gen_seq: number of the generation's checkpoint, @seq if this is it
 * @prev_seq: number of the checkpoint before that, 0 for none
 * @durable: newest write that was known to be durable before this one
 * @durable_last: last index of the log as of @durable
 * @durable_term: its term
 * @last: last index of the log as of this write
 * @last_term: its term
 * @term: of the hard state
 * @vote: of the hard state
 * @promised: of the hard state
 * @promised_term: of the hard state
 * @reserved: 0
 * @check: of the head, itself left out
 */
struct disk_head {
	__le32 magic;
	__le32 block;
	__le64 member;
	__le64 seq;
	__le32 incarnation;
	__le32 payload_check;
	__le16 part;
	__le16 parts;
	__le32 len;
	__le32 gen_block;
	__le32 prev_block;
	__le64 gen_seq;
	__le64 prev_seq;
	__le64 durable;
	__le64 durable_last;
	__le64 durable_term;
	__le64 last;
	__le64 last_term;
	__le64 term;
	__le64 vote;
	__le64 promised;
	__le64 promised_term;
	__le32 reserved;
	__le32 check;
} __packed;

/**
 * enum record_kind - what a write holds, one after the other
 * @RECORD_SNAPSHOT: the state, first in a checkpoint and nowhere else
 * @RECORD_TRUNCATE: entries from an index on are void
 * @RECORD_ENTRY: an entry
 */
enum record_kind {
	RECORD_SNAPSHOT = 1,
	RECORD_TRUNCATE,
	RECORD_ENTRY,
};

/**
 * struct disk_record - the start of a record; its bytes follow
 * @kind: &enum record_kind
 * @entry_kind: &enum raft_entry_kind
 * @len: bytes that follow
 * @index: of the entry; the last one in the state; the first one that is void
 * @term: of the entry, as the following
 * @origin: who asked for it
 * @seq: its number there
 * @expect: see &struct raft_wire_entry
 */
struct disk_record {
	__le16 kind;
	__le16 entry_kind;
	__le32 len;
	__le64 index;
	__le64 term;
	__le64 origin;
	__le64 seq;
	__le64 expect;
} __packed;

/**
 * struct head - a &struct disk_head that is believed, in the host's byte order
 * @block: where the block is
 * @seq: see &struct disk_head, as the following
 * @incarnation: starts before
 * @payload_check: of the payload
 * @part: which block
 * @parts: of how many
 * @len: bytes of the write
 * @gen_block: its generation
 * @prev_block: the one before
 * @gen_seq: its checkpoint
 * @prev_seq: the one before
 * @durable: newest durable write before
 * @durable_last: last index and its term then
 * @last: last index and its term now
 * @state: the hard state
 */
struct head {
	u32 block;
	u64 seq;
	u32 incarnation;
	u32 payload_check;
	u32 part;
	u32 parts;
	u32 len;
	u32 gen_block;
	u32 prev_block;
	u64 gen_seq;
	u64 prev_seq;
	u64 durable;
	struct raft_journal_point durable_last;
	struct raft_journal_point last;
	struct raft_journal_state state;
};

/**
 * struct content - what a write is to hold
 * @checkpoint: the state first, then all that follows it
 * @base: last index of the state
 * @snapshot_len: its bytes
 * @truncate: entries from here on are void, 0 for none
 * @first: first entry
 * @last: last entry, below @first for none
 * @len: bytes of all that
 */
struct content {
	bool checkpoint;
	u64 base;
	u32 snapshot_len;
	u64 truncate;
	u64 first;
	u64 last;
	u32 len;
};

/**
 * enum trace - what is where a head belongs
 * @TRACE_HEAD: a head of this ring, in its place
 * @TRACE_HEALED: likewise, but the block's other head is garbage
 * @TRACE_OTHER: nothing was ever written here, or another member wrote it
 * @TRACE_GARBAGE: none of this
 */
enum trace {
	TRACE_HEAD,
	TRACE_HEALED,
	TRACE_OTHER,
	TRACE_GARBAGE,
};

static u32 checksum(const void *data, u32 len)
{
	return ~crc32c(~0U, data, len);
}

static u32 parts_of(u32 len)
{
	return len ? (len + PAYLOAD - 1) / PAYLOAD : 1;
}

/* What the log window and the state of a node can hold at most. */
static u32 blocks_max(u32 value_max)
{
	size_t records = (1 + RAFT_LOG_SLOTS) * sizeof(struct disk_record);

	return parts_of(records + raft_snapshot_room(value_max) + raft_log_room(value_max));
}

/**
 * raft_journal_write_max() - the largest write there can be
 * @value_max: largest value, bytes
 *
 * Return: its bytes
 */
size_t raft_journal_write_max(u32 value_max)
{
	return (size_t)blocks_max(value_max) * RAFT_JOURNAL_BLOCK;
}

/**
 * raft_journal_size() - the smallest store that can not fill up
 * @value_max: largest value, bytes
 *
 * Let C be the blocks of the largest write, N those of the ring. A write never
 * wraps: it goes to the start of the ring when less than C blocks are left at
 * the end, so a write and the gap behind it take less than 2C. A generation may
 * span S = (N - 2C) / 2 blocks: a write that would make it longer becomes the
 * checkpoint of the next one. So, when a checkpoint is to be written,
 *
 *  - after a write: it must spare the generation before it: S + C <= N;
 *  - after a start: it must spare the generation that was read back, be it
 *    the newest or, because of damage, the one before, and all that came
 *    behind: 2S + C <= N.
 *
 * Both hold for every N. A new generation of less than 2C blocks must fit in S,
 * or there would be nothing but checkpoints: N >= 6C. At 8C, a generation has
 * room for writes worth C blocks at least.
 *
 * Return: its bytes
 */
u64 raft_journal_size(u32 value_max)
{
	return RAFT_JOURNAL_SUPERS * RAFT_JOURNAL_BLOCK +
	       (u64)WRITES_MIN * raft_journal_write_max(value_max);
}

/**
 * raft_journal_verdict_text() - what a verdict means
 * @verdict: the verdict
 *
 * Return: a sentence
 */
const char *raft_journal_verdict_text(enum raft_journal_verdict verdict)
{
	static const char * const text[RAFT_JOURNAL_VERDICTS] = {
		[RAFT_JOURNAL_CLEAN] = "the store is intact",
		[RAFT_JOURNAL_TORN] =
			"the last write was cut short and is dropped; nobody was told of it",
		[RAFT_JOURNAL_DAMAGED] =
			"the store lost acknowledged entries; no vote until the others have sent them",
		[RAFT_JOURNAL_LOST] =
			"term, vote or state can not be read; join again as a new member",
		[RAFT_JOURNAL_REFUSED] =
			"the store is older than what its member has acknowledged; join again as a new member",
		[RAFT_JOURNAL_NEWER] = "the store is of another version; load the module it is for",
		[RAFT_JOURNAL_BLANK] = "this is no store; make one with raftctl create or join",
	};

	return verdict < RAFT_JOURNAL_VERDICTS ? text[verdict] : "unknown";
}

static bool super_valid(const struct raft_journal_super *super)
{
	return super->member && super->seq < RAFT_TERM_LIMIT &&
	       !super->name[RAFT_JOURNAL_NAME_LEN - 1] && !super->label[RAFT_LABEL_LEN - 1] &&
	       super->value_max && super->value_max <= RAFT_VALUE_LIMIT &&
	       super->size >= raft_journal_size(super->value_max) &&
	       super->size / RAFT_JOURNAL_BLOCK < S32_MAX;
}

static void set_geometry(struct raft_journal *journal)
{
	journal->blocks = journal->super.size / RAFT_JOURNAL_BLOCK - RAFT_JOURNAL_SUPERS;
	journal->write_max = blocks_max(journal->super.value_max);
	journal->span_max = (journal->blocks - 2 * journal->write_max) / 2;
	journal->fresh = true;
}

/**
 * raft_journal_format() - make an empty journal
 * @journal: the journal
 * @super: cluster, member, size and value_max; the rest is 0
 *
 * Return: false if the size is too small or a field is out of its range
 */
bool raft_journal_format(struct raft_journal *journal, const struct raft_journal_super *super)
{
	if (!super_valid(super))
		return false;
	memset(journal, 0, sizeof(*journal));
	journal->super = *super;
	set_geometry(journal);
	return true;
}

/**
 * raft_journal_start() - the member is about to be started
 * @journal: the journal, recovered
 *
 * What was read back goes into the superblock: the first write may fall on the
 * torn one that told it.
 */
void raft_journal_start(struct raft_journal *journal)
{
	struct raft_journal_super *super = &journal->super;

	super->incarnation++;
	super->seq = journal->seq;
	super->durable = journal->durable;
	super->last = journal->lost.index ? journal->lost : journal->last;
	super->state = journal->state;
}

static u32 super_check(const u8 *block)
{
	u32 check = crc32c(~0U, block, offsetof(struct disk_super, check));

	return ~crc32c(check, block + sizeof(struct disk_super),
		       RAFT_JOURNAL_BLOCK - sizeof(struct disk_super));
}

/**
 * raft_journal_encode_super() - make a copy of the superblock
 * @journal: the journal
 * @block: for the copy
 */
void raft_journal_encode_super(const struct raft_journal *journal, u8 *block)
{
	const struct raft_journal_super *super = &journal->super;
	struct disk_super disk = {
		.magic = cpu_to_le64(SUPER_MAGIC),
		.version = cpu_to_le32(RAFT_JOURNAL_VERSION),
		.value_max = cpu_to_le32(super->value_max),
		.member = cpu_to_le64(super->member),
		.size = cpu_to_le64(super->size),
		.family = cpu_to_le16(super->addr.family),
		.port = cpu_to_le16(super->addr.port),
		.scope = cpu_to_le32(super->addr.scope),
		.heartbeat_ms = cpu_to_le32(super->heartbeat_ms),
		.election_ms = cpu_to_le32(super->election_ms),
		.flags = cpu_to_le32((super->as_learner ? SUPER_LEARNER : 0) |
				     (super->refused ? SUPER_REFUSED : 0)),
		.seq = cpu_to_le64(super->seq),
		.durable = cpu_to_le64(super->durable),
		.last = cpu_to_le64(super->last.index),
		.last_term = cpu_to_le64(super->last.term),
		.term = cpu_to_le64(super->state.term),
		.vote = cpu_to_le64(super->state.vote),
		.promised = cpu_to_le64(super->state.promised),
		.promised_term = cpu_to_le64(super->state.promised_term),
		.incarnation = cpu_to_le32(super->incarnation),
	};

	memcpy(disk.cluster, super->cluster, sizeof(disk.cluster));
	memcpy(disk.name, super->name, sizeof(disk.name));
	memcpy(disk.label, super->label, sizeof(disk.label));
	memcpy(disk.ip, super->addr.ip, sizeof(disk.ip));
	memset(block, 0, RAFT_JOURNAL_BLOCK);
	memcpy(block, &disk, sizeof(disk));
	disk.check = cpu_to_le32(super_check(block));
	memcpy(block, &disk, sizeof(disk));
}

/* Who the member is, and where. */
static void get_member(const struct disk_super *disk, struct raft_journal_super *super)
{
	u32 flags = le32_to_cpu(disk->flags);

	memcpy(super->cluster, disk->cluster, sizeof(super->cluster));
	memcpy(super->name, disk->name, sizeof(super->name));
	memcpy(super->label, disk->label, sizeof(super->label));
	super->addr.family = le16_to_cpu(disk->family);
	super->addr.port = le16_to_cpu(disk->port);
	super->addr.scope = le32_to_cpu(disk->scope);
	memcpy(super->addr.ip, disk->ip, sizeof(super->addr.ip));
	super->heartbeat_ms = le32_to_cpu(disk->heartbeat_ms);
	super->election_ms = le32_to_cpu(disk->election_ms);
	super->as_learner = flags & SUPER_LEARNER;
	super->refused = flags & SUPER_REFUSED;
}

static void get_super(const struct disk_super *disk, struct raft_journal_super *super)
{
	get_member(disk, super);
	super->member = le64_to_cpu(disk->member);
	super->size = le64_to_cpu(disk->size);
	super->value_max = le32_to_cpu(disk->value_max);
	super->incarnation = le32_to_cpu(disk->incarnation);
	super->seq = le64_to_cpu(disk->seq);
	super->durable = le64_to_cpu(disk->durable);
	super->last.index = le64_to_cpu(disk->last);
	super->last.term = le64_to_cpu(disk->last_term);
	super->state.term = le64_to_cpu(disk->term);
	super->state.vote = le64_to_cpu(disk->vote);
	super->state.promised = le64_to_cpu(disk->promised);
	super->state.promised_term = le64_to_cpu(disk->promised_term);
}

/* Judge one copy of the superblock. */
static enum raft_journal_verdict decode_super(const u8 *block, struct raft_journal_super *super)
{
	struct disk_super disk;

	if (!block)
		return RAFT_JOURNAL_LOST;
	memcpy(&disk, block, sizeof(disk));
	if (le64_to_cpu(disk.magic) != SUPER_MAGIC)
		return RAFT_JOURNAL_BLANK;
	if (le32_to_cpu(disk.version) != RAFT_JOURNAL_VERSION)
		return RAFT_JOURNAL_NEWER;
	if (le32_to_cpu(disk.check) != super_check(block))
		return RAFT_JOURNAL_LOST;
	get_super(&disk, super);
	return super_valid(super) ? RAFT_JOURNAL_CLEAN : RAFT_JOURNAL_LOST;
}

/**
 * raft_journal_open() - read the superblock
 * @journal: the journal
 * @reader: where blocks come from, kept
 *
 * Of two good copies the newer counts: the other was not written any more.
 *
 * Return: %RAFT_JOURNAL_CLEAN, or why the journal can not be recovered
 */
enum raft_journal_verdict raft_journal_open(struct raft_journal *journal,
					    const struct raft_journal_reader *reader)
{
	enum raft_journal_verdict verdict, best = RAFT_JOURNAL_VERDICTS;
	struct raft_journal_super super;
	u32 i, good = 0;

	memset(journal, 0, sizeof(*journal));
	journal->reader = *reader;
	for (i = 0; i < RAFT_JOURNAL_SUPERS; i++) {
		verdict = decode_super(i < reader->blocks ? reader->block(reader->ctx, i) : NULL,
				       &super);
		if (verdict < best)
			best = verdict;
		if (verdict != RAFT_JOURNAL_CLEAN)
			continue;
		if (!good++ || super.incarnation > journal->super.incarnation)
			journal->super = super;
	}
	if (best != RAFT_JOURNAL_CLEAN)
		return best;
	if (journal->super.size / RAFT_JOURNAL_BLOCK > reader->blocks)
		return RAFT_JOURNAL_LOST;
	if (journal->super.refused)
		return RAFT_JOURNAL_REFUSED;
	journal->healed = RAFT_JOURNAL_SUPERS - good;
	set_geometry(journal);
	return RAFT_JOURNAL_CLEAN;
}

static bool measure(const struct raft *raft, struct content *content)
{
	struct raft_entry entry;
	u64 index;

	content->len = content->snapshot_len;
	if (content->checkpoint || content->truncate)
		content->len += sizeof(struct disk_record);
	for (index = content->first; index <= content->last; index++) {
		if (!raft_entry_at(raft, index, &entry))
			return false;
		content->len += sizeof(struct disk_record) + entry.len;
	}
	return true;
}

/* A member that has not joined yet has applied nothing, and no state. */
static bool plan_checkpoint(const struct raft *raft, const struct raft_persist *persist,
			    struct content *content)
{
	*content = (struct content) {
		.checkpoint = true,
		.base = raft->applied,
		.snapshot_len = raft->applied ? raft_snapshot_size(raft) : 0,
		.first = raft->applied + 1,
		.last = persist->last,
	};
	return measure(raft, content);
}

static bool plan_write(const struct raft *raft, const struct raft_persist *persist,
		       struct content *content)
{
	*content = (struct content) {
		.truncate = persist->truncate,
		.first = persist->first ? persist->first : persist->last + 1,
		.last = persist->last,
	};
	return measure(raft, content);
}

/* Where a write may begin behind another: see raft_journal_size(). */
static u32 next_place(const struct raft_journal *journal, u32 end)
{
	return journal->blocks - end < journal->write_max ? 0 : end;
}

static u32 distance(const struct raft_journal *journal, u32 from, u32 to)
{
	return to >= from ? to - from : journal->blocks - from + to;
}

static bool fits(const struct raft_journal *journal, u32 parts)
{
	u32 next = next_place(journal, journal->head + parts);
	u32 span = journal->span + distance(journal, journal->head, next);

	return !journal->fresh && span <= journal->span_max &&
	       journal->prev_span + span <= 2 * journal->span_max;
}

static u8 *put_record(u8 *at, const struct disk_record *record, const u8 *data)
{
	u32 len = le32_to_cpu(record->len);

	memcpy(at, record, sizeof(*record));
	if (len && data)
		memcpy(at + sizeof(*record), data, len);
	return at + sizeof(*record) + len;
}

static u8 *put_entry(u8 *at, const struct raft_entry *entry)
{
	struct disk_record record = {
		.kind = cpu_to_le16(RECORD_ENTRY),
		.entry_kind = cpu_to_le16(entry->kind),
		.len = cpu_to_le32(entry->len),
		.index = cpu_to_le64(entry->index),
		.term = cpu_to_le64(entry->term),
		.origin = cpu_to_le64(entry->origin),
		.seq = cpu_to_le64(entry->seq),
		.expect = cpu_to_le64(entry->expect),
	};

	return put_record(at, &record, entry->data);
}

static void put_content(u8 *at, const struct raft *raft, const struct content *content)
{
	struct disk_record record = {
		.kind = cpu_to_le16(RECORD_SNAPSHOT),
		.len = cpu_to_le32(content->snapshot_len),
		.index = cpu_to_le64(content->base),
	};
	struct raft_entry entry;
	u64 index;

	if (content->checkpoint) {
		raft_snapshot_encode(raft, at + sizeof(record), content->snapshot_len);
		at = put_record(at, &record, NULL);
	} else if (content->truncate) {
		record.kind = cpu_to_le16(RECORD_TRUNCATE);
		record.index = cpu_to_le64(content->truncate);
		at = put_record(at, &record, NULL);
	}
	for (index = content->first; index <= content->last; index++) {
		raft_entry_at(raft, index, &entry);
		at = put_entry(at, &entry);
	}
}

static struct disk_head make_head(const struct raft_journal *journal, u32 parts, u32 len)
{
	return (struct disk_head) {
		.magic = cpu_to_le32(HEAD_MAGIC),
		.member = cpu_to_le64(journal->super.member),
		.seq = cpu_to_le64(journal->seq),
		.incarnation = cpu_to_le32(journal->super.incarnation),
		.parts = cpu_to_le16(parts),
		.len = cpu_to_le32(len),
		.gen_block = cpu_to_le32(journal->gen_block),
		.prev_block = cpu_to_le32(journal->prev_block),
		.gen_seq = cpu_to_le64(journal->gen_seq),
		.prev_seq = cpu_to_le64(journal->prev_seq),
		.durable = cpu_to_le64(journal->durable),
		.durable_last = cpu_to_le64(journal->durable_last.index),
		.durable_term = cpu_to_le64(journal->durable_last.term),
		.last = cpu_to_le64(journal->last.index),
		.last_term = cpu_to_le64(journal->last.term),
		.term = cpu_to_le64(journal->state.term),
		.vote = cpu_to_le64(journal->state.vote),
		.promised = cpu_to_le64(journal->state.promised),
		.promised_term = cpu_to_le64(journal->state.promised_term),
	};
}

/*
 * Number the write and give it its place. Its content is at the end of the
 * buffer; it moves to the front, a gap for the heads every so often.
 */
static u64 frame(struct raft_journal *journal, u8 *buf, u32 parts, u32 len)
{
	u32 start = journal->head, i;
	struct disk_head head;
	u8 *block, *payload;

	journal->seq++;
	head = make_head(journal, parts, len);
	for (i = 0; i < parts; i++) {
		block = buf + i * RAFT_JOURNAL_BLOCK;
		payload = buf + parts * 2 * HEAD + i * PAYLOAD;
		memmove(block + HEAD, payload, PAYLOAD);
		head.block = cpu_to_le32(start + i);
		head.part = cpu_to_le16(i);
		head.payload_check = cpu_to_le32(checksum(block + HEAD, PAYLOAD));
		head.check = cpu_to_le32(checksum(&head, offsetof(struct disk_head, check)));
		memcpy(block, &head, HEAD);
		memcpy(block + HEAD + PAYLOAD, &head, HEAD);
	}
	journal->head = next_place(journal, start + parts);
	journal->span += distance(journal, start, journal->head);
	return RAFT_JOURNAL_SUPERS + start;
}

static void open_generation(struct raft_journal *journal)
{
	journal->prev_block = journal->gen_block;
	journal->prev_seq = journal->gen_seq;
	journal->prev_span = journal->span;
	journal->gen_block = journal->head;
	journal->gen_seq = journal->seq + 1;
	journal->span = 0;
	journal->fresh = false;
}

static void take_state(struct raft_journal *journal, const struct raft *raft,
		       const struct raft_persist *persist)
{
	struct raft_entry entry;

	journal->state = (struct raft_journal_state) {
		.term = persist->term,
		.vote = persist->vote,
		.promised = persist->promised,
		.promised_term = persist->promised_term,
	};
	if (raft_entry_at(raft, persist->last, &entry))
		journal->last.term = entry.term;
	else if (persist->last != journal->last.index)
		journal->last.term = persist->term;
	journal->last.index = persist->last;
}

/**
 * raft_journal_write() - make a write of the core into blocks
 * @journal: the journal, with no write under way
 * @raft: the node, as the step left it that asked for the write
 * @persist: what it asked for
 * @buf: for the blocks, raft_journal_write_max() bytes
 * @block: set to where on the store they go
 *
 * Return: how many blocks to write; 0 if that can not be, and then the store
 *	has failed
 */
u32 raft_journal_write(struct raft_journal *journal, const struct raft *raft,
		       const struct raft_persist *persist, u8 *buf, u64 *block)
{
	struct content content;
	u32 parts;

	if (!plan_write(raft, persist, &content))
		return 0;
	if (persist->snapshot || !fits(journal, parts_of(content.len))) {
		if (!plan_checkpoint(raft, persist, &content))
			return 0;
	}
	parts = parts_of(content.len);
	if (parts > journal->write_max || journal->span + parts > journal->blocks)
		return 0;
	if (content.checkpoint)
		open_generation(journal);
	put_content(buf + parts * 2 * HEAD, raft, &content);
	memset(buf + parts * 2 * HEAD + content.len, 0, parts * PAYLOAD - content.len);
	take_state(journal, raft, persist);
	journal->marked = false;
	*block = frame(journal, buf, parts, content.len);
	return parts;
}

/**
 * raft_journal_mark() - say on the store that everything on it is durable
 * @journal: the journal
 * @buf: for a block
 * @block: set to where on the store it goes
 *
 * Without a write behind it, the newest one looks like one cut short once it
 * is damaged. So a marker is written when nothing else is; it also repeats the
 * hard state.
 *
 * Return: 1 if the block is to be written, 0 if there is no need
 */
u32 raft_journal_mark(struct raft_journal *journal, u8 *buf, u64 *block)
{
	if (journal->marked || journal->durable != journal->seq || !fits(journal, 1))
		return 0;
	journal->marked = true;
	memset(buf, 0, RAFT_JOURNAL_BLOCK);
	*block = frame(journal, buf, 1, 0);
	return 1;
}

/**
 * raft_journal_written() - the newest write is durable
 * @journal: the journal
 */
void raft_journal_written(struct raft_journal *journal)
{
	journal->durable = journal->seq;
	journal->durable_last = journal->last;
}

static void get_head(const struct disk_head *disk, struct head *head)
{
	head->block = le32_to_cpu(disk->block);
	head->seq = le64_to_cpu(disk->seq);
	head->incarnation = le32_to_cpu(disk->incarnation);
	head->payload_check = le32_to_cpu(disk->payload_check);
	head->part = le16_to_cpu(disk->part);
	head->parts = le16_to_cpu(disk->parts);
	head->len = le32_to_cpu(disk->len);
	head->gen_block = le32_to_cpu(disk->gen_block);
	head->prev_block = le32_to_cpu(disk->prev_block);
	head->gen_seq = le64_to_cpu(disk->gen_seq);
	head->prev_seq = le64_to_cpu(disk->prev_seq);
	head->durable = le64_to_cpu(disk->durable);
	head->durable_last.index = le64_to_cpu(disk->durable_last);
	head->durable_last.term = le64_to_cpu(disk->durable_term);
	head->last.index = le64_to_cpu(disk->last);
	head->last.term = le64_to_cpu(disk->last_term);
	head->state.term = le64_to_cpu(disk->term);
	head->state.vote = le64_to_cpu(disk->vote);
	head->state.promised = le64_to_cpu(disk->promised);
	head->state.promised_term = le64_to_cpu(disk->promised_term);
}

static bool head_valid(const struct raft_journal *journal, const struct head *head)
{
	return head->part < head->parts && head->parts <= journal->write_max &&
	       head->part <= head->block &&
	       head->block - head->part + head->parts <= journal->blocks &&
	       head->len <= head->parts * PAYLOAD && parts_of(head->len) == head->parts &&
	       head->gen_block < journal->blocks && head->prev_block < journal->blocks &&
	       head->seq < RAFT_TERM_LIMIT && head->gen_seq && head->gen_seq <= head->seq &&
	       head->prev_seq < head->gen_seq && head->durable < head->seq;
}

/* A disk writes a sector whole or not at all: garbage was not left by a crash. */
static enum trace decode_head(const struct raft_journal *journal, const u8 *at, u32 block,
			      struct head *head)
{
	static const struct disk_head nothing;
	struct disk_head disk;

	memcpy(&disk, at, sizeof(disk));
	if (!memcmp(&disk, &nothing, sizeof(disk)))
		return TRACE_OTHER;
	if (le32_to_cpu(disk.check) != checksum(&disk, offsetof(struct disk_head, check)))
		return TRACE_GARBAGE;
	if (le32_to_cpu(disk.magic) != HEAD_MAGIC || le32_to_cpu(disk.block) != block ||
	    le64_to_cpu(disk.member) != journal->super.member)
		return TRACE_OTHER;
	get_head(&disk, head);
	return head_valid(journal, head) ? TRACE_HEAD : TRACE_OTHER;
}

static const u8 *read_block(const struct raft_journal *journal, u32 block)
{
	return journal->reader.block(journal->reader.ctx, RAFT_JOURNAL_SUPERS + (u64)block);
}

/* Of the two heads of a block, the newer one that can be believed. */
static enum trace look(const struct raft_journal *journal, const u8 *data, u32 block,
		       struct head *head)
{
	enum trace front, back;
	struct head other;

	if (!data)
		return TRACE_GARBAGE;
	front = decode_head(journal, data, block, head);
	back = decode_head(journal, data + HEAD + PAYLOAD, block, &other);
	if (back == TRACE_HEAD && (front != TRACE_HEAD || other.seq > head->seq))
		*head = other;
	if (front == TRACE_HEAD || back == TRACE_HEAD)
		return front == TRACE_GARBAGE || back == TRACE_GARBAGE ? TRACE_HEALED : TRACE_HEAD;
	return front == TRACE_GARBAGE && back == TRACE_GARBAGE ? TRACE_GARBAGE : TRACE_OTHER;
}

/* Put together what a write holds, if all of it is there. */
static bool gather(struct raft_journal *journal, u32 block, u64 seq, struct head *head)
{
	struct head next;
	const u8 *data;
	u32 i = 0;

	journal->gathered_seq = 0;
	do {
		data = block + i < journal->blocks ? read_block(journal, block + i) : NULL;
		if (look(journal, data, block + i, &next) > TRACE_HEALED || next.seq != seq)
			return false;
		if (!i)
			*head = next;
		if (next.part != i || next.parts != head->parts || next.len != head->len ||
		    next.gen_seq != head->gen_seq || next.incarnation != head->incarnation ||
		    next.payload_check != checksum(data + HEAD, PAYLOAD))
			return false;
		memcpy(journal->work + i * PAYLOAD, data + HEAD, PAYLOAD);
	} while (++i < head->parts);
	journal->gathered_seq = seq;
	journal->gathered_len = head->len;
	return true;
}

static bool get_record(const struct raft_journal *journal, u32 offset, struct disk_record *record)
{
	u32 left;

	if (offset > journal->gathered_len)
		return false;
	left = journal->gathered_len - offset;
	if (left < sizeof(*record))
		return false;
	memcpy(record, journal->work + offset, sizeof(*record));
	return le32_to_cpu(record->len) <= left - sizeof(*record);
}

static bool take_record(struct raft_journal *journal, const struct disk_record *record,
			const struct raft_journal_place *place)
{
	u64 index = le64_to_cpu(record->index);

	switch (le16_to_cpu(record->kind)) {
	case RECORD_SNAPSHOT:
		journal->base = index;
		journal->last.index = index;
		journal->snapshot = *place;
		journal->snapshot_len = le32_to_cpu(record->len);
		return true;
	case RECORD_TRUNCATE:
		if (index <= journal->base)
			return false;
		if (index <= journal->last.index)
			journal->last.index = index - 1;
		return true;
	case RECORD_ENTRY:
		if (index != journal->last.index + 1 || index - journal->base > RAFT_LOG_SLOTS ||
		    le16_to_cpu(record->entry_kind) >= RAFT_ENTRY_KINDS)
			return false;
		journal->last.index = index;
		journal->entry[index % RAFT_LOG_SLOTS] = *place;
		return true;
	}
	return false;
}

/* Do to the log what the write in the work buffer says. */
static bool replay(struct raft_journal *journal, const struct head *head, u32 block)
{
	struct raft_journal_place place = { .seq = head->seq, .block = block };
	struct disk_record record;
	bool state;

	while (place.offset < head->len) {
		if (!get_record(journal, place.offset, &record))
			return false;
		state = le16_to_cpu(record.kind) == RECORD_SNAPSHOT;
		if (state != (head->seq == head->gen_seq && !place.offset) ||
		    !take_record(journal, &record, &place))
			return false;
		place.offset += sizeof(record) + le32_to_cpu(record.len);
	}
	if (!place.offset && head->seq == head->gen_seq)
		return false;
	return journal->last.index == head->last.index;
}

/*
 * Had a start found this write torn? Then its member went on without it, and it
 * must not come back when the bytes that it lacked arrive with a later write.
 */
static bool was_dropped(const struct raft_journal *journal, u64 seq)
{
	return seq > journal->super.durable && seq <= journal->super.seq;
}

/*
 * Replay a generation from its checkpoint on, up to a write. Return the last
 * write that could be replayed, 0 if not even the checkpoint could.
 */
static u64 walk(struct raft_journal *journal, u32 block, u64 gen_seq, u64 until)
{
	struct raft_journal_point last;
	u32 at = block;
	struct head head;
	u64 seq;

	for (seq = gen_seq; seq <= until; seq++) {
		if (was_dropped(journal, seq) || !gather(journal, at, seq, &head) ||
		    head.gen_seq != gen_seq || head.gen_block != block)
			break;
		last = journal->last;
		if (!replay(journal, &head, at)) {
			journal->last = last;
			break;
		}
		journal->gen_block = block;
		journal->gen_seq = gen_seq;
		journal->durable = seq;
		journal->last = head.last;
		if (seq > journal->super.seq) {
			journal->state.promised = head.state.promised;
			journal->state.promised_term = head.state.promised_term;
		}
		at = next_place(journal, at + head.parts);
	}
	return seq == gen_seq ? 0 : seq - 1;
}

/* Find a block of the newest write that left any. */
static bool scan(struct raft_journal *journal, struct head *newest)
{
	enum trace trace;
	struct head head;
	u32 block;

	newest->seq = 0;
	for (block = 0; block < journal->blocks; block++) {
		trace = look(journal, read_block(journal, block), block, &head);
		if (trace == TRACE_HEALED)
			journal->healed++;
		if (trace <= TRACE_HEALED && head.seq > newest->seq)
			*newest = head;
	}
	return newest->seq;
}

/*
 * What was damaged may have been a write that came after all that is seen, and
 * so a newer term or vote: is there garbage where that would have begun?
 */
static bool hides_write(struct raft_journal *journal, u32 block)
{
	struct head head;

	return look(journal, read_block(journal, block), block, &head) == TRACE_GARBAGE;
}

/**
 * raft_journal_garbage() - find a block that is not what any write left
 * @journal: the journal, recovered and started
 * @block: where to begin to look, 0 at first
 *
 * Now that the superblock tells what was lost it has nothing more to say. Left
 * where it is, it would one day seem to hide a write, see hides_write().
 *
 * Return: where it is on the store; 0 if there is none from @block on
 */
u64 raft_journal_garbage(const struct raft_journal *journal, u64 block)
{
	u64 at = max_t(u64, block, RAFT_JOURNAL_SUPERS) - RAFT_JOURNAL_SUPERS;
	struct head head;

	for (; at < journal->blocks; at++) {
		if (look(journal, read_block(journal, at), at, &head) == TRACE_GARBAGE)
			return at + RAFT_JOURNAL_SUPERS;
	}
	return 0;
}

/* A later start and its promise count, as in raft_restore_promise(). */
static void promise(struct raft_journal *journal, const struct raft_journal_point *lost)
{
	struct raft_journal_state *state = &journal->state;

	journal->lost = *lost;
	if (lost->term < state->promised_term ||
	    (lost->term == state->promised_term && lost->index <= state->promised))
		return;
	state->promised = lost->index;
	state->promised_term = lost->term;
}

/*
 * Bring back the log: the newest generation, or the one before if the newest
 * has no checkpoint. Return the last write that is in it, 0 if there is none.
 */
static u64 walk_newest(struct raft_journal *journal, const struct head *newest)
{
	u64 good = walk(journal, newest->gen_block, newest->gen_seq, newest->seq);

	if (!good && newest->prev_seq)
		good = walk(journal, newest->prev_block, newest->prev_seq, newest->gen_seq - 1);
	return good;
}

/**
 * raft_journal_recover() - read back what is in the ring
 * @journal: the journal, opened
 * @work: raft_journal_write_max() bytes that stay as long as the journal is read
 *
 * Every head is looked at, to find the newest write. Term and vote are as that
 * says, even if it is not whole: if it was not acknowledged they do no harm.
 * What was known to be durable must be there, or it is damaged.
 *
 * Return: the verdict; only a member whose journal is clean, torn or damaged may
 *	start, with the log, the term, the vote and the promise that are told
 */
enum raft_journal_verdict raft_journal_recover(struct raft_journal *journal, u8 *work)
{
	struct raft_journal_super *super = &journal->super;
	u32 start, next;
	struct head newest;
	u64 good, needed;
	bool whole, newer;

	journal->work = work;
	journal->state = super->state;
	if (!scan(journal, &newest))
		return super->seq || hides_write(journal, 0) ? RAFT_JOURNAL_LOST :
							       RAFT_JOURNAL_CLEAN;
	start = newest.block - newest.part;
	next = next_place(journal, start + newest.parts);
	whole = gather(journal, start, newest.seq, &newest);
	newer = newest.seq > super->seq;
	journal->seq = max(newest.seq, super->seq);
	journal->head = whole ? next : start;
	if (newer) {
		journal->state.term = newest.state.term;
		journal->state.vote = newest.state.vote;
	}
	good = walk_newest(journal, &newest);
	needed = max(newest.durable, super->durable);
	if ((!good && needed) || hides_write(journal, whole || newer ? next : start))
		return RAFT_JOURNAL_LOST;
	journal->span = distance(journal, journal->gen_block, journal->head);
	journal->durable_last = journal->last;
	if (good < needed) {
		promise(journal, !newer ? &super->last :
				 whole ? &newest.last : &newest.durable_last);
		return RAFT_JOURNAL_DAMAGED;
	}
	return good < newest.seq ? RAFT_JOURNAL_TORN : RAFT_JOURNAL_CLEAN;
}

/**
 * raft_journal_snapshot() - the state that was read back
 * @journal: the journal, recovered
 * @len: set to its bytes
 *
 * Return: what raft_snapshot_encode() wrote, in the work buffer; NULL if there is none
 */
const u8 *raft_journal_snapshot(struct raft_journal *journal, size_t *len)
{
	const struct raft_journal_place *place = &journal->snapshot;
	struct head head;

	*len = journal->snapshot_len;
	if (!*len || !gather(journal, place->block, place->seq, &head))
		return NULL;
	return journal->work + place->offset + sizeof(struct disk_record);
}

/**
 * raft_journal_entry() - an entry that was read back
 * @journal: the journal, recovered
 * @index: which
 * @entry: filled in; its data is in the work buffer
 *
 * Return: false if there is none
 */
bool raft_journal_entry(struct raft_journal *journal, u64 index, struct raft_entry *entry)
{
	const struct raft_journal_place *place = &journal->entry[index % RAFT_LOG_SLOTS];
	struct disk_record record;
	struct head head;

	if (index <= journal->base || index > journal->last.index)
		return false;
	if (journal->gathered_seq != place->seq &&
	    !gather(journal, place->block, place->seq, &head))
		return false;
	if (!get_record(journal, place->offset, &record))
		return false;
	*entry = (struct raft_entry) {
		.index = index,
		.term = le64_to_cpu(record.term),
		.origin = le64_to_cpu(record.origin),
		.seq = le64_to_cpu(record.seq),
		.expect = le64_to_cpu(record.expect),
		.kind = le16_to_cpu(record.entry_kind),
		.len = le32_to_cpu(record.len),
		.data = journal->work + place->offset + sizeof(record),
	};
	return true;
}

/**
 * raft_journal_restore() - give a node what was read back
 * @journal: the journal, recovered
 * @raft: the node, just made; raft_start_restore() must follow
 *
 * Return: false if the node does not take it
 */
bool raft_journal_restore(struct raft_journal *journal, struct raft *raft)
{
	const struct raft_journal_state *state = &journal->state;
	struct raft_entry entry;
	const u8 *snapshot;
	size_t len;
	u64 index;

	if (!raft_restore_hard_state(raft, state->term, state->vote))
		return false;
	snapshot = raft_journal_snapshot(journal, &len);
	if (len && (!snapshot || !raft_restore_snapshot(raft, snapshot, len)))
		return false;
	for (index = journal->base + 1; index <= journal->last.index; index++) {
		if (!raft_journal_entry(journal, index, &entry) ||
		    !raft_restore_entry(raft, &entry))
			return false;
	}
	if (state->promised)
		raft_restore_promise(raft, state->promised, state->promised_term);
	return true;
}

static void describe_records(const struct raft_journal *journal,
			     struct raft_journal_stretch *stretch)
{
	struct disk_record record;
	u32 offset = 0;
	u64 index;

	while (get_record(journal, offset, &record)) {
		index = le64_to_cpu(record.index);
		switch (le16_to_cpu(record.kind)) {
		case RECORD_SNAPSHOT:
			stretch->checkpoint = true;
			stretch->base = index;
			break;
		case RECORD_TRUNCATE:
			stretch->truncate = index;
			break;
		case RECORD_ENTRY:
			stretch->first = stretch->first ? stretch->first : index;
			stretch->last = index;
			break;
		}
		offset += sizeof(record) + le32_to_cpu(record.len);
	}
}

static enum raft_journal_kind kind_of(const struct raft_journal *journal, u32 block,
				      struct head *head)
{
	switch (look(journal, read_block(journal, block), block, head)) {
	case TRACE_HEAD:
	case TRACE_HEALED:
		return RAFT_JOURNAL_WRITE;
	case TRACE_GARBAGE:
		return RAFT_JOURNAL_GARBAGE;
	default:
		return RAFT_JOURNAL_NOTHING;
	}
}

/* How many blocks from here on belong together. */
static u32 stretch_of(const struct raft_journal *journal, u32 block, enum raft_journal_kind kind,
		      const struct head *head)
{
	struct head next;
	u32 n = 1;

	while (block + n < journal->blocks && kind_of(journal, block + n, &next) == kind) {
		if (kind == RAFT_JOURNAL_WRITE &&
		    (next.seq != head->seq || next.part != head->part + n))
			break;
		n++;
	}
	return n;
}

/**
 * raft_journal_describe() - say what is in the ring, stretch by stretch, for display
 * @journal: the journal, recovered, whatever the verdict was
 * @block: where on the store the stretch begins, 0 for the first
 * @stretch: filled in
 *
 * Return: where the next one begins; 0 if this is the last
 */
u64 raft_journal_describe(struct raft_journal *journal, u64 block,
			  struct raft_journal_stretch *stretch)
{
	u32 at = max_t(u64, block, RAFT_JOURNAL_SUPERS) - RAFT_JOURNAL_SUPERS;
	struct head head;

	memset(stretch, 0, sizeof(*stretch));
	stretch->kind = kind_of(journal, at, &head);
	stretch->block = RAFT_JOURNAL_SUPERS + (u64)at;
	stretch->blocks = stretch_of(journal, at, stretch->kind, &head);
	if (stretch->kind == RAFT_JOURNAL_WRITE) {
		stretch->parts = head.parts;
		stretch->seq = head.seq;
		stretch->gen_seq = head.gen_seq;
		stretch->incarnation = head.incarnation;
		stretch->term = head.state.term;
		stretch->dropped = was_dropped(journal, head.seq);
		stretch->whole = !head.part && gather(journal, at, head.seq, &head);
	}
	if (stretch->whole)
		describe_records(journal, stretch);
	at += stretch->blocks;
	return at < journal->blocks ? RAFT_JOURNAL_SUPERS + (u64)at : 0;
}
