// SPDX-License-Identifier: GPL-2.0
/*
 * Turns: a node's core is fed with events, and what it says is done
 *
 * Whoever has something for a node takes its turn, where he is: a program in its
 * system call, a datagram where the stack hands it over, a timer when it is due. So
 * a write costs the cluster no switch to another thread, and a host whose processors
 * are taken by programs still votes and sends its heartbeats: what is left over by no
 * program is left to softirqs.
 *
 * One at a time has the turn. Who comes meanwhile counts up what is wanted and goes: the one
 * who has the turn goes round again for him. Nobody waits, so it does not matter
 * who comes from where, as long as what is done in a turn neither sleeps nor waits.
 * Softirqs are off meanwhile. Who has gone round too often, or in softirqs that took
 * long already, passes the turn on to the node's thread, which lets others have the
 * processor; and so does who comes where softirqs can not be held off. A thread may get
 * no processor for as long as programs of a higher priority want it, so who comes then takes
 * back what it has not begun, and a timer does for whom nobody comes.
 *
 * What others may see of the node at any time is published in the turn under the
 * lock, before whoever waits for it is woken.
 */
#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/sched/stat.h>
#include <linux/sched/task.h>
#include <net/net_namespace.h>
#include "compat.h"
#include "node_internal.h"
#include "page.h"
#include "status.h"
#include "store.h"
#include "trace.h"
#include "turn.h"
#include "wall.h"

/* So late may be what the core wants to do, microseconds. */
#define SLACK_US	10000

/* For so long what a leader has sent may lie in the host's own queues, microseconds. */
#define LISTEN_US	2000

/* For so many rounds somebody goes who has something else to do. */
#define ROUNDS	8

/*
 * Of a processor's time that others want, what softirqs may use for turns: so much in each
 * so long, microseconds.
 * Who is in a softirq keeps others from theirs, and when softirqs take long the kernel
 * leaves them to a thread of normal priority, before Linux 6.5 all that come from then on. What
 * comes in numbers, as the pieces of a long value do, is cheaper together anyhow.
 */
#define SHARE_US	1000
#define SHARE_OF_US	4000

/**
 * struct share - what softirqs of a processor have used
 * @since: monotonic microseconds, when the time began in which they may use their share
 * @used: microseconds of it
 */
struct share {
	u64 since;
	u64 used;
};

static DEFINE_PER_CPU(struct share, softirq_share);

/*
 * What others may see
 */

/*
 * Each revision is news, but to tell of each would cost a host that writes all the
 * time more than to make it.
 */
static void tell(struct raftval_node *node, bool only_revision)
{
	unsigned long pause = msecs_to_jiffies(RAFTVAL_NODE_NEWS_MS);
	unsigned long since = jiffies - READ_ONCE(node->told_at);

	/* Whoever is about to tell takes the lock that we hold, to see of what. */
	if (!only_revision)
		mod_delayed_work(system_wq, &node->notify, 0);
	else if (!delayed_work_pending(&node->notify))
		schedule_delayed_work(&node->notify, since < pause ? pause - since : 0);
}

/* Somebody else decides how many there are, so that they are told of together. */
static bool tell_refused(struct raftval_node *node)
{
	return raftval_node_refused(&node->status) != READ_ONCE(node->told_refused) &&
	       jiffies - READ_ONCE(node->told_at) >= RAFTVAL_NODE_REFUSED;
}

/* Returns true if somebody waits for what changed. */
static bool publish_locked(struct raftval_node *node)
{
	struct raftval_node_status *status = &node->status;
	u64 revision = status->view.revision;
	u64 leader = status->view.leader;
	enum raft_status failed = status->view.failed;
	u64 overflows = status->transport.overflows;
	bool changed = status->n_changes != node->n_changes ||
		       status->n_configs != node->n_configs ||
		       node->joined != node->update->joined;
	bool only_revision;

	raft_view(node->raft, &status->view);
	/* What is large and seldom new is copied when it is. */
	if (status->n_configs != node->n_configs ||
	    status->config.index != status->view.config->index)
		status->config = *status->view.config;
	if (status->n_changes != node->n_changes)
		memcpy(status->change, node->change, sizeof(status->change));
	status->stats = *status->view.stats;
	raftval_transport_stats(node->transport, &status->transport);
	if (status->transport.overflows != overflows)
		trace_raftval_overflow(node->name, status->transport.overflows - overflows);
	if (node->store)
		raftval_store_stats(node->store, &status->store);
	if (node->wall)
		raftval_wall_stats(node->wall, node->event.now, &status->wall);
	status->node = node->counts;
	status->n_configs = node->n_configs;
	status->n_changes = node->n_changes;
	node->joined = node->update->joined;
	changed |= status->view.leader != leader || status->view.failed != failed;
	only_revision = !changed;
	changed |= status->view.revision != revision;
	if ((changed || tell_refused(node)) && node->dev)
		tell(node, only_revision);
	return changed;
}

