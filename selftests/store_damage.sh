#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Stores that are not what their member left: bits that flipped, old copies that were put
# back, stores of others, of other versions and of nobody. Nothing is dropped silently,
# nothing is invented, and every refusal is a sentence.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/disks.sh"

BLOCK=4096

# block_of HOST WHAT: the number of the newest block on its store that holds that
block_of()
{
	raftctl store info --records "$TMP/disk$1" | grep -E "$2 *intact" | sort -n -k 3 |
		tail -n 1 | awk '{ print $1 }'
}

# damage HOST WHAT: flip a bit in the content of that
damage()
{
	local block

	block=$(block_of "$1" "$2")
	[ -n "$block" ] || die "store $1 holds no $2"
	flip "$TMP/disk$1" $((block * BLOCK + 1000))
}

reason_is()
{
	[[ $(attr "$1" reason) == *"$2"* ]] || { attr "$1" reason; return 1; }
}

# What a follower had acknowledged can not be read: no vote until it is back.
test_damaged_entry()
{
	local host one rest

	host=$(not_leader 1 2 3)
	rest=$(without "$host" 1 2 3)
	one=$(head -n 1 <<<"$rest")
	put "$one" "to be damaged" >/dev/null || die "no write"
	wait_for 10 holds "to be damaged" "$host"
	put "$one" "and what came after it" >/dev/null || die "no write"
	wait_for 10 holds "and what came after it" "$host"
	down "$host" >/dev/null || die "down"
	damage "$host" 'entr.*[0-9]'
	refuses "damage is found offline" 'lost acknowledged entries' raftctl store check "$TMP/disk$host"
	# shellcheck disable=SC2086
	for i in $rest; do
		cut_link "$i" "$host"
	done
	check "the member starts all the same" up "$host"
	check "without a vote" attr_is "$host" state damaged
	check "status says why" sh -c "$(declare -f on ctl); NS=$NS; ctl $host status | grep -q 'no vote'"
	heal
	check "it gets back what it lost from the others" wait_for 20 attr_is "$host" state running
	check "and has the value" holds "and what came after it" "$host"
	check "all are equal" wait_for 10 equal 1 2 3
	down "$host" >/dev/null || die "down"
	check "what is on its store is whole again" raftctl store check "$TMP/disk$host"
	check "and it starts as ever" up "$host"
	check "with a vote" attr_is "$host" state running
}

# Of three stores two are damaged. What they lost may have been decided by these two alone:
# nobody invents it, and the cluster says what it is. The third has the value still.
test_damaged_majority()
{
	local i

	put 1 "on all three" >/dev/null || die "no write"
	wait_for 10 equal 1 2 3
	for i in 1 2 3; do
		down $i >/dev/null || die "down"
	done
	for i in 1 2; do
		damage $i 'entr.*[0-9]'
		up $i >/dev/null || die "up"
	done
	up 3 >/dev/null || die "up"
	check "two of three stores are damaged: nobody leads" no_leader_for 3
	is "readers get no answer" "read ETIMEDOUT" "$(short_read 3)"
	is "the states say why" "damaged damaged running" \
		"$(attr 1 state) $(attr 2 state) $(attr 3 state)"
	for i in 1 2 3; do
		down $i >/dev/null || die "down"
	done
	check "the value is on the third" \
		sh -c "raftctl -j store info $TMP/disk3 | grep -q 'on all three'"
	make_durable --force
}

# make_durable [OPTION...]: a cluster of the first three hosts
make_durable()
{
	local i

	create 1 "${CALM[@]}" "$@" >/dev/null || die "no cluster"
	for i in 2 3; do
		join $i 1 "$@" >/dev/null || die "host $i could not join"
	done
	wait_for 20 settled 1 2 3 || die "no leader"
}

