// SPDX-License-Identifier: GPL-2.0
/*
 * soak - read, write and compare-and-set through the devices of a cluster, and write down
 * what was said
 *
 * Usage: soak FILE COUNTS SEED N DEVICE...
 *
 * Each DEVICE is that of a node, which may go away and come back at any time, and has N
 * programs, each of which has one operation under way, or thinks. FILE gets the history,
 * as lincheck reads it; COUNTS, ten times a second, how many operations were acknowledged,
 * are unknown, were refused, and how many reads failed, the word "busy" or "quiet", and on
 * a second line how many of each device were acknowledged. From SIGUSR1 to SIGUSR2 nothing
 * new is asked, and when all that was is answered and FILE has it, COUNTS says "quiet". On
 * SIGTERM it ends then.
 *
 * FILE is written only then: while it is asked for, memory may be what fails.
 *
 * Every value is written once: who wrote what was read needs no guess.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>
#include <linux/raftval.h>
#include "operation.h"

#define HOSTS_MAX	9
#define PROGRAMS_MAX	16	/* of each host */
#define TICK_MS		100
#define THINK_MS	400	/* between two operations, at most */
#define MS_MAX		4000	/* how long an operation may wait for the cluster */
#define LAST_MS		(MS_MAX + 20000)	/* by when all is answered, a node is hung */
#define WRITES_NS	1000000000	/* so long there are writes, then so long there are none */
#define VALUE_MAX	64
#define HISTORY_SIZE	(16 << 20)	/* bytes of it between two times that all is quiet */

/**
 * struct host - a node
 * @path: its device
 * @number: its number
 * @acknowledged: operations
 */
struct host {
	const char *path;
	int number;
	unsigned long acknowledged;
};

/**
 * struct program - one that asks
 * @thread: it
 * @host: of whom
 * @seed: what it asks for
 * @fd: the device, or -1
 * @op: what is under way
 * @value: that it writes, or has read
 */
struct program {
	pthread_t thread;
	struct host *host;
	unsigned long long seed;
	int fd;
	struct operation op;
	char value[VALUE_MAX];
};

static struct host hosts[HOSTS_MAX];
static struct program programs[HOSTS_MAX * PROGRAMS_MAX];
static int n_hosts;
static int n_programs;
static int counts;

/* This guards the rest. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static FILE *history;
static unsigned long count[3][OUTCOMES];	/* reads, writes, compare-and-sets */
static unsigned long failed;			/* reads */
static unsigned long long ids;
static unsigned long long newest;	/* the highest revision that anybody told */
static int n_busy;
static bool lull;
static bool stopped;

