// SPDX-License-Identifier: GPL-2.0
/*
 * async - reads and writes that their caller does not wait in, with a majority
 *
 * RAFTVAL_DEVICE says which device; its largest value has 4096 bytes.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <liburing.h>
#include <sys/syscall.h>
#include <linux/aio_abi.h>
#include "device.h"
#include "kselftest_harness.h"

#define MANY	256	/* operations that a node takes at a time */
#define SIZE	64

FIXTURE(async)
{
	int fd;
	struct io_uring ring;
	char buf[MANY][SIZE];
};

FIXTURE_SETUP(async)
{
	__u64 revision;

	self->fd = open(device_path(), O_RDWR);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, device_put(self->fd, "start", 5, 0, &revision));
	ASSERT_EQ(0, io_uring_queue_init(2 * MANY, &self->ring, 0));
}

FIXTURE_TEARDOWN(async)
{
	io_uring_queue_exit(&self->ring);
	close(self->fd);
}

static int n_threads(void)
{
	DIR *tasks = opendir("/proc/self/task");
	int n = 0;

	while (readdir(tasks))
		n++;
	closedir(tasks);
	return n - 2;
}

static void queue_write(struct _test_data_async *self, int i)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&self->ring);
	int len = snprintf(self->buf[i], SIZE, "write %d", i);

	io_uring_prep_write(sqe, self->fd, self->buf[i], len, 0);
	io_uring_sqe_set_data64(sqe, i);
}

/* Waits for one; returns what it returned, and which it was. */
static int take(struct _test_data_async *self, int *which)
{
	struct io_uring_cqe *cqe;
	int ret = io_uring_wait_cqe(&self->ring, &cqe);

	if (ret)
		return ret;
	*which = io_uring_cqe_get_data64(cqe);
	ret = cqe->res;
	io_uring_cqe_seen(&self->ring, cqe);
	return ret;
}

TEST_F(async, many_writes_and_no_worker)
{
	__u64 before, after;
	int i, which, most = 0;

	ASSERT_EQ(5, device_get(self->fd, self->buf[0], SIZE, 0, &before));
	for (i = 0; i < MANY; i++)
		queue_write(self, i);
	ASSERT_EQ(MANY, io_uring_submit(&self->ring));
	for (i = 0; i < MANY; i++) {
		if (n_threads() > most)
			most = n_threads();
		EXPECT_LT(0, take(self, &which));
	}
	EXPECT_EQ(1, most);
	ASSERT_LT(0, device_get(self->fd, self->buf[0], SIZE, 0, &after));
	EXPECT_EQ(before + MANY, after);
}

/* The index of the last entry that this host has. */
static long last_index(void)
{
	char path[128];
	long index = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/sys/class/raftval%s/last_index",
		 strrchr(device_path(), '/'));
	file = fopen(path, "r");
	if (!file)
		return -1;
	if (fscanf(file, "%ld", &index) != 1)
		index = -1;
	fclose(file);
	return index;
}

/* What is submitted in one call goes to the node together, and needs few entries. */
TEST_F(async, one_call_few_entries)
{
	long before = last_index();
	int i, which;

	ASSERT_LT(0, before);
	for (i = 0; i < MANY; i++)
		queue_write(self, i);
	ASSERT_EQ(MANY, io_uring_submit(&self->ring));
	for (i = 0; i < MANY; i++)
		EXPECT_LT(0, take(self, &which));
	EXPECT_LT(before, last_index());
	EXPECT_GT(before + MANY / 2, last_index());
}

/* Those beyond what a node takes wait for room, and all are written once. */
TEST_F(async, more_writes_than_there_is_room_for)
{
	__u64 before, after;
	int i, which;

	ASSERT_EQ(5, device_get(self->fd, self->buf[0], SIZE, 0, &before));
	for (i = 0; i < MANY + 100; i++)
		queue_write(self, i % MANY);
	ASSERT_EQ(MANY + 100, io_uring_submit(&self->ring));
	for (i = 0; i < MANY + 100; i++)
		EXPECT_LT(0, take(self, &which));
	ASSERT_LT(0, device_get(self->fd, self->buf[0], SIZE, 0, &after));
	EXPECT_EQ(before + MANY + 100, after);
}

TEST_F(async, many_reads)
{
	struct io_uring_sqe *sqe;
	struct iovec vec;
	int i, which;

	for (i = 0; i < MANY; i++) {
		sqe = io_uring_get_sqe(&self->ring);
		vec = (struct iovec) { self->buf[i], SIZE };
		if (i % 2)
			io_uring_prep_read(sqe, self->fd, self->buf[i], SIZE, 0);
		else
			io_uring_prep_readv(sqe, self->fd, &vec, 1, 0);
		io_uring_sqe_set_data64(sqe, i);
		ASSERT_EQ(1, io_uring_submit(&self->ring));
	}
	for (i = 0; i < MANY; i++) {
		EXPECT_EQ(5, take(self, &which));
		EXPECT_EQ(0, memcmp(self->buf[which], "start", 5));
	}
}

