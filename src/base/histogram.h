/*
 * histogram - counts times, and says below which one a share of them is.
 * Pure.
 *
 * Times are sorted into buckets whose width is less than a hundredth of the
 * time, so that hours and nanoseconds need the same few kilobytes. They are in
 * whatever unit they were added in.
 */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_STEPS		128	/* buckets for each power of two */
#define HISTOGRAM_BUCKETS	(58 * HISTOGRAM_STEPS)

struct histogram {
	uint64_t count;
	uint64_t max;
	uint64_t buckets[HISTOGRAM_BUCKETS];
};

void		histogram_add(struct histogram *h, uint64_t time);

/*
 * The time at or below which that share of all times is.
 *
 * share	0.5 is the median
 *
 * Returns 0 when nothing was counted.
 */
uint64_t	histogram_at(const struct histogram *h, double share);

/*
 * How many times are in [first, end), where each of both is 0 or a power of
 * two.
 */
uint64_t	histogram_between(const struct histogram *h, uint64_t first,
		    uint64_t end);

#endif
