// SPDX-License-Identifier: GPL-2.0
/* The commands of the scenarios: a table, and a function for each row. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>

#include "command.h"
#include "craft.h"
#include "fail.h"
#include "history.h"
#include "wire.h"

#define WORDS		24
#define DELAY_US	1000		/* a datagram's way, and a write to a store */
#define FORM_US		10000000	/* in this time a cluster forms */
#define ELECT_US	1000000		/* in this time an election succeeds, if it can */
#define FLIGHTS		10000		/* datagrams after which "deliver" gives up */

/* What is repeated as long as somebody is silent is shown only where it is asked for. */
#define SELDOM		(1ULL << RAFT_NOTE_RETRY | 1ULL << RAFT_NOTE_UNANSWERED)

/**
 * struct args - a command, cut into words
 * @stage: what it plays on
 * @n: words, the command included
 * @word: the words
 */
struct args {
	struct stage *stage;
	int n;
	char *word[WORDS];
};

static void say(struct stage *stage, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void say(struct stage *stage, const char *fmt, ...)
{
	char line[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	text_add(&stage->out, "%s\n", line);
}

static struct stage *stage_of(struct node *node)
{
	return node->cluster->watch.ctx;
}

static void on_note(struct node *node, enum raft_note note, const u64 arg[RAFT_NOTE_ARGS])
{
	struct stage *stage = stage_of(node);
	char text[256];

	if (stage->quiet || !(stage->shown >> note & 1))
		return;
	raft_note_print(text, sizeof(text), note, arg);
	say(stage, "%u: %s", node->number, text);
	cover_add_note(stage->cover, note, arg);
}

static void on_arrived(struct node *node, const struct dgram *dgram)
{
	struct stage *stage = stage_of(node);
	char text[256];

	if (stage->quiet || !(stage->messages >> dgram->type & 1))
		return;
	dgram_print(text, sizeof(text), dgram);
	say(stage, "%u <- %u: %s", node->number, dgram->from, text);
}

static void on_op_ended(struct node *node, const struct op *op)
{
	struct stage *stage = stage_of(node);

	if (stage->quiet)
		return;
	say(stage, "%u: operation %zu: %s, revision %llu", node->number,
	    op - node->cluster->clients.op + 1, raft_status_text(op->status), op->revision);
	cover_add(stage->cover, COVER_STATUS, op->status);
}

static void show_value(struct stage *stage, const struct node *node, const char *what)
{
	u64 revision;
	size_t len;
	const u8 *value = raft_value(node->raft, &len, &revision);

	if (len <= 64)
		say(stage, "%u: %s: revision %llu \"%.*s\"", node->number, what, revision,
		    (int)len, value);
	else
		say(stage, "%u: %s: revision %llu, %zu bytes, hash %llx", node->number, what,
		    revision, len, tag_of(value, len));
}

static void on_read_ended(struct node *node, const struct read *read)
{
	if (!stage_of(node)->quiet)
		show_value(stage_of(node), node, "read");
}

static void on_stepped(struct node *node, const struct raft_event *event,
		       const struct raft_update *update)
{
	struct stage *stage = stage_of(node);

	if (!update->admin_ended || stage->quiet)
		return;
	say(stage, "%u: change: %s", node->number, raft_status_text(update->admin));
	cover_add(stage->cover, COVER_STATUS, update->admin);
}

/**
 * stage_open() - an empty stage
 * @stage: the stage
 * @cover: grows by what is shown on it
 */
void stage_open(struct stage *stage, struct cover *cover)
{
	u32 i;

	memset(stage, 0, sizeof(*stage));
	stage->shown = ~SELDOM;
	stage->cover = cover;
	stage->cluster = cluster_new(1);
	stage->cluster->watch = (struct cluster_watch) {
		.note = on_note,
		.arrived = on_arrived,
		.stepped = on_stepped,
		.op_ended = on_op_ended,
		.read_ended = on_read_ended,
		.ctx = stage,
	};
	network_heal(&stage->cluster->network, DELAY_US, DELAY_US);
	for (i = 1; i <= CLUSTER_NODES; i++) {
		stage->cluster->node[i].write_min = DELAY_US;
		stage->cluster->node[i].write_max = DELAY_US;
	}
}

/**
 * stage_close() - give everything back
 * @stage: the stage
 */
void stage_close(struct stage *stage)
{
	cluster_free(stage->cluster);
	text_free(&stage->out);
}

static u64 number_of(const char *word)
{
	char *end;
	u64 number = strtoull(word, &end, 0);

	if (end == word || *end)
		fatal("\"%s\" is no number", word);
	return number;
}

static struct node *host_of(struct args *args, int i)
{
	u64 number = number_of(args->word[i]);

	if (!number || number > CLUSTER_NODES)
		fatal("hosts are numbered from 1 to %d, not %llu", CLUSTER_NODES, number);
	return &args->stage->cluster->node[number];
}

static struct node *up_host(struct args *args, int i)
{
	struct node *node = host_of(args, i);

	if (!node->raft)
		fatal("host %u is down", node->number);
	return node;
}

static bool has_word(const struct args *args, const char *word)
{
	int i;

	for (i = 1; i < args->n; i++) {
		if (!strcmp(args->word[i], word))
			return true;
	}
	return false;
}

/* The number behind "key=", or what it is without. */
static u64 option(const struct args *args, const char *key, u64 without)
{
	size_t len = strlen(key);
	int i;

	for (i = 1; i < args->n; i++) {
		if (!strncmp(args->word[i], key, len) && args->word[i][len] == '=')
			return number_of(args->word[i] + len + 1);
	}
	return without;
}

static bool joined(struct node *node)
{
	struct cluster *cluster = node->cluster;
	u64 until = cluster->now + FORM_US;

	while (node->joined == RAFT_PENDING && cluster_next(cluster) <= until)
		cluster_run_one(cluster);
	return node->joined == RAFT_OK;
}

static void do_nodes(struct args *args)
{
	struct stage *stage = args->stage;
	u64 i, n = number_of(args->word[1]);

	if (!n || n > CLUSTER_NODES)
		fatal("there can be 1 to %d nodes", CLUSTER_NODES);
	stage->quiet = true;
	stage->cluster->value_max = option(args, "value_max", 4096);
	stage->cluster->election_ms = option(args, "election", RAFT_ELECTION_MS);
	stage->cluster->linger_us = option(args, "linger", 0);
	stage->cluster->absorb = has_word(args, "absorb");
	stage->cluster->sparse = has_word(args, "sparse");
	for (i = 1; i <= CLUSTER_NODES; i++)
		stage->cluster->node[i].durable = has_word(args, "durable");
	node_create(&stage->cluster->node[1]);
	for (i = 2; i <= n; i++) {
		node_join(&stage->cluster->node[i], 1, false);
		if (!joined(&stage->cluster->node[i]))
			say(stage, "%llu: did not join", i);
	}
	cluster_run_until(stage->cluster, stage->cluster->now + RAFT_HEARTBEAT_MS * 2000ULL);
	stage->quiet = false;
}

static void do_create(struct args *args)
{
	struct node *node = host_of(args, 1);

	node->durable = has_word(args, "durable");
	node_create(node);
}

static void do_join(struct args *args)
{
	struct node *node = host_of(args, 1);

	node->durable = has_word(args, "durable");
	args->stage->cluster->value_max = option(args, "value_max",
						 args->stage->cluster->value_max);
	node_join(node, option(args, "via", 1), has_word(args, "learner"));
	if (has_word(args, "wait") && !joined(node))
		say(args->stage, "%u: %s", node->number, raft_status_text(node->joined));
}

static void do_elect(struct args *args)
{
	struct cluster *cluster = args->stage->cluster;
	struct node *node = up_host(args, 1);
	u64 until = cluster->now + ELECT_US;

	cluster->only = node->number;
	while (cluster_leader(cluster) != node && cluster_next(cluster) <= until)
		cluster_run_one(cluster);
	cluster->only = 0;
}

static void do_tick(struct args *args)
{
	struct cluster *cluster = args->stage->cluster;

	cluster_run_until(cluster, cluster->now + number_of(args->word[1]) * 1000);
}

static void do_deliver(struct args *args)
{
	struct cluster *cluster = args->stage->cluster;
	u32 n;

	for (n = 0; n < FLIGHTS && network_next(&cluster->network) != NEVER; n++)
		cluster_run_one(cluster);
}

static void do_fire(struct args *args)
{
	struct cluster *cluster = args->stage->cluster;
	struct node *node = up_host(args, 1);

	cluster->only = node->number;
	if (node->wake != NEVER)
		cluster_run_until(cluster, node->wake);
	cluster->only = 0;
}

/* Returns the number of the operation if it waits, else 0. */
static u64 submit(struct args *args, enum raft_op_kind kind, const char *text, u64 expect)
{
	struct cluster *cluster = args->stage->cluster;
	u64 len = option(args, "len", text ? strlen(text) : 0);
	char *data = must_realloc(NULL, len);
	u64 i, cookie;

	for (i = 0; i < len; i++)
		data[i] = text && i < strlen(text) ? text[i] : 'a' + i % 26;
	cookie = cluster->clients.n_ops + 1;
	client_op(cluster, up_host(args, 1), kind, data, len, expect);
	free(data);
	return client_find(cluster, cookie)->state == OP_WAITING ? cookie : 0;
}

static void do_write(struct args *args)
{
	u64 i, cookie = 0, times = option(args, "times", 1), waits = 0;

	for (i = 0; i < times; i++) {
		cookie = submit(args, RAFT_OP_WRITE, args->n > 2 ? args->word[2] : "", 0);
		waits += !!cookie;
	}
	if (times > 1)
		say(args->stage, "%llu operations wait", waits);
	else if (cookie)
		say(args->stage, "operation %llu waits", cookie);
}

static void do_cas(struct args *args)
{
	u64 cookie = submit(args, RAFT_OP_CAS, args->word[3], number_of(args->word[2]));

	if (cookie)
		say(args->stage, "operation %llu waits", cookie);
}

static void do_cancel(struct args *args)
{
	struct cluster *cluster = args->stage->cluster;
	struct op *op = client_find(cluster, number_of(args->word[1]));

	if (!op || op->state != OP_WAITING)
		fatal("operation %s does not wait", args->word[1]);
	say(args->stage, "%s", client_cancel(cluster, number_of(args->word[1])) ?
	    "nobody else has seen it: it never will be applied" : "it may be applied or not");
}

static void do_read(struct args *args)
{
	client_read(args->stage->cluster, up_host(args, 1));
}

static void do_remove(struct args *args)
{
	node_admin(up_host(args, 2), RAFT_ADMIN_REMOVE, host_of(args, 1)->params.id);
}

static void do_promote(struct args *args)
{
	node_admin(up_host(args, 2), RAFT_ADMIN_PROMOTE, host_of(args, 1)->params.id);
}

static void do_transfer(struct args *args)
{
	u64 target = strcmp(args->word[1], "any") ? host_of(args, 1)->params.id : 0;

	node_admin(up_host(args, 2), RAFT_ADMIN_TRANSFER, target);
}

/* The types of messages that words from @i on name, all of them without any. */
static u32 types_of(struct args *args, int i)
{
	u32 types = 0;
	u8 type;

	if (i >= args->n)
		return NETWORK_ALL;
	for (; i < args->n; i++) {
		for (type = 1; type < RAFT_MSG_TYPES; type++) {
			if (!strcmp(args->word[i], raft_msg_name(type)))
				break;
		}
		if (type == RAFT_MSG_TYPES)
			fatal("\"%s\" is no type of message", args->word[i]);
		types |= 1U << type;
	}
	return types;
}

/* Hosts may be named "any". */
static void each_link(struct args *args, void (*change)(struct link *link, u32 types), u32 types)
{
	bool any_from = !strcmp(args->word[1], "any");
	bool any_to = !strcmp(args->word[2], "any");
	u32 from, to;

	for (from = 1; from <= CLUSTER_NODES; from++) {
		if (!any_from && from != host_of(args, 1)->number)
			continue;
		for (to = 1; to <= CLUSTER_NODES; to++) {
			if (from != to && (any_to || to == host_of(args, 2)->number))
				change(&args->stage->cluster->network.link[from][to], types);
		}
	}
}

static void link_drop(struct link *link, u32 types)
{
	link->drop |= types;
}

static void link_hold(struct link *link, u32 types)
{
	link->hold |= types;
}

static void link_let(struct link *link, u32 types)
{
	link->hold &= ~types;
}

static void link_lose(struct link *link, u32 permille)
{
	link->lose = permille;
}

static void do_drop(struct args *args)
{
	each_link(args, link_drop, types_of(args, 3));
}

static void do_cut(struct args *args)
{
	char *swap = args->word[1];

	each_link(args, link_drop, NETWORK_ALL);
	args->word[1] = args->word[2];
	args->word[2] = swap;
	each_link(args, link_drop, NETWORK_ALL);
}

static void do_lose(struct args *args)
{
	each_link(args, link_lose, number_of(args->word[3]));
}

static void do_hold(struct args *args)
{
	each_link(args, link_hold, types_of(args, 3));
}

static u32 host_or_any(struct args *args, int i)
{
	return strcmp(args->word[i], "any") ? host_of(args, i)->number : 0;
}

static void do_release(struct args *args)
{
	struct cluster *cluster = args->stage->cluster;
	u32 types = types_of(args, 3);

	each_link(args, link_let, types);
	say(args->stage, "%u released", network_release(&cluster->network, cluster->now,
							host_or_any(args, 1), host_or_any(args, 2),
							types, ~0U));
}

static void do_discard(struct args *args)
{
	say(args->stage, "%u lost", network_discard(&args->stage->cluster->network,
						    host_or_any(args, 1), host_or_any(args, 2),
						    types_of(args, 3)));
}

static void do_heal(struct args *args)
{
	network_heal(&args->stage->cluster->network, DELAY_US, DELAY_US);
}

static void do_crash(struct args *args)
{
	node_crash(up_host(args, 1), has_word(args, "written"));
}

static void do_restart(struct args *args)
{
	if (!node_restart(host_of(args, 1)))
		say(args->stage, "%s: has nothing to start from", args->word[1]);
}

static void do_wipe(struct args *args)
{
	disk_wipe(&host_of(args, 1)->disk);
}

static void do_pause(struct args *args)
{
	node_pause(up_host(args, 1), NEVER);
}

static void do_resume(struct args *args)
{
	node_resume(up_host(args, 1), has_word(args, "timer-first"));
}

static void do_stall(struct args *args)
{
	up_host(args, 1)->disk.stalled = true;
}

static void do_unstall(struct args *args)
{
	up_host(args, 1)->disk.stalled = false;
}

static void do_break(struct args *args)
{
	struct node *node = up_host(args, 1);

	node->disk.broken = true;
	if (has_word(args, "now"))
		node_disk_end(node);
}

/* The no-ops of "TERM" or "TERM*N". */
static void write_noops(struct disk *disk, char *word, u64 above)
{
	struct raft_entry entry = { .data = (const u8 *)"" };
	char *times = strchr(word, '*');
	u64 i, n = 1;

	if (times) {
		*times = 0;
		n = number_of(times + 1);
	}
	entry.term = number_of(word) + above;
	for (i = 0; i < n; i++) {
		entry.index = disk->base + disk->n + 1;
		disk_append(disk, &entry);
	}
}

static void write_entries(struct disk *disk, char *word, u64 above)
{
	struct raft_entry entry;
	char *noops;

	if (!strncmp(word, "entry=", 6)) {
		entry = craft_entry(word);
		entry.index = disk->base + disk->n + 1;
		entry.term += above;
		disk_append(disk, &entry);
	} else if (!strncmp(word, "log=", 4)) {
		for (noops = strtok(word + 4, ","); noops; noops = strtok(NULL, ","))
			write_noops(disk, noops, above);
	}
}

static void rewrite(struct node *node)
{
	if (node->durable && node->starts)
		disk_rewrite(&node->disk, &node->params);
}

static void do_put_back(struct args *args)
{
	struct node *node = host_of(args, 1);

	if (node->raft)
		fatal("host %u is up", node->number);
	disk_put_back(&node->disk, number_of(args->word[2]));
	rewrite(node);
	node->starts = option(args, "starts", node->starts);
}

static void do_disk(struct args *args)
{
	struct node *node = host_of(args, 1);
	u64 above = option(args, "above", 0);
	int i;

	if (node->raft)
		fatal("host %u is up", node->number);
	node->disk.term = option(args, "term", 0) + above;
	node->disk.vote = option(args, "vote", 0);
	for (i = 2; i < args->n; i++)
		write_entries(&node->disk, args->word[i], above);
	rewrite(node);
}

static void do_damage(struct args *args)
{
	struct node *node = host_of(args, 1);

	if (node->raft)
		fatal("host %u is up", node->number);
	disk_damage(&node->disk, number_of(args->word[2]));
	rewrite(node);
}

/* Every store becomes a snapshot of what host 1 has applied, without a log. */
static void do_level(struct args *args)
{
	struct node *from = up_host(args, 1);
	struct raft_view view;
	u8 *snapshot;
	size_t len = raft_snapshot_size(from->raft);
	u32 i;

	raft_view(from->raft, &view);
	snapshot = must_realloc(NULL, len);
	raft_snapshot_encode(from->raft, snapshot, len);
	for (i = 1; i <= CLUSTER_NODES; i++) {
		struct node *node = &args->stage->cluster->node[i];

		if (!node->raft)
			continue;
		node_crash(node, false);
		disk_wipe(&node->disk);
		node->disk.term = view.term;
		node->disk.snapshot = must_copy(snapshot, len);
		node->disk.snapshot_len = len;
		node->disk.base = view.applied;
		rewrite(node);
	}
	free(snapshot);
	say(args->stage, "every store: snapshot of index %llu in term %llu", view.applied,
	    view.term);
}

static void show_state(struct stage *stage, const struct node *node)
{
	struct raft_view view;
	size_t len;
	u64 revision;
	const u8 *value;

	if (!node->raft)
		return;
	raft_view(node->raft, &view);
	value = raft_value(node->raft, &len, &revision);
	text_add(&stage->out, "%u: %s, term %llu, vote %llx, leader %llx, ", node->number,
		 raft_role_name(view.role), view.term, view.vote, view.leader);
	text_add(&stage->out, "log %llu..%llu, commit %llu, applied %llu, ", view.first, view.last,
		 view.commit, view.applied);
	say(stage, "revision %llu \"%.*s\"%s%s%s", revision, (int)(len < 32 ? len : 32), value,
	    view.failed ? ", store failed" : "", view.promised ? ", damaged" : "",
	    view.removed ? ", removed" : "");
}

static void do_state(struct args *args)
{
	u32 i;

	if (args->n > 1) {
		show_state(args->stage, up_host(args, 1));
		return;
	}
	for (i = 1; i <= CLUSTER_NODES; i++)
		show_state(args->stage, &args->stage->cluster->node[i]);
}

static void do_why(struct args *args)
{
	struct raft_view view;
	char text[256];

	raft_view(up_host(args, 1)->raft, &view);
	raft_change_print(text, sizeof(text), &view.last_change);
	say(args->stage, "%s: %s", args->word[1], text);
	cover_add(args->stage->cover, COVER_REASON, view.last_change.reason);
}

static void show_log(struct stage *stage, const struct node *node, u64 above)
{
	struct raft_view view;
	struct raft_entry entry;
	u64 index;

	if (!node->raft)
		return;
	raft_view(node->raft, &view);
	text_add(&stage->out, "%u:", node->number);
	for (index = view.first; raft_entry_at(node->raft, index, &entry); index++)
		text_add(&stage->out, " %llu/%llu%s", index, entry.term - above,
			 index <= view.commit ? "*" : "");
	text_add(&stage->out, "\n");
}

static void do_log(struct args *args)
{
	u64 above = option(args, "above", 0);
	u32 i;

	for (i = 1; i <= CLUSTER_NODES; i++)
		show_log(args->stage, &args->stage->cluster->node[i], above);
}

static void do_members(struct args *args)
{
	struct raft_view view;
	u32 i;

	raft_view(up_host(args, 1)->raft, &view);
	say(args->stage, "configuration %llu%s", view.config->index,
	    view.config->joint ? ", joint" : "");
	for (i = 0; i < view.config->n; i++) {
		const struct raft_member *member = &view.config->member[i];

		say(args->stage, "  %llx %s%s%s%s", member->id, member->label,
		    member->flags & RAFT_MEMBER_VOTER ? " voter" : "",
		    member->flags & RAFT_MEMBER_OLD ? " old-voter" : "",
		    member->flags & RAFT_MEMBER_JOINING ? " joining" : "");
	}
}

static void do_drops(struct args *args)
{
	struct raft_view view;
	u32 i;

	raft_view(up_host(args, 1)->raft, &view);
	for (i = 0; i < RAFT_DROPS; i++) {
		if (view.stats->dropped[i])
			say(args->stage, "%s %llu", raft_drop_name(i), view.stats->dropped[i]);
	}
}

static u64 note_mask(const char *word)
{
	u32 i;

	if (!strcmp(word, "all"))
		return ~0ULL;
	for (i = 0; i < RAFT_NOTES; i++) {
		if (!strcmp(word, raft_note_name(i)))
			return 1ULL << i;
	}
	fatal("\"%s\" is no note", word);
}

static void do_show(struct args *args)
{
	int i;

	args->stage->shown = 0;
	for (i = 1; i < args->n; i++)
		args->stage->shown |= note_mask(args->word[i]);
}

static void do_hide(struct args *args)
{
	int i;

	for (i = 1; i < args->n; i++)
		args->stage->shown &= ~note_mask(args->word[i]);
}

static void do_messages(struct args *args)
{
	args->stage->messages = has_word(args, "none") ? 0 : types_of(args, 1);
}

static void do_inject(struct args *args)
{
	struct cluster *cluster = args->stage->cluster;
	u8 data[RAFT_DGRAM_MAX + 1] = { 0 };
	struct craft craft = {
		.from = host_of(args, 1),
		.to = host_of(args, 2),
		.words = args->word + 3,
		.n_words = args->n - 3,
	};
	u32 len = craft_dgram(&craft, data);
	struct raft_msg msg;
	enum raft_drop why;

	if (raft_wire_decode(data, len, &msg, &why) && msg.type == RAFT_MSG_CHANGE &&
	    msg.change.what == RAFT_ADMIN_REMOVE)
		invariants_unwanted(&cluster->invariants, msg.change.target);
	network_inject(&cluster->network, cluster->now, craft.from->number, craft.to->number,
		       data, len);
}

static const struct {
	const char *name;
	int words;
	const char *usage;
	void (*run)(struct args *args);
} commands[] = {
	{ "break", 1, "HOST [now]: the write under way, or the next, fails; or the store by itself",
	  do_break },
	{ "cancel", 1, "OPERATION: its program gives up", do_cancel },
	{ "cas", 3, "HOST REVISION TEXT [len=N]: compare and set", do_cas },
	{ "crash", 1, "HOST [written]: stop it; the write under way is lost or not", do_crash },
	{ "create", 1, "HOST [durable]: start a new cluster", do_create },
	{ "cut", 2, "HOST HOST: cut the network between them, both ways; \"any\" is any host",
	  do_cut },
	{ "damage", 2, "HOST INDEX: its store, while it is down, loses the entries from there on",
	  do_damage },
	{ "deliver", 0, ": let time pass until nothing is on its way", do_deliver },
	{ "discard", 2, "FROM TO [TYPE...]: lose what is held back", do_discard },
	{ "disk", 1, "HOST term=N vote=MEMBER [above=N] log=TERM[*N],... entry=...: write a store",
	  do_disk },
	{ "drop", 2, "FROM TO [TYPE...]: these messages vanish from now on", do_drop },
	{ "drops", 1, "HOST: what it did not believe", do_drops },
	{ "elect", 1, "HOST: let only its timer fire until it leads", do_elect },
	{ "fire", 1, "HOST: let time pass until its timer fires, and no other's", do_fire },
	{ "heal", 0, ": the network is whole; what is held back stays so", do_heal },
	{ "hide", 1, "NOTE...: do not show these", do_hide },
	{ "hold", 2, "FROM TO [TYPE...]: keep these messages back", do_hold },
	{ "inject", 3, "FROM TO TYPE [KEY=VALUE...]: send a crafted datagram, past every fault",
	  do_inject },
	{ "join", 1, "HOST [via=HOST] [learner] [durable] [value_max=N] [wait]: as a new member",
	  do_join },
	{ "level", 1, "HOST: stop all hosts; each store is a snapshot of this host", do_level },
	{ "log", 0, "[above=N]: the log windows, index/term, * is committed", do_log },
	{ "lose", 3, "FROM TO N: lose so many datagrams of a thousand", do_lose },
	{ "members", 1, "HOST: the configuration in force there", do_members },
	{ "messages", 1, "TYPE...|none: show these when they arrive", do_messages },
	{ "nodes", 1,
	  "N [durable] [value_max=N] [election=MS] [linger=US] [absorb] [sparse]: hosts 1 to N",
	  do_nodes },
	{ "pause", 1, "HOST: it gets no processor", do_pause },
	{ "promote", 2, "HOST AT: ask host AT to give it a vote", do_promote },
	{ "put-back", 2, "HOST INDEX [starts=N]: its store, while it is down, is an old copy",
		do_put_back },
	{ "read", 1, "HOST: read the value", do_read },
	{ "release", 2, "FROM TO [TYPE...]: let go what is held back, and hold no more",
	  do_release },
	{ "remove", 2, "HOST AT: ask host AT to remove it", do_remove },
	{ "restart", 1, "HOST: start it from its store", do_restart },
	{ "resume", 1, "HOST [timer-first]: give the processor back", do_resume },
	{ "show", 0, "all|NOTE...: show only these", do_show },
	{ "stall", 1, "HOST: writes to its store do not end", do_stall },
	{ "state", 0, "[HOST]: what the nodes are", do_state },
	{ "tick", 1, "MS: let time pass", do_tick },
	{ "transfer", 2, "HOST|any AT: ask host AT to make it the leader", do_transfer },
	{ "unstall", 1, "HOST: writes to its store end again", do_unstall },
	{ "why", 1, "HOST: why its role changed last", do_why },
	{ "wipe", 1, "HOST: lose the store of a host that is down", do_wipe },
	{ "write", 1, "HOST [TEXT] [len=N] [times=N]: write, filled up to N bytes", do_write },
};

/**
 * command_help() - list the commands
 */
void command_help(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		printf("%s %s\n", commands[i].name, commands[i].usage);
}

/**
 * command_run() - carry out a command
 * @stage: the stage; its output grows
 * @line: the command, cut to pieces afterwards
 */
void command_run(struct stage *stage, char *line)
{
	struct args args = { .stage = stage };
	char *save, *word;
	size_t i;

	for (word = strtok_r(line, " ", &save); word && args.n < WORDS;
	     word = strtok_r(NULL, " ", &save))
		args.word[args.n++] = word;
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (strcmp(commands[i].name, args.word[0]))
			continue;
		if (args.n - 1 < commands[i].words)
			fatal("%s %s", commands[i].name, commands[i].usage);
		commands[i].run(&args);
		return;
	}
	fatal("there is no command \"%s\"", args.word[0]);
}
