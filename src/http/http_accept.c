#include "http/http_accept.h"

#include "http/http_byte.h"

#define ANY		HTTP_CODINGS	/* "*", beside the codings */
#define NOT_NAMED	UINT16_MAX

static const struct {
	const char	*name;
	const char	*suffix;
} codings[] = {
	[HTTP_CODING_IDENTITY] = { "identity", "" },
	[HTTP_CODING_ZSTD] = { "zstd", ".zst" },
	[HTTP_CODING_BR] = { "br", ".br" },
	[HTTP_CODING_GZIP] = { "gzip", ".gz" }
};

/*
 * What may be named, in lower case by length, two a length at most. Bytes of
 * a token are compared with the bit 0x20 set: of all of them only a letter
 * can become a letter by that, and only "*" and "-" what they are.
 */
static const struct name {
	char		text[9];	/* empty: none */
	unsigned char	coding;
} names[][2] = {
	[1] = { { "*", ANY } },
	[2] = { { "br", HTTP_CODING_BR } },
	[4] = { { "gzip", HTTP_CODING_GZIP }, { "zstd", HTTP_CODING_ZSTD } },
	[6] = { { "x-gzip", HTTP_CODING_GZIP } },
	[8] = { { "identity", HTTP_CODING_IDENTITY } }
};

#define NAME_LENGTHS	(sizeof(names) / sizeof(names[0]))

/* What browsers send, of which the list needs no reading. */
static const struct {
	struct slice	value;
	uint16_t	quality[HTTP_CODINGS];
} usual[] = {
	{ { "gzip, deflate, br, zstd", 23 }, { 1, 1000, 1000, 1000 } },
	{ { "gzip, deflate, br", 17 }, { 1, 0, 1000, 1000 } },
	{ { "gzip, deflate", 13 }, { 1, 0, 0, 1000 } }
};

#define USUAL		(sizeof(usual) / sizeof(usual[0]))

struct media_range {
	struct slice	type;
	struct slice	subtype;
	bool		is_utf8;	/* charset=utf-8 */
	bool		has_other;	/* parameters but charset=utf-8 */
	bool		has_weight;
	unsigned	quality;
};

/* What is known of a media type after some media ranges. */
struct choice {
	struct slice	type;
	struct slice	subtype;
	unsigned	specificity;	/* of the best range; 0: none */
	unsigned	quality;
};

static bool
is_next(const struct slice *s, char c)
{
	return s->len > 0 && s->p[0] == c;
}

static void
drop(struct slice *s, size_t n)
{
	s->p += n;
	s->len -= n;
}

static bool
take_byte(struct slice *s, char c)
{
	if (!is_next(s, c))
		return false;
	drop(s, 1);
	return true;
}

static void
skip_blanks(struct slice *s)
{
	while (s->len > 0 && http_byte_is_blank(s->p[0]))
		drop(s, 1);
}

/* The token at the front of *s, empty if there is none. */
static struct slice
take_token(struct slice *s)
{
	struct slice token = { s->p, http_token_length(*s) };

	drop(s, token.len);
	return token;
}

/* qvalue, section 12.4.2: 0 or 1 and up to three digits, in thousandths. */
static bool
take_quality(struct slice *s, unsigned *out)
{
	unsigned scale, quality = 0;

	if (take_byte(s, '1'))
		quality = HTTP_QUALITY_MAX;
	else if (!take_byte(s, '0'))
		return false;
	if (take_byte(s, '.'))
		for (scale = 100; scale > 0 && s->len > 0 &&
		    http_byte_is_digit(s->p[0]); scale /= 10) {
			quality += (unsigned)(s->p[0] - '0') * scale;
			drop(s, 1);
		}
	*out = quality;
	return quality <= HTTP_QUALITY_MAX;
}

/* Go to the next member that is not empty; false if there is none. */
static bool
find_member(struct slice *s)
{
	while (s->len > 0 && (s->p[0] == ',' || http_byte_is_blank(s->p[0])))
		drop(s, 1);
	return s->len > 0;
}

/* Is the member read to its end? Blanks that follow are taken. */
static bool
is_member_end(struct slice *s)
{
	skip_blanks(s);
	return s->len == 0 || s->p[0] == ',';
}

/* Leave the malformed member that begins at member, with its quotes. */
static void
skip_member(struct slice *s, struct slice member)
{
	struct slice skipped;

	*s = member;
	(void)http_list_next(s, &skipped);
}

/* Section 12.5.3: a name, and a weight at most. */
static bool
take_coding(struct slice *s, struct slice *name, unsigned *quality)
{
	*quality = HTTP_QUALITY_MAX;
	*name = take_token(s);
	if (name->len == 0)
		return false;
	skip_blanks(s);
	if (take_byte(s, ';')) {
		skip_blanks(s);
		if (!take_byte(s, 'q') && !take_byte(s, 'Q'))
			return false;
		if (!take_byte(s, '=') || !take_quality(s, quality))
			return false;
	}
	return is_member_end(s);
}

static bool
is_name(struct slice token, const struct name *name)
{
	for (size_t i = 0; i < token.len; i++)
		if ((token.p[i] | 0x20) != name->text[i])
			return false;
	return true;
}

static void
set_quality(uint16_t *given, struct slice name, unsigned quality)
{
	if (name.len >= NAME_LENGTHS)
		return;
	for (int i = 0; i < 2; i++)
		if (is_name(name, &names[name.len][i])) {
			given[names[name.len][i].coding] = (uint16_t)quality;
			return;
		}
}

