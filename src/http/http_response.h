/*
 * http_response - what is to be answered (the plan), and the writing of a
 * response head, RFC 9112 section 4.
 *
 * Deciding is not sending: the modules of src/files fill a struct
 * http_response without a socket; proto_http sends it.
 */
#ifndef HTTP_RESPONSE_H
#define HTTP_RESPONSE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/slice.h"
#include "http/http.h"
#include "http/http_accept.h"
#include "http/http_multipart.h"

/* A Location of 12 KiB, encoded, and 8 KiB of configured fields. */
#define HTTP_RESPONSE_FIELDS_MAX	20992
#define HTTP_RESPONSE_TEXT_MAX		8192
#define HTTP_HEAD_REST	768	/* all that is no field of the response */
#define HTTP_HEAD_MAX	(HTTP_RESPONSE_FIELDS_MAX + HTTP_HEAD_REST)

struct dirlist;
struct file;

enum http_content {
	HTTP_CONTENT_NONE,	/* no content and no Content-Length (204, 304) */
	HTTP_CONTENT_TEXT,	/* text, length */
	HTTP_CONTENT_FILE,	/* length bytes of file from offset */
	HTTP_CONTENT_PARTS,	/* parts of file, length with their heads */
	HTTP_CONTENT_LISTING	/* what listing turns out to be; then a FILE */
};

/*
 * The fields of a response and its Content-Length as they were once written:
 * an answer that is given often is not put together each time.
 */
struct http_ready {
	size_t	len;
	char	lines[];
};

/* One is reused for all requests: http_response_init() clears what counts. */
struct http_response {
	int			 status;
	enum http_content	 content;
	bool			 head_only;	/* send the head of all this */
	bool			 close;		/* end the connection after it */
	enum http_coding	 coding;	/* of the content */
	uint64_t		 length;	/* Content-Length */
	struct file		*file;		/* one reference, passed on */
	off_t			 offset;
	struct dirlist		*listing;	/* owned, passed on */
	struct http_multipart	 parts;
	const struct http_ready	*ready;		/* instead of fields, or NULL */
	size_t			 nfields;	/* bytes used of fields */
	bool			 overflow;	/* fields or text did not fit */
	char			 fields[HTTP_RESPONSE_FIELDS_MAX];
	char			 text[HTTP_RESPONSE_TEXT_MAX];
};

void	http_response_init(struct http_response *res, int status);

/*
 * Append one field line. If it does not fit, name is no token or the value
 * holds a control byte (CR and LF above all), nothing is appended and
 * overflow is set.
 */
void	http_response_field(struct http_response *res, const char *name,
	    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Whether there is a field of that name; take all of them away. */
bool	http_response_has(const struct http_response *res, struct slice name);
void	http_response_remove(struct http_response *res, struct slice name);

/*
 * Write down fields and Content-Length of res, to be res->ready of answers
 * that have the same. To be freed; NULL without memory, or if not all fields
 * are there (overflow).
 */
struct http_ready	*http_response_ready(const struct http_response *res)
			    __attribute__((warn_unused_result));

/*
 * The field lines that are the same on all responses for a while: Date (of
 * HTTP_DATE_LEN bytes) and Server (at most 128 bytes of it). out has at least
 * HTTP_COMMON_MAX bytes. Returns the bytes written.
 */
#define HTTP_COMMON_MAX	256
size_t	http_response_common(const char *date, const char *server, char *out);

/*
 * Write the head: status line, the common lines, the response's fields,
 * Content-Length, Connection, the empty line.
 *
 * common	of http_response_common(), at most HTTP_COMMON_MAX bytes
 * connection	the value of Connection, at most 128 bytes, or NULL for none
 * out		at least http_response_room(res) bytes
 *
 * Returns the bytes written.
 */
size_t	http_response_head(const struct http_response *res,
	    struct slice common, const char *connection, char *out);

/* The bytes that its head may have, at most HTTP_HEAD_MAX. */
size_t	http_response_room(const struct http_response *res);

#endif
