// SPDX-License-Identifier: GPL-2.0
/* The requests of calls: generic netlink messages, good, odd and damaged. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/raftval.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#include "calls.h"

#define MESSAGE		(192 * 1024)	/* bytes of one, at most */
#define PIECE		(15 * 1024)	/* of a value, in one attribute */
#define FILE_SIZE	65536		/* of a file in memory that may be a store */

/**
 * struct command - a request of netlink
 * @name: its name, if it is one
 * @changes: it needs privileges
 * @attr: what attributes it takes, up to a 0
 */
struct command {
	const char *name;
	bool changes;
	uint8_t attr[12];
};

#define A(name)	RAFTVAL_A_NODE_##name

/* Keys, and how to do without, are not here, see add_security(). */
static const struct command commands[RAFTVAL_CMD_MAX + 1] = {
	[RAFTVAL_CMD_NODE_GET] = { "node-get", false, { A(NAME) } },
	[RAFTVAL_CMD_CREATE] = { "create", true, {
		A(NAME), A(LISTEN), A(LABEL), A(HEARTBEAT_MS), A(ELECTION_MS), A(VALUE_MAX),
		A(CLUSTER_ID), A(TIMEOUT_MS), A(STORE) } },
	[RAFTVAL_CMD_JOIN] = { "join", true, {
		A(NAME), A(LISTEN), A(LABEL), A(VALUE_MAX), A(CLUSTER_ID), A(SEED), A(LEARNER),
		A(TIMEOUT_MS), A(STORE) } },
	[RAFTVAL_CMD_LEAVE] = { "leave", true, { A(NAME), A(TIMEOUT_MS) } },
	[RAFTVAL_CMD_DOWN] = { "down", true, { A(NAME) } },
	[RAFTVAL_CMD_MEMBER_REMOVE] = {
		"member-remove", true, { A(NAME), A(TIMEOUT_MS), A(MEMBER_ID) } },
	[RAFTVAL_CMD_MEMBER_PROMOTE] = {
		"member-promote", true, { A(NAME), A(TIMEOUT_MS), A(MEMBER_ID) } },
	[RAFTVAL_CMD_TRANSFER] = { "transfer", true, { A(NAME), A(TIMEOUT_MS), A(MEMBER_ID) } },
	[RAFTVAL_CMD_LOG_GET] = { "log-get", false, { A(NAME), A(COUNT) } },
	[RAFTVAL_CMD_VALUE_GET] = { "value-get", true, { A(NAME), A(TIMEOUT_MS), A(LOCAL) } },
	[RAFTVAL_CMD_VALUE_PUT] = {
		"value-put", true, { A(NAME), A(TIMEOUT_MS), A(VALUE), A(EXPECT) } },
	[RAFTVAL_CMD_UP] = { "up", true, { A(NAME), A(STORE) } },
	/* What only the kernel says. */
	[RAFTVAL_CMD_VALUE] = { "value" },
	[RAFTVAL_CMD_RESULT] = { "result" },
	[RAFTVAL_CMD_ROLE_NTF] = { "role-ntf" },
	[RAFTVAL_CMD_VALUE_NTF] = { "value-ntf" },
	[RAFTVAL_CMD_CONFIG_NTF] = { "config-ntf" },
	[RAFTVAL_CMD_DOWN_NTF] = { "down-ntf" },
	[RAFTVAL_CMD_KEY_SET] = { "key-set", true, { A(NAME), A(TIMEOUT_MS) } },
};

/**
 * struct message - a message, or several
 * @buf: it
 * @len: its bytes
 * @attr: where its attributes begin
 * @n: how many those are
 */
struct message {
	unsigned char buf[MESSAGE] __attribute__((aligned(8)));
	size_t len;
	uint32_t attr[64];
	unsigned int n;
};

static struct message message;
static int nl = -1;
static uint16_t family;
static uint32_t group, sequence;

/* What may be a store, if a file was given, and what is none. */
static int stores[5];

static size_t put_attr(unsigned char *at, unsigned int type, const void *data, size_t len)
{
	const struct nlattr attr = { .nla_len = NLA_HDRLEN + len, .nla_type = type };

	memset(at, 0, NLA_ALIGN(NLA_HDRLEN + len));
	memcpy(at, &attr, sizeof(attr));
	memcpy(at + NLA_HDRLEN, data, len);
	return NLA_ALIGN(NLA_HDRLEN + len);
}

