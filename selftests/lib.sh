# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the selftests share; to be sourced, by bash.
#
# A test makes hosts: network namespaces on a bridge, host N with the addresses
# 192.0.2.N and fd00::N on eth0. Node nN runs on host N, as /dev/raftval-nN, and is
# called hostN in its cluster. All is taken down again when the test ends, however
# it ends, and the module is unloaded if the test loaded it.

export LC_ALL=C
SELFTESTS=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
# shellcheck source=selftests/tap.sh
. "$SELFTESTS/tap.sh"
# shellcheck source=selftests/cluster.sh
. "$SELFTESTS/cluster.sh"
TOP=$(dirname "$SELFTESTS")
PATH=$SELFTESTS:$TOP/tools/raftctl:$PATH
NS=rv$$
TMP=
HOSTS=0
LOADED=
PLAN=0
# The stores' path, without the number of the host, in a test whose nodes have some.
STORES=
# --insecure in a test of clusters without a key.
INSECURE=()
# What level the console had, if allocations were made to fail.
CONSOLE=

# What a kernel says when it is not well.
COMPLAINTS='BUG:|WARNING:|KASAN|KCSAN|UBSAN|ODEBUG|possible .* dependency'
COMPLAINTS+='|Oops|Call Trace|INFO: task .* blocked|general protection|refcount_t:'

# plan N: the test has so many checks. All else begins with it.
plan()
{
	PLAN=$1
	[ "$(id -u)" = 0 ] || skip "needs root"
	command -v raftctl >/dev/null || skip "raftctl is not built (make raftctl)"
	command -v devio >/dev/null || skip "the helpers are not built (make -C selftests)"
	mark_log
	load
	echo "TAP version 13"
	echo "1..$PLAN"
	TMP=$(mktemp -d)
	trap finish EXIT
	trap 'exit 1' INT TERM
}

# What the kernel says from here on is said of this test.
mark_log()
{
	echo "raftval selftest $$ begins" >/dev/kmsg
}

# All that is left, if so much was said that the mark is gone.
kernel_log()
{
	dmesg | tac | sed "/raftval selftest $$ begins/q" | tac
}

complaints()
{
	kernel_log | but_for_want | grep -E "$COMPLAINTS"
}

# What the kernel shows where vmalloc() fails is none where a test made it fail.
but_for_want()
{
	[ -n "$CONSOLE" ] || { cat; return; }
	awk '
		/vmalloc error: |page allocation failure: / { shown = 1 }
		/Call Trace/ && shown { shown = 0; next }
		{ print }'
}

# From here on allocations fail. The stacks that the kernel shows are for its log alone, for
# the console is searched by who does not know what they are from.
begin_want()
{
	[ -n "$CONSOLE" ] || CONSOLE=$(awk '{ print $1 }' /proc/sys/kernel/printk)
	echo 1 >/proc/sys/kernel/printk
}

end_want()
{
	[ -z "$CONSOLE" ] || echo "$CONSOLE" >/proc/sys/kernel/printk
}

skip()
{
	echo "1..0 # SKIP $*"
	exit 4
}

# shellcheck disable=SC2317 # called by a trap
finish()
{
	local status=$?

	trap - EXIT INT TERM
	tear_down || { echo "# could not tidy up"; FAILED=$((FAILED + 1)); }
	if complaints >"$TMP/complaints"; then
		echo "# the kernel complained:"
		note "$(head -n 20 "$TMP/complaints")"
		FAILED=$((FAILED + 1))
	fi
	rm -rf "$TMP"
	note "$SECONDS seconds"
	verdict && [ $status -eq 0 ]
	# Without a number it would be the status from before the trap.
	exit $?
}

tear_down()
{
	local i jobs

	# Of a test that has done more than is undone here.
	! declare -F undo >/dev/null || undo
	jobs=$(jobs -p)
	# What the shell says of killed jobs is of no interest.
	# shellcheck disable=SC2086
	{ [ -z "$jobs" ] || kill -9 $jobs; wait; } 2>/dev/null
	for ((i = 1; i <= HOSTS; i++)); do
		! exists "$i" || ip netns del "$NS-$i"
	done
	[ $HOSTS -eq 0 ] || ip netns del "$NS-switch"
	[ ! -d /sys/module/raftval_sample ] || rmmod raftval_sample
	[ ! -d /sys/module/raftval_vectors ] || rmmod raftval_vectors
	[ ! -d /sys/module/raftval_hold ] || rmmod raftval_hold
	[ ! -d /sys/module/raftval_nth ] || rmmod raftval_nth
	if [ "$LOADED" ] && [ -d /sys/module/raftval ]; then
		wait_for 10 rmmod raftval || { cat "$TMP/wait"; return 1; }
	fi
	# Those of disks.sh, which the nodes have let go by now.
	! declare -F release_disks >/dev/null || release_disks
}

#
# The module
#

load()
{
	[ ! -d /sys/module/raftval ] || return 0
	LOADED=y
	modprobe raftval 2>/dev/null ||
		{ modprobe -a libchacha20poly1305 udp_tunnel ip6_udp_tunnel 2>/dev/null; insmod "$TOP/kmod/raftval.ko"; } ||
		skip "there is no module to load (make modules)"
}

