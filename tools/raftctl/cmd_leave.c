// SPDX-License-Identifier: GPL-2.0
/* raftctl leave */
#include <stdio.h>
#include <string.h>
#include <linux/types.h>
#include "args.h"
#include "boot.h"
#include "image.h"
#include "json.h"
#include "keyfile.h"
#include "nl.h"
#include "node.h"
#include "raftctl.h"

/* The module has blanked the superblocks; what is in the ring goes, too. */
static bool blank(const struct node *node, const struct store *store)
{
	struct image image;
	__u64 member;
	bool done = false;

	if (image_read(&image, store)) {
		member = image.journal.super.member;
		if (member == node->id || (!member && image_blank(&image)))
			done = store_zero(store);
		else
			complain("%s is not the store of the member that left; it stays as it is",
				 store->path);
	}
	image_free(&image);
	return done;
}

/**
 * struct need - does anybody else on this host need the key?
 * @left: the node that left
 * @found: somebody does, or may
 */
struct need {
	const struct node *left;
	bool found;
};

static int runs(const struct nlmsghdr *nlh, void *ctx)
{
	struct need *need = ctx;
	struct node node;

	node_parse(&node, nlh);
	if (strcmp(node.name, need->left->name) &&
	    !memcmp(node.cluster, need->left->cluster, sizeof(node.cluster)))
		need->found = true;
	return 0;
}

/* Of a store that can not be looked at, nobody knows. */
static bool is_listed(const char *name, void *ctx)
{
	struct need *need = ctx;
	char path[BOOT_PATH];
	struct store store;
	struct image image;

	if (!boot_store(name, path) || store_missing(path) ||
	    !store_open(&store, path, STORE_PEEK)) {
		need->found = true;
		return false;
	}
	if (image_peek(&image, &store) && !memcmp(image.journal.super.cluster, need->left->cluster,
						  sizeof(need->left->cluster)))
		need->found = true;
	image_free(&image);
	store_close(&store);
	return true;
}

static bool forget_key(const struct node *node)
{
	struct need need = { .left = node };

	if (!nl_dump(nl_request(RAFTVAL_CMD_NODE_GET), runs, &need))
		return false;
	boot_each(is_listed, &need);
	return need.found || keyfile_remove(node->cluster);
}

/* What is left on this host's store of a member that is gone. */
static bool forget_store(const struct node *node)
{
	struct store store;
	bool done;

	if (!node->store[0])
		return true;
	done = boot_remove(node->name);
	if (store_missing(node->store))
		return done;
	if (!store_open(&store, node->store, STORE_RUN))
		return false;
	done = blank(node, &store) && done;
	store_close(&store);
	return done;
}

static int run(int argc, char **argv)
{
	uint32_t timeout_ms = RAFTVAL_OP_TIMEOUT_MS;
	struct nlmsghdr *nlh;
	struct node node;
	bool done;
	int rc = args_timeout(argc, argv, &timeout_ms);

	if (rc == ARGS_HELP) {
		command_help(&cmd_leave);
		return DONE;
	}
	if (rc || !args_none(argc, argv))
		return USAGE;
	if (!node_get(&node))
		return REFUSED;
	nlh = nl_node_request(RAFTVAL_CMD_LEAVE);
	mnl_attr_put_u32(nlh, RAFTVAL_A_NODE_TIMEOUT_MS, timeout_ms);
	if (!nl_do(nlh, timeout_ms, NULL, NULL, NULL))
		return REFUSED;
	if (options.json)
		json_done();
	else
		printf("Node %s has left the cluster and is stopped.\n", options.node);
	done = forget_store(&node);
	return forget_key(&node) && done ? DONE : REFUSED;
}

const struct command cmd_leave = {
	.name = "leave",
	.args = "[--timeout SECONDS]",
	.summary = "remove this host from its cluster and stop the node",
	.help =
	"The others go on without this member. Its store is blanked, it is not started with the\n"
	"host any more, and the cluster's key is removed, unless another member on this host\n"
	"needs it. A cluster's last voter can not leave; raftctl down stops it.\n\n"
	"  --timeout SECONDS    how long to wait for the cluster (default: 5)\n",
	.examples = "  raftctl leave\n",
	.run = run,
};
