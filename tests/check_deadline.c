/*
 * check_deadline - queues of equal waits, one timer that runs only while
 * something waits.
 */
#include "event/deadline.h"

#include <stddef.h>

#include "base/monotonic.h"
#include "suite.h"

#define QUEUES	3

struct item {
	struct deadline	deadline;
	int		number;
};

static struct event_base *base;
static struct deadline_queue queues[QUEUES];
static struct deadline_set set;
static struct item items[8];
static int fired[64], nfired;
static int renew_left;
static uint64_t start;		/* all enter then, however slow this is */

static void
on_due(struct deadline *d, void *arg)
{
	struct item *item = (struct item *)(void *)((char *)d -
	    offsetof(struct item, deadline));

	ck_assert_ptr_eq(arg, &fired);
	ck_assert_ptr_null(d->queue);
	ck_assert_int_lt(nfired, ROWS(fired));
	fired[nfired++] = item->number;
	if (renew_left > 0) {
		renew_left--;
		deadline_enter(&set, d, &queues[0], monotonic_ms());
	}
}

static void
setup(void)
{
	base = event_base_new();
	ck_assert_ptr_nonnull(base);
	queues[0].period_ms = 1;
	queues[1].period_ms = 5;
	queues[2].period_ms = 60000;
	nfired = renew_left = 0;
	start = monotonic_ms();
	for (int i = 0; i < ROWS(items); i++)
		items[i] = (struct item){ .number = i };
	ck_assert_int_eq(deadline_set_init(&set, base, queues, QUEUES, on_due,
	    &fired), 0);
}

static void
teardown(void)
{
	deadline_set_clear(&set);
	event_base_free(base);
}

static bool
timer_runs(void)
{
	return event_pending(set.timer, EV_TIMEOUT, NULL) != 0;
}

static void
enter(int item, int queue)
{
	deadline_enter(&set, &items[item].deadline, &queues[queue], start);
}

/* As long as the timer runs there is an end to wait for. */
static void
wait_until(int n)
{
	while (nfired < n) {
		ck_assert_msg(timer_runs(), "%d of %d have passed and no "
		    "timer runs", nfired, n);
		ck_assert_int_ne(event_base_loop(base, EVLOOP_ONCE), -1);
	}
}

START_TEST(nothing_waits_no_timer_runs)
{
	ck_assert(!timer_runs());
	ck_assert_ptr_null(deadline_first(&queues[0]));
	/* With no event at all the loop has nothing to wait for. */
	ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 1);
	ck_assert_int_eq(nfired, 0);
}
END_TEST

START_TEST(passes_once_and_leaves_its_queue)
{
	enter(0, 0);
	ck_assert(timer_runs());
	wait_until(1);
	ck_assert_int_eq(fired[0], 0);
	ck_assert_ptr_null(items[0].deadline.queue);
	ck_assert_ptr_null(deadline_first(&queues[0]));
	ck_assert(!timer_runs());
	ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 1);
	ck_assert_int_eq(nfired, 1);
}
END_TEST

START_TEST(is_never_early)
{
	enter(0, 1);
	wait_until(1);
	ck_assert_uint_ge(monotonic_ms() - start, queues[1].period_ms);
}
END_TEST

START_TEST(equal_waits_pass_in_their_order)
{
	for (int i = 0; i < 4; i++)
		enter(3 - i, 0);
	ck_assert_ptr_eq(deadline_first(&queues[0]), &items[3].deadline);
	wait_until(4);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(fired[i], 3 - i);
}
END_TEST

START_TEST(shorter_wait_passes_first_though_entered_later)
{
	enter(0, 2);
	enter(1, 1);
	enter(2, 0);
	wait_until(2);
	ck_assert_int_eq(fired[0], 2);
	ck_assert_int_eq(fired[1], 1);
	/* The long one goes on waiting, with the timer. */
	ck_assert_ptr_eq(items[0].deadline.queue, &queues[2]);
	ck_assert(timer_runs());
}
END_TEST

START_TEST(renewing_goes_to_the_end)
{
	enter(0, 1);
	enter(1, 1);
	enter(0, 1);
	ck_assert_ptr_eq(deadline_first(&queues[1]), &items[1].deadline);
	wait_until(2);
	ck_assert_int_eq(fired[0], 1);
	ck_assert_int_eq(fired[1], 0);
}
END_TEST

START_TEST(another_queue_is_another_wait)
{
	enter(0, 0);
	enter(0, 2);
	enter(1, 1);
	ck_assert_ptr_null(deadline_first(&queues[0]));
	ck_assert_ptr_eq(deadline_first(&queues[2]), &items[0].deadline);
	wait_until(1);
	ck_assert_int_eq(fired[0], 1);
}
END_TEST

START_TEST(leaving_ends_the_wait)
{
	enter(0, 0);
	enter(1, 1);
	deadline_leave(&set, &items[0].deadline);
	ck_assert_ptr_null(items[0].deadline.queue);
	wait_until(1);
	ck_assert_int_eq(fired[0], 1);
}
END_TEST

