#include "http/http_range.h"

#include <stdint.h>

#include "http/http_byte.h"
#include "http/http_fields.h"

/* The digits at the front of *s, which is moved behind them; maybe none. */
static struct slice
take_digits(struct slice *s)
{
	struct slice digits = { s->p, 0 };

	while (digits.len < s->len && http_byte_is_digit(s->p[digits.len]))
		digits.len++;
	s->p += digits.len;
	s->len -= digits.len;
	return digits;
}

/*
 * What has more than 63 bits is INT64_MAX, which no file reaches: its last
 * byte would be one below.
 */
static int64_t
number_of(struct slice digits)
{
	int64_t value = 0;

	for (size_t i = 0; i < digits.len; i++) {
		int digit = digits.p[i] - '0';

		if (value > (INT64_MAX - digit) / 10)
			return INT64_MAX;
		value = value * 10 + digit;
	}
	return value;
}

/* Compare numbers of any length. */
static bool
is_less(struct slice a, struct slice b)
{
	for (; a.len > 0 && a.p[0] == '0'; a.len--)
		a.p++;
	for (; b.len > 0 && b.p[0] == '0'; b.len--)
		b.p++;
	if (a.len != b.len)
		return a.len < b.len;
	return memcmp(a.p, b.p, a.len) < 0;
}

static bool
take(struct slice *s, char c)
{
	if (s->len == 0 || s->p[0] != c)
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
	struct slice from = take_digits(&s), to;
	int64_t first = number_of(from), last = INT64_MAX;

	if (!take(&s, '-'))
		return false;
	to = take_digits(&s);
	if (to.len > 0)
		last = number_of(to);
	if (s.len > 0 || (from.len == 0 && to.len == 0) ||
	    (to.len > 0 && is_less(to, from)))
		return false;
	if (from.len == 0) {
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

/* The unit and what is behind it at the front, in any case. */
static bool
take_word(struct slice *s, struct slice word)
{
	if (s->len < word.len ||
	    !slice_eq_nocase((struct slice){ s->p, word.len }, word))
		return false;
	s->p += word.len;
	s->len -= word.len;
	return true;
}

/*
 * "bytes=" at the front. A blank can follow only as part of an empty element
 * (RFC 9110, 5.6.1.2): before a comma.
 */
static bool
take_unit(struct slice *s)
{
	struct slice set;

	if (!take_word(s, SLICE("bytes=")) || s->len == 0)
		return false;
	set = slice_trim(*s);
	return !http_byte_is_blank(s->p[0]) || (set.len > 0 &&
	    set.p[0] == ',');
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

/* A number of at most 63 bits. */
static bool
take_number(struct slice *s, off_t *out)
{
	struct slice digits = take_digits(s);

	if (digits.len == 0 || is_less(SLICE("9223372036854775807"), digits))
		return false;
	*out = (off_t)number_of(digits);
	return true;
}

/* "0-9", so that the end can be said, too. */
static bool
take_range(struct slice *s, struct http_range *out)
{
	off_t last;

	if (!take_number(s, &out->first) || !take(s, '-') ||
	    !take_number(s, &last) || last < out->first || last == INT64_MAX)
		return false;
	out->end = last + 1;
	return true;
}

bool
http_content_range_parse(struct slice value, struct http_content_range *out)
{
	struct http_content_range got = { .size = -1 };
	bool is_unsatisfied, is_open;

	if (!take_word(&value, SLICE("bytes ")))
		return false;
	is_unsatisfied = take(&value, '*');
	if (!is_unsatisfied && !take_range(&value, &got.range))
		return false;
	if (!take(&value, '/'))
		return false;
	is_open = !is_unsatisfied && take(&value, '*');
	if (!is_open && !take_number(&value, &got.size))
		return false;
	if (value.len > 0 || (!is_open && got.range.end > got.size))
		return false;
	*out = got;
	return true;
}
