/*
 * slice - a pointer and a length into bytes that somebody else owns.
 * Not NUL-terminated. All comparisons are of ASCII; no locale is asked.
 */
#ifndef SLICE_H
#define SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

struct slice {
	const char	*p;
	size_t		 len;
};

/* A slice of a string literal. */
#define SLICE(lit)	((struct slice){ (lit), sizeof(lit) - 1 })

/* For printf: "%.*s", SLICE_ARG(s) */
#define SLICE_ARG(s)	(int)(s).len, (s).p

static inline struct slice
slice_of(const char *string)
{
	return (struct slice){ string, strlen(string) };
}

static inline bool
slice_eq(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

/* ASCII letters of either case are equal; other bytes only to themselves. */
bool	slice_eq_nocase(struct slice a, struct slice b);

/*
 * FNV-1a, 64 bits: for sums, and for tables that nobody from outside can fill.
 */
uint64_t	slice_hash(struct slice s);

/* Without leading and trailing SP and HTAB (OWS of RFC 9110, 5.6.3). */
struct slice	slice_trim(struct slice s);

#endif
