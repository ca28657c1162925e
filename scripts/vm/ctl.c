// SPDX-License-Identifier: GPL-2.0
/*
 * ctl - the host's side of everything that is said to VMs and hub
 *
 * Usage: ctl spawn PIDFILE LOG [SOCKET...] -- COMMAND...
 *        ctl kill SIGNAL PIDFILE
 *        ctl exec [-i] [-t SECONDS] SOCKET COMMAND
 *        ctl qmp SOCKET JSON [EVENT]
 *        ctl hub SOCKET WORD...
 *        ctl term SOCKET
 *        ctl khz
 *
 * Socket paths are short because they are relative: everything runs in the
 * directory of one set of VMs, which also is how a process is known to be ours.
 *
 * Exit status: exec has the command's own, 124 when its time was up, and 125 when
 * no answer came (dead or hung guest), so that nothing but success looks like it.
 * The others have 0 or 1.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define EXIT_TIME	124
#define EXIT_SILENT	125
#define GRACE_MS	10000	/* what a live agent may take beyond the command's time */
#define KILL_MS		10000
#define QMP_MS		10000
#define EVENT_MS	60000
#define HUB_MS		10000
#define FIRST_FD	3	/* where spawn puts the first socket */

static long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

__attribute__((noreturn, format(printf, 2, 3)))
static void fail(int status, const char *fmt, ...)
{
	va_list ap;

	fputs("vm: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(status);
}

static struct sockaddr_un address(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(sun.sun_path))
		fail(1, "%s: too long for a socket's path", path);
	memcpy(sun.sun_path, path, strlen(path) + 1);
	return sun;
}

static int dial(const char *path, int status)
{
	struct sockaddr_un sun = address(path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&sun, sizeof(sun)))
		fail(status, "%s: %s", path, strerror(errno));
	return fd;
}

static int wait_readable(int fd, long long deadline)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	long long left = deadline - now_ms();

	return left > 0 ? poll(&pfd, 1, left) : 0;
}

/*
 * spawn
 *
 * The sockets listen before the command runs, so whoever connects next needs not
 * wait for it, and nothing that it says at its start is lost.
 */
static void spawn_child(char **argv, int sockets, char **command, int report)
{
	int fds[16];
	int log, i;
	FILE *f;

	setsid();
	log = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (log < 0)
		fail(1, "%s: %s", argv[1], strerror(errno));
	for (i = 0; i < sockets; i++) {
		struct sockaddr_un sun = address(argv[2 + i]);

		unlink(sun.sun_path);
		fds[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fds[i] < 0 || bind(fds[i], (struct sockaddr *)&sun, sizeof(sun)) ||
		    listen(fds[i], 8))
			fail(1, "%s: %s", argv[2 + i], strerror(errno));
		/* Out of the way of where they are to be. */
		fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 32);
	}
	report = fcntl(report, F_DUPFD_CLOEXEC, 32);
	f = fopen(argv[0], "we");
	if (!f || fprintf(f, "%d\n", getpid()) < 0 || fclose(f))
		fail(1, "%s: %s", argv[0], strerror(errno));
	for (i = 0; i < sockets; i++)
		dup2(fds[i], FIRST_FD + i);
	dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), 0);
	dup2(log, 1);
	dup2(log, 2);
	/* Nor may it keep what the caller has open, a lock for instance. */
	close_range(FIRST_FD + sockets, ~0U, CLOSE_RANGE_CLOEXEC);
	execvp(command[0], command);
	dprintf(report, "vm: %s: %s\n", command[0], strerror(errno));
}

