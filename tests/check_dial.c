/*
 * check_dial - the first address that answers. Linked with the wrapped calls
 * of failing.h and -Wl,--wrap=connect,--wrap=socket.
 */
#include "client/dial.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/say.h"
#include "event/timer.h"

#include "caught.h"
#include "failing.h"
#include "suite.h"
#include "support.h"

#define FDS_MAX		128

int	__real_connect(int fd, const struct sockaddr *sa, socklen_t len);
int	__wrap_connect(int fd, const struct sockaddr *sa, socklen_t len);
int	__real_socket(int family, int type, int protocol);
int	__wrap_socket(int family, int type, int protocol);

static struct event_base *base;
static int fds[FDS_MAX], n_fds;		/* to be closed */
static bool binds_itself;		/* connect() does, see below */
static bool is_interrupted;
static int connect_error, socket_error;

/* What came of it. */
static struct dial *dial;
static bool frees_itself;
static unsigned called;
static int got;
static enum exits why;
static char error[4096];

int
__wrap_connect(int fd, const struct sockaddr *sa, socklen_t len)
{
	if (binds_itself && bind(fd, sa, len) == -1)
		abort();
	if (connect_error != 0) {
		errno = connect_error;
		return -1;
	}
	if (!is_interrupted)
		return __real_connect(fd, sa, len);
	/* It goes on all the same. */
	(void)__real_connect(fd, sa, len);
	errno = EINTR;
	return -1;
}

int
__wrap_socket(int family, int type, int protocol)
{
	if (socket_error != 0) {
		errno = socket_error;
		return -1;
	}
	return __real_socket(family, type, protocol);
}

static void
setup(void)
{
	failing_reset();
	base = event_base_new();
	ck_assert_ptr_nonnull(base);
	n_fds = 0;
	binds_itself = is_interrupted = frees_itself = false;
	connect_error = socket_error = 0;
	called = 0;
	got = -1;
	error[0] = '\0';
	dial = NULL;
}

static void
teardown(void)
{
	say_set_verbose(false);
	dial_free(dial);
	if (got != -1)
		close(got);
	while (n_fds > 0)
		close(fds[--n_fds]);
	event_base_free(base);
}

static void
on_done(void *arg, int fd, enum exits reason, const char *text)
{
	ck_assert_ptr_eq(arg, &called);
	called++;
	got = fd;
	why = reason;
	if (text != NULL)
		snprintf(error, sizeof(error), "%s", text);
	if (frees_itself) {
		dial_free(dial);
		dial = NULL;
	}
}

/* ---- addresses of all kinds ---- */

static int
keep(int fd)
{
	ck_assert_int_ne(fd, -1);
	ck_assert_int_lt(n_fds, FDS_MAX);
	return fds[n_fds++] = fd;
}

static int
bound(int family)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6,
	    .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int fd = keep(socket(family, SOCK_STREAM | SOCK_NONBLOCK, 0));

	ck_assert_int_eq(family == AF_INET ?
	    bind(fd, (struct sockaddr *)&sin, sizeof(sin)) :
	    bind(fd, (struct sockaddr *)&sin6, sizeof(sin6)), 0);
	return fd;
}

/* Nobody listens there, and nobody else can. */
static struct address
refusing(void)
{
	return address_of_socket(bound(AF_INET));
}

static struct address
listening(int *fd)
{
	*fd = bound(AF_INET);
	ck_assert_int_eq(listen(*fd, 8), 0);
	return address_of_socket(*fd);
}

/* It lets connections in until it is full, and answers no more then. */
static void
fill(int fd)
{
	struct address a = address_of_socket(fd);
	int s;

	ck_assert_int_eq(listen(fd, 0), 0);
	for (int i = 0; i < 8; i++) {
		s = keep(socket(a.sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK,
		    0));
		if (connect(s, (struct sockaddr *)&a.sa, a.len) == -1 &&
		    errno == EAGAIN)
			return;
	}
}

static struct address
silent(int *fd)
{
	*fd = bound(AF_INET);
	fill(*fd);
	return address_of_socket(*fd);
}

/* ---- running ---- */

static void
start(const struct address *all, size_t n, uint64_t limit_ms)
{
	dial = dial_new(base, all, n, limit_ms, on_done, &called);
	ck_assert_ptr_nonnull(dial);
	ck_assert_uint_eq(called, 0);
}

static void
run(void)
{
	while (called == 0)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	/* That was all. */
	ck_assert_int_eq(event_base_loop(base, EVLOOP_NONBLOCK), 1);
	ck_assert_uint_eq(called, 1);
}

