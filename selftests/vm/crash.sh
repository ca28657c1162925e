#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Three virtual machines with stores lose power under load, one, two or all of them at
# once, and come back: nothing that was acknowledged is lost, no revision is used twice,
# and all that was read and written is linearizable.
#
# Usage: crash.sh [--kernel 6.1|6.12] [--rounds ROUNDS] [--seed SEED] [--out DIR]
#
# A round is a loss of power; there are 20, on a seed that is printed. Of the stores that
# are left a thousand bits are flipped, one at a time, and each is noticed. DIR gets the
# consoles and the history. (To end QEMU finds a missing fsync; a missing flush of the
# disk's cache is found by crash_images.sh.)

. "$(dirname "$0")/lib.sh"

KERNEL=6.12
ROUNDS=20
SEED=$RANDOM

while [ $# -gt 0 ]; do
	case $1 in
	--kernel)	KERNEL=${2-} ;;
	--rounds)	ROUNDS=${2-} ;;
	--seed)		SEED=${2-} ;;
	--out)		OUT=${2-} ;;
	*)		sed -n '/^# Usage:/,/^$/ s/^# \{0,1\}//p' "$0"; exit 2 ;;
	esac
	shift 2
done
PLAN=$((4 * ROUNDS + 11))
STORE="--store /dev/vda"
HISTORY=$TMP/history
KEPT=("$HISTORY")

# shellcheck disable=SC2317 # called by finish
at_end()
{
	touch "$TMP/stop"
	wait
}

#
# Programs, one after the other in a loop, whose history is kept on this side
#

now_ns()
{
	date +%s%N
}

# tell CALL KIND EXPECT VALUE OUTCOME REVISION
tell()
{
	local returned=-

	[ "$5" = unknown ] || returned=$(now_ns)
	echo "$1 $returned host$host $2 $3 $4 $5 $6" >>"$HISTORY.$host-$client"
}

do_read()
{
	local call said

	call=$(now_ns)
	said=$(on "$host" "raftctl get --revision") || return
	revision=${said%%$'\n'*}
	[ "$revision" = "$said" ] && said= || said=${said#*$'\n'}
	tell "$call" read - "\"$said\"" ok "$revision"
}

do_write()
{
	local call

	call=$(now_ns)
	if revision=$(on "$host" "raftctl put $1"); then
		tell "$call" write - "\"$1\"" ok "$revision"
	else
		tell "$call" write - "\"$1\"" unknown -
		return 1
	fi
}

# Of the revision that this client has seen last, so some of them meet another one.
do_cas()
{
	local call expect=$revision met

	call=$(now_ns)
	if met=$(on "$host" "raftctl cas $expect $1"); then
		tell "$call" cas "$expect" "\"$1\"" ok "$met"
	elif [[ $met =~ ^[0-9]+$ ]]; then
		tell "$call" cas "$expect" "\"$1\"" conflict "$met"
	else
		tell "$call" cas "$expect" "\"$1\"" unknown -
		return 1
	fi
	revision=$met
}

# client HOST NUMBER
client()
{
	local host=$1 client=$2 revision=0 n

	for ((n = 1; ; n++)); do
		while [ ! -e "$TMP/up$host" ]; do
			[ ! -e "$TMP/stop" ] || return 0
			sleep 0.1
		done
		[ ! -e "$TMP/stop" ] || return 0
		case $((n % 4)) in
		0)	do_read ;;
		1)	do_cas "h$host-c$client-$n" ;;
		*)	do_write "h$host-c$client-$n" ;;
		esac 2>/dev/null || revision=${revision:-0}
	done
}

#
# Power
#

lose_power()
{
	local i

	for i; do
		rm -f "$TMP/up$i"
		"$VM" kill "$SET" "$i" || return 1
	done
}

come_up()
{
	local i pids=()

	for i; do
		"$VM" boot "$SET" "$i" &
		pids+=($!)
	done
	wait "${pids[@]}" || return 1
	for i; do
		up_from_disk "$i" || return 1
		touch "$TMP/up$i"
	done
}

ids()
{
	attr 1 id && attr 2 id && attr 3 id
}

