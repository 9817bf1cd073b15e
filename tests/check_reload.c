/*
 * check_reload - HUP, from the file to what is said of it; whatever fails on
 * the way, the old configuration stays in force. Linked with the wrapped calls
 * of failing.h, and with --wrap=fclose,--wrap=open_memstream.
 */
#include "daemon/reload.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "failing.h"
#include "suite.h"
#include "tree.h"

#define PLAIN	"port: 0\nhttp: {document_root: a}\n"
#define RICH	"listeners: [{port: 0}, {port: 0, name: x}]\n" \
	"http: {document_root: b, hosts: {h: {document_root: a}}}\n" \
	"limits: {header_count: 7}\n"

static struct listeners ls;
static struct server *server;
static struct reload reload;
static struct options options;
static char error[1024];

/* The memory stream that has no memory for its end. */
static bool is_cut;
static FILE *stream;
static char **text_of_stream;

FILE	*__real_open_memstream(char **text, size_t *len);
FILE	*__wrap_open_memstream(char **text, size_t *len);
int	__real_fclose(FILE *f);
int	__wrap_fclose(FILE *f);

FILE *
__wrap_open_memstream(char **text, size_t *len)
{
	FILE *f = __real_open_memstream(text, len);

	if (is_cut) {
		stream = f;
		text_of_stream = text;
	}
	is_cut = false;
	return f;
}

/* As glibc does it when it cannot put a NUL behind the text. */
int
__wrap_fclose(FILE *f)
{
	bool is_it = f != NULL && f == stream;
	int result = __real_fclose(f);

	if (is_it) {
		free(*text_of_stream);
		*text_of_stream = NULL;
		stream = NULL;
	}
	return result;
}

/* What the hooks were told, a letter each. */
static char told[64];
static char outcome[1024];
static bool unfit;

static void
tell(void *arg, char letter)
{
	size_t n = strlen(told);

	/* No assertions: they allocate, and that may be what fails. */
	if (n + 1 < sizeof(told)) {
		told[n] = arg == &unfit ? letter : '?';
		told[n + 1] = '\0';
	}
}

static void
begin(void *arg)
{
	tell(arg, 'b');
}

static int
fits(void *arg, struct generation *g, char *text, size_t size)
{
	tell(arg, g->sites.n > 0 ? 'f' : '0');
	if (unfit)
		snprintf(text, size, "the key is out of reach");
	return unfit ? -1 : 0;
}

static void
use(void *arg, const struct generation *g)
{
	tell(arg, server_generation(server) == g ? 'u' : 'o');
}

static void
drop(void *arg)
{
	tell(arg, 'd');
}

static void
end(void *arg, const char *line)
{
	snprintf(outcome, sizeof(outcome), "%s", line);
	tell(arg, 'e');
}

static void
make_roots(void)
{
	tree_make();
	tree_directory("a");
	tree_directory("b");
}

static void
setup(void)
{
	static const struct reload_hooks hooks = { begin, fits, use, drop,
	    end, &unfit };
	struct config *config;
	struct generation *g;

	unfit = false;
	options = (struct options){ .config = tree_path("m.yaml") };
	tree_file("m.yaml", PLAIN);
	config = config_load(options.config, "/", NULL, 0, stderr);
	ck_assert_ptr_nonnull(config);
	ck_assert_int_eq(reload_init(&reload, config, "/", &options), 0);
	reload_open(&reload, config);
	g = generation_new(config, error, sizeof(error));
	ck_assert_msg(g != NULL, "%s", error);
	listeners_init(&ls);
	ck_assert_msg(listeners_open(&ls, &config->listeners[0], error,
	    sizeof(error)) == 0, "%s", error);
	server = server_new(g, &ls, 10);
	ck_assert_ptr_nonnull(server);
	generation_unref(g);
	ck_assert_int_eq(reload_start(&reload, server, 100, &hooks), 0);
}

static void
teardown(void)
{
	failing_reset();
	reload_clear(&reload);
	server_free(server);
}

