#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tracepoints tell of role changes, of what is sent and received, of commits, and of each
# decision in words.

. "$(dirname "$0")/lib.sh"

TRACE=/sys/kernel/tracing

# what EVENT: its lines in the trace
traced()
{
	grep -q "raftval_$1: " "$TRACE/trace"
}

# tells EVENT PATTERN: it says that
tells()
{
	grep -qE "raftval_$1: node=$2" "$TRACE/trace"
}

# What a decision is called; those of an ordinary life, which all have a sentence.
DECISIONS="role term leader vote-granted append commit apply config caught-up join change transfer
read-done drop"

plan 24

[ -d $TRACE/events ] || mount -t tracefs tracefs $TRACE || die "no tracefs"
check "there are events" [ -d $TRACE/events/raftval ]
: >$TRACE/trace
echo 1 >$TRACE/events/raftval/enable
echo 1 >$TRACE/tracing_on
make_cluster 3 "${CALM[@]}"
put 1 traced
get 1 >/dev/null
ctl 1 transfer "host$(not_leader 1 2 3)" >/dev/null || die "nobody takes over"
on 2 dgram 192.0.2.1 7497 00 200
# What comes to one without a key is looked at by the core.
on 1 raftctl -n open create --listen 192.0.2.1:7600 --label open --volatile --insecure >/dev/null ||
	die "no node without a key"
on 2 dgram 192.0.2.1 7600 00 200
for event in role send recv commit; do
	check "$event" wait_for 5 traced $event
done
for decision in $DECISIONS; do
	check "$decision, in words" wait_for 5 tells note "(open|n[123]) note=$decision args=[0-9a-f,]+ text=.*[a-z]{3}"
done
check "a session is asked for" tells session 'n[123] what=hello peer=[0-9a-f]+ key=[0-9a-f]{8} why=-'
check "and begins" tells session 'n[123] what=began'
check "what is not let in" wait_for 5 tells drop 'n1 why=format ip=c0000202'
check "what was asked, and its end" tells request 'n1 kind=write end=answered status=done'
echo 0 >$TRACE/events/raftval/enable
: >$TRACE/trace
put 1 silent
check "and, once disabled, of nothing" same "" "$(grep -v '^#' $TRACE/trace)"