/* Who has the turn is the only one to publish, so he needs no lock to look. */
static void publish_page(struct raftval_node *node)
{
	const struct raft_view *view = &node->status.view;
	struct raftval_page *page = node->page;
	struct raftval_page head = {
		.revision = view->revision,
		.term = view->term,
		.len = view->value_len,
		.role = view->role,
		.state = raftval_status_state(&node->status),
	};
	u64 revision;
	size_t len;
	const u8 *value = raft_value(node->raft, &len, &revision);

	if (page->revision == head.revision && page->term == head.term &&
	    page->role == head.role && page->state == head.state)
		return;
	if (!WARN_ON_ONCE(head.len > page->value_max))
		raftval_page_write(page, &head, value);
}

static void publish(struct raftval_node *node)
{
	bool changed;

	spin_lock(&node->lock);
	changed = publish_locked(node);
	spin_unlock(&node->lock);
	publish_page(node);
	if (changed && wq_has_sleeper(&node->wait))
		wake_up_all(&node->wait);
}

static void remember(struct raftval_node *node, enum raft_role role, enum raft_reason reason,
		     u64 who, u32 ms)
{
	struct raft_change *change = node->change;

	memmove(change + 1, change, (RAFTVAL_NODE_CHANGES - 1) * sizeof(*change));
	*change = (struct raft_change) {
		.now = node->event.now,
		.term = node->term,
		.was = node->role,
		.role = role,
		.reason = reason,
		.who = who,
		.ms = ms,
	};
	node->role = role;
	node->n_changes++;
	trace_raftval_role(node->name, change);
}

/* A new leader is news of its own if the role did not change because of it. */
static void remember_leader(struct raftval_node *node, u64 leader)
{
	const struct raft_change *last = node->change;

	if (!leader || leader == node->params.id)
		return;
	if (last->reason == RAFT_WHY_SAW_LEADER && last->who == leader && last->term == node->term)
		return;
	remember(node, node->role, RAFT_WHY_SAW_LEADER, leader, 0);
}

/**
 * raftval_turn_note() - the core explains itself
 * @ctx: the node
 * @note: the decision
 * @arg: its arguments
 *
 * Context: a turn.
 */
void raftval_turn_note(void *ctx, enum raft_note note, const u64 arg[RAFT_NOTE_ARGS])
{
	struct raftval_node *node = ctx;

	trace_raftval_note(node->name, note, arg);
	switch (note) {
	case RAFT_NOTE_TERM:
		node->term = arg[1];
		break;
	case RAFT_NOTE_ROLE:
		remember(node, arg[1], arg[2], arg[3], arg[4]);
		break;
	case RAFT_NOTE_LEADER:
		remember_leader(node, arg[0]);
		break;
	case RAFT_NOTE_COMMIT:
		trace_raftval_commit(node->name, arg[0], arg[1]);
		break;
	default:
		break;
	}
}

/**
 * raftval_turn_wall_note() - the wall explains itself
 * @ctx: the node
 * @note: the decision
 * @a: first argument, see &enum raftval_wall_note
 * @b: second argument
 * @c: third argument
 *
 * Context: as raftval_turn_note().
 */
void raftval_turn_wall_note(void *ctx, enum raftval_wall_note note, u64 a, u32 b, u32 c)
{
	struct raftval_node *node = ctx;

	if (note == RAFTVAL_WALL_NOTE_DROP)
		trace_raftval_drop(node->name, a, &node->event.recv.from);
	else
		trace_raftval_session(node->name, note, a, b, c);
}

