// SPDX-License-Identifier: GPL-2.0
/*
 * The operations of this node: numbered, kept until their end is known, put
 * into the own log by a leader or forwarded to it by everybody else.
 *
 * An operation ends when its entry is applied here, wherever the leader was.
 * Numbers only grow, the leader takes them in order and the state machine
 * applies each at most once (dissertation section 6.3), so repeating one over
 * a change of leaders is safe.
 */
#include <linux/string.h>
#include "internal.h"

static struct raft_op *op_at(struct raft *raft, u64 seq)
{
	return &raft->ops[seq % RAFT_OPS_MAX];
}

static bool wanted(const struct raft_op *op)
{
	return op->state == RAFT_OP_WAITING || op->state == RAFT_OP_SENT;
}

/* The next operation at or after @seq that is still wanted, else op_next. */
static u64 next_wanted(struct raft *raft, u64 seq)
{
	if (seq < raft->op_head)
		seq = raft->op_head;
	while (seq < raft->op_next && !wanted(op_at(raft, seq)))
		seq++;
	return seq;
}

/* The operation before @seq that is still wanted, 0 for none. */
static u64 prev_wanted(struct raft *raft, u64 seq)
{
	while (seq-- > raft->op_head)
		if (wanted(op_at(raft, seq)))
			return seq;
	return 0;
}

/*
 * The group that begins with an operation: writes that wait one behind the other, of which
 * only the last can ever be read. The others are absorbed: they take effect at the same
 * moment, each with a revision of its own.
 */
static u64 group_end(struct raft *raft, u64 seq)
{
	/* A large one is sent in parts: it stays what it was when that began. */
	u64 end = raft->forward_index >= seq ? raft->forward_index + 1 : raft->op_next;
	const struct raft_op *next;

	if (!raft->params.absorb || op_at(raft, seq)->kind != RAFT_OP_WRITE)
		return seq;
	for (; seq + 1 < end; seq++) {
		next = op_at(raft, seq + 1);
		if (next->kind != RAFT_OP_WRITE || !wanted(next))
			break;
	}
	return seq;
}

/* What becomes of a group. */
static struct raft_entry group_entry(struct raft *raft, u64 seq)
{
	u64 last = group_end(raft, seq);
	const struct raft_op *op = op_at(raft, last);
	struct raft_entry entry = {
		.term = prev_wanted(raft, seq),
		.origin = raft->params.id,
		.seq = last,
		.expect = op->expect,
		.kind = op->kind,
		.len = op->len,
		.data = op->data,
	};

	if (entry.kind == RAFT_ENTRY_WRITE)
		entry.absorbed = last - seq;
	return entry;
}

/* A group is in a log, or on its way. */
static void group_sent(struct raft *raft, u64 seq, u64 last)
{
	raft->stats.ops_absorbed += last - seq;
	for (; seq <= last; seq++) {
		raft->ops_sent += op_at(raft, seq)->state != RAFT_OP_SENT;
		op_at(raft, seq)->state = RAFT_OP_SENT;
	}
}

/*
 * Is it time to send the group that begins with an operation?
 *
 * A write in a group costs a fraction of one that has an entry for itself. So a group goes
 * when it is as large as all that is on its way: small ones do not stay small, and who is
 * alone, or one of two, waits for nobody. What can not grow, for something else waits
 * behind it, has nothing to wait for; and what was sent once is sent again at once.
 */
static bool is_due(struct raft *raft, u64 seq)
{
	if (seq >= raft->op_next)
		return false;
	return !raft->params.absorb || raft->op_next - seq >= raft->ops_sent ||
	       seq <= raft->op_barrier || op_at(raft, seq)->state == RAFT_OP_SENT;
}

static void finish(struct raft *raft, struct raft_op *op, enum raft_status status, u64 revision)
{
	raft->ops_sent -= op->state == RAFT_OP_SENT;
	raft->ops_ended++;
	op->state = RAFT_OP_DONE;
	op->status = status;
	op->revision = revision;
	op->data = NULL;
}

static enum raft_status may_submit(const struct raft *raft, u32 len)
{
	if (raft->failed)
		return raft->failed;
	if (raft->removed || raft->joined != RAFT_OK)
		return RAFT_NOT_MEMBER;
	if (len > raft->params.value_max)
		return RAFT_TOO_BIG;
	return raft->op_next - raft->op_head >= RAFT_OPS_MAX ? RAFT_QUEUE_FULL : RAFT_OK;
}

/**
 * raft_op_submit() - a program wants to change the value
 * @raft: the node
 * @event: %RAFT_EV_OP
 */
