// SPDX-License-Identifier: GPL-2.0
/*
 * Judges what a crash can leave on three stores, at every moment of a recording of
 * their writes.
 *
 *	images --help	describes it
 *
 * Exit status: 0 no image is lost, 1 one is, 2 the recording can not be read or
 * something else went wrong.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>

#include "fail.h"
#include "judge.h"
#include "synth.h"

#define SHOWN		10	/* lost images that are told of */
#define VARIANTS_MAX	(1 << 15)	/* of a position */
#define IMAGES		10000

static const char usage[] =
"usage: images [--seed N] [--images N] [--break late|drop|old] LOG LOG LOG\n"
"       images [--seed N] [--break ...] --image POSITION.VARIANT [--dump DIR] LOG LOG LOG\n"
"       images [--seed N] --make WRITES LOG LOG LOG\n";

static const char help[] =
"\n"
"LOG is what dm-log-writes logged of a store. All three have the same marks; one that\n"
"says \"ack-WRITER-NUMBER\" was made after the write of the value \"wWRITER NUMBER\",\n"
"which may be followed by a space and more, had returned.\n"
"\n"
"  --seed N       decides in which order things happened on different stores, and\n"
"                 which sectors of a write have landed (1)\n"
"  --images N     as many as that at least, one after every step (10000)\n"
"  --image P.V    only variant V of the image after step P; says what is read back\n"
"  --dump DIR     writes it to DIR/store1 and so on\n"
"  --break WHAT   first puts something on the recording that must be found:\n"
"                 late   a write is on the disk only when the next one ends\n"
"                 drop   one write is told to be durable and never is on the disk\n"
"                 old    a disk is suddenly as it was a while ago\n"
"  --make WRITES  writes the logs: of three members in this process, that lose power\n"
"                 now and then, until so many writes were acknowledged\n"
"\n"
"Last line: N images, N lost. Exit status: 0 none is lost, 1 one is, 2 no recording.\n";

/**
 * struct wish - what the user asked for
 * @seed: decides every chance
 * @images: at least so many
 * @make: acknowledged writes, 0: there is a recording
 * @fault: what is to be found
 * @broken: something is
 * @one: only one image
 * @position: its position
 * @variant: its variant
 * @dump: where to, or NULL
 * @log: the logs
 */
struct wish {
	u64 seed;
	u64 images;
	u64 make;
	enum tape_fault fault;
	bool broken;
	bool one;
	size_t position;
	u32 variant;
	const char *dump;
	char *const *log;
};

static bool set_fault(struct wish *wish, const char *name)
{
	wish->broken = true;
	for (wish->fault = 0; wish->fault < TAPE_FAULTS; wish->fault++) {
		if (!strcmp(name, tape_fault_name(wish->fault)))
			return true;
	}
	return false;
}

static bool set_image(struct wish *wish, const char *name)
{
	int n = 0;

	wish->one = true;
	return sscanf(name, "%zu.%u%n", &wish->position, &wish->variant, &n) == 2 && !name[n];
}

static bool set_number(u64 *number, const char *text)
{
	char *end;

	*number = strtoull(text, &end, 0);
	return *text && !*end;
}

static bool set(struct wish *wish, int option, const char *value)
{
	switch (option) {
	case 's':
		return set_number(&wish->seed, value);
	case 'n':
		return set_number(&wish->images, value);
	case 'm':
		return set_number(&wish->make, value) && wish->make;
	case 'b':
		return set_fault(wish, value);
	case 'i':
		return set_image(wish, value);
	case 'd':
		wish->dump = value;
		return true;
	}
	return false;
}

static void read_wish(struct wish *wish, int argc, char **argv)
{
	static const struct option options[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "images", required_argument, NULL, 'n' },
		{ "image", required_argument, NULL, 'i' },
		{ "dump", required_argument, NULL, 'd' },
		{ "break", required_argument, NULL, 'b' },
		{ "make", required_argument, NULL, 'm' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	*wish = (struct wish) { .seed = 1, .images = IMAGES };
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'h') {
			printf("%s%s", usage, help);
			exit(0);
		}
		if (!set(wish, option, optarg))
			fatal("%s", usage);
	}
	if (argc - optind != TAPE_STORES || (wish->dump && !wish->one))
		fatal("%s", usage);
	wish->log = argv + optind;
}

static void tell_lost(const struct judge *judge, const struct wish *wish, size_t position,
		      u32 variant)
{
	const char *mark = "nothing";
	int len = strlen(mark);

	tape_find_text(judge->tape, position, &mark, &len);
	printf("# image %zu.%u, after '%.*s', is lost (%s): %s\n", position, variant, len, mark,
	       judge_rule_name(judge->rule), judge->why);
	if (wish->one)
		return;
	printf("#   again: %s --seed %llu%s%s --image %zu.%u %s %s %s\n",
	       program_invocation_name, wish->seed, wish->broken ? " --break " : "",
	       wish->broken ? tape_fault_name(wish->fault) : "", position, variant, wish->log[0],
	       wish->log[1], wish->log[2]);
}

