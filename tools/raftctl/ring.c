// SPDX-License-Identifier: GPL-2.0
/* The ring of a store, for people and programs: what is where. */
#include <stdio.h>
#include <linux/types.h>
#include "json.h"
#include "raftctl.h"
#include "ring.h"
#include "table.h"

static void describe(const struct raft_journal_stretch *stretch, char *text, size_t size)
{
	size_t at = 0;

	if (!stretch->whole) {
		snprintf(text, size, "-");
		return;
	}
	text[0] = '\0';
	if (stretch->checkpoint)
		at += snprintf(text, size, "checkpoint at %llu", stretch->base);
	if (stretch->truncate)
		at += snprintf(text + at, size - at, "%svoid from %llu", at ? ", " : "",
			       stretch->truncate);
	if (stretch->first && stretch->first == stretch->last)
		at += snprintf(text + at, size - at, "%sentry %llu", at ? ", " : "",
			       stretch->first);
	else if (stretch->first)
		at += snprintf(text + at, size - at, "%sentries %llu to %llu", at ? ", " : "",
			       stretch->first, stretch->last);
	if (!at)
		snprintf(text, size, "marker");
}

static const char *condition(const struct raft_journal_stretch *stretch)
{
	if (stretch->dropped)
		return "dropped by a later start";
	if (stretch->whole)
		return "intact";
	return stretch->blocks < stretch->parts ? "a part only" : "not intact";
}

static void print_head(void)
{
	static const char *const head[] = {
		"BLOCK", "BLOCKS", "WRITE", "GENERATION", "START", "TERM", "HOLDS", "IS",
	};
	unsigned int i;

	putchar('\n');
	for (i = 0; i < ARRAY_SIZE(head); i++)
		table_cell("%s", head[i]);
	table_row();
}

static void print_stretch(const struct raft_journal_stretch *stretch)
{
	char text[128];
	int i;

	table_cell("%llu", stretch->block);
	table_cell("%u", stretch->blocks);
	if (stretch->kind == RAFT_JOURNAL_WRITE) {
		describe(stretch, text, sizeof(text));
		table_cell("%llu", stretch->seq);
		table_cell("%llu", stretch->gen_seq);
		table_cell("%u", stretch->incarnation);
		table_cell("%llu", stretch->term);
		table_cell("%s", text);
		table_cell("%s", condition(stretch));
	} else {
		for (i = 0; i < 5; i++)
			table_cell("-");
		table_cell("%s", stretch->kind == RAFT_JOURNAL_NOTHING ? "unused" : "garbage");
	}
	table_row();
}

static void json_stretch(const struct raft_journal_stretch *stretch)
{
	static const char *const kinds[] = {
		[RAFT_JOURNAL_NOTHING] = "unused",
		[RAFT_JOURNAL_GARBAGE] = "garbage",
		[RAFT_JOURNAL_WRITE] = "write",
	};

	json_open(NULL, '{');
	json_string("kind", kinds[stretch->kind]);
	json_number("block", stretch->block);
	json_number("blocks", stretch->blocks);
	if (stretch->kind == RAFT_JOURNAL_WRITE) {
		json_number("seq", stretch->seq);
		json_number("generation", stretch->gen_seq);
		json_number("incarnation", stretch->incarnation);
		json_number("term", stretch->term);
		json_bool("intact", stretch->whole);
		json_bool("dropped", stretch->dropped);
	}
	if (stretch->checkpoint)
		json_number("checkpoint", stretch->base);
	if (stretch->truncate)
		json_number("truncate", stretch->truncate);
	if (stretch->first) {
		json_number("first_index", stretch->first);
		json_number("last_index", stretch->last);
	}
	json_close('}');
}

/**
 * ring_show() - print what is in the ring, a line for each write
 * @journal: the store's journal, recovered
 */
void ring_show(struct raft_journal *journal)
{
	struct raft_journal_stretch stretch;
	__u64 block = 0;

	if (options.json)
		json_open("records", '[');
	else
		print_head();
	do {
		block = raft_journal_describe(journal, block, &stretch);
		if (options.json)
			json_stretch(&stretch);
		else
			print_stretch(&stretch);
	} while (block);
	if (options.json)
		json_close(']');
	else
		table_print();
}
