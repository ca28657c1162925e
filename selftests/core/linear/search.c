// SPDX-License-Identifier: GPL-2.0
/*
 * The search for an order, after Wing and Gong ("Testing and Verifying Concurrent
 * Objects", 1993) and Lowe ("Testing for Linearizability", 2017): calls and
 * returns are in a list by time; an operation whose call is in front of the first
 * return may be the next one, and is then lifted out of the list; if none
 * fits, the last one is put back. What was reached before, the same operations
 * done and the same value, is not tried again.
 *
 * The set of operations that were done is a bit set; of a state in the memory of
 * the search only 128 bits of fingerprint are kept, in which each operation
 * has its random word, so that a step costs the same in a long history as in a
 * short one. The revision follows from the set.
 *
 * What only looks is done as soon as it fits: no order needs it later. And the
 * value is not changed while something is left that needs it as it is.
 *
 * What need not be done at all (its outcome is not known) has no return. It is
 * kept apart and tried last. Of those that do the same, only the one that has to
 * be done first, or was called first, is tried; a value that nobody read is any.
 */
#define _GNU_SOURCE	/* qsort_r() */
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "placing.h"
#include "rng.h"

/**
 * struct moment - a call or a return
 * @prev: the moment before it in its list
 * @next: the moment after it
 * @op: the operation, %NOBODY at the ends of a list
 * @time: when
 * @returns: it is a return
 */
struct moment {
	struct moment *prev;
	struct moment *next;
	size_t op;
	u64 time;
	bool returns;
};

/**
 * struct print - a state of the search, or the part of one operation in it
 * @word: 128 bits, all zero for none
 */
struct print {
	u64 word[2];
};

/**
 * struct step - an operation that was done
 * @call: its call
 * @value: the value before it
 * @revision: the revision before it
 */
struct step {
	struct moment *call;
	u64 value;
	u64 revision;
};

/**
 * struct search - the state of it
 * @claims: the history
 * @moment: calls and returns, the two of an operation beside each other
 * @must: the list of those that must be done
 * @may: the list of those that may be done, one each of those that do the same
 * @same: by operation that may be done, the call of the next one that does the same
 * @step: what was done
 * @depth: how many
 * @left: operations that must be done and are not
 * @revision: the revision now
 * @value: the value now
 * @print: the operations that are done
 * @known: hash table of the states that were reached
 * @n_known: how many are in it
 * @room: its room, a power of two
 * @matter: it matters how often the value was changed, even where nobody saw it
 * @readers: by variant, the reads of it that are not done
 * @writers: by variant, the changes to it that are not done
 * @lookers: by revisions since the beginning, what has to look then and is not done
 * @n_lookers: how many revisions there can be
 */
struct search {
	const struct claims *claims;
	struct moment *moment;
	struct moment must;
	struct moment may;
	struct moment **same;
	struct step *step;
	size_t depth;
	size_t left;
	u64 revision;
	u64 value;
	struct print print;
	struct print *known;
	size_t n_known;
	size_t room;
	bool matter;
	size_t *readers;
	size_t *writers;
	size_t *lookers;
	size_t n_lookers;
};

static void *zeroed(size_t n, size_t size)
{
	void *mem = must_realloc(NULL, n * size);

	memset(mem, 0, n * size);
	return mem;
}

static const struct linear_op *op_of(const struct search *search, const struct moment *moment)
{
	return &search->claims->op[moment->op];
}

static bool is_optional(const struct linear_op *op)
{
	return op->outcome == LINEAR_UNKNOWN;
}

static struct print random_print(u64 seed)
{
	struct rng rng = { .state = seed };
	struct print print;

	rng.state = rng_next(&rng);
	print.word[0] = rng_next(&rng);
	print.word[1] = rng_next(&rng);
	return print;
}

static void mark(struct print *print, u64 seed)
{
	struct print part = random_print(seed);

	print->word[0] ^= part.word[0];
	print->word[1] ^= part.word[1];
}

static struct print *known_slot(struct print *known, size_t room, const struct print *print)
{
	size_t i = print->word[0] & (room - 1);

	while ((known[i].word[0] || known[i].word[1]) &&
	       memcmp(&known[i], print, sizeof(*print)))
		i = (i + 1) & (room - 1);
	return &known[i];
}

