// SPDX-License-Identifier: GPL-2.0
/*
 * A request: something that a program wants of a node
 *
 * Programs put requests into the node's mailbox and wait, or are told later.
 * A request is counted: the mailbox, the node's turn and the waiter hold it as long
 * as they may look at it, so a waiter that is killed just goes, and the core
 * still finds the bytes that it was given.
 */
#include <linux/hash.h>
#include <linux/log2.h>
#include <linux/netlink.h>
#include <linux/sched/stat.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/uio.h>
#include "node_internal.h"
#include "request.h"
#include "trace.h"
#include "turn.h"

/**
 * raftval_request_kind_name() - what is wanted, for people
 * @kind: what
 *
 * Context: any.
 *
 * Return: a word.
 */
const char *raftval_request_kind_name(enum raftval_request_kind kind)
{
	static const char * const names[] = {
		[RAFTVAL_REQUEST_OP] = "write",
		[RAFTVAL_REQUEST_READ] = "read",
		[RAFTVAL_REQUEST_ADMIN] = "change",
		[RAFTVAL_REQUEST_LOG] = "log",
		[RAFTVAL_REQUEST_KEYS] = "keys",
	};

	return names[kind];
}

/**
 * raftval_request_end_name() - how a request ended, for people
 * @end: how
 *
 * Context: any.
 *
 * Return: a word.
 */
const char *raftval_request_end_name(enum raftval_request_end end)
{
	static const char * const names[] = {
		[RAFTVAL_END_ANSWERED] = "answered",
		[RAFTVAL_END_UNSENT] = "withdrawn",
		[RAFTVAL_END_CANCELLED] = "given-up",
		[RAFTVAL_END_TIMEOUT] = "timeout",
		[RAFTVAL_END_BUSY] = "busy",
		[RAFTVAL_END_SHUTDOWN] = "shutdown",
	};

	return names[end];
}

static struct raftval_request *request_new(struct raftval_node *node,
					   enum raftval_request_kind kind, u32 len, u32 timeout_ms,
					   gfp_t gfp)
{
	struct raftval_request *req = kvmalloc(struct_size(req, data, len), gfp);

	if (!req)
		return NULL;
	memset(req, 0, sizeof(*req));
	refcount_set(&req->ref, 1);
	req->node = node;
	req->kind = kind;
	req->len = len;
	req->end = RAFTVAL_END_SHUTDOWN;
	req->timeout_us = (u64)(timeout_ms ?: raftval_node_op_timeout(node)) * USEC_PER_MSEC;
	INIT_LIST_HEAD(&req->link);
	INIT_LIST_HEAD(&req->cancel_link);
	INIT_LIST_HEAD(&req->deadline_link);
	init_completion(&req->done);
	return req;
}

/**
 * raftval_request_put() - give a reference back
 * @req: the request
 *
 * Context: any but hard interrupts; does not sleep.
 */
void raftval_request_put(struct raftval_request *req)
{
	if (!refcount_dec_and_test(&req->ref))
		return;
	if (req->kind == RAFTVAL_REQUEST_READ)
		kvfree(req->value);
	if (req->kind == RAFTVAL_REQUEST_KEYS)
		memzero_explicit(req->keys, sizeof(*req->keys));
	kvfree(req);
}

/*
 * As many operations wait on a node as its core takes, so who comes when there
 * is no room is told at once, and poll(2) tells when there is some.
 */

static bool take_room(struct raftval_node *node)
{
	if (atomic_inc_return(&node->n_ops) <= RAFT_OPS_MAX)
		return true;
	atomic_dec(&node->n_ops);
	return false;
}

static void give_room(struct raftval_node *node)
{
	if (atomic_dec_return(&node->n_ops) == RAFT_OPS_MAX - 1)
		wake_up_all(&node->wait);
}

/**
 * raftval_request_room() - would a write be taken now?
 * @node: the node
 *
 * Whoever waits for that is woken by the node's wait queue.
 *
 * Context: any.
 *
 * Return: true if so
 */
bool raftval_request_room(struct raftval_node *node)
{
	return atomic_read(&node->n_ops) < RAFT_OPS_MAX;
}

