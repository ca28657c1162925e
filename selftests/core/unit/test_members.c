// SPDX-License-Identifier: GPL-2.0
/* Configurations: what may be believed, and the steps of a joint change. */
#include <string.h>

#include "members.h"
#include "test.h"
#include "wire.h"

static struct raft_member member_of(u64 id, u32 flags)
{
	struct raft_member member = { .id = id, .flags = flags };

	member.addr.family = 4;
	member.addr.port = 7000;
	member.addr.ip[3] = id;
	snprintf(member.label, sizeof(member.label), "host%llu", id);
	return member;
}

static struct raft_config config_of(u16 n)
{
	struct raft_config config = {
		.heartbeat_ms = RAFT_HEARTBEAT_MS,
		.election_ms = RAFT_ELECTION_MS,
		.value_max = 4096,
		.n = n,
	};
	u16 i;

	for (i = 0; i < n; i++)
		config.member[i] = member_of(10 * (i + 1), RAFT_MEMBER_VOTER);
	return config;
}

static void test_find(void)
{
	struct raft_config config = config_of(3);

	CHECK_EQ(raft_config_find(&config, 20), 1);
	CHECK(raft_config_find(&config, 21) == -1);
	CHECK(raft_config_label(&config, "host20", 0) == &config.member[1]);
	CHECK(!raft_config_label(&config, "host20", 20));
	CHECK(!raft_config_label(&config, "host2", 0));
	CHECK(raft_config_votes(&config, 10));
	CHECK(!raft_config_votes(&config, 11));
}

static void test_order(void)
{
	struct raft_config config = config_of(2);
	struct raft_member member;
	u64 id;

	for (id = 25; config.n < RAFT_MEMBERS_MAX; id = id * 7 % 101 + 30) {
		member = member_of(id, 0);
		if (raft_config_find(&config, id) < 0)
			CHECK(raft_config_add(&config, &member));
	}
	member = member_of(5, 0);
	CHECK(!raft_config_add(&config, &member));
	CHECK(raft_config_valid(&config));
	raft_config_remove(&config, 20);
	raft_config_remove(&config, 20);
	CHECK_EQ(config.n, RAFT_MEMBERS_MAX - 1);
	CHECK(raft_config_find(&config, 20) == -1);
	CHECK(raft_config_add(&config, &member));
	CHECK_EQ(config.member[0].id, 5);
	CHECK(raft_config_valid(&config));
}

static void test_joint_change(void)
{
	struct raft_config config = config_of(3);
	struct raft_member member = member_of(40, RAFT_MEMBER_JOINING);

	raft_config_add(&config, &member);
	CHECK_EQ(raft_config_voters(&config), 3);
	raft_config_enter_joint(&config);
	config.member[3].flags = RAFT_MEMBER_VOTER;
	config.member[0].flags &= ~RAFT_MEMBER_VOTER;
	CHECK(raft_config_valid(&config));
	CHECK_EQ(raft_config_voters(&config), 3);
	CHECK(raft_config_votes(&config, 10));
	CHECK(raft_config_votes(&config, 40));
	raft_config_leave_joint(&config);
	CHECK(raft_config_valid(&config));
	CHECK_EQ(config.n, 3);
	CHECK(raft_config_find(&config, 10) == -1);
	CHECK_EQ(config.member[0].flags, RAFT_MEMBER_VOTER);
	CHECK_EQ(config.member[2].id, 40);
}

static void test_learners_survive_the_joint_change(void)
{
	struct raft_config config = config_of(2);
	struct raft_member learner = member_of(50, 0);

	raft_config_add(&config, &learner);
	raft_config_enter_joint(&config);
	raft_config_leave_joint(&config);
	CHECK_EQ(config.n, 3);
	CHECK_EQ(config.member[2].flags, 0);
}

static void test_bad_configs(void)
{
	struct raft_config config;

#define BAD(change) do {			\
	config = config_of(3);			\
	change;					\
	CHECK(!raft_config_valid(&config));	\
} while (0)
	config = config_of(3);
	CHECK(raft_config_valid(&config));
	BAD(config.n = RAFT_MEMBERS_MAX + 1);
	BAD(config.n = 0);
	BAD(config.value_max = 0);
	BAD(config.value_max = RAFT_VALUE_LIMIT + 1);
	BAD(config.heartbeat_ms = 0);
	BAD(config.election_ms = 2 * config.heartbeat_ms - 1);
	BAD(config.election_ms = 60001);
	BAD(config.member[1].id = config.member[0].id);
	BAD(config.member[0].id = 0);
	BAD(config.member[2].id = 15);
	BAD(config.member[1].flags = 1 << 3);
	BAD(config.member[1].flags |= RAFT_MEMBER_OLD);
	BAD(config.member[1].flags |= RAFT_MEMBER_JOINING);
	BAD(memset(config.member[1].label, 'x', RAFT_LABEL_LEN));
	BAD(config.member[1].label[0] = 0);
	BAD(config.member[0].flags = config.member[1].flags = config.member[2].flags = 0);
