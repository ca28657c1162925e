/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The page of a node: what programs see of it that map its device
 */
#ifndef RAFTVAL_PAGE_H
#define RAFTVAL_PAGE_H

#include <linux/types.h>
#include <linux/raftval.h>

struct vm_area_struct;

struct raftval_page *raftval_page_new(u32 value_max);
void raftval_page_free(struct raftval_page *page);
void raftval_page_write(struct raftval_page *page, const struct raftval_page *head,
			const u8 *value);
void raftval_page_down(struct raftval_page *page);
u32 raftval_page_read(const struct raftval_page *page, u32 pos, u8 *buf, u32 size, u64 *revision);
int raftval_page_map(struct raftval_page *page, struct vm_area_struct *vma);

#endif /* RAFTVAL_PAGE_H */
