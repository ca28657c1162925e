// SPDX-License-Identifier: GPL-2.0
/* One node and its caller: full updates, events out of place, a store that failed. */
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "raft.h"
#include "test.h"
#include "value.h"
#include "wire.h"

#define OTHER	2		/* the member that sends what the node under test gets */
#define LATER	9		/* a term that it was not in yet */

/**
 * struct alone - a node and what its last step gave
 * @raft: the node, member 1
 * @update: the update
 * @now: when datagrams reach it, microseconds
 * @noted: how often it gave each explanation
 */
struct alone {
	struct raft *raft;
	struct raft_update update;
	u64 now;
	u32 noted[RAFT_NOTES];
};

static void count_note(void *ctx, enum raft_note note, const u64 arg[RAFT_NOTE_ARGS])
{
	struct alone *alone = ctx;

	alone->noted[note]++;
}

static struct alone *alone_new(bool is_volatile)
{
	struct alone *alone = must_realloc(NULL, sizeof(*alone));
	struct raft_params params = {
		.cluster = "a node by itself",
		.id = 1,
		.addr = { .family = 4, .port = 1 },
		.label = "alone",
		.is_volatile = is_volatile,
		.heartbeat_ms = RAFT_HEARTBEAT_MS,
		.election_ms = RAFT_ELECTION_MS,
		.value_max = 64,
		.note = count_note,
		.ctx = alone,
	};

	memset(alone, 0, sizeof(*alone));
	alone->raft = raft_init(must_realloc(NULL, raft_size(&params)), &params);
	return alone;
}

static void alone_free(struct alone *alone)
{
	free(alone->raft);
	free(alone);
}

static void step(struct alone *alone, struct raft_event event)
{
	raft_step(alone->raft, &event, &alone->update);
}

static void carry_on(struct alone *alone)
{
	step(alone, (struct raft_event) { .type = RAFT_EV_CONTINUE });
}

static struct raft_view view_of(const struct alone *alone)
{
	struct raft_view view;

	raft_view(alone->raft, &view);
	return view;
}

/* The founder of a cluster leads at once. */
static struct alone *leader_new(void)
{
	struct alone *alone = alone_new(true);

	raft_start_create(alone->raft, 1000);
	step(alone, (struct raft_event) { .type = RAFT_EV_TIMER, .now = 1000 });
	CHECK_EQ(view_of(alone).role, RAFT_LEADER);
	return alone;
}

static struct raft_msg msg_of(u8 type, u64 from, u64 term)
{
	return (struct raft_msg) {
		.type = type,
		.cluster = (const u8 *)"a node by itself",
		.from = from,
		.to = 1,
		.term = term,
	};
}

static void receive(struct alone *alone, const struct raft_msg *msg, bool more)
{
	u8 data[RAFT_DGRAM_MAX];
	u32 len = raft_wire_encode(data, msg);

	if (msg->n_bytes)
		len = raft_wire_add_bytes(data, len, msg->bytes, msg->n_bytes);
	step(alone, (struct raft_event) {
		.type = RAFT_EV_RECV,
		.more = more,
		.now = alone->now,
		.recv = {
			.data = data,
			.len = len,
			.arrived = alone->now,
			.from = { .family = 4, .port = msg->from },
		},
	});
}

static void ask_to_join(struct alone *alone, u64 id, bool more)
{
	struct raft_msg msg = msg_of(RAFT_MSG_JOIN, id, 0);

	msg.join.member.id = id;
	msg.join.member.addr.family = 4;
	msg.join.member.addr.port = id;
	msg.join.value_max = 64;
	snprintf(msg.join.member.label, sizeof(msg.join.member.label), "host%llu", id);
	receive(alone, &msg, more);
}

static u32 sent(const struct alone *alone, u8 type)
{
	struct raft_msg msg;
	enum raft_drop why;
	u32 i, n = 0;

	for (i = 0; i < alone->update.n_send; i++) {
		CHECK(raft_wire_decode(alone->update.send[i].data, alone->update.send[i].len, &msg,
				       &why));
		n += msg.type == type;
	}
	return n;
}

/* More answers than an update holds wait; more than can wait are lost, like a datagram. */
static void test_leader_fills_its_update(void)
{
	struct alone *alone = leader_new();
	u64 id;

	for (id = 2; id < 2 + RAFT_SENDS + 2; id++) {
		ask_to_join(alone, id, true);
		CHECK_EQ(alone->update.n_send, 0);
	}
	carry_on(alone);
	CHECK_EQ(sent(alone, RAFT_MSG_JOIN_REPLY), RAFT_SENDS);
	CHECK(alone->update.again);
	carry_on(alone);
	CHECK_EQ(sent(alone, RAFT_MSG_JOIN_REPLY), 0);
	CHECK_EQ(sent(alone, RAFT_MSG_APPEND), RAFT_MEMBERS_MAX - 1);
	CHECK(!alone->update.again);
	alone_free(alone);
}

