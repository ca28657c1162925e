// SPDX-License-Identifier: GPL-2.0
/* A node as the kernel describes it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/genetlink.h>
#include <linux/types.h>
#include "json.h"
#include "nl.h"
#include "node.h"
#include "raftctl.h"
#include "when.h"

static void copy_text(char *to, size_t size, const struct nlattr *attr)
{
	snprintf(to, size, "%s", mnl_attr_get_str(attr));
}

static void parse_peer(struct peer *peer, const struct nlattr *nest)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest) {
		switch (mnl_attr_get_type(attr)) {
		case RAFTVAL_A_PEER_ID:
			peer->id = mnl_attr_get_u64(attr);
			break;
		case RAFTVAL_A_PEER_LABEL:
			copy_text(peer->label, sizeof(peer->label), attr);
			break;
		case RAFTVAL_A_PEER_ADDR:
			addr_get(&peer->addr, attr);
			break;
		case RAFTVAL_A_PEER_FLAGS:
			peer->flags = mnl_attr_get_u32(attr);
			break;
		case RAFTVAL_A_PEER_MATCH:
			peer->match = mnl_attr_get_u64(attr);
			peer->progress = true;
			break;
		case RAFTVAL_A_PEER_NEXT:
			peer->next = mnl_attr_get_u64(attr);
			break;
		case RAFTVAL_A_PEER_HEARD_MS:
			peer->heard_ms = mnl_attr_get_u64(attr);
			peer->heard = true;
			break;
		case RAFTVAL_A_PEER_SNAPSHOT:
			peer->snapshot = true;
			break;
		case RAFTVAL_A_PEER_KEY_NAME:
			peer->key = mnl_attr_get_u32(attr);
			peer->session = true;
			break;
		}
	}
}

static void parse_change(struct change *change, const struct nlattr *nest)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest) {
		switch (mnl_attr_get_type(attr)) {
		case RAFTVAL_A_CHANGE_AGO_MS:
			change->ago_ms = mnl_attr_get_u64(attr);
			break;
		case RAFTVAL_A_CHANGE_TERM:
			change->term = mnl_attr_get_u64(attr);
			break;
		case RAFTVAL_A_CHANGE_WAS:
			change->was = mnl_attr_get_u32(attr);
			break;
		case RAFTVAL_A_CHANGE_ROLE:
			change->role = mnl_attr_get_u32(attr);
			break;
		case RAFTVAL_A_CHANGE_REASON:
			change->reason = mnl_attr_get_u32(attr);
			break;
		case RAFTVAL_A_CHANGE_WHO:
			change->who = mnl_attr_get_u64(attr);
			break;
		case RAFTVAL_A_CHANGE_MS:
			change->ms = mnl_attr_get_u32(attr);
			break;
		case RAFTVAL_A_CHANGE_TEXT:
			copy_text(change->text, sizeof(change->text), attr);
			break;
		}
	}
}

/* The attributes that are one number each. */
static const struct number {
	int type;
	size_t offset;
} numbers32[] = {
	{ RAFTVAL_A_NODE_HEARTBEAT_MS, offsetof(struct node, heartbeat_ms) },
	{ RAFTVAL_A_NODE_ELECTION_MS, offsetof(struct node, election_ms) },
	{ RAFTVAL_A_NODE_VALUE_MAX, offsetof(struct node, value_max) },
	{ RAFTVAL_A_NODE_ROLE, offsetof(struct node, role) },
	{ RAFTVAL_A_NODE_VALUE_LEN, offsetof(struct node, value_len) },
	{ RAFTVAL_A_NODE_INCARNATION, offsetof(struct node, incarnation) },
	{ },
}, numbers64[] = {
	{ RAFTVAL_A_NODE_MEMBER_ID, offsetof(struct node, id) },
	{ RAFTVAL_A_NODE_TERM, offsetof(struct node, term) },
	{ RAFTVAL_A_NODE_VOTE, offsetof(struct node, vote) },
	{ RAFTVAL_A_NODE_LEADER, offsetof(struct node, leader) },
	{ RAFTVAL_A_NODE_QUORUM_MS, offsetof(struct node, quorum_ms) },
	{ RAFTVAL_A_NODE_FIRST_INDEX, offsetof(struct node, first) },
	{ RAFTVAL_A_NODE_LAST_INDEX, offsetof(struct node, last) },
	{ RAFTVAL_A_NODE_COMMIT_INDEX, offsetof(struct node, commit) },
	{ RAFTVAL_A_NODE_APPLIED_INDEX, offsetof(struct node, applied) },
	{ RAFTVAL_A_NODE_DURABLE_INDEX, offsetof(struct node, durable) },
	{ RAFTVAL_A_NODE_REVISION, offsetof(struct node, revision) },
	{ RAFTVAL_A_NODE_STATE_HASH, offsetof(struct node, hash) },
	{ RAFTVAL_A_NODE_CONFIG_INDEX, offsetof(struct node, config_index) },
	{ RAFTVAL_A_NODE_PROMISED_INDEX, offsetof(struct node, promised) },
	{ },
};

