#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A reader or writer that waits for a majority can be interrupted.

. "$(dirname "$0")/lib.sh"

# interrupted SECONDS COMMAND...: SIGINT after a second ends it
interrupted()
{
	local start status=0

	start=$(now_ms)
	timeout -s INT 1 "$@" || status=$?
	echo "status $status after $(($(now_ms) - start)) ms"
	[ $status -ne 0 ] && [ $(($(now_ms) - start)) -lt 5000 ]
}

plan 4

make_cluster 3
isolate 1
echo 60000 >"/sys/class/raftval/raftval-n1/op_timeout_ms"
check "a write" interrupted devio "$(device 1)" write x
check "a read" interrupted devio "$(device 1)" read 100
heal
check "the cluster goes on" wait_for 20 settled 1 2 3
check "and takes writes" put 1 after
