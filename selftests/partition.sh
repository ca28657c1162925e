#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The minority side of a cut refuses reads and writes in the time set; the majority goes
# on; when the cut is healed all are equal.

. "$(dirname "$0")/lib.sh"

plan 12

make_cluster 3
put 1 before
cut_off=$(leader 1 2 3)
rest=$(without "$cut_off" 1 2 3)
read -r one other <<<"${rest//$'\n'/ }"
ctl "$cut_off" status >/dev/null
isolate "$cut_off"
check "the majority elects a leader" wait_for 10 settled "$one" "$other"
check "and goes on" put "$one" during

echo 1000 >"/sys/class/raftval/raftval-n$cut_off/op_timeout_ms"
start=$(now_ms)
is "a write on the minority side" "write ETIMEDOUT" "$(devio "$(device "$cut_off")" write lost)"
took=$(($(now_ms) - start))
check "took about the second that was set, not $took ms" [ $took -ge 900 -a $took -lt 4000 ]
is "a read there does not tell the old value" "read ETIMEDOUT" \
	"$(devio "$(device "$cut_off")" read 100)"
is "the local value may be old" before "$(ctl "$cut_off" get --local)"
check "the old leader has stepped down" wait_for 10 not attr_is "$cut_off" role leader
is "where no leader is known, O_NONBLOCK says so at once" "$(printf 'nonblock 0\nwrite EAGAIN')" \
	"$(devio "$(device "$cut_off")" nonblock write never)"

heal
check "after the cut all follow one leader" wait_for 20 settled 1 2 3
check "all hold one value at one revision" wait_for 10 equal 1 2 3
check "a write goes through" put "$cut_off" after
check "and is read everywhere" holds after 1 2 3
