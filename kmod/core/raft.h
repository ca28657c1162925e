/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The contract between the Raft core and whoever drives it.
 *
 * The core is one pure state machine: an event goes in, an update comes out.
 * It takes no lock, allocates nothing, reads no clock, prints nothing, and
 * draws its randomness from a seed, so the same events always give the same
 * updates. The kernel module drives it from one kthread per node; the tests
 * drive many of them in one process.
 *
 *	raft_step(raft, event, update)
 *
 * The duties of the caller after every step, the first two in any order:
 *
 *  1. start writing what @update->persist names, and report the end of that
 *     write with %RAFT_EV_PERSISTED (a volatile node has nothing to write);
 *  2. send every datagram of @update->send;
 *  3. wake the waiters of @update->done, of the read tickets up to
 *     @update->read_done, and of @update->admin;
 *  4. if @update->again, step once more with %RAFT_EV_CONTINUE;
 *  5. step with %RAFT_EV_TIMER when @update->wake is reached.
 *
 * The core itself holds back what depends on a write until that write is
 * reported, so nobody needs to delay a datagram of step 2.
 *
 * "dissertation" in these files is Diego Ongaro, "Consensus: Bridging Theory
 * and Practice", Stanford 2014; its figure and section numbers are quoted at
 * the code that implements them.
 */
#ifndef RAFT_H
#define RAFT_H

#include <linux/types.h>

#define RAFT_MEMBERS_MAX	16	/* members of one cluster, learners included */
#define RAFT_LABEL_LEN		32	/* bytes of a member's label, the NUL included */
#define RAFT_VALUE_LIMIT	65536	/* the largest value_max a cluster can have, bytes */
#define RAFT_DGRAM_MAX		1168	/* bytes of one datagram before it is sealed */
#define RAFT_CHUNK		1024	/* bytes of a blob that one datagram carries */
#define RAFT_LOG_SLOTS		256	/* entries that the log window holds at most */
#define RAFT_OPS_MAX		256	/* operations of this node that may be waiting */
#define RAFT_SENDS		16	/* datagrams in one update */
#define RAFT_DONES		32	/* finished operations in one update */

/* Defaults of the times that a cluster agrees on, in milliseconds. */
#define RAFT_HEARTBEAT_MS	50
#define RAFT_ELECTION_MS	150

/**
 * enum raft_role - what a node is in its term (dissertation, figure 3.3)
 * @RAFT_FOLLOWER: follows the leader of its term, if it knows one
 * @RAFT_PRE_CANDIDATE: asks whether it could win before it raises the term
 *	(dissertation section 9.6)
 * @RAFT_CANDIDATE: asks for votes in its own term
 * @RAFT_LEADER: orders the log of its term
 * @RAFT_ROLES: how many there are
 */
enum raft_role {
	RAFT_FOLLOWER,
	RAFT_PRE_CANDIDATE,
	RAFT_CANDIDATE,
	RAFT_LEADER,
	RAFT_ROLES,
};

/**
 * enum raft_reason - why the role or the leader changed
 * @RAFT_WHY_START: the node started
 * @RAFT_WHY_TIMEOUT: no leader was heard for @ms milliseconds
 * @RAFT_WHY_TRANSFER: the leader asked this node to take over
 * @RAFT_WHY_PREVOTE_WON: a majority would vote for this node
 * @RAFT_WHY_ELECTED: a majority voted for this node
 * @RAFT_WHY_SAW_LEADER: member @who leads this term
 * @RAFT_WHY_HIGHER_TERM: member @who is in a later term
 * @RAFT_WHY_LOST_QUORUM: this leader heard no majority for @ms milliseconds
 * @RAFT_WHY_DISK_STALLED: a write to the own store made no progress for @ms milliseconds
 * @RAFT_WHY_DISK_FAILED: a write to the own store failed
 * @RAFT_WHY_OLD_STORE: the own store is older than what this member has acknowledged
 * @RAFT_WHY_REMOVED: this member is no longer part of the cluster
 * @RAFT_REASONS: how many there are
 */
