/*
 * check_conn - connections over real sockets: answers larger than a socket,
 * work in turns, ends of all kinds, limits, failures. Linked with the
 * wrapped calls of failing.h and planned.h.
 */
#ifdef HAVE_CONFIG_H
#include "build.h"
#endif

#include "base/monotonic.h"
#include "event/conn.h"

#include <dirent.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "failing.h"
#include "json.h"
#include "planned.h"
#include "proto/access_log.h"
#include "suite.h"
#include "talker.h"

#define HOST	"Host: example.org\r\n"
#define GET	"GET /1 HTTP/1.1\r\n" HOST "\r\n"
#define SHUT	"GET /1 HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"
#define LARGE	"GET /large.bin HTTP/1.1\r\n" HOST "\r\n"

static unsigned ends_told;

static void
on_end(void *arg)
{
	ck_assert_ptr_eq(arg, &ends_told);
	ends_told++;
}

static void
setup(void)
{
	failing_reset();
	planned_reset();
	talker_setup();
	talker_start(1000);
	talker.conns.on_room = on_end;
	talker.conns.arg = &ends_told;
	ends_told = 0;
}

static void
teardown(void)
{
	failing_reset();
	event_set_mem_functions(malloc, realloc, free);
	talker_teardown();
}

/* How many ended, and for this reason alone. */
static bool
ended(enum conn_end end, uint64_t n)
{
	for (int i = 0; i < CONN_ENDS; i++)
		if (talker.conns.ended[i] != (i == (int)end ? n : 0)) {
			fprintf(stderr, "%s: %d\n", conn_end_name(i),
			    (int)talker.conns.ended[i]);
			return false;
		}
	return true;
}

static bool
answers(const struct caller *c, const char *want)
{
	return talker_answers(c->got, c->len, want);
}

static bool
has_large(const struct caller *c)
{
	size_t at = caller_content(c);

	return at != 0 && c->len >= at + TALKER_LARGE;
}

/* The content of the nth /0 to /9 answer so far, all of 2 bytes. */
static bool
has_answer(const struct caller *c)
{
	size_t at = caller_content(c);

	return at != 0 && c->len >= at + 2;
}

/* Of this process; 0 where it cannot be known. */
static int
open_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	if (dir == NULL)
		return 0;
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n;
}

/* Wait for an event that comes by itself after some time. */
static void
on_alarm(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	*(bool *)arg = true;
}

static void
let_pass(unsigned ms)
{
	const struct timeval tv = { .tv_usec = (suseconds_t)ms * 1000 };
	bool rung = false;

	event_base_once(talker.base, -1, EV_TIMEOUT, on_alarm, &rung, &tv);
	UNTIL(rung);
}

/*
 * Let the timer run before input that already waits. It must not be pending:
 * libevent would put it behind the input again.
 */
static void
run_timer_first(uint64_t due)
{
	while (monotonic_ms() <= due)
		;
	event_del(talker.conns.deadlines.timer);
	event_active(talker.conns.deadlines.timer, EV_TIMEOUT, 0);
	talker_turn();
}

/* ---- answers ---- */

START_TEST(request_is_answered_and_the_next_one_too)
{
	struct caller *c = caller_new(&proto_http, false);

	caller_say(c, GET);
	UNTIL(has_answer(c));
	ck_assert(answers(c, "200"));
	caller_say(c, GET);
	UNTIL(c->len > 2 && answers(c, "200 200"));
	ck_assert_uint_eq(talker.conns.count, 1);
	caller_free(c);
	UNTIL(talker.conns.count == 0);
	ck_assert(ended(CONN_END_DONE, 1));
	ck_assert_uint_eq(ends_told, 1);
}
END_TEST

START_TEST(request_that_is_there_is_answered_before_any_turn)
{
	struct caller *c = caller_pair(false);

	caller_say(c, SHUT);
	caller_serve(c, &proto_http);
	ck_assert_uint_eq(talker.conns.count, 0);
	UNTIL(c->eof);
	ck_assert(answers(c, "200"));
	ck_assert(ended(CONN_END_DONE, 1));
	caller_free(c);
}
END_TEST

START_TEST(bytes_one_at_a_time)
{
	struct caller *c = caller_new(&proto_http, false);

	for (const char *p = GET GET SHUT; *p != '\0'; p++) {
		ck_assert_uint_eq(caller_send(c, p, 1), 1);
		talker_settle();
	}
	UNTIL(c->eof);
	ck_assert(answers(c, "200 200 200"));
	caller_free(c);
}
END_TEST

START_TEST(file_larger_than_the_socket_is_whole)
{
	struct caller *c = caller_new(&proto_http, _i == 1);

	caller_say(c, LARGE);
	UNTIL(has_large(c));
	ck_assert(caller_got_large(c, caller_content(c), TALKER_LARGE));
	/* And the connection goes on. */
	c->len = 0;
	caller_say(c, SHUT);
	UNTIL(c->eof);
	ck_assert(answers(c, "200"));
	ck_assert(ended(CONN_END_DONE, 1));
	caller_free(c);
}
END_TEST

START_TEST(several_files_at_a_time)
{
	struct caller *clients[5];

	for (int i = 0; i < 5; i++) {
		clients[i] = caller_new(&proto_http, i % 2 == 0);
		caller_say(clients[i], LARGE);
	}
	for (int i = 0; i < 5; i++) {
		UNTIL(has_large(clients[i]));
		ck_assert(caller_got_large(clients[i],
		    caller_content(clients[i]), TALKER_LARGE));
		caller_free(clients[i]);
	}
}
END_TEST

START_TEST(reader_that_pauses_gets_all)
{
	struct caller *c = caller_new(&proto_http, true);

	caller_say(c, LARGE);
	caller_pause(c);
	talker_settle();
	caller_resume(c);
	UNTIL(c->len > 100000);
	caller_pause(c);
	talker_settle();
	caller_resume(c);
	UNTIL(has_large(c));
	ck_assert(caller_got_large(c, caller_content(c), TALKER_LARGE));
	caller_free(c);
}
END_TEST

START_TEST(much_pipelined_is_in_order)
{
	static char input[64 * 100];
	struct caller *c = caller_new(&proto_http, _i == 1);
	size_t n = 0, at = 0, sent;
	const char *p;

	for (int i = 0; i < 60; i++)
		n += (size_t)sprintf(input + n, "GET /small.bin HTTP/1.1\r\n"
		    HOST "\r\nGET /%d HTTP/1.1\r\n" HOST "\r\n", i % 10);
	n += (size_t)sprintf(input + n, SHUT);
	caller_pause(c);
	for (sent = 0; sent < n; sent += caller_send(c, input + sent,
	    n - sent))
		talker_settle();
	talker_settle();
	caller_resume(c);
	UNTIL(c->eof);
	for (int i = 0; i < 60; i++) {
		p = memmem(c->got + at, c->len - at, "\r\n\r\n", 4);
		ck_assert_ptr_nonnull(p);
		at = (size_t)(p - c->got) + 4;
		ck_assert_msg(caller_got_large(c, at, TALKER_SMALL), "%d", i);
		at += TALKER_SMALL;
		p = memmem(c->got + at, c->len - at, "\r\n\r\n", 4);
		ck_assert_ptr_nonnull(p);
		ck_assert_int_eq(p[4], '0' + i % 10);
		at = (size_t)(p - c->got) + 6;
	}
	ck_assert(talker_answers(c->got + at, c->len - at, "200"));
	ck_assert(ended(CONN_END_DONE, 1));
	caller_free(c);
}
END_TEST

START_TEST(end_of_input_is_answered_first)
{
	static const struct {
		const char	*input, *answers;
		enum conn_end	 end;
	} rows[] = {
		{ GET, "200", CONN_END_DONE },
		{ GET GET GET, "200 200 200", CONN_END_DONE },
		{ "", "", CONN_END_DONE },
		{ GET "GET /", "200 400", CONN_END_CLIENT_GONE },
	};
	struct caller *c = caller_new(&proto_http, false);

	caller_say(c, rows[_i].input);
	caller_shut(c);
	UNTIL(c->eof);
	ck_assert(answers(c, rows[_i].answers));
	ck_assert(ended(rows[_i].end, 1));
	caller_free(c);
}
END_TEST

