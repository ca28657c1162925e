// SPDX-License-Identifier: GPL-2.0
/*
 * Generic netlink: the requests of raftctl, and news for whoever listens
 *
 * What is said is in uapi/raftval.yaml, of which netlink-gen.[ch] are made.
 *
 * Generic netlink calls a handler with a lock held for reading that the
 * registration of any family takes for writing. A handler that waits for a
 * cluster would stop generic netlink on the whole host for as long. So every
 * request that may wait runs in a thread of its own and ends with a result
 * message. It lives at most as long as the socket that it came from: closing
 * the socket, as Ctrl-C does, ends its wait with a signal.
 */
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/memcontrol.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/netlink.h>
#include <linux/notifier.h>
#include <linux/rwsem.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include <net/genetlink.h>
#include <net/sock.h>
#include "netlink.h"
#include "netlink-gen.h"
#include "node.h"
#include "request.h"
#include "store.h"

/* Bytes of the value in one message. */
#define PIECE		(15 * 1024)

/* Bytes of a message with all of a node, of one entry in a message, of the rest. */
#define NODE_SIZE	8192
#define PATH_SHOWN	2048
#define ENTRY_SIZE	80
#define SMALL_SIZE	512

/* Room for the description of a key. */
#define KEY_DESCRIPTION	64

static_assert(RAFTVAL_MEMBERS_MAX == RAFT_MEMBERS_MAX);
static_assert((int)RAFTVAL_ROLE_FOLLOWER == RAFT_FOLLOWER);
static_assert((int)RAFTVAL_ROLE_LEADER == RAFT_LEADER);
static_assert((int)RAFTVAL_ROLE_LEADER + 1 == RAFT_ROLES);
static_assert((int)RAFTVAL_REASON_START == RAFT_WHY_START);
static_assert((int)RAFTVAL_REASON_REMOVED == RAFT_WHY_REMOVED);
static_assert((int)RAFTVAL_REASON_REMOVED + 1 == RAFT_REASONS);
static_assert((int)RAFTVAL_ENTRY_KIND_NOOP == RAFT_ENTRY_NOOP);
static_assert((int)RAFTVAL_ENTRY_KIND_CONFIG == RAFT_ENTRY_CONFIG);
static_assert((int)RAFTVAL_ENTRY_KIND_CONFIG + 1 == RAFT_ENTRY_KINDS);
static_assert((int)RAFTVAL_MEMBER_VOTER == RAFT_MEMBER_VOTER);
static_assert((int)RAFTVAL_MEMBER_OLD == RAFT_MEMBER_OLD);
static_assert((int)RAFTVAL_MEMBER_JOINING == RAFT_MEMBER_JOINING);

/**
 * struct request - a request that may wait, and the thread that carries it out
 * @link: in requests, while its thread may be sent a signal
 * @task: its thread
 * @given_up: the socket was closed before the thread could take a signal
 * @memcg: who pays for the memory: the sender of the message, held
 * @net: network namespace of the socket, held
 * @portid: the socket
 * @seq: sequence number of the message
 * @answer: room for the result, since it can not be refused for want of memory any more
 * @run: carries it out; returns 0 or a negative errno
 * @extack: gets the sentence for an error
 * @name: the node's name
 * @node: the node, held; NULL for those that make one
 * @timeout_ms: how long the cluster may take
 * @options: of the node to make
 * @keys: others for the node
 * @admin: the change to make
 * @target: the member that it is about
 * @local: read the value as committed on this host
 * @kind: write always, or only at revision @expect
 * @expect: see @kind
 * @value: bytes to write
 * @len: how many
 * @revision: of the value, 0 if the result says none
 */
struct request {
	struct list_head link;
	struct task_struct *task;
	bool given_up;
	struct mem_cgroup *memcg;
	struct net *net;
	u32 portid;
	u32 seq;
	struct sk_buff *answer;
	int (*run)(struct request *req);
	struct netlink_ext_ack extack;
	char name[RAFTVAL_NAME_LEN];
	struct raftval_node *node;
	u32 timeout_ms;
	struct raftval_node_options options;
	struct raftval_keys keys;
	enum raft_admin admin;
	u64 target;
	bool local;
	enum raft_op_kind kind;
	u64 expect;
	u8 *value;
	u32 len;
	u64 revision;
};

/*
 * Nodes outlive the family when the module is unloaded, and its multicast group
 * may then be another family's: whoever tells news holds this for reading.
 */
static DECLARE_RWSEM(family_lock);
static bool family_up;

/* The requests under way; the lock guards the list, and given_up of each. */
static LIST_HEAD(requests);
static DEFINE_MUTEX(requests_lock);

static struct genl_family family __ro_after_init = {
	.name = RAFTVAL_GENL_NAME,
	.version = RAFTVAL_GENL_VERSION,
	.netnsok = true,
	.parallel_ops = true,
	.module = THIS_MODULE,
	.ops = raftval_nl_ops,
	.n_ops = ARRAY_SIZE(raftval_nl_ops),
	.mcgrps = raftval_nl_mcgrps,
	.n_mcgrps = RAFTVAL_NLGRP_EVENTS + 1,
};

/* Writing attributes. */

static int put_u64(struct sk_buff *skb, int type, u64 value)
{
	return nla_put_u64_64bit(skb, type, value, RAFTVAL_A_NODE_PAD);
}

