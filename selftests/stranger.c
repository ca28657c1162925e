// SPDX-License-Identifier: GPL-2.0
/*
 * stranger - who listens and speaks on the members' network, but has no key
 *
 * Usage: stranger record INTERFACE FILE
 *        stranger attack INTERFACE FILE [--seconds N] [--seed N] [--rate N] ADDRESS...
 *        stranger replay INTERFACE FILE [--rate N] ADDRESS...
 *        stranger token TOKEN
 *
 * record writes what others send to FILE, in the form that tcpdump reads, until it gets
 * SIGTERM.
 *
 * attack takes FILE, and what it hears meanwhile, and sends datagrams of each kind of
 * kinds[] to the members at ADDRESS..., from its own address and from theirs, for N
 * seconds or until it gets SIGTERM, as fast as it can or N a second. The seed decides
 * which. replay sends each datagram of FILE again to each member, twice: from where it
 * came, and from its own address. Both print what they sent:
 *
 *	kind NAME N		datagrams of this kind
 *	sent ADDRESS N		datagrams to this member
 *	genuine ADDRESS N	of these, hellos as a member sent them there: they are no
 *				forgeries, so nobody refuses them
 *	answers N		packets that came to the own address because of it
 *
 * token prints the token with one bit of its key turned over: that of the same cluster,
 * with another key.
 *
 * Packets are written as they are to the interface, nowhere else, and to nobody else
 * than ADDRESS...
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/if_ether.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <linux/if_packet.h>
#include <linux/kernel.h>
#include "seal.h"
#include "timing.h"

#define PORT		7497
#define FRAME_MAX	1514
#define DATA_MAX	(FRAME_MAX - sizeof(struct ether_header) - sizeof(struct iphdr) - \
			 sizeof(struct udphdr))
#define TARGETS_MAX	16
#define FRESH		512	/* datagrams that were heard last */
#define BATCH		32
#define LINGER_MS	1000	/* for answers */
#define PCAP_MAGIC	0xa1b2c3d4
#define PCAP_ETHERNET	1

/**
 * struct frame - a packet to be sent
 * @eth: its Ethernet header
 * @ip: its IPv4 header
 * @udp: its UDP header
 * @data: what it carries
 */
struct frame {
	struct ether_header eth;
	struct iphdr ip;
	struct udphdr udp;
	u8 data[DATA_MAX];
} __packed;

/**
 * struct pcap_file - the start of a recording
 * @magic: %PCAP_MAGIC
 * @major: 2
 * @minor: 4
 * @zone: 0
 * @figures: 0
 * @snap: bytes of the largest packet
 * @link: %PCAP_ETHERNET
 */
struct pcap_file {
	u32 magic;
	u16 major;
	u16 minor;
	u32 zone;
	u32 figures;
	u32 snap;
	u32 link;
};

/**
 * struct pcap_packet - the start of a packet in a recording; its bytes follow
 * @sec: when it came
 * @usec: likewise, microseconds
 * @kept: how many of its bytes follow
 * @len: how many it had
 */
struct pcap_packet {
	u32 sec;
	u32 usec;
	u32 kept;
	u32 len;
};

/**
 * struct record - a sealed datagram from one member to another
 * @from: who sent it, of the targets
 * @to: whom it was sent to
 * @port: the sender's, as on the wire
 * @len: bytes of @data
 * @data: what it carries
 */
struct record {
	u32 from;
	u32 to;
	u16 port;
	u32 len;
	u8 data[DATA_MAX];
};

/**
 * struct target - a member
 * @addr: where it is, as on the wire
 * @mac: likewise
 * @sent: datagrams sent to it
 * @genuine: of these, hellos as a member sent them
 */
struct target {
	u32 addr;
	u8 mac[ETH_ALEN];
	unsigned long sent;
	unsigned long genuine;
};

/**
 * struct shot - a datagram that is made
 * @to: the target
 * @source: whose address it has, as on the wire
 * @port: the port of that, as on the wire
 * @genuine: it is a hello as a member sent it
 * @len: bytes of @data
 * @data: what it carries
 */
struct shot {
	u32 to;
	u32 source;
	u16 port;
	bool genuine;
	u32 len;
	u8 data[DATA_MAX];
};

