// SPDX-License-Identifier: GPL-2.0
/* raftctl up */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/types.h>
#include "args.h"
#include "boot.h"
#include "image.h"
#include "json.h"
#include "key.h"
#include "nl.h"
#include "node.h"
#include "raftctl.h"

enum { ALL = 256, HOTPLUG };

static const struct option own[] = {
	{ "all", no_argument, NULL, ALL },
	{ "hotplug", no_argument, NULL, HOTPLUG },
	{ "key-file", required_argument, NULL, KEY_FILE },
	{ "insecure", no_argument, NULL, KEY_INSECURE },
	{ },
};

/**
 * struct wish - what the user asked for
 * @path: the store; NULL for that of the node's file
 * @all: every member that is listed
 * @hotplug: leave those to udev whose block device is not there yet
 * @key: the key, if this host does not have it
 */
struct wish {
	const char *path;
	bool all;
	bool hotplug;
	struct key_wish key;
};

static void report(const char *name, const struct raft_journal *journal, const char *what)
{
	printf("Node %s is up, as %s; %s.\n", name, journal->super.label, what);
	if (journal->state.promised)
		printf("It has no vote until entries up to %llu are back.\n",
		       journal->state.promised);
}

/* The key of the store's cluster. */
static bool find_key(const struct key_wish *wish, const struct raft_journal_super *super,
		     struct keyfile *keyfile)
{
	char path[BOOT_PATH];

	if (!(wish->file ? key_take(wish, keyfile) : keyfile_read(super->cluster, keyfile)))
		return false;
	if (!keyfile->n && wish->insecure) {
		keyfile->n = 1;
		keyfile->token->value_max = super->value_max;
		memcpy(keyfile->token->cluster, super->cluster, TOKEN_CLUSTER);
	}
	if (!keyfile->n)
		complain("no key of this node's cluster is in %s; give one with --key-file",
			 keyfile_path(super->cluster, path));
	else if (memcmp(keyfile->token->cluster, super->cluster, TOKEN_CLUSTER))
		complain("the key is of another cluster than the store; take one of that cluster");
	else
		return (!wish->file && !wish->insecure) ||
		       key_admit(wish, keyfile, "starts its member");
	return false;
}

/* The name is NULL for the one that is in the store. */
static bool hand_over(const struct store *store, const struct image *image, const char *name,
		      const struct keyfile *keyfile)
{
	const struct raft_journal_super *super = &image->journal.super;
	struct nlmsghdr *nlh = nl_request(RAFTVAL_CMD_UP);

	if (name)
		mnl_attr_put_strz(nlh, RAFTVAL_A_NODE_NAME, name);
	mnl_attr_put_u32(nlh, RAFTVAL_A_NODE_STORE, store->fd);
	nl_about("node %s, from %s", name ?: super->name, store->path);
	if (!key_put(nlh, keyfile->token, keyfile->n) ||
	    !nl_do(nlh, RAFTVAL_OP_TIMEOUT_MS, NULL, NULL, NULL))
		return false;
	if (!options.json)
		report(name ?: super->name, &image->journal,
		       raft_journal_verdict_text(image->verdict));
	return true;
}

/* A key that the user gave is kept once it is known to be of use. */
static bool start_image(const struct store *store, const struct image *image, const char *name,
			const struct key_wish *wish)
{
	struct keyfile keyfile;
	bool done;

	done = find_key(wish, &image->journal.super, &keyfile) &&
	       hand_over(store, image, name, &keyfile) &&
	       ((!wish->file && !wish->insecure) || keyfile_write(&keyfile));
	explicit_bzero(&keyfile, sizeof(keyfile));
	return done;
}

/* What has the member not start is known before the module is asked. */
static bool start(const char *path, const char *name, const struct key_wish *key,
		  char found[RAFTVAL_NAME_LEN])
{
	const char *trouble;
	struct store store;
	struct image image;
	bool done = false;

	if (!store_open(&store, path, STORE_RUN))
		return false;
	if (image_read(&image, &store)) {
		trouble = image_trouble(&image);
		if (trouble)
			complain("%s: %s", path, trouble);
		else
			done = start_image(&store, &image, name, key);
		snprintf(found, RAFTVAL_NAME_LEN, "%s", name ?: image.journal.super.name);
	}
	image_free(&image);
	store_close(&store);
	return done;
}

static bool same_file(const char *a, const char *b)
{
	struct stat sa, sb;

	if (stat(a, &sa) || stat(b, &sb))
		return false;
	if (S_ISBLK(sa.st_mode) && S_ISBLK(sb.st_mode))
		return sa.st_rdev == sb.st_rdev;
	return sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}

/**
 * struct running - is this member's node up?
 * @name: the node's name
 * @store: the member's store
 * @found: it is
 */
