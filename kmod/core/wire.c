// SPDX-License-Identifier: GPL-2.0
/*
 * The codec. Every message type has a row in @types; the decoder checks
 * lengths against the row before a field is read, and ranges before a field
 * is believed.
 */
#include <asm/byteorder.h>
#include <linux/build_bug.h>
#include <linux/string.h>
#include "chunks.h"
#include "members.h"
#include "wire.h"

/* What follows the body of a message. */
enum tail {
	TAIL_NONE,
	TAIL_ENTRIES,
	TAIL_BYTES,
};

struct type {
	const char *name;
	u32 body;
	enum tail tail;
};

static const struct type types[RAFT_MSG_TYPES] = {
	[RAFT_MSG_VOTE] = { "vote", sizeof(struct raft_wire_vote), TAIL_NONE },
	[RAFT_MSG_VOTE_REPLY] = {
		"vote-reply", sizeof(struct raft_wire_vote_reply), TAIL_NONE },
	[RAFT_MSG_APPEND] = { "append", sizeof(struct raft_wire_append), TAIL_ENTRIES },
	[RAFT_MSG_APPEND_REPLY] = {
		"append-reply", sizeof(struct raft_wire_append_reply), TAIL_NONE },
	[RAFT_MSG_ENTRY_CHUNK] = {
		"entry-chunk", sizeof(struct raft_wire_entry_chunk), TAIL_BYTES },
	[RAFT_MSG_SNAPSHOT_CHUNK] = {
		"snapshot-chunk", sizeof(struct raft_wire_snapshot_chunk), TAIL_BYTES },
	[RAFT_MSG_SNAPSHOT_REPLY] = {
		"snapshot-reply", sizeof(struct raft_wire_snapshot_reply), TAIL_NONE },
	[RAFT_MSG_FORWARD] = { "forward", 0, TAIL_ENTRIES },
	[RAFT_MSG_OP_CHUNK] = { "op-chunk", sizeof(struct raft_wire_op_chunk), TAIL_BYTES },
	[RAFT_MSG_OP_CHUNK_REPLY] = {
		"op-chunk-reply", sizeof(struct raft_wire_op_chunk_reply), TAIL_NONE },
	[RAFT_MSG_READ] = { "read", sizeof(struct raft_wire_read), TAIL_NONE },
	[RAFT_MSG_READ_REPLY] = {
		"read-reply", sizeof(struct raft_wire_read_reply), TAIL_NONE },
	[RAFT_MSG_JOIN] = { "join", sizeof(struct raft_wire_join), TAIL_NONE },
	[RAFT_MSG_JOIN_REPLY] = {
		"join-reply", sizeof(struct raft_wire_join_reply), TAIL_NONE },
	[RAFT_MSG_CHANGE] = { "change", sizeof(struct raft_wire_change), TAIL_NONE },
	[RAFT_MSG_CHANGE_REPLY] = {
		"change-reply", sizeof(struct raft_wire_change_reply), TAIL_NONE },
	[RAFT_MSG_TIMEOUT_NOW] = { "timeout-now", 0, TAIL_NONE },
};

/* What is not large fits into a datagram by itself, and so does a chunk of what is. */
static_assert(sizeof(struct raft_wire_header) + sizeof(struct raft_wire_append) +
	      sizeof(struct raft_wire_entry) + RAFT_CHUNK <= RAFT_DGRAM_MAX);
static_assert(sizeof(struct raft_wire_header) + sizeof(struct raft_wire_entry_chunk) +
	      RAFT_CHUNK <= RAFT_DGRAM_MAX);
static_assert(sizeof(struct raft_wire_header) + sizeof(struct raft_wire_snapshot_chunk) +
	      RAFT_CHUNK <= RAFT_DGRAM_MAX);

