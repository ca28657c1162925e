#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# poll(2) reports a change since the descriptor's last read, and nothing else.

. "$(dirname "$0")/lib.sh"

plan 3

make_cluster 3 "${CALM[@]}"
put 1 before
mkfifo "$TMP/go"
devio "$(device 2)" read 100 poll 300 wait poll 10000 pread 0 100 poll 300 <"$TMP/go" >"$TMP/seen" &
poller=$!
exec 3>"$TMP/go"
check "nothing is reported while nothing changes" wait_for 10 grep -q wait "$TMP/seen"
echo >&3
put 3 after
check "a write on another host ends the wait" wait $poller
is "what the descriptor saw" \
	"$(printf 'read 6 before\npoll 0\nwait\npoll IN\npread 5 after\npoll 0')" \
	"$(cat "$TMP/seen")"
