#include "http/http_fields.h"

#include "http/http_byte.h"
#include "http/http_word.h"

static const struct http_fault section_cut = {
	400, "The field section ends in the middle of a line.",
	"End each line with CR LF, and the section with an empty line.",
	"RFC 9112, section 2.1"
};
static const struct http_fault leading_blank = {
	400, "A blank stands before the first field.",
	"Begin each field line with the field's name.",
	"RFC 9112, section 2.2"
};
static const struct http_fault folded = {
	400, "A field line begins with a blank: folded fields are obsolete.",
	"Write each field on one line.", "RFC 9112, section 5.2"
};
static const struct http_fault empty_name = {
	400, "A field line begins with a colon: the field has no name.",
	"Write a name before the colon.", "RFC 9112, section 5"
};
static const struct http_fault no_colon = {
	400, "A field line has no colon.",
	"Write the name, a colon and the value, such as \"Accept: */*\".",
	"RFC 9112, section 5"
};
static const struct http_fault space_before_colon = {
	400, "A blank stands between a field's name and its colon.",
	"Write the colon right behind the name.", "RFC 9112, section 5.1"
};
static const struct http_fault bad_name = {
	400, "A field's name has a byte that is not allowed in a name.",
	"Use letters, digits and hyphens.", "RFC 9110, section 5.1"
};
static const struct http_fault bare_cr = {
	400, "A carriage return stands alone, without a line feed after it.",
	"End each line with CR LF, and use CR nowhere else.",
	"RFC 9112, section 2.2"
};
static const struct http_fault nul_byte = {
	400, "A field has a NUL byte.", "Leave it out.",
	"RFC 9110, section 5.5"
};
static const struct http_fault control_byte = {
	400, "A field's value has a control byte.",
	"Use visible characters, spaces and tabs only.",
	"RFC 9110, section 5.5"
};
static const struct http_fault too_many = {
	431, "There are more fields than are read here.",
	"Send fewer fields.", "RFC 6585, section 5"
};

/*
 * The known names in lower case by length, two a length at most and none
 * shorter than 4. Bytes of a token are compared with the bit 0x20 set: of all
 * of them only a letter can become a letter by that, and only "-" a "-".
 */
static const struct known {
	char			name[20];	/* empty: none */
	enum http_field_id	id;
} known[][2] = {
	[4] = { { "host", HTTP_FIELD_HOST } },
	[5] = { { "range", HTTP_FIELD_RANGE } },
	[6] = { { "accept", HTTP_FIELD_ACCEPT },
	    { "expect", HTTP_FIELD_EXPECT } },
	[7] = { { "referer", HTTP_FIELD_REFERER } },
	[8] = { { "if-match", HTTP_FIELD_IF_MATCH },
	    { "if-range", HTTP_FIELD_IF_RANGE } },
	[10] = { { "connection", HTTP_FIELD_CONNECTION },
	    { "user-agent", HTTP_FIELD_USER_AGENT } },
	[13] = { { "if-none-match", HTTP_FIELD_IF_NONE_MATCH } },
	[14] = { { "content-length", HTTP_FIELD_CONTENT_LENGTH } },
	[15] = { { "accept-encoding", HTTP_FIELD_ACCEPT_ENCODING } },
	[17] = { { "if-modified-since", HTTP_FIELD_IF_MODIFIED_SINCE },
	    { "transfer-encoding", HTTP_FIELD_TRANSFER_ENCODING } },
	[19] = { { "if-unmodified-since", HTTP_FIELD_IF_UNMODIFIED_SINCE } }
};

#define KNOWN_LENGTHS	(sizeof(known) / sizeof(known[0]))

static bool
is_same_eight(const char *p, const char *lower)
{
	return (word_load(p) | HTTP_WORD(0x20)) == word_load(lower);
}

static bool
is_same_four(const char *p, const char *lower)
{
	uint32_t a, b;

	memcpy(&a, p, sizeof(a));
	memcpy(&b, lower, sizeof(b));
	return (a | UINT32_C(0x20202020)) == b;
}

/* The last step looks at some bytes again, so that none is left over. */
static bool
is_name(struct slice token, const char *lower)
{
	size_t i, n = token.len;

	if (n < 8)
		return is_same_four(token.p, lower) &&
		    is_same_four(token.p + n - 4, lower + n - 4);
	for (i = 0; i + 8 < n; i += 8)
		if (!is_same_eight(token.p + i, lower + i))
			return false;
	return is_same_eight(token.p + n - 8, lower + n - 8);
}

static bool
is_known(const struct known *k, struct slice name)
{
	return k->name[0] == (name.p[0] | 0x20) && is_name(name, k->name);
}

static enum http_field_id
field_id(struct slice name)
{
	const struct known *k;

	if (name.len >= KNOWN_LENGTHS)
		return HTTP_FIELD_OTHER;
	k = known[name.len];
	if (is_known(&k[0], name))
		return k[0].id;
	return is_known(&k[1], name) ? k[1].id : HTTP_FIELD_OTHER;
}

/* What is wrong with a line whose token, up to stop, has no colon behind? */
static const struct http_fault *
name_fault(const char *line, const char *stop, const char *end, bool is_first)
{
	const char *p = stop, *lf;

	if (http_byte_is_blank(*line))
		return is_first ? &leading_blank : &folded;
	if (*line == ':')
		return &empty_name;
	while (p < end && http_byte_is_blank(*p))
		p++;
	if (p == end)
		return &section_cut;
	if (*p == ':')
		return &space_before_colon;
	if (*p == '\0')
		return &nul_byte;
	if (*p == '\r' && p + 1 < end && p[1] != '\n')
		return &bare_cr;
	lf = memchr(p, '\n', (size_t)(end - p));
	if (lf == NULL)
		return &section_cut;
	return memchr(p, ':', (size_t)(lf - p)) == NULL ? &no_colon : &bad_name;
}

