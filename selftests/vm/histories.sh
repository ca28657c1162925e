#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Programs on three virtual machines with stores read, write and compare-and-set while
# links are cut and lose datagrams, machines stand still and lose power, and leadership
# is handed over: what they were told is linearizable.
#
# Usage: histories.sh [--kernel 6.1|6.12] [--operations N] [--rounds N] [--seed SEED]
#                     [--out DIR]
#
# On each kernel, or that one, every fault is met 3 times or --rounds, in an order that
# the seed decides, and more often until N operations (110000) were acknowledged. Where
# fewer than 20 a second were acknowledged before a fault, the run is void. DIR gets the
# consoles and the histories. The last line says how many operations are in the
# histories, and what they are; exit status 0 means that all are linearizable.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/recorded.sh"

KERNELS=(6.1 6.12)
OPERATIONS=110000
ROUNDS=3
SEED=$RANDOM
STORE="--store /dev/vda"
AT_A_TIME=8	# operations, on each host
ENOUGH_RATE=20
ELECTION_MS=500
FAULTS="cut_leader mute_leader deafen_leader cut_follower mute_follower deafen_follower
	lose pause_leader pause_follower kill_leader kill_follower transfer"
TOTAL=0
SAID=
# The others keep all processors busy while one boots.
export READY_SECONDS=180

while [ $# -gt 0 ]; do
	case $1 in
	--kernel)	KERNELS=("${2-}") ;;
	--operations)	OPERATIONS=${2-} ;;
	--rounds)	ROUNDS=${2-} ;;
	--seed)		SEED=${2-} ;;
	--out)		OUT=${2-} ;;
	*)		sed -n '/^# Usage:/,/^$/ s/^# \{0,1\}//p' "$0"; exit 2 ;;
	esac
	shift 2
done

KEEP=$OUT
[ -n "$OUT" ] || OUT=$(mktemp -d "${TMPDIR:-/tmp}/raftval-histories-XXXXXX") || exit
mkdir -p "$OUT" || exit
OUT=$(realpath "$OUT")

# shellcheck disable=SC2317 # called by a trap
finish()
{
	local status=$?

	trap - EXIT INT TERM
	# Whatever was interrupted may have sent it elsewhere.
	exec >&3
	stop_hosts
	abandon_recording
	cp "$SET"/console* "$OUT" 2>/dev/null
	rm -rf "$TMP"
	[ $status -ne 0 ] || [ $FAILED -eq 0 ] || status=1
	if [ $status -eq 0 ] && [ -z "$KEEP" ]; then
		rm -rf "$OUT"
	else
		note "consoles and histories are in $OUT"
	fi
	[ $status -eq 0 ] || SAID=${SAID:-not proven linearizable}
	echo "$TOTAL operations, ${SAID:-linearizable}"
	exit $status
}

#
# How it goes
#

# Operations a second, by a thousand or ten seconds.
rate()
{
	local first began ms

	first=$(acknowledged)
	began=$(now_ms)
	wait_for 10 more_than $((first + 999)) >"$TMP/rate" || kill -0 "$PID" || return
	ms=$(($(now_ms) - began))
	echo $((($(acknowledged) - first) * 1000 / (ms + 1)))
}

recovers()
{
	wait_for 60 in_step 1 2 3 && goes_on 100
}

# go_on_without HOST: the others have a leader, who gets on
go_on_without()
{
	local one other

	read -r one other < <(without "$1" 1 2 3 | tr '\n' ' ')
	wait_for 30 leader "$one" "$other" && goes_on 300
}

# passed MS SINCE
passed()
{
	[ "$(now_ms)" -ge $(($1 + $2)) ]
}

# pause HOST HOLD...: for at least five times of what it takes to elect another leader
pause()
{
	local host=$1 began

	shift
	began=$(now_ms)
	"$VM" pause "$SET" "$host" && "$@" && wait_for 20 passed $((5 * ELECTION_MS)) "$began" &&
		"$VM" cont "$SET" "$host"
}

any_follower()
{
	without "$(leader 1 2 3)" 1 2 3 | sed -n $((RANDOM % 2 + 1))p
}

#
# Faults: each strikes, lasts until others have gone on, and heals
#

cut_leader()
{
	local host

	host=$(leader 1 2 3) && cut_off "$host" && go_on_without "$host" && heal
}

# It is believed to lead for as long as it hears; nobody hears it.
mute_leader()
{
	local host

	host=$(leader 1 2 3) && "$VM" hub "$SET" cut "$host" all && go_on_without "$host" && heal
}

