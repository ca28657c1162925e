// SPDX-License-Identifier: GPL-2.0
/*
 * A node: one member of a cluster that runs on this host
 *
 * A kthread owns the node's Raft core and does nothing but feed events to it
 * and carry out its updates. It never allocates and never waits for anything
 * but work, so a host that is out of memory or of CPU time for programs still
 * votes and sends its heartbeats.
 *
 * Programs put requests into the mailbox and wait. A request is counted: the
 * mailbox, the thread and the waiter hold it as long as they may look at it,
 * so a waiter that is killed just goes, and the core still finds the bytes
 * that it was given.
 *
 * What others may see of the node at any time is published by the thread
 * under the lock, before it wakes whoever waits for it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bitmap.h>
#include <linux/completion.h>
#include <linux/ctype.h>
#include <linux/hrtimer.h>
#include <linux/kref.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/netlink.h>
#include <linux/printk.h>
#include <linux/random.h>
#include <linux/ratelimit.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/uio.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>
#include "chardev.h"
#include "netlink.h"
#include "node.h"
#include "sysfs.h"
#include "trace.h"

enum request_kind {
	REQUEST_OP,
	REQUEST_READ,
	REQUEST_LOCAL_READ,
	REQUEST_ADMIN,
	REQUEST_LOG,
};

/**
 * enum request_end - how a request ended
 * @END_ANSWERED: the core answered, see the request's status
 * @END_UNSENT: withdrawn before anybody else saw it
 * @END_CANCELLED: withdrawn; others may have seen it
 * @END_BUSY: refused by the thread: somebody waits for another change
 * @END_SHUTDOWN: the node went away
 */
enum request_end {
	END_ANSWERED,
	END_UNSENT,
	END_CANCELLED,
	END_BUSY,
	END_SHUTDOWN,
};

/**
 * struct request - something that a program wants of a node
 * @ref: one each for the waiter, for the mailbox or then the thread, and for the list of cancels
 * @kind: what is wanted
 * @queued: it is in the mailbox; guarded by the node's lock
 * @link: in the mailbox, then in the thread's list of reads
 * @cancel_link: in the list of cancels
 * @done: completed when all that follows is final
 * @finished: the thread's note that it completed @done
 * @end: how it ended
 * @status: the core's answer
 * @revision: operation: the revision made or met
 * @cookie: operation: its name in the core
 * @op_kind: operation: what it does
 * @expect: operation: for %RAFT_OP_CAS
 * @ticket: read: the core's ticket
 * @value: read: room for the value, the waiter's after @done
 * @what: change: which
 * @target: change: the member it is about
 * @from: log: first index
 * @count: log: room in @entry, then the entries in it
 * @entry: log: the entries, part of the request
 * @len: operation: bytes of @data
 * @data: operation: the new value
 */
struct request {
	refcount_t ref;
	enum request_kind kind;
	bool queued;
	struct list_head link;
	struct list_head cancel_link;
	struct completion done;
	bool finished;
	enum request_end end;
	enum raft_status status;
	u64 revision;
	union {
		struct {
			u64 cookie;
			enum raft_op_kind op_kind;
			u64 expect;
		};
		struct {
			u64 ticket;
			struct raftval_node_value *value;
		};
		struct {
			enum raft_admin what;
			u64 target;
		};
		struct {
			u64 from;
			u32 count;
			struct raftval_node_entry *entry;
		};
	};
	u32 len;
	u8 data[] __aligned(8);
};

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
 * @wait: woken when the node joined, or what its mark shows changed
 * @transport: the socket
 * @task: the thread
 * @notify: tells listeners what changed
 * @telling: the status that they are being told; @notify's
 * @ratelimit: of the kernel log; @notify's
 * @told_changes: role and leader changes that they were told; @notify's
 * @told_leader: leader that they were told; @notify's
 * @told_configs: configurations that they were told; @notify's
 * @told_revision: revision that they were told; @notify's
 *
 * @raft: the core; from here on the thread's
 * @update: the core's last update
 * @event: the core's next event
 * @wake: when the core wants %RAFT_EV_TIMER, monotonic microseconds
 * @op: operations that the core has; the slot is part of their cookie
 * @op_used: which slots are in use
 * @op_serial: makes cookies differ
 * @reads: reads that the core has, in order of their tickets
 * @admin: the change that the core has and somebody waits for
 * @term: term, as the core's notes tell it
 * @role: role, as the core's notes tell it
 * @n_changes: role and leader changes since the start
 * @n_configs: configurations that took effect
 * @change: the newest of them, newest first
 * @counts: what the node counts
 *
 * @lock: guards all that follows
 * @mailbox: requests that the thread has not taken
 * @cancels: requests of the thread that their waiters gave up
 * @down: no more requests are taken
 * @joined: see &struct raft_update
 * @dev: its device, NULL until it is live
 * @status: what the thread published last
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
	struct wait_queue_head wait;
	struct raftval_transport *transport;
	struct task_struct *task;
	struct work_struct notify;
	struct raftval_node_status telling;
	struct ratelimit_state ratelimit;
	u64 told_changes;
	u64 told_leader;
	u64 told_configs;
	u64 told_revision;

	struct raft *raft;
	struct raft_update *update;
	struct raft_event event;
	u64 wake;
	struct request *op[RAFT_OPS_MAX];
	DECLARE_BITMAP(op_used, RAFT_OPS_MAX);
	u64 op_serial;
	struct list_head reads;
	struct request *admin;
	u64 term;
	enum raft_role role;
	u64 n_changes;
	u64 n_configs;
	struct raft_change change[RAFTVAL_NODE_CHANGES];
	struct raftval_node_stats counts;

	spinlock_t lock;	/* guards all that follows */
	struct list_head mailbox;
	struct list_head cancels;
	bool down;
	enum raft_status joined;
	struct device *dev;
	struct raftval_node_status status;
};

