/* answer: a plan becomes output; what a connection holds for it. */
#include "proto/answer.h"

#include <stdlib.h>
#include <string.h>

#include "files/file.h"
#include "support.h"

static struct http_response res;
static struct service service = { .server_name = "mynah", .common_time = -1 };
static uint64_t held;		/* bytes of files that are still there */

/* Plan len bytes of a file of size bytes in memory. */
static void
plan(size_t size, size_t len)
{
	char *bytes = malloc(size);

	ck_assert_ptr_nonnull(bytes);
	memset(bytes, 'x', size);
	http_response_init(&res, 206);
	res.content = HTTP_CONTENT_FILE;
	ck_assert_ptr_nonnull(res.file = file_of_bytes(bytes, size));
	file_charge(res.file, &held);
	ck_assert_uint_eq(held, size);
	res.length = len;
}

static const struct {
	const char	*name;
	size_t		 size, len;
	bool		 is_held;
} sizes[] = {
	{ "a byte of a large one", 65536, 1, false },
	{ "a small one", 1000, 1000, false },
	{ "a little less than enough", 65536, 16383, false },
	{ "enough", 65536, 16384, true },
	{ "all of it", 65536, 65536, true },
};

/* Who reads slowly keeps no more than four times what waits for him. */
START_TEST(few_bytes_keep_no_file)
{
	struct out out;

	out_init(&out);
	plan(sizes[_i].size, sizes[_i].len);
	answer_append(&out, &service, &res, NULL);
	ck_assert(!out.failed);
	ck_assert_msg((held > 0) == sizes[_i].is_held, "%s", sizes[_i].name);
	ck_assert_uint_gt(out.left, sizes[_i].len);
	out_clear(&out);
	ck_assert_uint_eq(held, 0);
}
END_TEST

START_TEST(head_keeps_no_file)
{
	struct out out;

	out_init(&out);
	plan(65536, 65536);
	res.head_only = true;
	answer_append(&out, &service, &res, "close");
	ck_assert_uint_eq(held, 0);
	ck_assert_uint_lt(out.left, 1000);
	out_clear(&out);
}
END_TEST

START_TEST(dropped)
{
	plan(10, 10);
	answer_drop(&res);
	ck_assert_uint_eq(held, 0);
	ck_assert_ptr_null(res.file);
	answer_drop(&res);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("answer");
	TCase *tc = tcase_create("answer");

	tcase_add_loop_test(tc, few_bytes_keep_no_file, 0, COUNT(sizes));
	tcase_add_test(tc, head_keeps_no_file);
	tcase_add_test(tc, dropped);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
