#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Several nodes of one cluster, and nodes of two clusters, live side by side on one host.

. "$(dirname "$0")/lib.sh"

# node NAME ARGUMENT...
node()
{
	local name=$1

	shift
	on 1 raftctl -n "$name" "$@"
}

both()
{
	same "$2" "$(timeout 20 cat "/dev/raftval-$1")"
}

plan 10

make_hosts 1
check "a cluster" node n1 create --volatile --listen 127.0.0.1:7501 --label one "${CALM[@]}"
token=$(node n1 token)
for i in 2 3; do
	check "another node of it on the same host" node n$i join 127.0.0.1:7501 \
		--volatile --token "$token" --listen 127.0.0.1:750$i --label node$i
done
check "another cluster on the same host" \
	node n4 create --volatile --listen 127.0.0.1:7504 --label four "${CALM[@]}"
check "a write to the one" put 2 one
check "a write to the other" put 4 other
for i in 1 2 3; do
	check "node $i holds the one" holds one $i
done
check "the other cluster holds the other" holds other 4
