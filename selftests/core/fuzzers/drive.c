// SPDX-License-Identifier: GPL-2.0
/* One node of the core, told whatever somebody likes to tell it. */
#include "drive.h"
#include "fuzz.h"
#include "wire.h"

#define AGAIN_MAX	1000	/* full updates in a row before they are a loop */
#define IDLE_MAX	1000	/* timers at one and the same time before they are one */

static void check_sends(struct drive *drive, const struct raft_update *update)
{
	enum raft_drop why;
	struct raft_msg msg;
	u32 i;

	MUST(update->n_send <= RAFT_SENDS);
	for (i = 0; i < update->n_send; i++) {
		MUST(update->send[i].len <= RAFT_DGRAM_MAX);
		/* A member that lies can bring a node to the end of all terms. */
		if (drive->term < RAFT_TERM_LIMIT)
			MUST(raft_wire_decode(update->send[i].data, update->send[i].len, &msg,
					      &why));
	}
	drive->sent += update->n_send;
}

static void check_ends(struct drive *drive, const struct raft_update *update)
{
	u64 op;
	u32 i;

	MUST(update->n_done <= RAFT_DONES);
	for (i = 0; i < update->n_done; i++) {
		MUST(update->done[i].status < RAFT_STATUSES);
		/* From before the node was taken over. */
		if (update->done[i].cookie <= DRIVE_COOKIE)
			continue;
		op = update->done[i].cookie - DRIVE_COOKIE;
		MUST(op <= drive->ops && drive->open[op]);
		drive->open[op] = false;
	}
	if (update->read_ticket)
		drive->ticket = update->read_ticket;
	MUST(update->read_done >= drive->read_done && update->read_done <= drive->ticket);
	drive->read_done = update->read_done;
}

static void check_view(struct drive *drive)
{
	struct raft_view view;
	u64 revision;
	size_t len;
	u32 i;

	raft_view(drive->raft, &view);
	MUST(view.term >= drive->term);
	MUST(view.term > drive->term || !drive->vote || view.vote == drive->vote);
	MUST(view.commit >= drive->commit);
	MUST(view.applied <= view.commit && view.commit <= view.last);
	MUST(view.first <= view.applied + 1 && view.durable <= view.last);
	MUST(view.value_len <= drive->value_max);
	MUST(raft_value(drive->raft, &len, &revision) && len == view.value_len);
	for (i = 0; i < view.n_peers; i++)
		MUST(view.peer[i].next > view.peer[i].match);
	drive->term = view.term;
	drive->vote = view.vote;
	drive->commit = view.commit;
}

/**
 * drive_begin() - take a node over
 * @drive: the node and its times; what is compared later is filled in here
 */
void drive_begin(struct drive *drive)
{
	struct raft_event event = { .type = RAFT_EV_CONTINUE };

	drive->read_done = 0;
	drive->ticket = ~0ULL;
	drive_step(drive, &event);
	drive->ticket = drive->read_done;
}

/**
 * drive_step() - tell a node what happened
 * @drive: the node
 * @event: what; its time is filled in here
 */
void drive_step(struct drive *drive, struct raft_event *event)
{
	static struct raft_update update;
	u32 n = 0;

	do {
		MUST(n++ < AGAIN_MAX);
		event->now = drive->now;
		raft_step(drive->raft, event, &update);
		check_view(drive);
		check_sends(drive, &update);
		check_ends(drive, &update);
		if (update.cancel_unsent)
			MUST(event->type == RAFT_EV_CANCEL);
		if (update.persist.seq) {
			MUST(!drive->writing);
			drive->writing = update.persist.seq;
		}
		drive->wake = update.wake;
		*event = (struct raft_event) { .type = RAFT_EV_CONTINUE };
	} while (update.again);
}

/**
 * drive_wait() - let time go by, with a call whenever the node wants one
 * @drive: the node
 * @us: how much, us
 */
void drive_wait(struct drive *drive, u64 us)
{
	u64 until = drive->now + us;
	u32 n = 0;

	while (drive->wake <= until) {
		struct raft_event event = { .type = RAFT_EV_TIMER };

		if (drive->wake > drive->now) {
			drive->now = drive->wake;
			n = 0;
		}
		MUST(n++ < IDLE_MAX);
		drive_step(drive, &event);
	}
	drive->now = until;
}

/**
 * drive_op() - a program wants to change the value
 * @drive: the node
 * @kind: how
 * @len: bytes of the new value
 * @expect: the revision that a compare-and-set expects
 */
void drive_op(struct drive *drive, enum raft_op_kind kind, u32 len, u64 expect)
{
	static const u8 value[RAFT_VALUE_LIMIT + 1];
	struct raft_event event = {
		.type = RAFT_EV_OP,
		.op = {
			.cookie = DRIVE_COOKIE + drive->ops + 1,
			.kind = kind,
			.data = value,
			.len = len,
			.expect = expect,
		},
	};

	if (drive->ops == DRIVE_OPS)
		return;
	drive->open[++drive->ops] = true;
	drive_step(drive, &event);
}

/**
 * drive_cancel() - a program gives up
 * @drive: the node
 * @op: the operation's number; it may have its answer, or not exist
 */
void drive_cancel(struct drive *drive, u32 op)
{
	struct raft_event event = {
		.type = RAFT_EV_CANCEL,
		.cancel.cookie = DRIVE_COOKIE + op,
	};

	if (op <= drive->ops)
		drive->open[op] = false;
	drive_step(drive, &event);
}

/**
 * drive_read() - a program wants to read
 * @drive: the node
 */
void drive_read(struct drive *drive)
{
	struct raft_event event = { .type = RAFT_EV_READ };

	drive_step(drive, &event);
}

/**
 * drive_admin() - somebody wants to change the cluster
 * @drive: the node
 * @what: the change
 * @target: of whom
 */
void drive_admin(struct drive *drive, enum raft_admin what, u64 target)
{
	struct raft_event event = {
		.type = RAFT_EV_ADMIN,
		.admin = { .what = what, .target = target },
	};

	drive_step(drive, &event);
}

/**
 * drive_disk_end() - the write under way ends, if there is one
 * @drive: the node
 * @error: it failed
 */
void drive_disk_end(struct drive *drive, bool error)
{
	struct raft_event event = {
		.type = RAFT_EV_PERSISTED,
		.persisted = { .seq = drive->writing, .error = error },
	};

	if (!drive->writing)
		return;
	drive->writing = 0;
	drive_step(drive, &event);
}
