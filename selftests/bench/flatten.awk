# SPDX-License-Identifier: GPL-2.0
#
# Of what bench_guest.sh says, a line for each sample: a number that keeps rows in their
# order, the row, the round, the value.

$1 == "row" {
	row = $2
	round = $3
	next
}

/^(latency|rate|cpu|share|memory) [0-9.-]+$/ && row {
	name = row "." $1
	if (!(name in order))
		order[name] = ++n
	print order[name], name, round, $2
	next
}

{
	row = ""
}
