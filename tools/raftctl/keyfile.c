// SPDX-License-Identifier: GPL-2.0
/*
 * The key of a cluster on this host
 *
 * A file ID.key for each cluster, ID being the cluster's, and in it lines of
 *
 *	# what the administrator has to say
 *	TOKEN
 *	new TOKEN
 *
 * The first token has the key that is in use. While the key of the cluster changes
 * there is a second one, which is accepted, too: a new one, or once that is in use the
 * old one, with the word old. A cluster without a key has a token that says so.
 *
 * The file is for its owner alone, and never half written.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "keyfile.h"
#include "raftctl.h"

#define TEXT		8192	/* bytes of the longest file */
#define BLANKS		" \t\r"
#define REMARK		"# The key of a raftval cluster: whoever has it can be a member.\n"

/**
 * keyfile_path() - where the key of a cluster is
 * @cluster: the cluster's id
 * @path: gets it
 *
 * Return: @path.
 */
const char *keyfile_path(const uint8_t cluster[TOKEN_CLUSTER], char path[BOOT_PATH])
{
	char id[2 * TOKEN_CLUSTER + 1];
	int i;

	for (i = 0; i < TOKEN_CLUSTER; i++)
		sprintf(id + 2 * i, "%02x", cluster[i]);
	snprintf(path, BOOT_PATH, "%s/%s.key", boot_directory(), id);
	return path;
}

static bool same_cluster(const struct token *a, const struct token *b)
{
	return !memcmp(a->cluster, b->cluster, TOKEN_CLUSTER);
}

/**
 * keyfile_has() - is this key known?
 * @keyfile: what is known
 * @token: the key; of a cluster without one, that there is none
 *
 * Return: whether so.
 */
bool keyfile_has(const struct keyfile *keyfile, const struct token *token)
{
	const struct token *known;

	for (known = keyfile->token; known < keyfile->token + keyfile->n; known++)
		if (same_cluster(known, token) && known->sealed == token->sealed &&
		    !memcmp(known->key, token->key, TOKEN_KEY))
			return true;
	return false;
}

/* Of two keys, whether the second is older; NULL, or what is wrong with the word. */
static const char *take_word(struct keyfile *keyfile, const char *word)
{
	keyfile->switched = !strcmp(word, "old");
	if (keyfile->switched || !strcmp(word, "new"))
		return NULL;
	return "neither 'new TOKEN', 'old TOKEN' nor a remark (#)";
}

static const char *take_token(struct keyfile *keyfile, const char *word)
{
	struct token *token = &keyfile->token[keyfile->n];
	const char *wrong = token_parse(token, word);

	if (wrong)
		return wrong;
	if (keyfile->n && (!same_cluster(keyfile->token, token) || !keyfile->token->sealed ||
			   !token->sealed || keyfile_has(keyfile, token)))
		return "a second key has to be another one of the same cluster";
	keyfile->n++;
	return NULL;
}

/* Takes the line to pieces. Returns NULL, or what is wrong with it. */
static const char *take_line(struct keyfile *keyfile, char *line)
{
	char *rest, *word = strtok_r(line, BLANKS, &rest);
	const char *wrong = NULL;

	if (!word || *word == '#')
		return NULL;
	if (keyfile->n == KEYFILE_KEYS)
		return "a cluster has no third key";
	if (keyfile->n) {
		wrong = take_word(keyfile, word);
		word = strtok_r(NULL, BLANKS, &rest);
	}
	if (!wrong && (!word || strtok_r(NULL, BLANKS, &rest)))
		return "a line has one token";
	return wrong ?: take_token(keyfile, word);
}

static bool take_text(struct keyfile *keyfile, char *text, const char *path)
{
	const char *wrong;
	unsigned int n;
	char *line;

	memset(keyfile, 0, sizeof(*keyfile));
	for (n = 1; (line = strsep(&text, "\n")); n++) {
		wrong = take_line(keyfile, line);
		if (wrong) {
			complain("%s, line %u: %s", path, n, wrong);
			return false;
		}
	}
	if (keyfile->n)
		return true;
	complain("there is no token in %s; raftctl token prints it on every member", path);
	return false;
}

/* Whoever could write the file could give this host a key of his own. */
static bool is_private(int fd, const char *path)
{
	struct stat st;

	if (fstat(fd, &st)) {
		complain("%s can not be read: %s", path, strerror(errno));
		return false;
	}
	if (!S_ISREG(st.st_mode))
		return true;
	if (st.st_mode & 077)
		complain("%s is open to others than its owner, and has a key in it; chmod 600 %s",
			 path, path);
	else if (st.st_uid && st.st_uid != geteuid())
		complain("%s belongs to another user, who has the key, too; chown and chmod 600 it",
			 path);
	else
		return true;
	return false;
}

