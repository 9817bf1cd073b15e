/*
 * check_sink - descriptors that are shared with others: written to and read
 * without waiting, and left as they are. Linked with the wrapped calls of
 * failing.h and -Wl,--wrap=open,--wrap=open64.
 */
#include "client/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/source.h"

#include "failing.h"
#include "suite.h"
#include "support.h"

#define MUCH	(1024 * 1024 + 77)

int	__real_open(const char *path, int flags, ...);
int	__wrap_open(const char *path, int flags, ...);
int	__real_open64(const char *path, int flags, ...);
int	__wrap_open64(const char *path, int flags, ...);

static struct event_base *base;
static bool cannot_open;		/* /proc is not there */
static char *much;

/* What they told. */
static unsigned rooms, failures, inputs, ends;
static int error;
static size_t came;
static bool is_wrong;

int
__wrap_open(const char *path, int flags, ...)
{
	va_list ap;
	int mode;

	va_start(ap, flags);
	mode = (flags & O_CREAT) != 0 ? va_arg(ap, int) : 0;
	va_end(ap);
	if (cannot_open && strncmp(path, "/proc/", 6) == 0) {
		errno = ENOENT;
		return -1;
	}
	return __real_open(path, flags, mode);
}

int
__wrap_open64(const char *path, int flags, ...)
{
	va_list ap;
	int mode;

	va_start(ap, flags);
	mode = (flags & O_CREAT) != 0 ? va_arg(ap, int) : 0;
	va_end(ap);
	return __wrap_open(path, flags, mode);
}

static void
setup(void)
{
	signal(SIGPIPE, SIG_IGN);
	failing_reset();
	base = event_base_new();
	much = malloc(MUCH);
	ck_assert_ptr_nonnull(base);
	ck_assert_ptr_nonnull(much);
	for (size_t i = 0; i < MUCH; i++)
		much[i] = (char)(i % 251);
	cannot_open = is_wrong = false;
	rooms = failures = inputs = ends = 0;
	came = 0;
	error = 0;
}

static void
teardown(void)
{
	failing_reset();
	free(much);
	event_base_free(base);
}

static void
on_room(void *arg)
{
	(void)arg;
	rooms++;
}

static void
on_failure(void *arg, int error_number)
{
	(void)arg;
	failures++;
	error = error_number;
}

static const struct sink_calls sink_calls = {
	.on_room = on_room,
	.on_failure = on_failure,
};

static void
on_input(void *arg, const char *bytes, size_t len)
{
	(void)arg;
	inputs++;
	ck_assert_uint_gt(len, 0);
	ck_assert_uint_le(len, SOURCE_READ_MAX);
	is_wrong |= came + len > MUCH || memcmp(bytes, much + came, len) != 0;
	came += len;
}

static void
on_end(void *arg, int error_number)
{
	(void)arg;
	ends++;
	error = error_number;
}

static const struct source_calls source_calls = {
	.on_input = on_input,
	.on_end = on_end,
};

/* ---- kinds of descriptors ---- */

static const struct {
	const char	*name;
	bool		 is_socket, cannot_open;
} kinds[] = {
	{ "pipe", false, false },
	{ "pipe that cannot be opened anew", false, true },
	{ "socket", true, false },
};

/* fds[0] reads what is written to fds[1]. */
static void
make(int kind, int fds[2])
{
	cannot_open = kinds[kind].cannot_open;
	if (kinds[kind].is_socket)
		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	else
		ck_assert_int_eq(pipe(fds), 0);
}

static int
file_of(const void *bytes, size_t len)
{
	FILE *f = tmpfile();
	int fd;

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(bytes, 1, len, f), len);
	rewind(f);
	fd = dup(fileno(f));
	fclose(f);
	return fd;
}

/* Read until the sink has nothing left; returns how much that was. */
static size_t
read_while_full(struct sink *s, int fd)
{
	static char got[100 * 1000];
	size_t n = 0;
	ssize_t some;

	while (n < MUCH) {
		if (sink_is_full(s))
			event_base_loop(base, EVLOOP_NONBLOCK);
		some = read(fd, got, sizeof(got));
		if (some <= 0)
			break;
		is_wrong |= memcmp(got, much + n, (size_t)some) != 0;
		n += (size_t)some;
	}
	return n;
}

/* ---- output ---- */

