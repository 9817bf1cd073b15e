/*
 * The keys of a site: lists, maps and hosts; what is taken, what is refused
 * and in which words.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "config/config_site.h"
#include "config/config_table.h"
#include "suite.h"

/*
 * Linked with --wrap of what allocates: the call of this number fails, and
 * while it is 0 none does. Check allocates too: off before its assertions.
 */
static unsigned fail_at, calls;

void	*__real_malloc(size_t size);
void	*__wrap_malloc(size_t size);
void	*__real_calloc(size_t n, size_t size);
void	*__wrap_calloc(size_t n, size_t size);
void	*__real_realloc(void *p, size_t size);
void	*__wrap_realloc(void *p, size_t size);
void	*__real_reallocarray(void *p, size_t n, size_t size);
void	*__wrap_reallocarray(void *p, size_t n, size_t size);
char	*__real_strdup(const char *s);
char	*__wrap_strdup(const char *s);
char	*__real_strndup(const char *s, size_t n);
char	*__wrap_strndup(const char *s, size_t n);

static bool
fails(void)
{
	if (fail_at == 0 || ++calls != fail_at)
		return false;
	errno = ENOMEM;
	return true;
}

void *
__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *p, size_t size)
{
	return fails() ? NULL : __real_realloc(p, size);
}

void *
__wrap_reallocarray(void *p, size_t n, size_t size)
{
	return fails() ? NULL : __real_reallocarray(p, n, size);
}

char *
__wrap_strdup(const char *s)
{
	return fails() ? NULL : __real_strdup(s);
}

char *
__wrap_strndup(const char *s, size_t n)
{
	return fails() ? NULL : __real_strndup(s, n);
}

/* Parse, with what is printed as errors in *said, to be freed. */
static struct config *
parse_with(const char *yaml, const struct config_option *options, size_t n,
    char **said)
{
	struct config *c;
	size_t size;
	FILE *f = open_memstream(said, &size);

	c = config_parse("t.yaml", "/etc/mynah", yaml, strlen(yaml), "/root",
	    options, n, f);
	fclose(f);
	return c;
}

static struct config *
parse(const char *yaml, char **said)
{
	return parse_with(yaml, NULL, 0, said);
}

static struct config *
must_parse(const char *yaml)
{
	char *said;
	struct config *c = parse(yaml, &said);

	ck_assert_msg(c != NULL, "%s", said);
	ck_assert_str_eq(said, "");
	free(said);
	return c;
}

static char *
print(const struct config *c)
{
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	ck_assert_ptr_nonnull(f);
	config_print(c, f);
	fclose(f);
	return text;
}

/* All of it at once. */
static const char whole[] =
    "http:\n"
    "  listing: json\n"
    "  precompressed: [gzip, br]\n"
    "  fallback: /index.html\n"
    "  clean_urls: true\n"
    "  charset: none\n"
    "  error_pages: {404: /404.html, 500: \"/a b.html\"}\n"
    "  mime_types: {.FOO: application/x-foo, .1: text/troff}\n"
    "  headers:\n"
    "    - match: \"/assets/*\"\n"
    "      set: {Cache-Control: \"public, max-age=1\", X-Frame: 1}\n"
    "    - {match: \"*.html\", set: {A: b}}\n"
    "  redirects:\n"
    "    - {from: \"/old/*\", to: \"/new/*\"}\n"
    "    - {from: /a, to: \"https://example.org:80/x?y#z\", status: 301}\n"
    "  hosts:\n"
    "    Docs.Example.org.:\n"
    "      document_root: docs\n"
    "      redirects: []\n"
    "      precompressed: []\n"
    "      mime_types: {.b: c/d}\n"
    "    \"[::1]\":\n";

