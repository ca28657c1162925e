/* SPDX-License-Identifier: GPL-2.0 */
/* The command line: options, and numbers in them. */
#ifndef RAFTCTL_ARGS_H
#define RAFTCTL_ARGS_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <linux/types.h>

#define ARGS_BAD	'?'
#define ARGS_HELP	'h'

int args_next(int argc, char **argv, const char *order, const struct option *own);
int args_timeout(int argc, char **argv, uint32_t *ms);
bool args_none(int argc, char **argv);
bool args_number(const char *text, __u64 *number);
bool args_u32(const char *what, const char *text, uint32_t *number);
bool args_seconds(const char *text, uint32_t *ms);

#endif /* RAFTCTL_ARGS_H */
