/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where kernels differ: nothing else in the module asks for the version
 */
#ifndef RAFTVAL_COMPAT_H
#define RAFTVAL_COMPAT_H

#include <linux/hrtimer.h>
#include <linux/mm.h>
#include <linux/version.h>

/* Flags of a mapping have been behind functions since 6.3. */
static inline void raftval_vm_flags_clear(struct vm_area_struct *vma, unsigned long flags)
{
#if KERNEL_VERSION(6, 3, 0) <= LINUX_VERSION_CODE
	vm_flags_clear(vma, flags);
#else
	vma->vm_flags &= ~flags;
#endif
}

/* What a timer does has been given together with its clock since 6.13. It runs in softirq. */
static inline void raftval_hrtimer_setup(struct hrtimer *timer,
					 enum hrtimer_restart (*function)(struct hrtimer *))
{
#if KERNEL_VERSION(6, 13, 0) <= LINUX_VERSION_CODE
	hrtimer_setup(timer, function, CLOCK_MONOTONIC, HRTIMER_MODE_REL_SOFT);
#else
	hrtimer_init(timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_SOFT);
	timer->function = function;
#endif
}

#endif /* RAFTVAL_COMPAT_H */
