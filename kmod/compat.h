/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where kernels differ: nothing else in the module asks for the version
 */
#ifndef RAFTVAL_COMPAT_H
#define RAFTVAL_COMPAT_H

#include <crypto/blake2s.h>
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

/* The arguments are in another order since 6.19. */
static inline void raftval_blake2s(const u8 *key, size_t key_len, const u8 *in, size_t in_len,
				   u8 *out, size_t out_len)
{
#if KERNEL_VERSION(6, 19, 0) <= LINUX_VERSION_CODE
	blake2s(key, key_len, in, in_len, out, out_len);
#else
	blake2s(out, in, key, out_len, in_len, key_len);
#endif
}

/* Binary files of sysfs are constant since 6.16, and can not be before. */
#if KERNEL_VERSION(6, 16, 0) <= LINUX_VERSION_CODE
#define RAFTVAL_BIN_CONST const
#else
#define RAFTVAL_BIN_CONST
#endif

/* Tunnels' datagrams have flags since 6.17. */
#if KERNEL_VERSION(6, 17, 0) <= LINUX_VERSION_CODE
#define raftval_tunnel_xmit(...)	udp_tunnel_xmit_skb(__VA_ARGS__, 0)
#define raftval_tunnel6_xmit(...)	udp_tunnel6_xmit_skb(__VA_ARGS__, 0)
#else
#define raftval_tunnel_xmit		udp_tunnel_xmit_skb
#define raftval_tunnel6_xmit		udp_tunnel6_xmit_skb
#endif

#endif /* RAFTVAL_COMPAT_H */
