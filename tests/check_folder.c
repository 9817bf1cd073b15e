/* folder: directories that answers depend on, on a real tree. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "clock.h"
#include "failing.h"
#include "files/folder.h"
#include "support.h"
#include "tree.h"

static const char *const names[] = {
	"site", "site/a", "site/sub", "site/sub/b", "site/sub/deep",
};

static struct docroot *root;
static struct folders folders;
static uint64_t turn;

static void
open_root(bool never)
{
	char error[512];

	root = docroot_new(tree_path("site"), never, error, sizeof(error));
	ck_assert_msg(root != NULL, "%s", error);
}

static void
begin(unsigned most)
{
	log_set_level(LOG_LEVEL_ERROR);
	clock_ahead_s = CLOCK_HOUR;
	tree_anew("site");
	tree_file("site/a", "a");
	tree_directory("site/sub");
	tree_file("site/sub/b", "b");
	tree_directory("site/sub/deep");
	tree_link("sub", "site/sublink");
	tree_link("nowhere", "site/dangling");
	tree_link("/tmp", "site/absolute");
	tree_link("../..", "site/sub/out");
	tree_link("../a", "site/sub/up");
	for (int i = COUNT(names) - 1; i >= 0; i--)
		tree_settle(names[i]);
	open_root(false);
	folders_init(&folders, most);
	turn = 0;
}

static void
end(void)
{
	for (int i = 0; i < FOLDER_CHAINS; i++)
		ck_assert_ptr_null(folders.chains[i]);
	ck_assert_uint_eq(folders.descriptors, 0);
	docroot_free(root);
}

static struct folder *
find(const char *path)
{
	return folder_find(&folders, root, slice_of(path));
}

/* In a new turn. */
static bool
holds(struct folder *f)
{
	turn++;
	ck_assert_int_eq(docroot_follow(root, turn), 0);
	return folder_holds(f, turn);
}

START_TEST(one_for_each_path)
{
	static const char *const paths[] = {
		"", "sub", "sub/deep", "sublink", "sublink/deep"
	};
	struct folder *f[COUNT(paths)], *of_other;
	struct docroot *other;
	int before = tree_descriptors();

	begin(8);
	for (int i = 0; i < COUNT(paths); i++)
		ck_assert_ptr_nonnull(f[i] = find(paths[i]));
	for (int i = 0; i < COUNT(paths); i++)
		ck_assert_msg(find(paths[i]) == f[i], "%s", paths[i]);
	/* The path is a slice of a longer one. */
	ck_assert_ptr_eq(folder_find(&folders, root, (struct slice){
	    guarded("sub", 3), 3 }), f[1]);
	folder_unref(f[1]);
	/* All but the root have a descriptor. */
	ck_assert_uint_eq(folders.descriptors, COUNT(paths) - 1);
	/* Another root has its own, even if it is the same directory. */
	other = root;
	open_root(false);
	ck_assert_ptr_nonnull(of_other = find("sub"));
	ck_assert_ptr_ne(of_other, f[1]);
	folder_unref(of_other);
	/* Those that stand in one hold on to it. */
	for (int i = COUNT(paths) - 1; i >= 0; i--) {
		folder_unref(f[i]);
		ck_assert_uint_eq(f[i]->refs, 1);
		folder_unref(f[i]);
	}
	docroot_free(other);
	end();
	ck_assert_int_eq(tree_descriptors(), before);
}
END_TEST

static const char *const no_folders[] = {
	"nothing", "no/thing", "a", "a/b", "dangling", "absolute", "sub/out",
	"..", "sub/.."
};

START_TEST(no_directory)
{
	int before = tree_descriptors();

	begin(8);
	ck_assert_msg(find(no_folders[_i]) == NULL, "%s", no_folders[_i]);
	end();
	ck_assert_int_eq(tree_descriptors(), before);
}
END_TEST

/* With descriptors and without. */
static const char *const directories[] = { "", "sub", "sub/deep", "sublink" };

