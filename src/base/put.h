/*
 * put - text one piece behind the other, into memory that is known to be
 * enough for it. Pure.
 */
#ifndef PUT_H
#define PUT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/slice.h"

#define PUT_NUMBER_MAX	20	/* the digits of UINT64_MAX */

/* Each returns where the next piece goes. No NUL is written. */
static inline char *
put(char *out, struct slice s)
{
	memcpy(out, s.p, s.len);
	return out + s.len;
}

static inline char *
put_number(char *out, uint64_t n)
{
	char digits[PUT_NUMBER_MAX], *p = digits + sizeof(digits);

	do
		*--p = (char)('0' + n % 10);
	while ((n /= 10) > 0);
	return put(out, (struct slice){ p,
	    (size_t)(digits + sizeof(digits) - p) });
}

#endif
