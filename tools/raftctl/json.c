// SPDX-License-Identifier: GPL-2.0
/* JSON on standard output. */
#include <stdio.h>
#include <string.h>
#include <linux/types.h>
#include "json.h"

/* Whether the next element follows another one. */
static bool comma;

static void print_char(unsigned char c)
{
	if (c == '"' || c == '\\')
		printf("\\%c", c);
	else if (c < 0x20 || c == 0x7f)
		printf("\\u%04x", c);
	else
		putchar(c);
}

static void print_string(const char *text, size_t len)
{
	putchar('"');
	while (len--)
		print_char(*text++);
	putchar('"');
}

static void begin(const char *key)
{
	if (comma)
		putchar(',');
	comma = true;
	if (key) {
		print_string(key, strlen(key));
		putchar(':');
	}
}

/**
 * json_open() - begin an object or an array
 * @key: its key, NULL in an array and at the top
 * @bracket: the opening one
 */
void json_open(const char *key, char bracket)
{
	begin(key);
	putchar(bracket);
	comma = false;
}

/**
 * json_close() - end an object or an array
 * @bracket: the closing one
 */
void json_close(char bracket)
{
	putchar(bracket);
	comma = true;
}

/** json_end() - end the line of a value at the top */
void json_end(void)
{
	putchar('\n');
	fflush(stdout);
	comma = false;
}

/** json_done() - all that is to be said of a change that has nothing to tell */
void json_done(void)
{
	json_open(NULL, '{');
	json_bool("done", true);
	json_close('}');
	json_end();
}

/**
 * json_string() - a string
 * @key: its key, or NULL
 * @value: the string, in UTF-8
 */
void json_string(const char *key, const char *value)
{
	begin(key);
	print_string(value, strlen(value));
}

/* Bytes of the character of UTF-8 that begins at @s, 0 if none does. */
static size_t utf8_length(const unsigned char *s, size_t left)
{
	size_t n, i;

	if (*s < 0x80)
		return 1;
	if (*s < 0xc2 || *s > 0xf4)
		return 0;
	n = *s < 0xe0 ? 2 : *s < 0xf0 ? 3 : 4;
	if (n > left)
		return 0;
	for (i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	/* Too long a form, a surrogate, or beyond the last character. */
	if ((*s == 0xe0 && s[1] < 0xa0) || (*s == 0xed && s[1] > 0x9f) ||
	    (*s == 0xf0 && s[1] < 0x90) || (*s == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

static bool is_utf8(const unsigned char *s, size_t left)
{
	size_t n;

	for (; left; s += n, left -= n) {
		n = utf8_length(s, left);
		if (!n)
			return false;
	}
	return true;
}

/**
 * json_bytes() - bytes: as a string if they are text
 * @key: the key; null if they are not text
 * @value: the bytes
 * @len: how many
 */
void json_bytes(const char *key, const void *value, size_t len)
{
	begin(key);
	if (is_utf8(value, len))
		print_string(value, len);
	else
		fputs("null", stdout);
}

/**
 * json_hex() - bytes as a string of hexadecimal digits
 * @key: the key
 * @value: the bytes
 * @len: how many
 */
void json_hex(const char *key, const void *value, size_t len)
{
	const unsigned char *byte = value;

	begin(key);
	putchar('"');
	while (len--)
		printf("%02x", *byte++);
	putchar('"');
}

/**
 * json_number() - a number
 * @key: the key
 * @value: the number
 */
void json_number(const char *key, __u64 value)
{
	begin(key);
	printf("%llu", value);
}

/**
 * json_id() - a member's id: a string, as most readers round so large a number
 * @key: the key
 * @value: the id; 0 gives null
 */
void json_id(const char *key, __u64 value)
{
	begin(key);
	if (value)
		printf("\"%016llx\"", value);
	else
		fputs("null", stdout);
}

/**
 * json_bool() - true or false
 * @key: the key
 * @value: which
 */
void json_bool(const char *key, bool value)
{
	begin(key);
	fputs(value ? "true" : "false", stdout);
}