/* Softirqs were held off for long, or there was too much to do. */
static void note_late(struct raftval_node *node, u64 us)
{
	if (us <= RAFTVAL_NODE_LATE_US)
		return;
	node->counts.late_wakeups++;
	node->counts.late_max_us = max(node->counts.late_max_us, us);
	trace_raftval_late(node->name, us);
}

/*
 * Events for the core, and what becomes of them
 */

static struct raftval_request *take_op(struct raftval_node *node, u64 cookie)
{
	u32 slot = cookie % RAFT_OPS_MAX;
	struct raftval_request *req = node->op[slot];

	if (!req || req->cookie != cookie)
		return NULL;
	node->op[slot] = NULL;
	__clear_bit(slot, node->op_used);
	return req;
}

static void finish_op(struct raftval_node *node, const struct raft_done *done)
{
	struct raftval_request *req = take_op(node, done->cookie);

	if (!req)
		return;
	node->counts.ops_done++;
	WRITE_ONCE(node->round_us, min_t(u64, node->event.now - req->begun,
					 RAFTVAL_NODE_GATHER_US));
	req->revision = done->revision;
	raftval_request_finish(req, RAFTVAL_END_ANSWERED, done->status);
}

static void finish_read(struct raftval_node *node, struct raftval_request *req)
{
	struct raftval_request_value *value = req->value;
	u64 revision;
	size_t len;
	const u8 *data = raft_value(node->raft, &len, &revision);

	if (len > node->params.value_max) {
		raftval_request_finish(req, RAFTVAL_END_ANSWERED, RAFT_TOO_BIG);
		return;
	}
	value->revision = revision;
	value->len = len;
	memcpy(value->data, data, len);
	raftval_request_finish(req, RAFTVAL_END_ANSWERED, RAFT_OK);
}

/*
 * Who is no member any more, or whose store failed, is not told what is new: its
 * readers need not wait.
 */
static void finish_reads(struct raftval_node *node)
{
	const struct raft_update *update = node->update;
	enum raft_status refused = update->failed;
	struct raftval_request *req, *next;

	if (update->joined == RAFT_NOT_MEMBER)
		refused = RAFT_NOT_MEMBER;
	list_for_each_entry_safe(req, next, &node->reads, link) {
		bool done = req->ticket && req->ticket <= update->read_done;

		if (!done && refused == RAFT_OK)
			break;
		list_del(&req->link);
		if (done)
			finish_read(node, req);
		else
			raftval_request_finish(req, RAFTVAL_END_ANSWERED, refused);
	}
}

static void finish_admin(struct raftval_node *node)
{
	struct raftval_request *req = node->admin;

	node->admin = NULL;
	if (req)
		raftval_request_finish(req, RAFTVAL_END_ANSWERED, node->update->admin);
}

/* What the wall has to say: what is sealed, and hellos. */
static int send_sealed(struct raftval_node *node)
{
	const struct raftval_wall_out *out = &node->wall_out;
	int err = 0;
	u32 i;

	for (i = 0; i < out->n; i++)
		err = raftval_transport_send(node->transport, &out->dgram[i].addr,
					     out->dgram[i].data, out->dgram[i].len);
	return err;
}

static int send_one(struct raftval_node *node, const struct raft_send *send)
{
	if (!node->wall)
		return raftval_transport_send(node->transport, &send->addr, send->data, send->len);
	raftval_wall_send(node->wall, node->event.now, send->to, &send->addr, send->data,
			  send->len, &node->wall_out);
	return send_sealed(node);
}

static void send_all(struct raftval_node *node)
{
	const struct raft_update *update = node->update;
	const struct raft_send *send;
	int err;

	for (send = update->send; send < update->send + update->n_send; send++) {
		err = send_one(node, send);
		trace_raftval_send(node->name, send->to, &send->addr, send->len, err);
	}
}

/* The wall has to know whom it sends to before it does. */
static void take_config(struct raftval_node *node)
{
	node->n_configs++;
	if (!node->wall)
		return;
	publish(node);
	raftval_wall_members(node->wall, node->event.now, &node->status.config);
}

static void start_store(struct raftval_node *node)
{
	const struct raft_update *update = node->update;

	if (update->persist.seq) {
		trace_raftval_store(node->name, &update->persist);
		raftval_store_write(node->store, node->raft, &update->persist);
	}
	if (update->failed == RAFT_OLD_STORE && node->status.view.failed != RAFT_OLD_STORE)
		raftval_store_refuse(node->store);
}

