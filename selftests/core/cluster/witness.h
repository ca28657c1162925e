/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What every member has said and stored: what a node decides or says must follow
 * from what is in memory or on the stores of the others at that moment, which no
 * node of its own can know, but who sees all of them at once.
 */
#ifndef WITNESS_H
#define WITNESS_H

#include "raft.h"

struct node;
struct raft_msg;

/**
 * struct witness - what is remembered of a member from its last step
 * @id: the member, 0 before its first step
 * @term: its term; over a restart that of its store
 * @vote: its vote in that term, likewise
 * @led: the term it last led in
 * @last: last index of its log
 * @commit: its commit index
 * @durable: last index that it took for durable
 * @config: the configuration in force
 * @n_peers: used slots of @peer
 * @peer: what it knew of the others as a leader
 */
struct witness {
	u64 id;
	u64 term;
	u64 vote;
	u64 led;
	u64 last;
	u64 commit;
	u64 durable;
	struct raft_config config;
	u32 n_peers;
	struct raft_peer_view peer[RAFT_MEMBERS_MAX];
};

void witness_started(struct node *node);
void witness_stepped(struct node *node, const struct raft_view *view);
void witness_said(struct node *node, const struct raft_msg *msg);

#endif /* WITNESS_H */
