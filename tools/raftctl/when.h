/* SPDX-License-Identifier: GPL-2.0 */
/* Times as people and programs read them. */
#ifndef RAFTCTL_WHEN_H
#define RAFTCTL_WHEN_H

#define WHEN_MS	3
#define WHEN_US	6

long long when_now(void);
const char *when_text(long long us, int digits);

#endif /* RAFTCTL_WHEN_H */
