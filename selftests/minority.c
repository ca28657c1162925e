// SPDX-License-Identifier: GPL-2.0
/*
 * minority - raftval(4) on a node that has no majority
 *
 * RAFTVAL_DEVICE says which device. Its node was a member of a cluster of several, of
 * which it is the only one left, and waits for one second unless told otherwise. Its
 * value is "before".
 */
#define _GNU_SOURCE
#include <liburing.h>
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <linux/raftval_netlink.h>
#include "device.h"
#include "kselftest_harness.h"

#define MANY	256	/* operations that a node takes at a time */

FIXTURE(minority)
{
	int fd;
	char buf[4096];
};

FIXTURE_SETUP(minority)
{
	self->fd = open(device_path(), O_RDWR);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(minority)
{
	close(self->fd);
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

TEST_F(minority, nothing_is_done_in_time)
{
	struct raftval_read get = { .data = (uintptr_t)self->buf, .size = 4096, .timeout_ms = 100 };
	__u64 revision;

	EXPECT_EQ(-ETIMEDOUT, device_write(self->fd, "x", 1));
	EXPECT_EQ(-ETIMEDOUT, device_read(self->fd, self->buf, 100));
	EXPECT_EQ(-ETIMEDOUT, device_put(self->fd, "x", 1, 100, &revision));
	EXPECT_EQ(0, revision);
	EXPECT_EQ(-ETIMEDOUT, device_cas(self->fd, 0, "x", 1, &revision));
	EXPECT_EQ(0, revision);
	EXPECT_EQ(-ETIMEDOUT, result(ioctl(self->fd, RAFTVAL_IOC_READ, &get)));
}

TEST_F(minority, who_would_not_wait_is_told)
{
	__u64 revision;

	ASSERT_EQ(0, fcntl(self->fd, F_SETFL, O_NONBLOCK));
	EXPECT_EQ(-EAGAIN, device_write(self->fd, "x", 1));
	EXPECT_EQ(-EAGAIN, device_read(self->fd, self->buf, 100));
	EXPECT_EQ(-EAGAIN, device_put(self->fd, "x", 1, 100, &revision));
	EXPECT_EQ(-EAGAIN, device_cas(self->fd, 1, "x", 1, &revision));
	EXPECT_EQ(-EAGAIN, device_get(self->fd, self->buf, 4096, 0, &revision));
}

TEST_F(minority, what_is_local_goes_on)
{
	const struct raftval_page *page = device_map(self->fd, 2 * 4096);
	struct raftval_status status;
	__u64 revision, mapped;

	EXPECT_EQ(6, device_get(self->fd, self->buf, 4096, RAFTVAL_READ_LOCAL, &revision));
	EXPECT_EQ(0, memcmp(self->buf, "before", 6));
	ASSERT_NE(NULL, page);
	EXPECT_EQ(6, raftval_page_copy(page, self->buf, 4096, &mapped));
	EXPECT_EQ(revision, mapped);
	EXPECT_NE(RAFTVAL_ROLE_LEADER, page->role);
	ASSERT_EQ(0, ioctl(self->fd, RAFTVAL_IOC_STATUS, &status));
	EXPECT_EQ(revision, status.revision);
	EXPECT_EQ(0, status.leader);
	EXPECT_EQ('\0', status.leader_label[0]);
	EXPECT_NE(RAFTVAL_ROLE_LEADER, status.role);
	EXPECT_LT(1000, status.contact_us);
	EXPECT_EQ(1000, status.op_timeout_ms);
	munmap((void *)page, 2 * 4096);
}

static void nothing(int signum)
{
	(void)signum;
}

/* A signal that comes over and over, so that none is missed. */
static void disturb(int flags)
{
	struct sigaction action = { .sa_handler = nothing, .sa_flags = flags };
	struct itimerval often = { { 0, 50000 }, { 0, 50000 } };

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
}

TEST_F(minority, a_signal_ends_the_wait)
{
	__u64 revision;
	double began;

	disturb(0);
	began = now();
	EXPECT_EQ(-EINTR, device_write(self->fd, "x", 1));
	EXPECT_EQ(-EINTR, device_read(self->fd, self->buf, 100));
	EXPECT_EQ(-EINTR, device_put(self->fd, "x", 1, 60000, &revision));
	EXPECT_EQ(-EINTR, device_get(self->fd, self->buf, 4096, 0, &revision));
	EXPECT_GT(30, now() - began);
}

static void child_waits(struct _test_data_minority *self, int how)
{
	__u64 revision;

	if (how == 0)
		device_put(self->fd, "x", 1, 3600000, &revision);
	else if (how == 1)
		device_read(self->fd, self->buf, 100);
	else
		device_write(self->fd, "x", 1);
	_exit(0);
}

/* It waits as soon as it sleeps. */
static void wait_asleep(pid_t pid)
{
	char path[64], state = 0;
	FILE *stat;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	while (state != 'S') {
		stat = fopen(path, "r");
		if (!stat || fscanf(stat, "%*d %*s %c", &state) != 1)
			exit(1);
		fclose(stat);
	}
}

/* Whoever is killed in a wait is gone at once, not when its time is over. */
TEST_F(minority, a_kill_ends_the_wait)
{
	int how, status;
	pid_t pid;

	for (how = 0; how < 3; how++) {
		pid = fork();
		if (!pid)
			child_waits(self, how);
		wait_asleep(pid);
		ASSERT_EQ(0, kill(pid, SIGKILL));
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
	}
}

static int fill(struct _test_data_minority *self, struct io_uring *ring, int n)
{
	struct io_uring_sqe *sqe;
	int i;

	for (i = 0; i < n; i++) {
		sqe = io_uring_get_sqe(ring);
		io_uring_prep_write(sqe, self->fd, "x", 1, 0);
	}
	return io_uring_submit(ring);
}

static int drain(struct io_uring *ring, int n, int expect)
{
	struct io_uring_cqe *cqe;
	int good = 0;

	while (n-- && !io_uring_wait_cqe(ring, &cqe)) {
		good += cqe->res == expect;
		io_uring_cqe_seen(ring, cqe);
	}
	return good;
}

TEST_F(minority, a_full_queue_takes_no_more)
{
	struct io_uring ring;

	ASSERT_EQ(0, io_uring_queue_init(MANY, &ring, 0));
	EXPECT_EQ(POLLOUT, device_poll(self->fd, 0) & POLLOUT);
	ASSERT_EQ(MANY, fill(self, &ring, MANY));
	EXPECT_EQ(0, device_poll(self->fd, 0) & POLLOUT);
	EXPECT_EQ(-EAGAIN, device_write(self->fd, "x", 1));
	EXPECT_EQ(MANY, drain(&ring, MANY, -ETIMEDOUT));
	EXPECT_EQ(POLLOUT, device_poll(self->fd, 5000) & POLLOUT);
	io_uring_queue_exit(&ring);
}

TEST_F(minority, reads_by_ring_end_in_time)
{
	struct io_uring ring;
	int i;

	ASSERT_EQ(0, io_uring_queue_init(64, &ring, 0));
	for (i = 0; i < 64; i++)
		io_uring_prep_read(io_uring_get_sqe(&ring), self->fd, self->buf, 4096, 0);
	ASSERT_EQ(64, io_uring_submit(&ring));
	EXPECT_EQ(64, drain(&ring, 64, -ETIMEDOUT));
	io_uring_queue_exit(&ring);
}

/* What is in flight can not be called back, but all of it ends. */
TEST_F(minority, cancelled_in_flight)
{
	struct io_uring_sqe *sqe;
	struct io_uring ring;

	ASSERT_EQ(0, io_uring_queue_init(16, &ring, 0));
	ASSERT_EQ(8, fill(self, &ring, 8));
	sqe = io_uring_get_sqe(&ring);
	io_uring_prep_cancel_fd(sqe, self->fd, IORING_ASYNC_CANCEL_ALL);
	ASSERT_EQ(1, io_uring_submit(&ring));
	EXPECT_EQ(8, drain(&ring, 9, -ETIMEDOUT));
	io_uring_queue_exit(&ring);
}

/* A process that ends with all in flight is not held up. */
TEST_F(minority, exit_in_flight)
{
	struct io_uring ring;
	double began = now();
	int status, how;
	pid_t pid;

	for (how = 0; how < 2; how++) {
		pid = fork();
		ASSERT_LE(0, pid);
		if (!pid) {
			if (io_uring_queue_init(MANY, &ring, 0) || fill(self, &ring, 100) != 100)
				_exit(1);
			if (how)
				raise(SIGKILL);
			_exit(0);
		}
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		EXPECT_EQ(how, WIFSIGNALED(status));
	}
	EXPECT_GT(5, now() - began);
}

TEST_HARNESS_MAIN
