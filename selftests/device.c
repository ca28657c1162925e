// SPDX-License-Identifier: GPL-2.0
/*
 * device - every clause of raftval(4) on a node whose cluster has a majority
 *
 * RAFTVAL_DEVICE says which device, RAFTVAL_ROLE what its node is. Its cluster has
 * the usual largest value, 4096 bytes. Others may write meanwhile, but nobody does.
 */
#define _GNU_SOURCE
#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <linux/raftval_netlink.h>
#include "device.h"
#include "kselftest_harness.h"

#define VALUE_MAX	4096

static_assert(sizeof(struct raftval_read) == 32, "the layout is ABI");
static_assert(sizeof(struct raftval_write) == 40, "the layout is ABI");
static_assert(sizeof(struct raftval_status) == 256, "the layout is ABI");
static_assert(sizeof(struct raftval_page) == 64, "the layout is ABI");
static_assert(__builtin_offsetof(struct raftval_status, contact_us) == 72, "the layout is ABI");
static_assert(__builtin_offsetof(struct raftval_status, label) == 160, "the layout is ABI");

/* @nowhere is a bad pointer that is not NULL, so that it can not be taken for "none". */
FIXTURE(device)
{
	int fd;
	void *nowhere;
	__u64 revision;
	char buf[VALUE_MAX + 1];
};

FIXTURE_SETUP(device)
{
	self->fd = open(device_path(), O_RDWR);
	self->nowhere = (void *)8;
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, device_put(self->fd, "start", 5, 0, &self->revision));
	ASSERT_LT(0, self->revision);
}

FIXTURE_TEARDOWN(device)
{
	close(self->fd);
}

TEST_F(device, read_gives_what_was_written)
{
	__u64 revision;

	ASSERT_EQ(5, device_write(self->fd, "hello", 5));
	EXPECT_EQ(5, device_read(self->fd, self->buf, sizeof(self->buf)));
	EXPECT_EQ(0, memcmp(self->buf, "hello", 5));
	memset(self->buf, 0, sizeof(self->buf));
	EXPECT_EQ(5, device_get(self->fd, self->buf, sizeof(self->buf), 0, &revision));
	EXPECT_EQ(0, memcmp(self->buf, "hello", 5));
	EXPECT_EQ(self->revision + 1, revision);
}

TEST_F(device, empty_and_largest_values)
{
	__u64 revision;

	EXPECT_EQ(0, device_write(self->fd, "", 0));
	EXPECT_EQ(0, device_get(self->fd, self->buf, 0, 0, &revision));
	EXPECT_EQ(self->revision + 1, revision);
	memset(self->buf, 'x', sizeof(self->buf));
	EXPECT_EQ(VALUE_MAX, device_write(self->fd, self->buf, VALUE_MAX));
	EXPECT_EQ(-EFBIG, device_write(self->fd, self->buf, VALUE_MAX + 1));
	EXPECT_EQ(-EFBIG, device_put(self->fd, self->buf, VALUE_MAX + 1, 0, &revision));
	EXPECT_EQ(VALUE_MAX, device_get(self->fd, self->buf, VALUE_MAX, 0, &revision));
	EXPECT_EQ(self->revision + 2, revision);
}

TEST_F(device, one_pass_reads_one_value)
{
	__u64 revision;

	ASSERT_EQ(6, device_write(self->fd, "abcdef", 6));
	EXPECT_EQ(3, read(self->fd, self->buf, 3));
	ASSERT_EQ(0, device_put(self->fd, "XYZXYZ", 6, 0, &revision));
	EXPECT_EQ(3, read(self->fd, self->buf + 3, 100));
	EXPECT_EQ(0, memcmp(self->buf, "abcdef", 6));
	EXPECT_EQ(0, read(self->fd, self->buf, 100));
	EXPECT_EQ(0, lseek(self->fd, 0, SEEK_SET));
	EXPECT_EQ(6, read(self->fd, self->buf, 100));
	EXPECT_EQ(0, memcmp(self->buf, "XYZXYZ", 6));
}

TEST_F(device, vectors_are_one_value)
{
	struct iovec vec[] = { { "one ", 4 }, { "value", 5 } };
	char first[3], second[20];
	struct iovec into[] = { { first, 3 }, { second, 20 } };

	EXPECT_EQ(9, writev(self->fd, vec, 2));
	EXPECT_EQ(9, preadv(self->fd, into, 2, 0));
	EXPECT_EQ(0, memcmp(first, "one", 3));
	EXPECT_EQ(0, memcmp(second, " value", 6));
}

