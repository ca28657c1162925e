// SPDX-License-Identifier: GPL-2.0
/*
 * mkstore - makes a store as a crash, or the years, may leave it
 *
 *	mkstore KIND FILE
 *
 * It is that of host1, the only member of its cluster, which has written a few
 * values, the last of them "epoch=3". KIND says what became of it: unjoined, clean,
 * torn, healed, damaged, lost, refused, newer or cut.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "journal.h"

#define SIZE		(1024 * 1024)
#define BLOCK		RAFT_JOURNAL_BLOCK
#define VERSION_AT	8	/* where the superblock has its version */
#define VALUE_MAX	8192

/**
 * struct maker - a member and its store
 * @raft: the member
 * @update: what it wants
 * @now: the time, microseconds
 * @journal: of the store
 * @bytes: what is on it
 * @buf: the newest write
 * @at: where that is
 * @n: how many blocks it has
 * @size: bytes of the file
 */
struct maker {
	struct raft *raft;
	struct raft_update update;
	u64 now;
	struct raft_journal journal;
	u8 *bytes;
	u8 *buf;
	u64 at;
	u32 n;
	u64 size;
};

static u8 *block_at(struct maker *maker, u64 block)
{
	return maker->bytes + block * BLOCK;
}

static void put_supers(struct maker *maker)
{
	u64 i;

	for (i = 0; i < RAFT_JOURNAL_SUPERS; i++)
		raft_journal_encode_super(&maker->journal, block_at(maker, i));
}

static void format(struct maker *maker, const struct raft_params *params)
{
	struct raft_journal_super super = {
		.member = params->id,
		.size = SIZE,
		.value_max = params->value_max,
		.heartbeat_ms = params->heartbeat_ms,
		.election_ms = params->election_ms,
		.addr = params->addr,
		.name = "raftval",
	};

	memcpy(super.cluster, params->cluster, sizeof(super.cluster));
	memcpy(super.label, params->label, sizeof(super.label));
	if (!raft_journal_format(&maker->journal, &super))
		fatal("a store of %d bytes is not formatted", SIZE);
	put_supers(maker);
}

static void land(struct maker *maker, u32 blocks)
{
	memcpy(block_at(maker, maker->at), maker->buf, blocks * BLOCK);
}

/* Do what happens, and write what is to be written. */
static void step(struct maker *maker, struct raft_event event)
{
	struct raft_update *update = &maker->update;

	event.now = maker->now;
	raft_step(maker->raft, &event, update);
	while (update->persist.seq) {
		maker->n = raft_journal_write(&maker->journal, maker->raft, &update->persist,
					      maker->buf, &maker->at);
		land(maker, maker->n);
		raft_journal_written(&maker->journal);
		event = (struct raft_event) {
			.type = RAFT_EV_PERSISTED,
			.now = maker->now,
			.persisted.seq = update->persist.seq,
		};
		raft_step(maker->raft, &event, update);
	}
}

static void put(struct maker *maker, const char *value, u32 len)
{
	step(maker, (struct raft_event) {
		.type = RAFT_EV_OP,
		.op = {
			.cookie = maker->journal.seq + 1,
			.kind = RAFT_OP_WRITE,
			.data = (const u8 *)value,
			.len = len,
		},
	});
}

static void elect(struct maker *maker)
{
	struct raft_view view;

	do {
		maker->now = maker->update.wake;
		step(maker, (struct raft_event) { .type = RAFT_EV_TIMER });
		raft_view(maker->raft, &view);
	} while (view.role != RAFT_LEADER);
}

static void make(struct maker *maker)
{
	struct raft_params params = {
		.cluster = "\x5f\x0e\x8d\x3c\x2b\x1a\x49\x67\x5f\x0e\x8d\x3c\x2b\x1a\x49\x67",
		.id = 0x1234,
		.addr = { .family = 4, .port = 7497, .ip = { 192, 0, 2, 1 } },
		.label = "host1",
		.heartbeat_ms = RAFT_HEARTBEAT_MS,
		.election_ms = RAFT_ELECTION_MS,
		.value_max = VALUE_MAX,
		.seed = 1,
	};

	maker->size = SIZE;
	maker->bytes = calloc(1, SIZE);
	maker->buf = must_realloc(NULL, raft_journal_write_max(params.value_max));
	if (!maker->bytes)
		fatal("out of memory");
	format(maker, &params);
	maker->raft = raft_init(must_realloc(NULL, raft_size(&params)), &params);
}

static void use(struct maker *maker)
{
	static const char large[6000];

	raft_start_create(maker->raft, 1);
	step(maker, (struct raft_event) { .type = RAFT_EV_TIMER });
	elect(maker);
	put(maker, "epoch=1", 7);
	put(maker, large, sizeof(large));
	put(maker, "epoch=3", 7);
}

static void mark(struct maker *maker)
{
	maker->n = raft_journal_mark(&maker->journal, maker->buf, &maker->at);
	land(maker, maker->n);
}

static void spoil(struct maker *maker, const char *kind)
{
	static const char large[6000];
	u64 last = maker->at;

	if (!strcmp(kind, "torn")) {
		put(maker, large, sizeof(large));
		memset(block_at(maker, maker->at + 1), 0, BLOCK);
	} else if (!strcmp(kind, "damaged")) {
		mark(maker);
		memset(block_at(maker, last), 0xa5, BLOCK);
	} else if (!strcmp(kind, "lost")) {
		memset(block_at(maker, RAFT_JOURNAL_SUPERS), 0xa5,
		       SIZE - RAFT_JOURNAL_SUPERS * BLOCK);
	} else if (!strcmp(kind, "healed")) {
		memset(block_at(maker, 1), 0xa5, BLOCK);
		block_at(maker, RAFT_JOURNAL_SUPERS)[9] ^= 1;
	} else if (!strcmp(kind, "refused")) {
		maker->journal.super.refused = true;
		put_supers(maker);
	} else if (!strcmp(kind, "newer")) {
		block_at(maker, 0)[VERSION_AT] = 99;
		block_at(maker, 1)[VERSION_AT] = 99;
	} else if (!strcmp(kind, "cut")) {
		maker->size = SIZE / 2;
	} else if (strcmp(kind, "clean")) {
		fatal("there is no kind '%s'", kind);
	}
}

int main(int argc, char **argv)
{
	static struct maker maker;
	FILE *file;

	if (argc != 3)
		fatal("usage: mkstore KIND FILE");
	make(&maker);
	if (strcmp(argv[1], "unjoined")) {
		use(&maker);
		spoil(&maker, argv[1]);
	}
	file = fopen(argv[2], "w");
	if (!file || fwrite(maker.bytes, 1, maker.size, file) != maker.size || fclose(file))
		fatal("%s can not be written", argv[2]);
	free(maker.raft);
	free(maker.bytes);
	free(maker.buf);
	return 0;
}
