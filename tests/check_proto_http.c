/*
 * check_proto_http - requests in, answers out, without a socket. Linked with
 * the wrapped calls of failing.h and planned.h.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "failing.h"
#include "planned.h"
#include "suite.h"
#include "talker.h"

#define HOST	"Host: example.org\r\n"
#define GET	"GET /1 HTTP/1.1\r\n" HOST "\r\n"
#define SHUT	"GET /1 HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"

#define LIST(rest)	"GET /list/" rest " HTTP/1.1\r\n" HOST
#define CONTENT		"Content-Length: 5\r\n\r\nhello"

static struct dialog *d;

static void
setup(void)
{
	failing_reset();
	planned_reset();
	talker_setup();
	d = dialog_new(&proto_http, false);
}

static void
teardown(void)
{
	failing_reset();
	dialog_close(d);
	talker_teardown();
}

/* Input comes, and turns pass until there is nothing more to do. */
static void
hear_all(const char *bytes, size_t len)
{
	dialog_hear(d, bytes, len);
	while (d->next == CONN_LATER)
		dialog_later(d);
}

static void
again(void)
{
	dialog_close(d);
	d = dialog_new(&proto_http, false);
}

static bool
answers(const char *want)
{
	return talker_answers(d->said, d->said_len, want);
}

static bool
has(int n, const char *line)
{
	return talker_has(d->said, d->said_len, n, line);
}

static const struct {
	const char	*name, *input, *answers;
	enum conn_next	 next;
	enum conn_end	 end;
} rows[] = {
	{ "one request", GET, "200", CONN_MORE, 0 },
	{ "two", GET GET, "200 200", CONN_MORE, 0 },
	{ "an error in between is no end",
	  GET "GET /no HTTP/1.1\r\n" HOST "\r\n" GET, "200 404 200",
	  CONN_MORE, 0 },
	{ "empty lines between requests", GET "\r\n\r\n" GET, "200 200",
	  CONN_MORE, 0 },
	{ "HEAD has no content", "HEAD /1 HTTP/1.1\r\n" HOST "\r\n" GET
	  "HEAD /no HTTP/1.1\r\n" HOST "\r\n", "H200 200 H404",
	  CONN_MORE, 0 },
	{ "OPTIONS", "OPTIONS * HTTP/1.1\r\n" HOST "\r\n" GET, "204 200",
	  CONN_MORE, 0 },
	{ "another method", "DELETE /1 HTTP/1.1\r\n" HOST "\r\n" GET,
	  "405 200", CONN_MORE, 0 },
	{ "an unknown method", "BREW /1 HTTP/1.1\r\n" HOST "\r\n" GET,
	  "501 200", CONN_MORE, 0 },
	{ "close", SHUT, "200", CONN_FLUSH, CONN_END_DONE },
	{ "nothing after close", SHUT GET GET, "200", CONN_FLUSH,
	  CONN_END_DONE },
	{ "HTTP/1.0", "GET /1 HTTP/1.0\r\n\r\n" GET, "200", CONN_FLUSH,
	  CONN_END_DONE },
	{ "HTTP/1.0 that goes on",
	  "GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" GET,
	  "200 200", CONN_MORE, 0 },
	{ "bare line feeds", "GET /1 HTTP/1.1\nHost: a\n\n" GET, "200",
	  CONN_FLUSH, CONN_END_DONE },
	{ "content with a length",
	  "GET /1 HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nGET /" GET,
	  "200 200", CONN_MORE, 0 },
	{ "content of no length",
	  "GET /1 HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n" GET,
	  "200 200", CONN_MORE, 0 },
	{ "content in chunks",
	  "POST /1 HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
	  "5\r\nGET /\r\n3;a=b\r\nxyz\r\n0\r\nTrailer: 1\r\n\r\n" GET,
	  "405 200", CONN_MORE, 0 },
	{ "no chunk but the last",
	  "GET /1 HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
	  "0\r\n\r\n" GET, "200 200", CONN_MORE, 0 },
	{ "content before close",
	  "GET /1 HTTP/1.1\r\n" HOST "Connection: close\r\n"
	  "Content-Length: 3\r\n\r\nabc" GET, "200", CONN_FLUSH,
	  CONN_END_DONE },
	{ "a bad chunk size",
	  "GET /1 HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
	  "x\r\n" GET, "400", CONN_DRAIN, CONN_END_BAD_REQUEST },
	{ "a chunk without its end, after an answer", GET
	  "GET /1 HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
	  "3\r\nabcd\r\n" GET, "200 400", CONN_DRAIN, CONN_END_BAD_REQUEST },
	{ "a bad chunk for HEAD",
	  "HEAD /1 HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
	  "x\r\n", "H400", CONN_DRAIN, CONN_END_BAD_REQUEST },
	{ "too long",
	  "GET /1 HTTP/1.1\r\n" HOST "Content-Length: 65537\r\n\r\nabc",
	  "413", CONN_DRAIN, CONN_END_LIMIT },
	{ "too long for HEAD",
	  "HEAD /1 HTTP/1.1\r\n" HOST "Content-Length: 65537\r\n\r\nabc",
	  "H413", CONN_DRAIN, CONN_END_LIMIT },
	{ "a chunk too long",
	  "GET /1 HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
	  "10001\r\n", "413", CONN_DRAIN, CONN_END_LIMIT },
	{ "length and chunks",
	  "GET /1 HTTP/1.1\r\n" HOST "Content-Length: 3\r\n"
	  "Transfer-Encoding: chunked\r\n\r\n", "400", CONN_DRAIN,
	  CONN_END_BAD_REQUEST },
	{ "no host", "GET /1 HTTP/1.1\r\n\r\n" GET, "400", CONN_DRAIN,
	  CONN_END_BAD_REQUEST },
	{ "a bad line after an answer", GET "hello\r\n\r\n" GET, "200 400",
	  CONN_DRAIN, CONN_END_BAD_REQUEST },
	{ "a fault in HEAD", "HEAD /1 HTTP/1.1\r\nno colon\r\n\r\n", "H400",
	  CONN_DRAIN, CONN_END_BAD_REQUEST },
	{ "HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505", CONN_DRAIN,
	  CONN_END_BAD_REQUEST },
	{ "100 expected",
	  "GET /1 HTTP/1.1\r\n" HOST "Expect: 100-continue\r\n"
	  "Content-Length: 3\r\n\r\n", "200", CONN_DRAIN, CONN_END_DONE },
	{ "100 expected, and sent without waiting",
	  "GET /1 HTTP/1.1\r\n" HOST "Expect: 100-continue\r\n"
	  "Content-Length: 3\r\n\r\nabc" GET, "200", CONN_DRAIN,
	  CONN_END_DONE },
	{ "100 expected without content",
	  "GET /1 HTTP/1.1\r\n" HOST "Expect: 100-continue\r\n\r\n" GET,
	  "200 200", CONN_MORE, 0 },
	{ "something else expected",
	  "GET /1 HTTP/1.1\r\n" HOST "Expect: miracles\r\n\r\n" GET,
	  "417 200", CONN_MORE, 0 },
	{ "a TLS hello", "\x16\x03\x01\x02\x01\x01", "", CONN_ABORT,
	  CONN_END_TLS },
	{ "such a byte after a request", GET "\x16\x03\r\n", "200 400",
	  CONN_DRAIN, CONN_END_BAD_REQUEST },
};

