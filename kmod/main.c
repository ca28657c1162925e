// SPDX-License-Identifier: GPL-2.0
/*
 * raftval: hosts that agree on one value
 *
 * Loading and unloading, nothing else.
 */
#include <linux/init.h>
#include <linux/module.h>
#include "chardev.h"
#include "key.h"
#include "netlink.h"
#include "node.h"
#include "store.h"

static int __init raftval_init(void)
{
	int err;

	err = raftval_key_init();
	if (err)
		return err;

	err = raftval_chardev_init();
	if (err)
		goto err_key;

	err = raftval_node_init();
	if (err)
		goto err_chardev;

	err = raftval_netlink_init();
	if (err)
		goto err_node;

	return 0;

err_node:
	raftval_node_exit();
err_chardev:
	raftval_chardev_exit();
err_key:
	raftval_key_exit();
	return err;
}

static void __exit raftval_exit(void)
{
	raftval_netlink_exit();
	raftval_node_exit();
	raftval_store_exit();
	raftval_chardev_exit();
	raftval_key_exit();
}

module_init(raftval_init);
module_exit(raftval_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A value that hosts agree on, kept by Raft nodes in the kernel");
MODULE_AUTHOR("The raftval authors");