static struct target targets[TARGETS_MAX];
static u32 n_targets;
static int wire = -1;
static u32 own_addr;
static u8 own_mac[ETH_ALEN];
static struct record **records;
static size_t n_records;
static struct record fresh[FRESH];
static size_t n_fresh;
static __le32 key_name;
static unsigned long answers;
static u64 seed = 1;
static unsigned long rate;

static void fail(const char *what)
{
	fprintf(stderr, "stranger: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* SIGTERM is blocked, so it only waits to be asked for. */
static bool stopped(void)
{
	sigset_t pending;

	sigpending(&pending);
	return sigismember(&pending, SIGTERM);
}

/*
 * Chance
 */

/* splitmix64 */
static u64 chance(void)
{
	u64 z = (seed += 0x9e3779b97f4a7c15ULL);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static u32 below(u32 n)
{
	return chance() % n;
}

static void fill(void *to, size_t len)
{
	u8 *byte = to;
	u64 bits;

	for (; len >= sizeof(bits); len -= sizeof(bits), byte += sizeof(bits)) {
		bits = chance();
		memcpy(byte, &bits, sizeof(bits));
	}
	bits = chance();
	memcpy(byte, &bits, len);
}

/*
 * The wire
 */

static void own_address(const char *interface)
{
	struct ifreq req = {};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", interface);
	if (fd < 0 || ioctl(fd, SIOCGIFADDR, &req))
		fail(interface);
	own_addr = ((struct sockaddr_in *)&req.ifr_addr)->sin_addr.s_addr;
	if (ioctl(fd, SIOCGIFHWADDR, &req))
		fail(interface);
	memcpy(own_mac, req.ifr_hwaddr.sa_data, ETH_ALEN);
	close(fd);
}

/* All that others send. */
static void open_wire(const char *interface)
{
	struct sockaddr_ll addr = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	struct packet_mreq all = { .mr_type = PACKET_MR_PROMISC };
	int one = 1, room = 8 << 20;

	own_address(interface);
	addr.sll_ifindex = if_nametoindex(interface);
	all.mr_ifindex = addr.sll_ifindex;
	wire = socket(AF_PACKET, SOCK_RAW, 0);
	if (wire < 0 || setsockopt(wire, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof(one)) ||
	    setsockopt(wire, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof(all)) ||
	    setsockopt(wire, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) ||
	    bind(wire, (struct sockaddr *)&addr, sizeof(addr)))
		fail("raw packets");
}

/* The next packet that is here; 0 if there is none. */
static size_t hear(void *buf, size_t size)
{
	ssize_t len = recv(wire, buf, size, MSG_DONTWAIT);

	if (len < 0 && errno != EAGAIN && errno != EINTR)
		fail("recv");
	return len > 0 ? len : 0;
}

/* Something is here, after @ms at the latest. */
static void wait_wire(short events, double ms)
{
	struct pollfd pfd = { .fd = wire, .events = events };
	struct timespec ts = { .tv_sec = ms / 1000 };

	ts.tv_nsec = (ms - ts.tv_sec * 1e3) * 1e6;
	if (ppoll(&pfd, 1, &ts, NULL) < 0 && errno != EINTR)
		fail("poll");
}

/* The Internet's checksum, a part at a time; all but the last have an even length. */
static u32 add_up(const void *data, size_t len, u32 sum)
{
	const u8 *byte = data;

	for (; len > 1; len -= 2, byte += 2)
		sum += byte[0] << 8 | byte[1];
	return len ? sum + (byte[0] << 8) : sum;
}

static u16 checksum(u32 sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum);
}

/* Returns its length. */
static size_t build(struct frame *frame, const struct shot *shot)
{
	const struct target *target = &targets[shot->to];
	u32 udp_len = sizeof(frame->udp) + shot->len, sum;

	memset(frame, 0, offsetof(struct frame, data));
	memcpy(frame->eth.ether_dhost, target->mac, ETH_ALEN);
	memcpy(frame->eth.ether_shost, own_mac, ETH_ALEN);
	frame->eth.ether_type = htons(ETHERTYPE_IP);
	frame->ip.version = 4;
	frame->ip.ihl = sizeof(frame->ip) / 4;
	frame->ip.tot_len = htons(sizeof(frame->ip) + udp_len);
	frame->ip.frag_off = htons(IP_DF);
	frame->ip.ttl = 64;
	frame->ip.protocol = IPPROTO_UDP;
	frame->ip.saddr = shot->source;
	frame->ip.daddr = target->addr;
	frame->ip.check = checksum(add_up(&frame->ip, sizeof(frame->ip), 0));
	frame->udp.source = shot->port;
	frame->udp.dest = htons(PORT);
	frame->udp.len = htons(udp_len);
	memcpy(frame->data, shot->data, shot->len);
	/* Both addresses, the protocol and the length count, too. */
	sum = add_up((const u8 *)&frame->ip + offsetof(struct iphdr, saddr), 8,
		     IPPROTO_UDP + udp_len);
	frame->udp.check = checksum(add_up(&frame->udp, udp_len, sum));
	if (!frame->udp.check)
		frame->udp.check = 0xffff;
	return offsetof(struct frame, data) + shot->len;
}

/*
 * Recordings
 */

static int find_target(u32 addr)
{
	u32 i;

	for (i = 0; i < n_targets; i++) {
		if (targets[i].addr == addr)
			return i;
	}
	return -1;
}

/* Takes a packet apart; false if it is not what a member sends to another. */
static bool parse(struct record *record, const u8 *packet, size_t len)
{
	const struct frame *frame = (const struct frame *)packet;
	int from, to;

	if (len < offsetof(struct frame, data) || len > sizeof(*frame) ||
	    frame->eth.ether_type != htons(ETHERTYPE_IP) || frame->ip.ihl != 5 ||
	    frame->ip.protocol != IPPROTO_UDP || frame->udp.dest != htons(PORT))
		return false;
	from = find_target(frame->ip.saddr);
	to = find_target(frame->ip.daddr);
	record->len = ntohs(frame->udp.len) - sizeof(frame->udp);
	if (from < 0 || to < 0 || record->len > len - offsetof(struct frame, data) ||
	    record->len < sizeof(struct raft_wire_header) + RAFTVAL_SEAL_EXTRA)
		return false;
	record->from = from;
	record->to = to;
	record->port = frame->udp.source;
	memcpy(record->data, frame->data, record->len);
	memcpy(targets[from].mac, frame->eth.ether_shost, ETH_ALEN);
	return true;
}

static const struct raft_wire_header *header_of(const struct record *record)
{
	return (const struct raft_wire_header *)record->data;
}

static bool is_hello(const struct record *record)
{
	return header_of(record)->type == RAFTVAL_SEAL_HELLO &&
	       record->len == sizeof(struct raftval_seal_hello);
}

static void learn(const struct record *record)
{
	if (is_hello(record))
		key_name = ((const struct raftval_seal_hello *)record->data)->key;
}

static void keep(const struct record *record)
{
	size_t len = offsetof(struct record, data) + record->len;

	if (!(n_records & (n_records - 1)))
		records = realloc(records, (n_records ? 2 * n_records : 1) * sizeof(*records));
	if (records)
		records[n_records] = malloc(len);
	if (!records || !records[n_records])
		fail("recording");
	memcpy(records[n_records++], record, len);
	learn(record);
}

static void load(const char *path)
{
	u8 packet[FRAME_MAX];
	struct pcap_packet head;
	struct pcap_file file;
	struct record record;
	FILE *in = fopen(path, "r");

	if (!in)
		fail(path);
	if (fread(&file, sizeof(file), 1, in) != 1 || file.magic != PCAP_MAGIC) {
		fprintf(stderr, "stranger: %s is no recording of this program\n", path);
		exit(1);
	}
	/* It may be written just now, so that the last packet is not whole. */
	while (fread(&head, sizeof(head), 1, in) == 1 && head.kept <= sizeof(packet) &&
	       fread(packet, head.kept, 1, in) == 1) {
		if (parse(&record, packet, head.kept))
			keep(&record);
	}
	fclose(in);
	if (!n_records) {
		fprintf(stderr, "stranger: %s has nothing that these members say\n", path);
		exit(1);
	}
}

static void write_packet(FILE *out, const u8 *packet, size_t len)
{
	struct pcap_packet head = { .kept = min_t(size_t, len, FRAME_MAX), .len = len };
	struct timeval now;

	gettimeofday(&now, NULL);
	head.sec = now.tv_sec;
	head.usec = now.tv_usec;
	if (fwrite(&head, sizeof(head), 1, out) != 1 || fwrite(packet, head.kept, 1, out) != 1)
		fail("recording");
}

static int record_wire(const char *path)
{
	const struct pcap_file file = {
		.magic = PCAP_MAGIC, .major = 2, .minor = 4, .snap = FRAME_MAX,
		.link = PCAP_ETHERNET,
	};
	static u8 packet[65536];
	FILE *out = fopen(path, "w");
	size_t len;

	if (!out || fwrite(&file, sizeof(file), 1, out) != 1)
		fail(path);
	do {
		while ((len = hear(packet, sizeof(packet))))
			write_packet(out, packet, len);
		if (fflush(out))
			fail(path);
		wait_wire(POLLIN, LINGER_MS);
	} while (!stopped());
	if (fclose(out))
		fail(path);
	return 0;
}

/*
 * Kinds
 */

static const struct record *any_record(void)
{
	if (n_fresh && below(2))
		return &fresh[below(min_t(size_t, n_fresh, FRESH))];
	return records[below(n_records)];
}

static const struct record *newest_record(void)
{
	return n_fresh ? &fresh[(n_fresh - 1 - below(min_t(size_t, n_fresh, 16))) % FRESH] :
			 records[n_records - 1];
}

/* From where it came to where it went. */
static void copy(struct shot *shot, const struct record *record)
{
	shot->to = record->to;
	shot->source = targets[record->from].addr;
	shot->port = record->port;
	shot->genuine = is_hello(record);
	shot->len = record->len;
	memcpy(shot->data, record->data, record->len);
}

/* A hello is for the one that it names, but for one to whoever is there. */
static void redirect(struct shot *shot, u32 to)
{
	const struct raft_wire_header *header = (const struct raft_wire_header *)shot->data;

	shot->genuine = shot->genuine && (to == shot->to || !header->to);
	shot->to = to;
}

static void make_random(struct shot *shot)
{
	shot->to = below(n_targets);
	shot->source = targets[below(n_targets)].addr;
	shot->port = htons(PORT);
	shot->len = below(DATA_MAX + 1);
	fill(shot->data, shot->len);
}

static void make_truncated(struct shot *shot)
{
	copy(shot, any_record());
	shot->genuine = false;
	shot->len = below(shot->len);
}

static void make_flipped(struct shot *shot)
{
	u32 n = 1 + below(8), bit;

	copy(shot, any_record());
	shot->genuine = false;
	while (n--) {
		bit = below(8 * shot->len);
		shot->data[bit / 8] ^= 1 << bit % 8;
	}
}

static void make_replayed(struct shot *shot)
{
	copy(shot, any_record());
	if (below(2))
		redirect(shot, below(n_targets));
}

/* To who sent it, as if from who got it; so says half of them inside, too. */
static void make_reflected(struct shot *shot)
{
	struct raft_wire_header *header = (struct raft_wire_header *)shot->data;
	const struct record *record = any_record();
	__le64 from;

	copy(shot, record);
	redirect(shot, record->from);
	shot->source = targets[record->to].addr;
	if (below(2)) {
		from = header->from;
		header->from = header->to;
		header->to = from;
		shot->genuine = false;
	}
}

/* What a member could say next, but for the seal. */
static void make_spoofed(struct shot *shot)
{
	struct raftval_seal_data *data = (struct raftval_seal_data *)shot->data;
	const struct record *record = newest_record();

	copy(shot, record);
	shot->genuine = false;
	data->header.type = 1 + below(RAFT_MSG_TYPES - 1);
	data->number = cpu_to_le64(le64_to_cpu(data->number) + 1 + below(1 << 20));
	shot->len = sizeof(struct raft_wire_header) + RAFTVAL_SEAL_EXTRA + below(200);
	fill(shot->data + sizeof(*data), shot->len - sizeof(*data));
}

/* Cluster, key's name and ids are on the wire. */
static void make_hello(struct shot *shot)
{
	struct raftval_seal_hello *hello = (struct raftval_seal_hello *)shot->data;

	copy(shot, any_record());
	shot->genuine = false;
	shot->len = sizeof(*hello);
	hello->header.type = RAFTVAL_SEAL_HELLO;
	hello->header.flags = 0;
	hello->header.term = 0;
	hello->header.incarnation = 0;
	hello->header.nonce = 0;
	hello->key = key_name;
	fill(hello->nonce, sizeof(hello->nonce));
	fill(hello->body, sizeof(hello->body));
}

/* As if the cluster had no key. */
static void make_unsealed(struct shot *shot)
{
	struct raft_wire_header *header = (struct raft_wire_header *)shot->data;

	copy(shot, any_record());
	shot->genuine = false;
	header->version = RAFT_WIRE_VERSION;
	header->type = 1 + below(RAFT_MSG_TYPES - 1);
	header->flags = below(128);
	header->term = cpu_to_le64(le64_to_cpu(header->term) + below(1000));
	shot->len = sizeof(*header) + below(200);
	fill(shot->data + sizeof(*header), shot->len - sizeof(*header));
}

static struct {
	const char *name;
	void (*make)(struct shot *shot);
	bool members;	/* only from a member's address */
	unsigned long sent;
} kinds[] = {
	{ .name = "random", .make = make_random },
	{ .name = "truncated", .make = make_truncated },
	{ .name = "flipped", .make = make_flipped },
	{ .name = "replayed", .make = make_replayed },
	{ .name = "reflected", .make = make_reflected, .members = true },
	{ .name = "spoofed", .make = make_spoofed, .members = true },
	{ .name = "hello", .make = make_hello },
	{ .name = "unsealed", .make = make_unsealed },
};

/*
 * Attack and replay
 */

/* What came to the own address; nobody else than members has a reason to send there. */
static bool is_answer(const u8 *packet, size_t len)
{
	const struct ether_arp *arp = (const struct ether_arp *)(packet + ETH_HLEN);
	const struct frame *frame = (const struct frame *)packet;

	if (len >= ETH_HLEN + sizeof(*arp) && frame->eth.ether_type == htons(ETHERTYPE_ARP))
		return !memcmp(arp->arp_tpa, &own_addr, sizeof(own_addr));
	return len >= ETH_HLEN + sizeof(frame->ip) &&
	       frame->eth.ether_type == htons(ETHERTYPE_IP) && frame->ip.daddr == own_addr;
}

static void listen_in(void)
{
	static u8 packet[65536];
	struct record *record;
	size_t len;

	while ((len = hear(packet, sizeof(packet)))) {
		answers += is_answer(packet, len);
		record = &fresh[n_fresh % FRESH];
		if (!parse(record, packet, len))
			continue;
		learn(record);
		n_fresh++;
	}
}

/* When as many as that may have been sent. */
static void keep_pace(double began, unsigned long sent)
{
	double left;

	while (rate && !stopped() && (left = began + sent * 1e6 / rate - now_us()) > 0) {
		wait_wire(POLLIN, left / 1e3);
		listen_in();
	}
}

static void send_batch(struct mmsghdr *msg, u32 n)
{
	int sent;

	while (n) {
		sent = sendmmsg(wire, msg, n, 0);
		if (sent > 0) {
			msg += sent;
			n -= sent;
		} else if (errno == ENOBUFS) {
			wait_wire(POLLOUT, 1);
		} else if (errno != EINTR) {
			fail("send");
		}
	}
}

/* Sends @n of what is made by @make, and counts them. */
static void shoot(u32 n, void (*make)(struct shot *shot))
{
	static struct frame frames[BATCH];
	static struct shot shot;
	struct iovec iov[BATCH];
	struct mmsghdr msg[BATCH] = {};
	u32 i;

	for (i = 0; i < n; i++) {
		shot.genuine = false;
		make(&shot);
		/* What comes from a host itself its network does not even look at. */
		if (shot.source == targets[shot.to].addr)
			shot.source = own_addr;
		iov[i].iov_base = &frames[i];
		iov[i].iov_len = build(&frames[i], &shot);
		msg[i].msg_hdr.msg_iov = &iov[i];
		msg[i].msg_hdr.msg_iovlen = 1;
		targets[shot.to].sent++;
		targets[shot.to].genuine += shot.genuine;
	}
	send_batch(msg, n);
}

static void make_any(struct shot *shot)
{
	u32 kind = below(ARRAY_SIZE(kinds));

	kinds[kind].make(shot);
	kinds[kind].sent++;
	if (!kinds[kind].members && below(2)) {
		shot->source = own_addr;
		shot->port = htons(below(2) ? PORT : 1024 + below(60000));
	}
}

static void attack(double seconds)
{
	double began = now_us();
	unsigned long sent = 0;

	while (!stopped() && now_us() - began < seconds * 1e6) {
		shoot(BATCH, make_any);
		listen_in();
		sent += BATCH;
		keep_pace(began, sent);
	}
}

static struct {
	size_t record;
	u32 target;
	bool own;
} at;

/* The next of all; the last that is made is that of the last record to the last target. */
static void make_next(struct shot *shot)
{
	copy(shot, records[at.record]);
	redirect(shot, at.target);
	if (at.own) {
		shot->source = own_addr;
		shot->port = htons(PORT);
	}
	at.own = !at.own;
	if (at.own || ++at.target < n_targets)
		return;
	at.target = 0;
	at.record++;
}

static void replay(void)
{
	double began = now_us();
	unsigned long sent = 0;

	while (at.record < n_records && !stopped()) {
		shoot(1, make_next);
		listen_in();
		keep_pace(began, ++sent);
	}
}

static void report(void)
{
	char text[INET_ADDRSTRLEN];
	double end = now_us() + LINGER_MS * 1e3, left;
	u32 i;

	while ((left = end - now_us()) > 0) {
		wait_wire(POLLIN, left / 1e3);
		listen_in();
	}
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (kinds[i].sent)
			printf("kind %s %lu\n", kinds[i].name, kinds[i].sent);
	}
	for (i = 0; i < n_targets; i++) {
		inet_ntop(AF_INET, &targets[i].addr, text, sizeof(text));
		printf("sent %s %lu\n", text, targets[i].sent);
		printf("genuine %s %lu\n", text, targets[i].genuine);
	}
	printf("answers %lu\n", answers);
}

/*
 * Tokens
 */

/* Of raftctl's tokens: the digits, how many of them are the check, and one of the key. */
static int forge(const char *token)
{
	static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
	const size_t check = 7, in_key = 3 + 40;
	size_t body = strlen(token) - check, i;
	char *text = strdup(token);
	u32 crc = ~0u;
	int bit;

	if (strncmp(token, "rv2", 3) || strlen(token) < 3 + 80 + check || !text ||
	    !strchr(alphabet, token[in_key])) {
		fprintf(stderr, "stranger: that is no token with a key\n");
		return 1;
	}
	text[in_key] = alphabet[(strchr(alphabet, token[in_key]) - alphabet) ^ 1];
	for (i = 0; i < body; i++) {
		crc ^= (u8)text[i];
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	for (crc = ~crc, i = check; i--; crc >>= 5)
		text[body + i] = alphabet[crc & 31];
	puts(text);
	free(text);
	return 0;
}

static int usage(void)
{
	fprintf(stderr,
		"usage: stranger record INTERFACE FILE\n"
		"       stranger attack INTERFACE FILE [--seconds N] [--seed N] [--rate N] ADDRESS...\n"
		"       stranger replay INTERFACE FILE [--rate N] ADDRESS...\n"
		"       stranger token TOKEN\n");
	return 2;
}

static bool read_targets(char **addresses)
{
	for (; *addresses; addresses++, n_targets++) {
		if (n_targets == TARGETS_MAX ||
		    inet_pton(AF_INET, *addresses, &targets[n_targets].addr) != 1)
			return false;
		memset(targets[n_targets].mac, 0xff, ETH_ALEN);
	}
	return n_targets;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seconds", required_argument, NULL, 's' },
		{ "seed", required_argument, NULL, 'e' },
		{ "rate", required_argument, NULL, 'r' },
		{ },
	};
	double seconds = 60;
	const char *verb;
	sigset_t term;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 's')
			seconds = strtod(optarg, NULL);
		else if (c == 'e')
			seed = strtoull(optarg, NULL, 0);
		else if (c == 'r')
			rate = strtoul(optarg, NULL, 0);
		else
			return usage();
	}
	argv += optind;
	argc -= optind;
	verb = argc ? argv[0] : "";
	if (!strcmp(verb, "token") && argc == 2)
		return forge(argv[1]);
	if (argc < 3)
		return usage();
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
	open_wire(argv[1]);
	if (!strcmp(verb, "record") && argc == 3)
		return record_wire(argv[2]);
	if (!read_targets(argv + 3))
		return usage();
	load(argv[2]);
	if (!strcmp(verb, "attack"))
		attack(seconds);
	else if (!strcmp(verb, "replay"))
		replay();
	else
		return usage();
	report();
	return 0;
}
