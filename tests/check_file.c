/* file: the reference count, the descriptor, content, date and tag. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "files/file.h"
#include "failing.h"
#include "support.h"

#define MEMORY_MAX	65536

#define NOW		1700000000	/* Tue, 14 Nov 2023 22:13:20 GMT */
#define NOW_NS		500000000

/*
 * Linked with --wrap=time and --wrap=clock_gettime: now is always the same;
 * with --wrap=fstat: a file is written just before it is looked at, when it
 * has been read for the nth time, or each time (UINT_MAX); and with what
 * failing.h lets fail.
 */
int	__wrap_fstat(int fd, struct stat *st);
int	__real_fstat(int fd, struct stat *st);
time_t	__wrap_time(time_t *t);
int	__wrap_clock_gettime(clockid_t clock, struct timespec *ts);
int	__real_clock_gettime(clockid_t clock, struct timespec *ts);

time_t
__wrap_time(time_t *t)
{
	if (t != NULL)
		*t = NOW;
	return NOW;
}

int
__wrap_clock_gettime(clockid_t clock, struct timespec *ts)
{
	if (clock != CLOCK_REALTIME)
		return __real_clock_gettime(clock, ts);
	*ts = (struct timespec){ .tv_sec = NOW, .tv_nsec = NOW_NS };
	return 0;
}

static int written_fd;
static size_t written_size;
static unsigned written_at, looked;

/* What open_of() writes, and that long. */
static void
write_bytes(int fd, size_t len)
{
	static char bytes[3 * MEMORY_MAX];

	ck_assert_uint_le(len, sizeof(bytes));
	for (size_t i = 0; i < len; i++)
		bytes[i] = (char)(i % 251);
	ck_assert_int_eq(ftruncate(fd, 0), 0);
	ck_assert_int_eq(pwrite(fd, bytes, len, 0), (ssize_t)len);
}

int
__wrap_fstat(int fd, struct stat *st)
{
	/* The first look is the one before it is read. */
	if (written_at > 0 && fd == written_fd && looked++ > 0) {
		written_at--;
		if (written_at == 0 || written_at > MEMORY_MAX)
			write_bytes(fd, written_size);
	}
	return __real_fstat(fd, st);
}

/* A file of len bytes that has no name; each byte tells where it is. */
static int
open_of(size_t len)
{
	char path[] = "/tmp/mynah-file.XXXXXX";
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	unlink(path);
	write_bytes(fd, len);
	return fd;
}

/* The same with a time of its own. */
static int
dated_of(size_t len, time_t sec, long nsec)
{
	const struct timespec times[2] = {
		{ .tv_nsec = UTIME_OMIT }, { .tv_sec = sec, .tv_nsec = nsec }
	};
	int fd = open_of(len);

	ck_assert_int_eq(futimens(fd, times), 0);
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
	bool		 is_settled;
} dates[] = {
	{ "an ordinary day",	784111777, 0,
	    "Sun, 06 Nov 1994 08:49:37 GMT", true },
	{ "two seconds and more", NOW - 2, NOW_NS - 1,
	    "Tue, 14 Nov 2023 22:13:18 GMT", true },
	{ "just two seconds",	NOW - 2, NOW_NS,
	    "Tue, 14 Nov 2023 22:13:18 GMT", true },
	{ "not quite two",	NOW - 2, NOW_NS + 1,
	    "Tue, 14 Nov 2023 22:13:18 GMT", false },
	{ "a second ago",	NOW - 1, 0,
	    "Tue, 14 Nov 2023 22:13:19 GMT", false },
	{ "just a second",	NOW - 1, NOW_NS,
	    "Tue, 14 Nov 2023 22:13:19 GMT", false },
	/* It may change again, and the date would be the same. */
	{ "not quite a second",	NOW - 1, NOW_NS + 1,
	    "Tue, 14 Nov 2023 22:13:18 GMT", false },
	{ "now",		NOW, 0,
	    "Tue, 14 Nov 2023 22:13:19 GMT", false },
	{ "later this second",	NOW, 999999999,
	    "Tue, 14 Nov 2023 22:13:19 GMT", false },
	{ "a second ahead",	NOW + 1, 0, "", false },
	{ "a year ahead",	NOW + 31536000, 0, "", false },
	{ "the end of 32 bits",	2147483648, 0, "", false },
	{ "the epoch",		0, 0, "", true },
	{ "a second after it",	1, 0, "", true },
	{ "a day after it",	86400, 0, "", true },
	{ "more than a day",	86401, 0,
	    "Fri, 02 Jan 1970 00:00:01 GMT", true },
	{ "just before it",	-1, 0, "", true },
	{ "long before it",	-1000000000, 0, "", true },
};

