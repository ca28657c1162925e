/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One node of the core, told whatever somebody likes to tell it. What must be
 * true of a node by itself, even if every other member lies, is checked after
 * each step.
 */
#ifndef DRIVE_H
#define DRIVE_H

#include "raft.h"

#define DRIVE_OPS	512
#define DRIVE_COOKIE	0x100000000ULL	/* the first operation's is one more */

/**
 * struct drive - a node that is driven
 * @raft: the node
 * @value_max: what it was made for
 * @now: the time, us
 * @wake: when it wants to be called
 * @writing: the write under way, 0 for none
 * @term: its term after the last step
 * @vote: its vote then
 * @commit: its commit index then
 * @sent: datagrams it has sent
 * @ops: operations so far; the cookie of one is its number above %DRIVE_COOKIE
 * @open: the operation has no answer yet, by its number
 * @ticket: the last read ticket it gave
 * @read_done: reads it has confirmed
 */
struct drive {
	struct raft *raft;
	u32 value_max;
	u64 now;
	u64 wake;
	u64 writing;
	u64 term;
	u64 vote;
	u64 commit;
	u64 sent;
	u32 ops;
	bool open[DRIVE_OPS + 1];
	u64 ticket;
	u64 read_done;
};

void drive_begin(struct drive *drive);
void drive_step(struct drive *drive, struct raft_event *event);
void drive_wait(struct drive *drive, u64 us);
void drive_op(struct drive *drive, enum raft_op_kind kind, u32 len, u64 expect);
void drive_cancel(struct drive *drive, u32 op);
void drive_read(struct drive *drive);
void drive_admin(struct drive *drive, enum raft_admin what, u64 target);
void drive_disk_end(struct drive *drive, bool error);

#endif /* DRIVE_H */
