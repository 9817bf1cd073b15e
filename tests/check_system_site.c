/* The real program: the files of a site, and what is configured of them. */
#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon.h"
#include "support.h"
#include "wire.h"

#define HOST	"Host: x\r\n"

static struct daemon shared, d;
static struct wire w;
static struct reply r;

static void
start_shared(void)
{
	daemon_setup();
	daemon_start(&shared, "port: 0\nprotocol: http\ndocument_root: site\n",
	    NULL);
}

static void
stop_shared(void)
{
	daemon_stop_shared(&shared);
	daemon_teardown();
}

/* ---- paths ---- */

static const struct {
	const char	*path;
	int		 status;
	const char	*type;
	const char	*body;		/* NULL: not looked at */
	bool		 link;
} paths[] = {
	{ "/",		200, "text/html; charset=utf-8", "/index.html\n", 0 },
	{ "/index.html", 200, "text/html; charset=utf-8", "/index.html\n", 0 },
	{ "/?q=1&r",	200, "text/html; charset=utf-8", "/index.html\n", 0 },
	{ "/files/a.txt", 200, "text/plain; charset=utf-8",
	  "/files/a.txt\n", 0 },
	{ "//files///a.txt", 200, NULL, "/files/a.txt\n", 0 },
	{ "/dir/../files/./a.txt", 200, NULL, "/files/a.txt\n", 0 },
	{ "/%66iles/a%2etxt", 200, NULL, "/files/a.txt\n", 0 },
	{ "/a%20b.txt",	200, NULL, "/a b.txt\n", 0 },
	{ "/empty.txt",	200, NULL, "", 0 },
	{ "/dir/",	200, NULL, "/dir/index.html\n", 0 },
	{ "/.well-known/x.txt", 200, NULL, "/.well-known/x.txt\n", 0 },
	{ "/dir",	301, NULL, NULL, 0 },
	{ "/nowhere",	404, "text/html; charset=utf-8", NULL, 0 },
	{ "/Files/a.txt", 404, NULL, NULL, 0 },
	{ "/files/a.txt/", 404, NULL, NULL, 0 },
	{ "/files/a.txt/x", 404, NULL, NULL, 0 },
	{ "/bare/",	404, NULL, NULL, 0 },
	{ "/.secret",	404, NULL, NULL, 0 },
	{ "/dir/.x",	404, NULL, NULL, 0 },
	{ "/%2esecret",	404, NULL, NULL, 0 },
	{ "/fifo",	404, NULL, NULL, 0 },
	{ "/inside.txt", 200, NULL, "/files/a.txt\n", true },
	{ "/dir/up.txt", 200, NULL, "/files/a.txt\n", true },
	{ "/outside.txt", 404, NULL, NULL, 0 },
	{ "/absolute.txt", 404, NULL, NULL, 0 },
	{ "/loop.txt",	404, NULL, NULL, 0 },
	{ "/private.txt", 403, NULL, NULL, 0 },
	{ "/../outside.txt", 400, NULL, NULL, 0 },
	{ "/%2e%2e/outside.txt", 400, NULL, NULL, 0 },
	{ "/files%2fa.txt", 400, NULL, NULL, 0 },
	{ "/files%5Ca.txt", 400, NULL, NULL, 0 },
	{ "/index.html%00", 400, NULL, NULL, 0 },
	{ "/100%",	400, NULL, NULL, 0 },
	{ "/%zz",	400, NULL, NULL, 0 },
};

/* Where links are never followed, the log of the start says so. */
static int
expected_status(int i)
{
	return paths[i].link && daemon_count(&shared, "no openat2") > 0 ?
	    404 : paths[i].status;
}

START_TEST(path)
{
	int want = expected_status(_i);

	wire_open(&w, shared.port);
	wire_get(&w, paths[_i].path, &r);
	ck_assert_msg(r.status == want, "%s: %d", paths[_i].path, r.status);
	ck_assert(reply_has(&r, "X-Content-Type-Options: nosniff"));
	ck_assert(reply_has(&r, "Server: mynah"));
	ck_assert_str_ne(reply_field(&r, "Date"), "");
	if (paths[_i].type != NULL)
		ck_assert_str_eq(reply_field(&r, "Content-Type"),
		    paths[_i].type);
	if (want == 200)
		ck_assert_str_ne(reply_field(&r, "Last-Modified"), "");
	if (want == 200 && paths[_i].body != NULL)
		ck_assert_str_eq(r.body, paths[_i].body);
	wire_close(&w);
}
END_TEST

/* The head without its Date, which a second may come between. */
static void
without_date(const struct reply *reply, char *out)
{
	const char *date = strcasestr(reply->head, "\r\ndate:");
	const char *after;

	ck_assert_ptr_nonnull(date);
	after = strstr(date + 2, "\r\n");
	sprintf(out, "%.*s%s", (int)(date - reply->head), reply->head, after);
}

/* The head of the answer to a last request with that method. */
static void
head_of(const char *method, const char *target, char *head)
{
	char request[512];

	snprintf(request, sizeof(request), "%s %s HTTP/1.1\r\n" HOST
	    "Connection: close\r\n\r\n", method, target);
	wire_open(&w, shared.port);
	wire_send(&w, request);
	wire_head(&w, &r);
	without_date(&r, head);
}

