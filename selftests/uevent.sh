#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A change of the role or the leader raises a uevent that names both.

. "$(dirname "$0")/lib.sh"

plan 4

uevents raftval >"$TMP/uevents" &
wait_for 10 grep -q listening "$TMP/uevents"
make_cluster 3
old=$(leader 1 2 3)
rest=$(without "$old" 1 2 3)
check "the first leader is told" \
	wait_for 5 grep -q "change@.*raftval-n$old .*ROLE=leader" "$TMP/uevents"
isolate "$old"
# shellcheck disable=SC2086
wait_for 10 settled $rest || die "no new leader"
# shellcheck disable=SC2086
new=$(leader $rest)
check "the new leader is told" \
	wait_for 5 grep -q "change@.*raftval-n$new .*ROLE=leader" "$TMP/uevents"
# shellcheck disable=SC2086
follower=$(not_leader $rest)
label=$(attr "$follower" leader)
check "a follower is told whom it follows" \
	wait_for 5 grep -q "change@.*raftval-n$follower .*LEADER=$label" "$TMP/uevents"
check "the old leader is told that it is none" \
	wait_for 10 grep -q "change@.*raftval-n$old .*ROLE=follower" "$TMP/uevents"
