/*
 * check_exchange - requests and their answers on one connection, however the
 * bytes come and however it ends. Linked with the wrapped calls of failing.h.
 */
#include "client/exchange.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "failing.h"
#include "suite.h"
#include "support.h"

#define OK	"HTTP/1.1 200 OK\r\n"
#define LONG_MS	60000
#define REQUEST	"GET / HTTP/1.1\r\n\r\n"

static struct event_base *base;
static struct exchange *x;
static int peer;
static enum exchange_take take;		/* what on_head says */
static size_t content_most;		/* bytes of it, then on_content stops */
static bool frees;			/* in on_done */

/* What came of it. */
static struct {
	int			heads, done;
	int			status;
	size_t			head_len, len;
	char			content[1024];
	struct exchange_end	end;
	bool			is_open;
} got;

static enum exchange_take
on_head(void *arg, const struct http_reply *reply, struct slice head)
{
	ck_assert_ptr_eq(arg, &got);
	ck_assert_int_eq(got.done, 0);
	got.heads++;
	got.status = reply->status;
	got.head_len = head.len;
	return take;
}

static bool
on_content(void *arg, const char *bytes, size_t len)
{
	ck_assert_ptr_eq(arg, &got);
	ck_assert_int_eq(got.heads, 1);
	ck_assert_int_eq(got.done, 0);
	ck_assert_uint_gt(len, 0);
	ck_assert_uint_lt(got.len + len, sizeof(got.content));
	memcpy(got.content + got.len, bytes, len);
	got.len += len;
	return got.len < content_most;
}

static void
on_done(void *arg, const struct exchange_end *end)
{
	ck_assert_ptr_eq(arg, &got);
	got.done++;
	got.end = *end;
	got.is_open = exchange_is_open(x);
	ck_assert(exchange_is_used(x));
	if (frees) {
		exchange_free(x);
		x = NULL;
	}
}

static const struct exchange_calls calls = { on_head, on_content, on_done };

static void
connect_with(uint64_t idle_ms)
{
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
	    fds), 0);
	ck_assert_int_eq(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
	peer = fds[1];
	x = exchange_new(base, fds[0], idle_ms);
	ck_assert_ptr_nonnull(x);
	ck_assert(exchange_is_open(x));
	ck_assert(!exchange_is_used(x));
}

static void
disconnect(void)
{
	if (peer != -1)
		close(peer);
	peer = -1;
	exchange_free(x);
	x = NULL;
}

static void
setup(void)
{
	signal(SIGPIPE, SIG_IGN);
	failing_reset();
	base = event_base_new();
	ck_assert_ptr_nonnull(base);
	peer = -1;
	x = NULL;
	take = EXCHANGE_TAKE;
	content_most = SIZE_MAX;
	frees = false;
}

static void
teardown(void)
{
	failing_reset();
	disconnect();
	event_base_free(base);
}

static void
settle(void)
{
	ck_assert_int_ne(event_base_loop(base, EVLOOP_NONBLOCK), -1);
}

/* Send a request, and see it come. */
static void
ask(enum http_method method)
{
	char text[256];

	memset(&got, 0, sizeof(got));
	ck_assert_int_eq(exchange_begin(x, method, SLICE(REQUEST), &calls,
	    &got), 0);
	ck_assert(!exchange_is_open(x));
	settle();
	ck_assert_int_eq(recv(peer, text, sizeof(text), 0),
	    sizeof(REQUEST) - 1);
	ck_assert_int_eq(memcmp(text, REQUEST, sizeof(REQUEST) - 1), 0);
}

