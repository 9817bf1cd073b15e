/*
 * The real program under a service manager: what it says over the notify
 * socket, and the listening sockets that it is handed.
 */
#include <check.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon.h"
#include "support.h"
#include "wire.h"

#define SITE	"port: 0\ndocument_root: site\n"
#define ROOT	"http: {document_root: site}\n"
#define WEB	"listeners:\n  - {systemd: web, protocol: http}\n" ROOT

/* With the time that the default of process.grace may need. */
#define STOPPING	"STOPPING=1\nEXTEND_TIMEOUT_USEC=15000000\n" \
			"STATUS=stopping"

static struct daemon d, other;
static int manager = -1;

static void
setup(void)
{
	memset(&d, 0, sizeof(d));
	memset(&other, 0, sizeof(other));
}

static void
teardown(void)
{
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	if (manager != -1)
		close(manager);
	manager = -1;
}

/* ---- the service manager ---- */

static void
manage(const char *where)
{
	const struct timeval tv = { .tv_sec = DAEMON_WAIT_MS / 1000 };
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	size_t len = strlen(where);

	memcpy(sun.sun_path, where, len + 1);
	if (where[0] == '@')
		sun.sun_path[0] = '\0';
	else
		unlink(where);		/* of a test that failed */
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	setsockopt(manager, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	ck_assert_int_eq(bind(manager, (struct sockaddr *)&sun,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)), 0);
	/* The user that it serves as may tell as well as root. */
	if (where[0] == '/')
		ck_assert_int_eq(chmod(where, 0777), 0);
	setenv("NOTIFY_SOCKET", where, 1);
}

static const char *
heard_by(int flags)
{
	static char text[1024];
	ssize_t len = recv(manager, text, sizeof(text) - 1, flags);

	text[len > 0 ? len : 0] = '\0';
	return text;
}

static void
expect_heard(const char *text)
{
	const char *got = heard_by(0);

	ck_assert_msg(strcmp(got, text) == 0, "not \"%s\" but \"%s\"; %s",
	    text, got, d.err);
}

static int
listening_at(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	ck_assert_int_eq(listen(fd, 8), 0);
	return fd;
}

static void
hand(struct daemon *to, const int *sockets, size_t n, const char *names)
{
	to->sockets = sockets;
	to->nsockets = n;
	to->socket_names = names;
	to->listeners = n;
}

/* ---- notices ---- */

/* Ready is said when a request can be answered, not before. */
START_TEST(ready_and_stopping)
{
	manage(daemon_path("notify"));
	daemon_start(&d, SITE, NULL);
	expect_heard("READY=1\nSTATUS=serving");
	daemon_expect_page(wire_dial(d.port));
	daemon_signal(&d, SIGTERM);
	expect_heard(STOPPING);
	ck_assert_int_eq(daemon_wait(&d), 0);
	ck_assert_str_eq(heard_by(MSG_DONTWAIT), "");
	ck_assert_uint_eq(daemon_count(&d, "service manager"), 0);
}
END_TEST

START_TEST(abstract_name)
{
	char name[64];

	snprintf(name, sizeof(name), "@mynah-check-%ld", (long)getpid());
	manage(name);
	daemon_start(&d, SITE, NULL);
	expect_heard("READY=1\nSTATUS=serving");
	daemon_signal(&d, SIGTERM);
	expect_heard(STOPPING);
	ck_assert_int_eq(daemon_wait(&d), 0);
	ck_assert_uint_eq(daemon_count(&d, "service manager"), 0);
}
END_TEST

START_TEST(failed_start_is_not_ready)
{
	manage(daemon_path("notify"));
	ck_assert_int_eq(daemon_run(&d, "prot: 1\n", NULL), 78);
	ck_assert_int_eq(daemon_run(&d, "port: 0\ndocument_root: none\n",
	    NULL), 78);
	ck_assert_int_eq(daemon_run(&d, SITE, "--check", NULL), 0);
	ck_assert_str_eq(heard_by(MSG_DONTWAIT), "");
}
END_TEST

/* It says what it does each time that it shows that it is alive. */
static void
reload(const char *yaml)
{
	daemon_write("mynahd.yaml", yaml, strlen(yaml));
	daemon_signal(&d, SIGHUP);
}

