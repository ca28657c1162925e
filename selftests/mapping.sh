#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Changes of the value reach those who poll, and those who have it mapped, whole.

. "$(dirname "$0")/lib.sh"

plan 3

make_cluster 3 --value-max 65536 "${CALM[@]}"
check "values of 64 KiB are never torn" timeout 200 torn "$(device 1)" 300
check "nor on a follower" timeout 200 torn "$(device 2)" 300
check "no change is slept through" timeout 200 wakeups "$(device 2)" 1000
