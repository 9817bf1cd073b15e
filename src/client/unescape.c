#include "client/unescape.h"

#include <string.h>

#include "http/http_byte.h"

/*
 * The byte that the characters behind a backslash stand for. Returns how many
 * they are, or 0 if they stand for nothing.
 */
static size_t
escaped(const char *text, char *out)
{
	static const char names[] = "nrt\\", bytes[] = "\n\r\t\\";
	const char *name = text[0] == '\0' ? NULL : strchr(names, text[0]);

	if (name != NULL) {
		*out = bytes[name - names];
		return 1;
	}
	if (text[0] != 'x' || !http_byte_is(text[1], HTTP_BYTE_HEX) ||
	    !http_byte_is(text[2], HTTP_BYTE_HEX))
		return 0;
	*out = (char)(http_byte_hex(text[1]) << 4 | http_byte_hex(text[2]));
	return 3;
}

bool
unescape(const char *text, char *out, size_t *len)
{
	size_t at = 0, done = 0, used;
	char byte;

	for (; text[at] != '\0'; at++) {
		byte = text[at];
		if (byte == '\\') {
			if ((used = escaped(text + at + 1, &byte)) == 0) {
				*len = at;
				return false;
			}
			at += used;
		}
		out[done++] = byte;
	}
	*len = done;
	return true;
}
