// SPDX-License-Identifier: GPL-2.0
/*
 * The wall: nodes with a wall each, a network between them that loses, delays and
 * repeats, and a stranger who records all and sends it again, changed or not.
 */
#include <asm/byteorder.h>
#include <stdlib.h>
#include <string.h>

#include "rng.h"
#include "test.h"
#include "wall.h"

#define NODES		4	/* three members, and one that is none */
#define ROUNDS		3000
#define TAPE		512
#define FLIGHT		16
#define STEP		5000	/* microseconds */
#define PLAIN		(sizeof(struct raft_wire_header) + 16)
#define SENDS		4096

/**
 * struct parcel - a datagram on its way
 * @used: there is one
 * @from: where it says that it comes from
 * @to: the node that it gets to
 * @len: bytes of @data
 * @data: the datagram
 */
struct parcel {
	bool used;
	struct raft_addr from;
	int to;
	u32 len;
	u8 data[RAFTVAL_SEAL_MAX];
};

/**
 * struct world - the nodes and what is between them
 * @rng: decides everything
 * @now: microseconds
 * @wall: the nodes' walls
 * @flight: what is on its way
 * @tape: what was ever sent, the newest of it
 * @n_tape: how much
 * @sent: datagrams of the core that were sent; each has its number in it
 * @taken: which of them were let in, by number
 * @arrived: how many were, by node
 * @loss: how much is lost, of a thousand
 * @bad: something was let in that should not have been
 */
struct world {
	struct rng rng;
	u64 now;
	struct raftval_wall wall[NODES];
	struct parcel flight[FLIGHT];
	struct parcel tape[TAPE];
	u64 n_tape;
	u32 sent;
	u8 taken[SENDS];
	u64 arrived[NODES];
	u32 loss;
	bool bad;
};

static struct world world;
static struct rng randomness;

static void fill_random(void *buf, size_t len)
{
	u8 *bytes = buf;

	while (len--)
		*bytes++ = rng_next(&randomness);
}

static struct raft_addr addr_of(int node)
{
	struct raft_addr addr = { .family = 4, .port = 7000 };

	addr.ip[3] = node + 1;
	return addr;
}

static u64 id_of(int node)
{
	return 100 + node;
}

static void set_keys(struct raftval_wall *wall, u8 first, u8 second)
{
	u8 secret[RAFTVAL_WALL_KEYS][RAFT_SESSION_KEY] = { { first }, { second } };

	raftval_wall_keys(wall, secret, second ? 2 : 1);
}

static void make_wall(struct raftval_wall *wall, u64 id, u8 key)
{
	static const u8 cluster[16] = "cluster";

	raftval_wall_init(wall, id, cluster, fill_random);
	set_keys(wall, key, 0);
}

static void start(int node, u8 key)
{
	struct raft_config config = { .n = NODES - 1 };
	int i;

	for (i = 0; i < NODES - 1; i++) {
		config.member[i].id = id_of(i);
		config.member[i].addr = addr_of(i);
	}
	make_wall(&world.wall[node], id_of(node), key);
	if (node < NODES - 1)
		raftval_wall_members(&world.wall[node], world.now, &config);
}

static void world_make(u64 seed)
{
	int i;

	memset(&world, 0, sizeof(world));
	world.rng.state = seed;
	randomness.state = ~seed;
	world.now = 1000000;
	for (i = 0; i < NODES; i++)
		start(i, 1);
}

static void deliver(const struct parcel *parcel);

static void post(int from, const struct raftval_wall_out *out)
{
	struct parcel parcel = { .used = true, .from = addr_of(from) };
	u32 i;

	for (i = 0; i < out->n; i++) {
		parcel.to = out->dgram[i].addr.ip[3] - 1;
		parcel.len = out->dgram[i].len;
		memcpy(parcel.data, out->dgram[i].data, parcel.len);
		world.tape[world.n_tape++ % TAPE] = parcel;
		if (rng_chance(&world.rng, world.loss))
			continue;
		if (!world.loss)
			deliver(&parcel);
		else
			world.flight[rng_between(&world.rng, 0, FLIGHT - 1)] = parcel;
	}
}

