/*
 * The real program in its sandbox: what is in force, what the kernel refuses
 * although the program asked for it, and what goes on working.
 */
#ifdef HAVE_CONFIG_H
#include "build.h"
#endif

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sysexits.h>
#include <unistd.h>

#include "daemon.h"
#include "daemon/landlock.h"
#include "support.h"
#include "wire.h"

#ifdef USE_LANDLOCK
#include "refusing.h"
#endif

/* The configuration is in a directory of its own, beside all others. */
#define SITE	"port: 0\nprotocol: http\ndocument_root: ../site\n"

static struct daemon d;
static struct wire w;
static struct reply r;

static void
setup(void)
{
	daemon_setup();
	ck_assert_int_eq(mkdir(daemon_path("etc"), 0755), 0);
}

static void
forget(void)
{
	memset(&d, 0, sizeof(d));
}

/* Whether this build of the program, on this kernel, closes the whole of it. */
static bool
is_whole(const char *test)
{
	const char *why = NULL;

#ifdef INSTRUMENTED
	why = "this build cannot run in a sandbox";
#endif
	if (why == NULL && landlock_abi() == -1)
		why = "there is no Landlock";
	if (why != NULL)
		daemon_skip(test, why);
	return why == NULL;
}

/* With a configuration of that text, and up to two options. */
static void
start(const char *yaml, const char *option, const char *value)
{
	daemon_write("etc/mynahd.yaml", yaml, strlen(yaml));
	daemon_start(&d, NULL, "-c", daemon_path("etc/mynahd.yaml"), option,
	    value, NULL);
}

static int
run(const char *yaml, const char *option, const char *value)
{
	daemon_write("etc/mynahd.yaml", yaml, strlen(yaml));
	return daemon_run(&d, NULL, "-c", daemon_path("etc/mynahd.yaml"),
	    option, value, NULL);
}

static int
get(const char *path)
{
	wire_open(&w, d.port);
	wire_get(&w, path, &r);
	wire_close(&w);
	return r.status;
}

/* ---- what is in force ---- */

