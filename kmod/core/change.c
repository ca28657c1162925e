// SPDX-License-Identifier: GPL-2.0
/*
 * Changes to the cluster: joining, leaving, promotion, removal (dissertation
 * chapter 4) and leadership transfer (section 3.10).
 *
 * Whoever wants a change repeats its request until the answer is final, so
 * the leader's answer follows from the state alone: asked again, a change
 * that was made is done.
 */
#include <linux/string.h>
#include "internal.h"

#define LABEL_PATIENCE	3	/* election timeouts after which a label is in use for good */

/* One change at a time, and none before the own no-op (section 4.1). */
static bool may_change(const struct raft *raft)
{
	return raft_leader_is_open(raft) && !raft->config.joint &&
	       raft->config.index <= raft->commit && !raft->transfer_to;
}

/* Append the configuration in config_scratch. */
static bool append_config(struct raft *raft)
{
	u8 data[RAFT_CONFIG_BYTES];
	struct raft_entry entry = { .kind = RAFT_ENTRY_CONFIG, .data = data };

	entry.len = raft_wire_config_encode(data, &raft->config_scratch);
	return raft_leader_append(raft, &entry);
}

static struct raft_config *next_config(struct raft *raft)
{
	raft->config_scratch = raft->config;
	return &raft->config_scratch;
}

static enum raft_status change_ended(const struct raft *raft)
{
	bool committed = !raft->config.joint && raft->config.index <= raft->commit;

	return committed ? RAFT_OK : RAFT_PENDING;
}

/* Take a member out of a configuration, over a joint one if it votes. */
static void take_out(struct raft_config *config, u64 id)
{
	int i = raft_config_find(config, id);

	if (!(config->member[i].flags & RAFT_MEMBER_VOTER)) {
		raft_config_remove(config, id);
		return;
	}
	if (!config->joint)
		raft_config_enter_joint(config);
	config->member[i].flags &= ~RAFT_MEMBER_VOTER;
}

static enum raft_status remove_member(struct raft *raft, u64 id)
{
	const struct raft_member *member = raft_member(raft, id);

	if (!member)
		return change_ended(raft);
	if (!may_change(raft))
		return RAFT_RETRY;
	if (member->flags & RAFT_MEMBER_VOTER && raft_config_voters(&raft->config) == 1)
		return RAFT_LAST_VOTER;
	take_out(next_config(raft), id);
	return append_config(raft) ? RAFT_PENDING : RAFT_RETRY;
}

static enum raft_status promote_member(struct raft *raft, u64 id)
{
	const struct raft_member *member = raft_member(raft, id);
	struct raft_config *config;

	if (!member)
		return RAFT_NO_SUCH_MEMBER;
	if (member->flags & RAFT_MEMBER_VOTER)
		return change_ended(raft);
	if (!raft_leader_hears(raft, id))
		return RAFT_SILENT;
	if (member->flags & RAFT_MEMBER_JOINING)
		return RAFT_PENDING;
	if (!may_change(raft))
		return RAFT_RETRY;
	config = next_config(raft);
	config->member[raft_config_find(config, id)].flags |= RAFT_MEMBER_JOINING;
	return append_config(raft) ? RAFT_PENDING : RAFT_RETRY;
}

/*
 * The voter that is furthest, other than this node; 0 if there is none. Of those
 * that are equally far, the one that answered last: another may just have died.
 */
static u64 furthest(const struct raft *raft)
{
	const struct raft_peer *best = NULL;
	u32 i;

	for (i = 0; i < raft->config.n; i++) {
		const struct raft_peer *peer = &raft->peer[i];

		if (peer->id == raft->params.id || !raft_leader_hears(raft, peer->id) ||
		    !(raft->config.member[i].flags & RAFT_MEMBER_VOTER))
			continue;
		if (!best || peer->match > best->match ||
		    (peer->match == best->match && peer->heard > best->heard))
			best = peer;
	}
	return best ? best->id : 0;
}