static void add(struct message *m, unsigned int type, const void *data, size_t len)
{
	if (m->len + len + 2 * NLA_HDRLEN > sizeof(m->buf))
		return;
	if (m->n < ARRAY_SIZE(m->attr))
		m->attr[m->n++] = m->len;
	m->len += put_attr(m->buf + m->len, type, data, len);
}

static void add_u32(struct message *m, unsigned int type, uint32_t value)
{
	add(m, type, &value, sizeof(value));
}

static void add_u64(struct message *m, unsigned int type, uint64_t value)
{
	add(m, type, &value, sizeof(value));
}

/* Mostly with the byte that ends it. */
static void add_text(struct message *m, unsigned int type, const char *text)
{
	add(m, type, text, strlen(text) + !one_in(8));
}

/* Addresses are of this host, or of nobody, whatever their length. */
static void add_addr(struct message *m, unsigned int type)
{
	static const struct {
		uint8_t len, ip[17];
	} ips[] = {
		{ 4, { 192, 0, 2, 1 } }, { 16, { [15] = 1 } }, { 4, { 192, 0, 2, 77 } },
		{ 16, { 0x20, 1, 0xd, 0xb8, [15] = 1 } }, { 5, { 192, 0, 2, 1 } },
		{ 17, { [15] = 1 } }, { 3, { 127 } }, { 0, { 0 } },
	};
	static const uint8_t local[] = { 127, 0, 0, 1 };
	const unsigned int i = below(ARRAY_SIZE(ips));
	const uint16_t port = one_in(16) ? edge() : 7600 + below(NODES);
	const uint32_t scope = edge();
	unsigned char nest[64];
	size_t len = 0;

	if (!one_in(8))
		len = put_attr(nest, RAFTVAL_A_ADDR_IP, local, sizeof(local));
	else if (!one_in(8))
		len = put_attr(nest, RAFTVAL_A_ADDR_IP, ips[i].ip, ips[i].len);
	if (!one_in(16))
		len += put_attr(nest + len, RAFTVAL_A_ADDR_PORT, &port, one_in(32) ? 1 : 2);
	if (one_in(16))
		len += put_attr(nest + len, RAFTVAL_A_ADDR_SCOPE, &scope, sizeof(scope));
	add(m, one_in(32) ? type : type | NLA_F_NESTED, nest, len);
}

static const char *some_name(void)
{
	if (one_in(16))
		return odd_text();
	return one_in(target.refused ? 2 : 4) ? target.node : node_name(below(NODES));
}

static void add_value(struct message *m)
{
	const size_t len = one_in(32) ? below(70000) : one_in(8) ? 4000 + below(200) : below(64);
	size_t at = 0;

	do {
		const size_t piece = len - at < PIECE ? len - at : PIECE;

		add(m, A(VALUE), target.arena + at, piece);
		at += piece;
	} while (at < len);
}

static void add_key_name(struct message *m, unsigned int type)
{
	add_text(m, type, one_in(16) ? odd_text() : key_name(below(3)));
}

/* Either a key, or word that there is to be none; or what is not possible. */
static void add_security(struct message *m, unsigned int cmd)
{
	const uint32_t choice = cmd == RAFTVAL_CMD_KEY_SET ? 7 + below(10) : below(17);

	if (choice < 8 || choice == 16)
		add(m, A(INSECURE), NULL, 0);
	if (choice >= 8 && choice != 15)
		add_key_name(m, A(KEY));
	if (choice >= (cmd == RAFTVAL_CMD_CREATE || cmd == RAFTVAL_CMD_JOIN ? 14 : 12))
		add_key_name(m, A(KEY_ACCEPT));
}

/* Few, so that nodes meet. */
static void add_cluster_id(struct message *m)
{
	unsigned char id[16] = { 0xca, [15] = below(2) };

	if (one_in(8))
		fill(id, sizeof(id));
	add(m, A(CLUSTER_ID), id, one_in(32) ? below(17) : 16);
}

static void add_store(struct message *m)
{
	const uint32_t fd = stores[below(ARRAY_SIZE(stores))];

	add_u32(m, A(STORE), one_in(8) ? edge() : one_in(2) ? (uint32_t)stores[0] : fd);
}

