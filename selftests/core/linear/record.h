/* SPDX-License-Identifier: GPL-2.0 */
/* Histories of operations as text; the format is described in lincheck.c. */
#ifndef RECORD_H
#define RECORD_H

#include <stdio.h>

#include "linear.h"

#define RECORD_WRONG	160	/* bytes of a sentence that says what is wrong with a text */
#define RECORD_LINE	200	/* bytes of a line that record_print() makes */

/**
 * struct record_place - where an operation is in the text
 * @line: the number of its line, from 1
 * @offset: where in the text that begins
 */
struct record_place {
	size_t line;
	size_t offset;
};

/**
 * struct record_value - a value in the text
 * @offset: where its bytes are, in &recording.bytes
 * @len: how many
 */
struct record_value {
	size_t offset;
	size_t len;
};

/**
 * struct recording - a history that was read from a text
 * @history: the operations
 * @text: the text, its lines NUL terminated
 * @len: its bytes
 * @place: where the operations are, by number
 * @places: room in @place
 * @value: the values by the numbers that they have in the history
 * @n_values: how many
 * @values: room in @value
 * @table: hash table of the values: their numbers plus 1, 0 for none
 * @table_room: its room, a power of two
 * @bytes: the bytes of all values, one behind the other
 * @n_bytes: how many
 * @begun: the text has said what the history begins with
 * @line: the line that is read
 * @wrong: what is wrong with that line, empty if nothing
 */
struct recording {
	struct linear_history history;
	char *text;
	size_t len;
	struct record_place *place;
	size_t places;
	struct record_value *value;
	size_t n_values;
	size_t values;
	size_t *table;
	size_t table_room;
	u8 *bytes;
	size_t n_bytes;
	bool begun;
	size_t line;
	char wrong[RECORD_WRONG];
};

bool record_read(struct recording *record, FILE *file);
void record_free(struct recording *record);
int record_print(char *buf, size_t size, const struct linear_history *history,
		 const struct linear_op *op);
void record_write(FILE *file, const struct linear_history *history);

#endif /* RECORD_H */
