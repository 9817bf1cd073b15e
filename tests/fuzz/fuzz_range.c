/*
 * Ranges: what comes out lies inside of the representation, is not more than
 * it, and written down again is read as itself; so for Content-Range.
 */
#include "fuzz.h"

#include "http/http_range.h"

static void
check_ranges(const struct http_range *r, int n, off_t size)
{
	off_t left = size;

	for (int i = 0; i < n; i++) {
		REQUIRE(r[i].first >= 0 && r[i].first < r[i].end);
		REQUIRE(r[i].end <= size);
		REQUIRE(r[i].end - r[i].first <= left);
		left -= r[i].end - r[i].first;
	}
}

static void
check_again(const struct http_range *want, int n, off_t size)
{
	struct http_range r[HTTP_RANGE_MAX];
	char text[HTTP_RANGE_MAX * 48] = "BYTES=,";
	size_t len = strlen(text);

	for (int i = 0; i < n; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    "%jd-%jd \t,", (intmax_t)want[i].first,
		    (intmax_t)want[i].end - 1);
	REQUIRE(http_range_parse((struct slice){ text, len }, size, r) == n);
	for (int i = 0; i < n; i++)
		REQUIRE(r[i].first == want[i].first &&
		    r[i].end == want[i].end);
}

/* Without a set; with more than digits, dashes, commas, blanks in it. */
static bool
is_surely_ignored(struct slice s)
{
	if (s.len < 8 || !slice_eq_nocase((struct slice){ s.p, 6 },
	    SLICE("bytes=")))
		return true;
	for (size_t i = 6; i < s.len; i++)
		if (s.p[i] == '\0' || strchr("0123456789-, \t", s.p[i]) ==
		    NULL)
			return true;
	return false;
}

static void
check_content_range(struct slice s)
{
	struct http_content_range r, again;
	char size[32] = "*", text[96];

	if (!http_content_range_parse(s, &r))
		return;
	REQUIRE(r.range.first >= 0 && r.range.end >= 0 && r.size >= -1);
	REQUIRE(r.range.first < r.range.end || r.range.end == 0);
	REQUIRE(r.range.first < r.range.end || r.size >= 0);
	REQUIRE(r.range.end <= r.size || r.size == -1);
	if (r.size >= 0)
		snprintf(size, sizeof(size), "%jd", (intmax_t)r.size);
	if (r.range.end == 0)
		snprintf(text, sizeof(text), "bytes */%s", size);
	else
		snprintf(text, sizeof(text), "bytes %jd-%jd/%s",
		    (intmax_t)r.range.first, (intmax_t)r.range.end - 1, size);
	REQUIRE(http_content_range_parse(slice_of(text), &again));
	REQUIRE(memcmp(&r, &again, sizeof(r)) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	off_t sizes[] = { 0, 1, 10, 65536, INT64_MAX,
	    (off_t)(fuzz_seed(data, size) >> 1) };
	struct slice s = { fuzz_copy((const char *)data, size), size };
	struct http_range r[HTTP_RANGE_MAX];
	int n;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		n = http_range_parse(s, sizes[i], r);
		REQUIRE(n >= -1 && n <= HTTP_RANGE_MAX);
		REQUIRE(n == 0 || !is_surely_ignored(s));
		REQUIRE(n <= 0 || sizes[i] > 0);
		check_ranges(r, n, sizes[i]);
		if (n > 0)
			check_again(r, n, sizes[i]);
	}
	check_content_range(s);
	free((char *)s.p);
	return 0;
}
