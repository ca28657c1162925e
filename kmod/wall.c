// SPDX-License-Identifier: GPL-2.0
/* The wall: who is let in. */
#include <asm/byteorder.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include "members.h"
#include "wall.h"

/**
 * raftval_wall_init() - build a wall
 * @wall: the wall
 * @self: the node's id
 * @cluster: the cluster's id
 * @random: fills memory with random bytes; called with @wall in use
 *
 * Before anything is sent or received it needs a key.
 */
void raftval_wall_init(struct raftval_wall *wall, u64 self, const u8 cluster[16],
		       void (*random)(void *buf, size_t len))
{
	memset(wall, 0, sizeof(*wall));
	wall->self = self;
	memcpy(wall->cluster, cluster, sizeof(wall->cluster));
	wall->random = random;
}

/*
 * Words, and telling
 */

static const char * const drop_names[RAFTVAL_WALL_DROPS] = {
	[RAFTVAL_WALL_SHORT] = "short",
	[RAFTVAL_WALL_FORMAT] = "format",
	[RAFTVAL_WALL_CLUSTER] = "cluster",
	[RAFTVAL_WALL_RECEIVER] = "receiver",
	[RAFTVAL_WALL_STRANGER] = "stranger",
	[RAFTVAL_WALL_SESSION] = "session",
	[RAFTVAL_WALL_OLD] = "old",
	[RAFTVAL_WALL_REPLAYED] = "replayed",
	[RAFTVAL_WALL_FORGED] = "forged",
	[RAFTVAL_WALL_KEY] = "key",
	[RAFTVAL_WALL_FULL] = "full",
};

static const char * const note_names[RAFTVAL_WALL_NOTES] = {
	[RAFTVAL_WALL_NOTE_DROP] = "drop",
	[RAFTVAL_WALL_NOTE_HELLO] = "hello",
	[RAFTVAL_WALL_NOTE_BEGAN] = "began",
	[RAFTVAL_WALL_NOTE_ENDED] = "ended",
	[RAFTVAL_WALL_NOTE_UNSENT] = "unsent",
};

static const char * const end_names[RAFTVAL_WALL_ENDS] = {
	[RAFTVAL_WALL_END_KEY] = "its key was dropped",
	[RAFTVAL_WALL_END_COPY] = "this machine may be a copy",
	[RAFTVAL_WALL_END_PLACE] = "another one needs the place",
};

/**
 * raftval_wall_drop_name() - why something is not let in, as a counter's name
 * @why: the reason
 *
 * Return: its name
 */
const char *raftval_wall_drop_name(enum raftval_wall_drop why)
{
	return (u32)why < RAFTVAL_WALL_DROPS ? drop_names[why] : "?";
}

/**
 * raftval_wall_note_name() - a decision's name
 * @note: the decision
 *
 * Return: its name
 */
const char *raftval_wall_note_name(enum raftval_wall_note note)
{
	return (u32)note < RAFTVAL_WALL_NOTES ? note_names[note] : "?";
}

/**
 * raftval_wall_end_name() - why a session ended, for people
 * @why: the reason
 *
 * Return: its words
 */
const char *raftval_wall_end_name(enum raftval_wall_end why)
{
	return (u32)why < RAFTVAL_WALL_ENDS ? end_names[why] : "?";
}

static void tell(struct raftval_wall *wall, enum raftval_wall_note note, u64 a, u32 b, u32 c)
{
	wall->noted[note]++;
	if (wall->note)
		wall->note(wall->ctx, note, a, b, c);
}

static void tell_end(struct raftval_wall *wall, const struct raftval_wall_peer *peer,
		     enum raftval_wall_end why)
{
	if (peer->used && peer->sessions.now.live)
		tell(wall, RAFTVAL_WALL_NOTE_ENDED, peer->id, peer->key, why);
}

/*
 * Keys
 */

