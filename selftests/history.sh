# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What programs on all hosts of a cluster were told, and what becomes of the cluster that
# they ask; to be sourced, by bash, after cluster.sh and tap.sh. Who does so says in
# HISTORY where the operations are recorded, in COUNTS how many there are, as history.c and
# soak.c do, in PID who records them, in LINCHECK what judges them, in HOSTS how many hosts
# there are, and in WELL the seconds by when all is well after all was healed.

# Of the program that records.
PID=

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

# How many of each host were acknowledged.
of_each()
{
	sed -n 2p "$COUNTS"
}

# each_more_than COUNT...: of each host's operations so many were acknowledged
each_more_than()
{
	local -a now
	local i

	read -ra now <<<"$(of_each)"
	echo "acknowledged of each: ${now[*]}"
	for ((i = 0; i < HOSTS; i++)); do
		[ "${now[i]}" -gt $(($1 + 20)) ] || return 1
		shift
	done
}

quiet()
{
	grep -q quiet "$COUNTS"
}

stop_recording()
{
	local status=0

	kill "$PID" && wait "$PID" || status=$?
	PID=
	cat "$TMP/history.log"
	return $status
}

# well HOST...: all are what they were made as, and none has seen two states
well()
{
	local i

	equal "$@" || return 1
	for i; do
		same "running 0" "$(attr "$i" state stats/diverged | tr '\n' ' ' | sed 's/ $//')" &&
			same "$HOSTS" "$(attr "$i" members | wc -l)" || return 1
	done
}

# Each that was acknowledged made a revision.
none_lost()
{
	local changes revision

	changes=$(awk '$4 != "read" && $7 == "ok"' "$HISTORY" | wc -l)
	revision=$(attr 1 revision)
	echo "revision $revision, $changes changes acknowledged"
	[ "$revision" -ge "$changes" ]
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
				changed[$8] = 1
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
		$8 != "-" && $8 > lost { $8 -= 1 }
		$4 == "cas" && $5 >= lost { $5 -= 1 }
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
