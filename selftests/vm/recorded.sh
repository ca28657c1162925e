# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What programs on all hosts of a cluster are told while it is in trouble, recorded and
# judged; to be sourced, by bash, after lib.sh. Who does so says in HISTORY where it is to
# be kept, in SEED what is asked, and in AT_A_TIME how much of each host.

# shellcheck disable=SC2034 # for those who source this
RECORDER=$SELFTESTS/vm/build/recorder
LINCHECK=$SELFTESTS/core/build/lincheck
COUNTS=$TMP/counts
# shellcheck source=selftests/history.sh
. "$SELFTESTS/history.sh"

build_recorder()
{
	make -s -C "$SELFTESTS/vm" && make -s -C "$SELFTESTS/core" build/lincheck
}

# record_on HOST: with threads for what it is asked when it was silent, as well
record_on()
{
	on "$1" "recorder /dev/vport*p2 $DEVICE $((2 * AT_A_TIME)) >/dev/console 2>&1 &
		echo \$! >/tmp/recorder"
}

# start_recording HOST...: for as long as this shell lives, or until it is stopped
start_recording()
{
	local i ports=()

	for i; do
		ports+=("$SET/port$i")
	done
	"$SELFTESTS/vm/build/history" "$HISTORY" "$COUNTS" "$SEED" "$AT_A_TIME" "${ports[@]}" \
		>"$TMP/history.log" 2>&1 &
	PID=$!
	for i; do
		record_on "$i" || return 1
	done
	wait_for 20 [ -s "$COUNTS" ] && goes_on 100
}

# abandon_recording: nobody owes it an answer any more, as the hosts are gone
abandon_recording()
{
	[ -n "$PID" ] || return
	kill "$PID" 2>/dev/null
	wait "$PID"
	PID=
	note "$(cat "$TMP/history.log")"
}
