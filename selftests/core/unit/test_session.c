// SPDX-License-Identifier: GPL-2.0
/*
 * Sessions: two ends, a network between them that loses, delays and repeats, and
 * somebody who sends again what was ever sent.
 */
#include <string.h>

#include "rng.h"
#include "session.h"
#include "test.h"

#define ROUNDS		20000
#define TAPE		400	/* hellos that were recorded */
#define FLIGHT		8	/* what is on its way */
#define TICK		10000	/* microseconds */

/**
 * struct parcel - what is on its way
 * @used: there is something
 * @to: the end that it goes to
 * @is_hello: a hello, else data
 * @hello: the hello
 * @tag: of data: the session's tag
 * @number: its number
 * @mine: its sender's id of the session, which stands for the key
 * @theirs: its receiver's, likewise
 */
struct parcel {
	bool used;
	int to;
	bool is_hello;
	struct raft_hello hello;
	u32 tag;
	u64 number;
	u8 mine[RAFT_SESSION_ID];
	u8 theirs[RAFT_SESSION_ID];
};

/**
 * struct world - two ends and what is between them
 * @rng: decides everything
 * @now: microseconds
 * @end: what each has of the other
 * @flight: what is on its way
 * @tape: everything that was ever sent, the newest of it
 * @n_tape: how much
 * @taken: data that each end took
 * @begun: sessions that each end began
 * @loss: how much is lost, of a thousand
 */
struct world {
	struct rng rng;
	u64 now;
	struct raft_sessions end[2];
	struct parcel flight[FLIGHT];
	struct parcel tape[TAPE];
	u64 n_tape;
	u64 taken[2];
	u64 begun[2];
	u32 loss;
};

static void fresh(struct world *world, u8 *id)
{
	int i;

	for (i = 0; i < RAFT_SESSION_ID; i++)
		id[i] = rng_next(&world->rng);
}

static void start(struct world *world, int i)
{
	u8 id[RAFT_SESSION_ID];

	fresh(world, id);
	raft_sessions_init(&world->end[i], id);
}

static void world_make(struct world *world, u64 seed)
{
	memset(world, 0, sizeof(*world));
	world->rng.state = seed;
	world->now = 1000000;
	start(world, 0);
	start(world, 1);
}

static void deliver(struct world *world, const struct parcel *parcel);

/* It may take the place of something else, which is then lost. */
static void post(struct world *world, const struct parcel *parcel)
{
	world->tape[world->n_tape++ % TAPE] = *parcel;
	if (rng_chance(&world->rng, world->loss))
		return;
	if (!world->loss)
		deliver(world, parcel);
	else
		world->flight[rng_between(&world->rng, 0, FLIGHT - 1)] = *parcel;
}

static void post_hello(struct world *world, int from, const struct raft_hello *hello)
{
	post(world, &(struct parcel) {
		.used = true, .to = !from, .is_hello = true, .hello = *hello,
	});
}

static void hear(struct world *world, const struct parcel *parcel)
{
	struct raft_sessions *end = &world->end[parcel->to];
	enum raft_hello_verdict verdict;
	struct raft_hello answer;
	u8 id[RAFT_SESSION_ID];

	fresh(world, id);
	verdict = raft_sessions_hear(end, world->now, &parcel->hello, id, &answer);
	if (verdict == RAFT_HELLO_BEGAN || verdict == RAFT_HELLO_BEGAN_ANSWER)
		world->begun[parcel->to]++;
	if (verdict == RAFT_HELLO_ANSWER || verdict == RAFT_HELLO_BEGAN_ANSWER)
		post_hello(world, parcel->to, &answer);
}

/* As whoever seals does: the number, then the key, and only then it counts. */
static bool open(struct world *world, const struct parcel *parcel)
{
	struct raft_sessions *end = &world->end[parcel->to];
	struct raft_session *session = raft_sessions_find(end, world->now, parcel->tag);

	if (!session || raft_replay_judge(&session->replay, parcel->number) != RAFT_REPLAY_NEW ||
	    memcmp(session->mine, parcel->theirs, RAFT_SESSION_ID) ||
	    memcmp(session->theirs, parcel->mine, RAFT_SESSION_ID))
		return false;
	raft_sessions_opened(end, world->now, session, parcel->number);
	world->taken[parcel->to]++;
	return true;
}

