/*
 * reload_ask - mynahd --reload: have the running server reload, and say what
 * became of it.
 */
#ifndef RELOAD_ASK_H
#define RELOAD_ASK_H

#include "config/config.h"

/* How long it is waited for: opening document roots may take its time. */
#define RELOAD_ASK_MS	30000

/*
 * Find the server by process.pid_file, send it HUP, and wait until its state
 * file (statefile.h) tells the outcome, which is printed.
 *
 * Returns the exit status: 0, 1 (refused: it goes on as it was),
 * EX_UNAVAILABLE (there is none, or it cannot be found), EX_NOPERM (it may
 * not be told), EX_TEMPFAIL (the outcome cannot be seen).
 */
int	reload_ask(const struct config *config);

#endif