/* What is far away may be a little late, so that the timers of many nodes go off together. */
static void take_wake(struct raftval_node *node, u64 wake)
{
	if (wake == node->wake)
		return;
	node->wake = wake;
	node->slack = 0;
	if (wake != U64_MAX && wake > node->event.now)
		node->slack = min_t(u64, (wake - node->event.now) / 8, SLACK_US);
}

/*
 * Carry out an update. What may be sent does not wait for the write to the store,
 * which takes long to be made: so the others begin theirs at the same time. Who is
 * woken must find the status published that he was woken for.
 */
static void carry_out(struct raftval_node *node)
{
	const struct raft_update *update = node->update;
	u32 i;

	if (update->config_changed)
		take_config(node);
	send_all(node);
	start_store(node);
	if (update->applied || update->role_changed || update->config_changed ||
	    update->admin_ended || update->n_done || update->joined != node->joined ||
	    update->failed != node->status.view.failed)
		publish(node);
	for (i = 0; i < update->n_done; i++)
		finish_op(node, &update->done[i]);
	finish_reads(node);
	if (update->admin_ended)
		finish_admin(node);
	take_wake(node, update->wake);
}

/* One step of the core; the caller has filled in what the event is about. */
static void feed(struct raftval_node *node, enum raft_event_type type, bool more)
{
	node->event.type = type;
	node->event.more = more;
	node->counts.steps++;
	raft_step(node->raft, &node->event, node->update);
}

/* All that follows from the step. */
static void settle(struct raftval_node *node)
{
	bool more = node->event.more;

	carry_out(node);
	while (node->update->again) {
		feed(node, RAFT_EV_CONTINUE, more);
		carry_out(node);
	}
}

/* What the store has done is reported before all else: answers wait for it. */
static bool serve_store(struct raftval_node *node)
{
	u64 seq;
	bool error;

	if (!node->store)
		return false;
	if (node->event.now >= raftval_store_mark_at(node->store))
		raftval_store_mark(node->store);
	if (!raftval_store_ended(node->store))
		return false;
	if (raftval_store_take_end(node->store, &seq, &error)) {
		trace_raftval_stored(node->name, seq, error);
		node->event.persisted.seq = seq;
		node->event.persisted.error = error;
		feed(node, RAFT_EV_PERSISTED, false);
		settle(node);
	}
	return true;
}

/* Returns whether there is something for the core. */
static bool open_first(struct raftval_node *node, const struct raftval_datagram *dgram)
{
	node->event.recv.from = dgram->from;
	node->event.recv.data = node->opened;
	node->event.recv.len = raftval_wall_receive(node->wall, node->event.now, &dgram->from,
						    dgram->data, dgram->len, node->opened,
						    &node->wall_out);
	send_sealed(node);
	return node->event.recv.len;
}

static void receive_first(struct raftval_node *node, bool more)
{
	const struct raftval_datagram *dgram = raftval_transport_first(node->transport);

	trace_raftval_recv(node->name, &dgram->from, dgram->len);
	node->event.recv.data = dgram->data;
	node->event.recv.len = dgram->len;
	if (node->wall && !open_first(node, dgram)) {
		raftval_transport_drop_first(node->transport);
		return;
	}
	node->event.recv.arrived = dgram->arrived;
	node->event.recv.from = dgram->from;
	feed(node, RAFT_EV_RECV, more);
	raftval_transport_drop_first(node->transport);
	settle(node);
}

/* When a request's time is over, monotonic microseconds. */
static u64 deadline(const struct raftval_request *req)
{
	return req->begun + req->timeout_us;
}

/*
 * From here on a request's time is counted. Mostly all wait equally long, so the place of the
 * last to come is at the end.
 */
static void begin(struct raftval_node *node, struct raftval_request *req)
{
	struct raftval_request *other;

	req->begun = node->event.now;
	list_for_each_entry_reverse(other, &node->deadlines, deadline_link) {
		if (deadline(other) <= deadline(req))
			break;
	}
	list_add(&req->deadline_link, &other->deadline_link);
}

