/*
 * check_lookup - names that are looked up while the loop goes on. Linked with
 * the wrapped calls of failing.h and -Wl,--wrap=event_base_dispatch,
 * --wrap=fork,--wrap=getaddrinfo.
 */
#include "client/lookup.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "failing.h"
#include "suite.h"
#include "support.h"

int	__real_getaddrinfo(const char *host, const char *service,
	    const struct addrinfo *hints, struct addrinfo **out);
int	__wrap_getaddrinfo(const char *host, const char *service,
	    const struct addrinfo *hints, struct addrinfo **out);
int	__real_event_base_dispatch(struct event_base *eb);
int	__wrap_event_base_dispatch(struct event_base *eb);
pid_t	__real_fork(void);
pid_t	__wrap_fork(void);

/* What becomes of a question, in the other process. */
static enum resolver { ANSWERS, FAILS, IS_SILENT, DIES } resolver;
static bool cannot_fork, cannot_wait;
static struct event_base *base;

/* What came of it. */
static struct lookup *lookup;
static unsigned called;
static size_t got;
static struct address first;
static enum exits why;
static char error[512];

int
__wrap_getaddrinfo(const char *host, const char *service,
    const struct addrinfo *hints, struct addrinfo **out)
{
	if ((hints->ai_flags & AI_NUMERICHOST) != 0)
		return __real_getaddrinfo(host, service, hints, out);
	switch (resolver) {
	case ANSWERS:
		break;
	case FAILS:
		return EAI_NONAME;
	case IS_SILENT:
		for (;;)
			pause();
	case DIES:
		_exit(0);
	}
	return __real_getaddrinfo("192.0.2.7", service, hints, out);
}

pid_t
__wrap_fork(void)
{
	if (!cannot_fork)
		return __real_fork();
	errno = EAGAIN;
	return -1;
}

int
__wrap_event_base_dispatch(struct event_base *eb)
{
	return cannot_wait ? -1 : __real_event_base_dispatch(eb);
}

static void
set_up(void)
{
	ck_assert_ptr_nonnull(base = event_base_new());
	resolver = ANSWERS;
	cannot_fork = cannot_wait = false;
	called = 0;
	got = 0;
	why = EXITS_OK;
	error[0] = '\0';
}

/* No process is left behind, not even a dead one. */
static void
tear_down(void)
{
	lookup_free(lookup);
	lookup = NULL;
	event_base_free(base);
	base = NULL;
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
}

static void
on_done(void *arg, const struct address *all, size_t n, enum exits reason,
    const char *text)
{
	ck_assert_ptr_eq(arg, &called);
	called++;
	got = n;
	why = reason;
	if (n > 0)
		first = all[0];
	else
		snprintf(error, sizeof(error), "%s", text);
	lookup_free(lookup);
	lookup = NULL;
}

static void
look_up(const char *host, uint64_t limit_ms)
{
	lookup = lookup_new(base, host, 80, AF_UNSPEC, limit_ms, on_done,
	    &called);
	ck_assert_ptr_nonnull(lookup);
	ck_assert_uint_eq(called, 0);
	event_base_dispatch(base);
	ck_assert_uint_eq(called, 1);
}

START_TEST(addresses_come)
{
	char text[ADDRESS_TEXT_MAX];

	look_up("example.org", UINT64_MAX);
	ck_assert_int_eq(why, EXITS_OK);
	ck_assert_uint_eq(got, 1);
	address_text(&first, text);
	ck_assert_str_eq(text, "192.0.2.7 port 80");
}
END_TEST

START_TEST(no_address_is_told)
{
	resolver = FAILS;
	look_up("example.org", 60000);
	ck_assert_int_eq(why, EXITS_NAME);
	ck_assert_uint_eq(got, 0);
	ck_assert(strncmp(error, "\"example.org\" has no address: ", 30) == 0);
}
END_TEST

START_TEST(silence_ends_in_time)
{
	resolver = IS_SILENT;
	look_up("example.org", 20);
	ck_assert_int_eq(why, EXITS_TIMEOUT);
	ck_assert_str_eq(error, "there is no answer about \"example.org\" "
	    "after 20 ms");
}
END_TEST

START_TEST(no_answer_is_told)
{
	resolver = DIES;
	look_up("example.org", 60000);
	ck_assert_int_eq(why, EXITS_SYSTEM);
	ck_assert_str_eq(error, "the process that looks up the name has "
	    "failed");
}
END_TEST