/* Guards the list of nodes, and their names and serials with it. */
static DEFINE_MUTEX(nodes_lock);
static LIST_HEAD(nodes);
static u64 last_serial;

static u64 now_us(void)
{
	return ktime_to_us(ktime_get());
}

/*
 * Requests: the waiter's side
 */

static struct request *request_new(enum request_kind kind, u32 len)
{
	struct request *req = kvmalloc(struct_size(req, data, len), GFP_KERNEL_ACCOUNT);

	if (!req)
		return NULL;
	memset(req, 0, sizeof(*req));
	refcount_set(&req->ref, 1);
	req->kind = kind;
	req->len = len;
	INIT_LIST_HEAD(&req->link);
	INIT_LIST_HEAD(&req->cancel_link);
	init_completion(&req->done);
	return req;
}

static void request_put(struct request *req)
{
	if (!refcount_dec_and_test(&req->ref))
		return;
	if (req->kind == REQUEST_READ || req->kind == REQUEST_LOCAL_READ)
		kvfree(req->value);
	kvfree(req);
}

/* The thread, or who took the request from the mailbox, is done with it. */
static void finish(struct request *req, enum request_end end, enum raft_status status)
{
	req->end = end;
	req->status = status;
	req->finished = true;
	complete(&req->done);
	request_put(req);
}

static int submit(struct raftval_node *node, struct request *req)
{
	int err = -ESHUTDOWN;

	spin_lock(&node->lock);
	if (!node->down) {
		refcount_inc(&req->ref);
		req->queued = true;
		list_add_tail(&req->link, &node->mailbox);
		wake_up_process(node->task);
		err = 0;
	}
	spin_unlock(&node->lock);
	return err;
}

/* Have the request finished soon: here if the thread has not taken it yet. */
static void cancel(struct raftval_node *node, struct request *req)
{
	bool queued;

	spin_lock(&node->lock);
	queued = req->queued;
	if (queued) {
		req->queued = false;
		list_del(&req->link);
	} else if (!node->down) {
		refcount_inc(&req->ref);
		list_add_tail(&req->cancel_link, &node->cancels);
		wake_up_process(node->task);
	}
	spin_unlock(&node->lock);
	if (queued)
		finish(req, END_UNSENT, RAFT_UNKNOWN);
}

/* Returns 0 if the core answered. The request may be looked at unless killed (-EINTR). */
static int wait_for(struct raftval_node *node, struct request *req, u32 timeout_ms)
{
	long left = wait_for_completion_interruptible_timeout(&req->done,
							      msecs_to_jiffies(timeout_ms));

	if (left <= 0) {
		cancel(node, req);
		if (wait_for_completion_killable(&req->done))
			return -EINTR;
	}
	switch (req->end) {
	case END_ANSWERED:
		return 0;
	case END_UNSENT:
		return left ? -ERESTARTSYS : -ETIMEDOUT;
	case END_CANCELLED:
		return left ? -EINTR : -ETIMEDOUT;
	case END_BUSY:
		return -EBUSY;
	case END_SHUTDOWN:
		break;
	}
	return -ESHUTDOWN;
}

/* Submit, wait, and leave the request to be put by the caller. */
static int ask(struct raftval_node *node, struct request *req, u32 timeout_ms)
{
	int err = submit(node, req);

	return err ?: wait_for(node, req, timeout_ms);
}

static int status_errno(enum raft_status status)
{
	static const int errnos[RAFT_STATUSES] = {
		[RAFT_PENDING] = -EINPROGRESS,
		[RAFT_CONFLICT] = -ESTALE,
		[RAFT_UNKNOWN] = -ETIMEDOUT,
		[RAFT_QUEUE_FULL] = -EAGAIN,
		[RAFT_TOO_BIG] = -EFBIG,
		[RAFT_NO_LEADER] = -EAGAIN,
		[RAFT_RETRY] = -EAGAIN,
		[RAFT_NOT_MEMBER] = -ESHUTDOWN,
		[RAFT_NO_SUCH_MEMBER] = -ENOENT,
		[RAFT_LABEL_IN_USE] = -EEXIST,
		[RAFT_CLUSTER_FULL] = -ENOSPC,
		[RAFT_LAST_VOTER] = -EBUSY,
		[RAFT_SILENT] = -EHOSTUNREACH,
		[RAFT_NOT_VOTER] = -EINVAL,
		[RAFT_VALUE_MAX_DIFFERS] = -EINVAL,
		[RAFT_TRANSFER_FAILED] = -ETIMEDOUT,
		[RAFT_DISK_FAILED] = -EIO,
	};

	return status < RAFT_STATUSES ? errnos[status] : -EPROTO;
}

/* For sentences that the macro can not take because they are not literals. */
static void explain(struct netlink_ext_ack *extack, const char *sentence)
{
	if (extack)
		extack->_msg = sentence;
}

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
struct raftval_node_value *raftval_node_read(struct raftval_node *node, bool local, u32 timeout_ms)
{
	struct raftval_node_value *value;
	struct request *req;
	int err;

	req = request_new(local ? REQUEST_LOCAL_READ : REQUEST_READ, 0);
	if (!req)
		return ERR_PTR(-ENOMEM);
	req->value = kvmalloc(struct_size(value, data, node->params.value_max), GFP_KERNEL_ACCOUNT);
	err = req->value ? ask(node, req, timeout_ms) : -ENOMEM;
	if (!err)
		err = status_errno(req->status);
	value = ERR_PTR(err);
	if (!err) {
		value = req->value;
		req->value = NULL;
	}
	request_put(req);
	return value;
}

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
		       struct iov_iter *from, u32 timeout_ms, u64 *revision)
{
	size_t len = iov_iter_count(from);
	struct request *req;
	int err;

