/* The real client talks: to the real server, and to ones with bad manners. */
#ifdef HAVE_CONFIG_H
#include "build.h"
#endif

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"
#include "client/exits.h"
#include "daemon.h"
#include "scripted.h"
#include "support.h"

#define LARGE	(16 * 1024 * 1024 + 4711)

static struct daemon d;
static struct client c;
static struct scripted s;

static void
forget(void)
{
	memset(&d, 0, sizeof(d));
	client_forget(&c);
}

enum { ON_AUTO, ON_ECHO, ON_WELCOME, LISTENERS };

static int port[LISTENERS];

static void
start_daemon(void)
{
	d.listeners = LISTENERS + 1;
	daemon_start(&d, "listeners:\n"
	    "  - {port: 0}\n"
	    "  - {port: 0, protocol: echo}\n"
	    "  - {port: 0, protocol: welcome}\n"
	    "  - {unix: run/echo.sock, protocol: echo}\n"
	    "echo: {prefix: \"\"}\n"
	    "http: {document_root: site}\n"
	    "limits: {detect_timeout: 50ms}\n", NULL);
	for (size_t i = 0; i < LISTENERS; i++)
		port[i] = daemon_port(&d, i);
}

static void
stop_daemon(void)
{
	ck_assert_int_eq(daemon_stop(&d), 0);
}

static int
connect_to(int at)
{
	return client_run(&c, "connect", "127.0.0.1", client_port(at), NULL);
}

/* ---- the real server ---- */

START_TEST(welcome_is_printed)
{
	static const int talks[] = { ON_AUTO, ON_ECHO, ON_WELCOME };

	start_daemon();
	connect_to(port[talks[_i]]);
	client_expect(&c, EXITS_OK, DAEMON_WELCOME, "");
	stop_daemon();
}
END_TEST

START_TEST(input_comes_back)
{
	start_daemon();
	c.input = "one\ntwo\r\n\033[31mthree";
	connect_to(port[ON_ECHO]);
	client_expect(&c, EXITS_OK, DAEMON_WELCOME
	    "one\ntwo\r\n\033[31mthree", "");
	stop_daemon();
}
END_TEST

START_TEST(conversation_goes_to_and_fro)
{
	start_daemon();
	c.stays_open = true;
	client_start(&c, "connect", "127.0.0.1", client_port(port[ON_ECHO]),
	    NULL);
	client_await(&c, &c.out, DAEMON_WELCOME);
	client_type(&c, "one\n");
	client_await(&c, &c.out, "one\n");
	client_type(&c, "two\n");
	client_await(&c, &c.out, "two\n");
	client_end(&c);
	client_wait(&c);
	client_expect(&c, EXITS_OK, DAEMON_WELCOME "one\ntwo\n", "");
	stop_daemon();
}
END_TEST

START_TEST(unix_socket_is_talked_to)
{
	start_daemon();
	c.input = "hello\n";
	client_run(&c, "connect", "-v", "--unix", daemon_path("run/echo.sock"),
	    NULL);
	client_expect(&c, EXITS_OK, DAEMON_WELCOME "hello\n",
	    "mynah: connected to unix socket /");
	stop_daemon();
}
END_TEST

START_TEST(steps_are_told_when_asked)
{
	char want[256];

	start_daemon();
	c.input = "hello\n";
	client_run(&c, "connect", "-v", "-4", "localhost",
	    client_port(port[ON_ECHO]), NULL);
	snprintf(want, sizeof(want), "mynah: localhost is 127.0.0.1\n"
	    "mynah: connecting to 127.0.0.1 port %d\n"
	    "mynah: connected to 127.0.0.1 port %d\n"
	    "mynah: end of input\n"
	    "mynah: the server has closed the connection; bytes that came: "
	    "%d, that went: 6\n", port[ON_ECHO], port[ON_ECHO],
	    (int)strlen(DAEMON_WELCOME) + 6);
	client_expect(&c, EXITS_OK, DAEMON_WELCOME "hello\n", want);
	stop_daemon();
}
END_TEST

