/* docroot: where document_root leads by now, and what is looked up in it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "clock.h"
#include "files/docroot.h"
#include "support.h"
#include "tree.h"

/*
 * Linked with --wrap=fstatat and --wrap=fstat: looks are counted, and times are
 * to the second where it is said so, as some file systems have them.
 */
static unsigned looked;
static bool in_seconds;

int	__real_fstatat(int dir, const char *path, struct stat *st, int flags);
int	__wrap_fstatat(int dir, const char *path, struct stat *st, int flags);
int	__real_fstat(int fd, struct stat *st);
int	__wrap_fstat(int fd, struct stat *st);

static int
seen(int result, struct stat *st)
{
	looked++;
	if (in_seconds && result == 0)
		st->st_ctim.tv_nsec = 0;
	return result;
}

int
__wrap_fstatat(int dir, const char *path, struct stat *st, int flags)
{
	return seen(__real_fstatat(dir, path, st, flags), st);
}

int
__wrap_fstat(int fd, struct stat *st)
{
	return seen(__real_fstat(fd, st), st);
}

/* Times of files are coarse: until one changes. */
static void
tick(void)
{
	struct stat before, now;

	tree_file("tick", "");
	ck_assert_int_eq(lstat(tree_path("tick"), &before), 0);
	do {
		chmod(tree_path("tick"), 0600);
		ck_assert_int_eq(lstat(tree_path("tick"), &now), 0);
	} while (before.st_ctim.tv_sec == now.st_ctim.tv_sec &&
	    before.st_ctim.tv_nsec == now.st_ctim.tv_nsec);
}

static struct docroot *root;
static uint64_t turn;

static void
make_directory(const char *name, const char *content)
{
	char file[64];

	tree_directory(name);
	snprintf(file, sizeof(file), "%s/name", name);
	tree_file(file, content);
}

static void
begin(const char *path)
{
	char error[512];

	log_set_level(LOG_LEVEL_INFO);
	clock_ahead_s = CLOCK_HOUR;
	tree_anew("srv");
	make_directory("srv/site", "site");
	make_directory("srv/next", "next");
	tree_directory("srv/one");
	make_directory("srv/one/site", "one");
	tree_directory("srv/two");
	make_directory("srv/two/site", "two");
	tree_link("site", "srv/current");
	tree_link("current", "srv/twice");
	tree_link("one", "srv/way");
	tree_file("srv/file", "");
	root = docroot_new(tree_path(path), false, error, sizeof(error));
	ck_assert_msg(root != NULL, "%s", error);
	turn = 0;
	tick();
}

/* What is served, in a new turn; "" and errno if nothing is. */
static const char *
served(void)
{
	static char text[32];
	struct stat st;
	ssize_t n;
	int fd;

	turn++;
	if (docroot_follow(root, turn) == -1)
		return "";
	ck_assert_int_ge(fd = docroot_open(root, "name", &st), 0);
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	ck_assert_int_gt(n, 0);
	text[n] = '\0';
	return text;
}

static void
move(const char *from, const char *to)
{
	ck_assert_int_eq(rename(tree_path(from), tree_path(to)), 0);
}

static void
set_link(const char *name, const char *target)
{
	unlink(tree_path(name));
	tree_link(target, name);
}

static void
swap_last(void)
{
	set_link("srv/current", "next");
}

static void
swap_middle(void)
{
	set_link("srv/way", "two");
}

static void
swap_at_once(void)
{
	tree_link("next", "srv/new");
	move("srv/new", "srv/current");
}

static void
swap_to_the_same(void)
{
	set_link("srv/current", "../srv/site");
}

static void
other_link(void)
{
	set_link("srv/twice", "next");
}

static void
replace(void)
{
	move("srv/site", "srv/old");
	move("srv/next", "srv/site");
}

static void
replace_by_link(void)
{
	move("srv/site", "srv/old");
	tree_link("next", "srv/site");
}

