#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Members that systemd and udev start: a virtual machine with a Debian of its own, in
# which raftval is installed by "make install", and used as README.rst tells.
#
# Usage: systemd.sh [--kernel 6.1|6.12] [--out DIR]
#
# Three members of one cluster are on one host, to see three kinds of store: a file, a disk
# that is there from the start and one that comes late. DIR gets the console, and the
# journal up to its last boot.

. "$(dirname "$0")/lib.sh"

KERNEL=6.12
OUT=
PLAN=54
# Under emulation, with other machines beside it.
export READY_SECONDS=240

while [ $# -gt 0 ]; do
	case $1 in
	--kernel)	KERNEL=${2-} ;;
	--out)		OUT=${2-} ;;
	*)		sed -n '/^# Usage:/,/^$/ s/^# \{0,1\}//p' "$0"; exit 2 ;;
	esac
	shift 2
done

UNITS="raftval.service raftval-module.service"

# shellcheck disable=SC2317 # called by a trap
finish()
{
	local status=$?

	trap - EXIT INT TERM
	[ ! -e "$SET/hosts" ] || keep_journal || :
	stop_hosts
	[ -z "$OUT" ] || cp "$SET/console1" "$TMP/journal" "$OUT"
	rm -rf "$TMP"
	verdict && [ $status -eq 0 ]
	exit $?
}

# The tree's own installation, into $TMP/install. In that Debian /lib is a link.
install_all()
{
	local build=${RAFTVAL_CACHE:-$HOME/.cache/raftval}/build-boot-$KERNEL
	local dir=$TMP/install kernel

	kernel=$("$TOP/scripts/vm/fetch" "$KERNEL") &&
		"$TOP/scripts/vm/build" "$KERNEL" "$build" &&
		rm -rf "$build/tools" && cp -a "$TOP/Makefile" "$TOP/tools" "$build" &&
		mkdir -p "$dir/usr/lib" && ln -s usr/lib "$dir/lib" &&
		make -C "$build" install DESTDIR="$dir" KDIR="$kernel/headers" INSTALL_MOD_STRIP=1 \
			KBUILD="make $("$TOP/scripts/vm/fetch" --kdir "$KERNEL") M=$build" &&
		rm "$dir/lib"
}

start()
{
	if ! { install_all && "$TOP/scripts/vm/rootfs"; } >"$TMP/log" 2>&1; then
		tail -n 20 "$TMP/log"
		return 1
	fi
	truncate -s 4M "$TMP/late"
	# The image's path was the last that was said.
	cp --sparse=always "$(tail -n 1 "$TMP/log")" "$TMP/root" &&
		"$VM" start "$SET" 1 --kernel "$KERNEL" --add "$TMP/install:/install" \
			--disk "$TMP/root" --disk "$TMP/disk,4M" --append vmroot=/dev/vda
}

# node NAME: its device
node()
{
	[ "$1" = raftval ] && echo /dev/raftval || echo "/dev/raftval-$1"
}

is_up()
{
	on 1 "test -e $(node "$1")"
}

is_down()
{
	not is_up "$1"
}

read_from()
{
	on 1 "cat $(node "$1")"
}

reads()
{
	same "$2" "$(read_from "$1")"
}

# unit NAME PROPERTY...: a line each
unit()
{
	local name=$1

	shift
	on 1 systemctl show --value "${*/#/-p }" "$name" | xargs
}

unit_is()
{
	local wanted=$1

	shift
	same "$wanted" "$(unit "$@")"
}

# unit_says NAME PATTERN: in what systemctl shows of it
unit_says()
{
	on 1 systemctl --no-pager -l status "$1" | tee "$TMP/status"
	grep -q "$2" "$TMP/status"
}

# systemd has nothing to do any more, and no unit has failed.
calm()
{
	same "NJobs=0 SystemState=running" \
		"$(on 1 systemctl show -p NJobs -p SystemState | xargs)" && return
	on 1 "systemctl list-jobs --no-legend; systemctl --no-pager --failed --no-legend"
	return 1
}

all_calm()
{
	wait_for 60 calm
}

# journal ARGUMENT...: what the host keeps of it
journal()
{
	on 1 journalctl --no-pager -o cat "$@"
}

keep_journal()
{
	not gone && on 1 journalctl --no-pager -o short-monotonic >"$TMP/journal"
}

# settle: udev has looked at all that came, and systemd has started what that asks for
settle()
{
	on 1 udevadm settle --timeout=60 && all_calm
}

plug()
{
	"$VM" plug "$SET" 1 late "$TMP/late"
}

unplug()
{
	"$VM" unplug "$SET" 1 late &&
		wait_for 30 on 1 "test ! -e /dev/disk/by-id/virtio-late"
}

gone()
{
	not "$VM" alive "$SET" 1
}

