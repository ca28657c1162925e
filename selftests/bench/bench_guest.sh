#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What bench.sh runs in the virtual machine: "row NAME ROUND", and then what was measured of
# it, a line each; "failed NAME ROUND WHY"; "round ROUND" when one begins, "end" at the end.
#
# Usage: bench_guest.sh ROUNDS [ROW,...]

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"

FLOOR=/sys/kernel/debug/raftval_floor
DISK=/dev/vdd
SIZES=(64 4096)
WRITERS=(1 16 64 256)
CLIENTS=(1 64 256)
NODES=(0 1 3 10 100 1000)
# In each network namespace that has nothing but these.
CROWD=15
CGROUPS=/sys/fs/cgroup

# wanted ROW[,ROW]...: is one of them asked for, or what it is a part of, or a part of it?
wanted()
{
	local row only

	[ "$ONLY" ] || return 0
	for row in ${1//,/ }; do
		for only in ${ONLY//,/ }; do
			[[ $row. != "$only".* && $only. != "$row".* ]] || return 0
		done
	done
	return 1
}

failed()
{
	echo "failed $1 $ROUND $2"
}

# sample ROW COMMAND...: what the command has measured
sample()
{
	local row=$1

	shift
	wanted "$row" || return 0
	if "$@" >"$TMP/says" 2>"$TMP/why"; then
		echo "row $row $ROUND"
		cat "$TMP/says"
	else
		failed "$row" "$(cat "$TMP/says" "$TMP/why" | tail -n 1)"
	fi
}

#
# Floors
#

# Whom nobody asks sleeps.
start_answerers()
{
	local i

	modprobe raftval_floor || die "there is no raftval_floor"
	for i in 2 3; do
		on $i udp answer 9 &
		on $i echo thread 10 >$FLOOR/answer
		on $i echo softirq 11 >$FLOOR/answer
	done
	# Who is asked before he listens would not answer.
	for i in 2 3; do
		wait_for 20 on $i grep -q ':0009 ' /proc/net/udp || die "nobody answers"
	done
}

ask_user()
{
	on 1 udp ask 9 64 1000 192.0.2.2 192.0.2.3
}

# ask_kernel HOW PORT
ask_kernel()
{
	on 1 echo "$1 $2 64 1000 192.0.2.2 192.0.2.3" >$FLOOR/ask && cat $FLOOR/samples
}

# Three hosts that are one machine write at the same time.
ask_disks()
{
	local pids=() disk

	for disk in /dev/vda /dev/vdb; do
		latency disk "$disk" 4096 300 >/dev/null &
		pids+=($!)
	done
	latency disk /dev/vdc 4096 300
	wait "${pids[@]}"
}

# Again beside what is compared with them, for a machine is not equally busy all the time.
datagrams()
{
	sample floor.user ask_user
	sample floor.thread ask_kernel thread 10
	sample floor.softirq ask_kernel softirq 11
}

# On a disk that no store is on.
disk()
{
	sample floor.disk latency disk $DISK 4096 300
}

floors()
{
	datagrams
	disk
	sample floor.disks ask_disks
	sample floor.call latency call 100
	sample floor.sysfs latency attr /sys/class/net/lo/mtu 100
	sample floor.count latency count 100
}

#
# Clusters
#

# make_nodes SEAL STORE [CREATE-OPTION...]: n1, n2 and n3; LEADER and FOLLOWER are two of them
make_nodes()
{
	local seal=$1 store=$2 i force=()

	shift 2
	INSECURE=()
	STORES=
	[ "$seal" = sealed ] || INSECURE=(--insecure)
	[ "$store" = volatile ] || { STORES=$TMP/disk; force=(--force); }
	create 1 "${force[@]}" "$@" &&
		join 2 1 "${force[@]}" && join 3 1 "${force[@]}" &&
		wait_for 30 settled 1 2 3 &&
		LEADER=$(leader 1 2 3) && FOLLOWER=$(not_leader 1 2 3)
}

down_nodes()
{
	local i

	for i in 1 2 3; do
		[ ! -e "$(device $i)" ] || down $i >/dev/null
	done
}

# with_nodes ROW[,ROW]... SEAL STORE [CREATE-OPTION...] -- COMMAND...: the rows are those that
# the command makes
with_nodes()
{
	local rows=$1 options=()

	shift
	wanted "$rows" || return 0
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	if make_nodes "${options[@]}" >"$TMP/made" 2>&1; then
		"$@"
	else
		failed "$rows" "no cluster: $(tail -n 1 "$TMP/made")"
	fi
	down_nodes
}

# commits SEAL STORE TIMES SIZE...
commits()
{
	local row=commit.$1.$2 times=$3 size

	shift 3
	for size; do
		sample "$row.leader.$size" latency write "$(device "$LEADER")" "$size" "$times"
		sample "$row.follower.$size" latency write "$(device "$FOLLOWER")" "$size" "$times"
	done
}

# loads SEAL: many writers on the leader
loads()
{
	local n

	for n in "${WRITERS[@]}"; do
		sample "throughput.$1.threads.$n" throughput threads "$(device "$LEADER")" "$n" 1
		sample "throughput.$1.ring.$n" throughput ring "$(device "$LEADER")" "$n" 1
	done
}

reads()
{
	sample "read.$1.leader" latency read "$(device "$LEADER")" 500
	sample "read.$1.follower" latency read "$(device "$FOLLOWER")" 500
	sample "poll.$1" latency poll "$(device "$LEADER")" "$(device "$FOLLOWER")" 300
}

# What no other host hears of.
local_reads()
{
	sample local.map latency map "$(device "$FOLLOWER")" 100
	sample local.sysfs latency attr "/sys/class/raftval/raftval-n$FOLLOWER/value" 100
}

volatile_rows()
{
	datagrams
	commits "$1" volatile 500 "${SIZES[@]}"
	reads "$1"
	[ "$1" = insecure ] || local_reads
	loads "$1"
}

durable_rows()
{
	datagrams
	disk
	commits "$1" durable 200 "${SIZES[@]}"
}

clusters()
{
	local seal row rows large=(--value-max 65536)

	for seal in insecure sealed; do
		row=commit.$seal
		rows=throughput.$seal,read.$seal,poll.$seal
		[ $seal = insecure ] || rows+=,local
		with_nodes "$row.volatile,$rows" $seal volatile "${CALM[@]}" -- volatile_rows $seal
		with_nodes "$row.volatile.leader.65536,$row.volatile.follower.65536" \
			$seal volatile "${CALM[@]}" "${large[@]}" -- commits $seal volatile 50 65536
		with_nodes "$row.durable" $seal durable "${CALM[@]}" -- durable_rows $seal
		with_nodes "$row.durable" $seal durable "${CALM[@]}" "${large[@]}" -- \
			commits $seal durable 50 65536
	done
}

#
# Leaders that go
#

writes_go_on()
{
	[ "$(attr "$1" revision)" -gt "$2" ]
}

# pause COMMAND...: the longest that a program on a follower waited for its write while the
# command took the leader away
pause()
{
	local pid revision acknowledged longest others

	others=$(without "$LEADER" 1 2 3)
	rm -f "$TMP/stop"
	revision=$(attr "$FOLLOWER" revision)
	writer "$(device "$FOLLOWER")" text "$TMP/stop" >"$TMP/writes" &
	pid=$!
	# shellcheck disable=SC2086 # a word is a host
	wait_for 20 writes_go_on "$FOLLOWER" "$((revision + 10))" && "$@" >"$TMP/taken" 2>&1 &&
		wait_for 30 leader $others >/dev/null &&
		revision=$(attr "$FOLLOWER" revision) &&
		wait_for 20 writes_go_on "$FOLLOWER" "$((revision + 10))"
	touch "$TMP/stop"
	wait $pid || return 1
	read -r acknowledged _ _ longest <"$TMP/writes"
	[ "$acknowledged" -gt 20 ] && echo "latency $((longest * 1000))"
}

# With the times that a cluster has unless it is told others.
leaders()
{
	with_nodes election sealed volatile -- sample election pause isolate_leader
	heal
	with_nodes handover sealed volatile -- sample handover pause down_leader
}

isolate_leader()
{
	isolate "$LEADER"
}

down_leader()
{
	down "$LEADER"
}

#
# Etcd: a row's members are in a control group, and are frozen while it is not their turn
#

# etcd_urls PORT: of all members
etcd_urls()
{
	local i

	for i in 1 2 3; do
		echo "http://192.0.2.$i:$1"
	done
}

# etcd_member ROW HOST DIR PORT: clients are served at PORT, the others at the next one
etcd_member()
{
	local row=$1 host=$2 dir=$3 port=$4 peer=$(($4 + 1)) i all=

	for i in 1 2 3; do
		all+=,host$i=http://192.0.2.$i:$peer
	done
	echo $BASHPID >"$CGROUPS/$row/cgroup.procs"
	# Nobody is to miss a leader because the machine is busy.
	on "$host" etcd --name "host$host" --data-dir "$dir" --initial-cluster "${all#,}" \
		--listen-client-urls "http://192.0.2.$host:$port" \
		--advertise-client-urls "http://192.0.2.$host:$port" \
		--listen-peer-urls "http://192.0.2.$host:$peer" \
		--initial-advertise-peer-urls "http://192.0.2.$host:$peer" \
		--heartbeat-interval 500 --election-timeout 5000 \
		--logger zap --log-level error >"$TMP/$row-$host" 2>&1
}

# etcd_start ROW PORT: with data where that is mounted
etcd_start()
{
	local i

	mkdir "$CGROUPS/$1"
	for i in 1 2 3; do
		etcd_member "$1" $i "$TMP/data-$1/$i/etcd" "$2" &
		MEMBERS+=($!)
	done
}

# Who was frozen has to find out again who leads.
etcd_serves()
{
	# shellcheck disable=SC2046 # a word is a member
	wait_for 120 on 1 clients 1 1 $(etcd_urls "$1")
}

# etcd_rows ROW PORT
etcd_rows()
{
	local n

	if [ -d "$CGROUPS/$1" ]; then
		echo 0 >"$CGROUPS/$1/cgroup.freeze"
	else
		etcd_start "$1" "$2"
	fi
	if etcd_serves "$2"; then
		for n in "${CLIENTS[@]}"; do
			# shellcheck disable=SC2046 # a word is a member
			sample "$1.$n" on 1 clients "$n" 5 $(etcd_urls "$2")
		done
	else
		failed "$1" "it does not serve: $(tail -n 1 "$TMP/wait")"
	fi
	echo 1 >"$CGROUPS/$1/cgroup.freeze"
}

mount_data()
{
	local i disk

	mkdir -p "$TMP"/data-etcd.{tmpfs,disk}/{1,2,3}
	for i in 1 2 3; do
		disk=/dev/vd$(printf %b "\\x6$((4 + i))")
		mount -t tmpfs -o size=512M etcd "$TMP/data-etcd.tmpfs/$i" &&
			mkfs.ext4 -q -F "$disk" &&
			mount -t ext4 "$disk" "$TMP/data-etcd.disk/$i" || return
	done
}

etcds()
{
	wanted etcd || return 0
	if [ "$ROUND" -eq 1 ]; then
		mount_data 2>"$TMP/why" || { failed etcd "$(tail -n 1 "$TMP/why")"; return; }
	fi
	! wanted etcd.tmpfs || etcd_rows etcd.tmpfs 2379
	! wanted etcd.disk || etcd_rows etcd.disk 2389
}

# What follows is about memory.
etcds_end()
{
	local row

	[ ${#MEMBERS[@]} -gt 0 ] || return 0
	for row in "$CGROUPS"/etcd.*; do
		echo 1 >"$row/cgroup.kill"
	done
	# What the shell says of killed jobs is of no interest.
	{ wait "${MEMBERS[@]}"; } 2>/dev/null
	umount -l "$TMP"/data-etcd.*/*
}

#
# Stores
#

# A store of the usual size, written until the ring has gone round, and read back.
full_store()
{
	local blocks

	{ mkfs.ext4 -q -F $DISK && mount -t ext4 $DISK /mnt; } || return
	STORES=/mnt/store INSECURE=()
	create 1 "${CALM[@]}" >/dev/null && wait_for 20 attr_is 1 role leader || return
	blocks=$(($(stat -c %s /mnt/store1) / 4096))
	while [ "$(attr 1 stats/store_blocks)" -lt $((blocks * 3 / 2)) ]; do
		latency write "$(device 1)" 4096 100 >/dev/null || return
	done
	down 1 >/dev/null && up 1 >/dev/null || return
	echo "latency $(($(attr 1 stats/store_load_us) * 1000))"
	down 1 >/dev/null
	umount /mnt
}

#
# Many nodes in one kernel
#

# crowd_host N: makes the network namespace for node number N, and those beside it
crowd_host()
{
	ip netns add "$NS-crowd-$(($1 / CROWD))"
	ip -n "$NS-crowd-$(($1 / CROWD))" link set lo up
}

# in_crowd N WORD...: raftctl, for node number N. It needs no sysfs of its own, as ip would
# mount it each time.
in_crowd()
{
	local n=$1

	shift
	RAFTCTL_ETC=$TMP/etc-crowd nsenter --net="/run/netns/$NS-crowd-$((n / CROWD))" \
		raftctl -n "c$n" "$@"
}

# crowd_node N: one that makes a cluster, or the second or third of that
crowd_node()
{
	local n=$1 port=$((9000 + $1 % CROWD)) first=$(($1 / 3 * 3))

	set -- --listen "127.0.0.1:$port" --label "c$n" --volatile
	if [ "$n" -eq $first ]; then
		in_crowd "$n" create "$@" "${CALM[@]}" && TOKEN=$(in_crowd "$n" token)
	else
		in_crowd "$n" join "127.0.0.1:$((9000 + first % CROWD))" --token "$TOKEN" "$@"
	fi
}

# What the kernel has taken for itself; what is only kept for another time does not count. What
# is free would tell less: long after the start there still is more of it from time to time.
used_bytes()
{
	echo 3 >/proc/sys/vm/drop_caches
	awk '/^(Slab|VmallocUsed|PageTables|Percpu):/ { n += $2 } END { print n * 1024 }' \
		/proc/meminfo
}

# nodes_of N: their cost, when all of them are there and have calmed down
nodes_of()
{
	while [ "$CROWDED" -lt "$1" ]; do
		crowd_node "$CROWDED" >"$TMP/crowd" 2>&1 ||
			{ echo "node $CROWDED: $(tail -n 1 "$TMP/crowd")"; return 1; }
		CROWDED=$((CROWDED + 1))
	done
	idle 5
	[ "$1" -eq 0 ] || echo "memory $((($(used_bytes) - EMPTY) / $1))"
}

# Nothing that is there yet belongs to nodes.
crowd()
{
	local n last=${NODES[-1]}

	wanted nodes || return 0
	for ((n = 0; n < last; n += CROWD)); do
		crowd_host "$n" || { failed nodes "no network namespace"; return; }
	done
	CROWDED=0
	EMPTY=$(used_bytes)
	for n in "${NODES[@]}"; do
		sample "nodes.$n" nodes_of "$n"
	done
}

MEMBERS=()
ROUNDS=$1
ONLY=${2-}
plan 0
make_hosts 3
for i in 1 2 3; do
	ln -s "/dev/vd$(printf %b "\\x6$i")" "$TMP/disk$i"
done
start_answerers
for ((ROUND = 1; ROUND <= ROUNDS; ROUND++)); do
	echo "round $ROUND"
	floors
	clusters
	leaders
	etcds
done
ROUND=1
etcds_end
sample store full_store
crowd
echo end
# The machine ends, which takes less time than to take down what is in it.
trap - EXIT
