// SPDX-License-Identifier: GPL-2.0
/*
 * The normal form of a node. Three kinds of fields are changed, each listed in
 * one place below: times, of which only the distance to the node's own clock
 * counts, and that only up to the longest time the core compares it with; what
 * is dead, because the core writes it before it reads it again; and what is
 * only displayed. A field that is not listed stays as it is: at worst two
 * nodes that behave alike are then taken for two.
 *
 * The walks of explore_walk.c show that a node in normal form does what the
 * node itself does.
 */
#include <string.h>

#include <linux/kernel.h>

#include "explore_normal.h"
#include "internal.h"

/*
 * Every start of a timeout draws the same number: a node's timer fires when
 * the explorer says so, before or after any other node's.
 */
#define RANDOM	1

/**
 * enum floor - from when on an earlier time is as good as that one
 * @FLOOR_NOW: the core asks only whether it is over
 * @FLOOR_ELECTION: whether an election timeout, or half of one, has gone by since
 * @FLOOR_SILENCE: whether a learner may stand in, unless the node surely has its vote
 * @FLOOR_JOIN: whether the patience with a refusal to join is over
 */
enum floor {
	FLOOR_NOW,
	FLOOR_ELECTION,
	FLOOR_SILENCE,
	FLOOR_JOIN,
};

/**
 * struct time_field - a time in &struct raft
 * @offset: where it is
 * @floor: &enum floor
 * @optional: 0 is no time
 */
struct time_field {
	size_t offset;
	enum floor floor;
	bool optional;
};

/* Every time there is, but for those of peers and assemblies: see times(). */
static const struct time_field time_fields[] = {
	{ offsetof(struct raft, now), FLOOR_NOW },
	{ offsetof(struct raft, heard), FLOOR_SILENCE },
	{ offsetof(struct raft, started), FLOOR_SILENCE },
	{ offsetof(struct raft, full_since), FLOOR_SILENCE, true },
	{ offsetof(struct raft, persist_since), FLOOR_ELECTION },
	{ offsetof(struct raft, election_at), FLOOR_ELECTION },
	{ offsetof(struct raft, heartbeat_at), FLOOR_ELECTION },
	{ offsetof(struct raft, retry_at), FLOOR_NOW, true },
	{ offsetof(struct raft, tell_at), FLOOR_NOW },
	{ offsetof(struct raft, transfer_at), FLOOR_NOW },
	{ offsetof(struct raft, admin_until), FLOOR_NOW },
	{ offsetof(struct raft, join_refused), FLOOR_JOIN, true },
};

/**
 * normal_chance() - let the next random number be the one that all nodes draw
 * @raft: the node
 */
void normal_chance(struct raft *raft)
{
	raft->rand = RANDOM;
}

/*
 * A learner may stand in after a long silence. Who has its vote by a committed
 * configuration is never a learner again, and who was removed never stands.
 */
static bool surely_votes(const struct raft *raft)
{
	return raft->removed || raft_config_votes(&raft->config_applied, raft->params.id);
}

static u64 floor_of(const struct raft *raft, enum floor floor)
{
	u64 election = raft_election_us(raft);

	switch (floor) {
	case FLOOR_NOW:
		return 0;
	case FLOOR_ELECTION:
		return election;
	case FLOOR_SILENCE:
		return surely_votes(raft) ? election : RAFT_LAST_RESORT * election;
	default:
		return 4 * election;
	}
}

static u64 shifted(const struct raft *raft, u64 now, u64 time, enum floor floor)
{
	u64 age = floor_of(raft, floor);

	return time + age <= now ? NORMAL_NOW - age : NORMAL_NOW + time - now;
}

static void times(struct raft *raft)
{
	u64 now = raft->now;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(time_fields); i++) {
		const struct time_field *field = &time_fields[i];
		u64 *time = (u64 *)((u8 *)raft + field->offset);

		if (*time || !field->optional)
			*time = shifted(raft, now, *time, field->floor);
	}
	for (i = 0; i < raft->config.n; i++)
		raft->peer[i].heard = shifted(raft, now, raft->peer[i].heard, FLOOR_ELECTION);
	for (i = 0; i < RAFT_ASSEMBLIES; i++)
		raft->assembly[i].used = shifted(raft, now, raft->assembly[i].used,
						 FLOOR_ELECTION);
}