/* A part that config_print() must show of what was taken. */
static const struct {
	const char	*name, *yaml, *want;
} taken[] = {
	{ "defaults", "", "  listing: none\n"
	  "  precompressed: [zstd, br, gzip]\n  fallback: none\n"
	  "  clean_urls: false\n  charset: utf-8\n  error_pages: {}\n"
	  "  mime_types: {}\n  headers: []\n  redirects: []\n"
	  "  server_version: false\n  hosts: {}\n" },
	{ "words", "http: {listing: html, charset: none, clean_urls: true}",
	  "listing: html\n" },
	{ "one coding", "http: {precompressed: [br]}",
	  "  precompressed: [br]\n" },
	{ "no coding", "http: {precompressed: []}", "  precompressed: []\n" },
	{ "order of codings", "http: {precompressed: [gzip, zstd, br]}",
	  "  precompressed: [gzip, zstd, br]\n" },
	{ "codings from the environment", "http:\n  precompressed:\n"
	  "  - ${MYNAH_UNSET:-gzip}\n", "  precompressed: [gzip]\n" },
	{ "fallback", "http: {fallback: /a b.html}",
	  "  fallback: \"/a b.html\"\n" },
	{ "no fallback", "http: {fallback: none}", "  fallback: none\n" },
	{ "fallback that looks like none", "http: {fallback: /none}",
	  "  fallback: /none\n" },
	{ "error pages", "http: {error_pages: {503: /e/5, 400: /b}}",
	  "  error_pages:\n    503: /e/5\n    400: /b\n" },
	{ "status in quotes", "http: {error_pages: {\"404\": /a}}",
	  "  error_pages:\n    404: /a\n" },
	{ "no error pages", "http: {error_pages: {}}", "error_pages: {}\n" },
	{ "page in UTF-8", "http: {error_pages: {404: /\xc3\xa9}}",
	  "    404: \"/\xc3\xa9\"\n" },
	{ "types", "http: {mime_types: {.FoO: text/x-foo, .1: a/b}}",
	  "  mime_types:\n    .foo: text/x-foo\n    \".1\": a/b\n" },
	{ "parameters", "http: {mime_types: {.a: \"a/b ; c=\\\"d;\\\\\\\"e"
	  "\\\" ;f=g\"}}", "    .a: \"a/b ; c=\\\"d;\\\\\\\"e\\\" ;f=g\"\n" },
	{ "no expansion in keys", "http: {mime_types: {\".${a\": b/c}}",
	  "    \".${a\": b/c\n" },
	{ "headers", "http:\n  headers:\n  - match: /a\n    set:\n"
	  "      X-B: c d\n      x-c: ${MYNAH_UNSET:-e}\n"
	  "  - {set: {A: \"$${b}\"}, match: \"*.c\"}\n",
	  "  headers:\n    - match: /a\n      set:\n        X-B: \"c d\"\n"
	  "        x-c: e\n    - match: \"*.c\"\n      set:\n"
	  "        A: \"$${b}\"\n" },
	{ "values that are text anyway", "http: {headers: [{match: /, set: "
	  "{A: 1, B: true, C: 1.50, D: -, E: \"null\", F: 0x1}}]}",
	  "        A: \"1\"\n        B: \"true\"\n        C: \"1.50\"\n"
	  "        D: \"-\"\n        E: \"null\"\n        F: \"0x1\"\n" },
	{ "tabs within a value", "http: {headers: [{match: /, set: "
	  "{A: \"b\\tc\"}}]}", "        A: \"b\\tc\"\n" },
	{ "one match twice", "http: {headers: [{match: /a, set: {B: c}}, "
	  "{match: /a, set: {B: d}}]}", "B: c\n    - match: /a\n" },
	{ "redirects", "http: {redirects: [{from: /a, to: /b}, "
	  "{status: 302, to: /c%20d?e#f, from: \"/g/*\"}]}",
	  "  redirects:\n    - from: /a\n      to: /b\n      status: 308\n"
	  "    - from: \"/g/*\"\n      to: \"/c%20d?e#f\"\n"
	  "      status: 302\n" },
	{ "rest in a URL", "http: {redirects: [{from: \"/a/*\", "
	  "to: \"HTTPS://[::1]:8/b/*\"}]}",
	  "      to: \"HTTPS://[::1]:8/b/*\"\n" },
	{ "rest in a query", "http: {redirects: [{from: \"*.php\", "
	  "to: \"/a?b=*\"}]}", "      to: \"/a?b=*\"\n" },
	{ "URL without a path", "http: {redirects: [{from: /a, "
	  "to: http://b}]}", "      to: \"http://b\"\n" },
	{ "extension to a path", "http: {redirects: [{from: \"*.html\", "
	  "to: \"/*\"}]}", "      to: \"/*\"\n" },
	{ "not for ever: passed over", "http: {redirects: [{from: \"/*\", "
	  "to: /maintenance.html, status: 302}]}",
	  "      to: /maintenance.html\n" },
	{ "not for ever: passed over, of an extension", "http: {redirects: ["
	  "{from: \"*.html\", to: /a.html}]}", "      to: /a.html\n" },
	{ "not for ever: passed over, then another host", "http: {redirects: ["
	  "{from: \"/*\", to: /a}, {from: /a, to: \"http://b/\"}]}",
	  "      to: \"http://b/\"\n" },
	{ "slashes of the rest, which leave no host", "http: {redirects: ["
	  "{from: \"/old*\", to: \"/*\"}]}", "      to: \"/*\"\n" },
	{ "not for ever: an earlier rule ends it", "http: {redirects: ["
	  "{from: \"/b/*\", to: \"http://c/*\"}, "
	  "{from: \"/*\", to: \"/b/*\"}]}", "      to: \"/b/*\"\n" },
	{ "not for ever: the rest gets shorter", "http: {redirects: ["
	  "{from: \"/a/*\", to: \"/*\"}, {from: /b, to: /a/a/a/c}]}",
	  "      to: /a/a/a/c\n" },
	{ "not for ever: once around", "http: {redirects: ["
	  "{from: \"/b/z/*\", to: /end}, {from: \"/a/*\", to: \"/b/*\"}, "
	  "{from: \"/b/*\", to: \"/a/z/*\"}]}", "      to: \"/a/z/*\"\n" },
	{ "not for ever: another host", "http: {redirects: ["
	  "{from: \"/*\", to: \"https://a/*\"}]}", "to: \"https://a/*\"\n" },
	{ "hosts", "http: {hosts: {A.example: {document_root: a}, "
	  "\"[::AB]\": , 127.0.0.1: {}, a_b: {listing: html}, c.: {}}}",
	  "  hosts:\n    a.example:\n      document_root: /etc/mynah/a\n"
	  "    \"[::ab]\": {}\n    127.0.0.1: {}\n    a_b:\n"
	  "      listing: html\n    c: {}\n" },
	{ "no hosts", "http: {hosts: }", "  hosts: {}\n" },
	{ "lists of a host", "http: {index: [a], headers: [{match: /a, set: "
	  "{B: c}}], hosts: {a: {headers: [], index: []}}}",
	  "    a:\n      index: []\n      headers: []\n" },
	{ "whole", whole, "  hosts:\n    docs.example.org:\n"
	  "      document_root: /etc/mynah/docs\n      precompressed: []\n"
	  "      mime_types:\n        .b: c/d\n      redirects: []\n"
	  "    \"[::1]\": {}\n" },
};

START_TEST(takes)
{
	struct config *c, *again;
	char *said, *text, *second;

	unsetenv("MYNAH_UNSET");
	c = parse(taken[_i].yaml, &said);
	ck_assert_msg(c != NULL, "%s: %s", taken[_i].name, said);
	free(said);
	text = print(c);
	ck_assert_msg(strstr(text, taken[_i].want) != NULL, "%s: not in\n%s",
	    taken[_i].name, text);
	again = parse(text, &said);
	ck_assert_msg(again != NULL, "%s: %s", taken[_i].name, said);
	second = print(again);
	ck_assert_str_eq(second, text);
	free(second);
	free(text);
	free(said);
	config_free(c);
	config_free(again);
}
END_TEST

