// SPDX-License-Identifier: GPL-2.0
/* raftctl wait */
#include <stdio.h>
#include <string.h>
#include "args.h"
#include "json.h"
#include "nl.h"
#include "node.h"
#include "raftctl.h"

enum { VALUE = 256, REVISION, ROLE, TIMEOUT };

/* From a piece of news: look at the node anew. */
#define LOOK	(USAGE + 1)

static const struct option own[] = {
	{ "value", no_argument, NULL, VALUE },
	{ "revision", required_argument, NULL, REVISION },
	{ "role", required_argument, NULL, ROLE },
	{ "timeout", required_argument, NULL, TIMEOUT },
	{ },
};

/**
 * struct wish - what is waited for
 * @role: name of a role; NULL: a change of the value
 * @known: @revision is known
 * @revision: the value has to have another than this
 * @until: when to give up, see nl_watch()
 */
struct wish {
	const char *role;
	bool known;
	__u64 revision;
	__u64 until;
};

static int take_node(const struct nlmsghdr *nlh, void *ctx)
{
	node_parse(ctx, nlh);
	return 0;
}

static bool fulfilled(struct wish *wish, const struct node *node)
{
	if (wish->role)
		return !strcmp(node_role(node->role), wish->role);
	if (!wish->known) {
		wish->known = true;
		wish->revision = node->revision;
	}
	return node->revision != wish->revision;
}

static void print_node(const struct wish *wish, const struct node *node)
{
	if (options.json) {
		node_json(NULL, node);
		json_end();
		return;
	}
	printf("%llu\n", wish->role ? node->term : node->revision);
}

/* What the news says may be over by now, so it only says when to look. */
static int take_news(const struct nlmsghdr *nlh, void *ctx)
{
	struct node node;

	(void)ctx;
	node_parse(&node, nlh);
	return strcmp(node.name, options.node) ? 0 : LOOK;
}

static int missed(void *ctx)
{
	(void)ctx;
	return LOOK;
}

static int await(struct wish *wish)
{
	struct node node;
	int rc;

	if (!nl_open() || !nl_subscribe())
		return REFUSED;
	do {
		if (!nl_get(nl_node_request(RAFTVAL_CMD_NODE_GET), take_node, &node))
			return REFUSED;
		if (fulfilled(wish, &node)) {
			print_node(wish, &node);
			return DONE;
		}
		rc = nl_watch(take_news, missed, NULL, wish->until);
	} while (rc == LOOK);
	return rc;
}

static bool is_role(const char *name)
{
	uint32_t role;

	for (role = RAFTVAL_ROLE_FOLLOWER; role <= RAFTVAL_ROLE_LEADER; role++)
		if (!strcmp(node_role(role), name))
			return true;
	misused("there is no role '%s'; roles are follower, pre-candidate, candidate and leader",
		name);
	return false;
}

static bool is_revision(const char *text, struct wish *wish)
{
	wish->known = true;
	if (args_number(text, &wish->revision))
		return true;
	misused("'%s' is no revision; raftctl get --revision prints it", text);
	return false;
}

static int run(int argc, char **argv)
{
	struct wish wish = { 0 };
	bool of_value = false;
	uint32_t timeout_ms;
	int c;

	while ((c = args_next(argc, argv, "", own)) != -1) {
		switch (c) {
		case VALUE:
			of_value = true;
			break;
		case REVISION:
			of_value = true;
			if (!is_revision(optarg, &wish))
				return USAGE;
			break;
		case ROLE:
			wish.role = optarg;
			if (!is_role(optarg))
				return USAGE;
			break;
		case TIMEOUT:
			if (!args_seconds(optarg, &timeout_ms))
				return USAGE;
			wish.until = nl_now() + timeout_ms;
			break;
		case ARGS_HELP:
			command_help(&cmd_wait);
			return DONE;
		default:
			return USAGE;
		}
	}
	if (!args_none(argc, argv))
		return USAGE;
	if (of_value == !!wish.role)
		return misused("say what to wait for: --value or --revision, or --role, not both");
	return await(&wish);
}

const struct command cmd_wait = {
	.name = "wait",
	.args = "--value | --revision N | --role ROLE [--timeout SECONDS]",
	.summary = "wait until the value changes, or the node has a role",
	.help =
	"  --value              until the value changes; prints its revision\n"
	"  --revision N         until the value has another revision than N, which it may\n"
	"                       have already; prints it\n"
	"  --role ROLE          until the node is leader, follower, candidate or\n"
	"                       pre-candidate, which it may be already; prints the term\n"
	"  --timeout SECONDS    exit with 1 if it has not happened by then (default: never)\n\n"
	"The value and the role are those that this host knows. Exits with 1 if the node is\n"
	"stopped meanwhile.\n\n",
	.examples =
	"  raftctl wait --role leader && start-the-service\n"
	"  while revision=$(raftctl wait --revision \"${revision:-0}\"); do raftctl get; done\n",
	.run = run,
};
