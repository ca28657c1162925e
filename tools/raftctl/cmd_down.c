// SPDX-License-Identifier: GPL-2.0
/* raftctl down */
#include <stdio.h>
#include "args.h"
#include "json.h"
#include "nl.h"
#include "node.h"
#include "raftctl.h"

/* A leader looks for another first, for at most an election timeout. */
#define HANDOVER_MS	60000

static int run(int argc, char **argv)
{
	struct node node;
	int rc = args_next(argc, argv, "", NULL);

	if (rc == ARGS_HELP) {
		command_help(&cmd_down);
		return DONE;
	}
	if (rc != -1 || !args_none(argc, argv))
		return USAGE;
	if (!node_get(&node) ||
	    !nl_do(nl_node_request(RAFTVAL_CMD_DOWN), HANDOVER_MS, NULL, NULL, NULL))
		return REFUSED;
	if (options.json) {
		json_done();
		return DONE;
	}
	printf("Node %s is stopped and has forgotten everything.\n", node.name);
	if (node.n_peers > 1 && !node.removed)
		printf("The cluster still counts it as a member. Join again as %s, or remove it\n"
		       "on another member: raftctl peer remove %s\n", node.label, node.label);
	return DONE;
}

const struct command cmd_down = {
	.name = "down",
	.args = "",
	.summary = "stop the node, without leaving the cluster",
	.help =
	"The cluster goes on counting this member, and goes on only as long as a majority\n"
	"of the members that it counts is up. The node keeps nothing: when it joins again\n"
	"under the same label, it does so as a new member, in the place of the old one.\n"
	"If it was the only member, the value is gone. To go for good: raftctl leave.\n\n",
	.examples = "  raftctl down\n  raftctl -n other down\n",
	.run = run,
};
