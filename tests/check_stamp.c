/* stamp: what makes a difference, and when it can be relied on. */
#include "files/stamp.h"

#include "support.h"

#define NOW	1700000000
#define NOW_NS	500000000

/* Linked with --wrap=clock_gettime: now is always the same. */
int	__wrap_clock_gettime(clockid_t clock, struct timespec *ts);
int	__real_clock_gettime(clockid_t clock, struct timespec *ts);

int
__wrap_clock_gettime(clockid_t clock, struct timespec *ts)
{
	if (clock != CLOCK_REALTIME)
		return __real_clock_gettime(clock, ts);
	*ts = (struct timespec){ .tv_sec = NOW, .tv_nsec = NOW_NS };
	return 0;
}

static const struct stat usual = {
	.st_dev = 1, .st_ino = 2, .st_size = 3, .st_nlink = 1,
	.st_mode = S_IFREG | 0644, .st_mtim = { 4, 5 }, .st_ctim = { 6, 7 },
	.st_atim = { 8, 9 }
};

START_TEST(each_member_counts)
{
	struct stamp s = stamp_of(&usual);
	struct stat st = usual;

	ck_assert(stamp_is(&s, &st) && stamp_is_same(&s, &st));
	switch (_i) {
	case 0:
		st.st_dev++;
		break;
	case 1:
		st.st_ino++;
		break;
	case 2:
		st.st_size++;
		break;
	case 3:
		st.st_mtim.tv_sec++;
		break;
	case 4:
		st.st_mtim.tv_nsec++;
		break;
	case 5:
		st.st_ctim.tv_sec--;
		break;
	case 6:
		st.st_ctim.tv_nsec--;
		break;
	}
	ck_assert_msg(!stamp_is(&s, &st), "%d", _i);
	/* Which one it is depends on the first two. */
	ck_assert_msg(stamp_is_same(&s, &st) == (_i > 1), "%d", _i);
	s = stamp_of(&st);
	ck_assert(stamp_is(&s, &st) && !stamp_is(&s, &usual));
}
END_TEST

/* To be read is no change; what else changes comes with a new ctime. */
START_TEST(reading_does_not)
{
	struct stamp s = stamp_of(&usual);
	struct stat st = usual;

	st.st_atim.tv_sec++;
	ck_assert(stamp_is(&s, &st));
}
END_TEST

static const struct {
	const char	*name;
	struct timespec	 time;
	bool		 settled;
} times[] = {
	{ "the epoch", { 0, 0 }, true },
	{ "before it", { -1, 0 }, true },
	{ "long ago", { NOW - 1000000, 0 }, true },
	{ "three seconds", { NOW - 3, 999999999 }, true },
	{ "two seconds and more", { NOW - 2, NOW_NS - 1 }, true },
	{ "just two", { NOW - 2, NOW_NS }, true },
	{ "not quite two", { NOW - 2, NOW_NS + 1 }, false },
	{ "a second and some", { NOW - 2, 999999999 }, false },
	{ "a second", { NOW - 1, 0 }, false },
	{ "now", { NOW, NOW_NS }, false },
	{ "this second", { NOW, 0 }, false },
	{ "later this second", { NOW, 999999999 }, false },
	{ "ahead", { NOW + 1, 0 }, false },
	{ "two seconds ahead", { NOW + 2, NOW_NS }, false },
	{ "years ahead", { NOW + 100000000, 0 }, false },
};

START_TEST(settles)
{
	const struct timespec old = { NOW - 1000, 0 };
	struct stamp s = { .mtime = times[_i].time, .ctime = old };

	ck_assert_msg(stamp_is_settled(&s) == times[_i].settled,
	    "mtime, %s", times[_i].name);
	s = (struct stamp){ .mtime = old, .ctime = times[_i].time };
	ck_assert_msg(stamp_is_settled(&s) == times[_i].settled,
	    "ctime, %s", times[_i].name);
	s.mtime = times[_i].time;
	ck_assert_msg(stamp_is_settled(&s) == times[_i].settled,
	    "both, %s", times[_i].name);
}
END_TEST

static const struct {
	struct timespec	 time, now;
	time_t		 seconds;
	bool		 is_past;
} pasts[] = {
	{ { 10, 5 }, { 10, 5 }, 0, true },
	{ { 10, 5 }, { 10, 6 }, 0, true },
	{ { 10, 5 }, { 10, 4 }, 0, false },
	{ { 10, 5 }, { 11, 4 }, 0, true },
	{ { 10, 5 }, { 11, 4 }, 1, false },
	{ { 10, 5 }, { 11, 5 }, 1, true },
	{ { 10, 5 }, { 12, 4 }, 1, true },
	{ { 10, 5 }, { 9, 999999999 }, 0, false },
};

START_TEST(is_past)
{
	ck_assert_msg(stamp_is_past(&pasts[_i].time, &pasts[_i].now,
	    pasts[_i].seconds) == pasts[_i].is_past, "%d", _i);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("stamp");
	TCase *t = tcase_create("stamp");

	tcase_add_loop_test(t, each_member_counts, 0, 7);
	tcase_add_test(t, reading_does_not);
	tcase_add_loop_test(t, settles, 0, COUNT(times));
	tcase_add_loop_test(t, is_past, 0, COUNT(pasts));
	suite_add_tcase(suite, t);
	return run_suite(suite);
}
