// SPDX-License-Identifier: GPL-2.0
/* The follower: what it takes from its leader, and what it answers. */
#include <linux/string.h>
#include "internal.h"

/*
 * "If AppendEntries RPC received from new leader: convert to follower" (figure
 * 3.1). The sender leads our term: nobody else can. Its word puts the next
 * election off.
 */
static bool hear_leader(struct raft *raft, const struct raft_msg *msg, u64 round, u64 arrived)
{
	if (raft->role == RAFT_LEADER || (raft->leader && raft->leader != msg->from)) {
		raft_drop(raft, RAFT_DROP_CONFLICT, msg->type);
		return false;
	}
	if (raft->role != RAFT_FOLLOWER || !raft->leader)
		raft_become_follower(raft, raft->term, msg->from, RAFT_WHY_SAW_LEADER,
				     msg->from, 0);
	raft->heard = arrived;
	raft_election_reset(raft);
	raft->leader_addr = raft->from;
	if (round > raft->ack_round)
		raft->ack_round = round;
	raft->stats.appends_received++;
	return true;
}

static void verify_to(struct raft *raft, u64 index)
{
	if (index > raft->verified)
		raft->verified = index;
}

static void reject(struct raft *raft, const struct raft_msg *msg)
{
	raft->ack = true;
	raft->reject = true;
	raft->reject_prev = msg->append.prev_index;
	raft->hint_index = raft_log_find_conflict(&raft->log, msg->append.prev_index,
						  msg->append.prev_term, &raft->hint_term);
	raft->stats.rejects_sent++;
	raft_note(raft, RAFT_NOTE_REJECT, msg->from, msg->append.prev_index,
		  msg->append.prev_term, raft->hint_index, raft->hint_term);
}

/*
 * "Reply false if log doesn't contain an entry at prevLogIndex whose term
 * matches prevLogTerm" (figure 3.1). What is committed matches in any case,
 * also where it is compacted and its term forgotten.
 */
static bool prev_matches(struct raft *raft, const struct raft_msg *msg)
{
	u64 prev = msg->append.prev_index, term;
	bool known = raft_log_term(&raft->log, prev, &term);

	if (known ? term == msg->append.prev_term : prev <= raft->commit) {
		raft->reject = false;
		verify_to(raft, prev);
		return true;
	}
	if (prev <= raft->commit)
		raft_drop(raft, RAFT_DROP_CONFLICT, msg->type);
	else
		reject(raft, msg);
	return false;
}

static bool config_valid(struct raft *raft, const struct raft_entry *entry)
{
	return entry->kind != RAFT_ENTRY_CONFIG ||
	       raft_wire_config_decode(entry->data, entry->len, &raft->config_scratch);
}

static bool entry_valid(const struct raft *raft, const struct raft_entry *entry, u64 msg_term)
{
	if (entry->term > msg_term || !entry->term)
		return false;
	switch (entry->kind) {
	case RAFT_ENTRY_NOOP:
		return !entry->len;
	case RAFT_ENTRY_CONFIG:
		return entry->len <= RAFT_CONFIG_BYTES;
	default:
		return raft_op_valid(raft, entry);
	}
}

/*
 * "If an existing entry conflicts with a new one (same index but different
 * terms), delete the existing entry and all that follow it" (figure 3.1), and
 * only then: a late append must not cut off what came after it.
 *
 * Return: true if the log ends just before the entry now and wants it
 */
static bool wants_entry(struct raft *raft, const struct raft_entry *entry, bool *poison)
{
	u64 term;
	bool known = raft_log_term(&raft->log, entry->index, &term);

	*poison = false;
	if (known && term == entry->term) {
		verify_to(raft, entry->index);
		return false;
	}
	if (entry->index <= raft->commit) {
		*poison = known;
		return false;
	}
	if (known)
		raft_truncate(raft, entry->index);
	*poison = entry->index != raft->log.last + 1 ||
		  entry->term < raft_log_last_term(&raft->log);
	return !*poison;
}

static void take_entries(struct raft *raft, struct raft_msg *msg)
{
	struct raft_entry entry;
	bool poison;

	while (raft_wire_next_entry(&msg->entries, &entry)) {
		if (!entry_valid(raft, &entry, msg->term) || !config_valid(raft, &entry)) {
			raft_drop(raft, RAFT_DROP_FIELD, msg->type);
			return;
		}
		if (wants_entry(raft, &entry, &poison)) {
			/* No room: what is committed must be applied first. */
			if (!raft_append(raft, &entry))
				return;
			verify_to(raft, entry.index);
		} else if (poison) {
			raft_drop(raft, RAFT_DROP_CONFLICT, msg->type);
			return;
		}
	}
}

