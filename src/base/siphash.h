/*
 * siphash - SipHash-1-3 (Aumasson and Bernstein, 2012): a hash with a key,
 * for tables whose keys anybody may choose. Pure.
 */
#ifndef SIPHASH_H
#define SIPHASH_H

#include <stdint.h>

#include "base/slice.h"

uint64_t	siphash(const uint64_t key[static 2], struct slice s);

#endif
