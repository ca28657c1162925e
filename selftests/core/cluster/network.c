// SPDX-License-Identifier: GPL-2.0
/* A datagram network in virtual time. */
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "network.h"
#include "wire.h"

#define PORT		7000
#define REMEMBER_EVERY	4	/* of so many datagrams one is remembered */
#define DAMAGES		6	/* ways to damage one */

/**
 * network_init() - make a network without faults and without delay
 * @net: the network
 * @seed: decides its chances
 */
void network_init(struct network *net, u64 seed)
{
	struct rng rng = { .state = seed };
	u32 from, to;

	memset(net, 0, sizeof(*net));
	for (from = 0; from < NETWORK_HOSTS; from++) {
		for (to = 0; to < NETWORK_HOSTS; to++)
			net->rng[from][to].state = rng_next(&rng);
	}
}

/**
 * network_free() - throw everything away that is on its way
 * @net: the network
 */
void network_free(struct network *net)
{
	struct dgram *dgram;
	u32 i;

	while (net->n)
		free(net->heap[--net->n]);
	free(net->heap);
	for (i = 0; i < NETWORK_PAST; i++)
		free(net->past[i]);
	while ((dgram = net->held)) {
		net->held = dgram->next;
		free(dgram);
	}
}

/**
 * network_addr() - the address of a host
 * @host: its number
 * @addr: where to put it
 */
void network_addr(u32 host, struct raft_addr *addr)
{
	memset(addr, 0, sizeof(*addr));
	addr->family = 4;
	addr->port = PORT;
	addr->ip[0] = 10;
	addr->ip[3] = host;
}

/**
 * network_host() - the host that has an address
 * @addr: the address
 *
 * Return: its number, 0 if no host has this address.
 */
u32 network_host(const struct raft_addr *addr)
{
	struct raft_addr own;

	if (addr->ip[3] >= NETWORK_HOSTS)
		return 0;
	network_addr(addr->ip[3], &own);
	return memcmp(addr, &own, sizeof(own)) ? 0 : addr->ip[3];
}

static u32 type_of(const u8 *data, u32 len)
{
	const struct raft_wire_header *header = (const void *)data;

	if (len < sizeof(*header) || header->type >= RAFT_MSG_TYPES)
		return 0;
	return header->type;
}

static bool sooner(const struct dgram *a, const struct dgram *b)
{
	return a->due != b->due ? a->due < b->due : a->order < b->order;
}

static void push(struct network *net, struct dgram *dgram)
{
	size_t i, up;

	if (net->n == net->room) {
		net->room = net->room ? 2 * net->room : 64;
		net->heap = must_realloc(net->heap, net->room * sizeof(*net->heap));
	}
	for (i = net->n++; i; i = up) {
		up = (i - 1) / 2;
		if (!sooner(dgram, net->heap[up]))
			break;
		net->heap[i] = net->heap[up];
	}
	net->heap[i] = dgram;
}

static void launch(struct network *net, u64 now, struct dgram *dgram)
{
	const struct link *link = &net->link[dgram->from][dgram->to];

	dgram->due = now + rng_between(&net->rng[dgram->from][dgram->to], link->delay_min,
				       link->delay_max);
	dgram->order = ++net->order;
	push(net, dgram);
}

static void hold(struct network *net, struct dgram *dgram)
{
	struct dgram **end = &net->held;

	while (*end)
		end = &(*end)->next;
	*end = dgram;
}

static struct dgram *dgram_new(u64 now, u32 from, u32 to, const u8 *data, u32 len)
{
	struct dgram *dgram = must_realloc(NULL, sizeof(*dgram) + len);

	memset(dgram, 0, sizeof(*dgram));
	dgram->sent = now;
	dgram->from = from;
	dgram->to = to;
	dgram->type = type_of(data, len);
	dgram->len = len;
	if (len)
		memcpy(dgram->data, data, len);
	return dgram;
}

/*
 * Every so many datagrams one is remembered, in a place of chance: most of what
 * is there is young, some of it is from long ago, when its sender and receiver
 * had not been started anew. Not a request to join: whoever can replay that
 * makes a member of one that is gone for ever. The seal is there against him.
 */
static void remember(struct network *net, struct rng *rng, u64 now, u32 from, u32 to,
		     const u8 *data, u32 len)
{
	u32 slot = rng_next(rng) % (REMEMBER_EVERY * NETWORK_PAST);

	if (slot >= NETWORK_PAST || type_of(data, len) == RAFT_MSG_JOIN)
		return;
	free(net->past[slot]);
	net->past[slot] = dgram_new(now, from, to, data, len);
}

static void replay(struct network *net, struct rng *rng, u64 now)
{
	const struct dgram *old = net->past[rng_next(rng) % NETWORK_PAST];

	if (old && !net->link[old->from][old->to].drop)
		launch(net, now, dgram_new(now, old->from, old->to, old->data, old->len));
}

/*
 * What a receiver has to see through by itself. Other damage is caught by the
 * checksum of UDP, and damage that somebody means to do by the seal.
 */
static struct dgram *damaged(struct rng *rng, u64 now, u32 from, u32 to, const u8 *data, u32 len)
{
	u8 buf[RAFT_DGRAM_MAX + 1] = { 0 };
	struct raft_wire_header *header = (void *)buf;
	u32 i;

