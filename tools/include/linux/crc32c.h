/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's crc32c(), for building the core in userspace. */
#ifndef _STUB_LINUX_CRC32C_H
#define _STUB_LINUX_CRC32C_H

#include <string.h>
#include <linux/types.h>

#define CRC32C_POLY	0x82f63b78	/* Castagnoli's, reflected */

static inline u32 crc32c_table(u32 crc, const u8 *at, u32 len)
{
	static u32 table[256];
	u32 i, bit;

	for (i = 0; !table[255] && i < 256; i++) {
		table[i] = i;
		for (bit = 0; bit < 8; bit++)
			table[i] = table[i] >> 1 ^ (table[i] & 1 ? CRC32C_POLY : 0);
	}
	while (len--)
		crc = crc >> 8 ^ table[(crc ^ *at++) & 0xff];
	return crc;
}

#ifdef __x86_64__

static inline __attribute__((target("sse4.2"))) u32 crc32c_sse(u32 crc, const u8 *at, u32 len)
{
	u64 wide = crc, word;

	for (; len >= sizeof(word); len -= sizeof(word), at += sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		wide = __builtin_ia32_crc32di(wide, word);
	}
	crc = wide;
	while (len--)
		crc = __builtin_ia32_crc32qi(crc, *at++);
	return crc;
}

/**
 * crc32c() - the checksum of some bytes, as the kernel's function has it
 * @crc: what it begins with
 * @data: the bytes
 * @len: how many
 *
 * Return: the checksum.
 */
static inline u32 crc32c(u32 crc, const void *data, u32 len)
{
	if (__builtin_cpu_supports("sse4.2"))
		return crc32c_sse(crc, data, len);
	return crc32c_table(crc, data, len);
}

#else

/**
 * crc32c() - the checksum of some bytes, as the kernel's function has it
 * @crc: what it begins with
 * @data: the bytes
 * @len: how many
 *
 * Return: the checksum.
 */
static inline u32 crc32c(u32 crc, const void *data, u32 len)
{
	return crc32c_table(crc, data, len);
}

#endif /* __x86_64__ */

#endif /* _STUB_LINUX_CRC32C_H */
