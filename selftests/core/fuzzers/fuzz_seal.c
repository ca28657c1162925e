// SPDX-License-Identifier: GPL-2.0
/*
 * One datagram comes to the wall of a node in the midst of its life: one that somebody
 * with the key has made, as it was or changed, or anything at all. It is let in if and
 * only if it is genuine, for this node and new; it leads to a session only if it is a
 * hello that knows what to echo; and what nobody with the key has made changes nothing.
 */
#include <asm/byteorder.h>
#include <linux/kernel.h>

#include "forge.h"

#define TOP	3000	/* the largest number that the node has received of TWICE */
#define OLDEST	(TOP / 64 * 64 - RAFT_REPLAY_SIZE)	/* that may still come late */
#define OTHER	10	/* bytes of a datagram that others are mixed with */

/* Those who speak with the node, and what it knows of them. */
enum {
	NODE,
	TWICE,		/* a member, with the session before as well */
	SECOND,		/* a member, with a session of the second key */
	WAITED_FOR,	/* a member without a session, to which a datagram is to be sent */
	GUEST,		/* no member, with a session */
	ASKED,		/* known by its address only, from where no answer came yet */
	UNKNOWN,	/* nobody knows it, and it has the key */
	STRANGER,	/* nobody knows it, and it has not */
	HOSTS,
};

/* What comes. */
enum {
	BYTES,		/* anything */
	BODY,		/* likewise, after a header that is right */
	DATA,		/* a datagram of a session */
	OWN,		/* what the node itself has sent */
	HELLO,
	KINDS,
};

/**
 * struct act - what an input does
 * @kind: what comes
 * @host: who made it, or seems to
 * @from: where it seems to come from
 * @now: when, microseconds
 * @genuine: somebody with the key made it, and it is as it was
 * @let_in: it is to be let in
 * @dgram: it
 * @plain: what it says, if it is data
 * @hello: what it says, if it is a hello
 */
struct act {
	u8 kind;
	u8 host;
	struct raft_addr from;
	u64 now;
	bool genuine;
	bool let_in;
	struct forge_dgram dgram;
	u8 plain[RAFT_DGRAM_MAX];
	struct raft_hello hello;
};

static struct raftval_wall node;		/* to which it comes */
static struct raftval_wall wall[HOSTS];		/* as they are when it comes */
static struct forge_dgram other;		/* a genuine one, to be mixed with it */
static u64 begin;				/* the time then, microseconds */

static const u16 received[] = { 0, 1, 1000, 1063, 2999, TOP };

static u32 make_plain(u8 *plain, u8 from, u64 to, u32 len)
{
	forge_header((struct raft_wire_header *)plain, from, to, RAFT_MSG_APPEND);
	memset(plain + sizeof(struct raft_wire_header), 'x', len);
	return sizeof(struct raft_wire_header) + len;
}

/*
 * How they came to be what they are.
 */

static void carry(u8 from, const struct raftval_wall_out *out)
{
	struct raft_addr addr = forge_addr(from);
	u8 plain[RAFT_DGRAM_MAX];
	struct raftval_wall_out answers;
	struct forge_dgram dgram;
	u32 i;

	for (i = 0; i < out->n; i++) {
		u8 to = out->dgram[i].addr.ip[3];

		dgram.len = out->dgram[i].len;
		memcpy(dgram.data, out->dgram[i].data, dgram.len);
		forge_deliver(&wall[to], begin, &addr, &dgram, plain, &answers);
		carry(to, &answers);
	}
}

static void say(u8 from, u8 to, u64 id, bool arrives)
{
	struct raft_addr addr = forge_addr(to);
	u8 plain[RAFT_DGRAM_MAX];
	struct raftval_wall_out out;
	u32 len = make_plain(plain, from, id, 10);

	raftval_wall_send(&wall[from], begin, id, &addr, plain, len, &out);
	if (arrives)
		carry(from, &out);
}

static struct raft_sessions *sessions_of(u8 host)
{
	struct raftval_wall_peer *peer = forge_peer(&wall[host], forge_id(NODE));

	return peer ? &peer->sessions : NULL;
}

/* A datagram of a session of a host with the node, of a number that is asked for. */
static void seal(struct forge_dgram *dgram, const u8 *plain, u32 len,
		 const struct raft_session *session, u64 number)
{
	struct raft_session copy = *session;

	copy.sent = number;
	dgram->len = raftval_seal_close(dgram->data, plain, len, &copy);
}

static void receive_some(void)
{
	struct raft_addr addr = forge_addr(TWICE);
	const struct raft_session *session = &sessions_of(TWICE)->now;
	struct raftval_wall_out out;
	u8 plain[RAFT_DGRAM_MAX];
	u32 i, len = make_plain(plain, TWICE, forge_id(NODE), OTHER);

	for (i = 0; i < ARRAY_SIZE(received); i++) {
		seal(&other, plain, len, session, received[i]);
		MUST(forge_deliver(&wall[NODE], begin, &addr, &other, plain, &out) == len);
	}
	seal(&other, plain, len, session, TOP + 1);
}