static const struct raftval_seal_key *find_key(const struct raftval_wall *wall, u32 name)
{
	u32 i;

	for (i = 0; i < wall->n_keys; i++) {
		if (wall->key[i].name == name)
			return &wall->key[i];
	}
	return NULL;
}

/* What was sealed with a key that is no more is not let in any more. */
static void end_sessions(const struct raftval_wall *wall, struct raftval_wall_peer *peer)
{
	struct raft_sessions *sessions = &peer->sessions;

	if (sessions->now.live && !find_key(wall, peer->key))
		memzero_explicit(&sessions->now, sizeof(sessions->now));
	if (sessions->before.live && !find_key(wall, peer->key_before))
		memzero_explicit(&sessions->before, sizeof(sessions->before));
}

/**
 * raftval_wall_keys() - set the keys
 * @wall: the wall
 * @secret: the keys, the one that is to be used first; they differ
 * @n: how many, 1 to %RAFTVAL_WALL_KEYS
 *
 * Sessions with other keys end, and those that are not with the first one are renewed.
 */
void raftval_wall_keys(struct raftval_wall *wall, const u8 secret[][RAFT_SESSION_KEY], u32 n)
{
	struct raftval_wall_peer *peer;

	memzero_explicit(wall->key, sizeof(wall->key));
	for (wall->n_keys = 0; wall->n_keys < n; wall->n_keys++)
		raftval_seal_key_init(&wall->key[wall->n_keys], wall->cluster,
				      secret[wall->n_keys]);
	for (peer = wall->peer; peer < wall->peer + RAFTVAL_WALL_PEERS; peer++) {
		if (!find_key(wall, peer->key))
			tell_end(wall, peer, RAFTVAL_WALL_END_KEY);
		end_sessions(wall, peer);
		peer->hellos = 0;
		/* The other may have begun a session with this id, and say so with the old key. */
		wall->random(peer->sessions.next, sizeof(peer->sessions.next));
		if (peer->sessions.now.live && peer->key != wall->key[0].name)
			raft_sessions_renew(&peer->sessions);
	}
}

/**
 * raftval_wall_forget() - end every session
 * @wall: the wall
 *
 * The machine may be a copy of one that goes on somewhere else: neither may use again
 * what the other uses.
 */
void raftval_wall_forget(struct raftval_wall *wall)
{
	struct raftval_wall_peer *peer;
	u8 session[RAFT_SESSION_ID];

	for (peer = wall->peer; peer < wall->peer + RAFTVAL_WALL_PEERS; peer++) {
		tell_end(wall, peer, RAFTVAL_WALL_END_COPY);
		wall->random(session, sizeof(session));
		raft_sessions_init(&peer->sessions, session);
	}
}

/*
 * Those it speaks with
 */

static struct raftval_wall_peer *find_id(struct raftval_wall *wall, u64 id)
{
	struct raftval_wall_peer *peer;

	for (peer = wall->peer; peer < wall->peer + RAFTVAL_WALL_PEERS; peer++) {
		if (peer->used && peer->id == id)
			return peer;
	}
	return NULL;
}

/* Who is at an address: with a session, or known by nothing else. */
static struct raftval_wall_peer *find_addr(struct raftval_wall *wall,
					   const struct raft_addr *addr, bool live)
{
	struct raftval_wall_peer *peer;

	for (peer = wall->peer; peer < wall->peer + RAFTVAL_WALL_PEERS; peer++) {
		if (peer->used && raft_addr_equal(&peer->addr, addr) &&
		    (live ? peer->sessions.now.live : !peer->id))
			return peer;
	}
	return NULL;
}

/* When it was last of use; the one of whom that is longest ago has to go first. */
static u64 last_use(const struct raftval_wall_peer *peer)
{
	return peer->sessions.now.live ? max(peer->since, peer->sessions.heard) : peer->since;
}

