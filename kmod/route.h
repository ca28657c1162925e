/* SPDX-License-Identifier: GPL-2.0 */
/* The ways to the members, which are looked up once and kept while they are good. */
#ifndef RAFTVAL_ROUTE_H
#define RAFTVAL_ROUTE_H

#include <linux/types.h>
#include "core/raft.h"

struct dst_entry;
struct sock;

/**
 * struct raftval_route - the way to a member
 * @to: where to
 * @dst: the way, which is held; NULL for none
 * @cookie: what tells the kernel whether it is still good
 */
struct raftval_route {
	struct raft_addr to;
	struct dst_entry *dst;
	u32 cookie;
};

/**
 * struct raftval_routes - those that one node has asked for; zeroed at first
 * @route: the ways
 * @next: which of them is given up for the next
 */
struct raftval_routes {
	struct raftval_route route[RAFT_MEMBERS_MAX];
	u32 next;
};

const struct raftval_route *raftval_route_find(struct raftval_routes *routes, struct sock *sk,
					       const struct raft_addr *to);
void raftval_route_forget(struct raftval_routes *routes);

#endif /* RAFTVAL_ROUTE_H */
