/*
 * detach - into the background, and a parent that waits for the start.
 *
 *	detach_begin()	early, before anything is opened that a fork would
 *			share, and before the event base
 *	detach_done()	when all is open: what is served from here on is
 *			served, so the parent may go
 *
 * Between the two, messages go where they would have gone in the foreground.
 * A start that fails just exits: the parent exits with the same status.
 */
#ifndef DETACH_H
#define DETACH_H

#include <stddef.h>

#include "config/config.h"

struct detach {
	int	ready;		/* the parent waits at its other end; -1 */
	int	null;		/* /dev/null, while it may be opened; -1 */
};

#define DETACH_NONE	((struct detach){ .ready = -1, .null = -1 })

/* Warn of logs that go to streams which detach_done() closes. */
void	detach_warn(const struct config *config);

/*
 * Fork, twice, into a session that has no terminal and never gets one; take
 * a umask that does not depend on who starts this. TERM and INT should be
 * blocked by the caller: each that the waiting process gets from then until
 * it exits, and each that it has pending, is passed on to the one that serves.
 *
 * Returns 0 in the process that is to serve. The others never return: they
 * exit with 0 once detach_done() is called, or with the status of the
 * process that was to serve. Returns -1 with a sentence in error, still in
 * the foreground, if there can be no process.
 */
int	detach_begin(struct detach *d, char *error, size_t size)
	    __attribute__((warn_unused_result));

/*
 * Go to "/", so that no file system is kept from being unmounted; not before,
 * as the configuration may be a relative path. Standard input, output and
 * error become /dev/null, and the parent is told. Does nothing after
 * DETACH_NONE.
 */
void	detach_done(struct detach *d);

#endif
