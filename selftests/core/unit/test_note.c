// SPDX-License-Identifier: GPL-2.0
/* Words for people: each code has some, of its own, and a code that is none has "?". */
#include <string.h>

#include "raft.h"
#include "test.h"

#define BEYOND	0xffffffff	/* a code that is none */

static const char *role_name(u32 code)
{
	return raft_role_name(code);
}

static const char *reason_name(u32 code)
{
	return raft_reason_name(code);
}

static const char *status_text(u32 code)
{
	return raft_status_text(code);
}

static const char *drop_name(u32 code)
{
	return raft_drop_name(code);
}

static const char *note_name(u32 code)
{
	return raft_note_name(code);
}

static const struct {
	const char *(*text)(u32 code);
	u32 n;
} lists[] = {
	{ role_name, RAFT_ROLES },
	{ reason_name, RAFT_REASONS },
	{ status_text, RAFT_STATUSES },
	{ drop_name, RAFT_DROPS },
	{ note_name, RAFT_NOTES },
};

static bool has_words(const char *text)
{
	return text[0] && !strchr(text, '?') && !strchr(text, '%');
}

static void test_codes_have_words(void)
{
	u32 i, code, other;

	for (i = 0; i < ARRAY_SIZE(lists); i++) {
		for (code = 0; code < lists[i].n; code++) {
			CHECK(has_words(lists[i].text(code)));
			for (other = 0; other < code; other++)
				CHECK(strcmp(lists[i].text(code), lists[i].text(other)));
		}
		CHECK(!strcmp(lists[i].text(lists[i].n), "?"));
		CHECK(!strcmp(lists[i].text(BEYOND), "?"));
	}
}

static bool print(char *text, size_t size, u32 note, u64 a, u64 b, u64 c, u64 d)
{
	const u64 arg[RAFT_NOTE_ARGS] = { a, b, c, d, 0 };
	int len = raft_note_print(text, size, note, arg);

	return len > 0 && len < (int)size && (size_t)len == strlen(text);
}

static void test_notes_are_sentences(void)
{
	char text[256], other[256];
	u32 note;

	for (note = 0; note < RAFT_NOTES; note++) {
		CHECK(print(text, sizeof(text), note, 1, 1, 1, 1));
		CHECK(has_words(text));
		/* What differs in its first argument reads differently. */
		CHECK(print(other, sizeof(other), note, 2, 1, 1, 1));
		CHECK(strcmp(text, other));
	}
	CHECK(print(text, sizeof(text), RAFT_NOTES, 1, 1, 1, 1) && !strcmp(text, "?"));
	CHECK(print(text, sizeof(text), BEYOND, 1, 1, 1, 1) && !strcmp(text, "?"));
}

/* Codes among the arguments of a note: which one, and how many of them there are. */
static const struct {
	enum raft_note note;
	u32 at;
	u32 n;
} coded[] = {
	{ RAFT_NOTE_ROLE, 0, RAFT_ROLES },
	{ RAFT_NOTE_ROLE, 1, RAFT_ROLES },
	{ RAFT_NOTE_ROLE, 2, RAFT_REASONS },
	{ RAFT_NOTE_VOTE_REFUSED, 3, RAFT_REFUSALS },
	{ RAFT_NOTE_APPEND, 2, RAFT_ENTRY_KINDS },
	{ RAFT_NOTE_APPLY, 1, RAFT_ENTRY_KINDS },
	{ RAFT_NOTE_JOIN, 1, RAFT_STATUSES },
	{ RAFT_NOTE_CHANGE, 0, RAFT_ADMINS },
	{ RAFT_NOTE_CHANGE, 2, RAFT_STATUSES },
	{ RAFT_NOTE_DROP, 0, RAFT_DROPS },
	{ RAFT_NOTE_DEFERRED, 2, RAFT_DEFERS },
};

static void test_codes_in_notes_have_words(void)
{
	u64 arg[RAFT_NOTE_ARGS];
	char text[256];
	u32 i, code;

	for (i = 0; i < ARRAY_SIZE(coded); i++) {
		memset(arg, 0, sizeof(arg));
		for (code = 0; code < coded[i].n; code++) {
			arg[coded[i].at] = code;
			raft_note_print(text, sizeof(text), coded[i].note, arg);
			CHECK(has_words(text));
		}
		arg[coded[i].at] = coded[i].n;
		raft_note_print(text, sizeof(text), coded[i].note, arg);
		CHECK(strchr(text, '?'));
	}
}

static void test_details(void)
{
	char text[256];

	print(text, sizeof(text), RAFT_NOTE_VOTE_GRANTED, 0xabc, 7, 0, 0);
	CHECK(!strcmp(text, "granted vote to abc in term 7"));
	print(text, sizeof(text), RAFT_NOTE_VOTE_GRANTED, 0xabc, 7, 1, 0);
	CHECK(!strcmp(text, "granted pre-vote to abc in term 7"));
	print(text, sizeof(text), RAFT_NOTE_CONFIG, 9, 3, 2, 0);
	CHECK(!strcmp(text, "configuration 9: 3 members, 2 voters"));
	print(text, sizeof(text), RAFT_NOTE_CONFIG, 9, 3, 2, 1);
	CHECK(!strcmp(text, "configuration 9: 3 members, 2 voters, joint"));
}

/* What a reason speaks of is in its sentence, and only that. */
static void test_changes_are_sentences(void)
{
	struct raft_change change = { .term = 77, .who = 0xbeef, .ms = 555 };
	char text[256];

	for (change.reason = 0; change.reason < RAFT_REASONS; change.reason++) {
		bool ms = change.reason == RAFT_WHY_TIMEOUT ||
			  change.reason == RAFT_WHY_LOST_QUORUM ||
			  change.reason == RAFT_WHY_DISK_STALLED;
		bool who = change.reason == RAFT_WHY_SAW_LEADER ||
			   change.reason == RAFT_WHY_HIGHER_TERM ||
			   change.reason == RAFT_WHY_TRANSFER;

		change.role = change.reason % RAFT_ROLES;
		CHECK_EQ(raft_change_print(text, sizeof(text), &change), strlen(text));
		CHECK(has_words(text));
		CHECK(strstr(text, raft_role_name(change.role)) == text);
		CHECK(strstr(text, raft_reason_name(change.reason)));
		CHECK(strstr(text, "term 77"));
		CHECK_EQ(!!strstr(text, "555 ms"), ms);
		CHECK_EQ(!!strstr(text, "beef"), who);
	}
}

/* As snprintf(): what does not fit is cut, and how long it would be is returned. */
static void test_short_buffer(void)
{
	const u64 arg[RAFT_NOTE_ARGS] = { 1, 2 };
	char text[8] = "#######";

	CHECK_EQ(raft_note_print(text, 5, RAFT_NOTE_TERM, arg), strlen("term 1 -> 2"));
	CHECK(!strcmp(text, "term"));
	CHECK(!strcmp(text + 5, "##"));
}

static const struct test tests[] = {
	{ "each code has words of its own, and none else has", test_codes_have_words },
	{ "each note is a sentence", test_notes_are_sentences },
	{ "each code inside a note has words", test_codes_in_notes_have_words },
	{ "a note says pre-vote or vote, joint or not", test_details },
	{ "each reason of a change says what it speaks of", test_changes_are_sentences },
	{ "a short buffer is not overrun", test_short_buffer },
};

int main(void)
{
	return run_tests(tests, ARRAY_SIZE(tests));
}
