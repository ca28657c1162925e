// SPDX-License-Identifier: GPL-2.0
/*
 * The linearizability checker: what it says of histories whose verdict is known,
 * and whether its ways of deciding agree with the definition.
 */
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "linear.h"
#include "record.h"
#include "rng.h"
#include "test.h"
#include "text.h"

#define RANDOM_ROUNDS	300000
#define RANDOM_OPS	7
#define LONG_OPS	100000

/**
 * struct brute - the definition, slowly: is there any order?
 * @history: the history
 * @order: the operations that were put in order
 * @n: how many
 * @used: they as a bit set
 */
struct brute {
	const struct linear_history *history;
	const struct linear_op *order[RANDOM_OPS];
	size_t n;
	u32 used;
};

static bool need_not_be(const struct linear_op *op)
{
	return op->outcome == LINEAR_REFUSED || op->outcome == LINEAR_UNKNOWN ||
	       (op->kind == LINEAR_READ && op->outcome != LINEAR_OK);
}

static bool may_be(const struct linear_op *op)
{
	return op->outcome != LINEAR_REFUSED &&
	       (op->kind != LINEAR_READ || op->outcome == LINEAR_OK);
}

static bool in_time(const struct brute *brute, const struct linear_op *op)
{
	size_t i;

	for (i = 0; i < brute->n; i++) {
		if (op->outcome != LINEAR_UNKNOWN && op->ret < brute->order[i]->call)
			return false;
	}
	return true;
}

static bool is_known(u64 what)
{
	return what != LINEAR_NOT_KNOWN;
}

static bool brute_search(struct brute *brute, u64 revision, u64 value);

/* Do an operation next if the register allows it, and go on with the others. */
static bool brute_next(struct brute *brute, const struct linear_op *op, u64 revision, u64 value)
{
	bool changes = op->kind != LINEAR_READ && op->outcome != LINEAR_CONFLICT;
	bool meets = revision == op->expect;
	u64 told = op->outcome == LINEAR_UNKNOWN ? LINEAR_NOT_KNOWN : op->revision;
	bool found;

	if (op->kind == LINEAR_CAS && changes != meets)
		return false;
	if (changes) {
		revision++;
		value = op->value;
	} else if (op->kind == LINEAR_READ && is_known(op->value) && op->value != value) {
		return false;
	}
	if (is_known(told) && told != revision)
		return false;
	brute->order[brute->n++] = op;
	brute->used |= 1U << op->number;
	found = brute_search(brute, revision, value);
	brute->used &= ~(1U << op->number);
	brute->n--;
	return found;
}

static bool brute_search(struct brute *brute, u64 revision, u64 value)
{
	const struct linear_history *history = brute->history;
	bool all = true;
	size_t i;

	for (i = 0; i < history->n; i++)
		all &= brute->used >> i & 1 || need_not_be(&history->op[i]);
	if (all)
		return true;
	for (i = 0; i < history->n; i++) {
		const struct linear_op *op = &history->op[i];

		if (!(brute->used >> i & 1) && may_be(op) && in_time(brute, op) &&
		    brute_next(brute, op, revision, value))
			return true;
	}
	return false;
}

static enum linear_verdict by_definition(const struct linear_history *history)
{
	struct brute brute = { .history = history };

	return brute_search(&brute, history->revision, history->value) ? LINEAR_GOOD : LINEAR_BAD;
}

/**
 * struct world - a register that answers, and how the recorder garbles that
 * @rng: decides everything
 * @revision: the revision now
 * @value: the value now
 * @values: values that there are
 * @width: how far calls and returns are from the moment, in moments
 * @unique: no value is written twice
 * @lose: how many outcomes are unknown, of a thousand
 * @hide: how many revisions are, likewise
 * @mute: how many more of those that changes made are, likewise
 * @lie: how many answers are false, likewise
 */
struct world {
	struct rng rng;
	u64 revision;
	u64 value;
	u64 values;
	u64 width;
	bool unique;
	u32 lose;
	u32 hide;
	u32 mute;
	u32 lie;
};

static struct world world_make(u64 seed)
{
	static const u32 often[] = { 0, 100, 100, 300, 1000 };
	struct world world = { .rng = { .state = seed } };

	world.values = rng_between(&world.rng, 1, 4);
	world.width = rng_between(&world.rng, 0, 40);
	world.unique = rng_chance(&world.rng, 500);
	world.lose = often[rng_between(&world.rng, 0, 3)];
	world.hide = often[rng_between(&world.rng, 0, 4)];
	world.lie = often[rng_between(&world.rng, 0, 3)];
	world.mute = often[rng_between(&world.rng, 0, 4)];
	return world;
}