enum raft_reason {
	RAFT_WHY_START,
	RAFT_WHY_TIMEOUT,
	RAFT_WHY_TRANSFER,
	RAFT_WHY_PREVOTE_WON,
	RAFT_WHY_ELECTED,
	RAFT_WHY_SAW_LEADER,
	RAFT_WHY_HIGHER_TERM,
	RAFT_WHY_LOST_QUORUM,
	RAFT_WHY_DISK_STALLED,
	RAFT_WHY_DISK_FAILED,
	RAFT_WHY_OLD_STORE,
	RAFT_WHY_REMOVED,
	RAFT_REASONS,
};

/**
 * enum raft_status - how an operation, a change or a join ended
 * @RAFT_OK: done
 * @RAFT_PENDING: accepted and under way
 * @RAFT_CONFLICT: compare-and-set found another revision
 * @RAFT_UNKNOWN: it may or may not have been applied
 * @RAFT_QUEUE_FULL: %RAFT_OPS_MAX operations wait already; it was not applied and never will be
 * @RAFT_TOO_BIG: the value is larger than the cluster's value_max
 * @RAFT_NO_LEADER: no leader is known; it was not done
 * @RAFT_RETRY: the leader can not do it yet (its term has committed nothing,
 *	another change is under way, a transfer runs)
 * @RAFT_NOT_MEMBER: this node is not (or no longer) a member
 * @RAFT_NO_SUCH_MEMBER: the named member does not exist
 * @RAFT_LABEL_IN_USE: a member that is alive has this label
 * @RAFT_CLUSTER_FULL: the cluster has %RAFT_MEMBERS_MAX members
 * @RAFT_LAST_VOTER: the last voter can not be removed
 * @RAFT_SILENT: the named member does not answer the leader
 * @RAFT_NOT_VOTER: the named member has no vote
 * @RAFT_VALUE_MAX_DIFFERS: the joining node was made for another value_max
 * @RAFT_TRANSFER_FAILED: the target did not take over within an election timeout
 * @RAFT_DISK_FAILED: the node's store failed and the node promises nothing more
 * @RAFT_OLD_STORE: the node's store is older than what the member has acknowledged: an
 *	old copy was put back. It promises nothing more and must not be started again.
 * @RAFT_STATUSES: how many there are
 */
enum raft_status {
	RAFT_OK,
	RAFT_PENDING,
	RAFT_CONFLICT,
	RAFT_UNKNOWN,
	RAFT_QUEUE_FULL,
	RAFT_TOO_BIG,
	RAFT_NO_LEADER,
	RAFT_RETRY,
	RAFT_NOT_MEMBER,
	RAFT_NO_SUCH_MEMBER,
	RAFT_LABEL_IN_USE,
	RAFT_CLUSTER_FULL,
	RAFT_LAST_VOTER,
	RAFT_SILENT,
	RAFT_NOT_VOTER,
	RAFT_VALUE_MAX_DIFFERS,
	RAFT_TRANSFER_FAILED,
	RAFT_DISK_FAILED,
	RAFT_OLD_STORE,
	RAFT_STATUSES,
};

/**
 * struct raft_addr - where a member listens; the core only copies and compares it
 * @family: 4, 6, or 0 for none
 * @port: UDP port, host byte order
 * @scope: IPv6 scope id, else 0
 * @ip: the address, network byte order, IPv4 in the first four bytes, the rest zero
 */
struct raft_addr {
	u16 family;
	u16 port;
	u32 scope;
	u8 ip[16];
};

/**
 * enum raft_member_flags - what a member is in a configuration
 * @RAFT_MEMBER_VOTER: votes in this configuration (in C_new while it is joint)
 * @RAFT_MEMBER_OLD: votes in C_old; only while the configuration is joint
 * @RAFT_MEMBER_JOINING: a learner that gets a vote once it has caught up
 */
enum raft_member_flags {
	RAFT_MEMBER_VOTER	= 1 << 0,
	RAFT_MEMBER_OLD		= 1 << 1,
	RAFT_MEMBER_JOINING	= 1 << 2,
};

/**
 * struct raft_member - one member of a configuration
 * @id: random, minted when the member's store is formatted, never 0
 * @addr: where it listens
 * @flags: &enum raft_member_flags; none of them set is a learner
 * @label: its name for people, NUL terminated
 */
struct raft_member {
	u64 id;
	struct raft_addr addr;
	u32 flags;
	char label[RAFT_LABEL_LEN];
};

