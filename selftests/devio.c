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
 *	get, local		%RAFTVAL_IOC_READ, of what the cluster or this host has
 *	put TEXT		%RAFTVAL_IOC_WRITE
 *	cas TEXT		%RAFTVAL_IOC_CAS, if it has the revision that this host has
 *	status			%RAFTVAL_IOC_STATUS
 *	map			mmap(2), of all that can be
 *	nonblock		sets O_NONBLOCK
 *	wait			waits for a line, or the end, of standard input
 *
 * Prints a line for each operation:
 * its name and what it returned, an error as its name: "write EFBIG". A shell's
 * redirections can do little of this, and none can tell the error. Exit status:
 * 0 if every operation was made, whatever it returned; 2 if one was not.
 */
#define _GNU_SOURCE
#include "device.h"

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

static void op_get(int fd, const char *what, uint32_t flags)
{
	static char data[RAFTVAL_VALUE_LIMIT];
	__u64 revision;
	long len = device_get(fd, data, sizeof(data), flags, &revision);

	report_data(what, len < 0 ? -1 : len, data);
}

static void op_cas(int fd, const char *text)
{
	static char data[RAFTVAL_VALUE_LIMIT];
	__u64 revision;
	long ret = device_get(fd, data, sizeof(data), RAFTVAL_READ_LOCAL, &revision);

	report("cas", ret < 0 ? ret : device_cas(fd, revision, text, strlen(text), &revision));
}

static void op_status(int fd)
{
	struct raftval_status status;

	report("status", ioctl(fd, RAFTVAL_IOC_STATUS, &status));
}

static void op_map(int fd)
{
	const struct raftval_page *page = device_map(fd, 4096);

	report("map", page ? (ssize_t)page->len : -1);
}

static void op_wait(void)
{
	char line[256];

	printf("wait\n");
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		line[0] = '\0';
}

/* What needs linux/raftval.h; returns what operate() does. */
static int operate_more(int fd, int argc, char **argv)
{
	const char *op = argv[0];
	__u64 revision;

	if (!strcmp(op, "get")) {
		op_get(fd, op, 0);
		return 1;
	}
	if (!strcmp(op, "local")) {
		op_get(fd, op, RAFTVAL_READ_LOCAL);
		return 1;
	}
	if (!strcmp(op, "put") && argc > 1) {
		report(op, device_put(fd, argv[1], strlen(argv[1]), 0, &revision));
		return 2;
	}
	if (!strcmp(op, "cas") && argc > 1) {
		op_cas(fd, argv[1]);
		return 2;
	}
	if (!strcmp(op, "status")) {
		op_status(fd);
		return 1;
	}
	if (!strcmp(op, "map")) {
		op_map(fd);
		return 1;
	}
	return 0;
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
	return operate_more(fd, argc, argv);
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
