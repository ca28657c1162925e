// SPDX-License-Identifier: GPL-2.0
/*
 * The leader: replication, commit, heartbeats (dissertation sections 3.5 and
 * 3.6), snapshots for laggards (section 5.3).
 *
 * What has to be sent follows from the state of each peer at the flush, so a
 * full update or a lost datagram loses nothing: the next flush finds it again.
 */
#include <linux/limits.h>
#include "internal.h"

#define NOT_OPENED	U64_MAX	/* index of a no-op that had no room */
#define LOG_RESERVE	64	/* slots that operations leave for no-ops and configurations */
#define LOG_SHARE	2	/* what part of the log's bytes they leave */
#define LOG_PADDING	8	/* bytes that aligning an entry may cost, more than it does */
#define REST_BEATS	4	/* so many heartbeats have room in a timeout after a rest */

static bool is_self(const struct raft *raft, const struct raft_peer *peer)
{
	return peer->id == raft->params.id;
}

static void peer_start(struct raft *raft, struct raft_peer *peer)
{
	struct raft_session *session = raft_value_session(&raft->value, peer->id);
	u64 id = peer->id;

	*peer = (struct raft_peer){
		.id = id,
		.incarnation = peer->incarnation,
		.nonce = peer->nonce,
		.state = RAFT_PEER_PROBE,
		.beat = true,
		.next = raft->log.last + 1,
		.heard = raft->now,
		.got_on = raft->log.last,
		.op_seq = session ? session->seq : 0,
		.caught_up = id == raft->params.id,
	};
}

/*
 * Whatever is uncommitted must fit into the log of every member, or nobody
 * could acknowledge what comes after it. A ring that is cut in another place
 * may lose up to one entry's length at its end, and configurations come on top.
 */
static bool has_room(const struct raft *raft, u32 len)
{
	u64 n = raft->log.last - raft->applied;

	if (n >= RAFT_LOG_SLOTS - LOG_RESERVE)
		return false;
	return len + raft_log_bytes(&raft->log, raft->applied) + n * LOG_PADDING <=
	       raft->log.size - raft->log.size / LOG_SHARE;
}

/**
 * raft_leader_append() - the leader puts an entry of its term into its log
 * @raft: a leader
 * @entry: the entry; index and term are filled in
 *
 * Return: false, with nothing changed, if there is no room
 */
bool raft_leader_append(struct raft *raft, struct raft_entry *entry)
{
	entry->index = raft->log.last + 1;
	entry->term = raft->term;
	return raft_append(raft, entry);
}

/*
 * A writer on this host is hasty that is alone and, once told, writes again in no more
 * than the time that its write took: the next write is likely to come soon.
 */
static void watch_writer(struct raft *raft, const struct raft_entry *entry)
{
	struct raft_writer *writer = &raft->writer;

	if (entry->origin == raft->params.id && entry->index == raft->commit + 1 &&
	    raft->now - writer->committed <= writer->took)
		writer->streak++;
	else
		writer->streak = 0;
	writer->index = entry->index;
	writer->appended = raft->now;
}

/* So far is committed: a lone writer's write, or something else. */
static void watch_commit(struct raft *raft)
{
	struct raft_writer *writer = &raft->writer;

	if (writer->index != raft->commit) {
		writer->streak = 0;
		return;
	}
	writer->committed = raft->now;
	writer->took = raft->now - writer->appended;
}

/*
 * How long the others need not be told that a hasty writer's write is committed, for it is
 * told on this host, and its next write tells them: a datagram costs more than all else in
 * a commit. No longer than the write took, so that they see it at most twice as late.
 */
static u64 linger(const struct raft *raft)
{
	const struct raft_writer *writer = &raft->writer;

	if (writer->streak < RAFT_STREAK)
		return 0;
	return writer->took < raft->params.linger_us ? writer->took : raft->params.linger_us;
}

