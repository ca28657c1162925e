// SPDX-License-Identifier: GPL-2.0
/* What must be true after every step, whatever happened. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <asm/byteorder.h>
#include <linux/kernel.h>

#include "cluster.h"
#include "fail.h"
#include "invariants.h"
#include "wire.h"

#define SNAPSHOT_EVERY	32	/* entries from one that is checked to the next */
#define FNV_BASIS	0xcbf29ce484222325ULL
#define FNV_PRIME	0x100000001b3ULL
#define LANES		4

/**
 * struct snapshot_session - what a snapshot says of a member
 * @id: the member
 * @seq: its last operation
 * @revision: that operation's
 * @status: that operation's
 */
struct snapshot_session {
	__le64 id;
	__le64 seq;
	__le64 revision;
	__le32 status;
} __packed;

/**
 * struct snapshot - the beginning of one, as snapshot.c writes it
 * @index: where it was taken
 * @term: of the entry there
 * @revision: of the value
 * @hash: of the state
 * @config: index of the configuration
 * @n_sessions: sessions
 * @config_len: bytes of the configuration
 * @value_len: bytes of the value
 * @reserved: 0
 * @session: the sessions
 */
struct snapshot {
	__le64 index;
	__le64 term;
	__le64 revision;
	__le64 hash;
	__le64 config;
	__le32 n_sessions;
	__le32 config_len;
	__le32 value_len;
	__le32 reserved;
	struct snapshot_session session[];
} __packed;

static u64 mix(u64 hash, u64 word)
{
	struct rng rng = { .state = hash ^ word };

	return rng_next(&rng);
}

/**
 * tag_of() - a hash of some data, by which the tests know it again
 * @data: the data
 * @len: bytes of @data
 *
 * Return: the hash.
 */
u64 tag_of(const void *data, size_t len)
{
	u64 lane[LANES] = { FNV_BASIS, FNV_BASIS + 1, FNV_BASIS + 2, FNV_BASIS + 3 };
	u64 word[LANES], hash = len;
	const u8 *at = data;
	u32 i;

	/* Values are large, and a processor multiplies four pairs as fast as one. */
	for (; len >= sizeof(word); at += sizeof(word), len -= sizeof(word)) {
		memcpy(word, at, sizeof(word));
		for (i = 0; i < LANES; i++) {
			lane[i] = (lane[i] ^ word[i]) * FNV_PRIME;
			lane[i] ^= lane[i] >> 29;
		}
	}
	for (i = 0; i < LANES; i++)
		hash = mix(hash, lane[i]);
	while (len--)
		hash = (hash ^ *at++) * FNV_PRIME;
	return hash;
}

/**
 * invariants_free() - forget everything
 * @inv: the model
 */
void invariants_free(struct invariants *inv)
{
	struct record *record;
	size_t i;

	for (i = 0; i < inv->places; i++) {
		while ((record = inv->place[i].records)) {
			inv->place[i].records = record->next;
			free(record->member);
			free(record);
		}
	}
	free(inv->place);
	free(inv->leader);
	free(inv->counted);
	free(inv->revised);
	free(inv->unwanted);
}

/**
 * invariants_break() - something is not as it must be; the first one counts
 * @inv: the model
 * @fmt: as for printf, without the newline
 */
void invariants_break(struct invariants *inv, const char *fmt, ...)
{
	va_list args;

	if (inv->broken[0])
		return;
	va_start(args, fmt);
	vsnprintf(inv->broken, sizeof(inv->broken), fmt, args);
	va_end(args);
}

static void *grown(void *array, size_t *room, size_t index, size_t size)
{
	size_t want = *room ? *room : 256;

	if (index < *room)
		return array;
	while (want <= index)
		want *= 2;
	array = must_realloc(array, want * size);
	memset((char *)array + *room * size, 0, (want - *room) * size);
	*room = want;
	return array;
}

static struct place *place_at(struct invariants *inv, u64 index)
{
	inv->place = grown(inv->place, &inv->places, index, sizeof(*inv->place));
	return &inv->place[index];
}

