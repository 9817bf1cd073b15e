/*
 * error_answer - from a failed system call to an answer, and from our page for
 * an error to the site's own.
 */
#ifndef ERROR_ANSWER_H
#define ERROR_ANSWER_H

#include <stdbool.h>

#include "files/site.h"
#include "files/trace.h"
#include "http/http_response.h"

/* The status that an errno means: see static_file_error(). */
int	error_answer_status(int error);

/*
 * The answer with that status, which is returned. Nothing is logged: who
 * calls this knows best what to say about a 500.
 */
int	error_answer(struct http_response *res, int error);

/*
 * Put the site's page for the status of res, an error, in the place of ours,
 * if it has one; status and all other fields stay. One that cannot be read is
 * told in the log, once.
 *
 * False if the page is there and could not be read, as for want of memory: what
 * is answered without it is good for this once.
 */
bool	error_answer_page(struct site *site, const struct trace *t,
	    struct http_response *res);

#endif
