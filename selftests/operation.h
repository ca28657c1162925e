/* SPDX-License-Identifier: GPL-2.0 */
/* What the programs that record histories share: how operations end, as lincheck reads it. */
#ifndef SELFTESTS_OPERATION_H
#define SELFTESTS_OPERATION_H

#include <ctype.h>
#include <errno.h>
#include <stdio.h>

enum outcome { OK, CONFLICT, REFUSED, UNKNOWN, OUTCOMES };

/**
 * struct operation - one that has ended
 * @host: of whom it was asked
 * @kind: r, w or c: read, write or compare-and-set
 * @call: when it was called, ns
 * @ret: when it returned, ns; 0 if it never did
 * @expect: the revision that a compare-and-set expected
 * @value: what was written or read
 * @outcome: how it ended
 * @revision: the revision that was told, 0 if none
 */
struct operation {
	int host;
	char kind;
	unsigned long long call;
	unsigned long long ret;
	unsigned long long expect;
	const char *value;
	enum outcome outcome;
	unsigned long long revision;
};

/* What raftval(4) says of the errors; OUTCOMES for those that are none of an operation. */
static inline enum outcome operation_outcome(char kind, int error)
{
	switch (error) {
	case 0:
		return OK;
	case ESTALE:
		return kind == 'c' ? CONFLICT : OUTCOMES;
	case EAGAIN:
		return REFUSED;
	case EINTR:
	case EIO:
	case ESHUTDOWN:
	case ETIMEDOUT:
		return UNKNOWN;
	}
	return OUTCOMES;
}

/* Quotes, and what is not expected in a value at all, as lincheck wants it. */
static inline void operation_print_value(FILE *history, const char *value)
{
	putc('"', history);
	for (; *value; value++)
		fprintf(history, isalnum((unsigned char)*value) ? "%c" : "\\x%02x",
			(unsigned char)*value);
	putc('"', history);
}

/* A line of the history. */
static inline void operation_print(FILE *history, const struct operation *op)
{
	static const char * const outcomes[] = { "ok", "conflict", "refused", "unknown" };

	fprintf(history, "%llu ", op->call);
	if (op->ret)
		fprintf(history, "%llu ", op->ret);
	else
		fputs("- ", history);
	fprintf(history, "host%d %s ", op->host,
		op->kind == 'r' ? "read" : op->kind == 'w' ? "write" : "cas");
	if (op->kind == 'c')
		fprintf(history, "%llu ", op->expect);
	else
		fputs("- ", history);
	operation_print_value(history, op->value);
	fprintf(history, " %s ", outcomes[op->outcome]);
	/* A write that the host learned of as part of a later state has none, and tells 0. */
	if (op->outcome <= CONFLICT && (op->revision || op->kind == 'r'))
		fprintf(history, "%llu\n", op->revision);
	else
		fputs("-\n", history);
}

#endif /* SELFTESTS_OPERATION_H */
