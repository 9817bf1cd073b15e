/* looks: what was looked up, and whether it is so in a later turn. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "clock.h"
#include "failing.h"
#include "files/looks.h"
#include "support.h"
#include "tree.h"

static const char *const names[] = {
	"site", "site/a", "site/b", "site/sub", "site/sub/c",
	"site/sub/deep", "site/sub/deep/d", "other", "other/a",
};

static void
settle(void)
{
	for (int i = COUNT(names) - 1; i >= 0; i--)
		tree_settle(names[i]);
}

static void
make_site(void)
{
	tree_anew("site");
	tree_file("site/a", "a");
	tree_file("site/b", "b");
	tree_directory("site/sub");
	tree_file("site/sub/c", "c");
	tree_directory("site/sub/deep");
	tree_file("site/sub/deep/d", "d");
	tree_link("a", "site/link");
	tree_link("sub", "site/sublink");
	tree_link("nowhere", "site/dangling");
	tree_link("../other/a", "site/out");
	tree_link("/etc", "site/absolute");
	ck_assert_int_eq(mkfifo(tree_path("site/fifo"), 0644), 0);
	tree_stamp("site/fifo", 784111777, 0);
	if (access(tree_path("other"), F_OK) == -1) {
		tree_directory("other");
		tree_file("other/a", "a");
	}
	settle();
}

/* One for each test. */
static struct docroot *root;
static struct folders folders;
static struct looks looks;
static uint64_t turn;

static void
begin(unsigned most)
{
	char error[512];

	make_site();
	clock_ahead_s = CLOCK_HOUR;
	root = docroot_new(tree_path("site"), false, error, sizeof(error));
	ck_assert_msg(root != NULL, "%s", error);
	folders_init(&folders, most);
	turn = 1;
	ck_assert_int_eq(docroot_follow(root, turn), 0);
	looks_begin(&looks, &folders, root);
}

static void
end(void)
{
	looks_clear(&looks);
	for (int i = 0; i < FOLDER_CHAINS; i++)
		ck_assert_ptr_null(folders.chains[i]);
	ck_assert_uint_eq(folders.descriptors, 0);
	docroot_free(root);
}

/* The error of a look, or 0. */
static int
look(const char *path)
{
	struct stat st;

	return docroot_stat(root, path, &st) == 0 ? 0 : errno;
}

static bool
hold(void)
{
	turn++;
	ck_assert_int_eq(docroot_follow(root, turn), 0);
	return looks_hold(&looks, turn);
}

static const struct {
	const char	*name, *path;
	int		 error;
	bool		 passing;
} paths[] = {
	{ "file", "a", 0, false },
	{ "file below", "sub/c", 0, false },
	{ "deeper", "sub/deep/d", 0, false },
	{ "slashes", "sub//deep///d", 0, false },
	{ "root", "", 0, false },
	{ "directory", "sub", 0, false },
	{ "directory with slash", "sub/", 0, false },
	{ "directory below, with slash", "sub/deep//", 0, false },
	{ "fifo", "fifo", 0, false },
	{ "link", "link", 0, false },
	{ "link to a directory", "sublink", 0, false },
	{ "link to a directory, with slash", "sublink/", 0, false },
	{ "through a link", "sublink/c", 0, false },
	{ "missing", "nothing", ENOENT, false },
	{ "missing below", "sub/nothing", ENOENT, false },
	{ "missing through a link", "sublink/nothing", ENOENT, false },
	{ "missing with its directory", "no/thing", ENOENT, true },
	{ "missing, with slash", "nothing/", ENOENT, false },
	{ "leads nowhere", "dangling", ENOENT, true },
	{ "leads out", "out", EXDEV, true },
	{ "leads out by an absolute path", "absolute/passwd", EXDEV, true },
	{ "below a file", "a/b", ENOTDIR, true },
	{ "file with slash", "a/", ENOTDIR, true },
	{ "dots", "sub/../a", EXDEV, true },
};

