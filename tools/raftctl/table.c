// SPDX-License-Identifier: GPL-2.0
/* Tables for people: columns as wide as what is in them. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "raftctl.h"
#include "table.h"

#define COLUMNS		10

static char **cells;
static size_t n_cells, n_columns;
static size_t width[COLUMNS], column;

/**
 * table_cell() - add a cell to the row
 * @format: what is in it, as for printf
 */
void table_cell(const char *format, ...)
{
	va_list ap;
	char *text;

	va_start(ap, format);
	cells = realloc(cells, (n_cells + 1) * sizeof(*cells));
	if (!cells || vasprintf(&text, format, ap) < 0) {
		complain("out of memory");
		exit(REFUSED);
	}
	va_end(ap);
	cells[n_cells++] = text;
	if (strlen(text) > width[column])
		width[column] = strlen(text);
	column++;
}

/**
 * table_row() - end the row
 *
 * The first row decides how many columns there are.
 */
void table_row(void)
{
	n_columns = column;
	column = 0;
}

/** table_print() - print the table and forget it */
void table_print(void)
{
	size_t i;

	for (i = 0; i < n_cells; i++) {
		bool last = (i + 1) % n_columns == 0;

		printf("%-*s%s", last ? 0 : (int)width[i % n_columns], cells[i],
		       last ? "\n" : "  ");
		free(cells[i]);
	}
	free(cells);
	cells = NULL;
	n_cells = 0;
	memset(width, 0, sizeof(width));
}