static void
expect_row(int i, const char *how, size_t cut)
{
	ck_assert_msg(answers(rows[i].answers), "%s, %s %zu", rows[i].name,
	    how, cut);
	ck_assert_msg(d->next == rows[i].next, "%s, %s %zu: verdict %d",
	    rows[i].name, how, cut, d->next);
	if (d->next != CONN_MORE)
		ck_assert_msg(d->end == rows[i].end, "%s, %s %zu: %s",
		    rows[i].name, how, cut, conn_end_name(d->end));
	else
		ck_assert_msg(d->kept_len == 0, "%s, %s %zu: %zu bytes kept",
		    rows[i].name, how, cut, d->kept_len);
	ck_assert(!d->failed);
}

START_TEST(answers_and_goes_on_or_ends)
{
	dialog_hear_text(d, rows[_i].input);
	expect_row(_i, "whole", 0);
}
END_TEST

START_TEST(any_cut_is_answered_alike)
{
	const char *input = rows[_i].input;
	size_t len = strlen(input);

	for (size_t cut = 1; cut < len; cut++) {
		again();
		dialog_hear(d, input, cut);
		dialog_hear(d, input + cut, len - cut);
		expect_row(_i, "cut at", cut);
	}
	again();
	for (size_t i = 0; i < len; i++)
		dialog_hear(d, input + i, 1);
	expect_row(_i, "bytes", len);
}
END_TEST

START_TEST(hundred_at_once_are_answered_in_order)
{
	static char input[100 * 64];
	const char *p;
	size_t n = 0;

	for (int i = 0; i < 100; i++)
		n += (size_t)sprintf(input + n, "GET /%d HTTP/1.1\r\n" HOST
		    "\r\n", i % 10);
	dialog_hear(d, input, n);
	ck_assert_int_eq(d->next, CONN_MORE);
	p = d->said;
	for (int i = 0; i < 100; i++) {
		p = memmem(p, d->said_len - (size_t)(p - d->said),
		    "\r\n\r\n", 4);
		ck_assert_ptr_nonnull(p);
		ck_assert_int_eq(p[4], '0' + i % 10);
		ck_assert_int_eq(p[5], '\n');
		p += 6;
	}
	ck_assert_ptr_eq(p, d->said + d->said_len);
}
END_TEST

static const struct {
	const char	*name, *input;
	const char	*line;		/* of the last answer */
	const char	*answers;
} fields[] = {
	{ "close is confirmed", SHUT, "Connection: close", "200" },
	{ "1.0 is told that it goes on",
	  "GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
	  "Connection: keep-alive", "200" },
	{ "1.0 is told that it ends", "GET /1 HTTP/1.0\r\n\r\n",
	  "Connection: close", "200" },
	{ "an error that ends says so", "x\r\n\r\n", "Connection: close",
	  "400" },
	{ "a fault in the content says so",
	  "GET /1 HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\nx\r\n",
	  "Connection: close", "400" },
	{ "too much content says so",
	  "GET /1 HTTP/1.1\r\n" HOST "Content-Length: 99999\r\n\r\n",
	  "Connection: close", "413" },
	{ "who expects 100 is told",
	  "GET /1 HTTP/1.1\r\n" HOST "Expect: 100-continue\r\n"
	  "Content-Length: 3\r\n\r\n", "Connection: close", "200" },
	{ "the server has its name", GET, "Server: mynah", "200" },
	{ "HEAD has the length of GET",
	  "HEAD /small.bin HTTP/1.1\r\n" HOST "\r\n",
	  "Content-Length: 60000", "H200" },
	{ "HEAD of a file that is not copied",
	  "HEAD /large.bin HTTP/1.1\r\n" HOST "\r\n",
	  "Content-Length: 3145745", "H200" },
};

