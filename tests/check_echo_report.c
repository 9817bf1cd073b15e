/* check_echo_report - figures of an echo, for people and for programs. */
#include "client/echo_report.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "suite.h"

static struct probe_count count;
static struct echo_report report;
static char *text;
static size_t length;

static void
setup(void)
{
	memset(&count, 0, sizeof(count));
	report = (struct echo_report){ .count = &count, .connections = 2,
	    .size = 1024, .seed = 7, .elapsed_us = 500000 };
	text = NULL;
}

static void
teardown(void)
{
	free(text);
}

static void
print(void (*how)(const struct echo_report *r, FILE *out))
{
	FILE *out;

	free(text);
	ck_assert_ptr_nonnull(out = open_memstream(&text, &length));
	how(&report, out);
	ck_assert_int_eq(fclose(out), 0);
}

/* 100 of 30 us, 10 of 100 us, one of 300 us. */
static void
measure(void)
{
	for (int i = 0; i < 111; i++)
		histogram_add(&count.us, i < 100 ? 30 : i < 110 ? 100 : 300);
	count.messages = 111;
	count.bytes = UINT64_C(111) * 1024;
}

START_TEST(for_people)
{
	measure();
	print(echo_report_print);
	ck_assert_str_eq(text,
	    "messages     111 of 1024 bytes, on 2 connections\n"
	    "bytes        113664 each way\n"
	    "errors       0\n"
	    "seed         7\n"
	    "time         0.500 s\n"
	    "rate         222.0 messages/s, 222.0 KiB/s each way\n"
	    "round trip   p50 30 us, p99 100 us, max 300 us\n"
	    "\n"
	    "<      32 us  ######################################## 100\n"
	    "<      64 us                                           0\n"
	    "<     128 us  ####                                     10\n"
	    "<     256 us                                           0\n"
	    "<     512 us  #                                        1\n");
}
END_TEST

START_TEST(for_programs)
{
	measure();
	report.errors = 1;
	report.status = 10;
	count.splits = 3;
	print(echo_report_print_json);
	ck_assert_str_eq(text, "{\"exit_status\":10,\"errors\":1,"
	    "\"connections\":2,\"message_bytes\":1024,\"seed\":7,"
	    "\"messages\":111,\"bytes\":113664,\"split_reads\":3,"
	    "\"seconds\":0.500000,\"messages_per_second\":222.0,"
	    "\"bytes_per_second\":227328,\"round_trip_p50_us\":30,"
	    "\"round_trip_p99_us\":100,\"round_trip_max_us\":300,"
	    "\"round_trips\":[{\"below_us\":32,\"messages\":100},"
	    "{\"below_us\":64,\"messages\":0},"
	    "{\"below_us\":128,\"messages\":10},"
	    "{\"below_us\":256,\"messages\":0},"
	    "{\"below_us\":512,\"messages\":1}]}\n");
}
END_TEST

/* Not even the time that it would be divided by. */
START_TEST(nothing_came_back)
{
	report.connections = 1;
	report.size = 1;
	report.errors = 1;
	report.elapsed_us = 0;
	print(echo_report_print);
	ck_assert_str_eq(text,
	    "messages     0 of 1 byte, on 1 connection\n"
	    "bytes        0 each way\n"
	    "errors       1\n"
	    "seed         7\n"
	    "time         0.000 s\n"
	    "rate         0.0 messages/s, 0.0 KiB/s each way\n");
	print(echo_report_print_json);
	ck_assert_ptr_nonnull(strstr(text, "\"messages_per_second\":0.0,"
	    "\"bytes_per_second\":0,\"round_trip_p50_us\":null,"
	    "\"round_trip_p99_us\":null,\"round_trip_max_us\":null,"
	    "\"round_trips\":[]}\n"));
}
END_TEST

START_TEST(split_reads_are_told)
{
	count.splits = 12;
	print(echo_report_print);
	ck_assert_ptr_nonnull(strstr(text, "\nsplit reads  12\n"));
}
END_TEST

/* Any time, and as many as can be, in a window of 80 columns. */
START_TEST(fits_a_terminal)
{
	for (uint64_t us = 0; us < 100000000; us = 3 * us + 1) {
		histogram_add(&count.us, us);
		count.messages++;
	}
	count.us.buckets[2] += UINT64_MAX / 2;
	count.bytes = report.seed = UINT64_MAX;
	count.messages = report.errors = UINT64_MAX / 1000000;
	report.elapsed_us = 1000000;
	print(echo_report_print);
	for (const char *line = strtok(text, "\n"); line != NULL;
	    line = strtok(NULL, "\n"))
		ck_assert_msg(strlen(line) <= 80, "%s", line);
}
END_TEST

/* Each of its powers of two is in the row above it. */
START_TEST(any_time_has_a_row)
{
	char row[64];

	histogram_add(&count.us, UINT64_C(1) << _i);
	count.messages = 1;
	print(echo_report_print_json);
	snprintf(row, sizeof(row), "[{\"below_us\":%ju,\"messages\":1}]",
	    (uintmax_t)1 << (_i + 1));
	ck_assert_msg(strstr(text, row) != NULL, "%s is not in %s", row,
	    text);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("echo_report");
	TCase *tc = suite_case(s, "echo_report");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, for_people);
	tcase_add_test(tc, for_programs);
	tcase_add_test(tc, nothing_came_back);
	tcase_add_test(tc, split_reads_are_told);
	tcase_add_test(tc, fits_a_terminal);
	tcase_add_loop_test(tc, any_time_has_a_row, 0, 63);
	return suite_run(s);
}
