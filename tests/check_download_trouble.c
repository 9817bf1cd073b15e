/*
 * check_download_trouble - files that are saved where others have been, or
 * are, and on disks that fail.
 */
#ifdef HAVE_CONFIG_H
#include "build.h"
#endif

#include "client/download.h"

#include <sys/socket.h>
#include <sys/un.h>

#include "saving.h"
#include "suite.h"

/* ---- what is refused ---- */

static void
put_directory(const char *name)
{
	ck_assert_int_eq(mkdir(path(name), 0755), 0);
}

static void
put_link(const char *name)
{
	put_file("other", "precious");
	ck_assert_int_eq(symlink("other", path(name)), 0);
}

static void
put_loose_link(const char *name)
{
	ck_assert_int_eq(symlink("nothing", path(name)), 0);
}

static void
put_link_to_directory(const char *name)
{
	put_directory("other");
	ck_assert_int_eq(symlink("other", path(name)), 0);
}

static void
put_hard_link(const char *name)
{
	put_file("other", "precious");
	ck_assert_int_eq(__real_link(path("other"), path(name)), 0);
}

static void
put_pipe(const char *name)
{
	ck_assert_int_eq(mkfifo(path(name), 0600), 0);
}

static void
put_socket(const char *name)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", path(name));
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	__real_close(fd);
}

static void
put_whole(const char *name)
{
	put_file(name, "precious");
}

static const struct {
	const char		*name;
	void			(*put)(const char *name);
	const char		*at;
	enum download_how	 how;
	const char		*says;
} refused[] = {
	{ "there", put_whole, "f", DOWNLOAD_NEW,
	  "/f is there already; to replace it: --force" },
	{ "there and whole", put_whole, "f", DOWNLOAD_RESUME,
	  "/f is there, and whole; to fetch it anew: --force" },
	{ "a part", put_whole, "f.part", DOWNLOAD_NEW,
	  "/f.part is there, with 8 bytes of an earlier try; to go on with "
	  "it: -C; to begin anew: --force" },
	{ "a directory", put_directory, "f", DOWNLOAD_NEW,
	  "/f is a directory; give the name of a file in it" },
	{ "a directory, forced", put_directory, "f", DOWNLOAD_FORCE,
	  "/f is a directory; " },
	{ "a link to one", put_link_to_directory, "f", DOWNLOAD_FORCE,
	  "/f is a symbolic link, which is not replaced; save to what it "
	  "leads to: other" },
	{ "a link", put_link, "f", DOWNLOAD_NEW,
	  "/f is a symbolic link, " },
	{ "a link, forced", put_link, "f", DOWNLOAD_FORCE,
	  "/f is a symbolic link, " },
	{ "a link that leads nowhere", put_loose_link, "f", DOWNLOAD_FORCE,
	  "save to what it leads to: nothing" },
	{ "a pipe that nobody reads", put_pipe, "f", DOWNLOAD_NEW,
	  "/f: nobody reads from this named pipe" },
	{ "a socket", put_socket, "f", DOWNLOAD_NEW,
	  "/f, which is a socket: " },
	{ "a part that is a link", put_link, "f.part", DOWNLOAD_NEW,
	  "/f.part is a symbolic link, not the beginning of a file; move it "
	  "away" },
	{ "a part that is a link, forced", put_link, "f.part",
	  DOWNLOAD_FORCE, "/f.part is a symbolic link, " },
	{ "a part that is a loose link", put_loose_link, "f.part",
	  DOWNLOAD_RESUME, "/f.part is a symbolic link, " },
	{ "a part that is a directory", put_directory, "f.part",
	  DOWNLOAD_FORCE, "/f.part is a directory, not the " },
	{ "a part that is a pipe", put_pipe, "f.part", DOWNLOAD_RESUME,
	  "/f.part is a named pipe, not the " },
	{ "a part that is a socket", put_socket, "f.part", DOWNLOAD_NEW,
	  "/f.part is a socket, not the " },
	{ "a part with two names", put_hard_link, "f.part", DOWNLOAD_FORCE,
	  "/f.part has a second name (a hard link), and writing to it would "
	  "change that file; remove it" },
	{ "an info that is a directory", put_directory, "f.part.info",
	  DOWNLOAD_NEW, "/f.part.info is a directory, and its name is "
	  "needed; move it away" },
	{ "an info that is something else", put_whole, "f.part.info",
	  DOWNLOAD_FORCE, "/f.part.info is not from mynah, and its name is "
	  "needed; move it away" },
	{ "an info that is a link", put_link, "f.part.info", DOWNLOAD_NEW,
	  "/f.part.info is a symbolic link, " },
};

