/* SPDX-License-Identifier: GPL-2.0 */
/* The key of a cluster on this host: /etc/raftval/ID.key. */
#ifndef RAFTCTL_KEYFILE_H
#define RAFTCTL_KEYFILE_H

#include <stdbool.h>
#include <stdint.h>
#include "boot.h"
#include "token.h"

#define KEYFILE_KEYS	2

/**
 * struct keyfile - what a key file says
 * @n: how many keys, 0 if there is no file; one without a key counts
 * @switched: of two, the one in use is the newer
 * @token: they, the one in use first; all of one cluster
 */
struct keyfile {
	unsigned int n;
	bool switched;
	struct token token[KEYFILE_KEYS];
};

const char *keyfile_path(const uint8_t cluster[TOKEN_CLUSTER], char path[BOOT_PATH]);
bool keyfile_read(const uint8_t cluster[TOKEN_CLUSTER], struct keyfile *keyfile);
bool keyfile_read_from(const char *path, struct keyfile *keyfile);
bool keyfile_write(const struct keyfile *keyfile);
bool keyfile_remove(const uint8_t cluster[TOKEN_CLUSTER]);
bool keyfile_restore(const uint8_t cluster[TOKEN_CLUSTER], const struct keyfile *before);
bool keyfile_has(const struct keyfile *keyfile, const struct token *token);

#endif /* RAFTCTL_KEYFILE_H */
