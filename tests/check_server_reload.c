/*
 * check_server_reload - going over to another generation: all of it or
 * nothing, whatever fails. Linked with the wrapped calls of failing.h.
 */
#include "event/server.h"

#include <check.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "failing.h"
#include "suite.h"
#include "tree.h"

static struct listeners ls;
static struct server *server;
static struct listeners_change change;
static char error[1024];

static struct config *
configure(const char *yaml)
{
	struct config *c = config_parse("t.yaml", tree_path(""), yaml,
	    strlen(yaml), tree_path("a"), NULL, 0, stderr);

	ck_assert_msg(c != NULL, "%s", yaml);
	return c;
}

static struct generation *
generate(const char *yaml)
{
	struct generation *g = generation_new(configure(yaml), error,
	    sizeof(error));

	ck_assert_msg(g != NULL, "%s", error);
	generation_add_cache(g, 4);
	return g;
}

static void
start(const char *yaml)
{
	struct generation *g = generate(yaml);

	listeners_init(&ls);
	for (size_t i = 0; i < g->config->nlisteners; i++)
		ck_assert_msg(listeners_open(&ls, &g->config->listeners[i],
		    error, sizeof(error)) == 0, "%s", error);
	server = server_new(g, &ls, 10);
	ck_assert_ptr_nonnull(server);
	generation_unref(g);
}

static void
setup(void)
{
	log_set_level(LOG_LEVEL_ERROR);
}

static void
make_roots(void)
{
	tree_make();
	tree_directory("a");
	tree_directory("b");
}

static const struct {
	const char	*name, *before, *after;
	unsigned	 kept, changed, added, gone;
} cases[] = {
	{ "same", "port: 0", "port: 0", 1, 0, 0, 0 },
	{ "other root", "port: 0", "port: 0\ndocument_root: b", 1, 0, 0, 0 },
	{ "protocol", "port: 0", "port: 0\nprotocol: echo", 0, 1, 0, 0 },
	{ "backlog", "port: 0", "port: 0\nbacklog: 5", 0, 1, 0, 0 },
	{ "one more", "listeners: [{port: 0}]",
	  "listeners: [{port: 0}, {port: 0}]", 1, 0, 1, 0 },
	{ "one less", "listeners: [{port: 0}, {port: 0}]",
	  "listeners: [{port: 0}]", 1, 0, 0, 1 },
	{ "another", "listeners: [{port: 0}]",
	  "listeners: [{unix: one.sock}]", 0, 0, 1, 1 },
	{ "in another order", "listeners: [{port: 0, name: a}, "
	  "{port: 0, name: b}]", "listeners: [{port: 0, name: b}, "
	  "{port: 0, name: a}]", 2, 0, 0, 0 },
	{ "from the short form", "port: 0", "listeners: [{port: 0}]",
	  1, 0, 0, 0 },
	{ "name in capitals", "host: localhost\nport: 0",
	  "host: LOCALHOST\nport: 0", 0, 0, 0, 0 },
	{ "Unix socket", "listeners: [{unix: one.sock}]",
	  "listeners: [{unix: one.sock, mode: \"0600\"}]", 0, 1, 0, 0 },
};

START_TEST(listeners_are_matched)
{
	struct generation *g;

	start(cases[_i].before);
	g = generate(cases[_i].after);
	ck_assert_msg(server_reload(server, g, 10, &change, error,
	    sizeof(error)) == 0, "%s: %s", cases[_i].name, error);
	ck_assert_ptr_eq(server_generation(server), g);
	generation_unref(g);
	if (strcmp(cases[_i].name, "name in capitals") == 0) {
		/* As many as that name has addresses here. */
		ck_assert_uint_ge(change.kept, 1);
		ck_assert_uint_eq(change.added + change.gone, 0);
	} else {
		ck_assert_msg(change.kept == cases[_i].kept &&
		    change.changed == cases[_i].changed &&
		    change.added == cases[_i].added &&
		    change.gone == cases[_i].gone,
		    "%s: %u kept, %u changed, %u new, %u gone",
		    cases[_i].name, change.kept, change.changed,
		    change.added, change.gone);
	}
	server_free(server);
}
END_TEST