static struct counted *counted_slot(struct counted *table, size_t room, u64 tag)
{
	size_t i = tag & (room - 1);

	while (table[i].issued && table[i].tag != tag)
		i = (i + 1) & (room - 1);
	return &table[i];
}

static struct counted *counted_at(struct invariants *inv, u64 tag)
{
	struct counted *old = inv->counted;
	size_t i, room = inv->counted_room;

	if (2 * (inv->n_counted + 1) > room) {
		inv->counted_room = room ? 2 * room : 512;
		inv->counted = must_realloc(NULL, inv->counted_room * sizeof(*old));
		memset(inv->counted, 0, inv->counted_room * sizeof(*old));
		for (i = 0; i < room; i++) {
			if (old[i].issued)
				*counted_slot(inv->counted, inv->counted_room, old[i].tag) = old[i];
		}
		free(old);
	}
	return counted_slot(inv->counted, inv->counted_room, tag);
}

static u64 tag_of_number(u64 origin, u64 seq)
{
	return mix(mix(FNV_BASIS, origin), seq);
}

/* The number of one that is refused goes to the next one. */
static void number(struct invariants *inv, const struct op *op)
{
	u64 tag = tag_of_number(op->origin, op->seq);
	struct counted *numbered = counted_at(inv, tag);

	inv->n_counted += !numbered->issued;
	numbered->tag = tag;
	numbered->issued = 1;
	numbered->writes = op->tag;
}

/**
 * invariants_issued() - an operation is about to be asked for
 * @inv: the model
 * @op: the operation
 */
void invariants_issued(struct invariants *inv, const struct op *op)
{
	struct counted *counted = counted_at(inv, op->tag);

	if (!counted->issued) {
		counted->tag = op->tag;
		inv->n_counted++;
	}
	counted->issued++;
	number(inv, op);
}

static void check_count(struct invariants *inv, const struct counted *counted)
{
	if (counted->applied > counted->issued)
		invariants_break(inv, "applied once: a value written %u times made %u revisions",
				 counted->issued, counted->applied);
	else if (counted->applied > counted->issued - counted->refused)
		invariants_break(inv, "applied once: an operation that was refused was applied");
}

static void check_ended(struct invariants *inv, const struct op *op)
{
	struct revised *revised;

	if (!op->revision && counted_at(inv, op->tag)->applied)
		return;
	if (op->revision >= inv->revisions || !inv->revised[op->revision].index) {
		invariants_break(inv, "true answer: revision %llu, which nobody has made",
				 op->revision);
		return;
	}
	revised = &inv->revised[op->revision];
	if (revised->tag != op->tag)
		invariants_break(inv, "true answer: revision %llu, which entry %llu made",
				 op->revision, revised->index);
	if (op->revision <= op->floor)
		invariants_break(inv, "true answer: revision %llu, but %llu was known before",
				 op->revision, op->floor);
	if (op->kind == RAFT_OP_CAS && op->revision != op->expect + 1)
		invariants_break(inv, "true answer: a compare-and-set at revision %llu made %llu",
				 op->expect, op->revision);
}

/**
 * invariants_ended() - an operation has its answer
 * @inv: the model
 * @op: the operation; if it was cancelled, the node says that nobody saw it
 */
void invariants_ended(struct invariants *inv, const struct op *op)
{
	struct counted *counted = counted_at(inv, op->tag);

	if (op->state == OP_ENDED && op->status == RAFT_OK) {
		check_ended(inv, op);
		return;
	}
	if (op->state == OP_ENDED && op->status == RAFT_UNKNOWN)
		return;
	counted->refused++;
	check_count(inv, counted);
}

static struct origin *origin_of(struct invariants *inv, u64 id)
{
	u32 i;

	for (i = 0; i < inv->n_origins; i++) {
		if (inv->origin[i].id == id)
			return &inv->origin[i];
	}
	return NULL;
}

