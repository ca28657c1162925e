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

# Objects in use in the caches that kmalloc() takes from.
objects()
{
	awk '$1 ~ /^kmalloc-[0-9]/ { print $1, $2 }' /proc/slabinfo
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

# drift TEXT BEFORE AFTER: less than 64 kB a round
drift()
{
	echo "$1 kB, then $2 kB"
	[ $(($1 - $2)) -lt $((64 * ROUNDS)) ] && [ $(($2 - $1)) -lt $((64 * ROUNDS)) ]
}

plan 6

make_hosts 2
rmmod raftval || die "in use"
# The first rounds fill caches.
rounds 4 || die "the first rounds failed"
available=$(memory MemAvailable)
slab=$(memory SUnreclaim)
vmalloc=$(memory VmallocUsed)
before=$(objects)
check "$ROUNDS rounds" rounds $ROUNDS
check "no kind of object has grown by two a round" same "" "$(grown "$before" "$(objects)")"
check "the memory that is available is the same" drift "$available" "$(memory MemAvailable)"
check "so are the slabs" drift "$slab" "$(memory SUnreclaim)"
check "and what vmalloc() gave" drift "$vmalloc" "$(memory VmallocUsed)"
check "the module is gone" [ ! -d /sys/module/raftval ]
