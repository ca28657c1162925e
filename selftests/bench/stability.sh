#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# How often a host that is out of processor or of memory has its cluster change leaders
#
# Usage: stability.sh [--kernel 6.1|6.12] [--rounds SECONDS]
#
# One virtual machine, one processor, three volatile members in network namespaces with a
# heartbeat of 15 ms and an election timeout of 150 ms, and one program that writes all the
# time. For so many seconds each (60): nothing else; 32 and 128 busy loops; two busy loops
# of real-time priority 50; programs that eat all memory, which the kernel kills; every
# program stopped. Wanted are no changes.

. "$(dirname "$0")/lib.sh"

KERNEL=6.12
ROUNDS=60
while [ $# -gt 0 ]; do
	case $1 in
	--kernel)	KERNEL=${2-} ;;
	--rounds)	ROUNDS=${2-} ;;
	*)		usage ;;
	esac
	[ $# -ge 2 ] || usage
	shift 2
done
start_guest devio writer -- --mem 256
in_guest stability_guest.sh "$ROUNDS"
grep -v '^#' "$TMP/said"
