#ifdef HAVE_CONFIG_H
#include "build.h"
#endif

#include "daemon/pidfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/process.h"
#include "base/same_file.h"
#include "files/path_fault.h"

/* What is longer is no pid file, but one that somebody would miss. */
#define BYTES_MAX	64

/* A process that only asks holds the lock for a moment: try again. */
#define TRIES		20
#define TRY_NS		(10 * 1000 * 1000)

#define REASON_MAX	512

enum { NO_PID = 0, RUBBISH = -1 };

static void
wait_a_moment(void)
{
	const struct timespec ts = { .tv_nsec = TRY_NS };

	nanosleep(&ts, NULL);
}

/* The number in the file, NO_PID if it is empty, or RUBBISH. */
static pid_t
read_pid(int fd)
{
	char text[BYTES_MAX + 1], *end;
	ssize_t n = pread(fd, text, BYTES_MAX, 0);
	long pid;

	if (n <= 0)
		return n == 0 ? NO_PID : RUBBISH;
	text[n] = '\0';
	if (text[0] < '0' || text[0] > '9')
		return RUBBISH;
	errno = 0;
	pid = strtol(text, &end, 10);
	if (errno != 0 || pid < 1 || pid > INT_MAX || strcmp(end, "\n") != 0)
		return RUBBISH;
	return (pid_t)pid;
}

#ifdef USE_PROC
/* 1 or 0, or -1 if this process is not shown that. */
static int
has_open(pid_t pid, const struct stat *file)
{
	char path[64], target[8];
	struct dirent *d;
	struct stat st;
	int found = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%ld/fd", (long)pid);
	if ((dir = opendir(path)) == NULL)
		return -1;
	while (found == 0 && (d = readdir(dir)) != NULL)
		/* Of files alone: what is asked costs, and may take long. */
		if (readlinkat(dirfd(dir), d->d_name, target,
		    sizeof(target)) > 0 && target[0] == '/' &&
		    fstatat(dirfd(dir), d->d_name, &st, 0) == 0 &&
		    same_file(&st, file))
			found = 1;
	closedir(dir);
	return found;
}
#else
static int
has_open(pid_t pid, const struct stat *file)
{
	(void)pid;
	(void)file;
	return -1;
}
#endif

/*
 * Is that the process that holds the file? Likely so, where nothing tells. It
 * is not this one, whose number another may have outside of a container.
 */
static bool
is_holder(pid_t pid, int fd)
{
	struct stat st;

	return process_is_there(pid) && pid != getpid() && fstat(fd, &st) == 0 &&
	    has_open(pid, &st) != 0;
}

/* ---- opening ---- */

/*
 * Without O_NONBLOCK a FIFO would be waited for. A file that is there is
 * opened without O_CREAT, which some systems refuse for files of others.
 */
static int
open_or_create(const char *path, bool *created)
{
	const int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK |
	    O_NOCTTY;
	int fd;

	*created = false;
	for (int i = 0; i < TRIES; i++) {
		if ((fd = open(path, flags)) != -1 || errno != ENOENT)
			return fd;
		fd = open(path, flags | O_CREAT | O_EXCL, 0644);
		*created = fd != -1;
		/* Somebody else was quicker: that one is there now. */
		if (fd != -1 || errno != EEXIST)
			return fd;
	}
	return -1;
}

/* Why open() failed: most often it is the directory. */
static void
explain_open(const char *path, int error_number, char *error, size_t size)
{
	const char *slash = strrchr(path, '/');
	char reason[REASON_MAX], *dir;
	struct stat st;

	if (error_number == ELOOP && lstat(path, &st) == 0 &&
	    S_ISLNK(st.st_mode)) {
		snprintf(error, size, "process.pid_file: %s is a symbolic "
		    "link, which is not followed: somebody may have put it "
		    "there; remove it, or name the file that it leads to",
		    path);
		return;
	}
	snprintf(reason, sizeof(reason), "%s", strerror(error_number));
	if (slash != NULL && (error_number == ENOENT ||
	    error_number == ENOTDIR) && (dir = strndup(path,
	    slash == path ? 1 : (size_t)(slash - path))) != NULL) {
		path_fault(dir, error_number, reason, sizeof(reason));
		free(dir);
	}
	if (error_number == EACCES)
		snprintf(reason, sizeof(reason), "uid %u is not permitted to; "
		    "use a directory that it may write to",
		    (unsigned)geteuid());
	snprintf(error, size, "process.pid_file: cannot write %s: %s%s%s",
	    path, error_number == ENOENT ? "its directory has to be there "
	    "(below /run, made at each boot: RuntimeDirectory= of systemd): " :
	    "", reason,
	    error_number == EISDIR ? "; give the path of a file in it" : "");
}

