/* SPDX-License-Identifier: GPL-2.0 */
/* What the programs that measure share. */
#ifndef SELFTESTS_TIMING_H
#define SELFTESTS_TIMING_H

#include <stdlib.h>
#include <time.h>

static inline double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1e6 + now.tv_nsec / 1e3;
}

static inline int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Sorts what was measured. */
static inline double median(double *took, size_t n)
{
	qsort(took, n, sizeof(*took), compare);
	return took[n / 2];
}

#endif /* SELFTESTS_TIMING_H */