static void know_more(struct search *search)
{
	size_t i, room = search->room ? 2 * search->room : 1024;
	struct print *known = zeroed(room, sizeof(*known));

	for (i = 0; i < search->room; i++) {
		if (search->known[i].word[0] || search->known[i].word[1])
			*known_slot(known, room, &search->known[i]) = search->known[i];
	}
	free(search->known);
	search->known = known;
	search->room = room;
}

/* Remember what would be reached. Return whether it is new. */
static bool is_new(struct search *search, size_t op, u64 value)
{
	struct print print = search->print;
	struct print *slot;

	mark(&print, op);
	mark(&print, search->claims->n + value);
	if (2 * (search->n_known + 1) > search->room)
		know_more(search);
	slot = known_slot(search->known, search->room, &print);
	if (slot->word[0] || slot->word[1])
		return false;
	*slot = print;
	search->n_known++;
	return true;
}

/* Whether something needs the register as it is now, and never again will it be so. */
static bool is_needed(const struct search *search)
{
	size_t k = search->revision - search->claims->revision;

	if (k < search->n_lookers && search->lookers[k])
		return true;
	return search->value < search->claims->n_variants && search->readers[search->value] &&
	       !search->writers[search->value];
}

/* Whether the register as it is now could answer an operation like this. */
static bool fits(const struct search *search, const struct linear_op *op)
{
	bool changes = linear_changes(op), meets = op->expect == search->revision;

	if (op->kind == LINEAR_CAS && changes != meets)
		return false;
	if (op->revision != LINEAR_NOT_KNOWN && op->revision != search->revision + changes)
		return false;
	return changes || op->outcome == LINEAR_CONFLICT || op->value == LINEAR_NOT_KNOWN ||
	       op->value == search->value;
}

/* The value of a change as far as it matters: all that nobody read are one. */
static u64 written(const struct search *search, const struct linear_op *op)
{
	if (search->claims->variant[op->value].reader == NOBODY)
		return search->claims->n_variants;
	return op->value;
}

static u64 value_after(const struct search *search, const struct linear_op *op)
{
	return linear_changes(op) ? written(search, op) : search->value;
}

/* Count what is not done: @by is 1 when an operation is put back, -1 when it is done. */
static void count(struct search *search, const struct linear_op *op, int by)
{
	u64 k = op->revision - search->claims->revision;

	if (linear_changes(op)) {
		search->writers[op->value] += by;
		return;
	}
	if (op->outcome == LINEAR_OK && op->value != LINEAR_NOT_KNOWN)
		search->readers[op->value] += by;
	if (op->revision != LINEAR_NOT_KNOWN && k < search->n_lookers)
		search->lookers[k] += by;
}

static void take_out(struct moment *moment)
{
	moment->prev->next = moment->next;
	moment->next->prev = moment->prev;
}

static void put_back(struct moment *moment)
{
	moment->prev->next = moment;
	moment->next->prev = moment;
}

/* The next one that does the same takes its place in the list. */
static void use_up(struct search *search, struct moment *call)
{
	struct moment *same = search->same[call->op];

	if (!same) {
		take_out(call);
		return;
	}
	same->prev = call->prev;
	same->next = call->next;
	put_back(same);
}

static void do_op(struct search *search, struct moment *call)
{
	const struct linear_op *op = op_of(search, call);

	search->step[search->depth++] = (struct step) {
		.call = call,
		.value = search->value,
		.revision = search->revision,
	};
	search->value = value_after(search, op);
	search->revision += linear_changes(op);
	mark(&search->print, call->op);
	count(search, op, -1);
	if (is_optional(op)) {
		use_up(search, call);
		return;
	}
	take_out(call);
	take_out(call + 1);
	search->left--;
}

/* Return the call of what is not done any more. */
static struct moment *undo_op(struct search *search)
{
	const struct step *step = &search->step[--search->depth];
	struct moment *call = step->call;

	search->value = step->value;
	search->revision = step->revision;
	mark(&search->print, call->op);
	count(search, op_of(search, call), 1);
	if (is_optional(op_of(search, call))) {
		put_back(call);
		return call;
	}
	put_back(call + 1);
	put_back(call);
	search->left++;
	return call;
}

