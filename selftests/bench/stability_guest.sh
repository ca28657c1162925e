#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What stability.sh runs in the virtual machine: a line for each load, with the leader
# changes that a member saw, at most, the terms that went by, the timers that were late,
# and the writes that were acknowledged.
#
# Usage: stability_guest.sh SECONDS

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"

# Whom it kills for want of memory the kernel tells with a stack, in its log only.
COMPLAINTS=${COMPLAINTS/|Call Trace/}

# Whoever eats memory is to be killed, not who counts; and who counts is to come to it.
echo -1000 >/proc/$$/oom_score_adj
chrt -f -p 99 $$ >/dev/null

nothing()
{
	:
}

loops()
{
	local n

	for ((n = 0; n < $1; n++)); do
		chrt -o 0 sh -c 'while :; do :; done' &
	done
}

hogs()
{
	local n

	for ((n = 0; n < $1; n++)); do
		chrt -f 50 sh -c 'while :; do :; done' &
	done
}

# tail keeps all that it reads until it finds the end.
eaters()
{
	local n

	for ((n = 0; n < $1; n++)); do
		chrt -o 0 sh -c 'echo 1000 >/proc/self/oom_score_adj
			while :; do tail /dev/zero; done' 2>/dev/null &
	done
}

# signal NAME: to every program but this one
signal()
{
	local process pid

	for process in /proc/[0-9]*/exe; do
		pid=${process#/proc/}
		pid=${pid%/exe}
		[ "$pid" = $$ ] || ! readlink "$process" >/dev/null || kill "-$1" "$pid" 2>/dev/null
	done
}

stopped()
{
	signal STOP
}

# counts: leader changes and term, at most, late timers, entries that were committed
counts()
{
	local i

	for i in 1 2 3; do
		attr $i stats/leader_changes term stats/late_timers commit_index | tr '\n' ' '
		echo
	done | awk '
		$1 > changes { changes = $1 }
		$2 > term { term = $2 }
		{ late += $3 }
		$4 > commit { commit = $4 }
		END { print changes, term, late, commit }'
}

# under TEXT LOAD [ARGUMENT...]
under()
{
	local text=$1 before after mine load

	shift
	wait_for 60 leader 1 2 3 || die "no leader"
	before=$(counts)
	mine=$(jobs -p)
	"$@"
	sleep "$SECONDS_EACH"
	after=$(counts)
	signal CONT
	load=$(jobs -p | grep -vxF "$mine")
	# What the shell says of killed jobs is of no interest.
	# shellcheck disable=SC2086 # each is a word
	[ -z "$load" ] || { kill -9 $load; wait $load; } 2>/dev/null
	echo "$before $after" | awk -v text="$text" '{
		printf "%-28s %3d leader changes, %3d terms, %4d late timers, %6d writes\n",
			text, $5 - $1, $6 - $2, $7 - $3, $8 - $4 }'
}

SECONDS_EACH=$1
plan 0
make_cluster 3 --heartbeat 15 --election 150
chrt -o 0 writer "$(device 1)" text "$TMP/stop" >/dev/null &
under "nothing else" nothing
under "32 loops" loops 32
under "128 loops" loops 128
under "2 real-time loops" hogs 2
console=$(awk '{ print $1 }' /proc/sys/kernel/printk)
echo 4 >/proc/sys/kernel/printk
under "no memory" eaters 2
echo "$console" >/proc/sys/kernel/printk
under "all programs stopped" stopped
