#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Three virtual machines agree on one value, while hosts die, come back and stand
# still, and links are cut, delayed and pulled.
#
# Usage: three_hosts.sh [--kernel 6.1|6.12] [--seconds SECONDS] [--seed SEED] [--out DIR]
#
# The links are cut at random for that many seconds (20); the seed says how. DIR gets
# the consoles.

. "$(dirname "$0")/lib.sh"

KERNEL=6.12
CUT_SECONDS=20
SEED=$RANDOM
PLAN=108

while [ $# -gt 0 ]; do
	case $1 in
	--kernel)	KERNEL=${2-} ;;
	--seconds)	CUT_SECONDS=${2-} ;;
	--seed)		SEED=${2-} ;;
	--out)		OUT=${2-} ;;
	*)		sed -n '/^# Usage:/,/^$/ s/^# \{0,1\}//p' "$0"; exit 2 ;;
	esac
	shift 2
done

# rest_of HOST: the other two
rest_of()
{
	without "$1" 1 2 3 | tr '\n' ' '
}

# The others elect a leader, hold the value and take a new one.
goes_on_without()
{
	local gone=$1 value=$2 one other

	read -r one other <<<"$(rest_of "$gone")"
	check "the other two elect a leader" wait_for 20 settled "$one" "$other"
	check "they hold the value" holds "$value" "$one" "$other"
	check "they take a new one" put "$one" "without host$gone"
	check "and read it" holds "without host$gone" "$one" "$other"
}

# After it: the three are one again.
come_together()
{
	check "all three follow one leader" wait_for 30 settled 1 2 3
	check "all are equal" wait_for 10 equal 1 2 3
	check "a write goes through" put "$1" "$2"
	check "and is read by all" holds "$2" 1 2 3
}

test_agree()
{
	local i

	for i in 1 2 3; do
		check "host$i writes" put $i "said by host$i"
		check "all read it" holds "said by host$i" 1 2 3
	done
}

test_killed_leader()
{
	local old id

	old=$(leader 1 2 3)
	id=$(attr "$old" id)
	check "host$old, the leader, loses power" "$VM" kill "$SET" "$old"
	goes_on_without "$old" "said by host3"
	check "host$old is started again" "$VM" boot "$SET" "$old"
	check "it joins, under its label" wait_for 30 join "$old" "$(without "$old" 1 2 3 | head -n 1)"
	check "as another member" not attr_is "$old" id "$id"
	is "in the place of the one that died" 3 "$(attr "$old" members | wc -l)"
	come_together "$old" "back again"
}

# With pre-vote, who does not hear the leader can not disturb those who do.
test_one_way_cut()
{
	local leader deaf term

	leader=$(leader 1 2 3)
	deaf=$(not_leader 1 2 3)
	term=$(attr "$leader" term)
	"$VM" hub "$SET" cut "$leader" "$deaf"
	check "host$deaf, that hears no leader, wants to be one" \
		wait_for 20 attr_is "$deaf" role pre-candidate
	check "a write goes through all the same" put "$leader" "one deaf"
	is "in the same term" "$term" "$(attr "$leader" term)"
	heal
	come_together "$deaf" "all ears"
}

test_minority()
{
	local old

	old=$(leader 1 2 3)
	cut_off "$old"
	goes_on_without "$old" "all ears"
	on "$old" "echo 1000 >$SYSFS/op_timeout_ms"
	is "host$old, cut off, refuses a write" "write ETIMEDOUT" \
		"$(on "$old" "devio $DEVICE write lost")"
	is "and a read" "read ETIMEDOUT" "$(on "$old" "devio $DEVICE read 100")"
	heal
	come_together "$old" "healed"
}

test_slow_links()
{
	"$VM" hub "$SET" delay all all 30 20
	check "over slow links a write goes through" put "$(not_leader 1 2 3)" "slowly"
	check "and is read by all" holds "slowly" 1 2 3
	heal
}

test_cable()
{
	local host

	host=$(not_leader 1 2 3)
	check "the cable of host$host is pulled" "$VM" link "$SET" "$host" off
	goes_on_without "$host" "slowly"
	check "the cable is put back" "$VM" link "$SET" "$host" on
	come_together "$host" "plugged in"
}

test_standstill()
{
	local host

	host=$(leader 1 2 3)
	check "host$host, the leader, stands still" "$VM" pause "$SET" "$host"
	goes_on_without "$host" "plugged in"
	check "it goes on as if nothing had been" "$VM" cont "$SET" "$host"
	come_together "$host" "awake"
}

# polls HOST...: how often they looked for a leader
polls()
{
	local i n=0

	for i; do
		n=$((n + $(attr "$i" stats/why_timeout)))
	done
	echo $n
}

writes_go_on()
{
	[ "$(attr "$1" revision)" -gt "$2" ]
}

# none_failed HOST: of what its writer wrote until now
none_failed()
{
	local acknowledged possible all longest

	on "$1" "touch /tmp/stop; until [ -s /tmp/count ] || [ -s /tmp/error ]; do sleep 0.1; done
		cat /tmp/error >&2; cat /tmp/count" >"$TMP/count" || return 1
	read -r acknowledged possible all longest <"$TMP/count"
	echo "$acknowledged of $all, $possible possible"
	echo "$longest" >"$TMP/longest"
	[ "$all" -gt 0 ] && [ "$acknowledged" -eq "$all" ]
}