static void start_op(struct raftval_node *node, struct raftval_request *req, bool more)
{
	u32 slot = find_first_zero_bit(node->op_used, RAFT_OPS_MAX);

	if (slot == RAFT_OPS_MAX) {
		raftval_request_finish(req, RAFTVAL_END_ANSWERED, RAFT_QUEUE_FULL);
		return;
	}
	begin(node, req);
	__set_bit(slot, node->op_used);
	node->op[slot] = req;
	req->cookie = ++node->op_serial * RAFT_OPS_MAX + slot;
	node->event.op.cookie = req->cookie;
	node->event.op.kind = req->op_kind;
	node->event.op.data = req->data;
	node->event.op.len = req->len;
	node->event.op.expect = req->expect;
	feed(node, RAFT_EV_OP, more);
	settle(node);
}

static void start_read(struct raftval_node *node, struct raftval_request *req, bool more)
{
	begin(node, req);
	feed(node, RAFT_EV_READ, more);
	req->ticket = node->update->read_ticket;
	list_add_tail(&req->link, &node->reads);
	settle(node);
}

static void start_admin(struct raftval_node *node, struct raftval_request *req, bool more)
{
	if (node->admin) {
		raftval_request_finish(req, RAFTVAL_END_BUSY, RAFT_PENDING);
		return;
	}
	begin(node, req);
	node->admin = req;
	node->event.admin.what = req->what;
	node->event.admin.target = req->target;
	feed(node, RAFT_EV_ADMIN, more);
	settle(node);
}

static void list_log(struct raftval_node *node, struct raftval_request *req)
{
	const struct raft_view *view = &node->status.view;
	struct raft_entry entry;
	u64 index;
	u32 n = 0;

	/* Who has the turn is the only one to publish, so he needs no lock to look. */
	publish(node);
	for (index = max(req->from, view->first); index <= view->last && n < req->count; index++) {
		if (!raft_entry_at(node->raft, index, &entry))
			continue;
		req->entry[n++] = (struct raftval_request_entry) {
			.index = entry.index,
			.term = entry.term,
			.origin = entry.origin,
			.seq = entry.seq,
			.kind = entry.kind,
			.len = entry.len,
		};
	}
	req->count = n;
	raftval_request_finish(req, RAFTVAL_END_ANSWERED, RAFT_OK);
}

static void change_keys(struct raftval_node *node, struct raftval_request *req)
{
	raftval_wall_keys(node->wall, req->keys->secret, req->keys->n);
	raftval_request_finish(req, RAFTVAL_END_ANSWERED, RAFT_OK);
}

static void start(struct raftval_node *node, struct raftval_request *req, bool more)
{
	switch (req->kind) {
	case RAFTVAL_REQUEST_OP:
		start_op(node, req, more);
		break;
	case RAFTVAL_REQUEST_READ:
		start_read(node, req, more);
		break;
	case RAFTVAL_REQUEST_ADMIN:
		start_admin(node, req, more);
		break;
	case RAFTVAL_REQUEST_LOG:
		list_log(node, req);
		break;
	case RAFTVAL_REQUEST_KEYS:
		change_keys(node, req);
		break;
	}
}

/* The waiter of a request that the core has gave up, or its time is over. */
static void withdraw(struct raftval_node *node, struct raftval_request *req, bool late)
{
	enum raftval_request_end end = late ? RAFTVAL_END_TIMEOUT : RAFTVAL_END_CANCELLED;
	bool unsent = false;

	node->counts.timeouts += late;
	switch (req->kind) {
	case RAFTVAL_REQUEST_OP:
		node->event.cancel.cookie = req->cookie;
		feed(node, RAFT_EV_CANCEL, false);
		unsent = node->update->cancel_unsent;
		settle(node);
		if (req->finished)
			return;
		take_op(node, req->cookie);
		node->counts.ops_cancelled++;
		break;
	case RAFTVAL_REQUEST_READ:
		list_del(&req->link);
		unsent = true;
		break;
	case RAFTVAL_REQUEST_ADMIN:
		/* The core can not take it back, but forgets it for the next one. */
		node->admin = NULL;
		break;
	case RAFTVAL_REQUEST_LOG:
	case RAFTVAL_REQUEST_KEYS:
		break;
	}
	if (unsent && !late)
		end = RAFTVAL_END_UNSENT;
	raftval_request_finish(req, end, RAFT_UNKNOWN);
}

static struct raftval_request *take_request(struct raftval_node *node, bool *more)
{
	struct raftval_request *req;

