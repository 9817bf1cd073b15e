#include "client/save_fault.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files/path_fault.h"
#include "files/path_max.h"

#define REASON_MAX	(2 * PATH_MAX)
#define SHOWN_MAX	512
#define NAME_BYTES	255	/* of a name: most file systems */

struct slice
save_directory(const char *name)
{
	const char *slash = strrchr(name, '/');

	if (slash == NULL)
		return SLICE(".");
	while (slash > name && slash[-1] == '/')
		slash--;
	if (slash == name)
		return SLICE("/");
	return (struct slice){ name, (size_t)(slash - name) };
}

const char *
save_kind(mode_t mode)
{
	return S_ISDIR(mode) ? "a directory" :
	    S_ISLNK(mode) ? "a symbolic link" :
	    S_ISFIFO(mode) ? "a named pipe" :
	    S_ISSOCK(mode) ? "a socket" :
	    S_ISREG(mode) ? "a regular file" : "a device";
}

/* The last segment, or the whole of it, is longer than can be. */
static void
describe_length(const char *name, const char *dir, char *out, size_t size)
{
	const char *slash = strrchr(name, '/');
	size_t len = strlen(slash != NULL ? slash + 1 : name);
	long most = pathconf(dir, _PC_NAME_MAX);

	if (most < (long)sizeof(SAVE_INFO))
		most = NAME_BYTES;
	if (len > (size_t)most - (sizeof(SAVE_INFO) - 1))
		snprintf(out, size, "the name is too long: it has %zu bytes, "
		    "and %ld is the most, as \"" SAVE_INFO "\" is put behind "
		    "it", len, most - (long)(sizeof(SAVE_INFO) - 1));
	else
		snprintf(out, size, "the path is too long: it has %zu bytes",
		    strlen(name));
}

/* The directory is there, but cannot be written to. */
static void
describe_denial(const char *dir, int error_number, char *out, size_t size)
{
	if (access(dir, F_OK) == -1)
		path_fault(dir, error_number, out, size);
	else
		snprintf(out, size, "no permission to %s the directory %s "
		    "(as user id %ld)", access(dir, X_OK) == -1 ? "search" :
		    "write to", dir, (long)geteuid());
}

void
save_fault(const char *name, int error_number, char *out, size_t size)
{
	struct slice in = save_directory(name);
	char *dir = strndup(in.p, in.len);
	char reason[REASON_MAX];
	struct stat st;

	snprintf(reason, sizeof(reason), "%s", strerror(error_number));
	if (dir == NULL)
		;
	else if (error_number == ENAMETOOLONG)
		describe_length(name, dir, reason, sizeof(reason));
	else if (error_number == ENOENT && stat(dir, &st) == 0)
		snprintf(reason, sizeof(reason), "no file can be made in %s",
		    dir);
	else if (error_number == ENOENT || error_number == ENOTDIR ||
	    error_number == ELOOP)
		path_fault(dir, error_number, reason, sizeof(reason));
	else if (error_number == EACCES)
		describe_denial(dir, error_number, reason, sizeof(reason));
	else if (error_number == EROFS)
		snprintf(reason, sizeof(reason), "the file system of %s is "
		    "read-only", dir);
	free(dir);
	/* The reason has to fit behind it. */
	snprintf(out, size, "cannot save to %.*s%s: %s", SHOWN_MAX, name,
	    strlen(name) > SHOWN_MAX ? "..." : "", reason);
}
