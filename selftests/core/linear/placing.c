// SPDX-License-Identifier: GPL-2.0
/*
 * The order that revisions give. What made a revision and what saw it have
 * their places. The changes of unknown revision are then put where nobody is
 * known to have made a revision, or behind all of them:
 *
 *  - a place takes what was called before anything there or behind returned,
 *    and did not return before something in front was called;
 *  - both bounds only grow from place to place, so each change fits into a row of
 *    neighbouring places, and to give each place to the one that has to be done
 *    first is as good as any choice;
 *  - what need not be done at all has no end and fills what is left, in the
 *    order of calls;
 *  - but a compare-and-set that need not be done fits at one place only. It takes
 *    that, which keeps another one for a place behind, unless those that must
 *    be done would then not all have a place.
 *
 * That is exact, so there is nothing to try, as long as such a compare-and-set was
 * not called after something returned that still has no place: that would have
 * to be behind it. What it does not cover (that, a read without a revision, two
 * writers of a value that was seen at a revision that nobody made) is left to the
 * search.
 */
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "placing.h"

/**
 * struct spot - a revision
 * @maker: the operation that made it
 * @seer: what shows its value, the maker or a read
 * @early: of those that saw it the one that returned first
 * @late: of those that saw it the one that was called last
 * @due: of those here or behind the one that returned first
 * @since: of those in front the one that was called last
 * @spare: the compare-and-set of unknown outcome that could make it, the first one
 * @value: its value, if anything shows it
 *
 * Operations are places in &claims.op, or %NOBODY.
 */
struct spot {
	size_t maker;
	size_t seer;
	size_t early;
	size_t late;
	size_t due;
	size_t since;
	size_t spare;
	u64 value;
};

/**
 * struct placing - the state of it
 * @claims: the history
 * @spot: the revisions; the first is the one at the beginning
 * @n: how many
 * @must: the changes of unknown revision that were done, first call first
 * @n_must: how many
 * @may: the writes that may have been done, first call first
 * @n_may: how many
 * @must_first: what must be done goes before a compare-and-set that need not be
 * @barred: such a one did not get its place because of what was to come behind it
 * @open: there are operations that only the search can place
 */
struct placing {
	const struct claims *claims;
	struct spot *spot;
	size_t n;
	const struct linear_op **must;
	size_t n_must;
	const struct linear_op **may;
	size_t n_may;
	bool must_first;
	bool barred;
	bool open;
};

/**
 * struct queue - those that must be done and could be, at the place where we are
 * @op: they, last return first
 * @n: how many
 * @next: the first of &placing.must that is not here yet
 */
struct queue {
	const struct linear_op **op;
	size_t n;
	size_t next;
};

static const struct linear_op *at(const struct placing *placing, size_t i)
{
	return i == NOBODY ? NULL : &placing->claims->op[i];
}

static size_t place_of(const struct placing *placing, const struct linear_op *op)
{
	return op - placing->claims->op;
}

/* The one that returned first; nobody never returns. */
static size_t earlier(const struct placing *placing, size_t a, size_t b)
{
	if (a == NOBODY || b == NOBODY)
		return a == NOBODY ? b : a;
	return at(placing, b)->ret < at(placing, a)->ret ? b : a;
}

/* The one that was called last; nobody was called before all. */
static size_t later(const struct placing *placing, size_t a, size_t b)
{
	if (a == NOBODY || b == NOBODY)
		return a == NOBODY ? b : a;
	return at(placing, b)->call > at(placing, a)->call ? b : a;
}

