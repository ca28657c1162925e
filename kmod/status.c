// SPDX-License-Identifier: GPL-2.0
/*
 * The status of a node, as programs and other modules get it
 */
#include <linux/build_bug.h>
#include <linux/math64.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "node.h"
#include "status.h"

static_assert(sizeof(struct raftval_status) == 256);
static_assert(RAFTVAL_LABEL_LEN == RAFT_LABEL_LEN);

/**
 * raftval_status_state() - what a node is worth: does it promise anything, and may it vote
 * @status: the node
 *
 * Context: any.
 *
 * Return: the state of a node that is not down.
 */
enum raftval_state raftval_status_state(const struct raftval_node_status *status)
{
	if (status->view.failed)
		return RAFTVAL_STATE_FAILED;
	if (status->view.removed)
		return RAFTVAL_STATE_REMOVED;
	return status->view.promised ? RAFTVAL_STATE_DAMAGED : RAFTVAL_STATE_RUNNING;
}

/**
 * raftval_status_label() - the label of a member
 * @status: a node
 * @id: the member
 *
 * Context: any.
 *
 * Return: the label, or "" if it is not in the node's configuration.
 */
const char *raftval_status_label(const struct raftval_node_status *status, u64 id)
{
	u32 i;

	for (i = 0; i < status->config.n; i++) {
		if (status->config.member[i].id == id)
			return status->config.member[i].label;
	}
	return "";
}

static u32 count_voters(const struct raft_config *config)
{
	u32 i, n = 0;

	for (i = 0; i < config->n; i++)
		n += !!(config->member[i].flags & RAFT_MEMBER_VOTER);
	return n;
}

static void fill_change(struct raftval_status *out, const struct raftval_node_status *status)
{
	const struct raft_change *change = &status->change[0];

	out->n_changes = status->n_changes;
	if (!status->n_changes)
		return;
	out->change_us = status->now - change->now;
	out->change_term = change->term;
	out->change_who = change->who;
	out->change_reason = change->reason;
	out->change_was = change->was;
	out->change_ms = change->ms;
}

static void fill(struct raftval_status *out, const struct raftval_node_status *status)
{
	const struct raft_view *view = &status->view;
	const struct raft_config *config = &status->config;

	out->id = view->id;
	out->term = view->term;
	out->leader = view->leader;
	out->commit_index = view->commit;
	out->last_index = view->last;
	out->applied_index = view->applied;
	out->revision = view->revision;
	out->contact_us = view->contact ? status->now - view->contact : RAFTVAL_NEVER;
	out->role = view->role;
	out->state = raftval_status_state(status);
	out->value_len = view->value_len;
	out->value_max = config->value_max;
	out->heartbeat_ms = config->heartbeat_ms;
	out->election_ms = config->election_ms;
	out->members = config->n;
	out->voters = count_voters(config);
	strscpy(out->leader_label, raftval_status_label(status, view->leader),
		sizeof(out->leader_label));
	fill_change(out, status);
}

/**
 * raftval_status_get() - the status of a node in the form that programs get it
 * @node: the node
 * @out: gets it
 *
 * Context: process, may sleep.
 *
 * Return: 0 or -ENOMEM.
 */
int raftval_status_get(struct raftval_node *node, struct raftval_status *out)
{
	const struct raft_params *params = raftval_node_params(node);
	struct raftval_node_status *status = kmalloc(sizeof(*status), GFP_KERNEL);
	struct raftval_node_mark mark;

	if (!status)
		return -ENOMEM;
	raftval_node_status(node, status);
	raftval_node_mark(node, &mark);
	memset(out, 0, sizeof(*out));
	memcpy(out->cluster, params->cluster, sizeof(out->cluster));
	strscpy(out->label, params->label, sizeof(out->label));
	out->op_timeout_ms = raftval_node_op_timeout(node);
	fill(out, status);
	if (mark.down)
		out->state = RAFTVAL_STATE_DOWN;
	kfree(status);
	return 0;
}
