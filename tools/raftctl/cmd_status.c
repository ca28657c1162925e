// SPDX-License-Identifier: GPL-2.0
/* raftctl status */
#include <stdio.h>
#include <linux/types.h>
#include "args.h"
#include "json.h"
#include "nl.h"
#include "node.h"
#include "raftctl.h"

static void print_seconds(__u64 ms)
{
	if (ms < 1000)
		printf("%llu ms", ms);
	else if (ms < 100000)
		printf("%.1f s", ms / 1000.0);
	else
		printf("%llu min", ms / 60000);
}

/* It failed, and this is why. */
static bool store_is_old(const struct node *node)
{
	unsigned int i;

	for (i = 0; node->failed && i < node->n_changes; i++)
		if (node->change[i].reason == RAFTVAL_REASON_OLD_STORE)
			return true;
	return false;
}

static void print_head(const struct node *node)
{
	const char *role = node_role(node->role);

	if (store_is_old(node))
		printf("%s: its store is an old copy; it promises nothing more\n", node->name);
	else if (node->failed)
		printf("%s: its store failed; it promises nothing more until it is started anew\n",
		       node->name);
	else if (node->removed)
		printf("%s: is no longer a member of its cluster; raftctl down stops it\n",
		       node->name);
	else
		printf("%s: %s in term %llu\n", node->name, role, node->term);
}

static void print_leader(const struct node *node)
{
	if (!node->leader)
		printf("  leader    none is known\n");
	else if (node->leader == node->id)
		printf("  leader    %s, this node\n", node_label(node, node->leader));
	else
		printf("  leader    %s\n", node_label(node, node->leader));
	if (!node->quorum)
		return;
	printf("  quorum    a majority answered ");
	print_seconds(node->quorum_ms);
	printf(" ago\n");
}

static void print_members(const struct node *node)
{
	unsigned int i;

	printf("  members   ");
	for (i = 0; i < node->n_peers; i++)
		printf("%s%s (%s)", i ? ", " : "", node_label(node, node->peer[i].id),
		       node_place(&node->peer[i]));
	printf("%s\n", node->joint ? "; a change is under way" : "");
}

static void print_changes(const struct node *node)
{
	const struct change *change;

	for (change = node->change; change < node->change + node->n_changes; change++) {
		printf("  %s", change == node->change ? "changes   " : "          ");
		print_seconds(change->ago_ms);
		printf(" ago: ");
		if (change->was != change->role)
			printf("%s -> ", node_role(change->was));
		fputs(change->text, stdout);
		if (node_peer(node, change->who))
			printf(", %s", node_label(node, change->who));
		putchar('\n');
	}
}

static void print_store(const struct node *node)
{
	if (!node->store[0]) {
		printf("  store     none: what the node knows ends with it\n");
		return;
	}
	printf("  store     %s", node->store);
	if (node->incarnation)
		printf(", started %u times before", node->incarnation);
	putchar('\n');
	if (store_is_old(node))
		printf("            refused: raftctl down, then join again as a new member\n");
	else if (node->failed)
		printf("            failed: raftctl down, mend the disk, then raftctl up %s\n",
		       node->store);
	else if (node->promised)
		printf("            damaged: no vote until entries up to %llu are back\n",
		       node->promised);
}

static void print_keys(const struct node *node)
{
	if (node->insecure)
		printf("  insecure  anybody who can send to the port can be a member\n");
	if (node->n_keys)
		printf("  sealed    key %08x", node->key[0]);
	if (node->n_keys > 1)
		printf(", accepts %08x, too", node->key[1]);
	if (node->n_keys)
		putchar('\n');
}

static void print_node(const struct node *node)
{
	char addr[ADDR_TEXT];
	int i;

	print_head(node);
	printf("  cluster   ");
	for (i = 0; i < 16; i++)
		printf("%02x", node->cluster[i]);
	printf("\n  member    %s, %016llx, listens on %s\n", node->label, node->id,
	       addr_text(&node->listen, addr));
	print_leader(node);
	print_members(node);
	print_keys(node);
	print_store(node);
	printf("  value     revision %llu, %u of at most %u bytes\n", node->revision,
	       node->value_len, node->value_max);
	printf("  log       %llu to %llu, committed %llu, applied %llu\n", node->first,
	       node->last, node->commit, node->applied);
	printf("  times     heartbeat %u ms, election timeout %u to %u ms\n", node->heartbeat_ms,
	       node->election_ms, 2 * node->election_ms);
	print_changes(node);
}

static int take_node(const struct nlmsghdr *nlh, void *ctx)
{
	unsigned int *n = ctx;
	struct node node;

	node_parse(&node, nlh);
	if (options.json) {
		node_json(NULL, &node);
	} else {
		if (*n)
			putchar('\n');
		print_node(&node);
	}
	++*n;
	return 0;
}

static bool show(unsigned int *n)
{
	if (options.named)
		return nl_get(nl_node_request(RAFTVAL_CMD_NODE_GET), take_node, n);
	return nl_dump(nl_request(RAFTVAL_CMD_NODE_GET), take_node, n);
}

static int run(int argc, char **argv)
{
	unsigned int n = 0;
	int rc = args_next(argc, argv, "", NULL);
	bool shown;

	if (rc == ARGS_HELP) {
		command_help(&cmd_status);
		return DONE;
	}
	if (rc != -1 || !args_none(argc, argv))
		return USAGE;
	if (!nl_open())
		return REFUSED;
	if (!options.json) {
		shown = show(&n);
		if (shown && !n)
			printf("There is no node here; raftctl create or join makes one.\n");
		return shown ? DONE : REFUSED;
	}
	json_open(NULL, '[');
	shown = show(&n);
	json_close(']');
	json_end();
	return shown ? DONE : REFUSED;
}

const struct command cmd_status = {
	.name = "status",
	.args = "",
	.summary = "show the node, or without --node all nodes of the network namespace",
	.help =
	"Role, leader, members, key, store, value and log, and the last changes of the role\n"
	"or the leader with the reason of each. With --json it is an array of nodes.\n\n",
	.examples = "  raftctl status\n  raftctl -n other status -j\n",
	.run = run,
};