static bool
is_connected_to(int listener)
{
	struct sockaddr_storage sa;
	struct address own = address_of_socket(got), peer = { .both = false };
	int fd;

	peer.len = sizeof(sa);
	fd = accept(listener, (struct sockaddr *)&sa, &peer.len);
	if (fd == -1)
		return false;
	keep(fd);
	memcpy(&peer.sa, &sa, sizeof(sa));
	return address_is_same(&own, &peer);
}

static void
expect_failure(enum exits reason)
{
	run();
	ck_assert_msg(why == reason, "%d: %s", (int)why, error);
	ck_assert_int_eq(got, -1);
}

START_TEST(connects_to_the_one_there_is)
{
	socklen_t len = sizeof(int);
	int fd, on = 0;
	struct address a = listening(&fd);

	start(&a, 1, UINT64_MAX);
	run();
	ck_assert_msg(why == EXITS_OK, "%s", error);
	ck_assert(is_connected_to(fd));
	ck_assert_int_ne(fcntl(got, F_GETFL) & O_NONBLOCK, 0);
	ck_assert_int_ne(fcntl(got, F_GETFD) & FD_CLOEXEC, 0);
	ck_assert_int_eq(getsockopt(got, IPPROTO_TCP, TCP_NODELAY, &on, &len),
	    0);
	ck_assert_int_ne(on, 0);
}
END_TEST

START_TEST(next_one_is_tried_after_a_refusal)
{
	struct address all[3];
	int fd;

	all[0] = refusing();
	all[1] = refusing();
	all[2] = listening(&fd);
	start(all, 3, UINT64_MAX);
	run();
	ck_assert_msg(why == EXITS_OK, "%s", error);
	ck_assert(is_connected_to(fd));
}
END_TEST

START_TEST(next_one_is_tried_after_silence)
{
	struct address all[2];
	int fd, deaf;

	all[0] = silent(&deaf);
	all[1] = listening(&fd);
	start(all, 2, UINT64_MAX);
	run();
	ck_assert_msg(why == EXITS_OK, "%s", error);
	ck_assert(is_connected_to(fd));
}
END_TEST

static void
on_accept_all(evutil_socket_t fd, short what, void *arg)
{
	(void)what;
	(void)arg;
	for (int s; (s = accept(fd, NULL, NULL)) != -1;)
		close(s);
}

/*
 * Again and again: those that fill the backlog knock again as well, and may be
 * sooner than the one that is looked at.
 */
static void
on_accept_again(evutil_socket_t fd, short what, void *arg)
{
	on_accept_all(fd, what, NULL);
	timer_start(*(struct event **)arg, DIAL_STAGGER_MS);
}

/* A late one is still waited for when the others have failed. */
START_TEST(earlier_one_goes_on)
{
	struct address all[2];
	struct event *ev = NULL;
	int fd;

	all[0] = silent(&fd);
	all[1] = refusing();
	start(all, 2, UINT64_MAX);
	ck_assert_ptr_nonnull(ev = event_new(base, fd, EV_TIMEOUT,
	    on_accept_again, &ev));
	/* After the refusal; the first one knocks again after a second. */
	timer_start(ev, 2 * DIAL_STAGGER_MS);
	while (called == 0)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	event_free(ev);
	ck_assert_msg(why == EXITS_OK, "%s", error);
}
END_TEST

START_TEST(all_errors_are_told)
{
	char want[512], first[ADDRESS_TEXT_MAX], second[ADDRESS_TEXT_MAX];
	struct address all[2];

	all[0] = refusing();
	all[1] = refusing();
	address_text(&all[0], first);
	address_text(&all[1], second);
	start(all, 2, 60000);
	expect_failure(EXITS_REFUSED);
	snprintf(want, sizeof(want), "cannot connect: %s: %s; %s: %s", first,
	    strerror(ECONNREFUSED), second, strerror(ECONNREFUSED));
	ck_assert_str_eq(error, want);
}
END_TEST

START_TEST(one_error_is_a_sentence)
{
	char want[512], where[ADDRESS_TEXT_MAX];
	struct address a = refusing();

	address_text(&a, where);
	start(&a, 1, UINT64_MAX);
	expect_failure(EXITS_REFUSED);
	snprintf(want, sizeof(want), "cannot connect to %s: %s", where,
	    strerror(ECONNREFUSED));
	ck_assert_str_eq(error, want);
}
END_TEST

