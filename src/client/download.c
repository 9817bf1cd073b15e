#ifdef HAVE_CONFIG_H
#include "build.h"
#endif

#include "client/download.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/plural.h"
#include "client/part.h"
#include "client/part_info.h"
#include "client/place.h"
#include "client/special.h"

/* The disk is given work while the next bytes come. */
#define FLUSH_EVERY	((uint64_t)8 << 20)

struct download {
	struct place		 place;
	int			 fd;
	enum download_how	 how;
	bool			 is_special;	/* no file: see special.h */
	bool			 finished;
	uint64_t		 have;		/* to be gone on with */
	uint64_t		 size;		/* of NAME.part */
	uint64_t		 flushed;	/* is on its way to the disk */
	struct part_info	 known;		/* in text */
	char			 validator[PART_INFO_MAX];
	char			 text[PART_INFO_MAX + 1];
};

static void
release(struct download *d)
{
	if (d->fd >= 0)
		close(d->fd);
	place_clear(&d->place);
	free(d);
}

/* ---- the beginning ---- */

static void
learn(struct download *d)
{
	ssize_t n = place_read_info(&d->place, d->text, sizeof(d->text));

	if (n < 0 || !part_info_read((struct slice){ d->text, (size_t)n },
	    &d->known))
		d->known = (struct part_info){ .url = { "", 0 } };
}

/* NAME.part is open and ours: what is to become of what is in it? */
static bool
look_at_part(struct download *d, char *error, size_t size)
{
	struct stat st;

	if (fstat(d->fd, &st) == -1) {
		snprintf(error, size, "%s: %s", d->place.part, strerror(errno));
		return false;
	}
	d->size = (uint64_t)st.st_size;
	if (d->size > 0 && d->how == DOWNLOAD_NEW) {
		snprintf(error, size, "%s is there, with %" PRIu64 " byte%s "
		    "of an earlier try; to go on with it: -C; to begin anew: "
		    "--force", d->place.part, d->size, plural(d->size));
		return false;
	}
	if (d->how == DOWNLOAD_RESUME && d->size > 0) {
		d->have = d->size;
		learn(d);
	}
	return true;
}

/* Nothing came of it: leave nothing behind. */
static void
remove_empty(const struct download *d)
{
	if (!part_is_there(d->fd, d->place.part))
		return;
	/* Unlocked it could be another's: the lock is held till it is gone. */
	(void)unlink(d->place.info);
	(void)unlink(d->place.part);
}

static bool
open_part(struct download *d, char *error, size_t size)
{
	d->fd = part_open(d->place.part, d->place.name, error, size);
	if (d->fd == -1)
		return false;
	/* Another may have finished before it was locked: NAME once more. */
	if (look_at_part(d, error, size) &&
	    place_is_free(&d->place, error, size))
		return true;
	if (d->size == 0)
		remove_empty(d);
	return false;
}

/* All of it, in the order in which the messages help most. */
static bool
open_all(struct download *d, char *error, size_t size)
{
	int fd = special_open(d->place.name, d->how == DOWNLOAD_FORCE, error,
	    size);

	if (fd == SPECIAL_FAILED)
		return false;
	if (fd != SPECIAL_NONE) {
		d->fd = fd;
		d->is_special = true;
		return true;
	}
	return place_is_fit(&d->place, error, size) &&
	    open_part(d, error, size);
}

bool
download_is_done(const char *name)
{
	struct place p;
	struct stat st;
	bool is_done = place_init(&p, name) == 0 &&
	    lstat(p.part, &st) == -1 && errno == ENOENT &&
	    lstat(p.name, &st) == 0 && S_ISREG(st.st_mode);

	place_clear(&p);
	return is_done;
}

struct download *
download_open(const char *name, enum download_how how, bool replace,
    char *error, size_t size)
{
	struct download *d = calloc(1, sizeof(*d));

	if (d == NULL)
		goto no_memory;
	d->fd = -1;
	d->how = how;
	if (place_init(&d->place, name) == -1)
		goto no_memory;
	d->place.replace = replace || how == DOWNLOAD_FORCE;
	d->place.resume = how == DOWNLOAD_RESUME;
	if (open_all(d, error, size))
		return d;
	release(d);
	return NULL;

no_memory:
	snprintf(error, size, "cannot save to %s: %s", name,
	    strerror(ENOMEM));
	if (d != NULL)
		release(d);
	return NULL;
}

