#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A datagram that is not to be believed is dropped and counted by its reason, and the
# cluster does not notice.

. "$(dirname "$0")/lib.sh"

PORT=7497

# drops REASON: the node's counter
drops()
{
	attr 1 "stats/dropped_$1"
}

rose()
{
	[ "$(drops "$1")" -gt "$2" ]
}

# dropped TEXT REASON HEX [BYTES]
dropped()
{
	local text=$1 reason=$2 before

	shift 2
	before=$(drops "$reason")
	on 4 dgram 192.0.2.1 $PORT "$@"
	check "$text counts as $reason" wait_for 5 rose "$reason" "$before"
}

# header VERSION TYPE CLUSTER FROM: of 48 bytes: magic, version, type, flags, reserved,
# cluster, sender, receiver, term
header()
{
	printf '7276%02x%02x00000000%s%s%s0100000000000000' "$1" "$2" "$3" "$4" "$(little "$ID")"
}

# little NUMBER: eight bytes, lowest first
little()
{
	printf %016x "$1" | sed 's/\(..\)\(..\)\(..\)\(..\)\(..\)\(..\)\(..\)\(..\)/\8\7\6\5\4\3\2\1/'
}

plan 9

make_cluster 3 "${CALM[@]}"
make_hosts 1
CLUSTER=$(attr 1 cluster)
ID=0x$(attr 1 id)
OTHER=00112233445566778899aabbccddeeff
STRANGER=0102030405060708
VOTE=1
APPEND=3
put 1 before
term=$(attr 1 term)

dropped "an empty datagram" short ""
dropped "half a header" short 7276010100
dropped "a datagram of 1500 bytes" long "$(header 1 $APPEND "$CLUSTER" $STRANGER)" 1500
dropped "an unknown version" version "$(header 99 $APPEND "$CLUSTER" $STRANGER)" 100
dropped "an unknown type" type "$(header 1 200 "$CLUSTER" $STRANGER)" 100
dropped "another cluster" cluster "$(header 1 $VOTE $OTHER $STRANGER)" 64
dropped "somebody who is no member" stranger "$(header 1 $VOTE "$CLUSTER" $STRANGER)" 64
is "the term is as it was" "$term" "$(attr 1 term)"
check "and the value" holds before 1 2 3
