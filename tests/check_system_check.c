/* The real program: --check, which does all that a start would do. */
#ifdef HAVE_CONFIG_H
#include "build.h"
#endif

#include <check.h>
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "daemon.h"
#include "support.h"
#include "wire.h"

#define SITE	"document_root: site\n"

static struct daemon d, other;
static char yaml[1024];

/* Without fork, what one test has set would be there for the next. */
static void
forget(void)
{
	memset(&d, 0, sizeof(d));
	memset(&other, 0, sizeof(other));
}

/* One line on standard output, which begins so. */
static void
expect_ok(const char *end)
{
	ck_assert_msg(strncmp(d.out, "OK: ", 4) == 0, "%s", d.out);
	ck_assert_ptr_eq(strchr(d.out, '\n'), d.out + d.out_len - 1);
	ck_assert_msg(strstr(d.out, end) != NULL, "%s", d.out);
}

static bool
is_there(const char *name)
{
	struct stat st;

	return lstat(daemon_path("%s", name), &st) == 0;
}

static int
check(void)
{
	return daemon_run(&d, yaml, "--check", NULL);
}

#define USE(...)	snprintf(yaml, sizeof(yaml), __VA_ARGS__)

/* ---- all is well ---- */

START_TEST(nothing_is_left_behind)
{
	USE("listeners:\n"
	    "  - {port: 0}\n"
	    "  - {unix: run/check.sock}\n"
	    "http: {document_root: site}\n"
	    "log:\n"
	    "  error: {target: run/error.log}\n"
	    "  access: {target: run/access.log}\n"
	    "process: {pid_file: run/mynahd.pid, daemon: true}\n");
	ck_assert_msg(check() == 0, "%s", d.err);
	ck_assert_uint_eq(daemon_count(&d, "listening"), 0);
	expect_ok("2 listeners, 1 site, ");
	ck_assert(!is_there("run/check.sock"));
	ck_assert(!is_there("run/error.log"));
	ck_assert(!is_there("run/access.log"));
	ck_assert(!is_there("run/mynahd.pid"));
}
END_TEST

START_TEST(what_is_there_stays_as_it_is)
{
	static const char old[] = "2147483646\n", line[] = "a line\n";
	const struct passwd *nobody = getpwnam("nobody");
	char text[64] = "";
	FILE *f;

	daemon_write("run/mynahd.pid", old, sizeof(old) - 1);
	daemon_write("run/error.log", line, sizeof(line) - 1);
	if (geteuid() == 0 && nobody != NULL)
		ck_assert_int_eq(chown(daemon_path("run/error.log"),
		    nobody->pw_uid, nobody->pw_gid), 0);
	USE("port: 0\n" SITE "log: {error: {target: run/error.log}}\n"
	    "process: {pid_file: run/mynahd.pid}\n");
	ck_assert_msg(check() == 0, "%s", d.err);
	f = fopen(daemon_path("run/mynahd.pid"), "re");
	ck_assert(f != NULL && fgets(text, sizeof(text), f) != NULL);
	fclose(f);
	ck_assert_str_eq(text, old);
	f = fopen(daemon_path("run/error.log"), "re");
	ck_assert(f != NULL && fgets(text, sizeof(text), f) != NULL);
	fclose(f);
	ck_assert_str_eq(text, line);
	unlink(daemon_path("run/mynahd.pid"));
	unlink(daemon_path("run/error.log"));
}
END_TEST

/* ---- beside a daemon that runs ---- */

/* What it holds will be free when it is restarted. */
START_TEST(own_daemon_is_in_nobodys_way)
{
	struct reply r;
	struct wire w;
	char who[64];

	other.listeners = 2;
	daemon_start(&other, "listeners:\n"
	    "  - {port: 0}\n"
	    "  - {unix: run/one.sock}\n"
	    "http: {document_root: site}\n"
	    "process: {pid_file: run/mynahd.pid}\n", NULL);
	USE("listeners:\n"
	    "  - {port: %d}\n"
	    "  - {port: %d, host: \"*\", protocol: http}\n"
	    "  - {unix: run/one.sock}\n"
	    "http: {document_root: site}\n"
	    "process: {pid_file: run/mynahd.pid}\n", other.port, other.port);
	ck_assert_msg(check() == 0, "%s", d.err);
	snprintf(who, sizeof(who), "(pid %ld)", (long)other.pid);
	expect_ok(who);
#ifdef USE_PROC
	/* Otherwise nobody knows who holds it: that is warned of. */
	ck_assert_uint_eq(daemon_count(&d, "is in use"), 0);
#endif
	wire_init(&w, wire_dial_unix(daemon_path("run/one.sock")));
	wire_get(&w, "/", &r);
	ck_assert_int_eq(r.status, 200);
	wire_close(&w);
	ck_assert(is_there("run/mynahd.pid"));
	ck_assert_int_eq(daemon_stop(&other), 0);
	unlink(daemon_path("run/mynahd.pid"));
}
END_TEST