/* There can not be more revisions than changes, so a wild one needs no memory. */
static bool count_spots(struct placing *placing)
{
	const struct claims *claims = placing->claims;
	const struct linear_op *op, *last = NULL;
	size_t i, changes = 0;

	for (i = 0; i < claims->n; i++) {
		op = &claims->op[i];
		changes += linear_changes(op);
		if (op->revision != LINEAR_NOT_KNOWN && (!last || op->revision > last->revision))
			last = op;
	}
	placing->n = 1 + (last ? last->revision - claims->revision : 0);
	if (placing->n - 1 <= changes)
		return true;
	linear_bad(claims, last, NULL,
		   "revision %llu was reached, but at most %zu operations can have made one",
		   last->revision, changes);
	return false;
}

static void make_spots(struct placing *placing)
{
	size_t k;

	placing->spot = must_realloc(NULL, placing->n * sizeof(*placing->spot));
	for (k = 0; k < placing->n; k++) {
		placing->spot[k] = (struct spot) {
			.maker = NOBODY,
			.seer = NOBODY,
			.early = NOBODY,
			.late = NOBODY,
			.due = NOBODY,
			.since = NOBODY,
			.spare = NOBODY,
			.value = LINEAR_NOT_KNOWN,
		};
	}
	placing->spot[0].value = 0;
}

static void show_value(struct placing *placing, struct spot *spot, const struct linear_op *op)
{
	if (op->outcome == LINEAR_CONFLICT || op->value == LINEAR_NOT_KNOWN)
		return;
	if (spot->value == LINEAR_NOT_KNOWN) {
		spot->value = op->value;
		spot->seer = place_of(placing, op);
		return;
	}
	if (spot->value == op->value)
		return;
	if (spot->seer == NOBODY)
		linear_bad(placing->claims, op, NULL,
			   "at the revision of the beginning a read shows another value");
	else
		linear_bad(placing->claims, at(placing, spot->seer), op,
			   "revision %llu has two values", op->revision);
}

/* An operation that tells its revision has its place. */
static void place_known(struct placing *placing, const struct linear_op *op)
{
	struct spot *spot = &placing->spot[op->revision - placing->claims->revision];
	size_t i = place_of(placing, op);

	if (!linear_changes(op)) {
		spot->early = earlier(placing, spot->early, i);
		spot->late = later(placing, spot->late, i);
	} else if (spot->maker == NOBODY) {
		spot->maker = i;
	} else {
		linear_bad(placing->claims, at(placing, spot->maker), op,
			   "both made revision %llu", op->revision);
	}
	show_value(placing, spot, op);
}

/* What may have been done has no revision, but a compare-and-set has only one place. */
static void place_maybe(struct placing *placing, const struct linear_op *op)
{
	u64 k = op->expect + 1 - placing->claims->revision;
	struct spot *spot;

	if (op->kind == LINEAR_WRITE) {
		placing->may[placing->n_may++] = op;
		return;
	}
	if (!k || k >= placing->n)
		return;
	spot = &placing->spot[k];
	if (spot->spare == NOBODY || op->call < at(placing, spot->spare)->call)
		spot->spare = place_of(placing, op);
}

static void place_all(struct placing *placing)
{
	const struct claims *claims = placing->claims;
	size_t i;

	placing->must = must_realloc(NULL, claims->n * sizeof(*placing->must));
	placing->may = must_realloc(NULL, claims->n * sizeof(*placing->may));
	for (i = 0; i < claims->n; i++) {
		const struct linear_op *op = &claims->op[i];

		if (op->revision != LINEAR_NOT_KNOWN)
			place_known(placing, op);
		else if (op->outcome == LINEAR_UNKNOWN)
			place_maybe(placing, op);
		else if (linear_changes(op))
			placing->must[placing->n_must++] = op;
		else
			placing->open = true;
	}
}

static void check_pair(struct placing *placing, size_t front, size_t behind)
{
	const struct linear_op *a = at(placing, front), *b = at(placing, behind);

	if (a && b && b->ret < a->call)
		linear_bad(placing->claims, b, a, a->revision == b->revision ?
			   "the first shows a revision that the second made, called later" :
			   "the second shows an older revision than the first, which was over");
}

