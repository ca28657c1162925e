// SPDX-License-Identifier: GPL-2.0
/* Calls to a node's device, to its directory in sysfs, and to the keyrings. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <linux/raftval.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include "calls.h"

#define FILES		8	/* of the device, open at a time */
#define PATHS		256	/* files in sysfs, at most */
#define KEY_SIZE	32		/* bytes of a good key */

static int files[FILES];

static const char *device_path(void)
{
	static char path[256];
	const int dir = strrchr(target.device, '/') - target.device;

	if (one_in(2))
		return target.device;
	snprintf(path, sizeof(path), "%.*s/raftval-%s", dir, target.device,
		 node_name(below(NODES)));
	return path;
}

static void call_open(unsigned int i)
{
	static const int extra[] = {
		O_APPEND, O_TRUNC, O_SYNC, O_DSYNC, O_ASYNC, O_NOFOLLOW, O_NOATIME, O_EXCL,
		O_NOCTTY, O_DIRECTORY, O_DIRECT,
	};
	const char *path = device_path();
	int flags = one_in(8) ? (int)below(4) : O_RDWR, fd;

	if (!one_in(16))
		flags |= O_NONBLOCK;
	if (one_in(8))
		flags |= extra[below(ARRAY_SIZE(extra))];
	fd = counted(OPEN, open(path, flags | O_CLOEXEC));
	if (fd < 0)
		return;
	if (target.refused)
		wrong("%s could be opened", path);
	if (files[i] >= 0)
		close(files[i]);
	files[i] = fd;
}

/* The structure of an ioctl, with what it should have or not. */
static size_t make_args(void *args, unsigned int nr)
{
	struct raftval_read *get = args;
	struct raftval_write *put = args;

	memset(args, 0, sizeof(struct raftval_status));
	if (nr == 0) {
		get->data = (uintptr_t)address();
		get->size = length();
		get->timeout_ms = one_in(4) ? 0 : short_time();
		get->flags = one_in(16) ? edge() : below(2);
		return sizeof(*get);
	}
	put->data = (uintptr_t)address();
	put->len = length();
	put->expect = nr == 2 ? edge() : one_in(16);
	put->timeout_ms = one_in(4) ? 0 : short_time();
	put->flags = one_in(16) ? edge() : 0;
	put->reserved = one_in(32) ? edge() : 0;
	return sizeof(*put);
}

static void call_ioctl(int fd)
{
	static const unsigned int known[] = {
		RAFTVAL_IOC_READ, RAFTVAL_IOC_WRITE, RAFTVAL_IOC_CAS, RAFTVAL_IOC_STATUS,
	};
	const unsigned int nr = below(ARRAY_SIZE(known));
	unsigned int cmd = known[nr];
	struct raftval_status args;
	unsigned char *at = address();
	size_t len = make_args(&args, nr);

	if (one_in(8))
		cmd = _IOC(below(4), RAFTVAL_IOC_MAGIC, one_in(2) ? nr : below(256), below(400));
	if (one_in(16))
		fill(&args, len);
	if (at >= target.arena && at < target.arena + ARENA - sizeof(args))
		memcpy(at, &args, len);
	counted(IOCTL, ioctl(fd, cmd, at));
}

static void call_read(int fd)
{
	const struct iovec iov[] = { { address(), length() }, { address(), length() } };

	switch (below(4)) {
	case 0:
		counted(READ, syscall(SYS_read, fd, address(), length()));
		break;
	case 1:
		counted(READ, syscall(SYS_pread64, fd, address(), length(),
				      one_in(2) ? 0 : edge()));
		break;
	case 2:
		counted(READ, readv(fd, iov, below(3)));
		break;
	default:
		counted(READ, preadv2(fd, iov, below(3), one_in(2) ? -1 : (off_t)below(99),
				      one_in(2) ? RWF_NOWAIT : (int)edge()));
	}
}

static void call_write(int fd)
{
	const struct iovec iov[] = { { address(), length() }, { address(), length() } };

	switch (below(4)) {
	case 0:
		counted(WRITE, syscall(SYS_write, fd, address(), length()));
		break;
	case 1:
		counted(WRITE, syscall(SYS_pwrite64, fd, address(), length(),
				       one_in(2) ? 0 : edge()));
		break;
	case 2:
		counted(WRITE, writev(fd, iov, below(3)));
		break;
	default:
		counted(WRITE, pwritev2(fd, iov, below(3), one_in(2) ? -1 : (off_t)below(99),
					one_in(2) ? RWF_NOWAIT : (int)edge()));
	}
}

