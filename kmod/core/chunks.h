/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A blob that is larger than a datagram travels in chunks of %RAFT_CHUNK
 * bytes; the receiver answers with a bit for each chunk it has, so that one
 * lost datagram costs one datagram.
 */
#ifndef RAFT_CHUNKS_H
#define RAFT_CHUNKS_H

#include <linux/types.h>

#define RAFT_CHUNKS_MAX	128	/* bits of a map */

/**
 * struct raft_chunks - which chunks of a blob are there
 * @total: bytes of the blob, 0 for no blob
 * @have: a bit for each chunk
 */
struct raft_chunks {
	u32 total;
	u64 have[2];
};

void raft_chunks_start(struct raft_chunks *chunks, u32 total);
bool raft_chunks_fit(const struct raft_chunks *chunks, u32 offset, u32 len);
void raft_chunks_add(struct raft_chunks *chunks, u32 offset);
void raft_chunks_probe(struct raft_chunks *chunks);
void raft_chunks_told(struct raft_chunks *chunks, const u64 have[2]);
bool raft_chunks_complete(const struct raft_chunks *chunks);
bool raft_chunks_next(const struct raft_chunks *chunks, const u64 sent[2], u32 *offset, u32 *len);
void raft_chunks_mark(u64 map[2], u32 offset);

#endif /* RAFT_CHUNKS_H */