/* Members keep what is known of them, newcomers begin at 0, who left is forgotten. */
static void model_members(struct invariants *inv, const struct record *record)
{
	struct origin next[RAFT_MEMBERS_MAX] = { 0 };
	const struct origin *old;
	u32 i;

	for (i = 0; i < record->n_members; i++) {
		old = origin_of(inv, record->member[i]);
		if (old)
			next[i] = *old;
		next[i].id = record->member[i];
	}
	memcpy(inv->origin, next, sizeof(next));
	inv->n_origins = record->n_members;
}

static void model_revise(struct invariants *inv, u64 tag, struct place *place, u64 index)
{
	struct counted *counted = counted_at(inv, tag);

	place->revision++;
	place->tag = tag;
	inv->revised = grown(inv->revised, &inv->revisions, place->revision, sizeof(*inv->revised));
	inv->revised[place->revision] = (struct revised) { .tag = tag, .index = index };
	counted->applied++;
	check_count(inv, counted);
}

/* The writes that an entry stands for beside its own, but for those applied before. */
static void model_absorb(struct invariants *inv, const struct record *record, u64 applied,
			 struct place *place, u64 index)
{
	u64 seq = max(record->seq - record->expect, applied + 1);
	const struct counted *numbered;

	for (; seq < record->seq; seq++) {
		numbered = counted_at(inv, tag_of_number(record->origin, seq));
		if (numbered->issued)
			model_revise(inv, numbered->writes, place, index);
		else
			invariants_break(inv, "applied once: entry %llu has %llu, never asked for",
					 index, seq);
	}
}

static u64 session_print(u64 print, const struct origin *origin)
{
	print = mix(print, origin->id);
	print = mix(print, origin->seq);
	print = mix(print, origin->revision);
	return mix(print, origin->status);
}

static void model_apply(struct invariants *inv, u64 index)
{
	struct place *place = &inv->place[index];
	const struct record *record = place->committed;
	struct origin *origin;

	place->revision = index ? inv->place[index - 1].revision : 0;
	place->tag = index > 1 ? inv->place[index - 1].tag : tag_of(NULL, 0);
	if (record->kind == RAFT_ENTRY_CONFIG)
		model_members(inv, record);
	if (record->kind != RAFT_ENTRY_WRITE && record->kind != RAFT_ENTRY_CAS)
		return;
	origin = origin_of(inv, record->origin);
	if (!origin || record->seq <= origin->seq)
		return;
	if (record->kind == RAFT_ENTRY_WRITE)
		model_absorb(inv, record, origin->seq, place, index);
	origin->seq = record->seq;
	origin->status = RAFT_CONFLICT;
	if (record->kind == RAFT_ENTRY_WRITE || record->expect == place->revision) {
		origin->status = RAFT_OK;
		model_revise(inv, record->tag, place, index);
	}
	origin->revision = place->revision;
}

static void model_step(struct invariants *inv)
{
	struct place *place = &inv->place[++inv->known];
	u32 i;

	model_apply(inv, inv->known);
	place->config = inv->place[inv->known - 1].config;
	if (place->committed->kind == RAFT_ENTRY_CONFIG)
		place->config = inv->known;
	place->sessions = inv->n_origins;
	for (i = 0; i < inv->n_origins; i++)
		place->sessions = session_print(place->sessions, &inv->origin[i]);
}

static void learn_committed(struct node *node, u64 index, u64 term, u64 commit_term)
{
	struct invariants *inv = &node->cluster->invariants;
	struct place *place = place_at(inv, index);
	struct record *record = place->records;

	while (record && record->term != term)
		record = record->next;
	if (!record) {
		invariants_break(inv, "log matching: node %u commits %llu/%llu, which is nowhere",
				 node->number, index, term);
		return;
	}
	if (place->committed && place->committed != record) {
		invariants_break(inv, "state machine: node %u commits %llu/%llu, others %llu's",
				 node->number, index, term, place->committed->term);
		return;
	}
	if (!place->committed)
		place->commit_term = commit_term;
	place->committed = record;
	if (inv->committed < index)
		inv->committed = index;
	while (inv->known < index && inv->place[inv->known + 1].committed)
		model_step(inv);
}

