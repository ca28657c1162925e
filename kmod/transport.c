// SPDX-License-Identifier: GPL-2.0
/*
 * The transport: datagrams in and out of one UDP socket per node
 *
 * Datagrams are taken where the stack hands them over, in softirq: there they
 * get the time of their arrival, which the node could only guess later. Whoever has
 * the node's turn reads them where they are. A burst waits in a queue that is bounded, so that
 * a reader who is late loses the newest datagrams and not its host's memory.
 *
 * The queue has many writers, one per CPU that receives, and one reader, who has the turn.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/in.h>
#include <linux/in6.h>
#include <linux/ipv6.h>
#include <linux/ktime.h>
#include <linux/net.h>
#include <linux/netlink.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/udp.h>
#include <net/addrconf.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/route.h>
#include <net/sock.h>
#include <net/udp.h>
#include <net/udp_tunnel.h>
#include "compat.h"
#include "route.h"
#include "transport.h"

/* What may wait: two windows of appends and then some, and the memory that this takes at most. */
#define QUEUE_LEN	256
#define QUEUE_BYTES	(1024 * 1024)

/**
 * struct raftval_transport - one open socket and its queue
 * @sock: the socket
 * @ready: called in softirq when a datagram was put into the queue
 * @ctx: handed to @ready
 * @sent: see &struct raftval_transport_stats; who has the node's turn counts
 * @send_errors: see @sent
 * @routes: the ways to the others, likewise
 * @skb: the datagram that is being read; of who has the turn
 * @first: it, likewise
 * @copy: its data if they are not in one piece, likewise
 * @queue: those that wait; its lock guards what follows
 * @bytes: memory that they take
 * @received: see &struct raftval_transport_stats
 * @truncated: see @received
 * @overflows: see @received
 */
struct raftval_transport {
	struct socket *sock;
	void (*ready)(void *ctx);
	void *ctx;
	u64 sent;
	u64 send_errors;
	struct raftval_routes routes;
	struct sk_buff *skb;
	struct raftval_datagram first;
	u8 copy[RAFTVAL_TRANSPORT_MAX + 1];
	struct sk_buff_head queue;
	u32 bytes;
	u64 received;
	u64 truncated;
	u64 overflows;
};

/**
 * struct arrival - what is kept with a datagram that waits
 * @at: when it came, monotonic microseconds
 * @from: where from
 */
struct arrival {
	u64 at;
	struct raft_addr from;
};

static struct arrival *arrival_of(struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct arrival) > sizeof(skb->cb));
	return (struct arrival *)skb->cb;
}

