/*
 * http_multipart - multipart/byteranges, RFC 9110 section 14.6.
 * Pure: no I/O, no allocation, no state between calls.
 *
 * The content is, for each range, a part head and then those bytes of the
 * representation; at the end comes the tail.
 */
#ifndef HTTP_MULTIPART_H
#define HTTP_MULTIPART_H

#include <stddef.h>
#include <stdint.h>

#include "http/http_range.h"

#define HTTP_BOUNDARY_LEN	32	/* letters and digits */
#define HTTP_MEDIA_TYPE_MAX	256	/* the longest Content-Type of a file */
#define HTTP_PART_HEAD_MAX	(HTTP_MEDIA_TYPE_MAX + 256)

struct http_multipart {
	char			 boundary[HTTP_BOUNDARY_LEN + 1];
	char			 type[HTTP_MEDIA_TYPE_MAX];	/* of the file */
	off_t			 size;		/* of the whole file */
	unsigned		 n;
	struct http_range	 ranges[HTTP_RANGE_MAX];
};

/*
 * Write what stands before the bytes of range i < m->n (delimiter,
 * Content-Type, Content-Range, empty line), for i == m->n the close
 * delimiter. out has at least HTTP_PART_HEAD_MAX bytes; no NUL is written.
 * Returns the bytes written.
 */
size_t	http_multipart_head(const struct http_multipart *m, unsigned i,
	    char *out);

/* The length of the whole content: all heads, all ranges, the tail. */
uint64_t	http_multipart_length(const struct http_multipart *m);

#endif
