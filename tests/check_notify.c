/*
 * check_notify - what the service manager hears: real datagrams over a real
 * socket, also while that is full, gone, or made anew.
 */
#include "daemon/notify.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "suite.h"
#include "support.h"

#define WAIT_S	10		/* for what comes at once */
#define SLACK_US	20000		/* the clock of the loop is coarse */

#define STOPPING	"STOPPING=1\nEXTEND_TIMEOUT_USEC=7000000\n" \
			"STATUS=stopping"

static struct event_base *base;
static struct notify n;
static char dir[] = "/tmp/mynah-notify-XXXXXX";
static char path[64];
static int manager = -1;	/* its end */
static char said[8192];		/* by the log */
static int log_file = -1, saved_stderr = -1;

static void
make_dir(void)
{
	strcpy(dir, "/tmp/mynah-notify-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/notify", dir);
}

static void
remove_dir(void)
{
	unlink(path);
	rmdir(dir);
}

static void
setup(void)
{
	unlink(path);
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	base = event_base_new();
	ck_assert_ptr_nonnull(base);
	n = (struct notify){ .fd = -1 };
}

static void
teardown(void)
{
	notify_close(&n);
	event_base_free(base);
	if (manager != -1)
		close(manager);
	manager = -1;
}

/* ---- the log ---- */

static void
catch_log(void)
{
	FILE *f = tmpfile();

	ck_assert_ptr_nonnull(f);
	log_file = dup(fileno(f));
	fclose(f);
	saved_stderr = dup(STDERR_FILENO);
	dup2(log_file, STDERR_FILENO);
}

/* How many lines it was. */
static int
give_log_back(void)
{
	ssize_t len;
	int lines = 0;

	dup2(saved_stderr, STDERR_FILENO);
	close(saved_stderr);
	len = pread(log_file, said, sizeof(said) - 1, 0);
	said[len > 0 ? len : 0] = '\0';
	close(log_file);
	for (const char *p = said; (p = strchr(p, '\n')) != NULL; p++)
		lines++;
	return lines;
}

/* ---- the manager's end ---- */

/* Listen at a path, or at "@" and an abstract name. */
static void
manage(const char *where)
{
	const struct timeval tv = { .tv_sec = WAIT_S };
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	size_t len = strlen(where);

	memcpy(sun.sun_path, where, len + 1);
	if (where[0] == '@')
		sun.sun_path[0] = '\0';
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ne(manager, -1);
	setsockopt(manager, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	ck_assert_int_eq(bind(manager, (struct sockaddr *)&sun,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)), 0);
}

static void
stop_managing(void)
{
	close(manager);
	manager = -1;
	unlink(path);
}

/* The next message; "" if there is none. */
static const char *
heard_by(int flags)
{
	static char text[1024];
	ssize_t len = recv(manager, text, sizeof(text) - 1, flags);

	text[len > 0 ? len : 0] = '\0';
	return text;
}

static const char *
heard(void)
{
	return heard_by(0);
}

static void
expect_nothing(void)
{
	ck_assert_str_eq(heard_by(MSG_DONTWAIT), "");
}

/* ---- our end ---- */

static void
write_figures(const void *arg, char *out, size_t size)
{
	snprintf(out, size, "serving %d", *(const int *)arg);
}

static int figure = 7;

static void
start_at(const char *where)
{
	setenv("NOTIFY_SOCKET", where, 1);
	notify_open(&n);
	ck_assert_ptr_null(getenv("NOTIFY_SOCKET"));
	ck_assert_ptr_null(getenv("WATCHDOG_USEC"));
	ck_assert_ptr_null(getenv("WATCHDOG_PID"));
	ck_assert_int_eq(notify_attach(&n, base, write_figures, &figure), 0);
}

static void
start(void)
{
	manage(path);
	start_at(path);
}

/* ---- messages ---- */

