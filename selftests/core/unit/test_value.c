// SPDX-License-Identifier: GPL-2.0
/* The state machine: revisions, compare-and-set, once only, its hash. */
#include <string.h>

#include "test.h"
#include "value.h"

#define SIZE	64

static struct raft_value value;
static u8 room[SIZE];
static u64 last_index;

static void fresh(const u64 *ids, u16 n)
{
	struct raft_config config = { .n = n };
	u16 i;

	for (i = 0; i < n; i++)
		config.member[i].id = ids[i];
	raft_value_init(&value, room, SIZE);
	raft_value_set_members(&value, &config);
	last_index = 0;
}

static bool apply(enum raft_entry_kind kind, u64 origin, u64 seq, const char *text, u64 expect,
		  enum raft_status *status)
{
	struct raft_entry entry = {
		.index = ++last_index,
		.term = 1,
		.origin = origin,
		.seq = seq,
		.expect = expect,
		.kind = kind,
		.len = strlen(text),
		.data = (const u8 *)text,
	};

	return raft_value_apply(&value, &entry, status);
}

static bool holds(const char *text)
{
	return value.len == strlen(text) && !memcmp(value.data, text, value.len);
}

static const u64 two[] = { 1, 2 };

static void test_write(void)
{
	enum raft_status status;

	fresh(two, 2);
	CHECK_EQ(value.revision, 0);
	CHECK_EQ(value.len, 0);
	CHECK(apply(RAFT_ENTRY_WRITE, 1, 1, "a", 0, &status));
	CHECK_EQ(status, RAFT_OK);
	CHECK(apply(RAFT_ENTRY_WRITE, 2, 1, "", 0, &status));
	CHECK(apply(RAFT_ENTRY_WRITE, 2, 2, "c", 0, &status));
	CHECK_EQ(value.revision, 3);
	CHECK(holds("c"));
}

static void test_cas(void)
{
	enum raft_status status;

	fresh(two, 2);
	CHECK(apply(RAFT_ENTRY_CAS, 1, 1, "a", 0, &status));
	CHECK_EQ(status, RAFT_OK);
	CHECK_EQ(value.revision, 1);
	CHECK(apply(RAFT_ENTRY_CAS, 1, 2, "b", 0, &status));
	CHECK_EQ(status, RAFT_CONFLICT);
	CHECK_EQ(value.revision, 1);
	CHECK(holds("a"));
	CHECK_EQ(raft_value_session(&value, 1)->seq, 2);
	CHECK_EQ(raft_value_session(&value, 1)->status, RAFT_CONFLICT);
	CHECK_EQ(raft_value_session(&value, 1)->revision, 1);
}

static void test_once(void)
{
	enum raft_status status;

	fresh(two, 2);
	CHECK(apply(RAFT_ENTRY_WRITE, 1, 5, "a", 0, &status));
	CHECK(!apply(RAFT_ENTRY_WRITE, 1, 5, "a", 0, &status));
	CHECK(!apply(RAFT_ENTRY_WRITE, 1, 4, "b", 0, &status));
	CHECK(apply(RAFT_ENTRY_WRITE, 2, 4, "c", 0, &status));
	CHECK(apply(RAFT_ENTRY_WRITE, 1, 6, "d", 0, &status));
	CHECK_EQ(value.revision, 3);
	CHECK(holds("d"));
}

static void test_strangers(void)
{
	enum raft_status status;

	fresh(two, 2);
	CHECK(!apply(RAFT_ENTRY_WRITE, 3, 1, "a", 0, &status));
	CHECK_EQ(value.revision, 0);
	CHECK(!raft_value_session(&value, 3));
}

static void test_too_large(void)
{
	enum raft_status status;
	char text[SIZE + 2];

	memset(text, 'x', sizeof(text));
	text[SIZE + 1] = 0;
	fresh(two, 2);
	CHECK(!apply(RAFT_ENTRY_WRITE, 1, 1, text, 0, &status));
	CHECK_EQ(value.revision, 0);
	text[SIZE] = 0;
	CHECK(apply(RAFT_ENTRY_WRITE, 1, 2, text, 0, &status));
	CHECK_EQ(value.len, SIZE);
}

static void test_members_come_and_go(void)
{
	static const u64 next[] = { 2, 3 };
	struct raft_config config = { .n = 2 };
	enum raft_status status;

	fresh(two, 2);
	apply(RAFT_ENTRY_WRITE, 1, 1, "a", 0, &status);
	apply(RAFT_ENTRY_WRITE, 2, 7, "b", 0, &status);
	config.member[0].id = next[0];
	config.member[1].id = next[1];
	raft_value_set_members(&value, &config);
	CHECK(!raft_value_session(&value, 1));
	CHECK_EQ(raft_value_session(&value, 2)->seq, 7);
	CHECK_EQ(raft_value_session(&value, 3)->seq, 0);
	CHECK(!apply(RAFT_ENTRY_WRITE, 2, 7, "b", 0, &status));
	CHECK(apply(RAFT_ENTRY_WRITE, 3, 1, "c", 0, &status));
}

static u64 hash_after(u64 origin, u64 seq, const char *text)
{
	enum raft_status status;

	fresh(two, 2);
	apply(RAFT_ENTRY_NOOP, 0, 0, "", 0, &status);
	apply(RAFT_ENTRY_WRITE, origin, seq, text, 0, &status);
	return value.hash;
}

static void test_state_hash(void)
{
	CHECK_EQ(hash_after(1, 1, "abc"), hash_after(1, 1, "abc"));
	CHECK(hash_after(1, 1, "abc") != hash_after(1, 1, "abd"));
	CHECK(hash_after(1, 1, "abc") != hash_after(3, 1, "abc"));
}

static void test_hash(void)
{
	u8 data[64] = { 0 };
	u64 seen[sizeof(data) + 1];
	u32 i, j;

	for (i = 0; i <= sizeof(data); i++) {
		seen[i] = raft_hash(0, data, i);
		for (j = 0; j < i; j++)
			CHECK(seen[i] != seen[j]);
	}
	for (i = 0; i < sizeof(data); i++) {
		data[i] ^= 0x10;
		CHECK(raft_hash(0, data, sizeof(data)) != seen[sizeof(data)]);
		data[i] ^= 0x10;
	}
	CHECK(raft_hash(1, data, 8) != raft_hash(0, data, 8));
}

static const struct test tests[] = {
	{ "every write makes a revision, an empty one too", test_write },
	{ "compare-and-set replaces only the revision it expects", test_cas },
	{ "an operation is applied once", test_once },
	{ "an operation of who is no member changes nothing", test_strangers },
	{ "a value that does not fit changes nothing", test_too_large },
	{ "sessions follow the members", test_members_come_and_go },
	{ "the state hash tells different histories apart", test_state_hash },
	{ "the hash tells lengths, bits and seeds apart", test_hash },
};

int main(void)
{
	return run_tests(tests, ARRAY_SIZE(tests));
}
