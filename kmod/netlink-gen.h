/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	uapi/raftval.yaml */
/* YNL-GEN kernel header */

#ifndef _LINUX_RAFTVAL_GEN_H
#define _LINUX_RAFTVAL_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/linux/raftval_netlink.h>

/* Common nested types */
extern const struct nla_policy raftval_addr_nl_policy[RAFTVAL_A_ADDR_SCOPE + 1];

extern const struct nla_policy raftval_node_get_nl_policy[RAFTVAL_A_NODE_NAME + 1];

extern const struct nla_policy raftval_create_nl_policy[RAFTVAL_A_NODE_INSECURE + 1];

extern const struct nla_policy raftval_join_nl_policy[RAFTVAL_A_NODE_INSECURE + 1];

extern const struct nla_policy raftval_leave_nl_policy[RAFTVAL_A_NODE_TIMEOUT_MS + 1];

extern const struct nla_policy raftval_down_nl_policy[RAFTVAL_A_NODE_NAME + 1];

extern const struct nla_policy raftval_member_remove_nl_policy[RAFTVAL_A_NODE_MEMBER_ID + 1];

extern const struct nla_policy raftval_member_promote_nl_policy[RAFTVAL_A_NODE_MEMBER_ID + 1];

extern const struct nla_policy raftval_transfer_nl_policy[RAFTVAL_A_NODE_MEMBER_ID + 1];

extern const struct nla_policy raftval_log_get_nl_policy[RAFTVAL_A_NODE_COUNT + 1];

extern const struct nla_policy raftval_value_get_nl_policy[RAFTVAL_A_NODE_LOCAL + 1];

extern const struct nla_policy raftval_value_put_nl_policy[RAFTVAL_A_NODE_EXPECT + 1];

extern const struct nla_policy raftval_up_nl_policy[RAFTVAL_A_NODE_INSECURE + 1];

extern const struct nla_policy raftval_key_set_nl_policy[RAFTVAL_A_NODE_KEY_ACCEPT + 1];

/* Ops table for raftval */
extern const struct genl_ops raftval_nl_ops[13];

int raftval_nl_node_get_doit(struct sk_buff *skb, struct genl_info *info);
int raftval_nl_node_get_dumpit(struct sk_buff *skb,
			       struct netlink_callback *cb);
int raftval_nl_create_doit(struct sk_buff *skb, struct genl_info *info);
int raftval_nl_join_doit(struct sk_buff *skb, struct genl_info *info);
int raftval_nl_leave_doit(struct sk_buff *skb, struct genl_info *info);
int raftval_nl_down_doit(struct sk_buff *skb, struct genl_info *info);
int raftval_nl_member_remove_doit(struct sk_buff *skb, struct genl_info *info);
int raftval_nl_member_promote_doit(struct sk_buff *skb, struct genl_info *info);
int raftval_nl_transfer_doit(struct sk_buff *skb, struct genl_info *info);
int raftval_nl_log_get_doit(struct sk_buff *skb, struct genl_info *info);
int raftval_nl_value_get_doit(struct sk_buff *skb, struct genl_info *info);
int raftval_nl_value_put_doit(struct sk_buff *skb, struct genl_info *info);
int raftval_nl_up_doit(struct sk_buff *skb, struct genl_info *info);
int raftval_nl_key_set_doit(struct sk_buff *skb, struct genl_info *info);

enum {
	RAFTVAL_NLGRP_EVENTS,
};

extern const struct genl_multicast_group raftval_nl_mcgrps[];

#endif /* _LINUX_RAFTVAL_GEN_H */
