/* The real program: what it writes into its logs, and where. */
#include <check.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "daemon.h"
#include "json.h"
#include "support.h"
#include "wire.h"

#define SITE	"port: 0\nprotocol: http\ndocument_root: site\n"
#define JSON	"log: {access: {target: run/access.log, format: json}}\n"
#define COMMON	"log: {access: {target: run/access.log, format: common}}\n"

#define HOST	"Host: example.org\r\n"
#define REST	" HTTP/1.1\r\n" HOST "\r\n"

#define LOG_MAX	(4 * 1024 * 1024)

static struct daemon d;
static struct wire w;
static struct reply r;
static struct json json;

/* ---- reading logs ---- */

/* A whole file of the directory; "" if it is not there. */
static char *
content_of(const char *name)
{
	static char text[LOG_MAX];
	FILE *f = fopen(daemon_path("%s", name), "re");
	size_t n = 0;

	if (f != NULL) {
		n = fread(text, 1, sizeof(text) - 1, f);
		fclose(f);
	}
	text[n] = '\0';
	return text;
}

static size_t
count(const char *text, const char *part)
{
	size_t n = 0;

	for (; (text = strstr(text, part)) != NULL; text += strlen(part))
		n++;
	return n;
}

/* Wait until a file has so many lines, or at least those. */
static char *
await_lines(const char *name, size_t lines)
{
	for (int i = 0; i < DAEMON_WAIT_MS / 10; i++) {
		if (count(content_of(name), "\n") >= lines)
			return content_of(name);
		poll(NULL, 0, 10);
	}
	ck_abort_msg("%s does not get %zu lines, but has:\n%s", name, lines,
	    content_of(name));
	return NULL;
}

/* Take the next line of a text, as JSON. */
static void
next_json(char **text)
{
	char *end = strchr(*text, '\n');

	ck_assert_msg(end != NULL, "there is no further line");
	ck_assert_msg(json_read(&json, *text, (size_t)(end - *text)),
	    "%s: %.*s", json.fault, (int)(end - *text), *text);
	*text = end + 1;
}

static void
expect_string(const char *name, const char *want)
{
	ck_assert_msg(strcmp(json_string(&json, name), want) == 0,
	    "%s is \"%s\", not \"%s\"", name, json_string(&json, name), want);
}

static void
expect_null(const char *name)
{
	const struct json_member *m = json_find(&json, name);

	ck_assert_msg(m != NULL && m->kind == '0', "%s is not null", name);
}

static void
expect_number(const char *name, double want)
{
	ck_assert_msg(json_number(&json, name) == want, "%s is %f, not %f",
	    name, json_number(&json, name), want);
}

/* ---- formats ---- */

static const struct {
	const char	*name, *want;
} formats[] = {
	{ "common", "\"GET /files/a.txt?x=%22 HTTP/1.1\" 200 13\n" },
	{ "combined", "\"GET /files/a.txt?x=%22 HTTP/1.1\" 200 13 "
	  "\"http://a/\\x22\" \"a\\xC3\\xA4\\x5C\"\n" },
};

START_TEST(format)
{
	char yaml[256], zone[8], *text;
	int at = 0;

	setenv("TZ", "XYZ-01:30", 1);
	snprintf(yaml, sizeof(yaml), SITE "log: {access: {target: "
	    "run/access.log, format: %s}}\n", formats[_i].name);
	daemon_start(&d, yaml, NULL);
	wire_open(&w, d.port);
	wire_send(&w, "GET /files/a.txt?x=%22 HTTP/1.1\r\n" HOST
	    "Referer: http://a/\"\r\nUser-Agent: a\303\244\\\r\n\r\n");
	wire_reply(&w, &r);
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&d), 0);
	unsetenv("TZ");
	text = content_of("run/access.log");
	ck_assert_msg(sscanf(text, "127.0.0.1 - - [%*2d/%*3s/2%*3d:"
	    "%*2d:%*2d:%*2d %5[+0-9]] %n", zone, &at) == 1 && at > 0, "%s",
	    text);
	ck_assert_str_eq(zone, "+0130");
	ck_assert_str_eq(text + at, formats[_i].want);
}
END_TEST