/**
 * struct raft_config - a configuration: the members and what they agreed on
 * @index: index of the entry that carries it
 * @heartbeat_ms: the leader's heartbeat interval, milliseconds
 * @election_ms: the least election timeout, milliseconds; the largest is just under twice that
 * @value_max: largest value, bytes
 * @n: used slots of @member
 * @joint: C_old,new of the dissertation's section 4.3: a decision takes a
 *	majority of the old voters and one of the new
 * @member: the members, in order of their ids
 */
struct raft_config {
	u64 index;
	u32 heartbeat_ms;
	u32 election_ms;
	u32 value_max;
	u16 n;
	bool joint;
	struct raft_member member[RAFT_MEMBERS_MAX];
};

/**
 * enum raft_entry_kind - what a log entry does
 * @RAFT_ENTRY_NOOP: nothing; opens a term (dissertation section 6.4, step 1)
 * @RAFT_ENTRY_WRITE: replaces the value
 * @RAFT_ENTRY_CAS: replaces the value if the revision is the expected one
 * @RAFT_ENTRY_CONFIG: takes effect as the configuration when it is appended
 * @RAFT_ENTRY_KINDS: how many there are
 */
enum raft_entry_kind {
	RAFT_ENTRY_NOOP,
	RAFT_ENTRY_WRITE,
	RAFT_ENTRY_CAS,
	RAFT_ENTRY_CONFIG,
	RAFT_ENTRY_KINDS,
};

/**
 * struct raft_entry - one entry of the log
 * @index: its place
 * @term: the term whose leader made it
 * @origin: the member that asked for it, 0 for the leader's own
 * @seq: the operation's number at @origin
 * @expect: %RAFT_ENTRY_CAS: the revision that it expects
 * @absorbed: %RAFT_ENTRY_WRITE: how many writes of @origin, numbered up to @seq - 1, it
 *	stands for beside its own: each made a revision that nobody could see
 * @hash: hash of the committed state after it, set when it is applied
 * @kind: &enum raft_entry_kind
 * @len: bytes of its data
 * @data: the data, inside the log; good until the next step
 */
struct raft_entry {
	u64 index;
	u64 term;
	u64 origin;
	u64 seq;
	union {
		u64 expect;
		u64 absorbed;
	};
	u64 hash;
	u32 kind;
	u32 len;
	const u8 *data;
};

/**
 * enum raft_drop - why a datagram was not believed
 * @RAFT_DROP_SHORT: shorter than its type needs
 * @RAFT_DROP_LONG: longer than its type says, or than %RAFT_DGRAM_MAX
 * @RAFT_DROP_VERSION: of an unknown version
 * @RAFT_DROP_TYPE: of an unknown type
 * @RAFT_DROP_CLUSTER: of another cluster
 * @RAFT_DROP_RECEIVER: meant for another member
 * @RAFT_DROP_STRANGER: its sender is not a member and may not say this
 * @RAFT_DROP_FIELD: a field is out of its range
 * @RAFT_DROP_STALE: of an earlier term, or answers something no longer asked
 * @RAFT_DROP_CONFLICT: contradicts what is committed
 * @RAFT_DROPS: how many there are
 */
enum raft_drop {
	RAFT_DROP_SHORT,
	RAFT_DROP_LONG,
	RAFT_DROP_VERSION,
	RAFT_DROP_TYPE,
	RAFT_DROP_CLUSTER,
	RAFT_DROP_RECEIVER,
	RAFT_DROP_STRANGER,
	RAFT_DROP_FIELD,
	RAFT_DROP_STALE,
	RAFT_DROP_CONFLICT,
	RAFT_DROPS,
};

