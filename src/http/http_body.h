/*
 * http_body - the content of a message and where it ends: Content-Length,
 * chunked, or the end of the connection, RFC 9112 sections 6 and 7. The bytes
 * themselves are skipped or handed to the caller; chunk extensions and
 * trailers are checked, counted and dropped.
 * Pure: no I/O, no allocation.
 */
#ifndef HTTP_BODY_H
#define HTTP_BODY_H

#include <stddef.h>
#include <stdint.h>

#include "http/http.h"
#include "http/http_framing.h"

enum http_body_result {
	HTTP_BODY_MORE,		/* all bytes used, more are needed */
	HTTP_BODY_DONE,		/* the content is whole; *used bytes were its */
	HTTP_BODY_FAULT		/* see body->fault */
};

struct http_body {
	const struct http_fault	*fault;
	enum http_framing	 framing;
	int			 state;		/* http_body.c knows */
	uint64_t		 left;		/* of the content or the chunk */
	uint64_t		 total;		/* content bytes so far */
	uint64_t		 max;		/* most content bytes: else 413 */
	size_t			 overhead;	/* extension or trailer bytes */
	size_t			 overhead_max;	/* most of them */
};

/*
 * Begin. length is for HTTP_FRAMING_LENGTH; if it is over max, body->fault
 * is set at once. With HTTP_FRAMING_CLOSE all that comes is content, and the
 * caller knows when it is whole: never HTTP_BODY_DONE. overhead_max bounds all chunk extensions together, with
 * the zeros before chunk sizes (else 400), and, anew, the trailer lines with
 * their ends, without the empty line (else 431, as for header fields).
 */
void	http_body_init(struct http_body *body, enum http_framing framing,
	    uint64_t length, uint64_t max, size_t overhead_max);

/*
 * Consume the next bytes, any cut. *used is set to how many belong to the
 * message; on HTTP_BODY_MORE that is all of len. data, if not NULL, is set
 * to the content among them: then one run of it is consumed per call, and
 * the result may be HTTP_BODY_MORE with *used < len; call again. After
 * HTTP_BODY_DONE or HTTP_BODY_FAULT a further call uses nothing and returns
 * the same.
 */
enum http_body_result	http_body_consume(struct http_body *body,
	    const char *bytes, size_t len, size_t *used, struct slice *data);

#endif