#ifdef USE_PROC
/* Known by its pid file, and by nothing else. */
START_TEST(other_daemon_is_in_the_way)
{
	char who[64];

	daemon_start(&other, "port: 0\n" SITE, NULL);
	USE("port: %d\n" SITE "process: {pid_file: run/mynahd.pid}\n",
	    other.port);
	ck_assert_int_eq(check(), EX_UNAVAILABLE);
	snprintf(who, sizeof(who), "it is in use by mynahd (pid %ld)",
	    (long)other.pid);
	daemon_expect(&d, who);
	ck_assert_str_eq(d.out, "");
	ck_assert_int_eq(daemon_stop(&other), 0);
}
END_TEST

START_TEST(port_of_a_third_one)
{
	int port, fd = wire_listen(&port);

	daemon_start(&other, "port: 0\n" SITE
	    "process: {pid_file: run/mynahd.pid}\n", NULL);
	USE("listeners: [{port: %d}, {port: %d}]\n"
	    "http: {document_root: site}\n"
	    "process: {pid_file: run/mynahd.pid}\n", other.port, port);
	ck_assert_int_eq(check(), EX_UNAVAILABLE);
	ck_assert_uint_eq(daemon_count(&d, "error: "), 1);
	daemon_expect(&d, "it is in use by check_system_ch");
	ck_assert_int_eq(daemon_stop(&other), 0);
	close(fd);
	unlink(daemon_path("run/mynahd.pid"));
}
END_TEST
#endif

/* ---- what is wrong ---- */

/* All of it, with the status of what a start would find first. */
START_TEST(all_errors_are_told)
{
	int port, port2, fd = wire_listen(&port), fd2 = wire_listen(&port2);
	char text[64];

	USE("listeners: [{port: %d}, {port: %d}]\n"
	    "http:\n"
	    "  document_root: nowhere\n"
	    "  hosts:\n"
	    "    same.example: {}\n"
	    "    other.example: {document_root: far}\n"
	    "log: {error: {target: nowhere/error.log}}\n"
	    "process: {pid_file: site/fifo, readable: [away, site, /]}\n",
	    port, port2);
	ck_assert_int_eq(check(), EX_CONFIG);
	daemon_expect(&d, "/nowhere does not exist");
	daemon_expect(&d, "http.hosts.other.example.document_root: ");
	daemon_expect(&d, "regular file");
	snprintf(text, sizeof(text), "cannot listen on 127.0.0.1 port %d",
	    port);
	daemon_expect(&d, text);
	snprintf(text, sizeof(text), "cannot listen on 127.0.0.1 port %d",
	    port2);
	daemon_expect(&d, text);
	daemon_expect(&d, "log.error.target: ");
	daemon_expect(&d, "/away does not exist");
	daemon_expect(&d, "process.readable: / is the root of the file system");
	ck_assert_uint_eq(daemon_count(&d, "error: "), 8);
	ck_assert_str_eq(d.out, "");
	close(fd);
	close(fd2);
}
END_TEST

static const struct {
	const char	*name, *log, *says;
} logs[] = {
	{ "no directory", "{error: {target: nowhere/x.log}}",
	  "log.error.target: " },
	{ "a directory", "{access: {target: ./site}}", "log.access.target: " },
	{ "not permitted", "{access: {target: closed/x.log}}",
	  "log.access.target: " },
};

/* As the user who will serve: rotating opens them anew. */
START_TEST(log_that_cannot_be_written)
{
	const char *closed = daemon_path("closed");

	ck_assert(mkdir(closed, 0555) == 0 || errno == EEXIST);
	USE("port: 0\n" SITE "log: %s\n", logs[_i].log);
	ck_assert_msg(check() == EX_CANTCREAT, "%s: %s", logs[_i].name,
	    d.err);
	daemon_expect(&d, logs[_i].says);
}
END_TEST

START_TEST(root_that_the_user_cannot_read)
{
	const char *path = daemon_path("site/dir");

	ck_assert_int_eq(chmod(path, 0), 0);
	USE("port: 0\ndocument_root: site/dir\n");
	ck_assert_int_eq(check(), EX_CONFIG);
	ck_assert_int_eq(chmod(path, 0755), 0);
	daemon_expect(&d, path);
}
END_TEST

START_TEST(user_that_does_not_exist)
{
	d.no_user = true;
	USE("port: 0\ndocument_root: nowhere\n"
	    "process: {user: no-such-user}\n");
	ck_assert_int_eq(check(), EX_CONFIG);
	daemon_expect(&d, "there is no user \"no-such-user\"");
	daemon_expect(&d, "/nowhere does not exist");
	USE("port: 0\n" SITE "process: {group: no-such-group}\n");
	ck_assert_int_eq(daemon_run(&d, yaml, "--check", geteuid() == 0 ?
	    "--user=nobody" : NULL, NULL), EX_CONFIG);
	daemon_expect(&d, "there is no group \"no-such-group\"");
}
END_TEST

