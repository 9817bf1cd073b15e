/*
 * http_line - the request line, RFC 9112 section 3: method, target and
 * version with exactly one space between them. The target is only cut out
 * here; http_target judges it.
 * Pure: no I/O, no allocation, no state between calls.
 */
#ifndef HTTP_LINE_H
#define HTTP_LINE_H

#include "base/slice.h"
#include "http/http.h"

struct http_line {
	enum http_method	method;
	struct slice		method_name;
	struct slice		target;
	int			minor;	/* 0; 1 for HTTP/1.1 to HTTP/1.9 */
};

/*
 * Split a request line, without its line end.
 *
 * out		filled; after a fault, method and method_name are still those
 *		of a line that begins with a token and a space, so that an
 *		error answer to HEAD can go without content
 *
 * Returns NULL, or the fault: 400, or 505 for a version whose major number
 * is not 1.
 */
const struct http_fault	*http_line_parse(struct slice line,
	    struct http_line *out) __attribute__((warn_unused_result));

#endif
