// SPDX-License-Identifier: GPL-2.0
/*
 * raftctl key
 *
 * A new key of the cluster comes in steps, each on every host before the next on any: it
 * is accepted, then used, then the old one is dropped. What a step wants is written to the
 * key file and told to the node, whether it was so already or not: so a step that was cut
 * short is done by doing it again, and a node that was down meanwhile starts with what the
 * file says.
 */
#include <stdio.h>
#include <string.h>
#include "args.h"
#include "json.h"
#include "key.h"
#include "node.h"
#include "raftctl.h"
#include "table.h"

enum { NEW = 256, FORCE };

static const struct option own[] = {
	{ "token", required_argument, NULL, KEY_TOKEN },
	{ "key-file", required_argument, NULL, KEY_FILE },
	{ "new", no_argument, NULL, NEW },
	{ "force", no_argument, NULL, FORCE },
	{ },
};

/**
 * struct wish - what the user asked for
 * @verb: the step, NULL to show how things are
 * @key: the key to accept
 * @drop_new: give up the new key, not the old one
 * @force: whatever the others use
 */
struct wish {
	const char *verb;
	struct key_wish key;
	bool drop_new;
	bool force;
};

/*
 * How things are
 */

static void print_session(const struct node *node, const struct peer *peer)
{
	table_cell("%s", node_label(node, peer->id));
	if (peer->id == node->id)
		table_cell("this node");
	else if (peer->session)
		table_cell("%08x", peer->key);
	else
		table_cell("no session");
	table_row();
}

static void print_keys(const struct node *node)
{
	unsigned int i;

	if (node->insecure) {
		printf("insecure: anybody who can send to the port can be a member\n");
		return;
	}
	printf("sealed with key %08x\n", node->key[0]);
	if (node->n_keys > 1)
		printf("accepts %08x, too\n", node->key[1]);
	putchar('\n');
	table_cell("MEMBER");
	table_cell("KEY");
	table_row();
	for (i = 0; i < node->n_peers; i++)
		print_session(node, &node->peer[i]);
	table_print();
}

static bool show(void)
{
	struct node node;

	if (!node_get(&node))
		return false;
	if (options.json) {
		json_open(NULL, '{');
		node_json_keys(&node);
		node_json_peers("members", &node);
		json_close('}');
		json_end();
	} else {
		print_keys(&node);
	}
	return true;
}

/*
 * Steps
 */

/**
 * struct turn - a step, and what it is done to
 * @wish: what the user asked for
 * @node: the node, before
 * @keyfile: the key of its cluster
 */
struct turn {
	const struct wish *wish;
	struct node node;
	struct keyfile keyfile;
};

/* A key that only the node has would be lost with it. */
static bool keep(const struct keyfile *keyfile)
{
	return keyfile_write(keyfile) && key_set(keyfile);
}

static void report(const char *what, const char *next)
{
	if (options.json)
		json_done();
	else if (next)
		printf("Node %s %s.\nWhen that is so on every host: raftctl key %s\n", options.node,
		       what, next);
	else
		printf("Node %s %s.\n", options.node, what);
}

static void report_new(const struct token *token)
{
	char text[TOKEN_TEXT];

	token_print(token, text);
	if (options.json) {
		json_open(NULL, '{');
		json_string("token", text);
		json_close('}');
		json_end();
	} else {
		printf("Node %s accepts a new key. On each other host say:\n\n"
		       "  raftctl key accept --token %s\n\n"
		       "Then on each host, this one included, which may take its time:\n\n"
		       "  raftctl key switch\n\n"
		       "And when that is done on all of them, on each:\n\n"
		       "  raftctl key drop\n", options.node, text);
	}
	explicit_bzero(text, sizeof(text));
}

static bool do_rotate(struct turn *turn)
{
	struct keyfile *keyfile = &turn->keyfile;

	if (keyfile->n == 1) {
		keyfile->token[1] = keyfile->token[0];
		if (!token_make_key(&keyfile->token[1]))
			return false;
		keyfile->switched = false;
		keyfile->n = 2;
	}
	if (!keep(keyfile))
		return false;
	report_new(&keyfile->token[keyfile->switched ? 0 : 1]);
	return true;
}