static void add_good(struct message *m, unsigned int type)
{
	switch (type) {
	case A(NAME):
		return add_text(m, type, some_name());
	case A(LABEL):
		return add_text(m, type, one_in(16) ? odd_text() : node_name(below(NODES)));
	case A(TEXT):
		return add_text(m, type, odd_text());
	case A(LISTEN):
	case A(SEED):
		return add_addr(m, type);
	case A(CLUSTER_ID):
		return add_cluster_id(m);
	case A(STORE):
		return add_store(m);
	case A(VALUE):
		return add_value(m);
	case A(LEARNER):
	case A(LOCAL):
		return add(m, type, NULL, 0);
	case A(TIMEOUT_MS):
		return add_u32(m, type, short_time());
	case A(HEARTBEAT_MS):
		return add_u32(m, type, one_in(8) ? edge() : 10 + below(90));
	case A(ELECTION_MS):
		return add_u32(m, type, one_in(8) ? edge() : 200 + below(200));
	case A(VALUE_MAX):
		return add_u32(m, type, one_in(8) ? edge() : 4096);
	case A(COUNT):
	case A(ERROR):
		return add_u32(m, type, edge());
	default:
		return add_u64(m, type, one_in(2) ? below(4) : edge());
	}
}

/* How likely it is that a good request lacks it, in sixteenths. */
static uint32_t lacks(unsigned int type)
{
	switch (type) {
	case A(STORE):
	case A(LEARNER):
	case A(LOCAL):
	case A(EXPECT):
	case A(MEMBER_ID):
		return 12;
	case A(HEARTBEAT_MS):
	case A(ELECTION_MS):
	case A(VALUE_MAX):
		return 8;
	default:
		return 1;
	}
}

static bool takes_key(unsigned int cmd)
{
	return cmd == RAFTVAL_CMD_CREATE || cmd == RAFTVAL_CMD_JOIN || cmd == RAFTVAL_CMD_UP ||
	       cmd == RAFTVAL_CMD_KEY_SET;
}

static struct nlmsghdr *header(struct message *m, unsigned int cmd)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)m->buf;
	struct genlmsghdr *genl = (struct genlmsghdr *)(nlh + 1);

	*nlh = (struct nlmsghdr) {
		.nlmsg_type = family,
		.nlmsg_flags = NLM_F_REQUEST | (one_in(4) ? 0 : NLM_F_ACK),
		.nlmsg_seq = ++sequence,
	};
	*genl = (struct genlmsghdr) { .cmd = cmd, .version = RAFTVAL_GENL_VERSION };
	m->len = NLMSG_HDRLEN + GENL_HDRLEN;
	m->n = 0;
	return nlh;
}

static void build(struct message *m, unsigned int cmd)
{
	struct nlmsghdr *nlh = header(m, cmd);
	const uint8_t *attr = cmd <= RAFTVAL_CMD_MAX ? commands[cmd].attr : NULL;

	if (cmd == RAFTVAL_CMD_NODE_GET && one_in(4))
		nlh->nlmsg_flags |= NLM_F_DUMP;
	for (; attr && *attr; attr++)
		if (cmd == RAFTVAL_CMD_UP ? !one_in(8) : below(16) >= lacks(*attr))
			add_good(m, *attr);
	if (takes_key(cmd))
		add_security(m, cmd);
	nlh->nlmsg_len = m->len;
}

static struct nlattr *some_attr(struct message *m)
{
	return m->n ? (struct nlattr *)(m->buf + m->attr[below(m->n)]) : NULL;
}

static void add_random(struct message *m)
{
	static const unsigned int ends[] = { 4, A(MAX) + 2, 64, NLA_TYPE_MASK };
	const unsigned int type = below(ends[below(ARRAY_SIZE(ends))]);

	add(m, type | (one_in(4) ? NLA_F_NESTED : 0) | (one_in(32) ? NLA_F_NET_BYTEORDER : 0),
	    target.arena + below(PAGE), one_in(16) ? below(2000) : below(40));
}

