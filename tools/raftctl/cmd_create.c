// SPDX-License-Identifier: GPL-2.0
/* raftctl create */
#include <stdio.h>
#include <string.h>
#include "addr.h"
#include "args.h"
#include "durable.h"
#include "json.h"
#include "key.h"
#include "label.h"
#include "nl.h"
#include "node.h"
#include "raftctl.h"

enum { LISTEN = 256, LABEL, HEARTBEAT, ELECTION, VALUE_MAX };

static const struct option own[] = {
	{ "listen", required_argument, NULL, LISTEN },
	{ "label", required_argument, NULL, LABEL },
	{ "heartbeat", required_argument, NULL, HEARTBEAT },
	{ "election", required_argument, NULL, ELECTION },
	{ "value-max", required_argument, NULL, VALUE_MAX },
	{ "insecure", no_argument, NULL, KEY_INSECURE },
	{ "store", required_argument, NULL, DURABLE_STORE },
	{ "volatile", no_argument, NULL, DURABLE_VOLATILE },
	{ "force", no_argument, NULL, DURABLE_FORCE },
	{ "boot", no_argument, NULL, DURABLE_BOOT },
	{ },
};

/**
 * struct wish - what the user asked for
 * @listen: the address, as text; NULL if it is missing
 * @label: the label; NULL for the host's name
 * @number: heartbeat and election, milliseconds; value_max, bytes
 * @given: which of @number the user gave
 * @key: whether the cluster has a key
 * @durable: the store
 */
struct wish {
	const char *listen;
	const char *label;
	uint32_t number[3];
	bool given[3];
	struct key_wish key;
	struct durable durable;
};

static int read_options(struct wish *wish, int argc, char **argv)
{
	int c;

	while ((c = args_next(argc, argv, "", own)) != -1) {
		switch (c) {
		case LISTEN:
			wish->listen = optarg;
			break;
		case LABEL:
			wish->label = optarg;
			break;
		case HEARTBEAT:
		case ELECTION:
		case VALUE_MAX:
			if (!args_u32(argv[optind - 2], optarg, &wish->number[c - HEARTBEAT]))
				return ARGS_BAD;
			wish->given[c - HEARTBEAT] = true;
			break;
		default:
			if (!durable_option(&wish->durable, c, optarg) &&
			    !key_option(&wish->key, c, optarg))
				return c;
		}
	}
	return args_none(argc, argv) ? 0 : ARGS_BAD;
}

/* NULL if it can not be made, which is said. */
static struct nlmsghdr *request(const struct wish *wish, const struct addr *listen,
				const struct token *token)
{
	static const int attr[] = {
		RAFTVAL_A_NODE_HEARTBEAT_MS, RAFTVAL_A_NODE_ELECTION_MS, RAFTVAL_A_NODE_VALUE_MAX,
	};
	struct nlmsghdr *nlh = nl_node_request(RAFTVAL_CMD_CREATE);
	int i;

	addr_put(nlh, RAFTVAL_A_NODE_LISTEN, listen);
	label_put(nlh, wish->label);
	for (i = 0; i < 3; i++)
		if (wish->given[i])
			mnl_attr_put_u32(nlh, attr[i], wish->number[i]);
	mnl_attr_put(nlh, RAFTVAL_A_NODE_CLUSTER_ID, sizeof(token->cluster), token->cluster);
	return key_put(nlh, token, 1) ? nlh : NULL;
}

/* Nobody who has no key is to think that there is one. */
static void report_key(const struct token *token)
{
	char path[BOOT_PATH];

	if (token->sealed)
		printf("\nThe token has the key of the cluster in it, which is also in\n%s.\n"
		       "Whoever has it can be a member.\n", keyfile_path(token->cluster, path));
	else
		printf("\nThe cluster has no key: whoever can send to the port can be a member.\n");
}

static void report(const struct node *node, const struct token *token, bool is_volatile)
{
	char text[TOKEN_TEXT], addr[ADDR_TEXT], join[ADDR_TEXT + TOKEN_TEXT + 64];
	char path[BOOT_PATH];

	token_print(token, text);
	snprintf(join, sizeof(join), "raftctl join %s --token %s %s%s",
		 addr_text(&node->listen, addr), text, token->sealed ? "" : "--insecure ",
		 is_volatile ? "--volatile" : "--store PATH");
	if (options.json) {
		json_open(NULL, '{');
		node_json("node", node);
		json_string("token", text);
		json_string("key_file", keyfile_path(token->cluster, path));
		json_string("join", join);
		json_close('}');
		json_end();
		return;
	}
	printf("Node %s has made a cluster and is its only member.\n"
	       "On each other host, load the module and say%s:\n\n  %s\n", node->name,
	       is_volatile ? "" : ", with a file or block device for PATH", join);
	report_key(token);
}

static uint32_t value_max(const struct wish *wish)
{
	const int i = VALUE_MAX - HEARTBEAT;

	return wish->given[i] ? wish->number[i] : RAFTVAL_VALUE_MAX;
}

/* A cluster whose key is nowhere would be lost with its node: so the key is kept first. */
static bool create(struct wish *wish, const struct addr *listen, const struct keyfile *keyfile)
{
	const struct token *token = keyfile->token;
	struct nlmsghdr *nlh;

	if (!keyfile_write(keyfile))
		return false;
	nlh = request(wish, listen, token);
	if (nlh && durable_prepare(&wish->durable, token->value_max) &&
	    durable_do(&wish->durable, nlh, RAFTVAL_OP_TIMEOUT_MS))
		return true;
	if (!wish->durable.unknown)
		keyfile_remove(token->cluster);
	return false;
}

static int run(int argc, char **argv)
{
	struct keyfile keyfile = { .n = 1 };
	struct wish wish = { 0 };
	struct addr listen;
	struct node node;
	int rc = read_options(&wish, argc, argv);

	if (rc == ARGS_HELP) {
		command_help(&cmd_create);
		return DONE;
	}
	if (rc)
		return USAGE;
	if (!wish.listen)
		return misused("--listen is missing, this host's address that others can reach");
	if (!durable_check(&wish.durable))
		return USAGE;
	if (!addr_parse(&listen, wish.listen) || !nl_open() ||
	    !token_make(keyfile.token, value_max(&wish), !wish.key.insecure) ||
	    !create(&wish, &listen, &keyfile) || !node_get_made(&node))
		rc = REFUSED;
	else
		report(&node, keyfile.token, wish.durable.is_volatile);
	explicit_bzero(&keyfile, sizeof(keyfile));
	return rc;
}

const struct command cmd_create = {
	.name = "create",
	.args = "--listen ADDR[:PORT] --store PATH|--volatile [OPTION]...",
	.summary = "make a cluster with this host as its first member",
	.help =
	"Prints the command with which other hosts join. It has the cluster's key in it, which\n"
	"is kept in /etc/raftval/ID.key, too.\n\n"
	"  --listen ADDR[:PORT] address of this host that the others can reach (port: 7497)\n"
	"  --label LABEL        this member's name for people (default: the host's name)\n"
	"  --heartbeat MS       the leader's heartbeat interval (default: 50)\n"
	"  --election MS        the least election timeout; the largest is twice that\n"
	"                       (default: 150)\n"
	"  --value-max BYTES    the largest value, 1 to 65536 (default: 4096)\n"
	"  --insecure           without a key: whoever can send to the port can be a member\n"
	DURABLE_HELP,
	.examples =
	"  raftctl create --listen 192.0.2.1 --store /var/lib/raftval.img --boot\n"
	"  raftctl create --listen [2001:db8::1]:7500 --volatile --value-max 65536\n",
	.run = run,
};
