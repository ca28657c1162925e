#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# sysfs shows a node: one value a file, true to what raftctl says, and nothing more than
# the owner may change.

. "$(dirname "$0")/lib.sh"

DIR=/sys/class/raftval/raftval-n2
HOLD=$SELFTESTS/raftval_hold.ko
[ -e "$HOLD" ] || HOLD=$SELFTESTS/module/raftval_hold.ko

# Each attribute can be read, and is one line (but for members and value).
readable()
{
	local file name

	for file in "$DIR"/* "$DIR"/stats/*; do
		name=${file#"$DIR"/}
		[ "$name" != uevent ] || continue
		[ -f "$file" ] || continue
		cat "$file" >"$TMP/attr" || { echo "$name"; return 1; }
		case $name in
		members | value) ;;
		*) [ "$(wc -l <"$TMP/attr")" -eq 1 ] || { echo "$name: not one line"; return 1; } ;;
		esac
	done
}

have()
{
	local name

	for name; do
		[ -r "$DIR/$name" ] || { echo "no $name"; return 1; }
	done
}

# Everybody may look, nobody may change, but for the timeout.
modes()
{
	local file

	for file in "$DIR"/* "$DIR"/stats/*; do
		[ -f "$file" ] || continue
		case ${file##*/} in
		uevent | op_timeout_ms) continue ;;
		esac
		same 444 "$(stat -c %a "$file")" || { echo "$file"; return 1; }
	done
}

# starved HOST: nobody has the processors for a while, so that it is late with its heartbeats
starved()
{
	local before

	before=$(attr "$1" stats/late_wakeups)
	insmod "$HOLD" ms=400 || return
	wait_for 5 late "$1" $((before + 1))
}

late()
{
	echo "$(attr "$1" stats/late_wakeups) times, the latest $(attr "$1" stats/late_max_us) us"
	[ "$(attr "$1" stats/late_wakeups)" -ge "$2" ] &&
		[ "$(attr "$1" stats/late_max_us)" -gt 100000 ]
}

# no_later_than MS: no timer of a node that is not older can have been later
no_later_than()
{
	local i late

	for i in 1 2 3; do
		late=$(attr "$i" stats/late_max_us)
		echo "$late us of $1 ms"
		[ "$late" -le $(($1 * 1000)) ] || return
	done
}

COUNTED="votes_granted votes_refused votes_ignored transfers transfers_failed disk_stalls retries
unanswered ops_deferred log_full outbox_full why_timeout why_transfer why_elected why_lost_quorum
wall_hellos wall_ended wall_unsent late_wakeups late_max_us ops_refused timeouts overflows"

plan 20

born=$(now_ms)
# A leader that left out heartbeats would not be late for so long: there is no room for that.
make_cluster 3 --heartbeat 130 --election 1010
put 1 shown
put 1 "shown again"
check "the attributes are there" have role term leader members commit_index last_index revision \
	value heartbeat_ms election_ms stats
check "each can be read" readable
check "and not be written" modes
is heartbeat_ms 130 "$(attr 2 heartbeat_ms)"
is election_ms 1010 "$(attr 2 election_ms)"
check "value" wait_for 5 attr_is 2 value "shown again"
is "three members" 3 "$(attr 2 members | wc -l)"
is "revision, everywhere" "$(attr 1 revision)" "$(attr 2 revision)"
is "one term" "$(attr 1 term)" "$(attr 2 term)"
is "one leader" "$(attr 1 leader)" "$(attr 2 leader)"

# shellcheck disable=SC2046,SC2086
check "what is lost, repeated, refused or late is counted" have $(printf 'stats/%s ' $COUNTED)
leader=$(leader 1 2 3)
read -r heir other <<<"$(without "$leader" 1 2 3 | tr '\n' ' ')"
ctl "$leader" transfer "host$heir" >/dev/null || die "host$heir does not lead"
is "a handing over" 1 "$(attr "$leader" stats/transfers)"
is "its reason" 1 "$(attr "$heir" stats/why_transfer)"
# One of them has decided it, and then perhaps before the other one was heard.
check "a vote" [ $(($(attr "$leader" stats/votes_granted) + $(attr "$other" stats/votes_granted))) -gt 0 ]
check "no timer was later than they are old" no_later_than $(($(now_ms) - born + 10))
check "a timer that is served late" starved "$heir"
check "a session that was asked for" [ "$(attr "$other" stats/wall_hellos)" -gt 0 ]
isolate "$other"
echo 300 >"/sys/class/raftval/raftval-n$other/op_timeout_ms"
is "a write that nobody hears" "write ETIMEDOUT" "$(devio "$(device "$other")" write lost)"
is "a request that was not answered in time" 1 "$(attr "$other" stats/timeouts)"
check "and was asked again" [ "$(attr "$other" stats/retries)" -gt 0 ]
heal
