// SPDX-License-Identifier: GPL-2.0
/*
 * devio - system calls on one open file, in the order of the arguments
 *
 * Usage: devio FILE OPERATION...
 *
 *	write TEXT		write(2) of TEXT
 *	fill CHAR BYTES		write(2) of that many CHARs
 *	pwrite OFFSET TEXT	pwrite(2)
 *	read BYTES		read(2); prints what came
 *	pread OFFSET BYTES	pread(2)
 *	poll MS			poll(2) for everything
 *	nonblock		sets O_NONBLOCK
 *	wait			waits for a line, or the end, of standard input
 *
 * Prints a line for each operation:
 * its name and what it returned, an error as its name: "write EFBIG". A shell's
 * redirections can do little of this, and none can tell the error. Exit status:
 * 0 if every operation was made, whatever it returned; 2 if one was not.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void report(const char *what, ssize_t result)
{
	if (result < 0)
		printf("%s %s\n", what, strerrorname_np(errno));
	else
		printf("%s %zd\n", what, result);
}

static void report_data(const char *what, ssize_t result, const char *data)
{
	if (result < 0)
		report(what, result);
	else
		printf("%s %zd %.*s\n", what, result, (int)result, data);
}

static void op_fill(int fd, char c, size_t len)
{
	char *data = malloc(len ? len : 1);

	if (!data)
		exit(2);
	memset(data, c, len);
	report("fill", write(fd, data, len));
	free(data);
}

static void op_read(int fd, const char *what, size_t len, off_t offset)
{
	char *data = malloc(len ? len : 1);

	if (!data)
		exit(2);
	report_data(what, offset < 0 ? read(fd, data, len) : pread(fd, data, len, offset), data);
	free(data);
}

static void op_poll(int fd, int ms)
{
	static const struct {
		short bit;
		const char *name;
	} names[] = {
		{ POLLIN, "IN" }, { POLLPRI, "PRI" }, { POLLOUT, "OUT" },
		{ POLLERR, "ERR" }, { POLLHUP, "HUP" }, { POLLNVAL, "NVAL" },
	};
	/* A writable device is always ready for POLLOUT; it is not waited for. */
	struct pollfd pfd = { .fd = fd, .events = POLLIN | POLLPRI };
	int n = poll(&pfd, 1, ms);
	size_t i;

	if (n <= 0) {
		report("poll", n);
		return;
	}
	printf("poll");
	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (pfd.revents & names[i].bit)
			printf(" %s", names[i].name);
	printf("\n");
}

static void op_wait(void)
{
	char line[256];

	printf("wait\n");
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		line[0] = '\0';
}

/* How many arguments the operation took, or 0 if there is no such operation. */
static int operate(int fd, int argc, char **argv)
{
	const char *op = argv[0];

	if (!strcmp(op, "write") && argc > 1) {
		report(op, write(fd, argv[1], strlen(argv[1])));
		return 2;
	}
	if (!strcmp(op, "fill") && argc > 2) {
		op_fill(fd, argv[1][0], strtoul(argv[2], NULL, 0));
		return 3;
	}
	if (!strcmp(op, "pwrite") && argc > 2) {
		report(op, pwrite(fd, argv[2], strlen(argv[2]), strtoul(argv[1], NULL, 0)));
		return 3;
	}
	if (!strcmp(op, "read") && argc > 1) {
		op_read(fd, op, strtoul(argv[1], NULL, 0), -1);
		return 2;
	}
	if (!strcmp(op, "pread") && argc > 2) {
		op_read(fd, op, strtoul(argv[2], NULL, 0), strtoul(argv[1], NULL, 0));
		return 3;
	}
	if (!strcmp(op, "poll") && argc > 1) {
		op_poll(fd, atoi(argv[1]));
		return 2;
	}
	if (!strcmp(op, "nonblock")) {
		report(op, fcntl(fd, F_SETFL, O_NONBLOCK));
		return 1;
	}
	if (!strcmp(op, "wait")) {
		op_wait();
		return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	int fd, i, n;

	if (argc < 3) {
		fprintf(stderr, "usage: devio FILE OPERATION...; its source says which\n");
		return 2;
	}
	fd = open(argv[1], O_RDWR);
	if (fd < 0) {
		report("open", fd);
		return 0;
	}
	for (i = 2; i < argc; i += n) {
		n = operate(fd, argc - i, argv + i);
		if (!n) {
			fprintf(stderr, "devio: %s: no such operation, or incomplete\n", argv[i]);
			return 2;
		}
		fflush(stdout);
	}
	return 0;
}
