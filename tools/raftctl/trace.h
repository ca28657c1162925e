/* SPDX-License-Identifier: GPL-2.0 */
/* The module's tracepoints, as they are hit. */
#ifndef RAFTCTL_TRACE_H
#define RAFTCTL_TRACE_H

/**
 * struct trace_line - what a tracepoint says
 * @time: when, as text
 * @node: the node's name
 * @event: what: a decision's name, or that of the tracepoint
 * @text: the rest
 */
struct trace_line {
	const char *time;
	const char *node;
	const char *event;
	const char *text;
};

int trace_watch(const char *node, int (*take)(const struct trace_line *line));

#endif /* RAFTCTL_TRACE_H */