static void call_fcntl(int fd)
{
	static const int cmds[] = {
		F_GETFD, F_GETFL, F_SETFL, F_SETFL, F_GETLK, F_SETLK, F_SETLKW, F_OFD_SETLK,
		F_GETOWN, F_GETSIG, F_SETLEASE, F_GETLEASE, F_NOTIFY, F_SETPIPE_SZ, F_GET_SEALS,
		F_ADD_SEALS, F_GET_RW_HINT, F_DUPFD_CLOEXEC, 99,
	};
	const int cmd = cmds[below(ARRAY_SIZE(cmds))];
	uintptr_t arg = one_in(2) ? (uintptr_t)address() : edge();
	int ret;

	if (cmd == F_SETFL)
		arg = one_in(8) ? edge() : O_NONBLOCK;
	if (cmd == F_DUPFD_CLOEXEC)
		arg = below(64);
	ret = counted(FCNTL, fcntl(fd, cmd, arg));
	if (cmd == F_DUPFD_CLOEXEC && ret >= 0)
		close(ret);
}

/* A page can be looked at; nothing that is done with it may make it writable. */
static void use_mapping(unsigned char *at, size_t len, int prot)
{
	const size_t other = (1 + below(8)) * PAGE;
	const int to = below(8);
	void *moved;

	if (prot & (PROT_WRITE | PROT_EXEC))
		wrong("the page could be mapped with protection %d", prot);
	if (prot & PROT_READ)
		__atomic_load_n(at, __ATOMIC_RELAXED);
	if (!counted(MPROTECT, mprotect(at, len, to)) && to & (PROT_WRITE | PROT_EXEC))
		wrong("the page could be given protection %d", to);
	if (one_in(2))
		madvise(at, len, below(26));
	moved = one_in(2) ? mremap(at, len, other, MREMAP_MAYMOVE) : MAP_FAILED;
	if (moved == MAP_FAILED)
		munmap(at, len);
	else
		munmap(moved, other);
}

static void call_mmap(int fd)
{
	static const int extra[] = {
		MAP_LOCKED, MAP_POPULATE, MAP_NORESERVE, MAP_NONBLOCK, MAP_GROWSDOWN,
		MAP_HUGETLB, MAP_SYNC, MAP_32BIT,
	};
	static const int ways[] = { MAP_SHARED, MAP_SHARED, MAP_PRIVATE, MAP_SHARED_VALIDATE };
	const int prot = one_in(2) ? PROT_READ : below(8);
	size_t len = one_in(8) ? edge() : 1 + below(5 * PAGE);
	off_t offset = one_in(2) ? 0 : one_in(2) ? below(4) * PAGE : edge();
	int flags = ways[below(ARRAY_SIZE(ways))];
	unsigned char *at;

	if (one_in(4))
		flags |= extra[below(ARRAY_SIZE(extra))];
	at = (void *)counted(MMAP, syscall(SYS_mmap, NULL, len, prot, flags, fd, offset));
	if (at != MAP_FAILED)
		use_mapping(at, len, prot);
}

/**
 * device_call() - do something with the device, or open it anew
 */
void device_call(void)
{
	const unsigned int i = below(FILES);
	struct pollfd pfd = { .fd = files[i], .events = edge() };

	switch (target.refused ? 0 : below(16)) {
	case 0:
	case 1:
		return call_open(i);
	case 2:
	case 3:
	case 4:
		return call_read(files[i]);
	case 5:
	case 6:
	case 7:
		return call_write(files[i]);
	case 8:
	case 9:
	case 10:
		return call_ioctl(files[i]);
	case 11:
	case 12:
		return call_mmap(files[i]);
	case 13:
		counted(POLL, poll(&pfd, 1, below(2)));
		return;
	case 14:
		counted(LSEEK, lseek(files[i], edge(), one_in(8) ? edge() : below(5)));
		return;
	default:
		return call_fcntl(files[i]);
	}
}

/*
 * sysfs
 */

static char *paths[PATHS];
static unsigned int n_paths;

/* The names of files below a directory of the node, not those of other devices. */
static void list_files(const char *below_it)
{
	char path[512];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/%s", target.sysfs, below_it);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "%s%s", below_it, entry->d_name);
		if (entry->d_type == DT_REG && n_paths < PATHS)
			paths[n_paths++] = strdup(path);
	}
	if (dir)
		closedir(dir);
}