START_TEST(one_line_says_it)
{
	char line[128];

	if (!is_whole("one_line_says_it"))
		return;
	start(SITE, NULL, NULL);
	snprintf(line, sizeof(line), "mynahd: sandbox: openat2, landlock abi "
	    "%d, uid %ld, no capabilities\n", landlock_abi(),
	    daemon_status(&d, "Uid"));
	daemon_expect(&d, line);
	ck_assert_uint_eq(daemon_count(&d, "sandbox: "), 1);
	ck_assert_int_eq(daemon_status(&d, "NoNewPrivs"), 1);
	ck_assert_int_eq(get("/"), 200);
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

/* Root who was named is kept in as well. */
START_TEST(root_is_kept_in)
{
	if (geteuid() != 0 || !is_whole("root_is_kept_in"))
		return;
	d.no_user = true;
	start(SITE "process: {user: root}\n", "--sandbox", "required");
	daemon_expect(&d, ", uid 0, no capabilities\n");
	daemon_expect(&d, "landlock abi ");
	ck_assert_int_eq(get("/"), 200);
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

START_TEST(none_says_so)
{
	start(SITE, "--sandbox", "none");
	daemon_expect(&d, ", no landlock (process.sandbox is none), uid ");
	ck_assert_int_eq(daemon_status(&d, "NoNewPrivs"), 0);
	ck_assert_int_eq(get("/"), 200);
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

/* A check closes it too, and says nothing; --explain looks from inside. */
START_TEST(asked_from_inside)
{
	if (!is_whole("asked_from_inside"))
		return;
	ck_assert_int_eq(run(SITE "process: {sandbox: required}\n",
	    "--check", NULL), 0);
	ck_assert_str_eq(d.err, "");
	ck_assert_int_eq(run(SITE "process: {sandbox: required}\n",
	    "--explain", "/index.html"), 0);
	ck_assert_str_eq(d.err, "");
	ck_assert_ptr_nonnull(strstr(d.out, "200 OK"));
	ck_assert_int_eq(run(SITE, "--explain", "/inde.html"), 1);
	ck_assert_str_eq(d.err, "");
	ck_assert_ptr_nonnull(strstr(d.out, "did you mean"));
}
END_TEST

static const struct {
	const char	*name, *yaml;
	const char	*says[2];
} faults[] = {
	{ "everything", "process: {readable: [/]}\n",
	  { "process.readable: / is the root of the file system" } },
	{ "nothing there", "process: {readable: [../sites]}\n",
	  { "process.readable: ", "/site?" } },
	{ "a file", "process: {readable: [../site/index.html]}\n",
	  { "process.readable: ", "/site/index.html is not a directory" } },
};

START_TEST(faults_at_the_start)
{
	static const char *const modes[] = { "--verbose", "--check" };
	char yaml[256];

	snprintf(yaml, sizeof(yaml), SITE "%s", faults[_i].yaml);
	for (int m = 0; m < COUNT(modes); m++) {
		ck_assert_int_eq(run(yaml, modes[m], NULL), EX_CONFIG);
		for (int i = 0; i < COUNT(faults[_i].says) &&
		    faults[_i].says[i] != NULL; i++)
			daemon_expect(&d, faults[_i].says[i]);
		ck_assert_uint_eq(daemon_count(&d, "listening"), 0);
	}
}
END_TEST

/* Also by one that could: it is refused before it is opened. */
START_TEST(log_that_is_refused_is_not_made)
{
	static const char *const modes[] = { "--check", "--verbose" };
	char path[64], yaml[256];
	struct stat st;

#ifdef INSTRUMENTED
	daemon_skip("log_that_is_refused_is_not_made",
	    "this build cannot run in a sandbox");
	return;
#endif
	snprintf(path, sizeof(path), "/var/log/mynah-check-%ld.log",
	    (long)getpid());
	snprintf(yaml, sizeof(yaml), SITE "log: {error: {target: %s}}\n%s",
	    path, geteuid() == 0 ? "process: {user: root}\n" : "");
	d.no_user = true;
	for (int m = 0; m < COUNT(modes); m++) {
		ck_assert_int_eq(run(yaml, modes[m], NULL), EX_CONFIG);
		daemon_expect(&d, "is in a directory that is not for it alone");
		ck_assert_int_eq(lstat(path, &st), -1);
	}
}
END_TEST

/* ---- what the kernel refuses ---- */

START_TEST(planted_link)
{
	static const char *const targets[] = { "/etc/passwd",
	    "../../../../../../../../etc/passwd", "../outside.txt" };

	for (int i = 0; i < COUNT(targets); i++)
		ck_assert_int_eq(symlink(targets[i],
		    daemon_path("site/planted%d", i)), 0);
	start(SITE, NULL, NULL);
	ck_assert_int_eq(get("/planted0"), 404);
	ck_assert_int_eq(get("/planted1"), 404);
	ck_assert_int_eq(get("/planted2"), 404);
	ck_assert_int_eq(daemon_stop(&d), 0);
	for (int i = 0; i < COUNT(targets); i++)
		unlink(daemon_path("site/planted%d", i));
}
END_TEST

/* In the child: what keeps paths beneath the root is taken away. */
static void
make_hole(void)
{
	const char *hole = getenv("HOLE");

	setenv("LD_PRELOAD", hole != NULL ? hole : "./tests/hole.so", 1);
}

static const struct {
	const char	*sandbox;
	int		 status;
} holes[] = {
	{ "none", 200 },	/* so it is a hole */
	{ "auto", 403 },
};

START_TEST(hole)
{
	static const char first[] = "root:";

#ifndef USE_OPENAT2
	daemon_skip("hole", "there is no openat2 to make it in");
	return;
#endif
	if (!is_whole("hole"))
		return;
	ck_assert_int_eq(symlink("/etc/passwd",
	    daemon_path("site/planted.txt")), 0);
	ck_assert_int_eq(symlink("../outside.txt",
	    daemon_path("site/planted2.txt")), 0);
	d.prepare = make_hole;
	start(SITE, "--sandbox", holes[_i].sandbox);
	ck_assert_int_eq(get("/planted.txt"), holes[_i].status);
	ck_assert_int_eq(strncmp(r.body, first, sizeof(first) - 1) == 0,
	    holes[_i].status == 200);
	ck_assert_int_eq(get("/planted2.txt"), holes[_i].status);
	ck_assert_int_eq(strcmp(r.body, "outside.txt\n") == 0,
	    holes[_i].status == 200);
	ck_assert_int_eq(get("/files/a.txt"), 200);
	ck_assert_int_eq(daemon_stop(&d), 0);
	unlink(daemon_path("site/planted.txt"));
	unlink(daemon_path("site/planted2.txt"));
}
END_TEST

/* ---- releases ---- */

static void
make_release(const char *name)
{
	char file[64];

	ck_assert_int_eq(mkdir(daemon_path("%s", name), 0755), 0);
	snprintf(file, sizeof(file), "%s/index.html", name);
	daemon_write(file, name, strlen(name));
}

/* As deployments do it: there is no moment without the link. */
static void
lead_to(const char *target)
{
	unlink(daemon_path("new"));
	ck_assert_int_eq(symlink(target, daemon_path("new")), 0);
	ck_assert_int_eq(rename(daemon_path("new"), daemon_path("current")),
	    0);
}

static void
expect_release(const char *name)
{
	ck_assert_int_eq(get("/"), 200);
	ck_assert_str_eq(r.body, name);
}

static void
expect_outside(void)
{
	ck_assert_int_eq(get("/"), 503);
	ck_assert_str_eq(reply_field(&r, "Retry-After"), "1");
	ck_assert_ptr_null(strstr(r.body, "sandbox"));
	ck_assert_int_eq(get("/index.html"), 503);
}

START_TEST(releases)
{
	static const char missing[] = " now, which is outside of the "
	    "sandbox: add its directory to process.readable and restart\n";

	if (!is_whole("releases"))
		return;
	ck_assert_int_eq(mkdir(daemon_path("rel"), 0755), 0);
	ck_assert_int_eq(mkdir(daemon_path("away"), 0755), 0);
	make_release("rel/1");
	make_release("rel/2");
	make_release("away/3");
	lead_to("rel/1");
	start("port: 0\nprotocol: http\ndocument_root: ../current\n"
	    "process: {readable: [../rel]}\n", NULL, NULL);
	expect_release("rel/1");
	lead_to("rel/2");
	expect_release("rel/2");
	/* One that was made later. */
	make_release("rel/4");
	lead_to("rel/4");
	expect_release("rel/4");
	lead_to("away/3");
	for (int i = 0; i < 5; i++)
		expect_outside();
	ck_assert_uint_eq(daemon_count(&d, missing), 1);
	daemon_expect(&d, "/current: it is ");
	daemon_expect(&d, "/away/3 now, ");
	lead_to("rel/4");
	expect_release("rel/4");
	lead_to("rel/1");
	expect_release("rel/1");
	/* Moved into what may be read, it may be served. */
	ck_assert_int_eq(rename(daemon_path("away/3"), daemon_path("rel/3")),
	    0);
	lead_to("rel/3");
	expect_release("away/3");
	lead_to("away");
	expect_outside();
	ck_assert_uint_eq(daemon_count(&d, missing), 2);
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

#define ANEW	"port: 0\nprotocol: http\ndocument_root: ../build/out\n"

/* Removed and made anew by a build, which process.readable is for too. */
START_TEST(root_made_anew)
{
	if (!is_whole("root_made_anew"))
		return;
	ck_assert_int_eq(mkdir(daemon_path("build"), 0755), 0);
	make_release("build/out");
	for (int with = 0; with < 2; with++) {
		start(with ? ANEW "process: {readable: [../build]}\n" : ANEW,
		    NULL, NULL);
		expect_release("build/out");
		unlink(daemon_path("build/out/index.html"));
		ck_assert_int_eq(rmdir(daemon_path("build/out")), 0);
		ck_assert_int_eq(get("/"), 503);
		make_release("build/out");
		if (with)
			expect_release("build/out");
		else
			expect_outside();
		ck_assert_int_eq(daemon_stop(&d), 0);
	}
}
END_TEST

/* ---- what goes on working ---- */

/* A socket is removed at the end, and its directory was all that was named. */
START_TEST(socket_is_removed)
{
	const char *path = daemon_path("run/web.sock");

	start("listeners: [{unix: ../run/web.sock, protocol: http}]\n"
	    "http: {document_root: ../site}\n", NULL, NULL);
	wire_init(&w, wire_dial_unix(path));
	wire_get(&w, "/", &r);
	wire_close(&w);
	ck_assert_int_eq(r.status, 200);
	ck_assert_int_eq(daemon_stop(&d), 0);
	ck_assert_int_eq(access(path, F_OK), -1);
}
END_TEST

/* From memory and from a descriptor, of errors and of directories. */
START_TEST(all_that_is_served)
{
	static const struct {
		const char	*path;
		int		 status;
		size_t		 length;
	} all[] = {
		{ "/romeo.txt",		200, 167 },
		{ "/picture.jpg",	200, DAEMON_PICTURE },
		{ "/files/",		200, 0 },
		{ "/nowhere",		404, 0 },
		{ "/fifo",		404, 0 },
		{ "/dir",		301, 0 },
		{ "/private.txt",	403, 0 },
	};

	start(SITE "http: {listing: html}\n", NULL, NULL);
	for (int i = 0; i < COUNT(all); i++) {
		wire_open(&w, d.port);
		wire_send(&w, "GET ");
		wire_send(&w, all[i].path);
		wire_send(&w, " HTTP/1.1\r\nHost: x\r\n\r\n");
		wire_head(&w, &r);
		ck_assert_msg(r.status == all[i].status, "%s: %d",
		    all[i].path, r.status);
		if (all[i].length != 0)
			ck_assert_uint_eq(r.length, all[i].length);
		if (all[i].length == DAEMON_PICTURE)
			wire_expect_pattern(&w, DAEMON_PICTURE, 4096);
		wire_close(&w);
	}
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

#ifdef USE_LANDLOCK

/* ---- what is missing ---- */

static const unsigned landlock_calls[] = { 444, 445, 446 };

static void
without_landlock(void)
{
	refuse_calls(landlock_calls, COUNT(landlock_calls), ENOSYS);
}

static void
with_landlock_forbidden(void)
{
	refuse_calls(landlock_calls, COUNT(landlock_calls), EPERM);
}

static void
with_landlock_turned_off(void)
{
	refuse_calls(landlock_calls, COUNT(landlock_calls), EOPNOTSUPP);
}

#ifdef USE_OPENAT2
static void
without_openat2(void)
{
	static const unsigned calls[] = { SYS_openat2 };

	refuse_calls(calls, COUNT(calls), ENOSYS);
}
#endif

static const struct {
	const char	*name;
	void		(*prepare)(void);
	const char	*layer;		/* as the line has it */
} missing[] = {
	{ "older", without_landlock, "no landlock (not in this kernel)" },
	{ "forbidden", with_landlock_forbidden, "no landlock (forbidden" },
	{ "turned off", with_landlock_turned_off, "no landlock (turned off" },
#ifdef USE_OPENAT2
	{ "openat2", without_openat2, "no openat2" },
#endif
};

START_TEST(auto_goes_without)
{
	char line[128];

#ifdef INSTRUMENTED
	daemon_skip("auto_goes_without", "this build says none");
	return;
#endif
	d.prepare = missing[_i].prepare;
	start(SITE, NULL, NULL);
	snprintf(line, sizeof(line), "mynahd: sandbox: %s%s",
	    strstr(missing[_i].layer, "openat2") != NULL ? "" : "openat2, ",
	    missing[_i].layer);
	daemon_expect(&d, line);
	ck_assert_int_eq(get("/"), 200);
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

START_TEST(required_does_not)
{
	static const char *const modes[] = { "--verbose", "--check" };
	char line[128];

#ifdef INSTRUMENTED
	daemon_skip("required_does_not", "this build says none");
	return;
#endif
	if (landlock_abi() == -1) {
		daemon_skip("required_does_not", "there is no Landlock");
		return;
	}
	d.prepare = missing[_i].prepare;
	snprintf(line, sizeof(line), "error: process.sandbox is required, "
	    "but there is %s", missing[_i].layer);
	for (int m = 0; m < COUNT(modes); m++) {
		ck_assert_int_eq(run(SITE
		    "process: {sandbox: required}\n", modes[m], NULL),
		    EX_CONFIG);
		daemon_expect(&d, line);
		ck_assert_uint_eq(daemon_count(&d, "listening"), 0);
	}
}
END_TEST

#endif

static void
add_case(Suite *s, TCase *tc)
{
	tcase_add_unchecked_fixture(tc, setup, daemon_teardown);
	tcase_add_checked_fixture(tc, forget, NULL);
	tcase_set_timeout(tc, 60);
	suite_add_tcase(s, tc);
}

int
main(void)
{
	Suite *s = suite_create("sandbox");
	TCase *tc;

	add_case(s, tc = tcase_create("in force"));
	tcase_add_test(tc, one_line_says_it);
	tcase_add_test(tc, root_is_kept_in);
	tcase_add_test(tc, none_says_so);
	tcase_add_test(tc, asked_from_inside);
	tcase_add_loop_test(tc, faults_at_the_start, 0, COUNT(faults));
	tcase_add_test(tc, log_that_is_refused_is_not_made);

	add_case(s, tc = tcase_create("refused"));
	tcase_add_test(tc, planted_link);
	tcase_add_loop_test(tc, hole, 0, COUNT(holes));

	add_case(s, tc = tcase_create("releases"));
	tcase_add_test(tc, releases);
	tcase_add_test(tc, root_made_anew);

	add_case(s, tc = tcase_create("goes on"));
	tcase_add_test(tc, socket_is_removed);
	tcase_add_test(tc, all_that_is_served);

#ifdef USE_LANDLOCK
	add_case(s, tc = tcase_create("missing"));
	tcase_add_loop_test(tc, auto_goes_without, 0, COUNT(missing));
	tcase_add_loop_test(tc, required_does_not, 0, COUNT(missing));
#endif
	return daemon_run_suite(s);
}
