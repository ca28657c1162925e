// SPDX-License-Identifier: GPL-2.0
/* Logs of dm-log-writes: drivers/md/dm-log-writes.c says what is in them. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <asm/byteorder.h>

#include "fail.h"
#include "writelog.h"

#define MAGIC	0x6a736677736872ULL
#define VERSION	1

/**
 * struct disk_super - the first bytes of the first sector
 * @magic: %MAGIC
 * @version: %VERSION
 * @entries: how many entries follow
 * @sector: bytes of a sector of the device
 */
struct disk_super {
	__le64 magic;
	__le64 version;
	__le64 entries;
	__le32 sector;
} __packed;

/**
 * struct disk_entry - the first bytes of an entry's sector
 * @sector: where
 * @sectors: how many
 * @flags: &enum writelog_flags, and some that do not matter
 * @len: bytes of the text that follows at once, for a mark
 */
struct disk_entry {
	__le64 sector;
	__le64 sectors;
	__le64 flags;
	__le64 len;
} __packed;

static void map(struct writelog *log, const char *path)
{
	int fd = open(path, O_RDONLY);
	struct stat stat;

	if (fd < 0 || fstat(fd, &stat))
		fatal("%s: %s", path, strerror(errno));
	log->size = stat.st_size;
	log->map = log->size ? mmap(NULL, log->size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
	if (log->map == MAP_FAILED)
		fatal("%s: it can not be mapped", path);
	close(fd);
}

/* Read the entry at @at; return where the next one is, 0 if the log ends before that. */
static u64 read_entry(const struct writelog *log, u64 at, u32 sector, struct writelog_entry *entry)
{
	struct disk_entry disk;
	u64 data = 0;

	if (at > log->size || log->size - at < sector)
		return 0;
	memcpy(&disk, log->map + at, sizeof(disk));
	entry->flags = le64_to_cpu(disk.flags);
	entry->sector = le64_to_cpu(disk.sector) * (sector / WRITELOG_SECTOR);
	entry->sectors = le64_to_cpu(disk.sectors) * (sector / WRITELOG_SECTOR);
	if (entry->flags & WRITELOG_MARK) {
		entry->data = log->map + at + sizeof(disk);
		entry->len = le64_to_cpu(disk.len);
		return entry->len <= sector - sizeof(disk) ? at + sector : 0;
	}
	if (!(entry->flags & WRITELOG_DISCARD))
		data = entry->sectors * WRITELOG_SECTOR;
	at += sector;
	if (data > log->size - at)
		return 0;
	entry->data = log->map + at;
	entry->len = data;
	return at + data;
}

static bool is_end(const struct writelog_entry *entry)
{
	return entry->flags & WRITELOG_MARK && entry->len == strlen(WRITELOG_END) &&
	       !memcmp(entry->data, WRITELOG_END, entry->len);
}

/**
 * writelog_read() - read a log
 * @log: filled in, to be given back with writelog_free()
 * @path: the log device, or what was copied from it
 *
 * A log that does not end with the mark that closes it is none: the device ran
 * out of room, or is in use.
 */
void writelog_read(struct writelog *log, const char *path)
{
	struct disk_super super;
	u64 at, n;

	memset(log, 0, sizeof(*log));
	map(log, path);
	if (log->size < WRITELOG_SECTOR)
		fatal("%s: this is no log of dm-log-writes", path);
	memcpy(&super, log->map, sizeof(super));
	if (le64_to_cpu(super.magic) != MAGIC || le64_to_cpu(super.version) != VERSION ||
	    le32_to_cpu(super.sector) % WRITELOG_SECTOR || !super.sector)
		fatal("%s: this is no log of dm-log-writes", path);
	n = le64_to_cpu(super.entries);
	if (n > log->size / WRITELOG_SECTOR)
		fatal("%s: %llu entries are more than it has room for", path, n);
	log->entry = must_realloc(NULL, n * sizeof(*log->entry));
	for (at = le32_to_cpu(super.sector); log->n < n; log->n++) {
		at = read_entry(log, at, le32_to_cpu(super.sector), &log->entry[log->n]);
		if (!at)
			fatal("%s: entry %zu is cut short", path, log->n);
	}
	if (!n || !is_end(&log->entry[n - 1]))
		fatal("%s: the log was not closed, or was full", path);
}

/**
 * writelog_free() - give a log back
 * @log: the log
 */
void writelog_free(struct writelog *log)
{
	munmap((void *)log->map, log->size);
	free(log->entry);
}

/**
 * writelog_create() - begin to write a log
 * @log: filled in, to be given back with writelog_close()
 * @path: the file
 */
void writelog_create(struct writelog_file *log, const char *path)
{
	static const u8 sector[WRITELOG_SECTOR];

	log->n = 0;
	log->file = fopen(path, "w");
	if (!log->file || fwrite(sector, sizeof(sector), 1, log->file) != 1)
		fatal("%s: %s", path, strerror(errno));
}

static void put_entry(struct writelog_file *log, const struct disk_entry *entry, const char *text)
{
	u8 sector[WRITELOG_SECTOR] = {};

	memcpy(sector, entry, sizeof(*entry));
	memcpy(sector + sizeof(*entry), text, strlen(text));
	if (fwrite(sector, sizeof(sector), 1, log->file) != 1)
		fatal("a log can not be written: %s", strerror(errno));
	log->n++;
}

/**
 * writelog_put() - append a write or a flush
 * @log: the log
 * @flags: &enum writelog_flags
 * @sector: where
 * @data: what
 * @sectors: how many, 0 for a mere flush
 */
void writelog_put(struct writelog_file *log, u64 flags, u64 sector, const void *data, u64 sectors)
{
	struct disk_entry entry = {
		.sector = cpu_to_le64(sector),
		.sectors = cpu_to_le64(sectors),
		.flags = cpu_to_le64(flags),
	};

	put_entry(log, &entry, "");
	if (sectors && fwrite(data, sectors * WRITELOG_SECTOR, 1, log->file) != 1)
		fatal("a log can not be written: %s", strerror(errno));
}

/**
 * writelog_mark() - append a mark
 * @log: the log
 * @text: its text, which fits in a sector
 */
void writelog_mark(struct writelog_file *log, const char *text)
{
	struct disk_entry entry = {
		.flags = cpu_to_le64(WRITELOG_MARK),
		.len = cpu_to_le64(strlen(text)),
	};

	if (strlen(text) > WRITELOG_SECTOR - sizeof(entry))
		fatal("'%s' is too long for a mark", text);
	put_entry(log, &entry, text);
}

/**
 * writelog_close() - end a log, as the device does when it is removed
 * @log: the log, gone afterwards
 */
void writelog_close(struct writelog_file *log)
{
	struct disk_super super = {
		.magic = cpu_to_le64(MAGIC),
		.version = cpu_to_le64(VERSION),
		.sector = cpu_to_le32(WRITELOG_SECTOR),
	};

	writelog_mark(log, WRITELOG_END);
	super.entries = cpu_to_le64(log->n);
	if (fseek(log->file, 0, SEEK_SET) || fwrite(&super, sizeof(super), 1, log->file) != 1 ||
	    fclose(log->file))
		fatal("a log can not be written: %s", strerror(errno));
}
