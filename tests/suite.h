/*
 * suite - run one suite as a program: what every check_* of the lower layers
 * ends with.
 */
#ifndef SUITE_H
#define SUITE_H

#include <stdlib.h>

#include <check.h>

/* Entries of a table, for tcase_add_loop_test(). */
#define ROWS(table)	((int)(sizeof(table) / sizeof((table)[0])))

/* Run and free s. Returns the exit status of the program. */
static inline int
suite_run(Suite *s)
{
	SRunner *runner = srunner_create(s);
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* A test case that is already part of s. */
static inline TCase *
suite_case(Suite *s, const char *name)
{
	TCase *tc = tcase_create(name);

	suite_add_tcase(s, tc);
	return tc;
}

#endif
