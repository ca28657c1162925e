// SPDX-License-Identifier: GPL-2.0
/* A member's name for people. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "label.h"
#include "raftctl.h"

/**
 * label_default() - the label of a member that was given none
 * @text: gets it: the host's name without its domain, and the node's where
 *	that is not the usual one, so that two nodes of a host differ
 *
 * Return: @text.
 */
const char *label_default(char text[LABEL_TEXT])
{
	char host[64] = "";
	bool usual = !strcmp(options.node, RAFTVAL_NAME_DEFAULT);

	gethostname(host, sizeof(host) - 1);
	host[strcspn(host, ".")] = '\0';
	snprintf(text, LABEL_TEXT, "%s%s%.64s", host, usual ? "" : "-", usual ? "" : options.node);
	return text;
}

/**
 * label_put() - add a label to a message
 * @nlh: the message
 * @label: the label, NULL for the default
 */
void label_put(struct nlmsghdr *nlh, const char *label)
{
	char text[LABEL_TEXT];

	mnl_attr_put_strz(nlh, RAFTVAL_A_NODE_LABEL, label ?: label_default(text));
}
