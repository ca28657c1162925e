/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What /sys/class/raftval/ shows of a node, and the news for udev
 */
#ifndef RAFTVAL_SYSFS_H
#define RAFTVAL_SYSFS_H

struct attribute_group;
struct device;
struct raftval_node_status;

extern const struct attribute_group *raftval_sysfs_groups[];

void raftval_sysfs_notify(struct device *dev, const struct raftval_node_status *status);

#endif /* RAFTVAL_SYSFS_H */