# planned_stop TEXT COMMAND: the leader is stopped by it, while another host writes
planned_stop()
{
	local text=$1 old new rest writes term polls

	old=$(leader 1 2 3)
	rest=$(rest_of "$old")
	read -r new writes <<<"$rest"
	term=$(attr "$old" term)
	# shellcheck disable=SC2086
	polls=$(polls $rest)
	on "$writes" "rm -f /tmp/stop /tmp/count
		writer $DEVICE '$text, write' /tmp/stop >/tmp/count 2>/tmp/error &"
	check "host$writes writes" wait_for 20 writes_go_on "$writes" "$(attr "$writes" revision)"
	# What ends the host ends the connection, too.
	on "$old" "$2" >/dev/null 2>&1
	# shellcheck disable=SC2086
	check "host$old, the leader, $text: another leads" wait_for 20 leader $rest
	check "writes go on" wait_for 20 writes_go_on "$writes" "$(attr "$writes" revision)"
	check "none has failed" none_failed "$writes"
	# shellcheck disable=SC2086
	new=$(leader $rest)
	is "it is the next term" $((term + 1)) "$(attr "$new" term)"
	check "because the leader handed over" \
		on "$new" "raftctl status | grep 'candidate in term $((term + 1)): the leader handed over'"
	# shellcheck disable=SC2086
	is "nobody missed a leader" "$polls" "$(polls $rest)"
	note "longest time without a write: $(cat "$TMP/longest") us"
	stopped=$old
}

# A kernel that knows no ACPI can not switch its machine off: it halts.
is_off()
{
	"$VM" alive "$SET" "$1" || return 0
	tail -n 5 "$SET/console$1" | grep -q 'System halted' && "$VM" kill "$SET" "$1"
}

test_planned_stops()
{
	planned_stop "unloads the module" "rmmod raftval"
	check "host$stopped joins again" wait_for 30 join "$stopped" "$(rest_of "$stopped" | cut -d' ' -f1)"
	come_together "$stopped" "loaded again"
	planned_stop "is started anew" "reboot -f"
	check "it ends" wait_for 20 not "$VM" alive "$SET" "$stopped"
	check "it is started again" "$VM" boot "$SET" "$stopped"
	check "and joins" wait_for 30 join "$stopped" "$(rest_of "$stopped" | cut -d' ' -f1)"
	come_together "$stopped" "started anew"
	planned_stop "is switched off" "poweroff -f"
	check "it ends, too" wait_for 20 is_off "$stopped"
	check "it is switched on" "$VM" boot "$SET" "$stopped"
	check "and joins, too" wait_for 30 join "$stopped" "$(rest_of "$stopped" | cut -d' ' -f1)"
	come_together "$stopped" "switched on"
}

# One random thing happens to the network.
meddle()
{
	local a=$((RANDOM % 3 + 1)) b

	b=$(((a + RANDOM % 2) % 3 + 1))
	case $((RANDOM % 6)) in
	0 | 1)	"$VM" hub "$SET" cut $a $b ;;
	2)	cut_off $a ;;
	3)	"$VM" hub "$SET" uncut $a $b ;;
	*)	heal ;;
	esac
}

writers_end()
{
	local i

	for i in 1 2 3; do
		on $i "touch /tmp/stop"
	done
	for i in 1 2 3; do
		on $i "until [ -s /tmp/count ] || [ -s /tmp/error ]; do sleep 0.1; done
			cat /tmp/error >&2; cat /tmp/count" >"$TMP/count$i" || return 1
	done
}

# Each acknowledged write made a change, and no write made two.
exactly_once()
{
	local made=$(($(attr 1 revision) - $1)) acknowledged possible

	read -r acknowledged possible < <(awk '{ a += $1; p += $2 } END { print a, p }' "$TMP"/count?)
	echo "$acknowledged acknowledged, $made made, $possible possible" | tee "$TMP/count"
	[ "$acknowledged" -gt 0 ] && [ "$acknowledged" -le "$made" ] && [ "$made" -le "$possible" ]
}

test_random_cuts()
{
	local i first end

	note "links are cut for $CUT_SECONDS seconds, seed $SEED"
	RANDOM=$SEED
	first=$(attr 1 revision)
	for i in 1 2 3; do
		on $i "echo 2000 >$SYSFS/op_timeout_ms
			writer $DEVICE 'host$i, write' /tmp/stop >/tmp/count 2>/tmp/error &"
	done
	end=$(($(now_ms) + CUT_SECONDS * 1000))
	while [ "$(now_ms)" -lt $end ]; do
		meddle
		sleep "0.$((RANDOM % 10))"
	done
	heal
	check "when the links are whole, one host leads" wait_for 30 leader 1 2 3
	check "the writers met no other error than they may" writers_end
	check "all come to one index and term" wait_for 30 settled 1 2 3
	check "all are equal" equal 1 2 3
	check "no write was lost or applied twice" exactly_once "$first"
	note "$(cat "$TMP/count")"
}

begin
make -s -C "$SELFTESTS" || die "the helpers can not be built"
start_hosts "$KERNEL" 3 --add "$SELFTESTS/devio:/usr/bin/devio" \
	--add "$SELFTESTS/writer:/usr/bin/writer" || die "no virtual machines"
cluster_of 3 "${CALM[@]}"
test_agree
test_killed_leader
test_one_way_cut
test_minority
test_slow_links
test_cable
test_standstill
test_planned_stops
test_random_cuts
check "no kernel complained" "$VM" check "$SET"
