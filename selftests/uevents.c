// SPDX-License-Identifier: GPL-2.0
/*
 * uevents - print the kernel's uevents, one a line, until killed
 *
 * Usage: uevents [SUBSYSTEM]
 *
 * The line "listening" comes first: what happens after it is not missed. With
 * SUBSYSTEM, only uevents of that are printed.
 */
#define _GNU_SOURCE
#include <linux/netlink.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static bool has(const char *buf, ssize_t len, const char *field)
{
	const char *p;

	for (p = buf; p < buf + len; p += strlen(p) + 1)
		if (!strcmp(p, field))
			return true;
	return false;
}

int main(int argc, char **argv)
{
	const struct sockaddr_nl local = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	char buf[8192], field[64] = "";
	const char *p;
	ssize_t len;
	int fd;

	fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&local, sizeof(local))) {
		perror("uevents");
		return 1;
	}
	if (argc > 1)
		snprintf(field, sizeof(field), "SUBSYSTEM=%s", argv[1]);
	setlinebuf(stdout);
	printf("listening\n");
	while ((len = recv(fd, buf, sizeof(buf) - 1, 0)) > 0) {
		buf[len] = '\0';
		if (*field && !has(buf, len, field))
			continue;
		for (p = buf; p < buf + len; p += strlen(p) + 1)
			printf("%s ", p);
		printf("\n");
	}
	perror("uevents: recv");
	return 1;
}
