/*
 * timer - times in milliseconds, for libevent and in words.
 */
#ifndef TIMER_H
#define TIMER_H

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/time.h>

#include <event2/event.h>

#include "base/monotonic.h"

#define TIMER_TEXT_MAX	32

static inline struct timeval
timer_timeval(uint64_t ms)
{
	return (struct timeval){ .tv_sec = (time_t)(ms / 1000),
	    .tv_usec = (suseconds_t)(ms % 1000 * 1000) };
}

/* Let it fire once after ms; again if it runs already. Returns 0 or -1. */
static inline int
timer_start(struct event *timer, uint64_t ms)
{
	struct timeval tv = timer_timeval(ms);

	return event_add(timer, &tv);
}

/*
 * What is left of limit_ms, which began at begun_ms of monotonic_ms();
 * UINT64_MAX, no limit, stays that.
 */
static inline uint64_t
timer_left(uint64_t limit_ms, uint64_t begun_ms)
{
	uint64_t passed = monotonic_ms() - begun_ms;

	if (limit_ms == UINT64_MAX)
		return limit_ms;
	return limit_ms > passed ? limit_ms - passed : 0;
}

/* "30 s", "1500 ms" */
static inline void
timer_text(uint64_t ms, char out[static TIMER_TEXT_MAX])
{
	if (ms % 1000 == 0)
		snprintf(out, TIMER_TEXT_MAX, "%" PRIu64 " s", ms / 1000);
	else
		snprintf(out, TIMER_TEXT_MAX, "%" PRIu64 " ms", ms);
}

#endif
