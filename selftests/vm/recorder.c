// SPDX-License-Identifier: GPL-2.0
/*
 * recorder - do in a guest, many at a time, what a program outside asks of the device
 *
 * Usage: recorder PORT DEVICE THREADS
 *
 * The host's side is history.c. PORT is a virtio-serial port, on which lines come:
 *
 *	ID r MS			read
 *	ID w MS VALUE		write
 *	ID c MS EXPECT VALUE	compare-and-set
 *
 * ID is a number, MS how long it may wait for the cluster, VALUE a word. Each of the
 * threads takes one line at a time and answers it as soon as it knows how it ended:
 *
 *	ID ERRNO REVISION [VALUE]
 *
 * with an ERRNO of 0 if it was done. The first line that it says is "ready", and what comes
 * before the line "begin" then is not done: it was asked of another that is no more, and
 * need not be whole.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <linux/raftval.h>

#define THREADS_MAX	64
#define LINE_MAX	256
#define VALUE_MAX	64

/**
 * struct job - a line that was taken
 * @id: its ID
 * @kind: r, w or c
 * @ms: its MS
 * @expect: its EXPECT
 * @value: its VALUE
 */
struct job {
	unsigned long long id;
	char kind;
	unsigned int ms;
	unsigned long long expect;
	char value[VALUE_MAX];
};

static int port;
static int device;
static int changes;	/* an epoll that tells of everything that happens to the port */
static pthread_mutex_t in_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t out_lock = PTHREAD_MUTEX_INITIALIZER;

static void die(const char *what)
{
	fprintf(stderr, "recorder: %s: %s\n", what, strerrorname_np(errno));
	exit(1);
}

/* One that is whole, under the lock: lines are not to be mixed. */
static void say(const char *line, size_t len)
{
	ssize_t n;

	pthread_mutex_lock(&out_lock);
	while (len) {
		n = write(port, line, len);
		if (n < 0 && errno != EINTR)
			die("write to the port");
		if (n > 0) {
			line += n;
			len -= n;
		}
	}
	pthread_mutex_unlock(&out_lock);
}

/*
 * The next byte. As long as nobody is connected a port reads as at its end, at once
 * and over and over.
 */
static char next_byte(void)
{
	static char buf[4096];
	static size_t used, len;
	struct epoll_event event;
	ssize_t n;

	while (used == len) {
		n = read(port, buf, sizeof(buf));
		if (n < 0 && errno != EINTR)
			die("read from the port");
		if (!n)
			epoll_wait(changes, &event, 1, -1);
		used = 0;
		len = n > 0 ? n : 0;
	}
	return buf[used++];
}

static void next_line(char *line)
{
	size_t n = 0;

	pthread_mutex_lock(&in_lock);
	while ((line[n] = next_byte()) != '\n') {
		if (++n == LINE_MAX) {
			errno = EMSGSIZE;
			die("a line from the port");
		}
	}
	pthread_mutex_unlock(&in_lock);
	line[n] = '\0';
}

static bool parse(const char *line, struct job *job)
{
	int used = 0;

	if (sscanf(line, "%llu %c %u%n", &job->id, &job->kind, &job->ms, &used) != 3)
		return false;
	line += used;
	switch (job->kind) {
	case 'r':
		return true;
	case 'w':
		return sscanf(line, "%63s", job->value) == 1;
	case 'c':
		return sscanf(line, "%llu %63s", &job->expect, job->value) == 2;
	}
	return false;
}

static int do_read(const struct job *job, char *answer, size_t size)
{
	char value[VALUE_MAX];
	struct raftval_read read = {
		.data = (unsigned long)value,
		.size = sizeof(value),
		.timeout_ms = job->ms,
	};
	int error = ioctl(device, RAFTVAL_IOC_READ, &read) ? errno : 0;

	return snprintf(answer, size, "%llu %d %llu %.*s\n", job->id, error,
			(unsigned long long)read.revision, error ? 0 : (int)read.len, value);
}

static int do_change(const struct job *job, char *answer, size_t size)
{
	struct raftval_write change = {
		.data = (unsigned long)job->value,
		.len = strlen(job->value),
		.expect = job->expect,
		.timeout_ms = job->ms,
	};
	unsigned long request = job->kind == 'c' ? RAFTVAL_IOC_CAS : RAFTVAL_IOC_WRITE;
	int error = ioctl(device, request, &change) ? errno : 0;

	return snprintf(answer, size, "%llu %d %llu\n", job->id, error,
			(unsigned long long)change.revision);
}

static void skip_to_begin(void)
{
	char line[LINE_MAX];

	do {
		next_line(line);
	} while (strcmp(line, "begin"));
}

static void *work(void *unused)
{
	char line[LINE_MAX];

	for (;;) {
		struct job job = { 0 };

		next_line(line);
		if (!parse(line, &job)) {
			errno = EINVAL;
			die(line);
		}
		say(line, job.kind == 'r' ? do_read(&job, line, sizeof(line)) :
					    do_change(&job, line, sizeof(line)));
	}
	return unused;
}

int main(int argc, char **argv)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };
	pthread_t thread;
	int i, threads = argc == 4 ? atoi(argv[3]) : 0;

	if (threads < 1 || threads > THREADS_MAX) {
		fprintf(stderr, "usage: recorder PORT DEVICE THREADS\n");
		return 2;
	}
	device = open(argv[2], O_RDWR);
	if (device < 0)
		die(argv[2]);
	port = open(argv[1], O_RDWR);
	if (port < 0)
		die(argv[1]);
	changes = epoll_create1(0);
	if (changes < 0 || epoll_ctl(changes, EPOLL_CTL_ADD, port, &event))
		die("epoll");
	say("ready\n", 6);
	skip_to_begin();
	for (i = 1; i < threads; i++) {
		errno = pthread_create(&thread, NULL, work, NULL);
		if (errno)
			die("pthread_create");
	}
	work(NULL);
	return 0;
}