	if (len > node->params.value_max)
		return -EFBIG;
	req = request_new(REQUEST_OP, len);
	if (!req)
		return -ENOMEM;
	req->op_kind = kind;
	req->expect = expect;
	err = copy_from_iter_full(req->data, len, from) ? 0 : -EFAULT;
	if (!err)
		err = ask(node, req, timeout_ms);
	if (!err) {
		err = status_errno(req->status);
		if (revision)
			*revision = req->revision;
	}
	request_put(req);
	return err;
}

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
 * -ENOENT (no such member); -EINVAL (not a voter); -ETIMEDOUT and -EINTR (it
 * may or may not be done); -ESHUTDOWN.
 */
int raftval_node_admin(struct raftval_node *node, enum raft_admin what, u64 target,
		       u32 timeout_ms, struct netlink_ext_ack *extack)
{
	struct request *req = request_new(REQUEST_ADMIN, 0);
	int err;

	if (!req) {
		NL_SET_ERR_MSG(extack, "out of memory");
		return -ENOMEM;
	}
	req->what = what;
	req->target = target;
	err = ask(node, req, timeout_ms);
	if (!err) {
		err = status_errno(req->status);
		if (err)
			explain(extack, raft_status_text(req->status));
	} else if (err == -EBUSY) {
		NL_SET_ERR_MSG(extack,
			       "another change waits for its answer: try again when it has it");
	} else if (err == -ESHUTDOWN) {
		NL_SET_ERR_MSG(extack, "the node is going away");
	} else if (err == -ETIMEDOUT) {
		NL_SET_ERR_MSG(extack,
			       "no answer in time; it may still be done: look at the status first");
	} else {
		NL_SET_ERR_MSG(extack,
			       "interrupted; it may still be done: look at the status first");
		err = -EINTR;
	}
	request_put(req);
	return err;
}

/**
 * raftval_node_log() - copy entries of the log window
 * @node: the node
 * @from: index of the first entry wanted; the window's first entry if that is later
 * @entry: gets the entries
 * @n: room in @entry; %RAFT_LOG_SLOTS is enough for all
 *
 * Return: entries copied, or -ESHUTDOWN, -EINTR, -ENOMEM.
 */
int raftval_node_log(struct raftval_node *node, u64 from, struct raftval_node_entry *entry, u32 n)
{
	struct request *req;
	int err;

	n = min_t(u32, n, RAFT_LOG_SLOTS);
	req = request_new(REQUEST_LOG, n * sizeof(*entry));
	if (!req)
		return -ENOMEM;
	req->from = from;
	req->count = n;
	req->entry = (struct raftval_node_entry *)req->data;
	err = ask(node, req, RAFTVAL_NODE_TIMEOUT_MAX);
	if (!err) {
		err = req->count;
		memcpy(entry, req->entry, req->count * sizeof(*entry));
	} else if (err == -ERESTARTSYS) {
		err = -EINTR;
	}
	request_put(req);
	return err;
}

/*
 * The thread: what others may see
 */

/* Returns true if somebody waits for what changed. */
static bool publish_locked(struct raftval_node *node)
{
	struct raftval_node_status *status = &node->status;
	u64 revision = status->view.revision;
	u64 leader = status->view.leader;
	bool changed = status->n_changes != node->n_changes ||
		       status->n_configs != node->n_configs ||
		       node->joined != node->update->joined;

	raft_view(node->raft, &status->view);
	status->config = *status->view.config;
	status->stats = *status->view.stats;
	raftval_transport_stats(node->transport, &status->transport);
	status->node = node->counts;
	status->n_configs = node->n_configs;
	status->n_changes = node->n_changes;
	memcpy(status->change, node->change, sizeof(status->change));
	node->joined = node->update->joined;
	changed |= status->view.revision != revision || status->view.leader != leader;
	if (changed && node->dev)
		schedule_work(&node->notify);
	return changed;
}

static void publish(struct raftval_node *node)
{
	bool changed;

	spin_lock(&node->lock);
	changed = publish_locked(node);
	spin_unlock(&node->lock);
	if (changed)
		wake_up_all(&node->wait);
}

static void remember(struct raftval_node *node, enum raft_role role, enum raft_reason reason,
		     u64 who, u32 ms)
{
	struct raft_change *change = node->change;

	memmove(change + 1, change, (RAFTVAL_NODE_CHANGES - 1) * sizeof(*change));
	*change = (struct raft_change) {
		.now = node->event.now,
		.term = node->term,
		.was = node->role,
		.role = role,
		.reason = reason,
		.who = who,
		.ms = ms,
	};
	node->role = role;
	node->n_changes++;
	trace_raftval_role(node->name, change);
}

/* A new leader is news of its own if the role did not change because of it. */
static void remember_leader(struct raftval_node *node, u64 leader)
{
	const struct raft_change *last = node->change;

	if (!leader || leader == node->params.id)
		return;
	if (last->reason == RAFT_WHY_SAW_LEADER && last->who == leader && last->term == node->term)
		return;
	remember(node, node->role, RAFT_WHY_SAW_LEADER, leader, 0);
}

/* The core explains itself. */
static void note(void *ctx, enum raft_note note, const u64 arg[RAFT_NOTE_ARGS])
{
	struct raftval_node *node = ctx;

	trace_raftval_note(node->name, note, arg);
	switch (note) {
	case RAFT_NOTE_TERM:
		node->term = arg[1];
		break;
	case RAFT_NOTE_ROLE:
		remember(node, arg[1], arg[2], arg[3], arg[4]);
		break;
	case RAFT_NOTE_LEADER:
		remember_leader(node, arg[0]);
		break;
	case RAFT_NOTE_COMMIT:
		trace_raftval_commit(node->name, arg[0], arg[1]);
		break;
	default:
		break;
	}
}

