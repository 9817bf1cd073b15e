#include "daemon/statefile.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "suite.h"
#include "tree.h"

static struct statefile s, got;
static char error[1024];

static char *
pid_file(void)
{
	return tree_path("x.pid");
}

static void
open_state(void)
{
	ck_assert_msg(statefile_open(&s, pid_file(), error,
	    sizeof(error)) == 0, "%s", error);
	s.pid = 4711;
}

/* The file as it is. */
static size_t
slurp(char *bytes, size_t size)
{
	int fd = open(tree_path("x.pid.state"), O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, bytes, size - 1);

	close(fd);
	ck_assert_int_ge(n, 0);
	bytes[n] = '\0';
	return (size_t)n;
}

START_TEST(reads_what_was_written)
{
	open_state();
	s.begun = 4;
	s.done = 3;
	s.result = STATEFILE_REFUSED;
	strcpy(s.text, "first\nsecond\n");
	statefile_write(&s);
	ck_assert_int_eq(statefile_read(&got, pid_file()), 0);
	ck_assert_int_eq(got.fd, -1);
	ck_assert_int_eq(got.pid, 4711);
	ck_assert_uint_eq(got.begun, 4);
	ck_assert_uint_eq(got.done, 3);
	ck_assert_int_eq(got.result, STATEFILE_REFUSED);
	ck_assert_str_eq(got.text, "first\nsecond\n");
	statefile_close(&s);
}
END_TEST

/* To the last digit. */
START_TEST(is_as_the_manual_says)
{
	char bytes[8192];

	open_state();
	s.begun = s.done = 3;
	s.result = STATEFILE_DONE;
	strcpy(s.text, "reloaded /etc/mynah/mynahd.yaml: nothing has changed\n");
	statefile_write(&s);
	slurp(bytes, sizeof(bytes));
	ck_assert_str_eq(bytes, "mynahd-state 1 89 5367549ef1621f36\n"
	    "pid 4711\nbegun 3\ndone 3\nresult done\n"
	    "reloaded /etc/mynah/mynahd.yaml: nothing has changed\n");
	statefile_close(&s);
}
END_TEST

START_TEST(shorter_one_leaves_nothing_behind)
{
	char bytes[8192];

	open_state();
	memset(s.text, 'a', sizeof(s.text) - 1);
	s.text[sizeof(s.text) - 1] = '\0';
	statefile_write(&s);
	ck_assert_int_eq(statefile_read(&got, pid_file()), 0);
	ck_assert_str_eq(got.text, s.text);
	strcpy(s.text, "short\n");
	statefile_write(&s);
	ck_assert_int_eq(statefile_read(&got, pid_file()), 0);
	ck_assert_str_eq(got.text, "short\n");
	ck_assert_uint_lt(slurp(bytes, sizeof(bytes)), 200);
	statefile_close(&s);
}
END_TEST

