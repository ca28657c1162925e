/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The inside of a node, for node.c, request.c and turn.c only
 */
#ifndef RAFTVAL_NODE_INTERNAL_H
#define RAFTVAL_NODE_INTERNAL_H

#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/completion.h>
#include <linux/hrtimer.h>
#include <linux/kref.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/notifier.h>
#include <linux/ratelimit.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include "node.h"
#include "request.h"

/* The longest that a request waits for others to be served together with it, microseconds. */
#define RAFTVAL_NODE_GATHER_US	1000

/* For so long programs are expected to come again, jiffies. */
#define RAFTVAL_NODE_LATELY	(HZ / 10)

/* Those that are not let in are told of once in this time, jiffies. */
#define RAFTVAL_NODE_REFUSED	HZ

/* Listeners are told of one revision and then, for so long, of no other, milliseconds. */
#define RAFTVAL_NODE_NEWS_MS	10

/*
 * A leader that goes has so long to hand over, at most, milliseconds: it holds up a host
 * that stops, or the other network namespaces that end.
 */
#define RAFTVAL_NODE_HANDOVER_MS	2000

/* A timer that is served later than this, microseconds, was missed. */
#define RAFTVAL_NODE_LATE_US	1000

/**
 * struct raftval_node - a node
 * @ref: references; the last one frees what is left after raftval_node_down()
 * @name: its name
 * @net: its network namespace
 * @params: what the core was made with
 * @op_timeout_ms: default timeout of reads and writes
 * @serial: number of the node since the module was loaded
 * @link: in the list of nodes; guarded by nodes_lock
 * @live: may be found; guarded by nodes_lock
 * @pins: other modules that use it; guarded by nodes_lock
 * @watchers: other modules that are told what changed
 * @wait: woken when the node joined, or what its mark shows changed
 * @handing: how many wait for it to hand over
 * @no_heir: it tried to hand over, and nobody took over
 * @n_ops: operations that wait, taken or not
 * @n_refused: operations that were refused because too many waited
 * @page: what programs see that map the device; written in a turn
 * @transport: the socket
 * @store: the store, NULL for a volatile node
 * @wanted: turns that are wanted, and not 0 while somebody has the turn; who made it 1 has
 * @passed: 1 while the turn is passed on to the thread and nobody has begun it
 * @ending: the next turn is the last one
 * @ended: it was taken
 * @task: the thread, which takes the turns that others can not
 * @timer: takes a turn when the core, a deadline or the store wants one
 * @gather: takes a turn when those who were to come have had their time
 * @round_us: how long the last operation took from when the core had it, at most
 *	%RAFTVAL_NODE_GATHER_US; written in a turn, anybody reads it
 * @notify: tells listeners what changed; of new revisions the newest, and
 *	%RAFTVAL_NODE_NEWS_MS after it told them something else at the earliest
 * @telling: the status that they are being told; @notify's
 * @told_at: when it began to tell that, jiffies; @notify writes it, anybody reads it
 * @ratelimit: of the kernel log; @notify's
 * @refused_ratelimit: likewise, for those that are not let in; @notify's
 * @told_changes: role and leader changes that they were told; @notify's
 * @told_leader: leader that they were told; @notify's
 * @told_configs: configurations that they were told; @notify's
 * @told_revision: revision that they were told; @notify's
 * @told_failed: what they were told of a failure; @notify's
 * @told_refused: how many of those that were not let in; @notify writes it, a turn reads it
 *
 * @raft: the core; from here on it belongs to whoever has the turn
 * @update: the core's last update
 * @event: the core's next event
 * @wake: when the core wants %RAFT_EV_TIMER, monotonic microseconds
 * @slack: how much later it may have it, microseconds
 * @listens_until: a follower has it at that time, monotonic microseconds, if that is not before
 *	@wake: else it was of another one
 * @timer_at: when @timer is due at the latest, monotonic microseconds
 * @over: the last turn was taken
 * @wall: who is let in; NULL if what is sent is not sealed
 * @wall_out: what the wall has sent
 * @opened: the datagram that it let in
 * @copied: the machine may be a copy of another one, so that sessions are to be forgotten;
 *	anybody sets it, it is cleared in a turn
 * @op: operations that the core has; the slot is part of their cookie
 * @op_used: which slots are in use
 * @op_serial: makes cookies differ
 * @reads: reads that the core has, in order of their tickets
 * @deadlines: all that the core has and somebody waits for, the next to be late first
 * @admin: the change that the core has and somebody waits for
 * @term: term, as the core's notes tell it
 * @role: role, as the core's notes tell it
 * @n_changes: role and leader changes since the start
 * @n_configs: configurations that took effect
 * @change: the newest of them, newest first
 * @counts: what the node counts
 *
 * @lock: guards all that follows
 * @mailbox: requests that nobody has taken
 * @cancels: requests that were, and that their waiters gave up
 * @n_gathered: how many came into the mailbox since it was empty
 * @askers: the programs that put something there since @counted_at, a bit each
 * @n_askers: how many did in the time before
 * @counted_at: when they were counted, jiffies
 * @down: no more requests are taken
 * @joined: see &struct raft_update
 * @dev: its device, NULL until it is live
 * @status: what was published last
 */