START_TEST(refuses)
{
	int descriptors = tree_descriptors();

	refused[_i].put(refused[_i].at);
	ck_assert_msg(!can_open("f", refused[_i].how, false), "%s",
	    refused[_i].name);
	ck_assert_msg(strstr(error, refused[_i].says) != NULL, "%s: %s",
	    refused[_i].name, error);
	if (is_there("other") && refused[_i].put != put_link_to_directory)
		ck_assert_str_eq(content("other"), "precious");
	/* And leaves nothing behind. */
	ck_assert(is_there(refused[_i].at));
	if (strcmp(refused[_i].at, "f.part") != 0)
		ck_assert_msg(!is_there("f.part"), "%s", refused[_i].name);
	ck_assert_int_eq(tree_descriptors(), descriptors);
}
END_TEST

static const struct {
	const char	*name;		/* below the directory */
	const char	*says;
} places[] = {
	{ "none/f", "/none does not exist" },
	{ "none/more/f", "/none does not exist" },
	{ "file/f", "/file is not a directory" },
	{ "circle/f", "/circle is a symbolic link to circle" },
	{ "file/", "is the name of a directory; give that of a file in it" },
	{ "none/", "is the name of a directory; " },
};

START_TEST(refuses_places)
{
	put_file("file", "precious");
	ck_assert_int_eq(symlink("circle", path("circle")), 0);
	ck_assert_msg(!can_open(places[_i].name, DOWNLOAD_NEW, false), "%s",
	    places[_i].name);
	ck_assert_msg(strstr(error, places[_i].says) != NULL, "%s: %s",
	    places[_i].name, error);
	ck_assert_str_eq(content("file"), "precious");
}
END_TEST

static void
no_name(const char *name, const char *says)
{
	ck_assert_ptr_null(download_open(name, DOWNLOAD_NEW, false, error,
	    sizeof(error)));
	ck_assert_msg(strstr(error, says) != NULL, "%s: %s", name, error);
}

START_TEST(refuses_what_is_no_name)
{
	static char deep[8192];

	no_name("", "the name of the file to save to is empty");
	no_name("/", "is the name of a directory");
	no_name(".", ". is a directory");
	no_name("..", ".. is a directory");
	for (size_t i = 0; i + 3 < sizeof(deep); i += 2)
		memcpy(deep + i, "./", 2);
	deep[sizeof(deep) - 3] = 'f';
	no_name(deep, "the path is too long: it has ");
}
END_TEST

/* As many as fit with what is put behind them, and one more. */
START_TEST(length_of_names)
{
	char name[512];
	long most = pathconf(path(""), _PC_NAME_MAX) - 10;

	ck_assert_int_gt(most, 0);
	ck_assert_int_lt(most, (long)sizeof(name) - 2);
	memset(name, 'n', sizeof(name));
	name[most] = '\0';
	open_it(name, DOWNLOAD_NEW);
	begin(0);
	add(FIVE);
	finish();
	ck_assert_str_eq(content(name), FIVE);
	name[most] = 'n';
	name[most + 1] = '\0';
	ck_assert(!can_open(name, DOWNLOAD_NEW, false));
	ck_assert_msg(strstr(error, "the name is too long: it has ") != NULL &&
	    strstr(error, "\".part.info\" is put behind it") != NULL, "%s",
	    error);
	memset(name + most + 1, 'n', 50);
	name[most + 51] = '\0';
	ck_assert(!can_open(name, DOWNLOAD_NEW, false));
	ck_assert_msg(strstr(error, "the name is too long: it has ") != NULL,
	    "%s", error);
}
END_TEST

/* ---- as somebody with fewer rights, or with other files about ---- */

