#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Three or five virtual machines with stores, whose programs read, write and
# compare-and-set all the time, meet everything that can befall them, several things at
# once: hosts die and stand still, disks fail, links are cut and lose, members leave and
# join, the key is changed. Each time that all is healed all are equal in time, and what
# the programs were told is linearizable.
#
# Usage: nemesis.sh [--minutes N] [--seed SEED] [--kernel 6.1|6.12|debug|kcsan]
#                   [--hosts 3|5] [--only NEMESIS[,NEMESIS]...] [--times N] [--out DIR]
#        nemesis.sh --list
#
# That many minutes (10), on that kernel (6.12), with so many hosts (3). The seed decides
# what is to befall whom, and when; it is printed, and the same seed gives the same plan.
# With --only each of those named befalls them alone, N times (3), and then it ends. DIR,
# else a new directory, gets consoles, history and, of a failure, the state of each host.
# Exit status 0 means that all is well.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/recorded.sh"

MINUTES=10
SEED=$RANDOM
KERNEL=6.12
HOSTS=3
ONLY=
TIMES=3
PLAN=
DECK=()
STORE="--store /dev/mapper/store"
AT_A_TIME=4
# By when all is well again after all was healed, seconds.
WELL=60
# How many times as long all takes that has a time, on a kernel that watches itself, which
# is asked as much less at a time: the leader's host has to have something left for the test.
SLOWER=1
# Processors of each.
SMP=1
ROOM=$TMP
STOP=$TMP/stop
BEGAN=$(now_ms)
# The others keep all processors busy while one boots.
export READY_SECONDS=600

# shellcheck source=selftests/vm/nemeses.sh
. "$(dirname "$0")/nemeses.sh"

usage()
{
	sed -n '/^# Usage:/,/^$/ s/^# \{0,1\}//p' "$0"
	exit 2
}

list()
{
	local name group longest text

	while read -r name group longest text; do
		printf '%-8s %s\n' "$name" "$text"
	done < <(nemeses)
}

while [ $# -gt 0 ]; do
	case $1 in
	--list)		list; exit ;;
	--minutes)	MINUTES=${2-} ;;
	--seed)		SEED=${2-} ;;
	--kernel)	KERNEL=${2-} ;;
	--hosts)	HOSTS=${2-} ;;
	--only)		ONLY=${2-} ;;
	--times)	TIMES=${2-} ;;
	--out)		OUT=${2-} ;;
	*)		usage ;;
	esac
	shift 2 || usage
done
[[ $HOSTS = [35] && "$MINUTES$SEED$TIMES" =~ ^[0-9]+$ ]] || usage
mapfile -t ALL < <(seq "$HOSTS")
case $KERNEL in
debug)	SLOWER=4 ;;
# Two who race need a processor each.
kcsan)	SLOWER=4; SMP=2 ;;
esac
WELL=$((WELL * SLOWER))
AT_A_TIME=$((AT_A_TIME / SLOWER))
export EXEC_SECONDS=$((SLOWER * 60))

#
# The plan
#

# about NAME: its line in the list, without the name
about()
{
	nemeses | sed -n "s/^$1 //p"
}

# possible: the names of those that this number of hosts can meet
possible()
{
	nemeses | awk -v hosts="$HOSTS" '$1 != "bridge" || hosts == 5 { print $1 }'
}

# Does NAME, one of GROUP, fit to those that are planned? Then HOST is whom it befalls.
fits()
{
	local host=

	[[ $TAKEN != *" $1 "* ]] || return
	TAKEN+="$1 "
	shift
	case $1 in
	links | members)	[[ $TAKEN != *" $1 "* ]] || return ;;
	esac
	case $1 in
	host | members)
		shuffle "${ALL[@]}"
		for host in "${SHUFFLED[@]}"; do
			[[ $TAKEN == *" $host "* ]] || break
			host=
		done
		[ -n "$host" ] || return
		TAKEN+="$host "
		;;
	esac
	HOST=${host:-$((RANDOM % HOSTS + 1))}
	TAKEN+="$1 "
}

