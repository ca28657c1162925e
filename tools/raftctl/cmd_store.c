// SPDX-License-Identifier: GPL-2.0
/* raftctl store */
#include <stdio.h>
#include <string.h>
#include <linux/types.h>
#include "addr.h"
#include "args.h"
#include "boot.h"
#include "image.h"
#include "json.h"
#include "raftctl.h"
#include "ring.h"

enum { RECORDS = 256 };

static const struct option own[] = {
	{ "records", no_argument, NULL, RECORDS },
	{ },
};

static const char *verdict_name(enum raft_journal_verdict verdict)
{
	static const char *const names[] = {
		[RAFT_JOURNAL_CLEAN] = "clean",
		[RAFT_JOURNAL_TORN] = "torn",
		[RAFT_JOURNAL_DAMAGED] = "damaged",
		[RAFT_JOURNAL_LOST] = "lost",
		[RAFT_JOURNAL_REFUSED] = "refused",
		[RAFT_JOURNAL_NEWER] = "newer",
		[RAFT_JOURNAL_BLANK] = "blank",
	};

	return names[verdict];
}

static const char *verdict_text(const struct image *image)
{
	return image_trouble(image) ?: raft_journal_verdict_text(image->verdict);
}

static const char *listen_text(const struct raft_journal_super *super, char text[ADDR_TEXT])
{
	struct addr addr = {
		.len = super->addr.family == 4 ? 4 : super->addr.family == 6 ? 16 : 0,
		.port = super->addr.port,
		.scope = super->addr.scope,
	};

	memcpy(addr.ip, super->addr.ip, sizeof(addr.ip));
	return addr_text(&addr, text);
}

/* What to call a member that the store knows. */
static const char *label_of(const struct raft_view *view, __u64 id, char text[24])
{
	unsigned int i;

	for (i = 0; view->config && i < view->config->n; i++)
		if (view->config->member[i].id == id)
			return view->config->member[i].label;
	snprintf(text, 24, "%016llx", id);
	return text;
}

/*
 * info
 */

static void print_member(const struct image *image)
{
	const struct raft_journal_super *super = &image->journal.super;
	char text[ADDR_TEXT];
	unsigned int i;

	printf("  cluster   ");
	for (i = 0; i < sizeof(super->cluster); i++)
		printf("%02x", super->cluster[i]);
	printf("\n  member    %s, %016llx, listens on %s\n", super->label, super->member,
	       listen_text(super, text));
	printf("  node      %s, started %u times before\n", super->name, super->incarnation);
	printf("  size      %llu bytes, for values of at most %u bytes\n", super->size,
	       super->value_max);
}

static void print_state(const struct image *image)
{
	const struct raft_journal *journal = &image->journal;
	struct raft_view view;
	char text[24];

	raft_view(image->raft, &view);
	printf("  term      %llu, %s%s\n", journal->state.term,
	       journal->state.vote ? "voted for " : "no vote",
	       journal->state.vote ? label_of(&view, journal->state.vote, text) : "");
	printf("  log       %llu to %llu, committed at least up to %llu\n", view.first, view.last,
	       journal->base);
	printf("  value     revision %llu, %u bytes%s\n", view.revision, view.value_len,
	       view.last > journal->base ? ", if all of the log is committed" : "");
	if (journal->state.promised)
		printf("  lost      no vote until entries up to %llu are back\n",
		       journal->state.promised);
}

static void print_flaws(const struct image *image)
{
	if (image->unreadable)
		printf("  disk      %llu blocks can not be read\n", image->unreadable);
	if (image->journal.healed)
		printf("  healed    %u blocks, of which one of two copies is bad\n",
		       image->journal.healed);
}

static void json_member(const struct raft_journal_super *super)
{
	char text[ADDR_TEXT];

	json_hex("cluster", super->cluster, sizeof(super->cluster));
	json_id("id", super->member);
	json_bytes("label", super->label, strlen(super->label));
	json_string("address", listen_text(super, text));
	json_bytes("name", super->name, strlen(super->name));
	json_number("incarnation", super->incarnation);
	json_number("size", super->size);
	json_number("value_max", super->value_max);
	json_bool("learner", super->as_learner);
}

static void json_state(const struct image *image)
{
	const struct raft_journal *journal = &image->journal;
	struct raft_view view;
	const u8 *value;
	u64 revision;
	size_t len;

	raft_view(image->raft, &view);
	value = raft_value(image->raft, &len, &revision);
	json_number("term", journal->state.term);
	json_id("vote", journal->state.vote);
	json_number("promised_index", journal->state.promised);
	json_number("first_index", view.first);
	json_number("last_index", view.last);
	json_number("committed_index", journal->base);
	json_open("value", '{');
	json_number("revision", revision);
	json_number("len", len);
	json_bytes("text", value, len);
	json_hex("hex", value, len);
	json_close('}');
}

