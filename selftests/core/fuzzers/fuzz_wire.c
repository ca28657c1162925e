// SPDX-License-Identifier: GPL-2.0
/*
 * The codec is given anything at all. What it takes for a message, or for a
 * configuration, is in range and encodes to the bytes it was, but for the
 * reserved ones, which are sent as 0 and not looked at.
 */
#include <asm/byteorder.h>

#include "fail.h"
#include "fuzz.h"
#include "members.h"
#include "wire.h"

static bool has_entries(const struct raft_msg *msg)
{
	return msg->type == RAFT_MSG_APPEND || msg->type == RAFT_MSG_FORWARD;
}

static bool has_bytes(const struct raft_msg *msg)
{
	return msg->type == RAFT_MSG_ENTRY_CHUNK || msg->type == RAFT_MSG_OP_CHUNK ||
	       msg->type == RAFT_MSG_SNAPSHOT_CHUNK;
}

static void check_join(const struct raft_msg *msg)
{
	const struct raft_member *member = &msg->join.member;

	MUST(member->id == msg->from && !member->flags);
	MUST(member->label[0] && strnlen(member->label, RAFT_LABEL_LEN) < RAFT_LABEL_LEN);
	MUST(member->addr.family == 4 || member->addr.family == 6);
}

static void check_ranges(const struct raft_msg *msg)
{
	u32 total = msg->type == RAFT_MSG_SNAPSHOT_CHUNK ? msg->snapshot.total : msg->entry.len;

	MUST(msg->type && msg->type < RAFT_MSG_TYPES);
	MUST(msg->from && msg->term < RAFT_TERM_LIMIT);
	if (has_bytes(msg))
		MUST(msg->n_bytes <= RAFT_CHUNK && msg->offset % RAFT_CHUNK == 0 &&
		     msg->offset <= total && msg->n_bytes <= total - msg->offset);
	if (msg->type == RAFT_MSG_ENTRY_CHUNK || msg->type == RAFT_MSG_OP_CHUNK)
		MUST(msg->entry.kind < RAFT_ENTRY_KINDS && msg->entry.len <= RAFT_VALUE_LIMIT);
	if (msg->type == RAFT_MSG_JOIN)
		check_join(msg);
	if (msg->type == RAFT_MSG_JOIN_REPLY)
		MUST(msg->join_reply.status < RAFT_STATUSES);
	if (msg->type == RAFT_MSG_CHANGE)
		MUST(msg->change.what < RAFT_ADMINS);
	if (msg->type == RAFT_MSG_CHANGE_REPLY)
		MUST(msg->change.status < RAFT_STATUSES);
}

static void clear_reserved(u8 *data, size_t at, size_t reserved, size_t n)
{
	memset(data + at + reserved, 0, n);
}

/* Encode a message again, and clear in the original what is reserved. */
static u32 encode_again(u8 *data, struct raft_msg *msg, u8 *again)
{
	const size_t reserved = offsetof(struct raft_wire_entry, reserved);
	u32 len = raft_wire_encode(again, msg);
	struct raft_entries entries = msg->entries;
	struct raft_entry entry;
	size_t at;

	clear_reserved(data, 0, offsetof(struct raft_wire_header, reserved), 3);
	at = sizeof(struct raft_wire_header);
	if (msg->type == RAFT_MSG_ENTRY_CHUNK)
		clear_reserved(data, at + offsetof(struct raft_wire_entry_chunk, entry),
			       reserved, 3);
	if (msg->type == RAFT_MSG_OP_CHUNK)
		clear_reserved(data, at + offsetof(struct raft_wire_op_chunk, op), reserved, 3);
	while (has_entries(msg) && raft_wire_next_entry(&entries, &entry)) {
		clear_reserved(data, len, reserved, 3);
		MUST(raft_wire_add_entry(again, &len, &entry));
	}
	return raft_wire_add_bytes(again, len, msg->bytes ? msg->bytes : data, msg->n_bytes);
}

static void message(const u8 *input, size_t size)
{
	u8 *data = must_copy(input, size);
	u8 again[RAFT_DGRAM_MAX];
	enum raft_drop why = RAFT_DROPS;
	struct raft_msg msg;

	if (raft_wire_decode(data, size, &msg, &why)) {
		check_ranges(&msg);
		MUST(encode_again(data, &msg, again) == size);
		MUST(!memcmp(again, data, size));
	} else {
		MUST(why < RAFT_DROPS);
	}
	free(data);
}

static void configuration(const u8 *input, size_t size)
{
	u8 *data = must_copy(input, size);
	struct raft_wire_config *wire = (struct raft_wire_config *)data;
	u8 again[RAFT_CONFIG_BYTES];
	struct raft_config config;

	if (raft_wire_config_decode(data, size, &config)) {
		MUST(raft_config_valid(&config));
		if (wire->joint)
			wire->joint = cpu_to_le16(1);
		MUST(raft_wire_config_encode(again, &config) == size);
		MUST(!memcmp(again, data, size));
	}
	free(data);
}

int fuzz_one(const u8 *data, size_t size)
{
	if (!size)
		return 0;
	if (data[0] & 1)
		configuration(data + 1, size - 1);
	else
		message(data + 1, size - 1);
	return 0;
}