START_TEST(format_json)
{
	char *text;

	setenv("TZ", "XYZ-01:30", 1);
	daemon_start(&d, SITE JSON, NULL);
	wire_open(&w, d.port);
	wire_send(&w, "GET /files/a.txt HTTP/1.1\r\n" HOST
	    "Referer: http://a/\"\r\nUser-Agent: a\303\244\344\r\n\r\n"
	    "GET /" REST);
	wire_reply(&w, &r);
	wire_reply(&w, &r);
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&d), 0);
	unsetenv("TZ");
	text = content_of("run/access.log");
	next_json(&text);
	ck_assert_uint_eq(json.n, 15);
	ck_assert_uint_eq(strlen(json_string(&json, "time")), 29);
	ck_assert_str_eq(json_string(&json, "time") + 23, "+01:30");
	expect_string("addr", "127.0.0.1");
	expect_string("method", "GET");
	expect_string("target", "/files/a.txt");
	expect_string("version", "HTTP/1.1");
	expect_number("status", 200);
	expect_number("bytes", 13);
	ck_assert(json_number(&json, "seconds") >= 0);
	expect_string("end", "done");
	expect_null("variant");
	expect_string("host", "example.org");
	expect_string("referer", "http://a/\"");
	expect_string("agent", "a\303\244\303\244");
	expect_number("connection", 1);
	expect_number("request", 1);
	next_json(&text);
	expect_null("referer");
	expect_null("agent");
	expect_number("connection", 1);
	expect_number("request", 2);
	ck_assert_str_eq(text, "");
}
END_TEST

/* ---- what is told ---- */

/* On one connection, in this order; head: no content follows. */
static const struct {
	const char	*name, *request, *method;
	int		 status;
	bool		 head;
} dialog[] = {
	{ "a file",	"GET /romeo.txt" REST, "GET", 200, false },
	{ "HEAD",	"HEAD /romeo.txt" REST, "HEAD", 200, true },
	{ "a part",	"GET /romeo.txt HTTP/1.1\r\n" HOST
	  "Range: bytes=10-19\r\n\r\n", "GET", 206, false },
	{ "parts",	"GET /romeo.txt HTTP/1.1\r\n" HOST
	  "Range: bytes=1-2,9-19\r\n\r\n", "GET", 206, false },
	{ "no part",	"GET /romeo.txt HTTP/1.1\r\n" HOST
	  "Range: bytes=900-\r\n\r\n", "GET", 416, false },
	{ "unchanged",	"GET /romeo.txt HTTP/1.1\r\n" HOST
	  "If-None-Match: *\r\n\r\n", "GET", 304, true },
	{ "a large file", "GET /picture.jpg" REST, "GET", 200, false },
	{ "a page",	"GET /dir" REST, "GET", 301, false },
	{ "no file",	"GET /none" REST, "GET", 404, false },
	{ "no file, by HEAD", "HEAD /none" REST, "HEAD", 404, true },
	{ "what is not permitted", "GET /private.txt" REST, "GET", 403,
	  false },
	{ "content",	"POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\n"
	  "hello", "POST", 405, false },
	{ "OPTIONS",	"OPTIONS * HTTP/1.1\r\n" HOST "\r\n", "OPTIONS", 204,
	  true },
	{ "another method", "BREW /pot" REST, "BREW", 501, false },
};

START_TEST(each_answer_of_a_connection)
{
	size_t lengths[COUNT(dialog)];
	char *text;

	daemon_start(&d, SITE JSON, NULL);
	wire_open(&w, d.port);
	for (int i = 0; i < COUNT(dialog); i++) {
		wire_send(&w, dialog[i].request);
		wire_head(&w, &r);
		ck_assert_msg(r.status == dialog[i].status, "%s: %d",
		    dialog[i].name, r.status);
		lengths[i] = dialog[i].head ? 0 : r.length;
		if (r.length > sizeof(r.body) - 1 && !dialog[i].head)
			wire_expect_pattern(&w, r.length, 8192);
		else if (!dialog[i].head)
			wire_body(&w, &r);
	}
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&d), 0);
	text = content_of("run/access.log");
	for (int i = 0; i < COUNT(dialog); i++) {
		next_json(&text);
		expect_string("method", dialog[i].method);
		expect_number("status", dialog[i].status);
		expect_number("bytes", (double)lengths[i]);
		expect_number("request", i + 1);
		expect_number("connection", 1);
		expect_string("end", "done");
	}
	ck_assert_str_eq(text, "");
}
END_TEST

START_TEST(variant_is_named)
{
	char *text;

	daemon_write("site/v.css", "a { color: red }\n", 17);
	daemon_write("site/v.css.gz", "smaller", 7);
	daemon_start(&d, SITE JSON, NULL);
	wire_open(&w, d.port);
	/* The second time from the cache. */
	for (int i = 0; i < 3; i++) {
		wire_send(&w, "GET /v.css HTTP/1.1\r\n" HOST
		    "Accept-Encoding: gzip\r\n\r\n");
		wire_reply(&w, &r);
		ck_assert_str_eq(r.body, "smaller");
	}
	wire_get(&w, "/v.css", &r);
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&d), 0);
	text = content_of("run/access.log");
	for (int i = 0; i < 3; i++) {
		next_json(&text);
		expect_string("variant", "gzip");
		expect_number("bytes", 7);
	}
	next_json(&text);
	expect_null("variant");
	expect_number("bytes", 17);
}
END_TEST

