/* SPDX-License-Identifier: GPL-2.0 */
/* Generic netlink: the requests of raftctl, and news for whoever listens. */
#ifndef RAFTVAL_NETLINK_H
#define RAFTVAL_NETLINK_H

struct raft_change;
struct raftval_node;
struct raftval_node_status;

int raftval_netlink_init(void);
void raftval_netlink_exit(void);

void raftval_netlink_notify_change(struct raftval_node *node, const struct raft_change *change);
void raftval_netlink_notify_value(struct raftval_node *node,
				  const struct raftval_node_status *status);
void raftval_netlink_notify_config(struct raftval_node *node,
				   const struct raftval_node_status *status);
void raftval_netlink_notify_down(struct raftval_node *node);

#endif /* RAFTVAL_NETLINK_H */