/* Is there nothing but a number? A crash may have torn it, or left NULs. */
static bool
has_only_digits(int fd)
{
	char text[BYTES_MAX];
	ssize_t n = pread(fd, text, sizeof(text), 0);

	for (ssize_t i = 0; i < n; i++)
		if (memchr("0123456789\n", text[i], 12) == NULL)
			return false;
	return n >= 0;
}

/* False if that file should not be written to, and why. */
static bool
is_fit(const struct pidfile *p, const struct stat *st, char *error,
    size_t size)
{
	if (!S_ISREG(st->st_mode))
		snprintf(error, size, "process.pid_file: %s is not a regular "
		    "file", p->path);
	else if (st->st_uid != geteuid() && st->st_uid != 0)
		snprintf(error, size, "process.pid_file: %s belongs to uid "
		    "%u, who could write another number into it; remove it, "
		    "or use a directory that only this user can write to",
		    p->path, (unsigned)st->st_uid);
	else if (st->st_nlink > 1)
		snprintf(error, size, "process.pid_file: %s is a hard link, "
		    "and writing to it would change another file; remove it",
		    p->path);
	else if (st->st_size > BYTES_MAX || !has_only_digits(p->fd))
		snprintf(error, size, "process.pid_file: %s holds something "
		    "else than a number, so it is no pid file; is this the "
		    "path of another file?", p->path);
	else
		return true;
	return false;
}

