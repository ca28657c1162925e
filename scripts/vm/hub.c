// SPDX-License-Identifier: GPL-2.0
/*
 * hub - the Ethernet between the VMs, with everything that can go wrong in one
 *
 * Usage: hub PORTS SEED
 *
 * Serves ports 1 to PORTS in the current directory. QEMU's "-netdev dgram" of VM
 * n sends each frame to the socket hub<n> and receives on vm<n>. Nothing is ever
 * connected, so VMs and hub may go and come back in any order.
 *
 * A frame for 52:54:00:00:00:nn goes to port nn, any other to all ports but its
 * own. On the way from A to B it meets what was commanded for that direction of
 * that pair, by one line on a connection to the stream socket that comes as file
 * descriptor 3, already listening; A or B may be "all":
 *
 *	cut A B			nothing passes
 *	uncut A B
 *	delay A B MS [JITTER]	each frame takes MS, give or take up to JITTER; so
 *				frames closer than JITTER may overtake each other
 *	loss A B PERCENT	that many are lost
 *	dup A B PERCENT		that many arrive twice
 *	reorder A B PERCENT [MS]  that many are held back by MS (10), the others
 *				overtake them
 *	corrupt A B PERCENT	that many arrive changed: in half of them a bit is turned,
 *				which the checksums of UDP and IP tell; in the others two
 *				words of a UDP payload are exchanged, which they do not
 *	heal [A B]		as at the start
 *	stats			what became of the frames, a line per direction
 *
 * Percentages may have a fraction. Frames already under way stay so. Chance comes
 * from SEED alone: the same frames in the same order meet the same fate.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define PORTS_MAX	32
#define CLIENTS_MAX	8
#define CONTROL_FD	3
#define FRAME_MAX	(64 * 1024 + 128)	/* a VM may offload segmentation */
#define UNDER_WAY_MAX	16384	/* frames; beyond that the newest is dropped */
#define QUEUE_MAX	512	/* frames waiting for one VM, as a switch's port has */
#define RETRY_US	500	/* a socket's queue was full: QEMU needs a moment */
#define REORDER_MS	10
#define HEADER_LEN	14	/* of Ethernet */
#define PAYLOAD		(HEADER_LEN + 20 + 8)	/* of UDP over IPv4 without options */
#define BLANK		"\n\t "

struct frame {
	struct frame *next;
	uint64_t due;		/* us */
	int from, to;
	size_t len;
	unsigned char data[];
};

struct queue {
	struct frame *head, **tail;
	size_t len;
};

/* One direction of one pair. */
struct way {
	bool cut;
	unsigned int delay_us, jitter_us, reorder_us;
	double loss, dup, reorder, corrupt;	/* 0 to 1 */
	struct {
		unsigned long passed, cut, lost, dup, reordered, corrupted, full, absent;
	} n;
};

struct port {
	int fd;
	struct sockaddr_un vm;
	struct queue out;
	uint64_t retry;		/* us; not before then, 0 for no matter */
};

static struct way ways[PORTS_MAX + 1][PORTS_MAX + 1];
static struct port ports[PORTS_MAX + 1];
static int n_ports;
static struct frame *under_way;	/* by due time, earliest first */
static struct frame *last_under_way;
static size_t n_under_way;
static uint64_t seed;

