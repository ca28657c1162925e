// SPDX-License-Identifier: GPL-2.0
/*
 * The module's tracepoints, read through an instance of tracefs that is made for this
 * process alone: it has a buffer and switches of its own, so nobody else who traces is
 * disturbed, and it goes away with us.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "raftctl.h"
#include "trace.h"
#include "when.h"

#define TRACEFS		"/sys/kernel/tracing"
#define INSTANCES	TRACEFS "/instances"
#define PREFIX		"raftctl-"
#define PATH_LEN	512
#define TEXT_LEN	65536

static char instance[PATH_LEN / 2];

/* Each datagram is too much, and of these the decisions tell, too. */
static const char *const left_out[] = {
	"raftval_send", "raftval_recv", "raftval_role", "raftval_commit",
};

static bool put(const char *file, const char *text)
{
	char path[2 * PATH_LEN];
	bool done;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", instance, file);
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	done = fd >= 0 && write(fd, text, strlen(text)) >= 0;
	if (!done)
		complain("%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return done;
}

/*
 * Where it is not mounted, as in what ip-netns(8) runs, it is for this process alone: what
 * is in it is the same everywhere.
 */
static bool find_tracefs(void)
{
	if (!access(INSTANCES, F_OK))
		return true;
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tracefs", TRACEFS, "tracefs", 0, NULL) || access(INSTANCES, F_OK)) {
		complain("no tracefs: be root, on a kernel with tracepoints, then try again");
		return false;
	}
	return true;
}

/* Those of processes that were killed. */
static void remove_orphans(void)
{
	DIR *dir = opendir(INSTANCES);
	char path[PATH_LEN];
	struct dirent *entry;
	int pid;

	while (dir && (entry = readdir(dir))) {
		if (sscanf(entry->d_name, PREFIX "%d", &pid) != 1 || !kill(pid, 0) ||
		    errno != ESRCH)
			continue;
		snprintf(path, sizeof(path), INSTANCES "/%s", entry->d_name);
		rmdir(path);
	}
	if (dir)
		closedir(dir);
}

static bool make_instance(void)
{
	remove_orphans();
	snprintf(instance, sizeof(instance), INSTANCES "/" PREFIX "%d", getpid());
	if (!mkdir(instance, 0700))
		return true;
	complain("%s: %s", instance, strerror(errno));
	return false;
}

static bool is_left_out(const char *event)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(left_out); i++)
		if (!strcmp(event, left_out[i]))
			return true;
	return strncmp(event, "raftval_", 8);
}

static bool switch_on(const char *event, const char *node)
{
	char file[PATH_LEN / 2 + 64], filter[64 + RAFTVAL_NAME_LEN];

	if (node) {
		snprintf(file, sizeof(file), "events/raftval/%s/filter", event);
		snprintf(filter, sizeof(filter), "node == \"%s\"", node);
		if (!put(file, filter))
			return false;
	}
	snprintf(file, sizeof(file), "events/raftval/%s/enable", event);
	return put(file, "1");
}

static bool switch_all_on(const char *node)
{
	char path[PATH_LEN];
	struct dirent *entry;
	bool done = true;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/events/raftval", instance);
	dir = opendir(path);
	if (!dir) {
		complain("the module has no tracepoints here: modprobe raftval, then try again");
		return false;
	}
	while (done && (entry = readdir(dir)))
		if (!is_left_out(entry->d_name))
			done = switch_on(entry->d_name, node);
	closedir(dir);
	return done;
}

/* The trace's clock is the monotonic one, which does not jump; people have another. */
static const char *time_text(const char *stamp)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return when_text(when_now() - (now.tv_sec * 1000000LL + now.tv_nsec / 1000) +
			 (long long)(atof(stamp) * 1e6), WHEN_US);
}

