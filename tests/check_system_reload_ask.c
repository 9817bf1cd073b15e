/* The real program: mynahd --reload, and what it finds. */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "daemon.h"
#include "support.h"
#include "wire.h"

#define SITE	"listeners: [{port: 0, protocol: http}]\n" \
	"process: {pid_file: run/mynahd.pid}\n" \
	"http: {document_root: site}\n"

static struct daemon d, asker;
static struct wire w;
static struct reply r;

/* The exit status of mynahd --reload with this file. */
static int
ask(const char *yaml)
{
	return daemon_run(&asker, yaml, "--reload", NULL);
}

static void
check_says(const char *text, const char *what)
{
	ck_assert_msg(strstr(text, what) != NULL, "no %s in: %s", what, text);
}

START_TEST(outcome_is_printed)
{
	daemon_start(&d, SITE, NULL);
	wire_open(&w, d.port);
	ck_assert_int_eq(ask(SITE), 0);
	check_says(asker.out, "mynahd.yaml: nothing has changed\n");
	ck_assert_str_eq(asker.err, "");
	ck_assert_int_eq(ask(SITE "limits: {header_count: 7}\n"), 0);
	check_says(asker.out, ": 1 listener kept; limits.header_count is 7\n");
	wire_get(&w, "/files/a.txt", &r);
	ck_assert_int_eq(r.status, 200);
	wire_close(&w);
	ck_assert_int_eq(daemon_stop(&d), 0);
	ck_assert_uint_eq(daemon_count(&d, "mynahd: reloaded "), 2);
}
END_TEST

START_TEST(bad_file_is_not_told)
{
	daemon_start(&d, SITE, NULL);
	ck_assert_int_eq(ask(SITE "prot: 1\n"), EX_CONFIG);
	check_says(asker.err, "unknown key \"prot\"; did you mean \"port\"?");
	ck_assert_int_eq(daemon_stop(&d), 0);
	ck_assert_uint_eq(daemon_count(&d, "reloaded"), 0);
}
END_TEST

static const struct {
	const char	*yaml, *why;
} refused[] = {
	{ "listeners: [{host: 192.0.2.1, port: 1}]\n"
	  "process: {pid_file: run/mynahd.pid}\n"
	  "http: {document_root: site}\n",
	  "cannot listen on 192.0.2.1 port 1: " },
	{ "listeners: [{port: 0, protocol: http}]\n"
	  "process: {pid_file: run/mynahd.pid, readable: [site]}\n"
	  "http: {document_root: site}\n", "only a restart can change it\n" },
	{ "listeners: [{port: 0, protocol: http}]\n"
	  "process: {pid_file: run/mynahd.pid}\n"
	  "http: {document_root: nowhere}\n", "nowhere does not exist" },
};

