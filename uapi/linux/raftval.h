/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * raftval: what programs need to know to use it
 *
 * Reading, writing and polling /dev/raftval needs nothing from this header:
 * see raftval(4). The generic netlink family is described in raftval.yaml.
 */
#ifndef _UAPI_LINUX_RAFTVAL_H
#define _UAPI_LINUX_RAFTVAL_H

/* Bytes of a node's name, the terminating NUL included. */
#define RAFTVAL_NAME_LEN	32

/* Bytes of a member's label, the terminating NUL included. */
#define RAFTVAL_LABEL_LEN	32

/* The node that has /dev/raftval; node NAME has /dev/raftval-NAME. */
#define RAFTVAL_NAME_DEFAULT	"raftval"

/* Bytes of the largest value: unless the cluster was made for another size, and at all. */
#define RAFTVAL_VALUE_MAX	4096
#define RAFTVAL_VALUE_LIMIT	65536

/* Bytes of a store that are used at most, however large the file or device is. */
#define RAFTVAL_STORE_MAX	67108864

/* Milliseconds that a read or a write waits for the cluster unless told otherwise. */
#define RAFTVAL_OP_TIMEOUT_MS	5000

/* Milliseconds that a join waits for the cluster's answer unless told otherwise. */
#define RAFTVAL_JOIN_TIMEOUT_MS	10000

#endif /* _UAPI_LINUX_RAFTVAL_H */
