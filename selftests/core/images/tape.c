// SPDX-License-Identifier: GPL-2.0
/* The write logs of three stores, put side by side. */
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "tape.h"

#define BACK	20	/* landings that TAPE_OLD goes back */

/**
 * struct reel - what happened to one store, while the tape is made
 * @step: landings and marks, in order
 * @n: how many
 * @at: the next one
 */
struct reel {
	struct tape_step *step;
	size_t n;
	size_t at;
};

static void end_landing(struct tape_store *store, struct reel *reel, u32 number)
{
	struct tape_landing *last = &store->landing[store->n_landings];
	size_t done = last->first;

	last->n = store->n_writes - done;
	if (!last->n)
		return;
	reel->step[reel->n++] = (struct tape_step) { number, store->n_landings };
	store->n_landings++;
	store->landing[store->n_landings].first = store->n_writes;
}

static void take_write(struct tape_store *store, const struct writelog_entry *entry)
{
	store->write[store->n_writes++] = (struct tape_write) {
		.sector = entry->sector,
		.sectors = entry->sectors,
		.data = entry->data,
	};
	if (entry->sector + entry->sectors > store->sectors)
		store->sectors = entry->sector + entry->sectors;
}

/* The driver logs what a flush found right in front of it, and what has FUA by itself. */
static void take_entry(struct tape_store *store, struct reel *reel, u32 number, size_t at)
{
	const struct writelog_entry *entry = &store->log.entry[at];

	if (entry->flags & WRITELOG_DISCARD)
		fatal("store %u: sectors were discarded", number + 1);
	if (entry->flags & WRITELOG_MARK) {
		reel->step[reel->n++] = (struct tape_step) { TAPE_MARK, at };
		return;
	}
	if (entry->flags & WRITELOG_FLUSH)
		end_landing(store, reel, number);
	if (!entry->sectors)
		return;
	if (entry->flags & WRITELOG_FUA) {
		if (store->landing[store->n_landings].first != store->n_writes)
			fatal("store %u: entry %zu is out of order", number + 1, at);
		store->n_fua++;
	}
	take_write(store, entry);
	if (entry->flags & WRITELOG_FUA)
		end_landing(store, reel, number);
}

static void read_store(struct tape_store *store, struct reel *reel, u32 number, const char *path)
{
	size_t i, n;

	writelog_read(&store->log, path);
	n = store->log.n;
	store->write = must_realloc(NULL, n * sizeof(*store->write));
	store->landing = must_realloc(NULL, (n + 1) * sizeof(*store->landing));
	store->landing[0].first = 0;
	reel->step = must_realloc(NULL, n * sizeof(*reel->step));
	for (i = 0; i < n; i++)
		take_entry(store, reel, number, i);
}

static bool at_landing(const struct reel *reel)
{
	return reel->at < reel->n && reel->step[reel->at].what != TAPE_MARK;
}

/* All three are at a mark. */
static void take_mark(struct tape *tape, struct reel reel[TAPE_STORES])
{
	const struct writelog_entry *mark, *first = NULL;
	u32 i;

	for (i = 0; i < TAPE_STORES; i++) {
		if (reel[i].at == reel[i].n)
			fatal("store %u has fewer marks than another", i + 1);
		mark = &tape->store[i].log.entry[reel[i].step[reel[i].at].number];
		if (!first)
			first = mark;
		if (mark->len != first->len || memcmp(mark->data, first->data, first->len))
			fatal("the marks of store %u are not those of store 1", i + 1);
	}
	tape->step[tape->n_steps++] = reel[0].step[reel[0].at];
	tape->n_marks++;
	for (i = 0; i < TAPE_STORES; i++)
		reel[i].at++;
}

/* One of those that have not come to a mark, or to their end. */
static int draw(const struct reel reel[TAPE_STORES], struct rng *rng)
{
	u32 i, n = 0, which;

	for (i = 0; i < TAPE_STORES; i++)
		n += at_landing(&reel[i]);
	if (!n)
		return -1;
	which = rng_between(rng, 0, n - 1);
	for (i = 0; !at_landing(&reel[i]) || which--; i++)
		;
	return i;
}

static void merge(struct tape *tape, struct reel reel[TAPE_STORES], u64 seed)
{
	struct rng rng = { .state = seed };
	int i;

	tape->step = must_realloc(NULL, (reel[0].n + reel[1].n + reel[2].n + 1) *
					sizeof(*tape->step));
	for (;;) {
		i = draw(reel, &rng);
		if (i >= 0)
			tape->step[tape->n_steps++] = reel[i].step[reel[i].at++];
		else if (reel[0].at < reel[0].n)
			take_mark(tape, reel);
		else
			break;
	}
	for (i = 0; i < TAPE_STORES; i++) {
		if (reel[i].at < reel[i].n)
			fatal("store %d has more marks than store 1", i + 1);
	}
}

/**
 * tape_read() - read the logs of three stores
 * @tape: filled in, to be given back with tape_free()
 * @path: the logs
 * @seed: decides in which order things happened on different stores
 */