static void
replace_by_link_to_it(void)
{
	move("srv/site", "srv/old");
	tree_link("old", "srv/site");
}

static void
move_and_return(void)
{
	move("srv/site", "srv/old");
	move("srv/old", "srv/site");
}

static void
link_becomes_directory(void)
{
	unlink(tree_path("srv/current"));
	move("srv/next", "srv/current");
}

static void
new_name(void)
{
	tree_file("srv/site/new", "");
}

static const struct {
	const char	*name, *path;
	void		(*make)(void);
	const char	*served;
	unsigned	 generations;
} changes[] = {
	{ "nothing", "srv/site", tick, "site", 0 },
	{ "nothing, by a link", "srv/current", tick, "site", 0 },
	{ "a name in it", "srv/site", new_name, "site", 0 },
	{ "last link", "srv/current", swap_last, "next", 1 },
	{ "last link, with a slash", "srv/current/", swap_last, "next", 1 },
	{ "last link, at once", "srv/current", swap_at_once, "next", 1 },
	{ "link in the middle", "srv/way/site", swap_middle, "two", 1 },
	{ "link to a link", "srv/twice", swap_last, "next", 1 },
	{ "the first of two", "srv/twice", other_link, "next", 1 },
	{ "link to the same", "srv/current", swap_to_the_same, "site", 0 },
	{ "link that nobody asks for", "srv/site", swap_last, "site", 0 },
	{ "renamed and replaced", "srv/site", replace, "next", 1 },
	{ "that by a link", "srv/current", replace, "next", 1 },
	{ "a link by now", "srv/site", replace_by_link, "next", 1 },
	{ "a link to it", "srv/site", replace_by_link_to_it, "site", 0 },
	{ "away and back", "srv/site", move_and_return, "site", 0 },
	{ "a directory by now", "srv/current", link_becomes_directory,
	    "next", 1 },
};

START_TEST(follows)
{
	const char *name = changes[_i].name, *log;
	int before = tree_descriptors();
	struct stat st;

	begin(changes[_i].path);
	ck_assert_int_eq(docroot_follow(root, ++turn), 0);
	ck_assert_uint_eq(docroot_generation(root), 0);
	catch_begin();
	changes[_i].make();
	/* In a turn it stays where it was. */
	ck_assert_int_eq(docroot_follow(root, turn), 0);
	ck_assert_uint_eq(docroot_generation(root), 0);
	for (int i = 0; i < 3; i++)
		ck_assert_msg(strcmp(served(), changes[_i].served) == 0,
		    "%s: %s", name, served());
	log = catch_end();
	ck_assert_msg(docroot_generation(root) == changes[_i].generations,
	    "%s: %u", name, docroot_generation(root));
	if (changes[_i].generations == 0) {
		ck_assert_msg(log[0] == '\0', "%s: %s", name, log);
	} else {
		ck_assert_ptr_nonnull(strstr(log, "another directory now"));
		ck_assert_ptr_eq(strchr(log, '\n'), strrchr(log, '\n'));
	}
	ck_assert_int_eq(fstat(docroot_fd(root), &st), 0);
	ck_assert(st.st_ino == docroot_state(root)->st_ino);
	ck_assert(st.st_mtim.tv_nsec == docroot_state(root)->st_mtim.tv_nsec);
	docroot_free(root);
	ck_assert_int_eq(tree_descriptors(), before);
}
END_TEST

/* It has become a link without being another directory; then it is swapped. */
START_TEST(follows_a_link_that_came_later)
{
	begin("srv/site");
	ck_assert_str_eq(served(), "site");
	replace_by_link_to_it();
	ck_assert_str_eq(served(), "site");
	ck_assert_str_eq(served(), "site");
	set_link("srv/site", "next");
	ck_assert_str_eq(served(), "next");
	/* And the other way round. */
	unlink(tree_path("srv/site"));
	move("srv/old", "srv/site");
	ck_assert_str_eq(served(), "site");
	tick();
	replace();
	ck_assert_str_eq(served(), "next");
	docroot_free(root);
}
END_TEST

