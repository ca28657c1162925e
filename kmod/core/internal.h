/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The inside of a node: its state, and what the files of the core offer
 * each other. Nobody outside kmod/core/ includes this.
 */
#ifndef RAFT_INTERNAL_H
#define RAFT_INTERNAL_H

#include <linux/types.h>
#include "chunks.h"
#include "log.h"
#include "members.h"
#include "quorum.h"
#include "raft.h"
#include "snapshot.h"
#include "value.h"
#include "wire.h"

#define RAFT_OUTBOX	16	/* short replies that wait for the next flush */
#define RAFT_ASSEMBLIES	2	/* large forwarded operations a leader puts together at once */
#define RAFT_STREAK	4	/* times after which a writer is taken for hasty */
#define RAFT_WINDOW	32	/* datagrams on their way to one follower */
#define RAFT_LAST_RESORT 8	/* election timeouts without a leader before a learner stands in */

/**
 * enum raft_peer_state - how the leader replicates to a member
 * @RAFT_PEER_PROBE: where the logs match is not known: one append, then wait
 * @RAFT_PEER_REPLICATE: appends are sent without waiting
 * @RAFT_PEER_SNAPSHOT: what it needs is gone from the log window
 */
enum raft_peer_state {
	RAFT_PEER_PROBE,
	RAFT_PEER_REPLICATE,
	RAFT_PEER_SNAPSHOT,
};

/**
 * enum raft_ballot - what a member said to our request for its vote
 * @RAFT_BALLOT_NONE: nothing yet
 * @RAFT_BALLOT_GRANTED: yes
 * @RAFT_BALLOT_REFUSED: no
 */
enum raft_ballot {
	RAFT_BALLOT_NONE,
	RAFT_BALLOT_GRANTED,
	RAFT_BALLOT_REFUSED,
};

/**
 * struct raft_peer - what this node keeps of a member, itself included
 * @id: the member
 * @incarnation: its newest start that was heard of
 * @nonce: the nonce of that, 0 if it is not known
 * @ballot: candidate: its answer
 * @ask: candidate: (re)send the request
 * @state: leader: &enum raft_peer_state
 * @waiting: leader: the probe is on its way
 * @beat: leader: send an append even if there is nothing new, and want a reply
 * @match: leader: highest index known to be durable there; only grows in a term
 * @match_incarnation: leader: the start in which it said so
 * @next: leader: next index to send; always above @match
 * @commit_sent: leader: the commit index it was told
 * @inflight: leader: datagrams sent since it last answered
 * @heard: leader: arrival of its last answer, microseconds
 * @got_on: leader: the last index of our log when it last got on
 * @acked_round: leader: highest round it answered
 * @op_seq: leader: its newest operation in our log
 * @catch_up: leader: a joining learner has caught up when @match gets here
 * @caught_up: leader: it has
 * @read_id: leader: its open question for a read index, 0 for none
 * @read_round: leader: the round that answers it
 * @read_index: leader: the answer
 * @chunk_index: leader: large entry or snapshot that is being sent, 0 for none
 * @out: leader: which of its chunks it has
 * @sent: leader: which of its chunks were sent since the last heartbeat
 */
struct raft_peer {
	u64 id;
	u32 incarnation;
	u32 nonce;
	u32 match_incarnation;
	enum raft_ballot ballot;
	bool ask;
	enum raft_peer_state state;
	bool waiting;
	bool beat;
	u64 match;
	u64 next;
	u64 commit_sent;
	u32 inflight;
	u64 heard;
	u64 got_on;
	u64 acked_round;
	u64 op_seq;
	u64 catch_up;
	bool caught_up;
	u64 read_id;
	u64 read_round;
	u64 read_index;
	u64 chunk_index;
	struct raft_chunks out;
	u64 sent[2];
};

/**
 * enum raft_op_state - where an operation of this node is
 * @RAFT_OP_FREE: slot not in use, or cancelled
 * @RAFT_OP_WAITING: nobody else has seen it
 * @RAFT_OP_SENT: it is in a log or on its way to a leader
 * @RAFT_OP_DONE: its end waits for room in an update
 */