/* A guest that has a session is not pushed aside by another one, but by a member. */
static bool may_go(const struct raftval_wall_peer *peer, u64 now, bool for_member)
{
	return !peer->member && (for_member || !peer->sessions.now.live ||
				 now - last_use(peer) >= RAFTVAL_WALL_STAY_US);
}

static struct raftval_wall_peer *make_room(struct raftval_wall *wall, u64 now, bool member)
{
	struct raftval_wall_peer *peer, *oldest = NULL, *unused = NULL;
	u32 guests = 0;

	for (peer = wall->peer; peer < wall->peer + RAFTVAL_WALL_PEERS; peer++) {
		if (!peer->used) {
			unused = peer;
			continue;
		}
		guests += !peer->member;
		if (may_go(peer, now, member) && (!oldest || last_use(peer) < last_use(oldest)))
			oldest = peer;
	}
	return unused && (member || guests < RAFTVAL_WALL_GUESTS) ? unused : oldest;
}

static struct raftval_wall_peer *add(struct raftval_wall *wall, u64 now, u64 id,
				     const struct raft_addr *addr, bool member)
{
	struct raftval_wall_peer *peer = make_room(wall, now, member);
	u8 session[RAFT_SESSION_ID];

	if (!peer)
		return NULL;
	tell_end(wall, peer, RAFTVAL_WALL_END_PLACE);
	memset(peer, 0, sizeof(*peer));
	peer->used = true;
	peer->member = member;
	peer->id = id;
	peer->addr = *addr;
	peer->since = now;
	wall->random(session, sizeof(session));
	raft_sessions_init(&peer->sessions, session);
	return peer;
}

/**
 * raftval_wall_members() - who the members are
 * @wall: the wall
 * @now: microseconds
 * @config: the configuration
 *
 * Who is none any more is a guest.
 */
void raftval_wall_members(struct raftval_wall *wall, u64 now, const struct raft_config *config)
{
	struct raftval_wall_peer *peer;
	u16 i;

	for (peer = wall->peer; peer < wall->peer + RAFTVAL_WALL_PEERS; peer++)
		peer->member = false;
	/* First those that are here, so that none of them has to make room for another. */
	for (i = 0; i < config->n; i++) {
		peer = find_id(wall, config->member[i].id);
		if (!peer)
			continue;
		peer->member = true;
		peer->addr = config->member[i].addr;
	}
	for (i = 0; i < config->n; i++) {
		if (config->member[i].id != wall->self && !find_id(wall, config->member[i].id))
			add(wall, now, config->member[i].id, &config->member[i].addr, true);
	}
}

/*
 * Out
 */

static void put_hello(struct raftval_wall *wall, const struct raftval_seal_key *key,
		      const struct raftval_wall_peer *peer, const struct raft_addr *addr,
		      const struct raft_hello *hello, struct raftval_wall_out *out)
{
	u8 nonce[RAFTVAL_SEAL_NONCE];

	wall->random(nonce, sizeof(nonce));
	out->dgram[out->n].addr = *addr;
	out->dgram[out->n].len = sizeof(struct raftval_seal_hello);
	raftval_seal_close_hello((struct raftval_seal_hello *)out->dgram[out->n].data, key,
				 wall->self, peer->id, nonce, hello);
	out->n++;
}

/* The other may not have the first key yet, or not have it any more. */
static void say_hello(struct raftval_wall *wall, struct raftval_wall_peer *peer,
		      const struct raft_addr *addr, const struct raft_hello *hello,
		      struct raftval_wall_out *out)
{
	const struct raftval_seal_key *key = &wall->key[peer->hellos++ % wall->n_keys];

	tell(wall, RAFTVAL_WALL_NOTE_HELLO, peer->id, key->name, 0);
	put_hello(wall, key, peer, addr, hello, out);
}

static void put_data(struct raftval_wall_peer *peer, const u8 *dgram, u32 len,
		     struct raftval_wall_out *out)
{
	out->dgram[out->n].addr = peer->addr;
	out->dgram[out->n].len = raftval_seal_close(out->dgram[out->n].data, dgram, len,
						    &peer->sessions.now);
	out->n++;
}

