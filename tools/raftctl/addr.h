/* SPDX-License-Identifier: GPL-2.0 */
/* Addresses: text, netlink attributes, and back. */
#ifndef RAFTCTL_ADDR_H
#define RAFTCTL_ADDR_H

#include <stdbool.h>
#include <stdint.h>
#include <libmnl/libmnl.h>

/* Bytes of the longest text of an address, the NUL included. */
#define ADDR_TEXT	96

/**
 * struct addr - an address
 * @len: bytes of @ip: 4, 16, or 0 for none
 * @port: UDP port
 * @scope: interface index, for link-local IPv6
 * @ip: the address, network byte order
 */
struct addr {
	unsigned int len;
	uint16_t port;
	uint32_t scope;
	uint8_t ip[16];
};

bool addr_parse(struct addr *addr, const char *text);
const char *addr_text(const struct addr *addr, char text[ADDR_TEXT]);
void addr_put(struct nlmsghdr *nlh, int type, const struct addr *addr);
void addr_get(struct addr *addr, const struct nlattr *nest);
bool addr_source(struct addr *source, const struct addr *target);

#endif /* RAFTCTL_ADDR_H */
