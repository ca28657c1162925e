/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A node: one member of a cluster that runs on this host
 *
 * The node's kthread owns the Raft core. Everyone else puts a request into the
 * node's mailbox and waits for its answer, or copies the status that the
 * thread publishes. Every function here is called in process context and may
 * sleep unless it says otherwise.
 */
#ifndef RAFTVAL_NODE_H
#define RAFTVAL_NODE_H

#include <linux/types.h>
#include <linux/raftval.h>
#include "raft.h"
#include "transport.h"

struct iov_iter;
struct net;
struct netlink_ext_ack;
struct raftval_node;

/* The longest timeout that a caller may ask for, milliseconds. */
#define RAFTVAL_NODE_TIMEOUT_MAX	3600000

/* Role and leader changes that a node remembers. */
#define RAFTVAL_NODE_CHANGES	10

/**
 * struct raftval_node_options - how a node is made
 * @name: its name, %RAFTVAL_NAME_DEFAULT or another; letters, digits, '-', '_' and '.'
 * @join: join the cluster that @seed is a member of; else start a new cluster
 * @seed: where a member of the cluster to join listens
 * @join_timeout_ms: how long to wait for the cluster to take the node in
 * @op_timeout_ms: how long a read or a write waits for the cluster unless its
 *	caller says otherwise
 * @params: what the core is made with; @params.addr is where the node listens.
 *	The member id, the random seed, the note hook and its context are filled
 *	in by raftval_node_create(), and so is the id of a new cluster.
 */
struct raftval_node_options {
	const char *name;
	bool join;
	struct raft_addr seed;
	u32 join_timeout_ms;
	u32 op_timeout_ms;
	struct raft_params params;
};

/**
 * struct raftval_node_stats - what the node itself counts
 * @wakeups: times the thread found something to do
 * @steps: steps of the core
 * @ops_done: operations answered by the core
 * @ops_cancelled: operations whose caller gave up first
 */
struct raftval_node_stats {
	u64 wakeups;
	u64 steps;
	u64 ops_done;
	u64 ops_cancelled;
};

/**
 * struct raftval_node_status - a node as it was at one moment
 * @now: that moment, monotonic microseconds: the clock of @change and of @view.peer
 * @view: the core's view; its @config and @stats point into this structure
 * @config: the configuration in force
 * @stats: what the core counts
 * @transport: what the transport counts
 * @node: what the node counts
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
	struct raftval_node_stats node;
	u64 n_changes;
	struct raft_change change[RAFTVAL_NODE_CHANGES];
};

/**
 * struct raftval_node_value - a copy of the value; freed with kvfree()
 * @revision: its revision
 * @len: bytes in @data
 * @data: the value
 */
struct raftval_node_value {
	u64 revision;
	u32 len;
	u8 data[];
};

/**
 * struct raftval_node_entry - an entry of the log, for display
 * @index: its place
 * @term: the term whose leader made it
 * @origin: the member that asked for it, 0 for the leader's own
 * @seq: the operation's number at @origin
 * @kind: &enum raft_entry_kind
 * @len: bytes of its data
 */
struct raftval_node_entry {
	u64 index;
	u64 term;
	u64 origin;
	u64 seq;
	u32 kind;
	u32 len;
};

/**
 * raftval_node_init() - make nodes possible
 *
 * Called once when the module is loaded, after the devices' init and before
 * netlink's.
 *
 * Return: 0 or a negative errno.
 */
int raftval_node_init(void);

/**
 * raftval_node_exit() - take every node of every network namespace down
 *
 * Called once when the module is unloaded, after netlink's exit.
 */
void raftval_node_exit(void);

/**
 * raftval_node_create() - make a node, start it and wait until it is a member
 * @net: network namespace it lives in; the caller keeps it alive meanwhile
 * @options: how it is made
 * @extack: gets a sentence for every error, may be NULL
 *
 * The name is taken at once, so that two callers never make the same node,
 * but nobody finds the node and it has no device until it is a member. A
 * signal ends the wait. Whatever fails, nothing of the node is left.
 *
 * Return: the node with a reference for the caller, or an ERR_PTR: -EINVAL
 * (an option), -EEXIST (name or label taken), -EADDRINUSE, -EADDRNOTAVAIL,
 * -ENOSPC (cluster full), -ETIMEDOUT (no answer from the cluster), -EINTR,
 * -ENOMEM and what the network says.
 */
struct raftval_node *raftval_node_create(struct net *net, const struct raftval_node_options *options,
					 struct netlink_ext_ack *extack);

/**
 * raftval_node_down() - stop a node and take everything of it away
 * @node: the node; the caller's reference stays
 *
 * A leader first asks another voter to take over and waits for that at most
 * an election timeout. The cluster still counts the node as a member: to
 * leave it, ask for %RAFT_ADMIN_REMOVE of the node's own id first.
 *
 * Return: 0, or -ENODEV if someone else takes it down already.
 */
int raftval_node_down(struct raftval_node *node);

/**
 * raftval_node_hold() - take one more reference
 * @node: the node
 *
 * Context: any. A reference keeps the memory, not the node: once it is down,
 * requests fail with -ESHUTDOWN and the status stays as it was.
 */
void raftval_node_hold(struct raftval_node *node);

/**
 * raftval_node_put() - give a reference back
 * @node: the node
 *
 * Context: any.
 */
void raftval_node_put(struct raftval_node *node);

/**
 * raftval_node_find() - look a node up
 * @net: network namespace
 * @name: its name
 *
 * Return: the node with a reference, or NULL.
 */
