// SPDX-License-Identifier: GPL-2.0
/*
 * From world to world. What is known of the past, and can not be seen in the
 * nodes any more, is in the tuple as well: who led each term, and the ledger
 * of what was ever committed. Both are part of what is to be proven, so worlds
 * that differ in them are different worlds.
 *
 * Reductions, and why they lose nothing:
 *
 *  - what is on its way is a set with counts: of two equal datagrams it does
 *    not matter which arrives first;
 *  - a datagram that is lost and one that never arrives are the same to every
 *    node; it is only lost to make room for others. Where there is no room what
 *    is sent is lost, as in a network whose queues are full;
 *  - a datagram is repeated by leaving it on its way when it arrives;
 *  - a crash and the start after it are one move: while a host is down, what
 *    is sent to it is lost or late, which is explored for hosts that are up.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>

#include "explore_intern.h"
#include "explore_world.h"
#include "fail.h"
#include "history.h"

#define LINE		512
#define BEGIN_MOVES	200

/**
 * struct line - one index of a ledger
 * @print: hash of the entry
 * @term: its term
 * @in: term of the leader that committed it first
 */
struct line {
	u64 print;
	u32 term;
	u32 in;
};

static const struct bounds *bounds;
static u32 dgrams_max;
static struct intern ledgers;
static struct move beginning[BEGIN_MOVES];
static struct world beginnings[BEGIN_MOVES];
static u32 n_beginning;

static const struct facts *facts_of(const struct world *world, u32 number)
{
	return replica_facts(world->node[number - 1]);
}

/* What is committed up to which index; the first line is index 0. */
static const struct line *ledger_of(const struct world *world, u32 *last)
{
	const struct line *line = intern_at(&ledgers, world->ledger, last);

	*last = *last / sizeof(*line) - 1;
	return line;
}

/* Who may have voted for a leader? Of who is in a later term it is not known any more. */
static u32 voted_for(const struct world *world, const struct facts *is)
{
	u32 number, hosts = 0;

	for (number = 1; number <= bounds->setup.hosts; number++) {
		const struct facts *has = facts_of(world, number);

		if (has->term > is->term || (has->term == is->term && has->vote == is->number))
			hosts |= 1U << number;
	}
	return hosts;
}

static const char *see_leader(struct world *world, const struct facts *was,
			      const struct facts *is)
{
	u32 shift = 4 * is->term;
	u32 hosts;

	if (is->role != RAFT_LEADER || (was->role == is->role && was->term == is->term))
		return NULL;
	if (is->term >= WORLD_TERMS)
		fatal("term %u is beyond what the explorer reckons with", is->term);
	if (world->leaders >> shift & 15)
		return "it leads a term that was led before";
	world->leaders |= (u64)is->number << shift;
	hosts = voted_for(world, is);
	/* The first step in office may have changed the configuration. */
	if (!facts_quorum(was, hosts) && !facts_quorum(is, hosts))
		return "it leads without the votes of a majority";
	return NULL;
}

/* Who has an entry where it can not be lost? */
static u32 keepers(const struct world *world, u32 index, u64 print)
{
	u32 number, hosts = 0;

	for (number = 1; number <= bounds->setup.hosts; number++) {
		const struct facts *has = facts_of(world, number);

		if (has->kept < index || has->last < index)
			continue;
		if (index < has->first || has->print[index] == print)
			hosts |= 1U << number;
	}
	return hosts;
}

static const char *enter(struct world *world, const struct facts *was, const struct facts *is)
{
	struct line line[FACTS_LOG + 1];
	const struct line *old;
	u32 last, hosts;

	old = ledger_of(world, &last);
	memcpy(line, old, (last + 1) * sizeof(*line));
	if (is->role != RAFT_LEADER && was->role != RAFT_LEADER)
		return "it commits what no leader has committed";
	while (last < is->commit) {
		last++;
		line[last].print = is->print[last];
		line[last].term = is->entry_term[last];
		line[last].in = is->term;
		hosts = keepers(world, last, is->print[last]);
		/* Behind its own configuration the step may have put the next one in force. */
		if (!facts_quorum(was, hosts) &&
		    (last <= was->config || !facts_quorum(is, hosts)))
			return "it commits an entry that no majority has on its stores";
	}
	world->ledger = intern_put(&ledgers, line, (last + 1) * sizeof(*line));
	return NULL;
}