static void tell_store(u32 which, const struct judge_seat *seat)
{
	const struct reading *image = &seat->image;

	printf("# store %u: start %u, term %llu, vote %llx, ", which, image->incarnation,
	       image->state.term, image->state.vote);
	printf("state of index %llu at revision %llu, log to %llu: ", image->base,
	       image->revision, image->last);
	printf("%s%s\n", raft_journal_verdict_text(image->verdict),
	       image->started ? "" : "; its member does not start");
}

static void dump(const struct judge_seat *seat, const char *dir, u32 which)
{
	u64 end = seat->store.journal.super.size;
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/store%u", dir, which);
	file = fopen(path, "w");
	if (!file || fwrite(seat->store.bytes, RAFT_JOURNAL_BLOCK, seat->store.blocks, file) !=
		     seat->store.blocks)
		fatal("%s: %s", path, strerror(errno));
	/* The device goes on, with zeros. */
	if (end > seat->store.blocks * RAFT_JOURNAL_BLOCK &&
	    (fseek(file, end - 1, SEEK_SET) || fputc(0, file)))
		fatal("%s: %s", path, strerror(errno));
	if (fclose(file))
		fatal("%s: %s", path, strerror(errno));
}

static void judge_one(struct judge *judge, const struct wish *wish)
{
	size_t i;

	if (wish->position >= judge->tape->n_steps)
		fatal("there are only %zu steps", judge->tape->n_steps);
	for (i = 0; i <= wish->position; i++)
		judge_advance(judge, i);
	if (!judge_image(judge, wish->position, wish->variant))
		tell_lost(judge, wish, wish->position, wish->variant);
	for (i = 0; i < TAPE_STORES; i++) {
		tell_store(i + 1, &judge->seat[i]);
		if (wish->dump)
			dump(&judge->seat[i], wish->dump, i + 1);
	}
}

static void judge_all(struct judge *judge, const struct wish *wish)
{
	u64 steps = judge->tape->n_steps;
	u64 variants = (wish->images + steps - 1) / steps;
	size_t i;
	u32 v;

	if (variants > VARIANTS_MAX)
		fatal("there is too little in the logs for %llu images", wish->images);
	for (i = 0; i < steps; i++) {
		judge_advance(judge, i);
		for (v = 0; v < variants; v++) {
			if (!judge_image(judge, i, v) && judge->lost <= SHOWN)
				tell_lost(judge, wish, i, v);
			judge_undo(judge);
		}
	}
}

static void tell_tape(const struct tape *tape)
{
	const struct tape_store *store;
	u32 i;

	for (i = 0; i < TAPE_STORES; i++) {
		store = &tape->store[i];
		printf("# store %u: %zu writes, %zu of them durable without a flush, on %llu KiB\n",
		       i + 1, store->n_writes, store->n_fua,
		       store->sectors * WRITELOG_SECTOR / 1024);
	}
}

static void tell_end(const struct judge *judge)
{
	u32 i;

	for (i = 0; i < JUDGE_RULES; i++) {
		if (judge->broke[i])
			printf("# %llu broke '%s' first\n", judge->broke[i], judge_rule_name(i));
	}
	printf("# %zu steps, %llu acknowledged writes\n", judge->tape->n_steps, judge->acks);
	printf("%llu images, %llu lost\n", judge->images, judge->lost);
}

int main(int argc, char **argv)
{
	struct judge_brief *brief;
	struct truth truth = {};
	struct judge judge;
	struct tape tape;
	struct wish wish;
	size_t victim;

	read_wish(&wish, argc, argv);
	if (wish.make) {
		synth_write(wish.log, wish.seed, wish.make);
		return 0;
	}
	tape_read(&tape, wish.log, wish.seed);
	tell_tape(&tape);
	brief = judge_learn(&tape, &truth);
	if (wish.broken) {
		victim = wish.fault == TAPE_LATE ? 0 : judge_victim(&tape, brief, wish.seed);
		tape_break(&tape, wish.fault, victim);
		free(brief);
		brief = judge_learn(&tape, NULL);
	}
	judge_init(&judge, &tape, &truth, brief, wish.seed);
	if (wish.one)
		judge_one(&judge, &wish);
	else
		judge_all(&judge, &wish);
	tell_end(&judge);
	judge_free(&judge);
	free(brief);
	truth_free(&truth);
	tape_free(&tape);
	return judge.lost ? 1 : 0;
}