/* A datagram of the core: who sent it to whom, and its number. */
static void make_plain(u8 *plain, u64 from, u64 to, u32 number)
{
	struct raft_wire_header *header = (struct raft_wire_header *)plain;

	memset(plain, 0, PLAIN);
	header->magic = cpu_to_le16(RAFT_WIRE_MAGIC);
	header->version = RAFT_WIRE_VERSION;
	header->type = RAFT_MSG_APPEND;
	memcpy(header->cluster, "cluster", sizeof("cluster"));
	header->from = cpu_to_le64(from);
	header->to = cpu_to_le64(to);
	memcpy(plain + sizeof(*header), &number, sizeof(number));
}

static void send(int from, int to, bool by_addr)
{
	struct raft_addr addr = addr_of(to);
	struct raftval_wall_out out;
	u8 plain[PLAIN];

	make_plain(plain, world.wall[from].self, by_addr ? 0 : id_of(to), world.sent++ % SENDS);
	raftval_wall_send(&world.wall[from], world.now, by_addr ? 0 : id_of(to), &addr, plain,
			  sizeof(plain), &out);
	post(from, &out);
}

/* What gets through was sent by who it says, to this one, and was not there before. */
static void judge(int node, const u8 *dgram, u32 len)
{
	const struct raft_wire_header *header = (const struct raft_wire_header *)dgram;
	u64 to = le64_to_cpu(header->to);
	u8 plain[PLAIN];
	u32 number;

	memcpy(&number, dgram + sizeof(*header), sizeof(number));
	make_plain(plain, le64_to_cpu(header->from), to, number);
	if (len != PLAIN || memcmp(plain, dgram, PLAIN) || number >= SENDS ||
	    world.taken[number]++ || (to && to != id_of(node)))
		world.bad = true;
	world.arrived[node]++;
}

static void deliver(const struct parcel *parcel)
{
	u8 dgram[RAFT_DGRAM_MAX];
	struct raftval_wall_out out;
	u32 len;

	len = raftval_wall_receive(&world.wall[parcel->to], world.now, &parcel->from, parcel->data,
				   parcel->len, dgram, &out);
	if (len)
		judge(parcel->to, dgram, len);
	post(parcel->to, &out);
}

static u64 drops(int node)
{
	u64 all = 0;
	int i;

	for (i = 0; i < RAFTVAL_WALL_DROPS; i++)
		all += world.wall[node].drops[i];
	return all;
}

static void test_members_speak(void)
{
	int i, j;

	world_make(1);
	for (i = 0; i < NODES - 1; i++) {
		for (j = 0; j < NODES - 1; j++) {
			if (i != j)
				send(i, j, false);
		}
	}
	for (i = 0; i < NODES - 1; i++) {
		CHECK_EQ(world.arrived[i], NODES - 2);
		CHECK_EQ(drops(i), 0);
	}
	CHECK(!world.bad);
}

static void test_a_guest_knows_an_address(void)
{
	world_make(2);
	send(3, 0, true);
	CHECK_EQ(world.arrived[0], 1);
	send(0, 3, false);
	CHECK_EQ(world.arrived[3], 1);
	send(3, 0, true);
	send(3, 0, false);
	CHECK_EQ(world.arrived[0], 3);
	CHECK_EQ(drops(0) + drops(3), 0);
	CHECK(!world.bad);
}

static void test_a_wrong_key_is_told_of(void)
{
	world_make(3);
	start(3, 2);
	send(3, 0, true);
	CHECK_EQ(world.arrived[0], 0);
	CHECK_EQ(world.wall[0].drops[RAFTVAL_WALL_KEY], 1);
	CHECK_EQ(world.n_tape, 1);
}