START_TEST(many_errors_are_cut)
{
	struct address all[FDS_MAX / 2];

	for (int i = 0; i < ROWS(all); i++)
		all[i] = refusing();
	start(all, ROWS(all), UINT64_MAX);
	expect_failure(EXITS_REFUSED);
	ck_assert_msg(strstr(error, "; and ") != NULL &&
	    strcmp(error + strlen(error) - 5, " more") == 0, "%s", error);
}
END_TEST

START_TEST(limit_is_for_all)
{
	struct address all[2];
	int deaf;

	all[0] = refusing();
	all[1] = silent(&deaf);
	start(all, 2, 50);
	expect_failure(EXITS_TIMEOUT);
	ck_assert_msg(strncmp(error, "no connection in time: 127.0.0.1 "
	    "port ", 38) == 0, "%s", error);
	ck_assert_msg(strstr(error, strerror(ECONNREFUSED)) != NULL, "%s",
	    error);
	ck_assert_msg(strstr(error, ": no answer") != NULL, "%s", error);
}
END_TEST

static const struct {
	int		error;
	enum exits	want;
} errors[] = {
	{ ECONNREFUSED, EXITS_REFUSED },
	{ ECONNRESET, EXITS_REFUSED },
	{ ENETUNREACH, EXITS_REFUSED },
	{ EHOSTUNREACH, EXITS_REFUSED },
	{ EACCES, EXITS_REFUSED },
	{ ETIMEDOUT, EXITS_TIMEOUT },
	{ ENOBUFS, EXITS_SYSTEM },
};

START_TEST(error_has_its_status)
{
	struct address a = refusing();

	connect_error = errors[_i].error;
	start(&a, 1, UINT64_MAX);
	expect_failure(errors[_i].want);
	ck_assert_msg(strstr(error, strerror(connect_error)) != NULL, "%s",
	    error);
}
END_TEST

START_TEST(no_socket_is_told)
{
	struct address a = refusing();

	socket_error = EMFILE;
	start(&a, 1, UINT64_MAX);
	expect_failure(EXITS_SYSTEM);
	ck_assert_msg(strstr(error, strerror(EMFILE)) != NULL, "%s", error);
}
END_TEST

START_TEST(interrupted_connect_goes_on)
{
	int fd;
	struct address a = listening(&fd);

	is_interrupted = true;
	start(&a, 1, UINT64_MAX);
	run();
	ck_assert_msg(why == EXITS_OK, "%s", error);
	ck_assert(is_connected_to(fd));
}
END_TEST

/* The system may give the very port that is called: then nobody is there. */
START_TEST(connection_with_itself_is_none)
{
	struct address a = refusing();

	close(fds[--n_fds]);
	binds_itself = true;
	start(&a, 1, UINT64_MAX);
	expect_failure(EXITS_REFUSED);
	ck_assert_msg(strstr(error, strerror(ECONNREFUSED)) != NULL, "%s",
	    error);
}
END_TEST

/* ---- Unix sockets ---- */

static char directory[64], path[96];

static void
setup_unix(void)
{
	snprintf(directory, sizeof(directory), "/tmp/check_dial.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/socket", directory);
}

static void
teardown_unix(void)
{
	unlink(path);
	rmdir(directory);
}

static int
listen_unix(int backlog)
{
	struct address a = address_of_path(path);
	int fd = keep(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0));

	unlink(path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&a.sa, a.len), 0);
	ck_assert_int_eq(listen(fd, backlog), 0);
	return fd;
}

START_TEST(unix_socket_connects)
{
	struct address a = address_of_path(path);

	listen_unix(8);
	start(&a, 1, UINT64_MAX);
	run();
	ck_assert_msg(why == EXITS_OK, "%s", error);
	ck_assert_int_ne(got, -1);
}
END_TEST

START_TEST(missing_unix_socket_is_told)
{
	char want[256];
	struct address a = address_of_path(path);

	start(&a, 1, UINT64_MAX);
	expect_failure(EXITS_REFUSED);
	snprintf(want, sizeof(want), "cannot connect to unix socket %s: %s",
	    path, strerror(ENOENT));
	ck_assert_str_eq(error, want);
}
END_TEST

START_TEST(full_unix_socket_is_waited_for)
{
	struct address a = address_of_path(path);
	int fd = listen_unix(0);
	struct event *ev;

	fill(fd);
	start(&a, 1, UINT64_MAX);
	ck_assert_ptr_nonnull(ev = event_new(base, fd, EV_TIMEOUT,
	    on_accept_all, NULL));
	timer_start(ev, 50);
	run();
	event_free(ev);
	ck_assert_msg(why == EXITS_OK, "%s", error);
}
END_TEST