/* One signal, one turn of the loop; what the log said of it. */
static const char *
hup(const char *yaml)
{
	tree_file("m.yaml", yaml);
	told[0] = outcome[0] = '\0';
	catch_begin();
	ck_assert_int_eq(raise(SIGHUP), 0);
	while (strchr(told, 'e') == NULL)
		ck_assert_int_eq(event_base_loop(server_base(server),
		    EVLOOP_ONCE), 0);
	return catch_end();
}

static const struct {
	const char	*name, *yaml, *hooks, *outcome;
	bool		 unfit;
} cases[] = {
	{ "nothing", PLAIN, "bfue", "nothing has changed", false },
	{ "a lot", RICH, "bfue",
	  "1 listener kept, 1 new; http.document_root is ", false },
	{ "bad file", "prot: 1\n", "be", "not reloaded: ", false },
	{ "no root", "document_root: none\n", "be", "not reloaded: ", false },
	{ "out of reach", RICH, "bfe", "not reloaded: ", true },
	{ "only a start", PLAIN "process: {daemon: true}\n", "be",
	  "not reloaded: ", false },
	{ "no address", "host: 192.0.2.1\ndocument_root: a\n", "bfde",
	  "not reloaded: ", false },
};

START_TEST(hooks_are_told)
{
	struct generation *before = server_generation(server);
	bool done = strchr(cases[_i].hooks, 'u') != NULL;
	const char *log;

	unfit = cases[_i].unfit;
	log = hup(cases[_i].yaml);
	ck_assert_msg(strcmp(told, cases[_i].hooks) == 0, "%s: %s: %s",
	    cases[_i].name, told, log);
	ck_assert_msg(strstr(outcome, cases[_i].outcome) != NULL, "%s: %s",
	    cases[_i].name, outcome);
	ck_assert_int_eq(server_generation(server) != before, done);
	ck_assert_int_eq(reload.state.result, done ? STATEFILE_DONE :
	    STATEFILE_REFUSED);
	ck_assert_uint_eq(reload.state.begun, 1);
	ck_assert_uint_eq(reload.state.done, 1);
	/* Who asked is told what the log was. */
	ck_assert_ptr_nonnull(strstr(reload.state.text, outcome));
	if (cases[_i].unfit)
		ck_assert_ptr_nonnull(strstr(reload.state.text,
		    "the key is out of reach\n"));
}
END_TEST

static const struct {
	const char	*name, *yaml, *says[3];
} broken[] = {
	{ "a key", "prot: 1\n", { "/m.yaml:1:1: unknown key \"prot\"; did",
	  "mynahd: error:   1 | prot: 1\n",
	  "mynahd: error:     | ^~~~\n" } },
	{ "in the file as well", "log: error: no\n", { "/m.yaml:1:11: a key ",
	  "mynahd: error:   1 | log: error: no\n" } },
};

/* What each line of the log begins with is not said once more. */
START_TEST(errors_of_the_file)
{
	const char *log = hup(broken[_i].yaml);

	for (int i = 0; i < 3 && broken[_i].says[i] != NULL; i++)
		ck_assert_msg(strstr(log, broken[_i].says[i]) != NULL,
		    "%s: no %s in: %s", broken[_i].name, broken[_i].says[i],
		    log);
}
END_TEST

/* More than there is room for is cut, at the end of a line. */
START_TEST(many_errors)
{
	char yaml[8192] = "";
	size_t n = 0;

	for (int i = 0; i < 200; i++)
		n += (size_t)snprintf(yaml + n, sizeof(yaml) - n, "no%d: 1\n",
		    i);
	hup(yaml);
	ck_assert_int_eq(reload.state.result, STATEFILE_REFUSED);
	n = strlen(reload.state.text);
	ck_assert_uint_gt(n, STATEFILE_TEXT_MAX / 2);
	ck_assert_uint_lt(n, STATEFILE_TEXT_MAX);
	ck_assert_int_eq(reload.state.text[n - 1], '\n');
	hup(PLAIN);
	ck_assert_int_eq(reload.state.result, STATEFILE_DONE);
}
END_TEST

