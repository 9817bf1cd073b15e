#include "base/histogram.h"

/*
 * Below HISTOGRAM_STEPS a bucket is one unit wide. Above, a time is
 * shifted until it has no more than eight bits; seven of them are the step.
 */
static unsigned
bucket_of(uint64_t time)
{
	unsigned shift = 0;

	if (time < HISTOGRAM_STEPS)
		return (unsigned)time;
	shift = 56 - (unsigned)__builtin_clzll(time);
	return shift * HISTOGRAM_STEPS + (unsigned)(time >> shift);
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
histogram_add(struct histogram *h, uint64_t time)
{
	h->buckets[bucket_of(time)]++;
	h->count++;
	if (h->max < time)
		h->max = time;
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

uint64_t
histogram_between(const struct histogram *h, uint64_t first, uint64_t end)
{
	uint64_t n = 0;

	/* A power of two begins a bucket. */
	for (unsigned i = bucket_of(first); i < bucket_of(end); i++)
		n += h->buckets[i];
	return n;
}