	spin_lock(&node->lock);
	req = list_first_entry_or_null(&node->mailbox, struct raftval_request, link);
	if (req) {
		list_del(&req->link);
		req->queued = false;
	}
	*more = !list_empty(&node->mailbox);
	spin_unlock(&node->lock);
	return req;
}

static struct raftval_request *take_cancel(struct raftval_node *node)
{
	struct raftval_request *req;

	spin_lock(&node->lock);
	req = list_first_entry_or_null(&node->cancels, struct raftval_request, cancel_link);
	if (req)
		list_del(&req->cancel_link);
	spin_unlock(&node->lock);
	return req;
}

/* What was announced did not come: it was withdrawn meanwhile, or not let in. */
static void end_burst(struct raftval_node *node)
{
	if (!node->event.more)
		return;
	feed(node, RAFT_EV_CONTINUE, false);
	settle(node);
}

/* As many requests as there may be operations, so that the rest has its turn. */
static bool serve_mailbox(struct raftval_node *node)
{
	struct raftval_request *req;
	bool more = true;
	u32 n;

	for (n = 0; more && n < RAFT_OPS_MAX; n++) {
		req = take_request(node, &more);
		if (!req)
			break;
		start(node, req, more);
	}
	end_burst(node);
	/* Of what may be left nobody tells again. */
	if (n == RAFT_OPS_MAX)
		atomic_inc(&node->wanted);
	return n;
}

static bool serve_cancels(struct raftval_node *node)
{
	struct raftval_request *req = take_cancel(node);
	bool any = req;

	for (; req; req = take_cancel(node)) {
		if (!req->finished)
			withdraw(node, req, false);
		raftval_request_put(req);
	}
	return any;
}

static u64 next_deadline(struct raftval_node *node)
{
	const struct raftval_request *req;

	req = list_first_entry_or_null(&node->deadlines, struct raftval_request, deadline_link);
	return req ? deadline(req) : U64_MAX;
}

static bool serve_deadlines(struct raftval_node *node)
{
	bool any = false;

	while (next_deadline(node) <= node->event.now) {
		withdraw(node, list_first_entry(&node->deadlines, struct raftval_request,
						deadline_link), true);
		any = true;
	}
	return any;
}

/* When the core is to be told of its timer. */
static u64 timer_due(const struct raftval_node *node)
{
	return max(node->wake, node->listens_until);
}

/*
 * When a processor was held up its timers go off before what was sent to it is handed over. Who
 * might take its leader for dead because of that listens for a moment more. By the time alone
 * it can not tell: there need be no more between the timers of the two than there mostly is.
 */
static bool heed_timer(struct raftval_node *node)
{
	u64 late = node->event.now - node->wake;

	if (node->event.now < timer_due(node))
		return false;
	if (node->listens_until >= node->wake)
		return true;
	if (late > node->slack)
		note_late(node, late - node->slack);
	if (node->role != RAFT_FOLLOWER)
		return true;
	node->listens_until = node->event.now + LISTEN_US;
	return false;
}

/*
 * Datagrams that were there at the beginning of the round come first: a timer
 * that is late must not start an election while the heartbeat that forbids it
 * lies unread. Later ones wait for the next round, so that a flood can not
 * keep the timer from firing. Returns whether there was anything to do.
 */
static bool go_round(struct raftval_node *node)
{
	u32 n = raftval_transport_pending(node->transport);
	bool worked = n;

	if (READ_ONCE(node->copied) && node->wall) {
		WRITE_ONCE(node->copied, false);
		raftval_wall_forget(node->wall);
	}
	worked |= serve_store(node);
	while (n--)
		receive_first(node, n);
	end_burst(node);
	worked |= serve_mailbox(node);
	worked |= serve_cancels(node);
	worked |= serve_deadlines(node);
	if (heed_timer(node)) {
		feed(node, RAFT_EV_TIMER, false);
		settle(node);
		worked = true;
	}
	return worked;
}

/*
 * Not before @us, and at @at if nothing else is due between them, microseconds. A timer that is
 * too early finds nothing to do and is set again, and costs less than to look for the right time.
 */
static void start_timer(struct raftval_node *node, u64 us, u64 at)
{
	if (!hrtimer_is_queued(&node->timer))
		node->timer_at = U64_MAX;
	if (at >= node->timer_at)
		return;
	node->timer_at = at;
	us = min(us, at);
	hrtimer_start_range_ns(&node->timer, ns_to_ktime(us * NSEC_PER_USEC),
			       (at - us) * NSEC_PER_USEC, HRTIMER_MODE_ABS_SOFT);
}

