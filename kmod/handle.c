// SPDX-License-Identifier: GPL-2.0
/*
 * The interface of raftval to other kernel modules
 *
 * A handle is a node that is pinned: it is not taken down, except by the end of
 * its network namespace, as long as a module has it. Whoever uses these symbols
 * keeps raftval itself loaded.
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/notifier.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uio.h>
#include "handle.h"
#include "node.h"
#include "page.h"
#include "request.h"
#include "status.h"

/**
 * raftval_handle_get() - get a node by its name
 * @net: network namespace in which it was made; &init_net as a rule
 * @name: its name, %RAFTVAL_NAME_DEFAULT or another
 *
 * Context: process, may sleep.
 *
 * Return: the node, to be given to raftval_handle_put(), or NULL if there is none.
 */
struct raftval_node *raftval_handle_get(struct net *net, const char *name)
{
	return raftval_node_pin(net, name);
}
EXPORT_SYMBOL_GPL(raftval_handle_get);

/**
 * raftval_handle_put() - give a node back
 * @node: the node; nothing waits for it and nobody watches it any more
 *
 * Context: process, may sleep.
 */
void raftval_handle_put(struct raftval_node *node)
{
	raftval_node_unpin(node);
}
EXPORT_SYMBOL_GPL(raftval_handle_put);

/**
 * raftval_handle_value() - copy the value as committed on this host, which may lag
 * @node: the node
 * @buf: gets the value, or as much of it as there is room for
 * @size: room in @buf
 * @revision: gets its revision, may be NULL
 *
 * Context: process; does not sleep, asks nobody, and works without a majority.
 *
 * Return: bytes of the value.
 */
u32 raftval_handle_value(struct raftval_node *node, void *buf, u32 size, u64 *revision)
{
	return raftval_page_read(raftval_node_page(node), 0, buf, size, revision);
}
EXPORT_SYMBOL_GPL(raftval_handle_value);

/**
 * raftval_handle_read() - copy the value, linearizably
 * @node: the node
 * @buf: gets the value, or as much of it as there is room for
 * @size: room in @buf
 * @revision: gets its revision, may be NULL
 * @timeout_ms: how long to wait for the cluster, 0 for the node's op_timeout_ms
 *
 * The value is at least as new as every write that had returned, on any host,
 * before this was called.
 *
 * Context: process, sleeps.
 *
 * Return: bytes of the value, or -ETIMEDOUT (no majority answered), -EINTR,
 * -ERESTARTSYS, -EIO (its store failed), -ESHUTDOWN, -ENOMEM.
 */
int raftval_handle_read(struct raftval_node *node, void *buf, u32 size, u64 *revision,
			u32 timeout_ms)
{
	struct raftval_request_value *value = raftval_request_read(node, timeout_ms);
	int len;

	if (IS_ERR(value))
		return PTR_ERR(value);
	len = value->len;
	memcpy(buf, value->data, min(size, value->len));
	if (revision)
		*revision = value->revision;
	kvfree(value);
	return len;
}
EXPORT_SYMBOL_GPL(raftval_handle_read);

static int change(struct raftval_node *node, const struct raftval_request_op *op,
		  const void *data, u32 len, u64 *revision)
{
	struct kvec vec = { .iov_base = (void *)data, .iov_len = len };
	struct iov_iter from;

	iov_iter_kvec(&from, ITER_SOURCE, &vec, 1, len);
	return raftval_request_write(node, op, &from, revision);
}

/**
 * raftval_handle_write() - replace the value
 * @node: the node
 * @data: the new value
 * @len: bytes of that
 * @revision: gets the revision that it has, 0 if that is not known; may be NULL
 * @timeout_ms: how long to wait for the cluster, 0 for the node's op_timeout_ms
 *
 * Context: process, sleeps.
 *
 * Return: 0 once committed and applied on this host; -EAGAIN, -EFBIG, -ENOMEM and
 * -ERESTARTSYS (not applied and never will be); -ETIMEDOUT and -EINTR (it may or
 * may not be applied); -EIO (its store failed); -ESHUTDOWN.
 */
int raftval_handle_write(struct raftval_node *node, const void *data, u32 len, u64 *revision,
			 u32 timeout_ms)
{
	const struct raftval_request_op op = {
		.kind = RAFT_OP_WRITE,
		.timeout_ms = timeout_ms,
		.gfp = GFP_KERNEL,
	};

	return change(node, &op, data, len, revision);
}
EXPORT_SYMBOL_GPL(raftval_handle_write);

/**
 * raftval_handle_cas() - replace the value if it has a revision
 * @node: the node
 * @expect: that revision, 0 for a value that was never written
 * @data: the new value
 * @len: bytes of that
 * @revision: gets the revision made, or with -ESTALE the one that the value has; may be NULL
 * @timeout_ms: how long to wait for the cluster, 0 for the node's op_timeout_ms
 *
 * Context: process, sleeps.
 *
 * Return: as raftval_handle_write(), and -ESTALE if the value has another revision.
 */
int raftval_handle_cas(struct raftval_node *node, u64 expect, const void *data, u32 len,
		       u64 *revision, u32 timeout_ms)
{
	const struct raftval_request_op op = {
		.kind = RAFT_OP_CAS,
		.expect = expect,
		.timeout_ms = timeout_ms,
		.gfp = GFP_KERNEL,
	};

	return change(node, &op, data, len, revision);
}
EXPORT_SYMBOL_GPL(raftval_handle_cas);

/**
 * raftval_handle_status() - the node as it is on this host now
 * @node: the node
 * @status: gets it
 *
 * Context: process, may sleep; asks nobody.
 *
 * Return: 0 or -ENOMEM.
 */
int raftval_handle_status(struct raftval_node *node, struct raftval_status *status)
{
	return raftval_status_get(node, status);
}
EXPORT_SYMBOL_GPL(raftval_handle_status);

/**
 * raftval_handle_watch() - be told what changes
 * @node: the node
 * @nb: told of each &enum raftval_handle_event, with a &struct raftval_handle_news; it may
 *	sleep, but those who come after it wait meanwhile; it may not call
 *	raftval_handle_unwatch(), nor wait for a change of this node
 *
 * Changes that follow each other may be told as one. What changed before this
 * returned may be told or not, so look at the status after it.
 *
 * Context: process, may sleep.
 *
 * Return: 0, or -EEXIST if it watches already.
 */
int raftval_handle_watch(struct raftval_node *node, struct notifier_block *nb)
{
	return blocking_notifier_chain_register(raftval_node_watchers(node), nb);
}
EXPORT_SYMBOL_GPL(raftval_handle_watch);

/**
 * raftval_handle_unwatch() - be told no more
 * @node: the node
 * @nb: who watched; it is not being told anything when this returns
 *
 * Context: process, may sleep.
 *
 * Return: 0, or -ENOENT if it did not watch.
 */
int raftval_handle_unwatch(struct raftval_node *node, struct notifier_block *nb)
{
	return blocking_notifier_chain_unregister(raftval_node_watchers(node), nb);
}
EXPORT_SYMBOL_GPL(raftval_handle_unwatch);
