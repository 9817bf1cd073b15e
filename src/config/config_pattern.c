#include "config/config_pattern.h"

#include "http/http_byte.h"

static bool
ends_in(struct slice s, struct slice end)
{
	return s.len >= end.len && memcmp(s.p + s.len - end.len, end.p,
	    end.len) == 0;
}

static bool
match_extension(struct slice extension, struct slice path, struct slice *rest)
{
	size_t name = path.len - extension.len;

	if (!ends_in(path, extension) || name < 2 || path.p[name - 1] == '/')
		return false;
	*rest = (struct slice){ path.p + 1, name - 1 };
	return true;
}

bool
config_pattern_match(const char *pattern, struct slice path,
    struct slice *rest)
{
	struct slice own = slice_of(pattern), none;

	if (rest == NULL)
		rest = &none;
	if (own.p[0] == '*')
		return match_extension((struct slice){ own.p + 1,
		    own.len - 1 }, path, rest);
	if (own.p[own.len - 1] != '*') {
		*rest = (struct slice){ path.p + path.len, 0 };
		return slice_eq(own, path);
	}
	own.len--;
	if (path.len < own.len || memcmp(path.p, own.p, own.len) != 0)
		return false;
	*rest = (struct slice){ path.p + own.len, path.len - own.len };
	return true;
}

bool
config_pattern_has_rest(const char *pattern)
{
	return pattern[0] == '*' || pattern[strlen(pattern) - 1] == '*';
}

static bool
has_escape(struct slice s)
{
	for (size_t i = 0; i + 2 < s.len; i++)
		if (s.p[i] == '%' && http_byte_is(s.p[i + 1], HTTP_BYTE_HEX) &&
		    http_byte_is(s.p[i + 2], HTTP_BYTE_HEX))
			return true;
	return false;
}

static bool
has_control(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return true;
	return false;
}

static const char *
bytes_fault(struct slice s)
{
	if (has_control(s))
		return "must not hold control characters";
	if (has_escape(s))
		return "is a decoded path: write the character itself, such "
		    "as a space instead of \"%20\"";
	return NULL;
}

/*
 * Segments that no decoded path has. Of the beginning of a path the last
 * segment is not whole, and may yet become a good one.
 */
static const char *
segments_fault(struct slice path, bool is_whole)
{
	size_t end;

	for (size_t begin = 1; begin <= path.len; begin = end + 1) {
		struct slice s = { path.p + begin, 0 };

		for (end = begin; end < path.len && path.p[end] != '/'; end++)
			s.len++;
		if (end == path.len && (!is_whole || s.len == 0))
			return NULL;
		if (s.len == 0)
			return "must not hold \"//\": slashes are made one "
			    "before paths are compared";
		if (slice_eq(s, SLICE(".")) || slice_eq(s, SLICE("..")))
			return "must not hold \"/./\" or \"/../\": they are "
			    "resolved before paths are compared";
	}
	return NULL;
}

const char *
config_path_fault(struct slice path)
{
	const char *fault;

	if (path.len == 0 || path.p[0] != '/')
		return "must begin with \"/\"";
	if ((fault = bytes_fault(path)) != NULL)
		return fault;
	return segments_fault(path, true);
}

static const char *
extension_fault(struct slice extension)
{
	if (extension.len == 0)
		return "lacks the extension after \"*.\", as in \"*.html\"";
	if (memchr(extension.p, '/', extension.len) != NULL)
		return "must not hold \"/\" after \"*.\": an extension stands "
		    "at the end of a path";
	if (memchr(extension.p, '*', extension.len) != NULL)
		return "must hold one \"*\" only, as in \"/a/*\" or "
		    "\"*.html\"";
	return bytes_fault(extension);
}

const char *
config_pattern_fault(struct slice pattern)
{
	struct slice path = pattern;
	const char *star, *fault;

	if (slice_eq(pattern, SLICE("*")))
		return "must begin with \"/\" or \"*.\"; for all paths write "
		    "\"/*\"";
	if (pattern.len >= 2 && memcmp(pattern.p, "*.", 2) == 0)
		return extension_fault((struct slice){ pattern.p + 2,
		    pattern.len - 2 });
	if (pattern.len == 0 || pattern.p[0] != '/')
		return "must be a path such as \"/a/b\", the beginning of "
		    "paths such as \"/a/*\", or an extension such as "
		    "\"*.html\"";
	star = memchr(pattern.p, '*', pattern.len);
	if (star == NULL)
		return config_path_fault(pattern);
	if (star != pattern.p + pattern.len - 1)
		return "must have its \"*\" at the end, as in \"/a/*\", or "
		    "before an extension, as in \"*.html\"";
	path.len--;
	if ((fault = bytes_fault(path)) != NULL)
		return fault;
	return segments_fault(path, false);
}
