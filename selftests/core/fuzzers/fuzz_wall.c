// SPDX-License-Identifier: GPL-2.0
/*
 * Walls, between which everything is recorded, and an input that decides what happens:
 * who sends, what arrives, once, again or changed, what keys there are, who is a member,
 * who is started anew, and how time goes by.
 *
 * What is let in was sent to this one, and is let in once. What nobody with the key has
 * made changes nothing. And when nobody meddles any more, each is heard again soon.
 */
#include <asm/byteorder.h>
#include <linux/kernel.h>

#include "forge.h"

#define HOSTS		3	/* that may be members */
#define CROWD		3	/* the host of all guests, one after the other */
#define GUESTS		100	/* whose id is that of this host and those after it */
#define OTHERS		50	/* likewise of members that nobody hears of */
#define TAPE		64
#define LETTERS		256
#define ROUNDS		12	/* until each is heard at the latest */

/**
 * struct parcel - a datagram that was sent
 * @from: the host that sent it
 * @to: the one that it was sent to
 * @dgram: it
 */
struct parcel {
	u8 from;
	u8 to;
	struct forge_dgram dgram;
};

/**
 * struct letter - what a host gave its wall to send
 * @from: its id
 * @to: the receiver's, 0 if that was not known
 * @len: how long it is
 * @arrived: it was let in
 */
struct letter {
	u64 from;
	u64 to;
	u32 len;
	bool arrived;
};

/**
 * struct world - the walls and what was sent
 * @now: microseconds
 * @wall: the walls
 * @members: how many members there are beside itself, by wall
 * @tape: what was sent, the newest of it
 * @n_tape: how much
 * @n_taken: how much of it was delivered in its turn, or lost
 * @letter: what they were given to send, by number
 * @n_letters: how much
 */
struct world {
	u64 now;
	struct raftval_wall wall[HOSTS + 1];
	u32 members[HOSTS + 1];
	struct parcel tape[TAPE];
	u32 n_tape;
	u32 n_taken;
	struct letter letter[LETTERS + ROUNDS * HOSTS * HOSTS];
	u32 n_letters;
};

static struct world world;

/*
 * What must be true.
 */

static bool has_key(const struct raftval_wall *wall, u32 name)
{
	return name == wall->key[0].name || (wall->n_keys > 1 && name == wall->key[1].name);
}

static void check_wall(u8 host)
{
	struct raftval_wall *wall = &world.wall[host];
	struct raftval_wall_peer *peer;
	struct raftval_wall_stats stats;
	u32 live = 0, members = 0;

	for (peer = wall->peer; peer < wall->peer + RAFTVAL_WALL_PEERS; peer++) {
		if (!peer->used)
			continue;
		MUST(!peer->id || forge_peer(wall, peer->id) == peer);
		MUST(peer->id || !peer->sessions.now.live);
		MUST(!peer->sessions.now.live || has_key(wall, peer->key));
		MUST(!peer->sessions.before.live || has_key(wall, peer->key_before));
		MUST(peer->staged_len <= RAFT_DGRAM_MAX);
		live += peer->sessions.now.live;
		members += peer->member;
	}
	MUST(members == world.members[host]);
	raftval_wall_stats(wall, world.now, &stats);
	MUST(stats.n_peers <= live && stats.n_keys == wall->n_keys);
}

static u32 make_plain(u8 *plain, u32 number)
{
	const struct letter *letter = &world.letter[number];
	struct raft_wire_header *header = (struct raft_wire_header *)plain;

	memset(plain, number, letter->len);
	forge_header(header, 0, letter->to, RAFT_MSG_APPEND);
	header->from = cpu_to_le64(letter->from);
	memcpy(plain + sizeof(*header), &number, sizeof(number));
	return letter->len;
}

/* It was sent as it came, to this one, and has not arrived before. */
static void check_letter(u8 host, const u8 *dgram, u32 len)
{
	u8 plain[RAFT_DGRAM_MAX];
	struct letter *letter;
	u32 number;

	memcpy(&number, dgram + sizeof(struct raft_wire_header), sizeof(number));
	MUST(number < world.n_letters);
	letter = &world.letter[number];
	MUST(!letter->to || letter->to == world.wall[host].self);
	MUST(!letter->arrived);
	MUST(make_plain(plain, number) == len && !memcmp(plain, dgram, len));
	letter->arrived = true;
}

