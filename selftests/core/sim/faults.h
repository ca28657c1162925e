/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What goes wrong, and what people do to a cluster, in a simulated run: actions
 * are drawn from what a plan makes likely, and carried out.
 */
#ifndef FAULTS_H
#define FAULTS_H

#include "cluster.h"
#include "history.h"
#include "plan.h"

#define FAULTS_RECENT	32	/* writes that a program may repeat */

/**
 * struct attempt - a write as a program remembers it
 * @cookie: the operation
 * @number: of the value
 * @len: bytes of the value
 */
struct attempt {
	u64 cookie;
	u64 number;
	u32 len;
};

/**
 * struct faults - how a run goes wrong
 * @cluster: the cluster
 * @plan: the run
 * @history: where every action is written down in words
 * @rng: decides what is done
 * @weight: how often each action is taken, compared to the others
 * @changed: when a change of the members was last asked for, us
 * @gone: the host's last identity is lost for ever
 * @wiped: what was on its store is
 * @writes: the highest number of a value so far
 * @recent: the newest writes, by number modulo its size
 */
struct faults {
	struct cluster *cluster;
	const struct plan *plan;
	struct history *history;
	struct rng rng;
	u64 weight[ACTS];
	u64 changed;
	bool gone[CLUSTER_NODES + 1];
	bool wiped[CLUSTER_NODES + 1];
	u64 writes;
	struct attempt recent[FAULTS_RECENT];
};

void faults_init(struct faults *faults, struct cluster *cluster, const struct plan *plan,
		 struct history *history);
void faults_links(struct faults *faults);
void faults_split(struct faults *faults, u64 half, u64 bridge);
bool faults_draw(struct faults *faults, struct action *action);
bool faults_stray(const struct faults *faults, struct action *action);
bool faults_do(struct faults *faults, const struct action *action);
void faults_heal_hosts(struct faults *faults);
u64 faults_write(struct faults *faults, struct node *node);

#endif /* FAULTS_H */
