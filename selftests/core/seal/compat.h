/* SPDX-License-Identifier: GPL-2.0 */
/* What the seal wants of kmod/compat.h, by libcrypto. */
#ifndef _STUB_COMPAT_H
#define _STUB_COMPAT_H

#include <linux/types.h>

void raftval_blake2s(const u8 *key, size_t key_len, const u8 *in, size_t in_len,
		     u8 *out, size_t out_len);

#endif /* _STUB_COMPAT_H */
