#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A value of 64 KiB, cut by the protocol into datagrams, gets everywhere whole, also
# where one datagram of ten is lost.

. "$(dirname "$0")/lib.sh"

# write_file HOST FILE: in one write(2)
write_file()
{
	timeout 60 dd if="$2" of="$(device "$1")" bs=65536 iflag=fullblock status=none
}

same_file()
{
	local file=$1 i

	shift
	for i; do
		get "$i" | cmp - "$file" || return 1
	done
}

random()
{
	dd if=/dev/urandom of="$1" bs=65536 count=1 iflag=fullblock status=none
}

plan 8

make_cluster 3 "${CALM[@]}" --value-max 65536
leader=$(leader 1 2 3)
follower=$(not_leader 1 2 3)
random "$TMP/a"
check "the leader's host writes 64 KiB" write_file "$leader" "$TMP/a"
check "every host reads them" same_file "$TMP/a" 1 2 3
random "$TMP/b"
check "another host writes 64 KiB" write_file "$follower" "$TMP/b"
check "every host reads those" same_file "$TMP/b" 1 2 3
is "one byte more" "fill EFBIG" "$(devio "$(device "$follower")" fill x 65537)"

modprobe sch_netem 2>/dev/null
for i in 1 2 3; do
	on $i tc qdisc add dev eth0 root netem loss 10% || die "no netem"
done
random "$TMP/c"
check "64 KiB over lossy links, from the leader's host" write_file "$leader" "$TMP/c"
random "$TMP/d"
check "64 KiB over lossy links, from another" write_file "$follower" "$TMP/d"
check "every host reads the last" same_file "$TMP/d" 1 2 3
