/* The real program: what it refuses to start with, and what it says then. */
#ifdef HAVE_CONFIG_H
#include "build.h"
#endif

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#include "daemon.h"
#include "support.h"
#include "wire.h"

static struct daemon d;

/* Without fork, what one test has set would be there for the next. */
static void
forget(void)
{
	memset(&d, 0, sizeof(d));
}

/* ---- command line and configuration ---- */

static const struct {
	const char	*name;
	const char	*option, *value;
} usages[] = {
	{ "unknown",	   "--prots",	"8080" },
	{ "unknown short", "-x",	NULL },
	{ "no value",	   "--port",	NULL },
	{ "stray word",	   "start",	NULL },
};

START_TEST(usage)
{
	/* Without --user after it, which would be taken for the value. */
	d.no_user = true;
	ck_assert_msg(daemon_run(&d, NULL, usages[_i].option,
	    usages[_i].value, NULL) == EX_USAGE, "%s", usages[_i].name);
	daemon_expect(&d, usages[_i].option);
	daemon_expect(&d, "--help");
	ck_assert_str_eq(d.out, "");
}
END_TEST

static const struct {
	const char	*name, *yaml;
	const char	*says[6];	/* each with its place */
} mistakes[] = {
	{ "several at once",
	  "prot: 8080\nbacklog: lots\nhost: 127.0.0.1\nport: 70000\n"
	  "limits:\n  idle_timeout: 30\n",
	  { ":1:1: error: unknown key \"prot\"; did you mean \"port\"?\n"
	    "  1 | prot: 8080\n"
	    "    | ^~~~\n",
	    ":2:10: error: ", ":4:7: error: ", ":6:17: error: ",
	    "4 errors\n" } },
	{ "repeated key", "port: 1\nport: 2\n", { ":2:1: error: " } },
	{ "tab", "limits:\n\tbody: 1KiB\n", { ":2:1: error: ", "spaces" } },
	{ "star without quotes", "host: *\n", { ":1:7: error: ", "\"*\"" } },
	{ "brackets", "host: [::1]\n", { ":1:7: error: " } },
	{ "anchor", "host: &a localhost\n", { ":1:7: error: " } },
	{ "second document", "port: 1\n---\nport: 2\n", { "error: " } },
	{ "both forms", "port: 1\nlisteners: [{port: 2}]\n", { "error: " } },
	{ "both roots",
	  "document_root: /a\nhttp: {document_root: /b}\n", { "error: " } },
	{ "wrong level", "idle_timeout: 30s\n", { "limits" } },
	{ "no variable", "host: ${MYNAH_NO_SUCH_NAME}\n",
	  { ":1:7: error: ", "MYNAH_NO_SUCH_NAME" } },
	{ "later version", "tls: {key: a.pem}\n",
	  { ":1:1: error: unknown key \"tls\"" } },
	{ "not a mapping", "- port\n", { ":1:1: error: " } },
};

/*
 * Every error with its place, and nothing was started: not even the socket
 * of a listener without fault.
 */
START_TEST(wrong_configuration)
{
	static const char *const modes[] = { "--verbose", "--check",
	    "--print-config" };
	int status;

	for (int m = 0; m < COUNT(modes); m++) {
		status = daemon_run(&d, mistakes[_i].yaml, modes[m], NULL);
		ck_assert_msg(status == EX_CONFIG, "%s %s: %d",
		    mistakes[_i].name, modes[m], status);
		for (int i = 0; mistakes[_i].says[i] != NULL; i++)
			daemon_expect(&d, mistakes[_i].says[i]);
		daemon_expect(&d, "mynahd.yaml:");
		ck_assert_uint_eq(daemon_count(&d, "listening"), 0);
		ck_assert_str_eq(d.out, "");
	}
}
END_TEST

START_TEST(nothing_started)
{
	ck_assert_int_eq(daemon_run(&d, "listeners:\n"
	    "  - {unix: run/first.sock}\n"
	    "  - {port: x}\n"
	    "http: {document_root: site}\n", NULL), EX_CONFIG);
	ck_assert_int_eq(access(daemon_path("run/first.sock"), F_OK), -1);
}
END_TEST

START_TEST(wrong_option_value)
{
	ck_assert_int_eq(daemon_run(&d, "", "--port", "70000", NULL),
	    EX_CONFIG);
	daemon_expect(&d, "--port: error: ");
}
END_TEST

