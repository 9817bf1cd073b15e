/*
 * static_file - which file answers a request, and how: method, path, index,
 * redirect to a directory's slash. Decides; does not send.
 */
#ifndef STATIC_FILE_H
#define STATIC_FILE_H

#include "files/docroot.h"
#include "http/http_request.h"
#include "http/http_response.h"

/* What one site is served by. Owned by the caller, all of it. */
struct static_site {
	struct docroot		*root;
	const char *const	*index;		/* names, NULL-terminated */
	bool			 dotfiles;	/* serve names that begin with "." */
};

/*
 * Fill res with the answer to req: GET, HEAD, OPTIONS and the refusals of
 * all other methods. res has a reference to a file if res->content says so.
 * Never fails: what goes wrong is an error response.
 */
void	static_file_plan(const struct static_site *site,
	    const struct http_request *req, struct http_response *res);

/*
 * The response to a failed open or read: ENOENT, ENOTDIR, ELOOP,
 * ENAMETOOLONG, EXDEV: 404; EACCES, EPERM: 403; ENOMEM, EMFILE, ENFILE: 503;
 * anything else: 500, logged.
 */
void	static_file_error(struct http_response *res, int error);

#endif
