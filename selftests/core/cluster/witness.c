// SPDX-License-Identifier: GPL-2.0
/* What every member has said and stored, and what follows from it. */
#include <string.h>

#include <asm/byteorder.h>

#include "cluster.h"
#include "members.h"
#include "wire.h"
#include "witness.h"

/**
 * struct claim - what is said to have a quorum
 * @index: entry
 * @term: its term; or, of a vote, the term it was given in
 * @candidate: for whom the vote was, 0 if it is about an entry
 */
struct claim {
	u64 index;
	u64 term;
	u64 candidate;
};

static bool has_entry(const struct node *node, const struct claim *claim)
{
	struct raft_entry entry;
	struct raft_view view;

	if (node->durable)
		return disk_has(&node->disk, claim->index, claim->term);
	raft_view(node->raft, &view);
	return claim->index < view.first ||
	       (raft_entry_at(node->raft, claim->index, &entry) && entry.term == claim->term);
}

/* Who is in a later term by now may have voted before. */
static bool has_voted(const struct node *node, const struct claim *claim)
{
	struct raft_view view = { .term = node->disk.term, .vote = node->disk.vote };

	if (!node->durable)
		raft_view(node->raft, &view);
	return view.term > claim->term ||
	       (view.term == claim->term && view.vote == claim->candidate);
}

/* Of a member that is lost nothing is known any more: it counts as a yes. */
static bool supports(const struct node *node, u64 id, const struct claim *claim)
{
	struct raft_view view;

	if (node->params.id != id ||
	    (!node->raft && (!node->durable || !node->disk.term || node->disk.promised)))
		return true;
	if (node->raft) {
		raft_view(node->raft, &view);
		if (view.promised)
			return true;
	}
	return claim->candidate ? has_voted(node, claim) : has_entry(node, claim);
}

/* Whether more than half of those who have a flag support a claim, or all of them. */
static bool has_most(const struct cluster *cluster, const struct raft_config *config, u32 flag,
		     const struct claim *claim, bool all)
{
	u32 i, n = 0, yes = 0;

	for (i = 0; i < config->n; i++) {
		const struct raft_member *member = &config->member[i];

		if (!(member->flags & flag))
			continue;
		n++;
		yes += supports(&cluster->node[member->id % CLUSTER_LIVES], member->id, claim);
	}
	return all ? yes == n : yes > n / 2;
}

static bool has_quorum(const struct cluster *cluster, const struct raft_config *config,
		       const struct claim *claim, bool all)
{
	return has_most(cluster, config, RAFT_MEMBER_VOTER, claim, all) &&
	       (!config->joint || has_most(cluster, config, RAFT_MEMBER_OLD, claim, all));
}

static u64 term_at(const struct node *node, u64 index)
{
	struct raft_entry entry;

	return raft_entry_at(node->raft, index, &entry) ? entry.term : 0;
}

static void check_quorum(struct node *node, const struct raft_config *config, u64 index, bool all)
{
	struct claim claim = { .index = index, .term = term_at(node, index) };

	if (claim.term && !has_quorum(node->cluster, config, &claim, all))
		invariants_break(&node->cluster->invariants,
				 "commit quorum: node %u commits %llu/%llu, which %s of config %llu has",
				 node->number, index, claim.term, all ? "not all" : "no quorum",
				 config->index);
}

/*
 * What a leader commits is with a quorum of the configuration in force. If that
 * changed in this step, the old one was in force for what is before the new one.
 * "Raft never commits log entries from previous terms by counting replicas"
 * (section 3.6.2), unless everybody has them.
 */
static void check_commit(struct node *node, const struct raft_view *view)
{
	const struct witness *was = &node->witness;
	bool changed = view->config->index != was->config.index;

	if (view->role != RAFT_LEADER || view->commit <= was->commit)
		return;
	if (!changed || view->commit >= view->config->index)
		check_quorum(node, view->config, view->commit,
			     term_at(node, view->commit) != view->term);
	if (changed && was->config.index > was->commit && was->config.index <= view->commit)
		check_quorum(node, &was->config, was->config.index, false);
}

static void check_elected(struct node *node, const struct raft_view *view)
{
	const struct witness *was = &node->witness;
	struct claim claim = { .term = view->term, .candidate = view->id };

	if (view->role != RAFT_LEADER || was->led == view->term || !was->config.n)
		return;
	if (!has_quorum(node->cluster, &was->config, &claim, false))
		invariants_break(&node->cluster->invariants,
				 "election quorum: node %u leads term %llu without the votes of a quorum",
				 node->number, view->term);
}

