/*
 * statefile - what became of the last reload, for those who asked for it: a
 * small file beside the pid file, with ".state" behind its name.
 *
 *	mynahd-state 1 LENGTH CHECK
 *	pid 4711
 *	begun 3
 *	done 3
 *	result done
 *	reloaded /etc/mynah/mynahd.yaml: nothing has changed
 *
 * LENGTH is that of all behind the first line, in bytes, and CHECK a sum of
 * it (FNV-1a, 64 bits, in hex): who reads in the middle of writing sees that
 * they do not fit, and reads again. begun and done count reloads since the
 * start of that process; while one goes on begun is one more. result is that
 * of the last one which is done: "none", "done" or "refused", and the rest of
 * the file is what the log said of it.
 *
 * The file is opened before privileges go and is rewritten in place: inside
 * the sandbox no file can be made.
 */
#ifndef STATEFILE_H
#define STATEFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#define STATEFILE_TEXT_MAX	3072
#define STATEFILE_SUFFIX	".state"

enum statefile_result {
	STATEFILE_NONE,		/* none was done yet */
	STATEFILE_DONE,
	STATEFILE_REFUSED	/* it goes on as it was */
};

struct statefile {
	int			 fd;		/* -1: there is none */
	pid_t			 pid;		/* of the one that serves */
	uint64_t		 begun, done;
	enum statefile_result	 result;
	char			 text[STATEFILE_TEXT_MAX];	/* of the last */
};

/*
 * Make the file beside pid_file ("": there is none, and nothing is done), of
 * which the caller has the lock. What could be a trap is not taken: a link,
 * or a file of another user's, or one that holds something else.
 *
 * Returns 0, or -1 with a sentence in error.
 */
int	statefile_open(struct statefile *s, const char *pid_file, char *error,
	    size_t size) __attribute__((warn_unused_result));
void	statefile_close(struct statefile *s);

/*
 * Would a file that is there already be taken? Nothing is made or changed.
 * Returns 0, or -1 with the sentence of statefile_open() in error.
 */
int	statefile_try(const char *pid_file, char *error, size_t size)
	    __attribute__((warn_unused_result));

/*
 * Write all of it, as the members say. That it fails does not concern the
 * server: who waits for the outcome will say that there is none.
 */
void	statefile_write(const struct statefile *s);

/*
 * Read the file beside pid_file into s, which holds no descriptor then.
 * Returns 0; -1 with errno, EAGAIN if it is being written right now and
 * EINVAL if it is no state file.
 */
int	statefile_read(struct statefile *s, const char *pid_file)
	    __attribute__((warn_unused_result));

/* Print its text, with control characters as "\xNN": out may be a terminal. */
void	statefile_print(const struct statefile *s, FILE *out);

#endif