START_TEST(answer_has_the_field)
{
	dialog_hear_text(d, fields[_i].input);
	ck_assert_msg(answers(fields[_i].answers), "%s", fields[_i].name);
	ck_assert_msg(has(0, fields[_i].line), "%s: %.*s", fields[_i].name,
	    (int)d->said_len, d->said);
}
END_TEST

START_TEST(goes_on_without_a_word_in_1_1)
{
	dialog_hear_text(d, GET);
	ck_assert_ptr_null(memmem(d->said, d->said_len, "Connection:", 11));
}
END_TEST

START_TEST(answer_waits_for_the_content)
{
	dialog_hear_text(d, "GET /1 HTTP/1.1\r\n" HOST
	    "Content-Length: 3\r\n\r\nab");
	ck_assert_uint_eq(d->said_len, 0);
	ck_assert_int_eq(d->next, CONN_MORE);
	ck_assert_int_eq(d->wait, CONN_WAIT_RATE);
	dialog_hear_text(d, "c");
	ck_assert(answers("200"));
	ck_assert_int_eq(d->wait, CONN_WAIT_IDLE);
	ck_assert(d->renew);
}
END_TEST

START_TEST(head_has_one_deadline)
{
	ck_assert_int_eq(d->wait, CONN_WAIT_IDLE);
	for (int round = 0; round < 2; round++) {
		dialog_hear_text(d, "GET /1");
		ck_assert_int_eq(d->wait, CONN_WAIT_HEAD);
		ck_assert(!d->renew);
		dialog_hear_text(d, " HTTP/1.1\r\n");
		dialog_hear_text(d, HOST);
		ck_assert_int_eq(d->wait, CONN_WAIT_HEAD);
		ck_assert(!d->renew);
		dialog_hear_text(d, "\r\n");
		ck_assert_int_eq(d->wait, CONN_WAIT_IDLE);
		ck_assert(d->renew);
	}
	ck_assert(answers("200 200"));
}
END_TEST

static const struct {
	const char	*name, *input, *answers;
	enum conn_next	 next;
	enum conn_end	 end;
} ends[] = {
	{ "nothing", "", "", CONN_FLUSH, CONN_END_DONE },
	{ "after a request", GET, "200", CONN_FLUSH, CONN_END_DONE },
	{ "after an empty line", GET "\r\n", "200", CONN_FLUSH,
	  CONN_END_DONE },
	{ "in the line", "GET /", "400", CONN_DRAIN, CONN_END_CLIENT_GONE },
	{ "in the head", GET "GET /1 HTTP/1.1\r\n" HOST, "200 400",
	  CONN_DRAIN, CONN_END_CLIENT_GONE },
	{ "in the content", "GET /1 HTTP/1.1\r\n" HOST
	  "Content-Length: 3\r\n\r\nab", "400", CONN_DRAIN,
	  CONN_END_CLIENT_GONE },
	{ "before the content", "GET /1 HTTP/1.1\r\n" HOST
	  "Content-Length: 3\r\n\r\n", "400", CONN_DRAIN,
	  CONN_END_CLIENT_GONE },
	{ "in the chunks", "GET /1 HTTP/1.1\r\n" HOST
	  "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n", "400",
	  CONN_DRAIN, CONN_END_CLIENT_GONE },
	{ "in the line of HEAD", "HEAD /1 HTTP/1.1\r\n", "H400", CONN_DRAIN,
	  CONN_END_CLIENT_GONE },
	{ "in the content of HEAD", "HEAD /1 HTTP/1.1\r\n" HOST
	  "Content-Length: 3\r\n\r\nab", "H400", CONN_DRAIN,
	  CONN_END_CLIENT_GONE },
};

START_TEST(end_of_input)
{
	dialog_hear_text(d, ends[_i].input);
	dialog_end(d);
	ck_assert_msg(answers(ends[_i].answers), "%s", ends[_i].name);
	ck_assert_msg(d->next == ends[_i].next, "%s: %d", ends[_i].name,
	    d->next);
	ck_assert_msg(d->end == ends[_i].end, "%s: %s", ends[_i].name,
	    conn_end_name(d->end));
}
END_TEST

