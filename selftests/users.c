// SPDX-License-Identifier: GPL-2.0
/*
 * users - all kinds of use of a device at once, until its node is stopped
 *
 * Usage: users DEVICE
 *
 * Threads that read, write, poll, look at a mapping, and keep reads and writes in flight
 * with io_uring. Prints "ready" when each has begun, and a line for each that has learned
 * that the node is stopped: how. Then waits for SIGTERM with the file open and mapped,
 * closes it, and looks at the mapping once more. Exit status: 0 if that still shows that
 * the node is stopped, else 1.
 */
#include <liburing.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include "device.h"

#define IN_FLIGHT	16

static int fd;
static const struct raftval_page *page;
static atomic_int begun;

/*
 * Whatever the cluster makes of it; the node's end is what is waited for. Without a
 * pause the threads of the nodes, which come first, would have the machine to themselves.
 */
static int goes_on(long ret)
{
	usleep(100000);
	return ret >= 0 || ret == -EAGAIN || ret == -ETIMEDOUT;
}

static void ended(const char *what, const char *how)
{
	printf("%s: %s\n", what, how);
	fflush(stdout);
}

static void *reads(void *arg)
{
	char buf[4096];
	long ret;

	(void)arg;
	begun++;
	do
		ret = device_read(fd, buf, sizeof(buf));
	while (goes_on(ret));
	ended("read", strerrorname_np(-ret));
	return NULL;
}

static void *writes(void *arg)
{
	__u64 revision;
	long ret;

	(void)arg;
	begun++;
	do
		ret = device_put(fd, "written", 7, 0, &revision);
	while (goes_on(ret));
	ended("write", strerrorname_np(-ret));
	return NULL;
}

static void *polls(void *arg)
{
	struct pollfd pfd = { .fd = fd };

	(void)arg;
	begun++;
	while (poll(&pfd, 1, -1) == 0)
		;
	ended("poll", pfd.revents & POLLHUP ? "POLLHUP" : "without POLLHUP");
	return NULL;
}

static void *looks(void *arg)
{
	char buf[4096];
	__u64 revision;

	(void)arg;
	begun++;
	while (__atomic_load_n(&page->state, __ATOMIC_RELAXED) != RAFTVAL_STATE_DOWN) {
		raftval_page_copy(page, buf, sizeof(buf), &revision);
		usleep(20000);
	}
	ended("map", "DOWN");
	return NULL;
}

static void submit(struct io_uring *ring, int write)
{
	static char buf[4096];
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	if (write)
		io_uring_prep_write(sqe, fd, "in flight", 9, 0);
	else
		io_uring_prep_read(sqe, fd, buf, sizeof(buf), 0);
	io_uring_sqe_set_data64(sqe, write);
	io_uring_submit(ring);
}

static void *flies(void *arg)
{
	struct io_uring_cqe *cqe;
	struct io_uring ring;
	int i, left = IN_FLIGHT, last = 0;

	(void)arg;
	if (io_uring_queue_init(IN_FLIGHT, &ring, 0))
		exit(1);
	for (i = 0; i < IN_FLIGHT; i++)
		submit(&ring, i % 2);
	begun++;
	while (left && !io_uring_wait_cqe(&ring, &cqe)) {
		int res = cqe->res, write = io_uring_cqe_get_data64(cqe);

		io_uring_cqe_seen(&ring, cqe);
		if (goes_on(res)) {
			submit(&ring, write);
			continue;
		}
		last = res;
		left--;
	}
	io_uring_queue_exit(&ring);
	ended("io_uring", strerrorname_np(-last));
	return NULL;
}

int main(int argc, char **argv)
{
	void *(*const uses[])(void *) = { reads, writes, polls, looks, flies };
	const int n = ARRAY_SIZE(uses);
	pthread_t thread[n];
	char buf[4096];
	__u64 revision;
	sigset_t end;
	int i, sig;

	if (argc != 2)
		return 2;
	sigemptyset(&end);
	sigaddset(&end, SIGTERM);
	sigprocmask(SIG_BLOCK, &end, NULL);
	fd = open(argv[1], O_RDWR);
	page = fd < 0 ? NULL : device_map(fd, 4096);
	if (!page) {
		perror(argv[1]);
		return 1;
	}
	for (i = 0; i < n; i++)
		pthread_create(&thread[i], NULL, uses[i], NULL);
	while (begun < n)
		usleep(1000);
	puts("ready");
	fflush(stdout);
	for (i = 0; i < n; i++)
		pthread_join(thread[i], NULL);
	sigwait(&end, &sig);
	close(fd);
	raftval_page_copy(page, buf, sizeof(buf), &revision);
	return page->state != RAFTVAL_STATE_DOWN;
}