TEST_F(device, positions)
{
	EXPECT_EQ(4, pwrite(self->fd, "zero", 4, 0));
	EXPECT_EQ(-1, pwrite(self->fd, "seven", 5, 7));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(2, pread(self->fd, self->buf, 100, 2));
	EXPECT_EQ(0, pread(self->fd, self->buf, 100, 4));
	EXPECT_EQ(0, pread(self->fd, self->buf, 100, 1 << 30));
	EXPECT_EQ(-1, lseek(self->fd, 0, SEEK_END));
	EXPECT_EQ(EINVAL, errno);
}

TEST_F(device, bad_memory)
{
	struct raftval_read get = { .data = (uintptr_t)self->nowhere, .size = VALUE_MAX };
	__u64 revision;

	EXPECT_EQ(-EFAULT, device_write(self->fd, self->nowhere, 5));
	EXPECT_EQ(-EFAULT, device_read(self->fd, self->nowhere, 5));
	EXPECT_EQ(-EFAULT, device_put(self->fd, self->nowhere, 5, 0, &revision));
	EXPECT_EQ(-EFAULT, result(ioctl(self->fd, RAFTVAL_IOC_READ, &get)));
	EXPECT_EQ(-EFAULT, result(ioctl(self->fd, RAFTVAL_IOC_READ, self->nowhere)));
	EXPECT_EQ(-EFAULT, result(ioctl(self->fd, RAFTVAL_IOC_WRITE, self->nowhere)));
	EXPECT_EQ(-EFAULT, result(ioctl(self->fd, RAFTVAL_IOC_CAS, self->nowhere)));
	EXPECT_EQ(-EFAULT, result(ioctl(self->fd, RAFTVAL_IOC_STATUS, self->nowhere)));
	EXPECT_EQ(5, device_get(self->fd, self->buf, VALUE_MAX, 0, &revision));
	EXPECT_EQ(self->revision, revision);
}

/* Whoever can not be told the revision is told so before the value has changed. */
TEST_F(device, arguments_that_can_not_be_written)
{
	struct raftval_write *args = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
					  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	__u64 revision;

	ASSERT_NE(MAP_FAILED, args);
	args->data = (uintptr_t)"never";
	args->len = 5;
	ASSERT_EQ(0, mprotect(args, 4096, PROT_READ));
	EXPECT_EQ(-EFAULT, result(ioctl(self->fd, RAFTVAL_IOC_WRITE, args)));
	EXPECT_EQ(5, device_get(self->fd, self->buf, VALUE_MAX, 0, &revision));
	EXPECT_EQ(self->revision, revision);
	munmap(args, 4096);
}

TEST_F(device, too_little_room)
{
	__u64 revision = 0;
	struct raftval_read args = { .data = (uintptr_t)self->buf, .size = 4 };

	memset(self->buf, '-', 10);
	EXPECT_EQ(-ERANGE, result(ioctl(self->fd, RAFTVAL_IOC_READ, &args)));
	EXPECT_EQ(5, args.len);
	EXPECT_EQ(self->revision, args.revision);
	EXPECT_EQ('-', self->buf[0]);
	EXPECT_EQ(5, device_get(self->fd, self->buf, 5, 0, &revision));
}

TEST_F(device, what_is_reserved_is_zero)
{
	struct raftval_read get = { .data = (uintptr_t)self->buf, .size = VALUE_MAX, .flags = 2 };
	struct raftval_write put = { .data = (uintptr_t)"x", .len = 1, .flags = 1 };
	__u64 revision;

	EXPECT_EQ(-EINVAL, result(ioctl(self->fd, RAFTVAL_IOC_READ, &get)));
	get.flags = 0;
	get.timeout_ms = 3600001;
	EXPECT_EQ(-EINVAL, result(ioctl(self->fd, RAFTVAL_IOC_READ, &get)));
	EXPECT_EQ(-EINVAL, result(ioctl(self->fd, RAFTVAL_IOC_WRITE, &put)));
	EXPECT_EQ(-EINVAL, result(ioctl(self->fd, RAFTVAL_IOC_CAS, &put)));
	put.flags = 0;
	put.reserved = 1;
	EXPECT_EQ(-EINVAL, result(ioctl(self->fd, RAFTVAL_IOC_WRITE, &put)));
	put.reserved = 0;
	put.timeout_ms = 3600001;
	EXPECT_EQ(-EINVAL, result(ioctl(self->fd, RAFTVAL_IOC_WRITE, &put)));
	put.timeout_ms = 0;
	put.expect = 1;
	EXPECT_EQ(-EINVAL, result(ioctl(self->fd, RAFTVAL_IOC_WRITE, &put)));
	EXPECT_EQ(-ENOTTY, result(ioctl(self->fd, _IO(RAFTVAL_IOC_MAGIC, 99), 0)));
	EXPECT_EQ(-ENOTTY, result(ioctl(self->fd, TCGETS, self->buf)));
	EXPECT_EQ(5, device_get(self->fd, self->buf, VALUE_MAX, 0, &revision));
	EXPECT_EQ(self->revision, revision);
}

