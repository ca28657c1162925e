// SPDX-License-Identifier: GPL-2.0
/* raftctl transfer */
#include <stdio.h>
#include "args.h"
#include "json.h"
#include "nl.h"
#include "node.h"
#include "raftctl.h"

static int transfer(const char *text, uint32_t timeout_ms)
{
	const struct peer *peer = NULL;
	struct nlmsghdr *nlh;
	struct node node;

	if (!node_get(&node))
		return REFUSED;
	if (text) {
		peer = node_find_peer(&node, text);
		if (!peer)
			return REFUSED;
		nl_about("member %s", text);
	}
	nlh = nl_node_request(RAFTVAL_CMD_TRANSFER);
	mnl_attr_put_u32(nlh, RAFTVAL_A_NODE_TIMEOUT_MS, timeout_ms);
	if (peer)
		mnl_attr_put_u64(nlh, RAFTVAL_A_NODE_MEMBER_ID, peer->id);
	if (!nl_do(nlh, timeout_ms, NULL, NULL, NULL))
		return REFUSED;
	if (options.json)
		json_done();
	else
		printf("%s%s leads the cluster now.\n", text ? "Member " : "Another member",
		       text ?: "");
	return DONE;
}

static int run(int argc, char **argv)
{
	uint32_t timeout_ms = RAFTVAL_OP_TIMEOUT_MS;
	const char *member = NULL;
	int rc = args_timeout(argc, argv, &timeout_ms);

	if (rc == ARGS_HELP) {
		command_help(&cmd_transfer);
		return DONE;
	}
	if (rc)
		return USAGE;
	if (optind < argc)
		member = argv[optind++];
	return args_none(argc, argv) ? transfer(member, timeout_ms) : USAGE;
}

const struct command cmd_transfer = {
	.name = "transfer",
	.args = "[MEMBER] [--timeout SECONDS]",
	.summary = "make another member the leader",
	.help =
	"MEMBER is the label or id of a voter; without it, the voter whose log is furthest.\n\n"
	"  --timeout SECONDS    how long to wait for the cluster (default: 5)\n",
	.examples = "  raftctl transfer\n  raftctl transfer host2\n",
	.run = run,
};
