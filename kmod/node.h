/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A node: one member of a cluster that runs on this host
 *
 * Its Raft core belongs to whoever has the node's turn (turn.h). Everyone else puts a
 * request into the node's mailbox and waits for its answer (request.h), or copies
 * the status that is published. Every function here is called in process context
 * and may sleep unless it says otherwise.
 */
#ifndef RAFTVAL_NODE_H
#define RAFTVAL_NODE_H

#include <linux/types.h>
#include <linux/raftval.h>
#include "key.h"
#include "raft.h"
#include "store.h"
#include "transport.h"
#include "wall.h"

struct net;
struct blocking_notifier_head;
struct netlink_ext_ack;
struct raftval_page;
struct raftval_request_value;
struct wait_queue_head;
struct raftval_node;
struct raftval_store;

/* The longest timeout that a caller may ask for, milliseconds. */
#define RAFTVAL_NODE_TIMEOUT_MAX	3600000

/* Nodes of a network namespace, at most: what makes one need not be the host's root. */
#define RAFTVAL_NODES_MAX	16

/* And of all those that belong to user namespaces, together. */
#define RAFTVAL_NODES_GUESTS_MAX	128

/* Role and leader changes that a node remembers. */
#define RAFTVAL_NODE_CHANGES	10

/**
 * enum raftval_node_origin - where a node comes from
 * @RAFTVAL_NODE_CREATE: it starts a new cluster
 * @RAFTVAL_NODE_JOIN: it joins a cluster
 * @RAFTVAL_NODE_UP: it is the member whose store it has
 */
enum raftval_node_origin {
	RAFTVAL_NODE_CREATE,
	RAFTVAL_NODE_JOIN,
	RAFTVAL_NODE_UP,
};

/**
 * struct raftval_node_options - how a node is made
 * @name: its name, %RAFTVAL_NAME_DEFAULT or another; letters, digits, '-', '_' and '.'
 * @origin: &enum raftval_node_origin
 * @store: its store, loaded for %RAFTVAL_NODE_UP, else just opened; NULL for a
 *	volatile node
 * @keys: the cluster's keys; none if its datagrams are not to be sealed
 * @seed: where a member of the cluster to join listens
 * @join_timeout_ms: how long to wait for the cluster to take the node in
 * @op_timeout_ms: how long a read or a write waits for the cluster unless its
 *	caller says otherwise
 * @params: what the core is made with; @params.addr is where the node listens.
 *	The member id, the random seed, the note hook and its context are filled
 *	in by raftval_node_create(), and so is the id of a new cluster if it is all
 *	zero. Of a member that has a store already, that says everything.
 */
struct raftval_node_options {
	const char *name;
	enum raftval_node_origin origin;
	struct raftval_store *store;
	struct raftval_keys keys;
	struct raft_addr seed;
	u32 join_timeout_ms;
	u32 op_timeout_ms;
	struct raft_params params;
};

/**
 * struct raftval_node_stats - what the node itself counts
 * @turns: times that somebody went round who found something to do
 * @passed: turns that were left to the node's thread
 * @steps: steps of the core
 * @late_wakeups: times the core's timer was served more than %RAFTVAL_NODE_LATE_US late
 * @late_max_us: the latest of them, microseconds
 * @ops_done: operations answered by the core
 * @ops_cancelled: operations whose caller gave up first
 * @ops_refused: operations that were refused because too many waited
 * @timeouts: requests of any kind that were not answered in time
 */
struct raftval_node_stats {
	u64 turns;
	u64 passed;
	u64 steps;
	u64 late_wakeups;
	u64 late_max_us;
	u64 ops_done;
	u64 ops_cancelled;
	u64 ops_refused;
	u64 timeouts;
};

/**
 * struct raftval_node_status - a node as it was at one moment
 * @now: that moment, monotonic microseconds: the clock of @change and of @view.peer
 * @view: the core's view; its @config and @stats point into this structure
 * @config: the configuration in force
 * @stats: what the core counts
 * @transport: what the transport counts
 * @store: what the store counts
 * @wall: what the wall shows; without a key nothing, and without keys
 * @node: what the node counts
 * @n_configs: configurations that took effect since the node started
 * @n_changes: role and leader changes since the node started
 * @change: the newest of them, newest first; min(@n_changes, %RAFTVAL_NODE_CHANGES) are valid
 *
 * Too large for the stack: allocate it.
 */
struct raftval_node_status {
	u64 now;
	struct raft_view view;
	struct raft_config config;
	struct raft_stats stats;
	struct raftval_transport_stats transport;
	struct raftval_store_stats store;
	struct raftval_wall_stats wall;
	struct raftval_node_stats node;
	u64 n_configs;
	u64 n_changes;
	struct raft_change change[RAFTVAL_NODE_CHANGES];
};

/**
 * struct raftval_node_mark - what somebody who polls a node compares
 * @revision: revision of the value
 * @n_changes: role and leader changes since the node started
 * @leader: the leader of the term, 0 if not known
 * @down: the node is going away or gone
 */
struct raftval_node_mark {
	u64 revision;
	u64 n_changes;
	u64 leader;
	bool down;
};

int raftval_node_init(void);
void raftval_node_exit(void);

struct raftval_node *raftval_node_create(struct net *net,
					 const struct raftval_node_options *options,
					 struct netlink_ext_ack *extack);
int raftval_node_down(struct raftval_node *node, bool forget);
void raftval_node_hold(struct raftval_node *node);
void raftval_node_put(struct raftval_node *node);
struct raftval_node *raftval_node_pin(struct net *net, const char *name);
void raftval_node_unpin(struct raftval_node *node);
bool raftval_node_pinned(struct raftval_node *node);
struct raftval_node *raftval_node_find(struct net *net, const char *name);
struct raftval_node *raftval_node_next(struct net *net, u64 *cursor);
const char *raftval_node_name(const struct raftval_node *node);
struct net *raftval_node_net(const struct raftval_node *node);
const char *raftval_node_store_path(struct raftval_node *node, char *buf, int size);
const struct raft_params *raftval_node_params(const struct raftval_node *node);
void raftval_node_status(struct raftval_node *node, struct raftval_node_status *status);
void raftval_node_mark(struct raftval_node *node, struct raftval_node_mark *mark);
struct raftval_page *raftval_node_page(struct raftval_node *node);
struct raftval_request_value *raftval_node_value(struct raftval_node *node);
struct blocking_notifier_head *raftval_node_watchers(struct raftval_node *node);
struct wait_queue_head *raftval_node_waitqueue(struct raftval_node *node);
u32 raftval_node_op_timeout(const struct raftval_node *node);
int raftval_node_set_op_timeout(struct raftval_node *node, u32 ms);

#endif /* RAFTVAL_NODE_H */
