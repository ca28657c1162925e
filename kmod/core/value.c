// SPDX-License-Identifier: GPL-2.0
#include <asm/byteorder.h>
#include <linux/string.h>
#include "value.h"

static u64 mix(u64 h, u64 word)
{
	h ^= word;
	h *= 0x9e3779b97f4a7c15ULL;
	return h ^ h >> 32;
}

/**
 * raft_hash() - a hash that every member computes alike; it is no secret
 * @seed: hash of what came before
 * @data: the bytes
 * @len: how many
 *
 * Return: the hash
 */
u64 raft_hash(u64 seed, const u8 *data, size_t len)
{
	u64 h = mix(seed, len);
	__le64 word;

	for (; len >= sizeof(word); data += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, data, sizeof(word));
		h = mix(h, le64_to_cpu(word));
	}
	if (len) {
		word = 0;
		memcpy(&word, data, len);
		h = mix(h, le64_to_cpu(word));
	}
	return h;
}

/**
 * raft_value_init() - an empty value that was never written
 * @value: the state machine
 * @data: memory for the value
 * @size: its bytes
 */
void raft_value_init(struct raft_value *value, u8 *data, u32 size)
{
	memset(value, 0, sizeof(*value));
	value->data = data;
	value->size = size;
}

/**
 * raft_value_session() - the last operation of a member
 * @value: the state machine
 * @id: the member
 *
 * Return: the session, or NULL if it is no member
 */
struct raft_session *raft_value_session(struct raft_value *value, u64 id)
{
	u32 i;

	for (i = 0; i < value->n; i++)
		if (value->session[i].id == id)
			return &value->session[i];
	return NULL;
}

/**
 * raft_value_set_members() - a configuration was applied: its members have
 *	sessions, nobody else has
 * @value: the state machine
 * @config: the configuration
 */
void raft_value_set_members(struct raft_value *value, const struct raft_config *config)
{
	struct raft_session next[RAFT_MEMBERS_MAX];
	u32 i;

	memset(next, 0, sizeof(next));
	for (i = 0; i < config->n; i++) {
		struct raft_session *old = raft_value_session(value, config->member[i].id);

		if (old)
			next[i] = *old;
		else
			next[i].id = config->member[i].id;
	}
	memcpy(value->session, next, sizeof(next));
	value->n = config->n;
}

/* Those that were applied before its member sent them again in another group do not count. */
static u64 absorbed(const struct raft_entry *entry, const struct raft_session *session)
{
	u64 news = entry->seq - session->seq - 1;

	if (entry->kind != RAFT_ENTRY_WRITE)
		return 0;
	return entry->absorbed < news ? entry->absorbed : news;
}

static enum raft_status execute(struct raft_value *value, const struct raft_session *session,
				const struct raft_entry *entry)
{
	if (entry->kind == RAFT_ENTRY_CAS && entry->expect != value->revision)
		return RAFT_CONFLICT;
	if (entry->len)
		memcpy(value->data, entry->data, entry->len);
	value->len = entry->len;
	value->revision += absorbed(entry, session) + 1;
	return RAFT_OK;
}

/**
 * raft_value_apply() - apply a committed entry
 * @value: the state machine
 * @entry: the entry; its hash is set by the caller from @value->hash
 * @status: set to the operation's result; the revision it made or met is
 *	@value->revision
 *
 * Return: false if the operation was applied before, or if who asked for it
 *	is no member: it then changes nothing
 */
bool raft_value_apply(struct raft_value *value, const struct raft_entry *entry,
		      enum raft_status *status)
{
	bool is_op = entry->kind == RAFT_ENTRY_WRITE || entry->kind == RAFT_ENTRY_CAS;
	struct raft_session *session = NULL;
	bool fresh = true;

	*status = RAFT_OK;
	if (is_op) {
		session = raft_value_session(value, entry->origin);
		fresh = session && entry->seq > session->seq && entry->len <= value->size;
	}
	if (session && fresh) {
		*status = execute(value, session, entry);
		session->seq = entry->seq;
		session->status = *status;
		session->revision = value->revision;
	}
	value->hash = mix(mix(value->hash, entry->index), entry->term);
	value->hash = raft_hash(value->hash ^ value->revision, entry->data, entry->len);
	return fresh;
}
