/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the members say to each other: every struct on the wire, and the
 * decoded form that the core works with.
 *
 * Little endian, packed, at most %RAFT_DGRAM_MAX bytes; nothing is believed
 * before raft_wire_decode() has checked every length.
 */
#ifndef RAFT_WIRE_H
#define RAFT_WIRE_H

#include <linux/types.h>
#include "raft.h"

#define RAFT_WIRE_MAGIC		0x7672	/* "rv" */
#define RAFT_WIRE_VERSION	1
#define RAFT_TERM_LIMIT		0x4000000000000000ULL	/* no honest cluster gets there */

/**
 * enum raft_msg_type - what a datagram is
 * @RAFT_MSG_VOTE: RequestVote (dissertation figure 3.1), or a pre-vote
 * @RAFT_MSG_VOTE_REPLY: its answer
 * @RAFT_MSG_APPEND: AppendEntries, also the heartbeat
 * @RAFT_MSG_APPEND_REPLY: its answer, and that to %RAFT_MSG_ENTRY_CHUNK
 * @RAFT_MSG_ENTRY_CHUNK: AppendEntries with a part of one entry that is
 *	too large for a datagram
 * @RAFT_MSG_SNAPSHOT_CHUNK: InstallSnapshot (dissertation figure 5.3)
 * @RAFT_MSG_SNAPSHOT_REPLY: its answer
 * @RAFT_MSG_FORWARD: operations of a member, to its leader
 * @RAFT_MSG_OP_CHUNK: a part of an operation that is too large for a datagram
 * @RAFT_MSG_OP_CHUNK_REPLY: its answer
 * @RAFT_MSG_READ: a member asks the leader for a read index
 * @RAFT_MSG_READ_REPLY: its answer
 * @RAFT_MSG_JOIN: a node asks to become a member
 * @RAFT_MSG_JOIN_REPLY: its answer
 * @RAFT_MSG_CHANGE: a member asks for a change to the cluster
 * @RAFT_MSG_CHANGE_REPLY: its answer
 * @RAFT_MSG_TIMEOUT_NOW: the leader asks the receiver to take over
 *	(dissertation section 3.10)
 * @RAFT_MSG_TYPES: one more than the last
 */
enum raft_msg_type {
	RAFT_MSG_VOTE = 1,
	RAFT_MSG_VOTE_REPLY,
	RAFT_MSG_APPEND,
	RAFT_MSG_APPEND_REPLY,
	RAFT_MSG_ENTRY_CHUNK,
	RAFT_MSG_SNAPSHOT_CHUNK,
	RAFT_MSG_SNAPSHOT_REPLY,
	RAFT_MSG_FORWARD,
	RAFT_MSG_OP_CHUNK,
	RAFT_MSG_OP_CHUNK_REPLY,
	RAFT_MSG_READ,
	RAFT_MSG_READ_REPLY,
	RAFT_MSG_JOIN,
	RAFT_MSG_JOIN_REPLY,
	RAFT_MSG_CHANGE,
	RAFT_MSG_CHANGE_REPLY,
	RAFT_MSG_TIMEOUT_NOW,
	RAFT_MSG_TYPES,
};

/**
 * enum raft_msg_flags - flags of a message
 * @RAFT_FLAG_PRE: vote, vote reply: it is a pre-vote
 * @RAFT_FLAG_TRANSFER: vote: the leader asked for it
 * @RAFT_FLAG_GRANTED: vote reply: yes
 * @RAFT_FLAG_REJECT: append reply: the logs do not match
 * @RAFT_FLAG_WANT_REPLY: append: answer even if nothing is new
 * @RAFT_FLAG_LEARNER: join: no vote is wanted
 * @RAFT_FLAG_LOST: append reply: the follower's store lost what it had acknowledged
 */
