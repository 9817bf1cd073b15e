/* The real program: requests and connections, of clients old and new. */
#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon.h"
#include "support.h"
#include "wire.h"

#define HOST		"Host: x\r\n"
#define PIPELINED	100
#define AT_ONCE		200

static struct daemon d;
static struct wire w;
static struct reply r;

/* Four keys, as most would write it. */
static void
start_shared(void)
{
	daemon_setup();
	daemon_start(&d, "host: 127.0.0.1\nport: 0\nbacklog: 1024\n"
	    "document_root: site\n", NULL);
}

static void
stop_shared(void)
{
	daemon_stop_shared(&d);
	daemon_teardown();
}

static void
ask(const char *request)
{
	wire_open(&w, d.port);
	wire_send(&w, request);
}

/* ---- requests ---- */

static const struct {
	const char	*name, *sent;
	int		 status;
	const char	*says;		/* in head or body, or NULL */
	bool		 closes;
} requests[] = {
	{ "no Host", "GET / HTTP/1.1\r\n\r\n", 400, "Host", true },
	{ "two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400,
	  "Host", true },
	{ "small letters", "Get / HTTP/1.1\r\n" HOST "\r\n", 501, "GET",
	  false },
	{ "says why", "Get / HTTP/1.1\r\n" HOST "\r\n", 501,
	  "case-sensitive", false },
	{ "POST", "POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello",
	  405, "Allow: GET, HEAD, OPTIONS", false },
	{ "POST in chunks", "POST / HTTP/1.1\r\n" HOST
	  "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nT: x\r\n\r\n",
	  405, "Allow: ", false },
	{ "GET with content", "GET /files/a.txt HTTP/1.1\r\n" HOST
	  "Content-Length: 5\r\n\r\nhello", 200, "/files/a.txt\n", false },
	{ "content that looks like a request",
	  "GET /files/a.txt HTTP/1.1\r\n" HOST "Content-Length: 18\r\n\r\n"
	  "GET / HTTP/1.1\r\n\r\n", 200, "/files/a.txt\n", false },
	{ "too much content", "POST / HTTP/1.1\r\n" HOST
	  "Content-Length: 1000000\r\n\r\n", 413, NULL, true },
	{ "expects to go on", "GET / HTTP/1.1\r\n" HOST
	  "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n", 200, NULL,
	  true },
	{ "two lengths", "GET / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n"
	  "Content-Length: 6\r\n\r\nhello!", 400, "Content-Length", true },
	{ "length and chunks", "GET / HTTP/1.1\r\n" HOST
	  "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400,
	  NULL, true },
	{ "bad chunk", "GET / HTTP/1.1\r\n" HOST
	  "Transfer-Encoding: chunked\r\n\r\nx\r\n", 400, NULL, true },
	{ "OPTIONS", "OPTIONS / HTTP/1.1\r\n" HOST "\r\n", 204,
	  "Allow: GET, HEAD, OPTIONS", false },
	{ "OPTIONS *", "OPTIONS * HTTP/1.1\r\n" HOST "\r\n", 204,
	  "Allow: GET, HEAD, OPTIONS", false },
	{ "absolute-form", "GET http://x/files/a.txt HTTP/1.1\r\n" HOST "\r\n",
	  200, "/files/a.txt\n", false },
	{ "another scheme", "GET https://x/ HTTP/1.1\r\n" HOST "\r\n", 421,
	  NULL, true },
	{ "asked to close", "GET /files/a.txt HTTP/1.1\r\n" HOST
	  "Connection: close\r\n\r\n", 200, "/files/a.txt\n", true },
	{ "HTTP/1.0", "GET /files/a.txt HTTP/1.0\r\n\r\n", 200,
	  "/files/a.txt\n", true },
	{ "HTTP/1.0 that persists", "GET /files/a.txt HTTP/1.0\r\n"
	  "Connection: keep-alive\r\n\r\n", 200, "Connection: keep-alive",
	  false },
	{ "HTTP/1.9", "GET /files/a.txt HTTP/1.9\r\n" HOST "\r\n", 200,
	  "/files/a.txt\n", false },
	{ "HTTP/2.0", "GET / HTTP/2.0\r\n" HOST "\r\n", 505, NULL, true },
	{ "two spaces", "GET  / HTTP/1.1\r\n" HOST "\r\n", 400, NULL, true },
	{ "space before colon", "GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400,
	  NULL, true },
	{ "folded line", "GET / HTTP/1.1\r\n" HOST "A: b\r\n c\r\n\r\n", 400,
	  NULL, true },
};

