/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A simulated run, as the seed decides it: what the cluster and its network are
 * like, and what is done to them when. A plan can be written down, read back
 * and made smaller; carried out twice it gives the same run twice.
 */
#ifndef PLAN_H
#define PLAN_H

#include <stdio.h>

#include <linux/types.h>

#define PLAN_VALUE_LEAST	24	/* bytes that make a value one of its kind */

/**
 * enum act - something that is done to the cluster
 * @ACT_WRITE: @c programs on @host write the values from number @b on, of @a bytes
 * @ACT_CAS: a program on @host writes value number @b, of @a bytes, if the revision
 *	is @c less than what it sees there
 * @ACT_READ: @a programs on @host read
 * @ACT_CANCEL: the program of operation @a gives up
 * @ACT_SPLIT: the network falls into two halves, of which the bits of @a are one
 * @ACT_BRIDGE: likewise, but host @b hears both and is heard by both
 * @ACT_CUT: @a does not hear @host
 * @ACT_ISOLATE: @host hears nobody (@a 2), nobody hears it (1), or both (3)
 * @ACT_LAG: from @host to @a it takes up to @b us
 * @ACT_HEAL: the network is whole again
 * @ACT_CRASH: @host stops; of the write under way lands what @a, &enum disk_landing, says
 * @ACT_RESTART: @host starts from its store; if that was wiped, it must not
 * @ACT_JOIN: @host, blank, asks @a for membership; as a learner if @b
 * @ACT_STOP: @host is no member, or was refused, and stops
 * @ACT_WIPE: @host stops and loses its store
 * @ACT_PAUSE: @host gets no processor for @a us
 * @ACT_RATE: the clock of @host goes at @a thousandths from now on
 * @ACT_STALL: the store of @host makes no progress
 * @ACT_SLOW: the store of @host takes up to @a us
 * @ACT_UNSTALL: every store makes progress again
 * @ACT_BREAK: the write under way on @host fails
 * @ACT_ROT: something on the store of @host, which is down, rots
 * @ACT_REMOVE: @host is asked to remove member @a
 * @ACT_PROMOTE: @host is asked to give learner @a a vote
 * @ACT_TRANSFER: @host is asked to make member @a the leader
 * @ACTS: how many there are
 */
enum act {
	ACT_WRITE,
	ACT_CAS,
	ACT_READ,
	ACT_CANCEL,
	ACT_SPLIT,
	ACT_BRIDGE,
	ACT_CUT,
	ACT_ISOLATE,
	ACT_LAG,
	ACT_HEAL,
	ACT_CRASH,
	ACT_RESTART,
	ACT_JOIN,
	ACT_STOP,
	ACT_WIPE,
	ACT_PAUSE,
	ACT_RATE,
	ACT_STALL,
	ACT_SLOW,
	ACT_UNSTALL,
	ACT_BREAK,
	ACT_ROT,
	ACT_REMOVE,
	ACT_PROMOTE,
	ACT_TRANSFER,
	ACTS,
};

/**
 * struct action - one of them
 * @at: when, us
 * @act: &enum act
 * @host: where, 0 if that is nowhere
 * @a: see &enum act
 * @b: see &enum act
 * @c: see &enum act
 */
struct action {
	u64 at;
	enum act act;
	u32 host;
	u64 a;
	u64 b;
	u64 c;
};

/**
 * struct plan - a run
 * @seed: decides what nothing else here decides: what is lost, how long it takes
 * @profile: which kind of trouble there is most of
 * @hosts: hosts that take part
 * @voters: hosts that form the cluster
 * @learners: hosts that join it at once, without a vote; the rest may join later
 * @durable: they have stores
 * @heartbeat_ms: the leader's interval, ms
 * @election_ms: the least election timeout, ms
 * @value_max: of the cluster, bytes
 * @value_least: the shortest value that is written, bytes
 * @value_len: the longest, bytes
 * @lose: datagrams that vanish, in thousandths
 * @repeat: datagrams that arrive twice, in thousandths
 * @replay: see &struct link, in thousandths
 * @noise: see &struct link, in thousandths
 * @delay_min: the quickest way, us
 * @delay_max: the slowest way, us
 * @write_min: the quickest write to a store, us
 * @write_max: the slowest write to a store, us
 * @skew: clocks are slower by up to this, and faster by up to a third more, in thousandths
 * @rest: the longest time between two actions, us
 * @bridge: when all else heals, a bridge is all that connects two halves, and
 *	the cluster gets on with it nevertheless
 * @steps: steps of the core before everything heals
 * @end: when everything heals, us; 0: when @steps are done
 * @action: the actions, oldest first
 * @n: actions in @action
 * @room: room in @action
 */
struct plan {
	u64 seed;
	u64 profile;
	u64 hosts;
	u64 voters;
	u64 learners;
	u64 durable;
	u64 heartbeat_ms;
	u64 election_ms;
	u64 value_max;
	u64 value_least;
	u64 value_len;
	u64 lose;
	u64 repeat;
	u64 replay;
	u64 noise;
	u64 delay_min;
	u64 delay_max;
	u64 write_min;
	u64 write_max;
	u64 skew;
	u64 rest;
	u64 bridge;
	u64 steps;
	u64 end;
	struct action *action;
	size_t n;
	size_t room;
};

void plan_draw(struct plan *plan, u64 seed, u64 steps);
void plan_weights(const struct plan *plan, u64 weight[ACTS]);
void plan_add(struct plan *plan, const struct action *action);
void plan_copy(struct plan *to, const struct plan *from);
void plan_free(struct plan *plan);
struct plan *plan_shared(void);
void plan_unshare(struct plan *plan);
void plan_print(const struct plan *plan, FILE *file);
bool plan_read(struct plan *plan, FILE *file);
const char *plan_profile(const struct plan *plan);

#endif /* PLAN_H */
