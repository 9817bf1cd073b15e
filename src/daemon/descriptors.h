/*
 * descriptors - how many connections, and how many files that are kept open,
 * a number of descriptors allows.
 */
#ifndef DESCRIPTORS_H
#define DESCRIPTORS_H

#include <stdint.h>

#include "config/config.h"

/*
 * limits.max_connections, or what so many descriptors allow; a warning is
 * logged if that is less than was asked for.
 */
uint64_t	descriptors_connections(const struct config *config,
		    uint64_t descriptors);

/* Of so many, those that may stay open for large files that are kept. */
unsigned	descriptors_for_files(uint64_t descriptors);

#endif
