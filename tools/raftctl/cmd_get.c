// SPDX-License-Identifier: GPL-2.0
/* raftctl get */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <linux/genetlink.h>
#include <linux/types.h>
#include "args.h"
#include "json.h"
#include "nl.h"
#include "raftctl.h"

enum { LOCAL = 256, REVISION, TIMEOUT };

static const struct option own[] = {
	{ "local", no_argument, NULL, LOCAL },
	{ "revision", no_argument, NULL, REVISION },
	{ "timeout", required_argument, NULL, TIMEOUT },
	{ },
};

/**
 * struct value - the value as it comes
 * @len: bytes so far
 * @data: the bytes
 */
struct value {
	size_t len;
	char data[RAFTVAL_VALUE_LIMIT];
};

static int take_piece(const struct nlmsghdr *nlh, void *ctx)
{
	struct value *value = ctx;
	const struct nlattr *attr;
	size_t len;

	if (nl_cmd(nlh) != RAFTVAL_CMD_VALUE)
		return 0;
	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		if (mnl_attr_get_type(attr) != RAFTVAL_A_NODE_VALUE)
			continue;
		len = mnl_attr_get_payload_len(attr);
		if (len > sizeof(value->data) - value->len)
			return REFUSED;
		memcpy(value->data + value->len, mnl_attr_get_payload(attr), len);
		value->len += len;
	}
	return 0;
}

static void print_value(const struct value *value, __u64 revision, bool with_revision)
{
	if (options.json) {
		json_open(NULL, '{');
		json_number("revision", revision);
		json_number("len", value->len);
		json_bytes("text", value->data, value->len);
		json_hex("hex", value->data, value->len);
		json_close('}');
		json_end();
		return;
	}
	if (with_revision)
		printf("%llu\n", revision);
	fwrite(value->data, 1, value->len, stdout);
	/* A terminal's prompt wants a line of its own. */
	if (value->len && value->data[value->len - 1] != '\n' && isatty(STDOUT_FILENO))
		putchar('\n');
}

static int get(bool local, bool with_revision, uint32_t timeout_ms)
{
	struct nl_result result = { 0 };
	static struct value value;
	struct nlmsghdr *nlh;

	if (!nl_open())
		return REFUSED;
	nlh = nl_node_request(RAFTVAL_CMD_VALUE_GET);
	mnl_attr_put_u32(nlh, RAFTVAL_A_NODE_TIMEOUT_MS, timeout_ms);
	if (local)
		mnl_attr_put(nlh, RAFTVAL_A_NODE_LOCAL, 0, NULL);
	if (!nl_do(nlh, timeout_ms, take_piece, &value, &result))
		return REFUSED;
	print_value(&value, result.revision, with_revision);
	return DONE;
}

static int run(int argc, char **argv)
{
	bool local = false, with_revision = false;
	uint32_t timeout_ms = RAFTVAL_OP_TIMEOUT_MS;
	int c;

	while ((c = args_next(argc, argv, "", own)) != -1) {
		switch (c) {
		case LOCAL:
			local = true;
			break;
		case REVISION:
			with_revision = true;
			break;
		case TIMEOUT:
			if (!args_seconds(optarg, &timeout_ms))
				return USAGE;
			break;
		case ARGS_HELP:
			command_help(&cmd_get);
			return DONE;
		default:
			return USAGE;
		}
	}
	return args_none(argc, argv) ? get(local, with_revision, timeout_ms) : USAGE;
}

const struct command cmd_get = {
	.name = "get",
	.args = "[--local] [--revision] [--timeout SECONDS]",
	.summary = "print the value",
	.help =
	"What is printed is at least as new as every write that had returned on any host\n"
	"when this began.\n\n"
	"  --local              the value as committed on this host, which may be older;\n"
	"                       needs no majority\n"
	"  --revision           print the revision first, on a line of its own\n"
	"  --timeout SECONDS    how long to wait for the cluster (default: 5)\n",
	.examples =
	"  raftctl get\n"
	"  raftctl get --revision | { read -r revision; value=$(cat); }\n",
	.run = run,
};
