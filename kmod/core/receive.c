// SPDX-License-Identifier: GPL-2.0
/*
 * What arrives: whether it is believed, and the rules that hold for every
 * message before the one that it is for.
 */
#include <linux/string.h>
#include "internal.h"

/**
 * raft_drop() - a datagram is not believed
 * @raft: the node
 * @why: the reason, counted
 * @type: its type, as far as it is known
 */
void raft_drop(struct raft *raft, enum raft_drop why, u8 type)
{
	raft->stats.dropped[why]++;
	raft_note(raft, RAFT_NOTE_DROP, why, type, 0, 0, 0);
}

/**
 * raft_refuse_store() - tell a member that its store is an old copy
 * @raft: the node
 * @id: the member
 * @incarnation: its newest start of which that is known
 */
void raft_refuse_store(struct raft *raft, u64 id, u32 incarnation)
{
	struct raft_msg msg = {
		.type = RAFT_MSG_JOIN_REPLY,
		.to = id,
		.join_reply.status = RAFT_OLD_STORE,
		.join_reply.detail = incarnation,
	};

	raft_queue(raft, &msg);
}

static bool from_leader(u8 type)
{
	return type == RAFT_MSG_APPEND || type == RAFT_MSG_ENTRY_CHUNK ||
	       type == RAFT_MSG_SNAPSHOT_CHUNK;
}

/*
 * What somebody may say who is not in our configuration: our configuration
 * may be behind, so leaders and candidates are heard; and who is no member
 * (any more) may ask to join or to leave. A leader that is removed hands over.
 */
static bool stranger_may(const struct raft *raft, const struct raft_msg *msg)
{
	if (!raft->config.n || from_leader(msg->type))
		return true;
	if (msg->type == RAFT_MSG_TIMEOUT_NOW)
		return msg->from == raft->leader;
	return msg->type == RAFT_MSG_VOTE || msg->type == RAFT_MSG_JOIN ||
	       msg->type == RAFT_MSG_JOIN_REPLY ||
	       (msg->type == RAFT_MSG_CHANGE && msg->change.what == RAFT_ADMIN_REMOVE &&
		msg->change.target == msg->from);
}

/*
 * Has the sender been started again since it said this? As a rule the datagram is
 * late, and if the sender gets the answer it throws that away. But if this is its
 * newest start its store is an old copy, put back: it does not know what it has
 * acknowledged, nor whom it voted for. The same holds if there were two starts
 * of the same count, whichever of them this is.
 */
static bool is_outdated(struct raft *raft, const struct raft_msg *msg)
{
	struct raft_peer *peer = raft_peer(raft, msg->from);
	bool earlier;

	if (!peer)
		return false;
	earlier = msg->incarnation < peer->incarnation;
	if (earlier || (msg->incarnation == peer->incarnation && peer->nonce &&
			msg->nonce != peer->nonce)) {
		raft_refuse_store(raft, peer->id, peer->incarnation - earlier);
		return true;
	}
	peer->incarnation = msg->incarnation;
	peer->nonce = msg->nonce;
	return false;
}

static bool accept(struct raft *raft, const struct raft_event *event, struct raft_msg *msg)
{
	enum raft_drop why;

	if (!raft_wire_decode(event->recv.data, event->recv.len, msg, &why))
		goto drop;
	why = RAFT_DROP_CLUSTER;
	if (memcmp(msg->cluster, raft->params.cluster, sizeof(raft->params.cluster)))
		goto drop;
	why = RAFT_DROP_RECEIVER;
	if (msg->from == raft->params.id ||
	    (msg->to != raft->params.id && (msg->to || msg->type != RAFT_MSG_JOIN)))
		goto drop;
	why = RAFT_DROP_STRANGER;
	if (!raft_member(raft, msg->from) && !stranger_may(raft, msg))
		goto drop;
	why = RAFT_DROP_STALE;
	if (is_outdated(raft, msg))
		goto drop;
	return true;
drop:
	raft_drop(raft, why, msg->type);
	return false;
}

/* A vote request that must not even raise our term (dissertation section 4.2.3). */
static bool disruptive(struct raft *raft, const struct raft_msg *msg)
{
	if (msg->type != RAFT_MSG_VOTE || msg->flags & RAFT_FLAG_TRANSFER ||
	    !raft_leader_alive(raft))
		return false;
	raft_note(raft, RAFT_NOTE_VOTE_IGNORED, msg->from, msg->term, raft->leader, 0, 0);
	return true;
}

