// SPDX-License-Identifier: GPL-2.0
/* raftctl put */
#include <stdio.h>
#include "args.h"
#include "json.h"
#include "raftctl.h"
#include "value.h"

static int put(const char *value, uint32_t timeout_ms)
{
	struct nl_result result = { 0 };

	if (!value_put(value, NULL, timeout_ms, &result))
		return REFUSED;
	if (options.json) {
		json_open(NULL, '{');
		json_number("revision", result.revision);
		json_close('}');
		json_end();
	} else {
		printf("%llu\n", result.revision);
	}
	return DONE;
}

static int run(int argc, char **argv)
{
	uint32_t timeout_ms = RAFTVAL_OP_TIMEOUT_MS;
	const char *value;
	int rc = args_timeout(argc, argv, &timeout_ms);

	if (rc == ARGS_HELP) {
		command_help(&cmd_put);
		return DONE;
	}
	if (rc)
		return USAGE;
	if (optind == argc)
		return misused("the value is missing");
	value = argv[optind++];
	return args_none(argc, argv) ? put(value, timeout_ms) : USAGE;
}

const struct command cmd_put = {
	.name = "put",
	.args = "VALUE | - [--timeout SECONDS]",
	.summary = "replace the value and print its new revision",
	.help =
	"VALUE is taken as it is, without a newline; - takes what is on standard input.\n"
	"Returns when the value is committed.\n\n"
	"  --timeout SECONDS    how long to wait for the cluster (default: 5)\n",
	.examples =
	"  raftctl put primary=host3\n"
	"  raftctl put - < /etc/cluster.conf\n",
	.run = run,
};