struct raftval_node *raftval_node_find(struct net *net, const char *name);

/**
 * raftval_node_next() - walk the nodes of a network namespace
 * @net: network namespace
 * @cursor: 0 to begin; moved on by every call
 *
 * Nodes may come and go between two calls; those that stay are met once.
 *
 * Return: the next node with a reference, or NULL after the last.
 */
struct raftval_node *raftval_node_next(struct net *net, u64 *cursor);

/**
 * raftval_node_name() - the node's name
 * @node: the node
 *
 * Context: any.
 *
 * Return: the name, good as long as the reference.
 */
const char *raftval_node_name(const struct raftval_node *node);

/**
 * raftval_node_net() - the network namespace that the node lives in
 * @node: the node
 *
 * Return: the namespace; the node does not keep it alive, but is down before it ends.
 */
struct net *raftval_node_net(const struct raftval_node *node);

/**
 * raftval_node_params() - what the core was made with
 * @node: the node
 *
 * Context: any.
 *
 * Return: the parameters, good as long as the reference.
 */
const struct raft_params *raftval_node_params(const struct raftval_node *node);

/**
 * raftval_node_status() - copy what the node published last
 * @node: the node
 * @status: gets the copy
 *
 * Context: process or softirq; does not sleep.
 */
void raftval_node_status(struct raftval_node *node, struct raftval_node_status *status);

/**
 * raftval_node_log() - copy entries of the log window
 * @node: the node
 * @from: index of the first entry wanted; the window's first entry if that is later
 * @entry: gets the entries
 * @n: room in @entry; %RAFT_LOG_SLOTS is enough for all
 *
 * Return: entries copied, or -ESHUTDOWN, -EINTR, -ENOMEM.
 */
int raftval_node_log(struct raftval_node *node, u64 from, struct raftval_node_entry *entry, u32 n);

/**
 * raftval_node_read() - copy the value
 * @node: the node
 * @local: the value as committed on this host, which may lag; else a linearizable read
 * @timeout_ms: how long to wait for the cluster
 *
 * Return: the value, to be freed with kvfree(), or an ERR_PTR: -ETIMEDOUT (no
 * majority answered in time), -ERESTARTSYS (a signal; netlink turns it into
 * -EINTR), -ESHUTDOWN, -ENOMEM.
 */
struct raftval_node_value *raftval_node_read(struct raftval_node *node, bool local, u32 timeout_ms);

/**
 * raftval_node_write() - replace the value
 * @node: the node
 * @kind: always, or only if the revision is @expect
 * @expect: for %RAFT_OP_CAS
 * @from: the new value: all that is left in the iterator, in kernel or user memory
 * @timeout_ms: how long to wait for the cluster
 * @revision: gets the revision made, or the one met (-ESTALE); may be NULL
 *
 * Return: 0 once committed and applied on this host; -ESTALE (compare-and-set
 * met another revision); -EFBIG (larger than the cluster's value_max); -EAGAIN
 * (not applied and never will be: the queue is full); -ETIMEDOUT and -EINTR
 * (timeout, signal: it may or may not be applied); -ERESTARTSYS (a signal
 * before anybody else saw it: not applied and never will be; netlink turns it
 * into -EINTR); -ESHUTDOWN (the node is going away or no longer a member);
 * -EIO (its store failed); -EFAULT; -ENOMEM.
 */
int raftval_node_write(struct raftval_node *node, enum raft_op_kind kind, u64 expect,
		       struct iov_iter *from, u32 timeout_ms, u64 *revision);

/**
 * raftval_node_admin() - change the cluster
 * @node: the node
 * @what: the change
 * @target: the member it is about
 * @timeout_ms: how long to wait for the cluster
 * @extack: gets a sentence for every error, may be NULL
 *
 * Return: 0 once done; -EBUSY (another change of this node waits, or the last
 * voter can not go); -EAGAIN (no leader, or it can not do it yet; not done);
 * -ENOENT (no such member); -EINVAL (not a voter); -EALREADY (a voter
 * already); -ETIMEDOUT and -EINTR (it may or may not be done); -ESHUTDOWN.
 */
int raftval_node_admin(struct raftval_node *node, enum raft_admin what, u64 target,
		       u32 timeout_ms, struct netlink_ext_ack *extack);

/**
 * raftval_node_op_timeout() - how long a read or write waits unless told otherwise
 * @node: the node
 *
 * Context: any.
 *
 * Return: milliseconds.
 */
u32 raftval_node_op_timeout(const struct raftval_node *node);

/**
 * raftval_node_set_op_timeout() - set how long a read or write waits
 * @node: the node
 * @ms: milliseconds, 1 to %RAFTVAL_NODE_TIMEOUT_MAX
 *
 * Context: any.
 *
 * Return: 0 or -EINVAL.
 */
int raftval_node_set_op_timeout(struct raftval_node *node, u32 ms);

/*
 * Whoever listens to changes is called from a work item of the node, one call
 * at a time, never from its thread; it may sleep and allocate. Several changes
 * may have become one call. The hooks are netlink.c's and sysfs.c's:
 *
 *	raftval_netlink_notify_change(node, change)	each role or leader change, oldest first
 *	raftval_netlink_notify_value(node, status)	the value has a new revision
 *	raftval_netlink_notify_config(node, status)	a configuration took effect
 *
 * with struct raftval_node *, const struct raft_change * and
 * const struct raftval_node_status *, all void.
 */

#endif /* RAFTVAL_NODE_H */
