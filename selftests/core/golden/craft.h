/* SPDX-License-Identifier: GPL-2.0 */
/* Datagrams made by hand, good ones and bad ones. */
#ifndef CRAFT_H
#define CRAFT_H

#include "cluster.h"

/**
 * struct craft - what a datagram is to be
 * @from: whom it claims to be from
 * @to: whom it is for
 * @words: the type of message, then KEY=VALUE for its fields
 * @n_words: how many
 */
struct craft {
	struct node *from;
	struct node *to;
	char **words;
	int n_words;
};

struct raft_entry craft_entry(const char *word);
u32 craft_dgram(const struct craft *craft, u8 *data);

#endif /* CRAFT_H */
