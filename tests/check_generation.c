#include "files/generation.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "failing.h"
#include "suite.h"
#include "tree.h"

static struct config *
configure(const char *cache)
{
	char yaml[512];
	struct config *c;

	snprintf(yaml, sizeof(yaml), "http:\n  document_root: %s\n"
	    "  hosts: {a.example: {document_root: %s}}\ncache: %s\n",
	    tree_path("a"), tree_path("b"), cache);
	c = config_parse("t.yaml", "/", yaml, strlen(yaml), "", NULL, 0,
	    stderr);
	ck_assert_ptr_nonnull(c);
	return c;
}

static void
make_roots(void)
{
	tree_make();
	tree_directory("a");
	tree_directory("b");
}

START_TEST(last_reference_closes)
{
	int before = tree_descriptors();
	struct generation *g;
	char error[512];

	g = generation_new(configure("{}"), error, sizeof(error));
	ck_assert_ptr_nonnull(g);
	generation_add_cache(g, 4);
	ck_assert_ptr_nonnull(g->sites.cache);
	ck_assert_uint_eq(g->sites.n, 2);
	if (before != -1)
		ck_assert_int_gt(tree_descriptors(), before);
	ck_assert_ptr_eq(generation_ref(g), g);
	generation_unref(g);
	ck_assert_str_eq(g->config->file, "t.yaml");
	generation_unref(g);
	ck_assert_int_eq(tree_descriptors(), before);
}
END_TEST

START_TEST(no_cache)
{
	struct generation *g;
	char error[512];

	g = generation_new(configure("{entries: 0}"), error, sizeof(error));
	ck_assert_ptr_nonnull(g);
	generation_add_cache(g, 4);
	ck_assert_ptr_null(g->sites.cache);
	generation_unref(g);
}
END_TEST

START_TEST(nothing_is_nothing)
{
	ck_assert_ptr_null(generation_ref(NULL));
	generation_unref(NULL);
}
END_TEST

/* The configuration is gone all the same: a leak is found by a sanitizer. */
START_TEST(root_is_missing)
{
	struct config *c = configure("{}");
	char error[512] = "";

	free(c->sites[1].document_root);
	c->sites[1].document_root = strdup("/nowhere/at/all");
	ck_assert_ptr_null(generation_new(c, error, sizeof(error)));
	ck_assert_msg(strstr(error, "http.hosts.a.example.document_root: ") !=
	    NULL, "%s", error);
}
END_TEST

START_TEST(memory_is_short)
{
	int before = tree_descriptors();
	struct generation *g = NULL;
	char error[512];

	for (unsigned n = 1; g == NULL; n++) {
		struct config *c = configure("{}");

		failing_at(FAILING_MEMORY, n, ENOMEM);
		g = generation_new(c, error, sizeof(error));
		ck_assert(g == NULL || !failing_happened(FAILING_MEMORY));
		failing_reset();
		ck_assert_uint_lt(n, 100);
	}
	generation_unref(g);
	ck_assert_int_eq(tree_descriptors(), before);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("generation");
	TCase *tc = suite_case(s, "generation");

	tcase_add_unchecked_fixture(tc, make_roots, tree_remove);
	tcase_add_test(tc, last_reference_closes);
	tcase_add_test(tc, no_cache);
	tcase_add_test(tc, nothing_is_nothing);
	tcase_add_test(tc, root_is_missing);
	tcase_add_test(tc, memory_is_short);
	return suite_run(s);
}
