#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Only who has the cluster's key gets in, and a key can not be read back.

. "$(dirname "$0")/lib.sh"

VECTORS=$SELFTESTS/raftval_vectors.ko
[ -e "$VECTORS" ] || VECTORS=$SELFTESTS/module/raftval_vectors.ko

# stat HOST NAME: one of its counters
stat()
{
	attr "$1" "stats/$2"
}

# Of those on the way from one to the other, none is believed, nor understood.
drops()
{
	local i name sum=0

	for i; do
		for name in short format cluster receiver stranger session old replayed forged \
			key full; do
			sum=$((sum + $(stat "$i" wall_$name)))
		done
	done
	echo $sum
}

said_by_kernel()
{
	kernel_log | grep -qE "$1"
}

# join_with TOKEN: as host 4, from another network namespace
join_with()
{
	ctl 4 join 192.0.2.1 --token "$1" --listen 192.0.2.4 --label host4 --volatile --timeout 2
}

# turn HOST...: one whole change of the key, on each of them
turn()
{
	local token i

	token=$(ctl 1 key rotate | grep -o 'rv2[0-9a-z]*' | head -n 1)
	for i in "$@"; do
		ctl "$i" key accept --token "$token" >/dev/null || return 1
	done
	for i in "$@"; do
		ctl "$i" key switch >/dev/null || return 1
	done
	for i in "$@"; do
		wait_for 10 agreed "$i" || return 1
		ctl "$i" key drop >/dev/null || return 1
	done
}

# All its sessions are with its own key.
agreed()
{
	local json

	json=$(ctl "$1" -j key)
	same 1 "$(grep -o '"key":"[0-9a-f]*"' <<<"$json" | sort -u | wc -l)"
}

plan 22

check "the kernel makes of known input what it must" insmod "$VECTORS"
rmmod raftval_vectors

make_cluster 3 "${CALM[@]}"
make_hosts 2
check "a write" put 1 sealed
check "is held by all" wait_for 10 holds sealed 1 2 3
is "nothing was dropped on the way" 0 "$(drops 1 2 3)"
check "all have the same key" wait_for 10 agreed 1
is "keys are for their owner only" 600 "$(command stat -c %a "$TMP"/etc-1/*.key)"
check "the status says that it is sealed" sh -c "$(declare -f on ctl); NS=$NS TMP=$TMP; ctl 2 status | grep -qi 'sealed'"

token=$(ctl 1 token)
ctl 5 create --listen 192.0.2.5 --label host5 --volatile >/dev/null
refuses "a token of another cluster is refused" 'wrong key or cluster' \
	join_with "$(ctl 5 token)"
check "and it is said who tried" wait_for 5 said_by_kernel '192\.0\.2\.4:[0-9]+ says hello'
check "the key can be changed" turn 1 2 3
check "by all of them" wait_for 10 agreed 2
check "and they write" put 2 changed
check "and read" wait_for 10 holds changed 1 2 3
before=$(stat 1 wall_key)
refuses "the token from before is refused" 'wrong key or cluster' join_with "$token"
check "and counted" [ "$(stat 1 wall_key)" -gt "$before" ]
check "the new one is good" join_with "$(ctl 2 token)"
check "for a host that reads, too" wait_for 10 holds changed 4

refuses "a cluster without a key is not made by omission" 'insecure' \
	ctl 5 -n bare join 192.0.2.1 --token "$(on 5 raftctl -n bare create --insecure \
		--listen 127.0.0.1:7600 --label bare --volatile >/dev/null; \
		on 5 raftctl -n bare token)" --volatile --listen 192.0.2.5:7601
check "its status says so" sh -c "ip netns exec $NS-5 raftctl -n bare status | grep -qi insecure"
refuses "and it can not get one" 'without a key|anew' on 5 raftctl -n bare key rotate
check "who leaves has the key no more" ctl 4 leave
is "nor its file" 0 "$(find "$TMP/etc-4" -name '*.key' | wc -l)"
