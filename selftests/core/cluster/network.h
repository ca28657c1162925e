/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A datagram network in virtual time. Every direction of every pair is a link
 * of its own, which can lose, repeat, replay, damage, delay (and so reorder) and
 * hold back what is sent over it.
 */
#ifndef NETWORK_H
#define NETWORK_H

#include "raft.h"
#include "rng.h"

#define NETWORK_HOSTS	16		/* hosts are numbered from 1 */
#define NETWORK_ALL	(~0U)		/* every type of message */
#define NETWORK_PAST	64		/* datagrams that are remembered to be replayed */
#define NEVER		(~0ULL)		/* a time that does not come */

/**
 * struct dgram - a datagram on its way
 * @next: the next one in a list
 * @sent: when it was sent, us
 * @due: when it arrives, us
 * @order: tells datagrams that arrive at the same time apart
 * @from: the host it was sent by
 * @to: the host it was sent to
 * @type: the type of its message, 0 if it is none
 * @len: bytes of @data
 * @data: what was sent
 */
struct dgram {
	struct dgram *next;
	u64 sent;
	u64 due;
	u64 order;
	u32 from;
	u32 to;
	u32 type;
	u32 len;
	u8 data[];
};

/**
 * struct link - one direction between two hosts
 * @drop: bit mask of the types of messages that vanish
 * @hold: bit mask of the types of messages that are kept back
 * @lose: how many of the rest vanish, in thousandths
 * @repeat: how many arrive twice, in thousandths
 * @replay: how many bring one along that was sent over some link long ago, in thousandths
 * @noise: how many bring a damaged copy of themselves along, in thousandths
 * @delay_min: the quickest way, us
 * @delay_max: the slowest way, us
 */
struct link {
	u32 drop;
	u32 hold;
	u32 lose;
	u32 repeat;
	u32 replay;
	u32 noise;
	u64 delay_min;
	u64 delay_max;
};

/**
 * struct network - the links and what is on them
 * @rng: by sender and receiver, decides what is lost, repeated, and how long it
 *	takes; one for each link, so that what is done to one changes little on the others
 * @link: one direction each, by sender and receiver
 * @past: datagrams that were sent, the older the fewer, NULL for none
 * @heap: what is on its way, the next to arrive first
 * @n: datagrams in @heap
 * @room: room in @heap, datagrams
 * @held: what is held back, oldest first
 * @order: the next &dgram.order
 * @sent: datagrams that were sent
 * @lost: datagrams that vanished
 */
struct network {
	struct rng rng[NETWORK_HOSTS][NETWORK_HOSTS];
	struct link link[NETWORK_HOSTS][NETWORK_HOSTS];
	struct dgram *past[NETWORK_PAST];
	struct dgram **heap;
	size_t n;
	size_t room;
	struct dgram *held;
	u64 order;
	u64 sent;
	u64 lost;
};

void network_init(struct network *net, u64 seed);
void network_free(struct network *net);
void network_addr(u32 host, struct raft_addr *addr);
u32 network_host(const struct raft_addr *addr);
void network_send(struct network *net, u64 now, u32 from, u32 to, const u8 *data, u32 len);
void network_inject(struct network *net, u64 now, u32 from, u32 to, const u8 *data, u32 len);
u64 network_next(const struct network *net);
const struct dgram *network_peek(const struct network *net);
struct dgram *network_take(struct network *net);
u32 network_release(struct network *net, u64 now, u32 from, u32 to, u32 types, u32 most);
u32 network_discard(struct network *net, u32 from, u32 to, u32 types);
void network_heal(struct network *net, u64 delay_min, u64 delay_max);

#endif /* NETWORK_H */