/* The same nest in itself, again and again. */
static void add_nests(struct message *m)
{
	unsigned int type = one_in(2) ? A(LISTEN) : below(A(MAX) + 1), n = 1 + below(60), i;
	unsigned char nest[256];

	for (i = 0; i < n; i++) {
		const struct nlattr attr = {
			.nla_len = NLA_HDRLEN * (n - i), .nla_type = type | NLA_F_NESTED
		};

		memcpy(nest + NLA_HDRLEN * i, &attr, sizeof(attr));
	}
	add(m, type | NLA_F_NESTED, nest, NLA_HDRLEN * n);
}

static void add_many(struct message *m)
{
	const unsigned int type = below(A(MAX) + 1);
	uint32_t n = 1 + below(500);

	while (n--)
		add_good(m, type ?: A(NAME));
}

/* Damage that leaves the header alone. */
static void damage_attrs(struct message *m)
{
	struct nlattr *attr = some_attr(m);

	switch (below(8)) {
	case 0:
		return add_random(m);
	case 1:
		return add_nests(m);
	case 2:
		return one_in(16) ? add_many(m) : add_good(m, 1 + below(A(MAX)));
	case 3:
		m->len -= below(m->len - NLMSG_HDRLEN - GENL_HDRLEN + 1);
		return;
	case 4:
		m->buf[NLMSG_HDRLEN + GENL_HDRLEN + below(64)] ^= 1 << below(8);
		return;
	case 5:
		if (attr)
			attr->nla_len = one_in(2) ? attr->nla_len + below(9) - 4 : edge();
		return;
	case 6:
		if (attr)
			attr->nla_type = one_in(2) ? below(A(MAX) + 2) : edge();
		return;
	default:
		if (attr)
			attr->nla_type ^= NLA_F_NESTED;
	}
}

static void damage_header(struct message *m)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)m->buf;
	struct genlmsghdr *genl = (struct genlmsghdr *)(nlh + 1);

	switch (below(8)) {
	case 0:
		nlh->nlmsg_len = edge();
		return;
	case 1:
		nlh->nlmsg_len += below(17) - 8;
		return;
	case 2:
		nlh->nlmsg_flags = edge();
		return;
	case 3:
		nlh->nlmsg_flags |= NLM_F_DUMP;
		return;
	case 4:
		nlh->nlmsg_type = one_in(2) ? below(64) : edge();
		return;
	case 5:
		nlh->nlmsg_pid = edge();
		return;
	case 6:
		genl->version = edge();
		return;
	default:
		genl->reserved = edge();
	}
}

/* Would it stop the node that is to stay? More are taken for such than are. */
static bool harms(const struct message *m)
{
	switch (m->buf[NLMSG_HDRLEN]) {
	case RAFTVAL_CMD_LEAVE:
	case RAFTVAL_CMD_DOWN:
	case RAFTVAL_CMD_MEMBER_REMOVE:
	case RAFTVAL_CMD_KEY_SET:
		return memmem(m->buf, m->len, target.node, strlen(target.node));
	}
	return false;
}

/**
 * struct outlook - what must come of a message
 * @seq: its number
 * @kind: what it asks for
 * @denied: it must end in EPERM
 * @fails: it must end in an error
 * @error: how it ended, 0 also if nothing was said
 */
struct outlook {
	uint32_t seq;
	enum kind kind;
	bool denied;
	bool fails;
	int error;
};

static struct outlook outlook;

/* Who has no privileges is told so before anything else of a request is looked at. */
static void look_out(const struct message *m, bool damaged)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)m->buf;
	const unsigned int cmd = m->buf[NLMSG_HDRLEN];
	const bool known = cmd <= RAFTVAL_CMD_MAX && commands[cmd].name;
	const bool whole = m->len >= NLMSG_HDRLEN + GENL_HDRLEN && nlh->nlmsg_len <= m->len &&
			   nlh->nlmsg_len >= NLMSG_HDRLEN + GENL_HDRLEN;
	const bool heard = nlh->nlmsg_type == family && nlh->nlmsg_flags & NLM_F_REQUEST;
	const bool changes = known && whole && heard && commands[cmd].changes;

	outlook = (struct outlook) {
		.seq = nlh->nlmsg_seq,
		.kind = known && whole ? cmd : UNKNOWN,
		.denied = target.refused && changes && !damaged,
		.fails = target.refused && changes,
	};
}

