#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# How close to the wire consensus is
#
# Usage: bench.sh [--kernel 6.1|6.12] [--rounds ROUNDS] [--only ROW,...] [-j|--json] [--out DIR]
#
# One virtual machine, one processor, three hosts in network namespaces on a bridge, and in
# one run, in rounds (5), all of this, or only those of ROW, or that begin with ROW and a dot:
#
# floor		what cannot be avoided: two datagrams sent and the first that comes back, with
#		programs (user), kernel threads (thread) or softirqs (softirq) at both ends; a
#		direct, durable write of 4 KiB to a disk (disk), while two more are written
#		(disks); a system call that does nothing (call); an attribute in sysfs (sysfs);
#		memory behind a sequence count (count)
# commit	a write: sealed or not, on volatile or durable members, on the leader or a
#		follower, of so many bytes
# throughput	writes of 64 bytes a second, of so many threads, or of a ring with so many in
#		flight; and of all processors the time for each
# read, poll	a linearizable read; a write on the leader until a follower's poll(2) returns
# local		reads of what this host knows, from a mapping and from sysfs
# election	a writer's pause when the leader is cut off, and
# handover	when it is taken down
# etcd		a put of 64 bytes, of so many clients, with data on a tmpfs and on disks
# store		a full store is read back
# nodes		so many nodes in the kernel, in clusters of three: the processor's time while
#		nobody asks for anything, and memory for each
#
# The last three once, but for etcd. Prints a table of these and one of the ratios between
# them, or both for programs (--json). DIR (build/results here) gets what was said, the
# samples, and latencies.svg. What fails is said in a line, and makes the exit status 1.

. "$(dirname "$0")/lib.sh"

HERE=$(dirname "$(realpath "$0")")
KERNEL=6.12
ROUNDS=5
ONLY=
JSON=
OUT=$HERE/build/results

while [ $# -gt 0 ]; do
	case $1 in
	-j | --json)	JSON=1; shift; continue ;;
	--kernel)	KERNEL=${2-} ;;
	--rounds)	ROUNDS=${2-} ;;
	--only)		ONLY=${2-} ;;
	--out)		OUT=${2-} ;;
	*)		usage ;;
	esac
	[ $# -ge 2 ] || usage
	shift 2
done
[[ $ROUNDS =~ ^[1-9][0-9]*$ && $ONLY =~ ^[a-z0-9.,]*$ && $OUT ]] || usage

# Those that the plot has, from the floor to what is far above it.
PLOTTED="floor.softirq floor.thread floor.user floor.disk read.sealed.leader
	 commit.insecure.volatile.leader.64 commit.sealed.volatile.leader.64
	 commit.sealed.volatile.follower.64 commit.sealed.durable.leader.64
	 etcd.tmpfs.1 etcd.disk.1"

prepare()
{
	local lacking

	lacking=$("$TOP/scripts/deps" --list bench)
	if [ "$lacking" ]; then
		echo "this machine lacks $lacking; install it by: scripts/deps bench" >&2
		return 1
	fi
	make -s -C "$HERE" >&2 && mkdir -p "$OUT" && ETCD=$("$TOP/scripts/vm/fetch" etcd)
}

start()
{
	local disk disks=()

	for disk in a b c; do
		disks+=(--disk "$TMP/$disk%,16M")
	done
	disks+=(--disk "$TMP/d%,64M")
	for disk in e f g; do
		disks+=(--disk "$TMP/$disk%,512M")
	done
	start_guest devio writer -- --mem 2048 "${disks[@]}" --add "$HERE/build:/selftests" \
		--module "$(built "$KERNEL")/selftests/bench/module/raftval_floor.ko" \
		--add "$ETCD/usr/bin/etcd:/selftests/etcd"
}

# What is said goes to a file; what fails, and how far it is, to whom it may concern.
run()
{
	"$VM" exec -t 7200 "$SET" 1 "bash /selftests/bench_guest.sh $ROUNDS $ONLY" |
		tee "$OUT/said" |
		awk '$1 == "round" { print "bench: round " $2; fflush() }
		     $1 == "failed" {
			round = $3
			name = $2
			$1 = $2 = $3 = ""
			print "bench: " name " failed in round " round ":" $0
			fflush()
		     }' >&2
}

plot()
{
	local row rows=

	for row in $PLOTTED; do
		! grep -q " ${row//./[.]}[.]latency " "$OUT/samples" || rows+=" $row.latency"
	done
	[ -z "$rows" ] || gnuplot -e "rows = '$rows'; from = '$OUT/samples'; to = '$OUT/latencies.svg'" \
		"$HERE/latencies.gp"
}

prepare || exit
start >&2 || exit
run
awk -f "$HERE/flatten.awk" "$OUT/said" | LC_ALL=C sort -k1,1n -k3,3n -k4,4g >"$OUT/samples"
[ -s "$OUT/samples" ] || { tail -n 5 "$OUT/said" >&2; exit 1; }
awk -v json="$JSON" -v kernel="$KERNEL" -f "$HERE/statistics.awk" "$OUT/samples"
plot
echo "bench: what was said, samples and latencies.svg are in $OUT" >&2
! grep -q '^failed' "$OUT/said" && grep -qx end "$OUT/said" && "$VM" check "$SET" >&2
