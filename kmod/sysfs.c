// SPDX-License-Identifier: GPL-2.0
/*
 * What /sys/class/raftval/ shows of a node, and the news for udev
 *
 * One value a file, as the node published it last. Ids are 16 hex
 * digits. A leader that is not known is an empty line.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/kobject.h>
#include <linux/kstrtox.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include "compat.h"
#include "node.h"
#include "page.h"
#include "status.h"
#include "sysfs.h"

static struct raftval_node_status *get_status(struct device *dev)
{
	struct raftval_node_status *status = kmalloc(sizeof(*status), GFP_KERNEL);

	if (status)
		raftval_node_status(dev_get_drvdata(dev), status);
	return status;
}

/* An attribute that is printed from the status. */
#define STATUS_ATTR(_name, _fmt, ...)							\
static ssize_t _name##_show(struct device *dev, struct device_attribute *attr, char *buf)	\
{											\
	struct raftval_node_status *status = get_status(dev);				\
	ssize_t len;									\
											\
	if (!status)									\
		return -ENOMEM;								\
	len = sysfs_emit(buf, _fmt "\n", __VA_ARGS__);					\
	kfree(status);									\
	return len;									\
}											\
static DEVICE_ATTR_RO(_name)

STATUS_ATTR(role, "%s", raft_role_name(status->view.role));
STATUS_ATTR(term, "%llu", status->view.term);
STATUS_ATTR(leader, "%s", raftval_status_label(status, status->view.leader));
STATUS_ATTR(commit_index, "%llu", status->view.commit);
STATUS_ATTR(last_index, "%llu", status->view.last);
STATUS_ATTR(applied_index, "%llu", status->view.applied);
STATUS_ATTR(revision, "%llu", status->view.revision);
STATUS_ATTR(heartbeat_ms, "%u", status->config.heartbeat_ms);
STATUS_ATTR(election_ms, "%u", status->config.election_ms);
STATUS_ATTR(value_max, "%u", status->config.value_max);

static ssize_t leader_id_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct raftval_node_mark mark;

	raftval_node_mark(dev_get_drvdata(dev), &mark);
	return mark.leader ? sysfs_emit(buf, "%016llx\n", mark.leader) : sysfs_emit(buf, "\n");
}
static DEVICE_ATTR_RO(leader_id);

static ssize_t id_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%016llx\n", raftval_node_params(dev_get_drvdata(dev))->id);
}
static DEVICE_ATTR_RO(id);

static ssize_t cluster_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%16phN\n", raftval_node_params(dev_get_drvdata(dev))->cluster);
}
static DEVICE_ATTR_RO(cluster);

static const char *state_name(const struct raftval_node_status *status)
{
	static const char * const names[] = {
		[RAFTVAL_STATE_RUNNING] = "running",
		[RAFTVAL_STATE_DAMAGED] = "damaged",
		[RAFTVAL_STATE_FAILED] = "failed",
		[RAFTVAL_STATE_REMOVED] = "removed",
	};

	return names[raftval_status_state(status)];
}
STATUS_ATTR(state, "%s", state_name(status));

static ssize_t label_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", raftval_node_params(dev_get_drvdata(dev))->label);
}
static DEVICE_ATTR_RO(label);

/* The labels, one a line, in the order of the ids. */
static ssize_t members_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct raftval_node_status *status = get_status(dev);
	ssize_t len = 0;
	u32 i;

	if (!status)
		return -ENOMEM;
	for (i = 0; i < status->config.n; i++)
		len += sysfs_emit_at(buf, len, "%s\n", status->config.member[i].label);
	kfree(status);
	return len;
}
static DEVICE_ATTR_RO(members);

/* The newest role or leader change, in words. */
static ssize_t reason_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct raftval_node_status *status = get_status(dev);
	char text[160] = "";

	if (!status)
		return -ENOMEM;
	if (status->n_changes)
		raft_change_print(text, sizeof(text), &status->change[0]);
	kfree(status);
	return sysfs_emit(buf, "%s\n", text);
}
static DEVICE_ATTR_RO(reason);

