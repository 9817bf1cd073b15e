/*
 * represent - from the representation that was selected to the answer:
 * preconditions (RFC 9110, section 13), ranges (14), and the fields that
 * describe it (8).
 */
#ifndef REPRESENT_H
#define REPRESENT_H

#include "files/file.h"
#include "files/trace.h"
#include "http/http_accept.h"
#include "http/http_cond.h"
#include "http/http_request.h"
#include "http/http_response.h"

struct representation {
	struct file		*file;		/* NULL: a listing, later */
	const char		*type;		/* Content-Type, not NULL */
	enum http_coding	 coding;
	const char		*vary;		/* or NULL */
};

/*
 * Judge the preconditions of a GET or HEAD for a file, or NULL: a listing.
 * Once for each answer, as what they say may depend on the time.
 */
enum http_cond	represent_judge(const struct file *f,
		    const struct http_request *req);

/*
 * Fill res with the answer to a GET or HEAD, whose preconditions were judged
 * to be cond: 200, 206, 304, 412 or 416. The reference to the file goes along
 * to res, or is dropped. Of a listing the answer is 200 without content yet,
 * 304 or 412.
 */
void	represent(const struct representation *r, enum http_cond cond,
	    const struct http_request *req, const struct trace *t,
	    struct http_response *res);

#endif
