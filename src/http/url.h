/*
 * url - http URLs as they are typed and as they come in a Location field:
 * RFC 9110 section 4.2, RFC 3986 sections 3 and 5.
 * Pure: no I/O, no allocation, no state.
 */
#ifndef URL_H
#define URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

#define URL_MAX		8192	/* bytes of a URL, encoded, with a NUL */

/*
 * Whole and normalised: "http://example.org:8080/a?b". The slices are in
 * text: to copy one, parse the text of the other.
 */
struct url {
	struct slice	host;		/* lower case; IPv6 with its brackets */
	uint16_t	port;		/* 80 if none was said */
	struct slice	authority;	/* for Host: "example.org:8080" */
	struct slice	target;		/* "/a?b", begins with "/"; may end
					   in "?" */
	struct slice	path;		/* of it, without the query */
	char		text[URL_MAX];	/* no fragment; NUL-terminated */
};

/*
 * A URL as people type it: "http://" may be missing (then "localhost:8080" is
 * a host and a port, not a scheme), blanks around it do not count, blanks,
 * bytes above 0x7F and "<>\^`{|} in path and query are percent-encoded, a
 * fragment is dropped, dot segments are resolved. All else stays as it is: a
 * path may have "//" and escapes of any byte, a query "%" without digits.
 *
 * Returns true, or false with half a sentence in error that says what is
 * wrong and what would be right: another scheme (https is named as what is
 * not spoken), no host, a user name or password, a bad host or port, a bad
 * percent-escape in the path, a control byte. The error may have bytes of the
 * URL in it, no matter which: see visible.h.
 */
bool	url_parse(const char *typed, struct url *out, char *error, size_t size)
	    __attribute__((warn_unused_result));

/*
 * What a reference, such as the value of Location, means at base (RFC 3986,
 * 5.2, strictly: "http:a" has no host). out may not be base, and the
 * reference not be in out. Errors as above.
 */
bool	url_resolve(const struct url *base, struct slice reference,
	    struct url *out, char *error, size_t size)
	    __attribute__((warn_unused_result));

/* Whether the same server answers both: host and port are the same. */
bool	url_same_server(const struct url *a, const struct url *b);

#endif
