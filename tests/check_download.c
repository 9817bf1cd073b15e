/*
 * check_download - files that are saved: whole or not at all, gone on with,
 * and what is no file.
 */
#ifdef HAVE_CONFIG_H
#include "build.h"
#endif

#include "client/download.h"

#include <sys/wait.h>
#include <time.h>

#include "saving.h"
#include "suite.h"

/* ---- as it should be ---- */

START_TEST(gets_its_name_when_it_is_whole)
{
	struct stat st;

	open_it("f", DOWNLOAD_NEW);
	ck_assert_uint_eq(download_have(d), 0);
	ck_assert_int_eq(download_descriptor(d), -1);
	begin(0);
	add("hel");
	add("lo");
	ck_assert(!is_there("f"));
	ck_assert_str_eq(content("f.part"), FIVE);
	finish();
	ck_assert_str_eq(content("f"), FIVE);
	ck_assert(!is_there("f.part"));
	ck_assert(!is_there("f.part.info"));
	ck_assert_int_eq(stat(path("f"), &st), 0);
	ck_assert(st.st_mtime == MODIFIED);
	ck_assert_int_eq(st.st_mode & 07777, 0644);
}
END_TEST

START_TEST(mode_is_that_of_the_umask)
{
	umask(027);
	open_it("f", DOWNLOAD_NEW);
	begin(0);
	ck_assert_int_eq(mode_of("f.part"), 0640);
	ck_assert_int_eq(mode_of("f.part.info"), 0600);
	finish();
	ck_assert_int_eq(mode_of("f"), 0640);
}
END_TEST

START_TEST(empty_file_is_a_file)
{
	open_it("f", DOWNLOAD_NEW);
	begin(0);
	finish();
	ck_assert_str_eq(content("f"), "");
}
END_TEST

START_TEST(without_a_date_it_is_of_now)
{
	struct stat st;

	open_it("f", DOWNLOAD_NEW);
	begin(0);
	ck_assert_int_eq(download_finish(d, -1), 0);
	download_close(d);
	ck_assert_int_eq(stat(path("f"), &st), 0);
	ck_assert(st.st_mtime > MODIFIED);
}
END_TEST

START_TEST(what_came_is_kept)
{
	leave_part(FIVE);
	ck_assert(!is_there("f"));
	ck_assert_str_eq(content("f.part"), FIVE);
	ck_assert_str_eq(content("f.part.info"), "mynah-part 1\n"
	    "url http://a/b\netag \"x\"\nend\n");
}
END_TEST

START_TEST(nothing_leaves_nothing)
{
	open_it("f", DOWNLOAD_NEW);
	ck_assert_uint_eq(download_close(d), 0);
	ck_assert(!is_there("f.part"));
	open_it("f", DOWNLOAD_NEW);
	begin(0);
	ck_assert(is_there("f.part.info"));
	ck_assert_uint_eq(download_close(d), 0);
	ck_assert(!is_there("f.part") && !is_there("f.part.info"));
	download_close(NULL);
}
END_TEST

START_TEST(is_gone_on_with)
{
	leave_part(FIVE);
	open_it("f", DOWNLOAD_RESUME);
	ck_assert_uint_eq(download_have(d), 5);
	ck_assert_str_eq(download_validator(d, source.url), "\"x\"");
	begin(5);
	add(" world");
	finish();
	ck_assert_str_eq(content("f"), FIVE " world");
	ck_assert(!is_there("f.part") && !is_there("f.part.info"));
}
END_TEST

START_TEST(is_begun_anew)
{
	leave_part("something longer");
	open_it("f", DOWNLOAD_RESUME);
	begin(0);
	add(FIVE);
	ck_assert_uint_eq(download_close(d), 5);
	ck_assert_str_eq(content("f.part"), FIVE);
	open_it("f", DOWNLOAD_FORCE);
	ck_assert_uint_eq(download_have(d), 0);
	ck_assert_ptr_null(download_validator(d, source.url));
	begin(0);
	add("x");
	finish();
	ck_assert_str_eq(content("f"), "x");
}
END_TEST

/* The request may have failed: what is there is not touched before. */
START_TEST(unused_it_stays)
{
	static const enum download_how hows[] = { DOWNLOAD_RESUME,
	    DOWNLOAD_FORCE };

	leave_part(FIVE);
	open_it("f", hows[_i]);
	ck_assert_uint_eq(download_close(d), 5);
	ck_assert_str_eq(content("f.part"), FIVE);
	ck_assert(is_there("f.part.info"));
}
END_TEST

