/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Keys of clusters, in the kernel's keyrings
 *
 * Whoever makes a node puts the cluster's key into a keyring of its own first, as a key
 * of type "raftval", which nobody can read back, and then names it. The node has a copy:
 * the keyring's may go when its process does.
 */
#ifndef RAFTVAL_KEY_H
#define RAFTVAL_KEY_H

#include <linux/types.h>
#include "wall.h"

struct netlink_ext_ack;

/**
 * struct raftval_keys - the keys of a cluster
 * @n: how many, 0 for none: nothing is sealed
 * @secret: they; what is sent is sealed with the first
 */
struct raftval_keys {
	u32 n;
	u8 secret[RAFTVAL_WALL_KEYS][RAFT_SESSION_KEY];
};

int raftval_key_init(void);
void raftval_key_exit(void);

int raftval_key_take(struct raftval_keys *keys, const char *description,
		     struct netlink_ext_ack *extack);

#endif /* RAFTVAL_KEY_H */
