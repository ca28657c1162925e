// SPDX-License-Identifier: GPL-2.0
/* What a stranger may do to a wall, and what must be true of it. */
#include <asm/byteorder.h>

#include "fail.h"
#include "forge.h"
#include "members.h"
#include "rng.h"

static const u8 cluster[16] = "cluster";
static struct rng randomness;

/**
 * forge_random_start() - let the walls draw from here on what every input lets them draw
 */
void forge_random_start(void)
{
	randomness.state = 1;
}

static void fill_random(void *buf, size_t len)
{
	u8 *bytes = buf;
	u64 word;
	size_t n;

	for (; len; len -= n, bytes += n) {
		word = rng_next(&randomness);
		n = len < sizeof(word) ? len : sizeof(word);
		memcpy(bytes, &word, n);
	}
}

/**
 * forge_addr() - where a host is
 * @host: the host
 *
 * Return: its address.
 */
struct raft_addr forge_addr(u8 host)
{
	struct raft_addr addr = { .family = 4, .port = 7000 };

	addr.ip[3] = host;
	return addr;
}

/**
 * forge_id() - who a host is
 * @host: the host
 *
 * Return: its id.
 */
u64 forge_id(u8 host)
{
	return 100 + host;
}

/**
 * forge_wall() - build the wall of a host, without a key
 * @wall: the wall
 * @host: the host
 */
void forge_wall(struct raftval_wall *wall, u8 host)
{
	raftval_wall_init(wall, forge_id(host), cluster, fill_random);
}

/**
 * forge_keys() - set a wall's keys
 * @wall: the wall
 * @first: number of the first one
 * @second: number of the second, 0 for none
 */
void forge_keys(struct raftval_wall *wall, u8 first, u8 second)
{
	const u8 secret[RAFTVAL_WALL_KEYS][RAFT_SESSION_KEY] = { { first }, { second } };

	raftval_wall_keys(wall, secret, second ? 2 : 1);
}

/**
 * forge_header() - begin a datagram
 * @header: what is filled in
 * @from: the host that it says it is from
 * @to: for whom
 * @type: its type
 */
void forge_header(struct raft_wire_header *header, u8 from, u64 to, u8 type)
{
	memset(header, 0, sizeof(*header));
	header->magic = cpu_to_le16(RAFT_WIRE_MAGIC);
	header->version = RAFT_WIRE_VERSION;
	header->type = type;
	memcpy(header->cluster, cluster, sizeof(cluster));
	header->from = cpu_to_le64(forge_id(from));
	header->to = cpu_to_le64(to);
}

/**
 * forge_peer() - what a wall knows of another
 * @wall: the wall
 * @id: the other's id, 0 for one of whom only the address is known
 *
 * Return: what it knows, or %NULL.
 */
struct raftval_wall_peer *forge_peer(struct raftval_wall *wall, u64 id)
{
	struct raftval_wall_peer *peer;

	for (peer = wall->peer; peer < wall->peer + RAFTVAL_WALL_PEERS; peer++) {
		if (peer->used && peer->id == id)
			return peer;
	}
	return NULL;
}

static u16 take_place(struct bytes *input)
{
	u16 high = take_byte(input) << 8;

	return high | take_byte(input);
}

static void flip(struct bytes *input, struct forge_dgram *dgram)
{
	u16 bit = take_place(input);

	if (dgram->len)
		dgram->data[bit / 8 % dgram->len] ^= 1 << bit % 8;
}

static void overwrite(struct bytes *input, struct forge_dgram *dgram)
{
	u16 at = take_place(input);

	if (dgram->len)
		dgram->data[at % dgram->len] = take_byte(input);
}

static void extend(struct bytes *input, struct forge_dgram *dgram)
{
	u32 n = take_byte(input) % (FORGE_MAX - dgram->len + 1);

	memset(dgram->data + dgram->len, take_byte(input), n);
	dgram->len += n;
}

static void count_on(struct bytes *input, struct forge_dgram *dgram)
{
	struct raftval_seal_data *data = (struct raftval_seal_data *)dgram->data;
	u16 n = take_place(input);

	if (dgram->len >= sizeof(*data))
		data->number = cpu_to_le64(le64_to_cpu(data->number) + n);
}

static void rename_ends(struct bytes *input, struct forge_dgram *dgram)
{
	struct raft_wire_header *header = (struct raft_wire_header *)dgram->data;
	u8 from = take_byte(input), to = take_byte(input);

	if (dgram->len < sizeof(*header))
		return;
	if (from)
		header->from = cpu_to_le64(forge_id(from));
	header->to = to ? cpu_to_le64(forge_id(to)) : header->to;
}

/* What one begins with, and what the other ends with. */
static void splice(struct bytes *input, struct forge_dgram *dgram,
		   const struct forge_dgram *other)
{
	u32 at = take_place(input) % (dgram->len + 1);

	if (at >= other->len)
		return;
	memcpy(dgram->data + at, other->data + at, other->len - at);
	dgram->len = other->len;
}

