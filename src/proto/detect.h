/*
 * detect - do the first bytes of a connection begin an HTTP request?
 * Pure: no I/O, no state but the caller's offset.
 */
#ifndef DETECT_H
#define DETECT_H

#include <stddef.h>
#include <stdint.h>

enum detect_result {
	DETECT_MORE,	/* could still become an HTTP request line */
	DETECT_HTTP,
	DETECT_OTHER	/* can no longer become one */
};

/*
 * A first line that begins with a known method (letters of any case) and a
 * space, and ends in "HTTP/" and a digit, is HTTP; so is one that has the
 * method and is longer than max, as its end will never be looked at.
 * "PRI * HTTP/2.0" counts too, for the sake of its answer.
 *
 * scanned	bytes that a previous call on the same input has searched for
 *		the line's end; 0 at first, updated
 */
enum detect_result	detect_http(const char *bytes, size_t len, size_t max,
			    uint32_t *scanned);

#endif
