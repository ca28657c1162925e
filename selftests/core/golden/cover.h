/* SPDX-License-Identifier: GPL-2.0 */
/* Which of the core's explanations the scenarios show, and which none does. */
#ifndef COVER_H
#define COVER_H

#include "raft.h"

/**
 * enum cover_kind - the lists of codes that the core explains itself with
 * @COVER_NOTE: &enum raft_note
 * @COVER_REASON: &enum raft_reason
 * @COVER_REFUSAL: &enum raft_refusal
 * @COVER_DROP: &enum raft_drop
 * @COVER_STATUS: &enum raft_status
 * @COVER_KINDS: how many there are
 */
enum cover_kind {
	COVER_NOTE,
	COVER_REASON,
	COVER_REFUSAL,
	COVER_DROP,
	COVER_STATUS,
	COVER_KINDS,
};

/**
 * struct cover - what was shown
 * @shown: a bit for each code, by &enum cover_kind
 */
struct cover {
	u64 shown[COVER_KINDS];
};

void cover_add(struct cover *cover, enum cover_kind kind, u32 code);
void cover_add_note(struct cover *cover, enum raft_note note, const u64 arg[RAFT_NOTE_ARGS]);
int cover_size(void);
int cover_report(const struct cover *cover, int n);

#endif /* COVER_H */