/**
 * raft_leader_append_op() - the leader puts an operation into its log
 * @raft: a leader
 * @entry: the operation; its term is the number of the one before it that its
 *	member still wants (&struct raft_wire_entry)
 *
 * A member's operations get into the log in the order of their numbers, none
 * twice: the state machine can then tell a repeat by one number per member.
 *
 * Return: false if it can not be taken now; true also for a repeat
 */
bool raft_leader_append_op(struct raft *raft, struct raft_entry *entry)
{
	struct raft_peer *peer = raft_peer(raft, entry->origin);

	if (!peer || raft->transfer_to)
		return false;
	if (entry->seq <= peer->op_seq)
		return true;
	if (entry->term > peer->op_seq || !has_room(raft, entry->len))
		return false;
	if (!raft_leader_append(raft, entry))
		return false;
	watch_writer(raft, entry);
	return true;
}

/* "A blank no-op entry into the log at the start of its term" (section 6.4). */
static void open_term(struct raft *raft)
{
	struct raft_entry noop = { .kind = RAFT_ENTRY_NOOP };

	raft->opened = raft_leader_append(raft, &noop) ? raft->log.last : NOT_OPENED;
}

/**
 * raft_leader_start() - a leader takes office
 * @raft: a node that was just elected
 *
 * "When a leader first comes to power, it initializes all nextIndex values to
 * the index just after the last one in its log" (section 3.5).
 */
void raft_leader_start(struct raft *raft)
{
	u64 index;
	u32 i;

	for (i = 0; i < raft->config.n; i++)
		peer_start(raft, &raft->peer[i]);
	for (index = raft->applied + 1; index <= raft->log.last; index++) {
		const struct raft_entry *entry = raft_log_at(&raft->log, index);
		struct raft_peer *peer = raft_peer(raft, entry->origin);

		if (peer && entry->seq > peer->op_seq)
			peer->op_seq = entry->seq;
	}
	for (i = 0; i < RAFT_ASSEMBLIES; i++)
		raft->assembly[i].from = 0;
	raft->snap_index = 0;
	raft->round = 0;
	raft->round_sent = 0;
	raft->tell_at = 0;
	raft->told = 0;
	raft->transfer_id = 0;
	raft->started = raft->now;
	raft->heartbeat_at = raft->now + raft_heartbeat_us(raft);
	open_term(raft);
}

/**
 * raft_leader_is_open() - has the leader committed an entry of its term?
 * @raft: the node
 *
 * Before, it does not know which entries are committed (section 6.4), and no
 * change of the configuration is safe (Ongaro, raft-dev, "bug in
 * single-server membership changes", 2015).
 *
 * Return: true if it is a leader and has
 */
bool raft_leader_is_open(const struct raft *raft)
{
	return raft->role == RAFT_LEADER && raft->commit >= raft->opened;
}

/**
 * raft_leader_hears() - did a member answer this leader lately?
 * @raft: a leader
 * @id: the member
 *
 * Return: true if it did, within an election timeout
 */
bool raft_leader_hears(const struct raft *raft, u64 id)
{
	int i = raft_config_find(&raft->config, id);

	return i >= 0 && (id == raft->params.id ||
			  raft->now - raft->peer[i].heard < raft_election_us(raft));
}

/**
 * raft_leader_contact() - when a quorum was last heard of, all at once
 * @raft: a leader
 *
 * Return: microseconds; when it began to lead if that was later
 */
u64 raft_leader_contact(const struct raft *raft)
{
	u64 heard[RAFT_MEMBERS_MAX];
	u64 at;
	u32 i;

	for (i = 0; i < raft->config.n; i++)
		heard[i] = is_self(raft, &raft->peer[i]) ? raft->now : raft->peer[i].heard;
	at = raft_quorum_reached(&raft->config, heard);
	return at > raft->started ? at : raft->started;
}

/**
 * raft_leader_new_round() - a round of appends that begins after this moment
 * @raft: a leader
 *
 * A round that no datagram carried yet is shared by all who ask for one.
 *
 * Return: its number
 */
