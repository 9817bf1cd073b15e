#include "files/etag.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/word.h"

/* Odd constants without a pattern: fractions of square roots of primes. */
#define K1	UINT64_C(0x9e3779b97f4a7c15)
#define K2	UINT64_C(0xbb67ae8584caa73b)
#define K3	UINT64_C(0x3c6ef372fe94f82b)
#define K4	UINT64_C(0xa54ff53a5f1d36f1)

/* Let every bit of x reach every bit of the result. */
static uint64_t
mix(uint64_t x)
{
	x ^= x >> 32;
	x *= K1;
	x ^= x >> 29;
	x *= K2;
	return x ^ x >> 32;
}

void
etag_of_bytes(const char *bytes, size_t len, char out[static ETAG_MAX])
{
	uint64_t a = K3 ^ len, b = K4 + len, w;
	char last[8] = { 0 };
	size_t i;

	/* Two lanes that never meet before the end: 128 bits. */
	for (i = 0; i + 8 <= len; i += 8) {
		w = word_load(bytes + i);
		a = word_rotate((a ^ w) * K1, 31);
		b = word_rotate((b + w) * K2, 29) ^ w;
	}
	memcpy(last, bytes + i, len - i);
	w = word_load(last);
	a = mix(a ^ w);
	b = mix(b + word_rotate(w, 17));
	a = mix(a + b);
	b = mix(b ^ a);
	snprintf(out, ETAG_MAX, "\"%016" PRIx64 "%016" PRIx64 "\"", a, b);
}

void
etag_of_stamps(uint64_t size, const struct timespec *mtime, bool weak,
    const char *mark, char out[static ETAG_MAX])
{
	snprintf(out, ETAG_MAX, "%s\"%" PRIx64 "-%" PRIx64 "-%lx%.8s%s\"",
	    weak ? "W/" : "", size, (uint64_t)mtime->tv_sec,
	    (unsigned long)mtime->tv_nsec, mark, weak ? "~" : "");
}
