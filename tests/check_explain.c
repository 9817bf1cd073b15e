/* explain: one request, the words that lead to its answer, the status. */
#include "daemon/explain.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "support.h"
#include "tree.h"

#define WORDS	6

static const char settings[] =
    "listeners:\n"
    "  - {name: talk, port: 7007, protocol: echo}\n"
    "  - {name: web, host: \"*\", port: 80, protocol: http}\n"
    "  - {name: more, host: \"::1\", port: 8080}\n"
    "  - {name: hello, host: \"127.0.0.1\", port: 7070, protocol: welcome}\n"
    "  - {name: both, host: \"::1\", port: 7070, protocol: http}\n"
    "http:\n"
    "  document_root: %s\n"
    "  error_pages: {404: /404.html}\n"
    "  headers:\n"
    "    - {match: \"/sub/*\", set: {Cache-Control: no-store}}\n"
    "  redirects:\n"
    "    - {from: \"/old/*\", to: \"/new/*\", status: 301}\n"
    "    - {from: /elsewhere, to: \"https://example.org/\"}\n"
    "  hosts:\n"
    "    docs.example.org: {document_root: %s, listing: html}\n"
    "    app.example.org: {fallback: /index.html}\n"
    "    names.example.org: {clean_urls: true}\n";

static struct config *config;
static struct sites sites;
static char *said;
static size_t said_len;

static void
make_site(void)
{
	tree_make();
	tree_directory("site");
	tree_file("site/index.html", "<!DOCTYPE html>");
	tree_file("site/404.html", "nothing");
	tree_file("site/style.css", "a long and boring style");
	tree_file("site/style.css.gz", "short");
	tree_file("site/page.html", "page");
	tree_directory("site/sub");
	tree_file("site/sub/a.txt", "0123456789");
	tree_file("site/.secret", "x");
	tree_link("/etc/passwd", "site/out");
	tree_link("turn", "site/turn");
	tree_directory("site/back\\slash");
	tree_directory("site/pipe");
	ck_assert_int_eq(mkfifo(tree_path("site/fifo"), 0644), 0);
	ck_assert_int_eq(mkfifo(tree_path("site/pipe/index.html"), 0644), 0);
	ck_assert_int_eq(mkfifo(tree_path("site/short.html"), 0644), 0);
	tree_directory("docs");
	tree_file("docs/guide.txt", "guide");
	tree_stamp("site/style.css", 1000000000, 0);
	tree_stamp("site/style.css.gz", 1000000000, 0);
}

static void
begin(const char *text)
{
	char error[512] = "";

	config = config_parse("mynahd.yaml", "/", text, strlen(text),
	    "/nowhere", NULL, 0, stderr);
	ck_assert_ptr_nonnull(config);
	ck_assert_msg(sites_open(&sites, config, error, sizeof(error)) == 0,
	    "%s", error);
}

static void
begin_settings(void)
{
	char text[sizeof(settings) + 512], root[256];

	snprintf(root, sizeof(root), "%s", tree_path("site"));
	snprintf(text, sizeof(text), settings, root, tree_path("docs"));
	begin(text);
}

static void
end(void)
{
	sites_close(&sites);
	config_free(config);
}

/* Ask, with field lines that end in a line feed; the status. */
static int
ask(const char *method, const char *url, const char *fields)
{
	struct explain what = { .url = url, .method = method };
	char lines[1024], *line = lines, *rest;
	FILE *out;
	int status;

	snprintf(lines, sizeof(lines), "%s", fields);
	for (; *line != '\0'; line = rest) {
		rest = line + strcspn(line, "\n");
		if (*rest == '\n')
			*rest++ = '\0';
		what.fields[what.nfields++] = line;
	}
	ck_assert_ptr_nonnull(out = open_memstream(&said, &said_len));
	status = explain(config, &sites, &what, out);
	ck_assert_int_eq(fclose(out), 0);
	return status;
}

