/*
 * saving - what the tests of download.h share: a directory that each begins
 * anew in, and calls that fail on purpose. Included by one file of a test
 * program, which is linked with the saving_wraps of Makefile.am.
 */
#ifndef SAVING_H
#define SAVING_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/download.h"
#include "support.h"
#include "tree.h"

#define FOREIGN_UID	4242
#define MODIFIED	((time_t)784111777)
#define FIVE		"hello"

static char error[2048];
static struct download *d;

static const struct download_source source = {
	{ "http://a/b", 10 }, { "\"x\"", 3 }, { "", 0 }, { "", 0 }
};

/* ---- calls that fail on purpose ---- */

enum call { CALLOC, MALLOC, CLOSE, FCHMOD, FDATASYNC, FLOCK, FSTAT, FTRUNCATE,
    FUTIMENS, LINK, PWRITE, RENAME, RENAMEAT2, UNLINK, WRITE, CALLS };

static struct {
	int	error;		/* 0: it works */
	int	after;		/* so many calls that do */
} failing[CALLS];
static bool failing_on;

/* What PWRITE writes at most before it fails; 0: any. */
static size_t write_most;

/* Done once, when the lock is about to be taken. */
static void (*before_lock)(void);

static inline bool
fails(enum call call)
{
	if (!failing_on || failing[call].error == 0 ||
	    failing[call].after-- > 0)
		return false;
	failing[call].after = 0;
	errno = failing[call].error;
	return true;
}

static inline void
let_fail(enum call call, int error_number)
{
	failing[call].error = error_number;
	failing_on = true;
}

void	*__real_calloc(size_t n, size_t size);
void	*__wrap_calloc(size_t n, size_t size);
void	*__real_malloc(size_t size);
void	*__wrap_malloc(size_t size);
int	 __real_close(int fd);
int	 __wrap_close(int fd);
int	 __real_fchmod(int fd, mode_t mode);
int	 __wrap_fchmod(int fd, mode_t mode);
int	 __real_fdatasync(int fd);
int	 __wrap_fdatasync(int fd);
int	 __real_flock(int fd, int operation);
int	 __wrap_flock(int fd, int operation);
int	 __real_fstat(int fd, struct stat *st);
int	 __wrap_fstat(int fd, struct stat *st);
int	 __real_ftruncate(int fd, off_t size);
int	 __wrap_ftruncate(int fd, off_t size);
int	 __real_futimens(int fd, const struct timespec times[2]);
int	 __wrap_futimens(int fd, const struct timespec times[2]);
int	 __real_link(const char *from, const char *to);
int	 __wrap_link(const char *from, const char *to);
ssize_t	 __real_pwrite(int fd, const void *bytes, size_t len, off_t at);
ssize_t	 __wrap_pwrite(int fd, const void *bytes, size_t len, off_t at);
int	 __real_rename(const char *from, const char *to);
int	 __wrap_rename(const char *from, const char *to);
int	 __real_renameat2(int from_fd, const char *from, int to_fd,
	    const char *to, unsigned flags);
int	 __wrap_renameat2(int from_fd, const char *from, int to_fd,
	    const char *to, unsigned flags);
int	 __real_unlink(const char *path);
int	 __wrap_unlink(const char *path);
ssize_t	 __real_write(int fd, const void *bytes, size_t len);
ssize_t	 __wrap_write(int fd, const void *bytes, size_t len);

void *
__wrap_calloc(size_t n, size_t size)
{
	return fails(CALLOC) ? NULL : __real_calloc(n, size);
}

void *
__wrap_malloc(size_t size)
{
	return fails(MALLOC) ? NULL : __real_malloc(size);
}

/* It is closed in any case. */
int
__wrap_close(int fd)
{
	int result = __real_close(fd);

	return fails(CLOSE) ? -1 : result;
}

int
__wrap_fchmod(int fd, mode_t mode)
{
	return fails(FCHMOD) ? -1 : __real_fchmod(fd, mode);
}

int
__wrap_fdatasync(int fd)
{
	return fails(FDATASYNC) ? -1 : __real_fdatasync(fd);
}

int
__wrap_flock(int fd, int operation)
{
	void (*first)(void) = before_lock;

	before_lock = NULL;
	if (first != NULL)
		first();
	return fails(FLOCK) ? -1 : __real_flock(fd, operation);
}