static int put_addr(struct sk_buff *skb, int type, const struct raft_addr *addr)
{
	struct nlattr *nest = nla_nest_start(skb, type);

	if (!nest ||
	    nla_put(skb, RAFTVAL_A_ADDR_IP, addr->family == 4 ? 4 : 16, addr->ip) ||
	    nla_put_u16(skb, RAFTVAL_A_ADDR_PORT, addr->port) ||
	    nla_put_u32(skb, RAFTVAL_A_ADDR_SCOPE, addr->scope))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* What the leader knows of a member, if this node is the leader. */
static int put_progress(struct sk_buff *skb, u64 id, const struct raftval_node_status *status)
{
	const struct raft_view *view = &status->view;
	u32 i;

	for (i = 0; i < view->n_peers && view->peer[i].id != id; i++)
		;
	if (i == view->n_peers)
		return 0;
	if (nla_put_u64_64bit(skb, RAFTVAL_A_PEER_MATCH, view->peer[i].match, RAFTVAL_A_PEER_PAD) ||
	    nla_put_u64_64bit(skb, RAFTVAL_A_PEER_NEXT, view->peer[i].next, RAFTVAL_A_PEER_PAD))
		return -EMSGSIZE;
	if (view->peer[i].heard &&
	    nla_put_u64_64bit(skb, RAFTVAL_A_PEER_HEARD_MS,
			      div_u64(status->now - min(status->now, view->peer[i].heard),
				      USEC_PER_MSEC), RAFTVAL_A_PEER_PAD))
		return -EMSGSIZE;
	if (view->peer[i].snapshot && nla_put_flag(skb, RAFTVAL_A_PEER_SNAPSHOT))
		return -EMSGSIZE;
	return 0;
}

/* By which key the session with a member is sealed, if there is one. */
static int put_peer_key(struct sk_buff *skb, u64 id, const struct raftval_wall_stats *wall)
{
	u32 i;

	for (i = 0; i < wall->n_peers; i++)
		if (wall->peer[i].id == id)
			return nla_put_u32(skb, RAFTVAL_A_PEER_KEY_NAME, wall->peer[i].key);
	return 0;
}

static int put_keys(struct sk_buff *skb, const struct raftval_wall_stats *wall)
{
	if (!wall->n_keys)
		return nla_put_flag(skb, RAFTVAL_A_NODE_INSECURE);
	if (nla_put_u32(skb, RAFTVAL_A_NODE_KEY_NAME, wall->key[0]) ||
	    (wall->n_keys > 1 && nla_put_u32(skb, RAFTVAL_A_NODE_KEY_ACCEPT_NAME, wall->key[1])))
		return -EMSGSIZE;
	return 0;
}

static int put_config(struct sk_buff *skb, const struct raftval_node_status *status)
{
	const struct raft_config *config = &status->config;
	const struct raft_member *member;
	struct nlattr *nest;

	if (put_u64(skb, RAFTVAL_A_NODE_CONFIG_INDEX, config->index) ||
	    (config->joint && nla_put_flag(skb, RAFTVAL_A_NODE_JOINT)))
		return -EMSGSIZE;
	for (member = config->member; member < config->member + config->n; member++) {
		nest = nla_nest_start(skb, RAFTVAL_A_NODE_MEMBER);
		if (!nest ||
		    nla_put_u64_64bit(skb, RAFTVAL_A_PEER_ID, member->id, RAFTVAL_A_PEER_PAD) ||
		    nla_put_string(skb, RAFTVAL_A_PEER_LABEL, member->label) ||
		    put_addr(skb, RAFTVAL_A_PEER_ADDR, &member->addr) ||
		    nla_put_u32(skb, RAFTVAL_A_PEER_FLAGS, member->flags) ||
		    put_progress(skb, member->id, status) ||
		    put_peer_key(skb, member->id, &status->wall))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	return 0;
}

static int put_change(struct sk_buff *skb, const struct raft_change *change, u64 now)
{
	struct nlattr *nest = nla_nest_start(skb, RAFTVAL_A_NODE_CHANGE);
	char text[160];

	raft_change_print(text, sizeof(text), change);
	if (!nest ||
	    nla_put_u64_64bit(skb, RAFTVAL_A_CHANGE_AGO_MS,
			      div_u64(now - min(now, change->now), USEC_PER_MSEC),
			      RAFTVAL_A_CHANGE_PAD) ||
	    nla_put_u64_64bit(skb, RAFTVAL_A_CHANGE_TERM, change->term, RAFTVAL_A_CHANGE_PAD) ||
	    nla_put_u32(skb, RAFTVAL_A_CHANGE_WAS, change->was) ||
	    nla_put_u32(skb, RAFTVAL_A_CHANGE_ROLE, change->role) ||
	    nla_put_u32(skb, RAFTVAL_A_CHANGE_REASON, change->reason) ||
	    (change->who && nla_put_u64_64bit(skb, RAFTVAL_A_CHANGE_WHO, change->who,
					      RAFTVAL_A_CHANGE_PAD)) ||
	    nla_put_u32(skb, RAFTVAL_A_CHANGE_MS, change->ms) ||
	    nla_put_string(skb, RAFTVAL_A_CHANGE_TEXT, text))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_view(struct sk_buff *skb, const struct raftval_node_status *status)
{
	const struct raft_view *view = &status->view;
	u64 heard = view->role == RAFT_LEADER ? view->contact : 0;

	if (nla_put_u32(skb, RAFTVAL_A_NODE_ROLE, view->role) ||
	    (view->removed && nla_put_flag(skb, RAFTVAL_A_NODE_REMOVED)) ||
	    (view->failed && nla_put_flag(skb, RAFTVAL_A_NODE_FAILED)) ||
	    put_u64(skb, RAFTVAL_A_NODE_TERM, view->term) ||
	    (view->vote && put_u64(skb, RAFTVAL_A_NODE_VOTE, view->vote)) ||
	    (view->leader && put_u64(skb, RAFTVAL_A_NODE_LEADER, view->leader)) ||
	    (heard && put_u64(skb, RAFTVAL_A_NODE_QUORUM_MS,
			      div_u64(status->now - heard, USEC_PER_MSEC))) ||
	    put_u64(skb, RAFTVAL_A_NODE_FIRST_INDEX, view->first) ||
	    put_u64(skb, RAFTVAL_A_NODE_LAST_INDEX, view->last) ||
	    put_u64(skb, RAFTVAL_A_NODE_COMMIT_INDEX, view->commit) ||
	    put_u64(skb, RAFTVAL_A_NODE_APPLIED_INDEX, view->applied) ||
	    put_u64(skb, RAFTVAL_A_NODE_DURABLE_INDEX, view->durable) ||
	    put_u64(skb, RAFTVAL_A_NODE_REVISION, view->revision) ||
	    nla_put_u32(skb, RAFTVAL_A_NODE_VALUE_LEN, view->value_len) ||
	    put_u64(skb, RAFTVAL_A_NODE_STATE_HASH, view->hash))
		return -EMSGSIZE;
	return 0;
}

static int put_store(struct sk_buff *skb, struct raftval_node *node,
		     const struct raftval_node_status *status)
{
	char *buf = kmalloc(PATH_MAX, GFP_KERNEL);
	const char *path = buf ? raftval_node_store_path(node, buf, PATH_MAX) : NULL;
	int error = 0;

	if (path && strlen(path) >= PATH_SHOWN)
		path = "(too long)";
	if ((path && nla_put_string(skb, RAFTVAL_A_NODE_STORE_PATH, path)) ||
	    (status->view.promised && put_u64(skb, RAFTVAL_A_NODE_PROMISED_INDEX,
					      status->view.promised)) ||
	    nla_put_u32(skb, RAFTVAL_A_NODE_INCARNATION, raftval_node_params(node)->incarnation))
		error = -EMSGSIZE;
	kfree(buf);
	return error;
}

/* All of a node, of one moment. */
static int put_node(struct sk_buff *skb, struct raftval_node *node,
		    const struct raftval_node_status *status)
{
	const struct raft_params *params = raftval_node_params(node);
	u32 i;

	if (nla_put_string(skb, RAFTVAL_A_NODE_NAME, raftval_node_name(node)) ||
	    put_addr(skb, RAFTVAL_A_NODE_LISTEN, &params->addr) ||
	    nla_put_string(skb, RAFTVAL_A_NODE_LABEL, params->label) ||
	    nla_put_u32(skb, RAFTVAL_A_NODE_HEARTBEAT_MS, status->config.heartbeat_ms) ||
	    nla_put_u32(skb, RAFTVAL_A_NODE_ELECTION_MS, status->config.election_ms) ||
	    nla_put_u32(skb, RAFTVAL_A_NODE_VALUE_MAX, params->value_max) ||
	    nla_put(skb, RAFTVAL_A_NODE_CLUSTER_ID, sizeof(params->cluster), params->cluster) ||
	    put_u64(skb, RAFTVAL_A_NODE_MEMBER_ID, params->id) ||
	    put_view(skb, status) ||
	    put_store(skb, node, status) ||
	    put_keys(skb, &status->wall) ||
	    put_config(skb, status))
		return -EMSGSIZE;
	for (i = 0; i < min_t(u64, status->n_changes, RAFTVAL_NODE_CHANGES); i++)
		if (put_change(skb, &status->change[i], status->now))
			return -EMSGSIZE;
	return 0;
}

/* Reading attributes. */

static int get_addr(struct raft_addr *addr, const struct nlattr *attr,
		    struct netlink_ext_ack *extack)
{
	struct nlattr *tb[RAFTVAL_A_ADDR_SCOPE + 1];
	int len;

	if (!attr) {
		NL_SET_ERR_MSG(extack, "an address is missing; give listen, and to join also seed");
		return -EINVAL;
	}
	if (nla_parse_nested(tb, RAFTVAL_A_ADDR_SCOPE, attr, raftval_addr_nl_policy, extack))
		return -EINVAL;
	len = tb[RAFTVAL_A_ADDR_IP] ? nla_len(tb[RAFTVAL_A_ADDR_IP]) : 0;
	if (len != 4 && len != 16) {
		NL_SET_ERR_MSG(extack, "an address has 4 bytes (IPv4) or 16 (IPv6)");
		return -EINVAL;
	}
	memset(addr, 0, sizeof(*addr));
	addr->family = len == 4 ? 4 : 6;
	memcpy(addr->ip, nla_data(tb[RAFTVAL_A_ADDR_IP]), len);
	addr->port = RAFTVAL_PORT;
	if (tb[RAFTVAL_A_ADDR_PORT])
		addr->port = nla_get_u16(tb[RAFTVAL_A_ADDR_PORT]);
	if (tb[RAFTVAL_A_ADDR_SCOPE] && len == 16)
		addr->scope = nla_get_u32(tb[RAFTVAL_A_ADDR_SCOPE]);
	return 0;
}

static int get_name(char *name, struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[RAFTVAL_A_NODE_NAME];

	if (!attr) {
		strscpy(name, RAFTVAL_NAME_DEFAULT, RAFTVAL_NAME_LEN);
		return 0;
	}
	if (nla_strscpy(name, attr, RAFTVAL_NAME_LEN) < 0) {
		GENL_SET_ERR_MSG(info, "a node's name has at most 31 bytes; take a shorter one");
		return -EINVAL;
	}
	return 0;
}

static u32 get_u32(struct genl_info *info, int type, u32 otherwise)
{
	return info->attrs[type] ? nla_get_u32(info->attrs[type]) : otherwise;
}

static int get_timeout(u32 *ms, struct genl_info *info, u32 otherwise)
{
	*ms = get_u32(info, RAFTVAL_A_NODE_TIMEOUT_MS, otherwise);
	if (*ms >= 1 && *ms <= RAFTVAL_NODE_TIMEOUT_MAX)
		return 0;
	GENL_SET_ERR_MSG(info, "the timeout must be from 1 millisecond to 1 hour");
	return -EINVAL;
}

static struct raftval_node *get_node(struct genl_info *info)
{
	struct raftval_node *node;
	char name[RAFTVAL_NAME_LEN];

	if (get_name(name, info))
		return ERR_PTR(-EINVAL);
	node = raftval_node_find(genl_info_net(info), name);
	if (node)
		return node;
	GENL_SET_ERR_MSG(info,
			 "no node has this name in this network namespace; raftctl status lists them");
	return ERR_PTR(-ENODEV);
}

/* Requests that may wait. */

static struct sk_buff *message(const struct request *req, u8 cmd, size_t size, void **hdr)
{
	struct sk_buff *skb = genlmsg_new(size, GFP_KERNEL);

	if (!skb)
		return NULL;
	*hdr = genlmsg_put(skb, req->portid, req->seq, &family, 0, cmd);
	if (*hdr)
		return skb;
	nlmsg_free(skb);
	return NULL;
}

static void answer(struct request *req, int error)
{
	struct sk_buff *skb = req->answer;
	void *hdr;

	/* Whoever wanted memory may have said what else its failure can mean. */
	if (error == -ENOMEM || error == -ENOBUFS)
		NL_SET_ERR_MSG(&req->extack, "out of memory");
	req->answer = NULL;
	hdr = genlmsg_put(skb, req->portid, req->seq, &family, 0, RAFTVAL_CMD_RESULT);
	if (!hdr || nla_put_string(skb, RAFTVAL_A_NODE_NAME, req->name) ||
	    nla_put_s32(skb, RAFTVAL_A_NODE_ERROR, error) ||
	    (error && req->extack._msg &&
	     nla_put_string(skb, RAFTVAL_A_NODE_TEXT, req->extack._msg)) ||
	    (req->revision && put_u64(skb, RAFTVAL_A_NODE_REVISION, req->revision))) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_end(skb, hdr);
	genlmsg_unicast(req->net, skb, req->portid);
}

static void request_free(struct request *req)
{
	if (req->node)
		raftval_node_put(req->node);
	if (req->options.store)
		raftval_store_close(req->options.store, false);
	kvfree(req->value);
	nlmsg_free(req->answer);
	put_net(req->net);
	mem_cgroup_put(req->memcg);
	kfree_sensitive(req);
}

/* Not for the kernel's account: who asks may be anybody's user namespace. */
static int run(struct request *req)
{
	struct mem_cgroup *old = set_active_memcg(req->memcg);
	int error = req->run(req);

	set_active_memcg(old);
	return error;
}

static int request_thread(void *data)
{
	struct request *req = data;
	bool given_up;
	int error;

	allow_signal(SIGKILL);
	mutex_lock(&requests_lock);
	given_up = req->given_up;
	mutex_unlock(&requests_lock);

	error = given_up ? -EINTR : run(req);
	if (error == -ERESTARTSYS)
		error = -EINTR;

	mutex_lock(&requests_lock);
	list_del(&req->link);
	given_up = req->given_up;
	mutex_unlock(&requests_lock);
	/* Nobody waits, and the socket's number may be another's by now. */
	if (!given_up)
		answer(req, error);
	request_free(req);
	module_put_and_kthread_exit(0);
}

static struct request *request_new(struct genl_info *info, int (*run)(struct request *req))
{
	struct request *req = kzalloc(sizeof(*req), GFP_KERNEL_ACCOUNT);

	if (!req)
		return ERR_PTR(-ENOMEM);
	req->answer = genlmsg_new(SMALL_SIZE, GFP_KERNEL);
	if (!req->answer) {
		kfree(req);
		return ERR_PTR(-ENOMEM);
	}
	req->memcg = get_mem_cgroup_from_mm(current->mm);
	req->net = get_net(genl_info_net(info));
	req->portid = info->snd_portid;
	req->seq = info->snd_seq;
	req->run = run;
	if (!get_name(req->name, info))
		return req;
	request_free(req);
	return ERR_PTR(-EINVAL);
}

/* A request to a node that is there. */
static struct request *request_node(struct genl_info *info, int (*run)(struct request *req))
{
	struct request *req = request_new(info, run);
	struct raftval_node *node;

	if (IS_ERR(req))
		return req;
	node = get_node(info);
	if (!IS_ERR(node)) {
		req->node = node;
		return req;
	}
	request_free(req);
	return ERR_CAST(node);
}

/* A request to a node that is there, with a timeout. */
static struct request *request_op(struct genl_info *info, int (*run)(struct request *req))
{
	struct request *req = request_node(info, run);

	if (IS_ERR(req) || !get_timeout(&req->timeout_ms, info, RAFTVAL_OP_TIMEOUT_MS))
		return req;
	request_free(req);
	return ERR_PTR(-EINVAL);
}

/* Takes the request over, whatever it returns. */
static int request_start(struct request *req)
{
	/* The thread keeps the module; here generic netlink does. */
	__module_get(THIS_MODULE);
	req->task = kthread_create(request_thread, req, "raftval-request");
	if (IS_ERR(req->task)) {
		int error = PTR_ERR(req->task);

		request_free(req);
		module_put(THIS_MODULE);
		return error;
	}
	mutex_lock(&requests_lock);
	list_add(&req->link, &requests);
	mutex_unlock(&requests_lock);
	wake_up_process(req->task);
	return 0;
}

/* A socket was closed: give up what it asked for. */
static int socket_released(struct notifier_block *block, unsigned long action, void *data)
{
	struct netlink_notify *notify = data;
	struct request *req;

	if (action != NETLINK_URELEASE || notify->protocol != NETLINK_GENERIC)
		return NOTIFY_DONE;
	mutex_lock(&requests_lock);
	list_for_each_entry(req, &requests, link) {
		if (req->portid != notify->portid || !net_eq(req->net, notify->net))
			continue;
		req->given_up = true;
		send_sig(SIGKILL, req->task, 1);
	}
	mutex_unlock(&requests_lock);
	return NOTIFY_DONE;
}

static struct notifier_block socket_notifier = {
	.notifier_call = socket_released,
};

/* Making and taking down nodes. */

static int run_make(struct request *req)
{
	struct raftval_node *node;

	node = raftval_node_create(req->net, &req->options, &req->extack);
	req->options.store = NULL;
	if (IS_ERR(node))
		return PTR_ERR(node);
	raftval_node_put(node);
	return 0;
}

static int take_key(struct raftval_keys *keys, const struct nlattr *attr,
		    struct netlink_ext_ack *extack)
{
	char description[KEY_DESCRIPTION];

	if (nla_strscpy(description, attr, sizeof(description)) < 1) {
		NL_SET_ERR_MSG(extack, "the description of a key has 1 to 63 bytes; take another");
		return -EINVAL;
	}
	return raftval_key_take(keys, description, extack);
}

/* The keyrings are the caller's, who runs this. */
static int get_keys(struct raftval_keys *keys, struct genl_info *info, bool may_do_without)
{
	const struct nlattr *first = info->attrs[RAFTVAL_A_NODE_KEY];
	const struct nlattr *second = info->attrs[RAFTVAL_A_NODE_KEY_ACCEPT];
	int error;

	if (!first != may_do_without || (second && !first)) {
		GENL_SET_ERR_MSG(info, "name a key, or say insecure, and not both");
		return -EINVAL;
	}
	if (!first)
		return 0;
	error = take_key(keys, first, info->extack);
	if (!error && second)
		error = take_key(keys, second, info->extack);
	return error;
}

static bool is_insecure(struct genl_info *info)
{
	return nla_get_flag(info->attrs[RAFTVAL_A_NODE_INSECURE]);
}

/* Without one the node is volatile. The descriptor is the caller's, who runs this. */
static int get_store(struct request *req, struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[RAFTVAL_A_NODE_STORE];
	struct raftval_store *store;

	if (!attr)
		return 0;
	store = raftval_store_open(nla_get_u32(attr), info->extack);
	if (IS_ERR(store))
		return PTR_ERR(store);
	req->options.store = store;
	return 0;
}

static int get_node_options(struct request *req, struct genl_info *info, u32 timeout_ms)
{
	struct raftval_node_options *options = &req->options;
	struct raft_params *params = &options->params;
	const struct nlattr *label = info->attrs[RAFTVAL_A_NODE_LABEL];

	if (get_timeout(&options->join_timeout_ms, info, timeout_ms))
		return -EINVAL;
	options->name = req->name;
	options->op_timeout_ms = RAFTVAL_OP_TIMEOUT_MS;
	params->heartbeat_ms = RAFT_HEARTBEAT_MS;
	params->election_ms = RAFT_ELECTION_MS;
	params->value_max = get_u32(info, RAFTVAL_A_NODE_VALUE_MAX, RAFTVAL_VALUE_MAX);
	if (params->value_max < 1 || params->value_max > RAFT_VALUE_LIMIT) {
		GENL_SET_ERR_MSG(info, "value_max must be from 1 to 65536 bytes");
		return -EINVAL;
	}
	if (!label || nla_strscpy(params->label, label, sizeof(params->label)) < 1) {
		GENL_SET_ERR_MSG(info, "a label must have from 1 to 31 bytes; give another");
		return -EINVAL;
	}
	if (get_addr(&params->addr, info->attrs[RAFTVAL_A_NODE_LISTEN], info->extack))
		return -EINVAL;
	if (info->attrs[RAFTVAL_A_NODE_CLUSTER_ID])
		nla_memcpy(params->cluster, info->attrs[RAFTVAL_A_NODE_CLUSTER_ID],
			   sizeof(params->cluster));
	return get_keys(&options->keys, info, is_insecure(info)) ?: get_store(req, info);
}

/**
 * raftval_nl_create_doit() - make a cluster with a new node as its only member
 * @skb: the message
 * @info: the request
 *
 * Return: 0 if it is under way, or a negative errno.
 */
int raftval_nl_create_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct request *req = request_new(info, run_make);
	struct raft_params *params;
	int error;

	if (IS_ERR(req))
		return PTR_ERR(req);
	error = get_node_options(req, info, RAFTVAL_OP_TIMEOUT_MS);
	if (error) {
		request_free(req);
		return error;
	}
	params = &req->options.params;
	params->heartbeat_ms = get_u32(info, RAFTVAL_A_NODE_HEARTBEAT_MS, RAFT_HEARTBEAT_MS);
	params->election_ms = get_u32(info, RAFTVAL_A_NODE_ELECTION_MS, RAFT_ELECTION_MS);
	if (params->heartbeat_ms < 1 || params->heartbeat_ms > params->election_ms / 2 ||
	    params->election_ms > 60000) {
		GENL_SET_ERR_MSG(info,
				 "election_ms must be at least twice heartbeat_ms, and at most 60000");
		request_free(req);
		return -EINVAL;
	}
	return request_start(req);
}

/**
 * raftval_nl_join_doit() - make a new node a member of a cluster
 * @skb: the message
 * @info: the request
 *
 * Return: 0 if it is under way, or a negative errno.
 */
int raftval_nl_join_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct request *req = request_new(info, run_make);
	int error;

	if (IS_ERR(req))
		return PTR_ERR(req);
	error = get_node_options(req, info, RAFTVAL_JOIN_TIMEOUT_MS);
	if (!error)
		error = get_addr(&req->options.seed, info->attrs[RAFTVAL_A_NODE_SEED],
				 info->extack);
	if (!error && !info->attrs[RAFTVAL_A_NODE_CLUSTER_ID]) {
		GENL_SET_ERR_MSG(info,
				 "the cluster's id is missing; it is part of what raftctl token prints");
		error = -EINVAL;
	}
	if (error) {
		request_free(req);
		return error;
	}
	req->options.origin = RAFTVAL_NODE_JOIN;
	req->options.params.as_learner = nla_get_flag(info->attrs[RAFTVAL_A_NODE_LEARNER]);
	return request_start(req);
}

/* The name is the one in the store, unless another was given. */
static int run_up(struct request *req)
{
	struct raftval_store *store = req->options.store;
	int error = raftval_store_load(store, &req->extack);

	if (error)
		return error;
	if (!req->name[0])
		strscpy(req->name, raftval_store_super(store)->name, sizeof(req->name));
	return run_make(req);
}

/**
 * raftval_nl_up_doit() - start a member from its store
 * @skb: the message
 * @info: the request
 *
 * Return: 0 if it is under way, or a negative errno.
 */
int raftval_nl_up_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct request *req = request_new(info, run_up);
	int error;

	if (IS_ERR(req))
		return PTR_ERR(req);
	if (!info->attrs[RAFTVAL_A_NODE_NAME])
		req->name[0] = '\0';
	req->options.name = req->name;
	req->options.origin = RAFTVAL_NODE_UP;
	req->options.join_timeout_ms = RAFTVAL_JOIN_TIMEOUT_MS;
	req->options.op_timeout_ms = RAFTVAL_OP_TIMEOUT_MS;
	error = get_keys(&req->options.keys, info, is_insecure(info)) ?: get_store(req, info);
	if (!error && !req->options.store) {
		GENL_SET_ERR_MSG(info, "the store is missing; open it and give its descriptor");
		error = -EINVAL;
	}
	if (error) {
		request_free(req);
		return error;
	}
	return request_start(req);
}

