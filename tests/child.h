/*
 * child - processes that tests start: none is left behind, however a test
 * ends, and what they say comes through pipes.
 */
#ifndef CHILD_H
#define CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* How long anything is waited for: it ends a test that hangs. */
#define CHILD_WAIT_MS	20000

/*
 * The two of an unchecked fixture, such as that of tests/daemon.h: what tests,
 * which are processes of their own, start in between is known to it, and what
 * still runs is killed.
 */
void	child_setup(void);
void	child_teardown(void);

/* The path in the environment variable name, else usual, made whole. */
const char	*child_program(const char *name, const char *usual);

/* fork(), and the new process is known to the fixture. */
pid_t	child_fork(void);

/* A process that was begun otherwise. */
void	child_remember(pid_t pid);

/*
 * Wait for the end of pid, which is forgotten then; returns its exit status,
 * or minus the signal.
 */
int	child_wait(pid_t pid);

/*
 * Take what has come at *fd, or its end: then it is closed, and -1. More than
 * fits is dropped; text, of so many bytes, always ends with a NUL.
 */
void	child_take(int *fd, char *text, size_t *len, size_t size);

/* How many times text is in in. */
size_t	child_count(const char *in, const char *text);

/* A line of /proc/PID/status, without its name; "" if absent. */
const char	*child_status_line(pid_t pid, const char *name);

/* A number in it, such as "RssAnon" in KiB; -1 if absent. */
long	child_status(pid_t pid, const char *name);

#endif
