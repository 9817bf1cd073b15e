/* The real program: in the background, with a pid file, as process 1. */
#ifdef HAVE_CONFIG_H
#include "build.h"
#endif

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "daemon.h"
#include "support.h"
#include "wire.h"

#define PID_FILE	"run/mynahd.pid"
#define SITE		"port: 0\ndocument_root: site\n"
#define WITH_PID	SITE "process: {pid_file: run/mynahd.pid}\n"

static struct daemon d, other;

/* Without fork, what one test has set would be there for the next. */
static void
forget(void)
{
	memset(&d, 0, sizeof(d));
	memset(&other, 0, sizeof(other));
}

/* All that a file in the directory holds. */
static const char *
content(const char *name)
{
	static char text[4096];
	FILE *f = fopen(daemon_path("%s", name), "re");
	size_t n;

	ck_assert_msg(f != NULL, "%s: %s", name, strerror(errno));
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	return text;
}

static const char *
number_of(pid_t pid)
{
	static char text[32];

	snprintf(text, sizeof(text), "%ld\n", (long)pid);
	return text;
}

/* ---- the pid file ---- */

START_TEST(pid_file_says_who_serves)
{
	struct stat st;

	daemon_start(&d, WITH_PID, NULL);
	daemon_expect_page(wire_dial(d.port));
	ck_assert_str_eq(content(PID_FILE), number_of(d.pid));
	ck_assert_int_eq(stat(daemon_path(PID_FILE), &st), 0);
	ck_assert_uint_eq(st.st_uid, geteuid());
	ck_assert_uint_eq(st.st_mode & 07777, 0644);
	ck_assert_int_eq(daemon_stop(&d), 0);
	ck_assert_str_eq(content(PID_FILE), "");
}
END_TEST

