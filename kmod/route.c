// SPDX-License-Identifier: GPL-2.0
/*
 * The ways to the members, which are looked up once and kept while they are good
 *
 * To look one up costs a good part of what it costs to send. Who sends has the node's turn, so
 * no more is needed than a place for each member, where tunnels have one for each processor.
 * The kernel tells a way that is kept that it is no longer good when routes or addresses change,
 * and takes the device out of it when that goes (net/core/dst_cache.c builds on the same).
 */
#include <linux/err.h>
#include <linux/in.h>
#include <linux/string.h>
#include <net/dst.h>
#include <net/ip6_fib.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/route.h>
#include <net/sock.h>
#include "core/members.h"
#include "route.h"

static int look_up_ipv4(struct raftval_route *route, struct sock *sk)
{
	struct flowi4 flow = {
		.saddr = inet_sk(sk)->inet_rcv_saddr,
		.fl4_sport = inet_sk(sk)->inet_sport,
		.fl4_dport = htons(route->to.port),
		.flowi4_proto = IPPROTO_UDP,
	};
	struct rtable *found;

	memcpy(&flow.daddr, route->to.ip, sizeof(flow.daddr));
	found = ip_route_output_flow(sock_net(sk), &flow, sk);
	if (IS_ERR(found))
		return PTR_ERR(found);
	if (found->rt_flags & (RTCF_BROADCAST | RTCF_MULTICAST)) {
		ip_rt_put(found);
		return -EACCES;
	}
	route->dst = &found->dst;
	return 0;
}

static int look_up_ipv6(struct raftval_route *route, struct sock *sk)
{
	struct flowi6 flow = {
		.saddr = sk->sk_v6_rcv_saddr,
		.fl6_sport = inet_sk(sk)->inet_sport,
		.fl6_dport = htons(route->to.port),
		.flowi6_oif = route->to.scope,
		.flowi6_proto = IPPROTO_UDP,
	};
	struct dst_entry *found;

	memcpy(&flow.daddr, route->to.ip, sizeof(flow.daddr));
	found = ip6_dst_lookup_flow(sock_net(sk), sk, &flow, NULL);
	if (IS_ERR(found))
		return PTR_ERR(found);
	route->dst = found;
	route->cookie = rt6_get_cookie(container_of(found, struct rt6_info, dst));
	return 0;
}

static int look_up(struct raftval_route *route, struct sock *sk)
{
	if (route->to.family == 4 && sk->sk_family == AF_INET)
		return look_up_ipv4(route, sk);
	if (route->to.family == 6 && sk->sk_family == AF_INET6)
		return look_up_ipv6(route, sk);
	return -EDESTADDRREQ;
}

static void give_up(struct raftval_route *route)
{
	dst_release(route->dst);
	route->dst = NULL;
}

/* The one that goes there, if there is a way or not, else the one whose turn it is to go. */
static struct raftval_route *place_for(struct raftval_routes *routes, const struct raft_addr *to)
{
	struct raftval_route *route;

	for (route = routes->route; route < routes->route + ARRAY_SIZE(routes->route); route++)
		if (raft_addr_equal(&route->to, to))
			return route;
	route = &routes->route[routes->next++ % ARRAY_SIZE(routes->route)];
	give_up(route);
	route->to = *to;
	return route;
}

/**
 * raftval_route_find() - the way to an address
 * @routes: those that are known
 * @sk: the socket that sends
 * @to: the address
 *
 * Context: a turn of the node, under RCU, softirqs off.
 *
 * Return: the way, whose @dst is the routes' own; -EDESTADDRREQ if the socket is of another
 *	family, -EACCES if it goes to many, or what the kernel says of want of one.
 */
const struct raftval_route *raftval_route_find(struct raftval_routes *routes, struct sock *sk,
					       const struct raft_addr *to)
{
	struct raftval_route *route = place_for(routes, to);
	int err;

	if (route->dst && dst_check(route->dst, route->cookie))
		return route;
	give_up(route);
	err = look_up(route, sk);
	return err ? ERR_PTR(err) : route;
}

/**
 * raftval_route_forget() - let go of all ways
 * @routes: those that are known; nobody sends any more
 */
void raftval_route_forget(struct raftval_routes *routes)
{
	struct raftval_route *route;

	for (route = routes->route; route < routes->route + ARRAY_SIZE(routes->route); route++)
		give_up(route);
}
