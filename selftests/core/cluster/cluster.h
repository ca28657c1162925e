/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Several nodes of the core in one process, in virtual time. The cluster does
 * for each what the kernel module does on a host: it feeds events to the core
 * and carries out its updates. After every step the invariants are checked.
 */
#ifndef CLUSTER_H
#define CLUSTER_H

#include "client.h"
#include "disk.h"
#include "invariants.h"
#include "network.h"
#include "raft.h"
#include "witness.h"

#define CLUSTER_NODES	9		/* nodes are numbered from 1 to this */
#define CLUSTER_LIVES	0x100	/* member id: its host's lives before it times this + number */

#define CLOCK_TRUE	1000	/* &clock.rate of a clock that is right */

struct cluster;

/**
 * struct clock - a host's own clock; the core never sees another
 * @since: virtual time from which on it has this rate, us
 * @then: what it showed at that time, us
 * @rate: how fast it goes, in thousandths of virtual time
 */
struct clock {
	u64 since;
	u64 then;
	u32 rate;
};

/**
 * struct node - a host with a node of the core on it
 * @cluster: where it belongs
 * @number: its number, which is also its host on the network
 * @durable: it has a store
 * @raft: the core's node, NULL while it is down
 * @params: what that was made with
 * @lives: identities minted so far
 * @starts: times it was started
 * @clock: what it takes the time from
 * @wake: when the core wants to be called, us of virtual time
 * @paused: the host gets no processor until then, us; 0: it runs
 * @inbox: what arrived meanwhile, oldest first
 * @joined: &raft_update.joined
 * @admin_open: a change that was asked for here has no answer yet
 * @admin_what: what was asked for last
 * @admin: the answer to it
 * @write_min: the quickest write to the store, us
 * @write_max: the slowest, us
 * @disk: the store
 * @seen: what the invariants remember of it
 * @witness: what the witness remembers of it
 */
struct node {
	struct cluster *cluster;
	u32 number;
	bool durable;
	struct raft *raft;
	struct raft_params params;
	u32 lives;
	u32 starts;
	struct clock clock;
	u64 wake;
	u64 paused;
	struct dgram *inbox;
	enum raft_status joined;
	bool admin_open;
	enum raft_admin admin_what;
	enum raft_status admin;
	u64 write_min;
	u64 write_max;
	struct disk disk;
	struct seen seen;
	struct witness witness;
};

/**
 * struct cluster_watch - who wants to be told what happens
 * @note: the core of a node explains a decision
 * @arrived: a datagram is handed to a node
 * @stepped: a node was stepped, and its update carried out
 * @op_ended: an operation has its answer
 * @read_ended: a read has its answer
 * @ctx: for the watcher
 */
struct cluster_watch {
	void (*note)(struct node *node, enum raft_note note, const u64 arg[RAFT_NOTE_ARGS]);
	void (*arrived)(struct node *node, const struct dgram *dgram);
	void (*stepped)(struct node *node, const struct raft_event *event,
			const struct raft_update *update);
	void (*op_ended)(struct node *node, const struct op *op);
	void (*read_ended)(struct node *node, const struct read *read);
	void *ctx;
};

/**
 * struct cluster - everything there is
 * @now: virtual time, us
 * @rng: decides what is nobody else's to decide
 * @node: the nodes, by number
 * @only: if not 0, no other node's timer fires
 * @network: what is between them
 * @clients: who uses them
 * @invariants: what must be true
 * @watch: who is told
 * @update: the update of the last step
 * @steps: steps so far
 * @idle: steps of timers since @now moved
 * @heartbeat_ms: for the next raft_start_create()
 * @linger_us: of all nodes, see &struct raft_params
 * @absorb: likewise
 * @sparse: likewise
 * @election_ms: likewise
 * @value_max: for every node that is made
 */
struct cluster {
	u64 now;
	struct rng rng;
	struct node node[CLUSTER_NODES + 1];
	u32 only;
	struct network network;
	struct clients clients;
	struct invariants invariants;
	struct cluster_watch watch;
	struct raft_update update;
	u64 steps;
	u64 idle;
	u32 heartbeat_ms;
	u32 linger_us;
	bool absorb;
	bool sparse;
	u32 election_ms;
	u32 value_max;
};

struct cluster *cluster_new(u64 seed);
void cluster_free(struct cluster *cluster);

void node_make(struct node *node, bool new_life);
void node_create(struct node *node);
void node_join(struct node *node, u32 via, bool as_learner);
bool node_restart(struct node *node);
void node_crash(struct node *node, enum disk_landing landing);
bool node_rot(struct node *node);
void node_pause(struct node *node, u64 until);
void node_resume(struct node *node, bool timer_first);
void node_step(struct node *node, struct raft_event *event);
void node_set_rate(struct node *node, u32 rate);
void node_admin(struct node *node, enum raft_admin what, u64 target);
void node_disk_end(struct node *node);

u64 cluster_next(const struct cluster *cluster);
bool cluster_run_one(struct cluster *cluster);
void cluster_run_until(struct cluster *cluster, u64 time);
struct node *cluster_member(struct cluster *cluster, u64 id);
struct node *cluster_leader(struct cluster *cluster);

#endif /* CLUSTER_H */