#define HEADERS(rule)	"http: {headers: [" rule "]}\n"
#define SET(field)	HEADERS("{match: /a, set: {" field "}}")
#define MATCH(pattern)	HEADERS("{match: " pattern ", set: {A: b}}")
#define REDIRECTS(r)	"http: {redirects: [" r "]}\n"
#define TO(to)		REDIRECTS("{from: \"/a/*\", to: " to "}")
#define HOST(name)	"http: {hosts: {" name ": {}}}\n"
#define PAGE(pair)	"http: {error_pages: {" pair "}}\n"
#define TYPE(pair)	"http: {mime_types: {" pair "}}\n"

/* What must be said, from the position on. */
static const struct {
	const char	*name, *yaml, *want;
} refused[] = {
	/* Where keys belong. */
	{ "headers at the top", "headers: []\n",
	  "1:1: error: headers belongs under http:\n" },
	{ "hosts at the top", "hosts: {}\n", "hosts belongs under http:\n" },
	{ "hosts in limits", "limits: {hosts: {}}\n",
	  "1:10: error: hosts belongs under http:\n" },
	{ "match too high", "http: {match: /a}\n",
	  "1:8: error: match belongs under http.headers:\n" },
	{ "status at the top", "status: 1\n",
	  "status belongs under http.redirects:\n" },
	{ "from in headers", HEADERS("{match: /a, from: /b, set: {A: b}}"),
	  "1:30: error: from belongs under http.redirects:\n" },
	{ "charset in a rule", HEADERS("{match: /a, charset: none, "
	  "set: {A: b}}"), "charset belongs under http:\n" },
	{ "dotted", "http.listing: html\n", "http.listing is written as "
	  "listing under http:, without a dot\n" },
	{ "dotted, of a list", "\"http.headers[].match\": a\n", "is written "
	  "as match under http.headers:, without a dot\n" },
	{ "section of a list", "\"http.headers[]\": {}\n",
	  "1:1: error: unknown key \"http.headers[]\"\n" },
	{ "near", "http: {listings: html}\n", "1:8: error: unknown key "
	  "\"listings\"; did you mean \"listing\"?\n" },
	{ "near, in a rule", HEADERS("{mach: /a, set: {A: b}}"),
	  "unknown key \"mach\"; did you mean \"match\"?\n" },
	{ "near, in a redirect", REDIRECTS("{from: /a, to: /b, stauts: 301}"),
	  "unknown key \"stauts\"; did you mean \"status\"?\n" },
	{ "near, in a host", "http: {hosts: {a: {document_rot: b}}}\n",
	  "1:20: error: unknown key \"document_rot\"; did you mean "
	  "\"document_root\"?\n" },
	{ "of all hosts", "http: {hosts: {a: {server_version: true}}}\n",
	  "1:20: error: server_version is for all hosts: it belongs under "
	  "http:, not under one of hosts:\n" },
	{ "hosts in a host", "http: {hosts: {a: {hosts: {}}}}\n",
	  "1:20: error: hosts is for all hosts" },
	{ "port in a host", "http: {hosts: {a: {port: 80}}}\n",
	  "1:20: error: port belongs at the top level\n" },
	{ "limits in a host", "http: {hosts: {a: {body: 8B}}}\n",
	  "body belongs under limits:\n" },
	{ "near, at the top", "htpt: {}\n", "did you mean \"http\"?\n" },
	/* Types. */
	{ "value for a list", "http: {headers: a}\n", "1:17: error: headers "
	  "must be a list, such as [{match: \"/a/*\", "
	  "set: {Cache-Control: no-cache}}]\n" },
	{ "mapping for a list", "http: {redirects: {from: /a, to: /b}}\n",
	  "redirects must be a list, such as [{from: /old, to: /new}]\n" },
	{ "nothing for a list", "http: {redirects: }\n",
	  "redirects must be a list" },
	{ "list for a map", "http: {mime_types: []}\n", "mime_types must be "
	  "a mapping, such as {.foo: application/x-foo}\n" },
	{ "value for a map", "http: {error_pages: /404.html}\n",
	  "error_pages must be a mapping, such as {404: /404.html}\n" },
	{ "list for hosts", "http: {hosts: [a]}\n", "hosts must be a mapping, "
	  "such as {docs.example.org: {document_root: /srv/docs}}\n" },
	{ "value for a host", "http: {hosts: {a: /srv}}\n", "1:19: error: a "
	  "host has keys of http below it, as in {docs" },
	{ "value for a rule", HEADERS("a"), "1:18: error: each item of "
	  "headers is a mapping; write it such as [{match:" },
	{ "list for set", HEADERS("{match: /a, set: [a]}"), "set must be a "
	  "mapping, such as {Cache-Control: no-cache}\n" },
	{ "empty set", HEADERS("{match: /a, set: {}}"), "set must not be "
	  "empty; write it such as {Cache-Control: no-cache}\n" },
	{ "list for a value", SET("A: [b]"),
	  "value must be one value, not a list\n" },
	{ "no value", SET("A: "), "value has no value; leave the key out" },
	{ "list for match", MATCH("[a]"),
	  "match must be one value, not a list\n" },
	{ "list as a key", "http: {mime_types: {[a]: b/c}}\n",
	  "a key must be a word" },
	{ "word for a list", "http: {precompressed: gzip}\n",
	  "1:23: error: precompressed must be a list: [gzip]\n" },
	{ "mapping for words", "http: {precompressed: {}}\n",
	  "precompressed must be a list, such as [zstd, br, gzip]\n" },
	{ "list in a list", "http: {precompressed: [[br]]}\n",
	  "1:24: error: this must be a word\n" },
	/* Words. */
	{ "listing", "http: {listing: true}\n", "listing must be none, html "
	  "or json, not \"true\"\n" },
	{ "charset", "http: {charset: utf8}\n", "charset must be utf-8 or "
	  "none, not utf8; did you mean \"utf-8\"?\n" },
	{ "coding", "http: {precompressed: [br, gzpi]}\n", "1:28: error: "
	  "precompressed must be zstd, br or gzip, not \"gzpi\"; did you "
	  "mean \"gzip\"?\n" },
	{ "repeated coding", "http: {precompressed: [br, br]}\n", "1:28: "
	  "error: precompressed has br already; each word stands once\n" },
	{ "status", REDIRECTS("{from: /a, to: /b, status: 304}"), "status "
	  "must be 301, 302, 303, 307 or 308, not 304\n" },
	/* Pages. */
	{ "fallback", "http: {fallback: index.html}\n", "1:18: error: "
	  "fallback must be none, or begin with \"/\", as in /index.html\n" },
	{ "no fallback", "http: {fallback: }\n", "fallback has no value; "
	  "leave the key out for its default, none\n" },
	{ "fallback directory", "http: {fallback: /a/}\n",
	  "fallback must be a file, and not end in \"/\"\n" },
	{ "fallback root", "http: {fallback: /}\n", "not end in \"/\"\n" },
	{ "fallback outside", "http: {fallback: /../a}\n",
	  "fallback must not hold \"/./\" or \"/../\"" },
	{ "fallback encoded", "http: {fallback: /a%20b}\n",
	  "fallback is a decoded path" },
	{ "two slashes", "http: {fallback: //a}\n", "must not hold \"//\"" },
	{ "control byte", "http: {fallback: \"/a\\tb\"}\n",
	  "fallback must not hold control characters\n" },
	{ "page", PAGE("404: 404.html"), "1:27: error: page must begin with "
	  "\"/\", as in /404.html; it is beneath document_root\n" },
	{ "no page", PAGE("404: none"), "page must begin with \"/\"" },
	{ "page number", PAGE("404: 1"), "page is text, and 1 without" },
	{ "low status", PAGE("200: /a"), "1:22: error: status must be 400 to "
	  "599, not 200\n" },
	{ "high status", PAGE("600: /a"), "must be 400 to 599, not 600\n" },
	{ "4xx", PAGE("4xx: /a"), "must be 400 to 599, not \"4xx\"" },
	{ "leading zero", PAGE("0404: /a"), "no leading zeros\n" },
	{ "repeated status", PAGE("404: /a, 404: /b"), "1:31: error: repeated "
	  "key \"404\"; it is already on line 1\n" },
	/* Media types. */
	{ "no dot", TYPE("foo: a/b"), "1:21: error: extension must begin with "
	  "a dot, as in .html\n" },
	{ "dot alone", TYPE(".: a/b"), "extension must begin with a dot" },
	{ "slash", TYPE(".a/b: a/b"), "extension must not hold \"/\"" },
	{ "long", TYPE(".12345678901234567890123456789012: a/b"),
	  "extension must have at most 32 bytes, not 33\n" },
	{ "repeated in another case", TYPE(".a: b/c, .B: d/e, .A: f/g"),
	  "1:39: error: line 1 has .A already\n" },
	{ "no subtype", TYPE(".a: html"), "1:25: error: type must be a media "
	  "type, such as image/png or \"text/plain; charset=utf-8\", not "
	  "\"html\"\n" },
	{ "empty subtype", TYPE(".a: text/"), "must be a media type" },
	{ "two subtypes", TYPE(".a: a/b/c"), "must be a media type" },
	{ "blank", TYPE(".a: a /b"), "must be a media type" },
	{ "parameter without value", TYPE(".a: a/b;c"), "media type" },
	{ "empty parameter", TYPE(".a: a/b;"), "media type" },
	{ "open quotes", TYPE(".a: 'a/b;c=\"d'"), "media type" },
	{ "open escape", TYPE(".a: 'a/b;c=\"d\\'"), "media type" },
	{ "line feed", TYPE(".a: \"a/b\\nc: d\""), "line end" },
	{ "control byte in quotes", TYPE(".a: \"a/b;c=\\\"\\e\\\"\""),
	  "control" },
	/* Patterns. */
	{ "no slash", MATCH("a"), "1:26: error: match must be a path such as "
	  "\"/a/b\", the beginning of paths such as" },
	{ "star within", MATCH("/a*b"), "match must have its \"*\" at" },
	{ "all", MATCH("\"*\""), "for all paths write \"/*\"\n" },
	{ "escape", MATCH("/a%20b"), "match is a decoded path: write the "
	  "character itself, such as a space instead of \"%20\"\n" },
	{ "empty pattern", MATCH("\"\""), "match must not be empty" },
	{ "pattern not in UTF-8", MATCH("\"/\xc3\xa9\\xff\\ud800\""),
	  "error: " },
	{ "no match", HEADERS("{set: {A: b}}"), "1:18: error: this item of "
	  "headers has no match; write it such as [{match:" },
	{ "no set", HEADERS("{match: /a}"), "has no set;" },
	{ "no from", REDIRECTS("{to: /a}"), "1:20: error: this item of "
	  "redirects has no from; write it such as [{from: /old, "
	  "to: /new}]\n" },
	{ "no to", REDIRECTS("{from: /a}"), "redirects has no to;" },
	/* Fields. */
	{ "no token", SET("\"a b\": c"), "1:36: error: \"a b\" is no name of "
	  "a field: letters, digits and \"-\", as in Cache-Control\n" },
	{ "colon", SET("\"a:\": c"), "is no name of a field" },
	{ "empty name", SET("\"\": c"), "name must not be empty\n" },
	{ "Content-Type", SET("content-type: a/b"), "content-type is set by "
	  "the server; use http.mime_types\n" },
	{ "Location", SET("Location: /a"), "use http.redirects\n" },
	{ "Server", SET("SERVER: a"), "use http.server_version\n" },
	{ "Content-Encoding", SET("Content-Encoding: br"),
	  "use http.precompressed\n" },
	{ "ETag", SET("Etag: a"), "Etag is what the server itself knows, "
	  "and sets where it is due; leave it out\n" },
	{ "Content-Length", SET("Content-Length: 1"), "itself" },
	{ "Transfer-Encoding", SET("Transfer-Encoding: a"), "itself" },
	{ "TE", SET("te: a"), "itself" },
	{ "repeated field", SET("X-A: b, x-a: c"), "1:44: error: line 1 has "
	  "x-a already\n" },
	{ "empty value", SET("A: \"\""), "value must not be empty\n" },
	{ "blank in front", SET("A: \" b\""), "value must not begin or end "
	  "with a blank: it would not arrive\n" },
	{ "tab behind", SET("A: \"b\\t\""), "begin or end with a blank" },
	{ "injection", SET("A: \"b\\r\\nC: d\""), "value must be one line "
	  "without control characters\n" },
	{ "NUL", SET("A: \"b\\0\""), "must be one line" },
	{ "DEL", SET("A: \"b\\x7f\""), "must be one line" },
	/* Redirects. */
	{ "relative", TO("b"), "1:39: error: to must be a path that begins "
	  "with \"/\", or a URL that begins with http:// or https://\n" },
	{ "scheme", TO("\"ftp://a/\""), "begins with http:// or https" },
	{ "script", TO("\"javascript:alert(1)\""), "must be a path that" },
	{ "other host", TO("//b/c"), "to begins with \"//\", which leaves "
	  "this host; if that is meant, write \"https://b/c\"\n" },
	{ "no host", TO("\"http:///b\""), "to needs a host and perhaps a "
	  "port" },
	{ "bad port", TO("\"http://b:99999/\""), "needs a host" },
	{ "star for a host", TO("\"http://*\""), "to can have a \"*\" only "
	  "after the host and a \"/\"\n" },
	{ "star in a host", TO("\"http://b*\""), "after the host" },
	{ "password", TO("\"http://a:b@c/\""), "user name or a password" },
	{ "space", TO("\"/b c\""), "to is written as in a URL: instead of "
	  "\" \" write \"%20\"\n" },
	{ "not ASCII", TO("\"/\xc3\xa9\""), "instead of \"\xc3\xa9\" write "
	  "\"%C3%A9\"\n" },
	{ "backslash", TO("'/\\b'"), "instead of \"\\\" write \"%5C\"\n" },
	{ "quotes", TO("'/\"b'"), "write \"%22\"\n" },
	{ "line feed in to", TO("\"/a\\nb\""), "NUL or a line end" },
	{ "bad escape", TO("/b%2"), "for a percent sign write \"%25\"\n" },
	{ "refused path", TO("/b%2Fc"), "to leads to a request that is "
	  "refused: The path has an encoded slash." },
	{ "above the root", TO("/../b"), "leads above the root" },
	{ "above the root with nothing for the star", TO("\"/..*\""),
	  "leads above the root" },
	{ "star within to", TO("\"/*/b\""), "to can have a \"*\" at its end "
	  "only; for the character itself write \"%2A\"\n" },
	{ "two stars", TO("\"/**\""), "at its end only" },
	{ "star before a query", TO("\"/b/*?c\""), "at its end only" },
	{ "star of nothing", REDIRECTS("{from: /a, to: \"/b/*\"}"),
	  "1:35: error: to has a \"*\", and from has none that could be put "
	  "in its place\n" },
	{ "same from", REDIRECTS("{from: /a, to: /b},\n  {from: /c, to: /d}, "
	  "{from: /a, to: /e}"), "2:30: error: line 1 has /a already\n" },
	/* Circles. */
	{ "to itself", REDIRECTS("{from: /a, to: /a}"), "1:35: error: to "
	  "leads to itself, the very path that is asked for; leave this rule "
	  "out\n" },
	{ "to itself, encoded", REDIRECTS("{from: /a b, to: /a%20b}"),
	  "leads to itself" },
	{ "to itself, with a query", REDIRECTS("{from: /a, to: /./a?b#c}"),
	  "leads to itself" },
	{ "to itself, with the rest", TO("\"/a/*\""), "leads to itself" },
	{ "all to themselves", REDIRECTS("{from: \"/*\", to: \"/*\"}"),
	  "leads to itself" },
	{ "deeper and deeper", TO("\"/a/b/*\""), "1:39: error: to is matched "
	  "by from again: this would redirect for ever\n" },
	{ "all, deeper and deeper", REDIRECTS("{from: \"/*\", "
	  "to: \"/a/*\"}"), "redirect for ever\n" },
	{ "passed over, and then a circle", REDIRECTS("{from: \"/*\", "
	  "to: /a},\n{from: /a, to: /b}"), "1:37: error: to is redirected by "
	  "line 2" },
	{ "by turns", REDIRECTS("{from: /x, to: /a},\n{from: /a, to: /b},\n"
	  "{from: /b, to: /a}"), "2:16: error: to is redirected by line 3, "
	  "and so on again and again; browsers give up after 20 times\n" },
	{ "by turns, with the rest", REDIRECTS("{from: \"/a/*\", "
	  "to: \"/b/*\"},\n{from: \"/b/*\", to: \"/c/x/*\"},\n"
	  "{from: \"/c/*\", to: \"/a/*\"}"), "1:39: error: to is redirected "
	  "by line 2" },
	{ "in a host", "http: {hosts: {a: {redirects: [{from: /a, to: /a}]}}}"
	  "\n", "leads to itself" },
	/* Hosts. */
	{ "wildcard", HOST("\"*.example.org\""), "1:16: error: the host "
	  "\"*.example.org\" is no exact name, and only those can be told "
	  "apart; what no name fits is served as http says\n" },
	{ "port", HOST("\"a:80\""), "the host \"a:80\" has a port; write the "
	  "host name alone\n" },
	{ "URL", HOST("\"http://a/\""), "is a URL; write the host" },
	{ "path", HOST("a/b"), "must be letters, digits" },
	{ "IPv6 without brackets", HOST("\"::1\""), "the host \"::1\" needs "
	  "brackets around an IPv6 address, and quotes, as in \"[::1]\"\n" },
	{ "zone", HOST("\"[fe80::1%eth0]\""), "error: the host" },
	{ "IPv4 in brackets", HOST("\"[127.0.0.1]\""), "letters" },
	{ "not ASCII", HOST("\xc3\xa9.example"), "of others write the ASCII "
	  "form, which begins with \"xn--\"\n" },
	{ "empty name", HOST("\"\""), "host must not be empty" },
	{ "dot", HOST("."), "has an empty part between its dots\n" },
	{ "two dots", HOST("a..b"), "has an empty part" },
	{ "dot in front", HOST(".a"), "has an empty part" },
	{ "two dots behind", HOST("a.."), "has an empty part" },
	{ "repeated in another case", "http:\n  hosts:\n    a.b:\n    A.B:\n",
	  "4:5: error: the host a.b is already on line 3\n" },
	{ "repeated with a dot", "http:\n  hosts:\n    a:\n    a.:\n",
	  "4:5: error: the host a is already on line 3\n" },
	{ "repeated", "http:\n  hosts:\n    a:\n    a:\n", "4:5: error: "
	  "repeated key \"a\"; it is already on line 3\n" },
	{ "error in a host", "http: {hosts: {a: {listing: b}}}\n",
	  "1:29: error: listing must be" },
};

