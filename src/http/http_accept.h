/*
 * http_accept - what the client would like: Accept-Encoding and Accept,
 * RFC 9110 sections 12.4.2, 12.5.1 and 12.5.3.
 * Pure: no I/O, no allocation, no state between calls.
 *
 * Names are whole tokens, letters of any case. Several lines of a field are
 * one list. A malformed member of a list is as if it were not there.
 */
#ifndef HTTP_ACCEPT_H
#define HTTP_ACCEPT_H

#include <stdint.h>

#include "base/slice.h"
#include "http/http_fields.h"

#define HTTP_QUALITY_MAX	1000	/* q=1; 0: not acceptable */

enum http_coding {
	HTTP_CODING_IDENTITY,
	HTTP_CODING_ZSTD,
	HTTP_CODING_BR,
	HTTP_CODING_GZIP,	/* x-gzip too, section 8.4.1.3 */
	HTTP_CODINGS
};

/*
 * The quality of each coding: as named, else of "*", else 0; but identity,
 * where neither it nor "*" is named, is acceptable and the least wanted (1).
 * Without the field only identity is wanted (HTTP_QUALITY_MAX), although all
 * would be acceptable; a field without a well-formed member means the same.
 * A coding that is named twice has the last quality that was given.
 */
void	http_accept_encoding(const struct http_fields *fields,
	    uint16_t quality[static HTTP_CODINGS]);

/* "gzip", "br", "zstd", "identity"; the suffix of a sibling: ".gz", "". */
const char	*http_coding_name(enum http_coding coding);
const char	*http_coding_suffix(enum http_coding coding);

/*
 * The quality of a media type such as "text/html" (UTF-8 where it is text):
 * that of the most specific media range that matches (the last one of equal
 * ones), 0 if none does, HTTP_QUALITY_MAX without an Accept field or a
 * well-formed member in it. A range with parameters matches only if they are
 * charset=utf-8 alone, and is more specific than the same range without.
 */
unsigned	http_accept_type(const struct http_fields *fields,
		    struct slice type);

#endif