static bool read_text(int fd, const char *path, char text[TEXT])
{
	size_t len = 0;
	ssize_t n = 1;

	while (n > 0 && len < TEXT - 1) {
		n = read(fd, text + len, TEXT - 1 - len);
		if (n > 0)
			len += n;
	}
	text[len] = '\0';
	if (n < 0)
		complain("%s can not be read: %s", path, strerror(errno));
	else if (n)
		complain("%s is too long for a key file", path);
	return !n;
}

static bool take_file(int fd, const char *path, struct keyfile *keyfile)
{
	char text[TEXT];
	bool done = is_private(fd, path) && read_text(fd, path, text) &&
		    take_text(keyfile, text, path);

	explicit_bzero(text, sizeof(text));
	return done;
}

/**
 * keyfile_read() - read the key of a cluster
 * @cluster: the cluster's id
 * @keyfile: gets it; none if this host has no key of the cluster
 *
 * Return: true, or false and it is said what is wrong.
 */
bool keyfile_read(const uint8_t cluster[TOKEN_CLUSTER], struct keyfile *keyfile)
{
	char path[BOOT_PATH];
	int fd = open(keyfile_path(cluster, path), O_RDONLY | O_CLOEXEC);
	bool done;

	memset(keyfile, 0, sizeof(*keyfile));
	if (fd < 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			return true;
		if (errno == EACCES || errno == EPERM)
			complain("only root may read the key, which is in %s", path);
		else
			complain("%s can not be read: %s", path, strerror(errno));
		return false;
	}
	done = take_file(fd, path, keyfile);
	close(fd);
	if (!done || !memcmp(keyfile->token->cluster, cluster, TOKEN_CLUSTER))
		return done;
	complain("%s is of another cluster than its name says; copy it again from another member",
		 path);
	return false;
}

/**
 * keyfile_read_from() - read a key from where the user says
 * @path: the file, "-" for standard input
 * @keyfile: gets it
 *
 * Return: true, or false and it is said what is wrong.
 */
bool keyfile_read_from(const char *path, struct keyfile *keyfile)
{
	bool done;
	int fd;

	if (!strcmp(path, "-"))
		return take_file(STDIN_FILENO, "standard input", keyfile);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		complain("%s can not be read: %s", path, strerror(errno));
		return false;
	}
	done = take_file(fd, path, keyfile);
	close(fd);
	return done;
}

static bool write_text(int fd, const struct keyfile *keyfile)
{
	char token[TOKEN_TEXT], text[TEXT] = REMARK;
	int len = strlen(text);
	unsigned int i;
	bool done;

	for (i = 0; i < keyfile->n; i++) {
		token_print(&keyfile->token[i], token);
		len += snprintf(text + len, TEXT - len, "%s%s\n",
				!i ? "" : keyfile->switched ? "old " : "new ", token);
	}
	done = write(fd, text, len) == len && !fsync(fd);
	explicit_bzero(token, sizeof(token));
	explicit_bzero(text, sizeof(text));
	return done;
}

static bool sync_directory(void)
{
	int fd = open(boot_directory(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool done = fd >= 0 && !fsync(fd);

	if (fd >= 0)
		close(fd);
	return done;
}

/**
 * keyfile_write() - keep the key of a cluster on this host
 * @keyfile: the key
 *
 * What was kept of the cluster before is replaced, or stays as it is.
 *
 * Return: true, or false and it is said what is wrong.
 */
bool keyfile_write(const struct keyfile *keyfile)
{
	char path[BOOT_PATH], temp[BOOT_PATH + 8];
	bool made, done;
	int fd;

	mkdir(boot_directory(), 0755);
	snprintf(temp, sizeof(temp), "%s.XXXXXX", keyfile_path(keyfile->token->cluster, path));
	/* This makes it for its owner alone. */
	fd = mkostemp(temp, O_CLOEXEC);
	made = fd >= 0;
	done = made && write_text(fd, keyfile) && !rename(temp, path) && sync_directory();
	if (!done)
		complain("%s can not be written: %s", path, strerror(errno));
	if (!done && made)
		unlink(temp);
	if (made)
		close(fd);
	return done;
}

/**
 * keyfile_remove() - have no key of a cluster on this host any more
 * @cluster: the cluster's id
 *
 * Return: true, also if there was none, or false and it is said what is wrong.
 */
bool keyfile_remove(const uint8_t cluster[TOKEN_CLUSTER])
{
	char path[BOOT_PATH];

	if (!unlink(keyfile_path(cluster, path)) || errno == ENOENT || errno == ENOTDIR)
		return true;
	complain("%s can not be removed: %s; remove it, it is of no use any more", path,
		 strerror(errno));
	return false;
}

/**
 * keyfile_restore() - have the key of a cluster as it was before
 * @cluster: the cluster's id
 * @before: what keyfile_read() said then
 *
 * Return: true, or false and it is said what is wrong.
 */
bool keyfile_restore(const uint8_t cluster[TOKEN_CLUSTER], const struct keyfile *before)
{
	return before->n ? keyfile_write(before) : keyfile_remove(cluster);
}
