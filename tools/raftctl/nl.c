// SPDX-License-Identifier: GPL-2.0
/*
 * Talking to the module over generic netlink
 *
 * Two sockets: one for requests, one for the news, so that what comes on its
 * own never mixes with an answer. Every refusal is said here, so the callers
 * learn only that there was one.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <linux/genetlink.h>
#include <sys/socket.h>
#include <sys/time.h>
#include "nl.h"
#include "raftctl.h"

/* How long the kernel has to answer on top of what it waits for the cluster. */
#define SLACK_MS	5000

static struct mnl_socket *requests, *news_socket;
static uint16_t family;
static uint32_t group;
static uint32_t seq;

/* One request or one answer at a time. */
static char out[NL_BUFFER], in[NL_BUFFER];

/* What a refusal is about. */
static char about[256];

/**
 * struct exchange - a request and what has come back so far
 * @reply: called for each message that is not the end
 * @ctx: for @reply
 * @acked: the kernel has taken the request
 * @ended: nothing more will come
 * @result: from the result message, if one is waited for
 * @error: 0, or a negative errno and a sentence was printed
 */
struct exchange {
	nl_reply reply;
	void *ctx;
	bool acked;
	bool ended;
	struct nl_result *result;
	int error;
};

/**
 * nl_now() - a clock for timeouts
 *
 * Return: milliseconds.
 */
__u64 nl_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ULL + ts.tv_nsec / 1000000;
}

/**
 * nl_about() - say what refusals are about, if that is more than the node
 * @format: as for printf
 */
void nl_about(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(about, sizeof(about), format, ap);
	va_end(ap);
}

static struct mnl_socket *open_socket(void)
{
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	int on = 1, size = 4 * NL_BUFFER;

	if (!nl)
		return NULL;
	if (mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0) {
		mnl_socket_close(nl);
		return NULL;
	}
	/* An old kernel that lacks these only says less. */
	mnl_socket_setsockopt(nl, NETLINK_EXT_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(nl, NETLINK_CAP_ACK, &on, sizeof(on));
	setsockopt(mnl_socket_get_fd(nl), SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return nl;
}

static void set_timeout(struct mnl_socket *nl, uint32_t ms)
{
	struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	setsockopt(mnl_socket_get_fd(nl), SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
}

/* What errors mean that come without a sentence. */
static const char *error_text(int error)
{
	switch (error) {
	case -EPERM:
		return "this needs the capability CAP_NET_ADMIN; run it as root";
	case -EOPNOTSUPP:
	case -EINVAL:
		return "the module does not understand this; use the raftctl that belongs to it";
	case -ENOMEM:
		return "the kernel has no memory left for this; try again";
	case -EINTR:
		return "interrupted";
	default:
		return strerror(-error);
	}
}

/* The kernel's sentence behind an error, NULL if it has none. */
static const char *extack_text(const struct nlmsghdr *nlh, size_t offset)
{
	const struct nlattr *attr;

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return NULL;
	mnl_attr_for_each(attr, nlh, offset)
		if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG)
			return mnl_attr_get_str(attr);
	return NULL;
}

static void refused(const char *text, int error)
{
	if (!about[0])
		nl_about("node %s", options.node);
	complain("%s: %s", about, text ?: error_text(error));
}

static void take_error(struct exchange *ex, const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);
	size_t offset = sizeof(*err);

	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		offset += err->msg.nlmsg_len - sizeof(err->msg);
	ex->acked = true;
	ex->error = err->error;
	if (ex->result)
		ex->result->error = err->error;
	if (err->error) {
		ex->ended = true;
		refused(extack_text(nlh, offset), err->error);
	} else if (!ex->result) {
		ex->ended = true;
	}
}

static void take_done(struct exchange *ex, const struct nlmsghdr *nlh)
{
	const int *error = mnl_nlmsg_get_payload(nlh);

	ex->ended = true;
	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*error) || !*error)
		return;
	ex->error = *error;
	refused(extack_text(nlh, sizeof(*error)), *error);
}

static void take_result(struct exchange *ex, const struct nlmsghdr *nlh)
{
	const struct nlattr *attr;
	const char *text = NULL;

	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		switch (mnl_attr_get_type(attr)) {
		case RAFTVAL_A_NODE_ERROR:
			ex->result->error = (int)mnl_attr_get_u32(attr);
			break;
		case RAFTVAL_A_NODE_TEXT:
			text = mnl_attr_get_str(attr);
			break;
		case RAFTVAL_A_NODE_REVISION:
			ex->result->revision = mnl_attr_get_u64(attr);
			break;
		}
	}
	ex->ended = true;
	ex->error = ex->result->error;
	if (ex->error)
		refused(text, ex->error);
}

