// SPDX-License-Identifier: GPL-2.0
/* Elections (dissertation sections 3.4, 4.2.3 and 9.6), and stepping down. */
#include "internal.h"

static void set_leader(struct raft *raft, u64 leader)
{
	if (raft->leader == leader)
		return;
	raft->leader = leader;
	raft->changed = true;
	if (leader)
		raft->stats.leader_changes++;
	raft_note(raft, RAFT_NOTE_LEADER, leader, 0, 0, 0, 0);
	raft_op_leader_changed(raft);
	raft_read_leader_changed(raft);
}

static void set_role(struct raft *raft, enum raft_role role, enum raft_reason reason, u64 who,
		     u32 ms)
{
	/* That a follower promises nothing any more is a change, too. */
	if (raft->role == role && !raft->failed)
		return;
	raft_note(raft, RAFT_NOTE_ROLE, raft->role, role, reason, who, ms);
	raft->last_change = (struct raft_change){
		.now = raft->now,
		.term = raft->term,
		.was = raft->role,
		.role = role,
		.reason = reason,
		.who = who,
		.ms = ms,
	};
	raft->role = role;
	raft->changed = true;
}

/* A new term: no vote is given in it and no leader is known. */
static void set_term(struct raft *raft, u64 term)
{
	raft_note(raft, RAFT_NOTE_TERM, raft->term, term, 0, 0, 0);
	raft->term = term;
	raft->vote = 0;
	raft->changed = true;
	raft->ack = false;
	raft->snap_ack = false;
	raft->ack_round = 0;
	/* What is committed is in the log of every leader to come (section 3.6.3). */
	raft->verified = raft->commit;
	set_leader(raft, 0);
}

/**
 * raft_election_reset() - wait a new random time for a leader
 * @raft: the node
 *
 * Only a valid append or a granted vote may put an election off; the timeout
 * is drawn anew each time so that candidates fall out of step (section 3.4).
 */
void raft_election_reset(struct raft *raft)
{
	u64 span = raft_election_us(raft);

	raft->election_at = raft->now + span +
			    ((raft_random(raft) >> 32) * (u32)span >> 32);
}

/**
 * raft_become_follower() - step down, or follow another leader
 * @raft: the node
 * @term: its term from now on, not below the present one
 * @leader: leader of that term, 0 if not known
 * @reason: why
 * @who: member that @reason speaks of
 * @ms: milliseconds that @reason speaks of
 */
void raft_become_follower(struct raft *raft, u64 term, u64 leader, enum raft_reason reason,
			  u64 who, u32 ms)
{
	bool led = raft->role == RAFT_LEADER;

	if (term > raft->term)
		set_term(raft, term);
	raft->transfer_to = 0;
	raft->transfer_asked = false;
	set_role(raft, RAFT_FOLLOWER, reason, who, ms);
	set_leader(raft, leader);
	if (!led)
		return;
	raft->snap_index = 0;
	raft->snap_chunks.total = 0;
	raft_election_reset(raft);
}

static void clear_ballots(struct raft *raft)
{
	u32 i;

	for (i = 0; i < raft->config.n; i++) {
		raft->peer[i].ballot = RAFT_BALLOT_NONE;
		raft->peer[i].ask = true;
	}
	raft_election_reset(raft);
	raft->heartbeat_at = raft->now + raft_heartbeat_us(raft);
}

/* "Pre-Vote: a candidate only increments its term if it first learns that it
 * could win" (section 9.6).
 */
static void pre_campaign(struct raft *raft, u32 ms)
{
	set_leader(raft, 0);
	set_role(raft, RAFT_PRE_CANDIDATE, RAFT_WHY_TIMEOUT, 0, ms);
	clear_ballots(raft);
}

/* "On conversion to candidate, start election: increment currentTerm, vote for
 * self, reset election timer" (figure 3.1); the requests leave when term and
 * vote are durable.
 */
static void campaign(struct raft *raft, enum raft_reason reason, u64 who)
{
	set_term(raft, raft->term + 1);
	raft->vote = raft->params.id;
	raft->stats.elections++;
	set_role(raft, RAFT_CANDIDATE, reason, who, 0);
	clear_ballots(raft);
}

static void ask_again(struct raft *raft)
{
	u32 i;

	if (raft->role == RAFT_FOLLOWER || raft->now < raft->heartbeat_at)
		return;
	raft_note(raft, RAFT_NOTE_RETRY, RAFT_RETRY_VOTES, 0, 0, 0, 0);
	raft->heartbeat_at = raft->now + raft_heartbeat_us(raft);
	for (i = 0; i < raft->config.n; i++)
		raft->peer[i].ask = raft->peer[i].ballot == RAFT_BALLOT_NONE;
}

