# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Disks for the hosts of a test; to be sourced after lib.sh.
#
# Disk N is $TMP/diskN: a device mapper's device on a loop device on a file in memory, so
# that it can be slow, stuck or broken. lib.sh takes them down after the nodes.

export DM_DISABLE_UDEV=y
DISKS=()
LOOPS=()
MOUNTS=()

# need_disks: as plan does for what every test needs
need_disks()
{
	local c

	for c in losetup dmsetup mkfs.ext4; do
		command -v "$c" >/dev/null || skip "there is no $c"
	done
	modprobe -q -a loop dm-mod dm-flakey dm-delay 2>/dev/null || :
	[ -e /dev/loop-control ] || skip "there are no loop devices"
}

# make_disk N MIB
make_disk()
{
	local loop name=$NS-disk$1

	truncate -s "$2M" "$TMP/image$1"
	{ loop=$(losetup -f) && losetup "$loop" "$TMP/image$1"; } || die "no loop device"
	LOOPS+=("$loop")
	SECTORS=$(($2 * 2048))
	dmsetup create "$name" --table "0 $SECTORS linear $loop 0" || die "no disk"
	DISKS+=("$name")
	ln -s "/dev/mapper/$name" "$TMP/disk$1"
	ln -s "$loop" "$TMP/loop$1"
}

# table N TARGET [ARGUMENT...]: what the disk is from now on; $LOOP stands for what is below
table()
{
	local name=$NS-disk$1 size

	shift
	size=$(blockdev --getsz "/dev/mapper/$name") || return 1
	dmsetup load "$name" --table "0 $size $*" && dmsetup suspend --noflush --nolockfs "$name" &&
		dmsetup resume "$name"
}

break_disk()
{
	table "$1" error
}

mend_disk()
{
	table "$1" linear "$(readlink "$TMP/loop$1")" 0
}

# slow_disk N MS: a write takes so long, and then goes to disk N-below, which can be broken, too.
slow_disk()
{
	local below=$NS-disk$1-below

	dmsetup create "$below" --table "0 $SECTORS linear $(readlink "$TMP/loop$1") 0" || return
	DISKS+=("$below")
	table "$1" delay "/dev/mapper/$below" 0 0 "/dev/mapper/$below" 0 "$2"
}

stop_disk()
{
	dmsetup suspend --noflush --nolockfs "$NS-disk$1"
}

cont_disk()
{
	dmsetup resume "$NS-disk$1"
}

# make_ext4 N: and mount it as $TMP/ext4-N
make_ext4()
{
	{ mkfs.ext4 -q "$TMP/disk$1" && mkdir "$TMP/ext4-$1" &&
		mount -t ext4 "$TMP/disk$1" "$TMP/ext4-$1"; } || die "no file system"
	MOUNTS+=("$TMP/ext4-$1")
}

# flip FILE BYTE: the lowest bit of it
flip()
{
	local byte

	byte=$(dd if="$1" bs=1 skip="$2" count=1 2>/dev/null | od -An -tu1) || return 1
	# shellcheck disable=SC2059 # it is made here
	printf "\\x$(printf %x $((byte ^ 1)))" |
		dd of="$1" bs=1 seek="$2" conv=notrunc,fsync 2>/dev/null
}

# shellcheck disable=SC2317 # called by lib.sh
release_disks()
{
	local i

	for i in "${DISKS[@]}"; do
		dmsetup resume "$i"
	done
	for i in "${MOUNTS[@]}"; do
		wait_for 10 umount "$i"
	done
	for i in "${DISKS[@]}"; do
		wait_for 10 dmsetup remove "$i" || cat "$TMP/wait"
	done
	for i in "${LOOPS[@]}"; do
		wait_for 10 losetup -d "$i" || cat "$TMP/wait"
	done
}

#
# Nodes of the hosts 1 to 3, whose disks these are
#

# leads_not HOST: another than this one leads, and all but this one follow
leads_not()
{
	local rest

	rest=$(without "$1" 1 2 3)
	# shellcheck disable=SC2086
	settled $rest && not attr_is "$1" role leader
}

# others HOST: one of them
others()
{
	without "$1" 1 2 3 | head -n 1
}

# write_somewhere HOST TEXT: nobody waits for it; it is to make a disk be used
write_somewhere()
{
	devio "$(device "$1")" write "$2" >/dev/null &
}