START_TEST(request)
{
	ask(requests[_i].sent);
	wire_reply(&w, &r);
	ck_assert_msg(r.status == requests[_i].status, "%s: %d",
	    requests[_i].name, r.status);
	if (requests[_i].says != NULL)
		ck_assert_msg(strstr(r.head, requests[_i].says) != NULL ||
		    strstr(r.body, requests[_i].says) != NULL, "%s: %s%s",
		    requests[_i].name, r.head, r.body);
	ck_assert_msg(reply_has(&r, "Connection: close") ==
	    requests[_i].closes, "%s: %s", requests[_i].name, r.head);
	if (requests[_i].closes) {
		wire_expect_end(&w);
	} else {
		wire_get(&w, "/files/b.txt", &r);
		ck_assert_str_eq(r.body, "/files/b.txt\n");
	}
	wire_close(&w);
}
END_TEST

/* No byte of a request comes back unescaped. */
START_TEST(nothing_is_reflected)
{
	ask("GET /<script>alert(1)</script> HTTP/1.1\r\n" HOST "\r\n");
	wire_reply(&w, &r);
	ck_assert_ptr_null(strstr(r.body, "<script>"));
	ck_assert_ptr_null(strstr(r.head, "<script>"));
	wire_close(&w);
}
END_TEST

static const struct {
	const char	*name, *before;
	char		 fill;
	size_t		 n;
	const char	*after;
	int		 status;
} large[] = {
	{ "long target", "GET /", 'a', 9000, " HTTP/1.1\r\n" HOST "\r\n",
	  414 },
	{ "long field", "GET / HTTP/1.1\r\n" HOST "X: ", 'a', 40000, "\r\n\r\n",
	  431 },
	{ "fitting field", "GET / HTTP/1.1\r\n" HOST "X: ", 'a', 30000,
	  "\r\n\r\n", 200 },
};

START_TEST(large_head)
{
	char fill[40000];

	memset(fill, large[_i].fill, sizeof(fill));
	ask(large[_i].before);
	wire_send_bytes(&w, fill, large[_i].n);
	wire_send(&w, large[_i].after);
	wire_reply(&w, &r);
	ck_assert_msg(r.status == large[_i].status, "%s: %d", large[_i].name,
	    r.status);
	wire_close(&w);
}
END_TEST

/* ---- connections ---- */

START_TEST(keep_alive)
{
	wire_open(&w, d.port);
	for (int i = 0; i < 200; i++) {
		wire_get(&w, i % 2 ? "/files/a.txt" : "/files/b.txt", &r);
		ck_assert_int_eq(r.status, 200);
		ck_assert_str_eq(r.body, i % 2 ? "/files/a.txt\n" :
		    "/files/b.txt\n");
	}
	wire_close(&w);
}
END_TEST

/* All at once, then the answers, in order. */
START_TEST(pipelining)
{
	static const struct {
		const char	*path;
		int		 status;
		const char	*body;
	} asked[] = {
		{ "/files/a.txt", 200, "/files/a.txt\n" },
		{ "/nowhere", 404, NULL },
		{ "/picture.jpg", 200, NULL },
		{ "/dir/", 200, "/dir/index.html\n" },
	};
	char all[PIPELINED * 64];
	size_t n = 0;

	for (int i = 0; i < PIPELINED; i++)
		n += (size_t)sprintf(all + n, "GET %s HTTP/1.1\r\n" HOST
		    "\r\n", asked[i % COUNT(asked)].path);
	wire_open(&w, d.port);
	wire_send_bytes(&w, all, n);
	for (int i = 0; i < PIPELINED; i++) {
		int k = i % COUNT(asked);

		wire_head(&w, &r);
		ck_assert_int_eq(r.status, asked[k].status);
		if (r.length == DAEMON_PICTURE)
			wire_expect_pattern(&w, r.length, WIRE_MAX);
		else
			wire_body(&w, &r);
		if (asked[k].body != NULL)
			ck_assert_str_eq(r.body, asked[k].body);
	}
	ck_assert(wire_is_silent(&w));
	wire_close(&w);
}
END_TEST

