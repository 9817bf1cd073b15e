/*
 * route - the rules that a configuration has for paths: redirects, fields to
 * set, pages for errors, the fallback of single-page applications. Each
 * function is about one site and one decoded path.
 */
#ifndef ROUTE_H
#define ROUTE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"
#include "config/config.h"
#include "files/trace.h"
#include "http/http_request.h"
#include "http/http_response.h"

#define ROUTE_LOCATION_MAX	12288

/*
 * The redirect for path, which the target of req was decoded to: the first
 * rule that matches and does not lead back to path itself, by its path alone
 * or by an http: URL with the host and port that were asked. Its Location is
 * written to out with a NUL: "*" filled in and percent-encoded, the query
 * added unless the rule has one of its own. A path never becomes another
 * host's, as it begins with one slash exactly.
 *
 * Returns the rule, or NULL. An address that finds no room is "" in out.
 */
const struct config_redirect	*route_redirect(const struct config_site *site,
		    struct slice path, const struct http_request *req,
		    const struct trace *t,
		    char out[static ROUTE_LOCATION_MAX]);

/* Whether a rule for redirects matches path, be it passed over or not. */
bool	route_may_redirect(const struct config_site *site, struct slice path);

/*
 * Put the fields of all rules that match path into res, in their order: a
 * later one replaces an earlier one of that name. A Cache-Control and a
 * Content-Security-Policy that res has before stay: those of our own pages,
 * and the "no-cache" of errors, which must not be kept as a file may be.
 */
void	route_headers(const struct config_site *site, struct slice path,
	    const struct trace *t, struct http_response *res);

/* The page for an error status, a path from the root; NULL: none. */
const char	*route_error_page(const struct config_site *site, int status);

/*
 * Whether path may be answered by the fallback: there is one, and the last
 * segment names no extension.
 */
bool	route_has_fallback(const struct config_site *site, struct slice path);

#endif
