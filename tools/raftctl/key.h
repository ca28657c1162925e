/* SPDX-License-Identifier: GPL-2.0 */
/* The key of a cluster, on its way from the user to the kernel. */
#ifndef RAFTCTL_KEY_H
#define RAFTCTL_KEY_H

#include <stdbool.h>
#include <libmnl/libmnl.h>
#include "keyfile.h"

/* The options of a command that takes a key. */
enum { KEY_TOKEN = 768, KEY_FILE, KEY_INSECURE };

/**
 * struct key_wish - the key that the user gives
 * @token: as a token; it is wiped when it was read
 * @file: in a file, "-" for standard input
 * @insecure: it may be of a cluster that has none
 */
struct key_wish {
	char *token;
	const char *file;
	bool insecure;
};

bool key_option(struct key_wish *wish, int option, char *argument);
bool key_check(const struct key_wish *wish, const char *source);
bool key_take(const struct key_wish *wish, struct keyfile *keyfile);
bool key_admit(const struct key_wish *wish, const struct keyfile *keyfile, const char *verb);
bool key_put(struct nlmsghdr *nlh, const struct token *token, unsigned int n);
bool key_set(const struct keyfile *keyfile);

#endif /* RAFTCTL_KEY_H */
