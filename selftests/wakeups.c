// SPDX-License-Identifier: GPL-2.0
/*
 * wakeups - no change of the value is slept through
 *
 * Usage: wakeups DEVICE CHANGES
 *
 * One thread writes, and writes again only when each of the others has seen the last
 * change: they sleep in poll(2), in epoll_wait(2) told of levels, and told of edges, and
 * then read. Whoever is not woken stops all. Exit status: 0 if all changes were seen, 1
 * if one was not within 20 seconds.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include "device.h"

#define SLEEPERS	3
#define PATIENCE_MS	20000

static const char *path;
static atomic_ullong last;	/* revision at which to end */
static atomic_ullong seen[SLEEPERS];

static __u64 look(int fd)
{
	static __thread char buf[RAFTVAL_VALUE_LIMIT];
	__u64 revision;

	if (device_get(fd, buf, sizeof(buf), RAFTVAL_READ_LOCAL, &revision) < 0) {
		perror("wakeups: read");
		exit(1);
	}
	return revision;
}

static void *sleeper(void *arg)
{
	int which = (intptr_t)arg, fd = open(path, O_RDWR), ep = epoll_create1(0), n;
	struct epoll_event event = { .events = EPOLLIN | (which == 2 ? EPOLLET : 0) };
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event);
	while (seen[which] < last) {
		n = which ? epoll_wait(ep, &event, 1, PATIENCE_MS) : poll(&pfd, 1, PATIENCE_MS);
		if (n != 1) {
			fprintf(stderr, "wakeups: sleeper %d slept through revision %llu\n", which,
				(unsigned long long)seen[which] + 1);
			exit(1);
		}
		seen[which] = look(fd);
	}
	close(ep);
	close(fd);
	return NULL;
}

static int all_have_seen(__u64 revision)
{
	int i;

	for (i = 0; i < SLEEPERS; i++)
		if (seen[i] < revision)
			return 0;
	return 1;
}

int main(int argc, char **argv)
{
	pthread_t thread[SLEEPERS];
	__u64 revision;
	int fd;
	long i;

	if (argc != 3)
		return 2;
	path = argv[1];
	fd = open(path, O_RDWR);
	if (fd < 0 || device_put(fd, "first", 5, 0, &revision)) {
		perror("wakeups: write");
		return 1;
	}
	last = revision + atol(argv[2]);
	for (i = 0; i < SLEEPERS; i++)
		pthread_create(&thread[i], NULL, sleeper, (void *)i);
	while (revision < last) {
		while (!all_have_seen(revision))
			sched_yield();
		if (device_put(fd, "next", 4, 0, &revision)) {
			perror("wakeups: write");
			return 1;
		}
	}
	for (i = 0; i < SLEEPERS; i++)
		pthread_join(thread[i], NULL);
	printf("%s changes, each seen by %d\n", argv[2], SLEEPERS);
	return 0;
}