u64 raft_leader_new_round(struct raft *raft)
{
	u32 i;

	if (raft->round > raft->round_sent)
		return raft->round;
	for (i = 0; i < raft->config.n; i++)
		raft->peer[i].beat = true;
	return ++raft->round;
}

/**
 * raft_leader_confirmed() - has a quorum answered a round?
 * @raft: a leader
 * @round: the round
 * @asker: the member on whose behalf it is asked: it was in our term when it did,
 *	so its question is an answer too, but only to itself
 *
 * Return: true if this node still was the leader when the round began, or for
 * all that a quorum of the two knows when the question was put
 */
bool raft_leader_confirmed(const struct raft *raft, u64 round, u64 asker)
{
	u64 acked[RAFT_MEMBERS_MAX];
	u32 i;

	for (i = 0; i < raft->config.n; i++) {
		const struct raft_peer *peer = &raft->peer[i];
		bool known = is_self(raft, peer) || peer->id == asker;

		acked[i] = known ? U64_MAX : peer->acked_round;
	}
	return raft_quorum_reached(&raft->config, acked) >= round;
}

/*
 * Until when may the others be left alone? Each has answered the last heartbeat, which told it
 * of all that is committed, and half an election timeout later has heard of this leader lately
 * enough. Of the heartbeats that a timeout has room for most are there because some get lost:
 * whether one did is known, and if the next one does, the other half has room for more.
 */
static u64 rest_until(const struct raft *raft)
{
	u64 rest = raft_election_us(raft) / 2;
	u64 heard = raft->now;
	u32 i;

	if (raft->transfer_to || raft->told != raft->commit ||
	    rest < REST_BEATS * raft_heartbeat_us(raft))
		return 0;
	for (i = 0; i < raft->config.n; i++) {
		const struct raft_peer *peer = &raft->peer[i];

		if (is_self(raft, peer))
			continue;
		if (peer->acked_round != raft->round || peer->match != raft->log.last)
			return 0;
		if (peer->heard < heard)
			heard = peer->heard;
	}
	return heard + rest;
}

/* Put off the next heartbeat while nobody lacks anything, and no longer. */
static void rest(struct raft *raft)
{
	u64 until = rest_until(raft);
	u64 next = raft->now + raft_heartbeat_us(raft);

	if (raft->heartbeat_at < until)
		raft->heartbeat_at = until;
	else if (!until && raft->heartbeat_at > next)
		raft->heartbeat_at = next;
}

static void heartbeat(struct raft *raft)
{
	u64 late = raft->now - raft->heartbeat_at;
	u32 i;

	/* Woken late: the answers may still lie in the queue. */
	if (late > raft_election_us(raft) / 2) {
		raft->stats.late_timers++;
		raft_note(raft, RAFT_NOTE_LATE_TIMER, late, 0, 0, 0, 0);
		raft->started = raft->now;
	}
	raft->heartbeat_at = raft->now + raft_heartbeat_us(raft);
	raft_leader_new_round(raft);
	raft->told = raft->commit;
	raft->transfer_ask = true;
	for (i = 0; i < raft->config.n; i++) {
		struct raft_peer *peer = &raft->peer[i];

		if (peer->inflight)
			raft_note(raft, RAFT_NOTE_UNANSWERED, peer->id, peer->inflight, 0, 0, 0);
		/* What was not answered by now is taken for lost. */
		peer->beat = true;
		peer->waiting = false;
		peer->inflight = 0;
		peer->sent[0] = 0;
		peer->sent[1] = 0;
		raft_chunks_probe(&peer->out);
	}
}

/**
 * raft_leader_timer() - the timers of a leader
 * @raft: a leader
 *
 * "A leader steps down if an election timeout elapses without a successful
 * round of heartbeats to a majority of its cluster" (section 6.2).
 */
