// SPDX-License-Identifier: GPL-2.0
/* raftctl peer */
#include <stdio.h>
#include <string.h>
#include "args.h"
#include "json.h"
#include "nl.h"
#include "node.h"
#include "raftctl.h"
#include "table.h"

static void print_peer(const struct node *node, const struct peer *peer)
{
	char addr[ADDR_TEXT];

	table_cell("%s", peer->label);
	table_cell("%016llx", peer->id);
	table_cell("%s", addr_text(&peer->addr, addr));
	table_cell("%s%s", node_place(peer), peer->id == node->leader ? ", leader" : "");
	if (peer->progress)
		table_cell("%llu", peer->match);
	else if (node->role == RAFTVAL_ROLE_LEADER && peer->id == node->id)
		table_cell("%llu", node->last);
	else
		table_cell("-");
	if (peer->heard)
		table_cell("%llu ms ago%s", peer->heard_ms,
			   peer->snapshot ? ", takes a snapshot" : "");
	else
		table_cell("%s", peer->id == node->id ? "this node" :
				 node->role == RAFTVAL_ROLE_LEADER ? "never" : "-");
	table_row();
}

static int list(void)
{
	static const char *const head[] = {
		"LABEL", "ID", "ADDRESS", "MEMBER", "MATCH", "HEARD",
	};
	struct node node;
	unsigned int i;

	if (!node_get(&node))
		return REFUSED;
	if (options.json) {
		node_json_peers(NULL, &node);
		json_end();
		return DONE;
	}
	for (i = 0; i < ARRAY_SIZE(head); i++)
		table_cell("%s", head[i]);
	table_row();
	for (i = 0; i < node.n_peers; i++)
		print_peer(&node, &node.peer[i]);
	table_print();
	return DONE;
}

static int change(uint8_t cmd, const char *text, uint32_t timeout_ms)
{
	const struct peer *peer;
	struct nlmsghdr *nlh;
	struct node node;

	if (!node_get(&node))
		return REFUSED;
	peer = node_find_peer(&node, text);
	if (!peer)
		return REFUSED;
	if (cmd == RAFTVAL_CMD_MEMBER_REMOVE && peer->id == node.id) {
		complain("%s is this node itself; it goes with raftctl leave", text);
		return REFUSED;
	}
	nl_about("member %s", text);
	nlh = nl_node_request(cmd);
	mnl_attr_put_u32(nlh, RAFTVAL_A_NODE_TIMEOUT_MS, timeout_ms);
	mnl_attr_put_u64(nlh, RAFTVAL_A_NODE_MEMBER_ID, peer->id);
	if (!nl_do(nlh, timeout_ms, NULL, NULL, NULL))
		return REFUSED;
	if (options.json)
		json_done();
	else
		printf("Member %s %s.\n", text,
		       cmd == RAFTVAL_CMD_MEMBER_REMOVE ? "is removed" : "has a vote");
	return DONE;
}

static int run(int argc, char **argv)
{
	uint32_t timeout_ms = RAFTVAL_OP_TIMEOUT_MS;
	const char *verb, *member;
	int rc = args_timeout(argc, argv, &timeout_ms);

	if (rc == ARGS_HELP) {
		command_help(&cmd_peer);
		return DONE;
	}
	if (rc)
		return USAGE;
	if (optind == argc)
		return misused("what to do is missing: list, add or remove");
	verb = argv[optind++];
	if (!strcmp(verb, "list"))
		return args_none(argc, argv) ? list() : USAGE;
	if (strcmp(verb, "add") && strcmp(verb, "remove"))
		return misused("'%s' is none of list, add and remove", verb);
	if (optind == argc)
		return misused("the member is missing: its label or id");
	member = argv[optind++];
	if (!args_none(argc, argv))
		return USAGE;
	return change(strcmp(verb, "add") ? RAFTVAL_CMD_MEMBER_REMOVE : RAFTVAL_CMD_MEMBER_PROMOTE,
		      member, timeout_ms);
}

const struct command cmd_peer = {
	.name = "peer",
	.args = "list | add MEMBER | remove MEMBER [--timeout SECONDS]",
	.summary = "show the members, give a learner a vote, remove a member",
	.help =
	"MEMBER is a label or an id. MATCH and HEARD are known to the leader only.\n\n"
	"  list                 the members\n"
	"  add MEMBER           give a learner a vote, once it has caught up\n"
	"  remove MEMBER        remove a member, whether it is up or not\n"
	"  --timeout SECONDS    how long to wait for the cluster (default: 5)\n",
	.examples =
	"  raftctl peer list\n"
	"  raftctl peer add host4\n"
	"  raftctl peer remove 5f0e8d3c2b1a4967\n",
	.run = run,
};
