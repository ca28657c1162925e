#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# In each step of a node's life, from the loading of the module to its end, each allocation
# fails once: the step is done nevertheless, or refused for want of memory and nothing of it
# is left. It takes a kernel that can let allocations fail. Of the steps that make hundreds,
# most of them the same, each EVERYth fails, from a random one on: EVERY=1 is for those who
# have time, SEED repeats a run.
#
# What a command asks for is done in part by a thread of the module: its allocations are
# made to fail by raftval_nth, and so are those of the module's start, those of the command
# itself by nth.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/disks.sh"

MOST=4000	# no step makes so many allocations
EVERY=${EVERY:-7}
SEED=${SEED:-$RANDOM}
FAULTS=/sys/kernel/debug
SLABS=/sys/kernel/slab
NTH_KO=$SELFTESTS/raftval_nth.ko
[ -e "$NTH_KO" ] || NTH_KO=$SELFTESTS/module/raftval_nth.ko
# What comes after raftctl has found the module.
REQUEST=sendto:2
NTH=/sys/module/raftval_nth/parameters/nth
KEPT=()

# set_fault NAME VALUE: until the test ends
set_fault()
{
	KEPT+=("$1" "$(cat "$FAULTS/$1")")
	echo "$2" >"$FAULTS/$1"
}

# Allocations that may wait fail, too, of whatever size, and nobody talks about it.
begin_faults()
{
	local name

	for name in failslab fail_page_alloc; do
		set_fault $name/ignore-gfp-wait N
		set_fault $name/verbose 0
	done
	set_fault fail_page_alloc/min-order 0
	[ ! -e $SLABS/kmemleak_object ] || spare_kmemleak
	begin_want
}