START_TEST(end_of_input_while_a_file_is_sent)
{
	struct caller *c = caller_new(&proto_http, true);

	caller_say(c, LARGE);
	caller_shut(c);
	UNTIL(c->eof);
	ck_assert(has_large(c));
	ck_assert(caller_got_large(c, caller_content(c), TALKER_LARGE));
	ck_assert(ended(CONN_END_DONE, 1));
	caller_free(c);
}
END_TEST

START_TEST(what_is_behind_the_last_answer_causes_no_reset)
{
	struct caller *c = caller_pair(false);

	caller_say(c, SHUT GET GET);
	caller_serve(c, &proto_http);
	caller_say(c, GET GET);
	UNTIL(c->eof || c->reset);
	ck_assert(!c->reset);
	ck_assert(answers(c, "200"));
	caller_free(c);
	UNTIL(talker.conns.count == 0);
	ck_assert(ended(CONN_END_DONE, 1));
}
END_TEST

START_TEST(error_answer_survives_much_unread_input)
{
	static const char *const errors[] = { "x\r\n\r\n",
	    "GET / HTTP/1.1\r\n" HOST "Content-Length: 99999999\r\n\r\n" };
	static const char *const want[] = { "400", "413" };
	struct caller *c = caller_new(&proto_http, false);
	static char junk[65536];
	size_t sent = 0;

	caller_say(c, errors[_i]);
	caller_pause(c);
	for (int i = 0; i < 200; i++) {
		sent += caller_send(c, junk, sizeof(junk));
		talker_turn();
	}
	ck_assert_uint_gt(sent, 4 * sizeof(junk));
	caller_resume(c);
	UNTIL(c->eof || c->reset);
	ck_assert(!c->reset);
	ck_assert(answers(c, want[_i]));
	ck_assert_uint_eq(talker.conns.count, 1);
	caller_free(c);
	UNTIL(talker.conns.count == 0);
	ck_assert(ended(_i == 0 ? CONN_END_BAD_REQUEST : CONN_END_LIMIT, 1));
}
END_TEST

START_TEST(peer_that_never_finishes_is_not_waited_for)
{
	struct caller *c = caller_new(&proto_http, false);

	talker.conns.waits[CONN_WAIT_DRAIN].period_ms = 5;
	caller_say(c, "x\r\n\r\n");
	UNTIL(talker.conns.count == 0);
	ck_assert(ended(CONN_END_BAD_REQUEST, 1));
	UNTIL(c->eof);
	ck_assert(answers(c, "400"));
	caller_free(c);
}
END_TEST

START_TEST(tls_is_closed_without_a_word)
{
	struct caller *c = caller_new(_i == 0 ? &proto_http : &proto_auto,
	    false);

	talker.config.welcome.message_len = 0;
	caller_say(c, "\x16\x03\x01\x02");
	if (_i == 0) {
		UNTIL(c->eof || c->reset);
		ck_assert_uint_eq(c->len, 0);
		ck_assert(ended(CONN_END_TLS, 1));
	} else {
		UNTIL(c->len == 9);	/* an echo like any other */
	}
	caller_free(c);
}
END_TEST

START_TEST(welcome_loses_no_byte)
{
	struct caller *c = caller_pair(false);

	caller_say(c, "what the peer said before is not read");
	caller_serve(c, &proto_welcome);
	UNTIL(c->eof || c->reset);
	ck_assert(!c->reset);
	ck_assert(caller_got(c, TALKER_WELCOME));
	caller_free(c);
	UNTIL(talker.conns.count == 0);
	ck_assert(ended(CONN_END_DONE, 1));
}
END_TEST

/* ---- ranges ---- */

/* The length of the content of one answer to /parts/NAME; 0: not it. */
static size_t
parts_length(const struct caller *c, off_t size)
{
	size_t at = caller_content(c);

	return planned_parts_length(c->got + at, c->len - at, size);
}

START_TEST(parts_arrive_whole)
{
	static const struct {
		const char	*input;
		off_t		 size;
		bool		 little;
		size_t		 most;		/* bytes a call sends */
	} rows[] = {
		{ "GET /parts/small.bin", TALKER_SMALL, false, 0 },
		{ "GET /parts/small.bin", TALKER_SMALL, true, 0 },
		{ "GET /parts/small.bin", TALKER_SMALL, false, 100 },
		{ "GET /parts/large.bin", TALKER_LARGE, false, 0 },
		{ "GET /parts/large.bin", TALKER_LARGE, true, 0 },
		{ "GET /parts/large.bin", TALKER_LARGE, false, 5000 },
	};
	struct caller *c = caller_pair(rows[_i].little);

	caller_say(c, rows[_i].input);
	caller_say(c, " HTTP/1.1\r\n" HOST "\r\n" SHUT);
	failing_short(FAILING_SENDMSG, rows[_i].most);
	failing_short(FAILING_SENDFILE, rows[_i].most);
	caller_serve(c, &proto_http);
	while (!c->eof) {
		failing_on = true;
		talker_turn();
		failing_on = false;
	}
	ck_assert_uint_ne(parts_length(c, rows[_i].size), 0);
	ck_assert(answers(c, "206 200"));
	ck_assert(ended(CONN_END_DONE, 1));
	caller_free(c);
}
END_TEST

START_TEST(file_that_shrinks_within_its_parts_ends_the_connection)
{
	struct caller *c = caller_new(&proto_http, true);
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/shrinks.bin", talker.dir);
	ck_assert_ptr_nonnull(f = fopen(path, "w"));
	ck_assert_int_eq(ftruncate(fileno(f), TALKER_LARGE), 0);
	caller_pause(c);
	caller_say(c, "GET /parts/shrinks.bin HTTP/1.1\r\n" HOST "\r\n" GET);
	talker_settle();
	/* The first part is whole, the second is not there any more. */
	ck_assert_int_eq(ftruncate(fileno(f), TALKER_LARGE / 2), 0);
	fclose(f);
	caller_resume(c);
	UNTIL(c->eof || c->reset);
	ck_assert_uint_gt(c->len, TALKER_LARGE / 2 - 10);
	ck_assert_uint_lt(c->len, TALKER_LARGE / 2 + 2000);
	ck_assert(ended(CONN_END_FILE_SHRANK, 1));
	caller_free(c);
}
END_TEST

/* ---- work in turns ---- */

/*
 * A protocol that works. A digit is answered with "(", a "." in each of that
 * many turns, and ")". "q" works quietly, without an end, "f" likewise with
 * dots; "b" is three turns with BURST bytes each, "B" the same with a burst in
 * the first alone; "e" is two turns and the end, what follows unread.
 */
#define BURST	100000

struct worker {
	uint64_t	turns;		/* to go */
	uint64_t	turn;		/* of the loop, that it worked in */
	char		what;
};

_Static_assert(sizeof(struct worker) <= sizeof(struct proto_state),
    "the state must fit");

static uint64_t work_turn;		/* of the last step of any */
static bool work_same_turn;		/* two steps in one turn */

static enum conn_next
worker_on_input(struct talk *t)
{
	struct worker *w = (struct worker *)t->state;

	t->used = 1;
	w->what = t->bytes[0];
	w->turn = t->service->turn;
	w->turns = w->what == 'q' || w->what == 'f' ? UINT64_MAX :
	    w->what == 'b' || w->what == 'B' ? 3 : w->what == 'e' ? 2 :
	    (uint64_t)(w->what - '0');
	out_copy(t->out, "(", 1);
	return CONN_LATER;
}

static enum conn_next
worker_on_later(struct talk *t)
{
	struct worker *w = (struct worker *)t->state;
	static char burst[BURST];

	work_same_turn |= talker.inside && (w->turn == t->service->turn ||
	    work_turn == t->service->turn);
	work_turn = t->service->turn;
	memset(burst, '.', sizeof(burst));
	if (w->what != 'q')
		out_copy(t->out, burst, w->what == 'b' ||
		    (w->what == 'B' && w->turns == 3) ? BURST : 1);
	if (--w->turns > 0)
		return CONN_LATER;
	out_copy(t->out, ")", 1);
	t->wait = CONN_WAIT_IDLE;
	t->renew = true;
	return w->what == 'e' ? CONN_FLUSH : CONN_MORE;
}

static enum conn_next
worker_on_end(struct talk *t)
{
	(void)t;
	return CONN_FLUSH;
}