START_TEST(full_unix_socket_has_a_limit)
{
	struct address a = address_of_path(path);

	fill(listen_unix(0));
	start(&a, 1, 50);
	expect_failure(EXITS_TIMEOUT);
}
END_TEST

/* ---- life and death ---- */

START_TEST(can_be_freed_when_done)
{
	struct address all[2];
	int fd;

	frees_itself = true;
	all[0] = refusing();
	all[1] = listening(&fd);
	start(all, _i == 0 ? 2 : 1, UINT64_MAX);
	run();
	ck_assert_int_eq(why, _i == 0 ? EXITS_OK : EXITS_REFUSED);
}
END_TEST

/* Before its first turn; while one is waited for; while two are. */
START_TEST(can_be_given_up)
{
	struct address all[2];
	int first, second, lowest;

	all[0] = silent(&first);
	all[1] = silent(&second);
	lowest = lowest_descriptor();
	start(all, (size_t)(_i == 2 ? 2 : 1), 60000);
	if (_i > 0)
		event_base_loop(base, EVLOOP_ONCE);
	if (_i > 1)
		event_base_loop(base, EVLOOP_ONCE);
	dial_free(dial);
	dial = NULL;
	ck_assert_int_eq(event_base_loop(base, EVLOOP_NONBLOCK), 1);
	ck_assert_uint_eq(called, 0);
	ck_assert_int_eq(lowest_descriptor(), lowest);
}
END_TEST

START_TEST(nothing_leaks)
{
	struct address all[3];
	int deaf, fd, lowest;

	all[0] = silent(&deaf);
	all[1] = refusing();
	all[2] = listening(&fd);
	lowest = lowest_descriptor();
	start(all, 3, UINT64_MAX);
	run();
	ck_assert_int_ne(got, -1);
	close(got);
	got = -1;
	ck_assert_int_eq(lowest_descriptor(), lowest);
}
END_TEST

START_TEST(no_memory_is_none)
{
	struct address a = refusing();
	struct dial *d;

	failing_at(FAILING_MEMORY, 1, ENOMEM);
	d = dial_new(base, &a, 1, UINT64_MAX, on_done, NULL);
	failing_on = false;
	ck_assert_ptr_null(d);
}
END_TEST

START_TEST(says_more_when_asked)
{
	char want[1024], first[ADDRESS_TEXT_MAX], second[ADDRESS_TEXT_MAX];
	struct address all[2];
	int fd, saved;
	FILE *f;

	all[0] = refusing();
	all[1] = listening(&fd);
	address_text(&all[0], first);
	address_text(&all[1], second);
	say_set_verbose(true);
	f = catch_stream(stderr, &saved);
	start(all, 2, UINT64_MAX);
	run();
	give_back(stderr, saved, f);
	snprintf(want, sizeof(want), "mynah: connecting to %s\n"
	    "mynah: %s: %s\nmynah: connecting to %s\n"
	    "mynah: connected to %s\n", first, first, strerror(ECONNREFUSED),
	    second, second);
	ck_assert_str_eq(said, want);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("dial");
	TCase *tc = suite_case(s, "tcp");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, connects_to_the_one_there_is);
	tcase_add_test(tc, next_one_is_tried_after_a_refusal);
	tcase_add_test(tc, next_one_is_tried_after_silence);
	tcase_add_test(tc, earlier_one_goes_on);
	tcase_add_test(tc, all_errors_are_told);
	tcase_add_test(tc, one_error_is_a_sentence);
	tcase_add_test(tc, many_errors_are_cut);
	tcase_add_test(tc, limit_is_for_all);
	tcase_add_loop_test(tc, error_has_its_status, 0, ROWS(errors));
	tcase_add_test(tc, no_socket_is_told);
	tcase_add_test(tc, interrupted_connect_goes_on);
	tcase_add_test(tc, connection_with_itself_is_none);
	tcase_add_loop_test(tc, can_be_freed_when_done, 0, 2);
	tcase_add_loop_test(tc, can_be_given_up, 0, 3);
	tcase_add_test(tc, nothing_leaks);
	tcase_add_test(tc, no_memory_is_none);
	tcase_add_test(tc, says_more_when_asked);
	tc = suite_case(s, "unix");
	tcase_add_unchecked_fixture(tc, setup_unix, teardown_unix);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, missing_unix_socket_is_told);
	tcase_add_test(tc, unix_socket_connects);
	tcase_add_test(tc, full_unix_socket_is_waited_for);
	tcase_add_test(tc, full_unix_socket_has_a_limit);
	return suite_run(s);
}
