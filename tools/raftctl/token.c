// SPDX-License-Identifier: GPL-2.0
/*
 * The token: all that a host must know to join, besides an address
 *
 *	rv1 BODY CHECK
 *
 * without the spaces. The digit is the version. BODY is, in base 32, the
 * cluster's id (16 bytes) and value_max (4 bytes, big endian); a later version
 * may have more. CHECK is the CRC-32 of all before it, in 7 digits: it finds
 * every wrong digit and every two neighbours that changed places.
 *
 * The digits leave out i, l, o and u, so nothing can be misread. A double click
 * takes the whole token, a shell leaves it alone, and case does not matter.
 */
#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include "token.h"

#define PREFIX		"rv1"
#define PREFIX_LEN	3
#define BODY_BYTES	20
#define BODY_DIGITS	32
#define CHECK_DIGITS	7
#define DIGITS		(PREFIX_LEN + BODY_DIGITS + CHECK_DIGITS)

static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";

static uint32_t crc32(const char *data, size_t len)
{
	uint32_t crc = ~0u;
	int bit;

	while (len--) {
		crc ^= (uint8_t)*data++;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

static void write_check(char *text, size_t len)
{
	uint32_t crc = crc32(text, len);
	int i;

	for (i = CHECK_DIGITS; i--; crc >>= 5)
		text[len + i] = alphabet[crc & 31];
}

/**
 * token_print() - write a token
 * @token: what it says
 * @text: gets it
 */
void token_print(const struct token *token, char text[TOKEN_TEXT])
{
	uint8_t body[BODY_BYTES];
	int bit, i;

	memcpy(body, token->cluster, 16);
	for (i = 0; i < 4; i++)
		body[16 + i] = token->value_max >> (24 - 8 * i);
	memcpy(text, PREFIX, PREFIX_LEN);
	for (i = 0; i < BODY_DIGITS; i++) {
		int digit = 0;

		for (bit = 5 * i; bit < 5 * i + 5; bit++)
			digit = digit << 1 | (body[bit / 8] >> (7 - bit % 8) & 1);
		text[PREFIX_LEN + i] = alphabet[digit];
	}
	write_check(text, PREFIX_LEN + BODY_DIGITS);
	text[DIGITS] = '\0';
}

/* The text in the way it was printed; false if it has a digit that no token has. */
static bool normalize(char *to, const char *from)
{
	for (; *from; from++) {
		char c = tolower((unsigned char)*from);

		c = c == 'o' ? '0' : c == 'i' || c == 'l' ? '1' : c;
		if (!strchr(alphabet, c))
			return false;
		*to++ = c;
	}
	*to = '\0';
	return true;
}

/**
 * token_parse() - read a token
 * @token: gets what it says
 * @text: the token
 *
 * Return: NULL, or what is wrong with it.
 */
const char *token_parse(struct token *token, const char *text)
{
	static const char typo[] =
		"the token has a typo; copy it again, whole, from what raftctl token prints";
	char clean[DIGITS + 1], check[DIGITS + 1];
	uint8_t body[BODY_BYTES] = { 0 };
	int bit, i;

	if (!strncasecmp(text, "rv", 2) && isdigit((unsigned char)text[2]) && text[2] != '1' &&
	    strlen(text) != DIGITS)
		return "the token is of another version; take the raftctl of the host it is from";
	if (strlen(text) != DIGITS || !normalize(clean, text) ||
	    memcmp(clean, PREFIX, PREFIX_LEN))
		return typo;
	memcpy(check, clean, sizeof(check));
	write_check(check, PREFIX_LEN + BODY_DIGITS);
	if (strcmp(check, clean))
		return typo;

	for (bit = 0; bit < 8 * BODY_BYTES; bit++) {
		i = strchr(alphabet, clean[PREFIX_LEN + bit / 5]) - alphabet;
		body[bit / 8] |= (i >> (4 - bit % 5) & 1) << (7 - bit % 8);
	}
	memcpy(token->cluster, body, 16);
	token->value_max = (uint32_t)body[16] << 24 | body[17] << 16 | body[18] << 8 | body[19];
	return NULL;
}
