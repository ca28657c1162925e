// SPDX-License-Identifier: GPL-2.0
/* The log window: slots, the data ring, and where two logs part. */
#include <string.h>

#include "log.h"
#include "rng.h"
#include "test.h"

#define SIZE	4096

static struct raft_log window;
static u8 ring[SIZE];

static u8 byte_of(u64 index, u32 i)
{
	return index * 31 + i;
}

static bool push(u64 term, u32 len)
{
	u8 data[SIZE + 1];
	struct raft_entry entry = {
		.index = window.last + 1,
		.term = term,
		.len = len,
		.data = data,
	};
	u32 i;

	for (i = 0; i < len; i++)
		data[i] = byte_of(entry.index, i);
	return raft_log_push(&window, &entry);
}

static bool intact(void)
{
	const struct raft_entry *entry;
	u64 index;
	u32 i, bytes = 0;

	for (index = window.last; index >= window.first; index--) {
		if (raft_log_bytes(&window, index) != bytes)
			return false;
		entry = raft_log_at(&window, index);
		bytes += entry->len;
		if (entry->index != index || entry->data < ring ||
		    entry->data + entry->len > ring + SIZE)
			return false;
		for (i = 0; i < entry->len; i++) {
			if (entry->data[i] != byte_of(index, i))
				return false;
		}
	}
	return raft_log_bytes(&window, index) == bytes;
}

static void fresh(void)
{
	raft_log_init(&window, ring, SIZE);
}

static void test_empty(void)
{
	u64 term = 9;

	fresh();
	CHECK_EQ(window.first, 1);
	CHECK_EQ(window.last, 0);
	CHECK_EQ(raft_log_last_term(&window), 0);
	CHECK(raft_log_term(&window, 0, &term) && term == 0);
	CHECK(!raft_log_term(&window, 1, &term));
	CHECK(!raft_log_has(&window, 0));
	CHECK(!raft_log_has(&window, 1));
}

static void test_slots_run_out(void)
{
	u32 i;

	fresh();
	for (i = 0; i < RAFT_LOG_SLOTS; i++)
		CHECK(push(1, 0));
	CHECK(!push(1, 0));
	raft_log_compact(&window, 2);
	CHECK(push(1, 0));
	CHECK(!push(1, 0));
	CHECK_EQ(window.first, 2);
	CHECK_EQ(window.last, RAFT_LOG_SLOTS + 1);
	CHECK(intact());
}

static void test_data_runs_out(void)
{
	fresh();
	CHECK(!push(1, SIZE + 1));
	CHECK(push(1, SIZE));
	CHECK(!push(1, 1));
	CHECK(push(1, 0));
	raft_log_compact(&window, 2);
	CHECK(intact());
}

static void test_wrap_keeps_the_oldest(void)
{
	u32 len;

	for (len = 0; len <= 64; len++) {
		fresh();
		CHECK(push(1, 64));
		CHECK(push(1, SIZE - 64));
		raft_log_compact(&window, 2);
		while (push(1, len) && window.last < 100)
			CHECK(intact());
		CHECK(intact());
	}
}

static void test_truncate_gives_room_back(void)
{
	fresh();
	CHECK(push(1, 1000));
	CHECK(push(2, 3000));
	CHECK(!push(2, 1000));
	raft_log_truncate(&window, 2);
	CHECK_EQ(window.last, 1);
	CHECK_EQ(raft_log_last_term(&window), 1);
	CHECK(push(3, 1000));
	CHECK_EQ(raft_log_last_term(&window), 3);
	CHECK(intact());
	raft_log_truncate(&window, 1);
	CHECK(push(4, SIZE));
	CHECK(intact());
}

static void test_compact_remembers_term(void)
{
	u64 term;

	fresh();
	push(3, 1);
	push(4, 1);
	push(5, 1);
	raft_log_compact(&window, 3);
	CHECK(!raft_log_has(&window, 2));
	CHECK(raft_log_term(&window, 2, &term) && term == 4);
	CHECK(!raft_log_term(&window, 1, &term));
	raft_log_compact(&window, 2);
	CHECK_EQ(window.first, 3);
	raft_log_compact(&window, 4);
	CHECK_EQ(window.last, 3);
	CHECK_EQ(raft_log_last_term(&window), 5);
	raft_log_compact(&window, 9);
	CHECK_EQ(window.first, 4);
	CHECK(push(6, 1));
	CHECK_EQ(window.last, 4);
}

static void test_reset_starts_behind_a_snapshot(void)
{
	u64 term;

	fresh();
	push(1, 10);
	raft_log_reset(&window, 70, 7);
	CHECK_EQ(window.first, 71);
	CHECK_EQ(raft_log_last_term(&window), 7);
	CHECK(raft_log_term(&window, 70, &term) && term == 7);
	CHECK(push(8, SIZE));
	CHECK(intact());
}

static void test_conflict_skips_whole_terms(void)
{
	static const u64 terms[] = { 1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3 };
	u64 found;
	u32 i;

	fresh();
	for (i = 0; i < ARRAY_SIZE(terms); i++)
		push(terms[i], 0);
	CHECK_EQ(raft_log_find_conflict(&window, 99, 3, &found), 11);
	CHECK_EQ(found, 3);
	CHECK_EQ(raft_log_find_conflict(&window, 10, 2, &found), 6);
	CHECK_EQ(found, 2);
	CHECK_EQ(raft_log_find_conflict(&window, 2, 5, &found), 2);
	CHECK_EQ(found, 1);
	CHECK_EQ(raft_log_find_conflict(&window, 11, 0, &found), 0);
	CHECK_EQ(found, 0);
	raft_log_compact(&window, 5);
	CHECK_EQ(raft_log_find_conflict(&window, 11, 1, &found), 3);
	CHECK_EQ(found, 0);
}

static void churn(struct rng *rng)
{
	u64 index;
	u32 n;

	for (n = 0; n < 3000; n++) {
		switch (rng_between(rng, 0, 9)) {
		case 0:
			if (window.last < window.first)
				break;
			index = rng_between(rng, window.first, window.last);
			raft_log_truncate(&window, index);
			break;
		case 1:
		case 2:
			raft_log_compact(&window, rng_between(rng, window.first, window.last + 1));
			break;
		default:
			push(1, rng_between(rng, 0, rng_chance(rng, 100) ? SIZE : 200));
		}
		if (!intact())
			break;
	}
	CHECK_EQ(n, 3000);
}

static void test_churn(void)
{
	struct rng rng = { .state = 1 };
	u32 i;

	for (i = 0; i < 50; i++) {
		fresh();
		churn(&rng);
	}
}

static const struct test tests[] = {
	{ "an empty log has index 0 of term 0 behind it", test_empty },
	{ "a log without a free slot takes nothing more", test_slots_run_out },
	{ "a log whose data ring is full takes no data", test_data_runs_out },
	{ "data that wraps around never touches the oldest entries", test_wrap_keeps_the_oldest },
	{ "a truncated entry gives its room back", test_truncate_gives_room_back },
	{ "compaction remembers the term before the window", test_compact_remembers_term },
	{ "a reset log begins behind its snapshot", test_reset_starts_behind_a_snapshot },
	{ "the search for a conflict skips whole terms", test_conflict_skips_whole_terms },
	{ "any order of pushes, truncations and compactions keeps the data", test_churn },
};

int main(void)
{
	return run_tests(tests, ARRAY_SIZE(tests));
}
