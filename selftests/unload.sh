#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Twenty rounds of loading, using and unloading the module leave nothing behind.

. "$(dirname "$0")/lib.sh"

ROUNDS=20

# round: load, two nodes agree, unload
round()
{
	load
	create 1 "${CALM[@]}" >/dev/null || return 1
	join 2 1 >/dev/null || return 1
	put 2 "$1" || return 1
	holds "$1" 1 2 || return 1
	ctl 2 down >/dev/null || return 1
	ctl 1 down >/dev/null || return 1
	wait_for 10 rmmod raftval
}

rounds()
{
	local i

	for ((i = 1; i <= $1; i++)); do
		round "round $i" || { echo "round $i"; return 1; }
	done
}

# memory WHAT: after all that can be given back has been
memory()
{
	sync
	echo 3 >/proc/sys/vm/drop_caches
	awk -v what="$1:" '$1 == what { print $2 }' /proc/meminfo
}

# What could be had. Free pages that a processor keeps for itself are not counted as such.
available()
{
	local kept

	kept=$(awk '$1 == "count:" { n += $2 } END { print 4 * n }' /proc/zoneinfo)
	echo $(($(memory MemAvailable) + kept))
}

# Objects in use in the caches that kmalloc() takes from. Those that are free in the pages
# that a processor takes them from are counted as in use, until it has to give these back,
# so no program may be started before they are counted, and no file be opened. What is
# written takes eight bytes: that cache is the last.
objects()
{
	local cache counted file files=()

	for cache in /sys/kernel/slab/kmalloc-{*,8}/shrink; do
		exec {file}>"$cache"
		files+=("$file")
	done
	for file in "${files[@]}"; do
		echo 1 >&"$file"
	done
	mapfile -t counted </proc/slabinfo
	for file in "${files[@]}"; do
		exec {file}>&-
	done
	awk '$1 ~ /^kmalloc-[0-9]/ { print $1, $2 }' < <(printf '%s\n' "${counted[@]}")
}

# none_grown OBJECTS: since they were counted. A page that a processor has just taken
# comes and goes, a leak stays.
none_grown()
{
	same "" "$(grown "$1" "$(objects)")"
}

# A leak of one object a round shows in its cache. Caches of small objects are full of
# other things that come and go; so look for at least two.
grown()
{
	echo "$2" | awk -v rounds=$ROUNDS -v before="$1" '
		BEGIN {
			n = split(before, line, "\n")
			for (i = 1; i <= n; i++) {
				split(line[i], field, " ")
				was[field[1]] = field[2]
			}
		}
		$2 - was[$1] >= 2 * rounds { print $1 ": " was[$1] " objects, then " $2 }'
}

# kept LESS MORE: by less than 64 kB a round
kept()
{
	echo "$1 kB and $2 kB"
	[ $(($2 - $1)) -lt $((64 * ROUNDS)) ]
}

plan 6

make_hosts 2
rmmod raftval || die "in use"
# The first rounds fill caches.
rounds 4 || die "the first rounds failed"
before=$(objects)
available=$(available)
slab=$(memory SUnreclaim)
vmalloc=$(memory VmallocUsed)
check "$ROUNDS rounds" rounds $ROUNDS
check "no kind of object has grown by two a round" wait_for 20 none_grown "$before"
check "no less memory is available" kept "$(available)" "$available"
check "slabs have no more" kept "$slab" "$(memory SUnreclaim)"
check "nor has vmalloc()" kept "$vmalloc" "$(memory VmallocUsed)"
check "the module is gone" [ ! -d /sys/module/raftval ]