/* Each request is tried once: asked again after that, it has failed. */
static enum raft_status transfer(struct raft *raft, u64 target, u64 from, u64 id)
{
	const struct raft_member *member;

	if (raft->transfer_to)
		return RAFT_PENDING;
	if (raft->transfer_from == from && raft->transfer_id == id)
		return RAFT_TRANSFER_FAILED;
	if (!target)
		target = furthest(raft);
	member = raft_member(raft, target);
	if (!member)
		return target ? RAFT_NO_SUCH_MEMBER : RAFT_TRANSFER_FAILED;
	if (!(member->flags & RAFT_MEMBER_VOTER))
		return RAFT_NOT_VOTER;
	if (target == raft->params.id)
		return RAFT_OK;
	if (!may_change(raft))
		return RAFT_RETRY;
	raft->transfer_to = target;
	raft->transfer_at = raft->now + raft_election_us(raft);
	raft->transfer_ask = true;
	raft->transfer_from = from;
	raft->transfer_id = id;
	raft_note(raft, RAFT_NOTE_TRANSFER, target, 0, 0, 0, 0);
	return RAFT_PENDING;
}

/*
 * A leader that is to be removed hands over first, once for each request, and its
 * successor makes the change (section 4.2.2). Only if nobody can take over it makes
 * the change itself, and goes when that is committed.
 */
static enum raft_status remove_leader(struct raft *raft, u64 from, u64 id)
{
	enum raft_status status = RAFT_TRANSFER_FAILED;

	if (raft_member(raft, raft->params.id))
		status = transfer(raft, 0, from, id);
	return status == RAFT_TRANSFER_FAILED ? remove_member(raft, raft->params.id) : status;
}

static enum raft_status perform(struct raft *raft, enum raft_admin what, u64 target, u64 from,
				u64 id)
{
	if (!raft_leader_is_open(raft))
		return RAFT_RETRY;
	switch (what) {
	case RAFT_ADMIN_REMOVE:
		return target == raft->params.id ? remove_leader(raft, from, id) :
						   remove_member(raft, target);
	case RAFT_ADMIN_PROMOTE:
		return promote_member(raft, target);
	default:
		return transfer(raft, target, from, id);
	}
}

static bool is_final(enum raft_status status)
{
	return status != RAFT_PENDING && status != RAFT_RETRY && status != RAFT_NO_LEADER;
}

static void admin_end(struct raft *raft, enum raft_status status)
{
	if (!is_final(status))
		return;
	raft->admin_status = status;
	raft_note(raft, RAFT_NOTE_CHANGE, raft->admin, raft->admin_target, status, 0, 0);
	if (status == RAFT_OK && raft->admin == RAFT_ADMIN_REMOVE &&
	    raft->admin_target == raft->params.id)
		raft_set_removed(raft, raft->config.index);
}

/**
 * raft_admin_submit() - somebody on this host wants a change
 * @raft: the node
 * @event: %RAFT_EV_ADMIN
 */
void raft_admin_submit(struct raft *raft, const struct raft_event *event)
{
	raft->admin_id = raft->admin_next++;
	raft->admin_ask = true;
	raft->admin = event->admin.what;
	raft->admin_target = event->admin.target;
	raft->admin_leader = raft->leader;
	raft->admin_until = raft->now + 2 * raft_election_us(raft);
	raft->admin_status = RAFT_PENDING;
	if (raft->failed)
		admin_end(raft, raft->failed);
	else if (raft->removed || raft->joined != RAFT_OK)
		admin_end(raft, RAFT_NOT_MEMBER);
}

/* A transfer has succeeded when the target leads, or anybody new if it was free. */
static void watch_transfer(struct raft *raft)
{
	bool moved = raft->leader && raft->leader != raft->admin_leader;

	if (raft->admin_target ? raft->leader == raft->admin_target : moved)
		admin_end(raft, RAFT_OK);
	else if (raft->now >= raft->admin_until)
		admin_end(raft, RAFT_TRANSFER_FAILED);
}

