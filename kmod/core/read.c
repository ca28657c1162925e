// SPDX-License-Identifier: GPL-2.0
/*
 * Linearizable reads without the log (dissertation section 6.4, ReadIndex).
 *
 * Readers that come while a batch is being confirmed share the next one. A
 * batch is confirmed by a round of appends that begins after its last reader
 * came, so no clock is trusted: a leader that was cut off or paused answers
 * nobody.
 */
#include <linux/limits.h>
#include "internal.h"

/**
 * raft_read_submit() - a program wants to read
 * @raft: the node
 *
 * Return: its ticket
 */
u64 raft_read_submit(struct raft *raft)
{
	raft->stats.reads++;
	raft->read_open = true;
	return raft->read_next;
}

/* Ask anew, under a name that no earlier answer can have. */
static void restart(struct raft *raft)
{
	raft->read_id++;
	raft->read_ask = true;
	raft->read_round = 0;
	raft->read_index = 0;
}

/**
 * raft_read_leader_changed() - the question went to somebody who leads no more
 * @raft: the node
 */
void raft_read_leader_changed(struct raft *raft)
{
	restart(raft);
}

/* "If the leader has not yet marked an entry from its current term committed,
 * it waits until it has done so. [It] saves its current commit index in a local
 * variable readIndex" (section 6.4).
 */
static bool own_confirmed(struct raft *raft)
{
	if (!raft_leader_is_open(raft))
		return false;
	if (!raft->read_round) {
		raft->read_index = raft->commit;
		raft->read_round = raft_leader_new_round(raft);
		raft->stats.read_rounds++;
		raft_note(raft, RAFT_NOTE_READ_ROUND, raft->read_round, raft->read_index, 0, 0, 0);
	}
	return raft_leader_confirmed(raft, raft->read_round, raft->params.id);
}

static bool own_ready(struct raft *raft)
{
	bool confirmed = raft->role == RAFT_LEADER ? own_confirmed(raft) : raft->read_index;

	return confirmed && raft->applied >= raft->read_index;
}

static void settle_own(struct raft *raft)
{
	while (raft->read_ticket || raft->read_open) {
		if (!raft->read_ticket) {
			raft->read_ticket = raft->read_next++;
			raft->read_open = false;
			restart(raft);
		}
		if (!own_ready(raft))
			return;
		raft_note(raft, RAFT_NOTE_READ_DONE, raft->read_ticket, raft->read_index, 0, 0, 0);
		raft->read_done = raft->read_ticket;
		raft->read_ticket = 0;
	}
}

static void ask_others(struct raft *raft, struct raft_peer *peer)
{
	peer->read_round = raft_leader_new_round(raft);
	raft->stats.read_rounds++;
	raft_note(raft, RAFT_NOTE_READ_ROUND, peer->read_round, peer->read_index, 0, 0, 0);
}

/*
 * Who asks has not voted for a later leader when he does: where he and this
 * leader are a quorum, nobody else need be asked. The others may have, so they
 * are asked after the question came; and what he knew when he asked is no answer
 * to readers of other members, who may have come later.
 */
static void settle_peer(struct raft *raft, struct raft_peer *peer)
{
	struct raft_msg reply = { .type = RAFT_MSG_READ_REPLY, .to = peer->id };

	if (!peer->read_round) {
		peer->read_index = raft->commit;
		peer->read_round = U64_MAX;
		if (!raft_leader_confirmed(raft, U64_MAX, peer->id))
			ask_others(raft, peer);
	}
	if (!raft_leader_confirmed(raft, peer->read_round, peer->id))
		return;
	/* It reads when it knows that as much is committed. */
	raft->tell_at = raft->now;
	reply.read.id = peer->read_id;
	reply.read.index = peer->read_index;
	raft_queue(raft, &reply);
	peer->read_id = 0;
}

/**
 * raft_read_settle() - answer the reads that are confirmed
 * @raft: the node
 */
void raft_read_settle(struct raft *raft)
{
	u32 i;

	settle_own(raft);
	if (!raft_leader_is_open(raft))
		return;
	for (i = 0; i < raft->config.n; i++)
		if (raft->peer[i].read_id)
			settle_peer(raft, &raft->peer[i]);
}

/**
 * raft_read_flush() - ask the leader for a read index
 * @raft: the node
 * @update: for the datagram
 */
void raft_read_flush(struct raft *raft, struct raft_update *update)
{
	struct raft_msg msg = { .type = RAFT_MSG_READ, .read.id = raft->read_id };

	if (raft->role != RAFT_FOLLOWER || !raft->leader || !raft->read_ticket ||
	    raft->read_index || !raft->read_ask)
		return;
	if (raft_send_begin(raft, update, &msg, raft->leader, &raft->leader_addr))
		raft->read_ask = false;
}

/**
 * raft_recv_read() - a member asks for a read index
 * @raft: the node
 * @msg: the question
 */
void raft_recv_read(struct raft *raft, const struct raft_msg *msg)
{
	struct raft_peer *peer = raft_peer(raft, msg->from);

	if (raft->role != RAFT_LEADER || !peer) {
		raft_drop(raft, RAFT_DROP_STALE, msg->type);
		return;
	}
	if (peer->read_id == msg->read.id)
		return;
	peer->read_id = msg->read.id;
	peer->read_round = 0;
}

/**
 * raft_recv_read_reply() - the leader answers
 * @raft: the node
 * @msg: the answer
 */
void raft_recv_read_reply(struct raft *raft, const struct raft_msg *msg)
{
	if (raft->read_ticket && msg->read.id == raft->read_id && msg->from == raft->leader)
		raft->read_index = msg->read.index;
	else
		raft_drop(raft, RAFT_DROP_STALE, msg->type);
}
