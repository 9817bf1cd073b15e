/*
 * static_file - the answer to a request: method, redirects, path, variant,
 * preconditions and ranges, error pages, configured fields. Decides; does not
 * send.
 */
#ifndef STATIC_FILE_H
#define STATIC_FILE_H

#include "files/site.h"
#include "files/trace.h"
#include "http/http_request.h"
#include "http/http_response.h"

/*
 * Fill res with the answer to req: GET, HEAD, OPTIONS and the refusals of
 * all other methods. res has a reference to a file, or a listing, if
 * res->content says so (for HEAD as well). Never fails: what goes wrong is an
 * error response.
 *
 * OPTIONS is answered alike on every path, whether there is a file or not. A
 * directory without an index page is 404 where nothing is listed. Other
 * expectations than 100-continue are 417.
 *
 * What sites->cache has is looked at again once for each sites->turn, so the
 * answer is as new as the turn's begin. A head that is ready (res->ready)
 * stays until the next call with these sites.
 */
void	static_file_plan(struct sites *sites,
	    const struct http_request *req, struct http_response *res);

/* The same, and say to t why (NULL: no word). */
void	static_file_trace(struct sites *sites,
	    const struct http_request *req, const struct trace *t,
	    struct http_response *res);

/*
 * The answer to what could not be understood as a request, or came too late:
 * error_page_fault(), or the page that the first site has for that status.
 */
void	static_file_refuse(struct sites *sites,
	    const struct http_fault *fault, struct http_response *res);

/*
 * The answer over limits.connections_per_address: 503 with Retry-After. Never
 * a page of a site: who has too many gets little.
 */
void	static_file_too_many(struct http_response *res);

/*
 * The response to a failed open or read: ENOENT, ENOTDIR, ELOOP,
 * ENAMETOOLONG, EXDEV, ENXIO, ENODEV, and EILSEQ and EINVAL (a name that
 * vfat or a casefolding file system does not take: no client may fill the log
 * with those): 404; EACCES, EPERM: 403; a shortage (docroot_is_shortage()):
 * 503 with Retry-After; anything else: 500, logged.
 */
void	static_file_error(struct http_response *res, int error);

#endif
