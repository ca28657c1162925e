#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# How fast the device is
#
# Usage: device.sh [--kernel 6.1|6.12] [--rounds ROUNDS]
#
# One virtual machine, one processor, three volatile members in network namespaces. Rounds
# (5) are interleaved; the medians are compared: a read of 64 bytes from a mapping with one
# from memory behind a plain sequence count; sysfs "value" with "role"; a linearizable read on
# a follower with a round trip of UDP between the same two hosts; the rate of 64 writers with
# that of one.

. "$(dirname "$0")/lib.sh"

parse "$@"
start_guest speed devio --
in_guest device_guest.sh "$ROUNDS"
awk "$MEDIAN"'
	/^map/ { m++; map[m] = $2; plain[m] = $4 }
	/^first/ { s++; value[s] = $2; role[s] = $4 }
	/^read/ { r++; read[r] = $2 }
	/^udp/ { u++; udp[u] = $2 }
	/^one/ { o++; one[o] = $3 }
	/^many/ { w++; many[w] = $3 }
	END {
		if (!w)
			exit 1
		a = median(map, m); b = median(plain, m)
		printf "mapping %.1f ns, plain sequence count %.1f ns: %.2f\n", a, b, a / b
		a = median(value, s); b = median(role, s)
		printf "sysfs value %.2f us, role %.2f us: %.2f\n", a, b, a / b
		a = median(read, r); b = median(udp, u)
		printf "read on a follower %.0f us, UDP round trip %.0f us: %.2f\n", a, b, a / b
		a = median(many, w); b = median(one, o)
		printf "64 writers %.0f a second, one %.0f: %.1f\n", a, b, a / b
	}' "$TMP/said"
