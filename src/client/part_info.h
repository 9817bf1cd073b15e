/*
 * part_info - the text of NAME.part.info: what NAME.part is the beginning of.
 * Pure: no I/O, no allocation, no clock.
 *
 *	mynah-part 1
 *	url http://example.org/big.iso
 *	etag "5f3-9a"
 *	last-modified Sun, 06 Nov 1994 08:49:37 GMT
 *	date Sat, 21 Nov 2026 21:44:34 GMT
 *	end
 *
 * The lines are in this order; those of what was not known are left out.
 */
#ifndef PART_INFO_H
#define PART_INFO_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"
#include "http/http_reply.h"

#define PART_INFO_BEGIN	"mynah-part "	/* of any version */
#define PART_INFO_MAX	(16 * 1024)	/* bytes of the text */

struct part_info {
	struct slice	url;
	struct slice	etag;
	struct slice	last_modified;
	struct slice	date;		/* of the response */
};

/*
 * What is known of an answer whose content begins there, for the URL that was
 * typed; reply NULL: nothing. The slices of out point into both.
 */
void	part_info_of(struct slice url, const struct http_reply *reply,
	    struct part_info *out);

/*
 * Write the text of info, without a NUL. What cannot be a line of its own, as
 * it is empty, too long or has control bytes in it, is left out as if it were
 * not known. Returns its length.
 */
size_t	part_info_write(const struct part_info *info,
	    char out[static PART_INFO_MAX]);

/*
 * Read a text; the slices of out point into it. Returns false for anything
 * that part_info_write() does not make, such as the beginning of a text.
 */
bool	part_info_read(struct slice text, struct part_info *out);

/*
 * What of it may be sent in If-Range: the entity tag if it is a strong one,
 * else the date of the last change if it is: a minute before that of the
 * response (RFC 9110, 8.8.2.2), as a second change within it could not be
 * told from the first, and the two dates may be of two clocks. Empty if there
 * is neither.
 */
struct slice	part_info_validator(const struct part_info *info);

#endif