/* A request that was granted may have asked not to be told. */
static void check_outlook(void)
{
	count(outlook.kind, outlook.error);
	if (outlook.denied && outlook.error != EPERM)
		wrong("%s ended in %d instead of EPERM", netlink_command(outlook.kind),
		      outlook.error);
	else if (outlook.fails && !outlook.error)
		wrong("%s, although damaged, was granted", netlink_command(outlook.kind));
}

static void take_error(const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *err = (const struct nlmsgerr *)(nlh + 1);

	if (nlh->nlmsg_len >= NLMSG_LENGTH(sizeof(*err)) && nlh->nlmsg_seq == outlook.seq)
		outlook.error = -err->error;
}

static const void *find_attr(const struct nlmsghdr *nlh, unsigned int wanted, size_t len)
{
	size_t at = NLMSG_HDRLEN + GENL_HDRLEN;
	const struct nlattr *attr;

	for (; at + NLA_HDRLEN <= nlh->nlmsg_len; at += NLA_ALIGN(attr->nla_len)) {
		attr = (const struct nlattr *)((const char *)nlh + at);
		if (attr->nla_len < NLA_HDRLEN || at + attr->nla_len > nlh->nlmsg_len)
			return NULL;
		if ((attr->nla_type & NLA_TYPE_MASK) == wanted &&
		    attr->nla_len >= NLA_HDRLEN + len)
			return (const char *)attr + NLA_HDRLEN;
	}
	return NULL;
}

static void take_result(const struct nlmsghdr *nlh)
{
	const int32_t *error = find_attr(nlh, A(ERROR), sizeof(*error));

	count(RESULT, error ? -*error : EBADMSG);
	if (target.refused)
		wrong("a request that must be refused was carried out");
}

/* Nodes that a dump told of. */
static char found[64][RAFTVAL_NAME_LEN];
static unsigned int n_found;

static void take_node(const struct nlmsghdr *nlh)
{
	const char *name = find_attr(nlh, A(NAME), 1);

	if (name && strcmp(name, target.node) && n_found < ARRAY_SIZE(found))
		snprintf(found[n_found++], sizeof(found[0]), "%s", name);
}

static void take(const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = (const struct genlmsghdr *)(nlh + 1);

	if (nlh->nlmsg_type == NLMSG_ERROR)
		take_error(nlh);
	else if (nlh->nlmsg_type == family && genl->cmd == RAFTVAL_CMD_RESULT)
		take_result(nlh);
	else if (nlh->nlmsg_type == family && genl->cmd == RAFTVAL_CMD_NODE_GET)
		take_node(nlh);
}

/* All that has come. */
static void drain(void)
{
	static char buf[256 * 1024] __attribute__((aligned(8)));
	const struct nlmsghdr *nlh;
	ssize_t len, left;

	n_found = 0;
	while ((len = recv(nl, buf, sizeof(buf), MSG_DONTWAIT)) > 0 ||
	       (len < 0 && (errno == EINTR || errno == ENOBUFS)))
		for (nlh = (void *)buf, left = len; NLMSG_OK(nlh, left);
		     nlh = NLMSG_NEXT(nlh, left))
			take(nlh);
}