int
__wrap_fstat(int fd, struct stat *st)
{
	return fails(FSTAT) ? -1 : __real_fstat(fd, st);
}

int
__wrap_ftruncate(int fd, off_t size)
{
	return fails(FTRUNCATE) ? -1 : __real_ftruncate(fd, size);
}

int
__wrap_futimens(int fd, const struct timespec times[2])
{
	return fails(FUTIMENS) ? -1 : __real_futimens(fd, times);
}

int
__wrap_link(const char *from, const char *to)
{
	return fails(LINK) ? -1 : __real_link(from, to);
}

ssize_t
__wrap_pwrite(int fd, const void *bytes, size_t len, off_t at)
{
	return fails(PWRITE) ? -1 : __real_pwrite(fd, bytes,
	    write_most != 0 && len > write_most ?
	    write_most : len, at);
}

int
__wrap_rename(const char *from, const char *to)
{
	return fails(RENAME) ? -1 : __real_rename(from, to);
}

int
__wrap_renameat2(int from_fd, const char *from, int to_fd, const char *to,
    unsigned flags)
{
	return fails(RENAMEAT2) ? -1 : __real_renameat2(from_fd, from, to_fd,
	    to, flags);
}

int
__wrap_unlink(const char *path)
{
	return fails(UNLINK) ? -1 : __real_unlink(path);
}

ssize_t
__wrap_write(int fd, const void *bytes, size_t len)
{
	return fails(WRITE) ? -1 : __real_write(fd, bytes, len);
}

/* ---- fixture ---- */

static char where[64];

/* The path of a name in a directory that each test begins with anew. */
static inline char *
path(const char *name)
{
	char all[1024];

	snprintf(all, sizeof(all), "%s/%s", where, name);
	return tree_path(all);
}

static inline void
setup(void)
{
	static int n;

	umask(022);
	memset(failing, 0, sizeof(failing));
	failing_on = false;
	before_lock = NULL;
	write_most = 0;
	d = NULL;
	error[0] = '\0';
	snprintf(where, sizeof(where), "%ld.%d", (long)getpid(), n++);
	tree_directory(where);
}

static inline void
put_file(const char *name, const char *content)
{
	char all[1024];

	snprintf(all, sizeof(all), "%s/%s", where, name);
	tree_file(all, content);
}

static inline void
put_info(const char *name)
{
	put_file(name, "mynah-part 1\nurl http://a/b\netag \"x\"\nend\n");
}

/* What is in it; "(none)" if there is none. */
static inline const char *
content(const char *name)
{
	static char bytes[4][4096];
	static int n;
	char *p = bytes[n++ % COUNT(bytes)];
	ssize_t len;
	int fd = open(path(name), O_RDONLY);

	if (fd == -1)
		return "(none)";
	len = read(fd, p, sizeof(bytes[0]) - 1);
	ck_assert_int_ge(len, 0);
	p[len] = '\0';
	__real_close(fd);
	return p;
}

static inline bool
is_there(const char *name)
{
	struct stat st;

	return lstat(path(name), &st) == 0;
}

static inline mode_t
mode_of(const char *name)
{
	struct stat st;

	ck_assert_int_eq(lstat(path(name), &st), 0);
	return st.st_mode & 07777;
}

static inline bool
can_open(const char *name, enum download_how how, bool replace)
{
	error[0] = '\0';
	d = download_open(path(name), how, replace, error, sizeof(error));
	return d != NULL;
}

static inline void
open_it(const char *name, enum download_how how)
{
	ck_assert_msg(can_open(name, how, false), "%s", error);
	ck_assert_str_eq(error, "");
}

static inline void
begin(uint64_t at)
{
	ck_assert_int_eq(download_begin(d, &source, at), 0);
}

static inline void
add(const char *bytes)
{
	ck_assert_int_eq(download_write(d, bytes, strlen(bytes)), 0);
}

static inline void
finish(void)
{
	ck_assert_int_eq(download_finish(d, MODIFIED), 0);
	ck_assert_uint_eq(download_close(d), 0);
}

/* NAME.part with the first bytes and its .info. */
static inline void
leave_part(const char *bytes)
{
	open_it("f", DOWNLOAD_NEW);
	begin(0);
	add(bytes);
	ck_assert_uint_eq(download_close(d), strlen(bytes));
}

#endif
