/*
 * http_framing - where the content of a message ends and whether the
 * connection goes on behind it, as far as the fields say so: Content-Length,
 * Transfer-Encoding and Connection, RFC 9112 sections 6 and 9.3. The same for
 * requests and responses: nothing dubious passes, as what two recipients
 * could take for different ends lets one message hide in another.
 * Pure: no I/O, no allocation, no state.
 */
#ifndef HTTP_FRAMING_H
#define HTTP_FRAMING_H

#include <stdbool.h>
#include <stdint.h>

#include "http/http.h"
#include "http/http_fields.h"

/* How the end of the content is found, RFC 9112 section 6.3. */
enum http_framing {
	HTTP_FRAMING_NONE,
	HTTP_FRAMING_LENGTH,
	HTTP_FRAMING_CHUNKED,
	HTTP_FRAMING_CLOSE	/* responses: when the connection ends */
};

/*
 * Judge Content-Length and Transfer-Encoding.
 *
 * minor	of the message's version
 * framing	set to LENGTH or CHUNKED; without the two as it was
 * length	set to the number for LENGTH, else as it was
 *
 * Returns NULL, or the fault: 400, or 501 for a coding that is not known.
 */
const struct http_fault	*http_framing_judge(const struct http_fields *fields,
			    int minor, enum http_framing *framing,
			    int64_t *length)
			    __attribute__((warn_unused_result));

/* Is one of them there? In most requests none is: the way to ask quickly. */
static inline bool
http_framing_is_said(const struct http_fields *fields)
{
	return fields->first[HTTP_FIELD_CONTENT_LENGTH] != 0 ||
	    fields->first[HTTP_FIELD_TRANSFER_ENCODING] != 0;
}

/* What Connection says about going on; keep is what holds if it does not. */
bool	http_framing_connection(const struct http_fields *fields, bool keep);

/* Does the sender want the connection to persist? */
static inline bool
http_framing_keep_alive(const struct http_fields *fields, int minor)
{
	return fields->first[HTTP_FIELD_CONNECTION] == 0 ? minor > 0 :
	    http_framing_connection(fields, minor > 0);
}

#endif
