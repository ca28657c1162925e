# SPDX-License-Identifier: GPL-2.0
#
# What is made of samples. Reads what flatten.awk says, sorted by all of its fields.
#
# Variables: json	1: say it for programs
#	     kernel	which it was
#
# Percentiles are those of a round, and their medians over the rounds are told; so are the
# medians of ratios, which are those of what was measured in the same round. Of fewer than
# 100 samples there is no 99th percentile.

BEGIN {
	split("us /s us % KiB", unit_of)
	split("latency rate cpu share memory", kinds)
	split("1000 1 1000 1 1024", divisor)
	for (i in kinds)
		kind_of[kinds[i]] = i
	seals[1] = "insecure"
	seals[2] = "sealed"
}

function end_of_round()
{
	if (!count)
		return
	p50[name, round] = sample[int((count + 1) / 2)]
	if (count >= 100)
		p99[name, round] = sample[int((count * 99 + 99) / 100)]
	samples[name] += count
	if (round > rounds)
		rounds = round
	count = 0
}

$2 != name || $3 != round {
	end_of_round()
	if ($2 != name)
		rows[++n_rows] = $2
	name = $2
	round = $3
}

{
	sample[++count] = $4
}

# Sorts the n values of list.
function median(n, i, j, t)
{
	for (i = 2; i <= n; i++)
		for (j = i; j > 1 && list[j - 1] > list[j]; j--) {
			t = list[j]
			list[j] = list[j - 1]
			list[j - 1] = t
		}
	return (list[int((n + 1) / 2)] + list[int(n / 2) + 1]) / 2
}

# What was measured of a row: the median over rounds, or "" if it was not.
function over_rounds(of, row, r, n)
{
	n = 0
	for (r = 1; r <= rounds; r++)
		if ((row, r) in of)
			list[++n] = of[row, r]
	return n ? median(n) : ""
}

function shown(value)
{
	if (value == "")
		return json ? "null" : "-"
	if (value >= 100 || value <= -100)
		return sprintf("%.0f", value)
	return sprintf(value >= 10 ? "%.1f" : value >= 1 ? "%.2f" : "%.3f", value)
}

function show_row(row, kind, i, low, high)
{
	kind = row
	sub(/.*[.]/, "", kind)
	i = kind_of[kind]
	low = over_rounds(p50, row)
	high = over_rounds(p99, row)
	low = shown(low / divisor[i])
	high = shown(high == "" ? "" : high / divisor[i])
	if (json)
		printf "%s{\"row\": \"%s\", \"unit\": \"%s\", \"samples\": %d, \"p50\": %s, \"p99\": %s}",
			comma, row, unit_of[i], samples[row], low, high
	else
		printf "%-44s %4s %8d %10s %10s\n", row, unit_of[i], samples[row], low, high
	comma = ",\n"
}

# The form of a number: a over b + c, a less b, a in KiB, or the tail of a over that of b.
function in_round(form, a, b, c, r)
{
	if (!((a, r) in p50) || !((b, r) in p50))
		return ""
	if (form == "kib")
		return p50[a, r] / 1024
	if (form == "less")
		return p50[a, r] - p50[b, r]
	if (form == "tail" && (!((a, r) in p99) || !((b, r) in p99)))
		return ""
	if (form == "tail")
		return p99[a, r] / p50[a, r] / (p99[b, r] / p50[b, r])
	if (c == "")
		return p50[a, r] / p50[b, r]
	return ((c, r) in p50) ? p50[a, r] / (p50[b, r] + p50[c, r]) : ""
}

# The median over rounds; sets lowest and highest.
function measured(form, a, b, c, r, n, value)
{
	n = 0
	for (r = 1; r <= rounds; r++) {
		value = in_round(form, a, b, c, r)
		if (value != "")
			list[++n] = value
	}
	if (!n)
		return ""
	value = median(n)
	lowest = list[1]
	highest = list[n]
	return value
}

