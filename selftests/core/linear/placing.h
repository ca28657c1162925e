/* SPDX-License-Identifier: GPL-2.0 */
/* What the steps of the linearizability checker share; see linear.h. */
#ifndef PLACING_H
#define PLACING_H

#include "linear.h"

#define NOBODY	((size_t)-1)	/* no operation */

/**
 * struct variant - one of the values in a history
 * @value: as in &struct linear_op
 * @writers: operations that wrote it or may have, and one for the value at the beginning
 * @writer: one of them, %NOBODY for the beginning
 * @reader: the read of it that returned first, %NOBODY for none
 * @revision: at which revision it was, if there is one writer and somebody told
 */
struct variant {
	u64 value;
	size_t writers;
	size_t writer;
	size_t reader;
	u64 revision;
};

/**
 * struct claims - a history as far as it claims anything, with what follows from it
 * @revision: the revision at the beginning; the value is variant 0
 * @op: the operations; their values are places in @variant, their numbers those in
 *	the history; %LINEAR_UNKNOWN are those that need not have been done, and
 *	&linear_op.ret is the time by which it was done
 * @n: how many
 * @variant: the values
 * @n_variants: how many
 * @result: for what contradicts itself
 */
struct claims {
	u64 revision;
	struct linear_op *op;
	size_t n;
	struct variant *variant;
	size_t n_variants;
	struct linear_result *result;
};

/* Whether an operation changes the value, if it is done at all. */
static inline bool linear_changes(const struct linear_op *op)
{
	return op->kind != LINEAR_READ && op->outcome != LINEAR_CONFLICT;
}

void linear_bad(const struct claims *claims, const struct linear_op *one,
		const struct linear_op *other, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
enum linear_verdict placing_check(const struct claims *claims);
enum linear_verdict search_check(const struct claims *claims, size_t states);

#endif /* PLACING_H */
