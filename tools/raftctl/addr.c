// SPDX-License-Identifier: GPL-2.0
/* Addresses: text, netlink attributes, and back. */
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/types.h>
#include "addr.h"
#include "args.h"
#include "raftctl.h"

static bool parse_port(struct addr *addr, const char *text)
{
	__u64 port;

	if (!args_number(text, &port) || !port || port > 65535)
		return false;
	addr->port = port;
	return true;
}

static bool link_local(const struct addr *addr)
{
	return addr->len == 16 && IN6_IS_ADDR_LINKLOCAL((const struct in6_addr *)addr->ip);
}

static bool parse_ip(struct addr *addr, char *text)
{
	char *scope = strchr(text, '%');

	if (scope) {
		*scope++ = '\0';
		addr->scope = if_nametoindex(scope);
		if (!addr->scope)
			return false;
	}
	if (inet_pton(AF_INET6, text, addr->ip) == 1) {
		addr->len = 16;
		return true;
	}
	addr->len = 4;
	return !scope && inet_pton(AF_INET, text, addr->ip) == 1;
}

/* Cuts [IP]:PORT, IP:PORT, IP in two; port is NULL if there is none. */
static bool split(char *text, char **ip, char **port)
{
	char *end;

	*ip = text;
	*port = NULL;
	if (*text == '[') {
		end = strchr(text, ']');
		if (!end || (end[1] && end[1] != ':'))
			return false;
		*ip = text + 1;
		*end = '\0';
		if (end[1])
			*port = end + 2;
		return true;
	}
	end = strchr(text, ':');
	if (end && end == strrchr(text, ':')) {
		*end = '\0';
		*port = end + 1;
	}
	return true;
}

/**
 * addr_parse() - read an address
 * @addr: gets it
 * @text: IP, IP:PORT or [IP]:PORT; the port is %RAFTVAL_PORT where there is none
 *
 * Return: true, or false and it is said what is wrong.
 */
bool addr_parse(struct addr *addr, const char *text)
{
	char copy[ADDR_TEXT], *ip, *port;

	memset(addr, 0, sizeof(*addr));
	addr->port = RAFTVAL_PORT;
	if (snprintf(copy, sizeof(copy), "%s", text) >= (int)sizeof(copy) ||
	    !split(copy, &ip, &port) || !parse_ip(addr, ip)) {
		complain("'%s' is no address; 192.0.2.1, 192.0.2.1:7497 and [fd00::1]:7497 are",
			 text);
		return false;
	}
	if (port && !parse_port(addr, port)) {
		complain("'%s' is no port; give one from 1 to 65535", port);
		return false;
	}
	if (link_local(addr) && !addr->scope) {
		complain("'%s' is link-local; name the interface too, as in [fe80::1%%eth0]", text);
		return false;
	}
	return true;
}

/**
 * addr_text() - write an address as addr_parse() reads it
 * @addr: the address
 * @text: gets it
 *
 * Return: @text.
 */
const char *addr_text(const struct addr *addr, char text[ADDR_TEXT])
{
	char ip[INET6_ADDRSTRLEN], name[IF_NAMESIZE + 1] = "%";

	if (!addr->len) {
		snprintf(text, ADDR_TEXT, "-");
		return text;
	}
	inet_ntop(addr->len == 4 ? AF_INET : AF_INET6, addr->ip, ip, sizeof(ip));
	if (!addr->scope)
		name[0] = '\0';
	else if (!if_indextoname(addr->scope, name + 1))
		snprintf(name + 1, IF_NAMESIZE, "%u", addr->scope);
	snprintf(text, ADDR_TEXT, addr->len == 4 ? "%s%s:%u" : "[%s%s]:%u", ip, name, addr->port);
	return text;
}

/**
 * addr_put() - add an address to a message
 * @nlh: the message
 * @type: the attribute
 * @addr: the address
 */
void addr_put(struct nlmsghdr *nlh, int type, const struct addr *addr)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, type);

	mnl_attr_put(nlh, RAFTVAL_A_ADDR_IP, addr->len, addr->ip);
	mnl_attr_put_u16(nlh, RAFTVAL_A_ADDR_PORT, addr->port);
	mnl_attr_put_u32(nlh, RAFTVAL_A_ADDR_SCOPE, addr->scope);
	mnl_attr_nest_end(nlh, nest);
}

/**
 * addr_get() - take an address from a message
 * @addr: gets it
 * @nest: the attribute
 */
void addr_get(struct addr *addr, const struct nlattr *nest)
{
	const struct nlattr *attr;
	unsigned int len;

	memset(addr, 0, sizeof(*addr));
	mnl_attr_for_each_nested(attr, nest) {
		len = mnl_attr_get_payload_len(attr);
		switch (mnl_attr_get_type(attr)) {
		case RAFTVAL_A_ADDR_IP:
			if (len != 4 && len != 16)
				break;
			addr->len = len;
			memcpy(addr->ip, mnl_attr_get_payload(attr), len);
			break;
		case RAFTVAL_A_ADDR_PORT:
			addr->port = mnl_attr_get_u16(attr);
			break;
		case RAFTVAL_A_ADDR_SCOPE:
			addr->scope = mnl_attr_get_u32(attr);
			break;
		}
	}
}

/**
 * addr_source() - find this host's own address on the way to another
 * @source: gets it, with the port %RAFTVAL_PORT
 * @target: the other
 *
 * Nothing is sent: a UDP socket learns its own address when it is connected.
 *
 * Return: whether there is a way.
 */
bool addr_source(struct addr *source, const struct addr *target)
{
	struct sockaddr_in6 in6 = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(target->port),
		.sin6_scope_id = target->scope,
	};
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(target->port) };
	bool v4 = target->len == 4, found;
	struct sockaddr *sa = v4 ? (struct sockaddr *)&in : (struct sockaddr *)&in6;
	void *ip = v4 ? (void *)&in.sin_addr : (void *)&in6.sin6_addr;
	socklen_t len = v4 ? sizeof(in) : sizeof(in6);
	int fd = socket(sa->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	memcpy(ip, target->ip, target->len);
	found = fd >= 0 && !connect(fd, sa, len) && !getsockname(fd, sa, &len);
	if (fd >= 0)
		close(fd);
	memset(source, 0, sizeof(*source));
	source->len = target->len;
	source->port = RAFTVAL_PORT;
	source->scope = link_local(target) ? target->scope : 0;
	memcpy(source->ip, ip, target->len);
	return found;
}
