// SPDX-License-Identifier: GPL-2.0
/*
 * history - have hosts read, write and compare-and-set, and write down what they say
 *
 * Usage: history FILE COUNTS SEED N PORT...
 *
 * Each PORT is the socket of a virtual machine in which recorder.c runs, or will: the
 * machine may go away and come back at any time. Each is kept busy with N operations
 * at a time, and with up to N reads more while it says nothing: who stands still is to
 * be asked, too, after the others have gone on without it. FILE gets the history, as
 * lincheck reads it; COUNTS, ten times a second, how many operations were acknowledged,
 * are unknown, were refused, and how many reads failed, the word "busy" or "quiet", and on
 * a second line how many of each host were acknowledged. From SIGUSR1 to SIGUSR2 nothing
 * new is asked, and when all that was is answered and FILE has it, COUNTS says "quiet". On
 * SIGTERM it ends then.
 *
 * All times are taken here, since the guests' clocks differ and stand still with them:
 * a call is before it is sent, a return after its answer came. That makes operations
 * longer than they were, never shorter, so that what is found in the history is so.
 *
 * Every value is written once: who wrote what was read needs no guess.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include "../operation.h"

#define HOSTS_MAX	9
#define FLIGHT_MAX	64
#define TICK_MS		100
#define SILENT_MS	1500	/* who says nothing for that long is asked more, a read each tick */
#define MS_MAX		4000	/* how long an operation may wait for the cluster */
#define LAST_MS		(MS_MAX + 20000)	/* by when all is answered, a host is hung */
#define WRITES_NS	1000000000	/* so long there are writes, then so long there are none */
#define LINE_MAX	512

/**
 * struct op - an operation under way
 * @id: its number, 0 if this is none
 * @call: when it was sent, ns
 * @kind: r, w or c, as the recorder calls it
 * @expect: the revision that a compare-and-set expects
 * @after: not before that there is to be another in its place, ns
 */
struct op {
	unsigned long long id;
	unsigned long long call;
	char kind;
	unsigned long long expect;
	unsigned long long after;
};

/**
 * struct host - a virtual machine
 * @path: the socket of its port
 * @number: its number
 * @fd: a connection to that, or -1
 * @ready: its recorder has said that it runs
 * @acknowledged: operations
 * @heard: when it said something, ns
 * @op: what is under way: as many as always, then those asked of a silent host
 * @line: what came, as far as it is no whole line
 * @len: bytes of it
 */
struct host {
	const char *path;
	int number;
	int fd;
	bool ready;
	unsigned long acknowledged;
	unsigned long long heard;
	struct op op[2 * FLIGHT_MAX];
	char line[LINE_MAX];
	size_t len;
};

static struct host hosts[HOSTS_MAX];
static int n_hosts;
static int flight;	/* operations at a time, on each host */
static FILE *history;
static int counts;
static unsigned long count[3][OUTCOMES];	/* reads, writes, compare-and-sets */
static unsigned long failed;			/* reads */
static unsigned long long ids;
static unsigned long long newest;	/* the highest revision that anybody told */
static unsigned long long seed;
static sigset_t signals;
static bool lull;
static bool stopped;

__attribute__((noreturn, format(printf, 1, 2)))
static void die(const char *fmt, ...)
{
	va_list ap;

	fputs("history: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	if (history)
		fflush(history);
	exit(1);
}

static unsigned long long now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* xorshift64*: the same seed asks for the same. */
static unsigned int chance(unsigned int below)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (seed * 2685821657736338717ULL >> 33) % below;
}

static unsigned long sum(int from, int to)
{
	unsigned long n = 0;
	int kind;

	for (; from <= to; from++)
		for (kind = 0; kind < 3; kind++)
			n += count[kind][from];
	return n;
}

static bool busy(void)
{
	int h, i;

	for (h = 0; h < n_hosts; h++)
		for (i = 0; i < 2 * flight; i++)
			if (hosts[h].op[i].id)
				return true;
	return false;
}

static void tell_counts(void)
{
	char text[64 + HOSTS_MAX * 24];
	bool quiet = lull && !busy();
	int h, n;

	if (quiet && fflush(history))
		die("the history can not be written: %s", strerrorname_np(errno));
	n = snprintf(text, sizeof(text), "%10lu %10lu %10lu %10lu %s\n", sum(OK, CONFLICT),
		     sum(UNKNOWN, UNKNOWN), sum(REFUSED, REFUSED), failed,
		     quiet ? "quiet" : "busy ");
	for (h = 0; h < n_hosts; h++)
		n += snprintf(text + n, sizeof(text) - n, "%10lu%c", hosts[h].acknowledged,
			      h + 1 < n_hosts ? ' ' : '\n');
	if (pwrite(counts, text, n, 0) != n)
		die("the counts can not be written: %s", strerrorname_np(errno));
}