/* 0 if the lock was had, EX_UNAVAILABLE or EX_CANTCREAT. */
static int
lock(const struct pidfile *p, char *error, size_t size)
{
	char name[PROCESS_NAME_MAX];
	pid_t pid;

	for (int i = 0; i < TRIES; i++) {
		if (flock(p->fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK && errno != EINTR) {
			snprintf(error, size, "process.pid_file: cannot lock "
			    "%s: %s", p->path, strerror(errno));
			return EX_CANTCREAT;
		}
		if (is_holder(pid = read_pid(p->fd), p->fd)) {
			process_name(pid, name, sizeof(name));
			snprintf(error, size, "%s (pid %ld) is running "
			    "already and holds the pid file %s; stop it "
			    "first, or set another process.pid_file", name,
			    (long)pid, p->path);
			return EX_UNAVAILABLE;
		}
		wait_a_moment();
	}
	snprintf(error, size, "another process holds the pid file %s, which "
	    "does not tell which one", p->path);
	return EX_UNAVAILABLE;
}

/* Is the file at that path still the one that is open? */
static bool
is_there(const struct pidfile *p)
{
	struct stat ours, there;

	return fstat(p->fd, &ours) == 0 && lstat(p->path, &there) == 0 &&
	    same_file(&ours, &there);
}

static int
open_once(struct pidfile *p, char *error, size_t size)
{
	struct stat st;
	int status;

	if ((p->fd = open_or_create(p->path, &p->created)) == -1) {
		explain_open(p->path, errno, error, size);
		return EX_CANTCREAT;
	}
	if (fstat(p->fd, &st) == -1) {
		snprintf(error, size, "process.pid_file: %s: %s", p->path,
		    strerror(errno));
		status = EX_CANTCREAT;
	} else if (!is_fit(p, &st, error, size)) {
		status = EX_CANTCREAT;
	} else {
		status = lock(p, error, size);
	}
	if (status != 0) {
		close(p->fd);
		p->fd = -1;
	}
	return status;
}

int
pidfile_open(struct pidfile *p, const char *path, char *error, size_t size)
{
	size_t len = strlen(path);
	int status;

	*p = PIDFILE_NONE;
	if (len == 0)
		return 0;
	if (len >= sizeof(p->path)) {
		explain_open(path, ENAMETOOLONG, error, size);
		return EX_CANTCREAT;
	}
	memcpy(p->path, path, len + 1);
	for (int i = 0; i < TRIES; i++) {
		if ((status = open_once(p, error, size)) != 0)
			return status;
		if (is_there(p))
			return 0;
		/* It was removed before it was locked: that lock is none. */
		close(p->fd);
		p->fd = -1;
	}
	snprintf(error, size, "process.pid_file: %s is removed again and "
	    "again", path);
	return EX_CANTCREAT;
}

/* ---- what is in it ---- */

static void
tell_leftover(const struct pidfile *p)
{
	pid_t pid = read_pid(p->fd);

	if (pid == RUBBISH)
		log_warning("the pid file %s held no number; taking it over",
		    p->path);
	else if (pid != NO_PID)
		log_warning("the pid file %s is left over from pid %ld, which "
		    "did not end in order; taking it over", p->path,
		    (long)pid);
}

int
pidfile_write(const struct pidfile *p, char *error, size_t size)
{
	char text[32];
	ssize_t len;

	if (p->fd == -1)
		return 0;
	tell_leftover(p);
	len = snprintf(text, sizeof(text), "%ld\n", (long)getpid());
	errno = 0;
	if (ftruncate(p->fd, 0) == 0 &&
	    pwrite(p->fd, text, (size_t)len, 0) == len) {
		/* Whoever wants to know may, whatever the umask says. */
		if (fchmod(p->fd, 0644) == -1)
			log_debug("mode of %s: %s", p->path, strerror(errno));
		return 0;
	}
	snprintf(error, size, "process.pid_file: cannot write %s: %s", p->path,
	    strerror(errno != 0 ? errno : ENOSPC));
	return EX_CANTCREAT;
}

void
pidfile_clear(struct pidfile *p)
{
	if (p->fd == -1)
		return;
	if (ftruncate(p->fd, 0) == -1)
		log_warning("cannot empty the pid file %s: %s", p->path,
		    strerror(errno));
	close(p->fd);
	p->fd = -1;
}

void
pidfile_undo(struct pidfile *p)
{
	if (p->fd == -1)
		return;
	/* While it is locked: who waits for the lock looks once more. */
	if (p->created && is_there(p))
		unlink(p->path);
	close(p->fd);
	p->fd = -1;
}

/* ---- asking ---- */

/* The file is locked: is what it says true? */
static enum pidfile_state
ask_locked(int fd, const char *path, pid_t *pid, char *error, size_t size)
{
	*pid = read_pid(fd);
	if (*pid == NO_PID)
		snprintf(error, size, "the pid file %s is locked and empty: "
		    "its process is about to start or to end", path);
	else if (*pid == RUBBISH)
		snprintf(error, size, "the pid file %s is locked, but holds "
		    "no pid", path);
	else if (!process_is_there(*pid))
		snprintf(error, size, "the pid file %s is locked, but there is "
		    "no process %ld; does it run in a container?", path,
		    (long)*pid);
	else if (!is_holder(*pid, fd))
		snprintf(error, size, "the pid file %s is locked, but not by "
		    "process %ld, which it names", path, (long)*pid);
	else
		return PIDFILE_HELD;
	return PIDFILE_UNCLEAR;
}

static enum pidfile_state
ask_open(int fd, const char *path, pid_t *pid, char *error, size_t size)
{
	enum pidfile_state state = PIDFILE_UNCLEAR;

	for (int i = 0; i < TRIES; i++) {
		if (flock(fd, LOCK_SH | LOCK_NB) == 0) {
			snprintf(error, size, "nothing runs that holds the "
			    "pid file %s", path);
			return PIDFILE_FREE;
		}
		if (errno != EWOULDBLOCK && errno != EINTR) {
			snprintf(error, size, "the pid file %s: %s", path,
			    strerror(errno));
			return PIDFILE_UNCLEAR;
		}
		state = ask_locked(fd, path, pid, error, size);
		if (state == PIDFILE_HELD)
			return state;
		/* It may be just being written, or held by one who asks. */
		wait_a_moment();
	}
	return state;
}

enum pidfile_state
pidfile_ask(const char *path, pid_t *pid, char *error, size_t size)
{
	enum pidfile_state state;
	int fd;

	*pid = 0;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK |
	    O_NOCTTY);
	if (fd == -1) {
		state = errno == ENOENT ? PIDFILE_FREE : PIDFILE_UNCLEAR;
		snprintf(error, size, "the pid file %s: %s", path,
		    strerror(errno));
		return state;
	}
	state = ask_open(fd, path, pid, error, size);
	close(fd);
	if (state != PIDFILE_HELD)
		*pid = 0;
	return state;
}
