#ifdef HAVE_CONFIG_H
#include "build.h"
#endif

#include "daemon/privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef USE_CAPABILITIES
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

/* A number below 2^32 - 1, or false. */
static bool
is_id(const char *text, unsigned *id)
{
	char *end;
	unsigned long long n;

	if (text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	n = strtoull(text, &end, 10);
	*id = (unsigned)n;
	return errno == 0 && *end == '\0' && n < 0xffffffffULL;
}

static int
find_user(const char *user, struct privileges *out, char *error, size_t size)
{
	const struct passwd *pw;
	unsigned id;

	if ((pw = getpwnam(user)) == NULL && is_id(user, &id)) {
		/* A number without an entry is its own group. */
		pw = getpwuid(id);
		out->uid = id;
		out->gid = pw != NULL ? pw->pw_gid : id;
		return 0;
	}
	if (pw == NULL) {
		snprintf(error, size, "process.user: there is no user \"%s\"",
		    user);
		return -1;
	}
	out->uid = pw->pw_uid;
	out->gid = pw->pw_gid;
	return 0;
}

static int
find_group(const char *group, struct privileges *out, char *error,
    size_t size)
{
	const struct group *gr;
	unsigned id;

	if ((gr = getgrnam(group)) != NULL) {
		out->gid = gr->gr_gid;
	} else if (is_id(group, &id)) {
		out->gid = id;
	} else {
		snprintf(error, size,
		    "process.group: there is no group \"%s\"", group);
		return -1;
	}
	return 0;
}

int
privileges_resolve(const char *user, const char *group,
    struct privileges *out, char *error, size_t size)
{
	*out = (struct privileges){ .change = geteuid() == 0,
	    .uid = geteuid(), .gid = getegid() };
	if (out->change && user[0] == '\0') {
		snprintf(error, size, "started as root, so process.user must "
		    "say who serves: for instance \"nobody\" (or \"root\", "
		    "if that is really wanted)");
		return -1;
	}
	if (user[0] != '\0' && find_user(user, out, error, size) == -1)
		return -1;
	if (group[0] != '\0' && find_group(group, out, error, size) == -1)
		return -1;
	if (!out->change && out->uid != geteuid()) {
		snprintf(error, size, "process.user is \"%s\", but only root "
		    "can become another user, and this is uid %u", user,
		    (unsigned)geteuid());
		return -1;
	}
	if (!out->change && group[0] != '\0' && out->gid != getegid()) {
		snprintf(error, size, "process.group is \"%s\", but only root "
		    "can change the group, and this is gid %u", group,
		    (unsigned)getegid());
		return -1;
	}
	return 0;
}

#ifdef USE_CAPABILITIES
static int
drop_capabilities(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = { { 0 }, { 0 } };

	/* This empties the ambient set too, which follows the permitted. */
	return (int)syscall(SYS_capset, &head, none);
}

int
privileges_capabilities(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct has[2] = { { 0 }, { 0 } };

	if (syscall(SYS_capget, &head, has) == -1)
		return -1;
	return (has[0].permitted | has[1].permitted) != 0;
}

/* So that no program that is run later could have any either. */
static int
drop_bounding(void)
{
	for (int cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == -1 &&
		    errno != EPERM)
			return -1;
	return 0;
}
#else
int
privileges_capabilities(void)
{
	return -1;
}

static int
drop_capabilities(void)
{
	return 0;
}

static int
drop_bounding(void)
{
	return 0;
}
#endif

/*
 * Where CAP_SETGID is missing, as in a container without root's rights, there
 * may be nothing to drop either.
 */
static bool
has_only_group(gid_t gid)
{
	int saved = errno, n;
	gid_t group;

	n = getgroups(1, &group);
	errno = saved;
	return n == 0 || (n == 1 && group == gid);
}

int
privileges_drop(const struct privileges *p, char *error, size_t size)
{
	const char *step = NULL;

	if (drop_bounding() == -1)
		step = "empty the capability bounding set";
	else if (p->change && setgroups(1, &p->gid) == -1 &&
	    !has_only_group(p->gid))
		step = "drop the supplementary groups";
	else if (p->change && setgid(p->gid) == -1)
		step = "change the group";
	else if (p->change && setuid(p->uid) == -1)
		step = "change the user";
	else if (drop_capabilities() == -1)
		step = "drop the capabilities";
	if (step != NULL) {
		snprintf(error, size, "cannot %s: %s", step, strerror(errno));
		return -1;
	}
	/* Trust, but verify: a way back would make all of this worthless. */
	if (p->uid != 0 && setuid(0) == 0) {
		snprintf(error, size, "root could be regained after the user "
		    "was changed");
		return -1;
	}
	return 0;
}