static int take_down(struct request *req, bool forget)
{
	int error = raftval_node_down(req->node, forget);

	if (error == -EBUSY)
		NL_SET_ERR_MSG(&req->extack, "a kernel module uses this node; unload that first");
	else if (error)
		NL_SET_ERR_MSG(&req->extack, "the node is being taken down already");
	return error;
}

static int run_down(struct request *req)
{
	return take_down(req, false);
}

static bool is_removed(struct raftval_node *node)
{
	struct raftval_node_status *status = kmalloc(sizeof(*status), GFP_KERNEL);
	bool removed = false;

	if (status) {
		raftval_node_status(node, status);
		removed = status->view.removed;
	}
	kfree(status);
	return removed;
}

static int run_leave(struct request *req)
{
	int error = 0;

	if (raftval_node_pinned(req->node)) {
		NL_SET_ERR_MSG(&req->extack, "a kernel module uses this node; unload that first");
		return -EBUSY;
	}
	if (!is_removed(req->node))
		error = raftval_request_admin(req->node, RAFT_ADMIN_REMOVE,
					      raftval_node_params(req->node)->id, req->timeout_ms,
					      &req->extack);
	/* The answer may be lost; what counts is what the node has learned. */
	if (error && !is_removed(req->node))
		return error;
	return take_down(req, true);
}

