#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A fourth virtual machine on the network of three members has no key. It sends them
# whatever it can make of what it hears, as fast as it can, and all that it heard from
# the start on once more: they only count it.
#
# Usage: hostile.sh [--kernel 6.1|6.12] [--seconds SECONDS] [--rate RATE] [--seed SEED]
#                   [--out DIR] [--strict]
#
# The attack lasts that many seconds (60) or as long as 500 writes take; RATE limits it to
# so many datagrams a second. What a write takes meanwhile is said; with --strict it may,
# for 99 of 100, be five times of what it takes without an attack. DIR gets the consoles,
# and what was heard as wire.pcap.

. "$(dirname "$0")/lib.sh"

KERNEL=6.12
ATTACK_SECONDS=60
RATE=0
SEED=$RANDOM
STRICT=
PLAN=71
STORE="--store /dev/vda"
ADDRESSES="192.0.2.1 192.0.2.2 192.0.2.3"
WRITES=500
TIMES=5
REPLAY_RATE=2000
# What the kernel itself takes and gives back meanwhile, kB.
NOISE=1024
NOISE_OBJECTS=100
# A node says ten times in a minute whom it refuses.
SAID_IN_MINUTE=10
REASONS="short format cluster receiver stranger session replayed forged key"
ALL_REASONS="$REASONS old full"

while [ $# -gt 0 ]; do
	case $1 in
	--kernel)	KERNEL=${2-} ;;
	--seconds)	ATTACK_SECONDS=${2-} ;;
	--rate)		RATE=${2-} ;;
	--seed)		SEED=${2-} ;;
	--out)		OUT=${2-} ;;
	--strict)	STRICT=y; PLAN=$((PLAN + 1)); shift; continue ;;
	*)		sed -n '/^# Usage:/,/^$/ s/^# \{0,1\}//p' "$0"; exit 2 ;;
	esac
	shift 2
done

#
# The network
#

# Members send to all, as over a hub, so that a stranger hears it.
loud()
{
	local other

	for other in 1 2 3; do
		[ "$other" = "$1" ] ||
			on "$1" "ip neigh replace 192.0.2.$other lladdr ff:ff:ff:ff:ff:ff dev eth0" ||
			return 1
	done
}

# What the stranger asks the network itself would look like an answer.
knows_all()
{
	local i

	for i in 1 2 3; do
		on 4 "ip neigh replace 192.0.2.$i lladdr 52:54:00:00:00:0$i dev eth0" || return 1
	done
}

# listens FILE: from now on
listens()
{
	on 4 "stranger record eth0 $1 >/dev/console 2>&1 & echo \$! >/tmp/recorder" &&
		wait_for 10 on 4 "[ -s $1 ]"
}

ends()
{
	on 4 "kill \$(cat $1)" && wait_for 20 on 4 "! kill -0 \$(cat $1) 2>/dev/null"
}

#
# Members
#

# What must stay: term and leader of each.
place()
{
	local i

	for i in 1 2 3; do
		attr "$i" term leader | tr '\n' ' '
	done
}

# count NAME COUNTER...: of each member
count()
{
	local name=$1 i

	shift
	for i in 1 2 3; do
		on "$i" "cd $SYSFS/stats && grep -H . $*" >>"$TMP/$name-counts$i" || return 1
	done
}

# begin_count NAME, end_count NAME: members speak all the time, so that what they send is
# counted from before to after what they get.
begin_count()
{
	count "$1-before" sent && count "$1-before" "wall_*" received overflows
}

end_count()
{
	rm -f "$TMP/$1-after"-counts?
	count "$1-after" "wall_*" received overflows && count "$1-after" sent
}

# grown BEFORE AFTER HOST PATTERN: by how much what has such a name did
grown()
{
	awk -F: -v name="^($4)\$" '$1 ~ name { sum += FILENAME ~ /after/ ? $2 : -$2 }
		END { print sum + 0 }' "$TMP/$1-counts$3" "$TMP/$2-counts$3"
}

# said NAME HOST: what the stranger says of it
said()
{
	awk -v what="$1" -v address="192.0.2.$2" '$1 == what && $2 == address { print $3 }' \
		"$TMP/stranger"
}

# nothing_let_in NAME: no more was let in than members have sent, and hellos that the
# stranger repeated: they are no forgeries. What a member sent and the network lost may
# be let in when the stranger has it, once.
nothing_let_in()
{
	local i sent=0 genuine=0 received=0 refused=0 others=0

	end_count "$1" || return 1
	for i in 1 2 3; do
		sent=$((sent + $(grown "$1-before" "$1-after" "$i" sent)))
		received=$((received + $(grown "$1-before" "$1-after" "$i" received)))
		refused=$((refused + $(grown "$1-before" "$1-after" "$i" \
			"wall_(${ALL_REASONS// /|})")))
		genuine=$((genuine + $(said genuine "$i")))
		others=$((others + $(said sent "$i")))
	done
	echo "the stranger sent $others, of them $genuine hellos of members, members sent $sent;" \
		"they got $received, refused $refused and let in $((received - refused))"
	[ $((received - refused)) -le $((sent + genuine)) ]
}