#define RICH	"listeners: [{port: 0}, {port: 0, name: x}, " \
	"{unix: two.sock}, {host: localhost, port: 0, name: y}]\n" \
	"http: {document_root: b, hosts: {h: {document_root: a}}}\n"

/* Until it has all it needs nothing has changed. */
START_TEST(whatever_memory_fails)
{
	struct generation *before, *g;
	struct stat st;
	bool done = false;
	int descriptors, loaded;

	start("listeners: [{port: 0}, {unix: one.sock}]");
	before = server_generation(server);
	for (unsigned n = 1; !done; n++) {
		descriptors = tree_descriptors();
		g = generate(RICH);
		loaded = tree_descriptors();
		failing_at(FAILING_MEMORY, n, ENOMEM);
		done = server_reload(server, g, 20, &change, error,
		    sizeof(error)) == 0;
		failing_reset();
		if (!done) {
			ck_assert_ptr_eq(server_generation(server), before);
			ck_assert_int_eq(tree_descriptors(), loaded);
			ck_assert_int_eq(stat(tree_path("one.sock"), &st), 0);
			ck_assert_int_eq(stat(tree_path("two.sock"), &st), -1);
			ck_assert_uint_gt(strlen(error), 0);
		}
		generation_unref(g);
		if (!done)
			ck_assert_int_eq(tree_descriptors(), descriptors);
		ck_assert_uint_lt(n, 200);
	}
	ck_assert_int_eq(stat(tree_path("one.sock"), &st), -1);
	ck_assert_int_eq(stat(tree_path("two.sock"), &st), 0);
	ck_assert_ptr_ne(server_generation(server), before);
	server_free(server);
	ck_assert_int_eq(stat(tree_path("two.sock"), &st), -1);
}
END_TEST

/* Each is freed when the next one is in force. */
START_TEST(again_and_again)
{
	int before = 0;

	start("port: 0");
	for (int i = 0; i < 50; i++) {
		struct generation *g = generate(i % 2 == 0 ?
		    "port: 0\nhttp: {document_root: b, "
		    "hosts: {x: {document_root: a}}}" : "port: 0");

		ck_assert_int_eq(server_reload(server, g, 10, &change, error,
		    sizeof(error)), 0);
		generation_unref(g);
		if (i == 1)
			before = tree_descriptors();
		if (i % 2 == 1)
			ck_assert_int_eq(tree_descriptors(), before);
	}
	server_free(server);
}
END_TEST

/* What has come in before it goes is served. */
START_TEST(gone_is_emptied_first)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);
	struct generation *g;
	int fds[3], listening = -1;
	char byte;

	start("listeners: [{unix: one.sock, protocol: welcome}]");
	/* The last descriptor that listens is that of the server. */
	for (int fd = 3; fd < 64; fd++) {
		int on = 0;
		socklen_t size = sizeof(on);

		if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on,
		    &size) == 0 && on)
			listening = fd;
	}
	ck_assert_int_ne(listening, -1);
	ck_assert_int_eq(getsockname(listening, (struct sockaddr *)&sa, &len),
	    0);
	for (int i = 0; i < 3; i++) {
		fds[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		ck_assert_int_eq(connect(fds[i], (struct sockaddr *)&sa, len),
		    0);
	}
	g = generate("listeners: [{unix: two.sock}]\n"
	    "welcome: {message: w}");
	ck_assert_int_eq(server_reload(server, g, 10, &change, error,
	    sizeof(error)), 0);
	generation_unref(g);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(recv(fds[i], &byte, 1, MSG_DONTWAIT), 1);
		ck_assert_int_eq(byte, 'w');
		close(fds[i]);
	}
	server_free(server);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("server_reload");
	TCase *tc = suite_case(s, "server_reload");

	tcase_add_unchecked_fixture(tc, make_roots, tree_remove);
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, listeners_are_matched, 0, ROWS(cases));
	tcase_add_test(tc, whatever_memory_fails);
	tcase_add_test(tc, again_and_again);
	tcase_add_test(tc, gone_is_emptied_first);
	return suite_run(s);
}
