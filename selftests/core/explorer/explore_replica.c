// SPDX-License-Identifier: GPL-2.0
/*
 * Nodes in normal form, and what they do. There is one workbench: a node is
 * laid out there, always at the same address so that its pointers stay right,
 * stepped, brought into its normal form and packed away again. Packed it is
 * what differs from the node that its host began with, and its store.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cluster.h"
#include "explore_intern.h"
#include "explore_normal.h"
#include "explore_replica.h"
#include "fail.h"
#include "history.h"
#include "internal.h"

#define VALUE_MAX	1000
#define BLOCK		64	/* words that are compared at once */
#define PACKED_MAX	262144	/* more than a node and its store can take */
#define SENDS_MAX	64
#define LINE		512

/**
 * struct packed - the start of a packed node; runs of words follow, then the store
 * @number: its host
 * @starts: how often it was started before
 * @wake: how long until it wants to be called, us, or %NEVER
 */
struct packed {
	u32 number;
	u32 starts;
	u64 wake;
};

/**
 * struct bench - the workbench
 * @setup: what all nodes have in common
 * @mem: where the node is
 * @words: its size in words
 * @raft: the node
 * @template: for each host the node it began with
 * @number: its host
 * @starts: how often it was started before
 * @wake: when it wants to be called, by its own clock
 * @store: its store
 * @update: of the last step
 * @sends: what it has sent, by name
 * @n_sends: how many
 * @read_done: a read was answered
 * @wrong: what it did that it must not do
 * @tells: its explanations are printed
 */
struct bench {
	struct replica_setup setup;
	u64 *mem;
	size_t words;
	struct raft *raft;
	u64 *template[FACTS_HOSTS + 1];
	u32 number;
	u32 starts;
	u64 wake;
	struct store store;
	struct raft_update update;
	u32 sends[SENDS_MAX];
	u32 n_sends;
	bool read_done;
	const char *wrong;
	bool tells;
};

static struct bench bench;
static struct intern nodes, dgrams;
static struct map memo;
static struct pile outcomes;
static const struct outcome **outcome;
static u32 n_outcomes, outcomes_room;
static struct facts *all_facts;
static u32 facts_known, facts_room;
static u64 steps;

/* What programs write, by the number of the write. */
static const u8 letters[] = "abcdefgh";

static void told(void *ctx, enum raft_note note, const u64 arg[RAFT_NOTE_ARGS])
{
	char text[LINE];

	if (!bench.tells)
		return;
	raft_note_print(text, sizeof(text), note, arg);
	printf("        %u: %s\n", bench.number, text);
}

static void params_of(struct raft_params *params, u32 number, u32 starts)
{
	memset(params, 0, sizeof(*params));
	memcpy(params->cluster, "raftval selftest", sizeof(params->cluster));
	params->id = number;
	network_addr(number, &params->addr);
	snprintf(params->label, sizeof(params->label), "host%u", number);
	params->is_volatile = !bench.setup.durable;
	params->heartbeat_ms = RAFT_ELECTION_MS / 2;
	params->election_ms = RAFT_ELECTION_MS;
	params->value_max = VALUE_MAX;
	params->incarnation = starts;
	params->seed = 1;
	params->note = told;
}

static void make(u32 number, u32 starts)
{
	struct raft_params params;

	params_of(&params, number, starts);
	bench.number = number;
	bench.starts = starts;
	memset(bench.mem, 0, bench.words * sizeof(u64));
	bench.raft = raft_init(bench.mem, &params);
}

/* The state that a cluster begins with: its members at index 1, nothing written. */
static void found(void)
{
	struct raft_config *config;
	struct raft_params params;
	struct raft_member member;
	u32 i;

	make(1, 0);
	config = &bench.raft->config_applied;
	*config = (struct raft_config) {
		.index = 1,
		.heartbeat_ms = bench.raft->params.heartbeat_ms,
		.election_ms = bench.raft->params.election_ms,
		.value_max = VALUE_MAX,
	};
	for (i = 1; i <= bench.setup.members; i++) {
		params_of(&params, i, 0);
		member = (struct raft_member) {
			.id = i,
			.addr = params.addr,
			.flags = RAFT_MEMBER_VOTER,
		};
		memcpy(member.label, params.label, sizeof(member.label));
		raft_config_add(config, &member);
	}
	raft_log_reset(&bench.raft->log, 1, 1);
	bench.raft->applied = 1;
	raft_value_set_members(&bench.raft->value, config);
	store_found(&bench.store, bench.raft);
}