/* ---- what may become wrong ---- */

START_TEST(file_that_a_reload_could_not_read)
{
	const char *path = daemon_path("mynahd.yaml");

	if (geteuid() != 0) {
		daemon_skip("file_that_a_reload_could_not_read",
		    "it needs root");
		return;
	}
	daemon_write("mynahd.yaml", BYTES("port: 0\n" SITE));
	ck_assert_int_eq(chmod(path, 0600), 0);
	ck_assert_int_eq(daemon_run(&d, NULL, "--check", "-c", path, NULL),
	    0);
	daemon_expect(&d, "warning: ");
	daemon_expect(&d, "a reload will fail");
	expect_ok("user nobody");
	ck_assert_int_eq(chmod(path, 0644), 0);
	ck_assert_int_eq(daemon_run(&d, NULL, "--check", "-c", path, NULL),
	    0);
	ck_assert_uint_eq(daemon_count(&d, "reload"), 0);
}
END_TEST

/* It starts without, and so a check succeeds. */
START_TEST(state_file_that_is_a_link)
{
	USE("port: 0\n" SITE "process: {pid_file: run/mynahd.pid}\n");
	ck_assert_int_eq(check(), 0);
	ck_assert_uint_eq(daemon_count(&d, ".state"), 0);
	ck_assert(!is_there("run/mynahd.pid.state"));
	ck_assert_int_eq(symlink(daemon_path("site/romeo.txt"),
	    daemon_path("run/mynahd.pid.state")), 0);
	ck_assert_int_eq(check(), 0);
	daemon_expect(&d, "warning: cannot make ");
	daemon_expect(&d, "mynahd.pid.state, where reloads tell");
	expect_ok("1 listener,");
	unlink(daemon_path("run/mynahd.pid.state"));
}
END_TEST

START_TEST(too_few_descriptors)
{
	d.descriptors = 256;
	USE("port: 0\n" SITE "limits: {max_connections: 1000}\n");
	ck_assert_int_eq(check(), 0);
	daemon_expect(&d, "limits.max_connections is 1000");
	daemon_expect(&d, "the limit of 256 descriptors allows ");
	daemon_expect(&d, "LimitNOFILE=");
	/* It is enough to do what was said. */
	d.descriptors = (rlim_t)atoi(strstr(d.err, "raise it to ") + 12);
	ck_assert_int_eq(check(), 0);
	ck_assert_uint_eq(daemon_count(&d, "descriptors"), 0);
	expect_ok("at most 1000 connections");
}
END_TEST

START_TEST(backlog_is_cut)
{
	if (daemon_somaxconn() >= 65535) {
		daemon_skip("backlog_is_cut", "somaxconn is not below 65535");
		return;
	}
	USE("port: 0\nbacklog: 65535\n" SITE);
	ck_assert_int_eq(check(), 0);
	daemon_expect(&d, "net.core.somaxconn");
	expect_ok("1 listener,");
}
END_TEST

START_TEST(socket_of_systemd)
{
	USE("listeners: [{systemd: web}, {port: 0}]\n"
	    "http: {document_root: site}\n");
	ck_assert_msg(check() == 0, "%s", d.err);
	daemon_expect(&d, "\"web\" comes from systemd");
	expect_ok("2 listeners");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("check");
	TCase *tc;

	tc = daemon_case(s, "all is well", forget);
	tcase_add_test(tc, nothing_is_left_behind);
	tcase_add_test(tc, what_is_there_stays_as_it_is);

	tc = daemon_case(s, "beside a daemon", forget);
	tcase_add_test(tc, own_daemon_is_in_nobodys_way);
#ifdef USE_PROC
	tcase_add_test(tc, other_daemon_is_in_the_way);
	tcase_add_test(tc, port_of_a_third_one);
#endif

	tc = daemon_case(s, "errors", forget);
	tcase_add_test(tc, all_errors_are_told);
	tcase_add_loop_test(tc, log_that_cannot_be_written, 0, COUNT(logs));
	tcase_add_test(tc, root_that_the_user_cannot_read);
	tcase_add_test(tc, user_that_does_not_exist);

	tc = daemon_case(s, "warnings", forget);
	tcase_add_test(tc, file_that_a_reload_could_not_read);
	tcase_add_test(tc, state_file_that_is_a_link);
	tcase_add_test(tc, too_few_descriptors);
	tcase_add_test(tc, backlog_is_cut);
	tcase_add_test(tc, socket_of_systemd);
	return daemon_run_suite(s);
}