static enum conn_next
worker_on_deadline(struct talk *t)
{
	t->end = CONN_END_IDLE;
	return CONN_ABORT;
}

static enum conn_next
worker_on_stop(struct talk *t)
{
	t->end = CONN_END_SHUTDOWN;
	return CONN_FLUSH;
}

static const struct protocol worker = {
	.name = "worker",
	.wait = CONN_WAIT_IDLE,
	.on_input = worker_on_input,
	.on_later = worker_on_later,
	.on_end = worker_on_end,
	.on_deadline = worker_on_deadline,
	.on_stop = worker_on_stop,
};

/* One whose first input is there already: nothing has turned yet. */
static struct caller *
new_worker(const char *input, bool little)
{
	struct caller *c = caller_pair(little);

	work_same_turn = false;
	work_turn = 0;
	caller_say(c, input);
	caller_serve(c, &worker);
	return c;
}

START_TEST(answer_so_far_goes_out_before_the_work)
{
	struct caller *c = new_worker("9", false);
	char said[8];

	ck_assert_int_eq(recv(c->fd, said, sizeof(said), MSG_PEEK), 1);
	ck_assert_int_eq(said[0], '(');
	UNTIL(caller_got(c, "(.........)"));
	ck_assert(!work_same_turn);
	caller_free(c);
	UNTIL(talker.conns.count == 0);
	ck_assert(ended(CONN_END_DONE, 1));
}
END_TEST

START_TEST(input_waits_until_the_work_is_done)
{
	struct caller *c = new_worker("231", false);

	talker_turn();
	caller_say(c, "12");
	UNTIL(c->len >= 19);
	ck_assert(caller_got(c, "(..)(...)(.)(.)(..)"));
	ck_assert(!work_same_turn);
	caller_free(c);
	UNTIL(talker.conns.count == 0);
	ck_assert(ended(CONN_END_DONE, 1));
}
END_TEST

START_TEST(others_get_their_turns)
{
	struct caller *c = new_worker("q", false);
	struct caller *other = caller_new(&proto_http, false);

	caller_say(other, GET);
	UNTIL(has_answer(other));
	ck_assert(answers(other, "200"));
	ck_assert(caller_got(c, "("));
	ck_assert(!work_same_turn);
	caller_free(other);
	caller_free(c);
}
END_TEST

/* However many have work, a turn costs one step; who came first is first. */
START_TEST(work_is_done_in_the_order_it_came)
{
	struct caller *c[3];

	for (int i = 0; i < 3; i++)
		c[i] = new_worker("9", false);
	for (int i = 0; i < 3; i++) {
		UNTIL(caller_got(c[i], "(.........)"));
		for (int k = i + 1; k < 3; k++)
			ck_assert_uint_le(c[k]->len, k == i + 1 ? 3 : 1);
	}
	ck_assert(!work_same_turn);
	for (int i = 0; i < 3; i++)
		caller_free(c[i]);
}
END_TEST

START_TEST(work_for_one_who_has_reset_is_dropped)
{
	struct caller *c = new_worker("q", false);
	struct caller *next = new_worker("2", false);

	caller_reset(c);
	UNTIL(caller_got(next, "(..)"));
	ck_assert(ended(CONN_END_CLIENT_GONE, 1));
	caller_free(next);
}
END_TEST

START_TEST(work_has_no_deadline_and_is_not_idle)
{
	struct caller *c;

	for (int i = 0; i < CONN_WAITS; i++)
		talker.conns.waits[i].period_ms = 3;
	c = new_worker("q", false);
	let_pass(30);
	ck_assert_uint_eq(talker.conns.count, 1);
	ck_assert(!conns_end_idle(&talker.conns, CONN_END_LIMIT));
	/* Not even if a turn takes longer than any deadline. */
	run_timer_first(monotonic_ms() + 10);
	ck_assert_uint_eq(talker.conns.count, 1);
	conns_end_all(&talker.conns);
	ck_assert(ended(CONN_END_SHUTDOWN, 1));
	caller_free(c);
}
END_TEST

START_TEST(deadlines_count_again_after_the_work)
{
	static const char *const input[] = { "9", "B", "b" };
	static const size_t len[] = { 11, BURST + 4, 3 * BURST + 2 };
	struct caller *c;

	talker.conns.waits[CONN_WAIT_IDLE].period_ms = 5;
	c = new_worker(input[_i], _i > 0);
	UNTIL(c->eof);
	ck_assert_uint_eq(c->len, len[_i]);
	ck_assert(ended(CONN_END_IDLE, 1));
	caller_free(c);
}
END_TEST

START_TEST(half_close_during_the_work_gets_all)
{
	struct caller *c = new_worker("92", false);

	talker_turn();
	caller_shut(c);
	UNTIL(c->eof);
	ck_assert(caller_got(c, "(.........)(..)"));
	ck_assert(ended(CONN_END_DONE, 1));
	caller_free(c);
}
END_TEST

START_TEST(peer_gone_during_the_work_is_noticed_when_writing)
{
	static const char *const input[] = { "f", "9" };
	struct caller *c = new_worker(input[_i], false);

	talker_turn();
	caller_reset(c);
	UNTIL(talker.conns.count == 0);
	ck_assert(ended(CONN_END_CLIENT_GONE, 1));
	c = new_worker("f", false);
	talker_turn();
	caller_free(c);
	UNTIL(talker.conns.count == 0);
	ck_assert(ended(CONN_END_CLIENT_GONE, 2));
}
END_TEST

START_TEST(end_after_the_work_resets_nothing)
{
	struct caller *c = new_worker("e1234", false);

	talker_turn();
	caller_say(c, "56");
	UNTIL(c->eof || c->reset);
	ck_assert(!c->reset);
	ck_assert(caller_got(c, "(..)"));
	caller_free(c);
	UNTIL(talker.conns.count == 0);
	ck_assert(ended(CONN_END_DONE, 1));
}
END_TEST

START_TEST(work_waits_for_a_slow_reader)
{
	struct caller *c = new_worker("bb1", true);
	size_t want = 2 * (2 + 3 * BURST) + 3;

	caller_pause(c);
	talker_settle();
	caller_resume(c);
	UNTIL(c->len >= want);
	ck_assert_uint_eq(c->len, want);
	ck_assert(memcmp(c->got + want - 6, "..)(.)", 6) == 0);
	ck_assert(!work_same_turn);
	/* And it is as idle as any other then. */
	ck_assert(conns_end_idle(&talker.conns, CONN_END_LIMIT));
	caller_free(c);
}
END_TEST

START_TEST(work_for_one_who_never_reads_is_too_slow)
{
	struct caller *c;

	talker.conns.waits[CONN_WAIT_RATE].period_ms = 20;
	c = new_worker("bbbbbbbbb", true);
	caller_pause(c);
	UNTIL(talker.conns.count == 0);
	ck_assert(ended(CONN_END_RATE_LOW, 1));
	caller_free(c);
}
END_TEST

START_TEST(listings_are_served_in_turns)
{
	struct caller *c[3];

	for (int i = 0; i < 3; i++) {
		c[i] = caller_new(&proto_http, i == 1);
		caller_say(c[i], GET "GET /list/30 HTTP/1.1\r\n" HOST "\r\n"
		    LARGE "HEAD /list/20 HTTP/1.1\r\n" HOST "\r\n"
		    "GET /list/10/fails HTTP/1.1\r\n" HOST
		    "Content-Length: 3\r\n\r\nabc" SHUT);
	}
	for (int i = 0; i < 3; i++) {
		UNTIL(c[i]->eof);
		ck_assert(answers(c[i], "200 200 200 H200 403 200"));
		caller_free(c[i]);
	}
	ck_assert_uint_eq(planned_steps, 3 * 60);
	ck_assert(!planned_same_turn);
	ck_assert_int_eq(planned_listings, 0);
	UNTIL(talker.conns.count == 0);
	ck_assert(ended(CONN_END_DONE, 3));
}
END_TEST

/* ---- echo ---- */

