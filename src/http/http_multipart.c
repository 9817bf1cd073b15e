#include "http/http_multipart.h"

#include <stdio.h>
#include <string.h>

size_t
http_multipart_head(const struct http_multipart *m, unsigned i, char *out)
{
	const struct http_range *r = &m->ranges[i];
	char text[HTTP_PART_HEAD_MAX];
	bool has_type = m->type[0] != '\0';
	int n;

	/*
	 * The CRLF before a delimiter is part of it (RFC 2046, 5.1.1). Before
	 * the first it is not needed, but zsync takes no answer without it.
	 */
	if (i == m->n)
		n = snprintf(text, sizeof(text), "\r\n--%s--\r\n",
		    m->boundary);
	else
		n = snprintf(text, sizeof(text), "\r\n--%s\r\n%s%s%s"
		    "Content-Range: bytes %jd-%jd/%jd\r\n\r\n", m->boundary,
		    has_type ? "Content-Type: " : "", m->type,
		    has_type ? "\r\n" : "", (intmax_t)r->first,
		    (intmax_t)r->end - 1, (intmax_t)m->size);
	memcpy(out, text, (size_t)n);
	return (size_t)n;
}

/* By writing the heads: the promise and what is sent cannot differ. */
uint64_t
http_multipart_length(const struct http_multipart *m)
{
	char head[HTTP_PART_HEAD_MAX];
	uint64_t sum = http_multipart_head(m, m->n, head);

	for (unsigned i = 0; i < m->n; i++)
		sum += http_multipart_head(m, i, head) +
		    (uint64_t)(m->ranges[i].end - m->ranges[i].first);
	return sum;
}
