// SPDX-License-Identifier: GPL-2.0
/* The codec: every type there and back, and everything that is no message. */
#include <stdlib.h>
#include <string.h>

#include <asm/byteorder.h>

#include "rng.h"
#include "test.h"
#include "wire.h"

#define HEADER	sizeof(struct raft_wire_header)

static const u8 cluster[16] = "codec selftest";

static struct raft_msg msg_of(u8 type)
{
	return (struct raft_msg) {
		.type = type,
		.flags = 0x15,
		.cluster = cluster,
		.from = 0x1122334455667788ULL,
		.to = 0x99aabbccddeeff00ULL,
		.term = 0x3edcba9876543210ULL,
	};
}

static void fill_join(struct raft_msg *msg)
{
	struct raft_member *member = &msg->join.member;

	member->id = msg->from;
	member->addr.family = 6;
	member->addr.port = 0x1234;
	member->addr.scope = 0x56789abc;
	memset(member->addr.ip, 0xfe, sizeof(member->addr.ip));
	snprintf(member->label, sizeof(member->label), "a label of thirty-one bytes, no");
	msg->join.value_max = 65536;
}

static void fill_body(struct raft_msg *msg)
{
	u64 *word = (u64 *)&msg->vote;
	u32 i;

	switch (msg->type) {
	case RAFT_MSG_JOIN:
		fill_join(msg);
		return;
	case RAFT_MSG_JOIN_REPLY:
		msg->join_reply.status = RAFT_LABEL_IN_USE;
		msg->join_reply.leader.family = 4;
		msg->join_reply.leader.port = 9;
		return;
	case RAFT_MSG_CHANGE:
		msg->change.id = 0x77;
		msg->change.what = RAFT_ADMIN_TRANSFER;
		msg->change.target = 0x8877665544332211ULL;
		return;
	case RAFT_MSG_CHANGE_REPLY:
		msg->change.id = 0x78;
		msg->change.status = RAFT_TRANSFER_FAILED;
		return;
	case RAFT_MSG_TIMEOUT_NOW:
	case RAFT_MSG_FORWARD:
	case RAFT_MSG_OP_CHUNK:
		return;
	}
	for (i = 0; i < sizeof(msg->append_reply) / sizeof(*word); i++)
		word[i] = 0x0102030405060708ULL * (i + 1);
	if (msg->type == RAFT_MSG_SNAPSHOT_CHUNK)
		msg->snapshot.total = 3 * RAFT_CHUNK + 10;
}

static const u8 bytes[RAFT_CHUNK] = { 1, 2, 3 };

static struct raft_entry entry_of(u32 len)
{
	return (struct raft_entry) {
		.term = 0x1111111111111111ULL,
		.origin = 0x2222222222222222ULL,
		.seq = 0x3333333333333333ULL,
		.expect = 0x4444444444444444ULL,
		.kind = RAFT_ENTRY_CAS,
		.len = len,
		.data = bytes,
	};
}

/* A message of each type as large as it gets. */
static u32 build(u8 type, u8 *buf, struct raft_msg *msg)
{
	struct raft_entry entry;
	u32 len;

	*msg = msg_of(type);
	fill_body(msg);
	if (type == RAFT_MSG_ENTRY_CHUNK || type == RAFT_MSG_OP_CHUNK) {
		msg->entry = entry_of(2 * RAFT_CHUNK + 7);
		msg->offset = RAFT_CHUNK;
	} else if (type == RAFT_MSG_SNAPSHOT_CHUNK) {
		msg->offset = 2 * RAFT_CHUNK;
	}
	len = raft_wire_encode(buf, msg);
	if (type == RAFT_MSG_ENTRY_CHUNK || type == RAFT_MSG_OP_CHUNK ||
	    type == RAFT_MSG_SNAPSHOT_CHUNK) {
		msg->n_bytes = RAFT_CHUNK;
		return raft_wire_add_bytes(buf, len, bytes, RAFT_CHUNK);
	}
	if (type != RAFT_MSG_APPEND && type != RAFT_MSG_FORWARD)
		return len;
	for (entry = entry_of(0); raft_wire_add_entry(buf, &len, &entry); entry.len += 13)
		msg->entries.n++;
	return len;
}

static bool same_header(const struct raft_msg *a, const struct raft_msg *b)
{
	return a->type == b->type && a->flags == b->flags && a->from == b->from &&
	       a->to == b->to && a->term == b->term &&
	       !memcmp(a->cluster, b->cluster, sizeof(cluster));
}

