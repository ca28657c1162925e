// SPDX-License-Identifier: GPL-2.0
#include <asm/byteorder.h>
#include <linux/string.h>
#include "internal.h"
#include "snapshot.h"

/**
 * struct snapshot_header - the start of a snapshot; sessions, the
 *	configuration and the value follow in this order
 * @index: last index it contains
 * @term: its term
 * @revision: revision of the value
 * @hash: hash of the committed state
 * @config_index: index of the configuration
 * @n_sessions: sessions
 * @config_len: bytes of the configuration
 * @value_len: bytes of the value
 * @reserved: 0
 */
struct snapshot_header {
	__le64 index;
	__le64 term;
	__le64 revision;
	__le64 hash;
	__le64 config_index;
	__le32 n_sessions;
	__le32 config_len;
	__le32 value_len;
	__le32 reserved;
} __packed;

/**
 * struct snapshot_session - &struct raft_session
 * @id: member
 * @seq: last operation
 * @revision: its result
 * @status: its result
 */
struct snapshot_session {
	__le64 id;
	__le64 seq;
	__le64 revision;
	__le32 status;
} __packed;

/**
 * raft_snapshot_room() - the largest snapshot there can be
 * @value_max: largest value
 *
 * Return: its bytes
 */
size_t raft_snapshot_room(u32 value_max)
{
	return sizeof(struct snapshot_header) +
	       RAFT_MEMBERS_MAX * sizeof(struct snapshot_session) +
	       RAFT_CONFIG_BYTES + value_max;
}

/**
 * raft_snapshot_size() - bytes of a snapshot of the state as it is applied now
 * @raft: the node
 *
 * Return: the bytes
 */
size_t raft_snapshot_size(const struct raft *raft)
{
	return sizeof(struct snapshot_header) +
	       raft->value.n * sizeof(struct snapshot_session) +
	       sizeof(struct raft_wire_config) +
	       raft->config_applied.n * sizeof(struct raft_wire_member) + raft->value.len;
}

/**
 * raft_snapshot_encode() - write the state as it is applied now
 * @raft: the node
 * @buf: for the snapshot
 * @size: bytes of @buf
 *
 * Return: the bytes written, 0 if @size is too small
 */
size_t raft_snapshot_encode(const struct raft *raft, u8 *buf, size_t size)
{
	const struct raft_value *value = &raft->value;
	struct snapshot_header header = {
		.index = cpu_to_le64(raft->applied),
		.revision = cpu_to_le64(value->revision),
		.hash = cpu_to_le64(value->hash),
		.config_index = cpu_to_le64(raft->config_applied.index),
		.n_sessions = cpu_to_le32(value->n),
		.value_len = cpu_to_le32(value->len),
	};
	size_t at = sizeof(header);
	u64 term = 0;
	u32 i;

	if (size < raft_snapshot_size(raft))
		return 0;
	for (i = 0; i < value->n; i++) {
		struct snapshot_session session = {
			.id = cpu_to_le64(value->session[i].id),
			.seq = cpu_to_le64(value->session[i].seq),
			.revision = cpu_to_le64(value->session[i].revision),
			.status = cpu_to_le32(value->session[i].status),
		};

		memcpy(buf + at, &session, sizeof(session));
		at += sizeof(session);
	}
	i = raft_wire_config_encode(buf + at, &raft->config_applied);
	at += i;
	memcpy(buf + at, value->data, value->len);
	at += value->len;

	raft_log_term(&raft->log, raft->applied, &term);
	header.term = cpu_to_le64(term);
	header.config_len = cpu_to_le32(i);
	memcpy(buf, &header, sizeof(header));
	return at;
}

static void get_sessions(struct raft_value *value, const u8 *data, u32 n)
{
	struct snapshot_session session;
	u32 i;

	for (i = 0; i < n; i++) {
		memcpy(&session, data + i * sizeof(session), sizeof(session));
		value->session[i].id = le64_to_cpu(session.id);
		value->session[i].seq = le64_to_cpu(session.seq);
		value->session[i].revision = le64_to_cpu(session.revision);
		value->session[i].status = le32_to_cpu(session.status);
	}
	value->n = n;
}

static bool place_valid(const struct snapshot_header *header)
{
	u64 index = le64_to_cpu(header->index);

	return index && index < RAFT_TERM_LIMIT && le64_to_cpu(header->config_index) <= index;
}

/**
 * raft_snapshot_decode() - replace the state and the log by a snapshot
 * @raft: the node
 * @data: the snapshot, from anybody
 * @len: its bytes
 * @index: the last index that it must contain, 0 for any
 * @term: its term
 *
 * Return: false, with nothing changed, if it is not what it should be
 */
bool raft_snapshot_decode(struct raft *raft, const u8 *data, size_t len, u64 index, u64 term)
{
	struct raft_value *value = &raft->value;
	struct snapshot_header header;
	struct raft_config *config = &raft->config_scratch;
	u32 n, config_len, value_len;
	size_t sessions_len;

	if (len < sizeof(header))
		return false;
	memcpy(&header, data, sizeof(header));
	n = le32_to_cpu(header.n_sessions);
	config_len = le32_to_cpu(header.config_len);
	value_len = le32_to_cpu(header.value_len);
	if (n > RAFT_MEMBERS_MAX || config_len > RAFT_CONFIG_BYTES || value_len > value->size)
		return false;
	sessions_len = n * sizeof(struct snapshot_session);
	if (len != sizeof(header) + sessions_len + config_len + value_len)
		return false;
	if (index && (le64_to_cpu(header.index) != index || le64_to_cpu(header.term) != term))
		return false;
	if (!place_valid(&header))
		return false;
	data += sizeof(header);
	if (!raft_wire_config_decode(data + sessions_len, config_len, config) ||
	    config->value_max != raft->params.value_max)
		return false;

	get_sessions(value, data, n);
	value->revision = le64_to_cpu(header.revision);
	value->hash = le64_to_cpu(header.hash);
	value->len = value_len;
	memcpy(value->data, data + sessions_len + config_len, value_len);
	config->index = le64_to_cpu(header.config_index);
	raft->config_applied = *config;
	raft_log_reset(&raft->log, le64_to_cpu(header.index), le64_to_cpu(header.term));
	raft->applied = raft->log.last;
	raft->commit = raft->log.last;
	return true;
}
