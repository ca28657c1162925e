// SPDX-License-Identifier: GPL-2.0
/*
 * Which members are started when the host is
 *
 * A directory with a file NAME.conf for each, NAME being the node's, and in it
 * lines of
 *
 *	# what the administrator has to say
 *	store = /var/lib/raftval.img
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/raftval.h>
#include "boot.h"
#include "raftctl.h"

#define SUFFIX		".conf"
#define LINE		(BOOT_PATH + 64)

/**
 * boot_directory() - where the files of this host are
 *
 * Return: the directory.
 */
const char *boot_directory(void)
{
	return getenv("RAFTCTL_ETC") ?: "/etc/raftval";
}

static void file_of(const char *name, char file[BOOT_PATH])
{
	snprintf(file, BOOT_PATH, "%s/%s" SUFFIX, boot_directory(), name);
}

/* As the module has it. */
static bool name_valid(const char *name)
{
	size_t len = strlen(name);

	if (!len || len >= RAFTVAL_NAME_LEN || name[0] == '.')
		return false;
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && !strchr("-_.", *name))
			return false;
	return true;
}

/* Cuts off the blanks at both ends. */
static char *trim(char *text)
{
	size_t len;

	text += strspn(text, " \t\r\n");
	len = strlen(text);
	while (len && isspace((unsigned char)text[len - 1]))
		len--;
	text[len] = '\0';
	return text;
}

/* A line that says nothing, or where the store is; false if it says anything else. */
static bool take_line(char *line, char store[BOOT_PATH])
{
	char *text = trim(line), *value;

	if (!*text || *text == '#')
		return true;
	value = strchr(text, '=');
	if (!value)
		return false;
	*value++ = '\0';
	value = trim(value);
	if (strcmp(trim(text), "store") || *value != '/')
		return false;
	return snprintf(store, BOOT_PATH, "%s", value) < BOOT_PATH;
}

static bool take_file(FILE *stream, const char *file, char store[BOOT_PATH])
{
	char line[LINE];
	unsigned int n;

	store[0] = '\0';
	for (n = 1; fgets(line, sizeof(line), stream); n++)
		if (!take_line(line, store)) {
			complain("%s, line %u: neither 'store = /PATH' nor a remark (#)", file, n);
			return false;
		}
	if (store[0])
		return true;
	complain("%s does not say where the store is; write 'store = /PATH' into it", file);
	return false;
}

/**
 * boot_listed() - is a member started with the host?
 * @name: its node's
 *
 * Return: whether there is a file for it.
 */
bool boot_listed(const char *name)
{
	char file[BOOT_PATH];

	file_of(name, file);
	return name_valid(name) && !access(file, F_OK);
}

/**
 * boot_store() - find the store of a member that is started with the host
 * @name: its node's
 * @store: gets the path
 *
 * Return: true, or false and it is said what is wrong.
 */
bool boot_store(const char *name, char store[BOOT_PATH])
{
	char file[BOOT_PATH];
	FILE *stream;
	bool done;

	file_of(name, file);
	stream = name_valid(name) ? fopen(file, "re") : NULL;
	if (!stream) {
		complain("%s can not be read: %s; name the store of the member to start", file,
			 name_valid(name) ? strerror(errno) : "no node has such a name");
		return false;
	}
	done = take_file(stream, file, store);
	fclose(stream);
	return done;
}

static bool write_file(const char *file, const char *store)
{
	FILE *stream = fopen(file, "wxe");
	bool done;

	if (!stream)
		return false;
	done = fprintf(stream, "# started by raftctl up --all\nstore = %s\n", store) > 0 &&
	       !fflush(stream) && !fsync(fileno(stream));
	done = !fclose(stream) && done;
	if (!done)
		unlink(file);
	return done;
}

/**
 * boot_add() - have a member started with the host
 * @name: its node's
 * @store: the path of its store, from the root on
 * @added: set to whether that is new
 *
 * Return: true, or false and it is said what is wrong.
 */
bool boot_add(const char *name, const char *store, bool *added)
{
	char file[BOOT_PATH], other[BOOT_PATH];

	*added = false;
	file_of(name, file);
	if (boot_listed(name)) {
		if (!boot_store(name, other))
			return false;
		if (!strcmp(store, other))
			return true;
		complain("%s names another store, %s; remove that file if it is of no use any more",
			 file, other);
		return false;
	}
	if (strchr(store, '\n') || !name_valid(name)) {
		complain("neither the node nor its store can be named so in %s", file);
		return false;
	}
	mkdir(boot_directory(), 0755);
	*added = write_file(file, store);
	if (!*added)
		complain("%s can not be written: %s", file, strerror(errno));
	return *added;
}

/**
 * boot_remove() - have a member not started with the host any more
 * @name: its node's
 *
 * Return: true, also if it was not, or false and it is said what is wrong.
 */
bool boot_remove(const char *name)
{
	char file[BOOT_PATH];

	file_of(name, file);
	if (!name_valid(name) || !unlink(file) || errno == ENOENT || errno == ENOTDIR)
		return true;
	complain("%s can not be removed: %s; remove it, its member is gone", file, strerror(errno));
	return false;
}

static int is_conf(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name), tail = strlen(SUFFIX);

	return entry->d_name[0] != '.' && len > tail && !strcmp(entry->d_name + len - tail, SUFFIX);
}

/**
 * boot_each() - do something for each member that is started with the host
 * @each: does it; returns whether it went well
 * @ctx: for @each
 *
 * Return: whether all went well; if not, it was said.
 */
bool boot_each(bool (*each)(const char *name, void *ctx), void *ctx)
{
	struct dirent **list;
	int n = scandir(boot_directory(), &list, is_conf, alphasort), i;
	bool good = true;

	if (n < 0) {
		if (errno == ENOENT)
			return true;
		complain("%s can not be read: %s", boot_directory(), strerror(errno));
		return false;
	}
	for (i = 0; i < n; i++) {
		list[i]->d_name[strlen(list[i]->d_name) - strlen(SUFFIX)] = '\0';
		good = each(list[i]->d_name, ctx) && good;
		free(list[i]);
	}
	free(list);
	return good;
}