/**
 * raftval_request_finish() - answer a request, and give a reference back
 * @req: the request
 * @end: how it ended
 * @status: what the core said
 *
 * Called by whoever took it from the mailbox: as a rule in a turn.
 *
 * Context: any but hard interrupts; does not sleep.
 */
void raftval_request_finish(struct raftval_request *req, enum raftval_request_end end,
			    enum raft_status status)
{
	req->end = end;
	req->status = status;
	req->finished = true;
	trace_raftval_request(req->node->name, req->kind, end, status);
	list_del_init(&req->deadline_link);
	if (req->kind == RAFTVAL_REQUEST_OP)
		give_room(req->node);
	if (req->waiter.end)
		req->waiter.end(req->waiter.ctx, req);
	else
		complete(&req->done);
	raftval_request_put(req);
}

/* So many programs ask in the time that a round takes, which is mostly for datagrams. */
#define ASKERS_PER_ROUND	4

/* Nobody waits longer than this for others, microseconds. */
#define GATHER_US	4000

/* How many programs asked lately. Two that look alike count as one. */
static u32 count_askers(struct raftval_node *node)
{
	unsigned long since = jiffies - node->counted_at;

	if (since > RAFTVAL_NODE_LATELY) {
		node->n_askers = 0;
		if (since < 2 * RAFTVAL_NODE_LATELY)
			node->n_askers = bitmap_weight(node->askers, RAFT_OPS_MAX);
		bitmap_zero(node->askers, RAFT_OPS_MAX);
		node->counted_at = jiffies;
	}
	__set_bit(hash_ptr(current, ilog2(RAFT_OPS_MAX)), node->askers);
	return node->n_askers;
}

/*
 * Who asks takes the node's turn at once. Where other programs are about to ask for
 * something too, each would pay for a round of its own. So who asks while somebody
 * else wants the processor lets those come who asked lately: the last of them takes
 * the turn, or the timer does when they have had time enough. Who asks alone never waits.
 */
static bool others_come(struct raftval_node *node, const struct raftval_request *req)
{
	if (req->kind != RAFTVAL_REQUEST_OP && req->kind != RAFTVAL_REQUEST_READ)
		return false;
	return node->n_gathered < count_askers(node) && !single_task_running();
}

/*
 * How long those who are about to ask need for it, if each has to wait for a processor.
 * Who promised a turn takes it, but may be kept from that.
 */
static u64 gather_us(const struct raftval_node *node, const struct raftval_request *req)
{
	u64 rounds = DIV_ROUND_UP(node->n_askers, ASKERS_PER_ROUND);

	if (req->waiter.later)
		return GATHER_US;
	return min_t(u64, rounds * READ_ONCE(node->round_us), GATHER_US);
}

/* Returns whether to take a turn now. */
static bool put_into_mailbox(struct raftval_node *node, struct raftval_request *req)
{
	bool first = list_empty(&node->mailbox);

	refcount_inc(&req->ref);
	req->queued = true;
	list_add_tail(&req->link, &node->mailbox);
	node->n_gathered = first ? 1 : node->n_gathered + 1;
	if (!req->waiter.later && !others_come(node, req))
		return true;
	if (first)
		hrtimer_start(&node->gather, ns_to_ktime(gather_us(node, req) * NSEC_PER_USEC),
			      HRTIMER_MODE_REL_SOFT);
	return false;
}

static int post(struct raftval_node *node, struct raftval_request *req)
{
	int err = -ESHUTDOWN;
	bool now = false;

	spin_lock_bh(&node->lock);
	if (!node->down) {
		now = put_into_mailbox(node, req);
		err = 0;
	}
	spin_unlock_bh(&node->lock);
	if (now)
		raftval_turn_take(node);
	return err;
}

/* Once this has returned 0 the request will end, or has. */
static int submit(struct raftval_request *req)
{
	struct raftval_node *node = req->node;
	bool is_op = req->kind == RAFTVAL_REQUEST_OP;
	int err;

	if (is_op && !take_room(node)) {
		atomic64_inc(&node->n_refused);
		return -EAGAIN;
	}
	err = post(node, req);
	if (err && is_op)
		give_room(node);
	return err;
}

