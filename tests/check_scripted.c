/*
 * The harness of the client's tests, with the shell in place of the client:
 * a test that proves nothing would pass.
 */
#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "daemon.h"
#include "scripted.h"
#include "support.h"
#include "wire.h"

#define BIG	(1024 * 1024)

static struct client c;
static struct scripted s;
static struct wire w;

static void
forget(void)
{
	client_forget(&c);
	setenv("MYNAH", "/bin/sh", 1);
}

/* ---- the client ---- */

START_TEST(output_and_status)
{
	client_run(&c, "-c", "echo out; echo err >&2; exit 3", NULL);
	client_expect(&c, 3, "out\n", "err");
	client_expect_no_file();
}
END_TEST

START_TEST(signal_is_told)
{
	client_run(&c, "-c", "kill -TERM $$", NULL);
	client_expect(&c, -SIGTERM, "", "");
}
END_TEST

START_TEST(input_is_sent_while_output_is_read)
{
	static char much[BIG];

	memset(much, 'x', sizeof(much));
	c.input = much;
	c.input_len = sizeof(much);
	client_run(&c, "-c", "cat", NULL);
	client_expect_status(&c, 0);
	client_expect_out(&c, much, sizeof(much));
}
END_TEST

START_TEST(input_that_stays_open)
{
	c.stays_open = true;
	client_start(&c, "-c", "cat; echo end >&2", NULL);
	client_type(&c, "one\n");
	client_await(&c, &c.out, "one\n");
	client_type(&c, "two\n");
	client_await_bytes(&c, &c.out, 8);
	client_end(&c);
	client_wait(&c);
	client_expect(&c, 0, "one\ntwo\n", "end\n");
}
END_TEST

START_TEST(terminal)
{
	c.terminal = CLIENT_TERMINAL;
	client_start(&c, "-c", "test -t 0 -a -t 1 -a -t 2 && stty size &&"
	    "cat && stty -echo && echo done", NULL);
	client_await(&c, &c.screen, "24 80");
	client_type(&c, "word\n");
	client_await(&c, &c.screen, "word\r\nword\r\n");
	client_end(&c);
	client_wait(&c);
	client_expect_status(&c, 0);
	client_expect_screen(&c, "done");
}
END_TEST

START_TEST(terminal_is_restored)
{
	c.terminal = CLIENT_TERMINAL_IN | CLIENT_TERMINAL_ERR;
	client_start(&c, "-c", "trap 'stty size; exit 9' WINCH; "
	    "echo ready >&2; while :; do read x; done", NULL);
	client_await(&c, &c.screen, "ready");
	client_resize(&c, 40);
	client_wait(&c);
	client_expect(&c, 9, "24 40\n", "");
	client_expect_restored(&c);
}
END_TEST

START_TEST(interrupt_is_typed)
{
	c.terminal = CLIENT_TERMINAL;
	client_start(&c, "-c", "echo ready; read x", NULL);
	client_await(&c, &c.screen, "ready");
	client_type(&c, "\003");
	client_wait(&c);
	client_expect_status(&c, -SIGINT);
}
END_TEST

START_TEST(unread_output)
{
	c.unread = true;
	client_start(&c, "-c", "dd if=/dev/zero bs=1024 count=1024 2>/dev/null;"
	    "echo done >&2", NULL);
	client_read(&c);
	client_wait(&c);
	client_expect(&c, 0, NULL, "done");
	ck_assert_uint_eq(c.out.len, BIG);
}
END_TEST

START_TEST(files)
{
	client_write("in", "abc", 3);
	c.output = "out";
	client_run(&c, "-c", "cat in; pwd >&2; mkdir d", NULL);
	client_expect(&c, 0, "", "/client\n");
	client_expect_files("d", "in", "out", NULL);
	client_expect_file("out", "abc", 3);
}
END_TEST

/* Of more than one: what the test before left must not be there. */
START_TEST(directory_is_empty)
{
	client_expect_no_file();
	client_write("left", "", 0);
}
END_TEST

/* ---- the server ---- */

