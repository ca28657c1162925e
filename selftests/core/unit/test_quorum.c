// SPDX-License-Identifier: GPL-2.0
/* Majorities: commit index and votes, plain and joint. */
#include <string.h>

#include "quorum.h"
#include "rng.h"
#include "test.h"

#define NEW	RAFT_MEMBER_VOTER
#define OLD	RAFT_MEMBER_OLD
#define BOTH	(NEW | OLD)

static struct raft_config config_of(const u32 *flags, u16 n)
{
	struct raft_config config = { .n = n };
	u16 i;

	for (i = 0; i < n; i++) {
		config.member[i].id = i + 1;
		config.member[i].flags = flags[i];
		config.joint |= !!(flags[i] & OLD);
	}
	return config;
}

static void test_plain_majority(void)
{
	static const u32 flags[] = { NEW, NEW, NEW, NEW, NEW };
	static const struct {
		u16 n;
		u64 value[RAFT_MEMBERS_MAX];
		u64 reached;
	} rows[] = {
		{ 1, { 7 }, 7 },
		{ 2, { 7, 3 }, 3 },
		{ 3, { 7, 3, 5 }, 5 },
		{ 3, { 7, 0, 0 }, 0 },
		{ 4, { 7, 6, 5, 4 }, 5 },
		{ 5, { 1, 2, 3, 4, 5 }, 3 },
		{ 5, { 9, 9, 9, 1, 1 }, 9 },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct raft_config config = config_of(flags, rows[i].n);

		CHECK_EQ(raft_quorum_reached(&config, rows[i].value), rows[i].reached);
	}
}

static void test_learners_do_not_count(void)
{
	static const u32 flags[] = { NEW, 0, RAFT_MEMBER_JOINING, NEW, NEW };
	static const u64 value[RAFT_MEMBERS_MAX] = { 4, 99, 99, 2, 3 };
	struct raft_config config = config_of(flags, 5);

	CHECK_EQ(raft_quorum_reached(&config, value), 3);
	CHECK_EQ(raft_quorum_tally(&config, 0x6, 0), RAFT_TALLY_OPEN);
	CHECK_EQ(raft_quorum_tally(&config, 0x7, 0), RAFT_TALLY_OPEN);
	CHECK_EQ(raft_quorum_tally(&config, 0x9, 0), RAFT_TALLY_WON);
	CHECK_EQ(raft_quorum_tally(&config, 0, 0x18), RAFT_TALLY_LOST);
	CHECK_EQ(raft_quorum_tally(&config, 0, 0x0e), RAFT_TALLY_OPEN);
}

static void test_joint_takes_both(void)
{
	static const u32 flags[] = { BOTH, OLD, OLD, NEW, NEW };
	static const u64 only_old[RAFT_MEMBERS_MAX] = { 9, 9, 9, 1, 1 };
	static const u64 only_new[RAFT_MEMBERS_MAX] = { 9, 1, 1, 9, 9 };
	static const u64 both[RAFT_MEMBERS_MAX] = { 1, 9, 8, 7, 9 };
	struct raft_config config = config_of(flags, 5);

	CHECK_EQ(raft_quorum_reached(&config, only_old), 1);
	CHECK_EQ(raft_quorum_reached(&config, only_new), 1);
	CHECK_EQ(raft_quorum_reached(&config, both), 7);
	CHECK_EQ(raft_quorum_tally(&config, 0x07, 0), RAFT_TALLY_OPEN);
	CHECK_EQ(raft_quorum_tally(&config, 0x19, 0), RAFT_TALLY_OPEN);
	CHECK_EQ(raft_quorum_tally(&config, 0x0b, 0), RAFT_TALLY_WON);
	CHECK_EQ(raft_quorum_tally(&config, 0x0b, 0x14), RAFT_TALLY_WON);
	CHECK_EQ(raft_quorum_tally(&config, 0x01, 0x06), RAFT_TALLY_LOST);
	CHECK_EQ(raft_quorum_tally(&config, 0x07, 0x18), RAFT_TALLY_LOST);
}

static void test_everyone(void)
{
	static const u32 flags[] = { NEW, 0, RAFT_MEMBER_JOINING, OLD, BOTH };
	static const u64 value[RAFT_MEMBERS_MAX] = { 8, 1, 2, 6, 7 };
	struct raft_config config = config_of(flags, 5);

	CHECK_EQ(raft_quorum_everyone(&config, value), 6);
	config.member[3].flags = NEW;
	CHECK_EQ(raft_quorum_everyone(&config, value), 6);
	config.member[3].flags = 0;
	CHECK_EQ(raft_quorum_everyone(&config, value), 7);
}

static void test_nobody(void)
{
	static const u32 flags[] = { 0 };
	static const u64 value[RAFT_MEMBERS_MAX] = { 5 };
	struct raft_config config = config_of(flags, 1);

	CHECK_EQ(raft_quorum_reached(&config, value), 0);
	CHECK(raft_quorum_tally(&config, 1, 0) != RAFT_TALLY_WON);
}

static u32 count(const struct raft_config *config, u32 flag, const u64 *value, u64 least)
{
	u32 i, n = 0;

	for (i = 0; i < config->n; i++)
		n += config->member[i].flags & flag && value[i] >= least;
	return n;
}

static bool has_majority(const struct raft_config *config, u32 flag, const u64 *value, u64 least)
{
	return count(config, flag, value, least) > count(config, flag, value, 0) / 2;
}

/* The definition, slowly: no larger number has a majority everywhere, this one has. */
static bool is_quorum(const struct raft_config *config, const u64 *value, u64 least)
{
	return has_majority(config, NEW, value, least) &&
	       (!config->joint || has_majority(config, OLD, value, least));
}

static void test_agrees_with_the_definition(void)
{
	struct rng rng = { .state = 2 };
	u64 value[RAFT_MEMBERS_MAX];
	u32 flags[RAFT_MEMBERS_MAX];
	struct raft_config config;
	u32 round, i, n, yes;
	u64 got;

	for (round = 0; round < 20000; round++) {
		n = rng_between(&rng, 1, RAFT_MEMBERS_MAX);
		yes = 0;
		for (i = 0; i < n; i++) {
			flags[i] = rng_between(&rng, 0, BOTH);
			value[i] = rng_between(&rng, 1, 9);
			yes |= (u32)(value[i] > 4) << i;
		}
		flags[0] |= NEW;
		config = config_of(flags, n);
		got = raft_quorum_reached(&config, value);
		CHECK(is_quorum(&config, value, got));
		CHECK(!is_quorum(&config, value, got + 1));
		CHECK_EQ(raft_quorum_tally(&config, yes, ~yes) == RAFT_TALLY_WON,
			 is_quorum(&config, value, 5));
		CHECK(raft_quorum_tally(&config, yes, ~yes) != RAFT_TALLY_OPEN);
	}
}

static const struct test tests[] = {
	{ "a commit index needs a majority of the voters", test_plain_majority },
	{ "learners do not count", test_learners_do_not_count },
	{ "a joint configuration needs a majority of both halves", test_joint_takes_both },
	{ "everyone is each voter of both halves", test_everyone },
	{ "without voters there is no quorum", test_nobody },
	{ "20000 configurations agree with the definition", test_agrees_with_the_definition },
};

int main(void)
{
	return run_tests(tests, ARRAY_SIZE(tests));
}
