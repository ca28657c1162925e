# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Checks that print TAP; to be sourced, by bash, into a test that has said in PLAN how
# many it makes and in TMP where there is room.

COUNT=0
FAILED=0

note()
{
	local line

	while IFS= read -r line; do
		echo "# $line"
	done <<<"$*"
}

# The test can not go on.
die()
{
	echo "Bail out! $*"
	exit 1
}

# check TEXT COMMAND...: passes if the command succeeds; shows what it said if not.
check()
{
	local text=$1 status=0

	shift
	"$@" >"$TMP/out" 2>&1 || status=$?
	COUNT=$((COUNT + 1))
	if [ $status -eq 0 ]; then
		echo "ok $COUNT $text"
		return
	fi
	FAILED=$((FAILED + 1))
	echo "not ok $COUNT $text"
	note "'$*' has status $status and said:"
	note "$(tail -n 20 "$TMP/out")"
}

# pass_over TEXT WHY: a check that can not be made here
pass_over()
{
	COUNT=$((COUNT + 1))
	echo "ok $COUNT $1 # SKIP $2"
}

# is TEXT WANTED GOT
is()
{
	check "$1" same "$2" "$3"
}

# refuses TEXT PATTERN COMMAND...: passes if the command has status 1 and says why in
# one line that matches.
refuses()
{
	local text=$1 pattern=$2

	shift 2
	check "$text" refused 1 "$pattern" "$@"
}

refused()
{
	local wanted=$1 pattern=$2 status=0

	shift 2
	"$@" >"$TMP/said" 2>&1 </dev/null || status=$?
	cat "$TMP/said"
	same "$wanted" "$status" || return 1
	[ "$(wc -l <"$TMP/said")" -eq 1 ] || { echo "not one line"; return 1; }
	grep -qE -- "$pattern" "$TMP/said" || { echo "no match for: $pattern"; return 1; }
}

# verdict: the exit status of the whole test
verdict()
{
	if [ $COUNT -ne "$PLAN" ]; then
		echo "# $COUNT of $PLAN checks were made"
		return 1
	fi
	[ $FAILED -eq 0 ]
}
