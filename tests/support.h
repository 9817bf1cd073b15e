/*
 * support - what the tests share.
 */
#ifndef SUPPORT_H
#define SUPPORT_H

#include <check.h>
#include <stddef.h>
#include <stdlib.h>

#define COUNT(array)	((int)(sizeof(array) / sizeof((array)[0])))

/* The bytes of a string literal, NUL bytes in it included. */
#define BYTES(lit)	(lit), sizeof(lit) - 1

/*
 * A copy of the bytes that ends at an unreadable page: one step too far ends
 * the test. Valid until the next call; at most GUARDED_MAX bytes.
 */
#define GUARDED_MAX	((size_t)1 << 17)
char	*guarded(const char *bytes, size_t len);

/* The lowest descriptor that is free: the same again if nothing leaked. */
int	lowest_descriptor(void);

/* Run the suite; the exit status for main(). */
int	run_suite(Suite *suite);

#endif