static const struct {
	const char	*name, *input, *answers;
	enum conn_next	 next;
	enum conn_end	 end;
} late[] = {
	{ "silent from the start", "", "", CONN_ABORT, CONN_END_TIMEOUT },
	{ "silent after a request", GET, "200", CONN_ABORT, CONN_END_IDLE },
	{ "silent after an empty line", GET "\r\n", "200", CONN_ABORT,
	  CONN_END_IDLE },
	{ "half a line", "GET", "408", CONN_DRAIN, CONN_END_HEADER_SLOW },
	{ "half a head of HEAD", "HEAD /1 HTTP/1.1\r\n", "H408", CONN_DRAIN,
	  CONN_END_HEADER_SLOW },
	{ "half a head", GET "GET /1 HTTP/1.1\r\nHost", "200 408",
	  CONN_DRAIN, CONN_END_HEADER_SLOW },
	{ "half of the content", "GET /1 HTTP/1.1\r\n" HOST
	  "Content-Length: 3\r\n\r\nab", "408", CONN_DRAIN,
	  CONN_END_RATE_LOW },
	{ "half of the content of HEAD", "HEAD /1 HTTP/1.1\r\n" HOST
	  "Content-Length: 3\r\n\r\nab", "H408", CONN_DRAIN,
	  CONN_END_RATE_LOW },
};

START_TEST(time_is_up)
{
	dialog_hear_text(d, late[_i].input);
	dialog_deadline(d);
	/* What was queued for one that ends at once is not looked at. */
	ck_assert_msg(answers(late[_i].answers), "%s", late[_i].name);
	ck_assert_msg(d->next == late[_i].next, "%s: %d", late[_i].name,
	    d->next);
	ck_assert_msg(d->end == late[_i].end, "%s: %s", late[_i].name,
	    conn_end_name(d->end));
	if (d->next == CONN_DRAIN)
		ck_assert(memmem(d->said, d->said_len,
		    "\r\nConnection: close\r\n", 21) != NULL);
}
END_TEST

START_TEST(requests_of_a_connection_are_counted)
{
	talker.config.limits.requests_per_connection = 3;
	dialog_hear_text(d, GET GET);
	ck_assert_int_eq(d->next, CONN_MORE);
	ck_assert(!has(0, "Connection: close"));
	ck_assert(!has(1, "Connection: close"));
	dialog_hear_text(d, GET GET);
	ck_assert(answers("200 200 200"));
	ck_assert(has(2, "Connection: close"));
	ck_assert_int_eq(d->next, CONN_DRAIN);
	ck_assert_int_eq(d->end, CONN_END_DONE);
}
END_TEST

START_TEST(one_too_many_of_an_address_may_come_back)
{
	dialog_close(d);
	d = dialog_new(&proto_http, true);
	ck_assert(answers("503"));
	ck_assert(has(0, "Retry-After: 10"));
	ck_assert(has(0, "Connection: close"));
	ck_assert_int_eq(d->next, CONN_DRAIN);
	ck_assert_int_eq(d->end, CONN_END_LIMIT);
}
END_TEST

START_TEST(last_request_while_stopping)
{
	dialog_hear_text(d, GET);
	talker.service.stopping = true;
	dialog_stop(d);
	ck_assert_int_eq(d->next, CONN_MORE);
	ck_assert_int_eq(d->wait, CONN_WAIT_LAST);
	dialog_hear_text(d, GET GET);
	ck_assert(answers("200 200"));
	ck_assert(has(1, "Connection: close"));
	ck_assert_int_eq(d->next, CONN_DRAIN);
}
END_TEST

START_TEST(silence_while_stopping_is_the_shutdown)
{
	talker.service.stopping = true;
	dialog_stop(d);
	dialog_deadline(d);
	ck_assert_int_eq(d->next, CONN_ABORT);
	ck_assert_int_eq(d->end, CONN_END_SHUTDOWN);
}
END_TEST

START_TEST(stop_lets_what_has_begun_finish)
{
	dialog_hear_text(d, "GET /1 HTTP/1.1\r\n");
	talker.service.stopping = true;
	dialog_stop(d);
	ck_assert_int_eq(d->wait, CONN_WAIT_HEAD);
	ck_assert(!d->renew);
	dialog_hear_text(d, HOST "Content-Length: 3\r\n\r\na");
	dialog_stop(d);
	ck_assert_int_eq(d->wait, CONN_WAIT_RATE);
	dialog_hear_text(d, "bc");
	ck_assert(answers("200"));
	ck_assert(has(0, "Connection: close"));
	ck_assert_int_eq(d->next, CONN_DRAIN);
}
END_TEST

START_TEST(answer_begun_before_the_stop_keeps_its_promise)
{
	dialog_hear_text(d, "GET /1 HTTP/1.1\r\n" HOST
	    "Content-Length: 3\r\n\r\na");
	talker.service.stopping = true;
	dialog_stop(d);
	dialog_hear_text(d, "bc");
	ck_assert(answers("200"));
	/* It was promised to go on, so one more may come. */
	ck_assert_int_eq(d->next, CONN_MORE);
	ck_assert_int_eq(d->wait, CONN_WAIT_LAST);
}
END_TEST

