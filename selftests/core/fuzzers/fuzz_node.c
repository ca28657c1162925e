// SPDX-License-Identifier: GPL-2.0
/*
 * A node that hears anything: datagrams of members that lie, of strangers, and
 * what is no datagram, while programs ask it this and that. It may be led to
 * believe nonsense, but not to break its own word, its memory or the clock; and
 * what is to be dropped changes nothing but the counters of what was dropped.
 *
 * A node is one piece of memory, so the states to begin with are made once, in a
 * cluster each, and put back for each input.
 */
#include <asm/byteorder.h>
#include <linux/kernel.h>

#include "cluster.h"
#include "drive.h"
#include "fail.h"
#include "fuzz.h"
#include "internal.h"
#include "members.h"
#include "value.h"
#include "wire.h"

#define STRANGER	0x777
#define NEWCOMER	4		/* the host that is no member yet */
#define FOUNDERS	3
#define STEPS_MAX	20000
#define ENTRIES_MAX	12		/* crafted into one datagram */
#define WORDS_MAX	8

/**
 * struct scene - a state to begin with
 * @make: makes a cluster in which some node is in that state, and returns the node
 * @drive: how that node is taken over
 * @node: the node
 * @size: bytes of its memory
 * @saved: its memory
 * @state: the state of a member that is further than the node
 * @state_len: bytes of @state
 * @config: that member's configuration
 */
struct scene {
	struct node *(*make)(void);
	struct drive drive;
	struct node *node;
	size_t size;
	void *saved;
	u8 *state;
	size_t state_len;
	struct raft_config config;
};

static void on_note(struct node *node, enum raft_note note, const u64 arg[RAFT_NOTE_ARGS])
{
	char text[200];

	MUST(raft_note_print(text, sizeof(text), note, arg) > 0);
}

static enum raft_role role_of(const struct node *node)
{
	struct raft_view view;

	raft_view(node->raft, &view);
	return view.role;
}

static void run_to_role(struct cluster *cluster, struct node *node, enum raft_role role)
{
	u32 steps = 0;

	while (role_of(node) != role)
		MUST(++steps < STEPS_MAX && cluster_run_one(cluster));
}

static void run_to_joined(struct node *node)
{
	u32 steps = 0;

	while (node->joined != RAFT_OK)
		MUST(++steps < STEPS_MAX && cluster_run_one(node->cluster));
}

static void run_ms(struct cluster *cluster, u32 ms)
{
	cluster_run_until(cluster, cluster->now + 1000ULL * ms);
}

static void write_on(struct node *node, u32 len)
{
	static u8 value[RAFT_VALUE_LIMIT];

	value[0]++;
	client_op(node->cluster, node, RAFT_OP_WRITE, value, len, 0);
}

/* Three members, host 1 leads, and there is something in the log. */
static struct cluster *formed(bool durable)
{
	struct cluster *cluster = cluster_new(1);
	u32 i;

	cluster->absorb = true;
	cluster->watch.note = on_note;
	for (i = 1; i <= CLUSTER_NODES; i++)
		cluster->node[i].durable = durable;
	node_create(&cluster->node[1]);
	run_to_joined(&cluster->node[1]);
	for (i = 2; i <= FOUNDERS; i++) {
		node_join(&cluster->node[i], 1, false);
		run_to_joined(&cluster->node[i]);
	}
	write_on(&cluster->node[1], 100);
	write_on(&cluster->node[2], 3000);
	run_ms(cluster, 100);
	return cluster;
}

static void cut_off(struct node *node)
{
	struct network *net = &node->cluster->network;
	u32 i;

	for (i = 1; i < NETWORK_HOSTS; i++) {
		net->link[node->number][i].drop = NETWORK_ALL;
		net->link[i][node->number].drop = NETWORK_ALL;
	}
}

static struct node *make_newcomer(void)
{
	struct cluster *cluster = formed(false);

	cut_off(&cluster->node[NEWCOMER]);
	node_join(&cluster->node[NEWCOMER], 1, false);
	return &cluster->node[NEWCOMER];
}

static struct node *make_follower(void)
{
	return &formed(false)->node[3];
}

/* Its disk is busy, and the log has gone on since it was last heard. */
static struct node *make_slow_follower(void)
{
	struct cluster *cluster = formed(true);

	cluster->node[3].disk.stalled = true;
	write_on(&cluster->node[1], 2000);
	run_ms(cluster, 10);
	cut_off(&cluster->node[3]);
	write_on(&cluster->node[1], 50);
	run_ms(cluster, 10);
	return &cluster->node[3];
}