/* Have the request finished soon: here if nobody has taken it yet. */
static void cancel(struct raftval_request *req)
{
	struct raftval_node *node = req->node;
	bool queued;

	spin_lock_bh(&node->lock);
	queued = req->queued;
	if (queued) {
		req->queued = false;
		list_del(&req->link);
	} else if (!node->down) {
		refcount_inc(&req->ref);
		list_add_tail(&req->cancel_link, &node->cancels);
	}
	spin_unlock_bh(&node->lock);
	if (queued)
		raftval_request_finish(req, RAFTVAL_END_UNSENT, RAFT_UNKNOWN);
	else
		raftval_turn_take(node);
}

/**
 * raftval_request_error() - how a request ended, as programs know it
 * @req: a request that has ended
 *
 * Context: any.
 *
 * Return: 0 or a negative errno.
 */
int raftval_request_error(const struct raftval_request *req)
{
	switch (req->end) {
	case RAFTVAL_END_ANSWERED:
		return raftval_request_errno(req->status);
	case RAFTVAL_END_UNSENT:
		return -ERESTARTSYS;
	case RAFTVAL_END_CANCELLED:
		return -EINTR;
	case RAFTVAL_END_TIMEOUT:
		return -ETIMEDOUT;
	case RAFTVAL_END_BUSY:
		return -EBUSY;
	case RAFTVAL_END_SHUTDOWN:
		break;
	}
	return -ESHUTDOWN;
}

/*
 * Submit, wait, and leave the request to be put by the caller. The node's timer sees
 * to the deadline. Whoever is killed meanwhile has no use for an answer.
 */
static int ask(struct raftval_request *req)
{
	int err = submit(req);

	if (err)
		return err;
	if (wait_for_completion_interruptible(&req->done)) {
		cancel(req);
		if (wait_for_completion_killable(&req->done))
			return -EINTR;
	}
	return raftval_request_error(req);
}

/**
 * raftval_request_errno() - what the core said, as programs know it
 * @status: what it said
 *
 * Context: any.
 *
 * Return: 0 or a negative errno.
 */
int raftval_request_errno(enum raft_status status)
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
		[RAFT_OLD_STORE] = -EIO,
	};

	return status < RAFT_STATUSES ? errnos[status] : -EPROTO;
}

/**
 * raftval_request_explain() - give the core's sentence to a program
 * @extack: gets it, may be NULL
 * @status: what the core said
 *
 * Context: any.
 */
void raftval_request_explain(struct netlink_ext_ack *extack, enum raft_status status)
{
	/* The macro takes only literals. */
	if (extack)
		extack->_msg = raft_status_text(status);
}

static struct raftval_request *read_new(struct raftval_node *node, u32 timeout_ms, gfp_t gfp)
{
	struct raftval_request *req;

	req = request_new(node, RAFTVAL_REQUEST_READ, 0, timeout_ms, gfp);
	if (!req)
		return NULL;
	req->value = kvmalloc(struct_size(req->value, data, node->params.value_max), gfp);
	if (req->value)
		return req;
	raftval_request_put(req);
	return NULL;
}

/**
 * raftval_request_take_value() - take the value out of a read
 * @req: a read that ended well
 *
 * Context: any.
 *
 * Return: the value, to be freed with kvfree().
 */
struct raftval_request_value *raftval_request_take_value(struct raftval_request *req)
{
	struct raftval_request_value *value = req->value;

	req->value = NULL;
	return value;
}

/**
 * raftval_request_read() - copy the value, linearizably
 * @node: the node
 * @timeout_ms: how long to wait for the cluster, 0 for the node's op_timeout_ms
 *
 * Return: the value, to be freed with kvfree(), or an ERR_PTR: -ETIMEDOUT (no
 * majority answered in time), -ERESTARTSYS (a signal; netlink turns it into
 * -EINTR), -EINTR, -EIO (its store failed), -ESHUTDOWN, -ENOMEM.
 */
struct raftval_request_value *raftval_request_read(struct raftval_node *node, u32 timeout_ms)
{
	struct raftval_request *req = read_new(node, timeout_ms, GFP_KERNEL_ACCOUNT);
	struct raftval_request_value *value;
	int err;

	if (!req)
		return ERR_PTR(-ENOMEM);
	err = ask(req);
	value = err ? ERR_PTR(err) : raftval_request_take_value(req);
	raftval_request_put(req);
	return value;
}

