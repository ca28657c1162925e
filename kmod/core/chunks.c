// SPDX-License-Identifier: GPL-2.0
#include "chunks.h"
#include "raft.h"

static u32 count(const struct raft_chunks *chunks)
{
	return (chunks->total + RAFT_CHUNK - 1) / RAFT_CHUNK;
}

static bool has(const u64 map[2], u32 i)
{
	return map[i / 64] >> (i % 64) & 1;
}

static u32 length(const struct raft_chunks *chunks, u32 offset)
{
	u32 left = chunks->total - offset;

	return left < RAFT_CHUNK ? left : RAFT_CHUNK;
}

/**
 * raft_chunks_start() - begin a blob of which nothing is there yet
 * @chunks: the map
 * @total: bytes of the blob, at most %RAFT_CHUNKS_MAX * %RAFT_CHUNK
 */
void raft_chunks_start(struct raft_chunks *chunks, u32 total)
{
	chunks->total = total;
	chunks->have[0] = 0;
	chunks->have[1] = 0;
}

/**
 * raft_chunks_fit() - may these bytes be a chunk of the blob?
 * @chunks: the map
 * @offset: where they claim to belong
 * @len: how many they are
 *
 * Return: true if they are exactly one chunk inside the blob
 */
bool raft_chunks_fit(const struct raft_chunks *chunks, u32 offset, u32 len)
{
	return offset % RAFT_CHUNK == 0 && offset < chunks->total &&
	       len == length(chunks, offset);
}

/**
 * raft_chunks_mark() - set the bit of a chunk
 * @map: the bits
 * @offset: of the chunk, inside the blob
 */
void raft_chunks_mark(u64 map[2], u32 offset)
{
	u32 i = offset / RAFT_CHUNK;

	map[i / 64] |= 1ULL << (i % 64);
}

/**
 * raft_chunks_add() - a chunk has arrived
 * @chunks: the map
 * @offset: of a chunk that raft_chunks_fit() accepted
 */
void raft_chunks_add(struct raft_chunks *chunks, u32 offset)
{
	raft_chunks_mark(chunks->have, offset);
}

/**
 * raft_chunks_told() - the receiver says what it has
 * @chunks: the map
 * @have: the receiver's bits; it may have fewer than before
 */
void raft_chunks_told(struct raft_chunks *chunks, const u64 have[2])
{
	chunks->have[0] = have[0];
	chunks->have[1] = have[1];
}

/**
 * raft_chunks_probe() - the receiver has said to have every chunk, but not the
 *	whole: send it one more and hear what it has now
 * @chunks: the map
 */
void raft_chunks_probe(struct raft_chunks *chunks)
{
	if (raft_chunks_complete(chunks))
		chunks->have[0] &= ~1ULL;
}

/**
 * raft_chunks_complete() - is everything there?
 * @chunks: the map
 *
 * Return: true if there is a blob and each of its chunks is there
 */
bool raft_chunks_complete(const struct raft_chunks *chunks)
{
	u32 i, n = count(chunks);

	for (i = 0; i < n; i++)
		if (!has(chunks->have, i))
			return false;
	return n > 0;
}

/**
 * raft_chunks_next() - the first chunk that is neither there nor on its way
 * @chunks: the map
 * @sent: bits of the chunks that are on their way
 * @offset: set to where it begins
 * @len: set to its bytes
 *
 * Return: false if there is none
 */
bool raft_chunks_next(const struct raft_chunks *chunks, const u64 sent[2], u32 *offset, u32 *len)
{
	u32 i, n = count(chunks);

	for (i = 0; i < n; i++) {
		if (has(chunks->have, i) || has(sent, i))
			continue;
		*offset = i * RAFT_CHUNK;
		*len = length(chunks, *offset);
		return true;
	}
	return false;
}