static void check_vote(struct node *node, const struct raft_view *view)
{
	const struct witness *was = &node->witness;

	if (was->id == view->id && was->term == view->term && was->vote &&
	    was->vote != view->vote)
		invariants_break(&node->cluster->invariants,
				 "one vote: node %u voted for %llx in term %llu, now for %llx",
				 node->number, was->vote, view->term, view->vote);
}

static bool same_voters(const struct raft_config *a, u32 a_flag, const struct raft_config *b,
			u32 b_flag)
{
	u32 i = 0, j = 0;

	for (;;) {
		while (i < a->n && !(a->member[i].flags & a_flag))
			i++;
		while (j < b->n && !(b->member[j].flags & b_flag))
			j++;
		if (i == a->n || j == b->n)
			return i == a->n && j == b->n;
		if (a->member[i++].id != b->member[j++].id)
			return false;
	}
}

/* "Any majority of C_old,new overlaps with any of C_old and any of C_new" (section 4.3). */
static bool may_follow(const struct raft_config *old, const struct raft_config *new)
{
	if (old->joint && new->joint)
		return false;
	return same_voters(old, RAFT_MEMBER_VOTER, new,
			   new->joint ? RAFT_MEMBER_OLD : RAFT_MEMBER_VOTER);
}

/* Has a member no place in a configuration, or none in the one that follows it? */
static bool is_out(const struct raft_config *config, u64 id)
{
	int i = raft_config_find(config, id);

	return i < 0 || (config->member[i].flags & (RAFT_MEMBER_OLD | RAFT_MEMBER_VOTER)) ==
			RAFT_MEMBER_OLD;
}

/* Does a start of the same host that is new, or gets its vote, take a member's place? */
static bool is_replaced(const struct raft_member *member, const struct raft_config *old,
			const struct raft_config *new)
{
	u32 i;
	int was;

	for (i = 0; i < new->n; i++) {
		if (new->member[i].id == member->id || strcmp(new->member[i].label, member->label))
			continue;
		was = raft_config_find(old, new->member[i].id);
		if (was < 0 || (old->member[was].flags & RAFT_MEMBER_JOINING &&
				new->member[i].flags & RAFT_MEMBER_VOTER))
			return true;
	}
	return false;
}

static void check_left(struct node *node, const struct raft_config *old,
		       const struct raft_config *new)
{
	struct invariants *inv = &node->cluster->invariants;
	const struct raft_member *member;

	for (member = old->member; member < old->member + old->n; member++)
		if (!is_out(old, member->id) && is_out(new, member->id) &&
		    invariants_wanted(inv, member->id) && !is_replaced(member, old, new))
			invariants_break(inv,
					 "thrown out: config %llu of node %u is without %llx, whom nobody removed or replaced",
					 new->index, node->number, member->id);
}

/*
 * A leader makes a configuration when the one before it is committed, and an
 * entry of its own term is.
 */
static void check_change(struct node *node, const struct raft_view *view,
			 const struct raft_config *old, const struct raft_config *new)
{
	struct invariants *inv = &node->cluster->invariants;
	u64 commit = view->commit < new->index ? view->commit : new->index - 1;
	u64 term = term_at(node, commit);

	if (old->index > commit)
		invariants_break(inv, "one change at a time: node %u changes config %llu too soon",
				 node->number, old->index);
	else if (term && term != view->term)
		invariants_break(inv, "change before no-op: node %u makes config %llu",
				 node->number, new->index);
	else if (!may_follow(old, new))
		invariants_break(inv, "overlap: on node %u, config %llu may not follow %llu",
				 node->number, new->index, old->index);
}

/* A leader may make several in a step, if it is a quorum by itself. */
static void check_config(struct node *node, const struct raft_view *view)
{
	const struct witness *was = &node->witness;
	struct raft_config old = was->config, new;
	struct raft_entry entry;
	u64 index;

	if (view->role != RAFT_LEADER || !old.n || old.index == view->config->index)
		return;
	for (index = was->last + 1; index <= view->config->index; index++) {
		if (!raft_entry_at(node->raft, index, &entry) || entry.kind != RAFT_ENTRY_CONFIG ||
		    !raft_wire_config_decode(entry.data, entry.len, &new))
			continue;
		new.index = index;
		check_change(node, view, &old, &new);
		check_left(node, &old, &new);
		old = new;
	}
}