START_TEST(echo_welcomes_and_says_back)
{
	struct caller *c = caller_new(&proto_echo, false);

	UNTIL(caller_got(c, TALKER_WELCOME));
	caller_say(c, "hello\n");
	UNTIL(caller_got(c, TALKER_WELCOME "OK...hello\n"));
	caller_say(c, "again\n");
	UNTIL(caller_got(c, TALKER_WELCOME "OK...hello\nOK...again\n"));
	caller_say(c, "last");
	caller_shut(c);
	UNTIL(c->eof);
	ck_assert(caller_got(c, TALKER_WELCOME
	    "OK...hello\nOK...again\nOK...last"));
	ck_assert(ended(CONN_END_DONE, 1));
	caller_free(c);
}
END_TEST

/* Memory that libevent has, now and at most. */
static size_t held, held_most;

static void *
count_malloc(size_t size)
{
	void *p = malloc(size);

	held += malloc_usable_size(p);
	if (held > held_most)
		held_most = held;
	return p;
}

static void
count_free(void *p)
{
	size_t n = malloc_usable_size(p);

	held -= n < held ? n : held;
	free(p);
}

static void *
count_realloc(void *p, size_t size)
{
	held -= malloc_usable_size(p) < held ? malloc_usable_size(p) : held;
	p = realloc(p, size);
	held += malloc_usable_size(p);
	return p;
}

START_TEST(echo_of_one_who_does_not_read_is_bounded)
{
	enum { MUCH = 64 * 1024 * 1024 };
	struct caller *c;
	static char bytes[65536];
	size_t sent = 0, more = 1;

	talker.config.welcome.message_len = talker.config.echo.prefix_len = 0;
	c = caller_new(&proto_echo, true);
	caller_pause(c);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = talker_byte(i);
	event_set_mem_functions(count_malloc, count_realloc, count_free);
	held = held_most = 0;
	while (more > 0 && sent < MUCH) {
		size_t at = sent % sizeof(bytes);

		more = caller_send(c, bytes + at, sizeof(bytes) - at);
		sent += more;
		talker_settle();
	}
	ck_assert_uint_lt(sent, MUCH);
	ck_assert_uint_gt(held_most, 0);
	ck_assert_uint_lt(held_most, 2 * 1024 * 1024);
	/* All of it comes back. */
	caller_resume(c);
	caller_shut(c);
	UNTIL(c->eof);
	ck_assert_uint_eq(c->len, sent);
	/* An assertion for each byte would take long. */
	for (size_t at = 0; at < sent; at += sizeof(bytes))
		ck_assert(memcmp(c->got + at, bytes, sent - at < sizeof(bytes) ?
		    sent - at : sizeof(bytes)) == 0);
	ck_assert(ended(CONN_END_DONE, 1));
	caller_free(c);
}
END_TEST

START_TEST(echo_goes_on_after_a_pause)
{
	struct caller *c = caller_new(&proto_echo, true);
	static char bytes[65536];
	size_t sent = 0, more;

	for (int i = 0; i < 3; i++) {
		caller_pause(c);
		do {
			more = caller_send(c, bytes, sizeof(bytes));
			sent += more;
			talker_settle();
		} while (more > 0);
		caller_resume(c);
		UNTIL(c->len >= sent);
		talker_settle();
		caller_say(c, "more");
		sent += 4;
		UNTIL(c->len > 9 &&
		    memcmp(c->got + c->len - 9, "OK...more", 9) == 0);
	}
	caller_free(c);
	UNTIL(talker.conns.count == 0);
}
END_TEST

START_TEST(silent_echo_ends)
{
	struct caller *c = caller_pair(false);

	/* Said before, so that it cannot be late. */
	caller_say(c, "x");
	talker.conns.waits[CONN_WAIT_TALK].period_ms = 5;
	caller_serve(c, &proto_echo);
	UNTIL(c->eof);
	ck_assert(caller_got(c, TALKER_WELCOME "OK...x"));
	ck_assert(ended(CONN_END_IDLE, 1));
	caller_free(c);
}
END_TEST

/* ---- auto ---- */

START_TEST(auto_goes_by_what_is_said)
{
	struct caller *http = caller_new(&proto_auto, false);
	struct caller *echo = caller_new(&proto_auto, false);
	struct caller *slow = caller_new(&proto_auto, false);

	caller_say(http, GET);
	caller_say(echo, "hello\n");
	caller_say(slow, "GET /1 HT");
	UNTIL(has_answer(http));
	ck_assert(answers(http, "200"));
	UNTIL(caller_got(echo, TALKER_WELCOME "OK...hello\n"));
	talker_settle();
	ck_assert_uint_eq(slow->len, 0);
	caller_say(slow, "TP/1.1\r\n" HOST "\r\n");
	UNTIL(has_answer(slow));
	ck_assert(answers(slow, "200"));
	caller_free(http);
	caller_free(echo);
	caller_free(slow);
}
END_TEST

START_TEST(auto_welcomes_silence)
{
	struct caller *c;

	talker.conns.waits[CONN_WAIT_DETECT].period_ms = 2;
	c = caller_new(&proto_auto, false);
	UNTIL(caller_got(c, TALKER_WELCOME));
	caller_say(c, GET);
	UNTIL(caller_got(c, TALKER_WELCOME "OK..." GET));
	caller_free(c);
}
END_TEST

START_TEST(auto_answers_half_a_line_with_408)
{
	struct caller *c;

	talker.conns.waits[CONN_WAIT_HEAD].period_ms = 5;
	c = caller_new(&proto_auto, false);
	caller_say(c, "GET /");
	UNTIL(c->eof);
	ck_assert(answers(c, "408"));
	caller_free(c);
	UNTIL(talker.conns.count == 0);
	ck_assert(ended(CONN_END_HEADER_SLOW, 1));
}
END_TEST

START_TEST(auto_takes_the_end_for_an_echo)
{
	static const char *const input[] = { "", "GE", "hello" };
	static const char *const want[] = { TALKER_WELCOME,
	    TALKER_WELCOME "OK...GE", TALKER_WELCOME "OK...hello" };
	struct caller *c = caller_new(&proto_auto, false);

	caller_say(c, input[_i]);
	talker_settle();
	caller_shut(c);
	UNTIL(c->eof);
	ck_assert(caller_got(c, want[_i]));
	ck_assert(ended(CONN_END_DONE, 1));
	caller_free(c);
}
END_TEST

START_TEST(input_beats_a_timer_that_runs_first)
{
	static const struct {
		const struct protocol	*proto;
		enum conn_wait		 wait;
		const char		*input;
	} rows[] = {
		{ &proto_auto, CONN_WAIT_DETECT, GET },
		{ &proto_http, CONN_WAIT_IDLE, GET },
		{ &proto_auto, CONN_WAIT_DETECT, SHUT },
	};
	struct caller *c;

	talker.conns.waits[rows[_i].wait].period_ms = 1;
	c = caller_new(rows[_i].proto, false);
	caller_say(c, rows[_i].input);
	talker.conns.waits[CONN_WAIT_IDLE].period_ms = 100000;
	run_timer_first(monotonic_ms() + 2);
	UNTIL(has_answer(c));
	ck_assert(answers(c, "200"));
	caller_free(c);
}
END_TEST

/* ---- limits ---- */

START_TEST(slow_head_is_408)
{
	struct caller *c;

	talker.conns.waits[CONN_WAIT_HEAD].period_ms = 20;
	c = caller_new(&proto_http, false);
	caller_say(c, GET);
	UNTIL(has_answer(c));
	/* Bytes do not renew it: each turn brings one, and still it ends. */
	while (!c->eof) {
		caller_send(c, "GET / HTTP/1.1", 1);
		talker_turn();
	}
	ck_assert(answers(c, "200 408"));
	caller_free(c);
	UNTIL(talker.conns.count == 0);
	ck_assert(ended(CONN_END_HEADER_SLOW, 1));
}
END_TEST

START_TEST(idle_connection_is_closed_without_a_word)
{
	struct caller *c;

	talker.conns.waits[CONN_WAIT_IDLE].period_ms = 5;
	c = caller_pair(false);
	if (_i == 1)
		caller_say(c, GET);
	caller_serve(c, &proto_http);
	UNTIL(c->eof);
	ck_assert(answers(c, _i == 1 ? "200" : ""));
	ck_assert(ended(_i == 1 ? CONN_END_IDLE : CONN_END_TIMEOUT, 1));
	caller_free(c);
}
END_TEST

