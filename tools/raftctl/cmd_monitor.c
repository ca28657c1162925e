// SPDX-License-Identifier: GPL-2.0
/* raftctl monitor */
#include <stdio.h>
#include <string.h>
#include "args.h"
#include "json.h"
#include "nl.h"
#include "node.h"
#include "raftctl.h"
#include "trace.h"
#include "when.h"

enum { TRACE = 256 };

static const struct option own[] = {
	{ "trace", no_argument, NULL, TRACE },
	{ },
};

static const char *now(void)
{
	return when_text(when_now(), WHEN_MS);
}

static void json_event(const char *event, const struct node *node)
{
	json_open(NULL, '{');
	json_string("time", now());
	json_string("node", node->name);
	json_string("event", event);
}

static void json_event_end(void)
{
	json_close('}');
	json_end();
}

static void print_role(const struct node *node)
{
	if (options.json) {
		json_event("role", node);
		json_string("role", node_role(node->change[0].role));
		json_number("term", node->change[0].term);
		json_id("leader", node->leader);
		node_json_change("change", node, &node->change[0]);
		json_event_end();
		return;
	}
	printf("%s %s: %s\n", now(), node->name, node->change[0].text);
}

static void print_value(const struct node *node)
{
	if (options.json) {
		json_event("value", node);
		json_number("revision", node->revision);
		json_number("value_len", node->value_len);
		json_number("applied_index", node->applied);
		json_event_end();
		return;
	}
	printf("%s %s: the value has revision %llu, %u bytes\n", now(), node->name,
	       node->revision, node->value_len);
}

static void print_config(const struct node *node)
{
	unsigned int i;

	if (options.json) {
		json_event("config", node);
		json_number("config_index", node->config_index);
		json_bool("joint", node->joint);
		node_json_peers("members", node);
		json_event_end();
		return;
	}
	printf("%s %s: members are", now(), node->name);
	for (i = 0; i < node->n_peers; i++)
		printf("%s %s (%s)", i ? "," : "", node_label(node, node->peer[i].id),
		       node_place(&node->peer[i]));
	printf("%s\n", node->joint ? "; a change is under way" : "");
}

static void print_down(const struct node *node)
{
	if (options.json) {
		json_event("down", node);
		json_event_end();
		return;
	}
	printf("%s %s: is stopped\n", now(), node->name);
}

/* How things are, at the start and after something was missed. */
static int print_state(const struct nlmsghdr *nlh, void *ctx)
{
	struct node node;

	(void)ctx;
	node_parse(&node, nlh);
	if (options.json) {
		json_event("state", &node);
		node_json("state", &node);
		json_event_end();
	} else {
		printf("%s %s: is %s in term %llu, leader %s, revision %llu\n", now(), node.name,
		       node_role(node.role), node.term, node_label(&node, node.leader),
		       node.revision);
	}
	fflush(stdout);
	return 0;
}

static int print_states(void *ctx)
{
	bool done;

	if (options.named)
		done = nl_get(nl_node_request(RAFTVAL_CMD_NODE_GET), print_state, ctx);
	else
		done = nl_dump(nl_request(RAFTVAL_CMD_NODE_GET), print_state, ctx);
	return done ? 0 : REFUSED;
}

static int missed(void *ctx)
{
	complain("some news was lost, more came than could be kept; this is how things are now");
	return print_states(ctx);
}

static int take_news(const struct nlmsghdr *nlh, void *ctx)
{
	struct node node;

	(void)ctx;
	node_parse(&node, nlh);
	if (options.named && strcmp(node.name, options.node))
		return 0;
	switch (nl_cmd(nlh)) {
	case RAFTVAL_CMD_ROLE_NTF:
		print_role(&node);
		break;
	case RAFTVAL_CMD_VALUE_NTF:
		print_value(&node);
		break;
	case RAFTVAL_CMD_CONFIG_NTF:
		print_config(&node);
		break;
	case RAFTVAL_CMD_DOWN_NTF:
		print_down(&node);
		break;
	}
	return fflush(stdout) ? REFUSED : 0;
}

static int print_line(const struct trace_line *line)
{
	if (options.json) {
		json_open(NULL, '{');
		json_string("time", line->time);
		json_string("node", line->node);
		json_string("event", line->event);
		json_string("text", line->text);
		json_event_end();
	} else {
		printf("%s %s: %s: %s\n", line->time, line->node, line->event, line->text);
	}
	return fflush(stdout) ? REFUSED : DONE;
}

static int run(int argc, char **argv)
{
	bool trace = false;
	int rc;

	while ((rc = args_next(argc, argv, "", own)) == TRACE)
		trace = true;
	if (rc == ARGS_HELP) {
		command_help(&cmd_monitor);
		return DONE;
	}
	if (rc != -1 || !args_none(argc, argv))
		return USAGE;
	if (trace)
		return trace_watch(options.named ? options.node : NULL, print_line);
	if (!nl_open() || !nl_subscribe() || print_states(NULL))
		return REFUSED;
	return nl_watch(take_news, missed, NULL, 0);
}

const struct command cmd_monitor = {
	.name = "monitor",
	.args = "[--trace]",
	.summary = "print what happens, as it happens",
	.help =
	"First how things are, then each change of role, leader, members and value, a line\n"
	"each, until it is interrupted. Without --node, all nodes of the network namespace.\n\n"
	"  --trace              every decision instead, with its reason, from the tracepoints;\n"
	"                       without --node, of all nodes of this host\n",
	.examples =
	"  raftctl monitor\n"
	"  raftctl monitor -j | jq .event\n"
	"  raftctl monitor --trace\n",
	.run = run,
};