static const char *see_commit(struct world *world, const struct facts *was, const struct facts *is)
{
	const struct line *line;
	u32 last, index;

	line = ledger_of(world, &last);
	for (index = is->first; index <= is->commit && index <= last; index++) {
		if (line[index].print != is->print[index])
			return "it commits another entry than was committed";
	}
	if (is->first && is->first - 1 <= last && line[is->first - 1].term !=
	    is->entry_term[is->first - 1])
		return "its log begins after another entry than was committed";
	return is->commit > last ? enter(world, was, is) : NULL;
}

/* "If two logs contain an entry with the same index and term, then the logs are
 * identical in all entries up through the given index" (figure 3.2).
 */
static const char *check_match(const struct facts *a, const struct facts *b)
{
	u32 first = a->first > b->first ? a->first : b->first;
	u32 index = a->last < b->last ? a->last : b->last;

	if (a->applied == b->applied && a->hash != b->hash)
		return "two nodes have other states after the same entry";
	while (index >= first && a->entry_term[index] != b->entry_term[index])
		index--;
	for (; index >= first; index--) {
		if (a->print[index] != b->print[index])
			return "two logs have an entry in common and differ before it";
	}
	return NULL;
}

/* "If a log entry is committed in a given term, then that entry will be present
 * in the logs of the leaders for all higher-numbered terms" (figure 3.2).
 */
static const char *check_complete(const struct world *world, const struct facts *is)
{
	const struct line *line;
	u32 last, index;

	if (is->role != RAFT_LEADER)
		return NULL;
	line = ledger_of(world, &last);
	for (index = is->first; index <= last; index++) {
		if (line[index].in >= is->term)
			continue;
		if (index > is->last || is->print[index] != line[index].print)
			return "it leads without an entry that an earlier leader committed";
	}
	return NULL;
}

/**
 * world_check() - do the nodes of a world fit together?
 * @world: the world
 * @number: the host that was moved last
 *
 * Return: NULL, or what is wrong.
 */
const char *world_check(const struct world *world, u32 number)
{
	const struct facts *is = facts_of(world, number);
	const char *wrong = NULL;
	u32 i;

	for (i = 1; i <= bounds->setup.hosts && !wrong; i++) {
		wrong = check_complete(world, facts_of(world, i));
		if (!wrong && i != number)
			wrong = check_match(is, facts_of(world, i));
	}
	return wrong;
}

static void take_dgram(struct world *world, u32 id)
{
	u32 i;

	for (i = 0; i < world->n && world->dgram[i] != id; i++)
		;
	if (i == world->n)
		fatal("a datagram is taken that is not on its way");
	for (world->n--; i < world->n; i++)
		world->dgram[i] = world->dgram[i + 1];
	world->dgram[i] = 0;
}

static bool add_dgram(struct world *world, u32 id)
{
	u32 i;

	if (world->n >= dgrams_max)
		return false;
	for (i = world->n++; i && world->dgram[i - 1] > id; i--)
		world->dgram[i] = world->dgram[i - 1];
	world->dgram[i] = id;
	return true;
}

static enum budget price(struct move move)
{
	switch (move.happening) {
	case HAPPEN_TIMER:
	case HAPPEN_SILENCE:
	case HAPPEN_LATE:
		return BUDGET_TIMERS;
	case HAPPEN_CRASH:
	case HAPPEN_CRASH_LATE:
		return BUDGET_CRASHES;
	case HAPPEN_BROKEN:
		return BUDGET_BROKEN;
	case HAPPEN_WRITE:
		return BUDGET_WRITES;
	case HAPPEN_READ:
		return BUDGET_READS;
	case HAPPEN_REMOVE:
	case HAPPEN_TRANSFER:
		return BUDGET_CHANGES;
	case HAPPEN_DGRAM:
		return move.kind == MOVE_REPEAT ? BUDGET_REPEATS :
		       move.kind == MOVE_DROP ? BUDGET_DROPS : BUDGETS;
	default:
		return BUDGETS;
	}
}

