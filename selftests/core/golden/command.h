/* SPDX-License-Identifier: GPL-2.0 */
/* The commands of the scenarios. */
#ifndef COMMAND_H
#define COMMAND_H

#include "cluster.h"
#include "cover.h"
#include "text.h"

/**
 * struct stage - what a scenario plays on
 * @cluster: the cluster
 * @out: what the present command has to show
 * @cover: which explanations were shown
 * @shown: bit mask of the notes that are shown, by &enum raft_note
 * @messages: bit mask of the types of messages that are shown when they arrive
 * @quiet: nothing is shown
 */
struct stage {
	struct cluster *cluster;
	struct text out;
	struct cover *cover;
	u64 shown;
	u32 messages;
	bool quiet;
};

void stage_open(struct stage *stage, struct cover *cover);
void stage_close(struct stage *stage);
void command_run(struct stage *stage, char *line);
void command_help(void);

#endif /* COMMAND_H */