void raft_op_submit(struct raft *raft, const struct raft_event *event)
{
	enum raft_status status = may_submit(raft, event->op.len);

	if (status != RAFT_OK) {
		raft->refused.cookie = event->op.cookie;
		raft->refused.status = status;
		return;
	}
	*op_at(raft, raft->op_next) = (struct raft_op){
		.state = RAFT_OP_WAITING,
		.kind = event->op.kind,
		.len = event->op.len,
		.cookie = event->op.cookie,
		.data = event->op.data,
		.expect = event->op.expect,
	};
	if (event->op.kind != RAFT_OP_WRITE)
		raft->op_barrier = raft->op_next;
	raft->op_next++;
	raft->stats.ops_proposed++;
}

/**
 * raft_op_cancel() - the program gave up
 * @raft: the node
 * @cookie: its operation
 *
 * Return: true if nobody but this node has seen it
 */
bool raft_op_cancel(struct raft *raft, u64 cookie)
{
	u64 seq;

	for (seq = raft->op_head; seq < raft->op_next; seq++) {
		struct raft_op *op = op_at(raft, seq);
		bool unsent = op->state == RAFT_OP_WAITING;

		if (op->cookie != cookie || op->state == RAFT_OP_FREE)
			continue;
		raft->ops_ended -= op->state == RAFT_OP_DONE;
		raft->ops_sent -= op->state == RAFT_OP_SENT;
		op->state = RAFT_OP_FREE;
		op->data = NULL;
		return unsent;
	}
	return false;
}

/**
 * raft_op_applied() - a group of this node's operations was applied
 * @raft: the node
 * @entry: its entry
 * @status: the result
 * @revision: the revision that the last of them made or met
 */
void raft_op_applied(struct raft *raft, const struct raft_entry *entry, enum raft_status status,
		     u64 revision)
{
	u64 n = entry->kind == RAFT_ENTRY_WRITE ? entry->absorbed + 1 : 1, seq = entry->seq;

	for (; n && seq >= raft->op_head; n--, seq--, revision--) {
		if (seq < raft->op_next && wanted(op_at(raft, seq)))
			finish(raft, op_at(raft, seq), status, revision);
	}
}

/**
 * raft_op_recount() - find the newest operation of this node in its log
 * @raft: the node
 */
void raft_op_recount(struct raft *raft)
{
	struct raft_session *session = raft_value_session(&raft->value, raft->params.id);
	u64 index;

	raft->op_logged = session ? session->seq : 0;
	for (index = raft->applied + 1; index <= raft->log.last; index++) {
		const struct raft_entry *entry = raft_log_at(&raft->log, index);

		if (entry->origin == raft->params.id && entry->seq > raft->op_logged)
			raft->op_logged = entry->seq;
	}
}

/**
 * raft_op_replaced() - a snapshot took the place of entries that were not seen
 * @raft: the node
 *
 * The session tells the result of the last operation. An earlier write was
 * applied too, at a revision that is not known; of an earlier compare-and-set
 * even the result is not known.
 */
void raft_op_replaced(struct raft *raft)
{
	struct raft_session *session = raft_value_session(&raft->value, raft->params.id);
	u64 seq;

	for (seq = raft->op_head; session && seq < raft->op_next && seq <= session->seq; seq++) {
		struct raft_op *op = op_at(raft, seq);

		if (!wanted(op))
			continue;
		if (seq == session->seq)
			finish(raft, op, session->status, session->revision);
		else
			finish(raft, op, op->kind == RAFT_OP_WRITE ? RAFT_OK : RAFT_UNKNOWN, 0);
	}
	raft_op_recount(raft);
}

/**
 * raft_op_fail() - end every operation
 * @raft: the node
 * @status: how; those that somebody may have seen end with %RAFT_UNKNOWN
 */
void raft_op_fail(struct raft *raft, enum raft_status status)
{
	u64 seq;

	for (seq = raft->op_head; seq < raft->op_next; seq++) {
		struct raft_op *op = op_at(raft, seq);

		if (wanted(op))
			finish(raft, op, op->state == RAFT_OP_SENT ? RAFT_UNKNOWN : status, 0);
	}
}

/**
 * raft_op_leader_changed() - what was forwarded may be lost: forward it anew
 * @raft: the node
 */
void raft_op_leader_changed(struct raft *raft)
{
	raft->forward_next = 0;
	raft->forward_index = 0;
}

/**
 * raft_op_retry() - what the leader has not taken by now is taken for lost
 * @raft: the node
 */
void raft_op_retry(struct raft *raft)
{
	raft->forward_next = 0;
	raft->forward_sent[0] = 0;
	raft->forward_sent[1] = 0;
	raft_chunks_probe(&raft->forward_out);
}

/**
 * raft_op_outstanding() - does an operation wait for another node?
 * @raft: the node
 *
 * Return: true if so
 */
bool raft_op_outstanding(const struct raft *raft)
{
	return raft->role != RAFT_LEADER && raft->op_head < raft->op_next;
}

