#include "base/utf8.h"

/* The length that the first byte promises, 0 if it cannot be a first one. */
static size_t
promised(unsigned char c)
{
	if (c < 0x80)
		return 1;
	if (c >= 0xc2 && c <= 0xdf)
		return 2;
	if (c >= 0xe0 && c <= 0xef)
		return 3;
	if (c >= 0xf0 && c <= 0xf4)
		return 4;
	return 0;
}

size_t
utf8_first(struct slice text, uint32_t *code)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char c = (unsigned char)text.p[0];
	size_t len = promised(c);
	uint32_t u;

	if (len == 0 || len > text.len)
		return 0;
	u = len == 1 ? c : c & (0xffu >> (len + 1));
	for (size_t i = 1; i < len; i++) {
		c = (unsigned char)text.p[i];
		if ((c & 0xc0) != 0x80)
			return 0;
		u = u << 6 | (c & 0x3f);
	}
	if (u < least[len] || u > 0x10ffff || (u >= 0xd800 && u <= 0xdfff))
		return 0;
	*code = u;
	return len;
}

bool
utf8_is_valid(struct slice text)
{
	uint32_t code;
	size_t n;

	for (; text.len > 0; text.p += n, text.len -= n)
		if ((n = utf8_first(text, &code)) == 0)
			return false;
	return true;
}

bool
utf8_is_plain(uint32_t code)
{
	static const struct {
		uint32_t first, last;
	} odd[] = {
		{ 0x0000, 0x001f },	/* C0, with the line ends and tab */
		{ 0x007f, 0x009f },	/* DEL, C1, with NEL */
		{ 0x061c, 0x061c },	/* direction */
		{ 0x200e, 0x200f },
		{ 0x2028, 0x202e },	/* line, paragraph; direction */
		{ 0x2066, 0x2069 },
		{ 0xd800, 0xdfff },
		{ 0xfeff, 0xfeff },	/* byte order mark */
		{ 0xfffe, 0xffff },
	};

	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		if (code >= odd[i].first && code <= odd[i].last)
			return false;
	return code <= 0x10ffff;
}