static void parse_number(struct node *node, const struct nlattr *attr)
{
	const struct number *number;
	uint32_t narrow;
	__u64 wide;

	for (number = numbers32; number->type; number++)
		if (number->type == mnl_attr_get_type(attr)) {
			narrow = mnl_attr_get_u32(attr);
			memcpy((char *)node + number->offset, &narrow, sizeof(narrow));
		}
	for (number = numbers64; number->type; number++)
		if (number->type == mnl_attr_get_type(attr)) {
			wide = mnl_attr_get_u64(attr);
			memcpy((char *)node + number->offset, &wide, sizeof(wide));
		}
}

/* The one in use comes first. */
static void parse_key(struct node *node, const struct nlattr *attr)
{
	if (node->n_keys < ARRAY_SIZE(node->key))
		node->key[node->n_keys++] = mnl_attr_get_u32(attr);
}

/**
 * node_parse() - take a node from a message
 * @node: gets it
 * @nlh: the message
 */
void node_parse(struct node *node, const struct nlmsghdr *nlh)
{
	const struct nlattr *attr;

	memset(node, 0, sizeof(*node));
	node->asked_us = when_now();
	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		switch (mnl_attr_get_type(attr)) {
		case RAFTVAL_A_NODE_NAME:
			copy_text(node->name, sizeof(node->name), attr);
			break;
		case RAFTVAL_A_NODE_LISTEN:
			addr_get(&node->listen, attr);
			break;
		case RAFTVAL_A_NODE_LABEL:
			copy_text(node->label, sizeof(node->label), attr);
			break;
		case RAFTVAL_A_NODE_STORE_PATH:
			copy_text(node->store, sizeof(node->store), attr);
			break;
		case RAFTVAL_A_NODE_CLUSTER_ID:
			if (mnl_attr_get_payload_len(attr) == sizeof(node->cluster))
				memcpy(node->cluster, mnl_attr_get_payload(attr), 16);
			break;
		case RAFTVAL_A_NODE_REMOVED:
			node->removed = true;
			break;
		case RAFTVAL_A_NODE_FAILED:
			node->failed = true;
			break;
		case RAFTVAL_A_NODE_JOINT:
			node->joint = true;
			break;
		case RAFTVAL_A_NODE_INSECURE:
			node->insecure = true;
			break;
		case RAFTVAL_A_NODE_KEY_NAME:
		case RAFTVAL_A_NODE_KEY_ACCEPT_NAME:
			parse_key(node, attr);
			break;
		case RAFTVAL_A_NODE_MEMBER:
			if (node->n_peers < RAFTVAL_MEMBERS_MAX)
				parse_peer(&node->peer[node->n_peers++], attr);
			break;
		case RAFTVAL_A_NODE_CHANGE:
			if (node->n_changes < NODE_CHANGES)
				parse_change(&node->change[node->n_changes++], attr);
			break;
		case RAFTVAL_A_NODE_QUORUM_MS:
			node->quorum = true;
			parse_number(node, attr);
			break;
		default:
			parse_number(node, attr);
		}
	}
}

static int take_node(const struct nlmsghdr *nlh, void *ctx)
{
	node_parse(ctx, nlh);
	return 0;
}

/**
 * node_get() - ask for the node that the user named
 * @node: gets it
 *
 * Return: true, or false and it is said what is wrong.
 */
bool node_get(struct node *node)
{
	return nl_open() && nl_get(nl_node_request(RAFTVAL_CMD_NODE_GET), take_node, node);
}