START_TEST(byte_by_byte)
{
	static const char head[] = "GET /files/a.txt HTTP/1.1\r\n" HOST "\r\n";

	wire_open(&w, d.port);
	for (int i = 0; i < 3; i++) {
		for (const char *p = head; *p != '\0'; p++)
			wire_send_bytes(&w, p, 1);
		wire_reply(&w, &r);
		ck_assert_str_eq(r.body, "/files/a.txt\n");
	}
	wire_close(&w);
}
END_TEST

/* The client has no more to say, but still wants to hear. */
START_TEST(half_close)
{
	ask("GET /big.bin HTTP/1.1\r\n" HOST "\r\n");
	wire_end(&w);
	wire_head(&w, &r);
	wire_expect_pattern(&w, DAEMON_BIG, WIRE_MAX);
	wire_expect_end(&w);
	wire_close(&w);
}
END_TEST

START_TEST(large_file_slowly)
{
	wire_init(&w, wire_dial_small(d.port));
	wire_send(&w, "GET /big.bin HTTP/1.1\r\n" HOST "\r\n");
	wire_head(&w, &r);
	ck_assert_uint_eq(r.length, DAEMON_BIG);
	wire_expect_pattern(&w, DAEMON_BIG, 4096);
	wire_get(&w, "/files/a.txt", &r);
	ck_assert_str_eq(r.body, "/files/a.txt\n");
	wire_close(&w);
}
END_TEST

/* What one of many clients has received so far. */
struct reader {
	int	fd;
	size_t	head;		/* bytes of its head, when it is whole */
	size_t	got;
	char	start[1024];
};

/* Take a piece of the answer, and look at each byte of it. */
static void
read_piece(struct reader *rd)
{
	char piece[8192], want[8192];
	ssize_t n = recv(rd->fd, piece, sizeof(piece), 0);
	size_t skip = 0;

	ck_assert_int_gt(n, 0);
	if (rd->head == 0) {
		const char *end;

		ck_assert_uint_lt(rd->got, sizeof(rd->start) - 1);
		skip = sizeof(rd->start) - 1 - rd->got;
		skip = skip < (size_t)n ? skip : (size_t)n;
		memcpy(rd->start + rd->got, piece, skip);
		end = strstr(rd->start, "\r\n\r\n");
		if (end == NULL) {
			rd->got += (size_t)n;
			return;
		}
		ck_assert_int_eq(strncmp(rd->start, "HTTP/1.1 200 ", 13), 0);
		rd->head = (size_t)(end - rd->start) + 4;
		skip = rd->head - rd->got;
		rd->got = rd->head;
	}
	daemon_pattern(want, (size_t)n - skip, rd->got - rd->head);
	ck_assert_int_eq(memcmp(want, piece + skip, (size_t)n - skip), 0);
	rd->got += (size_t)n - skip;
}

START_TEST(many_at_once)
{
	static const char get[] = "GET /picture.jpg HTTP/1.1\r\n" HOST "\r\n";
	static struct reader readers[AT_ONCE];
	struct pollfd p[AT_ONCE];
	int left = AT_ONCE;

	for (int i = 0; i < AT_ONCE; i++) {
		readers[i].fd = wire_dial(d.port);
		p[i] = (struct pollfd){ .fd = readers[i].fd,
		    .events = POLLIN };
		ck_assert_int_eq(send(p[i].fd, get, sizeof(get) - 1, 0),
		    (int)sizeof(get) - 1);
	}
	while (left > 0) {
		ck_assert_int_gt(poll(p, AT_ONCE, DAEMON_WAIT_MS), 0);
		for (int i = 0; i < AT_ONCE; i++) {
			if (p[i].revents == 0)
				continue;
			read_piece(&readers[i]);
			if (readers[i].head == 0 || readers[i].got !=
			    readers[i].head + DAEMON_PICTURE)
				continue;
			close(p[i].fd);
			p[i].fd = -1;
			left--;
		}
	}
}
END_TEST

