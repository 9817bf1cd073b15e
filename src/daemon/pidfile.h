/*
 * pidfile - the file that says which process serves, and the lock on it that
 * says whether that is still true.
 *
 * The lock is one of flock(): it belongs to the open file, so it lasts
 * through a fork, and is not lost when the process opens the same file once
 * more and closes it, as it would be with a lock of fcntl() when the file is
 * in a directory that is served. What the file holds is believed only while
 * it is locked: a process that was killed leaves its number behind.
 *
 * The file is opened before privileges go and stays open; it holds "PID\n"
 * while the process serves, and is emptied, not removed, at the end.
 */
#ifndef PIDFILE_H
#define PIDFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "files/path_max.h"

/* It outlives the configuration that it was opened by. */
struct pidfile {
	int	fd;			/* -1: there is none */
	bool	created;		/* by this process */
	char	path[PATH_MAX];
};

#define PIDFILE_NONE	((struct pidfile){ .path = "", .fd = -1 })

/*
 * Open the file, which is made if it is not there, and lock it. What is in
 * it stays until pidfile_write(). With the path "" there is no pid file, and
 * the other functions do nothing.
 *
 * Not taken are symbolic links, files with more than one name, files of
 * users other than this one and root, and files that are no pid files: in a
 * directory that others may write to, those may be a trap.
 *
 * Returns 0, or an exit status and a sentence in error: EX_UNAVAILABLE if
 * another process holds it, EX_CANTCREAT if it cannot be had.
 */
int	pidfile_open(struct pidfile *p, const char *path, char *error,
	    size_t size) __attribute__((warn_unused_result));

/*
 * Put the number of the calling process into it. What a process that was
 * killed has left there is told in the log.
 * Returns 0, or an exit status and a sentence in error.
 */
int	pidfile_write(const struct pidfile *p, char *error, size_t size)
	    __attribute__((warn_unused_result));

/* Empty and close it: the process ends in order. */
void	pidfile_clear(struct pidfile *p);

/* Close it, and leave all as it was found. */
void	pidfile_undo(struct pidfile *p);

enum pidfile_state {
	PIDFILE_FREE,		/* nobody holds it: nothing runs */
	PIDFILE_HELD,		/* by the process *pid */
	PIDFILE_UNCLEAR		/* nothing can be said for sure */
};

/*
 * Who holds a pid file? It may be asked by any user who can read the file;
 * nothing is changed.
 *
 * PIDFILE_HELD is told only if the file is locked and names a process that
 * is there and, where the system shows that, has it open: a signal to *pid
 * reaches the daemon and nobody else. Otherwise there is a sentence in error
 * that says why not.
 */
enum pidfile_state	pidfile_ask(const char *path, pid_t *pid, char *error,
			    size_t size);

#endif