/* A line of the log has an end; so many keys are no use to anybody. */
START_TEST(much_has_changed)
{
	char yaml[65536];
	size_t n = (size_t)snprintf(yaml, sizeof(yaml), "port: 0\nhttp:\n"
	    "  document_root: a\n  hosts:\n");

	for (int i = 0; i < 100; i++)
		n += (size_t)snprintf(yaml + n, sizeof(yaml) - n,
		    "    host%d.example.org: {}\n", i);
	hup(yaml);
	ck_assert_int_eq(reload.state.result, STATEFILE_DONE);
	ck_assert_ptr_nonnull(strstr(outcome, "http.hosts.host0.example.org "
	    "is new, "));
	ck_assert_msg(strstr(outcome, " more") != NULL, "%s", outcome);
	ck_assert_uint_lt(strlen(outcome), 900);
}
END_TEST

/* Until it has all it needs the old one is in force. */
START_TEST(whatever_memory_fails)
{
	struct generation *before = server_generation(server);
	int descriptors = tree_descriptors();
	unsigned n = 0;
	bool failed;

	/* Without memory for a cache it would go on without one. */
	while (reload.state.result != STATEFILE_DONE) {
		ck_assert_uint_lt(++n, 1000);
		tree_file("m.yaml", RICH "cache: {entries: 0}\n");
		told[0] = '\0';
		catch_begin();
		raise(SIGHUP);
		failing_at(FAILING_MEMORY, n, ENOMEM);
		while (strchr(told, 'e') == NULL)
			event_base_loop(server_base(server), EVLOOP_ONCE);
		failed = failing_happened(FAILING_MEMORY);
		failing_reset();
		catch_end();
		ck_assert_msg(failed == (reload.state.result !=
		    STATEFILE_DONE), "%u: %s", n, outcome);
		if (reload.state.result == STATEFILE_DONE)
			break;
		ck_assert_ptr_eq(server_generation(server), before);
		ck_assert_int_eq(tree_descriptors(), descriptors);
	}
	ck_assert_uint_gt(n, 50);
	ck_assert_uint_eq(reload.state.begun, reload.state.done);
}
END_TEST

START_TEST(no_memory_for_the_errors)
{
	struct generation *before = server_generation(server);

	is_cut = true;
	hup(RICH);
	ck_assert_int_eq(reload.state.result, STATEFILE_REFUSED);
	ck_assert_ptr_eq(server_generation(server), before);
	hup(RICH);
	ck_assert_int_eq(reload.state.result, STATEFILE_DONE);
}
END_TEST

START_TEST(option_stays_where_it_was)
{
	struct options said = { .nkeys = 2, .keys = {
	    { .key = "document_root", .value = "a", .said = "--root" },
	    { .key = "port", .value = "0", .said = "--port" } } };
	struct reload other;
	struct config *c = config_parse("m.yaml", "/", "", 0, "/", NULL, 0,
	    stderr);
	char cwd[4096];

	ck_assert_ptr_nonnull(c);
	ck_assert_int_eq(reload_init(&other, c, "/", &said), 0);
	ck_assert_ptr_nonnull(getcwd(cwd, sizeof(cwd)));
	ck_assert_uint_eq(strncmp(other.file, cwd, strlen(cwd)), 0);
	ck_assert_str_eq(other.file + strlen(cwd), "/m.yaml");
	ck_assert_uint_eq(strncmp(other.keys[0].value, cwd, strlen(cwd)), 0);
	ck_assert_str_eq(other.keys[0].value + strlen(cwd), "/a");
	ck_assert_str_eq(other.keys[1].value, "0");
	reload_clear(&other);
	config_free(c);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("reload");
	TCase *tc = suite_case(s, "reload");

	tcase_add_unchecked_fixture(tc, make_roots, tree_remove);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, hooks_are_told, 0, ROWS(cases));
	tcase_add_loop_test(tc, errors_of_the_file, 0, ROWS(broken));
	tcase_add_test(tc, many_errors);
	tcase_add_test(tc, much_has_changed);
	tcase_add_test(tc, whatever_memory_fails);
	tcase_add_test(tc, no_memory_for_the_errors);
	tcase_add_test(tc, option_stays_where_it_was);
	return suite_run(s);
}