/* A follower may say that it has lost everything; then its match is 0. */
static void check_peers(struct node *node, const struct raft_view *view)
{
	const struct witness *was = &node->witness;
	u32 i, j;

	for (i = 0; i < view->n_peers; i++) {
		const struct raft_peer_view *peer = &view->peer[i];

		if (peer->next <= peer->match)
			invariants_break(&node->cluster->invariants,
					 "next above match: node %u sends %llx entry %llu, which it has",
					 node->number, peer->id, peer->next);
		for (j = 0; j < was->n_peers && was->led == view->term; j++) {
			if (was->peer[j].id == peer->id && peer->match &&
			    peer->match < was->peer[j].match)
				invariants_break(&node->cluster->invariants,
						 "match monotone: on node %u, match of %llx falls from %llu to %llu",
						 node->number, peer->id, was->peer[j].match,
						 peer->match);
		}
	}
}

static void check_durable(struct node *node, const struct raft_view *view)
{
	u64 index = node->witness.durable + 1;

	if (!node->durable)
		return;
	if (index < view->first)
		index = view->first;
	for (; index <= view->durable; index++) {
		if (!disk_has(&node->disk, index, term_at(node, index)))
			invariants_break(&node->cluster->invariants,
					 "durable: node %u takes entry %llu for stored, which is not",
					 node->number, index);
	}
}

static void check_leader(struct node *node, const struct raft_view *view)
{
	struct invariants *inv = &node->cluster->invariants;
	u64 leader = view->term < inv->leaders ? inv->leader[view->term] : 0;

	if (leader && view->leader && view->leader != leader)
		invariants_break(inv, "one leader: node %u follows %llx, but %llx leads term %llu",
				 node->number, view->leader, leader, view->term);
}

/**
 * witness_said() - a node sends a message
 * @node: the node
 * @msg: the message; what it promises must be on the store, if there is one
 */
void witness_said(struct node *node, const struct raft_msg *msg)
{
	struct invariants *inv = &node->cluster->invariants;
	const struct disk *disk = &node->disk;
	u64 match = msg->append_reply.match;

	if (!node->durable)
		return;
	if (msg->term > disk->term)
		invariants_break(inv, "said after stored: node %u speaks of term %llu",
				 node->number, msg->term);
	if (msg->type == RAFT_MSG_VOTE && !(msg->flags & RAFT_FLAG_PRE) &&
	    disk->vote != node->params.id)
		invariants_break(inv, "said after stored: node %u stands in term %llu",
				 node->number, msg->term);
	if (msg->type == RAFT_MSG_VOTE_REPLY && msg->flags & RAFT_FLAG_GRANTED &&
	    !(msg->flags & RAFT_FLAG_PRE) && disk->vote != msg->to)
		invariants_break(inv, "said after stored: node %u votes for %llx",
				 node->number, msg->to);
	if (msg->type == RAFT_MSG_APPEND_REPLY && !(msg->flags & RAFT_FLAG_REJECT) &&
	    !disk_has(disk, match, term_at(node, match)))
		invariants_break(inv, "said after stored: node %u acknowledges entry %llu",
				 node->number, match);
}

/* "A leader never overwrites or deletes entries in its log" (figure 3.2). */
static void check_append_only(struct node *node, const struct raft_view *view)
{
	if (view->role == RAFT_LEADER && node->witness.led == view->term &&
	    view->last < node->witness.last)
		invariants_break(&node->cluster->invariants,
				 "append-only: node %u leads term %llu and drops entry %llu",
				 node->number, view->term, node->witness.last);
}

static void remember(struct node *node, const struct raft_view *view)
{
	struct witness *witness = &node->witness;
	u64 committed = witness->commit;

	witness->id = view->id;
	witness->term = view->term;
	witness->vote = view->vote;
	witness->last = view->last;
	witness->commit = view->commit;
	witness->durable = view->durable;
	/* One that was not committed may have given its index to another leader's. */
	if (witness->config.index != view->config->index || view->config->index > committed ||
	    !witness->config.n)
		witness->config = *view->config;
	if (view->role != RAFT_LEADER)
		return;
	witness->led = view->term;
	witness->n_peers = view->n_peers;
	memcpy(witness->peer, view->peer, view->n_peers * sizeof(view->peer[0]));
}

/**
 * witness_started() - a node was made anew
 * @node: the node; what is on its store, its next start must remember
 */
void witness_started(struct node *node)
{
	memset(&node->witness, 0, sizeof(node->witness));
	node->witness.id = node->params.id;
	node->witness.term = node->disk.term;
	node->witness.vote = node->disk.vote;
}

/**
 * witness_stepped() - check a node that was stepped
 * @node: the node
 * @view: the node as the step left it
 */
void witness_stepped(struct node *node, const struct raft_view *view)
{
	check_vote(node, view);
	check_append_only(node, view);
	check_elected(node, view);
	check_leader(node, view);
	check_config(node, view);
	check_commit(node, view);
	check_peers(node, view);
	check_durable(node, view);
	remember(node, view);
}