static const struct {
	const char	*name;
	mode_t		 mode;		/* of the directory */
	bool		 has_part;
	const char	*says;
} rights[] = {
	{ "read only", 0555, false, "no permission to write to the "
	  "directory " },
	{ "not to be searched", 0666, false, "no permission to search the "
	  "directory " },
	{ "all may write", 01777, true, "/f belongs to user id " },
};

static int
refused_to_nobody(void *arg)
{
	int row = *(int *)arg;

	if (can_open("f", rights[row].has_part ? DOWNLOAD_FORCE :
	    DOWNLOAD_NEW, false))
		return 1;
	if (strstr(error, rights[row].says) != NULL)
		return 0;
	fprintf(stderr, "%s: %s\n", rights[row].name, error);
	return 2;
}

START_TEST(refuses_without_rights)
{
	if (rights[_i].has_part) {
		put_file("f", "precious");
		if (geteuid() != 0)
			return;
	}
	ck_assert_int_eq(chmod(path(""), rights[_i].mode), 0);
	ck_assert_int_eq(tree_as_nobody(refused_to_nobody, &_i), 0);
	ck_assert_int_eq(chmod(path(""), 0755), 0);
}
END_TEST

START_TEST(part_of_somebody_else_is_refused)
{
	put_file("f.part", FIVE);
	if (geteuid() != 0)
		return;
	ck_assert_int_eq(chown(path("f.part"), FOREIGN_UID, -1), 0);
	for (enum download_how how = DOWNLOAD_NEW; how <= DOWNLOAD_FORCE;
	    how++) {
		ck_assert(!can_open("f", how, false));
		ck_assert_msg(strstr(error, "f.part belongs to user id 4242, "
		    "who could change what is in it; move it away") != NULL,
		    "%s", error);
	}
	ck_assert_str_eq(content("f.part"), FIVE);
}
END_TEST

START_TEST(info_of_somebody_else_is_refused)
{
	put_file("f.part", FIVE);
	put_info("f.part.info");
	if (geteuid() != 0)
		return;
	ck_assert_int_eq(chown(path("f.part.info"), FOREIGN_UID, -1), 0);
	ck_assert(!can_open("f", DOWNLOAD_RESUME, false));
	ck_assert_msg(strstr(error, "f.part.info belongs to user id 4242, "
	    "and its name is needed; move it away") != NULL, "%s", error);
	ck_assert(is_there("f.part.info"));
}
END_TEST

static int
refused_part(void *arg)
{
	(void)arg;
	if (can_open("f", DOWNLOAD_RESUME, false))
		return 1;
	return strstr(error, "no permission to write to ") != NULL &&
	    strstr(error, "/f.part (as user id ") != NULL ? 0 : 2;
}

START_TEST(part_that_is_closed_to_us)
{
	put_file("f.part", FIVE);
	chmod(path("f.part"), 0444);
	chmod(path(""), 01777);
	ck_assert_int_eq(tree_as_nobody(refused_part, NULL), 0);
}
END_TEST

/* ---- two at once ---- */

START_TEST(two_do_not_write_to_one)
{
	struct download *first;

	open_it("f", DOWNLOAD_NEW);
	first = d;
	for (enum download_how how = DOWNLOAD_NEW; how <= DOWNLOAD_FORCE;
	    how++) {
		ck_assert(!can_open("f", how, false));
		ck_assert_msg(strstr(error, "/f.part is being written by "
		    "another mynah") != NULL, "%s", error);
	}
	d = first;
	begin(0);
	add(FIVE);
	finish();
	ck_assert_str_eq(content("f"), FIVE);
}
END_TEST

static void
take_part_away(void)
{
	unlink(path("f.part"));
}

static void
give_name(void)
{
	__real_rename(path("f.part"), path("f"));
}

static void
put_other_part(void)
{
	take_part_away();
	put_file("f.part", "other");
}

/* Between opening and locking another one comes to its end. */
START_TEST(part_that_goes_before_it_is_locked)
{
	put_file("f.part", FIVE);
	before_lock = take_part_away;
	open_it("f", DOWNLOAD_RESUME);
	ck_assert_uint_eq(download_have(d), 0);
	begin(0);
	finish();
	ck_assert(is_there("f"));
}
END_TEST

