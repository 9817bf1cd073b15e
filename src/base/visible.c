#include "base/visible.h"

#include "base/utf8.h"

/* The bytes at the front of text that can be written as they are. */
static size_t
plain_length(struct slice text)
{
	uint32_t code;
	size_t n = utf8_first(text, &code);

	return n > 0 && utf8_is_plain(code) ? n : 0;
}

size_t
visible(struct slice text, char *out, size_t size, size_t *used)
{
	static const char hex[] = "0123456789abcdef";
	struct slice rest = text;
	size_t n = 0;

	while (rest.len > 0) {
		unsigned char c = (unsigned char)rest.p[0];
		size_t plain = plain_length(rest);

		if (size - n < (plain > 0 ? plain : VISIBLE_MOST))
			break;
		if (plain > 0) {
			memcpy(out + n, rest.p, plain);
			n += plain;
		} else {
			out[n++] = '\\';
			out[n++] = 'x';
			out[n++] = hex[c >> 4];
			out[n++] = hex[c & 15];
			plain = 1;
		}
		rest.p += plain;
		rest.len -= plain;
	}
	if (used != NULL)
		*used = text.len - rest.len;
	return n;
}