static bool may_stand(const struct raft *raft, u64 silence)
{
	return raft_may_campaign(raft) && !raft_disk_stalled(raft) &&
	       (raft_may_vote(raft) || silence >= RAFT_LAST_RESORT * raft_election_us(raft));
}

/*
 * A voter that was removed while it was away learns that when it asks for
 * votes. Who may not stand asks for one that nobody can give, for the same answer.
 */
static void ask_membership(struct raft *raft)
{
	struct raft_msg msg = { .type = RAFT_MSG_VOTE, .flags = RAFT_FLAG_PRE };
	u32 i;

	for (i = 0; i < raft->config.n; i++) {
		msg.to = raft->config.member[i].id;
		if (msg.to != raft->params.id && raft_config_votes(&raft->config, msg.to))
			raft_queue(raft, &msg);
	}
}

static void wait_on(struct raft *raft)
{
	set_leader(raft, 0);
	raft_election_reset(raft);
	if (raft->joined == RAFT_OK && !raft->removed)
		ask_membership(raft);
}

/**
 * raft_election_timer() - the timers of a node that does not lead
 * @raft: the node
 *
 * A node that is woken late was starved or paused. The leader's heartbeats
 * may lie in its queue: it must hear them before it may believe its timer.
 */
void raft_election_timer(struct raft *raft)
{
	u64 late = raft->now - raft->election_at;
	u64 heard = raft->heard > raft->started ? raft->heard : raft->started;

	ask_again(raft);
	if (raft->now < raft->election_at)
		return;
	if (late > raft_election_us(raft) / 2) {
		raft->stats.late_timers++;
		raft_note(raft, RAFT_NOTE_LATE_TIMER, late, 0, 0, 0, 0);
		raft_election_reset(raft);
		return;
	}
	if (may_stand(raft, raft->now - heard))
		pre_campaign(raft, (raft->now - heard) / 1000);
	else
		wait_on(raft);
}

static enum raft_tally tally(const struct raft *raft)
{
	u32 i, granted = 0, refused = 0;

	for (i = 0; i < raft->config.n; i++) {
		const struct raft_peer *peer = &raft->peer[i];
		bool own = peer->id == raft->params.id;

		/* Our own vote counts like any other: once it is durable. */
		if (own ? raft_is_durable(raft) : peer->ballot == RAFT_BALLOT_GRANTED)
			granted |= 1U << i;
		else if (peer->ballot == RAFT_BALLOT_REFUSED)
			refused |= 1U << i;
	}
	return raft_quorum_tally(&raft->config, granted, refused);
}

/**
 * raft_election_settle() - act on the votes that are there
 * @raft: the node
 *
 * "If votes received from majority of servers: become leader" (figure 3.1).
 */
void raft_election_settle(struct raft *raft)
{
	if (raft->role == RAFT_PRE_CANDIDATE && tally(raft) == RAFT_TALLY_WON)
		campaign(raft, RAFT_WHY_PREVOTE_WON, 0);
	if (raft->role != RAFT_CANDIDATE || tally(raft) != RAFT_TALLY_WON)
		return;
	raft->transfer_asked = false;
	set_role(raft, RAFT_LEADER, RAFT_WHY_ELECTED, 0, 0);
	set_leader(raft, raft->params.id);
	raft_leader_start(raft);
}

/**
 * raft_election_flush() - send the requests for votes
 * @raft: the node
 * @update: for the datagrams
 */
void raft_election_flush(struct raft *raft, struct raft_update *update)
{
	struct raft_msg msg = {
		.type = RAFT_MSG_VOTE,
		.vote.last_index = raft->log.last,
		.vote.last_term = raft_log_last_term(&raft->log),
	};
	u32 i;

	if (raft->role == RAFT_PRE_CANDIDATE)
		msg.flags |= RAFT_FLAG_PRE;
	if (raft->transfer_asked)
		msg.flags |= RAFT_FLAG_TRANSFER;
	for (i = 0; i < raft->config.n; i++) {
		struct raft_peer *peer = &raft->peer[i];

		if (!peer->ask || peer->id == raft->params.id ||
		    !raft_config_votes(&raft->config, peer->id))
			continue;
		if (!raft_send_begin(raft, update, &msg, peer->id, &raft->params.addr))
			return;
		peer->ask = false;
	}
}

