// SPDX-License-Identifier: GPL-2.0
/*
 * A store: the file or block device that makes a member's promises survive
 *
 * What is on it is the journal's, see image.c. Here it is opened as the module
 * wants it, and made so that the module only ever writes over what is there: a
 * file system that had to find room for a write could fail, or wait for memory.
 *
 * Who has a store keeps all others off. A file is locked with flock(2), and the
 * lock lasts as long as its open file description, which a node keeps. A block
 * device is opened exclusively, as a file system does that is mounted from it; a
 * lock would keep udev off, too, and be in its way when it looks at a device.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/fs.h>
#include <linux/types.h>
#include "journal.h"
#include "raftctl.h"
#include "store.h"

#define MIB	(1024 * 1024)

/* What direct I/O can take. */
static const char zeros[MIB] __attribute__((aligned(RAFT_JOURNAL_BLOCK)));

/**
 * store_default_size() - how large a store is made
 * @value_max: the cluster's largest value, bytes
 *
 * Twice the least, so that the state is written seldom compared to the entries.
 *
 * Return: bytes.
 */
__u64 store_default_size(__u32 value_max)
{
	return (2 * raft_journal_size(value_max) + MIB - 1) / MIB * MIB;
}

/**
 * store_missing() - is nothing there?
 * @path: where
 *
 * Return: whether so.
 */
bool store_missing(const char *path)
{
	struct stat st;

	return lstat(path, &st) && errno == ENOENT;
}

static bool refused(const char *path, int error)
{
	switch (error) {
	case EBUSY:
		complain("%s is in use, by a running node or as a file system; take another", path);
		break;
	case EWOULDBLOCK:
		complain("%s is in use by a running node, which raftctl down stops", path);
		break;
	case EINVAL:
		complain("%s is on a file system without direct I/O; take another", path);
		break;
	default:
		complain("the store %s can not be used: %s", path, strerror(error));
	}
	return false;
}

static int open_flags(enum store_use use, bool device)
{
	int flags = O_CLOEXEC | O_DIRECT;

	if (device && use != STORE_PEEK)
		flags |= O_EXCL;
	return flags | (use == STORE_RUN ? O_RDWR | O_DSYNC : O_RDONLY);
}

/* To be only looked at, a copy of a store may lie anywhere. */
static int open_as(const char *path, enum store_use use, bool device)
{
	int flags = open_flags(use, device);
	int fd = open(path, flags);

	if (fd < 0 && errno == EINVAL && use != STORE_RUN)
		fd = open(path, flags & ~O_DIRECT);
	return fd;
}

static bool claim(const struct store *store, enum store_use use)
{
	int how = LOCK_NB | (use == STORE_RUN ? LOCK_EX : LOCK_SH);

	if (store->device || use == STORE_PEEK || !flock(store->fd, how))
		return true;
	return refused(store->path, errno);
}

static bool take_size(struct store *store)
{
	off_t size = lseek(store->fd, 0, SEEK_END);

	if (size < 0)
		return refused(store->path, errno);
	store->size = size < RAFTVAL_STORE_MAX ? size : RAFTVAL_STORE_MAX;
	store->size -= store->size % RAFT_JOURNAL_BLOCK;
	return true;
}

/**
 * store_open() - open a store that is there
 * @store: gets it, to be given back with store_close()
 * @path: where it is; stays as long as the store is open
 * @use: what for
 *
 * Return: true, or false and it is said what is wrong.
 */
bool store_open(struct store *store, const char *path, enum store_use use)
{
	struct stat st;

	if (stat(path, &st))
		return refused(path, errno);
	if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode)) {
		complain("%s is neither a file nor a block device, so it can not be a store", path);
		return false;
	}
	store->path = path;
	store->device = S_ISBLK(st.st_mode);
	store->fd = open_as(path, use, store->device);
	if (store->fd < 0)
		return refused(path, errno);
	if (claim(store, use) && take_size(store))
		return true;
	close(store->fd);
	return false;
}

/**
 * store_close() - let a store go
 * @store: the store; a node that it was handed to keeps it
 */
void store_close(struct store *store)
{
	close(store->fd);
}

/**
 * store_zero() - write zeros over all that is used of a store
 * @store: the store
 *
 * Return: true when they are on the disk, or false and it is said what is wrong.
 */
bool store_zero(const struct store *store)
{
	__u64 at, n;
	ssize_t done;

	for (at = 0; at < store->size; at += n) {
		n = store->size - at < MIB ? store->size - at : MIB;
		done = pwrite(store->fd, zeros, n, at);
		if (done != (ssize_t)n)
			return refused(store->path, done < 0 ? errno : EIO);
	}
	return !fsync(store->fd) || refused(store->path, errno);
}

/* Where each write goes to a new place there is nothing to write over. */
static void copy_never(int fd)
{
	int flags;

	if (ioctl(fd, FS_IOC_GETFLAGS, &flags))
		return;
	flags |= FS_NOCOW_FL;
	ioctl(fd, FS_IOC_SETFLAGS, &flags);
}

static bool sync_directory(const char *path)
{
	char copy[PATH_MAX];
	int fd, rc;

	snprintf(copy, sizeof(copy), "%s", path);
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return false;
	rc = fsync(fd);
	close(fd);
	return !rc;
}

static bool fill(struct store *store, __u64 size)
{
	copy_never(store->fd);
	/* Finds out early that there is no room, and a place in one piece. */
	if (fallocate(store->fd, 0, 0, size) &&
	    (errno != EOPNOTSUPP || ftruncate(store->fd, size)))
		return refused(store->path, errno);
	store->size = size;
	if (!store_zero(store))
		return false;
	return sync_directory(store->path) || refused(store->path, errno);
}

/**
 * store_create() - make a file for a store
 * @store: gets it, blank
 * @path: where; nothing is there
 * @size: its bytes
 *
 * Return: true, or false and it is said what is wrong; then there is no file.
 */
bool store_create(struct store *store, const char *path, __u64 size)
{
	store->path = path;
	store->device = false;
	store->fd = open(path, open_flags(STORE_RUN, false) | O_CREAT | O_EXCL, 0600);
	if (store->fd < 0) {
		/* Linux has made the file before it finds that direct I/O is not possible. */
		if (errno == EINVAL) {
			unlink(path);
			errno = EINVAL;
		}
		return refused(path, errno);
	}
	if (claim(store, STORE_RUN) && fill(store, size))
		return true;
	unlink(path);
	close(store->fd);
	return false;
}
