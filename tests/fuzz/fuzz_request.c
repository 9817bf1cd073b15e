/*
 * A request head: however it is cut, the result is the same; all slices lie
 * inside of it; and what was accepted is as strict as promised.
 */
#include "fuzz.h"

#include "http/http_request.h"

#define FIELDS_MAX	100

struct outcome {
	ssize_t			n;
	struct http_request	request;
	struct http_field	fields[FIELDS_MAX];
};

static const struct {
	struct http_head_limits	head;
	size_t			fields;
} limits[] = {
	{ { 8192, 32768 }, FIELDS_MAX },
	{ { 40, 80 }, 3 },
};

static void
parse(struct outcome *o, struct http_head *head, const char *bytes,
    size_t len, int limit)
{
	o->request.fields.v = o->fields;
	o->request.fields.max = limits[limit].fields;
	o->n = http_request_parse(head, bytes, len, &limits[limit].head,
	    &o->request);
	REQUIRE(o->n >= -1 && (o->n <= 0 || (size_t)o->n <= len));
	REQUIRE((o->n == -1) == (o->request.fault != NULL));
	REQUIRE(head->scanned <= len);
}

static void
check_inside(struct slice s, const char *bytes, size_t len)
{
	if (s.len > 0)
		REQUIRE(s.p >= bytes && s.p + s.len <= bytes + len);
}

static void
check_text(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		REQUIRE(((unsigned char)s.p[i] >= 0x20 && s.p[i] != 0x7f) ||
		    s.p[i] == '\t');
}

static void
check_path(struct slice raw)
{
	char *out = malloc(raw.len + 1);
	size_t len;

	REQUIRE(out != NULL);
	REQUIRE(http_target_path(raw, out, &len) == NULL);
	REQUIRE(len <= raw.len && out[len] == '\0' && out[0] == '/');
	REQUIRE(strlen(out) == len && strstr(out, "//") == NULL);
	REQUIRE(strstr(out, "/../") == NULL && strstr(out, "/./") == NULL);
	free(out);
}

static void
check_accepted(const struct outcome *o, const char *bytes)
{
	const struct http_request *r = &o->request;
	size_t len = (size_t)o->n;

	REQUIRE(bytes[len - 1] == '\n');
	check_inside(r->method_name, bytes, len);
	check_inside(r->host.host, bytes, len);
	check_inside(r->host.port, bytes, len);
	check_inside(r->target.query, bytes, len);
	if (!slice_eq(r->target.path, SLICE("/")))
		check_inside(r->target.path, bytes, len);
	check_path(r->target.path);
	REQUIRE(http_is_token(r->method_name));
	REQUIRE(r->minor == 0 || r->host.host.len > 0 ||
	    r->method == HTTP_CONNECT);
	REQUIRE(!r->bare_lf || (!r->keep_alive &&
	    r->framing == HTTP_FRAMING_NONE));
	REQUIRE(r->content_length >= 0);
	for (size_t i = 0; i < r->fields.n; i++) {
		check_inside(r->fields.v[i].name, bytes, len);
		check_inside(r->fields.v[i].value, bytes, len);
		REQUIRE(http_is_token(r->fields.v[i].name));
		check_text(r->fields.v[i].value);
	}
}

static void
check_same(const struct outcome *a, const struct outcome *b)
{
	const struct http_request *r = &a->request, *s = &b->request;

	REQUIRE(a->n == b->n && r->fault == s->fault);
	if (a->n != 0)
		REQUIRE(r->method == s->method);
	if (a->n <= 0)
		return;
	REQUIRE(r->minor == s->minor && r->keep_alive == s->keep_alive);
	REQUIRE(r->bare_lf == s->bare_lf && r->framing == s->framing);
	REQUIRE(r->content_length == s->content_length);
	REQUIRE(slice_eq(r->host.host, s->host.host));
	REQUIRE(slice_eq(r->target.path, s->target.path));
	REQUIRE(r->fields.n == s->fields.n);
	for (size_t i = 0; i < r->fields.n; i++) {
		REQUIRE(r->fields.v[i].id == s->fields.v[i].id);
		REQUIRE(r->fields.v[i].next == s->fields.v[i].next);
		REQUIRE(slice_eq(r->fields.v[i].name, s->fields.v[i].name));
		REQUIRE(slice_eq(r->fields.v[i].value,
		    s->fields.v[i].value));
	}
}

/* In pieces, each time at another place; a seed of 0: byte by byte. */
static void
drip(struct outcome *want, const char *bytes, size_t len, int limit,
    uint64_t seed)
{
	static struct outcome got;
	struct http_head head = { 0 };
	char *copy = NULL;
	size_t n = 0;

	got.n = 0;
	while (n < len && got.n == 0) {
		uint32_t before = head.scanned;

		if (seed == 0) {
			n++;
			parse(&got, &head, bytes, n, limit);
		} else {
			free(copy);
			n += fuzz_cut(&seed, len - n);
			copy = fuzz_copy(bytes, n);
			parse(&got, &head, copy, n, limit);
		}
		REQUIRE(head.scanned >= before);
	}
	if (len > 0)
		check_same(want, &got);
	free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct outcome whole;
	const char *bytes = (const char *)data;

	for (int i = 0; i < 2; i++) {
		struct http_head head = { 0 };

		parse(&whole, &head, bytes, size, i);
		if (whole.n > 0)
			check_accepted(&whole, bytes);
		drip(&whole, bytes, size, i, 0);
		drip(&whole, bytes, size, i, fuzz_seed(data, size) | 1);
	}
	return 0;
}
