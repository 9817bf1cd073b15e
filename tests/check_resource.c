/* resource: its files, opened when they are asked for. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "failing.h"
#include "files/path_max.h"
#include "files/resource.h"
#include "support.h"
#include "tree.h"

#define MEMORY_MAX	64

static struct tree_site site;
static struct folders folders;
static struct resource *made;

static const char *const names[] = { "site", "site/a", "site/a.gz" };

/* The resource of "a" and "a.gz", both looked up and neither opened. */
static void
begin(void)
{
	struct stat st;

	clock_ahead_s = CLOCK_HOUR;
	tree_anew("site");
	tree_file("site/a", "the file itself");
	tree_file("site/a.gz", "gzip");
	for (int i = COUNT(names) - 1; i >= 0; i--)
		tree_settle(names[i]);
	tree_site_open(&site, "site");
	site.site.memory_max = MEMORY_MAX;
	folders_init(&folders, 8);
	ck_assert_ptr_nonnull(made = resource_new(&site.site, SLICE("/a")));
	looks_begin(&made->looks, &folders, site.site.root);
	ck_assert_int_eq(docroot_stat(site.site.root, "a", &st), 0);
	ck_assert_int_eq(docroot_stat(site.site.root, "a.gz", &st), 0);
	looks_end(&made->looks);
	ck_assert(!made->looks.passing);
	ck_assert_ptr_nonnull(made->path = strdup("a"));
}

static void
end(void)
{
	resource_free(made);
	tree_site_close(&site);
}

static const char *
content(const struct file *f)
{
	static char text[MEMORY_MAX + 1];

	ck_assert_ptr_nonnull(f);
	ck_assert_ptr_nonnull(f->bytes);
	memcpy(text, f->bytes, (size_t)f->size);
	text[f->size] = '\0';
	return text;
}

START_TEST(begins_with_nothing)
{
	struct resource *r = resource_new(&site.site, SLICE("/a\0b"));

	ck_assert_ptr_nonnull(r);
	ck_assert_uint_eq(r->key_len, 4);
	ck_assert_mem_eq(r->key, "/a\0b", 5);
	ck_assert_ptr_eq(r->site, &site.site);
	for (int i = 0; i < HTTP_CODINGS; i++)
		ck_assert(r->of[i].file == NULL && r->of[i].whole == NULL &&
		    r->of[i].unchanged == NULL);
	ck_assert_uint_ge(resource_size(r), sizeof(*r) + 4);
	resource_free(r);
	resource_free(NULL);
	failing_at(FAILING_MEMORY, 1, ENOMEM);
	r = resource_new(&site.site, SLICE("/a"));
	failing_reset();
	ck_assert_ptr_null(r);
}
END_TEST

START_TEST(opened_when_asked_for)
{
	struct file *itself, *gzip;
	int before = tree_descriptors();

	begin();
	itself = resource_file(made, HTTP_CODING_IDENTITY);
	ck_assert_str_eq(content(itself), "the file itself");
	ck_assert_ptr_null(made->of[HTTP_CODING_GZIP].file);
	gzip = resource_file(made, HTTP_CODING_GZIP);
	ck_assert_str_eq(content(gzip), "gzip");
	ck_assert_str_ne(itself->etag, gzip->etag);
	ck_assert_ptr_eq(resource_file(made, HTTP_CODING_IDENTITY), itself);
	ck_assert_ptr_eq(resource_file(made, HTTP_CODING_GZIP), gzip);
	ck_assert(!made->looks.passing);
	/* It lives on with who sends it. */
	file_ref(itself);
	end();
	ck_assert_uint_eq(itself->refs, 1);
	ck_assert_str_eq(content(itself), "the file itself");
	file_unref(itself);
	ck_assert_int_eq(tree_descriptors(), before);
}
END_TEST

START_TEST(large_ones_have_a_descriptor)
{
	struct file *f;
	int before = tree_descriptors();

	begin();
	site.site.memory_max = 4;
	f = resource_file(made, HTTP_CODING_IDENTITY);
	ck_assert_ptr_nonnull(f);
	ck_assert_int_ne(f->fd, -1);
	ck_assert_int_eq(f->size, 15);
	ck_assert_int_eq(resource_file(made, HTTP_CODING_GZIP)->fd, -1);
	/* Let go of it, and it is opened again. */
	file_unref(f);
	made->of[HTTP_CODING_IDENTITY].file = NULL;
	ck_assert_ptr_nonnull(resource_file(made, HTTP_CODING_IDENTITY));
	ck_assert(!made->looks.passing);
	end();
	ck_assert_int_eq(tree_descriptors(), before);
}
END_TEST

START_TEST(size_is_counted)
{
	size_t size, before;
	struct http_ready *ready;

	begin();
	before = resource_size(made);
	resource_file(made, HTTP_CODING_IDENTITY);
	size = resource_size(made);
	ck_assert_uint_ge(size, before + sizeof(struct file) + 15);
	ck_assert_ptr_nonnull(ready = malloc(sizeof(*ready) + 100));
	ready->len = 100;
	made->of[HTTP_CODING_GZIP].unchanged = ready;
	ck_assert_uint_ge(resource_size(made), size + 100);
	end();
}
END_TEST

