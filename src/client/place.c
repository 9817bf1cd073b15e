#include "client/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/slice.h"
#include "client/part_info.h"
#include "client/save_fault.h"
#include "files/path_max.h"

static char *
join(const char *name, const char *more)
{
	size_t len = strlen(name), more_len = strlen(more);
	char *s = malloc(len + more_len + 1);

	if (s == NULL)
		return NULL;
	memcpy(s, name, len);
	memcpy(s + len, more, more_len + 1);
	return s;
}

int
place_init(struct place *p, const char *name)
{
	p->name = join(name, "");
	p->part = join(name, SAVE_PART);
	p->info = join(name, SAVE_INFO);
	return p->name == NULL || p->part == NULL || p->info == NULL ? -1 : 0;
}

void
place_clear(struct place *p)
{
	free(p->name);
	free(p->part);
	free(p->info);
}

/* ---- NAME ---- */

/* NAME is there, as what lstat() says. Is that in the way? */
static bool
may_replace(const struct place *p, const struct stat *st, char *error,
    size_t size)
{
	char target[PATH_MAX];
	ssize_t n;

	if (S_ISLNK(st->st_mode)) {
		n = readlink(p->name, target, sizeof(target));
		snprintf(error, size, "%s is a symbolic link, which is not "
		    "replaced; save to what it leads to: %.*s", p->name,
		    n < 0 ? 0 : (int)n, target);
	} else if (S_ISDIR(st->st_mode))
		snprintf(error, size, "%s is a directory; give the name of a "
		    "file in it", p->name);
	else if (p->replace)
		return true;
	else if (p->resume)
		snprintf(error, size, "%s is there, and whole; to fetch it "
		    "anew: --force", p->name);
	else
		snprintf(error, size, "%s is there already; to replace it: "
		    "--force", p->name);
	return false;
}

/*
 * In a directory such as /tmp only the owner of a file may replace it; that is
 * better known before it has come as a whole.
 */
static bool
is_let_go(const struct place *p, const struct stat *st, char *error,
    size_t size)
{
	struct slice in = save_directory(p->name);
	char dir[PATH_MAX];
	struct stat of;
	uid_t we = geteuid();

	snprintf(dir, sizeof(dir), "%.*s", SLICE_ARG(in));
	if (we == 0 || st->st_uid == we || stat(dir, &of) == -1 ||
	    (of.st_mode & S_ISVTX) == 0 || of.st_uid == we)
		return true;
	snprintf(error, size, "%s belongs to user id %ld, who alone may "
	    "replace it in %s", p->name, (long)st->st_uid, dir);
	return false;
}

bool
place_is_free(const struct place *p, char *error, size_t size)
{
	struct stat st;

	if (lstat(p->name, &st) == 0)
		return may_replace(p, &st, error, size) &&
		    is_let_go(p, &st, error, size);
	if (errno == ENOENT)
		return true;
	save_fault(p->name, errno, error, size);
	return false;
}

/* ---- NAME.part.info ---- */

ssize_t
place_read_info(const struct place *p, char *out, size_t size)
{
	struct stat st;
	ssize_t n = -1;
	int fd;

	fd = open(p->info, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK |
	    O_NOCTTY);
	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    (st.st_uid == geteuid() || st.st_uid == 0))
		n = pread(fd, out, size, 0);
	close(fd);
	return n;
}

/* NAME.part.info is there: it will be removed if it is one of ours. */
static bool
is_info(const struct place *p, const struct stat *st, char *error, size_t size)
{
	char begin[sizeof(PART_INFO_BEGIN) - 1];

	if (!S_ISREG(st->st_mode))
		snprintf(error, size, "%s is %s, and its name is needed; "
		    "move it away", p->info, save_kind(st->st_mode));
	else if (st->st_uid != geteuid() && st->st_uid != 0)
		snprintf(error, size, "%s belongs to user id %ld, and its "
		    "name is needed; move it away", p->info,
		    (long)st->st_uid);
	else if (st->st_size > 0 && (place_read_info(p, begin,
	    sizeof(begin)) < (ssize_t)sizeof(begin) ||
	    memcmp(begin, PART_INFO_BEGIN, sizeof(begin)) != 0))
		snprintf(error, size, "%s is not from mynah, and its name is "
		    "needed; move it away", p->info);
	else
		return true;
	return false;
}

/* A name that can be one at all, with what is put behind it. */
static bool
is_name(const struct place *p, char *error, size_t size)
{
	size_t len = strlen(p->name);
	struct stat st;

	if (len == 0) {
		snprintf(error, size, "the name of the file to save to is "
		    "empty");
		return false;
	}
	if (p->name[len - 1] == '/') {
		snprintf(error, size, "%s is the name of a directory; give "
		    "that of a file in it", p->name);
		return false;
	}
	/* It is the longest of the names, and made last. */
	if (lstat(p->info, &st) == -1) {
		if (errno == ENOENT)
			return true;
		save_fault(p->name, errno, error, size);
		return false;
	}
	return is_info(p, &st, error, size);
}

bool
place_is_fit(const struct place *p, char *error, size_t size)
{
	return is_name(p, error, size) && place_is_free(p, error, size);
}
