// SPDX-License-Identifier: GPL-2.0
/* What a node starts from: its parameters, and what its store gives back. */
#include <stdlib.h>
#include <string.h>

#include <asm/byteorder.h>

#include "fail.h"
#include "raft.h"
#include "test.h"
#include "wire.h"

/* Where a snapshot has what (see snapshot.c), and the configuration of one member. */
#define AT_INDEX	0
#define AT_CONFIG_INDEX	32
#define AT_SESSIONS	40
#define AT_CONFIG_LEN	44
#define AT_VALUE_LEN	48
#define HEADER		56
#define SESSION		28
#define AT_HEARTBEAT	(HEADER + SESSION)
#define AT_VALUE_MAX	(AT_HEARTBEAT + 8)

static struct raft_params params_of(void)
{
	return (struct raft_params) {
		.cluster = "restore selftest",
		.id = 1,
		.addr = { .family = 4, .port = 1 },
		.label = "alone",
		.heartbeat_ms = RAFT_HEARTBEAT_MS,
		.election_ms = RAFT_ELECTION_MS,
		.value_max = 64,
		.seed = 1,
	};
}

static struct raft *node_new(void)
{
	struct raft_params params = params_of();

	return raft_init(must_realloc(NULL, raft_size(&params)), &params);
}

static void test_params(void)
{
	struct raft_params params = params_of();

	CHECK(raft_params_valid(&params));
	params.id = 0;
	CHECK(!raft_params_valid(&params));
	params = params_of();
	params.value_max = 0;
	CHECK(!raft_params_valid(&params));
	params.value_max = RAFT_VALUE_LIMIT;
	CHECK(raft_params_valid(&params));
	params.value_max++;
	CHECK(!raft_params_valid(&params));
	params = params_of();
	params.label[0] = 0;
	CHECK(!raft_params_valid(&params));
	memset(params.label, 'x', sizeof(params.label));
	CHECK(!raft_params_valid(&params));
	params = params_of();
	params.heartbeat_ms = 0;
	CHECK(!raft_params_valid(&params));
	params.heartbeat_ms = params.election_ms;
	CHECK(!raft_params_valid(&params));
}

/* The state of a cluster that was just created: bytes that are to be freed. */
static u8 *snapshot_of(struct raft *raft, size_t *len)
{
	u8 *data;

	raft_start_create(raft, 1);
	*len = raft_snapshot_size(raft);
	data = must_realloc(NULL, *len);
	CHECK_EQ(raft_snapshot_encode(raft, data, *len), *len);
	return data;
}

static void test_starts_from_nothing(void)
{
	struct raft *raft = node_new();

	CHECK(!raft_start_restore(raft, 1));
	CHECK(raft_restore_hard_state(raft, 3, 1));
	CHECK(!raft_start_restore(raft, 1));
	free(raft);
}

static void test_starts_from_a_snapshot(void)
{
	struct raft *from = node_new(), *raft = node_new();
	struct raft_view view;
	size_t len;
	u8 *data = snapshot_of(from, &len);

	CHECK(raft_restore_snapshot(raft, data, len));
	/* A member has been in some term. */
	CHECK(!raft_start_restore(raft, 1));
	CHECK(raft_restore_hard_state(raft, 5, 1));
	CHECK(raft_start_restore(raft, 1));
	raft_view(raft, &view);
	CHECK_EQ(view.term, 5);
	CHECK_EQ(view.vote, 1);
	CHECK_EQ(view.applied, 1);
	CHECK_EQ(view.config->n, 1);
	CHECK_EQ(view.role, RAFT_FOLLOWER);
	CHECK_EQ(view.last_change.reason, RAFT_WHY_START);
	CHECK_EQ(raft_snapshot_encode(raft, data, len - 1), 0);
	free(data);
	free(from);
	free(raft);
}

/* The times belong to the cluster: what a node was made with counts until it knows them. */
static void test_times_are_the_clusters(void)
{
	struct raft_params slow = params_of();
	struct raft *from, *raft = node_new();
	struct raft_event event = { .type = RAFT_EV_CONTINUE, .now = 1 };
	static struct raft_update update;
	size_t len;
	u8 *data;

	slow.heartbeat_ms = 1000;
	slow.election_ms = 5000;
	from = raft_init(must_realloc(NULL, raft_size(&slow)), &slow);
	data = snapshot_of(from, &len);
	CHECK(raft_restore_snapshot(raft, data, len));
	CHECK(raft_restore_hard_state(raft, 2, 0));
	CHECK(raft_start_restore(raft, 1));
	raft_step(raft, &event, &update);
	CHECK(update.wake >= 5000000 && update.wake <= 10000000);
	free(data);
	free(from);
	free(raft);
}

static void test_term_does_not_fall(void)
{
	struct raft *raft = node_new();
	struct raft_view view;

	CHECK(raft_restore_hard_state(raft, 5, 0));
	CHECK(raft_restore_hard_state(raft, 5, 1));
	CHECK(!raft_restore_hard_state(raft, 4, 1));
	raft_view(raft, &view);
	CHECK_EQ(view.term, 5);
	CHECK_EQ(view.vote, 1);
	free(raft);
}

