/* SPDX-License-Identifier: GPL-2.0 */
/* The part of the kernel's string functions that the core uses. */
#ifndef _STUB_LINUX_STRING_H
#define _STUB_LINUX_STRING_H

#include <string.h>
#include <linux/types.h>

#define memzero_explicit	explicit_bzero

#endif /* _STUB_LINUX_STRING_H */