static void set_up(void)
{
	static const u8 key[HOSTS][2] = {
		{ 1, 2 }, { 1 }, { 2 }, { 1 }, { 1 }, { 1 }, { 1 }, { 3 }
	};
	struct raft_config config = { .n = WAITED_FOR + 1 };
	u32 i;

	begin = 1000000;
	for (i = 0; i < HOSTS; i++) {
		forge_wall(&wall[i], i);
		forge_keys(&wall[i], key[i][0], key[i][1]);
		if (i > WAITED_FOR)
			continue;
		config.member[i].id = forge_id(i);
		config.member[i].addr = forge_addr(i);
	}
	for (i = 0; i <= WAITED_FOR; i++)
		raftval_wall_members(&wall[i], begin, &config);
	say(TWICE, NODE, forge_id(NODE), true);
	begin += RAFT_SESSION_DEAF_US;
	say(TWICE, NODE, forge_id(NODE), true);
	say(SECOND, NODE, forge_id(NODE), true);
	say(NODE, WAITED_FOR, forge_id(WAITED_FOR), false);
	say(GUEST, NODE, 0, true);
	say(NODE, ASKED, 0, false);
	receive_some();
	node = wall[NODE];
}

/*
 * What comes.
 */

static void make_bytes(struct act *act, struct bytes *input)
{
	size_t n;
	const u8 *at = take_up_to(input, sizeof(act->dgram.data), &n);

	if (n)
		memcpy(act->dgram.data, at, n);
	act->dgram.len = n;
}

/* What the header says is right, so that more of the rest is looked at. */
static void make_body(struct act *act, struct bytes *input)
{
	struct raft_wire_header header;
	u8 type = take_byte(input), to = take_byte(input);

	make_bytes(act, input);
	forge_header(&header, act->host, to & 1 ? forge_id(NODE) : 0,
		     type & 1 ? RAFTVAL_SEAL_HELLO : type);
	header.version |= RAFTVAL_SEAL_MARK;
	act->dgram.len = min(act->dgram.len + sizeof(header), sizeof(act->dgram.data));
	memmove(act->dgram.data + sizeof(header), act->dgram.data,
		act->dgram.len - sizeof(header));
	memcpy(act->dgram.data, &header, sizeof(header));
}

static bool is_received(u64 number)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(received); i++) {
		if (received[i] == number)
			return true;
	}
	return false;
}

/* By what is known of them, not by what the wall makes of it. */
static bool is_to_be_let_in(const struct act *act, bool before, u64 number)
{
	const u64 rest = act->now - begin;

	if (number == U64_MAX)
		return false;
	if (act->host == TWICE && before)
		return rest < RAFT_SESSION_KEEP_US && number > 1;
	if (act->host == TWICE)
		return !is_received(number) && number >= OLDEST;
	return !before && number && (act->host == SECOND || act->host == GUEST);
}

static void make_data(struct act *act, struct bytes *input)
{
	static const struct raft_sessions none;
	const struct raft_sessions *sessions = sessions_of(act->host);
	u8 which = take_byte(input);
	u64 number = take_byte(input);
	u32 len = make_plain(act->plain, act->host, forge_id(NODE), 4 * take_byte(input));

	number |= take_byte(input) << 8;
	if (which & 2)
		number = ~number;
	if (which & 4)
		number = OLDEST - 64 + (u8)number;
	sessions = sessions ? sessions : &none;
	seal(&act->dgram, act->plain, len, which & 1 ? &sessions->before : &sessions->now, number);
	act->genuine = true;
	act->let_in = is_to_be_let_in(act, which & 1, number);
}

/* What the node itself has sealed for another comes back. */
static void make_own_data(struct act *act, struct bytes *input)
{
	const struct raftval_wall_peer *peer = forge_peer(&wall[NODE], forge_id(act->host));
	u8 which = take_byte(input);
	u32 len;

	if (!peer)
		return;
	len = make_plain(act->plain, NODE, peer->id, 4 * which);
	seal(&act->dgram, act->plain, len, which & 1 ? &peer->sessions.before : &peer->sessions.now,
	     take_byte(input));
	if (which & 2)
		forge_header((struct raft_wire_header *)act->dgram.data, act->host, forge_id(NODE),
			     RAFT_MSG_APPEND);
	((struct raft_wire_header *)act->dgram.data)->version |= RAFTVAL_SEAL_MARK;
}

static void pick_id(u8 *id, const struct raft_sessions *sessions, u8 which)
{
	switch (which % 5) {
	case 0:
		memset(id, which, RAFT_SESSION_ID);
		break;
	case 1:
		memcpy(id, sessions->next, RAFT_SESSION_ID);
		break;
	case 2:
		memcpy(id, sessions->now.mine, RAFT_SESSION_ID);
		break;
	case 3:
		memcpy(id, sessions->now.theirs, RAFT_SESSION_ID);
		break;
	case 4:
		memcpy(id, sessions->before.mine, RAFT_SESSION_ID);
		break;
	}
}

