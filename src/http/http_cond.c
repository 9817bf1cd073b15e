#include "http/http_cond.h"

#include "http/http_date.h"

/* The entity-tag, if it can be compared strongly (8.8.3.2); else empty. */
static struct slice
strong_etag(const struct http_validators *v)
{
	bool is_strong = v->etag.len > 0 && v->etag.p[0] == '"';

	return is_strong ? v->etag : (struct slice){ "", 0 };
}

/* Without "W/", which is case-sensitive: what is compared weakly. */
static struct slice
opaque_tag(struct slice tag)
{
	if (tag.len < 3 || memcmp(tag.p, "W/\"", 3) != 0)
		return tag;
	return (struct slice){ tag.p + 2, tag.len - 2 };
}

/*
 * Take the next member of a list of entity-tags, blanks trimmed; it may be
 * empty. Not http_list_next(): a backslash in an entity-tag escapes nothing.
 * False if a quote is open at the end.
 */
static bool
take_member(struct slice *rest, struct slice *member)
{
	const char *p = rest->p, *end = rest->p + rest->len;

	for (; p < end && *p != ','; p++) {
		if (*p != '"')
			continue;
		p = memchr(p + 1, '"', (size_t)(end - p) - 1);
		if (p == NULL)
			return false;
	}
	*member = slice_trim((struct slice){ rest->p, (size_t)(p - rest->p) });
	if (p < end)
		p++;
	*rest = (struct slice){ p, (size_t)(end - p) };
	return true;
}

/*
 * Whether the list that begins in field f has this entity-tag, or is "*".
 * No member is checked against the grammar: ours is well-formed, so one that
 * has its very bytes is so too, and no other one counts.
 */
static bool
is_listed(const struct http_fields *fields, const struct http_field *f,
    struct slice etag, bool weakly)
{
	struct slice rest, member;
	bool is_star = false;
	size_t count = 0;

	for (; f != NULL; f = http_fields_next(fields, f)) {
		rest = f->value;
		/* A cache that asks again has the one tag that it got. */
		if (etag.len > 0 && slice_eq(etag,
		    weakly ? opaque_tag(rest) : rest))
			return true;
		while (rest.len > 0) {
			if (!take_member(&rest, &member))
				return false;
			if (member.len == 0)
				continue;
			if (weakly)
				member = opaque_tag(member);
			if (slice_eq(member, etag))
				return true;
			is_star = slice_eq(member, SLICE("*"));
			count++;
		}
	}
	/* A representation is there, or the answer would not be 200. */
	return is_star && count == 1;
}

/* The date in a field to hold Last-Modified against; false without one. */
static bool
get_date(const struct http_fields *fields, enum http_field_id id,
    const struct http_validators *v, time_t now, time_t *out)
{
	const struct http_field *f = http_fields_first(fields, id);

	if (f == NULL || !v->has_date || http_fields_next(fields, f) != NULL)
		return false;
	/* Who asks again has it as it was sent. */
	if (v->date_text.len > 0 && slice_eq(f->value, v->date_text)) {
		*out = v->date;
		return true;
	}
	return http_date_parse(f->value, now, out);
}

enum http_cond
http_cond_judge(const struct http_fields *fields,
    const struct http_validators *v, time_t now)
{
	const struct http_field *f;
	time_t date;

	f = http_fields_first(fields, HTTP_FIELD_IF_MATCH);
	if (f != NULL) {
		if (!is_listed(fields, f, strong_etag(v), false))
			return HTTP_COND_FAILED;
	} else if (get_date(fields, HTTP_FIELD_IF_UNMODIFIED_SINCE, v, now,
	    &date) && v->date > date) {
		return HTTP_COND_FAILED;
	}
	f = http_fields_first(fields, HTTP_FIELD_IF_NONE_MATCH);
	if (f != NULL) {
		if (is_listed(fields, f, opaque_tag(v->etag), true))
			return HTTP_COND_NOT_MODIFIED;
	} else if (get_date(fields, HTTP_FIELD_IF_MODIFIED_SINCE, v, now,
	    &date) && v->date <= date) {
		return HTTP_COND_NOT_MODIFIED;
	}
	return HTTP_COND_PASS;
}

bool
http_cond_range(const struct http_fields *fields,
    const struct http_validators *v, time_t now)
{
	const struct http_field *f =
	    http_fields_first(fields, HTTP_FIELD_IF_RANGE);
	time_t date;

	if (f == NULL)
		return true;
	if (http_fields_next(fields, f) != NULL)
		return false;
	/* "W/" begins no date either: a weak tag never holds. */
	if (f->value.len > 0 && f->value.p[0] == '"')
		return slice_eq(f->value, strong_etag(v));
	return v->is_date_strong &&
	    get_date(fields, HTTP_FIELD_IF_RANGE, v, now, &date) &&
	    v->date == date;
}