START_TEST(refuses)
{
	char *said;
	struct config *c;

	c = parse(refused[_i].yaml, &said);
	ck_assert_msg(c == NULL, "%s: taken", refused[_i].name);
	ck_assert_msg(strstr(said, refused[_i].want) != NULL,
	    "%s: want\n%s\ngot\n%s", refused[_i].name, refused[_i].want, said);
	/* One slip is one error. */
	ck_assert_msg(strstr(said, " errors\n") == NULL, "%s: %s",
	    refused[_i].name, said);
	free(said);
}
END_TEST

START_TEST(tells_all_errors)
{
	char *said;

	ck_assert_ptr_null(parse("http:\n  listing: no\n  headers:\n"
	    "    - {mach: /a}\n  redirects:\n    - {from: /a, to: b}\n"
	    "    - {from: /a, to: //c}\n  hosts:\n    \"*\": {port: 1}\n"
	    "    a:\n    A:\n",
	    &said));
	ck_assert_ptr_nonnull(strstr(said, ":2:12: error: listing must be"));
	ck_assert_ptr_nonnull(strstr(said, ":4:8: error: unknown key"));
	ck_assert_ptr_nonnull(strstr(said, ":6:22: error: to must be"));
	ck_assert_ptr_nonnull(strstr(said, ":7:14: error: line 6 has /a"));
	ck_assert_ptr_nonnull(strstr(said, ":7:22: error: to begins with"));
	ck_assert_ptr_nonnull(strstr(said, ":9:5: error: the host \"*\""));
	ck_assert_ptr_nonnull(strstr(said, ":9:11: error: port belongs"));
	ck_assert_ptr_nonnull(strstr(said, ":11:5: error: the host a is"));
	ck_assert_ptr_nonnull(strstr(said, "\n8 errors\n"));
	free(said);
}
END_TEST