START_TEST(part_that_gets_its_name_before_it_is_locked)
{
	put_file("f.part", FIVE);
	before_lock = give_name;
	ck_assert(!can_open("f", DOWNLOAD_RESUME, false));
	ck_assert_msg(strstr(error, "/f is there, and whole") != NULL, "%s",
	    error);
	ck_assert_str_eq(content("f"), FIVE);
	ck_assert(!is_there("f.part"));
}
END_TEST

START_TEST(part_that_is_another_before_it_is_locked)
{
	put_file("f.part", FIVE FIVE);
	before_lock = put_other_part;
	open_it("f", DOWNLOAD_RESUME);
	ck_assert_uint_eq(download_have(d), 5);
	download_close(d);
	ck_assert_str_eq(content("f.part"), "other");
}
END_TEST

static void
take_part_away_again(void)
{
	take_part_away();
	before_lock = take_part_away_again;
}

START_TEST(part_that_goes_again_and_again)
{
	before_lock = take_part_away_again;
	ck_assert(!can_open("f", DOWNLOAD_NEW, false));
	ck_assert_msg(strstr(error, "/f.part is removed again and again") !=
	    NULL, "%s", error);
	before_lock = NULL;
}
END_TEST

/* ---- at the end ---- */

START_TEST(name_that_came_meanwhile_stays)
{
	open_it("f", DOWNLOAD_NEW);
	begin(0);
	add(FIVE);
	put_file("f", "precious");
	/* By each of the three ways. */
	if (_i >= 1)
		let_fail(RENAMEAT2, ENOSYS);
	if (_i >= 2)
		let_fail(LINK, EPERM);
	errno = 0;
	ck_assert_int_eq(download_finish(d, MODIFIED), -1);
	ck_assert_int_eq(errno, EEXIST);
	ck_assert_uint_eq(download_close(d), 5);
	ck_assert_str_eq(content("f"), "precious");
	ck_assert_str_eq(content("f.part"), FIVE);
	ck_assert(is_there("f.part.info"));
}
END_TEST

static const struct {
	const char	*name;
	int		 renameat2, link;
} ways[] = {
	{ "an old kernel", ENOSYS, 0 },
	{ "a file system without flags", EINVAL, 0 },
	{ "a file system without links", EINVAL, EPERM },
	{ "a file system without links, which says so", EINVAL, ENOTSUP },
};

START_TEST(name_is_given_in_other_ways)
{
	struct stat st;

	open_it("f", DOWNLOAD_NEW);
	begin(0);
	add(FIVE);
	let_fail(RENAMEAT2, ways[_i].renameat2);
	let_fail(LINK, ways[_i].link);
	finish();
	ck_assert_msg(stat(path("f"), &st) == 0 && st.st_nlink == 1, "%s",
	    ways[_i].name);
	ck_assert(!is_there("f.part") && !is_there("f.part.info"));
	ck_assert_str_eq(content("f"), FIVE);
}
END_TEST

static void
cut_part(void)
{
	ck_assert_int_eq(truncate(path("f.part"), 3), 0);
}

static void
lengthen_part(void)
{
	ck_assert_int_eq(truncate(path("f.part"), 30), 0);
}

static void (*const changes[])(void) = { take_part_away, put_other_part,
    cut_part, lengthen_part, give_name };

/* Somebody who does not know of locks. */
START_TEST(part_that_is_changed_gets_no_name)
{
	open_it("f", DOWNLOAD_NEW);
	begin(0);
	add(FIVE);
	changes[_i]();
	errno = 0;
	ck_assert_int_eq(download_finish(d, MODIFIED), -1);
	ck_assert_int_eq(errno, ESTALE);
	download_close(d);
	ck_assert(changes[_i] == give_name || !is_there("f"));
	if (changes[_i] == put_other_part)
		ck_assert_str_eq(content("f.part"), "other");
}
END_TEST

START_TEST(part_that_is_changed_is_not_gone_on_with)
{
	leave_part(FIVE);
	open_it("f", DOWNLOAD_RESUME);
	cut_part();
	errno = 0;
	ck_assert_int_eq(download_begin(d, &source, 5), -1);
	ck_assert_int_eq(errno, ESTALE);
	download_close(d);
	ck_assert_str_eq(content("f.part"), "hel");
}
END_TEST

