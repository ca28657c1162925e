#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Members that are listed to be started with their host: what raftval.service does. In the
# host's own namespaces, where that runs, too.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/disks.sh"

need_disks
plan 19
make_disk 1 4
make_disk 2 16
make_ext4 2
file=$TMP/ext4-2/store
export RAFTCTL_ETC=$TMP/etc
check "a member on a block device is listed" raftctl -n n1 create --listen 127.0.0.1:7601 \
	--label one --store "$TMP/disk1" --boot
check "another, in a file" raftctl -n n2 create --listen 127.0.0.1:7602 --label two \
	--store "$file" --boot
put 1 one >/dev/null
put 2 two >/dev/null
check "all are taken down" raftctl down --all
check "none is left" [ ! -e /dev/raftval-n1 ]
check "all come up" raftctl up --all
is "the one is what it was" one "$(get 1)"
is "and the other" two "$(get 2)"
check "who runs is left alone" raftctl up --all
rmmod raftval && load
check "the module can be loaded anew, with no node" [ ! -e /dev/raftval-n1 ]
check "all come up again" raftctl up --all
raftctl -n n2 down >/dev/null
mv "$file" "$file.elsewhere"
refuses "one whose store is lost is named" 'No such file' raftctl up --all
is "and the other runs" one "$(get 1)"
check "who is taken down is still listed" [ -e "$TMP/etc/n2.conf" ]
refuses "a file is not waited for" 'No such file' raftctl up --all --hotplug
mv "$file.elsewhere" "$file"
raftctl -n n2 up >/dev/null
echo "store = /dev/disk/by-id/none" >"$TMP/etc/n3.conf"
refuses "a device that is not there is a failure" 'No such file' raftctl up --all
raftctl down --all >/dev/null
is "not where udev starts its member" 0 \
	"$(raftctl up --all --hotplug >"$TMP/told" 2>&1; echo $?)"
check "it is told of" grep -q '^Node n3 is not up.*/by-id/none' "$TMP/told"
is "and the others run" "one two" "$(get 1) $(get 2)"
is "that is for all of them" 2 "$(raftctl up --hotplug 2>/dev/null; echo $?)"
raftctl down --all >/dev/null
