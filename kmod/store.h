/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A store: the file or block device that makes a node's promises survive
 *
 * What is on it, and where, is decided by core/journal.h. Here it is opened,
 * read and written. Functions may sleep unless they say otherwise.
 */
#ifndef RAFTVAL_STORE_H
#define RAFTVAL_STORE_H

#include <linux/types.h>
#include "journal.h"

struct netlink_ext_ack;
struct raftval_store;

/**
 * struct raftval_store_stats - what a store counts
 * @writes: writes that the core asked for
 * @blocks: blocks in them
 * @marks: markers, which say that all is durable
 * @write_us: microseconds that all of these took
 * @load_us: microseconds that it took to read the store back, 0 for a new one
 */
struct raftval_store_stats {
	u64 writes;
	u64 blocks;
	u64 marks;
	u64 write_us;
	u64 load_us;
};

struct raftval_store *raftval_store_open(int fd, struct netlink_ext_ack *extack);
int raftval_store_load(struct raftval_store *store, struct netlink_ext_ack *extack);
int raftval_store_format(struct raftval_store *store, struct raft_journal_super *super,
			 struct netlink_ext_ack *extack);
int raftval_store_start(struct raftval_store *store, struct netlink_ext_ack *extack);
int raftval_store_restore(struct raftval_store *store, struct raft *raft,
			  struct netlink_ext_ack *extack);
void raftval_store_listen(struct raftval_store *store, void (*wake)(void *ctx), void *ctx);
void raftval_store_close(struct raftval_store *store, bool blank);

void raftval_store_write(struct raftval_store *store, const struct raft *raft,
			 const struct raft_persist *persist);
void raftval_store_refuse(struct raftval_store *store);
bool raftval_store_ended(struct raftval_store *store);
bool raftval_store_take_end(struct raftval_store *store, u64 *seq, bool *error);
u64 raftval_store_mark_at(const struct raftval_store *store);
void raftval_store_mark(struct raftval_store *store);

const struct raft_journal_super *raftval_store_super(const struct raftval_store *store);
const char *raftval_store_path(const struct raftval_store *store, char *buf, int size);
void raftval_store_stats(struct raftval_store *store, struct raftval_store_stats *stats);
void raftval_store_exit(void);

#endif /* RAFTVAL_STORE_H */
