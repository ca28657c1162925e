// SPDX-License-Identifier: GPL-2.0
/* Is a history linearizable? What can be said without an order, and the way to the rest. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>

#include "fail.h"
#include "placing.h"
#include "rng.h"

#define SHRINK_OPS	10000000	/* operations looked at to make an explanation smaller */

/**
 * linear_add() - another operation
 * @history: the history
 *
 * Return: the operation, all zero but for its number; good until the next one.
 */
struct linear_op *linear_add(struct linear_history *history)
{
	struct linear_op *op;

	if (history->n == history->room) {
		history->room = history->room ? 2 * history->room : 256;
		history->op = must_realloc(history->op, history->room * sizeof(*history->op));
	}
	op = &history->op[history->n];
	*op = (struct linear_op) { .number = history->n++ };
	return op;
}

/**
 * linear_free() - forget the operations
 * @history: the history
 */
void linear_free(struct linear_history *history)
{
	free(history->op);
	history->op = NULL;
	history->n = 0;
	history->room = 0;
}

/**
 * linear_bad() - say what contradicts what; the first one counts
 * @claims: the history
 * @one: the operation that the sentence calls the first one, or NULL
 * @other: the second one, or NULL
 * @fmt: the sentence, as for printf
 */
void linear_bad(const struct claims *claims, const struct linear_op *one,
		const struct linear_op *other, const char *fmt, ...)
{
	struct linear_result *result = claims->result;
	va_list args;

	if (result->verdict == LINEAR_BAD)
		return;
	result->verdict = LINEAR_BAD;
	result->n = 0;
	if (one)
		result->op[result->n++] = one->number;
	if (other)
		result->op[result->n++] = other->number;
	va_start(args, fmt);
	vsnprintf(result->why, sizeof(result->why), fmt, args);
	va_end(args);
}

/* Whether it says anything about what was done. */
static bool counts(const struct linear_op *op)
{
	if (op->outcome == LINEAR_REFUSED)
		return false;
	if (op->kind != LINEAR_READ)
		return true;
	return op->outcome == LINEAR_OK &&
	       (op->value != LINEAR_NOT_KNOWN || op->revision != LINEAR_NOT_KNOWN);
}

static void check_alone(const struct claims *claims, struct linear_op *op)
{
	bool told = op->revision != LINEAR_NOT_KNOWN;

	if (op->outcome == LINEAR_CONFLICT && told && op->revision == op->expect)
		linear_bad(claims, op, NULL,
			   "a compare-and-set conflicts with the very revision that it expected");
	if (op->kind == LINEAR_CAS && op->outcome == LINEAR_OK) {
		if (told && op->revision != op->expect + 1)
			linear_bad(claims, op, NULL,
				   "a compare-and-set did not make the next revision");
		op->revision = op->expect + 1;
		told = true;
	}
	if (told && op->revision < claims->revision + linear_changes(op))
		linear_bad(claims, op, NULL,
			   "a revision is older than the history, which began with %llu",
			   claims->revision);
}

static void take(struct claims *claims, const struct linear_history *history)
{
	struct linear_op *op;
	size_t i;

	claims->op = must_realloc(NULL, history->n * sizeof(*claims->op));
	for (i = 0; i < history->n; i++) {
		if (!counts(&history->op[i]))
			continue;
		op = &claims->op[claims->n++];
		*op = history->op[i];
		if (op->outcome == LINEAR_UNKNOWN) {
			op->ret = LINEAR_NEVER;
			op->revision = LINEAR_NOT_KNOWN;
		}
		check_alone(claims, op);
	}
}

static size_t variant_of(struct claims *claims, size_t *table, size_t room, u64 value)
{
	struct rng rng = { .state = value };
	size_t i = rng_next(&rng) & (room - 1);

	while (table[i] != NOBODY && claims->variant[table[i]].value != value)
		i = (i + 1) & (room - 1);
	if (table[i] == NOBODY) {
		table[i] = claims->n_variants;
		claims->variant[claims->n_variants++] = (struct variant) {
			.value = value,
			.writer = NOBODY,
			.reader = NOBODY,
			.revision = LINEAR_NOT_KNOWN,
		};
	}
	return table[i];
}

/* Values become small numbers, so that each has a place for what is known of it. */
static void number_values(struct claims *claims, u64 first)
{
	size_t i, room = 2;
	size_t *table;

	while (room < 2 * (claims->n + 1))
		room *= 2;
	table = must_realloc(NULL, room * sizeof(*table));
	for (i = 0; i < room; i++)
		table[i] = NOBODY;
	claims->variant = must_realloc(NULL, (claims->n + 1) * sizeof(*claims->variant));
	variant_of(claims, table, room, first);
	claims->variant[0].writers = 1;
	claims->variant[0].revision = claims->revision;
	for (i = 0; i < claims->n; i++) {
		if (claims->op[i].value != LINEAR_NOT_KNOWN)
			claims->op[i].value = variant_of(claims, table, room, claims->op[i].value);
	}
	free(table);
}

