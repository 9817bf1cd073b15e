#include "daemon/statefile.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/slice.h"
#include "files/trace.h"

#define MAGIC		"mynahd-state 1 "
#define FILE_MAX	(STATEFILE_TEXT_MAX + 512)

static const char *const results[] = {
	[STATEFILE_NONE] = "none",
	[STATEFILE_DONE] = "done",
	[STATEFILE_REFUSED] = "refused",
};

/* False if no path is so long. */
static bool
path_of(const char *pid_file, char path[static PATH_MAX])
{
	return snprintf(path, PATH_MAX, "%s" STATEFILE_SUFFIX, pid_file) <
	    PATH_MAX;
}

/* Whether it is one that was made for this, or empty. */
static int
check_file(int fd)
{
	char begin[sizeof(MAGIC) - 1];
	struct stat st;

	if (fstat(fd, &st) == -1)
		return -1;
	if (S_ISREG(st.st_mode) && st.st_nlink == 1 &&
	    (st.st_uid == geteuid() || st.st_uid == 0) && (st.st_size == 0 ||
	    (pread(fd, begin, sizeof(begin), 0) == (ssize_t)sizeof(begin) &&
	    memcmp(begin, MAGIC, sizeof(begin)) == 0)))
		return 0;
	errno = EPERM;
	return -1;
}

/* Returns a descriptor, or -1 with errno. */
static int
open_file(const char *pid_file, int more_flags)
{
	char path[PATH_MAX];
	int fd, error;

	errno = ENAMETOOLONG;
	if (!path_of(pid_file, path) || (fd = open(path, O_RDWR | O_CLOEXEC |
	    O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | more_flags, 0644)) == -1)
		return -1;
	if (check_file(fd) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

static int
cannot(const char *pid_file, char *error, size_t size)
{
	snprintf(error, size, "cannot make %s" STATEFILE_SUFFIX ", where "
	    "reloads tell what became of them: %s", pid_file,
	    strerror(errno));
	return -1;
}

int
statefile_open(struct statefile *s, const char *pid_file, char *error,
    size_t size)
{
	*s = (struct statefile){ .fd = -1 };
	if (pid_file[0] == '\0')
		return 0;
	if ((s->fd = open_file(pid_file, O_CREAT)) == -1)
		return cannot(pid_file, error, size);
	/* Whatever the umask is: anybody may know. */
	(void)fchmod(s->fd, 0644);
	return 0;
}

void
statefile_close(struct statefile *s)
{
	if (s->fd != -1)
		close(s->fd);
	s->fd = -1;
}

int
statefile_try(const char *pid_file, char *error, size_t size)
{
	int fd;

	if (pid_file[0] == '\0')
		return 0;
	if ((fd = open_file(pid_file, 0)) == -1)
		return errno == ENOENT ? 0 : cannot(pid_file, error, size);
	close(fd);
	return 0;
}

void
statefile_write(const struct statefile *s)
{
	char body[FILE_MAX], file[FILE_MAX + 64];
	int len, all;

	if (s->fd == -1)
		return;
	len = snprintf(body, sizeof(body), "pid %ld\nbegun %" PRIu64
	    "\ndone %" PRIu64 "\nresult %s\n%s", (long)s->pid, s->begun,
	    s->done, results[s->result], s->text);
	all = snprintf(file, sizeof(file), MAGIC "%d %016" PRIx64 "\n%s", len,
	    slice_hash((struct slice){ body, (size_t)len }), body);
	/* In one call; what is left behind it of a longer one comes off. */
	if (pwrite(s->fd, file, (size_t)all, 0) == all &&
	    ftruncate(s->fd, all) == -1) {
		/* LENGTH says where it ends. */
	}
}

/* Take the numbers and the text out of what has been checked. */
static int
parse(struct statefile *s, const char *body)
{
	char result[16];
	long pid;
	int used = 0;

	if (sscanf(body, "pid %ld begun %" SCNu64 " done %" SCNu64
	    " result %15s%n", &pid, &s->begun, &s->done, result, &used) != 4 ||
	    body[used] != '\n')
		goto fail;
	s->pid = (pid_t)pid;
	snprintf(s->text, sizeof(s->text), "%s", body + used + 1);
	for (s->result = STATEFILE_NONE; s->result <= STATEFILE_REFUSED;
	    s->result++)
		if (strcmp(result, results[s->result]) == 0)
			return 0;
fail:
	errno = EINVAL;
	return -1;
}

/* bytes end in a NUL, which is not one of the len. */
static int
check(struct statefile *s, char *bytes, size_t len)
{
	char *body = memchr(bytes, '\n', len);
	uint64_t sum;
	size_t length;

	if (body == NULL || memchr(bytes, '\0', len) != NULL ||
	    sscanf(bytes, MAGIC "%zu %" SCNx64, &length, &sum) != 2) {
		errno = EINVAL;
		return -1;
	}
	body++;
	if (length > len - (size_t)(body - bytes) ||
	    slice_hash((struct slice){ body, length }) != sum) {
		errno = EAGAIN;
		return -1;
	}
	body[length] = '\0';
	return parse(s, body);
}

int
statefile_read(struct statefile *s, const char *pid_file)
{
	char path[PATH_MAX], bytes[FILE_MAX + 64];
	ssize_t n;
	int fd, error;

	*s = (struct statefile){ .fd = -1 };
	errno = ENAMETOOLONG;
	if (!path_of(pid_file, path) || (fd = open(path, O_RDONLY | O_CLOEXEC |
	    O_NONBLOCK | O_NOCTTY)) == -1)
		return -1;
	n = pread(fd, bytes, sizeof(bytes) - 1, 0);
	error = errno;
	close(fd);
	errno = error;
	if (n == -1)
		return -1;
	bytes[n] = '\0';
	return check(s, bytes, (size_t)n);
}

void
statefile_print(const struct statefile *s, FILE *out)
{
	struct slice line = { s->text, 0 };

	for (; *line.p != '\0'; line.p += line.len + (line.p[line.len] != 0)) {
		line.len = strcspn(line.p, "\n");
		trace_put(line, out);
		fputc('\n', out);
	}
}