/*
 * The thread: events for the core, and what becomes of them
 */

static struct request *take_op(struct raftval_node *node, u64 cookie)
{
	u32 slot = cookie % RAFT_OPS_MAX;
	struct request *req = node->op[slot];

	if (!req || req->cookie != cookie)
		return NULL;
	node->op[slot] = NULL;
	__clear_bit(slot, node->op_used);
	return req;
}

static void finish_op(struct raftval_node *node, const struct raft_done *done)
{
	struct request *req = take_op(node, done->cookie);

	if (!req)
		return;
	node->counts.ops_done++;
	req->revision = done->revision;
	finish(req, END_ANSWERED, done->status);
}

static void finish_read(struct raftval_node *node, struct request *req)
{
	struct raftval_node_value *value = req->value;
	u64 revision;
	size_t len;
	const u8 *data = raft_value(node->raft, &len, &revision);

	if (len > node->params.value_max) {
		finish(req, END_ANSWERED, RAFT_TOO_BIG);
		return;
	}
	value->revision = revision;
	value->len = len;
	memcpy(value->data, data, len);
	finish(req, END_ANSWERED, RAFT_OK);
}

/* Who is no member any more is not told what is new: its readers need not wait. */
static void finish_reads(struct raftval_node *node)
{
	bool removed = node->update->joined == RAFT_NOT_MEMBER;
	struct request *req, *next;

	list_for_each_entry_safe(req, next, &node->reads, link) {
		bool done = req->ticket <= node->update->read_done;

		if (!done && !removed)
			break;
		list_del(&req->link);
		if (done)
			finish_read(node, req);
		else
			finish(req, END_ANSWERED, RAFT_NOT_MEMBER);
	}
}

static void finish_admin(struct raftval_node *node)
{
	struct request *req = node->admin;

	node->admin = NULL;
	if (req)
		finish(req, END_ANSWERED, node->update->admin);
}

static void send_all(struct raftval_node *node)
{
	const struct raft_update *update = node->update;
	const struct raft_send *send;
	u32 i;
	int err;

	for (i = 0; i < update->n_send; i++) {
		send = &update->send[i];
		err = raftval_transport_send(node->transport, &send->addr, send->data, send->len);
		trace_raftval_send(node->name, send->to, &send->addr, send->len, err);
	}
}

/*
 * Carry out an update, in the order of the contract in raft.h. A volatile
 * node has nothing to persist. Who is woken must find the status published
 * that he was woken for.
 */
static void carry_out(struct raftval_node *node)
{
	const struct raft_update *update = node->update;
	u32 i;

	send_all(node);
	if (update->config_changed)
		node->n_configs++;
	if (update->applied || update->role_changed || update->config_changed ||
	    update->admin_ended || update->n_done || update->joined != node->joined)
		publish(node);
	for (i = 0; i < update->n_done; i++)
		finish_op(node, &update->done[i]);
	finish_reads(node);
	if (update->admin_ended)
		finish_admin(node);
	node->wake = update->wake;
}

/* One step of the core; the caller has filled in what the event is about. */
static void feed(struct raftval_node *node, enum raft_event_type type, bool more)
{
	node->event.type = type;
	node->event.more = more;
	node->event.now = now_us();
	node->counts.steps++;
	raft_step(node->raft, &node->event, node->update);
}

/* All that follows from the step. */
static void settle(struct raftval_node *node)
{
	bool more = node->event.more;

	carry_out(node);
	while (node->update->again) {
		feed(node, RAFT_EV_CONTINUE, more);
		carry_out(node);
	}
}

static void receive_first(struct raftval_node *node, bool more)
{
	const struct raftval_datagram *dgram = raftval_transport_first(node->transport);

	trace_raftval_recv(node->name, &dgram->from, dgram->len);
	node->event.recv.data = dgram->data;
	node->event.recv.len = dgram->len;
	node->event.recv.arrived = dgram->arrived;
	node->event.recv.from = dgram->from;
	feed(node, RAFT_EV_RECV, more);
	raftval_transport_drop_first(node->transport);
	settle(node);
}

static void start_op(struct raftval_node *node, struct request *req, bool more)
{
	u32 slot = find_first_zero_bit(node->op_used, RAFT_OPS_MAX);

	if (slot == RAFT_OPS_MAX) {
		finish(req, END_ANSWERED, RAFT_QUEUE_FULL);
		return;
	}
	__set_bit(slot, node->op_used);
	node->op[slot] = req;
	req->cookie = ++node->op_serial * RAFT_OPS_MAX + slot;
	node->event.op.cookie = req->cookie;
	node->event.op.kind = req->op_kind;
	node->event.op.data = req->data;
	node->event.op.len = req->len;
	node->event.op.expect = req->expect;
	feed(node, RAFT_EV_OP, more);
	settle(node);
}

static void start_read(struct raftval_node *node, struct request *req, bool more)
{
	feed(node, RAFT_EV_READ, more);
	req->ticket = node->update->read_ticket;
	list_add_tail(&req->link, &node->reads);
	settle(node);
}

static void start_admin(struct raftval_node *node, struct request *req, bool more)
{
	if (node->admin) {
		finish(req, END_BUSY, RAFT_PENDING);
		return;
	}
	node->admin = req;
	node->event.admin.what = req->what;
	node->event.admin.target = req->target;
	feed(node, RAFT_EV_ADMIN, more);
	settle(node);
}

