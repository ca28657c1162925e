// SPDX-License-Identifier: GPL-2.0
/* Judges images of three stores. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>

#include "fail.h"
#include "judge.h"

#define DRAWS	8	/* attempts at an image in which something has landed */

/**
 * enum some - which sectors of a write have landed
 * @SOME_NONE: none
 * @SOME_ALL: all
 * @SOME_FIRST: a number of the first
 * @SOME_LAST: a number of the last
 * @SOME_ANY: each by chance; as are the following, for this is the likeliest
 * @SOMES: how many draws there are
 */
enum some {
	SOME_NONE,
	SOME_ALL,
	SOME_FIRST,
	SOME_LAST,
	SOME_ANY,
	SOMES = 8,
};

static bool say(struct judge *judge, enum judge_rule rule, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static bool say(struct judge *judge, enum judge_rule rule, const char *fmt, ...)
{
	va_list args;

	judge->rule = rule;
	va_start(args, fmt);
	vsnprintf(judge->why, sizeof(judge->why), fmt, args);
	va_end(args);
	return false;
}

static struct judge_brief brief_of(const struct reading *reading)
{
	return (struct judge_brief) {
		.verdict = reading->verdict,
		.started = reading->started,
		.term = reading->state.term,
		.vote = reading->state.vote,
		.incarnation = reading->incarnation,
		.seq = reading->seq,
		.generation = reading->generation,
	};
}

/**
 * judge_learn() - see what every landing makes of its store
 * @tape: what happened
 * @truth: learns, too; NULL if it is known already
 *
 * Return: for each step that is a landing; to be given back with free().
 */
struct judge_brief *judge_learn(const struct tape *tape, struct truth *truth)
{
	struct judge_brief *brief = calloc(tape->n_steps, sizeof(*brief));
	struct store store[TAPE_STORES];
	struct reading reading;
	size_t i;
	u32 what;

	if (!brief)
		fatal("out of memory");
	for (i = 0; i < TAPE_STORES; i++)
		store_init(&store[i], tape->store[i].sectors);
	for (i = 0; i < tape->n_steps; i++) {
		what = tape->step[i].what;
		if (what == TAPE_MARK)
			continue;
		tape_land(tape, what, tape->step[i].number, store[what].bytes);
		store_read(&store[what], &reading);
		brief[i] = brief_of(&reading);
		if (truth)
			truth_see(truth, what, &store[what], &reading);
	}
	for (i = 0; i < TAPE_STORES; i++)
		store_free(&store[i]);
	if (truth)
		truth_settle(truth);
	return brief;
}

/*
 * Is a write of the journal missed if it is not there? Not if the next one is a checkpoint,
 * which needs nothing that was before it.
 */
static bool is_missed(const struct tape *tape, const struct judge_brief *brief, size_t at)
{
	u32 what = tape->step[at].what;
	size_t next, before = at;

	if (what == TAPE_MARK)
		return false;
	next = tape_find(tape, what, at + 1);
	while (before && tape->step[before - 1].what != what)
		before--;
	return before && next < tape->n_steps && brief[before - 1].seq < brief[at].seq &&
	       brief[at].generation == brief[next].generation;
}

/**
 * judge_victim() - find a write that must not be lost
 * @tape: what happened
 * @brief: what judge_learn() says of @tape
 * @seed: decides which
 *
 * Return: the step, a landing in the middle third of the tape.
 */
size_t judge_victim(const struct tape *tape, const struct judge_brief *brief, u64 seed)
{
	struct rng rng = { .state = seed };
	u32 tries = tape->n_steps;
	size_t at;

	do {
		if (!tries--)
			fatal("there is too little on the tape to break it");
		at = rng_between(&rng, tape->n_steps / 3, tape->n_steps * 2 / 3);
	} while (!is_missed(tape, brief, at));
	return at;
}

/**
 * judge_init() - get ready to judge
 * @judge: filled in, to be given back with judge_free()
 * @tape: what happened
 * @truth: what was agreed on
 * @brief: what judge_learn() says of @tape
 * @seed: decides the variants
 */
void judge_init(struct judge *judge, const struct tape *tape, const struct truth *truth,
		struct judge_brief *brief, u64 seed)
{
	struct judge_seat *seat;
	u32 i;

	memset(judge, 0, sizeof(*judge));
	judge->tape = tape;
	judge->truth = truth;
	judge->brief = brief;
	judge->seed = seed;
	snprintf(judge->unknown, sizeof(judge->unknown), "%s", truth->broken);
	judge->acked = calloc(truth->n + 1, sizeof(*judge->acked));
	for (i = 0; i < TAPE_STORES; i++) {
		seat = &judge->seat[i];
		store_init(&seat->store, tape->store[i].sectors);
		store_read(&seat->store, &seat->now);
		seat->was = brief_of(&seat->now);
		seat->next = tape_find(tape, i, 0);
		seat->kept = calloc(truth->n + 1, sizeof(*seat->kept));
		if (!seat->kept || !judge->acked)
			fatal("out of memory");
	}
}

/**
 * judge_free() - give it back
 * @judge: the judge
 */
void judge_free(struct judge *judge)
{
	u32 i;

	for (i = 0; i < TAPE_STORES; i++) {
		store_free(&judge->seat[i].store);
		free(judge->seat[i].kept);
	}
	free(judge->acked);
	free(judge->undo);
}

/* Does the member have the entry that was agreed on, by itself or in its state? */
static bool has(const struct judge *judge, const struct reading *reading, u64 index)
{
	const struct truth_entry *agreed = judge->truth->place[index].agreed;

	if (!reading->started || index <= reading->base)
		return reading->started;
	return index <= reading->last &&
	       reading->print[index % RAFT_LOG_SLOTS] == agreed->print;
}

/* An operation's number tells after which start it was asked. */
static void use_start(struct judge_seat *seat, const struct raft_entry *entry)
{
	if (entry->origin == seat->now.member)
		seat->used = max_t(u32, seat->used, entry->seq >> 32);
}

static void acknowledge(struct judge *judge, u32 writer, u64 number)
{
	u64 index = truth_index(judge->truth, writer, number);
	u32 i;

	judge->acks++;
	if (!index && !judge->unknown[0])
		snprintf(judge->unknown, sizeof(judge->unknown),
			 "w%u %llu was acknowledged and was never on two stores", writer, number);
	if (!index)
		return;
	judge->acked[index] = true;
	judge->last_acked = max(judge->last_acked, index);
	for (i = 0; i < TAPE_STORES; i++) {
		use_start(&judge->seat[i], &judge->truth->place[index].agreed->entry);
		judge->seat[i].kept[index] = has(judge, &judge->seat[i].now, index);
	}
}

static void take_mark(struct judge *judge, size_t position)
{
	char text[64];
	const char *at;
	u64 number;
	u32 writer;
	int len;

	if (!tape_find_text(judge->tape, position, &at, &len))
		return;
	snprintf(text, sizeof(text), "%.*s", len, at);
	if (sscanf(text, "ack-%u-%llu", &writer, &number) == 2)
		acknowledge(judge, writer, number);
}

static void take_landing(struct judge *judge, struct judge_seat *seat, size_t position)
{
	const struct tape_step *step = &judge->tape->step[position];
	u64 index = seat->now.base;

	seat->was = brief_of(&seat->now);
	tape_land(judge->tape, step->what, step->number, seat->store.bytes);
	store_read(&seat->store, &seat->now);
	seat->next = tape_find(judge->tape, step->what, position + 1);
	while (++index <= judge->last_acked)
		seat->kept[index] |= judge->acked[index] && has(judge, &seat->now, index);
}

/**
 * judge_advance() - let the next thing happen
 * @judge: the judge, no image being made
 * @position: the step; they follow one another
 */
void judge_advance(struct judge *judge, size_t position)
{
	u32 what = judge->tape->step[position].what;

	if (what == TAPE_MARK)
		take_mark(judge, position);
	else
		take_landing(judge, &judge->seat[what], position);
}

static void change(struct judge *judge, struct judge_seat *seat, u64 sector, const u8 *data)
{
	u8 *at = seat->store.bytes + sector * WRITELOG_SECTOR;
	struct judge_undo *undo;

	if (judge->n_undo == judge->undo_room) {
		judge->undo_room = 2 * judge->undo_room + 64;
		judge->undo = must_realloc(judge->undo, judge->undo_room * sizeof(*judge->undo));
	}
	undo = &judge->undo[judge->n_undo++];
	undo->seat = seat;
	undo->sector = sector;
	memcpy(undo->bytes, at, WRITELOG_SECTOR);
	memcpy(at, data, WRITELOG_SECTOR);
}

/**
 * judge_undo() - take an image's changes back
 * @judge: the judge
 */
void judge_undo(struct judge *judge)
{
	const struct judge_undo *undo;

	while (judge->n_undo) {
		undo = &judge->undo[--judge->n_undo];
		memcpy(undo->seat->store.bytes + undo->sector * WRITELOG_SECTOR, undo->bytes,
		       WRITELOG_SECTOR);
	}
}

/* Some sectors of what is written next land. */
static void land_some(struct judge *judge, struct judge_seat *seat, struct rng *rng)
{
	const struct tape_step *step = &judge->tape->step[seat->next];
	const struct tape_store *store = &judge->tape->store[step->what];
	const struct tape_landing *landing = &store->landing[step->number];
	const struct tape_write *write = &store->write[landing->first];
	enum some some = rng_between(rng, 0, SOMES - 1);
	u32 permille = rng_between(rng, 50, 950);
	u64 n = 0, at = 0, cut, k;
	size_t i;
	bool lands;

	for (i = 0; i < landing->n; i++)
		n += write[i].sectors;
	cut = rng_between(rng, 0, n);
	for (i = 0; i < landing->n; i++, write++) {
		for (k = 0; k < write->sectors; k++, at++) {
			lands = some == SOME_ALL || (some == SOME_FIRST && at < cut) ||
				(some == SOME_LAST && at >= cut) ||
				(some >= SOME_ANY && rng_chance(rng, permille));
			if (lands)
				change(judge, seat, write->sector + k,
				       write->data + k * WRITELOG_SECTOR);
		}
	}
}

static void draw(struct judge *judge, struct rng *rng)
{
	struct judge_seat *seat;
	u32 i, tries;
	size_t n;

	for (tries = 0; tries < DRAWS && !judge->n_undo; tries++) {
		for (i = 0; i < TAPE_STORES; i++) {
			seat = &judge->seat[i];
			n = judge->n_undo;
			if (seat->next < judge->tape->n_steps)
				land_some(judge, seat, rng);
			if (n != judge->n_undo)
				store_read(&seat->store, &seat->image);
		}
	}
}

/* From @a to @b, nothing may go back. */
static bool check_order(struct judge *judge, u32 which, const struct judge_brief *a,
			const struct judge_brief *b)
{
	if (b->verdict > RAFT_JOURNAL_TORN &&
	    (b->verdict != RAFT_JOURNAL_BLANK || a->verdict != RAFT_JOURNAL_BLANK))
		return say(judge, JUDGE_VERDICT, "store %u: %s", which,
			   raft_journal_verdict_text(b->verdict));
	if (a->started && !b->started)
		return say(judge, JUDGE_START, "store %u: its member does not start any more",
			   which);
	if (b->term < a->term)
		return say(judge, JUDGE_TERM, "store %u: term %llu after term %llu", which,
			   b->term, a->term);
	if (b->term == a->term && a->vote && b->vote != a->vote)
		return say(judge, JUDGE_TERM, "store %u: in term %llu vote %llx after vote %llx",
			   which, b->term, b->vote, a->vote);
	if (b->incarnation < a->incarnation)
		return say(judge, JUDGE_INCARNATION, "store %u: start %u after start %u", which,
			   b->incarnation, a->incarnation);
	return true;
}

static bool same_log(const struct reading *a, const struct reading *b)
{
	u64 index;

	if (a->base != b->base || a->last != b->last || a->hash != b->hash)
		return false;
	for (index = a->base + 1; index <= a->last; index++) {
		if (a->print[index % RAFT_LOG_SLOTS] != b->print[index % RAFT_LOG_SLOTS])
			return false;
	}
	return true;
}

/* The power fails again when the member is about to start. */
static bool check_again(struct judge *judge, u32 which, struct judge_seat *seat, u32 copies)
{
	const u32 bytes = RAFT_JOURNAL_SUPERS * RAFT_JOURNAL_BLOCK;
	static struct reading again;
	u8 *super = must_copy(seat->store.bytes, bytes);

	/* The journal may have read another image since. */
	store_read(&seat->store, &again);
	store_count_start(&seat->store, copies);
	store_read(&seat->store, &again);
	memcpy(seat->store.bytes, super, bytes);
	free(super);
	if (again.verdict > RAFT_JOURNAL_TORN || !again.started)
		return say(judge, JUDGE_AGAIN, "store %u: started once, and then: %s", which,
			   raft_journal_verdict_text(again.verdict));
	if (again.incarnation != seat->image.incarnation + 1)
		return say(judge, JUDGE_AGAIN, "store %u: two starts count as start %u", which,
			   again.incarnation);
	if (again.state.term != seat->image.state.term ||
	    again.state.vote != seat->image.state.vote || !same_log(&again, &seat->image))
		return say(judge, JUDGE_AGAIN, "store %u: the second start finds another state",
			   which);
	return true;
}

static bool check_state(struct judge *judge, u32 which, const struct reading *image)
{
	const struct truth *truth = judge->truth;
	const struct truth_place *place;

	if (!image->started)
		return true;
	if (image->base < truth->base || image->base > truth->last)
		return say(judge, JUDGE_STATE, "store %u: a state of index %llu, not agreed on",
			   which, image->base);
	place = &truth->place[image->base];
	if (image->hash != place->hash || image->revision != place->revision)
		return say(judge, JUDGE_STATE,
			   "store %u: a state of index %llu, revision %llu, not %llu", which,
			   image->base, image->revision, place->revision);
	return true;
}

static bool check_kept(struct judge *judge, u32 which, const struct judge_seat *seat)
{
	u64 index;

	for (index = seat->image.base + 1; index <= judge->last_acked; index++) {
		if (seat->kept[index] && !has(judge, &seat->image, index))
			return say(judge, JUDGE_KEPT,
				   "store %u: its log ends at %llu and lacks entry %llu, which it had",
				   which, seat->image.last, index);
	}
	return true;
}

static bool check_store(struct judge *judge, u32 which, u32 variant)
{
	struct judge_seat *seat = &judge->seat[which - 1];
	struct judge_brief now = brief_of(&seat->now), image = brief_of(&seat->image);
	u32 used;

	if (!check_order(judge, which, variant ? &now : &seat->was, &image))
		return false;
	if (variant && seat->next < judge->tape->n_steps &&
	    !check_order(judge, which, &image, &judge->brief[seat->next]))
		return false;
	used = max(seat->used, seat->image.used);
	if (image.incarnation < used)
		return say(judge, JUDGE_INCARNATION, "store %u: start %u, and start %u has been",
			   which, image.incarnation, used);
	return check_state(judge, which, &seat->image) && check_kept(judge, which, seat);
}

static u32 holders(const struct judge *judge, u64 index)
{
	u32 i, n = 0;

	for (i = 0; i < TAPE_STORES; i++)
		n += has(judge, &judge->seat[i].image, index);
	return n;
}

/* What two stores have in their state they have. */
static u64 low(const struct judge *judge)
{
	u64 a = judge->seat[0].image.base, b = judge->seat[1].image.base;

	return max(min(a, b), min(max(a, b), judge->seat[2].image.base));
}

static bool check_majority(struct judge *judge)
{
	u64 index;

	if (judge->unknown[0])
		return say(judge, JUDGE_MAJORITY, "%s", judge->unknown);
	for (index = low(judge) + 1; index <= judge->last_acked; index++) {
		if (judge->acked[index] && holders(judge, index) < 2)
			return say(judge, JUDGE_MAJORITY,
				   "entry %llu was acknowledged, and %u of three stores have it",
				   index, holders(judge, index));
	}
	return true;
}

static bool check(struct judge *judge, u32 variant, struct rng *rng)
{
	struct judge_seat *seat;
	u32 i;

	for (i = 0; i < TAPE_STORES; i++) {
		if (!check_store(judge, i + 1, variant))
			return false;
	}
	if (!check_majority(judge))
		return false;
	/* One of them: it takes twice the time. */
	i = rng_between(rng, 0, TAPE_STORES - 1);
	seat = &judge->seat[i];
	return !seat->image.started || check_again(judge, i + 1, seat, rng_between(rng, 1, 2));
}

/**
 * judge_image() - judge an image
 * @judge: the judge, having come to @position
 * @position: the step after which the power fails
 * @variant: which sectors have landed by then; 0: what was durable
 *
 * The stores are left as in the image until judge_undo().
 *
 * Return: false if the image breaks a rule; which, and how, is in @judge.
 */
bool judge_image(struct judge *judge, size_t position, u32 variant)
{
	struct rng rng = { .state = judge->seed ^ position << 16 ^ (u64)variant << 48 };
	u32 i;

	for (i = 0; i < TAPE_STORES; i++)
		judge->seat[i].image = judge->seat[i].now;
	judge->why[0] = '\0';
	rng.state = rng_next(&rng);
	if (variant)
		draw(judge, &rng);
	judge->images++;
	if (check(judge, variant, &rng))
		return true;
	judge->lost++;
	judge->broke[judge->rule]++;
	return false;
}

/**
 * judge_rule_name() - a word for a rule
 * @rule: the rule
 *
 * Return: the word.
 */
const char *judge_rule_name(enum judge_rule rule)
{
	static const char * const name[JUDGE_RULES] = {
		[JUDGE_VERDICT] = "verdict",
		[JUDGE_START] = "start",
		[JUDGE_AGAIN] = "again",
		[JUDGE_TERM] = "term",
		[JUDGE_INCARNATION] = "incarnation",
		[JUDGE_KEPT] = "kept",
		[JUDGE_MAJORITY] = "majority",
		[JUDGE_STATE] = "state",
	};

	return name[rule];
}