/**
 * raft_admin_settle() - see how this node's own request stands
 * @raft: the node
 */
void raft_admin_settle(struct raft *raft)
{
	if (!raft->admin_id || raft->admin_status != RAFT_PENDING)
		return;
	if (raft->admin == RAFT_ADMIN_TRANSFER)
		watch_transfer(raft);
	/* A leader that removes itself is none any more when that is done. */
	if (raft->removed && raft->admin_target == raft->params.id)
		admin_end(raft, raft->admin == RAFT_ADMIN_REMOVE ? RAFT_OK : RAFT_NOT_MEMBER);
	if (raft->admin_status == RAFT_PENDING && raft->role == RAFT_LEADER)
		admin_end(raft, perform(raft, raft->admin, raft->admin_target, raft->params.id,
					raft->admin_id));
}

/**
 * raft_join_retry() - ask for membership again
 * @raft: the node
 *
 * The leader that we were sent to may be gone: it may even be what ran at our
 * own address before. Ask where we began, then.
 */
void raft_join_retry(struct raft *raft)
{
	if (raft->joined != RAFT_PENDING)
		return;
	if (!raft->join_answered)
		raft->join_addr = raft->join_seed;
	raft->join_answered = false;
	raft->join_ask = true;
}

/**
 * raft_admin_flush() - send this node's own request, or its wish to join
 * @raft: the node
 * @update: for the datagram
 */
void raft_admin_flush(struct raft *raft, struct raft_update *update)
{
	struct raft_msg msg = { .type = RAFT_MSG_CHANGE };

	if (raft->admin_id && raft->admin_status == RAFT_PENDING && raft->admin_ask &&
	    raft->role != RAFT_LEADER && raft->leader) {
		msg.change.id = raft->admin_id;
		msg.change.what = raft->admin;
		msg.change.target = raft->admin_target;
		if (raft_send_begin(raft, update, &msg, raft->leader, &raft->leader_addr))
			raft->admin_ask = false;
	}
	if (raft->joined != RAFT_PENDING || !raft->join_ask)
		return;
	msg = (struct raft_msg){
		.type = RAFT_MSG_JOIN,
		.flags = raft->params.as_learner ? RAFT_FLAG_LEARNER : 0,
		.join.member.id = raft->params.id,
		.join.member.addr = raft->params.addr,
		.join.value_max = raft->params.value_max,
	};
	memcpy(msg.join.member.label, raft->params.label, sizeof(msg.join.member.label));
	if (raft_send_begin(raft, update, &msg, 0, &raft->join_addr))
		raft->join_ask = false;
}

/*
 * Replace every other member of this one's label: it is a start of the same host that is
 * over. The member is no part of the configuration, in which others move up.
 */
static void replace_predecessors(struct raft_config *config, const struct raft_member *member)
{
	u32 i;

	for (i = 0; i < config->n; i++) {
		const struct raft_member *old = &config->member[i];
		bool leaving = old->flags & RAFT_MEMBER_OLD && !(old->flags & RAFT_MEMBER_VOTER);

		if (old->id == member->id || strcmp(old->label, member->label) || leaving)
			continue;
		if (old->flags & RAFT_MEMBER_VOTER && raft_config_voters(config) == 1)
			continue;
		take_out(config, old->id);
		i = -1;
	}
}

/* A learner that has caught up gets its vote; its predecessor goes in the same change. */
static void promote_joined(struct raft *raft)
{
	struct raft_config *config;
	struct raft_member member;
	u32 i;

	for (i = 0; i < raft->config.n; i++)
		if (raft->config.member[i].flags & RAFT_MEMBER_JOINING && raft->peer[i].caught_up)
			break;
	if (i == raft->config.n)
		return;
	config = next_config(raft);
	raft_config_enter_joint(config);
	config->member[i].flags = RAFT_MEMBER_VOTER;
	member = config->member[i];
	replace_predecessors(config, &member);
	append_config(raft);
}

