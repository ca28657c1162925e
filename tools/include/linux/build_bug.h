/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _STUB_LINUX_BUILD_BUG_H
#define _STUB_LINUX_BUILD_BUG_H

#undef static_assert
#define static_assert(expr)	extern char static_assertion[(expr) ? 1 : -1]

#endif /* _STUB_LINUX_BUILD_BUG_H */
