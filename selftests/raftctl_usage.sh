#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# raftctl: what is not understood has status 2 and does nothing, a token with a typo is
# told, and what is asked of the value, the log and the news is answered.

. "$(dirname "$0")/lib.sh"

COMMANDS="create join leave up down status peer transfer log get put cas wait monitor token key
store help"

# misused TEXT ARGUMENT...: raftctl does not understand them, and says so.
misused()
{
	check "$1 is not understood" refused_usage "${@:2}"
}

refused_usage()
{
	local status=0

	on 1 timeout 20 raftctl "$@" >"$TMP/said" 2>"$TMP/why" </dev/null || status=$?
	cat "$TMP/why"
	same 2 $status && [ ! -s "$TMP/said" ] && grep -q '^raftctl' "$TMP/why"
}

explained()
{
	local command

	for command in $COMMANDS; do
		raftctl "$command" --help >"$TMP/help" || return 1
		raftctl help "$command" | cmp - "$TMP/help" || return 1
		echo "$command:"
		grep "^Usage: raftctl $command" "$TMP/help" || return 1
		grep "^Examples:" "$TMP/help" || return 1
		raftctl --help | grep "^  $command " || return 1
	done
}

# typos TOKEN: a wrong digit, and two neighbours swapped, is refused: here every seventh, all
# over the token.
typos()
{
	local token=$1 i wrong a b

	for ((i = 3; i < ${#token}; i += 7)); do
		a=${token:i:1}
		b=${token:i-1:1}
		wrong=${token:0:i}$([ "$a" = 7 ] && echo 8 || echo 7)${token:i+1}
		refused_token "$wrong" || return 1
		[ "$a" != "$b" ] || continue
		refused_token "${token:0:i-1}$a$b${token:i+1}" || return 1
	done
	refused_token "${token%?}" && refused_token "${token}0" && refused_token ""
}

refused_token()
{
	refused 1 'the token has a typo' on 1 raftctl -n other join 192.0.2.1 --volatile --token "$1"
}

plan 59

make_cluster 1 "${CALM[@]}"
token=$(ctl 1 token)

check "every command explains itself" explained
misused "no command"
misused "an unknown command" frobnicate
misused "an unknown option" --frobnicate status
misused "an option of another command" status --listen 192.0.2.1
misused "an option without its argument" status -n
misused "too much" -n n1 status more
misused "create without an address" -n other create --volatile
misused "create without a store" -n other create --listen 192.0.2.1:7500
misused "create with a store and none" -n other create --listen 192.0.2.1:7500 \
	--store "$TMP/store" --volatile
misused "create with a store that is none" -n other create --listen 192.0.2.1:7500 --store PATH
misused "to start a volatile node with the host" -n other create --listen 192.0.2.1:7500 \
	--volatile --boot
misused "a time that is no number" -n other create --listen 192.0.2.1:7500 --heartbeat soon
misused "a negative time" -n other create --listen 192.0.2.1:7500 --election -5
misused "a size beyond all numbers" -n other create --listen 192.0.2.1:7500 \
	--value-max 99999999999
misused "join without an address" -n other join --token "$token"
misused "join without a token" -n other join 192.0.2.1
misused "join with a token and a key file" -n other join 192.0.2.1 --volatile --token "$token" \
	--key-file -
misused "join without a store" -n other join 192.0.2.1 --token "$token"
misused "a timeout of nothing" -n n1 leave --timeout 0
misused "a timeout that is no number" -n n1 leave --timeout soon
misused "peer without a verb" -n n1 peer
misused "peer with an unknown verb" -n n1 peer promote host1
misused "peer remove without a member" -n n1 peer remove
misused "up of all and of one" up --all "$TMP/store"
misused "up of all with the key of one" up --all --key-file "$TMP/key"
misused "up of all without a key" up --all --insecure
misused "down of all and of one" -n n1 down --all
misused "key with an unknown verb" -n n1 key forget
misused "key accept without a key" -n n1 key accept
misused "key rotate with a token" -n n1 key rotate --token "$token"
misused "key switch with what only drop has" -n n1 key switch --force
misused "store without a verb" store
misused "store with an unknown verb" store repair "$TMP/store"
misused "store without a store" store info
misused "store check with what only info has" store check --records "$TMP/store"
misused "put without a value" -n n1 put
misused "cas without a value" -n n1 cas 1
misused "cas without a revision" -n n1 cas one value
misused "wait without what for" -n n1 wait
misused "wait for two things" -n n1 wait --value --role leader
misused "wait for a role that is none" -n n1 wait --role king
misused "wait for a revision that is none" -n n1 wait --revision one
misused "log with a count that is no number" -n n1 log --count many
check "none of it made a node" [ ! -e /dev/raftval-other ]

check "a token with a typo is told" typos "$token"
echo "$token" >"$TMP/key"
chmod 640 "$TMP/key"
check "a key file for others, too, is refused" refused 1 'chmod 600' on 1 raftctl -n other join \
	192.0.2.1 --volatile --key-file "$TMP/key"
chmod 600 "$TMP/key"
echo "$token" >>"$TMP/key"
check "so is one with a line that it can not have" refused 1 'line 2' on 1 raftctl -n other join \
	192.0.2.1 --volatile --key-file "$TMP/key"
echo "new $token" | sed 's/rv2/rv3/' >"$TMP/key"
check "and one without a token" refused 1 'line 1' on 1 raftctl -n other join \
	192.0.2.1 --volatile --key-file "$TMP/key"
check "capital letters are not a typo" refused 1 'label' on 1 raftctl -n other join \
	192.0.2.1 --token "${token^^}" --listen 192.0.2.1:7500 --label host1 --volatile

on 1 raftctl -n n1 monitor >"$TMP/news" &
wait_for 10 grep -q 'is leader' "$TMP/news"
is "the first write has revision 1" 1 "$(ctl 1 put first)"
is "a write at the right revision" 2 "$(ctl 1 cas 1 second)"
is "a write at another tells the right one" 2 "$(ctl 1 cas 1 third 2>/dev/null)"
is "the value with its revision" "2 second" "$(ctl 1 get --revision | tr '\n' ' ')"
is "and for programs" '{"revision":2,"len":6,"text":"second","hex":"7365636f6e64"}' \
	"$(ctl 1 -j get)"
head -c 4096 /dev/urandom >"$TMP/random"
is "a value from standard input" 3 "$(ctl 1 put - <"$TMP/random")"
ctl 1 get >"$TMP/back"
check "comes back as it was" cmp "$TMP/random" "$TMP/back"
is "the log has what was asked for, the newest first" "write cas cas write " \
	"$(ctl 1 log | awk '$3 ~ /write|cas/ { printf "%s ", $3 }')"
check "monitor tells of the last revision" wait_for 10 grep -q 'revision 3' "$TMP/news"
