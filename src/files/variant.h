/*
 * variant - the precompressed siblings of a file (a.css.zst, a.css.br,
 * a.css.gz) and which one a client gets, RFC 9110 section 12.5.3.
 */
#ifndef VARIANT_H
#define VARIANT_H

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "files/site.h"
#include "files/trace.h"
#include "http/http_accept.h"

struct variant {
	int			 fd;		/* open for reading */
	struct stat		 st;
	enum http_coding	 coding;
	bool			 negotiable;	/* there is more than one, or
						   may be */
	off_t			 size[HTTP_CODINGS];	/* < 0: not there */
};

/*
 * Choose by Accept-Encoding and http.precompressed: *coding is the best of
 * those that are there. False if none of them is acceptable (406).
 */
bool	variant_best(const struct config_site *config,
	    const struct http_fields *fields,
	    const off_t size[static HTTP_CODINGS], enum http_coding *coding);

/*
 * Choose among the file at path (from the root, without "/" at its begin) and
 * its siblings. v holds the file itself; another choice closes its fd and
 * takes its place.
 *
 * A sibling counts if it is a regular file, smaller than the file and not
 * older (a stamp in whole seconds is not older than its second). One that is
 * there and does not count is counted in the site, and told once in the log.
 * Of equal qualities the order of http.precompressed decides, and any of
 * them is better than identity.
 *
 * One that cannot be looked at for a shortage (docroot_is_shortage()) is not
 * chosen, but makes the answer negotiable: it may be there. size is set for
 * all that count, and for the file itself.
 *
 * Returns false if nothing that there is is acceptable to the client (406);
 * v holds the file then. negotiable is set either way.
 */
bool	variant_choose(struct site *site, const char *path,
	    const struct http_fields *fields, const struct trace *t,
	    struct variant *v);

#endif