/**
 * raft_op_settle() - a leader puts its own operations into its log
 * @raft: the node
 */
void raft_op_settle(struct raft *raft)
{
	u64 seq;

	if (raft->role != RAFT_LEADER)
		return;
	seq = next_wanted(raft, raft->op_logged + 1);
	while (is_due(raft, seq)) {
		struct raft_entry entry = group_entry(raft, seq);

		if (!raft_leader_append_op(raft, &entry))
			return;
		group_sent(raft, seq, entry.seq);
		seq = next_wanted(raft, entry.seq + 1);
	}
}

/* As many groups from @seq on whose value is small as one datagram takes. */
static u64 forward_small(struct raft *raft, struct raft_update *update, u64 seq)
{
	struct raft_msg msg = { .type = RAFT_MSG_FORWARD };
	struct raft_send *send;

	send = raft_send_begin(raft, update, &msg, raft->leader, &raft->leader_addr);
	while (send && is_due(raft, seq)) {
		struct raft_entry entry = group_entry(raft, seq);

		if (!raft_wire_add_entry(send->data, &send->len, &entry))
			break;
		raft->stats.ops_forwarded += entry.seq - seq + 1;
		group_sent(raft, seq, entry.seq);
		seq = next_wanted(raft, entry.seq + 1);
	}
	return seq;
}

static void forward_large(struct raft *raft, struct raft_update *update, u64 seq)
{
	struct raft_msg msg = { .type = RAFT_MSG_OP_CHUNK, .entry = group_entry(raft, seq) };
	u64 last = msg.entry.seq;
	struct raft_send *send;
	u32 offset, len;

	if (raft->forward_index != last) {
		raft->forward_index = last;
		raft_chunks_start(&raft->forward_out, msg.entry.len);
		raft->forward_sent[0] = 0;
		raft->forward_sent[1] = 0;
		raft->stats.ops_forwarded += last - seq + 1;
		group_sent(raft, seq, last);
	}
	while (raft_chunks_next(&raft->forward_out, raft->forward_sent, &offset, &len)) {
		msg.offset = offset;
		send = raft_send_begin(raft, update, &msg, raft->leader, &raft->leader_addr);
		if (!send)
			return;
		send->len = raft_wire_add_bytes(send->data, send->len, msg.entry.data + offset,
						len);
		raft_chunks_mark(raft->forward_sent, offset);
	}
}

static bool is_large(struct raft *raft, u64 seq)
{
	return op_at(raft, group_end(raft, seq))->len > RAFT_CHUNK;
}

/**
 * raft_op_forward() - send the leader what it has not taken yet
 * @raft: a follower that knows its leader
 * @update: for the datagrams
 */
void raft_op_forward(struct raft *raft, struct raft_update *update)
{
	u64 seq = raft->forward_next > raft->op_logged ? raft->forward_next : raft->op_logged + 1;

	seq = next_wanted(raft, seq);
	while (is_due(raft, seq) && !is_large(raft, seq)) {
		u64 next = forward_small(raft, update, seq);

		if (next == seq)
			break;
		seq = next;
	}
	raft->forward_next = seq;
	if (is_due(raft, seq) && is_large(raft, seq))
		forward_large(raft, update, seq);
}

/**
 * raft_op_flush() - tell the caller which operations have ended
 * @raft: the node
 * @update: for their ends
 */
void raft_op_flush(struct raft *raft, struct raft_update *update)
{
	u64 seq;

	if (raft->refused.cookie) {
		update->done[update->n_done++] = raft->refused;
		raft->refused.cookie = 0;
	}
	for (seq = raft->op_head; raft->ops_ended; seq++) {
		struct raft_op *op = op_at(raft, seq);

		if (op->state != RAFT_OP_DONE)
			continue;
		if (update->n_done == RAFT_DONES) {
			update->again = true;
			break;
		}
		update->done[update->n_done++] = (struct raft_done){
			.cookie = op->cookie,
			.status = op->status,
			.revision = op->revision,
		};
		op->state = RAFT_OP_FREE;
		raft->ops_ended--;
	}
	while (raft->op_head < raft->op_next && op_at(raft, raft->op_head)->state == RAFT_OP_FREE)
		raft->op_head++;
}

/**
 * raft_op_valid() - can this be an operation of a member's?
 * @raft: the node
 * @op: an entry
 *
 * Return: true if so
 */
bool raft_op_valid(const struct raft *raft, const struct raft_entry *op)
{
	switch (op->kind) {
	case RAFT_ENTRY_WRITE:
		if (op->absorbed >= RAFT_OPS_MAX || op->absorbed >= op->seq)
			return false;
		break;
	case RAFT_ENTRY_CAS:
		break;
	default:
		return false;
	}
	return op->origin && op->seq && op->len <= raft->params.value_max;
}

