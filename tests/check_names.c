/*
 * check_names - a host to its addresses, in the order in which they are
 * tried. Linked with the wrapped calls of failing.h and
 * -Wl,--wrap=getaddrinfo.
 */
#include "client/names.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "client/say.h"

#include "caught.h"
#include "failing.h"
#include "suite.h"

#define WORDS_MAX	1024

int	__real_getaddrinfo(const char *host, const char *service,
	    const struct addrinfo *hints, struct addrinfo **out);
int	__wrap_getaddrinfo(const char *host, const char *service,
	    const struct addrinfo *hints, struct addrinfo **out);

/* What the resolver answers: addresses, a blank between two, or an error. */
static const char *answer;
static int answer_error;
static int asked_family;

static void
reset(void)
{
	failing_reset();
	answer = NULL;
	answer_error = 0;
	asked_family = -1;
}

static void
append(struct addrinfo **out, const char *address)
{
	const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST,
	    .ai_socktype = SOCK_STREAM };

	while (*out != NULL)
		out = &(*out)->ai_next;
	/* Not by an assertion, which allocates. */
	if (__real_getaddrinfo(address, NULL, &hints, out) != 0)
		abort();
}

int
__wrap_getaddrinfo(const char *host, const char *service,
    const struct addrinfo *hints, struct addrinfo **out)
{
	char words[WORDS_MAX], *rest, *word;

	if ((hints->ai_flags & AI_NUMERICHOST) != 0)
		return __real_getaddrinfo(host, service, hints, out);
	asked_family = hints->ai_family;
	if (answer == NULL)
		return answer_error;
	*out = NULL;
	snprintf(words, sizeof(words), "%s", answer);
	for (word = strtok_r(words, " ", &rest); word != NULL;
	    word = strtok_r(NULL, " ", &rest))
		append(out, word);
	return 0;
}

/* The addresses of host, with a blank behind each; or the reason. */
static enum exits
look_up(const char *host, int family, char out[static WORDS_MAX])
{
	struct address *all = NULL;
	char text[ADDRESS_TEXT_MAX];
	size_t n = 0, at = 0;
	enum exits why;

	out[0] = '\0';
	why = names_look_up(host, 7007, family, &all, &n, out,
	    WORDS_MAX);
	if (why != EXITS_OK)
		return why;
	for (size_t i = 0; i < n; i++) {
		ck_assert_uint_eq(address_port(&all[i]), 7007);
		address_host(&all[i], text);
		at += (size_t)snprintf(out + at, WORDS_MAX - at, "%s%s",
		    i == 0 ? "" : " ", text);
	}
	free(all);
	return why;
}

/* ---- addresses ---- */

static const struct {
	const char	*host;
	int		 family;
	const char	*want;
} numeric[] = {
	{ "192.0.2.7", AF_UNSPEC, "192.0.2.7" },
	{ "192.0.2.7", AF_INET, "192.0.2.7" },
	{ "0.0.0.0", AF_UNSPEC, "0.0.0.0" },
	{ "2001:db8::7", AF_UNSPEC, "2001:db8::7" },
	{ "2001:DB8::7", AF_INET6, "2001:db8::7" },
	{ "[2001:db8::7]", AF_UNSPEC, "2001:db8::7" },
	{ "::1", AF_UNSPEC, "::1" },
	{ "[::1]", AF_INET6, "::1" },
	{ "::ffff:192.0.2.7", AF_UNSPEC, "::ffff:192.0.2.7" },
	{ "fe80::1%lo", AF_UNSPEC, "fe80::1%lo" },
	{ "[fe80::1%lo]", AF_UNSPEC, "fe80::1%lo" },
	{ "fe80::1%1", AF_UNSPEC, "fe80::1%lo" },
};

START_TEST(address_needs_no_resolver)
{
	char out[WORDS_MAX];

	ck_assert_msg(look_up(numeric[_i].host, numeric[_i].family, out) ==
	    EXITS_OK, "%s: %s", numeric[_i].host, out);
	ck_assert_str_eq(out, numeric[_i].want);
	ck_assert_int_eq(asked_family, -1);
}
END_TEST