START_TEST(no_such_file)
{
	ck_assert_int_eq(daemon_run(&d, NULL, "-c",
	    daemon_path("nowhere.yaml"), NULL), EX_CONFIG);
	daemon_expect(&d, "nowhere.yaml");
	daemon_expect(&d, strerror(ENOENT));
}
END_TEST

/* ---- addresses ---- */

static void
own_name(char *name, size_t size)
{
	FILE *f = fopen("/proc/self/comm", "re");

	name[0] = '\0';
	if (f == NULL)
		return;
	if (fgets(name, (int)size, f) != NULL)
		name[strcspn(name, "\n")] = '\0';
	fclose(f);
}

/* It says who holds the address, where that can be known. */
static void
expect_holder(void)
{
	char name[64], holder[128];

	own_name(name, sizeof(name));
#ifdef USE_PROC
	snprintf(holder, sizeof(holder), "it is in use by %s (pid %ld)\n",
	    name, (long)getpid());
#else
	snprintf(holder, sizeof(holder), "it is in use by another process\n");
#endif
	daemon_expect(&d, holder);
}

START_TEST(busy_port)
{
	static const char *const modes[] = { "--verbose", "--check" };
	char yaml[128], where[64];
	int port, fd = wire_listen(&port);

	snprintf(yaml, sizeof(yaml), "port: %d\ndocument_root: site\n", port);
	snprintf(where, sizeof(where), "127.0.0.1 port %d", port);
	for (int m = 0; m < COUNT(modes); m++) {
		ck_assert_int_eq(daemon_run(&d, yaml, modes[m], NULL),
		    EX_UNAVAILABLE);
		daemon_expect(&d, where);
		expect_holder();
	}
	close(fd);
}
END_TEST

