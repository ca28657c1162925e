#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What it costs that a commit is durable
#
# Usage: durable.sh [--kernel 6.1|6.12] [--rounds ROUNDS] [--writes WRITES]
#
# One virtual machine, one processor, three hosts in network namespaces, each with a disk.
# Rounds (5) are interleaved, each with that many writes (300) of 64 bytes on the leader,
# one after the other, in volatile and in durable mode, and of direct, durable writes of
# 4 KiB to a disk by itself, and to three at once, as three hosts do that are one machine.
# Prints the medians; the last lines are the ratios of a durable commit to such a write plus
# a volatile commit, and the time to read back a full store.

. "$(dirname "$0")/../vm/lib.sh"

KERNEL=6.12
ROUNDS=5
WRITES=300
while [ $# -gt 0 ]; do
	case $1 in
	--kernel)	KERNEL=${2-} ;;
	--rounds)	ROUNDS=${2-} ;;
	--writes)	WRITES=${2-} ;;
	*)		sed -n '/^# Usage:/,/^$/ s/^# \{0,1\}//p' "$0"; exit 2 ;;
	esac
	shift 2
done

# shellcheck disable=SC2317 # called by a trap
finish()
{
	stop_hosts
	rm -rf "$TMP"
}
trap finish EXIT
trap 'exit 1' INT TERM

make -s -C "$SELFTESTS" latency devio || exit
mkdir "$TMP/guest"
cp "$SELFTESTS"/{lib,tap,cluster}.sh "$SELFTESTS"/{latency,devio} \
	"$SELFTESTS/bench/durable_guest.sh" "$TMP/guest"
start_hosts "$KERNEL" 1 --add "$TMP/guest:/selftests" --disk "$TMP/a%,4M" --disk "$TMP/b%,4M" \
	--disk "$TMP/c%,4M" --disk "$TMP/d%,64M" || exit
on 1 "modprobe raftval"
"$VM" exec -t 500 "$SET" 1 "bash /selftests/durable_guest.sh $ROUNDS $WRITES" >"$TMP/said" || {
	cat "$TMP/said"
	exit 1
}
awk '
	function median(a, n, i, j, t) {
		for (i = 2; i <= n; i++)
			for (j = i; j > 1 && a[j - 1] > a[j]; j--) {
				t = a[j]
				a[j] = a[j - 1]
				a[j - 1] = t
			}
		return a[int((n + 1) / 2)]
	}
	/^round/ {
		n++
		disk[n] = $2; three[n] = $3; fast[n] = $4; durable[n] = $5
		alone[n] = $5 / ($2 + $4); shared[n] = $5 / ($3 + $4)
		printf "round %d: disk %d us, of three %d us, volatile %d us, durable %d us\n",
			n, $2, $3, $4, $5
	}
	/^store/ { print }
	END {
		if (!n)
			exit 1
		printf "medians: disk %d us, of three %d us, volatile commit %d us, durable commit %d us\n",
			median(disk, n), median(three, n), median(fast, n), median(durable, n)
		printf "durable commit / (disk + volatile commit): %.2f\n", median(alone, n)
		printf "durable commit / (disk of three + volatile commit): %.2f\n", median(shared, n)
	}' "$TMP/said"
