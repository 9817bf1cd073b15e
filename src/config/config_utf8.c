#include "config/config_utf8.h"

#include <stdio.h>

size_t
config_utf8_find(struct slice text, struct slice part)
{
	for (size_t i = 0; i + part.len <= text.len; i++)
		if (text.p[i] == part.p[0] &&
		    memcmp(text.p + i, part.p, part.len) == 0)
			return i;
	return SIZE_MAX;
}

size_t
config_utf8_escape(uint32_t code, char out[static CONFIG_ESCAPE_MAX])
{
	const char *format = "\\U%08x";

	if (code <= 0xff)
		format = "\\x%02x";
	else if (code <= 0xffff)
		format = "\\u%04x";
	return (size_t)snprintf(out, CONFIG_ESCAPE_MAX, format, code);
}
