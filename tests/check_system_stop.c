/* The real program: how it stops. */
#include <check.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon.h"
#include "support.h"
#include "wire.h"

#define SITE	"port: 0\ndocument_root: site\n"

static struct daemon d;
static struct wire w;
static struct reply r;

/* Stop it, and go on when it has told all connections. */
static void
begin_stop(int number)
{
	daemon_signal(&d, number);
	daemon_await(&d, "mynahd: stopping: ");
}

/* A download that has begun, and of which most is still to come. */
static void
begin_download(void)
{
	wire_init(&w, wire_dial_small(d.port));
	wire_send(&w, "GET /big.bin HTTP/1.1\r\nHost: x\r\n\r\n");
	wire_head(&w, &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert_uint_eq(r.length, DAEMON_BIG);
}

static const char *const protocols[] = { "http", "auto" };
static const int signals[] = { SIGTERM, SIGINT };

START_TEST(idle)
{
	daemon_start(&d, SITE, NULL);
	daemon_signal(&d, signals[_i]);
	ck_assert_int_eq(daemon_wait(&d), 0);
	ck_assert_uint_eq(daemon_count(&d, "mynahd: stopping: 0 "), 1);
	ck_assert_uint_eq(daemon_count(&d, "mynahd: stopped; served 0 "), 1);
}
END_TEST

START_TEST(download_is_finished)
{
	daemon_start(&d, SITE, NULL);
	begin_download();
	begin_stop(signals[_i]);
	wire_expect_pattern(&w, DAEMON_BIG, WIRE_MAX);
	ck_assert(wire_is_refused(d.port));
	wire_close(&w);
	ck_assert_int_eq(daemon_wait(&d), 0);
}
END_TEST

/* More than are accepted in a turn of the loop, less than any queue holds. */
#define WAITING	100

/*
 * Connections that the system has accepted, and the server has not: who has
 * sent a request there gets an answer, in whatever order it hears of all this.
 */
START_TEST(who_waits_is_served)
{
	static int fds[WAITING];
	int status;

	daemon_start(&d, SITE, "--protocol", protocols[_i], NULL);
	daemon_signal(&d, SIGSTOP);
	ck_assert_int_eq(waitpid(d.pid, &status, WUNTRACED), d.pid);
	ck_assert(WIFSTOPPED(status));
	for (int i = 0; i < WAITING; i++) {
		wire_init(&w, fds[i] = wire_dial(d.port));
		wire_send(&w, "GET /files/a.txt HTTP/1.1\r\nHost: x\r\n\r\n");
	}
	daemon_signal(&d, SIGTERM);
	daemon_signal(&d, SIGCONT);
	for (int i = 0; i < WAITING; i++) {
		wire_init(&w, fds[i]);
		wire_reply(&w, &r);
		ck_assert_int_eq(r.status, 200);
		ck_assert_str_eq(r.body, "/files/a.txt\n");
		wire_close(&w);
	}
	ck_assert_int_eq(daemon_wait(&d), 0);
	ck_assert_uint_eq(daemon_count(&d, "served 100 connections"), 1);
}
END_TEST

START_TEST(second_signal_cuts)
{
	daemon_start(&d, SITE, NULL);
	begin_download();
	begin_stop(SIGTERM);
	daemon_signal(&d, signals[_i]);
	ck_assert_int_eq(daemon_wait(&d), 0);
	ck_assert_uint_lt(wire_drain(&w), DAEMON_BIG);
	ck_assert_uint_eq(daemon_count(&d, "second signal"), 1);
	ck_assert_uint_eq(daemon_count(&d, "1 shutdown"), 1);
}
END_TEST

START_TEST(grace_is_over)
{
	daemon_start(&d, SITE "process: {grace: 50ms}\n", NULL);
	begin_download();
	daemon_signal(&d, SIGTERM);
	ck_assert_int_eq(daemon_wait(&d), 0);
	ck_assert_uint_lt(wire_drain(&w), DAEMON_BIG);
	ck_assert_uint_eq(daemon_count(&d, "grace is over"), 1);
}
END_TEST

START_TEST(no_grace)
{
	daemon_start(&d, SITE "process: {grace: 0s}\n", NULL);
	begin_download();
	daemon_signal(&d, SIGTERM);
	ck_assert_int_eq(daemon_wait(&d), 0);
	ck_assert_uint_lt(wire_drain(&w), DAEMON_BIG);
}
END_TEST

START_TEST(keep_alive_asks_once_more)
{
	daemon_start(&d, SITE, "--protocol", protocols[_i], NULL);
	wire_open(&w, d.port);
	wire_get(&w, "/files/a.txt", &r);
	ck_assert(!reply_has(&r, "Connection: close"));
	begin_stop(SIGTERM);
	wire_get(&w, "/files/b.txt", &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert_str_eq(r.body, "/files/b.txt\n");
	ck_assert(reply_has(&r, "Connection: close"));
	wire_expect_end(&w);
	wire_close(&w);
	ck_assert_int_eq(daemon_wait(&d), 0);
}
END_TEST

/* Of requests that wait in a row, the first is the last. */
START_TEST(keep_alive_asks_only_once)
{
	daemon_start(&d, SITE, "--protocol", protocols[_i], NULL);
	wire_open(&w, d.port);
	wire_get(&w, "/files/a.txt", &r);
	begin_stop(SIGTERM);
	wire_send(&w, "GET /files/b.txt HTTP/1.1\r\nHost: x\r\n\r\n"
	    "GET /files/a.txt HTTP/1.1\r\nHost: x\r\n\r\n");
	wire_reply(&w, &r);
	ck_assert_str_eq(r.body, "/files/b.txt\n");
	ck_assert(reply_has(&r, "Connection: close"));
	wire_expect_end(&w);
	wire_close(&w);
	ck_assert_int_eq(daemon_wait(&d), 0);
}
END_TEST

START_TEST(half_a_request_is_awaited)
{
	daemon_start(&d, SITE, "--protocol", protocols[_i], NULL);
	wire_open(&w, d.port);
	wire_get(&w, "/files/a.txt", &r);
	/* An answered request behind it proves that the half has been read. */
	wire_send(&w, "GET /files/a.txt HTTP/1.1\r\nHost: x\r\n\r\nGET /fi");
	wire_reply(&w, &r);
	begin_stop(SIGTERM);
	wire_send(&w, "les/b.txt HTTP/1.1\r\nHost: x\r\n\r\n");
	wire_reply(&w, &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert(reply_has(&r, "Connection: close"));
	wire_expect_end(&w);
	wire_close(&w);
	ck_assert_int_eq(daemon_wait(&d), 0);
}
END_TEST

/* The server does not wait for all of its grace, which is ten seconds. */
START_TEST(silent_keep_alive_is_closed)
{
	daemon_start(&d, SITE, "--protocol", protocols[_i], NULL);
	wire_open(&w, d.port);
	wire_get(&w, "/files/a.txt", &r);
	begin_stop(SIGTERM);
	wire_expect_end(&w);
	ck_assert_int_eq(daemon_wait(&d), 0);
	ck_assert_uint_eq(daemon_count(&d, "grace is over"), 0);
}
END_TEST

/* What an echo owes is still sent; then it is closed in order. */
START_TEST(echo_is_closed)
{
	daemon_start(&d, SITE "protocol: echo\n", NULL);
	wire_open(&w, d.port);
	wire_expect(&w, DAEMON_WELCOME);
	wire_send(&w, "hello\n");
	wire_expect(&w, "OK...hello\n");
	begin_stop(SIGTERM);
	wire_expect_end(&w);
	ck_assert_int_eq(daemon_wait(&d), 0);
	ck_assert_uint_eq(daemon_count(&d, "1 shutdown"), 1);
}
END_TEST

static const char one_unix[] =
    "listeners: [{unix: run/one.sock, protocol: http}]\n"
    "http: {document_root: site}\n";

START_TEST(unix_socket_is_removed)
{
	const char *path = daemon_path("run/one.sock");

	daemon_start(&d, one_unix, NULL);
	ck_assert_int_eq(access(path, F_OK), 0);
	ck_assert_int_eq(daemon_stop(&d), 0);
	ck_assert_int_eq(access(path, F_OK), -1);
}
END_TEST

/* At once, not when the last connection has ended. */
START_TEST(unix_socket_is_removed_first)
{
	const char *path = daemon_path("run/one.sock");
	int silent;

	daemon_start(&d, one_unix, NULL);
	silent = wire_dial_unix(path);
	wire_init(&w, wire_dial_unix(path));
	wire_get(&w, "/files/a.txt", &r);
	begin_stop(SIGTERM);
	wire_get(&w, "/files/a.txt", &r);
	ck_assert(reply_has(&r, "Connection: close"));
	ck_assert(wire_is_refused_unix(path));
	ck_assert_int_eq(access(path, F_OK), -1);
	wire_close(&w);
	close(silent);
	ck_assert_int_eq(daemon_wait(&d), 0);
}
END_TEST

/* Another server has put its own there meanwhile. */
START_TEST(foreign_unix_socket_stays)
{
	static struct daemon other;
	const char *path = daemon_path("run/one.sock");

	daemon_start(&d, one_unix, NULL);
	ck_assert_int_eq(unlink(path), 0);
	daemon_start(&other, one_unix, NULL);
	ck_assert_int_eq(daemon_stop(&d), 0);
	ck_assert_int_eq(access(path, F_OK), 0);
	wire_init(&w, wire_dial_unix(path));
	wire_get(&w, "/files/a.txt", &r);
	ck_assert_int_eq(r.status, 200);
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&other), 0);
}
END_TEST

/* With --verbose each connection has a line with the reason for its end. */
START_TEST(reasons_are_told)
{
	daemon_start(&d, SITE "protocol: http\n", "--verbose", NULL);
	wire_open(&w, d.port);
	wire_get(&w, "/files/a.txt", &r);
	wire_close(&w);
	daemon_await(&d, "connection 1 (http) ended: done; ");
	wire_open(&w, d.port);
	wire_send(&w, "GET / HTTP/1.1\r\n\r\n");
	wire_reply(&w, &r);
	wire_close(&w);
	daemon_await(&d, "connection 2 (http) ended: bad-request; ");
	wire_open(&w, d.port);
	wire_send_bytes(&w, "\x16\x03\x01\x02", 4);
	ck_assert_uint_eq(wire_drain(&w), 0);
	daemon_await(&d, "connection 3 (http) ended: tls; ");
	ck_assert_int_eq(daemon_stop(&d), 0);
	ck_assert_uint_eq(daemon_count(&d, "stopped; served 3 connections: "
	    "1 done, 1 bad-request, 1 tls\n"), 1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("stop");
	TCase *tc = tcase_create("stop");

	tcase_add_unchecked_fixture(tc, daemon_setup, daemon_teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, idle, 0, COUNT(signals));
	tcase_add_loop_test(tc, download_is_finished, 0, COUNT(signals));
	tcase_add_loop_test(tc, who_waits_is_served, 0, COUNT(protocols));
	tcase_add_loop_test(tc, second_signal_cuts, 0, COUNT(signals));
	tcase_add_test(tc, grace_is_over);
	tcase_add_test(tc, no_grace);
	tcase_add_loop_test(tc, keep_alive_asks_once_more, 0,
	    COUNT(protocols));
	tcase_add_loop_test(tc, keep_alive_asks_only_once, 0,
	    COUNT(protocols));
	tcase_add_loop_test(tc, half_a_request_is_awaited, 0,
	    COUNT(protocols));
	tcase_add_loop_test(tc, silent_keep_alive_is_closed, 0,
	    COUNT(protocols));
	tcase_add_test(tc, echo_is_closed);
	tcase_add_test(tc, unix_socket_is_removed);
	tcase_add_test(tc, unix_socket_is_removed_first);
	tcase_add_test(tc, foreign_unix_socket_stays);
	tcase_add_test(tc, reasons_are_told);
	suite_add_tcase(s, tc);
	return daemon_run_suite(s);
}