	memcpy(buf, data, len);
	switch (rng_next(rng) % DAMAGES) {
	case 0:
		len = rng_between(rng, 0, sizeof(*header));
		break;
	case 1:
		len = sizeof(buf);
		break;
	case 2:
		for (i = 0; i < len; i++)
			buf[i] = rng_next(rng);
		break;
	case 3:
		header->type = rng_between(rng, RAFT_MSG_TYPES, 255);
		break;
	case 4:
		header->cluster[rng_next(rng) % sizeof(header->cluster)] ^= 1;
		break;
	default:
		header->to = ~header->to;
	}
	return dgram_new(now, from, to, buf, len);
}

/**
 * network_send() - send a datagram
 * @net: the network
 * @now: virtual time, us
 * @from: the sending host
 * @to: the receiving host
 * @data: the datagram, copied
 * @len: bytes of @data
 */
void network_send(struct network *net, u64 now, u32 from, u32 to, const u8 *data, u32 len)
{
	const struct link *link = &net->link[from][to];
	struct rng *rng = &net->rng[from][to];
	u32 copies = rng_chance(rng, link->repeat) ? 2 : 1;
	u32 type = 1U << type_of(data, len);

	net->sent++;
	if (link->replay) {
		remember(net, rng, now, from, to, data, len);
		if (rng_chance(rng, link->replay))
			replay(net, rng, now);
	}
	if (rng_chance(rng, link->noise))
		launch(net, now, damaged(rng, now, from, to, data, len));
	if (link->drop & type || rng_chance(rng, link->lose)) {
		net->lost++;
		return;
	}
	while (copies--) {
		if (link->hold & type)
			hold(net, dgram_new(now, from, to, data, len));
		else
			launch(net, now, dgram_new(now, from, to, data, len));
	}
}

/**
 * network_inject() - send a datagram that no fault of its link can touch
 * @net: the network
 * @now: virtual time, us
 * @from: the host it seems to come from
 * @to: the receiving host
 * @data: the datagram, copied
 * @len: bytes of @data
 */
void network_inject(struct network *net, u64 now, u32 from, u32 to, const u8 *data, u32 len)
{
	launch(net, now, dgram_new(now, from, to, data, len));
}

/**
 * network_peek() - look at the datagram that arrives next
 * @net: the network
 *
 * Return: the datagram, still the network's, or NULL.
 */
const struct dgram *network_peek(const struct network *net)
{
	return net->n ? net->heap[0] : NULL;
}

/**
 * network_next() - when the next datagram arrives
 * @net: the network
 *
 * Return: virtual time, us, or %NEVER.
 */
u64 network_next(const struct network *net)
{
	return net->n ? net->heap[0]->due : NEVER;
}

/**
 * network_take() - take the datagram that arrives next
 * @net: the network, with something on its way
 *
 * Return: the datagram, which the caller has to free().
 */
struct dgram *network_take(struct network *net)
{
	struct dgram *first = net->heap[0];
	struct dgram *moved = net->heap[--net->n];
	size_t i = 0, down;

	for (;;) {
		down = 2 * i + 1;
		if (down >= net->n)
			break;
		if (down + 1 < net->n && sooner(net->heap[down + 1], net->heap[down]))
			down++;
		if (!sooner(net->heap[down], moved))
			break;
		net->heap[i] = net->heap[down];
		i = down;
	}
	net->heap[i] = moved;
	return first;
}

static bool matches(const struct dgram *dgram, u32 from, u32 to, u32 types)
{
	return (!from || dgram->from == from) && (!to || dgram->to == to) &&
	       types & (1U << dgram->type);
}

/**
 * network_release() - let datagrams go that were held back
 * @net: the network
 * @now: virtual time, us
 * @from: only those of this sender, 0 for any
 * @to: only those for this receiver, 0 for any
 * @types: bit mask of the types of messages
 * @most: how many at most
 *
 * Return: how many were let go, oldest first.
 */
u32 network_release(struct network *net, u64 now, u32 from, u32 to, u32 types, u32 most)
{
	struct dgram **at = &net->held;
	struct dgram *dgram;
	u32 n = 0;

	while (*at && n < most) {
		dgram = *at;
		if (!matches(dgram, from, to, types)) {
			at = &dgram->next;
			continue;
		}
		*at = dgram->next;
		dgram->next = NULL;
		launch(net, now, dgram);
		n++;
	}
	return n;
}

/**
 * network_discard() - lose datagrams that were held back
 * @net: the network
 * @from: only those of this sender, 0 for any
 * @to: only those for this receiver, 0 for any
 * @types: bit mask of the types of messages
 *
 * Return: how many were lost.
 */
u32 network_discard(struct network *net, u32 from, u32 to, u32 types)
{
	struct dgram **at = &net->held;
	struct dgram *dgram;
	u32 n = 0;

	while (*at) {
		dgram = *at;
		if (!matches(dgram, from, to, types)) {
			at = &dgram->next;
			continue;
		}
		*at = dgram->next;
		free(dgram);
		net->lost++;
		n++;
	}
	return n;
}

/**
 * network_heal() - make every link a good one
 * @net: the network; what is held back stays so until it is released
 * @delay_min: the quickest way, us
 * @delay_max: the slowest way, us
 */
void network_heal(struct network *net, u64 delay_min, u64 delay_max)
{
	u32 from, to;

	for (from = 0; from < NETWORK_HOSTS; from++) {
		for (to = 0; to < NETWORK_HOSTS; to++) {
			net->link[from][to] = (struct link) {
				.delay_min = delay_min,
				.delay_max = delay_max,
			};
		}
	}
}