union endpoint {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

/* Returns the length of the socket address, 0 if it is none. */
static int endpoint_from_addr(union endpoint *to, const struct raft_addr *addr)
{
	memset(to, 0, sizeof(*to));
	switch (addr->family) {
	case 4:
		to->in.sin_family = AF_INET;
		to->in.sin_port = htons(addr->port);
		memcpy(&to->in.sin_addr, addr->ip, sizeof(to->in.sin_addr));
		return sizeof(to->in);
	case 6:
		to->in6.sin6_family = AF_INET6;
		to->in6.sin6_port = htons(addr->port);
		to->in6.sin6_scope_id = addr->scope;
		memcpy(&to->in6.sin6_addr, addr->ip, sizeof(to->in6.sin6_addr));
		return sizeof(to->in6);
	default:
		return 0;
	}
}

static void addr_from_skb(struct raft_addr *addr, const struct sk_buff *skb)
{
	memset(addr, 0, sizeof(*addr));
	addr->port = ntohs(udp_hdr(skb)->source);
	if (ip_hdr(skb)->version == 4) {
		addr->family = 4;
		memcpy(addr->ip, &ip_hdr(skb)->saddr, sizeof(ip_hdr(skb)->saddr));
	} else {
		addr->family = 6;
		addr->scope = ipv6_iface_scope_id(&ipv6_hdr(skb)->saddr, inet6_iif(skb));
		memcpy(addr->ip, &ipv6_hdr(skb)->saddr, sizeof(ipv6_hdr(skb)->saddr));
	}
}

/*
 * A datagram that waits holds nothing but its own memory, and of one that is too long no more
 * than it takes to say so. Returns false if there is no memory even for that.
 */
static bool detach(struct sk_buff *skb)
{
	struct arrival arrival = { .at = ktime_to_us(ktime_get()) };

	if (pskb_trim(skb, sizeof(struct udphdr) + RAFTVAL_TRANSPORT_MAX + 1))
		return false;
	/* Its interface is told by what the stack left where the arrival comes. */
	addr_from_skb(&arrival.from, skb);
	*arrival_of(skb) = arrival;
	skb_orphan(skb);
	skb_scrub_packet(skb, true);
	skb->dev = NULL;
	return true;
}

/* Takes @skb over if it returns true. */
static bool put_into_queue(struct raftval_transport *transport, struct sk_buff *skb)
{
	bool put = detach(skb);

	spin_lock(&transport->queue.lock);
	put = put && skb_queue_len(&transport->queue) < QUEUE_LEN &&
	      transport->bytes + skb->truesize <= QUEUE_BYTES;
	if (put) {
		__skb_queue_tail(&transport->queue, skb);
		transport->bytes += skb->truesize;
		WRITE_ONCE(transport->received, transport->received + 1);
		if (skb->len > sizeof(struct udphdr) + RAFTVAL_TRANSPORT_MAX)
			WRITE_ONCE(transport->truncated, transport->truncated + 1);
	} else {
		WRITE_ONCE(transport->overflows, transport->overflows + 1);
	}
	spin_unlock(&transport->queue.lock);
	return put;
}

/* Called in softirq, under RCU, with a datagram whose checksum is good. */
static int receive(struct sock *sk, struct sk_buff *skb)
{
	struct raftval_transport *transport = rcu_dereference_sk_user_data(sk);

	if (transport && put_into_queue(transport, skb))
		transport->ready(transport->ctx);
	else
		kfree_skb(skb);
	return 0;
}

/*
 * Path MTU discovery by probe: the don't-fragment bit is set and what routers
 * report is ignored. A datagram fits every IPv6 path and every IPv4 path that
 * deserves the name, and nobody can shrink our path with a forged report.
 */
static int forbid_fragments(struct socket *sock, u16 family)
{
	int val = IPV6_PMTUDISC_PROBE;
	int one = 1;
	int err;

	if (family == 4)
		return ip_sock_set_mtu_discover(sock->sk, IP_PMTUDISC_PROBE);

	err = sock->ops->setsockopt(sock, SOL_IPV6, IPV6_V6ONLY,
				    KERNEL_SOCKPTR(&one), sizeof(one));
	if (err)
		return err;
	return sock->ops->setsockopt(sock, SOL_IPV6, IPV6_MTU_DISCOVER,
				     KERNEL_SOCKPTR(&val), sizeof(val));
}

/*
 * Take datagrams from now on, and go on when the host is out of memory. The
 * core bounds what is on its way to each member, so the socket need not, and
 * would only make the core repeat itself. The host's reserves are not for others than
 * its root.
 */
static void start_receiving(struct raftval_transport *transport)
{
	struct sock *sk = transport->sock->sk;

	sk->sk_sndbuf = INT_MAX;
	sk->sk_allocation = GFP_ATOMIC;
	if (sock_net(sk)->user_ns == &init_user_ns)
		sk_set_memalloc(sk);
	rcu_assign_sk_user_data(sk, transport);
	udp_sk(sk)->encap_type = UDP_ENCAP_ESPINUDP_NON_IKE;
	WRITE_ONCE(udp_sk(sk)->encap_rcv, receive);
	udp_tunnel_encap_enable(sk);
}

static int explain_bind(int err, struct netlink_ext_ack *extack)
{
	switch (err) {
	case -EADDRINUSE:
		NL_SET_ERR_MSG(extack, "the listen port is in use on this address: name another");
		break;
	case -EADDRNOTAVAIL:
		NL_SET_ERR_MSG(extack,
			       "no such address on this host, in this network namespace: name one it has");
		break;
	case -EINVAL:
		NL_SET_ERR_MSG(extack,
			       "a link-local address needs its interface: name it as ADDRESS%INTERFACE");
		break;
	default:
		NL_SET_ERR_MSG(extack, "the listen address can not be bound");
	}
	return err;
}

static int explain_socket(int err, struct netlink_ext_ack *extack)
{
	if (err == -EAFNOSUPPORT) {
		NL_SET_ERR_MSG(extack,
			       "no sockets for this kind of address: name one of the other kind");
		return err;
	}
	/* Of want of memory for its inode the kernel says that there are too many files. */
	NL_SET_ERR_MSG(extack, "out of memory");
	return -ENOMEM;
}

static bool is_specific(const struct raft_addr *addr)
{
	__be32 ip;

	if (addr->family == 4) {
		memcpy(&ip, addr->ip, sizeof(ip));
		return !ipv4_is_zeronet(ip) && !ipv4_is_multicast(ip) && !ipv4_is_lbcast(ip);
	}
	return !(ipv6_addr_type((const struct in6_addr *)addr->ip) &
		 (IPV6_ADDR_MULTICAST | IPV6_ADDR_MAPPED)) &&
	       !ipv6_addr_any((const struct in6_addr *)addr->ip);
}

static int open_socket(struct raftval_transport *transport, struct net *net,
		       const struct raft_addr *listen, struct netlink_ext_ack *extack)
{
	union endpoint local;
	int len = endpoint_from_addr(&local, listen);
	int err;

	if (!len || !listen->port || !is_specific(listen)) {
		NL_SET_ERR_MSG(extack,
			       "listen on a unicast address and port that the other members can send to");
		return -EINVAL;
	}

	err = sock_create_kern(net, local.sa.sa_family, SOCK_DGRAM, IPPROTO_UDP,
			       &transport->sock);
	if (err)
		return explain_socket(err, extack);

	err = forbid_fragments(transport->sock, listen->family);
	if (err) {
		NL_SET_ERR_MSG(extack, "the socket can not be set up");
		goto err_release;
	}

	/* Of what type a pointer to an address is differs from kernel to kernel. */
	err = kernel_bind(transport->sock, (void *)&local, len);
	if (err) {
		explain_bind(err, extack);
		goto err_release;
	}
	return 0;

err_release:
	sock_release(transport->sock);
	return err;
}

/**
 * raftval_transport_open() - open a socket and begin to take datagrams
 * @net: network namespace; the socket does not keep it alive
 * @listen: address and port to listen on and to send from
 * @ready: called in softirq after every datagram that arrived; must not sleep
 * @ctx: handed to @ready
 * @extack: gets a sentence for every error
 *
 * Context: process, may sleep.
 *
 * Return: the transport or an ERR_PTR: -EINVAL, -EADDRINUSE, -EADDRNOTAVAIL,
 * -ENOMEM and what the socket says.
 */
struct raftval_transport *raftval_transport_open(struct net *net, const struct raft_addr *listen,
						 void (*ready)(void *ctx), void *ctx,
						 struct netlink_ext_ack *extack)
{
	struct raftval_transport *transport;
	int err;