struct running {
	const char *name;
	const char *store;
	bool found;
};

static int look_for(const struct nlmsghdr *nlh, void *ctx)
{
	struct running *running = ctx;
	struct node node;

	node_parse(&node, nlh);
	if (!strcmp(node.name, running->name) && same_file(node.store, running->store))
		running->found = true;
	return 0;
}

/* One that runs already is not worth a word. */
static bool start_listed(const char *name, const char *store, const struct key_wish *key)
{
	struct running running = { .name = name, .store = store };
	char found[RAFTVAL_NAME_LEN];

	return nl_dump(nl_request(RAFTVAL_CMD_NODE_GET), look_for, &running) &&
	       (running.found || start(store, name, key, found));
}

/* Is its store a block device that is not there yet? Then that is said. */
static bool late(const char *name, const char *store)
{
	if (strncmp(store, "/dev/", 5) || !access(store, F_OK) || errno != ENOENT)
		return false;
	if (!options.json)
		printf("Node %s is not up: its store, %s, is not there yet; udev starts it then.\n",
		       name, store);
	return true;
}

static bool start_each(const char *name, void *ctx)
{
	const struct wish *wish = ctx;
	char store[BOOT_PATH];
	bool good = boot_store(name, store);
	bool waits = good && wish->hotplug && late(name, store);
	bool done = good && !waits && start_listed(name, store, &wish->key);

	if (options.json) {
		json_open(NULL, '{');
		json_string("name", name);
		json_bool("up", done);
		json_close('}');
	}
	return done || waits;
}

static bool start_all(struct wish *wish)
{
	bool done;

	if (!options.json)
		return boot_each(start_each, wish);
	json_open(NULL, '[');
	done = boot_each(start_each, wish);
	json_close(']');
	json_end();
	return done;
}

/* Without a path, the store is the one that the node is listed with. */
static bool start_one(const struct wish *wish)
{
	char name[RAFTVAL_NAME_LEN], store[BOOT_PATH];
	struct node node;
	bool done;

	if (wish->path)
		done = start(wish->path, options.named ? options.node : NULL, &wish->key, name);
	else
		done = boot_store(options.node, store) &&
		       start_listed(options.node, store, &wish->key);
	if (!done || !options.json)
		return done;
	if (wish->path)
		options.node = name;
	if (!node_get_made(&node))
		return false;
	node_json(NULL, &node);
	json_end();
	return true;
}

static int read_options(struct wish *wish, int argc, char **argv)
{
	int c;

	while ((c = args_next(argc, argv, "", own)) >= ALL) {
		wish->all |= c == ALL;
		wish->hotplug |= c == HOTPLUG;
		key_option(&wish->key, c, optarg);
	}
	if (c != -1)
		return c;
	if (optind < argc)
		wish->path = argv[optind++];
	return args_none(argc, argv) ? 0 : ARGS_BAD;
}

static int run(int argc, char **argv)
{
	struct wish wish = { 0 };
	int rc = read_options(&wish, argc, argv);

	if (rc == ARGS_HELP) {
		command_help(&cmd_up);
		return DONE;
	}
	if (rc)
		return USAGE;
	if (wish.all && (wish.path || options.named))
		return misused("--all starts every member that is listed; name none");
	if (wish.all && (wish.key.file || wish.key.insecure))
		return misused("--%s is of one member; start that by itself",
			       wish.key.file ? "key-file" : "insecure");
	if (wish.hotplug && !wish.all)
		return misused("--hotplug is of use only with --all");
	if (!nl_open())
		return REFUSED;
	return (wish.all ? start_all(&wish) : start_one(&wish)) ? DONE : REFUSED;
}

const struct command cmd_up = {
	.name = "up",
	.args = "[PATH] [--key-file FILE|--insecure] | --all [--hotplug]",
	.summary = "start a member from its store",
	.help =
	"The member goes on as what it was when its node was stopped, or its host crashed.\n"
	"Without --node, the node is called as it was before. Without PATH, the store is the\n"
	"one that /etc/raftval/NODE.conf names, and a node that is up already is left alone.\n"
	"The cluster's key is in /etc/raftval/ID.key, since the member was made.\n\n"
	"  --key-file FILE      a key file of another member, or what raftctl token printed\n"
	"                       there, to be kept on this host; - is standard input\n"
	"  --insecure           the cluster has no key\n"
	"  --all                start each member that has a file in /etc/raftval and does\n"
	"                       not run; go on after a failure\n"
	"  --hotplug            leave to udev those whose block device is not there yet\n",
	.examples =
	"  raftctl up /var/lib/raftval.img\n"
	"  raftctl -n other up\n"
	"  ssh 192.0.2.1 raftctl token | raftctl up /var/lib/raftval.img --key-file -\n"
	"  raftctl up --all\n",
	.run = run,
};
