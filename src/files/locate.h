/*
 * locate - what a path means beneath a document root: a file, a directory's
 * index, a directory to be listed or to be asked for with a slash, or nothing.
 */
#ifndef LOCATE_H
#define LOCATE_H

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "base/slice.h"
#include "files/site.h"
#include "files/trace.h"

#ifndef PATH_MAX
#define PATH_MAX	4096
#endif

enum located_kind {
	LOCATED_FILE,		/* fd is a regular file, found at path */
	LOCATED_LISTING,	/* fd is a directory without an index */
	LOCATED_SLASH,		/* a directory; its address ends in a slash */
	LOCATED_NO_INDEX,	/* a directory with nothing to show */
	LOCATED_NO_DIRECTORY,	/* asked for as one, but is none */
	LOCATED_NOTHING		/* error says why */
};

struct located {
	enum located_kind	 kind;
	int			 fd;	/* the caller's to close, or -1 */
	int			 error;	/* of LOCATED_NOTHING: an errno */
	struct stat		 st;	/* of fd */
	char			 path[PATH_MAX];	/* from the root, no "/"
						   at its begin */
};

/* Look for a decoded path, as http_target_path() makes it. */
void	locate(const struct site *site, struct slice path,
	    const struct trace *t, struct located *out);

#endif
