/* The real program: the welcome, the echo, and telling them from HTTP. */
#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "daemon.h"
#include "support.h"
#include "wire.h"

static struct daemon shared, d;
static struct wire w;
static struct reply r;

/* Without fork, what one test has set would be there for the next. */
static void
forget(void)
{
	memset(&d, 0, sizeof(d));
}

/* Listeners of the shared daemon. */
enum { AUTO, ECHO, WELCOME, HTTP, LISTENERS };

static int port[LISTENERS];

static void
start_all(void)
{
	daemon_setup();
	shared.listeners = LISTENERS;
	daemon_start(&shared, "listeners:\n"
	    "  - {port: 0}\n"
	    "  - {port: 0, protocol: echo}\n"
	    "  - {port: 0, protocol: welcome}\n"
	    "  - {port: 0, protocol: http}\n"
	    "http: {document_root: site}\n"
	    "limits: {detect_timeout: 100ms, header_timeout: 200ms}\n", NULL);
	for (size_t i = 0; i < LISTENERS; i++)
		port[i] = daemon_port(&shared, i);
}

static void
stop_all(void)
{
	daemon_stop_shared(&shared);
	daemon_teardown();
}

/* ---- echo ---- */

static const int echoes[] = { AUTO, ECHO };

START_TEST(silence_is_welcomed)
{
	wire_open(&w, port[echoes[_i]]);
	wire_expect(&w, DAEMON_WELCOME);
	wire_send(&w, "hello\n");
	wire_expect(&w, "OK...hello\n");
	wire_send(&w, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	wire_expect(&w, "OK...GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	wire_end(&w);
	wire_expect_end(&w);
}
END_TEST

START_TEST(each_read_has_a_prefix)
{
	wire_open(&w, port[echoes[_i]]);
	wire_send(&w, "one\n");
	wire_expect(&w, DAEMON_WELCOME "OK...one\n");
	for (int i = 0; i < 100; i++) {
		wire_send(&w, "two\nthree\n");
		wire_expect(&w, "OK...two\nthree\n");
	}
	wire_send(&w, "\n");
	wire_expect(&w, "OK...\n");
	wire_close(&w);
}
END_TEST

START_TEST(half_close_is_honoured)
{
	wire_open(&w, port[echoes[_i]]);
	wire_send(&w, "last words");
	wire_end(&w);
	wire_expect(&w, DAEMON_WELCOME "OK...last words");
	wire_expect_end(&w);
	wire_close(&w);
}
END_TEST

START_TEST(half_close_without_a_word)
{
	wire_open(&w, port[echoes[_i]]);
	wire_end(&w);
	wire_expect(&w, DAEMON_WELCOME);
	wire_expect_end(&w);
	wire_close(&w);
}
END_TEST

START_TEST(any_byte_comes_back)
{
	char bytes[261] = "OK...";

	for (int i = 0; i < 256; i++)
		bytes[5 + i] = (char)(i ^ 0x80);
	wire_open(&w, port[echoes[_i]]);
	wire_expect(&w, DAEMON_WELCOME);
	wire_send_bytes(&w, bytes + 5, 256);
	wire_expect_bytes(&w, bytes, sizeof(bytes));
	wire_close(&w);
}
END_TEST

START_TEST(one_of_two_goes_away)
{
	struct wire other;

	wire_open(&w, port[echoes[_i]]);
	wire_open(&other, port[echoes[_i]]);
	wire_expect(&w, DAEMON_WELCOME);
	wire_expect(&other, DAEMON_WELCOME);
	wire_send(&w, "a\n");
	wire_send(&other, "b\n");
	wire_expect(&other, "OK...b\n");
	wire_expect(&w, "OK...a\n");
	wire_send(&other, "in the mid");
	wire_reset(&other);
	for (int i = 0; i < 10; i++) {
		wire_send(&w, "still here\n");
		wire_expect(&w, "OK...still here\n");
	}
	wire_close(&w);
}
END_TEST

/* ---- welcome ---- */

START_TEST(welcome_and_end)
{
	wire_open(&w, port[WELCOME]);
	wire_expect(&w, DAEMON_WELCOME);
	wire_expect_end(&w);
	wire_close(&w);
}
END_TEST

/* What the client sent unread must not turn the close into a reset. */
START_TEST(welcome_survives_input)
{
	static const char zeros[32768];

	wire_open(&w, port[WELCOME]);
	wire_send_bytes(&w, zeros, sizeof(zeros));
	wire_expect(&w, DAEMON_WELCOME);
	wire_expect_end(&w);
	wire_send_bytes(&w, zeros, sizeof(zeros));
	wire_close(&w);
}
END_TEST

/* ---- the first bytes decide ---- */

static const struct {
	const char	*name, *sent;
	int		 status;	/* 0: it is echoed */
} firsts[] = {
	{ "a request",		"GET / HTTP/1.1\r\nHost: x\r\n\r\n",	200 },
	{ "bare line feeds",	"GET / HTTP/1.1\nHost: x\n\n",		200 },
	{ "HTTP/1.0",		"GET / HTTP/1.0\r\n\r\n",		200 },
	{ "another method",	"DELETE / HTTP/1.1\r\nHost: x\r\n\r\n",	405 },
	{ "small letters",	"get / HTTP/1.1\r\nHost: x\r\n\r\n",	501 },
	{ "another version",	"GET / HTTP/2.0\r\n\r\n",		505 },
	{ "HTTP/2",	"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",		505 },
	{ "without Host",	"GET / HTTP/1.1\r\n\r\n",		400 },
	{ "a word",		"hello\n",				0 },
	{ "no line end",	"hello",				0 },
	{ "a longer method",	"GETTING on\n",				0 },
	{ "a method as word",	"GET\n",				0 },
	{ "HTTP/0.9",		"GET /\n",				0 },
	{ "an empty line",	"\r\nGET / HTTP/1.1\r\n",		0 },
	{ "a space",		" GET / HTTP/1.1\r\n",			0 },
	{ "unknown method",	"BREW /pot HTTP/1.1\r\n",		0 },
	{ "a sentence",		"GET me some HTTP please\n",		0 },
	{ "TLS",		"\x16\x03\x01\x02\x01",			0 },
};

START_TEST(first_bytes)
{
	wire_open(&w, port[AUTO]);
	wire_send(&w, firsts[_i].sent);
	if (firsts[_i].status != 0) {
		wire_reply(&w, &r);
		ck_assert_msg(r.status == firsts[_i].status, "%s: %d",
		    firsts[_i].name, r.status);
	} else {
		wire_expect(&w, DAEMON_WELCOME "OK...");
		wire_expect(&w, firsts[_i].sent);
	}
	wire_close(&w);
}
END_TEST

/* What was decided stays: a second request may look like anything. */
START_TEST(http_stays_http)
{
	wire_open(&w, port[AUTO]);
	wire_get(&w, "/files/a.txt", &r);
	ck_assert_int_eq(r.status, 200);
	wire_send(&w, "hello\n");
	wire_reply(&w, &r);
	ck_assert_int_eq(r.status, 400);
	wire_expect_end(&w);
	wire_close(&w);
}
END_TEST

static const struct {
	const char	*name;
	int		 listener;
	const char	*sent;
} halves[] = {
	{ "a letter",		AUTO, "G" },
	{ "a method",		AUTO, "GET" },
	{ "half a line",	AUTO, "GET / HT" },
	{ "half a head",	AUTO, "GET / HTTP/1.1\r\nHost: x\r\n" },
	{ "http, a letter",	HTTP, "G" },
	{ "http, half a head",	HTTP, "GET / HTTP/1.1\r\nHost: x\r\n" },
};

/* Half a request is never echoed; it has until limits.header_timeout. */
START_TEST(slow_head)
{
	wire_open(&w, port[halves[_i].listener]);
	wire_send(&w, halves[_i].sent);
	wire_reply(&w, &r);
	ck_assert_msg(r.status == 408, "%s: %d", halves[_i].name, r.status);
	ck_assert(reply_has(&r, "Connection: close"));
	wire_expect_end(&w);
	wire_close(&w);
}
END_TEST

/* The deadline is absolute: a byte now and then does not move it. */
START_TEST(slow_head_byte_by_byte)
{
	static const char head[] = "GET / HTTP/1.1\r\nHost: x\r\nX: ";
	struct pollfd p;
	int sent = 0;

	wire_open(&w, port[_i == 0 ? AUTO : HTTP]);
	p = (struct pollfd){ .fd = w.fd, .events = POLLIN };
	while (poll(&p, 1, 20) == 0) {
		ck_assert_int_lt(sent, DAEMON_WAIT_MS / 20);
		wire_send_bytes(&w, sent < (int)sizeof(head) - 1 ?
		    &head[sent] : "x", 1);
		sent++;
	}
	wire_reply(&w, &r);
	ck_assert_int_eq(r.status, 408);
	wire_expect_end(&w);
	wire_close(&w);
}
END_TEST

/* A silent client that came later is the clock by which half a line waits. */
START_TEST(half_a_line_is_not_echoed)
{
	struct wire silent;

	daemon_start(&d, "port: 0\ndocument_root: site\n"
	    "limits: {detect_timeout: 20ms, header_timeout: 1h}\n", NULL);
	wire_open(&w, d.port);
	wire_send(&w, "GET /files/a.txt HT");
	for (int i = 0; i < 3; i++) {
		wire_open(&silent, d.port);
		wire_expect(&silent, DAEMON_WELCOME);
		wire_close(&silent);
	}
	ck_assert(wire_is_silent(&w));
	wire_send(&w, "TP/1.1\r\nHost: x\r\n\r\n");
	wire_reply(&w, &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert_str_eq(r.body, "/files/a.txt\n");
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

/* Whoever connects to HTTP and says nothing gets nothing. */
START_TEST(http_says_nothing_first)
{
	struct wire silent;

	wire_open(&w, port[HTTP]);
	wire_open(&silent, port[AUTO]);
	wire_expect(&silent, DAEMON_WELCOME);
	wire_close(&silent);
	ck_assert(wire_is_silent(&w));
	wire_get(&w, "/files/a.txt", &r);
	ck_assert_int_eq(r.status, 200);
	wire_close(&w);
}
END_TEST

/* ---- configured otherwise ---- */

START_TEST(own_words)
{
	daemon_start(&d, "port: 0\nprotocol: echo\ndocument_root: site\n"
	    "welcome: {message: \"Squawk!\\r\\n\"}\necho: {prefix: \"> \"}\n",
	    NULL);
	wire_open(&w, d.port);
	wire_expect(&w, "Squawk!\r\n");
	wire_send(&w, "hello\n");
	wire_expect(&w, "> hello\n");
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

/*
 * RFC 862, byte for byte. No more than a part is on its way at a time, as
 * one process both sends and reads.
 */
START_TEST(exact_echo)
{
	static char out[8192];

	daemon_start(&d, "port: 0\nprotocol: echo\ndocument_root: site\n"
	    "welcome: {message: \"\"}\necho: {prefix: \"\"}\n", NULL);
	wire_open(&w, d.port);
	for (size_t at = 0; at < 4 * 1024 * 1024; at += sizeof(out)) {
		daemon_pattern(out, sizeof(out), at);
		wire_send_bytes(&w, out, sizeof(out));
		wire_expect_bytes(&w, out, sizeof(out));
	}
	wire_end(&w);
	wire_expect_end(&w);
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

static const struct {
	const char	*name, *yaml, *first, *reason;
} silences[] = {
	{ "echo", "protocol: echo\necho: {idle_timeout: 50ms}\n",
	  DAEMON_WELCOME, "1 idle\n" },
	{ "auto", "limits: {detect_timeout: 1ms}\n"
	  "echo: {idle_timeout: 50ms}\n", DAEMON_WELCOME, "1 idle\n" },
	{ "http", "protocol: http\nlimits: {idle_timeout: 50ms}\n",
	  "", "1 timeout\n" },
};

START_TEST(silence_ends)
{
	char yaml[256];

	snprintf(yaml, sizeof(yaml), "port: 0\ndocument_root: site\n%s",
	    silences[_i].yaml);
	daemon_start(&d, yaml, NULL);
	wire_open(&w, d.port);
	wire_expect(&w, silences[_i].first);
	wire_expect_end(&w);
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&d), 0);
	ck_assert_msg(daemon_count(&d, silences[_i].reason) == 1, "%s: %s",
	    silences[_i].name, d.err);
}
END_TEST

START_TEST(too_many_from_one_address)
{
	struct wire first, second;

	d.listeners = 2;
	daemon_start(&d, "listeners:\n"
	    "  - {port: 0, protocol: echo}\n"
	    "  - {port: 0, protocol: http}\n"
	    "http: {document_root: site}\n"
	    "limits: {connections_per_address: 2}\n", "--verbose", NULL);
	wire_open(&first, daemon_port(&d, 0));
	wire_expect(&first, DAEMON_WELCOME);
	wire_open(&second, daemon_port(&d, 1));
	wire_get(&second, "/files/a.txt", &r);
	ck_assert_int_eq(r.status, 200);

	wire_open(&w, daemon_port(&d, 0));
	wire_expect_end(&w);
	wire_close(&w);
	wire_open(&w, daemon_port(&d, 1));
	wire_reply(&w, &r);
	ck_assert_int_eq(r.status, 503);
	ck_assert_str_ne(reply_field(&r, "Retry-After"), "");
	ck_assert(reply_has(&r, "Connection: close"));
	wire_expect_end(&w);
	wire_close(&w);

	/* The line tells that the server knows of the end. */
	wire_close(&first);
	daemon_await(&d, "connection 1 (echo) ended: ");
	daemon_await(&d, "connection 4 (http) ended: limit");
	wire_open(&w, daemon_port(&d, 1));
	wire_get(&w, "/files/a.txt", &r);
	ck_assert_int_eq(r.status, 200);
	wire_close(&w);
	wire_close(&second);
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("echo");
	TCase *tc = tcase_create("shared");

	tcase_add_unchecked_fixture(tc, start_all, stop_all);
	tcase_add_checked_fixture(tc, forget, NULL);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, silence_is_welcomed, 0, COUNT(echoes));
	tcase_add_loop_test(tc, each_read_has_a_prefix, 0, COUNT(echoes));
	tcase_add_loop_test(tc, half_close_is_honoured, 0, COUNT(echoes));
	tcase_add_loop_test(tc, half_close_without_a_word, 0, COUNT(echoes));
	tcase_add_loop_test(tc, any_byte_comes_back, 0, COUNT(echoes));
	tcase_add_loop_test(tc, one_of_two_goes_away, 0, COUNT(echoes));
	tcase_add_test(tc, welcome_and_end);
	tcase_add_test(tc, welcome_survives_input);
	tcase_add_loop_test(tc, first_bytes, 0, COUNT(firsts));
	tcase_add_test(tc, http_stays_http);
	tcase_add_loop_test(tc, slow_head, 0, COUNT(halves));
	tcase_add_loop_test(tc, slow_head_byte_by_byte, 0, 2);
	tcase_add_test(tc, half_a_line_is_not_echoed);
	tcase_add_test(tc, http_says_nothing_first);
	suite_add_tcase(s, tc);

	tc = tcase_create("configured");
	tcase_add_unchecked_fixture(tc, daemon_setup, daemon_teardown);
	tcase_add_checked_fixture(tc, forget, NULL);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, own_words);
	tcase_add_test(tc, exact_echo);
	tcase_add_loop_test(tc, silence_ends, 0, COUNT(silences));
	tcase_add_test(tc, too_many_from_one_address);
	suite_add_tcase(s, tc);
	return daemon_run_suite(s);
}
