// SPDX-License-Identifier: GPL-2.0
/* raftctl join */
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

enum { LISTEN = 256, LABEL, LEARNER, TIMEOUT };

static const struct option own[] = {
	{ "token", required_argument, NULL, KEY_TOKEN },
	{ "key-file", required_argument, NULL, KEY_FILE },
	{ "insecure", no_argument, NULL, KEY_INSECURE },
	{ "listen", required_argument, NULL, LISTEN },
	{ "label", required_argument, NULL, LABEL },
	{ "learner", no_argument, NULL, LEARNER },
	{ "timeout", required_argument, NULL, TIMEOUT },
	{ "store", required_argument, NULL, DURABLE_STORE },
	{ "volatile", no_argument, NULL, DURABLE_VOLATILE },
	{ "force", no_argument, NULL, DURABLE_FORCE },
	{ "boot", no_argument, NULL, DURABLE_BOOT },
	{ },
};

/**
 * struct wish - what the user asked for
 * @seed: a member's address, as text
 * @key: the key
 * @listen: this host's address, as text; NULL for the one on the way to @seed
 * @label: the label; NULL for the host's name
 * @learner: join without a vote
 * @timeout_ms: how long to wait
 * @durable: the store
 */
struct wish {
	const char *seed;
	struct key_wish key;
	const char *listen;
	const char *label;
	bool learner;
	uint32_t timeout_ms;
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
		case LEARNER:
			wish->learner = true;
			break;
		case TIMEOUT:
			if (!args_seconds(optarg, &wish->timeout_ms))
				return ARGS_BAD;
			break;
		default:
			if (!durable_option(&wish->durable, c, optarg) &&
			    !key_option(&wish->key, c, optarg))
				return c;
		}
	}
	if (optind < argc)
		wish->seed = argv[optind++];
	return args_none(argc, argv) ? 0 : ARGS_BAD;
}

static bool find_addresses(const struct wish *wish, struct addr *seed, struct addr *listen)
{
	if (!addr_parse(seed, wish->seed))
		return false;
	if (wish->listen)
		return addr_parse(listen, wish->listen);
	if (addr_source(listen, seed))
		return true;
	complain("there is no route to %s; give the address of this host with --listen",
		 wish->seed);
	return false;
}

/* NULL if it can not be made, which is said. */
static struct nlmsghdr *request(const struct wish *wish, const struct keyfile *keyfile,
				const struct addr *seed, const struct addr *listen)
{
	const struct token *token = keyfile->token;
	char text[ADDR_TEXT], label[LABEL_TEXT];
	struct nlmsghdr *nlh;

	nl_about("node %s, joining %s as %s", options.node, addr_text(seed, text),
		 wish->label ?: label_default(label));
	nlh = nl_node_request(RAFTVAL_CMD_JOIN);
	addr_put(nlh, RAFTVAL_A_NODE_LISTEN, listen);
	label_put(nlh, wish->label);
	mnl_attr_put_u32(nlh, RAFTVAL_A_NODE_VALUE_MAX, token->value_max);
	mnl_attr_put(nlh, RAFTVAL_A_NODE_CLUSTER_ID, sizeof(token->cluster), token->cluster);
	addr_put(nlh, RAFTVAL_A_NODE_SEED, seed);
	if (wish->learner)
		mnl_attr_put(nlh, RAFTVAL_A_NODE_LEARNER, 0, NULL);
	mnl_attr_put_u32(nlh, RAFTVAL_A_NODE_TIMEOUT_MS, wish->timeout_ms);
	return key_put(nlh, token, keyfile->n) ? nlh : NULL;
}

/* What this host knows of the cluster may say more: while the key changes, another node's. */
static void take_known(struct keyfile *keyfile, const struct keyfile *known)
{
	unsigned int i;

	for (i = 0; i < keyfile->n; i++)
		if (!keyfile_has(known, &keyfile->token[i]))
			return;
	*keyfile = *known;
}

static bool join(struct wish *wish, struct keyfile *keyfile, const struct addr *seed,
		 const struct addr *listen)
{
	const struct token *token = keyfile->token;
	struct keyfile before;
	struct nlmsghdr *nlh;
	bool done;

	if (!keyfile_read(token->cluster, &before))
		return false;
	take_known(keyfile, &before);
	if (!keyfile_write(keyfile))
		return false;
	nlh = request(wish, keyfile, seed, listen);
	done = nlh && durable_prepare(&wish->durable, token->value_max) &&
	       durable_do(&wish->durable, nlh, wish->timeout_ms);
	if (!done && !wish->durable.unknown)
		keyfile_restore(token->cluster, &before);
	explicit_bzero(&before, sizeof(before));
	return done;
}

static void report(const struct node *node)
{
	if (options.json) {
		node_json(NULL, node);
		json_end();
	} else {
		printf("Node %s is a member of the cluster, as %s; members: %u.\n", node->name,
		       node->label, node->n_peers);
	}
}

static int run(int argc, char **argv)
{
	struct wish wish = { .timeout_ms = RAFTVAL_JOIN_TIMEOUT_MS };
	struct keyfile keyfile = { 0 };
	struct addr seed, listen;
	struct node node;
	int rc = read_options(&wish, argc, argv);

	if (rc == ARGS_HELP) {
		command_help(&cmd_join);
		return DONE;
	}
	if (rc)
		return USAGE;
	if (!wish.seed)
		return misused("the address of a member is missing");
	if (!key_check(&wish.key, "token") || !durable_check(&wish.durable))
		return USAGE;
	if (!key_take(&wish.key, &keyfile) || !key_admit(&wish.key, &keyfile, "joins it") ||
	    !find_addresses(&wish, &seed, &listen) || !nl_open() ||
	    !join(&wish, &keyfile, &seed, &listen) || !node_get_made(&node))
		rc = REFUSED;
	else
		report(&node);
	explicit_bzero(&keyfile, sizeof(keyfile));
	return rc;
}

const struct command cmd_join = {
	.name = "join",
	.args = "ADDR[:PORT] --token TOKEN|--key-file FILE --store PATH|--volatile [OPTION]...",
	.summary = "make this host a member of a cluster",
	.help =
	"ADDR is the address of any member. Waits until this host is a member; if it is\n"
	"refused, nothing is left behind. A member with a store joins once, and comes back\n"
	"with raftctl up. A host whose member is lost, because it was volatile or its store\n"
	"is gone, joins anew under the same label: it takes the place of what it was.\n\n"
	"  --token TOKEN        what raftctl create and raftctl token print\n"
	"  --key-file FILE      the same in a file, - is standard input; the key file of\n"
	"                       another member will do\n"
	"  --insecure           join even a cluster without a key\n"
	"  --listen ADDR[:PORT] address of this host that the others can reach\n"
	"                       (default: the one on the way to that member; port 7497)\n"
	"  --label LABEL        this member's name for people (default: the host's name)\n"
	"  --learner            join without a vote; raftctl peer add gives it one\n"
	"  --timeout SECONDS    how long to wait (default: 10)\n"
	DURABLE_HELP,
	.examples =
	"  raftctl join 192.0.2.1 --token rv2... --store /var/lib/raftval.img --boot\n"
	"  raftctl join [2001:db8::1]:7500 --token rv2... --volatile --learner\n"
	"  ssh 192.0.2.1 raftctl token | raftctl join 192.0.2.1 --key-file - --volatile\n",
	.run = run,
};