static int
listen_unix(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_uint_lt(strlen(path), sizeof(sun.sun_path));
	strcpy(sun.sun_path, path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	ck_assert_int_eq(listen(fd, 4), 0);
	return fd;
}

#define ONE_UNIX	"listeners: [{unix: run/one.sock, protocol: http}]\n" \
			"http: {document_root: site}\n"

START_TEST(busy_unix_socket)
{
	const char *path = daemon_path("run/one.sock");
	int fd = listen_unix(path);

	ck_assert_int_eq(daemon_run(&d, ONE_UNIX, NULL), EX_UNAVAILABLE);
	daemon_expect(&d, path);
	expect_holder();
	ck_assert_int_eq(access(path, F_OK), 0);
	close(fd);
	unlink(path);
}
END_TEST

/* Left over from a crash: nobody answers on it. */
START_TEST(stale_unix_socket)
{
	const char *path = daemon_path("run/one.sock");

	close(listen_unix(path));
	daemon_start(&d, ONE_UNIX, NULL);
	daemon_expect_page(wire_dial_unix(path));
	ck_assert_int_eq(daemon_stop(&d), 0);
	ck_assert_int_eq(access(path, F_OK), -1);
}
END_TEST

START_TEST(unix_path_is_a_file)
{
	const char *path = daemon_path("run/one.sock");

	daemon_write("run/one.sock", "precious", 8);
	ck_assert_int_eq(daemon_run(&d, ONE_UNIX, NULL), EX_UNAVAILABLE);
	daemon_expect(&d, "is not a socket");
	ck_assert_int_eq(access(path, F_OK), 0);
	unlink(path);
}
END_TEST

START_TEST(foreign_address)
{
	/* TEST-NET-1, RFC 5737: no machine has it. */
	ck_assert_int_eq(daemon_run(&d, "host: 192.0.2.1\nport: 0\n"
	    "document_root: site\n", NULL), EX_UNAVAILABLE);
	daemon_expect(&d, "192.0.2.1");
}
END_TEST

/* ---- document roots ---- */

static const struct {
	const char	*name, *root;
	const char	*says[3];	/* the component, and what is wrong */
} roots[] = {
	{ "missing", "nowhere", { "/nowhere does not exist" } },
	{ "missing in the middle", "site/nowhere/at/all",
	  { "/site/nowhere does not exist", "/site/nowhere/at/all" } },
	{ "misspelt", "sito", { "/sito does not exist",
	  "did you mean", "/site?" } },
	{ "a file", "site/index.html",
	  { "/site/index.html is not a directory" } },
	{ "a file in the middle", "site/index.html/x",
	  { "/site/index.html is not a directory" } },
	{ "link to a file", "site/outside.txt/x",
	  { "/site/outside.txt is a symbolic link to ../outside.txt",
	    "not a directory" } },
	{ "circle of links", "site/loop.txt", { "circle" } },
	{ "everything", "/", { "root of the file system" } },
};

START_TEST(wrong_root)
{
	static const char *const modes[] = { "--verbose", "--check" };
	char yaml[256];
	int status;

	snprintf(yaml, sizeof(yaml), "port: 0\ndocument_root: %s\n",
	    roots[_i].root);
	for (int m = 0; m < COUNT(modes); m++) {
		status = daemon_run(&d, yaml, modes[m], NULL);
		ck_assert_msg(status == EX_CONFIG, "%s %s: %d",
		    roots[_i].name, modes[m], status);
		for (int i = 0; i < COUNT(roots[_i].says) &&
		    roots[_i].says[i] != NULL; i++)
			daemon_expect(&d, roots[_i].says[i]);
		ck_assert_uint_eq(daemon_count(&d, "listening"), 0);
	}
}
END_TEST

START_TEST(closed_root)
{
	const char *path = daemon_path("site/dir");

	ck_assert_int_eq(chmod(path, 0), 0);
	ck_assert_int_eq(daemon_run(&d, "port: 0\ndocument_root: site/dir\n",
	    NULL), EX_CONFIG);
	ck_assert_int_eq(chmod(path, 0755), 0);
	daemon_expect(&d, path);
	ck_assert_uint_eq(daemon_count(&d, "listening"), 0);
}
END_TEST

/* ---- users ---- */

START_TEST(root_needs_a_user)
{
	if (geteuid() != 0) {
		daemon_skip("root_needs_a_user", "it needs root");
		return;
	}
	d.no_user = true;
	ck_assert_int_eq(daemon_run(&d, "port: 0\ndocument_root: site\n",
	    NULL), EX_CONFIG);
	daemon_expect(&d, "process.user");
	daemon_expect(&d, "nobody");
	ck_assert_int_eq(daemon_run(&d, "port: 0\ndocument_root: site\n",
	    "--check", NULL), EX_CONFIG);
}
END_TEST

static const struct {
	const char	*name, *yaml, *says;
} accounts[] = {
	{ "user", "process: {user: no-such-user}\n", "no-such-user" },
	{ "group", "process: {user: nobody, group: no-such-group}\n",
	  "no-such-group" },
};

START_TEST(unknown_account)
{
	char yaml[256];

	d.no_user = true;
	snprintf(yaml, sizeof(yaml), "port: 0\ndocument_root: site\n%s",
	    accounts[_i].yaml);
	ck_assert_int_eq(daemon_run(&d, yaml, NULL), EX_CONFIG);
	/* Who is not root may be told about the user first. */
	if (geteuid() == 0)
		daemon_expect(&d, accounts[_i].says);
}
END_TEST

START_TEST(only_root_changes_user)
{
	if (geteuid() == 0) {
		daemon_skip("only_root_changes_user", "it is run by root");
		return;
	}
	ck_assert_int_eq(daemon_run(&d, "port: 0\ndocument_root: site\n"
	    "process: {user: root}\n", NULL), EX_CONFIG);
	daemon_expect(&d, "only root");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("refuse");
	TCase *tc;

	tc = daemon_case(s, "configuration", forget);
	tcase_add_loop_test(tc, usage, 0, COUNT(usages));
	tcase_add_loop_test(tc, wrong_configuration, 0, COUNT(mistakes));
	tcase_add_test(tc, nothing_started);
	tcase_add_test(tc, wrong_option_value);
	tcase_add_test(tc, no_such_file);

	tc = daemon_case(s, "addresses", forget);
	tcase_add_test(tc, busy_port);
	tcase_add_test(tc, busy_unix_socket);
	tcase_add_test(tc, stale_unix_socket);
	tcase_add_test(tc, unix_path_is_a_file);
	tcase_add_test(tc, foreign_address);

	tc = daemon_case(s, "document roots", forget);
	tcase_add_loop_test(tc, wrong_root, 0, COUNT(roots));
	tcase_add_test(tc, closed_root);

	tc = daemon_case(s, "users", forget);
	tcase_add_test(tc, root_needs_a_user);
	tcase_add_loop_test(tc, unknown_account, 0, COUNT(accounts));
	tcase_add_test(tc, only_root_changes_user);
	return daemon_run_suite(s);
}