static size_t body_size(u8 type)
{
	static const struct raft_msg *msg;

	switch (type) {
	case RAFT_MSG_VOTE:
		return sizeof(msg->vote);
	case RAFT_MSG_VOTE_REPLY:
		return sizeof(msg->vote_reply);
	case RAFT_MSG_APPEND:
		return sizeof(msg->append);
	case RAFT_MSG_APPEND_REPLY:
		return sizeof(msg->append_reply);
	case RAFT_MSG_ENTRY_CHUNK:
		return offsetof(struct raft_msg, append.hash_index) -
		       offsetof(struct raft_msg, append);
	case RAFT_MSG_SNAPSHOT_CHUNK:
		return sizeof(msg->snapshot) - sizeof(u32);
	case RAFT_MSG_SNAPSHOT_REPLY:
		return sizeof(msg->snapshot_reply);
	case RAFT_MSG_OP_CHUNK_REPLY:
		return sizeof(msg->op_chunk_reply);
	case RAFT_MSG_READ:
		return sizeof(msg->read.id);
	case RAFT_MSG_READ_REPLY:
		return sizeof(msg->read);
	case RAFT_MSG_JOIN:
		return sizeof(msg->join);
	case RAFT_MSG_JOIN_REPLY:
		return sizeof(msg->join_reply);
	case RAFT_MSG_CHANGE:
	case RAFT_MSG_CHANGE_REPLY:
		return sizeof(msg->change);
	}
	return 0;
}

static void check_rest(const struct raft_msg *msg, struct raft_msg *back)
{
	struct raft_entry entry;
	u32 n = 0;

	CHECK_EQ(back->n_bytes, msg->n_bytes);
	CHECK_EQ(back->offset, msg->offset);
	CHECK_EQ(back->entry.len, msg->entry.len);
	CHECK_EQ(back->entry.expect, msg->entry.expect);
	CHECK(!msg->n_bytes || !memcmp(back->bytes, bytes, msg->n_bytes));
	CHECK_EQ(back->entries.n, msg->entries.n);
	while (raft_wire_next_entry(&back->entries, &entry)) {
		CHECK_EQ(entry.len, 13 * n);
		CHECK_EQ(entry.term, entry_of(0).term);
		CHECK_EQ(entry.origin, entry_of(0).origin);
		CHECK_EQ(entry.seq, entry_of(0).seq);
		CHECK_EQ(entry.expect, entry_of(0).expect);
		CHECK_EQ(entry.kind, RAFT_ENTRY_CAS);
		CHECK(!memcmp(entry.data, bytes, entry.len));
		n++;
		if (msg->type == RAFT_MSG_APPEND)
			CHECK_EQ(entry.index, msg->append.prev_index + n);
	}
	CHECK_EQ(n, msg->entries.n);
}

static void test_there_and_back(void)
{
	u8 buf[RAFT_DGRAM_MAX], again[RAFT_DGRAM_MAX];
	struct raft_msg msg, back;
	enum raft_drop why;
	u32 len;
	u8 type;

	for (type = 1; type < RAFT_MSG_TYPES; type++) {
		len = build(type, buf, &msg);
		CHECK(len <= RAFT_DGRAM_MAX);
		CHECK(raft_wire_decode(buf, len, &back, &why));
		CHECK(same_header(&msg, &back));
		CHECK(!memcmp(&msg.vote, &back.vote, body_size(type)));
		CHECK(!memcmp(again, buf, raft_wire_encode(again, &back)));
		check_rest(&msg, &back);
		CHECK(strcmp(raft_msg_name(type), "unknown"));
	}
	CHECK(!strcmp(raft_msg_name(0), "unknown"));
	CHECK(!strcmp(raft_msg_name(RAFT_MSG_TYPES), "unknown"));
	CHECK(!strcmp(raft_msg_name(255), "unknown"));
}

/* Whether a type's datagram may also end after these bytes. */
static bool may_end(u8 type, const u8 *buf, u32 len)
{
	struct raft_wire_entry wire;
	u32 at = HEADER;

	if (type == RAFT_MSG_APPEND)
		at += sizeof(struct raft_wire_append);
	else if (type != RAFT_MSG_FORWARD)
		return false;
	while (at < len) {
		memcpy(&wire, buf + at, sizeof(wire));
		at += sizeof(wire) + wire.len;
	}
	return at == len;
}

