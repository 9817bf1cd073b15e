/*
 * check_args - the words behind a command: every common option, every slip.
 */
#include "client/args.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>

#include "caught.h"
#include "client/exits.h"
#include "client/say.h"
#include "suite.h"

#define WORDS	8
#define RUN	(-2)

enum { SIZE_OPTION = 300 };

static const struct args_option options[] = {
	{ 'o', "output", "FILE", "where it goes" },
	{ 'q', "quiet", NULL, "say less" },
	{ SIZE_OPTION, "size", "BYTES", "how much" },
	{ 0, NULL, NULL, NULL }
};
static const struct args_command command = {
	.name = "try", .operands = "HOST PORT [THING]",
	.summary = "Tries it.", .options = options, .least = 2, .most = 3
};

/* Whatever /etc/services has. */
struct servent	*__wrap_getservbyname(const char *name, const char *proto);

struct servent *
__wrap_getservbyname(const char *name, const char *proto)
{
	static struct servent http;

	ck_assert_str_eq(proto, "tcp");
	http.s_port = htons(80);
	return strcmp(name, "http") == 0 ? &http : NULL;
}

static struct args_common common;
static int first;
static struct {
	const char	*output;
	bool		 quiet;
	uint64_t	 size;
} taken;

static bool
take(void *to, int letter, const char *value)
{
	ck_assert_ptr_eq(to, &taken);
	switch (letter) {
	case 'o':
		taken.output = value;
		return true;
	case 'q':
		ck_assert_ptr_null(value);
		taken.quiet = true;
		return true;
	default:
		ck_assert_int_eq(letter, SIZE_OPTION);
		return args_size(&command, "--size", value, 1, 65536,
		    &taken.size);
	}
}

/*
 * As a command would call it; words end with NULL. Returns the exit status, or
 * RUN.
 */
static int
parse(const char *const words[], FILE *stream)
{
	static char copies[WORDS + 1][64];
	static char *argv[WORDS + 2];
	int argc = 1, saved, status = -1;
	FILE *f;

	argv[0] = strcpy(copies[0], "try");
	for (; words[argc - 1] != NULL; argc++) {
		ck_assert_int_le(argc, WORDS);
		snprintf(copies[argc], sizeof(copies[argc]), "%s",
		    words[argc - 1]);
		argv[argc] = copies[argc];
	}
	argv[argc] = NULL;
	optind = 0;		/* glibc: start anew */
	memset(&taken, 0, sizeof(taken));
	common = (struct args_common){ .idle_ms = 7000 };
	say_set_verbose(false);
	f = catch_stream(stream, &saved);
	first = args_parse(&command, argc, argv, &common, take, &taken,
	    &status);
	give_back(stream, saved, f);
	return first > 0 ? RUN : status;
}

START_TEST(defaults)
{
	ck_assert_int_eq(parse((const char *[]){ "a", "1", NULL }, stderr),
	    RUN);
	ck_assert_str_eq(said, "");
	ck_assert_int_eq(first, 1);
	ck_assert_int_eq(common.family, AF_UNSPEC);
	ck_assert_ptr_null(common.unix_path);
	ck_assert_uint_eq(common.connect_ms, 30000);
	ck_assert_uint_eq(common.idle_ms, 7000);
	ck_assert_uint_eq(common.max_ms, UINT64_MAX);
	ck_assert(!say_is_verbose());
}
END_TEST

START_TEST(common_options)
{
	ck_assert_int_eq(parse((const char *[]){ "-6v", "a",
	    "--connect-timeout", "500ms", "--idle-timeout=2",
	    "--max-time=unlimited", "1", NULL }, stderr), RUN);
	ck_assert_str_eq(said, "");
	ck_assert_int_eq(common.family, AF_INET6);
	ck_assert_uint_eq(common.connect_ms, 500);
	ck_assert_uint_eq(common.idle_ms, 2000);
	ck_assert_uint_eq(common.max_ms, UINT64_MAX);
	ck_assert(say_is_verbose());
	ck_assert_int_eq(parse((const char *[]){ "--ipv4", "--max-time", "1h",
	    "--unix", "/run/x", NULL }, stderr), RUN);
	ck_assert_int_eq(common.family, AF_INET);
	ck_assert_uint_eq(common.max_ms, 3600000);
	ck_assert_str_eq(common.unix_path, "/run/x");
}
END_TEST

START_TEST(options_of_the_command)
{
	ck_assert_int_eq(parse((const char *[]){ "a", "-o", "f", "--quiet",
	    "1", "--size=4KiB", "c", NULL }, stderr), RUN);
	ck_assert_str_eq(said, "");
	ck_assert_str_eq(taken.output, "f");
	ck_assert(taken.quiet);
	ck_assert_uint_eq(taken.size, 4096);
}
END_TEST

