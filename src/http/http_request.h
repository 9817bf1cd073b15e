/*
 * http_request - the head of a request, RFC 9112 sections 2, 3, 5 and 6.
 * Pure: no I/O, no allocation; the only state between calls is the
 * caller's struct http_head. Linear: the first call reads what is here, as
 * most heads come whole; after that, no byte is searched twice.
 */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include <stdint.h>
#include <sys/types.h>

#include "base/slice.h"
#include "http/http.h"
#include "http/http_fields.h"
#include "http/http_framing.h"
#include "http/http_target.h"

/* The two together are less than 2 GiB. */
struct http_head_limits {
	size_t	request_line;	/* most bytes of it, without its line end */
	size_t	header_bytes;	/* most bytes of the field lines with their
				   ends, without the empty line */
};

/* Where the reading of one head stands. All zero for a new request. */
struct http_head {
	uint32_t	scanned;	/* bytes that need no second look */
	uint32_t	line;		/* start of the request line */
	uint32_t	fields;		/* start of the field section; 0: not yet */
};

struct http_request {
	const struct http_fault	*fault;		/* set when parse returns -1 */
	enum http_method	 method;
	struct slice		 method_name;
	struct http_target	 target;
	struct http_authority	 host;		/* of the target, else of Host */
	struct http_fields	 fields;
	int			 minor;		/* 0; 1 for HTTP/1.1 and later */
	bool			 keep_alive;	/* the client wants to go on */
	bool			 bare_lf;	/* a line ended in LF alone */
	bool			 expects_continue;
	bool			 has_expectation;	/* another one: 417 */
	enum http_framing	 framing;
	int64_t			 content_length;	/* HTTP_FRAMING_LENGTH */
};

/*
 * Read one request head from the front of bytes.
 *
 * head		where the previous call on the same bytes stopped; the bytes up
 *		to then must be the same (they may have moved)
 * out		out->fields.v and .max are set by the caller, the rest is
 *		filled; slices point into bytes (an empty path is a static
 *		"/"). After a fault only fault, method and method_name count:
 *		they are those of a line that begins with a method and a
 *		space, so that the answer to HEAD can go without content,
 *		else HTTP_METHOD_UNKNOWN and empty. While more bytes are
 *		needed nothing counts
 *
 * The request line is judged as soon as it is whole or too long, the fields
 * when the head is whole or too long. Empty lines before the request line
 * are skipped (at most 16 bytes of them; they count to the result). One of
 * them that ends in LF alone sets bare_lf as any other line does. A request
 * with a bare LF is a fault if it has Content-Length or Transfer-Encoding,
 * and never keep_alive.
 *
 * Returns the length of the head with its empty line (> 0), 0 when more
 * bytes are needed, or -1 with out->fault set; after a fault nothing that
 * follows on the connection can be trusted.
 */
ssize_t	http_request_parse(struct http_head *head, const char *bytes,
	    size_t len, const struct http_head_limits *limits,
	    struct http_request *out) __attribute__((warn_unused_result));

#endif