/* "A leader that is removed from the configuration steps down once the C_new
 * entry is committed" (section 4.2.2), handing over to spare the others a timeout.
 */
static void leave_office(struct raft *raft)
{
	struct raft_msg msg = { .type = RAFT_MSG_TIMEOUT_NOW, .to = furthest(raft) };

	if (msg.to)
		raft_queue(raft, &msg);
	raft_become_follower(raft, raft->term, 0, RAFT_WHY_REMOVED, 0, 0);
}

/**
 * raft_change_settle() - take the next step of a change that is under way
 * @raft: a leader; may be none afterwards
 *
 * "Once C_old,new has been committed [...] the leader creates a log entry
 * describing C_new" (section 4.3).
 */
void raft_change_settle(struct raft *raft)
{
	if (raft->config.index > raft->commit || !raft_leader_is_open(raft))
		return;
	if (raft->config.joint) {
		raft_config_leave_joint(next_config(raft));
		append_config(raft);
	} else if (!raft_member(raft, raft->params.id)) {
		leave_office(raft);
	} else if (may_change(raft)) {
		promote_joined(raft);
	}
}

/**
 * raft_recv_change() - a member asks for a change
 * @raft: the node
 * @msg: the request
 */
void raft_recv_change(struct raft *raft, const struct raft_msg *msg)
{
	struct raft_msg reply = {
		.type = RAFT_MSG_CHANGE_REPLY,
		.to = msg->from,
		.change.id = msg->change.id,
	};

	/* A request to hand over was meant for the leader of its term. */
	if (raft->role != RAFT_LEADER ||
	    (msg->change.what == RAFT_ADMIN_TRANSFER && msg->term != raft->term)) {
		raft_drop(raft, RAFT_DROP_STALE, msg->type);
		return;
	}
	reply.change.status = perform(raft, msg->change.what, msg->change.target, msg->from,
				      msg->change.id);
	raft_note(raft, RAFT_NOTE_CHANGE, msg->change.what, msg->change.target,
		  reply.change.status, 0, 0);
	raft_queue(raft, &reply);
}

/**
 * raft_recv_change_reply() - the leader answers our request
 * @raft: the node
 * @msg: the answer
 */
void raft_recv_change_reply(struct raft *raft, const struct raft_msg *msg)
{
	if (msg->change.id == raft->admin_id && raft->admin_status == RAFT_PENDING)
		admin_end(raft, msg->change.status);
	else
		raft_drop(raft, RAFT_DROP_STALE, msg->type);
}

/* The label, or the slot, is taken by somebody who is there. */
static bool label_alive(const struct raft *raft, const struct raft_member *joiner)
{
	u32 i;

	for (i = 0; i < raft->config.n; i++) {
		const struct raft_member *member = &raft->config.member[i];

		if (member->id != joiner->id && !strcmp(member->label, joiner->label) &&
		    raft_leader_hears(raft, member->id))
			return true;
	}
	return false;
}

static enum raft_status add_member(struct raft *raft, const struct raft_msg *msg)
{
	struct raft_member member = msg->join.member;
	struct raft_config *config;

	if (raft_member(raft, member.id))
		return change_ended(raft);
	if (msg->join.value_max != raft->config.value_max)
		return RAFT_VALUE_MAX_DIFFERS;
	if (!may_change(raft))
		return RAFT_RETRY;
	if (label_alive(raft, &member))
		return RAFT_LABEL_IN_USE;
	config = next_config(raft);
	if (msg->flags & RAFT_FLAG_LEARNER)
		replace_predecessors(config, &member);
	else
		member.flags = RAFT_MEMBER_JOINING;
	if (!raft_config_add(config, &member))
		return RAFT_CLUSTER_FULL;
	return append_config(raft) ? RAFT_PENDING : RAFT_RETRY;
}