START_TEST(refusal_has_its_reason)
{
	daemon_start(&d, SITE, NULL);
	ck_assert_int_eq(ask(refused[_i].yaml), EXIT_FAILURE);
	check_says(asker.err, refused[_i].why);
	check_says(asker.err, "not reloaded: ");
	ck_assert_str_eq(asker.out, "");
	ck_assert_int_eq(ask(SITE), 0);
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

START_TEST(no_pid_file)
{
	static const char none[] = "port: 0\ndocument_root: site\n";

	daemon_start(&d, none, NULL);
	ck_assert_int_eq(ask(none), EX_UNAVAILABLE);
	check_says(asker.err, "process.pid_file");
	check_says(asker.err, "kill -HUP");
	ck_assert_int_eq(daemon_stop(&d), 0);
	ck_assert_uint_eq(daemon_count(&d, "reloaded"), 0);
}
END_TEST

/* It left both files behind, or somebody has put one there. */
START_TEST(nobody_runs)
{
	char text[32];

	if (_i == 0) {
		snprintf(text, sizeof(text), "%ld\n", (long)getpid());
		daemon_write("run/mynahd.pid", text, strlen(text));
	} else if (_i == 1) {
		daemon_start(&d, SITE, NULL);
		daemon_signal(&d, SIGKILL);
		ck_assert_int_eq(daemon_wait(&d), -SIGKILL);
		ck_assert_int_eq(access(daemon_path("run/mynahd.pid.state"),
		    F_OK), 0);
	} else if (_i == 2) {
		daemon_start(&d, SITE, NULL);
		ck_assert_int_eq(daemon_stop(&d), 0);
	}
	ck_assert_int_eq(ask(SITE), EX_UNAVAILABLE);
	check_says(asker.err, "mynahd.pid");
	unlink(daemon_path("run/mynahd.pid"));
	unlink(daemon_path("run/mynahd.pid.state"));
}
END_TEST

/* What the one before has left is not taken for the outcome. */
START_TEST(state_of_another_start)
{
	for (int i = 0; i < 2; i++) {
		daemon_start(&d, SITE, NULL);
		ck_assert_int_eq(ask(SITE), 0);
		daemon_signal(&d, SIGKILL);
		ck_assert_int_eq(daemon_wait(&d), -SIGKILL);
	}
}
END_TEST

START_TEST(state_file_is_gone)
{
	daemon_start(&d, SITE, NULL);
	ck_assert_int_eq(unlink(daemon_path("run/mynahd.pid.state")), 0);
	ck_assert_int_eq(ask(SITE), EX_TEMPFAIL);
	check_says(asker.err, "mynahd.pid.state does not say");
	daemon_await(&d, "mynahd: reloaded ");
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

START_TEST(state_file_may_be_read)
{
	struct stat st;

	daemon_start(&d, SITE, NULL);
	ck_assert_int_eq(stat(daemon_path("run/mynahd.pid.state"), &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0644);
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

START_TEST(stopping_refuses)
{
	daemon_start(&d, SITE, NULL);
	wire_init(&w, wire_dial_small(d.port));
	wire_send(&w, "GET /big.bin HTTP/1.1\r\nHost: x\r\n\r\n");
	wire_head(&w, &r);
	daemon_signal(&d, SIGTERM);
	daemon_await(&d, "mynahd: stopping: ");
	ck_assert_int_eq(ask(SITE), EXIT_FAILURE);
	check_says(asker.err, "not reloaded: the server is stopping\n");
	wire_reset(&w);
	ck_assert_int_eq(daemon_wait(&d), 0);
}
END_TEST

#define ASKERS	8

START_TEST(many_ask_at_once)
{
	static struct daemon askers[ASKERS];

	daemon_start(&d, SITE, NULL);
	for (int i = 0; i < ASKERS; i++)
		daemon_launch(&askers[i], NULL, "--reload", "-c",
		    daemon_path("mynahd.yaml"), NULL);
	for (int i = 0; i < ASKERS; i++) {
		ck_assert_msg(daemon_wait(&askers[i]) == 0, "%s",
		    askers[i].err);
		check_says(askers[i].out, "nothing has changed");
	}
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

static void
become_other(void)
{
	if (setgid(1) == -1 || setuid(1) == -1)
		_exit(126);
}

START_TEST(not_permitted)
{
	if (geteuid() != 0) {
		daemon_skip("not_permitted", "it takes another user");
		return;
	}
	daemon_start(&d, SITE, NULL);
	asker.no_user = true;
	asker.prepare = become_other;
	ck_assert_int_eq(daemon_run(&asker, NULL, "--reload", "-c",
	    daemon_path("mynahd.yaml"), NULL), EX_NOPERM);
	check_says(asker.err, "cannot tell process ");
	check_says(asker.err, "as root, or as its user");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("reload_ask");
	TCase *tc = tcase_create("reload_ask");

	tcase_add_unchecked_fixture(tc, daemon_setup, daemon_teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, outcome_is_printed);
	tcase_add_test(tc, bad_file_is_not_told);
	tcase_add_loop_test(tc, refusal_has_its_reason, 0, COUNT(refused));
	tcase_add_test(tc, no_pid_file);
	tcase_add_loop_test(tc, nobody_runs, 0, 4);
	tcase_add_test(tc, state_of_another_start);
	tcase_add_test(tc, state_file_is_gone);
	tcase_add_test(tc, state_file_may_be_read);
	tcase_add_test(tc, stopping_refuses);
	tcase_add_test(tc, many_ask_at_once);
	tcase_add_test(tc, not_permitted);
	suite_add_tcase(s, tc);
	return daemon_run_suite(s);
}
