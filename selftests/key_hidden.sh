#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A cluster's key shows nowhere: not in the kernel's log, in what is below /sys and /proc,
# in traces, nor in what raftctl says, but where it is asked for the token.

. "$(dirname "$0")/lib.sh"

TRACE=/sys/kernel/tracing
# The memory itself, and what is there under another name, too.
SKIPS=(--skip /proc/kcore --skip '/proc/[0-9]*/mem' --skip '/proc/[0-9]*/task'
	--skip /sys/kernel/debug/tracing)
# To read all that the drivers of real devices have for debugging does not become them.
grep -q '^flags.* hypervisor' /proc/cpuinfo || SKIPS+=(--skip /sys/kernel/debug)

# note_keys: those that hosts have now are among those that are searched for
note_keys()
{
	cat "$TMP"/etc-*/*.key >>"$TMP/all"
	grep -o 'rv2[0-9a-z]*' "$TMP/all" | sort -u >"$TMP/keys"
}

# hidden PATH...: and something was searched
hidden()
{
	search "${SKIPS[@]}" "$TMP/keys" "$@"
}

# shows N PATH...: in so many files
shows()
{
	local n=$1

	shift
	search "${SKIPS[@]}" "$TMP/keys" "$@" >"$TMP/shown"
	cat "$TMP/shown"
	same "$n" "$(grep -v '^#' "$TMP/shown" | cut -d: -f1 | sort -u | wc -l)"
}

# take_token HOST COMMAND...: that of host 1, not by a command line, which all can see
take_token()
{
	local host=$1

	shift
	ctl 1 token | ctl "$host" "$@" --key-file -
}

# What raftctl says of a node.
ask()
{
	local i format

	for i in 1 2; do
		for format in "" -j; do
			# shellcheck disable=SC2086
			for what in status key "peer list" log; do
				ctl "$i" $format $what >>"$TMP/said/host$i$format" || return
			done
		done
	done
}

in_keyring()
{
	cat "$TMP/said/late"
	grep raftval /proc/keys
}

said_by_kernel()
{
	dmesg | grep -q 'says hello with another key'
}

# What the hosts do while others listen.
use()
{
	take_token 2 join 192.0.2.1 --listen 192.0.2.2 --label host2 --volatile >/dev/null || return
	put 2 "a value" && ctl 1 transfer >/dev/null || return
	ctl 3 token | on 3 raftctl -n bad join 192.0.2.1 --listen 192.0.2.3:7600 --label bad \
		--volatile --timeout 2 --key-file - && return 1
	wait_for 10 said_by_kernel || return
	note_keys
	ctl 1 key rotate >/dev/null || return
	note_keys
	cat "$TMP"/etc-1/*.key | ctl 2 key accept --key-file - || return
	ctl 1 key switch && ctl 2 key switch
}

[ -d $TRACE/events ] || mount -t tracefs tracefs $TRACE 2>/dev/null
plan 14

mkdir "$TMP/planted" "$TMP/said"
: >$TRACE/trace
echo 1 >$TRACE/events/raftval/enable
echo 1 >$TRACE/tracing_on
make_hosts 3
create 1 "${CALM[@]}" >/dev/null || die "no cluster"
create 3 >/dev/null || die "no other cluster"
for i in 1 2; do
	# So that they are killed in the end, and not a shell that waits for them.
	ip netns exec "$NS-$i" raftctl -n n$i monitor >"$TMP/said/monitor$i" 2>&1 &
	ip netns exec "$NS-$i" raftctl -n n$i -j monitor >"$TMP/said/monitor-j$i" 2>&1 &
done
check "a cluster is used, and gets another key" use
check "it is asked" ask
# One who waits, and has the key in his keyring meanwhile.
(umask 077; ctl 1 token >"$TMP/token")
RAFTCTL_ETC=$TMP/etc-3 ip netns exec "$NS-3" raftctl -n late join 192.0.2.77 --label late \
	--listen 192.0.2.3:7601 --volatile --timeout 600 --key-file - \
	<"$TMP/token" >"$TMP/said/late" 2>&1 &
check "one is asked for that waits" wait_for 10 in_keyring

planted=$(search --plant "$TMP/planted" "$TMP/keys")
check "a key that shows is found, in each of $planted ways" shows "$planted" "$TMP/planted"
check "a token is found" shows 1 "$TMP/keys"
TOKEN=$(tail -n 1 "$TMP/keys") sleep 600 &
check "in an environment, too" wait_for 10 shows 1 /proc/$!/environ
kill $!
check "the trace tells of what was sent" grep -q raftval_send $TRACE/trace
cat $TRACE/trace >"$TMP/said/trace"
check "it does not show in traces" hidden $TRACE "$TMP/said/trace"
dmesg >"$TMP/said/dmesg"
check "nor in the kernel's log, nor in what raftctl says" hidden "$TMP/said"
SKIPS+=(--skip "$TRACE")
check "nor below /sys" hidden /sys
check "nor below /proc" hidden /proc
check "the old key is dropped" eval 'ctl 1 key drop && ctl 2 key drop'
cat "$TMP/planted/3" >/dev/kmsg
dmesg >"$TMP/said/dmesg"
check "in the log it would be found" shows 1 "$TMP/said/dmesg"
echo 0 >$TRACE/events/raftval/enable
check "and only there" shows 1 "$TMP/said"
