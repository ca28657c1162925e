/* SPDX-License-Identifier: GPL-2.0 */
/* The value: sending it to the module. */
#ifndef RAFTCTL_VALUE_H
#define RAFTCTL_VALUE_H

#include <stdbool.h>
#include <stdint.h>
#include <linux/types.h>
#include "nl.h"

bool value_put(const char *text, const __u64 *expect, uint32_t timeout_ms,
	       struct nl_result *result);

#endif /* RAFTCTL_VALUE_H */
