/*
 * etag - entity-tags, RFC 9110 section 8.8.3.
 *
 * Strong ones from the content itself, so that replicas agree and a date
 * that was turned back changes nothing; where that would mean to read a
 * large file, from its size and its modification time.
 */
#ifndef ETAG_H
#define ETAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define ETAG_MAX	64	/* with quotes, W/ and NUL */

/*
 * Of content: 128 bits of a hash, the same on every machine. Not made to
 * withstand somebody who makes two files with one tag on purpose: who writes
 * the files is trusted.
 */
void	etag_of_bytes(const char *bytes, size_t len, char out[static ETAG_MAX]);

/*
 * Of stamps. weak: the file may have changed without a new stamp, as its
 * last one is too near to now; the tag differs from the strong one that
 * follows in more than "W/", which a weak comparison does not see. mark: what tells it from other variants of the
 * same resource, which may have the same stamps: ".gz", or "".
 */
void	etag_of_stamps(uint64_t size, const struct timespec *mtime, bool weak,
	    const char *mark, char out[static ETAG_MAX]);

#endif
