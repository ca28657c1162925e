// SPDX-License-Identifier: GPL-2.0
/* Datagrams made by hand, good ones and bad ones. */
#include <stdlib.h>
#include <string.h>

#include <asm/byteorder.h>
#include <linux/kernel.h>

#include "craft.h"
#include "fail.h"
#include "wire.h"

#define MARK	0xa5		/* what a datagram that is too long is filled up with */

#define AT(member)	offsetof(struct raft_msg, member)

/* The fields of a message that can be set, where they are and their bytes. */
static const struct {
	const char *key;
	u8 type;
	size_t at;
	size_t size;
} fields[] = {
	{ "term", 0, AT(term), 8 },
	{ "from", 0, AT(from), 8 },
	{ "incarnation", 0, AT(incarnation), 4 },
	{ "nonce", 0, AT(nonce), 4 },
	{ "to", 0, AT(to), 8 },
	{ "last_index", RAFT_MSG_VOTE, AT(vote.last_index), 8 },
	{ "last_term", RAFT_MSG_VOTE, AT(vote.last_term), 8 },
	{ "asked", RAFT_MSG_VOTE_REPLY, AT(vote_reply.asked), 8 },
	{ "prev_index", RAFT_MSG_APPEND, AT(append.prev_index), 8 },
	{ "prev_term", RAFT_MSG_APPEND, AT(append.prev_term), 8 },
	{ "commit", RAFT_MSG_APPEND, AT(append.commit), 8 },
	{ "round", RAFT_MSG_APPEND, AT(append.round), 8 },
	{ "hash_index", RAFT_MSG_APPEND, AT(append.hash_index), 8 },
	{ "hash", RAFT_MSG_APPEND, AT(append.hash), 8 },
	{ "match", RAFT_MSG_APPEND_REPLY, AT(append_reply.match), 8 },
	{ "round", RAFT_MSG_APPEND_REPLY, AT(append_reply.round), 8 },
	{ "prev_index", RAFT_MSG_APPEND_REPLY, AT(append_reply.prev_index), 8 },
	{ "hint_index", RAFT_MSG_APPEND_REPLY, AT(append_reply.hint_index), 8 },
	{ "hint_term", RAFT_MSG_APPEND_REPLY, AT(append_reply.hint_term), 8 },
	{ "prev_index", RAFT_MSG_ENTRY_CHUNK, AT(append.prev_index), 8 },
	{ "prev_term", RAFT_MSG_ENTRY_CHUNK, AT(append.prev_term), 8 },
	{ "commit", RAFT_MSG_ENTRY_CHUNK, AT(append.commit), 8 },
	{ "kind", RAFT_MSG_ENTRY_CHUNK, AT(entry.kind), 4 },
	{ "entry_term", RAFT_MSG_ENTRY_CHUNK, AT(entry.term), 8 },
	{ "origin", RAFT_MSG_ENTRY_CHUNK, AT(entry.origin), 8 },
	{ "seq", RAFT_MSG_ENTRY_CHUNK, AT(entry.seq), 8 },
	{ "expect", RAFT_MSG_ENTRY_CHUNK, AT(entry.expect), 8 },
	{ "total", RAFT_MSG_ENTRY_CHUNK, AT(entry.len), 4 },
	{ "offset", RAFT_MSG_ENTRY_CHUNK, AT(offset), 4 },
	{ "index", RAFT_MSG_SNAPSHOT_CHUNK, AT(snapshot.index), 8 },
	{ "snap_term", RAFT_MSG_SNAPSHOT_CHUNK, AT(snapshot.snap_term), 8 },
	{ "check", RAFT_MSG_SNAPSHOT_CHUNK, AT(snapshot.check), 8 },
	{ "total", RAFT_MSG_SNAPSHOT_CHUNK, AT(snapshot.total), 4 },
	{ "offset", RAFT_MSG_SNAPSHOT_CHUNK, AT(offset), 4 },
	{ "kind", RAFT_MSG_OP_CHUNK, AT(entry.kind), 4 },
	{ "origin", RAFT_MSG_OP_CHUNK, AT(entry.origin), 8 },
	{ "seq", RAFT_MSG_OP_CHUNK, AT(entry.seq), 8 },
	{ "total", RAFT_MSG_OP_CHUNK, AT(entry.len), 4 },
	{ "offset", RAFT_MSG_OP_CHUNK, AT(offset), 4 },
	{ "id", RAFT_MSG_READ, AT(read.id), 8 },
	{ "id", RAFT_MSG_READ_REPLY, AT(read.id), 8 },
	{ "index", RAFT_MSG_READ_REPLY, AT(read.index), 8 },
	{ "value_max", RAFT_MSG_JOIN, AT(join.value_max), 4 },
	{ "status", RAFT_MSG_JOIN_REPLY, AT(join_reply.status), 4 },
	{ "detail", RAFT_MSG_JOIN_REPLY, AT(join_reply.detail), 4 },
	{ "id", RAFT_MSG_CHANGE, AT(change.id), 8 },
	{ "what", RAFT_MSG_CHANGE, AT(change.what), 4 },
	{ "target", RAFT_MSG_CHANGE, AT(change.target), 8 },
	{ "id", RAFT_MSG_CHANGE_REPLY, AT(change.id), 8 },
	{ "status", RAFT_MSG_CHANGE_REPLY, AT(change.status), 4 },
};

