// SPDX-License-Identifier: GPL-2.0
/*
 * The token: all that a host must know to join, besides an address
 *
 *	rv1 BODY CHECK		of a cluster without a key
 *	rv2 BODY CHECK		of one with a key
 *
 * without the spaces. The digit is the version. BODY is, in base 32, the
 * cluster's id (16 bytes), value_max (4 bytes, big endian) and the key (32 bytes),
 * if there is one; bits that are left over are zero. CHECK is the CRC-32 of all
 * before it, in 7 digits: it finds every wrong digit and every two neighbours that
 * changed places.
 *
 * The digits leave out i, l, o and u, so nothing can be misread. A double click
 * takes the whole token, a shell leaves it alone, and case does not matter.
 */
#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/random.h>
#include "raftctl.h"
#include "token.h"

#define PREFIX_LEN	3
#define CHECK_DIGITS	7

#define INSECURE	1	/* version of a token without a key ... */
#define SEALED		2	/* ... and of one with a key */
#define VERSIONS	2

#define BODY_KEY	(TOKEN_CLUSTER + 4)	/* where the key is in BODY */
#define BODY_MAX	(BODY_KEY + TOKEN_KEY)

/* Bytes of BODY, by version. */
static const size_t body_bytes[] = { [INSECURE] = BODY_KEY, [SEALED] = BODY_MAX };

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

static void write_check(char check[CHECK_DIGITS], const char *text, size_t len)
{
	uint32_t crc = crc32(text, len);
	int i;

	for (i = CHECK_DIGITS; i--; crc >>= 5)
		check[i] = alphabet[crc & 31];
}

static size_t body_digits(unsigned int version)
{
	return (8 * body_bytes[version] + 4) / 5;
}

/* Where CHECK begins. */
static size_t check_at(unsigned int version)
{
	return PREFIX_LEN + body_digits(version);
}

static bool draw(void *bytes, size_t len)
{
	if (getrandom(bytes, len, 0) == (ssize_t)len)
		return true;
	complain("the kernel gives no random numbers: %s", strerror(errno));
	return false;
}

/**
 * token_make() - make that of a new cluster
 * @token: gets it
 * @value_max: the cluster's largest value, bytes
 * @sealed: with a key
 *
 * Return: true, or false and it is said what is wrong.
 */
bool token_make(struct token *token, uint32_t value_max, bool sealed)
{
	memset(token, 0, sizeof(*token));
	token->value_max = value_max;
	return draw(token->cluster, sizeof(token->cluster)) && (!sealed || token_make_key(token));
}

/**
 * token_make_key() - make a new key
 * @token: gets it
 *
 * Return: true, or false and it is said what is wrong.
 */
bool token_make_key(struct token *token)
{
	token->sealed = true;
	return draw(token->key, sizeof(token->key));
}

/**
 * token_print() - write a token
 * @token: what it says
 * @text: gets it
 */
void token_print(const struct token *token, char text[TOKEN_TEXT])
{
	unsigned int version = token->sealed ? SEALED : INSECURE;
	/* The bits that are left over are in the byte behind it. */
	uint8_t body[BODY_MAX + 1] = { 0 };
	size_t i, bit, end = check_at(version);

	memcpy(body, token->cluster, TOKEN_CLUSTER);
	for (i = 0; i < 4; i++)
		body[TOKEN_CLUSTER + i] = token->value_max >> (24 - 8 * i);
	memcpy(body + BODY_KEY, token->key, TOKEN_KEY);
	text[0] = 'r';
	text[1] = 'v';
	text[2] = '0' + version;
	for (i = 0; i < body_digits(version); i++) {
		int digit = 0;

		for (bit = 5 * i; bit < 5 * i + 5; bit++)
			digit = digit << 1 | (body[bit / 8] >> (7 - bit % 8) & 1);
		text[PREFIX_LEN + i] = alphabet[digit];
	}
	write_check(text + end, text, end);
	text[end + CHECK_DIGITS] = '\0';
	explicit_bzero(body, sizeof(body));
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

static bool is_whole(const char *clean, unsigned int version)
{
	const char prefix[PREFIX_LEN] = { 'r', 'v', '0' + version };
	size_t end = check_at(version);
	char check[CHECK_DIGITS];

	write_check(check, clean, end);
	return !memcmp(clean, prefix, PREFIX_LEN) && !memcmp(clean + end, check, CHECK_DIGITS);
}

/* False if the bits that are left over say something. */
static bool decode(struct token *token, const char *clean, unsigned int version)
{
	uint8_t body[BODY_MAX + 1] = { 0 };
	size_t bit;
	bool good;
	int i;

	for (bit = 0; bit < 5 * body_digits(version); bit++) {
		i = strchr(alphabet, clean[PREFIX_LEN + bit / 5]) - alphabet;
		body[bit / 8] |= (i >> (4 - bit % 5) & 1) << (7 - bit % 8);
	}
	memcpy(token->cluster, body, TOKEN_CLUSTER);
	for (token->value_max = 0, i = 0; i < 4; i++)
		token->value_max = token->value_max << 8 | body[TOKEN_CLUSTER + i];
	token->sealed = version == SEALED;
	memcpy(token->key, body + BODY_KEY, TOKEN_KEY);
	good = !body[body_bytes[version]];
	explicit_bzero(body, sizeof(body));
	return good;
}

/* Of which version a token of this length is, 0 if of none. */
static unsigned int find_version(size_t len)
{
	unsigned int version = VERSIONS;

	while (version && len != check_at(version) + CHECK_DIGITS)
		version--;
	return version;
}

static bool is_of_another_version(const char *text)
{
	return !strncasecmp(text, "rv", 2) && isdigit((unsigned char)text[2]) &&
	       (text[2] < '0' + INSECURE || text[2] > '0' + VERSIONS);
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
	unsigned int version = find_version(strlen(text));
	char clean[TOKEN_TEXT];
	bool good;

	if (!version && is_of_another_version(text))
		return "the token is of another version; take the raftctl of the host it is from";
	good = version && normalize(clean, text) && is_whole(clean, version) &&
	       decode(token, clean, version);
	explicit_bzero(clean, sizeof(clean));
	return good ? NULL :
	       "the token has a typo; copy it again, whole, from what raftctl token prints";
}
