#include "files/stamp.h"

struct stamp
stamp_of(const struct stat *st)
{
	return (struct stamp){ .dev = st->st_dev, .ino = st->st_ino,
	    .size = st->st_size, .mtime = st->st_mtim, .ctime = st->st_ctim };
}

static bool
is_same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

bool
stamp_is_same(const struct stamp *s, const struct stat *st)
{
	return s->ino == st->st_ino && s->dev == st->st_dev;
}

bool
stamp_is(const struct stamp *s, const struct stat *st)
{
	return stamp_is_same(s, st) && s->size == st->st_size &&
	    is_same_time(&s->mtime, &st->st_mtim) &&
	    is_same_time(&s->ctime, &st->st_ctim);
}

bool
stamp_is_past(const struct timespec *time, const struct timespec *now,
    time_t seconds)
{
	time_t then = now->tv_sec - seconds;

	return then > time->tv_sec || (then == time->tv_sec &&
	    now->tv_nsec >= time->tv_nsec);
}

bool
stamp_is_settled(const struct stamp *s)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return stamp_is_past(&s->mtime, &now, STAMP_SETTLES_S) &&
	    stamp_is_past(&s->ctime, &now, STAMP_SETTLES_S);
}
