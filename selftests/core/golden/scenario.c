// SPDX-License-Identifier: GPL-2.0
/*
 * Golden scenarios: a file is a list of commands, each followed by a line of
 * dashes and by what the nodes have to say for themselves. The output must be
 * the same as the last time, byte for byte.
 *
 *	scenario FILE...		compare
 *	scenario --covers FILE...	and see that together they show all there is
 *	scenario --rewrite FILE...	write what is said now into the files
 *	scenario --help			list the commands
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "fail.h"

#define DASHES	"----"

static void read_file(const char *path, struct text *text)
{
	FILE *file = fopen(path, "r");
	char part[4096];
	size_t len;

	if (!file)
		fatal("%s can not be read", path);
	text_add_bytes(text, "", 0);
	while ((len = fread(part, 1, sizeof(part), file)))
		text_add_bytes(text, part, len);
	fclose(file);
}

static void write_file(const char *path, const struct text *text)
{
	FILE *file = fopen(path, "w");

	if (!file || fwrite(text->at, 1, text->len, file) != text->len || fclose(file))
		fatal("%s can not be written", path);
}

/* Take the next line, without its newline; NULL at the end. */
static char *next_line(char **at)
{
	char *line = *at;
	char *end;

	if (!*line)
		return NULL;
	end = strchr(line, '\n');
	if (end)
		*end = 0;
	*at = end ? end + 1 : line + strlen(line);
	return line;
}

static void skip_output(char **at)
{
	char *line;

	while (**at && **at != '\n') {
		line = next_line(at);
		if (!line)
			return;
	}
}

static void play_command(struct stage *stage, char *line, struct text *result)
{
	text_add(result, "%s\n%s\n", line, DASHES);
	stage->out.len = 0;
	command_run(stage, line);
	if (stage->cluster->invariants.broken[0])
		text_add(&stage->out, "BROKEN: %s\n", stage->cluster->invariants.broken);
	text_add_bytes(result, stage->out.at, stage->out.len);
}

/* Play a file; the result is the file as it should be. */
static bool play(char *script, struct text *result, struct cover *cover)
{
	struct stage stage;
	char *line;
	bool good;

	stage_open(&stage, cover);
	while ((line = next_line(&script))) {
		if (!line[0] || line[0] == '#') {
			text_add(result, "%s\n", line);
			continue;
		}
		if (!strncmp(script, DASHES "\n", sizeof(DASHES))) {
			next_line(&script);
			skip_output(&script);
		} else if (*script && *script != '\n') {
			fatal("after \"%s\" there must be an empty line or %s", line, DASHES);
		}
		play_command(&stage, line, result);
	}
	good = !stage.cluster->invariants.broken[0];
	stage_close(&stage);
	return good;
}

static void show_difference(const char *path, const char *have, const char *want)
{
	int line = 1;
	size_t at = 0, start = 0;

	for (; have[at] && have[at] == want[at]; at++) {
		if (have[at] == '\n') {
			line++;
			start = at + 1;
		}
	}
	printf("# %s:%d: expected: %.*s\n", path, line, (int)strcspn(want + start, "\n"),
	       want + start);
	printf("# %s:%d: happened: %.*s\n", path, line, (int)strcspn(have + start, "\n"),
	       have + start);
}

static bool run_file(const char *path, bool rewrite, struct cover *cover)
{
	struct text script = { 0 }, before = { 0 }, result = { 0 };
	bool good;

	read_file(path, &script);
	text_add_bytes(&before, script.at, script.len);
	good = play(script.at, &result, cover);
	if (!good)
		printf("# %s: an invariant is broken\n", path);
	if (rewrite) {
		write_file(path, &result);
	} else if (strcmp(before.at, result.at)) {
		show_difference(path, result.at, before.at);
		good = false;
	}
	text_free(&script);
	text_free(&before);
	text_free(&result);
	return good;
}

int main(int argc, char **argv)
{
	bool rewrite = argc > 1 && !strcmp(argv[1], "--rewrite");
	bool covers = argc > 1 && !strcmp(argv[1], "--covers");
	int first = 1 + (rewrite || covers);
	struct cover cover = { 0 };
	int i, n = 0, failed = 0;
	bool good;

	if (argc > 1 && !strcmp(argv[1], "--help")) {
		command_help();
		return 0;
	}
	if (argc <= first)
		fatal("usage: scenario [--covers | --rewrite] FILE... | --help");
	printf("TAP version 13\n1..%d\n", argc - first + (covers ? cover_size() : 0));
	for (i = first; i < argc; i++) {
		good = run_file(argv[i], rewrite, &cover);
		printf("%sok %d - %s\n", good ? "" : "not ", ++n, argv[i]);
		failed += !good;
	}
	if (covers)
		failed += cover_report(&cover, n);
	return failed ? 1 : 0;
}
