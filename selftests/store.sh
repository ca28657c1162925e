#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A node with a store comes back as the member that it was: with its term, its vote and
# its value, also when all of them were down at once. Block devices, and files on ext4.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/disks.sh"

# down_all HOST..., up_all HOST...: one after the other
down_all()
{
	local i

	for i; do
		down "$i" >/dev/null || return 1
	done
}

up_all()
{
	local i

	for i; do
		up "$i" || return 1
	done
}

ids()
{
	attr 1 id && attr 2 id && attr 3 id
}

# write_many HOST N: one after the other
write_many()
{
	local n

	for ((n = 1; n <= $2; n++)); do
		printf 'number %s' "$n" >"$(device "$1")" || return 1
	done
}

# A cluster of three, whatever its stores are.
come_back()
{
	local ids term i one

	for i in 1 2 3; do
		if [ "$i" = 1 ]; then
			create 1 "${CALM[@]}" >/dev/null || die "no cluster"
		else
			join "$i" 1 >/dev/null || die "host $i could not join"
		fi
	done
	put 1 "kept on $1" >/dev/null || die "no write"
	ids=$(ids)
	term=$(attr 1 term)
	check "$1: all three go down" down_all 1 2 3
	check "$1: all three come up again" up_all 1 2 3
	check "$1: and elect a leader" wait_for 20 settled 1 2 3
	is "$1: as the members that they were" "$ids" "$(ids)"
	check "$1: in a later term" [ "$(attr 1 term)" -gt "$term" ]
	check "$1: with the value" holds "kept on $1" 1 2 3
	is "$1: of that revision" 1 "$(attr 1 revision)"
	check "$1: they take another" put 3 "more on $1"
	check "$1: for all to read" holds "more on $1" 1 2 3

	i=$(not_leader 1 2 3)
	one=$(without "$i" 1 2 3 | head -n 1)
	down "$i" >/dev/null || die "down"
	check "$1: the other two go on, further than a log is long" write_many "$one" 300
	check "$1: the third comes back" up "$i"
	check "$1: and learns what it has missed" wait_for 20 holds "number 300" "$i"
	is "$1: its store counts the starts" "incarnation 2" \
		"$(ctl "$i" -j status | grep -o '"incarnation":[0-9]*' | tr -d '"' | tr : ' ')"
}

test_in_use()
{
	refuses "a store in use is not opened twice" 'in use' up 1
	refuses "nor formatted" 'in use' join 4 1 "--store=${STORES}1" --force
	refuses "nor looked at" 'in use' raftctl store check "${STORES}1"
}

# A join that is refused leaves a blank store.
test_refused_join()
{
	local store=${STORES}4

	refuses "a join that is refused fails" 'label' join 4 1 --label host1
	refuses "its store is blank" 'no store' raftctl store check "$store"
	refuses "nothing starts from it" 'no store' up 4
	check "and it can be used for another" join 4 1
	is "as a member of four" 4 "$(attr 4 members | wc -l)"
	refuses "what has a member is not formatted" '--force' \
		on 1 raftctl -n n9 create --listen 192.0.2.1:7599 "--store=$TMP/spare"
	check "who leaves has no store any more" ctl 4 leave
	refuses "so it can not come back" 'no store' up 4
}

need_disks
plan 38
make_hosts 4
for n in 1 2 3 4; do
	make_disk $n 4
done
make_disk 5 64

STORES=$TMP/disk
come_back "a block device"
test_in_use
cp "$TMP/loop1" "$TMP/spare"
test_refused_join
down_all 1 2 3 || die "down"

make_ext4 5
STORES=$TMP/ext4-5/store
come_back "a file on ext4"
down_all 1 2 3 || die "down"
check "a file is a store that is intact" raftctl store check "${STORES}1"