TEST_F(async, registered_buffers)
{
	struct iovec vec = { self->buf[0], SIZE };
	struct io_uring_sqe *sqe;
	int which;

	ASSERT_EQ(0, io_uring_register_buffers(&self->ring, &vec, 1));
	memcpy(self->buf[0], "registered", 10);
	sqe = io_uring_get_sqe(&self->ring);
	io_uring_prep_write_fixed(sqe, self->fd, self->buf[0], 10, 0, 0);
	ASSERT_EQ(1, io_uring_submit(&self->ring));
	EXPECT_EQ(10, take(self, &which));
	memset(self->buf[0], 0, SIZE);
	sqe = io_uring_get_sqe(&self->ring);
	io_uring_prep_read_fixed(sqe, self->fd, self->buf[0], SIZE, 0, 0);
	ASSERT_EQ(1, io_uring_submit(&self->ring));
	EXPECT_EQ(10, take(self, &which));
	EXPECT_STREQ("registered", self->buf[0]);
}

TEST_F(async, errors)
{
	static char large[4097];
	struct io_uring_sqe *sqe;
	int which;

	sqe = io_uring_get_sqe(&self->ring);
	io_uring_prep_write(sqe, self->fd, large, sizeof(large), 0);
	ASSERT_EQ(1, io_uring_submit(&self->ring));
	EXPECT_EQ(-EFBIG, take(self, &which));
	sqe = io_uring_get_sqe(&self->ring);
	io_uring_prep_write(sqe, self->fd, (void *)8, 5, 0);
	ASSERT_EQ(1, io_uring_submit(&self->ring));
	EXPECT_EQ(-EFAULT, take(self, &which));
	sqe = io_uring_get_sqe(&self->ring);
	io_uring_prep_read(sqe, self->fd, (void *)8, 5, 0);
	ASSERT_EQ(1, io_uring_submit(&self->ring));
	EXPECT_EQ(-EFAULT, take(self, &which));
	sqe = io_uring_get_sqe(&self->ring);
	io_uring_prep_write(sqe, self->fd, large, 5, 77);
	ASSERT_EQ(1, io_uring_submit(&self->ring));
	EXPECT_EQ(-EINVAL, take(self, &which));
}

/* That nobody is to wait says nothing about what waits by itself. */
TEST_F(async, flagged_not_to_wait)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&self->ring);
	int which;

	io_uring_prep_write(sqe, self->fd, "nowait", 6, 0);
	sqe->rw_flags = RWF_NOWAIT;
	ASSERT_EQ(1, io_uring_submit(&self->ring));
	EXPECT_EQ(6, take(self, &which));
	sqe = io_uring_get_sqe(&self->ring);
	io_uring_prep_read(sqe, self->fd, self->buf[0], SIZE, 0);
	sqe->rw_flags = RWF_NOWAIT;
	ASSERT_EQ(1, io_uring_submit(&self->ring));
	EXPECT_EQ(6, take(self, &which));
}

TEST_F(async, poll_by_ring)
{
	struct io_uring_sqe *sqe;
	__u64 revision;
	int which;

	ASSERT_EQ(5, device_read(self->fd, self->buf[0], SIZE));
	sqe = io_uring_get_sqe(&self->ring);
	io_uring_prep_poll_add(sqe, self->fd, POLLIN);
	ASSERT_EQ(1, io_uring_submit(&self->ring));
	ASSERT_EQ(0, device_put(self->fd, "news", 4, 0, &revision));
	EXPECT_EQ(POLLIN, take(self, &which));
}

TEST_F(async, aio)
{
	struct iocb block[MANY], *blocks[MANY];
	struct io_event event[MANY];
	aio_context_t ctx = 0;
	int i;

	ASSERT_EQ(0, syscall(SYS_io_setup, MANY, &ctx));
	memset(block, 0, sizeof(block));
	for (i = 0; i < MANY; i++) {
		blocks[i] = &block[i];
		block[i].aio_fildes = self->fd;
		block[i].aio_lio_opcode = i % 2 ? IOCB_CMD_PREAD : IOCB_CMD_PWRITE;
		block[i].aio_buf = (uintptr_t)self->buf[i];
		block[i].aio_nbytes = 7;
		snprintf(self->buf[i], SIZE, "aio %03d", i);
	}
	ASSERT_EQ(MANY, syscall(SYS_io_submit, ctx, MANY, blocks));
	ASSERT_EQ(MANY, syscall(SYS_io_getevents, ctx, MANY, MANY, event, NULL));
	for (i = 0; i < MANY; i++)
		EXPECT_LE(5, event[i].res);
	EXPECT_EQ(0, syscall(SYS_io_destroy, ctx));
}

/* The file is closed by the call that writes to it. */
TEST_F(async, closed_by_the_same_call)
{
	struct io_uring_sqe *sqe;
	int i, which;

	for (i = 0; i < 8; i++)
		queue_write(self, i);
	sqe = io_uring_get_sqe(&self->ring);
	io_uring_prep_close(sqe, self->fd);
	io_uring_sqe_set_data64(sqe, 8);
	ASSERT_EQ(9, io_uring_submit(&self->ring));
	for (i = 0; i < 9; i++) {
		int ret = take(self, &which);

		EXPECT_EQ(which == 8 ? 0 : 7, ret);
	}
}

/* The ring, and then the file, are closed with all in flight. */
TEST_F(async, closed_in_flight)
{
	int i;

	for (i = 0; i < MANY; i++)
		queue_write(self, i);
	ASSERT_EQ(MANY, io_uring_submit(&self->ring));
}

TEST_HARNESS_MAIN
