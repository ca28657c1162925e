/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of calls share: what is called, random numbers, and what came of it. */
#ifndef SELFTESTS_CALLS_H
#define SELFTESTS_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/raftval_netlink.h>

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))
#define PAGE			4096
#define ARENA			(32 * PAGE)	/* memory for data, with a hole after it */
#define NODES			4		/* that come and go */

/* Calls that are counted; those before UNKNOWN are commands of netlink. */
enum kind {
	UNKNOWN = RAFTVAL_CMD_MAX + 1,
	RESULT, OPEN, READ, WRITE, IOCTL, LSEEK, POLL, FCNTL, MMAP, MPROTECT,
	SYSFS_OPEN, SYSFS_READ, SYSFS_WRITE, ADD_KEY, REQUEST_KEY, KEYCTL, KINDS
};

/**
 * struct target - what is called, and as whom
 * @node: name of the node that stays
 * @device: its device
 * @sysfs: its directory
 * @store: a file that may become the store of another node, or NULL
 * @refused: what changes something must be refused
 * @arena: random bytes, %ARENA of them
 */
struct target {
	const char *node;
	const char *device;
	const char *sysfs;
	const char *store;
	bool refused;
	unsigned char *arena;
};

extern struct target target;

uint64_t draw(void);
uint32_t below(uint32_t n);
bool one_in(uint32_t n);
uint64_t edge(void);
uint32_t short_time(void);
void fill(void *to, size_t len);
const char *node_name(uint32_t i);
const char *odd_text(void);
const char *key_name(uint32_t i);
void *address(void);
size_t length(void);

void __attribute__((format(printf, 1, 2))) wrong(const char *format, ...);
void count(enum kind kind, int error);
long counted(enum kind kind, long ret);

bool netlink_prepare(void);
void netlink_call(void);
void netlink_reopen(void);
void netlink_sweep(void);
const char *netlink_command(unsigned int cmd);

bool device_prepare(void);
void device_call(void);
void sysfs_call(void);
void key_call(void);

#endif /* SELFTESTS_CALLS_H */