static void fail(const char *what)
{
	fprintf(stderr, "hub: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000ULL + ts.tv_nsec / 1000;
}

/* splitmix64 */
static uint64_t chance(void)
{
	uint64_t z = (seed += 0x9e3779b97f4a7c15ULL);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static bool happens(double probability)
{
	return probability > 0 && (double)(chance() >> 11) / (1ULL << 53) < probability;
}

/*
 * Transmission
 */

static void enqueue(struct frame *f)
{
	struct queue *q = &ports[f->to].out;

	if (q->len == QUEUE_MAX) {
		ways[f->from][f->to].n.full++;
		free(f);
		return;
	}
	f->next = NULL;
	*q->tail = f;
	q->tail = &f->next;
	q->len++;
}

/* Sends what the VM takes now. A socket holds only some ten frames, a pause is normal. */
static void transmit(struct port *p, uint64_t now)
{
	struct frame *f;
	struct way *w;
	ssize_t sent;

	if (p->retry > now)
		return;
	p->retry = 0;
	while ((f = p->out.head)) {
		w = &ways[f->from][f->to];
		sent = sendto(p->fd, f->data, f->len, MSG_DONTWAIT, (struct sockaddr *)&p->vm,
			      sizeof(p->vm));
		if (sent < 0 && (errno == EAGAIN || errno == ENOBUFS)) {
			p->retry = now + RETRY_US;
			return;
		}
		if (sent >= 0)
			w->n.passed++;
		else
			w->n.absent++;
		p->out.head = f->next;
		if (!f->next)
			p->out.tail = &p->out.head;
		p->out.len--;
		free(f);
	}
}

/* Mostly frames become due in the order in which they come: look at the end first. */
static void put_under_way(struct frame *f)
{
	struct frame **pos;

	if (last_under_way && last_under_way->due <= f->due) {
		pos = &last_under_way->next;
	} else {
		pos = &under_way;
		while (*pos && (*pos)->due <= f->due)
			pos = &(*pos)->next;
	}
	f->next = *pos;
	*pos = f;
	if (!f->next)
		last_under_way = f;
	n_under_way++;
}

static void deliver_due(uint64_t now)
{
	struct frame *f;

	while ((f = under_way) && f->due <= now) {
		under_way = f->next;
		if (!under_way)
			last_under_way = NULL;
		n_under_way--;
		enqueue(f);
	}
}

static void corrupt(unsigned char *data, size_t len)
{
	size_t words = len < PAYLOAD ? 0 : (len - PAYLOAD) / 2, at, other;
	uint16_t word;

	if (words < 2 || chance() % 2) {
		data[HEADER_LEN + chance() % (len - HEADER_LEN)] ^= 1 << chance() % 8;
		return;
	}
	at = PAYLOAD + chance() % words * 2;
	other = PAYLOAD + chance() % words * 2;
	memcpy(&word, data + at, sizeof(word));
	memcpy(data + at, data + other, sizeof(word));
	memcpy(data + other, &word, sizeof(word));
}

static void pass(int from, int to, const unsigned char *data, size_t len, uint64_t now)
{
	struct way *w = &ways[from][to];
	int64_t delay = w->delay_us;
	struct frame *f;

	if (w->jitter_us)
		delay += (int64_t)(chance() % (2 * w->jitter_us + 1)) - w->jitter_us;
	if (happens(w->reorder)) {
		delay += w->reorder_us;
		w->n.reordered++;
	}
	f = n_under_way < UNDER_WAY_MAX ? malloc(sizeof(*f) + len) : NULL;
	if (!f) {
		w->n.full++;
		return;
	}
	f->from = from;
	f->to = to;
	f->len = len;
	memcpy(f->data, data, len);
	if (happens(w->corrupt)) {
		corrupt(f->data, len);
		w->n.corrupted++;
	}
	f->due = now + (delay > 0 ? delay : 0);
	put_under_way(f);
}

static void forward(int from, int to, const unsigned char *data, size_t len, uint64_t now)
{
	struct way *w = &ways[from][to];

	if (w->cut) {
		w->n.cut++;
	} else if (happens(w->loss)) {
		w->n.lost++;
	} else {
		if (happens(w->dup)) {
			w->n.dup++;
			pass(from, to, data, len, now);
		}
		pass(from, to, data, len, now);
	}
}

static void receive(int from, uint64_t now)
{
	static const unsigned char prefix[5] = { 0x52, 0x54 };
	static unsigned char data[FRAME_MAX];
	ssize_t len;
	int to;

	while ((len = recv(ports[from].fd, data, sizeof(data), MSG_DONTWAIT)) > 0) {
		if (len <= HEADER_LEN)
			continue;
		to = data[5];
		if (!memcmp(data, prefix, sizeof(prefix)) && to >= 1 && to <= n_ports) {
			if (to != from)
				forward(from, to, data, len, now);
			continue;
		}
		for (to = 1; to <= n_ports; to++)
			if (to != from)
				forward(from, to, data, len, now);
	}
}

/*
 * Commands
 */

static bool set_way(struct way *w, const char *verb, const char *arg, const char *arg2)
{
	double x = arg ? strtod(arg, NULL) : -1, y = arg2 ? strtod(arg2, NULL) : 0;

	if (!strcmp(verb, "cut")) {
		w->cut = true;
	} else if (!strcmp(verb, "uncut")) {
		w->cut = false;
	} else if (!strcmp(verb, "heal")) {
		struct way fresh = { .n = w->n };

		*w = fresh;
	} else if (x < 0 || y < 0) {
		return false;
	} else if (!strcmp(verb, "delay")) {
		w->delay_us = x * 1000;
		w->jitter_us = y * 1000;
	} else if (x > 100) {
		return false;
	} else if (!strcmp(verb, "loss")) {
		w->loss = x / 100;
	} else if (!strcmp(verb, "dup")) {
		w->dup = x / 100;
	} else if (!strcmp(verb, "corrupt")) {
		w->corrupt = x / 100;
	} else if (!strcmp(verb, "reorder")) {
		w->reorder = x / 100;
		w->reorder_us = (arg2 ? y : REORDER_MS) * 1000;
	} else {
		return false;
	}
	return true;
}

/* @arg is a port's number, or "all", or left out in the same sense. */
static bool parse_port(const char *arg, int *first, int *last)
{
	*first = 1;
	*last = n_ports;
	if (!arg || !strcmp(arg, "all"))
		return true;
	*first = *last = atoi(arg);
	return *first >= 1 && *first <= n_ports;
}

static size_t stats(char *reply, size_t size)
{
	size_t len;
	int a, b;

	len = snprintf(reply, size, "ok\n"
		       "from to passed cut lost dup reordered corrupted full absent\n");

	for (a = 1; a <= n_ports; a++) {
		for (b = 1; b <= n_ports; b++) {
			struct way *w = &ways[a][b];

			if (a != b && len < size)
				len += snprintf(reply + len, size - len,
						"%d %d %lu %lu %lu %lu %lu %lu %lu %lu\n", a, b,
						w->n.passed, w->n.cut, w->n.lost, w->n.dup,
						w->n.reordered, w->n.corrupted, w->n.full,
						w->n.absent);
		}
	}
	return len < size ? len : size - 1;
}

static size_t obey(char *line, char *reply, size_t size)
{
	char *word[6] = { NULL }, *save = NULL, *w = strtok_r(line, BLANK, &save);
	int a, a_first, a_last, b, b_first, b_last, n = 0;

	for (; w && n < 5; w = strtok_r(NULL, BLANK, &save))
		word[n++] = w;
	if (n == 1 && !strcmp(word[0], "stats"))
		return stats(reply, size);
	if (w || !n || (n < 3 && strcmp(word[0], "heal")) || n == 2)
		return snprintf(reply, size, "what is meant? See the head of hub.c");
	if (!parse_port(word[1], &a_first, &a_last) || !parse_port(word[2], &b_first, &b_last))
		return snprintf(reply, size, "ports are 1 to %d, or all", n_ports);
	for (a = a_first; a <= a_last; a++)
		for (b = b_first; b <= b_last; b++)
			if (!set_way(&ways[a][b], word[0], word[3], word[4]))
				return snprintf(reply, size, "%s: no such command or number",
						word[0]);
	return snprintf(reply, size, "ok\n");
}

static void serve(struct pollfd *client)
{
	static char line[256], reply[65536];
	ssize_t n = recv(client->fd, line, sizeof(line) - 1, MSG_DONTWAIT);

	if (n > 0) {
		line[n] = '\0';
		send(client->fd, reply, obey(line, reply, sizeof(reply)),
		     MSG_NOSIGNAL | MSG_DONTWAIT);
	}
	/* Its end is the answer's end. */
	close(client->fd);
	client->fd = -1;
}

/*
 * Main
 */

static void open_port(int i)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct port *p = &ports[i];

	snprintf(sun.sun_path, sizeof(sun.sun_path), "hub%d", i);
	unlink(sun.sun_path);
	p->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (p->fd < 0 || bind(p->fd, (struct sockaddr *)&sun, sizeof(sun)))
		fail(sun.sun_path);
	p->vm.sun_family = AF_UNIX;
	snprintf(p->vm.sun_path, sizeof(p->vm.sun_path), "vm%d", i);
	p->out.tail = &p->out.head;
}

/* Until the next frame is due or the next full socket is to be tried again. */
static struct timespec *time_left(uint64_t now, struct timespec *ts)
{
	uint64_t next = under_way ? under_way->due : UINT64_MAX;
	int i;

	for (i = 1; i <= n_ports; i++)
		if (ports[i].retry && ports[i].retry < next)
			next = ports[i].retry;
	if (next == UINT64_MAX)
		return NULL;
	next = next > now ? next - now : 0;
	ts->tv_sec = next / 1000000;
	ts->tv_nsec = next % 1000000 * 1000;
	return ts;
}

int main(int argc, char **argv)
{
	/* Ports at their number, the control socket at 0, then its clients. */
	struct pollfd pfd[PORTS_MAX + 1 + CLIENTS_MAX];
	struct pollfd *clients;
	struct timespec ts;
	uint64_t now;
	int i, fd;

	if (argc == 3) {
		n_ports = atoi(argv[1]);
		seed = strtoull(argv[2], NULL, 0);
	}
	if (n_ports < 1 || n_ports > PORTS_MAX) {
		fprintf(stderr, "usage: hub PORTS SEED, up to %d ports\n", PORTS_MAX);
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	umask(077);
	for (i = 1; i <= n_ports; i++) {
		open_port(i);
		pfd[i] = (struct pollfd){ .fd = ports[i].fd, .events = POLLIN };
	}
	clients = pfd + n_ports + 1;
	for (i = 0; i < CLIENTS_MAX; i++)
		clients[i] = (struct pollfd){ .fd = -1, .events = POLLIN };
	pfd[0] = (struct pollfd){ .fd = CONTROL_FD, .events = POLLIN };

	for (;;) {
		if (ppoll(pfd, n_ports + 1 + CLIENTS_MAX, time_left(now_us(), &ts), NULL) < 0 &&
		    errno != EINTR)
			fail("poll");
		now = now_us();
		for (i = 1; i <= n_ports; i++)
			if (pfd[i].revents)
				receive(i, now);
		deliver_due(now);
		for (i = 1; i <= n_ports; i++)
			transmit(&ports[i], now);
		for (i = 0; i < CLIENTS_MAX; i++)
			if (clients[i].fd >= 0 && clients[i].revents)
				serve(&clients[i]);
		fd = pfd[0].revents ? accept4(CONTROL_FD, NULL, NULL, SOCK_CLOEXEC) : -1;
		for (i = 0; fd >= 0 && i < CLIENTS_MAX; i++) {
			if (clients[i].fd < 0) {
				clients[i].fd = fd;
				clients[i].revents = 0;
				fd = -1;
			}
		}
		if (fd >= 0)
			close(fd);
	}
}