static ssize_t op_timeout_ms_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", raftval_node_op_timeout(dev_get_drvdata(dev)));
}

static ssize_t op_timeout_ms_store(struct device *dev, struct device_attribute *attr,
				   const char *buf, size_t len)
{
	u32 ms;
	int err = kstrtou32(buf, 0, &ms);

	if (!err)
		err = raftval_node_set_op_timeout(dev_get_drvdata(dev), ms);
	return err ?: len;
}
static DEVICE_ATTR_RW(op_timeout_ms);

/*
 * The value as committed on this host. A value that is longer than a page is
 * read in several calls, and may change between them: who can not have that
 * reads the device.
 */
static ssize_t value_read(struct file *file, struct kobject *kobj,
			  RAFTVAL_BIN_CONST struct bin_attribute *attr,
			  char *buf, loff_t pos, size_t count)
{
	struct raftval_node *node = dev_get_drvdata(kobj_to_dev(kobj));
	u32 at = min_t(loff_t, pos, RAFTVAL_VALUE_LIMIT);
	u32 len = raftval_page_read(raftval_node_page(node), at, buf, count, NULL);

	return at < len ? min_t(size_t, count, len - at) : 0;
}
static BIN_ATTR_RO(value, 0);

static struct attribute *node_attrs[] = {
	&dev_attr_state.attr,
	&dev_attr_role.attr,
	&dev_attr_term.attr,
	&dev_attr_leader.attr,
	&dev_attr_leader_id.attr,
	&dev_attr_id.attr,
	&dev_attr_cluster.attr,
	&dev_attr_label.attr,
	&dev_attr_members.attr,
	&dev_attr_commit_index.attr,
	&dev_attr_last_index.attr,
	&dev_attr_applied_index.attr,
	&dev_attr_revision.attr,
	&dev_attr_heartbeat_ms.attr,
	&dev_attr_election_ms.attr,
	&dev_attr_value_max.attr,
	&dev_attr_reason.attr,
	&dev_attr_op_timeout_ms.attr,
	NULL
};

static RAFTVAL_BIN_CONST struct bin_attribute *RAFTVAL_BIN_CONST node_bin_attrs[] = {
	&bin_attr_value,
	NULL
};

static const struct attribute_group node_group = {
	.attrs = node_attrs,
	.bin_attrs = node_bin_attrs,
};

/**
 * struct counter - a counter's file
 * @attr: the file
 * @offset: where the counter is in &struct raftval_node_status
 */
struct counter {
	struct device_attribute attr;
	size_t offset;
};

static ssize_t counter_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	const struct counter *counter = container_of(attr, struct counter, attr);
	struct raftval_node_status *status = get_status(dev);
	u64 n;

	if (!status)
		return -ENOMEM;
	memcpy(&n, (u8 *)status + counter->offset, sizeof(n));
	kfree(status);
	return sysfs_emit(buf, "%llu\n", n);
}

#define COUNTER(_name, _field)						\
static struct counter counter_##_name = {				\
	.attr = __ATTR(_name, 0444, counter_show, NULL),		\
	.offset = offsetof(struct raftval_node_status, _field),		\
}