static bool open_socket(void)
{
	const int on = 1;

	nl = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (nl < 0)
		return false;
	if (one_in(2))
		setsockopt(nl, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	if (one_in(4))
		setsockopt(nl, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	if (group && one_in(4))
		setsockopt(nl, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group));
	return true;
}

/* Sometimes something follows that is no message. */
static void send_message(struct message *m, bool damaged)
{
	struct iovec iov[] = {
		{ m->buf, m->len }, { target.arena + below(PAGE), below(200) },
	};
	const struct msghdr msg = {
		.msg_iov = iov,
		.msg_iovlen = damaged && one_in(16) ? 2 : 1,
	};

	look_out(m, damaged);
	if (sendmsg(nl, &msg, MSG_DONTWAIT) < 0) {
		count(outlook.kind, errno);
		return;
	}
	drain();
	check_outlook();
}

/**
 * netlink_call() - send a request, and take what has come
 */
void netlink_call(void)
{
	struct message *m = &message;
	struct nlmsghdr *nlh = (struct nlmsghdr *)m->buf;
	unsigned int n = one_in(3) ? 1 + below(3) : 0, cmd;
	bool damaged = false;

	do
		cmd = 1 + below(RAFTVAL_CMD_MAX);
	while (!commands[cmd].attr[0]);
	if (one_in(32))
		cmd = draw() >> 56;

	build(m, cmd);
	for (; n; n--)
		damage_attrs(m);
	nlh->nlmsg_len = m->len;
	if (one_in(16)) {
		damage_header(m);
		damaged = true;
	}
	if (!target.refused && harms(m))
		m->buf[NLMSG_HDRLEN] = RAFTVAL_CMD_NODE_GET;
	send_message(m, damaged);
}

/**
 * netlink_reopen() - take another socket
 *
 * Closing the one before gives up what was asked with it.
 */
void netlink_reopen(void)
{
	close(nl);
	if (!open_socket())
		exit(2);
}

/**
 * netlink_sweep() - take down all nodes but the one that stays
 *
 * Damage gives some a name that no request has.
 */
void netlink_sweep(void)
{
	struct message *m = &message;
	char names[ARRAY_SIZE(found)][RAFTVAL_NAME_LEN];
	unsigned int i, n;

	header(m, RAFTVAL_CMD_NODE_GET)->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	((struct nlmsghdr *)m->buf)->nlmsg_len = m->len;
	send_message(m, false);
	memcpy(names, found, sizeof(names));
	n = target.refused ? 0 : n_found;
	for (i = 0; i < n; i++) {
		struct nlmsghdr *nlh = header(m, RAFTVAL_CMD_DOWN);

		add(m, A(NAME), names[i], strlen(names[i]) + 1);
		nlh->nlmsg_len = m->len;
		send_message(m, false);
	}
}

/* The numbers of the family and of its group. */
static bool find_family(void)
{
	struct message *m = &message;
	struct nlmsghdr *nlh = header(m, CTRL_CMD_GETFAMILY);
	const char *at, *end;
	ssize_t len;

	nlh->nlmsg_type = GENL_ID_CTRL;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	add(m, CTRL_ATTR_FAMILY_NAME, RAFTVAL_GENL_NAME, sizeof(RAFTVAL_GENL_NAME));
	nlh->nlmsg_len = m->len;
	if (send(nl, m->buf, m->len, 0) < 0)
		return false;
	len = recv(nl, m->buf, sizeof(m->buf), 0);
	at = len > 0 && nlh->nlmsg_type == GENL_ID_CTRL ?
	     find_attr(nlh, CTRL_ATTR_FAMILY_ID, sizeof(family)) : NULL;
	if (!at)
		return false;
	memcpy(&family, at, sizeof(family));
	/* There is one group: its number is the only attribute of this type in the nests. */
	at = find_attr(nlh, CTRL_ATTR_MCAST_GROUPS, 3 * NLA_HDRLEN);
	end = (const char *)m->buf + len;
	for (at = at ? at + NLA_HDRLEN : end; at + NLA_HDRLEN + sizeof(group) <= end;
	     at += NLA_ALIGN(((const struct nlattr *)at)->nla_len ?: NLA_HDRLEN))
		if (((const struct nlattr *)at)->nla_type == CTRL_ATTR_MCAST_GRP_ID && !group)
			memcpy(&group, at + NLA_HDRLEN, sizeof(group));
	return true;
}

/**
 * netlink_command() - name of a command
 * @cmd: its number, known
 *
 * Return: the name.
 */
const char *netlink_command(unsigned int cmd)
{
	return commands[cmd].name ?: "no command";
}

/**
 * netlink_prepare() - find the family, and what may be a store
 *
 * Return: false if there is none.
 */
bool netlink_prepare(void)
{
	int pipes[2];

	stores[0] = target.store ? open(target.store, O_RDWR | O_DIRECT | O_DSYNC | O_CLOEXEC) : -1;
	stores[1] = open("/dev/null", O_RDWR | O_CLOEXEC);
	stores[2] = pipe2(pipes, O_CLOEXEC) ? -1 : pipes[0];
	stores[3] = memfd_create("calls", MFD_CLOEXEC);
	stores[4] = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (ftruncate(stores[3], FILE_SIZE) || (target.store && stores[0] < 0))
		return false;
	return open_socket() && find_family();
}
