# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the commands in this directory share; to be sourced, by bash.
#
# Everything that is downloaded or compiled lives under one cache directory,
# ${RAFTVAL_CACHE:-$HOME/.cache/raftval}. It may be removed at any time when no
# VM runs: each command makes again what it misses.

# The directory's commands call each other through this.
# shellcheck disable=SC2034
VM_DIR=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
CACHE=${RAFTVAL_CACHE:-$HOME/.cache/raftval}

die()
{
	echo "${0##*/}: $*" >&2
	exit 1
}

# The comment at the head of a command is its manual.
usage()
{
	sed -n '/^# Usage:/,/^$/ { /^#/ { s/^# \{0,1\}//; p } }' "$0" >&2
	exit 2
}

need()
{
	local c

	for c; do
		command -v "$c" >/dev/null || die "needs the program '$c'"
	done
}

# What a kernel says when it is not well.
COMPLAINTS='BUG:|WARNING:|KASAN|KCSAN|UBSAN|ODEBUG|DEBUG_LOCKS|possible .* dependency'
COMPLAINTS+='|Oops|Call Trace|INFO: task .* blocked|Kernel panic|general protection'
COMPLAINTS+='|rcu.*(stall|detected)|refcount_t:|unreferenced object|Attempted to kill init'

# complaints CONSOLE [BYTE]: the first of these from BYTE on; true if there is any.
complaints()
{
	tail -c "+$((${2:-0} + 1))" "$1" | grep -E -m 10 "$COMPLAINTS" | sed "s/^/${1##*/}: /"
}

# kernel_dir KERNEL: where vmlinuz, release and modules are. Besides the names that
# fetch knows it may be any directory of that shape.
kernel_dir()
{
	case $1 in
	*/*)	realpath -e "$1" ;;
	*)	"$VM_DIR/fetch" "$1" ;;
	esac
}

# One writer at a time per thing made in the cache; readers need no lock, since
# everything appears there by rename. Held until the calling shell exits.
cache_lock()
{
	mkdir -p "$CACHE"
	exec 9>"$CACHE/.lock-$1"
	flock 9
}

# tool NAME [CFLAGS...]: the path of the compiled NAME.c, compiled when the
# source, or how to compile it, changed.
tool()
{
	local src=$VM_DIR/$1.c name=$1 sum bin

	shift
	sum=$( (echo "$*"; cat "$src") | sha256sum | cut -c1-16)
	bin=$CACHE/tools/$name-$sum
	if [ ! -x "$bin" ]; then
		mkdir -p "$CACHE/tools"
		"${CC:-gcc}" -O2 -Wall -Wextra -Werror "$@" -o "$bin.$$" "$src" ||
			die "cannot compile $name.c"
		mv "$bin.$$" "$bin"
	fi
	echo "$bin"
}