/* A node that was spoken to by its address only may have a name by now. */
static struct raftval_wall_peer *find(struct raftval_wall *wall, u64 id,
				      const struct raft_addr *addr)
{
	struct raftval_wall_peer *peer = id ? find_id(wall, id) : NULL;

	if (!peer)
		peer = find_addr(wall, addr, false);
	if (!peer && !id)
		peer = find_addr(wall, addr, true);
	if (peer && id)
		peer->id = id;
	return peer;
}

/**
 * raftval_wall_send() - seal a datagram of the core
 * @wall: the wall
 * @now: microseconds
 * @to: its receiver, 0 if only @addr is known
 * @addr: where that is
 * @dgram: the datagram
 * @len: its length
 * @out: gets what is to be sent, or nothing: without a session the datagram waits until
 *	there is one, or a newer one takes its place
 */
void raftval_wall_send(struct raftval_wall *wall, u64 now, u64 to, const struct raft_addr *addr,
		       const u8 *dgram, u32 len, struct raftval_wall_out *out)
{
	struct raftval_wall_peer *peer = find(wall, to, addr);
	struct raft_hello hello;

	out->n = 0;
	if (!peer)
		peer = add(wall, now, to, addr, false);
	if (!peer || len > RAFT_DGRAM_MAX) {
		tell(wall, RAFTVAL_WALL_NOTE_UNSENT, to, 0, 0);
		return;
	}
	peer->addr = *addr;
	if (raft_sessions_hello(&peer->sessions, now, false, &hello))
		say_hello(wall, peer, addr, &hello, out);
	if (peer->sessions.now.live) {
		put_data(peer, dgram, len, out);
		return;
	}
	if (peer->staged_len)
		tell(wall, RAFTVAL_WALL_NOTE_UNSENT, peer->id, 0, 0);
	memcpy(peer->staged, dgram, len);
	peer->staged_len = len;
}

/*
 * In
 */

static u32 drop(struct raftval_wall *wall, enum raftval_wall_drop why)
{
	wall->drops[why]++;
	tell(wall, RAFTVAL_WALL_NOTE_DROP, why, 0, 0);
	return 0;
}

static u32 refuse(struct raftval_wall *wall, enum raftval_wall_drop why,
		  const struct raft_addr *from)
{
	wall->refused = *from;
	return drop(wall, why);
}

static void begin(struct raftval_wall *wall, const struct raftval_seal_key *key,
		  struct raftval_wall_peer *peer, const struct raft_addr *from)
{
	if (!peer->member)
		peer->addr = *from;
	peer->key_before = peer->key;
	peer->key = key->name;
	peer->hellos = 0;
	tell(wall, RAFTVAL_WALL_NOTE_BEGAN, peer->id, key->name, 0);
	raftval_seal_derive(key, wall->self, peer->id, &peer->sessions.now);
}

static void send_staged(struct raftval_wall_peer *peer, struct raftval_wall_out *out)
{
	if (!peer->staged_len)
		return;
	put_data(peer, peer->staged, peer->staged_len, out);
	peer->staged_len = 0;
}

/* Whose answer a hello is, of those that were spoken to by their addresses only. */
static struct raftval_wall_peer *find_asked(struct raftval_wall *wall,
					    const struct raft_hello *hello)
{
	struct raftval_wall_peer *peer;

	for (peer = wall->peer; peer < wall->peer + RAFTVAL_WALL_PEERS; peer++) {
		if (peer->used && !peer->id &&
		    !memcmp(peer->sessions.next, hello->echo, RAFT_SESSION_ID))
			return peer;
	}
	return NULL;
}

