// SPDX-License-Identifier: GPL-2.0
/* What a test program does when it can not go on. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"

/**
 * fatal() - say why and end the program with status 2
 * @fmt: as for printf, without the newline
 */
void fatal(const char *fmt, ...)
{
	va_list args;

	fflush(stdout);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	exit(2);
}

/**
 * must_realloc() - realloc() that does not return without memory
 * @mem: as for realloc()
 * @size: as for realloc()
 *
 * Return: the memory, to be given back with free().
 */
void *must_realloc(void *mem, size_t size)
{
	mem = realloc(mem, size ? size : 1);
	if (!mem)
		fatal("out of memory");
	return mem;
}

/**
 * must_copy() - a copy of some bytes
 * @data: the bytes
 * @len: how many
 *
 * Return: the copy, to be given back with free().
 */
void *must_copy(const void *data, size_t len)
{
	void *copy = must_realloc(NULL, len);

	if (len)
		memcpy(copy, data, len);
	return copy;
}
