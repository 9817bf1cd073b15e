/*
 * check_options - the command line: every option, every slip.
 */
#include "daemon/options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "caught.h"
#include "suite.h"

#define ARGS	8

static struct options options;

/* As main would call it; args end with NULL. */
static enum options_action
parse(const char *const args[])
{
	static char words[ARGS * 8][64];
	static char *argv[ARGS * 8 + 1];
	enum options_action action;
	int argc = 1, saved;
	FILE *f;

	strcpy(words[0], "mynahd");
	argv[0] = words[0];
	for (; args[argc - 1] != NULL; argc++) {
		ck_assert_int_lt(argc, ARGS * 8);
		snprintf(words[argc], sizeof(words[argc]), "%s",
		    args[argc - 1]);
		argv[argc] = words[argc];
	}
	argv[argc] = NULL;
	optind = 0;		/* glibc: start anew */
	f = catch_stream(stderr, &saved);
	action = options_parse(argc, argv, &options);
	give_back(stderr, saved, f);
	return action;
}

static const struct {
	const char		*args[ARGS];
	enum options_action	 want;
	const char		*config;
	bool			 verbose;
} good[] = {
	{ { NULL }, OPTIONS_SERVE, NULL, false },
	{ { "-c", "a.yaml" }, OPTIONS_SERVE, "a.yaml", false },
	{ { "-ca.yaml" }, OPTIONS_SERVE, "a.yaml", false },
	{ { "--config", "a.yaml" }, OPTIONS_SERVE, "a.yaml", false },
	{ { "--config=a.yaml" }, OPTIONS_SERVE, "a.yaml", false },
	{ { "-c", "a.yaml", "-c", "b.yaml" }, OPTIONS_SERVE, "b.yaml",
	    false },
	{ { "--config=" }, OPTIONS_SERVE, "", false },
	{ { "-v" }, OPTIONS_SERVE, NULL, true },
	{ { "--verbose" }, OPTIONS_SERVE, NULL, true },
	{ { "-vc", "a.yaml" }, OPTIONS_SERVE, "a.yaml", true },
	{ { "--check" }, OPTIONS_CHECK, NULL, false },
	{ { "--check", "-v", "-c", "a" }, OPTIONS_CHECK, "a", true },
	{ { "--check", "-v", "--check" }, OPTIONS_CHECK, NULL, true },
	{ { "--reload" }, OPTIONS_RELOAD, NULL, false },
	{ { "--print-config" }, OPTIONS_PRINT, NULL, false },
	{ { "--version" }, OPTIONS_VERSION, NULL, false },
	{ { "-V" }, OPTIONS_VERSION, NULL, false },
	{ { "--help" }, OPTIONS_HELP, NULL, false },
	{ { "-h" }, OPTIONS_HELP, NULL, false },
	{ { "--check", "--help" }, OPTIONS_HELP, NULL, false },
	{ { "--" }, OPTIONS_SERVE, NULL, false },
};

START_TEST(understands)
{
	enum options_action action = parse(good[_i].args);

	ck_assert_int_eq(action, good[_i].want);
	ck_assert_str_eq(said, "");
	if (good[_i].config == NULL)
		ck_assert_ptr_null(options.config);
	else
		ck_assert_str_eq(options.config, good[_i].config);
	ck_assert_int_eq(options.verbose, good[_i].verbose);
	ck_assert_uint_eq(options.nkeys, 0);
}
END_TEST

static const struct {
	const char	*option, *key;
} keys[] = {
	{ "--host", "host" },
	{ "--port", "port" },
	{ "--backlog", "backlog" },
	{ "--document_root", "document_root" },
	{ "--document-root", "document_root" },
	{ "--protocol", "protocol" },
	{ "--user", "process.user" },
	{ "--group", "process.group" },
	{ "--sandbox", "process.sandbox" },
};

