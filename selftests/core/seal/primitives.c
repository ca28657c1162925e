// SPDX-License-Identifier: GPL-2.0
/* The kernel's primitives, for programs: prototypes as there, by libsodium and libcrypto. */
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <sodium.h>
#include <string.h>

#include <asm/byteorder.h>
#include <crypto/chacha20poly1305.h>

#include "compat.h"
#include "fail.h"

void raftval_blake2s(const u8 *key, size_t key_len, const u8 *in, size_t in_len,
		     u8 *out, size_t out_len)
{
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "BLAKE2SMAC", NULL);
	EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(mac);
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &out_len),
		OSSL_PARAM_construct_end(),
	};
	size_t n;

	if (!EVP_MAC_init(ctx, key, key_len, params) || !EVP_MAC_update(ctx, in, in_len) ||
	    !EVP_MAC_final(ctx, out, &n, out_len) || n != out_len)
		fatal("no BLAKE2s");
	EVP_MAC_CTX_free(ctx);
	EVP_MAC_free(mac);
}

/* As in RFC 8439 section 2.8, 32 bits of zero and the number. */
static const u8 *nonce_of(u8 *bytes, u64 number)
{
	__le64 word = cpu_to_le64(number);

	memset(bytes, 0, 4);
	memcpy(bytes + 4, &word, sizeof(word));
	return bytes;
}

void chacha20poly1305_encrypt(u8 *dst, const u8 *src, size_t src_len, const u8 *ad,
			      size_t ad_len, u64 nonce, const u8 *key)
{
	u8 bytes[12];

	crypto_aead_chacha20poly1305_ietf_encrypt(dst, NULL, src, src_len, ad, ad_len, NULL,
						  nonce_of(bytes, nonce), key);
}

bool chacha20poly1305_decrypt(u8 *dst, const u8 *src, size_t src_len, const u8 *ad,
			      size_t ad_len, u64 nonce, const u8 *key)
{
	u8 bytes[12];

	return !crypto_aead_chacha20poly1305_ietf_decrypt(dst, NULL, NULL, src, src_len, ad, ad_len,
							  nonce_of(bytes, nonce), key);
}

void xchacha20poly1305_encrypt(u8 *dst, const u8 *src, size_t src_len, const u8 *ad,
			       size_t ad_len, const u8 *nonce, const u8 *key)
{
	crypto_aead_xchacha20poly1305_ietf_encrypt(dst, NULL, src, src_len, ad, ad_len, NULL, nonce,
						   key);
}

bool xchacha20poly1305_decrypt(u8 *dst, const u8 *src, size_t src_len, const u8 *ad,
			       size_t ad_len, const u8 *nonce, const u8 *key)
{
	return !crypto_aead_xchacha20poly1305_ietf_decrypt(dst, NULL, NULL, src, src_len, ad,
							   ad_len, nonce, key);
}