START_TEST(version_tells_of_names)
{
	const char *path = directories[_i / 2];
	struct folder *f;
	uint64_t version;
	char name[64];

	begin(_i % 2 == 0 ? 8 : 0);
	ck_assert_ptr_nonnull(f = find(path));
	ck_assert(holds(f));
	version = f->version;
	for (int i = 0; i < 5; i++)
		ck_assert(holds(f));
	ck_assert_uint_eq(f->version, version);
	snprintf(name, sizeof(name), "site/%s/new", path);
	tree_file(name, "");
	/* In a turn it is looked at once. */
	ck_assert(folder_holds(f, turn));
	ck_assert_uint_eq(f->version, version);
	ck_assert(holds(f));
	ck_assert_uint_gt(f->version, version);
	version = f->version;
	ck_assert(holds(f));
	ck_assert_uint_eq(f->version, version);
	snprintf(name, sizeof(name), "site/%s", path);
	tree_settle(name);
	ck_assert(holds(f));
	version = f->version;
	snprintf(name, sizeof(name), "site/%s/new", path);
	unlink(tree_path(name));
	ck_assert(holds(f));
	ck_assert_uint_gt(f->version, version);
	version = f->version;
	/* Of the content of files it knows nothing. */
	tree_file("site/a", "edited");
	tree_file("site/sub/b", "edited");
	ck_assert(holds(f));
	ck_assert_uint_eq(f->version, version);
	folder_unref(f);
	end();
}
END_TEST

/* Whatever its stamp says, a name may have come in the same tick. */
START_TEST(young_ones_have_a_version_each_turn)
{
	struct folder *f;
	uint64_t version;

	begin(8);
	clock_ahead_s = 0;
	tree_file("site/sub/new", "");
	ck_assert_ptr_nonnull(f = find("sub"));
	for (int i = 0; i < 5; i++) {
		version = f->version;
		ck_assert(holds(f));
		ck_assert_uint_gt(f->version, version);
		ck_assert(folder_holds(f, turn));
		ck_assert_uint_eq(f->version, version + 1);
	}
	/* Once more when it has settled, and never again. */
	clock_ahead_s = CLOCK_HOUR;
	ck_assert(holds(f));
	ck_assert_uint_eq(f->version, version + 2);
	ck_assert(holds(f));
	ck_assert_uint_eq(f->version, version + 2);
	folder_unref(f);
	end();
}
END_TEST

static void
move_away(void)
{
	ck_assert_int_eq(rename(tree_path("site/sub"),
	    tree_path("site/bus")), 0);
}

static void
replace(void)
{
	move_away();
	tree_directory("site/sub");
	tree_directory("site/sub/deep");
}

static void
replace_by_file(void)
{
	move_away();
	tree_file("site/sub", "");
}

static void
replace_by_link(void)
{
	move_away();
	tree_link("bus", "site/sub");
}

static void
replace_by_absolute_link(void)
{
	move_away();
	tree_link(tree_path("site/bus"), "site/sub");
}

static void
replace_by_link_out(void)
{
	tree_anew("outside");
	ck_assert_int_eq(rename(tree_path("site/sub"),
	    tree_path("outside/sub")), 0);
	tree_link("../outside/sub", "site/sub");
}

static void
move_back(void)
{
	move_away();
	ck_assert_int_eq(rename(tree_path("site/bus"),
	    tree_path("site/sub")), 0);
}

static void
retarget(void)
{
	unlink(tree_path("site/sublink"));
	tree_link("sub/deep", "site/sublink");
}

static void
move_root(void)
{
	tree_anew("site");
	tree_directory("site/sub");
	tree_directory("site/sub/deep");
	tree_link("sub", "site/sublink");
}

