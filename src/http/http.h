/*
 * http - the words of HTTP: methods, status codes, faults. RFC 9110.
 * Pure: no I/O, no allocation, no state between calls.
 */
#ifndef HTTP_H
#define HTTP_H

#include <stdbool.h>

#include "base/slice.h"

enum http_method {
	HTTP_METHOD_UNKNOWN,	/* a token that no RFC in use here defines */
	HTTP_GET,
	HTTP_HEAD,
	HTTP_OPTIONS,
	HTTP_POST,
	HTTP_PUT,
	HTTP_DELETE,
	HTTP_CONNECT,
	HTTP_TRACE,
	HTTP_PATCH
};

/*
 * What is wrong with a message. All faults are static constants; nothing in
 * them comes from the message. status and right are for the one who wrote a
 * request; wrong is true of a response, too, where both are read by the same
 * code (fields, framing, content).
 */
struct http_fault {
	int		 status;	/* the status to answer with */
	const char	*wrong;		/* "The request has no Host field." */
	const char	*right;		/* "Send one, such as: Host: example.org" */
	const char	*source;	/* "RFC 9112, section 3.2" */
};

/* The method of that exact name (case-sensitive, RFC 9110 9.1). */
enum http_method	http_method_of(struct slice name);

/* As above, letters of any case: for hints and for guessing a protocol. */
enum http_method	http_method_of_nocase(struct slice name);

/* "GET"; "" for HTTP_METHOD_UNKNOWN. */
const char	*http_method_name(enum http_method method);

/* The reason phrase of a status code, "Unknown" if it has none here. */
const char	*http_status_reason(int status);

/* The length of the token (RFC 9110, 5.6.2) at the front of s; 0: none. */
size_t	http_token_length(struct slice s);

/* token of RFC 9110, 5.6.2: at least one tchar and nothing else. */
bool	http_is_token(struct slice s);

#endif