/* ---- hand-written clients of old ---- */

static const struct {
	const char	*name, *sent, *body;
} old[] = {
	{ "bare line feeds",
	  "GET /files/a.txt HTTP/1.1\nHOST: 127.0.0.1\nConnection:close\n\n",
	  "/files/a.txt\n" },
	{ "HOST in capitals",
	  "GET /files/a.txt HTTP/1.1\r\nHOST: x\r\nConnection:close\r\n\r\n",
	  "/files/a.txt\n" },
	{ "bare line feeds without Connection",
	  "GET /files/b.txt HTTP/1.1\nHost:x\n\n", "/files/b.txt\n" },
	{ "HTTP/1.0", "GET /files/a.txt HTTP/1.0\n\n", "/files/a.txt\n" },
};

START_TEST(old_client)
{
	ask(old[_i].sent);
	wire_reply(&w, &r);
	ck_assert_msg(r.status == 200, "%s: %d", old[_i].name, r.status);
	ck_assert_str_eq(r.body, old[_i].body);
	ck_assert(reply_has(&r, "Connection: close"));
	wire_expect_end(&w);
	wire_close(&w);
}
END_TEST

/* Read all there is, in pieces of that size, until the server closes. */
static size_t
read_to_end(char *out, size_t size, size_t piece)
{
	size_t len = 0;
	ssize_t n;

	while ((n = recv(w.fd, out + len, piece, 0)) > 0) {
		len += (size_t)n;
		ck_assert_uint_lt(len + piece, size);
	}
	ck_assert_int_eq(n, 0);
	out[len] = '\0';
	return len;
}

START_TEST(romeo)
{
	char all[8192], *body;

	ask("GET http://host/romeo.txt HTTP/1.0\n\n");
	read_to_end(all, sizeof(all), 512);
	ck_assert_int_eq(strncmp(all, "HTTP/1.1 200 OK\r\n", 17), 0);
	body = strstr(all, "\r\n\r\n");
	ck_assert_ptr_nonnull(body);
	ck_assert_uint_eq(strlen(body + 4), 167);
	ck_assert_int_eq(strncmp(body + 4, "But soft what light", 19), 0);
	wire_close(&w);
}
END_TEST

START_TEST(picture)
{
	static char all[DAEMON_PICTURE + 16384], want[DAEMON_PICTURE];
	char *body;
	size_t n;

	wire_init(&w, wire_dial_small(d.port));
	wire_send(&w, "GET http://host/picture.jpg HTTP/1.0\n\n");
	n = read_to_end(all, sizeof(all), 5120);
	body = memmem(all, n, "\r\n\r\n", 4);
	ck_assert_ptr_nonnull(body);
	ck_assert_ptr_nonnull(memmem(all, (size_t)(body - all),
	    "Content-Type: image/jpeg\r\n", 26));
	ck_assert_uint_eq(n - (size_t)(body + 4 - all), DAEMON_PICTURE);
	daemon_pattern(want, DAEMON_PICTURE, 0);
	ck_assert_int_eq(memcmp(body + 4, want, DAEMON_PICTURE), 0);
	wire_close(&w);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("http");
	TCase *tc = tcase_create("http");

	tcase_add_unchecked_fixture(tc, start_shared, stop_shared);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, request, 0, COUNT(requests));
	tcase_add_test(tc, nothing_is_reflected);
	tcase_add_loop_test(tc, large_head, 0, COUNT(large));
	tcase_add_test(tc, keep_alive);
	tcase_add_test(tc, pipelining);
	tcase_add_test(tc, byte_by_byte);
	tcase_add_test(tc, half_close);
	tcase_add_test(tc, large_file_slowly);
	tcase_add_test(tc, many_at_once);
	tcase_add_loop_test(tc, old_client, 0, COUNT(old));
	tcase_add_test(tc, romeo);
	tcase_add_test(tc, picture);
	suite_add_tcase(s, tc);
	return daemon_run_suite(s);
}
