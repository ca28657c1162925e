// SPDX-License-Identifier: GPL-2.0
/* Takes the processors from everybody, interrupts included, for a while after it is loaded. */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/smp.h>

static unsigned int ms = 100;
module_param(ms, uint, 0444);
MODULE_PARM_DESC(ms, "for how long, milliseconds");

static void hold(void *unused)
{
	mdelay(ms);
}

static int __init hold_init(void)
{
	on_each_cpu(hold, NULL, 1);
	return 0;
}

static void __exit hold_exit(void)
{
}

module_init(hold_init);
module_exit(hold_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Makes raftval's timers late");
MODULE_AUTHOR("The raftval authors");
