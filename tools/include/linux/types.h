/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's integer types, for building the core in userspace. What the
 * headers for programs have under this name is passed on first: raftctl needs
 * that, too.
 */
#ifndef _STUB_LINUX_TYPES_H
#define _STUB_LINUX_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include_next <linux/types.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef unsigned long long u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef long long s64;

#define __packed	__attribute__((packed))
#define __aligned(x)	__attribute__((aligned(x)))

#endif /* _STUB_LINUX_TYPES_H */
