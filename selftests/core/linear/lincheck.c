// SPDX-License-Identifier: GPL-2.0
/*
 * Says whether recorded histories are linearizable.
 *
 *	lincheck [--states N] FILE...	each FILE is a history, - or none is standard input
 *	lincheck --help			describes the format, as below
 *
 * Exit status: 0 all are linearizable, 1 one is not, 2 one could not be
 * decided, 3 one can not be read or is no history.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "record.h"

enum { EXIT_GOOD, EXIT_BAD, EXIT_UNDECIDED, EXIT_TROUBLE };

static const char usage[] = "usage: lincheck [--states N] [FILE...] | --help\n";

static const char format[] =
"\n"
"Says whether histories of one value are linearizable; - is standard input.\n"
"\n"
"A history is a text of one line per operation, in any order, with 8 fields:\n"
"\n"
"  CALL RETURN CLIENT KIND EXPECT VALUE OUTCOME REVISION\n"
"\n"
"  CALL      when it was called: an integer, of any unit, but of one clock\n"
"  RETURN    when it returned, likewise; - if it never did\n"
"  CLIENT    who asked: any word, for people; one may have several under way\n"
"  KIND      read, write or cas (compare-and-set)\n"
"  EXPECT    the revision that a cas expects; - for the others\n"
"  VALUE     what was written or read: a word (a hash will do) or bytes in quotes\n"
"            with the escapes \\\\ \\\" \\n \\r \\t \\0 \\xHH; a word is the same value as\n"
"            itself in quotes; - for a read that does not show the value\n"
"  OUTCOME   ok        it was done\n"
"            conflict  a cas met another revision and changed nothing\n"
"            refused   it was not done and never will be\n"
"            unknown   it timed out, was cancelled, or its host is gone: it may\n"
"                      take effect at any time after its call, once, or never\n"
"  REVISION  the revision it made, met or read; - if nobody told\n"
"\n"
"One operation came before another only if its RETURN is less than the other's\n"
"CALL. The value begins empty at revision 0, unless a line before the operations\n"
"says 'initial REVISION VALUE'; every change adds 1 to the revision. A # where a\n"
"field could begin makes the rest of the line a comment.\n"
"\n"
"  # a write that timed out took effect after a later one had returned\n"
"  100 900 host1 write - \"a\"  unknown  -\n"
"  950 990 host2 write - \"b\"  ok       1\n"
"  995 999 host2 read  - \"a\"  ok       2\n"
"  996 998 host3 cas   1 \"c\"  conflict 2\n"
"\n"
"If the revisions do not decide it, orders are tried, and at most N states of that\n"
"search are remembered (4000000, which takes 128 MiB at most).\n"
"\n"
"Exit status: 0 all are linearizable, 1 one is not, 2 one could not be decided,\n"
"3 one can not be read or is no history.\n";

static int say(const char *name, const struct recording *record, const struct linear_result *result)
{
	static const char * const verdicts[] = {
		[LINEAR_GOOD] = "linearizable",
		[LINEAR_BAD] = "not linearizable",
		[LINEAR_UNDECIDED] = "could not be decided",
	};
	static const int status[] = {
		[LINEAR_GOOD] = EXIT_GOOD,
		[LINEAR_BAD] = EXIT_BAD,
		[LINEAR_UNDECIDED] = EXIT_UNDECIDED,
	};
	const struct record_place *place;
	size_t i;

	printf("%s: %s (%zu operations, by %s)", name, verdicts[result->verdict],
	       record->history.n, result->searched ? "search" : "revisions");
	printf("%s%s\n", result->why[0] ? ": " : "", result->why);
	for (i = 0; i < result->n; i++) {
		place = &record->place[result->op[i]];
		printf("  line %zu: %s\n", place->line, record->text + place->offset);
	}
	return status[result->verdict];
}

static int check(const char *path, size_t states)
{
	bool is_stdin = !strcmp(path, "-");
	FILE *file = is_stdin ? stdin : fopen(path, "r");
	struct linear_result result;
	struct recording record;
	int status = EXIT_TROUBLE;

	if (!file) {
		printf("%s: it can not be opened\n", path);
		return EXIT_TROUBLE;
	}
	if (record_read(&record, file)) {
		linear_check(&record.history, states, &result);
		status = say(path, &record, &result);
	} else if (record.line) {
		printf("%s:%zu: %s\n", path, record.line, record.wrong);
	} else {
		printf("%s: %s\n", path, record.wrong);
	}
	record_free(&record);
	if (!is_stdin)
		fclose(file);
	return status;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "states", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	size_t states = LINEAR_STATES;
	int option, status, worst = EXIT_GOOD;
	char *end;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'h') {
			printf("%s%s", usage, format);
			return EXIT_GOOD;
		}
		if (option == 's')
			states = strtoull(optarg, &end, 10);
		if (option != 's' || *end || !states) {
			fputs(usage, stderr);
			return EXIT_TROUBLE;
		}
	}
	if (optind == argc)
		return check("-", states);
	for (; optind < argc; optind++) {
		status = check(argv[optind], states);
		if (status > worst)
			worst = status;
	}
	return worst;
}
