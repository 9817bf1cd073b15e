/*
 * path_fault - why a directory or a file cannot be opened, in words: for the
 * start, when somebody's configuration names a path that is not there, and for
 * people who ask why an answer is 404.
 */
#ifndef PATH_FAULT_H
#define PATH_FAULT_H

#include <stddef.h>

/*
 * Say in out what is wrong with path, which was to be opened as a directory
 * and was refused with the errno error. The first component at fault is
 * named: missing (with the directory beside it whose name is nearest, if one
 * is near), not a directory, a link that leads nowhere, or in a directory
 * that this process may not search.
 */
void	path_fault(const char *path, int error, char *out, size_t size);

/*
 * The same for a path that was to be opened as a file: its last component may
 * be anything that can be read, and so may what is near to it.
 */
void	path_fault_file(const char *path, int error, char *out, size_t size);

#endif
