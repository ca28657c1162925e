#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Five hosts, whose programs read, write and compare-and-set all the time, meet whatever
# can befall them, several things at once: frames come late, twice, in another order,
# changed or not at all, links are cut, members are removed and lose their memory,
# allocations fail. Each time that all is healed all are equal in time, and what the
# programs were told is linearizable.
#
# Usage: soak.sh [MINUTES [SEED]]
#
# Of minutes and seed the environment may tell, too. A minute is one of the machine's own
# clock: where that skips idle time, as in User Mode Linux, it takes seconds. The seed
# decides what befalls whom; it is printed, and the same seed gives the same plan.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/history.sh"

MINUTES=${1:-${MINUTES:-10}}
SEED=${2:-${SEED:-$RANDOM}}
ALL=(1 2 3 4 5)
AT_A_TIME=2	# operations, on each host
LEAST=7		# stretches
# By when all is well again after all was healed, seconds.
WELL=60
LINCHECK=$SELFTESTS/lincheck
FAILSLAB=/sys/kernel/debug/failslab

# What is drawn from each group for a stretch: each comes once before any comes twice. The
# kinds of failing memory are only where the kernel has them.
declare -A KINDS=(
	[frames]="delay loss duplicate reorder corrupt mixed calm"
	[links]="oneway cut deaf isolated bridge whole"
	[members]="transfer remove down stable"
	[memory]="enough"
)
declare -A LEFT=()
declare -A MET=()
# One that is to come back.
ABSENT=

# As in lib.sh, but without a program for each: where idle time is skipped the programs are
# what takes the time.
attr()
{
	local host=$1 name lines

	shift
	for name; do
		mapfile -t lines <"/sys/class/raftval/raftval-n$host/$name" || return
		[ ${#lines[@]} -eq 0 ] || printf '%s\n' "${lines[@]}"
	done 2>/dev/null
}

#
# The plan
#

# draw GROUP: DRAWN is one of its kinds
draw()
{
	local left i

	read -ra left <<<"${LEFT[$1]:-${KINDS[$1]}}"
	i=$((RANDOM % ${#left[@]}))
	DRAWN=${left[i]}
	unset "left[i]"
	LEFT[$1]=${left[*]}
	MET[$DRAWN]=$((${MET[$DRAWN]:-0} + 1))
}

# between LEAST MOST: NUMBER is one of those
between()
{
	NUMBER=$((RANDOM % ($2 - $1 + 1) + $1))
}

# two: A and B are different hosts
two()
{
	A=$((RANDOM % 5 + 1))
	B=$(((A + RANDOM % 4) % 5 + 1))
}

# linger: for some seconds, and without another process: where memory fails none can be
# started, and User Mode Linux dies of a fork() that fails
linger()
{
	local seconds

	between 500 5000
	printf -v seconds %d.%03d $((NUMBER / 1000)) $((NUMBER % 1000))
	read -rt "$seconds" <&"$NOTHING" || :
}

say()
{
	note "$(($(now_ms) - BEGAN)) ms: $*" >&3
}

#
# Frames: what all links do, or that to a host, or that from it
#

# netem WORD...: at each of WHERE
netem()
{
	local i

	for i in $WHERE; do
		case $i in
		to*)	tc -n "$NS-switch" qdisc replace dev "port${i#to}" root netem "$@" ;;
		from*)	tc -n "$NS-${i#from}" qdisc replace dev eth0 root netem "$@" ;;
		esac || return
	done
	say "netem $* $WHERE"
}

where()
{
	two
	case $((RANDOM % 4)) in
	0)	WHERE="to$A" ;;
	1)	WHERE="from$A" ;;
	*)	WHERE="to1 to2 to3 to4 to5" ;;
	esac
}

# Up to twice as long as between two heartbeats, and longer with the jitter.
delay_strikes()
{
	local ms

	between 10 200
	ms=$NUMBER
	between 0 "$ms"
	netem delay "${ms}ms" "${NUMBER}ms"
}

loss_strikes()
{
	between 5 30
	netem loss "$NUMBER%"
}

duplicate_strikes()
{
	between 10 50
	netem duplicate "$NUMBER%"
}

reorder_strikes()
{
	between 10 50
	netem delay 30ms reorder "$NUMBER%"
}