static u8 *pack_store(u8 *at)
{
	struct store store = bench.store;

	store.write.seq = !!store.write.seq;
	memcpy(at, &store, sizeof(store));
	return at + sizeof(store);
}

static u8 *pack_run(u8 *at, const u64 *mem, u16 from, u16 n)
{
	memcpy(at, &from, sizeof(from));
	memcpy(at + sizeof(from), &n, sizeof(n));
	memcpy(at + sizeof(from) + sizeof(n), mem + from, n * sizeof(u64));
	return at + sizeof(from) + sizeof(n) + n * sizeof(u64);
}

static u8 *pack_mem(u8 *at, const u64 *mem, const u64 *template)
{
	size_t i, block, end, from;

	for (block = 0; block < bench.words; block += BLOCK) {
		end = block + BLOCK < bench.words ? block + BLOCK : bench.words;
		if (!memcmp(mem + block, template + block, (end - block) * sizeof(u64)))
			continue;
		for (i = block; i < end; i++) {
			if (mem[i] == template[i])
				continue;
			for (from = i; i < end && mem[i] != template[i]; i++)
				;
			at = pack_run(at, mem, from, i - from);
		}
	}
	return pack_run(at, mem, 0, 0);
}

static const u8 *unpack_mem(const u8 *at, u64 *mem, const u64 *template)
{
	u16 from, n;

	memcpy(mem, template, bench.words * sizeof(u64));
	for (;;) {
		memcpy(&from, at, sizeof(from));
		memcpy(&n, at + sizeof(from), sizeof(n));
		at += sizeof(from) + sizeof(n);
		if (!n)
			return at;
		memcpy(mem + from, at, n * sizeof(u64));
		at += n * sizeof(u64);
	}
}

static void learn_facts(u32 id)
{
	if (id < facts_known)
		return;
	if (facts_known == facts_room) {
		facts_room = facts_room ? 2 * facts_room : 1024;
		all_facts = must_realloc(all_facts, facts_room * sizeof(*all_facts));
	}
	facts_take(&all_facts[facts_known], bench.raft, &bench.store);
	all_facts[facts_known++].ticks = bench.wake != NEVER;
}

/* Pack what is on the workbench; it is in its normal form afterwards. */
static u32 pack(void)
{
	static u8 bytes[PACKED_MAX];
	u64 now = bench.raft->now;
	struct packed packed = {
		.number = bench.number,
		.starts = bench.starts,
		.wake = NEVER,
	};
	u8 *at = bytes + sizeof(packed);
	u32 id;

	if (bench.wake != NEVER)
		packed.wake = bench.wake > now ? bench.wake - now : 0;
	normal_form(bench.raft, bench.setup.reads);
	memcpy(bytes, &packed, sizeof(packed));
	at = pack_mem(at, bench.mem, bench.template[bench.number]);
	if (bench.setup.durable)
		at = pack_store(at);
	id = intern_put(&nodes, bytes, at - bytes);
	learn_facts(id);
	return id;
}

static void lay_out(u32 id)
{
	const u8 *at = intern_at(&nodes, id, NULL);
	struct packed packed;

	memcpy(&packed, at, sizeof(packed));
	bench.number = packed.number;
	bench.starts = packed.starts;
	bench.wake = packed.wake == NEVER ? NEVER : NORMAL_NOW + packed.wake;
	at = unpack_mem(at + sizeof(packed), bench.mem, bench.template[packed.number]);
	if (bench.setup.durable)
		memcpy(&bench.store, at, sizeof(bench.store));
}