/* Made and renamed in one tick of a coarse clock. */
START_TEST(follows_what_is_young)
{
	begin("srv/site");
	in_seconds = true;
	clock_ahead_s = 0;
	tree_file("srv/site/new", "");
	ck_assert_str_eq(served(), "site");
	replace();
	ck_assert_str_eq(served(), "next");
	docroot_free(root);
}
END_TEST

START_TEST(looks_once_a_turn)
{
	unsigned before;

	begin(_i == 0 ? "srv/site" : "srv/current");
	served();
	for (int i = 0; i < 5; i++) {
		turn++;
		before = looked;
		ck_assert_int_eq(docroot_follow(root, turn), 0);
		ck_assert_uint_eq(looked, before + 1);
		ck_assert_int_eq(docroot_follow(root, turn), 0);
		ck_assert_int_eq(docroot_follow(root, turn), 0);
		ck_assert_uint_eq(looked, before + 1);
	}
	/* It says again what it has found. */
	unlink(tree_path("srv/current"));
	move("srv/site", "srv/old");
	catch_begin();
	turn++;
	ck_assert_int_eq(docroot_follow(root, turn), -1);
	before = looked;
	errno = 0;
	ck_assert_int_eq(docroot_follow(root, turn), -1);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_uint_eq(looked, before);
	catch_end();
	docroot_free(root);
}
END_TEST

static void
remove_it(void)
{
	unlink(tree_path("srv/site/name"));
	ck_assert_int_eq(rmdir(tree_path("srv/site")), 0);
}

static void
move_it(void)
{
	move("srv/site", "srv/old");
}

static void
to_file(void)
{
	move_it();
	tree_file("srv/site", "");
}

static void
to_circle(void)
{
	move_it();
	tree_link("site", "srv/site");
}

static void
to_slash(void)
{
	move_it();
	tree_link("/", "srv/site");
}

static void
to_slash_by_dots(void)
{
	move_it();
	tree_link("/usr/..", "srv/site");
}

static const struct {
	const char	*name;
	void		(*make)(void);
	int		 error;
} losses[] = {
	{ "moved", move_it, ENOENT },
	{ "removed", remove_it, ENOENT },
	{ "a file", to_file, ENOTDIR },
	{ "a circle", to_circle, ELOOP },
	{ "the root of the file system", to_slash, EXDEV },
	{ "the same by dots", to_slash_by_dots, EXDEV },
};

/* The lines of a text. */
static int
lines(const char *text)
{
	int n = 0;

	for (; *text != '\0'; text++)
		n += *text == '\n';
	return n;
}

/* Gone, told once; and there again, as it was or as another one. */
START_TEST(gone_and_back)
{
	const char *name = losses[_i / 4].name, *log;
	bool by_link = _i % 2 == 1, same = _i / 2 % 2 == 1;
	int before = tree_descriptors();

	if (same && losses[_i / 4].make == remove_it)
		return;
	begin(by_link ? "srv/current" : "srv/site");
	ck_assert_str_eq(served(), "site");
	losses[_i / 4].make();
	catch_begin();
	for (int i = 0; i < 3; i++) {
		ck_assert_msg(served()[0] == '\0', "%s", name);
		ck_assert_msg(errno == losses[_i / 4].error, "%s: %s", name,
		    strerror(errno));
	}
	log = catch_end();
	ck_assert_msg(lines(log) == 1 && strstr(log, "error: cannot serve "
	    "from ") != NULL, "%s: %s", name, log);
	unlink(tree_path("srv/site"));
	move(same ? "srv/old" : "srv/next", "srv/site");
	catch_begin();
	for (int i = 0; i < 3; i++)
		ck_assert_str_eq(served(), same ? "site" : "next");
	log = catch_end();
	ck_assert_msg(lines(log) == 1 && strstr(log, same ? "there again" :
	    "another directory now") != NULL, "%s: %s", name, log);
	ck_assert_uint_eq(docroot_generation(root), same ? 0 : 1);
	docroot_free(root);
	ck_assert_int_eq(tree_descriptors(), before);
}
END_TEST

