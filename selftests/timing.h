/* SPDX-License-Identifier: GPL-2.0 */
/* What the programs that measure share. */
#ifndef SELFTESTS_TIMING_H
#define SELFTESTS_TIMING_H

#include <stdlib.h>
#include <time.h>

static inline double now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1e9 + now.tv_nsec;
}

static inline double now_us(void)
{
	return now_ns() / 1e3;
}

#endif /* SELFTESTS_TIMING_H */