static void send(const struct raft_send *send)
{
	u8 bytes[2 + RAFT_DGRAM_MAX];
	u32 to = network_host(&send->addr);

	if (!to || to > bench.setup.hosts)
		return;
	if (bench.n_sends == SENDS_MAX)
		fatal("one step sends more than the explorer reckons with");
	bytes[0] = bench.number;
	bytes[1] = to;
	memcpy(bytes + 2, send->data, send->len);
	bench.sends[bench.n_sends++] = intern_put(&dgrams, bytes, 2 + send->len);
}

static void wrong(const char *what)
{
	if (what && !bench.wrong)
		bench.wrong = what;
}

static void carry_out(void)
{
	struct raft_update *update = &bench.update;
	struct facts facts;
	u32 i;

	if (update->n_send)
		facts_take(&facts, bench.raft, &bench.store);
	for (i = 0; i < update->n_send; i++) {
		wrong(facts_send(&facts, &update->send[i]));
		send(&update->send[i]);
	}
	if (update->persist.seq)
		wrong(store_begin(&bench.store, bench.raft, &update->persist));
	bench.wake = update->wake;
}

static void step(struct raft_event *event)
{
	u64 read_done = bench.raft->read_done;

	do {
		raft_step(bench.raft, event, &bench.update);
		steps++;
		carry_out();
		*event = (struct raft_event) { .type = RAFT_EV_CONTINUE, .now = event->now };
		if (bench.setup.at_once && !bench.update.again && bench.store.write.seq) {
			event->type = RAFT_EV_PERSISTED;
			event->persisted.seq = bench.store.write.seq;
			wrong(store_end(&bench.store));
			bench.update.again = true;
		}
	} while (bench.update.again);
	bench.read_done = bench.raft->read_done != read_done;
}

static void restart(bool landed)
{
	struct raft_event event = { .type = RAFT_EV_CONTINUE, .now = bench.raft->now };
	struct facts was, is;

	if (landed)
		wrong(store_end(&bench.store));
	else
		store_forget(&bench.store);
	facts_take(&was, bench.raft, &bench.store);
	make(bench.number, bench.starts + 1);
	if (!store_restore(&bench.store, bench.raft) ||
	    !raft_start_restore(bench.raft, event.now)) {
		wrong("it does not take back what is on its store");
		return;
	}
	facts_take(&is, bench.raft, &bench.store);
	wrong(facts_restart(&was, &is));
	step(&event);
}

static void end_write(bool error)
{
	struct raft_event event = {
		.type = RAFT_EV_PERSISTED,
		.now = bench.raft->now,
		.persisted = { .seq = bench.store.write.seq, .error = error },
	};

	if (error)
		store_forget(&bench.store);
	else
		wrong(store_end(&bench.store));
	step(&event);
}

static void receive(u32 dgram)
{
	struct raft_event event = { .type = RAFT_EV_RECV, .now = bench.raft->now };

	event.recv.data = dgram_at(dgram, &event.recv.len);
	event.recv.arrived = event.now;
	network_addr(dgram_from(dgram), &event.recv.from);
	step(&event);
}

static void call(u64 now)
{
	struct raft_event event = { .type = RAFT_EV_TIMER, .now = now };

	step(&event);
}

static void ask(enum happening happening, u32 arg)
{
	struct raft_event event = { .now = bench.raft->now };

	if (happening == HAPPEN_READ) {
		event.type = RAFT_EV_READ;
	} else if (happening == HAPPEN_WRITE) {
		event.type = RAFT_EV_OP;
		event.op.cookie = arg + 1;
		event.op.kind = RAFT_OP_WRITE;
		event.op.data = &letters[arg];
		event.op.len = 1;
	} else {
		event.type = RAFT_EV_ADMIN;
		event.admin.what = happening == HAPPEN_REMOVE ? RAFT_ADMIN_REMOVE :
				   RAFT_ADMIN_TRANSFER;
		event.admin.target = arg;
	}
	step(&event);
}