/**
 * raftval_nl_leave_doit() - remove a node from its cluster, then stop it
 * @skb: the message
 * @info: the request
 *
 * Return: 0 if it is under way, or a negative errno.
 */
int raftval_nl_leave_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct request *req = request_op(info, run_leave);

	return IS_ERR(req) ? PTR_ERR(req) : request_start(req);
}

/**
 * raftval_nl_down_doit() - stop a node
 * @skb: the message
 * @info: the request
 *
 * Return: 0 if it is under way, or a negative errno.
 */
int raftval_nl_down_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct request *req = request_node(info, run_down);

	return IS_ERR(req) ? PTR_ERR(req) : request_start(req);
}

/* Changing the cluster. */

static int run_admin(struct request *req)
{
	return raftval_request_admin(req->node, req->admin, req->target, req->timeout_ms,
				     &req->extack);
}

static int start_admin(struct genl_info *info, enum raft_admin admin)
{
	const struct nlattr *target = info->attrs[RAFTVAL_A_NODE_MEMBER_ID];
	struct request *req;

	if (!target && admin != RAFT_ADMIN_TRANSFER) {
		GENL_SET_ERR_MSG(info, "member-id is missing; raftctl peer list shows the members");
		return -EINVAL;
	}
	req = request_op(info, run_admin);
	if (IS_ERR(req))
		return PTR_ERR(req);
	req->admin = admin;
	if (target)
		req->target = nla_get_u64(target);
	return request_start(req);
}

