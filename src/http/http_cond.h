/*
 * http_cond - preconditions: entity-tags, dates, and the order in which they
 * are judged, RFC 9110 section 13.
 * Pure: no I/O, no allocation, no state between calls.
 */
#ifndef HTTP_COND_H
#define HTTP_COND_H

#include <time.h>

#include "base/slice.h"
#include "http/http_fields.h"

/* What is known of the selected representation, RFC 9110 section 8.8. */
struct http_validators {
	struct slice	etag;		/* as sent, with quotes and W/, and
					   well-formed; empty: none */
	bool		has_date;	/* there is a Last-Modified */
	bool		is_date_strong;	/* section 8.8.2.2 */
	time_t		date;
	struct slice	date_text;	/* the same as it is sent, or empty */
};

enum http_cond {
	HTTP_COND_PASS,		/* go on with the method */
	HTTP_COND_NOT_MODIFIED,	/* 304 */
	HTTP_COND_FAILED	/* 412 */
};

/*
 * Judge the preconditions of a GET or HEAD whose answer would be 200, in the
 * order of section 13.2.2: If-Match, or else If-Unmodified-Since; then
 * If-None-Match, or else If-Modified-Since.
 *
 * Several lines of If-Match or If-None-Match are one list. A malformed
 * member of a list matches nothing, and a quote that is not closed in its
 * line ends the list; "*" counts only as the one member of all lines. An
 * empty list matches nothing. A date field that is malformed or repeated is
 * ignored, as are dates where there is no Last-Modified.
 * now: for the years of RFC 850 dates.
 */
enum http_cond	http_cond_judge(const struct http_fields *fields,
		    const struct http_validators *v, time_t now);

/*
 * Whether Range counts: there is no If-Range, or it holds (section 13.1.5):
 * a strong entity-tag that is equal, or exactly the date of Last-Modified
 * where that is a strong validator. A repeated or malformed one does not.
 */
bool	http_cond_range(const struct http_fields *fields,
	    const struct http_validators *v, time_t now);

#endif