/*
 * What is written down
 */

/* Nobody is bound to a read of which nothing is known. A @ret of 0 is none. */
static void record(struct host *host, struct op *op, unsigned long long ret,
		   enum outcome outcome, unsigned long long revision, const char *value)
{
	int kind = op->kind == 'r' ? 0 : op->kind == 'w' ? 1 : 2;
	char own[32];

	snprintf(own, sizeof(own), "v%llu", op->id);
	op->id = 0;
	if (!kind && outcome != OK) {
		failed++;
		return;
	}
	count[kind][outcome]++;
	operation_print(history, &(struct operation){
		.host = host->number,
		.kind = op->kind,
		.call = op->call,
		.ret = ret,
		.expect = op->expect,
		.value = kind ? own : value,
		.outcome = outcome,
		.revision = revision,
	});
}

/* None but those may happen here. */
static enum outcome outcome_of(const struct host *host, const struct op *op, int error)
{
	enum outcome outcome = operation_outcome(op->kind, error);

	if (outcome == OUTCOMES)
		die("host%d: operation %llu, %c, met %s", host->number, op->id, op->kind,
		    strerrorname_np(error));
	return outcome;
}

/*
 * What hosts are told, and say
 */

/* Some give up when the answer is due: then it is open what becomes of a change. */
static unsigned int patience(void)
{
	static const unsigned int ms[] = { MS_MAX / 16, MS_MAX / 4, MS_MAX, MS_MAX };

	return chance(16) ? ms[chance(4)] : 1 + chance(MS_MAX / 40);
}

/* Among writes hardly any compare-and-set meets what it expects, so these have their time. */
static void ask(struct host *host, struct op *op)
{
	unsigned int what = op < host->op + flight ? chance(8) : 0, ms = patience();
	char line[LINE_MAX];
	int n;

	op->id = ++ids;
	op->call = now_ns();
	op->expect = newest;
	if (what < 4) {
		op->kind = 'r';
		n = snprintf(line, sizeof(line), "%llu r %u\n", op->id, ms);
	} else if (what < 5 && op->call / WRITES_NS % 2) {
		op->kind = 'w';
		n = snprintf(line, sizeof(line), "%llu w %u v%llu\n", op->id, ms, op->id);
	} else {
		op->kind = 'c';
		/* Now and then one that is gone, or may yet come. */
		if (!chance(8))
			op->expect += chance(2) ? 1 : newest ? -1 : 0;
		n = snprintf(line, sizeof(line), "%llu c %u %llu v%llu\n", op->id, ms,
			     op->expect, op->id);
	}
	/* If the machine is gone the operation becomes unknown when that is noticed. */
	if (send(host->fd, line, n, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno == EAGAIN)
		die("host%d takes nothing any more", host->number);
}

static void ask_more(struct host *host)
{
	unsigned long long now = now_ns();
	int i;

	for (i = 0; host->ready && !lull && !stopped && i < flight; i++)
		if (!host->op[i].id && host->op[i].after <= now)
			ask(host, &host->op[i]);
}

static void ask_silent(struct host *host)
{
	int i = flight;

	if (!host->ready || lull || stopped || now_ns() < host->heard + SILENT_MS * 1000000ULL)
		return;
	while (i < 2 * flight && host->op[i].id)
		i++;
	if (i < 2 * flight)
		ask(host, &host->op[i]);
}

/* Whoever was to do it is gone. */
static void forget(struct host *host)
{
	int i;

	for (i = 0; i < 2 * flight; i++)
		if (host->op[i].id)
			record(host, &host->op[i], 0, UNKNOWN, 0, "");
}

static void gone(struct host *host)
{
	forget(host);
	close(host->fd);
	host->fd = -1;
	host->ready = false;
	host->len = 0;
}

/*
 * If there was a recorder before, on a machine that was reset or with another node, then
 * what it had not done it never will do; the last line that it was sent may be cut short.
 */
static void begin(struct host *host)
{
	static const char line[] = "\nbegin\n";

	forget(host);
	host->ready = true;
	if (send(host->fd, line, sizeof(line) - 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 &&
	    errno == EAGAIN)
		die("host%d takes nothing any more", host->number);
}

static void answer(struct host *host, const char *line, unsigned long long ret)
{
	char value[LINE_MAX] = "";
	unsigned long long id, revision;
	enum outcome outcome;
	int error, i;

	if (!strcmp(line, "ready")) {
		begin(host);
		return;
	}
	if (sscanf(line, "%llu %d %llu %s", &id, &error, &revision, value) < 3)
		die("host%d said: %s", host->number, line);
	for (i = 0; i < 2 * flight && host->op[i].id != id; i++)
		;
	if (!id || i == 2 * flight)
		die("host%d answers what was not asked: %s", host->number, line);
	outcome = outcome_of(host, &host->op[i], error);
	record(host, &host->op[i], ret, outcome, revision, value);
	host->acknowledged += outcome <= CONFLICT;
	if (outcome <= CONFLICT && revision > newest)
		newest = revision;
	/* Whoever fails at once would fail as often as the machine can. */
	host->op[i].after = outcome <= CONFLICT ? 0 : ret + TICK_MS * 1000000ULL;
}

static void hear(struct host *host)
{
	ssize_t n = read(host->fd, host->line + host->len, sizeof(host->line) - host->len);
	unsigned long long ret = now_ns();
	char *end, *line = host->line;

	if (n <= 0) {
		if (n == 0 || errno != EINTR)
			gone(host);
		return;
	}
	host->heard = ret;
	host->len += n;
	while ((end = memchr(line, '\n', host->line + host->len - line))) {
		*end = '\0';
		answer(host, line, ret);
		line = end + 1;
	}
	host->len -= line - host->line;
	memmove(host->line, line, host->len);
	if (host->len == sizeof(host->line))
		die("host%d says a line without an end", host->number);
	ask_more(host);
}

/* It can be there as soon as QEMU is: what is said waits in the socket. */
static void dial(struct host *host)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };

	size_t len = strlen(host->path);

	if (len >= sizeof(sun.sun_path))
		die("%s: too long for a socket's path", host->path);
	memcpy(sun.sun_path, host->path, len);
	host->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (host->fd < 0)
		die("socket: %s", strerrorname_np(errno));
	if (!connect(host->fd, (struct sockaddr *)&sun, sizeof(sun)))
		return;
	close(host->fd);
	host->fd = -1;
}