START_TEST(heads_are_kept)
{
	static const struct scripted_step steps[] = {
		SCRIPT_HEAD, SCRIPT_SEND("one\0"), SCRIPT_HEAD,
		SCRIPT_SEND("two"), SCRIPT_AGAIN, SCRIPT_HEAD, SCRIPT_RESET,
		SCRIPT_AGAIN, SCRIPT_EXPECT("hello"), SCRIPT_DRIP("drip", 1),
		SCRIPT_FINISH, SCRIPT_STOP
	};

	scripted_start(&s, steps);
	wire_open(&w, s.port);
	wire_send(&w, "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2");
	wire_expect_bytes(&w, "one\0", 4);
	wire_send(&w, " HTTP/1.1\r\nHost: b\r\n\r\n");
	wire_expect(&w, "two");
	wire_expect_end(&w);
	wire_close(&w);
	wire_open(&w, s.port);
	wire_send(&w, "GET /3 HTTP/1.1\r\n\r\n");
	wire_drain(&w);
	wire_close(&w);
	wire_open(&w, s.port);
	wire_send(&w, "hello");
	wire_expect(&w, "drip");
	wire_expect_end(&w);
	wire_close(&w);
	scripted_finish(&s);
	ck_assert(wire_is_refused(s.port));
	ck_assert_int_eq(s.told->connections, 3);
	ck_assert(scripted_asked(&s, 0, "GET /1 HTTP/1.1"));
	ck_assert(!scripted_asked(&s, 0, "GET /1 HTTP/1."));
	ck_assert_str_eq(scripted_field(&s, 1, "host"), "b");
	ck_assert_str_eq(scripted_field(&s, 2, "host"), "");
}
END_TEST

START_TEST(other_bytes_are_a_fault)
{
	static const struct scripted_step steps[] = {
		SCRIPT_EXPECT("hello"), SCRIPT_SEND("yes"), SCRIPT_STOP
	};

	scripted_start(&s, steps);
	wire_open(&w, s.port);
	wire_send(&w, "jello");
	wire_expect_end(&w);
	ck_assert_str_eq(s.told->fault,
	    "step 0: not \"hello\", but \"jello\"");
	wire_close(&w);
	scripted_stop(&s);
}
END_TEST

START_TEST(endless_until_the_peer_goes)
{
	static const struct scripted_step steps[] = {
		SCRIPT_ENDLESS("more"), SCRIPT_AGAIN, SCRIPT_SEND("next"),
		SCRIPT_REPEAT
	};

	scripted_start(&s, steps);
	for (int i = 0; i < 2; i++) {
		wire_open(&w, s.port);
		wire_expect(&w, "moremore");
		wire_close(&w);
		wire_open(&w, s.port);
		wire_expect(&w, "next");
		wire_expect_end(&w);
		wire_close(&w);
	}
	scripted_stop(&s);
}
END_TEST

START_TEST(over_a_unix_socket)
{
	static const struct scripted_step steps[] = {
		SCRIPT_SEND("hello"), SCRIPT_EXPECT_END, SCRIPT_STOP
	};

	scripted_start_unix(&s, client_path("sock"), steps);
	wire_init(&w, wire_dial_unix(client_path("sock")));
	wire_expect(&w, "hello");
	wire_end(&w);
	wire_expect_end(&w);
	wire_close(&w);
	scripted_finish(&s);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("scripted");
	TCase *tc;

	tc = client_case(suite, "client", forget);
	tcase_add_test(tc, output_and_status);
	tcase_add_test(tc, signal_is_told);
	tcase_add_test(tc, input_is_sent_while_output_is_read);
	tcase_add_test(tc, input_that_stays_open);
	tcase_add_test(tc, unread_output);
	tcase_add_test(tc, files);
	tcase_add_loop_test(tc, directory_is_empty, 0, 2);
	tc = client_terminal_case(suite, "terminal", forget);
	tcase_add_test(tc, terminal);
	tcase_add_test(tc, terminal_is_restored);
	tcase_add_test(tc, interrupt_is_typed);
	tc = client_case(suite, "server", forget);
	tcase_add_test(tc, heads_are_kept);
	tcase_add_test(tc, other_bytes_are_a_fault);
	tcase_add_test(tc, endless_until_the_peer_goes);
	tcase_add_test(tc, over_a_unix_socket);
	return daemon_run_suite(suite);
}
