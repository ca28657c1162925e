// SPDX-License-Identifier: GPL-2.0
/* Keys of clusters: a type of the kernel's keyrings without a way to read. */
#include <crypto/algapi.h>
#include <linux/key-type.h>
#include <linux/key.h>
#include <linux/netlink.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include "key.h"

static int preparse(struct key_preparsed_payload *prep)
{
	if (prep->datalen != RAFT_SESSION_KEY)
		return -EINVAL;
	prep->payload.data[0] = kmemdup(prep->data, prep->datalen, GFP_KERNEL);
	if (!prep->payload.data[0])
		return -ENOMEM;
	prep->quotalen = prep->datalen;
	return 0;
}

static void free_preparse(struct key_preparsed_payload *prep)
{
	kfree_sensitive(prep->payload.data[0]);
}

static void describe(const struct key *key, struct seq_file *m)
{
	seq_puts(m, key->description);
}

static void destroy(struct key *key)
{
	kfree_sensitive(key->payload.data[0]);
}

/* A key is not changed, but replaced: so it can be read without a lock. */
static struct key_type key_type = {
	.name = "raftval",
	.def_datalen = RAFT_SESSION_KEY,
	.preparse = preparse,
	.free_preparse = free_preparse,
	.instantiate = generic_key_instantiate,
	.describe = describe,
	.destroy = destroy,
};

/**
 * raftval_key_take() - copy a key out of a keyring of the caller
 * @keys: gets it after those it has; there is room
 * @description: the key's description
 * @extack: gets a sentence for every error
 *
 * Context: process, may sleep.
 *
 * Return: 0, -EINVAL (it is there already), or -ENOKEY and what else request_key() says.
 */
int raftval_key_take(struct raftval_keys *keys, const char *description,
		     struct netlink_ext_ack *extack)
{
	struct key *key = request_key(&key_type, description, NULL);
	u8 *secret = keys->secret[keys->n];

	if (key == ERR_PTR(-ENOMEM)) {
		NL_SET_ERR_MSG(extack, "out of memory");
		return -ENOMEM;
	}
	if (IS_ERR(key)) {
		NL_SET_ERR_MSG(extack,
			       "no key of type raftval has this description in a keyring of the caller; add it first");
		return PTR_ERR(key);
	}
	memcpy(secret, key->payload.data[0], RAFT_SESSION_KEY);
	key_put(key);
	if (keys->n && !crypto_memneq(keys->secret[0], secret, RAFT_SESSION_KEY)) {
		NL_SET_ERR_MSG(extack, "both keys are the same; give one, or another");
		return -EINVAL;
	}
	keys->n++;
	return 0;
}

/**
 * raftval_key_init() - have keys in keyrings
 *
 * Return: 0 or a negative errno.
 */
int raftval_key_init(void)
{
	return register_key_type(&key_type);
}

/**
 * raftval_key_exit() - have no more keys in keyrings
 *
 * Those that there are die. Context: process, sleeps.
 */
void raftval_key_exit(void)
{
	unregister_key_type(&key_type);
}