/* The value of a field: up to the next space, or if it is the last, all that is left. */
static char *cut_field(char *text, const char *name, bool last)
{
	char *at = strstr(text, name);

	if (!at)
		return NULL;
	at += strlen(name);
	if (!last)
		at[strcspn(at, "\n ")] = '\0';
	return at;
}

/* "COMM-PID [CPU] FLAGS SECONDS: raftval_EVENT: node=NAME ..." */
static bool parse(char *text, struct trace_line *line)
{
	char *event = strstr(text, ": raftval_"), *stamp, *node, *rest, *decision;

	text[strcspn(text, "\n")] = '\0';
	if (!event)
		return false;
	*event = '\0';
	stamp = strrchr(text, ' ');
	event += strlen(": raftval_");
	rest = strchr(event, ':');
	node = rest ? strstr(rest, " node=") : NULL;
	if (!stamp || !node)
		return false;
	*rest = '\0';
	rest = strchr(node + 1, ' ');
	node = cut_field(node, " node=", false);
	line->time = time_text(stamp + 1);
	line->node = node;
	line->event = event;
	line->text = rest ? rest + 1 : "";
	if (strcmp(event, "note") || !rest)
		return true;
	line->text = cut_field(rest + 1, "text=", true);
	decision = cut_field(rest + 1, "note=", false);
	line->event = decision ?: event;
	return line->text;
}

static int take_line(char *text, int (*take)(const struct trace_line *line))
{
	struct trace_line line;

	if (strstr(text, " EVENTS]"))
		complain("some was lost, more came than could be kept");
	else if (parse(text, &line))
		return take(&line);
	return DONE;
}

/* What is in @text, but for the beginning of a line; how much that is goes to @len. */
static int take_lines(char *text, size_t *len, int (*take)(const struct trace_line *line))
{
	char *at = text, *end;
	int rc = DONE;

	while (rc == DONE && (end = memchr(at, '\n', *len))) {
		*end++ = '\0';
		*len -= end - at;
		rc = take_line(at, take);
		at = end;
	}
	memmove(text, at, *len);
	return rc;
}

static int read_pipe(int stop, int (*take)(const struct trace_line *line))
{
	struct pollfd fds[] = { { .fd = stop, .events = POLLIN }, { .events = POLLIN } };
	static char text[TEXT_LEN];
	char path[PATH_LEN];
	size_t len = 0;
	int rc = DONE;
	ssize_t got;

	snprintf(path, sizeof(path), "%s/trace_pipe", instance);
	fds[1].fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fds[1].fd < 0) {
		complain("%s: %s", path, strerror(errno));
		return REFUSED;
	}
	while (rc == DONE && poll(fds, ARRAY_SIZE(fds), -1) > 0 && !fds[0].revents) {
		got = read(fds[1].fd, text + len, sizeof(text) - len);
		len += got > 0 ? got : 0;
		rc = take_lines(text, &len, take);
	}
	close(fds[1].fd);
	return rc;
}

/* What would end us ends the wait for the next line instead, so that what we made goes. */
static int catch_signals(void)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP };
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		sigaddset(&set, ends[i]);
		signal(ends[i], SIG_DFL);
	}
	signal(SIGPIPE, SIG_IGN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

/**
 * trace_watch() - take what the tracepoints say, until interrupted
 * @node: only of this node, or NULL
 * @take: takes each, returns 0 to go on
 *
 * Return: 0, what @take returned, or %REFUSED and it is said what is wrong.
 */
int trace_watch(const char *node, int (*take)(const struct trace_line *line))
{
	int rc = REFUSED, stop;

	if (!find_tracefs())
		return REFUSED;
	stop = catch_signals();
	if (!make_instance())
		return REFUSED;
	/* A line is told when it is there, not when the buffer is half full. */
	if (put("trace_clock", "mono") && put("buffer_percent", "0") && switch_all_on(node))
		rc = read_pipe(stop, take);
	if (rmdir(instance))
		complain("%s: %s", instance, strerror(errno));
	return rc;
}
