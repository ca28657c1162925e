#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A store on a disk that takes one command at a time, which others read: the store's thread
# begins the writes and waits for the disk, nobody else does, and nothing is lost.

. "$(dirname "$0")/lib.sh"

TRACE=/sys/kernel/tracing
WRITES=100

# shellcheck disable=SC2317 # called by lib.sh
release_disks()
{
	wait_for 10 rmmod scsi_debug || cat "$TMP/wait"
}

# The only SCSI disk that scsi_debug has made.
scsi_disk()
{
	local path

	for path in /sys/bus/pseudo/drivers/scsi_debug/adapter*/host*/target*/*/block/*; do
		[ -b "/dev/${path##*/}" ] && echo "/dev/${path##*/}" && return
	done
	return 1
}

# who_began: who has begun writes since the trace was emptied
who_began()
{
	sed -n 's/^ *\(.*\)-[0-9]* *\[.*block_bio_queue: [0-9,]* [A-Z]*W.*/\1/p' $TRACE/trace | sort -u
}

# traced COMMAND...: run it with an empty trace of what the disk is asked for
traced()
{
	: >$TRACE/trace
	echo 1 >$TRACE/events/block/block_bio_queue/enable
	"$@"
	echo 0 >$TRACE/events/block/block_bio_queue/enable
}

write_many()
{
	local n

	for ((n = 1; n <= WRITES; n++)); do
		printf '%s %s' "$1" $n >"$(device 1)" || return 1
	done
}

read_disk()
{
	while :; do
		dd if="$DISK" of=/dev/null bs=4096 count=64 iflag=direct 2>/dev/null
	done
}

modprobe -q -a sd_mod 2>/dev/null
plan 8
modprobe scsi_debug dev_size_mb=8 max_queue=1 ndelay=2000000 2>/dev/null ||
	die "there is no scsi_debug"
check "there is a disk" wait_for 10 scsi_disk
DISK=$(scsi_disk)
ln -s "$DISK" "$TMP/disk1"
STORES=$TMP/disk
[ -d $TRACE/events ] || mount -t tracefs tracefs $TRACE || die "no tracefs"
echo 1 >$TRACE/tracing_on
make_cluster 1
check "host1 leads" wait_for 20 attr_is 1 role leader

check "an idle disk: all writes are acknowledged" traced write_many idle
is "the store's thread has begun them" raftval-store "$(who_began)"
for _ in 1 2 3 4; do
	read_disk &
done
check "a busy disk: all writes are acknowledged" traced write_many busy
is "the store's thread has begun them" raftval-store "$(who_began)"
before=$(attr 1 revision)
{ down 1 && up 1; } >/dev/null || die "it does not come back"
check "the last one is there after a restart" wait_for 20 holds "busy $WRITES" 1
is "and the revision is the same" "$before" "$(attr 1 revision)"
