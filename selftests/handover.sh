#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A leader that is stopped, in whatever way, hands over first: who writes on another host
# sees no failure, and no election timeout goes by.

. "$(dirname "$0")/lib.sh"

# What the longest pause was, while all was quiet.
QUIET=
# Nobody is to miss a leader because the machine is busy.
CALMER=(--heartbeat 100 --election 4000)

# begin HOST: a program writes there all the time
begin()
{
	rm -f "$TMP/stop" "$TMP/writes"
	writer "$(device "$1")" "host $1, write" "$TMP/stop" >"$TMP/writes" 2>&1 &
	writer=$!
}

writes_go_on()
{
	[ "$(attr "$1" revision)" -gt "$2" ]
}

# finish_writes: none has failed, nor has it been given up
finish_writes()
{
	local acknowledged possible all longest

	touch "$TMP/stop"
	wait $writer || { cat "$TMP/writes"; return 1; }
	read -r acknowledged possible all longest <"$TMP/writes"
	echo "$acknowledged of $all, $possible possible"
	echo "$longest" >"$TMP/longest"
	[ "$all" -gt 0 ] && [ "$acknowledged" -eq "$all" ]
}

# sum NAME HOST...: of a counter
sum()
{
	local name=$1 host n=0

	shift
	for host; do
		n=$((n + $(attr "$host" "stats/$name")))
	done
	echo $n
}

# told HOST TERM: it leads in that term because the leader before asked it to
told()
{
	ctl "$1" status | grep -E "candidate.* in term $2: the leader handed over"
}

# hands_over TEXT LEADER COMMAND...: what stops it, with the rest of $hosts left
hands_over()
{
	local text=$1 old=$2 rest new term polls

	shift 2
	# shellcheck disable=SC2086
	rest=$(without "$old" $hosts | tr '\n' ' ')
	# The last of them: the first is whom the leader would take if all were equal.
	writes=${rest% }
	writes=${writes##* }
	term=$(attr "$old" term)
	# shellcheck disable=SC2086
	polls=$(sum why_timeout $rest)
	begin "$writes"
	check "$text: host$writes writes" wait_for 10 writes_go_on "$writes" "$(attr "$writes" revision)"
	check "$text: it is done" "$@"
	# shellcheck disable=SC2086
	check "$text: another leads" wait_for 10 leader $rest
	check "$text: writes go on" wait_for 10 writes_go_on "$writes" "$(attr "$writes" revision)"
	check "$text: none has failed" finish_writes
	# shellcheck disable=SC2086
	new=$(leader $rest)
	is "$text: in the next term" $((term + 1)) "$(attr "$new" term)"
	check "$text: because it was asked to" told "$new" $((term + 1))
	# shellcheck disable=SC2086
	is "$text: nobody missed a leader" "$polls" "$(sum why_timeout $rest)"
	note "longest time without a write: $(cat "$TMP/longest") us, while all was quiet $QUIET us"
	hosts=$rest
}

# all_follow: those that are left are of one mind
all_follow()
{
	# shellcheck disable=SC2086
	settled $hosts
}

# logged TEXT: the kernel said so since the last mark
logged()
{
	dmesg | sed "1,/handover $$ unloads/d" | grep "$1"
}

plan 41

make_cluster 5 "${CALMER[@]}"
hosts="1 2 3 4 5"
begin "$(not_leader 1 2 3 4 5)"
check "writes go on" wait_for 20 writes_go_on 1 200
check "none fails" finish_writes
QUIET=$(cat "$TMP/longest")

# shellcheck disable=SC2086
leader=$(leader $hosts)
hands_over "the leader leaves" "$leader" ctl "$leader" leave
check "four are left" wait_for 20 all_follow

# shellcheck disable=SC2086
leader=$(leader $hosts)
hands_over "the leader is stopped" "$leader" ctl "$leader" down
# shellcheck disable=SC2086
seed=$(leader $hosts)
check "it joins again" join "$leader" "$seed"
hosts="$hosts $leader"
check "four follow" wait_for 20 all_follow

# shellcheck disable=SC2086
leader=$(leader $hosts)
hands_over "its network namespace ends" "$leader" ip netns del "$NS-$leader"
# shellcheck disable=SC2086
seed=$(leader $hosts)
check "it is removed" ctl "$seed" peer remove "host$leader"
check "three are left" wait_for 20 all_follow

# shellcheck disable=SC2086
leader=$(leader $hosts)
# shellcheck disable=SC2086
read -r follower _ <<<"$(without "$leader" $hosts | tr '\n' ' ')"
term=$(attr "$leader" term)
check "a follower is stopped" ctl "$follower" down
is "which changes nothing" "leader $term" "$(attr "$leader" role term | tr '\n' ' ' | sed 's/ $//')"
check "it joins again" join "$follower" "$leader"
check "three follow" wait_for 20 all_follow

# shellcheck disable=SC2086
leader=$(leader $hosts)
term=$(attr "$leader" term)
echo "handover $$ unloads" >/dev/kmsg
check "the module is unloaded" wait_for 20 rmmod raftval
check "the leader of that moment handed over" logged "in term $((term + 1)): the leader handed over"
check "and nobody missed one" not logged "heard no leader"
load
make_hosts 3
create 6 "${CALMER[@]}" >/dev/null || die "no cluster"
join 7 6 >/dev/null || die "no second member"
create 8 "${CALMER[@]}" >/dev/null || die "no other cluster"
isolate 6
check "a leader that nobody hears is stopped, too" ctl 6 down
check "and who has lost its leader" ctl 7 down
check "and who is alone" ctl 8 down