static const struct {
	const char	*host;
	int		 family;
	enum exits	 want;
	const char	*said;
} wrong[] = {
	{ "", AF_UNSPEC, EXITS_USAGE, "no host" },
	{ "[]", AF_UNSPEC, EXITS_USAGE, "\"[]\" is no host" },
	{ "[::1", AF_UNSPEC, EXITS_USAGE, "\"[::1\" is no host" },
	{ "[192.0.2.7]", AF_UNSPEC, EXITS_USAGE, "is no host" },
	{ "[example.org]", AF_UNSPEC, EXITS_USAGE, "is no host" },
	{ "192.0.2.7", AF_INET6, EXITS_NAME, "no IPv6 address" },
	{ "::1", AF_INET, EXITS_NAME, "\"::1\" is no IPv4 address" },
	{ "[::1]", AF_INET, EXITS_NAME, "\"::1\" is no IPv4 address" },
	{ "localhost:80", AF_UNSPEC, EXITS_NAME, "neither a name nor" },
	{ "::1::", AF_UNSPEC, EXITS_NAME, "neither a name nor" },
	{ "fe80::1%nosuchlink", AF_UNSPEC, EXITS_NAME, "neither" },
};

START_TEST(wrong_host_is_told)
{
	char out[WORDS_MAX];

	ck_assert_msg(look_up(wrong[_i].host, wrong[_i].family, out) ==
	    wrong[_i].want, "%s: %s", wrong[_i].host, out);
	ck_assert_msg(strstr(out, wrong[_i].said) != NULL, "%s: %s",
	    wrong[_i].host, out);
	ck_assert_int_eq(asked_family, -1);
}
END_TEST

START_TEST(endless_host_is_told)
{
	char host[NI_MAXHOST + 1], out[WORDS_MAX * 2];

	memset(host, 'a', sizeof(host) - 1);
	host[sizeof(host) - 1] = '\0';
	ck_assert_int_eq(look_up(host, AF_UNSPEC, out), EXITS_USAGE);
}
END_TEST

/* ---- names ---- */

static const struct {
	const char	*name, *answer, *want;
} orders[] = {
	{ "one", "192.0.2.1", "192.0.2.1" },
	{ "IPv4 only", "192.0.2.1 192.0.2.2 192.0.2.3",
	    "192.0.2.1 192.0.2.2 192.0.2.3" },
	{ "IPv6 only", "2001:db8::1 2001:db8::2", "2001:db8::1 2001:db8::2" },
	{ "IPv6 first", "2001:db8::1 2001:db8::2 192.0.2.1 192.0.2.2",
	    "2001:db8::1 192.0.2.1 2001:db8::2 192.0.2.2" },
	{ "IPv4 first", "192.0.2.1 192.0.2.2 2001:db8::1 2001:db8::2",
	    "192.0.2.1 2001:db8::1 192.0.2.2 2001:db8::2" },
	{ "more of the first", "2001:db8::1 2001:db8::2 2001:db8::3 192.0.2.1",
	    "2001:db8::1 192.0.2.1 2001:db8::2 2001:db8::3" },
	{ "more of the other", "192.0.2.1 2001:db8::1 2001:db8::2 "
	    "2001:db8::3", "192.0.2.1 2001:db8::1 2001:db8::2 2001:db8::3" },
	{ "in turn already", "2001:db8::1 192.0.2.1 2001:db8::2 192.0.2.2",
	    "2001:db8::1 192.0.2.1 2001:db8::2 192.0.2.2" },
	{ "twice", "192.0.2.1 2001:db8::1 192.0.2.1 2001:db8::1 192.0.2.2",
	    "192.0.2.1 2001:db8::1 192.0.2.2" },
};

START_TEST(families_take_turns)
{
	char out[WORDS_MAX];

	answer = orders[_i].answer;
	ck_assert_msg(look_up("mynahd.example.org", AF_UNSPEC, out) ==
	    EXITS_OK, "%s: %s", orders[_i].name, out);
	ck_assert_msg(strcmp(out, orders[_i].want) == 0, "%s: %s",
	    orders[_i].name, out);
	ck_assert_int_eq(asked_family, AF_UNSPEC);
}
END_TEST

START_TEST(one_family_is_asked_for)
{
	static const int families[] = { AF_INET, AF_INET6 };
	char out[WORDS_MAX];

	for (int i = 0; i < ROWS(families); i++) {
		answer = i == 0 ? "192.0.2.1" : "2001:db8::1";
		ck_assert_int_eq(look_up("example.org", families[i], out),
		    EXITS_OK);
		ck_assert_str_eq(out, answer);
		ck_assert_int_eq(asked_family, families[i]);
	}
}
END_TEST

