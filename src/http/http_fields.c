#include "http/http_fields.h"

#include "http/http_byte.h"

static const struct http_fault section_cut = {
	400, "The field section ends in the middle of a line.",
	"End each line with CR LF, and the section with an empty line.",
	"RFC 9112, section 2.1"
};
static const struct http_fault leading_blank = {
	400, "A blank stands between the request line and the first field.",
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
	431, "The request has more fields than this server reads.",
	"Send fewer fields.", "RFC 6585, section 5"
};

/*
 * The known names in lower case by length, two a length at most. A name's
 * bytes are compared with the bit 0x20 set: of all bytes of a token only a
 * letter can become a letter by that, and only "-" a "-".
 */
static const struct {
	const char		*name;
	enum http_field_id	 id;
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
is_name(struct slice token, const char *lower)
{
	for (size_t i = 0; i < token.len; i++)
		if ((token.p[i] | 0x20) != lower[i])
			return false;
	return true;
}

static enum http_field_id
field_id(struct slice name)
{
	if (name.len >= KNOWN_LENGTHS)
		return HTTP_FIELD_OTHER;
	for (int i = 0; i < 2; i++)
		if (known[name.len][i].name != NULL &&
		    is_name(name, known[name.len][i].name))
			return known[name.len][i].id;
	return HTTP_FIELD_OTHER;
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
 * The first byte that cannot be in a value. Eight bytes at once as long as
 * none of them is below 0x20 or is 0x7F; a false alarm (HTAB) costs time only.
 */
static const char *
skip_value(const char *p, const char *end)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t w, del;

	for (; end - p >= 8; p += 8) {
		memcpy(&w, p, sizeof(w));
		del = w ^ ones * 0x7f;
		if ((((w - ones * 0x20) & ~w) | ((del - ones) & ~del)) &
		    ones * 0x80)
			break;
	}
	while (p < end && http_byte_is(*p, HTTP_BYTE_VALUE))
		p++;
	return p;
}

/* Split one line at *line, move *line behind it. out->id is set, not next. */
static const struct http_fault *
parse_line(const char **line, const char *end, bool is_first,
    struct http_field *out, bool *bare_lf)
{
	const char *p = *line, *value, *stop;

	while (p < end && http_byte_is(*p, HTTP_BYTE_TOKEN))
		p++;
	if (p == end)
		return &section_cut;
	if (*p != ':' || p == *line)
		return name_fault(*line, p, end, is_first);
	out->name = (struct slice){ *line, (size_t)(p - *line) };
	out->id = field_id(out->name);

	value = p + 1;
	while (value < end && http_byte_is_blank(*value))
		value++;
	p = stop = skip_value(value, end);
	while (stop > value && http_byte_is_blank(stop[-1]))
		stop--;
	out->value = (struct slice){ value, (size_t)(stop - value) };

	if (p == end || (*p == '\r' && p + 1 == end))
		return &section_cut;
	if (*p == '\r' && p[1] == '\n')
		p++;
	else if (*p == '\n')
		*bare_lf = true;
	else
		return value_fault(*p);
	*line = p + 1;
	return NULL;
}

/* Is this the empty line that ends the section? */
static bool
is_empty_line(const char *p, const char *end, bool *bare_lf)
{
	if (p == end)
		return false;
	if (*p == '\r')
		return p + 1 < end && p[1] == '\n';
	if (*p != '\n')
		return false;
	*bare_lf = true;
	return true;
}

const struct http_fault *
http_fields_parse(const char *bytes, size_t len, struct http_fields *out,
    bool *bare_lf)
{
	const char *p = bytes, *end = bytes + len;
	/* The last of each id, so that a repeated field costs no search. */
	uint16_t last[HTTP_FIELD_IDS] = { 0 };
	const struct http_fault *fault;
	struct http_field f = { .next = 0 };

	out->n = 0;
	memset(out->first, 0, sizeof(out->first));
	while (!is_empty_line(p, end, bare_lf)) {
		fault = parse_line(&p, end, p == bytes, &f, bare_lf);
		if (fault != NULL)
			return fault;
		if (out->n == out->max || out->n == UINT16_MAX)
			return &too_many;
		out->v[out->n++] = f;
		if (out->first[f.id] == 0)
			out->first[f.id] = (uint16_t)out->n;
		else
			out->v[last[f.id] - 1].next = (uint16_t)out->n;
		last[f.id] = (uint16_t)out->n;
	}
	return NULL;
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
