/* SPDX-License-Identifier: GPL-2.0 */
/* What every command of raftctl is made of. */
#ifndef RAFTCTL_H
#define RAFTCTL_H

#include <stdbool.h>
#include <linux/raftval.h>
#include <linux/raftval_netlink.h>

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

/* Exit status. */
enum {
	DONE,		/* done */
	REFUSED,	/* refused by the kernel or the cluster */
	USAGE,		/* not understood */
};

/**
 * struct command - a command of raftctl
 * @name: what the user types
 * @args: what follows it, for the usage line
 * @summary: what it does, in a few words
 * @help: its options, in lines, may be NULL
 * @examples: in lines
 * @run: does it; @argv[0] is @name; returns the exit status
 */
struct command {
	const char *name;
	const char *args;
	const char *summary;
	const char *help;
	const char *examples;
	int (*run)(int argc, char **argv);
};

/**
 * struct options - what every command understands
 * @node: the node's name
 * @named: the user gave it
 * @json: print for programs
 */
struct options {
	const char *node;
	bool named;
	bool json;
};

extern struct options options;
extern const struct command *const commands[];

extern const struct command cmd_create, cmd_join, cmd_leave, cmd_up, cmd_down, cmd_status,
	cmd_peer, cmd_transfer, cmd_log, cmd_get, cmd_put, cmd_cas, cmd_wait, cmd_monitor,
	cmd_token, cmd_key, cmd_store, cmd_help;

const struct command *command_find(const char *name);
void command_help(const struct command *command);

void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
void complain_after(const char *what);
int misused(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif /* RAFTCTL_H */
