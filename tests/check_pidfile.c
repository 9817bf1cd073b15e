/*
 * check_pidfile - who serves, and whether that is still true.
 */
#ifdef HAVE_CONFIG_H
#include "build.h"
#endif

#include "daemon/pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/process.h"
#include "suite.h"

#define FOREIGN_UID	4242

static char dir[32];
static char path[64];
static char error[1024];
static struct pidfile p;
static pid_t child;		/* holds the file until it is let go */

/* What flock() and pwrite() are to do instead. */
static int busy_times;		/* so often: held by another */
static int lock_error;		/* always this errno */
static bool remove_first;	/* once, before the lock */
static int write_error;

int	__real_flock(int fd, int operation);
int	__wrap_flock(int fd, int operation);
ssize_t	__real_pwrite(int fd, const void *bytes, size_t len, off_t at);
ssize_t	__wrap_pwrite(int fd, const void *bytes, size_t len, off_t at);

int
__wrap_flock(int fd, int operation)
{
	if (lock_error != 0 || busy_times > 0) {
		errno = lock_error != 0 ? lock_error : EWOULDBLOCK;
		if (busy_times > 0)
			busy_times--;
		return -1;
	}
	if (remove_first) {
		remove_first = false;
		unlink(path);
	}
	return __real_flock(fd, operation);
}

ssize_t
__wrap_pwrite(int fd, const void *bytes, size_t len, off_t at)
{
	if (write_error != 0) {
		errno = write_error;
		return -1;
	}
	return __real_pwrite(fd, bytes, len, at);
}

/* ---- fixture ---- */

static void
make_dir(void)
{
	strcpy(dir, "/tmp/mynah-pid-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/pid", dir);
}

static void
remove_dir(void)
{
	char more[80];

	chmod(dir, 0700);
	snprintf(more, sizeof(more), "%s/other", dir);
	unlink(more);
	if (unlink(path) == -1)
		rmdir(path);
	rmdir(dir);
}

static void
setup(void)
{
	umask(022);
	error[0] = '\0';
	p = PIDFILE_NONE;
	child = 0;
	busy_times = lock_error = write_error = 0;
	remove_first = false;
	chmod(dir, 0700);
	if (unlink(path) == -1)
		rmdir(path);
}

static void
let_go(void)
{
	if (child > 0) {
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	child = 0;
}

static void
teardown(void)
{
	let_go();
	if (p.fd != -1)
		close(p.fd);
}

static void
put(const char *text)
{
	FILE *f = fopen(path, "we");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	ck_assert_int_eq(fclose(f), 0);
}

/* What the file holds; "absent" without one. */
static const char *
held(void)
{
	static char text[256];
	FILE *f = fopen(path, "re");
	size_t n;

	if (f == NULL)
		return "absent";
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	return text;
}

static const char *
line_of(pid_t pid)
{
	static char text[32];

	snprintf(text, sizeof(text), "%ld\n", (long)pid);
	return text;
}

static int
open_it(void)
{
	return pidfile_open(&p, path, error, sizeof(error));
}

static int
write_it(void)
{
	return pidfile_write(&p, error, sizeof(error));
}

static void
expect(const char *text)
{
	ck_assert_msg(strstr(error, text) != NULL, "\"%s\" is not in: %s",
	    text, error);
}

/* In the child: open the file, say so, and wait to be killed. */
static void
hold(int ready, const char *text)
{
	struct pidfile own;

	if (pidfile_open(&own, path, error, sizeof(error)) != 0)
		_exit(1);
	if (text == NULL ? pidfile_write(&own, error, sizeof(error)) != 0 :
	    pwrite(own.fd, text, strlen(text), 0) == -1)
		_exit(2);
	if (write(ready, "", 1) != 1)
		_exit(3);
	for (;;)
		pause();
}

/* Another process holds the file, which says text or, if NULL, its number. */
static void
let_another_hold(const char *text)
{
	int ready[2];
	char byte;

	ck_assert_int_eq(pipe(ready), 0);
	fflush(NULL);
	child = fork();
	ck_assert_int_ne(child, -1);
	if (child == 0)
		hold(ready[1], text);
	close(ready[1]);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
}

/* ---- having it ---- */

START_TEST(without_a_path_there_is_none)
{
	ck_assert_int_eq(pidfile_open(&p, "", error, sizeof(error)), 0);
	ck_assert_int_eq(p.fd, -1);
	ck_assert_int_eq(write_it(), 0);
	pidfile_clear(&p);
	pidfile_undo(&p);
}
END_TEST

START_TEST(it_holds_the_number_and_is_emptied)
{
	struct stat st;

	umask(077);
	ck_assert_int_eq(open_it(), 0);
	ck_assert_str_eq(held(), "");
	ck_assert_int_eq(write_it(), 0);
	ck_assert_str_eq(held(), line_of(getpid()));
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0644);
	ck_assert_uint_eq(st.st_uid, geteuid());
	ck_assert_int_ne(fcntl(p.fd, F_GETFD) & FD_CLOEXEC, 0);
	pidfile_clear(&p);
	ck_assert_int_eq(p.fd, -1);
	ck_assert_str_eq(held(), "");
	/* And once more, in the same file. */
	ck_assert_int_eq(open_it(), 0);
	ck_assert_int_eq(write_it(), 0);
	ck_assert_str_eq(held(), line_of(getpid()));
}
END_TEST