START_TEST(every_message_is_one_datagram)
{
	struct timespec before, after;
	uint64_t us, least, most;
	int end = 0;

	start();
	ck_assert_int_eq(fcntl(n.fd, F_GETFD), FD_CLOEXEC);
	notify_ready(&n, NULL);
	ck_assert_str_eq(heard(), "READY=1\nSTATUS=serving");
	clock_gettime(CLOCK_MONOTONIC, &before);
	notify_reloading(&n);
	clock_gettime(CLOCK_MONOTONIC, &after);
	ck_assert_int_eq(sscanf(heard(), "RELOADING=1\nMONOTONIC_USEC=%" SCNu64
	    "\nSTATUS=reloading%n", &us, &end), 1);
	ck_assert_int_gt(end, 0);
	least = (uint64_t)before.tv_sec * 1000000 + before.tv_nsec / 1000;
	most = (uint64_t)after.tv_sec * 1000000 + after.tv_nsec / 1000;
	ck_assert_uint_ge(us, least);
	ck_assert_uint_le(us, most);
	notify_ready(&n, "the reload failed: mynahd.yaml:1:1");
	ck_assert_str_eq(heard(),
	    "READY=1\nSTATUS=the reload failed: mynahd.yaml:1:1");
	notify_stopping(&n, 2000);
	ck_assert_str_eq(heard(), STOPPING);
	expect_nothing();
}
END_TEST

START_TEST(abstract_name)
{
	char name[64];

	snprintf(name, sizeof(name), "@mynah-notify-%ld", (long)getpid());
	manage(name);
	start_at(name);
	notify_ready(&n, NULL);
	ck_assert_str_eq(heard(), "READY=1\nSTATUS=serving");
}
END_TEST

START_TEST(text_stays_one_line)
{
	start();
	notify_ready(&n, "a\nWATCHDOG=1\r\tb\x7f");
	ck_assert_str_eq(heard(), "READY=1\nSTATUS=a WATCHDOG=1  b ");
}
END_TEST

START_TEST(long_text_is_cut)
{
	char text[2 * NOTIFY_TEXT_MAX];

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	start();
	notify_ready(&n, text);
	ck_assert_uint_lt(strlen(heard()), NOTIFY_TEXT_MAX);
}
END_TEST