static struct node *make_restarted(void)
{
	struct cluster *cluster = formed(true);

	write_on(&cluster->node[3], 50);
	run_ms(cluster, 10);
	node_crash(&cluster->node[3], true);
	MUST(node_restart(&cluster->node[3]));
	return &cluster->node[3];
}

static struct node *make_learner(void)
{
	struct cluster *cluster = formed(false);

	node_join(&cluster->node[NEWCOMER], 1, true);
	run_to_joined(&cluster->node[NEWCOMER]);
	return &cluster->node[NEWCOMER];
}

static struct node *make_pre_candidate(void)
{
	struct cluster *cluster = formed(false);

	cut_off(&cluster->node[3]);
	write_on(&cluster->node[1], 50);
	run_to_role(cluster, &cluster->node[3], RAFT_PRE_CANDIDATE);
	return &cluster->node[3];
}

static struct node *make_candidate(void)
{
	struct cluster *cluster = formed(false);

	cut_off(&cluster->node[1]);
	cluster->only = 3;
	run_to_role(cluster, &cluster->node[3], RAFT_CANDIDATE);
	return &cluster->node[3];
}

/* It has entries, a large one too, that nobody else has. */
static struct node *make_leader(void)
{
	struct cluster *cluster = formed(false);

	cut_off(&cluster->node[1]);
	write_on(&cluster->node[1], 50);
	write_on(&cluster->node[1], 3000);
	return &cluster->node[1];
}

static struct node *make_durable_leader(void)
{
	struct cluster *cluster = formed(true);

	cluster->node[1].disk.stalled = true;
	write_on(&cluster->node[1], 50);
	run_ms(cluster, 1);
	return &cluster->node[1];
}

static struct scene scenes[] = {
	{ .make = make_newcomer }, { .make = make_follower }, { .make = make_slow_follower },
	{ .make = make_restarted }, { .make = make_learner }, { .make = make_pre_candidate },
	{ .make = make_candidate }, { .make = make_leader }, { .make = make_durable_leader },
};

static void scene_make(struct scene *scene)
{
	const struct raft *further;
	struct raft_view view;

	scene->node = scene->make();
	further = scene->node->cluster->node[scene->node->number == 1 ? 2 : 1].raft;
	scene->state_len = raft_snapshot_size(further);
	scene->state = must_realloc(NULL, scene->state_len);
	raft_snapshot_encode(further, scene->state, scene->state_len);
	raft_view(further, &view);
	scene->config = *view.config;
	scene->size = raft_size(&scene->node->params);
	scene->saved = must_copy(scene->node->raft, scene->size);
	raft_view(scene->node->raft, &view);
	scene->drive.raft = scene->node->raft;
	scene->drive.value_max = scene->node->params.value_max;
	scene->drive.now = scene->node->cluster->now;
	scene->drive.writing = scene->node->disk.write.persist.seq;
	scene->drive.term = view.term;
	scene->drive.vote = view.vote;
	scene->drive.commit = view.commit;
}

/**
 * struct talk - an input that is told to a node
 * @input: what is left of it
 * @scene: where it began
 * @drive: the node
 * @view: the node as it was before the present event
 */
struct talk {
	struct bytes input;
	const struct scene *scene;
	struct drive drive;
	struct raft_view view;
};

static u64 somebody(struct talk *talk)
{
	u8 who = take_byte(&talk->input);

	switch (who % 8) {
	case 0:
		return talk->view.leader;
	case 5:
		return STRANGER;
	case 6:
		return talk->view.id;
	case 7:
		return who >> 3;
	}
	return who % 8;
}

/* A number that means something to the node, or is near one that does. */
static u64 number(struct talk *talk)
{
	const struct raft_view *view = &talk->view;
	u8 base = take_byte(&talk->input);
	s8 delta = base & 0x80 ? take_byte(&talk->input) : 0;
	const u64 known[] = {
		0, view->term, view->last, view->commit, view->first, view->durable,
		view->revision, view->hash, view->stats->read_rounds, view->stats->reads,
		talk->drive.ops, RAFT_TERM_LIMIT, ~0ULL, view->config->index, 1ULL << 32,
	};

	base &= 0x7f;
	return (base < ARRAY_SIZE(known) ? known[base] : take_word(&talk->input)) + delta;
}

