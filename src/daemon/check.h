/*
 * check - all that a start would do, as the user who would serve, without
 * serving: mynahd --check.
 */
#ifndef CHECK_H
#define CHECK_H

#include "config/config.h"

/*
 * Find all that is wrong, and not only the first of it: tell errors and
 * warnings in the log, or one line on standard output if a start would
 * succeed. A daemon that runs already and holds the pid file is taken as the
 * one that this start would replace: what it holds is free.
 *
 * Nothing is left behind but the process itself, which has lost its
 * privileges. Returns the exit status of the first error, or 0.
 */
int	check(const struct config *config);

#endif
