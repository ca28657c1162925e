// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	uapi/raftval.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "netlink-gen.h"

#include <uapi/linux/raftval_netlink.h>

/* Common nested types */
const struct nla_policy raftval_addr_nl_policy[RAFTVAL_A_ADDR_SCOPE + 1] = {
	[RAFTVAL_A_ADDR_IP] = { .type = NLA_BINARY, },
	[RAFTVAL_A_ADDR_PORT] = { .type = NLA_U16, },
	[RAFTVAL_A_ADDR_SCOPE] = { .type = NLA_U32, },
};

/* RAFTVAL_CMD_NODE_GET - do */
const struct nla_policy raftval_node_get_nl_policy[RAFTVAL_A_NODE_NAME + 1] = {
	[RAFTVAL_A_NODE_NAME] = { .type = NLA_NUL_STRING, },
};

/* RAFTVAL_CMD_CREATE - do */
const struct nla_policy raftval_create_nl_policy[RAFTVAL_A_NODE_INSECURE + 1] = {
	[RAFTVAL_A_NODE_NAME] = { .type = NLA_NUL_STRING, },
	[RAFTVAL_A_NODE_LISTEN] = NLA_POLICY_NESTED(raftval_addr_nl_policy),
	[RAFTVAL_A_NODE_LABEL] = { .type = NLA_NUL_STRING, },
	[RAFTVAL_A_NODE_HEARTBEAT_MS] = { .type = NLA_U32, },
	[RAFTVAL_A_NODE_ELECTION_MS] = { .type = NLA_U32, },
	[RAFTVAL_A_NODE_VALUE_MAX] = { .type = NLA_U32, },
	[RAFTVAL_A_NODE_CLUSTER_ID] = NLA_POLICY_EXACT_LEN(16),
	[RAFTVAL_A_NODE_TIMEOUT_MS] = { .type = NLA_U32, },
	[RAFTVAL_A_NODE_STORE] = { .type = NLA_U32, },
	[RAFTVAL_A_NODE_KEY] = { .type = NLA_NUL_STRING, },
	[RAFTVAL_A_NODE_INSECURE] = { .type = NLA_FLAG, },
};

/* RAFTVAL_CMD_JOIN - do */
const struct nla_policy raftval_join_nl_policy[RAFTVAL_A_NODE_INSECURE + 1] = {
	[RAFTVAL_A_NODE_NAME] = { .type = NLA_NUL_STRING, },
	[RAFTVAL_A_NODE_LISTEN] = NLA_POLICY_NESTED(raftval_addr_nl_policy),
	[RAFTVAL_A_NODE_LABEL] = { .type = NLA_NUL_STRING, },
	[RAFTVAL_A_NODE_VALUE_MAX] = { .type = NLA_U32, },
	[RAFTVAL_A_NODE_CLUSTER_ID] = NLA_POLICY_EXACT_LEN(16),
	[RAFTVAL_A_NODE_SEED] = NLA_POLICY_NESTED(raftval_addr_nl_policy),
	[RAFTVAL_A_NODE_LEARNER] = { .type = NLA_FLAG, },
	[RAFTVAL_A_NODE_TIMEOUT_MS] = { .type = NLA_U32, },
	[RAFTVAL_A_NODE_STORE] = { .type = NLA_U32, },
	[RAFTVAL_A_NODE_KEY] = { .type = NLA_NUL_STRING, },
	[RAFTVAL_A_NODE_KEY_ACCEPT] = { .type = NLA_NUL_STRING, },
	[RAFTVAL_A_NODE_INSECURE] = { .type = NLA_FLAG, },
};

/* RAFTVAL_CMD_LEAVE - do */
const struct nla_policy raftval_leave_nl_policy[RAFTVAL_A_NODE_TIMEOUT_MS + 1] = {
	[RAFTVAL_A_NODE_NAME] = { .type = NLA_NUL_STRING, },
	[RAFTVAL_A_NODE_TIMEOUT_MS] = { .type = NLA_U32, },
};