START_TEST(resume_of_nothing_begins)
{
	open_it("f", DOWNLOAD_RESUME);
	ck_assert_uint_eq(download_have(d), 0);
	ck_assert_ptr_null(download_validator(d, source.url));
	begin(0);
	add(FIVE);
	finish();
	ck_assert_str_eq(content("f"), FIVE);
}
END_TEST

/* A killed one may have left it. */
START_TEST(empty_part_is_nothing)
{
	put_file("f.part", "");
	put_info("f.part.info");
	open_it("f", _i == 0 ? DOWNLOAD_NEW : DOWNLOAD_RESUME);
	ck_assert_uint_eq(download_have(d), 0);
	ck_assert_ptr_null(download_validator(d, source.url));
	ck_assert_uint_eq(download_close(d), 0);
	ck_assert(!is_there("f.part") && !is_there("f.part.info"));
}
END_TEST

START_TEST(replaces_at_once)
{
	char bytes[8];
	int fd;

	put_file("f", "old");
	fd = open(path("f"), O_RDONLY);
	open_it("f", DOWNLOAD_FORCE);
	begin(0);
	add("new");
	ck_assert_str_eq(content("f"), "old");
	finish();
	ck_assert_str_eq(content("f"), "new");
	/* Who had it open has what was there. */
	ck_assert_int_eq(read(fd, bytes, 3), 3);
	ck_assert_mem_eq(bytes, "old", 3);
	__real_close(fd);
}
END_TEST

static const mode_t modes[] = { 0600, 0640, 0444, 0755, 04711 };

START_TEST(replacement_keeps_the_mode)
{
	mode_t mode = modes[_i] & 0777;

	put_file("f", "old");
	chmod(path("f"), modes[_i]);
	ck_assert_msg(can_open("f", DOWNLOAD_NEW, true), "%s", error);
	begin(0);
	ck_assert_int_eq(mode_of("f.part"), mode | 0600);
	add("new");
	finish();
	ck_assert_int_eq(mode_of("f"), mode);
}
END_TEST

/* The server may say that nothing is left to come. */
START_TEST(whole_part_gets_its_name)
{
	leave_part(FIVE);
	put_file("f", "old");
	ck_assert_int_eq(chmod(path("f"), 0600), 0);
	ck_assert_msg(can_open("f", DOWNLOAD_RESUME, true), "%s", error);
	ck_assert_uint_eq(download_have(d), 5);
	finish();
	ck_assert_str_eq(content("f"), FIVE);
	ck_assert_int_eq(mode_of("f"), 0600);
	ck_assert(!is_there("f.part.info"));
}
END_TEST

