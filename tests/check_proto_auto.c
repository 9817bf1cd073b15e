/*
 * check_proto_auto - HTTP or echo: by input, by its end, by silence.
 */
#include <string.h>

#include "suite.h"
#include "talker.h"

static struct dialog *d;

static void
setup(void)
{
	talker_setup();
	d = dialog_new(&proto_auto, false);
}

static void
teardown(void)
{
	dialog_close(d);
	talker_teardown();
}

static void
expect(const char *text)
{
	ck_assert_msg(d->said_len == strlen(text) &&
	    memcmp(d->said, text, d->said_len) == 0, "%.*s",
	    (int)d->said_len, d->said);
}

static const struct {
	const char	*input, *answers;
} requests[] = {
	{ "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n", "200" },
	{ "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /x HTTP/1.1\r\nHost: a"
	    "\r\n\r\n", "200 404" },
	{ "HEAD /1 HTTP/1.0\r\n\r\n", "H200" },
	{ "get /1 HTTP/1.1\r\nHost: a\r\n\r\n", "501" },
	{ "GET /1 HTTP/1.1\n\n", "400" },
	{ "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505" },
	{ "GET  /1 HTTP/1.1\r\n", "400" },
};

START_TEST(request_becomes_http)
{
	dialog_hear_text(d, requests[_i].input);
	ck_assert_ptr_eq(d->proto, &proto_http);
	ck_assert_msg(talker_answers(d->said, d->said_len,
	    requests[_i].answers), "%s", requests[_i].input);
}
END_TEST

START_TEST(request_byte_by_byte_becomes_http)
{
	const char *p;

	for (p = requests[_i].input; *p != '\0'; p++) {
		if (memchr(requests[_i].input, '\n',
		    (size_t)(p - requests[_i].input)) == NULL) {
			ck_assert_ptr_eq(d->proto, &proto_auto);
			ck_assert_uint_eq(d->said_len, 0);
		}
		dialog_hear(d, p, 1);
	}
	ck_assert_ptr_eq(d->proto, &proto_http);
	ck_assert_msg(talker_answers(d->said, d->said_len,
	    requests[_i].answers), "%s", requests[_i].input);
}
END_TEST

static const char *const texts[] = {
	"hello\n", "\n", "\r\nGET / HTTP/1.1\r\n\r\n", "GET /\r\n", "x",
	"GETS / HTTP/1.1\r\n\r\n", "put it there\n",
};

START_TEST(other_text_is_welcomed_and_echoed)
{
	char want[256] = TALKER_WELCOME "OK...";

	dialog_hear_text(d, texts[_i]);
	ck_assert_ptr_eq(d->proto, &proto_echo);
	expect(strcat(want, texts[_i]));
	/* Once decided, it stays. */
	dialog_hear_text(d, requests[0].input);
	expect(strcat(strcat(want, "OK..."), requests[0].input));
}
END_TEST

START_TEST(held_back_bytes_are_echoed_in_one)
{
	dialog_hear_text(d, "G");
	dialog_hear_text(d, "ET");
	expect("");
	dialog_hear_text(d, " /\n");
	expect(TALKER_WELCOME "OK...GET /\n");
}
END_TEST

START_TEST(half_a_line_waits_once_for_the_head)
{
	ck_assert_int_eq(d->wait, CONN_WAIT_DETECT);
	dialog_hear_text(d, "GE");
	ck_assert_int_eq(d->wait, CONN_WAIT_HEAD);
	ck_assert(!d->renew);
	/* Bytes do not buy more time. */
	dialog_hear_text(d, "T / HT");
	ck_assert_int_eq(d->wait, CONN_WAIT_HEAD);
	ck_assert(!d->renew);
	expect("");
}
END_TEST

START_TEST(silence_is_welcomed)
{
	dialog_deadline(d);
	ck_assert_ptr_eq(d->proto, &proto_echo);
	expect(TALKER_WELCOME);
	ck_assert_int_eq(d->next, CONN_MORE);
	ck_assert_int_eq(d->wait, CONN_WAIT_TALK);
	dialog_hear_text(d, requests[0].input);
	ck_assert_ptr_eq(d->proto, &proto_echo);
}
END_TEST

static const char *const halves[] = {
	"G", "GET", "GET ", "GET / HTTP/1.1", "GET / HTTP/1.1\r",
	"GET / HTTP/1.1\r\nHost: a\r\n",
};

START_TEST(half_a_request_is_408_when_time_is_up)
{
	dialog_hear_text(d, halves[_i]);
	dialog_deadline(d);
	ck_assert_ptr_eq(d->proto, &proto_http);
	ck_assert(talker_answers(d->said, d->said_len, "408"));
	ck_assert_int_eq(d->next, CONN_DRAIN);
	ck_assert_int_eq(d->end, CONN_END_HEADER_SLOW);
}
END_TEST