static void put(u8 *data, size_t at, u32 value)
{
	__le32 wire = cpu_to_le32(value);

	memcpy(data + at, &wire, sizeof(wire));
}

/* One field is other than it was: nothing of the snapshot is taken. */
static const struct {
	size_t at;
	u32 value;
} wrong[] = {
	{ AT_INDEX, 0 },
	{ AT_INDEX + 4, 1U << 31 },
	{ AT_CONFIG_INDEX, 2 },
	{ AT_SESSIONS, RAFT_MEMBERS_MAX + 1 },
	{ AT_SESSIONS, 0 },
	{ AT_CONFIG_LEN, RAFT_CONFIG_BYTES + 1 },
	{ AT_CONFIG_LEN, 0 },
	{ AT_VALUE_LEN, 65 },
	{ AT_VALUE_LEN, 1 },
	{ AT_HEARTBEAT, 0 },
	{ AT_VALUE_MAX, 65 },
};

static void check_refused(const u8 *data, size_t len)
{
	struct raft *raft = node_new();
	struct raft_view view;

	CHECK(!raft_restore_snapshot(raft, data, len));
	raft_view(raft, &view);
	CHECK_EQ(view.applied, 0);
	CHECK_EQ(view.last, 0);
	CHECK_EQ(view.config->n, 0);
	free(raft);
}

static void test_no_snapshot(void)
{
	struct raft *from = node_new();
	size_t i, len;
	u8 *data = snapshot_of(from, &len), *copy = must_realloc(NULL, len + 1);

	memcpy(copy, data, len);
	for (i = 0; i < len; i++)
		check_refused(copy, i);
	check_refused(copy, len + 1);
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		memcpy(copy, data, len);
		put(copy, wrong[i].at, wrong[i].value);
		check_refused(copy, len);
	}
	free(copy);
	free(data);
	free(from);
}

static void test_entries_come_in_order(void)
{
	struct raft *from = node_new(), *raft = node_new();
	struct raft_entry entry = { .index = 2, .term = 3, .data = (const u8 *)"" }, got;
	size_t len;
	u8 *data = snapshot_of(from, &len);

	CHECK(raft_restore_snapshot(raft, data, len));
	CHECK(raft_restore_entry(raft, &entry));
	CHECK(!raft_restore_entry(raft, &entry));
	entry.index = 4;
	CHECK(!raft_restore_entry(raft, &entry));
	entry.index = 3;
	entry.term = 2;
	CHECK(!raft_restore_entry(raft, &entry));
	entry.term = 3;
	entry.kind = RAFT_ENTRY_CONFIG;
	CHECK(!raft_restore_entry(raft, &entry));
	entry.kind = RAFT_ENTRY_NOOP;
	CHECK(raft_restore_entry(raft, &entry));
	CHECK(!raft_entry_at(raft, 1, &got));
	CHECK(raft_entry_at(raft, 3, &got) && got.term == 3);
	CHECK(!raft_entry_at(raft, 4, &got));
	free(data);
	free(from);
	free(raft);
}

static void test_a_full_log(void)
{
	struct raft *from = node_new(), *raft = node_new();
	struct raft_entry entry = { .index = 2, .term = 1, .data = (const u8 *)"" };
	size_t len;
	u8 *data = snapshot_of(from, &len);

	CHECK(raft_restore_snapshot(raft, data, len));
	for (; entry.index < 2 + RAFT_LOG_SLOTS; entry.index++)
		CHECK(raft_restore_entry(raft, &entry));
	CHECK(!raft_restore_entry(raft, &entry));
	free(data);
	free(from);
	free(raft);
}

static u64 promised(struct raft *raft)
{
	struct raft_view view;

	raft_view(raft, &view);
	return view.promised;
}

static void test_the_later_promise_counts(void)
{
	struct raft *raft = node_new();

	CHECK_EQ(promised(raft), 0);
	raft_restore_promise(raft, 7, 2);
	CHECK_EQ(promised(raft), 7);
	raft_restore_promise(raft, 6, 2);
	CHECK_EQ(promised(raft), 7);
	raft_restore_promise(raft, 9, 1);
	CHECK_EQ(promised(raft), 7);
	raft_restore_promise(raft, 8, 2);
	CHECK_EQ(promised(raft), 8);
	raft_restore_promise(raft, 5, 3);
	CHECK_EQ(promised(raft), 5);
	free(raft);
}

static const struct test tests[] = {
	{ "parameters out of range are refused", test_params },
	{ "nothing is no start", test_starts_from_nothing },
	{ "a snapshot and a term are", test_starts_from_a_snapshot },
	{ "the times are the cluster's", test_times_are_the_clusters },
	{ "the term does not fall", test_term_does_not_fall },
	{ "what is no snapshot changes nothing", test_no_snapshot },
	{ "entries come back in order or not at all", test_entries_come_in_order },
	{ "a log window holds so much", test_a_full_log },
	{ "of two promises the later counts", test_the_later_promise_counts },
};

int main(void)
{
	return run_tests(tests, ARRAY_SIZE(tests));
}