static u64 print_of(const struct raft_entry *entry, u64 prev_term, u64 tag)
{
	u64 print = mix(entry->term, prev_term);

	print = mix(print, entry->kind);
	print = mix(print, entry->origin);
	print = mix(print, entry->seq);
	print = mix(print, entry->expect);
	print = mix(print, entry->len);
	return mix(print, tag);
}

static void note_members(struct invariants *inv, struct record *record,
			 const struct raft_entry *entry)
{
	struct raft_config config;
	u32 i;

	if (!raft_wire_config_decode(entry->data, entry->len, &config)) {
		invariants_break(inv, "entry %llu of term %llu is no configuration",
				 entry->index, entry->term);
		return;
	}
	record->n_members = config.n;
	record->member = must_realloc(NULL, config.n * sizeof(*record->member));
	for (i = 0; i < config.n; i++)
		record->member[i] = config.member[i].id;
}

static void learn_entry(struct node *node, const struct raft_entry *entry, u64 prev_term)
{
	struct invariants *inv = &node->cluster->invariants;
	struct place *place = place_at(inv, entry->index);
	u64 tag = tag_of(entry->data, entry->len);
	u64 print = print_of(entry, prev_term, tag);
	struct record *record;

	if (entry->term < prev_term)
		invariants_break(inv, "log matching: node %u has %llu/%llu behind one of %llu",
				 node->number, entry->index, entry->term, prev_term);
	for (record = place->records; record; record = record->next) {
		if (record->term == entry->term && record->print == print)
			return;
		if (record->term == entry->term) {
			invariants_break(inv, "log matching: node %u has another %llu/%llu",
					 node->number, entry->index, entry->term);
			return;
		}
	}
	record = must_realloc(NULL, sizeof(*record));
	*record = (struct record) {
		.next = place->records,
		.term = entry->term,
		.prev_term = prev_term,
		.print = print,
		.tag = tag,
		.origin = entry->origin,
		.seq = entry->seq,
		.expect = entry->expect,
		.kind = entry->kind,
	};
	place->records = record;
	if (entry->kind == RAFT_ENTRY_CONFIG)
		note_members(inv, record, entry);
}

static u64 *term_seen(struct node *node, u64 index)
{
	return &node->seen.terms[index % SEEN_TERMS];
}

/* What is before the log window is committed; a restored log has shown it before. */
static u64 term_before(struct node *node, const struct raft_entry *entry)
{
	struct invariants *inv = &node->cluster->invariants;
	const struct record *record;
	struct raft_entry before;

	if (entry->index == 1)
		return 0;
	if (raft_entry_at(node->raft, entry->index - 1, &before))
		return before.term;
	if (place_at(inv, entry->index - 1)->committed)
		return inv->place[entry->index - 1].committed->term;
	for (record = place_at(inv, entry->index)->records; record; record = record->next) {
		if (record->term == entry->term)
			return record->prev_term;
	}
	invariants_break(inv, "node %u begins its log with entry %llu after nothing",
			 node->number, entry->index);
	return 0;
}

static void check_log(struct node *node, const struct raft_view *view, bool all)
{
	struct invariants *inv = &node->cluster->invariants;
	struct raft_entry entry;
	u64 index;

	for (index = view->last; index && index >= view->first; index--) {
		if (!raft_entry_at(node->raft, index, &entry) || entry.index != index) {
			invariants_break(inv, "node %u can not show entry %llu of %llu to %llu",
					 node->number, index, view->first, view->last);
			return;
		}
		if (!all && index <= node->seen.last && *term_seen(node, index) == entry.term)
			return;
		if (index <= node->seen.commit && *term_seen(node, index) != entry.term)
			invariants_break(inv, "committed for good: node %u replaces entry %llu",
					 node->number, index);
		if (index <= node->seen.last && node->seen.led == view->term &&
		    view->role == RAFT_LEADER && *term_seen(node, index) != entry.term)
			invariants_break(inv, "append-only: node %u leads and replaces entry %llu",
					 node->number, index);
		learn_entry(node, &entry, term_before(node, &entry));
		*term_seen(node, index) = entry.term;
	}
}

