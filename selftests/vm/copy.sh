#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A machine that is restored from a copy uses no session that the one it is a copy of
# may have gone on with. All members are in it: no other host and no time that passed
# elsewhere makes sessions begin anew.
#
# Usage: copy.sh [--kernel 6.1|6.12] [--out DIR]
#
# Skipped on a kernel that does not notice that it is a copy. DIR gets the console.

. "$(dirname "$0")/lib.sh"

KERNEL=6.12
PLAN=

while [ $# -gt 0 ]; do
	case $1 in
	--kernel)	KERNEL=${2-} ;;
	--out)		OUT=${2-} ;;
	*)		sed -n '/^# Usage:/,/^$/ s/^# \{0,1\}//p' "$0"; exit 2 ;;
	esac
	shift 2
done

# sessions: that began, of all nodes
sessions()
{
	on 1 "cat $SYSFS-n?/stats/wall_sessions" | awk '{ n += $1 } END { print n }'
}

more_sessions()
{
	local now

	now=$(sessions)
	echo "$now sessions"
	[ "$now" -ge "$1" ]
}

node_holds()
{
	same "$2" "$(on 1 "cat $DEVICE-n$1")"
}

all_hold()
{
	local i

	for i in 1 2 3; do
		node_holds $i "$1" || return
	done
}

write_value()
{
	on 1 "printf %s '$2' >$DEVICE-n$1"
}

make_members()
{
	local i

	on 1 "modprobe raftval && raftctl -n n1 create --volatile --listen 127.0.0.1:7501" &&
		TOKEN=$(on 1 "raftctl -n n1 token") || return
	for i in 2 3; do
		on 1 "raftctl -n n$i join 127.0.0.1:7501 --token $TOKEN --volatile \
			--listen 127.0.0.1:750$i" || return
	done
}

begin
start_hosts "$KERNEL" 1 >"$TMP/start" || { cat "$TMP/start"; exit 1; }
if ! on 1 'ls -d /sys/bus/*/drivers/vmgenid >/dev/null 2>&1'; then
	echo "ok 1 a copy # SKIP Linux $KERNEL is built without CONFIG_VMGENID"
	COUNT=1
	planned
	exit
fi
check "three members on one host" make_members
check "a write" write_value 1 before
check "all read it" wait_for 20 all_hold before
before=$(sessions)
check "the host is saved" "$VM" save "$SET" 1
check "and goes on" "$VM" cont "$SET" 1
check "it takes a write" write_value 2 lost
check "all read it" wait_for 20 all_hold lost
is "with the same sessions" "$before" "$(sessions)"
"$VM" kill "$SET" 1
check "a copy of it is restored" "$VM" restore "$SET" 1
# Of the leader with two others; these need none with each other.
check "sessions begin anew" wait_for 20 more_sessions $((before + 4))
check "the value is as it was saved" wait_for 20 all_hold before
check "no kernel complained" "$VM" check "$SET"
planned
