#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What is written on any of three hosts is read on all of them, at one revision.

. "$(dirname "$0")/lib.sh"

plan 9

make_cluster 3 "${CALM[@]}"
for i in 1 2 3; do
	before=$(attr "$i" revision)
	check "host $i writes" put "$i" "said by host $i"
	check "every host reads it" holds "said by host $i" 1 2 3
	is "the revision went up by one" $((before + 1)) "$(attr "$i" revision)"
done