static void list_log(struct raftval_node *node, struct request *req)
{
	const struct raft_view *view = &node->status.view;
	struct raft_entry entry;
	u64 index;
	u32 n = 0;

	/* Only this thread publishes, so it needs no lock to look. */
	publish(node);
	for (index = max(req->from, view->first); index <= view->last && n < req->count; index++) {
		if (!raft_entry_at(node->raft, index, &entry))
			continue;
		req->entry[n++] = (struct raftval_node_entry) {
			.index = entry.index,
			.term = entry.term,
			.origin = entry.origin,
			.seq = entry.seq,
			.kind = entry.kind,
			.len = entry.len,
		};
	}
	req->count = n;
	finish(req, END_ANSWERED, RAFT_OK);
}

static void start(struct raftval_node *node, struct request *req, bool more)
{
	switch (req->kind) {
	case REQUEST_OP:
		start_op(node, req, more);
		break;
	case REQUEST_READ:
		start_read(node, req, more);
		break;
	case REQUEST_LOCAL_READ:
		finish_read(node, req);
		break;
	case REQUEST_ADMIN:
		start_admin(node, req, more);
		break;
	case REQUEST_LOG:
		list_log(node, req);
		break;
	}
}

/* The waiter of a request that the core has gave up. */
static void withdraw(struct raftval_node *node, struct request *req)
{
	bool unsent = false;

	switch (req->kind) {
	case REQUEST_OP:
		node->event.cancel.cookie = req->cookie;
		feed(node, RAFT_EV_CANCEL, false);
		unsent = node->update->cancel_unsent;
		settle(node);
		if (req->finished)
			return;
		take_op(node, req->cookie);
		node->counts.ops_cancelled++;
		break;
	case REQUEST_READ:
		list_del(&req->link);
		unsent = true;
		break;
	case REQUEST_ADMIN:
		/* The core can not take it back, but forgets it for the next one. */
		node->admin = NULL;
		break;
	case REQUEST_LOCAL_READ:
	case REQUEST_LOG:
		break;
	}
	finish(req, unsent ? END_UNSENT : END_CANCELLED, RAFT_UNKNOWN);
}

static struct request *take_request(struct raftval_node *node, bool *more)
{
	struct request *req;

	spin_lock(&node->lock);
	req = list_first_entry_or_null(&node->mailbox, struct request, link);
	if (req) {
		list_del(&req->link);
		req->queued = false;
	}
	*more = !list_empty(&node->mailbox);
	spin_unlock(&node->lock);
	return req;
}

static struct request *take_cancel(struct raftval_node *node)
{
	struct request *req;

	spin_lock(&node->lock);
	req = list_first_entry_or_null(&node->cancels, struct request, cancel_link);
	if (req)
		list_del(&req->cancel_link);
	spin_unlock(&node->lock);
	return req;
}

/* As many requests as there may be operations, so that the rest has its turn. */
static bool serve_mailbox(struct raftval_node *node)
{
	struct request *req;
	bool more = true;
	u32 n;

	for (n = 0; more && n < RAFT_OPS_MAX; n++) {
		req = take_request(node, &more);
		if (!req)
			break;
		start(node, req, more);
	}
	/* What was announced may have been withdrawn meanwhile: end the burst. */
	if (node->event.more) {
		feed(node, RAFT_EV_CONTINUE, false);
		settle(node);
	}
	return n;
}

static bool serve_cancels(struct raftval_node *node)
{
	struct request *req = take_cancel(node);
	bool any = req;

	for (; req; req = take_cancel(node)) {
		if (!req->finished)
			withdraw(node, req);
		request_put(req);
	}
	return any;
}

/*
 * Datagrams that were there at the beginning of the turn come first: a timer
 * that is late must not start an election while the heartbeat that forbids it
 * lies unread. Later ones wait for the next turn, so that a flood can not
 * keep the timer from firing.
 */
static bool take_turn(struct raftval_node *node)
{
	u32 n = raftval_transport_pending(node->transport);
	bool worked = n;

	while (n--)
		receive_first(node, n);
	worked |= serve_mailbox(node);
	worked |= serve_cancels(node);
	if (now_us() >= node->wake) {
		feed(node, RAFT_EV_TIMER, false);
		settle(node);
		worked = true;
	}
	return worked;
}

static bool has_work(struct raftval_node *node)
{
	bool any;

	spin_lock(&node->lock);
	any = !list_empty(&node->mailbox) || !list_empty(&node->cancels);
	spin_unlock(&node->lock);
	return any || raftval_transport_pending(node->transport);
}

static void sleep_until_work(struct raftval_node *node)
{
	u64 us = min_t(u64, node->wake, KTIME_MAX / NSEC_PER_USEC);
	ktime_t wake = ns_to_ktime(us * NSEC_PER_USEC);

	set_current_state(TASK_IDLE);
	if (!has_work(node) && !kthread_should_stop())
		schedule_hrtimeout(&wake, HRTIMER_MODE_ABS);
	__set_current_state(TASK_RUNNING);
}

/* Nobody puts anything into the mailbox any more. */
static void fail_all(struct raftval_node *node)
{
	struct request *req, *next;
	bool more;
	u32 i;

	while ((req = take_request(node, &more)))
		finish(req, END_SHUTDOWN, RAFT_UNKNOWN);
	for_each_set_bit(i, node->op_used, RAFT_OPS_MAX)
		finish(node->op[i], END_SHUTDOWN, RAFT_UNKNOWN);
	list_for_each_entry_safe(req, next, &node->reads, link)
		finish(req, END_SHUTDOWN, RAFT_UNKNOWN);
	if (node->admin)
		finish(node->admin, END_SHUTDOWN, RAFT_UNKNOWN);
	while ((req = take_cancel(node)))
		request_put(req);
}

static int run(void *data)
{
	unsigned int flags = memalloc_noreclaim_save();
	struct raftval_node *node = data;

	while (!kthread_should_stop()) {
		if (take_turn(node)) {
			node->counts.wakeups++;
			publish(node);
			cond_resched();
		} else {
			sleep_until_work(node);
		}
	}
	fail_all(node);
	memalloc_noreclaim_restore(flags);
	return 0;
}

