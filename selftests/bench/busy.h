/* SPDX-License-Identifier: GPL-2.0 */
/* What the processors have done, which is what all has cost that was done meanwhile. */
#ifndef SELFTESTS_BENCH_BUSY_H
#define SELFTESTS_BENCH_BUSY_H

#include <stdio.h>
#include <unistd.h>
#include "../timing.h"

struct busy {
	double at;	/* nanoseconds */
	double idle;	/* of that, since the machine is up */
};

/* Time for a disk is idle, too. Where ticks stop when there is nothing to do it is exact. */
static inline struct busy busy_now(void)
{
	struct busy now = { .at = now_ns() };
	unsigned long long idle = 0, disk = 0;
	FILE *file = fopen("/proc/stat", "r");

	if (!file || fscanf(file, "cpu %*u %*u %*u %llu %llu", &idle, &disk) != 2) {
		perror("/proc/stat");
		exit(1);
	}
	fclose(file);
	now.idle = (idle + disk) * 1e9 / sysconf(_SC_CLK_TCK);
	return now;
}

/* Nanoseconds that one processor was busy since then. */
static inline double busy_since(const struct busy *then)
{
	struct busy now = busy_now();
	double cpus = sysconf(_SC_NPROCESSORS_ONLN);
	double busy = (now.at - then->at) * cpus - (now.idle - then->idle);

	return busy > 0 ? busy : 0;
}

#endif /* SELFTESTS_BENCH_BUSY_H */
