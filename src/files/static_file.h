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
	bool			 dotfiles;	/* serve ".names" */
};

/*
 * Fill res with the answer to req: GET, HEAD, OPTIONS and the refusals of
 * all other methods. res has a reference to a file if res->content says so
 * (for HEAD as well). Never fails: what goes wrong is an error response.
 *
 * OPTIONS is answered alike on every path, whether there is a file or not. A
 * directory without an index page is 404: nothing is listed. Other
 * expectations than 100-continue are 417.
 */
void	static_file_plan(const struct static_site *site,
	    const struct http_request *req, struct http_response *res);

/*
 * The response to a failed open or read: ENOENT, ENOTDIR, ELOOP,
 * ENAMETOOLONG, EXDEV, ENXIO, ENODEV: 404; EACCES, EPERM: 403; ENOMEM,
 * EMFILE, ENFILE, EAGAIN: 503 with Retry-After; anything else: 500, logged.
 */
void	static_file_error(struct http_response *res, int error);

#endif