/* Let it happen to what is on the workbench. */
static void happen(enum happening happening, u32 arg)
{
	u64 election = raft_election_us(bench.raft);

	bench.n_sends = 0;
	bench.read_done = false;
	bench.wrong = NULL;
	switch (happening) {
	case HAPPEN_TIMER:
		return call(bench.wake);
	case HAPPEN_SILENCE:
		return call(bench.raft->heard + election);
	case HAPPEN_LATE:
		return call(bench.wake + election);
	case HAPPEN_DGRAM:
		return receive(arg);
	case HAPPEN_WRITTEN:
	case HAPPEN_BROKEN:
		return end_write(happening == HAPPEN_BROKEN);
	case HAPPEN_CRASH:
	case HAPPEN_CRASH_LATE:
		return restart(happening == HAPPEN_CRASH_LATE);
	default:
		return ask(happening, arg);
	}
}

static const struct outcome *keep_outcome(u32 before, bool crashed)
{
	struct outcome *is = pile_take(&outcomes, sizeof(*is) + bench.n_sends * sizeof(u32));
	u32 i;

	is->after = pack();
	if (before != INTERN_NONE && !crashed)
		wrong(facts_step(&all_facts[before], &all_facts[is->after]));
	is->wrong = bench.wrong;
	is->read_done = bench.read_done;
	is->n = bench.n_sends;
	for (i = 0; i < is->n; i++)
		is->dgram[i] = bench.sends[i];
	return is;
}

/**
 * replica_does() - what does a node do when something happens to it?
 * @id: the node
 * @happening: what happens
 * @arg: the datagram, the number of the write or the member that it is about, else 0
 *
 * Return: what it does, until replicas_free().
 */
const struct outcome *replica_does(u32 id, enum happening happening, u32 arg)
{
	u64 key = (u64)(id + 1) << 32 | happening << 28 | arg;
	const u32 *known = map_find(&memo, key);

	if (known)
		return outcome[*known];
	lay_out(id);
	happen(happening, arg);
	if (n_outcomes == outcomes_room) {
		outcomes_room = outcomes_room ? 2 * outcomes_room : 1024;
		outcome = must_realloc(outcome, outcomes_room * sizeof(*outcome));
	}
	outcome[n_outcomes] = keep_outcome(id, happening == HAPPEN_CRASH ||
					   happening == HAPPEN_CRASH_LATE);
	map_add(&memo, key, n_outcomes);
	return outcome[n_outcomes++];
}

/**
 * replica_tell() - let something happen to a node and print its explanations
 * @id: the node
 * @happening: as for replica_does()
 * @arg: as for replica_does()
 */
void replica_tell(u32 id, enum happening happening, u32 arg)
{
	lay_out(id);
	bench.tells = true;
	happen(happening, arg);
	bench.tells = false;
}

/* Start a host's first node on the workbench. */
static void start_first(u32 number, u64 now)
{
	struct raft_event event = { .type = RAFT_EV_CONTINUE, .now = now };
	struct raft_addr seed;

	store_blank(&bench.store);
	if (number <= bench.setup.members)
		found();
	make(number, 0);
	network_addr(1, &seed);
	if (number > bench.setup.members)
		raft_start_join(bench.raft, &seed, event.now);
	else if (!store_restore(&bench.store, bench.raft) ||
		 !raft_start_restore(bench.raft, event.now))
		fatal("a node does not start");
	bench.n_sends = 0;
	step(&event);
}

/**
 * replica_first() - a node as it is when the exploration begins
 * @number: its host
 * @sent: set to what it has sent
 *
 * Members know each other and nothing else, as if they had just been started
 * again; a host that is none asks the first to join.
 *
 * Return: the node.
 */
u32 replica_first(u32 number, const struct outcome **sent)
{
	start_first(number, NORMAL_NOW);
	if (!bench.template[number]) {
		normal_form(bench.raft, bench.setup.reads);
		bench.template[number] = must_copy(bench.mem, bench.words * sizeof(u64));
	}
	*sent = keep_outcome(INTERN_NONE, false);
	return (*sent)->after;
}