/* Mostly of the node that stays. */
static void sysfs_path(char *path, size_t size)
{
	const char *file = one_in(4) ? "op_timeout_ms" : paths[below(n_paths)];
	const int dir = strrchr(target.sysfs, '/') - target.sysfs;

	if (!one_in(4))
		snprintf(path, size, "%s/%s", target.sysfs, file);
	else
		snprintf(path, size, "%.*s/raftval-%s/%s", dir, target.sysfs,
			 node_name(below(NODES)), file);
}

static void write_sysfs(int fd, const char *path)
{
	static const char *const texts[] = {
		"0", "1\n", "50", "10000\n", "-1", "3600000", "4294967296", "1 2", "abc", "0x10",
		"auto", "on", "add", "change", "", "\n",
	};
	const char *text = texts[below(ARRAY_SIZE(texts))];
	ssize_t ret;

	if (one_in(4))
		ret = syscall(SYS_pwrite64, fd, address(), length(), one_in(2) ? 0 : edge());
	else
		ret = write(fd, text, strlen(text));
	counted(SYSFS_WRITE, ret);
	if (ret > 0 && target.refused)
		wrong("%s could be written", path);
}

/**
 * sysfs_call() - open a file of a node's directory, read it and write to it
 */
void sysfs_call(void)
{
	const int flags = (one_in(4) ? below(4) : below(3)) |
			  (one_in(8) ? O_TRUNC | O_APPEND : 0) | O_NONBLOCK;
	char path[512];
	uint32_t n;
	int fd;

	sysfs_path(path, sizeof(path));
	fd = counted(SYSFS_OPEN, open(path, flags | O_CLOEXEC));
	if (fd < 0)
		return;
	if (target.refused && (flags & O_ACCMODE) != O_RDONLY)
		wrong("%s could be opened for writing", path);
	for (n = below(4); n; n--) {
		if (one_in(2))
			write_sysfs(fd, path);
		else
			counted(SYSFS_READ, syscall(SYS_pread64, fd, address(), length(),
						    one_in(2) ? 0 : edge()));
	}
	close(fd);
}

/*
 * Keys
 */

static int keys[8];

static void call_add_key(void)
{
	static const int rings[] = {
		KEY_SPEC_PROCESS_KEYRING, KEY_SPEC_PROCESS_KEYRING, KEY_SPEC_THREAD_KEYRING,
		KEY_SPEC_SESSION_KEYRING,
	};
	const uint32_t which = below(3);
	const int ring = one_in(16) ? edge() : (uint64_t)rings[below(ARRAY_SIZE(rings))];
	const char *name = one_in(8) ? odd_text() : key_name(which);
	unsigned char secret[KEY_SIZE];
	size_t len = one_in(8) ? length() : sizeof(secret);
	const void *data = one_in(16) ? address() : len > sizeof(secret) ? target.arena : secret;
	int *key = &keys[below(ARRAY_SIZE(keys))];

	memset(secret, which + 1, sizeof(secret));
	*key = counted(ADD_KEY, syscall(SYS_add_key, "raftval", name, data, len, ring));
	/* What is negative stands for a keyring. */
	if (*key < 0)
		*key = 0;
}

/**
 * key_call() - do something with a key, or add one
 */
void key_call(void)
{
	static const int cmds[] = {
		KEYCTL_READ, KEYCTL_READ, KEYCTL_READ, KEYCTL_DESCRIBE, KEYCTL_UPDATE,
		KEYCTL_REVOKE, KEYCTL_INVALIDATE, KEYCTL_SETPERM, KEYCTL_UNLINK,
		KEYCTL_SET_TIMEOUT,
	};
	const int key = keys[below(ARRAY_SIZE(keys))], cmd = cmds[below(ARRAY_SIZE(cmds))];
	const long arg = cmd == KEYCTL_UNLINK ? KEY_SPEC_PROCESS_KEYRING : (long)address();
	long ret;

	if (!one_in(3))
		return call_add_key();
	if (one_in(4)) {
		counted(REQUEST_KEY, syscall(SYS_request_key, "raftval", key_name(below(3)), NULL,
					     one_in(4) ? edge() : 0));
		return;
	}
	ret = counted(KEYCTL, syscall(SYS_keyctl, cmd, key, arg, length(), 0));
	if (cmd == KEYCTL_READ && ret >= 0)
		wrong("a key could be read");
}

/**
 * device_prepare() - look which files there are
 *
 * Return: false if there is no node.
 */
bool device_prepare(void)
{
	int i;

	for (i = 0; i < FILES; i++)
		files[i] = -1;
	list_files("");
	list_files("stats/");
	list_files("power/");
	/* Keys go with this process, and not into what its user has. */
	syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
	return n_paths;
}
