/*
 * crlf - line feeds become CR LF. Pure; the only state between calls is the
 * caller's.
 */
#ifndef CRLF_H
#define CRLF_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Write the len bytes at in to out, which has room for twice as many. A line
 * feed that has a CR in front of it stays as it is. *after_cr is false at the
 * beginning. Returns the bytes written.
 */
size_t	crlf_put(bool *after_cr, const char *in, size_t len, char *out);

#endif
