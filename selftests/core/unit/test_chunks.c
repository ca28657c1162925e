// SPDX-License-Identifier: GPL-2.0
/* Blobs in chunks: which are there, which comes next. */
#include "chunks.h"
#include "raft.h"
#include "rng.h"
#include "test.h"

static void test_fit(void)
{
	struct raft_chunks chunks;

	raft_chunks_start(&chunks, 2 * RAFT_CHUNK + 5);
	CHECK(raft_chunks_fit(&chunks, 0, RAFT_CHUNK));
	CHECK(raft_chunks_fit(&chunks, 2 * RAFT_CHUNK, 5));
	CHECK(!raft_chunks_fit(&chunks, 2 * RAFT_CHUNK, 6));
	CHECK(!raft_chunks_fit(&chunks, 2 * RAFT_CHUNK, 4));
	CHECK(!raft_chunks_fit(&chunks, 3 * RAFT_CHUNK, 0));
	CHECK(!raft_chunks_fit(&chunks, 1, RAFT_CHUNK));
	CHECK(!raft_chunks_fit(&chunks, 0, RAFT_CHUNK - 1));
	CHECK(!raft_chunks_fit(&chunks, ~0U - RAFT_CHUNK + 1, RAFT_CHUNK));
	raft_chunks_start(&chunks, 0);
	CHECK(!raft_chunks_fit(&chunks, 0, 0));
	CHECK(!raft_chunks_complete(&chunks));
}

static void assemble(u32 total, struct rng *rng)
{
	struct raft_chunks receiver, sender;
	u64 sent[2] = { 0 };
	u32 rounds = 0, offset, len, bytes = 0;

	raft_chunks_start(&receiver, total);
	raft_chunks_start(&sender, total);
	while (!raft_chunks_complete(&sender) && rounds++ < 1000) {
		while (raft_chunks_next(&sender, sent, &offset, &len)) {
			raft_chunks_mark(sent, offset);
			CHECK(raft_chunks_fit(&receiver, offset, len));
			if (rng_chance(rng, 300))
				continue;
			raft_chunks_add(&receiver, offset);
			bytes += len;
		}
		raft_chunks_told(&sender, receiver.have);
		sent[0] = 0;
		sent[1] = 0;
	}
	CHECK(raft_chunks_complete(&receiver));
	CHECK_EQ(bytes, total);
}

static void test_every_size(void)
{
	struct rng rng = { .state = 3 };
	u32 n;

	for (n = 1; n <= RAFT_CHUNKS_MAX; n++) {
		assemble(n * RAFT_CHUNK, &rng);
		assemble(n * RAFT_CHUNK - 1, &rng);
		assemble((n - 1) * RAFT_CHUNK + 1, &rng);
	}
}

static void test_late_answers(void)
{
	static const u64 nothing[2] = { 0 };
	struct raft_chunks chunks;

	raft_chunks_start(&chunks, 70 * RAFT_CHUNK);
	raft_chunks_add(&chunks, 69 * RAFT_CHUNK);
	raft_chunks_told(&chunks, nothing);
	CHECK_EQ(chunks.have[1], 0);
	raft_chunks_start(&chunks, 70 * RAFT_CHUNK);
	CHECK_EQ(chunks.have[1], 0);
}

static const struct test tests[] = {
	{ "only a whole chunk inside the blob fits", test_fit },
	{ "a blob of every size survives 30% loss, each chunk once", test_every_size },
	{ "a late answer takes nothing away", test_late_answers },
};

int main(void)
{
	return run_tests(tests, ARRAY_SIZE(tests));
}