static void take(struct exchange *ex, const struct nlmsghdr *nlh)
{
	if (nlh->nlmsg_seq != seq)
		return;
	if (nlh->nlmsg_type == NLMSG_ERROR)
		take_error(ex, nlh);
	else if (nlh->nlmsg_type == NLMSG_DONE)
		take_done(ex, nlh);
	else if (ex->result && nl_cmd(nlh) == RAFTVAL_CMD_RESULT)
		take_result(ex, nlh);
	else if (nlh->nlmsg_type >= NLMSG_MIN_TYPE && ex->reply && ex->reply(nlh, ex->ctx))
		ex->error = -EINVAL;
}

/* Even an answer takes memory: what was asked for may be done. */
static void complain_unanswered(int err)
{
	if (err == ENOBUFS)
		complain("no memory left for the answer: it may be done, look at the status");
	else
		complain("the kernel gave no answer: %s; is the module still loaded?",
			 err == EAGAIN ? "it took too long" : strerror(err));
}

/* Sends the request and takes what comes until its end. */
static bool exchange(struct nlmsghdr *nlh, uint32_t timeout_ms, struct exchange *ex)
{
	const struct nlmsghdr *msg;
	ssize_t len;
	int left;

	set_timeout(requests, timeout_ms + SLACK_MS);
	nlh->nlmsg_seq = ++seq;
	if (mnl_socket_sendto(requests, nlh, nlh->nlmsg_len) < 0) {
		if (ex->result)
			ex->result->error = -errno;
		complain("the kernel took no request: %s", strerror(errno));
		return false;
	}
	while (!ex->ended) {
		len = mnl_socket_recvfrom(requests, in, sizeof(in));
		if (len < 0) {
			complain_unanswered(errno);
			return false;
		}
		left = len;
		for (msg = (void *)in; mnl_nlmsg_ok(msg, left); msg = mnl_nlmsg_next(msg, &left))
			take(ex, msg);
	}
	return !ex->error;
}

/**
 * nl_cmd() - the command of a generic netlink message
 * @nlh: the message
 *
 * Return: the command.
 */
uint8_t nl_cmd(const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);

	return genl->cmd;
}

static struct nlmsghdr *message(uint16_t type, uint8_t cmd, uint8_t version)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(out);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = version;
	return nlh;
}

/**
 * nl_request() - begin a request
 * @cmd: the command
 *
 * Return: the message, to be filled and sent before the next is begun.
 */
struct nlmsghdr *nl_request(uint8_t cmd)
{
	return message(family, cmd, RAFTVAL_GENL_VERSION);
}

/**
 * nl_node_request() - begin a request to the node that the user named
 * @cmd: the command
 *
 * Return: the message, to be filled and sent before the next is begun.
 */
struct nlmsghdr *nl_node_request(uint8_t cmd)
{
	struct nlmsghdr *nlh = nl_request(cmd);

	mnl_attr_put_strz(nlh, RAFTVAL_A_NODE_NAME, options.node);
	return nlh;
}

static void take_group(const struct nlattr *groups)
{
	const struct nlattr *nest, *attr;
	const char *name;
	uint32_t id;

	mnl_attr_for_each_nested(nest, groups) {
		name = "";
		id = 0;
		mnl_attr_for_each_nested(attr, nest) {
			if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_NAME)
				name = mnl_attr_get_str(attr);
			else if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_ID)
				id = mnl_attr_get_u32(attr);
		}
		if (!strcmp(name, RAFTVAL_MCGRP_EVENTS))
			group = id;
	}
}

static int take_family(const struct nlmsghdr *nlh, void *ctx)
{
	const struct nlattr *attr;

	(void)ctx;
	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
			family = mnl_attr_get_u16(attr);
		else if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GROUPS)
			take_group(attr);
	}
	return 0;
}

static int family_error(const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);

	return -err->error;
}

/* Returns 0 or an errno: ENOENT if there is none. */
static int find_family(void)
{
	struct nlmsghdr *nlh = message(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1);
	const struct nlmsghdr *msg;
	int left, error = ENOENT;
	ssize_t len;

	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, RAFTVAL_GENL_NAME);
	nlh->nlmsg_flags &= ~NLM_F_ACK;
	set_timeout(requests, SLACK_MS);
	if (mnl_socket_sendto(requests, nlh, nlh->nlmsg_len) < 0)
		return errno;
	len = mnl_socket_recvfrom(requests, in, sizeof(in));
	if (len < 0)
		return errno;
	left = len;
	for (msg = (void *)in; mnl_nlmsg_ok(msg, left); msg = mnl_nlmsg_next(msg, &left)) {
		if (msg->nlmsg_type == GENL_ID_CTRL)
			take_family(msg, NULL);
		else if (msg->nlmsg_type == NLMSG_ERROR)
			error = family_error(msg);
	}
	return family ? 0 : error;
}

/** nl_not_loaded() - say that there is no module */
void nl_not_loaded(void)
{
	complain("the module raftval is not loaded; load it with modprobe raftval or insmod");
}

