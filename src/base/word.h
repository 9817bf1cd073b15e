/*
 * word - eight bytes as one number, the first of them its lowest on every
 * machine. Pure.
 */
#ifndef WORD_H
#define WORD_H

#include <stdint.h>
#include <string.h>

static inline uint64_t
word_load(const char *p)
{
	uint64_t w;

	memcpy(&w, p, sizeof(w));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	w = __builtin_bswap64(w);
#endif
	return w;
}

static inline void
word_store(char *p, uint64_t w)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	w = __builtin_bswap64(w);
#endif
	memcpy(p, &w, sizeof(w));
}

/* by is 1 to 63. */
static inline uint64_t
word_rotate(uint64_t w, int by)
{
	return w << by | w >> (64 - by);
}

#endif