void raft_leader_timer(struct raft *raft)
{
	u64 silence;

	if (raft->now >= raft->heartbeat_at)
		heartbeat(raft);
	if (raft->transfer_to && raft->now >= raft->transfer_at) {
		raft_note(raft, RAFT_NOTE_TRANSFER_ENDED, raft->transfer_to, 0, 0, 0, 0);
		raft->transfer_to = 0;
	}
	silence = raft->now - raft_leader_contact(raft);
	if (silence >= raft_election_us(raft))
		raft_become_follower(raft, raft->term, 0, RAFT_WHY_LOST_QUORUM, 0, silence / 1000);
}

/**
 * raft_leader_wake() - decide when a leader must be stepped again
 * @raft: a leader, at the end of a step
 *
 * Return: microseconds
 */
u64 raft_leader_wake(struct raft *raft)
{
	u64 wake = raft_leader_contact(raft) + raft_election_us(raft);

	if (raft->params.sparse)
		rest(raft);
	if (raft->heartbeat_at < wake)
		wake = raft->heartbeat_at;
	if (raft->transfer_to && raft->transfer_at < wake)
		wake = raft->transfer_at;
	if (raft->tell_at > raft->now && raft->tell_at < wake)
		wake = raft->tell_at;
	if (raft->persist.seq && raft->persist_since + raft_election_us(raft) < wake)
		wake = raft->persist_since + raft_election_us(raft);
	return wake;
}

/*
 * "If there exists an N such that N > commitIndex, a majority of matchIndex[i]
 * >= N, and log[N].term == currentTerm: set commitIndex = N" (figure 3.1).
 * The leader counts itself only as far as its own store is (section 10.2.1).
 *
 * Leaders that never got so far may have filled the log with what is not
 * committed, so that the no-op has no room. An entry of an earlier term may
 * still be taken for committed "if that entry is stored on every server"
 * (section 3.6.2), which makes room.
 */
static bool advance_commit(struct raft *raft)
{
	u64 match[RAFT_MEMBERS_MAX];
	u64 index, term;
	u32 i;

	for (i = 0; i < raft->config.n; i++)
		match[i] = is_self(raft, &raft->peer[i]) ? raft_durable(raft) : raft->peer[i].match;
	if (raft->opened == NOT_OPENED)
		index = raft_quorum_everyone(&raft->config, match);
	else
		index = raft_quorum_reached(&raft->config, match);
	if (index <= raft->commit || !raft_log_term(&raft->log, index, &term))
		return false;
	if (raft->opened != NOT_OPENED && term != raft->term)
		return false;
	raft_commit_to(raft, index);
	watch_commit(raft);
	raft->tell_at = raft->now + linger(raft);
	return true;
}

/**
 * raft_leader_settle() - commit what a quorum has, and what follows from that
 * @raft: a leader; may be none afterwards, if it is not part of its cluster
 */
void raft_leader_settle(struct raft *raft)
{
	do {
		if (raft->opened == NOT_OPENED)
			open_term(raft);
		raft_change_settle(raft);
	} while (raft->role == RAFT_LEADER && advance_commit(raft));
}

static struct raft_msg append_msg(const struct raft *raft, const struct raft_peer *peer, u8 type)
{
	struct raft_msg msg = {
		.type = type,
		.append.prev_index = peer->next - 1,
		.append.commit = raft->commit,
		.append.round = raft->round,
		.append.hash_index = raft->applied,
		.append.hash = raft->value.hash,
	};

	raft_log_term(&raft->log, peer->next - 1, &msg.append.prev_term);
	return msg;
}