START_TEST(each_error_is_told)
{
	const char *log;

	begin("srv/site");
	catch_begin();
	move_it();
	ck_assert_str_eq(served(), "");
	ck_assert_int_eq(errno, ENOENT);
	tree_file("srv/site", "");
	ck_assert_str_eq(served(), "");
	ck_assert_int_eq(errno, ENOTDIR);
	unlink(tree_path("srv/site"));
	ck_assert_str_eq(served(), "");
	ck_assert_int_eq(errno, ENOENT);
	log = catch_end();
	ck_assert_int_eq(lines(log), 3);
	docroot_free(root);
}
END_TEST

/* Within a sandbox */

static int questions;

/* Anything but what holds a file of that name. */
static bool
may(void *arg, int fd)
{
	struct stat st;

	questions++;
	return fstatat(fd, arg, &st, 0) == -1;
}

START_TEST(outside_of_the_sandbox)
{
	char outside[] = "outside";
	int before = tree_descriptors();
	const char *log;

	begin("srv/current");
	tree_file("srv/two/site/outside", "");
	docroot_confine(root, may, outside);
	ck_assert_str_eq(served(), "site");
	questions = 0;
	catch_begin();
	set_link("srv/current", "two/site");
	for (int i = 0; i < 3; i++) {
		ck_assert_str_eq(served(), "");
		ck_assert_int_eq(errno, EPERM);
	}
	/* From one that is outside to another one. */
	tree_file("srv/one/site/outside", "");
	set_link("srv/current", "one/site");
	ck_assert_str_eq(served(), "");
	log = catch_end();
	ck_assert_int_eq(questions, 4);
	ck_assert_int_eq(lines(log), 1);
	ck_assert_ptr_nonnull(strstr(log, "/srv/current: it is "));
	ck_assert_ptr_nonnull(strstr(log, "/srv/two/site now, which is "
	    "outside of the sandbox: add its directory to process.readable "
	    "and restart\n"));
	ck_assert_uint_eq(docroot_generation(root), 0);
	/* Back where it was, out, and to another one that is inside. */
	catch_begin();
	set_link("srv/current", "site");
	ck_assert_str_eq(served(), "site");
	set_link("srv/current", "two/site");
	ck_assert_str_eq(served(), "");
	set_link("srv/current", "next");
	ck_assert_str_eq(served(), "next");
	/* Nobody asks any more. */
	docroot_confine(root, NULL, NULL);
	set_link("srv/current", "two/site");
	ck_assert_str_eq(served(), "two");
	log = catch_end();
	ck_assert_int_eq(lines(log), 4);
	ck_assert_uint_eq(docroot_generation(root), 2);
	docroot_free(root);
	ck_assert_int_eq(tree_descriptors(), before);
}
END_TEST

/* Recording */

static struct {
	int		 n, error;
	char		 path[64];
	struct stat	 st;
	bool		 once;
} noted;

static void
note(void *arg, const char *path, int error, const struct stat *st)
{
	ck_assert_ptr_eq(arg, &noted);
	noted.n++;
	noted.error = error;
	snprintf(noted.path, sizeof(noted.path), "%s", path);
	if (error == 0)
		noted.st = *st;
	if (noted.once)
		docroot_record(root, NULL, NULL);
	errno = EDOM;
}

static int
by_open(const char *path, struct stat *st)
{
	int fd = docroot_open(root, path, st), error = errno;

	if (fd != -1)
		close(fd);
	return fd == -1 ? error : 0;
}

