// SPDX-License-Identifier: GPL-2.0
/* Takes the processors from everybody, interrupts included, for a while after it is loaded. */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/stop_machine.h>

static unsigned int ms = 100;
module_param(ms, uint, 0444);
MODULE_PARM_DESC(ms, "for how long, milliseconds");

static int hold(void *unused)
{
	mdelay(ms);
	return 0;
}

static int __init hold_init(void)
{
	/* All begin and end together, as when the machine itself stands still. */
	return stop_machine(hold, NULL, NULL);
}

static void __exit hold_exit(void)
{
}

module_init(hold_init);
module_exit(hold_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Makes raftval's timers late");
MODULE_AUTHOR("The raftval authors");
