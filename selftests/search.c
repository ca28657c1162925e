// SPDX-License-Identifier: GPL-2.0
/*
 * search - does a cluster's key show somewhere?
 *
 * Usage: search [--skip PATTERN]... KEYFILE PATH...
 *        search --plant DIRECTORY KEYFILE
 *
 * Reads the files named, and all regular ones below the directories, each for one second
 * and one MiB at most. KEYFILE has tokens, one a line, as raftctl keeps them. Eight bytes
 * of a key, from one that can be divided by eight on, are enough to be found: as they
 * are, in hexadecimal, both also with the bytes of words turned, and as a part of a
 * token. Prints a line for each find, without the key, and how much was read. What
 * matches a PATTERN of the shell is left out. --plant makes files that show the key,
 * each one piece of it in one way, and prints how many.
 *
 * Exit status: 0 if nothing was found, 1 if something was, 2 if nothing was searched.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))
#define KEY		32		/* bytes */
#define PIECE		8
#define PIECES		(KEY / PIECE)
#define DIGITS		12		/* of a token, that are looked for at a time */
#define KEY_DIGITS	(3 + 32)	/* where a token has the key, and how long it is */
#define TOKEN_DIGITS	(3 + 84 + 7)
#define FILE_BYTES	(1024 * 1024)
#define PATTERNS	512
#define SKIPS		16

/**
 * struct form - how bytes may show
 * @name: what it is called
 * @unit: so many bytes are turned around
 * @format: of one byte, NULL if they show as they are
 * @between: what is between groups of bytes
 * @group: bytes of those
 */
struct form {
	const char *name;
	unsigned int unit;
	const char *format;
	const char *between;
	unsigned int group;
};

static const struct form forms[] = {
	{ "bytes", 1, NULL, "", 8 },
	{ "words of 4 bytes, turned", 4, NULL, "", 8 },
	{ "words of 8 bytes, turned", 8, NULL, "", 8 },
	{ "hex", 1, "%02x", "", 8 },
	{ "HEX", 1, "%02X", "", 8 },
	{ "hex words of 4 bytes", 4, "%02x", "", 8 },
	{ "HEX words of 4 bytes", 4, "%02X", "", 8 },
	{ "hex words of 4 bytes, apart", 4, "%02x", " ", 4 },
	{ "hex words of 8 bytes", 8, "%02x", "", 8 },
	{ "HEX words of 8 bytes", 8, "%02X", "", 8 },
	{ "hex with blanks", 1, "%02x", " ", 1 },
	{ "HEX with blanks", 1, "%02X", " ", 1 },
	{ "hex with colons", 1, "%02x", ":", 1 },
	{ "hex of an array", 1, "0x%x", ",", 1 },
};

/**
 * struct pattern - what is searched for
 * @form: how it shows
 * @number: which piece of which key
 * @len: its bytes
 * @bytes: it
 */
struct pattern {
	const char *form;
	unsigned int number;
	size_t len;
	unsigned char bytes[6 * PIECE];
};

static struct pattern patterns[PATTERNS];
static unsigned int n_patterns;
/* The first two bytes of any of them. */
static bool begins[65536];

static const char *skips[SKIPS];
static unsigned int n_skips;

static unsigned long n_files, n_bytes, n_closed, n_finds;
static atomic_bool late;

static void __attribute__((noreturn)) fail(const char *what, const char *why)
{
	fprintf(stderr, "search: %s: %s\n", what, why);
	exit(2);
}

static struct pattern *new_pattern(const char *form, unsigned int number)
{
	if (n_patterns == PATTERNS)
		fail("the key file", "too many keys");
	patterns[n_patterns].form = form;
	patterns[n_patterns].number = number;
	return &patterns[n_patterns++];
}

static void add_bytes(const struct form *form, const unsigned char *piece, unsigned int number)
{
	struct pattern *pattern = new_pattern(form->name, number);
	unsigned int i;

	for (i = 0; i < PIECE; i++) {
		const unsigned char byte = piece[i / form->unit * form->unit +
						 form->unit - 1 - i % form->unit];
		char *at = (char *)pattern->bytes + pattern->len;

		if (form->format)
			pattern->len += sprintf(at, form->format, byte);
		else
			pattern->bytes[pattern->len++] = byte;
		if ((i + 1) % form->group == 0 && i + 1 < PIECE)
			pattern->len += sprintf((char *)pattern->bytes + pattern->len, "%s",
						form->between);
	}
}

static void add_digits(const char *digits, unsigned int number)
{
	struct pattern *lower = new_pattern("token", number), *upper;
	unsigned int i;

	upper = new_pattern("TOKEN", number);
	lower->len = DIGITS;
	upper->len = DIGITS;
	for (i = 0; i < DIGITS; i++) {
		lower->bytes[i] = tolower((unsigned char)digits[i]);
		upper->bytes[i] = toupper((unsigned char)digits[i]);
	}
}

/* The bytes that the digits of a token stand for. */
static void decode(unsigned char key[KEY], const char *digits)
{
	static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
	unsigned int bit;

	memset(key, 0, KEY);
	for (bit = 0; bit < 8 * KEY; bit++) {
		const char *digit = strchr(alphabet, tolower((unsigned char)digits[bit / 5]));

		if (!digit || !*digit)
			fail("the key file", "no token");
		key[bit / 8] |= ((digit - alphabet) >> (4 - bit % 5) & 1) << (7 - bit % 8);
	}
}