# acknowledged: how many changes the programs know to be done
acknowledged()
{
	cat "$HISTORY".*-* 2>/dev/null | grep -cE '(write|cas) .* ok '
}

more_than()
{
	[ "$(acknowledged)" -gt "$1" ]
}

round()
{
	local number=$1 who before

	# One, two or all three, as the seed will.
	shuffle 1 2 3
	who=${SHUFFLED[*]:0:$((RANDOM % 3 + 1))}
	before=$(acknowledged)
	wait_for 60 more_than $((before + 10)) || die "nothing is written any more"
	# shellcheck disable=SC2086
	check "round $number: hosts $who lose power" lose_power $who
	# shellcheck disable=SC2086
	check "round $number: they come back" come_up $who
	check "round $number: all follow one leader" wait_for 60 in_step 1 2 3
	is "round $number: as the members that they were" "$IDS" "$(ids)"
}

#
# Bits
#

# The blocks of a store that count: both superblocks, and what its newest generation holds.
blocks_that_count()
{
	printf '0\n1\n'
	raftctl store info --records "$1" | awk '
		$1 ~ /^[0-9]+$/ && $4 ~ /^[0-9]+$/ { at[NR] = $1; n[NR] = $2; generation[NR] = $4 }
		$4 ~ /^[0-9]+$/ && $4 + 0 > newest { newest = $4 + 0 }
		END {
			for (i in at)
				if (generation[i] == newest)
					for (j = 0; j < n[i]; j++)
						print at[i] + j
		}'
}

flip()
{
	local byte

	byte=$(dd if="$1" bs=1 skip="$2" count=1 status=none | od -An -tu1)
	# shellcheck disable=SC2059 # it is made here
	printf "\\x$(printf %x $((byte ^ $3)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# flips STORE N: each must change what is said of the store
flips()
{
	local store=$1 n blocks clean byte bit

	mapfile -t blocks < <(blocks_that_count "$store")
	[ ${#blocks[@]} -gt 3 ] || { echo "hardly anything counts in $store"; return 1; }
	clean=$(raftctl store check "$store") || return 1
	for ((n = 0; n < $2; n++)); do
		byte=$((${blocks[RANDOM % ${#blocks[@]}]} * 4096 + RANDOM % 4096))
		bit=$((1 << RANDOM % 8))
		flip "$store" $byte $bit
		if [ "$(raftctl store check "$store" 2>&1)" = "$clean" ]; then
			echo "nobody notices bit $bit of byte $byte"
			return 1
		fi
		flip "$store" $byte $bit
	done
	[ "$(raftctl store check "$store")" = "$clean" ]
}

PATH=$TOP/tools/raftctl:$PATH
RANDOM=$SEED
begin
note "seed $SEED, Linux $KERNEL"
make -s -C "$SELFTESTS/core" build/lincheck >"$TMP/log" 2>&1 || { cat "$TMP/log"; die "no lincheck"; }
check "three hosts boot" start_hosts "$KERNEL" 3 --mem 192 --disk "$TMP/disk%,16M"
cluster_of 3 --heartbeat 50 --election 300
IDS=$(ids)
for i in 1 2 3; do
	touch "$TMP/up$i"
	client $i 1 &
	client $i 2 &
done
for ((r = 1; r <= ROUNDS; r++)); do
	round $r
done
touch "$TMP/stop"
wait
check "all three are equal at last" wait_for 30 equal 1 2 3
cat "$HISTORY".*-* >"$HISTORY"
sum="$(acknowledged) changes acknowledged in $(wc -l <"$HISTORY") operations"
check "nothing acknowledged is lost: $sum" \
	[ "$(attr 1 revision)" -ge "$(acknowledged)" ]
check "the history is linearizable" "$SELFTESTS/core/build/lincheck" "$HISTORY"
check "no kernel complained" "$VM" check "$SET"
for i in 1 2 3; do
	on $i "raftctl down" >/dev/null || die "down"
done
stop_hosts
check "of 500 bits that flip in the store of host1 each is noticed" flips "$TMP/disk1" 500
check "and of 500 in that of host2" flips "$TMP/disk2" 500
