/*
 * check_proto_echo - the echo and the welcome, without a socket.
 */
#include <string.h>

#include "suite.h"
#include "talker.h"

static struct dialog *d;

static void
setup(void)
{
	talker_setup();
}

static void
teardown(void)
{
	if (d != NULL)
		dialog_close(d);
	d = NULL;
	talker_teardown();
}

static void
expect(const char *text)
{
	ck_assert_msg(d->said_len == strlen(text) &&
	    memcmp(d->said, text, d->said_len) == 0, "%.*s",
	    (int)d->said_len, d->said);
}

START_TEST(welcomes_at_once)
{
	d = dialog_new(&proto_echo, false);
	expect(TALKER_WELCOME);
	ck_assert_int_eq(d->next, CONN_MORE);
	ck_assert_int_eq(d->wait, CONN_WAIT_TALK);
}
END_TEST

START_TEST(prefix_comes_once_a_read_not_once_a_line)
{
	d = dialog_new(&proto_echo, false);
	dialog_hear_text(d, "one\ntwo\n");
	expect(TALKER_WELCOME "OK...one\ntwo\n");
	ck_assert(d->renew);
	ck_assert_int_eq(d->wait, CONN_WAIT_TALK);
	dialog_hear_text(d, "x");
	dialog_hear_text(d, "y\n");
	expect(TALKER_WELCOME "OK...one\ntwo\nOK...xOK...y\n");
	ck_assert_int_eq(d->next, CONN_MORE);
	ck_assert_uint_eq(d->kept_len, 0);
}
END_TEST

START_TEST(empty_prefix_is_the_exact_echo)
{
	char all[256];

	for (int i = 0; i < 256; i++)
		all[i] = (char)i;
	talker.config.echo.prefix_len = 0;
	talker.config.welcome.message_len = 0;
	d = dialog_new(&proto_echo, false);
	expect("");
	dialog_hear(d, all, 100);
	dialog_hear(d, all + 100, 156);
	ck_assert_uint_eq(d->said_len, 256);
	ck_assert(memcmp(d->said, all, 256) == 0);
}
END_TEST

START_TEST(prefix_and_welcome_may_hold_any_byte)
{
	talker.config.echo.prefix = (char *)"\0\n";
	talker.config.echo.prefix_len = 2;
	talker.config.welcome.message = (char *)"\xff\0";
	talker.config.welcome.message_len = 2;
	d = dialog_new(&proto_echo, false);
	dialog_hear(d, "\0", 1);
	ck_assert_uint_eq(d->said_len, 5);
	ck_assert(memcmp(d->said, "\xff\0\0\n\0", 5) == 0);
}
END_TEST

START_TEST(end_of_input_still_sends_what_is_owed)
{
	d = dialog_new(&proto_echo, false);
	dialog_hear_text(d, "last");
	dialog_end(d);
	expect(TALKER_WELCOME "OK...last");
	ck_assert_int_eq(d->next, CONN_FLUSH);
	ck_assert_int_eq(d->end, CONN_END_DONE);
}
END_TEST

START_TEST(silence_ends_it)
{
	d = dialog_new(&proto_echo, false);
	dialog_deadline(d);
	ck_assert_int_eq(d->next, CONN_ABORT);
	ck_assert_int_eq(d->end, CONN_END_IDLE);
}
END_TEST

START_TEST(stop_sends_what_is_owed_and_ends)
{
	d = dialog_new(&proto_echo, false);
	dialog_hear_text(d, "a");
	dialog_stop(d);
	expect(TALKER_WELCOME "OK...a");
	ck_assert_int_eq(d->next, CONN_FLUSH);
	ck_assert_int_eq(d->end, CONN_END_SHUTDOWN);
}
END_TEST

START_TEST(begun_while_stopping_says_welcome_and_ends)
{
	talker.service.stopping = true;
	d = dialog_new(&proto_echo, false);
	expect(TALKER_WELCOME);
	ck_assert_int_eq(d->next, CONN_FLUSH);
	ck_assert_int_eq(d->end, CONN_END_SHUTDOWN);
}
END_TEST

static const struct protocol *const protocols[] = {
	&proto_echo, &proto_welcome,
};

START_TEST(one_too_many_of_an_address_ends_without_a_word)
{
	d = dialog_new(protocols[_i], true);
	expect("");
	ck_assert_int_eq(d->next, CONN_ABORT);
	ck_assert_int_eq(d->end, CONN_END_LIMIT);
}
END_TEST

START_TEST(welcome_is_said_and_the_peer_may_finish)
{
	d = dialog_new(&proto_welcome, false);
	expect(TALKER_WELCOME);
	ck_assert_int_eq(d->next, CONN_DRAIN);
	ck_assert_int_eq(d->end, CONN_END_DONE);
}
END_TEST

START_TEST(welcome_has_an_answer_to_every_event)
{
	struct talk t = { .service = &talker.service, .bytes = "a",
	    .len = 1 };

	d = dialog_new(&proto_welcome, false);
	t.state = &d->state;
	t.out = &d->out;
	ck_assert_int_eq(proto_welcome.on_input(&t), CONN_FLUSH);
	ck_assert_uint_eq(t.used, 1);
	ck_assert_int_eq(proto_welcome.on_end(&t), CONN_FLUSH);
	ck_assert_int_eq(proto_welcome.on_deadline(&t), CONN_FLUSH);
	ck_assert_int_eq(proto_welcome.on_stop(&t), CONN_FLUSH);
	ck_assert(out_is_empty(&d->out));
}
END_TEST

START_TEST(every_reason_has_a_word)
{
	for (int i = 0; i < CONN_ENDS; i++) {
		const char *name = conn_end_name(i);

		ck_assert_ptr_nonnull(name);
		ck_assert_uint_gt(strlen(name), 0);
		ck_assert_ptr_null(strchr(name, ' '));
		for (int k = 0; k < i; k++)
			ck_assert_str_ne(name, conn_end_name(k));
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("proto_echo");
	TCase *tc = suite_case(s, "echo");

	tcase_add_unchecked_fixture(tc, talker_make_site, talker_remove_site);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, welcomes_at_once);
	tcase_add_test(tc, prefix_comes_once_a_read_not_once_a_line);
	tcase_add_test(tc, empty_prefix_is_the_exact_echo);
	tcase_add_test(tc, prefix_and_welcome_may_hold_any_byte);
	tcase_add_test(tc, end_of_input_still_sends_what_is_owed);
	tcase_add_test(tc, silence_ends_it);
	tcase_add_test(tc, stop_sends_what_is_owed_and_ends);
	tcase_add_test(tc, begun_while_stopping_says_welcome_and_ends);
	tcase_add_loop_test(tc, one_too_many_of_an_address_ends_without_a_word,
	    0, ROWS(protocols));
	tcase_add_test(tc, welcome_is_said_and_the_peer_may_finish);
	tcase_add_test(tc, welcome_has_an_answer_to_every_event);
	tcase_add_test(tc, every_reason_has_a_word);
	return suite_run(s);
}