/* They are blocked, for they may come at any time. */
static void take_signals(void)
{
	const struct timespec none = { 0 };
	int sig;

	while ((sig = sigtimedwait(&signals, NULL, &none)) > 0) {
		if (sig == SIGTERM)
			stopped = true;
		else
			lull = sig == SIGUSR1;
	}
}

static void tick(void)
{
	int h;

	take_signals();
	for (h = 0; h < n_hosts; h++) {
		if (hosts[h].fd < 0)
			dial(&hosts[h]);
		ask_more(&hosts[h]);
		ask_silent(&hosts[h]);
	}
	tell_counts();
}

static void run(void)
{
	unsigned long long now, next = 0, end = 0;
	struct pollfd pfd[HOSTS_MAX];
	int h;

	while (!stopped || busy()) {
		now = now_ns();
		if (stopped && !end)
			end = now + LAST_MS * 1000000ULL;
		if (end && now > end)
			die("operations are not answered");
		if (now >= next) {
			tick();
			next = now + TICK_MS * 1000000ULL;
		}
		for (h = 0; h < n_hosts; h++)
			pfd[h] = (struct pollfd){ .fd = hosts[h].fd, .events = POLLIN };
		if (poll(pfd, n_hosts, TICK_MS) < 0)
			continue;
		for (h = 0; h < n_hosts; h++)
			if (pfd[h].revents)
				hear(&hosts[h]);
	}
	tell_counts();
}

static bool arguments(int argc, char **argv)
{
	int h;

	if (argc < 6 || argc - 5 > HOSTS_MAX)
		return false;
	/* Of xorshift 0 has no successor. */
	seed = strtoull(argv[3], NULL, 0) * 2 + 1;
	flight = atoi(argv[4]);
	if (flight < 1 || flight > FLIGHT_MAX)
		return false;
	n_hosts = argc - 5;
	for (h = 0; h < n_hosts; h++)
		hosts[h] = (struct host){ .path = argv[5 + h], .number = h + 1, .fd = -1 };
	history = fopen(argv[1], "we");
	if (!history)
		die("%s: %s", argv[1], strerrorname_np(errno));
	counts = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (counts < 0)
		die("%s: %s", argv[2], strerrorname_np(errno));
	return true;
}

int main(int argc, char **argv)
{
	if (!arguments(argc, argv)) {
		fprintf(stderr, "usage: history FILE COUNTS SEED N PORT...\n");
		return 2;
	}
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGUSR1);
	sigaddset(&signals, SIGUSR2);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	run();
	if (fclose(history))
		die("the history can not be written: %s", strerrorname_np(errno));
	printf("%lu operations: %lu acknowledged, %lu unknown, %lu refused; %lu reads failed\n",
	       sum(OK, UNKNOWN), sum(OK, CONFLICT), sum(UNKNOWN, UNKNOWN), sum(REFUSED, REFUSED),
	       failed);
	printf("acknowledged: %lu reads, %lu writes, %lu compare-and-sets, %lu in conflict\n",
	       count[0][OK], count[1][OK], count[2][OK], count[2][CONFLICT]);
	return 0;
}