/* Large enough for the body of any type. */
union body {
	struct raft_wire_vote vote;
	struct raft_wire_vote_reply vote_reply;
	struct raft_wire_append append;
	struct raft_wire_append_reply append_reply;
	struct raft_wire_entry_chunk entry_chunk;
	struct raft_wire_snapshot_chunk snapshot_chunk;
	struct raft_wire_snapshot_reply snapshot_reply;
	struct raft_wire_op_chunk op_chunk;
	struct raft_wire_op_chunk_reply op_chunk_reply;
	struct raft_wire_read read;
	struct raft_wire_read_reply read_reply;
	struct raft_wire_join join;
	struct raft_wire_join_reply join_reply;
	struct raft_wire_change change;
	struct raft_wire_change_reply change_reply;
};

/**
 * raft_msg_name() - a message type for people
 * @type: &enum raft_msg_type, or anything
 *
 * Return: its name
 */
const char *raft_msg_name(u8 type)
{
	if (type >= RAFT_MSG_TYPES || !types[type].name)
		return "unknown";
	return types[type].name;
}

static void put_entry(struct raft_wire_entry *wire, const struct raft_entry *entry)
{
	memset(wire, 0, sizeof(*wire));
	wire->term = cpu_to_le64(entry->term);
	wire->origin = cpu_to_le64(entry->origin);
	wire->seq = cpu_to_le64(entry->seq);
	wire->expect = cpu_to_le64(entry->expect);
	wire->kind = entry->kind;
	wire->len = cpu_to_le32(entry->len);
}

static bool get_entry(const struct raft_wire_entry *wire, struct raft_entry *entry)
{
	memset(entry, 0, sizeof(*entry));
	entry->term = le64_to_cpu(wire->term);
	entry->origin = le64_to_cpu(wire->origin);
	entry->seq = le64_to_cpu(wire->seq);
	entry->expect = le64_to_cpu(wire->expect);
	entry->kind = wire->kind;
	entry->len = le32_to_cpu(wire->len);
	return entry->kind < RAFT_ENTRY_KINDS && entry->len <= RAFT_VALUE_LIMIT;
}

static void put_addr(struct raft_wire_addr *wire, const struct raft_addr *addr)
{
	wire->family = cpu_to_le16(addr->family);
	wire->port = cpu_to_le16(addr->port);
	wire->scope = cpu_to_le32(addr->scope);
	memcpy(wire->ip, addr->ip, sizeof(wire->ip));
}

static void get_addr(const struct raft_wire_addr *wire, struct raft_addr *addr)
{
	addr->family = le16_to_cpu(wire->family);
	addr->port = le16_to_cpu(wire->port);
	addr->scope = le32_to_cpu(wire->scope);
	memcpy(addr->ip, wire->ip, sizeof(addr->ip));
}

static void put_member(struct raft_wire_member *wire, const struct raft_member *member)
{
	wire->id = cpu_to_le64(member->id);
	put_addr(&wire->addr, &member->addr);
	wire->flags = cpu_to_le32(member->flags);
	memcpy(wire->label, member->label, sizeof(wire->label));
}

static void get_member(const struct raft_wire_member *wire, struct raft_member *member)
{
	member->id = le64_to_cpu(wire->id);
	get_addr(&wire->addr, &member->addr);
	member->flags = le32_to_cpu(wire->flags);
	memcpy(member->label, wire->label, sizeof(member->label));
}

static void put_have(void *wire, const u64 have[2])
{
	__le64 bits[2] = { cpu_to_le64(have[0]), cpu_to_le64(have[1]) };

	memcpy(wire, bits, sizeof(bits));
}

static void get_have(const void *wire, u64 have[2])
{
	__le64 bits[2];

	memcpy(bits, wire, sizeof(bits));
	have[0] = le64_to_cpu(bits[0]);
	have[1] = le64_to_cpu(bits[1]);
}

static void put_append_reply(struct raft_wire_append_reply *wire, const struct raft_msg *msg)
{
	wire->match = cpu_to_le64(msg->append_reply.match);
	wire->round = cpu_to_le64(msg->append_reply.round);
	wire->prev_index = cpu_to_le64(msg->append_reply.prev_index);
	wire->hint_index = cpu_to_le64(msg->append_reply.hint_index);
	wire->hint_term = cpu_to_le64(msg->append_reply.hint_term);
	wire->chunk_index = cpu_to_le64(msg->append_reply.chunk_index);
	put_have(wire->have, msg->append_reply.have);
}

