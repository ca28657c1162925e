// SPDX-License-Identifier: GPL-2.0
/*
 * udp - what it costs a program to hear of the faster of two peers
 *
 * Usage: udp answer PORT
 *        udp ask PORT BYTES TIMES ADDRESS ADDRESS
 *
 * The one sends back every datagram, until it is killed; the other sends two of these, waits
 * for the first that comes back, and so on.
 *
 * Prints "latency NANOSECONDS" for each of TIMES. What raftval_floor does in the kernel is
 * done here outside.
 */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include "../timing.h"

#define BYTES_MAX	1400
#define PATIENCE	{ .tv_sec = 2 }		/* nothing is lost, unless nobody answers */

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void answer(int fd)
{
	struct sockaddr_in from;
	char buf[BYTES_MAX];
	socklen_t len;
	ssize_t n;

	for (;;) {
		len = sizeof(from);
		n = recvfrom(fd, buf, sizeof(buf), 0, (struct sockaddr *)&from, &len);
		if (n < 0 || sendto(fd, buf, n, 0, (struct sockaddr *)&from, len) != n)
			fail("answer");
	}
}

/* The other peer's answer comes too late, and is for a question that nobody has any more. */
static void ask_once(int fd, const struct sockaddr_in *peer, size_t len, uint32_t seq)
{
	char buf[BYTES_MAX] = "";
	int i;

	memcpy(buf, &seq, sizeof(seq));
	for (i = 0; i < 2; i++)
		if (sendto(fd, buf, len, 0, (const struct sockaddr *)&peer[i],
			   sizeof(peer[i])) != (ssize_t)len)
			fail("ask");
	do {
		if (recv(fd, buf, sizeof(buf), 0) < 0)
			fail("nobody answers");
	} while (memcmp(buf, &seq, sizeof(seq)));
}

static void ask(int fd, int port, char **args)
{
	struct sockaddr_in peer[2];
	struct timeval patience = PATIENCE;
	size_t len = strtoul(args[0], NULL, 10);
	long i, times = atol(args[1]);
	double *took = calloc(times, sizeof(*took)), begin;

	if (!took || len < sizeof(uint32_t) || len > BYTES_MAX)
		fail("ask");
	for (i = 0; i < 2; i++) {
		peer[i] = (struct sockaddr_in) { .sin_family = AF_INET, .sin_port = htons(port) };
		if (inet_pton(AF_INET, args[2 + i], &peer[i].sin_addr) != 1)
			fail(args[2 + i]);
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	/* A tenth as often for nothing, as latency does. */
	for (i = -times / 10 - 1; i < times; i++) {
		begin = now_ns();
		ask_once(fd, peer, len, i);
		if (i >= 0)
			took[i] = now_ns() - begin;
	}
	for (i = 0; i < times; i++)
		printf("latency %.0f\n", took[i]);
	free(took);
}

int main(int argc, char **argv)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (argc == 3 && !strcmp(argv[1], "answer")) {
		at.sin_port = htons(atoi(argv[2]));
		if (bind(fd, (struct sockaddr *)&at, sizeof(at)))
			fail("bind");
		answer(fd);
	} else if (argc == 7 && !strcmp(argv[1], "ask")) {
		ask(fd, atoi(argv[2]), argv + 3);
		return 0;
	}
	fprintf(stderr, "the head of udp.c says how to use it\n");
	return 2;
}