/* A circle is told once, whoever leads to it. */
START_TEST(tells_each_circle_once)
{
	char *said;

	ck_assert_ptr_null(parse(REDIRECTS("{from: /w, to: /x},"
	    "{from: /x, to: /a},{from: /b, to: /a},{from: /a, to: /b},"
	    "{from: /c, to: /d},{from: /d, to: /c}"), &said));
	ck_assert_ptr_nonnull(strstr(said, "\n2 errors\n"));
	free(said);
}
END_TEST

START_TEST(fills_the_structs)
{
	struct config *c = must_parse(whole);
	const struct config_site *s = &c->sites[0];

	ck_assert_uint_eq(c->nsites, 3);
	ck_assert_str_eq(s->name, "");
	ck_assert_int_eq(s->line, 0);
	ck_assert_int_eq(s->listing, CONFIG_LISTING_JSON);
	ck_assert_uint_eq(s->nprecompressed, 2);
	ck_assert_int_eq(s->precompressed[0], CONFIG_GZIP);
	ck_assert_int_eq(s->precompressed[1], CONFIG_BR);
	ck_assert_str_eq(s->fallback, "/index.html");
	ck_assert(s->clean_urls);
	ck_assert_int_eq(s->charset, CONFIG_CHARSET_NONE);
	ck_assert_uint_eq(s->nerror_pages, 2);
	ck_assert_int_eq(s->error_pages[1].status, 500);
	ck_assert_str_eq(s->error_pages[1].path, "/a b.html");
	ck_assert_int_eq(s->error_pages[1].line, 7);
	ck_assert_uint_eq(s->nmime_types, 2);
	ck_assert_str_eq(s->mime_types[0].extension, "foo");
	ck_assert_str_eq(s->mime_types[0].type, "application/x-foo");
	ck_assert_uint_eq(s->nheaders, 2);
	ck_assert_str_eq(s->headers[0].match, "/assets/*");
	ck_assert_uint_eq(s->headers[0].nset, 2);
	ck_assert_str_eq(s->headers[0].set[1].name, "X-Frame");
	ck_assert_str_eq(s->headers[0].set[1].value, "1");
	ck_assert_int_eq(s->headers[0].line, 10);
	ck_assert_uint_eq(s->nredirects, 2);
	ck_assert_int_eq(s->redirects[0].status, 308);
	ck_assert_int_eq(s->redirects[1].status, 301);
	ck_assert_str_eq(s->redirects[1].from, "/a");
	ck_assert_int_eq(s->redirects[1].line, 15);
	config_free(c);
}
END_TEST