/*
 * The network.
 */

/* Somebody else with the key has made it. */
static bool is_genuine(const struct forge_dgram *dgram, u64 self)
{
	const struct raft_wire_header *header = (const struct raft_wire_header *)dgram->data;
	const struct parcel *parcel;

	if (dgram->len < sizeof(*header) || le64_to_cpu(header->from) == self)
		return false;
	for (parcel = world.tape; parcel < world.tape + TAPE; parcel++) {
		if (parcel->dgram.len == dgram->len &&
		    !memcmp(parcel->dgram.data, dgram->data, dgram->len))
			return true;
	}
	return false;
}

static void post(u8 from, const struct raftval_wall_out *out)
{
	struct parcel *parcel;
	u32 i;

	for (i = 0; i < out->n; i++) {
		parcel = &world.tape[world.n_tape++ % TAPE];
		parcel->from = from;
		parcel->to = out->dgram[i].addr.ip[3];
		parcel->dgram.len = out->dgram[i].len;
		memcpy(parcel->dgram.data, out->dgram[i].data, out->dgram[i].len);
	}
}

static void deliver(const struct forge_dgram *dgram, u8 from, u8 to)
{
	static struct raftval_wall before;
	const struct raft_addr addr = forge_addr(from);
	const bool genuine = is_genuine(dgram, world.wall[to].self);
	u8 plain[RAFT_DGRAM_MAX];
	struct raftval_wall_out out;
	u32 len;

	if (!genuine)
		before = world.wall[to];
	len = forge_deliver(&world.wall[to], world.now, &addr, dgram, plain, &out);
	MUST(!len || genuine);
	if (len)
		check_letter(to, plain, len);
	else if (!genuine)
		forge_must_be_dropped(&before, &world.wall[to], world.now, dgram, &out);
	check_wall(to);
	post(to, &out);
}

/* What is to arrive next; what was recorded over is lost. */
static void arrive(void)
{
	struct parcel parcel;

	if (world.n_tape - world.n_taken > TAPE)
		world.n_taken = world.n_tape - TAPE;
	parcel = world.tape[world.n_taken++ % TAPE];
	if (parcel.to <= CROWD)
		deliver(&parcel.dgram, parcel.from, parcel.to);
}

static u32 send(u8 from, u8 to, bool by_addr, u32 len)
{
	const struct raft_addr addr = forge_addr(to);
	const u32 number = world.n_letters++;
	struct letter *letter = &world.letter[number];
	u8 plain[RAFT_DGRAM_MAX];
	struct raftval_wall_out out;

	letter->from = world.wall[from].self;
	letter->to = by_addr ? 0 : world.wall[to].self;
	letter->len = sizeof(struct raft_wire_header) + len;
	letter->arrived = false;
	raftval_wall_send(&world.wall[from], world.now, letter->to, &addr, plain,
			  make_plain(plain, number), &out);
	check_wall(from);
	post(from, &out);
	return number;
}

/*
 * What happens.
 */

static void set_members(u8 host, u8 hosts, u8 others)
{
	struct raft_config config = { .n = 0 };
	u32 i;

	for (i = 0; i < HOSTS + others; i++) {
		const u8 member = i < HOSTS ? i : OTHERS + i;

		if (i < HOSTS && !(hosts >> i & 1))
			continue;
		config.member[config.n].id = forge_id(member);
		config.member[config.n++].addr = forge_addr(member);
	}
	raftval_wall_members(&world.wall[host], world.now, &config);
	world.members[host] = config.n - (host < HOSTS && hosts >> host & 1);
	check_wall(host);
}

static void start(u8 host, u8 guest)
{
	forge_wall(&world.wall[host], host == CROWD ? GUESTS + guest : host);
	forge_keys(&world.wall[host], 1, 0);
	world.members[host] = 0;
	if (host != CROWD)
		set_members(host, ~0, 0);
}

static void act_wait(u8 arg)
{
	static const u32 wait[] = { 1000, 50000, 100000, 1000000, 9950000, 10000000, 3600000000U };

	world.now += wait[arg % ARRAY_SIZE(wait)];
}