static int cmd_spawn(int argc, char **argv)
{
	char buf[256];
	int sockets, status, report[2];
	ssize_t n;
	pid_t pid;

	for (sockets = 0; 2 + sockets < argc && strcmp(argv[2 + sockets], "--"); sockets++)
		;
	if (argc < 4 + sockets || sockets > 16)
		return -1;
	if (pipe2(report, O_CLOEXEC))
		fail(1, "pipe: %s", strerror(errno));
	pid = fork();
	if (!pid) {
		spawn_child(argv, sockets, argv + 3 + sockets, report[1]);
		_exit(1);
	}
	/* The pipe is closed by a successful exec and by nothing earlier. */
	close(report[1]);
	n = read(report[0], buf, sizeof(buf));
	if (n > 0 && write(STDERR_FILENO, buf, n) < 0)
		return 1;
	return n || waitpid(pid, &status, WNOHANG) ? 1 : 0;
}

/*
 * kill: a signal to a process that is certainly ours, and the wait for its end.
 * Numbers are reused; so hold the process before looking whether it lives here.
 */
static int cmd_kill(int argc, char **argv)
{
	struct stat here, there;
	char path[64];
	int sig, pid, fd;
	FILE *f;

	if (argc != 2)
		return -1;
	sig = atoi(argv[0]);
	f = fopen(argv[1], "re");
	if (!f || fscanf(f, "%d", &pid) != 1)
		return 1;
	fclose(f);
	fd = syscall(SYS_pidfd_open, pid, 0);
	snprintf(path, sizeof(path), "/proc/%d/cwd", pid);
	if (fd < 0 || stat(path, &there) || stat(".", &here) || here.st_ino != there.st_ino ||
	    here.st_dev != there.st_dev || syscall(SYS_pidfd_send_signal, fd, sig, NULL, 0))
		return 1;
	if ((sig == SIGTERM || sig == SIGKILL) && wait_readable(fd, now_ms() + KILL_MS) != 1)
		fail(1, "process %d did not end", pid);
	return 0;
}

/*
 * exec: see agent.c for the protocol
 */
struct talk {
	int fd;
	char id[17];
	long long deadline;
	size_t used, len;
	char buf[65536];
};

static int take(struct talk *t)
{
	ssize_t n;

	if (t->used == t->len) {
		if (wait_readable(t->fd, t->deadline) != 1)
			fail(EXIT_SILENT, "no answer in time: the guest hangs");
		n = read(t->fd, t->buf, sizeof(t->buf));
		if (n <= 0)
			fail(EXIT_SILENT, "the guest went away");
		t->used = 0;
		t->len = n;
	}
	return (unsigned char)t->buf[t->used++];
}

/* Skips to our own next "@ID ": before it may be rubble of a broken-off talk. */
static void seek_frame(struct talk *t)
{
	char window[18];
	int have = 0;

	while (have < 18 || window[0] != '@' || window[17] != ' ' ||
	       memcmp(window + 1, t->id, 16)) {
		if (have == 18)
			memmove(window, window + 1, --have);
		window[have++] = take(t);
	}
}

static void copy_out(struct talk *t, int fd, unsigned long len)
{
	while (len) {
		size_t n;
		ssize_t w;

		if (t->used == t->len) {
			take(t);
			t->used--;
		}
		n = t->len - t->used < len ? t->len - t->used : len;
		/* A reader that has seen enough (head -1) must not stop the talk. */
		w = write(fd, t->buf + t->used, n);
		if (w <= 0)
			w = n;
		t->used += w;
		len -= w;
	}
}

static int converse(struct talk *t)
{
	for (;;) {
		char line[32], tag;
		unsigned long value;
		size_t n = 0;

		seek_frame(t);
		do
			line[n] = take(t);
		while (line[n] != '\n' && ++n < sizeof(line) - 1);
		line[n] = '\0';
		if (sscanf(line, "%c %lu", &tag, &value) != 2)
			fail(EXIT_SILENT, "the agent said '%s'", line);
		switch (tag) {
		case 'o':
			copy_out(t, STDOUT_FILENO, value);
			break;
		case 'e':
			copy_out(t, STDERR_FILENO, value);
			break;
		case 'x':
			return value;
		case 't':
			fail(EXIT_TIME, "timed out after %lu s", value);
		}
	}
}