/* An address says nothing of who is there; the echo of an id that was sent there does. */
static struct raftval_wall_peer *welcome(struct raftval_wall *wall, u64 now, u64 id,
					 const struct raft_addr *from,
					 const struct raft_hello *hello)
{
	struct raftval_wall_peer *asked = find_asked(wall, hello), *peer = find_id(wall, id);

	if (!asked)
		return peer ? peer : add(wall, now, id, from, false);
	if (peer) {
		asked->member = peer->member;
		peer->used = false;
	}
	asked->id = id;
	return asked;
}

/*
 * Where members are the cluster knows; of a guest nobody knows more than it shows. So who
 * has a record of its hello is answered, too, as seldom as anybody, and can not read it.
 */
static const struct raft_addr *answer_to(const struct raftval_wall_peer *peer,
					 const struct raft_addr *from)
{
	return peer->member ? &peer->addr : from;
}

static u32 receive_hello(struct raftval_wall *wall, u64 now, const struct raft_addr *from,
			 const struct raftval_seal_hello *in, struct raftval_wall_out *out)
{
	const struct raftval_seal_key *key = find_key(wall, le32_to_cpu(in->key));
	struct raftval_wall_peer *peer;
	struct raft_hello hello, answer;
	enum raft_hello_verdict verdict;
	u8 id[RAFT_SESSION_ID];

	if (!key || !raftval_seal_open_hello(&hello, in, key))
		return refuse(wall, RAFTVAL_WALL_KEY, from);
	peer = welcome(wall, now, le64_to_cpu(in->header.from), from, &hello);
	if (!peer)
		return drop(wall, RAFTVAL_WALL_FULL);
	wall->random(id, sizeof(id));
	verdict = raft_sessions_hear(&peer->sessions, now, &hello, id, &answer);
	if (verdict == RAFT_HELLO_BEGAN || verdict == RAFT_HELLO_BEGAN_ANSWER)
		begin(wall, key, peer, from);
	/* What is said of a session that began is said with its key. */
	if (verdict == RAFT_HELLO_ANSWER || verdict == RAFT_HELLO_BEGAN_ANSWER)
		put_hello(wall, answer.done ? find_key(wall, peer->key) : key, peer,
			  answer_to(peer, from), &answer, out);
	if (verdict == RAFT_HELLO_BEGAN || verdict == RAFT_HELLO_BEGAN_ANSWER)
		send_staged(peer, out);
	return 0;
}

static u32 open_data(struct raftval_wall_peer *peer, u64 now, const struct raftval_seal_data *in,
		     u32 len, u8 *dgram, enum raftval_wall_drop *why)
{
	struct raft_session *session = raft_sessions_find(&peer->sessions, now,
							  le32_to_cpu(in->tag));
	u64 number = le64_to_cpu(in->number);

	*why = RAFTVAL_WALL_SESSION;
	if (!session)
		return 0;
	switch (raft_replay_judge(&session->replay, number)) {
	case RAFT_REPLAY_OLD:
		*why = RAFTVAL_WALL_OLD;
		return 0;
	case RAFT_REPLAY_SEEN:
		*why = RAFTVAL_WALL_REPLAYED;
		return 0;
	case RAFT_REPLAY_NEW:
		break;
	}
	*why = RAFTVAL_WALL_FORGED;
	len = raftval_seal_open(dgram, (const u8 *)in, len, session);
	if (len)
		raft_sessions_opened(&peer->sessions, now, session, number);
	return len;
}

static u32 receive_data(struct raftval_wall *wall, u64 now, const u8 *data, u32 len, u8 *dgram,
			struct raftval_wall_out *out)
{
	const struct raftval_seal_data *in = (const struct raftval_seal_data *)data;
	struct raftval_wall_peer *peer = find_id(wall, le64_to_cpu(in->header.from));
	enum raftval_wall_drop why;
	struct raft_hello hello;