static void put_append(struct raft_wire_append *wire, const struct raft_msg *msg)
{
	wire->prev_index = cpu_to_le64(msg->append.prev_index);
	wire->prev_term = cpu_to_le64(msg->append.prev_term);
	wire->commit = cpu_to_le64(msg->append.commit);
	wire->round = cpu_to_le64(msg->append.round);
	wire->hash_index = cpu_to_le64(msg->append.hash_index);
	wire->hash = cpu_to_le64(msg->append.hash);
}

static void put_entry_chunk(struct raft_wire_entry_chunk *wire, const struct raft_msg *msg)
{
	wire->prev_index = cpu_to_le64(msg->append.prev_index);
	wire->prev_term = cpu_to_le64(msg->append.prev_term);
	wire->commit = cpu_to_le64(msg->append.commit);
	wire->round = cpu_to_le64(msg->append.round);
	put_entry(&wire->entry, &msg->entry);
	wire->offset = cpu_to_le32(msg->offset);
}

static void put_snapshot_chunk(struct raft_wire_snapshot_chunk *wire, const struct raft_msg *msg)
{
	wire->index = cpu_to_le64(msg->snapshot.index);
	wire->snap_term = cpu_to_le64(msg->snapshot.snap_term);
	wire->round = cpu_to_le64(msg->snapshot.round);
	wire->check = cpu_to_le64(msg->snapshot.check);
	wire->total = cpu_to_le32(msg->snapshot.total);
	wire->offset = cpu_to_le32(msg->offset);
}

static void put_rest(union body *body, const struct raft_msg *msg)
{
	switch (msg->type) {
	case RAFT_MSG_READ:
		body->read.id = cpu_to_le64(msg->read.id);
		break;
	case RAFT_MSG_READ_REPLY:
		body->read_reply.id = cpu_to_le64(msg->read.id);
		body->read_reply.index = cpu_to_le64(msg->read.index);
		break;
	case RAFT_MSG_JOIN:
		put_member(&body->join.member, &msg->join.member);
		body->join.value_max = cpu_to_le32(msg->join.value_max);
		break;
	case RAFT_MSG_JOIN_REPLY:
		body->join_reply.status = cpu_to_le32(msg->join_reply.status);
		body->join_reply.detail = cpu_to_le32(msg->join_reply.detail);
		put_addr(&body->join_reply.leader, &msg->join_reply.leader);
		break;
	case RAFT_MSG_CHANGE:
		body->change.id = cpu_to_le64(msg->change.id);
		body->change.what = cpu_to_le32(msg->change.what);
		body->change.target = cpu_to_le64(msg->change.target);
		break;
	case RAFT_MSG_CHANGE_REPLY:
		body->change_reply.id = cpu_to_le64(msg->change.id);
		body->change_reply.status = cpu_to_le32(msg->change.status);
		break;
	}
}

static void put_body(union body *body, const struct raft_msg *msg)
{
	memset(body, 0, sizeof(*body));
	switch (msg->type) {
	case RAFT_MSG_VOTE:
		body->vote.last_index = cpu_to_le64(msg->vote.last_index);
		body->vote.last_term = cpu_to_le64(msg->vote.last_term);
		break;
	case RAFT_MSG_VOTE_REPLY:
		body->vote_reply.asked = cpu_to_le64(msg->vote_reply.asked);
		break;
	case RAFT_MSG_APPEND:
		put_append(&body->append, msg);
		break;
	case RAFT_MSG_APPEND_REPLY:
		put_append_reply(&body->append_reply, msg);
		break;
	case RAFT_MSG_ENTRY_CHUNK:
		put_entry_chunk(&body->entry_chunk, msg);
		break;
	case RAFT_MSG_SNAPSHOT_CHUNK:
		put_snapshot_chunk(&body->snapshot_chunk, msg);
		break;
	case RAFT_MSG_SNAPSHOT_REPLY:
		body->snapshot_reply.index = cpu_to_le64(msg->snapshot_reply.index);
		body->snapshot_reply.round = cpu_to_le64(msg->snapshot_reply.round);
		put_have(body->snapshot_reply.have, msg->snapshot_reply.have);
		break;
	case RAFT_MSG_OP_CHUNK:
		put_entry(&body->op_chunk.op, &msg->entry);
		body->op_chunk.offset = cpu_to_le32(msg->offset);
		break;
	case RAFT_MSG_OP_CHUNK_REPLY:
		body->op_chunk_reply.seq = cpu_to_le64(msg->op_chunk_reply.seq);
		put_have(body->op_chunk_reply.have, msg->op_chunk_reply.have);
		break;
	default:
		put_rest(body, msg);
	}
}