static void answer(struct world *world, struct linear_op *op)
{
	bool done = op->outcome == LINEAR_OK;

	if (op->kind == LINEAR_READ)
		op->value = world->value;
	else if (op->kind == LINEAR_CAS && op->expect != world->revision)
		op->outcome = done ? LINEAR_CONFLICT : op->outcome;
	else if (done || (op->outcome == LINEAR_UNKNOWN && rng_chance(&world->rng, 500)))
		world->value = op->value, world->revision++;
	op->revision = op->outcome == LINEAR_UNKNOWN ? LINEAR_NOT_KNOWN : world->revision;
}

static void garble(struct world *world, struct linear_op *op)
{
	if (rng_chance(&world->rng, world->lie) && is_known(op->revision))
		op->revision += rng_between(&world->rng, 0, 2) - 1;
	if (rng_chance(&world->rng, world->lie)) {
		op->call -= 50;
		op->ret -= 50;
	}
	if (rng_chance(&world->rng, world->lie))
		op->value = rng_between(&world->rng, 0, world->values);
	if (rng_chance(&world->rng, world->hide))
		op->revision = LINEAR_NOT_KNOWN;
	else if (op->kind == LINEAR_READ && rng_chance(&world->rng, world->hide))
		op->value = LINEAR_NOT_KNOWN;
	if (op->kind != LINEAR_READ && op->outcome == LINEAR_OK &&
	    rng_chance(&world->rng, world->mute))
		op->revision = LINEAR_NOT_KNOWN;
}

/* A program that knows no end knows no answer, and a read that shows nothing was none. */
static void keep_form(struct linear_op *op)
{
	bool answered = op->outcome == LINEAR_OK || op->outcome == LINEAR_CONFLICT;

	if (!answered || (op->kind != LINEAR_READ && op->outcome == LINEAR_OK && !op->revision))
		op->revision = LINEAR_NOT_KNOWN;
	if (op->kind == LINEAR_READ && !answered)
		op->value = LINEAR_NOT_KNOWN;
	if (op->kind == LINEAR_READ && !is_known(op->value) && !is_known(op->revision))
		op->outcome = LINEAR_UNKNOWN;
}

/* One more operation; each happens 10 after the one before it. */
static void happen(struct world *world, struct linear_history *history)
{
	struct linear_op *op = linear_add(history);
	u64 now = 1000 + 10 * op->number;

	op->call = now - rng_between(&world->rng, 0, world->width);
	op->ret = now + rng_between(&world->rng, 0, world->width);
	op->kind = rng_between(&world->rng, LINEAR_READ, LINEAR_CAS);
	op->value = world->unique ? 1 + op->number : rng_between(&world->rng, 0, world->values);
	if (op->kind == LINEAR_CAS)
		op->expect = world->revision + rng_chance(&world->rng, 250);
	if (rng_chance(&world->rng, world->lose))
		op->outcome = rng_chance(&world->rng, 800) ? LINEAR_UNKNOWN : LINEAR_REFUSED;
	answer(world, op);
	garble(world, op);
	keep_form(op);
}

static void make_history(struct linear_history *history, u64 seed)
{
	struct world world = world_make(seed);
	u64 n = RANDOM_OPS - rng_between(&world.rng, 0, 3) * rng_between(&world.rng, 0, 2);

	history->n = 0;
	while (history->n < n)
		happen(&world, history);
}

static void show(const struct linear_history *history, const struct linear_result *result)
{
	char line[RECORD_LINE];
	size_t i;

	for (i = 0; i < history->n; i++) {
		record_print(line, sizeof(line), history, &history->op[i]);
		printf("#   %s\n", line);
	}
	printf("# %s by %s: %s\n", result->verdict == LINEAR_GOOD ? "good" : "bad",
	       result->searched ? "search" : "revisions", result->why);
}

static bool explains(const struct linear_result *result)
{
	if (result->verdict == LINEAR_GOOD)
		return !result->why[0] && !result->n;
	return result->why[0] && result->n;
}

