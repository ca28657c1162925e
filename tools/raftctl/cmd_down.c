// SPDX-License-Identifier: GPL-2.0
/* raftctl down */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "args.h"
#include "json.h"
#include "nl.h"
#include "node.h"
#include "raftctl.h"

/* A leader looks for another first, for at most an election timeout. */
#define HANDOVER_MS	60000

enum { ALL = 256 };

static const struct option own[] = {
	{ "all", no_argument, NULL, ALL },
	{ },
};

/**
 * struct names - the names of nodes
 * @n: how many
 * @name: each
 */
struct names {
	size_t n;
	char (*name)[RAFTVAL_NAME_LEN];
};

static int take_name(const struct nlmsghdr *nlh, void *ctx)
{
	struct names *names = ctx;
	struct node node;

	node_parse(&node, nlh);
	names->name = realloc(names->name, (names->n + 1) * sizeof(*names->name));
	if (!names->name) {
		complain("out of memory");
		exit(REFUSED);
	}
	memcpy(names->name[names->n++], node.name, RAFTVAL_NAME_LEN);
	return 0;
}

static void report_durable(const struct node *node)
{
	if (node->removed) {
		printf("Node %s is stopped. It was no member any more; raftctl join --force makes\n"
		       "another of its store, %s.\n", node->name, node->store);
		return;
	}
	printf("Node %s is stopped. Its member is in %s; to go on:\n\n  raftctl up %s\n",
	       node->name, node->store, node->store);
	if (node->n_peers > 1)
		printf("\nUntil then the cluster counts it as a member that is down.\n");
}

static void report_volatile(const struct node *node)
{
	printf("Node %s is stopped and has forgotten everything.\n", node->name);
	if (node->n_peers > 1 && !node->removed)
		printf("The cluster still counts it as a member. Join again as %s, or remove it\n"
		       "on another member: raftctl peer remove %s\n", node->label, node->label);
}

static bool stop_one(void)
{
	struct node node;

	if (!node_get(&node) ||
	    !nl_do(nl_node_request(RAFTVAL_CMD_DOWN), HANDOVER_MS, NULL, NULL, NULL))
		return false;
	if (options.json)
		json_done();
	else if (node.store[0])
		report_durable(&node);
	else
		report_volatile(&node);
	return true;
}

static bool stop_named(const char *name)
{
	bool done;

	options.node = name;
	nl_about("node %s", name);
	done = nl_do(nl_node_request(RAFTVAL_CMD_DOWN), HANDOVER_MS, NULL, NULL, NULL);
	if (options.json) {
		json_open(NULL, '{');
		json_string("name", name);
		json_bool("down", done);
		json_close('}');
	} else if (done) {
		printf("Node %s is stopped.\n", name);
	}
	return done;
}

static bool stop_all(void)
{
	struct names names = { 0 };
	bool done;
	size_t i;

	done = nl_open() && nl_dump(nl_request(RAFTVAL_CMD_NODE_GET), take_name, &names);
	if (options.json)
		json_open(NULL, '[');
	for (i = 0; i < names.n; i++)
		done = stop_named(names.name[i]) && done;
	if (options.json) {
		json_close(']');
		json_end();
	}
	free(names.name);
	return done;
}

static int run(int argc, char **argv)
{
	bool all = false;
	int c;

	while ((c = args_next(argc, argv, "", own)) == ALL)
		all = true;
	if (c == ARGS_HELP) {
		command_help(&cmd_down);
		return DONE;
	}
	if (c != -1 || !args_none(argc, argv))
		return USAGE;
	if (all && options.named)
		return misused("--all stops every node; name none");
	return (all ? stop_all() : stop_one()) ? DONE : REFUSED;
}

const struct command cmd_down = {
	.name = "down",
	.args = "[--all]",
	.summary = "stop the node, without leaving the cluster",
	.help =
	"The cluster goes on counting this member, and goes on only as long as a majority\n"
	"of the members that it counts is up. A member with a store goes on with raftctl up.\n"
	"A volatile one is gone: when its host joins again under the same label, it does so\n"
	"as a new member, in the place of the old one; if it was the only member, the value\n"
	"is gone, too. To go for good: raftctl leave.\n\n"
	"  --all                stop all nodes of the network namespace\n",
	.examples = "  raftctl down\n  raftctl -n other down\n  raftctl down --all\n",
	.run = run,
};
