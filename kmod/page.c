// SPDX-License-Identifier: GPL-2.0
/*
 * The page of a node: what programs see of it that map its device
 *
 * The committed value as this host knows it, and the little of the node's state
 * that goes with it, behind a sequence count that is odd while they change. Who
 * reads makes no system call and stops nobody; who met a change reads again.
 * What the count promises to programs stands at &struct raftval_page.
 *
 * It is made with the node and freed with its last reference. Mappings hold the
 * memory for themselves, so they may stay for as long as they like.
 */
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/processor.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include "compat.h"
#include "page.h"

/**
 * raftval_page_new() - make the page of a node
 * @value_max: bytes of the largest value
 *
 * Context: process, may sleep.
 *
 * Return: the page, of a value that was never written, or NULL.
 */
struct raftval_page *raftval_page_new(u32 value_max)
{
	struct raftval_page *page = vmalloc_user(sizeof(*page) + value_max);

	if (!page)
		return NULL;
	page->value_max = value_max;
	return page;
}

/**
 * raftval_page_free() - give a page back
 * @page: the page, or NULL
 *
 * Context: process, may sleep.
 */
void raftval_page_free(struct raftval_page *page)
{
	vfree(page);
}

/* A reader of this kernel waits for the end of a change, so no change is preempted. */

static void begin_change(struct raftval_page *page)
{
	preempt_disable();
	WRITE_ONCE(page->seq, page->seq + 1);
	smp_wmb(); /* the count is odd before anything changes, see raftval_page_read() */
}

static void end_change(struct raftval_page *page)
{
	smp_wmb(); /* all has changed before the count is even, see raftval_page_read() */
	WRITE_ONCE(page->seq, page->seq + 1);
	preempt_enable();
}

/**
 * raftval_page_write() - show what is new
 * @page: the page; there is one writer at a time
 * @head: its revision, term, length, role and state are shown
 * @value: the value, @head->len bytes, at most the page's value_max
 *
 * Context: process; does not sleep.
 */
void raftval_page_write(struct raftval_page *page, const struct raftval_page *head, const u8 *value)
{
	begin_change(page);
	page->revision = head->revision;
	page->term = head->term;
	page->len = head->len;
	page->role = head->role;
	page->state = head->state;
	memcpy(page->value, value, head->len);
	end_change(page);
}

/**
 * raftval_page_down() - show that the node is stopped
 * @page: the page; nobody writes it any more
 *
 * Context: process; does not sleep.
 */
void raftval_page_down(struct raftval_page *page)
{
	begin_change(page);
	page->state = RAFTVAL_STATE_DOWN;
	end_change(page);
}

static u32 wait_even(const struct raftval_page *page)
{
	u32 seq;

	for (;;) {
		/* Pairs with the barrier in end_change(): even means that all is there. */
		seq = smp_load_acquire(&page->seq);
		if (!(seq & 1))
			return seq;
		cpu_relax();
	}
}

/**
 * raftval_page_read() - copy a part of the value
 * @page: the page
 * @pos: first byte wanted
 * @buf: gets the bytes
 * @size: room in @buf
 * @revision: gets the value's revision, may be NULL
 *
 * Context: process; does not sleep.
 *
 * Return: bytes of the whole value; those of them from @pos on are in @buf, as
 * many as there is room for.
 */
u32 raftval_page_read(const struct raftval_page *page, u32 pos, u8 *buf, u32 size, u64 *revision)
{
	u32 seq, len;

	do {
		seq = wait_even(page);
		len = READ_ONCE(page->len);
		if (revision)
			*revision = page->revision;
		if (pos < len)
			memcpy(buf, page->value + pos, min(size, len - pos));
		smp_rmb(); /* pairs with the barrier in begin_change() */
	} while (READ_ONCE(page->seq) != seq);
	return len;
}

/**
 * raftval_page_map() - let a program see the page
 * @page: the page
 * @vma: where; the caller sees to it that the page outlives it
 *
 * Context: process, may sleep; the program's memory map is locked for writing.
 *
 * Return: 0, -EPERM (it is not to be written), -EINVAL (there is not so much), -ENOMEM.
 */
int raftval_page_map(struct raftval_page *page, struct vm_area_struct *vma)
{
	if (vma->vm_flags & (VM_WRITE | VM_EXEC))
		return -EPERM;
	raftval_vm_flags_clear(vma, VM_MAYWRITE | VM_MAYEXEC);
	return remap_vmalloc_range(vma, page, vma->vm_pgoff);
}
