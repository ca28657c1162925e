#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The key changes under load, with a member down during each of the steps: it comes back
# with what it had, is heard as long as the others accept that, and catches up.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/disks.sh"

# Some writes a second on host 1, until there is a file: how many. Others have to get the
# processor, too.
write_until()
{
	local n=0

	while [ ! -e "$1" ]; do
		printf 'load %s' $n >"$(device 1)" || return 1
		n=$((n + 1))
		sleep 0.1
	done
	echo "$n writes"
	[ $n -gt 0 ]
}

# Writes go on all the time: none may fail.
begin_load()
{
	rm -f "$TMP/stop"
	write_until "$TMP/stop" >"$TMP/load" 2>&1 &
	LOAD=$!
}

end_load()
{
	touch "$TMP/stop"
	wait $LOAD || { cat "$TMP/load"; return 1; }
	cat "$TMP/load"
}

# step HOST WHAT: and once more, as who does not know whether it was done
step()
{
	case $2 in
	accept)	ctl "$1" key accept --token "$TOKEN" && ctl "$1" key accept --token "$TOKEN" ;;
	*)	ctl "$1" key "$2" && ctl "$1" key "$2" ;;
	esac
}

# sessions_with HOST NAME N: so many of its sessions are with that key
sessions_with()
{
	local n

	n=$(ctl "$1" -j key | tr '{' '\n' | grep '"label"' | grep -c "\"key\":\"$2\"")
	same "$3" "$n"
}

key_of()
{
	ctl "$1" -j key | sed -n 's/^{"key":"\([0-9a-f]*\)".*/\1/p' | head -n 1
}

# change WHAT HOST: on all hosts, while HOST is down; then it comes back, and does it, too
change()
{
	local what=$1 away=$2 i

	down "$away" >/dev/null || die "host $away does not go down"
	for i in $(without "$away" 1 2 3); do
		check "host $i: $what, while host $away is down" step "$i" "$what"
	done
	check "host $away comes back with what it has" up "$away"
	check "and is heard" wait_for 20 settled_under_load 1 2 3
	check "host $away: $what" step "$away" "$what"
}

# Terms and roles; indexes move under load.
settled_under_load()
{
	local i term='' leaders=0

	for i; do
		[ "$(attr "$i" role)" != leader ] || leaders=$((leaders + 1))
		[ "$(attr "$i" term)" = "${term:=$(attr "$i" term)}" ] || return 1
		[ "$(attr "$i" leader)" ] || return 1
	done
	[ $leaders -eq 1 ]
}

need_disks
plan 21
for n in 1 2 3; do
	make_disk $n 8
done
STORES=$TMP/disk
make_cluster 3 --heartbeat 50 --election 500
old=$(key_of 1)
begin_load
check "a new key is made" ctl 1 key rotate
TOKEN=$(ctl 1 key rotate | grep -o 'rv2[0-9a-z]*' | head -n 1)

change accept 3
new=$(ctl 1 -j key | sed -n 's/.*"key_accept":"\([0-9a-f]*\)".*/\1/p')
change switch 2
check "all use the new key" wait_for 20 sessions_with 1 "$new" 2
change drop 3
check "and only that" wait_for 20 sessions_with 1 "$new" 2
check "the writes went on all the time" end_load
is "the key is another" "$new" "$(key_of 1)"
check "it differs" not same "$old" "$new"
