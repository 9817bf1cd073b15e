/*
 * unescape - text of a command line that stands for any bytes: \n, \r, \t, \\,
 * and \x with two hexadecimal digits. Pure.
 */
#ifndef UNESCAPE_H
#define UNESCAPE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * out needs room for strlen(text) bytes, and may be text itself. Returns false
 * at a backslash with something else behind it, *len is its place in text
 * then; otherwise *len is how many bytes there are.
 */
bool	unescape(const char *text, char *out, size_t *len)
	    __attribute__((warn_unused_result));

#endif
