// SPDX-License-Identifier: GPL-2.0
/*
 * calls - random calls to a node: netlink, its device, sysfs and keys
 *
 * Usage: calls --seed N --calls N --node NAME --device PATH --sysfs DIRECTORY
 *              [--store FILE] [--user UID [--userns]]
 *        calls --user UID COMMAND [ARGUMENT]...
 *
 * Runs in the network namespace of the node, from which no way may lead out. Requests
 * begin as good ones, with values that are good or odd, and half of them are then
 * damaged; they also make, join and take down a few nodes beside NAME, which is never
 * taken down, nor given another key. FILE may become the store of one. What is called
 * follows from the seed alone; what comes of it depends on time, too. A timer interrupts
 * every call that waits.
 *
 * With --user the calls are those of a user without privileges, with --userns of one who
 * is root in a user namespace of his own: then a request that changes something, the
 * device, or a write to sysfs must be refused. The second form runs a command as such a
 * user.
 *
 * Prints how often each call ended how. Exit status: 1 if a call was granted that must
 * not be, or ended in a number that is no error of a program's; 2 if the calls could not
 * be made, 4 if there are no user namespaces for users; else 0.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <grp.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include "calls.h"

#define ERRORS		1024		/* errors that can be counted */
#define ERROR_MAX	511		/* the largest error that a program may see */
#define INTERRUPT_US	50000
#define WRONGS		20		/* that are told of */

/* What is called, and as whom. */
struct target target;

static unsigned int counts[KINDS][ERRORS];
static unsigned int wrongs;
static uint64_t state;

/* Each call has random numbers of its own, so that none depends on what came of others. */
static void begin_call(uint64_t seed, uint64_t number)
{
	state = (seed + 1) * 0x9e3779b97f4a7c15 ^ (number + 1) * 0xbf58476d1ce4e5b9;
	state = (state ^ state >> 31) * 0x94d049bb133111eb;
	state = (state ^ state >> 29) ?: 1;
}

/**
 * draw() - a random number
 *
 * Xorshift, of which the upper half is the better one.
 *
 * Return: the number.
 */
uint64_t draw(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * 0x2545f4914f6cdd1d;
}

/**
 * below() - a random number that is less than another
 * @n: the other
 *
 * Return: the number.
 */
uint32_t below(uint32_t n)
{
	return (draw() >> 32) * n >> 32;
}

/**
 * one_in() - throw a die
 * @n: its sides
 *
 * Return: whether it fell on a certain one.
 */
bool one_in(uint32_t n)
{
	return below(n) == 0;
}

/**
 * edge() - a number as they are at the edges of something
 *
 * Return: the number.
 */
uint64_t edge(void)
{
	static const uint64_t edges[] = {
		0, 1, 2, 15, 16, 17, 64, 255, 4095, 4096, 4097, 65535, 65536, 65537, INT32_MAX,
		1u << 31, UINT32_MAX, 1ull << 32, INT64_MAX, 1ull << 63, UINT64_MAX,
	};

	return one_in(4) ? draw() >> below(64) : edges[below(ARRAY_SIZE(edges))];
}

/**
 * short_time() - a timeout
 *
 * Return: milliseconds that nobody waits for long, but for a few times.
 */
uint32_t short_time(void)
{
	return one_in(16) ? edge() : 1 + below(50);
}

/**
 * fill() - make random bytes
 * @to: where
 * @len: how many
 */
void fill(void *to, size_t len)
{
	unsigned char *at = to;

	while (len--)
		*at++ = draw() >> 32;
}

/**
 * node_name() - name of a node that comes and goes
 * @i: which, less than %NODES
 *
 * Return: the name, good until the next call.
 */
const char *node_name(uint32_t i)
{
	static char name[16];

	snprintf(name, sizeof(name), "calls-%u", i);
	return name;
}

/**
 * odd_text() - a text that names nothing well
 *
 * Return: the text.
 */
const char *odd_text(void)
{
	static const char *const texts[] = {
		"", "a/b", ".", "..", "%s%n", "\xff\xfe", " ", "a\nb",
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
	};

	return texts[below(ARRAY_SIZE(texts))];
}

/**
 * key_name() - description of a key
 * @i: which, any
 *
 * Return: the description, one of three.
 */
const char *key_name(uint32_t i)
{
	static const char *const names[] = { "calls-a", "calls-b", "calls-c" };

	return names[i % ARRAY_SIZE(names)];
}

/**
 * address() - memory for a call
 *
 * Return: the address: memory mostly, else there is none, or half of it.
 */
