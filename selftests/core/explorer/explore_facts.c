// SPDX-License-Identifier: GPL-2.0
/* What there is to know of a node, and what must hold of it. */
#include <string.h>

#include "explore_facts.h"
#include "explore_intern.h"
#include "fail.h"
#include "internal.h"

static u8 small(u64 number)
{
	if (number > 0xff)
		fatal("%llu is more than the explorer reckons with", number);
	return number;
}

static u64 print_of(const struct raft_entry *entry)
{
	u64 word[] = {
		entry->term, entry->origin, entry->seq, entry->expect, entry->kind,
		hash_bytes(entry->data, entry->len),
	};

	return hash_bytes(word, sizeof(word));
}

static void take_log(struct facts *facts, const struct raft *raft)
{
	struct raft_entry entry;
	u64 index;

	if (raft->log.last > FACTS_LOG)
		fatal("entry %llu is beyond what the explorer reckons with", raft->log.last);
	facts->entry_term[facts->first - 1] = small(raft->log.base_term);
	for (index = raft->log.first; index <= raft->log.last; index++) {
		raft_entry_at(raft, index, &entry);
		facts->entry_term[index] = small(entry.term);
		facts->print[index] = print_of(&entry);
	}
}

/* How many different operations are among the applied entries? */
static u8 count_ops(const struct raft *raft)
{
	struct raft_entry one, other;
	u64 index, earlier;
	u8 n = 0;

	for (index = raft->log.first; index <= raft->applied; index++) {
		raft_entry_at(raft, index, &one);
		if (one.kind != RAFT_ENTRY_WRITE)
			continue;
		n++;
		for (earlier = raft->log.first; earlier < index; earlier++) {
			raft_entry_at(raft, earlier, &other);
			if (other.kind == one.kind && other.origin == one.origin &&
			    other.seq == one.seq)
				break;
		}
		n -= earlier < index;
	}
	return n;
}

static u8 kept(const struct facts *facts, const struct store *store)
{
	struct raft_entry entry;
	u32 kept = store->base;
	u32 i;

	for (i = 0; i < store->log.n && kept < facts->last; i++) {
		entry = store_entry(store->log.entry[i]);
		if (entry.index >= facts->first && print_of(&entry) != facts->print[entry.index])
			break;
		kept = entry.index;
	}
	return small(kept);
}

static void take_config(struct facts *facts, const struct raft_config *config)
{
	u32 i;

	facts->config = small(config->index);
	facts->joint = config->joint;
	for (i = 0; i < config->n; i++) {
		u8 bit = 1U << config->member[i].id;

		if (config->member[i].flags & RAFT_MEMBER_VOTER)
			facts->voters |= bit;
		if (config->member[i].flags & RAFT_MEMBER_OLD)
			facts->old_voters |= bit;
	}
}

static void take_peers(struct facts *facts, const struct raft *raft)
{
	u32 i;

	if (raft->role != RAFT_LEADER)
		return;
	for (i = 0; i < raft->config.n; i++) {
		facts->match[raft->peer[i].id] = small(raft->peer[i].match);
		facts->next[raft->peer[i].id] = small(raft->peer[i].next);
	}
}

/**
 * facts_take() - look at a node
 * @facts: what there is to know of it
 * @raft: the node
 * @store: its store, with nothing on it if it has none
 */
void facts_take(struct facts *facts, const struct raft *raft, const struct store *store)
{
	memset(facts, 0, sizeof(*facts));
	facts->number = small(raft->params.id);
	facts->role = raft->role;
	facts->term = small(raft->term);
	facts->vote = small(raft->vote);
	facts->commit = small(raft->commit);
	facts->applied = small(raft->applied);
	facts->first = small(raft->log.first);
	facts->last = small(raft->log.last);
	facts->revision = small(raft->value.revision);
	facts->hash = raft->value.hash;
	facts->failed = raft->failed;
	facts->hears = raft->role == RAFT_FOLLOWER && raft_leader_alive(raft);
	take_log(facts, raft);
	take_config(facts, &raft->config);
	take_peers(facts, raft);
	facts->whole = raft->log.first == 2;
	facts->applied_ops = count_ops(raft);
	facts->kept = facts->last;
	if (raft->params.is_volatile)
		return;
	facts->stores = true;
	facts->writes = store->write.seq;
	facts->stored_term = small(store->term);
	facts->stored_vote = small(store->vote);
	facts->kept = kept(facts, store);
}

static const char *check_votes(const struct facts *was, const struct facts *is)
{
	if (is->term < was->term)
		return "its term goes back";
	if (is->term == was->term && was->vote && is->vote != was->vote)
		return "it changes its vote within a term";
	if (is->stored_term < was->stored_term)
		return "the term on its store goes back";
	if (is->stored_term == was->stored_term && was->stored_vote &&
	    is->stored_vote != was->stored_vote)
		return "the vote on its store changes within a term";
	return NULL;
}

