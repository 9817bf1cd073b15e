/* variant: which sibling of a file a client gets, on a real directory. */
#include "files/variant.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "support.h"
#include "tree.h"

#define THEN	784111777
#define LARGE	"the file itself, which is larger than what stands beside it"

static struct tree_site site;

static void
make_siblings(void)
{
	tree_make();
	tree_directory("site");
	/* One with all siblings; br is as large as gzip, stamps are equal. */
	tree_file("site/all.css", LARGE);
	tree_file("site/all.css.zst", "zstd sibling");
	tree_file("site/all.css.br", "br sibling");
	tree_file("site/all.css.gz", "gzip sibling");
	tree_file("site/gz.css", LARGE);
	tree_file("site/gz.css.gz", "gzip sibling");
	tree_file("site/none.css", LARGE);
	tree_file("site/empty.css", "");
	tree_file("site/empty.css.gz", "");
	tree_file("site/equal.css", "equal");
	tree_file("site/equal.css.gz", "equal");
	tree_file("site/larger.css", "small");
	tree_file("site/larger.css.gz", "not so small");
	tree_file("site/byte.css", "small");
	tree_file("site/byte.css.gz", "smal");
	tree_file("site/dir.css", LARGE);
	tree_directory("site/dir.css.gz");
	tree_file("site/fifo.css", LARGE);
	ck_assert_int_eq(mkfifo(tree_path("site/fifo.css.gz"), 0644), 0);
	tree_file("site/link.css", LARGE);
	tree_file("site/target", "gzip sibling");
	tree_link("target", "site/link.css.gz");
	tree_file("site/dangling.css", LARGE);
	tree_link("nothing", "site/dangling.css.gz");
	tree_file("site/circle.css", LARGE);
	tree_link("circle.css.gz", "site/circle.css.gz");
	tree_file("secret.gz", "out");
	tree_file("site/out.css", LARGE);
	tree_link("../secret.gz", "site/out.css.gz");
	tree_file("site/shut.css", LARGE);
	tree_file("site/shut.css.gz", "gzip sibling");
	chmod(tree_path("site/shut.css.gz"), 0);
	tree_file("site/shut.css.br", "br sibling");
	chmod(tree_path("site/shut.css.br"), 0);
}

static void
open_site(void)
{
	tree_site_open(&site, "site");
	site.config.nprecompressed = 3;
	site.config.precompressed[0] = CONFIG_ZSTD;
	site.config.precompressed[1] = CONFIG_BR;
	site.config.precompressed[2] = CONFIG_GZIP;
	log_set_level(LOG_LEVEL_WARNING);
}

static void
close_site(void)
{
	tree_site_close(&site);
}

/* The file at name and the one that is chosen for it. */
static bool
choose(const char *name, const char *accept, struct variant *v)
{
	char line[512] = "";
	const struct http_request *req;
	bool acceptable;
	struct stat st;
	int before;

	if (accept != NULL)
		snprintf(line, sizeof(line), "Accept-Encoding: %s\r\n",
		    accept);
	req = asked_get("/", line);
	v->coding = HTTP_CODINGS;
	v->fd = docroot_open(site.site.root, name, &v->st);
	ck_assert_msg(v->fd != -1, "%s: %s", name, strerror(errno));
	before = tree_descriptors();
	acceptable = variant_choose(&site.site, name, &req->fields, NULL, v);
	/* One is held, whichever it is, and st is of that one. */
	ck_assert_int_eq(tree_descriptors(), before);
	ck_assert_int_eq(fstat(v->fd, &st), 0);
	ck_assert(st.st_ino == v->st.st_ino && st.st_size == v->st.st_size);
	return acceptable;
}

