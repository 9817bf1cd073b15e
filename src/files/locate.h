/*
 * locate - what a path means beneath a document root: a file, a directory's
 * index, a directory to be listed or to be asked for with a slash, or nothing.
 */
#ifndef LOCATE_H
#define LOCATE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/slice.h"
#include "files/path_max.h"
#include "files/site.h"
#include "files/trace.h"

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

/*
 * Whether a path (from the root, no "/" at its begin) is not to be served: a
 * segment of it begins with ".", and http.dotfiles is deny. All but a leading
 * .well-known (RFC 8615).
 */
bool	locate_is_hidden(const struct config_site *site, const char *path);

/* Look for a decoded path, as http_target_path() makes it. */
void	locate(const struct site *site, struct slice path,
	    const struct trace *t, struct located *out);

#endif