static const char *check_committed(const struct facts *was, const struct facts *is)
{
	u32 index;

	if (is->commit < was->commit || is->applied < was->applied)
		return "its commit index goes back";
	if (is->applied > is->commit || is->commit > is->last)
		return "its log, its commit index and its applied index contradict each other";
	if (is->revision < was->revision)
		return "its revision goes back";
	if (is->whole && is->revision != is->applied_ops)
		return "its revision is not the number of the operations it applied";
	if (is->first == was->first && is->last < was->last &&
	    is->print[is->last] == was->print[is->last])
		return "it drops entries that nothing contradicts";
	for (index = is->first; index <= was->commit; index++) {
		if (index >= was->first && was->print[index] != is->print[index])
			return "it replaces an entry that is committed";
	}
	return NULL;
}

static const char *check_office(const struct facts *was, const struct facts *is)
{
	bool same = was->role == RAFT_LEADER && was->term == is->term;
	u32 i;

	if (is->role != RAFT_LEADER)
		return NULL;
	if (is->commit > was->commit && is->entry_term[is->commit] != is->term)
		return "it leads and commits an entry of an earlier term by counting";
	for (i = 1; i <= FACTS_HOSTS; i++) {
		if (is->next[i] && is->next[i] <= is->match[i])
			return "it sends a member what that has";
		if (same && is->next[i] && is->match[i] < was->match[i])
			return "it takes back what it knew of a member";
	}
	if (!same)
		return NULL;
	if (is->config > was->config && (was->config > is->commit ||
					 is->entry_term[is->commit] != is->term))
		return "it changes the configuration too early";
	if (is->last < was->last)
		return "it leads and drops an entry of its log";
	for (i = was->first; i <= was->last; i++) {
		if (i >= is->first && was->print[i] != is->print[i])
			return "it leads and replaces an entry of its log";
	}
	return NULL;
}

/**
 * facts_step() - may one state of a node follow another?
 * @was: before a step
 * @is: after it
 *
 * Return: NULL, or what is wrong.
 */
const char *facts_step(const struct facts *was, const struct facts *is)
{
	const char *wrong = check_votes(was, is);

	if (!wrong)
		wrong = check_committed(was, is);
	return wrong ? wrong : check_office(was, is);
}

/**
 * facts_restart() - does a node come back as its store says?
 * @was: what the store held is in here, after the write that landed, if one did
 * @is: after the start
 *
 * Return: NULL, or what is wrong.
 */
const char *facts_restart(const struct facts *was, const struct facts *is)
{
	if (is->term < was->stored_term)
		return "it starts in an earlier term than its store says";
	if (is->term == was->stored_term && was->stored_vote && is->vote != was->stored_vote)
		return "it starts with another vote than its store says";
	if (is->kept < was->kept)
		return "it starts without an entry that was on its store";
	return NULL;
}

static const char *send_vote(const struct facts *is, const struct raft_msg *msg)
{
	if (msg->flags & RAFT_FLAG_PRE)
		return NULL;
	if (msg->type == RAFT_MSG_VOTE)
		return is->vote == is->number ? NULL : "it asks for votes without its own";
	if (msg->flags & RAFT_FLAG_GRANTED &&
	    (is->vote != msg->to || msg->vote_reply.asked != is->term))
		return "it grants a vote that it did not give";
	return NULL;
}

/**
 * facts_send() - may a node say this?
 * @is: the node, its store as it is before any write that the step begins
 * @send: the datagram
 *
 * "Persistent state on all servers (updated on stable storage before responding
 * to RPCs)" (dissertation, figure 3.1).
 *
 * Return: NULL, or what is wrong.
 */
const char *facts_send(const struct facts *is, const struct raft_send *send)
{
	struct raft_msg msg;
	enum raft_drop why;

	if (!raft_wire_decode(send->data, send->len, &msg, &why))
		return "it sends what can not be decoded";
	if (msg.from != is->number || msg.term != is->term)
		return "it speaks in another name, or of another term than its own";
	if (is->stores && (is->stored_term != is->term || is->stored_vote != is->vote))
		return "it speaks before its term and vote are on its store";
	switch (msg.type) {
	case RAFT_MSG_VOTE:
	case RAFT_MSG_VOTE_REPLY:
		return send_vote(is, &msg);
	case RAFT_MSG_APPEND:
		return is->role == RAFT_LEADER ? NULL : "it does not lead and sends an append";
	case RAFT_MSG_APPEND_REPLY:
		return msg.append_reply.match <= is->kept ? NULL :
		       "it acknowledges an entry that is not on its store";
	default:
		return NULL;
	}
}

static bool majority(u32 voters, u32 hosts)
{
	return 2 * __builtin_popcount(voters & hosts) > __builtin_popcount(voters);
}

/**
 * facts_quorum() - are these hosts a quorum, as a node sees it?
 * @is: the node
 * @hosts: bit mask of the hosts, by number
 *
 * Return: true if they have a majority, while the configuration is joint in both halves.
 */
bool facts_quorum(const struct facts *is, u32 hosts)
{
	return majority(is->voters, hosts) && (!is->joint || majority(is->old_voters, hosts));
}