static const struct {
	const char	*words[WORDS];
	const char	*want;		/* in what is said */
} bad[] = {
	{ { NULL }, ": HOST PORT [THING] is missing: mynah try HOST PORT" },
	{ { "a" }, ": PORT [THING] is missing: mynah try" },
	{ { "a", "1", "b", "c" }, "\"c\" is too much: mynah try HOST PORT" },
	{ { "--unix", "/x", "a", "1" }, "\"1\" is too much: mynah try --unix "
	    "PATH has no HOST and PORT" },
	{ { "-x", "a", "1" }, "no such option: -x; \"mynah try --help\"" },
	{ { "-qx", "a", "1" }, "no such option: -x" },
	{ { "-:", "a", "1" }, "no such option: -:" },
	{ { "--quiet", "-xq" }, "no such option: -x" },
	{ { "--outptu", "f" }, "no such option: --outptu; did you mean "
	    "--output?" },
	{ { "--max-tim=3" , "--sise=3" }, "did you mean --size?" },
	{ { "--nonsense" }, "no such option: --nonsense; \"mynah" },
	{ { "--ip" }, "--ip is short for several: --ipv4, --ipv6;" },
	{ { "--i=3" }, "--i=3 is short for several: --idle-timeout, --ipv4" },
	{ { "--quiet=yes" }, "--quiet=yes takes no value" },
	{ { "a", "1", "-o" }, "a value is missing after -o" },
	{ { "a", "1", "--size" }, "a value is missing after --size" },
	{ { "--size", "0" }, "--size must be 1B to 64KiB, not 0;" },
	{ { "--size", "70000" }, "--size must be 1B to 64KiB, not 70000;" },
	{ { "--size", "1 kb" }, "--size cannot be \"1 kb\"; did you mean \"1KiB\"?" },
	{ { "--max-time", "5 min" }, "did you mean \"5m\"?" },
	{ { "--max-time", "0" }, "--max-time must be 1ms to 8760h or "
	    "unlimited, not 0;" },
	{ { "--idle-timeout", "soon" }, "--idle-timeout must be" },
	{ { "--connect-timeout", "" }, "a value is missing after "
	    "--connect-timeout" },
	{ { "--connect-timeout=-1" }, "--connect-timeout must be" },
	{ { "--unix", "" }, "the path of a Unix socket has 1 to " },
	{ { "\033[2J" , "1", "2", "\033" }, "\"\\x1b\" is too much" },
};

START_TEST(refuses)
{
	ck_assert_int_eq(parse(bad[_i].words, stderr), EXITS_USAGE);
	ck_assert_msg(strstr(said, bad[_i].want) != NULL, "%s", said);
	ck_assert(strncmp(said, "mynah: ", 7) == 0);
	ck_assert_ptr_eq(strchr(said, '\n'), said + strlen(said) - 1);
	ck_assert_ptr_null(strchr(said, '\033'));
}
END_TEST

START_TEST(help)
{
	ck_assert_int_eq(parse((const char *[]){ "--help", NULL }, stdout),
	    EXITS_OK);
	ck_assert_ptr_nonnull(strstr(said,
	    "Usage: mynah try [options] HOST PORT [THING]\n"));
	ck_assert_ptr_nonnull(strstr(said,
	    "  -o, --output FILE       where it goes\n"));
	ck_assert_ptr_nonnull(strstr(said, "      --size BYTES        how"));
	ck_assert_ptr_nonnull(strstr(said, "  -v, --verbose "));
	ck_assert_ptr_nonnull(strstr(said, "without a byte, at most (7s)\n"));
}
END_TEST

/* Of a command that connects to nobody. */
START_TEST(stays_here)
{
	static const char *const words[] = { "--unix", "--idle-timeout=3" };
	static const struct args_command lone = { .name = "try",
	    .operands = "NAME", .summary = "Tries it.",
	    .options = options + 3, .least = 1, .most = 1,
	    .stays_here = true };
	char name[] = "try", word[32], *argv[] = { name, word, NULL };
	int saved, status = -1;
	FILE *f;

	snprintf(word, sizeof(word), "%s", words[_i]);
	optind = 0;
	f = catch_stream(stderr, &saved);
	ck_assert_int_eq(args_parse(&lone, 2, argv, &common, take, &taken,
	    &status), 0);
	ck_assert_int_eq(status, EXITS_USAGE);
	give_back(stderr, saved, f);
	ck_assert_ptr_nonnull(strstr(said, "no such option: "));
}
END_TEST

static const struct {
	const char	*value;
	uint16_t	 want;		/* 0: refused */
} ports[] = {
	{ "1", 1 }, { "80", 80 }, { "65535", 65535 }, { "00080", 80 },
	{ "http", 80 },
	{ "0", 0 }, { "65536", 0 }, { "99999", 0 }, { "123456789", 0 },
	{ "4294967376", 0 }, { "", 0 }, { "-1", 0 }, { "+80", 0 },
	{ " 80", 0 }, { "80 ", 0 }, { "8o", 0 }, { "nonsense", 0 },
};

START_TEST(port)
{
	uint16_t got = 0;
	int saved;
	FILE *f = catch_stream(stderr, &saved);
	bool right = args_port(&command, ports[_i].value, &got);

	give_back(stderr, saved, f);
	ck_assert_uint_eq(got, ports[_i].want);
	ck_assert_int_eq(right, ports[_i].want != 0);
	ck_assert_int_eq(right, said[0] == '\0');
	if (!right)
		ck_assert_ptr_nonnull(strstr(said,
		    "a port is a number from 1 to 65535"));
}
END_TEST

START_TEST(count)
{
	uint64_t n;
	int saved;
	FILE *f = catch_stream(stderr, &saved);

	ck_assert(args_count(&command, "--count", "12", 1, 12, &n));
	ck_assert_uint_eq(n, 12);
	ck_assert(!args_count(&command, "--count", "13", 1, 12, &n));
	give_back(stderr, saved, f);
	ck_assert_str_eq(said, "mynah: --count must be 1 to 12, not 13; "
	    "\"mynah try --help\" has the options\n");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("args");
	TCase *tc = suite_case(s, "args");

	tcase_add_test(tc, defaults);
	tcase_add_test(tc, common_options);
	tcase_add_test(tc, options_of_the_command);
	tcase_add_loop_test(tc, refuses, 0, ROWS(bad));
	tcase_add_test(tc, help);
	tcase_add_loop_test(tc, stays_here, 0, 2);
	tcase_add_loop_test(tc, port, 0, ROWS(ports));
	tcase_add_test(tc, count);
	return suite_run(s);
}
