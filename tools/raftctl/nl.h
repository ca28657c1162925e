/* SPDX-License-Identifier: GPL-2.0 */
/* Talking to the module over generic netlink. */
#ifndef RAFTCTL_NL_H
#define RAFTCTL_NL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <libmnl/libmnl.h>
#include <linux/types.h>

/* Bytes of the longest message: a value of the largest size and what surrounds it. */
#define NL_BUFFER	(128 * 1024)

/* Called for each message; returns 0, or the exit status to stop with. */
typedef int (*nl_reply)(const struct nlmsghdr *nlh, void *ctx);

/**
 * struct nl_result - how a request ended that waited for the cluster
 * @error: 0 or a negative errno; 0 also if it is not known how it ended
 * @revision: of the value, where the result says it
 */
struct nl_result {
	int error;
	__u64 revision;
};

void nl_about(const char *format, ...) __attribute__((format(printf, 1, 2)));
bool nl_open(void);
void nl_not_loaded(void);
struct nlmsghdr *nl_request(uint8_t cmd);
struct nlmsghdr *nl_node_request(uint8_t cmd);
uint8_t nl_cmd(const struct nlmsghdr *nlh);
bool nl_get(struct nlmsghdr *nlh, nl_reply reply, void *ctx);
bool nl_dump(struct nlmsghdr *nlh, nl_reply reply, void *ctx);
bool nl_do(struct nlmsghdr *nlh, uint32_t timeout_ms, nl_reply reply, void *ctx,
	   struct nl_result *result);
bool nl_subscribe(void);
int nl_watch(nl_reply news, int (*lost)(void *ctx), void *ctx, __u64 until);
__u64 nl_now(void);

#endif /* RAFTCTL_NL_H */