static char *slurp(int fd, size_t *len)
{
	size_t room = 65536;
	char *buf = malloc(room);
	ssize_t n;

	*len = 0;
	while (buf && (n = read(fd, buf + *len, room - *len)) > 0) {
		*len += n;
		if (*len == room)
			buf = realloc(buf, room *= 2);
	}
	if (!buf)
		fail(1, "out of memory");
	return buf;
}

static void send_all(struct talk *t, const char *buf, size_t len)
{
	struct pollfd pfd = { .fd = t->fd, .events = POLLOUT };

	while (len) {
		long long left = t->deadline - now_ms();
		ssize_t n;

		if (left <= 0 || poll(&pfd, 1, left) != 1)
			fail(EXIT_SILENT, "the guest takes no command");
		n = send(t->fd, buf, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno != EAGAIN)
			fail(EXIT_SILENT, "the guest went away");
		if (n > 0) {
			buf += n;
			len -= n;
		}
	}
}

static int cmd_exec(int argc, char **argv)
{
	static struct talk t;
	unsigned long long id;
	char path[128], head[128];
	char *in = NULL;
	size_t len = 0;
	int seconds = 60, lock, opt;

	optind = 0;
	while ((opt = getopt(argc + 1, argv - 1, "+it:")) != -1) {
		switch (opt) {
		case 'i':
			in = slurp(STDIN_FILENO, &len);
			break;
		case 't':
			seconds = atoi(optarg);
			break;
		default:
			return -1;
		}
	}
	argv += optind - 1;
	argc -= optind - 1;
	if (argc != 2 || seconds <= 0 || getrandom(&id, sizeof(id), 0) != sizeof(id))
		return -1;

	/* One command at a time; the clock starts when it is our turn. */
	snprintf(path, sizeof(path), "%s.lock", argv[0]);
	lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (lock < 0 || flock(lock, LOCK_EX))
		fail(EXIT_SILENT, "%s: %s", path, strerror(errno));
	signal(SIGPIPE, SIG_IGN);
	t.fd = dial(argv[0], EXIT_SILENT);
	t.deadline = now_ms() + seconds * 1000LL + GRACE_MS;
	snprintf(t.id, sizeof(t.id), "%016llx", id);
	send_all(&t, head, snprintf(head, sizeof(head), "@%s run %d %zu %zu\n", t.id, seconds,
				    strlen(argv[1]), len));
	send_all(&t, argv[1], strlen(argv[1]));
	send_all(&t, in, len);
	return converse(&t);
}

static const char *qmp_line(struct talk *t)
{
	static char line[65536];
	size_t n;

	for (n = 0; n < sizeof(line) - 1 && (line[n] = take(t)) != '\n'; n++)
		;
	line[n] = '\0';
	if (!strncmp(line, "{\"error\"", 8))
		fail(1, "%s", line);
	return line;
}

/* The greeting and events are neither error nor return. */
static const char *qmp_return(struct talk *t)
{
	const char *line;

	do {
		line = qmp_line(t);
	} while (strncmp(line, "{\"return\"", 9));
	return line;
}

/* qmp: one command; prints what it returns, or waits for what it leads to, and prints that */
static int cmd_qmp(int argc, char **argv)
{
	static struct talk t;
	const char *line;

	if (argc != 2 && argc != 3)
		return -1;
	t.fd = dial(argv[0], 1);
	t.deadline = now_ms() + QMP_MS;
	send_all(&t, "{\"execute\": \"qmp_capabilities\"}\n", 32);
	qmp_return(&t);
	send_all(&t, argv[1], strlen(argv[1]));
	if (argc == 2) {
		puts(qmp_return(&t));
		return 0;
	}
	/* An event may come before the command returns. */
	t.deadline = now_ms() + EVENT_MS;
	do {
		line = qmp_line(&t);
	} while (!strstr(line, argv[2]));
	puts(line);
	return 0;
}