# All hear it, so it has to find out by itself that it leads no more.
deafen_leader()
{
	local host

	host=$(leader 1 2 3) && "$VM" hub "$SET" cut all "$host" && go_on_without "$host" && heal
}

cut_follower()
{
	local host

	host=$(any_follower) && cut_off "$host" &&
		wait_for 20 attr_is "$host" role pre-candidate && goes_on 500 && heal
}

mute_follower()
{
	local host

	host=$(any_follower) && "$VM" hub "$SET" cut "$host" all && goes_on 500 && heal
}

deafen_follower()
{
	local host

	host=$(any_follower) && "$VM" hub "$SET" cut all "$host" &&
		wait_for 20 attr_is "$host" role pre-candidate && goes_on 500 && heal
}

lose()
{
	"$VM" hub "$SET" loss all all $((5 + RANDOM % 16)) && goes_on 1000 && heal
}

pause_leader()
{
	local host

	host=$(leader 1 2 3) && pause "$host" go_on_without "$host"
}

pause_follower()
{
	local host

	host=$(any_follower) && pause "$host" goes_on 500
}

kill_leader()
{
	local host

	host=$(leader 1 2 3) && "$VM" kill "$SET" "$host" && go_on_without "$host" &&
		member_up "$host"
}

kill_follower()
{
	local host

	host=$(any_follower) && "$VM" kill "$SET" "$host" && goes_on 500 && member_up "$host"
}

transfer()
{
	local host

	host=$(any_follower) && on "$host" "raftctl transfer host$host" && goes_on 300
}

member_up()
{
	"$VM" boot "$SET" "$1" && up_from_disk "$1" &&
		record_on "$1"
}

# fault NAME
fault()
{
	local rate

	rate=$(rate) || die "nothing is recorded any more"
	if [ "$rate" -lt $ENOUGH_RATE ]; then
		SAID="void"
		die "void: $rate operations a second before ${1//_/ }, not $ENOUGH_RATE"
	fi
	[ "$rate" -ge "$SLOWEST" ] || SLOWEST=$rate
	MET=$((MET + 1))
	check "round $round: ${1//_/ }, at $rate operations a second" "$1"
	check "it recovers" recovers
	# What follows would mean nothing.
	[ $FAILED -eq 0 ] || die "${1//_/ }"
}

faults()
{
	local round name

	for ((round = 1; ; round++)); do
		# shellcheck disable=SC2086
		shuffle $FAULTS
		for name in "${SHUFFLED[@]}"; do
			[ $round -le "$ROUNDS" ] || ! more_than "$OPERATIONS" || return 0
			fault "$name"
		done
	done
}

judged()
{
	linearizable || { SAID="not linearizable"; return 1; }
	note "$(cat "$TMP/verdict")" >&3
	TOTAL=$((TOTAL + $(grep -cv '^ *#' "$HISTORY")))
}

on_kernel()
{
	local kernel=$1 began=$SECONDS

	HISTORY=$OUT/history-$kernel
	SLOWEST=999999
	MET=0
	check "three hosts boot Linux $kernel" start_hosts "$kernel" 3 --mem 192 \
		--disk "$TMP/disk%,16M" --add "$RECORDER:/usr/bin/recorder"
	cluster_of 3 --heartbeat 100 --election $ELECTION_MS
	check "what they are told is recorded" start_recording 1 2 3
	faults
	check "all that was asked is answered" stop_recording
	note "$(cat "$TMP/history.log")"
	note "$MET faults, before which at least $SLOWEST operations a second were acknowledged"
	check "all three are equal at last" wait_for 30 equal 1 2 3
	check "the history is linearizable" judged
	check "it is not if one read is one revision too old" condemned stale
	check "nor if one acknowledged write is lost" condemned forgetful
	check "no kernel complained" "$VM" check "$SET"
	stop_hosts
	# Not to be stopped again: its process ids may be others' by then.
	rm -f "$SET/hosts"
	note "$((SECONDS - began)) seconds on Linux $kernel"
}

exec 3>&1
trap finish EXIT
trap 'exit 1' INT TERM
RANDOM=$SEED
echo "TAP version 13"
note "seed $SEED"
build_recorder >"$TMP/log" 2>&1 ||
	{ note "$(cat "$TMP/log")"; die "the helpers can not be built"; }
for kernel in "${KERNELS[@]}"; do
	on_kernel "$kernel"
done
# How many faults there are is known only now.
echo "1..$COUNT"