/**
 * raftval_nl_member_remove_doit() - remove a member from the cluster
 * @skb: the message
 * @info: the request
 *
 * Return: 0 if it is under way, or a negative errno.
 */
int raftval_nl_member_remove_doit(struct sk_buff *skb, struct genl_info *info)
{
	return start_admin(info, RAFT_ADMIN_REMOVE);
}

/**
 * raftval_nl_member_promote_doit() - give a learner a vote
 * @skb: the message
 * @info: the request
 *
 * Return: 0 if it is under way, or a negative errno.
 */
int raftval_nl_member_promote_doit(struct sk_buff *skb, struct genl_info *info)
{
	return start_admin(info, RAFT_ADMIN_PROMOTE);
}

/**
 * raftval_nl_transfer_doit() - make another member the leader
 * @skb: the message
 * @info: the request
 *
 * Return: 0 if it is under way, or a negative errno.
 */
int raftval_nl_transfer_doit(struct sk_buff *skb, struct genl_info *info)
{
	return start_admin(info, RAFT_ADMIN_TRANSFER);
}

/* Keys. */

static int run_keys(struct request *req)
{
	return raftval_request_keys(req->node, &req->keys, &req->extack);
}

/**
 * raftval_nl_key_set_doit() - give a node other keys
 * @skb: the message
 * @info: the request
 *
 * Return: 0 if it is under way, or a negative errno.
 */
