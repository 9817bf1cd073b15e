/* file_cache: what is found again, and what has to go first. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "entropy.h"
#include "failing.h"
#include "files/file_cache.h"
#include "support.h"

static struct site here, there;

static struct file_cache *
cache_of(uint64_t entries, uint64_t memory, unsigned descriptors)
{
	const struct file_cache_limits limits = {
		entries, memory, descriptors
	};
	struct file_cache *c = file_cache_new(&limits);

	ck_assert_ptr_nonnull(c);
	return c;
}

static struct resource *
resource_of(struct site *site, const char *key)
{
	struct resource *r = resource_new(site, slice_of(key));

	ck_assert_ptr_nonnull(r);
	r->status = 200;
	return r;
}

/* Nothing was looked up for it, so that it is always right. */
static struct resource *
keep(struct file_cache *c, const char *key)
{
	struct resource *r = resource_of(&here, key);

	file_cache_keep(c, r, 1);
	return r;
}

static void
keep_error(struct file_cache *c, const char *key)
{
	struct resource *r = resource_of(&here, key);

	r->status = 404;
	file_cache_keep(c, r, 1);
}

static struct resource *
find(struct file_cache *c, const char *key)
{
	return file_cache_find(c, &here, slice_of(key), 1);
}

static const char *
numbered(const char *name, int i)
{
	static char text[32];

	snprintf(text, sizeof(text), "/%s%d", name, i);
	return text;
}

static void
give_bytes(struct resource *r, size_t len)
{
	char *bytes = calloc(1, len);

	ck_assert_ptr_nonnull(bytes);
	ck_assert_ptr_nonnull(r->of[0].file = file_of_bytes(bytes, len));
}

/* A file that is not read into memory: its descriptor. */
static int
give_descriptor(struct resource *r, enum http_coding coding)
{
	struct stat st;
	int fd = open("/proc/self/exe", O_RDONLY);

	if (fd == -1)
		fd = open("/bin/sh", O_RDONLY);
	ck_assert_int_ge(fd, 0);
	r->of[coding].file = file_new(fd, 0, "", &st);
	ck_assert_ptr_nonnull(r->of[coding].file);
	return fd;
}

static bool
is_open(int fd)
{
	return fcntl(fd, F_GETFD) != -1;
}

START_TEST(kept_and_found)
{
	static const char *const keys[] = {
		"", "/", "/a", "/a/", "/a/b", "/A", "/aa"
	};
	struct file_cache *c = cache_of(100, 1 << 20, 0);
	struct resource *r[COUNT(keys)];

	for (int i = 0; i < COUNT(keys); i++) {
		ck_assert_ptr_null(find(c, keys[i]));
		r[i] = keep(c, keys[i]);
	}
	for (int i = 0; i < COUNT(keys); i++)
		ck_assert_msg(find(c, keys[i]) == r[i], "%s", keys[i]);
	ck_assert_ptr_null(find(c, "/b"));
	ck_assert_ptr_null(file_cache_find(c, &here, (struct slice){ "/a\0",
	    3 }, 1));
	ck_assert_ptr_null(file_cache_find(c, &there, SLICE("/a"), 1));
	/* The bytes count, and not where they are. */
	ck_assert_ptr_eq(file_cache_find(c, &here, (struct slice){
	    guarded("/a/b", 4), 4 }, 1), r[4]);
	file_cache_free(c);
	file_cache_free(NULL);
}
END_TEST

START_TEST(sites_are_told_apart)
{
	struct file_cache *c = cache_of(100, 1 << 20, 0);
	struct resource *mine = keep(c, "/"), *theirs;

	theirs = resource_of(&there, "/");
	file_cache_keep(c, theirs, 1);
	ck_assert_ptr_eq(find(c, "/"), mine);
	ck_assert_ptr_eq(file_cache_find(c, &there, SLICE("/"), 1), theirs);
	file_cache_free(c);
}
END_TEST

/* The table grows; where it cannot for want of memory, all is found too. */
START_TEST(many)
{
	struct file_cache *c = cache_of(10000, 1 << 26, 0);
	struct resource *r;
	char name[32];

	no_entropy = _i == 2;
	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "/%d", i);
		r = resource_of(i % 2 == 0 ? &here : &there, name);
		/* It is the only one that is asked for. */
		if (_i == 1)
			failing_at(FAILING_MEMORY, 1, ENOMEM);
		file_cache_keep(c, r, 1);
		failing_reset();
	}
	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "/%d", i);
		r = file_cache_find(c, i % 2 == 0 ? &here : &there,
		    slice_of(name), 1);
		ck_assert_msg(r != NULL && strlen(name) == r->key_len &&
		    memcmp(r->key, name, r->key_len) == 0, "%s", name);
		ck_assert_ptr_null(file_cache_find(c, i % 2 == 0 ? &there :
		    &here, slice_of(name), 1));
	}
	file_cache_free(c);
}
END_TEST