	transport = kzalloc(sizeof(*transport), GFP_KERNEL_ACCOUNT);
	if (!transport) {
		NL_SET_ERR_MSG(extack, "out of memory");
		return ERR_PTR(-ENOMEM);
	}
	skb_queue_head_init(&transport->queue);
	transport->ready = ready;
	transport->ctx = ctx;

	err = open_socket(transport, net, listen, extack);
	if (err) {
		kfree(transport);
		return ERR_PTR(err);
	}
	start_receiving(transport);
	return transport;
}

/**
 * raftval_transport_close() - take no more datagrams and close the socket
 * @transport: the transport; gone afterwards
 *
 * When this returns, @ready is not called any more.
 *
 * Context: process, may sleep.
 */
void raftval_transport_close(struct raftval_transport *transport)
{
	struct sock *sk = transport->sock->sk;

	rcu_assign_sk_user_data(sk, NULL);
	/* Receivers that still see the transport are done after this. */
	synchronize_net();
	if (sock_flag(sk, SOCK_MEMALLOC))
		sk_clear_memalloc(sk);
	sock_release(transport->sock);
	skb_queue_purge(&transport->queue);
	raftval_route_forget(&transport->routes);
	kfree(transport);
}

/*
 * Sending, as tunnels do: a socket's own sendmsg may wait for the socket's lock, and
 * so can not be used where datagrams arrive.
 */

/* Room for all headers that come before the datagram. */
#define HEADROOM	ALIGN(LL_MAX_HEADER + sizeof(struct ipv6hdr) + sizeof(struct udphdr), 16)

/* Of a host that is out of memory the socket may use the reserves, or not. */
static struct sk_buff *make_skb(const struct sock *sk, const u8 *data, u32 len)
{
	struct sk_buff *skb = alloc_skb(HEADROOM + len, sk->sk_allocation | __GFP_NOWARN);