TEST_F(device, files_opened_for_one_thing)
{
	int to_read = open(device_path(), O_RDONLY);
	int to_write = open(device_path(), O_WRONLY);
	struct raftval_status status;
	__u64 revision;

	ASSERT_LE(0, to_read);
	ASSERT_LE(0, to_write);
	EXPECT_EQ(-EBADF, device_write(to_read, "x", 1));
	EXPECT_EQ(-EBADF, device_put(to_read, "x", 1, 0, &revision));
	EXPECT_EQ(-EBADF, device_cas(to_read, self->revision, "x", 1, &revision));
	EXPECT_EQ(5, device_get(to_read, self->buf, VALUE_MAX, 0, &revision));
	EXPECT_EQ(-EBADF, device_read(to_write, self->buf, 1));
	EXPECT_EQ(-EBADF, device_get(to_write, self->buf, VALUE_MAX, 0, &revision));
	EXPECT_EQ(NULL, device_map(to_write, 4096));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(0, device_put(to_write, "x", 1, 0, &revision));
	EXPECT_EQ(0, ioctl(to_read, RAFTVAL_IOC_STATUS, &status));
	EXPECT_EQ(0, ioctl(to_write, RAFTVAL_IOC_STATUS, &status));
	close(to_read);
	close(to_write);
}

TEST_F(device, compare_and_set)
{
	__u64 revision;

	EXPECT_EQ(0, device_cas(self->fd, self->revision, "second", 6, &revision));
	EXPECT_EQ(self->revision + 1, revision);
	EXPECT_EQ(-ESTALE, device_cas(self->fd, self->revision, "third", 5, &revision));
	EXPECT_EQ(self->revision + 1, revision);
	EXPECT_EQ(-ESTALE, device_cas(self->fd, 0, "never written", 13, &revision));
	EXPECT_EQ(self->revision + 1, revision);
	EXPECT_EQ(-ESTALE, device_cas(self->fd, ~0ULL, "later", 5, &revision));
	EXPECT_EQ(6, device_read(self->fd, self->buf, 100));
	EXPECT_EQ(0, memcmp(self->buf, "second", 6));
}

/* Of those who compare with the same revision one wins, and the others learn of his. */
struct race {
	pthread_t thread;
	__u64 expect;
	__u64 revision;
	long ret;
};

static void *race(void *ctx)
{
	struct race *racer = ctx;
	int fd = open(device_path(), O_RDWR);

	racer->ret = device_cas(fd, racer->expect, "winner", 6, &racer->revision);
	close(fd);
	return NULL;
}

TEST_F(device, one_of_many_wins)
{
	struct race racer[16];
	int i, winners = 0;

	for (i = 0; i < 16; i++) {
		racer[i].expect = self->revision;
		ASSERT_EQ(0, pthread_create(&racer[i].thread, NULL, race, &racer[i]));
	}
	for (i = 0; i < 16; i++) {
		pthread_join(racer[i].thread, NULL);
		winners += !racer[i].ret;
		EXPECT_TRUE(!racer[i].ret || racer[i].ret == -ESTALE);
		EXPECT_EQ(self->revision + 1, racer[i].revision);
	}
	EXPECT_EQ(1, winners);
}

TEST_F(device, status)
{
	const char *role = getenv("RAFTVAL_ROLE") ?: "";
	struct raftval_status status;
	uint8_t zero[sizeof(status.reserved)] = { 0 };

	memset(&status, 0xff, sizeof(status));
	ASSERT_EQ(0, ioctl(self->fd, RAFTVAL_IOC_STATUS, &status));
	EXPECT_EQ(!strcmp(role, "leader"), status.role == RAFTVAL_ROLE_LEADER);
	EXPECT_EQ(!strcmp(role, "leader"), status.leader == status.id);
	EXPECT_NE(0, status.leader);
	EXPECT_LT(0, status.term);
	EXPECT_EQ(self->revision, status.revision);
	EXPECT_LE(status.applied_index, status.commit_index);
	EXPECT_LE(status.commit_index, status.last_index);
	EXPECT_EQ(5, status.value_len);
	EXPECT_EQ(VALUE_MAX, status.value_max);
	EXPECT_EQ(RAFTVAL_STATE_RUNNING, status.state);
	EXPECT_LT(status.contact_us, 60000000);
	EXPECT_LT(0, status.n_changes);
	EXPECT_LE(status.change_term, status.term);
	EXPECT_GT(RAFTVAL_REASON_REMOVED + 1, status.change_reason);
	EXPECT_EQ(5000, status.op_timeout_ms);
	EXPECT_EQ(4, status.members);
	EXPECT_EQ(3, status.voters);
	EXPECT_EQ(0, strncmp(status.label, "host", 4));
	EXPECT_EQ(0, strncmp(status.leader_label, "host", 4));
	EXPECT_EQ(0, memcmp(status.reserved, zero, sizeof(zero)));
}

