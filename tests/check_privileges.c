/*
 * check_privileges - who will serve, and that nothing of root is left. What
 * gives privileges up runs in a process of its own.
 */
#ifdef HAVE_CONFIG_H
#include "build.h"
#endif

#include "daemon/privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "suite.h"

#define NO_UID	4242		/* of nobody in particular */
#define NO_GID	4343

static struct privileges got;
static char error[512];

static int
resolve(const char *user, const char *group)
{
	error[0] = '\0';
	return privileges_resolve(user, group, &got, error, sizeof(error));
}

/*
 * Run fn in a child that runs as root or, if as_user, as NO_UID and NO_GID.
 * Its failed assertions are told on standard error.
 */
static void
in_child(void (*fn)(void), bool as_user)
{
	int status;
	pid_t pid;

	fflush(NULL);
	if ((pid = fork()) == 0) {
		const gid_t groups[] = { 10, 20, 30 };

		if (geteuid() == 0 && setgroups(3, groups) == -1)
			_exit(90);
		if (as_user && geteuid() == 0 && (setgid(NO_GID) == -1 ||
		    setuid(NO_UID) == -1))
			_exit(91);
		fn();
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "the child ended with %x", (unsigned)status);
}

#define EXPECT(what) do {						\
	if (!(what)) {							\
		fprintf(stderr, "%s:%d: %s; error: %s\n", __FILE__,	\
		    __LINE__, #what, error);				\
		_exit(1);						\
	}								\
} while (0)

START_TEST(root_must_say_who_serves)
{
	if (geteuid() != 0)
		return;
	ck_assert_int_eq(resolve("", ""), -1);
	ck_assert_msg(strstr(error, "process.user") != NULL, "%s", error);
	ck_assert_msg(strstr(error, "nobody") != NULL, "%s", error);
	/* A group alone is not an answer. */
	ck_assert_int_eq(resolve("", "0"), -1);
	ck_assert_msg(strstr(error, "process.user") != NULL, "%s", error);
}
END_TEST

static const struct {
	const char	*user, *group, *named, *key;
} unknown[] = {
	{ "no-such-user", "", "\"no-such-user\"", "process.user" },
	{ "4294967295", "", "\"4294967295\"", "process.user" },
	{ "4294967296", "", "\"4294967296\"", "process.user" },
	{ "-1", "", "\"-1\"", "process.user" },
	{ "+1", "", "\"+1\"", "process.user" },
	{ " 1", "", "\" 1\"", "process.user" },
	{ "1x", "", "\"1x\"", "process.user" },
	{ "0x10", "", "\"0x10\"", "process.user" },
	{ "99999999999999999999999", "", "\"99999999999999999999999\"",
	    "process.user" },
	{ "root", "no-such-group", "\"no-such-group\"", "process.group" },
	{ "root", "4294967295", "\"4294967295\"", "process.group" },
	{ "root", "-1", "\"-1\"", "process.group" },
	{ "root", "1x", "\"1x\"", "process.group" },
};

START_TEST(unknown_name_is_told_with_its_key)
{
	ck_assert_int_eq(resolve(unknown[_i].user, unknown[_i].group), -1);
	ck_assert_msg(strstr(error, unknown[_i].named) != NULL, "%s", error);
	ck_assert_msg(strstr(error, unknown[_i].key) != NULL, "%s", error);
}
END_TEST

START_TEST(name_brings_its_own_group)
{
	const struct passwd *pw = getpwnam("nobody");
	uid_t uid;
	gid_t gid;

	if (geteuid() != 0 || pw == NULL)
		return;
	uid = pw->pw_uid;
	gid = pw->pw_gid;
	ck_assert_int_eq(resolve("nobody", ""), 0);
	ck_assert(got.change);
	ck_assert_uint_eq(got.uid, uid);
	ck_assert_uint_eq(got.gid, gid);
	/* Unless a group is said, by name or number. */
	ck_assert_int_eq(resolve("nobody", "4343"), 0);
	ck_assert_uint_eq(got.uid, uid);
	ck_assert_uint_eq(got.gid, 4343);
	ck_assert_int_eq(resolve("nobody", "root"), 0);
	ck_assert_uint_eq(got.gid, 0);
}
END_TEST

