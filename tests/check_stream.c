/*
 * check_stream - bytes over a connection, to and fro, and its ends. Linked
 * with the wrapped calls of failing.h and -Wl,--wrap=clock_gettime.
 */
#include "client/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "event/timer.h"

#include "failing.h"
#include "suite.h"
#include "support.h"

#define LARGE	(8 * 1024 * 1024 + 77)
#define PIECE	(100 * 1000)

int	__real_clock_gettime(clockid_t id, struct timespec *ts);
int	__wrap_clock_gettime(clockid_t id, struct timespec *ts);

/* One end of a connection, and what it was told. */
struct side {
	struct stream	*stream;
	size_t		 came;		/* bytes */
	size_t		 to_send;	/* by on_drained, as many at first */
	size_t		 sent;
	size_t		 most;		/* unsent, after a write */
	unsigned	 drained;
	unsigned	 halves;
	unsigned	 ended;
	int		 error;
	bool		 is_wrong;	/* other bytes than were sent */
	bool		 finishes;	/* when all is sent */
	bool		 outlives;	/* writes when the peer does not */
	bool		 frees_on_input, frees_on_drained, frees_on_end;
};

static struct event_base *base;
static struct side left, right;
static bool is_frozen;		/* the clock stands at: */
static struct timespec frozen;

int
__wrap_clock_gettime(clockid_t id, struct timespec *ts)
{
	if (!is_frozen || id != CLOCK_MONOTONIC)
		return __real_clock_gettime(id, ts);
	*ts = frozen;
	return 0;
}

static void
setup(void)
{
	signal(SIGPIPE, SIG_IGN);
	failing_reset();
	base = event_base_new();
	ck_assert_ptr_nonnull(base);
	left = right = (struct side){ 0 };
	is_frozen = false;
}

static void
teardown(void)
{
	failing_reset();
	stream_free(left.stream);
	stream_free(right.stream);
	event_base_free(base);
}

/* ---- sides ---- */

/* The byte at a place of what is sent: no period of a power of two. */
static char
byte_at(size_t at)
{
	return (char)(at % 251);
}

static void
free_side(struct side *side)
{
	stream_free(side->stream);
	side->stream = NULL;
}

static void
on_input(void *arg, const char *bytes, size_t len)
{
	struct side *side = arg;

	ck_assert_uint_gt(len, 0);
	ck_assert_uint_le(len, STREAM_READ_MAX);
	for (size_t i = 0; i < len; i++)
		side->is_wrong |= bytes[i] != byte_at(side->came + i);
	side->came += len;
	if (side->frees_on_input)
		free_side(side);
}

static void
send_some(struct side *side)
{
	static char piece[PIECE];
	size_t n;

	while (side->sent < side->to_send &&
	    stream_unsent(side->stream) < STREAM_LOW) {
		n = side->to_send - side->sent;
		n = n < sizeof(piece) ? n : sizeof(piece);
		for (size_t i = 0; i < n; i++)
			piece[i] = byte_at(side->sent + i);
		ck_assert_int_eq(stream_write(side->stream, piece, n), 0);
		side->sent += n;
		if (stream_unsent(side->stream) > side->most)
			side->most = stream_unsent(side->stream);
	}
	if (side->sent == side->to_send && side->finishes)
		stream_finish(side->stream);
}

static void
on_drained(void *arg)
{
	struct side *side = arg;

	side->drained++;
	ck_assert_uint_lt(stream_unsent(side->stream), STREAM_LOW);
	if (side->frees_on_drained)
		free_side(side);
	else
		send_some(side);
}

static void
on_end(void *arg, int error)
{
	struct side *side = arg;

	side->ended++;
	side->error = error;
	if (side->frees_on_end)
		free_side(side);
}

static void
on_half_end(void *arg)
{
	struct side *side = arg;

	side->halves++;
}

static const struct stream_calls calls = {
	.on_input = on_input,
	.on_drained = on_drained,
	.on_end = on_end,
};

static const struct stream_calls half_calls = {
	.on_input = on_input,
	.on_drained = on_drained,
	.on_end = on_end,
	.on_half_end = on_half_end,
};

static void
start(struct side *side, int fd, uint64_t idle_ms)
{
	ck_assert_int_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	side->stream = stream_new(base, fd, idle_ms,
	    side->outlives ? &half_calls : &calls, side);
	ck_assert_ptr_nonnull(side->stream);
}

