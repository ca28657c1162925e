/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * raftval: what programs need to know to use it
 *
 * Reading, writing and polling /dev/raftval needs nothing from this header:
 * see raftval(4). The generic netlink family is described in raftval.yaml.
 *
 * All structures have the same size and layout for 32-bit and 64-bit programs,
 * and no gaps. Numbers are in host byte order.
 */
#ifndef _UAPI_LINUX_RAFTVAL_H
#define _UAPI_LINUX_RAFTVAL_H

#include <linux/ioctl.h>
#include <linux/types.h>

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

/**
 * enum raftval_state - what a member is worth
 * @RAFTVAL_STATE_RUNNING: it is well
 * @RAFTVAL_STATE_DAMAGED: its store lost something; it has no vote until that is back
 * @RAFTVAL_STATE_FAILED: it promises nothing more because of its store, and does not read
 * @RAFTVAL_STATE_REMOVED: it is no member of its cluster any more
 * @RAFTVAL_STATE_DOWN: the node is stopped; what else is told was so when it stopped
 */
enum raftval_state {
	RAFTVAL_STATE_RUNNING,
	RAFTVAL_STATE_DAMAGED,
	RAFTVAL_STATE_FAILED,
	RAFTVAL_STATE_REMOVED,
	RAFTVAL_STATE_DOWN,
};

/* For raftval_read.flags: the value as committed on this host, which may lag; never waits. */
#define RAFTVAL_READ_LOCAL	0x1

/**
 * struct raftval_read - %RAFTVAL_IOC_READ: read the value with its revision
 * @data: in: address of the room for the value
 * @revision: out: the revision; 0 if the value was never written
 * @size: in: bytes of that room
 * @len: out: bytes of the value
 * @timeout_ms: in: how long to wait for the cluster, 1 to 3600000; 0: the node's op_timeout_ms
 * @flags: in: %RAFTVAL_READ_LOCAL or 0
 *
 * If the room is too small nothing is copied, the error is ERANGE, and @len and
 * @revision are set.
 */
struct raftval_read {
	__aligned_u64 data;
	__aligned_u64 revision;
	__u32 size;
	__u32 len;
	__u32 timeout_ms;
	__u32 flags;
};

/**
 * struct raftval_write - %RAFTVAL_IOC_WRITE and %RAFTVAL_IOC_CAS: replace the value
 * @data: in: address of the new value
 * @expect: in: %RAFTVAL_IOC_CAS: the revision that the value must have, 0 for one that
 *	was never written; %RAFTVAL_IOC_WRITE: 0
 * @revision: out: the revision that the new value has; with ESTALE the revision that
 *	the value has instead of @expect; else 0
 * @len: in: bytes of the new value
 * @timeout_ms: in: how long to wait for the cluster, 1 to 3600000; 0: the node's op_timeout_ms
 * @flags: in: 0
 * @reserved: in: 0
 *
 * A write that was committed has 0 for its revision if this host has learned of it
 * only as a part of a later state: then the revision is not known.
 */
struct raftval_write {
	__aligned_u64 data;
	__aligned_u64 expect;
	__aligned_u64 revision;
	__u32 len;
	__u32 timeout_ms;
	__u32 flags;
	__u32 reserved;
};

/* For raftval_status.contact_us: never. */
#define RAFTVAL_NEVER	(~0ULL)

/**
 * struct raftval_status - %RAFTVAL_IOC_STATUS: a node as it is on this host now
 * @cluster: id of the cluster
 * @id: id of the member
 * @term: its term
 * @leader: id of the leader of that term, 0 if not known
 * @commit_index: highest index known to be committed
 * @last_index: last index of its log
 * @applied_index: highest index applied
 * @revision: revision of the value as committed here
 * @contact_us: microseconds since the cluster was last known to work: of a leader, since
 *	a majority had answered it; else since it heard a leader; %RAFTVAL_NEVER
 * @n_changes: changes of its role or leader since it started
 * @change_us: microseconds since the newest of them
 * @change_term: the term in which that was
 * @change_who: the member that the reason speaks of, or 0
 * @change_reason: why: &enum raftval_reason of raftval_netlink.h
 * @change_was: the role before, &enum raftval_role of raftval_netlink.h
 * @change_ms: milliseconds that the reason speaks of, or 0
 * @role: its role, &enum raftval_role of raftval_netlink.h
 * @state: &enum raftval_state
 * @value_len: bytes of the value as committed here
 * @value_max: bytes of the largest value
 * @heartbeat_ms: what the cluster was made with
 * @election_ms: what the cluster was made with
 * @op_timeout_ms: how long a read or a write waits unless told otherwise
 * @members: members of the cluster
 * @voters: those of them that have a vote
 * @label: label of the member, with a NUL
 * @leader_label: label of the leader, "" if not known
 * @reserved: 0
 */