static void follow(struct alone *alone, bool more)
{
	struct raft_msg msg = msg_of(RAFT_MSG_APPEND, OTHER, LATER);

	msg.flags = RAFT_FLAG_WANT_REPLY;
	msg.append.prev_index = 1;
	msg.append.prev_term = 1;
	receive(alone, &msg, more);
}

static void test_follower_fills_its_update(void)
{
	struct alone *alone = leader_new();
	struct raft_msg msg = msg_of(RAFT_MSG_SNAPSHOT_CHUNK, OTHER, LATER);
	static const u8 bytes[RAFT_CHUNK];
	u64 id;

	follow(alone, true);
	CHECK_EQ(view_of(alone).leader, OTHER);
	for (id = 3; id < 3 + RAFT_SENDS; id++)
		ask_to_join(alone, id, true);
	msg.snapshot.index = 50;
	msg.snapshot.snap_term = LATER;
	msg.snapshot.total = RAFT_CHUNK + 1;
	msg.bytes = bytes;
	msg.n_bytes = RAFT_CHUNK;
	receive(alone, &msg, false);
	CHECK_EQ(sent(alone, RAFT_MSG_JOIN_REPLY), RAFT_SENDS);
	CHECK(alone->update.again);
	carry_on(alone);
	CHECK_EQ(sent(alone, RAFT_MSG_APPEND_REPLY), 1);
	CHECK_EQ(sent(alone, RAFT_MSG_SNAPSHOT_REPLY), 1);
	CHECK(!alone->update.again);
	alone_free(alone);
}

/* A node in a configuration of as many voters as there can be. */
static struct alone *crowd_new(void)
{
	struct alone *founder = alone_new(true), *alone = alone_new(true);
	size_t len;
	u8 snapshot[1000], data[RAFT_CONFIG_BYTES];
	struct raft_config config;
	struct raft_entry entry = {
		.index = 2, .term = 2, .kind = RAFT_ENTRY_CONFIG, .data = data,
	};

	raft_start_create(founder->raft, 1);
	config = *view_of(founder).config;
	len = raft_snapshot_encode(founder->raft, snapshot, sizeof(snapshot));
	while (config.n < RAFT_MEMBERS_MAX) {
		config.member[config.n] = config.member[0];
		config.member[config.n].id = config.n + 1;
		config.n++;
	}
	entry.len = raft_wire_config_encode(data, &config);
	CHECK(raft_restore_snapshot(alone->raft, snapshot, len));
	CHECK(raft_restore_hard_state(alone->raft, 2, 0));
	CHECK(raft_restore_entry(alone->raft, &entry));
	CHECK(raft_start_restore(alone->raft, 1));
	alone_free(founder);
	return alone;
}

static void test_candidate_fills_its_update(void)
{
	struct alone *alone = crowd_new();
	struct raft_msg msg = msg_of(RAFT_MSG_VOTE, 2, 2);

	carry_on(alone);
	msg.flags = RAFT_FLAG_PRE;
	receive(alone, &msg, true);
	msg.from = 3;
	receive(alone, &msg, true);
	step(alone, (struct raft_event) { .type = RAFT_EV_TIMER, .now = alone->update.wake });
	CHECK_EQ(view_of(alone).role, RAFT_PRE_CANDIDATE);
	CHECK_EQ(sent(alone, RAFT_MSG_VOTE_REPLY), 2);
	CHECK_EQ(sent(alone, RAFT_MSG_VOTE), RAFT_SENDS - 2);
	CHECK(alone->update.again);
	carry_on(alone);
	CHECK_EQ(sent(alone, RAFT_MSG_VOTE), RAFT_MEMBERS_MAX - 1 - (RAFT_SENDS - 2));
	CHECK(!alone->update.again);
	alone_free(alone);
}

/* Each wait for a leader is drawn anew, from one election timeout to two. */
static void test_timeouts_are_random(void)
{
	struct alone *alone = crowd_new();
	const u64 least = RAFT_ELECTION_MS * 1000;
	u64 now = 1000, wait, shortest = ~0ULL, longest = 0;
	u32 i;

	for (i = 0; i < 1000; i++) {
		now += 1000;
		step(alone, (struct raft_event) { .type = RAFT_EV_CONTINUE, .now = now });
		follow(alone, false);
		wait = alone->update.wake - now;
		if (wait < shortest)
			shortest = wait;
		if (wait > longest)
			longest = wait;
	}
	CHECK(shortest >= least && shortest < least + least / 20);
	CHECK(longest <= 2 * least && longest > 2 * least - least / 20);
	alone_free(alone);
}