static void check_order(struct node *node, const struct raft_view *view)
{
	struct invariants *inv = &node->cluster->invariants;
	const struct seen *seen = &node->seen;

	if (view->term < seen->term)
		invariants_break(inv, "monotone: node %u goes back from term %llu to %llu",
				 node->number, seen->term, view->term);
	if (view->commit < seen->commit)
		invariants_break(inv, "monotone: node %u goes back from commit index %llu to %llu",
				 node->number, seen->commit, view->commit);
	if (view->applied < seen->applied)
		invariants_break(inv, "monotone: node %u goes back from applied index %llu to %llu",
				 node->number, seen->applied, view->applied);
	if (view->revision < seen->revision)
		invariants_break(inv, "monotone: node %u goes back from revision %llu to %llu",
				 node->number, seen->revision, view->revision);
	if (view->applied > view->commit || view->commit > view->last ||
	    view->durable > view->last || view->first > view->applied + 1)
		invariants_break(inv, "node %u: log %llu applied %llu commit %llu stored %llu/%llu",
				 node->number, view->first, view->applied, view->commit,
				 view->durable, view->last);
}

/*
 * "If a log entry is committed in a given term, then that entry will be present
 * in the logs of the leaders for all higher-numbered terms" (figure 3.2). Who
 * wins an earlier term, late, need not have it.
 */
static void check_complete(struct node *node, const struct raft_view *view)
{
	struct invariants *inv = &node->cluster->invariants;
	u64 index;

	for (index = view->first; index <= inv->committed; index++) {
		const struct place *place = &inv->place[index];

		if (!place->committed || place->commit_term >= view->term)
			continue;
		if (index > view->last || place->committed->term != *term_seen(node, index))
			invariants_break(inv, "leader completeness: node %u, term %llu, lacks %llu",
					 node->number, view->term, index);
	}
}

static void check_leader(struct node *node, const struct raft_view *view)
{
	struct invariants *inv = &node->cluster->invariants;

	if (view->role != RAFT_LEADER || node->seen.led == view->term)
		return;
	node->seen.led = view->term;
	inv->leader = grown(inv->leader, &inv->leaders, view->term, sizeof(*inv->leader));
	if (inv->leader[view->term] && inv->leader[view->term] != view->id)
		invariants_break(inv, "one leader: members %llx and %llx both lead term %llu",
				 inv->leader[view->term], view->id, view->term);
	inv->leader[view->term] = view->id;
	check_log(node, view, true);
	check_complete(node, view);
}

static void check_commit(struct node *node, const struct raft_view *view)
{
	u64 index = node->seen.commit + 1;

	if (index < view->first)
		index = view->first;
	for (; index <= view->commit; index++)
		learn_committed(node, index, *term_seen(node, index), view->term);
}

/*
 * "Each server takes snapshots independently, covering just the committed
 * entries in its log" (section 5.1): whoever starts from one must be where all
 * others were at that index. The sessions are read without the core's help.
 */
static void check_snapshot(struct node *node, const struct place *place)
{
	struct invariants *inv = &node->cluster->invariants;
	size_t i, size = raft_snapshot_size(node->raft);
	struct snapshot *snapshot = must_realloc(NULL, size);
	const struct snapshot_session *session = snapshot->session;
	u64 sessions;

	if (raft_snapshot_encode(node->raft, (u8 *)snapshot, size) != size)
		invariants_break(inv, "snapshot: node %u gives none", node->number);
	sessions = le32_to_cpu(snapshot->n_sessions);
	for (i = 0; i < le32_to_cpu(snapshot->n_sessions); i++, session++) {
		struct origin origin = {
			.id = le64_to_cpu(session->id),
			.seq = le64_to_cpu(session->seq),
			.revision = le64_to_cpu(session->revision),
			.status = le32_to_cpu(session->status),
		};

		sessions = session_print(sessions, &origin);
	}
	if (le64_to_cpu(snapshot->config) != place->config)
		invariants_break(inv, "snapshot: node %u has config %llu at entry %llu, not %llu",
				 node->number, le64_to_cpu(snapshot->config),
				 le64_to_cpu(snapshot->index), place->config);
	if (sessions != place->sessions)
		invariants_break(inv, "snapshot: node %u has other sessions at entry %llu",
				 node->number, le64_to_cpu(snapshot->index));
	free(snapshot);
}