START_TEST(a_longer_number_leaves_nothing)
{
	put("2147483647\n");
	ck_assert_int_eq(open_it(), 0);
	ck_assert_str_eq(held(), "2147483647\n");
	ck_assert_int_eq(write_it(), 0);
	ck_assert_str_eq(held(), line_of(getpid()));
}
END_TEST

/* That of the start is gone after a reload. */
START_TEST(it_keeps_its_path)
{
	char copy[sizeof(path)];

	strcpy(copy, path);
	ck_assert_int_eq(pidfile_open(&p, copy, error, sizeof(error)), 0);
	memset(copy, 'x', sizeof(copy));
	pidfile_undo(&p);
	ck_assert_str_eq(held(), "absent");
}
END_TEST

START_TEST(path_that_is_too_long)
{
	static char far[2 * PATH_MAX];

	memset(far, 'x', sizeof(far) - 1);
	far[0] = '/';
	ck_assert_int_eq(pidfile_open(&p, far, error, sizeof(error)),
	    EX_CANTCREAT);
	expect("process.pid_file: cannot write /xxx");
}
END_TEST

START_TEST(undone_is_as_it_was)
{
	ck_assert_int_eq(open_it(), 0);
	pidfile_undo(&p);
	ck_assert_str_eq(held(), "absent");
	put("1234567\n");
	ck_assert_int_eq(open_it(), 0);
	pidfile_undo(&p);
	ck_assert_str_eq(held(), "1234567\n");
}
END_TEST

/* What another process has put in its place stays. */
START_TEST(undone_is_only_what_is_ours)
{
	ck_assert_int_eq(open_it(), 0);
	unlink(path);
	put("17\n");
	pidfile_undo(&p);
	ck_assert_str_eq(held(), "17\n");
}
END_TEST

START_TEST(full_disk_is_told)
{
	ck_assert_int_eq(open_it(), 0);
	write_error = ENOSPC;
	ck_assert_int_eq(write_it(), EX_CANTCREAT);
	expect(path);
	expect(strerror(ENOSPC));
}
END_TEST

/* ---- one at a time ---- */

START_TEST(held_is_refused_with_its_holder)
{
	char name[PROCESS_NAME_MAX], who[128];

	let_another_hold(NULL);
	process_name(child, name, sizeof(name));
	snprintf(who, sizeof(who), "%s (pid %ld) is running already", name,
	    (long)child);
	ck_assert_int_eq(open_it(), EX_UNAVAILABLE);
	expect(who);
	expect(path);
	ck_assert_str_eq(held(), line_of(child));
	let_go();
	ck_assert_int_eq(open_it(), 0);
}
END_TEST

START_TEST(held_by_nobody_knows_whom)
{
	let_another_hold("");
	ck_assert_int_eq(open_it(), EX_UNAVAILABLE);
	expect("does not tell");
	ck_assert_str_eq(held(), "");
}
END_TEST

START_TEST(lock_lasts_through_a_fork)
{
	struct pidfile other;

	ck_assert_int_eq(open_it(), 0);
	fflush(NULL);
	if ((child = fork()) == 0)
		for (;;)
			pause();
	/* It goes on in the child, when the parent has ended. */
	close(p.fd);
	p.fd = -1;
	ck_assert_int_eq(pidfile_open(&other, path, error, sizeof(error)),
	    EX_UNAVAILABLE);
	let_go();
	ck_assert_int_eq(open_it(), 0);
}
END_TEST

/* As it would be if it were beneath a document root. */
START_TEST(lock_lasts_when_the_file_is_read)
{
	struct pidfile other;

	ck_assert_int_eq(open_it(), 0);
	ck_assert_int_eq(write_it(), 0);
	ck_assert_str_eq(held(), line_of(getpid()));
	ck_assert_int_eq(pidfile_open(&other, path, error, sizeof(error)),
	    EX_UNAVAILABLE);
}
END_TEST

