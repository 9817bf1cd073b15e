/*
 * binding - a listening socket at one address; why there can be none, in
 * words.
 */
#ifndef BINDING_H
#define BINDING_H

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"
#include "event/address.h"

/*
 * Bind and listen at a as conf says: non-blocking, with the mode of a Unix
 * socket right from the start. A Unix socket that nobody answers on, left
 * over from a crash, is replaced.
 *
 * Returns the descriptor, or -1 with errno and nothing left behind.
 */
int	binding_open(const struct address *a,
	    const struct config_listener *conf);

/*
 * The same without listening: no connection comes to it, also none that
 * others on the port would be given.
 */
int	binding_bind(const struct address *a,
	    const struct config_listener *conf);

/*
 * Make a socket that already listens, and that somebody else has bound, what
 * binding_open() would have made it: non-blocking, and with its options.
 */
void	binding_adopt(int fd, const struct config_listener *conf);

/*
 * Go on with a socket that was opened as before says as now says: its backlog,
 * and what the kernel hands over. Returns 0, or -1 with errno.
 */
int	binding_renew(int fd, const struct config_listener *before,
	    const struct config_listener *now);

/*
 * Say that other sockets of this user may be bound to the same port, or that
 * they may not: all of them must say so, before they are bound or later.
 * Returns 0, or -1 with errno.
 */
int	binding_share(int fd, bool share);

/* Close it again and remove the file of a Unix socket. */
void	binding_undo(int fd, const struct config_listener *conf);

/* A sentence on error_number of binding_open(); who holds a busy address. */
void	binding_explain(const struct address *a,
	    const struct config_listener *conf, int error_number, char *error,
	    size_t size);

#endif
