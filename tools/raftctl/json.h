/* SPDX-License-Identifier: GPL-2.0 */
/* JSON on standard output. */
#ifndef RAFTCTL_JSON_H
#define RAFTCTL_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/types.h>

void json_open(const char *key, char bracket);
void json_close(char bracket);
void json_end(void);
void json_done(void);
void json_string(const char *key, const char *value);
void json_bytes(const char *key, const void *value, size_t len);
void json_hex(const char *key, const void *value, size_t len);
void json_number(const char *key, __u64 value);
void json_id(const char *key, __u64 value);
void json_bool(const char *key, bool value);

#endif /* RAFTCTL_JSON_H */
