/*
 * error_page - small pages of our own for answers without a file: readable
 * by people, in light and dark, without anything to load. No byte of a
 * request gets into them.
 */
#ifndef ERROR_PAGE_H
#define ERROR_PAGE_H

#include "http/http_response.h"

/* The Content-Security-Policy of pages of our own. */
#define ERROR_PAGE_POLICY	"default-src 'none'; style-src 'unsafe-inline'"

/*
 * Make res a whole answer with this status (http_response_init() included):
 * page, Content-Type, Content-Security-Policy, Cache-Control where needed.
 * wrong says in one sentence what happened, right what would help; source
 * names the RFC section. Where wrong is NULL the status's own words stand in
 * for each part that is NULL; beside a wrong of the caller's a part that is
 * NULL is left out. The words are ours: plain ASCII, escaped for HTML by
 * this function, which copies them. Further fields can be added afterwards.
 */
void	error_page(struct http_response *res, int status, const char *wrong,
	    const char *right, const char *source);

/* The same for a fault that the parser found; closes the connection. */
void	error_page_fault(struct http_response *res,
	    const struct http_fault *fault);

#endif