START_TEST(lines_can_end_as_http_wants)
{
	start_daemon();
	c.input = "GET /files/a.txt HTTP/1.1\nHost: example.org\r\n"
	    "Connection: close\n\n";
	client_run(&c, "connect", _i == 0 ? "-C" : "--crlf", "127.0.0.1",
	    client_port(port[ON_AUTO]), NULL);
	client_expect_status(&c, EXITS_OK);
	ck_assert_msg(strncmp(c.out.bytes, "HTTP/1.1 200 OK\r\n", 17) == 0 &&
	    strstr(c.out.bytes, "\r\n\r\n/files/a.txt\n") != NULL, "%s",
	    c.out.bytes);
	stop_daemon();
}
END_TEST

/* The welcome, and LARGE bytes to be sent, which come back; to be freed. */
static char *
welcome_and_much(void)
{
	size_t welcome = strlen(DAEMON_WELCOME);
	char *much = malloc(welcome + LARGE);

	ck_assert_ptr_nonnull(much);
	memcpy(much, DAEMON_WELCOME, welcome);
	daemon_pattern(much + welcome, LARGE, 0);
	return much;
}

/* Much in both directions at once, and every byte of it. */
START_TEST(much_comes_back)
{
	size_t welcome = strlen(DAEMON_WELCOME);
	char *much = welcome_and_much();

	start_daemon();
	c.input = much + welcome;
	c.input_len = LARGE;
	connect_to(port[ON_ECHO]);
	client_expect_status(&c, EXITS_OK);
	client_expect_out(&c, much, welcome + LARGE);
	stop_daemon();
	free(much);
}
END_TEST

/* Standard output that nobody reads stops the server, not the memory. */
START_TEST(slow_reader_costs_no_memory)
{
	char *much = malloc(LARGE);
	long kib;

	ck_assert_ptr_nonnull(much);
	memset(much, 'x', LARGE);
	scripted_start(&s, (const struct scripted_step[]){
	    { SCRIPTED_SEND, much, LARGE, 0 }, SCRIPT_STOP });
	c.unread = true;
	client_start(&c, "connect", "-v", "127.0.0.1", client_port(s.port),
	    NULL);
	client_await(&c, &c.err, "connected to");
	kib = child_status(c.pid, "RssAnon");
	client_read(&c);
	client_await_bytes(&c, &c.out, LARGE / 2);
	if (kib != -1 && child_status(c.pid, "RssAnon") != -1)
		kib = child_status(c.pid, "RssAnon");
	client_wait(&c);
	client_expect_status(&c, EXITS_OK);
	client_expect_out(&c, much, LARGE);
#ifndef INSTRUMENTED
	ck_assert_int_lt(kib, 4096);
#endif
	scripted_finish(&s);
	free(much);
}
END_TEST

/* ---- the end ---- */

/* A file for input. */
static void
open_large(void)
{
	int fd = open(client_path("large"), O_RDONLY);

	dup2(fd, STDIN_FILENO);
}

START_TEST(end_before_that_of_input_is_told)
{
	static const struct scripted_step steps[] = {
		SCRIPT_SEND("bye\n"),
		SCRIPT_STOP
	};

	scripted_start(&s, steps);
	c.stays_open = true;
	connect_to(s.port);
	client_expect(&c, EXITS_SHORT, "bye\n", "mynah: the server has closed "
	    "the connection before the end of input\n");
	scripted_finish(&s);
}
END_TEST

START_TEST(answer_comes_after_the_end_of_input)
{
	static const struct scripted_step steps[] = {
		SCRIPT_EXPECT("question"),
		SCRIPT_EXPECT_END,
		SCRIPT_DRIP("answer", 5),
		SCRIPT_STOP
	};

	scripted_start(&s, steps);
	c.input = "question";
	connect_to(s.port);
	client_expect(&c, EXITS_OK, "answer", "");
	scripted_finish(&s);
}
END_TEST

/* A server that sends no more may still take what there is. */
START_TEST(input_goes_on_after_the_server_has_finished)
{
	static const struct scripted_step steps[] = {
		SCRIPT_SEND("over to you\n"),
		SCRIPT_FINISH,
		SCRIPT_STOP
	};
	char *much = calloc(1, LARGE), want[64];

	ck_assert_ptr_nonnull(much);
	client_write("large", much, LARGE);
	scripted_start(&s, steps);
	c.prepare = _i == 0 ? open_large : NULL;
	c.input = much;
	c.input_len = _i == 0 ? 1 : LARGE;
	client_run(&c, "connect", "-v", "127.0.0.1", client_port(s.port),
	    NULL);
	snprintf(want, sizeof(want), "that went: %d\n", LARGE);
	client_expect(&c, EXITS_OK, "over to you\n", want);
	scripted_finish(&s);
	free(much);
}
END_TEST