/* As many guests as want: those that are heard keep their places. */
static void test_guests_have_places(void)
{
	struct raftval_wall *wall = &world.wall[0];
	struct raftval_wall_peer *peer;
	u32 i, live = 0, members = 0;

	world_make(4);
	for (i = 0; i < 3 * RAFTVAL_WALL_GUESTS; i++) {
		make_wall(&world.wall[3], 1000 + i, 1);
		send(3, 0, true);
	}
	for (peer = wall->peer; peer < wall->peer + RAFTVAL_WALL_PEERS; peer++) {
		members += peer->used && peer->member;
		live += peer->used && peer->sessions.now.live;
	}
	CHECK_EQ(members, NODES - 2);
	CHECK_EQ(live, RAFTVAL_WALL_GUESTS);
	CHECK_EQ(wall->drops[RAFTVAL_WALL_FULL], 2 * RAFTVAL_WALL_GUESTS);
	world.now += RAFTVAL_WALL_STAY_US;
	send(3, 0, true);
	CHECK_EQ(world.arrived[0], RAFTVAL_WALL_GUESTS + 1);
}

/* There is no place for who is to get it, or it is longer than a datagram. */
static void test_what_can_not_be_sent_is_not(void)
{
	const struct raft_addr addr = addr_of(3);
	u8 plain[RAFT_DGRAM_MAX + 1];
	struct raftval_wall_out out = { .n = 1 };
	u32 i;

	world_make(14);
	for (i = 0; i < RAFTVAL_WALL_GUESTS; i++) {
		make_wall(&world.wall[3], 1000 + i, 1);
		send(3, 0, true);
	}
	make_plain(plain, id_of(0), 2000, 0);
	raftval_wall_send(&world.wall[0], world.now, 2000, &addr, plain, PLAIN, &out);
	CHECK_EQ(out.n, 0);
	make_plain(plain, id_of(0), 1000, 0);
	raftval_wall_send(&world.wall[0], world.now, 1000, &addr, plain, sizeof(plain), &out);
	CHECK_EQ(out.n, 0);
	raftval_wall_send(&world.wall[0], world.now, 1000, &addr, plain, PLAIN, &out);
	CHECK_EQ(out.n, 1);
}

/* All members are others than before, and those before still have their sessions. */
static void test_members_have_room(void)
{
	struct raftval_wall *wall = &world.wall[0];
	struct raft_config config = { .n = RAFT_MEMBERS_MAX };
	struct raftval_wall_peer *peer;
	u32 i, round, members = 0;

	world_make(6);
	for (round = 0; round < 3; round++) {
		for (i = 0; i < RAFT_MEMBERS_MAX; i++) {
			config.member[i].id = 1000 * (round + 1) + i;
			config.member[i].addr = addr_of(3);
			make_wall(&world.wall[3], config.member[i].id, 1);
			if (i < RAFTVAL_WALL_GUESTS)
				send(3, 0, true);
		}
		raftval_wall_members(wall, world.now, &config);
	}
	for (peer = wall->peer; peer < wall->peer + RAFTVAL_WALL_PEERS; peer++)
		members += peer->used && peer->member;
	CHECK_EQ(members, RAFT_MEMBERS_MAX);
}

/* Each of the members to each other; returns what was not let in. */
static u64 all_send(void)
{
	u64 before = 0, after = 0;
	int i, j;

	for (i = 0; i < NODES - 1; i++) {
		for (j = 0; j < NODES - 1; j++) {
			if (i == j)
				continue;
			before = world.arrived[j];
			send(i, j, false);
			after += world.arrived[j] == before;
		}
	}
	return after;
}

static bool all_use(u8 number)
{
	struct raftval_wall_stats stats;
	struct raftval_wall wall;
	int i, j, n = 0;

	make_wall(&wall, 1, number);
	for (i = 0; i < NODES - 1; i++) {
		raftval_wall_stats(&world.wall[i], world.now, &stats);
		for (j = 0; j < stats.n_peers; j++)
			n += stats.peer[j].key == wall.key[0].name;
	}
	return n == (NODES - 1) * (NODES - 2);
}