static u64 value_of(const char *word)
{
	const char *equals = strchr(word, '=');
	char *end;
	u64 value;

	if (!equals)
		fatal("\"%s\" is not KEY=VALUE", word);
	value = strtoull(equals + 1, &end, 0);
	if (end == equals + 1 || *end)
		fatal("\"%s\" has no number", word);
	return value;
}

static bool is_key(const char *word, const char *key)
{
	size_t len = strlen(key);

	return !strncmp(word, key, len) && word[len] == '=';
}

static bool set_field(struct raft_msg *msg, const char *word)
{
	u64 value = value_of(word);
	u32 half = value;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		if (!is_key(word, fields[i].key) || (fields[i].type && fields[i].type != msg->type))
			continue;
		if (fields[i].size == sizeof(value))
			memcpy((u8 *)msg + fields[i].at, &value, sizeof(value));
		else
			memcpy((u8 *)msg + fields[i].at, &half, sizeof(half));
		return true;
	}
	if (!is_key(word, "flags"))
		return false;
	msg->flags = value;
	return true;
}

static u8 type_of(const char *word)
{
	u8 type;

	for (type = 1; type < RAFT_MSG_TYPES; type++) {
		if (!strcmp(word, raft_msg_name(type)))
			return type;
	}
	fatal("\"%s\" is no type of message", word);
}

static void fill_join(struct raft_msg *msg, const struct node *from)
{
	struct raft_member *member = &msg->join.member;

	member->id = msg->from;
	network_addr(from->number, &member->addr);
	memcpy(member->label, from->params.label, sizeof(member->label));
	msg->join.value_max = from->cluster->value_max;
}

/**
 * craft_entry() - make an entry
 * @word: "entry=KIND/TERM", or "entry=KIND/TERM/ORIGIN/SEQ"
 *
 * Return: the entry, without an index.
 */
struct raft_entry craft_entry(const char *word)
{
	struct raft_entry entry = { .data = (const u8 *)"crafted", .len = 7 };
	unsigned long long term, origin = 0, seq = 0;
	unsigned int kind;

	if (sscanf(word, "entry=%u/%llu/%llx/%llu", &kind, &term, &origin, &seq) < 2)
		fatal("\"%s\" is not entry=KIND/TERM[/ORIGIN/SEQ]", word);
	entry.kind = kind;
	entry.term = term;
	entry.origin = origin;
	entry.seq = seq;
	if (kind == RAFT_ENTRY_NOOP)
		entry.len = 0;
	return entry;
}

static void add_entry(u8 *data, u32 *len, const char *word)
{
	struct raft_entry entry = craft_entry(word);

	if (!raft_wire_add_entry(data, len, &entry))
		fatal("too many entries");
}

/* The bytes of a chunk, then what no encoder would do: the header's bytes, the length. */
static u32 damage(u8 *data, u32 len, const char *word)
{
	struct raft_wire_header *header = (struct raft_wire_header *)data;
	u64 value = value_of(word);

	if (is_key(word, "version")) {
		header->version = value;
	} else if (is_key(word, "magic")) {
		header->magic = cpu_to_le16(value);
	} else if (is_key(word, "type")) {
		header->type = value;
	} else if (is_key(word, "cluster")) {
		header->cluster[0] = value;
	} else if (is_key(word, "bytes") && value <= RAFT_DGRAM_MAX - len) {
		memset(data + len, MARK, value);
		len += value;
	} else if (is_key(word, "len") && value <= RAFT_DGRAM_MAX + 1) {
		if (value > len)
			memset(data + len, MARK, value - len);
		len = value;
	} else {
		fatal("\"%s\" is no field of this message", word);
	}
	return len;
}

/**
 * craft_dgram() - make a datagram
 * @craft: what it is to be
 * @data: for the datagram, one byte more than %RAFT_DGRAM_MAX
 *
 * Return: its bytes.
 */
u32 craft_dgram(const struct craft *craft, u8 *data)
{
	struct raft_msg msg = {
		.type = type_of(craft->words[0]),
		.cluster = craft->to->params.cluster,
		.incarnation = craft->from->params.incarnation,
		.nonce = craft->from->params.nonce,
		.from = craft->from->params.id,
		.to = craft->to->params.id,
	};
	struct raft_view view;
	bool done[32] = { false };
	u32 len;
	int i;

	if (craft->to->raft) {
		raft_view(craft->to->raft, &view);
		msg.term = view.term;
	}
	for (i = 1; i < craft->n_words; i++)
		done[i] = strncmp(craft->words[i], "entry=", 6) && set_field(&msg, craft->words[i]);
	if (msg.type == RAFT_MSG_JOIN)
		fill_join(&msg, craft->from);
	len = raft_wire_encode(data, &msg);
	for (i = 1; i < craft->n_words; i++) {
		if (!strncmp(craft->words[i], "entry=", 6))
			add_entry(data, &len, craft->words[i]);
		else if (!done[i])
			len = damage(data, len, craft->words[i]);
	}
	return len;
}
