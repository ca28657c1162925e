#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Leadership is handed over on request, without a failed write.

. "$(dirname "$0")/lib.sh"

keep_writing()
{
	local i

	for ((i = 1; ; i++)); do
		put "$1" "write $i" || { echo "write $i failed"; return 1; }
		echo $i >"$TMP/written"
	done
}

more()
{
	[ "$(cat "$TMP/written")" -gt "$1" ]
}

plan 9

make_cluster 3 "${CALM[@]}"
keep_writing 1 >"$TMP/writer" 2>&1 &
writer=$!
check "writes go on" wait_for 10 [ -e "$TMP/written" ]
for i in 2 3 1; do
	check "leadership is given to host$i" ctl 1 transfer "host$i"
	check "host$i leads" wait_for 5 attr_is $i role leader
done
check "writes still go on" wait_for 10 more "$(cat "$TMP/written")"
check "none has failed" kill -0 $writer
