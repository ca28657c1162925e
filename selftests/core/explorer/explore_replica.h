/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A node and its store as one immutable thing with a number. What it does when
 * something happens to it depends on nothing else, so it is worked out once.
 */
#ifndef EXPLORE_REPLICA_H
#define EXPLORE_REPLICA_H

#include "explore_facts.h"

/**
 * enum happening - what can happen to a node
 * @HAPPEN_TIMER: its clock reaches the time at which it wants to be called
 * @HAPPEN_SILENCE: its clock reaches the time from which it counts its leader as silent
 * @HAPPEN_LATE: it is called when its clock is an election timeout past that time
 * @HAPPEN_DGRAM: a datagram arrives
 * @HAPPEN_WRITTEN: the write under way ends
 * @HAPPEN_BROKEN: the write under way fails
 * @HAPPEN_CRASH: it is started anew, the write under way is lost
 * @HAPPEN_CRASH_LATE: it is started anew, the write under way made it to the store
 * @HAPPEN_WRITE: a program writes
 * @HAPPEN_READ: a program reads
 * @HAPPEN_REMOVE: somebody wants a member removed
 * @HAPPEN_TRANSFER: somebody wants a member to lead
 */
enum happening {
	HAPPEN_TIMER,
	HAPPEN_SILENCE,
	HAPPEN_LATE,
	HAPPEN_DGRAM,
	HAPPEN_WRITTEN,
	HAPPEN_BROKEN,
	HAPPEN_CRASH,
	HAPPEN_CRASH_LATE,
	HAPPEN_WRITE,
	HAPPEN_READ,
	HAPPEN_REMOVE,
	HAPPEN_TRANSFER,
};

/**
 * struct outcome - what a node does when something happens to it
 * @after: the node afterwards
 * @wrong: what it must not do, else NULL
 * @read_done: a read was answered
 * @n: datagrams in @dgram
 * @dgram: what it sends
 */
struct outcome {
	u32 after;
	u32 n;
	const char *wrong;
	bool read_done;
	u32 dgram[];
};

/**
 * struct replica_setup - what all nodes have in common
 * @hosts: how many there are
 * @members: how many of them are members from the start, the others ask the first to join
 * @durable: they have stores
 * @at_once: writes to them end at once
 * @reads: somebody may read
 */
struct replica_setup {
	u32 hosts;
	u32 members;
	bool durable;
	bool at_once;
	bool reads;
};

/**
 * struct walker - a node as the core left it, to compare with its normal form
 * @number: its host
 * @starts: how often it was started before
 * @wake: when it wants to be called, by its own clock
 * @mem: the node
 * @store: its store
 * @id: its normal form
 */
struct walker {
	u32 number;
	u32 starts;
	u64 wake;
	u64 *mem;
	struct store store;
	u32 id;
};

void replicas_init(const struct replica_setup *setup);
void replicas_free(void);
u32 replica_first(u32 number, const struct outcome **sent);
const struct outcome *replica_does(u32 id, enum happening happening, u32 arg);
void replica_tell(u32 id, enum happening happening, u32 arg);
const struct facts *replica_facts(u32 id);
u32 replica_count(void);
u64 replica_steps(void);

void walker_init(struct walker *walker, u32 number, u64 now);
void walker_free(struct walker *walker);
bool walker_agrees(struct walker *walker, enum happening happening, u32 arg);

const u8 *dgram_at(u32 id, u32 *len);
u32 dgram_from(u32 id);
u32 dgram_to(u32 id);

#endif /* EXPLORE_REPLICA_H */