void *address(void)
{
	static const char constant[PAGE] = "may not be written";

	switch (below(12)) {
	case 0:
		return NULL;
	case 1:
		return (void *)1;
	case 2:
		return target.arena + ARENA;			/* the hole */
	case 3:
		return target.arena + ARENA - below(64);	/* reaches into it */
	case 4:
		return (void *)(0xffff800000000000ull | draw() >> 17);
	case 5:
		return (void *)constant;
	case 6:
		return target.arena + below(64);
	default:
		return target.arena;
	}
}

/**
 * length() - how many bytes a call is about
 *
 * Return: the bytes, few mostly.
 */
size_t length(void)
{
	return one_in(4) ? edge() : one_in(4) ? 4090 + below(12) : below(100);
}

/**
 * wrong() - tell what is wrong, up to a number that can be read
 * @format: as of printf()
 */
void wrong(const char *format, ...)
{
	va_list args;

	if (wrongs++ >= WRONGS)
		return;
	printf("# wrong: ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
}

static const char *kind_name(enum kind kind)
{
	static const char *const names[KINDS] = {
		[UNKNOWN] = "unknown command", [RESULT] = "result of a request", [OPEN] = "open",
		[READ] = "read", [WRITE] = "write", [IOCTL] = "ioctl", [LSEEK] = "lseek",
		[POLL] = "poll", [FCNTL] = "fcntl", [MMAP] = "mmap", [MPROTECT] = "mprotect",
		[SYSFS_OPEN] = "sysfs open", [SYSFS_READ] = "sysfs read",
		[SYSFS_WRITE] = "sysfs write", [ADD_KEY] = "add_key",
		[REQUEST_KEY] = "request_key", [KEYCTL] = "keyctl",
	};

	return kind < UNKNOWN ? netlink_command(kind) : names[kind];
}

/**
 * count() - count a call
 * @kind: which
 * @error: how it ended, 0 or an error
 */
void count(enum kind kind, int error)
{
	if (error < 0 || error > ERROR_MAX)
		wrong("%s ended in %d, which no program knows", kind_name(kind), error);
	if (error >= 0 && error < ERRORS)
		counts[kind][error]++;
}

/**
 * counted() - count a system call
 * @kind: which
 * @ret: what it returned
 *
 * Return: @ret.
 */
long counted(enum kind kind, long ret)
{
	count(kind, ret == -1 ? errno : 0);
	return ret;
}

static void call(void)
{
	const uint32_t choice = below(1024);

	if (choice < 2)
		netlink_sweep();
	else if (choice < 10)
		netlink_reopen();
	else if (choice < 500)
		netlink_call();
	else if (choice < 860)
		device_call();
	else if (choice < 950)
		sysfs_call();
	else
		key_call();
}

static void ignore(int signal)
{
	(void)signal;
}

/* Calls that wait are interrupted; what the device might be made to send does not end this. */
static void take_signals(void)
{
	const struct sigaction action = { .sa_handler = ignore };
	const struct itimerval interval = {
		.it_interval = { .tv_usec = INTERRUPT_US },
		.it_value = { .tv_usec = INTERRUPT_US },
	};

	sigaction(SIGALRM, &action, NULL);
	sigaction(SIGIO, &action, NULL);
	setitimer(ITIMER_REAL, &interval, NULL);
}

/* Does a way lead to somewhere? Documentation has these addresses, so nobody else does. */
static bool has_way_out(void)
{
	const struct sockaddr_in in = {
		.sin_family = AF_INET, .sin_port = htons(9),
		.sin_addr.s_addr = htonl(0xc6336401),	/* 198.51.100.1 */
	};
	const struct sockaddr_in6 in6 = {
		.sin6_family = AF_INET6, .sin6_port = htons(9),
		.sin6_addr.s6_addr = { 0x20, 1, 0xd, 0xb8, [15] = 1 },
	};
	const int fd = socket(AF_INET, SOCK_DGRAM, 0), fd6 = socket(AF_INET6, SOCK_DGRAM, 0);
	const bool out = !connect(fd, (const struct sockaddr *)&in, sizeof(in)) ||
			 !connect(fd6, (const struct sockaddr *)&in6, sizeof(in6));

	close(fd);
	close(fd6);
	return out;
}

static void __attribute__((noreturn, format(printf, 2, 3))) leave(int status, const char *format,
								  ...)
{
	va_list args;

	printf("# ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	exit(status);
}

static void write_file(const char *path, const char *text)
{
	const int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		leave(2, "%s could not be written: %s", path, strerror(errno));
	close(fd);
}

static void become(uid_t user)
{
	if (setgroups(0, NULL) || setresgid(user, user, user) || setresuid(user, user, user))
		leave(2, "only root can make the calls of another user");
	/* What is below /proc/self is root's otherwise. */
	prctl(PR_SET_DUMPABLE, 1);
}

static void enter_userns(uid_t user)
{
	char map[32];

	if (unshare(CLONE_NEWUSER))
		leave(4, "a user can not make user namespaces here: %s", strerror(errno));
	snprintf(map, sizeof(map), "0 %u 1", user);
	write_file("/proc/self/setgroups", "deny");
	write_file("/proc/self/uid_map", map);
	write_file("/proc/self/gid_map", map);
}

static void report(double seconds, unsigned long calls)
{
	unsigned int kind, error;

	for (kind = 0; kind < KINDS; kind++) {
		bool first = true;

		for (error = 0; error < ERRORS; error++) {
			const char *name = error ? strerrorname_np(error) : "ok";

			if (!counts[kind][error])
				continue;
			if (first)
				printf("# %s:", kind_name(kind));
			first = false;
			printf(" %s %u", name ?: "?", counts[kind][error]);
		}
		if (!first)
			printf("\n");
	}
	printf("# %lu calls in %.1f seconds\n", calls, seconds);
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void prepare(void)
{
	target.arena = mmap(NULL, ARENA + PAGE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (target.arena == MAP_FAILED || mprotect(target.arena + ARENA, PAGE, PROT_NONE))
		leave(2, "there is no memory");
	if (has_way_out())
		leave(2, "this network has a way out; call in a namespace that has none");
	begin_call(0, 0);
	fill(target.arena, ARENA);
	if (!netlink_prepare() || !device_prepare())
		leave(2, "there is no node %s; load the module, and make it", target.node);
}

/* How long the node waits is among what is written, and is in the end as it was. */
static void run(uint64_t seed, unsigned long calls)
{
	char path[512], timeout[16] = "";
	const double begin = now();
	unsigned long i;
	int fd;

	snprintf(path, sizeof(path), "%s/op_timeout_ms", target.sysfs);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, timeout, sizeof(timeout) - 1) <= 0)
		leave(2, "%s could not be read", path);
	close(fd);
	take_signals();
	for (i = 0; i < calls; i++) {
		begin_call(seed, i);
		call();
	}
	if (!target.refused)
		write_file(path, timeout);
	report(now() - begin, calls);
}

static void usage(void)
{
	fprintf(stderr, "usage: calls --seed N --calls N --node NAME --device PATH --sysfs DIR\n"
		"             [--store FILE] [--user UID [--userns]]\n"
		"       calls --user UID COMMAND [ARGUMENT]...\n");
	exit(2);
}

int main(int argc, char **argv)
{
	enum { SEED, CALLS, NODE, DEVICE, SYSFS, STORE, USER, USERNS, N };
	static const struct option options[] = {
		{ "seed", 1, NULL, SEED }, { "calls", 1, NULL, CALLS }, { "node", 1, NULL, NODE },
		{ "device", 1, NULL, DEVICE }, { "sysfs", 1, NULL, SYSFS },
		{ "store", 1, NULL, STORE }, { "user", 1, NULL, USER },
		{ "userns", 0, NULL, USERNS }, { },
	};
	const char *value[N] = { NULL };
	uid_t user = 0;
	int c;

	while ((c = getopt_long(argc, argv, "+", options, NULL)) >= 0 && c < N)
		value[c] = optarg ?: "";
	if (c >= 0)
		usage();
	setlinebuf(stdout);
	if (value[USER]) {
		user = strtoul(value[USER], NULL, 0);
		become(user);
	}
	if (optind < argc && value[USER]) {
		execvp(argv[optind], argv + optind);
		perror(argv[optind]);
		return 127;
	}
	target = (struct target) {
		.node = value[NODE], .device = value[DEVICE], .sysfs = value[SYSFS],
		.store = value[STORE], .refused = value[USER],
	};
	if (!value[SEED] || !value[CALLS] || !target.node || !target.device || !target.sysfs ||
	    optind < argc || !strchr(target.device, '/') || !strchr(target.sysfs, '/'))
		usage();
	if (value[USERNS])
		enter_userns(user);
	printf("# seed %s\n", value[SEED]);
	prepare();
	run(strtoull(value[SEED], NULL, 0), strtoul(value[CALLS], NULL, 0));
	return wrongs != 0;
}
