#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A network namespace has at most 16 nodes, and all that users make in namespaces of their
# own have a limit together, which does not keep root from making more, of which there may be
# as many as there is room for in memory.

. "$(dirname "$0")/lib.sh"

NODES=16
GROUP=
GUESTS=8	# namespaces of users that can be full
CROWDS=9	# full ones of root's: there are more than 256 nodes then
FULL="this network namespace has as many nodes as it may have; take one down"
ALL_FULL="user namespaces have as many nodes as they may have; take one down"

# make NAME ADDRESS PORT: a node in this network namespace
make()
{
	raftctl -n "$1" create --listen "$2:$3" --label "$1" --volatile --insecure \
		--heartbeat 2000 --election 20000
}

# fill NAME ADDRESS: as many nodes as it may have
fill()
{
	local i

	for ((i = 1; i <= NODES; i++)); do
		make "$1-$i" "$2" $((7500 + i)) >/dev/null || return
	done
}

# fill_and_more NAME ADDRESS: and one that is refused, and one in place of another
fill_and_more()
{
	fill "$@" || return
	refused 1 "$FULL" make "$1-more" "$2" 7600 || return
	raftctl -n "$1-1" down >/dev/null || return
	make "$1-again" "$2" 7601 >/dev/null || return
	refused 1 "$FULL" make "$1-more" "$2" 7602
}

# hold NAME: nodes of a user, until the end of standard input
# shellcheck disable=SC2317 # called in another shell
hold()
{
	fill "$1" 127.0.0.1 && echo full && read -r
	:
}

# alone COMMAND...: as lib.sh and this file define it, in a shell of its own
alone()
{
	local text

	text=$(declare -p NODES FULL; declare -f same refused make fill fill_and_more hold)
	bash -c "$text
		TMP=\$(mktemp -d); export RAFTCTL_ETC=\$TMP
		trap 'rm -rf \"\$TMP\"' EXIT
		\"\$@\"" alone "$@"
}

# enter WORDS COMMAND...: in a shell that those words start
enter()
{
	local words=$1

	shift
	export -f alone same refused make fill fill_and_more hold
	# shellcheck disable=SC2086
	$words bash -c "$(declare -p NODES FULL)
		ip link set lo up && alone \"\$@\"" enter "$@"
}

# guest COMMAND...: as root of a user and a network namespace that a user has made
guest()
{
	enter "calls --user 65534 unshare -Urn" "$@"
}

# crowd COMMAND...: in a network namespace of root's own
crowd()
{
	enter "unshare -n" "$@"
}

# host COMMAND...: on host 1
host()
{
	enter "on 1" "$@"
}

# take_group: a group of processes whose memory is counted
take_group()
{
	mkdir "$TMP/cgroup" && mount -t cgroup2 none "$TMP/cgroup" || return
	GROUP=$TMP/cgroup/raftval-$$
	echo +memory >"$TMP/cgroup/cgroup.subtree_control" && mkdir "$GROUP"
}

leave_group()
{
	[ ! -d "$GROUP" ] || wait_for 10 rmdir "$GROUP"
	umount "$TMP/cgroup"
}

# pays NODE: who makes it, for no less than what a node with the largest value needs
pays()
{
	on 2 sh -c "echo \$\$ >$GROUP/cgroup.procs && exec raftctl -n $1 create --volatile --insecure \
		--listen 192.0.2.2:7700 --label $1 --value-max 65536" || return
	echo "$(cat "$GROUP/memory.current") bytes"
	[ "$(cat "$GROUP/memory.current")" -gt $((10 * 65536)) ]
}

# gone NAME: with their namespace
gone()
{
	not compgen -G "/sys/class/raftval/raftval-$1*"
}

# skip_guests N: so many checks
skip_guests()
{
	local i

	for ((i = 0; i < $1; i++)); do
		pass_over "" "users can not make user namespaces here"
	done
}

# invite WHO N: so many namespaces are full at once, until each one's file descriptor is closed
invite()
{
	local i fd name

	for ((i = 1; i <= $2; i++)); do
		name=$1$i
		mkfifo "$TMP/go-$name"
		"$1" hold "$name" <"$TMP/go-$name" >"$TMP/$name" 2>&1 &
		exec {fd}>"$TMP/go-$name"
		GO+=("$fd")
		wait_for 60 grep -q full "$TMP/$name" || { cat "$TMP/$name"; return 1; }
	done
}

dismiss()
{
	local fd

	for fd in "${GO[@]}"; do
		exec {fd}>&-
	done
	wait_for 60 gone guest && wait_for 60 gone crowd
}

plan 9

make_hosts 2
check "a network namespace has room for $NODES nodes" host fill_and_more limit 192.0.2.1
check "another one has its own" create 2
if take_group 2>/dev/null; then
	check "who makes a node pays for its memory" pays payed
	ctl 2 -n payed down >/dev/null
	leave_group
else
	pass_over "" "memory can not be counted here"
fi
if ! guest true >/dev/null 2>&1; then
	skip_guests 6
	exit
fi
check "one of a user has as many" guest fill_and_more user 127.0.0.1
wait_for 60 gone user || die "nodes outlive their namespace"
check "$GUESTS of users can be full" invite guest $GUESTS
check "and no more" guest refused 1 "$ALL_FULL" make more 127.0.0.1 7500
check "root is not kept from making nodes" on 2 raftctl -n more create --listen 192.0.2.2:7600 \
	--label more --volatile --insecure
check "nor from making more than 256" invite crowd $CROWDS
dismiss
check "who goes makes room" guest make more-1 127.0.0.1 7500
