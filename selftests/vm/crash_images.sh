#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Whatever sectors a crash leaves on the stores, no acknowledged write is lost: three
# durable nodes in a virtual machine write, every write of their stores is logged,
# and what a loss of power can leave at every moment of that is judged.
#
# Usage: crash_images.sh [--kernel 6.1|6.12] [--seconds SECONDS] [--images N] [--seed SEED]
#                        [--out DIR]
#
# It is written for that many seconds (60); the seed says what happens meanwhile, and
# which sectors land. At least N images are judged (50000). DIR keeps the logs of the
# stores' writes, with which any image can be had again. The last line says how many
# were judged and how many were lost; exit status 0 means that none was, of at
# least 10000.

. "$(dirname "$0")/lib.sh"

KERNEL=6.12
WRITE_SECONDS=60
IMAGES=50000
SEED=$RANDOM
OUT=
ENOUGH_IMAGES=10000
ENOUGH_WRITES=1500
PLAN=8
NOTHING="0 images, 0 lost"
SAID=$NOTHING

while [ $# -gt 0 ]; do
	case $1 in
	--kernel)	KERNEL=${2-} ;;
	--seconds)	WRITE_SECONDS=${2-} ;;
	--images)	IMAGES=${2-} ;;
	--seed)		SEED=${2-} ;;
	--out)		OUT=${2-} ;;
	*)		sed -n '/^# Usage:/,/^$/ s/^# \{0,1\}//p' "$0"; exit 2 ;;
	esac
	shift 2
done

JUDGE=$SELFTESTS/core/build/fast/images
KEEP=$OUT
[ -n "$OUT" ] || OUT=$(mktemp -d "${TMPDIR:-/tmp}/raftval-crash-XXXXXX") || exit
mkdir -p "$OUT" || exit
OUT=$(realpath "$OUT")
LOGS=("$OUT/log1" "$OUT/log2" "$OUT/log3")

# shellcheck disable=SC2317 # called by a trap
finish()
{
	local status=$?

	trap - EXIT INT TERM
	stop_hosts
	[ ! -e "$SET/console1" ] || cp "$SET/console1" "$OUT"
	rm -rf "$TMP"
	verdict && [ $status -eq 0 ]
	status=$?
	if [ $status -eq 0 ] && [ -z "$KEEP" ]; then
		rm -rf "$OUT"
	else
		note "logs are in $OUT"
	fi
	echo "$SAID"
	exit $status
}

start()
{
	local log disk=()

	for log in "${LOGS[@]}"; do
		disk+=(--disk "$log,1G")
	done
	start_hosts "$KERNEL" 1 "${disk[@]}" \
		--add "$SELFTESTS/acks:/selftests/acks" --add "$SELFTESTS/devio:/selftests/devio" \
		--add "$SELFTESTS/lib.sh:/selftests/lib.sh" --add "$SELFTESTS/tap.sh:/selftests/tap.sh" \
		--add "$SELFTESTS/cluster.sh:/selftests/cluster.sh" \
		--add "$SELFTESTS/vm/crash_record.sh:/selftests/crash_record.sh"
}

record()
{
	"$VM" exec -t $((WRITE_SECONDS + 120)) "$SET" 1 \
		"/selftests/crash_record.sh $WRITE_SECONDS $SEED" >"$OUT/record.log" 2>&1 &&
		return
	cat "$OUT/record.log"
	return 1
}

# It has status 0 only if no image is lost.
judge()
{
	local status=0

	"$JUDGE" --seed "$SEED" --images "$IMAGES" "${LOGS[@]}" >"$OUT/images.log" 2>&1 || status=$?
	cat "$OUT/images.log"
	SAID=$(grep -xE '[0-9]+ images, [0-9]+ lost' "$OUT/images.log") || SAID=$NOTHING
	return $status
}

enough()
{
	local writes

	writes=$(awk '/^# store/ { n += $4 } END { print n + 0 }' "$OUT/images.log")
	echo "$writes writes, $SAID"
	[ "$writes" -ge $ENOUGH_WRITES ] && [ "${SAID%% *}" -ge $ENOUGH_IMAGES ]
}

# finds FAULT: the judge can fail
finds()
{
	local status=0

	"$JUDGE" --seed "$SEED" --images 1 --break "$1" "${LOGS[@]}" >"$OUT/$1.log" 2>&1 || status=$?
	cat "$OUT/$1.log"
	[ $status -eq 1 ] && grep -qE '^[0-9]+ images, [1-9][0-9]* lost$' "$OUT/$1.log"
}

trap finish EXIT
trap 'exit 1' INT TERM
echo "TAP version 13"
echo "1..$PLAN"
note "seed $SEED"
{ make -s -C "$SELFTESTS" && make -s -C "$SELFTESTS/core" images; } >"$TMP/log" 2>&1 ||
	{ note "$(cat "$TMP/log")"; die "the helpers can not be built"; }
start || die "no virtual machine"
check "three durable members are recorded" record
check "no kernel complained" "$VM" check "$SET"
note "$(grep acknowledged "$OUT/record.log" | sed 's/^# //')"
stop_hosts
# Not to be stopped again: its process ids may be others' by then.
rm -f "$SET/hosts"
check "no image is lost" judge
note "$(sed -n "s|^# \([^i ]\)|\1|p" "$OUT/images.log")"
check "there were enough writes and images" enough
check "a write that comes late is found" finds late
check "one that never comes is found" finds drop
check "a disk that goes back is found" finds old
check "a single image can be had again" "$JUDGE" --seed "$SEED" --image 100.1 "${LOGS[@]}"
