/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Is a history of operations on the value linearizable? That is: can each be
 * given one moment between its call and its return, so that the answers are
 * those of a single register that does one after the other?
 *
 * The register begins with a revision and a value. A write sets the value and
 * adds 1 to the revision. A compare-and-set does the same if the revision is
 * the one it expects, else it changes nothing and tells the revision it met. A
 * read tells the value, the revision, or both.
 *
 * Three steps, each only if the one before it could not decide:
 *
 *  - linear.c draws the conclusions that need no order: who wrote the value that
 *    was read;
 *  - placing.c takes the order that revisions give, in nearly linear time;
 *  - search.c tries orders.
 */
#ifndef LINEAR_H
#define LINEAR_H

#include <linux/types.h>

#define LINEAR_NOT_KNOWN	(~0ULL)	/* a value or a revision that nobody told */
#define LINEAR_NEVER		(~0ULL)	/* the return of what never returned */
#define LINEAR_STATES		4000000	/* a search that is reasonable, see linear_check() */
#define LINEAR_NAMED		8	/* operations that an explanation names at most */
#define LINEAR_WHY		240	/* bytes of an explanation */

/**
 * enum linear_kind - what an operation asked for
 * @LINEAR_READ: the value
 * @LINEAR_WRITE: another value
 * @LINEAR_CAS: another value if the revision is the expected one
 */
enum linear_kind {
	LINEAR_READ,
	LINEAR_WRITE,
	LINEAR_CAS,
};

/**
 * enum linear_outcome - how it ended
 * @LINEAR_OK: it was done
 * @LINEAR_CONFLICT: the compare-and-set met another revision and changed nothing
 * @LINEAR_REFUSED: it was not done and never will be
 * @LINEAR_UNKNOWN: nobody knows: it may take effect once, at any time after its call, or never
 */
enum linear_outcome {
	LINEAR_OK,
	LINEAR_CONFLICT,
	LINEAR_REFUSED,
	LINEAR_UNKNOWN,
};

/**
 * struct linear_op - an operation
 * @number: its place in the history
 * @client: who asked for it; for people, the checker does not look at it
 * @call: when it was called, in any unit
 * @ret: when it returned, at least @call, or %LINEAR_NEVER; it came before
 *	another one if its @ret is less than the other's @call
 * @kind: &enum linear_kind
 * @outcome: &enum linear_outcome
 * @value: what it wrote or read; equal numbers are equal values; a read may have
 *	%LINEAR_NOT_KNOWN
 * @expect: the revision that a compare-and-set expected
 * @revision: the revision that it made, met or read, or %LINEAR_NOT_KNOWN
 */
struct linear_op {
	size_t number;
	u32 client;
	u64 call;
	u64 ret;
	enum linear_kind kind;
	enum linear_outcome outcome;
	u64 value;
	u64 expect;
	u64 revision;
};

/**
 * struct linear_history - operations, in any order
 * @revision: the revision before all of them
 * @value: the value before all of them
 * @op: the operations
 * @n: how many
 * @room: room in @op
 */
struct linear_history {
	u64 revision;
	u64 value;
	struct linear_op *op;
	size_t n;
	size_t room;
};

/**
 * enum linear_verdict - what the checker says
 * @LINEAR_GOOD: the history is linearizable
 * @LINEAR_BAD: it is not
 * @LINEAR_UNDECIDED: it could not be decided within the limit, which proves nothing
 * @LINEAR_OPEN: between the steps: the next one has to decide
 */
enum linear_verdict {
	LINEAR_GOOD,
	LINEAR_BAD,
	LINEAR_UNDECIDED,
	LINEAR_OPEN,
};

/**
 * struct linear_result - a verdict, and why
 * @verdict: &enum linear_verdict
 * @searched: orders had to be tried
 * @why: if it is not good, a sentence that speaks of the named operations
 * @op: the named operations, by their places in the history
 * @n: how many
 */
struct linear_result {
	enum linear_verdict verdict;
	bool searched;
	char why[LINEAR_WHY];
	size_t op[LINEAR_NAMED];
	size_t n;
};

struct linear_op *linear_add(struct linear_history *history);
void linear_free(struct linear_history *history);
void linear_check(const struct linear_history *history, size_t states,
		  struct linear_result *result);
void linear_check_search(const struct linear_history *history, size_t states,
			 struct linear_result *result);

#endif /* LINEAR_H */
