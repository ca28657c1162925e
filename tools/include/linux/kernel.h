/* SPDX-License-Identifier: GPL-2.0 */
/* The part of the kernel's everyday helpers that the core uses. */
#ifndef _STUB_LINUX_KERNEL_H
#define _STUB_LINUX_KERNEL_H

#include <stdarg.h>
#include <stdio.h>
#include <linux/limits.h>
#include <linux/types.h>

#define ARRAY_SIZE(arr)		(sizeof(arr) / sizeof((arr)[0]))

#define min(a, b) ({				\
	__auto_type __a = (a);			\
	__auto_type __b = (b);			\
	__a < __b ? __a : __b;			\
})

#define max(a, b) ({				\
	__auto_type __a = (a);			\
	__auto_type __b = (b);			\
	__a > __b ? __a : __b;			\
})

#define min_t(type, a, b)	min((type)(a), (type)(b))
#define max_t(type, a, b)	max((type)(a), (type)(b))
#define clamp(val, lo, hi)	min(max(val, lo), hi)

/**
 * scnprintf() - snprintf() that returns the bytes it really wrote
 * @buf: where to
 * @size: room in @buf, bytes
 * @fmt: as for printf
 *
 * Return: bytes written, the NUL not counted, never more than @size - 1.
 */
static inline __attribute__((format(printf, 3, 4)))
int scnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int len;

	if (!size)
		return 0;
	va_start(args, fmt);
	len = vsnprintf(buf, size, fmt, args);
	va_end(args);
	return len < (int)size ? len : (int)size - 1;
}

#endif /* _STUB_LINUX_KERNEL_H */
