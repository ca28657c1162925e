/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Judges images: what is on three stores if all hosts lose power at some moment
 * of the tape. An image has a position, the step of the tape after which that is,
 * and a variant: in variant 0 nothing but what was durable is there, in the others
 * any sectors of what each store was going to write next have landed, too. Of each image:
 *
 *	verdict		each store is intact, or its last write is torn; only a store that
 *			was never formatted may be blank
 *	start		its member starts from it, once it could
 *	again		and starts again if it loses power while it starts
 *	term, vote	they do not go back, and a vote does not change within its term
 *	incarnation	nor does that; and every start that an operation was asked after is
 *			counted, or the operation's number would be used again
 *	kept		no store loses an acknowledged entry that was once durable on it
 *	majority	two stores have each write that was acknowledged before
 *	state		the state that a store begins with is the one that was agreed on
 */
#ifndef JUDGE_H
#define JUDGE_H

#include "rng.h"
#include "store.h"
#include "tape.h"
#include "truth.h"

#define JUDGE_WHY	200	/* bytes of a sentence */

/**
 * enum judge_rule - what an image may break
 * @JUDGE_VERDICT: see above, as the following
 * @JUDGE_START: the member does not start
 * @JUDGE_AGAIN: it does not start again
 * @JUDGE_TERM: term or vote
 * @JUDGE_INCARNATION: starts are not counted
 * @JUDGE_KEPT: a store loses what it had
 * @JUDGE_MAJORITY: a write is lost
 * @JUDGE_STATE: the state is another
 * @JUDGE_RULES: how many there are
 */
enum judge_rule {
	JUDGE_VERDICT,
	JUDGE_START,
	JUDGE_AGAIN,
	JUDGE_TERM,
	JUDGE_INCARNATION,
	JUDGE_KEPT,
	JUDGE_MAJORITY,
	JUDGE_STATE,
	JUDGE_RULES,
};

/**
 * struct judge_brief - what a landing made of its store
 * @verdict: see &struct reading, as the following
 * @started: the member started
 * @term: its term
 * @vote: its vote
 * @incarnation: starts before
 * @seq: number of the newest write
 * @generation: of the checkpoint that it builds on
 */
struct judge_brief {
	enum raft_journal_verdict verdict;
	bool started;
	u64 term;
	u64 vote;
	u32 incarnation;
	u64 seq;
	u64 generation;
};

/**
 * struct judge_seat - a store, while it is judged
 * @store: its bytes
 * @now: what was read back after the newest landing
 * @was: and after the one before
 * @image: what is read back from the image
 * @used: starts before the one that its newest acknowledged write was made after
 * @kept: by index, the acknowledged entries that were durable here once
 * @next: the step of its next landing
 */
struct judge_seat {
	struct store store;
	struct reading now;
	struct judge_brief was;
	struct reading image;
	u32 used;
	bool *kept;
	size_t next;
};

/**
 * struct judge_undo - a sector that an image changed
 * @seat: on which store
 * @sector: where
 * @bytes: what was there
 */
struct judge_undo {
	struct judge_seat *seat;
	u64 sector;
	u8 bytes[WRITELOG_SECTOR];
};

/**
 * struct judge - who judges
 * @tape: what happened
 * @truth: what was agreed on
 * @seed: decides the variants
 * @brief: for each step that is a landing
 * @seat: the stores
 * @undo: what to put back after an image
 * @n_undo: how many sectors
 * @undo_room: room in @undo
 * @acked: by index, what was acknowledged
 * @last_acked: the highest of these
 * @acks: how many there are
 * @unknown: what was acknowledged, but never agreed on, or what else makes all images
 *	bad; empty if nothing
 * @images: how many were judged
 * @lost: how many broke a rule
 * @broke: how many broke which first
 * @rule: the rule that the last image broke
 * @why: how; empty if it is good
 */
struct judge {
	const struct tape *tape;
	const struct truth *truth;
	u64 seed;
	struct judge_brief *brief;
	struct judge_seat seat[TAPE_STORES];
	struct judge_undo *undo;
	size_t n_undo;
	size_t undo_room;
	bool *acked;
	u64 last_acked;
	u64 acks;
	char unknown[JUDGE_WHY];
	u64 images;
	u64 lost;
	u64 broke[JUDGE_RULES];
	enum judge_rule rule;
	char why[JUDGE_WHY];
};

struct judge_brief *judge_learn(const struct tape *tape, struct truth *truth);
size_t judge_victim(const struct tape *tape, const struct judge_brief *brief, u64 seed);
void judge_init(struct judge *judge, const struct tape *tape, const struct truth *truth,
		struct judge_brief *brief, u64 seed);
void judge_free(struct judge *judge);
void judge_advance(struct judge *judge, size_t position);
bool judge_image(struct judge *judge, size_t position, u32 variant);
void judge_undo(struct judge *judge);
const char *judge_rule_name(enum judge_rule rule);

#endif /* JUDGE_H */