/* One after the other, in any order, while all of them speak. */
static void test_keys_change_while_they_speak(void)
{
	static const u8 step[][2] = { { 1, 2 }, { 2, 1 }, { 2, 0 } };
	int i, j;

	world_make(7);
	CHECK_EQ(all_send(), 0);
	for (i = 0; i < ARRAY_SIZE(step); i++) {
		for (j = NODES - 2; j >= 0; j--) {
			set_keys(&world.wall[j], step[i][0], step[i][1]);
			world.now += RAFT_SESSION_RETRY_US;
			CHECK_EQ(all_send(), 0);
			/* Again, as one may who does not know how far it was. */
			set_keys(&world.wall[j], step[i][0], step[i][1]);
			CHECK_EQ(all_send(), 0);
		}
		CHECK(all_use(i ? 2 : 1));
	}
	for (i = 0; i < NODES - 1; i++)
		CHECK_EQ(world.wall[i].drops[RAFTVAL_WALL_KEY], 0);
	CHECK(!world.bad);
}

/* It was down while the others did, and has only the old key; they accept that. */
static void test_who_missed_a_change_is_heard(void)
{
	int i;

	world_make(8);
	for (i = 0; i < 2; i++)
		set_keys(&world.wall[i], 2, 1);
	CHECK_EQ(all_send(), 2);
	world.now += RAFT_SESSION_RETRY_US;
	CHECK_EQ(all_send(), 0);
	/* Not any more, as soon as they have dropped it. */
	for (i = 0; i < 2; i++)
		set_keys(&world.wall[i], 2, 0);
	world.now += RAFT_SESSION_DEAF_US;
	CHECK_EQ(all_send(), 4);
	CHECK(world.wall[0].drops[RAFTVAL_WALL_KEY] > 0);
	CHECK_EQ(world.wall[0].refused.ip[3], addr_of(2).ip[3]);
	set_keys(&world.wall[2], 2, 0);
	world.now += RAFT_SESSION_RETRY_US;
	CHECK_EQ(all_send(), 0);
	CHECK(!world.bad);
}

/* What was sealed with a key that was dropped is worth nothing from then on. */
static void test_a_dropped_key_ends_its_sessions(void)
{
	struct parcel old;
	u64 before;

	world_make(9);
	world.loss = 1000;
	send(0, 1, false);
	world.loss = 0;
	world.now += RAFT_SESSION_RETRY_US;
	send(0, 1, false);
	send(0, 1, false);
	old = world.tape[world.n_tape - 1];
	CHECK_EQ(world.arrived[1], 2);
	set_keys(&world.wall[1], 1, 2);
	set_keys(&world.wall[1], 2, 0);
	before = world.wall[1].drops[RAFTVAL_WALL_SESSION];
	deliver(&old);
	CHECK_EQ(world.wall[1].drops[RAFTVAL_WALL_SESSION], before + 1);
	CHECK_EQ(world.arrived[1], 2);
}

/* A machine and its copy: neither goes on with the sessions that both know. */
static void test_a_copy_has_no_sessions(void)
{
	struct raftval_wall_stats stats;

	world_make(10);
	CHECK_EQ(all_send(), 0);
	raftval_wall_forget(&world.wall[0]);
	raftval_wall_stats(&world.wall[0], world.now, &stats);
	CHECK_EQ(stats.n_peers, 0);
	world.now += RAFT_SESSION_QUIET_US;
	CHECK_EQ(all_send(), 0);
	raftval_wall_stats(&world.wall[0], world.now, &stats);
	CHECK_EQ(stats.n_peers, NODES - 2);
	/* Of those that nobody used for long nothing is told. */
	raftval_wall_stats(&world.wall[0], world.now + RAFTVAL_WALL_SHOW_US, &stats);
	CHECK_EQ(stats.n_peers, 0);
	CHECK(!world.bad);
}