uint64_t
download_have(const struct download *d)
{
	return d->have;
}

const char *
download_validator(struct download *d, struct slice url)
{
	struct slice v;

	if (d->have == 0 || d->known.url.len == 0 ||
	    !slice_eq(d->known.url, url))
		return NULL;
	v = part_info_validator(&d->known);
	if (v.len == 0)
		return NULL;
	snprintf(d->validator, sizeof(d->validator), "%.*s", SLICE_ARG(v));
	return d->validator;
}

int
download_descriptor(const struct download *d)
{
	return d->is_special ? d->fd : -1;
}

/* ---- content ---- */

/* The file that is replaced: it may have been kept from others. */
static bool
is_replaced(const struct download *d, struct stat *old)
{
	return d->place.replace && lstat(d->place.name, old) == 0 &&
	    S_ISREG(old->st_mode);
}

/* The mode of the old one; a group that is another gets what all get. */
static int
set_mode(const struct download *d, const struct stat *old, mode_t more)
{
	mode_t mode = (old->st_mode & (S_IRWXU | S_IRWXG | S_IRWXO)) | more;
	struct stat st;

	if (fstat(d->fd, &st) == -1)
		return -1;
	if (st.st_gid != old->st_gid)
		mode = (mode & ~(mode_t)S_IRWXG) | (mode & S_IRWXO) << 3;
	/* Where there are no modes it is the same, and cannot be set. */
	if ((st.st_mode & (S_IRWXU | S_IRWXG | S_IRWXO)) == mode)
		return 0;
	return fchmod(d->fd, mode);
}

/* NAME.part is not for more eyes, but ours to read and write, until then. */
static int
keep_mode(const struct download *d)
{
	struct stat old;

	return is_replaced(d, &old) ?
	    set_mode(d, &old, S_IRUSR | S_IWUSR) : 0;
}

/* The owner and group, too, if they can be given. */
static int
keep_owner(const struct download *d)
{
	struct stat old;

	if (!is_replaced(d, &old))
		return 0;
	if (fchown(d->fd, old.st_uid, old.st_gid) == -1 &&
	    fchown(d->fd, (uid_t)-1, old.st_gid) == -1) {
		/* They stay ours. */
	}
	return set_mode(d, &old, 0);
}

/*
 * What is no file may have been set to not wait by somebody who shares it: it
 * is waited for here.
 */
static int
write_whole(int fd, const char *bytes, size_t len)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n > 0) {
			bytes += n;
			len -= (size_t)n;
		} else if (n == 0) {
			errno = EIO;
			return -1;
		} else if (errno == EAGAIN) {
			poll(&p, 1, -1);
		} else if (errno != EINTR) {
			return -1;
		}
	}
	return 0;
}

/* Not for others: a URL may have a secret in it. */
static int
write_info(struct download *d, const struct download_source *from)
{
	const struct part_info info = { from->url, from->etag,
	    from->last_modified, from->date };
	size_t len = part_info_write(&info, d->text);
	int fd, failed;

	fd = open(d->place.info, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC |
	    O_NOFOLLOW, 0600);
	if (fd == -1)
		return -1;
	failed = write_whole(fd, d->text, len);
	if (close(fd) == -1)
		failed = -1;
	return failed;
}

/* So that at no time the one of them says something untrue of the other. */
static int
begin_anew(struct download *d, const struct download_source *from)
{
	if (unlink(d->place.info) == -1 && errno != ENOENT)
		return -1;
	if (ftruncate(d->fd, 0) == -1)
		return -1;
	d->size = d->flushed = d->have = 0;
	return write_info(d, from);
}