START_TEST(line_and_fields_over_their_limits)
{
	static const struct {
		const char	*name;
		size_t		 line, field;
		int		 count;
		const char	*answers;
	} sizes[] = {
		{ "line at its limit",	8192, 1, 1, "404" },
		{ "line over it",	8193, 1, 1, "414" },
		{ "fields over theirs",	100, 32768, 1, "431" },
		{ "too many fields",	100, 1, 101, "431" },
	};
	static char input[65536];

	for (int i = 0; i < ROWS(sizes); i++) {
		size_t n = sizes[i].line;

		memset(input, 'a', sizeof(input));
		memcpy(input, "GET /", 5);
		memcpy(input + n - 9, " HTTP/1.1\r\n", 11);
		n += 2;
		n += (size_t)sprintf(input + n, HOST);
		for (int k = 0; k < sizes[i].count; k++) {
			n += (size_t)sprintf(input + n, "X-%d: ", k);
			memset(input + n, 'a', sizes[i].field);
			n += sizes[i].field;
			n += (size_t)sprintf(input + n, "\r\n");
		}
		n += (size_t)sprintf(input + n, "\r\n");
		again();
		for (size_t at = 0; at < n; at += 4096)
			dialog_hear(d, input + at, n - at < 4096 ? n - at :
			    4096);
		ck_assert_msg(answers(sizes[i].answers), "%s",
		    sizes[i].name);
		if (strcmp(sizes[i].answers, "404") != 0) {
			ck_assert_int_eq(d->next, CONN_DRAIN);
			ck_assert_int_eq(d->end, CONN_END_LIMIT);
		}
	}
}
END_TEST

/* The last bytes answered are those of small.bin. */
static bool
ends_in_small(void)
{
	size_t at = d->said_len - TALKER_SMALL;

	if (d->said_len < TALKER_SMALL)
		return false;
	for (size_t i = 0; i < TALKER_SMALL; i++)
		if (d->said[at + i] != talker_byte(i))
			return false;
	return true;
}

START_TEST(small_file_is_copied_whole)
{
	dialog_hear_text(d, "GET /small.bin HTTP/1.1\r\n" HOST "\r\n");
	ck_assert(answers("200"));
	ck_assert(ends_in_small());
}
END_TEST

START_TEST(large_file_is_a_piece_that_is_let_go)
{
	struct talk t = { .service = &talker.service, .state = &d->state,
	    .out = &d->out,
	    .bytes = "GET /large.bin HTTP/1.1\r\n" HOST "\r\n" };
	int before = dup(0), after;
	struct slice head;

	close(before);
	t.len = strlen(t.bytes);
	ck_assert_int_eq(proto_http.on_input(&t), CONN_MORE);
	ck_assert(out_peek(&d->out, &head));
	ck_assert_uint_eq(d->out.left, head.len + TALKER_LARGE);
	after = dup(0);
	close(after);
	ck_assert_msg(after > before, "the file is not open");
	out_reset(&d->out);
	after = dup(0);
	close(after);
	ck_assert_int_eq(after, before);
}
END_TEST

START_TEST(answer_that_waits_is_let_go_with_the_connection)
{
	int before = dup(0), after;

	close(before);
	dialog_hear_text(d, "GET /large.bin HTTP/1.1\r\n" HOST
	    "Content-Length: 3\r\n\r\nab");
	dialog_close(d);
	after = dup(0);
	close(after);
	ck_assert_int_eq(after, before);
	d = dialog_new(&proto_http, false);
}
END_TEST

/* ---- ranges ---- */

/* Where the content of the first answer begins. */
static const char *
content(void)
{
	const char *p = memmem(d->said, d->said_len, "\r\n\r\n", 4);

	ck_assert_ptr_nonnull(p);
	return p + 4;
}

START_TEST(parts_of_a_copied_file)
{
	const char *p;

	dialog_hear_text(d, "GET /parts/small.bin HTTP/1.1\r\n" HOST "\r\n"
	    GET);
	ck_assert(answers("206 200"));
	p = content();
	ck_assert_uint_ne(planned_parts_length(p,
	    d->said_len - (size_t)(p - d->said), TALKER_SMALL), 0);
}
END_TEST

START_TEST(head_of_parts_has_their_length)
{
	static const char *const names[] = { "small.bin", "large.bin" };
	static struct http_response res;
	char request[128], line[64];
	int before = dup(0), after;

	close(before);
	planned_parts(names[_i], &res);
	file_unref(res.file);
	snprintf(line, sizeof(line), "Content-Length: %d", (int)res.length);
	snprintf(request, sizeof(request), "HEAD /parts/%s HTTP/1.1\r\n"
	    HOST "\r\n", names[_i]);
	dialog_hear_text(d, request);
	ck_assert(answers("H206"));
	ck_assert(has(0, line));
	after = dup(0);
	close(after);
	ck_assert_int_eq(after, before);
}
END_TEST

START_TEST(each_part_holds_the_file)
{
	struct talk t = { .service = &talker.service, .state = &d->state,
	    .out = &d->out,
	    .bytes = "GET /parts/large.bin HTTP/1.1\r\n" HOST "\r\n" };
	struct http_response *res = talker.service.response;
	int before = dup(0), after;

	close(before);
	t.len = strlen(t.bytes);
	ck_assert_int_eq(proto_http.on_input(&t), CONN_MORE);
	ck_assert_ptr_null(res->file);
	ck_assert_uint_gt(d->out.left, res->length);
	ck_assert_uint_lt(d->out.left, res->length + HTTP_HEAD_MAX);
	after = dup(0);
	close(after);
	ck_assert_msg(after > before, "the file is not open");
	out_reset(&d->out);
	after = dup(0);
	close(after);
	ck_assert_int_eq(after, before);
}
END_TEST

/* ---- listings ---- */