COUNTER(elections, stats.elections);
COUNTER(leader_changes, stats.leader_changes);
COUNTER(appends_sent, stats.appends_sent);
COUNTER(appends_received, stats.appends_received);
COUNTER(rejects_sent, stats.rejects_sent);
COUNTER(snapshots_sent, stats.snapshots_sent);
COUNTER(snapshots_installed, stats.snapshots_installed);
COUNTER(ops_proposed, stats.ops_proposed);
COUNTER(ops_forwarded, stats.ops_forwarded);
COUNTER(ops_absorbed, stats.ops_absorbed);
COUNTER(ops_duplicate, stats.ops_duplicate);
COUNTER(reads, stats.reads);
COUNTER(read_rounds, stats.read_rounds);
COUNTER(late_timers, stats.late_timers);
COUNTER(diverged, stats.diverged);
COUNTER(votes_granted, stats.noted[RAFT_NOTE_VOTE_GRANTED]);
COUNTER(votes_refused, stats.noted[RAFT_NOTE_VOTE_REFUSED]);
COUNTER(votes_ignored, stats.noted[RAFT_NOTE_VOTE_IGNORED]);
COUNTER(backups, stats.noted[RAFT_NOTE_BACKUP]);
COUNTER(truncations, stats.noted[RAFT_NOTE_TRUNCATE]);
COUNTER(compactions, stats.noted[RAFT_NOTE_COMPACT]);
COUNTER(snapshots_bad, stats.noted[RAFT_NOTE_SNAPSHOT_BAD]);
COUNTER(configs, stats.noted[RAFT_NOTE_CONFIG]);
COUNTER(transfers, stats.noted[RAFT_NOTE_TRANSFER]);
COUNTER(transfers_failed, stats.noted[RAFT_NOTE_TRANSFER_ENDED]);
COUNTER(disk_stalls, stats.noted[RAFT_NOTE_DISK_STALLED]);
COUNTER(disk_failures, stats.noted[RAFT_NOTE_DISK_FAILED]);
COUNTER(retries, stats.noted[RAFT_NOTE_RETRY]);
COUNTER(unanswered, stats.noted[RAFT_NOTE_UNANSWERED]);
COUNTER(ops_deferred, stats.noted[RAFT_NOTE_DEFERRED]);
COUNTER(log_full, stats.noted[RAFT_NOTE_LOG_FULL]);
COUNTER(outbox_full, stats.noted[RAFT_NOTE_OUTBOX_FULL]);
COUNTER(why_start, stats.changes[RAFT_WHY_START]);
COUNTER(why_timeout, stats.changes[RAFT_WHY_TIMEOUT]);
COUNTER(why_transfer, stats.changes[RAFT_WHY_TRANSFER]);
COUNTER(why_prevote_won, stats.changes[RAFT_WHY_PREVOTE_WON]);
COUNTER(why_elected, stats.changes[RAFT_WHY_ELECTED]);
COUNTER(why_saw_leader, stats.changes[RAFT_WHY_SAW_LEADER]);
COUNTER(why_higher_term, stats.changes[RAFT_WHY_HIGHER_TERM]);
COUNTER(why_lost_quorum, stats.changes[RAFT_WHY_LOST_QUORUM]);
COUNTER(why_disk_stalled, stats.changes[RAFT_WHY_DISK_STALLED]);
COUNTER(why_disk_failed, stats.changes[RAFT_WHY_DISK_FAILED]);
COUNTER(why_old_store, stats.changes[RAFT_WHY_OLD_STORE]);
COUNTER(why_removed, stats.changes[RAFT_WHY_REMOVED]);
COUNTER(drop_short, stats.dropped[RAFT_DROP_SHORT]);
COUNTER(drop_long, stats.dropped[RAFT_DROP_LONG]);
COUNTER(drop_version, stats.dropped[RAFT_DROP_VERSION]);
COUNTER(drop_type, stats.dropped[RAFT_DROP_TYPE]);
COUNTER(drop_cluster, stats.dropped[RAFT_DROP_CLUSTER]);
COUNTER(drop_receiver, stats.dropped[RAFT_DROP_RECEIVER]);
COUNTER(drop_stranger, stats.dropped[RAFT_DROP_STRANGER]);
COUNTER(drop_field, stats.dropped[RAFT_DROP_FIELD]);
COUNTER(drop_stale, stats.dropped[RAFT_DROP_STALE]);
COUNTER(drop_conflict, stats.dropped[RAFT_DROP_CONFLICT]);
COUNTER(wall_sessions, wall.noted[RAFTVAL_WALL_NOTE_BEGAN]);
COUNTER(wall_ended, wall.noted[RAFTVAL_WALL_NOTE_ENDED]);
COUNTER(wall_hellos, wall.noted[RAFTVAL_WALL_NOTE_HELLO]);
COUNTER(wall_unsent, wall.noted[RAFTVAL_WALL_NOTE_UNSENT]);
COUNTER(wall_short, wall.drops[RAFTVAL_WALL_SHORT]);
COUNTER(wall_format, wall.drops[RAFTVAL_WALL_FORMAT]);
COUNTER(wall_cluster, wall.drops[RAFTVAL_WALL_CLUSTER]);
COUNTER(wall_receiver, wall.drops[RAFTVAL_WALL_RECEIVER]);
COUNTER(wall_stranger, wall.drops[RAFTVAL_WALL_STRANGER]);
COUNTER(wall_session, wall.drops[RAFTVAL_WALL_SESSION]);
COUNTER(wall_old, wall.drops[RAFTVAL_WALL_OLD]);
COUNTER(wall_replayed, wall.drops[RAFTVAL_WALL_REPLAYED]);
COUNTER(wall_forged, wall.drops[RAFTVAL_WALL_FORGED]);
COUNTER(wall_key, wall.drops[RAFTVAL_WALL_KEY]);
COUNTER(wall_full, wall.drops[RAFTVAL_WALL_FULL]);
COUNTER(store_writes, store.writes);
COUNTER(store_blocks, store.blocks);
COUNTER(store_marks, store.marks);
COUNTER(store_write_us, store.write_us);
COUNTER(store_load_us, store.load_us);
COUNTER(sent, transport.sent);
COUNTER(send_errors, transport.send_errors);
COUNTER(received, transport.received);
COUNTER(truncated, transport.truncated);
COUNTER(overflows, transport.overflows);
COUNTER(turns, node.turns);
COUNTER(turns_passed, node.passed);
COUNTER(steps, node.steps);
COUNTER(late_wakeups, node.late_wakeups);
COUNTER(late_max_us, node.late_max_us);
COUNTER(ops_done, node.ops_done);
COUNTER(ops_cancelled, node.ops_cancelled);
COUNTER(ops_refused, node.ops_refused);
COUNTER(timeouts, node.timeouts);

