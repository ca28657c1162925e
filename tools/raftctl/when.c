// SPDX-License-Identifier: GPL-2.0
/* Times as people and programs read them. */
#include <stdio.h>
#include <time.h>
#include "when.h"

/**
 * when_now() - the time
 *
 * Return: microseconds since 1970.
 */
long long when_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

/**
 * when_text() - a time as ISO 8601 has it, local
 * @us: microseconds since 1970
 * @digits: of the fraction of a second, %WHEN_MS or %WHEN_US
 *
 * Return: the text, good until the next call.
 */
const char *when_text(long long us, int digits)
{
	static char text[64];
	time_t s = us / 1000000;
	char date[40];
	struct tm tm;

	us %= 1000000;
	localtime_r(&s, &tm);
	strftime(date, sizeof(date), "%FT%T", &tm);
	snprintf(text, sizeof(text), "%s.%0*lld", date, digits,
		 digits == WHEN_MS ? us / 1000 : us);
	return text;
}
