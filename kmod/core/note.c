// SPDX-License-Identifier: GPL-2.0
/* Words for people: names of codes, and one sentence for each decision. */
#include <linux/kernel.h>
#include <linux/string.h>
#include "internal.h"

static const char * const role_names[RAFT_ROLES] = {
	[RAFT_FOLLOWER] = "follower",
	[RAFT_PRE_CANDIDATE] = "pre-candidate",
	[RAFT_CANDIDATE] = "candidate",
	[RAFT_LEADER] = "leader",
};

static const char * const reason_names[RAFT_REASONS] = {
	[RAFT_WHY_START] = "started",
	[RAFT_WHY_TIMEOUT] = "heard no leader",
	[RAFT_WHY_TRANSFER] = "the leader handed over",
	[RAFT_WHY_PREVOTE_WON] = "a majority would vote for it",
	[RAFT_WHY_ELECTED] = "a majority voted for it",
	[RAFT_WHY_SAW_LEADER] = "a leader of this term was heard",
	[RAFT_WHY_HIGHER_TERM] = "a later term was heard",
	[RAFT_WHY_LOST_QUORUM] = "no majority answered",
	[RAFT_WHY_DISK_STALLED] = "the store made no progress",
	[RAFT_WHY_DISK_FAILED] = "the store failed",
	[RAFT_WHY_OLD_STORE] = "the store is an old copy",
	[RAFT_WHY_REMOVED] = "removed from the cluster",
};

static const char * const status_texts[RAFT_STATUSES] = {
	[RAFT_OK] = "done",
	[RAFT_PENDING] = "under way",
	[RAFT_CONFLICT] = "the revision is another",
	[RAFT_UNKNOWN] = "the outcome is not known; read the value to find out",
	[RAFT_QUEUE_FULL] = "too many operations wait on this node; try again",
	[RAFT_TOO_BIG] = "the value is larger than the cluster's value_max",
	[RAFT_NO_LEADER] = "the cluster has no leader now; see that most of its members are up",
	[RAFT_RETRY] = "the leader can not do that yet; try again",
	[RAFT_NOT_MEMBER] = "this node is not a member of the cluster; join it first",
	[RAFT_NO_SUCH_MEMBER] = "the cluster has no such member; raftctl peer list shows them",
	[RAFT_LABEL_IN_USE] = "a member that is alive has this label; choose another with --label",
	[RAFT_CLUSTER_FULL] = "the cluster has as many members as it can; remove one first",
	[RAFT_LAST_VOTER] =
		"the last voter can not be removed; stop the node with raftctl down instead",
	[RAFT_SILENT] = "the member does not answer; start it, then try again",
	[RAFT_NOT_VOTER] = "the member has no vote; give it one with raftctl peer add",
	[RAFT_VALUE_MAX_DIFFERS] =
		"the token is for another value_max; take the one that raftctl token prints",
	[RAFT_TRANSFER_FAILED] =
		"the target did not take over in time; see that it is up and try again",
	[RAFT_DISK_FAILED] = "the node's store failed; start the node anew",
	[RAFT_OLD_STORE] =
		"the node's store is older than what it acknowledged; join again as a new member",
};

static const char * const drop_names[RAFT_DROPS] = {
	[RAFT_DROP_SHORT] = "short",
	[RAFT_DROP_LONG] = "long",
	[RAFT_DROP_VERSION] = "version",
	[RAFT_DROP_TYPE] = "type",
	[RAFT_DROP_CLUSTER] = "cluster",
	[RAFT_DROP_RECEIVER] = "receiver",
	[RAFT_DROP_STRANGER] = "stranger",
	[RAFT_DROP_FIELD] = "field",
	[RAFT_DROP_STALE] = "stale",
	[RAFT_DROP_CONFLICT] = "conflict",
};

