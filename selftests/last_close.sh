#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A node and the files that are open on it may go in any order.

. "$(dirname "$0")/lib.sh"

gone()
{
	[ ! -e "$(device "$1")" ]
}

# open_file NAME: holds the device of host 1 open until told by close_file
open_file()
{
	mkfifo "$TMP/$1"
	devio "$(device 1)" read 100 wait read 100 pread 0 100 write x poll 0 <"$TMP/$1" >"$TMP/$1.out" 2>&1 &
	holder[$1]=$!
	exec {fd}<>"$TMP/$1"
	go[$1]=$fd
	wait_for 10 grep -q wait "$TMP/$1.out"
}

close_file()
{
	echo >&"${go[$1]}"
	wait "${holder[$1]}"
}

declare -A holder go
plan 10

make_hosts 1
create 1 >/dev/null || die "no cluster"
put 1 first
check "a file is open" open_file a
check "and another" open_file b
check "the node goes down with both open" ctl 1 down
check "its device is gone" wait_for 10 gone 1
check "one file is closed, having been told" close_file a
check "a node of the same name is made while the other is open" create 1
check "and used" put 1 second
check "the other is closed, having been told" close_file b
is "what it was told" "$(printf 'read 5 first\nwait\nread 0 \npread ESHUTDOWN\nwrite ESHUTDOWN')" \
	"$(grep -v poll "$TMP/b.out")"
check "and poll(2) told it, too" grep -q '^poll.* HUP' "$TMP/b.out"