/* A reload ends with being ready, whatever becomes of it. */
START_TEST(reloading_and_ready)
{
	static const char *const words[] = { "nothing has changed",
	    "not reloaded: the server goes on as it was" };
	const char *got;

	manage(daemon_path("notify"));
	daemon_start(&d, SITE, NULL);
	expect_heard("READY=1\nSTATUS=serving");
	reload(_i == 0 ? SITE : SITE "prot: 1\n");
	got = heard_by(0);
	ck_assert_msg(strncmp(got, "RELOADING=1\nMONOTONIC_USEC=", 27) == 0,
	    "%s", got);
	got = heard_by(0);
	ck_assert_msg(strncmp(got, "READY=1\nSTATUS=", 15) == 0, "%s", got);
	ck_assert_msg(strstr(got, words[_i]) != NULL, "%s", got);
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

START_TEST(watchdog)
{
	const char *text;
	struct wire w;

	manage(daemon_path("notify"));
	setenv("WATCHDOG_USEC", "20000", 1);
	daemon_start(&d, SITE, NULL);
	expect_heard("READY=1\nSTATUS=serving 0 connections; 0 accepted");
	wire_open(&w, d.port);
	do {
		text = heard_by(0);
		ck_assert_uint_eq(strncmp(text,
		    "WATCHDOG=1\nSTATUS=serving ", 26), 0);
	} while (strcmp(text + 18,
	    "serving 1 connection; 1 accepted") != 0);
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&d), 0);
	do {
		text = heard_by(MSG_DONTWAIT);
		ck_assert_str_ne(text, "");
	} while (strncmp(text, "STOPPING=1\n", 11) != 0);
}
END_TEST

START_TEST(watchdog_of_another_process)
{
	manage(daemon_path("notify"));
	setenv("WATCHDOG_USEC", "1000", 1);
	setenv("WATCHDOG_PID", "1", 1);
	daemon_start(&d, SITE, NULL);
	expect_heard("READY=1\nSTATUS=serving");
	daemon_expect_page(wire_dial(d.port));
	daemon_signal(&d, SIGTERM);
	expect_heard(STOPPING);
	ck_assert_int_eq(daemon_wait(&d), 0);
}
END_TEST

START_TEST(watchdog_goes_on_while_it_stops)
{
	struct reply r;
	struct wire w;

	manage(daemon_path("notify"));
	setenv("WATCHDOG_USEC", "20000", 1);
	daemon_start(&d, SITE "process: {grace: 1h}\n", NULL);
	wire_init(&w, wire_dial_small(d.port));
	wire_send(&w, "GET /big.bin HTTP/1.1\r\nHost: x\r\n\r\n");
	wire_head(&w, &r);
	daemon_signal(&d, SIGTERM);
	while (strcmp(heard_by(0),
	    "WATCHDOG=1\nSTATUS=stopping: 1 connection to finish") != 0)
		ck_assert_str_ne(heard_by(0), "");
	wire_close(&w);
	ck_assert_int_eq(daemon_wait(&d), 0);
}
END_TEST

START_TEST(notify_socket_that_is_gone)
{
	setenv("NOTIFY_SOCKET", daemon_path("nowhere"), 1);
	daemon_start(&d, SITE, NULL);
	daemon_expect_page(wire_dial(d.port));
	ck_assert_int_eq(daemon_stop(&d), 0);
	ck_assert_uint_eq(daemon_count(&d, "service manager"), 1);
	daemon_expect(&d, daemon_path("nowhere"));
}
END_TEST

START_TEST(notify_socket_that_goes)
{
	manage(daemon_path("notify"));
	setenv("WATCHDOG_USEC", "2000", 1);
	daemon_start(&d, SITE, NULL);
	close(manager);
	manager = -1;
	daemon_await(&d, "cannot tell the service manager");
	daemon_expect_page(wire_dial(d.port));
	ck_assert_int_eq(daemon_stop(&d), 0);
	ck_assert_uint_eq(daemon_count(&d, "service manager"), 1);
}
END_TEST

/* ---- sockets ---- */

START_TEST(sockets_by_name)
{
	int fds[3], ports[3];
	struct wire w;

	for (int i = 0; i < 3; i++)
		fds[i] = wire_listen(&ports[i]);
	hand(&d, fds, 3, "web:talk:web");
	daemon_start(&d, "listeners:\n"
	    "  - {name: talking, systemd: talk, protocol: echo}\n"
	    "  - {systemd: web, protocol: http}\n" ROOT, NULL);
	ck_assert_int_eq(daemon_port(&d, 0), ports[1]);
	ck_assert_int_eq(daemon_port(&d, 1), ports[0]);
	ck_assert_int_eq(daemon_port(&d, 2), ports[2]);
	daemon_expect(&d, "(echo) as talking\n");
	daemon_expect_page(wire_dial(ports[0]));
	daemon_expect_page(wire_dial(ports[2]));
	wire_open(&w, ports[1]);
	wire_expect(&w, DAEMON_WELCOME);
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&d), 0);
	ck_assert_uint_eq(daemon_count(&d, "service manager"), 0);
}
END_TEST

