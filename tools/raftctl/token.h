/* SPDX-License-Identifier: GPL-2.0 */
/* The token: all that a host must know to join, besides an address. */
#ifndef RAFTCTL_TOKEN_H
#define RAFTCTL_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

/* Bytes of the longest text of a token, the NUL included. */
#define TOKEN_TEXT	96

#define TOKEN_CLUSTER	16	/* bytes of a cluster's id */
#define TOKEN_KEY	32	/* bytes of a key */

/**
 * struct token - what a token says
 * @cluster: the cluster's id
 * @value_max: the cluster's largest value, bytes
 * @sealed: the cluster has a key
 * @key: the key; zeros if there is none
 */
struct token {
	uint8_t cluster[TOKEN_CLUSTER];
	uint32_t value_max;
	bool sealed;
	uint8_t key[TOKEN_KEY];
};

bool token_make(struct token *token, uint32_t value_max, bool sealed);
bool token_make_key(struct token *token);
void token_print(const struct token *token, char text[TOKEN_TEXT]);
const char *token_parse(struct token *token, const char *text);

#endif /* RAFTCTL_TOKEN_H */