/* A file that is locked here would stay locked, if this one were killed. */
START_TEST(descriptors_are_not_shared)
{
	struct pollfd p = { .events = POLLIN };
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	resolver = IS_SILENT;
	lookup = lookup_new(base, "example.org", 80, AF_UNSPEC, 60000,
	    on_done, &called);
	ck_assert_ptr_nonnull(lookup);
	close(ends[1]);
	p.fd = ends[0];
	/* Its end comes while the other process waits. */
	ck_assert_int_eq(poll(&p, 1, 10000), 1);
	ck_assert_int_eq(p.revents & POLLIN, 0);
	close(ends[0]);
}
END_TEST

/* tear_down() looks for what it has left. */
START_TEST(freed_while_it_waits)
{
	resolver = IS_SILENT;
	lookup = lookup_new(base, "example.org", 80, AF_UNSPEC, 60000,
	    on_done, &called);
	ck_assert_ptr_nonnull(lookup);
	event_base_loop(base, EVLOOP_NONBLOCK);
	lookup_free(lookup);
	lookup = NULL;
	ck_assert_uint_eq(called, 0);
}
END_TEST

START_TEST(no_process_to_be_had)
{
	cannot_fork = true;
	ck_assert_ptr_null(lookup_new(base, "example.org", 80, AF_UNSPEC,
	    60000, on_done, &called));
	ck_assert_int_eq(errno, EAGAIN);
}
END_TEST

/* ---- alone ---- */

static enum exits
wait_for(const char *host, uint64_t limit_ms)
{
	struct address *all = NULL;
	enum exits result;

	result = lookup_wait(host, 80, AF_UNSPEC, limit_ms, &all, &got,
	    error, sizeof(error));
	if (result == EXITS_OK) {
		ck_assert_uint_eq(got, 1);
		address_text(&all[0], error);
	}
	free(all);
	return result;
}

static const struct {
	const char	*host;
	enum resolver	 resolver;
	enum exits	 want;
	const char	*text;		/* or how it begins */
} waits[] = {
	{ "example.org", ANSWERS, EXITS_OK, "192.0.2.7 port 80" },
	{ "192.0.2.9", IS_SILENT, EXITS_OK, "192.0.2.9 port 80" },
	{ "[2001:db8::9]", IS_SILENT, EXITS_OK, "2001:db8::9 port 80" },
	{ "example.org", FAILS, EXITS_NAME, "\"example.org\" has no addr" },
	{ "example.org", IS_SILENT, EXITS_TIMEOUT, "there is no answer" },
	{ "example.org", DIES, EXITS_SYSTEM, "the process that looks up" },
	{ "", ANSWERS, EXITS_USAGE, "\"\" is no host" },
	{ "[::1", ANSWERS, EXITS_USAGE, "\"[::1\" is no host" },
};

START_TEST(waits_for_it)
{
	resolver = waits[_i].resolver;
	ck_assert_int_eq(wait_for(waits[_i].host,
	    resolver == IS_SILENT ? 20 : 60000), waits[_i].want);
	ck_assert_msg(strncmp(error, waits[_i].text,
	    strlen(waits[_i].text)) == 0, "%s", error);
}
END_TEST

START_TEST(waits_without_memory)
{
	for (unsigned n = 1; n <= 2; n++) {
		failing_at(FAILING_MEMORY, n, ENOMEM);
		why = wait_for("example.org", 60000);
		failing_on = false;
		ck_assert_int_eq(why, EXITS_SYSTEM);
	}
}
END_TEST

START_TEST(waits_without_a_loop)
{
	cannot_wait = true;
	ck_assert_int_eq(wait_for("example.org", 60000), EXITS_SYSTEM);
	ck_assert_str_eq(error, "cannot wait for events");
}
END_TEST

START_TEST(no_memory)
{
	failing_at(FAILING_MEMORY, 1, ENOMEM);
	lookup = lookup_new(base, "example.org", 80, AF_UNSPEC, 60000,
	    on_done, &called);
	failing_on = false;
	ck_assert_ptr_null(lookup);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("lookup");
	TCase *tc = suite_case(s, "lookup");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, addresses_come);
	tcase_add_test(tc, no_address_is_told);
	tcase_add_test(tc, silence_ends_in_time);
	tcase_add_test(tc, no_answer_is_told);
	tcase_add_test(tc, descriptors_are_not_shared);
	tcase_add_test(tc, freed_while_it_waits);
	tcase_add_test(tc, no_process_to_be_had);
	tcase_add_test(tc, no_memory);
	tcase_add_loop_test(tc, waits_for_it, 0, ROWS(waits));
	tcase_add_test(tc, waits_without_memory);
	tcase_add_test(tc, waits_without_a_loop);
	return suite_run(s);
}