corrupt_strikes()
{
	between 1 10
	netem corrupt "$NUMBER%"
}

mixed_strikes()
{
	between 5 20
	netem delay "${NUMBER}ms" 40ms loss "$NUMBER%" duplicate "$NUMBER%" corrupt 2%
}

calm_strikes()
{
	:
}

calm_down()
{
	local i

	for i in $WHERE; do
		case $i in
		to*)	tc -n "$NS-switch" qdisc del dev "port${i#to}" root ;;
		from*)	tc -n "$NS-${i#from}" qdisc del dev eth0 root ;;
		esac
	done 2>/dev/null
}

#
# Links
#

oneway_strikes()
{
	say "what $A says does not reach $B"
	cut_link "$A" "$B"
}

cut_strikes()
{
	say "$A and $B do not hear each other"
	cut_link "$A" "$B"
	cut_link "$B" "$A"
}

# Half of them hear nobody, the others are heard by nobody.
deaf_strikes()
{
	local i mute=$((RANDOM % 2))

	say "$A $([ $mute = 1 ] && echo is not heard || echo hears nobody)"
	for i in "${ALL[@]}"; do
		[ "$i" -ne "$A" ] || continue
		if [ $mute = 1 ]; then
			cut_link "$A" "$i"
		else
			cut_link "$i" "$A"
		fi
	done
}

isolated_strikes()
{
	A=$(leader "${ALL[@]}") || return 0
	say "$A, which leads, is isolated"
	isolate "$A"
}