static const struct http_fault *
value_fault(char c)
{
	if (c == '\r')
		return &bare_cr;
	return c == '\0' ? &nul_byte : &control_byte;
}

/*
 * What is left to read: at a place below wide eight bytes can be read, below
 * end one.
 */
struct reach {
	const char	*wide;
	const char	*end;
};

/* The first byte that cannot be in a name. */
static const char *
skip_name(const char *p, const struct reach *to)
{
	uint64_t marks;

	for (; p < to->wide; p += 8) {
		marks = http_word_not_name(word_load(p));
		if (marks == 0)
			continue;
		p += http_word_first(marks);
		if (*p == ':')
			return p;
		break;
	}
	while (p < to->end && http_byte_is(*p, HTTP_BYTE_TOKEN))
		p++;
	return p;
}

/* The first byte that cannot be in a value. */
static const char *
skip_value(const char *p, const struct reach *to)
{
	uint64_t w, marks;

	while (p < to->wide) {
		w = word_load(p);
		if (http_word_is_text(w) ||
		    (marks = http_word_control(w)) == 0) {
			p += 8;
			continue;
		}
		p += http_word_first(marks);
		if (*p != '\t')
			return p;
		p++;
	}
	while (p < to->end && http_byte_is(*p, HTTP_BYTE_VALUE))
		p++;
	return p;
}

/* Split one line at *line, move *line behind it. out->next is set to 0. */
static const struct http_fault *
parse_line(const char **line, const struct reach *to, bool is_first,
    struct http_field *out, bool *bare_lf)
{
	const char *p, *value, *stop, *end = to->end;

	p = skip_name(*line, to);
	if (p == end)
		return &section_cut;
	if (*p != ':' || p == *line)
		return name_fault(*line, p, end, is_first);
	out->name = (struct slice){ *line, (size_t)(p - *line) };
	out->id = field_id(out->name);
	out->next = 0;

	value = p + 1;
	while (value < end && http_byte_is_blank(*value))
		value++;
	p = stop = skip_value(value, to);
	while (stop > value && http_byte_is_blank(stop[-1]))
		stop--;
	out->value = (struct slice){ value, (size_t)(stop - value) };

	if (end - p >= 2 && p[0] == '\r' && p[1] == '\n') {
		*line = p + 2;
		return NULL;
	}
	if (p == end || (*p == '\r' && p + 1 == end))
		return &section_cut;
	if (*p != '\n')
		return value_fault(*p);
	*bare_lf = true;
	*line = p + 1;
	return NULL;
}

/* The length of the empty line at p that ends the section; 0: none is. */
static size_t
empty_line(const char *p, const char *end, bool *bare_lf)
{
	if (p == end)
		return 0;
	if (*p == '\r')
		return p + 1 < end && p[1] == '\n' ? 2 : 0;
	if (*p != '\n')
		return 0;
	*bare_lf = true;
	return 1;
}

const struct http_fault *
http_fields_parse(const char *bytes, size_t len, size_t *used,
    struct http_fields *out, bool *bare_lf)
{
	const size_t max = out->max < UINT16_MAX ? out->max : UINT16_MAX;
	const char *line = bytes, *next = bytes, *end = bytes + len;
	const struct reach to = { len >= 8 ? end - 7 : bytes, end };
	/* The last of each id, so that a repeated field costs no search. */
	uint16_t last[HTTP_FIELD_IDS] = { 0 };
	const struct http_fault *fault = NULL;
	struct http_field one_more = { .next = 0 }, *f;
	size_t n = 0, empty;

	memset(out->first, 0, sizeof(out->first));
	while ((empty = empty_line(line, end, bare_lf)) == 0) {
		/* A line that is wrong is so even if it is one too many. */
		f = n == max ? &one_more : &out->v[n];
		fault = parse_line(&next, &to, line == bytes, f, bare_lf);
		if (fault == NULL && n == max)
			fault = &too_many;
		if (fault != NULL)
			break;
		line = next;
		n++;
		if (last[f->id] == 0)
			out->first[f->id] = (uint16_t)n;
		else
			out->v[last[f->id] - 1].next = (uint16_t)n;
		last[f->id] = (uint16_t)n;
	}
	out->n = n;
	*used = (size_t)(line - bytes) + empty;
	return fault;
}

/* The length of the list element at p: up to a comma outside of quotes. */
static size_t
element_length(const char *p, size_t len)
{
	bool quoted = false;
	size_t i;

	for (i = 0; i < len && (quoted || p[i] != ','); i++) {
		if (p[i] == '"')
			quoted = !quoted;
		else if (p[i] == '\\' && quoted && i + 1 < len)
			i++;
	}
	return i;
}

bool
http_list_next(struct slice *rest, struct slice *element)
{
	size_t n;

	while (rest->len > 0) {
		n = element_length(rest->p, rest->len);
		*element = slice_trim((struct slice){ rest->p, n });
		if (n < rest->len)
			n++;
		rest->p += n;
		rest->len -= n;
		if (element->len > 0)
			return true;
	}
	return false;
}