/* Returns how many well-formed members the line has. */
static size_t
read_codings(struct slice line, uint16_t *given)
{
	struct slice member, name;
	unsigned quality;
	size_t count = 0;

	while (find_member(&line)) {
		member = line;
		if (take_coding(&line, &name, &quality)) {
			set_quality(given, name, quality);
			count++;
		} else {
			skip_member(&line, member);
		}
	}
	return count;
}

static const uint16_t *
find_usual(struct slice value)
{
	for (size_t i = 0; i < USUAL; i++)
		if (slice_eq(value, usual[i].value))
			return usual[i].quality;
	return NULL;
}

void
http_accept_encoding(const struct http_fields *fields,
    uint16_t quality[static HTTP_CODINGS])
{
	const struct http_field *f =
	    http_fields_first(fields, HTTP_FIELD_ACCEPT_ENCODING);
	uint16_t given[HTTP_CODINGS + 1], other = 0;
	const uint16_t *found;
	size_t count = 0;

	if (f != NULL && f->next == 0 &&
	    (found = find_usual(f->value)) != NULL) {
		memcpy(quality, found, sizeof(usual[0].quality));
		return;
	}
	for (int i = 0; i <= HTTP_CODINGS; i++)
		given[i] = NOT_NAMED;
	for (; f != NULL; f = http_fields_next(fields, f))
		count += read_codings(f->value, given);
	if (given[ANY] != NOT_NAMED)
		other = given[ANY];
	else if (given[HTTP_CODING_IDENTITY] == NOT_NAMED)
		given[HTTP_CODING_IDENTITY] = count > 0 ? 1 : HTTP_QUALITY_MAX;
	for (int i = 0; i < HTTP_CODINGS; i++)
		quality[i] = given[i] != NOT_NAMED ? given[i] : other;
}

const char *
http_coding_name(enum http_coding coding)
{
	return codings[coding].name;
}

const char *
http_coding_suffix(enum http_coding coding)
{
	return codings[coding].suffix;
}

/* A token, or what stands between the quotes, its escapes as they are. */
static bool
take_value(struct slice *s, struct slice *out)
{
	size_t i = 0;

	if (!take_byte(s, '"')) {
		*out = take_token(s);
		return out->len > 0;
	}
	while (i < s->len && s->p[i] != '"')
		i += s->p[i] == '\\' && i + 1 < s->len ? 2 : 1;
	*out = (struct slice){ s->p, i };
	drop(s, i);
	return take_byte(s, '"');
}

/*
 * One parameter behind its ";". There may be none, section 5.6.6. The one
 * named q is the weight, wherever it stands (12.5.1).
 */
static bool
take_parameter(struct slice *s, struct media_range *r)
{
	struct slice name = take_token(s), value;

	if (name.len == 0)
		return true;
	if (!take_byte(s, '='))
		return false;
	if (slice_eq_nocase(name, SLICE("q"))) {
		if (r->has_weight)
			return false;
		r->has_weight = true;
		return take_quality(s, &r->quality);
	}
	if (!take_value(s, &value))
		return false;
	if (slice_eq_nocase(name, SLICE("charset")) &&
	    slice_eq_nocase(value, SLICE("utf-8")))
		r->is_utf8 = true;
	else
		r->has_other = true;
	return true;
}

/* Section 12.5.1: a media range, its parameters, and its weight. */
static bool
take_media_range(struct slice *s, struct media_range *r)
{
	*r = (struct media_range){ .quality = HTTP_QUALITY_MAX };
	r->type = take_token(s);
	if (r->type.len == 0 || !take_byte(s, '/'))
		return false;
	r->subtype = take_token(s);
	if (r->subtype.len == 0)
		return false;
	for (skip_blanks(s); take_byte(s, ';'); skip_blanks(s)) {
		skip_blanks(s);
		if (!take_parameter(s, r))
			return false;
	}
	return is_member_end(s);
}

static bool
is_star(struct slice s)
{
	return slice_eq(s, SLICE("*"));
}

/* 0: it does not match; else the more, the more specific it is. */
static unsigned
specificity(const struct media_range *r, struct slice type,
    struct slice subtype)
{
	bool is_all = is_star(r->type) && is_star(r->subtype);
	unsigned level = 1;

	if (r->has_other || (!is_all && !slice_eq_nocase(r->type, type)))
		return 0;
	if (!is_all)
		level = is_star(r->subtype) ? 2 : 3;
	if (level == 3 && !slice_eq_nocase(r->subtype, subtype))
		return 0;
	return level * 2 + r->is_utf8;
}

/* The last one of the most specific ranges in a line and those before it. */
static void
read_ranges(struct slice line, struct choice *c)
{
	struct media_range r;
	struct slice member;
	unsigned n;

	while (find_member(&line)) {
		member = line;
		if (!take_media_range(&line, &r)) {
			skip_member(&line, member);
			continue;
		}
		n = specificity(&r, c->type, c->subtype);
		if (n < c->specificity)
			continue;
		/* Something is asked for: what nothing matches is not it. */
		c->quality = n > 0 ? r.quality : 0;
		c->specificity = n;
	}
}

unsigned
http_accept_type(const struct http_fields *fields, struct slice type)
{
	const struct http_field *f =
	    http_fields_first(fields, HTTP_FIELD_ACCEPT);
	struct choice c = { .subtype = type, .quality = HTTP_QUALITY_MAX };

	c.type = take_token(&c.subtype);
	(void)take_byte(&c.subtype, '/');
	for (; f != NULL; f = http_fields_next(fields, f))
		read_ranges(f->value, &c);
	return c.quality;
}