static void add_token(const char *token, unsigned int n)
{
	unsigned char key[KEY];
	unsigned int i, piece;

	decode(key, token + KEY_DIGITS);
	for (piece = 0; piece < PIECES; piece++) {
		for (i = 0; i < ARRAY_SIZE(forms); i++)
			add_bytes(&forms[i], key + piece * PIECE, n * PIECES + piece);
		add_digits(token + KEY_DIGITS + piece * DIGITS, n * PIECES + piece);
	}
}

static void read_keys(const char *path)
{
	FILE *file = fopen(path, "r");
	char line[256];
	unsigned int n = 0, i;

	if (!file)
		fail(path, strerror(errno));
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '#' || !line[0])
			continue;
		if (strncasecmp(line, "rv2", 3) || strlen(line) != TOKEN_DIGITS)
			fail(path, "not a token of a cluster with a key");
		add_token(line, n++);
	}
	fclose(file);
	if (!n)
		fail(path, "no token");
	for (i = 0; i < n_patterns; i++)
		begins[patterns[i].bytes[0] | patterns[i].bytes[1] << 8] = true;
}

static void tell(const char *path, const struct pattern *pattern)
{
	n_finds++;
	printf("%s: key %u, bytes from %u on, as %s\n", path, pattern->number / PIECES + 1,
	       pattern->number % PIECES * PIECE, pattern->form);
}

static void search_bytes(const char *path, const unsigned char *buf, size_t len)
{
	static bool told[PATTERNS];
	size_t at;
	unsigned int i;

	memset(told, 0, sizeof(told));
	for (at = 0; at + 1 < len; at++) {
		if (!begins[buf[at] | buf[at + 1] << 8])
			continue;
		for (i = 0; i < n_patterns; i++) {
			const struct pattern *pattern = &patterns[i];

			if (told[i] || pattern->len > len - at ||
			    memcmp(buf + at, pattern->bytes, pattern->len))
				continue;
			told[i] = true;
			tell(path, pattern);
		}
	}
}

static void set_late(int signal)
{
	(void)signal;
	late = true;
}

static void search_file(const char *path)
{
	static unsigned char buf[FILE_BYTES];
	const struct itimerval second = { .it_value = { .tv_sec = 1 } }, never = { };
	const int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	size_t len = 0;
	ssize_t got = -1;

	if (fd >= 0) {
		late = false;
		setitimer(ITIMER_REAL, &second, NULL);
		while (!late && len < sizeof(buf) &&
		       (got = read(fd, buf + len, sizeof(buf) - len)) > 0)
			len += got;
		setitimer(ITIMER_REAL, &never, NULL);
		close(fd);
	}
	if (!len && got < 0)
		n_closed++;
	n_files++;
	n_bytes += len;
	search_bytes(path, buf, len);
}

static bool skipped(const char *path)
{
	unsigned int i;

	for (i = 0; i < n_skips; i++)
		if (!fnmatch(skips[i], path, FNM_PATHNAME))
			return true;
	return false;
}

static void search_path(const char *path, int level)
{
	struct dirent *entry;
	char below[PATH_MAX];
	struct stat st;
	DIR *dir;

	if (level > 32 || skipped(path) || lstat(path, &st))
		return;
	if (S_ISREG(st.st_mode))
		search_file(path);
	if (!S_ISDIR(st.st_mode))
		return;
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..") ||
		    entry->d_type == DT_LNK ||
		    snprintf(below, sizeof(below), "%s/%s", path, entry->d_name) >=
		    (int)sizeof(below))
			continue;
		search_path(below, level + 1);
	}
	if (dir)
		closedir(dir);
}

static void plant(const char *dir)
{
	char path[PATH_MAX];
	unsigned int i;
	FILE *file;

	for (i = 0; i < n_patterns; i++) {
		snprintf(path, sizeof(path), "%s/%u", dir, i);
		file = fopen(path, "w");
		if (!file)
			fail(path, strerror(errno));
		fprintf(file, "before");
		fwrite(patterns[i].bytes, patterns[i].len, 1, file);
		fprintf(file, "after\n");
		fclose(file);
	}
	printf("%u\n", n_patterns);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "skip", 1, NULL, 's' }, { "plant", 1, NULL, 'p' }, { },
	};
	const struct sigaction action = { .sa_handler = set_late };
	const char *planted = NULL;
	int c;

	while ((c = getopt_long(argc, argv, "+", options, NULL)) >= 0) {
		if (c == 'p')
			planted = optarg;
		else if (c == 's' && n_skips < SKIPS)
			skips[n_skips++] = optarg;
		else
			fail("usage", "search [--skip PATTERN]... KEYFILE PATH...");
	}
	if (argc - optind < (planted ? 1 : 2))
		fail("usage", "search [--skip PATTERN]... KEYFILE PATH...");
	read_keys(argv[optind++]);
	if (planted) {
		plant(planted);
		return 0;
	}
	sigaction(SIGALRM, &action, NULL);
	for (; optind < argc; optind++)
		search_path(argv[optind], 0);
	printf("# %lu files, %lu bytes, %lu that could not be read\n", n_files, n_bytes, n_closed);
	return n_files ? n_finds != 0 : 2;
}
