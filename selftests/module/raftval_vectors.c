// SPDX-License-Identifier: GPL-2.0
/*
 * raftval_vectors - the seal against the known answers that it is held to in userspace, too
 *
 *	insmod raftval_vectors.ko
 *
 * Loads if the kernel's ciphers and the seal make of known input what they must; else it
 * says what is wrong, and does not.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include "known.h"
/* The seal has no symbols for others, for nothing else may use it. */
#include "../../kmod/seal.c"
#include "../../kmod/core/session.c"
#include "../../kmod/core/replay.c"

static int __init vectors_init(void)
{
	struct raft_session *session = kzalloc(sizeof(*session), GFP_KERNEL);
	u8 *buf = kzalloc(RAFTVAL_SEAL_MAX, GFP_KERNEL);
	const char *wrong = "no memory";

	if (session && buf)
		wrong = known_answers(session, buf);
	kfree(buf);
	kfree(session);
	if (!wrong)
		return 0;
	pr_err("%s is not as it must be\n", wrong);
	return -EINVAL;
}

static void __exit vectors_exit(void)
{
}

module_init(vectors_init);
module_exit(vectors_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Known answers of raftval's seal");
MODULE_AUTHOR("The raftval authors");
