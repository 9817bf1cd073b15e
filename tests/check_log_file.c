/*
 * check_log_file - lines into files that others move, remove and fill up.
 * Linked with -Wl,--wrap=clock_gettime,--wrap=write.
 */
#include "base/log_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "suite.h"

static size_t room;		/* bytes that the disk takes; then ENOSPC */
static bool is_full;
static unsigned interrupted;	/* calls that are */

ssize_t	__real_write(int fd, const void *bytes, size_t len);
ssize_t	__wrap_write(int fd, const void *bytes, size_t len);

ssize_t
__wrap_write(int fd, const void *bytes, size_t len)
{
	if (interrupted > 0) {
		interrupted--;
		errno = EINTR;
		return -1;
	}
	if (is_full) {
		if (room == 0) {
			errno = ENOSPC;
			return -1;
		}
		len = len < room ? len : room;
		room -= len;
	}
	return __real_write(fd, bytes, len);
}

static char dir[] = "/tmp/check_log_file.XXXXXX", path[64], other[64];
static struct log_file *f;
static int saved_stdout = -1;

static void
make_dir(void)
{
	umask(022);
	ck_assert(mkdtemp(dir) != NULL);
	snprintf(path, sizeof(path), "%s/log", dir);
	snprintf(other, sizeof(other), "%s/other", dir);
}

static void
remove_dir(void)
{
	unlink(path);
	rmdir(path);
	unlink(other);
	rmdir(dir);
}

static void
setup(void)
{
	clock_later_s = 0;
	is_full = false;
	room = 0;
	interrupted = 0;
	ck_assert(access(path, F_OK) == -1);
}

static void
teardown(void)
{
	log_file_close(f);
	f = NULL;
	if (saved_stdout != -1) {
		dup2(saved_stdout, STDOUT_FILENO);
		close(saved_stdout);
		saved_stdout = -1;
	}
	unlink(path);
	rmdir(path);
	unlink(other);
}

static void
open_log(void)
{
	f = log_file_open(path);
	ck_assert_msg(f != NULL, "%s: %s", path, strerror(errno));
}

static bool
put(const char *text)
{
	return log_file_write(f, text, strlen(text)) == strlen(text);
}

static bool
holds(const char *name, const char *want)
{
	char got[256];
	int fd = open(name, O_RDONLY);
	ssize_t n;

	if (fd == -1)
		return false;
	n = read(fd, got, sizeof(got) - 1);
	close(fd);
	ck_assert_int_ne(n, -1);
	got[n] = '\0';
	if (strcmp(got, want) != 0)
		fprintf(stderr, "%s has: %s", name, got);
	return strcmp(got, want) == 0;
}

static void
write_file(const char *name, const char *text)
{
	FILE *out = fopen(name, "w");

	ck_assert_ptr_nonnull(out);
	fputs(text, out);
	ck_assert_int_eq(fclose(out), 0);
}

/* ---- opening ---- */

START_TEST(makes_the_file)
{
	struct stat st;

	open_log();
	ck_assert(put("one\n"));
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0640);
	ck_assert(holds(path, "one\n"));
	ck_assert_str_eq(log_file_name(f), path);
}
END_TEST

START_TEST(appends)
{
	write_file(path, "old\n");
	open_log();
	ck_assert(put("one\n"));
	/* What others wrote, or cut off, meanwhile is not written over. */
	write_file(path, "");
	ck_assert(put("two\n"));
	ck_assert(holds(path, "two\n"));
}
END_TEST

START_TEST(is_not_inherited)
{
	open_log();
	ck_assert_int_ne(fcntl(log_file_descriptor(f), F_GETFD) & FD_CLOEXEC,
	    0);
}
END_TEST

static void
make_directory(void)
{
	ck_assert_int_eq(mkdir(path, 0755), 0);
}

static void
make_fifo(void)
{
	ck_assert_int_eq(mkfifo(path, 0600), 0);
}

static void
make_closed(void)
{
	write_file(path, "");
	ck_assert_int_eq(chmod(path, 0400), 0);
}

static void
make_lost_link(void)
{
	ck_assert_int_eq(symlink("nowhere/log", path), 0);
}

static const struct {
	const char	*name;
	void		(*make)(void);
	int		 error;
	bool		 root_may;
} unopened[] = {
	{ "a directory",	 make_directory, EISDIR, false },
	{ "a FIFO without a reader", make_fifo, ENXIO, false },
	{ "no permission",	 make_closed, EACCES, true },
	{ "a link to nowhere",	 make_lost_link, ENOENT, false },
};