/* RAFTVAL_CMD_DOWN - do */
const struct nla_policy raftval_down_nl_policy[RAFTVAL_A_NODE_NAME + 1] = {
	[RAFTVAL_A_NODE_NAME] = { .type = NLA_NUL_STRING, },
};

/* RAFTVAL_CMD_MEMBER_REMOVE - do */
const struct nla_policy raftval_member_remove_nl_policy[RAFTVAL_A_NODE_MEMBER_ID + 1] = {
	[RAFTVAL_A_NODE_NAME] = { .type = NLA_NUL_STRING, },
	[RAFTVAL_A_NODE_TIMEOUT_MS] = { .type = NLA_U32, },
	[RAFTVAL_A_NODE_MEMBER_ID] = { .type = NLA_U64, },
};

/* RAFTVAL_CMD_MEMBER_PROMOTE - do */
const struct nla_policy raftval_member_promote_nl_policy[RAFTVAL_A_NODE_MEMBER_ID + 1] = {
	[RAFTVAL_A_NODE_NAME] = { .type = NLA_NUL_STRING, },
	[RAFTVAL_A_NODE_TIMEOUT_MS] = { .type = NLA_U32, },
	[RAFTVAL_A_NODE_MEMBER_ID] = { .type = NLA_U64, },
};

/* RAFTVAL_CMD_TRANSFER - do */
const struct nla_policy raftval_transfer_nl_policy[RAFTVAL_A_NODE_MEMBER_ID + 1] = {
	[RAFTVAL_A_NODE_NAME] = { .type = NLA_NUL_STRING, },
	[RAFTVAL_A_NODE_TIMEOUT_MS] = { .type = NLA_U32, },
	[RAFTVAL_A_NODE_MEMBER_ID] = { .type = NLA_U64, },
};

/* RAFTVAL_CMD_LOG_GET - do */
const struct nla_policy raftval_log_get_nl_policy[RAFTVAL_A_NODE_COUNT + 1] = {
	[RAFTVAL_A_NODE_NAME] = { .type = NLA_NUL_STRING, },
	[RAFTVAL_A_NODE_COUNT] = { .type = NLA_U32, },
};

/* RAFTVAL_CMD_VALUE_GET - do */
const struct nla_policy raftval_value_get_nl_policy[RAFTVAL_A_NODE_LOCAL + 1] = {
	[RAFTVAL_A_NODE_NAME] = { .type = NLA_NUL_STRING, },
	[RAFTVAL_A_NODE_TIMEOUT_MS] = { .type = NLA_U32, },
	[RAFTVAL_A_NODE_LOCAL] = { .type = NLA_FLAG, },
};

/* RAFTVAL_CMD_VALUE_PUT - do */
const struct nla_policy raftval_value_put_nl_policy[RAFTVAL_A_NODE_EXPECT + 1] = {
	[RAFTVAL_A_NODE_NAME] = { .type = NLA_NUL_STRING, },
	[RAFTVAL_A_NODE_TIMEOUT_MS] = { .type = NLA_U32, },
	[RAFTVAL_A_NODE_VALUE] = { .type = NLA_BINARY, },
	[RAFTVAL_A_NODE_EXPECT] = { .type = NLA_U64, },
};

/* RAFTVAL_CMD_UP - do */
const struct nla_policy raftval_up_nl_policy[RAFTVAL_A_NODE_INSECURE + 1] = {
	[RAFTVAL_A_NODE_NAME] = { .type = NLA_NUL_STRING, },
	[RAFTVAL_A_NODE_STORE] = { .type = NLA_U32, },
	[RAFTVAL_A_NODE_KEY] = { .type = NLA_NUL_STRING, },
	[RAFTVAL_A_NODE_KEY_ACCEPT] = { .type = NLA_NUL_STRING, },
	[RAFTVAL_A_NODE_INSECURE] = { .type = NLA_FLAG, },
};

