// SPDX-License-Identifier: GPL-2.0
#include <linux/string.h>
#include "members.h"

#define VOTES	(RAFT_MEMBER_VOTER | RAFT_MEMBER_OLD)
#define FLAGS	(VOTES | RAFT_MEMBER_JOINING)

/**
 * raft_config_find() - the slot of a member
 * @config: where
 * @id: who
 *
 * Return: its place in @config->member, or -1
 */
int raft_config_find(const struct raft_config *config, u64 id)
{
	int i;

	for (i = 0; i < config->n; i++)
		if (config->member[i].id == id)
			return i;
	return -1;
}

/**
 * raft_config_label() - another member with the same label
 * @config: where
 * @label: the label
 * @other_than: a member that does not count
 *
 * Return: the member, or NULL
 */
const struct raft_member *raft_config_label(const struct raft_config *config, const char *label,
					    u64 other_than)
{
	int i;

	for (i = 0; i < config->n; i++)
		if (config->member[i].id != other_than && !strcmp(config->member[i].label, label))
			return &config->member[i];
	return NULL;
}

/**
 * raft_config_voters() - how many vote in the configuration (in C_new while joint)
 * @config: which
 *
 * Return: their number
 */
u32 raft_config_voters(const struct raft_config *config)
{
	u32 i, n = 0;

	for (i = 0; i < config->n; i++)
		n += !!(config->member[i].flags & RAFT_MEMBER_VOTER);
	return n;
}

/**
 * raft_config_votes() - does a member's vote count, in either half?
 * @config: where
 * @id: who
 *
 * Return: true if it does
 */
bool raft_config_votes(const struct raft_config *config, u64 id)
{
	int i = raft_config_find(config, id);

	return i >= 0 && config->member[i].flags & VOTES;
}

/**
 * raft_times_valid() - can a cluster work with these times?
 * @heartbeat_ms: heartbeat interval
 * @election_ms: least election timeout; at least twice the interval, so that
 *	one lost heartbeat alone elects nobody
 *
 * Return: true if it can
 */
bool raft_times_valid(u32 heartbeat_ms, u32 election_ms)
{
	return heartbeat_ms >= 1 && election_ms <= 60000 && heartbeat_ms <= election_ms / 2;
}

static bool member_valid(const struct raft_member *member, bool joint)
{
	if (!member->id || member->flags & ~FLAGS || !member->label[0] ||
	    member->label[RAFT_LABEL_LEN - 1])
		return false;
	if (member->flags & RAFT_MEMBER_OLD && !joint)
		return false;
	return !(member->flags & VOTES && member->flags & RAFT_MEMBER_JOINING);
}

/**
 * raft_config_valid() - may this be believed?
 * @config: a configuration that came from outside
 *
 * Return: true if every field is in its range and somebody votes
 */
bool raft_config_valid(const struct raft_config *config)
{
	u32 i;

	if (config->n > RAFT_MEMBERS_MAX || !raft_config_voters(config) ||
	    !raft_times_valid(config->heartbeat_ms, config->election_ms) ||
	    !config->value_max || config->value_max > RAFT_VALUE_LIMIT)
		return false;
	for (i = 0; i < config->n; i++) {
		if (!member_valid(&config->member[i], config->joint))
			return false;
		if (i && config->member[i].id <= config->member[i - 1].id)
			return false;
	}
	return true;
}

/**
 * raft_config_add() - add a member
 * @config: where
 * @member: who; not in @config
 *
 * Return: false if there is no slot
 */
bool raft_config_add(struct raft_config *config, const struct raft_member *member)
{
	u32 i;

	if (config->n == RAFT_MEMBERS_MAX)
		return false;
	for (i = config->n++; i > 0 && config->member[i - 1].id > member->id; i--)
		config->member[i] = config->member[i - 1];
	config->member[i] = *member;
	return true;
}

/**
 * raft_config_remove() - remove a member, if it is there
 * @config: where
 * @id: who
 */
void raft_config_remove(struct raft_config *config, u64 id)
{
	int i = raft_config_find(config, id);

	if (i < 0)
		return;
	config->n--;
	memmove(&config->member[i], &config->member[i + 1],
		(config->n - i) * sizeof(config->member[0]));
}

/**
 * raft_config_enter_joint() - C_old becomes C_old,new with C_new equal to it
 * @config: a configuration that is not joint; the caller then takes
 *	%RAFT_MEMBER_VOTER from who goes and gives it to who comes
 *
 * Dissertation section 4.3.
 */
void raft_config_enter_joint(struct raft_config *config)
{
	u32 i;

	config->joint = true;
	for (i = 0; i < config->n; i++)
		if (config->member[i].flags & RAFT_MEMBER_VOTER)
			config->member[i].flags |= RAFT_MEMBER_OLD;
}

/**
 * raft_config_leave_joint() - C_old,new becomes C_new
 * @config: a joint configuration; who voted only in C_old is no member any more
 */
void raft_config_leave_joint(struct raft_config *config)
{
	u32 i = 0;

	config->joint = false;
	while (i < config->n) {
		struct raft_member *member = &config->member[i];

		if ((member->flags & VOTES) == RAFT_MEMBER_OLD) {
			raft_config_remove(config, member->id);
			continue;
		}
		member->flags &= ~RAFT_MEMBER_OLD;
		i++;
	}
}

/**
 * raft_addr_equal() - are two addresses the same?
 * @a: one
 * @b: the other
 *
 * Return: true if they are
 */
bool raft_addr_equal(const struct raft_addr *a, const struct raft_addr *b)
{
	return a->family == b->family && a->port == b->port && a->scope == b->scope &&
	       !memcmp(a->ip, b->ip, sizeof(a->ip));
}