START_TEST(replacement_keeps_the_owner)
{
	struct stat st;

	put_file("f", "old");
	if (geteuid() != 0)
		return;
	ck_assert_int_eq(chown(path("f"), FOREIGN_UID, FOREIGN_UID), 0);
	ck_assert_int_eq(chmod(path("f"), 0640), 0);
	open_it("f", DOWNLOAD_FORCE);
	begin(0);
	/* The group is another one still. */
	ck_assert_int_eq(mode_of("f.part"), 0600);
	add(FIVE);
	ck_assert_uint_eq(download_close(d), 5);
	/* And it can be gone on with. */
	ck_assert_msg(can_open("f", DOWNLOAD_RESUME, true), "%s", error);
	begin(5);
	finish();
	ck_assert_int_eq(stat(path("f"), &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0640);
	ck_assert_int_eq(st.st_uid, FOREIGN_UID);
	ck_assert_int_eq(st.st_gid, FOREIGN_UID);
}
END_TEST

START_TEST(large_content_goes_out)
{
	static char bytes[1 << 20];
	struct stat st;

	open_it("f", DOWNLOAD_NEW);
	begin(0);
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(download_write(d, bytes, sizeof(bytes)), 0);
	finish();
	ck_assert_int_eq(stat(path("f"), &st), 0);
	ck_assert_int_eq(st.st_size, 20 << 20);
}
END_TEST

/* ---- the validator ---- */

static const struct {
	const char	*name, *info, *url, *want;
} infos[] = {
	{ "as it was", "mynah-part 1\nurl http://a/b\netag \"x\"\nend\n",
	  "http://a/b", "\"x\"" },
	{ "another URL", "mynah-part 1\nurl http://a/b\netag \"x\"\nend\n",
	  "http://a/c", NULL },
	{ "no URL", "mynah-part 1\netag \"x\"\nend\n", "", NULL },
	{ "a weak tag", "mynah-part 1\nurl http://a/b\netag W/\"x\"\nend\n",
	  "http://a/b", NULL },
	{ "cut", "mynah-part 1\nurl http://a/b\netag \"x\"\n",
	  "http://a/b", NULL },
	{ "of a later version", "mynah-part 2\nurl http://a/b\n"
	  "etag \"x\"\nend\n", "http://a/b", NULL },
	{ "empty", "", "http://a/b", NULL },
};

START_TEST(validator)
{
	const char *v;

	put_file("f.part", FIVE);
	put_file("f.part.info", infos[_i].info);
	open_it("f", DOWNLOAD_RESUME);
	v = download_validator(d, slice_of(infos[_i].url));
	if (infos[_i].want == NULL)
		ck_assert_msg(v == NULL, "%s", infos[_i].name);
	else
		ck_assert_str_eq(v, infos[_i].want);
	download_close(d);
}
END_TEST

START_TEST(no_info_is_not_known)
{
	put_file("f.part", FIVE);
	open_it("f", DOWNLOAD_RESUME);
	ck_assert_uint_eq(download_have(d), 5);
	ck_assert_ptr_null(download_validator(d, source.url));
	errno = 0;
	ck_assert_int_eq(download_begin(d, &source, 4), -1);
	ck_assert_int_eq(errno, EINVAL);
	download_close(d);
}
END_TEST

/* ---- what is no file ---- */

START_TEST(device_is_written_to)
{
	open_it("unused", DOWNLOAD_NEW);
	download_close(d);
	for (enum download_how how = DOWNLOAD_NEW; how <= DOWNLOAD_FORCE;
	    how++) {
		d = download_open("/dev/null", how, false, error,
		    sizeof(error));
		ck_assert_msg(d != NULL, "%s", error);
		ck_assert_int_ge(download_descriptor(d), 0);
		ck_assert_uint_eq(download_have(d), 0);
		begin(0);
		add(FIVE);
		finish();
	}
	ck_assert_int_eq(access("/dev/null.part", F_OK), -1);
	ck_assert_int_eq(access("/dev/null.part.info", F_OK), -1);
}
END_TEST

START_TEST(link_to_a_device_is_followed)
{
	ck_assert_int_eq(symlink("/dev/null", path("f")), 0);
	open_it("f", DOWNLOAD_NEW);
	begin(0);
	add(FIVE);
	finish();
	ck_assert(is_there("f"));
	ck_assert(!is_there("f.part"));
}
END_TEST

START_TEST(full_device_is_told)
{
	if (access("/dev/full", W_OK) == -1)
		return;
	d = download_open("/dev/full", DOWNLOAD_NEW, false, error,
	    sizeof(error));
	ck_assert_msg(d != NULL, "%s", error);
	begin(0);
	errno = 0;
	ck_assert_int_eq(download_write(d, FIVE, 5), -1);
	ck_assert_int_eq(errno, ENOSPC);
	ck_assert_uint_eq(download_close(d), 0);
}
END_TEST

START_TEST(pipe_is_written_to)
{
	char bytes[8];
	int fd;

	ck_assert_int_eq(mkfifo(path("f"), 0600), 0);
	fd = open(path("f"), O_RDONLY | O_NONBLOCK);
	open_it("f", DOWNLOAD_NEW);
	/* As it should be for whoever writes to it: it waits. */
	ck_assert_int_eq(fcntl(download_descriptor(d), F_GETFL) & O_NONBLOCK,
	    0);
	begin(0);
	add(FIVE);
	finish();
	ck_assert_int_eq(read(fd, bytes, sizeof(bytes)), 5);
	ck_assert_int_eq(read(fd, bytes, sizeof(bytes)), 0);
	__real_close(fd);
	ck_assert(!is_there("f.part"));
}
END_TEST

static int
read_late(void)
{
	const struct timespec moment = { .tv_nsec = 50 * 1000 * 1000 };
	char bytes[8];
	int fd;

	nanosleep(&moment, NULL);
	fd = open(path("f"), O_RDONLY);
	return read(fd, bytes, sizeof(bytes)) == 5 ? 0 : 1;
}

/* "reader <pipe &" has often not begun yet. */
START_TEST(reader_may_come_a_moment_later)
{
	int status;
	pid_t pid;

	ck_assert_int_eq(mkfifo(path("f"), 0600), 0);
	ck_assert_int_ne(pid = fork(), -1);
	if (pid == 0)
		_exit(read_late());
	open_it("f", DOWNLOAD_NEW);
	begin(0);
	add(FIVE);
	finish();
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
END_TEST

/* /dev/stdout is such a name, too: not opened again, with an offset of 0. */
START_TEST(open_descriptor_is_gone_on_with)
{
	char name[64];
	int fd = open(path("f"), O_WRONLY | O_CREAT, 0600);

	ck_assert_int_eq(__real_write(fd, "> ", 2), 2);
	snprintf(name, sizeof(name), "%s%d", _i == 0 ? "/dev/fd/" :
	    "/proc/self/fd/", fd);
	d = download_open(name, DOWNLOAD_NEW, false, error, sizeof(error));
	ck_assert_msg(d != NULL, "%s", error);
	begin(0);
	add(FIVE);
	finish();
	ck_assert_int_eq(__real_write(fd, " <", 2), 2);
	__real_close(fd);
	ck_assert_str_eq(content("f"), "> " FIVE " <");
}
END_TEST

static void
no_descriptor(const char *name, const char *says)
{
	ck_assert_ptr_null(download_open(name, DOWNLOAD_NEW, false, error,
	    sizeof(error)));
	ck_assert_msg(strstr(error, says) != NULL, "%s: %s", name, error);
}

START_TEST(descriptors_that_are_none)
{
	char name[64];
	int fd = open("/dev/null", O_RDONLY);

	snprintf(name, sizeof(name), "/dev/fd/%d", fd);
	no_descriptor(name, "is open for reading only");
	__real_close(fd);
	no_descriptor(name, "nothing is open there");
	/* One of our own, of which nobody outside can know. */
	fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	snprintf(name, sizeof(name), "/dev/fd/%d", fd);
	no_descriptor(name, "nothing is open there");
	__real_close(fd);
	no_descriptor("/dev/fd/99999999999999999999", "cannot save to ");
	no_descriptor("/dev/fd/x", "cannot save to ");
	no_descriptor("/dev/fd/", "is the name of a directory");
}
END_TEST

START_TEST(disk_is_not_overwritten)
{
	if (mknod(path("f"), S_IFBLK | 0600, 0) == -1)
		return;
	ck_assert(!can_open("f", DOWNLOAD_NEW, false));
	ck_assert_msg(strstr(error, "/f is a disk: what is on it would be "
	    "overwritten; if that is meant: --force") != NULL, "%s", error);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("download");
	TCase *tc = suite_case(suite, "download");

	tcase_add_unchecked_fixture(tc, tree_make, tree_remove);
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, gets_its_name_when_it_is_whole);
	tcase_add_test(tc, mode_is_that_of_the_umask);
	tcase_add_test(tc, empty_file_is_a_file);
	tcase_add_test(tc, without_a_date_it_is_of_now);
	tcase_add_test(tc, what_came_is_kept);
	tcase_add_test(tc, nothing_leaves_nothing);
	tcase_add_test(tc, is_gone_on_with);
	tcase_add_test(tc, is_begun_anew);
	tcase_add_loop_test(tc, unused_it_stays, 0, 2);
	tcase_add_test(tc, resume_of_nothing_begins);
	tcase_add_loop_test(tc, empty_part_is_nothing, 0, 2);
	tcase_add_test(tc, replaces_at_once);
	tcase_add_loop_test(tc, replacement_keeps_the_mode, 0, ROWS(modes));
	tcase_add_test(tc, whole_part_gets_its_name);
	tcase_add_test(tc, replacement_keeps_the_owner);
	tcase_add_test(tc, large_content_goes_out);
	tcase_add_loop_test(tc, validator, 0, ROWS(infos));
	tcase_add_test(tc, no_info_is_not_known);
	tcase_add_test(tc, device_is_written_to);
	tcase_add_test(tc, link_to_a_device_is_followed);
	tcase_add_test(tc, full_device_is_told);
	tcase_add_test(tc, pipe_is_written_to);
	tcase_add_test(tc, reader_may_come_a_moment_later);
	tcase_add_loop_test(tc, open_descriptor_is_gone_on_with, 0, 2);
	tcase_add_test(tc, descriptors_that_are_none);
	tcase_add_test(tc, disk_is_not_overwritten);
	return suite_run(suite);
}