static const struct {
	const char	*name, *input, *answers;
	enum conn_next	 next;
	enum conn_end	 end;
} lists[] = {
	{ "at once", LIST("1") "\r\n", "200", CONN_MORE, 0 },
	{ "later", LIST("4") "\r\n", "200", CONN_MORE, 0 },
	{ "fails at once", LIST("1/fails") "\r\n", "403", CONN_MORE, 0 },
	{ "fails later", LIST("3/fails") "\r\n", "403", CONN_MORE, 0 },
	{ "no memory for it", LIST("1/memory") "\r\n", "503", CONN_MORE,
	  0 },
	{ "no memory later", LIST("2/memory") "\r\n", "503", CONN_MORE, 0 },
	{ "pipelined", GET LIST("3") "\r\n" GET LIST("1") "\r\n"
	  LIST("2/fails") "\r\n" GET, "200 200 200 200 403 200", CONN_MORE,
	  0 },
	{ "HEAD", "HEAD /list/3 HTTP/1.1\r\n" HOST "\r\n"
	  "HEAD /list/1 HTTP/1.1\r\n" HOST "\r\n"
	  "HEAD /list/2/fails HTTP/1.1\r\n" HOST "\r\n",
	  "H200 H200 H403", CONN_MORE, 0 },
	{ "close", LIST("3") "Connection: close\r\n\r\n", "200",
	  CONN_FLUSH, CONN_END_DONE },
	{ "close after an error", LIST("2/fails") "Connection: close\r\n"
	  "\r\n" GET, "403", CONN_FLUSH, CONN_END_DONE },
	{ "HTTP/1.0", "GET /list/3 HTTP/1.0\r\n\r\n", "200", CONN_FLUSH,
	  CONN_END_DONE },
	{ "for content", LIST("3") CONTENT GET, "200 200", CONN_MORE, 0 },
	{ "at once for content", LIST("1") CONTENT GET, "200 200", CONN_MORE,
	  0 },
	{ "for content, and fails", LIST("3/fails") CONTENT GET, "403 200",
	  CONN_MORE, 0 },
	{ "for content before close", LIST("3") "Connection: close\r\n"
	  CONTENT, "200", CONN_FLUSH, CONN_END_DONE },
	{ "for bad content", LIST("3") "Transfer-Encoding: chunked\r\n\r\n"
	  "x\r\n", "400", CONN_DRAIN, CONN_END_BAD_REQUEST },
	{ "100 expected", LIST("3") "Expect: 100-continue\r\n" CONTENT,
	  "200", CONN_DRAIN, CONN_END_DONE },
};

static void
expect_list(int i, const char *how, size_t cut)
{
	ck_assert_msg(answers(lists[i].answers), "%s, %s %zu", lists[i].name,
	    how, cut);
	ck_assert_msg(d->next == lists[i].next, "%s, %s %zu: verdict %d",
	    lists[i].name, how, cut, d->next);
	if (d->next != CONN_MORE)
		ck_assert_msg(d->end == lists[i].end, "%s, %s %zu: %s",
		    lists[i].name, how, cut, conn_end_name(d->end));
	else
		ck_assert_msg(d->kept_len == 0 && d->wait == CONN_WAIT_IDLE,
		    "%s, %s %zu", lists[i].name, how, cut);
	ck_assert_int_eq(planned_listings, 0);
	ck_assert(!d->failed);
}

START_TEST(listing_is_answered_when_it_is_done)
{
	const char *input = lists[_i].input;
	size_t len = strlen(input);

	hear_all(input, len);
	expect_list(_i, "whole", 0);
	for (size_t cut = 1; cut < len; cut++) {
		again();
		hear_all(input, cut);
		hear_all(input + cut, len - cut);
		expect_list(_i, "cut at", cut);
		again();
		/* The rest comes while a listing is being made. */
		dialog_hear(d, input, cut);
		hear_all(input + cut, len - cut);
		expect_list(_i, "soon after", cut);
	}
}
END_TEST

START_TEST(listing_is_the_content_with_its_fields)
{
	hear_all(LIST("3") "\r\n", strlen(LIST("3") "\r\n"));
	ck_assert(has(0, "Content-Type: text/html"));
	ck_assert(has(0, "Content-Length: 17"));
	ck_assert_uint_eq(strlen(PLANNED_LIST), 17);
	ck_assert(memcmp(content(), PLANNED_LIST, 17) == 0);
}
END_TEST

START_TEST(nothing_is_said_before_the_listing_is_done)
{
	dialog_hear_text(d, LIST("3") "\r\n");
	ck_assert_int_eq(d->next, CONN_LATER);
	dialog_hear_text(d, GET);
	dialog_later(d);
	ck_assert_int_eq(d->next, CONN_LATER);
	ck_assert_uint_eq(d->said_len, 0);
	dialog_later(d);
	ck_assert(answers("200 200"));
	ck_assert(d->renew);
}
END_TEST

START_TEST(head_of_a_listing_has_its_length)
{
	dialog_hear_text(d, "HEAD /list/2 HTTP/1.1\r\n" HOST "\r\n");
	dialog_later(d);
	ck_assert(answers("H200"));
	ck_assert(has(0, "Content-Length: 17"));
}
END_TEST

START_TEST(old_client_is_told_that_it_goes_on_after_a_listing)
{
	dialog_hear_text(d, "GET /list/2 HTTP/1.0\r\n"
	    "Connection: keep-alive\r\n\r\n");
	dialog_later(d);
	ck_assert(answers("200"));
	ck_assert(has(0, "Connection: keep-alive"));
	ck_assert_int_eq(d->next, CONN_MORE);
}
END_TEST

