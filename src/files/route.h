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
#include "http/http_response.h"
#include "http/http_target.h"

#define ROUTE_LOCATION_MAX	12288

/*
 * The redirect for path, which target was decoded to: the first rule that
 * matches and does not lead back to path itself. Its Location is written to
 * out with a NUL: "*" filled in and percent-encoded, the query added unless
 * the rule has one of its own. A path never becomes another host's, as it
 * begins with one slash exactly.
 *
 * Returns the rule, or NULL. An address that finds no room is "" in out.
 */
const struct config_redirect	*route_redirect(const struct config_site *site,
		    struct slice path, const struct http_target *target,
		    const struct trace *t,
		    char out[static ROUTE_LOCATION_MAX]);

/*
 * Put the fields of all rules that match path into res, in their order: a
 * later one replaces an earlier one of that name. A Content-Security-Policy
 * that a page of our own has already stays.
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