START_TEST(says_why_not)
{
	if (unopened[_i].root_may && geteuid() == 0)
		return;
	unopened[_i].make();
	f = log_file_open(path);
	ck_assert_msg(f == NULL && errno == unopened[_i].error, "%s: %s",
	    unopened[_i].name, strerror(errno));
}
END_TEST

START_TEST(says_that_there_is_no_directory)
{
	char deep[96];

	snprintf(deep, sizeof(deep), "%s/none/log", dir);
	ck_assert_ptr_null(log_file_open(deep));
	ck_assert_int_eq(errno, ENOENT);
}
END_TEST

/* ---- writing ---- */

START_TEST(knows_a_torn_line)
{
	open_log();
	ck_assert(!log_file_is_torn(f));
	is_full = true;
	room = 6;
	ck_assert_uint_eq(log_file_write(f, "one\ntwo\n", 8), 6);
	ck_assert_int_eq(errno, ENOSPC);
	ck_assert(log_file_is_torn(f));
	/* A failure that writes nothing changes nothing. */
	ck_assert_uint_eq(log_file_write(f, "o\n", 2), 0);
	ck_assert(log_file_is_torn(f));
	is_full = false;
	ck_assert(put("o\n"));
	ck_assert(!log_file_is_torn(f));
	ck_assert(holds(path, "one\ntwo\n"));
}
END_TEST

START_TEST(goes_on_after_an_interruption)
{
	open_log();
	interrupted = 3;
	ck_assert(put("one\n"));
	ck_assert(holds(path, "one\n"));
}
END_TEST

/* Fill it; however much it takes, the next byte must not be waited for. */
static void
fill(void)
{
	char block[8192];
	size_t n = 0;

	memset(block, 'x', sizeof(block));
	for (int i = 0; i < 1024; i++)
		if ((n = log_file_write(f, block, sizeof(block))) <
		    sizeof(block))
			break;
	ck_assert_uint_lt(n, sizeof(block));
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert_uint_eq(log_file_write(f, "x", 1), 0);
	ck_assert_int_eq(errno, EAGAIN);
}

START_TEST(does_not_wait_for_a_fifo)
{
	char byte[65536];
	int reader;

	make_fifo();
	reader = open(path, O_RDONLY | O_NONBLOCK);
	ck_assert_int_ne(reader, -1);
	open_log();
	fill();
	ck_assert_int_gt(read(reader, byte, sizeof(byte)), 0);
	ck_assert(put("y"));
	close(reader);
}
END_TEST

/* ---- standard output ---- */

static void
put_at_stdout(int fd)
{
	fflush(stdout);
	saved_stdout = fcntl(STDOUT_FILENO, F_DUPFD, 10);
	ck_assert_int_ne(saved_stdout, -1);
	ck_assert_int_eq(dup2(fd, STDOUT_FILENO), STDOUT_FILENO);
	close(fd);
	f = log_file_stdout();
	ck_assert_ptr_nonnull(f);
}

START_TEST(does_not_wait_for_a_pipe_at_stdout)
{
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	put_at_stdout(ends[1]);
	fill();
	/* It is not ours alone. */
	ck_assert_int_eq(fcntl(STDOUT_FILENO, F_GETFL) & O_NONBLOCK, 0);
	close(ends[0]);
}
END_TEST

START_TEST(does_not_wait_for_a_socket_at_stdout)
{
	int ends[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	put_at_stdout(ends[1]);
	fill();
	ck_assert_int_eq(fcntl(STDOUT_FILENO, F_GETFL) & O_NONBLOCK, 0);
	close(ends[0]);
}
END_TEST

START_TEST(shares_a_file_at_stdout)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	ck_assert_int_eq(__real_write(fd, "one\n", 4), 4);
	put_at_stdout(fd);
	ck_assert(put("two\n"));
	ck_assert_int_eq(__real_write(STDOUT_FILENO, "three\n", 6), 6);
	ck_assert(holds(path, "one\ntwo\nthree\n"));
	/* It has no name to be opened by again. */
	ck_assert_int_eq(log_file_reopen(f), LOG_FILE_SAME);
	clock_later_s = 10;
	ck_assert_int_eq(log_file_look(f), LOG_FILE_SAME);
}
END_TEST

/* ---- files that move ---- */

