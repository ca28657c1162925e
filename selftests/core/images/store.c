// SPDX-License-Identifier: GPL-2.0
/* A store as a crash leaves it, and what its member reads back from that. */
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>
#include <linux/limits.h>

#include "fail.h"
#include "internal.h"
#include "store.h"
#include "writelog.h"

/**
 * store_init() - make a store of zeros
 * @store: filled in, to be given back with store_free()
 * @sectors: how many there may ever be something else on
 */
void store_init(struct store *store, u64 sectors)
{
	u64 per_block = RAFT_JOURNAL_BLOCK / WRITELOG_SECTOR;

	memset(store, 0, sizeof(*store));
	store->blocks = (sectors + per_block - 1) / per_block;
	store->bytes = calloc(store->blocks + RAFT_JOURNAL_SUPERS, RAFT_JOURNAL_BLOCK);
	if (!store->bytes)
		fatal("out of memory");
}

/**
 * store_free() - give a store back
 * @store: the store
 */
void store_free(struct store *store)
{
	free(store->bytes);
	free(store->mem);
	free(store->work);
}

/* How large the device is nobody says, but the superblock does. */
static const u8 *give_block(void *ctx, u64 block)
{
	static const u8 zeros[RAFT_JOURNAL_BLOCK];
	const struct store *store = ctx;

	return block < store->blocks ? store->bytes + block * RAFT_JOURNAL_BLOCK : zeros;
}

/**
 * store_params() - what a member's node is made with
 * @store: the store, read
 * @params: filled in
 */
void store_params(const struct store *store, struct raft_params *params)
{
	const struct raft_journal_super *super = &store->journal.super;

	memset(params, 0, sizeof(*params));
	memcpy(params->cluster, super->cluster, sizeof(params->cluster));
	memcpy(params->label, super->label, sizeof(params->label));
	params->id = super->member;
	params->addr = super->addr;
	params->as_learner = super->as_learner;
	params->heartbeat_ms = super->heartbeat_ms;
	params->election_ms = super->election_ms;
	params->value_max = super->value_max;
	params->incarnation = super->incarnation;
}

static void make_room(struct store *store)
{
	struct raft_params params;
	u32 value_max = store->journal.super.value_max;

	if (value_max <= store->value_max)
		return;
	store_params(store, &params);
	store->mem = must_realloc(store->mem, raft_size(&params));
	store->work = must_realloc(store->work, raft_journal_write_max(value_max));
	store->value_max = value_max;
}

/**
 * store_print() - a hash of an entry
 * @entry: the entry
 *
 * Return: the hash of all that is stored of it.
 */
u64 store_print(const struct raft_entry *entry)
{
	const u64 all[] = {
		entry->index, entry->term, entry->origin, entry->seq, entry->expect, entry->kind,
	};

	return raft_hash(raft_hash(0, (const u8 *)all, sizeof(all)), entry->data, entry->len);
}

static void look(struct store *store, struct reading *reading)
{
	const struct raft_session *session;
	struct raft_entry entry;
	struct raft_view view;
	u64 index;

	raft_view(store->raft, &view);
	reading->base = view.applied;
	reading->last = view.last;
	reading->hash = view.hash;
	reading->revision = view.revision;
	/* The core numbers operations above those of all starts before. */
	session = raft_value_session(&store->raft->value, reading->member);
	if (session)
		reading->used = session->seq >> 32;
	for (index = view.applied + 1; index <= view.last; index++) {
		if (!raft_entry_at(store->raft, index, &entry))
			fatal("entry %llu is not in a log that has it", index);
		if (entry.origin == reading->member)
			reading->used = max_t(u32, reading->used, entry.seq >> 32);
		reading->print[index % RAFT_LOG_SLOTS] = store_print(&entry);
	}
}

/**
 * store_read() - read a store back and start its member from it
 * @store: the store; its bytes stay as they are
 * @reading: filled in
 */
void store_read(struct store *store, struct reading *reading)
{
	const struct raft_journal_reader reader = {
		.block = give_block,
		.ctx = store,
		.blocks = S32_MAX,
	};
	struct raft_journal *journal = &store->journal;
	struct raft_params params;

	memset(reading, 0, offsetof(struct reading, print));
	store->raft = NULL;
	reading->verdict = raft_journal_open(journal, &reader);
	if (reading->verdict == RAFT_JOURNAL_CLEAN) {
		make_room(store);
		reading->verdict = raft_journal_recover(journal, store->work);
	}
	if (reading->verdict > RAFT_JOURNAL_DAMAGED)
		return;
	reading->member = journal->super.member;
	reading->state = journal->state;
	reading->incarnation = journal->super.incarnation;
	reading->seq = journal->seq;
	reading->generation = journal->gen_seq;
	raft_journal_start(journal);
	store_params(store, &params);
	store->raft = raft_init(store->mem, &params);
	reading->restored = raft_journal_restore(journal, store->raft);
	if (!reading->restored)
		return;
	reading->started = raft_start_restore(store->raft, 1);
	look(store, reading);
}

/**
 * store_count_start() - write what a start writes before its node runs
 * @store: the store, just read
 * @copies: how many copies of the superblock are written before the next crash
 */
void store_count_start(struct store *store, u32 copies)
{
	u32 i;

	for (i = 0; i < copies; i++)
		raft_journal_encode_super(&store->journal, store->bytes + i * RAFT_JOURNAL_BLOCK);
}