/* One append with as many entries as fit, none if the next one is large. */
static bool send_append(struct raft *raft, struct raft_peer *peer, struct raft_update *update)
{
	struct raft_msg msg = append_msg(raft, peer, RAFT_MSG_APPEND);
	u64 next = peer->next;
	struct raft_send *send;

	if (peer->beat || peer->state == RAFT_PEER_PROBE)
		msg.flags |= RAFT_FLAG_WANT_REPLY;
	send = raft_send_begin(raft, update, &msg, peer->id, &raft->params.addr);
	if (!send)
		return false;
	while (next <= raft->log.last &&
	       raft_wire_add_entry(send->data, &send->len, raft_log_at(&raft->log, next)))
		next++;
	if (next > peer->next)
		peer->inflight++;
	if (peer->state == RAFT_PEER_REPLICATE)
		peer->next = next;
	peer->commit_sent = raft->commit;
	peer->waiting = true;
	peer->beat = false;
	raft->stats.appends_sent++;
	return true;
}

static void chunks_start(struct raft_peer *peer, u64 index, u32 total)
{
	if (peer->chunk_index == index && peer->out.total == total)
		return;
	peer->chunk_index = index;
	raft_chunks_start(&peer->out, total);
	peer->sent[0] = 0;
	peer->sent[1] = 0;
}

/* Send the chunks of a blob that the peer lacks, within the window; to a peer
 * that is silent just one, until it answers.
 */
static void send_chunks(struct raft *raft, struct raft_peer *peer, struct raft_update *update,
			struct raft_msg *msg, const u8 *data)
{
	u32 window = raft_leader_hears(raft, peer->id) ? RAFT_WINDOW : 1;
	struct raft_send *send;
	u32 offset, len;

	while (peer->inflight < window &&
	       raft_chunks_next(&peer->out, peer->sent, &offset, &len)) {
		msg->offset = offset;
		send = raft_send_begin(raft, update, msg, peer->id, &raft->params.addr);
		if (!send)
			return;
		send->len = raft_wire_add_bytes(send->data, send->len, data + offset, len);
		raft_chunks_mark(peer->sent, offset);
		peer->inflight++;
		peer->beat = false;
		raft->stats.appends_sent++;
	}
}

static bool next_is_large(struct raft *raft, const struct raft_peer *peer)
{
	return peer->next <= raft->log.last &&
	       raft_log_at(&raft->log, peer->next)->len > RAFT_CHUNK;
}

static void send_large(struct raft *raft, struct raft_peer *peer, struct raft_update *update)
{
	struct raft_msg msg = append_msg(raft, peer, RAFT_MSG_ENTRY_CHUNK);
	const struct raft_entry *entry = raft_log_at(&raft->log, peer->next);

	chunks_start(peer, entry->index, entry->len);
	msg.entry = *entry;
	send_chunks(raft, peer, update, &msg, entry->data);
}

/* A snapshot that is being sent to another peer serves, if the log goes on from it. */
static bool snapshot_shared(const struct raft *raft, const struct raft_peer *peer)
{
	u32 i;

	if (!raft->snap_index || raft->snap_index + 1 < raft->log.first)
		return false;
	if (peer->state == RAFT_PEER_SNAPSHOT)
		return true;
	for (i = 0; i < raft->config.n; i++)
		if (raft->peer[i].state == RAFT_PEER_SNAPSHOT)
			return true;
	return false;
}

static void take_snapshot(struct raft *raft)
{
	u32 total = raft_snapshot_encode(raft, raft->snap, raft->snap_size);

	raft->snap_index = raft->applied;
	raft_log_term(&raft->log, raft->applied, &raft->snap_term);
	raft->snap_check = raft_hash(0, raft->snap, total);
	raft->snap_chunks.total = total;
}