/* ---- calls that fail ---- */

/* What is kept may have holes, where the disk took less than it seemed. */
START_TEST(disk_that_fails_late_leaves_nothing_to_go_on_with)
{
	open_it("f", DOWNLOAD_NEW);
	begin(0);
	add(FIVE);
	let_fail(FDATASYNC, EIO);
	ck_assert_uint_eq(download_close(d), 5);
	failing_on = false;
	ck_assert(!is_there("f.part.info"));
	open_it("f", DOWNLOAD_RESUME);
	ck_assert_ptr_null(download_validator(d, source.url));
	download_close(d);
}
END_TEST

static const struct {
	const char	*name;
	enum call	 call;
	int		 error, after;
	const char	*says;
} not_opened[] = {
	{ "no memory", CALLOC, ENOMEM, 0, "Cannot allocate memory" },
	{ "no memory for a name", MALLOC, ENOMEM, 0,
	  "Cannot allocate memory" },
	{ "no memory for a second one", MALLOC, ENOMEM, 1,
	  "Cannot allocate memory" },
	{ "no memory for a third one", MALLOC, ENOMEM, 2,
	  "Cannot allocate memory" },
	{ "not to be looked at", FSTAT, EIO, 0, "f.part: " },
	{ "not to be looked at later", FSTAT, EIO, 2, "f.part: " },
};

START_TEST(open_that_fails)
{
	int descriptors = tree_descriptors();

	let_fail(not_opened[_i].call, not_opened[_i].error);
	failing[not_opened[_i].call].after = not_opened[_i].after;
	d = download_open(path("f"), DOWNLOAD_NEW, false, error,
	    sizeof(error));
	failing_on = false;
	ck_assert_msg(d == NULL, "%s", not_opened[_i].name);
	ck_assert_msg(strstr(error, not_opened[_i].says) != NULL, "%s: %s",
	    not_opened[_i].name, error);
	ck_assert_int_eq(tree_descriptors(), descriptors);
}
END_TEST

/* Some file systems of the network have none; a signal may come. */
START_TEST(lock_that_cannot_be_had)
{
	let_fail(FLOCK, ENOLCK);
	open_it("f", DOWNLOAD_NEW);
	begin(0);
	finish();
	ck_assert(is_there("f"));
}
END_TEST

enum phase { BEGIN, WRITING, FINISH };

static const struct {
	const char	*name;
	enum call	 call;
	int		 error;
	enum phase	 phase;
	bool		 replace;
} failures[] = {
	{ "info not to be removed", UNLINK, EPERM, BEGIN, false },
	{ "not to be emptied", FTRUNCATE, EIO, BEGIN, false },
	{ "no room for the info", WRITE, ENOSPC, BEGIN, false },
	{ "no room for the info, told late", CLOSE, EDQUOT, BEGIN, false },
	{ "no mode", FCHMOD, EPERM, BEGIN, true },
	{ "no room", PWRITE, ENOSPC, WRITING, false },
	{ "no quota", PWRITE, EDQUOT, WRITING, false },
	{ "too large", PWRITE, EFBIG, WRITING, false },
	{ "a bad disk", PWRITE, EIO, WRITING, false },
	{ "no date", FUTIMENS, EPERM, FINISH, false },
	{ "no room, told late", FDATASYNC, ENOSPC, FINISH, false },
	{ "a bad disk, told late", FDATASYNC, EIO, FINISH, false },
	{ "no mode at the end", FCHMOD, EPERM, FINISH, true },
	{ "no name", RENAMEAT2, EACCES, FINISH, false },
	{ "no name by a link", LINK, EACCES, FINISH, false },
	{ "no name by renaming", RENAME, EIO, FINISH, true },
};

static int
do_phase(enum phase phase)
{
	switch (phase) {
	case BEGIN:
		return download_begin(d, &source, 0);
	case WRITING:
		return download_write(d, FIVE, 5);
	case FINISH:
		break;
	}
	return download_finish(d, MODIFIED);
}

