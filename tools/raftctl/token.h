/* SPDX-License-Identifier: GPL-2.0 */
/* The token: all that a host must know to join, besides an address. */
#ifndef RAFTCTL_TOKEN_H
#define RAFTCTL_TOKEN_H

#include <stdint.h>

/* Bytes of the longest text of a token, the NUL included. */
#define TOKEN_TEXT	48

/**
 * struct token - what a token says
 * @cluster: the cluster's id
 * @value_max: the cluster's largest value, bytes
 */
struct token {
	uint8_t cluster[16];
	uint32_t value_max;
};

void token_print(const struct token *token, char text[TOKEN_TEXT]);
const char *token_parse(struct token *token, const char *text);

#endif /* RAFTCTL_TOKEN_H */