START_TEST(option_stands_for_a_key)
{
	const char *apart[] = { keys[_i].option, "value", NULL };
	char word[64];
	const char *joined[] = { word, NULL };

	ck_assert_int_eq(parse(apart), OPTIONS_SERVE);
	ck_assert_uint_eq(options.nkeys, 1);
	ck_assert_str_eq(options.keys[0].key, keys[_i].key);
	ck_assert_str_eq(options.keys[0].value, "value");
	ck_assert_str_eq(options.keys[0].said, keys[_i].option);

	snprintf(word, sizeof(word), "%s=", keys[_i].option);
	ck_assert_int_eq(parse(joined), OPTIONS_SERVE);
	ck_assert_uint_eq(options.nkeys, 1);
	ck_assert_str_eq(options.keys[0].value, "");
}
END_TEST

static const struct {
	const char	*args[ARGS];
} background[] = {
	{ { "--daemon", "--port", "1" } },
	{ { "-d", "--port", "1" } },
	{ { "-dv", "--port=1" } },
	{ { "-vd", "--port=1" } },
};

/* What comes after it is another option, and not its value. */
START_TEST(daemon_has_no_value)
{
	ck_assert_int_eq(parse(background[_i].args), OPTIONS_SERVE);
	ck_assert_uint_eq(options.nkeys, 2);
	ck_assert_str_eq(options.keys[0].key, "process.daemon");
	ck_assert_str_eq(options.keys[0].value, "true");
	ck_assert_str_eq(options.keys[0].said, "--daemon");
	ck_assert_str_eq(options.keys[1].key, "port");
	ck_assert_str_eq(options.keys[1].value, "1");
}
END_TEST

START_TEST(keys_keep_their_order)
{
	const char *args[] = { "--port", "1", "--host", "a", "--port=2",
	    "--check", NULL };

	ck_assert_int_eq(parse(args), OPTIONS_CHECK);
	ck_assert_uint_eq(options.nkeys, 3);
	ck_assert_str_eq(options.keys[0].value, "1");
	ck_assert_str_eq(options.keys[1].value, "a");
	ck_assert_str_eq(options.keys[2].value, "2");
	ck_assert_str_eq(options.keys[1].said, "--host");
	ck_assert_str_eq(options.keys[2].said, "--port");
}
END_TEST

START_TEST(value_may_look_like_an_option)
{
	const char *args[] = { "--host", "--port", NULL };

	ck_assert_int_eq(parse(args), OPTIONS_SERVE);
	ck_assert_str_eq(options.keys[0].value, "--port");
}
END_TEST

static const struct {
	const char	*args[ARGS];
	const char	*names;		/* what the complaint has to name */
} bad[] = {
	{ { "--prto", "http" }, "--prto" },
	{ { "-x" }, "-x" },
	{ { "-xv" }, "-x" },
	{ { "-vx" }, "-x" },
	{ { "-vxv", "-c", "a" }, "-x" },
	{ { "-v", "-t" }, "-t" },
	{ { "-p", "8080" }, "-p" },
	{ { "--port" }, "--port" },
	{ { "-c" }, "-c" },
	{ { "-vc" }, "c" },
	{ { "--config" }, "--config" },
	{ { "--check=now" }, "--check" },
	{ { "start" }, "start" },
	{ { "-v", "start", "-c", "a" }, "start" },
	{ { "--", "-v" }, "-v" },
	{ { "--ver" }, "--ver" },
	{ { "--explain" }, "--explain" },
	{ { "-H", "Range: bytes=0-1" }, "--header" },
	{ { "-X", "HEAD", "--check" }, "--method" },
	{ { "--explain", "/", "-H" }, "-H" },
	{ { "--check", "--print-config" }, "only one of --check" },
	{ { "--print-config", "--reload" }, "only one of --check" },
	{ { "--reload", "-v", "--explain", "/" }, "only one of --check" },
	{ { "--explain", "/", "-H", "a: b", "--check" },
	  "only one of --check" },
};

START_TEST(slip_is_named)
{
	ck_assert_int_eq(parse(bad[_i].args), OPTIONS_ERROR);
	ck_assert_msg(strncmp(said, "mynahd: ", 8) == 0, "%s", said);
	ck_assert_msg(strstr(said + 8, bad[_i].names) != NULL, "%s: %s",
	    bad[_i].names, said);
	ck_assert_msg(strstr(said, "--help") != NULL, "%s", said);
	ck_assert_msg(strchr(said, '\n') == said + strlen(said) - 1, "%s",
	    said);
}
END_TEST

