#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A change of the role or the leader raises a uevent that names both.

. "$(dirname "$0")/lib.sh"

# told HOST WHAT: a uevent of its node's has said so
told()
{
	grep -q "change@.*raftval-n$1 .*$2" "$TMP/uevents"
}

# Who leads may be another one by the time that it is looked for.
leader_is_told()
{
	local host

	host=$(leader "$@") && told "$host" ROLE=leader
}

follower_is_told()
{
	local host label

	host=$(not_leader "$@") && label=$(attr "$host" leader) && [ -n "$label" ] &&
		told "$host" "LEADER=$label"
}

plan 4

uevents raftval >"$TMP/uevents" &
wait_for 10 grep -q listening "$TMP/uevents"
make_cluster 3
check "the first leader is told" wait_for 10 leader_is_told 1 2 3
old=$(leader 1 2 3) || die "no leader"
rest=$(without "$old" 1 2 3)
isolate "$old"
# shellcheck disable=SC2086
wait_for 10 settled $rest || die "no new leader"
# shellcheck disable=SC2086
check "the new leader is told" wait_for 10 leader_is_told $rest
# shellcheck disable=SC2086
check "a follower is told whom it follows" wait_for 10 follower_is_told $rest
check "the old leader is told that it is none" \
	wait_for 10 told "$old" ROLE=follower
