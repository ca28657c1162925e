/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Write logs of three members that run in this process, in virtual time: what a
 * recording in a virtual machine would be, and hosts that lose power on top.
 */
#ifndef SYNTH_H
#define SYNTH_H

#include "tape.h"

void synth_write(char *const path[TAPE_STORES], u64 seed, u64 writes);

#endif /* SYNTH_H */
