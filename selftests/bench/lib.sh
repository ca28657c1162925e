# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the benchmarks share: one virtual machine with one processor, in which hosts are
# network namespaces. To be sourced, by bash.

# shellcheck source=selftests/vm/lib.sh
. "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/../vm/lib.sh"

usage()
{
	sed -n '/^# Usage:/,/^$/ s/^# \{0,1\}//p' "$0"
	exit 2
}

# shellcheck disable=SC2317 # called by a trap
finish()
{
	stop_hosts
	rm -rf "$TMP"
}

# start_guest PROGRAM... -- [VM-OPTION...]: with those of the selftests; KERNEL says which it is
start_guest()
{
	local programs=()

	trap finish EXIT
	trap 'exit 1' INT TERM
	while [ "$1" != -- ]; do
		programs+=("$SELFTESTS/$1")
		shift
	done
	shift
	make -s -C "$SELFTESTS" "${programs[@]##*/}" || exit
	mkdir "$TMP/guest"
	cp "$SELFTESTS"/{lib,tap,cluster}.sh "$SELFTESTS"/bench/*_guest.sh "${programs[@]}" \
		"$TMP/guest"
	# shellcheck disable=SC2153 # of whoever sources this
	start_hosts "$KERNEL" 1 --add "$TMP/guest:/selftests" "$@" || exit
	on 1 "modprobe raftval"
}

# in_guest SCRIPT [ARGUMENT...]: what it says is in $TMP/said
in_guest()
{
	"$VM" exec -t 500 "$SET" 1 "bash /selftests/$*" >"$TMP/said" && return
	cat "$TMP/said"
	exit 1
}