#define BATCH	40

START_TEST(pipelined_requests)
{
	char batch[BATCH * 64 + 1], *text, want[32];
	size_t n = 0;

	for (int i = 0; i < BATCH; i++)
		n += (size_t)snprintf(batch + n, sizeof(batch) - n,
		    "GET /?%d" REST, i);
	daemon_start(&d, SITE JSON, NULL);
	wire_open(&w, d.port);
	wire_send(&w, batch);
	for (int i = 0; i < BATCH; i++)
		wire_reply(&w, &r);
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&d), 0);
	text = content_of("run/access.log");
	for (int i = 0; i < BATCH; i++) {
		next_json(&text);
		snprintf(want, sizeof(want), "/?%d", i);
		expect_string("target", want);
		expect_number("bytes", 12);
		expect_number("request", i + 1);
	}
	ck_assert_str_eq(text, "");
}
END_TEST

#define LONG	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* What is no request, or is cut off; each on a connection of its own. */
static const struct {
	const char	*name, *request, *line, *method, *end;
	int		 status;
	bool		 shut;
} faults[] = {
	{ "no request", "FOO\tbar\"\r\n\r\n", "FOO\tbar\"", "",
	  "bad-request", 400, false },
	{ "a forged line", "GET / HTTP/1.1\r\nA: b\n127.0.0.1 - -\r\n\r\n",
	  "", "GET", "bad-request", 400, false },
	{ "no Host", "GET /x HTTP/1.1\r\n\r\n", "", "GET", "bad-request", 400,
	  false },
	{ "another version", "GET / HTTP/2.0\r\n\r\n", "GET / HTTP/2.0", "",
	  "bad-request", 505, false },
	{ "a long line", "GET /" LONG, "GET /" LONG, "", "limit",
	  414, false },
	{ "long fields", "GET / HTTP/1.1\r\nA: " LONG LONG LONG LONG LONG
	  "\r\n\r\n", "", "GET", "limit", 431, false },
	{ "half a line", "GET /hal", "GET /hal", "", "header-slow", 408,
	  false },
	{ "half a head", "GET / HTTP/1.1\r\nHost:", "", "GET", "header-slow",
	  408, false },
	{ "a head without its end", "GET / HTTP/1.1\r\nHost:", "", "GET",
	  "client-gone", 400, true },
	{ "too much content", "POST / HTTP/1.1\r\n" HOST
	  "Content-Length: 999999\r\n\r\n", "", "POST", "limit", 413, false },
	{ "content that is wrong", "POST / HTTP/1.1\r\n" HOST
	  "Transfer-Encoding: chunked\r\n\r\nx\r\n", "", "POST",
	  "bad-request", 400, false },
	{ "content without its end", "POST / HTTP/1.1\r\n" HOST
	  "Content-Length: 9\r\n\r\nhello", "", "POST", "client-gone", 400,
	  true },
};

START_TEST(what_is_wrong)
{
	char *text;

	daemon_start(&d, SITE JSON "limits: {header_timeout: 100ms, "
	    "request_line: 64B, header_bytes: 256B}\n", NULL);
	for (int i = 0; i < COUNT(faults); i++) {
		wire_open(&w, d.port);
		wire_send(&w, faults[i].request);
		if (faults[i].shut)
			wire_end(&w);
		wire_reply(&w, &r);
		ck_assert_msg(r.status == faults[i].status, "%s: %d",
		    faults[i].name, r.status);
		wire_close(&w);
	}
	ck_assert_int_eq(daemon_stop(&d), 0);
	text = content_of("run/access.log");
	for (int i = 0; i < COUNT(faults); i++) {
		next_json(&text);
		ck_assert_msg(strcmp(json_string(&json, "line"),
		    faults[i].line) == 0, "%s: %s", faults[i].name,
		    json_string(&json, "line"));
		ck_assert_msg(strcmp(json_string(&json, "method"),
		    faults[i].method) == 0, "%s: %s", faults[i].name,
		    json_string(&json, "method"));
		expect_number("status", faults[i].status);
		ck_assert_msg(strcmp(json_string(&json, "end"),
		    faults[i].end) == 0, "%s: %s", faults[i].name,
		    json_string(&json, "end"));
		ck_assert(json_number(&json, "bytes") > 0);
	}
	ck_assert_str_eq(text, "");
}
END_TEST