/* False if there is no room for it. */
static bool add(struct keyfile *keyfile, const struct keyfile *given)
{
	const struct token *token;

	for (token = given->token; token < given->token + given->n; token++) {
		if (keyfile_has(keyfile, token))
			continue;
		if (keyfile->n == KEYFILE_KEYS)
			return false;
		keyfile->token[keyfile->n++] = *token;
		keyfile->switched = false;
	}
	return true;
}

static bool take_new(struct turn *turn, const struct keyfile *given)
{
	if (memcmp(given->token->cluster, turn->node.cluster, TOKEN_CLUSTER))
		complain("the token is of another cluster; take the one that key rotate printed");
	else if (!given->token->sealed)
		complain("the token has no key; take the one that raftctl key rotate printed");
	else if (!add(&turn->keyfile, given))
		complain("there are two keys already; key switch and key drop finish that");
	else
		return true;
	return false;
}

static bool do_accept(struct turn *turn)
{
	struct keyfile *keyfile = &turn->keyfile;
	struct keyfile given;
	bool done;

	done = key_take(&turn->wish->key, &given) && take_new(turn, &given) && keep(keyfile);
	explicit_bzero(&given, sizeof(given));
	if (!done)
		return false;
	if (keyfile->n == 1)
		report("has this key only", NULL);
	else if (keyfile->switched)
		report("uses the new key, and accepts the old one", "drop");
	else
		report("accepts the new key, and uses the old one", "switch");
	return true;
}

static bool do_switch(struct turn *turn)
{
	struct keyfile *keyfile = &turn->keyfile;
	bool already = keyfile->switched;
	struct token old;

	if (keyfile->n == 1) {
		complain("this host has one key only; rotate makes another, and accept takes it");
		return false;
	}
	if (!already) {
		old = keyfile->token[0];
		keyfile->token[0] = keyfile->token[1];
		keyfile->token[1] = old;
		keyfile->switched = true;
		explicit_bzero(&old, sizeof(old));
	}
	if (!keep(keyfile))
		return false;
	report(already ? "uses the new key already, and accepts the old one" :
			 "uses the new key, and accepts the old one", "drop");
	return true;
}

/* Those whose sessions are with the key that is to go may not have the other one. */
static bool may_drop(struct keyfile *keyfile)
{
	const struct peer *peer;
	struct node node;

	/* What the file says is not what the node does, if a step was cut short. */
	if (!key_set(keyfile) || !node_get(&node))
		return false;
	for (peer = node.peer; peer < node.peer + node.n_peers; peer++) {
		if (!peer->session || peer->key == node.key[0])
			continue;
		complain("%s still uses that key, as raftctl key shows; --force drops it anyway",
			 node_label(&node, peer->id));
		return false;
	}
	return true;
}

/* The node first: what it uses is in the file in any case. */
static bool do_drop(struct turn *turn)
{
	struct keyfile *keyfile = &turn->keyfile;
	const struct wish *wish = turn->wish;
	bool both = keyfile->n == 2;

	if (both && !wish->drop_new && !keyfile->switched) {
		complain("the new key is not in use yet; key switch uses it, drop --new drops it");
		return false;
	}
	if (both && wish->drop_new && keyfile->switched) {
		complain("the new key is in use already; raftctl key drop drops the old one");
		return false;
	}
	if (both && !wish->force && !may_drop(keyfile))
		return false;
	keyfile->n = 1;
	if (!key_set(keyfile) || !keyfile_write(keyfile))
		return false;
	report(both ? "has only one key now" : "has only one key; there was none to drop", NULL);
	return true;
}

/**
 * struct step - what can be done
 * @verb: what the user calls it
 * @run: does it and tells of it; returns false if it is said what is wrong
 */
struct step {
	const char *verb;
	bool (*run)(struct turn *turn);
};

static const struct step steps[] = {
	{ "rotate", do_rotate },
	{ "accept", do_accept },
	{ "switch", do_switch },
	{ "drop", do_drop },
};

