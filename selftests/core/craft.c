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

/* The fields of a message that can be set, and where they are. */
static const struct {
	const char *key;
	u8 type;
	size_t at;
} fields[] = {
	{ "term", 0, offsetof(struct raft_msg, term) },
	{ "from", 0, offsetof(struct raft_msg, from) },
	{ "to", 0, offsetof(struct raft_msg, to) },
	{ "last_index", RAFT_MSG_VOTE, offsetof(struct raft_msg, vote.last_index) },
	{ "last_term", RAFT_MSG_VOTE, offsetof(struct raft_msg, vote.last_term) },
	{ "asked", RAFT_MSG_VOTE_REPLY, offsetof(struct raft_msg, vote_reply.asked) },
	{ "prev_index", RAFT_MSG_APPEND, offsetof(struct raft_msg, append.prev_index) },
	{ "prev_term", RAFT_MSG_APPEND, offsetof(struct raft_msg, append.prev_term) },
	{ "commit", RAFT_MSG_APPEND, offsetof(struct raft_msg, append.commit) },
	{ "round", RAFT_MSG_APPEND, offsetof(struct raft_msg, append.round) },
	{ "hash_index", RAFT_MSG_APPEND, offsetof(struct raft_msg, append.hash_index) },
	{ "hash", RAFT_MSG_APPEND, offsetof(struct raft_msg, append.hash) },
	{ "match", RAFT_MSG_APPEND_REPLY, offsetof(struct raft_msg, append_reply.match) },
	{ "round", RAFT_MSG_APPEND_REPLY, offsetof(struct raft_msg, append_reply.round) },
	{ "prev_index", RAFT_MSG_APPEND_REPLY,
	  offsetof(struct raft_msg, append_reply.prev_index) },
	{ "hint_index", RAFT_MSG_APPEND_REPLY,
	  offsetof(struct raft_msg, append_reply.hint_index) },
	{ "hint_term", RAFT_MSG_APPEND_REPLY,
	  offsetof(struct raft_msg, append_reply.hint_term) },
	{ "id", RAFT_MSG_READ, offsetof(struct raft_msg, read.id) },
	{ "id", RAFT_MSG_READ_REPLY, offsetof(struct raft_msg, read.id) },
	{ "index", RAFT_MSG_READ_REPLY, offsetof(struct raft_msg, read.index) },
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
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		if (!is_key(word, fields[i].key) || (fields[i].type && fields[i].type != msg->type))
			continue;
		memcpy((u8 *)msg + fields[i].at, &value, sizeof(value));
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

/* Entries are "entry=KIND/TERM", or "entry=KIND/TERM/ORIGIN/SEQ". */
static void add_entry(u8 *data, u32 *len, const char *word)
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
	if (!raft_wire_add_entry(data, len, &entry))
		fatal("too many entries");
}

/* What no encoder would do: the header's bytes, and the length. */
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
