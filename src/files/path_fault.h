/*
 * path_fault - why a directory cannot be opened, in words: for the start,
 * when somebody's configuration names a path that is not there.
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

#endif
