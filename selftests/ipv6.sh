#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A cluster over IPv6.

. "$(dirname "$0")/lib.sh"

join6()
{
	ctl "$1" join "$2" --volatile --token "$(ctl 1 token)" --listen "fd00::$1" --label "host$1"
}

plan 6

make_hosts 3
check "the first host creates" ctl 1 create --volatile --listen fd00::1 --label host1 "${CALM[@]}"
check "the second joins" join6 2 fd00::1
check "the third joins, naming the port" join6 3 '[fd00::1]:7497'
check "they follow one leader" wait_for 20 settled 1 2 3
check "a write" put 3 six
check "is read on all" holds six 1 2 3
