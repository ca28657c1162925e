// SPDX-License-Identifier: GPL-2.0
/*
 * A node: made once, stepped for ever. The rules that hold for every role are
 * here; what a role does is in election.c, leader.c and follower.c.
 */
#include <linux/limits.h>
#include <linux/string.h>
#include "internal.h"

#define LOG_BYTES_MIN	32768
#define LOG_ENTRIES_MIN	4	/* entries of the largest size that the log must hold */

static u32 align_up(size_t n)
{
	return (n + 7) & ~(size_t)7;
}

static u32 entry_max(u32 value_max)
{
	return align_up(value_max > RAFT_CONFIG_BYTES ? value_max : RAFT_CONFIG_BYTES);
}

/**
 * raft_log_room() - how many bytes of data the log window holds
 * @value_max: largest value, bytes
 *
 * Return: bytes
 */
u32 raft_log_room(u32 value_max)
{
	u32 bytes = LOG_ENTRIES_MIN * entry_max(value_max);

	return bytes > LOG_BYTES_MIN ? bytes : LOG_BYTES_MIN;
}

/**
 * raft_params_valid() - can a node be made with these?
 * @params: what it would be made with
 *
 * Return: true if every field is in its range
 */
bool raft_params_valid(const struct raft_params *params)
{
	return params->id && params->value_max && params->value_max <= RAFT_VALUE_LIMIT &&
	       params->label[0] && !params->label[RAFT_LABEL_LEN - 1] &&
	       raft_times_valid(params->heartbeat_ms, params->election_ms);
}

/**
 * raft_size() - memory that a node needs
 * @params: what it will be made with
 *
 * Return: bytes
 */
size_t raft_size(const struct raft_params *params)
{
	return align_up(sizeof(struct raft)) + align_up(params->value_max) +
	       raft_log_room(params->value_max) +
	       align_up(raft_snapshot_room(params->value_max)) +
	       RAFT_ASSEMBLIES * (size_t)entry_max(params->value_max);
}

/**
 * raft_init() - make a node; one of the raft_start_*() functions must follow
 * @mem: raft_size() bytes, aligned to 8, that stay until the node is gone
 * @params: valid parameters
 *
 * Return: the node, at the start of @mem
 */
struct raft *raft_init(void *mem, const struct raft_params *params)
{
	struct raft *raft = mem;
	u8 *at = (u8 *)mem + align_up(sizeof(*raft));
	u32 i;

	memset(raft, 0, sizeof(*raft));
	raft->params = *params;
	raft->rand = params->seed;
	raft_value_init(&raft->value, at, params->value_max);
	at += align_up(params->value_max);
	raft_log_init(&raft->log, at, raft_log_room(params->value_max));
	at += raft_log_room(params->value_max);
	raft->snap = at;
	raft->snap_size = raft_snapshot_room(params->value_max);
	at += align_up(raft->snap_size);
	for (i = 0; i < RAFT_ASSEMBLIES; i++, at += entry_max(params->value_max))
		raft->assembly[i].data = at;

	/*
	 * What an earlier start of this member asked may still be on its way, or
	 * be answered late: number operations and questions above all of that.
	 */
	raft->op_next = ((u64)params->incarnation << 32) + 1;
	raft->op_head = raft->op_next;
	raft->read_id = raft->op_next;
	raft->admin_next = raft->op_next;
	raft->read_next = 1;
	raft->joined = RAFT_PENDING;
	return raft;
}

static void start(struct raft *raft, u64 now)
{
	raft->now = now;
	raft->started = now;
	raft->last_change = (struct raft_change){
		.now = now, .term = raft->term, .reason = RAFT_WHY_START,
	};
	raft->durable_term = raft->term;
	raft->durable_vote = raft->vote;
	raft->durable = raft->log.last;
	raft->stored = raft->log.last;
	raft->snapshotted = raft->applied;
	raft_election_reset(raft);
}

/**
 * raft_start_create() - start as the only member of a new cluster
 * @raft: the node
 * @now: the time, microseconds
 *
 * The first configuration stands at index 1 as if a snapshot had brought it.
 */