/* Whoever has the key may say what it likes. */
static void make_hello(struct act *act, struct bytes *input)
{
	static const struct raft_sessions none;
	const struct raft_sessions *theirs = sessions_of(act->host);
	struct raftval_wall_peer *peer = forge_peer(&wall[NODE], forge_id(act->host));
	u8 mine = take_byte(input), echo = take_byte(input), how = take_byte(input);
	const struct raftval_seal_key *key = &wall[act->host].key[how >> 1 & 1];
	u8 nonce[RAFTVAL_SEAL_NONCE] = { mine, echo, how };

	if (how & 4 || !peer)
		peer = forge_peer(&wall[NODE], 0);
	pick_id(act->hello.mine, theirs ? theirs : &none, mine);
	pick_id(act->hello.echo, &peer->sessions, echo);
	act->hello.done = how & 1;
	act->genuine = act->host != NODE && act->host != STRANGER && key->name;
	raftval_seal_close_hello((struct raftval_seal_hello *)act->dgram.data, key,
				 forge_id(act->host), how & 8 ? forge_id(NODE) : 0, nonce,
				 &act->hello);
	act->dgram.len = sizeof(struct raftval_seal_hello);
}

static bool is_equal(const struct forge_dgram *one, const struct forge_dgram *another)
{
	return one->len == another->len && !memcmp(one->data, another->data, one->len);
}

/* What is changed may be as it was, or be the other that it was mixed with. */
static void change(struct act *act, struct bytes *input)
{
	struct forge_dgram was = act->dgram;

	while (input->left)
		forge_change(input, &act->dgram, &other);
	if (is_equal(&act->dgram, &was))
		return;
	act->genuine = is_equal(&act->dgram, &other);
	act->let_in = act->genuine;
	if (!act->genuine)
		return;
	act->kind = DATA;
	make_plain(act->plain, TWICE, forge_id(NODE), OTHER);
}

static void make(struct act *act, struct bytes *input)
{
	static const u32 wait[] = { 0, 50000, 100000, 1000000, 9999999, 10000000, 3600000000U };

	act->kind = take_byte(input) % KINDS;
	act->host = take_byte(input) % HOSTS;
	act->from = forge_addr(take_byte(input) % (HOSTS + 1));
	act->now = begin + wait[take_byte(input) % ARRAY_SIZE(wait)];
	switch (act->kind) {
	case BYTES:
		make_bytes(act, input);
		return;
	case BODY:
		make_body(act, input);
		return;
	case DATA:
		make_data(act, input);
		break;
	case OWN:
		make_own_data(act, input);
		break;
	case HELLO:
		make_hello(act, input);
		break;
	}
	if (input->left)
		change(act, input);
}

/*
 * What it leads to.
 */

static bool is_same(const struct raft_session *one, const struct raft_session *another)
{
	return one->live == another->live && !memcmp(one->mine, another->mine, RAFT_SESSION_ID);
}

/* A session begins by an echo of what was never said before; and members stay. */
static void check_sessions(const struct act *act)
{
	const struct raftval_wall_peer *before, *after;
	u32 i, began = 0;

	for (i = 0; i < RAFTVAL_WALL_PEERS; i++) {
		before = &wall[NODE].peer[i];
		after = &node.peer[i];
		if (before->member)
			MUST(forge_peer(&node, before->id) &&
			     forge_peer(&node, before->id)->member);
		if (is_same(&before->sessions.now, &after->sessions.now))
			continue;
		MUST(act->kind == HELLO);
		MUST(!memcmp(act->hello.echo, before->sessions.next, RAFT_SESSION_ID));
		MUST(!memcmp(act->hello.mine, after->sessions.now.theirs, RAFT_SESSION_ID));
		MUST(memcmp(after->sessions.next, before->sessions.next, RAFT_SESSION_ID));
		MUST(after->id == forge_id(act->host));
		began++;
	}
	MUST(began <= 1);
}

int fuzz_one(const u8 *data, size_t size)
{
	static struct act act;
	struct bytes input = { .at = data, .left = size };
	u8 plain[RAFT_DGRAM_MAX];
	struct raftval_wall_out out;
	u32 len;

	forge_random_start();
	if (!begin)
		set_up();
	act.genuine = false;
	act.let_in = false;
	act.dgram.len = 0;
	make(&act, &input);
	len = forge_deliver(&node, act.now, &act.from, &act.dgram, plain, &out);
	MUST(!len == !act.let_in);
	MUST(!len || !memcmp(plain, act.plain, len));
	if (!len && !(act.genuine && act.kind == HELLO))
		forge_must_be_dropped(&wall[NODE], &node, act.now, &act.dgram, &out);
	else
		check_sessions(&act);
	if (len)
		MUST(!forge_deliver(&node, act.now, &act.from, &act.dgram, plain, &out));
	/* All of it takes as long as the rest of this, and mostly nothing has changed. */
	if (act.genuine || out.n)
		node = wall[NODE];
	memcpy(node.drops, wall[NODE].drops, sizeof(node.drops));
	return 0;
}