struct raftval_node {
	struct kref ref;
	char name[RAFTVAL_NAME_LEN];
	struct net *net;
	struct raft_params params;
	u32 op_timeout_ms;
	u64 serial;
	struct list_head link;
	bool live;
	u32 pins;
	struct blocking_notifier_head watchers;
	struct wait_queue_head wait;
	atomic_t handing;
	bool no_heir;
	atomic_t n_ops;
	atomic64_t n_refused;
	struct raftval_page *page;
	struct raftval_transport *transport;
	struct raftval_store *store;
	atomic_t wanted;
	atomic_t passed;
	bool ending;
	struct completion ended;
	struct task_struct *task;
	struct hrtimer timer;
	struct hrtimer gather;
	u32 round_us;
	struct delayed_work notify;
	struct raftval_node_status telling;
	unsigned long told_at;
	struct ratelimit_state ratelimit;
	struct ratelimit_state refused_ratelimit;
	u64 told_changes;
	u64 told_leader;
	u64 told_configs;
	u64 told_revision;
	enum raft_status told_failed;
	u64 told_refused;

	struct raft *raft;
	struct raft_update *update;
	struct raft_event event;
	u64 wake;
	u64 slack;
	u64 listens_until;
	u64 timer_at;
	bool over;
	struct raftval_wall *wall;
	struct raftval_wall_out wall_out;
	u8 opened[RAFT_DGRAM_MAX];
	bool copied;
	struct raftval_request *op[RAFT_OPS_MAX];
	DECLARE_BITMAP(op_used, RAFT_OPS_MAX);
	u64 op_serial;
	struct list_head reads;
	struct list_head deadlines;
	struct raftval_request *admin;
	u64 term;
	enum raft_role role;
	u64 n_changes;
	u64 n_configs;
	struct raft_change change[RAFTVAL_NODE_CHANGES];
	struct raftval_node_stats counts;

	spinlock_t lock;	/* guards all that follows */
	struct list_head mailbox;
	struct list_head cancels;
	u32 n_gathered;
	DECLARE_BITMAP(askers, RAFT_OPS_MAX);
	u32 n_askers;
	unsigned long counted_at;
	bool down;
	enum raft_status joined;
	struct device *dev;
	struct raftval_node_status status;
};

/* How many were not let in that have another key, or are of another cluster. */
static inline u64 raftval_node_refused(const struct raftval_node_status *status)
{
	return status->wall.drops[RAFTVAL_WALL_KEY] + status->wall.drops[RAFTVAL_WALL_CLUSTER];
}

/* The clock of the core, monotonic microseconds. */
static inline u64 raftval_now_us(void)
{
	return ktime_to_us(ktime_get());
}

#endif /* RAFTVAL_NODE_INTERNAL_H */