/**
 * raftval_request_start_read() - begin to copy the value, linearizably
 * @node: the node; the caller keeps it until the waiter was told
 * @gfp: how to allocate
 * @waiter: told of the end if 0 is returned
 *
 * Return: 0 if it is under way; -ESHUTDOWN, -ENOMEM.
 */
int raftval_request_start_read(struct raftval_node *node, gfp_t gfp,
			       const struct raftval_request_waiter *waiter)
{
	struct raftval_request *req = read_new(node, 0, gfp);
	int err;

	if (!req)
		return -ENOMEM;
	req->waiter = *waiter;
	err = submit(req);
	raftval_request_put(req);
	return err;
}

static struct raftval_request *write_new(struct raftval_node *node,
					 const struct raftval_request_op *op, struct iov_iter *from)
{
	size_t len = iov_iter_count(from);
	struct raftval_request *req;

	if (len > node->params.value_max)
		return ERR_PTR(-EFBIG);
	req = request_new(node, RAFTVAL_REQUEST_OP, len, op->timeout_ms, op->gfp);
	if (!req)
		return ERR_PTR(-ENOMEM);
	req->op_kind = op->kind;
	req->expect = op->expect;
	if (copy_from_iter_full(req->data, len, from))
		return req;
	raftval_request_put(req);
	return ERR_PTR(-EFAULT);
}

/**
 * raftval_request_write() - replace the value
 * @node: the node
 * @op: how
 * @from: the new value: all that is left in the iterator, in kernel or user memory
 * @revision: gets the revision made, or the one met (-ESTALE), else 0; may be NULL
 *
 * Return: 0 once committed and applied on this host; -ESTALE (compare-and-set
 * met another revision); -EFBIG (larger than the cluster's value_max); -EAGAIN
 * (not applied and never will be: the queue is full); -ETIMEDOUT and -EINTR
 * (timeout, signal: it may or may not be applied); -ERESTARTSYS (a signal
 * before anybody else saw it: not applied and never will be; netlink turns it
 * into -EINTR); -ESHUTDOWN (the node is going away or no longer a member);
 * -EIO (its store failed); -EFAULT; -ENOMEM.
 */
int raftval_request_write(struct raftval_node *node, const struct raftval_request_op *op,
			  struct iov_iter *from, u64 *revision)
{
	struct raftval_request *req = write_new(node, op, from);
	int err;

	if (IS_ERR(req))
		return PTR_ERR(req);
	err = ask(req);
	if (revision)
		*revision = !err || err == -ESTALE ? req->revision : 0;
	raftval_request_put(req);
	return err;
}

/**
 * raftval_request_start_write() - begin to replace the value
 * @node: the node; the caller keeps it until the waiter was told
 * @op: how
 * @from: the new value, copied before this returns
 * @waiter: told of the end if 0 is returned
 *
 * Return: 0 if it is under way; -EAGAIN (the queue is full), -EFBIG,
 * -ESHUTDOWN, -EFAULT, -ENOMEM: not applied and never will be.
 */
int raftval_request_start_write(struct raftval_node *node, const struct raftval_request_op *op,
				struct iov_iter *from, const struct raftval_request_waiter *waiter)
{
	struct raftval_request *req = write_new(node, op, from);
	int err;

	if (IS_ERR(req))
		return PTR_ERR(req);
	req->waiter = *waiter;
	err = submit(req);
	raftval_request_put(req);
	return err;
}

static void explain_admin(const struct raftval_request *req, int err,
			  struct netlink_ext_ack *extack)
{
	if (err == -EINTR) {
		NL_SET_ERR_MSG(extack,
			       "interrupted; it may still be done: look at the status first");
		return;
	}
	switch (req->end) {
	case RAFTVAL_END_ANSWERED:
		raftval_request_explain(extack, req->status);
		break;
	case RAFTVAL_END_BUSY:
		NL_SET_ERR_MSG(extack,
			       "another change waits for its answer: try again when it has it");
		break;
	case RAFTVAL_END_TIMEOUT:
		NL_SET_ERR_MSG(extack,
			       "no answer in time; it may still be done: look at the status first");
		break;
	default:
		NL_SET_ERR_MSG(extack, "the node is going away");
		break;
	}
}