/**
 * raft_recv_join() - a node asks to become a member
 * @raft: the node
 * @msg: the request
 *
 * It begins as a learner (section 4.2.1); who does not lead names the leader.
 */
void raft_recv_join(struct raft *raft, const struct raft_msg *msg)
{
	struct raft_msg reply = { .type = RAFT_MSG_JOIN_REPLY, .to = msg->from };
	const struct raft_member *leader = raft_member(raft, raft->leader);

	if (raft->role == RAFT_LEADER) {
		reply.join_reply.status = add_member(raft, msg);
		reply.join_reply.detail = raft->config.election_ms;
	} else {
		reply.join_reply.status = leader ? RAFT_RETRY : RAFT_NO_LEADER;
		if (leader)
			reply.join_reply.leader = leader->addr;
	}
	raft_note(raft, RAFT_NOTE_JOIN, msg->from, reply.join_reply.status, 0, 0, 0);
	raft_queue(raft, &reply);
}

/*
 * The host may just have been started anew: its predecessor looks alive for a
 * moment, which is as long as the cluster says. A refusal that was overtaken by our
 * membership is not one any more.
 */
static bool join_refused(struct raft *raft, const struct raft_msg *msg)
{
	enum raft_status status = msg->join_reply.status;

	if (raft_member(raft, raft->params.id))
		return false;
	if (status != RAFT_LABEL_IN_USE)
		return is_final(status) && status != RAFT_OK;
	if (!raft->join_refused)
		raft->join_refused = raft->now;
	return raft->now - raft->join_refused >= LABEL_PATIENCE * 1000ULL * msg->join_reply.detail;
}

static void join_answered(struct raft *raft, const struct raft_msg *msg)
{
	const struct raft_addr *leader = &msg->join_reply.leader;

	raft->join_answered = true;
	/* We are taken in: a refusal that comes now was sent before, or by the next leader. */
	if (msg->join_reply.status == RAFT_PENDING)
		raft->join_refused = 0;
	if (join_refused(raft, msg))
		raft->joined = msg->join_reply.status;
	if (leader->family && !raft_addr_equal(leader, &raft->join_addr)) {
		raft->join_addr = *leader;
		raft->join_ask = true;
	} else if (msg->join_reply.status == RAFT_NO_LEADER) {
		raft->join_addr = raft->join_seed;
	}
}

/* A refusal may be late: it says which starts it means. */
static void take_refusal(struct raft *raft, const struct raft_msg *msg)
{
	u32 incarnation = raft->params.incarnation;

	if (raft->params.is_volatile || !raft_member(raft, msg->from) ||
	    incarnation > msg->join_reply.detail) {
		raft_drop(raft, RAFT_DROP_STALE, msg->type);
		return;
	}
	raft_note(raft, RAFT_NOTE_OLD_STORE, raft->params.id, incarnation, 0, 0, 0);
	raft_fail(raft, RAFT_OLD_STORE, RAFT_WHY_OLD_STORE);
}

/**
 * raft_recv_join_reply() - a member answers our wish to join, or tells us that
 *	we are no member any more or must not be one again
 * @raft: the node
 * @msg: the answer
 */
void raft_recv_join_reply(struct raft *raft, const struct raft_msg *msg)
{
	if (msg->join_reply.status == RAFT_OLD_STORE) {
		take_refusal(raft, msg);
	} else if (raft->joined == RAFT_PENDING) {
		join_answered(raft, msg);
	} else if (msg->join_reply.status == RAFT_NOT_MEMBER && raft_member(raft, msg->from) &&
		   !raft_leader_alive(raft) && !raft->removed) {
		raft_set_removed(raft, raft->config.index);
		raft_become_follower(raft, raft->term, 0, RAFT_WHY_REMOVED, msg->from, 0);
	} else {
		raft_drop(raft, RAFT_DROP_STALE, msg->type);
	}
}