/**
 * raft_wire_encode() - write a message without its entries or bytes
 * @buf: %RAFT_DGRAM_MAX bytes
 * @msg: the message
 *
 * Return: the bytes written
 */
u32 raft_wire_encode(u8 *buf, const struct raft_msg *msg)
{
	struct raft_wire_header header = {
		.magic = cpu_to_le16(RAFT_WIRE_MAGIC),
		.version = RAFT_WIRE_VERSION,
		.type = msg->type,
		.flags = msg->flags,
		.from = cpu_to_le64(msg->from),
		.to = cpu_to_le64(msg->to),
		.term = cpu_to_le64(msg->term),
		.incarnation = cpu_to_le32(msg->incarnation),
		.nonce = cpu_to_le32(msg->nonce),
	};
	union body body;

	memcpy(header.cluster, msg->cluster, sizeof(header.cluster));
	memcpy(buf, &header, sizeof(header));
	put_body(&body, msg);
	memcpy(buf + sizeof(header), &body, types[msg->type].body);
	return sizeof(header) + types[msg->type].body;
}

/**
 * raft_wire_add_entry() - add an entry to an append or a forward
 * @buf: the datagram
 * @len: its bytes so far, increased
 * @entry: the entry
 *
 * Return: false, with nothing added, if it does not fit
 */
bool raft_wire_add_entry(u8 *buf, u32 *len, const struct raft_entry *entry)
{
	struct raft_wire_entry wire;

	if (entry->len > RAFT_CHUNK || *len + sizeof(wire) + entry->len > RAFT_DGRAM_MAX)
		return false;
	put_entry(&wire, entry);
	memcpy(buf + *len, &wire, sizeof(wire));
	*len += sizeof(wire);
	if (entry->len)
		memcpy(buf + *len, entry->data, entry->len);
	*len += entry->len;
	return true;
}

/**
 * raft_wire_add_bytes() - add the bytes of a chunk
 * @buf: the datagram
 * @len: its bytes so far
 * @bytes: the chunk
 * @n: its bytes, at most %RAFT_CHUNK
 *
 * Return: the bytes of the datagram now
 */
u32 raft_wire_add_bytes(u8 *buf, u32 len, const u8 *bytes, u32 n)
{
	memcpy(buf + len, bytes, n);
	return len + n;
}

static void get_append(const struct raft_wire_append *wire, struct raft_msg *msg)
{
	msg->append.prev_index = le64_to_cpu(wire->prev_index);
	msg->append.prev_term = le64_to_cpu(wire->prev_term);
	msg->append.commit = le64_to_cpu(wire->commit);
	msg->append.round = le64_to_cpu(wire->round);
	msg->append.hash_index = le64_to_cpu(wire->hash_index);
	msg->append.hash = le64_to_cpu(wire->hash);
	msg->entries.index = msg->append.prev_index + 1;
}

static void get_append_reply(const struct raft_wire_append_reply *wire, struct raft_msg *msg)
{
	msg->append_reply.match = le64_to_cpu(wire->match);
	msg->append_reply.round = le64_to_cpu(wire->round);
	msg->append_reply.prev_index = le64_to_cpu(wire->prev_index);
	msg->append_reply.hint_index = le64_to_cpu(wire->hint_index);
	msg->append_reply.hint_term = le64_to_cpu(wire->hint_term);
	msg->append_reply.chunk_index = le64_to_cpu(wire->chunk_index);
	get_have(wire->have, msg->append_reply.have);
}