static const char *see_read(struct world *world, struct move move, bool done)
{
	u32 floor = world->floor;

	if (world->reader != move.number)
		return NULL;
	if (move.happening == HAPPEN_CRASH || move.happening == HAPPEN_CRASH_LATE)
		done = false;
	else if (!done)
		return NULL;
	world->reader = 0;
	world->floor = 0;
	if (done && facts_of(world, move.number)->applied < floor)
		return "it answers a read without what was committed when it was asked";
	return NULL;
}

static enum went go_wrong(u32 number, const char *what, char *wrong, size_t size)
{
	snprintf(wrong, size, "node %u: %s", number, what);
	return WENT_WRONG;
}

/**
 * world_move() - go on to another world
 * @world: the world, which becomes the other one
 * @move: one of world_moves()
 * @wrong: set to what is wrong, if something is
 * @size: its room
 *
 * Return: &enum went.
 */
enum went world_move(struct world *world, struct move move, char *wrong, size_t size)
{
	enum budget budget = price(move);
	const struct facts *was, *is;
	const struct outcome *does;
	const char *what;
	u32 last, i;

	if (budget < BUDGETS)
		world->left[budget]--;
	if (move.happening == HAPPEN_DGRAM && move.kind != MOVE_REPEAT)
		take_dgram(world, move.arg);
	if (move.kind == MOVE_DROP)
		return WENT_WELL;
	if (move.happening == HAPPEN_READ) {
		ledger_of(world, &last);
		world->reader = move.number;
		world->floor = last;
	}
	does = replica_does(world->node[move.number - 1], move.happening, move.arg);
	if (does->wrong)
		return go_wrong(move.number, does->wrong, wrong, size);
	was = facts_of(world, move.number);
	is = replica_facts(does->after);
	world->node[move.number - 1] = does->after;
	if (was != is) {
		what = see_leader(world, was, is);
		if (!what)
			what = see_commit(world, was, is);
		if (what)
			return go_wrong(move.number, what, wrong, size);
	}
	what = see_read(world, move, does->read_done);
	if (what)
		return go_wrong(move.number, what, wrong, size);
	for (i = 0; i < does->n && add_dgram(world, does->dgram[i]); i++)
		;
	return i == does->n ? WENT_WELL : WENT_CROWDED;
}

/**
 * world_len() - how many bytes of a world tell it from all others
 * @world: the world
 *
 * Return: bytes from its start.
 */
size_t world_len(const struct world *world)
{
	return offsetof(struct world, dgram) + world->n * sizeof(world->dgram[0]);
}

static struct move *offer(struct move *move, enum move_kind kind, enum happening happening,
			  u32 number, u32 arg)
{
	*move = (struct move) {
		.kind = kind,
		.happening = happening,
		.number = number,
		.arg = arg,
	};
	return move + 1;
}

static struct move *offer_dgrams(const struct world *world, struct move *at)
{
	u32 i, id, to;

	for (i = 0; i < world->n; i++) {
		id = world->dgram[i];
		to = dgram_to(id);
		if (i && world->dgram[i - 1] == id)
			continue;
		at = offer(at, MOVE_HAPPEN, HAPPEN_DGRAM, to, id);
		if (world->left[BUDGET_REPEATS])
			at = offer(at, MOVE_REPEAT, HAPPEN_DGRAM, to, id);
		if (world->left[BUDGET_DROPS])
			at = offer(at, MOVE_DROP, HAPPEN_DGRAM, to, id);
	}
	return at;
}