START_TEST(failure_is_told_and_what_came_is_kept)
{
	enum phase at = failures[_i].phase;
	bool replace = failures[_i].replace;
	int descriptors = tree_descriptors();

	if (replace) {
		put_file("f", "old");
		chmod(path("f"), 0400);
	}
	ck_assert(can_open("f", DOWNLOAD_NEW, replace));
	for (enum phase phase = BEGIN; phase < at; phase++)
		ck_assert_int_eq(do_phase(phase), 0);
	let_fail(failures[_i].call, failures[_i].error);
	/* The one is tried behind the other, or alone. */
	if (failures[_i].call == LINK)
		let_fail(RENAMEAT2, ENOSYS);
	else if (failures[_i].call == RENAMEAT2)
		let_fail(LINK, failures[_i].error);
	errno = 0;
	ck_assert_msg(do_phase(at) == -1, "%s", failures[_i].name);
	ck_assert_msg(errno == failures[_i].error, "%s: %s",
	    failures[_i].name, strerror(errno));
	failing_on = false;
	ck_assert_uint_eq(download_close(d), at == FINISH ? 5 : 0);
	ck_assert_str_eq(content("f.part"), at == FINISH ? FIVE : "(none)");
	ck_assert_str_eq(content("f"), replace ? "old" : "(none)");
	/* Of what may not be on the disk nothing is said. */
	ck_assert(is_there("f.part.info") == (at == FINISH &&
	    failures[_i].call != FDATASYNC));
	ck_assert_int_eq(tree_descriptors(), descriptors);
}
END_TEST

START_TEST(full_disk_keeps_what_it_took)
{
	open_it("f", DOWNLOAD_NEW);
	begin(0);
	write_most = 3;
	let_fail(PWRITE, ENOSPC);
	failing[PWRITE].after = 1;
	errno = 0;
	ck_assert_int_eq(download_write(d, FIVE, 5), -1);
	ck_assert_int_eq(errno, ENOSPC);
	failing_on = false;
	ck_assert_uint_eq(download_close(d), 3);
	ck_assert_str_eq(content("f.part"), "hel");
	open_it("f", DOWNLOAD_RESUME);
	ck_assert_uint_eq(download_have(d), 3);
	ck_assert_str_eq(download_validator(d, source.url), "\"x\"");
	begin(3);
	add("lo");
	finish();
	ck_assert_str_eq(content("f"), FIVE);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("download_trouble");
	TCase *tc = suite_case(suite, "download_trouble");

	tcase_add_unchecked_fixture(tc, tree_make, tree_remove);
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_loop_test(tc, refuses, 0, ROWS(refused));
	tcase_add_loop_test(tc, refuses_places, 0, ROWS(places));
	tcase_add_test(tc, refuses_what_is_no_name);
	tcase_add_test(tc, length_of_names);
	tcase_add_loop_test(tc, refuses_without_rights, 0, ROWS(rights));
	tcase_add_test(tc, part_of_somebody_else_is_refused);
	tcase_add_test(tc, info_of_somebody_else_is_refused);
	tcase_add_test(tc, part_that_is_closed_to_us);
	tcase_add_test(tc, two_do_not_write_to_one);
	tcase_add_test(tc, part_that_goes_before_it_is_locked);
	tcase_add_test(tc, part_that_gets_its_name_before_it_is_locked);
	tcase_add_test(tc, part_that_is_another_before_it_is_locked);
	tcase_add_test(tc, part_that_goes_again_and_again);
	tcase_add_loop_test(tc, name_that_came_meanwhile_stays, 0, 3);
	tcase_add_loop_test(tc, name_is_given_in_other_ways, 0, ROWS(ways));
	tcase_add_loop_test(tc, part_that_is_changed_gets_no_name, 0,
	    ROWS(changes));
	tcase_add_test(tc, part_that_is_changed_is_not_gone_on_with);
	tcase_add_loop_test(tc, open_that_fails, 0, ROWS(not_opened));
	tcase_add_test(tc, lock_that_cannot_be_had);
	tcase_add_loop_test(tc, failure_is_told_and_what_came_is_kept, 0,
	    ROWS(failures));
	tcase_add_test(tc,
	    disk_that_fails_late_leaves_nothing_to_go_on_with);
	tcase_add_test(tc, full_disk_keeps_what_it_took);
	return suite_run(suite);
}
