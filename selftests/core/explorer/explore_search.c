// SPDX-License-Identifier: GPL-2.0
/*
 * Breadth first, so that the first trace to something wrong is a shortest one.
 *
 * Of a world that was seen only a hash of 64 bits is kept, and how it was come
 * by. Two worlds of the same hash would be taken for one: among 1e8 there is
 * one such pair with a chance of about 1 in 4000.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "explore_intern.h"
#include "explore_search.h"
#include "fail.h"

#define LINE		200
#define CLOCK_EVERY	4096	/* worlds between two looks at the clock */

/**
 * struct trail - how a world was come by
 * @from: the number of the world before
 * @move: the move
 */
struct trail {
	u32 from;
	struct move move;
};

/**
 * struct queue - worlds, one after the other, each only as long as it is
 * @at: where they are
 * @used: bytes
 * @room: bytes
 */
struct queue {
	u8 *at;
	size_t used;
	size_t room;
};

/**
 * struct frontier - what a search works with
 * @search: the search
 * @root: the world it began with
 * @seen: hashes of the worlds that were seen
 * @trail: for each of them, in the order in which they were
 * @room: room in @trail
 * @now: the worlds of this depth
 * @next: those of the next
 * @first: the number of the first world of this depth
 * @begin: when it began
 * @stopped: a limit was reached
 */
struct frontier {
	struct search *search;
	struct world root;
	struct map seen;
	struct trail *trail;
	size_t room;
	struct queue now;
	struct queue next;
	u64 first;
	clock_t begin;
	bool stopped;
};

static void push(struct queue *queue, const struct world *world)
{
	size_t len = world_len(world);

	if (queue->used + len > queue->room) {
		queue->room = queue->room ? 2 * queue->room : 1 << 20;
		queue->at = must_realloc(queue->at, queue->room);
	}
	memcpy(queue->at + queue->used, world, len);
	queue->used += len;
}

static size_t take(const struct queue *queue, size_t at, struct world *world)
{
	memset(world, 0, sizeof(*world));
	memcpy(world, queue->at + at, offsetof(struct world, dgram));
	memcpy(world, queue->at + at, world_len(world));
	return at + world_len(world);
}

static void remember(struct frontier *frontier, u32 from, struct move move)
{
	struct search *search = frontier->search;

	if (search->states == frontier->room) {
		frontier->room = frontier->room ? 2 * frontier->room : 1 << 16;
		frontier->trail = must_realloc(frontier->trail,
					       frontier->room * sizeof(*frontier->trail));
	}
	frontier->trail[search->states++] = (struct trail) { .from = from, .move = move };
}

/* Walk the trail again from the beginning and print it. */
static void tell(const struct frontier *frontier, u64 number, struct move last, const char *wrong)
{
	struct world world = frontier->root;
	char ignored[LINE];
	struct move *move;
	u64 at, n = 1, i;

	for (at = number; at; at = frontier->trail[at].from)
		n++;
	move = must_realloc(NULL, n * sizeof(*move));
	move[n - 1] = last;
	for (at = number, i = n - 1; at; at = frontier->trail[at].from)
		move[--i] = frontier->trail[at].move;
	world_tell_beginning();
	for (i = 0; i < n; i++) {
		printf("  %5llu: ", i + 1);
		world_tell(&world, move[i]);
		world_move(&world, move[i], ignored, sizeof(ignored));
	}
	printf("bounds %s, after %llu moves: %s\n", frontier->search->bounds->name, n, wrong);
	free(move);
}

static bool out_of(struct frontier *frontier)
{
	const struct search *search = frontier->search;
	u64 states = search->states_max ? search->states_max : search->bounds->states;

	if (states && search->states >= states)
		return true;
	return search->seconds_max &&
	       (double)(clock() - frontier->begin) / CLOCKS_PER_SEC >= search->seconds_max;
}

/* Try one move; false if it led to something wrong. */
static bool try_move(struct frontier *frontier, const struct world *from, u64 number,
		     struct move move)
{
	struct search *search = frontier->search;
	struct world world = *from;
	char text[LINE];
	const char *wrong = NULL;
	enum went went;

	search->moves++;
	went = world_move(&world, move, text, sizeof(text));
	search->crowded += went == WENT_CROWDED;
	if (went != WENT_WRONG) {
		if (!map_add(&frontier->seen, hash_bytes(&world, world_len(&world)), 0))
			return true;
		wrong = world_check(&world, move.number);
		if (!wrong) {
			remember(frontier, number, move);
			push(&frontier->next, &world);
			return true;
		}
	}
	search->broken = true;
	tell(frontier, number, move, wrong ? wrong : text);
	return false;
}

static bool expand(struct frontier *frontier)
{
	struct move move[WORLD_MOVES];
	u64 number = frontier->first;
	struct world world;
	size_t at = 0;
	u32 i, n;

	for (; at < frontier->now.used; number++) {
		at = take(&frontier->now, at, &world);
		n = world_moves(&world, move);
		for (i = 0; i < n; i++) {
			if (!try_move(frontier, &world, number, move[i]))
				return false;
		}
		if (number % CLOCK_EVERY == 0 && out_of(frontier)) {
			frontier->stopped = true;
			return false;
		}
	}
	return true;
}

static void run(struct frontier *frontier)
{
	struct search *search = frontier->search;
	struct queue done;
	u64 last;

	for (;;) {
		last = search->states;
		if (!expand(frontier))
			return;
		if (search->states == last) {
			search->complete = true;
			return;
		}
		search->depth++;
		if (search->progress)
			printf("  %s: depth %u, %llu worlds, %u nodes\n", search->bounds->name,
			       search->depth, search->states, replica_count());
		done = frontier->now;
		frontier->now = frontier->next;
		frontier->next = done;
		frontier->next.used = 0;
		frontier->first = last;
	}
}

/**
 * search_run() - search
 * @search: bounds and limits; the rest is filled in; something wrong is printed
 *	with the moves that lead to it
 */
void search_run(struct search *search)
{
	struct frontier frontier = { .search = search, .begin = clock() };

	map_init(&frontier.seen, false);
	world_begin(&frontier.root, search->bounds);
	map_add(&frontier.seen, hash_bytes(&frontier.root, world_len(&frontier.root)), 0);
	remember(&frontier, 0, (struct move) { 0 });
	push(&frontier.now, &frontier.root);
	run(&frontier);
	search->seconds = (double)(clock() - frontier.begin) / CLOCKS_PER_SEC;
	search->nodes = replica_count();
	search->steps = replica_steps();
	world_end();
	map_free(&frontier.seen);
	free(frontier.trail);
	free(frontier.now.at);
	free(frontier.next.at);
}