/* With descriptors for the folders, and without. */
START_TEST(unchanged)
{
	const char *name = paths[_i / 2].name;
	int before = tree_descriptors();

	begin(_i % 2 == 0 ? 8 : 0);
	ck_assert_msg(look(paths[_i / 2].path) == paths[_i / 2].error,
	    "%s: %s", name, strerror(errno));
	looks_end(&looks);
	ck_assert_msg(looks.passing == paths[_i / 2].passing, "%s", name);
	for (int i = 0; i < 3; i++)
		ck_assert_msg(hold() != paths[_i / 2].passing, "%s", name);
	/* Nothing is recorded any more. */
	ck_assert_uint_le(looks.n, 1);
	look("b");
	ck_assert_uint_le(looks.n, 1);
	end();
	ck_assert_int_eq(tree_descriptors(), before);
}
END_TEST

/* Changes */

static void
edit(void)
{
	tree_file("site/a", "edited");
}

static void
touch(void)
{
	tree_stamp("site/a", 784111778, 0);
}

/* Until the clock has ticked, and the change shows. */
static void
change_mode(void)
{
	struct stat before, after;

	ck_assert_int_eq(stat(tree_path("site/a"), &before), 0);
	do {
		chmod(tree_path("site/a"), 0600);
		ck_assert_int_eq(stat(tree_path("site/a"), &after), 0);
	} while (before.st_ctim.tv_sec == after.st_ctim.tv_sec &&
	    before.st_ctim.tv_nsec == after.st_ctim.tv_nsec);
}

static void
replace(void)
{
	tree_file("site/new", "n");
	tree_settle("site/new");
	ck_assert_int_eq(rename(tree_path("site/new"),
	    tree_path("site/a")), 0);
}

static void
delete(void)
{
	unlink(tree_path("site/a"));
}

static void
to_directory(void)
{
	delete();
	tree_directory("site/a");
}

static void
to_link(void)
{
	delete();
	tree_link("b", "site/a");
}

static void
retarget(void)
{
	unlink(tree_path("site/link"));
	tree_link("b", "site/link");
}

static void
retarget_to_the_same(void)
{
	unlink(tree_path("site/link"));
	tree_link("sub/../a", "site/link");
}

static void
retarget_out(void)
{
	unlink(tree_path("site/link"));
	tree_link("../other/a", "site/link");
}

static void
retarget_directory(void)
{
	unlink(tree_path("site/sublink"));
	tree_link("sub/deep", "site/sublink");
}

static void
add(void)
{
	tree_file("site/nothing", "");
}

static void
add_dangling(void)
{
	tree_link("nowhere", "site/nothing");
}

static void
add_another(void)
{
	tree_file("site/another", "");
}

static void
add_below(void)
{
	tree_file("site/sub/nothing", "");
}

static void
add_and_remove(void)
{
	add();
	unlink(tree_path("site/nothing"));
}

static void
move_away(void)
{
	ck_assert_int_eq(rename(tree_path("site/sub"),
	    tree_path("site/bus")), 0);
}

static void
move_and_return(void)
{
	move_away();
	ck_assert_int_eq(rename(tree_path("site/bus"),
	    tree_path("site/sub")), 0);
}

static void
move_and_replace(void)
{
	move_away();
	tree_directory("site/sub");
	ck_assert_int_eq(link(tree_path("site/bus/c"),
	    tree_path("site/sub/c")), 0);
	tree_settle("site/sub");
}

static void
move_and_link(void)
{
	move_away();
	tree_link("bus", "site/sub");
}

static void
move_and_link_absolutely(void)
{
	move_away();
	tree_link(tree_path("site/bus"), "site/sub");
}

static void
move_root(void)
{
	tree_anew("site");
	ck_assert_int_eq(link(tree_path("other/a"), tree_path("site/a")), 0);
}