static struct move *offer_times(const struct world *world, struct move *at, u32 number,
				const struct facts *is)
{
	if (!world->left[BUDGET_TIMERS])
		return at;
	if (is->ticks)
		at = offer(at, MOVE_HAPPEN, HAPPEN_TIMER, number, 0);
	if (is->ticks && bounds->late)
		at = offer(at, MOVE_HAPPEN, HAPPEN_LATE, number, 0);
	if (is->hears && bounds->silence)
		at = offer(at, MOVE_HAPPEN, HAPPEN_SILENCE, number, 0);
	return at;
}

static struct move *offer_store(const struct world *world, struct move *at, u32 number,
				const struct facts *is)
{
	if (is->writes && !is->failed)
		at = offer(at, MOVE_HAPPEN, HAPPEN_WRITTEN, number, 0);
	if (is->writes && !is->failed && world->left[BUDGET_BROKEN])
		at = offer(at, MOVE_HAPPEN, HAPPEN_BROKEN, number, 0);
	if (!world->left[BUDGET_CRASHES] || !is->stores)
		return at;
	at = offer(at, MOVE_HAPPEN, HAPPEN_CRASH, number, 0);
	if (is->writes)
		at = offer(at, MOVE_HAPPEN, HAPPEN_CRASH_LATE, number, 0);
	return at;
}

static struct move *offer_users(const struct world *world, struct move *at, u32 number)
{
	const struct change *change;

	if (world->left[BUDGET_WRITES])
		at = offer(at, MOVE_HAPPEN, HAPPEN_WRITE, number, world->left[BUDGET_WRITES]);
	if (world->left[BUDGET_READS] && !world->reader)
		at = offer(at, MOVE_HAPPEN, HAPPEN_READ, number, 0);
	if (!world->left[BUDGET_CHANGES])
		return at;
	change = &bounds->change[world->left[BUDGET_CHANGES] - 1];
	return offer(at, MOVE_HAPPEN, change->what, number, change->target);
}

/**
 * world_moves() - what can be done in a world?
 * @world: the world
 * @move: filled in, room for %WORLD_MOVES
 *
 * Return: how many there are.
 */
u32 world_moves(const struct world *world, struct move *move)
{
	struct move *at = offer_dgrams(world, move);
	u32 number;

	for (number = 1; number <= bounds->setup.hosts; number++) {
		const struct facts *is = facts_of(world, number);

		at = offer_times(world, at, number, is);
		at = offer_store(world, at, number, is);
		at = offer_users(world, at, number);
	}
	return at - move;
}

/* A move before the exploration begins: it costs nothing and must go well. */
static void prepare(struct world *world, enum move_kind kind, enum happening happening,
		    u32 number, u32 arg)
{
	char wrong[LINE] = "not all that is sent finds room";
	struct move move;

	if (n_beginning == BEGIN_MOVES)
		fatal("bounds %s: no beginning is reached", bounds->name);
	offer(&move, kind, happening, number, arg);
	memset(world->left, 0xff, sizeof(world->left));
	beginning[n_beginning] = move;
	beginnings[n_beginning++] = *world;
	if (world_move(world, move, wrong, sizeof(wrong)) != WENT_WELL)
		fatal("bounds %s: the beginning fails: %s", bounds->name, wrong);
}

static bool is_joint(const struct world *world)
{
	return facts_of(world, 1)->joint;
}

/* Let everything arrive and every write end, until a configuration is joint. */
static void rest(struct world *world)
{
	u32 number;

	for (;;) {
		for (number = 1; number <= bounds->setup.hosts; number++) {
			if (facts_of(world, number)->writes)
				break;
		}
		if (is_joint(world))
			return;
		if (number <= bounds->setup.hosts)
			prepare(world, MOVE_HAPPEN, HAPPEN_WRITTEN, number, 0);
		else if (world->n)
			prepare(world, MOVE_HAPPEN, HAPPEN_DGRAM, dgram_to(world->dgram[0]),
				world->dgram[0]);
		else
			return;
	}
}