static void check_state(struct node *node, const struct raft_view *view)
{
	struct invariants *inv = &node->cluster->invariants;
	struct place *place;
	const u8 *value;
	u64 revision;
	size_t len;

	if (view->applied == node->seen.applied || !view->applied)
		return;
	if (view->applied > inv->known) {
		invariants_break(inv, "state machine: node %u has applied %llu, %llu are committed",
				 node->number, view->applied, inv->known);
		return;
	}
	place = place_at(inv, view->applied);
	if (place->revision != view->revision)
		invariants_break(inv, "state machine: node %u: revision %llu at %llu, not %llu",
				 node->number, view->revision, view->applied, place->revision);
	if (place->hash && place->hash != view->hash)
		invariants_break(inv, "state machine: node %u has another hash at entry %llu",
				 node->number, view->applied);
	place->hash = view->hash;
	/* What an installed one gives, and every so often what this node would give. */
	if (view->first > node->seen.applied + 1 || view->applied % SNAPSHOT_EVERY == 0)
		check_snapshot(node, place);
	value = raft_value(node->raft, &len, &revision);
	if (revision != view->revision || len != view->value_len)
		invariants_break(inv, "state machine: node %u has two values", node->number);
	if (tag_of(value, len) != place->tag)
		invariants_break(inv, "state machine: node %u has another value at revision %llu",
				 node->number, view->revision);
}

static void remember(struct node *node, const struct raft_view *view)
{
	node->seen.term = view->term;
	node->seen.last = view->last;
	node->seen.commit = view->commit;
	node->seen.applied = view->applied;
	node->seen.revision = view->revision;
}

/**
 * invariants_created() - a node is about to start as the only member of a new cluster
 * @node: the node; its first configuration is entry 1, which no log shows
 */
void invariants_created(struct node *node)
{
	struct invariants *inv = &node->cluster->invariants;
	struct place *place = place_at(inv, 1);
	struct record *record = must_realloc(NULL, sizeof(*record));

	*record = (struct record) {
		.term = 1,
		.kind = RAFT_ENTRY_CONFIG,
		.member = must_copy(&node->params.id, sizeof(node->params.id)),
		.n_members = 1,
	};
	place->records = record;
	place->committed = record;
	inv->committed = 1;
	model_step(inv);
}

/**
 * invariants_started() - a node was made anew
 * @node: the node, nothing restored to it yet
 */
void invariants_started(struct node *node)
{
	memset(&node->seen, 0, sizeof(node->seen));
	witness_started(node);
}

/**
 * invariants_stepped() - check a node that was stepped
 * @node: the node
 * @update: what the step gave
 */
void invariants_stepped(struct node *node, const struct raft_update *update)
{
	struct invariants *inv = &node->cluster->invariants;
	struct raft_view view;

	if (update->n_send > RAFT_SENDS || update->n_done > RAFT_DONES)
		invariants_break(inv, "node %u gives more in an update than fits", node->number);
	raft_view(node->raft, &view);
	check_order(node, &view);
	check_log(node, &view, false);
	check_leader(node, &view);
	check_commit(node, &view);
	check_state(node, &view);
	witness_stepped(node, &view);
	remember(node, &view);
}

/**
 * invariants_unwanted() - somebody asks for the removal of a member
 * @inv: the model
 * @id: the member
 */
void invariants_unwanted(struct invariants *inv, u64 id)
{
	inv->unwanted = must_realloc(inv->unwanted, (inv->n_unwanted + 1) * sizeof(id));
	inv->unwanted[inv->n_unwanted++] = id;
}

/**
 * invariants_wanted() - has nobody asked for the removal of a member?
 * @inv: the model
 * @id: the member
 */
bool invariants_wanted(const struct invariants *inv, u64 id)
{
	size_t i;

	for (i = 0; i < inv->n_unwanted; i++)
		if (inv->unwanted[i] == id)
			return false;
	return true;
}
