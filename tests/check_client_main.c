/* The real client: which command it is, and what is said where it is none. */
#include <check.h>
#include <string.h>

#include "client.h"
#include "client/exits.h"
#include "daemon.h"
#include "suite.h"
#include "support.h"

#define ARGUMENTS_MAX	4

static struct client c;

static void
forget(void)
{
	client_forget(&c);
}

static const struct {
	const char	*arguments[ARGUMENTS_MAX];
	const char	*want;		/* in what is printed */
} printed[] = {
	{ { "--help" }, "mynah connect HOST PORT" },
	{ { "-h" }, "mynah resolve NAME" },
	{ { "help" }, "mynah get     URL..." },
	{ { "help", "get" }, "Usage: mynah get [options] URL...\n" },
	{ { "help", "connect" }, "Usage: mynah connect [options] HOST PORT\n" },
	{ { "echo", "--help" }, "without a byte, at most (10s)\n" },
	{ { "get", "-h", "no URL" }, "without a byte, at most (60s)\n" },
	{ { "connect", "-h" }, "without a byte, at most (unlimited)\n" },
	{ { "resolve", "-h" }, "Usage: mynah resolve [options] NAME\n" },
	{ { "--version" }, "mynah " },
	{ { "-V" }, "mynah " },
};

START_TEST(prints)
{
	client_start_vector(&c, printed[_i].arguments);
	client_wait(&c);
	client_expect(&c, EXITS_OK, NULL, "");
	ck_assert_msg(strstr(c.out.bytes, printed[_i].want) != NULL, "%s",
	    c.out.bytes);
}
END_TEST

static const struct {
	const char	*arguments[ARGUMENTS_MAX];
	const char	*want;		/* what is said */
} wrong[] = {
	{ { NULL }, "which command? connect, get, echo or resolve" },
	{ { "" }, "no such command" },
	{ { "conect" }, "no such command: conect; did you mean connect?" },
	{ { "help", "gte" }, "no such command: gte; did you mean get?" },
	{ { "http://a/" }, "did you mean \"mynah get http://a/\"?" },
	{ { "-v", "get" }, "-v: options stand behind a command" },
	{ { "\033[2J" }, "no such command: \\x1b[2J;" },
	{ { "resolve", "--unix=/a", "b" }, "no such option: --unix=/a" },
	{ { "resolve", "--idle-timeout=1", "b" }, "no such option: --idle" },
	{ { "connect", "a" }, "PORT is missing" },
	{ { "get" }, "URL... is missing" },
};

START_TEST(refuses)
{
	client_start_vector(&c, wrong[_i].arguments);
	client_wait(&c);
	client_expect(&c, EXITS_USAGE, "", wrong[_i].want);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("client_main");
	TCase *tc = client_case(s, "main", forget);

	tcase_add_loop_test(tc, prints, 0, ROWS(printed));
	tcase_add_loop_test(tc, refuses, 0, ROWS(wrong));
	return daemon_run_suite(s);
}