enum raft_msg_flags {
	RAFT_FLAG_PRE		= 1 << 0,
	RAFT_FLAG_TRANSFER	= 1 << 1,
	RAFT_FLAG_GRANTED	= 1 << 2,
	RAFT_FLAG_REJECT	= 1 << 3,
	RAFT_FLAG_WANT_REPLY	= 1 << 4,
	RAFT_FLAG_LEARNER	= 1 << 5,
	RAFT_FLAG_LOST		= 1 << 6,
};

/**
 * struct raft_wire_header - the start of every datagram
 * @magic: %RAFT_WIRE_MAGIC
 * @version: %RAFT_WIRE_VERSION
 * @type: &enum raft_msg_type
 * @flags: RAFT_FLAG_*
 * @reserved: 0
 * @cluster: the cluster's id
 * @from: sender
 * @to: receiver; 0 only in a join
 * @term: the sender's term
 * @incarnation: how often the sender was started before
 * @nonce: random, of this start of the sender
 */
struct raft_wire_header {
	__le16 magic;
	u8 version;
	u8 type;
	u8 flags;
	u8 reserved[3];
	u8 cluster[16];
	__le64 from;
	__le64 to;
	__le64 term;
	__le32 incarnation;
	__le32 nonce;
} __packed;

/**
 * struct raft_wire_entry - a log entry, or an operation that is to become one
 * @term: its term; in an operation the number of the one before it that its
 *	member still wants, or 0
 * @origin: who asked for it
 * @seq: its number there
 * @expect: what a compare-and-set expects; of a write, how many it absorbed
 * @kind: &enum raft_entry_kind
 * @reserved: 0
 * @len: bytes of its data, which follow (or, in a chunk, of all its data)
 */
struct raft_wire_entry {
	__le64 term;
	__le64 origin;
	__le64 seq;
	__le64 expect;
	u8 kind;
	u8 reserved[3];
	__le32 len;
} __packed;

/**
 * struct raft_wire_addr - &struct raft_addr
 * @family: 4, 6 or 0
 * @port: UDP port
 * @scope: IPv6 scope id
 * @ip: the address
 */
struct raft_wire_addr {
	__le16 family;
	__le16 port;
	__le32 scope;
	u8 ip[16];
} __packed;

/**
 * struct raft_wire_member - &struct raft_member
 * @id: who
 * @addr: where
 * @flags: &enum raft_member_flags
 * @label: NUL padded
 */
struct raft_wire_member {
	__le64 id;
	struct raft_wire_addr addr;
	__le32 flags;
	char label[RAFT_LABEL_LEN];
} __packed;

/**
 * struct raft_wire_config - &struct raft_config as an entry's data and in a
 *	snapshot; @n of &struct raft_wire_member follow
 * @heartbeat_ms: heartbeat interval
 * @election_ms: least election timeout
 * @value_max: largest value
 * @n: members
 * @joint: 1 while joint
 */
struct raft_wire_config {
	__le32 heartbeat_ms;
	__le32 election_ms;
	__le32 value_max;
	__le16 n;
	__le16 joint;
} __packed;

#define RAFT_CONFIG_BYTES \
	(sizeof(struct raft_wire_config) + RAFT_MEMBERS_MAX * sizeof(struct raft_wire_member))

/**
 * struct raft_wire_vote - body of a vote
 * @last_index: last index of the candidate's log
 * @last_term: its term
 */
struct raft_wire_vote {
	__le64 last_index;
	__le64 last_term;
} __packed;

/**
 * struct raft_wire_vote_reply - body of a vote reply
 * @asked: the term of the request
 */
struct raft_wire_vote_reply {
	__le64 asked;
} __packed;

/**
 * struct raft_wire_append - body of an append; entries follow
 * @prev_index: index just before them
 * @prev_term: its term
 * @commit: the leader's commit index
 * @round: the leader's round, echoed in the reply (dissertation section 6.4)
 * @hash_index: an applied index
 * @hash: hash of the committed state there
 */
struct raft_wire_append {
	__le64 prev_index;
	__le64 prev_term;
	__le64 commit;
	__le64 round;
	__le64 hash_index;
	__le64 hash;
} __packed;

