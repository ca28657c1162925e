// SPDX-License-Identifier: GPL-2.0
/*
 * torn - a mapping never shows a value that is half old and half new
 *
 * Usage: torn DEVICE WRITES
 *
 * One thread writes values of up to 64 KiB, all bytes of which, and the length, follow
 * from the first. The others read them from a mapping, as fast as they can. Exit status:
 * 0 if they met changes and every value was whole, else 1.
 */
#include <pthread.h>
#include <stdatomic.h>
#include "device.h"

#define READERS	2

static const char *path;
static atomic_int done, bad;
static atomic_long reads, changes;

static uint32_t length(unsigned char first)
{
	return RAFTVAL_VALUE_LIMIT - 100 * first;
}

static int is_whole(const unsigned char *value, uint32_t len)
{
	/* All bytes are the same if each is the same as the next. */
	return len == length(value[0]) && !memcmp(value, value + 1, len - 1);
}

static void *reader(void *arg)
{
	int fd = open(path, O_RDONLY);
	const struct raftval_page *page = device_map(fd, 4096 + RAFTVAL_VALUE_LIMIT);
	unsigned char *value = malloc(RAFTVAL_VALUE_LIMIT);
	__u64 revision = 0, before;
	uint32_t len;

	(void)arg;
	if (!page)
		exit(1);
	while (!done) {
		before = revision;
		len = raftval_page_copy(page, value, RAFTVAL_VALUE_LIMIT, &revision);
		reads++;
		changes += revision != before;
		if (revision < before || !is_whole(value, len))
			bad++;
	}
	return NULL;
}

int main(int argc, char **argv)
{
	unsigned char *value = malloc(RAFTVAL_VALUE_LIMIT);
	pthread_t thread[READERS];
	__u64 revision;
	int fd, i, n;

	if (argc != 3)
		return 2;
	path = argv[1];
	n = atoi(argv[2]);
	fd = open(path, O_RDWR);
	for (i = 0; i < n; i++) {
		memset(value, i, RAFTVAL_VALUE_LIMIT);
		if (device_put(fd, value, length(i), 0, &revision)) {
			perror("torn: write");
			return 1;
		}
		if (i < READERS)
			pthread_create(&thread[i], NULL, reader, NULL);
	}
	done = 1;
	for (i = 0; i < READERS; i++)
		pthread_join(thread[i], NULL);
	printf("%ld reads met %ld changes, %d were torn\n", (long)reads, (long)changes, (int)bad);
	return bad || changes < n / 10;
}
