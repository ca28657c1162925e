/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A fuzzer is a function that takes bytes and that no bytes may break. Linked
 * with libFuzzer it is given ever new ones; linked with replay.c it is given
 * those of its corpus, and is a test like any other.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/types.h>

/**
 * fuzz_one() - what a fuzzer does with an input
 * @data: the input
 * @size: bytes of @data
 *
 * Does not return if something is not as it should be. The linker knows it by
 * the name that libFuzzer calls.
 *
 * Return: 0.
 */
int fuzz_one(const u8 *data, size_t size) asm("LLVMFuzzerTestOneInput");

/* What must hold whatever the input is. */
#define MUST(cond) do {								\
	if (!(cond)) {								\
		fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #cond); \
		abort();							\
	}									\
} while (0)

/**
 * struct bytes - what is left of an input
 * @at: where it goes on
 * @left: bytes left
 */
struct bytes {
	const u8 *at;
	size_t left;
};

/**
 * take_byte() - the next byte
 * @bytes: the input
 *
 * Return: the byte, 0 after the end.
 */
static inline u8 take_byte(struct bytes *bytes)
{
	if (!bytes->left)
		return 0;
	bytes->left--;
	return *bytes->at++;
}

/**
 * take_up_to() - the next bytes
 * @bytes: the input
 * @most: how many are wanted
 * @n: set to how many there are
 *
 * Return: the bytes, inside the input.
 */
static inline const u8 *take_up_to(struct bytes *bytes, size_t most, size_t *n)
{
	const u8 *at = bytes->at;

	*n = most < bytes->left ? most : bytes->left;
	bytes->at += *n;
	bytes->left -= *n;
	return at;
}

/**
 * take_word() - the next eight bytes
 * @bytes: the input
 *
 * Return: the bytes as a number, those after the end 0.
 */
static inline u64 take_word(struct bytes *bytes)
{
	u64 word = 0;
	size_t n;
	const u8 *at = take_up_to(bytes, sizeof(word), &n);

	if (n)
		memcpy(&word, at, n);
	return word;
}

#endif /* FUZZ_H */