static const char *
content_of(const struct variant *v)
{
	static char text[128];
	ssize_t n = pread(v->fd, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

#define IDENTITY	HTTP_CODING_IDENTITY
#define ZSTD		HTTP_CODING_ZSTD
#define BR		HTTP_CODING_BR
#define GZIP		HTTP_CODING_GZIP

/* RFC 9110, 12.5.3 */
static const struct {
	const char		*file, *accept;
	enum http_coding	 want;
	bool			 unacceptable, alone;
} choices[] = {
	/* Without the field, and with an empty one: the file itself. */
	{ "all.css", NULL, IDENTITY, false, false },
	{ "all.css", "", IDENTITY, false, false },
	{ "all.css", "identity", IDENTITY, false, false },
	{ "all.css", "deflate", IDENTITY, false, false },
	{ "all.css", "gzipped, brx", IDENTITY, false, false },
	{ "all.css", "gzip", GZIP, false, false },
	{ "all.css", "x-gzip", GZIP, false, false },
	{ "all.css", "GZIP", GZIP, false, false },
	{ "all.css", "br", BR, false, false },
	{ "all.css", "zstd", ZSTD, false, false },
	/* The order of the configuration, not that of the field. */
	{ "all.css", "gzip, deflate, br, zstd", ZSTD, false, false },
	{ "all.css", "gzip, br", BR, false, false },
	{ "all.css", "*", ZSTD, false, false },
	/* Qualities */
	{ "all.css", "gzip;q=1.0, br;q=0.9, zstd;q=0.8", GZIP, false, false },
	{ "all.css", "gzip;q=0.8, br;q=0.9, zstd;q=0.8", BR, false, false },
	{ "all.css", "gzip;q=0.001", GZIP, false, false },
	{ "all.css", "gzip;q=0", IDENTITY, false, false },
	{ "all.css", "gzip;q=0.0, br", BR, false, false },
	{ "all.css", "identity, gzip;q=0.5", IDENTITY, false, false },
	{ "all.css", "identity;q=0.5, gzip;q=0.5", GZIP, false, false },
	{ "all.css", "identity;q=0.5, gzip;q=0.4", IDENTITY, false, false },
	{ "all.css", "gzip, *;q=0", GZIP, false, false },
	{ "all.css", "zstd;q=0, br;q=0, *", GZIP, false, false },
	{ "all.css", "*;q=0.5, gzip;q=0.4", ZSTD, false, false },
	{ "all.css", "*, zstd;q=0", BR, false, false },
	{ "all.css", "identity;q=0, gzip;q=0.1", GZIP, false, false },
	{ "all.css", "identity;q=0, *;q=0.1", ZSTD, false, false },
	/* None at all */
	{ "all.css", "identity;q=0", IDENTITY, true, false },
	{ "all.css", "*;q=0", IDENTITY, true, false },
	{ "all.css", "identity;q=0, deflate", IDENTITY, true, false },
	{ "all.css", "gzip;q=0, *;q=0", IDENTITY, true, false },
	/* What is not there cannot be chosen. */
	{ "gz.css", "br, zstd", IDENTITY, false, false },
	{ "gz.css", "br, gzip;q=0.1", GZIP, false, false },
	{ "gz.css", "identity;q=0, br", IDENTITY, true, false },
	{ "none.css", "gzip, br, zstd", IDENTITY, false, true },
	{ "none.css", "identity;q=0, gzip", IDENTITY, true, true },
	{ "none.css", "*;q=0", IDENTITY, true, true },
	/* Of files that are what they should be, or not */
	{ "byte.css", "gzip", GZIP, false, false },
	{ "link.css", "gzip", GZIP, false, false },
	{ "equal.css", "gzip", IDENTITY, false, true },
	{ "larger.css", "gzip", IDENTITY, false, true },
	{ "empty.css", "gzip", IDENTITY, false, true },
	{ "empty.css", "identity;q=0, gzip", IDENTITY, true, true },
	{ "dir.css", "gzip", IDENTITY, false, true },
	{ "fifo.css", "gzip", IDENTITY, false, true },
	{ "dangling.css", "gzip", IDENTITY, false, true },
	{ "circle.css", "gzip", IDENTITY, false, true },
	{ "out.css", "gzip", IDENTITY, false, true },
	{ "larger.css", "gzip, *;q=0", IDENTITY, true, true },
};

START_TEST(the_client_chooses)
{
	const char *file = choices[_i].file, *accept = choices[_i].accept;
	enum http_coding want = choices[_i].want;
	bool alone = choices[_i].alone;
	struct variant v;

	if (strcmp(file, "link.css") == 0 &&
	    !docroot_follows_links(site.site.root)) {
		want = IDENTITY;
		alone = true;
	}
	catch_begin();
	ck_assert_msg(choose(file, accept, &v) != choices[_i].unacceptable,
	    "%s, %s", file, accept);
	catch_end();
	ck_assert_msg(v.coding == want, "%s, %s: %d", file, accept, v.coding);
	ck_assert_msg(v.negotiable != alone, "%s, %s", file, accept);
	if (want != IDENTITY && strcmp(file, "byte.css") != 0)
		ck_assert_msg(strncmp(content_of(&v), http_coding_name(want),
		    2) == 0, "%s, %s: %s", file, accept, content_of(&v));
	close(v.fd);
}
END_TEST

static const struct {
	const char		*name;
	size_t			 n;
	enum config_coding	 order[CONFIG_CODINGS];
	const char		*accept;
	enum http_coding	 want;
	bool			 unacceptable, alone;
} orders[] = {
	{ "none", 0, { 0 }, "gzip, br, zstd", IDENTITY, false, true },
	{ "none, and nothing is refused", 0, { 0 }, "*;q=0", IDENTITY,
	    false, true },
	{ "gzip alone", 1, { CONFIG_GZIP }, "br, zstd, gzip", GZIP, false,
	    false },
	{ "gzip alone, not wanted", 1, { CONFIG_GZIP }, "br, zstd", IDENTITY,
	    false, false },
	{ "gzip alone, refused", 1, { CONFIG_GZIP }, "br, identity;q=0",
	    IDENTITY, true, false },
	{ "gzip first", 3, { CONFIG_GZIP, CONFIG_BR, CONFIG_ZSTD },
	    "zstd, br, gzip", GZIP, false, false },
	{ "br first", 2, { CONFIG_BR, CONFIG_ZSTD }, "zstd, br, gzip", BR,
	    false, false },
};

START_TEST(the_configuration_orders)
{
	struct variant v;

	site.config.nprecompressed = orders[_i].n;
	memcpy(site.config.precompressed, orders[_i].order,
	    sizeof(orders[_i].order));
	ck_assert_msg(choose("all.css", orders[_i].accept, &v) !=
	    orders[_i].unacceptable, "%s", orders[_i].name);
	ck_assert_msg(v.coding == orders[_i].want, "%s", orders[_i].name);
	ck_assert_msg(v.negotiable != orders[_i].alone, "%s",
	    orders[_i].name);
	close(v.fd);
}
END_TEST

static const struct {
	const char	*name;
	time_t		 file, sibling;
	long		 file_ns, sibling_ns;
	bool		 counts;
} ages[] = {
	{ "the same", THEN, THEN, 5, 5, true },
	{ "newer by a second", THEN, THEN + 1, 5, 0, true },
	{ "newer by less", THEN, THEN, 5, 6, true },
	{ "older by a second", THEN, THEN - 1, 0, 999999999, false },
	{ "older by less", THEN, THEN, 6, 5, false },
	{ "cut to the second", THEN, THEN, 999999999, 0, true },
	{ "both cut", THEN, THEN, 0, 0, true },
	{ "cut to the second before", THEN, THEN - 1, 0, 0, false },
	{ "before the epoch", -5, -4, 0, 0, true },
	{ "older, before it", -5, -6, 0, 0, false },
};

START_TEST(ages_are_compared)
{
	struct variant v;
	const char *said;

	tree_stamp("site/gz.css", ages[_i].file, ages[_i].file_ns);
	tree_stamp("site/gz.css.gz", ages[_i].sibling, ages[_i].sibling_ns);
	catch_begin();
	ck_assert(choose("gz.css", "gzip", &v));
	said = catch_end();
	ck_assert_msg(v.negotiable == ages[_i].counts &&
	    v.coding == (ages[_i].counts ? GZIP : IDENTITY), "%s",
	    ages[_i].name);
	ck_assert_msg((strstr(said, "is older") != NULL) != ages[_i].counts,
	    "%s: %s", ages[_i].name, said);
	close(v.fd);
}
END_TEST

static const struct {
	const char	*file;
	int		 unfit;
	const char	*says;
} unfits[] = {
	{ "all.css",		0, NULL },
	{ "none.css",		0, NULL },
	{ "empty.css",		0, NULL },
	{ "dangling.css",	0, NULL },	/* only where links lead */
	{ "equal.css",		1, "/site/equal.css.gz is not smaller" },
	{ "larger.css",		1, "/site/larger.css.gz is not smaller" },
	{ "dir.css",		1, "/site/dir.css.gz is no regular file" },
	{ "fifo.css",		1, "/site/fifo.css.gz is no regular file" },
	{ "circle.css",		1, "/site/circle.css.gz is a link" },
	{ "out.css",		1, "/site/out.css.gz is a link" },
};

/* Counted each time, told once; whether the client wants it or not. */
START_TEST(what_does_not_count_is_told_once)
{
	struct variant v;
	const char *said;

	if (strcmp(unfits[_i].file, "dangling.css") == 0 &&
	    !docroot_follows_links(site.site.root))
		return;
	catch_begin();
	for (int i = 0; i < 3; i++) {
		choose(unfits[_i].file, i == 0 ? NULL : "gzip", &v);
		close(v.fd);
	}
	said = catch_end();
	ck_assert_uint_eq(site.site.siblings_unfit,
	    (uint64_t)(3 * unfits[_i].unfit));
	if (unfits[_i].says == NULL) {
		ck_assert_msg(said[0] == '\0', "%s: %s", unfits[_i].file,
		    said);
		return;
	}
	ck_assert_msg(strstr(said, unfits[_i].says) != NULL, "%s: %s",
	    unfits[_i].file, said);
	ck_assert_ptr_eq(strchr(said, '\n'), said + strlen(said) - 1);
	ck_assert_ptr_nonnull(strstr(said, "mynahd: warning: "));
}
END_TEST

static int
shut_ones(void *arg)
{
	struct variant v;
	const char *said;

	(void)arg;
	catch_begin();
	for (int i = 0; i < 2; i++) {
		if (!choose("shut.css", "gzip, br", &v) || v.negotiable ||
		    v.coding != IDENTITY)
			return 1;
		close(v.fd);
	}
	said = catch_end();
	/* Both of them, each once. */
	if (strstr(said, "/site/shut.css.gz may not be read") == NULL ||
	    strstr(said, "/site/shut.css.br may not be read") == NULL ||
	    strchr(strchr(said, '\n') + 1, '\n')[1] != '\0')
		return 2;
	return site.site.siblings_unfit == 4 ? 0 : 3;
}

START_TEST(unreadable_siblings)
{
	ck_assert_int_eq(tree_as_nobody(shut_ones, NULL), 0);
}
END_TEST

/*
 * What cannot be opened now may be there: who caches the answer must know
 * that there was a choice.
 */
START_TEST(no_descriptors)
{
	const struct http_request *req = asked_get("/",
	    "Accept-Encoding: gzip\r\n");
	struct rlimit old, tight;
	struct variant v;
	bool acceptable;
	const char *said;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &old), 0);
	v.fd = docroot_open(site.site.root, "all.css", &v.st);
	ck_assert_int_ne(v.fd, -1);
	catch_begin();
	tight = old;
	tight.rlim_cur = (rlim_t)lowest_descriptor();
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &tight), 0);
	acceptable = variant_choose(&site.site, "all.css", &req->fields, NULL,
	    &v);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
	said = catch_end();
	ck_assert(acceptable);
	ck_assert_int_eq(v.coding, IDENTITY);
	ck_assert(v.negotiable);
	ck_assert_uint_eq(site.site.siblings_unfit, 0);
	ck_assert_str_eq(said, "");
	close(v.fd);
}
END_TEST