#
# Hosts
#

mac()
{
	printf '02:00:00:00:00:%02x' "$1"
}

exists()
{
	[ -e "/run/netns/$NS-$1" ]
}

# on HOST COMMAND...: each with keys of its own, unless the test says where they are
on()
{
	local host=$1

	shift
	RAFTCTL_ETC=${RAFTCTL_ETC:-$TMP/etc-$host} ip netns exec "$NS-$host" "$@"
}

# make_hosts N: in addition to those that exist. Who is where is known to all from the
# start, so that a cut is what cut_link makes, and nothing is lost to address resolution.
make_hosts()
{
	local i more=$((HOSTS + $1))

	if [ $HOSTS -eq 0 ]; then
		ip netns add "$NS-switch"
		ip -n "$NS-switch" link add switch type bridge
		ip -n "$NS-switch" link set switch up
	fi
	while [ $HOSTS -lt $more ]; do
		i=$((HOSTS + 1))
		ip netns add "$NS-$i" || die "no network namespaces"
		HOSTS=$i
		plug_in $i
	done
}

# plug_in HOST: into the switch, by a device of its own
plug_in()
{
	local i=$1 j

	ip -n "$NS-switch" link add "port$i" type veth \
		peer name eth0 netns "$NS-$i" address "$(mac "$i")" || die "no veth"
	ip -n "$NS-switch" link set "port$i" master switch up
	{
		echo "link set lo up"
		echo "addr add 192.0.2.$i/24 dev eth0"
		echo "addr add fd00::$i/64 dev eth0 nodad"
		echo "link set eth0 up"
		for j in 1 2 3 4 5 6 7 8; do
			[ "$j" -eq "$i" ] || echo "neigh replace 192.0.2.$j lladdr $(mac $j) dev eth0"
			[ "$j" -eq "$i" ] || echo "neigh replace fd00::$j lladdr $(mac $j) dev eth0"
		done
	} | ip -n "$NS-$i" -batch -
}

# cut_link A B: what A sends to B goes to nobody. mend_link undoes it.
cut_link()
{
	address "$1" "$2" 02:00:00:00:ff:ff
}

mend_link()
{
	address "$1" "$2" "$(mac "$2")"
}

address()
{
	ip -n "$NS-$1" neigh replace "192.0.2.$2" lladdr "$3" dev eth0
	ip -n "$NS-$1" neigh replace "fd00::$2" lladdr "$3" dev eth0
}

# isolate HOST: from all others, both ways. heal undoes every cut.
isolate()
{
	local i

	for ((i = 1; i <= HOSTS; i++)); do
		[ "$i" -ne "$1" ] || continue
		exists "$i" || continue
		cut_link "$1" "$i"
		cut_link "$i" "$1"
	done
}

heal()
{
	local i j

	for ((i = 1; i <= HOSTS; i++)); do
		exists "$i" || continue
		for ((j = 1; j <= HOSTS; j++)); do
			[ $i -eq $j ] || mend_link $i $j
		done
	done
}

#
# Nodes
#

device()
{
	echo "/dev/raftval-n$1"
}

# ctl HOST ARGUMENT...: raftctl, for the host's node
ctl()
{
	local host=$1

	shift
	on "$host" raftctl -n "n$host" "$@"
}

# attr HOST NAME...: what sysfs says
attr()
{
	local host=$1 name

	shift
	for name; do
		cat "/sys/class/raftval/raftval-n$host/$name" 2>/dev/null || return
	done
}

# leaders HOST...: what changes when one of them loses its leader, or finds another
leaders()
{
	local i

	for i; do
		attr "$i" term stats/leader_changes || return
	done
}

# store HOST: where its node keeps its promises; nowhere, unless STORES says where
store()
{
	if [ "$STORES" ]; then
		echo "--store=$STORES$1"
	else
		echo --volatile
	fi
}

create()
{
	local host=$1

	shift
	ctl "$host" create --listen "192.0.2.$host" --label "host$host" "$(store "$host")" \
		"${INSECURE[@]}" "$@"
}

# join HOST SEED [OPTION...]
join()
{
	local host=$1 seed=$2

	shift 2
	ctl "$host" join "192.0.2.$seed" --token "$(ctl "$seed" token)" \
		--listen "192.0.2.$host" --label "host$host" "$(store "$host")" \
		"${INSECURE[@]}" "$@"
}

# up HOST [OPTION...]: its member, from its store
up()
{
	local host=$1

	shift
	on "$host" raftctl up "$STORES$host" "$@"
}

down()
{
	ctl "$1" down
}

# make_cluster N [CREATE-OPTION...]: of new hosts 1 to N
make_cluster()
{
	local n=$1 i

	shift
	make_hosts "$n"
	create 1 "$@" >/dev/null || die "no cluster"
	for ((i = 2; i <= n; i++)); do
		join "$i" 1 >/dev/null || die "host $i could not join"
	done
	# shellcheck disable=SC2046
	wait_for 20 settled $(seq "$n") || die "no leader"
}

# put HOST TEXT, get HOST: through the device
put()
{
	same "write ${#2}" "$(timeout 20 devio "$(device "$1")" write "$2")"
}

get()
{
	timeout 20 cat "$(device "$1")"
}