/* The name of a note, and its sentence: one %llu or %llx for each argument. */
static const struct {
	const char *name;
	const char *text;
} notes[RAFT_NOTES] = {
	[RAFT_NOTE_ROLE] = { "role", NULL },
	[RAFT_NOTE_TERM] = { "term", "term %llu -> %llu" },
	[RAFT_NOTE_LEADER] = { "leader", "leader is %llx" },
	[RAFT_NOTE_VOTE_GRANTED] = { "vote-granted", NULL },
	[RAFT_NOTE_VOTE_REFUSED] = { "vote-refused", NULL },
	[RAFT_NOTE_VOTE_IGNORED] = {
		"vote-ignored", "ignored vote request of %llx in term %llu: leader %llx is alive" },
	[RAFT_NOTE_LATE_TIMER] = {
		"late-timer", "woken %llu us late: election timer starts again" },
	[RAFT_NOTE_REJECT] = {
		"reject", "rejected append of %llx after %llu/%llu: try after %llu/%llu" },
	[RAFT_NOTE_BACKUP] = { "backup", "follower %llx: next %llu -> %llu" },
	[RAFT_NOTE_TRUNCATE] = { "truncate", "dropped entries %llu..%llu: they conflict" },
	[RAFT_NOTE_APPEND] = { "append", NULL },
	[RAFT_NOTE_COMMIT] = { "commit", "commit %llu -> %llu" },
	[RAFT_NOTE_APPLY] = { "apply", NULL },
	[RAFT_NOTE_DUPLICATE] = {
		"duplicate", "skipped %llu: operation %llx:%llu was applied before" },
	[RAFT_NOTE_COMPACT] = { "compact", "log now begins at %llu" },
	[RAFT_NOTE_SNAPSHOT_SEND] = {
		"snapshot-send", "follower %llx: sending snapshot %llu/%llu, %llu bytes" },
	[RAFT_NOTE_SNAPSHOT_INSTALL] = {
		"snapshot-install", "installed snapshot %llu/%llu, %llu bytes" },
	[RAFT_NOTE_SNAPSHOT_BAD] = {
		"snapshot-bad", "snapshot %llu/%llu does not match its hash: thrown away" },
	[RAFT_NOTE_CONFIG] = { "config", NULL },
	[RAFT_NOTE_CAUGHT_UP] = { "caught-up", "learner %llx has caught up at %llu" },
	[RAFT_NOTE_REMOVED] = { "removed", "removed by configuration %llu" },
	[RAFT_NOTE_TRANSFER] = { "transfer", "handing over to %llx" },
	[RAFT_NOTE_TRANSFER_ENDED] = {
		"transfer-ended", "%llx did not take over in time: leading on" },
	[RAFT_NOTE_READ_ROUND] = { "read-round", "read round %llu at index %llu" },
	[RAFT_NOTE_READ_DONE] = { "read-done", "reads up to ticket %llu may see index %llu" },
	[RAFT_NOTE_DIVERGED] = {
		"diverged", "STATE DIVERGED at %llu: own hash %llx, leader's %llx" },
	[RAFT_NOTE_JOIN] = { "join", NULL },
	[RAFT_NOTE_CHANGE] = { "change", NULL },
	[RAFT_NOTE_DISK_STALLED] = { "disk-stalled", "store made no progress for %llu ms" },
	[RAFT_NOTE_DISK_FAILED] = {
		"disk-failed", "the store failed, with write %llu under way: no more promises" },
	[RAFT_NOTE_OLD_STORE] = {
		"old-store", "member %llx, after %llu starts, has an old store: refused" },
	[RAFT_NOTE_DAMAGED] = {
		"damaged", "the store lost entries up to %llu/%llu: no vote until they are back" },
	[RAFT_NOTE_WHOLE] = { "whole", "whole again up to %llu: voting again" },
	[RAFT_NOTE_DROP] = { "drop", NULL },
	[RAFT_NOTE_RETRY] = { "retry", NULL },
	[RAFT_NOTE_UNANSWERED] = {
		"unanswered", "follower %llx: %llu datagrams not answered by now: taken for lost" },
	[RAFT_NOTE_DEFERRED] = { "deferred", NULL },
	[RAFT_NOTE_LOG_FULL] = {
		"log-full", "no room behind entries %llu..%llu: waits for those who lack them" },
	[RAFT_NOTE_OUTBOX_FULL] = { "outbox-full", NULL },
};

