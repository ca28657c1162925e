// SPDX-License-Identifier: GPL-2.0
/*
 * A fuzzer without libFuzzer: every input of its corpus once, as a regression test.
 *
 *	fuzz_NAME			replay corpus/NAME.txt
 *	fuzz_NAME FILE...		replay inputs as libFuzzer leaves them
 *	fuzz_NAME --unpack DIRECTORY	write the corpus as libFuzzer wants it
 *	fuzz_NAME --pack FILE...	print inputs as lines of a corpus
 *
 * A corpus is text: a line for each input, its name and its bytes in hex.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "fuzz.h"
#include "text.h"

/**
 * struct input - an input of a corpus
 * @name: its name
 * @data: its bytes
 * @size: how many
 */
struct input {
	const char *name;
	u8 *data;
	size_t size;
};

static FILE *must_open(const char *path, const char *mode)
{
	FILE *file = fopen(path, mode);

	if (!file)
		fatal("%s can not be opened", path);
	return file;
}

static void read_file(const char *path, struct text *text)
{
	FILE *file = must_open(path, "r");
	char part[4096];
	size_t len;

	text_add_bytes(text, "", 0);
	while ((len = fread(part, 1, sizeof(part), file)))
		text_add_bytes(text, part, len);
	fclose(file);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static u8 hex_digit(char c)
{
	if (!isxdigit((unsigned char)c))
		fatal("'%c' is no hexadecimal digit", c);
	return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

/* Exactly as much memory as bytes, so that a byte too far is seen. */
static void parse(char *line, struct input *input)
{
	char *hex = strchr(line, ' ');
	size_t i;

	if (!hex || strlen(hex + 1) % 2)
		fatal("\"%.40s\" is not a name and bytes in hex", line);
	*hex++ = 0;
	input->name = line;
	input->size = strlen(hex) / 2;
	input->data = must_realloc(NULL, input->size);
	for (i = 0; i < input->size; i++)
		input->data[i] = hex_digit(hex[2 * i]) << 4 | hex_digit(hex[2 * i + 1]);
}

static void each_input(const char *path, void (*act)(const struct input *input, const char *arg),
		       const char *arg)
{
	struct text corpus = { 0 };
	struct input input;
	char *line, *rest;

	read_file(path, &corpus);
	for (line = strtok_r(corpus.at, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (line[0] == '#')
			continue;
		parse(line, &input);
		act(&input, arg);
		free(input.data);
	}
	text_free(&corpus);
}

static int n_replayed;

static void replay(const struct input *input, const char *arg)
{
	fuzz_one(input->data, input->size);
	printf("ok %d - %s %s\n", ++n_replayed, arg, input->name);
}

static void unpack(const struct input *input, const char *dir)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, input->name);
	file = must_open(path, "w");
	if (fwrite(input->data, 1, input->size, file) != input->size || fclose(file))
		fatal("%s can not be written", path);
}

static void replay_file(const char *path)
{
	struct text text = { 0 };
	struct input input = { .name = path };

	read_file(path, &text);
	input.data = must_copy(text.at, text.len);
	input.size = text.len;
	text_free(&text);
	replay(&input, "");
	free(input.data);
}

static void pack(const char *path)
{
	struct text text = { 0 };
	size_t i;

	read_file(path, &text);
	printf("%s ", base_name(path));
	for (i = 0; i < text.len; i++)
		printf("%02x", (u8)text.at[i]);
	putchar('\n');
	text_free(&text);
}

int main(int argc, char **argv)
{
	const char *name = strchr(base_name(argv[0]), '_');
	char corpus[256];
	int i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	snprintf(corpus, sizeof(corpus), "corpus/%s.txt", name ? name + 1 : "");
	if (argc == 3 && !strcmp(argv[1], "--unpack")) {
		each_input(corpus, unpack, argv[2]);
		return 0;
	}
	if (argc > 1 && !strcmp(argv[1], "--pack")) {
		for (i = 2; i < argc; i++)
			pack(argv[i]);
		return 0;
	}
	printf("TAP version 13\n");
	for (i = 1; i < argc; i++)
		replay_file(argv[i]);
	if (argc == 1)
		each_input(corpus, replay, base_name(argv[0]));
	printf("1..%d\n", n_replayed);
	return 0;
}
