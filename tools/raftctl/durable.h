/* SPDX-License-Identifier: GPL-2.0 */
/* What create and join have in common: the store of the member that they make. */
#ifndef RAFTCTL_DURABLE_H
#define RAFTCTL_DURABLE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <libmnl/libmnl.h>
#include "store.h"

/* The options of a command that has a store. */
enum { DURABLE_STORE = 512, DURABLE_VOLATILE, DURABLE_FORCE, DURABLE_BOOT };

/* What its help says of them. */
#define DURABLE_HELP								\
	"  --store PATH         keep all of it in this file or block device; a file that is\n"	\
	"                       not there is made\n"					\
	"  --volatile           keep it in memory only: the member ends with the node\n"	\
	"  --force              give up what is in the store\n"					\
	"  --boot               start the member whenever the host starts\n"

/**
 * struct durable - the store of a member that is made
 * @given: what the user called it, NULL for a volatile member
 * @is_volatile: the user wants none
 * @force: give up what is in it
 * @boot: start the member whenever the host starts
 * @path: where it is, from the root on
 * @store: the store
 * @created: the file was made for it
 * @listed: the file that has it started was made
 * @unknown: whether there is a member now is not known
 */
struct durable {
	const char *given;
	bool is_volatile;
	bool force;
	bool boot;
	char path[PATH_MAX];
	struct store store;
	bool created;
	bool listed;
	bool unknown;
};

bool durable_option(struct durable *durable, int option, const char *argument);
bool durable_check(const struct durable *durable);
bool durable_prepare(struct durable *durable, uint32_t value_max);
bool durable_do(struct durable *durable, struct nlmsghdr *nlh, uint32_t timeout_ms);

#endif /* RAFTCTL_DURABLE_H */
