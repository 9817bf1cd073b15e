/*
 * fuzz - what the fuzzers share: an assertion that also holds with NDEBUG,
 * and cuts that depend on nothing but the input.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REQUIRE(condition) do {						\
	if (!(condition)) {						\
		fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__,	\
		    #condition);					\
		abort();						\
	}								\
} while (0)

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A number to begin with, made of all bytes. */
static inline uint64_t
fuzz_seed(const uint8_t *data, size_t size)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < size; i++)
		h = (h ^ data[i]) * UINT64_C(0x100000001b3);
	return h;
}

/* The next piece of what is left: 1 to left, short ones more often. */
static inline size_t
fuzz_cut(uint64_t *seed, size_t left)
{
	size_t n;

	*seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	n = (size_t)(*seed >> 40) % (size_t)(1 << (*seed >> 36 & 7)) + 1;
	return n < left ? n : left;
}

/* A copy of exactly that size. */
static inline char *
fuzz_copy(const char *data, size_t size)
{
	char *copy = malloc(size > 0 ? size : 1);

	REQUIRE(copy != NULL);
	if (size > 0)
		memcpy(copy, data, size);
	return copy;
}

#endif