START_TEST(who_only_asks_is_waited_for)
{
	busy_times = 3;
	ck_assert_int_eq(open_it(), 0);
	ck_assert_int_eq(busy_times, 0);
}
END_TEST

/* Locked is then a file that nobody else would find. */
START_TEST(file_removed_meanwhile_is_made_again)
{
	remove_first = true;
	ck_assert_int_eq(open_it(), 0);
	ck_assert_int_eq(write_it(), 0);
	ck_assert_str_eq(held(), line_of(getpid()));
}
END_TEST

START_TEST(system_without_locks)
{
	lock_error = ENOLCK;
	ck_assert_int_eq(open_it(), EX_CANTCREAT);
	expect("cannot lock");
	expect(strerror(ENOLCK));
	ck_assert_int_eq(p.fd, -1);
}
END_TEST

static const char *const leftovers[] = { "", "1\n", "999999999\n", "12", "0\n",
    "99999999999999999999\n", "\n\n\n" };

START_TEST(leftover_is_taken_over)
{
	put(leftovers[_i]);
	ck_assert_int_eq(open_it(), 0);
	ck_assert_int_eq(write_it(), 0);
	ck_assert_str_eq(held(), line_of(getpid()));
}
END_TEST

/* ---- traps and slips ---- */

START_TEST(links_are_not_followed)
{
	char target[80];
	struct stat st;

	/* One that leads nowhere would be a file at a place of its choice. */
	snprintf(target, sizeof(target), "%s/other", dir);
	ck_assert_int_eq(symlink(target, path), 0);
	ck_assert_int_eq(open_it(), EX_CANTCREAT);
	expect("symbolic link");
	ck_assert_int_eq(lstat(target, &st), -1);
	unlink(path);
	put("precious");
	ck_assert_int_eq(rename(path, target), 0);
	ck_assert_int_eq(symlink(target, path), 0);
	ck_assert_int_eq(open_it(), EX_CANTCREAT);
	expect("symbolic link");
	ck_assert_str_eq(held(), "precious");
	unlink(path);
	ck_assert_int_eq(link(target, path), 0);
	ck_assert_int_eq(open_it(), EX_CANTCREAT);
	expect("hard link");
	ck_assert_str_eq(held(), "precious");
}
END_TEST

static const char *const others[] = { "x\n", "-1\n", "1 2\n", "17\nx\n", "\r",
    "127.0.0.1 localhost\n192.0.2.1 www.example.org www\n192.0.2.2 mail\n",
    "1111111111222222222233333333334444444444555555555566666666667777777\n" };

START_TEST(other_file_is_not_overwritten)
{
	put(others[_i]);
	ck_assert_int_eq(open_it(), EX_CANTCREAT);
	expect("no pid file");
	ck_assert_str_eq(held(), others[_i]);
}
END_TEST

START_TEST(directory_is_refused)
{
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_eq(open_it(), EX_CANTCREAT);
	expect(strerror(EISDIR));
}
END_TEST

START_TEST(fifo_is_refused)
{
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(open_it(), EX_CANTCREAT);
	expect("regular file");
}
END_TEST

START_TEST(missing_directory_is_named)
{
	char far[128];

	snprintf(far, sizeof(far), "%s/nowhere/mynahd/pid", dir);
	ck_assert_int_eq(pidfile_open(&p, far, error, sizeof(error)),
	    EX_CANTCREAT);
	expect(far);
	expect("/nowhere does not exist");
	expect("RuntimeDirectory");
}
END_TEST

START_TEST(file_in_the_place_of_the_directory)
{
	char below[80];

	put("");
	snprintf(below, sizeof(below), "%s/pid", path);
	ck_assert_int_eq(pidfile_open(&p, below, error, sizeof(error)),
	    EX_CANTCREAT);
	expect("is not a directory");
}
END_TEST

START_TEST(closed_directory)
{
	if (geteuid() == 0)
		return;
	ck_assert_int_eq(chmod(dir, 0500), 0);
	ck_assert_int_eq(open_it(), EX_CANTCREAT);
	expect(path);
	expect("is not permitted to");
}
END_TEST

/* Its owner could write any number, and root would send it a signal. */
START_TEST(file_of_another_user_is_refused)
{
	if (geteuid() != 0)
		return;
	put("");
	ck_assert_int_eq(chown(path, FOREIGN_UID, FOREIGN_UID), 0);
	ck_assert_int_eq(open_it(), EX_CANTCREAT);
	expect("belongs to uid 4242");
}
END_TEST