/* Times that the core sets before it reads them, in the role that the node has. */
static void dead_times(struct raft *raft)
{
	bool leads = raft->role == RAFT_LEADER;

	if (!leads && surely_votes(raft))
		raft->started = 0;
	if ((!raft->leader || leads) && surely_votes(raft))
		raft->heard = 0;
	if (leads)
		raft->election_at = 0;
	if (raft->role == RAFT_FOLLOWER)
		raft->heartbeat_at = 0;
	if (!raft->persist.seq)
		raft->persist_since = 0;
	if (!raft->transfer_to)
		raft->transfer_at = 0;
	if (!raft->admin_id)
		raft->admin_until = 0;
	if (!raft->retry_at)
		raft->retry_progress = 0;
	if (!leads)
		raft->tell_at = 0;
}

/* A campaign clears the ballots, a leader that takes office begins with new peers. */
static void dead_peers(struct raft *raft)
{
	u32 i;

	for (i = 0; i < raft->config.n; i++) {
		struct raft_peer *peer = &raft->peer[i];
		struct raft_peer was = *peer;

		if (raft->role == RAFT_LEADER)
			continue;
		memset(peer, 0, sizeof(*peer));
		peer->id = was.id;
		peer->incarnation = was.incarnation;
		peer->nonce = was.nonce;
		if (raft->role == RAFT_FOLLOWER)
			continue;
		peer->ballot = was.ballot;
		peer->ask = was.ask;
	}
	memset(&raft->peer[i], 0, (RAFT_MEMBERS_MAX - i) * sizeof(raft->peer[0]));
	memset(raft->peer_old, 0, sizeof(raft->peer_old));
}

/*
 * What only a leader reads, and sets when it takes office. Who wrote last counts where a
 * leader lingers, what a heartbeat told where it leaves some out, and none does here: a
 * datagram can be late at any time, or not come.
 */
static void dead_office(struct raft *raft)
{
	u32 i;

	memset(&raft->writer, 0, sizeof(raft->writer));
	raft->told = 0;
	if (!raft->transfer_to)
		raft->transfer_ask = false;
	if (!raft->transfer_id)
		raft->transfer_from = 0;
	if (raft->role == RAFT_LEADER)
		return;
	raft->round = 0;
	raft->round_sent = 0;
	raft->opened = 0;
	raft->transfer_from = 0;
	raft->transfer_id = 0;
	for (i = 0; i < RAFT_ASSEMBLIES; i++)
		memset(&raft->assembly[i], 0, offsetof(struct raft_assembly, data));
}

static void dead_config(struct raft_config *config)
{
	memset(&config->member[config->n], 0,
	       (RAFT_MEMBERS_MAX - config->n) * sizeof(config->member[0]));
}

/*
 * Slots outside of the window, the data behind its end and between the entries,
 * which begin at multiples of 8; hashes come with the apply. Bytes are counted from
 * wherever the count began.
 */
static void dead_log(struct raft *raft)
{
	struct raft_log *log = &raft->log;
	u32 at, len, i, end = 0;
	u64 index;

	for (index = log->last + 1; index < log->first + RAFT_LOG_SLOTS; index++) {
		memset(&log->slot[index % RAFT_LOG_SLOTS], 0, sizeof(log->slot[0]));
		log->offset[index % RAFT_LOG_SLOTS] = 0;
		log->bytes[index % RAFT_LOG_SLOTS] = log->base_bytes;
	}
	for (i = 0; i < RAFT_LOG_SLOTS; i++)
		log->bytes[i] -= log->base_bytes;
	log->base_bytes = 0;
	for (index = raft->applied + 1; index <= log->last; index++)
		log->slot[index % RAFT_LOG_SLOTS].hash = 0;
	for (index = log->first; index <= log->last; index++) {
		len = log->slot[index % RAFT_LOG_SLOTS].len;
		at = log->offset[index % RAFT_LOG_SLOTS] + len;
		memset(log->data + at, 0, -at % sizeof(u64));
		end = max(end, at);
	}
	if (!raft->part_chunks.total)
		memset(log->data + end, 0, log->size - end);
}