static void
answer(const char *bytes, size_t len)
{
	ssize_t n;

	for (; len > 0; bytes += n, len -= (size_t)n) {
		n = send(peer, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		settle();
		if (n == -1 && errno == EPIPE)
			return;		/* it had enough */
		if (n == -1)
			n = 0;
	}
}

static void
hang_up(void)
{
	close(peer);
	peer = -1;
	settle();
}

static void
wait_for_end(void)
{
	while (got.done == 0)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
}

/* ---- answers ---- */

static const struct {
	const char		*name;
	enum http_method	 method;
	const char		*bytes;
	size_t			 len;
	bool			 ends;		/* then the server closes */
	int			 status;
	const char		*content;
	bool			 is_open;	/* after it */
} good[] = {
	{ "length", HTTP_GET, BYTES(OK "Content-Length: 5\r\n\r\nhello"),
	    false, 200, "hello", true },
	{ "nothing", HTTP_GET, BYTES(OK "Content-Length: 0\r\n\r\n"), false,
	    200, "", true },
	{ "chunks", HTTP_GET, BYTES(OK "Transfer-Encoding: chunked\r\n\r\n"
	    "3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nA: b\r\n\r\n"), false, 200,
	    "hello", true },
	{ "until it closes", HTTP_GET, BYTES(OK "\r\nhello"), true, 200,
	    "hello", false },
	{ "until it closes, nothing", HTTP_GET, BYTES(OK "\r\n"), true, 200,
	    "", false },
	{ "head only", HTTP_HEAD, BYTES(OK "Content-Length: 5\r\n\r\n"),
	    false, 200, "", true },
	{ "no content", HTTP_GET, BYTES("HTTP/1.1 204 No Content\r\n\r\n"),
	    false, 204, "", true },
	{ "not modified", HTTP_GET, BYTES("HTTP/1.1 304 Not Modified\r\n"
	    "Content-Length: 5\r\n\r\n"), false, 304, "", true },
	{ "an error", HTTP_GET, BYTES("HTTP/1.1 404 Not Found\r\n"
	    "Content-Length: 2\r\n\r\nno"), false, 404, "no", true },
	{ "close", HTTP_GET, BYTES(OK "Connection: close\r\n"
	    "Content-Length: 5\r\n\r\nhello"), false, 200, "hello", false },
	{ "HTTP/1.0", HTTP_GET, BYTES("HTTP/1.0 200 OK\r\n"
	    "Content-Length: 5\r\n\r\nhello"), false, 200, "hello", false },
	{ "hints first", HTTP_GET, BYTES("HTTP/1.1 100 Continue\r\n\r\n"
	    "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
	    OK "Content-Length: 5\r\n\r\nhello"), false, 200, "hello",
	    true },
	{ "lines that end in LF", HTTP_GET, BYTES("HTTP/1.1 200 OK\n"
	    "Content-Length: 5\n\nhello"), false, 200, "hello", false },
};

static void
expect_good(int i)
{
	ck_assert_msg(got.done == 1 && got.end.why == EXITS_OK,
	    "%s: %d %s", good[i].name, got.done, got.end.error);
	ck_assert_int_eq(got.heads, 1);
	ck_assert_int_eq(got.status, good[i].status);
	ck_assert_msg(got.len == strlen(good[i].content) &&
	    memcmp(got.content, good[i].content, got.len) == 0, "%s: %.*s",
	    good[i].name, (int)got.len, got.content);
	ck_assert_uint_eq(got.end.content, got.len);
	ck_assert_msg(got.is_open == good[i].is_open, "%s", good[i].name);
}

START_TEST(is_read_at_every_cut)
{
	for (size_t cut = 0; cut <= good[_i].len; cut++) {
		connect_with(LONG_MS);
		ask(good[_i].method);
		answer(good[_i].bytes, cut);
		ck_assert_int_eq(got.done, cut == good[_i].len &&
		    !good[_i].ends);
		answer(good[_i].bytes + cut, good[_i].len - cut);
		if (good[_i].ends)
			hang_up();
		expect_good(_i);
		disconnect();
	}
}
END_TEST

START_TEST(is_read_byte_by_byte)
{
	connect_with(LONG_MS);
	ask(good[_i].method);
	for (size_t at = 0; at < good[_i].len; at++)
		answer(good[_i].bytes + at, 1);
	if (good[_i].ends)
		hang_up();
	expect_good(_i);
}
END_TEST

START_TEST(may_be_freed_at_the_end)
{
	frees = true;
	connect_with(LONG_MS);
	ask(good[_i].method);
	answer(good[_i].bytes, good[_i].len);
	if (good[_i].ends)
		hang_up();
	ck_assert_ptr_null(x);
	expect_good(_i);
}
END_TEST

START_TEST(one_request_after_the_other)
{
	connect_with(LONG_MS);
	for (int i = 0; i < ROWS(good); i++) {
		if (!good[i].is_open)
			continue;
		ck_assert(exchange_is_open(x));
		ask(good[i].method);
		answer(good[i].bytes, good[i].len);
		expect_good(i);
	}
}
END_TEST

START_TEST(what_comes_behind_ends_the_connection)
{
	connect_with(LONG_MS);
	ask(HTTP_GET);
	answer(BYTES(OK "Content-Length: 5\r\n\r\nhelloHTTP"));
	ck_assert_int_eq(got.end.why, EXITS_OK);
	ck_assert_uint_eq(got.len, 5);
	ck_assert(!got.is_open);

	disconnect();
	connect_with(LONG_MS);
	ask(HTTP_GET);
	answer(BYTES(OK "Content-Length: 5\r\n\r\nhello"));
	ck_assert(got.is_open);
	answer(BYTES("x"));
	ck_assert_int_eq(got.done, 1);
	ck_assert(!exchange_is_open(x));

	disconnect();
	connect_with(LONG_MS);
	ask(HTTP_HEAD);
	answer(BYTES(OK "Content-Length: 5\r\n\r\nhello"));
	ck_assert_int_eq(got.end.why, EXITS_OK);
	ck_assert(!got.is_open);
}
END_TEST

START_TEST(a_server_that_goes_in_between)
{
	connect_with(LONG_MS);
	ask(HTTP_GET);
	answer(BYTES(OK "Content-Length: 0\r\n\r\n"));
	ck_assert(exchange_is_open(x));
	hang_up();
	ck_assert(!exchange_is_open(x));
	ck_assert_int_eq(got.done, 1);
}
END_TEST

/* ---- what goes wrong ---- */

enum then { STAYS, CLOSES, RESETS };

static const struct {
	const char	*name;
	const char	*bytes;
	size_t		 len;
	enum then	 then;
	enum exits	 why;
	const char	*error;
	const char	*content;
} bad[] = {
	{ "no answer", BYTES(""), CLOSES, EXITS_SHORT,
	    "the server closed the connection before any answer", "" },
	{ "cut status line", BYTES("HTTP/1.1"), CLOSES, EXITS_SHORT,
	    "the server closed the connection after 8 bytes of the head",
	    "" },
	{ "cut fields", BYTES(OK "A"), CLOSES, EXITS_SHORT,
	    "after 18 bytes of the head", "" },
	{ "nothing final", BYTES("HTTP/1.1 100 \r\n\r\n"), CLOSES,
	    EXITS_SHORT, "after 17 bytes of the head", "" },
	{ "cut content", BYTES(OK "Content-Length: 5\r\n\r\nhel"), CLOSES,
	    EXITS_SHORT, "the server closed the connection after 3 of 5 bytes",
	    "hel" },
	{ "no content", BYTES(OK "Content-Length: 5\r\n\r\n"), CLOSES,
	    EXITS_SHORT, "after 0 of 5 bytes", "" },
	{ "cut chunk", BYTES(OK "Transfer-Encoding: chunked\r\n\r\n"
	    "5\r\nhel"), CLOSES, EXITS_SHORT,
	    "after 3 bytes, in the middle of the content", "hel" },
	{ "no last chunk", BYTES(OK "Transfer-Encoding: chunked\r\n\r\n"
	    "5\r\nhello\r\n"), CLOSES, EXITS_SHORT,
	    "after 5 bytes, in the middle of the content", "hello" },
	{ "cut trailer", BYTES(OK "Transfer-Encoding: chunked\r\n\r\n"
	    "5\r\nhello\r\n0\r\n"), CLOSES, EXITS_SHORT,
	    "after 5 bytes", "hello" },
	{ "no HTTP", BYTES("SSH-2.0-OpenSSH\r\n"), STAYS, EXITS_PROTOCOL,
	    "the answer is malformed: The response does not begin with "
	    "\"HTTP/\" (RFC 9112, section 4)", "" },
	{ "the first byte", BYTES("W"), STAYS, EXITS_PROTOCOL,
	    "does not begin with", "" },
	{ "no HTTP behind a hint", BYTES("HTTP/1.1 100 \r\n\r\nW"), STAYS,
	    EXITS_PROTOCOL, "does not begin with", "" },
	{ "both framings", BYTES(OK "Content-Length: 5\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n"), STAYS, EXITS_PROTOCOL,
	    "malformed: ", "" },
	{ "bad chunk", BYTES(OK "Transfer-Encoding: chunked\r\n\r\n"
	    "5\r\nhello\r\nx\r\n"), STAYS, EXITS_PROTOCOL,
	    "after 5 bytes of content: A chunk does not begin with its size "
	    "in hexadecimal digits (RFC 9112, section 7.1)", "hello" },
	{ "chunk that is too long", BYTES(OK "Transfer-Encoding: chunked\r\n"
	    "\r\n1\r\nhello\r\n"), STAYS, EXITS_PROTOCOL,
	    "after 1 byte of content: ", "h" },
	{ "another protocol", BYTES("HTTP/1.1 101 Switching Protocols\r\n"
	    "Upgrade: x\r\n\r\n"), STAYS, EXITS_PROTOCOL, "(101)", "" },
	{ "nothing, but reset", BYTES(""), RESETS, EXITS_SHORT,
	    "the connection broke before any answer: Connection reset", "" },
	{ "reset head", BYTES("HTTP"), RESETS, EXITS_SHORT,
	    "the connection broke after 4 bytes of the head: Connection "
	    "reset", "" },
	{ "reset content", BYTES(OK "Content-Length: 5\r\n\r\nhel"), RESETS,
	    EXITS_SHORT, "the connection broke after 3 of 5 bytes: "
	    "Connection reset", "hel" },
	{ "reset before the end", BYTES(OK "\r\nhello"), RESETS, EXITS_SHORT,
	    "the connection broke after 5 bytes, in the middle of the "
	    "content: Connection reset", "hello" },
};

/* Close with something unread: a reset. */
static void
reset(void)
{
	/* It is read by nobody, and sent by another request. */
	ck_assert_int_eq(exchange_begin(x, HTTP_GET, SLICE(REQUEST), &calls,
	    &got), 0);
}

static void
begin_bad(int i)
{
	memset(&got, 0, sizeof(got));
	connect_with(LONG_MS);
	if (bad[i].then == RESETS)
		reset();
	else
		ask(HTTP_GET);
}

static void
expect_bad(int i)
{
	ck_assert_msg(got.done == 1 && got.end.why == bad[i].why,
	    "%s: %d %d %s", bad[i].name, got.done, got.end.why,
	    got.end.error);
	ck_assert_msg(strstr(got.end.error, bad[i].error) != NULL,
	    "%s: %s", bad[i].name, got.end.error);
	ck_assert_msg(got.len == strlen(bad[i].content) &&
	    memcmp(got.content, bad[i].content, got.len) == 0, "%s: %.*s",
	    bad[i].name, (int)got.len, got.content);
	ck_assert_uint_eq(got.end.content, got.len);
	ck_assert_int_eq(got.end.unanswered, bad[i].len == 0);
	ck_assert(!got.is_open);
}

START_TEST(ends_badly)
{
	begin_bad(_i);
	answer(bad[_i].bytes, bad[_i].len);
	if (bad[_i].then != STAYS)
		hang_up();
	wait_for_end();
	expect_bad(_i);
}
END_TEST

START_TEST(ends_badly_byte_by_byte)
{
	begin_bad(_i);
	for (size_t at = 0; at < bad[_i].len && got.done == 0; at++)
		answer(bad[_i].bytes + at, 1);
	if (bad[_i].then != STAYS)
		hang_up();
	wait_for_end();
	expect_bad(_i);
}
END_TEST

START_TEST(every_cut_is_told)
{
	for (size_t cut = 0; cut < good[_i].len; cut++) {
		const char *head = memmem(good[_i].bytes, good[_i].len,
		    "\r\n\r\n", 4);

		/* What only the end of the connection ends cannot be cut. */
		if (good[_i].ends && head != NULL &&
		    cut >= (size_t)(head + 4 - good[_i].bytes))
			break;
		connect_with(LONG_MS);
		ask(good[_i].method);
		answer(good[_i].bytes, cut);
		hang_up();
		ck_assert_int_eq(got.done, 1);
		ck_assert_int_eq(got.end.why, EXITS_SHORT);
		ck_assert(!got.is_open);
		disconnect();
	}
}
END_TEST

/* ---- limits ---- */

START_TEST(a_head_without_end)
{
	static char line[64 * 1024];

	memset(line, 'a', sizeof(line));
	connect_with(LONG_MS);
	ask(HTTP_GET);
	answer(BYTES(OK "A: "));
	answer(line, sizeof(line));
	ck_assert_int_eq(got.done, 1);
	ck_assert_int_eq(got.end.why, EXITS_PROTOCOL);
	ck_assert_msg(strstr(got.end.error, "longer") != NULL, "%s",
	    got.end.error);
}
END_TEST

START_TEST(fields_without_end)
{
	connect_with(LONG_MS);
	ask(HTTP_GET);
	answer(BYTES(OK));
	for (int i = 0; i <= EXCHANGE_FIELDS_MAX; i++)
		answer(BYTES("A: b\r\n"));
	answer(BYTES("\r\n"));
	ck_assert_int_eq(got.done, 1);
	ck_assert_int_eq(got.end.why, EXITS_PROTOCOL);
	ck_assert_msg(strstr(got.end.error, "fields") != NULL, "%s",
	    got.end.error);
}
END_TEST

START_TEST(the_longest_head)
{
	static char head[EXCHANGE_HEAD_MAX];
	const char begin[] = OK "Content-Length: 0\r\nA: ";

	memset(head, 'a', sizeof(head));
	memcpy(head, begin, sizeof(begin) - 1);
	memcpy(head + sizeof(head) - 4, "\r\n\r\n", 4);
	connect_with(LONG_MS);
	ask(HTTP_GET);
	answer(head, sizeof(head));
	ck_assert_msg(got.end.why == EXITS_OK && got.done == 1, "%s",
	    got.end.error);
	ck_assert_uint_eq(got.head_len, EXCHANGE_HEAD_MAX);

	/* One byte of a hint more is too much. */
	disconnect();
	connect_with(LONG_MS);
	ask(HTTP_GET);
	answer(BYTES("HTTP/1.1 100 \r\n\r\n"));
	answer(head, sizeof(head));
	ck_assert_int_eq(got.end.why, EXITS_PROTOCOL);
}
END_TEST

START_TEST(hints_without_end)
{
	int n = 0;

	connect_with(LONG_MS);
	ask(HTTP_GET);
	while (got.done == 0) {
		ck_assert_int_le(n, EXCHANGE_INTERIM_MAX);
		answer(BYTES("HTTP/1.1 102 Processing\r\n\r\n"));
		n++;
	}
	ck_assert_int_eq(n, EXCHANGE_INTERIM_MAX + 1);
	ck_assert_int_eq(got.end.why, EXITS_PROTOCOL);
	ck_assert_msg(strstr(got.end.error, "1xx") != NULL, "%s",
	    got.end.error);
}
END_TEST

START_TEST(chunks_padded_for_ever)
{
	static char zeros[EXCHANGE_OVERHEAD_MAX + 8];

	memset(zeros, '0', sizeof(zeros));
	connect_with(LONG_MS);
	ask(HTTP_GET);
	answer(BYTES(OK "Transfer-Encoding: chunked\r\n\r\n"));
	/* A little before each is no more than usual. */
	for (int i = 0; i < 100; i++) {
		answer(zeros, 1000);
		answer(BYTES("1\r\nx\r\n"));
	}
	ck_assert_int_eq(got.done, 0);
	ck_assert_uint_eq(got.len, 100);
	answer(zeros, sizeof(zeros));
	ck_assert_int_eq(got.done, 1);
	ck_assert_int_eq(got.end.why, EXITS_PROTOCOL);
	ck_assert_msg(strstr(got.end.error, "after 100 bytes") != NULL, "%s",
	    got.end.error);
}
END_TEST

/* ---- time ---- */

static const struct {
	const char	*bytes;
	size_t		 len;
	const char	*error;
} late[] = {
	{ BYTES(""), "no answer for 20 ms" },
	{ BYTES("HTTP/1.1 2"), "not whole in 20 ms: 10 bytes have come" },
	{ BYTES("HTTP/1.1 100 \r\n\r\nH"),
	    "not whole in 20 ms: 18 bytes have come" },
	{ BYTES(OK "Content-Length: 5\r\n\r\nhel"),
	    "nothing has come for 20 ms after 3 of 5 bytes" },
	{ BYTES(OK "\r\nhel"), "nothing has come for 20 ms after 3 bytes, in "
	    "the middle of the content" },
};

START_TEST(silence)
{
	connect_with(20);
	ask(HTTP_GET);
	answer(late[_i].bytes, late[_i].len);
	wait_for_end();
	ck_assert_int_eq(got.end.why, EXITS_TIMEOUT);
	ck_assert_msg(strstr(got.end.error, late[_i].error) != NULL, "%s",
	    got.end.error);
}
END_TEST

/* Bytes that come one by one do not make the head's time longer. */
START_TEST(a_head_that_drips)
{
	connect_with(20);
	ask(HTTP_GET);
	answer(BYTES(OK "A: "));
	while (got.done == 0) {
		answer(BYTES("a"));
		/* That may have been the end: then nothing is waited for. */
		if (got.done == 0)
			ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE),
			    0);
	}
	ck_assert_int_eq(got.end.why, EXITS_TIMEOUT);
}
END_TEST