/* A connection over loopback: what a Unix socket has no end of is reset. */
static void
connect_tcp(int ends[2])
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sin, len), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&sin, &len), 0);
	ends[0] = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(ends[0], (struct sockaddr *)&sin, len), 0);
	ck_assert_int_ne(ends[1] = accept(fd, NULL, NULL), -1);
	close(fd);
}

static void
connect_pair(int ends[2], bool tcp)
{
	if (tcp)
		connect_tcp(ends);
	else
		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends),
		    0);
}

static void
turn(void)
{
	ck_assert_int_ne(event_base_loop(base, EVLOOP_ONCE), -1);
}

static void
run_until_end(const struct side *side)
{
	while (side->ended == 0)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
}

/* Nothing more comes, whatever is done. */
static void
expect_silence(const struct side *side)
{
	struct side before = *side;

	if (side->stream != NULL) {
		stream_pause(side->stream, true);
		stream_pause(side->stream, false);
		ck_assert_int_eq(stream_write(side->stream, "abc", 3), 0);
		stream_finish(side->stream);
	}
	event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_int_eq(memcmp(&before, side, sizeof(before)), 0);
}

/* ---- to and fro ---- */

START_TEST(what_comes_is_passed_on_until_the_end)
{
	const char bytes[] = { 0, 1, 2, 3, 4, 5 };
	int ends[2];

	connect_pair(ends, _i);
	start(&left, ends[0], UINT64_MAX);
	ck_assert_int_eq(write(ends[1], bytes, 2), 2);
	while (left.came < 2)
		turn();
	ck_assert_int_eq(write(ends[1], bytes + 2, 4), 4);
	close(ends[1]);
	run_until_end(&left);
	ck_assert_uint_eq(left.came, 6);
	ck_assert(!left.is_wrong);
	ck_assert_int_eq(left.error, 0);
	expect_silence(&left);
}
END_TEST

START_TEST(small_writes_go_at_once)
{
	char got[16];
	int ends[2];

	connect_pair(ends, _i);
	start(&left, ends[0], UINT64_MAX);
	ck_assert_int_eq(stream_write(left.stream, "hello", 5), 0);
	ck_assert_int_eq(stream_write(left.stream, "", 0), 0);
	ck_assert_uint_eq(stream_unsent(left.stream), 0);
	ck_assert_int_eq(read(ends[1], got, sizeof(got)), 5);
	stream_finish(left.stream);
	stream_finish(left.stream);
	ck_assert_int_eq(read(ends[1], got, sizeof(got)), 0);
	ck_assert_uint_eq(left.drained, 0);
	/* The other direction is open. */
	ck_assert_int_eq(write(ends[1], "\0\1", 2), 2);
	close(ends[1]);
	run_until_end(&left);
	ck_assert_uint_eq(left.came, 2);
}
END_TEST

static void
expect_all(const struct side *side, const struct side *peer)
{
	ck_assert_int_eq(side->error, 0);
	ck_assert_uint_eq(side->came, peer->to_send);
	ck_assert(!side->is_wrong);
	ck_assert_uint_lt(side->most, STREAM_LOW + PIECE);
}

START_TEST(much_goes_both_ways)
{
	int ends[2];

	connect_pair(ends, _i);
	left.outlives = right.outlives = true;
	start(&left, ends[0], 60000);
	start(&right, ends[1], UINT64_MAX);
	left.to_send = LARGE;
	right.to_send = LARGE / 2;
	left.finishes = right.finishes = true;
	send_some(&left);
	send_some(&right);
	/* With a rest on the way. */
	while (right.came < LARGE / 3)
		turn();
	stream_pause(right.stream, true);
	while (left.came < LARGE / 4)
		turn();
	ck_assert_uint_lt(right.came, LARGE);
	stream_pause(right.stream, false);
	run_until_end(&left);
	run_until_end(&right);
	expect_all(&left, &right);
	expect_all(&right, &left);
	ck_assert_uint_gt(left.drained, 0);
	/* Who has sent less may be done first. */
	ck_assert_uint_le(left.halves + right.halves, 1);
}
END_TEST

