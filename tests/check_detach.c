/*
 * check_detach - into the background: who waits, and what for.
 */
#include "daemon/detach.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "suite.h"

static char said[1024];		/* to standard error, by all of them */
static int fork_fails;		/* the fork of that number, from 1 */
static void (*children)(int) = SIG_DFL;	/* what SIGCHLD is set to */
static int late;		/* a signal that waits, and a slow process */

pid_t	__real_fork(void);
pid_t	__wrap_fork(void);

/* The process that was started comes to its turn when all others are done. */
static pid_t
fork_slowly(void)
{
	siginfo_t info;
	pid_t pid = __real_fork();

	late = 0;
	if (pid > 0)
		waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
	return pid;
}

pid_t
__wrap_fork(void)
{
	if (fork_fails > 0 && --fork_fails == 0) {
		errno = EAGAIN;
		return -1;
	}
	return late != 0 ? fork_slowly() : __real_fork();
}

/* Reads all until the last process that could write has gone. */
static void
read_all(int fd)
{
	size_t len = 0;
	ssize_t n;

	while ((n = read(fd, said + len, sizeof(said) - 1 - len)) > 0)
		len += (size_t)n;
	said[len] = '\0';
}

/* In a child of the test: go into the background, and be served by serve(). */
static void
start(void (*serve)(struct detach *), int fails)
{
	char error[256];
	struct detach d;

	signal(SIGCHLD, children);
	fork_fails = fails;
	if (late != 0)
		raise(late);
	if (detach_begin(&d, error, sizeof(error)) == -1) {
		dprintf(STDERR_FILENO, "%s\n", error);
		_exit(99);
	}
	serve(&d);
	_exit(98);
}

/*
 * Start it with a pipe for its standard error. A number that is not 0 is a
 * signal to the one who waits. Returns the exit status of that one.
 */
static int
run(void (*serve)(struct detach *), int number, int fails)
{
	int err[2], status;
	sigset_t set, before;
	pid_t pid;

	ck_assert_int_eq(pipe(err), 0);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, &before);
	fflush(NULL);
	if ((pid = __real_fork()) == 0) {
		dup2(err[1], STDERR_FILENO);
		close(err[0]);
		close(err[1]);
		start(serve, fails);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	close(err[1]);
	if (number != 0)
		kill(pid, number);
	read_all(err[0]);
	close(err[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* ---- what it is like there ---- */

static const char *
is_null(int fd)
{
	struct stat st, null;

	return fstat(fd, &st) == 0 && stat("/dev/null", &null) == 0 &&
	    st.st_rdev == null.st_rdev && st.st_ino == null.st_ino ? "null" :
	    "open";
}

static void
tell_all(struct detach *d)
{
	int err = dup(STDERR_FILENO);
	mode_t mask = umask(0);
	char cwd[64] = "";

	dprintf(STDERR_FILENO, "leader %d, terminal %d, mask %03o\n",
	    getsid(0) == getpid(), open("/dev/tty", O_RDWR) != -1,
	    (unsigned)mask);
	detach_done(d);
	dprintf(err, "%s %s %s in %s\n", is_null(0), is_null(1), is_null(2),
	    getcwd(cwd, sizeof(cwd)) == NULL ? "?" : cwd);
	_exit(97);
}

START_TEST(it_has_no_terminal)
{
	umask(077);
	ck_assert_int_eq(run(tell_all, 0, 0), 0);
	ck_assert_str_eq(said, "leader 0, terminal 0, mask 022\n"
	    "null null null in /\n");
}
END_TEST

/* ---- who waits ---- */

static void
say_no(struct detach *d)
{
	(void)d;
	dprintf(STDERR_FILENO, "no\n");
	_exit(69);
}

START_TEST(failure_is_passed_up)
{
	ck_assert_int_eq(run(say_no, 0, 0), 69);
	ck_assert_str_eq(said, "no\n");
}
END_TEST

static void
end_well(struct detach *d)
{
	(void)d;
	_exit(0);
}

/* It was stopped before it was ready: that is no failure. */
START_TEST(early_end_is_passed_up)
{
	ck_assert_int_eq(run(end_well, 0, 0), 0);
	ck_assert_str_eq(said, "");
}
END_TEST

static void
crash(struct detach *d)
{
	(void)d;
	kill(getpid(), SIGKILL);
}

START_TEST(crash_is_told)
{
	ck_assert_int_eq(run(crash, 0, 0), EX_SOFTWARE);
	ck_assert_ptr_nonnull(strstr(said, "signal 9\n"));
}
END_TEST

static const int passed[] = { SIGTERM, SIGINT };

static void
await_signal(struct detach *d)
{
	sigset_t set;
	int number;

	(void)d;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigwait(&set, &number);
	dprintf(STDERR_FILENO, "signal %d\n", number);
	_exit(42);
}

/* Who types Ctrl-C while it starts does not want it in the background. */
START_TEST(signals_are_passed_on)
{
	char want[32];

	snprintf(want, sizeof(want), "signal %d\n", passed[_i]);
	ck_assert_int_eq(run(await_signal, passed[_i], 0), 42);
	ck_assert_str_eq(said, want);
}
END_TEST

static void
serve_until_signal(struct detach *d)
{
	int err = dup(STDERR_FILENO);

	detach_done(d);
	dup2(err, STDERR_FILENO);
	close(err);
	await_signal(d);
}

/* It came first, and is not lost because the start is quicker. */
START_TEST(late_signals_are_passed_on)
{
	char want[32];

	snprintf(want, sizeof(want), "signal %d\n", passed[_i]);
	late = passed[_i];
	ck_assert_int_eq(run(serve_until_signal, 0, 0), 0);
	ck_assert_str_eq(said, want);
	late = 0;
}
END_TEST

/* Its children would be gone before anybody could ask how they ended. */
START_TEST(caller_that_ignores_its_children)
{
	children = SIG_IGN;
	ck_assert_int_eq(run(say_no, 0, 0), 69);
	children = SIG_DFL;
}
END_TEST

START_TEST(no_process)
{
	ck_assert_int_eq(run(end_well, 0, 1), 99);
	ck_assert_ptr_nonnull(strstr(said, strerror(EAGAIN)));
	ck_assert_int_eq(run(end_well, 0, 2), EX_OSERR);
	ck_assert_ptr_nonnull(strstr(said, strerror(EAGAIN)));
}
END_TEST

START_TEST(in_the_foreground_nothing_is_done)
{
	int ends[2], saved = dup(STDERR_FILENO);
	struct detach d = DETACH_NONE;
	const char *is;

	ck_assert_int_eq(pipe(ends), 0);
	dup2(ends[1], STDERR_FILENO);
	detach_done(&d);
	is = is_null(STDERR_FILENO);
	dup2(saved, STDERR_FILENO);
	ck_assert_str_eq(is, "open");
	ck_assert_int_eq(d.ready, -1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("detach");
	TCase *tc = suite_case(s, "detach");

	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, it_has_no_terminal);
	tcase_add_test(tc, failure_is_passed_up);
	tcase_add_test(tc, early_end_is_passed_up);
	tcase_add_test(tc, crash_is_told);
	tcase_add_loop_test(tc, signals_are_passed_on, 0,
	    (int)(sizeof(passed) / sizeof(passed[0])));
	tcase_add_loop_test(tc, late_signals_are_passed_on, 0,
	    (int)(sizeof(passed) / sizeof(passed[0])));
	tcase_add_test(tc, caller_that_ignores_its_children);
	tcase_add_test(tc, no_process);
	tcase_add_test(tc, in_the_foreground_nothing_is_done);
	return suite_run(s);
}
