#include "files/file.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define DAY	86400

/* Whether mtime is so many seconds before now, or more. */
static bool
is_past(const struct timespec *mtime, const struct timespec *now,
    time_t seconds)
{
	time_t then = now->tv_sec - seconds;

	return then > mtime->tv_sec || (then == mtime->tv_sec &&
	    now->tv_nsec >= mtime->tv_nsec);
}

/*
 * A date that cannot be told from a broken clock would be a validator that
 * lies: archives and images without dates say the epoch (or before it), and
 * Last-Modified must not be later than Date (RFC 9110, 8.8.2.1).
 */
static bool
is_credible(const struct timespec *mtime, const struct timespec *now)
{
	return mtime->tv_sec > DAY && mtime->tv_sec <= now->tv_sec;
}

/* Read f->size bytes, or as many as there are. */
static int
read_content(struct file *f)
{
	size_t want = (size_t)f->size, got = 0;
	ssize_t n = 1;

	/* Never of no bytes: malloc(0) may be NULL. */
	if ((f->bytes = malloc(want + 1)) == NULL)
		return -1;
	while (got < want && n != 0) {
		n = pread(f->fd, f->bytes + got, want - got, (off_t)got);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		got += (size_t)n;
	}
	f->size = (off_t)got;
	return 0;
}

static struct file *
new_file(int fd)
{
	struct file *f;

	if ((f = calloc(1, sizeof(*f))) == NULL)
		return NULL;
	f->refs = 1;
	f->fd = fd;
	return f;
}

struct file *
file_new(int fd, const struct stat *st, const char *mark)
{
	struct timespec now;
	struct file *f;
	int error;

	if ((f = new_file(fd)) == NULL) {
		close(fd);
		errno = ENOMEM;
		return NULL;
	}
	f->size = st->st_size;
	f->mtime = st->st_mtim;
	clock_gettime(CLOCK_REALTIME, &now);
	f->is_young = !is_past(&f->mtime, &now, FILE_DATED_S);
	if (is_credible(&f->mtime, &now))
		http_date_format(st->st_mtime - f->is_young,
		    f->last_modified);
	if (f->size > FILE_MEMORY_MAX) {
		etag_of_stamps((uint64_t)f->size, &f->mtime,
		    !is_past(&f->mtime, &now, FILE_SETTLES_S), mark, f->etag);
		return f;
	}
	if (read_content(f) == -1) {
		error = errno;
		file_unref(f);
		errno = error;
		return NULL;
	}
	etag_of_bytes(f->bytes, (size_t)f->size, f->etag);
	close(fd);
	f->fd = -1;
	return f;
}

struct file *
file_of_bytes(char *bytes, size_t len)
{
	struct file *f;

	if ((f = new_file(-1)) == NULL) {
		free(bytes);
		return NULL;
	}
	f->bytes = bytes;
	f->size = (off_t)len;
	return f;
}

void
file_charge(struct file *f, uint64_t *charge)
{
	f->charge = charge;
	*charge += (uint64_t)f->size;
}

struct file *
file_ref(struct file *f)
{
	f->refs++;
	return f;
}

void
file_unref(struct file *f)
{
	if (f == NULL || --f->refs > 0)
		return;
	if (f->charge != NULL)
		*f->charge -= (uint64_t)f->size;
	if (f->fd != -1)
		close(f->fd);
	free(f->bytes);
	free(f);
}