static bool get_entry_chunk(const struct raft_wire_entry_chunk *wire, struct raft_msg *msg)
{
	struct raft_chunks chunks;

	msg->append.prev_index = le64_to_cpu(wire->prev_index);
	msg->append.prev_term = le64_to_cpu(wire->prev_term);
	msg->append.commit = le64_to_cpu(wire->commit);
	msg->append.round = le64_to_cpu(wire->round);
	msg->append.hash_index = 0;
	msg->offset = le32_to_cpu(wire->offset);
	if (!get_entry(&wire->entry, &msg->entry))
		return false;
	msg->entry.index = msg->append.prev_index + 1;
	raft_chunks_start(&chunks, msg->entry.len);
	return raft_chunks_fit(&chunks, msg->offset, msg->n_bytes);
}

static bool get_op_chunk(const struct raft_wire_op_chunk *wire, struct raft_msg *msg)
{
	struct raft_chunks chunks;

	msg->offset = le32_to_cpu(wire->offset);
	if (!get_entry(&wire->op, &msg->entry))
		return false;
	raft_chunks_start(&chunks, msg->entry.len);
	return raft_chunks_fit(&chunks, msg->offset, msg->n_bytes);
}

static bool get_snapshot_chunk(const struct raft_wire_snapshot_chunk *wire, struct raft_msg *msg)
{
	struct raft_chunks chunks;

	msg->snapshot.index = le64_to_cpu(wire->index);
	msg->snapshot.snap_term = le64_to_cpu(wire->snap_term);
	msg->snapshot.round = le64_to_cpu(wire->round);
	msg->snapshot.check = le64_to_cpu(wire->check);
	msg->snapshot.total = le32_to_cpu(wire->total);
	msg->offset = le32_to_cpu(wire->offset);
	if (msg->snapshot.total > RAFT_CHUNKS_MAX * RAFT_CHUNK)
		return false;
	raft_chunks_start(&chunks, msg->snapshot.total);
	return raft_chunks_fit(&chunks, msg->offset, msg->n_bytes);
}

static bool get_join(const struct raft_wire_join *wire, struct raft_msg *msg)
{
	struct raft_member *member = &msg->join.member;

	get_member(&wire->member, member);
	msg->join.value_max = le32_to_cpu(wire->value_max);
	return member->id && member->id == msg->from && !member->flags &&
	       member->label[0] && !member->label[RAFT_LABEL_LEN - 1] &&
	       (member->addr.family == 4 || member->addr.family == 6) && member->addr.port;
}

static bool get_rest(const union body *body, struct raft_msg *msg)
{
	u32 code;

	switch (msg->type) {
	case RAFT_MSG_READ:
		msg->read.id = le64_to_cpu(body->read.id);
		return msg->read.id;
	case RAFT_MSG_READ_REPLY:
		msg->read.id = le64_to_cpu(body->read_reply.id);
		msg->read.index = le64_to_cpu(body->read_reply.index);
		return msg->read.id;
	case RAFT_MSG_JOIN:
		return get_join(&body->join, msg);
	case RAFT_MSG_JOIN_REPLY:
		code = le32_to_cpu(body->join_reply.status);
		msg->join_reply.status = code;
		msg->join_reply.detail = le32_to_cpu(body->join_reply.detail);
		get_addr(&body->join_reply.leader, &msg->join_reply.leader);
		return code < RAFT_STATUSES;
	case RAFT_MSG_CHANGE:
		code = le32_to_cpu(body->change.what);
		msg->change.id = le64_to_cpu(body->change.id);
		msg->change.what = code;
		msg->change.target = le64_to_cpu(body->change.target);
		return msg->change.id && code < RAFT_ADMINS;
	case RAFT_MSG_CHANGE_REPLY:
		code = le32_to_cpu(body->change_reply.status);
		msg->change.id = le64_to_cpu(body->change_reply.id);
		msg->change.status = code;
		return msg->change.id && code < RAFT_STATUSES;
	}
	return true;
}