/* "If the logs have last entries with different terms, then the log with the
 * later term is more up-to-date. If the logs end with the same term, then
 * whichever log is longer is more up-to-date" (section 3.6.1).
 */
static bool up_to_date(const struct raft *raft, const struct raft_msg *msg)
{
	u64 term = raft_log_last_term(&raft->log);

	if (msg->vote.last_term != term)
		return msg->vote.last_term > term;
	return msg->vote.last_index >= raft->log.last;
}

static bool may_grant(const struct raft *raft, const struct raft_msg *msg,
		      enum raft_refusal *refusal)
{
	bool pre = msg->flags & RAFT_FLAG_PRE;

	*refusal = RAFT_REFUSE_TERM;
	if (msg->term < raft->term)
		return false;
	*refusal = RAFT_REFUSE_DAMAGED;
	if (raft->promised)
		return false;
	*refusal = RAFT_REFUSE_LEADER;
	if (pre && raft_leader_alive(raft))
		return false;
	*refusal = RAFT_REFUSE_VOTED;
	if (!pre && ((raft->vote && raft->vote != msg->from) ||
		     (raft->leader && raft->leader != msg->from)))
		return false;
	*refusal = RAFT_REFUSE_LOG;
	return up_to_date(raft, msg);
}

/*
 * A member that was removed while it was away does not learn it from the log
 * any more: tell it, or it asks for ever.
 */
static void tell_removed(struct raft *raft, const struct raft_msg *msg)
{
	struct raft_msg reply = {
		.type = RAFT_MSG_JOIN_REPLY,
		.to = msg->from,
		.join_reply.status = RAFT_NOT_MEMBER,
	};

	if (raft->role == RAFT_LEADER && raft_leader_is_open(raft) && !raft->config.joint &&
	    raft->config.index <= raft->commit && !raft_member(raft, msg->from))
		raft_queue(raft, &reply);
}

/**
 * raft_recv_vote() - somebody wants our vote, or asks if it could have it
 * @raft: the node
 * @msg: the request; its term is ours or lower, or any if it is a pre-vote
 */
void raft_recv_vote(struct raft *raft, const struct raft_msg *msg)
{
	bool pre = msg->flags & RAFT_FLAG_PRE;
	struct raft_msg reply = {
		.type = RAFT_MSG_VOTE_REPLY,
		.flags = msg->flags & RAFT_FLAG_PRE,
		.to = msg->from,
		.vote_reply.asked = msg->term,
	};
	enum raft_refusal refusal;

	tell_removed(raft, msg);
	if (may_grant(raft, msg, &refusal)) {
		reply.flags |= RAFT_FLAG_GRANTED;
		raft_note(raft, RAFT_NOTE_VOTE_GRANTED, msg->from, msg->term, pre, 0, 0);
		if (!pre) {
			raft->vote = msg->from;
			raft_election_reset(raft);
		}
	} else {
		raft_note(raft, RAFT_NOTE_VOTE_REFUSED, msg->from, msg->term, pre, refusal, 0);
	}
	raft_queue(raft, &reply);
}

/**
 * raft_recv_vote_reply() - somebody answered our request
 * @raft: the node
 * @msg: the answer
 */
void raft_recv_vote_reply(struct raft *raft, const struct raft_msg *msg)
{
	enum raft_role asks = msg->flags & RAFT_FLAG_PRE ? RAFT_PRE_CANDIDATE : RAFT_CANDIDATE;
	struct raft_peer *peer = raft_peer(raft, msg->from);

	if (!peer || raft->role != asks || msg->vote_reply.asked != raft->term) {
		raft_drop(raft, RAFT_DROP_STALE, msg->type);
		return;
	}
	peer->ballot = msg->flags & RAFT_FLAG_GRANTED ? RAFT_BALLOT_GRANTED : RAFT_BALLOT_REFUSED;
}

/**
 * raft_recv_timeout_now() - the leader asks us to take over (section 3.10)
 * @raft: the node
 * @msg: the request
 *
 * "This request has the same effect as the target server's election timer
 * firing", without asking whether a leader is alive: it is, and it agrees.
 */
void raft_recv_timeout_now(struct raft *raft, const struct raft_msg *msg)
{
	if (raft->role != RAFT_FOLLOWER || raft->leader != msg->from || !raft_may_campaign(raft)) {
		raft_drop(raft, RAFT_DROP_STALE, msg->type);
		return;
	}
	raft->transfer_asked = true;
	campaign(raft, RAFT_WHY_TRANSFER, msg->from);
}