static struct raftval_request *admin_new(struct raftval_node *node, enum raft_admin what,
					 u64 target, u32 timeout_ms)
{
	struct raftval_request *req;

	req = request_new(node, RAFTVAL_REQUEST_ADMIN, 0, timeout_ms, GFP_KERNEL);
	if (req) {
		req->what = what;
		req->target = target;
	}
	return req;
}

/**
 * raftval_request_admin() - change the cluster
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
int raftval_request_admin(struct raftval_node *node, enum raft_admin what, u64 target,
			  u32 timeout_ms, struct netlink_ext_ack *extack)
{
	struct raftval_request *req;
	int err;

	req = admin_new(node, what, target, timeout_ms);
	if (!req) {
		NL_SET_ERR_MSG(extack, "out of memory");
		return -ENOMEM;
	}
	err = ask(req);
	if (err == -ERESTARTSYS)
		err = -EINTR;
	if (err)
		explain_admin(req, err, extack);
	raftval_request_put(req);
	return err;
}

/**
 * raftval_request_start_admin() - begin to change the cluster
 * @node: the node; the caller keeps it until the waiter was told
 * @what: the change
 * @target: the member it is about
 * @timeout_ms: how long to wait for the cluster
 * @waiter: told of the end if 0 is returned
 *
 * Return: 0 if it is under way; -ESHUTDOWN, -ENOMEM.
 */
int raftval_request_start_admin(struct raftval_node *node, enum raft_admin what, u64 target,
				u32 timeout_ms, const struct raftval_request_waiter *waiter)
{
	struct raftval_request *req = admin_new(node, what, target, timeout_ms);
	int err;

	if (!req)
		return -ENOMEM;
	req->waiter = *waiter;
	err = submit(req);
	raftval_request_put(req);
	return err;
}

/**
 * raftval_request_log() - copy entries of the log window
 * @node: the node
 * @from: index of the first entry wanted; the window's first entry if that is later
 * @entry: gets the entries
 * @n: room in @entry; %RAFT_LOG_SLOTS is enough for all
 *
 * Return: entries copied, or -ESHUTDOWN, -EINTR, -ENOMEM.
 */
int raftval_request_log(struct raftval_node *node, u64 from, struct raftval_request_entry *entry,
			u32 n)
{
	struct raftval_request *req;
	int err;

	n = min_t(u32, n, RAFT_LOG_SLOTS);
	req = request_new(node, RAFTVAL_REQUEST_LOG, n * sizeof(*entry), 0, GFP_KERNEL);
	if (!req)
		return -ENOMEM;
	req->from = from;
	req->count = n;
	req->entry = (struct raftval_request_entry *)req->data;
	err = ask(req);
	if (!err) {
		err = req->count;
		memcpy(entry, req->entry, req->count * sizeof(*entry));
	} else if (err == -ERESTARTSYS) {
		err = -EINTR;
	}
	raftval_request_put(req);
	return err;
}

/**
 * raftval_request_keys() - give a node other keys
 * @node: the node
 * @keys: they, all of them
 * @extack: gets a sentence for every error
 *
 * Return: 0, -EOPNOTSUPP (it does not seal what it sends), -ESHUTDOWN, -EINTR, -ENOMEM.
 */
int raftval_request_keys(struct raftval_node *node, const struct raftval_keys *keys,
			 struct netlink_ext_ack *extack)
{
	struct raftval_request *req;
	int err;

	if (!node->wall) {
		NL_SET_ERR_MSG(extack,
			       "the cluster was made without a key, and has to be made anew to get one");
		return -EOPNOTSUPP;
	}
	req = request_new(node, RAFTVAL_REQUEST_KEYS, sizeof(*keys), 0, GFP_KERNEL);
	if (!req) {
		NL_SET_ERR_MSG(extack, "out of memory");
		return -ENOMEM;
	}
	req->keys = (struct raftval_keys *)req->data;
	*req->keys = *keys;
	err = ask(req);
	if (err == -ERESTARTSYS)
		err = -EINTR;
	if (err)
		NL_SET_ERR_MSG(extack, "the node goes away, or nobody waits any more");
	raftval_request_put(req);
	return err;
}
