// SPDX-License-Identifier: GPL-2.0
/*
 * One of the allocations fails that raftval makes when it is loaded, or in the thread of a
 * request
 *
 * That thread is not the one that asks, so /proc/PID/fail-nth of the latter is of no use to
 * it. And before a module that is loaded begins, the kernel itself warns if it can not have
 * memory for the tracepoints.
 */
#include <linux/delay.h>
#include <linux/limits.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

static struct tracepoint *waking;
static unsigned int next;
static struct task_struct *thread;

static void fail_in(struct task_struct *task)
{
	unsigned int n = xchg(&next, 0);

	if (!n)
		return;
	task->fail_nth = n;
	WRITE_ONCE(thread, get_task_struct(task));
}

/* Called by who wakes the thread up, with locks held. */
static void begins(void *data, struct task_struct *task)
{
	if (!strcmp(task->comm, "raftval-request"))
		fail_in(task);
}

static int loads(struct notifier_block *block, unsigned long action, void *data)
{
	const struct module *module = data;

	if (action == MODULE_STATE_COMING && !strcmp(module->name, "raftval"))
		fail_in(current);
	return NOTIFY_DONE;
}

/* The last to be told. */
static struct notifier_block module_notifier = {
	.notifier_call = loads,
	.priority = INT_MIN,
};

static void forget(void)
{
	struct task_struct *task = xchg(&thread, NULL);

	if (task)
		put_task_struct(task);
}

static int set_nth(const char *text, const struct kernel_param *param)
{
	unsigned int n;
	int err = kstrtouint(text, 0, &n);

	if (err)
		return err;
	xchg(&next, 0);
	forget();
	xchg(&next, n);
	return 0;
}

/* Waits for the end of the thread, which may go on after its answer. */
static int get_nth(char *buf, const struct kernel_param *param)
{
	struct task_struct *task = READ_ONCE(thread);

	if (!task)
		return sysfs_emit(buf, "%u\n", READ_ONCE(next));
	while (!READ_ONCE(task->exit_state))
		msleep(20);
	return sysfs_emit(buf, "%u\n", task->fail_nth);
}

static const struct kernel_param_ops ops = {
	.set = set_nth,
	.get = get_nth,
};

module_param_cb(nth, &ops, NULL, 0600);
MODULE_PARM_DESC(nth, "which of the next thread's fails; then how many are left to that one");

static void find(struct tracepoint *point, void *data)
{
	if (!strcmp(point->name, "sched_waking"))
		waking = point;
}

static int __init nth_init(void)
{
	int err = register_module_notifier(&module_notifier);

	if (err)
		return err;
	for_each_kernel_tracepoint(find, NULL);
	err = waking ? tracepoint_probe_register(waking, begins, NULL) : -ENOENT;
	if (err)
		unregister_module_notifier(&module_notifier);
	return err;
}

static void __exit nth_exit(void)
{
	tracepoint_probe_unregister(waking, begins, NULL);
	tracepoint_synchronize_unregister();
	unregister_module_notifier(&module_notifier);
	forget();
}

module_init(nth_init);
module_exit(nth_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Makes an allocation of raftval's fail");
MODULE_AUTHOR("The raftval authors");