START_TEST(patience_has_a_limit)
{
	static const struct scripted_step steps[] = {
		SCRIPT_SEND("hello\n"),
		SCRIPT_DEAF
	};

	scripted_start(&s, steps);
	client_run(&c, "connect", "-v", "--wait", "100ms", "127.0.0.1",
	    client_port(s.port), NULL);
	client_expect(&c, EXITS_OK, "hello\n",
	    "has not closed the connection within 100 ms");
	scripted_stop(&s);
}
END_TEST

START_TEST(reset_is_told)
{
	static const struct scripted_step steps[] = {
		SCRIPT_SEND("half of"),
		SCRIPT_EXPECT("go\n"),
		SCRIPT_RESET,
		SCRIPT_STOP
	};

	scripted_start(&s, steps);
	c.stays_open = true;
	client_start(&c, "connect", "127.0.0.1", client_port(s.port), NULL);
	client_await(&c, &c.out, "half of");
	client_type(&c, "go\n");
	client_wait(&c);
	client_expect(&c, EXITS_SHORT, "half of",
	    "mynah: the server has reset the connection\n");
	scripted_finish(&s);
}
END_TEST

/* Not every system tells what has arrived. */
static const size_t left_sizes[] = {
	LARGE,
#ifdef USE_SIOCOUTQ
	100 * 1000, 1
#endif
};

/* Who is let in is sent a word; what it sends is not read, but thrown away. */
static void
dismiss(int listening)
{
	int fd = accept(listening, NULL, NULL);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(write(fd, "bye", 3), 3);
	close(fd);
	close(listening);
}

/*
 * There is more to send than anything takes in, or little; before it is gone,
 * or when it is.
 */
START_TEST(server_that_leaves_input_is_told)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char *much = calloc(1, LARGE);
	socklen_t len = sizeof(sin);

	ck_assert_ptr_nonnull(much);
	client_write("large", much, left_sizes[_i]);
	free(much);
	ck_assert_int_eq(bind(listening, (struct sockaddr *)&sin, len), 0);
	ck_assert_int_eq(listen(listening, 1), 0);
	ck_assert_int_eq(getsockname(listening, (struct sockaddr *)&sin,
	    &len), 0);
	c.prepare = open_large;
	client_start(&c, "connect", "127.0.0.1",
	    client_port(ntohs(sin.sin_port)), NULL);
	dismiss(listening);
	client_wait(&c);
	client_expect(&c, EXITS_SHORT, "bye", "mynah: the server has ");
}
END_TEST

/* ---- time ---- */

START_TEST(silence_has_a_limit)
{
	static const struct scripted_step steps[] = {
		SCRIPT_SEND("hello\n"),
		SCRIPT_DEAF
	};

	scripted_start(&s, steps);
	c.stays_open = true;
	client_run(&c, "connect", "--idle-timeout", "50ms", "127.0.0.1",
	    client_port(s.port), NULL);
	client_expect(&c, EXITS_TIMEOUT, "hello\n",
	    "mynah: no byte has come or gone for 50 ms\n");
	scripted_stop(&s);
}
END_TEST

START_TEST(all_of_it_has_a_limit)
{
	static const struct scripted_step steps[] = {
		SCRIPT_ENDLESS_DRIP(".", 5),
		SCRIPT_STOP
	};

	scripted_start(&s, steps);
	c.stays_open = true;
	client_run(&c, "connect", "--max-time", "100ms", "127.0.0.1",
	    client_port(s.port), NULL);
	client_expect(&c, EXITS_TIMEOUT, NULL,
	    "mynah: ended by --max-time, after 100 ms\n");
	scripted_stop(&s);
}
END_TEST

/* ---- nobody there ---- */

static int
free_port(void)
{
	struct scripted gone;

	scripted_start(&gone, (const struct scripted_step[]){ SCRIPT_STOP });
	scripted_stop(&gone);
	return gone.port;
}

START_TEST(nobody_there_is_told)
{
	char want[128];
	int at = free_port();

	connect_to(at);
	snprintf(want, sizeof(want), "mynah: cannot connect to 127.0.0.1 port "
	    "%d: %s\n", at, strerror(ECONNREFUSED));
	client_expect(&c, EXITS_REFUSED, "", want);
}
END_TEST