# Three are meshed, the fourth sees only the second of them, the fifth the third.
bridge_strikes()
{
	local pair a b

	say "a bridge from $A on"
	for pair in 14 34 15 25 45; do
		a=$(((A + ${pair%?} - 2) % 5 + 1))
		b=$(((A + ${pair#?} - 2) % 5 + 1))
		cut_link $a $b
		cut_link $b $a
	done
}

whole_strikes()
{
	:
}

#
# Members: while there is trouble none of that has to succeed
#

transfer_strikes()
{
	say "$A is to lead: $(ctl "$B" transfer "host$A" 2>&1 | head -n 1)"
}

remove_strikes()
{
	say "$B removes $A: $(ctl "$B" peer remove "host$A" 2>&1 | head -n 1)"
	ABSENT=$A
}

# Without a word to the others; it knows nothing when it comes back. Half the time it leads.
down_strikes()
{
	[ $((RANDOM % 2)) -eq 0 ] || A=$(leader "${ALL[@]}") || A=$B
	say "$A goes down: $(down "$A" 2>&1 | head -n 1)"
	ABSENT=$A
}

stable_strikes()
{
	:
}

# back: who was taken down or removed is a member again, at the second attempt if of the
# first nothing was heard
back()
{
	local seed

	[ -n "$ABSENT" ] || return 0
	if [ -e "$(device "$ABSENT")" ]; then
		[ "$(attr "$ABSENT" state)" = removed ] || return 0
		down "$ABSENT" || return
	fi
	seed=$(leader "${ALL[@]}") || return
	join "$ABSENT" "$seed" --timeout 5
}

#
# Memory: one of some allocations fails, of all or of those that can not wait, as for what
# comes by the network
#

failslab()
{
	echo "$2" >"$FAILSLAB/$1"
}

can_fail()
{
	[ -w $FAILSLAB/probability ] || return
	failslab task-filter N && failslab verbose 0 && failslab interval 1 && failslab space 0 &&
		failslab times -1 && exec {PROBABILITY}>$FAILSLAB/probability
}

any_fails()
{
	failslab ignore-gfp-wait N
	between 1 3
	say "$NUMBER % of all allocations fail"
	begin_want
	echo "$NUMBER" >&"$PROBABILITY"
}

atomic_fails()
{
	failslab ignore-gfp-wait Y
	between 1 20
	say "$NUMBER % of allocations that can not wait fail"
	begin_want
	echo "$NUMBER" >&"$PROBABILITY"
}

enough_fails()
{
	:
}

# shellcheck disable=SC2317 # called when the test ends, too
undo()
{
	[ -z "$PROBABILITY" ] || echo 0 >&"$PROBABILITY"
	end_want
}

#
# How it goes
#

# strike: what was drawn, each somewhere else
strike()
{
	local kind

	where
	for kind; do
		two
		"${kind}_strikes" || { echo "$kind did not strike"; return 1; }
		linger
	done
}

# each_recovers COUNT...: their programs are answered; whoever is not there has none
each_recovers()
{
	back && each_more_than "$@"
}

# all_well: on all hosts
all_well()
{
	back && settled "${ALL[@]}" && well "${ALL[@]}"
}

# Who leads is told once by each who does, unless it changes very often.
note_leaders()
{
	kernel_log | grep -oE 'raftval: n[0-9]: leader in term [0-9]+' >>"$TMP/leaders"
	sort -u -o "$TMP/leaders" "$TMP/leaders"
}

# healed: nothing is asked meanwhile, so that revisions can be compared
healed()
{
	local status=0

	kill -USR1 "$PID" && wait_for $WELL quiet && wait_for $WELL all_well && none_lost &&
		holds "$(attr 1 value)" "${ALL[@]}" || status=1
	kill -USR2 "$PID"
	ABSENT=
	return $status
}

# stretch: one of each group at once; links, then frames or members first
stretch()
{
	local frames links members memory

	draw frames
	frames=$DRAWN
	draw links
	links=$DRAWN
	draw members
	members=$DRAWN
	draw memory
	memory=$DRAWN
	say "stretch $((++STRETCHES)): $frames, $links, $members, $memory"
	case $((RANDOM % 3)) in
	0)	strike "$frames" "$links" "$members" ;;
	1)	strike "$members" "$links" "$frames" ;;
	2)	strike "$links" "$members" "$frames" ;;
	esac || return
	"${memory}_fails"
	linger
	undo
	calm_down
	heal
	# shellcheck disable=SC2046
	wait_for $WELL each_recovers $(of_each) || return
	note_leaders
	healed
}

# On a machine that is busy, too, each kind of each group comes once.
stretches()
{
	STRETCHES=0
	while [ $STRETCHES -lt $LEAST ] || [ $(($(now_ms) - BEGAN)) -lt $((MINUTES * 60000)) ]; do
		stretch || { echo "in stretch $STRETCHES of seed $SEED"; return 1; }
	done
}

# start_asking: for as long as this shell lives, or until it is stopped
start_asking()
{
	local i devices=()

	for i in "${ALL[@]}"; do
		devices+=("$(device "$i")")
	done
	soak "$HISTORY" "$COUNTS" "$SEED" $AT_A_TIME "${devices[@]}" >"$TMP/history.log" 2>&1 &
	PID=$!
	wait_for 20 [ -s "$COUNTS" ] && goes_on 100
}

came_and_went()
{
	echo "$(wc -l <"$TMP/leaders") leaders in $STRETCHES stretches"
	[ "$(wc -l <"$TMP/leaders")" -gt 1 ]
}

table()
{
	local name

	for name in $(printf "%s " "${KINDS[@]}"); do
		note "$(printf '%-10s %4d times' "$name" "${MET[$name]:-0}")"
	done
	note "$(cat "$TMP/history.log")"
	note "$(wc -l <"$TMP/leaders") leaders, term $(attr 1 term), $STRETCHES stretches," \
		"$((($(now_ms) - BEGAN) / 1000)) seconds of this machine's clock, seed $SEED"
	note "$(cat "$TMP/verdict")"
}

PROBABILITY=
plan 7

mkfifo "$TMP/nothing"
: >"$TMP/leaders"
exec 3>&1 {NOTHING}<>"$TMP/nothing"
HISTORY=$TMP/history
COUNTS=$TMP/counts
BEGAN=$(now_ms)
note "$MINUTES minutes, seed $SEED"
RANDOM=$SEED
if can_fail; then
	KINDS[memory]="any atomic enough"
else
	note "this kernel can not make allocations fail"
fi
make_cluster 5 --heartbeat 100 --election 1000
check "programs of all five are answered" start_asking
BEGAN=$(now_ms)
check "each time that all is healed all are equal in time" stretches
check "leaders come and go" came_and_went
check "all that was asked is answered" stop_recording
check "all is linearizable" linearizable
check "it is not if one read is one revision too old" condemned stale
check "nor if one acknowledged write is lost" condemned forgetful
table