int
download_begin(struct download *d, const struct download_source *from,
    uint64_t at)
{
	struct stat st;

	if (d->is_special)
		return 0;
	if (at != 0 && at != d->have) {
		errno = EINVAL;
		return -1;
	}
	if (keep_mode(d) == -1)
		return -1;
	if (at == 0)
		return begin_anew(d, from);
	d->flushed = at;
	if (fstat(d->fd, &st) == -1)
		return -1;
	if ((uint64_t)st.st_size == at)
		return 0;
	/* Somebody has written to it, without asking for the lock. */
	errno = ESTALE;
	return -1;
}

/*
 * Without this, all that is in memory would be waited for at the end. It says
 * nothing of success: fdatasync() does.
 */
static void
begin_flush(struct download *d)
{
#ifdef USE_SYNC_FILE_RANGE
	if (d->size - d->flushed < FLUSH_EVERY)
		return;
	(void)sync_file_range(d->fd, (off_t)d->flushed,
	    (off_t)(d->size - d->flushed), SYNC_FILE_RANGE_WRITE);
	d->flushed = d->size;
#else
	(void)d;
#endif
}

int
download_write(struct download *d, const char *bytes, size_t len)
{
	if (d->is_special)
		return write_whole(d->fd, bytes, len);
	while (len > 0) {
		ssize_t n = pwrite(d->fd, bytes, len, (off_t)d->size);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == 0)
			errno = EIO;
		if (n <= 0)
			return -1;
		/* Counted at once: what is kept is all that was written. */
		d->size += (uint64_t)n;
		bytes += n;
		len -= (size_t)n;
	}
	begin_flush(d);
	return 0;
}

/* ---- the end ---- */

/* Is NAME.part, which is to get the name, what was written, and all of it? */
static int
check_part(const struct download *d)
{
	struct stat st;

	if (fstat(d->fd, &st) == -1)
		return -1;
	if ((uint64_t)st.st_size == d->size &&
	    part_is_there(d->fd, d->place.part))
		return 0;
	errno = ESTALE;
	return -1;
}

/*
 * After a failure nobody knows which bytes are there (the system may have
 * dropped those that it could not write), so that NAME.part is no beginning
 * of anything to be gone on with.
 */
static int
sync_part(const struct download *d)
{
	int saved;

	if (fdatasync(d->fd) == 0)
		return 0;
	saved = errno;
	(void)unlink(d->place.info);
	errno = saved;
	return -1;
}

/*
 * A name says that the file is whole, to scripts and to -C, so it has to be
 * true after a power cut as well, when an ext4 without this has a file of no
 * bytes under the name. On a fast disk it takes 0.2 ms for each of many small
 * files, and 5 ms for one of 1 GiB, as most of that has gone there by then
 * (0.3 s without begin_flush()). It also tells what else only close() might:
 * that there was no room on a disk of the network.
 */
static int
settle(const struct download *d, time_t modified)
{
	const struct timespec times[2] = {
		{ .tv_nsec = UTIME_OMIT },
		{ .tv_sec = modified },
	};

	if (keep_owner(d) == -1)
		return -1;
	if (modified != (time_t)-1 && futimens(d->fd, times) == -1)
		return -1;
	return sync_part(d);
}

static int
finish_special(struct download *d)
{
	int fd = d->fd;

	d->finished = true;
	/* Of a pipe or terminal there is nothing to wait for. */
	if (fdatasync(fd) == -1 && errno != EINVAL && errno != EROFS &&
	    errno != ENOTSUP)
		return -1;
	d->fd = -1;
	return close(fd);
}

int
download_finish(struct download *d, time_t modified)
{
	if (d->is_special)
		return finish_special(d);
	if (settle(d, modified) == -1 || check_part(d) == -1 ||
	    part_publish(d->place.part, d->place.name, d->place.replace) == -1)
		return -1;
	d->finished = true;
	(void)unlink(d->place.info);
	return 0;
}

uint64_t
download_close(struct download *d)
{
	uint64_t kept = 0;

	if (d == NULL)
		return 0;
	if (!d->finished && !d->is_special) {
		kept = d->size;
		if (kept == 0)
			remove_empty(d);
		else
			(void)sync_part(d);
	}
	release(d);
	return kept;
}
