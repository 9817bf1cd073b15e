/*
 * beneath - open a path beneath a directory, and never outside of it.
 *
 * The one place that knows openat2 (Linux 5.6; compiled in with USE_OPENAT2).
 * What all systems have, one component after the other, is always there.
 */
#ifndef BENEATH_H
#define BENEATH_H

#include <fcntl.h>
#include <stdbool.h>

enum beneath_mode {
	BENEATH_LINKS,		/* openat2: links work while they stay inside */
	BENEATH_NO_LINKS,	/* openat2: no link is followed */
	BENEATH_WALK		/* without openat2: no link is followed */
};

/*
 * Flags to open a directory only to look things up in it: search permission
 * is enough then (no read permission) where the system can express that.
 */
#if defined(O_PATH)
#define BENEATH_DIRECTORY	(O_PATH | O_DIRECTORY | O_CLOEXEC)
#elif defined(O_SEARCH)
#define BENEATH_DIRECTORY	(O_SEARCH | O_DIRECTORY | O_CLOEXEC)
#else
#define BENEATH_DIRECTORY	(O_RDONLY | O_DIRECTORY | O_CLOEXEC)
#endif

/*
 * Flags to look at what a path is, whatever it is: without a permission to
 * read it, and without waking who waits at the other end of a FIFO, where the
 * system can express that.
 */
#if defined(O_PATH)
#define BENEATH_LOOK	(O_PATH | O_CLOEXEC)
#else
#define BENEATH_LOOK	(O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
#endif

/*
 * Whether fd is the root of the file system: by what it is and not by its
 * name, so "//", "/srv/..", a link and a bind mount are too.
 */
bool	beneath_is_slash(int fd);

/*
 * Try openat2 on dir. Returns 1 if it works, 0 if the kernel or this build
 * has none, or -1 with errno: EPERM if it is forbidden, EACCES if dir may
 * not be searched.
 */
int	beneath_probe(int dir);

/*
 * Open path, relative to the directory dir, with flags (O_NONBLOCK and
 * O_CLOEXEC are the caller's choice; not O_NOFOLLOW). With O_PATH, too, no
 * descriptor is ever that of a link.
 *
 * Returns a descriptor, or -1 with errno: EXDEV for an absolute path, a
 * ".." component or a link that leads out, ELOOP for a link that must not
 * be followed, a circle of links or a magic link of /proc. EAGAIN means that
 * directories kept being renamed while links were resolved.
 */
int	beneath_open(int dir, const char *path, int flags,
	    enum beneath_mode mode) __attribute__((warn_unused_result));

#endif