START_TEST(pause_holds_the_writer)
{
	int ends[2];

	connect_pair(ends, _i);
	start(&left, ends[0], UINT64_MAX);
	start(&right, ends[1], UINT64_MAX);
	stream_pause(right.stream, true);
	left.to_send = LARGE;
	send_some(&left);
	while (event_base_loop(base, EVLOOP_NONBLOCK) == 0 &&
	    stream_unsent(left.stream) < STREAM_LOW)
		;
	ck_assert_uint_eq(right.came, 0);
	ck_assert_uint_lt(left.sent, LARGE);
	left.finishes = true;
	stream_pause(right.stream, false);
	run_until_end(&right);
	ck_assert_uint_eq(right.came, LARGE);
	ck_assert(!right.is_wrong);
}
END_TEST

/* Byte by byte, and with interruptions, the same comes out. */
START_TEST(short_calls_lose_nothing)
{
	static const int errors[] = { EINTR, EAGAIN };
	int ends[2];

	connect_pair(ends, true);
	start(&left, ends[0], UINT64_MAX);
	start(&right, ends[1], UINT64_MAX);
	failing_short(FAILING_RECV, 999);
	failing_short(FAILING_SENDMSG, 1000);
	failing[FAILING_RECV].at = failing[FAILING_SENDMSG].at = 1;
	failing[FAILING_RECV].error = failing[FAILING_SENDMSG].error =
	    errors[_i];
	left.to_send = LARGE / 8;
	left.finishes = true;
	send_some(&left);
	run_until_end(&right);
	failing_on = false;
	ck_assert_uint_eq(right.came, left.to_send);
	ck_assert(!right.is_wrong);
	ck_assert_int_eq(right.error, 0);
}
END_TEST

/* ---- ends ---- */

/* Close it so that the other end is told of an error. */
static void
reset_connection(int fd)
{
	const struct linger now = { .l_onoff = 1 };

	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now,
	    sizeof(now)), 0);
	close(fd);
}

START_TEST(reset_is_told)
{
	int ends[2];

	connect_tcp(ends);
	start(&left, ends[0], UINT64_MAX);
	ck_assert_int_eq(write(ends[1], "\0\1\2", 3), 3);
	while (left.came < 3)
		turn();
	reset_connection(ends[1]);
	run_until_end(&left);
	ck_assert_int_eq(left.error, ECONNRESET);
	expect_silence(&left);
}
END_TEST