START_TEST(who_is_refused)
{
	struct wire second;
	char *text;

	daemon_start(&d, SITE JSON "limits: {connections_per_address: 1}\n",
	    NULL);
	wire_open(&w, d.port);
	wire_get(&w, "/", &r);
	wire_open(&second, d.port);
	/* A request, so that its coming is not waited for. */
	wire_send(&second, "GET / HTTP/1.1\r\n" HOST "\r\n");
	wire_reply(&second, &r);
	ck_assert_int_eq(r.status, 503);
	wire_close(&second);
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&d), 0);
	text = content_of("run/access.log");
	next_json(&text);
	next_json(&text);
	expect_number("status", 503);
	expect_null("line");
	expect_string("end", "limit");
	expect_number("connection", 2);
}
END_TEST

/* Of a request that was here before the log not even its content is told. */
START_TEST(log_that_comes_later)
{
	/* A sandbox would have to know the directory. */
	static const char none[] = SITE "process: {sandbox: none}\n";
	static const char yaml[] = SITE JSON "process: {sandbox: none}\n";
	char *text;

	daemon_start(&d, none, NULL);
	wire_open(&w, d.port);
	wire_send(&w, "GET / HTTP/1.1\r\n" HOST "\r\n"
	    "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
	    "2\r\nxy\r\n");
	wire_reply(&w, &r);
	daemon_write("mynahd.yaml", yaml, strlen(yaml));
	daemon_signal(&d, SIGHUP);
	daemon_await(&d, "mynahd: reloaded ");
	wire_send(&w, "password\r\n");
	wire_reply(&w, &r);
	ck_assert_int_eq(r.status, 400);
	wire_close(&w);
	wire_open(&w, d.port);
	wire_get(&w, "/", &r);
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&d), 0);
	text = content_of("run/access.log");
	ck_assert_uint_eq(count(text, "\n"), 1);
	next_json(&text);
	expect_string("target", "/");
}
END_TEST

/* Neither silence nor a talk is a request; nor is a TLS hello. */
START_TEST(what_is_not_told)
{
	d.listeners = 2;
	daemon_start(&d, "listeners:\n"
	    "  - {port: 0, protocol: auto}\n"
	    "  - {port: 0, protocol: http}\n"
	    "http: {document_root: site}\n" JSON, NULL);
	wire_open(&w, d.port);
	wire_expect(&w, DAEMON_WELCOME);
	wire_send(&w, "hello");
	wire_expect(&w, "OK...hello");
	wire_close(&w);
	wire_open(&w, daemon_port(&d, 1));
	wire_send_bytes(&w, BYTES("\026\003\001\002"));
	wire_expect_end(&w);
	wire_close(&w);
	wire_open(&w, d.port);
	wire_get(&w, "/after", &r);
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&d), 0);
	ck_assert_uint_eq(count(content_of("run/access.log"), "\n"), 1);
	ck_assert_ptr_nonnull(strstr(content_of("run/access.log"),
	    "\"/after\""));
}
END_TEST

START_TEST(a_unix_socket)
{
	daemon_start(&d, "listeners: [{unix: run/web.sock, mode: \"0666\", "
	    "protocol: http}]\nhttp: {document_root: site}\n" COMMON, NULL);
	wire_init(&w, wire_dial_unix(daemon_path("run/web.sock")));
	wire_get(&w, "/", &r);
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&d), 0);
	ck_assert_int_eq(strncmp(content_of("run/access.log"), "unix: - - [",
	    11), 0);
}
END_TEST

/* ---- downloads ---- */

static void
begin_download(void)
{
	wire_init(&w, wire_dial_small(d.port));
	wire_send(&w, "GET /big.bin" REST);
	wire_head(&w, &r);
	ck_assert_int_eq(r.status, 200);
}

START_TEST(a_slow_download)
{
	char *text;

	daemon_start(&d, SITE JSON, NULL);
	begin_download();
	wire_expect_pattern(&w, DAEMON_BIG, 8192);
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&d), 0);
	text = content_of("run/access.log");
	next_json(&text);
	expect_number("bytes", DAEMON_BIG);
	expect_string("end", "done");
	ck_assert(json_number(&json, "seconds") > 0);
}
END_TEST

