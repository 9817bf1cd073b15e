/*
 * http_date - HTTP-date, RFC 9110 section 5.6.7.
 * Pure: no I/O, no allocation, no state, no locale, no time zone.
 */
#ifndef HTTP_DATE_H
#define HTTP_DATE_H

#include <stdbool.h>
#include <time.h>

#include "base/slice.h"

#define HTTP_DATE_LEN	29	/* "Sun, 06 Nov 1994 08:49:37 GMT" */

/* Write t as IMF-fixdate and a NUL. Years 0 to 9999; others are clamped. */
void	http_date_format(time_t t, char out[static HTTP_DATE_LEN + 1]);

/*
 * Parse any of the three forms (IMF-fixdate, RFC 850, asctime).
 * now		for the two-digit years of RFC 850: more than 50 years ahead of
 *		now, to the second, means the past century
 * Returns false, out untouched, for anything else: wrong names, days that a
 * month does not have, a zone other than GMT. The weekday's name must be
 * one, but need not fit the date. A leap second (60) is taken as 59.
 */
bool	http_date_parse(struct slice s, time_t now, time_t *out);

#endif
