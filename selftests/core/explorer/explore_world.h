/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All nodes at once, what is on its way between them, and what may still go
 * wrong. A world is a small tuple; what it stands for is in explore_replica.c.
 */
#ifndef EXPLORE_WORLD_H
#define EXPLORE_WORLD_H

#include "explore_replica.h"

#define WORLD_DGRAMS	14	/* datagrams on their way, at most */
#define WORLD_TERMS	16	/* terms, at most */
#define WORLD_MOVES	128	/* moves that one world offers, at most */

/**
 * enum budget - what may happen only so often
 * @BUDGET_TIMERS: a node's clock moves on
 * @BUDGET_DROPS: a datagram is lost
 * @BUDGET_REPEATS: a datagram arrives twice
 * @BUDGET_CRASHES: a node is started anew from its store
 * @BUDGET_BROKEN: a write to a store fails
 * @BUDGET_WRITES: a program writes
 * @BUDGET_READS: a program reads
 * @BUDGET_CHANGES: somebody wants the next of &bounds.change
 * @BUDGETS: how many there are
 */
enum budget {
	BUDGET_TIMERS,
	BUDGET_DROPS,
	BUDGET_REPEATS,
	BUDGET_CRASHES,
	BUDGET_BROKEN,
	BUDGET_WRITES,
	BUDGET_READS,
	BUDGET_CHANGES,
	BUDGETS,
};

/**
 * enum beginning - where an exploration begins
 * @BEGIN_FOLLOWERS: everybody was just started
 * @BEGIN_LEADER: host 1 leads, and all are at rest
 * @BEGIN_JOINT: then host 4 has joined, and the leader has just appended the
 *	configuration that is to give it its vote
 */
enum beginning {
	BEGIN_FOLLOWERS,
	BEGIN_LEADER,
	BEGIN_JOINT,
};

/**
 * struct change - a change to the cluster that somebody wants
 * @what: %HAPPEN_REMOVE or %HAPPEN_TRANSFER
 * @target: the member that it is about
 */
struct change {
	enum happening what;
	u32 target;
};

/**
 * struct bounds - how far to explore
 * @name: its name
 * @what: what it is for
 * @setup: the nodes
 * @begin: where it begins
 * @left: what may happen how often
 * @change: what is wanted, one after the other, the last one last
 * @dgrams: datagrams on their way at once; what is sent beyond that is lost
 * @silence: followers' clocks may move to where their leader counts as silent
 * @late: timers may fire late
 * @states: worlds after which it ends, 0 for no limit
 * @large: only on demand
 */
struct bounds {
	const char *name;
	const char *what;
	struct replica_setup setup;
	enum beginning begin;
	u8 left[BUDGETS];
	struct change change[2];
	u32 dgrams;
	bool silence;
	bool late;
	u64 states;
	bool large;
};

/**
 * struct world - the tuple
 * @node: the nodes, by number less one
 * @ledger: name of what is committed, see explore_world.c
 * @leaders: four bits for each term: who led it
 * @left: what may still happen
 * @reader: host with a read that was not answered, 0 for none
 * @floor: what was committed when it was asked
 * @zero: 0, so that every byte of the tuple counts
 * @n: datagrams in @dgram
 * @dgram: what is on its way, by name, in order
 */
struct world {
	u32 node[FACTS_HOSTS];
	u32 ledger;
	u32 n;
	u64 leaders;
	u8 left[BUDGETS];
	u8 reader;
	u8 floor;
	u16 zero;
	u32 dgram[WORLD_DGRAMS];
};

/**
 * enum move_kind - what can be done in a world
 * @MOVE_HAPPEN: something happens to a node; the datagram, if it is one, is gone
 * @MOVE_REPEAT: a datagram arrives and will arrive again
 * @MOVE_DROP: a datagram is lost
 */
enum move_kind {
	MOVE_HAPPEN,
	MOVE_REPEAT,
	MOVE_DROP,
};

/**
 * struct move - one step from world to world
 * @kind: &enum move_kind
 * @happening: what happens
 * @number: to which host
 * @arg: as for replica_does()
 */
struct move {
	u32 kind : 2;
	u32 happening : 4;
	u32 number : 3;
	u32 arg : 23;
};

/**
 * enum went - how a move went
 * @WENT_WELL: there is a new world
 * @WENT_CROWDED: likewise, but not all that was sent found room on its way
 * @WENT_WRONG: an invariant is broken
 */
enum went {
	WENT_WELL,
	WENT_CROWDED,
	WENT_WRONG,
};

void world_begin(struct world *world, const struct bounds *bounds);
void world_end(void);
size_t world_len(const struct world *world);
u32 world_moves(const struct world *world, struct move *move);
enum went world_move(struct world *world, struct move move, char *wrong, size_t size);
const char *world_check(const struct world *world, u32 number);
void world_tell(const struct world *world, struct move move);
void world_tell_beginning(void);

#endif /* EXPLORE_WORLD_H */
