/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What was agreed on: found out from all that the three stores ever held, and so
 * known for every moment of the tape, whatever a crash at that moment leaves.
 *
 * A committed entry was on the stores of two members at least as an entry before it
 * was in anybody's state, and is never replaced there. So the entry of an index is
 * the one that the logs of two stores held when they last held any. What a
 * writer was told is found by the text of its value, "wWRITER NUMBER", which it
 * writes once: if it is in the log twice, the first one counts.
 */
#ifndef TRUTH_H
#define TRUTH_H

#include "store.h"
#include "tape.h"

#define TRUTH_WRITERS	16
#define TRUTH_BROKEN	200	/* bytes of a sentence */

/**
 * struct truth_entry - an entry that some store held
 * @next: another one with the same index
 * @entry: the entry, with data of its own
 * @print: its hash
 */
struct truth_entry {
	struct truth_entry *next;
	struct raft_entry entry;
	u64 print;
};

/**
 * struct truth_place - all that is known of an index
 * @known: the entries that ever were there
 * @seen: the one that each store held last, NULL for none
 * @agreed: the one that was agreed on, NULL if there is none
 * @hash: of the state after it
 * @revision: of the value after it
 */
struct truth_place {
	struct truth_entry *known;
	struct truth_entry *seen[TAPE_STORES];
	const struct truth_entry *agreed;
	u64 hash;
	u64 revision;
};

/**
 * struct truth_writer - where the values of a writer are in the log
 * @index: by their number; 0 for nowhere
 * @n: how many numbers there are
 */
struct truth_writer {
	u64 *index;
	u64 n;
};

/**
 * struct truth - what was agreed on
 * @params: what the node is made with that works out the states
 * @first: the oldest state that any store held, from which the others follow
 * @first_len: its bytes
 * @base: its index, 0 before there is one
 * @place: by index
 * @n: how many
 * @last: the last index that was agreed on
 * @seen_last: how far the log of each store went
 * @writer: the writers, by their number
 * @broken: what can not be; empty if nothing
 */
struct truth {
	struct raft_params params;
	u8 *first;
	size_t first_len;
	u64 base;
	struct truth_place *place;
	u64 n;
	u64 last;
	u64 seen_last[TAPE_STORES];
	struct truth_writer writer[TRUTH_WRITERS];
	char broken[TRUTH_BROKEN];
};

void truth_see(struct truth *truth, u32 which, const struct store *store,
	       const struct reading *reading);
void truth_settle(struct truth *truth);
u64 truth_index(const struct truth *truth, u32 writer, u64 number);
void truth_free(struct truth *truth);

#endif /* TRUTH_H */