/**
 * struct raft_wire_append_reply - body of an append reply
 * @match: highest index known to match the leader's and to be durable
 * @round: highest round heard of this leader
 * @prev_index: of the rejected append
 * @hint_index: where the logs may still match
 * @hint_term: the follower's term there
 * @chunk_index: the entry that is being assembled, 0 for none
 * @have: its chunks, a bit each
 */
struct raft_wire_append_reply {
	__le64 match;
	__le64 round;
	__le64 prev_index;
	__le64 hint_index;
	__le64 hint_term;
	__le64 chunk_index;
	__le64 have[2];
} __packed;

/**
 * struct raft_wire_entry_chunk - body of an entry chunk; its bytes follow
 * @prev_index: index just before the entry
 * @prev_term: its term
 * @commit: the leader's commit index
 * @round: the leader's round
 * @entry: the entry
 * @offset: of these bytes in its data, a multiple of %RAFT_CHUNK
 */
struct raft_wire_entry_chunk {
	__le64 prev_index;
	__le64 prev_term;
	__le64 commit;
	__le64 round;
	struct raft_wire_entry entry;
	__le32 offset;
} __packed;

/**
 * struct raft_wire_snapshot_chunk - body of a snapshot chunk; its bytes follow
 * @index: last index that the snapshot contains
 * @snap_term: its term
 * @round: the leader's round
 * @check: raft_hash() over the whole snapshot
 * @total: bytes of the snapshot
 * @offset: of these bytes, a multiple of %RAFT_CHUNK
 */
struct raft_wire_snapshot_chunk {
	__le64 index;
	__le64 snap_term;
	__le64 round;
	__le64 check;
	__le32 total;
	__le32 offset;
} __packed;

/**
 * struct raft_wire_snapshot_reply - body of a snapshot reply
 * @index: of the snapshot
 * @round: highest round heard of this leader
 * @have: its chunks, a bit each
 */
struct raft_wire_snapshot_reply {
	__le64 index;
	__le64 round;
	__le64 have[2];
} __packed;

/**
 * struct raft_wire_op_chunk - body of an operation chunk; its bytes follow
 * @op: the operation
 * @offset: of these bytes in its data, a multiple of %RAFT_CHUNK
 */
struct raft_wire_op_chunk {
	struct raft_wire_entry op;
	__le32 offset;
} __packed;

/**
 * struct raft_wire_op_chunk_reply - body of an operation chunk reply
 * @seq: the operation
 * @have: its chunks, a bit each
 */
struct raft_wire_op_chunk_reply {
	__le64 seq;
	__le64 have[2];
} __packed;

/**
 * struct raft_wire_read - body of a read
 * @id: names the question, never used again
 */
struct raft_wire_read {
	__le64 id;
} __packed;

/**
 * struct raft_wire_read_reply - body of a read reply
 * @id: of the question
 * @index: the reader may answer once it has applied this
 */
struct raft_wire_read_reply {
	__le64 id;
	__le64 index;
} __packed;

/**
 * struct raft_wire_join - body of a join
 * @member: who wants to join
 * @value_max: what it was made for
 */
struct raft_wire_join {
	struct raft_wire_member member;
	__le32 value_max;
} __packed;

/**
 * struct raft_wire_join_reply - body of a join reply
 * @status: &enum raft_status
 * @detail: %RAFT_OLD_STORE: up to this start of the receiver; %RAFT_LABEL_IN_USE: the
 *	cluster's election timeout, milliseconds
 * @leader: where the leader is, if it is another and known
 */
struct raft_wire_join_reply {
	__le32 status;
	__le32 detail;
	struct raft_wire_addr leader;
} __packed;

/**
 * struct raft_wire_change - body of a change
 * @id: names the question, never used again
 * @what: &enum raft_admin
 * @target: the member it is about
 */
struct raft_wire_change {
	__le64 id;
	__le32 what;
	__le64 target;
} __packed;

