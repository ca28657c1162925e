// SPDX-License-Identifier: GPL-2.0
/* Histories of operations as text; the format is described in lincheck.c. */
#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>

#include "fail.h"
#include "record.h"
#include "rng.h"

#define FIELDS		8
#define LARGEST		(~0ULL >> 1)	/* of all numbers in a text */
#define READ_AT_ONCE	65536

enum field { CALL, RETURN, CLIENT, KIND, EXPECT, VALUE, OUTCOME, REVISION };

static const char * const kind_names[] = {
	[LINEAR_READ] = "read", [LINEAR_WRITE] = "write", [LINEAR_CAS] = "cas",
};

static const char * const outcome_names[] = {
	[LINEAR_OK] = "ok", [LINEAR_CONFLICT] = "conflict",
	[LINEAR_REFUSED] = "refused", [LINEAR_UNKNOWN] = "unknown",
};

static const char fields[] = "CALL RETURN CLIENT KIND EXPECT VALUE OUTCOME REVISION";

/**
 * struct word - a field of a line
 * @at: its first byte
 * @len: how many it has, quotes included
 */
struct word {
	const char *at;
	size_t len;
};

static bool wrong(struct recording *record, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static bool wrong(struct recording *record, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(record->wrong, sizeof(record->wrong), fmt, args);
	va_end(args);
	return false;
}

static bool is(const struct word *word, const char *text)
{
	return word->len == strlen(text) && !memcmp(word->at, text, word->len);
}

/* As much of a word as fits into a sentence. */
static int shown(const struct word *word)
{
	return min_t(size_t, word->len, 40);
}

static void read_all(struct recording *record, FILE *file)
{
	size_t got, room = 0;

	do {
		if (room - record->len < READ_AT_ONCE) {
			room = 2 * (record->len + READ_AT_ONCE);
			record->text = must_realloc(record->text, room + 1);
		}
		got = fread(record->text + record->len, 1, room - record->len, file);
		record->len += got;
	} while (got);
	record->text[record->len] = 0;
}

/* The end of a quoted value, NULL if there is none. */
static const char *end_of_quotes(const char *at)
{
	for (at++; *at && *at != '"'; at++) {
		if (*at == '\\' && at[1])
			at++;
	}
	return *at ? at + 1 : NULL;
}

/* Return the number of words, -1 if one of them has no end. */
static int split(struct recording *record, const char *at, struct word *word, int room)
{
	int n;

	for (n = 0; ; n++) {
		const char *begin;

		while (isspace((unsigned char)*at))
			at++;
		if (!*at || *at == '#')
			return n;
		begin = at;
		if (*at == '"')
			at = end_of_quotes(at);
		else
			at += strcspn(at, " \t\r\v\f\"");
		if (!at || (*at && !isspace((unsigned char)*at))) {
			wrong(record, at ? "a quote in the middle of a word" :
					   "a quoted value without an end");
			return -1;
		}
		if (n < room)
			word[n] = (struct word) { .at = begin, .len = at - begin };
	}
}

static bool read_number(struct recording *record, const struct word *word, const char *what,
			u64 *number)
{
	u64 digit;
	size_t i;

	*number = 0;
	for (i = 0; i < word->len; i++) {
		if (word->at[i] < '0' || word->at[i] > '9')
			return wrong(record, "%s is '%.*s', which is no number", what, shown(word),
				     word->at);
		digit = word->at[i] - '0';
		if (*number > (LARGEST - digit) / 10)
			return wrong(record, "%s is larger than %llu", what, LARGEST);
		*number = 10 * *number + digit;
	}
	return true;
}

static int hex(char digit)
{
	if (!isxdigit((unsigned char)digit))
		return -1;
	if (isdigit((unsigned char)digit))
		return digit - '0';
	return tolower((unsigned char)digit) - 'a' + 10;
}

/* A byte of a quoted value. Return how many characters it takes, 0 if they are wrong. */
static size_t unescape(const char *at, u8 *byte)
{
	static const char from[] = "\\\"nrt0", to[] = "\\\"\n\r\t";
	const char *found;

	*byte = at[0];
	if (at[0] != '\\')
		return 1;
	if (at[1] == 'x' && hex(at[2]) >= 0 && hex(at[3]) >= 0) {
		*byte = hex(at[2]) << 4 | hex(at[3]);
		return 4;
	}
	found = at[1] ? strchr(from, at[1]) : NULL;
	if (!found)
		return 0;
	*byte = to[found - from];
	return 2;
}

static size_t *value_slot(struct recording *record, const u8 *bytes, size_t len)
{
	struct rng rng = { .state = len };
	size_t i;

	for (i = 0; i < len; i++)
		rng.state = rng_next(&rng) ^ bytes[i];
	i = rng_next(&rng) & (record->table_room - 1);
	while (record->table[i]) {
		const struct record_value *value = &record->value[record->table[i] - 1];

		if (value->len == len && !memcmp(record->bytes + value->offset, bytes, len))
			break;
		i = (i + 1) & (record->table_room - 1);
	}
	return &record->table[i];
}

static void grow_values(struct recording *record)
{
	size_t i;

	record->values = record->values ? 2 * record->values : 256;
	record->value = must_realloc(record->value, record->values * sizeof(*record->value));
	record->table_room = 2 * record->values;
	record->table = must_realloc(record->table, record->table_room * sizeof(*record->table));
	memset(record->table, 0, record->table_room * sizeof(*record->table));
	for (i = 0; i < record->n_values; i++) {
		const struct record_value *value = &record->value[i];

		*value_slot(record, record->bytes + value->offset, value->len) = i + 1;
	}
}

/* The number of the value that the last @len of the bytes are. */
static u64 value_number(struct recording *record, size_t len)
{
	size_t *slot;

	if (record->n_values == record->values)
		grow_values(record);
	record->n_bytes -= len;
	slot = value_slot(record, record->bytes + record->n_bytes, len);
	if (!*slot) {
		record->value[record->n_values++] = (struct record_value) {
			.offset = record->n_bytes,
			.len = len,
		};
		record->n_bytes += len;
		*slot = record->n_values;
	}
	return *slot - 1;
}

static bool read_value(struct recording *record, const struct word *word, u64 *value)
{
	size_t i = 0, n = word->len, taken, len = 0;
	bool quoted = word->at[0] == '"';

	if (quoted) {
		i++;
		n--;
	}
	for (; i < n; i += taken) {
		taken = quoted ? unescape(word->at + i, &record->bytes[record->n_bytes]) : 1;
		if (!taken)
			return wrong(record, "%.*s has another escape than %s", shown(word),
				     word->at, "\\\\ \\\" \\n \\r \\t \\0 \\xHH");
		if (!quoted)
			record->bytes[record->n_bytes] = word->at[i];
		record->n_bytes++;
		len++;
	}
	*value = value_number(record, len);
	return true;
}

static bool read_kind(struct recording *record, const struct word *word, enum linear_kind *kind)
{
	for (*kind = 0; *kind < ARRAY_SIZE(kind_names); ++*kind) {
		if (is(word, kind_names[*kind]))
			return true;
	}
	return wrong(record, "KIND is '%.*s', not read, write or cas", shown(word), word->at);
}

static bool read_outcome(struct recording *record, const struct word *word,
			 enum linear_outcome *outcome)
{
	for (*outcome = 0; *outcome < ARRAY_SIZE(outcome_names); ++*outcome) {
		if (is(word, outcome_names[*outcome]))
			return true;
	}
	return wrong(record, "OUTCOME is '%.*s', not ok, conflict, refused or unknown", shown(word),
		     word->at);
}

static bool read_times(struct recording *record, const struct word *word, struct linear_op *op)
{
	if (!read_number(record, &word[CALL], "CALL", &op->call))
		return false;
	op->ret = LINEAR_NEVER;
	if (is(&word[RETURN], "-")) {
		if (op->outcome != LINEAR_UNKNOWN)
			return wrong(record, "what never returned is 'unknown', not '%s'",
				     outcome_names[op->outcome]);
		return true;
	}
	if (!read_number(record, &word[RETURN], "RETURN", &op->ret))
		return false;
	return op->ret >= op->call || wrong(record, "it returned before it was called");
}

static bool read_expect(struct recording *record, const struct word *word, struct linear_op *op)
{
	bool none = is(word, "-");

	if (op->kind == LINEAR_CAS && none)
		return wrong(record, "a cas has to say which revision it expects");
	if (op->kind != LINEAR_CAS && !none)
		return wrong(record, "only a cas expects a revision; write - for EXPECT");
	return none || read_number(record, word, "EXPECT", &op->expect);
}

static bool read_answer(struct recording *record, const struct word *word, struct linear_op *op)
{
	bool answered = op->outcome == LINEAR_OK || op->outcome == LINEAR_CONFLICT;
	bool value = !is(&word[VALUE], "-"), revision = !is(&word[REVISION], "-");

	op->value = LINEAR_NOT_KNOWN;
	op->revision = LINEAR_NOT_KNOWN;
	if (op->outcome == LINEAR_CONFLICT && op->kind != LINEAR_CAS)
		return wrong(record, "only a cas ends with a conflict");
	if (op->kind != LINEAR_READ && !value)
		return wrong(record, "a %s has to say what it writes", kind_names[op->kind]);
	if (!answered && revision)
		return wrong(record, "what ended '%s' tells no revision; write -",
			     outcome_names[op->outcome]);
	if (op->kind == LINEAR_READ && !answered && value)
		return wrong(record, "a read that ended '%s' shows no value; write -",
			     outcome_names[op->outcome]);
	if (op->kind == LINEAR_READ && answered && !value && !revision)
		return wrong(record, "a read that is ok shows a value or a revision");
	if (value && !read_value(record, &word[VALUE], &op->value))
		return false;
	if (revision && !read_number(record, &word[REVISION], "REVISION", &op->revision))
		return false;
	if (op->kind != LINEAR_READ && op->outcome == LINEAR_OK && !op->revision)
		return wrong(record, "no change makes revision 0; write - if it is not known");
	return true;
}

static bool read_op(struct recording *record, const struct word *word, size_t offset)
{
	struct linear_op op = { 0 }, *added;

	if (!read_kind(record, &word[KIND], &op.kind) ||
	    !read_outcome(record, &word[OUTCOME], &op.outcome) ||
	    !read_times(record, word, &op) || !read_expect(record, &word[EXPECT], &op) ||
	    !read_answer(record, word, &op))
		return false;
	added = linear_add(&record->history);
	op.number = added->number;
	*added = op;
	if (op.number == record->places) {
		record->places = record->places ? 2 * record->places : 256;
		record->place = must_realloc(record->place,
					     record->places * sizeof(*record->place));
	}
	record->place[op.number] = (struct record_place) {
		.line = record->line,
		.offset = offset,
	};
	return true;
}

static bool read_initial(struct recording *record, const struct word *word, int n)
{
	if (n != 3)
		return wrong(record, "'initial' takes a revision and a value");
	if (record->begun || record->history.n)
		return wrong(record, "'initial' comes once, before the operations");
	if (is(&word[2], "-"))
		return wrong(record, "the value at the beginning has to be known");
	record->begun = true;
	return read_number(record, &word[1], "REVISION", &record->history.revision) &&
	       read_value(record, &word[2], &record->history.value);
}

static bool read_line(struct recording *record, size_t offset)
{
	struct word word[FIELDS];
	int n = split(record, record->text + offset, word, FIELDS);

	if (n <= 0)
		return !n;
	if (is(&word[0], "initial"))
		return read_initial(record, word, n);
	if (n != FIELDS)
		return wrong(record, "%d fields, not the %d of %s", n, FIELDS, fields);
	return read_op(record, word, offset);
}

/**
 * record_read() - read a history
 * @record: set to it, to be given back with record_free() in any case
 * @file: the text
 *
 * Return: false if the text is no history, &recording.line and &recording.wrong say why.
 */
bool record_read(struct recording *record, FILE *file)
{
	size_t offset, len;
	char *end;

	*record = (struct recording) { 0 };
	read_all(record, file);
	record->bytes = must_realloc(NULL, record->len);
	record->history.value = value_number(record, 0);
	if (ferror(file))
		return wrong(record, "it can not be read");
	for (offset = 0; offset < record->len; offset += len + 1) {
		record->line++;
		end = memchr(record->text + offset, '\n', record->len - offset);
		if (end)
			*end = 0;
		len = strlen(record->text + offset);
		if (offset + len < record->len && record->text + offset + len != end)
			return wrong(record, "a NUL byte");
		if (!read_line(record, offset))
			return false;
	}
	return true;
}

/**
 * record_free() - give the memory back
 * @record: the history
 */
void record_free(struct recording *record)
{
	linear_free(&record->history);
	free(record->text);
	free(record->place);
	free(record->value);
	free(record->table);
	free(record->bytes);
}

static int print_number(char *buf, size_t size, bool known, u64 number)
{
	return known ? scnprintf(buf, size, "%llu ", number) : scnprintf(buf, size, "- ");
}

/**
 * record_print() - an operation as a line of text
 * @buf: for the line, without a newline
 * @size: bytes of @buf
 * @history: the history; the values in it are hashes
 * @op: the operation
 *
 * Return: bytes written, the NUL not counted.
 */
int record_print(char *buf, size_t size, const struct linear_history *history,
		 const struct linear_op *op)
{
	int len = scnprintf(buf, size, "%llu ", op->call);

	len += print_number(buf + len, size - len, op->ret != LINEAR_NEVER, op->ret);
	len += scnprintf(buf + len, size - len, "%u %s ", op->client, kind_names[op->kind]);
	len += print_number(buf + len, size - len, op->kind == LINEAR_CAS, op->expect);
	if (op->value == LINEAR_NOT_KNOWN)
		len += scnprintf(buf + len, size - len, "- ");
	else if (op->value == history->value)
		len += scnprintf(buf + len, size - len, "\"\" ");
	else
		len += scnprintf(buf + len, size - len, "%016llx ", op->value);
	len += scnprintf(buf + len, size - len, "%s ", outcome_names[op->outcome]);
	len += print_number(buf + len, size - len, op->revision != LINEAR_NOT_KNOWN, op->revision);
	buf[--len] = 0;
	return len;
}

/**
 * record_write() - write a history that began with no value
 * @file: where to
 * @history: the history; the values in it are hashes
 */
void record_write(FILE *file, const struct linear_history *history)
{
	char line[RECORD_LINE];
	size_t i;

	fprintf(file, "# %s\n", fields);
	for (i = 0; i < history->n; i++) {
		record_print(line, sizeof(line), history, &history->op[i]);
		fprintf(file, "%s\n", line);
	}
}