static const struct step *find_step(const char *verb)
{
	const struct step *step;

	for (step = steps; step < steps + ARRAY_SIZE(steps); step++)
		if (!strcmp(step->verb, verb))
			return step;
	return NULL;
}

/* What the node's cluster has for a key on this host. */
static bool find_key(const struct node *node, struct keyfile *keyfile)
{
	char path[BOOT_PATH];

	if (node->insecure) {
		complain("the cluster was made without a key, and has to be made anew to get one");
		return false;
	}
	if (!keyfile_read(node->cluster, keyfile))
		return false;
	if (keyfile->n && keyfile->token->sealed)
		return true;
	complain("the key of the cluster is not in %s; copy that file from another member",
		 keyfile_path(node->cluster, path));
	return false;
}

static bool take(const struct step *step, const struct wish *wish)
{
	struct turn turn = { .wish = wish };
	bool done;

	done = node_get(&turn.node) && find_key(&turn.node, &turn.keyfile) &&
	       step->run(&turn);
	explicit_bzero(&turn.keyfile, sizeof(turn.keyfile));
	return done;
}

static int read_options(struct wish *wish, int argc, char **argv)
{
	int c;

	while ((c = args_next(argc, argv, "", own)) >= NEW) {
		wish->drop_new |= c == NEW;
		wish->force |= c == FORCE;
		key_option(&wish->key, c, optarg);
	}
	if (c != -1)
		return c;
	if (optind < argc)
		wish->verb = argv[optind++];
	return args_none(argc, argv) ? 0 : ARGS_BAD;
}

/* Do the options go with the step? */
static bool check(const struct wish *wish)
{
	bool accept = wish->verb && !strcmp(wish->verb, "accept");
	bool drop = wish->verb && !strcmp(wish->verb, "drop");

	if (accept)
		return key_check(&wish->key, "key rotate");
	if (wish->key.token || wish->key.file)
		misused("--%s is of use only with accept", wish->key.token ? "token" : "key-file");
	else if (!drop && (wish->drop_new || wish->force))
		misused("--%s is of use only with drop", wish->force ? "force" : "new");
	else
		return true;
	return false;
}

static int run(int argc, char **argv)
{
	const struct step *step = NULL;
	struct wish wish = { 0 };
	int rc = read_options(&wish, argc, argv);

	if (rc == ARGS_HELP) {
		command_help(&cmd_key);
		return DONE;
	}
	if (rc)
		return USAGE;
	if (wish.verb) {
		step = find_step(wish.verb);
		if (!step)
			return misused("'%s' is none of rotate, accept, switch and drop",
				       wish.verb);
	}
	if (!check(&wish))
		return USAGE;
	return (step ? take(step, &wish) : show()) ? DONE : REFUSED;
}

const struct command cmd_key = {
	.name = "key",
	.args = "[rotate | accept --token TOKEN|--key-file FILE | switch | drop [OPTION]...]",
	.summary = "show by which key the cluster is sealed, or give it a new one",
	.help =
	"Without a verb it shows the names of the keys, which say nothing of the keys, and with\n"
	"which of them the session with each member is sealed. A new key comes in four steps,\n"
	"each on every host before the next one on any. Each can be repeated.\n\n"
	"  rotate               on one host: make a new key, accept it, and print its token\n"
	"  accept               on each other host: accept the new key, too\n"
	"  switch               use the new key, and accept the old one\n"
	"  drop                 use the new key only\n"
	"  --token TOKEN        with accept: the new key, as rotate printed it\n"
	"  --key-file FILE      with accept: the same in a file, - is standard input; the key\n"
	"                       file of the host with the new key will do\n"
	"  --new                with drop: give up the new key, before anybody switches\n"
	"  --force              with drop: also while a session is sealed with that key\n",
	.examples =
	"  raftctl key rotate\n"
	"  ssh host1 cat /etc/raftval/ID.key | raftctl key accept --key-file -\n"
	"  raftctl key switch\n"
	"  raftctl key drop\n",
	.run = run,
};
