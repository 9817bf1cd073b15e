#include "config/config_changes.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "suite.h"

static char told[4096];
static unsigned fixed;

static void
on_change(void *arg, const struct config_change *c)
{
	size_t n = strlen(told);

	ck_assert_ptr_eq(arg, &fixed);
	fixed += !c->reloadable;
	snprintf(told + n, sizeof(told) - n, "%s %s (%s)\n", c->name, c->now,
	    c->before == NULL ? "-" : c->before);
}

static struct config *
parse(const char *yaml)
{
	struct config *c = config_parse("t.yaml", "/d", yaml, strlen(yaml),
	    "", NULL, 0, stderr);

	ck_assert_msg(c != NULL, "%s", yaml);
	return c;
}

static const struct {
	const char	*name, *before, *now, *told;
	unsigned	 fixed;
} cases[] = {
	{ "nothing", "http: {index: [a]}", "http: {index: [a]}", "", 0 },
	{ "other words for it", "limits: {body: 1024B}",
	  "limits: {body: 1KiB}", "", 0 },
	{ "listeners are not told", "port: 1", "port: 2\nprotocol: echo", "",
	  0 },
	{ "root, once", "document_root: a", "http: {document_root: b}",
	  "http.document_root is /d/b (/d/a)\n", 0 },
	{ "no root", "document_root: a", "",
	  "http.document_root is \"\" (/d/a)\n", 0 },
	{ "number", "", "limits: {header_count: 7}",
	  "limits.header_count is 7 (100)\n", 0 },
	{ "time", "limits: {idle_timeout: 2s}", "",
	  "limits.idle_timeout is 1m (2s)\n", 0 },
	{ "text", "", "echo: {prefix: \"a\\n\"}",
	  "echo.prefix is \"a\\n\" (OK...)\n", 0 },
	{ "words", "", "http: {precompressed: [gzip]}",
	  "http.precompressed is [gzip] ([zstd, br, gzip])\n", 0 },
	{ "map", "", "http: {error_pages: {404: /a}}",
	  "http.error_pages has changed ({})\n", 0 },
	{ "map goes", "http: {error_pages: {404: /a}}", "",
	  "http.error_pages is {} (-)\n", 0 },
	{ "within a list", "http: {headers: [{match: /a, set: {A: b}}]}",
	  "http: {headers: [{match: /a, set: {A: c}}]}",
	  "http.headers has changed (-)\n", 0 },
	{ "order of a list",
	  "http: {redirects: [{from: /a, to: /b}, {from: /b, to: /c}]}",
	  "http: {redirects: [{from: /b, to: /c}, {from: /a, to: /b}]}",
	  "http.redirects has changed (-)\n", 0 },
	{ "host comes", "", "http: {hosts: {a.example: {index: [b]}}}",
	  "http.hosts.a.example is new (-)\n", 0 },
	{ "host goes", "http: {hosts: {a.example: {}}}", "",
	  "http.hosts.a.example is gone (-)\n", 0 },
	{ "of a host", "http: {hosts: {a.example: {index: [b]}}}",
	  "http: {hosts: {a.example: {index: [c]}}}",
	  "http.hosts.a.example.index is [c] ([b])\n", 0 },
	{ "what a host has from http, once",
	  "http: {listing: none, hosts: {a.example: {}}}",
	  "http: {listing: html, hosts: {a.example: {}}}",
	  "http.listing is html (none)\n", 0 },
	{ "a host no longer says it",
	  "http: {hosts: {a.example: {listing: html}}}",
	  "http: {hosts: {a.example: {}}}",
	  "http.hosts.a.example.listing is none (html)\n", 0 },
	{ "a host says what it has anyway",
	  "http: {hosts: {a.example: {}}}",
	  "http: {hosts: {a.example: {listing: none}}}", "", 0 },
	{ "hosts in another order", "http: {hosts: {a.example: {}, b: {}}}",
	  "http: {hosts: {b: {}, a.example: {}}}", "", 0 },
	{ "only at a start", "", "process: {user: a, daemon: true}",
	  "process.user is a (\"\")\nprocess.daemon is true (false)\n", 2 },
	{ "paths, only at a start", "process: {readable: [/a]}",
	  "process: {readable: [/a, b]}",
	  "process.readable is [/a, /d/b] ([/a])\n", 1 },
	{ "both", "process: {grace: 1s}", "process: {group: b, grace: 2s}",
	  "process.group is b (\"\")\nprocess.grace is 2s (1s)\n", 1 },
	{ "in a section of a section", "", "log: {error: {level: error}}",
	  "log.error.level is error (info)\n", 0 },
};

START_TEST(changes_are_told)
{
	struct config *before = parse(cases[_i].before);
	struct config *now = parse(cases[_i].now);

	told[0] = '\0';
	fixed = 0;
	ck_assert_int_eq(config_changes(before, now, on_change, &fixed), 0);
	ck_assert_msg(strcmp(told, cases[_i].told) == 0, "%s: %s",
	    cases[_i].name, told);
	ck_assert_uint_eq(fixed, cases[_i].fixed);
	config_free(before);
	config_free(now);
}
END_TEST

START_TEST(long_names_are_cut)
{
	char yaml[2048], path[1200];
	struct config *before = parse(""), *now;

	memset(path, 'a', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	snprintf(yaml, sizeof(yaml), "document_root: /%s\n", path);
	now = parse(yaml);
	told[0] = '\0';
	ck_assert_int_eq(config_changes(before, now, on_change, &fixed), 0);
	ck_assert_uint_gt(strlen(told), 500);
	ck_assert_uint_lt(strlen(told), 600);
	config_free(before);
	config_free(now);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("config_changes");
	TCase *tc = suite_case(s, "config_changes");

	tcase_add_loop_test(tc, changes_are_told, 0, ROWS(cases));
	tcase_add_test(tc, long_names_are_cut);
	return suite_run(s);
}