static void fill_words(struct talk *talk, struct raft_msg *msg)
{
	static const u8 words[RAFT_MSG_TYPES] = {
		[RAFT_MSG_VOTE] = 2, [RAFT_MSG_VOTE_REPLY] = 1, [RAFT_MSG_APPEND] = 6,
		[RAFT_MSG_APPEND_REPLY] = 8, [RAFT_MSG_ENTRY_CHUNK] = 4,
		[RAFT_MSG_SNAPSHOT_CHUNK] = 4, [RAFT_MSG_SNAPSHOT_REPLY] = 4,
		[RAFT_MSG_OP_CHUNK_REPLY] = 3, [RAFT_MSG_READ] = 1, [RAFT_MSG_READ_REPLY] = 2,
		[RAFT_MSG_CHANGE] = 1, [RAFT_MSG_CHANGE_REPLY] = 1,
	};
	u64 word[WORDS_MAX];
	u32 i;

	for (i = 0; i < words[msg->type]; i++)
		word[i] = number(talk);
	if (i)
		memcpy(&msg->vote, word, i * sizeof(word[0]));
}

static void fill_rest(struct talk *talk, struct raft_msg *msg)
{
	struct raft_member *member = &msg->join.member;

	switch (msg->type) {
	case RAFT_MSG_JOIN:
		member->id = msg->from;
		network_addr(take_byte(&talk->input), &member->addr);
		snprintf(member->label, sizeof(member->label), "host%u",
			 take_byte(&talk->input));
		msg->join.value_max = talk->drive.value_max + take_byte(&talk->input) / 128;
		break;
	case RAFT_MSG_JOIN_REPLY:
		msg->join_reply.status = take_byte(&talk->input) % RAFT_STATUSES;
		network_addr(take_byte(&talk->input), &msg->join_reply.leader);
		break;
	case RAFT_MSG_CHANGE:
		msg->change.what = take_byte(&talk->input) % RAFT_ADMINS;
		msg->change.target = somebody(talk);
		break;
	case RAFT_MSG_CHANGE_REPLY:
		msg->change.status = take_byte(&talk->input) % RAFT_STATUSES;
		break;
	}
}

/* A configuration of the cluster, with a member or two changed. */
static u32 make_config(struct talk *talk, u8 *data)
{
	struct raft_config config = talk->scene->config;
	u8 how = take_byte(&talk->input);
	struct raft_member member = { .flags = take_byte(&talk->input) % 8, .label = "crafted" };

	if (how & 1)
		config.joint = !config.joint;
	if (how & 2)
		config.member[how / 16 % config.n].flags = member.flags;
	if (how & 4 && config.n > 1) {
		config.n--;
		config.member[how / 16 % config.n] = config.member[config.n];
	}
	if (how & 8 && config.n < RAFT_MEMBERS_MAX) {
		member.id = config.member[config.n - 1].id + 1 + how / 16;
		network_addr(how / 16, &member.addr);
		config.member[config.n++] = member;
	}
	return raft_wire_config_encode(data, &config);
}

static void make_entry(struct talk *talk, struct raft_entry *entry, u8 *data)
{
	u8 kind = take_byte(&talk->input);
	size_t len;
	const u8 *at;

	*entry = (struct raft_entry) { .kind = kind % RAFT_ENTRY_KINDS, .data = data };
	entry->term = number(talk);
	entry->origin = somebody(talk);
	entry->seq = number(talk);
	entry->expect = kind & 0x40 ? number(talk) : 0;
	if (entry->kind == RAFT_ENTRY_CONFIG && !(kind & 0x80)) {
		entry->len = make_config(talk, data);
	} else if (entry->kind != RAFT_ENTRY_NOOP) {
		at = take_up_to(&talk->input, take_byte(&talk->input), &len);
		if (len)
			memcpy(data, at, len);
		entry->len = len;
	}
}

static void add_entries(struct talk *talk, u8 *dgram, u32 *len)
{
	u8 n = take_byte(&talk->input) % (ENTRIES_MAX + 1);
	u8 data[RAFT_CONFIG_BYTES];
	struct raft_entry entry;

	while (n--) {
		make_entry(talk, &entry, data);
		raft_wire_add_entry(dgram, len, &entry);
	}
}

/* Which part of what: a whole blob, as chunks that fit it or do not. */
static u32 chunk_of(struct talk *talk, struct raft_msg *msg, const u8 *blob, u32 len)
{
	u32 offset = take_byte(&talk->input) % 8 * RAFT_CHUNK;

	msg->offset = offset;
	msg->bytes = blob + (offset < len ? offset : 0);
	return min(len - (offset < len ? offset : 0), (u32)RAFT_CHUNK);
}