static const struct {
	const char	*name, *path;
	void		(*make)(void);
	bool		 holds;
	bool		 is_found;	/* another one, if it does not hold */
} changes[] = {
	{ "moved away", "sub", move_away, false, false },
	{ "moved away, deep", "sub/deep", move_away, false, false },
	{ "moved away, by a link", "sublink", move_away, false, false },
	{ "moved, the root", "", move_away, true, true },
	{ "replaced", "sub", replace, false, true },
	{ "replaced, deep", "sub/deep", replace, false, true },
	{ "replaced, by a link", "sublink", replace, false, true },
	{ "a file", "sub", replace_by_file, false, false },
	{ "a link to itself", "sub", replace_by_link, true, true },
	{ "a link, deep", "sub/deep", replace_by_link, true, true },
	{ "an absolute link", "sub", replace_by_absolute_link, false, false },
	{ "an absolute link, deep", "sub/deep", replace_by_absolute_link,
	    false, false },
	{ "a link that leads out", "sub", replace_by_link_out, false, false },
	{ "moved back", "sub", move_back, true, true },
	{ "link to another", "sublink", retarget, false, true },
	{ "other root", "", move_root, false, true },
	{ "other root, below", "sub", move_root, false, true },
	{ "other root, deep", "sub/deep", move_root, false, true },
	{ "other root, by a link", "sublink", move_root, false, true },
};

START_TEST(gone)
{
	const char *name = changes[_i / 2].name;
	struct folder *f, *other;
	int before = tree_descriptors();

	begin(_i % 2 == 0 ? 8 : 0);
	ck_assert_ptr_nonnull(f = find(changes[_i / 2].path));
	ck_assert(holds(f));
	changes[_i / 2].make();
	ck_assert_msg(folder_holds(f, turn), "%s: in that turn", name);
	for (int i = 0; i < 3; i++)
		ck_assert_msg(holds(f) == changes[_i / 2].holds, "%s", name);
	other = find(changes[_i / 2].path);
	ck_assert_msg((other != NULL) == changes[_i / 2].is_found, "%s",
	    name);
	ck_assert_msg((other == f) == changes[_i / 2].holds, "%s", name);
	if (other != NULL) {
		ck_assert(holds(other));
		folder_unref(other);
	}
	folder_unref(f);
	end();
	ck_assert_int_eq(tree_descriptors(), before);
}
END_TEST

/* What is gone does not come back: who had it had another answer since. */
START_TEST(gone_for_ever)
{
	struct folder *f, *other;

	begin(8);
	ck_assert_ptr_nonnull(f = find("sub"));
	move_away();
	ck_assert(!holds(f));
	ck_assert_int_eq(rename(tree_path("site/bus"),
	    tree_path("site/sub")), 0);
	ck_assert(!holds(f));
	ck_assert_ptr_nonnull(other = find("sub"));
	ck_assert_ptr_ne(other, f);
	ck_assert(holds(other));
	/* The first one in its chain goes last, and the other way round. */
	if (_i == 0)
		folder_unref(f);
	folder_unref(other);
	if (_i == 1)
		folder_unref(f);
	end();
}
END_TEST

START_TEST(never_by_a_link)
{
	struct folder *f;

	begin(8);
	docroot_free(root);
	open_root(true);
	ck_assert_ptr_null(find("sublink"));
	ck_assert_ptr_nonnull(f = find("sub"));
	ck_assert(holds(f));
	replace_by_link();
	ck_assert(!holds(f));
	folder_unref(f);
	end();
}
END_TEST

static const struct {
	const char	*name, *folder, *path;
	int		 error;
	bool		 lacks;
} lookups[] = {
	{ "a", "", "a", 0, false },
	{ "sub", "", "sub", 0, false },
	{ ".", "", "", 0, false },
	{ "nothing", "", "nothing", ENOENT, true },
	{ "b", "sub", "sub/b", 0, false },
	{ "up", "sub", "sub/up", 0, false },
	{ "nothing", "sub", "sub/nothing", ENOENT, true },
	{ "sublink", "", "sublink", 0, false },
	{ "b", "sublink", "sublink/b", 0, false },
	{ "out", "sub", "sub/out", EXDEV, false },
	{ "absolute", "", "absolute", EXDEV, false },
};