static void deliver(struct world *world, const struct parcel *parcel)
{
	struct raft_hello hello;

	if (parcel->is_hello)
		hear(world, parcel);
	else if (!open(world, parcel) &&
		 raft_sessions_hello(&world->end[parcel->to], world->now, true, &hello))
		post_hello(world, parcel->to, &hello);
}

static void send(struct world *world, int from)
{
	struct raft_sessions *end = &world->end[from];
	struct raft_session *session = &end->now;
	struct parcel parcel = { .used = true, .to = !from };
	struct raft_hello hello;

	if (raft_sessions_hello(end, world->now, false, &hello))
		post_hello(world, from, &hello);
	if (!session->live)
		return;
	parcel.tag = raft_session_tag(session->theirs);
	parcel.number = session->sent++;
	memcpy(parcel.mine, session->mine, RAFT_SESSION_ID);
	memcpy(parcel.theirs, session->theirs, RAFT_SESSION_ID);
	post(world, &parcel);
}

static void arrive(struct world *world)
{
	struct parcel *slot = &world->flight[rng_between(&world->rng, 0, FLIGHT - 1)];
	struct parcel parcel = *slot;

	if (!parcel.used)
		return;
	slot->used = rng_chance(&world->rng, 100);
	deliver(world, &parcel);
}

static void replay(struct world *world)
{
	if (world->n_tape)
		deliver(world, &world->tape[rng_between(&world->rng, 0,
							min(world->n_tape, (u64)TAPE) - 1)]);
}

static bool agree(const struct world *world)
{
	const struct raft_session *one = &world->end[0].now, *other = &world->end[1].now;

	return one->live && other->live && !memcmp(one->mine, other->theirs, RAFT_SESSION_ID) &&
	       !memcmp(one->theirs, other->mine, RAFT_SESSION_ID);
}

static void test_three_hellos_make_a_session(void)
{
	struct world world;

	world_make(&world, 1);
	send(&world, 0);
	CHECK(agree(&world));
	CHECK_EQ(world.n_tape, 4);
	send(&world, 1);
	CHECK_EQ(world.n_tape, 5);
	CHECK_EQ(world.taken[0], 1);
	CHECK_EQ(world.taken[1], 1);
}

/* Every pair of a hello of this boot of one end and one of the other, at any time. */
static void test_records_begin_nothing(void)
{
	struct world world;
	u64 i, begun[2], taken[2], sent;

	world_make(&world, 2);
	for (i = 0; i < 30; i++) {
		/* Now this end is started anew, now that one, so that all ids were used. */
		start(&world, i % 2);
		world.now += 2 * RAFT_SESSION_QUIET_US;
		send(&world, i % 2);
		CHECK(agree(&world));
		send(&world, 0);
		send(&world, 1);
	}
	memcpy(begun, world.begun, sizeof(begun));
	memcpy(taken, world.taken, sizeof(taken));
	sent = world.n_tape;
	CHECK(sent < TAPE);
	for (i = 0; i < sent; i++)
		deliver(&world, &world.tape[i]);
	CHECK_EQ(world.begun[0], begun[0]);
	CHECK_EQ(world.begun[1], begun[1]);
	CHECK_EQ(world.taken[0], taken[0]);
	CHECK_EQ(world.taken[1], taken[1]);
}

/* When nothing is heard, a record is answered, and the other may begin a session: a new one. */
static void test_records_in_the_quiet_do_no_harm(void)
{
	struct world world;
	u64 i, sent;

	world_make(&world, 3);
	for (i = 0; i < 10; i++) {
		start(&world, i % 2);
		world.now += 2 * RAFT_SESSION_QUIET_US;
		send(&world, i % 2);
	}
	sent = world.n_tape;
	for (i = 0; i < sent; i++) {
		world.now += 2 * RAFT_SESSION_QUIET_US;
		deliver(&world, &world.tape[i]);
		CHECK(agree(&world));
		send(&world, 0);
		send(&world, 1);
	}
	CHECK_EQ(world.taken[0], world.taken[1]);
}

static void test_a_lost_hello_is_made_good(void)
{
	struct world world;
	struct raft_hello hello;
	u64 lost;

	for (lost = 1; lost <= 3; lost++) {
		world_make(&world, 10 + lost);
		/* The one that would be lost is the last that is sent. */
		world.loss = 1000;
		raft_sessions_hello(&world.end[0], world.now, false, &hello);
		post_hello(&world, 0, &hello);
		if (lost > 1)
			deliver(&world, &world.tape[0]);
		if (lost > 2)
			deliver(&world, &world.tape[1]);
		CHECK_EQ(world.n_tape, lost);
		CHECK(!agree(&world));
		world.loss = 0;
		world.now += RAFT_SESSION_RETRY_US;
		send(&world, 0);
		CHECK(agree(&world));
	}
}