START_TEST(a_request_to_explain)
{
	const char *args[] = { "--explain", "/a", "-H", "A: b", "-c", "x",
	    "--header=C: d", "-X", "HEAD", "--port=1", NULL };

	ck_assert_int_eq(parse(args), OPTIONS_EXPLAIN);
	ck_assert_str_eq(options.explain.url, "/a");
	ck_assert_str_eq(options.explain.method, "HEAD");
	ck_assert_uint_eq(options.explain.nfields, 2);
	ck_assert_str_eq(options.explain.fields[0], "A: b");
	ck_assert_str_eq(options.explain.fields[1], "C: d");
	ck_assert_str_eq(options.config, "x");
	ck_assert_uint_eq(options.nkeys, 1);
}
END_TEST

START_TEST(too_many_fields_are_refused)
{
	const char *args[EXPLAIN_FIELDS_MAX + 4] = { "--explain", "/" };

	for (int i = 0; i < EXPLAIN_FIELDS_MAX; i++)
		args[2 + i] = "-HA: b";
	ck_assert_int_eq(parse(args), OPTIONS_EXPLAIN);
	ck_assert_uint_eq(options.explain.nfields, EXPLAIN_FIELDS_MAX);
	args[2 + EXPLAIN_FIELDS_MAX] = "-HA: b";
	ck_assert_int_eq(parse(args), OPTIONS_ERROR);
}
END_TEST

START_TEST(too_many_keys_are_refused)
{
	const char *args[OPTIONS_KEYS_MAX + 2];

	for (int i = 0; i <= OPTIONS_KEYS_MAX; i++)
		args[i] = "--port=1";
	args[OPTIONS_KEYS_MAX] = NULL;
	ck_assert_int_eq(parse(args), OPTIONS_SERVE);
	ck_assert_uint_eq(options.nkeys, OPTIONS_KEYS_MAX);
	args[OPTIONS_KEYS_MAX] = "--port=1";
	args[OPTIONS_KEYS_MAX + 1] = NULL;
	ck_assert_int_eq(parse(args), OPTIONS_ERROR);
}
END_TEST

START_TEST(help_names_every_option)
{
	static const char *const more[] = { "--config", "-c", "--check",
	    "--print-config", "--explain", "--header", "-H", "--method",
	    "-X", "--daemon", "-d", "--verbose", "-v", "--version", "-V", "--help",
	    "-h" };
	static char text[sizeof(said)];
	int saved;
	FILE *f = catch_stream(stdout, &saved);

	options_help();
	give_back(stdout, saved, f);
	memcpy(text, said, sizeof(text));
	for (int i = 0; i < ROWS(more); i++)
		ck_assert_msg(strstr(text, more[i]) != NULL, "%s", more[i]);
	for (int i = 0; i < ROWS(keys); i++)
		if (strcmp(keys[i].option, "--document-root") != 0)
			ck_assert_msg(strstr(text, keys[i].option) != NULL,
			    "%s", keys[i].option);
	for (char *line = strtok(text, "\n"); line != NULL;
	    line = strtok(NULL, "\n"))
		ck_assert_msg(strlen(line) <= 80, "%s", line);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("options");
	TCase *tc = suite_case(s, "options");

	tcase_add_loop_test(tc, understands, 0, ROWS(good));
	tcase_add_loop_test(tc, option_stands_for_a_key, 0, ROWS(keys));
	tcase_add_loop_test(tc, daemon_has_no_value, 0, ROWS(background));
	tcase_add_test(tc, keys_keep_their_order);
	tcase_add_test(tc, value_may_look_like_an_option);
	tcase_add_loop_test(tc, slip_is_named, 0, ROWS(bad));
	tcase_add_test(tc, a_request_to_explain);
	tcase_add_test(tc, too_many_fields_are_refused);
	tcase_add_test(tc, too_many_keys_are_refused);
	tcase_add_test(tc, help_names_every_option);
	return suite_run(s);
}
