// SPDX-License-Identifier: GPL-2.0
/* raftctl token */
#include <stdio.h>
#include "args.h"
#include "json.h"
#include "node.h"
#include "raftctl.h"
#include "token.h"

static int run(int argc, char **argv)
{
	char text[TOKEN_TEXT];
	struct node node;
	int rc = args_next(argc, argv, "", NULL);

	if (rc == ARGS_HELP) {
		command_help(&cmd_token);
		return DONE;
	}
	if (rc != -1 || !args_none(argc, argv))
		return USAGE;
	if (!node_get(&node))
		return REFUSED;
	node_token(&node, text);
	if (options.json) {
		json_open(NULL, '{');
		json_string("token", text);
		json_close('}');
		json_end();
	} else {
		puts(text);
	}
	return DONE;
}

const struct command cmd_token = {
	.name = "token",
	.args = "",
	.summary = "print the token with which other hosts join the cluster",
	.examples = "  raftctl join 192.0.2.1 --token \"$(ssh 192.0.2.1 raftctl token)\"\n",
	.run = run,
};