/**
 * node_get_made() - ask for the node that was just made
 * @node: gets what it is
 *
 * Return: false if it could not be asked: the user is told that, and that it is made.
 */
bool node_get_made(struct node *node)
{
	complain_after("the node is made, but can not be shown: ");
	return node_get(node);
}

/**
 * node_peer() - find a member by its id
 * @node: the node that knows it
 * @id: the id
 *
 * Return: the member or NULL.
 */
const struct peer *node_peer(const struct node *node, __u64 id)
{
	unsigned int i;

	for (i = 0; i < node->n_peers; i++)
		if (node->peer[i].id == id)
			return &node->peer[i];
	return NULL;
}

/**
 * node_label() - what to call a member
 * @node: the node that knows it
 * @id: its id, 0 for none
 *
 * Return: its label, else its id as text, good until the next call.
 */
const char *node_label(const struct node *node, __u64 id)
{
	const struct peer *peer = node_peer(node, id);
	static char text[24];

	if (peer && peer->label[0])
		return peer->label;
	if (!id)
		return "-";
	snprintf(text, sizeof(text), "%016llx", id);
	return text;
}

/**
 * node_find_peer() - find a member as a user names it
 * @node: the node that knows it
 * @text: label or id
 *
 * Return: the member, or NULL and it is said what is wrong.
 */
const struct peer *node_find_peer(const struct node *node, const char *text)
{
	const struct peer *found = NULL;
	unsigned int i, n = 0;
	char *end;
	__u64 id = strtoull(text, &end, 16);

	if (*text && !*end && node_peer(node, id))
		return node_peer(node, id);
	for (i = 0; i < node->n_peers; i++)
		if (!strcmp(node->peer[i].label, text)) {
			found = &node->peer[i];
			n++;
		}
	if (n == 1)
		return found;
	if (n)
		complain("%u members are called '%s'; give the id, raftctl peer list shows it",
			 n, text);
	else
		complain("no member has the label or id '%s'; raftctl peer list shows them", text);
	return NULL;
}

/**
 * node_role() - the name of a role
 * @role: &enum raftval_role
 *
 * Return: the name.
 */
const char *node_role(uint32_t role)
{
	static const char *const names[] = {
		[RAFTVAL_ROLE_FOLLOWER] = "follower",
		[RAFTVAL_ROLE_PRE_CANDIDATE] = "pre-candidate",
		[RAFTVAL_ROLE_CANDIDATE] = "candidate",
		[RAFTVAL_ROLE_LEADER] = "leader",
	};

	return role < ARRAY_SIZE(names) ? names[role] : "unknown";
}

/**
 * node_reason() - the name of a reason, for programs
 * @reason: &enum raftval_reason
 *
 * Return: the name.
 */
const char *node_reason(uint32_t reason)
{
	static const char *const names[] = {
		[RAFTVAL_REASON_START] = "start",
		[RAFTVAL_REASON_TIMEOUT] = "timeout",
		[RAFTVAL_REASON_TRANSFER] = "transfer",
		[RAFTVAL_REASON_PREVOTE_WON] = "prevote-won",
		[RAFTVAL_REASON_ELECTED] = "elected",
		[RAFTVAL_REASON_SAW_LEADER] = "saw-leader",
		[RAFTVAL_REASON_HIGHER_TERM] = "higher-term",
		[RAFTVAL_REASON_LOST_QUORUM] = "lost-quorum",
		[RAFTVAL_REASON_DISK_STALLED] = "disk-stalled",
		[RAFTVAL_REASON_DISK_FAILED] = "disk-failed",
		[RAFTVAL_REASON_OLD_STORE] = "old-store",
		[RAFTVAL_REASON_REMOVED] = "removed",
	};

	return reason < ARRAY_SIZE(names) ? names[reason] : "unknown";
}

/**
 * node_place() - what a member is in the configuration
 * @peer: the member
 *
 * Return: a word.
 */
const char *node_place(const struct peer *peer)
{
	if (peer->flags & RAFTVAL_MEMBER_VOTER)
		return "voter";
	if (peer->flags & RAFTVAL_MEMBER_OLD)
		return "leaving";
	return peer->flags & RAFTVAL_MEMBER_JOINING ? "joining" : "learner";
}

