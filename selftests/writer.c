// SPDX-License-Identifier: GPL-2.0
/*
 * writer - write without a pause, and count what became of it
 *
 * Usage: writer DEVICE TEXT STOP
 *
 * Writes "TEXT 1", "TEXT 2" and so on until the file STOP exists, then prints how
 * many writes were acknowledged; how many may have been applied: all but those that
 * ended with EAGAIN, which promises that they never will be; how many there were; and
 * the longest time without an acknowledgment, in microseconds. An error other than
 * EAGAIN and ETIMEDOUT ends it at once, with status 1.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "timing.h"

int main(int argc, char **argv)
{
	unsigned long acknowledged = 0, possible = 0, n;
	double last, now, longest = 0;
	char text[256];
	ssize_t done;
	int fd, len;

	if (argc != 4) {
		fprintf(stderr, "usage: writer DEVICE TEXT STOP\n");
		return 2;
	}
	fd = open(argv[1], O_RDWR);
	if (fd < 0) {
		fprintf(stderr, "writer: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	last = now_us();
	for (n = 1; access(argv[3], F_OK); n++) {
		len = snprintf(text, sizeof(text), "%s %lu", argv[2], n);
		done = pwrite(fd, text, len, 0);
		if (done == len) {
			acknowledged++;
			possible++;
			now = now_us();
			longest = now - last > longest ? now - last : longest;
			last = now;
		} else if (done >= 0) {
			fprintf(stderr, "writer: write %lu: %zd of %d bytes\n", n, done, len);
			return 1;
		} else if (errno == ETIMEDOUT) {
			possible++;
		} else if (errno != EAGAIN) {
			fprintf(stderr, "writer: write %lu: %s\n", n, strerrorname_np(errno));
			return 1;
		}
	}
	printf("%lu %lu %lu %.0f\n", acknowledged, possible, n - 1, longest);
	return 0;
}