START_TEST(number_need_not_have_a_name)
{
	if (geteuid() != 0)
		return;
	ck_assert_ptr_null(getpwuid(NO_UID));
	ck_assert_int_eq(resolve("4242", ""), 0);
	ck_assert_uint_eq(got.uid, NO_UID);
	ck_assert_uint_eq(got.gid, NO_UID);
	ck_assert_int_eq(resolve("4294967294", "0"), 0);
	ck_assert_uint_eq(got.uid, 4294967294U);
	ck_assert_uint_eq(got.gid, 0);
}
END_TEST

START_TEST(number_with_a_name_has_its_group)
{
	const struct passwd *pw = getpwnam("nobody");
	char number[16];
	gid_t gid;

	if (geteuid() != 0 || pw == NULL)
		return;
	snprintf(number, sizeof(number), "%u", (unsigned)pw->pw_uid);
	gid = pw->pw_gid;
	ck_assert_int_eq(resolve(number, ""), 0);
	ck_assert_uint_eq(got.gid, gid);
}
END_TEST

START_TEST(root_itself_may_serve_when_said)
{
	if (geteuid() != 0)
		return;
	ck_assert_int_eq(resolve("root", ""), 0);
	ck_assert(got.change);
	ck_assert_uint_eq(got.uid, 0);
}
END_TEST

static void
resolve_as_user(void)
{
	char me[16], my_group[16];

	snprintf(me, sizeof(me), "%u", (unsigned)geteuid());
	snprintf(my_group, sizeof(my_group), "%u", (unsigned)getegid());
	EXPECT(resolve("", "") == 0);
	EXPECT(!got.change && got.uid == geteuid() && got.gid == getegid());
	EXPECT(resolve(me, "") == 0 && got.uid == geteuid());
	EXPECT(resolve("", my_group) == 0 && got.gid == getegid());
	EXPECT(resolve(me, my_group) == 0);
	EXPECT(resolve("root", "") == -1);
	EXPECT(strstr(error, "process.user") != NULL);
	EXPECT(strstr(error, me) != NULL);
	EXPECT(resolve("", "root") == -1);
	EXPECT(strstr(error, "process.group") != NULL);
	EXPECT(strstr(error, my_group) != NULL);
}

START_TEST(only_root_can_become_another)
{
	in_child(resolve_as_user, true);
}
END_TEST

/* A line of /proc/self/status is this. */
static bool
has_status(const char *name, const char *want)
{
	FILE *f = fopen("/proc/self/status", "re");
	size_t n = strlen(name);
	char line[512];
	bool same = false;

	if (f == NULL)
		return false;
	while (fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, name, n) == 0 && line[n] == ':') {
			line[strcspn(line, "\n")] = '\0';
			same = strcmp(line + n + 1 + strspn(line + n + 1,
			    " \t"), want) == 0;
			if (!same)
				fprintf(stderr, "%s\n", line);
		}
	fclose(f);
	return same;
}

static void
expect_no_capabilities(void)
{
#ifdef USE_CAPABILITIES
	static const char none[] = "0000000000000000";

	EXPECT(has_status("CapInh", none));
	EXPECT(has_status("CapPrm", none));
	EXPECT(has_status("CapEff", none));
	EXPECT(has_status("CapBnd", none));
	EXPECT(has_status("CapAmb", none));
	EXPECT(privileges_capabilities() == 0);
#else
	EXPECT(privileges_capabilities() == -1);
#endif
}

static void
drop_to_a_user(void)
{
	gid_t groups[8];

	EXPECT(resolve("4242", "4343") == 0);
	EXPECT(privileges_drop(&got, error, sizeof(error)) == 0);
	EXPECT(has_status("Uid", "4242\t4242\t4242\t4242"));
	EXPECT(has_status("Gid", "4343\t4343\t4343\t4343"));
	EXPECT(getgroups(8, groups) == 1 && groups[0] == NO_GID);
	expect_no_capabilities();
	/* Nothing of it comes back. */
	EXPECT(setuid(0) == -1 && seteuid(0) == -1);
	EXPECT(setgid(0) == -1 && setegid(0) == -1);
	EXPECT(setgroups(0, NULL) == -1);
}

