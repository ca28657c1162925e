/* SPDX-License-Identifier: GPL-2.0 */
/* What a test program does when it can not go on. */
#ifndef FAIL_H
#define FAIL_H

#include <stddef.h>

void fatal(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));
void *must_realloc(void *mem, size_t size);
void *must_copy(const void *data, size_t len);

#endif /* FAIL_H */
