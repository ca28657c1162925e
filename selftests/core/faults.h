/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What goes wrong, and what people do to a cluster, in a simulated run: the
 * seed decides how often each, and the run's actions are drawn from that.
 */
#ifndef FAULTS_H
#define FAULTS_H

#include "cluster.h"
#include "history.h"

/**
 * enum action - something that is done to the cluster
 * @ACT_WRITE: a program writes
 * @ACT_CAS: a program compares and sets
 * @ACT_READ: a program reads
 * @ACT_CANCEL: a program gives up
 * @ACT_SPLIT: the network falls into two halves
 * @ACT_CUT: one direction of one pair is cut
 * @ACT_ISOLATE: a host hears nobody, or nobody hears it, or both
 * @ACT_HEAL: the network is whole again
 * @ACT_CRASH: a host stops
 * @ACT_RESTART: a host that is down starts
 * @ACT_WIPE: a host stops and loses its store
 * @ACT_PAUSE: a host gets no processor for a while
 * @ACT_STALL: a store makes no progress
 * @ACT_UNSTALL: every store makes progress again
 * @ACT_BREAK: the write under way fails
 * @ACT_REMOVE: a member is to be removed
 * @ACT_PROMOTE: a learner is to get a vote
 * @ACT_TRANSFER: a member is to become the leader
 * @ACTIONS: how many there are
 */
enum action {
	ACT_WRITE,
	ACT_CAS,
	ACT_READ,
	ACT_CANCEL,
	ACT_SPLIT,
	ACT_CUT,
	ACT_ISOLATE,
	ACT_HEAL,
	ACT_CRASH,
	ACT_RESTART,
	ACT_WIPE,
	ACT_PAUSE,
	ACT_STALL,
	ACT_UNSTALL,
	ACT_BREAK,
	ACT_REMOVE,
	ACT_PROMOTE,
	ACT_TRANSFER,
	ACTIONS,
};

/**
 * struct faults - how a run goes wrong
 * @cluster: the cluster
 * @rng: decides what is done
 * @history: what was done
 * @hosts: hosts that take part
 * @founders: hosts that form the cluster; the others may join later
 * @weight: how often each action is taken, compared to the others
 * @pause_max: the longest time between two actions, us
 * @lose: datagrams that vanish, in thousandths
 * @repeat: datagrams that arrive twice, in thousandths
 * @delay_min: the quickest way, us
 * @delay_max: the slowest way, us
 * @value_len: the longest value, bytes
 * @changed: when a change of the members was last asked for, us
 * @gone: the host's last identity is lost for ever
 * @writes: operations so far, which makes each one's data its own
 */
struct faults {
	struct cluster *cluster;
	struct rng rng;
	struct history *history;
	u32 hosts;
	u32 founders;
	u32 weight[ACTIONS];
	u64 pause_max;
	u32 lose;
	u32 repeat;
	u64 delay_min;
	u64 delay_max;
	u32 value_len;
	u64 changed;
	bool gone[CLUSTER_NODES + 1];
	u64 writes;
};

void faults_init(struct faults *faults, struct cluster *cluster, struct history *history, u64 seed);
void faults_links(struct faults *faults);
void faults_act(struct faults *faults);
void faults_tidy(struct faults *faults);
bool faults_start(struct faults *faults, struct node *node);
u64 faults_write(struct faults *faults, struct node *node);

#endif /* FAULTS_H */
