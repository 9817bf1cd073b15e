#include "client/screen.h"

#include <string.h>

/* How many bytes a character has that begins with c. */
static size_t
promised(unsigned char c)
{
	return c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;
}

/* The bytes at the end of text whose meaning is not known yet. */
static size_t
cut(struct slice text)
{
	size_t most = text.len < SCREEN_HELD ? text.len : SCREEN_HELD;

	if (text.len > 0 && text.p[text.len - 1] == '\r')
		return 1;
	for (size_t n = 1; n <= most; n++) {
		unsigned char c = (unsigned char)text.p[text.len - n];

		if ((c & 0xc0) != 0x80)
			return promised(c) > n ? n : 0;
	}
	return 0;
}

/* The bytes at the front of text that have no meaning for a line. */
static size_t
run(struct slice text)
{
	size_t n = 0;

	while (n < text.len && text.p[n] != '\n' && text.p[n] != '\t' &&
	    text.p[n] != '\r')
		n++;
	return n;
}

static size_t
show(struct slice text, char *out)
{
	size_t n = 0, len;

	while (text.len > 0) {
		bool crlf = text.len > 1 && text.p[0] == '\r' &&
		    text.p[1] == '\n';

		len = run(text);
		if (crlf) {
			len = 1;
		} else if (text.p[0] == '\n' || text.p[0] == '\t') {
			out[n++] = text.p[0];
			len = 1;
		} else {
			len += len == 0;	/* CR alone */
			n += visible((struct slice){ text.p, len }, out + n,
			    len * VISIBLE_MOST, NULL);
		}
		text.p += len;
		text.len -= len;
	}
	return n;
}

size_t
screen_show(struct screen *s, struct slice text, char out[static SCREEN_ROOM])
{
	char all[SCREEN_HELD + SCREEN_MAX];
	struct slice known = { all, s->n + text.len };

	if (text.len == 0)
		return 0;
	memcpy(all, s->held, s->n);
	memcpy(all + s->n, text.p, text.len);
	s->n = cut(known);
	known.len -= s->n;
	memcpy(s->held, all + known.len, s->n);
	return show(known, out);
}

size_t
screen_end(struct screen *s, char out[static SCREEN_ROOM])
{
	struct slice rest = { s->held, s->n };

	s->n = 0;
	return show(rest, out);
}
