#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A read is linearizable on every host: it sees each write that returned before it
# began. A pass over the file is one snapshot.

. "$(dirname "$0")/lib.sh"

# Writes on each host in turn, and reads at once on the next.
chain()
{
	local round writer

	for ((round = 1; round <= 30; round++)); do
		writer=$((round % 3 + 1))
		put $writer "round $round" || return 1
		holds "round $round" $(((round + 1) % 3 + 1)) || return 1
	done
}

# While one host counts up, a reader on another must never see a lower number.
rises()
{
	local host=$1 last=0 now

	while [ "$last" -lt 50 ]; do
		now=$(get "$host") || return 1
		[ "$now" -ge "$last" ] || { echo "$now after $last"; return 1; }
		last=$now
	done
}

count_up()
{
	local i

	for ((i = 1; i <= 50; i++)); do
		put 1 $i || return 1
	done
}

plan 7

make_cluster 3 "${CALM[@]}"
check "a write on one host is read at once on the next, 30 times" chain
put 1 0
count_up &
writer=$!
rises 2 >"$TMP/rises2" 2>&1 &
reader=$!
check "a reader on the third host never sees the value go back" rises 3
check "nor one on the second" wait $reader
check "while the writer wrote them all" wait $writer

put 1 first-value
mkfifo "$TMP/go"
devio "$(device 2)" read 6 wait read 100 read 100 pread 0 100 <"$TMP/go" >"$TMP/pass" &
reader=$!
exec 3>"$TMP/go"
wait_for 10 grep -q wait "$TMP/pass"
put 1 other-value
echo >&3
check "one open file sees" wait $reader
is "its snapshot to the end, then the new value at offset 0" \
	"$(printf 'read 6 first-\nwait\nread 5 value\nread 0 \npread 11 other-value')" \
	"$(cat "$TMP/pass")"
is "the local value is the same once it has arrived" other-value "$(ctl 3 get --local)"