static const struct {
	const char	*name, *path;
	void		(*make)(void);
	bool		 holds;
} changes[] = {
	{ "edited", "a", edit, false },
	{ "touched", "a", touch, false },
	{ "mode", "a", change_mode, false },
	{ "replaced", "a", replace, false },
	{ "deleted", "a", delete, false },
	{ "a directory", "a", to_directory, false },
	{ "a link", "a", to_link, false },
	{ "edited, by a link", "link", edit, false },
	{ "replaced, by a link", "link", replace, false },
	{ "deleted, by a link", "link", delete, false },
	{ "link to another", "link", retarget, false },
	{ "link to the same", "link", retarget_to_the_same, true },
	{ "link out", "link", retarget_out, false },
	{ "link to another directory", "sublink/c", retarget_directory,
	    false },
	{ "missing there", "sublink/nothing", retarget_directory, false },
	{ "that directory", "sublink/", retarget_directory, false },
	{ "other file edited", "b", edit, true },
	{ "other file replaced", "b", replace, true },
	{ "other name beside", "a", add_another, true },
	{ "there by now", "nothing", add, false },
	{ "a link by now", "nothing", add_dangling, false },
	{ "was there", "nothing", add_and_remove, true },
	{ "other name there", "nothing", add_another, true },
	{ "other file removed", "nothing", delete, true },
	{ "the same below", "nothing", add_below, true },
	{ "there below", "sub/nothing", add_below, false },
	{ "there through a link", "sublink/nothing", add_below, false },
	{ "in the directory", "sub", add_below, false },
	{ "in the root", "", add, false },
	{ "directory moved", "sub/c", move_away, false },
	{ "directory moved, missing", "sub/nothing", move_away, false },
	{ "directory moved, by a link", "sublink/c", move_away, false },
	{ "directory moved, deep", "sub/deep/d", move_away, false },
	{ "moved and back", "sub/c", move_and_return, true },
	{ "moved and back, missing", "sub/nothing", move_and_return, true },
	{ "replaced with the file in it", "sub/c", move_and_replace, false },
	{ "replaced, missing", "sub/nothing", move_and_replace, false },
	{ "replaced by a link to it", "sub/c", move_and_link, true },
	{ "replaced by a link, missing", "sub/nothing", move_and_link,
	    true },
	{ "replaced by a link, deep", "sub/deep/d", move_and_link, true },
	{ "absolute link", "sub/c", move_and_link_absolutely, false },
	{ "absolute link, missing", "sub/nothing", move_and_link_absolutely,
	    false },
	{ "other root", "a", move_root, false },
	{ "other root, missing", "nothing", move_root, false },
};

START_TEST(changed)
{
	const char *name = changes[_i / 2].name;
	int before = tree_descriptors();

	log_set_level(LOG_LEVEL_ERROR);
	begin(_i % 2 == 0 ? 8 : 0);
	look(changes[_i / 2].path);
	looks_end(&looks);
	ck_assert_msg(hold(), "%s", name);
	changes[_i / 2].make();
	for (int i = 0; i < 3; i++)
		ck_assert_msg(hold() == changes[_i / 2].holds, "%s, %d", name,
		    i);
	end();
	ck_assert_int_eq(tree_descriptors(), before);
}
END_TEST

/* One of many is enough. */
START_TEST(all_have_to_hold)
{
	static const char *const many[] = {
		"nothing", "a", "sub/nothing", "b", "sub/c"
	};

	begin(8);
	for (int i = 0; i < COUNT(many); i++)
		look(many[i]);
	looks_end(&looks);
	ck_assert_uint_eq(looks.n, COUNT(many));
	ck_assert(hold());
	tree_file("site/sub/c", "edited");
	ck_assert(!hold());
	/* It was not as it was then, but it is again. */
	tree_file("site/sub/c", "c");
	ck_assert(!hold());
	end();
}
END_TEST

START_TEST(young_ones_pass)
{
	struct timespec now;

	begin(8);
	clock_ahead_s = 0;
	clock_gettime(CLOCK_REALTIME, &now);
	tree_stamp("site/a", now.tv_sec, 0);
	look("a");
	looks_end(&looks);
	ck_assert(looks.passing);
	ck_assert(!hold());
	end();
}
END_TEST

/* What is missing is looked for again while its directory is young. */
START_TEST(missing_in_a_young_directory)
{
	begin(8);
	clock_ahead_s = 0;
	look("nothing");
	looks_end(&looks);
	for (int i = 0; i < 3; i++)
		ck_assert(hold());
	/* A new file, and a directory that does not show it. */
	add();
	tree_settle("site");
	ck_assert(!hold());
	end();
}
END_TEST

