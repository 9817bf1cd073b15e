/*
 * screen - what a terminal is shown of bytes from outside, as they come.
 * Pure; the only state between calls is the caller's.
 *
 * Lines and tabs stay, CR LF is a line end, the rest is made visible (see
 * visible.h). A character that the end of what came has cut waits for more.
 */
#ifndef SCREEN_H
#define SCREEN_H

#include <stddef.h>

#include "base/slice.h"
#include "base/visible.h"

#define SCREEN_MAX	4096	/* bytes that are taken at a time */
#define SCREEN_HELD	3	/* bytes of a character that is cut */
#define SCREEN_ROOM	((SCREEN_MAX + SCREEN_HELD) * VISIBLE_MOST)

/* All zero at the beginning. */
struct screen {
	char	held[SCREEN_HELD];
	size_t	n;
};

/* Write text, at most SCREEN_MAX bytes, to out; returns the bytes written. */
size_t	screen_show(struct screen *s, struct slice text,
	    char out[static SCREEN_ROOM]);

/* Nothing more comes: write what still waits. */
size_t	screen_end(struct screen *s, char out[static SCREEN_ROOM]);

#endif
