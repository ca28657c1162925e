/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The write logs of three stores, put side by side. All three have the same marks
 * in the same order, so between two marks it is known of each store what landed on
 * it, but not in which order among the stores: a seed decides. Hosts lose power
 * one by one, too, so every order is one that must do no harm.
 */
#ifndef TAPE_H
#define TAPE_H

#include "rng.h"
#include "writelog.h"

#define TAPE_STORES	3
#define TAPE_MARK	TAPE_STORES	/* &tape_step.what of a mark */

/**
 * struct tape_write - sectors that were written
 * @sector: the first
 * @sectors: how many
 * @data: what
 */
struct tape_write {
	u64 sector;
	u64 sectors;
	const u8 *data;
};

/**
 * struct tape_landing - writes that became durable at once
 * @first: the first of them, in &tape_store.write
 * @n: how many
 *
 * That is one with FUA, or all that one flush found. Before it, any of their
 * sectors may be on the disk.
 */
struct tape_landing {
	size_t first;
	size_t n;
};

/**
 * struct tape_store - what happened to one store
 * @log: its log
 * @write: the writes
 * @n_writes: how many
 * @landing: the landings
 * @n_landings: how many
 * @n_fua: how many of @write were durable without a flush
 * @sectors: the end of the last sector that was written
 */
struct tape_store {
	struct writelog log;
	struct tape_write *write;
	size_t n_writes;
	struct tape_landing *landing;
	size_t n_landings;
	size_t n_fua;
	u64 sectors;
};

/**
 * struct tape_step - something that happened
 * @what: %TAPE_MARK, or on which store something landed, from 0
 * @number: the entry of the first store's log that has the mark; the landing
 */
struct tape_step {
	u32 what;
	size_t number;
};

/**
 * enum tape_fault - what a store does that it must not do
 * @TAPE_LATE: a write is on the disk only when the next one ends
 * @TAPE_DROP: one write is told to be durable and never is on the disk
 * @TAPE_OLD: a disk is suddenly as it was a while ago
 * @TAPE_FAULTS: how many there are
 */
enum tape_fault {
	TAPE_LATE,
	TAPE_DROP,
	TAPE_OLD,
	TAPE_FAULTS,
};

/**
 * struct tape - what happened to all of them
 * @store: the stores
 * @step: in order
 * @n_steps: how many
 * @n_marks: how many of them are marks
 * @old: what %TAPE_OLD brings back
 */
struct tape {
	struct tape_store store[TAPE_STORES];
	struct tape_step *step;
	size_t n_steps;
	size_t n_marks;
	u8 *old;
};

void tape_read(struct tape *tape, char *const path[TAPE_STORES], u64 seed);
void tape_free(struct tape *tape);
void tape_land(const struct tape *tape, u32 store, size_t landing, u8 *bytes);
size_t tape_find(const struct tape *tape, u32 store, size_t from);
bool tape_find_text(const struct tape *tape, size_t step, const char **text, int *len);
void tape_break(struct tape *tape, enum tape_fault fault, size_t at);
void tape_go_back(struct tape *tape, size_t at, size_t to);
const char *tape_fault_name(enum tape_fault fault);

#endif /* TAPE_H */