	if (!skb)
		return NULL;
	skb_reserve(skb, HEADROOM);
	skb_put_data(skb, data, len);
	return skb;
}

static void send_ipv4(struct sock *sk, const struct raftval_route *route, struct sk_buff *skb)
{
	struct dst_entry *dst = dst_clone(route->dst);
	__be32 to;

	memcpy(&to, route->to.ip, sizeof(to));
	raftval_tunnel_xmit(container_of(dst, struct rtable, dst), sk, skb,
			    inet_sk(sk)->inet_rcv_saddr, to, 0, ip4_dst_hoplimit(dst),
			    htons(IP_DF), inet_sk(sk)->inet_sport, htons(route->to.port), false,
			    false);
}

static void send_ipv6(struct sock *sk, const struct raftval_route *route, struct sk_buff *skb)
{
	struct dst_entry *dst = dst_clone(route->dst);
	struct in6_addr to;

	memcpy(&to, route->to.ip, sizeof(to));
	raftval_tunnel6_xmit(dst, sk, skb, NULL, &sk->sk_v6_rcv_saddr, &to, 0,
			     ip6_dst_hoplimit(dst), 0, inet_sk(sk)->inet_sport,
			     htons(route->to.port), false);
}

static int send(struct raftval_transport *transport, const struct raft_addr *to, const u8 *data,
		u32 len)
{
	struct sock *sk = transport->sock->sk;
	const struct raftval_route *route = raftval_route_find(&transport->routes, sk, to);
	struct sk_buff *skb;

	if (IS_ERR(route))
		return PTR_ERR(route);
	skb = make_skb(sk, data, len);
	if (!skb)
		return -ENOMEM;
	if (to->family == 4)
		send_ipv4(sk, route, skb);
	else
		send_ipv6(sk, route, skb);
	return 0;
}

/**
 * raftval_transport_send() - send one datagram
 * @transport: the transport
 * @to: where to
 * @data: what
 * @len: bytes of it
 *
 * Raft repeats what is lost, so an error is for the trace only.
 *
 * Context: a turn of the node.
 *
 * Return: 0 or a negative errno.
 */
int raftval_transport_send(struct raftval_transport *transport, const struct raft_addr *to,
			   const u8 *data, u32 len)
{
	int err;

	rcu_read_lock_bh();
	err = send(transport, to, data, len);
	rcu_read_unlock_bh();
	if (err)
		WRITE_ONCE(transport->send_errors, transport->send_errors + 1);
	else
		WRITE_ONCE(transport->sent, transport->sent + 1);
	return err;
}

/**
 * raftval_transport_pending() - how many datagrams have arrived and wait
 * @transport: the transport
 *
 * Context: a turn of the node.
 *
 * Return: the number.
 */
u32 raftval_transport_pending(const struct raftval_transport *transport)
{
	return skb_queue_len_lockless(&transport->queue);
}

static struct sk_buff *take_from_queue(struct raftval_transport *transport)
{
	struct sk_buff *skb;

	spin_lock(&transport->queue.lock);
	skb = __skb_dequeue(&transport->queue);
	transport->bytes -= skb->truesize;
	spin_unlock(&transport->queue.lock);
	return skb;
}

/**
 * raftval_transport_first() - the oldest datagram that waits
 * @transport: the transport; raftval_transport_pending() said that there is one
 *
 * Context: a turn of the node.
 *
 * Return: the datagram, good until raftval_transport_drop_first().
 */
const struct raftval_datagram *raftval_transport_first(struct raftval_transport *transport)
{
	struct sk_buff *skb = take_from_queue(transport);
	struct raftval_datagram *first = &transport->first;

	transport->skb = skb;
	first->arrived = arrival_of(skb)->at;
	first->from = arrival_of(skb)->from;
	first->len = skb->len - sizeof(struct udphdr);
	/* The stack has checked the lengths: there is no way for this to fail. */
	first->data = skb_header_pointer(skb, sizeof(struct udphdr), first->len, transport->copy);
	return first;
}

/**
 * raftval_transport_drop_first() - the oldest datagram was read
 * @transport: the transport
 *
 * Context: a turn of the node.
 */
void raftval_transport_drop_first(struct raftval_transport *transport)
{
	consume_skb(transport->skb);
}

/**
 * raftval_transport_stats() - copy the counters
 * @transport: the transport
 * @stats: gets them
 *
 * Context: any.
 */
void raftval_transport_stats(const struct raftval_transport *transport,
			     struct raftval_transport_stats *stats)
{
	stats->sent = READ_ONCE(transport->sent);
	stats->send_errors = READ_ONCE(transport->send_errors);
	stats->received = READ_ONCE(transport->received);
	stats->truncated = READ_ONCE(transport->truncated);
	stats->overflows = READ_ONCE(transport->overflows);
}