/**
 * enum raft_note - a decision the core explains through &raft_params.note
 * @RAFT_NOTE_ROLE: old role, new role, reason, who, ms
 * @RAFT_NOTE_TERM: old term, new term
 * @RAFT_NOTE_LEADER: the leader now known, 0 for none
 * @RAFT_NOTE_VOTE_GRANTED: candidate, term, 1 if pre-vote
 * @RAFT_NOTE_VOTE_REFUSED: candidate, term, 1 if pre-vote, enum raft_refusal
 * @RAFT_NOTE_VOTE_IGNORED: candidate, term, leader: the leader was heard lately
 * @RAFT_NOTE_LATE_TIMER: how late, us
 * @RAFT_NOTE_REJECT: leader, prev index, prev term, hint index, hint term
 * @RAFT_NOTE_BACKUP: follower, next index was, next index is
 * @RAFT_NOTE_TRUNCATE: first index dropped, last index dropped
 * @RAFT_NOTE_APPEND: index, term, kind, origin, seq
 * @RAFT_NOTE_COMMIT: commit index was, commit index is
 * @RAFT_NOTE_APPLY: index, kind, origin, seq, revision after
 * @RAFT_NOTE_DUPLICATE: index, origin, seq: applied before, skipped
 * @RAFT_NOTE_COMPACT: first index kept
 * @RAFT_NOTE_SNAPSHOT_SEND: follower, index, term, bytes
 * @RAFT_NOTE_SNAPSHOT_INSTALL: index, term, bytes
 * @RAFT_NOTE_SNAPSHOT_BAD: index, term: its hash does not match
 * @RAFT_NOTE_CONFIG: index, members, voters, 1 if joint
 * @RAFT_NOTE_CAUGHT_UP: learner, index
 * @RAFT_NOTE_REMOVED: index of the configuration without this member
 * @RAFT_NOTE_TRANSFER: target
 * @RAFT_NOTE_TRANSFER_ENDED: target: it did not take over in time
 * @RAFT_NOTE_READ_ROUND: round, read index
 * @RAFT_NOTE_READ_DONE: ticket, read index
 * @RAFT_NOTE_DIVERGED: index, own hash, leader's hash
 * @RAFT_NOTE_JOIN: member, enum raft_status answered
 * @RAFT_NOTE_CHANGE: enum raft_admin, target, enum raft_status answered
 * @RAFT_NOTE_DISK_STALLED: ms without progress
 * @RAFT_NOTE_DISK_FAILED: sequence of the write under way, 0 if there was none
 * @RAFT_NOTE_OLD_STORE: member whose store is older than what it has acknowledged, its
 *	starts before
 * @RAFT_NOTE_DAMAGED: last index that was promised and may be lost, its term
 * @RAFT_NOTE_WHOLE: index up to which all is back
 * @RAFT_NOTE_DROP: enum raft_drop, message type
 * @RAFT_NOTE_RETRY: &enum raft_retry: what was not answered in time is asked again
 * @RAFT_NOTE_UNANSWERED: follower, datagrams with entries that it did not answer in time
 * @RAFT_NOTE_DEFERRED: origin, seq, &enum raft_defer: an operation is not taken yet
 * @RAFT_NOTE_LOG_FULL: first index, last index: the log has no room, and waits for it
 * @RAFT_NOTE_OUTBOX_FULL: receiver, message type: an answer is not sent
 * @RAFT_NOTES: how many there are
 *
 * Each is named with its arguments; what it says with them in place is in note.c.
 */
enum raft_note {
	RAFT_NOTE_ROLE,
	RAFT_NOTE_TERM,
	RAFT_NOTE_LEADER,
	RAFT_NOTE_VOTE_GRANTED,
	RAFT_NOTE_VOTE_REFUSED,
	RAFT_NOTE_VOTE_IGNORED,
	RAFT_NOTE_LATE_TIMER,
	RAFT_NOTE_REJECT,
	RAFT_NOTE_BACKUP,
	RAFT_NOTE_TRUNCATE,
	RAFT_NOTE_APPEND,
	RAFT_NOTE_COMMIT,
	RAFT_NOTE_APPLY,
	RAFT_NOTE_DUPLICATE,
	RAFT_NOTE_COMPACT,
	RAFT_NOTE_SNAPSHOT_SEND,
	RAFT_NOTE_SNAPSHOT_INSTALL,
	RAFT_NOTE_SNAPSHOT_BAD,
	RAFT_NOTE_CONFIG,
	RAFT_NOTE_CAUGHT_UP,
	RAFT_NOTE_REMOVED,
	RAFT_NOTE_TRANSFER,
	RAFT_NOTE_TRANSFER_ENDED,
	RAFT_NOTE_READ_ROUND,
	RAFT_NOTE_READ_DONE,
	RAFT_NOTE_DIVERGED,
	RAFT_NOTE_JOIN,
	RAFT_NOTE_CHANGE,
	RAFT_NOTE_DISK_STALLED,
	RAFT_NOTE_DISK_FAILED,
	RAFT_NOTE_OLD_STORE,
	RAFT_NOTE_DAMAGED,
	RAFT_NOTE_WHOLE,
	RAFT_NOTE_DROP,
	RAFT_NOTE_RETRY,
	RAFT_NOTE_UNANSWERED,
	RAFT_NOTE_DEFERRED,
	RAFT_NOTE_LOG_FULL,
	RAFT_NOTE_OUTBOX_FULL,
	RAFT_NOTES,
};