START_TEST(reader_that_never_reads_is_too_slow)
{
	struct caller *slow = caller_new(&proto_http, true), *c;

	talker.conns.waits[CONN_WAIT_RATE].period_ms = 20;
	caller_pause(slow);
	caller_say(slow, LARGE);
	UNTIL(talker.conns.count == 0);
	ck_assert(ended(CONN_END_RATE_LOW, 1));
	caller_free(slow);
	/* Others are not affected. */
	c = caller_new(&proto_http, false);
	caller_say(c, SHUT);
	UNTIL(c->eof);
	ck_assert(answers(c, "200"));
	caller_free(c);
}
END_TEST

START_TEST(echo_that_is_owed_and_not_read_is_too_slow)
{
	struct caller *c = caller_new(&proto_echo, true);
	static char bytes[65536];

	talker.conns.waits[CONN_WAIT_RATE].period_ms = 20;
	caller_pause(c);
	while (caller_send(c, bytes, sizeof(bytes)) > 0)
		talker_settle();
	ck_assert_uint_eq(talker.conns.count, 1);
	talker.service.stopping = true;
	conns_stop(&talker.conns);
	UNTIL(talker.conns.count == 0);
	ck_assert(ended(CONN_END_RATE_LOW, 1));
	caller_free(c);
}
END_TEST

START_TEST(no_least_rate_waits_for_any_reader)
{
	struct caller *c = caller_new(&proto_http, true);

	talker.config.limits.min_rate = 0;
	talker.conns.waits[CONN_WAIT_RATE].period_ms = 3;
	caller_pause(c);
	caller_say(c, LARGE);
	let_pass(30);
	ck_assert_uint_eq(talker.conns.count, 1);
	caller_resume(c);
	UNTIL(has_large(c));
	ck_assert(caller_got_large(c, caller_content(c), TALKER_LARGE));
	caller_free(c);
}
END_TEST

START_TEST(content_that_stalls_is_408)
{
	struct caller *c = caller_new(&proto_http, false);

	talker.conns.waits[CONN_WAIT_RATE].period_ms = 20;
	caller_say(c, "POST /1 HTTP/1.1\r\n" HOST
	    "Content-Length: 60000\r\n\r\nabc");
	UNTIL(c->eof);
	ck_assert(answers(c, "408"));
	caller_free(c);
	UNTIL(talker.conns.count == 0);
	ck_assert(ended(CONN_END_RATE_LOW, 1));
}
END_TEST

START_TEST(connections_of_an_address_are_limited)
{
	static const struct protocol *const protocols[] = { &proto_http,
	    &proto_echo };
	struct caller *c[3], *again;

	talker.config.limits.connections_per_address = 2;
	for (int i = 0; i < 3; i++)
		c[i] = caller_new(protocols[_i], false);
	UNTIL(c[2]->eof);
	if (_i == 0)
		ck_assert(answers(c[2], "503"));
	else
		ck_assert_uint_eq(c[2]->len, 0);
	ck_assert(!c[0]->eof && !c[1]->eof);
	caller_free(c[2]);
	caller_free(c[1]);
	UNTIL(talker.conns.count == 1);
	ck_assert_uint_eq(talker.conns.ended[CONN_END_LIMIT], 1);
	again = caller_new(protocols[_i], false);
	caller_say(again, GET);
	UNTIL(again->len > 20);
	ck_assert(!again->eof);
	caller_free(again);
	caller_free(c[0]);
}
END_TEST

/* Whoever is refused and stays does not keep his neighbours out. */
START_TEST(refused_ones_do_not_count)
{
	struct caller *c[5], *again;

	talker.config.limits.connections_per_address = 1;
	for (int i = 0; i < 5; i++)
		c[i] = caller_new(&proto_http, false);
	for (int i = 1; i < 5; i++)
		UNTIL(c[i]->eof);
	caller_free(c[0]);
	UNTIL(talker.conns.count == 4);
	again = caller_new(&proto_http, false);
	caller_say(again, GET);
	UNTIL(has_answer(again));
	ck_assert(answers(again, "200"));
	caller_free(again);
	for (int i = 1; i < 5; i++)
		caller_free(c[i]);
}
END_TEST

START_TEST(longest_idle_goes_first)
{
	struct caller *c[3];

	ck_assert(!conns_end_idle(&talker.conns, CONN_END_LIMIT));
	for (int i = 0; i < 3; i++) {
		c[i] = caller_new(&proto_http, false);
		caller_say(c[i], GET);
		UNTIL(has_answer(c[i]));
	}
	/* The first has asked again: now the second has been idle longest. */
	caller_say(c[0], GET);
	UNTIL(c[0]->len == 2 * c[1]->len);
	/* None as long as the next request of each may be on its way. */
	talker.conns.idle_least_ms = 60000;
	ck_assert(!conns_end_idle(&talker.conns, CONN_END_LIMIT));
	talker.conns.idle_least_ms = 0;
	ck_assert(conns_end_idle(&talker.conns, CONN_END_LIMIT));
	UNTIL(c[1]->eof);
	ck_assert(conns_end_idle(&talker.conns, CONN_END_FD_LIMIT));
	UNTIL(c[2]->eof);
	ck_assert(!c[0]->eof);
	ck_assert(conns_end_idle(&talker.conns, CONN_END_LIMIT));
	ck_assert(!conns_end_idle(&talker.conns, CONN_END_LIMIT));
	ck_assert_uint_eq(talker.conns.ended[CONN_END_LIMIT], 2);
	ck_assert_uint_eq(talker.conns.ended[CONN_END_FD_LIMIT], 1);
	for (int i = 0; i < 3; i++)
		caller_free(c[i]);
}
END_TEST

START_TEST(busy_connections_are_not_idle)
{
	struct caller *half = caller_new(&proto_http, false);
	struct caller *busy = caller_new(&proto_http, true);
	struct caller *content = caller_new(&proto_http, false);
	struct caller *echo = caller_new(&proto_echo, false);
	struct caller *undecided = caller_new(&proto_auto, false);

	caller_pause(busy);
	caller_say(busy, LARGE);
	caller_say(half, "GET /");
	caller_say(content, "GET /1 HTTP/1.1\r\n" HOST
	    "Content-Length: 3\r\n\r\na");
	talker_settle();
	ck_assert(!conns_end_idle(&talker.conns, CONN_END_LIMIT));
	ck_assert_uint_eq(talker.conns.count, 5);
	caller_free(half);
	caller_free(busy);
	caller_free(content);
	caller_free(echo);
	caller_free(undecided);
}
END_TEST

/* Alone a download takes few turns, among many a small piece of each. */
START_TEST(downloads_share_a_turn)
{
	static const uint64_t others[] = { 0, 1000 };
	int turns[2] = { 0, 0 };
	struct caller *c;

	for (int i = 0; i < 2; i++) {
		talker.conns.senders = others[i];
		c = caller_new(&proto_http, false);
		caller_say(c, LARGE);
		for (; !has_large(c); turns[i]++)
			talker_turn();
		caller_free(c);
		UNTIL(talker.conns.count == 0);
		ck_assert_uint_eq(talker.conns.senders, others[i]);
	}
	ck_assert_int_gt(turns[1], TALKER_LARGE / 16384);
	ck_assert_int_gt(turns[1], 3 * turns[0]);
	talker.conns.senders = 0;
}
END_TEST

/* However little is asked of many files, one is open at a time. */
START_TEST(pipelined_ranges_hold_one_descriptor)
{
	enum { MANY = 200 };
	static const char range[] = "GET /large.bin HTTP/1.1\r\n" HOST
	    "Range: bytes=0-0\r\n\r\n";
	static char text[MANY * sizeof(range)], want[MANY * 4];
	struct caller *c = caller_new(&proto_http, true);
	int before = open_descriptors();

	caller_pause(c);
	for (int i = 0; i < MANY; i++) {
		strcat(text, range);
		strcat(want, i == 0 ? "206" : " 206");
	}
	for (size_t sent = 0; sent < strlen(text);) {
		sent += caller_send(c, text + sent, strlen(text) - sent);
		talker_settle();
		ck_assert_int_le(open_descriptors(), before + 1);
		caller_resume(c);
		talker_turn();
		ck_assert_int_le(open_descriptors(), before + 1);
		caller_pause(c);
	}
	caller_resume(c);
	UNTIL(answers(c, want));
	ck_assert_int_eq(open_descriptors(), before);
	caller_free(c);
}
END_TEST