/* Called in softirq when a datagram has arrived. */
static void wake_thread(void *ctx)
{
	struct raftval_node *node = ctx;
	/* Pairs with the release in make_thread(). */
	struct task_struct *task = smp_load_acquire(&node->task);

	if (task)
		wake_up_process(task);
}

/*
 * Telling others what changed, in a work item since they sleep and allocate,
 * and a console may be slower than a heartbeat.
 * Several changes may have become one telling, but for the role changes, which
 * are told one by one.
 */

static void log_change(struct raftval_node *node, const struct raft_change *change)
{
	char text[160];

	raft_change_print(text, sizeof(text), change);
	if (__ratelimit(&node->ratelimit))
		pr_info("%s: %s\n", node->name, text);
}

static void tell(struct work_struct *work)
{
	struct raftval_node *node = container_of(work, struct raftval_node, notify);
	struct raftval_node_status *status = &node->telling;
	u64 n;

	raftval_node_status(node, status);
	n = min_t(u64, status->n_changes - node->told_changes, RAFTVAL_NODE_CHANGES);
	if (n || status->view.leader != node->told_leader)
		raftval_sysfs_notify(node->dev, status);
	while (n--) {
		log_change(node, &status->change[n]);
		raftval_netlink_notify_change(node, &status->change[n]);
	}
	if (status->view.revision != node->told_revision)
		raftval_netlink_notify_value(node, status);
	if (status->n_configs != node->told_configs)
		raftval_netlink_notify_config(node, status);
	node->told_changes = status->n_changes;
	node->told_leader = status->view.leader;
	node->told_revision = status->view.revision;
	node->told_configs = status->n_configs;
}

/**
 * raftval_node_status() - copy what the node published last
 * @node: the node
 * @status: gets the copy
 *
 * Context: process; does not sleep.
 */
void raftval_node_status(struct raftval_node *node, struct raftval_node_status *status)
{
	spin_lock(&node->lock);
	*status = node->status;
	spin_unlock(&node->lock);
	status->now = now_us();
	status->view.config = &status->config;
	status->view.stats = &status->stats;
}

/**
 * raftval_node_mark() - the little of the status that polling needs
 * @node: the node
 * @mark: gets it
 *
 * Context: process; does not sleep.
 */
void raftval_node_mark(struct raftval_node *node, struct raftval_node_mark *mark)
{
	spin_lock(&node->lock);
	mark->revision = node->status.view.revision;
	mark->n_changes = node->status.n_changes;
	mark->leader = node->status.view.leader;
	mark->down = node->down;
	spin_unlock(&node->lock);
}

/**
 * raftval_node_waitqueue() - where to wait until the mark changes
 * @node: the node
 *
 * Context: any.
 *
 * Return: the queue, good as long as the reference.
 */
struct wait_queue_head *raftval_node_waitqueue(struct raftval_node *node)
{
	return &node->wait;
}

/**
 * raftval_node_name() - the node's name
 * @node: the node
 *
 * Context: any.
 *
 * Return: the name, good as long as the reference.
 */
const char *raftval_node_name(const struct raftval_node *node)
{
	return node->name;
}

/**
 * raftval_node_net() - the network namespace that the node lives in
 * @node: the node
 *
 * Return: the namespace; the node does not keep it alive, but is down before it ends.
 */
struct net *raftval_node_net(const struct raftval_node *node)
{
	return node->net;
}

/**
 * raftval_node_params() - what the core was made with
 * @node: the node
 *
 * Context: any.
 *
 * Return: the parameters, good as long as the reference.
 */
const struct raft_params *raftval_node_params(const struct raftval_node *node)
{
	return &node->params;
}

/**
 * raftval_node_op_timeout() - how long a read or write waits unless told otherwise
 * @node: the node
 *
 * Context: any.
 *
 * Return: milliseconds.
 */
u32 raftval_node_op_timeout(const struct raftval_node *node)
{
	return READ_ONCE(node->op_timeout_ms);
}

/**
 * raftval_node_set_op_timeout() - set how long a read or write waits
 * @node: the node
 * @ms: milliseconds, 1 to %RAFTVAL_NODE_TIMEOUT_MAX
 *
 * Context: any.
 *
 * Return: 0 or -EINVAL.
 */
int raftval_node_set_op_timeout(struct raftval_node *node, u32 ms)
{
	if (!ms || ms > RAFTVAL_NODE_TIMEOUT_MAX)
		return -EINVAL;
	WRITE_ONCE(node->op_timeout_ms, ms);
	return 0;
}

/*
 * A node's life
 */

static void release(struct kref *ref)
{
	struct raftval_node *node = container_of(ref, struct raftval_node, ref);

	if (node->task)
		put_task_struct(node->task);
	kvfree(node);
}

/**
 * raftval_node_hold() - take one more reference
 * @node: the node
 *
 * Context: any. A reference keeps the memory, not the node: once it is down,
 * requests fail with -ESHUTDOWN and the status stays as it was.
 */
void raftval_node_hold(struct raftval_node *node)
{
	kref_get(&node->ref);
}

/**
 * raftval_node_put() - give a reference back
 * @node: the node
 *
 * Context: any.
 */
void raftval_node_put(struct raftval_node *node)
{
	kref_put(&node->ref, release);
}

static bool name_is_valid(const char *name)
{
	size_t len = strnlen(name, RAFTVAL_NAME_LEN);

	if (!len || len == RAFTVAL_NAME_LEN || name[0] == '.')
		return false;
	for (; *name; name++) {
		if (!isalnum(*name) && !strchr("-_.", *name))
			return false;
	}
	return true;
}