static const struct {
	const char	*name, *method, *url, *fields;
	int		 status;
	const char	*words[WORDS];	/* in this order */
} answers[] = {
	{ "a file", NULL, "/page.html", "", 0, {
	  "listener     line 3, web, * port 80, protocol http\n",
	  "request      GET /page.html HTTP/1.1\n",
	  "Host: localhost\n", "site/page.html: a file\n",
	  "answer       HTTP/1.1 200 OK\n", "Content-Length: 4\n" } },
	{ "the listener of the port", NULL, "http://[::1]:8080/", "", 0, {
	  "listener     line 4, more, ::1 port 8080, protocol auto\n",
	  "Host: [::1]:8080\n", "the index", "200 OK" } },
	{ "no listener of the port", NULL, "http://localhost:81/", "", 0, {
	  "web", "(none has the port of the URL)" } },
	{ "the listener of the port is an echo", NULL,
	  "http://localhost:7007/", "", 1, {
	  "listener     line 2, talk, ", " port 7007, speaks echo: there would "
	  "be no answer to this request\n" } },
	{ "one of two with the port speaks HTTP", NULL,
	  "http://localhost:7070/", "", 0, {
	  "line 6, both, ::1 port 7070, protocol http\n", "200 OK" } },
	{ "HEAD", "HEAD", "/page.html", "", 0, {
	  "request      HEAD /page.html", "200 OK" } },
	{ "a host of its own", NULL, "http://docs.example.org/", "", 0, {
	  "host         docs.example.org: a site of its own, root ", "docs",
	  "a directory to be listed", "200 OK", "Content-Length: " } },
	{ "no host of its own", NULL, "http://example.org/", "", 0, {
	  "host         example.org: not one of http.hosts" } },
	{ "a Host field that is given", NULL, "/guide.txt",
	  "Host: docs.example.org", 0, {
	  "Host: docs.example.org", "docs.example.org: a site of its own",
	  "200 OK" } },
	{ "a variant", NULL, "/style.css", "Accept-Encoding: br, gzip", 0, {
	  "style.css.br: No such file", "style.css.gz: 5 bytes, quality 1.000",
	  "variant      gzip", "200 OK", "Content-Encoding: gzip" } },
	{ "a range", NULL, "/sub/a.txt", "Range: bytes=0-3", 0, {
	  "range        within 10 bytes", "206 Partial Content",
	  "Content-Range: bytes 0-3/10" } },
	{ "several ranges", NULL, "/sub/a.txt", "Range: bytes=0-0,9-", 0, {
	  "206 Partial Content", "multipart/byteranges" } },
	{ "a condition", NULL, "/sub/a.txt", "If-None-Match: *", 0, {
	  "condition    what the client has", "304 Not Modified" } },
	{ "a condition that fails", NULL, "/sub/a.txt", "If-Match: \"x\"", 1, {
	  "condition    If-Match", "412 Precondition Failed" } },
	{ "a rule for fields", NULL, "/sub/a.txt", "", 0, {
	  "headers      line 11, /sub/*, sets Cache-Control",
	  "Cache-Control: no-store" } },
	{ "a redirect", NULL, "/old/a%20b?q#f", "", 0, {
	  "redirect     line 13, from /old/* to /new/*",
	  "301 Moved Permanently", "Location: /new/a%20b?q\n" } },
	{ "to another host", NULL, "/elsewhere", "", 0, {
	  "308 Permanent Redirect", "Location: https://example.org/\n" } },
	{ "a directory", NULL, "/sub", "", 0, {
	  "redirect     none of 2 rules matches",
	  "its address ends in a slash", "Location: /sub/" } },
	{ "a clean address", NULL, "http://names.example.org/page", "", 0, {
	  "page.html: a file, by clean_urls", "200 OK" } },
	{ "a fallback", NULL, "http://app.example.org/view", "", 0, {
	  "fallback     /index.html", "200 OK", "Vary: Accept" } },
	{ "no fallback for a picture", NULL, "http://app.example.org/view",
	  "Accept: image/png", 1, {
	  "fallback     not for who does not accept text/html",
	  "404 Not Found" } },
	{ "a name nearby", NULL, "/pag.html", "", 1, {
	  "reason ", "pag.html does not exist; did you mean ",
	  "site/page.html?\n", "error page   /404.html", "404 Not Found" } },
	{ "a directory that is not there", NULL, "/suub/a.txt", "", 1, {
	  "suub does not exist", "did you mean ", "site/sub?\n" } },
	{ "a directory without an index", NULL, "/sub/", "", 1, {
	  "reason       a directory with none of http.index (index.html",
	  "), and http.listing is none\n", "404 Not Found" } },
	{ "a file, asked for as a directory", NULL, "/page.html/", "", 1, {
	  "reason       a file, and the slash at the end", "without the slash",
	  "404 Not Found" } },
	{ "a directory with a backslash", NULL, "/back\\slash", "", 1, {
	  "reason       a directory with a backslash", "with a slash at its "
	  "end\n", "404 Not Found" } },
	{ "a FIFO", NULL, "/fifo", "", 1, {
	  "reason       what is there is a FIFO", "only regular files are "
	  "served\n", "404 Not Found" } },
	{ "a FIFO as the index", NULL, "/pipe/", "", 1, {
	  "only regular files are served\n", "404 Not Found" } },
	{ "a FIFO, by clean_urls", NULL, "http://names.example.org/short", "",
	  1, { "only regular files are served\n", "404 Not Found" } },
	{ "a file is no directory", NULL, "/page.html/x", "", 1, {
	  "site/page.html is not a directory", "404 Not Found" } },
	{ "a link that leads out", NULL, "/out", "", 1, {
	  "reason ", "symbolic link", "404 Not Found" } },
	{ "a hidden name", NULL, "/.secret", "", 1, {
	  "reason       a name in it begins with a dot", "404 Not Found" } },
	{ "a method", "DELETE", "/page.html", "", 1, {
	  "reason       only GET, HEAD, OPTIONS are answered",
	  "405 Method Not Allowed", "Allow: GET" } },
	{ "an unknown method", "get", "/page.html", "", 1, {
	  "reason       no such method", "501 Not Implemented" } },
	{ "what a browser would encode", NULL, "/a b\xc3\xa4", "", 1, {
	  "GET /a%20b%C3%A4 HTTP/1.1", "path         /a b\xc3\xa4" } },
	{ "control bytes do not reach the terminal", NULL, "/%7Fx", "", 1, {
	  "400 Bad Request" } },
	{ "control bytes of fields neither", NULL, "/page.html",
	  "X: \x1b[31m\xc2\x9b", 1, {
	  "X: \\x1b[31m\\xc2\\x9b\n", "400 Bad Request" } },
	{ "a request that is none", NULL, "/", "Bad Field: x", 1, {
	  "request      cannot be understood", "reason ",
	  "400 Bad Request" } },
	{ "above the root", NULL, "/../x", "", 1, {
	  "cannot be understood", "400 Bad Request" } },
};