static void test_each_drop_has_its_reason(void)
{
	struct raftval_wall *wall = &world.wall[1];
	struct parcel good, parcel;
	struct raft_wire_header *header = (struct raft_wire_header *)parcel.data;
	struct raftval_seal_data *data = (struct raftval_seal_data *)parcel.data;

	world_make(5);
	send(0, 1, false);
	good = world.tape[world.n_tape - 1];
#define DROPPED(why, change) do {					\
	u64 before = wall->drops[RAFTVAL_WALL_##why];			\
									\
	parcel = good;							\
	change;								\
	deliver(&parcel);						\
	CHECK_EQ(wall->drops[RAFTVAL_WALL_##why], before + 1);		\
} while (0)
	DROPPED(REPLAYED, (void)0);
	DROPPED(SHORT, parcel.len = sizeof(*header) + RAFTVAL_SEAL_EXTRA - 1);
	DROPPED(SHORT, header->type = RAFTVAL_SEAL_HELLO);
	DROPPED(FORMAT, header->version = RAFT_WIRE_VERSION);
	DROPPED(FORMAT, header->magic = 0);
	DROPPED(CLUSTER, header->cluster[0]++);
	DROPPED(RECEIVER, header->to = cpu_to_le64(id_of(2)));
	DROPPED(STRANGER, header->from = cpu_to_le64(id_of(1)));
	DROPPED(STRANGER, header->from = 0);
	DROPPED(STRANGER, header->from = cpu_to_le64(id_of(3)));
	DROPPED(SESSION, data->tag++);
	DROPPED(FORGED, data->number = cpu_to_le64(5));
	DROPPED(OLD, data->number = cpu_to_le64(U64_MAX));
#undef DROPPED
	CHECK_EQ(world.arrived[1], 1);
	CHECK(!world.bad);
}

/* Its number counts only when it is known to be genuine, or a stranger could use it up. */
/**
 * struct told - what a wall has told of
 * @n: how often, by &enum raftval_wall_note
 * @a: the newest's first argument
 * @b: its second
 * @c: its third
 */
struct told {
	u32 n[RAFTVAL_WALL_NOTES];
	u64 a;
	u32 b;
	u32 c;
};

static void hear(void *ctx, enum raftval_wall_note note, u64 a, u32 b, u32 c)
{
	struct told *told = ctx;

	told->n[note]++;
	told->a = a;
	told->b = b;
	told->c = c;
}

static void test_what_happens_is_told(void)
{
	struct raftval_wall *wall = &world.wall[0];
	struct told told = { 0 };
	u32 i, key;

	world_make(1);
	wall->note = hear;
	wall->ctx = &told;
	key = wall->key[0].name;
	send(0, 1, false);
	CHECK(told.n[RAFTVAL_WALL_NOTE_HELLO] == 1 && told.n[RAFTVAL_WALL_NOTE_BEGAN] == 1);
	CHECK(told.a == id_of(1) && told.b == key);
	raftval_wall_forget(wall);
	CHECK(told.n[RAFTVAL_WALL_NOTE_ENDED] == 1 && told.c == RAFTVAL_WALL_END_COPY);
	world.now += RAFT_SESSION_QUIET_US;
	send(0, 1, false);
	CHECK(told.n[RAFTVAL_WALL_NOTE_BEGAN] == 2);
	set_keys(wall, 2, 0);
	CHECK(told.n[RAFTVAL_WALL_NOTE_ENDED] == 2 && told.c == RAFTVAL_WALL_END_KEY);
	CHECK(told.a == id_of(1) && told.b == key);
	/* The others have the old key: the first waits for ever, and the second displaces it. */
	send(0, 1, false);
	CHECK(!told.n[RAFTVAL_WALL_NOTE_UNSENT]);
	send(0, 1, false);
	CHECK(told.n[RAFTVAL_WALL_NOTE_UNSENT] == 1);
	send(1, 0, false);
	CHECK(told.n[RAFTVAL_WALL_NOTE_DROP] > 0);
	for (i = 0; i < RAFTVAL_WALL_NOTES; i++)
		CHECK(wall->noted[i] == told.n[i]);
}

static void test_all_has_words(void)
{
	u32 i;

	for (i = 0; i < RAFTVAL_WALL_DROPS; i++)
		CHECK(strlen(raftval_wall_drop_name(i)) > 1);
	for (i = 0; i < RAFTVAL_WALL_NOTES; i++)
		CHECK(strlen(raftval_wall_note_name(i)) > 1);
	for (i = 0; i < RAFTVAL_WALL_ENDS; i++)
		CHECK(strlen(raftval_wall_end_name(i)) > 1);
	CHECK(!strcmp(raftval_wall_drop_name(RAFTVAL_WALL_DROPS), "?"));
	CHECK(!strcmp(raftval_wall_note_name(RAFTVAL_WALL_NOTES), "?"));
	CHECK(!strcmp(raftval_wall_end_name(RAFTVAL_WALL_ENDS), "?"));
}

static void test_a_forged_datagram_uses_up_no_number(void)
{
	struct raftval_seal_data *data;
	struct parcel parcel;
	u32 i;

	world_make(11);
	send(0, 1, false);
	parcel = world.tape[world.n_tape - 1];
	data = (struct raftval_seal_data *)parcel.data;
	for (i = 1; i <= 2 * RAFT_REPLAY_SIZE; i++) {
		data->number = cpu_to_le64(i);
		deliver(&parcel);
	}
	CHECK_EQ(world.wall[1].drops[RAFTVAL_WALL_FORGED], 2 * RAFT_REPLAY_SIZE);
	send(0, 1, false);
	CHECK_EQ(world.arrived[1], 2);
	CHECK(!world.bad);
}

/* What a node has sent comes back to it; its first hello and its datagram name no receiver. */
static void test_nothing_is_reflected(void)
{
	struct parcel parcel;
	u32 i, n;
	u64 before;

	world_make(12);
	send(3, 0, true);
	send(0, 3, false);
	n = world.n_tape;
	for (i = 0; i < n; i++) {
		parcel = world.tape[i];
		parcel.from = addr_of(parcel.to);
		parcel.to = world.tape[i].from.ip[3] - 1;
		before = drops(parcel.to);
		deliver(&parcel);
		CHECK_EQ(drops(parcel.to), before + 1);
	}
	CHECK_EQ(world.wall[3].drops[RAFTVAL_WALL_STRANGER], 2);
	CHECK_EQ(world.n_tape, n);
	CHECK(!world.bad);
}

/* Who sends a record from another address does not lead the answer there. */
static void test_a_member_is_answered_where_it_is(void)
{
	struct parcel hello;

	world_make(13);
	world.loss = 1000;
	send(0, 1, false);
	world.loss = 0;
	hello = world.tape[world.n_tape - 1];
	hello.from = addr_of(3);
	deliver(&hello);
	CHECK(world.n_tape > 1);
	CHECK_EQ(world.tape[1].to, 0);
	CHECK_EQ(world.arrived[1], 1);
}

/* Who says that he is a guest, from elsewhere, does not have it speak to him. */
static void test_a_guest_is_answered_where_it_was(void)
{
	struct parcel data;
	u64 n;

	world_make(14);
	send(3, 0, true);
	send(3, 0, false);
	CHECK_EQ(world.arrived[0], 2);
	data = world.tape[world.n_tape - 1];
	((struct raftval_seal_data *)data.data)->tag ^= cpu_to_le32(1);
	data.from = addr_of(2);
	world.now += RAFT_SESSION_QUIET_US;
	world.loss = 1000;
	n = world.n_tape;
	deliver(&data);
	CHECK_EQ(world.n_tape, n + 1);
	CHECK_EQ(world.tape[n].to, 3);
}

/* The stranger has everything that was ever sent, and sends it again, as it was or not. */
static void meddle(void)
{
	u64 recorded = world.n_tape < TAPE ? world.n_tape : TAPE;
	struct parcel parcel;
	u32 i;

	if (!recorded)
		return;
	parcel = world.tape[rng_between(&world.rng, 0, recorded - 1)];
	if (rng_chance(&world.rng, 300)) {
		i = rng_between(&world.rng, 0, parcel.len - 1);
		parcel.data[i] ^= 1 << rng_between(&world.rng, 0, 7);
	}
	if (rng_chance(&world.rng, 300))
		parcel.to = rng_between(&world.rng, 0, NODES - 1);
	if (rng_chance(&world.rng, 300))
		parcel.from = addr_of(rng_between(&world.rng, 0, NODES - 1));
	if (rng_chance(&world.rng, 100))
		parcel.len = rng_between(&world.rng, 0, parcel.len);
	deliver(&parcel);
}

static void arrive(void)
{
	struct parcel *slot = &world.flight[rng_between(&world.rng, 0, FLIGHT - 1)];
	struct parcel parcel = *slot;

	if (!parcel.used)
		return;
	slot->used = false;
	deliver(&parcel);
}

static void send_any(void)
{
	int from = rng_between(&world.rng, 0, NODES - 1);
	int to = rng_between(&world.rng, 0, NODES - 2);

	if (from == to)
		return;
	send(from, to, from == NODES - 1 && rng_chance(&world.rng, 500));
}

static void happen(void)
{
	world.now += rng_between(&world.rng, 0, STEP);
	switch (rng_between(&world.rng, 0, 9)) {
	case 0:
		if (rng_chance(&world.rng, 50))
			start(rng_between(&world.rng, 0, NODES - 1), 1);
		else if (rng_chance(&world.rng, 50))
			raftval_wall_forget(&world.wall[rng_between(&world.rng, 0, NODES - 1)]);
		else if (rng_chance(&world.rng, 50))
			set_keys(&world.wall[rng_between(&world.rng, 0, NODES - 1)], 1,
				 rng_between(&world.rng, 2, 3));
		break;
	case 1:
	case 2:
		meddle();
		break;
	case 3:
	case 4:
	case 5:
		send_any();
		break;
	default:
		arrive();
	}
}

/* All pairs, for as long as it takes to find out that a session is over, and once more. */
static bool all_arrive(void)
{
	u32 i, round, missing = 0;
	u64 before;

	world.now += RAFT_SESSION_DEAF_US;
	for (round = 0; round < 12; round++) {
		world.now += RAFT_SESSION_RETRY_US;
		for (i = 0; i < NODES * (NODES - 1); i++) {
			int from = i / (NODES - 1), to = i % (NODES - 1);

			if (from == to)
				continue;
			before = world.arrived[to];
			send(from, to, false);
			missing = round < 11 ? 0 : missing + (world.arrived[to] != before + 1);
		}
	}
	return !missing;
}

static void test_whatever_happens(void)
{
	u64 seed;
	int i;

	for (seed = 1; seed <= ROUNDS; seed++) {
		world_make(10 * seed);
		world.loss = rng_between(&world.rng, 1, 500);
		for (i = 0; i < 1500; i++)
			happen();
		memset(world.flight, 0, sizeof(world.flight));
		world.loss = 0;
		CHECK(all_arrive());
		CHECK(!world.bad);
		if (test_failures) {
			printf("# seed %llu\n", seed);
			break;
		}
	}
}

int main(void)
{
	static const struct test tests[] = {
		{ "members speak with each other", test_members_speak },
		{ "a guest need know no more than an address", test_a_guest_knows_an_address },
		{ "a wrong key is told of, and not answered", test_a_wrong_key_is_told_of },
		{ "guests have places, and keep them while they are heard",
		  test_guests_have_places },
		{ "what can not be sent is not", test_what_can_not_be_sent_is_not },
		{ "members have room, whoever else there is", test_members_have_room },
		{ "keys change while members speak", test_keys_change_while_they_speak },
		{ "who missed a change of the key is heard until the old one is dropped",
		  test_who_missed_a_change_is_heard },
		{ "a key that is dropped ends its sessions",
		  test_a_dropped_key_ends_its_sessions },
		{ "a copy of a machine has no sessions", test_a_copy_has_no_sessions },
		{ "each drop has its reason", test_each_drop_has_its_reason },
		{ "what happens is told", test_what_happens_is_told },
		{ "and there are words for all of it", test_all_has_words },
		{ "a forged datagram uses up no number",
		  test_a_forged_datagram_uses_up_no_number },
		{ "what is reflected leads to nothing", test_nothing_is_reflected },
		{ "a member is answered where it is", test_a_member_is_answered_where_it_is },
		{ "a guest is answered where it was", test_a_guest_is_answered_where_it_was },
		{ "whatever happens, what is let in was sent, once, and is let in again soon",
		  test_whatever_happens },
	};

	return run_tests(tests, ARRAY_SIZE(tests));
}
