/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An open file of a node's device
 */
#ifndef RAFTVAL_FILE_H
#define RAFTVAL_FILE_H

#include <linux/fs.h>

extern const struct file_operations raftval_file_ops;

int raftval_file_init(void);
void raftval_file_exit(void);

#endif /* RAFTVAL_FILE_H */
