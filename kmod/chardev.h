/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The device of a node: /dev/raftval or /dev/raftval-NAME
 */
#ifndef RAFTVAL_CHARDEV_H
#define RAFTVAL_CHARDEV_H

struct device;
struct inode;
struct raftval_node;

int raftval_chardev_init(void);
void raftval_chardev_exit(void);

struct device *raftval_chardev_add(struct raftval_node *node);
void raftval_chardev_remove(struct device *dev);

struct raftval_node *raftval_chardev_node(const struct inode *inode);

#endif /* RAFTVAL_CHARDEV_H */
