/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a stranger may do to a wall who has a record of all that was ever sent, and what
 * must be true of the wall whatever he does.
 */
#ifndef FORGE_H
#define FORGE_H

#include "fuzz.h"
#include "wall.h"

#define FORGE_MAX	(RAFTVAL_SEAL_MAX + 32)	/* longer than what a wall takes */

/**
 * struct forge_dgram - a datagram that may be changed
 * @len: bytes of @data
 * @data: the datagram
 */
struct forge_dgram {
	u32 len;
	u8 data[FORGE_MAX];
};

void forge_random_start(void);
struct raft_addr forge_addr(u8 host);
u64 forge_id(u8 host);
void forge_wall(struct raftval_wall *wall, u8 host);
void forge_keys(struct raftval_wall *wall, u8 first, u8 second);
void forge_header(struct raft_wire_header *header, u8 from, u64 to, u8 type);
struct raftval_wall_peer *forge_peer(struct raftval_wall *wall, u64 id);
void forge_change(struct bytes *input, struct forge_dgram *dgram, const struct forge_dgram *other);
u32 forge_deliver(struct raftval_wall *wall, u64 now, const struct raft_addr *from,
		  const struct forge_dgram *dgram, u8 *plain, struct raftval_wall_out *out);
void forge_must_be_dropped(const struct raftval_wall *before, const struct raftval_wall *after,
			   u64 now, const struct forge_dgram *dgram,
			   const struct raftval_wall_out *out);

#endif /* FORGE_H */