static void test_every_length(void)
{
	u8 buf[RAFT_DGRAM_MAX + 64] = { 0 };
	struct raft_msg msg, back;
	enum raft_drop why;
	u32 len, cut;
	u8 type;

	for (type = 1; type < RAFT_MSG_TYPES; type++) {
		len = build(type, buf, &msg);
		for (cut = 0; cut < len; cut++) {
			u8 *exact = malloc(cut ? cut : 1);

			memcpy(exact, buf, cut);
			CHECK_EQ(raft_wire_decode(exact, cut, &back, &why),
				 may_end(type, buf, cut));
			if (!may_end(type, buf, cut))
				CHECK(why == RAFT_DROP_SHORT || why == RAFT_DROP_FIELD);
			free(exact);
		}
		memset(buf + len, 0, sizeof(buf) - len);
		for (cut = len + 1; cut < sizeof(buf); cut++)
			CHECK(!raft_wire_decode(buf, cut, &back, &why) ||
			      may_end(type, buf, cut));
	}
}

static enum raft_drop reason(const u8 *buf, u32 len)
{
	struct raft_msg msg;
	enum raft_drop why = RAFT_DROPS;

	return raft_wire_decode(buf, len, &msg, &why) ? RAFT_DROPS : why;
}

static void test_reasons(void)
{
	struct raft_wire_header *header;
	u8 buf[RAFT_DGRAM_MAX + 1] = { 0 };
	struct raft_msg msg;
	u32 len;

	header = (struct raft_wire_header *)buf;
	len = build(RAFT_MSG_VOTE, buf, &msg);
	CHECK_EQ(reason(buf, len), RAFT_DROPS);
	CHECK_EQ(reason(buf, 0), RAFT_DROP_SHORT);
	CHECK_EQ(reason(buf, HEADER - 1), RAFT_DROP_SHORT);
	CHECK_EQ(reason(buf, len - 1), RAFT_DROP_SHORT);
	CHECK_EQ(reason(buf, len + 1), RAFT_DROP_LONG);
	CHECK_EQ(reason(buf, sizeof(buf)), RAFT_DROP_LONG);
	header->version++;
	CHECK_EQ(reason(buf, len), RAFT_DROP_VERSION);
	header->version--;
	header->magic ^= 1;
	CHECK_EQ(reason(buf, len), RAFT_DROP_VERSION);
	header->magic ^= 1;
	header->type = 0;
	CHECK_EQ(reason(buf, len), RAFT_DROP_TYPE);
	header->type = RAFT_MSG_TYPES;
	CHECK_EQ(reason(buf, len), RAFT_DROP_TYPE);
	header->type = RAFT_MSG_VOTE;
	header->from = 0;
	CHECK_EQ(reason(buf, len), RAFT_DROP_FIELD);
	header->from = 1;
	header->term = cpu_to_le64(RAFT_TERM_LIMIT);
	CHECK_EQ(reason(buf, len), RAFT_DROP_FIELD);
}

static u32 encode(u8 *buf, struct raft_msg msg, u32 n_bytes)
{
	return raft_wire_add_bytes(buf, raft_wire_encode(buf, &msg), bytes, n_bytes);
}

static void test_fields(void)
{
	u8 buf[RAFT_DGRAM_MAX];
	struct raft_msg msg;

#define BAD(type, n, change) do {					\
	u32 __n = (n);							\
									\
	build(type, buf, &msg);						\
	CHECK(reason(buf, encode(buf, msg, __n)) == RAFT_DROPS);	\
	change;								\
	CHECK_EQ(reason(buf, encode(buf, msg, __n)), RAFT_DROP_FIELD);	\
} while (0)
	BAD(RAFT_MSG_APPEND, 0, msg.append.prev_index = RAFT_TERM_LIMIT);
	BAD(RAFT_MSG_ENTRY_CHUNK, RAFT_CHUNK, msg.append.prev_index = ~0ULL);
	BAD(RAFT_MSG_ENTRY_CHUNK, RAFT_CHUNK, msg.entry.len = RAFT_VALUE_LIMIT + 1);
	BAD(RAFT_MSG_ENTRY_CHUNK, RAFT_CHUNK, msg.entry.len = RAFT_CHUNK);
	BAD(RAFT_MSG_ENTRY_CHUNK, RAFT_CHUNK, msg.entry.kind = RAFT_ENTRY_KINDS);
	BAD(RAFT_MSG_ENTRY_CHUNK, RAFT_CHUNK, msg.offset++);
	BAD(RAFT_MSG_OP_CHUNK, RAFT_CHUNK, msg.offset = 2 * RAFT_CHUNK);
	BAD(RAFT_MSG_OP_CHUNK, RAFT_CHUNK, msg.entry.len = 0);
	BAD(RAFT_MSG_SNAPSHOT_CHUNK, RAFT_CHUNK, msg.snapshot.index = 0);
	BAD(RAFT_MSG_SNAPSHOT_CHUNK, RAFT_CHUNK, msg.snapshot.index = RAFT_TERM_LIMIT);
	BAD(RAFT_MSG_SNAPSHOT_CHUNK, RAFT_CHUNK, msg.snapshot.total = ~0U);
	BAD(RAFT_MSG_SNAPSHOT_CHUNK, RAFT_CHUNK, msg.offset = ~0U);
	BAD(RAFT_MSG_READ, 0, msg.read.id = 0);
	BAD(RAFT_MSG_READ_REPLY, 0, msg.read.id = 0);
	BAD(RAFT_MSG_JOIN, 0, msg.join.member.id++);
	BAD(RAFT_MSG_JOIN, 0, msg.join.member.flags = RAFT_MEMBER_VOTER);
	BAD(RAFT_MSG_JOIN, 0, msg.join.member.label[0] = 0);
	BAD(RAFT_MSG_JOIN, 0, msg.join.member.label[RAFT_LABEL_LEN - 1] = 'x');
	BAD(RAFT_MSG_JOIN, 0, msg.join.member.addr.family = 5);
	BAD(RAFT_MSG_JOIN, 0, msg.join.member.addr.port = 0);
	BAD(RAFT_MSG_JOIN_REPLY, 0, msg.join_reply.status = RAFT_STATUSES);
	BAD(RAFT_MSG_CHANGE, 0, msg.change.what = RAFT_ADMINS);
	BAD(RAFT_MSG_CHANGE, 0, msg.change.id = 0);
	BAD(RAFT_MSG_CHANGE_REPLY, 0, msg.change.status = RAFT_STATUSES);
	BAD(RAFT_MSG_CHANGE_REPLY, 0, msg.change.id = 0);