START_TEST(hosts_have_the_rest_from_http)
{
	struct config *c = must_parse(whole);
	const struct config_site *a = &c->sites[0], *b = &c->sites[1];

	ck_assert_str_eq(b->name, "docs.example.org");
	ck_assert_int_eq(b->line, 17);
	ck_assert_str_eq(b->document_root, "/etc/mynah/docs");
	ck_assert_uint_eq(b->nredirects, 0);
	ck_assert_uint_eq(b->nprecompressed, 0);
	ck_assert_uint_eq(b->nmime_types, 1);
	ck_assert_str_eq(b->mime_types[0].extension, "b");
	ck_assert_int_eq(b->listing, CONFIG_LISTING_JSON);
	ck_assert_str_eq(b->index[0], "index.html");
	ck_assert_str_eq(b->fallback, "/index.html");
	ck_assert_uint_eq(b->nheaders, 2);
	ck_assert_str_eq(b->headers[0].set[1].value, "1");
	ck_assert_ptr_ne(b->headers[0].set[1].value,
	    a->headers[0].set[1].value);
	ck_assert_str_eq(c->sites[2].name, "[::1]");
	ck_assert_str_eq(c->sites[2].document_root, "/root");
	ck_assert_uint_eq(c->sites[2].nredirects, 2);
	ck_assert_uint_eq(c->sites[2].nprecompressed, 2);
	config_free(c);
}
END_TEST