enum raft_op_state {
	RAFT_OP_FREE,
	RAFT_OP_WAITING,
	RAFT_OP_SENT,
	RAFT_OP_DONE,
};

/**
 * struct raft_op - an operation of this node
 * @state: &enum raft_op_state
 * @kind: &enum raft_op_kind
 * @len: bytes of @data
 * @cookie: the caller's name for it
 * @data: the caller's bytes
 * @expect: expected revision
 * @revision: the result
 * @status: the result
 */
struct raft_op {
	enum raft_op_state state;
	enum raft_op_kind kind;
	u32 len;
	u64 cookie;
	const u8 *data;
	u64 expect;
	u64 revision;
	enum raft_status status;
};

/**
 * struct raft_assembly - a large operation that a leader puts together
 * @from: the member that asked, 0 for an unused slot
 * @op: the operation, without its data
 * @used: when a chunk came last, microseconds
 * @chunks: which chunks are there
 * @data: the bytes
 */
struct raft_assembly {
	u64 from;
	struct raft_entry op;
	u64 used;
	struct raft_chunks chunks;
	u8 *data;
};

/**
 * struct raft_writer - what a leader knows of who wrote last
 * @index: of the entry
 * @appended: when that got into the log, microseconds
 * @committed: when the last that was waited for was committed
 * @took: how long that had been in the log by then, microseconds
 * @streak: how often in a row the next came soon after that
 */
struct raft_writer {
	u64 index;
	u64 appended;
	u64 committed;
	u64 took;
	u32 streak;
};

/**
 * struct raft_outmsg - a short message that waits for the next flush
 * @msg: the message
 * @addr: where to, if @msg.to is not a member
 */
struct raft_outmsg {
	struct raft_msg msg;
	struct raft_addr addr;
};

