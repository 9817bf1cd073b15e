/* The real program: what it starts with, and what it is asked. */
#ifdef HAVE_CONFIG_H
#include "build.h"
#endif

#include <check.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
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

/* ---- what it starts with ---- */

START_TEST(short_form)
{
	char line[128];

	daemon_start(&d, "host: 127.0.0.1\nport: 0\nbacklog: 64\n"
	    "document_root: site\n", NULL);
	ck_assert_int_gt(d.port, 0);
	snprintf(line, sizeof(line),
	    "mynahd: listening on 127.0.0.1 port %d (auto)\n", d.port);
	daemon_expect(&d, line);
	daemon_expect_page(wire_dial(d.port));
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
	daemon_expect(&d, "(http)");
	daemon_expect_page(wire_dial(d.port));
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

START_TEST(options_replace_keys)
{
	daemon_start(&d, "port: 1\nprotocol: echo\ndocument_root: nowhere\n",
	    "--port", "0", "--document-root", daemon_path("site"),
	    "--protocol", "auto", NULL);
	daemon_expect_page(wire_dial(d.port));
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
	daemon_expect_page(wire_dial(daemon_port(&d, 0)));
	expect_welcome(wire_dial(daemon_port(&d, 1)));
	expect_welcome(wire_dial(daemon_port(&d, 2)));
	daemon_expect_page(wire_dial(daemon_port(&d, 3)));
	expect_welcome(wire_dial(daemon_port(&d, 3)));
	daemon_expect_page(wire_dial_unix(path));
	daemon_expect(&d, "listening on unix socket ");
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
	daemon_expect(&d, "listening on ::1 port ");
	daemon_expect_page(wire_dial_ipv6(d.port));
	ck_assert(wire_is_refused(d.port));
	ck_assert_int_eq(daemon_stop(&d), 0);
}
END_TEST

START_TEST(any_address)
{
	daemon_start(&d, "host: \"*\"\nport: 0\nprotocol: http\n"
	    "document_root: site\n", NULL);
	daemon_expect_page(wire_dial(d.port));
	if (wire_has_ipv6())
		daemon_expect_page(wire_dial_ipv6(d.port));
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
	daemon_expect(&d, "protocol: http");
}
END_TEST

START_TEST(backlog_is_cut)
{
	if (daemon_somaxconn() >= 65535) {
		daemon_skip("backlog_is_cut", "somaxconn is not below 65535");
		return;
	}
	daemon_start(&d, "port: 0\nbacklog: 65535\ndocument_root: site\n",
	    NULL);
	ck_assert_int_eq(daemon_stop(&d), 0);
	daemon_expect(&d, "net.core.somaxconn");
}
END_TEST

/* ---- asking and leaving ---- */

START_TEST(check_finds_nothing)
{
	ck_assert_int_eq(daemon_run(&d, "listeners:\n"
	    "  - {port: 0}\n"
	    "  - {unix: run/check.sock}\n"
	    "http: {document_root: site}\n", "--check", NULL), 0);
	ck_assert_int_eq(strncmp(d.out, "OK: ", 4), 0);
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
	    "--check", "--daemon", "--print-config", "--host", "--port", "--backlog",
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

/* ---- users ---- */

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
	daemon_expect_page(wire_dial(d.port));
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

int
main(void)
{
	Suite *s = suite_create("start");
	TCase *tc;

	tc = daemon_case(s, "it starts", forget);
	tcase_add_test(tc, short_form);
	tcase_add_test(tc, options_alone);
	tcase_add_test(tc, options_replace_keys);
	tcase_add_test(tc, listeners);
	tcase_add_test(tc, ipv6_only);
	tcase_add_test(tc, any_address);
	tcase_add_test(tc, unsaid_protocol_warns);
	tcase_add_test(tc, backlog_is_cut);

	tc = daemon_case(s, "it is asked", forget);
	tcase_add_test(tc, check_finds_nothing);
	tcase_add_test(tc, version);
	tcase_add_test(tc, help);
	tcase_add_loop_test(tc, print_config, 0, COUNT(printed));

	tc = daemon_case(s, "users", forget);
	tcase_add_test(tc, root_becomes_nobody);
	tcase_add_test(tc, root_takes_the_group);
	return daemon_run_suite(s);
}
