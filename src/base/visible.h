/*
 * visible - bytes from outside, made safe to look at. Pure.
 */
#ifndef VISIBLE_H
#define VISIBLE_H

#include <stddef.h>

#include "base/slice.h"

#define VISIBLE_MOST	4	/* bytes that one becomes at most */

/*
 * Write text to out: plain characters as they are (utf8_is_plain()), all
 * other bytes as \xNN. Stops before what would not fit. No NUL is written.
 *
 * used		if not NULL, set to the bytes of text that were written
 *
 * Returns the bytes written, at most size.
 */
size_t	visible(struct slice text, char *out, size_t size, size_t *used);

#endif