TEST_F(device, poll_tells_of_changes)
{
	int other = open(device_path(), O_RDWR);
	__u64 revision;

	ASSERT_LE(0, other);
	EXPECT_EQ(POLLIN | POLLOUT, device_poll(other, 0));
	EXPECT_EQ(5, device_read(other, self->buf, 100));
	EXPECT_EQ(POLLOUT, device_poll(other, 0));
	ASSERT_EQ(0, device_put(self->fd, "changed", 7, 0, &revision));
	EXPECT_EQ(POLLIN | POLLOUT, device_poll(other, 0));
	EXPECT_EQ(7, device_get(other, self->buf, 100, 0, &revision));
	EXPECT_EQ(POLLOUT, device_poll(other, 0));
	ASSERT_EQ(0, device_put(self->fd, "again", 5, 0, &revision));
	EXPECT_EQ(5, device_get(other, self->buf, 100, RAFTVAL_READ_LOCAL, &revision));
	EXPECT_EQ(POLLOUT, device_poll(other, 0));
	/* What did not fit was not read. */
	ASSERT_EQ(0, device_put(self->fd, "once more", 9, 0, &revision));
	EXPECT_EQ(-ERANGE, device_get(other, self->buf, 2, 0, &revision));
	EXPECT_EQ(POLLIN | POLLOUT, device_poll(other, 0));
	close(other);
}

TEST_F(device, without_waiting)
{
	struct iovec vec = { self->buf, 100 };

	/* Both would have to wait for the cluster. */
	EXPECT_EQ(-EAGAIN, result(preadv2(self->fd, &vec, 1, 0, RWF_NOWAIT)));
	vec.iov_len = 1;
	EXPECT_EQ(-EAGAIN, result(pwritev2(self->fd, &vec, 1, 0, RWF_NOWAIT)));
	/* The rest of a pass does not. */
	EXPECT_EQ(2, read(self->fd, self->buf, 2));
	vec.iov_len = 100;
	EXPECT_EQ(3, preadv2(self->fd, &vec, 1, 2, RWF_NOWAIT));
	/* That a leader is known is all that O_NONBLOCK asks for. */
	ASSERT_EQ(0, fcntl(self->fd, F_SETFL, O_NONBLOCK));
	EXPECT_EQ(2, device_write(self->fd, "nb", 2));
	EXPECT_EQ(2, device_read(self->fd, self->buf, 100));
}

TEST_F(device, map_shows_the_value)
{
	const struct raftval_page *page = device_map(self->fd, 2 * 4096);
	__u64 revision = 0, local;

	ASSERT_NE(NULL, page);
	EXPECT_EQ(5, raftval_page_copy(page, self->buf, sizeof(self->buf), &revision));
	EXPECT_EQ(self->revision, revision);
	EXPECT_EQ(0, memcmp(self->buf, "start", 5));
	EXPECT_EQ(VALUE_MAX, page->value_max);
	EXPECT_EQ(RAFTVAL_STATE_RUNNING, page->state);
	ASSERT_EQ(0, device_put(self->fd, "mapped", 6, 0, &local));
	EXPECT_EQ(6, raftval_page_copy(page, self->buf, 3, &revision));
	EXPECT_EQ(local, revision);
	EXPECT_EQ(0, memcmp(self->buf, "mapt", 3));
	close(self->fd);
	EXPECT_EQ(6, raftval_page_copy(page, self->buf, 100, &revision));
	munmap((void *)page, 2 * 4096);
	self->fd = open(device_path(), O_RDWR);
}

TEST_F(device, map_is_for_reading)
{
	const struct raftval_page *page = device_map(self->fd, 4096);

	ASSERT_NE(NULL, page);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd, 0));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, self->fd, 0));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_SHARED, self->fd, 0));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(-1, mprotect((void *)page, 4096, PROT_READ | PROT_WRITE));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(-1, mprotect((void *)page, 4096, PROT_READ | PROT_EXEC));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(NULL, device_map(self->fd, 3 * 4096));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ, MAP_SHARED, self->fd, 2 * 4096));
	EXPECT_EQ(EINVAL, errno);
	munmap((void *)page, 4096);
}

/* The mapping is inherited, and outlives the parent's. */
TEST_F(device, map_in_a_child)
{
	const struct raftval_page *page = device_map(self->fd, 2 * 4096);
	__u64 revision;
	int status;
	pid_t pid;

	ASSERT_NE(NULL, page);
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		close(self->fd);
		_exit(raftval_page_copy(page, self->buf, 100, &revision) == 5 ? 0 : 1);
	}
	munmap((void *)page, 2 * 4096);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

TEST_HARNESS_MAIN
