/*
 * What a client would like: qualities stay in their bounds, letters of the
 * other case and blanks around members change nothing, and several lines are
 * one list.
 */
#include "fuzz.h"

#include "http/http_accept.h"

#define FIELDS_MAX	100
#define TYPES		4

static const char *const types[TYPES] = {
	"text/html", "text/plain", "application/json", "image/svg+xml"
};

struct outcome {
	uint16_t	codings[HTTP_CODINGS];
	unsigned	types[TYPES];
};

static void
ask(const struct http_fields *fs, struct outcome *o)
{
	http_accept_encoding(fs, o->codings);
	for (int i = 0; i < HTTP_CODINGS; i++)
		REQUIRE(o->codings[i] <= HTTP_QUALITY_MAX);
	for (int i = 0; i < TYPES; i++) {
		o->types[i] = http_accept_type(fs, slice_of(types[i]));
		REQUIRE(o->types[i] <= HTTP_QUALITY_MAX);
	}
}

static void
check_same(const struct http_fields *fs, const struct outcome *want)
{
	struct outcome got;

	ask(fs, &got);
	for (int i = 0; i < HTTP_CODINGS; i++)
		REQUIRE(got.codings[i] == want->codings[i]);
	for (int i = 0; i < TYPES; i++)
		REQUIRE(got.types[i] == want->types[i]);
}

static void
swap_case(char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((bytes[i] >= 'a' && bytes[i] <= 'z') ||
		    (bytes[i] >= 'A' && bytes[i] <= 'Z'))
			bytes[i] ^= 0x20;
}

/* All values with this id in one, at p; returns where it ends. */
static char *
join(const struct http_fields *fs, enum http_field_id id, char *p)
{
	const struct http_field *f = http_fields_first(fs, id);

	for (; f != NULL; f = http_fields_next(fs, f)) {
		*p++ = ',';
		*p++ = '\t';
		if (f->value.len > 0)
			memcpy(p, f->value.p, f->value.len);
		p += f->value.len;
		*p++ = ' ';
		*p++ = ',';
	}
	return p;
}

/* Where there are quotes, one that is open ends with its line. */
static void
check_joined(const struct http_fields *fs, size_t size,
    const struct outcome *want)
{
	static const enum http_field_id ids[2] = {
		HTTP_FIELD_ACCEPT, HTTP_FIELD_ACCEPT_ENCODING
	};
	struct http_field v[2] = { { .next = 0 } };
	struct http_fields joined = { .v = v, .n = 2, .max = 2 };
	char *text = malloc(size + 4 * fs->n + 4), *p = text, *end;

	REQUIRE(text != NULL);
	for (uint16_t i = 0; i < 2; i++) {
		end = join(fs, ids[i], p);
		v[i].id = ids[i];
		v[i].value = (struct slice){ p, (size_t)(end - p) };
		if (http_fields_first(fs, ids[i]) != NULL)
			joined.first[ids[i]] = (uint16_t)(i + 1);
		p = end;
	}
	check_same(&joined, want);
	free(text);
}

/* data is a field section but for the empty line at its end. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct http_field v[FIELDS_MAX];
	struct http_fields fs = { .v = v, .max = FIELDS_MAX };
	struct outcome o;
	char *section = malloc(size + 4);
	size_t used;
	bool bare_lf;

	REQUIRE(section != NULL);
	if (size > 0)
		memcpy(section, data, size);
	memcpy(section + size, "\r\n\r\n", 4);
	if (http_fields_parse(section, size + 4, &used, &fs,
	    &bare_lf) == NULL) {
		ask(&fs, &o);
		if (memchr(section, '"', size + 4) == NULL)
			check_joined(&fs, size, &o);
		swap_case(section, size);
		check_same(&fs, &o);
	}
	free(section);
	return 0;
}