/* ---- what the caller wants ---- */

START_TEST(content_is_dropped)
{
	take = EXCHANGE_DROP;
	for (int i = 0; i < ROWS(good); i++) {
		connect_with(LONG_MS);
		ask(good[i].method);
		answer(good[i].bytes, good[i].len);
		ck_assert_msg(got.done == 1 && got.end.why == EXITS_OK, "%s",
		    good[i].name);
		ck_assert_uint_eq(got.len, 0);
		ck_assert_msg(got.is_open == good[i].is_open, "%s",
		    good[i].name);
		disconnect();
	}
}
END_TEST

static const struct {
	const char	*bytes;
	size_t		 len;
} dropped[] = {
	{ BYTES(OK "Content-Length: 5\r\n\r\nhel") },
	{ BYTES(OK "Content-Length: 65537\r\n\r\n") },
	{ BYTES(OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhel") },
	{ BYTES(OK "Transfer-Encoding: chunked\r\n\r\nx") },
	{ BYTES(OK "\r\n") },
};

/* Nobody wants it: that it is cut, wrong or long is no matter. */
START_TEST(what_is_dropped_may_be_wrong)
{
	take = EXCHANGE_DROP;
	connect_with(LONG_MS);
	ask(HTTP_GET);
	answer(dropped[_i].bytes, dropped[_i].len);
	hang_up();
	ck_assert_int_eq(got.done, 1);
	ck_assert_int_eq(got.end.why, EXITS_OK);
	ck_assert(!got.is_open);
}
END_TEST

START_TEST(too_many_chunks_to_drop)
{
	static char chunk[4096];
	int n = 0;

	take = EXCHANGE_DROP;
	connect_with(LONG_MS);
	ask(HTTP_GET);
	answer(BYTES(OK "Transfer-Encoding: chunked\r\n\r\n"));
	for (; got.done == 0; n++) {
		answer(BYTES("1000\r\n"));
		answer(chunk, sizeof(chunk));
		answer(BYTES("\r\n"));
		ck_assert_int_lt(n, 32);
	}
	ck_assert_int_eq(got.end.why, EXITS_OK);
	ck_assert(!got.is_open);
}
END_TEST

START_TEST(the_head_is_enough)
{
	take = EXCHANGE_STOP;
	connect_with(LONG_MS);
	ask(HTTP_GET);
	answer(BYTES(OK "Content-Length: 5\r\n\r\nhello"));
	ck_assert_int_eq(got.done, 1);
	ck_assert_int_eq(got.end.why, EXITS_OK);
	ck_assert_uint_eq(got.len, 0);
	ck_assert(!got.is_open);
}
END_TEST

START_TEST(some_content_is_enough)
{
	content_most = 3;
	connect_with(LONG_MS);
	ask(HTTP_GET);
	answer(BYTES(OK "Content-Length: 5\r\n\r\nhel"));
	ck_assert_int_eq(got.done, 1);
	ck_assert_int_eq(got.end.why, EXITS_OK);
	ck_assert_uint_eq(got.end.content, 3);
	ck_assert(!got.is_open);
}
END_TEST

START_TEST(it_can_wait)
{
	connect_with(LONG_MS);
	ask(HTTP_GET);
	exchange_pause(x, true);
	answer(BYTES(OK "Content-Length: 5\r\n\r\nhello"));
	ck_assert_int_eq(got.heads, 0);
	exchange_pause(x, false);
	settle();
	ck_assert_int_eq(got.done, 1);
	/* Of no effect without a connection. */
	hang_up();
	exchange_pause(x, true);
}
END_TEST

/* Each call for memory fails once. */
START_TEST(without_memory)
{
	int before = lowest_descriptor();
	bool failed = true;

	for (unsigned n = 1; failed; n++) {
		int fds[2], result = -1;

		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
		peer = fds[1];
		memset(&got, 0, sizeof(got));
		failing_at(FAILING_MEMORY, n, ENOMEM);
		x = exchange_new(base, fds[0], LONG_MS);
		if (x != NULL)
			result = exchange_begin(x, HTTP_GET, SLICE(REQUEST),
			    &calls, &got);
		failed = failing_happened(FAILING_MEMORY);
		failing_reset();
		ck_assert(failed || result == 0);
		disconnect();
		settle();
	}
	ck_assert_int_eq(lowest_descriptor(), before);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("exchange");
	TCase *tc = suite_case(s, "exchange");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, is_read_at_every_cut, 0, ROWS(good));
	tcase_add_loop_test(tc, is_read_byte_by_byte, 0, ROWS(good));
	tcase_add_loop_test(tc, may_be_freed_at_the_end, 0, ROWS(good));
	tcase_add_test(tc, one_request_after_the_other);
	tcase_add_test(tc, what_comes_behind_ends_the_connection);
	tcase_add_test(tc, a_server_that_goes_in_between);
	tcase_add_loop_test(tc, ends_badly, 0, ROWS(bad));
	tcase_add_loop_test(tc, ends_badly_byte_by_byte, 0, ROWS(bad));
	tcase_add_loop_test(tc, every_cut_is_told, 0, ROWS(good));
	tcase_add_test(tc, a_head_without_end);
	tcase_add_test(tc, fields_without_end);
	tcase_add_test(tc, the_longest_head);
	tcase_add_test(tc, hints_without_end);
	tcase_add_test(tc, chunks_padded_for_ever);
	tcase_add_loop_test(tc, silence, 0, ROWS(late));
	tcase_add_test(tc, a_head_that_drips);
	tcase_add_test(tc, content_is_dropped);
	tcase_add_loop_test(tc, what_is_dropped_may_be_wrong, 0,
	    ROWS(dropped));
	tcase_add_test(tc, too_many_chunks_to_drop);
	tcase_add_test(tc, the_head_is_enough);
	tcase_add_test(tc, some_content_is_enough);
	tcase_add_test(tc, it_can_wait);
	tcase_add_test(tc, without_memory);
	return suite_run(s);
}
