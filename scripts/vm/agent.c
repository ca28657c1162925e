// SPDX-License-Identifier: GPL-2.0
/*
 * agent - runs the host's commands inside a VM; process 1 of the guest
 *
 * The host side is ctl.c. They talk over a virtio-serial port, so that neither
 * network nor console is touched by being observed. The host asks
 *
 *	@ID run SECONDS COMMAND-BYTES STDIN-BYTES\n<command><stdin>
 *
 * where ID is 16 random hex digits, and is answered with any number of
 *
 *	@ID o BYTES\n<bytes>	what the command wrote to its standard output
 *	@ID e BYTES\n<bytes>	... to its standard error
 *
 * and one last line: "@ID x STATUS\n" in the manner of the shell, or, when the
 * time was up, "@ID t SECONDS\n". Lengths make it safe for any bytes, and the ID
 * lets the host skip what is left of an earlier conversation that was broken off.
 *
 * A command runs in a session of its own. When its time is up or the next request
 * comes, because the host gave up on this one, the whole session is killed, and
 * where a killed process is stuck in the kernel, that is reported rather than waited
 * for. Without either, what the command left in the background stays.
 *
 * Whether the port says that a host is there means nothing: the kernel learns of a
 * connection by another queue than of the data, and often later.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COMMAND_MAX	65536
#define REQUEST_MS	10000	/* a request is complete by then, or dropped */
#define REAP_MS		2000	/* a killed process is gone by then, or stuck */

struct job {
	char id[17];
	pid_t pid;
	int out[2];		/* our ends of its stdout and stderr, -1 at EOF */
	int status;
	bool exited;
	long long deadline;
};

static int port = -1;
static char input[65536];	/* from the port, not used yet: */
static size_t input_pos, input_len;
static int sigfd = -1;
static int ep = -1;

static long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

__attribute__((noreturn)) static void fail(const char *what)
{
	/* Process 1 leaving is a kernel panic: the host can not miss it. */
	fprintf(stderr, "agent: %s: %s\n", what, strerror(errno));
	exit(1);
}

/*
 * Without a host at the other end the port is always readable (HUP, EOF), so a
 * level-triggered wait would spin. It does wake its waiters on every change.
 */
static void watch(int fd, unsigned int events)
{
	struct epoll_event ev = { .events = events, .data.fd = fd };

	if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev))
		fail("epoll_ctl");
}

/* Is there anything from the host? */
static bool heard(void)
{
	ssize_t n;

	if (input_pos < input_len)
		return true;
	n = read(port, input, sizeof(input));
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		fail("read from the host");
	input_pos = 0;
	input_len = n > 0 ? n : 0;
	return n > 0;
}

/*
 * Drops what the host does not want any more. Never a blocking write: for that the
 * driver spins, interrupts off, until the host has taken all.
 */
static void send_all(const char *buf, size_t len)
{
	struct epoll_event ev;

	while (len) {
		ssize_t n = write(port, buf, len);

		if (n > 0) {
			buf += n;
			len -= n;
			continue;
		}
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			fail("write to the host");
		if (heard())
			return;
		epoll_wait(ep, &ev, 1, -1);
	}
}

static void send_frame(const struct job *job, char tag, const char *buf, size_t len)
{
	char head[64];

	send_all(head, snprintf(head, sizeof(head), "@%s %c %zu\n", job->id, tag, len));
	send_all(buf, len);
}

static void send_last(const struct job *job, char tag, int value)
{
	char head[64];

	send_all(head, snprintf(head, sizeof(head), "@%s %c %d\n", job->id, tag, value));
}

__attribute__((format(printf, 2, 3)))
static void complain(const struct job *job, const char *fmt, ...)
{
	char text[4096];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n >= (int)sizeof(text))
		n = sizeof(text) - 1;
	send_frame(job, 'e', text, n);
}