static bool op_of_sender(const struct raft *raft, const struct raft_msg *msg,
			 const struct raft_entry *op)
{
	return op->origin == msg->from && raft_op_valid(raft, op);
}

/* The leader has not taken an operation; @before is the one that had to be there first. */
static void deferred(struct raft *raft, const struct raft_entry *op, u64 before)
{
	const struct raft_peer *peer = raft_peer(raft, op->origin);
	enum raft_defer why = RAFT_DEFER_ROOM;

	if (!peer)
		why = RAFT_DEFER_STRANGER;
	else if (raft->transfer_to)
		why = RAFT_DEFER_TRANSFER;
	else if (before > peer->op_seq)
		why = RAFT_DEFER_ORDER;
	raft_note(raft, RAFT_NOTE_DEFERRED, op->origin, op->seq, why, 0, 0);
}

/**
 * raft_recv_forward() - a member sends operations
 * @raft: the node
 * @msg: the message
 *
 * No answer: the member sees its entries when the leader replicates them, and
 * repeats what it does not see.
 */
void raft_recv_forward(struct raft *raft, struct raft_msg *msg)
{
	struct raft_entry op;
	u64 before;

	if (raft->role != RAFT_LEADER) {
		raft_drop(raft, RAFT_DROP_STALE, msg->type);
		return;
	}
	while (raft_wire_next_entry(&msg->entries, &op)) {
		if (!op_of_sender(raft, msg, &op)) {
			raft_drop(raft, RAFT_DROP_FIELD, msg->type);
			return;
		}
		before = op.term;
		if (!raft_leader_append_op(raft, &op)) {
			deferred(raft, &op, before);
			return;
		}
	}
}

static struct raft_assembly *find_assembly(struct raft *raft, const struct raft_msg *msg)
{
	struct raft_assembly *found = NULL;
	u32 i;

	for (i = 0; i < RAFT_ASSEMBLIES; i++) {
		struct raft_assembly *slot = &raft->assembly[i];

		if (slot->from == msg->from)
			return slot;
		if (!slot->from || raft->now - slot->used > raft_election_us(raft))
			found = slot;
	}
	return found;
}

static void reply_op_chunk(struct raft *raft, const struct raft_msg *msg,
			   const struct raft_assembly *slot)
{
	struct raft_msg reply = {
		.type = RAFT_MSG_OP_CHUNK_REPLY,
		.to = msg->from,
		.op_chunk_reply.seq = msg->entry.seq,
		.op_chunk_reply.have[0] = slot->chunks.have[0],
		.op_chunk_reply.have[1] = slot->chunks.have[1],
	};

	raft_queue(raft, &reply);
}

/**
 * raft_recv_op_chunk() - a member sends a part of a large operation
 * @raft: the node
 * @msg: the message
 */
void raft_recv_op_chunk(struct raft *raft, const struct raft_msg *msg)
{
	struct raft_peer *peer = raft_peer(raft, msg->from);
	struct raft_assembly *slot;

	if (raft->role != RAFT_LEADER || !peer || msg->entry.seq <= peer->op_seq) {
		raft_drop(raft, RAFT_DROP_STALE, msg->type);
		return;
	}
	if (!op_of_sender(raft, msg, &msg->entry)) {
		raft_drop(raft, RAFT_DROP_FIELD, msg->type);
		return;
	}
	slot = find_assembly(raft, msg);
	if (!slot) {
		raft_note(raft, RAFT_NOTE_DEFERRED, msg->from, msg->entry.seq,
			  RAFT_DEFER_ROOM, 0, 0);
		return;
	}
	if (slot->from != msg->from || slot->op.seq != msg->entry.seq ||
	    slot->chunks.total != msg->entry.len) {
		slot->from = msg->from;
		raft_chunks_start(&slot->chunks, msg->entry.len);
	}
	slot->op = msg->entry;
	slot->op.data = slot->data;
	slot->used = raft->now;
	memcpy(slot->data + msg->offset, msg->bytes, msg->n_bytes);
	raft_chunks_add(&slot->chunks, msg->offset);
	reply_op_chunk(raft, msg, slot);
	if (!raft_chunks_complete(&slot->chunks))
		return;
	if (raft_leader_append_op(raft, &slot->op))
		slot->from = 0;
	else
		deferred(raft, &slot->op, msg->entry.term);
}

/**
 * raft_recv_op_chunk_reply() - the leader says which chunks it has
 * @raft: the node
 * @msg: the answer
 */
void raft_recv_op_chunk_reply(struct raft *raft, const struct raft_msg *msg)
{
	if (msg->from == raft->leader && msg->op_chunk_reply.seq == raft->forward_index)
		raft_chunks_told(&raft->forward_out, msg->op_chunk_reply.have);
	else
		raft_drop(raft, RAFT_DROP_STALE, msg->type);
}