/* Is the order that the places give the order in which things happened? */
static void check_order(struct placing *placing)
{
	size_t k, last = NOBODY;

	for (k = 0; k < placing->n; k++) {
		struct spot *spot = &placing->spot[k];

		spot->since = last;
		check_pair(placing, last, spot->maker);
		last = later(placing, last, spot->maker);
		check_pair(placing, last, spot->early);
		last = later(placing, last, spot->late);
	}
	last = NOBODY;
	while (k--) {
		struct spot *spot = &placing->spot[k];

		spot->due = earlier(placing, last, earlier(placing, spot->maker, spot->early));
		last = spot->due;
	}
}

/* The first place at which an operation would not have been called too late. */
static size_t first_spot(const struct placing *placing, u64 call)
{
	size_t low = 1, high = placing->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct linear_op *due = at(placing, placing->spot[mid].due);

		if (due && due->ret < call)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static int by_call(const void *a, const void *b)
{
	const struct linear_op *const *one = a, *const *other = b;

	return (*one)->call < (*other)->call ? -1 : (*one)->call > (*other)->call;
}

/* Somebody saw a value at a revision that nobody is known to have made. */
static void seen_only(struct placing *placing, const struct spot *spot)
{
	const struct claims *claims = placing->claims;
	const struct variant *variant = &claims->variant[spot->value];

	placing->open = true;
	if (variant->writers == 1)
		linear_bad(claims, at(placing, spot->seer), at(placing, variant->writer),
			   "the first shows at another revision what only the second wrote");
}

/* Nobody else can use a place that a compare-and-set of unknown outcome fits to. */
static void close_spots(struct placing *placing)
{
	size_t k;

	for (k = 1; k < placing->n; k++) {
		struct spot *spot = &placing->spot[k];
		const struct linear_op *spare = at(placing, spot->spare);

		if (spot->maker == NOBODY && spot->value != LINEAR_NOT_KNOWN)
			seen_only(placing, spot);
		if (spare && first_spot(placing, spare->call) > k)
			spot->spare = NOBODY;
	}
}

static void let_in(const struct placing *placing, struct queue *queue, size_t k)
{
	const struct linear_op *op;
	size_t i;

	for (; queue->next < placing->n_must; queue->next++) {
		op = placing->must[queue->next];
		if (first_spot(placing, op->call) > k)
			return;
		for (i = queue->n++; i && queue->op[i - 1]->ret < op->ret; i--)
			queue->op[i] = queue->op[i - 1];
		queue->op[i] = op;
	}
}

/* The one that has to be done first. */
static const struct linear_op *front(const struct queue *queue)
{
	return queue->n ? queue->op[queue->n - 1] : NULL;
}

/* At a place behind all revisions that are known, what was called last in front of it. */
static const struct linear_op *last_call(const struct placing *placing)
{
	const struct spot *last = &placing->spot[placing->n - 1];

	return at(placing, later(placing, last->since, later(placing, last->maker, last->late)));
}

/* The front one's place can not be @k or behind: return what was called after it returned. */
static const struct linear_op *too_late(const struct placing *placing, const struct queue *queue,
					size_t k)
{
	const struct linear_op *op = front(queue), *since;

	since = k < placing->n ? at(placing, placing->spot[k].since) : last_call(placing);
	return op && since && op->ret < since->call ? since : NULL;
}

/*
 * Would those that are in the queue find places behind @k? As soon as it is empty
 * the others have what they had anyway.
 */
static bool can_wait(const struct placing *placing, const struct queue *queue, size_t k)
{
	struct queue after = *queue;
	bool late = false;

	after.op = must_realloc(NULL, (placing->n_must + 1) * sizeof(*after.op));
	memcpy(after.op, queue->op, queue->n * sizeof(*after.op));
	while (after.n && !late && ++k < placing->n) {
		if (placing->spot[k].maker != NOBODY)
			continue;
		let_in(placing, &after, k);
		late = !!too_late(placing, &after, k);
		after.n--;
	}
	late |= !!too_late(placing, &after, placing->n);
	free(after.op);
	return !late;
}

/* Whether the compare-and-set that fits here gets the place. */
static bool takes_spare(struct placing *placing, const struct queue *queue, size_t k)
{
	const struct linear_op *spare = at(placing, placing->spot[k].spare), *op = front(queue);

	if (!spare || !op)
		return spare;
	if (placing->must_first || op->ret < spare->call) {
		placing->barred = true;
		return false;
	}
	return can_wait(placing, queue, k);
}

/* Return who makes the revision, %NULL if there is nobody. */
static const struct linear_op *choose(struct placing *placing, struct queue *queue, size_t *may,
				      size_t k)
{
	if (takes_spare(placing, queue, k))
		return at(placing, placing->spot[k].spare);
	if (queue->n)
		return queue->op[--queue->n];
	if (*may < placing->n_may && first_spot(placing, placing->may[*may]->call) <= k)
		return placing->may[(*may)++];
	return NULL;
}

/* Return whether all who must be done and have no place yet could have one here or behind. */
static bool come_to(struct placing *placing, struct queue *queue, size_t k)
{
	const struct linear_op *since;

	let_in(placing, queue, k);
	since = too_late(placing, queue, k);
	if (since)
		linear_bad(placing->claims, front(queue), since,
			   "the first was done, but fits nowhere before the second");
	return !since;
}

static enum linear_verdict place_unknown(struct placing *placing, struct queue *queue)
{
	const struct linear_op *op;
	size_t k, may = 0;

	for (k = 1; k < placing->n; k++) {
		if (placing->spot[k].maker != NOBODY)
			continue;
		if (!come_to(placing, queue, k))
			return LINEAR_BAD;
		op = choose(placing, queue, &may, k);
		if (!op && placing->barred)
			return LINEAR_OPEN;
		if (!op) {
			linear_bad(placing->claims, at(placing, placing->spot[k].due), NULL,
				   "nothing called in time is left to make this revision or one before");
			return LINEAR_BAD;
		}
		placing->spot[k].maker = place_of(placing, op);
	}
	/* What is left comes behind all revisions that are known. */
	return come_to(placing, queue, placing->n) ? LINEAR_GOOD : LINEAR_BAD;
}

static enum linear_verdict fill(struct placing *placing)
{
	struct queue queue = {};
	enum linear_verdict verdict;

	close_spots(placing);
	if (placing->open)
		return placing->claims->result->verdict;
	qsort(placing->must, placing->n_must, sizeof(*placing->must), by_call);
	qsort(placing->may, placing->n_may, sizeof(*placing->may), by_call);
	queue.op = must_realloc(NULL, (placing->n_must + 1) * sizeof(*queue.op));
	verdict = place_unknown(placing, &queue);
	free(queue.op);
	return verdict;
}

static enum linear_verdict try_placing(const struct claims *claims, bool must_first)
{
	struct placing placing = { .claims = claims, .must_first = must_first };
	enum linear_verdict verdict = LINEAR_BAD;

	if (!count_spots(&placing))
		return LINEAR_BAD;
	make_spots(&placing);
	place_all(&placing);
	if (claims->result->verdict == LINEAR_OPEN)
		check_order(&placing);
	if (claims->result->verdict == LINEAR_OPEN)
		verdict = fill(&placing);
	free(placing.spot);
	free(placing.must);
	free(placing.may);
	return verdict;
}

/**
 * placing_check() - decide by revisions
 * @claims: the history
 *
 * Return: the verdict, %LINEAR_OPEN if revisions do not decide it.
 */
enum linear_verdict placing_check(const struct claims *claims)
{
	enum linear_verdict verdict = try_placing(claims, false);

	return verdict == LINEAR_OPEN ? try_placing(claims, true) : verdict;
}
