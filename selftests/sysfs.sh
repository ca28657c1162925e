#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# sysfs shows a node: one value a file, true to what raftctl says, and nothing more than
# the owner may change.

. "$(dirname "$0")/lib.sh"

DIR=/sys/class/raftval/raftval-n2

# Each attribute can be read, and is one line (but for members and value).
readable()
{
	local file name

	for file in "$DIR"/* "$DIR"/stats/*; do
		name=${file#"$DIR"/}
		[ "$name" != uevent ] || continue
		[ -f "$file" ] || continue
		cat "$file" >"$TMP/attr" || { echo "$name"; return 1; }
		case $name in
		members | value) ;;
		*) [ "$(wc -l <"$TMP/attr")" -eq 1 ] || { echo "$name: not one line"; return 1; } ;;
		esac
	done
}

have()
{
	local name

	for name; do
		[ -r "$DIR/$name" ] || { echo "no $name"; return 1; }
	done
}

# Everybody may look, nobody may change, but for the timeout.
modes()
{
	local file

	for file in "$DIR"/* "$DIR"/stats/*; do
		[ -f "$file" ] || continue
		case ${file##*/} in
		uevent | op_timeout_ms) continue ;;
		esac
		same 444 "$(stat -c %a "$file")" || { echo "$file"; return 1; }
	done
}

plan 10

make_cluster 3 --heartbeat 110 --election 1010
put 1 shown
put 1 "shown again"
check "the attributes are there" have role term leader members commit_index last_index revision \
	value heartbeat_ms election_ms stats
check "each can be read" readable
check "and not be written" modes
is heartbeat_ms 110 "$(attr 2 heartbeat_ms)"
is election_ms 1010 "$(attr 2 election_ms)"
check "value" wait_for 5 attr_is 2 value "shown again"
is "three members" 3 "$(attr 2 members | wc -l)"
is "revision, everywhere" "$(attr 1 revision)" "$(attr 2 revision)"
is "one term" "$(attr 1 term)" "$(attr 2 term)"
is "one leader" "$(attr 1 leader)" "$(attr 2 leader)"
