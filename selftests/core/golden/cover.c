// SPDX-License-Identifier: GPL-2.0
/* Which of the core's explanations the scenarios show, and which none does. */
#include <stdio.h>

#include <linux/kernel.h>

#include "cover.h"

static const char *note_name(u32 code)
{
	return raft_note_name(code);
}

static const char *reason_name(u32 code)
{
	return raft_reason_name(code);
}

/* A refusal has no words of its own: they are part of a note. */
static const char *refusal_name(u32 code)
{
	const u64 arg[RAFT_NOTE_ARGS] = { 0, 0, 0, code };
	static char text[100];

	raft_note_print(text, sizeof(text), RAFT_NOTE_VOTE_REFUSED, arg);
	return text;
}

static const char *drop_name(u32 code)
{
	return raft_drop_name(code);
}

static const char *status_text(u32 code)
{
	return raft_status_text(code);
}

static const struct {
	const char *name;
	u32 n;
	const char *(*text)(u32 code);
} kinds[COVER_KINDS] = {
	[COVER_NOTE] = { "note", RAFT_NOTES, note_name },
	[COVER_REASON] = { "reason", RAFT_REASONS, reason_name },
	[COVER_REFUSAL] = { "refusal", RAFT_REFUSALS, refusal_name },
	[COVER_DROP] = { "drop", RAFT_DROPS, drop_name },
	[COVER_STATUS] = { "status", RAFT_STATUSES, status_text },
};

/**
 * cover_add() - a code is shown
 * @cover: what was shown
 * @kind: the list that it is of
 * @code: the code
 */
void cover_add(struct cover *cover, enum cover_kind kind, u32 code)
{
	cover->shown[kind] |= 1ULL << code;
}

/**
 * cover_add_note() - a note is shown, and with it the codes in its arguments
 * @cover: what was shown
 * @note: the note
 * @arg: its arguments
 */
void cover_add_note(struct cover *cover, enum raft_note note, const u64 arg[RAFT_NOTE_ARGS])
{
	cover_add(cover, COVER_NOTE, note);
	switch (note) {
	case RAFT_NOTE_ROLE:
		return cover_add(cover, COVER_REASON, arg[2]);
	case RAFT_NOTE_VOTE_REFUSED:
		return cover_add(cover, COVER_REFUSAL, arg[3]);
	case RAFT_NOTE_DROP:
		return cover_add(cover, COVER_DROP, arg[0]);
	case RAFT_NOTE_JOIN:
		return cover_add(cover, COVER_STATUS, arg[1]);
	case RAFT_NOTE_CHANGE:
		return cover_add(cover, COVER_STATUS, arg[2]);
	default:
		return;
	}
}

/**
 * cover_size() - how many codes there are
 *
 * Return: that many tests are in cover_report().
 */
int cover_size(void)
{
	int kind, n = 0;

	for (kind = 0; kind < COVER_KINDS; kind++)
		n += kinds[kind].n;
	return n;
}

/**
 * cover_report() - a test for each code: is it shown?
 * @cover: what was shown
 * @n: tests before these
 *
 * Return: how many are not.
 */
int cover_report(const struct cover *cover, int n)
{
	int kind, missing = 0;
	u32 code;

	for (kind = 0; kind < COVER_KINDS; kind++) {
		for (code = 0; code < kinds[kind].n; code++) {
			bool shown = cover->shown[kind] >> code & 1;

			printf("%s %d - %s shows %s: %s\n", shown ? "ok" : "not ok", ++n,
			       shown ? "a scenario" : "no scenario", kinds[kind].name,
			       kinds[kind].text(code));
			missing += !shown;
		}
	}
	return missing;
}
