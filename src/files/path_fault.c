#include "files/path_fault.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/slice_distance.h"
#include "files/beneath.h"
#include "files/path_max.h"

#define NEAR_NAME_MAX	SLICE_DISTANCE_MAX
#define NEAR_ENTRIES	5000	/* of a directory: a start must not hang */

/* The path as far as it was looked at, cut before and after the fault. */
struct fault {
	const char	*path;		/* the whole */
	bool		 is_file;	/* the last component may be one */
	int		 error;		/* what opening prefix said */
	char		 prefix[PATH_MAX];
	char		 parent[PATH_MAX];	/* "." if there is none */
	const char	*name;		/* last component, inside of prefix */
};

/* Can this entry be what was meant, and how far off is it? */
static bool
is_near(const char *wanted, const char *name, size_t *away)
{
	size_t len = strlen(wanted);

	if (strlen(name) > NEAR_NAME_MAX ||
	    (name[0] == '.') != (wanted[0] == '.') ||
	    strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;
	*away = slice_distance(slice_of(wanted), slice_of(name));
	return *away <= (len < 3 ? 1 : len < 6 ? 2 : 3) && *away < len;
}

/* Find what is in parent, or what directory, with the nearest name. */
static bool
find_near(const char *parent, const char *wanted, bool any,
    char near[static NEAR_NAME_MAX + 1])
{
	struct dirent *entry;
	struct stat st;
	size_t away, best = SIZE_MAX;
	DIR *dir;

	if (strlen(wanted) > NEAR_NAME_MAX || (dir = opendir(parent)) == NULL)
		return false;
	for (int n = 0; n < NEAR_ENTRIES && (entry = readdir(dir)) != NULL;
	    n++) {
		if (!is_near(wanted, entry->d_name, &away) || away > best ||
		    (away == best && strcmp(entry->d_name, near) > 0) ||
		    fstatat(dirfd(dir), entry->d_name, &st, 0) == -1 ||
		    (!any && !S_ISDIR(st.st_mode)))
			continue;
		best = away;
		memcpy(near, entry->d_name, strlen(entry->d_name) + 1);
	}
	closedir(dir);
	return best != SIZE_MAX;
}

/* Is name the last component of the path that f is about? */
static bool
is_last(const struct fault *f)
{
	const char *rest = f->path + strlen(f->prefix);

	return rest[strspn(rest, "/")] == '\0';
}

/* Open one prefix after the other; false if there is no fault any more. */
static bool
find_fault(struct fault *f)
{
	size_t start, end = 0;
	int fd;

	for (;;) {
		start = end + strspn(f->path + end, "/");
		if (f->path[start] == '\0')
			return false;
		snprintf(f->parent, sizeof(f->parent), "%s",
		    f->prefix[0] != '\0' ? f->prefix : start > 0 ? "/" : ".");
		end = start + strcspn(f->path + start, "/");
		if (end >= sizeof(f->prefix))
			return false;
		memcpy(f->prefix, f->path, end);
		f->prefix[end] = '\0';
		f->name = f->prefix + start;
		if ((fd = open(f->prefix, f->is_file && is_last(f) ?
		    O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY :
		    BENEATH_DIRECTORY)) == -1) {
			f->error = errno;
			return true;
		}
		close(fd);
	}
}

/*
 * " (in /the/whole/path, relative to /where/we/are)", as far as needed: what
 * is at fault may be the whole path or a part of it.
 */
static void
describe_place(const struct fault *f, bool is_part, char *out, size_t size)
{
	char *cwd = f->path[0] == '/' ? NULL : getcwd(NULL, 0);

	out[0] = '\0';
	if (is_part || cwd != NULL)
		snprintf(out, size, " (%s%s%s%s%s)", is_part ? "in " : "",
		    is_part ? f->path : "",
		    is_part && cwd != NULL ? ", " : "",
		    cwd != NULL ? "relative to " : "", cwd != NULL ? cwd : "");
	free(cwd);
}

static void
describe_missing(const struct fault *f, const char *place, char *out,
    size_t size)
{
	char near[NEAR_NAME_MAX + 1];

	if (!find_near(f->parent, f->name, f->is_file && is_last(f), near))
		snprintf(out, size, "%s does not exist%s", f->prefix, place);
	else
		snprintf(out, size, "%s does not exist%s; did you mean "
		    "%.*s%s?", f->prefix, place, (int)(f->name - f->prefix),
		    f->prefix, near);
}

static void
describe_link(const struct fault *f, const char *place, char *out,
    size_t size)
{
	char target[PATH_MAX];
	ssize_t n = readlink(f->prefix, target, sizeof(target));

	snprintf(out, size, "%s is a symbolic link to %.*s%s: %s", f->prefix,
	    n < 0 ? 0 : (int)n, target, place,
	    f->error == ENOENT ? "that does not exist" :
	    f->error == ENOTDIR ? "that is not a directory" :
	    f->error == ELOOP ? "links lead in a circle" :
	    strerror(f->error));
}

static void
describe(const struct fault *f, char *out, size_t size)
{
	char place[2 * PATH_MAX + 32];
	struct stat st;
	bool is_there = lstat(f->prefix, &st) == 0;

	describe_place(f, !is_last(f) ||
	    (f->error == EACCES && !is_there), place, sizeof(place));
	if (is_there && S_ISLNK(st.st_mode))
		describe_link(f, place, out, size);
	else if (f->error == ENOENT)
		describe_missing(f, place, out, size);
	else if (f->error == ENOTDIR)
		snprintf(out, size, "%s is not a directory%s", f->prefix,
		    place);
	else if (f->error == EACCES)
		snprintf(out, size, "no permission to %s %s%s (as user "
		    "id %ld)", is_there && f->is_file && is_last(f) ? "read" :
		    "search", is_there ? f->prefix : f->parent, place,
		    (long)geteuid());
	else
		snprintf(out, size, "%s%s: %s", f->prefix, place,
		    strerror(f->error));
}

static void
say_fault(const char *path, bool is_file, int error, char *out, size_t size)
{
	struct fault f = { .path = path, .is_file = is_file, .error = error };

	if (path[0] == '\0')
		snprintf(out, size, "the path is empty");
	else if (error == EMFILE || error == ENFILE || error == ENOMEM ||
	    strlen(path) >= sizeof(f.prefix) || !find_fault(&f))
		snprintf(out, size, "%.200s%s: %s", path,
		    strlen(path) > 200 ? "..." : "", strerror(error));
	else
		describe(&f, out, size);
}

void
path_fault(const char *path, int error, char *out, size_t size)
{
	say_fault(path, false, error, out, size);
}

void
path_fault_file(const char *path, int error, char *out, size_t size)
{
	say_fault(path, true, error, out, size);
}