START_TEST(too_many)
{
	begin(8);
	for (int i = 0; i < 32; i++)
		look(i % 2 == 0 ? "a" : "nothing");
	ck_assert(!looks.passing);
	ck_assert(hold());
	ck_assert_int_eq(look("a"), 0);
	looks_end(&looks);
	ck_assert(looks.passing);
	ck_assert(!hold());
	end();
}
END_TEST

/* Who looked is told why, whatever recording it did meanwhile. */
START_TEST(errno_stays)
{
	struct rlimit old, tight;
	int error;

	begin(8);
	ck_assert_int_eq(look("nothing"), ENOENT);
	ck_assert_int_eq(look("a/b"), ENOTDIR);
	ck_assert(looks.passing);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &old), 0);
	tight = old;
	tight.rlim_cur = (rlim_t)lowest_descriptor();
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &tight), 0);
	error = look("a");
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
	ck_assert_int_eq(error, EMFILE);
	looks_end(&looks);
	end();
}
END_TEST

START_TEST(what_was_found)
{
	struct stat a, b;

	begin(8);
	ck_assert_int_eq(docroot_stat(root, "a", &a), 0);
	ck_assert_int_eq(look("nothing"), ENOENT);
	looks_end(&looks);
	ck_assert_int_eq(docroot_stat(root, "b", &b), 0);
	ck_assert(looks_have(&looks, "a", &a));
	ck_assert(!looks_have(&looks, "a", &b));
	ck_assert(!looks_have(&looks, "b", &b));
	ck_assert(!looks_have(&looks, "nothing", &a));
	a.st_size++;
	ck_assert(!looks_have(&looks, "a", &a));
	ck_assert_uint_gt(looks_size(&looks), strlen("a") +
	    strlen("nothing"));
	end();
	ck_assert_uint_eq(looks_size(&looks), 0);
	/* Of one that was never begun. */
	looks = (struct looks){ 0 };
	ck_assert(looks_hold(&looks, 1));
	looks_clear(&looks);
}
END_TEST

/* Each allocation fails once: it passes, and what was looked up is right. */
START_TEST(no_memory)
{
	int before = tree_descriptors(), error[3];
	bool failed = true;

	for (unsigned at = 1; failed; at++) {
		begin(8);
		failing_at(FAILING_MEMORY, at, ENOMEM);
		error[0] = look("a");
		error[1] = look("sub/nothing");
		error[2] = look("b");
		failed = failing_happened(FAILING_MEMORY);
		failing_reset();
		ck_assert(error[0] == 0 && error[1] == ENOENT &&
		    error[2] == 0);
		looks_end(&looks);
		ck_assert_uint_ge(looks.n, failed ? 2 : 3);
		ck_assert(looks.passing == failed);
		ck_assert(hold() != failed);
		end();
		ck_assert_int_eq(tree_descriptors(), before);
	}
	/* To give back what is not needed may fail. */
	begin(8);
	look("a");
	failing_at(FAILING_MEMORY, 1, ENOMEM);
	looks_end(&looks);
	failing_reset();
	ck_assert(hold());
	end();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("looks");
	TCase *t = tcase_create("looks");

	tcase_add_unchecked_fixture(t, tree_make, tree_remove);
	/* These have links among what they look at. */
	if (tree_follows_links()) {
		tcase_add_loop_test(t, unchanged, 0, 2 * COUNT(paths));
		tcase_add_loop_test(t, changed, 0, 2 * COUNT(changes));
	}
	tcase_add_test(t, all_have_to_hold);
	tcase_add_test(t, young_ones_pass);
	tcase_add_test(t, missing_in_a_young_directory);
	tcase_add_test(t, too_many);
	tcase_add_test(t, errno_stays);
	tcase_add_test(t, what_was_found);
	tcase_add_test(t, no_memory);
	suite_add_tcase(suite, t);
	return run_suite(suite);
}
