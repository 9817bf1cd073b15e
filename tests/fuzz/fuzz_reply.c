/*
 * A response head: however it is cut, the result is the same; all slices lie
 * inside of it; nothing changes but folds, and those to blanks; and what was
 * accepted is as strict as promised.
 */
#include "fuzz.h"

#include "http/http_reply.h"

#define FIELDS_MAX	100

/* bytes are those that were parsed: the slices are of them. */
struct outcome {
	ssize_t			 n;
	char			*bytes;
	struct http_reply	 reply;
	struct http_field	 fields[FIELDS_MAX];
};

static const struct limit {
	size_t	head;
	size_t	fields;
} limits[] = {
	{ 65536, FIELDS_MAX },
	{ 100, 3 },
};

static const enum http_method methods[] = { HTTP_GET, HTTP_HEAD };

static void
parse(struct outcome *o, size_t *scanned, size_t len,
    const struct limit *limit, enum http_method method)
{
	o->reply.fields.v = o->fields;
	o->reply.fields.max = limit->fields;
	o->n = http_reply_parse(scanned, o->bytes, len, method, limit->head,
	    &o->reply);
	REQUIRE(o->n >= -1 && (o->n <= 0 || (size_t)o->n <= len));
	REQUIRE((o->n == -1) == (o->reply.fault != NULL));
	REQUIRE(o->n != 0 || len < limit->head);
	REQUIRE(*scanned <= len);
}

static void
check_inside(struct slice s, const char *bytes, size_t len)
{
	REQUIRE(s.p >= bytes && s.p + s.len <= bytes + len);
	for (size_t i = 0; i < s.len; i++)
		REQUIRE(((unsigned char)s.p[i] >= 0x20 && s.p[i] != 0x7f) ||
		    s.p[i] == '\t');
}

static void
check_framing(const struct http_reply *r, enum http_method method)
{
	REQUIRE(r->content_length >= 0);
	REQUIRE(r->content_length == 0 || r->framing == HTTP_FRAMING_LENGTH);
	REQUIRE(!r->keep_alive || r->framing != HTTP_FRAMING_CLOSE);
	REQUIRE(r->minor > 0 || r->framing != HTTP_FRAMING_CHUNKED);
	REQUIRE((r->framing == HTTP_FRAMING_NONE) == (method == HTTP_HEAD ||
	    r->status < 200 || r->status == 204 || r->status == 304));
	REQUIRE(r->fault == NULL);
}

static void
check_accepted(const struct outcome *o, enum http_method method)
{
	const struct http_reply *r = &o->reply;
	size_t len = (size_t)o->n;

	REQUIRE(o->bytes[len - 1] == '\n');
	REQUIRE(r->status >= 100 && r->status <= 999);
	REQUIRE(r->minor == 0 || r->minor == 1);
	check_inside(r->reason, o->bytes, len);
	check_framing(r, method);
	for (size_t i = 0; i < r->fields.n; i++) {
		check_inside(r->fields.v[i].name, o->bytes, len);
		check_inside(r->fields.v[i].value, o->bytes, len);
		REQUIRE(http_is_token(r->fields.v[i].name));
	}
}

/* The head may have got blanks for line ends; what follows is as it was. */
static void
check_unchanged(const struct outcome *o, const char *was, size_t len)
{
	size_t head = o->n > 0 ? (size_t)o->n : o->n == 0 ? 0 : len;

	for (size_t i = 0; i < len; i++)
		REQUIRE(o->bytes[i] == was[i] || (i < head &&
		    o->bytes[i] == ' ' && (was[i] == '\r' ||
		    was[i] == '\n')));
}

static void
check_same(const struct outcome *a, const struct outcome *b)
{
	const struct http_reply *r = &a->reply, *s = &b->reply;

	REQUIRE(a->n == b->n && r->fault == s->fault);
	if (a->n <= 0)
		return;
	REQUIRE(r->status == s->status && r->minor == s->minor);
	REQUIRE(r->keep_alive == s->keep_alive && r->framing == s->framing);
	REQUIRE(r->content_length == s->content_length);
	REQUIRE(slice_eq(r->reason, s->reason));
	REQUIRE(r->fields.n == s->fields.n);
	for (size_t i = 0; i < r->fields.n; i++) {
		REQUIRE(r->fields.v[i].id == s->fields.v[i].id);
		REQUIRE(slice_eq(r->fields.v[i].name, s->fields.v[i].name));
		REQUIRE(slice_eq(r->fields.v[i].value,
		    s->fields.v[i].value));
	}
}

/* In pieces, each time at another place; a seed of 0: byte by byte. */
static void
drip(const struct outcome *want, const char *bytes, size_t len,
    const struct limit *limit, enum http_method method, uint64_t seed)
{
	static struct outcome got;
	size_t n = 0, scanned = 0, before;

	got.bytes = fuzz_copy(bytes, len);
	got.n = 0;
	got.reply.fault = NULL;
	while (n < len && got.n == 0) {
		before = scanned;
		if (seed == 0) {
			n++;
		} else {
			free(got.bytes);
			n += fuzz_cut(&seed, len - n);
			got.bytes = fuzz_copy(bytes, n);
		}
		parse(&got, &scanned, n, limit, method);
		REQUIRE(scanned >= before);
	}
	check_same(want, &got);
	check_unchanged(&got, bytes, n);
	free(got.bytes);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct outcome whole;
	const char *bytes = (const char *)data;

	for (int i = 0; i < 4; i++) {
		const struct limit *limit = &limits[i / 2];
		size_t scanned = 0;

		whole.bytes = fuzz_copy(bytes, size);
		parse(&whole, &scanned, size, limit, methods[i % 2]);
		if (whole.n > 0)
			check_accepted(&whole, methods[i % 2]);
		check_unchanged(&whole, bytes, size);
		drip(&whole, bytes, size, limit, methods[i % 2], 0);
		drip(&whole, bytes, size, limit, methods[i % 2],
		    fuzz_seed(data, size) | 1);
		free(whole.bytes);
	}
	return 0;
}
