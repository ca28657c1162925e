// SPDX-License-Identifier: GPL-2.0
/*
 * A request: something that a program wants of a node
 *
 * Programs put requests into the node's mailbox and wait. A request is
 * counted: the mailbox, the thread and the waiter hold it as long as they may
 * look at it, so a waiter that is killed just goes, and the core still finds
 * the bytes that it was given.
 */
#include <linux/netlink.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/uio.h>
#include "node_internal.h"
#include "request.h"

/*
 * Requests: the waiter's side
 */

static struct raftval_request *request_new(enum raftval_request_kind kind, u32 len)
{
	struct raftval_request *req = kvmalloc(struct_size(req, data, len), GFP_KERNEL_ACCOUNT);

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

/**
 * raftval_request_put() - give a reference back
 * @req: the request
 *
 * Context: process; does not sleep.
 */
void raftval_request_put(struct raftval_request *req)
{
	if (!refcount_dec_and_test(&req->ref))
		return;
	if (req->kind == RAFTVAL_REQUEST_READ || req->kind == RAFTVAL_REQUEST_LOCAL_READ)
		kvfree(req->value);
	kvfree(req);
}

/**
 * raftval_request_finish() - answer a request, and give a reference back
 * @req: the request
 * @end: how it ended
 * @status: what the core said
 *
 * Called by whoever took it from the mailbox: as a rule the thread.
 *
 * Context: process; does not sleep.
 */
void raftval_request_finish(struct raftval_request *req, enum raftval_request_end end,
			    enum raft_status status)
{
	req->end = end;
	req->status = status;
	req->finished = true;
	complete(&req->done);
	raftval_request_put(req);
}

static int submit(struct raftval_node *node, struct raftval_request *req)
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
static void cancel(struct raftval_node *node, struct raftval_request *req)
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
		raftval_request_finish(req, RAFTVAL_END_UNSENT, RAFT_UNKNOWN);
}

/* Returns 0 if the core answered. The request may be looked at unless killed (-EINTR). */
static int wait_for(struct raftval_node *node, struct raftval_request *req, u32 timeout_ms)
{
	long left = wait_for_completion_interruptible_timeout(&req->done,
							      msecs_to_jiffies(timeout_ms));

	if (left <= 0) {
		cancel(node, req);
		if (wait_for_completion_killable(&req->done))
			return -EINTR;
	}
	switch (req->end) {
	case RAFTVAL_END_ANSWERED:
		return 0;
	case RAFTVAL_END_UNSENT:
		return left ? -ERESTARTSYS : -ETIMEDOUT;
	case RAFTVAL_END_CANCELLED:
		return left ? -EINTR : -ETIMEDOUT;
	case RAFTVAL_END_BUSY:
		return -EBUSY;
	case RAFTVAL_END_SHUTDOWN:
		break;
	}
	return -ESHUTDOWN;
}

/* Submit, wait, and leave the request to be put by the caller. */
static int ask(struct raftval_node *node, struct raftval_request *req, u32 timeout_ms)
{
	int err = submit(node, req);

	return err ?: wait_for(node, req, timeout_ms);
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

/**
 * raftval_request_read() - copy the value
 * @node: the node
 * @local: the value as committed on this host, which may lag; else a linearizable read
 * @timeout_ms: how long to wait for the cluster
 *
 * Return: the value, to be freed with kvfree(), or an ERR_PTR: -ETIMEDOUT (no
 * majority answered in time), -ERESTARTSYS (a signal; netlink turns it into
 * -EINTR), -ESHUTDOWN, -ENOMEM.
 */
struct raftval_request_value *raftval_request_read(struct raftval_node *node, bool local,
						   u32 timeout_ms)
{
	struct raftval_request_value *value;
	struct raftval_request *req;
	int err;

	req = request_new(local ? RAFTVAL_REQUEST_LOCAL_READ : RAFTVAL_REQUEST_READ, 0);
	if (!req)
		return ERR_PTR(-ENOMEM);
	req->value = kvmalloc(struct_size(value, data, node->params.value_max), GFP_KERNEL_ACCOUNT);
	err = req->value ? ask(node, req, timeout_ms) : -ENOMEM;
	if (!err)
		err = raftval_request_errno(req->status);
	value = ERR_PTR(err);
	if (!err) {
		value = req->value;
		req->value = NULL;
	}
	raftval_request_put(req);
	return value;
}

/**
 * raftval_request_write() - replace the value
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
int raftval_request_write(struct raftval_node *node, enum raft_op_kind kind, u64 expect,
			  struct iov_iter *from, u32 timeout_ms, u64 *revision)
{
	size_t len = iov_iter_count(from);
	struct raftval_request *req;
	int err;

	if (len > node->params.value_max)
		return -EFBIG;
	req = request_new(RAFTVAL_REQUEST_OP, len);
	if (!req)
		return -ENOMEM;
	req->op_kind = kind;
	req->expect = expect;
	err = copy_from_iter_full(req->data, len, from) ? 0 : -EFAULT;
	if (!err)
		err = ask(node, req, timeout_ms);
	if (!err) {
		err = raftval_request_errno(req->status);
		if (revision)
			*revision = req->revision;
	}
	raftval_request_put(req);
	return err;
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
	struct raftval_request *req = request_new(RAFTVAL_REQUEST_ADMIN, 0);
	int err;

	if (!req) {
		NL_SET_ERR_MSG(extack, "out of memory");
		return -ENOMEM;
	}
	req->what = what;
	req->target = target;
	err = ask(node, req, timeout_ms);
	if (!err) {
		err = raftval_request_errno(req->status);
		if (err)
			raftval_request_explain(extack, req->status);
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
	req = request_new(RAFTVAL_REQUEST_LOG, n * sizeof(*entry));
	if (!req)
		return -ENOMEM;
	req->from = from;
	req->count = n;
	req->entry = (struct raftval_request_entry *)req->data;
	err = ask(node, req, RAFTVAL_NODE_TIMEOUT_MAX);
	if (!err) {
		err = req->count;
		memcpy(entry, req->entry, req->count * sizeof(*entry));
	} else if (err == -ERESTARTSYS) {
		err = -EINTR;
	}
	raftval_request_put(req);
	return err;
}