static void act_send(u8 arg)
{
	static const u32 len[] = { 4, 100, RAFT_DGRAM_MAX - sizeof(struct raft_wire_header) };
	const u8 from = arg % (CROWD + 1), to = arg / 4 % (CROWD + 1);

	if (from != to && world.n_letters < LETTERS)
		send(from, to, arg & 0x10, len[(arg >> 5) % ARRAY_SIZE(len)]);
}

static void act_arrive(u8 arg)
{
	u32 n;

	for (n = 0; n <= arg && world.n_taken != world.n_tape; n++)
		arrive();
}

static void act_lose(u8 arg)
{
	if (world.n_taken < world.n_tape)
		world.n_taken++;
}

static void act_keys(u8 arg)
{
	const u8 host = arg % (CROWD + 1), first = 1 + arg / 4 % 3, second = arg / 16 % 4;

	forge_keys(&world.wall[host], first, second == first ? 0 : second);
	check_wall(host);
}

static void act_forget(u8 arg)
{
	raftval_wall_forget(&world.wall[arg % (CROWD + 1)]);
}

static void act_members(u8 arg)
{
	set_members(arg % (CROWD + 1), arg / 4 % 8, arg / 32 * 2 % (RAFT_MEMBERS_MAX - HOSTS + 1));
}

static void act_start(u8 arg)
{
	start(arg % (CROWD + 1), arg / 4);
}

/* The crowd gets another guest, who says hello. */
static void act_guest(u8 arg)
{
	start(CROWD, arg / 4);
	if (world.n_letters < LETTERS)
		send(CROWD, arg % HOSTS, true, 4);
	act_arrive(6);
}

/* A record of what was sent comes again, as it was or not. */
static void act_record(struct bytes *input)
{
	const struct parcel *parcel = &world.tape[take_byte(input) % TAPE];
	const struct parcel *other = &world.tape[take_byte(input) % TAPE];
	struct forge_dgram dgram = parcel->dgram;
	const u8 how = take_byte(input);
	u8 from = parcel->from, to = parcel->to % (CROWD + 1), n;

	if (how & 8)
		from = how >> 4;
	if (how & 4)
		to = how >> 6;
	for (n = how & 3; n; n--)
		forge_change(input, &dgram, &other->dgram);
	deliver(&dgram, from, to);
}

static void act(struct bytes *input)
{
	static void (*const acts[])(u8 arg) = {
		act_wait, act_send, act_arrive, act_lose, act_keys, act_forget, act_members,
		act_start, act_guest,
	};
	const u8 what = take_byte(input) % (ARRAY_SIZE(acts) + 1);

	if (what == ARRAY_SIZE(acts))
		act_record(input);
	else
		acts[what](take_byte(input));
}

/* Each to each other; returns whether all of it arrived. */
static bool all_arrive(void)
{
	u32 i, number, missing = 0;

	for (i = 0; i < HOSTS * HOSTS; i++) {
		if (i / HOSTS == i % HOSTS)
			continue;
		world.n_taken = world.n_tape;
		number = send(i / HOSTS, i % HOSTS, false, 4);
		act_arrive(TAPE);
		missing += !world.letter[number].arrived;
	}
	return !missing;
}

/* After as long as it takes to find out that a session is over. */
static void check_all_are_heard(void)
{
	u32 i;

	for (i = 0; i < HOSTS; i++) {
		forge_keys(&world.wall[i], 1, 0);
		set_members(i, ~0, 0);
	}
	world.now += RAFT_SESSION_DEAF_US;
	for (i = 0; i < ROUNDS && !all_arrive(); i++)
		world.now += RAFT_SESSION_RETRY_US;
	MUST(i < ROUNDS);
}

int fuzz_one(const u8 *data, size_t size)
{
	struct bytes input = { .at = data, .left = size };
	u8 i;

	forge_random_start();
	world.now = 1000000;
	world.n_tape = 0;
	world.n_taken = 0;
	world.n_letters = 0;
	for (i = 0; i < TAPE; i++)
		world.tape[i].dgram.len = 0;
	for (i = 0; i <= CROWD; i++)
		start(i, 0);
	while (input.left)
		act(&input);
	check_all_are_heard();
	return 0;
}
