# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Questions to a cluster; to be sourced, by bash. Who does so says how to ask a host:
#
#	attr HOST NAME...	what sysfs says of its node, a line each
#	get HOST		its value, by a linearizable read

# Times that no busy machine takes for a leader's death.
# shellcheck disable=SC2034 # for those who source this
CALM=(--heartbeat 100 --election 1000)

same()
{
	[ "$1" = "$2" ] && return
	echo "wanted: $1"
	echo "got:    $2"
	return 1
}

not()
{
	! "$@"
}

# Time since boot, in milliseconds.
now_ms()
{
	local up rest

	read -r up rest </proc/uptime
	echo $((${up%.*} * 1000 + 10#${up#*.} * 10))
}

# wait_for SECONDS COMMAND...: until it succeeds; its last words if it never does.
wait_for()
{
	local deadline=$(($(now_ms) + $1 * 1000))

	shift
	until "$@" >"$TMP/wait" 2>&1; do
		if [ "$(now_ms)" -gt "$deadline" ]; then
			echo "not in time: $*"
			cat "$TMP/wait"
			return 1
		fi
		sleep 0.05
	done
}

# attr_is HOST NAME TEXT
attr_is()
{
	same "$3" "$(attr "$1" "$2")"
}

# leader HOST...: which of them leads; fails if none does
leader()
{
	local i

	for i; do
		[ "$(attr "$i" role)" != leader ] || { echo "$i"; return; }
	done
	return 1
}

# not_leader HOST...: the first of them that does not lead
not_leader()
{
	local i

	for i; do
		[ "$(attr "$i" role)" = leader ] || { echo "$i"; return; }
	done
	return 1
}

# without X HOST...: the others
without()
{
	local x=$1 i

	shift
	for i; do
		[ "$i" = "$x" ] || echo "$i"
	done
}

# settled HOST...: one of them leads, the others follow, all in one term and at one index
settled()
{
	local i leaders=0 role place first=

	for i; do
		role='' place=''
		read -r role place <<<"$(attr "$i" role term commit_index last_index | tr '\n' ' ')"
		echo "host $i: $role $place"
		case $role in
		leader)		leaders=$((leaders + 1)) ;;
		follower)	;;
		*)		return 1 ;;
		esac
		[ "$place" = "${first:=$place}" ] || return 1
	done
	[ $leaders -eq 1 ]
}

# holds TEXT HOST...: each has it, as a linearizable read
holds()
{
	local text=$1 i

	shift
	for i; do
		same "$text" "$(get "$i")" || return 1
	done
}

# equal HOST...: all have one revision and one value, as committed on each
equal()
{
	local i first

	first=$(attr "$1" revision value)
	for i; do
		same "$first" "$(attr "$i" revision value)" || return 1
	done
}
