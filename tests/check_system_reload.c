/* The real program: another configuration while it serves. */
#ifdef HAVE_CONFIG_H
#include "build.h"
#endif

#include <check.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon.h"
#include "support.h"
#include "wire.h"

#define PORT	"listeners: [{port: 0, protocol: http}]\n"
#define SITE	PORT "http: {document_root: site}\n"

static struct daemon d;
static struct wire w;
static struct reply r;

/* Forget what it has said so far. */
static void
forget(void)
{
	(void)daemon_count(&d, "mynahd: ");
	d.err_len = 0;
	d.err[0] = '\0';
}

static void
write_config(const char *yaml)
{
	daemon_write("mynahd.yaml", yaml, strlen(yaml));
}

/* Have it reload, and wait until it says this of it. */
static void
reload(const char *yaml, const char *outcome)
{
	write_config(yaml);
	forget();
	daemon_signal(&d, SIGHUP);
	daemon_await(&d, outcome);
	/* The line is whole. */
	while (d.err[d.err_len - 1] != '\n')
		daemon_await(&d, "\n");
}

static void
reload_well(const char *yaml)
{
	reload(yaml, "mynahd: reloaded ");
}

static void
reload_in_vain(const char *yaml)
{
	reload(yaml, "mynahd: error: not reloaded: ");
}

static void
check_served(int port)
{
	struct wire *other = calloc(1, sizeof(*other));

	ck_assert(other != NULL);
	wire_open(other, port);
	wire_get(other, "/files/a.txt", &r);
	ck_assert_int_eq(r.status, 200);
	wire_close(other);
	free(other);
}

/* ---- what the next request of a connection sees ---- */

