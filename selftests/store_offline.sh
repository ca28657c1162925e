#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# raftctl store, on stores as a crash or the years may leave them: needs neither the
# module nor root. mkstore makes the stores.

here=$(dirname "$(realpath "$0")")
export LC_ALL=C
# shellcheck source=selftests/tap.sh
. "$here/tap.sh"
# shellcheck source=selftests/cluster.sh
. "$here/cluster.sh"
PATH=$here:$here/core/build:$here/../tools/raftctl:$PATH
PLAN=44

for program in raftctl mkstore; do
	if ! command -v $program >/dev/null; then
		echo "1..0 # SKIP $program is not built (make raftctl; make -C selftests/core build/mkstore)"
		exit 4
	fi
done
TMP=$(mktemp -d) || exit
trap 'rm -rf "$TMP"' EXIT
export RAFTCTL_ETC=$TMP/etc
echo "TAP version 13"
echo "1..$PLAN"

# make KIND...: each in a file of that name
make_stores()
{
	local kind

	for kind; do
		mkstore "$kind" "$TMP/$kind" || return 1
	done
}

# said PATTERN COMMAND...: it succeeds, and what it says matches
said()
{
	local pattern=$1

	shift
	"$@" >"$TMP/said" 2>&1 || { cat "$TMP/said"; return 1; }
	cat "$TMP/said"
	grep -qE -- "$pattern" "$TMP/said"
}

# json KIND KEY: a string or a number, which is all that is asked for
json()
{
	raftctl -j store info "$TMP/$1" | sed -n "s/.*\"$2\":\"\{0,1\}\([^\",}]*\).*/\1/p"
}

# Each line of the map of the ring: what the write holds, and how it is
held()
{
	raftctl store info --records "$TMP/$1" |
		awk -F '  +' 'seen { print $7 ": " $8 } /^BLOCK/ { seen = 1 }'
}

# Whatever rots, what is said is said in order, and the store is never called intact
# with another value than the one that was written last.
rot_anything()
{
	local n status

	for ((n = 0; n < 60; n++)); do
		cp "$TMP/clean" "$TMP/rotten"
		printf '\245' | dd of="$TMP/rotten" bs=1 seek=$((RANDOM % 45000)) conv=notrunc status=none
		status=0
		raftctl store check "$TMP/rotten" >"$TMP/said" 2>&1 || status=$?
		[ $status -le 1 ] || { echo "status $status"; return 1; }
		if grep -q 'is intact' "$TMP/said"; then
			same epoch=3 "$(value rotten)" || return 1
		fi
	done
}

# value KIND: the member's
value()
{
	raftctl -j store info "$TMP/$1" | sed -n 's/.*"value":{.*"text":"\([^"]*\)".*/\1/p'
}

test_sound()
{
	check "an intact store is intact" said intact raftctl store check "$TMP/clean"
	check "info says whose it is" said 'member +host1, 0000000000001234, .* 192.0.2.1:7497' \
		raftctl store info "$TMP/clean"
	is "and for programs, in which node" raftval "$(json clean name)"
	is "the verdict" clean "$(json clean verdict)"
	is "the revision" 3 "$(json clean revision)"
	is "and the value" epoch=3 "$(value clean)"
	is "the map of the ring tells each write" "checkpoint at 1: intact
entry 2: intact
entry 3: intact
entry 4: intact
entry 5: intact
-: unused" "$(held clean)"
	check "a torn write is no damage" said 'cut short' raftctl store check "$TMP/torn"
	is "nor does it change the value" epoch=3 "$(value torn)"
	is "the map shows it" "-: a part only" "$(held torn | tail -n 2 | head -n 1)"
	check "bad copies that do no harm are told" said '2 blocks' raftctl store check "$TMP/healed"
	is "and change nothing" epoch=3 "$(value healed)"
	check "whatever rots is noticed" rot_anything
}

# unsound KIND PATTERN VERDICT
unsound()
{
	refuses "$1: check fails" "$2" raftctl store check "$TMP/$1"
	is "$1: for programs, too" "$3" "$(json "$1" verdict)"
}

test_unsound()
{
	unsound damaged 'lost acknowledged entries' damaged
	check "damaged: info says how much" said 'entries up to 5 ' raftctl store info "$TMP/damaged"
	is "damaged: and what is left" 2 "$(json damaged revision)"
	unsound lost 'can not be read' lost
	unsound refused 'older' refused
	unsound newer 'another version' newer
	unsound cut 'the end' lost
	unsound unjoined 'never joined' clean
	unsound blank 'no store' blank
	unsound garbage 'no store' blank
	unsound empty 'no store' blank
	check "lost: info still says whose it is" said 'host1' raftctl store info "$TMP/lost"
	refuses "blank: there is nothing to say" 'no store' raftctl store info "$TMP/blank"
}

test_no_store()
{
	refuses "what is not there" 'No such file' raftctl store check "$TMP/nothing"
	refuses "a directory" 'neither a file nor a block device' raftctl store check "$TMP"
	refuses "a character device" 'neither a file nor a block device' raftctl store info /dev/null
	exec 9<"$TMP/clean"
	flock 9
	refuses "a store that a node has" 'in use' raftctl store check "$TMP/clean"
	refuses "nor can it be looked at" 'in use' raftctl store info "$TMP/clean"
	exec 9<&-
}

probe()
{
	raftctl store probe "$TMP/$1"
}

test_probe()
{
	check "udev is told nothing of a store that is not listed" not probe clean
	mkdir "$TMP/etc"
	echo "store = $TMP/clean" >"$TMP/etc/raftval.conf"
	is "but of one that is" RAFTVAL_NODE=raftval "$(probe clean)"
	check "nothing of what is no store" not probe garbage
	exec 9<"$TMP/clean"
	flock 9
	is "also while a node has it" RAFTVAL_NODE=raftval "$(probe clean)"
	exec 9<&-
}

make_stores clean torn healed damaged lost refused newer cut unjoined || die "no stores"
head -c 1048576 /dev/zero >"$TMP/blank"
head -c 1048576 /dev/urandom >"$TMP/garbage"
: >"$TMP/empty"
test_sound
test_unsound
test_no_store
test_probe
verdict
