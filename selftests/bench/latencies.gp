# SPDX-License-Identifier: GPL-2.0
#
# How many of the samples of each of the rows took no longer than so long. Reads what
# flatten.awk says from the file from, and writes the file to.

set terminal svg size 1000,600 dynamic background "white"
set output to
set title "Latency, share of samples that took no longer"
set xlabel "microseconds"
set logscale x
set yrange [0:1]
set grid xtics mxtics ytics
set key outside right top noenhanced
of(row) = sprintf("< awk -v row=%s '$2 == row { print $4 / 1000 }' '%s'", row, from)
label(row) = row[1:strlen(row) - strlen(".latency")]
plot for [row in rows] of(row) using 1:(1) smooth cnormal linewidth 2 title label(row)
