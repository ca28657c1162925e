#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# raftctl tells what happened, and why: the last changes of the role, from what to what, and
# each decision as it is made.

. "$(dirname "$0")/lib.sh"

# changes HOST: the roles before and after, and the terms, as programs get them, newest first
changes()
{
	ctl "$1" -j status | grep -oE '"time":"[^"]*","term":[0-9]*,"was":"[a-z-]*","role":"[a-z-]*","reason":"[a-z-]*"'
}

# Ten of them, each in the role that the next one left, and none in a later term.
connected()
{
	changes "$1" >"$TMP/changes"
	same 10 "$(wc -l <"$TMP/changes")" || return 1
	sed 's/"time":"[^"]*",//; s/"[a-z]*"://g; s/"//g' "$TMP/changes" |
		awk -F, 'NR > 1 && ($3 != was || $1 > term) { print "line " NR ": " $0; bad = 1 }
			{ was = $2; term = $1 } END { exit bad }'
}

# In order of time, too: the times are of one form, so that text is enough.
in_order()
{
	sed 's/.*"time":"\([^"]*\)".*/\1/' "$TMP/changes" >"$TMP/times"
	cat "$TMP/times"
	grep -qvE '^[0-9-]{10}T[0-9:]{8}\.[0-9]{3}$' "$TMP/times" && return 1
	sort -rc "$TMP/times"
}

# told PATTERN: the one who watches host2 was
told()
{
	grep -E "^[0-9-]{10}T[0-9:.]{15} n2: $1" "$TMP/decisions"
}

instances()
{
	find /sys/kernel/tracing/instances -name 'raftctl-*'
}

# watch HOST FILE [OPTION...]: in the background, as $watcher, which is raftctl itself
watch()
{
	ip netns exec "$NS-$1" raftctl -n "n$1" "${@:3}" monitor --trace >"$2" 2>"$TMP/why" &
	watcher=$!
}

# watches PID: with all switches on, but those of each datagram, and of what is told twice
watches()
{
	same 4 "$(grep -Lx 1 "/sys/kernel/tracing/instances/raftctl-$1/events/raftval/"raftval_*/enable |
		wc -l)"
}

are_instances()
{
	same "$1" "$(instances | wc -l)"
}

plan 21

[ -d /sys/kernel/tracing/events ] || mount -t tracefs tracefs /sys/kernel/tracing || die "no tracefs"
make_cluster 3 "${CALM[@]}"
for i in 2 1 2 1 2 1; do
	ctl 1 transfer "host$i" >/dev/null || die "host$i does not lead"
	wait_for 20 settled 1 2 3 || die "host$i is not followed"
done
check "the last ten changes are there, from role to role" connected 2
check "each with its time, the newest first" in_order
ctl 2 status >"$TMP/status"
check "people read from what to what" \
	grep 'follower -> candidate in term .*: the leader handed over' "$TMP/status"

# In a network namespace as ip-netns(8) makes it there is no tracefs.
watch 2 "$TMP/json" -j
json=$watcher
watch 2 "$TMP/decisions"
monitor=$watcher
# On some kernels it takes long to make one: a file for each event that there is.
check "it traces for itself" wait_for 60 are_instances 2
check "each decision" wait_for 60 watches $monitor
check "for programs, too" wait_for 60 watches $json
ctl 1 transfer host2 >/dev/null || die "host2 does not lead"
put 2 traced
get 2 >/dev/null
check "a change of the role, with its reason" \
	wait_for 10 told 'role: follower -> candidate: the leader handed over'
check "the end of an election" wait_for 10 told 'role: candidate -> leader: a majority voted'
check "a write" wait_for 10 told 'apply: applied [0-9]+ write'
check "its end" wait_for 10 told 'request: kind=write end=answered status=done'
check "and that of a read" wait_for 10 told 'request: kind=read end=answered status=done'
ctl 1 transfer host3 >/dev/null || die "host3 does not lead"
check "to whom it gives its vote" wait_for 10 told 'vote-granted: granted vote to [0-9a-f]+ in term'
on 1 dgram 192.0.2.2 7497 00 200
check "a datagram that is not let in" wait_for 10 told 'drop: why=format'
kill -INT $monitor
check "it ends when it is told to" wait $monitor
is "without a complaint" "" "$(cat "$TMP/why")"
check "it told nothing of other nodes" not grep -v ' n2: ' "$TMP/decisions"
kill -9 $json
wait $json 2>/dev/null
is "each of its lines is an object" "$(wc -l <"$TMP/json")" \
	"$(grep -cE '^\{"time":"[^"]*","node":"n2","event":"[a-z-]*","text":".*"\}$' "$TMP/json")"
check "one that is killed can not tidy up" are_instances 1
watch 3 "$TMP/next"
check "the next one does" wait_for 60 watches $watcher
check "it has made room" are_instances 1
kill -TERM $watcher
wait $watcher
is "nothing is left" "" "$(instances)"