START_TEST(many_listings_at_once_take_turns)
{
	static const char request[] =
	    "HEAD /list/1 HTTP/1.1\r\n" HOST "\r\n";
	char input[8 * sizeof(request)] = "";
	unsigned before = 0;

	for (int i = 0; i < 8; i++)
		strcat(input, request);
	dialog_hear_text(d, input);
	while (d->next == CONN_LATER) {
		ck_assert_uint_le(planned_steps - before, 2);
		before = planned_steps;
		dialog_later(d);
	}
	ck_assert_uint_le(planned_steps - before, 2);
	ck_assert_uint_eq(planned_steps, 8);
	ck_assert(answers("H200 H200 H200 H200 H200 H200 H200 H200"));
}
END_TEST

START_TEST(listing_begun_before_the_stop_is_the_last)
{
	const char *input = _i == 0 ? LIST("3") "\r\n" : LIST("3") CONTENT;

	dialog_hear_text(d, input);
	ck_assert_int_eq(d->next, CONN_LATER);
	talker.service.stopping = true;
	hear_all("", 0);
	ck_assert(answers("200"));
	ck_assert(has(0, "Connection: close"));
	ck_assert_int_eq(d->next, CONN_DRAIN);
	ck_assert_int_eq(d->end, CONN_END_DONE);
}
END_TEST

/* What slow clients have not taken yet, or others are waiting for. */
START_TEST(too_many_listings_are_refused)
{
	uint64_t bytes = 64 * 1024 * 1024 + 1;

	if (_i == 0)
		talker.service.listings = 64;
	else
		talker.service.listing_bytes = bytes;
	hear_all(LIST("1") "\r\n" LIST("3") "\r\n" GET,
	    strlen(LIST("1") "\r\n" LIST("3") "\r\n" GET));
	ck_assert(talker_answers(d->said, d->said_len, "503 503 200"));
	ck_assert(talker_has(d->said, d->said_len, 0, "Retry-After: 1"));
	ck_assert_int_eq(planned_listings, 0);
	ck_assert_uint_eq(talker.service.listings, _i == 0 ? 64 : 0);
	ck_assert_uint_eq(talker.service.listing_bytes, _i == 0 ? 0 : bytes);
}
END_TEST

START_TEST(one_listing_is_made_at_once)
{
	dialog_hear_text(d, LIST("1") "\r\n");
	ck_assert_int_eq(d->next, CONN_MORE);
	/* Another one in the same turn waits for a turn of its own. */
	dialog_hear_text(d, LIST("1") "\r\n");
	ck_assert_int_eq(d->next, CONN_LATER);
	ck_assert_uint_eq(talker.service.listings, 1);
	dialog_close(d);
	ck_assert_uint_eq(talker.service.listings, 0);
	d = dialog_new(&proto_http, false);
}
END_TEST

START_TEST(listing_is_let_go_with_the_connection)
{
	dialog_hear_text(d, _i == 0 ? LIST("3") "\r\n" : LIST("3") CONTENT);
	ck_assert_int_eq(planned_listings, 1);
	dialog_close(d);
	ck_assert_int_eq(planned_listings, 0);
	d = dialog_new(&proto_http, false);
}
END_TEST

/* What a listing is made of stays until it is done, or nobody waits for it. */
START_TEST(listing_keeps_its_generation)
{
	static struct generation g;

	g = (struct generation){ .refs = 1 };
	talker.service.generation = &g;
	dialog_hear_text(d, LIST("3") "\r\n");
	ck_assert_uint_eq(g.refs, 2);
	if (_i == 0) {
		dialog_later(d);
		dialog_later(d);
		ck_assert(answers("200"));
	} else {
		dialog_close(d);
		d = dialog_new(&proto_http, false);
	}
	ck_assert_uint_eq(g.refs, 1);
	talker.service.generation = NULL;
}
END_TEST

/* ---- refusals of the site's own ---- */

START_TEST(refusal_may_be_a_file)
{
	planned_page = true;
	dialog_hear_text(d, GET "x\r\n\r\n");
	ck_assert(answers("200 400"));
	ck_assert(has(1, "Content-Length: 60000"));
	ck_assert(has(1, "Connection: close"));
	ck_assert(ends_in_small());
	ck_assert_int_eq(d->next, CONN_DRAIN);
}
END_TEST

START_TEST(refusal_of_head_may_be_a_file)
{
	planned_page = true;
	dialog_hear_text(d, "HEAD /1 HTTP/1.1\r\nno colon\r\n\r\n");
	ck_assert(answers("H400"));
	ck_assert(has(0, "Content-Length: 60000"));
	again();
	dialog_hear_text(d, "HEAD /1 HTTP/1.1\r\n");
	dialog_deadline(d);
	ck_assert(answers("H408"));
	ck_assert(has(0, "Content-Length: 60000"));
}
END_TEST

static const char *const costly[] = {
	LIST("3") "\r\n",
	GET LIST("3") "\r\n" GET,
	LIST("3") CONTENT,
	LIST("1") "\r\n",
	"GET /parts/small.bin HTTP/1.1\r\n" HOST "\r\n",
	"GET /parts/large.bin HTTP/1.1\r\n" HOST "\r\n",
	"GET /parts/large.bin HTTP/1.1\r\n" HOST CONTENT,
	GET GET,
	"GET /small.bin HTTP/1.1\r\n" HOST "\r\n",
	"GET /1 HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc",
	"GET /large.bin HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc",
	"x\r\n\r\n",
};