static void set_timer(struct raftval_node *node)
{
	u64 us = min(timer_due(node), KTIME_MAX / NSEC_PER_USEC - SLACK_US);
	u64 at = min(us + node->slack, next_deadline(node));

	if (node->store)
		at = min(at, raftval_store_mark_at(node->store));
	start_timer(node, us, at);
}

/* Nobody puts anything into the mailbox any more. */
static void fail_all(struct raftval_node *node)
{
	struct raftval_request *req, *next;
	bool more;
	u32 i;

	while ((req = take_request(node, &more)))
		raftval_request_finish(req, RAFTVAL_END_SHUTDOWN, RAFT_UNKNOWN);
	for_each_set_bit(i, node->op_used, RAFT_OPS_MAX)
		raftval_request_finish(node->op[i], RAFTVAL_END_SHUTDOWN, RAFT_UNKNOWN);
	list_for_each_entry_safe(req, next, &node->reads, link)
		raftval_request_finish(req, RAFTVAL_END_SHUTDOWN, RAFT_UNKNOWN);
	if (node->admin)
		raftval_request_finish(node->admin, RAFTVAL_END_SHUTDOWN, RAFT_UNKNOWN);
	while ((req = take_cancel(node)))
		raftval_request_put(req);
}

/* Returns whether there is something to do that nobody else tells of. */
static bool work(struct raftval_node *node)
{
	if (node->over)
		return false;
	if (READ_ONCE(node->ending)) {
		fail_all(node);
		node->over = true;
		complete(&node->ended);
		return false;
	}
	if (go_round(node)) {
		node->counts.turns++;
		publish(node);
	}
	if (timer_due(node) <= node->event.now)
		return true;
	set_timer(node);
	return false;
}

/*
 * Context: any. The caller has the turn, and then has it no more, so the last one may be over
 * before the thread is woken. Node and thread are there all the same: who comes from a timer, a
 * socket or the store is waited for when that is closed, all others have a reference.
 */
static void pass_on(struct raftval_node *node)
{
	/* Pairs with take_back(): who has the turn sees all that was done in it. */
	atomic_set_release(&node->passed, 1);
	wake_up_process(node->task);
}

/* Likewise, with work to do: if the thread can not run then, somebody comes for it. */
static void pass_on_work(struct raftval_node *node, u64 at)
{
	if (!node->over)
		start_timer(node, at, at);
	pass_on(node);
}

/* Context: any. Returns whether the caller has the turn now, which was passed on. */
static bool take_back(struct raftval_node *node)
{
	return atomic_read(&node->passed) && atomic_xchg(&node->passed, 0);
}

/*
 * The caller has the turn, which he ends or passes on. A round has one time, because to
 * ask for it may cost as much as a step of the core: what is due meanwhile has its timer.
 */
static void end_turn(struct raftval_node *node)
{
	bool ended = false;
	int wanted, rounds;

	for (rounds = 0; !ended && rounds < ROUNDS; rounds++) {
		/* Pairs with the counting in raftval_turn_take(): what was wanted is there. */
		wanted = atomic_read_acquire(&node->wanted);
		node->event.now = raftval_now_us();
		if (!work(node))
			ended = !atomic_sub_return(wanted, &node->wanted);
	}
	if (!ended)
		pass_on_work(node, node->event.now + SHARE_OF_US);
}

/* The caller has the turn, or takes back what the thread has not begun. */
static void take(struct raftval_node *node, bool has_turn)
{
	if (has_turn || take_back(node))
		end_turn(node);
}

/* Who is interrupted wants nothing, or is the one who asks. */
static bool nobody_waits(void)
{
	return is_idle_task(current) || single_task_running();
}

/* As take(), unless softirqs have had their share of a processor that others want. */
static void take_in_softirq(struct raftval_node *node, bool has_turn)
{
	struct share *share = this_cpu_ptr(&softirq_share);
	u64 begin;

	if (nobody_waits()) {
		take(node, has_turn);
		return;
	}
	begin = raftval_now_us();
	if (begin - share->since >= SHARE_OF_US)
		*share = (struct share) { .since = begin };
	if (share->used < SHARE_US) {
		take(node, has_turn);
		share->used += raftval_now_us() - begin;
	} else if (has_turn || (!hrtimer_is_queued(&node->timer) && take_back(node))) {
		pass_on_work(node, share->since + SHARE_OF_US);
	}
}