#define RAFT_NOTE_ARGS	5

/**
 * enum raft_refusal - why a vote was refused
 * @RAFT_REFUSE_TERM: the candidate's term is over
 * @RAFT_REFUSE_VOTED: the vote of this term is given to another
 * @RAFT_REFUSE_LOG: the candidate's log is behind
 * @RAFT_REFUSE_LEADER: this node leads or hears a leader
 * @RAFT_REFUSE_DAMAGED: this node's store lost what it had promised
 * @RAFT_REFUSALS: how many there are
 */
enum raft_refusal {
	RAFT_REFUSE_TERM,
	RAFT_REFUSE_VOTED,
	RAFT_REFUSE_LOG,
	RAFT_REFUSE_LEADER,
	RAFT_REFUSE_DAMAGED,
	RAFT_REFUSALS,
};

/**
 * enum raft_retry - what is asked again, as a mask
 * @RAFT_RETRY_OPS: operations
 * @RAFT_RETRY_READ: a read
 * @RAFT_RETRY_CHANGE: a change to the cluster
 * @RAFT_RETRY_JOIN: to be taken in
 * @RAFT_RETRY_VOTES: votes
 */
enum raft_retry {
	RAFT_RETRY_OPS		= 1 << 0,
	RAFT_RETRY_READ		= 1 << 1,
	RAFT_RETRY_CHANGE	= 1 << 2,
	RAFT_RETRY_JOIN		= 1 << 3,
	RAFT_RETRY_VOTES	= 1 << 4,
};

/**
 * enum raft_defer - why a leader does not take an operation yet
 * @RAFT_DEFER_STRANGER: who asks is no member
 * @RAFT_DEFER_TRANSFER: the leader hands over
 * @RAFT_DEFER_ORDER: one that was asked before it is missing
 * @RAFT_DEFER_ROOM: there is no room for it
 * @RAFT_DEFERS: how many there are
 */
enum raft_defer {
	RAFT_DEFER_STRANGER,
	RAFT_DEFER_TRANSFER,
	RAFT_DEFER_ORDER,
	RAFT_DEFER_ROOM,
	RAFT_DEFERS,
};

/**
 * enum raft_op_kind - what an operation asks for
 * @RAFT_OP_WRITE: replace the value
 * @RAFT_OP_CAS: replace it if the revision is @expect (0: never written)
 */
enum raft_op_kind {
	RAFT_OP_WRITE	= RAFT_ENTRY_WRITE,
	RAFT_OP_CAS	= RAFT_ENTRY_CAS,
};

/**
 * enum raft_admin - a change to the cluster that a member asks for
 * @RAFT_ADMIN_REMOVE: remove the target (the member itself: leave)
 * @RAFT_ADMIN_PROMOTE: give the target, a learner, a vote once it has caught up
 * @RAFT_ADMIN_TRANSFER: make the target the leader; 0 picks the voter that is furthest
 * @RAFT_ADMINS: how many there are
 */
enum raft_admin {
	RAFT_ADMIN_REMOVE,
	RAFT_ADMIN_PROMOTE,
	RAFT_ADMIN_TRANSFER,
	RAFT_ADMINS,
};

/**
 * enum raft_event_type - what happened
 * @RAFT_EV_TIMER: &raft_update.wake was reached (early is harmless)
 * @RAFT_EV_RECV: a datagram arrived
 * @RAFT_EV_OP: a program on this host wants to change the value
 * @RAFT_EV_CANCEL: the program gave up; @data of that operation is not touched again
 * @RAFT_EV_READ: a program wants a linearizable read; its ticket is in the update
 * @RAFT_EV_ADMIN: a change to the cluster is wanted
 * @RAFT_EV_PERSISTED: the write that &raft_update.persist asked for has ended
 * @RAFT_EV_CONTINUE: nothing happened; the last update was full
 */