int raftval_nl_key_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct request *req = request_op(info, run_keys);
	int error;

	if (IS_ERR(req))
		return PTR_ERR(req);
	error = get_keys(&req->keys, info, false);
	if (!error)
		return request_start(req);
	request_free(req);
	return error;
}

/* The value. */

/* Says what an error of a read or a write means. */
static int explain(struct netlink_ext_ack *extack, int error)
{
	switch (error) {
	case -ESTALE:
		NL_SET_ERR_MSG(extack, "the revision is another; read the value and decide again");
		break;
	case -EFBIG:
		NL_SET_ERR_MSG(extack,
			       "the value is larger than the cluster's value_max; take a smaller one");
		break;
	case -EAGAIN:
		NL_SET_ERR_MSG(extack,
			       "too many writes wait on this node; the value is as it was, try again");
		break;
	case -ESHUTDOWN:
		NL_SET_ERR_MSG(extack,
			       "the node goes away or is a member no longer; raftctl status says which");
		break;
	case -EIO:
		NL_SET_ERR_MSG(extack, "the node's store failed; start the node anew");
		break;
	}
	return error;
}

static int send_piece(const struct request *req, const u8 *data, u32 len)
{
	struct sk_buff *skb;
	void *hdr;

	skb = message(req, RAFTVAL_CMD_VALUE, PIECE + SMALL_SIZE, &hdr);
	if (!skb)
		return -ENOMEM;
	if (nla_put(skb, RAFTVAL_A_NODE_VALUE, len, data)) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return genlmsg_unicast(req->net, skb, req->portid);
}

static int run_get(struct request *req)
{
	struct raftval_request_value *value;
	u32 at, len;
	int error = 0;

	value = req->local ? raftval_node_value(req->node) :
			     raftval_request_read(req->node, req->timeout_ms);
	if (value == ERR_PTR(-ETIMEDOUT))
		NL_SET_ERR_MSG(&req->extack,
			       "no majority answered in time; get --local shows what this host has");
	if (IS_ERR(value))
		return explain(&req->extack, PTR_ERR(value));
	for (at = 0; !error && at < value->len; at += len) {
		len = min_t(u32, value->len - at, PIECE);
		error = send_piece(req, value->data + at, len);
	}
	req->revision = value->revision;
	kvfree(value);
	return error;
}

/**
 * raftval_nl_value_get_doit() - read the value
 * @skb: the message
 * @info: the request
 *
 * Return: 0 if it is under way, or a negative errno.
 */
int raftval_nl_value_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct request *req = request_op(info, run_get);

	if (IS_ERR(req))
		return PTR_ERR(req);
	req->local = nla_get_flag(info->attrs[RAFTVAL_A_NODE_LOCAL]);
	return request_start(req);
}

static int run_put(struct request *req)
{
	struct kvec vec = { .iov_base = req->value, .iov_len = req->len };
	struct raftval_request_op op = {
		.kind = req->kind,
		.expect = req->expect,
		.timeout_ms = req->timeout_ms,
		.gfp = GFP_KERNEL,
	};
	struct iov_iter from;
	int error;

	iov_iter_kvec(&from, ITER_SOURCE, &vec, 1, req->len);
	error = raftval_request_write(req->node, &op, &from, &req->revision);
	if (error == -ETIMEDOUT)
		NL_SET_ERR_MSG(&req->extack,
			       "no majority answered in time; the write may still happen, so read first");
	return explain(&req->extack, error);
}