/* As process 1 we inherit every orphan. */
static void reap(struct job *job)
{
	struct signalfd_siginfo si;
	int status;
	pid_t pid;

	while (read(sigfd, &si, sizeof(si)) > 0)
		;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (job && pid == job->pid) {
			job->exited = true;
			job->status = status;
		}
	}
}

/* Exactly @len bytes of a request; false if they do not come in time. */
static bool receive(char *buf, size_t len, long long deadline)
{
	struct epoll_event ev;
	long long left = -1;

	while (len) {
		if (heard()) {
			size_t n = input_len - input_pos;

			if (n > len)
				n = len;
			memcpy(buf, input + input_pos, n);
			input_pos += n;
			buf += n;
			len -= n;
			continue;
		}
		if (deadline) {
			left = deadline - now_ms();
			if (left <= 0)
				return false;
		}
		epoll_wait(ep, &ev, 1, left);
		reap(NULL);
	}
	return true;
}

/*
 * Waits for a request without limit, for the rest of it not so long: what comes
 * with a pause in between belongs to a host that went away.
 */
static bool receive_head(struct job *job, int *seconds, size_t *cmd, size_t *in)
{
	char line[128], *end = line + sizeof(line) - 1, *p = line;
	long long deadline = 0;
	int used = 0;

	do {
		if (p == end || !receive(p, 1, deadline))
			return false;
		if (line[0] != '@')
			continue;
		deadline = now_ms() + REQUEST_MS;
		p++;
	} while (p == line || p[-1] != '\n');
	*p = '\0';
	return sscanf(line, "@%16[0-9a-f] run %d %zu %zu\n%n", job->id, seconds, cmd, in,
		      &used) == 4 && used && *cmd < COMMAND_MAX;
}

/* The command's standard input, in memory, or -1 if it did not come whole. */
static int receive_stdin(size_t len)
{
	int fd = len ? memfd_create("stdin", MFD_CLOEXEC) : open("/dev/null", O_RDONLY | O_CLOEXEC);
	char buf[4096];

	if (fd < 0)
		fail("stdin");
	while (len) {
		size_t n = len < sizeof(buf) ? len : sizeof(buf);

		if (!receive(buf, n, now_ms() + REQUEST_MS) || write(fd, buf, n) != (ssize_t)n) {
			close(fd);
			return -1;
		}
		len -= n;
	}
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static void start(struct job *job, const char *command, int in)
{
	sigset_t none;
	int p[2][2];
	int i;

	for (i = 0; i < 2; i++) {
		if (pipe2(p[i], O_CLOEXEC))
			fail("pipe");
		job->out[i] = p[i][0];
		fcntl(p[i][0], F_SETFL, O_NONBLOCK);
		watch(p[i][0], EPOLLIN);
	}
	job->exited = false;
	job->pid = fork();
	if (job->pid < 0)
		fail("fork");
	if (!job->pid) {
		setsid();
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		dup2(in, 0);
		dup2(p[0][1], 1);
		dup2(p[1][1], 2);
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(127);
	}
	close(p[0][1]);
	close(p[1][1]);
	close(in);
}

/* Forwards what there is, at most one buffer from each; true if there was any. */
static bool forward(struct job *job)
{
	char buf[16384];
	bool any = false;
	ssize_t n;
	int i;

	for (i = 0; i < 2; i++) {
		if (job->out[i] < 0)
			continue;
		n = read(job->out[i], buf, sizeof(buf));
		if (n > 0) {
			send_frame(job, "oe"[i], buf, n);
			any = true;
		} else if (!n) {
			close(job->out[i]);
			job->out[i] = -1;
		}
	}
	return any;
}

static void read_proc(pid_t pid, const char *name, char *buf, size_t size)
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, buf, size - 1);
	buf[n > 0 ? n : 0] = '\0';
	if (fd >= 0)
		close(fd);
}

/*
 * Kills the job's session, whatever process groups it made. With @explain, says
 * first where in the kernel each process is: the likely answer to "why did it hang?".
 */