static void test_agrees_with_the_definition(void)
{
	struct linear_history history = { 0 };
	u64 seed, decided[2][2] = { 0 };
	struct linear_result quick, slow;
	enum linear_verdict verdict;

	for (seed = 1; seed <= RANDOM_ROUNDS; seed++) {
		make_history(&history, seed);
		verdict = by_definition(&history);
		linear_check(&history, LINEAR_STATES, &quick);
		linear_check_search(&history, LINEAR_STATES, &slow);
		decided[quick.searched][verdict]++;
		if (quick.verdict == verdict && slow.verdict == verdict &&
		    explains(&quick))
			continue;
		CHECK_EQ(quick.verdict, verdict);
		CHECK_EQ(slow.verdict, verdict);
		CHECK(explains(&quick));
		printf("# seed %llu\n", seed);
		show(&history, &quick);
		if (test_failures > 10)
			break;
	}
	printf("# by revisions: %llu good, %llu bad; by search: %llu good, %llu bad\n",
	       decided[0][LINEAR_GOOD], decided[0][LINEAR_BAD], decided[1][LINEAR_GOOD],
	       decided[1][LINEAR_BAD]);
	CHECK(decided[0][LINEAR_GOOD] > RANDOM_ROUNDS / 20);
	CHECK(decided[0][LINEAR_BAD] > RANDOM_ROUNDS / 20);
	CHECK(decided[1][LINEAR_GOOD] > RANDOM_ROUNDS / 20);
	CHECK(decided[1][LINEAR_BAD] > RANDOM_ROUNDS / 50);
	linear_free(&history);
}

/* The verdict and the lines that it names, as it is written in a history's last line. */
static void print_verdict(struct text *text, const struct recording *record,
			  const struct linear_result *result)
{
	size_t i;

	text_add(text, "# => %slinearizable, by %s", result->verdict == LINEAR_GOOD ? "" : "not ",
		 result->searched ? "search" : "revisions");
	if (result->why[0])
		text_add(text, ": %s; line", result->why);
	for (i = 0; i < result->n; i++)
		text_add(text, " %zu", record->place[result->op[i]].line);
}

static const char *last_line(const struct recording *record)
{
	size_t at = record->len;

	while (at && (!record->text[at] || record->text[at] == '\n'))
		at--;
	while (at && record->text[at - 1])
		at--;
	return record->text + at;
}

static void check_history(const char *path)
{
	FILE *file = fopen(path, "r");
	struct text text = { 0 };
	struct linear_result result;
	struct recording record;

	if (!file)
		fatal("%s can not be opened", path);
	CHECK(record_read(&record, file));
	linear_check(&record.history, LINEAR_STATES, &result);
	print_verdict(&text, &record, &result);
	if (strcmp(text.at, last_line(&record))) {
		CHECK(!"the verdict is the expected one");
		printf("# %s: it is\n%s\n# not\n%s\n", path, text.at, last_line(&record));
	}
	CHECK_EQ(result.verdict == LINEAR_GOOD, !strncmp(path, "histories/good-", 15));
	text_free(&text);
	record_free(&record);
	fclose(file);
}

static void test_known_verdicts(void)
{
	glob_t found;
	size_t i;

	if (glob("histories/*.txt", 0, NULL, &found))
		fatal("there are no histories");
	CHECK(found.gl_pathc > 40);
	for (i = 0; i < found.gl_pathc; i++)
		check_history(found.gl_pathv[i]);
	globfree(&found);
}

static void check_mistake(const char *text, const char *what, size_t line)
{
	FILE *file = fmemopen((void *)text, strlen(text), "r");
	struct recording record;

	CHECK(!record_read(&record, file));
	CHECK_EQ(record.line, line);
	if (strcmp(record.wrong, what)) {
		CHECK(!"the sentence is the expected one");
		printf("# it is '%s', not '%s'\n", record.wrong, what);
	}
	record_free(&record);
	fclose(file);
}