/* The pieces of the value, put together. */
static int get_value(struct request *req, struct genl_info *info)
{
	const struct nlattr *attr;
	int rem;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem)
		if (nla_type(attr) == RAFTVAL_A_NODE_VALUE)
			req->len += nla_len(attr);
	if (req->len > raftval_node_params(req->node)->value_max)
		return explain(info->extack, -EFBIG);
	req->value = kvmalloc(req->len, GFP_KERNEL_ACCOUNT);
	if (!req->value)
		return -ENOMEM;
	req->len = 0;
	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem)
		if (nla_type(attr) == RAFTVAL_A_NODE_VALUE) {
			memcpy(req->value + req->len, nla_data(attr), nla_len(attr));
			req->len += nla_len(attr);
		}
	return 0;
}

/**
 * raftval_nl_value_put_doit() - replace the value
 * @skb: the message
 * @info: the request
 *
 * Return: 0 if it is under way, or a negative errno.
 */
int raftval_nl_value_put_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *expect = info->attrs[RAFTVAL_A_NODE_EXPECT];
	struct request *req;
	int error;

	if (!info->attrs[RAFTVAL_A_NODE_VALUE]) {
		GENL_SET_ERR_MSG(info, "the value is missing; an empty one has 0 bytes");
		return -EINVAL;
	}
	req = request_op(info, run_put);
	if (IS_ERR(req))
		return PTR_ERR(req);
	error = get_value(req, info);
	if (error) {
		request_free(req);
		return error;
	}
	req->kind = expect ? RAFT_OP_CAS : RAFT_OP_WRITE;
	if (expect)
		req->expect = nla_get_u64(expect);
	return request_start(req);
}

/* What is answered at once. */

static int fill_node(struct sk_buff *skb, u32 portid, u32 seq, int flags,
		     struct raftval_node *node)
{
	struct raftval_node_status *status;
	int error = -EMSGSIZE;
	void *hdr;

	status = kmalloc(sizeof(*status), GFP_KERNEL);
	if (!status)
		return -ENOMEM;
	raftval_node_status(node, status);
	hdr = genlmsg_put(skb, portid, seq, &family, flags, RAFTVAL_CMD_NODE_GET);
	if (hdr) {
		error = put_node(skb, node, status);
		if (error)
			genlmsg_cancel(skb, hdr);
		else
			genlmsg_end(skb, hdr);
	}
	kfree(status);
	return error;
}

/**
 * raftval_nl_node_get_doit() - answer with all of a node
 * @skb: the message
 * @info: the request
 *
 * Return: 0 or a negative errno.
 */
int raftval_nl_node_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct raftval_node *node = get_node(info);
	struct sk_buff *reply;
	int error = -ENOMEM;

	if (IS_ERR(node))
		return PTR_ERR(node);
	reply = genlmsg_new(NODE_SIZE, GFP_KERNEL);
	if (reply)
		error = fill_node(reply, info->snd_portid, info->snd_seq, 0, node);
	raftval_node_put(node);
	if (!error)
		return genlmsg_reply(reply, info);
	nlmsg_free(reply);
	return error;
}

/**
 * raftval_nl_node_get_dumpit() - answer with all nodes of the network namespace
 * @skb: the answer
 * @cb: the request, and how far the answer is
 *
 * Return: bytes in @skb, 0 at the end, or a negative errno.
 */
int raftval_nl_node_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	u64 *cursor = (u64 *)cb->ctx, next = *cursor;
	struct net *net = sock_net(skb->sk);
	struct raftval_node *node;
	int error;

	while ((node = raftval_node_next(net, &next))) {
		error = fill_node(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				  NLM_F_MULTI, node);
		raftval_node_put(node);
		if (error)
			return skb->len ?: error;
		*cursor = next;
	}
	return skb->len;
}

static int put_entry(struct sk_buff *skb, const struct raftval_request_entry *entry)
{
	struct nlattr *nest = nla_nest_start(skb, RAFTVAL_A_NODE_ENTRY);

	if (!nest ||
	    nla_put_u64_64bit(skb, RAFTVAL_A_ENTRY_INDEX, entry->index, RAFTVAL_A_ENTRY_PAD) ||
	    nla_put_u64_64bit(skb, RAFTVAL_A_ENTRY_TERM, entry->term, RAFTVAL_A_ENTRY_PAD) ||
	    nla_put_u32(skb, RAFTVAL_A_ENTRY_KIND, entry->kind) ||
	    (entry->origin && nla_put_u64_64bit(skb, RAFTVAL_A_ENTRY_ORIGIN, entry->origin,
						RAFTVAL_A_ENTRY_PAD)) ||
	    nla_put_u64_64bit(skb, RAFTVAL_A_ENTRY_SEQ, entry->seq, RAFTVAL_A_ENTRY_PAD) ||
	    nla_put_u32(skb, RAFTVAL_A_ENTRY_LEN, entry->len))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int reply_log(struct genl_info *info, struct raftval_node *node,
		     const struct raftval_node_status *status,
		     const struct raftval_request_entry *entry, int n)
{
	struct sk_buff *skb = genlmsg_new(SMALL_SIZE + n * ENTRY_SIZE, GFP_KERNEL);
	const struct raft_view *view = &status->view;
	int error = -EMSGSIZE;
	void *hdr;

	if (!skb)
		return -ENOMEM;
	hdr = genlmsg_put_reply(skb, info, &family, 0, RAFTVAL_CMD_LOG_GET);
	if (hdr && !nla_put_string(skb, RAFTVAL_A_NODE_NAME, raftval_node_name(node)) &&
	    !put_u64(skb, RAFTVAL_A_NODE_FIRST_INDEX, view->first) &&
	    !put_u64(skb, RAFTVAL_A_NODE_LAST_INDEX, view->last) &&
	    !put_u64(skb, RAFTVAL_A_NODE_COMMIT_INDEX, view->commit))
		error = 0;
	while (!error && n--)
		error = put_entry(skb, &entry[n]);
	if (error) {
		nlmsg_free(skb);
		return error;
	}
	genlmsg_end(skb, hdr);
	return genlmsg_reply(skb, info);
}

/* The newest @count entries, and a status that is not older than they are. */
static int log_get(struct genl_info *info, struct raftval_node *node, u32 count)
{
	struct raftval_node_status *status = kmalloc(sizeof(*status), GFP_KERNEL);
	struct raftval_request_entry *entry;
	int n = -ENOMEM;
	u64 last;

	entry = kvmalloc_array(RAFT_LOG_SLOTS, sizeof(*entry), GFP_KERNEL_ACCOUNT);
	if (status && entry) {
		raftval_node_status(node, status);
		last = status->view.last;
		n = raftval_request_log(node, last > count ? last - count + 1 : 1, entry,
					RAFT_LOG_SLOTS);
	}
	if (n >= 0) {
		raftval_node_status(node, status);
		n = reply_log(info, node, status, entry, n);
	} else if (n == -ESHUTDOWN) {
		GENL_SET_ERR_MSG(info, "the node goes away; raftctl status lists those that stay");
	}
	kvfree(entry);
	kfree(status);
	return n;
}

/**
 * raftval_nl_log_get_doit() - answer with the newest entries of the log
 * @skb: the message
 * @info: the request
 *
 * Return: 0 or a negative errno.
 */
int raftval_nl_log_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct raftval_node *node = get_node(info);
	int error;

	if (IS_ERR(node))
		return PTR_ERR(node);
	error = log_get(info, node, get_u32(info, RAFTVAL_A_NODE_COUNT, RAFT_LOG_SLOTS));
	raftval_node_put(node);
	return error;
}