/* Take a walker's node from the workbench; what is left there is to be packed. */
static void walker_takes(struct walker *walker)
{
	memcpy(walker->mem, bench.mem, bench.words * sizeof(u64));
	walker->wake = bench.wake;
	walker->starts = bench.starts;
	walker->store = bench.store;
}

/**
 * walker_init() - a node that is never brought into its normal form
 * @walker: set to the node as it is when the exploration begins
 * @number: its host
 * @now: the time by its clock
 */
void walker_init(struct walker *walker, u32 number, u64 now)
{
	start_first(number, now);
	walker->number = number;
	walker->mem = must_realloc(NULL, bench.words * sizeof(u64));
	walker_takes(walker);
	walker->id = pack();
}

/**
 * walker_free() - give it back
 * @walker: the node
 */
void walker_free(struct walker *walker)
{
	free(walker->mem);
}

/**
 * walker_agrees() - does a node do the same as its normal form does?
 * @walker: the node; it has happened to it afterwards
 * @happening: as for replica_does()
 * @arg: as for replica_does()
 *
 * Return: true if it sends the same and comes to the same normal form.
 */
bool walker_agrees(struct walker *walker, enum happening happening, u32 arg)
{
	const struct outcome *does = replica_does(walker->id, happening, arg);

	bench.store = walker->store;
	bench.number = walker->number;
	bench.starts = walker->starts;
	bench.wake = walker->wake;
	memcpy(bench.mem, walker->mem, bench.words * sizeof(u64));
	normal_chance(bench.raft);
	happen(happening, arg);
	walker_takes(walker);
	walker->id = pack();
	return walker->id == does->after && bench.n_sends == does->n &&
	       bench.read_done == does->read_done &&
	       !memcmp(bench.sends, does->dgram, does->n * sizeof(u32));
}

/**
 * replica_facts() - what there is to know of a node
 * @id: the node
 *
 * Return: the facts, good until the next node is met.
 */
const struct facts *replica_facts(u32 id)
{
	return &all_facts[id];
}

/**
 * replica_count() - how many different nodes were met?
 *
 * Return: how many.
 */
u32 replica_count(void)
{
	return nodes.n;
}

/**
 * replica_steps() - how often was the core stepped?
 *
 * Return: how often.
 */
u64 replica_steps(void)
{
	return steps;
}

/**
 * dgram_at() - the bytes of a datagram
 * @id: its name
 * @len: set to how many
 *
 * Return: the bytes.
 */
const u8 *dgram_at(u32 id, u32 *len)
{
	const u8 *bytes = intern_at(&dgrams, id, len);

	*len -= 2;
	return bytes + 2;
}

/**
 * dgram_from() - who sent a datagram?
 * @id: its name
 *
 * Return: the host.
 */
u32 dgram_from(u32 id)
{
	return ((const u8 *)intern_at(&dgrams, id, NULL))[0];
}

/**
 * dgram_to() - who is to get a datagram?
 * @id: its name
 *
 * Return: the host.
 */
u32 dgram_to(u32 id)
{
	return ((const u8 *)intern_at(&dgrams, id, NULL))[1];
}

/**
 * replicas_init() - begin with no node
 * @setup: what all of them have in common
 */
void replicas_init(const struct replica_setup *setup)
{
	struct raft_params params;

	memset(&bench, 0, sizeof(bench));
	bench.setup = *setup;
	params_of(&params, 1, 0);
	bench.words = (raft_size(&params) + 7) / 8;
	bench.mem = must_realloc(NULL, bench.words * sizeof(u64));
	map_init(&memo, true);
	steps = 0;
}

/**
 * replicas_free() - forget every node
 */
void replicas_free(void)
{
	u32 i;

	for (i = 0; i <= FACTS_HOSTS; i++)
		free(bench.template[i]);
	free(bench.mem);
	intern_free(&nodes);
	intern_free(&dgrams);
	stores_free();
	map_free(&memo);
	pile_free(&outcomes);
	free(outcome);
	outcome = NULL;
	n_outcomes = 0;
	outcomes_room = 0;
	free(all_facts);
	all_facts = NULL;
	facts_known = 0;
	facts_room = 0;
}
