/*
 * http_fields - the field section of a message, RFC 9110 section 5 and
 * RFC 9112 section 5.
 * Pure: no I/O, no allocation, no state between calls. Names and values are
 * slices of the caller's bytes; values come without surrounding blanks.
 */
#ifndef HTTP_FIELDS_H
#define HTTP_FIELDS_H

#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "http/http.h"

/* Fields that something here looks at; all others are HTTP_FIELD_OTHER. */
enum http_field_id {
	HTTP_FIELD_OTHER,
	HTTP_FIELD_ACCEPT,
	HTTP_FIELD_ACCEPT_ENCODING,
	HTTP_FIELD_CONNECTION,
	HTTP_FIELD_CONTENT_LENGTH,
	HTTP_FIELD_EXPECT,
	HTTP_FIELD_HOST,
	HTTP_FIELD_IF_MATCH,
	HTTP_FIELD_IF_MODIFIED_SINCE,
	HTTP_FIELD_IF_NONE_MATCH,
	HTTP_FIELD_IF_RANGE,
	HTTP_FIELD_IF_UNMODIFIED_SINCE,
	HTTP_FIELD_RANGE,
	HTTP_FIELD_REFERER,
	HTTP_FIELD_TRANSFER_ENCODING,
	HTTP_FIELD_USER_AGENT,
	HTTP_FIELD_IDS
};

struct http_field {
	struct slice		name;
	struct slice		value;
	enum http_field_id	id;
	uint16_t		next;	/* 1 + index of the next with this id */
};

struct http_fields {
	struct http_field	*v;	/* max entries, given by the caller */
	size_t			 n;
	size_t			 max;
	uint16_t		 first[HTTP_FIELD_IDS];	/* 1 + index; 0: none */
};

/*
 * Parse a field section: field lines up to and with the empty line that ends
 * it. More bytes may follow, which are not looked at.
 *
 * used		the length of the section; after a fault, where the line
 *		begins in which it is
 * out		out->v and out->max are set by the caller; the rest is filled
 * bare_lf	set to true if any line ended in LF alone; else not touched
 *
 * Returns NULL, or the fault: 400 for a malformed line or one that is cut,
 * 431 for more than out->max fields (or 65535 of them). After a fault out
 * has what came before it.
 */
const struct http_fault	*http_fields_parse(const char *bytes, size_t len,
	    size_t *used, struct http_fields *out, bool *bare_lf)
	    __attribute__((warn_unused_result));

/* The first field with this id, or NULL; then the next one after f. */
static inline const struct http_field *
http_fields_first(const struct http_fields *fs, enum http_field_id id)
{
	return fs->first[id] == 0 ? NULL : &fs->v[fs->first[id] - 1];
}

static inline const struct http_field *
http_fields_next(const struct http_fields *fs, const struct http_field *f)
{
	return f->next == 0 ? NULL : &fs->v[f->next - 1];
}

/*
 * Take the next element of a comma-separated list (RFC 9110, 5.6.1) from
 * *rest: blanks trimmed, empty elements skipped, commas inside a
 * quoted-string not counted. Returns false when there is none left.
 */
bool	http_list_next(struct slice *rest, struct slice *element);

#endif
