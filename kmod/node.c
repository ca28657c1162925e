// SPDX-License-Identifier: GPL-2.0
/*
 * A node: one member of a cluster that runs on this host
 *
 * Here it is made, found, told of and taken down. How its core is served is in
 * turn.c; what programs ask of it is in request.c.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ctype.h>
#include <linux/kthread.h>
#include <linux/mutex.h>
#include <linux/netlink.h>
#include <linux/printk.h>
#include <linux/random.h>
#include <linux/reboot.h>
#include <linux/suspend.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <net/net_namespace.h>
#include "chardev.h"
#include "handle.h"
#include "netlink.h"
#include "node_internal.h"
#include "page.h"
#include "status.h"
#include "store.h"
#include "sysfs.h"
#include "turn.h"

/* Guards the list of nodes, and their names and serials with it. */
static DEFINE_MUTEX(nodes_lock);
static LIST_HEAD(nodes);
static u64 last_serial;

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

static void log_refused(struct raftval_node *node, u64 refused)
{
	const struct raft_addr *addr = &node->telling.wall.refused;

	if (!__ratelimit(&node->refused_ratelimit))
		return;
	if (addr->family == 4)
		pr_notice("%s: %pI4:%u says hello with another key or for another cluster: refused, %llu since the start\n",
			  node->name, addr->ip, addr->port, refused);
	else
		pr_notice("%s: [%pI6c]:%u says hello with another key or for another cluster: refused, %llu since the start\n",
			  node->name, addr->ip, addr->port, refused);
}

static void tell_watchers(struct raftval_node *node, bool role)
{
	const struct raftval_node_status *status = &node->telling;
	struct raftval_handle_news news = {
		.revision = status->view.revision,
		.term = status->view.term,
		.leader = status->view.leader,
		.role = status->view.role,
		.state = raftval_status_state(status),
	};

	if (status->view.revision != node->told_revision)
		blocking_notifier_call_chain(&node->watchers, RAFTVAL_HANDLE_VALUE, &news);
	if (role || status->view.leader != node->told_leader ||
	    status->view.failed != node->told_failed)
		blocking_notifier_call_chain(&node->watchers, RAFTVAL_HANDLE_ROLE, &news);
}

