/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The interface of raftval to other kernel modules
 *
 * A module gets a node of this host by its name and has, without a daemon or a
 * file, what programs have at /dev/raftval: the agreed value, writes that are
 * applied exactly once, and news of what changes. Modules find this file and
 * uapi/ on their include path; selftests/module/ has one that uses all of it.
 *
 * Every function here is called in process context. Those that wait for the
 * cluster sleep, can be interrupted by signals as the system calls can, and
 * give up after a timeout. A signal that came before anybody else saw what was
 * wanted gives -ERESTARTSYS instead of -EINTR: nothing was done.
 */
#ifndef RAFTVAL_HANDLE_H
#define RAFTVAL_HANDLE_H

#include <linux/types.h>
#include <linux/raftval.h>

struct net;
struct notifier_block;
struct raftval_node;

/**
 * enum raftval_handle_event - what a watcher is told
 * @RAFTVAL_HANDLE_VALUE: the value has changed on this host, perhaps several times
 * @RAFTVAL_HANDLE_ROLE: role, leader or state have changed
 * @RAFTVAL_HANDLE_DOWN: the node is stopped, with its network namespace; what is asked
 *	of it fails with -ESHUTDOWN. The handle must still be given back.
 */
enum raftval_handle_event {
	RAFTVAL_HANDLE_VALUE,
	RAFTVAL_HANDLE_ROLE,
	RAFTVAL_HANDLE_DOWN,
};

/**
 * struct raftval_handle_news - how the node is after the event
 * @revision: revision of the value as committed on this host
 * @term: the node's term
 * @leader: id of the leader, 0 if not known
 * @role: its role, &enum raftval_role of raftval_netlink.h
 * @state: &enum raftval_state
 */
struct raftval_handle_news {
	u64 revision;
	u64 term;
	u64 leader;
	u32 role;
	u32 state;
};

struct raftval_node *raftval_handle_get(struct net *net, const char *name);
void raftval_handle_put(struct raftval_node *node);

u32 raftval_handle_value(struct raftval_node *node, void *buf, u32 size, u64 *revision);
int raftval_handle_read(struct raftval_node *node, void *buf, u32 size, u64 *revision,
			u32 timeout_ms);
int raftval_handle_write(struct raftval_node *node, const void *data, u32 len, u64 *revision,
			 u32 timeout_ms);
int raftval_handle_cas(struct raftval_node *node, u64 expect, const void *data, u32 len,
		       u64 *revision, u32 timeout_ms);
int raftval_handle_status(struct raftval_node *node, struct raftval_status *status);

int raftval_handle_watch(struct raftval_node *node, struct notifier_block *nb);
int raftval_handle_unwatch(struct raftval_node *node, struct notifier_block *nb);

#endif /* RAFTVAL_HANDLE_H */
