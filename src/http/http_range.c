#include "http/http_range.h"

#include <stdint.h>

#include "http/http_byte.h"
#include "http/http_fields.h"

/*
 * Digits at the front of *s, moved behind them; false and *out untouched if
 * there are none. What has more than 63 bits is INT64_MAX, which no file
 * reaches: its last byte would be one below.
 */
static bool
take_number(struct slice *s, int64_t *out)
{
	int64_t value = 0;
	size_t i;

	for (i = 0; i < s->len && http_byte_is_digit(s->p[i]); i++) {
		int digit = s->p[i] - '0';

		if (value > (INT64_MAX - digit) / 10)
			value = INT64_MAX;
		else
			value = value * 10 + digit;
	}
	if (i == 0)
		return false;
	s->p += i;
	s->len -= i;
	*out = value;
	return true;
}

static bool
take_dash(struct slice *s)
{
	if (s->len == 0 || s->p[0] != '-')
		return false;
	s->p++;
	s->len--;
	return true;
}

/*
 * One range-spec, section 14.1.1: "0-499", "500-" or "-500", nothing around
 * it. False if it is malformed; out is empty if it cannot be satisfied.
 */
static bool
parse_spec(struct slice s, int64_t size, struct http_range *out)
{
	int64_t first = 0, last = INT64_MAX;
	bool has_first, has_last;

	has_first = take_number(&s, &first);
	if (!take_dash(&s))
		return false;
	has_last = take_number(&s, &last);
	if (s.len > 0 || (!has_first && !has_last) || last < first)
		return false;
	if (!has_first) {
		/* Satisfiable, but no Content-Range can say so: ignored. */
		if (size == 0 && last > 0)
			return false;
		first = last < size ? size - last : 0;
		last = INT64_MAX;
	}
	out->end = (off_t)(last < size ? last + 1 : size);
	out->first = first < size ? (off_t)first : out->end;
	return true;
}

/*
 * "bytes=" at the front. By the grammar an empty element and a blank could
 * follow, but nobody means that: a blank there is a slip.
 */
static bool
take_unit(struct slice *s)
{
	static const struct slice unit = { "bytes=", 6 };

	if (s->len <= unit.len ||
	    !slice_eq_nocase((struct slice){ s->p, unit.len }, unit))
		return false;
	s->p += unit.len;
	s->len -= unit.len;
	return !http_byte_is_blank(s->p[0]);
}

int
http_range_parse(struct slice value, off_t size,
    struct http_range out[static HTTP_RANGE_MAX])
{
	off_t left = size;
	struct http_range r;
	struct slice spec;
	int specs = 0, n = 0;

	if (!take_unit(&value))
		return 0;
	/* A quote is part of no spec: that the list knows them is no harm. */
	while (http_list_next(&value, &spec)) {
		if (specs++ == HTTP_RANGE_MAX || !parse_spec(spec, size, &r))
			return 0;
		if (r.end - r.first > left)
			return 0;
		left -= r.end - r.first;
		if (r.first < r.end)
			out[n++] = r;
	}
	if (n > 0)
		return n;
	return specs > 0 ? -1 : 0;
}