START_TEST(a_download_that_is_broken_off)
{
	char *text;

	daemon_start(&d, SITE JSON, NULL);
	begin_download();
	wire_expect_pattern(&w, 500000, 8192);
	/* It is not told before its end. */
	ck_assert_str_eq(content_of("run/access.log"), "");
	wire_reset(&w);
	/* Without the end of the server. */
	text = await_lines("run/access.log", 1);
	next_json(&text);
	expect_number("status", 200);
	ck_assert(json_number(&json, "bytes") >= 500000);
	ck_assert(json_number(&json, "bytes") < DAEMON_BIG);
	expect_string("end", "client-gone");
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

START_TEST(a_download_that_is_cut_off)
{
	char *text;

	daemon_start(&d, SITE JSON "process: {grace: 0s}\n", NULL);
	begin_download();
	ck_assert_int_eq(daemon_stop(&d), 0);
	wire_close(&w);
	text = content_of("run/access.log");
	next_json(&text);
	ck_assert(json_number(&json, "bytes") < DAEMON_BIG);
	expect_string("end", "shutdown");
}
END_TEST

/* ---- files ---- */

START_TEST(the_file_belongs_to_who_serves)
{
	const struct passwd *nobody = getpwnam("nobody");
	struct stat st;

	daemon_start(&d, SITE COMMON, NULL);
	ck_assert_int_eq(stat(daemon_path("run/access.log"), &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0640);
	if (geteuid() == 0 && nobody != NULL)
		ck_assert_uint_eq(st.st_uid, nobody->pw_uid);
	else
		ck_assert_uint_eq(st.st_uid, geteuid());
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

START_TEST(written_soon)
{
	daemon_start(&d, SITE COMMON, NULL);
	wire_open(&w, d.port);
	wire_get(&w, "/", &r);
	await_lines("run/access.log", 1);
	wire_get(&w, "/", &r);
	await_lines("run/access.log", 2);
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

static int asked;

static void
ask(int n)
{
	char path[32];

	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "/?%d", asked++);
		wire_get(&w, path, &r);
		ck_assert_int_eq(r.status, 200);
	}
}

/* The requests from first up to the one before end, each once, in order. */
static void
expect_asked(const char *name, int first, int end)
{
	char *text = content_of(name), want[64];

	for (int i = first; i < end; i++) {
		snprintf(want, sizeof(want), "\"GET /?%d HTTP/1.1\" 200 12\n",
		    i);
		text = strchr(text, '"');
		ck_assert_msg(text != NULL && strncmp(text, want,
		    strlen(want)) == 0, "instead of %s%.99s", want,
		    text == NULL ? "" : text);
		text += strlen(want);
	}
	ck_assert_str_eq(text, "");
}

static void
rotate(void)
{
	ck_assert_int_eq(rename(daemon_path("run/access.log"),
	    daemon_path("run/old.log")), 0);
}

START_TEST(rotated_with_a_signal)
{
	asked = 0;
	daemon_start(&d, SITE COMMON, NULL);
	wire_open(&w, d.port);
	ask(100);
	rotate();
	ask(50);
	daemon_signal(&d, SIGUSR1);
	daemon_await(&d, "opened again");
	ask(100);
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&d), 0);
	expect_asked("run/old.log", 0, 150);
	expect_asked("run/access.log", 150, 250);
}
END_TEST

START_TEST(rotated_without_a_signal)
{
	int in_old;

	asked = 0;
	daemon_start(&d, SITE COMMON, NULL);
	wire_open(&w, d.port);
	ask(100);
	await_lines("run/access.log", 100);
	rotate();
	/* Which of them is the last in the old file is not known. */
	do {
		ask(10);
		poll(NULL, 0, 10);
	} while (access(daemon_path("run/access.log"), F_OK) == -1);
	ask(10);
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&d), 0);
	in_old = (int)count(content_of("run/old.log"), "\n");
	expect_asked("run/old.log", 0, in_old);
	expect_asked("run/access.log", in_old, asked);
}
END_TEST

START_TEST(removed)
{
	char *text;
	int seen = 0;

	asked = 0;
	daemon_start(&d, SITE COMMON, NULL);
	wire_open(&w, d.port);
	ask(1);
	await_lines("run/access.log", 1);
	ck_assert_int_eq(unlink(daemon_path("run/access.log")), 0);
	do {
		ask(1);
		poll(NULL, 0, 10);
	} while (access(daemon_path("run/access.log"), F_OK) == -1);
	ask(1);
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&d), 0);
	text = strstr(content_of("run/access.log"), "/?");
	ck_assert_ptr_nonnull(text);
	seen = atoi(text + 2);
	ck_assert_int_gt(seen, 0);
	expect_asked("run/access.log", seen, asked);
}
END_TEST

START_TEST(cannot_be_opened_again)
{
	asked = 0;
	daemon_start(&d, SITE COMMON, NULL);
	wire_open(&w, d.port);
	ask(10);
	rotate();
	ck_assert_int_eq(mkdir(daemon_path("run/access.log"), 0755), 0);
	daemon_signal(&d, SIGUSR1);
	daemon_await(&d, "cannot open the access log");
	ask(10);
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&d), 0);
	ck_assert_int_eq(rmdir(daemon_path("run/access.log")), 0);
	ck_assert_uint_eq(daemon_count(&d, "opened again"), 0);
	expect_asked("run/old.log", 0, 20);
}
END_TEST

