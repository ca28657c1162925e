/* SPDX-License-Identifier: GPL-2.0 */
/* What the programs that test the device share: its calls, with errors as negative numbers. */
#ifndef SELFTESTS_DEVICE_H
#define SELFTESTS_DEVICE_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/raftval.h>

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))
#endif

/* The device under test, which the script that runs the program has made. */
static inline const char *device_path(void)
{
	const char *path = getenv("RAFTVAL_DEVICE");

	if (!path) {
		fprintf(stderr, "RAFTVAL_DEVICE says which device to test\n");
		exit(1);
	}
	return path;
}

static inline long result(long ret)
{
	return ret < 0 ? -errno : ret;
}

static inline long device_write(int fd, const void *data, size_t len)
{
	return result(write(fd, data, len));
}

/* Opens a new pass over the file, or what EOF says. */
static inline long device_read(int fd, void *buf, size_t size)
{
	return result(pread(fd, buf, size, 0));
}

static inline long device_get(int fd, void *buf, uint32_t size, uint32_t flags, __u64 *revision)
{
	struct raftval_read args = { .data = (uintptr_t)buf, .size = size, .flags = flags };
	long ret = result(ioctl(fd, RAFTVAL_IOC_READ, &args));

	*revision = args.revision;
	return ret ?: (long)args.len;
}

static inline long device_put(int fd, const void *data, uint32_t len, uint32_t timeout_ms,
			      __u64 *revision)
{
	struct raftval_write args = {
		.data = (uintptr_t)data,
		.len = len,
		.timeout_ms = timeout_ms,
	};
	long ret = result(ioctl(fd, RAFTVAL_IOC_WRITE, &args));

	*revision = args.revision;
	return ret;
}

static inline long device_cas(int fd, __u64 expect, const void *data, uint32_t len,
			      __u64 *revision)
{
	struct raftval_write args = { .data = (uintptr_t)data, .len = len, .expect = expect };
	long ret = result(ioctl(fd, RAFTVAL_IOC_CAS, &args));

	*revision = args.revision;
	return ret;
}

/* What poll(2) says now, or within the milliseconds. */
static inline int device_poll(int fd, int timeout_ms)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN | POLLOUT | POLLPRI };

	return poll(&pfd, 1, timeout_ms) < 0 ? -errno : pfd.revents;
}

static inline const struct raftval_page *device_map(int fd, size_t size)
{
	const void *page = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);

	return page == MAP_FAILED ? NULL : page;
}

#endif /* SELFTESTS_DEVICE_H */
