#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A datagram that is not to be believed is dropped and counted by its reason, and the
# cluster does not notice: one without a key, and one that has one.

. "$(dirname "$0")/lib.sh"

PORT=7497

# Of the core, or the wall, which comes first.
KIND=drop

# drops REASON: the node's counter
drops()
{
	attr 1 "stats/${KIND}_$1"
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

# header VERSION TYPE CLUSTER FROM TO [TERM]: of 56 bytes: magic, version, type, flags,
# reserved, what the arguments say, and which start of the sender it is
header()
{
	printf '7276%02x%02x00000000%s%s%s%s0000000000000000' "$1" "$2" "$3" "$(little "$4")" "$(little "$5")" \
		"$(little "${6:-0000000000000001}")"
}

# little HEX: the lowest of eight bytes first
little()
{
	local i

	for ((i = 14; i >= 0; i -= 2)); do
		printf %s "${1:i:2}"
	done
}

plan 19

INSECURE=(--insecure)
make_cluster 3 "${CALM[@]}"
make_hosts 1
cluster=$(attr 1 cluster)
other=00112233445566778899aabbccddeeff
id=$(attr 1 id)
stranger=0102030405060708
VOTE=1
APPEND=3
READ=11
question=0100000000000000
put 1 before
term=$(attr 1 term)

dropped "an empty datagram" short ""
dropped "half a header" short 7276010100
dropped "a datagram of 1500 bytes" long "$(header 1 $APPEND "$cluster" $stranger "$id")" 1500
dropped "an unknown version" version "$(header 99 $APPEND "$cluster" $stranger "$id")" 100
dropped "an unknown type" type "$(header 1 200 "$cluster" $stranger "$id")" 100
dropped "another cluster" cluster "$(header 1 $READ $other $stranger "$id")$question"
dropped "another receiver" receiver "$(header 1 $READ "$cluster" $stranger $stranger)$question"
dropped "somebody who is no member" stranger "$(header 1 $READ "$cluster" $stranger "$id")$question"
# Who is no member may be a candidate of a configuration that is not here yet.
on 4 dgram 192.0.2.1 $PORT "$(header 1 $VOTE "$cluster" $stranger "$id" 0000000000001000)" 72
check "the cluster takes writes" put 2 after
check "and holds them" holds after 1 2 3
is "its term is as it was" "$term" "$(attr 1 term)"

for i in 3 2 1; do
	down $i >/dev/null
done
INSECURE=()
create 1 "${CALM[@]}" >/dev/null
join 2 1 >/dev/null && join 3 1 >/dev/null
wait_for 20 settled 1 2 3
cluster=$(attr 1 cluster)
id=$(attr 1 id)
KIND=wall
SEALED=$((0x81))
HELLO=255
dropped "half a header" short 7276010100
dropped "what is not sealed" format "$(header 1 $READ "$cluster" $stranger "$id")$question" 100
dropped "another cluster" cluster "$(header $SEALED $READ $other $stranger "$id")" 100
dropped "another receiver" receiver "$(header $SEALED $READ "$cluster" $stranger $stranger)" 100
dropped "somebody who is no member" stranger "$(header $SEALED $READ "$cluster" $stranger "$id")" 100
dropped "a session that nobody began" session \
	"$(header $SEALED $READ "$cluster" "$(attr 2 id)" "$id")" 100
dropped "a hello with another key" key "$(header $SEALED $HELLO "$cluster" $stranger "$id")" 140
check "the cluster takes writes" put 2 again
