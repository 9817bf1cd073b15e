#include "files/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "files/stamp.h"

#define DAY	86400

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

/* Read up to size bytes; the number of those that there are, or -1. */
static ssize_t
read_bytes(int fd, char *bytes, size_t size)
{
	size_t got = 0;
	ssize_t n = 1;

	while (got < size && n != 0) {
		n = pread(fd, bytes + got, size - got, (off_t)got);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		got += (size_t)n;
	}
	return (ssize_t)got;
}

/* How often a file that is written while it is read is read again. */
#define READS_MAX	8

/*
 * Read all of it, as st says it is. 1: it was written meanwhile, and st is as
 * it is now; 0, or -1 with errno.
 */
static int
read_once(struct file *f, struct stat *st)
{
	struct stamp before = stamp_of(st);
	size_t size = (size_t)st->st_size;
	ssize_t n;

	free(f->bytes);
	/* Never of no bytes: malloc(0) may be NULL. */
	if ((f->bytes = malloc(size + 1)) == NULL ||
	    (n = read_bytes(f->fd, f->bytes, size + 1)) == -1 ||
	    fstat(f->fd, st) == -1)
		return -1;
	f->size = (off_t)((size_t)n > size ? size : (size_t)n);
	return n != st->st_size || !stamp_is(&before, st);
}

/*
 * Read a small file until nobody has written to it meanwhile. A writer may be
 * at it since before the times were looked at: of a young one two readings
 * have to be the same.
 */
static int
read_content(struct file *f, uint64_t memory_max, struct stat *st)
{
	char before[ETAG_MAX] = "";
	int result = 1;

	for (int i = 0; i < READS_MAX && result != 0; i++) {
		if ((result = read_once(f, st)) == -1)
			return -1;
		if (result == 1 && (uint64_t)st->st_size > memory_max) {
			free(f->bytes);
			f->bytes = NULL;
			break;
		}
		etag_of_bytes(f->bytes, (size_t)f->size, f->etag);
		if (result == 0 && strcmp(f->etag, before) != 0) {
			struct stamp now = stamp_of(st);

			memcpy(before, f->etag, sizeof(before));
			result = !stamp_is_settled(&now);
		}
	}
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

/* Validators from the times of the file. */
static void
set_dates(struct file *f, const struct stat *st, const char *mark)
{
	struct timespec now;

	f->mtime = st->st_mtim;
	clock_gettime(CLOCK_REALTIME, &now);
	f->is_young = !stamp_is_past(&f->mtime, &now, FILE_DATED_S);
	if (is_credible(&f->mtime, &now))
		http_date_format(st->st_mtime - f->is_young,
		    f->last_modified);
	if (f->bytes == NULL)
		etag_of_stamps((uint64_t)f->size, &f->mtime, !stamp_is_past(
		    &f->mtime, &now, STAMP_SETTLES_S), mark, f->etag);
}

struct file *
file_new(int fd, uint64_t memory_max, const char *mark, struct stat *st)
{
	struct file *f;
	int error;

	if ((f = new_file(fd)) == NULL) {
		close(fd);
		errno = ENOMEM;
		return NULL;
	}
	if (fstat(fd, st) == -1 || ((uint64_t)st->st_size <= memory_max &&
	    read_content(f, memory_max, st) == -1)) {
		error = errno;
		file_unref(f);
		errno = error;
		return NULL;
	}
	if (f->bytes == NULL) {
		f->size = st->st_size;
	} else {
		close(fd);
		f->fd = -1;
	}
	set_dates(f, st, mark);
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
