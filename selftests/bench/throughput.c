// SPDX-License-Identifier: GPL-2.0
/*
 * throughput - how much is written when many write
 *
 * Usage: throughput threads DEVICE WRITERS SECONDS	so many threads with a file each
 *        throughput ring DEVICE WRITERS SECONDS	so many writes in flight, of one thread
 *
 * Writes are of 64 bytes. Prints "rate WRITES" a second and "cpu NANOSECONDS", of which the
 * processors were busy for each write, in whatever they did.
 */
#include <liburing.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include "../device.h"
#include "busy.h"

#define SIZE	64

static const char *path;
static atomic_long writes;
static atomic_int stop;
static pthread_barrier_t ready;
static long enough;
static sem_t all_write;

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static int open_device(void)
{
	int fd = open(path, O_RDWR);

	if (fd < 0)
		fail(path);
	return fd;
}

/* Who makes it as many as there are writers says that all of them may be at it. */
static void count_write(void)
{
	if (++writes == enough)
		sem_post(&all_write);
}

static void *writer(void *arg)
{
	int fd = open_device();
	char value[SIZE] = "";

	(void)arg;
	/* Who begins sooner would keep the others from being made. */
	pthread_barrier_wait(&ready);
	while (!stop) {
		if (write(fd, value, SIZE) != SIZE)
			fail("write");
		count_write();
	}
	close(fd);
	return NULL;
}

static void start_threads(pthread_t *thread, int n)
{
	int i;

	pthread_barrier_init(&ready, NULL, n);
	for (i = 0; i < n; i++)
		if (pthread_create(&thread[i], NULL, writer, NULL))
			fail("thread");
}

static void queue_write(struct io_uring *ring, int fd, const char *value)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	if (!sqe)
		fail("ring");
	io_uring_prep_write(sqe, fd, value, SIZE, 0);
}

/* As many are asked for as have come, together. */
static void *rider(void *arg)
{
	static const char value[SIZE];
	int i, n = *(int *)arg, fd = open_device();
	struct io_uring_cqe *cqe;
	struct io_uring ring;

	if (io_uring_queue_init(n, &ring, 0))
		fail("ring");
	for (i = 0; i < n; i++)
		queue_write(&ring, fd, value);
	while (!stop) {
		if (io_uring_submit_and_wait(&ring, 1) < 0)
			fail("submit");
		while (!io_uring_peek_cqe(&ring, &cqe)) {
			if (cqe->res != SIZE)
				fail("write by ring");
			io_uring_cqe_seen(&ring, cqe);
			count_write();
			queue_write(&ring, fd, value);
		}
	}
	io_uring_queue_exit(&ring);
	close(fd);
	return NULL;
}

static void report(int seconds)
{
	struct busy begin;
	double busy, took;
	long n;

	while (sem_wait(&all_write))
		;
	n = -writes;
	begin = busy_now();
	sleep(seconds);
	busy = busy_since(&begin);
	took = now_ns() - begin.at;
	n += writes;
	if (!n) {
		fprintf(stderr, "throughput: nothing was written\n");
		exit(1);
	}
	printf("rate %.1f\ncpu %.0f\n", n * 1e9 / took, busy / n);
}

int main(int argc, char **argv)
{
	int i, n = argc == 5 ? atoi(argv[3]) : 0, made = n;
	pthread_t *thread = calloc(n + 1, sizeof(*thread));

	if (n < 1 || !thread || (strcmp(argv[1], "threads") && strcmp(argv[1], "ring"))) {
		fprintf(stderr, "usage: throughput threads|ring DEVICE WRITERS SECONDS\n");
		return 2;
	}
	path = argv[2];
	enough = n;
	sem_init(&all_write, 0, 0);
	if (!strcmp(argv[1], "threads")) {
		start_threads(thread, n);
	} else {
		made = 1;
		if (pthread_create(thread, NULL, rider, &n))
			fail("thread");
	}
	report(atoi(argv[4]));
	stop = 1;
	for (i = 0; i < made; i++)
		pthread_join(thread[i], NULL);
	free(thread);
	return 0;
}