static void tell(struct work_struct *work)
{
	struct raftval_node *node = container_of(work, struct raftval_node, notify.work);
	struct raftval_node_status *status = &node->telling;
	u64 n, refused;

	WRITE_ONCE(node->told_at, jiffies);
	raftval_node_status(node, status);
	refused = raftval_node_refused(status);
	if (refused != node->told_refused)
		log_refused(node, refused);
	WRITE_ONCE(node->told_refused, refused);
	n = min_t(u64, status->n_changes - node->told_changes, RAFTVAL_NODE_CHANGES);
	if (n || status->view.leader != node->told_leader ||
	    status->view.failed != node->told_failed)
		raftval_sysfs_notify(node->dev, status);
	if (status->view.failed != node->told_failed)
		pr_err("%s: %s\n", node->name, raft_status_text(status->view.failed));
	tell_watchers(node, n);
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
	node->told_failed = status->view.failed;
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
	spin_lock_bh(&node->lock);
	*status = node->status;
	spin_unlock_bh(&node->lock);
	status->now = raftval_now_us();
	status->node.ops_refused = atomic64_read(&node->n_refused);
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
	spin_lock_bh(&node->lock);
	mark->revision = node->status.view.revision;
	mark->n_changes = node->status.n_changes;
	mark->leader = node->status.view.leader;
	mark->down = node->down;
	spin_unlock_bh(&node->lock);
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
 * raftval_node_page() - what programs see that map the device
 * @node: the node
 *
 * Context: any.
 *
 * Return: the page, good as long as the reference.
 */
struct raftval_page *raftval_node_page(struct raftval_node *node)
{
	return node->page;
}

/**
 * raftval_node_value() - copy the value as committed on this host, which may lag
 * @node: the node
 *
 * Context: process, may sleep.
 *
 * Return: the value, to be freed with kvfree(), or an ERR_PTR: -ENOMEM.
 */
struct raftval_request_value *raftval_node_value(struct raftval_node *node)
{
	struct raftval_request_value *value;

	value = kvmalloc(struct_size(value, data, node->params.value_max), GFP_KERNEL_ACCOUNT);
	if (!value)
		return ERR_PTR(-ENOMEM);
	value->len = raftval_page_read(node->page, 0, value->data, node->params.value_max,
				       &value->revision);
	return value;
}

/**
 * raftval_node_watchers() - who is told when value, role or leader change
 * @node: the node
 *
 * Context: any.
 *
 * Return: the chain, good as long as the reference.
 */
struct blocking_notifier_head *raftval_node_watchers(struct raftval_node *node)
{
	return &node->watchers;
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
 * raftval_node_store_path() - where the node's store is, for people
 * @node: the node
 * @buf: room for the path
 * @size: bytes of that
 *
 * Return: the path, somewhere in @buf; NULL if the node is volatile or down.
 */
const char *raftval_node_store_path(struct raftval_node *node, char *buf, int size)
{
	const char *path = NULL;

	mutex_lock(&nodes_lock);
	if (node->store)
		path = raftval_store_path(node->store, buf, size);
	mutex_unlock(&nodes_lock);
	return path;
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
	raftval_page_free(node->page);
	kvfree_sensitive(node->wall, sizeof(*node->wall));
	vfree(node);
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
	if (options->origin == RAFTVAL_NODE_JOIN && !options->seed.family) {
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

/* Only where the next write is likely to come sooner; and hardly anything to who waits for news. */
#define LINGER_US	1000

/* The store says who the member is. */
static void take_params(struct raft_params *params, const struct raft_journal_super *super)
{
	memcpy(params->cluster, super->cluster, sizeof(params->cluster));
	memcpy(params->label, super->label, sizeof(params->label));
	params->id = super->member;
	params->addr = super->addr;
	params->as_learner = super->as_learner;
	params->heartbeat_ms = super->heartbeat_ms;
	params->election_ms = super->election_ms;
	params->value_max = super->value_max;
}

/* And it is told who a new member is. */
static int format_store(struct raftval_node *node, struct netlink_ext_ack *extack)
{
	const struct raft_params *params = &node->params;
	struct raft_journal_super super = {
		.member = params->id,
		.value_max = params->value_max,
		.heartbeat_ms = params->heartbeat_ms,
		.election_ms = params->election_ms,
		.addr = params->addr,
		.as_learner = params->as_learner,
	};

	static_assert(sizeof(super.name) == sizeof(node->name));
	memcpy(super.cluster, params->cluster, sizeof(super.cluster));
	memcpy(super.name, node->name, sizeof(super.name));
	memcpy(super.label, params->label, sizeof(super.label));
	return raftval_store_format(node->store, &super, extack);
}

/* What only this side of the contract can fill in. */
static int complete_params(struct raftval_node *node, const struct raftval_node_options *options,
			   struct netlink_ext_ack *extack)
{
	struct raft_params *params = &node->params;

	*params = options->params;
	if (options->origin == RAFTVAL_NODE_UP)
		take_params(params, raftval_store_super(options->store));
	if (options->origin == RAFTVAL_NODE_CREATE &&
	    !memchr_inv(params->cluster, 0, sizeof(params->cluster)))
		get_random_bytes(params->cluster, sizeof(params->cluster));
	while (!params->id)
		params->id = get_random_u64();
	params->linger_us = LINGER_US;
	params->absorb = true;
	params->sparse = true;
	params->seed = get_random_u64();
	params->nonce = get_random_u32();
	params->is_volatile = !options->store;
	params->note = raftval_turn_note;
	params->ctx = node;
	if (!raft_params_valid(params)) {
		NL_SET_ERR_MSG(extack, "an option is out of range: raftctl(8) says what it may be");
		return -EINVAL;
	}
	return 0;
}

static int make_page(struct raftval_node *node, struct netlink_ext_ack *extack)
{
	node->page = raftval_page_new(node->params.value_max);
	if (node->page)
		return 0;
	NL_SET_ERR_MSG(extack, "out of memory");
	return -ENOMEM;
}

static void fill_random(void *buf, size_t len)
{
	get_random_bytes(buf, len);
}

/* Whole pages, not the next power of two: a host may have a thousand nodes. */
static void *alloc_pages_of(size_t size)
{
	return __vmalloc(size, GFP_KERNEL_ACCOUNT | __GFP_ZERO);
}

static int build_wall(struct raftval_node *node, const struct raftval_keys *keys,
		      struct netlink_ext_ack *extack)
{
	if (!keys->n)
		return 0;
	node->wall = alloc_pages_of(sizeof(*node->wall));
	if (!node->wall) {
		NL_SET_ERR_MSG(extack, "out of memory");
		return -ENOMEM;
	}
	raftval_wall_init(node->wall, node->params.id, node->params.cluster, fill_random);
	node->wall->note = raftval_turn_wall_note;
	node->wall->ctx = node;
	raftval_wall_keys(node->wall, keys->secret, keys->n);
	return 0;
}

static struct raftval_node *node_new(struct net *net, const struct raftval_node_options *options,
				     struct netlink_ext_ack *extack)
{
	struct raftval_node *node;
	int err = check_options(options, extack);

	if (err)
		return ERR_PTR(err);
	node = alloc_pages_of(sizeof(*node));
	if (!node) {
		NL_SET_ERR_MSG(extack, "out of memory");
		return ERR_PTR(-ENOMEM);
	}
	kref_init(&node->ref);
	strscpy(node->name, options->name, sizeof(node->name));
	node->net = net;
	node->op_timeout_ms = options->op_timeout_ms;
	init_waitqueue_head(&node->wait);
	INIT_DELAYED_WORK(&node->notify, tell);
	INIT_LIST_HEAD(&node->reads);
	INIT_LIST_HEAD(&node->deadlines);
	BLOCKING_INIT_NOTIFIER_HEAD(&node->watchers);
	ratelimit_state_init(&node->ratelimit, DEFAULT_RATELIMIT_INTERVAL,
			     DEFAULT_RATELIMIT_BURST);
	ratelimit_state_init(&node->refused_ratelimit, 12 * DEFAULT_RATELIMIT_INTERVAL,
			     DEFAULT_RATELIMIT_BURST);
	spin_lock_init(&node->lock);
	INIT_LIST_HEAD(&node->mailbox);
	INIT_LIST_HEAD(&node->cancels);
	node->joined = RAFT_PENDING;
	raftval_turn_init(node);

	err = complete_params(node, options, extack);
	if (!err)
		err = make_page(node, extack);
	if (!err)
		err = build_wall(node, &options->keys, extack);
	if (err) {
		raftval_node_put(node);
		return ERR_PTR(err);
	}
	return node;
}

/* So many that others than the host's root can neither fill the host nor take all devices. */
static int check_room(const struct raftval_node *node, struct netlink_ext_ack *extack)
{
	u32 here = 0, of_guests = 0;
	struct raftval_node *other;

	list_for_each_entry(other, &nodes, link) {
		here += net_eq(other->net, node->net);
		of_guests += other->net->user_ns != &init_user_ns;
	}
	if (here >= RAFTVAL_NODES_MAX) {
		NL_SET_ERR_MSG(extack,
			       "this network namespace has as many nodes as it may have; take one down");
		return -ENOSPC;
	}
	if (node->net->user_ns != &init_user_ns && of_guests >= RAFTVAL_NODES_GUESTS_MAX) {
		NL_SET_ERR_MSG(extack,
			       "user namespaces have as many nodes as they may have; take one down");
		return -ENOSPC;
	}
	return 0;
}

/* Take the name; the list takes over the caller's reference. */
static int reserve(struct raftval_node *node, struct netlink_ext_ack *extack)
{
	struct raftval_node *other;
	int err;

	mutex_lock(&nodes_lock);
	err = check_room(node, extack);
	list_for_each_entry(other, &nodes, link) {
		if (err || strcmp(other->name, node->name))
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

/* A store counts a start before the core is made, which numbers what it asks by that. */
static int prepare_store(struct raftval_node *node, enum raftval_node_origin origin,
			 struct netlink_ext_ack *extack)
{
	int err = 0;

	if (!node->store)
		return 0;
	if (origin == RAFTVAL_NODE_UP)
		err = raftval_store_start(node->store, extack);
	else
		err = format_store(node, extack);
	node->params.incarnation = raftval_store_super(node->store)->incarnation;
	return err;
}

static int restore(struct raftval_node *node, struct netlink_ext_ack *extack)
{
	int err = raftval_store_restore(node->store, node->raft, extack);

	if (!err && !raft_start_restore(node->raft, node->event.now)) {
		NL_SET_ERR_MSG(extack,
			       "this member never joined its cluster; join again and format the store");
		err = -ENODATA;
	}
	return err;
}

static int make_core(struct raftval_node *node, const struct raftval_node_options *options,
		     struct netlink_ext_ack *extack)
{
	void *mem = alloc_pages_of(raft_size(&node->params));
	int err = 0;

	node->update = alloc_pages_of(sizeof(*node->update));
	if (!mem || !node->update) {
		NL_SET_ERR_MSG(extack, "out of memory");
		vfree(mem);
		return -ENOMEM;
	}
	node->raft = raft_init(mem, &node->params);
	node->event.now = raftval_now_us();
	if (options->origin == RAFTVAL_NODE_CREATE)
		raft_start_create(node->raft, node->event.now);
	else if (options->origin == RAFTVAL_NODE_JOIN)
		raft_start_join(node->raft, &options->seed, node->event.now);
	else
		err = restore(node, extack);
	raft_view(node->raft, &node->status.view);
	node->term = node->status.view.term;
	node->role = node->status.view.role;
	if (node->wall)
		raftval_wall_members(node->wall, node->event.now, node->status.view.config);
	return err;
}

static int bring_up(struct raftval_node *node, const struct raftval_node_options *options,
		    struct netlink_ext_ack *extack)
{
	struct raftval_transport *transport;
	int err;

	transport = raftval_transport_open(node->net, &node->params.addr, raftval_turn_take, node,
					   extack);
	if (IS_ERR(transport))
		return PTR_ERR(transport);
	node->transport = transport;
	err = prepare_store(node, options->origin, extack);
	if (!err)
		err = make_core(node, options, extack);
	if (err)
		return err;
	if (node->store)
		raftval_store_listen(node->store, raftval_turn_leave, node);
	err = raftval_turn_start(node);
	if (err == -EINTR)
		NL_SET_ERR_MSG(extack, "interrupted before the node was made");
	else if (err)
		NL_SET_ERR_MSG(extack, "out of memory");
	return err;
}

static enum raft_status joined(struct raftval_node *node)
{
	enum raft_status status;

	spin_lock_bh(&node->lock);
	status = node->joined;
	spin_unlock_bh(&node->lock);
	return status;
}

static bool met(struct raftval_node *node)
{
	bool met;

	spin_lock_bh(&node->lock);
	met = !node->wall || node->status.wall.noted[RAFTVAL_WALL_NOTE_BEGAN];
	spin_unlock_bh(&node->lock);
	return met;
}

static int wait_joined(struct raftval_node *node, u32 timeout_ms, struct netlink_ext_ack *extack)
{
	long left = wait_event_interruptible_timeout(node->wait, joined(node) != RAFT_PENDING,
						     msecs_to_jiffies(timeout_ms));

	if (left < 0) {
		NL_SET_ERR_MSG(extack, "interrupted before the cluster took the node in");
		return -EINTR;
	}
	if (!left && met(node))
		NL_SET_ERR_MSG(extack,
			       "no answer in time: check the address, the network, and that the cluster has a leader");
	else if (!left)
		NL_SET_ERR_MSG(extack,
			       "no answer in time: wrong key or cluster, so check the token, then the address and the network");
	if (!left)
		return -ETIMEDOUT;
	if (joined(node) != RAFT_OK)
		raftval_request_explain(extack, joined(node));
	return raftval_request_errno(joined(node));
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
	spin_lock_bh(&node->lock);
	node->dev = dev;
	spin_unlock_bh(&node->lock);
	mod_delayed_work(system_wq, &node->notify, 0);
	mutex_unlock(&nodes_lock);
	return 0;
}

/* The cluster is not to count on a member that nobody can use. */
static void leave_again(struct raftval_node *node, u32 timeout_ms)
{
	if (raftval_request_admin(node, RAFT_ADMIN_REMOVE, node->params.id, timeout_ms, NULL))
		pr_warn("%s: could not leave the cluster again: remove %s there\n", node->name,
			node->params.label);
}

/* The list and the path of the store are looked at until it is gone. */
static void close_store(struct raftval_node *node, bool blank)
{
	struct raftval_store *store;

	mutex_lock(&nodes_lock);
	store = node->store;
	node->store = NULL;
	mutex_unlock(&nodes_lock);
	if (store)
		raftval_store_close(store, blank);
}

/* Who has the page mapped sees it, and other modules are told. The last turn is over. */
static void tell_down(struct raftval_node *node)
{
	struct raftval_handle_news news = {
		.revision = node->status.view.revision,
		.term = node->status.view.term,
		.role = node->status.view.role,
		.state = RAFTVAL_STATE_DOWN,
	};

	raftval_page_down(node->page);
	if (node->dev)
		raftval_netlink_notify_down(node);
	blocking_notifier_call_chain(&node->watchers, RAFTVAL_HANDLE_DOWN, &news);
}

/*
 * What exists of the node goes, in the reverse order of its making; if it never
 * came to be, its store is as blank as it was.
 */
static void tear_down(struct raftval_node *node, bool blank)
{
	spin_lock_bh(&node->lock);
	node->down = true;
	spin_unlock_bh(&node->lock);
	wake_up_all(&node->wait);
	if (node->task)
		raftval_turn_end(node);
	flush_delayed_work(&node->notify);
	tell_down(node);
	if (node->dev)
		raftval_chardev_remove(node->dev);
	close_store(node, blank);
	if (node->transport)
		raftval_transport_close(node->transport);
	vfree(node->update);
	vfree(node->raft);
	unreserve(node);
}

/**
 * raftval_node_create() - make a node, start it and wait until it is a member
 * @net: network namespace it lives in; the caller keeps it alive meanwhile
 * @options: how it is made; its store is taken over, whatever happens
 * @extack: gets a sentence for every error, may be NULL
 *
 * The name is taken at once, so that two callers never make the same node,
 * but nobody finds the node and it has no device until it is a member. A
 * signal ends the wait. Whatever fails, nothing of the node is left. A member
 * that has a store already is one, and need not wait to become it.
 *
 * Return: the node with a reference for the caller, or an ERR_PTR: -EINVAL
 * (an option), -EEXIST (name or label taken), -EADDRINUSE, -EADDRNOTAVAIL,
 * -ENOSPC (cluster full, store too small), -ETIMEDOUT (no answer from the
 * cluster), -EINTR, -ENODATA (the store's member never joined), -EUCLEAN (the
 * store can not be read), -ENOMEM and what the network and the disk say.
 */
struct raftval_node *raftval_node_create(struct net *net,
					 const struct raftval_node_options *options,
					 struct netlink_ext_ack *extack)
{
	struct raftval_node *node = node_new(net, options, extack);
	int err;

	err = PTR_ERR_OR_ZERO(node);
	if (!err) {
		err = reserve(node, extack);
		if (err)
			raftval_node_put(node);
	}
	if (err) {
		if (options->store)
			raftval_store_close(options->store, false);
		return ERR_PTR(err);
	}
	raftval_node_hold(node);
	node->store = options->store;
	err = bring_up(node, options, extack);
	if (!err)
		err = wait_joined(node, options->join_timeout_ms, extack);
	if (!err) {
		err = go_live(node, extack);
		if (err && options->origin == RAFTVAL_NODE_JOIN)
			leave_again(node, options->join_timeout_ms);
	}
	if (err) {
		tear_down(node, options->origin != RAFTVAL_NODE_UP);
		raftval_node_put(node);
		return ERR_PTR(err);
	}
	return node;
}

/*
 * A leader that goes without a word costs the cluster an election timeout. Those that go
 * together hand over at the same time, and each of them tries in vain only once.
 */

static void handed_over(void *ctx, struct raftval_request *req)
{
	struct raftval_node *node = ctx;
	int err = raftval_request_error(req);

	/* Someone else may hand over already: that says nothing about heirs. */
	if (err && err != -EBUSY)
		WRITE_ONCE(node->no_heir, true);
	atomic_dec(&node->handing);
	wake_up_all(&node->wait);
}

static void begin_hand_over(struct raftval_node *node)
{
	const struct raftval_request_waiter waiter = { .end = handed_over, .ctx = node };
	u32 election_ms;
	bool leads;

	spin_lock_bh(&node->lock);
	leads = node->status.view.role == RAFT_LEADER;
	election_ms = node->status.config.election_ms;
	spin_unlock_bh(&node->lock);
	if (!leads || READ_ONCE(node->no_heir))
		return;
	atomic_inc(&node->handing);
	if (raftval_request_start_admin(node, RAFT_ADMIN_TRANSFER, 0,
					min_t(u32, election_ms, RAFTVAL_NODE_HANDOVER_MS), &waiter))
		atomic_dec(&node->handing);
}

/* The request has its time; a signal ends the wait. */
static void end_hand_over(struct raftval_node *node)
{
	wait_event_interruptible(node->wait, !atomic_read(&node->handing));
}

static void hand_over_all(struct net *net)
{
	struct raftval_node *node;
	u64 cursor;

	for (cursor = 0; (node = raftval_node_next(net, &cursor)); raftval_node_put(node))
		begin_hand_over(node);
	for (cursor = 0; (node = raftval_node_next(net, &cursor)); raftval_node_put(node))
		end_hand_over(node);
}

/* Whoever makes the node not live takes it down; nobody else does. */
static int make_not_live(struct raftval_node *node, bool though_pinned)
{
	int err = 0;

	mutex_lock(&nodes_lock);
	if (!node->live)
		err = -ENODEV;
	else if (node->pins && !though_pinned)
		err = -EBUSY;
	else
		node->live = false;
	mutex_unlock(&nodes_lock);
	return err;
}

static int stop(struct raftval_node *node, bool forget, bool though_pinned)
{
	int err = make_not_live(node, though_pinned);

	if (err)
		return err;
	begin_hand_over(node);
	end_hand_over(node);
	tear_down(node, forget);
	return 0;
}

/**
 * raftval_node_down() - stop a node and take everything of it away
 * @node: the node; the caller's reference stays
 * @forget: its store is blank afterwards
 *
 * A leader first asks another voter to take over and waits for that at most
 * an election timeout, and at most %RAFTVAL_NODE_HANDOVER_MS; a signal ends the
 * wait. The cluster still counts the node as a member: to leave it, ask for
 * %RAFT_ADMIN_REMOVE of the node's own id first.
 *
 * Return: 0, -EBUSY if another module uses it, or -ENODEV if someone else takes
 * it down already.
 */
int raftval_node_down(struct raftval_node *node, bool forget)
{
	return stop(node, forget, false);
}

/* The caller holds nodes_lock. */
static struct raftval_node *find(struct net *net, const char *name)
{
	struct raftval_node *node;

	list_for_each_entry(node, &nodes, link) {
		if (node->live && net_eq(node->net, net) && !strcmp(node->name, name)) {
			raftval_node_hold(node);
			return node;
		}
	}
	return NULL;
}

/**
 * raftval_node_pin() - look a node up, and keep it from being taken down
 * @net: network namespace
 * @name: its name
 *
 * The end of its network namespace takes it down nevertheless.
 *
 * Return: the node with a reference, to be given to raftval_node_unpin(), or NULL.
 */
struct raftval_node *raftval_node_pin(struct net *net, const char *name)
{
	struct raftval_node *node;

	mutex_lock(&nodes_lock);
	node = find(net, name);
	if (node)
		node->pins++;
	mutex_unlock(&nodes_lock);
	return node;
}

/**
 * raftval_node_unpin() - undo raftval_node_pin()
 * @node: the node
 */
void raftval_node_unpin(struct raftval_node *node)
{
	mutex_lock(&nodes_lock);
	node->pins--;
	mutex_unlock(&nodes_lock);
	raftval_node_put(node);
}

/**
 * raftval_node_pinned() - does another module use the node?
 * @node: the node
 *
 * Return: true if so; it may change at any time.
 */
bool raftval_node_pinned(struct raftval_node *node)
{
	bool pinned;

	mutex_lock(&nodes_lock);
	pinned = node->pins;
	mutex_unlock(&nodes_lock);
	return pinned;
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
	struct raftval_node *node;

	mutex_lock(&nodes_lock);
	node = find(net, name);
	mutex_unlock(&nodes_lock);
	return node;
}

/**
 * raftval_node_next() - walk the nodes of a network namespace
 * @net: network namespace, NULL for all of them
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
		if (node->live && (!net || net_eq(node->net, net)) && node->serial > *cursor) {
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
 * This machine may be a copy of one that goes on somewhere else, or have slept for
 * long: what was agreed with others before is not to be used again.
 */
static void forget_sessions(void)
{
	struct raftval_node *node;

	mutex_lock(&nodes_lock);
	list_for_each_entry(node, &nodes, link) {
		WRITE_ONCE(node->copied, true);
		raftval_turn_take(node);
	}
	mutex_unlock(&nodes_lock);
}

static int copied(struct notifier_block *block, unsigned long action, void *data)
{
	forget_sessions();
	return NOTIFY_DONE;
}

static int resumed(struct notifier_block *block, unsigned long action, void *data)
{
	if (action == PM_POST_SUSPEND || action == PM_POST_HIBERNATION ||
	    action == PM_POST_RESTORE)
		forget_sessions();
	return NOTIFY_DONE;
}

/* The host stops or is started anew: its nodes run on, and follow, until it is gone. */
static int host_stops(struct notifier_block *block, unsigned long action, void *data)
{
	hand_over_all(NULL);
	return NOTIFY_DONE;
}

static struct notifier_block copy_notifier = { .notifier_call = copied };
static struct notifier_block resume_notifier = { .notifier_call = resumed };
static struct notifier_block reboot_notifier = { .notifier_call = host_stops };

/*
 * A socket of the kernel does not keep its network namespace alive, so the
 * nodes end first. Nobody makes a node in a namespace that ends.
 */
static void __net_exit net_exit(struct net *net)
{
	struct raftval_node *node;
	u64 cursor = 0;

	hand_over_all(net);
	while ((node = raftval_node_next(net, &cursor))) {
		stop(node, false, true);
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
	int err = register_pernet_device(&net_ops);

	if (err)
		return err;
	err = register_random_vmfork_notifier(&copy_notifier);
	if (err)
		goto err_pernet;
	err = register_pm_notifier(&resume_notifier);
	if (err)
		goto err_vmfork;
	err = register_reboot_notifier(&reboot_notifier);
	if (err)
		goto err_pm;
	return 0;

err_pm:
	unregister_pm_notifier(&resume_notifier);
err_vmfork:
	unregister_random_vmfork_notifier(&copy_notifier);
err_pernet:
	unregister_pernet_device(&net_ops);
	return err;
}

/**
 * raftval_node_exit() - take every node of every network namespace down
 *
 * Called once when the module is unloaded, after netlink's exit.
 */
void raftval_node_exit(void)
{
	unregister_reboot_notifier(&reboot_notifier);
	unregister_pm_notifier(&resume_notifier);
	unregister_random_vmfork_notifier(&copy_notifier);
	hand_over_all(NULL);
	unregister_pernet_device(&net_ops);
}
