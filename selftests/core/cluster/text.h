/* SPDX-License-Identifier: GPL-2.0 */
/* A string that grows. */
#ifndef TEXT_H
#define TEXT_H

#include <stddef.h>

/**
 * struct text - a string that grows
 * @at: the string, NUL terminated, NULL while it is empty
 * @len: its bytes
 * @room: room for it, bytes
 */
struct text {
	char *at;
	size_t len;
	size_t room;
};

void text_add(struct text *text, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void text_add_bytes(struct text *text, const char *bytes, size_t len);
void text_free(struct text *text);

#endif /* TEXT_H */