static void note_value(struct claims *claims, size_t i)
{
	const struct linear_op *op = &claims->op[i];
	struct variant *variant;

	if (op->value == LINEAR_NOT_KNOWN || op->outcome == LINEAR_CONFLICT)
		return;
	variant = &claims->variant[op->value];
	if (linear_changes(op)) {
		variant->writers++;
		variant->writer = i;
	} else if (variant->reader == NOBODY || op->ret < claims->op[variant->reader].ret) {
		variant->reader = i;
	}
}

/* A value that one operation can have written is as old as any read of it says. */
static void date_value(struct claims *claims, const struct linear_op *op)
{
	struct variant *variant;

	if (op->value == LINEAR_NOT_KNOWN || op->outcome == LINEAR_CONFLICT)
		return;
	variant = &claims->variant[op->value];
	if (!variant->writers)
		linear_bad(claims, op, NULL,
			   "a read shows a value that nobody wrote before it returned");
	if (variant->writers == 1 && variant->revision == LINEAR_NOT_KNOWN)
		variant->revision = op->revision;
}

/* And if it was read, that operation was done, whatever it was told. */
static void conclude(struct claims *claims, struct linear_op *op)
{
	const struct variant *variant;
	const struct linear_op *reader;

	if (op->value == LINEAR_NOT_KNOWN || op->outcome == LINEAR_CONFLICT)
		return;
	variant = &claims->variant[op->value];
	if (variant->writers != 1 || (linear_changes(op) && variant->reader == NOBODY))
		return;
	reader = linear_changes(op) ? &claims->op[variant->reader] : NULL;
	if (reader && reader->ret < op->call)
		linear_bad(claims, reader, op,
			   "the first shows what only the second, called later, wrote");
	if (op->outcome == LINEAR_UNKNOWN) {
		op->outcome = LINEAR_OK;
		op->ret = reader->ret;
		if (op->kind == LINEAR_CAS)
			op->revision = op->expect + 1;
	}
	if (op->revision == LINEAR_NOT_KNOWN)
		op->revision = variant->revision;
}

static void draw_conclusions(struct claims *claims)
{
	size_t i;

	for (i = 0; i < claims->n; i++)
		date_value(claims, &claims->op[i]);
	/* An unknown compare-and-set tells its revision as soon as it is known to be done. */
	for (i = 0; i < claims->n; i++) {
		if (claims->op[i].kind != LINEAR_READ)
			conclude(claims, &claims->op[i]);
	}
	for (i = 0; i < claims->n; i++)
		date_value(claims, &claims->op[i]);
	for (i = 0; i < claims->n; i++)
		conclude(claims, &claims->op[i]);
}

static void claims_make(struct claims *claims, const struct linear_history *history,
			struct linear_result *result)
{
	size_t i;

	*claims = (struct claims) { .revision = history->revision, .result = result };
	*result = (struct linear_result) { .verdict = LINEAR_OPEN };
	take(claims, history);
	number_values(claims, history->value);
	for (i = 0; i < claims->n; i++)
		note_value(claims, i);
}

static void claims_free(struct claims *claims)
{
	free(claims->op);
	free(claims->variant);
}

static void search(const struct claims *claims, size_t states, struct linear_result *result)
{
	result->searched = true;
	result->verdict = search_check(claims, states);
	if (result->verdict == LINEAR_UNDECIDED)
		snprintf(result->why, sizeof(result->why),
			 "it could not be decided within %zu states of the search", states);
}

static void decide(const struct linear_history *history, size_t states,
		   struct linear_result *result)
{
	struct claims claims;

	claims_make(&claims, history, result);
	draw_conclusions(&claims);
	if (result->verdict == LINEAR_OPEN)
		result->verdict = placing_check(&claims);
	if (result->verdict == LINEAR_OPEN)
		search(&claims, states, result);
	claims_free(&claims);
}

/**
 * struct shrinking - the search for a small explanation
 * @history: the part of the history that is left of it, still bad
 * @result: why
 * @looked: operations looked at so far
 */
struct shrinking {
	struct linear_history history;
	struct linear_result *result;
	size_t looked;
};

static bool claims_something(const struct linear_op *op)
{
	return op->outcome == LINEAR_OK || op->outcome == LINEAR_CONFLICT;
}