START_TEST(nothing_of_root_is_left)
{
#ifdef USE_CAPABILITIES
	ck_assert_int_eq(privileges_capabilities(),
	    !has_status("CapPrm", "0000000000000000"));
#endif
	if (geteuid() == 0)
		in_child(drop_to_a_user, false);
}
END_TEST

static void
drop_as_root(void)
{
	EXPECT(resolve("root", "") == 0);
	EXPECT(privileges_drop(&got, error, sizeof(error)) == 0);
	EXPECT(geteuid() == 0);
	expect_no_capabilities();
}

START_TEST(root_who_serves_has_no_capabilities)
{
	if (geteuid() == 0)
		in_child(drop_as_root, false);
}
END_TEST

static void
drop_as_user(void)
{
	EXPECT(resolve("", "") == 0);
	EXPECT(privileges_drop(&got, error, sizeof(error)) == 0);
	EXPECT(geteuid() == got.uid && getegid() == got.gid);
#ifdef USE_CAPABILITIES
	EXPECT(has_status("CapEff", "0000000000000000"));
	EXPECT(has_status("CapPrm", "0000000000000000"));
#endif
}

START_TEST(user_has_nothing_to_drop)
{
	in_child(drop_as_user, true);
}
END_TEST

static void
drop_without_permission(void)
{
	struct privileges other = { .change = true, .uid = 1, .gid = 1 };

	EXPECT(privileges_drop(&other, error, sizeof(error)) == -1);
	/* Who has no groups has none to drop. */
	EXPECT(strstr(error, getgroups(0, NULL) == 0 ? "change the group" :
	    "drop the supplementary groups") != NULL);
	EXPECT(strstr(error, strerror(EPERM)) != NULL);
}

START_TEST(failed_step_is_named)
{
	in_child(drop_without_permission, true);
}
END_TEST

static void
drop_what_is_dropped(void)
{
	const struct privileges same = { .change = true, .uid = NO_UID,
	    .gid = NO_GID };
	const gid_t group = NO_GID;

	EXPECT(setgroups(1, &group) == 0 && setgid(NO_GID) == 0 &&
	    setuid(NO_UID) == 0);
	EXPECT(privileges_drop(&same, error, sizeof(error)) == 0);
}

/* Root of a container may not be permitted to, and need not. */
START_TEST(nothing_to_drop_needs_no_permission)
{
	if (geteuid() == 0)
		in_child(drop_what_is_dropped, false);
}
END_TEST

static void
drop_but_stay_root(void)
{
	struct privileges same = { .change = false, .uid = NO_UID,
	    .gid = NO_GID };

	/* Ids are not changed, so root is still there: that is noticed. */
	EXPECT(privileges_drop(&same, error, sizeof(error)) == -1);
	EXPECT(strstr(error, "regained") != NULL);
}

START_TEST(way_back_to_root_is_noticed)
{
	if (geteuid() == 0)
		in_child(drop_but_stay_root, false);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("privileges");
	TCase *tc = suite_case(s, "privileges");

	tcase_add_test(tc, root_must_say_who_serves);
	tcase_add_loop_test(tc, unknown_name_is_told_with_its_key, 0,
	    ROWS(unknown));
	tcase_add_test(tc, name_brings_its_own_group);
	tcase_add_test(tc, number_need_not_have_a_name);
	tcase_add_test(tc, number_with_a_name_has_its_group);
	tcase_add_test(tc, root_itself_may_serve_when_said);
	tcase_add_test(tc, only_root_can_become_another);
	tcase_add_test(tc, nothing_of_root_is_left);
	tcase_add_test(tc, root_who_serves_has_no_capabilities);
	tcase_add_test(tc, user_has_nothing_to_drop);
	tcase_add_test(tc, failed_step_is_named);
	tcase_add_test(tc, nothing_to_drop_needs_no_permission);
	tcase_add_test(tc, way_back_to_root_is_noticed);
	return suite_run(s);
}
