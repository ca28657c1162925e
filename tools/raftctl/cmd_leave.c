// SPDX-License-Identifier: GPL-2.0
/* raftctl leave */
#include <stdio.h>
#include "args.h"
#include "json.h"
#include "nl.h"
#include "raftctl.h"

static int run(int argc, char **argv)
{
	uint32_t timeout_ms = RAFTVAL_OP_TIMEOUT_MS;
	struct nlmsghdr *nlh;
	int rc = args_timeout(argc, argv, &timeout_ms);

	if (rc == ARGS_HELP) {
		command_help(&cmd_leave);
		return DONE;
	}
	if (rc || !args_none(argc, argv))
		return USAGE;
	if (!nl_open())
		return REFUSED;
	nlh = nl_node_request(RAFTVAL_CMD_LEAVE);
	mnl_attr_put_u32(nlh, RAFTVAL_A_NODE_TIMEOUT_MS, timeout_ms);
	if (!nl_do(nlh, timeout_ms, NULL, NULL, NULL))
		return REFUSED;
	if (options.json)
		json_done();
	else
		printf("Node %s has left the cluster and is stopped.\n", options.node);
	return DONE;
}

const struct command cmd_leave = {
	.name = "leave",
	.args = "[--timeout SECONDS]",
	.summary = "remove this host from its cluster and stop the node",
	.help =
	"The others go on without this member. A cluster's last voter can not leave;\n"
	"raftctl down ends that cluster.\n\n"
	"  --timeout SECONDS    how long to wait for the cluster (default: 5)\n",
	.examples = "  raftctl leave\n",
	.run = run,
};
