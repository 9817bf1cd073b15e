#include "histogram.h"

/*
 * Below HISTOGRAM_STEPS a bucket is one nanosecond wide. Above, a time is
 * shifted until it has no more than eight bits; seven of them are the step.
 */
static unsigned
bucket_of(uint64_t ns)
{
	unsigned shift = 0;

	if (ns < HISTOGRAM_STEPS)
		return (unsigned)ns;
	shift = 56 - (unsigned)__builtin_clzll(ns);
	return shift * HISTOGRAM_STEPS + (unsigned)(ns >> shift);
}

/* The largest time in a bucket. */
static uint64_t
end_of(unsigned bucket)
{
	unsigned shift;

	if (bucket < 2 * HISTOGRAM_STEPS)
		return bucket;
	shift = bucket / HISTOGRAM_STEPS - 1;
	return (((uint64_t)bucket % HISTOGRAM_STEPS + HISTOGRAM_STEPS + 1) <<
	    shift) - 1;
}

void
histogram_add(struct histogram *h, uint64_t ns)
{
	h->buckets[bucket_of(ns)]++;
	h->count++;
	if (h->max < ns)
		h->max = ns;
}

uint64_t
histogram_at(const struct histogram *h, double share)
{
	uint64_t wanted = (uint64_t)(share * (double)h->count + 0.999999);
	uint64_t seen = 0;

	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += h->buckets[i];
		if (seen >= wanted && seen > 0)
			return end_of(i) < h->max ? end_of(i) : h->max;
	}
	return h->max;
}