/* And the one that runs is not disturbed. */
START_TEST(second_one_is_refused)
{
	char who[64];

	daemon_start(&other, WITH_PID, NULL);
	snprintf(who, sizeof(who), "(pid %ld) is running already",
	    (long)other.pid);
	ck_assert_int_eq(daemon_run(&d, WITH_PID, NULL), EX_UNAVAILABLE);
	daemon_expect(&d, who);
	daemon_expect(&d, PID_FILE);
	ck_assert_int_eq(daemon_run(&d, WITH_PID, "--daemon", NULL),
	    EX_UNAVAILABLE);
	daemon_expect(&d, who);
	ck_assert_str_eq(content(PID_FILE), number_of(other.pid));
	daemon_expect_page(wire_dial(other.port));
	ck_assert_int_eq(daemon_stop(&other), 0);
	daemon_start(&d, WITH_PID, NULL);
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

/* What was killed could not empty it. */
START_TEST(killed_one_is_followed)
{
	pid_t before;

	daemon_start(&other, WITH_PID, NULL);
	before = other.pid;
	daemon_signal(&other, SIGKILL);
	ck_assert_int_eq(daemon_wait(&other), -SIGKILL);
	ck_assert_str_eq(content(PID_FILE), number_of(before));
	daemon_start(&d, WITH_PID, NULL);
	daemon_expect_page(wire_dial(d.port));
	ck_assert_str_eq(content(PID_FILE), number_of(d.pid));
	daemon_expect(&d, "left over");
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

static const struct {
	const char	*name, *path, *says;
} bad_paths[] = {
	{ "a directory", "site", "directory" },
	{ "a link", "site/inside.txt", "symbolic link" },
	{ "a FIFO", "site/fifo", "regular file" },
	{ "another file", "site/romeo.txt", "no pid file" },
	{ "no directory", "nowhere/mynahd.pid", "/nowhere does not exist" },
	{ "below a file", "site/romeo.txt/mynahd.pid", "not a directory" },
};

START_TEST(bad_pid_file)
{
	static const char *const modes[] = { "--verbose", "--daemon",
	    "--check" };
	char yaml[256];
	int status;

	snprintf(yaml, sizeof(yaml), SITE "process: {pid_file: \"%s\"}\n",
	    bad_paths[_i].path);
	for (int m = 0; m < COUNT(modes); m++) {
		status = daemon_run(&d, yaml, modes[m], NULL);
		ck_assert_msg(status == EX_CANTCREAT, "%s %s: %d",
		    bad_paths[_i].name, modes[m], status);
		daemon_expect(&d, bad_paths[_i].says);
		daemon_expect(&d, "process.pid_file: ");
		ck_assert_uint_eq(daemon_count(&d, "listening"), 0);
	}
}
END_TEST

/* ---- the background ---- */

/* A process that serves in the background, or a skipped test. */
static bool
start_in_background(const char *test, const char *yaml, const char *option)
{
	if (!daemon_adopts()) {
		daemon_skip(test, "the process would not be its child");
		return false;
	}
	ck_assert_msg(daemon_run(&d, yaml, option, NULL) == 0, "%s", d.err);
	daemon_adopt(&d, PID_FILE);
	return true;
}

static const struct {
	const char	*yaml, *option;
} ways[] = {
	{ WITH_PID, "--daemon" },
	{ WITH_PID, "-d" },
	{ SITE "process: {pid_file: run/mynahd.pid, daemon: true}\n", NULL },
};

START_TEST(parent_goes_when_it_serves)
{
	if (!start_in_background("parent_goes_when_it_serves", ways[_i].yaml,
	    ways[_i].option))
		return;
	daemon_expect(&d, "listening on 127.0.0.1");
	ck_assert_str_eq(d.out, "");
	daemon_expect_page(wire_dial(d.port));
	ck_assert_int_eq(daemon_stop(&d), 0);
	ck_assert_str_eq(content(PID_FILE), "");
}
END_TEST

#ifdef USE_PROC
/* Its parent, session, and terminal; and whether it leads the session. */
static void
expect_detached(void)
{
	char path[64], target[64] = "", line[512], *p;
	int ppid, pgrp, session, terminal;
	ssize_t n;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%ld/stat", (long)d.pid);
	f = fopen(path, "re");
	ck_assert_ptr_nonnull(f);
	ck_assert_ptr_nonnull(fgets(line, sizeof(line), f));
	fclose(f);
	p = strrchr(line, ')');
	ck_assert(p != NULL && sscanf(p, ") %*c %d %d %d %d", &ppid, &pgrp,
	    &session, &terminal) == 4);
	ck_assert_int_ne(session, getsid(0));
	ck_assert_int_ne(session, (int)d.pid);
	ck_assert_int_eq(terminal, 0);
	ck_assert_int_eq(ppid, (int)getpid());
	ck_assert_str_eq(daemon_status_line(&d, "Umask"), "0022");
	snprintf(path, sizeof(path), "/proc/%ld/cwd", (long)d.pid);
	n = readlink(path, target, sizeof(target) - 1);
	if (n > 0)
		ck_assert_str_eq(target, "/");
	for (int fd = 0; n > 0 && fd <= 2; fd++) {
		memset(target, 0, sizeof(target));
		snprintf(path, sizeof(path), "/proc/%ld/fd/%d", (long)d.pid,
		    fd);
		ck_assert_int_gt(readlink(path, target, sizeof(target) - 1),
		    0);
		ck_assert_str_eq(target, "/dev/null");
	}
}

START_TEST(it_is_detached)
{
	umask(077);
	if (!start_in_background("it_is_detached", WITH_PID, "--daemon"))
		return;
	expect_detached();
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST
#endif

static void
go_to_run(void)
{
	if (chdir(daemon_path("run")) == -1)
		_exit(126);
}

/* A relative path of the command line is one of where that was typed. */
START_TEST(relative_paths)
{
	if (!daemon_adopts()) {
		daemon_skip("relative_paths", "see above");
		return;
	}
	daemon_write("run/relative.yaml", BYTES("port: 0\n"
	    "process: {pid_file: mynahd.pid}\n"));
	d.prepare = go_to_run;
	ck_assert_msg(daemon_run(&d, NULL, "-d", "-c", "relative.yaml",
	    "--document_root", "../site", NULL) == 0, "%s", d.err);
	daemon_adopt(&d, PID_FILE);
	daemon_expect_page(wire_dial(d.port));
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

/* Whoever starts it sees why it does not start, as without --daemon. */
START_TEST(failed_start_is_told)
{
	int port, fd = wire_listen(&port);
	char yaml[128];

	snprintf(yaml, sizeof(yaml), "port: %d\ndocument_root: site\n", port);
	ck_assert_int_eq(daemon_run(&d, yaml, "--daemon", NULL),
	    EX_UNAVAILABLE);
	daemon_expect(&d, "cannot listen on 127.0.0.1 port ");
	close(fd);
	ck_assert_int_eq(daemon_run(&d, "prot: 1\n", "--daemon", NULL),
	    EX_CONFIG);
	daemon_expect(&d, "did you mean");
	ck_assert_int_eq(daemon_run(&d, "port: 0\ndocument_root: nowhere\n",
	    "--daemon", NULL), EX_CONFIG);
	daemon_expect(&d, "/nowhere does not exist");
}
END_TEST

/* A log that would go nowhere is warned of, at a check as well. */
START_TEST(lost_log_is_warned_of)
{
	ck_assert_int_eq(daemon_run(&d, WITH_PID, "--daemon", "--check",
	    NULL), 0);
	daemon_expect(&d, "warning: log.error.target is stderr");
	ck_assert_int_eq(daemon_run(&d, WITH_PID "log: {error: {target: "
	    "run/error.log}}\n", "--daemon", "--check", NULL), 0);
	ck_assert_uint_eq(daemon_count(&d, "warning: log."), 0);
	ck_assert_int_eq(daemon_run(&d, WITH_PID "log: {error: {target: "
	    "run/error.log}, access: {target: stdout}}\n", "--daemon",
	    "--check", NULL), 0);
	daemon_expect(&d, "warning: log.access.target is stdout");
}
END_TEST

/* ---- signals before the loop ---- */

static const int stops[] = { SIGTERM, SIGINT };

/*
 * Its configuration is a FIFO: when that can be opened to write, it has
 * begun, and goes on only when the configuration is there.
 */
START_TEST(early_signal_is_not_lost)
{
	const char *path = daemon_path("run/late.yaml");
	int fd;

	ck_assert_int_eq(mkfifo(path, 0644), 0);
	daemon_launch(&d, NULL, "-c", path, NULL);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	ck_assert_int_ne(fd, -1);
	daemon_signal(&d, stops[_i]);
	ck_assert_int_eq(dprintf(fd, "port: 0\ndocument_root: ../site\n"
	    "process: {pid_file: mynahd.pid}\n") > 0, 1);
	close(fd);
	ck_assert_msg(daemon_wait(&d) == 0, "%s", d.err);
	daemon_expect(&d, "listening on");
	daemon_expect(&d, "stopped; served 0 connections");
	ck_assert_str_eq(content(PID_FILE), "");
	unlink(path);
}
END_TEST

/* Nobody reads what it says, or has given it a place to say it. */
START_TEST(closed_streams)
{
	daemon_start(&d, SITE, NULL);
	close(d.err_fd);
	close(d.out_fd);
	d.err_fd = d.out_fd = -1;
	daemon_expect_page(wire_dial(d.port));
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

static void
close_streams(void)
{
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	close(STDERR_FILENO);
}

/* Its sockets must not be taken for those streams. */
START_TEST(absent_streams)
{
	const char *path = daemon_path("run/one.sock");
	struct reply r;
	struct wire w;

	d.prepare = close_streams;
	daemon_launch(&d, "listeners: [{unix: run/one.sock}]\n"
	    "http: {document_root: site}\n", NULL);
	while (wire_is_refused_unix(path))
		poll(NULL, 0, 1);
	wire_init(&w, wire_dial_unix(path));
	wire_get(&w, "/", &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert_str_eq(r.body, "/index.html\n");
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

/* ---- too little of everything ---- */

#ifndef INSTRUMENTED	/* the sanitizers need descriptors of their own */

/* It is to stop as soon as it serves. */
static void
stop_at_once(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGTERM);
}

/* One in the background may go on when the one that was started has ended. */
static void
await_end(void)
{
	int fd = open(daemon_path(PID_FILE), O_RDONLY | O_CLOEXEC);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(flock(fd, LOCK_EX), 0);
	close(fd);
}

#define LOADER_FAILS	127
#define ENOUGH		64

/* Each start fails with a status of the manual and says why, or serves. */
START_TEST(any_number_of_descriptors)
{
	static const int statuses[] = { 0, EX_UNAVAILABLE, EX_SOFTWARE,
	    EX_OSERR, EX_CANTCREAT, EX_CONFIG, LOADER_FAILS };
	const char *mode = _i == 0 ? "--verbose" : "--daemon";
	int status = -1;

	d.prepare = stop_at_once;
	for (rlim_t n = 4; n <= ENOUGH; n++) {
		bool known = false;

		d.descriptors = n;
		status = daemon_run(&d, WITH_PID, mode, NULL);
		for (int i = 0; i < COUNT(statuses); i++)
			known |= status == statuses[i];
		ck_assert_msg(known, "%s, %d descriptors: %d\n%s", mode,
		    (int)n, status, d.err);
		if (status == 0)
			await_end();
		else if (status != LOADER_FAILS)
			daemon_expect(&d, "error: ");
		ck_assert_uint_eq(daemon_count(&d, "is running"), 0);
	}
	ck_assert_int_eq(status, 0);
}
END_TEST

#endif

/* ---- process 1 ---- */

#if defined(USE_LINUX) && defined(CLONE_NEWPID)

static int orphan[2];		/* its end is the orphan's */

/* Whether a process can be made that is number 1 of its own. */
static bool
has_namespaces(const char *test)
{
	d.namespaces = CLONE_NEWPID | (geteuid() == 0 ? 0 : CLONE_NEWUSER);
	ck_assert_int_ne(daemon_run(&d, NULL, "--version", NULL), 127);
	if (strncmp(d.out, "mynahd ", 7) == 0)
		return true;
	daemon_skip(test, "no process can be number 1 here");
	return false;
}

static unsigned outer_uid, outer_gid;

static void
put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd == -1 || write(fd, text, strlen(text)) == -1)
		_exit(126);
	close(fd);
}

/* Root of a name space that has no other users. */
static void
become_only_root(void)
{
	char map[64];

	put("/proc/self/setgroups", "deny");
	snprintf(map, sizeof(map), "0 %u 1", outer_uid);
	put("/proc/self/uid_map", map);
	snprintf(map, sizeof(map), "0 %u 1", outer_gid);
	put("/proc/self/gid_map", map);
}

/* Where privileges cannot be given up nothing is served. */
START_TEST(privileges_that_stay)
{
	outer_uid = geteuid();
	outer_gid = getegid();
	d.namespaces = CLONE_NEWUSER;
	d.prepare = become_only_root;
	d.no_user = true;
	if (daemon_run(&d, NULL, "--version", NULL) != 0) {
		daemon_skip("privileges_that_stay", "no name space for users");
		return;
	}
	ck_assert_int_eq(daemon_run(&d, SITE, "--user", "nobody", NULL),
	    EX_NOPERM);
	/* The groups, or where there is none of them, the group. */
	daemon_expect(&d, "error: cannot ");
	ck_assert_uint_eq(daemon_count(&d, "listening"), 0);
	ck_assert_int_eq(daemon_run(&d, SITE, "--user", "nobody", "--check",
	    NULL), EX_NOPERM);
}
END_TEST

/* Leave a child of a child behind, as a shell script may do. */
static void
leave_orphan(void)
{
	pid_t pid = fork();
	char byte;

	if (pid == 0) {
		if (fork() != 0)
			_exit(0);
		close(orphan[1]);
		if (read(orphan[0], &byte, 1) == 0)
			_exit(0);
		_exit(1);
	}
	waitpid(pid, NULL, 0);
}

/* How many children a process has, those that have ended included. */
static int
children_of(pid_t parent)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	int found = 0;

	ck_assert_ptr_nonnull(proc);
	while ((entry = readdir(proc)) != NULL) {
		struct daemon any = { .pid = (pid_t)atol(entry->d_name) };

		if (any.pid > 0 && daemon_status(&any, "PPid") == parent)
			found++;
	}
	closedir(proc);
	return found;
}

START_TEST(process_1_stops)
{
	struct wire w;
	struct reply r;

	if (!has_namespaces("process_1_stops"))
		return;
	daemon_start(&d, WITH_PID, NULL);
	ck_assert_str_eq(content(PID_FILE), "1\n");
	wire_open(&w, d.port);
	wire_get(&w, "/", &r);
	ck_assert_int_eq(r.status, 200);
	wire_close(&w);
	daemon_signal(&d, stops[_i]);
	ck_assert_int_eq(daemon_wait(&d), 0);
	ck_assert_str_eq(content(PID_FILE), "");
}
END_TEST

/* All that it had started would end with it. */
START_TEST(process_1_stays_in_the_foreground)
{
	if (!has_namespaces("process_1_stays_in_the_foreground"))
		return;
	ck_assert_int_eq(daemon_run(&d, WITH_PID, "--daemon", NULL),
	    EX_CONFIG);
	daemon_expect(&d, "process.daemon: ");
	daemon_expect(&d, "foreground");
}
END_TEST

/* A signal that nobody waits for yet is thrown away for process 1. */
START_TEST(process_1_takes_early_signals)
{
	const char *path = daemon_path("run/late.yaml");
	int fd;

	if (!has_namespaces("process_1_takes_early_signals"))
		return;
	ck_assert_int_eq(mkfifo(path, 0644), 0);
	daemon_launch(&d, NULL, "-c", path, NULL);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	ck_assert_int_ne(fd, -1);
	daemon_signal(&d, SIGTERM);
	ck_assert_int_eq(dprintf(fd, "port: 0\ndocument_root: ../site\n") > 0,
	    1);
	close(fd);
	ck_assert_msg(daemon_wait(&d) == 0, "%s", d.err);
	daemon_expect(&d, "stopped; served 0 connections");
	unlink(path);
}
END_TEST

START_TEST(process_1_leaves_no_zombies)
{
	if (!has_namespaces("process_1_leaves_no_zombies"))
		return;
	ck_assert_int_eq(pipe2(orphan, O_CLOEXEC), 0);
	d.prepare = leave_orphan;
	daemon_start(&d, SITE, NULL);
	ck_assert_int_eq(children_of(d.pid), 1);
	close(orphan[0]);
	close(orphan[1]);
	while (children_of(d.pid) > 0)
		poll(NULL, 0, 1);
	daemon_expect_page(wire_dial(d.port));
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

/* One that has ended before the program even began. */
static void
leave_zombie(void)
{
	siginfo_t info;
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
}

START_TEST(process_1_sees_off_what_it_finds)
{
	if (!has_namespaces("process_1_sees_off_what_it_finds"))
		return;
	d.prepare = leave_zombie;
	daemon_start(&d, SITE, NULL);
	ck_assert_int_eq(children_of(d.pid), 0);
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

#endif

int
main(void)
{
	Suite *s = suite_create("daemon");
	TCase *tc;

	tc = daemon_case(s, "pid file", forget);
	tcase_add_test(tc, pid_file_says_who_serves);
	tcase_add_test(tc, second_one_is_refused);
	tcase_add_test(tc, killed_one_is_followed);
	tcase_add_loop_test(tc, bad_pid_file, 0, COUNT(bad_paths));

	tc = daemon_case(s, "background", forget);
	tcase_add_loop_test(tc, parent_goes_when_it_serves, 0, COUNT(ways));
#ifdef USE_PROC
	tcase_add_test(tc, it_is_detached);
#endif
	tcase_add_test(tc, relative_paths);
	tcase_add_test(tc, failed_start_is_told);
	tcase_add_test(tc, lost_log_is_warned_of);

	tc = daemon_case(s, "early signals", forget);
	tcase_add_loop_test(tc, early_signal_is_not_lost, 0, COUNT(stops));

	tc = daemon_case(s, "streams", forget);
	tcase_add_test(tc, closed_streams);
	tcase_add_test(tc, absent_streams);

#ifndef INSTRUMENTED
	tc = daemon_case(s, "too little", forget);
	tcase_add_loop_test(tc, any_number_of_descriptors, 0, 2);
#endif

#if defined(USE_LINUX) && defined(CLONE_NEWPID)
	tc = daemon_case(s, "process 1", forget);
	tcase_add_loop_test(tc, process_1_stops, 0, COUNT(stops));
	tcase_add_test(tc, process_1_stays_in_the_foreground);
	tcase_add_test(tc, process_1_takes_early_signals);
	tcase_add_test(tc, process_1_leaves_no_zombies);
	tcase_add_test(tc, process_1_sees_off_what_it_finds);
	tc = daemon_case(s, "privileges", forget);
	tcase_add_test(tc, privileges_that_stay);
#endif
	return daemon_run_suite(s);
}
