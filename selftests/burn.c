// SPDX-License-Identifier: GPL-2.0
/*
 * burn - take a processor from everybody else, the node's thread included
 *
 * Usage: burn CPU MILLISECONDS
 *
 * Runs on that processor, at a higher real-time priority than the threads of nodes have,
 * and does nothing useful.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include "timing.h"

int main(int argc, char **argv)
{
	const struct sched_param param = { .sched_priority = 50 };
	cpu_set_t cpus;
	double end;

	if (argc != 3) {
		fprintf(stderr, "usage: burn CPU MILLISECONDS\n");
		return 2;
	}
	CPU_ZERO(&cpus);
	CPU_SET(atoi(argv[1]), &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus) ||
	    sched_setscheduler(0, SCHED_FIFO, &param)) {
		perror("burn");
		return 1;
	}
	end = now_us() + atof(argv[2]) * 1000;
	while (now_us() < end)
		;
	return 0;
}
