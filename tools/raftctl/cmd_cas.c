// SPDX-License-Identifier: GPL-2.0
/* raftctl cas */
#include <errno.h>
#include <stdio.h>
#include <linux/types.h>
#include "args.h"
#include "json.h"
#include "raftctl.h"
#include "value.h"

static int cas(__u64 expect, const char *value, uint32_t timeout_ms)
{
	struct nl_result result = { 0 };
	bool done;

	nl_about("node %s, revision %llu", options.node, expect);
	done = value_put(value, &expect, timeout_ms, &result);
	if (options.json && (done || result.error == -ESTALE)) {
		json_open(NULL, '{');
		json_bool("done", done);
		json_number("revision", result.revision);
		json_close('}');
		json_end();
	} else if (done || result.error == -ESTALE) {
		printf("%llu\n", result.revision);
	}
	return done ? DONE : REFUSED;
}

static int run(int argc, char **argv)
{
	uint32_t timeout_ms = RAFTVAL_OP_TIMEOUT_MS;
	const char *value;
	__u64 expect;
	int rc = args_timeout(argc, argv, &timeout_ms);

	if (rc == ARGS_HELP) {
		command_help(&cmd_cas);
		return DONE;
	}
	if (rc)
		return USAGE;
	if (argc - optind < 2)
		return misused("the revision and the value are missing");
	if (!args_number(argv[optind], &expect))
		return misused("'%s' is no revision; raftctl get --revision prints it",
			       argv[optind]);
	value = argv[optind + 1];
	optind += 2;
	return args_none(argc, argv) ? cas(expect, value, timeout_ms) : USAGE;
}

const struct command cmd_cas = {
	.name = "cas",
	.args = "REVISION VALUE | - [--timeout SECONDS]",
	.summary = "replace the value only if it has this revision",
	.help =
	"Prints the new revision; if the value has another revision than REVISION, prints\n"
	"that one, changes nothing, and exits with 1. REVISION 0: never written.\n\n"
	"  --timeout SECONDS    how long to wait for the cluster (default: 5)\n",
	.examples =
	"  raftctl cas 0 primary=host1      whoever is first\n"
	"  raftctl cas 17 primary=host3\n",
	.run = run,
};