/**
 * raftval_turn_take() - there is something for a node to do: see to it that it is done
 * @ctx: the node
 *
 * As a rule it is done when this returns.
 *
 * Context: process or softirq; does not sleep. The caller holds nothing that is taken
 * in a turn.
 */
void raftval_turn_take(void *ctx)
{
	struct raftval_node *node = ctx;
	bool has_turn;

	/* Who has the turn keeps the processor, whoever else wants it, until he ends it. */
	local_bh_disable();
	has_turn = atomic_inc_return(&node->wanted) == 1;
	if (!in_serving_softirq())
		take(node, has_turn);
	else if (has_turn || atomic_read(&node->passed))
		take_in_softirq(node, has_turn);
	local_bh_enable();
}

/**
 * raftval_turn_leave() - likewise, for whoever can not do it himself
 * @ctx: the node
 *
 * It is done soon, by the node's thread or whoever has the turn.
 *
 * Context: any.
 */
void raftval_turn_leave(void *ctx)
{
	struct raftval_node *node = ctx;

	if (atomic_inc_return(&node->wanted) == 1)
		pass_on(node);
}

static enum hrtimer_restart is_due(struct hrtimer *timer)
{
	raftval_turn_take(container_of(timer, struct raftval_node, timer));
	return HRTIMER_NORESTART;
}

static enum hrtimer_restart gathered(struct hrtimer *timer)
{
	raftval_turn_take(container_of(timer, struct raftval_node, gather));
	return HRTIMER_NORESTART;
}

/*
 * The thread, for those who can not go on
 */

static void wait_for_turn(struct raftval_node *node)
{
	set_current_state(TASK_IDLE);
	if (!atomic_read(&node->passed) && !kthread_should_stop())
		schedule();
	__set_current_state(TASK_RUNNING);
}

static int run(void *data)
{
	struct raftval_node *node = data;

	while (!kthread_should_stop()) {
		wait_for_turn(node);
		local_bh_disable();
		if (take_back(node)) {
			node->counts.passed++;
			end_turn(node);
		}
		local_bh_enable();
		cond_resched();
	}
	return 0;
}

/* Others than the host's root get no more than what every thread has. */
static bool is_of_host(const struct raftval_node *node)
{
	return node->net->user_ns == &init_user_ns;
}

/**
 * raftval_turn_init() - before anybody may want a turn
 * @node: the node, just made
 *
 * Whoever makes the node has the turn until raftval_turn_start().
 */
void raftval_turn_init(struct raftval_node *node)
{
	atomic_set(&node->wanted, 1);
	atomic_set(&node->passed, 0);
	node->timer_at = U64_MAX;
	init_completion(&node->ended);
	raftval_hrtimer_setup(&node->timer, is_due);
	raftval_hrtimer_setup(&node->gather, gathered);
}

/**
 * raftval_turn_start() - let turns be taken, and take the first
 * @node: the node, its core and its transport made
 *
 * Context: process; sleeps.
 *
 * Return: 0, -EINTR or -ENOMEM.
 */
int raftval_turn_start(struct raftval_node *node)
{
	struct task_struct *task = kthread_create(run, node, "raftval/%s", node->name);

	if (IS_ERR(task))
		return PTR_ERR(task);
	get_task_struct(task);
	if (is_of_host(node))
		sched_set_fifo_low(task);
	node->task = task;
	node->wake = raftval_now_us();
	pass_on_work(node, node->wake + SHARE_OF_US);
	return 0;
}

/**
 * raftval_turn_end() - take the last turn
 * @node: the node, started; nothing more may be put into its mailbox
 *
 * What waits there fails. Turns that are taken later do nothing.
 *
 * Context: process; sleeps.
 */
void raftval_turn_end(struct raftval_node *node)
{
	WRITE_ONCE(node->ending, true);
	raftval_turn_take(node);
	wait_for_completion(&node->ended);
	hrtimer_cancel(&node->gather);
	hrtimer_cancel(&node->timer);
	kthread_stop(node->task);
}