static void test_joiner_fills_its_update(void)
{
	struct alone *alone = alone_new(true);
	struct raft_addr seed = { .family = 4, .port = 7 };
	u64 id;

	raft_start_join(alone->raft, &seed, 1);
	for (id = 3; id < 3 + RAFT_SENDS; id++)
		ask_to_join(alone, id, true);
	carry_on(alone);
	CHECK_EQ(sent(alone, RAFT_MSG_JOIN_REPLY), RAFT_SENDS);
	CHECK(alone->update.again);
	carry_on(alone);
	CHECK_EQ(sent(alone, RAFT_MSG_JOIN), 1);
	CHECK_EQ(alone->update.send[0].addr.port, 7);
	alone_free(alone);
}

/* A joining node believes nobody's answer to what it did not ask. */
static void test_joiner_asks_for_no_votes(void)
{
	struct alone *alone = alone_new(true);
	struct raft_addr seed = { .family = 4, .port = 7 };
	struct raft_msg msg = msg_of(RAFT_MSG_VOTE_REPLY, OTHER, 0);

	raft_start_join(alone->raft, &seed, 1);
	msg.flags = RAFT_FLAG_GRANTED;
	receive(alone, &msg, false);
	CHECK_EQ(view_of(alone).stats->dropped[RAFT_DROP_STALE], 1);
	CHECK_EQ(view_of(alone).role, RAFT_FOLLOWER);
	alone_free(alone);
}

static void send_snapshot(struct alone *alone, const u8 *data, u32 len, u64 index, u64 term)
{
	struct raft_msg msg = msg_of(RAFT_MSG_SNAPSHOT_CHUNK, OTHER, LATER);

	msg.snapshot.index = index;
	msg.snapshot.snap_term = term;
	msg.snapshot.total = len;
	msg.snapshot.check = raft_hash(0, data, len);
	msg.bytes = data;
	msg.n_bytes = len;
	receive(alone, &msg, false);
}

/* The hash says that all arrived; what it is must be right, too. */
static void test_snapshot_of_something_else(void)
{
	struct alone *founder = leader_new(), *alone = alone_new(true);
	struct raft_addr seed = { .family = 4, .port = 7 };
	u8 data[1000];
	size_t len;

	raft_start_join(alone->raft, &seed, 1);
	len = raft_snapshot_encode(founder->raft, data, sizeof(data));
	send_snapshot(alone, data, len, 3, 2);
	CHECK_EQ(alone->noted[RAFT_NOTE_SNAPSHOT_BAD], 1);
	send_snapshot(alone, data, len, 2, 3);
	CHECK_EQ(alone->noted[RAFT_NOTE_SNAPSHOT_BAD], 2);
	send_snapshot(alone, data, len - 1, 2, 2);
	CHECK_EQ(alone->noted[RAFT_NOTE_SNAPSHOT_BAD], 3);
	CHECK_EQ(view_of(alone).applied, 0);
	send_snapshot(alone, data, len, 2, 2);
	CHECK_EQ(alone->noted[RAFT_NOTE_SNAPSHOT_BAD], 3);
	CHECK_EQ(alone->noted[RAFT_NOTE_SNAPSHOT_INSTALL], 1);
	CHECK_EQ(view_of(alone).applied, 2);
	alone_free(founder);
	alone_free(alone);
}

static void persisted(struct alone *alone, u64 seq, bool error)
{
	step(alone, (struct raft_event) {
		.type = RAFT_EV_PERSISTED,
		.persisted = { .seq = seq, .error = error },
	});
}

/* Only the end of the write that is under way counts, and only once. */
static void test_completions_out_of_place(void)
{
	struct alone *alone = alone_new(false);
	u64 seq;

	raft_start_create(alone->raft, 1000);
	step(alone, (struct raft_event) { .type = RAFT_EV_TIMER, .now = 1000 });
	seq = alone->update.persist.seq;
	CHECK(seq);
	CHECK_EQ(view_of(alone).role, RAFT_CANDIDATE);
	persisted(alone, seq + 1, false);
	CHECK_EQ(view_of(alone).role, RAFT_CANDIDATE);
	persisted(alone, seq + 1, true);
	CHECK(!view_of(alone).failed);
	persisted(alone, seq, false);
	CHECK_EQ(view_of(alone).role, RAFT_LEADER);
	seq = alone->update.persist.seq;
	CHECK(seq);
	persisted(alone, seq, false);
	CHECK_EQ(view_of(alone).durable, 2);
	CHECK_EQ(alone->update.persist.seq, 0);
	persisted(alone, seq, true);
	CHECK(!view_of(alone).failed);
	alone_free(alone);
}