/* ---- ends ---- */

START_TEST(reset_ends_one_and_no_other)
{
	struct caller *gone = caller_new(&proto_http, true);
	struct caller *c = caller_new(&proto_http, true);

	caller_say(gone, LARGE);
	caller_say(c, LARGE);
	UNTIL(gone->len > 10000 && c->len > 10000);
	caller_reset(gone);
	UNTIL(has_large(c));
	ck_assert(caller_got_large(c, caller_content(c), TALKER_LARGE));
	ck_assert_uint_eq(talker.conns.count, 1);
	ck_assert(ended(CONN_END_CLIENT_GONE, 1));
	caller_free(c);
}
END_TEST

START_TEST(reset_of_who_waits_is_client_gone)
{
	static const struct protocol *const protocols[] = { &proto_http,
	    &proto_echo, &proto_auto };
	struct caller *c = caller_new(protocols[_i], false);

	talker_settle();
	caller_reset(c);
	UNTIL(talker.conns.count == 0);
	ck_assert(ended(CONN_END_CLIENT_GONE, 1));
	ck_assert_uint_eq(ends_told, 1);
}
END_TEST

START_TEST(file_that_shrinks_ends_the_connection)
{
	struct caller *c = caller_new(&proto_http, true);
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/shrinks.bin", talker.dir);
	ck_assert_ptr_nonnull(f = fopen(path, "w"));
	ck_assert_int_eq(ftruncate(fileno(f), TALKER_LARGE), 0);
	caller_pause(c);
	caller_say(c, "GET /shrinks.bin HTTP/1.1\r\n" HOST "\r\n");
	talker_settle();
	ck_assert_int_eq(ftruncate(fileno(f), 1000), 0);
	fclose(f);
	caller_resume(c);
	UNTIL(c->eof || c->reset);
	ck_assert(!has_large(c));
	ck_assert(ended(CONN_END_FILE_SHRANK, 1));
	caller_free(c);
}
END_TEST

START_TEST(all_kinds_end_at_once)
{
	static const struct {
		const struct protocol	*proto;
		const char		*input;
	} kinds[] = {
		{ &proto_http, "" }, { &proto_http, GET },
		{ &proto_http, "GET" }, { &proto_http, LARGE },
		{ &proto_http, "x\r\n\r\n" }, { &proto_echo, "hello" },
		{ &proto_auto, "" }, { &proto_auto, "GET" },
		{ &proto_welcome, "" },
		{ &proto_http, "GET /large.bin HTTP/1.1\r\n" HOST
		  "Content-Length: 3\r\n\r\na" },
	};
	struct caller *c[ROWS(kinds)];
	uint64_t all = 0;

	for (int i = 0; i < ROWS(kinds); i++) {
		c[i] = caller_new(kinds[i].proto, true);
		caller_pause(c[i]);
		caller_say(c[i], kinds[i].input);
	}
	talker_settle();
	ck_assert_uint_eq(talker.conns.count, ROWS(kinds));
	conns_end_all(&talker.conns);
	ck_assert_uint_eq(talker.conns.count, 0);
	for (int i = 0; i < CONN_ENDS; i++)
		all += talker.conns.ended[i];
	ck_assert_uint_eq(all, ROWS(kinds));
	ck_assert_uint_eq(ends_told, ROWS(kinds));
	for (int i = 0; i < ROWS(kinds); i++)
		caller_free(c[i]);
}
END_TEST

/* ---- stopping ---- */

static void
stop(void)
{
	talker.service.stopping = true;
	conns_stop(&talker.conns);
}

START_TEST(idle_may_ask_once_more_when_it_stops)
{
	struct caller *c = caller_new(&proto_http, false);

	caller_say(c, GET);
	UNTIL(has_answer(c));
	c->len = 0;
	stop();
	ck_assert_uint_eq(talker.conns.count, 1);
	caller_say(c, GET);
	UNTIL(c->eof);
	ck_assert(answers(c, "200"));
	ck_assert(talker_has(c->got, c->len, 0, "Connection: close"));
	/* It may have sent more: it is the client's turn to close. */
	caller_free(c);
	UNTIL(ended(CONN_END_DONE, 1));
}
END_TEST

START_TEST(idle_that_asks_no_more_is_closed)
{
	struct caller *c = caller_new(&proto_http, false);

	talker.conns.waits[CONN_WAIT_LAST].period_ms = 5;
	stop();
	UNTIL(c->eof);
	ck_assert_uint_eq(c->len, 0);
	ck_assert(ended(CONN_END_SHUTDOWN, 1));
	caller_free(c);
}
END_TEST

START_TEST(file_on_its_way_is_finished_when_it_stops)
{
	struct caller *c = caller_new(&proto_http, true);

	talker.conns.waits[CONN_WAIT_LAST].period_ms = 5;
	caller_say(c, LARGE);
	UNTIL(c->len > 10000);
	stop();
	UNTIL(c->eof);
	ck_assert(has_large(c));
	ck_assert(caller_got_large(c, caller_content(c), TALKER_LARGE));
	caller_free(c);
	ck_assert(ended(CONN_END_SHUTDOWN, 1));
}
END_TEST

START_TEST(half_a_request_may_be_finished_when_it_stops)
{
	struct caller *c = caller_new(&proto_http, false);

	talker.conns.waits[CONN_WAIT_LAST].period_ms = 1;
	caller_say(c, "GET /1 HTTP");
	talker_settle();
	stop();
	let_pass(10);
	caller_say(c, "/1.1\r\n" HOST "\r\n");
	UNTIL(c->eof);
	ck_assert(answers(c, "200"));
	ck_assert(talker_has(c->got, c->len, 0, "Connection: close"));
	caller_free(c);
}
END_TEST

START_TEST(echo_ends_when_it_stops_with_all_it_owes)
{
	struct caller *c = caller_new(&proto_echo, true);
	static char bytes[65536];

	talker.config.echo.prefix_len = 0;
	caller_pause(c);
	while (caller_send(c, bytes, sizeof(bytes)) > 0)
		talker_settle();
	stop();
	caller_resume(c);
	UNTIL(c->eof || c->reset);
	ck_assert_uint_gt(c->len, 100000);
	/* Input that was not read any more must not reset this. */
	ck_assert(!c->reset);
	caller_free(c);
	UNTIL(ended(CONN_END_SHUTDOWN, 1));
}
END_TEST

START_TEST(work_is_finished_when_it_stops)
{
	struct caller *c = new_worker("9", false);
	struct caller *http = caller_new(&proto_http, false);

	caller_say(http, "GET /list/100 HTTP/1.1\r\n" HOST "\r\n");
	UNTIL(planned_steps > 0);
	stop();
	ck_assert_uint_eq(talker.conns.count, 2);
	UNTIL(caller_got(c, "(.........)"));
	UNTIL(http->eof);
	ck_assert(answers(http, "200"));
	ck_assert(talker_has(http->got, http->len, 0, "Connection: close"));
	ck_assert_uint_eq(planned_steps, 100);
	ck_assert(!planned_same_turn);
	caller_free(http);
	caller_free(c);
	UNTIL(talker.conns.count == 0);
	ck_assert(ended(CONN_END_DONE, 2));
}
END_TEST

START_TEST(who_waits_for_the_peer_is_left_alone_when_it_stops)
{
	struct caller *c = caller_new(&proto_http, false);

	caller_say(c, "x\r\n\r\n");
	UNTIL(c->eof);
	stop();
	ck_assert_uint_eq(talker.conns.count, 1);
	caller_free(c);
	UNTIL(talker.conns.count == 0);
	ck_assert(ended(CONN_END_BAD_REQUEST, 1));
}
END_TEST

START_TEST(all_kinds_end_when_it_stops)
{
	struct caller *c[6];

	for (int i = 0; i < CONN_WAITS; i++)
		talker.conns.waits[i].period_ms = 20;
	c[0] = caller_new(&proto_http, false);
	c[1] = caller_new(&proto_auto, false);
	c[2] = caller_new(&proto_echo, false);
	c[3] = caller_new(&proto_http, true);
	caller_say(c[3], LARGE);
	c[4] = caller_new(&proto_auto, false);
	caller_say(c[4], "GET");
	c[5] = caller_new(&proto_http, false);
	caller_say(c[5], "GET /1 HTTP/1.1\r\n" HOST
	    "Content-Length: 3\r\n\r\na");
	stop();
	for (int i = 0; i < 6; i++) {
		UNTIL(c[i]->eof || c[i]->reset);
		caller_free(c[i]);
	}
	UNTIL(talker.conns.count == 0);
}
END_TEST

