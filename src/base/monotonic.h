/*
 * monotonic - a clock that only goes forward, from an unknown begin.
 */
#ifndef MONOTONIC_H
#define MONOTONIC_H

#include <stdint.h>
#include <time.h>

/* Microseconds. */
static inline uint64_t
monotonic_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

/* Milliseconds. */
static inline uint64_t
monotonic_ms(void)
{
	return monotonic_us() / 1000;
}

#endif
