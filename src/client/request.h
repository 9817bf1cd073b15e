/*
 * request - the head of a request as this client sends it, RFC 9112 sections 2
 * and 3.
 * No I/O, no state.
 */
#ifndef REQUEST_H
#define REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "http/http.h"
#include "http/url.h"

struct request {
	enum http_method	 method;	/* HTTP_GET or HTTP_HEAD */
	const struct url	*url;

	/*
	 * Fields as people type them, "Name: value", all of which pass
	 * request_field_fault(). They replace ours of the same name; "Name:"
	 * only takes ours away.
	 */
	const char *const	*fields;
	size_t			 nfields;

	/*
	 * It goes to another server than the one that they were meant for: those
	 * that are its alone, such as Authorization and Host, are left out.
	 */
	bool			 elsewhere;

	/* Values of fields, or NULL. */
	const char		*range;
	const char		*if_range;
	const char		*if_modified_since;
};

/*
 * What is wrong with a field as it was typed, and what would be right; NULL
 * if nothing is.
 */
const char	*request_field_fault(const char *field);

/* Whether one of the typed fields has that name and a value. */
bool	request_has(const struct request *r, struct slice name);

/*
 * The whole head, to be freed; *len is set to its length. NULL without
 * memory.
 */
char	*request_head(const struct request *r, size_t *len)
	    __attribute__((warn_unused_result));

#endif
