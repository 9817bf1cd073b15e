/*
 * special - what people save to that is no file: /dev/null, /dev/stdout, a
 * named pipe. It is written to as it is, without a file beside it.
 */
#ifndef SPECIAL_H
#define SPECIAL_H

#include <stdbool.h>
#include <stddef.h>

/* What special_open() returns beside a descriptor. */
enum { SPECIAL_NONE = -1, SPECIAL_FAILED = -2 };

/*
 * Open name for writing, if it is there and neither a regular file, nor a
 * directory, nor a symbolic link to one of them. /dev/stdout, /dev/stderr,
 * and /dev/fd/N are what is open there, whatever it is. A pipe that nobody
 * reads is an error after a second.
 *
 * force	a disk may be overwritten, too
 *
 * Returns a descriptor, SPECIAL_NONE, or SPECIAL_FAILED with a sentence in
 * error.
 */
int	special_open(const char *name, bool force, char *error, size_t size)
	    __attribute__((warn_unused_result));

#endif