/**
 * struct raft - a node
 * @params: what it was made with
 * @now: time of the current step, microseconds
 * @rand: state of the random numbers
 * @role: &enum raft_role
 * @term: current term
 * @vote: whom it voted for in @term, 0 for nobody
 * @leader: leader of @term, 0 if not known
 * @heard: when that leader was last heard, microseconds
 * @leader_addr: where it was last heard from; it may not be in our configuration yet
 * @from: where the newest datagram came from
 * @is_member: in its own applied configuration
 * @removed: not any more, or told so
 * @failed: %RAFT_OK, or why it promises nothing any more
 * @transfer_asked: the campaign is at the leader's request
 * @commit: commit index
 * @applied: applied index
 * @verified: highest index verified against the leader of @term
 * @config: configuration in force, the newest in the log
 * @config_applied: configuration as of @applied
 * @votes_in: index of the newest configuration in which this node votes, 0 for none
 * @config_scratch: a configuration while it is being made; too large for a stack
 * @peer: one slot for each member of @config, in the same order
 * @peer_old: the slots while @config changes; too large for a stack
 * @log: the log window
 * @value: the state machine
 *
 * @durable_term: term on the store
 * @durable_vote: vote on the store
 * @durable: highest index on the store
 * @stored: highest index handed to the store
 * @truncate: entries from here on must be voided on the store, 0 for none
 * @snapshot_dirty: the whole state must be written
 * @snapshotted: index of the newest state that was handed to the store
 * @promised: what the store lost was acknowledged up to here, 0 for nothing
 * @promised_term: the term of the entry there
 * @full_since: since when the log is full for want of a slow follower, 0 for not
 * @persist: the write under way; its @seq is 0 if there is none
 * @persist_seq: number of the last write
 * @persist_since: when it began, microseconds
 *
 * @election_at: when the election timer fires
 * @started: when the present election timeout began
 * @heartbeat_at: leader: next heartbeat; candidate: next repeat
 * @retry_at: when unanswered requests to the leader are repeated; 0 if there are none
 * @retry_progress: what tells whether any was answered since @retry_at was set
 * @round: leader: number of the last round of appends
 * @round_sent: leader: the last of them that any datagram carried
 * @opened: leader: index of the no-op of @term
 * @writer: leader: who wrote last
 * @told: leader: what was committed when the last heartbeat left
 * @tell_at: leader: from when on those are told what is committed that nothing else was
 *	sent to since
 * @transfer_to: leader: whom leadership is handed to, 0 for nobody
 * @transfer_at: leader: when the attempt ends
 * @transfer_ask: leader: (re)send the request to take over
 * @transfer_from: leader: who asked for the newest attempt
 * @transfer_id: leader: under which id
 *
 * @ack: follower: an append reply is due
 * @ack_round: highest round heard in @term
 * @reject: it is a rejection, of @reject_prev
 * @reject_prev: see @reject
 * @hint_index: see &struct raft_wire_append_reply
 * @hint_term: see &struct raft_wire_append_reply
 * @part: the entry that is being assembled at the end of the log
 * @part_chunks: which chunks are there; total 0 for none
 *
 * @snap: buffer for a snapshot, sent (leader) or being received (follower)
 * @snap_size: its bytes
 * @snap_index: index of the snapshot in it, 0 for none
 * @snap_term: its term
 * @snap_check: its hash
 * @snap_chunks: follower: which chunks are there; leader: only its total
 * @snap_ack: follower: a snapshot reply is due
 *
 * @ops: operations of this node, a ring indexed by sequence number
 * @op_head: oldest sequence number in the ring
 * @op_next: next sequence number
 * @ops_sent: how many in the ring are %RAFT_OP_SENT
 * @op_barrier: newest that is no plain write
 * @ops_ended: how many in the ring have ended, which the caller is to be told
 * @op_logged: newest operation of this node in its own log or state
 * @refused: an operation that did not get into the ring, its cookie is 0 for none
 * @forward_next: next to forward
 * @forward_index: large operation that is being forwarded
 * @forward_out: which of its chunks the leader has
 * @forward_sent: which of its chunks were sent
 * @assembly: see &struct raft_assembly
 *
 * @read_next: ticket that the next reader gets
 * @read_open: somebody has that ticket
 * @read_ticket: batch that is being confirmed, 0 for none
 * @read_id: follower: question to the leader
 * @read_ask: follower: (re)send it
 * @read_round: leader: the round that confirms it, 0 before it is sent
 * @read_index: where the state must be, 0 before it is known
 * @read_done: last batch that was confirmed and applied
 *
 * @admin_id: the change that this node asked for, 0 for none
 * @admin_next: id of the next one
 * @admin_ask: (re)send it
 * @admin: what
 * @admin_target: of whom
 * @admin_leader: transfer: who led when it was asked
 * @admin_until: transfer: when it has failed
 * @admin_status: its end; %RAFT_PENDING until then
 *
 * @joined: see &struct raft_update
 * @join_addr: whom to ask
 * @join_seed: whom to ask when nobody answers there
 * @join_answered: somebody has answered since the question was last sent
 * @join_ask: (re)send the question
 * @join_refused: when the label was first refused as in use, microseconds, 0 for never
 *
 * @outbox: short replies
 * @n_outbox: how many
 * @changed: role, term or leader changed in this step
 * @config_changed: the configuration changed in this step
 * @last_change: the newest role change
 * @stats: the counters
 */
struct raft {
	struct raft_params params;
	u64 now;
	u64 rand;

	enum raft_role role;
	u64 term;
	u64 vote;
	u64 leader;
	u64 heard;
	struct raft_addr leader_addr;
	struct raft_addr from;
	bool is_member;
	bool removed;
	enum raft_status failed;
	bool transfer_asked;
	u64 commit;
	u64 applied;
	u64 verified;
	struct raft_config config;
	struct raft_config config_applied;
	u64 votes_in;
	struct raft_config config_scratch;
	struct raft_peer peer[RAFT_MEMBERS_MAX];
	struct raft_peer peer_old[RAFT_MEMBERS_MAX];
	struct raft_log log;
	struct raft_value value;

	u64 durable_term;
	u64 durable_vote;
	u64 durable;
	u64 stored;
	u64 truncate;
	bool snapshot_dirty;
	u64 snapshotted;
	u64 promised;
	u64 promised_term;
	u64 full_since;
	struct raft_persist persist;
	u64 persist_seq;
	u64 persist_since;