static u32 fill_chunk(struct talk *talk, struct raft_msg *msg)
{
	static u8 blob[RAFT_VALUE_LIMIT];
	u8 data[RAFT_CONFIG_BYTES];
	u8 how;

	if (msg->type == RAFT_MSG_SNAPSHOT_CHUNK) {
		how = take_byte(&talk->input);
		memcpy(blob, talk->scene->state, talk->scene->state_len);
		if (how & 1)
			blob[take_word(&talk->input) % talk->scene->state_len]++;
		if (how & 2) {
			memcpy(&msg->snapshot.index, blob, sizeof(u64));
			memcpy(&msg->snapshot.snap_term, blob + sizeof(u64), sizeof(u64));
			msg->snapshot.check = raft_hash(0, blob, talk->scene->state_len);
		}
		msg->snapshot.total = talk->scene->state_len + (how & 4 ? number(talk) : 0);
		return chunk_of(talk, msg, blob, msg->snapshot.total % sizeof(blob));
	}
	make_entry(talk, &msg->entry, data);
	memcpy(blob, data, msg->entry.len);
	msg->entry.len += take_byte(&talk->input) * 256;
	return chunk_of(talk, msg, blob, msg->entry.len % sizeof(blob));
}

/* As a rule the start that is known; there is one bit more than there are flags. */
static void fill_start(struct talk *talk, struct raft_msg *msg)
{
	const struct raft_peer *peer = raft_peer(talk->drive.raft, msg->from);

	if (peer) {
		msg->incarnation = peer->incarnation;
		msg->nonce = peer->nonce;
	}
	msg->incarnation += msg->flags >> 7;
}

static u32 craft(struct talk *talk, u8 *dgram)
{
	struct raft_msg msg = {
		.cluster = talk->scene->node->params.cluster,
		.to = talk->view.id,
	};
	u32 len, n_bytes = 0;

	msg.type = 1 + take_byte(&talk->input) % (RAFT_MSG_TYPES - 1);
	msg.flags = take_byte(&talk->input);
	msg.from = somebody(talk);
	fill_start(talk, &msg);
	msg.term = number(talk);
	fill_words(talk, &msg);
	fill_rest(talk, &msg);
	if (msg.type == RAFT_MSG_ENTRY_CHUNK || msg.type == RAFT_MSG_OP_CHUNK ||
	    msg.type == RAFT_MSG_SNAPSHOT_CHUNK)
		n_bytes = fill_chunk(talk, &msg);
	len = raft_wire_encode(dgram, &msg);
	if (msg.type == RAFT_MSG_APPEND || msg.type == RAFT_MSG_FORWARD)
		add_entries(talk, dgram, &len);
	return n_bytes ? raft_wire_add_bytes(dgram, len, msg.bytes, n_bytes) : len;
}

/* Whom the node listens to although he is not in its configuration. */
static bool may_say(const struct raft_view *view, const struct raft_msg *msg)
{
	if (!view->config->n)
		return true;
	switch (msg->type) {
	case RAFT_MSG_VOTE:
	case RAFT_MSG_APPEND:
	case RAFT_MSG_ENTRY_CHUNK:
	case RAFT_MSG_SNAPSHOT_CHUNK:
	case RAFT_MSG_JOIN:
	case RAFT_MSG_JOIN_REPLY:
		return true;
	case RAFT_MSG_TIMEOUT_NOW:
		return msg->from == view->leader;
	case RAFT_MSG_CHANGE:
		return msg->change.what == RAFT_ADMIN_REMOVE && msg->change.target == msg->from;
	}
	return false;
}

static bool must_be_dropped(struct talk *talk, const u8 *dgram, u32 len)
{
	const struct raft_params *params = &talk->scene->node->params;
	enum raft_drop why;
	struct raft_msg msg;

	if (!raft_wire_decode(dgram, len, &msg, &why) || msg.from == params->id ||
	    memcmp(msg.cluster, params->cluster, sizeof(params->cluster)))
		return true;
	if (msg.to != params->id && (msg.to || msg.type != RAFT_MSG_JOIN))
		return true;
	return raft_config_find(talk->view.config, msg.from) < 0 && !may_say(&talk->view, &msg);
}

