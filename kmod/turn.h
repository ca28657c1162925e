/* SPDX-License-Identifier: GPL-2.0 */
/* Turns: who has a node's core, and what he does with it */
#ifndef RAFTVAL_TURN_H
#define RAFTVAL_TURN_H

#include "raft.h"
#include "wall.h"

struct raftval_node;

void raftval_turn_init(struct raftval_node *node);
int raftval_turn_start(struct raftval_node *node);
void raftval_turn_end(struct raftval_node *node);
void raftval_turn_take(void *ctx);
void raftval_turn_leave(void *ctx);
void raftval_turn_wall_note(void *ctx, enum raftval_wall_note note, u64 a, u32 b, u32 c);
void raftval_turn_note(void *ctx, enum raft_note note, const u64 arg[RAFT_NOTE_ARGS]);

#endif /* RAFTVAL_TURN_H */
