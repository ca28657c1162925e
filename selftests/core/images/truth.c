// SPDX-License-Identifier: GPL-2.0
/* What was agreed on. */
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>

#include "fail.h"
#include "internal.h"
#include "truth.h"

static struct truth_place *place_of(struct truth *truth, u64 index)
{
	u64 n = truth->n ? truth->n : 1024;

	while (n <= index)
		n *= 2;
	if (n != truth->n) {
		truth->place = must_realloc(truth->place, n * sizeof(*truth->place));
		memset(truth->place + truth->n, 0, (n - truth->n) * sizeof(*truth->place));
		truth->n = n;
	}
	return &truth->place[index];
}

static struct truth_entry *find(struct truth *truth, const struct raft_entry *entry, u64 print)
{
	struct truth_place *place = place_of(truth, entry->index);
	struct truth_entry *known;

	for (known = place->known; known; known = known->next) {
		if (known->print == print)
			return known;
		if (known->entry.term == entry->term)
			scnprintf(truth->broken, sizeof(truth->broken),
				  "there are two entries %llu of term %llu",
				  entry->index, entry->term);
	}
	known = must_realloc(NULL, sizeof(*known));
	known->next = place->known;
	known->entry = *entry;
	known->entry.data = must_copy(entry->data, entry->len);
	known->print = print;
	place->known = known;
	return known;
}

/* The others follow from it; of which store it is, the order of the tape may hide. */
static void take_first(struct truth *truth, const struct store *store,
		       const struct reading *reading)
{
	store_params(store, &truth->params);
	truth->params.id = ~0ULL;
	truth->params.is_volatile = true;
	truth->base = reading->base;
	truth->first_len = raft_snapshot_size(store->raft);
	truth->first = must_realloc(truth->first, truth->first_len);
	raft_snapshot_encode(store->raft, truth->first, truth->first_len);
}

/**
 * truth_see() - learn from what a store holds
 * @truth: what is known so far; zeros at first
 * @which: the store
 * @store: it, just read
 * @reading: what was read
 *
 * To be called after every landing, in order.
 */
void truth_see(struct truth *truth, u32 which, const struct store *store,
	       const struct reading *reading)
{
	u64 index, print, *last = &truth->seen_last[which];
	struct truth_place *place;
	struct raft_entry entry;

	if (!reading->started)
		return;
	if (!truth->base || reading->base < truth->base)
		take_first(truth, store, reading);
	/* What was cut off had not been committed. */
	for (; *last > reading->last; (*last)--)
		place_of(truth, *last)->seen[which] = NULL;
	*last = reading->last;
	for (index = reading->base + 1; index <= reading->last; index++) {
		place = place_of(truth, index);
		print = reading->print[index % RAFT_LOG_SLOTS];
		if (place->seen[which] && place->seen[which]->print == print)
			continue;
		raft_entry_at(store->raft, index, &entry);
		place->seen[which] = find(truth, &entry, print);
	}
}

/* What two hold, or else the newest: a member that is alone commits alone. */
static const struct truth_entry *agree(const struct truth_place *place)
{
	struct truth_entry * const *seen = place->seen;
	const struct truth_entry *best = NULL;
	u32 i;

	for (i = 0; i < TAPE_STORES; i++) {
		if (seen[i] && seen[i] == seen[(i + 1) % TAPE_STORES])
			return seen[i];
		if (seen[i] && (!best || seen[i]->entry.term > best->entry.term))
			best = seen[i];
	}
	return best;
}

/* Is this "wWRITER NUMBER", and perhaps a space and more? */
static bool parse(const struct raft_entry *entry, u32 *writer, u64 *number)
{
	char text[64];
	int n = 0;

	snprintf(text, sizeof(text), "%.*s", (int)entry->len, (const char *)entry->data);
	return sscanf(text, "w%u %llu%n", writer, number, &n) == 2 && *writer < TRUTH_WRITERS &&
	       (!text[n] || text[n] == ' ');
}

static void note_value(struct truth *truth, const struct raft_entry *entry)
{
	struct truth_writer *writer;
	u64 number, n;
	u32 who;

	if (entry->kind != RAFT_ENTRY_WRITE || !parse(entry, &who, &number))
		return;
	writer = &truth->writer[who];
	if (number > 1 << 24)
		fatal("no writer writes %llu values", number);
	if (number >= writer->n) {
		n = 2 * number + 64;
		writer->index = must_realloc(writer->index, n * sizeof(*writer->index));
		memset(writer->index + writer->n, 0, (n - writer->n) * sizeof(*writer->index));
		writer->n = n;
	}
	if (!writer->index[number])
		writer->index[number] = entry->index;
}

/* Let the core apply them: @model is a node that is never started. */
static void work_out(struct truth *truth, struct raft *model)
{
	struct truth_place *place = place_of(truth, truth->base);
	struct raft_view view;
	u64 index;

	for (index = truth->base; ; index++) {
		raft_view(model, &view);
		place = place_of(truth, index);
		place->hash = view.hash;
		place->revision = view.revision;
		truth->last = index;
		place = place_of(truth, index + 1);
		place->agreed = agree(place);
		if (!place->agreed || !raft_restore_entry(model, &place->agreed->entry))
			return;
		note_value(truth, &place->agreed->entry);
		raft_commit_to(model, index + 1);
	}
}

/**
 * truth_settle() - decide what was agreed on
 * @truth: what is known, all of it having been seen
 */
void truth_settle(struct truth *truth)
{
	struct raft *model;

	if (!truth->base) {
		scnprintf(truth->broken, sizeof(truth->broken), "no store ever held any state");
		return;
	}
	model = raft_init(must_realloc(NULL, raft_size(&truth->params)), &truth->params);
	if (!raft_restore_hard_state(model, 1, 0) ||
	    !raft_restore_snapshot(model, truth->first, truth->first_len))
		fatal("a state that a node took is not taken by another");
	work_out(truth, model);
	free(model);
}

/**
 * truth_index() - where a value is in the log
 * @truth: what was agreed on
 * @writer: who wrote it
 * @number: its number there
 *
 * Return: the index of its entry, 0 if there is none.
 */
u64 truth_index(const struct truth *truth, u32 writer, u64 number)
{
	if (writer >= TRUTH_WRITERS || number >= truth->writer[writer].n)
		return 0;
	return truth->writer[writer].index[number];
}

/**
 * truth_free() - give it back
 * @truth: what was agreed on
 */
void truth_free(struct truth *truth)
{
	struct truth_entry *known;
	u64 i;

	for (i = 0; i < truth->n; i++) {
		while ((known = truth->place[i].known)) {
			truth->place[i].known = known->next;
			free((void *)known->entry.data);
			free(known);
		}
	}
	for (i = 0; i < TRUTH_WRITERS; i++)
		free(truth->writer[i].index);
	free(truth->place);
	free(truth->first);
}
