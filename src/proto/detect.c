#include "proto/detect.h"

#include "base/slice.h"
#include "http/http.h"

/* The longest known method is OPTIONS. */
#define METHOD_MAX	7

static bool
is_known(struct slice word)
{
	return slice_eq_nocase(word, SLICE("PRI")) ||
	    http_method_of_nocase(word) != HTTP_METHOD_UNKNOWN;
}

/* Whether some known method begins with these bytes. */
static bool
begins_known(struct slice start)
{
	for (int m = HTTP_METHOD_UNKNOWN + 1; m <= HTTP_PATCH; m++) {
		struct slice name = slice_of(http_method_name(m));

		if (name.len < start.len)
			continue;
		name.len = start.len;
		if (slice_eq_nocase(name, start))
			return true;
	}
	return start.len <= 3 && slice_eq_nocase(start,
	    (struct slice){ "PRI", start.len });
}

/* Whether the last word of a line is "HTTP/" and a digit and so on. */
static bool
ends_in_version(struct slice line)
{
	struct slice word;
	const char *blank;

	if (line.len > 0 && line.p[line.len - 1] == '\r')
		line.len--;
	line = slice_trim(line);
	if ((blank = memrchr(line.p, ' ', line.len)) == NULL)
		return false;
	word.p = blank + 1;
	word.len = line.len - (size_t)(word.p - line.p);
	return word.len >= 6 &&
	    slice_eq_nocase((struct slice){ word.p, 5 }, SLICE("HTTP/")) &&
	    word.p[5] >= '0' && word.p[5] <= '9';
}

enum detect_result
detect_http(const char *bytes, size_t len, size_t max, uint32_t *scanned)
{
	size_t look = len < METHOD_MAX + 1 ? len : METHOD_MAX + 1;
	const char *blank, *end;

	if ((blank = memchr(bytes, ' ', look)) == NULL) {
		if (len > METHOD_MAX)
			return DETECT_OTHER;
		return begins_known((struct slice){ bytes, len }) ?
		    DETECT_MORE : DETECT_OTHER;
	}
	if (!is_known((struct slice){ bytes, (size_t)(blank - bytes) }))
		return DETECT_OTHER;
	end = memchr(bytes + *scanned, '\n', len - *scanned);
	if ((end == NULL ? len : (size_t)(end - bytes) + 1) > max)
		return DETECT_HTTP;
	if (end == NULL) {
		*scanned = (uint32_t)len;
		return DETECT_MORE;
	}
	return ends_in_version((struct slice){ bytes,
	    (size_t)(end - bytes) }) ? DETECT_HTTP : DETECT_OTHER;
}
