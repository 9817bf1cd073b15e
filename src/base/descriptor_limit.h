/*
 * descriptor_limit - how many files this process may have open.
 */
#ifndef DESCRIPTOR_LIMIT_H
#define DESCRIPTOR_LIMIT_H

#include <stdint.h>

/* Raise the soft limit of descriptors to the hard one; returns it. */
uint64_t	descriptor_limit_raise(void);

#endif