static const struct {
	const char	*name, *before, *after, *path, *told;
	int		 status[2];
	const char	*has[2];	/* a field line, or the content */
} seen[] = {
	{ "document root", "http: {document_root: site}",
	  "http: {document_root: site/files}", "/a.txt",
	  "document_root is ", { 404, 200 }, { NULL, "/files/a.txt\n" } },
	{ "root of the short form", "http: {document_root: site}",
	  "http: {document_root: site/dir}", "/", "document_root is ",
	  { 200, 200 }, { "/index.html\n", "/dir/index.html\n" } },
	{ "index", "http: {document_root: site}",
	  "http: {document_root: site, index: [romeo.txt]}", "/",
	  "http.index is [romeo.txt]", { 200, 200 },
	  { "Content-Length: 12", "Content-Length: 167" } },
	{ "listing", "http: {document_root: site}",
	  "http: {document_root: site, listing: html}", "/files/",
	  "http.listing is html", { 404, 200 }, { NULL, NULL } },
	{ "no listing", "http: {document_root: site, listing: json}",
	  "http: {document_root: site}", "/files/", "http.listing is none",
	  { 200, 404 }, { "Content-Type: application/json", NULL } },
	{ "dotfiles", "http: {document_root: site}",
	  "http: {document_root: site, dotfiles: allow}", "/.secret",
	  "http.dotfiles is allow", { 404, 200 }, { NULL, "/.secret\n" } },
#ifdef USE_OPENAT2
	/* Without it none is followed anyway. */
	{ "symlinks", "http: {document_root: site}",
	  "http: {document_root: site, symlinks: never}", "/inside.txt",
	  "http.symlinks is never", { 200, 404 }, { NULL, NULL } },
#endif
	{ "fallback", "http: {document_root: site}",
	  "http: {document_root: site, fallback: /romeo.txt}", "/nowhere",
	  "http.fallback is /romeo.txt", { 404, 200 },
	  { NULL, "Content-Length: 167" } },
	{ "clean URLs", "http: {document_root: site}",
	  "http: {document_root: site, clean_urls: true}", "/index",
	  "http.clean_urls is true", { 404, 200 }, { NULL, NULL } },
	{ "charset", "http: {document_root: site}",
	  "http: {document_root: site, charset: none}", "/romeo.txt",
	  "http.charset is none", { 200, 200 },
	  { "Content-Type: text/plain; charset=utf-8",
	    "Content-Type: text/plain" } },
	{ "error pages", "http: {document_root: site}",
	  "http: {document_root: site, error_pages: {404: /romeo.txt}}",
	  "/nowhere", "http.error_pages has changed", { 404, 404 },
	  { NULL, "Content-Length: 167" } },
	{ "headers", "http: {document_root: site}",
	  "http: {document_root: site, "
	  "headers: [{match: \"/*\", set: {X-New: yes1}}]}",
	  "/romeo.txt", "http.headers has changed", { 200, 200 },
	  { NULL, "X-New: yes1" } },
	{ "redirects", "http: {document_root: site}",
	  "http: {document_root: site, "
	  "redirects: [{from: /romeo.txt, to: /there}]}",
	  "/romeo.txt", "http.redirects has changed", { 200, 308 },
	  { NULL, "Location: /there" } },
	{ "media types", "http: {document_root: site}",
	  "http: {document_root: site, mime_types: {.txt: text/x-new}}",
	  "/romeo.txt", "http.mime_types has changed", { 200, 200 },
	  { NULL, "Content-Type: text/x-new; charset=utf-8" } },
	{ "version", "http: {document_root: site}",
	  "http: {document_root: site, server_version: true}", "/romeo.txt",
	  "http.server_version is true", { 200, 200 },
	  { "Server: mynah", NULL } },
	{ "a host", "http: {document_root: site}",
	  "http: {document_root: site, hosts: {x: {document_root: "
	  "site/files}}}", "/a.txt", "http.hosts.x is new", { 404, 200 },
	  { NULL, "/files/a.txt\n" } },
	{ "of a host", "http: {document_root: site, "
	  "hosts: {x: {listing: html}}}", "http: {document_root: site, "
	  "hosts: {x: {listing: none}}}", "/files/",
	  "http.hosts.x.listing is none", { 200, 404 }, { NULL, NULL } },
	{ "no host", "http: {document_root: site, "
	  "hosts: {x: {document_root: site/files}}}",
	  "http: {document_root: site}", "/a.txt", "http.hosts.x is gone",
	  { 200, 404 }, { NULL, NULL } },
	{ "no cache", "http: {document_root: site}",
	  "http: {document_root: site}\ncache: {entries: 0}", "/romeo.txt",
	  "cache.entries is 0", { 200, 200 }, { NULL, NULL } },
	{ "requests a connection", "http: {document_root: site}",
	  "http: {document_root: site}\n"
	  "limits: {requests_per_connection: 2}", "/romeo.txt",
	  "limits.requests_per_connection is 2", { 200, 200 },
	  { NULL, "Connection: close" } },
	{ "request line", "http: {document_root: site}",
	  "http: {document_root: site}\nlimits: {request_line: 64B}",
	  "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	  "limits.request_line is 64B", { 404, 414 }, { NULL, NULL } },
	{ "fewer fields", "http: {document_root: site}",
	  "http: {document_root: site}\nlimits: {header_count: 1}",
	  "/romeo.txt HTTP/1.1\r\nA: b", "limits.header_count is 1",
	  { 200, 431 }, { NULL, NULL } },
	{ "more fields", "http: {document_root: site}\n"
	  "limits: {header_count: 2}",
	  "http: {document_root: site}\nlimits: {header_count: 1000}",
	  "/romeo.txt", "limits.header_count is 1000",
	  { 200, 200 }, { NULL, NULL } },
};

/* Ask by hand, as some paths bring a line of their own. */
static void
ask(const char *path)
{
	char request[1024];

	snprintf(request, sizeof(request), "GET %s%s\r\nHost: x\r\n\r\n", path,
	    strchr(path, '\r') != NULL ? "" : " HTTP/1.1");
	wire_send(&w, request);
	wire_reply(&w, &r);
}

static void
check_seen(int row, int i)
{
	const char *has = seen[row].has[i];

	ck_assert_msg(r.status == seen[row].status[i], "%s: %d, not %d",
	    seen[row].name, r.status, seen[row].status[i]);
	ck_assert_msg(has == NULL || reply_has(&r, has) ||
	    strcmp(r.body, has) == 0, "%s: no %s in %s%s", seen[row].name,
	    has, r.head, r.body);
}

START_TEST(next_request_sees_it)
{
	char before[1024], after[1024];

	snprintf(before, sizeof(before), PORT "%s\n", seen[_i].before);
	snprintf(after, sizeof(after), PORT "%s\n", seen[_i].after);
	daemon_start(&d, before, NULL);
	wire_open(&w, d.port);
	ask(seen[_i].path);
	check_seen(_i, 0);
	reload_well(after);
	ck_assert_msg(strstr(d.err, seen[_i].told) != NULL, "%s", d.err);
	ask(seen[_i].path);
	check_seen(_i, 1);
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

START_TEST(nothing_has_changed)
{
	daemon_start(&d, SITE, NULL);
	wire_open(&w, d.port);
	wire_get(&w, "/files/a.txt", &r);
	reload(SITE, "mynahd: reloaded ");
	ck_assert_uint_eq(daemon_count(&d, "mynahd.yaml: nothing has "
	    "changed\n"), 1);
	wire_get(&w, "/files/a.txt", &r);
	ck_assert_int_eq(r.status, 200);
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

/* The options stay over the file, from the directory they were said in. */
START_TEST(options_stay)
{
	daemon_start(&d, "port: 1\nprotocol: http\ndocument_root: nowhere\n",
	    "--port", "0", "--document_root", daemon_path("site"), NULL);
	reload("port: 2\nprotocol: http\ndocument_root: nowhere\n",
	    "mynahd: reloaded ");
	ck_assert_uint_eq(daemon_count(&d, "nothing has changed"), 1);
	wire_open(&w, d.port);
	wire_get(&w, "/files/a.txt", &r);
	ck_assert_int_eq(r.status, 200);
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

START_TEST(without_a_file)
{
	daemon_start(&d, NULL, "--port", "0", "--document_root",
	    daemon_path("site"), NULL);
	forget();
	daemon_signal(&d, SIGHUP);
	daemon_await(&d, "mynahd: reloaded the options: nothing has changed\n");
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

/* ---- other protocols ---- */

#define ECHO	"listeners: [{port: 0, protocol: echo}]\n" \
	"http: {document_root: site}\n"

START_TEST(echo_sees_it)
{
	struct wire *other = calloc(1, sizeof(*other));

	ck_assert(other != NULL);
	daemon_start(&d, ECHO, NULL);
	wire_open(&w, d.port);
	wire_expect(&w, DAEMON_WELCOME);
	wire_send(&w, "a");
	wire_expect(&w, "OK...a");
	reload_well(ECHO "echo: {prefix: \"<\"}\nwelcome: {message: hi}\n");
	wire_send(&w, "b");
	wire_expect(&w, "<b");
	wire_open(other, d.port);
	wire_expect(other, "hi");
	wire_close(other);
	free(other);
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

/* The same socket speaks something else; who is connected goes on. */
START_TEST(protocol_changes)
{
	struct wire *other = calloc(1, sizeof(*other));

	ck_assert(other != NULL);
	daemon_start(&d, SITE, NULL);
	wire_open(&w, d.port);
	wire_get(&w, "/files/a.txt", &r);
	reload_well(ECHO);
	ck_assert_uint_eq(daemon_count(&d, ": listeners: 1 changed\n"), 1);
	ck_assert_uint_eq(daemon_count(&d, " (echo)\n"), 1);
	wire_open(other, d.port);
	wire_expect(other, DAEMON_WELCOME);
	wire_get(&w, "/files/a.txt", &r);
	ck_assert_int_eq(r.status, 200);
	wire_close(other);
	reload_well(SITE);
	wire_open(other, d.port);
	wire_get(other, "/files/a.txt", &r);
	ck_assert_int_eq(r.status, 200);
	wire_close(other);
	free(other);
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

/* ---- limits and times ---- */

START_TEST(shorter_time_counts_at_once)
{
	daemon_start(&d, SITE, "--verbose", NULL);
	wire_open(&w, d.port);
	wire_get(&w, "/files/a.txt", &r);
	reload_well(SITE "limits: {idle_timeout: 1ms}\n");
	wire_expect_end(&w);
	daemon_await(&d, "connection 1 (http) ended: idle; ");
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

/* Of a head that has begun, too. */
START_TEST(shorter_head_counts_at_once)
{
	daemon_start(&d, SITE "limits: {header_timeout: 1h}\n", NULL);
	wire_open(&w, d.port);
	wire_send(&w, "GET /files/a.txt HTTP/1.1\r\nHost: x\r\n\r\nGET /fi");
	wire_reply(&w, &r);
	reload_well(SITE "limits: {header_timeout: 1ms}\n");
	wire_reply(&w, &r);
	ck_assert_int_eq(r.status, 408);
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

/* Half a head goes on with the limits of its end; nothing is lost of it. */
START_TEST(half_a_head_goes_on)
{
	daemon_start(&d, SITE, NULL);
	wire_open(&w, d.port);
	wire_send(&w, "GET /files/a.txt HTTP/1.1\r\nHost: x\r\n\r\nGET /a.t");
	wire_reply(&w, &r);
	reload_well(PORT "http: {document_root: site/files}\n"
	    "limits: {header_count: 1}\n");
	wire_send(&w, "xt HTTP/1.1\r\nHost: x\r\n\r\n");
	wire_reply(&w, &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert_str_eq(r.body, "/files/a.txt\n");
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

/* What has come of a head may be too long by the new limits. */
START_TEST(half_a_head_is_too_long)
{
	static const char *const heads[] = { "GET /", "GET / HTTP/1.1\r\nA: " };
	char text[2000];

	for (int i = 0; i < COUNT(heads); i++) {
		int n = snprintf(text, sizeof(text), "GET /files/a.txt "
		    "HTTP/1.1\r\nHost: x\r\n\r\n%s%01500d", heads[i], 0);

		daemon_start(&d, SITE, NULL);
		wire_open(&w, d.port);
		wire_send_bytes(&w, text, (size_t)n);
		wire_reply(&w, &r);
		reload_well(SITE "limits: {request_line: 64B, "
		    "header_bytes: 256B}\n");
		wire_send(&w, "x");
		wire_reply(&w, &r);
		ck_assert_int_eq(r.status, i == 0 ? 414 : 431);
		wire_close(&w);
		ck_assert_int_eq(daemon_stop(&d), 0);
	}
}
END_TEST

/* Connections that came before the limit count, too. */
START_TEST(connections_per_address)
{
	struct wire *other = calloc(1, sizeof(*other));

	ck_assert(other != NULL);
	daemon_start(&d, SITE, NULL);
	wire_open(&w, d.port);
	wire_get(&w, "/files/a.txt", &r);
	for (int i = 0; i < 2; i++) {
		reload_well(SITE "limits: {connections_per_address: 1}\n");
		wire_open(other, d.port);
		wire_get(other, "/files/a.txt", &r);
		ck_assert_int_eq(r.status, 503);
		wire_close(other);
		wire_get(&w, "/files/a.txt", &r);
		ck_assert_int_eq(r.status, 200);
		reload_well(SITE);
		wire_open(other, d.port);
		wire_get(other, "/files/a.txt", &r);
		ck_assert_int_eq(r.status, 200);
		wire_close(other);
	}
	free(other);
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

/* What waited for room gets it. */
START_TEST(more_connections)
{
	static const char few[] = ECHO "limits: {max_connections: 1}\n";
	struct wire *other = calloc(1, sizeof(*other));

	ck_assert(other != NULL);
	daemon_start(&d, few, NULL);
	wire_open(&w, d.port);
	wire_expect(&w, DAEMON_WELCOME);
	wire_open(other, d.port);
	daemon_await(&d, "limits.max_connections is reached");
	ck_assert(wire_is_silent(other));
	reload_well(ECHO "limits: {max_connections: 2}\n");
	wire_expect(other, DAEMON_WELCOME);
	wire_close(other);
	free(other);
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

/* ---- logs ---- */

#define LOGGED	SITE "log: {access: {target: run/a.log}}\n"

/* All of a file in the directory; "" if there is none. */
static const char *
content_of(const char *name)
{
	static char text[8192];
	FILE *f = fopen(daemon_path("%s", name), "re");
	size_t n = 0;

	if (f != NULL) {
		n = fread(text, 1, sizeof(text) - 1, f);
		fclose(f);
	}
	text[n] = '\0';
	return text;
}

/* A request is told where it was when it came; nothing is lost between. */
START_TEST(access_log_moves)
{
	const char *text;

	daemon_start(&d, LOGGED, NULL);
	wire_open(&w, d.port);
	wire_get(&w, "/files/a.txt", &r);
	reload_well(SITE
	    "log: {access: {target: run/b.log, format: json}}\n");
	wire_get(&w, "/files/b.txt", &r);
	reload_well(SITE);
	wire_get(&w, "/romeo.txt", &r);
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&d), 0);
	text = content_of("run/a.log");
	ck_assert_msg(strstr(text, "\"GET /files/a.txt HTTP/1.1\" 200 ") !=
	    NULL && strchr(text, '\n') == strrchr(text, '\n'), "%s", text);
	text = content_of("run/b.log");
	ck_assert_msg(text[0] == '{' && strstr(text, "/files/b.txt") != NULL &&
	    strchr(text, '\n') == strrchr(text, '\n'), "%s", text);
}
END_TEST

START_TEST(error_log_moves)
{
	daemon_start(&d, LOGGED, NULL);
	write_config(SITE "log: {access: {target: run/a.log}, "
	    "error: {target: run/e.log}}\n");
	daemon_signal(&d, SIGHUP);
	/* What it has to say now it says there, and when it ends at last. */
	ck_assert_int_eq(daemon_stop(&d), 0);
	ck_assert_ptr_nonnull(strstr(content_of("run/e.log"),
	    "log.error.target is "));
	ck_assert_uint_eq(daemon_count(&d, "stopped; served "), 0);
}
END_TEST

/* Nothing else is changed either. */
START_TEST(log_that_cannot_be_written)
{
	daemon_start(&d, LOGGED, NULL);
	reload_in_vain(PORT "http: {document_root: site/files}\n"
	    "log: {access: {target: nowhere/at/all.log}}\n");
	ck_assert_uint_ge(daemon_count(&d, "log.access.target"), 1);
	check_served(d.port);
	ck_assert_int_eq(daemon_stop(&d), 0);
	ck_assert_ptr_nonnull(strstr(content_of("run/a.log"), "/files/a.txt"));
}
END_TEST

/* ---- what has begun ---- */

START_TEST(download_is_finished)
{
	daemon_start(&d, SITE, NULL);
	wire_init(&w, wire_dial_small(d.port));
	wire_send(&w, "GET /big.bin HTTP/1.1\r\nHost: x\r\n\r\n");
	wire_head(&w, &r);
	ck_assert_int_eq(r.status, 200);
	for (int i = 0; i < 3; i++)
		reload_well(PORT "http: {document_root: site/files}\n");
	wire_expect_pattern(&w, DAEMON_BIG, WIRE_MAX);
	wire_get(&w, "/a.txt", &r);
	ck_assert_int_eq(r.status, 200);
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

#define MANY		6000
#define LISTERS		4

/* A large directory, of which a list takes some turns. */
static void
make_many(void)
{
	ck_assert_int_eq(mkdir(daemon_path("site/many"), 0755), 0);
	for (int i = 0; i < MANY; i++) {
		int fd = open(daemon_path("site/many/%d", i),
		    O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

		ck_assert_int_ne(fd, -1);
		close(fd);
	}
}

START_TEST(listing_is_finished)
{
	static struct wire listers[LISTERS];

	make_many();
	daemon_start(&d, PORT "http: {document_root: site, listing: json}\n",
	    NULL);
	for (int i = 0; i < LISTERS; i++) {
		wire_open(&listers[i], d.port);
		wire_send(&listers[i], "GET /many/ HTTP/1.1\r\nHost: x\r\n\r\n");
	}
	/* Who asks last knows that the others have been heard. */
	wire_open(&w, d.port);
	wire_get(&w, "/files/a.txt", &r);
	reload_well(PORT "http: {document_root: site/files}\n");
	for (int i = 0; i < LISTERS; i++) {
		wire_head(&listers[i], &r);
		ck_assert_int_eq(r.status, 200);
		ck_assert_uint_gt(r.length, MANY * 10);
		for (size_t left = r.length; left > 0;) {
			ssize_t n = listers[i].len > 0 ?
			    (ssize_t)listers[i].len : recv(listers[i].fd,
			    listers[i].bytes, left < WIRE_MAX ? left :
			    WIRE_MAX, 0);

			ck_assert_int_gt(n, 0);
			listers[i].len = 0;
			left -= (size_t)n;
		}
		wire_get(&listers[i], "/many/", &r);
		ck_assert_int_eq(r.status, 404);
		wire_close(&listers[i]);
	}
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

/* ---- what is wrong changes nothing ---- */

static const struct {
	const char	*name, *yaml, *why[3];
} wrong[] = {
	{ "YAML", "a: [", { "mynahd.yaml:" } },
	{ "keys", "prot: 1\nlimits: {body: 7}\n",
	  { "unknown key \"prot\"", "did you mean \"port\"?", "  2 | " } },
	{ "root", PORT "http: {document_root: nowhere}\n",
	  { "document_root: ", "nowhere does not exist" } },
	{ "group", SITE "process: {group: daemon}\n",
	  { "process.group is daemon; it was \"\" at the start",
	    "restart" } },
	{ "two", SITE "process: {daemon: true, pid_file: run/x}\n",
	  { "process.daemon is true; it was false", "process.pid_file is ",
	    "restart" } },
	{ "readable", SITE "process: {readable: [site]}\n",
	  { "process.readable is [", "restart" } },
	{ "address", "listeners: [{host: 192.0.2.1, port: 1}]\n"
	  "http: {document_root: site}\n",
	  { "cannot listen on 192.0.2.1 port 1: " } },
	{ "name", "listeners: [{host: no.such.invalid, port: 1}]\n"
	  "http: {document_root: site}\n",
	  { "the host \"no.such.invalid\" has no address", "restart" } },
	{ "systemd", "listeners: [{systemd: other}]\n"
	  "http: {document_root: site}\n", { "\"other\"" } },
};

START_TEST(wrong_changes_nothing)
{
	daemon_start(&d, SITE, NULL);
	wire_open(&w, d.port);
	wire_get(&w, "/files/a.txt", &r);
	reload_in_vain(wrong[_i].yaml);
	for (int i = 0; i < 3 && wrong[_i].why[i] != NULL; i++)
		ck_assert_msg(strstr(d.err, wrong[_i].why[i]) != NULL,
		    "%s: no %s in: %s", wrong[_i].name, wrong[_i].why[i],
		    d.err);
	wire_get(&w, "/files/a.txt", &r);
	ck_assert_int_eq(r.status, 200);
	wire_close(&w);
	wire_open(&w, d.port);
	wire_get(&w, "/files/a.txt", &r);
	ck_assert_int_eq(r.status, 200);
	reload(SITE, "nothing has changed");
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

/* A root elsewhere: the file that was checked before says it, too. */
START_TEST(outside_of_the_sandbox)
{
	daemon_start(&d, SITE, NULL);
	if (daemon_count(&d, "landlock abi") == 0) {
		daemon_skip("outside_of_the_sandbox", "there is none");
		ck_assert_int_eq(daemon_stop(&d), 0);
		return;
	}
	reload_in_vain(PORT "http: {document_root: /usr/share}\n");
	ck_assert_uint_ge(daemon_count(&d, "document_root"), 1);
	ck_assert_uint_ge(daemon_count(&d, "restart"), 1);
	check_served(d.port);
	/* What is beneath the directory of the file may be read. */
	reload_well(PORT "http: {document_root: site/files}\n");
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

START_TEST(file_is_gone)
{
	daemon_start(&d, SITE, NULL);
	ck_assert_int_eq(unlink(daemon_path("mynahd.yaml")), 0);
	daemon_signal(&d, SIGHUP);
	daemon_await(&d, "not reloaded: ");
	ck_assert_uint_eq(daemon_count(&d, "cannot read the configuration"),
	    1);
	wire_open(&w, d.port);
	wire_get(&w, "/files/a.txt", &r);
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

START_TEST(low_port)
{
	if (geteuid() != 0) {
		daemon_skip("low_port", "it takes root to have been given up");
		return;
	}
	daemon_start(&d, SITE, NULL);
	reload_in_vain("listeners: [{port: 81}]\n"
	    "http: {document_root: site}\n");
	ck_assert_uint_eq(daemon_count(&d, "port 81: "), 1);
	ck_assert_uint_eq(daemon_count(&d, "restart"), 1);
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

/* ---- listeners ---- */

/* A configuration with these listeners. */
static const char *
listening(const char *format, int a, int b)
{
	static char yaml[1024];
	size_t n;

	n = (size_t)snprintf(yaml, sizeof(yaml), "listeners: [");
	n += (size_t)snprintf(yaml + n, sizeof(yaml) - n, format, a, b);
	snprintf(yaml + n, sizeof(yaml) - n, "]\n"
	    "http: {document_root: site}\n");
	return yaml;
}

/* A port that was free a moment ago. */
static int
free_port(void)
{
	int port, fd = wire_listen(&port);

	close(fd);
	return port;
}

START_TEST(port_comes_and_goes)
{
	int other = free_port();

	daemon_start(&d, SITE, NULL);
	wire_open(&w, d.port);
	reload_well(listening("{port: 0, protocol: http}, "
	    "{port: %d, protocol: http}", other, 0));
	ck_assert_uint_eq(daemon_count(&d, ": 1 listener kept, 1 new\n"), 1);
	check_served(d.port);
	check_served(other);
	wire_get(&w, "/files/a.txt", &r);
	reload_well(listening("{port: %d, protocol: http}", other, 0));
	ck_assert_uint_eq(daemon_count(&d, ": 1 listener kept, 1 gone\n"), 1);
	ck_assert_uint_eq(daemon_count(&d, "no longer listening on "), 1);
	ck_assert(wire_is_refused(d.port));
	check_served(other);
	/* Who was connected there stays. */
	wire_get(&w, "/files/a.txt", &r);
	ck_assert_int_eq(r.status, 200);
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

START_TEST(port_moves)
{
	int other = free_port();

	daemon_start(&d, SITE, NULL);
	reload_well(listening("{port: %d, protocol: http}", other, 0));
	ck_assert_uint_eq(daemon_count(&d, ": listeners: 1 new, 1 gone\n"), 1);
	ck_assert(wire_is_refused(d.port));
	check_served(other);
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

/* Another name for the same address keeps the socket. */
START_TEST(same_address)
{
	int port = free_port();

	daemon_start(&d, listening("{port: %d, protocol: http}", port, 0),
	    NULL);
	reload_well(listening("{host: \"127.0.0.01\", port: %d, "
	    "protocol: http, backlog: 7}", port, 0));
	check_served(port);
	ck_assert_uint_eq(daemon_count(&d, "no longer listening"), 0);
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

/*
 * A wildcard takes in what is there already: the sockets can stand beside each
 * other if one user has bound them, which was root at the start.
 */
START_TEST(wider_address)
{
	int port = free_port();

	daemon_start(&d, listening("{port: %d, protocol: http}", port, 0),
	    NULL);
	if (geteuid() == 0) {
		reload_in_vain(listening("{host: 0.0.0.0, port: %d, "
		    "protocol: http}", port, 0));
		ck_assert_uint_eq(daemon_count(&d, "while this server "
		    "listens on 127.0.0.1 port "), 1);
		ck_assert_uint_eq(daemon_count(&d, "restart"), 1);
	} else {
		reload_well(listening("{host: 0.0.0.0, port: %d, "
		    "protocol: http}", port, 0));
		ck_assert_uint_eq(daemon_count(&d, "listeners: 1 new, 1 gone"),
		    1);
		check_served(port);
		reload_well(listening("{port: %d, protocol: http}", port, 0));
	}
	check_served(port);
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

/* All or nothing: what could be had is not taken either. */
START_TEST(busy_port)
{
	int other = free_port(), busy, fd = wire_listen(&busy);

	daemon_start(&d, SITE, NULL);
	reload_in_vain(listening("{port: %d}, {port: %d}", other, busy));
	ck_assert_uint_eq(daemon_count(&d, "it is in use by"), 1);
	ck_assert(wire_is_refused(other));
	check_served(d.port);
	close(fd);
	reload_well(listening("{port: %d}, {port: %d}", other, busy));
	check_served(other);
	check_served(busy);
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

#define UNIX	"listeners: [{unix: run/one.sock, protocol: http}]\n" \
	"http: {document_root: site}\n"

START_TEST(unix_socket)
{
	const char *one = daemon_path("run/one.sock");
	const char *two = daemon_path("run/two.sock");
	struct stat st;

	daemon_start(&d, UNIX, NULL);
	wire_init(&w, wire_dial_unix(one));
	wire_get(&w, "/files/a.txt", &r);
	reload_well("listeners: [{unix: run/one.sock, protocol: http, "
	    "mode: \"0600\"}]\nhttp: {document_root: site}\n");
	ck_assert_int_eq(stat(one, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	reload_well("listeners: [{unix: run/two.sock, protocol: http}]\n"
	    "http: {document_root: site}\n");
	ck_assert_int_eq(stat(one, &st), -1);
	ck_assert_int_eq(stat(two, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0660);
	wire_get(&w, "/files/a.txt", &r);
	ck_assert_int_eq(r.status, 200);
	wire_close(&w);
	wire_init(&w, wire_dial_unix(two));
	wire_get(&w, "/files/a.txt", &r);
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&d), 0);
	ck_assert_int_eq(stat(two, &st), -1);
}
END_TEST

/* Its file was removed by somebody, or is that of another one. */
START_TEST(unix_socket_is_made_anew)
{
	const char *one = daemon_path("run/one.sock");

	daemon_start(&d, UNIX, NULL);
	wire_init(&w, wire_dial_unix(one));
	wire_get(&w, "/files/a.txt", &r);
	ck_assert_int_eq(unlink(one), 0);
	reload_well(UNIX);
	ck_assert_uint_eq(daemon_count(&d, "listeners: 1 new, 1 gone"), 1);
	wire_get(&w, "/files/a.txt", &r);
	wire_close(&w);
	wire_init(&w, wire_dial_unix(one));
	wire_get(&w, "/files/a.txt", &r);
	ck_assert_int_eq(r.status, 200);
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&d), 0);
	ck_assert_int_eq(access(one, F_OK), -1);
}
END_TEST

/* ---- signals ---- */

/* Each is served; what was written last is in force in the end. */
START_TEST(several_in_a_row)
{
	char yaml[256];

	daemon_start(&d, SITE, NULL);
	for (int i = 1; i <= 20; i++) {
		snprintf(yaml, sizeof(yaml), SITE "limits: {header_count: "
		    "%d}\n", i + 100);
		write_config(yaml);
		daemon_signal(&d, SIGHUP);
	}
	daemon_await(&d, "limits.header_count is 120\n");
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

START_TEST(stopping_is_not_reloaded)
{
	daemon_start(&d, SITE, NULL);
	wire_init(&w, wire_dial_small(d.port));
	wire_send(&w, "GET /big.bin HTTP/1.1\r\nHost: x\r\n\r\n");
	wire_head(&w, &r);
	daemon_signal(&d, SIGTERM);
	daemon_await(&d, "mynahd: stopping: ");
	reload(SITE "limits: {body: 1B}\n",
	    "not reloaded: the server is stopping\n");
	ck_assert(wire_is_refused(d.port));
	wire_expect_pattern(&w, DAEMON_BIG, WIRE_MAX);
	wire_close(&w);
	ck_assert_int_eq(daemon_wait(&d), 0);
	ck_assert_uint_eq(daemon_count(&d, "mynahd: reloaded "), 0);
}
END_TEST

/* Started at a terminal, which is gone when the signal comes. */
START_TEST(terminal_is_gone)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), slave;

	if (master == -1) {
		daemon_skip("terminal_is_gone", "no terminal can be had");
		return;
	}
	ck_assert_int_eq(grantpt(master), 0);
	ck_assert_int_eq(unlockpt(master), 0);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	ck_assert_int_ne(slave, -1);
	ck_assert_int_eq(dup2(slave, STDIN_FILENO), STDIN_FILENO);
	daemon_start(&d, SITE, NULL);
	/* As long as it is there, the signal is for a reload. */
	reload(SITE, "nothing has changed");
	close(master);
	daemon_signal(&d, SIGHUP);
	ck_assert_int_eq(daemon_wait(&d), 0);
	ck_assert_uint_eq(daemon_count(&d, "the terminal is gone"), 1);
	close(slave);
}
END_TEST

/* ---- again and again ---- */

#define RELOADS		200

/* KiB of memory of its own; -1 where more is kept back than is used. */
static long
memory_of(const struct daemon *daemon)
{
#ifdef INSTRUMENTED
	(void)daemon;
	return -1;
#else
	return daemon_status(daemon, "RssAnon");
#endif
}

/*
 * The descriptors that it has when nothing is kept but what one request needs,
 * and all that has ended has been noticed: two turns make sure of that.
 */
static int
settled_descriptors(void)
{
	reload_well(SITE);
	for (int i = 0; i < 2; i++)
		wire_get(&w, "/romeo.txt", &r);
	return daemon_descriptors(&d);
}

/* Requests while it reloads: none fails, whatever is in force. */
START_TEST(none_fails)
{
	static const char *const yaml[] = {
		SITE,
		PORT "http: {document_root: site, index: [romeo.txt], "
		    "headers: [{match: \"*.txt\", set: {X-A: b}}]}\n"
		    "limits: {idle_timeout: 5s, header_count: 50}\n",
	};
	unsigned kept = 0, fresh = 0;
	long memory = 0;
	int before = 0;

	daemon_start(&d, SITE, NULL);
	wire_open(&w, d.port);
	for (int i = 0; i < RELOADS; i++) {
		write_config(yaml[i % 2]);
		forget();
		daemon_signal(&d, SIGHUP);
		/* Some come before it, some in the middle, some after it. */
		for (int n = 0; n < 5; n++) {
			wire_get(&w, "/romeo.txt", &r);
			ck_assert_int_eq(r.status, 200);
			ck_assert_uint_eq(r.length, 167);
			kept++;
		}
		check_served(d.port);
		fresh++;
		daemon_await(&d, "mynahd: reloaded ");
		/* The first few fill what is kept for later. */
		if (i == 19) {
			before = settled_descriptors();
			memory = memory_of(&d);
		}
	}
	ck_assert_uint_eq(kept, 5 * RELOADS);
	ck_assert_uint_eq(fresh, RELOADS);
	ck_assert_int_eq(settled_descriptors(), before);
	/* KiB: less than a configuration and its sites for each reload. */
	if (memory > 0)
		ck_assert_int_lt(memory_of(&d) - memory, RELOADS);
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("reload");
	TCase *tc = tcase_create("reload");

	tcase_add_unchecked_fixture(tc, daemon_setup, daemon_teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, next_request_sees_it, 0, COUNT(seen));
	tcase_add_test(tc, nothing_has_changed);
	tcase_add_test(tc, options_stay);
	tcase_add_test(tc, without_a_file);
	tcase_add_test(tc, echo_sees_it);
	tcase_add_test(tc, protocol_changes);
	tcase_add_test(tc, shorter_time_counts_at_once);
	tcase_add_test(tc, shorter_head_counts_at_once);
	tcase_add_test(tc, half_a_head_goes_on);
	tcase_add_test(tc, half_a_head_is_too_long);
	tcase_add_test(tc, connections_per_address);
	tcase_add_test(tc, more_connections);
	tcase_add_test(tc, access_log_moves);
	tcase_add_test(tc, error_log_moves);
	tcase_add_test(tc, log_that_cannot_be_written);
	tcase_add_test(tc, download_is_finished);
	tcase_add_test(tc, listing_is_finished);
	tcase_add_loop_test(tc, wrong_changes_nothing, 0, COUNT(wrong));
	tcase_add_test(tc, outside_of_the_sandbox);
	tcase_add_test(tc, file_is_gone);
	tcase_add_test(tc, low_port);
	tcase_add_test(tc, port_comes_and_goes);
	tcase_add_test(tc, port_moves);
	tcase_add_test(tc, same_address);
	tcase_add_test(tc, wider_address);
	tcase_add_test(tc, busy_port);
	tcase_add_test(tc, unix_socket);
	tcase_add_test(tc, unix_socket_is_made_anew);
	tcase_add_test(tc, several_in_a_row);
	tcase_add_test(tc, stopping_is_not_reloaded);
	tcase_add_test(tc, terminal_is_gone);
	tcase_add_test(tc, none_fails);
	suite_add_tcase(s, tc);
	return daemon_run_suite(s);
}