void tape_read(struct tape *tape, char *const path[TAPE_STORES], u64 seed)
{
	struct reel reel[TAPE_STORES] = {};
	u32 i;

	memset(tape, 0, sizeof(*tape));
	for (i = 0; i < TAPE_STORES; i++)
		read_store(&tape->store[i], &reel[i], i, path[i]);
	merge(tape, reel, seed);
	for (i = 0; i < TAPE_STORES; i++)
		free(reel[i].step);
}

/**
 * tape_free() - give a tape back
 * @tape: the tape
 */
void tape_free(struct tape *tape)
{
	u32 i;

	for (i = 0; i < TAPE_STORES; i++) {
		writelog_free(&tape->store[i].log);
		free(tape->store[i].write);
		free(tape->store[i].landing);
	}
	free(tape->step);
	free(tape->old);
}

/**
 * tape_land() - let a landing change the bytes of its store
 * @tape: the tape
 * @store: the store
 * @landing: the landing
 * @bytes: all of its bytes
 */
void tape_land(const struct tape *tape, u32 store, size_t landing, u8 *bytes)
{
	const struct tape_landing *land = &tape->store[store].landing[landing];
	const struct tape_write *write = &tape->store[store].write[land->first];
	size_t i;

	for (i = 0; i < land->n; i++, write++)
		memcpy(bytes + write->sector * WRITELOG_SECTOR, write->data,
		       write->sectors * WRITELOG_SECTOR);
}

/**
 * tape_find() - find the next landing on a store
 * @tape: the tape
 * @store: the store
 * @from: the first step that is looked at
 *
 * Return: the step, or the number of steps if there is none.
 */
size_t tape_find(const struct tape *tape, u32 store, size_t from)
{
	while (from < tape->n_steps && tape->step[from].what != store)
		from++;
	return from;
}

/**
 * tape_find_text() - find the newest mark at or before a step
 * @tape: the tape
 * @step: the step
 * @text: set to its text, which no NUL ends
 * @len: set to the bytes of that
 *
 * Return: false if there is none.
 */
bool tape_find_text(const struct tape *tape, size_t step, const char **text, int *len)
{
	const struct writelog_entry *entry;

	while (tape->step[step].what != TAPE_MARK) {
		if (!step--)
			return false;
	}
	entry = &tape->store[0].log.entry[tape->step[step].number];
	*text = (const char *)entry->data;
	*len = entry->len;
	return true;
}

static void remove_step(struct tape *tape, size_t at)
{
	tape->n_steps--;
	memmove(&tape->step[at], &tape->step[at + 1], (tape->n_steps - at) * sizeof(*tape->step));
}

static void break_late(struct tape *tape)
{
	struct tape_step *step = tape->step;
	size_t i, n = tape->n_steps;

	for (i = 0, tape->n_steps = 0; i < n; i++) {
		if (step[i].what != TAPE_MARK && !step[i].number--)
			continue;
		step[tape->n_steps++] = step[i];
	}
}

/**
 * tape_go_back() - let a store be as it was
 * @tape: the tape
 * @at: the step, a landing, from which on it is
 * @to: the step, a landing on the same store, of which the effect is the last
 */
void tape_go_back(struct tape *tape, size_t at, size_t to)
{
	const u32 what = tape->step[at].what;
	struct tape_store *store = &tape->store[what];
	size_t i;

	free(tape->old);
	tape->old = calloc(store->sectors, WRITELOG_SECTOR);
	if (!tape->old)
		fatal("out of memory");
	for (i = 0; i <= to; i++) {
		if (tape->step[i].what == what)
			tape_land(tape, what, tape->step[i].number, tape->old);
	}
	i = store->n_writes++;
	store->write = must_realloc(store->write, store->n_writes * sizeof(*store->write));
	store->write[i] = (struct tape_write) {
		.sectors = store->sectors,
		.data = tape->old,
	};
	store->landing = must_realloc(store->landing,
				      (store->n_landings + 1) * sizeof(*store->landing));
	store->landing[store->n_landings] = (struct tape_landing) { .first = i, .n = 1 };
	tape->step[at].number = store->n_landings++;
}

static void break_old(struct tape *tape, size_t at)
{
	size_t to = at, n = 0;

	while (to && n < BACK) {
		to--;
		n += tape->step[to].what == tape->step[at].what;
	}
	tape_go_back(tape, at, to);
}

/**
 * tape_break() - put something on the tape that must be found
 * @tape: the tape
 * @fault: what
 * @at: the step, a landing, that it happens to; of no account to %TAPE_LATE
 */
void tape_break(struct tape *tape, enum tape_fault fault, size_t at)
{
	if (fault == TAPE_LATE)
		break_late(tape);
	else if (fault == TAPE_DROP)
		remove_step(tape, at);
	else
		break_old(tape, at);
}

/**
 * tape_fault_name() - a word for a fault
 * @fault: the fault
 *
 * Return: the word.
 */
const char *tape_fault_name(enum tape_fault fault)
{
	static const char * const name[TAPE_FAULTS] = {
		[TAPE_LATE] = "late",
		[TAPE_DROP] = "drop",
		[TAPE_OLD] = "old",
	};

	return name[fault];
}
