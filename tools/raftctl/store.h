/* SPDX-License-Identifier: GPL-2.0 */
/* A store: the file or block device that makes a member's promises survive. */
#ifndef RAFTCTL_STORE_H
#define RAFTCTL_STORE_H

#include <stdbool.h>
#include <linux/types.h>

/**
 * enum store_use - what a store is opened for
 * @STORE_PEEK: to read it, whoever uses it
 * @STORE_LOOK: to read it while nobody changes it
 * @STORE_RUN: to hand it to a node, or to write it
 */
enum store_use {
	STORE_PEEK,
	STORE_LOOK,
	STORE_RUN,
};

/**
 * struct store - a store that is open
 * @path: where it is
 * @fd: its descriptor
 * @device: it is a block device
 * @size: bytes of it that are used: whole blocks, at most %RAFTVAL_STORE_MAX
 */
struct store {
	const char *path;
	int fd;
	bool device;
	__u64 size;
};

__u64 store_default_size(__u32 value_max);
bool store_missing(const char *path);
bool store_create(struct store *store, const char *path, __u64 size);
bool store_open(struct store *store, const char *path, enum store_use use);
bool store_zero(const struct store *store);
void store_close(struct store *store);

#endif /* RAFTCTL_STORE_H */