START_TEST(unix_socket_stays)
{
	const char *path = daemon_path("run/handed.sock");
	int fd = listening_at(path);

	ck_assert_int_eq(chmod(path, 0666), 0);
	hand(&d, &fd, 1, "web");
	daemon_start(&d, WEB, NULL);
	daemon_expect(&d, path);
	daemon_expect_page(wire_dial_unix(path));
	ck_assert_int_eq(daemon_stop(&d), 0);
	ck_assert_int_eq(access(path, F_OK), 0);
	close(fd);
}
END_TEST

/* Who connects while it is away is served by the next one. */
START_TEST(nobody_is_lost_between_two)
{
	int port, fd = wire_listen(&port), waiting;

	hand(&d, &fd, 1, "web");
	daemon_start(&d, WEB, NULL);
	daemon_expect_page(wire_dial(port));
	ck_assert_int_eq(daemon_stop(&d), 0);
	waiting = wire_dial(port);
	hand(&other, &fd, 1, "web");
	daemon_start(&other, WEB, NULL);
	daemon_expect_page(waiting);
	ck_assert_int_eq(daemon_stop(&other), 0);
}
END_TEST

/* A socket that was asked for at the start can be left and taken again. */
START_TEST(reload_keeps_the_socket)
{
	int port, fd = wire_listen(&port);

	hand(&d, &fd, 1, "web");
	daemon_start(&d, WEB, NULL);
	reload(WEB);
	daemon_await(&d, "nothing has changed\n");
	daemon_expect_page(wire_dial(port));
	reload("listeners:\n  - {port: 0, protocol: http}\n" ROOT);
	daemon_await(&d, ": listeners: 1 new, 1 gone\n");
	/* The line between the two has the one that it left. */
	daemon_expect_page(wire_dial(daemon_port(&d, 2)));
	reload(WEB "limits: {body: 1B}\n");
	daemon_await(&d, "limits.body is 1B\n");
	daemon_expect_page(wire_dial(port));
	reload("listeners:\n  - {systemd: other, protocol: http}\n" ROOT);
	daemon_await(&d, "not reloaded: ");
	daemon_expect(&d, "no socket \"other\"");
	daemon_expect_page(wire_dial(port));
	ck_assert_int_eq(daemon_stop(&d), 0);
	close(fd);
}
END_TEST

START_TEST(socket_that_nobody_asked_for)
{
	int fds[2], ports[2];

	fds[0] = wire_listen(&ports[0]);
	fds[1] = wire_listen(&ports[1]);
	hand(&d, fds, 2, "spare:web");
	d.listeners = 1;
	daemon_start(&d, WEB, NULL);
	daemon_expect_page(wire_dial(ports[1]));
	/* We are the only one who still has it. */
	close(fds[0]);
	ck_assert(wire_is_refused(ports[0]));
	ck_assert_int_eq(daemon_stop(&d), 0);
	ck_assert_uint_eq(daemon_count(&d, "service manager"), 1);
	daemon_expect(&d, "\"spare\" (descriptor 3)");
}
END_TEST

START_TEST(other_names_are_listed)
{
	int fds[2], port;

	fds[0] = wire_listen(&port);
	fds[1] = wire_listen(&port);
	hand(&d, fds, 2, "mynahd.socket:echo");
	ck_assert_int_eq(daemon_run(&d, WEB, NULL), 78);
	daemon_expect(&d, "no socket \"web\"");
	daemon_expect(&d, "\"mynahd.socket\", \"echo\"");
}
END_TEST

START_TEST(none_was_handed_over)
{
	ck_assert_int_eq(daemon_run(&d, WEB, NULL), 78);
	daemon_expect(&d, "handed over none");
}
END_TEST

START_TEST(sockets_of_another_process)
{
	int port, fd = wire_listen(&port);

	hand(&d, &fd, 1, "web");
	d.handed_pid = "1";
	ck_assert_int_eq(daemon_run(&d, WEB, NULL), 78);
	daemon_expect(&d, "handed over none");
	d.listeners = 1;
	daemon_start(&d, SITE, NULL);
	ck_assert_int_eq(daemon_stop(&d), 0);
	ck_assert_uint_eq(daemon_count(&d, "service manager"), 0);
}
END_TEST

START_TEST(malformed_variables)
{
	int port, fd = wire_listen(&port);

	hand(&d, &fd, 1, "web:too:many");
	ck_assert_int_eq(daemon_run(&d, WEB, NULL), 78);
	daemon_expect(&d, "LISTEN_FDNAMES has 3 names");
	d.handed_pid = "me";
	ck_assert_int_eq(daemon_run(&d, WEB, NULL), 78);
	daemon_expect(&d, "LISTEN_PID is \"me\"");
}
END_TEST

