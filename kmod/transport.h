/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The transport: datagrams in and out of one UDP socket per node
 */
#ifndef RAFTVAL_TRANSPORT_H
#define RAFTVAL_TRANSPORT_H

#include <linux/types.h>
#include "seal.h"

struct net;
struct netlink_ext_ack;
struct raftval_transport;

/* The longest datagram, with what seals it. */
#define RAFTVAL_TRANSPORT_MAX	RAFTVAL_SEAL_MAX

/**
 * struct raftval_transport_stats - counts since the socket was opened
 * @sent: datagrams handed to the network
 * @send_errors: datagrams that the network did not take
 * @received: datagrams that arrived and were kept for the node
 * @truncated: of @received, those that were longer than %RAFTVAL_TRANSPORT_MAX
 * @overflows: datagrams lost because the node had not read earlier ones
 */
struct raftval_transport_stats {
	u64 sent;
	u64 send_errors;
	u64 received;
	u64 truncated;
	u64 overflows;
};

/**
 * struct raftval_datagram - one datagram that arrived
 * @arrived: when it reached the socket, monotonic microseconds
 * @from: where it came from
 * @len: bytes in @data; one more than %RAFTVAL_TRANSPORT_MAX if it was longer than that
 * @data: what it said
 */
struct raftval_datagram {
	u64 arrived;
	struct raft_addr from;
	u32 len;
	const u8 *data;
};

struct raftval_transport *raftval_transport_open(struct net *net, const struct raft_addr *listen,
						 void (*ready)(void *ctx), void *ctx,
						 struct netlink_ext_ack *extack);
void raftval_transport_close(struct raftval_transport *transport);
int raftval_transport_send(struct raftval_transport *transport, const struct raft_addr *to,
			   const u8 *data, u32 len);
u32 raftval_transport_pending(const struct raftval_transport *transport);
const struct raftval_datagram *raftval_transport_first(struct raftval_transport *transport);
void raftval_transport_drop_first(struct raftval_transport *transport);
void raftval_transport_stats(const struct raftval_transport *transport,
			     struct raftval_transport_stats *stats);

#endif /* RAFTVAL_TRANSPORT_H */
