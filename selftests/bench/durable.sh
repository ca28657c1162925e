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

. "$(dirname "$0")/lib.sh"

WRITES=300
parse "$@"
start_guest latency devio -- --disk "$TMP/a%,4M" --disk "$TMP/b%,4M" --disk "$TMP/c%,4M" \
	--disk "$TMP/d%,64M"
in_guest durable_guest.sh "$ROUNDS" "$WRITES"
awk "$MEDIAN"'
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