	u64 election_at;
	u64 started;
	u64 heartbeat_at;
	u64 retry_at;
	u64 retry_progress;
	u64 round;
	u64 round_sent;
	u64 opened;
	struct raft_writer writer;
	u64 told;
	u64 tell_at;
	u64 transfer_to;
	u64 transfer_at;
	bool transfer_ask;
	u64 transfer_from;
	u64 transfer_id;

	bool ack;
	u64 ack_round;
	bool reject;
	u64 reject_prev;
	u64 hint_index;
	u64 hint_term;
	struct raft_entry part;
	struct raft_chunks part_chunks;

	u8 *snap;
	size_t snap_size;
	u64 snap_index;
	u64 snap_term;
	u64 snap_check;
	struct raft_chunks snap_chunks;
	bool snap_ack;

	struct raft_op ops[RAFT_OPS_MAX];
	u64 op_head;
	u64 op_next;
	u32 ops_sent;
	u64 op_barrier;
	u32 ops_ended;
	u64 op_logged;
	struct raft_done refused;
	u64 forward_next;
	u64 forward_index;
	struct raft_chunks forward_out;
	u64 forward_sent[2];
	struct raft_assembly assembly[RAFT_ASSEMBLIES];

	u64 read_next;
	bool read_open;
	u64 read_ticket;
	u64 read_id;
	bool read_ask;
	u64 read_round;
	u64 read_index;
	u64 read_done;

	u64 admin_id;
	u64 admin_next;
	bool admin_ask;
	enum raft_admin admin;
	u64 admin_target;
	u64 admin_leader;
	u64 admin_until;
	enum raft_status admin_status;

	enum raft_status joined;
	struct raft_addr join_addr;
	struct raft_addr join_seed;
	bool join_ask;
	bool join_answered;
	u64 join_refused;

	struct raft_outmsg outbox[RAFT_OUTBOX];
	u32 n_outbox;
	bool changed;
	bool config_changed;
	struct raft_change last_change;
	struct raft_stats stats;
};

/* note.c */
void raft_note(struct raft *raft, enum raft_note note, u64 a, u64 b, u64 c, u64 d, u64 e);

/* raft.c */
u32 raft_log_room(u32 value_max);
u64 raft_heartbeat_us(const struct raft *raft);
u64 raft_election_us(const struct raft *raft);
u64 raft_random(struct raft *raft);
void raft_queue(struct raft *raft, const struct raft_msg *msg);
struct raft_send *raft_send_begin(struct raft *raft, struct raft_update *update,
				  struct raft_msg *msg, u64 to, const struct raft_addr *addr);
struct raft_peer *raft_peer(struct raft *raft, u64 id);
const struct raft_member *raft_member(const struct raft *raft, u64 id);
void raft_config_set(struct raft *raft, const struct raft_config *config);
bool raft_append(struct raft *raft, struct raft_entry *entry);
bool raft_make_room(struct raft *raft, u32 len);
void raft_truncate(struct raft *raft, u64 from);
void raft_commit_to(struct raft *raft, u64 index);
void raft_state_replaced(struct raft *raft);
void raft_set_removed(struct raft *raft, u64 index);
bool raft_may_vote(const struct raft *raft);
bool raft_may_campaign(const struct raft *raft);
bool raft_leader_alive(const struct raft *raft);

/* receive.c */
void raft_drop(struct raft *raft, enum raft_drop why, u8 type);
void raft_refuse_store(struct raft *raft, u64 id, u32 incarnation);
void raft_receive(struct raft *raft, const struct raft_event *event);

/* persist.c */
bool raft_is_durable(const struct raft *raft);
u64 raft_durable(const struct raft *raft);
bool raft_disk_stalled(const struct raft *raft);
void raft_fail(struct raft *raft, enum raft_status status, enum raft_reason why);
void raft_persisted(struct raft *raft, const struct raft_event *event);
void raft_promise_settle(struct raft *raft);
void raft_persist(struct raft *raft, struct raft_update *update);

/* election.c */
void raft_become_follower(struct raft *raft, u64 term, u64 leader, enum raft_reason reason,
			  u64 who, u32 ms);
