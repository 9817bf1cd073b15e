/*
 * check_echo_run - many connections, where calls fail. Linked with the wrapped
 * calls of failing.h.
 */
#include "client/echo_run.h"

#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "client/pattern.h"

#include "caught.h"
#include "child.h"
#include "failing.h"
#include "scripted.h"
#include "suite.h"
#include "support.h"

#define CONNECTIONS	3
#define MESSAGES	2	/* on each */
#define SIZE		40
#define TRIES_MAX	200

static char sent[CONNECTIONS][MESSAGES][SIZE];
static struct scripted_step steps[CONNECTIONS * (2 * MESSAGES + 2) + 1];
static struct scripted s;

static struct args_common limits;
static struct address address;
static struct echo_plan plan;
static struct echo_result result;

/* Each message as it is made, and sent back. */
static void
make_script(void)
{
	struct scripted_step *step = steps;
	struct pattern p;

	for (uint64_t i = 0; i < CONNECTIONS; i++) {
		for (uint64_t j = 0; j < MESSAGES; j++) {
			pattern_init(&p, 1, i, j, PATTERN_ALL);
			pattern_write(&p, 0, sent[i][j], SIZE);
			*step++ = (struct scripted_step){ SCRIPTED_BYTES_COME,
			    sent[i][j], SIZE, 0 };
			*step++ = (struct scripted_step)SCRIPT_SEND_BYTES(
			    sent[i][j], SIZE);
		}
		*step++ = (struct scripted_step)SCRIPT_EXPECT_END;
		*step++ = (struct scripted_step)SCRIPT_AGAIN;
	}
	step[-1] = (struct scripted_step)SCRIPT_STOP;
}

static void
nothing(const struct echo_result *until_then)
{
	(void)until_then;
}

static void
setup(void)
{
	struct sockaddr_in *sin = (struct sockaddr_in *)&address.sa;

	failing_reset();
	make_script();
	limits = (struct args_common){ .connect_ms = CHILD_WAIT_MS,
	    .idle_ms = CHILD_WAIT_MS, .max_ms = UINT64_MAX };
	memset(&address, 0, sizeof(address));
	sin->sin_family = AF_INET;
	sin->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.len = sizeof(*sin);
	plan = (struct echo_plan){
		.probe = { .seed = 1, .size = SIZE, .depth = 1 },
		.limits = &limits,
		.addresses = &address,
		.naddresses = 1,
		.connections = CONNECTIONS,
		.messages = CONNECTIONS * MESSAGES,
		.time_ms = UINT64_MAX,
		.on_interrupt = nothing
	};
}

/* What fails was set for echo_run() alone. */
static void
run(void)
{
	bool on = failing_on;
	FILE *f;
	int saved;

	failing_on = false;
	memset(&result, 0, sizeof(result));
	address_set_port(&address, (uint16_t)s.port);
	f = catch_stream(stderr, &saved);
	failing_on = on;
	echo_run(&plan, &result);
	failing_on = false;
	give_back(stderr, saved, f);
}

START_TEST(all_is_well)
{
	scripted_start(&s, steps);
	run();
	ck_assert_int_eq(result.status, EXITS_OK);
	ck_assert(result.is_measured);
	ck_assert_uint_eq(result.connections, CONNECTIONS);
	ck_assert_uint_eq(result.errors, 0);
	ck_assert_uint_eq(result.count.messages, CONNECTIONS * MESSAGES);
	ck_assert_uint_eq(result.count.bytes, CONNECTIONS * MESSAGES * SIZE);
	scripted_finish(&s);
}
END_TEST

/* Each allocation fails in its turn, until all that are made have. */
START_TEST(memory_is_short)
{
	int lowest = lowest_descriptor();
	bool happened = true;

	for (unsigned n = 1; happened; n++) {
		ck_assert_uint_lt(n, TRIES_MAX);
		scripted_start(&s, steps);
		failing_at(FAILING_MEMORY, n, ENOMEM);
		run();
		happened = failing_happened(FAILING_MEMORY);
		ck_assert_msg(result.status ==
		    (happened ? EXITS_SYSTEM : EXITS_OK), "%u: %d", n,
		    (int)result.status);
		scripted_stop(&s);
		ck_assert_int_eq(lowest_descriptor(), lowest);
	}
}
END_TEST

static const struct {
	enum failing_call	call;
	size_t			most;
} shorts[] = {
	{ FAILING_SENDMSG, 1 }, { FAILING_SENDMSG, 7 },
	{ FAILING_RECV, 1 }, { FAILING_RECV, 7 },
};

START_TEST(a_call_does_little)
{
	scripted_start(&s, steps);
	failing_short(shorts[_i].call, shorts[_i].most);
	run();
	ck_assert_int_eq(result.status, EXITS_OK);
	ck_assert_uint_eq(result.count.messages, CONNECTIONS * MESSAGES);
	scripted_finish(&s);
}
END_TEST

static const struct {
	enum failing_call	call;
	int			error;
	enum exits		status;
} errors[] = {
	{ FAILING_RECV, EINTR, EXITS_OK },
	{ FAILING_RECV, EAGAIN, EXITS_OK },
	{ FAILING_RECV, ECONNRESET, EXITS_SHORT },
	{ FAILING_RECV, ENOMEM, EXITS_SHORT },
	{ FAILING_SENDMSG, EINTR, EXITS_OK },
	{ FAILING_SENDMSG, EAGAIN, EXITS_OK },
	{ FAILING_SENDMSG, EPIPE, EXITS_SHORT },
};

/* One connection at most fails of it. */
START_TEST(a_call_fails)
{
	scripted_start(&s, steps);
	failing_at(errors[_i].call, 2, errors[_i].error);
	run();
	ck_assert_int_eq(result.status, errors[_i].status);
	ck_assert_uint_eq(result.errors, errors[_i].status != EXITS_OK);
	scripted_stop(&s);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("echo_run");
	TCase *tc = suite_case(suite, "echo_run");

	tcase_add_unchecked_fixture(tc, child_setup, child_teardown);
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, all_is_well);
	tcase_add_test(tc, memory_is_short);
	tcase_add_loop_test(tc, a_call_does_little, 0, ROWS(shorts));
	tcase_add_loop_test(tc, a_call_fails, 0, ROWS(errors));
	return suite_run(suite);
}
