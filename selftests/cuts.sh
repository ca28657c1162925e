#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Random links are cut and healed, each direction by itself, while all three hosts write.
# In the end all are equal, and no write was lost or applied twice.
#
# Usage: cuts.sh [SECONDS [SEED]]

. "$(dirname "$0")/lib.sh"

SECONDS_TO_RUN=${1:-20}
SEED=${2:-$RANDOM}

# One random thing happens to the network.
meddle()
{
	local a=$((RANDOM % 3 + 1)) b

	b=$(((a + RANDOM % 2) % 3 + 1))
	case $((RANDOM % 6)) in
	0 | 1)	cut_link $a $b ;;
	2)	isolate $a ;;
	3)	mend_link $a $b ;;
	*)	heal ;;
	esac
}

wait_writers()
{
	local i

	for i in 1 2 3; do
		wait "${writers[i]}" || { cat "$TMP/writer$i.err"; return 1; }
	done
}

# Each acknowledged write made a change, and no write made two.
exactly_once()
{
	local made=$(($(attr 1 revision) - first)) acknowledged possible

	read -r acknowledged possible <<<"$(awk '{ a += $1; p += $2 } END { print a, p }' "$TMP"/writer?)"
	echo "$acknowledged acknowledged, $made made, $possible possible" | tee "$TMP/count"
	[ "$acknowledged" -gt 0 ] && [ "$acknowledged" -le "$made" ] && [ "$made" -le "$possible" ]
}

plan 8

note "$SECONDS_TO_RUN seconds, seed $SEED"
RANDOM=$SEED
make_cluster 3
put 1 begin
for i in 1 2 3; do
	echo 2000 >"/sys/class/raftval/raftval-n$i/op_timeout_ms"
done
first=$(attr 1 revision)
for i in 1 2 3; do
	writer "$(device $i)" "host $i, write" "$TMP/stop" >"$TMP/writer$i" 2>"$TMP/writer$i.err" &
	writers[i]=$!
done
end=$(($(now_ms) + SECONDS_TO_RUN * 1000))
while [ "$(now_ms)" -lt $end ]; do
	meddle
	sleep "0.$((RANDOM % 10))"
done
heal
check "when healed, one host leads" wait_for 30 leader 1 2 3
touch "$TMP/stop"
check "the writers met no other error than they may" wait_writers
check "all hosts come to one index and term" wait_for 30 settled 1 2 3
check "one value and one revision" equal 1 2 3
check "no write was lost or applied twice" exactly_once
check "a write goes through" put 2 end
check "and is read everywhere" holds end 1 2 3
check "none has found that it diverged" same "0 0 0" \
	"$(attr 1 stats/diverged) $(attr 2 stats/diverged) $(attr 3 stats/diverged)"
note "$(cat "$TMP/count")"