START_TEST(timer_goes_with_the_last_that_waits)
{
	enter(0, 2);
	enter(1, 2);
	deadline_leave(&set, &items[0].deadline);
	ck_assert(timer_runs());
	deadline_leave(&set, &items[1].deadline);
	ck_assert(!timer_runs());
	/* Leaving twice is nothing. */
	deadline_leave(&set, &items[1].deadline);
	ck_assert(!timer_runs());
	enter(1, 0);
	wait_until(1);
}
END_TEST

START_TEST(may_enter_again_when_it_passes)
{
	renew_left = 3;
	enter(0, 0);
	enter(1, 1);
	wait_until(5);
	ck_assert_int_eq(renew_left, 0);
	ck_assert(!timer_runs());
}
END_TEST

START_TEST(one_that_entered_in_the_past_passes_at_once)
{
	deadline_enter(&set, &items[0].deadline, &queues[1],
	    monotonic_ms() - 1000);
	wait_until(1);
	ck_assert(!timer_runs());
}
END_TEST

START_TEST(many_pass_each_once)
{
	static struct item many[60];

	for (int i = 0; i < ROWS(many); i++) {
		many[i].number = i;
		deadline_enter(&set, &many[i].deadline, &queues[i % 2],
		    monotonic_ms());
	}
	wait_until(ROWS(many));
	for (int i = 0; i < ROWS(many); i++) {
		int seen = 0;

		for (int k = 0; k < nfired; k++)
			seen += fired[k] == i;
		ck_assert_int_eq(seen, 1);
	}
}
END_TEST

START_TEST(clock_goes_forward)
{
	uint64_t last = monotonic_ms();

	for (int i = 0; i < 1000; i++) {
		uint64_t now = monotonic_ms();

		ck_assert_uint_ge(now, last);
		last = now;
	}
}
END_TEST

static void *
no_memory(size_t size)
{
	(void)size;
	return NULL;
}

static void *
no_memory_either(void *p, size_t size)
{
	(void)p;
	(void)size;
	return NULL;
}

START_TEST(longer_period_moves_the_ends)
{
	enter(0, 0);
	enter(1, 0);
	enter(2, 1);
	deadline_set_period(&set, &queues[0], 50, start);
	ck_assert_uint_eq(queues[0].period_ms, 50);
	ck_assert_uint_eq(items[0].deadline.due_ms, start + 50);
	enter(3, 0);
	wait_until(4);
	ck_assert_int_eq(fired[0], 2);
	for (int i = 1; i < 4; i++)
		ck_assert_int_eq(fired[i], i == 3 ? 3 : i - 1);
	ck_assert(!timer_runs());
}
END_TEST

/* What is over by the new period passes without waiting for the old one. */
START_TEST(shorter_period_counts_at_once)
{
	enter(0, 2);
	enter(1, 2);
	deadline_set_period(&set, &queues[2], 1, start);
	ck_assert_uint_eq(items[1].deadline.due_ms, start + 1);
	wait_until(2);
	ck_assert_int_eq(fired[0], 0);
	ck_assert_int_eq(fired[1], 1);
	ck_assert(!timer_runs());
}
END_TEST

START_TEST(period_of_an_empty_queue)
{
	deadline_set_period(&set, &queues[2], 2, start);
	ck_assert(!timer_runs());
	enter(0, 2);
	wait_until(1);
	ck_assert_int_eq(fired[0], 0);
}
END_TEST

/* The longest there is, and back: no end goes round the clock. */
START_TEST(period_goes_there_and_back)
{
	enter(0, 1);
	deadline_set_period(&set, &queues[1], 604800000, start);
	deadline_set_period(&set, &queues[1], 1, start);
	deadline_set_period(&set, &queues[1], 5, start);
	ck_assert_uint_eq(items[0].deadline.due_ms, start + 5);
	wait_until(1);
}
END_TEST

START_TEST(no_memory_for_the_timer_is_told)
{
	struct deadline_set other;
	int result;

	event_set_mem_functions(no_memory, no_memory_either, free);
	result = deadline_set_init(&other, base, queues, QUEUES, on_due, NULL);
	event_set_mem_functions(malloc, realloc, free);
	ck_assert_int_eq(result, -1);
	deadline_set_clear(&other);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("deadline");
	TCase *tc = suite_case(s, "deadline");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, nothing_waits_no_timer_runs);
	tcase_add_test(tc, passes_once_and_leaves_its_queue);
	tcase_add_test(tc, is_never_early);
	tcase_add_test(tc, equal_waits_pass_in_their_order);
	tcase_add_test(tc, shorter_wait_passes_first_though_entered_later);
	tcase_add_test(tc, renewing_goes_to_the_end);
	tcase_add_test(tc, another_queue_is_another_wait);
	tcase_add_test(tc, leaving_ends_the_wait);
	tcase_add_test(tc, timer_goes_with_the_last_that_waits);
	tcase_add_test(tc, may_enter_again_when_it_passes);
	tcase_add_test(tc, one_that_entered_in_the_past_passes_at_once);
	tcase_add_test(tc, many_pass_each_once);
	tcase_add_test(tc, clock_goes_forward);
	tcase_add_test(tc, longer_period_moves_the_ends);
	tcase_add_test(tc, shorter_period_counts_at_once);
	tcase_add_test(tc, period_of_an_empty_queue);
	tcase_add_test(tc, period_goes_there_and_back);
	tcase_add_test(tc, no_memory_for_the_timer_is_told);
	return suite_run(s);
}