/* Notifications. */

/* A message for the listeners, or NULL; ends with publish(). */
static struct sk_buff *news(struct raftval_node *node, u8 cmd, size_t size, void **hdr)
{
	struct net *net = raftval_node_net(node);
	struct sk_buff *skb;

	lockdep_assert_held(&family_lock);
	if (!family_up || !genl_has_listeners(&family, net, RAFTVAL_NLGRP_EVENTS))
		return NULL;
	skb = genlmsg_new(size, GFP_KERNEL);
	if (!skb) {
		/* Listeners learn that they have missed something. */
		genl_set_err(&family, net, 0, RAFTVAL_NLGRP_EVENTS, -ENOBUFS);
		return NULL;
	}
	*hdr = genlmsg_put(skb, 0, 0, &family, 0, cmd);
	if (*hdr && !nla_put_string(skb, RAFTVAL_A_NODE_NAME, raftval_node_name(node)))
		return skb;
	nlmsg_free(skb);
	return NULL;
}

static void publish(struct raftval_node *node, struct sk_buff *skb, void *hdr, int error)
{
	if (error) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_end(skb, hdr);
	genlmsg_multicast_netns(&family, raftval_node_net(node), skb, 0, RAFTVAL_NLGRP_EVENTS,
				GFP_KERNEL);
}

static void tell_change(struct raftval_node *node, const struct raft_change *change)
{
	u64 id = raftval_node_params(node)->id, leader = 0;
	struct sk_buff *skb;
	int error;
	void *hdr;

	skb = news(node, RAFTVAL_CMD_ROLE_NTF, SMALL_SIZE, &hdr);
	if (!skb)
		return;
	if (change->role == RAFT_LEADER)
		leader = id;
	else if (change->reason == RAFT_WHY_SAW_LEADER)
		leader = change->who;
	error = put_u64(skb, RAFTVAL_A_NODE_MEMBER_ID, id);
	if (!error && leader)
		error = put_u64(skb, RAFTVAL_A_NODE_LEADER, leader);
	publish(node, skb, hdr, error ?: put_change(skb, change, change->now));
}

/**
 * raftval_netlink_notify_change() - tell of a change of the role or the leader
 * @node: the node
 * @change: what changed
 *
 * May sleep.
 */
void raftval_netlink_notify_change(struct raftval_node *node, const struct raft_change *change)
{
	down_read(&family_lock);
	tell_change(node, change);
	up_read(&family_lock);
}

/**
 * raftval_netlink_notify_value() - tell of a new revision of the value
 * @node: the node
 * @status: the node when it had it
 *
 * May sleep.
 */
void raftval_netlink_notify_value(struct raftval_node *node,
				  const struct raftval_node_status *status)
{
	const struct raft_view *view = &status->view;
	struct sk_buff *skb;
	void *hdr;

	down_read(&family_lock);
	skb = news(node, RAFTVAL_CMD_VALUE_NTF, SMALL_SIZE, &hdr);
	if (skb)
		publish(node, skb, hdr,
			put_u64(skb, RAFTVAL_A_NODE_APPLIED_INDEX, view->applied) ?:
			put_u64(skb, RAFTVAL_A_NODE_REVISION, view->revision) ?:
			nla_put_u32(skb, RAFTVAL_A_NODE_VALUE_LEN, view->value_len));
	up_read(&family_lock);
}

/**
 * raftval_netlink_notify_config() - tell that a configuration took effect
 * @node: the node
 * @status: the node when it had it
 *
 * May sleep.
 */
void raftval_netlink_notify_config(struct raftval_node *node,
				   const struct raftval_node_status *status)
{
	struct sk_buff *skb;
	void *hdr;

	down_read(&family_lock);
	skb = news(node, RAFTVAL_CMD_CONFIG_NTF, NODE_SIZE, &hdr);
	if (skb)
		publish(node, skb, hdr, put_config(skb, status));
	up_read(&family_lock);
}

/**
 * raftval_netlink_notify_down() - tell that a node is stopped
 * @node: the node
 *
 * May sleep.
 */
void raftval_netlink_notify_down(struct raftval_node *node)
{
	struct sk_buff *skb;
	void *hdr;

	down_read(&family_lock);
	skb = news(node, RAFTVAL_CMD_DOWN_NTF, SMALL_SIZE, &hdr);
	if (skb)
		publish(node, skb, hdr, 0);
	up_read(&family_lock);
}

/**
 * raftval_netlink_init() - take requests
 *
 * May sleep.
 *
 * Return: 0 or a negative errno.
 */
int raftval_netlink_init(void)
{
	int error = netlink_register_notifier(&socket_notifier);

	if (error)
		return error;
	error = genl_register_family(&family);
	if (error) {
		netlink_unregister_notifier(&socket_notifier);
		return error;
	}
	down_write(&family_lock);
	family_up = true;
	up_write(&family_lock);
	return 0;
}

/**
 * raftval_netlink_exit() - take no more requests
 *
 * None is under way: each holds the module. May sleep.
 */
void raftval_netlink_exit(void)
{
	down_write(&family_lock);
	family_up = false;
	up_write(&family_lock);
	genl_unregister_family(&family);
	netlink_unregister_notifier(&socket_notifier);
}

MODULE_ALIAS_GENL_FAMILY(RAFTVAL_GENL_NAME);
