/*
 * check_histogram - times, and what share is below which.
 */
#include "base/histogram.h"

#include <stdint.h>

#include "suite.h"

static struct histogram h;

static void
clear(void)
{
	h = (struct histogram){ 0 };
}

START_TEST(nothing_is_below_nothing)
{
	ck_assert_uint_eq(histogram_at(&h, 0.5), 0);
	ck_assert_uint_eq(h.max, 0);
}
END_TEST

/* Every power of two and its neighbours: less than a hundredth too much. */
START_TEST(keeps_a_time)
{
	for (int d = -1; d <= 1; d++) {
		const uint64_t ns = (UINT64_C(1) << _i) + (uint64_t)(int64_t)d;
		uint64_t got;

		clear();
		histogram_add(&h, ns);
		ck_assert_uint_eq(histogram_at(&h, 0.5), ns);
		ck_assert_uint_eq(h.max, ns);

		/* A larger one takes away the help that the maximum is. */
		histogram_add(&h, UINT64_MAX);
		got = histogram_at(&h, 0.5);
		ck_assert_msg(got >= ns && got - ns <= ns / 100,
		    "%ju, not %ju", (uintmax_t)got, (uintmax_t)ns);
	}
}
END_TEST

static const struct {
	double	 share;
	uint64_t want;
} shares[] = {
	{ 0.001, 1 }, { 0.01, 1 }, { 0.5, 50 }, { 0.501, 51 }, { 0.9, 90 },
	{ 0.99, 99 }, { 0.999, 100 }, { 1, 100 },
};

START_TEST(has_a_share_below)
{
	for (uint64_t ns = 100; ns > 0; ns--)
		histogram_add(&h, ns);
	ck_assert_uint_eq(histogram_at(&h, shares[_i].share),
	    shares[_i].want);
}
END_TEST

/* All of 0 to 1000, in rows that end at powers of two. */
START_TEST(counts_a_row)
{
	for (uint64_t time = 0; time <= 1000; time++)
		histogram_add(&h, time);
	ck_assert_uint_eq(histogram_between(&h, 0, 1), 1);
	for (uint64_t first = 1; first <= 256; first *= 2)
		ck_assert_uint_eq(histogram_between(&h, first, 2 * first),
		    first);
	ck_assert_uint_eq(histogram_between(&h, 512, 1024), 489);
	ck_assert_uint_eq(histogram_between(&h, 1024, UINT64_C(1) << 63), 0);
	ck_assert_uint_eq(histogram_between(&h, 0, UINT64_C(1) << 63), 1001);
	ck_assert_uint_eq(histogram_between(&h, 64, 64), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("histogram");
	TCase *tc = suite_case(s, "histogram");

	tcase_add_checked_fixture(tc, clear, NULL);
	tcase_add_test(tc, nothing_is_below_nothing);
	tcase_add_loop_test(tc, keeps_a_time, 1, 63);
	tcase_add_loop_test(tc, has_a_share_below, 0, ROWS(shares));
	tcase_add_test(tc, counts_a_row);
	return suite_run(s);
}