# Every other allocation is kmemleak's, which takes care of itself.
spare_kmemleak()
{
	local slab

	for slab in "$SLABS"/*/failslab; do
		[ "$slab" = $SLABS/kmemleak_object/failslab ] || echo 1 >"$slab"
	done 2>/dev/null
	set_fault failslab/cache-filter Y
}

end_faults()
{
	local i slab

	for slab in "$SLABS"/*/failslab; do
		echo 0 >"$slab"
	done 2>/dev/null
	for ((i = 0; i < ${#KEPT[@]}; i += 2)); do
		echo "${KEPT[i + 1]}" >"$FAULTS/${KEPT[i]}"
	done
	end_want
}

# All hosts are the test's own network namespace: to enter another one takes longer than
# most steps, and there are thousands.
on()
{
	local host=$1

	shift
	RAFTCTL_ETC=$TMP/etc-$host "$@"
}

# attempt BEGIN COMMAND...: on host 3, where allocation N fails of those that are made from
# BEGIN on, a system call for nth, or "thread" for raftval_nth. Says whether it was made in REACHED.
attempt()
{
	local begin=$1 left

	shift
	STATUS=0
	if [ "$begin" = thread ]; then
		echo "$N" >$NTH
		SAID=$("$@" 2>&1) || STATUS=$?
		read -r left <$NTH
		REACHED=$((left == 0))
		return
	fi
	SAID=$(nth "$TMP/reached" "$begin" "$N" "$@" 2>&1) || STATUS=$?
	REACHED=0
	[ ! -e "$TMP/reached" ] || REACHED=1
	# A call's error is what devio says, and no failure of its own.
	[ "$STATUS" -ne 0 ] || [[ ! $SAID =~ ^[a-z]+\ E[A-Z]+$ ]] || STATUS=1
}

# Want of memory has many names: for a socket's inode that there are too many files, for one
# of the file system in memory that no space is left there. Where it is not known whether a
# node has the store by now a second line says what to do with that.
no_memory()
{
	local said=$SAID

	[[ $SAID != *"for the answer"* ]] || said=${SAID%%$'\n'*}
	# Who has left is told so, even if the store can not be made blank.
	[[ $SAID != *"has left the cluster"* ]] || said=${SAID#*$'\n'}
	[ "$STATUS" -eq 1 ] && [[ $said != *$'\n'* ]] &&
		[[ $said =~ out\ of\ memory|memory\ left|allocate\ memory|buffer\ space|ENOMEM ||
		   $said =~ Too\ many\ open\ files\ in\ system|No\ space\ left ]]
}

# none_left SURE UNDO: of what was refused. Where there was no memory to tell it may be done,
# or is.
none_left()
{
	"$1" || { [[ $SAID =~ for\ the\ answer|is\ made,\ but ]] && "$2"; }
}

# sweep BEGIN SURE UNDO COMMAND...: until the command makes no allocation N any more. SURE
# is true of what was refused, UNDO undoes what was done.
sweep()
{
	local begin=$1 sure=$2 undo=$3

	shift 3
	MADE=0
	REFUSED=0
	for ((N = 1 + RANDOM % STEP; N <= MOST; N += STEP)); do
		attempt "$begin" "$@"
		MADE=$((MADE + REACHED))
		if [ "$STATUS" -ne 0 ]; then
			REFUSED=$((REFUSED + 1))
			if [ "$REACHED" -eq 0 ] || ! no_memory ||
				! none_left "$sure" "$undo"; then
				echo "allocation $N: status $STATUS, $SAID"
				return 1
			fi
			continue
		fi
		"$undo" || { echo "allocation $N: it was done and can not be undone"; return 1; }
		[ "$REACHED" -eq 1 ] || break
	done
	[ $N -le $MOST ] && not complaints && mark_log
}

# swept TEXT BEGIN SURE UNDO COMMAND...: a check
swept()
{
	local text=$1 begin=$SECONDS

	shift
	check "$text" sweep "$@"
	note "$MADE of about $N allocations failed, it was refused $REFUSED times ($((SECONDS - begin)) s)"
}

# swept_ctl TEXT BEGIN SURE UNDO ARGUMENT...: two checks, of raftctl for node n3
swept_ctl()
{
	local text=$1 begin=$2 sure=$3 undo=$4

	shift 4
	swept "$text" "$begin" "$sure" "$undo" raftctl -n n3 "$@"
	swept "$text, in the module's thread" thread "$sure" "$undo" raftctl -n n3 "$@"
}

# swept_io TEXT OPERATION...: a check, of a call
swept_io()
{
	swept "$1" openat serves : devio "$(device 3)" "${@:2}"
}

# What there is after each attempt; few programs are started, for there are hundreds of them.

absent()
{
	[ ! -e "$(device 3)" ] && [ ! -e /sys/class/raftval/raftval-n3 ]
}

# What is written to without being there would be a file afterwards.
serves()
{
	[ -c /dev/raftval-n3 ] && printf served >/dev/raftval-n3
}

unloaded()
{
	[ ! -e /sys/module/raftval ]
}

two_members()
{
	local lines

	mapfile -t lines </sys/class/raftval/raftval-n1/members
	same 2 ${#lines[@]}
}

not_joined()
{
	absent && wait_for 20 two_members
}

# What was interrupted after the member had left has left, though the node may still be there.
left_or_serves()
{
	serves 2>/dev/null && return
	[ "$(attr 3 state)" != removed ] || down_3
	not_joined && blank && join 3 1 >/dev/null
}

down_3()
{
	down 3 >/dev/null
}

# A store that is used again must be blank.
blank()
{
	dd if=/dev/zero of="${STORES}3" bs=1M count=4 conv=notrunc,fsync 2>/dev/null
}

down_and_blank()
{
	down_3 && blank
}

leave_3()
{
	ctl 3 leave >/dev/null
}

join_3()
{
	join 3 1 >/dev/null
}

up_3()
{
	up 3 >/dev/null
}

# Its store has a member by then.
load_and_up()
{
	load && up_3
}

unload()
{
	rmmod raftval
}

#
# The steps
#

test_create()
{
	local create=(create --listen 192.0.2.3 --label host3)

	swept_ctl "create" add_key absent down_3 "${create[@]}" --volatile
	STEP=$EVERY
	swept_ctl "create with a store" add_key absent down_and_blank "${create[@]}" \
		"--store=${STORES}3"
	STEP=1
}

test_calls()
{
	swept_io "write" write text
	swept_io "read" read 100
	swept_io "poll" poll 0
	swept_io "mmap" map
	swept_io "ioctl READ" get
	swept_io "ioctl READ, local" "local"
	swept_io "ioctl WRITE" put text
	swept_io "ioctl READ, local, and CAS" cas text
	swept_io "ioctl STATUS" status
}

test_requests()
{
	local verb

	swept_ctl "get" "$REQUEST" serves : get
	swept_ctl "put" "$REQUEST" serves : put text
	for verb in rotate switch drop; do
		swept_ctl "key $verb" "$REQUEST" serves : key $verb
	done
	swept "status" socket serves : raftctl -n n3 status
	swept "log" "$REQUEST" serves : raftctl -n n3 log
}

test_members()
{
	local token

	token=$(ctl 1 token)
	STEP=$EVERY
	swept_ctl "join" add_key not_joined leave_3 join 192.0.2.1 --token "$token" --listen 192.0.2.3 \
		--label host3 "--store=${STORES}3"
	join_3 || die "host 3 could not join"
	STEP=1
	swept_ctl "transfer" "$REQUEST" serves : transfer
	swept_ctl "peer add" "$REQUEST" serves : peer add host3
	STEP=$EVERY
	swept_ctl "leave" "$REQUEST" left_or_serves join_3 leave
}

[ "$(id -u)" = 0 ] || skip "needs root"
[ "${ALONE-}" ] || ALONE=y exec unshare -n "$0"
need_disks
for name in /proc/self/fail-nth $FAULTS/failslab $FAULTS/fail_page_alloc "$NTH_KO"; do
	[ -e "$name" ] || skip "this kernel can not let allocations fail"
done
plan 39
make_disk 3 4
begin_faults
trap 'end_faults; finish' EXIT
insmod "$NTH_KO" || die "no raftval_nth"
LOADER=(modprobe raftval)
[ ! -e "$TOP/kmod/raftval.ko" ] || LOADER=(insmod "$TOP/kmod/raftval.ko")
export RAFTCTL_ETC=$TMP/etc-3
for i in 1 2 3; do
	ip addr add "192.0.2.$i" dev lo
done
ip link set lo up
RANDOM=$SEED
note "SEED=$SEED EVERY=$EVERY"
STEP=$EVERY
unload || die "in use"
swept "load" thread unloaded unload "${LOADER[@]}"
load
create 1 "${CALM[@]}" >/dev/null || die "no cluster"
join 2 1 >/dev/null || die "host 2 could not join"

STEP=1
STORES=$TMP/disk
test_create
create 3 >/dev/null || die "no cluster"
down_3 || die "not down"
STEP=$EVERY
swept_ctl "up" add_key absent down_3 up "${STORES}3"
up_3 || die "not up"
STEP=1
test_calls
test_requests
STEP=$EVERY
swept_ctl "down" "$REQUEST" serves up_3 down
down_and_blank
test_members
{ leave_3 && down 1 && down 2; } >/dev/null || die "not down"
create 3 >/dev/null || die "no cluster"
swept "rmmod" delete_module serves load_and_up rmmod raftval
