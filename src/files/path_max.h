/*
 * path_max - PATH_MAX, also where the system leaves it out, as POSIX allows.
 */
#ifndef PATH_MAX_H
#define PATH_MAX_H

#include <limits.h>

#ifndef PATH_MAX
#define PATH_MAX	4096
#endif

#endif