/* HEAD has the very head of GET, and nothing behind it. */
START_TEST(head_is_that_of_get)
{
	char get[8192], head[8192];

	head_of("HEAD", paths[_i].path, head);
	wire_expect_end(&w);
	wire_close(&w);
	head_of("GET", paths[_i].path, get);
	wire_body(&w, &r);
	wire_expect_end(&w);
	wire_close(&w);
	ck_assert_str_eq(head, get);
}
END_TEST

static const struct {
	const char	*path, *location;
} redirects[] = {
	{ "/dir",		"/dir/" },
	{ "/dir?a=b",		"/dir/?a=b" },
	{ "//dir",		"/dir/" },
	{ "/files/../dir",	"/dir/" },
	{ "/%64ir",		"/dir/" },
};

START_TEST(redirect)
{
	wire_open(&w, shared.port);
	wire_get(&w, redirects[_i].path, &r);
	ck_assert_int_eq(r.status, 301);
	ck_assert_str_eq(reply_field(&r, "Location"), redirects[_i].location);
	wire_close(&w);
}
END_TEST

/* What is on the disk when the request is sent is what comes. */
START_TEST(fresh)
{
	char text[32];

	wire_open(&w, shared.port);
	for (int i = 0; i < 20; i++) {
		snprintf(text, sizeof(text), "version %d\n", i);
		daemon_write("site/bare/new.txt", text, strlen(text));
		wire_get(&w, "/bare/new.txt", &r);
		ck_assert_str_eq(r.body, text);
		ck_assert_int_eq(unlink(daemon_path("site/bare/new.txt")), 0);
		wire_get(&w, "/bare/new.txt", &r);
		ck_assert_int_eq(r.status, 404);
	}
	wire_close(&w);
}
END_TEST

/* ---- configured otherwise ---- */

static const struct {
	const char	*name, *yaml, *path;
	int		 status;
	const char	*line;		/* of the head, or NULL */
} settings[] = {
	{ "dotfiles", "http: {document_root: site, dotfiles: allow}\n",
	  "/.secret", 200, NULL },
	{ "links never", "http: {document_root: site, symlinks: never}\n",
	  "/inside.txt", 404, NULL },
	{ "another index", "http: {document_root: site, index: [x.txt]}\n",
	  "/bare/", 200, "Content-Type: text/plain; charset=utf-8" },
	{ "first index", "http: {document_root: site,"
	  " index: [no, a.txt, b.txt]}\n", "/files/", 200, NULL },
	{ "no index", "http: {document_root: site, index: []}\n", "/", 404,
	  NULL },
	{ "one request", "http: {document_root: site}\n"
	  "limits: {requests_per_connection: 1}\n", "/", 200,
	  "Connection: close" },
	{ "short line", "http: {document_root: site}\n"
	  "limits: {request_line: 64B}\n",
	  "/0123456789012345678901234567890123456789012345678901234567890",
	  414, NULL },
};

START_TEST(setting)
{
	char yaml[512];

	snprintf(yaml, sizeof(yaml), "port: 0\nprotocol: http\n%s",
	    settings[_i].yaml);
	daemon_start(&d, yaml, NULL);
	wire_open(&w, d.port);
	wire_get(&w, settings[_i].path, &r);
	ck_assert_msg(r.status == settings[_i].status, "%s: %d",
	    settings[_i].name, r.status);
	if (settings[_i].line != NULL)
		ck_assert(reply_has(&r, settings[_i].line));
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

START_TEST(server_version)
{
	daemon_start(&d, "port: 0\nhttp: {document_root: site,"
	    " server_version: true}\n", NULL);
	wire_open(&w, d.port);
	wire_get(&w, "/", &r);
	ck_assert_int_eq(strncmp(reply_field(&r, "Server"), "mynah/", 6), 0);
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

/* The promised length cannot be kept: the end tells the client so. */
START_TEST(file_shrinks)
{
	daemon_start(&d, "port: 0\ndocument_root: site\n", NULL);
	wire_init(&w, wire_dial_small(d.port));
	wire_send(&w, "GET /big.bin HTTP/1.1\r\n" HOST "\r\n");
	wire_head(&w, &r);
	ck_assert_uint_eq(r.length, DAEMON_BIG);
	ck_assert_int_eq(truncate(daemon_path("site/big.bin"), 4096), 0);
	ck_assert_uint_lt(wire_drain(&w), DAEMON_BIG);
	wire_close(&w);
	wire_open(&w, d.port);
	wire_get(&w, "/big.bin", &r);
	ck_assert_uint_eq(r.length, 4096);
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&d), 0);
	ck_assert_uint_eq(daemon_count(&d, "1 file-shrank"), 1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("site");
	TCase *tc = tcase_create("shared");

	tcase_add_unchecked_fixture(tc, start_shared, stop_shared);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, path, 0, COUNT(paths));
	tcase_add_loop_test(tc, head_is_that_of_get, 0, COUNT(paths));
	tcase_add_loop_test(tc, redirect, 0, COUNT(redirects));
	tcase_add_test(tc, fresh);
	suite_add_tcase(s, tc);

	tc = tcase_create("configured");
	tcase_add_unchecked_fixture(tc, daemon_setup, daemon_teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, setting, 0, COUNT(settings));
	tcase_add_test(tc, server_version);
	tcase_add_test(tc, file_shrinks);
	suite_add_tcase(s, tc);
	return daemon_run_suite(s);
}