START_TEST(missing_unix_socket_is_told)
{
	client_run(&c, "connect", "--unix", client_path("none"), NULL);
	client_expect(&c, EXITS_REFUSED, "", "none: No such file");
}
END_TEST

static const struct {
	const char	*words[4];
	enum exits	 status;
	const char	*err;
} wrong[] = {
	{ { NULL }, EXITS_USAGE, "missing" },
	{ { "127.0.0.1" }, EXITS_USAGE, "missing" },
	{ { "127.0.0.1", "0" }, EXITS_USAGE, "\"0\" is no port" },
	{ { "127.0.0.1", "65536" }, EXITS_USAGE, "\"65536\" is no port" },
	{ { "127.0.0.1", "80", "81" }, EXITS_USAGE, "\"81\" is too much" },
	{ { "", "80" }, EXITS_USAGE, "\"\" is no host" },
	{ { "[::1", "80" }, EXITS_USAGE, "\"[::1\" is no host" },
	{ { "-4", "::1", "80" }, EXITS_NAME, "\"::1\" is no IPv4 address" },
	{ { "127.0.0.1:80", "80" }, EXITS_NAME, "neither a name nor" },
	{ { "--wait", "soon", "::1", "80" }, EXITS_USAGE, "--wait" },
	{ { "--wiat", "1s", "::1", "80" }, EXITS_USAGE, "mean --wait?" },
	{ { "--wait=0", "::1", "80" }, EXITS_USAGE, "--wait" },
	{ { "--crlf=yes", "::1", "80" }, EXITS_USAGE, "takes no value" },
	{ { "--unix", "/x", "127.0.0.1", "80" }, EXITS_USAGE, "too much" },
};

START_TEST(wrong_words_are_told)
{
	client_run(&c, "connect", wrong[_i].words[0], wrong[_i].words[1],
	    wrong[_i].words[2], wrong[_i].words[3], NULL);
	client_expect(&c, wrong[_i].status, "", wrong[_i].err);
}
END_TEST

START_TEST(help_has_the_options)
{
	client_run(&c, "connect", "--help", NULL);
	client_expect_status(&c, EXITS_OK);
	ck_assert_ptr_nonnull(strstr(c.out.bytes, "mynah connect [options] "
	    "HOST PORT\n"));
	ck_assert_ptr_nonnull(strstr(c.out.bytes, "--wait TIME"));
	ck_assert_ptr_nonnull(strstr(c.out.bytes, "-C, --crlf"));
}
END_TEST

/* ---- standard streams of all kinds ---- */

static void
close_input(void)
{
	close(STDIN_FILENO);
}

static void
close_output(void)
{
	close(STDOUT_FILENO);
}

static void
close_all(void)
{
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	close(STDERR_FILENO);
}

static void
fill_output(void)
{
	int fd = open("/dev/full", O_WRONLY);

	if (fd != -1)
		dup2(fd, STDOUT_FILENO);
}

static void
lose_output(void)
{
	int ends[2];

	if (pipe(ends) == -1 || dup2(ends[1], STDOUT_FILENO) == -1)
		_exit(125);
	close(ends[0]);
	close(ends[1]);
}

static void
open_directory(void)
{
	int fd = open("/", O_RDONLY);

	dup2(fd, STDIN_FILENO);
}

static void
open_null(void)
{
	int fd = open("/dev/null", O_RDWR);

	dup2(fd, STDIN_FILENO);
	dup2(fd, STDOUT_FILENO);
}

static const struct {
	const char	*name;
	void		(*prepare)(void);
	enum exits	 status;
	const char	*out, *err;
} streams[] = {
	{ "no input", close_input, EXITS_OK, DAEMON_WELCOME, "" },
	{ "no output", close_output, EXITS_FILE, NULL,
	    "mynah: standard output: " },
	{ "nothing", close_all, EXITS_FILE, NULL, NULL },
	{ "full output", fill_output, EXITS_FILE, NULL,
	    "mynah: standard output: No space left" },
	{ "lost output", lose_output, EXITS_FILE, NULL,
	    "mynah: standard output: Broken pipe" },
	{ "a directory", open_directory, EXITS_FILE, NULL,
	    "mynah: standard input: Is a directory" },
	{ "no device", open_null, EXITS_OK, "", "" },
};