no_leader_for()
{
	local until=$(($(now_ms) + $1 * 1000))

	while [ "$(now_ms)" -lt $until ]; do
		[ -z "$(attr 1 leader)$(attr 2 leader)$(attr 3 leader)" ] || return 1
		sleep 0.1
	done
}

short_read()
{
	echo 1000 >"/sys/class/raftval/raftval-n$1/op_timeout_ms"
	timeout 10 devio "$(device "$1")" read 100
}

# An old copy of a store, put back: the others know, and it is told.
test_old_copy()
{
	local host one

	host=$(not_leader 1 2 3)
	one=$(leader 1 2 3)
	down "$host" >/dev/null || die "down"
	dd if="$TMP/disk$host" of="$TMP/copy" bs=1M 2>/dev/null
	up "$host" >/dev/null || die "up"
	put "$one" "not in the copy" >/dev/null || die "no write"
	wait_for 10 holds "not in the copy" "$host"
	down "$host" >/dev/null || die "down"
	dd if="$TMP/copy" of="$TMP/disk$host" bs=1M conv=fsync 2>/dev/null
	check "an old copy of its store is put back: the member starts" up "$host"
	check "it is told and promises nothing" wait_for 20 attr_is "$host" state failed
	check "it says why" reason_is "$host" "old copy"
	is "its programs are refused" "write EIO" "$(devio "$(device "$host")" write x)"
	check "it goes down" down "$host"
	refuses "and can not be started again" 'older than what its member' up "$host"
	check "a new member takes its place" join "$host" "$one" --force
	is "there are three" 3 "$(attr "$one" members | wc -l)"
	check "with the value" holds "not in the copy" 1 2 3
}

# A host that lost its store joins again: the old member goes in the same change.
test_lost_store()
{
	local host one id

	host=$(not_leader 1 2 3)
	one=$(leader 1 2 3)
	id=$(attr "$host" id)
	down "$host" >/dev/null || die "down"
	dd if=/dev/zero of="$TMP/disk$host" bs=1M count=4 conv=fsync 2>/dev/null
	refuses "a store that is lost starts nobody" 'no store' up "$host"
	check "its host joins again" join "$host" "$one"
	check "as another member" not attr_is "$host" id "$id"
	is "in the place of the one that lost it" 3 "$(attr "$one" members | wc -l)"
	check "with the value" wait_for 10 equal 1 2 3
}

# Each of the records' kinds, a bit of it flipped while its member is down.
test_refused_stores()
{
	local disk=$TMP/disk1

	down 1 >/dev/null || die "down"
	dd if="$disk" of="$TMP/copy" bs=1M 2>/dev/null
	flip "$disk" 8
	flip "$disk" $((BLOCK + 8))
	refuses "a store of another version is refused" 'version' up 1
	dd if="$TMP/copy" of="$disk" bs=1M conv=fsync 2>/dev/null
	flip "$disk" 40
	flip "$disk" $((BLOCK + 40))
	refuses "one whose superblocks are damaged" 'join again' up 1
	dd if="$TMP/copy" of="$disk" bs=1M conv=fsync 2>/dev/null
	flip "$disk" 40
	check "one superblock is enough" up 1
	check "for the member that it was" wait_for 10 equal 1 2 3
	down 1 >/dev/null || die "down"
	dd if=/dev/urandom of="$disk" bs=4096 count=8 conv=fsync 2>/dev/null
	refuses "garbage is no store" 'no store' up 1
	refuses "and is not formatted without a word" '--force' join 1 2
	mkfs.ext4 -q -F "$disk"
	refuses "nor is a file system" '--force' join 1 2
	check "unless that is wanted" join 1 2 --force
	refuses "what is too small for the largest value is no store" 'bytes' \
		create 4 --value-max 65536
}

need_disks
plan 37
make_hosts 4
for n in 1 2 3 4; do
	make_disk $n 1
done
STORES=$TMP/disk
make_durable
test_damaged_entry
test_damaged_majority
test_old_copy
test_lost_store
test_refused_stores