/* Let an operation claim less. What was linearizable stays so. */
static void weaken(struct linear_op *op)
{
	if (!claims_something(op))
		return;
	if (op->kind == LINEAR_READ || op->outcome == LINEAR_CONFLICT)
		op->outcome = LINEAR_REFUSED;
	else
		op->outcome = LINEAR_UNKNOWN;
}

/* Leave out what makes no difference: what is not done, or begins when all else is over. */
static void tidy(struct linear_history *history)
{
	const struct linear_op *op;
	size_t i, n = 0;
	u64 end = 0;

	for (i = 0; i < history->n; i++) {
		op = &history->op[i];
		if (claims_something(op) && op->ret > end)
			end = op->ret;
	}
	for (i = 0; i < history->n; i++) {
		op = &history->op[i];
		if (op->outcome != LINEAR_REFUSED && op->call <= end)
			history->op[n++] = *op;
	}
	history->n = n;
}

/* Weaken those from @first to before @last if the history stays bad. Return whether so. */
static bool try_weaker(struct shrinking *shrinking, size_t first, size_t last)
{
	struct linear_history *history = &shrinking->history;
	struct linear_result result;
	struct linear_op *kept;
	size_t i;

	if (shrinking->looked > SHRINK_OPS)
		return false;
	shrinking->looked += history->n;
	kept = must_copy(&history->op[first], (last - first) * sizeof(*kept));
	for (i = first; i < last; i++)
		weaken(&history->op[i]);
	decide(history, 10 * history->n + 10000, &result);
	if (result.verdict == LINEAR_BAD)
		*shrinking->result = result;
	else
		memcpy(&history->op[first], kept, (last - first) * sizeof(*kept));
	free(kept);
	return result.verdict == LINEAR_BAD;
}

static void name_claims(struct shrinking *shrinking)
{
	const struct linear_history *history = &shrinking->history;
	struct linear_result *result = shrinking->result;
	size_t i, n = 0;

	for (i = 0; i < history->n; i++) {
		if (!claims_something(&history->op[i]))
			continue;
		if (n < LINEAR_NAMED)
			result->op[n] = history->op[i].number;
		n++;
	}
	result->n = min(n, (size_t)LINEAR_NAMED);
	snprintf(result->why, sizeof(result->why),
		 "these %zu can not all be true, whatever the others did%s", n,
		 n > LINEAR_NAMED ? " (the first ones)" : "");
}

static int by_call(const void *a, const void *b)
{
	const struct linear_op *one = a, *other = b;

	return one->call < other->call ? -1 : one->call > other->call;
}

/* The latest ones that are not needed for it, then the earliest, then any. */
static void leave_out(struct shrinking *shrinking)
{
	struct linear_history *history = &shrinking->history;
	size_t i, low, high;

	for (low = 0, high = history->n; high - low > 1; tidy(history)) {
		high = min(high, history->n);
		if (!try_weaker(shrinking, low + (high - low) / 2, high))
			low += (high - low) / 2;
		else
			high = low + (high - low) / 2;
	}
	for (low = 0, high = history->n; high - low > 1; ) {
		if (try_weaker(shrinking, low, low + (high - low) / 2))
			low += (high - low) / 2;
		else
			high = low + (high - low) / 2;
	}
	for (i = low; i < history->n; i++) {
		if (claims_something(&history->op[i]))
			try_weaker(shrinking, i, i + 1);
	}
}

/* After a search found no order: which of the claims are enough for that? */
static void shrink(const struct linear_history *history, struct linear_result *result)
{
	struct shrinking shrinking = { .history = *history, .result = result };

	shrinking.history.op = must_copy(history->op, history->n * sizeof(*history->op));
	qsort(shrinking.history.op, history->n, sizeof(*history->op), by_call);
	leave_out(&shrinking);
	if (!result->n)
		name_claims(&shrinking);
	result->searched = true;
	free(shrinking.history.op);
}

/**
 * linear_check() - is a history linearizable?
 * @history: the history
 * @states: how many states a search may remember, 16 to 32 bytes each; %LINEAR_STATES
 * @result: the verdict, and why
 */
void linear_check(const struct linear_history *history, size_t states,
		  struct linear_result *result)
{
	decide(history, states, result);
	if (result->verdict == LINEAR_BAD && result->searched)
		shrink(history, result);
}

/**
 * linear_check_search() - is it, by search alone?
 * @history: the history
 * @states: how many states the search may remember
 * @result: the verdict
 */
void linear_check_search(const struct linear_history *history, size_t states,
			 struct linear_result *result)
{
	struct claims claims;

	claims_make(&claims, history, result);
	if (result->verdict == LINEAR_OPEN)
		search(&claims, states, result);
	claims_free(&claims);
}