static void must_be_same(const struct raft_view *a, const struct raft_view *b)
{
	u32 i;

	MUST(a->term == b->term && a->vote == b->vote && a->leader == b->leader);
	MUST(a->role == b->role && a->failed == b->failed && a->removed == b->removed);
	MUST(a->first == b->first && a->last == b->last && a->durable == b->durable);
	MUST(a->commit == b->commit && a->applied == b->applied && a->hash == b->hash);
	MUST(a->revision == b->revision && a->value_len == b->value_len);
	MUST(a->last_change.now == b->last_change.now && a->n_peers == b->n_peers);
	for (i = 0; i < a->n_peers; i++)
		MUST(a->peer[i].match == b->peer[i].match && a->peer[i].next == b->peer[i].next &&
		     a->peer[i].heard == b->peer[i].heard);
}

static u64 n_dropped(const struct raft_stats *stats)
{
	u64 sum = 0;
	u32 i;

	for (i = 0; i < RAFT_DROPS; i++)
		sum += stats->dropped[i];
	return sum;
}

/* Then it does not even count what it hears. */
static bool is_mute(const struct raft *raft)
{
	return raft->failed || (raft->joined != RAFT_OK && raft->joined != RAFT_PENDING);
}

static void hear(struct talk *talk, const u8 *dgram, u32 len)
{
	u8 *data = must_copy(dgram, len);
	struct raft_event event = {
		.type = RAFT_EV_RECV,
		.recv = { .data = data, .len = len, .arrived = talk->drive.now },
	};
	struct raft_stats before = *talk->view.stats;
	bool dropped = must_be_dropped(talk, data, len) && !is_mute(talk->drive.raft);
	u64 sent = talk->drive.sent;
	struct raft_view after;

	network_addr(take_byte(&talk->input), &event.recv.from);
	drive_step(&talk->drive, &event);
	if (dropped) {
		raft_view(talk->drive.raft, &after);
		must_be_same(&talk->view, &after);
		MUST(!memcmp(&before, after.stats, offsetof(struct raft_stats, dropped)));
		MUST(n_dropped(after.stats) == n_dropped(&before) + 1);
		MUST(talk->drive.sent == sent);
	}
	free(data);
}

static void hear_crafted(struct talk *talk)
{
	u8 dgram[RAFT_DGRAM_MAX + 1] = { 0 };
	u32 len = craft(talk, dgram);
	u8 damage = take_byte(&talk->input);

	if (damage & 0x80)
		dgram[take_word(&talk->input) % len] = damage;
	else if (damage & 0x40)
		len = take_word(&talk->input) % sizeof(dgram);
	hear(talk, dgram, len);
}

static void hear_bytes(struct talk *talk)
{
	size_t len = take_byte(&talk->input) * 8;
	const u8 *dgram = take_up_to(&talk->input, len, &len);

	hear(talk, dgram, len);
}

static void ask(struct talk *talk)
{
	u8 what = take_byte(&talk->input);
	u8 arg = take_byte(&talk->input);

	switch (what % 8) {
	case 0:
		drive_op(&talk->drive, RAFT_OP_WRITE, arg * 17, 0);
		break;
	case 1:
		drive_op(&talk->drive, RAFT_OP_CAS, arg, number(talk));
		break;
	case 2:
		drive_read(&talk->drive);
		break;
	case 3:
		drive_cancel(&talk->drive, arg);
		break;
	case 4:
		drive_admin(&talk->drive, arg % RAFT_ADMINS, somebody(talk));
		break;
	case 5:
		drive_disk_end(&talk->drive, arg == 0xff);
		break;
	default:
		drive_wait(&talk->drive, 1000ULL * arg);
	}
}

static void listen(struct talk *talk)
{
	u8 what;

	drive_begin(&talk->drive);
	while (talk->input.left) {
		raft_view(talk->drive.raft, &talk->view);
		what = take_byte(&talk->input);
		if (what % 4 == 3)
			ask(talk);
		else if (what == 0x80)
			hear_bytes(talk);
		else
			hear_crafted(talk);
	}
	drive_wait(&talk->drive, 1000000);
}

int fuzz_one(const u8 *data, size_t size)
{
	struct talk talk = { .input = { .at = data, .left = size } };
	struct scene *scene = &scenes[take_byte(&talk.input) % ARRAY_SIZE(scenes)];

	if (!scene->node)
		scene_make(scene);
	memcpy(scene->drive.raft, scene->saved, scene->size);
	talk.scene = scene;
	talk.drive = scene->drive;
	listen(&talk);
	return 0;
}