/**
 * forge_change() - change a datagram, once
 * @input: says how
 * @dgram: the datagram
 * @other: one that parts may be taken from
 */
void forge_change(struct bytes *input, struct forge_dgram *dgram, const struct forge_dgram *other)
{
	switch (take_byte(input) % 7) {
	case 0:
		flip(input, dgram);
		break;
	case 1:
		overwrite(input, dgram);
		break;
	case 2:
		dgram->len = take_place(input) % (dgram->len + 1);
		break;
	case 3:
		extend(input, dgram);
		break;
	case 4:
		count_on(input, dgram);
		break;
	case 5:
		rename_ends(input, dgram);
		break;
	case 6:
		splice(input, dgram, other);
		break;
	}
}

static bool is_hello(const u8 *data)
{
	return ((const struct raft_wire_header *)data)->type == RAFTVAL_SEAL_HELLO;
}

/* Nothing goes out that is not sealed, and to a member nothing but to where it is. */
static void check_out(struct raftval_wall *wall, const struct raftval_wall_out *out)
{
	const struct raft_wire_header *header;
	const struct raftval_wall_peer *peer;
	u32 i;

	MUST(out->n <= RAFTVAL_WALL_OUT);
	for (i = 0; i < out->n; i++) {
		header = (const struct raft_wire_header *)out->dgram[i].data;
		MUST(out->dgram[i].len <= RAFTVAL_SEAL_MAX);
		MUST(out->dgram[i].len >= sizeof(*header) + RAFTVAL_SEAL_EXTRA);
		MUST(header->version & RAFTVAL_SEAL_MARK);
		MUST(le64_to_cpu(header->from) == wall->self);
		peer = forge_peer(wall, le64_to_cpu(header->to));
		MUST(peer || !header->to);
		if (peer && peer->member)
			MUST(raft_addr_equal(&out->dgram[i].addr, &peer->addr));
	}
}

static u64 all_drops(const struct raftval_wall *wall)
{
	u64 all = 0;
	u32 i;

	for (i = 0; i < RAFTVAL_WALL_DROPS; i++)
		all += wall->drops[i];
	return all;
}

/**
 * forge_deliver() - let a datagram come
 * @wall: to whom
 * @now: microseconds
 * @from: where it seems to come from
 * @dgram: the datagram
 * @plain: gets what is let in; room for %RAFT_DGRAM_MAX bytes
 * @out: gets what is to be sent
 *
 * Return: bytes in @plain.
 */
u32 forge_deliver(struct raftval_wall *wall, u64 now, const struct raft_addr *from,
		  const struct forge_dgram *dgram, u8 *plain, struct raftval_wall_out *out)
{
	/* As much memory as bytes, so that a byte too far is seen. */
	u8 *data = must_copy(dgram->data, dgram->len), *room = must_realloc(NULL, RAFT_DGRAM_MAX);
	u64 before = all_drops(wall);
	u32 len;

	len = raftval_wall_receive(wall, now, from, data, dgram->len, room, out);
	MUST(len <= RAFT_DGRAM_MAX && (!len || len + RAFTVAL_SEAL_EXTRA == dgram->len));
	MUST(all_drops(wall) - before <= !len);
	MUST(!len || !out->n);
	check_out(wall, out);
	memcpy(plain, room, len);
	free(data);
	free(room);
	return len;
}

/* Whose datagram can not be opened may want another session; it is asked, no more than that. */
static void check_asked(const struct raftval_wall_peer *before,
			const struct raftval_wall_peer *after, u64 now,
			const struct forge_dgram *dgram)
{
	const struct raft_wire_header *header = (const struct raft_wire_header *)dgram->data;
	struct raftval_wall_peer was = *before;

	MUST(!is_hello(dgram->data) && was.id == le64_to_cpu(header->from));
	MUST(now >= was.sessions.hello_at);
	was.hellos++;
	was.sessions.hello_at = after->sessions.hello_at;
	MUST(!memcmp(&was, after, sizeof(was)));
}

/**
 * forge_must_be_dropped() - check that a datagram has changed nothing that nobody with the
 *	key has made
 * @before: the wall before it came
 * @after: the wall now
 * @now: microseconds
 * @dgram: the datagram
 * @out: what was to be sent because of it
 */
void forge_must_be_dropped(const struct raftval_wall *before, const struct raftval_wall *after,
			   u64 now, const struct forge_dgram *dgram,
			   const struct raftval_wall_out *out)
{
	const struct raftval_wall_peer *peer;
	u32 i, asked = 0;

	MUST(!memcmp(before, after, offsetof(struct raftval_wall, peer)));
	MUST(all_drops(after) == all_drops(before) + 1);
	for (i = 0; i < RAFTVAL_WALL_PEERS; i++) {
		peer = &before->peer[i];
		if (!memcmp(peer, &after->peer[i], sizeof(*peer)))
			continue;
		check_asked(peer, &after->peer[i], now, dgram);
		MUST(raft_addr_equal(&out->dgram[0].addr, &peer->addr));
		asked++;
	}
	MUST(asked == out->n);
	MUST(!asked || is_hello(out->dgram[0].data));
}
