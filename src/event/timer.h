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
