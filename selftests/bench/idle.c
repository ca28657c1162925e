// SPDX-License-Identifier: GPL-2.0
/*
 * idle - how busy the processors are while nobody asks for anything
 *
 * Usage: idle SECONDS
 *
 * Prints "share PERCENT", of one processor.
 */
#include "busy.h"

int main(int argc, char **argv)
{
	struct busy begin;
	int seconds;

	if (argc != 2) {
		fprintf(stderr, "usage: idle SECONDS\n");
		return 2;
	}
	seconds = atoi(argv[1]);
	begin = busy_now();
	sleep(seconds);
	printf("share %.2f\n", busy_since(&begin) * 100 / (now_ns() - begin.at));
	return 0;
}