#undef BAD
}

static void test_addr(void)
{
	struct raft_addr a = member_of(1, 0).addr;
	struct raft_addr b = a;

	CHECK(raft_addr_equal(&a, &b));
	b.scope = 1;
	CHECK(!raft_addr_equal(&a, &b));
	b = a;
	b.port++;
	CHECK(!raft_addr_equal(&a, &b));
	b = a;
	b.ip[15] = 1;
	CHECK(!raft_addr_equal(&a, &b));
}

static void test_times(void)
{
	CHECK(raft_times_valid(RAFT_HEARTBEAT_MS, RAFT_ELECTION_MS));
	CHECK(raft_times_valid(1, 2));
	CHECK(!raft_times_valid(1, 1));
	CHECK(!raft_times_valid(0, 100));
	CHECK(raft_times_valid(30000, 60000));
	CHECK(!raft_times_valid(30000, 60001));
	CHECK(!raft_times_valid(~0U, ~0U));
}

static bool same(const struct raft_config *a, const struct raft_config *b)
{
	u32 i;

	if (a->n != b->n || a->joint != b->joint || a->heartbeat_ms != b->heartbeat_ms ||
	    a->election_ms != b->election_ms || a->value_max != b->value_max)
		return false;
	for (i = 0; i < a->n; i++) {
		const struct raft_member *one = &a->member[i], *two = &b->member[i];

		if (one->id != two->id || one->flags != two->flags ||
		    memcmp(one->label, two->label, RAFT_LABEL_LEN) ||
		    !raft_addr_equal(&one->addr, &two->addr))
			return false;
	}
	return true;
}

static void test_encoding(void)
{
	u8 buf[RAFT_CONFIG_BYTES + 1] = { 0 };
	struct raft_config config, back;
	u32 len, cut;
	u16 n;

	for (n = 1; n <= RAFT_MEMBERS_MAX; n++) {
		config = config_of(n);
		if (n & 1) {
			raft_config_enter_joint(&config);
			config.member[n / 2].addr.family = 6;
			config.member[n / 2].addr.scope = 3;
			config.member[n / 2].addr.ip[15] = 0xfe;
		}
		memset(buf, 0, sizeof(buf));
		len = raft_wire_config_encode(buf, &config);
		CHECK(len <= RAFT_CONFIG_BYTES);
		memset(&back, 0xff, sizeof(back));
		CHECK(raft_wire_config_decode(buf, len, &back) && same(&config, &back));
		for (cut = 0; cut < len; cut++)
			CHECK(!raft_wire_config_decode(buf, cut, &back));
		CHECK(!raft_wire_config_decode(buf, len + 1, &back));
	}
}

static void test_damaged_encoding(void)
{
	struct raft_config config = config_of(3);
	struct raft_config back;
	u8 buf[RAFT_CONFIG_BYTES];
	u32 len = raft_wire_config_encode(buf, &config);
	u32 bit;

	for (bit = 0; bit < 8 * len; bit++) {
		buf[bit / 8] ^= 1 << bit % 8;
		if (raft_wire_config_decode(buf, len, &back))
			CHECK(raft_config_valid(&back) && !same(&config, &back));
		buf[bit / 8] ^= 1 << bit % 8;
	}
}

static const struct test tests[] = {
	{ "members are found by id and by label", test_find },
	{ "members are kept in the order of their ids", test_order },
	{ "a joint change adds who comes and drops who goes", test_joint_change },
	{ "learners survive a joint change", test_learners_survive_the_joint_change },
	{ "a configuration with a field out of range is not believed", test_bad_configs },
	{ "two addresses are the same only in every part", test_addr },
	{ "election and heartbeat times must leave room for a lost heartbeat", test_times },
	{ "a configuration survives encoding, and no other length is taken", test_encoding },
	{ "a damaged configuration is refused or is another valid one", test_damaged_encoding },
};

int main(void)
{
	return run_tests(tests, ARRAY_SIZE(tests));
}