static void advance(struct world *world)
{
	if (bounds->begin == BEGIN_FOLLOWERS)
		return;
	rest(world);
	prepare(world, MOVE_HAPPEN, HAPPEN_TIMER, 1, 0);
	rest(world);
	if (bounds->begin == BEGIN_LEADER)
		return;
	while (!is_joint(world)) {
		prepare(world, MOVE_HAPPEN, HAPPEN_TIMER, 1, 0);
		rest(world);
		if (is_joint(world))
			return;
		prepare(world, MOVE_HAPPEN, HAPPEN_TIMER, 4, 0);
		rest(world);
	}
}

/**
 * world_begin() - the world that an exploration begins with
 * @world: set to it
 * @with: the bounds, until world_end()
 */
void world_begin(struct world *world, const struct bounds *with)
{
	const struct line line[2] = { { 0 }, { .term = 1, .in = 1 } };
	const struct outcome *sent;
	u32 number, i;

	bounds = with;
	dgrams_max = WORLD_DGRAMS;
	n_beginning = 0;
	replicas_init(&bounds->setup);
	memset(world, 0, sizeof(*world));
	world->ledger = intern_put(&ledgers, line, sizeof(line));
	for (number = 1; number <= bounds->setup.hosts; number++) {
		world->node[number - 1] = replica_first(number, &sent);
		for (i = 0; i < sent->n; i++)
			add_dgram(world, sent->dgram[i]);
	}
	advance(world);
	dgrams_max = bounds->dgrams;
	memcpy(world->left, bounds->left, sizeof(world->left));
}

/**
 * world_end() - forget what was explored
 */
void world_end(void)
{
	replicas_free();
	intern_free(&ledgers);
}

static const char *const happening_name[] = {
	[HAPPEN_TIMER] = "its timer fires",
	[HAPPEN_SILENCE] = "an election timeout passes",
	[HAPPEN_LATE] = "its timer fires late",
	[HAPPEN_WRITTEN] = "its write is on the store",
	[HAPPEN_BROKEN] = "its write fails",
	[HAPPEN_CRASH] = "it crashes and is started again from its store",
	[HAPPEN_CRASH_LATE] = "it crashes and is started again from its store, with the write",
	[HAPPEN_WRITE] = "a program writes",
	[HAPPEN_READ] = "a program reads",
};

static void tell_dgram(struct move move)
{
	static const char *const how[] = {
		[MOVE_HAPPEN] = "",
		[MOVE_REPEAT] = " (and will arrive again)",
		[MOVE_DROP] = " is lost",
	};
	const u8 *bytes;
	struct dgram *dgram;
	char text[LINE];
	u32 len;

	bytes = dgram_at(move.arg, &len);
	dgram = must_realloc(NULL, sizeof(*dgram) + len);
	memset(dgram, 0, sizeof(*dgram));
	dgram->len = len;
	memcpy(dgram->data, bytes, len);
	dgram_print(text, sizeof(text), dgram);
	printf("%u <- %u %s%s\n", move.number, dgram_from(move.arg), text, how[move.kind]);
	free(dgram);
}

/**
 * world_tell() - print a move, and what the node explains
 * @world: the world before it
 * @move: the move
 */
void world_tell(const struct world *world, struct move move)
{
	if (move.happening == HAPPEN_DGRAM)
		tell_dgram(move);
	else if (move.happening == HAPPEN_REMOVE || move.happening == HAPPEN_TRANSFER)
		printf("%u: somebody wants member %u %s\n", move.number, move.arg,
		       move.happening == HAPPEN_REMOVE ? "removed" : "to lead");
	else
		printf("%u: %s\n", move.number, happening_name[move.happening]);
	if (move.kind != MOVE_DROP)
		replica_tell(world->node[move.number - 1], move.happening, move.arg);
}

/**
 * world_tell_beginning() - print how the exploration came to its beginning
 */
void world_tell_beginning(void)
{
	u32 i;

	for (i = 0; i < n_beginning; i++) {
		printf("  before: ");
		world_tell(&beginnings[i], beginning[i]);
	}
}
