// SPDX-License-Identifier: GPL-2.0
/* raftctl: makes, changes and shows raftval clusters. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include "args.h"
#include "raftctl.h"

struct options options = {
	.node = RAFTVAL_NAME_DEFAULT,
};

const struct command *const commands[] = {
	&cmd_create, &cmd_join, &cmd_leave, &cmd_up, &cmd_down, &cmd_status, &cmd_peer,
	&cmd_transfer, &cmd_log, &cmd_get, &cmd_put, &cmd_cas, &cmd_wait, &cmd_monitor, &cmd_token,
	&cmd_key, &cmd_store, &cmd_help, NULL,
};

/* The command that runs, for its messages. */
static const struct command *current;

/* What they begin with. */
static const char *done = "";

static void say(const char *format, va_list ap)
{
	fflush(stdout);
	fprintf(stderr, "raftctl%s%s: %s", current ? " " : "", current ? current->name : "", done);
	vfprintf(stderr, format, ap);
	fputc('\n', stderr);
}

/**
 * complain() - say what went wrong
 * @format: a sentence without its full stop, as for printf
 */
void complain(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say(format, ap);
	va_end(ap);
}

/**
 * complain_after() - let whatever goes wrong from now on be told after what is done
 * @what: what is done, and how that goes on: "it is made, but "
 */
void complain_after(const char *what)
{
	done = what;
}

/**
 * misused() - say what is wrong with the command line
 * @format: a sentence without its full stop, as for printf
 *
 * Return: the exit status for it.
 */
int misused(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say(format, ap);
	va_end(ap);
	if (current)
		fprintf(stderr, "usage: raftctl %s%s%s\nraftctl %s --help says more\n",
			current->name, current->args[0] ? " " : "", current->args, current->name);
	else
		fputs("raftctl --help lists the commands\n", stderr);
	return USAGE;
}

/**
 * command_find() - look a command up
 * @name: its name
 *
 * Return: the command or NULL.
 */
const struct command *command_find(const char *name)
{
	const struct command *const *command;

	for (command = commands; *command; command++)
		if (!strcmp((*command)->name, name))
			return *command;
	return NULL;
}

/**
 * command_help() - print the help of a command
 * @command: the command
 */
void command_help(const struct command *command)
{
	printf("raftctl %s - %s\n\nUsage: raftctl %s%s%s\n\n%s", command->name, command->summary,
	       command->name, command->args[0] ? " " : "", command->args, command->help ?: "");
	printf("  -n, --node NAME      the node (default: " RAFTVAL_NAME_DEFAULT ")\n"
	       "  -j, --json           print JSON, for programs\n"
	       "  -h, --help           this text\n\n"
	       "Examples:\n%s", command->examples);
}

static void print_help(void)
{
	const struct command *const *command;

	printf("raftctl makes, changes and shows clusters that agree on one value.\n\n"
	       "Usage: raftctl [-n NODE] [-j] COMMAND ...\n\n"
	       "Commands (raftctl COMMAND --help says more):\n");
	for (command = commands; *command; command++)
		printf("  %-9s %s\n", (*command)->name, (*command)->summary);
	printf("\nOptions:\n"
	       "  -n, --node NAME      the node (default: " RAFTVAL_NAME_DEFAULT ")\n"
	       "  -j, --json           print JSON, for programs\n"
	       "  -h, --help           this text\n\n"
	       "Examples:\n"
	       "  raftctl create --listen 192.0.2.1 --store /var/lib/raftval.img\n"
	       "                                       on the first host\n"
	       "  raftctl join 192.0.2.1 --token ...   on each other, as the first one printed\n"
	       "  raftctl up /var/lib/raftval.img      on each that was restarted\n"
	       "  echo hello > /dev/raftval            on any of them\n"
	       "  cat /dev/raftval                     on any of them\n\n"
	       "Exit status: 0 done, 1 refused, 2 not understood.\n");
}

/* For raftctl --help, and for raftctl help. */
static int run_help(int argc, char **argv)
{
	const struct command *command = &cmd_help;
	int rc = args_next(argc, argv, "", NULL);

	if (rc == -1 && optind == argc) {
		print_help();
		return DONE;
	}
	if (rc == ARGS_BAD)
		return USAGE;
	if (rc == -1) {
		command = command_find(argv[optind++]);
		if (!command)
			return misused("there is no command '%s'", argv[optind - 1]);
		if (!args_none(argc, argv))
			return USAGE;
	}
	command_help(command);
	return DONE;
}

const struct command cmd_help = {
	.name = "help",
	.args = "[COMMAND]",
	.summary = "say what a command does, or list the commands",
	.examples = "  raftctl help join\n",
	.run = run_help,
};

/* The command's own options are read by itself; before it stand only these. */
static int run(int argc, char **argv)
{
	switch (args_next(argc, argv, "+", NULL)) {
	case ARGS_HELP:
		print_help();
		return DONE;
	case ARGS_BAD:
		return USAGE;
	}
	if (optind == argc)
		return misused("a command is missing");
	current = command_find(argv[optind]);
	if (!current)
		return misused("there is no command '%s'", argv[optind]);
	argc -= optind;
	argv += optind;
	/* Zero has getopt begin anew. */
	optind = 0;
	return current->run(argc, argv);
}

/* What is in memory may be a key: no other process looks at it, and no dump has it. */
static void close_memory(void)
{
	static const struct rlimit none;

	prctl(PR_SET_DUMPABLE, 0);
	setrlimit(RLIMIT_CORE, &none);
}

int main(int argc, char **argv)
{
	int rc;

	close_memory();
	rc = run(argc, argv);
	if (!fflush(stdout) && !ferror(stdout))
		return rc;
	complain("the output could not be written");
	return REFUSED;
}
