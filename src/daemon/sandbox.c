#ifdef HAVE_CONFIG_H
#include "build.h"
#endif

#include "daemon/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/same_file.h"
#include "daemon/landlock.h"
#include "daemon/privileges.h"
#include "files/beneath.h"
#include "files/path_fault.h"
#include "files/path_max.h"

#ifdef USE_LINUX
#include <sys/prctl.h>
#endif

#define REASON_MAX	512
#define DEPTH_MAX	2048

#ifdef O_PATH
#define LOOK_AT_FILE	(O_PATH | O_CLOEXEC)
#else
#define LOOK_AT_FILE	(O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
#endif

/* A tour of all places that a configuration names. */
struct tour {
	/* At each: 0 to go on, or -1 with a sentence in error. */
	int			(*visit)(struct tour *t, const char *key,
				    const char *path, int fd,
				    unsigned grants);
	const struct config	*config;
	const struct sites	*sites;
	struct sandbox		*closing;	/* with remember() */
	const struct sandbox	*closed;	/* with compare() */
	int			 abi;
	int			 rules;
	/* NULL: it ends at the first that is wrong. */
	void			(*tell)(void *arg);
	void			*arg;
	bool			 has_failed;
	char			*error;
	size_t			 size;
};

/* ---- the places of a configuration ---- */

static int
visit_site(struct tour *t, const struct site *site)
{
	const char *host = site->config->name;
	char key[REASON_MAX];

	snprintf(key, sizeof(key), "%s%s%sdocument_root",
	    host[0] == '\0' ? "" : "http.hosts.", host,
	    host[0] == '\0' ? "" : ".");
	return t->visit(t, key, docroot_path(site->root),
	    docroot_fd(site->root), LANDLOCK_READ);
}

static int
visit_readable(struct tour *t, const char *path)
{
	static const char key[] = "process.readable";
	char reason[REASON_MAX];
	int result, fd = open(path, BENEATH_DIRECTORY);

	if (fd == -1) {
		path_fault(path, errno, reason, sizeof(reason));
		snprintf(t->error, t->size, "%s: %s", key, reason);
		return -1;
	}
	if (beneath_is_slash(fd)) {
		snprintf(t->error, t->size, "%s: %s is the root of the file "
		    "system, which would leave nothing unread; name the "
		    "directories that hold what is served", key, path);
		result = -1;
	} else {
		result = t->visit(t, key, path, fd, LANDLOCK_READ);
	}
	close(fd);
	return result;
}

/* The directory that the last component of path is in. */
static bool
directory_of(const char *path, char *out, size_t size)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash == NULL || slash == path ? 1 :
	    (size_t)(slash - path);

	if (len >= size)
		return false;
	snprintf(out, size, "%.*s", (int)len, slash == NULL ? "." : path);
	return true;
}

/*
 * Visit the directory of path. What this process may not reach now it could
 * not use later either, so it is passed over; and so is "/", for of that one
 * everything else is beneath.
 */
static int
visit_directory_of(struct tour *t, const char *key, const char *path,
    unsigned grants)
{
	char directory[PATH_MAX];
	int fd, result = 0;

	if (!directory_of(path, directory, sizeof(directory)) ||
	    (fd = open(directory, BENEATH_DIRECTORY)) == -1)
		return 0;
	if (!beneath_is_slash(fd))
		result = t->visit(t, key, directory, fd, grants);
	close(fd);
	return result;
}

/* The file as such, and none that is put in its place. */
static int
visit_file(struct tour *t, const char *key, const char *path,
    unsigned grants)
{
	int result, fd = open(path, LOOK_AT_FILE);

	if (fd == -1)
		return 0;
	result = t->visit(t, key, path, fd, grants);
	close(fd);
	return result;
}

/* Where path is, and if it is a link to a file, where that one is. */
static int
visit_both(struct tour *t, const char *key, const char *path,
    unsigned grants)
{
	char real[PATH_MAX];

	if (visit_directory_of(t, key, path, grants) == -1)
		return -1;
	if (realpath(path, real) == NULL || strcmp(real, path) == 0)
		return 0;
	return visit_directory_of(t, key, real, grants);
}

