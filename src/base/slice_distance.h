/*
 * slice_distance - how far two words are apart, for "did you mean".
 */
#ifndef SLICE_DISTANCE_H
#define SLICE_DISTANCE_H

#include "base/slice.h"

#define SLICE_DISTANCE_MAX	63	/* longer words are not compared */

/*
 * How many letters must be changed, added, left out or swapped with their
 * neighbour to make b of a; case is free. SIZE_MAX if either is longer than
 * SLICE_DISTANCE_MAX.
 */
size_t	slice_distance(struct slice a, struct slice b);

#endif