/* RAFTVAL_CMD_KEY_SET - do */
const struct nla_policy raftval_key_set_nl_policy[RAFTVAL_A_NODE_KEY_ACCEPT + 1] = {
	[RAFTVAL_A_NODE_NAME] = { .type = NLA_NUL_STRING, },
	[RAFTVAL_A_NODE_TIMEOUT_MS] = { .type = NLA_U32, },
	[RAFTVAL_A_NODE_KEY] = { .type = NLA_NUL_STRING, },
	[RAFTVAL_A_NODE_KEY_ACCEPT] = { .type = NLA_NUL_STRING, },
};

/* Ops table for raftval */
const struct genl_ops raftval_nl_ops[13] = {
	{
		.cmd		= RAFTVAL_CMD_NODE_GET,
		.doit		= raftval_nl_node_get_doit,
		.dumpit		= raftval_nl_node_get_dumpit,
		.policy		= raftval_node_get_nl_policy,
		.maxattr	= RAFTVAL_A_NODE_NAME,
	},
	{
		.cmd		= RAFTVAL_CMD_CREATE,
		.doit		= raftval_nl_create_doit,
		.policy		= raftval_create_nl_policy,
		.maxattr	= RAFTVAL_A_NODE_INSECURE,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= RAFTVAL_CMD_JOIN,
		.doit		= raftval_nl_join_doit,
		.policy		= raftval_join_nl_policy,
		.maxattr	= RAFTVAL_A_NODE_INSECURE,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= RAFTVAL_CMD_LEAVE,
		.doit		= raftval_nl_leave_doit,
		.policy		= raftval_leave_nl_policy,
		.maxattr	= RAFTVAL_A_NODE_TIMEOUT_MS,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= RAFTVAL_CMD_DOWN,
		.doit		= raftval_nl_down_doit,
		.policy		= raftval_down_nl_policy,
		.maxattr	= RAFTVAL_A_NODE_NAME,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= RAFTVAL_CMD_MEMBER_REMOVE,
		.doit		= raftval_nl_member_remove_doit,
		.policy		= raftval_member_remove_nl_policy,
		.maxattr	= RAFTVAL_A_NODE_MEMBER_ID,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= RAFTVAL_CMD_MEMBER_PROMOTE,
		.doit		= raftval_nl_member_promote_doit,
		.policy		= raftval_member_promote_nl_policy,
		.maxattr	= RAFTVAL_A_NODE_MEMBER_ID,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= RAFTVAL_CMD_TRANSFER,
		.doit		= raftval_nl_transfer_doit,
		.policy		= raftval_transfer_nl_policy,
		.maxattr	= RAFTVAL_A_NODE_MEMBER_ID,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= RAFTVAL_CMD_LOG_GET,
		.doit		= raftval_nl_log_get_doit,
		.policy		= raftval_log_get_nl_policy,
		.maxattr	= RAFTVAL_A_NODE_COUNT,
	},
	{
		.cmd		= RAFTVAL_CMD_VALUE_GET,
		.doit		= raftval_nl_value_get_doit,
		.policy		= raftval_value_get_nl_policy,
		.maxattr	= RAFTVAL_A_NODE_LOCAL,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= RAFTVAL_CMD_VALUE_PUT,
		.doit		= raftval_nl_value_put_doit,
		.policy		= raftval_value_put_nl_policy,
		.maxattr	= RAFTVAL_A_NODE_EXPECT,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= RAFTVAL_CMD_UP,
		.doit		= raftval_nl_up_doit,
		.policy		= raftval_up_nl_policy,
		.maxattr	= RAFTVAL_A_NODE_INSECURE,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= RAFTVAL_CMD_KEY_SET,
		.doit		= raftval_nl_key_set_doit,
		.policy		= raftval_key_set_nl_policy,
		.maxattr	= RAFTVAL_A_NODE_KEY_ACCEPT,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
};

const struct genl_multicast_group raftval_nl_mcgrps[] = {
	[RAFTVAL_NLGRP_EVENTS] = { "events", },
};