START_TEST(says_what_and_why)
{
	const char *at, *found;

	begin_settings();
	ck_assert_msg(ask(answers[_i].method, answers[_i].url,
	    answers[_i].fields) == answers[_i].status, "%s: %s",
	    answers[_i].name, said);
	at = said;
	for (int i = 0; i < WORDS && answers[_i].words[i] != NULL; i++) {
		found = strstr(at, answers[_i].words[i]);
		ck_assert_msg(found != NULL, "%s: no \"%s\" in:\n%s",
		    answers[_i].name, answers[_i].words[i], at);
		at = found;
	}
	free(said);
	end();
}
END_TEST

static const struct {
	const char	*name, *url, *fields, *words;
} slips[] = {
	{ "TLS", "https://example.org/", "", "does not speak TLS" },
	{ "no scheme", "example.org/x", "", "give a path" },
	{ "another scheme", "ftp://example.org/", "", "give a path" },
	{ "nothing", "", "", "give a path" },
	{ "a bad host", "http://a b/", "", "its host is none" },
	{ "no host", "http:///x", "", "its host is none" },
	{ "a bad port", "http://a:99999/", "", "its host is none" },
	{ "an empty field ends the head", "/", "\nX: y", "a field" },
};

START_TEST(slips_are_told)
{
	const char *error;

	begin_settings();
	catch_begin();
	ask(NULL, slips[_i].url, slips[_i].fields);
	error = catch_end();
	ck_assert_msg(strstr(error, slips[_i].words) != NULL, "%s: %s",
	    slips[_i].name, error);
	free(said);
	catch_begin();
	ck_assert_int_eq(ask(NULL, slips[_i].url, slips[_i].fields),
	    EX_USAGE);
	catch_end();
	ck_assert_str_eq(said, "");
	free(said);
	end();
}
END_TEST

START_TEST(method_is_a_word)
{
	static const char *const methods[] = { "", "GET /", "A\r\nB: c",
	    "\x1b[31m" };

	begin_settings();
	for (int i = 0; i < COUNT(methods); i++) {
		catch_begin();
		ck_assert_int_eq(ask(methods[i], "/", ""), EX_USAGE);
		ck_assert_ptr_nonnull(strstr(catch_end(), "one word"));
		ck_assert_str_eq(said, "");
		free(said);
	}
	end();
}
END_TEST

START_TEST(nobody_speaks_http)
{
	char text[512];

	snprintf(text, sizeof(text), "protocol: echo\ndocument_root: %s\n",
	    tree_path("site"));
	begin(text);
	ck_assert_int_eq(ask(NULL, "/", ""), 1);
	ck_assert_ptr_nonnull(strstr(said, "none speaks HTTP"));
	free(said);
	end();
}
END_TEST

static int
ask_for_sub(void *arg)
{
	(void)arg;
	return ask(NULL, "/sub/a.txt", "");
}

START_TEST(forbidden)
{
	begin_settings();
	ck_assert_int_eq(chmod(tree_path("site/sub"), 0), 0);
	/* The words stay in the process that is nobody; the status comes. */
	ck_assert_int_eq(tree_as_nobody(ask_for_sub, NULL), 1);
	ck_assert_int_eq(chmod(tree_path("site/sub"), 0755), 0);
	end();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("explain");
	TCase *tc = tcase_create("explain");

	tcase_add_unchecked_fixture(tc, make_site, tree_remove);
	tcase_add_loop_test(tc, says_what_and_why, 0, COUNT(answers));
	tcase_add_loop_test(tc, slips_are_told, 0, COUNT(slips));
	tcase_add_test(tc, method_is_a_word);
	tcase_add_test(tc, nobody_speaks_http);
	tcase_add_test(tc, forbidden);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
