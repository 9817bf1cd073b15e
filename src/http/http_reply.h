/*
 * http_reply - the head of a response as a client reads it, RFC 9112 sections
 * 4, 5 and 6.
 * Pure: no I/O, no allocation; the only state between calls is the caller's.
 * Linear: no byte is searched twice.
 */
#ifndef HTTP_REPLY_H
#define HTTP_REPLY_H

#include <stdint.h>
#include <sys/types.h>

#include "base/slice.h"
#include "http/http.h"
#include "http/http_fields.h"
#include "http/http_framing.h"

struct http_reply {
	const struct http_fault	*fault;		/* set when parse returns -1 */
	int			 status;	/* 100 to 999 */
	struct slice		 reason;	/* may be empty */
	struct http_fields	 fields;
	int			 minor;		/* 0; 1 for HTTP/1.1 and later */
	bool			 keep_alive;	/* the server wants to go on */
	enum http_framing	 framing;
	int64_t			 content_length;	/* HTTP_FRAMING_LENGTH */
};

/*
 * Read one response head from the front of bytes.
 *
 * scanned	0 for a new head, else as the previous call on the same bytes
 *		left it; the bytes up to then must be the same
 * bytes	obsolete line folding in them is replaced by blanks (RFC 9112,
 *		5.2) once the head is whole
 * method	of the request: the answer to HEAD has no content
 * max		most bytes of the head
 * out		out->fields.v and .max are set by the caller, the rest is
 *		filled; slices point into bytes. After a fault only its wrong
 *		and source count. While more bytes are needed nothing does
 *
 * Bytes that cannot begin a status line are a fault as soon as they are here,
 * all else when the head is whole or too long. No empty line may come first.
 * A line may end in LF alone; then it is never keep_alive. framing is NONE
 * for HEAD, 1xx, 204 and 304 (not for 205, whose content is empty in one of
 * the other ways), CLOSE where only the end of the connection ends the
 * content: then it is never keep_alive either. Content-Length and
 * Transfer-Encoding are judged in any case. 1xx are replies like others: the
 * final one follows.
 *
 * Returns the length of the head with its empty line (> 0), 0 when more
 * bytes are needed, or -1 with out->fault set.
 */
ssize_t	http_reply_parse(size_t *scanned, char *bytes, size_t len,
	    enum http_method method, size_t max, struct http_reply *out)
	    __attribute__((warn_unused_result));

/*
 * The first field of that name; NULL if there is none, or, where alone is
 * true, more than one.
 */
const struct http_field	*http_reply_field(const struct http_reply *r,
			    struct slice name, bool alone);

#endif