static const struct {
	const char		*name;
	struct config_option	 option;
	const char		*want;		/* said, or printed */
} options[] = {
	{ "root", { "document_root", "/b", "-r" },
	  "  document_root: /b\n" },
	{ "word", { "http.listing", "html", "--set" }, "  listing: html\n" },
	{ "page", { "http.fallback", "/b", "--set" }, "  fallback: /b\n" },
	{ "none", { "http.fallback", "none", "--set" }, "fallback: none\n" },
	{ "words", { "http.precompressed", "br", "--set" },
	  "--set: error: a list can be set in the file only\n" },
	{ "map", { "http.error_pages", "{}", "--set" },
	  "--set: error: a list can be set in the file only\n" },
	{ "list", { "http.headers", "[]", "--set" }, "in the file only\n" },
	{ "hosts", { "http.hosts", "a", "--set" }, "in the file only\n" },
	{ "rule", { "http.headers[].match", "/", "--set" },
	  "in the file only\n" },
	{ "near", { "http.listings", "html", "--set" },
	  "did you mean \"http.listing\"?" },
};

START_TEST(takes_options)
{
	char *said, *text = NULL;
	struct config *c = parse_with("http: {hosts: {a: {}}}\n",
	    &options[_i].option, 1, &said);

	if (c != NULL)
		text = print(c);
	ck_assert_msg(strstr(c != NULL ? text : said, options[_i].want) !=
	    NULL, "%s: %s%s", options[_i].name, said, c != NULL ? text : "");
	/* What a host does not say it has from http with its options. */
	if (c != NULL) {
		ck_assert_str_eq(c->sites[0].document_root,
		    c->sites[1].document_root);
		ck_assert_str_eq(c->sites[0].fallback, c->sites[1].fallback);
		ck_assert_int_eq(c->sites[0].listing, c->sites[1].listing);
	}
	free(text);
	free(said);
	config_free(c);
}
END_TEST

/* before, n times "%d" with its number in it, after. */
static char *
repeat(const char *before, const char *each, int n, const char *after)
{
	size_t len;
	char *text;
	FILE *f = open_memstream(&text, &len);

	ck_assert_ptr_nonnull(f);
	fputs(before, f);
	for (int i = 0; i < n; i++) {
		const char *hash = strchr(each, '#');

		fprintf(f, "%.*s%d%s", (int)(hash - each), each, i, hash + 1);
	}
	fputs(after, f);
	fclose(f);
	return text;
}

static const struct {
	const char	*before, *each, *after;
	int		 most;
	const char	*want;
} bounds[] = {
	{ "http:\n  hosts:\n", "    h#: {charset: none}\n", "", 1000,
	  "hosts can have at most 1000 items, not 1001\n" },
	{ "http:\n  redirects:\n", "  - {from: /#, to: /b}\n", "", 1000,
	  "redirects can have at most 1000 items, not 1001\n" },
	{ "http:\n  headers:\n", "  - {match: /#, set: {A: b}}\n", "", 1000,
	  "headers can have at most 1000 items, not 1001\n" },
	{ "http:\n  mime_types:\n", "    .#: a/b\n", "", 1000,
	  "mime_types can have at most 1000 items, not 1001\n" },
	/* Ten bytes each with ": ", CR and LF: 8 KiB are 819 of them. */
	{ "http:\n  headers:\n", "  - {match: /#, set: {A: bcdef}}\n", "", 819,
	  "the fields of all rules have 8200 bytes; as one answer may get "
	  "them all, at most 8192 are good\n" },
};