START_TEST(oldest_go_first)
{
	struct file_cache *c = cache_of(16, 1 << 20, 0);

	for (int i = 0; i < 16; i++)
		keep(c, numbered("f", i));
	/* What is used is not old. */
	ck_assert_ptr_nonnull(find(c, "/f0"));
	ck_assert_ptr_nonnull(find(c, "/f3"));
	for (int i = 16; i < 20; i++)
		keep(c, numbered("f", i));
	for (int i = 0; i < 20; i++)
		ck_assert_msg((find(c, numbered("f", i)) != NULL) ==
		    (i == 0 || i == 3 || i > 5), "%d", i);
	file_cache_free(c);
}
END_TEST

/* Who asks for what is not there drives out little. */
START_TEST(errors_have_a_share)
{
	struct file_cache *c = cache_of(16, 1 << 20, 0);

	for (int i = 0; i < 100; i++)
		keep_error(c, numbered("e", i));
	/* Alone they have one more. */
	for (int i = 0; i < 100; i++)
		ck_assert_msg((find(c, numbered("e", i)) != NULL) == (i > 96),
		    "%d", i);
	for (int i = 0; i < 16; i++)
		keep(c, numbered("f", i));
	for (int i = 100; i < 200; i++)
		keep_error(c, numbered("e", i));
	for (int i = 0; i < 200; i++)
		ck_assert_msg((find(c, numbered("e", i)) != NULL) ==
		    (i > 197), "%d", i);
	for (int i = 0; i < 16; i++)
		ck_assert_msg((find(c, numbered("f", i)) != NULL) == (i > 1),
		    "%d", i);
	/* The one that was asked for last stays. */
	find(c, "/e198");
	keep_error(c, "/e200");
	ck_assert_ptr_null(find(c, "/e199"));
	ck_assert_ptr_nonnull(find(c, "/e198"));
	file_cache_free(c);
}
END_TEST

START_TEST(nothing_is_kept)
{
	struct file_cache *c = cache_of(_i == 0 ? 0 : 16, _i == 0 ? 1 << 20 :
	    0, 4);

	for (int i = 0; i < 10; i++) {
		keep(c, numbered("f", i));
		ck_assert_ptr_null(find(c, numbered("f", i)));
		keep_error(c, numbered("e", i));
		ck_assert_ptr_null(find(c, numbered("e", i)));
	}
	file_cache_free(c);
}
END_TEST

START_TEST(memory_is_bounded)
{
	struct file_cache *c = cache_of(100, 100000, 0);
	struct resource *r;

	for (int i = 0; i < 10; i++) {
		r = resource_of(&here, numbered("f", i));
		give_bytes(r, 20000);
		file_cache_keep(c, r, 1);
	}
	for (int i = 0; i < 10; i++)
		ck_assert_msg((find(c, numbered("f", i)) != NULL) == (i > 5),
		    "%d", i);
	/* More than all there is: it goes, and room is left. */
	r = resource_of(&here, "/large");
	give_bytes(r, 100000);
	file_cache_keep(c, r, 1);
	ck_assert_ptr_null(find(c, "/large"));
	for (int i = 10; i < 14; i++) {
		r = resource_of(&here, numbered("f", i));
		give_bytes(r, 20000);
		file_cache_keep(c, r, 1);
	}
	for (int i = 10; i < 14; i++)
		ck_assert_msg(find(c, numbered("f", i)) != NULL, "%d", i);
	file_cache_free(c);
}
END_TEST

/* What grows in use may come to be larger than all: it is in use. */
START_TEST(what_has_grown_is_spared)
{
	struct file_cache *c = cache_of(100, 50000, 0);
	struct resource *r;

	for (int i = 0; i < 10; i++)
		keep(c, numbered("f", i));
	ck_assert_ptr_nonnull(r = find(c, "/f3"));
	give_bytes(r, 1000);
	file_cache_grown(c, r);
	for (int i = 0; i < 10; i++)
		ck_assert_ptr_nonnull(find(c, numbered("f", i)));
	ck_assert_ptr_eq(r = find(c, "/f3"), r);
	file_unref(r->of[0].file);
	give_bytes(r, 60000);
	file_cache_grown(c, r);
	for (int i = 0; i < 10; i++)
		ck_assert_ptr_eq(find(c, numbered("f", i)), i == 3 ? r :
		    NULL);
	/* It is not counted twice, and goes when there is another. */
	file_cache_grown(c, r);
	keep(c, "/f10");
	ck_assert_ptr_null(find(c, "/f3"));
	for (int i = 11; i < 15; i++)
		keep(c, numbered("f", i));
	for (int i = 11; i < 15; i++)
		ck_assert_ptr_nonnull(find(c, numbered("f", i)));
	file_cache_free(c);
}
END_TEST

