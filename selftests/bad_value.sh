#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Writes that can not be: each has its error, and nothing changes.

. "$(dirname "$0")/lib.sh"

plan 8

make_cluster 3 "${CALM[@]}"
put 1 kept
revision=$(attr 1 revision)
for i in 1 2; do
	is "host $i: a value larger than value_max" "fill EFBIG" \
		"$(devio "$(device $i)" fill x 4097)"
	is "host $i: pwrite(2) at an offset" "pwrite EINVAL" \
		"$(devio "$(device $i)" pwrite 1 x)"
done
check "the value is as it was" holds kept 1 2 3
is "and so is the revision" "$revision" "$(attr 1 revision)"
is "a value of value_max is not too large" "fill 4096" "$(devio "$(device 2)" fill x 4096)"
is "and pwrite(2) at 0 is a write" "pwrite 1" "$(devio "$(device 2)" pwrite 0 y)"