static bool get_body(const union body *body, struct raft_msg *msg)
{
	switch (msg->type) {
	case RAFT_MSG_VOTE:
		msg->vote.last_index = le64_to_cpu(body->vote.last_index);
		msg->vote.last_term = le64_to_cpu(body->vote.last_term);
		return true;
	case RAFT_MSG_VOTE_REPLY:
		msg->vote_reply.asked = le64_to_cpu(body->vote_reply.asked);
		return true;
	case RAFT_MSG_APPEND:
		get_append(&body->append, msg);
		return msg->append.prev_index < RAFT_TERM_LIMIT;
	case RAFT_MSG_APPEND_REPLY:
		get_append_reply(&body->append_reply, msg);
		return true;
	case RAFT_MSG_ENTRY_CHUNK:
		return get_entry_chunk(&body->entry_chunk, msg) &&
		       msg->append.prev_index < RAFT_TERM_LIMIT;
	case RAFT_MSG_SNAPSHOT_CHUNK:
		return get_snapshot_chunk(&body->snapshot_chunk, msg) &&
		       msg->snapshot.index && msg->snapshot.index < RAFT_TERM_LIMIT;
	case RAFT_MSG_SNAPSHOT_REPLY:
		msg->snapshot_reply.index = le64_to_cpu(body->snapshot_reply.index);
		msg->snapshot_reply.round = le64_to_cpu(body->snapshot_reply.round);
		get_have(body->snapshot_reply.have, msg->snapshot_reply.have);
		return true;
	case RAFT_MSG_OP_CHUNK:
		return get_op_chunk(&body->op_chunk, msg);
	case RAFT_MSG_OP_CHUNK_REPLY:
		msg->op_chunk_reply.seq = le64_to_cpu(body->op_chunk_reply.seq);
		get_have(body->op_chunk_reply.have, msg->op_chunk_reply.have);
		return true;
	}
	return get_rest(body, msg);
}

/* Walk the entries once so that raft_wire_next_entry() can trust them. */
static bool check_entries(const u8 *at, u32 left, u32 *n, enum raft_drop *why)
{
	struct raft_wire_entry wire;
	struct raft_entry entry;

	for (*n = 0; left; (*n)++) {
		*why = RAFT_DROP_SHORT;
		if (left < sizeof(wire))
			return false;
		memcpy(&wire, at, sizeof(wire));
		at += sizeof(wire);
		left -= sizeof(wire);
		*why = RAFT_DROP_FIELD;
		/* What is longer goes in chunks. */
		if (!get_entry(&wire, &entry) || entry.len > RAFT_CHUNK)
			return false;
		*why = RAFT_DROP_SHORT;
		if (left < entry.len)
			return false;
		at += entry.len;
		left -= entry.len;
	}
	return true;
}

static bool check_tail(const u8 *at, u32 left, struct raft_msg *msg, enum raft_drop *why)
{
	*why = RAFT_DROP_LONG;
	switch (types[msg->type].tail) {
	case TAIL_NONE:
		return !left;
	case TAIL_ENTRIES:
		msg->entries.at = at;
		return check_entries(at, left, &msg->entries.n, why);
	case TAIL_BYTES:
		msg->bytes = at;
		msg->n_bytes = left;
		return left <= RAFT_CHUNK;
	}
	return false;
}

/* The version comes first: nothing else is known of another version's datagram. */
static bool get_header(const u8 *buf, u32 len, struct raft_msg *msg, enum raft_drop *why)
{
	struct raft_wire_header header;

	*why = RAFT_DROP_SHORT;
	if (len < sizeof(header))
		return false;
	*why = RAFT_DROP_VERSION;
	memcpy(&header, buf, sizeof(header));
	if (le16_to_cpu(header.magic) != RAFT_WIRE_MAGIC || header.version != RAFT_WIRE_VERSION)
		return false;
	*why = RAFT_DROP_LONG;
	if (len > RAFT_DGRAM_MAX)
		return false;
	*why = RAFT_DROP_TYPE;
	if (header.type >= RAFT_MSG_TYPES || !types[header.type].name)
		return false;
	msg->type = header.type;
	msg->flags = header.flags;
	msg->incarnation = le32_to_cpu(header.incarnation);
	msg->nonce = le32_to_cpu(header.nonce);
	msg->cluster = buf + offsetof(struct raft_wire_header, cluster);
	msg->from = le64_to_cpu(header.from);
	msg->to = le64_to_cpu(header.to);
	msg->term = le64_to_cpu(header.term);
	*why = RAFT_DROP_FIELD;
	return msg->from && msg->term < RAFT_TERM_LIMIT;
}

