// SPDX-License-Identifier: GPL-2.0
/* raftctl log */
#include <stdio.h>
#include <linux/genetlink.h>
#include <linux/types.h>
#include "args.h"
#include "json.h"
#include "nl.h"
#include "node.h"
#include "raftctl.h"
#include "table.h"

#define COUNT		20

enum { LINES = 256 };

static const struct option own[] = {
	{ "count", required_argument, NULL, LINES },
	{ },
};

/**
 * struct entry - an entry of the log
 * @index: its place
 * @term: the term whose leader made it
 * @kind: &enum raftval_entry_kind
 * @origin: the member that asked for it, 0 for the leader's own
 * @seq: the operation's number at @origin
 * @len: bytes of data
 */
struct entry {
	__u64 index;
	__u64 term;
	uint32_t kind;
	__u64 origin;
	__u64 seq;
	uint32_t len;
};

static const char *kind_name(uint32_t kind)
{
	static const char *const names[] = {
		[RAFTVAL_ENTRY_KIND_NOOP] = "noop",
		[RAFTVAL_ENTRY_KIND_WRITE] = "write",
		[RAFTVAL_ENTRY_KIND_CAS] = "cas",
		[RAFTVAL_ENTRY_KIND_CONFIG] = "config",
	};

	return kind < ARRAY_SIZE(names) ? names[kind] : "unknown";
}

static void parse_entry(struct entry *entry, const struct nlattr *nest)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest) {
		switch (mnl_attr_get_type(attr)) {
		case RAFTVAL_A_ENTRY_INDEX:
			entry->index = mnl_attr_get_u64(attr);
			break;
		case RAFTVAL_A_ENTRY_TERM:
			entry->term = mnl_attr_get_u64(attr);
			break;
		case RAFTVAL_A_ENTRY_KIND:
			entry->kind = mnl_attr_get_u32(attr);
			break;
		case RAFTVAL_A_ENTRY_ORIGIN:
			entry->origin = mnl_attr_get_u64(attr);
			break;
		case RAFTVAL_A_ENTRY_SEQ:
			entry->seq = mnl_attr_get_u64(attr);
			break;
		case RAFTVAL_A_ENTRY_LEN:
			entry->len = mnl_attr_get_u32(attr);
			break;
		}
	}
}

static void print_entry(const struct node *node, const struct entry *entry, __u64 commit)
{
	if (options.json) {
		json_open(NULL, '{');
		json_number("index", entry->index);
		json_number("term", entry->term);
		json_string("kind", kind_name(entry->kind));
		json_id("origin", entry->origin);
		json_number("seq", entry->seq);
		json_number("len", entry->len);
		json_bool("committed", entry->index <= commit);
		json_close('}');
		return;
	}
	table_cell("%llu", entry->index);
	table_cell("%llu", entry->term);
	table_cell("%s", kind_name(entry->kind));
	table_cell("%s", node_label(node, entry->origin));
	table_cell("%llu", entry->seq);
	table_cell("%u", entry->len);
	table_cell("%s", entry->index <= commit ? "yes" : "no");
	table_row();
}

static int take_log(const struct nlmsghdr *nlh, void *ctx)
{
	const struct nlattr *attr;
	__u64 commit = 0;

	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		struct entry entry = { 0 };

		if (mnl_attr_get_type(attr) == RAFTVAL_A_NODE_COMMIT_INDEX)
			commit = mnl_attr_get_u64(attr);
		if (mnl_attr_get_type(attr) != RAFTVAL_A_NODE_ENTRY)
			continue;
		parse_entry(&entry, attr);
		print_entry(ctx, &entry, commit);
	}
	return 0;
}

static int show(uint32_t count)
{
	static const char *const head[] = {
		"INDEX", "TERM", "KIND", "ORIGIN", "SEQ", "BYTES", "COMMITTED",
	};
	struct nlmsghdr *nlh;
	struct node node;
	unsigned int i;
	bool shown;

	if (!node_get(&node))
		return REFUSED;
	nlh = nl_node_request(RAFTVAL_CMD_LOG_GET);
	mnl_attr_put_u32(nlh, RAFTVAL_A_NODE_COUNT, count);
	if (options.json) {
		json_open(NULL, '[');
		shown = nl_get(nlh, take_log, &node);
		json_close(']');
		json_end();
		return shown ? DONE : REFUSED;
	}
	for (i = 0; i < ARRAY_SIZE(head); i++)
		table_cell("%s", head[i]);
	table_row();
	if (!nl_get(nlh, take_log, &node))
		return REFUSED;
	table_print();
	return DONE;
}

static int run(int argc, char **argv)
{
	uint32_t count = COUNT;
	int c;

	while ((c = args_next(argc, argv, "", own)) == LINES)
		if (!args_u32("--count", optarg, &count))
			return USAGE;
	if (c == ARGS_HELP) {
		command_help(&cmd_log);
		return DONE;
	}
	if (c != -1 || !args_none(argc, argv))
		return USAGE;
	return show(count);
}

const struct command cmd_log = {
	.name = "log",
	.args = "[--count N]",
	.summary = "show the newest entries of the log",
	.help =
	"The newest first. Only the entries since the last compaction are there.\n\n"
	"  --count N            how many (default: 20)\n",
	.examples = "  raftctl log --count 5\n",
	.run = run,
};