enum raft_event_type {
	RAFT_EV_TIMER,
	RAFT_EV_RECV,
	RAFT_EV_OP,
	RAFT_EV_CANCEL,
	RAFT_EV_READ,
	RAFT_EV_ADMIN,
	RAFT_EV_PERSISTED,
	RAFT_EV_CONTINUE,
};

/**
 * struct raft_event - one thing that happened
 * @type: &enum raft_event_type, says which member of the union counts
 * @more: further events follow at once; replies may wait for the last of
 *	them, so that a burst is answered once, and what programs want is begun once
 * @now: monotonic time, microseconds; never goes back
 * @recv: the datagram, opened: @recv.data is not kept; @recv.arrived is when it
 *	reached the host (at most @now), @recv.from where it came from
 * @op: @op.cookie names it and is never 0; @op.data must stay until it is done or cancelled
 * @cancel: the cookie of the operation
 * @admin: &enum raft_admin; a new one takes the place of one that still waits
 * @persisted: &raft_persist.seq of the write; @persisted.error ends all promises of the node.
 *	A store may find out by itself that it has failed: then 0
 */
struct raft_event {
	enum raft_event_type type;
	bool more;
	u64 now;
	union {
		struct {
			const u8 *data;
			u32 len;
			u64 arrived;
			struct raft_addr from;
		} recv;
		struct {
			u64 cookie;
			enum raft_op_kind kind;
			const u8 *data;
			u32 len;
			u64 expect;
		} op;
		struct {
			u64 cookie;
		} cancel;
		struct {
			enum raft_admin what;
			u64 target;
		} admin;
		struct {
			u64 seq;
			bool error;
		} persisted;
	};
};

/**
 * struct raft_send - one datagram to send
 * @to: the member, 0 if only its address is known
 * @addr: where to
 * @len: bytes of @data
 * @data: the datagram, not yet sealed
 */
struct raft_send {
	u64 to;
	struct raft_addr addr;
	u32 len;
	u8 data[RAFT_DGRAM_MAX];
};

/**
 * struct raft_done - an operation that ended
 * @cookie: which
 * @status: %RAFT_OK, %RAFT_CONFLICT, %RAFT_UNKNOWN, or why it was refused
 * @revision: the revision it made, or that it met (%RAFT_CONFLICT); 0 if not known
 */
struct raft_done {
	u64 cookie;
	enum raft_status status;
	u64 revision;
};

/**
 * struct raft_persist - one write to the store; there is never more than one under way
 * @seq: names the write; 0: nothing to write
 * @term: term of the hard state
 * @vote: vote of the hard state
 * @snapshot: the whole state (raft_snapshot_encode()) replaces the log first; the
 *	entries from @first on follow it, whether they were written before or not
 * @truncate: if not 0, entries from this index on are void before @first is appended
 * @first: first entry to append, 0 for none
 * @last: last entry to append
 * @promised: see raft_restore_promise(); part of the hard state, 0 for none
 * @promised_term: its term
 *
 * Hard state is one record with all its fields, never two: a vote without its
 * term is a second vote. All of it is durable, or none of it counts.
 */
struct raft_persist {
	u64 seq;
	u64 term;
	u64 vote;
	bool snapshot;
	u64 truncate;
	u64 first;
	u64 last;
	u64 promised;
	u64 promised_term;
};

/**
 * struct raft_change - a role change, or a new leader, and why
 * @now: when, microseconds
 * @term: in which term
 * @was: the role before
 * @role: the role after
 * @reason: &enum raft_reason
 * @who: the member that @reason speaks of, or 0
 * @ms: the milliseconds that @reason speaks of
 */
struct raft_change {
	u64 now;
	u64 term;
	enum raft_role was;
	enum raft_role role;
	enum raft_reason reason;
	u64 who;
	u32 ms;
};

