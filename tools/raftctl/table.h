/* SPDX-License-Identifier: GPL-2.0 */
/* Tables for people. */
#ifndef RAFTCTL_TABLE_H
#define RAFTCTL_TABLE_H

void table_cell(const char *format, ...) __attribute__((format(printf, 1, 2)));
void table_row(void);
void table_print(void);

#endif /* RAFTCTL_TABLE_H */