static void json_addr(const char *key, const struct addr *addr)
{
	char text[ADDR_TEXT];

	json_string(key, addr_text(addr, text));
}

static void json_key(const char *key, uint32_t name)
{
	char text[9];

	snprintf(text, sizeof(text), "%08x", name);
	json_string(key, text);
}

static void json_peer(const struct node *node, const struct peer *peer)
{
	json_open(NULL, '{');
	json_id("id", peer->id);
	json_bytes("label", peer->label, strlen(peer->label));
	json_addr("address", &peer->addr);
	json_string("member", node_place(peer));
	json_bool("self", peer->id == node->id);
	json_bool("leader", peer->id == node->leader);
	if (peer->progress) {
		json_number("match_index", peer->match);
		json_number("next_index", peer->next);
		json_bool("snapshot", peer->snapshot);
	}
	if (peer->heard)
		json_number("heard_ms", peer->heard_ms);
	if (peer->session)
		json_key("key", peer->key);
	json_close('}');
}

/**
 * node_json_peers() - the members, as JSON
 * @key: the key, or NULL
 * @node: the node that knows them
 */
void node_json_peers(const char *key, const struct node *node)
{
	unsigned int i;

	json_open(key, '[');
	for (i = 0; i < node->n_peers; i++)
		json_peer(node, &node->peer[i]);
	json_close(']');
}

/**
 * node_json_keys() - the names of a node's keys, as JSON
 * @node: the node
 */
void node_json_keys(const struct node *node)
{
	static const char *const keys[] = { "key", "key_accept" };
	unsigned int i;

	for (i = 0; i < node->n_keys; i++)
		json_key(keys[i], node->key[i]);
	json_bool("insecure", node->insecure);
}

/**
 * node_json_change() - a change of the role or the leader, as JSON
 * @key: the key, or NULL
 * @node: the node
 * @change: the change
 */
void node_json_change(const char *key, const struct node *node, const struct change *change)
{
	json_open(key, '{');
	json_number("ago_ms", change->ago_ms);
	json_string("time", when_text(node->asked_us - 1000LL * change->ago_ms, WHEN_MS));
	json_number("term", change->term);
	json_string("was", node_role(change->was));
	json_string("role", node_role(change->role));
	json_string("reason", node_reason(change->reason));
	json_id("who", change->who);
	if (node_peer(node, change->who))
		json_string("who_label", node_label(node, change->who));
	json_number("ms", change->ms);
	json_string("text", change->text);
	json_close('}');
}

/**
 * node_json() - all of a node, as JSON
 * @key: the key, or NULL
 * @node: the node
 */
void node_json(const char *key, const struct node *node)
{
	unsigned int i;

	json_open(key, '{');
	json_string("name", node->name);
	json_hex("cluster", node->cluster, sizeof(node->cluster));
	json_id("id", node->id);
	json_bytes("label", node->label, strlen(node->label));
	json_addr("address", &node->listen);
	json_string("role", node_role(node->role));
	json_bool("removed", node->removed);
	json_bool("failed", node->failed);
	json_bool("volatile", !node->store[0]);
	if (node->store[0]) {
		json_bytes("store_path", node->store, strlen(node->store));
		json_number("promised_index", node->promised);
		json_number("incarnation", node->incarnation);
	}
	json_number("term", node->term);
	json_id("vote", node->vote);
	json_id("leader", node->leader);
	if (node->quorum)
		json_number("quorum_ms", node->quorum_ms);
	json_number("first_index", node->first);
	json_number("last_index", node->last);
	json_number("commit_index", node->commit);
	json_number("applied_index", node->applied);
	json_number("durable_index", node->durable);
	json_number("revision", node->revision);
	json_number("value_len", node->value_len);
	json_number("value_max", node->value_max);
	json_id("state_hash", node->hash);
	json_number("heartbeat_ms", node->heartbeat_ms);
	json_number("election_ms", node->election_ms);
	json_number("config_index", node->config_index);
	json_bool("joint", node->joint);
	node_json_keys(node);
	node_json_peers("members", node);
	json_open("changes", '[');
	for (i = 0; i < node->n_changes; i++)
		node_json_change(NULL, node, &node->change[i]);
	json_close(']');
	json_close('}');
}
