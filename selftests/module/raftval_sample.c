// SPDX-License-Identifier: GPL-2.0
/*
 * raftval_sample - what a kernel module can do with a node of raftval
 *
 *	insmod raftval_sample.ko node=NAME
 *
 * takes the node NAME of the network namespace that insmod runs in, puts its name
 * there if the value was never written, and counts what it is told. What it does on
 * request is done by its parameters:
 *
 *	value		read: a linearizable read; written: a write
 *	local		read: the value as committed on this host
 *	cas		written "REVISION VALUE": compare-and-set
 *	status		read: state, role and term, as numbers
 *	values, roles, downs, revision	what it was told
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/nsproxy.h>
#include <linux/notifier.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <handle.h>

#define TIMEOUT_MS	10000
#define FIRST		"the sample was first"

static char *node = RAFTVAL_NAME_DEFAULT;
module_param(node, charp, 0444);

static unsigned int values, roles, downs;
module_param(values, uint, 0444);
module_param(roles, uint, 0444);
module_param(downs, uint, 0444);

static unsigned long revision;
module_param(revision, ulong, 0444);

static struct raftval_node *handle;

static int show(char *buf, int len)
{
	if (len < 0)
		return len;
	len = min_t(int, len, PAGE_SIZE - 1);
	buf[len] = '\0';
	return len;
}

static int value_get(char *buf, const struct kernel_param *kp)
{
	return show(buf, raftval_handle_read(handle, buf, PAGE_SIZE - 1, NULL, TIMEOUT_MS));
}

static int value_set(const char *val, const struct kernel_param *kp)
{
	return raftval_handle_write(handle, val, strlen(val), NULL, TIMEOUT_MS);
}

static const struct kernel_param_ops value_ops = { .get = value_get, .set = value_set };
module_param_cb(value, &value_ops, NULL, 0600);

static int local_get(char *buf, const struct kernel_param *kp)
{
	return show(buf, raftval_handle_value(handle, buf, PAGE_SIZE - 1, NULL));
}

static const struct kernel_param_ops local_ops = { .get = local_get };
module_param_cb(local, &local_ops, NULL, 0400);

static int cas_set(const char *val, const struct kernel_param *kp)
{
	unsigned long long expect;
	int at;

	if (sscanf(val, "%llu %n", &expect, &at) != 1)
		return -EINVAL;
	return raftval_handle_cas(handle, expect, val + at, strlen(val + at), NULL, TIMEOUT_MS);
}

static const struct kernel_param_ops cas_ops = { .set = cas_set };
module_param_cb(cas, &cas_ops, NULL, 0200);

static int status_get(char *buf, const struct kernel_param *kp)
{
	struct raftval_status status;
	int err = raftval_handle_status(handle, &status);

	return err ?: sysfs_emit(buf, "%u %u %llu\n", status.state, status.role, status.term);
}

static const struct kernel_param_ops status_ops = { .get = status_get };
module_param_cb(status, &status_ops, NULL, 0400);

static int told(struct notifier_block *nb, unsigned long event, void *data)
{
	const struct raftval_handle_news *news = data;

	revision = news->revision;
	values += event == RAFTVAL_HANDLE_VALUE;
	roles += event == RAFTVAL_HANDLE_ROLE;
	downs += event == RAFTVAL_HANDLE_DOWN;
	return NOTIFY_DONE;
}

static struct notifier_block watcher = { .notifier_call = told };

static int __init sample_init(void)
{
	int err;

	handle = raftval_handle_get(current->nsproxy->net_ns, node);
	if (!handle)
		return -ENODEV;
	err = raftval_handle_watch(handle, &watcher);
	if (err)
		goto err_handle;
	err = raftval_handle_cas(handle, 0, FIRST, strlen(FIRST), NULL, TIMEOUT_MS);
	if (err && err != -ESTALE)
		goto err_watch;
	return 0;

err_watch:
	raftval_handle_unwatch(handle, &watcher);
err_handle:
	raftval_handle_put(handle);
	return err;
}

static void __exit sample_exit(void)
{
	raftval_handle_unwatch(handle, &watcher);
	raftval_handle_put(handle);
}

module_init(sample_init);
module_exit(sample_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A sample of what a module can do with raftval");
MODULE_AUTHOR("The raftval authors");