# draw STRETCH NAME...: some of those into PLANNED, each as when it strikes and how long it
# lasts, its name, whom, whether as the leader, and its detail. That is told by nothing
# but the seed and the stretches before. Like cards: none comes again before all have come.
draw()
{
	local number name names group longest

	RANDOM=$((SEED + 7919 * $1))
	number=$((RANDOM % HOSTS + 3))
	shift
	if [ ${#DECK[@]} -lt "$number" ]; then
		shuffle "$@"
		DECK+=("${SHUFFLED[@]}")
	fi
	names=("${DECK[@]}")
	DECK=()
	PLANNED=()
	TAKEN=" "
	for name in "${names[@]}"; do
		read -r group longest _ < <(about "$name")
		if [ ${#PLANNED[@]} -ge "$number" ] || ! fits "$name" "$group"; then
			DECK+=("$name")
			continue
		fi
		PLANNED+=("$((RANDOM % 10)) $((RANDOM % longest + 1)) $name $HOST $((RANDOM % 2)) $RANDOM")
	done
}

#
# What happens
#

# say TEXT: to whoever follows this, with the time
say()
{
	local ms=$(($(now_ms) - BEGAN))

	note "$((ms / 1000)).$((ms / 100 % 10)) s: $*" >&3
}

# passed MS SINCE
passed()
{
	[ -e "$STOP" ] || [ "$(now_ms)" -ge $(($1 + $2)) ]
}

# befall AT LASTS NAME HOST LEADS DETAIL
befall()
{
	local at=$1 lasts=$2 name=$3 host=$4 leads=$5 detail=$6 began as

	TMP=$(mktemp -d -p "$ROOM")
	wait_for 60 passed $((at * 1000)) "$STRETCH" || return
	[ "$leads" -eq 0 ] || quick "$host" "raftctl transfer host$host" >/dev/null
	as=$(quick "$host" "cat $SYSFS/role")
	say "$name strikes host$host, ${as:-that does not answer}, for $lasts s, detail $detail"
	echo "$name" >>"$ROOM/met"
	began=$(now_ms)
	"${name}_strikes" "$host" "$detail" || { echo "$name did not strike host$host"; return 1; }
	wait_for $((lasts + 10)) passed $((lasts * 1000)) "$began"
	say "$name is to end"
	"${name}_ends" "$host" "$detail" || { echo "$name did not end on host$host"; return 1; }
	say "$name has ended"
}

# befallen: all that is planned, at once
befallen()
{
	local one pid pids=() status=0

	STRETCH=$(now_ms)
	for one in "${PLANNED[@]}"; do
		# shellcheck disable=SC2086
		befall $one &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid" || status=1
	done
	return $status
}

each_goes_on()
{
	# shellcheck disable=SC2046
	wait_for $WELL each_more_than $(of_each)
}

# Of all members when nothing is asked; the judge has all that was asked before.
judged()
{
	local status=0

	kill -USR1 "$PID" && wait_for $WELL quiet || return 1
	wait_for $WELL well "${ALL[@]}" && none_lost && linearizable || status=1
	kill -USR2 "$PID"
	return $status
}

# The first that failed is what is to be understood: nothing more is done to them.
demand()
{
	check "$@"
	[ $FAILED -eq 0 ] && return
	evidence
	die "$1; the same plan again: --seed $SEED --hosts $HOSTS${ONLY:+ --only $ONLY}"
}

evidence()
{
	local i

	for i in "${ALL[@]}"; do
		quick "$i" "raftctl status; raftctl key; raftctl log; dmesg | tail -n 200
			cd $SYSFS && grep . state role term leader *_index revision stats/*" \
			>"$OUT/state$i"
	done
}

# stretch NAME...: some of those
stretch()
{
	local names

	MET=$((MET + 1))
	draw $MET "$@"
	names=$(printf '%s\n' "${PLANNED[@]}" | cut -d' ' -f3 | tr '\n' ' ')
	demand "stretch $MET: all of $names comes and goes" befallen
	heal
	# shellcheck disable=SC2086
	demand "stretch $MET: all follow one leader" wait_for $WELL in_step "${ALL[@]}"
	demand "stretch $MET: the programs of each go on" each_goes_on
	demand "stretch $MET: all are equal, and what they said is linearizable" judged
	say "$(cat "$TMP/verdict")"
	demand "stretch $MET: no kernel complained" "$VM" check "$SET"
}

stretches()
{
	local name i all

	MET=0
	if [ -n "$ONLY" ]; then
		for name in ${ONLY//,/ }; do
			for ((i = 0; i < TIMES; i++)); do
				stretch "$name"
			done
		done
		return
	fi
	mapfile -t all < <(possible)
	while [ $(($(now_ms) - BEGAN)) -lt $((MINUTES * 60000)) ]; do
		stretch "${all[@]}"
	done
}

#
# The end
#

# In how many terms there was a leader, by what the kernels said.
leader_changes()
{
	cat "$SET"/console* | grep -o 'raftval: leader in term [0-9]*' | sort -u | wc -l
}

# frames NAME: how many the hub did that to
frames()
{
	awk -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) column = i; next }
		{ n += $column }
		END { print n + 0, name }' "$ROOM/hub"
}

table()
{
	local name times

	note "nemesis     times"
	sort "$ROOM/met" 2>/dev/null | uniq -c | while read -r times name; do
		note "$(printf '%-8s %8d' "$name" "$times")"
	done
	note "frames: $(for name in passed cut lost dup reordered corrupted full absent; do
		frames $name
	done | paste -sd, | sed 's/,/, /g')"
	note "$(cat "$TMP/history.log")"
	note "$(leader_changes) leaders, $((($(now_ms) - BEGAN) / 1000)) seconds, seed $SEED"
}

# shellcheck disable=SC2317 # called by finish
at_end()
{
	# What is under way on hosts is to end before they are stopped.
	touch "$STOP"
	[ -z "$PID" ] || kill "$PID" 2>/dev/null
	wait
	"$VM" hub "$SET" stats >"$ROOM/hub" && table
	note "consoles and history are in $OUT"
}

possible_only()
{
	local name

	for name in ${ONLY//,/ }; do
		possible | grep -qx "$name" || {
			echo "there is no nemesis $name for $HOSTS hosts; --list says which there are" >&2
			exit 2
		}
	done
}

possible_only
[ -n "$OUT" ] || OUT=$(mktemp -d "${TMPDIR:-/tmp}/raftval-nemesis-XXXXXX") || exit
mkdir -p "$OUT" && OUT=$(realpath "$OUT") || exit
HISTORY=$OUT/history
exec 3>&1
begin
note "seed $SEED, $HOSTS hosts, Linux $KERNEL, $MINUTES minutes"
build_recorder >"$TMP/log" 2>&1 || { note "$(cat "$TMP/log")"; die "the helpers can not be built"; }
demand "$HOSTS hosts boot" start_hosts "$KERNEL" "$HOSTS" --mem 192 --smp $SMP --seed "$SEED" \
	--disk "$ROOM/disk%,16M" --disk "$ROOM/keys%,8M" --add "$RECORDER:/usr/bin/recorder" \
	--add "$SELFTESTS/vm/build/hog:/usr/bin/hog"
for i in "${ALL[@]}"; do
	demand "host$i has its disks" on "$i" "mkfs.ext4 -q /dev/vdb"
	demand "host$i is prepared" prepare "$i"
done
cluster_of "$HOSTS" --heartbeat $((SLOWER * 100)) --election $((SLOWER * 1000))
demand "what they are told is recorded" start_recording "${ALL[@]}"
BEGAN=$(now_ms)
stretches
demand "all that was asked is answered" stop_recording
demand "all is linearizable" linearizable
demand "it is not if one read is one revision too old" condemned stale
demand "nor if one acknowledged write is lost" condemned forgetful
planned
