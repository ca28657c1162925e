# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What can befall hosts and the network between them; to be sourced, by bash, after
# recorded.sh. Who does so says in ALL which hosts there are, in ROOM where their disks
# are, in a file STOP that nobody is to wait any more, and in SLOWER how many times as long
# as on a usual kernel all may take.
#
# NAME_strikes HOST DETAIL is the beginning of each, NAME_ends HOST DETAIL the end, after
# which the host is what it was. DETAIL is a number in which its other choices are.
# While one lasts others may befall the same cluster, so what needs a majority is tried
# until there is one again.

SECTORS=$((16 * 2048))
MAPPED=/dev/mapper/store
KEYS=/etc/raftval
PATIENCE=240	# seconds
LEFT_MIB=8
LOOPS=32
DAY=86400

# name, group, seconds that it lasts at most, what it is. There are not two of the group
# links at a time, nor two of members; those of host and members have their host for
# themselves. A disk hangs no longer than a kernel takes for normal.
nemeses()
{
	cat <<-END
	kill host 20 a host loses power, and is started again
	reset host 1 a host is reset
	pause host 60 a host stands still
	cut links 20 nothing passes between two hosts, or one and all others
	oneway links 20 nothing passes from one host to another, or to all others
	bridge links 20 three hosts are meshed, the fourth sees only the second of them, the fifth the third
	loss net 20 30 % of all frames are lost
	dup net 20 30 % of all frames arrive twice
	reorder net 20 50 % of all frames are overtaken by others
	delay net 20 all frames take 200 ms, give or take up to 200
	corrupt net 20 5 % of all frames arrive changed
	clock host 20 the clock of a host is a day ahead, or behind
	flakey host 20 the disk below a store fails one second of three
	suspend host 12 the disk below a store does not answer
	error host 20 the disk below a store fails
	memory host 20 all but $LEFT_MIB MiB of the memory of a host is eaten
	cpu host 20 $LOOPS loops keep the processor of a host busy
	reload host 10 the node of a host goes down, the module goes and comes
	add members 15 one more voter joins, and leaves
	remove members 15 a host leaves the cluster, and joins it anew
	replace members 10 the leader loses power and its disk, and joins in its own place
	keys members 10 the key of the cluster is changed
	END
}

# quick HOST COMMAND...: where no answer is one, too
quick()
{
	"$VM" exec -t $((5 * SLOWER)) "$SET" "$@" 2>/dev/null
}

# patiently COMMAND...
patiently()
{
	wait_for $((PATIENCE * SLOWER)) unless_stopped "$@"
}

unless_stopped()
{
	[ ! -e "$STOP" ] || exit 1
	"$@"
}

#
# Hosts
#

# prepare HOST: what its node needs, on disks that survive: the store below the device
# mapper, and what raftctl keeps.
prepare()
{
	on "$1" "modprobe dm-mod && DM_DISABLE_UDEV=1 dmsetup create store --table '0 $SECTORS linear /dev/vda 0' &&
		mkdir -p $KEYS && mount -t ext4 /dev/vdb $KEYS"
}

# Where others have the processor raftctl may lose patience, and the kernel undoes what it has
# begun, so it is asked again. No refusal is forgiven but those that may come of that.
answered()
{
	said=$(on "$1" "[ -e $SYSFS ] || raftctl up $MAPPED" 2>&1) && return
	[[ $said != *"took too long"* ]] || given_up=1
	[ -z "$given_up" ]
}

node_up()
{
	local said='' given_up=''

	if ! on "$1" "modprobe raftval" || ! patiently answered "$1" ||
	   ! on "$1" "[ -e $SYSFS ]"; then
		echo "$said"
		return 1
	fi
	record_on "$1"
}

stop_recorder()
{
	on "$1" "kill -9 \$(cat /tmp/recorder)
		while kill -0 \$(cat /tmp/recorder) 2>/dev/null; do sleep 0.05; done"
}

node_down()
{
	stop_recorder "$1" && on "$1" "raftctl down"
}

kill_strikes()
{
	"$VM" kill "$SET" "$1"
}

kill_ends()
{
	"$VM" boot "$SET" "$1" && prepare "$1" && node_up "$1"
}

reset_strikes()
{
	"$VM" reset "$SET" "$1"
}

reset_ends()
{
	prepare "$1" && node_up "$1"
}

pause_strikes()
{
	"$VM" pause "$SET" "$1"
}

pause_ends()
{
	"$VM" cont "$SET" "$1"
}

# set_clock HOST SECONDS: so much ahead of this one's
set_clock()
{
	on "$1" "date -s @$(($(date +%s) + $2)) >/dev/null"
}

clock_strikes()
{
	set_clock "$1" $(($2 % 2 ? DAY : -DAY))
}

clock_ends()
{
	set_clock "$1" 0
}

memory_strikes()
{
	on "$1" "hog $LEFT_MIB >/tmp/full 2>/dev/console & echo \$! >/tmp/hog
		until [ -s /tmp/full ]; do sleep 0.1; done"
}

memory_ends()
{
	on "$1" "kill \$(cat /tmp/hog)"
}

# Who starts them comes before them, or with little memory would not get to the last of them.
cpu_strikes()
{
	on "$1" "chrt -R -f 1 sh -c 'for i in \$(seq $LOOPS); do
			while :; do :; done & echo \$!
		done' >/tmp/loops 2>/dev/null"
}

cpu_ends()
{
	on "$1" "kill \$(cat /tmp/loops)"
}

reload_strikes()
{
	node_down "$1" && on "$1" "rmmod raftval"
}

reload_ends()
{
	node_up "$1"
}

#
# Disks
#