static void test_mistakes(void)
{
	static const char * const rows[][2] = {
		{ "1 2 a read - x ok",
		  "7 fields, not the 8 of CALL RETURN CLIENT KIND EXPECT VALUE OUTCOME REVISION" },
		{ "1 2 a read - x ok 1 1",
		  "9 fields, not the 8 of CALL RETURN CLIENT KIND EXPECT VALUE OUTCOME REVISION" },
		{ "1.5 2 a read - x ok 1", "CALL is '1.5', which is no number" },
		{ "1 -2 a read - x ok 1", "RETURN is '-2', which is no number" },
		{ "1 99999999999999999999 a read - x ok 1",
		  "RETURN is larger than 9223372036854775807" },
		{ "2 1 a read - x ok 1", "it returned before it was called" },
		{ "1 - a read - x ok 1", "what never returned is 'unknown', not 'ok'" },
		{ "1 2 a get - x ok 1", "KIND is 'get', not read, write or cas" },
		{ "1 2 a read - x fine 1",
		  "OUTCOME is 'fine', not ok, conflict, refused or unknown" },
		{ "1 2 a cas - x ok 1", "a cas has to say which revision it expects" },
		{ "1 2 a write 0 x ok 1", "only a cas expects a revision; write - for EXPECT" },
		{ "1 2 a write - - ok 1", "a write has to say what it writes" },
		{ "1 2 a write - x conflict 1", "only a cas ends with a conflict" },
		{ "1 2 a write - x unknown 1", "what ended 'unknown' tells no revision; write -" },
		{ "1 2 a write - x ok 0",
		  "no change makes revision 0; write - if it is not known" },
		{ "1 2 a read - x refused -",
		  "a read that ended 'refused' shows no value; write -" },
		{ "1 2 a read - - ok -", "a read that is ok shows a value or a revision" },
		{ "1 2 a read - \"x ok 1", "a quoted value without an end" },
		{ "1 2 a read - x\"y\" ok 1", "a quote in the middle of a word" },
		{ "1 2 a read - \"\\q\" ok 1",
		  "\"\\q\" has another escape than \\\\ \\\" \\n \\r \\t \\0 \\xHH" },
		{ "initial 1", "'initial' takes a revision and a value" },
		{ "initial 1 -", "the value at the beginning has to be known" },
		{ "initial 1 x\ninitial 1 x", "'initial' comes once, before the operations" },
	};
	char text[200];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		snprintf(text, sizeof(text), "# a comment\n\n%s\n", rows[i][0]);
		check_mistake(text, rows[i][1], strchr(rows[i][0], '\n') ? 4 : 3);
	}
}

/* What record_write() writes, record_read() reads. */
static void test_round_trip(void)
{
	struct linear_history history = { 0 };
	char *text = NULL, line[RECORD_LINE];
	struct recording record;
	size_t i, size = 0;
	u64 seed;
	FILE *file;

	for (seed = 1; seed <= 200; seed++) {
		make_history(&history, seed);
		file = open_memstream(&text, &size);
		record_write(file, &history);
		fclose(file);
		file = fmemopen(text, size, "r");
		CHECK(record_read(&record, file));
		fclose(file);
		CHECK_EQ(record.history.n, history.n);
		for (i = 0; i < record.history.n; i++) {
			record_print(line, sizeof(line), &history, &history.op[i]);
			if (strcmp(line, record.text + record.place[i].offset))
				CHECK(!"the line is the same");
			CHECK_EQ(record.history.op[i].call, history.op[i].call);
			CHECK_EQ(record.history.op[i].revision, history.op[i].revision);
		}
		record_free(&record);
		free(text);
	}
	linear_free(&history);
}

static void check_long(struct world world, bool lie, bool searched)
{
	struct linear_history history = { 0 };
	struct linear_result result;

	while (history.n < LONG_OPS)
		happen(&world, &history);
	if (lie)
		history.op[LONG_OPS / 2].ret = history.op[LONG_OPS / 2].call -= 2000;
	linear_check(&history, LINEAR_STATES, &result);
	CHECK_EQ(result.verdict, lie ? LINEAR_BAD : LINEAR_GOOD);
	CHECK_EQ(result.searched, searched);
	linear_free(&history);
}

static void test_long(void)
{
	struct world world = { .rng = { .state = 1 }, .values = 4, .width = 40, .lose = 50 };

	check_long(world, false, true);
	world.unique = true;
	check_long(world, false, false);
	check_long(world, true, false);
	world.hide = 1000;
	check_long(world, false, true);
}

static void test_gives_up(void)
{
	struct world world = { .rng = { .state = 1 }, .values = 4, .width = 40, .hide = 1000 };
	struct linear_history history = { 0 };
	struct linear_result result;

	while (history.n < 1000)
		happen(&world, &history);
	linear_check(&history, 100, &result);
	CHECK_EQ(result.verdict, LINEAR_UNDECIDED);
	CHECK(result.why[0]);
	linear_free(&history);
}

static const struct test tests[] = {
	{ "the histories get the verdicts that they are known to deserve", test_known_verdicts },
	{ "a text that is no history gets one clear sentence", test_mistakes },
	{ "a history that is written can be read", test_round_trip },
	{ "100000 operations are no matter", test_long },
	{ "what can not be decided within the limit is said to be so", test_gives_up },
	{ "300000 small histories get the verdict of the definition",
	  test_agrees_with_the_definition },
};

int main(void)
{
	return run_tests(tests, ARRAY_SIZE(tests));
}