/* ---- failures ---- */

static const struct {
	const char		*name;
	enum failing_call	 call;
	int			 error;
	const char		*input;
	bool			 goes_on;
	enum conn_end		 end;		/* unless it goes on */
} calls[] = {
	{ "recv reset", FAILING_RECV, ECONNRESET, GET, false,
	  CONN_END_CLIENT_GONE },
	{ "recv timed out", FAILING_RECV, ETIMEDOUT, GET, false,
	  CONN_END_CLIENT_GONE },
	{ "recv interrupted", FAILING_RECV, EINTR, GET, true, 0 },
	{ "recv has nothing", FAILING_RECV, EAGAIN, GET, true, 0 },
	{ "sendmsg pipe", FAILING_SENDMSG, EPIPE, GET, false,
	  CONN_END_CLIENT_GONE },
	{ "sendmsg reset", FAILING_SENDMSG, ECONNRESET, GET, false,
	  CONN_END_CLIENT_GONE },
	{ "sendmsg no buffers", FAILING_SENDMSG, ENOBUFS, GET, false,
	  CONN_END_ERROR },
	{ "sendmsg interrupted", FAILING_SENDMSG, EINTR, GET, true, 0 },
	{ "sendmsg full", FAILING_SENDMSG, EAGAIN, GET, true, 0 },
#ifdef USE_SENDFILE
	{ "sendfile pipe", FAILING_SENDFILE, EPIPE, LARGE, false,
	  CONN_END_CLIENT_GONE },
	{ "sendfile disk", FAILING_SENDFILE, EIO, LARGE, false,
	  CONN_END_ERROR },
	{ "sendfile full", FAILING_SENDFILE, EAGAIN, LARGE, true, 0 },
#endif
};

START_TEST(failed_call_ends_one_connection)
{
	struct caller *c = caller_pair(false);
	struct caller *other = caller_new(&proto_http, false);

	caller_say(c, calls[_i].input);
	failing_at(calls[_i].call, 1, calls[_i].error);
	caller_serve(c, &proto_http);
	talker_settle();
	failing_on = false;
	ck_assert_msg(failing_happened(calls[_i].call), "%s", calls[_i].name);
	if (calls[_i].goes_on) {
		UNTIL(calls[_i].input[5] == 'l' ? has_large(c) :
		    has_answer(c));
		ck_assert_uint_eq(talker.conns.count, 2);
	} else {
		ck_assert_msg(ended(calls[_i].end, 1), "%s", calls[_i].name);
		ck_assert_uint_eq(talker.conns.count, 1);
	}
	caller_say(other, GET);
	UNTIL(has_answer(other));
	ck_assert(answers(other, "200"));
	caller_free(other);
	caller_free(c);
}
END_TEST

static char flood[65537];	/* more than a small socket takes */

static const struct {
	const char		*name;
	const struct protocol	*proto;
	const char		*input[3];
	bool			 unread;
} paths[] = {
	{ "request", &proto_http, { GET, GET }, false },
	{ "file", &proto_http, { LARGE, GET }, true },
	{ "pipelined", &proto_http, { GET GET LARGE GET, GET }, true },
	{ "half", &proto_http, { "GET /1 ", "HTTP/1.1\r\n", HOST "\r\n" },
	  false },
	{ "content", &proto_http, { "GET /1 HTTP/1.1\r\n" HOST
	  "Content-Length: 3\r\n\r\na", "bc" GET }, false },
	{ "error", &proto_http, { "x\r\n\r\n", "more" }, false },
	{ "echo", &proto_echo, { "hello", "there" }, false },
	{ "much echo", &proto_echo, { flood, flood }, true },
	{ "welcome", &proto_welcome, { "hello" }, false },
	{ "auto echo", &proto_auto, { "hello", "there" }, false },
	{ "auto half", &proto_auto, { "GET", " /1 HTTP/1.1\r\n", HOST
	  "\r\n" }, false },
	{ "auto HTTP", &proto_auto, { GET, GET }, false },
	{ "work", &worker, { "23", "1" }, false },
	{ "work and much output", &worker, { "bb", "1" }, true },
	{ "listing", &proto_http, { "GET /list/3 HTTP/1.1\r\n" HOST "\r\n"
	  GET, GET }, false },
	{ "listing and content", &proto_auto, { "GET /list/3 HTTP/1.1\r\n"
	  HOST "Content-Length: 3\r\n\r\na", "bc" GET }, false },
	{ "parts", &proto_http, { "GET /parts/large.bin HTTP/1.1\r\n" HOST
	  "\r\n", GET }, true },
};

/* What one client does while some allocation fails. */
static void
go_the_path(struct caller *c, int path)
{
	if (paths[path].unread)
		caller_pause(c);
	caller_send(c, paths[path].input[0], strlen(paths[path].input[0]));
	failing_on = true;
	caller_serve(c, paths[path].proto);
	for (int i = 1; i < 4; i++) {
		talker_settle();
		if (i < 3 && paths[path].input[i] != NULL)
			caller_send(c, paths[path].input[i],
			    strlen(paths[path].input[i]));
	}
	failing_on = false;
}

START_TEST(without_memory_one_connection_ends)
{
	uint64_t all;
	unsigned n;

	memset(flood, 'x', sizeof(flood) - 1);
	for (n = 1;; n++) {
		struct caller *c = caller_pair(true);
		struct caller *other = caller_new(&proto_http, false);
		bool happened;

		/* What libevent allocates may fail as well. */
		event_set_mem_functions(__wrap_malloc, __wrap_realloc, free);
		failing_at(FAILING_MEMORY, n, ENOMEM);
		go_the_path(c, _i);
		event_set_mem_functions(malloc, realloc, free);
		happened = failing_happened(FAILING_MEMORY);
		caller_say(other, GET);
		UNTIL(has_answer(other));
		ck_assert_msg(answers(other, "200"), "%s, allocation %u",
		    paths[_i].name, n);
		caller_free(c);
		caller_free(other);
		UNTIL(talker.conns.count == 0);
		if (!happened)
			break;
	}
	ck_assert_uint_gt(n, 1);
	all = 0;
	for (int i = 0; i < CONN_ENDS; i++)
		all += talker.conns.ended[i];
	ck_assert_int_eq(planned_listings, 0);
	/* One that got no memory at all has no number. */
	ck_assert_uint_ge(all, talker.conns.last_id);
}
END_TEST

START_TEST(without_memory_for_the_set_it_is_told)
{
	struct conns all;
	int result = -1;

	for (unsigned n = 1; result == -1; n++) {
		failing_at(FAILING_MEMORY, n, ENOMEM);
		event_set_mem_functions(__wrap_malloc, __wrap_realloc, free);
		result = conns_init(&all, talker.base, &talker.service, 10);
		event_set_mem_functions(malloc, realloc, free);
		failing_on = false;
		ck_assert((result == -1) ==
		    failing_happened(FAILING_MEMORY));
	}
	conns_clear(&all);
}
END_TEST

/* ---- the access log ---- */

static char log_name[] = "/tmp/check_conn_log.XXXXXX";
static struct json json;

static struct access_log *
open_log(void)
{
	struct access_log *log;
	struct log_file *file = log_file_open(log_name);

	ck_assert_ptr_nonnull(file);
	log = access_log_new(CONFIG_ACCESS_JSON, file);
	ck_assert_ptr_nonnull(log);
	return log;
}

static void
setup_log(void)
{
	int fd;

	strcpy(log_name + strlen(log_name) - 6, "XXXXXX");
	ck_assert_int_ne(fd = mkstemp(log_name), -1);
	close(fd);
	setup();
	talker.service.access = open_log();
}

static void
teardown_log(void)
{
	struct access_log *log = talker.service.access;

	teardown();
	access_log_retire(log);
	unlink(log_name);
}