/* hub: one command; the answer starts with "ok" or says what is wrong */
static int cmd_hub(int argc, char **argv)
{
	char line[65536] = "";
	long long deadline;
	size_t len = 0;
	ssize_t n;
	int fd, i;

	if (argc < 2)
		return -1;
	fd = dial(argv[0], 1);
	for (i = 1; i < argc; i++) {
		if (strlen(line) + strlen(argv[i]) + 2 > sizeof(line))
			return -1;
		strcat(strcat(line, i > 1 ? " " : ""), argv[i]);
	}
	deadline = now_ms() + HUB_MS;
	if (send(fd, line, strlen(line), MSG_NOSIGNAL) < 0)
		fail(1, "the hub takes no command");
	do {
		n = wait_readable(fd, deadline) == 1 ?
		    read(fd, line + len, sizeof(line) - 1 - len) : -1;
		if (n < 0)
			fail(1, "the hub does not answer");
		len += n;
	} while (n);
	line[len] = '\0';
	if (strncmp(line, "ok\n", 3))
		fail(1, "hub: %s", line);
	fputs(line + 3, stdout);
	return 0;
}

/* term: the terminal becomes the guest's second serial line */
static int cmd_term(int argc, char **argv)
{
	struct pollfd pfd[2] = { { .fd = STDIN_FILENO, .events = POLLIN }, { .events = POLLIN } };
	struct termios old, raw;
	bool tty = !tcgetattr(STDIN_FILENO, &old);
	char buf[4096];
	ssize_t n;
	int i;

	if (argc != 1)
		return -1;
	pfd[1].fd = dial(argv[0], 1);
	if (tty) {
		fputs("(Ctrl-] leaves)\n", stderr);
		raw = old;
		cfmakeraw(&raw);
		tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	}
	/* The prompt was written when nobody listened: ask for another. */
	n = write(pfd[1].fd, "\n", 1);
	while (n > 0 && poll(pfd, 2, -1) > 0) {
		i = pfd[1].revents ? 1 : 0;
		n = read(pfd[i].fd, buf, sizeof(buf));
		if (n <= 0 && !i && !tty) {
			/* A script has said all and waits for the answers. */
			pfd[0].fd = -1;
			n = 1;
			continue;
		}
		if (n <= 0 || (tty && !i && memchr(buf, 0x1d, n)))
			break;
		n = write(i ? STDOUT_FILENO : pfd[1].fd, buf, n);
	}
	if (tty)
		tcsetattr(STDIN_FILENO, TCSANOW, &old);
	return 0;
}

/* khz: how fast the processor's clock is, which an emulated one shows as its own */
static int cmd_khz(int argc, char **argv)
{
	struct timespec begin, end, nap = { .tv_nsec = 100000000 };
	unsigned long long ticks;

	(void)argv;
	if (argc)
		return -1;
	clock_gettime(CLOCK_MONOTONIC_RAW, &begin);
	ticks = __builtin_ia32_rdtsc();
	nanosleep(&nap, NULL);
	ticks = __builtin_ia32_rdtsc() - ticks;
	clock_gettime(CLOCK_MONOTONIC_RAW, &end);
	printf("%llu\n", ticks * 1000000 / ((end.tv_sec - begin.tv_sec) * 1000000000ULL +
					    end.tv_nsec - begin.tv_nsec));
	return 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(int argc, char **argv);
	} commands[] = {
		{ "spawn", cmd_spawn },	{ "kill", cmd_kill },	{ "exec", cmd_exec },
		{ "qmp", cmd_qmp },	{ "hub", cmd_hub },	{ "term", cmd_term },
		{ "khz", cmd_khz },
	};
	int status = -1;
	size_t i;

	for (i = 0; argc > 1 && i < sizeof(commands) / sizeof(*commands); i++)
		if (!strcmp(argv[1], commands[i].name))
			status = commands[i].run(argc - 2, argv + 2);
	if (status < 0)
		fail(EXIT_SILENT, "wrong arguments; see the head of ctl.c");
	return status;
}
