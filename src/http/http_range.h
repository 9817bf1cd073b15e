/*
 * http_range - the fields Range and Content-Range, RFC 9110 section 14.
 * Pure: no I/O, no allocation, no state between calls.
 */
#ifndef HTTP_RANGE_H
#define HTTP_RANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/slice.h"

#define HTTP_RANGE_MAX	8	/* more ranges than this: send the whole file */

/* Half-open byte interval [first, end) of a representation; never empty. */
struct http_range {
	off_t	first;
	off_t	end;
};

/*
 * Parse a Range field value against a representation of size bytes.
 *
 * value	the field value; only read
 * size		of the selected representation, >= 0
 * out		filled in request order; entries past the result are undefined
 *
 * The unit is matched without regard to case, empty list elements and blanks
 * around commas are skipped (but none may follow the "="), numbers of any
 * length are understood (more than 63 bits means "past the end"). A last
 * position or a suffix past the end means up to, or from, the end of the
 * representation. Ranges that cannot be satisfied are left out if another
 * one can be; they count towards HTTP_RANGE_MAX.
 *
 * Returns the number of satisfiable ranges (1 to HTTP_RANGE_MAX), 0 when the
 * field is to be ignored (section 14.2: an unknown unit, a malformed list,
 * more than HTTP_RANGE_MAX ranges, ranges that together are more than the
 * whole, a suffix of nothing: "bytes=-5" of an empty file), or -1 when none
 * can be satisfied and the answer is 416 (section 15.5.17).
 */
int	http_range_parse(struct slice value, off_t size,
	    struct http_range out[static HTTP_RANGE_MAX]);

/* What a Content-Range says. */
struct http_content_range {
	struct http_range	range;	/* both 0: unsatisfied, of a 416 */
	off_t			size;	/* of the whole; -1: not said */
};

/*
 * Parse a Content-Range field value, to the letter: "bytes 0-9/10", with a "*"
 * for a size that is not known, or for the range where none was satisfied.
 * The unit is matched without regard to case. False for anything else: a last
 * position before the first or not within the size, a number whose successor
 * has more than 63 bits, a blank too many; out is then not touched.
 */
bool	http_content_range_parse(struct slice value,
	    struct http_content_range *out)
	    __attribute__((warn_unused_result));

#endif
