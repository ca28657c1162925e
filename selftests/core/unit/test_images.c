// SPDX-License-Identifier: GPL-2.0
/*
 * The judge of images: a recording of members that lose power is found good, and
 * each rule is broken by something.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fail.h"
#include "judge.h"
#include "synth.h"
#include "test.h"

#define WRITES	80
#define SEED	7

static char dir[64];
static char *path[TAPE_STORES];

/**
 * struct rig - a recording, and who judges it
 * @tape: the recording
 * @truth: what was agreed on
 * @brief: what every landing made of its store
 * @judge: the judge
 */
struct rig {
	struct tape tape;
	struct truth truth;
	struct judge_brief *brief;
	struct judge judge;
};

static void record(u64 seed)
{
	size_t i, len = sizeof(dir) + 8;

	if (!path[0]) {
		snprintf(dir, sizeof(dir), "/tmp/test_images-XXXXXX");
		if (!mkdtemp(dir))
			fatal("no directory for the logs");
	}
	for (i = 0; i < TAPE_STORES; i++) {
		path[i] = must_realloc(path[i], len);
		snprintf(path[i], len, "%s/log%zu", dir, i + 1);
	}
	synth_write(path, seed, WRITES);
}

static void remove_all(void)
{
	size_t i;

	for (i = 0; i < TAPE_STORES; i++) {
		unlink(path[i]);
		free(path[i]);
	}
	rmdir(dir);
}

static void load(struct rig *rig)
{
	memset(rig, 0, sizeof(*rig));
	tape_read(&rig->tape, path, SEED);
	rig->brief = judge_learn(&rig->tape, &rig->truth);
	CHECK(!rig->truth.broken[0]);
}

/* Judge variants 0 and 1 after every step. */
static void judge_all(struct rig *rig)
{
	size_t i;
	u32 v;

	judge_init(&rig->judge, &rig->tape, &rig->truth, rig->brief, SEED);
	for (i = 0; i < rig->tape.n_steps; i++) {
		judge_advance(&rig->judge, i);
		for (v = 0; v < 2; v++) {
			if (!judge_image(&rig->judge, i, v) && rig->judge.lost == 1)
				printf("# image %zu.%u: %s: %s\n", i, v,
				       judge_rule_name(rig->judge.rule), rig->judge.why);
			judge_undo(&rig->judge);
		}
	}
}

static void unload(struct rig *rig)
{
	judge_free(&rig->judge);
	free(rig->brief);
	truth_free(&rig->truth);
	tape_free(&rig->tape);
}

/* Judge a recording on which something was changed since load(). */
static void judge_changed(struct rig *rig)
{
	free(rig->brief);
	rig->brief = judge_learn(&rig->tape, NULL);
	judge_all(rig);
}

static void test_good(void)
{
	struct rig rig;
	u64 seed;

	for (seed = 1; seed <= 3; seed++) {
		record(seed);
		load(&rig);
		judge_all(&rig);
		CHECK(rig.judge.images > 4 * WRITES);
		CHECK_EQ(rig.judge.lost, 0);
		CHECK(rig.judge.acks >= WRITES);
		unload(&rig);
	}
}

static void test_late(void)
{
	struct rig rig;

	load(&rig);
	tape_break(&rig.tape, TAPE_LATE, 0);
	judge_changed(&rig);
	CHECK(rig.judge.broke[JUDGE_MAJORITY] > WRITES / 2);
	unload(&rig);
}

static void test_drop(void)
{
	struct rig rig;
	u64 seed;

	for (seed = SEED; seed < SEED + 20; seed++) {
		load(&rig);
		tape_break(&rig.tape, TAPE_DROP, judge_victim(&rig.tape, rig.brief, seed));
		judge_changed(&rig);
		CHECK(rig.judge.broke[JUDGE_VERDICT]);
		unload(&rig);
	}
}

static void test_old(void)
{
	struct rig rig;

	load(&rig);
	tape_break(&rig.tape, TAPE_OLD, judge_victim(&rig.tape, rig.brief, SEED));
	judge_changed(&rig);
	/* Whether a start or a term was among what is gone is chance. */
	CHECK(rig.judge.broke[JUDGE_KEPT] || rig.judge.broke[JUDGE_INCARNATION] ||
	      rig.judge.broke[JUDGE_TERM]);
	unload(&rig);
}

typedef bool (*change_fn)(const struct judge_brief *was, const struct judge_brief *now);

/* The first landing that made such a change of its store. */
static size_t find(const struct rig *rig, change_fn changed)
{
	size_t last[TAPE_STORES] = {}, i;
	u32 what;

	for (i = 0; i < rig->tape.n_steps; i++) {
		what = rig->tape.step[i].what;
		if (what == TAPE_MARK)
			continue;
		if (last[what] && changed(&rig->brief[last[what]], &rig->brief[i]))
			return i;
		last[what] = i;
	}
	fatal("the recording has no such landing");
}

/* What was, was so for no longer than one landing. */
static void go_back_over(struct rig *rig, size_t at)
{
	const u32 what = rig->tape.step[at].what;
	size_t to = at;

	do {
		to--;
	} while (rig->tape.step[to].what != what);
	tape_go_back(&rig->tape, tape_find(&rig->tape, what, at + 1), to);
	judge_changed(rig);
}

static bool term_rose(const struct judge_brief *was, const struct judge_brief *now)
{
	return was->started && now->term > was->term;
}