START_TEST(streams_may_be_anything)
{
	start_daemon();
	c.prepare = streams[_i].prepare;
	connect_to(port[ON_ECHO]);
	client_expect(&c, streams[_i].status, streams[_i].out,
	    streams[_i].err);
	stop_daemon();
}
END_TEST

/* Files, which epoll refuses. */
START_TEST(files_are_streams)
{
	size_t welcome = strlen(DAEMON_WELCOME);
	char *much = welcome_and_much();

	start_daemon();
	c.input = much + welcome;
	c.input_len = LARGE;
	c.output = "out";
	connect_to(port[ON_ECHO]);
	client_expect_status(&c, EXITS_OK);
	client_expect_file("out", much, welcome + LARGE);
	stop_daemon();
	free(much);
}
END_TEST

/* Sockets for both: whoever made them finds them as they were. */
static int pair[2];

static void
use_socket(void)
{
	dup2(pair[1], STDIN_FILENO);
	dup2(pair[1], STDOUT_FILENO);
}

START_TEST(streams_stay_as_they_were)
{
	char got[256];
	size_t len = 0, want = strlen(DAEMON_WELCOME) + 6;
	ssize_t n;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	start_daemon();
	c.prepare = use_socket;
	client_start(&c, "connect", "127.0.0.1", client_port(port[ON_ECHO]),
	    NULL);
	ck_assert_int_eq(write(pair[0], "hello\n", 6), 6);
	while (len < want) {
		n = read(pair[0], got + len, sizeof(got) - len);
		ck_assert_int_gt(n, 0);
		len += (size_t)n;
	}
	ck_assert_int_eq(memcmp(got, DAEMON_WELCOME "hello\n", want), 0);
	ck_assert_int_eq(fcntl(pair[1], F_GETFL) & O_NONBLOCK, 0);
	ck_assert_int_eq(shutdown(pair[0], SHUT_WR), 0);
	client_wait(&c);
	client_expect(&c, EXITS_OK, "", "");
	close(pair[0]);
	close(pair[1]);
	stop_daemon();
}
END_TEST

/* ---- a terminal ---- */

START_TEST(terminal_is_line_by_line)
{
	start_daemon();
	c.terminal = CLIENT_TERMINAL;
	client_start(&c, "connect", "127.0.0.1", client_port(port[ON_ECHO]),
	    NULL);
	client_await(&c, &c.screen, "hit enter\r\n");
	client_type(&c, "one\n");
	client_await(&c, &c.screen, "one\r\none\r\n");
	client_type(&c, "twi\177o\n");
	client_await(&c, &c.screen, "\r\ntwo\r\n");
	client_end(&c);
	ck_assert_int_eq(client_wait(&c), EXITS_OK);
	client_expect_restored(&c);
	stop_daemon();
}
END_TEST

START_TEST(terminal_is_shown_what_is_safe)
{
	static const struct scripted_step steps[] = {
		SCRIPT_SEND("\033]0;title\a\033[2J\x9b" "31m gr\xc3\xbc"
		    "n\tx\r\ny\rz\xe2\x80\xae\n"),
		SCRIPT_DRIP("\xe2\x82\xac\n\xc3", 5),
		SCRIPT_STOP
	};

	scripted_start(&s, steps);
	c.terminal = CLIENT_TERMINAL_OUT;
	connect_to(s.port);
	client_expect_status(&c, EXITS_OK);
	client_expect_screen(&c, "\\x1b]0;title\\x07\\x1b[2J\\x9b31m gr\xc3\xbc"
	    "n\tx\r\ny\\x0dz\\xe2\\x80\\xae\r\n\xe2\x82\xac\r\n\\xc3");
	scripted_finish(&s);
}
END_TEST

START_TEST(server_ends_while_somebody_types)
{
	static const struct scripted_step steps[] = {
		SCRIPT_SEND("who?\n"),
		SCRIPT_EXPECT("me\n"),
		SCRIPT_SEND("go\n"),
		SCRIPT_STOP
	};

	scripted_start(&s, steps);
	c.terminal = CLIENT_TERMINAL;
	client_start(&c, "connect", "127.0.0.1", client_port(s.port), NULL);
	client_await(&c, &c.screen, "who?\r\n");
	client_type(&c, "me\n");
	ck_assert_int_eq(client_wait(&c), EXITS_OK);
	client_expect_screen(&c, "me\r\ngo\r\n");
	client_expect_restored(&c);
	scripted_finish(&s);
}
END_TEST

