// SPDX-License-Identifier: GPL-2.0
/*
 * hog - eat all of a machine's free memory but so much, and keep it at that
 *
 * Usage: hog MIB
 *
 * Says "full" when no more than MIB are free for the first time. What others need then they
 * take from the rest, and it gives back only what keeps the rest from vanishing: a machine
 * where processes are killed for lack of memory would be another trial. So what the kernel
 * calls available does not count: some of that it can not give in time.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define BITE		(512 * 1024)
#define BITES_MAX	65536
#define LOOK_NS		50000000

static void die(const char *what)
{
	fprintf(stderr, "hog: %s: %s\n", what, strerrorname_np(errno));
	exit(1);
}

/* In KiB; with a buffer of its own, since there may be no memory for another. */
static long mem_free(void)
{
	static char line[128], buf[4096];
	FILE *f = fopen("/proc/meminfo", "re");
	long kib = -1;

	if (!f)
		die("/proc/meminfo");
	setvbuf(f, buf, _IOFBF, sizeof(buf));
	while (kib < 0 && fgets(line, sizeof(line), f))
		sscanf(line, "MemFree: %ld", &kib);
	fclose(f);
	if (kib < 0)
		die("MemFree");
	return kib;
}

int main(int argc, char **argv)
{
	static void *bites[BITES_MAX];
	const struct timespec look = { .tv_nsec = LOOK_NS };
	long left = argc == 2 ? atol(argv[1]) * 1024 : 0, now;
	bool full = false;
	int n = 0;

	if (left <= 0) {
		fprintf(stderr, "usage: hog MIB\n");
		return 2;
	}
	for (;;) {
		now = mem_free();
		if (now > left + BITE / 1024 && n < BITES_MAX) {
			bites[n] = mmap(NULL, BITE, PROT_READ | PROT_WRITE,
					MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
			if (bites[n] == MAP_FAILED)
				die("mmap");
			n++;
			continue;
		}
		if (now < left - BITE / 1024 && n)
			munmap(bites[--n], BITE);
		if (!full) {
			full = true;
			puts("full");
			fflush(stdout);
		}
		nanosleep(&look, NULL);
	}
}