static int
by_stat(const char *path, struct stat *st)
{
	return docroot_stat(root, path, st) == -1 ? errno : 0;
}

static int
by_reach(const char *path, struct stat *st)
{
	int fd = docroot_reach(root, path, st), error = errno;

	if (fd != -1)
		close(fd);
	return fd == -1 ? error : 0;
}

static int
by_is_directory(const char *path, struct stat *st)
{
	ck_assert_int_eq(stat(tree_path("srv/site"), st), 0);
	return docroot_is_directory(root, path) ? 0 : errno;
}

static int	(*const ways[])(const char *path, struct stat *st) = {
	by_open, by_stat, by_reach, by_is_directory
};

START_TEST(records)
{
	static const char *const paths[] = {
		"", "name", "nothing", "name/x", "../next", "no/thing"
	};
	struct stat st;
	int error;

	begin("srv/site");
	for (int i = 0; i < COUNT(paths); i++) {
		docroot_record(root, note, &noted);
		noted.n = 0;
		error = ways[_i](paths[i], &st);
		ck_assert_msg(noted.n == 1, "%s", paths[i]);
		ck_assert_str_eq(noted.path, paths[i]);
		ck_assert_msg(noted.error == error, "%s: %s", paths[i],
		    strerror(error));
		ck_assert(error != 0 || noted.st.st_ino == st.st_ino);
		/* No more of it, by who recorded or by the note itself. */
		docroot_record(root, NULL, NULL);
		(void)ways[_i](paths[i], &st);
		ck_assert_int_eq(noted.n, 1);
		docroot_record(root, note, &noted);
		noted.once = true;
		(void)ways[_i](paths[i], &st);
		ck_assert_int_eq(ways[_i](paths[i], &st), error);
		ck_assert_int_eq(noted.n, 2);
		noted.once = false;
	}
	docroot_free(root);
}
END_TEST

static int
follow_twice(void *arg)
{
	(void)arg;
	return docroot_follow(root, turn + 1) == 0 &&
	    docroot_follow(root, turn + 2) == 0 ? 0 : 1;
}

/* Opened by root, and served by somebody who may not go there. */
START_TEST(way_that_may_not_be_searched)
{
	begin("srv/site");
	ck_assert_int_eq(chmod(tree_path("srv"), 0700), 0);
	ck_assert_int_eq(tree_as_nobody(follow_twice, NULL), 0);
	ck_assert_int_eq(chmod(tree_path("srv"), 0755), 0);
	docroot_free(root);
}
END_TEST

/* What says nothing about a path beneath it. */
START_TEST(records_no_more_than_looks)
{
	begin("srv/current");
	noted.n = 0;
	docroot_record(root, note, &noted);
	ck_assert_int_eq(docroot_check(root), 0);
	ck_assert_int_eq(docroot_follow(root, 1), 0);
	swap_last();
	ck_assert_int_eq(docroot_follow(root, 2), 0);
	ck_assert_int_eq(noted.n, 0);
	docroot_free(root);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("docroot_follow");
	TCase *t = tcase_create("docroot_follow");

	tcase_add_unchecked_fixture(t, tree_make, tree_remove);
	tcase_add_loop_test(t, follows, 0, COUNT(changes));
	tcase_add_test(t, follows_a_link_that_came_later);
	tcase_add_test(t, follows_what_is_young);
	tcase_add_loop_test(t, looks_once_a_turn, 0, 2);
	tcase_add_loop_test(t, gone_and_back, 0, 4 * COUNT(losses));
	tcase_add_test(t, each_error_is_told);
	tcase_add_test(t, outside_of_the_sandbox);
	tcase_add_loop_test(t, records, 0, COUNT(ways));
	tcase_add_test(t, records_no_more_than_looks);
	tcase_add_test(t, way_that_may_not_be_searched);
	suite_add_tcase(suite, t);
	return run_suite(suite);
}