START_TEST(slow_reader_stops_nobody)
{
	struct sink *s;
	int fds[2];

	make(_i, fds);
	s = sink_new(base, fds[1], &sink_calls, NULL);
	ck_assert_ptr_nonnull(s);
	ck_assert(!sink_is_full(s));
	ck_assert(!sink_is_terminal(s));
	/* Nobody reads, and both return. */
	ck_assert_int_eq(sink_write(s, much, MUCH / 2), 0);
	ck_assert(sink_is_full(s));
	ck_assert_int_eq(sink_write(s, much + MUCH / 2, MUCH - MUCH / 2), 0);
	ck_assert_int_eq(event_base_loop(base, EVLOOP_NONBLOCK), 0);
	ck_assert_uint_eq(rooms, 0);
	ck_assert_uint_eq(read_while_full(s, fds[0]), MUCH);
	ck_assert(!is_wrong);
	ck_assert(!sink_is_full(s));
	ck_assert_uint_eq(rooms, 1);
	/* Nothing is left to wait for, and it can be used again. */
	ck_assert_int_eq(event_base_loop(base, EVLOOP_NONBLOCK), 1);
	ck_assert_int_eq(sink_write(s, much, 7), 0);
	ck_assert(!sink_is_full(s));
	ck_assert_int_eq(fcntl(fds[1], F_GETFL) & O_NONBLOCK, 0);
	sink_free(s);
	ck_assert_int_ne(fcntl(fds[1], F_GETFD), -1);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

START_TEST(lost_reader_is_told)
{
	struct sink *s;
	int fds[2];

	make(_i, fds);
	s = sink_new(base, fds[1], &sink_calls, NULL);
	ck_assert_ptr_nonnull(s);
	ck_assert_int_eq(sink_write(s, much, MUCH), 0);
	close(fds[0]);
	while (failures == 0)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	ck_assert_int_eq(error, EPIPE);
	ck_assert_int_eq(event_base_loop(base, EVLOOP_NONBLOCK), 1);
	ck_assert_uint_eq(failures, 1);
	sink_free(s);
	/* Who begins with it has no better luck. */
	s = sink_new(base, fds[1], &sink_calls, NULL);
	ck_assert_ptr_nonnull(s);
	ck_assert_int_eq(sink_write(s, much, 1), -1);
	ck_assert_int_eq(errno, EPIPE);
	sink_free(s);
	close(fds[1]);
}
END_TEST

START_TEST(file_takes_all_at_once)
{
	int fd = file_of("", 0);
	struct sink *s = sink_new(base, fd, &sink_calls, NULL);
	char *got = malloc(MUCH);

	ck_assert_ptr_nonnull(s);
	ck_assert_ptr_nonnull(got);
	ck_assert_int_eq(sink_write(s, much, MUCH), 0);
	ck_assert_int_eq(sink_write(s, "", 0), 0);
	ck_assert(!sink_is_full(s));
	ck_assert_int_eq(pread(fd, got, MUCH, 0), MUCH);
	ck_assert_int_eq(memcmp(got, much, MUCH), 0);
	sink_free(s);
	sink_free(NULL);
	free(got);
	close(fd);
}
END_TEST

START_TEST(full_disk_is_told)
{
	int fd = open("/dev/full", O_WRONLY);
	struct sink *s;

	if (fd == -1)
		return;		/* not everywhere */
	s = sink_new(base, fd, &sink_calls, NULL);
	ck_assert_ptr_nonnull(s);
	ck_assert_int_eq(sink_write(s, much, 1), -1);
	ck_assert_int_eq(errno, ENOSPC);
	sink_free(s);
	close(fd);
	ck_assert_ptr_nonnull(s = sink_new(base, -1, &sink_calls, NULL));
	ck_assert_int_eq(sink_write(s, much, 1), -1);
	ck_assert_int_eq(errno, EBADF);
	sink_free(s);
}
END_TEST

/* ---- input ---- */

static void
run_until_end(void)
{
	while (ends == 0)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	ck_assert_int_eq(event_base_loop(base, EVLOOP_NONBLOCK), 1);
	ck_assert_uint_eq(ends, 1);
}

START_TEST(what_is_there_is_read_until_the_end)
{
	struct source *s;
	int fds[2];

	make(_i, fds);
	s = source_new(base, fds[0], &source_calls, NULL);
	ck_assert_ptr_nonnull(s);
	ck_assert(!source_is_terminal(s));
	event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_uint_eq(inputs, 0);
	ck_assert_int_eq(write(fds[1], much, 1000), 1000);
	source_pause(s, true);
	event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_uint_eq(inputs, 0);
	source_pause(s, false);
	event_base_loop(base, EVLOOP_ONCE);
	ck_assert_uint_eq(came, 1000);
	close(fds[1]);
	run_until_end();
	ck_assert_int_eq(error, 0);
	ck_assert(!is_wrong);
	source_pause(s, true);
	source_pause(s, false);
	ck_assert_int_eq(event_base_loop(base, EVLOOP_NONBLOCK), 1);
	source_free(s);
	source_free(NULL);
	ck_assert_int_eq(fcntl(fds[0], F_GETFL) & O_NONBLOCK, 0);
	close(fds[0]);
}
END_TEST

START_TEST(file_is_read_in_turns)
{
	int fd = file_of(much, MUCH);
	struct source *s = source_new(base, fd, &source_calls, NULL);

	ck_assert_ptr_nonnull(s);
	event_base_loop(base, EVLOOP_ONCE);
	ck_assert_uint_eq(inputs, 1);
	source_pause(s, true);
	ck_assert_int_eq(event_base_loop(base, EVLOOP_NONBLOCK), 1);
	ck_assert_uint_eq(inputs, 1);
	source_pause(s, false);
	run_until_end();
	ck_assert_uint_eq(came, MUCH);
	ck_assert(!is_wrong);
	source_free(s);
	close(fd);
}
END_TEST

START_TEST(no_input_is_an_end)
{
	static const struct {
		const char	*path;
		int		 error;
	} paths[] = { { "/dev/null", 0 }, { "/", EISDIR }, { NULL, EBADF } };
	int fd = paths[_i].path == NULL ? -1 : open(paths[_i].path, O_RDONLY);
	struct source *s = source_new(base, fd, &source_calls, NULL);

	ck_assert_ptr_nonnull(s);
	run_until_end();
	ck_assert_int_eq(error, paths[_i].error);
	ck_assert_uint_eq(inputs, 0);
	source_free(s);
	close(fd);
}
END_TEST

/* ---- without memory ---- */

static unsigned allocations, fails_at;

static void *
meagre_malloc(size_t size)
{
	return ++allocations == fails_at ? NULL : malloc(size);
}

START_TEST(no_memory_is_told)
{
	int lowest = lowest_descriptor(), fds[2];
	struct source *source;
	struct sink *sink;

	make(0, fds);
	for (unsigned i = 0; i < 2; i++) {
		failing_at(FAILING_MEMORY, i == 0, ENOMEM);
		allocations = 0;
		fails_at = i == 1;
		sink = sink_new(base, fds[1], &sink_calls, NULL);
		failing_at(FAILING_MEMORY, i == 0, ENOMEM);
		allocations = 0;
		source = source_new(base, fds[0], &source_calls, NULL);
		failing_on = false;
		fails_at = 0;
		ck_assert_ptr_null(sink);
		ck_assert_ptr_null(source);
	}
	sink = sink_new(base, fds[1], &sink_calls, NULL);
	ck_assert_ptr_nonnull(sink);
	failing_at(FAILING_MEMORY, 1, ENOMEM);
	ck_assert_int_eq(sink_write(sink, much, MUCH), -1);
	failing_on = false;
	sink_free(sink);
	close(fds[0]);
	close(fds[1]);
	ck_assert_int_eq(lowest_descriptor(), lowest);
}
END_TEST

static void
setup_meagre(void)
{
	event_set_mem_functions(meagre_malloc, realloc, free);
	setup();
}

int
main(void)
{
	Suite *s = suite_create("sink");
	TCase *tc = suite_case(s, "output");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, slow_reader_stops_nobody, 0, ROWS(kinds));
	tcase_add_loop_test(tc, lost_reader_is_told, 0, ROWS(kinds));
	tcase_add_test(tc, file_takes_all_at_once);
	tcase_add_test(tc, full_disk_is_told);
	tc = suite_case(s, "input");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, what_is_there_is_read_until_the_end, 0,
	    ROWS(kinds));
	tcase_add_test(tc, file_is_read_in_turns);
	tcase_add_loop_test(tc, no_input_is_an_end, 0, 3);
	tc = suite_case(s, "without memory");
	tcase_add_checked_fixture(tc, setup_meagre, teardown);
	tcase_add_test(tc, no_memory_is_told);
	return suite_run(s);
}
