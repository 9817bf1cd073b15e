/* The real program: what it starts with, and what it refuses to. */
#ifdef HAVE_CONFIG_H
#include "build.h"
#endif

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
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

/* Whoever connects gets the welcome, sooner or later. */
static void
expect_welcome(int fd)
{
	struct wire w;

	wire_init(&w, fd);
	wire_expect(&w, DAEMON_WELCOME);
	wire_close(&w);
}

static void
expect_page(int fd)
{
	struct reply r;
	struct wire w;

	wire_init(&w, fd);
	wire_get(&w, "/", &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert_str_eq(r.body, "/index.html\n");
	wire_close(&w);
}

static void
expect_said(const char *text)
{
	ck_assert_msg(strstr(d.err, text) != NULL,
	    "it should say \"%s\", but says:\n%s", text, d.err);
}

/* ---- what it starts with ---- */

START_TEST(short_form)
{
	char line[128];

	daemon_start(&d, "host: 127.0.0.1\nport: 0\nbacklog: 64\n"
	    "document_root: site\n", NULL);
	ck_assert_int_gt(d.port, 0);
	snprintf(line, sizeof(line),
	    "mynahd: listening on 127.0.0.1 port %d (auto)\n", d.port);
	expect_said(line);
	expect_page(wire_dial(d.port));
	expect_welcome(wire_dial(d.port));
	ck_assert_int_eq(daemon_stop(&d), 0);
	ck_assert_str_eq(d.out, "");
}
END_TEST

START_TEST(options_alone)
{
	daemon_start(&d, "", "--host", "127.0.0.1", "--port=0", "--backlog",
	    "16", "--document_root", daemon_path("site"), "--protocol", "http",
	    NULL);
	expect_said("(http)");
	expect_page(wire_dial(d.port));
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

START_TEST(options_replace_keys)
{
	daemon_start(&d, "port: 1\nprotocol: echo\ndocument_root: nowhere\n",
	    "--port", "0", "--document-root", daemon_path("site"),
	    "--protocol", "auto", NULL);
	expect_page(wire_dial(d.port));
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

START_TEST(listeners)
{
	const char *path = daemon_path("run/web.sock");
	struct stat st;

	d.listeners = 5;
	daemon_start(&d, "listeners:\n"
	    "  - {name: web, host: 127.0.0.1, port: 0, protocol: http}\n"
	    "  - {port: 0, protocol: echo, backlog: 16}\n"
	    "  - {port: 0, protocol: welcome}\n"
	    "  - {port: 0}\n"
	    "  - {unix: run/web.sock, mode: \"0600\", protocol: http}\n"
	    "http: {document_root: site}\n", NULL);
	expect_page(wire_dial(daemon_port(&d, 0)));
	expect_welcome(wire_dial(daemon_port(&d, 1)));
	expect_welcome(wire_dial(daemon_port(&d, 2)));
	expect_page(wire_dial(daemon_port(&d, 3)));
	expect_welcome(wire_dial(daemon_port(&d, 3)));
	expect_page(wire_dial_unix(path));
	expect_said("listening on unix socket ");
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

START_TEST(ipv6_only)
{
	if (!wire_has_ipv6()) {
		daemon_skip("ipv6_only", "this machine has no IPv6");
		return;
	}
	daemon_start(&d, "host: \"::1\"\nport: 0\ndocument_root: site\n",
	    NULL);
	expect_said("listening on ::1 port ");
	expect_page(wire_dial_ipv6(d.port));
	ck_assert(wire_is_refused(d.port));
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

START_TEST(any_address)
{
	daemon_start(&d, "host: \"*\"\nport: 0\nprotocol: http\n"
	    "document_root: site\n", NULL);
	expect_page(wire_dial(d.port));
	if (wire_has_ipv6())
		expect_page(wire_dial_ipv6(d.port));
	else
		daemon_skip("any_address", "this machine has no IPv6");
	ck_assert_int_eq(daemon_stop(&d), 0);
	ck_assert_uint_eq(daemon_count(&d, "open to the network"), 0);
}
END_TEST

/* Open to all, and nobody said that it is meant to echo: one line says so. */
START_TEST(unsaid_protocol_warns)
{
	daemon_start(&d, "host: \"*\"\nport: 0\ndocument_root: site\n", NULL);
	ck_assert_int_eq(daemon_stop(&d), 0);
	ck_assert_uint_eq(daemon_count(&d, "open to the network"), 1);
	expect_said("protocol: http");
}
END_TEST

START_TEST(backlog_is_cut)
{
	FILE *f = fopen("/proc/sys/net/core/somaxconn", "re");
	long max = 65535;

	if (f != NULL && fscanf(f, "%ld", &max) != 1)
		max = 65535;
	if (f != NULL)
		fclose(f);
	if (max >= 65535) {
		daemon_skip("backlog_is_cut", "somaxconn is not below 65535");
		return;
	}
	daemon_start(&d, "port: 0\nbacklog: 65535\ndocument_root: site\n",
	    NULL);
	ck_assert_int_eq(daemon_stop(&d), 0);
	expect_said("net.core.somaxconn");
}
END_TEST

/* ---- asking and leaving ---- */

START_TEST(check_finds_nothing)
{
	ck_assert_int_eq(daemon_run(&d, "listeners:\n"
	    "  - {port: 0}\n"
	    "  - {unix: run/check.sock}\n"
	    "http: {document_root: site}\n", "--check", NULL), 0);
	ck_assert_str_eq(d.out, "");
	ck_assert_uint_eq(daemon_count(&d, "listening"), 0);
	ck_assert_int_eq(access(daemon_path("run/check.sock"), F_OK), -1);
}
END_TEST

START_TEST(version)
{
	ck_assert_int_eq(daemon_run(&d, NULL, "--version", NULL), 0);
	ck_assert_uint_eq(strncmp(d.out, "mynahd ", 7), 0);
	ck_assert_ptr_eq(strchr(d.out, '\n'), d.out + d.out_len - 1);
	ck_assert_str_eq(d.err, "");
}
END_TEST

START_TEST(help)
{
	static const char *const words[] = { "Usage: mynahd", "--config",
	    "--check", "--print-config", "--host", "--port", "--backlog",
	    "--document_root", "--protocol", "--user", "--group", "--verbose",
	    "--version", "--help" };

	ck_assert_int_eq(daemon_run(&d, NULL, "--help", NULL), 0);
	for (int i = 0; i < COUNT(words); i++)
		ck_assert_msg(strstr(d.out, words[i]) != NULL, "%s",
		    words[i]);
	ck_assert_str_eq(d.err, "");
}
END_TEST

static const char every_section[] =
    "listeners:\n"
    "  - {name: web, host: \"*\", port: 0, backlog: 64, protocol: http}\n"
    "  - {name: talk, host: localhost, port: 7007, protocol: echo}\n"
    "  - {unix: run/web.sock, mode: \"0640\"}\n"
    "welcome: {message: \"\\u00a1Hola!: # \\t\\\"\\n\"}\n"
    "echo: {prefix: \"\", idle_timeout: 90s}\n"
    "http:\n"
    "  document_root: \"site/./a b: #\"\n"
    "  index: [index.html, \"*.htm\"]\n"
    "  dotfiles: allow\n"
    "  symlinks: never\n"
    "  server_version: true\n"
    "limits: {max_connections: 10, connections_per_address: 3,\n"
    "  requests_per_connection: 7, detect_timeout: 1ms,\n"
    "  header_timeout: 1500ms, idle_timeout: 2h, min_rate: 0B/s,\n"
    "  request_line: 100B, header_bytes: 1MiB, header_count: 7,\n"
    "  body: 0B}\n"
    "process: {user: nobody, group: \"65534\", grace: 0s}\n";

static const struct {
	const char	*name, *yaml;
} printed[] = {
	{ "defaults",	"" },
	{ "short form",	"host: \"::\"\nport: 0\nbacklog: 1\nprotocol: auto\n" },
	{ "all",	every_section },
};

/* What is printed can be read, and then says the same again. */
START_TEST(print_config)
{
	char first[DAEMON_TEXT_MAX];
	int status;

	status = daemon_run(&d, printed[_i].yaml, "--print-config", NULL);
	ck_assert_msg(status == 0, "%s: %s", printed[_i].name, d.err);
	ck_assert_str_eq(d.err, "");
	ck_assert_uint_gt(d.out_len, 0);
	strcpy(first, d.out);
	status = daemon_run(&d, first, "--print-config", NULL);
	ck_assert_msg(status == 0, "%s: %s", printed[_i].name, d.err);
	ck_assert_str_eq(d.out, first);
}
END_TEST

/* ---- what it refuses ---- */

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
	expect_said(usages[_i].option);
	expect_said("--help");
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
	{ "later version", "cache: {entries: 10}\n",
	  { ":1:1: error: unknown key \"cache\"" } },
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
			expect_said(mistakes[_i].says[i]);
		expect_said("mynahd.yaml:");
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
	expect_said("--port: error: ");
}
END_TEST

START_TEST(no_such_file)
{
	ck_assert_int_eq(daemon_run(&d, NULL, "-c",
	    daemon_path("nowhere.yaml"), NULL), EX_CONFIG);
	expect_said("nowhere.yaml");
	expect_said(strerror(ENOENT));
}
END_TEST

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
	expect_said(holder);
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
		expect_said(where);
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
	expect_said(path);
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
	expect_page(wire_dial_unix(path));
	ck_assert_int_eq(daemon_stop(&d), 0);
	ck_assert_int_eq(access(path, F_OK), -1);
}
END_TEST

START_TEST(unix_path_is_a_file)
{
	const char *path = daemon_path("run/one.sock");

	daemon_write("run/one.sock", "precious", 8);
	ck_assert_int_eq(daemon_run(&d, ONE_UNIX, NULL), EX_UNAVAILABLE);
	expect_said("is not a socket");
	ck_assert_int_eq(access(path, F_OK), 0);
	unlink(path);
}
END_TEST

START_TEST(foreign_address)
{
	/* TEST-NET-1, RFC 5737: no machine has it. */
	ck_assert_int_eq(daemon_run(&d, "host: 192.0.2.1\nport: 0\n"
	    "document_root: site\n", NULL), EX_UNAVAILABLE);
	expect_said("192.0.2.1");
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
			expect_said(roots[_i].says[i]);
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
	expect_said(path);
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
	expect_said("process.user");
	expect_said("nobody");
	ck_assert_int_eq(daemon_run(&d, "port: 0\ndocument_root: site\n",
	    "--check", NULL), EX_CONFIG);
}
END_TEST

static void
expect_ids(const char *name, unsigned id)
{
	char want[64];

	snprintf(want, sizeof(want), "%u\t%u\t%u\t%u", id, id, id, id);
	ck_assert_str_eq(daemon_status_line(&d, name), want);
}

START_TEST(root_becomes_nobody)
{
	static const char *const sets[] = { "CapInh", "CapPrm", "CapEff",
	    "CapAmb",
#ifdef USE_CAPABILITIES
	    "CapBnd"
#endif
	};
	const struct passwd *nobody = getpwnam("nobody");
	char own[16];

	if (geteuid() != 0 || nobody == NULL) {
		daemon_skip("root_becomes_nobody", "it needs root");
		return;
	}
	d.no_user = true;
	daemon_start(&d, "port: 0\ndocument_root: site\n"
	    "process: {user: nobody}\n", NULL);
	expect_ids("Uid", nobody->pw_uid);
	expect_ids("Gid", nobody->pw_gid);
	snprintf(own, sizeof(own), "%u", nobody->pw_gid);
	ck_assert_int_eq(strncmp(daemon_status_line(&d, "Groups"), own,
	    strlen(own)), 0);
	ck_assert_ptr_null(strpbrk(daemon_status_line(&d, "Groups") +
	    strlen(own), "0123456789"));
	for (int i = 0; i < COUNT(sets); i++)
		ck_assert_msg(strspn(daemon_status_line(&d, sets[i]), "0") ==
		    16, "%s: %s", sets[i], daemon_status_line(&d, sets[i]));
	expect_page(wire_dial(d.port));
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

START_TEST(root_takes_the_group)
{
	const struct group *daemons = getgrnam("daemon");

	if (geteuid() != 0 || daemons == NULL) {
		daemon_skip("root_takes_the_group", "it needs root");
		return;
	}
	daemon_start(&d, "port: 0\ndocument_root: site\n"
	    "process: {group: daemon}\n", NULL);
	expect_ids("Gid", daemons->gr_gid);
	ck_assert_int_eq(daemon_stop(&d), 0);
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
		expect_said(accounts[_i].says);
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
	expect_said("only root");
}
END_TEST

static void
add_case(Suite *s, TCase *tc)
{
	tcase_add_unchecked_fixture(tc, daemon_setup, daemon_teardown);
	tcase_add_checked_fixture(tc, forget, NULL);
	tcase_set_timeout(tc, 60);
	suite_add_tcase(s, tc);
}

int
main(void)
{
	Suite *s = suite_create("start");
	TCase *tc;

	add_case(s, tc = tcase_create("it starts"));
	tcase_add_test(tc, short_form);
	tcase_add_test(tc, options_alone);
	tcase_add_test(tc, options_replace_keys);
	tcase_add_test(tc, listeners);
	tcase_add_test(tc, ipv6_only);
	tcase_add_test(tc, any_address);
	tcase_add_test(tc, unsaid_protocol_warns);
	tcase_add_test(tc, backlog_is_cut);

	add_case(s, tc = tcase_create("it is asked"));
	tcase_add_test(tc, check_finds_nothing);
	tcase_add_test(tc, version);
	tcase_add_test(tc, help);
	tcase_add_loop_test(tc, print_config, 0, COUNT(printed));

	add_case(s, tc = tcase_create("it refuses"));
	tcase_add_loop_test(tc, usage, 0, COUNT(usages));
	tcase_add_loop_test(tc, wrong_configuration, 0, COUNT(mistakes));
	tcase_add_test(tc, nothing_started);
	tcase_add_test(tc, wrong_option_value);
	tcase_add_test(tc, no_such_file);
	tcase_add_test(tc, busy_port);
	tcase_add_test(tc, busy_unix_socket);
	tcase_add_test(tc, stale_unix_socket);
	tcase_add_test(tc, unix_path_is_a_file);
	tcase_add_test(tc, foreign_address);
	tcase_add_loop_test(tc, wrong_root, 0, COUNT(roots));
	tcase_add_test(tc, closed_root);

	add_case(s, tc = tcase_create("users"));
	tcase_add_test(tc, root_needs_a_user);
	tcase_add_test(tc, root_becomes_nobody);
	tcase_add_test(tc, root_takes_the_group);
	tcase_add_loop_test(tc, unknown_account, 0, COUNT(accounts));
	tcase_add_test(tc, only_root_changes_user);

	return daemon_run_suite(s);
}