START_TEST(bounds_lists)
{
	char *yaml, *said;
	struct config *c;

	yaml = repeat(bounds[_i].before, bounds[_i].each, bounds[_i].most,
	    bounds[_i].after);
	c = must_parse(yaml);
	free(yaml);
	/* What is large reads back too. */
	yaml = print(c);
	config_free(c);
	config_free(must_parse(yaml));
	free(yaml);
	yaml = repeat(bounds[_i].before, bounds[_i].each, bounds[_i].most + 1,
	    bounds[_i].after);
	ck_assert_ptr_null(parse(yaml, &said));
	ck_assert_msg(strstr(said, bounds[_i].want) != NULL, "%s", said);
	free(said);
	free(yaml);
}
END_TEST

/* Large circles are told once too, and quickly. */
START_TEST(large_circles)
{
	char *yaml = repeat("http:\n  redirects:\n",
	    "  - {from: \"/#/*\", to: \"/x/*\"}\n", 999,
	    "  - {from: \"/x/*\", to: \"/998/y/*\"}\n");
	char each[64], *said;
	size_t len;
	FILE *f;

	ck_assert_ptr_null(parse(yaml, &said));
	ck_assert_ptr_nonnull(strstr(said, "and so on again and again"));
	ck_assert_ptr_null(strstr(said, " errors\n"));
	free(said);
	free(yaml);
	f = open_memstream(&yaml, &len);
	fputs("http:\n  redirects:\n", f);
	for (int i = 0; i < 1000; i++) {
		snprintf(each, sizeof(each), "  - {from: /%d, to: /%d}\n", i,
		    (i + 1) % 1000);
		fputs(each, f);
	}
	fclose(f);
	ck_assert_ptr_null(parse(yaml, &said));
	ck_assert_ptr_nonnull(strstr(said, "and so on again and again"));
	ck_assert_ptr_null(strstr(said, " errors\n"));
	free(said);
	free(yaml);
}
END_TEST

static const struct {
	const char	*name, *before, *after;
	int		 most;
	const char	*want;
} texts[] = {
	{ "pattern", "http: {headers: [{match: /", ", set: {A: b}}]}", 1023,
	  "match must have at most 1024 bytes, not 1025\n" },
	{ "value", "http: {headers: [{match: /, set: {A: ", "}}]}", 2048,
	  "value must have at most 2048 bytes, not 2049\n" },
	{ "field", "http: {headers: [{match: /, set: {", ": a}}]}", 128,
	  "name must have at most 128 bytes, not 129\n" },
	{ "to", "http: {redirects: [{from: /b, to: /", "}]}", 2047,
	  "to must have at most 2048 bytes, not 2049\n" },
	{ "fallback", "http: {fallback: /", "}", 1023,
	  "fallback must have at most 1024 bytes, not 1025\n" },
	{ "page", "http: {error_pages: {404: /", "}}", 1023,
	  "page must have at most 1024 bytes, not 1025\n" },
	{ "type", "http: {mime_types: {.a: b/", "}}", 198,
	  "type must have at most 200 bytes, not 201\n" },
	{ "extension", "http: {mime_types: {.", ": b/c}}", 31,
	  "extension must have at most 32 bytes, not 33\n" },
	{ "host", "http: {hosts: {", ": }}", 253,
	  "host must have at most 253 bytes, not 254\n" },
};

START_TEST(bounds_texts)
{
	char yaml[4096], *said;
	int most = texts[_i].most;

	for (int extra = 0; extra < 2; extra++) {
		size_t at = strlen(texts[_i].before);

		memcpy(yaml, texts[_i].before, at);
		memset(yaml + at, 'a', (size_t)(most + extra));
		strcpy(yaml + at + most + extra, texts[_i].after);
		if (extra == 0)
			config_free(must_parse(yaml));
	}
	ck_assert_ptr_null(parse(yaml, &said));
	ck_assert_msg(strstr(said, texts[_i].want) != NULL, "%s: %s",
	    texts[_i].name, said);
	free(said);
}
END_TEST

/* Whichever allocation fails: an error, nothing leaked, nothing crashed. */
START_TEST(lack_of_memory_is_an_error)
{
	struct config *c = NULL;
	unsigned at = 0;
	char *said;

	while (c == NULL) {
		calls = 0;
		fail_at = ++at;
		c = parse(whole, &said);
		fail_at = 0;
		ck_assert_msg(c != NULL || strstr(said, "emory") != NULL,
		    "%u: %s", at, said);
		free(said);
	}
	ck_assert_uint_gt(at, 100);
	config_free(c);
}
END_TEST

/* Each key of a site has a bit of its own. */
START_TEST(bits_differ)
{
	const struct config_key *key;
	uint32_t all = 0;

	for (size_t i = 0; (key = config_table(i)) != NULL; i++) {
		if (!key->of_site || config_key_section(key).len == 0)
			continue;
		ck_assert_uint_ne(config_site_bit(key), 0);
		ck_assert_uint_eq(all & config_site_bit(key), 0);
		all |= config_site_bit(key);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("config_site");
	TCase *tc = suite_case(s, "read");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, takes, 0, ROWS(taken));
	tcase_add_loop_test(tc, refuses, 0, ROWS(refused));
	tcase_add_test(tc, tells_all_errors);
	tcase_add_test(tc, tells_each_circle_once);
	tcase_add_test(tc, fills_the_structs);
	tcase_add_test(tc, hosts_have_the_rest_from_http);
	tcase_add_loop_test(tc, takes_options, 0, ROWS(options));

	tc = suite_case(s, "bounds");
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, bounds_lists, 0, ROWS(bounds));
	tcase_add_test(tc, large_circles);
	tcase_add_loop_test(tc, bounds_texts, 0, ROWS(texts));
	tcase_add_test(tc, lack_of_memory_is_an_error);
	tcase_add_test(tc, bits_differ);
	return suite_run(s);
}