static void test_an_old_session_is_followed_by_another(void)
{
	struct world world;
	struct parcel late;
	u64 begun;

	world_make(&world, 4);
	send(&world, 0);
	begun = world.begun[0];
	world.end[0].now.sent = RAFT_SESSION_NUMBERS;
	world.now += RAFT_SESSION_RETRY_US;
	world.loss = 1000;
	send(&world, 1);
	late = world.tape[world.n_tape - 1];
	CHECK(!late.is_hello);
	world.loss = 0;
	send(&world, 0);
	CHECK(agree(&world));
	CHECK_EQ(world.begun[0], begun + 1);
	CHECK_EQ(world.end[0].now.sent, 1);
	/* What was sent in the one before may still arrive, for a time. */
	CHECK(open(&world, &late));
	CHECK(!open(&world, &late));
	world.loss = 1000;
	late.number++;
	world.now += RAFT_SESSION_KEEP_US;
	CHECK(!open(&world, &late));
	world.loss = 0;
	world.now += RAFT_SESSION_LIFE_US;
	send(&world, 1);
	CHECK(agree(&world));
	CHECK_EQ(world.begun[0], begun + 2);
}

static void test_answers_have_a_rate(void)
{
	struct world world;
	struct raft_hello hello = {};
	u64 i;

	world_make(&world, 5);
	world.loss = 1000;
	for (i = 0; i < 1000; i++) {
		fresh(&world, hello.mine);
		hear(&world, &(struct parcel) { .to = 0, .is_hello = true, .hello = hello });
	}
	CHECK_EQ(world.n_tape, RAFT_SESSION_ANSWERS);
	world.now += 10 * RAFT_SESSION_ANSWER_US * RAFT_SESSION_ANSWERS;
	for (i = 0; i < 1000; i++)
		hear(&world, &(struct parcel) { .to = 0, .is_hello = true, .hello = hello });
	CHECK_EQ(world.n_tape, 2 * RAFT_SESSION_ANSWERS);
}

static void happen(struct world *world)
{
	world->now += rng_between(&world->rng, 0, TICK);
	switch (rng_between(&world->rng, 0, 9)) {
	case 0:
		if (rng_chance(&world->rng, 100))
			start(world, rng_between(&world->rng, 0, 1));
		break;
	case 1:
		replay(world);
		break;
	case 2:
	case 3:
	case 4:
		send(world, rng_between(&world->rng, 0, 1));
		break;
	default:
		arrive(world);
	}
}

/* Whatever happened: when datagrams arrive again, data does, too, and soon. */
static void test_any_order(void)
{
	struct world world;
	u64 seed, i, taken[2];

	for (seed = 1; seed <= ROUNDS; seed++) {
		world_make(&world, 1000 + seed);
		world.loss = rng_between(&world.rng, 1, 700);
		for (i = 0; i < 200; i++)
			happen(&world);
		memset(world.flight, 0, sizeof(world.flight));
		world.loss = 0;
		for (i = 0; i < 30; i++) {
			world.now += RAFT_SESSION_RETRY_US;
			send(&world, i % 2);
		}
		CHECK(agree(&world));
		memcpy(taken, world.taken, sizeof(taken));
		send(&world, 0);
		send(&world, 1);
		CHECK_EQ(world.taken[0], taken[0] + 1);
		CHECK_EQ(world.taken[1], taken[1] + 1);
		CHECK(agree(&world));
		if (test_failures) {
			printf("# seed %llu\n", seed);
			break;
		}
	}
}

int main(void)
{
	static const struct test tests[] = {
		{ "three hellos make a session", test_three_hellos_make_a_session },
		{ "records begin nothing", test_records_begin_nothing },
		{ "records do no harm when nothing else is heard",
		  test_records_in_the_quiet_do_no_harm },
		{ "a lost hello is made good", test_a_lost_hello_is_made_good },
		{ "an old session is followed by another",
		  test_an_old_session_is_followed_by_another },
		{ "answers have a rate", test_answers_have_a_rate },
		{ "whatever happened, data arrives soon when datagrams do", test_any_order },
	};

	return run_tests(tests, ARRAY_SIZE(tests));
}
