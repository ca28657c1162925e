// SPDX-License-Identifier: GPL-2.0
/*
 * speed - how fast the device is, and what it is compared with
 *
 * Usage: speed map DEVICE ROUNDS		reads of 64 bytes from a mapping, and from memory of
 *						its own behind a plain sequence count: ns each
 *        speed attr FILE FILE ROUNDS		reads of two sysfs attributes: us each
 *        speed read DEVICE TIMES		linearizable reads, one after the other: us each
 *        speed echo ADDRESS PORT		sends back every datagram, until it is killed
 *        speed udp ADDRESS PORT TIMES		round trips of a datagram of 64 bytes: us each
 *        speed writes DEVICE WRITERS SECONDS	writes of 64 bytes by so many threads: a second
 *
 * What is compared is measured in turns; medians are printed.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/socket.h>
#include "device.h"
#include "timing.h"

#define SIZE		64
#define READS		100000	/* of a mapping in a round */
#define LOOKS		1000	/* at an attribute in a round */
#define ROUNDS_MAX	1000
#define TIMES_MAX	100000

static double took[TIMES_MAX], other[TIMES_MAX];

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

/* The read side of a sequence count as one writes it, without a thought of a device. */
struct plain {
	unsigned int seq;
	char data[SIZE];
};

static void plain_read(const struct plain *plain, char *buf)
{
	unsigned int seq;

	do {
		do {
			seq = __atomic_load_n(&plain->seq, __ATOMIC_ACQUIRE);
		} while (seq & 1);
		memcpy(buf, plain->data, SIZE);
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
	} while (__atomic_load_n(&plain->seq, __ATOMIC_RELAXED) != seq);
	/* The copy is not to be left out because nobody looks at it. */
	__asm__ volatile("" : : "r"(buf) : "memory");
}

static double plain_ns(const struct plain *plain)
{
	double begin = now_us();
	char buf[SIZE];
	int i;

	for (i = 0; i < READS; i++)
		plain_read(plain, buf);
	return (now_us() - begin) * 1000 / READS;
}

static double map_ns(const struct raftval_page *page)
{
	double begin = now_us();
	char buf[SIZE];
	__u64 revision;
	int i;

	for (i = 0; i < READS; i++) {
		raftval_page_copy(page, buf, SIZE, &revision);
		__asm__ volatile("" : : "r"(buf) : "memory");
	}
	return (now_us() - begin) * 1000 / READS;
}

static void speed_map(char **args)
{
	int fd = open(args[0], O_RDWR), i, rounds = atoi(args[1]);
	const struct raftval_page *page = fd < 0 ? NULL : device_map(fd, 4096);
	static struct plain plain;
	char value[SIZE] = "sixty-four bytes";
	__u64 revision;

	if (!page || device_put(fd, value, SIZE, 0, &revision))
		fail(args[0]);
	for (i = 0; i < rounds; i++) {
		took[i] = map_ns(page);
		other[i] = plain_ns(&plain);
	}
	printf("map %.1f plain %.1f\n", median(took, rounds), median(other, rounds));
}

static double attr_us(int fd)
{
	double begin = now_us();
	char buf[4096];
	int i;

	for (i = 0; i < LOOKS; i++)
		if (pread(fd, buf, sizeof(buf), 0) < 0)
			fail("attribute");
	return (now_us() - begin) / LOOKS;
}

static void speed_attr(char **args)
{
	int a = open(args[0], O_RDONLY), b = open(args[1], O_RDONLY), i, rounds = atoi(args[2]);

	for (i = 0; i < rounds; i++) {
		took[i] = attr_us(a);
		other[i] = attr_us(b);
	}
	printf("first %.2f second %.2f\n", median(took, rounds), median(other, rounds));
}

static void speed_read(char **args)
{
	int fd = open(args[0], O_RDONLY), i, times = atoi(args[1]);
	char buf[4096];
	double begin;

	for (i = 0; i < times; i++) {
		begin = now_us();
		if (device_read(fd, buf, sizeof(buf)) < 0)
			fail(args[0]);
		took[i] = now_us() - begin;
	}
	printf("read %.0f\n", median(took, times));
}

static int open_udp(char **args, bool bound)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(atoi(args[1])) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (inet_pton(AF_INET, args[0], &at.sin_addr) != 1 ||
	    (bound ? bind : connect)(fd, (struct sockaddr *)&at, sizeof(at)))
		fail(args[0]);
	return fd;
}

static void speed_echo(char **args)
{
	int fd = open_udp(args, true);
	struct sockaddr_in from;
	char buf[SIZE];
	socklen_t len;
	ssize_t n;

	for (;;) {
		len = sizeof(from);
		n = recvfrom(fd, buf, SIZE, 0, (struct sockaddr *)&from, &len);
		if (n < 0 || sendto(fd, buf, n, 0, (struct sockaddr *)&from, len) != n)
			fail("echo");
	}
}

static void speed_udp(char **args)
{
	int fd = open_udp(args, false), i, times = atoi(args[2]);
	char buf[SIZE] = "";
	double begin;

	for (i = 0; i < times; i++) {
		begin = now_us();
		if (send(fd, buf, SIZE, 0) != SIZE || recv(fd, buf, SIZE, 0) != SIZE)
			fail(args[0]);
		took[i] = now_us() - begin;
	}
	printf("udp %.0f\n", median(took, times));
}

static const char *path;
static atomic_long writes;
static atomic_int stop;
static pthread_barrier_t ready;

static void *writer(void *arg)
{
	int fd = open(path, O_RDWR);
	char value[SIZE] = "";

	(void)arg;
	/* Who begins sooner would keep the others from being made. */
	pthread_barrier_wait(&ready);
	while (!stop) {
		if (device_write(fd, value, SIZE) != SIZE)
			fail(path);
		writes++;
	}
	close(fd);
	return NULL;
}

static void speed_writes(char **args)
{
	int i, n = atoi(args[1]);
	pthread_t *thread = calloc(n, sizeof(*thread));
	double begin;
	long before;

	path = args[0];
	pthread_barrier_init(&ready, NULL, n);
	for (i = 0; i < n; i++)
		pthread_create(&thread[i], NULL, writer, NULL);
	/* Once all of them are at it. */
	while (writes < n)
		usleep(1000);
	before = writes;
	begin = now_us();
	sleep(atoi(args[2]));
	printf("writes %.0f\n", (writes - before) * 1e6 / (now_us() - begin));
	stop = 1;
	for (i = 0; i < n; i++)
		pthread_join(thread[i], NULL);
	free(thread);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int args;
		void (*run)(char **args);
	} what[] = {
		{ "map", 2, speed_map }, { "attr", 3, speed_attr }, { "read", 2, speed_read },
		{ "echo", 2, speed_echo }, { "udp", 3, speed_udp }, { "writes", 3, speed_writes },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(what); i++) {
		if (argc < 2 || strcmp(argv[1], what[i].name) || argc != 2 + what[i].args)
			continue;
		what[i].run(argv + 2);
		return 0;
	}
	fprintf(stderr, "the head of speed.c says how to use it\n");
	return 2;
}