void raft_start_create(struct raft *raft, u64 now)
{
	const struct raft_params *params = &raft->params;
	struct raft_config *config = &raft->config_applied;
	struct raft_member self = {
		.id = params->id,
		.addr = params->addr,
		.flags = RAFT_MEMBER_VOTER,
	};

	memcpy(self.label, params->label, sizeof(self.label));
	config->index = 1;
	config->heartbeat_ms = params->heartbeat_ms;
	config->election_ms = params->election_ms;
	config->value_max = params->value_max;
	raft_config_add(config, &self);
	raft->term = 1;
	raft_log_reset(&raft->log, 1, 1);
	raft->commit = 1;
	raft->applied = 1;
	raft_state_replaced(raft);
	raft_value_set_members(&raft->value, config);
	raft->joined = RAFT_OK;
	start(raft, now);
	/* Nobody else could be the leader: do not wait for one. */
	raft->election_at = now;
	raft->snapshot_dirty = !params->is_volatile;
}

/**
 * raft_start_join() - start by asking a cluster for membership
 * @raft: the node
 * @seed: where any member listens
 * @now: the time, microseconds
 */
void raft_start_join(struct raft *raft, const struct raft_addr *seed, u64 now)
{
	raft->join_addr = *seed;
	raft->join_seed = *seed;
	raft->join_ask = true;
	start(raft, now);
}

/**
 * raft_start_restore() - start from what raft_restore_*() brought back
 * @raft: the node
 * @now: the time, microseconds
 *
 * Return: false if nothing was brought back that a member could start from
 */
bool raft_start_restore(struct raft *raft, u64 now)
{
	if (!raft->config.n || !raft->term || raft_log_last_term(&raft->log) > raft->term)
		return false;
	raft->joined = RAFT_OK;
	raft_op_recount(raft);
	start(raft, now);
	if (raft->promised) {
		raft->snapshot_dirty = true;
		raft_note(raft, RAFT_NOTE_DAMAGED, raft->promised, raft->promised_term, 0, 0, 0);
	}
	return true;
}

/**
 * raft_restore_hard_state() - bring back term and vote
 * @raft: a node that was not started
 * @term: the newest term on the store
 * @vote: the vote in that term, 0 for none
 *
 * Return: false if that would go back, or is no term that a cluster comes to
 */
bool raft_restore_hard_state(struct raft *raft, u64 term, u64 vote)
{
	if (term < raft->term || term >= RAFT_TERM_LIMIT)
		return false;
	raft->term = term;
	raft->vote = vote;
	return true;
}

/**
 * raft_restore_snapshot() - bring back the state
 * @raft: a node that was not started
 * @data: what raft_snapshot_encode() wrote
 * @len: its bytes
 *
 * Return: false, with nothing changed, if it is not a snapshot
 */
bool raft_restore_snapshot(struct raft *raft, const u8 *data, size_t len)
{
	if (!raft_snapshot_decode(raft, data, len, 0, 0))
		return false;
	raft_state_replaced(raft);
	return true;
}

/**
 * raft_restore_entry() - bring back the next entry
 * @raft: a node that was not started, its snapshot brought back before
 * @entry: the entry; its index follows the last one's
 *
 * Return: false if it does not follow or does not fit
 */
bool raft_restore_entry(struct raft *raft, const struct raft_entry *entry)
{
	struct raft_entry copy = *entry;

	if (entry->index != raft->log.last + 1 || entry->term < raft_log_last_term(&raft->log))
		return false;
	return raft_append(raft, &copy);
}

/**
 * raft_restore_promise() - the store lost entries that had been acknowledged
 * @raft: a node that was not started
 * @index: the last entry that may have been acknowledged
 * @term: its term; that of the hard state, if it is not known
 *
 * What was in front of the damage is brought back as ever. The node starts
 * without a vote: others may have counted on what it lost. It gets that from
 * its leader and votes again when it is whole. What &struct raft_persist says
 * of a promise is brought back in the same way; of two the later counts.
 */
void raft_restore_promise(struct raft *raft, u64 index, u64 term)
{
	if (term < raft->promised_term ||
	    (term == raft->promised_term && index <= raft->promised))
		return;
	raft->promised = index;
	raft->promised_term = term;
}

/**
 * raft_random() - the next random number (splitmix64)
 * @raft: the node
 *
 * Return: 64 random bits
 */