static const char * const kind_names[RAFT_ENTRY_KINDS] = {
	[RAFT_ENTRY_NOOP] = "noop",
	[RAFT_ENTRY_WRITE] = "write",
	[RAFT_ENTRY_CAS] = "cas",
	[RAFT_ENTRY_CONFIG] = "config",
};

static const char * const refusals[RAFT_REFUSALS] = {
	[RAFT_REFUSE_TERM] = "that term is over",
	[RAFT_REFUSE_VOTED] = "voted for another",
	[RAFT_REFUSE_LOG] = "its log is behind",
	[RAFT_REFUSE_LEADER] = "a leader is alive",
	[RAFT_REFUSE_DAMAGED] = "own store is damaged",
};

static const char * const admins[RAFT_ADMINS] = {
	[RAFT_ADMIN_REMOVE] = "remove",
	[RAFT_ADMIN_PROMOTE] = "promote",
	[RAFT_ADMIN_TRANSFER] = "transfer to",
};

static const char * const retries[] = {
	"operations", "a read", "a change", "a place in the cluster", "votes",
};

static const char * const defers[RAFT_DEFERS] = {
	[RAFT_DEFER_STRANGER] = "who asks is no member",
	[RAFT_DEFER_TRANSFER] = "leadership is being handed over",
	[RAFT_DEFER_ORDER] = "one before it is missing",
	[RAFT_DEFER_ROOM] = "there is no room for it",
};

static const char *pick(const char * const *names, size_t n, u64 i)
{
	return i < n ? names[i] : "?";
}

#define PICK(names, i)	pick(names, sizeof(names) / sizeof((names)[0]), i)

/**
 * raft_role_name() - a role for people
 * @role: the role
 *
 * Return: its name
 */
const char *raft_role_name(enum raft_role role)
{
	return PICK(role_names, role);
}

/**
 * raft_reason_name() - the reason of a role change for people
 * @reason: the reason
 *
 * Return: its words
 */
const char *raft_reason_name(enum raft_reason reason)
{
	return PICK(reason_names, reason);
}

/**
 * raft_status_text() - how something ended, as a sentence that says what to do
 * @status: how
 *
 * Return: the sentence
 */
const char *raft_status_text(enum raft_status status)
{
	return PICK(status_texts, status);
}

/**
 * raft_drop_name() - the reason of a drop, as a counter's name
 * @drop: the reason
 *
 * Return: its name
 */
const char *raft_drop_name(enum raft_drop drop)
{
	return PICK(drop_names, drop);
}

/**
 * raft_note_name() - a decision's name
 * @note: the decision
 *
 * Return: its name
 */
const char *raft_note_name(enum raft_note note)
{
	return (u32)note < RAFT_NOTES ? notes[note].name : "?";
}

/**
 * raft_change_print() - why the role changed, as a sentence
 * @buf: for the sentence
 * @size: its bytes
 * @change: the change
 *
 * Return: as snprintf()
 */
int raft_change_print(char *buf, size_t size, const struct raft_change *change)
{
	const char *role = raft_role_name(change->role);
	const char *why = raft_reason_name(change->reason);

	switch (change->reason) {
	case RAFT_WHY_TIMEOUT:
	case RAFT_WHY_LOST_QUORUM:
	case RAFT_WHY_DISK_STALLED:
		return snprintf(buf, size, "%s in term %llu: %s for %u ms", role,
				(unsigned long long)change->term, why, change->ms);
	case RAFT_WHY_SAW_LEADER:
	case RAFT_WHY_HIGHER_TERM:
	case RAFT_WHY_TRANSFER:
		return snprintf(buf, size, "%s in term %llu: %s (%llx)", role,
				(unsigned long long)change->term, why,
				(unsigned long long)change->who);
	default:
		return snprintf(buf, size, "%s in term %llu: %s", role,
				(unsigned long long)change->term, why);
	}
}

static int print_vote(char *buf, size_t size, enum raft_note note, const unsigned long long *arg)
{
	const char *kind = arg[2] ? "pre-vote" : "vote";

	if (note == RAFT_NOTE_VOTE_GRANTED)
		return snprintf(buf, size, "granted %s to %llx in term %llu", kind, arg[0], arg[1]);
	return snprintf(buf, size, "refused %s to %llx in term %llu: %s", kind, arg[0], arg[1],
			PICK(refusals, arg[3]));
}

