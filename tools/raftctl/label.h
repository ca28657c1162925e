/* SPDX-License-Identifier: GPL-2.0 */
/* A member's name for people. */
#ifndef RAFTCTL_LABEL_H
#define RAFTCTL_LABEL_H

#include <libmnl/libmnl.h>

/* Bytes of the longest label that is sent; the kernel refuses shorter ones, too. */
#define LABEL_TEXT	160

const char *label_default(char text[LABEL_TEXT]);
void label_put(struct nlmsghdr *nlh, const char *label);

#endif /* RAFTCTL_LABEL_H */
