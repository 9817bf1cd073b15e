/*
 * say - messages to people: one line each on standard error, "mynah: " and
 * the text. No byte of a text that came from outside can do harm there, see
 * visible.h.
 */
#ifndef SAY_H
#define SAY_H

#include <stdbool.h>

#include "base/slice.h"

void	say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same, only if say_set_verbose(true) was called (-v). */
void	say_more(const char *format, ...)
	    __attribute__((format(printf, 1, 2)));
void	say_set_verbose(bool verbose);
bool	say_is_verbose(void);

/*
 * With -v: the lines of a head, without the empty one at its end, each with
 * the mark, '>' or '<', and a space in front of it.
 */
void	say_head(char mark, struct slice head);

/*
 * Call clear(arg) before each message, for whoever has a line of their own on
 * the terminal; NULL: nobody.
 */
void	say_after(void (*clear)(void *arg), void *arg);

#endif