static int print_retry(char *buf, size_t size, u64 what)
{
	int len = snprintf(buf, size, "no answer, asks again for");
	const char *comma = "";
	u32 i;

	for (i = 0; what >> i && len < (int)size; i++) {
		if (!(what >> i & 1))
			continue;
		len += snprintf(buf + len, size - len, "%s %s", comma, PICK(retries, i));
		comma = ",";
	}
	return len;
}

static int print_named(char *buf, size_t size, enum raft_note note, const unsigned long long *arg)
{
	switch (note) {
	case RAFT_NOTE_ROLE:
		return snprintf(buf, size, "%s -> %s: %s (who %llx, %llu ms)",
				PICK(role_names, arg[0]), PICK(role_names, arg[1]),
				PICK(reason_names, arg[2]), arg[3], arg[4]);
	case RAFT_NOTE_VOTE_GRANTED:
	case RAFT_NOTE_VOTE_REFUSED:
		return print_vote(buf, size, note, arg);
	case RAFT_NOTE_APPEND:
		return snprintf(buf, size, "appended %llu/%llu %s %llx:%llu", arg[0], arg[1],
				PICK(kind_names, arg[2]), arg[3], arg[4]);
	case RAFT_NOTE_APPLY:
		return snprintf(buf, size, "applied %llu %s %llx:%llu, revision %llu", arg[0],
				PICK(kind_names, arg[1]), arg[2], arg[3], arg[4]);
	case RAFT_NOTE_CONFIG:
		return snprintf(buf, size, "configuration %llu: %llu members, %llu voters%s",
				arg[0], arg[1], arg[2], arg[3] ? ", joint" : "");
	case RAFT_NOTE_JOIN:
		return snprintf(buf, size, "join of %llx: %s", arg[0], PICK(status_texts, arg[1]));
	case RAFT_NOTE_CHANGE:
		return snprintf(buf, size, "%s %llx: %s", PICK(admins, arg[0]), arg[1],
				PICK(status_texts, arg[2]));
	case RAFT_NOTE_RETRY:
		return print_retry(buf, size, arg[0]);
	case RAFT_NOTE_DEFERRED:
		return snprintf(buf, size, "operation %llx:%llu is not taken yet: %s", arg[0],
				arg[1], PICK(defers, arg[2]));
	case RAFT_NOTE_OUTBOX_FULL:
		return snprintf(buf, size, "no room for %s to %llx: not sent",
				raft_msg_name(arg[1]), arg[0]);
	default:
		return snprintf(buf, size, "dropped %s: %s", raft_msg_name(arg[1]),
				PICK(drop_names, arg[0]));
	}
}

/**
 * raft_note_print() - a decision as a sentence
 * @buf: for the sentence
 * @size: its bytes
 * @note: the decision
 * @arg: its arguments
 *
 * Return: as snprintf()
 */
int raft_note_print(char *buf, size_t size, enum raft_note note, const u64 arg[RAFT_NOTE_ARGS])
{
	unsigned long long a[RAFT_NOTE_ARGS];
	u32 i;

	for (i = 0; i < RAFT_NOTE_ARGS; i++)
		a[i] = arg[i];
	if ((u32)note >= RAFT_NOTES)
		return snprintf(buf, size, "?");
	if (!notes[note].text)
		return print_named(buf, size, note, a);
	return snprintf(buf, size, notes[note].text, a[0], a[1], a[2], a[3], a[4]);
}

/**
 * raft_note() - explain a decision to whoever listens
 * @raft: the node
 * @note: the decision
 * @a: first argument
 * @b: second argument
 * @c: third argument
 * @d: fourth argument
 * @e: fifth argument
 */
void raft_note(struct raft *raft, enum raft_note note, u64 a, u64 b, u64 c, u64 d, u64 e)
{
	const u64 arg[RAFT_NOTE_ARGS] = { a, b, c, d, e };

	raft->stats.noted[note]++;
	if (note == RAFT_NOTE_ROLE)
		raft->stats.changes[c]++;
	if (raft->params.note)
		raft->params.note(raft->params.ctx, note, arg);
}