/* A path with which no suffix fits any more. */
START_TEST(long_paths)
{
	static char name[5000];
	const struct http_request *req = asked_get("/",
	    "Accept-Encoding: gzip\r\n");
	struct variant v;

	for (size_t len = 4085; len < 4100; len++) {
		memset(name, 'n', len);
		name[len] = '\0';
		v.fd = docroot_open(site.site.root, "all.css", &v.st);
		ck_assert(variant_choose(&site.site, name, &req->fields,
		    NULL, &v));
		ck_assert(!v.negotiable && v.coding == IDENTITY);
		close(v.fd);
	}
}
END_TEST

START_TEST(says_why)
{
	static const char *const asks[] = {
		"gzip", "identity", "*;q=0", "br;q=0.5, gzip;q=0.25"
	};
	char *said = NULL, line[64];
	size_t len;
	struct trace t = { open_memstream(&said, &len) };
	struct variant v;

	for (int i = 0; i < COUNT(asks); i++) {
		snprintf(line, sizeof(line), "Accept-Encoding: %s\r\n",
		    asks[i]);
		v.fd = docroot_open(site.site.root, "all.css", &v.st);
		variant_choose(&site.site, "all.css",
		    &asked_get("/", line)->fields, &t, &v);
		close(v.fd);
	}
	catch_begin();
	v.fd = docroot_open(site.site.root, "equal.css", &v.st);
	variant_choose(&site.site, "equal.css", &asked_get("/", "")->fields,
	    &t, &v);
	close(v.fd);
	catch_end();
	fclose(t.out);
	ck_assert_ptr_nonnull(strstr(said, "all.css.gz: 12 bytes, "
	    "quality 1.000\n"));
	ck_assert_ptr_nonnull(strstr(said, "quality 0.250\n"));
	ck_assert_ptr_nonnull(strstr(said, "variant      gzip\n"));
	ck_assert_ptr_nonnull(strstr(said, "variant      br\n"));
	ck_assert_ptr_nonnull(strstr(said, "the file itself\n"));
	ck_assert_ptr_nonnull(strstr(said, "none is acceptable\n"));
	ck_assert_ptr_nonnull(strstr(said, "equal.css.gz is not smaller"));
	ck_assert_ptr_nonnull(strstr(said, "equal.css.br: No such file"));
	free(said);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("variant");
	TCase *t = tcase_create("variant");

	/* The fallback's warning is not at stake here. */
	log_set_level(LOG_LEVEL_ERROR);
	tcase_add_unchecked_fixture(t, make_siblings, tree_remove);
	tcase_add_checked_fixture(t, open_site, close_site);
	tcase_add_loop_test(t, the_client_chooses, 0, COUNT(choices));
	tcase_add_loop_test(t, the_configuration_orders, 0, COUNT(orders));
	tcase_add_loop_test(t, ages_are_compared, 0, COUNT(ages));
	tcase_add_loop_test(t, what_does_not_count_is_told_once, 0,
	    COUNT(unfits));
	tcase_add_test(t, unreadable_siblings);
	tcase_add_test(t, no_descriptors);
	tcase_add_test(t, long_paths);
	tcase_add_test(t, says_why);
	suite_add_tcase(suite, t);
	return run_suite(suite);
}