static const struct {
	const char	*name, *log, *says;
} unwritable[] = {
	{ "no directory", "{access: {target: nowhere/x.log}}",
	  "log.access.target: " },
	{ "a directory", "{access: {target: ./site}}",
	  "log.access.target: " },
	{ "not permitted", "{access: {target: closed/x.log}}",
	  "log.access.target: " },
	{ "no directory for errors", "{error: {target: nowhere/x.log}}",
	  "log.error.target: " },
	{ "errors, not permitted", "{error: {target: closed/x.log}}",
	  "log.error.target: " },
};

START_TEST(cannot_be_written)
{
	char yaml[256];

	mkdir(daemon_path("closed"), 0555);
	if (geteuid() == 0 && unwritable[_i].log[1] == 'n')
		return;
	snprintf(yaml, sizeof(yaml), SITE "log: %s\n", unwritable[_i].log);
	ck_assert_msg(daemon_run(&d, yaml, NULL) == EX_CANTCREAT, "%s: %s",
	    unwritable[_i].name, d.err);
	ck_assert_msg(strstr(d.err, unwritable[_i].says) != NULL, "%s: %s",
	    unwritable[_i].name, d.err);
	ck_assert_uint_eq(daemon_count(&d, "listening"), 0);
}
END_TEST

/* ---- a disk that is full ---- */

#define FULL_AT	20000

static void
limit_files(void)
{
	const struct rlimit rl = { FULL_AT, FULL_AT };

	if (setrlimit(RLIMIT_FSIZE, &rl) == -1)
		_exit(126);
}

/* Ask for the page with a query of so many bytes. */
static void
ask_long(size_t len)
{
	static char request[8192];
	int n = snprintf(request, sizeof(request), "GET /?%0*d" REST,
	    (int)len, 0);

	ck_assert_int_lt(n, (int)sizeof(request));
	wire_send(&w, request);
	wire_reply(&w, &r);
	ck_assert_int_eq(r.status, 200);
}

START_TEST(disk_is_full)
{
	size_t lines, lost;
	char *said;

	d.prepare = limit_files;
	daemon_start(&d, SITE COMMON, NULL);
	wire_open(&w, d.port);
	/* More than is kept in memory. */
	for (int i = 0; i < 100; i++)
		ask_long(6000);
	daemon_await(&d, "cannot write the access log ");
	/* What has to go has gone, and what is kept has a new file. */
	rotate();
	ck_assert_uint_eq(count(content_of("run/old.log"), "\n"),
	    FULL_AT / 6080);
	for (int i = 0; i < 5; i++)
		wire_get(&w, "/", &r);
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&d), 0);
	ck_assert_uint_eq(daemon_count(&d, "cannot write the access log "), 1);
	lines = count(content_of("run/old.log"), "\n");
	lines += count(content_of("run/access.log"), "\n");
	said = strstr(d.err, "lines lost: ");
	ck_assert_msg(said != NULL, "%s", d.err);
	lost = strtoul(said + 12, NULL, 10);
	ck_assert_uint_eq(lines + lost, 105);
}
END_TEST

/* ---- standard output ---- */

START_TEST(to_stdout)
{
	daemon_start(&d, SITE "log: {access: {target: stdout, "
	    "format: common}}\n", NULL);
	wire_open(&w, d.port);
	wire_get(&w, "/", &r);
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&d), 0);
	ck_assert_ptr_nonnull(strstr(d.out, "\"GET / HTTP/1.1\" 200 12\n"));
	ck_assert_uint_eq(count(d.out, "\n"), 1);
}
END_TEST

/* Nobody reads what it writes: it serves on, and says so. */
START_TEST(stdout_is_full)
{
	size_t lost;
	char *said;

	daemon_start(&d, SITE "log: {access: {target: stdout, "
	    "format: common}}\n", NULL);
	wire_open(&w, d.port);
	for (int i = 0; i < 100; i++)
		ask_long(6000);
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&d), 0);
	ck_assert_uint_eq(daemon_count(&d, "is read too slowly"), 1);
	said = strstr(d.err, "lines lost: ");
	ck_assert_msg(said != NULL, "%s", d.err);
	lost = strtoul(said + 12, NULL, 10);
	ck_assert_uint_gt(lost, 0);
	ck_assert_uint_lt(lost, 100);
}
END_TEST

/* ---- the error log ---- */