struct raftval_status {
	__u8 cluster[16];
	__aligned_u64 id;
	__aligned_u64 term;
	__aligned_u64 leader;
	__aligned_u64 commit_index;
	__aligned_u64 last_index;
	__aligned_u64 applied_index;
	__aligned_u64 revision;
	__aligned_u64 contact_us;
	__aligned_u64 n_changes;
	__aligned_u64 change_us;
	__aligned_u64 change_term;
	__aligned_u64 change_who;
	__u32 change_reason;
	__u32 change_was;
	__u32 change_ms;
	__u32 role;
	__u32 state;
	__u32 value_len;
	__u32 value_max;
	__u32 heartbeat_ms;
	__u32 election_ms;
	__u32 op_timeout_ms;
	__u32 members;
	__u32 voters;
	char label[RAFTVAL_LABEL_LEN];
	char leader_label[RAFTVAL_LABEL_LEN];
	__u8 reserved[32];
};

#define RAFTVAL_IOC_MAGIC	0xbc
#define RAFTVAL_IOC_READ	_IOWR(RAFTVAL_IOC_MAGIC, 0, struct raftval_read)
#define RAFTVAL_IOC_WRITE	_IOWR(RAFTVAL_IOC_MAGIC, 1, struct raftval_write)
#define RAFTVAL_IOC_CAS		_IOWR(RAFTVAL_IOC_MAGIC, 2, struct raftval_write)
#define RAFTVAL_IOC_STATUS	_IOR(RAFTVAL_IOC_MAGIC, 3, struct raftval_status)

/**
 * struct raftval_page - what mmap(2) of the device shows at offset 0
 * @seq: odd while the rest and the value are being changed
 * @len: bytes of the value
 * @revision: revision of the value; 0 if it was never written
 * @term: the node's term
 * @value_max: bytes of the largest value; the mapping can have as many more than this
 *	structure has, rounded up to whole pages
 * @role: the node's role, &enum raftval_role of raftval_netlink.h
 * @state: &enum raftval_state
 * @reserved: 0
 * @value: the value
 *
 * It is local: the value as committed on this host, which may lag behind what
 * read(2) gives, without bound if the host is cut off. What was read is whole
 * if @seq was even before it was read and is the same after it: see
 * raftval_page_copy().
 */
struct raftval_page {
	__u32 seq;
	__u32 len;
	__aligned_u64 revision;
	__aligned_u64 term;
	__u32 value_max;
	__u32 role;
	__u32 state;
	__u8 reserved[28];
	__u8 value[];
};

#ifndef __KERNEL__
/**
 * raftval_page_copy() - copy the value out of a mapped page
 * @page: the page
 * @buf: gets the value, or as much of it as there is room for
 * @size: bytes of that room
 * @revision: gets its revision
 *
 * Makes no system call. Reads again if it met a change.
 *
 * Return: bytes of the value.
 */
static inline __u32 raftval_page_copy(const struct raftval_page *page, void *buf, __u32 size,
				      __u64 *revision)
{
	__u32 seq, len;

	do {
		do {
			seq = __atomic_load_n(&page->seq, __ATOMIC_ACQUIRE);
		} while (seq & 1);
		len = __atomic_load_n(&page->len, __ATOMIC_RELAXED);
		*revision = page->revision;
		/* Mostly a constant, of which the compiler makes a few loads and stores. */
		if (len >= size)
			__builtin_memcpy(buf, page->value, size);
		else
			__builtin_memcpy(buf, page->value, len);
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
	} while (__atomic_load_n(&page->seq, __ATOMIC_RELAXED) != seq);
	return len;
}
#endif /* __KERNEL__ */

#endif /* _UAPI_LINUX_RAFTVAL_H */