/**
 * struct raft_update - what the caller has to do now
 * @persist: write this
 * @n_send: datagrams in @send
 * @n_done: operations in @done
 * @again: there is more than fits here: step with %RAFT_EV_CONTINUE
 * @failed: %RAFT_OK, or why this node promises nothing any more: %RAFT_DISK_FAILED or
 *	%RAFT_OLD_STORE; whoever reads without a ticket or waits with one is to be told
 * @role_changed: role, term or leader changed
 * @applied: the applied index moved; the value may have changed
 * @config_changed: a configuration took effect
 * @joined: this node's own place in the cluster: %RAFT_PENDING until its join
 *	is applied, then %RAFT_OK; anything else is the refusal of the join and final:
 *	the node hears and says nothing more
 * @admin_ended: the change that %RAFT_EV_ADMIN asked for has ended with @admin
 * @admin: see @admin_ended
 * @cancel_unsent: answer to %RAFT_EV_CANCEL: nobody but this node has seen the
 *	operation, it was not applied and never will be
 * @read_ticket: answer to %RAFT_EV_READ: done when @read_done reaches it
 * @read_done: every read with a ticket up to this may be answered from the value now
 * @wake: step with %RAFT_EV_TIMER at this time, microseconds
 * @send: the datagrams
 * @done: the operations
 */
struct raft_update {
	struct raft_persist persist;
	u32 n_send;
	u32 n_done;
	bool again;
	bool role_changed;
	bool applied;
	bool config_changed;
	bool admin_ended;
	bool cancel_unsent;
	enum raft_status joined;
	enum raft_status admin;
	enum raft_status failed;
	u64 read_ticket;
	u64 read_done;
	u64 wake;
	struct raft_send send[RAFT_SENDS];
	struct raft_done done[RAFT_DONES];
};

/**
 * struct raft_params - what a node is made with
 * @cluster: the cluster's id
 * @id: the member's id, not 0
 * @addr: where this node listens
 * @label: its name for people
 * @is_volatile: there is no store: everything counts as durable at once
 * @as_learner: join without asking for a vote
 * @heartbeat_ms: for a new cluster, milliseconds
 * @election_ms: for a new cluster, milliseconds
 * @value_max: largest value, bytes, 1 to %RAFT_VALUE_LIMIT
 * @incarnation: how often the member was started before; the store counts
 *	it and has it durable before the node is made, a new member has 0
 * @nonce: random, names this start: two of the same count are not the same one
 * @seed: random; decides the timeouts, so it should differ between members
 * @linger_us: how long a leader may at most keep it to itself that what a hasty writer of
 *	its own wrote is committed, so that the next append takes it along, microseconds
 * @absorb: writes of this node that wait while others are on their way may get one entry;
 *	if not, each operation has an entry by itself
 * @sparse: as a leader, leave out heartbeats while nobody lacks anything, for up to half
 *	of an election timeout, if the other half has room for four
 * @note: told of every decision, or NULL; may not call the core
 * @ctx: handed to @note
 */
struct raft_params {
	u8 cluster[16];
	u64 id;
	struct raft_addr addr;
	char label[RAFT_LABEL_LEN];
	bool is_volatile;
	bool as_learner;
	u32 heartbeat_ms;
	u32 election_ms;
	u32 value_max;
	u32 incarnation;
	u32 nonce;
	u64 seed;
	u32 linger_us;
	bool absorb;
	bool sparse;
	void (*note)(void *ctx, enum raft_note note, const u64 arg[RAFT_NOTE_ARGS]);
	void *ctx;
};

/**
 * struct raft_stats - counts since the start of the node
 * @elections: times it asked for votes
 * @leader_changes: times it learned of another leader
 * @appends_sent: append and chunk datagrams sent
 * @appends_received: append and chunk datagrams accepted
 * @rejects_sent: appends refused because the logs did not match
 * @snapshots_sent: snapshots begun for a follower
 * @snapshots_installed: snapshots installed from a leader
 * @ops_proposed: operations of this node
 * @ops_forwarded: operations sent to a leader, repeats included
 * @ops_absorbed: writes of this node for which another one's entry stands, repeats included
 * @ops_duplicate: operations that were in the log a second time and were skipped
 * @reads: reads of this node
 * @read_rounds: rounds that confirmed them
 * @late_timers: times the node was woken too late to believe its timer
 * @diverged: heartbeats whose state hash contradicted ours
 * @dropped: datagrams not believed, by &enum raft_drop
 * @changes: role changes, by &enum raft_reason
 * @noted: decisions, by &enum raft_note
 */
