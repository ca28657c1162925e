/* SPDX-License-Identifier: GPL-2.0 */
/* The thread of a node, which owns its core */
#ifndef RAFTVAL_THREAD_H
#define RAFTVAL_THREAD_H

#include "raft.h"

struct raftval_node;

int raftval_thread_start(struct raftval_node *node);
void raftval_thread_stop(struct raftval_node *node);
void raftval_thread_wake(void *ctx);
void raftval_thread_wall_note(void *ctx, enum raftval_wall_note note, u64 a, u32 b, u32 c);
void raftval_thread_note(void *ctx, enum raft_note note, const u64 arg[RAFT_NOTE_ARGS]);

#endif /* RAFTVAL_THREAD_H */