static void kill_session(const struct job *job, bool explain)
{
	char stat[512], stack[2048], state, *p;
	struct dirent *de;
	DIR *dir = opendir("/proc");
	int session;
	pid_t pid;

	while (dir && (de = readdir(dir))) {
		pid = atoi(de->d_name);
		if (pid <= 0)
			continue;
		read_proc(pid, "stat", stat, sizeof(stat));
		p = strrchr(stat, ')');
		if (!p || sscanf(p + 1, " %c %*d %*d %d", &state, &session) != 2 ||
		    session != job->pid)
			continue;
		if (explain && state != 'Z') {
			read_proc(pid, "stack", stack, sizeof(stack));
			complain(job, "agent: %.*s state %c, in\n%s", (int)(p + 1 - stat), stat,
				 state, stack);
		}
		kill(pid, SIGKILL);
	}
	if (dir)
		closedir(dir);
}

/* True when the job is over by itself, false when it must be ended. */
static bool attend(struct job *job, long long deadline, bool listen)
{
	struct epoll_event ev;
	long long left;

	for (;;) {
		bool busy = forward(job);

		reap(job);
		if (job->exited && !busy)
			return true;
		/* The host speaks before it got the answer: it gave up. */
		if (listen && heard())
			return false;
		left = deadline - now_ms();
		if (left <= 0)
			return false;
		if (!busy)
			epoll_wait(ep, &ev, 1, left);
	}
}

static void run(struct job *job, int seconds)
{
	bool unwanted;
	int i;

	if (!attend(job, now_ms() + seconds * 1000LL, true)) {
		unwanted = heard();
		kill_session(job, !unwanted);
		if (!attend(job, now_ms() + REAP_MS, false) && !unwanted)
			complain(job, "agent: killed, but still there: stuck in the kernel\n");
		if (!unwanted)
			send_last(job, 't', seconds);
	} else if (WIFSIGNALED(job->status)) {
		send_last(job, 'x', 128 + WTERMSIG(job->status));
	} else {
		send_last(job, 'x', WEXITSTATUS(job->status));
	}
	for (i = 0; i < 2; i++)
		if (job->out[i] >= 0)
			close(job->out[i]);
}

/*
 * The driver makes the device node a while after the module is loaded, under a
 * number that depends on the machine; so take a pattern, and be told of changes.
 */
static int open_port(const char *pattern)
{
	int in = inotify_init1(IN_CLOEXEC);
	char buf[4096];
	glob_t g;
	int fd;

	if (in < 0 || inotify_add_watch(in, "/dev", IN_CREATE) < 0)
		fail("inotify");
	while (glob(pattern, 0, NULL, &g))
		if (read(in, buf, sizeof(buf)) < 0)
			fail("inotify");
	fd = open(g.gl_pathv[0], O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		fail(g.gl_pathv[0]);
	globfree(&g);
	close(in);
	return fd;
}

int main(int argc, char **argv)
{
	static char command[COMMAND_MAX];
	size_t cmd, len;
	struct job job;
	sigset_t chld;
	int seconds, in;

	if (argc != 2)
		fail("usage: agent PORT-PATTERN");
	port = open_port(argv[1]);
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, NULL);
	sigfd = signalfd(-1, &chld, SFD_CLOEXEC | SFD_NONBLOCK);
	ep = epoll_create1(EPOLL_CLOEXEC);
	if (sigfd < 0 || ep < 0)
		fail("start");
	watch(port, EPOLLIN | EPOLLOUT | EPOLLET);
	watch(sigfd, EPOLLIN);

	for (;;) {
		if (!receive_head(&job, &seconds, &cmd, &len) ||
		    !receive(command, cmd, now_ms() + REQUEST_MS))
			continue;
		command[cmd] = '\0';
		in = receive_stdin(len);
		if (in < 0)
			continue;
		start(&job, command, in);
		run(&job, seconds);
	}
}
