/* file: the reference count, the descriptor, the date. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "files/file.h"
#include "support.h"

#define NOW	1700000000	/* Tue, 14 Nov 2023 22:13:20 GMT */

/* Linked with --wrap=malloc and --wrap=time. */
static int failing;

void	*__real_malloc(size_t size);
void	*__wrap_malloc(size_t size);
time_t	__wrap_time(time_t *t);

void *
__wrap_malloc(size_t size)
{
	return failing ? NULL : __real_malloc(size);
}

time_t
__wrap_time(time_t *t)
{
	if (t != NULL)
		*t = NOW;
	return NOW;
}

static int
open_something(void)
{
	int fd = open("/dev/null", O_RDONLY);

	ck_assert_int_ge(fd, 0);
	return fd;
}

static int
is_open(int fd)
{
	return fcntl(fd, F_GETFD) != -1;
}

static const struct {
	const char	*name;
	time_t		 mtime;
	long		 nsec;
	const char	*want;
} dates[] = {
	{ "an ordinary day",	784111777, 0, "Sun, 06 Nov 1994 08:49:37 GMT" },
	{ "now",		NOW, 0,	"Tue, 14 Nov 2023 22:13:20 GMT" },
	{ "later this second",	NOW, 999999999,
	    "Tue, 14 Nov 2023 22:13:20 GMT" },
	{ "a second ahead",	NOW + 1, 0, "" },
	{ "a year ahead",	NOW + 31536000, 0, "" },
	{ "the end of 32 bits",	2147483648, 0, "" },
	{ "the epoch",		0, 0, "" },
	{ "a second after it",	1, 0, "" },
	{ "a day after it",	86400, 0, "" },
	{ "more than a day",	86401, 0, "Fri, 02 Jan 1970 00:00:01 GMT" },
	{ "just before it",	-1, 0, "" },
	{ "long before it",	-1000000000, 0, "" },
};

START_TEST(last_modified)
{
	struct stat st = { .st_size = 5, .st_mode = S_IFREG };
	struct file *f;

	st.st_mtim.tv_sec = dates[_i].mtime;
	st.st_mtim.tv_nsec = dates[_i].nsec;
	f = file_new(open_something(), &st, "text/css");
	ck_assert_ptr_nonnull(f);
	ck_assert_msg(strcmp(f->last_modified, dates[_i].want) == 0,
	    "%s: \"%s\"", dates[_i].name, f->last_modified);
	ck_assert(f->mtime.tv_sec == dates[_i].mtime);
	ck_assert(f->mtime.tv_nsec == dates[_i].nsec);
	ck_assert(f->size == 5);
	ck_assert_str_eq(f->type, "text/css");
	file_unref(f);
}
END_TEST

START_TEST(references)
{
	struct stat st = { .st_size = 1 };
	int fd = open_something();
	struct file *f = file_new(fd, &st, "text/css");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(f->fd, fd);
	ck_assert_ptr_eq(file_ref(f), f);
	ck_assert_ptr_eq(file_ref(f), f);
	file_unref(f);
	file_unref(f);
	ck_assert(is_open(fd));
	file_unref(f);
	ck_assert(!is_open(fd));
	file_unref(NULL);
}
END_TEST

START_TEST(no_memory)
{
	struct stat st = { .st_size = 1 };
	int fd = open_something();
	struct file *f;

	failing = 1;
	f = file_new(fd, &st, "text/css");
	failing = 0;
	ck_assert_ptr_null(f);
	ck_assert(!is_open(fd));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("file");
	TCase *t = tcase_create("file");

	tcase_add_loop_test(t, last_modified, 0, COUNT(dates));
	tcase_add_test(t, references);
	tcase_add_test(t, no_memory);
	suite_add_tcase(suite, t);
	return run_suite(suite);
}