/* "Set commitIndex = min(leaderCommit, index of last new entry)" (figure 3.1). */
static void follow_commit(struct raft *raft, u64 commit)
{
	raft_commit_to(raft, commit < raft->verified ? commit : raft->verified);
}

static void check_hash(struct raft *raft, const struct raft_msg *msg)
{
	u64 index = msg->append.hash_index, own;

	if (index > raft->applied || !raft_log_has(&raft->log, index))
		return;
	own = raft_log_at(&raft->log, index)->hash;
	if (own == msg->append.hash)
		return;
	raft->stats.diverged++;
	raft_note(raft, RAFT_NOTE_DIVERGED, index, own, msg->append.hash, 0, 0);
}

/**
 * raft_recv_append() - AppendEntries (figure 3.1)
 * @raft: the node
 * @msg: the message, of our term
 * @arrived: when it reached this host
 */
void raft_recv_append(struct raft *raft, struct raft_msg *msg, u64 arrived)
{
	bool news = msg->entries.n;

	if (!hear_leader(raft, msg, msg->append.round, arrived))
		return;
	if (msg->flags & RAFT_FLAG_WANT_REPLY)
		raft->ack = true;
	if (!prev_matches(raft, msg))
		return;
	follow_commit(raft, msg->append.commit);
	take_entries(raft, msg);
	follow_commit(raft, msg->append.commit);
	check_hash(raft, msg);
	/* What is being written is acknowledged when it is; to say so before is in vain. */
	if (news && raft_durable(raft) >= raft->verified)
		raft->ack = true;
}

static bool part_matches(const struct raft *raft, const struct raft_entry *entry)
{
	const struct raft_entry *part = &raft->part;

	/* There is none once the end of the log has moved, so the index is the same. */
	return raft->part_chunks.total == entry->len && part->term == entry->term &&
	       part->origin == entry->origin && part->seq == entry->seq &&
	       part->kind == entry->kind && part->expect == entry->expect;
}

/* The parts of an entry are put together in the room that it will have. */
static u8 *part_room(struct raft *raft, const struct raft_entry *entry)
{
	if (!part_matches(raft, entry)) {
		raft->part_chunks.total = 0;
		if (!raft_make_room(raft, entry->len))
			return NULL;
		raft->part = *entry;
		raft->part.data = raft_log_reserve(&raft->log, entry->len);
		raft_chunks_start(&raft->part_chunks, entry->len);
	}
	return (u8 *)raft->part.data;
}

static void take_part(struct raft *raft, const struct raft_msg *msg)
{
	u8 *room = part_room(raft, &msg->entry);

	if (!room)
		return;
	memcpy(room + msg->offset, msg->bytes, msg->n_bytes);
	raft_chunks_add(&raft->part_chunks, msg->offset);
	if (!raft_chunks_complete(&raft->part_chunks))
		return;
	if (!config_valid(raft, &raft->part)) {
		raft->part_chunks.total = 0;
		raft_drop(raft, RAFT_DROP_FIELD, msg->type);
	} else if (raft_append(raft, &raft->part)) {
		verify_to(raft, msg->entry.index);
	}
}

/**
 * raft_recv_entry_chunk() - AppendEntries with a part of one entry
 * @raft: the node
 * @msg: the message, of our term
 * @arrived: when it reached this host
 */
void raft_recv_entry_chunk(struct raft *raft, const struct raft_msg *msg, u64 arrived)
{
	bool poison = false;

	if (!hear_leader(raft, msg, msg->append.round, arrived))
		return;
	raft->ack = true;
	if (!prev_matches(raft, msg))
		return;
	follow_commit(raft, msg->append.commit);
	if (!entry_valid(raft, &msg->entry, msg->term))
		raft_drop(raft, RAFT_DROP_FIELD, msg->type);
	else if (wants_entry(raft, &msg->entry, &poison))
		take_part(raft, msg);
	else if (poison)
		raft_drop(raft, RAFT_DROP_CONFLICT, msg->type);
	follow_commit(raft, msg->append.commit);
}

static void install(struct raft *raft)
{
	u64 index = raft->snap_index, term = raft->snap_term;
	u32 total = raft->snap_chunks.total;

	raft->snap_chunks.total = 0;
	if (raft_hash(0, raft->snap, total) != raft->snap_check ||
	    !raft_snapshot_decode(raft, raft->snap, total, index, term)) {
		raft_note(raft, RAFT_NOTE_SNAPSHOT_BAD, index, term, 0, 0, 0);
		return;
	}
	raft->stats.snapshots_installed++;
	raft_note(raft, RAFT_NOTE_SNAPSHOT_INSTALL, index, term, total, 0, 0);
	raft->durable = 0;
	raft->snapshot_dirty = !raft->params.is_volatile;
	raft->verified = index;
	raft->ack = true;
	raft_state_replaced(raft);
}