static void dead_blobs(struct raft *raft)
{
	memset(raft->value.data + raft->value.len, 0, raft->value.size - raft->value.len);
	if (!raft->part_chunks.total)
		memset(&raft->part, 0, sizeof(raft->part));
	if (!raft->snap_chunks.total && !raft->snap_ack) {
		raft->snap_index = 0;
		raft->snap_term = 0;
		raft->snap_check = 0;
		memset(&raft->snap_chunks, 0, sizeof(raft->snap_chunks));
	}
	if (!raft->snap_chunks.total)
		memset(raft->snap, 0, raft->snap_size);
}

/* What is on the store, where there is none. */
static void dead_store(struct raft *raft)
{
	if (!raft->params.is_volatile)
		return;
	raft->durable_term = 0;
	raft->durable_vote = 0;
	raft->durable = 0;
	raft->stored = 0;
	raft->truncate = 0;
	raft->snapshotted = 0;
}

/* Operations that ended, questions that nobody asks. */
static void dead_requests(struct raft *raft, bool reads)
{
	u32 i;

	for (i = 0; i < RAFT_OPS_MAX; i++) {
		if (raft->ops[i].state == RAFT_OP_FREE)
			memset(&raft->ops[i], 0, sizeof(raft->ops[i]));
	}
	if (raft->op_head == raft->op_next)
		raft->forward_next = 0;
	/* Each new leader costs a name, but nobody hears of it where nobody reads. */
	if (!reads) {
		raft->retry_progress -= raft->retry_at ? raft->read_id : 0;
		raft->read_id = 0;
	}
	if (!raft->read_ticket) {
		raft->read_ask = false;
		raft->read_round = 0;
		raft->read_index = 0;
	}
	if (!raft->reject) {
		raft->reject_prev = 0;
		raft->hint_index = 0;
		raft->hint_term = 0;
	}
	if (!raft->leader || raft->role == RAFT_LEADER)
		memset(&raft->leader_addr, 0, sizeof(raft->leader_addr));
}

/* An answer to a member goes where the member is, wherever it asked from. */
static void dead_outbox(struct raft *raft)
{
	const struct raft_member *member;
	u32 i;

	for (i = 0; i < raft->n_outbox; i++) {
		member = raft_member(raft, raft->outbox[i].msg.to);
		if (member)
			raft->outbox[i].addr = member->addr;
	}
	memset(&raft->outbox[i], 0, (RAFT_OUTBOX - i) * sizeof(raft->outbox[0]));
}

/*
 * Between two steps @from only says where a late answer goes to somebody who
 * has left the configuration meanwhile; the name of a write is only compared
 * with itself, and there is one write at a time. The rest is for display, or
 * tells one step what happened in it.
 */
static void dead_rest(struct raft *raft)
{
	memset(&raft->from, 0, sizeof(raft->from));
	raft->persist_seq = !!raft->persist.seq;
	if (raft->persist.seq)
		raft->persist.seq = 1;
	else
		memset(&raft->persist, 0, sizeof(raft->persist));
	memset(&raft->config_scratch, 0, sizeof(raft->config_scratch));
	memset(&raft->last_change, 0, sizeof(raft->last_change));
	memset(&raft->stats, 0, sizeof(raft->stats));
	raft->changed = false;
	raft->config_changed = false;
	normal_chance(raft);
}

/**
 * normal_form() - bring a node into its normal form
 * @raft: the node, between two steps
 * @reads: somebody may read from it, now or later
 */
void normal_form(struct raft *raft, bool reads)
{
	times(raft);
	dead_times(raft);
	dead_peers(raft);
	dead_office(raft);
	dead_config(&raft->config);
	dead_config(&raft->config_applied);
	dead_log(raft);
	dead_blobs(raft);
	dead_store(raft);
	dead_requests(raft, reads);
	dead_outbox(raft);
	dead_rest(raft);
}