void raft_election_reset(struct raft *raft);
void raft_election_timer(struct raft *raft);
void raft_election_settle(struct raft *raft);
void raft_election_flush(struct raft *raft, struct raft_update *update);
void raft_recv_vote(struct raft *raft, const struct raft_msg *msg);
void raft_recv_vote_reply(struct raft *raft, const struct raft_msg *msg);
void raft_recv_timeout_now(struct raft *raft, const struct raft_msg *msg);

/* leader.c */
void raft_leader_start(struct raft *raft);
void raft_leader_timer(struct raft *raft);
u64 raft_leader_wake(struct raft *raft);
void raft_leader_settle(struct raft *raft);
void raft_leader_flush(struct raft *raft, struct raft_update *update);
bool raft_leader_is_open(const struct raft *raft);
u64 raft_leader_contact(const struct raft *raft);
u64 raft_leader_new_round(struct raft *raft);
bool raft_leader_confirmed(const struct raft *raft, u64 round, u64 asker);
bool raft_leader_append(struct raft *raft, struct raft_entry *entry);
bool raft_leader_append_op(struct raft *raft, struct raft_entry *entry);
bool raft_leader_hears(const struct raft *raft, u64 id);
void raft_recv_append_reply(struct raft *raft, const struct raft_msg *msg, u64 arrived);
void raft_recv_snapshot_reply(struct raft *raft, const struct raft_msg *msg, u64 arrived);

/* follower.c */
void raft_recv_append(struct raft *raft, struct raft_msg *msg, u64 arrived);
void raft_recv_entry_chunk(struct raft *raft, const struct raft_msg *msg, u64 arrived);
void raft_recv_snapshot_chunk(struct raft *raft, const struct raft_msg *msg, u64 arrived);
void raft_follower_flush(struct raft *raft, struct raft_update *update);
void raft_follower_stale_leader(struct raft *raft, const struct raft_msg *msg);

/* ops.c */
void raft_op_submit(struct raft *raft, const struct raft_event *event);
bool raft_op_cancel(struct raft *raft, u64 cookie);
void raft_op_applied(struct raft *raft, const struct raft_entry *entry, enum raft_status status,
		     u64 revision);
bool raft_op_valid(const struct raft *raft, const struct raft_entry *op);
void raft_op_settle(struct raft *raft);
void raft_op_retry(struct raft *raft);
bool raft_op_outstanding(const struct raft *raft);
void raft_op_leader_changed(struct raft *raft);
void raft_op_replaced(struct raft *raft);
void raft_op_recount(struct raft *raft);
void raft_op_fail(struct raft *raft, enum raft_status status);
void raft_op_forward(struct raft *raft, struct raft_update *update);
void raft_op_flush(struct raft *raft, struct raft_update *update);
void raft_recv_forward(struct raft *raft, struct raft_msg *msg);
void raft_recv_op_chunk(struct raft *raft, const struct raft_msg *msg);
void raft_recv_op_chunk_reply(struct raft *raft, const struct raft_msg *msg);

/* read.c */
u64 raft_read_submit(struct raft *raft);
void raft_read_leader_changed(struct raft *raft);
void raft_read_settle(struct raft *raft);
void raft_read_flush(struct raft *raft, struct raft_update *update);
void raft_recv_read(struct raft *raft, const struct raft_msg *msg);
void raft_recv_read_reply(struct raft *raft, const struct raft_msg *msg);

/* change.c */
void raft_admin_submit(struct raft *raft, const struct raft_event *event);
void raft_admin_settle(struct raft *raft);
void raft_join_retry(struct raft *raft);
void raft_admin_flush(struct raft *raft, struct raft_update *update);
void raft_change_settle(struct raft *raft);
void raft_recv_change(struct raft *raft, const struct raft_msg *msg);
void raft_recv_change_reply(struct raft *raft, const struct raft_msg *msg);
void raft_recv_join(struct raft *raft, const struct raft_msg *msg);
void raft_recv_join_reply(struct raft *raft, const struct raft_msg *msg);

#endif /* RAFT_INTERNAL_H */