	if (!peer)
		return drop(wall, RAFTVAL_WALL_STRANGER);
	len = open_data(peer, now, in, len, dgram, &why);
	if (len)
		return len;
	/*
	 * The other may have begun a session that this end has not, or the other way round. If
	 * it is not the other, that one is asked nevertheless, and not who this came from.
	 */
	if (raft_sessions_hello(&peer->sessions, now, true, &hello))
		say_hello(wall, peer, &peer->addr, &hello, out);
	return drop(wall, why);
}

/* What the header says before anything is known to be true. */
static bool may_be_for_us(struct raftval_wall *wall, const struct raft_wire_header *header,
			  enum raftval_wall_drop *why)
{
	u64 from = le64_to_cpu(header->from), to = le64_to_cpu(header->to);

	if (le16_to_cpu(header->magic) != RAFT_WIRE_MAGIC ||
	    header->version != (RAFT_WIRE_VERSION | RAFTVAL_SEAL_MARK))
		*why = RAFTVAL_WALL_FORMAT;
	else if (memcmp(header->cluster, wall->cluster, sizeof(header->cluster)))
		*why = RAFTVAL_WALL_CLUSTER;
	else if (to && to != wall->self)
		*why = RAFTVAL_WALL_RECEIVER;
	else if (!from || from == wall->self)
		*why = RAFTVAL_WALL_STRANGER;
	else
		return true;
	return false;
}

/**
 * raftval_wall_receive() - open what came
 * @wall: the wall
 * @now: microseconds
 * @from: where it came from
 * @data: what came
 * @len: its length
 * @dgram: room for %RAFT_DGRAM_MAX bytes; gets the core's datagram
 * @out: gets what is to be sent because of it
 *
 * Return: bytes in @dgram, 0 if there is nothing for the core.
 */
u32 raftval_wall_receive(struct raftval_wall *wall, u64 now, const struct raft_addr *from,
			 const u8 *data, u32 len, u8 *dgram, struct raftval_wall_out *out)
{
	const struct raft_wire_header *header = (const struct raft_wire_header *)data;
	enum raftval_wall_drop why;

	out->n = 0;
	if (len < sizeof(*header) + RAFTVAL_SEAL_EXTRA || len > RAFTVAL_SEAL_MAX)
		return drop(wall, RAFTVAL_WALL_SHORT);
	if (!may_be_for_us(wall, header, &why))
		return why == RAFTVAL_WALL_CLUSTER ? refuse(wall, why, from) : drop(wall, why);
	if (header->type != RAFTVAL_SEAL_HELLO)
		return receive_data(wall, now, data, len, dgram, out);
	if (len != sizeof(struct raftval_seal_hello))
		return drop(wall, RAFTVAL_WALL_SHORT);
	return receive_hello(wall, now, from, (const struct raftval_seal_hello *)data, out);
}

/**
 * raftval_wall_stats() - what a wall shows
 * @wall: the wall
 * @now: microseconds
 * @stats: gets it
 *
 * Who asks whether all have gone over to another key wants to know of those who speak:
 * a session that nobody uses is renewed when somebody does.
 */
void raftval_wall_stats(const struct raftval_wall *wall, u64 now, struct raftval_wall_stats *stats)
{
	const struct raftval_wall_peer *peer;
	u32 i;

	stats->n_keys = wall->n_keys;
	for (i = 0; i < wall->n_keys; i++)
		stats->key[i] = wall->key[i].name;
	stats->refused = wall->refused;
	memcpy(stats->drops, wall->drops, sizeof(stats->drops));
	memcpy(stats->noted, wall->noted, sizeof(stats->noted));
	stats->n_peers = 0;
	for (peer = wall->peer; peer < wall->peer + RAFTVAL_WALL_PEERS; peer++) {
		if (!peer->used || !peer->sessions.now.live ||
		    now - peer->sessions.heard >= RAFTVAL_WALL_SHOW_US)
			continue;
		stats->peer[stats->n_peers].id = peer->id;
		stats->peer[stats->n_peers++].key = peer->key;
	}
}
