/*
 * clock - the clocks as a test program wants them. Included by one file of
 * it, which is linked with
 *
 *	-Wl,--wrap=clock_gettime
 *
 * What a test has just made is young, and nothing that is young is relied on.
 * With the time of day an hour ahead it is old; nobody has to wait.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdbool.h>
#include <time.h>

#define CLOCK_HOUR	3600

static time_t clock_ahead_s = CLOCK_HOUR;	/* the time of day */
static time_t clock_later_s;			/* and all other clocks */
static bool clock_stands;	/* no time passes, however busy it is here */

int	__real_clock_gettime(clockid_t clock, struct timespec *ts);
int	__wrap_clock_gettime(clockid_t clock, struct timespec *ts);

int
__wrap_clock_gettime(clockid_t clock, struct timespec *ts)
{
	int result = __real_clock_gettime(clock, ts);

	if (clock_stands && clock == CLOCK_MONOTONIC)
		*ts = (struct timespec){ .tv_sec = 1000 };
	ts->tv_sec += clock == CLOCK_REALTIME ? clock_ahead_s : clock_later_s;
	return result;
}

#endif
