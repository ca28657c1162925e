// SPDX-License-Identifier: GPL-2.0
/*
 * What must be on the store before it is spoken of. There is one write at a
 * time; what it covers counts when its end is reported, not before.
 */
#include "internal.h"

/**
 * raft_is_durable() - may the current term and vote be spoken of?
 * @raft: the node
 *
 * Return: true if both are on the store
 */
bool raft_is_durable(const struct raft *raft)
{
	return raft->params.is_volatile ||
	       (raft->durable_term == raft->term && raft->durable_vote == raft->vote);
}

/**
 * raft_durable() - how far the log can be vouched for
 * @raft: the node
 *
 * Return: the last index that this node does not forget
 */
u64 raft_durable(const struct raft *raft)
{
	return raft->params.is_volatile ? raft->log.last : raft->durable;
}

/**
 * raft_disk_stalled() - has a write to the store made no progress for too long?
 * @raft: the node
 *
 * Return: true if it is under way for an election timeout or longer
 */
bool raft_disk_stalled(const struct raft *raft)
{
	return raft->persist.seq && raft->now - raft->persist_since >= raft_election_us(raft);
}

/**
 * raft_fail() - this node promises nothing any more, and hears nothing
 * @raft: the node
 * @status: what its programs are told
 * @why: the reason for the change of its role
 */
void raft_fail(struct raft *raft, enum raft_status status, enum raft_reason why)
{
	raft->failed = status;
	raft_become_follower(raft, raft->term, 0, why, 0, 0);
	raft_op_fail(raft, status);
}

/**
 * raft_persisted() - the write under way has ended, or the store has failed
 * @raft: the node
 * @event: %RAFT_EV_PERSISTED
 *
 * A failed flush is not tried again: it may lie.
 */
void raft_persisted(struct raft *raft, const struct raft_event *event)
{
	struct raft_persist *persist = &raft->persist;

	if (event->persisted.seq ? event->persisted.seq != persist->seq : !event->persisted.error)
		return;
	if (event->persisted.error) {
		raft_note(raft, RAFT_NOTE_DISK_FAILED, persist->seq, 0, 0, 0, 0);
		raft_fail(raft, RAFT_DISK_FAILED, RAFT_WHY_DISK_FAILED);
	} else {
		raft->durable_term = persist->term;
		raft->durable_vote = persist->vote;
		if (persist->last > raft->durable)
			raft->durable = persist->last;
		raft->ack = raft->ack || raft->role == RAFT_FOLLOWER;
	}
	persist->seq = 0;
}

/*
 * Does this node have again what it had promised to keep? An entry of the
 * leader's own term that is committed vouches for all that any earlier leader
 * may have counted on (leader completeness, section 3.6.3). The leader of the
 * promise's own term may still count on all of it.
 */
static bool is_whole(const struct raft *raft)
{
	u64 have = raft_durable(raft), term;

	if (raft->term == raft->promised_term)
		return raft->verified >= raft->promised && have >= raft->promised;
	return raft_log_term(&raft->log, raft->commit, &term) && term == raft->term &&
	       have >= raft->commit;
}

/**
 * raft_promise_settle() - vote again once all that the store had lost is back
 * @raft: the node
 *
 * Until then a vote could elect somebody who lacks what this node had vouched
 * for. The store gets the whole state anew, so that nothing that is needed is
 * left beside the damage.
 */
void raft_promise_settle(struct raft *raft)
{
	if (!raft->promised || !is_whole(raft))
		return;
	raft_note(raft, RAFT_NOTE_WHOLE, raft_durable(raft), 0, 0, 0, 0);
	raft->promised = 0;
	raft->promised_term = 0;
	raft->snapshot_dirty = true;
	raft_election_reset(raft);
}

/*
 * A start from the store takes the whole window for uncommitted: what follows
 * the state there must leave room for the no-op of the next leader.
 */
static bool snapshot_due(const struct raft *raft)
{
	u64 index, bytes = 0;

	if (raft->applied <= raft->snapshotted)
		return false;
	if (raft->log.last - raft->snapshotted > RAFT_LOG_SLOTS / 2)
		return true;
	for (index = raft->snapshotted + 1; index <= raft->log.last; index++)
		bytes += raft->log.slot[index % RAFT_LOG_SLOTS].len;
	return bytes > raft->log.size / 2;
}

/**
 * raft_persist() - begin the next write to the store, if something is new
 * @raft: the node
 * @update: for the write
 *
 * What comes while a write is under way waits and shares the next one.
 */
void raft_persist(struct raft *raft, struct raft_update *update)
{
	struct raft_persist *persist = &raft->persist;
	u64 first = raft->stored + 1;
	bool snapshot;

	if (raft->params.is_volatile || persist->seq || raft->failed)
		return;
	/* Due also if nothing else is to be written: a full log takes nothing until then. */
	snapshot = raft->snapshot_dirty || snapshot_due(raft);
	if (raft_is_durable(raft) && raft->stored == raft->log.last && !raft->truncate &&
	    !snapshot)
		return;
	if (snapshot) {
		first = raft->applied + 1;
		raft->snapshotted = raft->applied;
	}
	*persist = (struct raft_persist){
		.seq = ++raft->persist_seq,
		.term = raft->term,
		.vote = raft->vote,
		.snapshot = snapshot,
		.truncate = raft->truncate,
		.first = first <= raft->log.last ? first : 0,
		.last = raft->log.last,
		.promised = raft->promised,
		.promised_term = raft->promised_term,
	};
	update->persist = *persist;
	raft->persist_since = raft->now;
	raft->stored = raft->log.last;
	raft->truncate = 0;
	raft->snapshot_dirty = false;
}