START_TEST(looked_up)
{
	const char *name = lookups[_i / 2].name, *path = lookups[_i / 2].path;
	struct stat st, want;
	struct folder *f;
	char where[64];

	begin(_i % 2 == 0 ? 8 : 0);
	ck_assert_ptr_nonnull(f = find(lookups[_i / 2].folder));
	ck_assert_int_eq(f->fd != -1, _i % 2 == 0 && f->path[0] != '\0');
	ck_assert_msg(folder_look(f, name, path, &st) ==
	    lookups[_i / 2].error, "%s", path);
	if (lookups[_i / 2].error == 0) {
		snprintf(where, sizeof(where), "site/%s", path);
		ck_assert_int_eq(stat(tree_path(where), &want), 0);
		ck_assert_msg(st.st_ino == want.st_ino &&
		    st.st_size == want.st_size, "%s", path);
	}
	ck_assert_msg(folder_lacks(f, name, path) == lookups[_i / 2].lacks,
	    "%s", path);
	folder_unref(f);
	end();
}
END_TEST

/* Its link is there, though it leads nowhere. */
START_TEST(dangling_is_not_missing)
{
	struct folder *f;
	struct stat st;

	begin(8);
	ck_assert_ptr_nonnull(f = find(""));
	ck_assert_int_eq(folder_look(f, "dangling", "dangling", &st), ENOENT);
	ck_assert(!folder_lacks(f, "dangling", "dangling"));
	folder_unref(f);
	end();
}
END_TEST

/* More directories than descriptors, and than chains. */
START_TEST(many)
{
	static struct folder *f[3 * FOLDER_CHAINS / 2];
	int before = tree_descriptors();
	char name[64];

	begin(16);
	for (int i = 0; i < COUNT(f); i++) {
		snprintf(name, sizeof(name), "site/sub/d%d", i);
		tree_directory(name);
		ck_assert_ptr_nonnull(f[i] = find(name + 5));
		/* And one of what they all stand in. */
		ck_assert_uint_eq(folders.descriptors,
		    i < 15 ? (unsigned)i + 2 : 16);
	}
	for (int i = 0; i < COUNT(f); i++) {
		snprintf(name, sizeof(name), "sub/d%d", i);
		ck_assert_ptr_eq(find(name), f[i]);
		folder_unref(f[i]);
		ck_assert(holds(f[i]));
	}
	/* One goes, and its descriptor is another's. */
	folder_unref(f[3]);
	ck_assert_uint_eq(folders.descriptors, 15);
	ck_assert_ptr_nonnull(f[3] = find("sub/deep"));
	ck_assert_uint_eq(folders.descriptors, 16);
	for (int i = 0; i < COUNT(f); i++)
		folder_unref(f[i * 7 % COUNT(f)]);
	end();
	ck_assert_int_eq(tree_descriptors(), before);
}
END_TEST

START_TEST(no_memory)
{
	struct folder *f;
	int before;

	begin(8);
	before = tree_descriptors();
	failing_at(FAILING_MEMORY, 1, ENOMEM);
	f = find("sub");
	failing_reset();
	ck_assert_ptr_null(f);
	ck_assert_int_eq(tree_descriptors(), before);
	ck_assert_ptr_nonnull(f = find("sub"));
	folder_unref(f);
	end();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("folder");
	TCase *t = tcase_create("folder");

	tcase_add_unchecked_fixture(t, tree_make, tree_remove);
	tcase_add_loop_test(t, no_directory, 0, COUNT(no_folders));
	tcase_add_test(t, young_ones_have_a_version_each_turn);
	tcase_add_loop_test(t, gone_for_ever, 0, 2);
	tcase_add_test(t, never_by_a_link);
	/* These have links among what they look at. */
	if (tree_follows_links()) {
		tcase_add_test(t, one_for_each_path);
		tcase_add_loop_test(t, version_tells_of_names, 0,
		    2 * COUNT(directories));
		tcase_add_loop_test(t, gone, 0, 2 * COUNT(changes));
		tcase_add_loop_test(t, looked_up, 0, 2 * COUNT(lookups));
		tcase_add_test(t, dangling_is_not_missing);
	}
	tcase_add_test(t, many);
	tcase_add_test(t, no_memory);
	suite_add_tcase(suite, t);
	return run_suite(suite);
}