/* Undo until a change is undone, and return its call, NULL if there was none. */
static struct moment *undo_change(struct search *search)
{
	struct moment *call;

	while (search->depth) {
		call = undo_op(search);
		if (linear_changes(op_of(search, call)))
			return call;
	}
	return NULL;
}

static void look(struct search *search)
{
	struct moment *before = &search->must, *call;

	for (call = before->next; !call->returns; call = before->next) {
		if (!linear_changes(op_of(search, call)) && fits(search, op_of(search, call)))
			do_op(search, call);
		else
			before = call;
	}
}

static const struct moment *first_return(const struct search *search)
{
	const struct moment *moment = search->must.next;

	while (!moment->returns)
		moment = moment->next;
	return moment;
}

/* The next change to be tried after the one called at @call, NULL if there is none. */
static struct moment *next_choice(struct search *search, struct moment *call)
{
	u64 until = first_return(search)->time;

	if (call == &search->must || !is_optional(op_of(search, call))) {
		for (call = call->next; !call->returns; call = call->next) {
			if (linear_changes(op_of(search, call)))
				return call;
		}
		call = &search->may;
	}
	for (call = call->next; call != &search->may; call = call->next) {
		if (call->time <= until)
			return call;
	}
	return NULL;
}

static int compare(u64 a, u64 b)
{
	return a < b ? -1 : a > b;
}

/* Which of two has the lesser deed; 0: they do the same. */
static int compare_deeds(const struct search *search, const struct linear_op *a,
			 const struct linear_op *b)
{
	int order = compare(a->kind, b->kind);

	if (!order)
		order = compare(written(search, a), written(search, b));
	if (!order)
		order = compare(a->revision, b->revision);
	if (!order && a->kind == LINEAR_CAS)
		order = compare(a->expect, b->expect);
	return order;
}

/* Whether another one that may be next does the same and has to be done sooner. */
static bool has_better(const struct search *search, const struct linear_op *op)
{
	const struct moment *moment;

	for (moment = search->must.next; !moment->returns; moment = moment->next) {
		const struct linear_op *other = op_of(search, moment);

		if (other != op && linear_changes(other) && !compare_deeds(search, op, other) &&
		    (other->ret < op->ret || (other->ret == op->ret && other < op)))
			return true;
	}
	return false;
}

/* Whether it is worth while to do what need not be done: somebody sees that. */
static bool is_seen(const struct search *search, const struct linear_op *op)
{
	const struct moment *moment;

	if (search->matter)
		return true;
	for (moment = search->must.next; !moment->returns; moment = moment->next) {
		const struct linear_op *other = op_of(search, moment);

		if (!linear_changes(other) && other->value == op->value)
			return true;
	}
	return false;
}

static bool do_change(struct search *search, struct moment *call)
{
	const struct linear_op *op = op_of(search, call);

	if (!fits(search, op) || is_needed(search) || has_better(search, op) ||
	    (is_optional(op) && !is_seen(search, op)) ||
	    !is_new(search, call->op, value_after(search, op)))
		return false;
	do_op(search, call);
	look(search);
	return true;
}

static enum linear_verdict try_orders(struct search *search, size_t states)
{
	struct moment *last = &search->must, *call;

	look(search);
	while (search->left) {
		call = next_choice(search, last);
		if (call && do_change(search, call)) {
			if (search->n_known > states)
				return LINEAR_UNDECIDED;
			last = &search->must;
			continue;
		}
		last = call ? call : undo_change(search);
		if (!last)
			return LINEAR_BAD;
	}
	return LINEAR_GOOD;
}

/* At one time, calls come first: what happened at the same time was not one after the other. */
static int by_time(const void *a, const void *b)
{
	const struct moment *one = *(struct moment *const *)a;
	const struct moment *other = *(struct moment *const *)b;

	if (one->time != other->time)
		return one->time < other->time ? -1 : 1;
	if (one->returns != other->returns)
		return one->returns ? 1 : -1;
	return one < other ? -1 : one > other;
}

static void append(struct moment *list, struct moment *moment)
{
	moment->prev = list->prev;
	moment->next = list;
	put_back(moment);
}