static bool was_counted(const struct judge_brief *was, const struct judge_brief *now)
{
	return was->started && now->incarnation > was->incarnation;
}

static bool has_begun(const struct judge_brief *was, const struct judge_brief *now)
{
	return !was->started && now->started;
}

static void test_term(void)
{
	struct rig rig;

	load(&rig);
	go_back_over(&rig, find(&rig, term_rose));
	CHECK(rig.judge.broke[JUDGE_TERM]);
	unload(&rig);
}

static void test_incarnation(void)
{
	struct rig rig;

	load(&rig);
	go_back_over(&rig, find(&rig, was_counted));
	CHECK(rig.judge.broke[JUDGE_INCARNATION]);
	unload(&rig);
}

static void test_start(void)
{
	struct rig rig;

	load(&rig);
	go_back_over(&rig, find(&rig, has_begun));
	CHECK(rig.judge.broke[JUDGE_START]);
	unload(&rig);
}

/* Bring the judge to the end, where all is well. */
static void judge_to_end(struct rig *rig)
{
	size_t i;

	judge_init(&rig->judge, &rig->tape, &rig->truth, rig->brief, SEED);
	for (i = 0; i < rig->tape.n_steps; i++)
		judge_advance(&rig->judge, i);
	CHECK(judge_image(&rig->judge, i - 1, 0));
}

static void test_vote(void)
{
	struct rig rig;

	load(&rig);
	judge_to_end(&rig);
	rig.judge.seat[1].was.vote = rig.judge.seat[1].now.state.vote + 1;
	CHECK(!judge_image(&rig.judge, rig.tape.n_steps - 1, 0));
	CHECK_EQ(rig.judge.rule, JUDGE_TERM);
	unload(&rig);
}

static void test_used_start(void)
{
	struct rig rig;

	load(&rig);
	judge_to_end(&rig);
	rig.judge.seat[2].used = rig.judge.seat[2].now.incarnation + 1;
	CHECK(!judge_image(&rig.judge, rig.tape.n_steps - 1, 0));
	CHECK_EQ(rig.judge.rule, JUDGE_INCARNATION);
	unload(&rig);
}

static void test_state(void)
{
	struct rig rig;

	load(&rig);
	judge_to_end(&rig);
	rig.truth.place[rig.judge.seat[0].now.base].hash++;
	CHECK(!judge_image(&rig.judge, rig.tape.n_steps - 1, 0));
	CHECK_EQ(rig.judge.rule, JUDGE_STATE);
	unload(&rig);
}

static void test_unknown(void)
{
	struct rig rig;
	u32 i;

	load(&rig);
	for (i = 0; i < TRUTH_WRITERS; i++)
		rig.truth.writer[i].n /= 2;
	judge_all(&rig);
	CHECK(rig.judge.broke[JUDGE_MAJORITY]);
	unload(&rig);
}

static void test_again(void)
{
	struct judge_seat *seat;
	struct rig rig;
	u32 i;

	load(&rig);
	judge_to_end(&rig);
	for (i = 0; i < TAPE_STORES; i++) {
		seat = &rig.judge.seat[i];
		seat->now.hash = 1;
		rig.truth.place[seat->now.base].hash = 1;
	}
	CHECK(!judge_image(&rig.judge, rig.tape.n_steps - 1, 0));
	CHECK_EQ(rig.judge.rule, JUDGE_AGAIN);
	unload(&rig);
}

/* The first image that is lost by what landed, judged by another judge. */
static void test_same(void)
{
	char why[JUDGE_WHY];
	struct rig rig;
	size_t i = 0, at;

	load(&rig);
	tape_break(&rig.tape, TAPE_DROP, judge_victim(&rig.tape, rig.brief, SEED));
	judge_changed(&rig);
	judge_free(&rig.judge);
	judge_init(&rig.judge, &rig.tape, &rig.truth, rig.brief, SEED);
	do {
		judge_undo(&rig.judge);
		judge_advance(&rig.judge, i);
	} while (judge_image(&rig.judge, i++, 1) && i < rig.tape.n_steps);
	CHECK_EQ(rig.judge.lost, 1);
	memcpy(why, rig.judge.why, sizeof(why));
	judge_free(&rig.judge);
	judge_init(&rig.judge, &rig.tape, &rig.truth, rig.brief, SEED);
	for (at = 0; at < i; at++)
		judge_advance(&rig.judge, at);
	CHECK(!judge_image(&rig.judge, i - 1, 1));
	CHECK(!strcmp(why, rig.judge.why));
	unload(&rig);
}

int main(void)
{
	static const struct test tests[] = {
		{ "members that lose power lose nothing", test_good },
		{ "writes that come late are found", test_late },
		{ "a write that never comes is found", test_drop },
		{ "a disk that goes back is found", test_old },
		{ "a term that goes back is found", test_term },
		{ "another vote in a term is found", test_vote },
		{ "a start that is not counted is found", test_incarnation },
		{ "nor may one that has been be used again", test_used_start },
		{ "a member that does not start any more is found", test_start },
		{ "a state that nobody agreed on is found", test_state },
		{ "a write that is nowhere is found", test_unknown },
		{ "a second start that finds another state is found", test_again },
		{ "an image can be had again", test_same },
	};
	int status;

	status = run_tests(tests, ARRAY_SIZE(tests));
	remove_all();
	return status;
}