static const struct {
	int		 error, family;
	enum exits	 want;
	const char	*said;
} failures[] = {
	{ EAI_NONAME, AF_UNSPEC, EXITS_NAME,
	    "\"example.org\" has no address: " },
	{ EAI_NONAME, AF_INET, EXITS_NAME,
	    "\"example.org\" has no IPv4 address: " },
	{ EAI_NODATA, AF_INET6, EXITS_NAME,
	    "\"example.org\" has no IPv6 address: " },
	{ EAI_AGAIN, AF_UNSPEC, EXITS_NAME, "look up \"example.org\" now: " },
	{ EAI_FAIL, AF_UNSPEC, EXITS_NAME, "has no address: " },
	{ EAI_MEMORY, AF_UNSPEC, EXITS_SYSTEM, "cannot look up" },
	{ EAI_SYSTEM, AF_UNSPEC, EXITS_SYSTEM, "cannot look up" },
};

START_TEST(failure_is_told)
{
	char out[WORDS_MAX];

	answer_error = failures[_i].error;
	ck_assert_msg(look_up("example.org", failures[_i].family, out) ==
	    failures[_i].want, "%d: %s", _i, out);
	ck_assert_msg(strstr(out, failures[_i].said) != NULL, "%d: %s", _i,
	    out);
}
END_TEST

START_TEST(no_memory_is_told)
{
	struct address *all;
	char error[256];
	unsigned at = 0;
	enum exits why;
	size_t n;

	answer = "192.0.2.1 2001:db8::1";
	do {
		failing_at(FAILING_MEMORY, ++at, ENOMEM);
		why = names_look_up("example.org", 80, AF_UNSPEC,
		    &all, &n, error, sizeof(error));
		failing_on = false;
		ck_assert_int_eq(why, failing_happened(FAILING_MEMORY) ?
		    EXITS_SYSTEM : EXITS_OK);
	} while (why != EXITS_OK);
	free(all);
	ck_assert_uint_eq(at, 3);
}
END_TEST

START_TEST(error_fits_any_room)
{
	struct address *all;
	char error[9] = "12345678";
	size_t n;

	answer_error = EAI_NONAME;
	ck_assert_int_eq(names_look_up("example.org", 80, AF_UNSPEC,
	    &all, &n, error, 8), EXITS_NAME);
	ck_assert_uint_eq(strlen(error), 7);
}
END_TEST

static const struct {
	const char	*host, *answer, *said;
} tells[] = {
	{ "example.org", "192.0.2.7", "mynah: example.org is 192.0.2.7\n" },
	{ "example.org", "2001:db8::7 192.0.2.7",
	    "mynah: example.org is 2001:db8::7, 192.0.2.7\n" },
	{ "192.0.2.7", NULL, "" },
	{ "[::1]", NULL, "" },
	{ "2001:DB8::7", NULL, "mynah: 2001:DB8::7 is 2001:db8::7\n" },
};

START_TEST(addresses_are_told)
{
	struct address *all;
	char why[256];
	int saved;
	size_t n;
	FILE *f;

	answer = tells[_i].answer;
	ck_assert_int_eq(names_look_up(tells[_i].host, 80, AF_UNSPEC,
	    &all, &n, why, sizeof(why)), EXITS_OK);
	f = catch_stream(stderr, &saved);
	names_tell(tells[_i].host, all, n);
	say_set_verbose(true);
	names_tell(tells[_i].host, all, n);
	say_set_verbose(false);
	give_back(stderr, saved, f);
	ck_assert_str_eq(said, tells[_i].said);
	free(all);
}
END_TEST

START_TEST(many_addresses_are_cut)
{
	struct address all[500];
	int saved;
	FILE *f;

	for (int i = 0; i < ROWS(all); i++)
		all[i] = address_of_path("/run/a/path/that/is/long");
	f = catch_stream(stderr, &saved);
	say_set_verbose(true);
	names_tell("example.org", all, ROWS(all));
	say_set_verbose(false);
	give_back(stderr, saved, f);
	ck_assert_uint_gt(strlen(said), 500);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("names");
	TCase *tc = suite_case(s, "names");

	tcase_add_checked_fixture(tc, reset, reset);
	tcase_add_loop_test(tc, address_needs_no_resolver, 0, ROWS(numeric));
	tcase_add_loop_test(tc, wrong_host_is_told, 0, ROWS(wrong));
	tcase_add_test(tc, endless_host_is_told);
	tcase_add_loop_test(tc, families_take_turns, 0, ROWS(orders));
	tcase_add_test(tc, one_family_is_asked_for);
	tcase_add_loop_test(tc, failure_is_told, 0, ROWS(failures));
	tcase_add_test(tc, no_memory_is_told);
	tcase_add_test(tc, error_fits_any_room);
	tcase_add_loop_test(tc, addresses_are_told, 0, ROWS(tells));
	tcase_add_test(tc, many_addresses_are_cut);
	return suite_run(s);
}