START_TEST(without_memory_it_ends_or_says_503)
{
	int before = dup(0), after;
	unsigned n;

	close(before);
	for (n = 1;; n++) {
		failing_at(FAILING_MEMORY, n, ENOMEM);
		hear_all(costly[_i], strlen(costly[_i]));
		failing_on = false;
		if (!failing_happened(FAILING_MEMORY))
			break;
		ck_assert_msg(d->failed || d->next == CONN_ABORT ||
		    memmem(d->said, d->said_len, "HTTP/1.1 503", 12) != NULL,
		    "allocation %u: verdict %d, %.*s", n, d->next,
		    (int)d->said_len, d->said);
		if (d->next == CONN_ABORT)
			ck_assert_int_eq(d->end, CONN_END_MEMORY);
		again();
	}
	ck_assert_uint_gt(n, 1);
	ck_assert(!d->failed);
	dialog_close(d);
	ck_assert_int_eq(planned_listings, 0);
	after = dup(0);
	close(after);
	ck_assert_int_eq(after, before);
	d = dialog_new(&proto_http, false);
}
END_TEST

static const struct {
	const char	*name;
	int		 error;
	size_t		 most;
} reads[] = {
	{ "interrupted",	EINTR, 0 },
	{ "in small parts",	0, 1000 },
};

START_TEST(reading_a_file_goes_on)
{
	failing_at(FAILING_PREAD, reads[_i].error != 0, reads[_i].error);
	failing[FAILING_PREAD].most = reads[_i].most;
	dialog_hear_text(d, "GET /small.bin HTTP/1.1\r\n" HOST "\r\n");
	failing_on = false;
	ck_assert(answers("200"));
	ck_assert(ends_in_small());
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("proto_http");
	TCase *tc = suite_case(s, "http");

	tcase_add_unchecked_fixture(tc, talker_make_site, talker_remove_site);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, answers_and_goes_on_or_ends, 0, ROWS(rows));
	tcase_add_loop_test(tc, any_cut_is_answered_alike, 0, ROWS(rows));
	tcase_add_test(tc, hundred_at_once_are_answered_in_order);
	tcase_add_loop_test(tc, answer_has_the_field, 0, ROWS(fields));
	tcase_add_test(tc, goes_on_without_a_word_in_1_1);
	tcase_add_test(tc, answer_waits_for_the_content);
	tcase_add_test(tc, head_has_one_deadline);
	tcase_add_loop_test(tc, end_of_input, 0, ROWS(ends));
	tcase_add_loop_test(tc, time_is_up, 0, ROWS(late));
	tcase_add_test(tc, requests_of_a_connection_are_counted);
	tcase_add_test(tc, one_too_many_of_an_address_may_come_back);
	tcase_add_test(tc, last_request_while_stopping);
	tcase_add_test(tc, silence_while_stopping_is_the_shutdown);
	tcase_add_test(tc, stop_lets_what_has_begun_finish);
	tcase_add_test(tc, answer_begun_before_the_stop_keeps_its_promise);
	tcase_add_test(tc, line_and_fields_over_their_limits);
	tcase_add_test(tc, small_file_is_copied_whole);
	tcase_add_test(tc, large_file_is_a_piece_that_is_let_go);
	tcase_add_test(tc, answer_that_waits_is_let_go_with_the_connection);

	tc = suite_case(s, "plans");
	tcase_add_unchecked_fixture(tc, talker_make_site, talker_remove_site);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, parts_of_a_copied_file);
	tcase_add_loop_test(tc, head_of_parts_has_their_length, 0, 2);
	tcase_add_test(tc, each_part_holds_the_file);
	tcase_add_loop_test(tc, listing_is_answered_when_it_is_done, 0,
	    ROWS(lists));
	tcase_add_test(tc, listing_is_the_content_with_its_fields);
	tcase_add_test(tc, nothing_is_said_before_the_listing_is_done);
	tcase_add_test(tc, head_of_a_listing_has_its_length);
	tcase_add_test(tc,
	    old_client_is_told_that_it_goes_on_after_a_listing);
	tcase_add_test(tc, many_listings_at_once_take_turns);
	tcase_add_loop_test(tc, listing_begun_before_the_stop_is_the_last, 0,
	    2);
	tcase_add_loop_test(tc, too_many_listings_are_refused, 0, 2);
	tcase_add_loop_test(tc, listing_keeps_its_generation, 0, 2);
	tcase_add_test(tc, one_listing_is_made_at_once);
	tcase_add_loop_test(tc, listing_is_let_go_with_the_connection, 0, 2);
	tcase_add_test(tc, refusal_may_be_a_file);
	tcase_add_test(tc, refusal_of_head_may_be_a_file);

	tc = suite_case(s, "failures");
	tcase_add_unchecked_fixture(tc, talker_make_site, talker_remove_site);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, without_memory_it_ends_or_says_503, 0,
	    ROWS(costly));
	tcase_add_loop_test(tc, reading_a_file_goes_on, 0, ROWS(reads));
	return suite_run(s);
}