static void op(struct alone *alone, u64 cookie)
{
	step(alone, (struct raft_event) {
		.type = RAFT_EV_OP,
		.op = { .cookie = cookie, .kind = RAFT_OP_WRITE, .data = (const u8 *)"", },
	});
}

/* A node whose store failed hears nothing and says nothing, but its programs are answered. */
static void test_failed_store(void)
{
	struct alone *alone = alone_new(false);

	raft_start_create(alone->raft, 1000);
	step(alone, (struct raft_event) { .type = RAFT_EV_TIMER, .now = 1000 });
	persisted(alone, alone->update.persist.seq, true);
	CHECK(view_of(alone).failed);
	CHECK_EQ(alone->update.wake, U64_MAX);
	op(alone, 5);
	CHECK_EQ(alone->update.n_done, 1);
	CHECK_EQ(alone->update.done[0].cookie, 5);
	CHECK_EQ(alone->update.done[0].status, RAFT_DISK_FAILED);
	step(alone, (struct raft_event) { .type = RAFT_EV_CANCEL, .cancel = { .cookie = 5 } });
	CHECK(!alone->update.cancel_unsent);
	step(alone, (struct raft_event) { .type = RAFT_EV_ADMIN });
	CHECK(alone->update.admin_ended && alone->update.admin == RAFT_DISK_FAILED);
	follow(alone, false);
	CHECK_EQ(view_of(alone).leader, 0);
	CHECK_EQ(alone->update.n_send, 0);
	step(alone, (struct raft_event) { .type = RAFT_EV_TIMER, .now = 9000000 });
	CHECK_EQ(view_of(alone).role, RAFT_FOLLOWER);
	CHECK_EQ(alone->update.persist.seq, 0);
	alone_free(alone);
}

static void test_cancelled_twice(void)
{
	struct alone *alone = alone_new(true);

	raft_start_create(alone->raft, 1000);
	op(alone, 5);
	op(alone, 6);
	step(alone, (struct raft_event) { .type = RAFT_EV_CANCEL, .cancel = { .cookie = 6 } });
	CHECK(alone->update.cancel_unsent);
	step(alone, (struct raft_event) { .type = RAFT_EV_CANCEL, .cancel = { .cookie = 6 } });
	CHECK(!alone->update.cancel_unsent);
	step(alone, (struct raft_event) { .type = RAFT_EV_CANCEL, .cancel = { .cookie = 7 } });
	CHECK(!alone->update.cancel_unsent);
	alone_free(alone);
}

static void test_nobody_listens(void)
{
	struct alone *alone = alone_new(true);
	struct raft_params params = {
		.id = 1,
		.label = "mute",
		.is_volatile = true,
		.heartbeat_ms = RAFT_HEARTBEAT_MS,
		.election_ms = RAFT_ELECTION_MS,
		.value_max = 64,
	};

	raft_init(alone->raft, &params);
	raft_start_create(alone->raft, 1000);
	step(alone, (struct raft_event) { .type = RAFT_EV_TIMER, .now = 1000 });
	CHECK_EQ(view_of(alone).role, RAFT_LEADER);
	alone_free(alone);
}

/* What a node says of its contact: a leader of its majority, a follower of its leader. */
static void test_contact(void)
{
	struct alone *alone = leader_new();

	CHECK_EQ(view_of(alone).contact, 1000);
	step(alone, (struct raft_event) { .type = RAFT_EV_TIMER, .now = 5000 });
	CHECK_EQ(view_of(alone).contact, 5000);
	alone->now = 9000;
	follow(alone, false);
	CHECK_EQ(view_of(alone).role, RAFT_FOLLOWER);
	CHECK_EQ(view_of(alone).contact, 9000);
	alone_free(alone);
}

static const struct test tests[] = {
	{ "what a leader has to send waits for the next update", test_leader_fills_its_update },
	{ "what a follower has to send waits", test_follower_fills_its_update },
	{ "what a candidate has to send waits", test_candidate_fills_its_update },
	{ "a follower waits one to two timeouts, drawn anew", test_timeouts_are_random },
	{ "what a joining node has to send waits", test_joiner_fills_its_update },
	{ "a joining node is given no votes", test_joiner_asks_for_no_votes },
	{ "a snapshot must be what it says", test_snapshot_of_something_else },
	{ "a write ends once, and no other in its place", test_completions_out_of_place },
	{ "a node whose store failed only answers its programs", test_failed_store },
	{ "an operation is cancelled once", test_cancelled_twice },
	{ "what a node says of its contact to the cluster", test_contact },
	{ "a node works with nobody to explain itself to", test_nobody_listens },
};

int main(void)
{
	return run_tests(tests, ARRAY_SIZE(tests));
}