static void
promise_two(void)
{
	close(4);
	setenv("LISTEN_FDS", "2", 1);
}

/* Nor does a descriptor of its own pass for one that was promised. */
START_TEST(fewer_than_promised)
{
	int port, fd = wire_listen(&port);

	manage(daemon_path("run/notify.sock"));
	hand(&d, &fd, 1, NULL);
	d.prepare = promise_two;
	ck_assert_int_eq(daemon_run(&d, SITE, NULL), 78);
	daemon_expect(&d, "LISTEN_FDS is 2, but descriptor 4 is not open");
}
END_TEST

START_TEST(socket_of_another_kind)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	hand(&d, &fd, 1, "web");
	ck_assert_int_eq(daemon_run(&d, WEB, NULL), 78);
	daemon_expect(&d, "\"web\" (descriptor 3) is not a stream socket");
	close(fd);
}
END_TEST

/* By hand there are none, and yet all else can be checked. */
START_TEST(check_without_the_sockets)
{
	ck_assert_int_eq(daemon_run(&d, WEB, "--check", NULL), 0);
	daemon_expect(&d, "\"web\"");
	ck_assert_uint_eq(daemon_count(&d, "error"), 0);
}
END_TEST

/* ---- several processes on one port ---- */

static const char *
shared(const char *port, const char *reuse)
{
	static char yaml[256];

	snprintf(yaml, sizeof(yaml), "listeners:\n"
	    "  - {port: %s, protocol: http, reuse_port: %s}\n" ROOT, port,
	    reuse);
	return yaml;
}

START_TEST(two_processes_share_a_port)
{
	char port[16];

	daemon_start(&d, shared("0", "true"), NULL);
	snprintf(port, sizeof(port), "%d", d.port);
	daemon_start(&other, shared(port, "true"), NULL);
	ck_assert_int_eq(other.port, d.port);
	daemon_expect_page(wire_dial(d.port));
	/* Whoever is left serves them all. */
	ck_assert_int_eq(daemon_stop(&d), 0);
	for (int i = 0; i < 20; i++)
		daemon_expect_page(wire_dial(other.port));
	ck_assert_int_eq(daemon_stop(&other), 0);
}
END_TEST

START_TEST(both_processes_must_say_so)
{
	char port[16];

	daemon_start(&d, shared("0", "true"), NULL);
	snprintf(port, sizeof(port), "%d", d.port);
	ck_assert_int_eq(daemon_run(&other, shared(port, "false"), NULL), 69);
	daemon_expect(&other, "in use");
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

static TCase *
new_case(Suite *s, const char *name)
{
	TCase *tc = tcase_create(name);

	suite_add_tcase(s, tc);
	tcase_add_unchecked_fixture(tc, daemon_setup, daemon_teardown);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	return tc;
}

int
main(void)
{
	Suite *s = suite_create("system: systemd");
	TCase *tc = new_case(s, "notices");

	tcase_add_test(tc, ready_and_stopping);
	tcase_add_test(tc, abstract_name);
	tcase_add_test(tc, failed_start_is_not_ready);
	tcase_add_loop_test(tc, reloading_and_ready, 0, 2);
	tcase_add_test(tc, watchdog);
	tcase_add_test(tc, watchdog_of_another_process);
	tcase_add_test(tc, watchdog_goes_on_while_it_stops);
	tcase_add_test(tc, notify_socket_that_is_gone);
	tcase_add_test(tc, notify_socket_that_goes);

	tc = new_case(s, "sockets");
	tcase_add_test(tc, sockets_by_name);
	tcase_add_test(tc, unix_socket_stays);
	tcase_add_test(tc, nobody_is_lost_between_two);
	tcase_add_test(tc, reload_keeps_the_socket);
	tcase_add_test(tc, socket_that_nobody_asked_for);
	tcase_add_test(tc, other_names_are_listed);
	tcase_add_test(tc, none_was_handed_over);
	tcase_add_test(tc, sockets_of_another_process);
	tcase_add_test(tc, malformed_variables);
	tcase_add_test(tc, fewer_than_promised);
	tcase_add_test(tc, socket_of_another_kind);
	tcase_add_test(tc, check_without_the_sockets);

	tc = new_case(s, "several processes");
	tcase_add_test(tc, two_processes_share_a_port);
	tcase_add_test(tc, both_processes_must_say_so);
	return daemon_run_suite(s);
}