# The answer may be lost with the one who gives it.
shut_down()
{
	on 1 "systemctl --no-block $1" || :
	wait_for 120 gone
}

boot()
{
	"$VM" boot "$SET" 1
}

# member NODE PORT LABEL STORE
join_here()
{
	on 1 "raftctl -n $1 join 192.0.2.1:7497 --token \$(raftctl token) \
		--listen 192.0.2.1:$2 --label $3 --store $4 --boot"
}

# The last shutdown, as the journal has it: raftval's part was done, and all of it.
ended_well()
{
	local said

	said=$(journal -b -1 -u 'raftval*')
	echo "$said" | tail -n 20
	grep -q '^Stopped raftval-module' <<<"$said" &&
		not grep -qE "Failed|failed|timed out|Timed out|Killing" <<<"$said"
}

# all_were_stopped N: so many, and raftctl said so
all_were_stopped()
{
	same "$1" "$(journal -b -1 -u raftval | tail -n 20 | grep -c '^Node .* is stopped')"
}

test_install()
{
	check "the host comes up" all_calm
	check "the module is found" on 1 modprobe raftval
	check "raftctl runs" on 1 raftctl status
	check "the manual is found" on 1 "test -e /usr/local/share/man/man8/raftctl.8"
	check "a cluster is made, with a file" on 1 "raftctl create --listen 192.0.2.1 --label one \
		${CALM[*]} --store /var/lib/raftval.img --boot"
	check "a disk joins" join_here n2 7498 two /dev/disk/by-id/virtio-disk1
	check "another disk is plugged" plug
	check "and seen" wait_for 30 on 1 test -e /dev/disk/by-id/virtio-late
	check "it joins" join_here n3 7499 three /dev/disk/by-id/virtio-late
	check "the value is written" on 1 raftctl put before
	check "the units are enabled" on 1 systemctl enable --now raftval
	check "who is taken down" on 1 raftctl -n n2 down
	check "is not started by udev for that" settle
	check "but stays down" is_down n2
	check "until it is told to come up" on 1 raftctl -n n2 up
}

test_reboot()
{
	check "the host reboots" shut_down reboot
	check "it comes up, without the disk that came late" boot
	check "no unit has failed" all_calm
	check "the members have stopped cleanly" ended_well
	check "all three of them" all_were_stopped 3
	check "the units have succeeded" unit_is "success active success active" \
		"$UNITS" Result ActiveState
	check "the file's member is up, and the value there" wait_for 30 reads raftval before
	check "the disk's is, too" wait_for 30 reads n2 before
	check "the other one is not" is_down n3
	check "systemctl status says why" unit_says raftval 'Node n3 is not up: .*virtio-late'
}

test_late_disk()
{
	check "the disk comes late" plug
	check "its member comes up" wait_for 60 is_up n3
	check "and has the value" wait_for 30 reads n3 before
	check "its unit has succeeded" wait_for 30 unit_is "success inactive" raftval@n3 \
		Result ActiveState
	check "no unit has failed" settle
}

test_stop()
{
	check "the members are stopped" on 1 systemctl stop raftval
	is "and down when that is done" "[]" "$(on 1 raftctl -j status)"
	check "none is started by udev for that" settle
	is "all are down still" "[]" "$(on 1 raftctl -j status)"
	check "a disk goes" unplug
	check "and comes again" plug
	check "that is nothing to a host without members" settle
	check "its member is down" is_down n3
	check "all are started" on 1 systemctl start raftval
	check "and have the value" wait_for 30 all_read before
}

all_read()
{
	reads raftval "$1" && reads n2 "$1" && reads n3 "$1"
}

# A disk that is taken out, as it should be, and put back
test_disk_again()
{
	check "a member is taken down" on 1 raftctl -n n3 down
	check "its disk is taken out" unplug
	check "and put back" plug
	check "the member comes up" wait_for 60 is_up n3
	check "and all have the value" wait_for 30 all_read before
}

# Nobody but the administrator gives up the node that had the disk.
test_disk_pulled()
{
	check "a disk is pulled out under its member" unplug
	check "and put back" plug
	check "its unit fails" wait_for 60 unit_is failed raftval@n3 ActiveState
	check "and says what to do" unit_says raftval@n3 'take that node down'
	check "after that it starts" on 1 "raftctl -n n3 down && systemctl start raftval@n3"
	check "and all have the value" wait_for 30 all_read before
	check "no unit is failed any more" settle
}

trap finish EXIT
trap 'exit 1' INT TERM
echo "TAP version 13"
echo "1..$PLAN"
start || die "no virtual machine"
test_install
test_reboot
test_late_disk
test_stop
test_disk_again
test_disk_pulled
keep_journal
check "the host powers off" shut_down poweroff
check "no kernel complained" "$VM" check "$SET"