function span(value)
{
	if (value == "" || rounds == 1)
		return shown(value)
	return sprintf("%s (%s-%s)", shown(value), shown(lowest), shown(highest))
}

# In a and b a SEAL stands for both ways; without one there is one number.
function number(what, form, a, b, c, reach, aim, i, of_a, of_b, value, text)
{
	if (json)
		printf "%s{\"what\": \"%s\", \"reach\": %s, \"try\": %s", comma, what, reach, aim
	else
		printf "%-52s", what
	for (i = 1; i <= 2; i++) {
		of_a = a
		of_b = b
		gsub(/SEAL/, seals[i], of_a)
		gsub(/SEAL/, seals[i], of_b)
		value = i == 2 && of_a == a && of_b == b ? "" : measured(form, of_a, of_b, c)
		if (json)
			printf ", \"%s\": %s", seals[i], shown(value)
		else
			printf " %-22s", span(value)
	}
	if (json)
		printf "}"
	else
		printf " %6s %6s\n", reach, aim
	comma = ",\n"
}

function numbers(commit, many, ring)
{
	commit = "commit.SEAL.volatile.leader.64.latency"
	many = "throughput.SEAL.threads."
	ring = "throughput.SEAL.ring."
	number("commit on the leader / floor.thread", "", commit, "floor.thread.latency", "", 1.5, 1)
	number("commit, sealed / insecure", "", "commit.sealed.volatile.leader.64.latency",
	       "commit.insecure.volatile.leader.64.latency", "", 1.25, 1.15)
	number("commit on a follower / on the leader", "", "commit.SEAL.volatile.follower.64.latency",
	       commit, "", 2, 1.6)
	number("p99 / p50 of commit / that of floor.thread", "tail", commit, "floor.thread.latency",
	       "", 1.5, 1)
	number("durable commit / (floor.thread + floor.disk)", "",
	       "commit.SEAL.durable.leader.64.latency", "floor.thread.latency", "floor.disk.latency",
	       1.3, 1.1)
	number("durable commit / (floor.thread + floor.disks)", "",
	       "commit.SEAL.durable.leader.64.latency", "floor.thread.latency", "floor.disks.latency",
	       1.3, 1.1)
	number("throughput, 64 threads / 1", "", many "64.rate", many "1.rate", "", 8, 20)
	number("throughput, 64 in a ring / 1", "", ring "64.rate", ring "1.rate", "", 8, 20)
	number("throughput, 256 threads / etcd, 256 clients", "", many "256.rate",
	       "etcd.tmpfs.256.rate", "", 50, 200)
	number("throughput, 256 in a ring / etcd, 256 clients", "", ring "256.rate",
	       "etcd.tmpfs.256.rate", "", 50, 200)
	number("read on the leader / floor.thread", "", "read.SEAL.leader.latency",
	       "floor.thread.latency", "", 1.2, 1)
	number("mapping / floor.count", "", "local.map.latency", "floor.count.latency", "", 1.5, 1.1)
	number("idle processor, 1000 nodes, %", "less", "nodes.1000.share", "nodes.0.share", "", 10, 2)
	number("memory of a node of 1000, KiB", "kib", "nodes.1000.memory", "nodes.1000.memory", "",
	       256, 64)
}

END {
	end_of_round()
	if (json)
		printf "{\"kernel\": \"%s\", \"rounds\": %d, \"rows\": [\n", kernel, rounds
	else
		printf "%-44s %4s %8s %10s %10s\n", "", "", "samples", "p50", "p99"
	for (i = 1; i <= n_rows; i++)
		show_row(rows[i])
	comma = ""
	if (json)
		printf "\n], \"numbers\": [\n"
	else
		printf "\n%-52s %-22s %-22s %6s %6s\n", "", seals[1], seals[2], "reach", "try"
	numbers()
	if (json)
		printf "\n]}\n"
}
