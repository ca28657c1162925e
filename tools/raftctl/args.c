// SPDX-License-Identifier: GPL-2.0
/* The command line: options, and numbers in them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <linux/types.h>
#include "args.h"
#include "raftctl.h"

#define OPTIONS_MAX	16

static const struct option common[] = {
	{ "node", required_argument, NULL, 'n' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, ARGS_HELP },
	{ },
};

static void copy(struct option *to, const struct option *from)
{
	while (from->name)
		*to++ = *from++;
	memset(to, 0, sizeof(*to));
}

/**
 * args_next() - take the next option, after those that every command has
 * @argc: as for main()
 * @argv: as for main()
 * @order: "+" to stop at the first that is no option, else ""
 * @own: the options of the command, by values above 255; ends with zeros, may be NULL
 *
 * What is not understood is said.
 *
 * Return: the option's value, -1 at the end, %ARGS_HELP, %ARGS_BAD.
 */
int args_next(int argc, char **argv, const char *order, const struct option *own)
{
	struct option table[OPTIONS_MAX];
	char letters[8] = "";
	int n = 0, c;

	while (own && own[n].name)
		n++;
	copy(table, own ?: common);
	if (own)
		copy(table + n, common);
	strcat(strcat(letters, order), ":n:jh");
	opterr = 0;

	while ((c = getopt_long(argc, argv, letters, table, NULL)) != -1) {
		switch (c) {
		case 'n':
			options.node = optarg;
			options.named = true;
			break;
		case 'j':
			options.json = true;
			break;
		case ':':
			misused("option '%s' needs an argument", argv[optind - 1]);
			return ARGS_BAD;
		case '?':
			misused("there is no option '%s'", argv[optind - 1]);
			return ARGS_BAD;
		default:
			return c;
		}
	}
	return -1;
}

/**
 * args_none() - insist that nothing is left on the command line
 * @argc: as for main()
 * @argv: as for main()
 *
 * Return: true if so; else it is said.
 */
bool args_none(int argc, char **argv)
{
	if (optind >= argc)
		return true;
	misused("'%s' is too much", argv[optind]);
	return false;
}

/**
 * args_number() - read a number
 * @text: decimal digits, nothing else
 * @number: gets it
 *
 * Return: whether it is one.
 */
bool args_number(const char *text, __u64 *number)
{
	char *end;

	if (!*text || strspn(text, "0123456789") != strlen(text))
		return false;
	errno = 0;
	*number = strtoull(text, &end, 10);
	return !errno;
}

/**
 * args_u32() - read the number of an option
 * @what: the option, for the message
 * @text: its argument
 * @number: gets it
 *
 * Return: true, or false and it is said what is wrong.
 */
bool args_u32(const char *what, const char *text, uint32_t *number)
{
	__u64 wide;

	if (args_number(text, &wide) && wide <= UINT32_MAX) {
		*number = wide;
		return true;
	}
	misused("%s wants a number, not '%s'", what, text);
	return false;
}

/**
 * args_seconds() - read a timeout
 * @text: seconds, with or without a fraction
 * @ms: gets it, milliseconds
 *
 * Return: true, or false and it is said what is wrong.
 */
bool args_seconds(const char *text, uint32_t *ms)
{
	char *end;
	double seconds = strtod(text, &end);

	if (end != text && !*end && seconds >= 0.001 && seconds <= 3600) {
		*ms = seconds * 1000;
		return true;
	}
	misused("--timeout wants seconds, from 0.001 to 3600, not '%s'", text);
	return false;
}

/**
 * args_timeout() - read the options of a command that has only --timeout
 * @argc: as for main()
 * @argv: as for main()
 * @ms: gets the timeout, if there is one, milliseconds
 *
 * Return: 0, %ARGS_HELP or %ARGS_BAD.
 */
int args_timeout(int argc, char **argv, uint32_t *ms)
{
	enum { TIMEOUT = 256 };
	static const struct option own[] = {
		{ "timeout", required_argument, NULL, TIMEOUT },
		{ },
	};
	int c;

	while ((c = args_next(argc, argv, "", own)) == TIMEOUT)
		if (!args_seconds(optarg, ms))
			return ARGS_BAD;
	return c == -1 ? 0 : c;
}
