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
# Of the program that records.
PID=

build_recorder()
{
	make -s -C "$SELFTESTS/vm" && make -s -C "$SELFTESTS/core" build/lincheck
}

acknowledged()
{
	local n

	read -r n _ <"$COUNTS" && echo $((n))
}

more_than()
{
	kill -0 "$PID" && [ "$(acknowledged)" -gt "$1" ]
}

# goes_on N: that many more are acknowledged
goes_on()
{
	wait_for 60 more_than $(($(acknowledged) + $1))
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

stop_recording()
{
	local status=0

	kill "$PID" && wait "$PID" || status=$?
	PID=
	cat "$TMP/history.log"
	return $status
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

# linearizable: as far as it is recorded
linearizable()
{
	local began

	began=$(now_ms)
	"$LINCHECK" "$HISTORY" >"$TMP/said" 2>&1 || { cat "$TMP/said"; return 1; }
	echo "$(cat "$TMP/said"), decided in $(($(now_ms) - began)) ms" | tee "$TMP/verdict"
}

#
# Is the judge awake? Histories that are made worse
#

# stale FILE: one read in the second half is told what was overwritten before it began, by
# one revision
stale()
{
	awk 'NR == FNR {
			n = NR
			if ($4 != "read" && $7 == "ok" && $8 != "-") {
				ret[$8] = $2
				value[$8] = $6
			}
			next
		}
		!done && FNR > n / 2 && $4 == "read" && $8 in ret && ret[$8] < $1 && $8 - 1 in value {
			$6 = value[--$8]
			done = 1
		}
		{ print }
		END { exit !done }' "$1" "$1"
}

# forgetful FILE: one write in the second half, though acknowledged, never was: nobody read
# it, and what came later has the revisions as if without it. The one after it is known,
# too: else it could have come in the place of that.
forgetful()
{
	awk 'NR == FNR {
			n = NR
			if ($4 != "read" && $7 == "ok" && $8 != "-")
				changed[$8]
			next
		}
		!lost && FNR > n / 2 && $4 == "write" && $8 in changed && $8 + 1 in changed {
			lost = $8
			at = FNR
		}
		END { print lost + 0, at + 0 }' "$1" "$1" >"$TMP/lost" &&
	awk 'NR == FNR { lost = $1; at = $2; next }
		FNR == at { print; next }
		$8 == lost { next }
		$8 != "-" && $8 > lost { $8-- }
		$4 == "cas" && $5 >= lost { $5-- }
		{ print }
		END { exit !lost }' "$TMP/lost" "$1"
}

# condemned HOW: the history is not linearizable any more when it was made worse like that
condemned()
{
	local status=0

	"$1" "$HISTORY" >"$TMP/spoilt" || return 1
	"$LINCHECK" "$TMP/spoilt" >"$TMP/said" 2>&1 || status=$?
	cat "$TMP/said"
	[ $status -eq 1 ] && grep -q "not linearizable" "$TMP/said"
}
