/*
 * file_name - the name of a file in the current directory for a URL, as -O
 * makes it. Pure.
 */
#ifndef FILE_NAME_H
#define FILE_NAME_H

#include <stdbool.h>
#include <stddef.h>

#include "http/url.h"

/* With a NUL. What is put behind it (".part.info") fits in the usual 255. */
#define FILE_NAME_MAX	246

/*
 * The last segment of the path, decoded once, made safe: what is no plain
 * character (utf8_is_plain()), a slash, a backslash, and a dot, dash or blank
 * at the beginning become "_". So it is of this directory, neither hidden nor
 * taken for an option, and can be shown. What is too long is cut before its
 * extension.
 *
 * Returns true, or false with half a sentence in error if the path ends in "/".
 */
bool	file_name(const struct url *url, char out[static FILE_NAME_MAX],
	    char *error, size_t size) __attribute__((warn_unused_result));

#endif
