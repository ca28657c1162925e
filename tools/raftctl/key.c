// SPDX-License-Identifier: GPL-2.0
/*
 * The key of a cluster, on its way from the user to the kernel
 *
 * The kernel gets it in the keyring of this process, as a key of the module's type, which
 * nobody can read back, and a request names it. So it is in no message, and the keyring
 * ends with the process.
 */
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/keyctl.h>
#include "key.h"
#include "nl.h"
#include "raftctl.h"

#define KEY_TYPE	"raftval"

/**
 * key_option() - take an option that concerns the key
 * @wish: gets what it says
 * @option: the option
 * @argument: its argument
 *
 * Return: whether it is one of these.
 */
bool key_option(struct key_wish *wish, int option, char *argument)
{
	switch (option) {
	case KEY_TOKEN:
		wish->token = argument;
		return true;
	case KEY_FILE:
		wish->file = argument;
		return true;
	case KEY_INSECURE:
		wish->insecure = true;
		return true;
	}
	return false;
}

/**
 * key_check() - insist that there is one key
 * @wish: what the options say
 * @source: the command of raftctl that prints tokens of this kind
 *
 * Return: true if so; else it is said.
 */
bool key_check(const struct key_wish *wish, const char *source)
{
	if (!wish->token && !wish->file)
		misused("give --token TOKEN or --key-file FILE; raftctl %s prints the token",
			source);
	else if (wish->token && wish->file)
		misused("--token and --key-file are two ways to give one key");
	else
		return true;
	return false;
}

/* The command line can be seen by everybody as long as the process runs. */
static bool take_token(char *text, struct keyfile *keyfile)
{
	const char *wrong;

	memset(keyfile, 0, sizeof(*keyfile));
	wrong = token_parse(keyfile->token, text);
	explicit_bzero(text, strlen(text));
	if (wrong)
		complain("%s", wrong);
	else
		keyfile->n = 1;
	return !wrong;
}

/**
 * key_take() - take the key that the user gives
 * @wish: where it is
 * @keyfile: gets it
 *
 * Return: true, or false and it is said what is wrong.
 */
bool key_take(const struct key_wish *wish, struct keyfile *keyfile)
{
	return wish->token ? take_token(wish->token, keyfile) :
			     keyfile_read_from(wish->file, keyfile);
}

/**
 * key_admit() - insist that the user knows whether there is a key
 * @wish: what the user says
 * @keyfile: what there is
 * @verb: what --insecure does, without a key
 *
 * Return: true if so; else it is said.
 */
bool key_admit(const struct key_wish *wish, const struct keyfile *keyfile, const char *verb)
{
	if (keyfile->token->sealed && wish->insecure)
		complain("the token is of a cluster with a key; leave out --insecure");
	else if (!keyfile->token->sealed && !wish->insecure)
		complain("the token is of a cluster without a key; --insecure %s nevertheless",
			 verb);
	else
		return true;
	return false;
}

static bool add_key(const struct token *token, const char *description)
{
	if (syscall(SYS_add_key, KEY_TYPE, description, token->key, sizeof(token->key),
		    KEY_SPEC_PROCESS_KEYRING) >= 0)
		return true;
	if (errno == ENODEV)
		nl_not_loaded();
	else
		complain("the kernel does not take the key: %s", strerror(errno));
	return false;
}

/**
 * key_put() - give the keys of a cluster along with a request
 * @nlh: the request
 * @token: they, the one to use first
 * @n: how many, 1 or 2; of a cluster without a key 1
 *
 * Return: true, or false and it is said what is wrong.
 */
bool key_put(struct nlmsghdr *nlh, const struct token *token, unsigned int n)
{
	static const struct {
		int attr;
		const char *description;
	} slot[KEYFILE_KEYS] = {
		{ RAFTVAL_A_NODE_KEY, "raftval:first" },
		{ RAFTVAL_A_NODE_KEY_ACCEPT, "raftval:second" },
	};
	unsigned int i;

	if (!token->sealed) {
		mnl_attr_put(nlh, RAFTVAL_A_NODE_INSECURE, 0, NULL);
		return true;
	}
	for (i = 0; i < n; i++) {
		if (!add_key(&token[i], slot[i].description))
			return false;
		mnl_attr_put_strz(nlh, slot[i].attr, slot[i].description);
	}
	return true;
}

/**
 * key_set() - give the node that the user named these keys, and no others
 * @keyfile: they
 *
 * Return: true, or false and it is said what is wrong.
 */
bool key_set(const struct keyfile *keyfile)
{
	struct nlmsghdr *nlh = nl_node_request(RAFTVAL_CMD_KEY_SET);

	mnl_attr_put_u32(nlh, RAFTVAL_A_NODE_TIMEOUT_MS, RAFTVAL_OP_TIMEOUT_MS);
	return key_put(nlh, keyfile->token, keyfile->n) &&
	       nl_do(nlh, RAFTVAL_OP_TIMEOUT_MS, NULL, NULL, NULL);
}