/* A send that fails must not hide what the peer had said before. */
START_TEST(failed_send_loses_nothing)
{
	char bytes[1000];
	int ends[2];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = byte_at(i);
	connect_pair(ends, _i);
	start(&left, ends[0], UINT64_MAX);
	stream_pause(left.stream, true);
	ck_assert_int_eq(stream_write(left.stream, "unread", 6), 0);
	ck_assert_int_eq(write(ends[1], bytes, sizeof(bytes)), sizeof(bytes));
	close(ends[1]);
	/* By now at least one of these has failed. */
	left.to_send = LARGE;
	send_some(&left);
	for (int i = 0; i < 100; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_uint_eq(left.ended, 0);
	ck_assert_uint_gt(stream_unsent(left.stream), 0);
	stream_pause(left.stream, false);
	run_until_end(&left);
	ck_assert_uint_eq(left.came, sizeof(bytes));
	ck_assert(!left.is_wrong);
	ck_assert_msg(left.error == EPIPE || left.error == ECONNRESET, "%s",
	    strerror(left.error));
}
END_TEST

/* A peer that takes no more may have more to say. */
START_TEST(failed_send_tells_the_peer)
{
	char got[16];
	int ends[2];

	connect_pair(ends, false);
	start(&left, ends[0], UINT64_MAX);
	failing_at(FAILING_SENDMSG, 1, ENOBUFS);
	ck_assert_int_eq(stream_write(left.stream, "hello", 5), 0);
	failing_on = false;
	ck_assert_uint_eq(stream_unsent(left.stream), 5);
	ck_assert_int_eq(read(ends[1], got, sizeof(got)), 0);
	ck_assert_int_eq(write(ends[1], "\0\1", 2), 2);
	close(ends[1]);
	run_until_end(&left);
	ck_assert_uint_eq(left.came, 2);
	ck_assert_int_eq(left.error, ENOBUFS);
}
END_TEST

/* After the end of the peer no read can tell that it takes no more. */
START_TEST(half_end_can_fail)
{
	int ends[2];

	connect_pair(ends, _i);
	left.outlives = true;
	start(&left, ends[0], UINT64_MAX);
	ck_assert_int_eq(shutdown(ends[1], SHUT_WR), 0);
	while (left.halves == 0)
		turn();
	left.to_send = LARGE;
	send_some(&left);
	ck_assert_uint_eq(left.ended, 0);
	reset_connection(ends[1]);
	run_until_end(&left);
	ck_assert_msg(left.error == EPIPE || left.error == ECONNRESET, "%s",
	    strerror(left.error));
	expect_silence(&left);
}
END_TEST

/* It was closed altogether, which only what is sent to it brings to light. */
START_TEST(bytes_for_nobody_are_told)
{
	int ends[2];

	connect_pair(ends, _i);
	left.outlives = true;
	start(&left, ends[0], UINT64_MAX);
	close(ends[1]);
	while (left.halves == 0)
		turn();
	left.to_send = 1000;
	left.finishes = true;
	send_some(&left);
	ck_assert_uint_eq(left.ended, 0);
	run_until_end(&left);
	ck_assert_msg(left.error == EPIPE || left.error == ECONNRESET, "%s",
	    strerror(left.error));
	expect_silence(&left);
}
END_TEST

START_TEST(half_end_of_what_has_finished_is_the_end)
{
	int ends[2];

	connect_pair(ends, _i);
	left.outlives = true;
	start(&left, ends[0], UINT64_MAX);
	stream_finish(left.stream);
	close(ends[1]);
	run_until_end(&left);
	ck_assert_int_eq(left.error, 0);
	ck_assert_uint_eq(left.halves, 0);
}
END_TEST

START_TEST(failed_read_is_told)
{
	int ends[2];

	connect_pair(ends, false);
	start(&left, ends[0], UINT64_MAX);
	ck_assert_int_eq(write(ends[1], "\0", 1), 1);
	failing_at(FAILING_RECV, 1, EIO);
	run_until_end(&left);
	failing_on = false;
	ck_assert_int_eq(left.error, EIO);
	close(ends[1]);
}
END_TEST

START_TEST(callee_may_free_it)
{
	int ends[2];
	int lowest = lowest_descriptor();

	connect_pair(ends, false);
	start(&left, ends[0], 60000);
	start(&right, ends[1], UINT64_MAX);
	left.frees_on_input = _i == 0;
	left.frees_on_drained = _i == 1;
	left.frees_on_end = _i == 2;
	left.to_send = _i == 1 ? LARGE : 0;
	right.to_send = _i == 1 ? 0 : 10;
	right.finishes = _i == 2;
	send_some(&left);
	send_some(&right);
	while (left.stream != NULL)
		turn();
	free_side(&right);
	event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_int_eq(lowest_descriptor(), lowest);
}
END_TEST

START_TEST(free_closes_at_once)
{
	char got[16];
	int ends[2];

	connect_pair(ends, _i);
	start(&left, ends[0], UINT64_MAX);
	free_side(&left);
	ck_assert_int_eq(read(ends[1], got, sizeof(got)), 0);
	stream_free(NULL);
	close(ends[1]);
}
END_TEST

/* ---- time ---- */

static void
on_alarm(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	*(bool *)arg = true;
}

static void
wait_ms(uint64_t ms)
{
	bool is_over = false;
	struct event *ev = evtimer_new(base, on_alarm, &is_over);

	timer_start(ev, ms);
	while (!is_over)
		turn();
	event_free(ev);
}

START_TEST(silence_has_a_limit)
{
	int ends[2];

	connect_pair(ends, false);
	start(&left, ends[0], 20);
	run_until_end(&left);
	ck_assert_int_eq(left.error, ETIMEDOUT);
	expect_silence(&left);
	close(ends[1]);
}
END_TEST

/* A peer that takes nothing is silent, too. */
START_TEST(stuck_output_has_a_limit)
{
	int ends[2];

	connect_pair(ends, false);
	start(&left, ends[0], 20);
	left.to_send = LARGE;
	send_some(&left);
	run_until_end(&left);
	ck_assert_int_eq(left.error, ETIMEDOUT);
	close(ends[1]);
}
END_TEST

/* For the stream no time passes between two bytes. */
START_TEST(no_silence_is_no_end)
{
	int ends[2];

	__real_clock_gettime(CLOCK_MONOTONIC, &frozen);
	is_frozen = true;
	connect_pair(ends, false);
	start(&left, ends[0], 10);
	wait_ms(50);
	ck_assert_uint_eq(left.ended, 0);
	/* A byte counts, whichever way it goes. */
	frozen.tv_sec++;
	if (_i == 0)
		ck_assert_int_eq(stream_write(left.stream, "a", 1), 0);
	else
		ck_assert_int_eq(write(ends[1], "\0", 1), 1);
	while (_i == 1 && left.came == 0)
		turn();
	wait_ms(50);
	ck_assert_uint_eq(left.ended, 0);
	frozen.tv_sec++;
	run_until_end(&left);
	ck_assert_int_eq(left.error, ETIMEDOUT);
	close(ends[1]);
}
END_TEST

START_TEST(pause_is_no_silence)
{
	int ends[2];

	connect_pair(ends, false);
	start(&left, ends[0], 10);
	stream_pause(left.stream, true);
	wait_ms(50);
	ck_assert_uint_eq(left.ended, 0);
	stream_pause(left.stream, false);
	run_until_end(&left);
	ck_assert_int_eq(left.error, ETIMEDOUT);
	close(ends[1]);
}
END_TEST

/* ---- without memory ---- */

static unsigned allocations, fails_at;

static void *
meagre_malloc(size_t size)
{
	return ++allocations == fails_at ? NULL : malloc(size);
}

static void *
meagre_realloc(void *p, size_t size)
{
	return ++allocations == fails_at ? NULL : realloc(p, size);
}

START_TEST(no_memory_for_it_is_told)
{
	int lowest = lowest_descriptor(), ends[2];
	struct stream *s = NULL;

	failing_on = false;
	for (fails_at = 0; s == NULL; fails_at++) {
		connect_pair(ends, false);
		failing_at(FAILING_MEMORY, fails_at == 0, ENOMEM);
		allocations = 0;
		s = stream_new(base, ends[0], 60000, &calls, &left);
		failing_on = false;
		close(ends[1]);
	}
	stream_free(s);
	event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_uint_gt(fails_at, 3);
	ck_assert_int_eq(lowest_descriptor(), lowest);
	fails_at = 0;
}
END_TEST

START_TEST(no_memory_for_output_is_told)
{
	char *much = calloc(1, LARGE);
	int ends[2];

	connect_pair(ends, false);
	start(&left, ends[0], UINT64_MAX);
	allocations = 0;
	fails_at = 1;
	ck_assert_int_eq(stream_write(left.stream, much, LARGE), -1);
	fails_at = 0;
	free(much);
	close(ends[1]);
}
END_TEST

static void
setup_meagre(void)
{
	event_set_mem_functions(meagre_malloc, meagre_realloc, free);
	setup();
}

int
main(void)
{
	Suite *s = suite_create("stream");
	TCase *tc = suite_case(s, "stream");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, what_comes_is_passed_on_until_the_end, 0, 2);
	tcase_add_loop_test(tc, small_writes_go_at_once, 0, 2);
	tcase_add_loop_test(tc, much_goes_both_ways, 0, 2);
	tcase_add_loop_test(tc, pause_holds_the_writer, 0, 2);
	tcase_add_loop_test(tc, short_calls_lose_nothing, 0, 2);
	tcase_add_test(tc, reset_is_told);
	tcase_add_loop_test(tc, failed_send_loses_nothing, 0, 2);
	tcase_add_test(tc, failed_send_tells_the_peer);
	tcase_add_loop_test(tc, half_end_can_fail, 0, 2);
	tcase_add_loop_test(tc, bytes_for_nobody_are_told, 0, 2);
	tcase_add_loop_test(tc, half_end_of_what_has_finished_is_the_end, 0, 2);
	tcase_add_test(tc, failed_read_is_told);
	tcase_add_loop_test(tc, callee_may_free_it, 0, 3);
	tcase_add_loop_test(tc, free_closes_at_once, 0, 2);
	tcase_add_test(tc, silence_has_a_limit);
	tcase_add_test(tc, stuck_output_has_a_limit);
	tcase_add_loop_test(tc, no_silence_is_no_end, 0, 2);
	tcase_add_test(tc, pause_is_no_silence);
	tc = suite_case(s, "without memory");
	tcase_add_checked_fixture(tc, setup_meagre, teardown);
	tcase_add_test(tc, no_memory_for_it_is_told);
	tcase_add_test(tc, no_memory_for_output_is_told);
	return suite_run(s);
}
