/*
 * stamp - what tells that a file has not changed: which one it is, its size
 * and its times.
 */
#ifndef STAMP_H
#define STAMP_H

#include <stdbool.h>
#include <sys/stat.h>
#include <time.h>

/*
 * Something may be written twice and have the same stamp, as times are
 * coarse. One whose times are this old has been settled: the next change
 * will show.
 */
#define STAMP_SETTLES_S	2

struct stamp {
	dev_t		dev;
	ino_t		ino;
	off_t		size;
	struct timespec	mtime;
	struct timespec	ctime;
};

struct stamp	stamp_of(const struct stat *st);

/* Whether st has the very same stamp. */
bool	stamp_is(const struct stamp *s, const struct stat *st);

/* Whether both are the same file or directory, whatever its times. */
bool	stamp_is_same(const struct stamp *s, const struct stat *st);

/* Whether the times are old enough now to be relied on. */
bool	stamp_is_settled(const struct stamp *s);

/* Whether a time is so many seconds before now, or more. */
bool	stamp_is_past(const struct timespec *time, const struct timespec *now,
	    time_t seconds);

#endif
