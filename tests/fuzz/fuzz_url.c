/*
 * A URL as it is typed and, behind a NUL, a reference to resolve at it (the
 * same again if there is no NUL): what comes out is whole and normalised, and
 * read as itself; what does not is told.
 */
#include "fuzz.h"

#include "http/http_byte.h"
#include "http/http_target.h"
#include "http/url.h"

/* Where a URL is resolved that is none itself. */
#define BASE	"http://a/b/c/d;p?q"

static void
check_path(struct slice path)
{
	char text[URL_MAX];

	REQUIRE(path.len > 0 && path.p[0] == '/');
	memcpy(text, path.p, path.len);
	text[path.len] = '\0';
	REQUIRE(strstr(text, "/./") == NULL && strstr(text, "/../") == NULL);
	REQUIRE(strchr(text, '?') == NULL);
	REQUIRE(path.len < 2 || strcmp(text + path.len - 2, "/.") != 0);
	REQUIRE(path.len < 3 || strcmp(text + path.len - 3, "/..") != 0);
}

/* "http://", authority, target and nothing else; the authority as for Host. */
static void
check_parts(const struct url *u)
{
	struct http_authority a;
	size_t len = strlen(u->text);

	REQUIRE(len < URL_MAX && memcmp(u->text, "http://", 7) == 0);
	REQUIRE(u->authority.p == u->text + 7);
	REQUIRE(u->target.p == u->authority.p + u->authority.len);
	REQUIRE(u->target.p + u->target.len == u->text + len);
	REQUIRE(u->path.p == u->target.p && u->path.len <= u->target.len);
	REQUIRE(u->path.len == u->target.len ||
	    u->path.p[u->path.len] == '?');
	REQUIRE(http_authority_parse(u->authority, &a));
	REQUIRE(slice_eq(a.host, u->host) && u->host.p == u->authority.p);
	REQUIRE(u->port > 0 && (a.port.len == 0) == (u->port == 80));
	for (size_t i = 0; i < u->target.len; i++)
		REQUIRE(http_byte_is(u->target.p[i], HTTP_BYTE_TARGET));
	for (size_t i = 0; i < u->host.len; i++)
		REQUIRE(u->host.p[i] < 'A' || u->host.p[i] > 'Z');
	check_path(u->path);
}

static void
check_same(const struct url *a, const struct url *b)
{
	REQUIRE(strcmp(a->text, b->text) == 0 && url_same_server(a, b));
	REQUIRE(slice_eq(a->authority, b->authority));
	REQUIRE(slice_eq(a->target, b->target));
	REQUIRE(slice_eq(a->path, b->path));
}

/* Its text is itself, and means itself wherever it stands. */
static void
check_good(const struct url *u)
{
	static struct url again, base;
	char error[256];

	check_parts(u);
	REQUIRE(url_parse(u->text, &again, error, sizeof(error)));
	check_same(u, &again);
	REQUIRE(url_parse(BASE, &base, error, sizeof(error)));
	REQUIRE(url_resolve(&base, slice_of(u->text), &again, error,
	    sizeof(error)));
	check_same(u, &again);
	REQUIRE(url_resolve(u, SLICE(""), &again, error, sizeof(error)));
	check_same(u, &again);
	/* As a reference, two slashes would begin an authority. */
	if (u->target.len > 1 && u->target.p[1] == '/')
		return;
	REQUIRE(url_resolve(u, u->target, &again, error, sizeof(error)));
	check_same(u, &again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct url base, out;
	char error[256] = "", *typed = malloc(size + 1), *bytes;
	struct slice reference;
	size_t n;

	REQUIRE(typed != NULL);
	memcpy(typed, data, size);
	typed[size] = '\0';
	if (url_parse(typed, &base, error, sizeof(error))) {
		check_good(&base);
	} else {
		REQUIRE(error[0] != '\0');
		REQUIRE(url_parse(BASE, &base, error, sizeof(error)));
	}
	n = strlen(typed);
	n = n < size ? n + 1 : 0;
	bytes = fuzz_copy((const char *)data + n, size - n);
	reference = (struct slice){ bytes, size - n };
	error[0] = '\0';
	if (url_resolve(&base, reference, &out, error, sizeof(error)))
		check_good(&out);
	else
		REQUIRE(error[0] != '\0');
	free(typed);
	free(bytes);
	return 0;
}