static int check_options(const struct raftval_node_options *options, struct netlink_ext_ack *extack)
{
	if (!name_is_valid(options->name)) {
		NL_SET_ERR_MSG(extack,
			       "name the node with 1 to 31 letters, digits, '-', '_', not first '.'");
		return -EINVAL;
	}
	if (options->join && !options->seed.family) {
		NL_SET_ERR_MSG(extack, "name the address of a member to join");
		return -EINVAL;
	}
	if (!options->join_timeout_ms || options->join_timeout_ms > RAFTVAL_NODE_TIMEOUT_MAX ||
	    !options->op_timeout_ms || options->op_timeout_ms > RAFTVAL_NODE_TIMEOUT_MAX) {
		NL_SET_ERR_MSG(extack, "a timeout is 1 to 3600000 ms");
		return -EINVAL;
	}
	return 0;
}

/* What only this side of the contract can fill in. */
static int complete_params(struct raftval_node *node, const struct raftval_node_options *options,
			   struct netlink_ext_ack *extack)
{
	struct raft_params *params = &node->params;

	*params = options->params;
	while (!params->id)
		params->id = get_random_u64();
	params->seed = get_random_u64();
	params->is_volatile = true;
	params->note = note;
	params->ctx = node;
	if (!options->join)
		get_random_bytes(params->cluster, sizeof(params->cluster));
	if (!raft_params_valid(params)) {
		NL_SET_ERR_MSG(extack, "an option is out of range: raftctl(8) says what it may be");
		return -EINVAL;
	}
	return 0;
}

static struct raftval_node *node_new(struct net *net, const struct raftval_node_options *options,
				     struct netlink_ext_ack *extack)
{
	struct raftval_node *node;
	int err = check_options(options, extack);

	if (err)
		return ERR_PTR(err);
	node = kvzalloc(sizeof(*node), GFP_KERNEL);
	if (!node) {
		NL_SET_ERR_MSG(extack, "out of memory");
		return ERR_PTR(-ENOMEM);
	}
	kref_init(&node->ref);
	strscpy(node->name, options->name, sizeof(node->name));
	node->net = net;
	node->op_timeout_ms = options->op_timeout_ms;
	init_waitqueue_head(&node->wait);
	INIT_WORK(&node->notify, tell);
	INIT_LIST_HEAD(&node->reads);
	ratelimit_state_init(&node->ratelimit, DEFAULT_RATELIMIT_INTERVAL,
			     DEFAULT_RATELIMIT_BURST);
	spin_lock_init(&node->lock);
	INIT_LIST_HEAD(&node->mailbox);
	INIT_LIST_HEAD(&node->cancels);
	node->joined = RAFT_PENDING;

	err = complete_params(node, options, extack);
	if (err) {
		raftval_node_put(node);
		return ERR_PTR(err);
	}
	return node;
}

/* Take the name; the list takes over the caller's reference. */
static int reserve(struct raftval_node *node, struct netlink_ext_ack *extack)
{
	struct raftval_node *other;
	int err = 0;

	mutex_lock(&nodes_lock);
	list_for_each_entry(other, &nodes, link) {
		if (strcmp(other->name, node->name))
			continue;
		if (net_eq(other->net, node->net))
			NL_SET_ERR_MSG(extack,
				       "this name is taken: take that node down or choose another");
		else
			NL_SET_ERR_MSG(extack,
				       "this name is taken in another network namespace: use another");
		err = -EEXIST;
		break;
	}
	if (!err) {
		node->serial = ++last_serial;
		list_add_tail(&node->link, &nodes);
	}
	mutex_unlock(&nodes_lock);
	return err;
}

static void unreserve(struct raftval_node *node)
{
	mutex_lock(&nodes_lock);
	list_del(&node->link);
	mutex_unlock(&nodes_lock);
	raftval_node_put(node);
}

static int make_core(struct raftval_node *node, const struct raftval_node_options *options)
{
	void *mem = kvzalloc(raft_size(&node->params), GFP_KERNEL);

	node->update = kvzalloc(sizeof(*node->update), GFP_KERNEL);
	if (!mem || !node->update) {
		kvfree(mem);
		return -ENOMEM;
	}
	node->raft = raft_init(mem, &node->params);
	node->event.now = now_us();
	if (options->join)
		raft_start_join(node->raft, &options->seed, node->event.now);
	else
		raft_start_create(node->raft, node->event.now);
	raft_view(node->raft, &node->status.view);
	node->term = node->status.view.term;
	node->role = node->status.view.role;
	return 0;
}

static int make_thread(struct raftval_node *node)
{
	struct task_struct *task = kthread_create(run, node, "raftval/%s", node->name);

	if (IS_ERR(task))
		return PTR_ERR(task);
	get_task_struct(task);
	sched_set_fifo_low(task);
	/* Pairs with the acquire in wake_thread(). */
	smp_store_release(&node->task, task);
	wake_up_process(task);
	return 0;
}

static int bring_up(struct raftval_node *node, const struct raftval_node_options *options,
		    struct netlink_ext_ack *extack)
{
	struct raftval_transport *transport;
	int err;

	transport = raftval_transport_open(node->net, &node->params.addr, wake_thread, node,
					   extack);
	if (IS_ERR(transport))
		return PTR_ERR(transport);
	node->transport = transport;
	err = make_core(node, options);
	if (!err)
		err = make_thread(node);
	if (err == -EINTR)
		NL_SET_ERR_MSG(extack, "interrupted before the node was made");
	else if (err)
		NL_SET_ERR_MSG(extack, "out of memory");
	return err;
}

static enum raft_status joined(struct raftval_node *node)
{
	enum raft_status status;

	spin_lock(&node->lock);
	status = node->joined;
	spin_unlock(&node->lock);
	return status;
}