START_TEST(after_a_fork_the_new_process_is_named)
{
	char want[128];
	pid_t pid;

	start();
	fflush(NULL);
	if ((pid = fork()) == 0) {
		notify_ready(&n, NULL);
		notify_ready(&n, NULL);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	snprintf(want, sizeof(want), "READY=1\nMAINPID=%ld\nSTATUS=serving",
	    (long)pid);
	ck_assert_str_eq(heard(), want);
	ck_assert_str_eq(heard(), "READY=1\nSTATUS=serving");
}
END_TEST

/* ---- nobody there ---- */

static void
say_everything(void)
{
	notify_ready(&n, NULL);
	notify_reloading(&n);
	notify_ready(&n, "text");
	notify_stopping(&n, 2000);
}

START_TEST(without_the_variable_nothing_happens)
{
	int free_fd = lowest_descriptor();

	setenv("WATCHDOG_USEC", "1000", 1);
	catch_log();
	notify_open(&n);
	ck_assert_int_eq(notify_attach(&n, base, write_figures, &figure), 0);
	say_everything();
	ck_assert_int_eq(give_log_back(), 0);
	ck_assert_ptr_null(n.tick);
	ck_assert_int_eq(event_base_get_num_events(base,
	    EVENT_BASE_COUNT_ADDED), 0);
	notify_close(&n);
	ck_assert_int_eq(lowest_descriptor(), free_fd);
	ck_assert_ptr_null(getenv("WATCHDOG_USEC"));
}
END_TEST

START_TEST(nothing_is_left_open)
{
	int free_fd;

	manage(path);
	free_fd = lowest_descriptor();
	setenv("WATCHDOG_USEC", "1000000", 1);
	start_at(path);
	say_everything();
	notify_close(&n);
	notify_close(&n);
	ck_assert_int_eq(lowest_descriptor(), free_fd);
	ck_assert_int_eq(event_base_get_num_events(base,
	    EVENT_BASE_COUNT_ADDED), 0);
}
END_TEST

static const struct {
	const char	*where, *said;
} addresses[] = {
	{ "", "neither" }, { "@", "neither" }, { "/", "neither" },
	{ "run/notify", "\"run/notify\"" }, { "vsock:2:1", "\"vsock:2:1\"" },
	{ "/long/123456789012345678901234567890123456789012345678901234567890"
	  "123456789012345678901234567890123456789012", "longer than" },
};

START_TEST(other_addresses_are_told)
{
	catch_log();
	start_at(addresses[_i].where);
	say_everything();
	ck_assert_int_eq(give_log_back(), 1);
	ck_assert_msg(strstr(said, addresses[_i].said) != NULL, "%s", said);
	ck_assert_msg(strstr(said, "warning: NOTIFY_SOCKET") != NULL, "%s",
	    said);
}
END_TEST

START_TEST(longest_path)
{
	char where[sizeof(((struct sockaddr_un *)0)->sun_path)];

	/* One byte less than the address has: kernels want its end. */
	memset(where, '/', sizeof(where));
	memcpy(where, dir, strlen(dir));
	where[sizeof(where) - 2] = 'n';
	where[sizeof(where) - 1] = '\0';
	manage(where);
	start_at(where);
	notify_ready(&n, NULL);
	ck_assert_str_eq(heard(), "READY=1\nSTATUS=serving");
	unlink(where);
}
END_TEST

START_TEST(gone_is_told_once)
{
	catch_log();
	start_at(path);
	say_everything();
	ck_assert_int_eq(give_log_back(), 1);
	ck_assert_msg(strstr(said, path) != NULL, "%s", said);
	ck_assert_msg(strstr(said, strerror(ENOENT)) != NULL, "%s", said);
	ck_assert_uint_eq(n.nwaiting, 0);
}
END_TEST

START_TEST(gone_meanwhile_is_told_once)
{
	start();
	notify_ready(&n, NULL);
	close(manager);
	manager = -1;
	catch_log();
	say_everything();
	ck_assert_int_eq(give_log_back(), 1);
	ck_assert_msg(strstr(said, strerror(ECONNREFUSED)) != NULL, "%s",
	    said);
	ck_assert_uint_eq(n.nwaiting, 0);
}
END_TEST

START_TEST(abstract_name_that_is_gone_is_told)
{
	catch_log();
	start_at("@mynah-notify-of-nobody");
	say_everything();
	ck_assert_int_eq(give_log_back(), 1);
	ck_assert_msg(strstr(said, "is @mynah-notify-of-nobody)") != NULL,
	    "%s", said);
}
END_TEST

START_TEST(socket_that_is_made_anew_is_found)
{
	start();
	notify_ready(&n, NULL);
	ck_assert_str_eq(heard(), "READY=1\nSTATUS=serving");
	stop_managing();
	manage(path);
	catch_log();
	notify_stopping(&n, 2000);
	ck_assert_int_eq(give_log_back(), 0);
	ck_assert_str_eq(heard(), STOPPING);
}
END_TEST

/* ---- a full socket ---- */

/* As many messages as there is room for; returns how many. */
static int
fill(void)
{
	int i = 0;

	for (; n.nwaiting == 0; i++) {
		char text[32];

		snprintf(text, sizeof(text), "%d", i);
		notify_ready(&n, text);
		ck_assert_int_lt(i, 100000);
	}
	return i;
}

static void
expect_ready(int i)
{
	char want[64];

	snprintf(want, sizeof(want), "READY=1\nSTATUS=%d", i);
	ck_assert_str_eq(heard(), want);
}

START_TEST(what_waits_is_sent_in_order)
{
	int sent;

	start();
	sent = fill();
	notify_reloading(&n);
	notify_ready(&n, "last");
	ck_assert_uint_eq(n.nwaiting, 3);
	/* The loop goes on, and does not spin. */
	event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_uint_eq(n.nwaiting, 3);
	for (int i = 0; i < sent; i++) {
		expect_ready(i);
		if (n.nwaiting > 0)
			event_base_loop(base, EVLOOP_ONCE);
	}
	ck_assert_uint_eq(strncmp(heard(), "RELOADING=1\n", 12), 0);
	ck_assert_str_eq(heard(), "READY=1\nSTATUS=last");
	expect_nothing();
	ck_assert_int_eq(event_base_get_num_events(base,
	    EVENT_BASE_COUNT_ADDED), 0);
}
END_TEST

START_TEST(of_too_many_the_oldest_go)
{
	int sent;

	start();
	sent = fill() - 1;
	for (int i = 0; i < NOTIFY_WAITING; i++)
		notify_stopping(&n, 2000);
	ck_assert_uint_eq(n.nwaiting, NOTIFY_WAITING);
	for (int i = 0; i < sent; i++)
		expect_ready(i);
	event_base_loop(base, EVLOOP_ONCE);
	ck_assert_uint_eq(n.nwaiting, 0);
	for (int i = 0; i < NOTIFY_WAITING; i++)
		ck_assert_str_eq(heard(), STOPPING);
	expect_nothing();
}
END_TEST

START_TEST(close_sends_what_it_can)
{
	int sent;

	start();
	sent = fill();
	for (int i = 0; i < sent - 1; i++)
		expect_ready(i);
	notify_close(&n);
	expect_ready(sent - 1);
}
END_TEST

START_TEST(gone_while_some_wait_is_no_end)
{
	start();
	fill();
	stop_managing();
	catch_log();
	event_base_loop(base, EVLOOP_ONCE);
	ck_assert_int_eq(give_log_back(), 1);
	ck_assert_uint_eq(n.nwaiting, 0);
	ck_assert_int_eq(event_base_get_num_events(base,
	    EVENT_BASE_COUNT_ADDED), 0);
}
END_TEST

/* ---- the watchdog ---- */

static void
watch(const char *usec, const char *pid)
{
	char own[32];

	snprintf(own, sizeof(own), "%ld", (long)getpid());
	setenv("WATCHDOG_USEC", usec, 1);
	if (pid != NULL)
		setenv("WATCHDOG_PID", strcmp(pid, "own") == 0 ? own : pid,
		    1);
	start();
}

static const struct {
	const char	*usec, *pid;
	int64_t		 tick_us;
} watched[] = {
	{ "20000", NULL, 10000 }, { "20000", "own", 10000 },
	{ "30000000", "own", 15000000 }, { "2000001", NULL, 1000000 },
	/* So short a time that it would keep the loop busy. */
	{ "1", NULL, 1000 },
	{ "9000000000000000000", NULL, 4500000000000000000 },
};

START_TEST(watchdog_ticks_at_half_its_time)
{
	struct timeval now, due;
	int64_t us;

	watch(watched[_i].usec, watched[_i].pid);
	ck_assert_ptr_nonnull(n.tick);
	ck_assert(event_pending(n.tick, EV_TIMEOUT, &due));
	event_base_gettimeofday_cached(base, &now);
	us = (int64_t)(due.tv_sec - now.tv_sec) * 1000000 +
	    (due.tv_usec - now.tv_usec);
	ck_assert_int_le(us, watched[_i].tick_us + SLACK_US);
}
END_TEST

START_TEST(watchdog_says_what_is_being_done)
{
	watch("2000", "own");
	notify_ready(&n, NULL);
	ck_assert_str_eq(heard(), "READY=1\nSTATUS=serving 7");
	for (figure = 1; figure <= 3; figure++) {
		char want[64];

		snprintf(want, sizeof(want), "WATCHDOG=1\nSTATUS=serving %d",
		    figure);
		event_base_loop(base, EVLOOP_ONCE);
		ck_assert_str_eq(heard(), want);
	}
	expect_nothing();
}
END_TEST

START_TEST(nobody_watches_no_timer)
{
	start();
	ck_assert_ptr_null(n.tick);
	ck_assert_int_eq(event_base_get_num_events(base,
	    EVENT_BASE_COUNT_ADDED), 0);
}
END_TEST

START_TEST(watchdog_of_another_process)
{
	catch_log();
	watch("20000", "1");
	ck_assert_int_eq(give_log_back(), 0);
	ck_assert_ptr_null(n.tick);
}
END_TEST

static const struct {
	const char	*usec, *pid, *said;
} unwatched[] = {
	{ "", NULL, "WATCHDOG_USEC is \"\"" },
	{ "0", NULL, "WATCHDOG_USEC is \"0\"" },
	{ "x", NULL, "WATCHDOG_USEC is \"x\"" },
	{ "1s", "own", "WATCHDOG_USEC is \"1s\"" },
	{ "-1", NULL, "WATCHDOG_USEC is \"-1\"" },
	{ " 1", NULL, "WATCHDOG_USEC is \" 1\"" },
	{ "18446744073709551616", NULL, "WATCHDOG_USEC is" },
	{ "20000", "", "WATCHDOG_PID is \"\"" },
	{ "20000", "me", "WATCHDOG_PID is \"me\"" },
	{ "20000", "0", "WATCHDOG_PID is \"0\"" },
};

START_TEST(malformed_watchdog_is_told)
{
	catch_log();
	watch(unwatched[_i].usec, unwatched[_i].pid);
	ck_assert_int_eq(give_log_back(), 1);
	ck_assert_msg(strstr(said, unwatched[_i].said) != NULL, "%s", said);
	ck_assert_ptr_null(n.tick);
	/* The rest works all the same. */
	notify_ready(&n, NULL);
	ck_assert_str_eq(heard(), "READY=1\nSTATUS=serving");
}
END_TEST

static TCase *
new_case(Suite *s, const char *name)
{
	TCase *tc = suite_case(s, name);

	tcase_add_unchecked_fixture(tc, make_dir, remove_dir);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	return tc;
}

int
main(void)
{
	Suite *s = suite_create("notify");
	TCase *tc = new_case(s, "messages");

	tcase_add_test(tc, every_message_is_one_datagram);
	tcase_add_test(tc, abstract_name);
	tcase_add_test(tc, text_stays_one_line);
	tcase_add_test(tc, long_text_is_cut);
	tcase_add_test(tc, after_a_fork_the_new_process_is_named);

	tc = new_case(s, "nobody there");
	tcase_add_test(tc, without_the_variable_nothing_happens);
	tcase_add_test(tc, nothing_is_left_open);
	tcase_add_loop_test(tc, other_addresses_are_told, 0, ROWS(addresses));
	tcase_add_test(tc, longest_path);
	tcase_add_test(tc, gone_is_told_once);
	tcase_add_test(tc, gone_meanwhile_is_told_once);
	tcase_add_test(tc, abstract_name_that_is_gone_is_told);
	tcase_add_test(tc, socket_that_is_made_anew_is_found);

	tc = new_case(s, "full");
	tcase_add_test(tc, what_waits_is_sent_in_order);
	tcase_add_test(tc, of_too_many_the_oldest_go);
	tcase_add_test(tc, close_sends_what_it_can);
	tcase_add_test(tc, gone_while_some_wait_is_no_end);

	tc = new_case(s, "watchdog");
	tcase_add_loop_test(tc, watchdog_ticks_at_half_its_time, 0,
	    ROWS(watched));
	tcase_add_test(tc, watchdog_says_what_is_being_done);
	tcase_add_test(tc, nobody_watches_no_timer);
	tcase_add_test(tc, watchdog_of_another_process);
	tcase_add_loop_test(tc, malformed_watchdog_is_told, 0,
	    ROWS(unwatched));
	return suite_run(s);
}
