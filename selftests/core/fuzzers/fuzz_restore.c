// SPDX-License-Identifier: GPL-2.0
/*
 * What a store brings back is anything at all: a term and a vote, a state,
 * entries. The node refuses it or starts from it; then it must be able to live.
 *
 * The state is either what the input says byte by byte, or one that a node wrote
 * and in which the input changes some bytes, which gets further.
 */
#include "drive.h"
#include "fail.h"
#include "fuzz.h"
#include "wire.h"

#define SELF		1
#define VALUE_MAX	2048
#define EDITS		8	/* bytes that are changed at most */

static const struct raft_params params = {
	.cluster = "raftval selftest",
	.id = SELF,
	.addr = { .family = 4, .port = 7000 },
	.label = "host1",
	.heartbeat_ms = RAFT_HEARTBEAT_MS,
	.election_ms = RAFT_ELECTION_MS,
	.value_max = VALUE_MAX,
	.seed = 1,
};

static void change_some(struct bytes *input, u8 *data, size_t len)
{
	u32 n = take_byte(input) % (EDITS + 1);
	u16 at;

	while (n--) {
		at = take_byte(input) << 8;
		at |= take_byte(input);
		data[at % len] = take_byte(input);
	}
}

/* The state of a cluster of one that wrote something: made once. */
static const u8 *good_state(size_t *len)
{
	static size_t state_len;
	static u8 *state;
	struct drive drive = { .now = 1, .value_max = VALUE_MAX };

	*len = state_len;
	if (state)
		return state;
	drive.raft = raft_init(must_realloc(NULL, raft_size(&params)), &params);
	raft_start_create(drive.raft, drive.now);
	drive_begin(&drive);
	drive_wait(&drive, 1000);
	drive_op(&drive, RAFT_OP_WRITE, 100, 0);
	while (drive.writing)
		drive_disk_end(&drive, false);
	state_len = raft_snapshot_size(drive.raft);
	state = must_realloc(NULL, state_len);
	MUST(raft_snapshot_encode(drive.raft, state, state_len) == state_len);
	free(drive.raft);
	*len = state_len;
	return state;
}

static void restore_state(struct bytes *input, struct raft *raft)
{
	size_t len = take_byte(input) << 8;
	const u8 *at;
	u8 *state;

	len |= take_byte(input);
	if (len) {
		at = take_up_to(input, len, &len);
		state = must_copy(at, len);
	} else {
		at = good_state(&len);
		state = must_copy(at, len);
		change_some(input, state, len);
	}
	raft_restore_snapshot(raft, state, len);
	free(state);
}

/* A configuration as the node has it, with some bytes changed. */
static size_t make_config(struct bytes *input, const struct raft *raft, u8 *data)
{
	struct raft_view view;
	size_t len;

	raft_view(raft, &view);
	len = raft_wire_config_encode(data, view.config);
	change_some(input, data, len);
	return len;
}

static void restore_entry(struct bytes *input, struct raft *raft)
{
	u8 kind = take_byte(input);
	u8 data[RAFT_CONFIG_BYTES];
	struct raft_entry entry = { .kind = kind % RAFT_ENTRY_KINDS, .data = data };
	struct raft_view view;
	size_t len = 0;

	raft_view(raft, &view);
	entry.index = view.last + 1 + (kind & 0x80 ? take_word(input) : 0);
	entry.term = kind & 0x40 ? take_word(input) : view.term;
	entry.origin = take_byte(input);
	entry.seq = kind & 0x20 ? take_word(input) : take_byte(input);
	entry.expect = take_byte(input);
	if (entry.kind == RAFT_ENTRY_CONFIG && !(kind & 0x10))
		len = make_config(input, raft, data);
	else if (entry.kind != RAFT_ENTRY_NOOP)
		entry.data = take_up_to(input, take_byte(input) * 16, &len);
	entry.len = len;
	raft_restore_entry(raft, &entry);
}

/* Time goes by, writes end, and programs come. */
static void live(struct drive *drive)
{
	drive_begin(drive);
	drive_op(drive, RAFT_OP_WRITE, 10, 0);
	drive_read(drive);
	drive_wait(drive, 1000000);
	drive_disk_end(drive, false);
	drive_admin(drive, RAFT_ADMIN_REMOVE, SELF);
	drive_wait(drive, 1000000);
	drive_disk_end(drive, false);
	drive_op(drive, RAFT_OP_CAS, VALUE_MAX, 1);
	drive_disk_end(drive, true);
	drive_wait(drive, 1000000);
}

int fuzz_one(const u8 *data, size_t size)
{
	struct bytes input = { .at = data, .left = size };
	struct drive drive = { .now = 1, .value_max = VALUE_MAX };
	u64 term = take_word(&input);
	u64 vote = take_byte(&input);
	u64 promise = take_byte(&input);

	drive.raft = raft_init(must_realloc(NULL, raft_size(&params)), &params);
	raft_restore_hard_state(drive.raft, term, vote);
	if (promise)
		raft_restore_promise(drive.raft, promise, take_word(&input));
	restore_state(&input, drive.raft);
	while (input.left)
		restore_entry(&input, drive.raft);
	if (raft_start_restore(drive.raft, drive.now))
		live(&drive);
	free(drive.raft);
	return 0;
}
