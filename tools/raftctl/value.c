// SPDX-License-Identifier: GPL-2.0
/* The value: sending it to the module. */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <linux/types.h>
#include "raftctl.h"
#include "value.h"

/* Bytes in one attribute; the whole of the largest value does not fit into one. */
#define PIECE	32768

/* One byte more than any cluster takes tells that there is too much. */
static char buffer[RAFTVAL_VALUE_LIMIT + 1];

static bool read_input(size_t *len)
{
	ssize_t n = 1;

	for (*len = 0; n && *len < sizeof(buffer); *len += n) {
		n = read(STDIN_FILENO, buffer + *len, sizeof(buffer) - *len);
		if (n < 0) {
			complain("standard input can not be read: %s", strerror(errno));
			return false;
		}
	}
	return true;
}

static void add_pieces(struct nlmsghdr *nlh, const char *value, size_t len)
{
	size_t at = 0, n;

	do {
		n = len - at < PIECE ? len - at : PIECE;
		mnl_attr_put(nlh, RAFTVAL_A_NODE_VALUE, n, value + at);
		at += n;
	} while (at < len);
}

/**
 * value_put() - replace the value
 * @text: the new one, or "-" for what is on standard input
 * @expect: only if it has this revision; NULL for always
 * @timeout_ms: how long the cluster may take
 * @result: gets the result
 *
 * Return: true, or false and it is said what is wrong.
 */
bool value_put(const char *text, const __u64 *expect, uint32_t timeout_ms,
	       struct nl_result *result)
{
	const char *value = text;
	size_t len = strlen(text);
	struct nlmsghdr *nlh;

	if (!strcmp(text, "-")) {
		value = buffer;
		if (!read_input(&len))
			return false;
	}
	if (len > RAFTVAL_VALUE_LIMIT) {
		complain("the value has more than %u bytes, the most there can be",
			 RAFTVAL_VALUE_LIMIT);
		return false;
	}
	if (!nl_open())
		return false;
	nlh = nl_node_request(RAFTVAL_CMD_VALUE_PUT);
	mnl_attr_put_u32(nlh, RAFTVAL_A_NODE_TIMEOUT_MS, timeout_ms);
	add_pieces(nlh, value, len);
	if (expect)
		mnl_attr_put_u64(nlh, RAFTVAL_A_NODE_EXPECT, *expect);
	return nl_do(nlh, timeout_ms, NULL, NULL, result);
}