# memory HOST: that is available, and in slabs that can not be given back, kB
memory()
{
	on "$1" "sync; echo 3 >/proc/sys/vm/drop_caches
		awk '\$1 ~ /^(MemAvailable|SUnreclaim):/ { printf \"%s \", \$2 }' /proc/meminfo"
}

objects()
{
	on "$1" "awk '\$1 ~ /^kmalloc-|^skbuff/ { print \$1, \$2 }' /proc/slabinfo"
}

# same_memory HOST: as before, but for NOISE
same_memory()
{
	local -a now was

	read -ra was <"$TMP/memory$1"
	read -ra now <<<"$(memory "$1")"
	echo "available ${was[0]} kB, then ${now[0]} kB; slabs ${was[1]} kB, then ${now[1]} kB"
	[ "${now[0]}" -ge $((was[0] - NOISE)) ] && [ "${now[1]}" -le $((was[1] + NOISE)) ]
}

# no_leak HOST: no kind of object has grown by NOISE_OBJECTS and one for a hundred datagrams
no_leak()
{
	local received

	[ -s "$TMP/objects$1" ] || return 1
	received=$(grown attack-before attack-after "$1" received)
	objects "$1" | awk -v limit=$((received / 100 + NOISE_OBJECTS)) '
		NR == FNR { was[$1] = $2; next }
		$2 - was[$1] > limit { print $1 ": " was[$1] " objects, then " $2; grown = 1 }
		END { exit grown }' "$TMP/objects$1" -
}

# says_little HOST: that it refuses somebody
says_little()
{
	local n

	n=$(on "$1" dmesg | grep -c 'says hello with another key or for another cluster')
	echo "$n times in $SECONDS seconds"
	[ "$n" -le $((SAID_IN_MINUTE * (1 + SECONDS / 60))) ]
}

# refused_some HOST REASON
refused_some()
{
	[ "$(grown attack-before attack-after "$1" "wall_$2")" -gt 0 ]
}

#
# What is tried
#

# latency NAME: the median and the 99th percentile of writes on a follower, microseconds
latency()
{
	"$VM" exec -t 600 "$SET" "$FOLLOWER" "latency write $DEVICE 64 $WRITES" \
		>"$TMP/latency-$1" || return 1
	read -r P50 P99 < <(sort -k2,2n "$TMP/latency-$1" |
		awk '{ us[NR] = int($2 / 1000) } END { print us[int((NR + 1) / 2)], us[int(NR * 0.99)] }')
	note "writes, $2: p50 $P50 us, p99 $P99 us" >&3
}

join_with()
{
	on 4 "raftctl join 192.0.2.1 --token $1 --listen 192.0.2.4 --label host4 --volatile --timeout 3"
}

said_who_tried()
{
	on 1 "dmesg | grep '192\.0\.2\.4:7497 says hello'"
}

test_wrong_token()
{
	local token other

	token=$(on 1 raftctl token)
	on 4 "modprobe raftval && raftctl -n own create --listen 192.0.2.4:7500 --label own --volatile" \
		>"$TMP/log" 2>&1 || { cat "$TMP/log"; die "the stranger makes no cluster of its own"; }
	other=$(on 4 raftctl -n own token)
	refuses "a token of another cluster is refused" 'wrong key or cluster' join_with "$other"
	check "host1 says who tried" wait_for 5 said_who_tried
	on 4 raftctl -n own down >/dev/null
	on 1 dmesg -c >/dev/null
	token=$(on 4 stranger token "$token")
	refuses "a token with another key is refused" 'wrong key or cluster' join_with "$token"
	check "host1 says who tried that" wait_for 5 said_who_tried
	on 4 "rmmod raftval"
}

attack()
{
	local began

	began=$(now_ms)
	on 4 "stranger attack eth0 /tmp/wire.pcap --seconds 3600 --seed $SEED --rate $RATE $ADDRESSES \
		>/tmp/attack 2>&1 & echo \$! >/tmp/attacker" || return 1
	latency attack "under attack" || return 1
	wait_for "$ATTACK_SECONDS" passed $((began + ATTACK_SECONDS * 1000)) || return 1
	ends /tmp/attacker && on 4 "cat /tmp/attack" >"$TMP/stranger" || return 1
	cat "$TMP/stranger"
	awk -v ms=$(($(now_ms) - began)) '$1 == "sent" { sum += $3 }
		END { print sum " datagrams in " ms " ms" }' "$TMP/stranger" >"$TMP/attack"
	grep -q ^answers "$TMP/stranger"
}

passed()
{
	[ "$(now_ms)" -ge "$1" ]
}

