#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tracepoints tell of role changes, of what is sent and received, and of commits.

. "$(dirname "$0")/lib.sh"

TRACE=/sys/kernel/tracing

# what EVENT: its lines in the trace
traced()
{
	grep -q "raftval_$1: " "$TRACE/trace"
}

plan 6

[ -d $TRACE/events ] || mount -t tracefs tracefs $TRACE || die "no tracefs"
check "there are events" [ -d $TRACE/events/raftval ]
: >$TRACE/trace
echo 1 >$TRACE/events/raftval/enable
echo 1 >$TRACE/tracing_on
make_cluster 3 "${CALM[@]}"
put 1 traced
for event in role send recv commit; do
	check "$event" wait_for 5 traced $event
done
echo 0 >$TRACE/events/raftval/enable
: >$TRACE/trace
put 1 silent
check "and, once disabled, of nothing" same "" "$(grep -v '^#' $TRACE/trace)"
