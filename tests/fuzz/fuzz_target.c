/*
 * A request target, a path and an authority: what is accepted can be
 * decoded to a path that stays inside, and encoded to the same again.
 */
#include "fuzz.h"

#include "http/http_target.h"

static void
check_decoded(const char *path, size_t len, size_t raw_len)
{
	REQUIRE(len >= 1 && len <= raw_len && path[0] == '/');
	REQUIRE(path[len] == '\0' && strlen(path) == len);
	REQUIRE(strstr(path, "//") == NULL);
	REQUIRE(strstr(path, "/./") == NULL && strstr(path, "/../") == NULL);
	REQUIRE(len < 2 || strcmp(path + len - 2, "/.") != 0);
	REQUIRE(len < 3 || strcmp(path + len - 3, "/..") != 0);
	for (size_t i = 0; i < len; i++)
		REQUIRE((unsigned char)path[i] >= 0x20 && path[i] != 0x7f);
}

static const struct http_fault *
check_path(struct slice raw)
{
	size_t room = raw.len * 3 + 1, len, again;
	char *path = malloc(raw.len + 1), *encoded = malloc(room);
	char *back = malloc(room);
	const struct http_fault *fault;
	long n;

	REQUIRE(path != NULL && encoded != NULL && back != NULL);
	fault = http_target_path(raw, path, &len);
	/* A raw backslash may stay; encoded it would be refused. */
	if (fault == NULL && memchr(raw.p, '\\', raw.len) == NULL) {
		check_decoded(path, len, raw.len);
		n = http_target_encode((struct slice){ path, len }, encoded,
		    room);
		REQUIRE(n >= (long)len);
		REQUIRE(http_target_path((struct slice){ encoded, (size_t)n },
		    back, &again) == NULL);
		REQUIRE(again == len && memcmp(back, path, len) == 0);
	}
	free(path);
	free(encoded);
	free(back);
	return fault;
}

/* A plain path is its own decoded form; one with a hidden name is not plain. */
static void
check_plain(const struct http_target *t)
{
	char *path = malloc(t->path.len + 1);
	bool is_same;
	size_t len;

	REQUIRE(path != NULL);
	REQUIRE(http_target_path(t->path, path, &len) == NULL);
	is_same = slice_eq(t->path, (struct slice){ path, len });
	REQUIRE(t->is_plain == (is_same && strstr(path, "/.") == NULL));
	free(path);
}

static void
check_target(struct slice target, enum http_method method)
{
	struct http_target t;

	if (http_target_parse(method, target, &t) != NULL)
		return;
	REQUIRE(check_path(t.path) == NULL);
	check_plain(&t);
	REQUIRE(memchr(target.p, '#', target.len) == NULL);
	REQUIRE(t.form != HTTP_TARGET_AUTHORITY || method == HTTP_CONNECT);
	REQUIRE(t.form != HTTP_TARGET_ABSOLUTE || t.authority.host.len > 0 ||
	    method == HTTP_CONNECT);
}

/* What is taken off the front is a target of its own, parsed to the same. */
static void
check_taken(struct slice s)
{
	struct http_target taken, t;
	size_t n = http_target_take_plain(s.p, s.len, &taken);
	bool is_all = http_target_parse(HTTP_GET, s, &t) == NULL &&
	    t.is_plain && t.form == HTTP_TARGET_ORIGIN;

	REQUIRE(n <= s.len && is_all == (n > 0 && n == s.len));
	if (n == 0)
		return;
	s.len = n;
	REQUIRE(http_target_parse(HTTP_GET, s, &t) == NULL && t.is_plain);
	REQUIRE(t.form == taken.form && taken.is_plain);
	REQUIRE(slice_eq(t.path, taken.path));
	REQUIRE(t.has_query == taken.has_query);
	REQUIRE(slice_eq(t.query, taken.query));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum http_method methods[] = {
		HTTP_GET, HTTP_OPTIONS, HTTP_CONNECT
	};
	struct slice s = { (const char *)data, size };
	struct http_authority a;
	struct http_target t;

	for (int i = 0; i < 3; i++)
		check_target(s, methods[i]);
	check_taken(s);
	if (size > 0 && data[0] == '/' && memchr(data, '?', size) == NULL)
		REQUIRE((check_path(s) == NULL) ==
		    (http_target_parse(HTTP_GET, s, &t) == NULL));
	if (http_authority_parse(s, &a)) {
		REQUIRE(a.host.len > 0 && a.host.p == s.p);
		REQUIRE(a.host.len == size ||
		    a.host.len + 1 + a.port.len == size);
		REQUIRE(memchr(s.p, '@', size) == NULL);
		REQUIRE(memchr(s.p, '/', size) == NULL);
		REQUIRE(memchr(s.p, ',', size) == NULL);
	}
	return 0;
}