/* What is good for a turn is found in that one only. */
START_TEST(stale_ones_are_dropped)
{
	struct file_cache *c = cache_of(16, 1 << 20, 4);
	struct resource *r;
	int fd;

	for (uint64_t turn = 1; turn < 100; turn++) {
		r = resource_of(&here, "/");
		r->looks.passing = true;
		r->status = turn % 3 == 0 ? 404 : 200;
		fd = give_descriptor(r, HTTP_CODING_IDENTITY);
		file_cache_keep(c, r, turn);
		ck_assert_ptr_eq(file_cache_find(c, &here, SLICE("/"), turn),
		    r);
		ck_assert_ptr_eq(file_cache_find(c, &here, SLICE("/"), turn),
		    r);
		ck_assert(is_open(fd));
		ck_assert_ptr_null(file_cache_find(c, &here, SLICE("/"),
		    turn + 1));
		ck_assert(!is_open(fd));
		ck_assert_ptr_null(file_cache_find(c, &here, SLICE("/"),
		    turn));
	}
	file_cache_free(c);
}
END_TEST

START_TEST(descriptors_are_bounded)
{
	struct file_cache *c = cache_of(16, 1 << 20, 3);
	struct resource *r[8];
	struct file *in_use = NULL;
	int before = lowest_descriptor();

	for (int i = 0; i < 8; i++) {
		r[i] = resource_of(&here, numbered("f", i));
		give_descriptor(r[i], HTTP_CODING_IDENTITY);
		if (i == 2)
			in_use = file_ref(r[i]->of[0].file);
		file_cache_keep(c, r[i], 1);
		/* The first go first; the resource stays, without a file. */
		for (int j = 0; j <= i; j++) {
			ck_assert_ptr_eq(find(c, numbered("f", j)), r[j]);
			ck_assert_msg((r[j]->of[0].file != NULL) ==
			    (j > i - 3), "%d, %d", i, j);
		}
		/* What is being sent stays open until it was. */
		ck_assert(i < 2 || is_open(in_use->fd));
	}
	file_unref(in_use);
	/* Opened again, it is the last one to go. */
	give_descriptor(r[0], HTTP_CODING_IDENTITY);
	give_descriptor(r[0], HTTP_CODING_GZIP);
	file_cache_grown(c, r[0]);
	ck_assert_ptr_nonnull(r[0]->of[HTTP_CODING_IDENTITY].file);
	ck_assert_ptr_nonnull(r[0]->of[HTTP_CODING_GZIP].file);
	ck_assert_ptr_null(r[5]->of[0].file);
	ck_assert_ptr_null(r[6]->of[0].file);
	ck_assert_ptr_nonnull(r[7]->of[0].file);
	file_cache_free(c);
	ck_assert_int_eq(lowest_descriptor(), before);
}
END_TEST

START_TEST(no_descriptors)
{
	struct file_cache *c = cache_of(16, 1 << 20, 0);
	struct resource *r = resource_of(&here, "/");
	int before = lowest_descriptor();

	give_descriptor(r, HTTP_CODING_BR);
	file_cache_keep(c, r, 1);
	ck_assert_ptr_eq(find(c, "/"), r);
	ck_assert_ptr_null(r->of[HTTP_CODING_BR].file);
	ck_assert_int_eq(lowest_descriptor(), before);
	file_cache_free(c);
}
END_TEST

/* One that goes gives its descriptors back to the others. */
START_TEST(descriptors_of_what_goes)
{
	struct file_cache *c = cache_of(2, 1 << 20, 4);
	struct resource *r[10];
	int before = lowest_descriptor();

	for (int i = 0; i < 10; i++) {
		r[i] = resource_of(&here, numbered("f", i));
		give_descriptor(r[i], HTTP_CODING_IDENTITY);
		give_descriptor(r[i], HTTP_CODING_GZIP);
		file_cache_keep(c, r[i], 1);
		if (i == 0)
			continue;
		ck_assert_ptr_nonnull(r[i]->of[0].file);
		ck_assert_ptr_nonnull(r[i - 1]->of[HTTP_CODING_GZIP].file);
	}
	file_cache_free(c);
	ck_assert_int_eq(lowest_descriptor(), before);
}
END_TEST

START_TEST(no_memory)
{
	const struct file_cache_limits limits = { 16, 1 << 20, 4 };
	struct file_cache *c;
	unsigned at = 0;

	do {
		failing_at(FAILING_MEMORY, ++at, ENOMEM);
		c = file_cache_new(&limits);
		ck_assert((c == NULL) == failing_happened(FAILING_MEMORY));
		failing_reset();
	} while (c == NULL);
	ck_assert_uint_gt(at, 1);
	file_cache_free(c);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("file_cache");
	TCase *t = tcase_create("file_cache");

	tcase_add_test(t, kept_and_found);
	tcase_add_test(t, sites_are_told_apart);
	tcase_add_loop_test(t, many, 0, 3);
	tcase_add_test(t, oldest_go_first);
	tcase_add_test(t, errors_have_a_share);
	tcase_add_loop_test(t, nothing_is_kept, 0, 2);
	tcase_add_test(t, memory_is_bounded);
	tcase_add_test(t, what_has_grown_is_spared);
	tcase_add_test(t, stale_ones_are_dropped);
	tcase_add_test(t, descriptors_are_bounded);
	tcase_add_test(t, no_descriptors);
	tcase_add_test(t, descriptors_of_what_goes);
	tcase_add_test(t, no_memory);
	suite_add_tcase(suite, t);
	return run_suite(suite);
}