static bool snapshot_matches(const struct raft *raft, const struct raft_msg *msg)
{
	return raft->snap_chunks.total == msg->snapshot.total &&
	       raft->snap_index == msg->snapshot.index &&
	       raft->snap_term == msg->snapshot.snap_term &&
	       raft->snap_check == msg->snapshot.check;
}

static void take_snapshot_chunk(struct raft *raft, const struct raft_msg *msg)
{
	if (!snapshot_matches(raft, msg)) {
		raft->snap_index = msg->snapshot.index;
		raft->snap_term = msg->snapshot.snap_term;
		raft->snap_check = msg->snapshot.check;
		raft_chunks_start(&raft->snap_chunks, msg->snapshot.total);
	}
	memcpy(raft->snap + msg->offset, msg->bytes, msg->n_bytes);
	raft_chunks_add(&raft->snap_chunks, msg->offset);
	raft->snap_ack = true;
	if (raft_chunks_complete(&raft->snap_chunks))
		install(raft);
}

/**
 * raft_recv_snapshot_chunk() - InstallSnapshot (figure 5.3)
 * @raft: the node
 * @msg: the message, of our term
 * @arrived: when it reached this host
 *
 * "If existing log entry has same index and term as snapshot's last included
 * entry, retain log entries following it": they may be committed.
 */
void raft_recv_snapshot_chunk(struct raft *raft, const struct raft_msg *msg, u64 arrived)
{
	u64 index = msg->snapshot.index, term;

	if (!hear_leader(raft, msg, msg->snapshot.round, arrived))
		return;
	if (msg->snapshot.total > raft->snap_size || msg->snapshot.snap_term > msg->term) {
		raft_drop(raft, RAFT_DROP_FIELD, msg->type);
	} else if (index <= raft->commit) {
		verify_to(raft, raft->commit);
		raft->ack = true;
	} else if (raft_log_term(&raft->log, index, &term) && term == msg->snapshot.snap_term) {
		verify_to(raft, index);
		follow_commit(raft, index);
		raft->ack = true;
	} else {
		take_snapshot_chunk(raft, msg);
	}
}

/**
 * raft_follower_stale_leader() - tell a leader that its term is over
 * @raft: the node
 * @msg: what it sent, of an earlier term
 */
void raft_follower_stale_leader(struct raft *raft, const struct raft_msg *msg)
{
	struct raft_msg reply = {
		.type = RAFT_MSG_APPEND_REPLY,
		.flags = RAFT_FLAG_REJECT,
		.to = msg->from,
	};

	raft_queue(raft, &reply);
}

static void flush_ack(struct raft *raft, struct raft_update *update)
{
	u64 durable = raft_durable(raft);
	struct raft_msg msg = {
		.type = RAFT_MSG_APPEND_REPLY,
		.append_reply.match = raft->verified < durable ? raft->verified : durable,
		.append_reply.round = raft->ack_round,
	};

	if (raft->reject) {
		msg.flags = RAFT_FLAG_REJECT | (raft->promised ? RAFT_FLAG_LOST : 0);
		msg.append_reply.prev_index = raft->reject_prev;
		msg.append_reply.hint_index = raft->hint_index;
		msg.append_reply.hint_term = raft->hint_term;
	}
	if (raft->part_chunks.total) {
		msg.append_reply.chunk_index = raft->part.index;
		msg.append_reply.have[0] = raft->part_chunks.have[0];
		msg.append_reply.have[1] = raft->part_chunks.have[1];
	}
	if (!raft_send_begin(raft, update, &msg, raft->leader, &raft->leader_addr))
		return;
	raft->ack = false;
	raft->reject = false;
}

static void flush_snapshot_ack(struct raft *raft, struct raft_update *update)
{
	struct raft_msg msg = {
		.type = RAFT_MSG_SNAPSHOT_REPLY,
		.snapshot_reply.index = raft->snap_index,
		.snapshot_reply.round = raft->ack_round,
		.snapshot_reply.have[0] = raft->snap_chunks.have[0],
		.snapshot_reply.have[1] = raft->snap_chunks.have[1],
	};

	if (raft_send_begin(raft, update, &msg, raft->leader, &raft->leader_addr))
		raft->snap_ack = false;
}

/**
 * raft_follower_flush() - answer the leader, and send it our operations
 * @raft: a follower
 * @update: for the datagrams
 */
void raft_follower_flush(struct raft *raft, struct raft_update *update)
{
	if (!raft->leader)
		return;
	if (raft->ack)
		flush_ack(raft, update);
	if (raft->snap_ack)
		flush_snapshot_ack(raft, update);
	raft_op_forward(raft, update);
}