/**
 * raft_wire_decode() - read a datagram
 * @buf: the datagram, from anybody
 * @len: its bytes
 * @msg: filled in; points into @buf
 * @why: set to why it is not believed
 *
 * Return: false if it is not a message; every length and every range that
 *	does not depend on the state of the node has been checked if it is
 */
bool raft_wire_decode(const u8 *buf, u32 len, struct raft_msg *msg, enum raft_drop *why)
{
	u32 body_len, at = sizeof(struct raft_wire_header);
	union body body;

	memset(msg, 0, sizeof(*msg));
	if (!get_header(buf, len, msg, why))
		return false;
	body_len = types[msg->type].body;
	*why = RAFT_DROP_SHORT;
	if (len - at < body_len)
		return false;
	memcpy(&body, buf + at, body_len);
	at += body_len;
	if (!check_tail(buf + at, len - at, msg, why))
		return false;
	*why = RAFT_DROP_FIELD;
	return get_body(&body, msg);
}

/**
 * raft_wire_next_entry() - take the next entry of a decoded message
 * @entries: what is left of them
 * @entry: filled in; its data points into the datagram
 *
 * Return: false if there is none left
 */
bool raft_wire_next_entry(struct raft_entries *entries, struct raft_entry *entry)
{
	struct raft_wire_entry wire;

	if (!entries->n)
		return false;
	memcpy(&wire, entries->at, sizeof(wire));
	get_entry(&wire, entry);
	entry->index = entries->index++;
	entry->data = entries->at + sizeof(wire);
	entries->at += sizeof(wire) + entry->len;
	entries->n--;
	return true;
}

/**
 * raft_wire_config_encode() - write a configuration
 * @buf: %RAFT_CONFIG_BYTES bytes
 * @config: the configuration
 *
 * Return: the bytes written
 */
u32 raft_wire_config_encode(u8 *buf, const struct raft_config *config)
{
	struct raft_wire_config wire = {
		.heartbeat_ms = cpu_to_le32(config->heartbeat_ms),
		.election_ms = cpu_to_le32(config->election_ms),
		.value_max = cpu_to_le32(config->value_max),
		.n = cpu_to_le16(config->n),
		.joint = cpu_to_le16(config->joint),
	};
	u32 i, len = sizeof(wire);

	memcpy(buf, &wire, sizeof(wire));
	for (i = 0; i < config->n; i++) {
		struct raft_wire_member member;

		put_member(&member, &config->member[i]);
		memcpy(buf + len, &member, sizeof(member));
		len += sizeof(member);
	}
	return len;
}

/**
 * raft_wire_config_decode() - read a configuration
 * @buf: from anybody
 * @len: its bytes
 * @config: filled in, but for its index
 *
 * Return: false if it is not a configuration that raft_config_valid()
 */
bool raft_wire_config_decode(const u8 *buf, size_t len, struct raft_config *config)
{
	struct raft_wire_config wire;
	u32 i;

	memset(config, 0, sizeof(*config));
	if (len < sizeof(wire))
		return false;
	memcpy(&wire, buf, sizeof(wire));
	config->heartbeat_ms = le32_to_cpu(wire.heartbeat_ms);
	config->election_ms = le32_to_cpu(wire.election_ms);
	config->value_max = le32_to_cpu(wire.value_max);
	config->n = le16_to_cpu(wire.n);
	config->joint = le16_to_cpu(wire.joint);
	if (config->n > RAFT_MEMBERS_MAX ||
	    len != sizeof(wire) + config->n * sizeof(struct raft_wire_member))
		return false;
	for (i = 0; i < config->n; i++) {
		struct raft_wire_member member;

		memcpy(&member, buf + sizeof(wire) + i * sizeof(member), sizeof(member));
		get_member(&member, &config->member[i]);
	}
	return raft_config_valid(config);
}