struct raft_stats {
	u64 elections;
	u64 leader_changes;
	u64 appends_sent;
	u64 appends_received;
	u64 rejects_sent;
	u64 snapshots_sent;
	u64 snapshots_installed;
	u64 ops_proposed;
	u64 ops_forwarded;
	u64 ops_absorbed;
	u64 ops_duplicate;
	u64 reads;
	u64 read_rounds;
	u64 late_timers;
	u64 diverged;
	u64 dropped[RAFT_DROPS];
	u64 changes[RAFT_REASONS];
	u64 noted[RAFT_NOTES];
};

/**
 * struct raft_peer_view - what a leader knows of a member, for display
 * @id: the member
 * @match: highest index known to be on it
 * @next: next index to send
 * @heard: when it last answered, microseconds, 0 for never
 * @snapshot: it is being sent a snapshot
 */
struct raft_peer_view {
	u64 id;
	u64 match;
	u64 next;
	u64 heard;
	bool snapshot;
};

/**
 * struct raft_view - the node as it is now, for display
 * @id: the member
 * @term: current term
 * @vote: whom it voted for in @term, 0 for nobody
 * @leader: leader of @term, 0 if not known
 * @role: &enum raft_role
 * @failed: see &struct raft_update
 * @removed: the node is not in its own committed configuration
 * @contact: when the cluster was last known to work, microseconds: of a leader, when
 *	a majority had last answered it; else when a leader was last heard, 0 for never
 * @promised: not 0: the store lost entries up to here that had been acknowledged;
 *	the node has no vote until they are back
 * @first: first index in the log window
 * @last: last index of the log
 * @commit: highest index known to be committed
 * @applied: highest index applied
 * @durable: highest index durable on the own store
 * @hash: hash of the committed state at @applied
 * @revision: revision of the value
 * @value_len: bytes of the value
 * @config: the configuration in force (the newest in the log); good until the next step
 * @stats: the counters; good until the next step
 * @last_change: the newest role change
 * @n_peers: used slots of @peer, 0 unless leader; the others tell nothing
 * @peer: the other members as the leader sees them
 */
struct raft_view {
	u64 id;
	u64 term;
	u64 vote;
	u64 leader;
	enum raft_role role;
	enum raft_status failed;
	bool removed;
	u64 contact;
	u64 promised;
	u64 first;
	u64 last;
	u64 commit;
	u64 applied;
	u64 durable;
	u64 hash;
	u64 revision;
	u32 value_len;
	const struct raft_config *config;
	const struct raft_stats *stats;
	struct raft_change last_change;
	u32 n_peers;
	struct raft_peer_view peer[RAFT_MEMBERS_MAX];
};

struct raft;

/* raft.c: making a node, stepping it, looking at it */
bool raft_params_valid(const struct raft_params *params);
size_t raft_size(const struct raft_params *params);
struct raft *raft_init(void *mem, const struct raft_params *params);

void raft_start_create(struct raft *raft, u64 now);
void raft_start_join(struct raft *raft, const struct raft_addr *seed, u64 now);
bool raft_start_restore(struct raft *raft, u64 now);
bool raft_restore_hard_state(struct raft *raft, u64 term, u64 vote);
bool raft_restore_snapshot(struct raft *raft, const u8 *data, size_t len);
bool raft_restore_entry(struct raft *raft, const struct raft_entry *entry);
void raft_restore_promise(struct raft *raft, u64 index, u64 term);
void raft_assume_committed(struct raft *raft);

void raft_step(struct raft *raft, const struct raft_event *event, struct raft_update *update);

void raft_view(const struct raft *raft, struct raft_view *view);
const u8 *raft_value(const struct raft *raft, size_t *len, u64 *revision);
bool raft_entry_at(const struct raft *raft, u64 index, struct raft_entry *entry);
size_t raft_snapshot_size(const struct raft *raft);
size_t raft_snapshot_encode(const struct raft *raft, u8 *buf, size_t size);

/* note.c: words for people */
const char *raft_role_name(enum raft_role role);
const char *raft_reason_name(enum raft_reason reason);
const char *raft_status_text(enum raft_status status);
const char *raft_drop_name(enum raft_drop drop);
const char *raft_note_name(enum raft_note note);
int raft_note_print(char *buf, size_t size, enum raft_note note, const u64 arg[RAFT_NOTE_ARGS]);
int raft_change_print(char *buf, size_t size, const struct raft_change *change);

#endif /* RAFT_H */