START_TEST(last_modified)
{
	struct stat st;
	struct file *f = file_new(dated_of(5, dates[_i].mtime,
	    dates[_i].nsec), MEMORY_MAX, "", &st);

	ck_assert_ptr_nonnull(f);
	ck_assert_msg(strcmp(f->last_modified, dates[_i].want) == 0,
	    "%s: \"%s\"", dates[_i].name, f->last_modified);
	ck_assert(f->mtime.tv_sec == dates[_i].mtime);
	ck_assert(f->mtime.tv_nsec == dates[_i].nsec);
	ck_assert(f->size == 5);
	/* The tag of what is in memory is strong, whatever the stamps. */
	ck_assert_int_eq(f->etag[0], '"');
	file_unref(f);
}
END_TEST

/* The tag of a large file is as strong as its stamps. */
START_TEST(large_file_by_its_stamps)
{
	struct stat st;
	struct file *f = file_new(dated_of(MEMORY_MAX + 1, dates[_i].mtime,
	    dates[_i].nsec), MEMORY_MAX, "", &st);

	ck_assert_ptr_nonnull(f);
	ck_assert_msg((strncmp(f->etag, "W/", 2) != 0) ==
	    dates[_i].is_settled, "%s: %s", dates[_i].name, f->etag);
	ck_assert_str_eq(f->last_modified, dates[_i].want);
	file_unref(f);
}
END_TEST

static const struct {
	const char	*name;
	size_t		 size;
	bool		 in_memory;
} sizes[] = {
	{ "empty",		0, true },
	{ "one byte",		1, true },
	{ "the largest in memory", MEMORY_MAX, true },
	{ "one byte more",	MEMORY_MAX + 1, false },
	{ "large",		2 * MEMORY_MAX, false },
};

static void
check_content(const struct file *f, size_t size)
{
	ck_assert_uint_eq((size_t)f->size, size);
	for (size_t i = 0; f->bytes != NULL && i < size; i++)
		ck_assert_uint_eq((unsigned char)f->bytes[i], i % 251);
}

START_TEST(content)
{
	struct stat st;
	int fd = open_of(sizes[_i].size);
	struct file *f = file_new(fd, MEMORY_MAX, "", &st);

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(f->refs, 1);
	ck_assert_uint_eq((size_t)st.st_size, sizes[_i].size);
	ck_assert_msg((f->bytes != NULL) == sizes[_i].in_memory, "%s",
	    sizes[_i].name);
	ck_assert_int_eq(f->fd, sizes[_i].in_memory ? -1 : fd);
	ck_assert_int_eq(is_open(fd), !sizes[_i].in_memory);
	check_content(f, sizes[_i].size);
	file_unref(f);
	ck_assert(!is_open(fd));
}
END_TEST

/* What is written while it is read, here when it is read for the nth time. */
static const struct {
	const char	*name;
	unsigned	 reads;
	size_t		 before, after;
	bool		 in_memory;
} writes[] = {
	{ "shrinks",		1, 100, 60, true },
	{ "is emptied",		1, 100, 0, true },
	{ "grows",		1, 100, 200, true },
	{ "grows from nothing",	1, 0, 200, true },
	{ "grows too large",	1, 100, MEMORY_MAX + 1, false },
	{ "shrinks later",	2, 100, 60, true },
	{ "grows too large later", 2, 100, MEMORY_MAX + 1, false },
};

START_TEST(written_while_it_is_read)
{
	struct stat st;
	int fd = open_of(writes[_i].before);
	struct file *f;

	written_fd = fd;
	written_size = writes[_i].after;
	written_at = writes[_i].reads;
	looked = 0;
	f = file_new(fd, MEMORY_MAX, "", &st);
	ck_assert_uint_eq(written_at, 0);
	ck_assert_ptr_nonnull(f);
	ck_assert_msg((f->bytes != NULL) == writes[_i].in_memory, "%s",
	    writes[_i].name);
	check_content(f, writes[_i].after);
	file_unref(f);
}
END_TEST