/* Wait for a text in a file. */
static char *
await_text(const char *name, const char *want)
{
	char *at;

	for (int i = 0; i < DAEMON_WAIT_MS / 10; i++) {
		if ((at = strstr(content_of(name), want)) != NULL &&
		    strchr(at, '\n') != NULL)
			return at;
		poll(NULL, 0, 10);
	}
	ck_abort_msg("%s does not say \"%s\", but:\n%s", name, want,
	    content_of(name));
	return NULL;
}

START_TEST(errors_into_a_file)
{
	char *line, want[64];
	int at = 0;

	daemon_launch(&d, SITE "log: {error: {target: run/error.log}}\n",
	    NULL);
	line = strstr(await_text("run/error.log", "listening on "), " port ");
	ck_assert_ptr_nonnull(line);
	wire_open(&w, atoi(line + 6));
	wire_get(&w, "/", &r);
	wire_close(&w);
	ck_assert_int_eq(rename(daemon_path("run/error.log"),
	    daemon_path("run/old.log")), 0);
	daemon_signal(&d, SIGUSR1);
	await_text("run/error.log", "opened again");
	snprintf(want, sizeof(want), " mynahd[%d]: ", (int)d.pid);
	ck_assert_int_eq(daemon_stop(&d), 0);
	/* Before the log is opened it may be warned of what is lacking. */
	ck_assert_msg(count(d.err, "mynahd: warning: ") == count(d.err, "\n"),
	    "%s", d.err);
	line = content_of("run/error.log");
	ck_assert_uint_eq(count(line, want), count(line, "\n"));
	ck_assert_msg(sscanf(line, "2%*3d-%*2d-%*2dT%*2d:%*2d:%*2d%*1[+-]"
	    "%*2d:%*2d%n", &at) == 0 && at == 25, "%s", line);
	ck_assert_ptr_nonnull(strstr(line, "stopped; served 1 connection: "));
	ck_assert_ptr_null(strstr(content_of("run/old.log"), "stopped"));
}
END_TEST

START_TEST(errors_of_a_level)
{
	char *line;

	/* A rule that is worth a warning, and a line at the start. */
	daemon_launch(&d, SITE "http: {fallback: /none.html}\n"
	    "log: {error: {target: run/error.log, level: warning}, "
	    "access: {target: run/access.log}}\n", NULL);
	await_text("run/error.log", "warning: ");
	ck_assert_int_eq(daemon_stop(&d), 0);
	line = content_of("run/error.log");
	ck_assert_uint_eq(count(line, "warning: "), count(line, "\n"));
}
END_TEST

START_TEST(verbose_is_above_a_level)
{
	daemon_start(&d, SITE "log: {error: {level: error}}\n", "-v", NULL);
	wire_open(&w, d.port);
	wire_get(&w, "/", &r);
	wire_close(&w);
	daemon_await(&d, "connection 1 (http) ended: ");
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

/* ---- another configuration ---- */

static void
reload(const char *yaml, const char *outcome)
{
	daemon_write("mynahd.yaml", yaml, strlen(yaml));
	daemon_signal(&d, SIGHUP);
	daemon_await(&d, outcome);
}

START_TEST(reloaded_to_another_file)
{
	struct wire slow;
	char *text;

	asked = 0;
	daemon_start(&d, SITE COMMON, NULL);
	wire_open(&w, d.port);
	ask(10);
	begin_download();
	slow = w;
	wire_open(&w, d.port);
	ask(10);
	reload(SITE "log: {access: {target: run/old.log, format: json}}\n",
	    "mynahd: reloaded ");
	/* What there was is written at once; what has begun ends there. */
	expect_asked("run/access.log", 0, 20);
	ask(1);
	wire_close(&w);
	w = slow;
	wire_expect_pattern(&w, DAEMON_BIG, 8192);
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&d), 0);
	text = strstr(content_of("run/access.log"), "/big.bin");
	ck_assert_ptr_nonnull(text);
	ck_assert_int_eq(strncmp(text, "/big.bin HTTP/1.1\" 200 16777216\n",
	    34), 0);
	text = content_of("run/old.log");
	next_json(&text);
	expect_string("target", "/?20");
	/* On a connection that was there before. */
	expect_number("request", 11);
	expect_string("addr", "127.0.0.1");
	ck_assert_str_eq(text, "");
}
END_TEST