START_TEST(anybody_may_read_it)
{
	mode_t mask = umask(077);
	struct stat st;

	open_state();
	umask(mask);
	ck_assert_int_eq(fstat(s.fd, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0644);
	statefile_close(&s);
}
END_TEST

/* Each prefix, and each byte that is another one: never taken for whole. */
START_TEST(torn_is_not_taken)
{
	char bytes[8192], broken[8192];
	size_t len;

	open_state();
	strcpy(s.text, "reloaded x: nothing has changed\n");
	statefile_write(&s);
	len = slurp(bytes, sizeof(bytes));
	for (size_t n = 0; n < len; n++) {
		tree_bytes("x.pid.state", bytes, n);
		ck_assert_int_eq(statefile_read(&got, pid_file()), -1);
		ck_assert(errno == EAGAIN || errno == EINVAL);
		memcpy(broken, bytes, len);
		broken[n] ^= 1;
		tree_bytes("x.pid.state", broken, len);
		/* Some other digits of the length are the same number. */
		ck_assert_msg(statefile_read(&got, pid_file()) == -1,
		    "byte %zu", n);
	}
	statefile_close(&s);
}
END_TEST

static const struct {
	const char	*name, *content;
} strange[] = {
	{ "empty", "" },
	{ "a number", "4711\n" },
	{ "text", "hello\nworld\n" },
	{ "another version", "mynahd-state 2 0 cbf29ce484222325\n" },
	{ "nothing behind it", "mynahd-state 1 0 cbf29ce484222325\n" },
	{ "less than it says", "mynahd-state 1 999999 cbf29ce484222325\n" },
	{ "no such length",
	  "mynahd-state 1 18446744073709551615 cbf29ce484222325\n" },
};

START_TEST(strange_files_are_told)
{
	tree_bytes("x.pid.state", strange[_i].content,
	    strlen(strange[_i].content));
	ck_assert_msg(statefile_read(&got, pid_file()) == -1, "%s",
	    strange[_i].name);
	ck_assert(errno == EAGAIN || errno == EINVAL);
}
END_TEST

START_TEST(missing_file_is_told)
{
	ck_assert_int_eq(statefile_read(&got, tree_path("other.pid")), -1);
	ck_assert_int_eq(errno, ENOENT);
}
END_TEST

START_TEST(without_a_pid_file_nothing_is_done)
{
	ck_assert_int_eq(statefile_open(&s, "", error, sizeof(error)), 0);
	ck_assert_int_eq(s.fd, -1);
	statefile_write(&s);
	statefile_close(&s);
}
END_TEST

/* It may have been written by one who is not to be trusted. */
START_TEST(text_is_printed_harmless)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	ck_assert_ptr_nonnull(out);
	s = (struct statefile){ .fd = -1 };
	strcpy(s.text, "a\033[2Jb\rc\n\nlast");
	statefile_print(&s, out);
	fclose(out);
	ck_assert_str_eq(text, "a\\x1b[2Jb\\x0dc\n\nlast\n");
	free(text);
}
END_TEST

START_TEST(traps_are_not_taken)
{
	char bytes[64];

	tree_file("precious", "do not touch\n");
	unlink(tree_path("x.pid.state"));
	if (_i == 0)
		tree_link("precious", "x.pid.state");
	else if (_i == 2)
		tree_file("x.pid.state", "do not touch\n");
	else
		ck_assert_int_eq(link(tree_path("precious"),
		    tree_path("x.pid.state")), 0);
	ck_assert_int_eq(statefile_open(&s, pid_file(), error,
	    sizeof(error)), -1);
	ck_assert_msg(strstr(error, "x.pid.state") != NULL, "%s", error);
	ck_assert_int_eq(s.fd, -1);
	error[0] = '\0';
	ck_assert_int_eq(statefile_try(pid_file(), error, sizeof(error)), -1);
	ck_assert_msg(strstr(error, "x.pid.state") != NULL, "%s", error);
	slurp(bytes, sizeof(bytes));
	ck_assert_str_eq(bytes, "do not touch\n");
	unlink(tree_path("x.pid.state"));
}
END_TEST

START_TEST(trying_makes_nothing)
{
	unlink(tree_path("x.pid.state"));
	ck_assert_int_eq(statefile_try("", error, sizeof(error)), 0);
	ck_assert_int_eq(statefile_try(pid_file(), error, sizeof(error)), 0);
	ck_assert_int_eq(access(tree_path("x.pid.state"), F_OK), -1);
	open_state();
	ck_assert_int_eq(statefile_try(pid_file(), error, sizeof(error)), 0);
	statefile_close(&s);
}
END_TEST

START_TEST(no_directory_is_told)
{
	ck_assert_int_eq(statefile_open(&s, tree_path("none/x.pid"), error,
	    sizeof(error)), -1);
	ck_assert_msg(strstr(error, "none/x.pid.state") != NULL, "%s", error);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("statefile");
	TCase *tc = suite_case(suite, "statefile");

	tcase_add_unchecked_fixture(tc, tree_make, tree_remove);
	tcase_add_test(tc, reads_what_was_written);
	tcase_add_test(tc, is_as_the_manual_says);
	tcase_add_test(tc, shorter_one_leaves_nothing_behind);
	tcase_add_test(tc, anybody_may_read_it);
	tcase_add_test(tc, torn_is_not_taken);
	tcase_add_loop_test(tc, strange_files_are_told, 0, ROWS(strange));
	tcase_add_test(tc, missing_file_is_told);
	tcase_add_test(tc, without_a_pid_file_nothing_is_done);
	tcase_add_test(tc, text_is_printed_harmless);
	tcase_add_loop_test(tc, traps_are_not_taken, 0, 3);
	tcase_add_test(tc, trying_makes_nothing);
	tcase_add_test(tc, no_directory_is_told);
	return suite_run(suite);
}