/* Read the log, which has one line. */
static void
read_line(void)
{
	char line[1024];
	ssize_t n;
	int fd;

	access_log_flush(talker.service.access);
	ck_assert_int_ne(fd = open(log_name, O_RDONLY), -1);
	n = read(fd, line, sizeof(line));
	close(fd);
	ck_assert(n > 0);
	ck_assert_ptr_eq(memchr(line, '\n', (size_t)n), line + n - 1);
	ck_assert_msg(json_read(&json, line, (size_t)n - 1), "%s",
	    json.fault);
}

START_TEST(log_that_comes_after_the_connection)
{
	struct access_log *log = talker.service.access;
	struct caller *c;

	talker.service.access = NULL;
	c = caller_new(&proto_http, false);
	caller_say(c, GET);
	UNTIL(has_answer(c));
	talker.service.access = log;
	c->len = 0;
	caller_say(c, "GET /large.bin HTTP/1.1\r\n" HOST "\r\n");
	UNTIL(has_large(c));
	talker_settle();
	read_line();
	ck_assert_str_eq(json_string(&json, "addr"), "127.0.0.1");
	ck_assert(json_number(&json, "request") == 2);
	ck_assert(json_number(&json, "bytes") == TALKER_LARGE);
	caller_free(c);
}
END_TEST

START_TEST(log_that_changes_during_an_answer)
{
	struct caller *c = caller_pair(true);
	struct access_log *old;

	caller_pause(c);
	caller_say(c, LARGE);
	caller_serve(c, &proto_http);
	talker_settle();
	old = talker.service.access;
	access_log_retire(old);
	talker.service.access = NULL;
	/* And one that is in no log. */
	caller_say(c, GET);
	caller_resume(c);
	UNTIL(c->len > 20 && memcmp(c->got + c->len - 2, "1\n", 2) == 0);
	talker.service.access = open_log();
	read_line();
	ck_assert_str_eq(json_string(&json, "end"), "done");
	ck_assert(json_number(&json, "bytes") == TALKER_LARGE);
	caller_free(c);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("conn");
	TCase *tc = suite_case(s, "answers");

	tcase_add_unchecked_fixture(tc, talker_make_site, talker_remove_site);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, request_is_answered_and_the_next_one_too);
	tcase_add_test(tc, request_that_is_there_is_answered_before_any_turn);
	tcase_add_test(tc, bytes_one_at_a_time);
	tcase_add_loop_test(tc, file_larger_than_the_socket_is_whole, 0, 2);
	tcase_add_test(tc, several_files_at_a_time);
	tcase_add_test(tc, reader_that_pauses_gets_all);
	tcase_add_loop_test(tc, much_pipelined_is_in_order, 0, 2);
	tcase_add_loop_test(tc, end_of_input_is_answered_first, 0, 4);
	tcase_add_test(tc, end_of_input_while_a_file_is_sent);
	tcase_add_test(tc, what_is_behind_the_last_answer_causes_no_reset);
	tcase_add_loop_test(tc, error_answer_survives_much_unread_input, 0, 2);
	tcase_add_test(tc, peer_that_never_finishes_is_not_waited_for);
	tcase_add_loop_test(tc, tls_is_closed_without_a_word, 0, 2);
	tcase_add_test(tc, welcome_loses_no_byte);

	tcase_add_loop_test(tc, parts_arrive_whole, 0, 6);
	tcase_add_test(tc,
	    file_that_shrinks_within_its_parts_ends_the_connection);

	tc = suite_case(s, "work in turns");
	tcase_add_unchecked_fixture(tc, talker_make_site, talker_remove_site);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, answer_so_far_goes_out_before_the_work);
	tcase_add_test(tc, input_waits_until_the_work_is_done);
	tcase_add_test(tc, others_get_their_turns);
	tcase_add_test(tc, work_is_done_in_the_order_it_came);
	tcase_add_test(tc, work_for_one_who_has_reset_is_dropped);
	tcase_add_test(tc, work_has_no_deadline_and_is_not_idle);
	tcase_add_loop_test(tc, deadlines_count_again_after_the_work, 0, 3);
	tcase_add_test(tc, half_close_during_the_work_gets_all);
	tcase_add_loop_test(tc,
	    peer_gone_during_the_work_is_noticed_when_writing, 0, 2);
	tcase_add_test(tc, end_after_the_work_resets_nothing);
	tcase_add_test(tc, work_waits_for_a_slow_reader);
	tcase_add_test(tc, work_for_one_who_never_reads_is_too_slow);
	tcase_add_test(tc, listings_are_served_in_turns);

	tc = suite_case(s, "echo and auto");
	tcase_add_unchecked_fixture(tc, talker_make_site, talker_remove_site);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, echo_welcomes_and_says_back);
	tcase_add_test(tc, echo_of_one_who_does_not_read_is_bounded);
	tcase_add_test(tc, echo_goes_on_after_a_pause);
	tcase_add_test(tc, silent_echo_ends);
	tcase_add_test(tc, auto_goes_by_what_is_said);
	tcase_add_test(tc, auto_welcomes_silence);
	tcase_add_test(tc, auto_answers_half_a_line_with_408);
	tcase_add_loop_test(tc, auto_takes_the_end_for_an_echo, 0, 3);
	tcase_add_loop_test(tc, input_beats_a_timer_that_runs_first, 0, 3);

	tc = suite_case(s, "limits");
	tcase_add_unchecked_fixture(tc, talker_make_site, talker_remove_site);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, slow_head_is_408);
	tcase_add_loop_test(tc, idle_connection_is_closed_without_a_word, 0,
	    2);
	tcase_add_test(tc, reader_that_never_reads_is_too_slow);
	tcase_add_test(tc, echo_that_is_owed_and_not_read_is_too_slow);
	tcase_add_test(tc, no_least_rate_waits_for_any_reader);
	tcase_add_test(tc, content_that_stalls_is_408);
	tcase_add_loop_test(tc, connections_of_an_address_are_limited, 0, 2);
	tcase_add_test(tc, refused_ones_do_not_count);
	tcase_add_test(tc, longest_idle_goes_first);
	tcase_add_test(tc, busy_connections_are_not_idle);
	tcase_add_test(tc, downloads_share_a_turn);
	tcase_add_test(tc, pipelined_ranges_hold_one_descriptor);

	tc = suite_case(s, "ends");
	tcase_add_unchecked_fixture(tc, talker_make_site, talker_remove_site);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, reset_ends_one_and_no_other);
	tcase_add_loop_test(tc, reset_of_who_waits_is_client_gone, 0, 3);
	tcase_add_test(tc, file_that_shrinks_ends_the_connection);
	tcase_add_test(tc, all_kinds_end_at_once);
	tcase_add_test(tc, idle_may_ask_once_more_when_it_stops);
	tcase_add_test(tc, idle_that_asks_no_more_is_closed);
	tcase_add_test(tc, file_on_its_way_is_finished_when_it_stops);
	tcase_add_test(tc, work_is_finished_when_it_stops);
	tcase_add_test(tc, half_a_request_may_be_finished_when_it_stops);
	tcase_add_test(tc, echo_ends_when_it_stops_with_all_it_owes);
	tcase_add_test(tc,
	    who_waits_for_the_peer_is_left_alone_when_it_stops);
	tcase_add_test(tc, all_kinds_end_when_it_stops);

	tc = suite_case(s, "failures");
	tcase_add_unchecked_fixture(tc, talker_make_site, talker_remove_site);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, failed_call_ends_one_connection, 0,
	    ROWS(calls));
	tcase_add_loop_test(tc, without_memory_one_connection_ends, 0,
	    ROWS(paths));
	tcase_add_test(tc, without_memory_for_the_set_it_is_told);

	tc = suite_case(s, "access log");
	tcase_add_unchecked_fixture(tc, talker_make_site, talker_remove_site);
	tcase_add_checked_fixture(tc, setup_log, teardown_log);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, log_that_comes_after_the_connection);
	tcase_add_test(tc, log_that_changes_during_an_answer);
	/* What was seen without a log is so with one. */
	tcase_add_test(tc, all_kinds_end_at_once);
	tcase_add_test(tc, all_kinds_end_when_it_stops);
	tcase_add_loop_test(tc, failed_call_ends_one_connection, 0,
	    ROWS(calls));
	tcase_add_loop_test(tc, without_memory_one_connection_ends, 0,
	    ROWS(paths));
	return suite_run(s);
}