/* What it is not as it was says nothing about the choice of it. */

static void
edit(void)
{
	tree_file("site/a.gz", "edited");
}

static void
replace(void)
{
	tree_file("site/new", "gzi2");
	tree_settle("site/new");
	ck_assert_int_eq(rename(tree_path("site/new"),
	    tree_path("site/a.gz")), 0);
}

static void
vanish(void)
{
	unlink(tree_path("site/a.gz"));
}

static void
to_directory(void)
{
	vanish();
	tree_directory("site/a.gz");
}

static void
to_fifo(void)
{
	vanish();
	ck_assert_int_eq(mkfifo(tree_path("site/a.gz"), 0644), 0);
}

static void
to_link_out(void)
{
	vanish();
	tree_link("/etc/passwd", "site/a.gz");
}

static const struct {
	const char	*name;
	void		(*make)(void);
	const char	*content;
	int		 error;
} changes[] = {
	{ "edited", edit, "edited", 0 },
	{ "replaced", replace, "gzi2", 0 },
	{ "vanished", vanish, NULL, ENOENT },
	{ "a directory", to_directory, NULL, ENOENT },
	{ "a fifo", to_fifo, NULL, ENOENT },
	{ "a link that leads out", to_link_out, NULL, EXDEV },
};

START_TEST(changed_meanwhile)
{
	int before = tree_descriptors(), error;
	struct file *f;

	begin();
	changes[_i].make();
	errno = 0;
	f = resource_file(made, HTTP_CODING_GZIP);
	error = errno;
	ck_assert_msg((f == NULL) == (changes[_i].error != 0), "%s",
	    changes[_i].name);
	if (f == NULL)
		ck_assert_msg(error == (changes[_i].error == EXDEV &&
		    !tree_follows_links() ? ELOOP : changes[_i].error),
		    "%s: %s", changes[_i].name, strerror(error));
	else
		ck_assert_str_eq(content(f), changes[_i].content);
	ck_assert_msg(made->looks.passing, "%s", changes[_i].name);
	end();
	ck_assert_int_eq(tree_descriptors(), before);
}
END_TEST

START_TEST(taken_over)
{
	struct stat st;
	int fd;

	begin();
	fd = docroot_open(site.site.root, "a", &st);
	ck_assert_str_eq(content(resource_load(made, HTTP_CODING_IDENTITY,
	    fd)), "the file itself");
	ck_assert(!made->looks.passing);
	/* One that was not looked up, or is another. */
	fd = docroot_open(site.site.root, "a", &st);
	ck_assert_ptr_nonnull(resource_load(made, _i == 0 ? HTTP_CODING_GZIP :
	    HTTP_CODING_BR, fd));
	ck_assert(made->looks.passing);
	end();
}
END_TEST

START_TEST(shortages)
{
	struct rlimit old, tight;
	int before = tree_descriptors(), error;
	bool failed = true;
	struct file *f;

	for (unsigned at = 1; failed; at++) {
		begin();
		failing_at(FAILING_MEMORY, at, ENOMEM);
		f = resource_file(made, HTTP_CODING_GZIP);
		error = errno;
		failed = failing_happened(FAILING_MEMORY);
		failing_reset();
		ck_assert(failed == (f == NULL));
		ck_assert(made->looks.passing == failed);
		if (failed) {
			ck_assert_int_eq(error, ENOMEM);
			ck_assert_ptr_nonnull(resource_file(made,
			    HTTP_CODING_GZIP));
		}
		end();
	}
	begin();
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &old), 0);
	tight = old;
	tight.rlim_cur = (rlim_t)lowest_descriptor();
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &tight), 0);
	f = resource_file(made, HTTP_CODING_GZIP);
	error = errno;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
	ck_assert_ptr_null(f);
	ck_assert_int_eq(error, EMFILE);
	ck_assert(made->looks.passing);
	end();
	ck_assert_int_eq(tree_descriptors(), before);
}
END_TEST

/* No path of a sibling is so long. */
START_TEST(too_long)
{
	begin();
	free(made->path);
	ck_assert_ptr_nonnull(made->path = malloc(PATH_MAX));
	memset(made->path, 'a', PATH_MAX);
	made->path[PATH_MAX - 3] = '\0';
	ck_assert_ptr_null(resource_file(made, HTTP_CODING_GZIP));
	ck_assert_int_eq(errno, ENAMETOOLONG);
	ck_assert(made->looks.passing);
	end();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("resource");
	TCase *t = tcase_create("resource");

	tcase_add_unchecked_fixture(t, tree_make, tree_remove);
	tcase_add_test(t, begins_with_nothing);
	tcase_add_test(t, opened_when_asked_for);
	tcase_add_test(t, large_ones_have_a_descriptor);
	tcase_add_test(t, size_is_counted);
	tcase_add_loop_test(t, changed_meanwhile, 0, COUNT(changes));
	tcase_add_loop_test(t, taken_over, 0, 2);
	tcase_add_test(t, shortages);
	tcase_add_test(t, too_long);
	suite_add_tcase(suite, t);
	return run_suite(suite);
}
