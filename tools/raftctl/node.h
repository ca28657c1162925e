/* SPDX-License-Identifier: GPL-2.0 */
/* A node as the kernel describes it. */
#ifndef RAFTCTL_NODE_H
#define RAFTCTL_NODE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <linux/raftval.h>
#include <linux/raftval_netlink.h>
#include <linux/types.h>
#include "addr.h"

#define NODE_CHANGES	16
#define NODE_TEXT	256

/**
 * struct peer - a member of the cluster
 * @id: its id
 * @label: its name for people
 * @addr: where it listens
 * @flags: &enum raftval_member
 * @progress: the node is the leader and knows @match and @next
 * @match: highest index known to be on it
 * @next: next index to send
 * @heard: @heard_ms is known
 * @heard_ms: milliseconds since it last answered
 * @snapshot: it is being sent a snapshot
 * @session: there is a session with it
 * @key: name of the key of that
 */
struct peer {
	__u64 id;
	char label[RAFTVAL_LABEL_LEN];
	struct addr addr;
	uint32_t flags;
	bool progress;
	__u64 match;
	__u64 next;
	bool heard;
	__u64 heard_ms;
	bool snapshot;
	bool session;
	uint32_t key;
};

/**
 * struct change - a change of the role or the leader
 * @ago_ms: milliseconds since
 * @term: in which term
 * @was: role before
 * @role: role after
 * @reason: &enum raftval_reason
 * @who: the member that it speaks of, or 0
 * @ms: the milliseconds that it speaks of
 * @text: all of it as a sentence
 */
struct change {
	__u64 ago_ms;
	__u64 term;
	uint32_t was;
	uint32_t role;
	uint32_t reason;
	__u64 who;
	uint32_t ms;
	char text[NODE_TEXT];
};

/**
 * struct node - a node; what a message does not say is 0
 *
 * The fields are the attributes of the same names, see raftval.yaml; @store is where
 * the store is, empty for a volatile node, @key has the names of its keys, @n_keys of them,
 * @asked_us is when the message came, in microseconds since 1970.
 */
struct node {
	long long asked_us;
	char name[RAFTVAL_NAME_LEN];
	struct addr listen;
	char label[RAFTVAL_LABEL_LEN];
	uint32_t heartbeat_ms;
	uint32_t election_ms;
	uint32_t value_max;
	uint8_t cluster[16];
	__u64 id;
	uint32_t role;
	bool removed;
	bool failed;
	__u64 term;
	__u64 vote;
	__u64 leader;
	bool quorum;
	__u64 quorum_ms;
	__u64 first;
	__u64 last;
	__u64 commit;
	__u64 applied;
	__u64 durable;
	__u64 revision;
	uint32_t value_len;
	__u64 hash;
	__u64 config_index;
	bool joint;
	unsigned int n_peers;
	struct peer peer[RAFTVAL_MEMBERS_MAX];
	unsigned int n_changes;
	struct change change[NODE_CHANGES];
	char store[PATH_MAX];
	__u64 promised;
	uint32_t incarnation;
	bool insecure;
	unsigned int n_keys;
	uint32_t key[2];
};

void node_parse(struct node *node, const struct nlmsghdr *nlh);
bool node_get(struct node *node);
bool node_get_made(struct node *node);
const struct peer *node_peer(const struct node *node, __u64 id);
const char *node_label(const struct node *node, __u64 id);
const struct peer *node_find_peer(const struct node *node, const char *text);
const char *node_role(uint32_t role);
const char *node_reason(uint32_t reason);
const char *node_place(const struct peer *peer);
void node_json(const char *key, const struct node *node);
void node_json_peers(const char *key, const struct node *node);
void node_json_change(const char *key, const struct node *node, const struct change *change);
void node_json_keys(const struct node *node);

#endif /* RAFTCTL_NODE_H */