START_TEST(nothing_and_the_end_is_welcomed)
{
	dialog_end(d);
	expect(TALKER_WELCOME);
	ck_assert_int_eq(d->next, CONN_FLUSH);
	ck_assert_int_eq(d->end, CONN_END_DONE);
}
END_TEST

START_TEST(half_a_word_and_the_end_is_echoed)
{
	dialog_hear_text(d, "GET");
	dialog_end(d);
	ck_assert_ptr_eq(d->proto, &proto_echo);
	expect(TALKER_WELCOME "OK...GET");
	ck_assert_int_eq(d->next, CONN_FLUSH);
}
END_TEST

START_TEST(line_over_the_limit_is_414)
{
	char line[9000];

	memset(line, 'a', sizeof(line));
	memcpy(line, "GET /", 5);
	dialog_hear(d, line, sizeof(line));
	ck_assert_ptr_eq(d->proto, &proto_http);
	ck_assert(talker_answers(d->said, d->said_len, "414"));
	ck_assert_int_eq(d->next, CONN_DRAIN);
}
END_TEST

START_TEST(line_at_the_limit_is_served)
{
	static char line[8192 + 64];
	size_t n = talker.config.limits.request_line;

	memset(line, 'a', n);
	memcpy(line, "GET /", 5);
	memcpy(line + n - 9, " HTTP/1.1", 9);
	memcpy(line + n, "\r\nHost: a\r\n\r\n", 13);
	for (size_t i = 0; i < n + 13; i += 100)
		dialog_hear(d, line + i, n + 13 - i < 100 ? n + 13 - i : 100);
	ck_assert(talker_answers(d->said, d->said_len, "404"));
}
END_TEST

START_TEST(stop_lets_who_is_silent_speak)
{
	talker.service.stopping = true;
	dialog_stop(d);
	ck_assert_int_eq(d->next, CONN_MORE);
	ck_assert_int_eq(d->wait, CONN_WAIT_DETECT);
	dialog_hear_text(d, requests[0].input);
	ck_assert(talker_answers(d->said, d->said_len, "200"));
	ck_assert(talker_has(d->said, d->said_len, 0, "Connection: close"));
	ck_assert_int_eq(d->next, CONN_DRAIN);
}
END_TEST

START_TEST(stop_keeps_the_time_of_half_a_line)
{
	dialog_hear_text(d, "GET /");
	talker.service.stopping = true;
	dialog_stop(d);
	ck_assert_int_eq(d->wait, CONN_WAIT_HEAD);
	ck_assert(!d->renew);
}
END_TEST

START_TEST(silence_while_stopping_is_welcomed_and_ended)
{
	talker.service.stopping = true;
	dialog_stop(d);
	dialog_deadline(d);
	expect(TALKER_WELCOME);
	ck_assert_int_eq(d->next, CONN_FLUSH);
	ck_assert_int_eq(d->end, CONN_END_SHUTDOWN);
}
END_TEST

START_TEST(one_too_many_of_an_address_is_told_in_its_own_words)
{
	dialog_close(d);
	d = dialog_new(&proto_auto, true);
	dialog_hear_text(d, requests[0].input);
	ck_assert(talker_answers(d->said, d->said_len, "503"));
	ck_assert_int_eq(d->next, CONN_DRAIN);
	dialog_close(d);
	d = dialog_new(&proto_auto, true);
	dialog_hear_text(d, "hello\n");
	expect("");
	ck_assert_int_eq(d->next, CONN_ABORT);
	ck_assert_int_eq(d->end, CONN_END_LIMIT);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("proto_auto");
	TCase *tc = suite_case(s, "auto");

	tcase_add_unchecked_fixture(tc, talker_make_site, talker_remove_site);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, request_becomes_http, 0, ROWS(requests));
	tcase_add_loop_test(tc, request_byte_by_byte_becomes_http, 0,
	    ROWS(requests));
	tcase_add_loop_test(tc, other_text_is_welcomed_and_echoed, 0,
	    ROWS(texts));
	tcase_add_test(tc, held_back_bytes_are_echoed_in_one);
	tcase_add_test(tc, half_a_line_waits_once_for_the_head);
	tcase_add_test(tc, silence_is_welcomed);
	tcase_add_loop_test(tc, half_a_request_is_408_when_time_is_up, 0,
	    ROWS(halves));
	tcase_add_test(tc, nothing_and_the_end_is_welcomed);
	tcase_add_test(tc, half_a_word_and_the_end_is_echoed);
	tcase_add_test(tc, line_over_the_limit_is_414);
	tcase_add_test(tc, line_at_the_limit_is_served);
	tcase_add_test(tc, stop_lets_who_is_silent_speak);
	tcase_add_test(tc, stop_keeps_the_time_of_half_a_line);
	tcase_add_test(tc, silence_while_stopping_is_welcomed_and_ended);
	tcase_add_test(tc,
	    one_too_many_of_an_address_is_told_in_its_own_words);
	return suite_run(s);
}
