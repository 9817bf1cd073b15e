/*
 * part - NAME.part, where the bytes of a file are kept until it is whole:
 * opened with care, as it may lie in a directory that others can write to,
 * and locked against another mynah.
 */
#ifndef PART_H
#define PART_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Open and lock path, or make it. It is a regular file with no other name,
 * and ours. name is what it is part of, for the message.
 *
 * Returns a descriptor for reading and writing, or -1 with a sentence in
 * error.
 */
int	part_open(const char *path, const char *name, char *error,
	    size_t size) __attribute__((warn_unused_result));

/* Whether the file of that path is still the one that is open. */
bool	part_is_there(int fd, const char *path);

/*
 * Give the file path the name to, at once: there is no moment in which name
 * is missing or anything else than the old file or the new one. Unless
 * replace is true nothing may be there: -1 with EEXIST.
 * Returns 0, or -1 with errno, and nothing has changed.
 */
int	part_publish(const char *path, const char *to, bool replace)
	    __attribute__((warn_unused_result));

#endif
