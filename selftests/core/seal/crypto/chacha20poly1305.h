/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's ChaCha20-Poly1305 and XChaCha20-Poly1305, by libsodium. */
#ifndef _STUB_CRYPTO_CHACHA20POLY1305_H
#define _STUB_CRYPTO_CHACHA20POLY1305_H

#include <stdbool.h>
#include <linux/types.h>

enum {
	XCHACHA20POLY1305_NONCE_SIZE = 24,
	CHACHA20POLY1305_KEY_SIZE = 32,
	CHACHA20POLY1305_AUTHTAG_SIZE = 16,
};

void chacha20poly1305_encrypt(u8 *dst, const u8 *src, size_t src_len, const u8 *ad,
			      size_t ad_len, u64 nonce, const u8 *key);
bool chacha20poly1305_decrypt(u8 *dst, const u8 *src, size_t src_len, const u8 *ad,
			      size_t ad_len, u64 nonce, const u8 *key);
void xchacha20poly1305_encrypt(u8 *dst, const u8 *src, size_t src_len, const u8 *ad,
			       size_t ad_len, const u8 *nonce, const u8 *key);
bool xchacha20poly1305_decrypt(u8 *dst, const u8 *src, size_t src_len, const u8 *ad,
			       size_t ad_len, const u8 *nonce, const u8 *key);

#endif /* _STUB_CRYPTO_CHACHA20POLY1305_H */