test_attack()
{
	local before i reason

	before=$(place)
	for i in 1 2 3; do
		memory $i >"$TMP/memory$i"
		objects $i >"$TMP/objects$i"
	done
	check "the counters are read" begin_count attack
	check "the stranger attacks, and writes go through" attack
	note "$(cat "$TMP/attack"), seed $SEED"
	note "$(grep ^kind "$TMP/stranger")"
	check "nothing of it was let in" wait_for 20 nothing_let_in attack
	note "$(cat "$TMP/wait")"
	for i in 1 2 3; do
		for reason in $REASONS; do
			check "host$i has refused some: $reason" refused_some $i "$reason"
		done
		note "$(refused_by $i attack)"
		check "host$i has as much memory as before" wait_for 10 same_memory $i
		note "$(cat "$TMP/wait")"
		check "host$i has as many objects as before" wait_for 10 no_leak $i
		check "host$i says so only now and then" says_little $i
	done
	is "nobody answered the stranger" 0 "$(awk '$1 == "answers" { print $2 }' "$TMP/stranger")"
	is "there was no new leader, nor a new term" "$before" "$(place)"
}

# refused_by HOST NAME
refused_by()
{
	local reason

	echo "host$1: $(for reason in $ALL_REASONS; do
		echo "$reason $(grown "$2-before" "$2-after" "$1" "wall_$reason")"
	done | tr '\n' ' ')"
	echo "host$1: $(grown "$2-before" "$2-after" "$1" wall_sessions) sessions began," \
		"$(grown "$2-before" "$2-after" "$1" sent) datagrams sent"
}

# restart HOST: its disk is all that it has then
restart()
{
	local host=$1

	"$VM" kill "$SET" "$host" && "$VM" boot "$SET" "$host" && loud "$host" && up_from_disk "$host"
}

replay()
{
	"$VM" exec -t 1800 "$SET" 4 "stranger replay eth0 /tmp/wire.pcap --rate $REPLAY_RATE \
		$ADDRESSES" >"$TMP/stranger" || return 1
	cat "$TMP/stranger"
	grep -q ^answers "$TMP/stranger"
}

test_replay()
{
	local before i id value failed=$FAILED

	check "the recording ends" ends /tmp/recorder
	[ -z "$OUT" ] || on 4 cat /tmp/wire.pcap >"$OUT/wire.pcap"
	id=$(attr "$FOLLOWER" id)
	check "host$FOLLOWER is started again" restart "$FOLLOWER"
	check "all three follow one leader" wait_for 30 settled 1 2 3
	[ $FAILED -eq "$failed" ] || die "host$FOLLOWER is not back"
	is "host$FOLLOWER is who it was" "$id" "$(attr "$FOLLOWER" id)"
	check "a write goes through" put "$FOLLOWER" "not to be undone"
	check "and is read by all" holds "not to be undone" 1 2 3
	before=$(place)
	value=$(attr 1 revision value)
	check "the counters are read" begin_count replay
	check "the stranger replays all that it heard from the start on" replay
	check "nothing of it was let in" wait_for 20 nothing_let_in replay
	note "$(cat "$TMP/wait")"
	for i in 1 2 3; do
		note "$(refused_by $i replay)"
	done
	is "nobody answered the stranger" 0 "$(awk '$1 == "answers" { print $2 }' "$TMP/stranger")"
	is "there was no new leader, nor a new term" "$before" "$(place)"
	is "the value is as it was" "$value" "$(attr 1 revision value)"
}

exec 3>&1
begin
{ make -s -C "$SELFTESTS" && make -s -C "$SELFTESTS/bench" build/latency; } >"$TMP/log" 2>&1 ||
	{ cat "$TMP/log"; die "the helpers can not be built"; }
start_hosts "$KERNEL" 4 --mem 192 --disk "$TMP/disk%,16M" \
	--add "$SELFTESTS/stranger:/usr/bin/stranger" \
	--add "$SELFTESTS/bench/build/latency:/usr/bin/latency" || die "no virtual machines"
for i in 1 2 3; do
	loud $i || die "no neighbours"
done
knows_all || die "no neighbours"
check "the stranger listens" listens /tmp/wire.pcap
cluster_of 3 --heartbeat 100 --election 2000
FOLLOWER=$(not_leader 1 2 3)
test_wrong_token
check "writes go through" latency idle "without an attack"
IDLE=$P99
test_attack
note "p99 under attack: $(awk "BEGIN { printf \"%.1f\", $P99 / $IDLE }") times of that without"
[ -z "$STRICT" ] || check "and is at most $TIMES times of that" [ "$P99" -le $((TIMES * IDLE)) ]
test_replay
for i in 1 2 3; do
	check "host$i writes" put $i "said by host$i"
	check "all read it" holds "said by host$i" 1 2 3
done
check "all three are equal at last" wait_for 10 equal 1 2 3
check "no kernel complained" "$VM" check "$SET"