/* Somebody writes all the time: what was read last is served in the end. */
START_TEST(written_for_ever)
{
	struct stat st;
	int fd = open_of(10);
	struct file *f;

	written_fd = fd;
	written_size = 10;
	written_at = UINT_MAX;
	looked = 0;
	f = file_new(fd, MEMORY_MAX, "", &st);
	ck_assert_uint_gt(written_at, 0);
	ck_assert_uint_gt(UINT_MAX - written_at, 2);
	written_at = 0;
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(f->size, 10);
	file_unref(f);
}
END_TEST

static struct file *
new_of(size_t len, time_t mtime)
{
	struct stat st;
	struct file *f = file_new(dated_of(len, mtime, 0), MEMORY_MAX, "",
	    &st);

	ck_assert_ptr_nonnull(f);
	return f;
}

START_TEST(tags_follow_the_content)
{
	struct file *f = new_of(100, 784111777), *same = new_of(100, 1),
	    *other = new_of(101, 784111777);

	ck_assert_str_eq(f->etag, same->etag);
	ck_assert_str_ne(f->etag, other->etag);
	file_unref(f);
	file_unref(same);
	file_unref(other);
}
END_TEST

START_TEST(references)
{
	struct stat st;
	int fd = open_of(MEMORY_MAX + 1);
	struct file *f = file_new(fd, MEMORY_MAX, "", &st);

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
	struct stat st;
	int fd = open_of(_i < 2 ? 1 : MEMORY_MAX + 1), error;
	struct file *f;

	/* The struct, and the content of a small one. */
	failing_at(FAILING_MEMORY, _i == 1 ? 2 : 1, ENOMEM);
	f = file_new(fd, MEMORY_MAX, "", &st);
	error = errno;
	ck_assert(failing_happened(FAILING_MEMORY));
	failing_reset();
	ck_assert_ptr_null(f);
	ck_assert_int_eq(error, ENOMEM);
	ck_assert(!is_open(fd));
}
END_TEST

START_TEST(read_errors)
{
	struct stat st;
	int fd = open_of(100), error;
	struct file *f;

	failing_at(FAILING_PREAD, 1, EIO);
	f = file_new(fd, MEMORY_MAX, "", &st);
	error = errno;
	failing_reset();
	ck_assert_ptr_null(f);
	ck_assert_int_eq(error, EIO);
	ck_assert(!is_open(fd));

	fd = open_of(100);
	failing_at(FAILING_PREAD, 1, EINTR);
	f = file_new(fd, MEMORY_MAX, "", &st);
	failing_reset();
	ck_assert_ptr_nonnull(f);
	ck_assert(f->size == 100);
	file_unref(f);
}
END_TEST

START_TEST(short_reads)
{
	struct stat st;
	int fd = open_of(100);
	struct file *f;

	failing_short(FAILING_PREAD, 7);
	f = file_new(fd, MEMORY_MAX, "", &st);
	failing_reset();
	ck_assert_ptr_nonnull(f);
	ck_assert(f->size == 100);
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(f->bytes[i], i);
	file_unref(f);
}
END_TEST

START_TEST(of_bytes)
{
	char *bytes = strdup("made here");
	struct file *f = file_of_bytes(bytes, 9);

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(f->refs, 1);
	ck_assert_ptr_eq(f->bytes, bytes);
	ck_assert(f->size == 9 && f->fd == -1 && f->mtime.tv_sec == 0);
	ck_assert_str_eq(f->etag, "");
	ck_assert_str_eq(f->last_modified, "");
	file_unref(f);

	/* The bytes are taken over on failure too: sanitizers would tell. */
	bytes = strdup("made here");
	failing_at(FAILING_MEMORY, 1, ENOMEM);
	f = file_of_bytes(bytes, 9);
	failing_reset();
	ck_assert_ptr_null(f);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("file");
	TCase *t = tcase_create("file");

	tcase_add_loop_test(t, last_modified, 0, COUNT(dates));
	tcase_add_loop_test(t, large_file_by_its_stamps, 0, COUNT(dates));
	tcase_add_loop_test(t, content, 0, COUNT(sizes));
	tcase_add_loop_test(t, written_while_it_is_read, 0, COUNT(writes));
	tcase_add_test(t, written_for_ever);
	tcase_add_test(t, tags_follow_the_content);
	tcase_add_test(t, references);
	tcase_add_loop_test(t, no_memory, 0, 3);
	tcase_add_test(t, read_errors);
	tcase_add_test(t, short_reads);
	tcase_add_test(t, of_bytes);
	suite_add_tcase(suite, t);
	return run_suite(suite);
}
