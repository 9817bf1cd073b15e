/*
 * histogram - counts times, and says below which one a share of them is.
 *
 * Times are sorted into buckets whose width is less than a hundredth of the
 * time, so that hours and nanoseconds need the same few kilobytes.
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

void		histogram_add(struct histogram *h, uint64_t ns);

/*
 * The time at or below which that share of all times is, in nanoseconds.
 *
 * share	0.5 is the median
 *
 * Returns 0 when nothing was counted.
 */
uint64_t	histogram_at(const struct histogram *h, double share);
#endif