/* Every reason for a drop, and for a change of the role, has its file. */
static_assert(RAFT_WHY_REMOVED + 1 == RAFT_REASONS);
static_assert(RAFT_DROP_CONFLICT + 1 == RAFT_DROPS);
static_assert(RAFTVAL_WALL_FULL + 1 == RAFTVAL_WALL_DROPS);

static struct attribute *counter_attrs[] = {
	&counter_elections.attr.attr,
	&counter_leader_changes.attr.attr,
	&counter_appends_sent.attr.attr,
	&counter_appends_received.attr.attr,
	&counter_rejects_sent.attr.attr,
	&counter_snapshots_sent.attr.attr,
	&counter_snapshots_installed.attr.attr,
	&counter_ops_proposed.attr.attr,
	&counter_ops_forwarded.attr.attr,
	&counter_ops_absorbed.attr.attr,
	&counter_ops_duplicate.attr.attr,
	&counter_reads.attr.attr,
	&counter_read_rounds.attr.attr,
	&counter_late_timers.attr.attr,
	&counter_diverged.attr.attr,
	&counter_votes_granted.attr.attr,
	&counter_votes_refused.attr.attr,
	&counter_votes_ignored.attr.attr,
	&counter_backups.attr.attr,
	&counter_truncations.attr.attr,
	&counter_compactions.attr.attr,
	&counter_snapshots_bad.attr.attr,
	&counter_configs.attr.attr,
	&counter_transfers.attr.attr,
	&counter_transfers_failed.attr.attr,
	&counter_disk_stalls.attr.attr,
	&counter_disk_failures.attr.attr,
	&counter_retries.attr.attr,
	&counter_unanswered.attr.attr,
	&counter_ops_deferred.attr.attr,
	&counter_log_full.attr.attr,
	&counter_outbox_full.attr.attr,
	&counter_why_start.attr.attr,
	&counter_why_timeout.attr.attr,
	&counter_why_transfer.attr.attr,
	&counter_why_prevote_won.attr.attr,
	&counter_why_elected.attr.attr,
	&counter_why_saw_leader.attr.attr,
	&counter_why_higher_term.attr.attr,
	&counter_why_lost_quorum.attr.attr,
	&counter_why_disk_stalled.attr.attr,
	&counter_why_disk_failed.attr.attr,
	&counter_why_old_store.attr.attr,
	&counter_why_removed.attr.attr,
	&counter_drop_short.attr.attr,
	&counter_drop_long.attr.attr,
	&counter_drop_version.attr.attr,
	&counter_drop_type.attr.attr,
	&counter_drop_cluster.attr.attr,
	&counter_drop_receiver.attr.attr,
	&counter_drop_stranger.attr.attr,
	&counter_drop_field.attr.attr,
	&counter_drop_stale.attr.attr,
	&counter_drop_conflict.attr.attr,
	&counter_wall_sessions.attr.attr,
	&counter_wall_ended.attr.attr,
	&counter_wall_hellos.attr.attr,
	&counter_wall_unsent.attr.attr,
	&counter_wall_short.attr.attr,
	&counter_wall_format.attr.attr,
	&counter_wall_cluster.attr.attr,
	&counter_wall_receiver.attr.attr,
	&counter_wall_stranger.attr.attr,
	&counter_wall_session.attr.attr,
	&counter_wall_old.attr.attr,
	&counter_wall_replayed.attr.attr,
	&counter_wall_forged.attr.attr,
	&counter_wall_key.attr.attr,
	&counter_wall_full.attr.attr,
	&counter_store_writes.attr.attr,
	&counter_store_blocks.attr.attr,
	&counter_store_marks.attr.attr,
	&counter_store_write_us.attr.attr,
	&counter_store_load_us.attr.attr,
	&counter_sent.attr.attr,
	&counter_send_errors.attr.attr,
	&counter_received.attr.attr,
	&counter_truncated.attr.attr,
	&counter_overflows.attr.attr,
	&counter_turns.attr.attr,
	&counter_turns_passed.attr.attr,
	&counter_steps.attr.attr,
	&counter_late_wakeups.attr.attr,
	&counter_late_max_us.attr.attr,
	&counter_ops_done.attr.attr,
	&counter_ops_cancelled.attr.attr,
	&counter_ops_refused.attr.attr,
	&counter_timeouts.attr.attr,
	NULL
};

static const struct attribute_group counter_group = {
	.name = "stats",
	.attrs = counter_attrs,
};

/* What every device of the class has. */
const struct attribute_group *raftval_sysfs_groups[] = {
	&node_group,
	&counter_group,
	NULL
};

/**
 * raftval_sysfs_notify() - tell udev that the role or the leader changed
 * @dev: the node's device
 * @status: the node
 *
 * Context: process, may sleep. Out of memory, the news is lost, as udev's are.
 */
void raftval_sysfs_notify(struct device *dev, const struct raftval_node_status *status)
{
	char state[32], role[32], leader[8 + RAFT_LABEL_LEN], term[32];
	char * const envp[] = { state, role, leader, term, NULL };

	snprintf(state, sizeof(state), "STATE=%s", state_name(status));
	snprintf(role, sizeof(role), "ROLE=%s", raft_role_name(status->view.role));
	snprintf(leader, sizeof(leader), "LEADER=%s",
		 raftval_status_label(status, status->view.leader));
	snprintf(term, sizeof(term), "TERM=%llu", status->view.term);
	kobject_uevent_env(&dev->kobj, KOBJ_CHANGE, (char **)envp);
}