/**
 * struct raft_wire_change_reply - body of a change reply
 * @id: of the question
 * @status: &enum raft_status
 */
struct raft_wire_change_reply {
	__le64 id;
	__le32 status;
} __packed;

/**
 * struct raft_entries - entries in a datagram that raft_wire_decode() has checked
 * @n: how many are left
 * @index: index of the next
 * @at: where the next begins
 */
struct raft_entries {
	u32 n;
	u64 index;
	const u8 *at;
};

/**
 * struct raft_msg - a message, decoded
 * @type: &enum raft_msg_type
 * @flags: RAFT_FLAG_*
 * @incarnation: how often the sender was started before
 * @nonce: random, of this start of the sender
 * @cluster: the cluster's id, 16 bytes
 * @from: sender
 * @to: receiver
 * @term: the sender's term
 * @entries: append, forward: what follows the body
 * @entry: entry chunk, operation chunk: the entry; its data is not there
 * @bytes: chunks: the bytes
 * @n_bytes: how many
 * @offset: where they belong
 * @vote: see &struct raft_wire_vote; the union has the wire structs' fields in host order
 * @vote_reply: see &struct raft_wire_vote_reply
 * @append: see &struct raft_wire_append; of an entry chunk too
 * @append_reply: see &struct raft_wire_append_reply
 * @snapshot: see &struct raft_wire_snapshot_chunk
 * @snapshot_reply: see &struct raft_wire_snapshot_reply
 * @op_chunk_reply: see &struct raft_wire_op_chunk_reply
 * @read: see &struct raft_wire_read; of a read reply too
 * @join: see &struct raft_wire_join
 * @join_reply: see &struct raft_wire_join_reply
 * @change: see &struct raft_wire_change; of a change reply too
 */
struct raft_msg {
	u8 type;
	u8 flags;
	u32 incarnation;
	u32 nonce;
	const u8 *cluster;
	u64 from;
	u64 to;
	u64 term;
	struct raft_entries entries;
	struct raft_entry entry;
	const u8 *bytes;
	u32 n_bytes;
	u32 offset;
	union {
		struct {
			u64 last_index;
			u64 last_term;
		} vote;
		struct {
			u64 asked;
		} vote_reply;
		struct {
			u64 prev_index;
			u64 prev_term;
			u64 commit;
			u64 round;
			u64 hash_index;
			u64 hash;
		} append;
		struct {
			u64 match;
			u64 round;
			u64 prev_index;
			u64 hint_index;
			u64 hint_term;
			u64 chunk_index;
			u64 have[2];
		} append_reply;
		struct {
			u64 index;
			u64 snap_term;
			u64 round;
			u64 check;
			u32 total;
		} snapshot;
		struct {
			u64 index;
			u64 round;
			u64 have[2];
		} snapshot_reply;
		struct {
			u64 seq;
			u64 have[2];
		} op_chunk_reply;
		struct {
			u64 id;
			u64 index;
		} read;
		struct {
			struct raft_member member;
			u32 value_max;
		} join;
		struct {
			enum raft_status status;
			u32 detail;
			struct raft_addr leader;
		} join_reply;
		struct {
			u64 id;
			enum raft_admin what;
			u64 target;
			enum raft_status status;
		} change;
	};
};

u32 raft_wire_encode(u8 *buf, const struct raft_msg *msg);
bool raft_wire_add_entry(u8 *buf, u32 *len, const struct raft_entry *entry);
u32 raft_wire_add_bytes(u8 *buf, u32 len, const u8 *bytes, u32 n);
bool raft_wire_decode(const u8 *buf, u32 len, struct raft_msg *msg, enum raft_drop *why);
bool raft_wire_next_entry(struct raft_entries *entries, struct raft_entry *entry);

u32 raft_wire_config_encode(u8 *buf, const struct raft_config *config);
bool raft_wire_config_decode(const u8 *buf, size_t len, struct raft_config *config);

const char *raft_msg_name(u8 type);

#endif /* RAFT_WIRE_H */
