// SPDX-License-Identifier: GPL-2.0
/*
 * latency - how long an operation takes, each time
 *
 * Usage: latency write FILE BYTES TIMES	write(2) to the start of FILE
 *        latency disk FILE BYTES TIMES		direct, durable writes, each behind the one before
 *        latency read FILE TIMES		pread(2) of all of FILE
 *        latency poll DEVICE OTHER TIMES	from the begin of a write on the one device until
 *						poll(2) of the other, another member's, returns
 *        latency map DEVICE TIMES		a read of 64 bytes from a mapping
 *        latency count TIMES			the same from memory behind a plain sequence count
 *        latency attr FILE TIMES		pread(2) of an attribute in sysfs
 *        latency call TIMES			a system call that does nothing
 *
 * Prints "latency NANOSECONDS" for each of TIMES. What is as short as the last four is done
 * many times for that, and the mean is printed. First it is done a tenth as often for nothing:
 * an emulator translates what it has not seen yet.
 */
#include <pthread.h>
#include <semaphore.h>
#include <sys/syscall.h>
#include "../device.h"
#include "../timing.h"

#define SIZE	64
#define MANY	1000	/* reads of memory for a sample */
#define SOME	100	/* system calls for a sample */

static int fd;
static size_t len;
static char *buf;
static off_t disk_at;
static const struct raftval_page *page;

/* The other side of a poll, which has seen @seen at @woken. */
static int other;
static __u64 seen;
static double woken;
static sem_t saw;

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static int open_file(const char *path, int flags)
{
	int ret = open(path, flags);

	if (ret < 0)
		fail(path);
	return ret;
}

static void make_buffer(size_t bytes)
{
	len = bytes;
	if (posix_memalign((void **)&buf, 4096, len))
		fail("buffer");
	memset(buf, 'x', len);
}

static void begin_write(char **args)
{
	fd = open_file(args[0], O_RDWR);
	make_buffer(strtoul(args[1], NULL, 10));
}

static double once_write(void)
{
	if (pwrite(fd, buf, len, 0) != (ssize_t)len)
		fail("write");
	return now_ns();
}

static void begin_disk(char **args)
{
	fd = open_file(args[0], O_RDWR | O_DIRECT | O_DSYNC);
	make_buffer(strtoul(args[1], NULL, 10));
}

static double once_disk(void)
{
	if (pwrite(fd, buf, len, disk_at) != (ssize_t)len)
		fail("write to disk");
	disk_at += len;
	return now_ns();
}

static void begin_read(char **args)
{
	fd = open_file(args[0], O_RDONLY);
	make_buffer(RAFTVAL_VALUE_LIMIT);
}

static double once_read(void)
{
	if (pread(fd, buf, len, 0) < 0)
		fail("read");
	return now_ns();
}

/* Tells of each revision that it was woken for. */
static void *sleeper(void *arg)
{
	struct pollfd pfd = { .fd = other, .events = POLLIN };
	static char value[RAFTVAL_VALUE_LIMIT];
	__u64 revision;
	double now;

	(void)arg;
	for (;;) {
		if (poll(&pfd, 1, -1) < 0)
			fail("poll");
		now = now_ns();
		if (device_get(other, value, sizeof(value), RAFTVAL_READ_LOCAL, &revision) < 0)
			fail("read of what is known");
		if (revision == seen)
			continue;
		seen = revision;
		woken = now;
		sem_post(&saw);
	}
	return NULL;
}

static void begin_poll(char **args)
{
	pthread_t thread;

	fd = open_file(args[0], O_RDWR);
	other = open_file(args[1], O_RDWR);
	make_buffer(RAFTVAL_VALUE_LIMIT);
	sem_init(&saw, 0, 0);
	/* What is there already is news for who has opened a file. */
	if (device_read(other, buf, len) < 0 ||
	    device_get(other, buf, len, RAFTVAL_READ_LOCAL, &seen) < 0)
		fail(args[1]);
	len = SIZE;
	pthread_create(&thread, NULL, sleeper, NULL);
}

static double once_poll(void)
{
	once_write();
	sem_wait(&saw);
	return woken;
}

static void begin_map(char **args)
{
	__u64 revision;

	fd = open_file(args[0], O_RDWR);
	make_buffer(SIZE);
	page = device_map(fd, 4096);
	if (!page || device_put(fd, buf, SIZE, 0, &revision))
		fail(args[0]);
}

static double once_map(void)
{
	__u64 revision;
	int i;

	for (i = 0; i < MANY; i++) {
		raftval_page_copy(page, buf, SIZE, &revision);
		/* The copy is not to be left out because nobody looks at it. */
		__asm__ volatile("" : : "r"(buf) : "memory");
	}
	return now_ns();
}

static void begin_count(char **args)
{
	(void)args;
	make_buffer(SIZE);
}

/* The read side of a sequence count as one writes it, without a thought of a device. */
static double once_count(void)
{
	static struct {
		unsigned int seq;
		char data[SIZE];
	} plain;
	unsigned int seq;
	int i;

	for (i = 0; i < MANY; i++) {
		do {
			do {
				seq = __atomic_load_n(&plain.seq, __ATOMIC_ACQUIRE);
			} while (seq & 1);
			memcpy(buf, plain.data, SIZE);
			__atomic_thread_fence(__ATOMIC_ACQUIRE);
		} while (__atomic_load_n(&plain.seq, __ATOMIC_RELAXED) != seq);
		__asm__ volatile("" : : "r"(buf) : "memory");
	}
	return now_ns();
}

static double once_attr(void)
{
	int i;

	for (i = 0; i < SOME; i++)
		once_read();
	return now_ns();
}

static void begin_call(char **args)
{
	(void)args;
}

static double once_call(void)
{
	int i;

	for (i = 0; i < SOME; i++)
		syscall(SYS_getppid);
	return now_ns();
}

static const struct operation {
	const char *name;
	int args;	/* TIMES not counted */
	int each;	/* so many in a sample */
	void (*begin)(char **args);
	double (*once)(void);
} operations[] = {
	{ "write", 2, 1, begin_write, once_write },
	{ "disk", 2, 1, begin_disk, once_disk },
	{ "read", 1, 1, begin_read, once_read },
	{ "poll", 2, 1, begin_poll, once_poll },
	{ "map", 1, MANY, begin_map, once_map },
	{ "count", 0, MANY, begin_count, once_count },
	{ "attr", 1, SOME, begin_read, once_attr },
	{ "call", 0, SOME, begin_call, once_call },
};

static void measure(const struct operation *operation, char **args)
{
	long i, times = atol(args[operation->args]);
	double *took = calloc(times, sizeof(*took)), begin;

	if (!took)
		fail("times");
	operation->begin(args);
	for (i = -times / 10 - 1; i < times; i++) {
		begin = now_ns();
		begin = operation->once() - begin;
		if (i >= 0)
			took[i] = begin / operation->each;
	}
	for (i = 0; i < times; i++)
		printf("latency %.1f\n", took[i]);
	free(took);
}

int main(int argc, char **argv)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(operations); i++) {
		if (argc < 2 || strcmp(argv[1], operations[i].name) ||
		    argc != 3 + operations[i].args)
			continue;
		measure(&operations[i], argv + 2);
		return 0;
	}
	fprintf(stderr, "the head of latency.c says how to use it\n");
	return 2;
}
