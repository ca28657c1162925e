#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The module is not unloaded under an open file, and is once the last is closed, under
# load.

. "$(dirname "$0")/lib.sh"

unloaded()
{
	rmmod raftval && [ ! -d /sys/module/raftval ]
}

plan 3

make_cluster 3 --election 300
mkfifo "$TMP/go"
devio "$(device 1)" wait <"$TMP/go" >"$TMP/open" 2>&1 &
exec 3>"$TMP/go"
wait_for 10 grep -q wait "$TMP/open"
for i in 1 2 3; do
	# The writers open the device again and again, or it could never be unloaded.
	while [ -c "$(device $i)" ]; do
		devio "$(device $i)" write $RANDOM write $RANDOM
	done >/dev/null &
done
check "with an open file it is refused" not rmmod raftval
check "and the cluster goes on" put 1 x
echo >&3
check "once the last is closed, it is done" wait_for 30 unloaded
