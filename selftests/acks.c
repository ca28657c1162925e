// SPDX-License-Identifier: GPL-2.0
/*
 * acks - write to several devices, and mark what was acknowledged
 *
 * Usage: acks STOP LOG,LOG... DEVICE...
 *
 * For each DEVICE, a thread: the first is writer 1. Writer W writes "wW 1", "wW 2" and
 * so on, now and then with much behind it, until the file STOP exists. After each
 * write that was acknowledged a mark "ack-W-NUMBER" is put on every LOG, a device of
 * dm-log-writes; no two marks come in a different order on two of them. A DEVICE may
 * go away and come back. Prints how many writes were acknowledged. An error that a
 * write may not meet, and every error of a mark, ends it at once, with status 1.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <linux/dm-ioctl.h>

#define SMALL	40	/* bytes of a value, most times */
#define MEDIUM	5000	/* more than a block of a store; of each 8th */
#define LARGE	16000	/* several; of each 32nd */
#define PAUSE	40000	/* between two writes, for others to get their turn, us */
#define LOGS	8

/**
 * struct mark - a request to the device mapper
 * @head: to which device
 * @sector: of the target that gets it
 * @text: the message
 */
struct mark {
	struct dm_ioctl head;
	__u64 sector;
	char text[64];
};

static const char *stop;
static const char *logs[LOGS];
static int n_logs;
static int control;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;	/* guards the order of marks */
static unsigned long acknowledged;

static void die(const char *what)
{
	fprintf(stderr, "acks: %s: %s\n", what, strerrorname_np(errno));
	exit(1);
}

static void mark(const char *log, unsigned int writer, unsigned long number)
{
	struct mark mark = {
		.head = {
			.version = { DM_VERSION_MAJOR, 0, 0 },
			.data_size = sizeof(mark),
			.data_start = offsetof(struct mark, sector),
		},
	};

	snprintf(mark.head.name, sizeof(mark.head.name), "%s", log);
	snprintf(mark.text, sizeof(mark.text), "mark ack-%u-%lu", writer, number);
	if (ioctl(control, DM_TARGET_MSG, &mark))
		die(log);
}

static void acknowledge(unsigned int writer, unsigned long number)
{
	int i;

	pthread_mutex_lock(&lock);
	for (i = 0; i < n_logs; i++)
		mark(logs[i], writer, number);
	acknowledged++;
	pthread_mutex_unlock(&lock);
}

static size_t make_value(char *value, unsigned int writer, unsigned long number)
{
	size_t len = number % 32 == 0 ? LARGE : number % 8 == 0 ? MEDIUM : SMALL;
	int text;

	memset(value, '.', len);
	text = snprintf(value, SMALL, "w%u %lu", writer, number);
	value[text] = ' ';
	return len;
}

/* Open the device once it is there; -1 if it is time to stop. */
static int wait_for(const char *device)
{
	int fd;

	while (access(stop, F_OK)) {
		fd = open(device, O_RDWR);
		if (fd >= 0)
			return fd;
		usleep(PAUSE);
	}
	return -1;
}

static int is_away(int error)
{
	return error == ESHUTDOWN || error == ENXIO || error == ENODEV;
}

static void write_on(const char *device, unsigned int writer)
{
	static __thread char value[LARGE];
	int fd = wait_for(device);
	unsigned long number;
	size_t len;
	ssize_t done;

	for (number = 1; fd >= 0 && access(stop, F_OK); number++, usleep(PAUSE)) {
		len = make_value(value, writer, number);
		done = pwrite(fd, value, len, 0);
		if (done == (ssize_t)len) {
			acknowledge(writer, number);
		} else if (done < 0 && is_away(errno)) {
			close(fd);
			fd = wait_for(device);
		} else if (done >= 0 || (errno != EAGAIN && errno != ETIMEDOUT)) {
			die(device);
		}
	}
}

static char *const *devices;

static void *run(void *arg)
{
	unsigned int writer = (unsigned long)arg;

	write_on(devices[writer - 1], writer);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t thread[LOGS];
	unsigned long i, n;
	char *name;

	if (argc < 4 || argc - 3 > LOGS) {
		fprintf(stderr, "usage: acks STOP LOG,LOG... DEVICE...\n");
		return 2;
	}
	stop = argv[1];
	for (name = strtok(argv[2], ","); name && n_logs < LOGS; name = strtok(NULL, ","))
		logs[n_logs++] = name;
	control = open("/dev/mapper/control", O_RDWR);
	if (control < 0)
		die("/dev/mapper/control");
	devices = argv + 3;
	n = argc - 3;
	for (i = 0; i < n; i++) {
		errno = pthread_create(&thread[i], NULL, run, (void *)(i + 1));
		if (errno)
			die("pthread_create");
	}
	for (i = 0; i < n; i++)
		pthread_join(thread[i], NULL);
	printf("%lu\n", acknowledged);
	return 0;
}
