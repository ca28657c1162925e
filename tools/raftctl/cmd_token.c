// SPDX-License-Identifier: GPL-2.0
/* raftctl token */
#include <stdio.h>
#include <string.h>
#include "args.h"
#include "json.h"
#include "keyfile.h"
#include "node.h"
#include "raftctl.h"

/* Where there is no key the token has no secret, and is for everyone. */
static bool find_token(const struct node *node, char text[TOKEN_TEXT])
{
	struct keyfile keyfile = { .n = 1, .token = { { .value_max = node->value_max } } };
	char path[BOOT_PATH];
	bool found;

	memcpy(keyfile.token->cluster, node->cluster, TOKEN_CLUSTER);
	if (!node->insecure && !keyfile_read(node->cluster, &keyfile))
		return false;
	found = keyfile.n;
	if (found)
		token_print(keyfile.token, text);
	else
		complain("there is no %s; copy it from another member",
			 keyfile_path(node->cluster, path));
	explicit_bzero(&keyfile, sizeof(keyfile));
	return found;
}

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
	if (!node_get(&node) || !find_token(&node, text))
		return REFUSED;
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
	.help =
	"It has the cluster's key in it: whoever has it can be a member. So only root can\n"
	"print it, unless the cluster has no key.\n\n",
	.examples =
	"  ssh 192.0.2.1 raftctl token | raftctl join 192.0.2.1 --key-file - --volatile\n",
	.run = run,
};
