/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's BLAKE2s as far as the seal uses it, by libcrypto. */
#ifndef _STUB_CRYPTO_BLAKE2S_H
#define _STUB_CRYPTO_BLAKE2S_H

#include <linux/types.h>

void blake2s(u8 *out, const u8 *in, const u8 *key, size_t outlen, size_t inlen, size_t keylen);

#endif /* _STUB_CRYPTO_BLAKE2S_H */