#undef BAD
}

static void test_entries_that_do_not_fit(void)
{
	u8 buf[RAFT_DGRAM_MAX + 1];
	struct raft_msg msg = msg_of(RAFT_MSG_FORWARD);
	struct raft_entry entry = entry_of(RAFT_CHUNK + 1);
	u32 len = raft_wire_encode(buf, &msg);
	u32 was = len;

	buf[RAFT_DGRAM_MAX] = 0xaa;
	CHECK(!raft_wire_add_entry(buf, &len, &entry));
	CHECK_EQ(len, was);
	entry.len = RAFT_DGRAM_MAX - len - sizeof(struct raft_wire_entry) + 1;
	CHECK(!raft_wire_add_entry(buf, &len, &entry) || entry.len > RAFT_CHUNK);
	entry.len = min_t(u32, entry.len - 1, RAFT_CHUNK);
	CHECK(raft_wire_add_entry(buf, &len, &entry));
	CHECK(!raft_wire_add_entry(buf, &len, &entry));
	CHECK_EQ(buf[RAFT_DGRAM_MAX], 0xaa);
}

/* Walk what was decoded, so that the sanitizers see where it points. */
static u64 walk(struct raft_msg *msg)
{
	struct raft_entry entry;
	u64 sum = 0;
	u32 i;

	for (i = 0; i < msg->n_bytes; i++)
		sum += msg->bytes[i];
	while (raft_wire_next_entry(&msg->entries, &entry))
		for (i = 0; i < entry.len; i++)
			sum += entry.data[i];
	return sum;
}

static void test_damage(void)
{
	struct rng rng = { .state = 4 };
	u8 buf[RAFT_DGRAM_MAX];
	struct raft_msg msg, back;
	enum raft_drop why;
	u32 round, len, flips, taken = 0;
	u64 sum = 0;
	u8 *exact;

	for (round = 0; round < 200000; round++) {
		len = build(rng_between(&rng, 1, RAFT_MSG_TYPES - 1), buf, &msg);
		for (flips = rng_between(&rng, 1, 4); flips; flips--)
			buf[rng_next(&rng) % len] ^= 1 << rng_next(&rng) % 8;
		if (rng_chance(&rng, 300))
			len = rng_next(&rng) % len;
		exact = malloc(len ? len : 1);
		memcpy(exact, buf, len);
		if (raft_wire_decode(exact, len, &back, &why)) {
			sum += walk(&back);
			taken++;
		} else {
			CHECK(why < RAFT_DROPS);
		}
		free(exact);
	}
	CHECK(taken && sum);
}

static const struct test tests[] = {
	{ "a message of every type survives the wire", test_there_and_back },
	{ "no type takes another length than its own", test_every_length },
	{ "every reason to drop a datagram is told apart", test_reasons },
	{ "a field out of its range is not believed", test_fields },
	{ "an entry that does not fit adds nothing", test_entries_that_do_not_fit },
	{ "200000 damaged datagrams are refused or harmless", test_damage },
};

int main(void)
{
	return run_tests(tests, ARRAY_SIZE(tests));
}
