#include "client/file_name.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "http/http_byte.h"

/* A longer one is no extension, but a part of a name with a dot in it. */
#define EXTENSION_MAX	16

/* Before it there may be one more that belongs to it: ".tar.gz" */
#define INNER		".tar"

/* The bytes of a segment; out has room for all of it. Returns how many. */
static size_t
decode(struct slice segment, char *out)
{
	const char *p = segment.p, *end = segment.p + segment.len;
	size_t n = 0;

	while (p < end) {
		if (*p == '%' && end - p > 2 &&
		    http_byte_is(p[1], HTTP_BYTE_HEX) &&
		    http_byte_is(p[2], HTTP_BYTE_HEX)) {
			out[n++] = (char)(http_byte_hex(p[1]) << 4 |
			    http_byte_hex(p[2]));
			p += 3;
		} else {
			out[n++] = *p++;
		}
	}
	return n;
}

/* In place: it does not become longer. Returns its length. */
static size_t
make_safe(char *name, size_t len)
{
	struct slice rest = { name, len };
	char *to = name;
	uint32_t code;
	size_t n;

	for (; rest.len > 0; rest.p += n, rest.len -= n) {
		n = utf8_first(rest, &code);
		if (n == 0 || !utf8_is_plain(code) || code == '/' ||
		    code == '\\') {
			*to++ = '_';
			n = n == 0 ? 1 : n;
		} else {
			memmove(to, rest.p, n);
			to += n;
		}
	}
	if (to > name && memchr(".- ", name[0], 3) != NULL)
		name[0] = '_';
	return (size_t)(to - name);
}

/* The bytes of ".gz" or ".tar.gz" at the end; 0 if there is none. */
static size_t
extension(const char *name, size_t len)
{
	const char *dot = memrchr(name, '.', len);
	size_t n, inner = sizeof(INNER) - 1;

	if (dot == NULL || dot == name)
		return 0;
	n = len - (size_t)(dot - name);
	if (n > EXTENSION_MAX)
		return 0;
	if ((size_t)(dot - name) > inner &&
	    memcmp(dot - inner, INNER, inner) == 0)
		n += inner;
	return n;
}

/* Cut it to max bytes, between two characters. Returns its length. */
static size_t
cut(char *name, size_t len, size_t max)
{
	size_t more = extension(name, len), keep;

	if (len <= max)
		return len;
	keep = max - more;
	while (keep > 0 && ((unsigned char)name[keep] & 0xc0) == 0x80)
		keep--;
	memmove(name + keep, name + len - more, more);
	return keep + more;
}

bool
file_name(const struct url *url, char out[static FILE_NAME_MAX], char *error,
    size_t size)
{
	const char *slash = memrchr(url->path.p, '/', url->path.len);
	struct slice segment = url->path;
	char name[URL_MAX];
	size_t len;

	if (slash != NULL) {
		segment.len -= (size_t)(slash + 1 - segment.p);
		segment.p = slash + 1;
	}
	if (segment.len == 0 || segment.len > sizeof(name)) {
		snprintf(error, size, "the path has no name of a file at its "
		    "end: give one with -o");
		return false;
	}
	len = cut(name, make_safe(name, decode(segment, name)),
	    FILE_NAME_MAX - 1);
	memcpy(out, name, len);
	out[len] = '\0';
	return true;
}