static int wait_joined(struct raftval_node *node, u32 timeout_ms, struct netlink_ext_ack *extack)
{
	long left = wait_event_interruptible_timeout(node->wait, joined(node) != RAFT_PENDING,
						     msecs_to_jiffies(timeout_ms));

	if (left < 0) {
		NL_SET_ERR_MSG(extack, "interrupted before the cluster took the node in");
		return -EINTR;
	}
	if (!left) {
		NL_SET_ERR_MSG(extack,
			       "no answer in time: check the address, the network, and that the cluster has a leader");
		return -ETIMEDOUT;
	}
	if (joined(node) != RAFT_OK)
		explain(extack, raft_status_text(joined(node)));
	return status_errno(joined(node));
}

static int go_live(struct raftval_node *node, struct netlink_ext_ack *extack)
{
	struct device *dev = raftval_chardev_add(node);

	if (IS_ERR(dev)) {
		NL_SET_ERR_MSG(extack, "the device of the node can not be made");
		return PTR_ERR(dev);
	}
	mutex_lock(&nodes_lock);
	node->live = true;
	spin_lock(&node->lock);
	node->dev = dev;
	spin_unlock(&node->lock);
	schedule_work(&node->notify);
	mutex_unlock(&nodes_lock);
	return 0;
}

/* What exists of the node goes, in the reverse order of its making. */
static void tear_down(struct raftval_node *node)
{
	spin_lock(&node->lock);
	node->down = true;
	spin_unlock(&node->lock);
	wake_up_all(&node->wait);
	if (node->task)
		kthread_stop(node->task);
	flush_work(&node->notify);
	if (node->dev)
		raftval_chardev_remove(node->dev);
	if (node->transport)
		raftval_transport_close(node->transport);
	kvfree(node->update);
	kvfree(node->raft);
	unreserve(node);
}

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
struct raftval_node *raftval_node_create(struct net *net,
					 const struct raftval_node_options *options,
					 struct netlink_ext_ack *extack)
{
	struct raftval_node *node = node_new(net, options, extack);
	int err;

	if (IS_ERR(node))
		return node;
	err = reserve(node, extack);
	if (err) {
		raftval_node_put(node);
		return ERR_PTR(err);
	}
	raftval_node_hold(node);
	err = bring_up(node, options, extack);
	if (!err)
		err = wait_joined(node, options->join_timeout_ms, extack);
	if (!err)
		err = go_live(node, extack);
	if (err) {
		tear_down(node);
		raftval_node_put(node);
		return ERR_PTR(err);
	}
	return node;
}

/* A leader that goes without a word costs the cluster an election timeout. */
static void hand_over(struct raftval_node *node)
{
	bool leads;
	u32 election_ms;

	spin_lock(&node->lock);
	leads = node->status.view.role == RAFT_LEADER;
	election_ms = node->status.config.election_ms;
	spin_unlock(&node->lock);
	if (leads)
		raftval_node_admin(node, RAFT_ADMIN_TRANSFER, 0, election_ms, NULL);
}

/* Whoever makes the node not live takes it down; nobody else does. */
static bool make_not_live(struct raftval_node *node)
{
	bool was_live = node->live;

	lockdep_assert_held(&nodes_lock);
	node->live = false;
	return was_live;
}

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
int raftval_node_down(struct raftval_node *node)
{
	bool mine;

	mutex_lock(&nodes_lock);
	mine = make_not_live(node);
	mutex_unlock(&nodes_lock);
	if (!mine)
		return -ENODEV;
	hand_over(node);
	tear_down(node);
	return 0;
}

/**
 * raftval_node_find() - look a node up
 * @net: network namespace
 * @name: its name
 *
 * Return: the node with a reference, or NULL.
 */
struct raftval_node *raftval_node_find(struct net *net, const char *name)
{
	struct raftval_node *node, *found = NULL;

	mutex_lock(&nodes_lock);
	list_for_each_entry(node, &nodes, link) {
		if (node->live && net_eq(node->net, net) && !strcmp(node->name, name)) {
			found = node;
			raftval_node_hold(found);
			break;
		}
	}
	mutex_unlock(&nodes_lock);
	return found;
}

/**
 * raftval_node_next() - walk the nodes of a network namespace
 * @net: network namespace
 * @cursor: 0 to begin; moved on by every call
 *
 * Nodes may come and go between two calls; those that stay are met once.
 *
 * Return: the next node with a reference, or NULL after the last.
 */
struct raftval_node *raftval_node_next(struct net *net, u64 *cursor)
{
	struct raftval_node *node, *found = NULL;

	mutex_lock(&nodes_lock);
	list_for_each_entry(node, &nodes, link) {
		if (node->live && net_eq(node->net, net) && node->serial > *cursor) {
			found = node;
			raftval_node_hold(found);
			*cursor = node->serial;
			break;
		}
	}
	mutex_unlock(&nodes_lock);
	return found;
}

/*
 * A socket of the kernel does not keep its network namespace alive, so the
 * nodes end first. Nobody makes a node in a namespace that ends.
 */
static void __net_exit net_exit(struct net *net)
{
	struct raftval_node *node;
	u64 cursor = 0;

	while ((node = raftval_node_next(net, &cursor))) {
		raftval_node_down(node);
		raftval_node_put(node);
	}
}

/* A device operation: it ends before the devices that the last datagrams need. */
static struct pernet_operations net_ops = {
	.exit = net_exit,
};

/**
 * raftval_node_init() - make nodes possible
 *
 * Called once when the module is loaded, after the devices' init and before
 * netlink's.
 *
 * Return: 0 or a negative errno.
 */
int raftval_node_init(void)
{
	return register_pernet_device(&net_ops);
}

/**
 * raftval_node_exit() - take every node of every network namespace down
 *
 * Called once when the module is unloaded, after netlink's exit.
 */
void raftval_node_exit(void)
{
	unregister_pernet_device(&net_ops);
}