static void send_snapshot(struct raft *raft, struct raft_peer *peer, struct raft_update *update)
{
	struct raft_msg msg = { .type = RAFT_MSG_SNAPSHOT_CHUNK };

	if (!snapshot_shared(raft, peer))
		take_snapshot(raft);
	if (peer->state != RAFT_PEER_SNAPSHOT || peer->chunk_index != raft->snap_index) {
		peer->state = RAFT_PEER_SNAPSHOT;
		peer->chunk_index = 0;
		peer->got_on = raft->log.last;
		raft->stats.snapshots_sent++;
		raft_note(raft, RAFT_NOTE_SNAPSHOT_SEND, peer->id, raft->snap_index,
			  raft->snap_term, raft->snap_chunks.total, 0);
	}
	chunks_start(peer, raft->snap_index, raft->snap_chunks.total);
	msg.snapshot.index = raft->snap_index;
	msg.snapshot.snap_term = raft->snap_term;
	msg.snapshot.round = raft->round;
	msg.snapshot.check = raft->snap_check;
	msg.snapshot.total = raft->snap_chunks.total;
	send_chunks(raft, peer, update, &msg, raft->snap);
}

static void flush_peer(struct raft *raft, struct raft_peer *peer, struct raft_update *update)
{
	if (peer->state == RAFT_PEER_SNAPSHOT || peer->next < raft->log.first) {
		send_snapshot(raft, peer, update);
		return;
	}
	if (peer->state == RAFT_PEER_PROBE) {
		if (!peer->waiting || peer->beat)
			send_append(raft, peer, update);
		return;
	}
	while (peer->next <= raft->log.last && peer->inflight < RAFT_WINDOW &&
	       !next_is_large(raft, peer))
		if (!send_append(raft, peer, update))
			return;
	if (next_is_large(raft, peer))
		send_large(raft, peer, update);
	/* The followers' readers and writers wait for the commit index: tell it at once. */
	if (peer->beat || (peer->commit_sent < raft->commit && raft->now >= raft->tell_at))
		send_append(raft, peer, update);
}

static void flush_transfer(struct raft *raft, struct raft_update *update)
{
	struct raft_msg msg = { .type = RAFT_MSG_TIMEOUT_NOW };
	struct raft_peer *peer = raft_peer(raft, raft->transfer_to);

	if (!peer || !raft->transfer_ask || peer->match < raft->log.last)
		return;
	if (raft_send_begin(raft, update, &msg, peer->id, &raft->params.addr))
		raft->transfer_ask = false;
}

/**
 * raft_leader_flush() - send each peer what it lacks
 * @raft: a leader
 * @update: for the datagrams
 */
void raft_leader_flush(struct raft *raft, struct raft_update *update)
{
	u32 i;

	raft->round_sent = raft->round;
	for (i = 0; i < raft->config.n; i++)
		if (!is_self(raft, &raft->peer[i]))
			flush_peer(raft, &raft->peer[i], update);
	if (raft->transfer_to)
		flush_transfer(raft, update);
}

/*
 * Does a follower lack what it acknowledged before it was started again? A late
 * rejection is from the same start, and one whose store is damaged says so. Who
 * rejects for the term, not for the log, names no entry.
 */
static bool has_forgotten(const struct raft_peer *peer, const struct raft_msg *msg)
{
	return !(msg->flags & RAFT_FLAG_LOST) && msg->append_reply.hint_index < peer->match &&
	       msg->append_reply.prev_index >= peer->match &&
	       msg->incarnation > peer->match_incarnation;
}

/*
 * "After a rejection, the leader decrements the follower's nextIndex and
 * retries" (section 3.5); the follower's hint skips the entries that can not
 * match. A late rejection must not take back what was matched since, unless
 * the follower says that it lost it: then what it acknowledged counts no more.
 */
static void rejected(struct raft *raft, struct raft_peer *peer, const struct raft_msg *msg)
{
	u64 prev = msg->append_reply.prev_index, was = peer->next, term;
	bool lost = msg->flags & RAFT_FLAG_LOST;
	u64 next;

	if (has_forgotten(peer, msg)) {
		raft_note(raft, RAFT_NOTE_OLD_STORE, peer->id, msg->incarnation, 0, 0, 0);
		raft_refuse_store(raft, peer->id, msg->incarnation);
		return;
	}
	if (peer->state == RAFT_PEER_SNAPSHOT || (prev <= peer->match && !lost) ||
	    (peer->state == RAFT_PEER_PROBE && prev != peer->next - 1) || prev >= peer->next)
		return;
	if (lost)
		peer->match = 0;
	next = raft_log_find_conflict(&raft->log, msg->append_reply.hint_index,
				      msg->append_reply.hint_term, &term) + 1;
	if (next > prev)
		next = prev;
	if (next <= peer->match)
		next = peer->match + 1;
	peer->next = next;
	peer->state = RAFT_PEER_PROBE;
	peer->waiting = false;
	raft_note(raft, RAFT_NOTE_BACKUP, peer->id, was, next, 0, 0);
}

