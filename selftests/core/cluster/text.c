// SPDX-License-Identifier: GPL-2.0
/* A string that grows. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "text.h"

static void make_room(struct text *text, size_t len)
{
	if (text->len + len < text->room)
		return;
	text->room = 2 * (text->len + len + 1);
	text->at = must_realloc(text->at, text->room);
}

/**
 * text_add_bytes() - add bytes at the end
 * @text: the string
 * @bytes: what to add
 * @len: how many
 */
void text_add_bytes(struct text *text, const char *bytes, size_t len)
{
	make_room(text, len);
	if (len)
		memcpy(text->at + text->len, bytes, len);
	text->len += len;
	text->at[text->len] = 0;
}

/**
 * text_add() - add formatted text at the end
 * @text: the string
 * @fmt: as for printf
 */
void text_add(struct text *text, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	make_room(text, len);
	va_start(args, fmt);
	vsnprintf(text->at + text->len, len + 1, fmt, args);
	va_end(args);
	text->len += len;
}

/**
 * text_free() - give the memory back
 * @text: the string, empty afterwards
 */
void text_free(struct text *text)
{
	free(text->at);
	*text = (struct text) { 0 };
}