START_TEST(reloaded_on_and_off)
{
	/* The directory has to be within reach from the start. */
	static const char off[] = SITE "log: {error: {target: stderr}}\n"
	    "process: {pid_file: run/pid}\n";
	static const char on[] = SITE COMMON
	    "process: {pid_file: run/pid}\n";

	asked = 0;
	daemon_start(&d, on, NULL);
	wire_open(&w, d.port);
	ask(1);
	reload(off, "log.access.target is none");
	ask(1);
	reload(on, "access.log, log.access.format is common\n");
	ask(1);
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&d), 0);
	ck_assert_ptr_nonnull(strstr(content_of("run/access.log"), "/?0 "));
	ck_assert_ptr_null(strstr(content_of("run/access.log"), "/?1 "));
	ck_assert_ptr_nonnull(strstr(content_of("run/access.log"), "/?2 "));
}
END_TEST

START_TEST(not_reloaded_to_what_cannot_be_written)
{
	asked = 0;
	ck_assert_int_eq(mkdir(daemon_path("run/directory"), 0755), 0);
	daemon_start(&d, SITE COMMON, NULL);
	wire_open(&w, d.port);
	ask(1);
	reload(SITE "log: {access: {target: run/directory}}\n",
	    "not reloaded");
	ask(1);
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&d), 0);
	ck_assert_uint_ge(daemon_count(&d, "log.access.target: "), 1);
	expect_asked("run/access.log", 0, 2);
	rmdir(daemon_path("run/directory"));
}
END_TEST

START_TEST(reloaded_to_another_error_log)
{
	static const char yaml[] = SITE "log: {access: {target: "
	    "run/access.log, format: common}, "
	    "error: {target: run/error.log}}\n";

	daemon_start(&d, SITE COMMON, NULL);
	daemon_write("mynahd.yaml", yaml, sizeof(yaml) - 1);
	daemon_signal(&d, SIGHUP);
	await_text("run/error.log", "reloaded ");
	ck_assert_int_eq(daemon_stop(&d), 0);
	ck_assert_uint_eq(daemon_count(&d, "stopped"), 0);
	ck_assert_ptr_nonnull(strstr(content_of("run/error.log"), "stopped"));
}
END_TEST

/* ---- */

static void
clean(void)
{
	static const char *const names[] = { "run/access.log", "run/old.log",
	    "run/error.log" };

	/* Without fork, what one test has set would be there for the next. */
	memset(&d, 0, sizeof(d));
	for (int i = 0; i < COUNT(names); i++)
		unlink(daemon_path("%s", names[i]));
	rmdir(daemon_path("run/access.log"));
}

static TCase *
new_case(Suite *s, const char *name)
{
	TCase *tc = tcase_create(name);

	tcase_add_unchecked_fixture(tc, daemon_setup, daemon_teardown);
	tcase_add_checked_fixture(tc, clean, NULL);
	tcase_set_timeout(tc, 60);
	suite_add_tcase(s, tc);
	return tc;
}

int
main(void)
{
	Suite *s = suite_create("logs");
	TCase *tc = new_case(s, "requests");

	tcase_add_loop_test(tc, format, 0, COUNT(formats));
	tcase_add_test(tc, format_json);
	tcase_add_test(tc, each_answer_of_a_connection);
	tcase_add_test(tc, variant_is_named);
	tcase_add_test(tc, pipelined_requests);
	tcase_add_test(tc, what_is_wrong);
	tcase_add_test(tc, who_is_refused);
	tcase_add_test(tc, log_that_comes_later);
	tcase_add_test(tc, what_is_not_told);
	tcase_add_test(tc, a_unix_socket);
	tcase_add_test(tc, a_slow_download);
	tcase_add_test(tc, a_download_that_is_broken_off);
	tcase_add_test(tc, a_download_that_is_cut_off);

	tc = new_case(s, "files");
	tcase_add_test(tc, the_file_belongs_to_who_serves);
	tcase_add_test(tc, written_soon);
	tcase_add_test(tc, rotated_with_a_signal);
	tcase_add_test(tc, rotated_without_a_signal);
	tcase_add_test(tc, removed);
	tcase_add_test(tc, cannot_be_opened_again);
	tcase_add_loop_test(tc, cannot_be_written, 0, COUNT(unwritable));
	tcase_add_test(tc, disk_is_full);
	tcase_add_test(tc, to_stdout);
	tcase_add_test(tc, stdout_is_full);

	tc = new_case(s, "errors");
	tcase_add_test(tc, errors_into_a_file);
	tcase_add_test(tc, errors_of_a_level);
	tcase_add_test(tc, verbose_is_above_a_level);

	tc = new_case(s, "another configuration");
	tcase_add_test(tc, reloaded_to_another_file);
	tcase_add_test(tc, reloaded_on_and_off);
	tcase_add_test(tc, not_reloaded_to_what_cannot_be_written);
	tcase_add_test(tc, reloaded_to_another_error_log);
	return daemon_run_suite(s);
}
