/*
 * check_say - messages: one line each, and nothing of them harms a terminal.
 */
#include "client/say.h"

#include <string.h>

#include "caught.h"
#include "suite.h"

static int saved;
static FILE *caught;
static int cleared;

static void
begin(void)
{
	caught = catch_stream(stderr, &saved);
}

static void
end_with(const char *want)
{
	give_back(stderr, saved, caught);
	ck_assert_str_eq(said, want);
}

START_TEST(one_line)
{
	begin();
	say("%s is %d", "a\033[2J\n\xff", 7);
	end_with("mynah: a\\x1b[2J\\x0a\\xff is 7\n");
}
END_TEST

START_TEST(more_when_asked)
{
	say_set_verbose(false);
	begin();
	say_more("hidden");
	say_head('>', SLICE("GET / HTTP/1.1\r\n\r\n"));
	end_with("");
	say_set_verbose(true);
	begin();
	say_more("shown");
	end_with("mynah: shown\n");
}
END_TEST

static const struct {
	const char	*head, *want;
} heads[] = {
	{ "", "" },
	{ "\r\n", "" },
	{ "HTTP/1.1 200 OK\r\nA: b\r\n\r\n", "< HTTP/1.1 200 OK\n< A: b\n" },
	{ "HTTP/1.1 200 OK\nA: b\n\n", "< HTTP/1.1 200 OK\n< A: b\n" },
	{ "no end", "< no end\n" },
	{ "A: \033]0;b\007\r\n", "< A: \\x1b]0;b\\x07\n" },
};

START_TEST(head)
{
	say_set_verbose(true);
	begin();
	say_head('<', slice_of(heads[_i].head));
	end_with(heads[_i].want);
}
END_TEST

START_TEST(longest)
{
	static char text[20000];
	size_t n;

	memset(text, '\033', sizeof(text) - 1);
	begin();
	say("%s", text);
	give_back(stderr, saved, caught);
	n = strlen(said);
	/* As much of it as was read back here. */
	ck_assert_uint_eq(n, sizeof(said) - 1);
	ck_assert(strncmp(said, "mynah: \\x1b\\x1b", 15) == 0);
}
END_TEST

static void
on_clear(void *arg)
{
	ck_assert_ptr_eq(arg, &cleared);
	cleared++;
}

START_TEST(clears_first)
{
	cleared = 0;
	begin();
	say_after(on_clear, &cleared);
	say("a");
	say_after(NULL, NULL);
	say("b");
	end_with("mynah: a\nmynah: b\n");
	ck_assert_int_eq(cleared, 1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("say");
	TCase *tc = suite_case(s, "say");

	tcase_add_test(tc, one_line);
	tcase_add_test(tc, more_when_asked);
	tcase_add_loop_test(tc, head, 0, ROWS(heads));
	tcase_add_test(tc, longest);
	tcase_add_test(tc, clears_first);
	return suite_run(s);
}
