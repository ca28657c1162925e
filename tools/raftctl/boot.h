/* SPDX-License-Identifier: GPL-2.0 */
/* Which members are started when the host is: /etc/raftval/NAME.conf. */
#ifndef RAFTCTL_BOOT_H
#define RAFTCTL_BOOT_H

#include <limits.h>
#include <stdbool.h>

/* Bytes of the longest path, the NUL included. */
#define BOOT_PATH	PATH_MAX

const char *boot_directory(void);
bool boot_listed(const char *name);
bool boot_store(const char *name, char store[BOOT_PATH]);
bool boot_add(const char *name, const char *store, bool *added);
bool boot_remove(const char *name);
bool boot_each(bool (*each)(const char *name, void *ctx), void *ctx);

#endif /* RAFTCTL_BOOT_H */
