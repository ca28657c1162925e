/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What dm-log-writes leaves on its log device: a superblock, then for each write,
 * flush and mark one sector that says what it is, and the data behind it. A write
 * is in the log from when it is durable: one with FUA when it ended, others when
 * the next flush did, in front of that. A mark is in the log at once.
 */
#ifndef WRITELOG_H
#define WRITELOG_H

#include <stdio.h>
#include <linux/types.h>

#define WRITELOG_SECTOR	512	/* bytes of what is counted in sectors here */
#define WRITELOG_END	"dm-log-writes-end"	/* the mark that closes a log */

/**
 * enum writelog_flags - what an entry is
 * @WRITELOG_FLUSH: what is in front of it is durable
 * @WRITELOG_FUA: it is durable itself
 * @WRITELOG_DISCARD: the sectors may be forgotten; there is no data
 * @WRITELOG_MARK: a text, and no sectors
 */
enum writelog_flags {
	WRITELOG_FLUSH		= 1 << 0,
	WRITELOG_FUA		= 1 << 1,
	WRITELOG_DISCARD	= 1 << 2,
	WRITELOG_MARK		= 1 << 3,
};

/**
 * struct writelog_entry - an entry of the log
 * @flags: &enum writelog_flags
 * @sector: where on the device it was written
 * @sectors: how many sectors that are
 * @data: what was written, or the text of a mark, which no NUL ends
 * @len: bytes of @data
 */
struct writelog_entry {
	u64 flags;
	u64 sector;
	u64 sectors;
	const u8 *data;
	u64 len;
};

/**
 * struct writelog - a log that was read
 * @map: the file
 * @size: its bytes
 * @entry: the entries, in the file
 * @n: how many
 */
struct writelog {
	const u8 *map;
	u64 size;
	struct writelog_entry *entry;
	size_t n;
};

/**
 * struct writelog_file - a log that is being written
 * @file: the file
 * @n: entries so far
 */
struct writelog_file {
	FILE *file;
	u64 n;
};

void writelog_read(struct writelog *log, const char *path);
void writelog_free(struct writelog *log);

void writelog_create(struct writelog_file *log, const char *path);
void writelog_put(struct writelog_file *log, u64 flags, u64 sector, const void *data, u64 sectors);
void writelog_mark(struct writelog_file *log, const char *text);
void writelog_close(struct writelog_file *log);

#endif /* WRITELOG_H */