START_TEST(interrupt_ends_it)
{
	start_daemon();
	c.terminal = CLIENT_TERMINAL;
	client_start(&c, "connect", "127.0.0.1", client_port(port[ON_ECHO]),
	    NULL);
	client_await(&c, &c.screen, "hit enter\r\n");
	client_type(&c, "\003");
	ck_assert_int_eq(client_wait(&c), -SIGINT);
	client_expect_restored(&c);
	stop_daemon();
}
END_TEST

/* ---- resolve ---- */

static const struct {
	const char	*words[2];
	enum exits	 status;
	const char	*out, *err;
} names[] = {
	{ { "192.0.2.7" }, EXITS_OK, "192.0.2.7\n", "" },
	{ { "[2001:DB8::7]" }, EXITS_OK, "2001:db8::7\n", "" },
	{ { "-4", "localhost" }, EXITS_OK, "127.0.0.1\n", "" },
	{ { "-6", "192.0.2.7" }, EXITS_NAME, "", "is no IPv6 address" },
	{ { "" }, EXITS_USAGE, "", "is no host" },
	{ { "a..b" }, EXITS_NAME, "", "\"a..b\" has no address: " },
	{ { "\033[31m.." }, EXITS_NAME, "", "\"\\x1b[31m..\" has no" },
	{ { NULL }, EXITS_USAGE, "", "missing" },
	{ { "a", "b" }, EXITS_USAGE, "", "\"b\" is too much" },
	{ { "-C", "a" }, EXITS_USAGE, "", "no such option: -C" },
};

START_TEST(addresses_are_printed)
{
	client_run(&c, "resolve", names[_i].words[0], names[_i].words[1],
	    NULL);
	client_expect(&c, names[_i].status, names[_i].out, names[_i].err);
}
END_TEST

START_TEST(lost_addresses_are_told)
{
	c.prepare = fill_output;
	client_run(&c, "resolve", "192.0.2.7", NULL);
	client_expect(&c, EXITS_FILE, NULL, "mynah: standard output: ");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("client_connect");
	TCase *tc = client_case(suite, "server", forget);

	tcase_add_loop_test(tc, welcome_is_printed, 0, 3);
	tcase_add_test(tc, input_comes_back);
	tcase_add_test(tc, conversation_goes_to_and_fro);
	tcase_add_test(tc, unix_socket_is_talked_to);
	tcase_add_test(tc, steps_are_told_when_asked);
	tcase_add_loop_test(tc, lines_can_end_as_http_wants, 0, 2);
	tcase_add_test(tc, much_comes_back);
	tcase_add_test(tc, slow_reader_costs_no_memory);
	tc = client_case(suite, "end", forget);
	tcase_add_test(tc, end_before_that_of_input_is_told);
	tcase_add_test(tc, answer_comes_after_the_end_of_input);
	tcase_add_loop_test(tc, input_goes_on_after_the_server_has_finished, 0,
	    2);
	tcase_add_test(tc, patience_has_a_limit);
	tcase_add_test(tc, reset_is_told);
	tcase_add_loop_test(tc, server_that_leaves_input_is_told, 0,
	    COUNT(left_sizes));
	tcase_add_test(tc, silence_has_a_limit);
	tcase_add_test(tc, all_of_it_has_a_limit);
	tc = client_case(suite, "wrong", forget);
	tcase_add_test(tc, nobody_there_is_told);
	tcase_add_test(tc, missing_unix_socket_is_told);
	tcase_add_loop_test(tc, wrong_words_are_told, 0, COUNT(wrong));
	tcase_add_test(tc, help_has_the_options);
	tc = client_case(suite, "streams", forget);
	tcase_add_loop_test(tc, streams_may_be_anything, 0, COUNT(streams));
	tcase_add_test(tc, files_are_streams);
	tcase_add_test(tc, streams_stay_as_they_were);
	tc = client_terminal_case(suite, "terminal", forget);
	tcase_add_test(tc, terminal_is_line_by_line);
	tcase_add_test(tc, terminal_is_shown_what_is_safe);
	tcase_add_test(tc, server_ends_while_somebody_types);
	tcase_add_test(tc, interrupt_ends_it);
	tc = client_case(suite, "resolve", forget);
	tcase_add_loop_test(tc, addresses_are_printed, 0, COUNT(names));
	tcase_add_test(tc, lost_addresses_are_told);
	return daemon_run_suite(suite);
}
