/* SPDX-License-Identifier: GPL-2.0 */
/* The last events of a run, in words. */
#ifndef HISTORY_H
#define HISTORY_H

#include "cluster.h"

#define HISTORY_LINE	200

/**
 * struct history - lines of text, the oldest overwritten first
 * @room: lines it holds; 0: it keeps nothing
 * @n: lines that were added
 * @line: the lines
 */
struct history {
	size_t room;
	size_t n;
	char (*line)[HISTORY_LINE];
};

void history_init(struct history *history, size_t room);
void history_free(struct history *history);
void history_add(struct history *history, const struct cluster *cluster, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void history_print(const struct history *history);
void history_watch(struct history *history, struct cluster *cluster);
int dgram_print(char *buf, size_t size, const struct dgram *dgram);

#endif /* HISTORY_H */