/* Whether anybody can tell how often the value was changed. */
static bool changes_matter(const struct claims *claims)
{
	size_t i;

	for (i = 0; i < claims->n; i++) {
		if (claims->op[i].kind == LINEAR_CAS ||
		    (claims->op[i].revision != LINEAR_NOT_KNOWN &&
		     claims->op[i].revision > claims->revision))
			return true;
	}
	return false;
}

static void make_moments(struct search *search)
{
	const struct claims *claims = search->claims;
	struct moment **order;
	size_t i, n = 0;

	search->matter = changes_matter(claims);
	order = must_realloc(NULL, 2 * claims->n * sizeof(*order));
	search->moment = must_realloc(NULL, 2 * claims->n * sizeof(*search->moment));
	for (i = 0; i < claims->n; i++) {
		const struct linear_op *op = &claims->op[i];
		struct moment *call = &search->moment[2 * i];

		search->n_lookers += linear_changes(op);
		call[0] = (struct moment) { .op = i, .time = op->call };
		call[1] = (struct moment) { .op = i, .time = op->ret, .returns = true };
		if (!is_optional(op)) {
			order[n++] = call;
			order[n++] = call + 1;
			search->left++;
		} else if (search->matter || written(search, op) == op->value) {
			order[n++] = call;
		}
	}
	qsort(order, n, sizeof(*order), by_time);
	for (i = 0; i < n; i++)
		append(is_optional(op_of(search, order[i])) ? &search->may : &search->must,
		       order[i]);
	free(order);
}

static void count_all(struct search *search)
{
	const struct moment *moment;

	search->readers = zeroed(search->claims->n_variants, sizeof(*search->readers));
	search->writers = zeroed(search->claims->n_variants, sizeof(*search->writers));
	search->lookers = zeroed(++search->n_lookers, sizeof(*search->lookers));
	for (moment = search->must.next; moment != &search->must; moment = moment->next) {
		if (!moment->returns)
			count(search, op_of(search, moment), 1);
	}
	for (moment = search->may.next; moment != &search->may; moment = moment->next)
		count(search, op_of(search, moment), 1);
}

static int by_deed(const void *a, const void *b, void *search)
{
	const struct moment *one = *(struct moment *const *)a;
	const struct moment *other = *(struct moment *const *)b;
	int order = compare_deeds(search, op_of(search, one), op_of(search, other));

	return order ? order : by_time(a, b);
}

/* Of those that do the same, the first stays in the list, and each leads to the next. */
static void find_same(struct search *search)
{
	struct moment **order, *moment;
	size_t i, n = 0;

	order = must_realloc(NULL, search->claims->n * sizeof(*order));
	search->same = zeroed(search->claims->n, sizeof(*search->same));
	for (moment = search->may.next; moment != &search->may; moment = moment->next)
		order[n++] = moment;
	qsort_r(order, n, sizeof(*order), by_deed, search);
	for (i = 1; i < n; i++) {
		if (compare_deeds(search, op_of(search, order[i - 1]), op_of(search, order[i])))
			continue;
		search->same[order[i - 1]->op] = order[i];
		take_out(order[i]);
	}
	free(order);
}

/**
 * search_check() - decide by trying orders
 * @claims: the history
 * @states: how many states may be remembered
 *
 * Return: the verdict, %LINEAR_UNDECIDED if that was not enough.
 */
enum linear_verdict search_check(const struct claims *claims, size_t states)
{
	struct search search = { .claims = claims, .revision = claims->revision };
	enum linear_verdict verdict;

	search.must = (struct moment) { .op = NOBODY, .returns = true };
	search.must.prev = &search.must;
	search.must.next = &search.must;
	search.may = (struct moment) { .op = NOBODY };
	search.may.prev = &search.may;
	search.may.next = &search.may;
	make_moments(&search);
	count_all(&search);
	find_same(&search);
	search.step = must_realloc(NULL, claims->n * sizeof(*search.step));
	verdict = try_orders(&search, states);
	free(search.moment);
	free(search.same);
	free(search.step);
	free(search.known);
	free(search.readers);
	free(search.writers);
	free(search.lookers);
	return verdict;
}