# disk HOST TARGET [ARGUMENT...]: what the one below its store is from now on
disk()
{
	local host=$1

	shift
	on "$host" "dmsetup load store --table '0 $SECTORS $*' &&
		dmsetup suspend --noflush --nolockfs store && dmsetup resume store"
}

# A node whose store failed promises nothing any more, whatever its disk does since.
mend_disk()
{
	disk "$1" linear /dev/vda 0 || return 1
	attr_is "$1" state running && return
	say "the store of host$1 has failed"
	node_down "$1" && node_up "$1"
}

flakey_strikes()
{
	on "$1" "modprobe dm-flakey" && disk "$1" flakey /dev/vda 0 2 1
}

flakey_ends()
{
	mend_disk "$1"
}

error_strikes()
{
	disk "$1" error
}

error_ends()
{
	mend_disk "$1"
}

suspend_strikes()
{
	on "$1" "dmsetup suspend --noflush --nolockfs store"
}

suspend_ends()
{
	on "$1" "dmsetup resume store"
}

#
# The network
#

hub()
{
	"$VM" hub "$SET" "$@"
}

# other HOST DETAIL: another host
other()
{
	without "$1" "${ALL[@]}" | sed -n "$(($2 % (${#ALL[@]} - 1) + 1))p"
}

# One of three times it is cut off from all.
peer()
{
	if [ $(($2 % 3)) -eq 0 ]; then
		echo all
	else
		other "$1" $(($2 / 3))
	fi
}

cut_strikes()
{
	hub cut "$1" "$(peer "$@")" && hub cut "$(peer "$@")" "$1"
}

cut_ends()
{
	hub uncut all all
}

# The other half of them hear nothing instead of saying nothing.
oneway_strikes()
{
	if [ $(($2 / 16 % 2)) -eq 0 ]; then
		hub cut "$1" "$(peer "$@")"
	else
		hub cut "$(peer "$@")" "$1"
	fi
}

oneway_ends()
{
	hub uncut all all
}

# The first is HOST, the others follow.
bridge_strikes()
{
	local first=$1 pair a b

	for pair in "1 4" "3 4" "1 5" "2 5" "4 5"; do
		read -r a b <<<"$pair"
		a=$(((first + a - 2) % 5 + 1))
		b=$(((first + b - 2) % 5 + 1))
		hub cut $a $b && hub cut $b $a || return 1
	done
}

bridge_ends()
{
	hub uncut all all
}

loss_strikes()
{
	hub loss all all 30
}

loss_ends()
{
	hub loss all all 0
}

dup_strikes()
{
	hub dup all all 30
}

dup_ends()
{
	hub dup all all 0
}

reorder_strikes()
{
	hub reorder all all 50
}

reorder_ends()
{
	hub reorder all all 0
}

delay_strikes()
{
	hub delay all all 200 200
}

delay_ends()
{
	hub delay all all 0
}

corrupt_strikes()
{
	hub corrupt all all 5
}

corrupt_ends()
{
	hub corrupt all all 0
}

#
# Members
#

# joins HOST: with the key file of whoever answers; by a pipe, which is nobody's file. It may
# have become a member before, by an attempt of which nothing was heard.
joins()
{
	local seed

	for seed in $(without "$1" "${ALL[@]}"); do
		quick "$seed" "cat $KEYS/*.key" >"$TMP/key" || continue
		"$VM" exec -i "$SET" "$1" "[ -e $SYSFS ] || { modprobe raftval &&
			cat | raftctl join 192.0.2.$seed --key-file - --listen 192.0.2.$1 \
				--label host$1 --store $MAPPED; }" <"$TMP/key" && return
	done
	return 1
}

# leaves HOST: it is no member any more, and its store has none
leaves()
{
	on "$1" "[ ! -e $SYSFS ] || raftctl leave ||
		{ [ \$(cat $SYSFS/state) = removed ] && raftctl down; }"
}

blank()
{
	on "$1" "dd if=/dev/zero of=$MAPPED bs=1M count=16 2>/dev/null"
}

remove_strikes()
{
	patiently leaves "$1" && stop_recorder "$1" && blank "$1"
}

remove_ends()
{
	patiently joins "$1" && record_on "$1"
}

# It is handed over to if it does not lead; while others have their trouble that may fail.
replace_strikes()
{
	quick "$1" "raftctl transfer host$1"
	"$VM" kill "$SET" "$1" &&
		dd if=/dev/zero of="$ROOM/disk$1" bs=1M count=16 conv=notrunc status=none
}

replace_ends()
{
	"$VM" boot "$SET" "$1" && prepare "$1" && patiently joins "$1" && record_on "$1"
}

extra()
{
	on "$1" "[ -e $SYSFS-extra ] || raftctl -n extra join 192.0.2.$1 --key-file $KEYS/*.key \
		--listen 192.0.2.$1:7500 --label extra --volatile"
}

extra_leaves()
{
	on "$1" "[ ! -e $SYSFS-extra ] || raftctl -n extra leave ||
		{ [ \$(cat $SYSFS-extra/state) = removed ] && raftctl -n extra down; }"
}

add_strikes()
{
	patiently extra "$1"
}

add_ends()
{
	patiently extra_leaves "$1"
}

# on_each COMMAND...: a step is taken by each before the next one is by any
on_each()
{
	local i

	for i in "${ALL[@]}"; do
		patiently on "$i" "$@" || return 1
	done
}

# new_key HOST: there is one already if only the answer was lost
new_key()
{
	on "$1" "raftctl key rotate" >"$ROOM/rotated" && grep -oE 'rv2[^ ]+' "$ROOM/rotated"
}

keys_strikes()
{
	patiently new_key "$1" && on_each "raftctl key accept --token $(tail -n 1 "$TMP/wait")"
}

keys_ends()
{
	on_each "raftctl key switch" && on_each "raftctl key drop"
}
