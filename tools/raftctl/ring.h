/* SPDX-License-Identifier: GPL-2.0 */
/* The ring of a store, for people and programs: what is where. */
#ifndef RAFTCTL_RING_H
#define RAFTCTL_RING_H

#include "journal.h"

void ring_show(struct raft_journal *journal);

#endif /* RAFTCTL_RING_H */
