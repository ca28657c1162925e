/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What there is to know of a node in one state, and what must hold of it: in
 * what it says, and from one state to the next.
 */
#ifndef EXPLORE_FACTS_H
#define EXPLORE_FACTS_H

#include "explore_store.h"

#define FACTS_HOSTS	4	/* hosts are numbered from 1; a member's id is its host's number */
#define FACTS_LOG	STORE_LOG	/* the highest index that fits */

/**
 * struct facts - what there is to know of a node
 * @number: its host
 * @role: &enum raft_role
 * @term: its term
 * @vote: whom it voted for in that
 * @commit: commit index
 * @applied: applied index
 * @first: first index of its log window
 * @last: last index
 * @kept: the last index up to which its store has its log, or what a restart finds
 * @stores: it has a store
 * @stored_term: term on the store
 * @stored_vote: vote on the store
 * @joint: its configuration is joint
 * @voters: bit mask of those who vote in it, by number
 * @old_voters: of those who vote in the old half
 * @writes: a write to its store is under way
 * @failed: its store has failed
 * @ticks: it wants to be called at some time
 * @hears: it is a follower that heard its leader lately
 * @revision: revision of its value
 * @applied_ops: different operations among what it applied, if its log shows all of that
 * @whole: its log shows all of that
 * @config: index of its configuration
 * @hash: hash of its committed state
 * @match: as a leader: what it knows of each member
 * @next: as a leader: what it sends each member next
 * @entry_term: the terms of its entries, by index
 * @print: hashes of its entries, by index
 */
struct facts {
	u8 number;
	u8 role;
	u8 term;
	u8 vote;
	u8 commit;
	u8 applied;
	u8 first;
	u8 last;
	u8 kept;
	bool stores;
	u8 stored_term;
	u8 stored_vote;
	bool joint;
	u8 voters;
	u8 old_voters;
	bool writes;
	bool failed;
	bool ticks;
	bool hears;
	u8 revision;
	u8 applied_ops;
	bool whole;
	u8 config;
	u64 hash;
	u8 match[FACTS_HOSTS + 1];
	u8 next[FACTS_HOSTS + 1];
	u8 entry_term[FACTS_LOG + 1];
	u64 print[FACTS_LOG + 1];
};

void facts_take(struct facts *facts, const struct raft *raft, const struct store *store);
const char *facts_step(const struct facts *was, const struct facts *is);
const char *facts_restart(const struct facts *was, const struct facts *is);
const char *facts_send(const struct facts *is, const struct raft_send *send);
bool facts_quorum(const struct facts *is, u32 hosts);

#endif /* EXPLORE_FACTS_H */