/**
 * nl_open() - find the module
 *
 * Return: true, or false and it is said what is wrong.
 */
bool nl_open(void)
{
	int error;

	if (requests)
		return true;
	requests = open_socket();
	if (!requests) {
		complain("netlink can not be used: %s", strerror(errno));
		return false;
	}
	error = find_family();
	if (error == ENOENT)
		nl_not_loaded();
	else if (error)
		complain("the kernel does not say whether the module is loaded: %s",
			 strerror(error));
	return !error;
}

/**
 * nl_get() - send a request that is answered at once
 * @nlh: the request
 * @reply: takes the answer
 * @ctx: for @reply
 *
 * Return: true, or false and it is said what is wrong.
 */
bool nl_get(struct nlmsghdr *nlh, nl_reply reply, void *ctx)
{
	struct exchange ex = { .reply = reply, .ctx = ctx };

	return exchange(nlh, 0, &ex);
}

/**
 * nl_dump() - send a request that is answered by any number of messages
 * @nlh: the request
 * @reply: takes each
 * @ctx: for @reply
 *
 * Return: true, or false and it is said what is wrong.
 */
bool nl_dump(struct nlmsghdr *nlh, nl_reply reply, void *ctx)
{
	struct exchange ex = { .reply = reply, .ctx = ctx };

	nlh->nlmsg_flags |= NLM_F_DUMP;
	return exchange(nlh, 0, &ex);
}

/**
 * nl_do() - send a request that waits for the cluster
 * @nlh: the request
 * @timeout_ms: how long the cluster may take
 * @reply: takes what comes before the result, may be NULL
 * @ctx: for @reply
 * @result: gets the result, may be NULL
 *
 * The kernel gives up when this process ends before the result is there.
 *
 * Return: true, or false and it is said what is wrong.
 */
bool nl_do(struct nlmsghdr *nlh, uint32_t timeout_ms, nl_reply reply, void *ctx,
	   struct nl_result *result)
{
	struct nl_result own = { 0 };
	struct exchange ex = { .reply = reply, .ctx = ctx, .result = result ?: &own };

	return exchange(nlh, timeout_ms, &ex);
}

/**
 * nl_subscribe() - have the news sent here
 *
 * Return: true, or false and it is said what is wrong.
 */
bool nl_subscribe(void)
{
	/* Where generic netlink tells that a family went away. */
	uint32_t families = GENL_ID_CTRL;

	news_socket = open_socket();
	if (news_socket &&
	    !mnl_socket_setsockopt(news_socket, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) &&
	    !mnl_socket_setsockopt(news_socket, NETLINK_ADD_MEMBERSHIP, &families,
				   sizeof(families)))
		return true;
	complain("the module's news can not be had: %s", strerror(errno));
	return false;
}

/* Whether the message says that the module was unloaded. */
static bool unloaded(const struct nlmsghdr *nlh)
{
	const struct nlattr *attr;

	if (nlh->nlmsg_type != GENL_ID_CTRL || nl_cmd(nlh) != CTRL_CMD_DELFAMILY)
		return false;
	mnl_attr_for_each(attr, nlh, GENL_HDRLEN)
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
			return mnl_attr_get_u16(attr) == family;
	return false;
}

static int take_news(const void *data, int left, nl_reply news, void *ctx)
{
	const struct nlmsghdr *msg;
	int rc = 0;

	for (msg = data; !rc && mnl_nlmsg_ok(msg, left); msg = mnl_nlmsg_next(msg, &left)) {
		if (msg->nlmsg_type == family)
			rc = news(msg, ctx);
		if (unloaded(msg)) {
			complain("the module was unloaded");
			rc = REFUSED;
		}
	}
	return rc;
}

/**
 * nl_watch() - take the news until told to stop
 * @news: takes each, returns 0 to go on
 * @lost: called when some could not be kept, returns 0 to go on
 * @ctx: for both
 * @until: give up when nl_now() is this; 0: never
 *
 * Return: what @news or @lost returned, or %REFUSED and it is said what is wrong.
 */
int nl_watch(nl_reply news, int (*lost)(void *ctx), void *ctx, __u64 until)
{
	ssize_t len;
	__u64 now;
	int rc = 0;

	while (!rc) {
		now = nl_now();
		if (until && now >= until) {
			complain("it did not happen in time");
			return REFUSED;
		}
		set_timeout(news_socket, until ? until - now : 0);
		len = mnl_socket_recvfrom(news_socket, in, sizeof(in));
		if (len >= 0) {
			rc = take_news(in, len, news, ctx);
		} else if (errno == ENOBUFS) {
			rc = lost(ctx);
		} else if (errno != EAGAIN) {
			complain("the module's news has ended: %s", strerror(errno));
			return REFUSED;
		}
	}
	return rc;
}