__attribute__((noreturn, format(printf, 1, 2)))
static void die(const char *fmt, ...)
{
	va_list ap;

	fputs("soak: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

static unsigned long long now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static void sleep_ms(unsigned int ms)
{
	const struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&ts, NULL);
}

/* xorshift64*: the same seed asks for the same. */
static unsigned int chance(struct program *program, unsigned int below)
{
	program->seed ^= program->seed >> 12;
	program->seed ^= program->seed << 25;
	program->seed ^= program->seed >> 27;
	return (program->seed * 2685821657736338717ULL >> 33) % below;
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

/*
 * Programs
 */

/* Some give up when the answer is due: then it is open what becomes of a change. */
static unsigned int patience(struct program *program)
{
	static const unsigned int ms[] = { MS_MAX / 16, MS_MAX / 4, MS_MAX, MS_MAX };

	return chance(program, 16) ? ms[chance(program, 4)] : 1 + chance(program, MS_MAX / 40);
}

/* Among writes hardly any compare-and-set meets what it expects, so these have their time. */
static void choose(struct program *program)
{
	struct operation *op = &program->op;
	unsigned int what = chance(program, 8);

	if (what < 4) {
		op->kind = 'r';
	} else if (what < 5 && now_ns() / WRITES_NS % 2) {
		op->kind = 'w';
	} else {
		op->kind = 'c';
		op->expect = newest;
		/* Now and then one that is gone, or may yet come. */
		if (!chance(program, 8))
			op->expect += chance(program, 2) ? 1 : newest ? -1 : 0;
	}
}

/* The next operation, when there is to be one; false if there is none any more. */
static bool begin(struct program *program)
{
	bool going;

	pthread_mutex_lock(&lock);
	while (lull && !stopped)
		pthread_cond_wait(&changed, &lock);
	going = !stopped;
	if (going) {
		n_busy++;
		program->op = (struct operation){ .host = program->host->number };
		program->op.value = program->value;
		snprintf(program->value, sizeof(program->value), "v%llu", ++ids);
		choose(program);
	}
	pthread_mutex_unlock(&lock);
	return going;
}

static int do_read(struct program *program, unsigned int ms)
{
	char value[VALUE_MAX];
	struct raftval_read read = {
		.data = (unsigned long)value,
		.size = sizeof(value) - 1,
		.timeout_ms = ms,
	};
	int error = ioctl(program->fd, RAFTVAL_IOC_READ, &read) ? errno : 0;

	if (!error) {
		memcpy(program->value, value, read.len);
		program->value[read.len] = '\0';
	}
	program->op.revision = read.revision;
	return error;
}

static int do_change(struct program *program, unsigned int ms)
{
	struct raftval_write change = {
		.data = (unsigned long)program->value,
		.len = strlen(program->value),
		.expect = program->op.expect,
		.timeout_ms = ms,
	};
	unsigned long request = program->op.kind == 'c' ? RAFTVAL_IOC_CAS : RAFTVAL_IOC_WRITE;
	int error = ioctl(program->fd, request, &change) ? errno : 0;

	program->op.revision = change.revision;
	return error;
}

static int ask(struct program *program)
{
	struct operation *op = &program->op;
	unsigned int ms = patience(program);
	int error;

	op->call = now_ns();
	error = op->kind == 'r' ? do_read(program, ms) : do_change(program, ms);
	op->ret = now_ns();
	/* For want of memory nothing is begun. */
	op->outcome = error == ENOMEM ? REFUSED : operation_outcome(op->kind, error);
	if (op->outcome == OUTCOMES)
		die("host%d: %c met %s", op->host, op->kind, strerrorname_np(error));
	return error;
}

/* Nobody is bound to a read of which nothing is known. */
static void end(struct program *program)
{
	const struct operation *op = &program->op;
	int kind = op->kind == 'r' ? 0 : op->kind == 'w' ? 1 : 2;

	pthread_mutex_lock(&lock);
	if (kind || op->outcome == OK) {
		count[kind][op->outcome]++;
		operation_print(history, op);
	} else {
		failed++;
	}
	if (op->outcome <= CONFLICT) {
		program->host->acknowledged++;
		if (op->revision > newest)
			newest = op->revision;
	}
	n_busy--;
	pthread_mutex_unlock(&lock);
}

/* A node that is gone, or not there yet, has no device, or one that can not be opened. */
static bool opened(struct program *program)
{
	if (program->fd >= 0)
		return true;
	program->fd = open(program->host->path, O_RDWR | O_CLOEXEC);
	if (program->fd >= 0)
		return true;
	if (errno != ENOENT && errno != ENXIO && errno != ENODEV && errno != ENOMEM)
		die("%s: %s", program->host->path, strerrorname_np(errno));
	return false;
}

/* The node is gone, or no member any more; the device may be another's by now. */
static void close_again(struct program *program)
{
	close(program->fd);
	program->fd = -1;
}

static void *work(void *arg)
{
	struct program *program = arg;
	int error;

	for (;;) {
		/* Some do not think. */
		if (chance(program, 4))
			sleep_ms(chance(program, THINK_MS));
		if (!opened(program)) {
			if (__atomic_load_n(&stopped, __ATOMIC_RELAXED))
				break;
			sleep_ms(TICK_MS);
			continue;
		}
		if (!begin(program))
			break;
		error = ask(program);
		end(program);
		if (error == ESHUTDOWN)
			close_again(program);
		/* Whoever fails at once would fail as often as the machine can. */
		if (error)
			sleep_ms(TICK_MS);
	}
	return NULL;
}

/*
 * The whole
 */

static void tell_counts(bool quiet)
{
	char text[64 + HOSTS_MAX * 24];
	int h, n;

	n = snprintf(text, sizeof(text), "%10lu %10lu %10lu %10lu %s\n", sum(OK, CONFLICT),
		     sum(UNKNOWN, UNKNOWN), sum(REFUSED, REFUSED), failed,
		     quiet ? "quiet" : "busy ");
	for (h = 0; h < n_hosts; h++)
		n += snprintf(text + n, sizeof(text) - n, "%10lu%c", hosts[h].acknowledged,
			      h + 1 < n_hosts ? ' ' : '\n');
	/* If that can not be written now, then later. */
	if (pwrite(counts, text, n, 0) != n && errno != ENOMEM && errno != ENOSPC)
		die("the counts can not be written: %s", strerrorname_np(errno));
}

/* Returns whether all is over. */
static bool tick(int sig)
{
	bool quiet;

	pthread_mutex_lock(&lock);
	if (sig == SIGTERM)
		__atomic_store_n(&stopped, true, __ATOMIC_RELAXED);
	else if (sig > 0)
		lull = sig == SIGUSR1;
	if (sig > 0)
		pthread_cond_broadcast(&changed);
	quiet = (lull || stopped) && !n_busy;
	if (quiet && fflush(history))
		die("the history can not be written: %s", strerrorname_np(errno));
	tell_counts(quiet);
	pthread_mutex_unlock(&lock);
	return quiet && stopped;
}

static void run(const sigset_t *signals)
{
	const struct timespec pause = { .tv_nsec = TICK_MS * 1000000L };
	unsigned long long last = 0;
	int sig;

	do {
		sig = sigtimedwait(signals, NULL, &pause);
		if (sig == SIGTERM && !last)
			last = now_ns() + LAST_MS * 1000000ULL;
		if (last && now_ns() > last)
			die("operations are not answered");
	} while (!tick(sig));
}

static void start(unsigned long long seed, int each)
{
	struct program *program;
	int h, i;

	for (h = 0; h < n_hosts; h++) {
		for (i = 0; i < each; i++) {
			program = &programs[n_programs++];
			program->host = &hosts[h];
			/* Of xorshift 0 has no successor. */
			program->seed = (seed << 16 | n_programs) * 2 + 1;
			program->fd = -1;
			errno = pthread_create(&program->thread, NULL, work, program);
			if (errno)
				die("pthread_create: %s", strerrorname_np(errno));
		}
	}
}

static void finish(void)
{
	int i;

	for (i = 0; i < n_programs; i++)
		pthread_join(programs[i].thread, NULL);
	if (fclose(history))
		die("the history can not be written: %s", strerrorname_np(errno));
	printf("%lu operations: %lu acknowledged, %lu unknown, %lu refused; %lu reads failed\n",
	       sum(OK, UNKNOWN), sum(OK, CONFLICT), sum(UNKNOWN, UNKNOWN), sum(REFUSED, REFUSED),
	       failed);
	printf("acknowledged: %lu reads, %lu writes, %lu compare-and-sets, %lu in conflict\n",
	       count[0][OK], count[1][OK], count[2][OK], count[2][CONFLICT]);
}

static int arguments(int argc, char **argv)
{
	static char room[HISTORY_SIZE];
	int each, h;

	if (argc < 6 || argc - 5 > HOSTS_MAX)
		return 0;
	each = atoi(argv[4]);
	if (each < 1 || each > PROGRAMS_MAX)
		return 0;
	n_hosts = argc - 5;
	for (h = 0; h < n_hosts; h++)
		hosts[h] = (struct host){ .path = argv[5 + h], .number = h + 1 };
	history = fopen(argv[1], "we");
	if (!history || setvbuf(history, room, _IOFBF, sizeof(room)))
		die("%s: %s", argv[1], strerrorname_np(errno));
	counts = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (counts < 0)
		die("%s: %s", argv[2], strerrorname_np(errno));
	return each;
}

int main(int argc, char **argv)
{
	int each = arguments(argc, argv);
	sigset_t signals;

	if (!each) {
		fprintf(stderr, "usage: soak FILE COUNTS SEED N DEVICE...\n");
		return 2;
	}
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGUSR1);
	sigaddset(&signals, SIGUSR2);
	/* Of every thread: main() takes them. */
	sigprocmask(SIG_BLOCK, &signals, NULL);
	start(strtoull(argv[3], NULL, 0), each);
	run(&signals);
	finish();
	return 0;
}
