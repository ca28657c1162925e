# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# A cluster whose hosts are virtual machines; to be sourced, by bash. Host N is VM N,
# at 192.0.2.N, and its node has the default name.

SELFTESTS=$(dirname "$(dirname "$(realpath "${BASH_SOURCE[0]}")")")
TOP=$(dirname "$SELFTESTS")
# shellcheck source=selftests/tap.sh
. "$SELFTESTS/tap.sh"
# shellcheck source=selftests/cluster.sh
. "$SELFTESTS/cluster.sh"

VM=$TOP/scripts/vm/vm
SYSFS=/sys/class/raftval/raftval
DEVICE=/dev/raftval
# Where nodes keep their promises: an option of raftctl.
STORE=--volatile
# Of the cluster that was made.
TOKEN=
# Short, because it will hold sockets.
TMP=$(mktemp -d)
SET=$TMP/vm
# Where consoles, and the files that KEPT names, go in the end.
OUT=
KEPT=()

# begin: what ends a test, and the head of its TAP. Who has more to do first when it ends,
# in whatever way, says so in a function at_end; who does not know how many checks there
# will be leaves PLAN empty, and says so by planned when it has made them.
begin()
{
	trap finish EXIT
	trap 'exit 1' INT TERM
	echo "TAP version 13"
	[ -z "$PLAN" ] || echo "1..$PLAN"
}

planned()
{
	PLAN=$COUNT
	echo "1..$PLAN"
}

# shellcheck disable=SC2317 # called by a trap
finish()
{
	local status=$?

	trap - EXIT INT TERM
	! declare -F at_end >/dev/null || at_end
	stop_hosts
	[ -z "$OUT" ] || cp "$SET"/console* "$SET"/qemu*.log "${KEPT[@]}" "$OUT" 2>/dev/null
	rm -rf "$TMP"
	[ -n "$PLAN" ] && verdict && [ $status -eq 0 ]
	# Without a number it would be the status from before the trap.
	exit $?
}

# shuffle WORD...: SHUFFLED has them, in an order that RANDOM decides, here: in a subshell,
# that of $() too, it begins anew, from nobody's seed.
shuffle()
{
	local i j word

	SHUFFLED=("$@")
	for ((i = $# - 1; i > 0; i--)); do
		j=$((RANDOM % (i + 1)))
		word=${SHUFFLED[i]}
		SHUFFLED[i]=${SHUFFLED[j]}
		SHUFFLED[j]=$word
	done
}

# built KERNEL: where what is built for it is kept, for the next time
built()
{
	echo "${RAFTVAL_CACHE:-$HOME/.cache/raftval}/build-$1"
}

# start_hosts KERNEL N [VM-OPTION...]: with module and tools
start_hosts()
{
	local kernel=$1 n=$2 build

	build=$(built "$kernel")

	shift 2
	if ! { "$TOP/scripts/vm/build" "$kernel" "$build" &&
	       make -C "$TOP/tools/raftctl"; } >"$TMP/log" 2>&1; then
		cat "$TMP/log"
		return 1
	fi
	"$VM" start "$SET" "$n" --kernel "$kernel" --module "$build/kmod/raftval.ko" \
		--add "$TOP/tools/raftctl/raftctl:/usr/sbin/raftctl" "$@"
}

stop_hosts()
{
	[ ! -e "$SET/hosts" ] || "$VM" stop "$SET"
}

# on HOST COMMAND...: one line for the guest's shell
on()
{
	local host=$1

	shift
	"$VM" exec "$SET" "$host" "$@"
}

attr()
{
	local host=$1

	shift
	on "$host" "cd $SYSFS && cat $*" 2>/dev/null
}

get()
{
	on "$1" "cat $DEVICE"
}

put()
{
	on "$1" "printf %s '$2' >$DEVICE"
}

create()
{
	local host=$1

	shift
	on "$host" "modprobe raftval && raftctl create --listen 192.0.2.$host --label host$host \
		$STORE $*" && TOKEN=$(on "$host" raftctl token)
}

# join HOST SEED [OPTION...]
join()
{
	local host=$1 seed=$2

	shift 2
	on "$host" "modprobe raftval && raftctl join 192.0.2.$seed --token $TOKEN \
		--listen 192.0.2.$host --label host$host $STORE $*"
}

# cluster_of N [OPTION...]: of hosts 1 to N; without it there is nothing to test
cluster_of()
{
	local n=$1 i

	shift
	check "host1 makes a cluster" create 1 "$@"
	for ((i = 2; i <= n; i++)); do
		check "host$i joins" join $i 1
	done
	# shellcheck disable=SC2046
	check "all follow one leader" wait_for 60 settled $(seq "$n")
	[ $FAILED -eq 0 ] || die "there is no cluster"
}

# in_step HOST...: one leads and the others follow; settled is more than a cluster under
# load can be
in_step()
{
	local i roles=

	for i; do
		roles+=$(attr "$i" role)$'\n' || return 1
	done
	echo "$roles"
	[ "$(grep -c leader <<<"$roles")" = 1 ] && [ "$(grep -c follower <<<"$roles")" = $(($# - 1)) ]
}

# up_from_disk HOST: after a start; what was not on its disk is gone, and so is the key
up_from_disk()
{
	on "$1" "modprobe raftval && echo $TOKEN | raftctl up /dev/vda --key-file -"
}

# cut_off HOST: from all others, both ways. heal undoes every cut and delay.
cut_off()
{
	"$VM" hub "$SET" cut "$1" all
	"$VM" hub "$SET" cut all "$1"
}

heal()
{
	"$VM" hub "$SET" heal
}