START_TEST(looks_once_a_second)
{
	open_log();
	ck_assert_int_eq(rename(path, other), 0);
	ck_assert_int_eq(log_file_look(f), LOG_FILE_SAME);
	ck_assert(put("old\n"));
	clock_later_s = 1;
	ck_assert_int_eq(log_file_look(f), LOG_FILE_OTHER);
	ck_assert(put("new\n"));
	ck_assert(holds(other, "old\n"));
	ck_assert(holds(path, "new\n"));
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(log_file_look(f), LOG_FILE_SAME);
	clock_later_s = 2;
	ck_assert_int_eq(log_file_look(f), LOG_FILE_OTHER);
	ck_assert(put("newer\n"));
	ck_assert(holds(path, "newer\n"));
	clock_later_s = 3;
	ck_assert_int_eq(log_file_look(f), LOG_FILE_SAME);
}
END_TEST

START_TEST(opens_a_replaced_file_again)
{
	open_log();
	ck_assert_int_eq(rename(path, other), 0);
	write_file(path, "made by another\n");
	ck_assert_int_eq(log_file_reopen(f), LOG_FILE_OTHER);
	ck_assert(put("new\n"));
	ck_assert(holds(path, "made by another\nnew\n"));
	ck_assert(holds(other, ""));
	ck_assert_int_eq(log_file_reopen(f), LOG_FILE_SAME);
}
END_TEST

START_TEST(another_file_has_no_torn_line)
{
	open_log();
	is_full = true;
	room = 2;
	ck_assert(!put("one\n"));
	ck_assert_int_eq(log_file_reopen(f), LOG_FILE_SAME);
	ck_assert(log_file_is_torn(f));
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(log_file_reopen(f), LOG_FILE_OTHER);
	ck_assert(!log_file_is_torn(f));
}
END_TEST

START_TEST(keeps_the_old_one_where_none_can_be_opened)
{
	open_log();
	ck_assert_int_eq(rename(path, other), 0);
	make_directory();
	ck_assert_int_eq(log_file_reopen(f), LOG_FILE_UNREACHABLE);
	ck_assert_int_eq(errno, EISDIR);
	/* A person asked: it is said each time. */
	ck_assert_int_eq(log_file_reopen(f), LOG_FILE_UNREACHABLE);
	ck_assert(put("old\n"));
	ck_assert(holds(other, "old\n"));
	/* Nobody asked: it was said. */
	clock_later_s = 1;
	ck_assert_int_eq(log_file_look(f), LOG_FILE_SAME);
	ck_assert_int_eq(rmdir(path), 0);
	clock_later_s = 2;
	ck_assert_int_eq(log_file_look(f), LOG_FILE_OTHER);
	ck_assert(put("new\n"));
	ck_assert(holds(path, "new\n"));
	/* And now anew. */
	ck_assert_int_eq(unlink(path), 0);
	make_directory();
	clock_later_s = 3;
	ck_assert_int_eq(log_file_look(f), LOG_FILE_UNREACHABLE);
	clock_later_s = 4;
	ck_assert_int_eq(log_file_look(f), LOG_FILE_SAME);
}
END_TEST

START_TEST(the_old_one_may_come_back)
{
	open_log();
	ck_assert_int_eq(rename(path, other), 0);
	make_directory();
	clock_later_s = 1;
	ck_assert_int_eq(log_file_look(f), LOG_FILE_UNREACHABLE);
	ck_assert_int_eq(rmdir(path), 0);
	ck_assert_int_eq(rename(other, path), 0);
	clock_later_s = 2;
	ck_assert_int_eq(log_file_look(f), LOG_FILE_SAME);
	ck_assert(put("one\n"));
	ck_assert(holds(path, "one\n"));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("log_file");
	TCase *tc = suite_case(s, "log_file");

	clock_stands = true;
	tcase_add_unchecked_fixture(tc, make_dir, remove_dir);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, makes_the_file);
	tcase_add_test(tc, appends);
	tcase_add_test(tc, is_not_inherited);
	tcase_add_loop_test(tc, says_why_not, 0, ROWS(unopened));
	tcase_add_test(tc, says_that_there_is_no_directory);
	tcase_add_test(tc, knows_a_torn_line);
	tcase_add_test(tc, goes_on_after_an_interruption);
	tcase_add_test(tc, does_not_wait_for_a_fifo);
	tcase_add_test(tc, does_not_wait_for_a_pipe_at_stdout);
	tcase_add_test(tc, does_not_wait_for_a_socket_at_stdout);
	tcase_add_test(tc, shares_a_file_at_stdout);
	tcase_add_test(tc, looks_once_a_second);
	tcase_add_test(tc, opens_a_replaced_file_again);
	tcase_add_test(tc, another_file_has_no_torn_line);
	tcase_add_test(tc, keeps_the_old_one_where_none_can_be_opened);
	tcase_add_test(tc, the_old_one_may_come_back);
	return suite_run(s);
}