static bool
is_regular(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/*
 * As it was given, which may be a name such as /dev/stdin of something that
 * is no file, or is elsewhere.
 */
static int
visit_configuration(struct tour *t)
{
	static const char key[] = "the configuration";
	const char *path = t->config->file;
	char real[PATH_MAX];

	if (path[0] == '\0' || !is_regular(path) ||
	    realpath(path, real) == NULL)
		return 0;
	/* In "/" alone the directory is passed over. */
	if (strrchr(real, '/') == real &&
	    visit_file(t, key, real, LANDLOCK_READ) == -1)
		return -1;
	if (strncmp(path, "/dev/", 5) == 0 || strncmp(path, "/proc/", 6) == 0)
		path = real;
	return visit_both(t, key, path, LANDLOCK_READ);
}

static bool
is_same_directory(const char *path, const char *other)
{
	struct stat a, b;

	return stat(path, &a) == 0 && stat(other, &b) == 0 &&
	    same_file(&a, &b);
}

/* A directory in which the logs of others are, or everything is. */
static bool
is_shared(const char *path)
{
	char directory[PATH_MAX];

	return directory_of(path, directory, sizeof(directory)) &&
	    (is_same_directory(directory, "/var/log") ||
	    is_same_directory(directory, "/"));
}

/* A target that is none but a path is one with a slash. */
static int
visit_log(struct tour *t, const char *key, const char *path)
{
	char real[PATH_MAX];
	struct stat st;

	if (path[0] != '/')
		return 0;
	/* A device, a pipe: never rotated. */
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return visit_file(t, key, path, LANDLOCK_LOG);
	if (t->config->process.sandbox != CONFIG_SANDBOX_NONE &&
	    (is_shared(path) || (realpath(path, real) != NULL &&
	    is_shared(real)))) {
		snprintf(t->error, t->size, "%s: %s is in a directory that is "
		    "not for it alone, and all of that could be written to; "
		    "take a directory of its own: /var/log/mynah/%s", key,
		    path, strrchr(path, '/') + 1);
		return -1;
	}
	return visit_both(t, key, path, LANDLOCK_LOG);
}

static int
visit_sockets(struct tour *t)
{
	const struct config *config = t->config;

	for (size_t i = 0; i < config->nlisteners; i++)
		if (config->listeners[i].unix_path != NULL &&
		    visit_directory_of(t, "listeners[].unix",
		    config->listeners[i].unix_path, LANDLOCK_SOCKET) == -1)
			return -1;
	return 0;
}

/* Is that the end of the tour? */
static bool
ends(struct tour *t, int result)
{
	if (result == 0)
		return false;
	t->has_failed = true;
	if (t->tell == NULL)
		return true;
	t->tell(t->arg);
	return false;
}

static int
visit_all(struct tour *t)
{
	const struct config *config = t->config;

	for (size_t i = 0; i < t->sites->n; i++)
		if (ends(t, visit_site(t, &t->sites->v[i])))
			return -1;
	for (char **path = config->process.readable; *path != NULL; path++)
		if (ends(t, visit_readable(t, *path)))
			return -1;
	if (ends(t, visit_configuration(t)) ||
	    ends(t, visit_log(t, "log.error.target",
	    config->log.error_target)) ||
	    ends(t, visit_log(t, "log.access.target",
	    config->log.access_target)) || ends(t, visit_sockets(t)))
		return -1;
	return t->has_failed ? -1 : 0;
}

/* ---- closing ---- */

static int
look(struct tour *t, const char *key, const char *path, int fd,
    unsigned grants)
{
	(void)t;
	(void)key;
	(void)path;
	(void)fd;
	(void)grants;
	return 0;
}

static int
cannot(struct tour *t, const char *what, const char *path)
{
	snprintf(t->error, t->size, "%s%s: %s", what, path, strerror(errno));
	return -1;
}

/* Make it a rule, and remember which directory it is about. */
static int
remember(struct tour *t, const char *key, const char *path, int fd,
    unsigned grants)
{
	struct sandbox *sb = t->closing;
	struct sandbox_place *places;
	struct stat st;

	(void)key;
	places = reallocarray(sb->places, sb->nplaces + 1, sizeof(*places));
	if (places == NULL)
		return cannot(t, "", "no rules");
	sb->places = places;
	if (fstat(fd, &st) == -1 ||
	    landlock_allow(t->rules, t->abi, fd, grants) == -1)
		return cannot(t, "no rule for ", path);
	places[sb->nplaces++] = (struct sandbox_place){ st.st_dev, st.st_ino,
	    grants };
	return 0;
}

/* Returns an ABI, or -1 and why there is none. */
static int
find_landlock(struct sandbox *sb)
{
	int abi = landlock_abi();

	if (abi != -1)
		return abi;
	snprintf(sb->why, sizeof(sb->why), "%s",
#ifdef USE_LANDLOCK
	    errno == ENOSYS ? "not in this kernel" :
#else
	    errno == ENOSYS ? "not in this build" :
#endif
	    errno == EOPNOTSUPP ? "turned off when the system was booted" :
	    errno == EPERM ? "forbidden by a filter of system calls" :
	    strerror(errno));
	return -1;
}

static void
close_files(struct sandbox *sb, const struct config *config,
    const struct sites *sites)
{
	struct tour t = { .visit = remember, .config = config,
	    .sites = sites, .closing = sb, .error = sb->why,
	    .size = sizeof(sb->why) };

	if ((t.abi = find_landlock(sb)) == -1)
		return;
	if ((t.rules = landlock_new(t.abi)) == -1) {
		cannot(&t, "", "no rules");
		return;
	}
	if (visit_all(&t) == 0) {
		if (landlock_enforce(t.rules) == 0)
			sb->abi = t.abi;
		else
			cannot(&t, "", "not enforced");
	}
	close(t.rules);
}

static void
close_privileges(struct sandbox *sb)
{
#ifdef USE_LINUX
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		snprintf(sb->privs, sizeof(sb->privs), "%s", strerror(errno));
#else
	snprintf(sb->privs, sizeof(sb->privs), "not in this build");
#endif
}

/* Add "no openat2 (why)" to a sentence. */
static void
lacks(char *out, size_t size, const char *layer, const char *why)
{
	size_t len = strlen(out);

	snprintf(out + len, size - len, "%sno %s%s%s%s",
	    len == 0 ? "process.sandbox is required, but there is " : " and ",
	    layer, why[0] == '\0' ? "" : " (", why,
	    why[0] == '\0' ? "" : ")");
}

/* All layers are there, or the start fails and names those that are not. */
static int
demand(const struct sandbox *sb, const struct sites *sites, char *error,
    size_t size)
{
	error[0] = '\0';
	if (sites->n > 0 && !docroot_has_openat2(sites->v[0].root))
		lacks(error, size, "openat2", "");
	if (sb->privs[0] != '\0')
		lacks(error, size, "no_new_privs", sb->privs);
	if (sb->abi == 0)
		lacks(error, size, "landlock", sb->why);
	return error[0] == '\0' ? 0 : -1;
}

int
sandbox_look(const struct config *config, const struct sites *sites,
    void (*tell)(void *arg), void *arg, char *error, size_t size)
{
	struct tour t = { .visit = look, .config = config, .sites = sites,
	    .tell = tell, .arg = arg, .error = error, .size = size };

	return visit_all(&t);
}

int
sandbox_close(struct sandbox *sb, const struct config *config,
    const struct sites *sites, char *error, size_t size)
{
	*sb = (struct sandbox){ 0 };
	/* What is wrong is wrong, even where nothing can be closed. */
	if (sandbox_look(config, sites, NULL, NULL, error, size) == -1)
		return -1;
	if (config->process.sandbox == CONFIG_SANDBOX_NONE) {
		snprintf(sb->why, sizeof(sb->why), "process.sandbox is none");
		return 0;
	}
	/* Local time, which syslog() and logs tell, is in /usr/share. */
	tzset();
	close_privileges(sb);
	close_files(sb, config, sites);
	return config->process.sandbox == CONFIG_SANDBOX_REQUIRED ?
	    demand(sb, sites, error, size) : 0;
}

void
sandbox_clear(struct sandbox *sb)
{
	free(sb->places);
	sb->places = NULL;
	sb->nplaces = 0;
}

void
sandbox_announce(const struct sandbox *sb, const struct sites *sites)
{
	char landlock[2 * SANDBOX_TEXT_MAX];
	int capabilities = privileges_capabilities();

	if (sb->abi != 0)
		snprintf(landlock, sizeof(landlock), "landlock abi %d",
		    sb->abi);
	else
		snprintf(landlock, sizeof(landlock), "no landlock (%s)",
		    sb->why);
	log_info("sandbox: %s, %s, uid %u%s",
	    docroot_has_openat2(sites->v[0].root) ? "openat2" :
	    "no openat2 (no link is followed)", landlock, (unsigned)geteuid(),
	    capabilities == 0 ? ", no capabilities" :
	    capabilities == 1 ? ", with capabilities" : "");
}

/* ---- asking ---- */

static unsigned
grants_of(const struct sandbox *sb, const struct stat *st)
{
	unsigned grants = 0;

	for (size_t i = 0; i < sb->nplaces; i++)
		if (sb->places[i].dev == st->st_dev &&
		    sb->places[i].ino == st->st_ino)
			grants |= sb->places[i].grants;
	return grants;
}

/*
 * Up from fd to "/", as the kernel does it: what is allowed is the sum of
 * what each directory on the way allows. Who may not search one on the way
 * gets no further; but then, no path led here either.
 */
static unsigned
grants_beneath(const struct sandbox *sb, int fd)
{
	unsigned grants = 0;
	struct stat st;
	int at = fd, up;

	/* What was unmounted has no end that way. */
	for (int i = 0; i < DEPTH_MAX && fstat(at, &st) == 0; i++) {
		grants |= grants_of(sb, &st);
		up = beneath_is_slash(at) ? -1 :
		    openat(at, "..", BENEATH_DIRECTORY);
		if (at != fd)
			close(at);
		at = up;
	}
	if (at != -1 && at != fd)
		close(at);
	return grants;
}

bool
sandbox_may_read(void *arg, int fd)
{
	const struct sandbox *sb = arg;

	return sb->abi == 0 ||
	    (grants_beneath(sb, fd) & LANDLOCK_READ) != 0;
}

static int
compare(struct tour *t, const char *key, const char *path, int fd,
    unsigned grants)
{
	if (t->closed->abi == 0 ||
	    (grants_beneath(t->closed, fd) & grants) == grants)
		return 0;
	snprintf(t->error, t->size, "%s: %s is outside of the sandbox, which "
	    "is closed at the start and cannot be widened: to use it, "
	    "restart", key, path);
	return -1;
}

int
sandbox_covers(const struct sandbox *sb, const struct config *config,
    const struct sites *sites, char *error, size_t size)
{
	struct tour t = { .visit = compare, .config = config, .sites = sites,
	    .closed = sb, .error = error, .size = size };

	return visit_all(&t);
}
