// SPDX-License-Identifier: GPL-2.0
/*
 * latency - how long a write takes
 *
 * Usage: latency FILE BYTES TIMES [disk]
 *
 * Writes BYTES to the start of FILE, TIMES times, one after the other, and prints the
 * median and the 99th percentile in microseconds. With "disk", FILE is opened for
 * direct, durable writes, each behind the one before.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "timing.h"

static bool measure(int fd, char *buf, size_t len, bool disk, double *took, long times)
{
	double begin;
	long i;

	for (i = 0; i < times; i++) {
		snprintf(buf, len, "%ld", i);
		begin = now_us();
		if (pwrite(fd, buf, len, disk ? i * len : 0) != (ssize_t)len)
			return false;
		took[i] = now_us() - begin;
	}
	return true;
}

int main(int argc, char **argv)
{
	bool disk = argc == 5 && !strcmp(argv[4], "disk");
	double *took;
	size_t len;
	long times;
	void *buf;
	int fd;

	if (argc != 4 && !disk) {
		fprintf(stderr, "usage: latency FILE BYTES TIMES [disk]\n");
		return 2;
	}
	len = strtoul(argv[2], NULL, 10);
	times = strtol(argv[3], NULL, 10);
	took = calloc(times, sizeof(*took));
	fd = open(argv[1], O_RDWR | (disk ? O_DIRECT | O_DSYNC : 0));
	if (fd < 0 || !took || posix_memalign(&buf, 4096, len)) {
		fprintf(stderr, "latency: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	memset(buf, 'x', len);
	if (!measure(fd, buf, len, disk, took, times)) {
		fprintf(stderr, "latency: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	qsort(took, times, sizeof(*took), compare);
	printf("%.0f %.0f\n", took[times / 2], took[times * 99 / 100]);
	return 0;
}