u64 raft_random(struct raft *raft)
{
	u64 z = (raft->rand += 0x9e3779b97f4a7c15ULL);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

/**
 * raft_heartbeat_us() - the cluster's heartbeat interval
 * @raft: the node
 *
 * Return: microseconds
 */
u64 raft_heartbeat_us(const struct raft *raft)
{
	u32 ms = raft->config.n ? raft->config.heartbeat_ms : raft->params.heartbeat_ms;

	return (u64)ms * 1000;
}

/**
 * raft_election_us() - the cluster's least election timeout
 * @raft: the node
 *
 * Return: microseconds
 */
u64 raft_election_us(const struct raft *raft)
{
	u32 ms = raft->config.n ? raft->config.election_ms : raft->params.election_ms;

	return (u64)ms * 1000;
}

/**
 * raft_peer() - what this node keeps of a member
 * @raft: the node
 * @id: the member
 *
 * Return: its slot, or NULL if it is not in the configuration
 */
struct raft_peer *raft_peer(struct raft *raft, u64 id)
{
	int i = raft_config_find(&raft->config, id);

	return i < 0 ? NULL : &raft->peer[i];
}

/**
 * raft_member() - a member of the configuration in force
 * @raft: the node
 * @id: the member
 *
 * Return: the member, or NULL
 */
const struct raft_member *raft_member(const struct raft *raft, u64 id)
{
	int i = raft_config_find(&raft->config, id);

	return i < 0 ? NULL : &raft->config.member[i];
}

/**
 * raft_queue() - send a short message with the next flush
 * @raft: the node
 * @msg: the message; cluster, sender and term are filled in; a receiver that
 *	is no member gets it where the newest datagram came from
 *
 * It takes the place of one of its type to the same receiver: the newer
 * answer says all that the older said. A full outbox loses the message, as the
 * network might.
 */
void raft_queue(struct raft *raft, const struct raft_msg *msg)
{
	struct raft_outmsg *out;
	u32 i;

	for (i = 0; i < raft->n_outbox; i++)
		if (raft->outbox[i].msg.type == msg->type && raft->outbox[i].msg.to == msg->to)
			break;
	if (i == RAFT_OUTBOX) {
		raft_note(raft, RAFT_NOTE_OUTBOX_FULL, msg->to, msg->type, 0, 0, 0);
		return;
	}
	if (i == raft->n_outbox)
		raft->n_outbox++;
	out = &raft->outbox[i];
	out->msg = *msg;
	out->msg.term = raft->term;
	out->addr = raft->from;
}

/**
 * raft_send_begin() - take a slot for a datagram
 * @raft: the node
 * @update: where the slot is
 * @msg: the message; cluster, sender, receiver and term are filled in
 * @to: receiver, 0 if only @addr is known
 * @addr: where to, if @to is not a member
 *
 * Return: the slot, @msg encoded in it, or NULL if there is none left
 */
struct raft_send *raft_send_begin(struct raft *raft, struct raft_update *update,
				  struct raft_msg *msg, u64 to, const struct raft_addr *addr)
{
	const struct raft_member *member = raft_member(raft, to);
	struct raft_send *send;

	if (update->n_send == RAFT_SENDS) {
		update->again = true;
		return NULL;
	}
	send = &update->send[update->n_send++];
	msg->cluster = raft->params.cluster;
	msg->from = raft->params.id;
	msg->incarnation = raft->params.incarnation;
	msg->nonce = raft->params.nonce;
	msg->to = to;
	msg->term = raft->term;
	send->to = to;
	send->addr = member ? member->addr : *addr;
	send->len = raft_wire_encode(send->data, msg);
	return send;
}

/* What a member once asked for, in which start, has outlived those who heard it. */
static struct raft_peer peer_new(struct raft *raft, u64 id)
{
	const struct raft_session *session = raft_value_session(&raft->value, id);

	return (struct raft_peer){
		.id = id,
		.incarnation = session ? session->seq >> 32 : 0,
		.next = raft->log.last + 1,
		.heard = raft->now,
		.ask = true,
		.beat = true,
	};
}

/**
 * raft_config_set() - a configuration takes effect
 * @raft: the node
 * @config: the configuration, not that in force
 *
 * "A server always uses the latest configuration in its log, regardless of
 * whether the entry is committed" (dissertation section 4.1).
 */
void raft_config_set(struct raft *raft, const struct raft_config *config)
{
	u32 i;
	int at;

	memcpy(raft->peer_old, raft->peer, sizeof(raft->peer));
	for (i = 0; i < config->n; i++) {
		u64 id = config->member[i].id;

		at = raft_config_find(&raft->config, id);
		raft->peer[i] = at < 0 ? peer_new(raft, id) : raft->peer_old[at];
	}
	raft->config = *config;
	raft->config_changed = true;
	if (raft_config_votes(config, raft->params.id))
		raft->votes_in = config->index;
	raft_note(raft, RAFT_NOTE_CONFIG, config->index, config->n, raft_config_voters(config),
		  config->joint, 0);
}

/*
 * After a truncation: what was dropped may have been the configuration in
 * force, or one that gave this node its vote. Take them all again in order.
 */
static void config_rewind(struct raft *raft)
{
	struct raft_config *config = &raft->config_scratch;
	u64 index;

	raft->votes_in = 0;
	raft_config_set(raft, &raft->config_applied);
	for (index = raft->applied + 1; index <= raft->log.last; index++) {
		const struct raft_entry *entry = raft_log_at(&raft->log, index);

		if (entry->kind != RAFT_ENTRY_CONFIG)
			continue;
		raft_wire_config_decode(entry->data, entry->len, config);
		config->index = index;
		raft_config_set(raft, config);
	}
}

/* How far the log may be dropped: not what the store still needs. */
static u64 compact_limit(const struct raft *raft)
{
	u64 limit = raft->applied;

	if (raft->params.is_volatile)
		return limit;
	if (raft->stored < limit)
		limit = raft->stored;
	return raft->snapshotted < limit ? raft->snapshotted : limit;
}

/*
 * Who did not while the newer half of the log came is not waited for: a majority went on
 * without it, and its writers would wait for one that is dead or whose disk is.
 */
static bool gets_on(const struct raft *raft, const struct raft_peer *peer)
{
	return raft->log.last - peer->got_on <= (raft->log.last + 1 - raft->log.first) / 2;
}

/* How far a leader likes to drop it: not what those who get on still need. */
static u64 gentle_limit(const struct raft *raft)
{
	u64 limit = compact_limit(raft);
	u32 i;

	for (i = 0; raft->role == RAFT_LEADER && i < raft->config.n; i++) {
		const struct raft_peer *peer = &raft->peer[i];
		u64 needs = peer->state == RAFT_PEER_SNAPSHOT ? raft->snap_index : peer->match;

		if (peer->id != raft->params.id && peer->state != RAFT_PEER_PROBE &&
		    gets_on(raft, peer) && needs < limit)
			limit = needs;
	}
	return limit;
}

/* How far that is depends on what is left. */
static bool compact(struct raft *raft, u64 (*limit)(const struct raft *raft), u32 len)
{
	u64 was = raft->log.first;
	bool room;

	for (;;) {
		room = raft_log_reserve(&raft->log, len);
		if (room || raft->log.first > limit(raft))
			break;
		raft_log_compact(&raft->log, raft->log.first + 1);
	}
	if (raft->log.first != was)
		raft_note(raft, RAFT_NOTE_COMPACT, raft->log.first, 0, 0, 0, 0);
	return room;
}

/**
 * raft_make_room() - see that the log has room for one more entry
 * @raft: the node
 * @len: bytes of its data
 *
 * Drops applied entries from the front; the state contains them. A full log
 * waits for followers that get on, if more slowly, or they would live on snapshots;
 * but no longer than until the next heartbeat.
 *
 * Return: false if there is no room
 */
bool raft_make_room(struct raft *raft, u32 len)
{
	if (compact(raft, gentle_limit, len)) {
		raft->full_since = 0;
		return true;
	}
	if (!raft->full_since) {
		raft->full_since = raft->now;
		raft_note(raft, RAFT_NOTE_LOG_FULL, raft->log.first, raft->log.last, 0, 0, 0);
	}
	if (raft->role == RAFT_LEADER && raft->now - raft->full_since < raft_heartbeat_us(raft))
		return false;
	return compact(raft, compact_limit, len);
}

/**
 * raft_append() - put an entry at the end of the log
 * @raft: the node
 * @entry: the entry; its index is the next one
 *
 * Return: false, with nothing changed, if there is no room or if it carries
 *	a configuration that is none
 */
bool raft_append(struct raft *raft, struct raft_entry *entry)
{
	struct raft_config *config = &raft->config_scratch;
	struct raft_peer *peer;

	if (entry->kind == RAFT_ENTRY_CONFIG) {
		if (!raft_wire_config_decode(entry->data, entry->len, config))
			return false;
		config->index = entry->index;
	}
	if (!raft_make_room(raft, entry->len) || !raft_log_push(&raft->log, entry))
		return false;
	raft_note(raft, RAFT_NOTE_APPEND, entry->index, entry->term, entry->kind, entry->origin,
		  entry->seq);
	if (entry->kind == RAFT_ENTRY_CONFIG)
		raft_config_set(raft, config);
	raft->part_chunks.total = 0;
	peer = entry->origin ? raft_peer(raft, entry->origin) : NULL;
	if (peer && entry->seq > peer->op_seq)
		peer->op_seq = entry->seq;
	if (entry->origin == raft->params.id && entry->seq > raft->op_logged)
		raft->op_logged = entry->seq;
	return true;
}

/**
 * raft_truncate() - drop entries that conflict with the leader's
 * @raft: the node
 * @from: first index to drop, above the commit index
 *
 * What a write under way says of a dropped entry must not count for the one
 * that takes its place, so everything that is known of the store is cut too.
 */
void raft_truncate(struct raft *raft, u64 from)
{
	raft_note(raft, RAFT_NOTE_TRUNCATE, from, raft->log.last, 0, 0, 0);
	raft_log_truncate(&raft->log, from);
	if (raft->durable >= from)
		raft->durable = from - 1;
	if (raft->verified >= from)
		raft->verified = from - 1;
	if (raft->persist.last >= from)
		raft->persist.last = from - 1;
	if (raft->stored >= from) {
		raft->stored = from - 1;
		raft->truncate = from;
	}
	raft->part_chunks.total = 0;
	if (raft->config.index >= from)
		config_rewind(raft);
	raft_op_recount(raft);
}

/**
 * raft_set_removed() - this node is no member any more
 * @raft: the node
 * @index: of the newest configuration that it knows
 */
void raft_set_removed(struct raft *raft, u64 index)
{
	if (raft->removed)
		return;
	raft->removed = true;
	raft_note(raft, RAFT_NOTE_REMOVED, index, 0, 0, 0, 0);
	raft_op_fail(raft, RAFT_NOT_MEMBER);
}

/*
 * This node's own place, after a configuration was applied. A log that was
 * brought back may begin with configurations from before it joined: only who
 * was in one is removed by the next.
 */
static void check_membership(struct raft *raft)
{
	const struct raft_config *config = &raft->config_applied;
	int i = raft_config_find(config, raft->params.id);
	bool was_member = raft->is_member;

	raft->is_member = i >= 0;
	if (i >= 0 && raft->joined == RAFT_PENDING) {
		if (config->member[i].flags & RAFT_MEMBER_VOTER || raft->params.as_learner)
			raft->joined = RAFT_OK;
	}
	if (i >= 0)
		raft->removed = false;
	else if (was_member && raft->joined == RAFT_OK)
		raft_set_removed(raft, config->index);
}

static void apply(struct raft *raft, struct raft_entry *entry)
{
	struct raft_config *config = &raft->config_scratch;
	enum raft_status status;
	bool fresh;

	if (entry->kind == RAFT_ENTRY_CONFIG) {
		raft_wire_config_decode(entry->data, entry->len, config);
		config->index = entry->index;
		raft->config_applied = *config;
		raft_value_set_members(&raft->value, config);
	}
	fresh = raft_value_apply(&raft->value, entry, &status);
	entry->hash = raft->value.hash;
	raft->applied = entry->index;
	if (!fresh) {
		raft->stats.ops_duplicate++;
		raft_note(raft, RAFT_NOTE_DUPLICATE, entry->index, entry->origin, entry->seq, 0, 0);
		return;
	}
	raft_note(raft, RAFT_NOTE_APPLY, entry->index, entry->kind, entry->origin, entry->seq,
		  raft->value.revision);
	if (entry->kind == RAFT_ENTRY_CONFIG)
		check_membership(raft);
	if (entry->origin == raft->params.id)
		raft_op_applied(raft, entry, status, raft->value.revision);
}

/**
 * raft_commit_to() - entries up to an index are committed: apply them
 * @raft: the node
 * @index: in the log; below the commit index it changes nothing
 */
void raft_commit_to(struct raft *raft, u64 index)
{
	if (index <= raft->commit)
		return;
	raft_note(raft, RAFT_NOTE_COMMIT, raft->commit, index, 0, 0, 0);
	raft->commit = index;
	while (raft->applied < raft->commit)
		apply(raft, raft_log_at(&raft->log, raft->applied + 1));
}

/**
 * raft_assume_committed() - take all of the log for committed, to look at it
 * @raft: a node that was restored and is never stepped
 *
 * For who shows what is on a store: what follows the state there was written, and
 * mostly it is committed, but a store alone can not tell.
 */
void raft_assume_committed(struct raft *raft)
{
	raft_commit_to(raft, raft->log.last);
}

/**
 * raft_state_replaced() - state and log were replaced by a snapshot
 * @raft: the node
 */
void raft_state_replaced(struct raft *raft)
{
	raft->part_chunks.total = 0;
	raft->truncate = 0;
	raft->stored = raft->log.last;
	raft->persist.last = 0;
	raft_config_set(raft, &raft->config_applied);
	check_membership(raft);
	raft_op_replaced(raft);
}

/**
 * raft_may_vote() - does this node have a vote, as far as it knows?
 * @raft: the node
 *
 * "A server that is not part of its own latest configuration should still
 * start new elections, as it might still be needed until the C_new entry is
 * committed" (dissertation section 4.2.2): only its log may have that entry.
 *
 * Return: true if it votes in the newest committed configuration or in a later one
 */
bool raft_may_vote(const struct raft *raft)
{
	return raft->votes_in && raft->votes_in >= raft->config_applied.index;
}

/**
 * raft_may_campaign() - may this node ask for votes?
 * @raft: the node
 *
 * A learner that is to get a vote may, too, once nobody else has won for long:
 * a member may have it for a voter already and wait for its vote, while its
 * log is the later one.
 *
 * Return: true if it may, now or later, and has all that it ever promised to keep
 */
bool raft_may_campaign(const struct raft *raft)
{
	const struct raft_member *self = raft_member(raft, raft->params.id);

	return !raft->removed && !raft->promised &&
	       (raft_may_vote(raft) || (self && self->flags & RAFT_MEMBER_JOINING));
}

/**
 * raft_leader_alive() - does this node lead, or did it hear its leader lately?
 * @raft: the node
 *
 * Return: true if an election would only disturb
 */
bool raft_leader_alive(const struct raft *raft)
{
	return raft->role == RAFT_LEADER ||
	       (raft->leader && raft->now - raft->heard < raft_election_us(raft));
}

/* A requester repeats what its leader has not answered within a heartbeat. */
static bool retry_wanted(const struct raft *raft)
{
	return raft_op_outstanding(raft) || raft->read_ticket || raft->admin_id ||
	       raft->joined == RAFT_PENDING;
}

/* Another number whenever something that was waited for has come, or is asked anew. */
static u64 progress(const struct raft *raft)
{
	return raft->op_head + raft->op_logged + raft->read_id + raft->admin_next;
}

static void note_retry(struct raft *raft)
{
	bool asks = raft->role == RAFT_FOLLOWER && raft->leader;
	u64 what = 0;

	if (asks && raft_op_outstanding(raft))
		what |= RAFT_RETRY_OPS;
	if (asks && raft->read_ticket)
		what |= RAFT_RETRY_READ;
	if (asks && raft->admin_id)
		what |= RAFT_RETRY_CHANGE;
	if (raft->joined == RAFT_PENDING)
		what |= RAFT_RETRY_JOIN;
	if (what)
		raft_note(raft, RAFT_NOTE_RETRY, what, 0, 0, 0, 0);
}

static void retry_timer(struct raft *raft)
{
	if (!raft->retry_at || raft->now < raft->retry_at)
		return;
	note_retry(raft);
	raft->retry_at = raft->now + raft_heartbeat_us(raft);
	raft_op_retry(raft);
	raft->read_ask = raft->read_ticket;
	raft->admin_ask = raft->admin_id;
	raft_join_retry(raft);
}

static void timer(struct raft *raft)
{
	u32 ms = (raft->now - raft->persist_since) / 1000;

	retry_timer(raft);
	if (raft->role == RAFT_LEADER && raft_disk_stalled(raft)) {
		raft_note(raft, RAFT_NOTE_DISK_STALLED, ms, 0, 0, 0, 0);
		raft_become_follower(raft, raft->term, 0, RAFT_WHY_DISK_STALLED, 0, ms);
	}
	if (raft->role == RAFT_LEADER)
		raft_leader_timer(raft);
	else
		raft_election_timer(raft);
}

/*
 * Whatever follows from the event. What a leader commits makes room for its own
 * operations and ends the change that another one waits for: return true if they
 * are to be tried once more.
 */
static bool settle(struct raft *raft)
{
	u64 commit;

	raft_election_settle(raft);
	raft_op_settle(raft);
	raft_admin_settle(raft);
	commit = raft->commit;
	if (raft->role == RAFT_LEADER)
		raft_leader_settle(raft);
	raft_read_settle(raft);
	raft_promise_settle(raft);
	return raft->role == RAFT_LEADER && raft->commit != commit &&
	       (raft->admin_id || raft->op_logged + 1 < raft->op_next);
}

static void flush_outbox(struct raft *raft, struct raft_update *update)
{
	u32 i;

	for (i = 0; i < raft->n_outbox; i++) {
		struct raft_outmsg *out = &raft->outbox[i];

		if (out->msg.term != raft->term)
			continue;
		if (!raft_send_begin(raft, update, &out->msg, out->msg.to, &out->addr))
			break;
	}
	raft->n_outbox -= i;
	memmove(&raft->outbox[0], &raft->outbox[i], raft->n_outbox * sizeof(raft->outbox[0]));
}

/*
 * A node whose store failed, or that was refused by the cluster, hears and says
 * nothing any more: an answer would be a promise, and who refused it may have
 * taken it in all the same, and would count on it.
 */
static bool is_mute(const struct raft *raft)
{
	return raft->failed || (raft->joined != RAFT_OK && raft->joined != RAFT_PENDING);
}

/*
 * Nothing is said before term and vote are on the store: "persistent state on
 * all servers (updated on stable storage before responding to RPCs)"
 * (dissertation figure 3.1).
 */
static void flush(struct raft *raft, struct raft_update *update)
{
	if (is_mute(raft) || !raft_is_durable(raft))
		return;
	flush_outbox(raft, update);
	switch (raft->role) {
	case RAFT_LEADER:
		raft_leader_flush(raft, update);
		break;
	case RAFT_FOLLOWER:
		raft_follower_flush(raft, update);
		break;
	default:
		raft_election_flush(raft, update);
		break;
	}
	raft_read_flush(raft, update);
	raft_admin_flush(raft, update);
}

static u64 next_wake(struct raft *raft)
{
	u64 wake = U64_MAX;

	if (is_mute(raft))
		return wake;
	if (raft->role == RAFT_LEADER)
		wake = raft_leader_wake(raft);
	else if (raft_may_campaign(raft) || (raft->joined == RAFT_OK && !raft->removed))
		wake = raft->election_at;
	if ((raft->role == RAFT_PRE_CANDIDATE || raft->role == RAFT_CANDIDATE) &&
	    raft->heartbeat_at < wake)
		wake = raft->heartbeat_at;
	if (!retry_wanted(raft)) {
		raft->retry_at = 0;
		return wake;
	}
	/* Who is answered has as long again. When it is due nothing puts it off. */
	if (!raft->retry_at || raft->retry_progress != progress(raft))
		raft->retry_at = raft->now + raft_heartbeat_us(raft);
	raft->retry_progress = progress(raft);
	return raft->retry_at < wake ? raft->retry_at : wake;
}

static void update_begin(struct raft *raft, struct raft_update *update)
{
	memset(&update->persist, 0, sizeof(update->persist));
	update->n_send = 0;
	update->n_done = 0;
	update->cancel_unsent = false;
	update->admin_ended = false;
	update->read_ticket = 0;
	raft->changed = false;
	raft->config_changed = false;
}

static void handle(struct raft *raft, const struct raft_event *event, struct raft_update *update)
{
	switch (event->type) {
	case RAFT_EV_TIMER:
		return timer(raft);
	case RAFT_EV_RECV:
		return raft_receive(raft, event);
	case RAFT_EV_OP:
		return raft_op_submit(raft, event);
	case RAFT_EV_CANCEL:
		update->cancel_unsent = raft_op_cancel(raft, event->cancel.cookie);
		return;
	case RAFT_EV_READ:
		update->read_ticket = raft_read_submit(raft);
		return;
	case RAFT_EV_ADMIN:
		return raft_admin_submit(raft, event);
	case RAFT_EV_PERSISTED:
		return raft_persisted(raft, event);
	case RAFT_EV_CONTINUE:
		return;
	}
}

/*
 * Of what programs want no order but their own is to be kept: the last of them settles all.
 * Datagrams are settled one by one, for one may need the room that the one before it made.
 */
static bool is_gathered(const struct raft_event *event)
{
	return event->more && (event->type == RAFT_EV_OP || event->type == RAFT_EV_READ);
}

/**
 * raft_step() - one event in, one update out
 * @raft: a started node
 * @event: what happened
 * @update: what the caller has to do, in the order that the head of raft.h gives
 *
 * Context: any; does not sleep. One step of a node at a time.
 */
void raft_step(struct raft *raft, const struct raft_event *event, struct raft_update *update)
{
	u64 applied = raft->applied;

	update_begin(raft, update);
	if (event->now > raft->now)
		raft->now = event->now;
	if (!is_mute(raft) || event->type == RAFT_EV_OP || event->type == RAFT_EV_CANCEL ||
	    event->type == RAFT_EV_ADMIN)
		handle(raft, event, update);
	update->again = !is_gathered(event) && settle(raft) && !event->more;
	if (!event->more) {
		raft_persist(raft, update);
		flush(raft, update);
	}
	raft_op_flush(raft, update);
	if (raft->admin_status != RAFT_PENDING && raft->admin_id) {
		update->admin_ended = true;
		update->admin = raft->admin_status;
		raft->admin_id = 0;
	}
	update->failed = raft->failed;
	update->role_changed = raft->changed;
	update->config_changed = raft->config_changed;
	update->applied = raft->applied != applied;
	update->joined = raft->removed ? RAFT_NOT_MEMBER : raft->joined;
	update->read_done = raft->read_done;
	update->wake = is_gathered(event) ? raft->now : next_wake(raft);
}

/**
 * raft_view() - the node as it is now
 * @raft: the node
 * @view: filled in
 */
void raft_view(const struct raft *raft, struct raft_view *view)
{
	u32 i;

	view->id = raft->params.id;
	view->term = raft->term;
	view->vote = raft->vote;
	view->leader = raft->leader;
	view->role = raft->role;
	view->failed = raft->failed;
	view->removed = raft->removed;
	view->contact = raft->role == RAFT_LEADER ? raft_leader_contact(raft) : raft->heard;
	view->promised = raft->promised;
	view->first = raft->log.first;
	view->last = raft->log.last;
	view->commit = raft->commit;
	view->applied = raft->applied;
	view->durable = raft_durable(raft);
	view->hash = raft->value.hash;
	view->revision = raft->value.revision;
	view->value_len = raft->value.len;
	view->config = &raft->config;
	view->stats = &raft->stats;
	view->last_change = raft->last_change;
	view->n_peers = 0;
	for (i = 0; raft->role == RAFT_LEADER && i < raft->config.n; i++) {
		const struct raft_peer *peer = &raft->peer[i];

		if (peer->id == raft->params.id)
			continue;
		view->peer[view->n_peers++] = (struct raft_peer_view){
			.id = peer->id,
			.match = peer->match,
			.next = peer->next,
			.heard = peer->heard,
			.snapshot = peer->state == RAFT_PEER_SNAPSHOT,
		};
	}
}

/**
 * raft_value() - the local committed value
 * @raft: the node
 * @len: set to its bytes
 * @revision: set to its revision
 *
 * Return: the value; good until the next step
 */
const u8 *raft_value(const struct raft *raft, size_t *len, u64 *revision)
{
	*len = raft->value.len;
	*revision = raft->value.revision;
	return raft->value.data;
}

/**
 * raft_entry_at() - an entry of the log window
 * @raft: the node
 * @index: which
 * @entry: filled in; its data is good until the next step
 *
 * Return: false if it is not in the window
 */
bool raft_entry_at(const struct raft *raft, u64 index, struct raft_entry *entry)
{
	if (!raft_log_has(&raft->log, index))
		return false;
	*entry = raft->log.slot[index % RAFT_LOG_SLOTS];
	return true;
}
