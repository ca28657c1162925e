/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The status of a node, as programs and other modules get it
 */
#ifndef RAFTVAL_STATUS_H
#define RAFTVAL_STATUS_H

#include <linux/types.h>
#include <linux/raftval.h>

struct raftval_node;
struct raftval_node_status;

enum raftval_state raftval_status_state(const struct raftval_node_status *status);
const char *raftval_status_label(const struct raftval_node_status *status, u64 id);
int raftval_status_get(struct raftval_node *node, struct raftval_status *out);

#endif /* RAFTVAL_STATUS_H */