/* ---- asking ---- */

static enum pidfile_state
ask(pid_t *pid)
{
	return pidfile_ask(path, pid, error, sizeof(error));
}

START_TEST(nothing_runs)
{
	pid_t pid = 1;

	ck_assert_int_eq(ask(&pid), PIDFILE_FREE);
	ck_assert_int_eq(pid, 0);
	expect(path);
	/* This process runs, but it does not hold the file. */
	put(line_of(getpid()));
	ck_assert_int_eq(ask(&pid), PIDFILE_FREE);
	ck_assert_int_eq(pid, 0);
	expect(path);
	/* And nothing was changed. */
	ck_assert_str_eq(held(), line_of(getpid()));
	ck_assert_int_eq(open_it(), 0);
}
END_TEST

START_TEST(holder_is_known)
{
	pid_t pid = 0;

	let_another_hold(NULL);
	ck_assert_int_eq(ask(&pid), PIDFILE_HELD);
	ck_assert_int_eq(pid, child);
	let_go();
	ck_assert_int_eq(ask(&pid), PIDFILE_FREE);
}
END_TEST

static const struct {
	const char	*text, *says;
} unclear[] = {
	{ "", "locked and empty" },
	{ "mynahd\n", "no pid" },
	{ "999999999\n", "container" },
	{ "this one", "not by process" },
#ifdef USE_PROC
	{ "the one before", "not by process" },
#endif
};

START_TEST(number_that_cannot_be_true)
{
	const char *text = unclear[_i].text;
	pid_t pid = 1;

	if (strcmp(text, "this one") == 0)
		text = line_of(getpid());
	else if (strcmp(text, "the one before") == 0)
		text = line_of(getppid());
	let_another_hold(text);
	ck_assert_int_eq(ask(&pid), PIDFILE_UNCLEAR);
	ck_assert_int_eq(pid, 0);
	expect(unclear[_i].says);
}
END_TEST

START_TEST(file_that_cannot_be_asked)
{
	pid_t pid = 1;

	ck_assert_int_eq(symlink("other", path), 0);
	ck_assert_int_eq(ask(&pid), PIDFILE_UNCLEAR);
	ck_assert_int_eq(pid, 0);
	unlink(path);
	put("");
	lock_error = ENOLCK;
	ck_assert_int_eq(ask(&pid), PIDFILE_UNCLEAR);
	expect(strerror(ENOLCK));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("pidfile");
	TCase *tc = suite_case(s, "pidfile");

	tcase_set_timeout(tc, 30);
	tcase_add_unchecked_fixture(tc, make_dir, remove_dir);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, without_a_path_there_is_none);
	tcase_add_test(tc, it_holds_the_number_and_is_emptied);
	tcase_add_test(tc, a_longer_number_leaves_nothing);
	tcase_add_test(tc, it_keeps_its_path);
	tcase_add_test(tc, path_that_is_too_long);
	tcase_add_test(tc, undone_is_as_it_was);
	tcase_add_test(tc, undone_is_only_what_is_ours);
	tcase_add_test(tc, full_disk_is_told);
	tcase_add_test(tc, held_is_refused_with_its_holder);
	tcase_add_test(tc, held_by_nobody_knows_whom);
	tcase_add_test(tc, lock_lasts_through_a_fork);
	tcase_add_test(tc, lock_lasts_when_the_file_is_read);
	tcase_add_test(tc, who_only_asks_is_waited_for);
	tcase_add_test(tc, file_removed_meanwhile_is_made_again);
	tcase_add_test(tc, system_without_locks);
	tcase_add_loop_test(tc, leftover_is_taken_over, 0, ROWS(leftovers));
	tcase_add_test(tc, links_are_not_followed);
	tcase_add_loop_test(tc, other_file_is_not_overwritten, 0,
	    ROWS(others));
	tcase_add_test(tc, directory_is_refused);
	tcase_add_test(tc, fifo_is_refused);
	tcase_add_test(tc, missing_directory_is_named);
	tcase_add_test(tc, file_in_the_place_of_the_directory);
	tcase_add_test(tc, closed_directory);
	tcase_add_test(tc, file_of_another_user_is_refused);
	tcase_add_test(tc, nothing_runs);
	tcase_add_test(tc, holder_is_known);
	tcase_add_loop_test(tc, number_that_cannot_be_true, 0, ROWS(unclear));
	tcase_add_test(tc, file_that_cannot_be_asked);
	return suite_run(s);
}
