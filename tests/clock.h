/*
 * clock - the time of day as a test program wants it. Included by one file
 * of it, which is linked with
 *
 *	-Wl,--wrap=clock_gettime
 *
 * What a test has just made is young, and nothing that is young is relied on.
 * With the clock an hour ahead it is old; nobody has to wait.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <time.h>

#define CLOCK_HOUR	3600

static time_t clock_ahead_s = CLOCK_HOUR;

int	__real_clock_gettime(clockid_t clock, struct timespec *ts);
int	__wrap_clock_gettime(clockid_t clock, struct timespec *ts);

int
__wrap_clock_gettime(clockid_t clock, struct timespec *ts)
{
	int result = __real_clock_gettime(clock, ts);

	if (clock == CLOCK_REALTIME)
		ts->tv_sec += clock_ahead_s;
	return result;
}

#endif