static void json_info(struct image *image, const struct store *store, bool records)
{
	json_open(NULL, '{');
	json_bytes("path", store->path, strlen(store->path));
	json_string("verdict", verdict_name(image->verdict));
	json_string("text", verdict_text(image));
	json_bool("starts", !image_trouble(image));
	json_number("unreadable", image->unreadable);
	json_number("healed", image->journal.healed);
	if (image->journal.super.member)
		json_member(&image->journal.super);
	if (image->joined)
		json_state(image);
	if (records && image->work)
		ring_show(&image->journal);
	json_close('}');
	json_end();
}

static int info(struct image *image, const struct store *store, bool records)
{
	if (options.json) {
		json_info(image, store, records);
		return image->journal.super.member ? DONE : REFUSED;
	}
	if (!image->journal.super.member) {
		complain("%s: %s", store->path, verdict_text(image));
		return REFUSED;
	}
	printf("%s: %s\n", store->path, verdict_text(image));
	print_member(image);
	if (image->joined)
		print_state(image);
	print_flaws(image);
	if (records && image->work)
		ring_show(&image->journal);
	return DONE;
}

/*
 * check
 */

static __u64 count_garbage(const struct image *image)
{
	__u64 n = 0, block = 0;

	while ((block = raft_journal_garbage(&image->journal, block))) {
		block++;
		n++;
	}
	return n;
}

static int check(struct image *image, const struct store *store)
{
	const char *trouble = image_trouble(image);
	bool sound = !trouble && image->verdict <= RAFT_JOURNAL_TORN;
	__u64 garbage = trouble ? 0 : count_garbage(image);

	if (options.json) {
		json_info(image, store, false);
		return sound ? DONE : REFUSED;
	}
	if (!sound) {
		complain("%s: %s", store->path, verdict_text(image));
		return REFUSED;
	}
	printf("%s: %s\n", store->path, verdict_text(image));
	print_flaws(image);
	if (garbage)
		printf("  garbage   %llu blocks that are not needed; the next start cleans them\n",
		       garbage);
	if (image->journal.state.promised)
		printf("  lost      no vote until entries up to %llu are back\n",
		       image->journal.state.promised);
	return DONE;
}

/* For udev: which member that is started with the host is on this device? */
static int probe(const char *path)
{
	struct store store;
	struct image image;
	int rc = REFUSED;

	if (!store_open(&store, path, STORE_PEEK))
		return REFUSED;
	if (image_peek(&image, &store) && boot_listed(image.journal.super.name)) {
		printf("RAFTVAL_NODE=%s\n", image.journal.super.name);
		rc = DONE;
	}
	image_free(&image);
	store_close(&store);
	return rc;
}

static int look(const char *verb, const char *path, bool records)
{
	struct store store;
	struct image image;
	int rc = REFUSED;

	if (!store_open(&store, path, STORE_LOOK))
		return REFUSED;
	if (image_read(&image, &store))
		rc = strcmp(verb, "check") ? info(&image, &store, records) : check(&image, &store);
	image_free(&image);
	store_close(&store);
	return rc;
}

static int run(int argc, char **argv)
{
	const char *verb, *path;
	bool records = false;
	int c;

	while ((c = args_next(argc, argv, "", own)) == RECORDS)
		records = true;
	if (c == ARGS_HELP) {
		command_help(&cmd_store);
		return DONE;
	}
	if (c != -1)
		return USAGE;
	if (optind == argc)
		return misused("what to do is missing: info, check or probe");
	verb = argv[optind++];
	if (strcmp(verb, "info") && strcmp(verb, "check") && strcmp(verb, "probe"))
		return misused("'%s' is none of info, check and probe", verb);
	if (optind == argc)
		return misused("the store is missing: a file or a block device");
	path = argv[optind++];
	if (!args_none(argc, argv))
		return USAGE;
	if (records && strcmp(verb, "info"))
		return misused("--records is of use only with info");
	return strcmp(verb, "probe") ? look(verb, path, records) : probe(path);
}

const struct command cmd_store = {
	.name = "store",
	.args = "info PATH [--records] | check PATH | probe PATH",
	.summary = "look at a store whose member is down",
	.help =
	"Needs neither the module nor, for a file that may be read, root.\n\n"
	"  info PATH            whose it is, and what is in it\n"
	"  --records            also what is where: a line for each write\n"
	"  check PATH           read all of it; status 1 if its member can not start from it\n"
	"                       or has lost something\n"
	"  probe PATH           for udev: print RAFTVAL_NODE=NAME if it is the store of a node\n"
	"                       that has a file in /etc/raftval\n",
	.examples =
	"  raftctl store info /var/lib/raftval.img\n"
	"  raftctl store check /dev/sdb1\n"
	"  raftctl -j store info /dev/sdb1 | jq -j .value.text\n",
	.run = run,
};