/*
 * A learner that joins has caught up when it has what the log held when the
 * round began (section 4.2.1).
 */
static void check_catch_up(struct raft *raft, struct raft_peer *peer)
{
	const struct raft_member *member = raft_member(raft, peer->id);

	if (!(member->flags & RAFT_MEMBER_JOINING) || peer->caught_up)
		return;
	if (!peer->catch_up)
		peer->catch_up = raft->log.last;
	if (peer->match < peer->catch_up)
		return;
	peer->caught_up = true;
	raft_note(raft, RAFT_NOTE_CAUGHT_UP, peer->id, peer->match, 0, 0, 0);
}

static void accepted(struct raft *raft, struct raft_peer *peer, const struct raft_msg *msg)
{
	u64 match = msg->append_reply.match;

	if (match > peer->match) {
		peer->match = match;
		peer->match_incarnation = msg->incarnation;
		peer->got_on = raft->log.last;
	}
	if (peer->next <= peer->match)
		peer->next = peer->match + 1;
	if (peer->state == RAFT_PEER_SNAPSHOT) {
		if (peer->next < raft->log.first)
			return;
		peer->chunk_index = 0;
	}
	peer->state = RAFT_PEER_REPLICATE;
	if (msg->append_reply.chunk_index == peer->chunk_index)
		raft_chunks_told(&peer->out, msg->append_reply.have);
	check_catch_up(raft, peer);
}

static struct raft_peer *answered(struct raft *raft, const struct raft_msg *msg, u64 round,
				  u64 arrived)
{
	struct raft_peer *peer = raft_peer(raft, msg->from);

	if (raft->role != RAFT_LEADER || !peer || round > raft->round) {
		raft_drop(raft, RAFT_DROP_STALE, msg->type);
		return NULL;
	}
	if (arrived > peer->heard)
		peer->heard = arrived;
	if (round > peer->acked_round)
		peer->acked_round = round;
	peer->inflight = 0;
	peer->waiting = false;
	return peer;
}

/**
 * raft_recv_append_reply() - a follower answered an append
 * @raft: the node
 * @msg: the answer, of our term
 * @arrived: when it reached this host
 */
void raft_recv_append_reply(struct raft *raft, const struct raft_msg *msg, u64 arrived)
{
	struct raft_peer *peer;

	if (msg->append_reply.match > raft->log.last) {
		raft_drop(raft, RAFT_DROP_FIELD, msg->type);
		return;
	}
	peer = answered(raft, msg, msg->append_reply.round, arrived);
	if (!peer)
		return;
	if (msg->flags & RAFT_FLAG_REJECT)
		rejected(raft, peer, msg);
	else
		accepted(raft, peer, msg);
}

/**
 * raft_recv_snapshot_reply() - a follower says which chunks it has
 * @raft: the node
 * @msg: the answer, of our term
 * @arrived: when it reached this host
 */
void raft_recv_snapshot_reply(struct raft *raft, const struct raft_msg *msg, u64 arrived)
{
	struct raft_peer *peer = answered(raft, msg, msg->snapshot_reply.round, arrived);

	if (!peer || peer->state != RAFT_PEER_SNAPSHOT ||
	    msg->snapshot_reply.index != peer->chunk_index)
		return;
	peer->got_on = raft->log.last;
	raft_chunks_told(&peer->out, msg->snapshot_reply.have);
}