/*
 * "If RPC request or response contains term T > currentTerm: set currentTerm
 * = T, convert to follower" (dissertation figure 3.1). A pre-vote asks about a
 * term that nobody is in yet and a join comes from outside: they raise nothing.
 */
static bool term_rules(struct raft *raft, const struct raft_msg *msg)
{
	bool joining = msg->type == RAFT_MSG_JOIN || msg->type == RAFT_MSG_JOIN_REPLY;

	bool vote = msg->type == RAFT_MSG_VOTE || msg->type == RAFT_MSG_VOTE_REPLY;
	bool pre = vote && msg->flags & RAFT_FLAG_PRE;

	if (joining || msg->type == RAFT_MSG_CHANGE || (pre && msg->type == RAFT_MSG_VOTE))
		return true;
	if (msg->term > raft->term) {
		if (disruptive(raft, msg))
			return false;
		raft_become_follower(raft, msg->term, from_leader(msg->type) ? msg->from : 0,
				     RAFT_WHY_HIGHER_TERM, msg->from, 0);
		return true;
	}
	/* Who grants a pre-vote may be in an earlier term and stays there. */
	if (msg->term == raft->term || msg->type == RAFT_MSG_VOTE || pre)
		return true;
	if (from_leader(msg->type))
		raft_follower_stale_leader(raft, msg);
	raft_drop(raft, RAFT_DROP_STALE, msg->type);
	return false;
}

static void dispatch_request(struct raft *raft, struct raft_msg *msg)
{
	switch (msg->type) {
	case RAFT_MSG_FORWARD:
		return raft_recv_forward(raft, msg);
	case RAFT_MSG_OP_CHUNK:
		return raft_recv_op_chunk(raft, msg);
	case RAFT_MSG_OP_CHUNK_REPLY:
		return raft_recv_op_chunk_reply(raft, msg);
	case RAFT_MSG_READ:
		return raft_recv_read(raft, msg);
	case RAFT_MSG_READ_REPLY:
		return raft_recv_read_reply(raft, msg);
	case RAFT_MSG_JOIN:
		return raft_recv_join(raft, msg);
	case RAFT_MSG_JOIN_REPLY:
		return raft_recv_join_reply(raft, msg);
	case RAFT_MSG_CHANGE:
		return raft_recv_change(raft, msg);
	case RAFT_MSG_CHANGE_REPLY:
		return raft_recv_change_reply(raft, msg);
	}
}

static void dispatch(struct raft *raft, struct raft_msg *msg, const struct raft_event *event)
{
	u64 arrived = event->recv.arrived < raft->now ? event->recv.arrived : raft->now;

	switch (msg->type) {
	case RAFT_MSG_VOTE:
		return raft_recv_vote(raft, msg);
	case RAFT_MSG_VOTE_REPLY:
		return raft_recv_vote_reply(raft, msg);
	case RAFT_MSG_APPEND:
		return raft_recv_append(raft, msg, arrived);
	case RAFT_MSG_ENTRY_CHUNK:
		return raft_recv_entry_chunk(raft, msg, arrived);
	case RAFT_MSG_APPEND_REPLY:
		return raft_recv_append_reply(raft, msg, arrived);
	case RAFT_MSG_SNAPSHOT_CHUNK:
		return raft_recv_snapshot_chunk(raft, msg, arrived);
	case RAFT_MSG_SNAPSHOT_REPLY:
		return raft_recv_snapshot_reply(raft, msg, arrived);
	case RAFT_MSG_TIMEOUT_NOW:
		return raft_recv_timeout_now(raft, msg);
	default:
		return dispatch_request(raft, msg);
	}
}

/**
 * raft_receive() - a datagram arrived, from anybody
 * @raft: the node
 * @event: %RAFT_EV_RECV
 */
void raft_receive(struct raft *raft, const struct raft_event *event)
{
	struct raft_msg msg;

	raft->from = event->recv.from;
	if (accept(raft, event, &msg) && term_rules(raft, &msg))
		dispatch(raft, &msg, event);
}
