#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What durable.sh runs in the virtual machine: a line for each round, with the medians in
# microseconds of a disk's write by itself, of one while two other disks are written, of a
# volatile commit and of a durable commit; then what it took to read a full store back.
#
# Usage: durable_guest.sh ROUNDS WRITES

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"

# commit PREFIX: a write on the leader of the nodes n1, n2, n3
commit()
{
	latency "$(device "$(leader 1 2 3)")" 64 "$WRITES" | cut -d' ' -f1
}

# disk DEVICE
disk()
{
	latency "$1" 4096 "$WRITES" disk | cut -d' ' -f1
}

# What each of the three disks takes when all of them are written at once.
three_disks()
{
	disk /dev/vdb >"$TMP/b" &
	disk /dev/vdc >"$TMP/c" &
	disk /dev/vda
	wait
}

rounds()
{
	local n alone three volatile durable

	for ((n = 1; n <= ROUNDS; n++)); do
		alone=$(disk /dev/vdd)
		three=$(three_disks)
		STORES=
		make_nodes
		volatile=$(commit)
		down_nodes
		STORES=$TMP/disk
		make_nodes --force
		durable=$(commit)
		down_nodes
		echo "round $alone $three $volatile $durable"
	done
}

make_nodes()
{
	local i force=()

	[ -z "$STORES" ] || force=("$@")
	create 1 "${CALM[@]}" "${force[@]}" >/dev/null || die "no cluster"
	for i in 2 3; do
		join $i 1 "${force[@]}" >/dev/null || die "host $i could not join"
	done
	wait_for 20 settled 1 2 3 || die "no leader"
}

down_nodes()
{
	local i

	for i in 1 2 3; do
		down $i >/dev/null || die "down"
	done
}

# A store of the usual size, written until the ring has gone round.
full_store()
{
	local blocks

	{ mkfs.ext4 -q -F /dev/vdd && mount -t ext4 /dev/vdd /mnt; } || die "no file system"
	STORES=/mnt/store
	create 1 "${CALM[@]}" >/dev/null || die "no cluster"
	wait_for 20 attr_is 1 role leader
	blocks=$(($(stat -c %s /mnt/store1) / 4096))
	while [ "$(attr 1 stats/store_blocks)" -lt $((blocks * 3 / 2)) ]; do
		latency "$(device 1)" 4096 100 >/dev/null || die "no write"
	done
	down 1 >/dev/null
	up 1 >/dev/null || die "up"
	echo "store $((blocks * 4)) KiB, read back in $(attr 1 stats/store_load_us) us"
	down 1 >/dev/null
	umount /mnt
}

ROUNDS=$1
WRITES=$2
plan 0
make_hosts 3
for i in 1 2 3; do
	ln -s "/dev/vd$(printf %b "\\x6$i")" "$TMP/disk$i"
done
rounds
full_store
